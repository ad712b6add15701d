package record

import (
	"slices"
	"strconv"

	"feisui/pkg/workbook"
)

// AssignmentLayout is the layout of a sheet of tasks that are handed down now: that
// of the tasks of a workbook, with what is said of what must be answered, and no other sheet.
func AssignmentLayout() workbook.Layout { return workbook.Layout{assignments()} }

// explanation is the column that the sheet of a workbook has not: it is no fact of a task.
var explanation = workbook.Column{Name: "explanation", Chinese: "说明"}

func assignments() workbook.Sheet {
	s := *layoutSheet("tasks")
	s.Columns = append(slices.Clip(s.Columns), explanation)
	return s
}

// Assignment is a row of such a sheet: the fields of the form by which one task is
// handed down, each as the form takes it.
type Assignment struct {
	File   string
	Row    int
	Fields map[string]string // without what was left empty
}

// ReadAssignments reads a sheet of tasks, whole or not at all: what cannot be read is
// listed, as *Refused. Whether a task may be handed down, its workflow says.
func ReadAssignments(book Source) ([]Assignment, error) {
	d := &door{book: book, absent: map[string]bool{}, names: names{partly: map[string]bool{}}}
	columns := assignments()
	var all []Assignment
	for row := range book.Sheet(columns.Name) {
		all = append(all, assignment(&cells{door: d, sheet: &columns, row: row}))
		if len(all) > linesMax {
			d.fault(row.File, row.Number, "", "", "lines_max", "max", strconv.Itoa(linesMax))
			break
		}
	}
	if len(all) == 0 && d.count() == 0 && len(book.Faults()) == 0 {
		d.fault(columns.Name, 0, "", "", "sheet_empty")
	}
	return all, d.err(book)
}

func assignment(c *cells) Assignment {
	a := Assignment{File: c.row.File, Row: c.row.Number, Fields: map[string]string{}}
	put := func(column, text string) {
		if text != "" {
			a.Fields[column] = text
		}
	}
	for _, column := range []string{"no", "department", "community", "item"} {
		put(column, c.code(column))
	}
	for _, column := range []string{"document", "authority_document", "explanation"} {
		put(column, c.text(column))
	}
	for _, column := range []string{"starts_on", "due_on", "pay_by"} {
		if day := c.date(column); day.Given() {
			put(column, day.String())
		}
	}
	for _, column := range []string{"base", "amount"} {
		if fen := c.amount(column); fen != nil {
			put(column, fen.Yuan())
		}
	}
	if n := c.number("quantity"); n != nil {
		put("quantity", n.String())
	}
	if said := c.raw("issued_on"); said != "" {
		c.fault("issued_on", said, "assigned_today")
	}
	if said := c.raw("recalled_on"); said != "" {
		c.fault("recalled_on", said, "recalled_later")
	}
	return a
}
