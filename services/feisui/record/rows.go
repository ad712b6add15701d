package record

import (
	"reflect"
	"strconv"
)

// rowsOf are the rows of a sheet, each once.
type rowsOf[T any] struct {
	door  *door
	sheet string // as the user named the file or sheet
	list  []T
	at    []int  // the row number of each
	bad   []bool // rows with a fault: known by their key, but not decided on
}

// identity says what makes two rows of a sheet the same thing.
type identity bool

const (
	byKey identity = true  // two different rows with one key are a fault
	byRow identity = false // only rows alike in every column are one
)

// read reads a sheet. A row that repeats an earlier one in every column changes
// nothing and is dropped.
func read[T any](d *door, name string, parse func(*cells) T, key func(*T) string, id identity) *rowsOf[T] {
	rows := &rowsOf[T]{door: d}
	seen := map[string]chain{}
	var next []int // the following row with the same key, 0 for none
	sheet := layoutSheet(name)
	for row := range d.book.Sheet(name) {
		if rows.sheet == "" {
			rows.sheet, d.order[row.File] = row.File, len(d.order)+1
		}
		before := d.count()
		parsed := parse(&cells{door: d, sheet: sheet, row: row})
		bad := d.count() > before
		same, found := seen[key(&parsed)]
		if found {
			twin := rows.equal(parsed, same.first, next)
			if twin {
				continue
			}
			if id == byKey && !bad {
				d.fault(row.File, row.Number, sheet.Columns[0].Name, key(&parsed), "key_differs", "row", strconv.Itoa(rows.at[same.first]))
				continue
			}
			next[same.last] = len(rows.list)
		} else {
			same.first = len(rows.list)
		}
		same.last = len(rows.list)
		seen[key(&parsed)] = same
		rows.list, rows.at, rows.bad, next = append(rows.list, parsed), append(rows.at, row.Number), append(rows.bad, bad), append(next, 0)
	}
	return rows
}

// chain is the rows with one key, linked through next.
type chain struct{ first, last int }

// equal reports whether one of the rows of a chain is the same in every column.
func (r *rowsOf[T]) equal(row T, first int, next []int) bool {
	for i := first; ; i = next[i] {
		if reflect.DeepEqual(r.list[i], row) {
			return true
		}
		if next[i] == 0 {
			return false
		}
	}
}

// each visits the rows that can be decided on.
func (r *rowsOf[T]) each(visit func(i int, row *T)) {
	for i := range r.list {
		if !r.bad[i] {
			visit(i, &r.list[i])
		}
	}
}

// fault reports something wrong with the i-th row, which then is not decided on.
func (r *rowsOf[T]) fault(i int, column, found, key string, args ...string) {
	r.bad[i] = true
	r.door.fault(r.sheet, r.at[i], column, found, key, args...)
}
