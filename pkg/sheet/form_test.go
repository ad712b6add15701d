package sheet_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"feisui/pkg/sheet"
)

var aForm = sheet.Form{Name: sheet.Name{English: "plaques", Chinese: "挂牌"}, Fields: []sheet.Field{
	{Name: sheet.Name{English: "no", Chinese: "牌号"}, Must: true, Help: sheet.Name{English: "its number", Chinese: "编号"}},
	{Name: sheet.Name{English: "zone", Chinese: "位置"}, Words: []sheet.Name{{English: "outside", Chinese: "外部"}, {English: "inside", Chinese: "内部"}}},
	{Name: sheet.Name{English: "hung_on", Chinese: "挂牌日期"}, Typed: sheet.Day},
	{Name: sheet.Name{English: "cost", Chinese: "费用"}, Typed: sheet.Number},
}}

var anAbout = &sheet.Table{Name: sheet.Name{English: "about", Chinese: "说明"}, Columns: []sheet.Name{{English: "how", Chinese: "怎样填"}}, Rows: [][]any{{"x"}}}

// forms writes and opens a workbook of forms.
func forms(t *testing.T, chinese bool) *excelize.File {
	t.Helper()
	var out bytes.Buffer
	if err := sheet.Forms(&out, chinese, anAbout, []sheet.Form{aForm}); err != nil {
		t.Fatal(err)
	}
	file, err := excelize.OpenReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := file.Close(); err != nil {
			t.Error(err)
		}
	})
	return file
}

// TestAFormTakesWhatIsTyped: in a text's column digits stay as they are, in a day's
// they are a date, and a closed set is a list, in the form's language, for every row.
func TestAFormTakesWhatIsTyped(t *testing.T) {
	t.Parallel()
	for chinese, want := range map[bool][3]string{true: {"挂牌", "牌号", `"外部,内部"`}, false: {"plaques", "no", `"outside,inside"`}} {
		file := forms(t, chinese)
		if got, err := file.GetCellValue(want[0], "A1"); err != nil || got != want[1] {
			t.Errorf("the head is %q, %v", got, err)
		}
		for column, format := range map[string]string{"A": "@", "B": "@", "C": "yyyy-mm-dd", "D": ""} {
			id, err := file.GetColStyle(want[0], column)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if style, err := file.GetStyle(id); err != nil {
				t.Fatal(err)
			} else if style.CustomNumFmt != nil {
				got = *style.CustomNumFmt
			} else if style.NumFmt == 49 { // which is @
				got = "@"
			}
			if got != format {
				t.Errorf("column %s has the format %q, want %q", column, got, format)
			}
		}
		rules, err := file.GetDataValidations(want[0])
		if err != nil || len(rules) != 2 {
			t.Fatalf("%d rules, %v", len(rules), err)
		}
		list := rules[1]
		if list.Formula1 != want[2] || list.Sqref != "B2:B1048576" || list.Type != "list" || !list.ShowErrorMessage {
			t.Errorf("%+v", list)
		}
		if rules[0].Sqref != "A2:A1048576" || rules[0].Prompt == nil || *rules[0].Prompt != aForm.Fields[0].Help.Say(chinese) {
			t.Errorf("%+v", rules[0])
		}
	}
}

// TestAFormThatASpreadsheetWouldCallDamagedIsRefused.
func TestAFormThatASpreadsheetWouldCallDamagedIsRefused(t *testing.T) {
	t.Parallel()
	for letters, taken := range map[int]bool{255: true, 256: false} {
		long := strings.Repeat("甲", letters)
		for what, field := range map[string]sheet.Field{
			"help": {Name: names[0], Help: sheet.Name{Chinese: long}}, "words": {Name: names[0], Words: []sheet.Name{{Chinese: long}}},
		} {
			err := sheet.Forms(&bytes.Buffer{}, true, anAbout, []sheet.Form{{Name: names[0], Fields: []sheet.Field{field}}})
			if (err == nil) != taken {
				t.Errorf("%s of %d characters: %v", what, letters, err)
			}
		}
	}
}
