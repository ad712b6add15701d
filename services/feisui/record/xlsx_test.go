package record_test

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/xuri/excelize/v2"

	"feisui/services/feisui/record"
)

// chinese is the workbook under its Chinese names.
func (b book) chinese(t *testing.T) book {
	t.Helper()
	renamed := book{sheets: map[string][][]string{}, files: b.files}
	for _, sheet := range record.Layout {
		rows := slices.Clone(b.sheets[sheet.Name])
		if rows == nil {
			continue
		}
		rows[0] = nil
		for i, column := range sheet.Columns {
			if name := b.sheets[sheet.Name][0][i]; name != column.Name {
				t.Fatalf("%s: column %s stands in the place of %s", sheet.Name, name, column.Name)
			}
			rows[0] = append(rows[0], column.Chinese)
		}
		renamed.sheets[sheet.Chinese] = rows
	}
	return renamed
}

// spreadsheet puts the workbook into an XLSX, with other files beside it.
func (b book) spreadsheet(t *testing.T) string {
	t.Helper()
	x := excelize.NewFile()
	for name, rows := range b.sheets {
		_, err := x.NewSheet(name)
		fatalIfErr(t, err)
		for i, row := range rows {
			fatalIfErr(t, x.SetSheetRow(name, "A"+string(rune('1'+i)), &row))
		}
	}
	fatalIfErr(t, x.DeleteSheet("Sheet1"))
	path := filepath.Join(book{files: b.files}.write(t), "账.xlsx")
	fatalIfErr(t, x.SaveAs(path))
	return path
}

// One record, however it is kept, is the same facts.
func TestTheSameRecordInChineseAndInASpreadsheet(t *testing.T) {
	t.Parallel()
	const policy = `policy {"grace_days": 3}`
	want := newJournal()
	into(t, want, edited(t, policy).write(t))
	for name, path := range map[string]string{
		"Chinese":                  edited(t, policy).chinese(t).write(t),
		"a spreadsheet":            edited(t, policy).spreadsheet(t),
		"a spreadsheet in Chinese": edited(t, policy).chinese(t).spreadsheet(t),
	} {
		j := newJournal()
		if _, faults := into(t, j, path); faults != nil {
			t.Errorf("%s: %q", name, faults)
		}
		wantSameFacts(t, facts(t, j), facts(t, want))
	}
}

// Faults name the sheet as it stands and the column in English, in the order
// of the sheets.
func TestFaultsOfAChineseSpreadsheet(t *testing.T) {
	t.Parallel()
	const wrong = "policy [] && burdens 2 to=2024-01-01 && tasks 2 amount=-1 && communities 2 kind=x && arrive PZ9 03-14 1 && departments 1 kind=类型"
	_, faults := into(t, newJournal(), edited(t, wrong).spreadsheet(t))
	wantFaults(t, faults, []string{
		`policy.json:1: "no JSON object" … one JSON object`,
		`communities:2:kind: "x" … one of: urban 城市社区`,
		`departments:1:kind: "" … the column kind (类别)`,
		`departments:1:类型: "类型" … one of the columns`,
		`tasks:2:amount: "-1" … not negative`,
		`arrivals:3:voucher: "PZ9" … a voucher`,
		`burdens:2:to: "2024-01-01" … from 2025-01-01`,
	})
	b := edited(t, "tasks 2 amount=-1 && burdens 2 to=2024-01-01").chinese(t)
	_, faults = into(t, newJournal(), b.spreadsheet(t))
	wantFaults(t, faults, []string{`交办:2:amount: "-1" … 不得为负`, `其他负担:2:to: "2024-01-01" … 不得早于开始 2025-01-01`})
}
