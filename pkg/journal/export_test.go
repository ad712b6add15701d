package journal

import (
	"io"
	"time"
)

// Looked is what a look found that began when the head was before, the last entry
// that had been read was read, and the last that was appended here was own.
func (w *Watch) Looked(county string, before, read, own, head int64) bool {
	return w.looked(county, known{before, read, own}, head)
}

// Keep has a watch keep at most so many entries, and so many bytes.
func (w *Watch) Keep(entries, bytes int) { w.ring.entriesMax, w.ring.bytesMax = entries, bytes }

// Own gives the positions that are kept of what this process appended.
func (w *Watch) Own(county string) (positions []int64) {
	for _, k := range w.ring.runs[county] {
		for _, e := range k.entries {
			positions = append(positions, e.Position)
		}
	}
	return positions
}

// Counted is how much a watch believes to keep.
func (w *Watch) Counted() (entries, bytes, batches int) {
	return w.ring.entries, w.ring.bytes, len(w.ring.order)
}

// LooksMax is for how many looks it keeps them.
const LooksMax = ringLooksMax

// Plain is an entry without what only a watch's readers share.
func Plain(e Entry) Entry {
	e.made = nil
	return e
}

// Sum is the hash that an entry should have.
func Sum(e *Entry) [32]byte {
	var h hasher
	return e.sum(&h, string(e.Data))
}

// Stored is a request as it was accepted, all of it.
type Stored struct {
	County, ID  string
	Fingerprint [32]byte
	First, Last int64
	RecordedAt  time.Time
	Answer      []byte
}

// Seal is the seal that it should have.
func Seal(s *Stored) [32]byte {
	return stored{s.ID, s.Fingerprint, s.First, s.Last, s.RecordedAt, s.Answer}.seal(s.County)
}

// Copying is the stream of a COPY of so many rows of one text, and what ends it.
func Copying(rows int, text func(i int) string) (stream io.Reader, end func()) {
	c := &copying{rows: rows, row: func(f *fields, i int) {
		f.row(1)
		f.text(text(i))
	}}
	return c, c.end
}
