package journal_test

import (
	"slices"
	"testing"
	"time"

	"feisui/pkg/journal"
	"feisui/pkg/pgtest"
)

// TestAWatchAsksOnlyWhereThereIsNews: what it gives is what the journal gives, as
// soon as it has looked or heard; and without news it asks for nothing.
func TestAWatchAsksOnlyWhereThereIsNews(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t, journal.Tables)
	j := on(t, pool, time.Now)
	w := on(t, pool, time.Now).Watch() // of another process, which has to ask
	all := func() (positions []int64) {
		for e, err := range w.After(t.Context(), county, 0, 0) {
			if err != nil {
				t.Fatal(err)
			}
			positions = append(positions, e.Position)
		}
		return positions
	}
	must(t, j, request("first", 1, "task/a"))
	if got := all(); got != nil {
		t.Errorf("it gives %v, and has not looked", got)
	}
	if moved, err := w.Look(t.Context()); err != nil || !slices.Contains(moved, county) {
		t.Errorf("moved %v, %v; want %s among them", moved, err, county)
	}
	if got := all(); !slices.Equal(got, []int64{1}) {
		t.Errorf("after a look it gives %v", got)
	}
	if moved, err := w.Look(t.Context()); err != nil || moved != nil {
		t.Errorf("moved %v, %v; nothing has", moved, err)
	}
	receipt := must(t, j, request("second", 1, "task/b"))
	w.Heard(county, receipt.Last)
	if got := all(); !slices.Equal(got, []int64{1, 2}) {
		t.Errorf("after it heard of it it gives %v", got)
	}
	pool.Close() // from here on, asking fails
	for e, err := range w.After(t.Context(), county, 1, 10) {
		if err != nil || e.Position != 2 {
			t.Errorf("the last entry is %d, %v", e.Position, err)
		}
	}
	for e, err := range w.After(t.Context(), county, 2, 10) {
		t.Errorf("after the end comes %d, %v", e.Position, err)
	}
	failed := false
	for _, err := range w.After(t.Context(), county, 0, 10) {
		failed = failed || err != nil
	}
	if !failed {
		t.Error("a closed pool gave entries: the test sees no question")
	}
}

// A look that was overtaken by a bell does not take it back: whoever was told of
// the entry would wait for the next look.
func TestALookDoesNotUndoWhatWasHeard(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t, journal.Tables)
	j := on(t, pool, time.Now)
	w := on(t, pool, time.Now).Watch() // of another process, which has to ask
	must(t, j, request("first", 1, "task/a"))
	if _, err := w.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	news := func() (n int) { // after the first entry
		for _, err := range w.After(t.Context(), county, 1, 0) {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		return n
	}
	receipt := must(t, j, request("second", 1, "task/b"))
	w.Heard(county, receipt.Last)
	w.Looked(county, 1, 1, 1, 1) // it had asked before the second entry was there
	if n := news(); n != 1 {
		t.Errorf("after a look that was overtaken it gives %d entries, want 1", n)
	}
	w.Looked(county, 2, 2, 2, 1) // nothing was heard since: the journal was restored to an earlier state
	if n := news(); n != 0 {
		t.Errorf("of a journal that ends at 1 it gives %d entries after 1", n)
	}
}

// What was read is there, whether or not a bell has told of it: a relay that had
// published it and was told that the journal ends earlier would wipe the bus.
func TestWhatWasReadIsThere(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t, journal.Tables)
	j := on(t, pool, time.Now)
	w := on(t, pool, time.Now).Watch() // of another process, which has to ask
	must(t, j, request("first", 1, "task/a"))
	if _, err := w.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	must(t, j, request("second", 1, "task/b")) // of which nobody was told
	must(t, j, request("third", 1, "task/c"))
	after := func(position int64) (read []int64) {
		for e, err := range w.After(t.Context(), county, position, 0) {
			if err != nil {
				t.Fatal(err)
			}
			read = append(read, e.Position)
		}
		return read
	}
	if got := after(1); len(got) != 0 {
		t.Fatalf("without a bell it reads %v after 1: nothing is shown", got)
	}
	if got := after(0); !slices.Equal(got, []int64{1, 2, 3}) {
		t.Fatalf("it reads %v", got)
	}
	if got := after(2); !slices.Equal(got, []int64{3}) {
		t.Errorf("after 2 it reads %v, having read 3 before", got)
	}
	w.Looked(county, 1, 1, 1, 1) // it had asked before 3 was read
	if got := after(2); !slices.Equal(got, []int64{3}) {
		t.Errorf("after a look that the reading overtook it reads %v after 2", got)
	}
	if moved, err := w.Look(t.Context()); err != nil || !slices.Equal(moved, []string{county}) {
		t.Errorf("a look tells of %v, %v: others have not read it", moved, err)
	}
	w.Looked(county, 3, 3, 3, 1) // nothing was heard or read since: the journal was restored to an earlier state
	if got := after(2); len(got) != 0 {
		t.Errorf("of a journal that ends at 1 it gives %v after 2", got)
	}
}
