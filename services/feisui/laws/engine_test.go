package laws_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"feisui/pkg/civil"
	"feisui/pkg/journal/memory"
	"feisui/pkg/workbook"
	"feisui/schemas"
	"feisui/services/feisui/record"
	"feisui/services/ledger"
	"feisui/services/ledger/naive"
)

// engine is the way of a workbook through the whole program: a folder of CSV
// files, the record door, the journal, the ledger's fold, JSON.
type engine struct {
	folder  string // where workbooks lie for a moment
	chinese bool   // whether they are written as an office writes them
}

func newEngine(t *testing.T) *engine {
	return &engine{folder: filepath.Join(folder(t), "book")}
}

// A dozen small files are made and removed for every book that is drawn: on a disk that
// is a third of all that the laws do.
const (
	inMemory    = "/dev/shm"
	inMemoryMin = 16 << 20
)

// folder gives one in memory, where there is room.
func folder(t *testing.T) string {
	t.Helper()
	var s syscall.Statfs_t
	if syscall.Statfs(inMemory, &s) != nil || s.Bavail*uint64(s.Bsize) < inMemoryMin {
		return t.TempDir()
	}
	dir, err := os.MkdirTemp(inMemory, "feisui-laws-")
	if err != nil { // it is nobody's to write to
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// record takes a book into the journal as one request and gives the number of
// new events. Drawn books are valid: one that is refused ends the check.
func (e *engine) record(t rapid.TB, book naive.Book, to *record.Journal) int {
	t.Helper()
	e.write(t, book)
	in, err := workbook.Open(e.folder, record.Layout)
	must(t, err)
	appended, err := record.Import(in, to, uuid.New())
	must(t, err)
	must(t, in.Close())
	return appended
}

// write leaves the book, and nothing else, in the folder.
func (e *engine) write(t rapid.TB, book naive.Book) {
	t.Helper()
	must(t, os.RemoveAll(e.folder))
	must(t, os.Mkdir(e.folder, 0o700))
	if e.chinese {
		must(t, book.WriteChineseCSV(e.folder))
	} else {
		must(t, book.WriteCSV(e.folder))
	}
}

// read gives the ledger's book of a workbook recorded as one request.
func (e *engine) read(t rapid.TB, book naive.Book) *ledger.Book {
	t.Helper()
	j := newJournal()
	e.record(t, book, j)
	return fold(t, j)
}

func newJournal() *record.Journal { return memory.New[schemas.Event]() }

// fold gives the ledger's book of all that is recorded.
func fold(t rapid.TB, from *record.Journal) *ledger.Book {
	t.Helper()
	book := ledger.NewBook()
	for entry := range from.After(0) {
		must(t, book.Apply(entry.Event))
	}
	return book
}

// statement is the county's statement as users get it.
func statement(t rapid.TB, book *ledger.Book, on string) []byte {
	t.Helper()
	content, err := answer(book, day(t, on))
	must(t, err)
	return content
}

func answer(book *ledger.Book, on civil.Date) ([]byte, error) {
	county, err := book.County(civil.China(), on)
	if err != nil {
		return nil, err
	}
	return json.Marshal(county)
}

func day(t rapid.TB, text string) civil.Date {
	t.Helper()
	d, err := civil.Read(text)
	must(t, err)
	return d
}

func must(t rapid.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
