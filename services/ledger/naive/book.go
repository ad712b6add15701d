package naive

import (
	"fmt"
	"maps"

	"pgregory.net/rapid"
)

// Clone is a copy of the book that shares nothing with it but the values of the policy.
func (b Book) Clone() Book {
	clone := Book{Sheets: map[string][]Row{}, Policy: maps.Clone(b.Policy)}
	for name, rows := range b.Sheets {
		for _, row := range rows {
			clone.Sheets[name] = append(clone.Sheets[name], maps.Clone(row))
		}
	}
	return clone
}

// DrawBook draws a small workbook that no rule at the end of §1 refuses. The same few parties, dates, amounts, items
// and numbers return often, so that ties, exact sums and days exactly on a limit are frequent.
func DrawBook(t *rapid.T) Book {
	d := &drawer{book: Book{Sheets: map[string][]Row{}}}
	d.drawParties(t)
	d.items(t)
	d.tasks(t)
	d.receipts(t)
	d.completions(t)
	d.payments(t)
	d.commitments(t)
	d.plaques(t)
	d.burdens(t)
	d.admissions(t)
	d.policy(t)
	return d.book
}

// drawer is a book in the making and the codes that its rows may use.
type drawer struct {
	book        Book
	communities []string
	departments []string // codes of the departments sheet
	parties     []string // departments and streets
}

// add puts a row on a sheet, without its empty cells.
func (d *drawer) add(sheet string, row Row) {
	for column, cell := range row {
		if cell == "" {
			delete(row, column)
		}
	}
	d.book.Sheets[sheet] = append(d.book.Sheets[sheet], row)
}

// rows draws up to most rows and puts them on the sheet, each with its number of the form P1, P2, … under key where
// one is given.
func (d *drawer) rows(t *rapid.T, sheet, key, prefix string, most int, draw func(*rapid.T) Row) {
	for i, row := range rapid.SliceOfN(rapid.Custom(draw), 0, most).Draw(t, sheet) {
		if key != "" {
			row[key] = fmt.Sprint(prefix, i+1)
		}
		d.add(sheet, row)
	}
}

// pick draws one of the values; the first is the simplest.
func pick[T any](t *rapid.T, label string, values ...T) T {
	return rapid.SampledFrom(values).Draw(t, label)
}

// chance draws true about once in n times; false is simpler.
func chance(t *rapid.T, label string, n int) bool {
	return rapid.IntRange(0, n-1).Draw(t, label) == n-1
}

// policy draws a policy.json now and then, with a part of what it may set.
func (d *drawer) policy(t *rapid.T) {
	if !chance(t, "policy", 2) {
		return
	}
	policy := map[string]any{}
	for _, name := range []string{"receipt_days", "query_days", "grace_days", "passthrough_days", "arrival_days"} {
		if chance(t, name+" given", 2) {
			policy[name] = float64(pick(t, name, 0, 1, 2, 3, 5))
		}
	}
	if chance(t, "arrears_days given", 2) {
		policy["arrears_days"] = float64(pick(t, "arrears_days", 0, 1, 10, 30))
	}
	caps := map[string]any{}
	for _, zone := range []string{"outside", "inside", "wall"} {
		if chance(t, zone+" given", 2) {
			caps[zone] = float64(pick(t, zone, 0, 1, 2))
		}
	}
	if len(caps) > 0 {
		policy["plaque_caps"] = caps
	}
	d.book.Policy = policy
}
