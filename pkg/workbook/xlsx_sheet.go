package workbook

import (
	"encoding/xml"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// worksheet is a sheet of an XLSX file.
type worksheet struct {
	*xlsx
	part string
}

// errEnough ends the reading of a sheet whose reader wants no more.
var errEnough = errors.New("no more rows wanted")

func (w *worksheet) read(p *pass) {
	s := &sheetReader{xlsx: w.xlsx, pass: p}
	err := s.sheet(w.part)
	if t, ok := errors.AsType[*trouble](err); ok {
		// Row 0 is a fault of the whole sheet; later, the row after which it is broken.
		p.fault(s.row, "", t.found, t.expect)
		return
	}
	if err == nil && !p.opening {
		s.conclude()
	}
}

// sheetReader reads a sheet once.
type sheetReader struct {
	*xlsx
	pass   *pass
	part   *part
	row    int      // the number of the row being read
	column int      // of the last cell read in it, from 1
	cells  []string // of the row; reused
	cell   cell     // being read; reused
	data   bool     // the rows have been read

	noHeight    bool   // rows have no height unless they say so
	concealed   int    // hidden rows with data
	concealedAt int    // the first of them
	hidden      []bool // whether the column at a position is; nil when none
}

// sheet reads the sheet in the order in which its parts must stand.
func (s *sheetReader) sheet(name string) (err error) {
	if s.part, err = s.begin(name, "worksheet"); err != nil {
		return err
	}
	defer s.part.close()
	for {
		e, ok, err := s.part.child()
		if err != nil {
			return err
		}
		if !ok {
			if !s.data {
				return &trouble{"", say("structure_element", "part", excerpt(name))}
			}
			return s.part.finish()
		}
		if err := s.section(e); err != nil {
			return err
		}
	}
}

// section reads a part of a sheet. What says something about the rows must
// stand where the format has it, or it would be known too late.
func (s *sheetReader) section(e xml.StartElement) error {
	switch name := e.Name.Local; {
	case name == "sheetFormatPr" && !s.data:
		s.noHeight = truth(e, "zeroHeight")
	case name == "cols" && !s.data:
		return s.columns()
	case name == "sheetData" && !s.data:
		s.data = true
		return s.rows()
	case name == "mergeCells" && s.data:
		return s.merges()
	case name == "sheetFormatPr", name == "cols", name == "sheetData", name == "mergeCells":
		return s.part.unexpected(e)
	}
	return s.part.skip()
}

// columns learns which columns are hidden.
func (s *sheetReader) columns() error {
	for n := 0; ; n++ {
		e, ok, err := s.part.child()
		if err != nil || !ok {
			return err
		}
		if n == columnMax {
			return s.part.unexpected(e)
		}
		width, given := attribute(e, "width")
		if truth(e, "hidden") || given && zero(width) {
			from, _ := attribute(e, "min")
			to, _ := attribute(e, "max")
			first, err1 := strconv.Atoi(from)
			last, err2 := strconv.Atoi(to)
			if err1 != nil || err2 != nil || first < 1 || last < first || last > columnMax {
				return s.disorder("structure_reference", from+":"+to)
			}
			s.hide(first-1, last)
		}
		if err := s.part.skip(); err != nil {
			return err
		}
	}
}

// hide notes hidden columns from one position up to another.
func (s *sheetReader) hide(from, to int) {
	if s.hidden == nil {
		s.hidden = make([]bool, columnMax)
	}
	for position := from; position < to; position++ {
		s.hidden[position] = true
	}
}

// zero reports whether a width or a height is none.
func zero(size string) bool {
	f, err := strconv.ParseFloat(size, 64)
	return err == nil && f == 0
}

// rows reads the rows. They alone may stand here: a row under another name
// would be one that is not read.
func (s *sheetReader) rows() error {
	for {
		e, ok, err := s.part.child()
		if err != nil || !ok {
			return err
		}
		if e.Name.Local != "row" || !s.part.own(e) {
			return s.part.unexpected(e)
		}
		if err := s.readRow(e); err != nil {
			return err
		}
	}
}

func (s *sheetReader) readRow(e xml.StartElement) error {
	number := s.row + 1
	if r, given := attribute(e, "r"); given {
		n, err := strconv.Atoi(r)
		if err != nil || n < number || n > rowMax || r[0] == '+' {
			return s.disorder("structure_row", r)
		}
		number = n
	}
	if number > rowMax {
		return s.disorder("structure_row", fmt.Sprint(number))
	}
	s.row, s.column, s.cells = number, 0, s.cells[:0]
	height, given := attribute(e, "ht")
	hidden := truth(e, "hidden") || given && zero(height) || !given && s.noHeight
	for {
		c, ok, err := s.part.child()
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		if err := s.readCell(c); err != nil {
			return err
		}
	}
	more := s.pass.record(number, s.cells)
	if hidden && (s.pass.last == number || s.pass.opening && s.pass.table.head == number) {
		s.conceal(number)
	}
	if !more {
		return errEnough
	}
	return nil
}

// conceal counts a hidden row with data.
func (s *sheetReader) conceal(row int) {
	if s.concealed++; s.concealed == 1 {
		s.concealedAt = row
	}
	if s.pass.opening {
		s.pass.fault(row, "", "", say("hidden_rows", "count", "1"))
	}
}

// disorder is the trouble of a sheet whose rows or cells are not in order.
func (s *sheetReader) disorder(key, found string) error { return &trouble{found, say(key)} }

// merges gathers the merged ranges.
func (s *sheetReader) merges() error {
	for {
		e, ok, err := s.part.child()
		if err != nil || !ok {
			return err
		}
		ref, _ := attribute(e, "ref")
		if err := s.merge(ref); err != nil {
			return err
		}
		if err := s.part.skip(); err != nil {
			return err
		}
	}
}

// merge reports a merged range that touches the table: all but one of its
// cells look as if they had the value that only the first one has.
func (s *sheetReader) merge(ref string) error {
	from, to, _ := strings.Cut(ref, ":")
	left, top, ok1 := reference(from)
	right, bottom, ok2 := reference(to)
	if !ok1 || !ok2 || right < left || bottom < top {
		return s.disorder("structure_reference", ref)
	}
	t := s.pass.table
	if top > max(s.pass.last, t.head) {
		return nil
	}
	for position := left - 1; position < min(right, t.width); position++ {
		if t.place(position) != placeIgnored {
			s.pass.fault(top, t.column(position), ref, say("merged", "ref", ref))
			return nil
		}
	}
	return nil
}

// conclude reports what is known once all rows were read.
func (s *sheetReader) conclude() {
	p := s.pass
	if s.concealed > 0 {
		p.fault(s.concealedAt, "", "", say("hidden_rows", "count", fmt.Sprint(s.concealed)))
	}
	if p.table.hidden && p.last > 0 {
		p.fault(0, "", p.table.file, say("hidden_sheet"))
	}
}

// reference reads a cell's name, such as C7, into its column and row.
func reference(ref string) (column, row int, ok bool) {
	i := 0
	for ; i < len(ref) && i < 3 && ref[i] >= 'A' && ref[i] <= 'Z'; i++ {
		column = column*26 + int(ref[i]-'A') + 1
	}
	digits := ref[i:]
	if len(digits) == 0 || len(digits) > 7 || digits[0] == '0' {
		return 0, 0, false
	}
	for j := range len(digits) {
		if digits[j] < '0' || digits[j] > '9' {
			return 0, 0, false
		}
		row = row*10 + int(digits[j]-'0')
	}
	return column, row, column >= 1 && column <= columnMax && row <= rowMax
}
