package main

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"feisui/pkg/access"
	"feisui/pkg/workbook"
	"feisui/schemas"
	"feisui/services/feisui/record"
	"feisui/services/feisui/serve"
)

// askTemplate asks for a blank sheet.
func askTemplate(t *testing.T, people *accounts, who, name string) (status int, content []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, people.server+"/v1/counties/c/templates/"+name, nil)
	if err != nil {
		t.Fatal(err)
	}
	people.show(r, who, "valid", false)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if content, err = io.ReadAll(answer.Body); err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, content
}

// filled types rows into a template as a clerk does: below the heads that are there,
// dates as dates, amounts as numbers, and words from the lists.
func filled(t *testing.T, blank []byte, rows map[string]map[string]map[string]string) string {
	t.Helper()
	file, err := excelize.OpenReader(bytes.NewReader(blank))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, s := range record.Layout {
		name := s.Chinese
		if !slices.Contains(file.GetSheetList(), name) {
			name = s.Name
		}
		lists := listsOf(t, file, name)
		n := 1
		for _, row := range rows[s.Name] {
			n++
			for i, c := range record.Describe(s.Name) {
				cell, err := excelize.CoordinatesToCellName(i+1, n)
				if err != nil {
					t.Fatal(err)
				}
				typeInto(t, file, name, cell, &c, lists[i], row[c.Name])
			}
		}
	}
	path := filepath.Join(t.TempDir(), "filled.xlsx")
	if err := file.SaveAs(path); err != nil {
		t.Fatal(err)
	}
	return path
}

// listsOf are the words that a sheet offers, by the column's place.
func listsOf(t *testing.T, file *excelize.File, sheet string) map[int][]string {
	t.Helper()
	rules, err := file.GetDataValidations(sheet)
	if err != nil {
		t.Fatal(err)
	}
	lists := map[int][]string{}
	for _, rule := range rules {
		if rule.Type == "list" {
			column, _, err := excelize.CellNameToCoordinates(strings.Split(rule.Sqref, ":")[0])
			if err != nil {
				t.Fatal(err)
			}
			lists[column-1] = strings.Split(strings.Trim(rule.Formula1, `"`), ",")
		}
	}
	return lists
}

func typeInto(t *testing.T, file *excelize.File, sheet, cell string, c *record.Column, list []string, text string) {
	t.Helper()
	if (len(list) > 0) != (c.Kind == record.Word) {
		t.Fatalf("%s %s offers %q", sheet, c.Name, list)
	}
	day, isDate := dateOf(text)
	var err error
	switch {
	case text == "":
	case c.Kind == record.Word:
		at := slices.Index(c.Words, text)
		if len(list)*2 != len(c.Words) || !slices.Contains(c.Words, list[at/2]) {
			t.Fatalf("%s %s offers %q of %q", sheet, c.Name, list, c.Words)
		}
		err = file.SetCellStr(sheet, cell, list[at/2])
	case isDate: // its style is the column's
		err = file.SetCellInt(sheet, cell, day.Unix()/86400+25569)
	case c.Kind == record.Amount:
		var number float64
		if err = json.Unmarshal([]byte(text), &number); err == nil {
			err = file.SetCellFloat(sheet, cell, number, -1, 64)
		}
	default:
		err = file.SetCellStr(sheet, cell, text)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestATemplateThatIsFilledInIsImported, in both languages, with every sheet: the facts are
// those of the folder that has the same rows, so it changes nothing where these are
// recorded. The control: another amount in it is a fault at its cell.
func TestATemplateThatIsFilledInIsImported(t *testing.T) {
	t.Parallel()
	server, people := guarded(t)
	want := mustRun(t, "reconcile", rightsWorkbook(t), "--on", "2025-12-31", "--format", "json")
	for _, lang := range []string{"zh-CN", "en"} {
		status, blank := askTemplate(t, people, "authority", "all?lang="+lang)
		if status != http.StatusOK {
			t.Fatalf("%d %s", status, blank)
		}
		path := filled(t, blank, rightsRows)
		if got := mustRun(t, "reconcile", path, "--on", "2025-12-31", "--format", "json"); got != want {
			t.Errorf("%s: %s\nwant %s", lang, got, want)
		}
		if out := mustRun(t, "import", path, "--server", server, "--county", "c"); !strings.Contains(out, "没有新内容") {
			t.Errorf("%s: %s", lang, out)
		}
		status, answer := sendFilled(t, people, "authority", "filled "+lang, path)
		var imported serve.Imported
		if err := json.Unmarshal(answer, &imported); err != nil || status != http.StatusOK || imported.New != 0 {
			t.Errorf("%s: %d %s", lang, status, answer)
		}
		other := map[string]map[string]map[string]string{"payments": {"": {
			"voucher": "P-A", "paid_on": "2025-02-10", "payer": departmentD1, "payee": communityA, "purpose": "task:T-A1", "amount": "30.01",
		}}}
		status, answer = sendFilled(t, people, "authority", "other "+lang, filled(t, blank, other))
		if status != http.StatusUnprocessableEntity || !bytes.Contains(answer, []byte("30.01")) {
			t.Errorf("control: %d %s", status, answer)
		}
	}
}

// sendFilled sends a file to be imported.
func sendFilled(t *testing.T, people *accounts, who, request, path string) (status int, answer []byte) {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", filepath.Base(path))
	if err == nil {
		_, err = part.Write(contents(t, path))
	}
	if err != nil || form.Close() != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, people.server+"/v1/counties/c/imports", &body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Request-Id", strings.ReplaceAll(request, " ", "-"))
	people.show(r, who, "valid", false)
	said, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer said.Body.Close()
	if answer, err = io.ReadAll(said.Body); err != nil {
		t.Fatal(err)
	}
	return said.StatusCode, answer
}

// TestEverySheetHasATemplate, by either name, which the record door takes as it is: blank,
// and with nothing wrong with its heads.
func TestEverySheetHasATemplate(t *testing.T) {
	t.Parallel()
	_, people := guarded(t)
	for _, s := range record.Layout {
		for _, lang := range []string{"zh-CN", "en"} {
			for _, name := range []string{s.Name, s.Chinese} {
				status, blank := askTemplate(t, people, "operator", name+"?lang="+lang)
				if status != http.StatusOK {
					t.Fatalf("%s: %d %s", name, status, blank)
				}
				path := filepath.Join(t.TempDir(), "blank.xlsx")
				if err := os.WriteFile(path, blank, 0o600); err != nil {
					t.Fatal(err)
				}
				book, err := workbook.Open(path, record.Layout)
				if err != nil {
					t.Fatal(err)
				}
				for range book.Sheet(s.Name) {
					t.Errorf("%s has a row", name)
				}
				for _, c := range s.Columns {
					if !book.Has(s.Name, c.Name) {
						t.Errorf("%s lacks %s", name, c.Name)
					}
				}
				if faults := book.Faults(); len(faults) > 0 {
					t.Errorf("%s: %+v", name, faults)
				}
				if err := book.Close(); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	for path, want := range map[string]int{"nothing": http.StatusNotFound, "tasks?lang=fr": http.StatusUnprocessableEntity} {
		if status, answer := askTemplate(t, people, "operator", path); status != want {
			t.Errorf("%s: %d %s", path, status, answer)
		}
	}
}

// TestWhoRecordsRowsHasTheTemplates, and nobody else: the table of rights gives them to
// the roles that have some sheet's rows, a sheet of tasks or the import.
func TestWhoRecordsRowsHasTheTemplates(t *testing.T) {
	t.Parallel()
	table := rightsTable(t, schemas.Access)
	given := 0
	for _, role := range access.Roles {
		records := table["import"][string(role)] != "-" || table["assignSheet"][string(role)] != "-" || table["draftSheet"][string(role)] != "-"
		for _, s := range record.Layout {
			records = records || table["record_"+s.Name][string(role)] != "-"
		}
		if has := table["template"][string(role)] != "-"; has != records {
			t.Errorf("%s records: %v, has the templates: %v", role, records, has)
		}
		if records {
			given++
		}
	}
	if given == 0 || given == len(access.Roles) {
		t.Errorf("%d roles record", given)
	}
}
