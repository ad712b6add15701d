package journal

import (
	"cmp"
	"slices"
)

// How much of what this process appended is kept for its readers, over all
// counties, and for how many looks. Who comes later reads the database.
const (
	ringEntriesMax = 100_000
	ringBytesMax   = 64 << 20
	ringLooksMax   = 10
)

// ring keeps the latest entries that this process appended, so that its readers
// need not read them back. Of each county it has one run: every entry follows the
// one before, by its position and by its hash. What does not follow (another
// process appended between, an outcome was not known, the journal came back from
// a backup) begins a new run, and what was there is dropped.
//
// It has whole batches only, so a run begins and ends where a request does.
type ring struct {
	runs    map[string][]kept
	order   []string // the counties of all that is kept, the oldest batch first
	entries int
	bytes   int
	looks   int64

	entriesMax, bytesMax int
}

// kept is a batch as it was stored.
type kept struct {
	entries []Entry // never empty, never written to
	bytes   int
	look    int64
}

func newRing() *ring {
	return &ring{runs: map[string][]kept{}, entriesMax: ringEntriesMax, bytesMax: ringBytesMax}
}

func (k *kept) first() *Entry { return &k.entries[0] }
func (k *kept) last() *Entry  { return &k.entries[len(k.entries)-1] }

// add keeps a batch that is committed.
func (r *ring) add(entries []Entry) {
	k := kept{entries: entries, look: r.looks}
	for i := range entries {
		k.bytes += entries[i].bytes()
	}
	county := k.first().County
	if end := r.end(county); end != nil && (k.first().Position != end.Position+1 || k.first().Prev != end.Hash) {
		r.drop(county)
	}
	r.runs[county] = append(r.runs[county], k)
	r.order = append(r.order, county)
	r.entries, r.bytes = r.entries+len(k.entries), r.bytes+k.bytes
	for len(r.order) > 0 && (r.entries > r.entriesMax || r.bytes > r.bytesMax) {
		r.oldest()
	}
}

// age drops what was kept for long enough. It is called at the end of each look.
func (r *ring) age() {
	r.looks++
	for len(r.order) > 0 && r.looks-r.runs[r.order[0]][0].look > ringLooksMax {
		r.oldest()
	}
}

// oldest drops the batch that was kept first, of whatever county.
func (r *ring) oldest() {
	county := r.order[0]
	run := r.runs[county]
	r.entries, r.bytes = r.entries-len(run[0].entries), r.bytes-run[0].bytes
	run[0] = kept{} // whoever reads it has a slice of its own
	r.runs[county] = run[1:]
	if len(run) == 1 {
		delete(r.runs, county)
	}
	r.order = r.order[1:]
}

// drop forgets a county's run.
func (r *ring) drop(county string) {
	for _, k := range r.runs[county] {
		r.entries, r.bytes = r.entries-len(k.entries), r.bytes-k.bytes
	}
	delete(r.runs, county)
	r.order = slices.DeleteFunc(r.order, func(c string) bool { return c == county })
}

// end is a county's last entry here, nil where there is none.
func (r *ring) end(county string) *Entry {
	run := r.runs[county]
	if len(run) == 0 {
		return nil
	}
	return run[len(run)-1].last()
}

// after gives a county's entries after a position, in pieces; none unless the very
// next is here.
func (r *ring) after(county string, position int64) [][]Entry {
	run := r.runs[county]
	i := r.find(county, position+1)
	if i < 0 {
		return nil
	}
	pieces := make([][]Entry, 0, len(run)-i)
	for _, k := range run[i:] {
		pieces = append(pieces, k.entries)
	}
	pieces[0] = pieces[0][position+1-pieces[0][0].Position:]
	return pieces
}

// at gives the entry at a position, nil when it is not here.
func (r *ring) at(county string, position int64) *Entry {
	i := r.find(county, position)
	if i < 0 {
		return nil
	}
	k := &r.runs[county][i]
	return &k.entries[position-k.first().Position]
}

// find gives the number of the batch that has a position, -1 when none has.
func (r *ring) find(county string, position int64) int {
	run := r.runs[county]
	i, found := slices.BinarySearchFunc(run, position, func(k kept, position int64) int {
		return cmp.Compare(k.first().Position, position)
	})
	if !found {
		i--
	}
	if i >= 0 && position > run[i].last().Position {
		return -1
	}
	return i
}
