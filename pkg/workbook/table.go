package workbook

import "feisui/pkg/message"

// source is where the records of a table come from: a CSV file or a sheet of
// an XLSX file.
type source interface {
	// read hands every record to p until p wants no more. What it cannot read
	// it reports to p.
	read(p *pass)
}

// Places of a record's cells that are no column of the layout.
const (
	placeIgnored  = -1 // left alone
	placeUnknown  = -2 // reported with the header
	placeNameless = -3 // no header; reported when there is data
)

// table is one sheet of the workbook, as Open found it.
type table struct {
	sheet   Sheet
	file    string // as a fault names it
	source  source
	hidden  bool     // the tab is hidden
	head    int      // the header's row, 0 when there is none
	headers []string // as they stand, by position in a record
	places  []int    // which column of the layout stands at a position, or a place constant
	width   int      // how many positions have a header or one after them
	has     []bool   // which columns of the layout are there
	opening faults   // of the header
	rows    faults   // of the last time the rows were streamed
}

// open reads the header.
func (t *table) open() {
	p := &pass{table: t, faults: &t.opening, opening: true}
	t.source.read(p)
}

// stream yields the rows that have no fault. The faults of an earlier streaming
// are forgotten, so that nothing is reported twice.
func (t *table) stream(yield func(Row) bool) {
	t.rows.reset()
	if t.head == 0 {
		return
	}
	t.source.read(&pass{table: t, faults: &t.rows, yield: yield, cells: make([]string, len(t.sheet.Columns))})
}

// place says which column of the layout stands at a position of a record.
func (t *table) place(position int) int {
	if position < len(t.places) {
		return t.places[position]
	}
	return placeNameless
}

// column names a position as a fault does.
func (t *table) column(position int) string {
	switch at := t.place(position); {
	case at >= 0:
		return t.sheet.Columns[at].Name
	case at == placeUnknown:
		return excerpt(t.headers[position])
	}
	return ""
}

// pass is one reading of a table from its first record on. Opening, it ends
// with the header; streaming, it goes to the end.
type pass struct {
	table    *table
	faults   *faults
	opening  bool
	yield    func(Row) bool
	cells    []string // of the row that is yielded
	last     int      // the last row that has data
	faulty   int      // the last row that has a fault
	nameless map[int]bool
}

// fault reports what is wrong with a row, or with the whole file when row is 0.
func (p *pass) fault(row int, column, found string, expect message.Text) {
	p.faulty = row
	p.faults.add(Fault{p.table.file, row, column, excerpt(found), expect})
}

// seen reports whether opening the table has reported this row already.
func (p *pass) seen(row int) bool { return !p.opening && row > 0 && row <= p.table.head }

// cellFault reports what is wrong with a cell. Columns that are left alone
// have no faults.
func (p *pass) cellFault(row, position int, found string, expect message.Text) {
	if p.heading() || !p.seen(row) && p.table.place(position) != placeIgnored {
		p.fault(row, p.table.column(position), found, expect)
	}
}

// heading reports whether the header is still to come.
func (p *pass) heading() bool { return p.opening && p.table.head == 0 }

// record takes the raw cells of one row, and reports whether to go on.
func (p *pass) record(row int, raw []string) bool {
	switch {
	case p.heading():
		p.header(row, raw)
		return p.table.head == 0
	case p.seen(row):
		return true
	}
	first, blank := p.take(row, raw)
	if !blank {
		p.last = row
	}
	if total(first) {
		p.fault(row, "", first, say("row_total"))
		return true
	}
	if blank {
		return true
	}
	if p.repeatsHeader() {
		p.fault(row, "", first, say("row_header"))
	}
	if p.faulty == row {
		return true
	}
	return p.yield(Row{File: p.table.file, Number: row, Cells: p.cells})
}

// take puts the cells where the layout has them. first is the first text of
// the row in whatever column; blank says that no column which counts has one.
func (p *pass) take(row int, raw []string) (first string, blank bool) {
	clear(p.cells)
	blank = true
	for position, cell := range raw {
		if cell == "" {
			continue
		}
		text, problem := clean(cell)
		if text == "" {
			continue
		}
		if first == "" {
			first = text
		}
		at := p.table.place(position)
		if at == placeIgnored {
			continue
		}
		blank = false
		switch {
		case at == placeNameless:
			p.lacksHeader(row, position, text)
		case problem.Key != "":
			p.cellFault(row, position, cell, problem)
		case at >= 0:
			p.cells[at] = text
		}
	}
	return first, blank
}

// lacksHeader reports, once a column, data that stand under no header.
func (p *pass) lacksHeader(row, position int, text string) {
	if p.nameless[position] {
		p.faulty = row
		return
	}
	if p.nameless == nil {
		p.nameless = map[int]bool{}
	}
	p.nameless[position] = true
	p.fault(row, "", text, say("header_empty", "letter", letter(position)))
}

// repeatsHeader reports whether the row says again what its columns are, as
// tables do that were printed page by page.
func (p *pass) repeatsHeader() bool {
	named := 0
	for i, text := range p.cells {
		if text == "" {
			continue
		}
		if c := p.table.sheet.Columns[i]; text != c.Name && text != c.Chinese {
			return false
		}
		named++
	}
	// One word may be a value that happens to be called like its column.
	return named > 1 || named == 1 && p.table.width == 1
}

// header learns from a row, unless it is blank, which column stands where.
func (p *pass) header(row int, raw []string) {
	t := p.table
	places := make([]int, len(raw))
	headers := make([]string, len(raw))
	has := make([]bool, len(t.sheet.Columns))
	for position, cell := range raw {
		text, problem := clean(cell)
		headers[position] = text
		name := fold(text)
		at := t.sheet.find(name)
		switch {
		case name == "":
			at = placeNameless
		case problem.Key != "":
			p.fault(row, excerpt(text), cell, problem)
			at = placeUnknown
		case at >= 0 && has[at]:
			p.fault(row, t.sheet.Columns[at].Name, text, say("header_twice"))
			at = placeUnknown
		case at >= 0:
			has[at] = true
		case ignoredColumn(name), t.sheet.Foreign:
			at = placeIgnored
		default:
			p.fault(row, excerpt(text), text, say("header_unknown", "known", t.sheet.names()))
			at = placeUnknown
		}
		places[position] = at
		if at != placeNameless {
			t.head, t.width = row, position+1
		}
	}
	if t.head != 0 {
		t.places, t.headers, t.has = places, headers, has
	}
}

// letter names a position as spreadsheets do: A, B, …, Z, AA, …
func letter(position int) string {
	name := ""
	for n := position + 1; n > 0; n = (n - 1) / 26 {
		name = string(rune('A'+(n-1)%26)) + name
	}
	return name
}
