package record

import (
	"iter"

	"feisui/pkg/workbook"
)

// Kind is how the cells of a column are read.
type Kind int

// The kinds of columns, as spec §1 has them.
const (
	Text     Kind = iota // as it stands
	Code                 // names something
	Division             // digits of a community or a street
	Date
	Amount // yuan
	Number // decimal
	Count  // whole
	Rate   // an amount, or a number of percent
	Word   // one of a few
	Purpose
	List   // codes split by semicolons
	Payers // CODE:WEIGHT[@DATE], likewise
)

// Column is what a column of a sheet takes.
type Column struct {
	workbook.Column
	Kind     Kind
	Required bool
	Words    []string // of a Word: English, Chinese, English, …; both are read
}

// described are columns as they were found to be read, by sheet and column.
type described map[string]map[string]*Column

// Describe says what a sheet of the layout takes, column by column. It has the
// rows of the sheet read from a workbook that has one empty row in each, and
// notes how: so it says what reading does. It panics when there is no such sheet.
func Describe(sheet string) []Column {
	d := &door{book: emptyRows{}, absent: map[string]bool{}, taught: described{}}
	d.readTasks(&sheets{})
	d.readMoney(&sheets{})
	var columns []Column
	for _, c := range layoutSheet(sheet).Columns {
		column := d.taught.column(sheet, c.Name)
		column.Column = c
		columns = append(columns, *column)
	}
	return columns
}

func (t described) column(sheet, column string) *Column {
	if t[sheet] == nil {
		t[sheet] = map[string]*Column{}
	}
	if t[sheet][column] == nil {
		t[sheet][column] = &Column{}
	}
	return t[sheet][column]
}

// is notes how a column is read. The last to note it knows best: a date is read
// as a code first.
func (c *cells) is(column string, kind Kind, words ...string) {
	if c.door.taught != nil {
		noted := c.door.taught.column(c.sheet.Name, column)
		noted.Kind, noted.Words = kind, words
	}
}

func (c *cells) isRequired(column string) {
	if c.door.taught != nil {
		c.door.taught.column(c.sheet.Name, column).Required = true
	}
}

// emptyRows is a workbook with one empty row in every sheet.
type emptyRows struct{}

// Sheet gives the row.
func (emptyRows) Sheet(name string) iter.Seq[workbook.Row] {
	return func(yield func(workbook.Row) bool) {
		yield(workbook.Row{File: name, Number: 1, Cells: make([]string, len(layoutSheet(name).Columns))})
	}
}

// Has reports that every column is there.
func (emptyRows) Has(string, string) bool { return true }

// Extra gives nothing.
func (emptyRows) Extra(string) ([]byte, bool, error) { return nil, false, nil }

// Faults gives none.
func (emptyRows) Faults() []workbook.Fault { return nil }

// Unlisted is 0, as Faults has none.
func (emptyRows) Unlisted() int { return 0 }
