package record

import (
	"encoding/json"
	"reflect"
	"strconv"
)

// rowsOf are the rows of a sheet, each once.
type rowsOf[T any] struct {
	door   *door
	name   string // of the sheet
	sheet  string // as the user named the file or sheet
	key    func(*T) string
	list   []T
	at     []int  // the row number of each
	unread []bool // rows with a cell that could not be read, and is as not given
	again  []bool // rows with the key of an earlier one that is different, or unread
}

// read reads a sheet. A row that repeats an earlier one in every column changes
// nothing and is dropped; one that has the key of an earlier one, and differs,
// is a fault.
func read[T any](d *door, name string, parse func(*cells) T, key func(*T) string) *rowsOf[T] {
	rows := &rowsOf[T]{door: d, name: name, key: key}
	first := map[string]int{}
	sheet := layoutSheet(name)
	for row := range d.book.Sheet(name) {
		if rows.sheet == "" {
			rows.sheet = row.File
		}
		d.tally.reads(name)
		c := &cells{door: d, sheet: sheet, row: row}
		parsed := parse(c)
		k, unread := key(&parsed), c.unread
		twin, again := first[k]
		switch {
		case !again:
			first[k] = len(rows.list)
		case reflect.DeepEqual(rows.list[twin], parsed):
			continue
		case !unread && !rows.unread[twin]: // else they may turn out to be alike
			d.fault(row.File, row.Number, sheet.Columns[0].Name, k, "key_differs", "row", strconv.Itoa(rows.at[twin]))
		}
		rows.list, rows.at = append(rows.list, parsed), append(rows.at, row.Number)
		rows.unread, rows.again = append(rows.unread, unread), append(rows.again, again && k != "")
	}
	return rows
}

// whole is the key of rows that have no other: all that is in it.
func whole[T any](row *T) string {
	b, err := json.Marshal(row)
	if err != nil {
		panic("record: a row that is no JSON: " + err.Error())
	}
	return string(b)
}

// each visits all rows.
func (r *rowsOf[T]) each(visit func(i int, row *T)) {
	for i := range r.list {
		visit(i, &r.list[i])
	}
}

// fault reports something wrong with the i-th row.
func (r *rowsOf[T]) fault(i int, column, found, key string, args ...string) {
	r.door.fault(r.sheet, r.at[i], column, found, key, args...)
}
