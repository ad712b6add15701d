package workbook

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// extraName is the one file beside the sheets that belongs to a workbook.
const extraName = "policy.json"

// spreadsheets are files that hold tables of their own. One inside a folder of
// CSV files is most likely the newer record, so it is not passed over.
var spreadsheets = []string{".xlsx", ".xls", ".xlsm", ".xlsb", ".et", ".ods", ".numbers", ".tsv"}

// openFolder takes every CSV file of a folder as a sheet.
func (b *Book) openFolder(path string) error {
	root, err := os.OpenRoot(path)
	if err != nil {
		return err
	}
	b.root = root
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := e.Name()
		suffix := strings.ToLower(filepath.Ext(name))
		switch {
		case passedOver(name, suffix):
		case slices.Contains(spreadsheets, suffix):
			b.fault(name, name, say("folder_spreadsheet"))
		case suffix == ".csv":
			b.addCSV(name)
		}
	}
	return nil
}

// passedOver reports whether a file says nothing about the record: what
// systems and editors leave behind, and what people write for each other.
func passedOver(name, suffix string) bool {
	return strings.HasPrefix(name, ".") || strings.HasPrefix(name, "~$") ||
		strings.HasPrefix(strings.ToUpper(name), "README") ||
		suffix == ".md" || suffix == ".txt" || name == extraName
}

func (b *Book) addCSV(name string) {
	stem := name[:len(name)-len(".csv")]
	if _, known := b.layout.find(stem); !known && ignoredSheets[fold(stem)] {
		return
	}
	if err := regular(b.root, name); err != nil {
		b.fault(name, name, say("file_not_regular"))
		return
	}
	b.add(name, stem, &csvFile{root: b.root, name: name}, false)
}

var errNotRegular = errors.New("not a regular file")

// regular fails for what is no file inside of root: folders, pipes, devices,
// and links that lead out of it.
func regular(root *os.Root, name string) error {
	info, err := root.Stat(name)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s: %w", name, errNotRegular)
	}
	return nil
}

// openRegular opens a file inside of root. It asks first, since opening a pipe
// would wait for somebody to write.
func openRegular(root *os.Root, name string) (*os.File, error) {
	if err := regular(root, name); err != nil {
		return nil, err
	}
	return root.Open(name)
}
