package workbook

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"

	"feisui/pkg/message"
)

// Book is an open workbook. It is for one goroutine, but that sheets may be streamed
// at once, each by one.
type Book struct {
	layout   Layout
	tables   map[string]*table // by English name
	opening  faults            // of the workbook as a whole
	root     *os.Root          // the folder of the CSV files, or the one the XLSX stands in
	file     *os.File          // the XLSX
	date1904 bool
}

// Row is one row with data. Its Cells are those of the layout's columns, in
// the layout's order; "" is "not given", also for a column that is not there.
// The strings may be kept; the slice is used again for the next row.
type Row struct {
	File   string
	Number int
	Cells  []string
}

// Open opens the workbook at path, a folder or an XLSX file, and reads the
// headers of its sheets. What is wrong with the workbook is found in Faults;
// there is an error only when path cannot be opened at all.
func Open(path string, layout Layout) (*Book, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	b := &Book{layout: layout, tables: map[string]*table{}}
	switch {
	case info.IsDir():
		err = b.openFolder(path)
	case info.Mode().IsRegular():
		err = b.openFile(path, info.Size())
	default:
		err = fmt.Errorf("open %s: neither a folder nor a file", path)
	}
	if err != nil {
		return nil, errors.Join(err, b.Close())
	}
	if len(b.tables) == 0 && b.opening.count() == 0 {
		b.fault(filepath.Base(path), "", say("no_sheet", "known", layout.names()))
	}
	return b, nil
}

// fault reports what is wrong with a file as a whole.
func (b *Book) fault(file, found string, expect message.Text) {
	b.opening.add(Fault{File: excerpt(file), Found: excerpt(found), Expect: expect})
}

// add takes a sheet of the workbook, if the layout knows it, and reads its
// header.
func (b *Book) add(file, name string, from source, hidden bool) {
	sheet, known := b.layout.find(name)
	if !known {
		b.fault(file, name, say("sheet_unknown", "known", b.layout.names()))
		return
	}
	if twin := b.tables[sheet.Name]; twin != nil {
		b.fault(file, name, say("sheet_twice", "other", excerpt(twin.file)))
		return
	}
	t := &table{sheet: sheet, file: excerpt(file), source: from, hidden: hidden}
	b.tables[sheet.Name] = t
	t.open()
}

// Sheet streams the rows of the sheet with this English name, in order; none
// when it is not there. A row that has a fault is not among them.
func (b *Book) Sheet(name string) iter.Seq[Row] {
	return func(yield func(Row) bool) {
		if t := b.tables[name]; t != nil {
			t.stream(yield)
		}
	}
}

// Has reports whether a sheet, by its English name, is there and has a column.
func (b *Book) Has(sheet, column string) bool {
	t := b.tables[sheet]
	if t == nil {
		return false
	}
	for i, has := range t.has {
		if has && t.sheet.Columns[i].Name == column {
			return true
		}
	}
	return false
}

// Headers gives the headers of a sheet, by its English name, as they stand and in
// their order, "" for a column without one; nil when it is not there.
func (b *Book) Headers(sheet string) []string {
	t := b.tables[sheet]
	if t == nil {
		return nil
	}
	return slices.Clone(t.headers)
}

// Faults lists what is wrong as far as the workbook was read: first what
// concerns files as a whole, then the sheets in the layout's order, each by
// row. It lists at most a thousand; Unlisted counts the rest.
func (b *Book) Faults() []Fault {
	all := b.opening.inOrder()
	for _, s := range b.layout {
		if t := b.tables[s.Name]; t != nil {
			all = append(all, t.opening.inOrder()...)
			all = append(all, t.rows.inOrder()...)
		}
	}
	return all[:min(len(all), faultsMax)]
}

// Unlisted counts the faults that Faults leaves out.
func (b *Book) Unlisted() int {
	n := b.opening.count()
	for _, t := range b.tables {
		n += t.opening.count() + t.rows.count()
	}
	return max(0, n-faultsMax)
}

// Date1904 reports whether the workbook counts days from 1904, as old Macs
// did. Cells that are formatted as dates come as dates either way.
func (b *Book) Date1904() bool { return b.date1904 }

// extraMax is the largest file that Extra reads.
const extraMax = 1 << 20

// Extra gives a file that is no sheet, such as policy.json: in the folder, or
// beside the XLSX. It reports false when there is none.
func (b *Book) Extra(name string) ([]byte, bool, error) {
	f, err := openRegular(b.root, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, extraMax+1))
	if err != nil {
		return nil, false, err
	}
	if len(data) > extraMax {
		return nil, false, fmt.Errorf("%s: larger than %d bytes", name, extraMax)
	}
	return data, true, nil
}

// Close closes the files. A book that is closed streams nothing more.
func (b *Book) Close() error {
	var errs []error
	if b.file != nil {
		errs = append(errs, b.file.Close())
	}
	if b.root != nil {
		errs = append(errs, b.root.Close())
	}
	return errors.Join(errs...)
}
