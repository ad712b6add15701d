// Package sheet writes tables as CSV or XLSX, as people open them in Excel or WPS:
// amounts in yuan, dates as dates, and no text that a program would take for a
// formula. It also writes forms, which people fill in. pkg/workbook reads what it
// writes, and has every text again.
package sheet

import (
	"archive/zip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/pkg/workbook"
)

// Name is what a table or a column is called.
type Name struct{ English, Chinese string }

// Say gives the name in one of the two languages.
func (n Name) Say(chinese bool) string {
	if chinese {
		return n.Chinese
	}
	return n.English
}

// Table is what is written. A cell is nil for nothing, a string, an int64, a
// money.Fen (written in yuan with two decimals), a civil.Date (the zero one is
// nothing), a Share, or a Name, which is said in the language of the file. Every row
// has a cell for each column.
type Table struct {
	Name    Name
	Columns []Name
	Rows    [][]any

	// Stream gives the rows one at a time instead of Rows, for a table that is not held
	// in memory. A row is done with when the next is asked for. An error ends the file.
	Stream iter.Seq2[[]any, error]
}

// All gives the rows, wherever they are from.
func (t *Table) All() iter.Seq2[[]any, error] {
	if t.Stream != nil {
		return t.Stream
	}
	return func(yield func([]any, error) bool) {
		for _, row := range t.Rows {
			if !yield(row, nil) {
				return
			}
		}
	}
}

// bounded gives the rows, and ErrMany in place of one too many.
func (t *Table) bounded() iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		n := 0
		for row, err := range t.All() {
			if n++; err == nil && n > RowsMax {
				row, err = nil, ErrMany
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

// Share is a share in basis points: 1234 is written as 12.34%.
type Share int64

// String is the share as people read it.
func (s Share) String() string {
	sign := ""
	if s < 0 {
		sign, s = "-", -s
	}
	return fmt.Sprintf("%s%d.%02d%%", sign, int64(s)/100, int64(s)%100)
}

// RowsMax is how many rows a table has at most, below its heads: a sheet of Excel has
// no more. A CSV file is bounded alike, or Excel would open it without its end.
const RowsMax = excelize.TotalRows - 1

// What a table cannot be written for.
var (
	ErrLong = errors.New("a text is too long for a cell") // of an XLSX file
	ErrMany = errors.New("a table has more rows than a sheet")
)

// exactMax is the largest number that a spreadsheet shows as it is: it keeps 15
// digits. A larger one is written into XLSX as a text, which rounds nothing.
const exactMax = 999_999_999_999_999

// CSV writes the table in UTF-8, with the mark without which Excel takes it for GBK.
func (t *Table) CSV(w io.Writer, chinese bool) error {
	if _, err := io.WriteString(w, "\uFEFF"); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true // RFC 4180
	line := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		line[i] = c.Say(chinese)
	}
	if err := out.Write(line); err != nil {
		return err
	}
	for row, err := range t.bounded() {
		if err != nil {
			return err
		}
		for i, cell := range row {
			line[i] = written(cell, chinese)
		}
		if err := out.Write(line); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// written is a cell as a text.
func written(cell any, chinese bool) string {
	switch v := cell.(type) {
	case nil:
		return ""
	case string:
		return workbook.Harmless(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case money.Fen:
		return yuan(v)
	case Name:
		return workbook.Harmless(v.Say(chinese))
	case Share:
		return v.String()
	case civil.Date:
		if !v.Given() {
			return ""
		}
		return v.String()
	}
	panic(fmt.Sprintf("a cell is a %T", cell))
}

// yuan is an amount without the commas that people read.
func yuan(f money.Fen) string { return strings.ReplaceAll(f.Yuan(), ",", "") }

// XLSX writes the table as the only sheet of a workbook, as the function does.
func (t *Table) XLSX(w io.Writer, chinese bool) error { return XLSX(w, chinese, t) }

// XLSX writes tables, of which there is at least one, as the sheets of a workbook.
// It fails with ErrLong rather than cut a text, and with ErrMany rather than leave out
// a row. However many there are, it holds some megabytes: rows wait in a file of their
// own, and go from there into what is written.
func XLSX(w io.Writer, chinese bool, tables ...*Table) (err error) {
	b, err := newBook()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.file.Close()) }()
	for _, t := range tables {
		if err := b.table(t, chinese); err != nil {
			return err
		}
	}
	return b.write(w)
}

// book is a workbook that is being written.
type book struct {
	file   *excelize.File
	sheets int
	styles
}

func newBook() (*book, error) {
	b := &book{file: excelize.NewFile()}
	var errs [4]error
	b.day, errs[0] = style(b.file, "yyyy-mm-dd")
	b.yuan, errs[1] = style(b.file, "0.00")
	b.text, errs[2] = style(b.file, "@")
	b.share, errs[3] = style(b.file, "0.00%")
	if err := errors.Join(errs[:]...); err != nil {
		return nil, errors.Join(err, b.file.Close())
	}
	return b, nil
}

// write writes the workbook as it goes: excelize would gather all of it first.
func (b *book) write(w io.Writer) error {
	b.file.SetZipWriter(func(io.Writer) excelize.ZipWriter { return zip.NewWriter(w) })
	return b.file.Write(io.Discard)
}

// sheet begins the next sheet. A new workbook has one already.
func (b *book) sheet(name string) error {
	b.sheets++
	if b.sheets == 1 {
		return b.file.SetSheetName(b.file.GetSheetName(0), name)
	}
	_, err := b.file.NewSheet(name)
	return err
}

func (b *book) table(t *Table, chinese bool) error {
	name := t.Name.Say(chinese)
	if err := b.sheet(name); err != nil {
		return err
	}
	out, err := b.file.NewStreamWriter(name)
	if err != nil {
		return err
	}
	if err := t.fill(out, chinese, b.styles); err != nil {
		return fmt.Errorf("%s: %w", t.Name.English, err)
	}
	return out.Flush()
}

// styles are those of a workbook, by its numbers.
type styles struct{ day, yuan, text, share int }

func style(file *excelize.File, format string) (int, error) {
	return file.NewStyle(&excelize.Style{CustomNumFmt: &format})
}

func (t *Table) fill(out *excelize.StreamWriter, chinese bool, s styles) error {
	if err := out.SetColWidth(1, len(t.Columns), 18); err != nil {
		return err
	}
	line := make([]any, len(t.Columns))
	for i, c := range t.Columns {
		line[i] = c.Say(chinese)
	}
	if err := out.SetRow("A1", line); err != nil {
		return err
	}
	n := 1
	for row, err := range t.bounded() {
		if n++; err != nil {
			return err
		}
		for i, cell := range row {
			v, err := s.typed(cell, chinese)
			if err != nil {
				return fmt.Errorf("row %d, %s: %w", n, t.Columns[i].English, err)
			}
			line[i] = v
		}
		if err := out.SetRow("A"+strconv.Itoa(n), line); err != nil {
			return err
		}
	}
	return nil
}

// typed is a cell as excelize takes it.
func (s styles) typed(cell any, chinese bool) (any, error) {
	switch v := cell.(type) {
	case money.Fen:
		if v > exactMax || v < -exactMax {
			return yuan(v), nil
		}
		// Of 15 digits the nearest float64 is written with those very digits.
		return excelize.Cell{StyleID: s.yuan, Value: float64(v) / 100}, nil
	case int64:
		if v > exactMax || v < -exactMax {
			return written(v, chinese), nil
		}
		return v, nil
	case Share:
		return excelize.Cell{StyleID: s.share, Value: float64(v) / 10_000}, nil
	case civil.Date:
		if !v.Given() {
			return nil, nil
		}
		return excelize.Cell{StyleID: s.day, Value: int(v - civil.Of(1899, 12, 30))}, nil
	}
	text := written(cell, chinese)
	if utf8.RuneCountInString(text) > excelize.TotalCellChars {
		return nil, ErrLong
	}
	if text == "" {
		return nil, nil
	}
	return text, nil
}
