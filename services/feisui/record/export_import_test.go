package record_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/pkg/sheet"
	"feisui/services/feisui/record"
)

// TestATableThatIsExportedIsImportedAgain: a workbook that pkg/sheet writes, with amounts
// and dates as such, codes as texts and texts that begin like formulas, brings the
// facts of the one that it was made of, in every format and language.
func TestATableThatIsExportedIsImportedAgain(t *testing.T) {
	t.Parallel()
	b := edited(t, "items 2 name==走访 && items 3 category=＋体检 && departments + code=-D9 name=@部门 kind=department"+
		" && receipts 3 note=-先拨一半 && burdens 2 title=＝月报 && plaques 2 title=－服务站 && tasks 3 document=@民发 department=-D9 amount=1234.56")
	plain := newJournal()
	if _, faults := into(t, plain, b.write(t)); faults != nil {
		t.Fatalf("%q", faults)
	}
	want := facts(t, plain)
	tables := exportedTables(t, b)
	for _, chinese := range []bool{false, true} {
		var out bytes.Buffer
		fatalIfErr(t, sheet.XLSX(&out, chinese, tables...))
		file := filepath.Join(t.TempDir(), "book.xlsx")
		fatalIfErr(t, os.WriteFile(file, out.Bytes(), 0o600))
		folder, apostrophes := t.TempDir(), 0
		for _, table := range tables {
			var text bytes.Buffer
			fatalIfErr(t, table.CSV(&text, chinese))
			apostrophes += strings.Count(text.String(), "'")
			fatalIfErr(t, os.WriteFile(filepath.Join(folder, table.Name.Say(chinese)+".csv"), text.Bytes(), 0o600))
		}
		if apostrophes != 9 { // the control: there is something to take off
			t.Errorf("%d apostrophes were written", apostrophes)
		}
		for _, path := range []string{file, folder} {
			j := newJournal()
			if _, faults := into(t, j, path); faults != nil {
				t.Fatalf("%s: %q", filepath.Base(path), faults)
			}
			wantSameFacts(t, facts(t, j), want)
		}
	}
}

// exportedTables are the sheets of a workbook as tables of typed cells.
func exportedTables(t *testing.T, b book) (tables []*sheet.Table) {
	t.Helper()
	for _, s := range record.Layout {
		table := &sheet.Table{Name: sheet.Name{English: s.Name, Chinese: s.Chinese}}
		columns := record.Describe(s.Name)
		for _, c := range columns {
			table.Columns = append(table.Columns, sheet.Name{English: c.Name, Chinese: c.Chinese})
		}
		for _, cells := range b.sheets[s.Name][1:] {
			row := make([]any, len(columns))
			for i, text := range cells {
				row[i] = typedCell(t, columns[i].Kind, text)
			}
			table.Rows = append(table.Rows, row)
		}
		tables = append(tables, table)
	}
	return tables
}

func typedCell(t *testing.T, kind record.Kind, text string) any {
	t.Helper()
	switch {
	case text == "":
		return nil
	case kind == record.Date:
		day, err := civil.Parse(text)
		fatalIfErr(t, err)
		return day
	case kind == record.Amount:
		amount, err := money.ParseAmount(text)
		fatalIfErr(t, err)
		return amount
	}
	return text
}
