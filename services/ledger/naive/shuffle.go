package naive

import (
	"maps"

	"pgregory.net/rapid"
)

// DrawSame draws a book that says the same as b: its rows in another order, some of them repeated.
func (b Book) DrawSame(t *rapid.T) Book {
	same := b.Clone()
	for _, sheet := range schema {
		rows := same.Sheets[sheet.name]
		if len(rows) == 0 {
			continue
		}
		if chance(t, sheet.name+" repeats", 3) {
			rows = append(rows, maps.Clone(pick(t, "repeated "+sheet.name, rows...)))
		}
		same.Sheets[sheet.name] = rapid.Permutation(rows).Draw(t, sheet.name)
	}
	return same
}
