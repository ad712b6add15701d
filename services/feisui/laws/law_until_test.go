package laws_test

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"

	"feisui/pkg/civil"
	"feisui/services/ledger"
	"feisui/services/ledger/naive"
)

// untilSteps is how many of the days on which a statement changes are looked at.
const untilSteps = 6

// TestAStatementHoldsUntilItsDay holds when each statement, of a community and
// of a holder, is the same on every day before the one that it names as the next
// on which it may differ.
func TestAStatementHoldsUntilItsDay(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	rapid.Check(t, func(t *rapid.T) {
		drawn := naive.DrawBook(t)
		book, on := e.read(t, drawn), day(t, drawn.DrawOn(t))
		for _, account := range book.Accounts() {
			from := on
			for range untilSteps {
				said, until := asked(t, book, account, from)
				last := until - 1
				if !until.Given() {
					last = from.AddDays(4000)
				}
				for _, d := range []civil.Date{last, from + civil.Date(rapid.IntRange(0, int(last-from)).Draw(t, "later"))} {
					if then, _ := asked(t, book, account, d); then != said {
						t.Fatalf("%s %s says it stands from %s until %s, and differs on %s:\n%s\n%s", mismatch, account, from, until, d, said, then)
					}
				}
				if !until.Given() {
					break
				}
				from = until
			}
		}
	})
}

// asked gives an account's statement as users get it, and until when it holds.
func asked(t rapid.TB, book *ledger.Book, account string, on civil.Date) (string, civil.Date) {
	t.Helper()
	var said any
	var until civil.Date
	if s, ok, err := book.Statement(account, civil.China(), on); ok {
		must(t, err)
		said, until = s, s.Until
	} else {
		h, _, err := book.Holder(account, civil.China(), on)
		must(t, err)
		said, until = h, h.Until
	}
	content, err := json.Marshal(said)
	must(t, err)
	return string(content), until
}
