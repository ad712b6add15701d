package sheet_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/pkg/sheet"
	"feisui/pkg/workbook"
)

var names = []sheet.Name{{English: "text", Chinese: "文字"}, {English: "count", Chinese: "个数"}, {English: "amount", Chinese: "金额"}, {English: "day", Chinese: "日期"}}

// read writes a table and reads it with the strict reader.
func read(t *testing.T, table *sheet.Table, xlsx, chinese bool) (rows [][]string) {
	t.Helper()
	path, write := filepath.Join(t.TempDir(), table.Name.Say(chinese)+".csv"), table.CSV
	if xlsx {
		path, write = filepath.Join(t.TempDir(), "book.xlsx"), table.XLSX
	}
	var out bytes.Buffer
	if err := write(&out, chinese); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if !xlsx {
		path = filepath.Dir(path)
	}
	layout := workbook.Sheet{Name: table.Name.English, Chinese: table.Name.Chinese}
	for _, c := range table.Columns {
		layout.Columns = append(layout.Columns, workbook.Column{Name: c.English, Chinese: c.Chinese})
	}
	book, err := workbook.Open(path, workbook.Layout{layout})
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	for row := range book.Sheet(table.Name.English) {
		rows = append(rows, slices.Clone(row.Cells))
	}
	if faults := book.Faults(); len(faults) > 0 {
		t.Errorf("xlsx %v, chinese %v: %+v", xlsx, chinese, faults)
	}
	for _, c := range table.Columns {
		if !book.Has(table.Name.English, c.English) {
			t.Errorf("xlsx %v, chinese %v: no column %s", xlsx, chinese, c.English)
		}
	}
	return rows
}

// TestWhatIsWrittenIsRead (#47, #80): the strict reader, which takes no formula,
// has every cell again, also of what began like one; a negative amount is a number
// and no text.
func TestWhatIsWrittenIsRead(t *testing.T) {
	t.Parallel()
	texts := []string{"甲社区", "=1+1", "+1", "-1", "@SUM(A1)", "＝1", "＋1", "－1", "＠x", "'=1", "''-2", "'quoted", "0431026", "a,b\"c"}
	table := &sheet.Table{Name: sheet.Name{English: "list", Chinese: "列表"}, Columns: names}
	var want [][]string
	for _, text := range texts {
		table.Rows = append(table.Rows, []any{text, int64(-3), money.Fen(-1_234_507), civil.Of(2025, 2, 28)})
		want = append(want, []string{text, "-3", "-12345.07", "2025-02-28"})
	}
	table.Rows = append(table.Rows, []any{"nothing", nil, money.Fen(0), civil.Date(0)}, []any{"much", int64(1), money.Fen(999_999_999_999_999), nil})
	want = append(want, []string{"nothing", "", "0", ""}, []string{"much", "1", "9999999999999.99", ""})
	table.Rows = append(table.Rows, []any{"more than a spreadsheet keeps", nil, money.Fen(1_234_567_890_123_456_78), nil})
	want = append(want, []string{"more than a spreadsheet keeps", "", "1234567890123456.78", ""})
	for _, xlsx := range []bool{false, true} {
		for _, chinese := range []bool{false, true} {
			got := read(t, table, xlsx, chinese)
			if len(got) != len(want) {
				t.Fatalf("xlsx %v: %d rows of %d", xlsx, len(got), len(want))
			}
			for i := range want {
				if got[i][2] == "0.00" {
					got[i][2] = "0"
				}
				if !slices.Equal(got[i], want[i]) {
					t.Errorf("xlsx %v, chinese %v: %q, want %q", xlsx, chinese, got[i], want[i])
				}
			}
		}
	}
}

func TestAnEmptyTableHasItsHeads(t *testing.T) {
	t.Parallel()
	for _, xlsx := range []bool{false, true} {
		for _, chinese := range []bool{false, true} {
			if rows := read(t, &sheet.Table{Name: sheet.Name{English: "list", Chinese: "列表"}, Columns: names}, xlsx, chinese); len(rows) != 0 {
				t.Errorf("xlsx %v: %q", xlsx, rows)
			}
		}
	}
}

func TestATextIsNotCut(t *testing.T) {
	t.Parallel()
	table := &sheet.Table{Name: names[0], Columns: names[:1], Rows: [][]any{{strings.Repeat("甲", 32_767)}}}
	if err := table.XLSX(&bytes.Buffer{}, true); err != nil {
		t.Error(err)
	}
	table.Rows = [][]any{{strings.Repeat("甲", 32_768)}}
	if err := table.XLSX(&bytes.Buffer{}, true); !errors.Is(err, sheet.ErrLong) {
		t.Error(err)
	}
	if err := table.CSV(&bytes.Buffer{}, true); err != nil {
		t.Error(err)
	}
}

// TestTablesAreSheets: each is there under its name, with its own columns and rows.
func TestTablesAreSheets(t *testing.T) {
	t.Parallel()
	one := &sheet.Table{Name: sheet.Name{English: "one", Chinese: "一"}, Columns: names[:1], Rows: [][]any{{"a"}, {"b"}}}
	two := &sheet.Table{Name: sheet.Name{English: "two", Chinese: "二"}, Columns: names[1:3], Rows: [][]any{{int64(1), money.Fen(250)}}}
	var out bytes.Buffer
	if err := sheet.XLSX(&out, true, one, two); err != nil {
		t.Fatal(err)
	}
	file, err := excelize.OpenReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for name, want := range map[string][][]string{"一": {{"文字"}, {"a"}, {"b"}}, "二": {{"个数", "金额"}, {"1", "2.50"}}} {
		if got, err := file.GetRows(name); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if list := file.GetSheetList(); !slices.Equal(list, []string{"一", "二"}) {
		t.Errorf("%q", list)
	}
}

// TestARowIsDoneWithWhenTheNextIsAskedFor: a table that streams is written row by row,
// in both formats; so the writer holds none of them, however many there are. The control
// is one who keeps the rows, and has the last one all over.
func TestARowIsDoneWithWhenTheNextIsAskedFor(t *testing.T) {
	t.Parallel()
	row := make([]any, 4)
	broken := errors.New("the database is away")
	stream := func(fails bool) *sheet.Table {
		return &sheet.Table{Name: sheet.Name{English: "list", Chinese: "列表"}, Columns: names, Stream: func(yield func([]any, error) bool) {
			for i := range int64(3000) {
				row[0], row[1], row[2], row[3] = sheet.Name{English: "row", Chinese: "行"}, i, money.Fen(i), civil.Of(2025, 1, 1).AddDays(int(i))
				if !yield(row, nil) {
					return
				}
			}
			if fails {
				yield(nil, broken)
			}
		}}
	}
	for _, xlsx := range []bool{false, true} {
		got := read(t, stream(false), xlsx, true)
		if len(got) != 3000 || got[0][0] != "行" || got[7][1] != "7" || got[2999][1] != "2999" || got[1234][2] != "12.34" || got[31][3] != "2025-02-01" {
			t.Errorf("xlsx %v: %d rows: %q", xlsx, len(got), got[:min(len(got), 8)])
		}
	}
	for _, write := range []func(io.Writer, bool) error{stream(true).CSV, stream(true).XLSX} {
		if err := write(io.Discard, true); !errors.Is(err, broken) {
			t.Errorf("half a table was written: %v", err)
		}
	}
	var kept [][]any
	for row, err := range stream(false).All() {
		if err != nil {
			t.Fatal(err)
		}
		kept = append(kept, row)
	}
	if kept[7][1] != int64(2999) {
		t.Error("control: the rows are not used again")
	}
}

// TestNoRowIsLeftOut: a table has as many rows as a sheet of Excel, and is refused with
// one more rather than be shown without it.
func TestNoRowIsLeftOut(t *testing.T) {
	t.Parallel()
	rows := func(n int) *sheet.Table {
		row := []any{int64(1)}
		return &sheet.Table{Name: names[1], Columns: names[1:2], Stream: func(yield func([]any, error) bool) {
			for range n {
				if !yield(row, nil) {
					return
				}
			}
		}}
	}
	var lines countedLines
	if err := rows(sheet.RowsMax).CSV(&lines, true); err != nil || lines != sheet.RowsMax+1 || sheet.RowsMax+1 != 1_048_576 {
		t.Errorf("%d lines, %v", lines, err)
	}
	if err := rows(sheet.RowsMax+1).CSV(io.Discard, true); !errors.Is(err, sheet.ErrMany) {
		t.Errorf("CSV: %v", err)
	}
}

// countedLines counts what is written by its ends of lines.
type countedLines int

func (c *countedLines) Write(b []byte) (int, error) {
	*c += countedLines(bytes.Count(b, []byte("\n")))
	return len(b), nil
}

// TestAShareIsANumber: of which a spreadsheet can make a chart, and that our reader shows
// as people do.
func TestAShareIsANumber(t *testing.T) {
	t.Parallel()
	table := &sheet.Table{Name: sheet.Name{English: "list", Chinese: "列表"}, Columns: names[:1]}
	want := []string{"70.58%", "100.00%", "0.00%", "-0.07%", "0.01%"}
	for _, bp := range []sheet.Share{7058, 10_000, 0, -7, 1} {
		table.Rows = append(table.Rows, []any{bp})
	}
	for _, xlsx := range []bool{false, true} {
		for i, row := range read(t, table, xlsx, false) {
			if got := strings.TrimSuffix(row[0], ".00%"); strings.TrimSuffix(got, "%") != strings.TrimSuffix(strings.TrimSuffix(want[i], ".00%"), "%") {
				t.Errorf("xlsx %v: %s, want %s", xlsx, row[0], want[i])
			}
		}
	}
}
