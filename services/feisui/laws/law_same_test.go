package laws_test

import (
	"bytes"
	"errors"
	"reflect"
	"runtime"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"feisui/services/feisui/record"
	"feisui/services/ledger"
	"feisui/services/ledger/naive"
)

// TestSameBytes holds when one workbook gives the same events and one journal
// the same bytes, asked again, asked by several at once, folded again, on one
// processor or many. Maps are walked in another order each time, so asking
// again is asking for that too.
func TestSameBytes(t *testing.T) { // not in parallel: it changes how many processors there are
	e := newEngine(t)
	processors := runtime.GOMAXPROCS(0)
	t.Cleanup(func() { runtime.GOMAXPROCS(processors) })
	rapid.Check(t, func(t *rapid.T) {
		book := naive.DrawBook(t)
		on := book.DrawOn(t)
		j, again := newJournal(), newJournal()
		e.record(t, book, j)
		e.record(t, book, again)
		if !reflect.DeepEqual(events(j), events(again)) {
			t.Fatalf("%s one workbook gives other events the second time", mismatch)
		}
		runtime.GOMAXPROCS(1)
		one := fold(t, j)
		want := statement(t, one, on)
		runtime.GOMAXPROCS(max(4, processors))
		for i, got := range atOnce(t, on, one, one, fold(t, j), fold(t, again)) {
			if !bytes.Equal(got, want) {
				same(t, "asked again on "+on, decode(t, got), decode(t, want))
				t.Fatalf("%s asked again, the %d. time: the same JSON in other bytes:\n%s\n%s", mismatch, i+1, got, want)
			}
		}
	})
}

func events(j *record.Journal) []any {
	var all []any
	for entry := range j.After(0) {
		all = append(all, entry.Event)
	}
	return all
}

// atOnce gives the statements of books asked at the same time.
func atOnce(t *rapid.T, on string, books ...*ledger.Book) [][]byte {
	t.Helper()
	statements, errs := make([][]byte, len(books)), make([]error, len(books))
	date := day(t, on)
	var asked sync.WaitGroup
	for i, book := range books {
		asked.Go(func() { statements[i], errs[i] = answer(book, date) })
	}
	asked.Wait()
	must(t, errors.Join(errs...))
	return statements
}
