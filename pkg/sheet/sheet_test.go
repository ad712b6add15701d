package sheet_test

import (
	"bytes"
	"errors"
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
