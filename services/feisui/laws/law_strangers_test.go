package laws_test

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"feisui/services/ledger/naive"
)

// TestStrangersDoNotMeet holds when two counties kept in one workbook, with
// departments, streets, tasks, payments and plaques of their own, say of each
// community and each holder what they say apart. Sometimes they work through
// one list of items, which no more makes them neighbours; then only the county
// whose list it is can be looked at apart.
func TestStrangersDoNotMeet(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	rapid.Check(t, func(t *rapid.T) {
		here, there := naive.DrawBook(t), naive.DrawBook(t)
		oneList := rapid.Bool().Draw(t, "one list of items")
		if oneList {
			there.Sheets["items"] = nil
			strangers(there, namedButItems)
		} else {
			strangers(there, named)
		}
		// One workbook has one policy and one catalogue of plaques.
		there.Policy = here.Policy
		there.Sheets["plaque_catalogue"] = here.Sheets["plaque_catalogue"]
		apart := []naive.Book{here, there}
		if oneList {
			apart = apart[:1]
		}
		together := e.read(t, join(here, there))
		for _, county := range apart {
			alone := e.read(t, county)
			for range datesPerBook {
				on := join(here, there).DrawOn(t)
				got, want := decode(t, statement(t, together, on)), decode(t, statement(t, alone, on))
				for _, list := range []string{"communities", "holders"} {
					same(t, "with strangers on "+on, those(got[list], want[list]), want[list])
				}
			}
		}
	})
}

// What DrawBook names is called D1, T2, I3, P4-2; the items I1, I2 and so on.
var (
	named         = regexp.MustCompile(`\b[A-Z]\d`)
	namedButItems = regexp.MustCompile(`\b[A-HJ-Z]\d`)
)

// strangers gives other names to everything in a book that has one, and moves
// its communities and streets to another county.
func strangers(book naive.Book, named *regexp.Regexp) {
	for sheet := range book.Sheets {
		change(book, sheet, func(row naive.Row) {
			for column, cell := range row {
				cell = named.ReplaceAllString(cell, "Z$0")
				row[column] = strings.ReplaceAll(cell, "430105", "430106")
			}
		})
	}
}

// join puts the rows of two books on one workbook's sheets, under the policy of the first.
func join(a, b naive.Book) naive.Book {
	both := a.Clone()
	for sheet, rows := range b.Clone().Sheets {
		both.Sheets[sheet] = append(both.Sheets[sheet], rows...)
	}
	return both
}

// those gives the elements of a list whose code is in another.
func those(list, of any) any {
	wanted := map[any]bool{}
	for _, element := range of.([]any) {
		wanted[element.(object)["code"]] = true
	}
	kept := []any{}
	for _, element := range list.([]any) {
		if wanted[element.(object)["code"]] {
			kept = append(kept, element)
		}
	}
	return kept
}
