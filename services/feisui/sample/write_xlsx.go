package sample

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strconv"

	"github.com/xuri/excelize/v2"

	"feisui/pkg/civil"
)

// rowsMax is how many rows a sheet of an XLSX file holds, the header included.
const rowsMax = excelize.TotalRows

// xlsx writes one file with a sheet per sheet: codes as text, amounts as
// numbers, dates as dates.
type xlsx struct {
	path    string
	file    *excelize.File
	streams [sheetCount]*excelize.StreamWriter
	next    [sheetCount]int // The row to write.
	dated   int             // The style of a date.
	cells   []any
}

func newXLSX(o Options) (sink, error) {
	if _, err := os.Stat(o.Out); err == nil {
		return nil, fmt.Errorf("%s is there already: name a new file", o.Out)
	}
	w := &xlsx{path: o.Out, file: excelize.NewFile()}
	w.file.SetZipWriter(func(to io.Writer) excelize.ZipWriter { return &orderedZip{to: to, files: map[string]*bytes.Buffer{}} })
	format := "yyyy-mm-dd"
	var err error
	if w.dated, err = w.file.NewStyle(&excelize.Style{CustomNumFmt: &format}); err != nil {
		return nil, err
	}
	for id, s := range sheets {
		if err := w.begin(sheetID(id), s.name(o.Chinese), s.header(o.Chinese)); err != nil {
			return nil, errors.Join(err, w.file.Close())
		}
	}
	return w, nil
}

func (w *xlsx) begin(id sheetID, name string, header []string) (err error) {
	if id == 0 {
		err = w.file.SetSheetName(w.file.GetSheetName(0), name)
	} else {
		_, err = w.file.NewSheet(name)
	}
	if err != nil {
		return err
	}
	if w.streams[id], err = w.file.NewStreamWriter(name); err != nil {
		return err
	}
	if err := w.streams[id].SetColWidth(1, len(header), 18); err != nil {
		return err
	}
	titles := make([]any, len(header))
	for i, h := range header {
		titles[i] = h
	}
	w.next[id] = 2
	return w.streams[id].SetRow("A1", titles)
}

func (w *xlsx) row(s sheetID, cells []string) error {
	if w.next[s] > rowsMax {
		return fmt.Errorf("sheet %s: an XLSX sheet holds %d rows: write a folder of CSV files, or fewer communities", sheets[s].en, rowsMax)
	}
	w.cells = w.cells[:0]
	for i, c := range cells {
		v, err := w.cell(sheets[s].columns[i].kind, c)
		if err != nil {
			return err
		}
		w.cells = append(w.cells, v)
	}
	at := "A" + strconv.Itoa(w.next[s])
	w.next[s]++
	return w.streams[s].SetRow(at, w.cells)
}

// cell gives a cell the type that its column has.
func (w *xlsx) cell(k kind, s string) (any, error) {
	switch {
	case s == "":
		return nil, nil
	case k == number:
		return strconv.ParseFloat(s, 64)
	case k == day:
		d, err := civil.Parse(s)
		return excelize.Cell{StyleID: w.dated, Value: int(d - civil.Of(1899, 12, 30))}, err
	}
	return s, nil
}

// close writes the file if the workbook is whole. It has the name it is to
// have only when all of it is on the disk.
func (w *xlsx) close(whole bool) (err error) {
	defer func() { err = errors.Join(err, w.file.Close()) }()
	if !whole {
		return nil
	}
	for _, s := range w.streams {
		if err := s.Flush(); err != nil {
			return err
		}
	}
	part := w.path + ".part"
	f, err := os.Create(part)
	if err != nil {
		return err
	}
	if err := errors.Join(w.file.Write(f), f.Close()); err != nil {
		return errors.Join(err, os.Remove(part))
	}
	return os.Rename(part, w.path)
}

// orderedZip writes its files in the order of their names, so that the same
// workbook is the same bytes; excelize writes streams in the order of a map.
type orderedZip struct {
	to    io.Writer
	files map[string]*bytes.Buffer
}

func (z *orderedZip) Create(name string) (io.Writer, error) {
	z.files[name] = &bytes.Buffer{}
	return z.files[name], nil
}

// AddFS is part of excelize's ZipWriter; a workbook that was not opened from a
// folder has no file system to add.
func (z *orderedZip) AddFS(fs.FS) error { return errors.ErrUnsupported }

func (z *orderedZip) Close() error {
	w := zip.NewWriter(z.to)
	for _, name := range slices.Sorted(maps.Keys(z.files)) {
		f, err := w.Create(name)
		if err != nil {
			return err
		}
		if _, err := z.files[name].WriteTo(f); err != nil {
			return err
		}
	}
	return w.Close()
}
