package sample

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// byteOrderMark makes spreadsheets read a CSV file as UTF-8.
const byteOrderMark = "\uFEFF"

// csvFolder writes a folder with a file per sheet.
type csvFolder struct {
	files   [sheetCount]*os.File
	buffers [sheetCount]*bufio.Writer
	rows    [sheetCount]*csv.Writer
}

// newCSV makes the folder and begins its files.
func newCSV(o Options) (sink, error) {
	if err := os.MkdirAll(o.Out, 0o755); err != nil {
		return nil, err
	}
	if err := refuseOthers(o); err != nil {
		return nil, err
	}
	w := &csvFolder{}
	for id, s := range sheets {
		if err := w.begin(sheetID(id), filepath.Join(o.Out, s.name(o.Chinese)+".csv"), s.header(o.Chinese)); err != nil {
			return nil, errors.Join(err, w.close(false))
		}
	}
	return w, nil
}

// refuseOthers refuses a folder that holds tables other than an earlier
// sample's in the same language: this would overwrite somebody's workbook, or
// a reader would take both for one.
func refuseOthers(o Options) error {
	files, err := os.ReadDir(o.Out)
	if err != nil {
		return err
	}
	earlier, err := os.ReadFile(filepath.Join(o.Out, sheets[note].name(o.Chinese)+".csv"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var own []string
	if bytes.Contains(earlier, []byte(mark)) {
		for _, s := range sheets {
			own = append(own, s.name(o.Chinese)+".csv")
		}
	}
	for _, f := range files {
		table := slices.Contains([]string{".csv", ".xlsx", ".json"}, filepath.Ext(f.Name()))
		if table && !slices.Contains(own, f.Name()) {
			return fmt.Errorf("%s is in the way: give a folder that is new or holds an earlier sample", filepath.Join(o.Out, f.Name()))
		}
	}
	return nil
}

func (w *csvFolder) begin(id sheetID, path string, header []string) (err error) {
	if w.files[id], err = os.Create(path); err != nil {
		return err
	}
	w.buffers[id] = bufio.NewWriterSize(w.files[id], 64<<10)
	w.rows[id] = csv.NewWriter(w.buffers[id])
	if _, err := w.buffers[id].WriteString(byteOrderMark); err != nil {
		return err
	}
	return w.rows[id].Write(header)
}

func (w *csvFolder) row(s sheetID, cells []string) error { return w.rows[s].Write(cells) }

func (w *csvFolder) close(bool) error {
	var err error
	for id, f := range w.files {
		if f == nil {
			continue
		}
		w.rows[id].Flush()
		err = errors.Join(err, w.rows[id].Error(), w.buffers[id].Flush(), f.Close())
	}
	return err
}
