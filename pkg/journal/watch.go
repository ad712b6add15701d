package journal

import (
	"context"
	"iter"
	"maps"
	"sync"

	"github.com/jackc/pgx/v5"
)

// Watch reads a journal for readers that look again and again: it asks the
// database only where there is news. One Look for all counties and all readers of
// a process stands in for a look by each of them.
type Watch struct {
	journal *Journal

	mu    sync.Mutex
	heads map[string]int64 // the last positions that are known of
	last  map[string]Entry // the last entries that were read
}

// Watch gives a reader that knows of nothing new until it looks or is told.
func (j *Journal) Watch() *Watch {
	return &Watch{journal: j, heads: map[string]int64{}, last: map[string]Entry{}}
}

// Look finds where every county's journal ends, with one statement, and gives
// the counties that have moved.
func (w *Watch) Look(ctx context.Context) (moved []string, err error) {
	w.mu.Lock()
	before, read := maps.Clone(w.heads), map[string]int64{}
	for county, e := range w.last {
		read[county] = e.Position
	}
	w.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, readMax)
	defer cancel()
	rows, err := w.journal.pool.Query(ctx, `
		select c.county, coalesce((
			select e.position from journal.entry e where e.county = c.county order by e.position desc limit 1
		), 0) from journal.county c`, asTheyAre)
	if err != nil {
		return nil, err
	}
	var county string
	var head int64
	_, err = pgx.ForEachRow(rows, []any{&county, &head}, func() error {
		if w.looked(county, before[county], read[county], head) {
			moved = append(moved, county)
		}
		return nil
	})
	return moved, err
}

// looked takes in what a look found that began when the head was before and the
// last entry that had been read was read. What was heard and read meanwhile is
// later than the look. It reports whether the head moved.
func (w *Watch) looked(county string, before, read, head int64) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	is := w.heads[county]
	if is != before {
		head = max(is, head)
	}
	if last := w.last[county].Position; head < is || last == read && head < last {
		delete(w.last, county) // the database was restored: it may end with another entry
	}
	w.heads[county] = head
	return head != is
}

// Heard takes in that a county's journal has reached a position.
func (w *Watch) Heard(county string, position int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.heads[county] = max(w.heads[county], position)
}

// After is Journal.After, without asking the database for what is known not to
// be there, or to be the last entry that was read.
func (w *Watch) After(ctx context.Context, county string, position int64, limit int) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		w.mu.Lock()
		told, last := w.heads[county], w.last[county]
		w.mu.Unlock()
		switch {
		case position >= max(told, last.Position): // who took the last in and asks for what follows is not told that it is not there
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
