package journal

import (
	"crypto/sha256"
	"encoding/binary"
	"sync"
	"time"

	"github.com/google/uuid"
)

// Entry is an event as recorded.
type Entry struct {
	County     string
	Position   int64  // 1, 2, 3 … in the county
	Stream     string // category/id
	Type       string
	Version    int64     // 1, 2, 3 … in the stream
	ID         uuid.UUID // v7
	Request    string
	Actor      string
	Kind       string // Record or Act
	RecordedAt time.Time
	Data       []byte   // JSON, byte for byte as it came
	Accounts   []string // the accounts that it can change
	Prev, Hash [32]byte // Prev is the hash of the entry before, zeros for the first

	made *made // shared by all that a Watch gives this entry to; nil for one that was read
}

// made is what somebody made of an entry.
type made struct {
	once sync.Once
	is   any
	err  error
}

// Made gives what of gives, which must follow from the entry alone. Of an entry
// that this process appended it is made once for all its readers, by the first of
// them or before by the journal's Decoder, and they must not change it; of one that
// was read from the database, each time.
func (e *Entry) Made(of func() (any, error)) (any, error) {
	if e.made == nil {
		return of()
	}
	e.made.make(of)
	return e.made.is, e.made.err
}

func (m *made) make(of func() (any, error)) { m.once.Do(func() { m.is, m.err = of() }) }

// bytes is about what an entry, and what is made of it, takes in memory.
func (e *Entry) bytes() int { return 500 + 2*len(e.Data) }

// The two doors by which events come in.
const (
	Record = "record" // history as it was
	Act    = "act"    // a person, now
)

// hasher builds what is hashed: every field has its length or a fixed size, so
// that no two entries have the same bytes.
type hasher []byte

func (h *hasher) text(s string) {
	*h = binary.BigEndian.AppendUint32(*h, uint32(len(s)))
	*h = append(*h, s...)
}

func (h *hasher) number(n int64) { *h = binary.BigEndian.AppendUint64(*h, uint64(n)) }

// sum is the hash of an entry, over each of its columns but the hash itself. The
// buffer is taken to be written over.
func (e *Entry) sum(buffer *hasher, data string) [32]byte {
	h := (*buffer)[:0]
	h = append(h, "feisui.journal.entry/1"...)
	h = append(h, e.Prev[:]...)
	h.text(e.County)
	h.number(e.Position)
	h.text(e.Stream)
	h.number(e.Version)
	h.text(e.Type)
	h = append(h, e.ID[:]...)
	h.text(e.Request)
	h.text(e.Actor)
	h.text(e.Kind)
	h.number(e.RecordedAt.UnixMicro())
	h.number(int64(len(e.Accounts)))
	for _, a := range e.Accounts {
		h.text(a)
	}
	h.text(data)
	*buffer = h
	return sha256.Sum256(h)
}

// stored is a request as it was accepted.
type stored struct {
	id          string
	fingerprint [32]byte
	first, last int64
	recordedAt  time.Time
	answer      []byte
}

// seal shows that a request's row was changed by itself. It is not part of the
// chain: it binds a row together, not the rows to each other.
func (s stored) seal(county string) [32]byte {
	var h hasher
	h = append(h, "feisui.journal.request/1"...)
	h.text(county)
	h.text(s.id)
	h = append(h, s.fingerprint[:]...)
	h.number(s.first)
	h.number(s.last)
	h.number(s.recordedAt.UnixMicro())
	h.text(string(s.answer))
	return sha256.Sum256(h)
}

func (s stored) receipt(repeated bool) Receipt {
	return Receipt{First: s.first, Last: s.last, Repeated: repeated, RecordedAt: s.recordedAt, Answer: s.answer}
}
