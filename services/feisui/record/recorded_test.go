package record_test

import (
	"errors"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"feisui/pkg/civil"
	"feisui/pkg/workbook"
	"feisui/schemas"
	"feisui/services/feisui/record"
)

// TestWhatIsRecordedGoesOnUnderItsNumber: numbers and documents that were recorded while
// they could hold what nobody sees are named, corrected and paid; new ones are refused.
func TestWhatIsRecordedGoesOnUnderItsNumber(t *testing.T) {
	t.Parallel()
	const then = "JB\u00a01"
	j := newJournal()
	_, faults := into(t, j, edited(t, "").write(t))
	if faults != nil {
		t.Fatal(faults)
	}
	old := schemas.DepartmentRegistered{Code: "D8", Name: "\u2F00局", Kind: "department"}
	assigned := schemas.TaskAssigned{No: then, Department: "D1", Community: "990101001001", Item: "I1", Document: "湘民\u00a01号", IssuedOn: marchThird(t)}
	begun := schemas.InstanceBegun{Workflow: "plaque", Instance: "P\u200b1", Form: []byte(`{"document":"湘\u00a0民"}`)}
	_, err := j.Append(uuid.New(), []schemas.Event{assigned, begun, old})
	fatalIfErr(t, err)
	for name, c := range map[string]struct {
		sheet string
		cells map[string]string
		want  string // the column that is refused
	}{
		"a receipt":               {"receipts", map[string]string{"task": then, "outcome": "query", "filed_on": "2025-03-05"}, ""},
		"a completion":            {"completions", map[string]string{"task": then, "completed_on": "2025-03-05"}, ""},
		"a recall":                {"tasks", map[string]string{"no": then, "department": "D1", "community": "990101001001", "item": "I1", "document": assigned.Document, "issued_on": "2025-03-03", "recalled_on": "2025-03-05"}, ""},
		"what it is paid for":     {"payments", map[string]string{"voucher": "N1", "paid_on": "2025-03-05", "payer": "D1", "payee": "990101001001", "purpose": "task:" + then, "amount": "1"}, ""},
		"a step's receipt":        {"receipts", map[string]string{"task": then, "outcome": "query", "filed_on": "2025-03-05", "no": then + "/2"}, ""},
		"another receipt":         {"receipts", map[string]string{"task": then, "outcome": "query", "filed_on": "2025-03-05", "no": "HZ\u00a02/2"}, "no"},
		"what has begun":          {"plaques", map[string]string{"no": "P\u200b1", "community": "990101001001", "department": "D1", "title": "某某工作站", "zone": "outside", "hung_on": "2025-03-05"}, ""},
		"another document":        {"tasks", map[string]string{"no": then, "department": "D1", "community": "990101001001", "item": "I1", "document": "湘民\u00a02号", "issued_on": "2025-03-03"}, "document"},
		"a new task":              {"tasks", map[string]string{"no": "JB\u00a02", "department": "D1", "community": "990101001001", "item": "I1", "issued_on": "2025-03-03"}, "no"},
		"a task's voucher":        {"payments", map[string]string{"voucher": then, "paid_on": "2025-03-05", "payer": "D1", "payee": "990101001001", "amount": "1"}, "voucher"},
		"what passes for another": {"tasks", map[string]string{"no": "JB\u20131", "department": "D1", "community": "990101001001", "item": "I1", "issued_on": "2025-03-03"}, "no"},
		"an office's name":        {"departments", map[string]string{"code": "D9", "name": "\u2F00局", "kind": "department"}, "name"},
		"a community's":           {"communities", map[string]string{"code": "990101001009", "name": "甲\u200b社区", "street": "990101001"}, "name"},
		"a burden's title":        {"burdens", map[string]string{"no": "B9", "kind": "form", "community": "990101001001", "department": "D1", "title": "6\u20138 月调查", "from": "2025-03-03"}, ""},
		"one of before":           {"departments", map[string]string{"code": "D8", "name": "\u2F00局", "kind": "department"}, ""},
		"no task":                 {"receipts", map[string]string{"task": "JB\u00a02", "outcome": "query", "filed_on": "2025-03-05"}, "task"},
	} {
		got := refusedFor(t, j, c.sheet, c.cells)
		if c.want == "" && got != nil || c.want != "" && !slices.Contains(got, c.want+" character") {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// TestANumberIsWrittenInOneWay: whichever way it comes, but for what is recorded otherwise.
func TestANumberIsWrittenInOneWay(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"ＪＢ－1 ": "JB-1", "Re\u0301": "R\u00e9", "\uf914": "\u6a02", "\u2126": "\u03a9", "\u200bJB\ufeff": "JB", "JB\u00a01": "JB\u00a01",
	} {
		if got := record.Cell(typed); got != want || record.Cell(got) != got {
			t.Errorf("%q: %q", typed, got)
		}
	}
	j := newJournal()
	_, faults := into(t, j, edited(t, "").write(t))
	if faults != nil {
		t.Fatal(faults)
	}
	task := schemas.TaskAssigned{No: "Re\u0301", Department: "D1", Community: "990101001001", Item: "I1", IssuedOn: marchThird(t)}
	_, err := j.Append(uuid.New(), []schemas.Event{task})
	fatalIfErr(t, err)
	for typed, known := range map[string]bool{"Re\u0301": true, "R\u00e9": false} {
		if got := refusedFor(t, j, "completions", map[string]string{"task": typed, "completed_on": "2025-03-05"}); (got == nil) != known {
			t.Errorf("%q: %q", typed, got)
		}
	}
}

// refusedFor gives what is refused of a row that comes as effects bring it, the columns
// and what is said of them.
func refusedFor(t *testing.T, j *record.Journal, sheet string, cells map[string]string) (columns []string) {
	t.Helper()
	row := typedRow{sheet: sheet}
	for _, s := range record.Layout {
		if s.Name == sheet {
			for _, c := range s.Columns {
				row.cells = append(row.cells, cells[c.Name])
			}
		}
	}
	_, err := record.Decide(row, j)
	var refused *record.Refused
	if !errors.As(err, &refused) {
		fatalIfErr(t, err)
		return nil
	}
	for _, f := range refused.Faults {
		said := "otherwise: " + f.String()
		if strings.Contains(f.English, "character") {
			said = "character"
		}
		columns = append(columns, f.Column+" "+said)
	}
	return columns
}

// typedRow is a workbook of one row, as it was typed into a form.
type typedRow struct {
	sheet string
	cells []string
}

func (r typedRow) Sheet(name string) iter.Seq[workbook.Row] {
	return func(yield func(workbook.Row) bool) {
		if name == r.sheet {
			yield(workbook.Row{File: name, Number: 1, Cells: r.cells})
		}
	}
}

func (r typedRow) Has(sheet, _ string) bool         { return sheet == r.sheet }
func (typedRow) Extra(string) ([]byte, bool, error) { return nil, false, nil }
func (typedRow) Faults() []workbook.Fault           { return nil }
func (typedRow) Unlisted() int                      { return 0 }

func marchThird(t *testing.T) civil.Date {
	t.Helper()
	day, err := civil.Parse("2025-03-03")
	fatalIfErr(t, err)
	return day
}
