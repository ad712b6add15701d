package journal

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"slices"
	"sync"

	"github.com/jackc/pgx/v5"
)

// Watch reads a journal for readers that look again and again: it asks the
// database only where there is news, and not for what this process has appended
// itself, a moment ago. One Look for all counties and all readers of a process
// stands in for a look by each of them.
type Watch struct {
	journal *Journal

	mu    sync.Mutex
	heads map[string]int64 // the last positions that are known of
	last  map[string]Entry // the last entries that were read
	ring  *ring            // what this process appended
}

// Watch gives a reader that knows of nothing new until it looks or is told.
func (j *Journal) Watch() *Watch {
	w := &Watch{journal: j, heads: map[string]int64{}, last: map[string]Entry{}, ring: newRing()}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.told = append(slices.Clone(j.told), w) // who hands something over has the old list
	return w
}

// Look finds where every county's journal ends, with one statement, and gives
// the counties that have moved.
func (w *Watch) Look(ctx context.Context) (moved []string, err error) {
	w.mu.Lock()
	then := map[string]known{}
	for county, head := range w.heads {
		then[county] = known{head: head}
	}
	for county, e := range w.last {
		k := then[county]
		k.read = e.Position
		then[county] = k
	}
	for county := range w.ring.runs {
		k := then[county]
		k.own = w.ring.end(county).Position
		then[county] = k
	}
	w.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, readMax)
	defer cancel()
	rows, err := w.journal.pool.Query(ctx, `
		select c.county, coalesce(e.position, 0), e.hash from journal.county c
		left join lateral (
			select e.position, e.hash from journal.entry e where e.county = c.county order by e.position desc limit 1
		) e on true`, asTheyAre)
	if err != nil {
		return nil, err
	}
	var county string
	var head int64
	var hash []byte
	_, err = pgx.ForEachRow(rows, []any{&county, &head, &hash}, func() error {
		w.compare(county, head, hash)
		if w.looked(county, then[county], head) {
			moved = append(moved, county)
		}
		return nil
	})
	if err == nil {
		w.age()
	}
	return moved, err
}

// age counts a look.
func (w *Watch) age() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ring.age()
}

// known is what is known of a county: where its journal ends, the last entry that
// was read, and the last that this process appended.
type known struct{ head, read, own int64 }

// looked takes in what a look found that began when so much was known. What was
// heard, read and appended meanwhile is later than the look. It reports whether
// the head moved.
func (w *Watch) looked(county string, then known, head int64) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	is := w.heads[county]
	if head < then.own {
		w.ring.drop(county) // the database was restored: it may have other entries
	}
	if is != then.head {
		head = max(is, head)
	}
	if last := w.last[county].Position; head < is || last == then.read && head < last {
		delete(w.last, county) // likewise: it may end with another
	}
	w.heads[county] = head
	return head != is
}

// compare drops what is not in the journal any more: it was restored, and another
// entry is where one was before.
func (w *Watch) compare(county string, position int64, hash []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if e := w.ring.at(county, position); e != nil && !bytes.Equal(e.Hash[:], hash) {
		w.ring.drop(county)
	}
	if e := w.last[county]; e.Position == position && position > 0 && !bytes.Equal(e.Hash[:], hash) {
		delete(w.last, county)
	}
}

// own takes what this process has appended. It tells nobody: that is the bell's.
func (w *Watch) own(entries []Entry) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ring.add(entries)
	if last := w.last[entries[0].County]; last.Position > 0 {
		if e := w.ring.at(last.County, last.Position); e != nil && e.Hash != last.Hash {
			delete(w.last, last.County) // it is not in the journal any more
		}
	}
}

// Heard takes in that a county's journal has reached a position.
func (w *Watch) Heard(county string, position int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.heads[county] = max(w.heads[county], position)
}

// Head is the last position that is known of.
func (w *Watch) Head(county string) int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.heads[county]
}

// After is Journal.After, without asking the database for what is known not to
// be there, to be the last entry that was read, or to be what this process
// appended. Who reads must not change what it is given.
func (w *Watch) After(ctx context.Context, county string, position int64, limit int) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		told, last, own := w.place(county, position)
		switch {
		case position >= max(told, last.Position): // who took the last in and asks for what follows is not told that it is not there
			return
		case len(own) > 0:
			w.hand(ctx, own, told, limit, yield)
			return
		case position+1 == told && last.Position == told: // where a request ends, which the last need not do
			yield(last, nil)
			return
		}
		for e, err := range w.journal.After(ctx, county, position, limit) {
			if err == nil {
				w.read(e)
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

// Batch gives what follows a position of one batch that this process appended, as it
// has it: whole requests. It is nil where After asks the database, or gives nothing.
func (w *Watch) Batch(county string, position int64) []Entry {
	told, last, own := w.place(county, position)
	if len(own) == 0 || position >= max(told, last.Position) {
		return nil
	}
	w.read(own[0][len(own[0])-1])
	return own[0]
}

// place gives the last position that is known of, the last entry that was read,
// and what follows a position of what this process appended.
func (w *Watch) place(county string, position int64) (told int64, last Entry, own [][]Entry) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.heads[county], w.last[county], w.ring.after(county, position)
}

// hand gives what this process appended, and from the database what is known to
// follow it.
func (w *Watch) hand(ctx context.Context, own [][]Entry, told int64, limit int, yield func(Entry, error) bool) {
	var last Entry
	given := 0
	for _, entries := range own {
		w.read(entries[len(entries)-1])
		for _, e := range entries {
			if !yield(e, nil) {
				return
			}
			if given++; given == limit {
				return
			}
			last = e
		}
	}
	if last.Position >= told {
		return
	}
	for e, err := range w.journal.After(ctx, last.County, last.Position, max(limit-given, 0)) {
		switch {
		case err != nil:
		case e.Position == last.Position+1 && e.Prev != last.Hash:
			w.forget(last.County)
			e, err = Entry{}, fmt.Errorf("position %d of %s is not what was appended there: the journal was restored", last.Position, last.County)
		default:
			w.read(e)
		}
		if !yield(e, err) || err != nil {
			return
		}
	}
}

// forget drops what is not in the journal any more.
func (w *Watch) forget(county string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ring.drop(county)
	delete(w.last, county)
}

// read keeps the last entry, which never changes. It may lie behind the head: the
// database gives all that it has, also what no bell has told of yet. The head
// stays, so that a look still tells those who have not read it.
func (w *Watch) read(e Entry) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if e.Position > w.last[e.County].Position {
		w.last[e.County] = e
	}
}
