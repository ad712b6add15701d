package laws_test

import (
	"testing"

	"pgregory.net/rapid"

	"feisui/services/ledger/naive"
)

// TestOrderAndRepetitionSayNothing holds when a workbook whose rows stand in
// another order, some of them twice, gives the same statement.
func TestOrderAndRepetitionSayNothing(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	rapid.Check(t, func(t *rapid.T) {
		book := naive.DrawBook(t)
		actual, shuffled := e.read(t, book), e.read(t, book.DrawSame(t))
		for range datesPerBook {
			on := book.DrawOn(t)
			same(t, "in another order on "+on, decode(t, statement(t, shuffled, on)), decode(t, statement(t, actual, on)))
		}
	})
}
