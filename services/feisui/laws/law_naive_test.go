package laws_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"feisui/services/ledger/naive"
)

// datesPerBook is on how many dates a drawn book is looked at. A date costs less
// than a book.
const datesPerBook = 6

// rounds is how often the first law draws its books in each language. It looks
// for rare coincidences of dates and amounts, and so draws more than the others.
const rounds = 3

// TestEngineIsNaive holds when the program and the second implementation, which
// knows nothing but the text of the specification, answer alike: on several
// dates of every drawn book, half of them written in English, half in Chinese.
func TestEngineIsNaive(t *testing.T) {
	t.Parallel()
	for round := range rounds {
		for language, chinese := range map[string]bool{"english": false, "chinese": true} {
			t.Run(fmt.Sprint(language, round+1), func(t *testing.T) {
				t.Parallel()
				e := newEngine(t)
				e.chinese = chinese
				rapid.Check(t, e.isNaive)
			})
		}
	}
}

func (e *engine) isNaive(t *rapid.T) {
	book := naive.DrawBook(t)
	actual := e.read(t, book)
	for range datesPerBook {
		on := book.DrawOn(t)
		want, err := naive.StatementOf(book, on)
		must(t, err)
		same(t, "on "+on, decode(t, statement(t, actual, on)), decode(t, want))
	}
}
