package laws_test

import (
	"testing"

	"pgregory.net/rapid"

	"feisui/services/ledger/naive"
)

// TestPartsMakeTheWhole holds when a workbook that arrives in two parts gives
// the statement of the whole, and either part, arriving again, records nothing.
// The registry sheets and the payments come first, and a part of everything
// else.
func TestPartsMakeTheWhole(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	rapid.Check(t, func(t *rapid.T) {
		whole := naive.DrawBook(t)
		first, second := split(t, whole)
		arriveInTurn(t, e, whole, first, second)
	})
}

// TestCellsMayBeFilledLater holds when a workbook whose cells were partly empty
// gives, once they are filled, the statement of the full one.
func TestCellsMayBeFilledLater(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	rapid.Check(t, func(t *rapid.T) {
		whole := naive.DrawBook(t)
		draft := whole.Clone()
		for sheet, columns := range fillable {
			change(draft, sheet, func(row naive.Row) {
				for _, column := range columns {
					if row[column] != "" && rapid.Bool().Draw(t, sheet+" "+column+" later") {
						delete(row, column)
					}
				}
			})
		}
		arriveInTurn(t, e, whole, draft, whole)
	})
}

// arriveInTurn records two workbooks, then both again, and compares what is
// recorded with the whole, recorded at once.
func arriveInTurn(t *rapid.T, e *engine, whole, first, second naive.Book) {
	t.Helper()
	j := newJournal()
	e.record(t, first, j)
	e.record(t, second, j)
	for _, again := range []naive.Book{first, second} {
		if n := e.record(t, again, j); n != 0 {
			t.Fatalf("%s what is recorded already was recorded again: %d events", mismatch, n)
		}
	}
	actual, parts := e.read(t, whole), fold(t, j)
	for range datesPerBook {
		on := whole.DrawOn(t)
		same(t, "in two parts on "+on, decode(t, statement(t, parts, on)), decode(t, statement(t, actual, on)))
	}
}

// split leaves a part of the rows for a second workbook, what is said of a task
// never before the task. The second repeats the departments: a workbook without
// a sheet is none.
func split(t *rapid.T, whole naive.Book) (first, second naive.Book) {
	first = whole.Clone()
	second = naive.Book{Sheets: map[string][]naive.Row{"departments": first.Sheets["departments"]}}
	awaited := map[string]bool{}
	for _, sheet := range []string{
		"tasks", "receipts", "completions", "arrivals", "plaques", "burdens", "admissions", "commitments",
	} {
		keep(first, sheet, func(row naive.Row) bool {
			later := awaited[row["task"]] || rapid.Bool().Draw(t, sheet+" later")
			if later {
				second.Sheets[sheet] = append(second.Sheets[sheet], row)
				if sheet == "tasks" {
					awaited[row["no"]] = true
				}
			}
			return !later
		})
	}
	return first, second
}

// fillable are the cells that may be empty at first. A receipt or an arrival is
// its whole row, and a voucher is never written anew.
var fillable = map[string][]string{
	"communities": {"households", "population", "staff"},
	"items":       {"rate", "payers", "timing", "authority_required"},
	"admissions":  {"from", "to", "communities", "decided_on", "revoked_on"},
	"tasks":       {"starts_on", "due_on", "quantity", "base", "amount", "pay_by", "authority_document", "recalled_on"},
	"completions": {"quantity"},
	"commitments": {"purpose", "by"},
	"plaques":     {"removed_on"},
	"burdens":     {"to"},
}
