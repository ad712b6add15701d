package laws_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"feisui/services/ledger/naive"
)

// TestTheFutureSaysNothing holds when the statement on a date does not change
// as the facts dated after it are taken away. Tasks stay: a purpose may name one
// whatever its issue date.
func TestTheFutureSaysNothing(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	rapid.Check(t, func(t *rapid.T) {
		book := naive.DrawBook(t)
		// Two arrivals that only their withdrawal tells apart are two all the same.
		for i, arrival := range book.Sheets["arrivals"] {
			arrival["no"] = fmt.Sprint(i + 1)
		}
		on := book.DrawOn(t)
		past := book.Clone()
		forget(past, on)
		got, want := statement(t, e.read(t, past), on), statement(t, e.read(t, book), on)
		same(t, "without what came after "+on, decode(t, got), decode(t, want))
	})
}

// forget takes the facts after a day out of a book. No reference breaks by it:
// what stands on a fact is never dated before it.
func forget(book naive.Book, day string) {
	for sheet, dates := range map[string]struct{ begin, end string }{
		"admissions":  {"decided_on", "revoked_on"},
		"tasks":       {"", "recalled_on"},
		"receipts":    {"filed_on", ""},
		"completions": {"completed_on", ""},
		"commitments": {"made_on", ""},
		"payments":    {"paid_on", ""},
		"arrivals":    {"confirmed_on", "withdrawn_on"},
		"plaques":     {"hung_on", "removed_on"},
		"burdens":     {"from", "to"},
	} {
		keep(book, sheet, func(row naive.Row) bool { return row[dates.begin] <= day })
		change(book, sheet, func(row naive.Row) { clearAfter(row, dates.end, day) })
	}
}
