package workbook_test

import (
	"archive/zip"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"feisui/pkg/workbook"
)

// The same table as UTF-8, with the mark of UTF-8, as GB18030 and as XLSX
// reads the same, rare characters included.
func TestOneTableReadsTheSameInEveryForm(t *testing.T) {
	t.Parallel()
	table := [][]string{
		{"名称", "no", "备注", "位置", "#核对", "序号"},
		{"\U00020BB7野家社区", " P/1 ", "x", "外部", "", "1"},
		{"", "", "", "", "", ""},
		{"含“引号”, \"逗号\"", "P2", "", "wall", "", "2"},
		{"\uE000私用\u3000", "\u00a0P3\u200b", "", "", "", ""},
	}
	text := ""
	for _, row := range table {
		var cells []string
		for _, c := range row {
			cells = append(cells, `"`+strings.ReplaceAll(c, `"`, `""`)+`"`)
		}
		text += strings.Join(cells, ",") + "\r\n"
	}
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(text)
	fatalIfErr(t, err)
	// The library's encoder writes what no other program does for U+E000.
	gb = strings.ReplaceAll(gb, "\x83\x38\x98\x37", "\xAA\xA1")
	want := []string{"2|P/1|\U00020BB7野家社区|外部|", "4|P2|含“引号”, \"逗号\"|wall|", "5|P3|\uE000私用||"}
	paths := map[string]string{
		"UTF-8":   folder(t, map[string]string{"plaques.csv": text}),
		"marked":  folder(t, map[string]string{"挂牌.CSV": "\uFEFF" + text}),
		"GB18030": folder(t, map[string]string{"挂牌.csv": gb}),
		"XLSX": spreadsheet(t, func(x *excelize.File) {
			for i, row := range table {
				fatalIfErr(t, x.SetSheetRow("挂牌", "A"+strconv.Itoa(i+1), &row))
			}
		}),
		"inline XLSX": spreadsheet(t, func(x *excelize.File) {
			w, err := x.NewStreamWriter("挂牌")
			fatalIfErr(t, err)
			for i, row := range table {
				var cells []any
				for _, c := range row {
					cells = append(cells, c)
				}
				fatalIfErr(t, w.SetRow("A"+strconv.Itoa(i+1), cells))
			}
			fatalIfErr(t, w.Flush())
		}),
	}
	for name, path := range paths {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := read(t, path)
			wantFaults(t, got)
			wantRows(t, got, "plaques", want...)
		})
	}
}

func TestWhatIsLeftAlone(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{
		"tasks.csv": "no,amount\n", "说明.csv": "whatever\n1,2,3\n", "_lists.csv": "", "policy.json": `{"grace":30}`,
		"README.md": "", "notes.txt": "", ".DS_Store": "", "~$账.xlsx": "", "scan.pdf": "",
	})
	wantFaults(t, read(t, dir))
	b, err := workbook.Open(dir, layout)
	fatalIfErr(t, err)
	defer b.Close()
	if data, ok, err := b.Extra("policy.json"); string(data) != `{"grace":30}` || !ok || err != nil {
		t.Errorf("policy.json: %q, %v, %v", data, ok, err)
	}
	if _, ok, err := b.Extra("other.json"); ok || err != nil {
		t.Errorf("other.json: %v, %v", ok, err)
	}
	if _, _, err := b.Extra("../secret"); err == nil {
		t.Error("a name that leads out of the folder was opened")
	}
	if !b.Has("tasks", "amount") || b.Has("tasks", "item") || b.Has("plaques", "no") {
		t.Error("Has does not know which columns are there")
	}
}

func TestExtraStandsBesideTheXLSX(t *testing.T) {
	t.Parallel()
	path := file(t, archive(t, entries(sheet(""))))
	fatalIfErr(t, os.WriteFile(filepath.Join(filepath.Dir(path), "policy.json"), []byte("{}"), 0o600))
	b, err := workbook.Open(path, layout)
	fatalIfErr(t, err)
	defer b.Close()
	if data, ok, err := b.Extra("policy.json"); string(data) != "{}" || !ok || err != nil {
		t.Errorf("%q, %v, %v", data, ok, err)
	}
}

func TestWhatCannotBeOpenedIsAnError(t *testing.T) {
	t.Parallel()
	if _, err := workbook.Open(filepath.Join(t.TempDir(), "none"), layout); !os.IsNotExist(err) {
		t.Error(err)
	}
}

// Streaming again reports the same faults once, and a loop that ends early
// leaves the book usable.
func TestStreamingAgain(t *testing.T) {
	t.Parallel()
	b, err := workbook.Open(folder(t, map[string]string{"挂牌.csv": "no,title\nP1,a\nP2,\x01\nP3,c\n"}), layout)
	fatalIfErr(t, err)
	defer b.Close()
	for range b.Sheet("plaques") {
		break
	}
	for range 2 {
		n := 0
		for range b.Sheet("plaques") {
			n++
		}
		if n != 2 || len(b.Faults()) != 1 || b.Unlisted() != 0 {
			t.Errorf("%d rows, faults %v", n, b.Faults())
		}
	}
}

func TestFaultsAreBoundedAndCounted(t *testing.T) {
	t.Parallel()
	b, err := workbook.Open(folder(t, map[string]string{"挂牌.csv": "no,title\n" + strings.Repeat("P1,\x01\n", 1234)}), layout)
	fatalIfErr(t, err)
	defer b.Close()
	for range b.Sheet("plaques") {
		t.Error("a row with a fault was yielded")
	}
	if len(b.Faults()) != 1000 || b.Unlisted() != 234 {
		t.Errorf("%d listed, %d not", len(b.Faults()), b.Unlisted())
	}
}

// What a report shows can neither move a cursor nor fill a screen.
func TestFoundIsSafeToPrint(t *testing.T) {
	t.Parallel()
	got := read(t, folder(t, map[string]string{"挂牌.csv": "no,title\n" + "P1,\x1b[2J\u202Eabc\U00020BB7" + strings.Repeat("长", 90) + "\n"}))
	wantFaults(t, got, "挂牌.csv:2:title: text_invalid")
	want := "U+001B[2JU+202Eabc\U00020BB7" + strings.Repeat("长", 71) + "…"
	if got.faults[0].Found != want {
		t.Errorf("found %q, want %q", got.faults[0].Found, want)
	}
}

// A workbook that unpacks to gigabytes is refused before it is unpacked, and
// one that unpacks to what is allowed does not stay in memory.
func TestMemoryIsBounded(t *testing.T) {
	row := `<row><c t="inlineStr"><is><t>` + strings.Repeat("a", 4000) + `</t></is></c></row>`
	item := `<si><t>` + strings.Repeat("a", 8000) + `</t></si>`
	const texts = "xl/sharedStrings.xml"
	for name, c := range map[string]struct {
		list func() []entry
		want string
	}{
		"declared": {func() []entry {
			return with(entries(sheet("")), entry{name: "xl/worksheets/sheet1.xml", text: sheet(strings.Repeat("<row/>", 1<<20)),
				lie: func(h *zip.FileHeader) { h.UncompressedSize64 = 512 << 20 }})
		}, "账.xlsx:0:: too_large_unpacked"},
		"rows": {func() []entry { return entries(sheet(strings.Repeat(row, 20_000))) }, ""},
		"one string": {func() []entry {
			return with(entries(sheet("")), entry{name: texts, text: `<sst><si><t>` + strings.Repeat("a", 64<<20)})
		}, "账.xlsx:0:: xlsx_damaged"},
		"strings": {func() []entry {
			return with(entries(sheet("")), entry{name: texts, text: `<sst>` + strings.Repeat(item, 9_000) + `</sst>`})
		}, "账.xlsx:0:: shared_strings_large"},
		"attribute": {func() []entry { return entries(sheet(`<row r="` + strings.Repeat("1", 64<<20))) }, "挂牌:1:: xlsx_damaged"},
	} {
		path := file(t, archive(t, c.list()))
		var got []string
		peak := peakHeap(func() { got = faultsOnly(t, path) })
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: faults %v, want %s", name, got, c.want)
		}
		t.Logf("%s: heap grew by %d MiB", name, peak>>20)
		if peak > 128<<20 {
			t.Errorf("%s: heap grew by %d MiB", name, peak>>20)
		}
	}
}

// faultsOnly streams a workbook without keeping its rows.
func faultsOnly(t *testing.T, path string) []string {
	t.Helper()
	b, err := workbook.Open(path, layout)
	if err != nil {
		t.Error(err)
		return nil
	}
	defer b.Close()
	for _, s := range layout {
		for range b.Sheet(s.Name) {
		}
	}
	return shown(b.Faults())
}

func TestALongLineIsNotGathered(t *testing.T) {
	path := folder(t, map[string]string{"挂牌.csv": "no,title\nP1,\"" + strings.Repeat("长", 50<<20)})
	var got []string
	peak := peakHeap(func() { got = faultsOnly(t, path) })
	if !slices.Equal(got, []string{"挂牌.csv:2:: csv_line_long"}) {
		t.Error(got)
	}
	if peak > 16<<20 {
		t.Errorf("heap grew by %d MiB", peak>>20)
	}
}

// peakHeap says by how much the heap grew at most while f ran.
func peakHeap(f func()) uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	before, peak := m.HeapAlloc, m.HeapAlloc
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return peak - before
		case <-tick.C:
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapAlloc)
		}
	}
}

func TestEveryTextIsUsed(t *testing.T) {
	t.Parallel()
	sources, err := filepath.Glob("*.go")
	fatalIfErr(t, err)
	code := ""
	for _, name := range sources {
		if !strings.HasSuffix(name, "_test.go") {
			text, err := os.ReadFile(name)
			fatalIfErr(t, err)
			code += string(text)
		}
	}
	if unused := slices.DeleteFunc(workbook.Messages.Keys(), func(key string) bool {
		return strings.Contains(code, `"`+key+`"`)
	}); len(unused) > 0 {
		t.Errorf("texts that nothing says: %v", unused)
	}
}
