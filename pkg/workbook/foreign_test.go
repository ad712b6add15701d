package workbook_test

import (
	"slices"
	"testing"

	"github.com/xuri/excelize/v2"

	"feisui/pkg/workbook"
)

// foreign is the layout of somebody else's file, of which two columns are known.
var foreign = workbook.Layout{{Name: "statement", Chinese: "流水", Foreign: true, Columns: []workbook.Column{{"no", "凭证号"}, {"amount", "金额"}}}}

// rowsAndFaults reads a foreign file to its end.
func rowsAndFaults(t *testing.T, path string, layout workbook.Layout) (rows []string, faults int) {
	t.Helper()
	book, err := workbook.Open(path, layout)
	fatalIfErr(t, err)
	defer book.Close()
	for row := range book.Sheet("statement") {
		rows = append(rows, row.Cells[0]+" "+row.Cells[1])
	}
	return rows, len(book.Faults())
}

// TestAForeignFile may have any name, and columns that nobody knows; what is known
// of it is read as strictly as ever.
func TestAForeignFile(t *testing.T) {
	t.Parallel()
	const text = "余额,凭证号,金额,\n9,A-1,10,\n8,A-2,1,\n"
	path := folder(t, map[string]string{"某行流水.csv": text})
	if rows, faults := rowsAndFaults(t, path, foreign); faults != 0 || !slices.Equal(rows, []string{"A-1 10", "A-2 1"}) {
		t.Errorf("%q, %d faults", rows, faults)
	}
	sheet := spreadsheet(t, func(x *excelize.File) {
		fatalIfErr(t, x.SetSheetName("挂牌", "Sheet1"))
		fatalIfErr(t, x.SetSheetRow("Sheet1", "A1", &[]string{"余额", "凭证号", "金额"}))
		fatalIfErr(t, x.SetSheetRow("Sheet1", "A2", &[]string{"9", "A-1", "10"}))
	})
	if rows, faults := rowsAndFaults(t, sheet, foreign); faults != 0 || !slices.Equal(rows, []string{"A-1 10"}) {
		t.Errorf("%q, %d faults", rows, faults)
	}
	// The control: our own layouts know their sheets and columns.
	ours := workbook.Layout{foreign[0]}
	ours[0].Foreign = false
	if _, faults := rowsAndFaults(t, path, ours); faults == 0 {
		t.Error("an unknown sheet is taken")
	}
	for name, files := range map[string]map[string]string{
		"two of them":        {"a.csv": text, "b.csv": text},
		"a header twice":     {"a.csv": "凭证号,凭证号,金额\nA,B,1\n"},
		"data of no header":  {"a.csv": "凭证号,金额\nA,1,2\n"},
		"a total":            {"a.csv": text + "合计,,11,\n"},
		"a row that is long": {"a.csv": text + "7,A-3,1,,多\n"},
	} {
		if _, faults := rowsAndFaults(t, folder(t, files), foreign); faults == 0 {
			t.Errorf("%s is taken", name)
		}
	}
}
