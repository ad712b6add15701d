package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"feisui/services/ledger/reconcile"
)

// exported is a file that was answered, and its rows without the heads.
type exported struct {
	status int
	header http.Header
	text   string
	heads  []string
	rows   [][]string
}

// export asks for a list of the county of the rights as a file.
func export(t *testing.T, people *accounts, who, path string) (e exported) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, people.server+"/v1/counties/c/"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	people.show(r, who, "valid", false)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	e.status, e.header, e.text = answer.StatusCode, answer.Header, string(body)
	if e.status != http.StatusOK || !strings.Contains(path, "format=") {
		return e
	}
	format := "csv"
	if strings.Contains(path, "format=xlsx") {
		format = "xlsx"
	}
	read := fileOf(t, body, format)
	e.heads, e.rows = read.heads, read.rows
	return e
}

// fileOf reads the first table of a file.
func fileOf(t testing.TB, body []byte, format string) (e exported) {
	t.Helper()
	var all [][]string
	if format == "xlsx" {
		book, err := excelize.OpenReader(bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer book.Close()
		if all, err = book.GetRows(book.GetSheetName(0)); err != nil {
			t.Fatal(err)
		}
		for i := range all { // what is empty at the end of a row is not in it
			all[i] = append(all[i], make([]string, len(all[0])-len(all[i]))...)
		}
	} else {
		text, marked := strings.CutPrefix(string(body), "\uFEFF")
		var err error
		if all, err = csv.NewReader(strings.NewReader(text)).ReadAll(); err != nil || !marked {
			t.Fatalf("marked %v, %v", marked, err)
		}
	}
	e.heads, e.rows = all[0], all[1:]
	return e
}

// column gives the cells of a column by its head.
func (e *exported) column(t testing.TB, head string) (cells []string) {
	t.Helper()
	at := slices.Index(e.heads, head)
	if at < 0 {
		t.Fatalf("no column %s in %q", head, e.heads)
	}
	for _, row := range e.rows {
		cells = append(cells, row[at])
	}
	return cells
}

// TestAnExportIsWithinTheScope (A5): a file has what the asker may see, whatever is
// put into the filter, and that it was taken is audited with filters and rows. The
// control is the operator's, which has the other communities' rows.
func TestAnExportIsWithinTheScope(t *testing.T) {
	t.Parallel()
	_, people := guarded(t)
	for _, format := range []string{"csv", "xlsx"} {
		own := export(t, people, ofA, "tasks?lang=en&format="+format)
		if got := own.column(t, "no"); !slices.Equal(got, []string{"T-A1", "T-A2"}) {
			t.Errorf("%s: %q", format, got)
		}
		if got := own.column(t, "allocated_yuan"); !slices.Equal(got, []string{"30.00", "0.00"}) {
			t.Errorf("%s: amounts %q", format, got)
		}
		all := export(t, people, "operator", "tasks?lang=en&format="+format)
		if got := all.column(t, "no"); !slices.Equal(got, []string{"T-A1", "T-A2", "T-B1", "T-C1"}) {
			t.Errorf("control: %s: %q", format, got)
		}
		people.audited()
		other := "tasks?community=" + communityB + "&format=" + format
		e := export(t, people, ofA, other)
		if len(e.rows) != 0 || strings.Contains(e.text, "T-B1") || e.heads[0] != "单号" {
			t.Errorf("A5 %s: %q %q", format, e.heads, e.rows)
		}
		if lines := people.audited(); len(lines) != 1 || lines[0].Operation != "tasks" || lines[0].Target != "/v1/counties/c/"+other+" rows=0" {
			t.Errorf("%s: audited %+v", format, lines)
		}
		if got := export(t, people, "operator", other); len(got.rows) != 1 {
			t.Errorf("control: %s: %q", other, got.rows)
		}
		if lines := people.audited(); len(lines) != 1 || !strings.HasSuffix(lines[0].Target, " rows=1") {
			t.Errorf("control: audited %+v", lines)
		}
	}
	if e := export(t, people, ofA, "tasks"); e.status != http.StatusOK || len(people.audited()) != 0 {
		t.Errorf("a page was audited as if it were a file: %d", e.status)
	}
}

// TestEveryListIsAFile: each in both formats and languages, under a name of ours (A80),
// not to be sniffed and not to be stored. A page of a file is refused.
func TestEveryListIsAFile(t *testing.T) {
	t.Parallel()
	_, people := guarded(t)
	timeline := "communities/" + communityA + "/timeline"
	for path, first := range map[string][2]string{
		"flags": {"灯色", "lamp_name"}, "tasks": {"单号", "no"}, "communities": {"社区代码", "community"}, timeline: {"第几条", "position"},
		"workflows/task/instances": {"流程", "workflow_name"}, "todo": {"流程", "workflow_name"}, "owed": {"最后一天", "due_end"},
		"money": {"停在", "holder_name"}, "money?holder=" + streetS1: {"凭证号", "voucher"}, "entries": {"第几条", "position"},
		"communities/" + communityA + "/carried": {"牌号", "no"}, "departments": {"名次", "rank"}, "directory": {"事项编码", "code"},
		"reports/preview?on=2025-12-31": {"项目", "what"},
	} {
		who := ofA
		if slices.ContainsFunc([]string{"money", "departments", "directory", "reports"}, func(of string) bool { return strings.HasPrefix(path, of) }) {
			who = "operator"
		}
		for i, lang := range []string{"zh-CN", "en"} {
			rows := map[string]int{}
			for _, format := range []string{"csv", "xlsx"} {
				e := export(t, people, who, path+and(path)+"format="+format+"&lang="+lang)
				if e.status != http.StatusOK || e.heads[0] != first[i] {
					t.Fatalf("%s %s: %d %q %s", path, format, e.status, e.heads, e.text)
				}
				rows[format] = len(e.rows)
				kind, named, err := mime.ParseMediaType(e.header.Get("Content-Disposition"))
				if err != nil || kind != "attachment" || !strings.HasSuffix(named["filename"], "."+format) || strings.ContainsAny(named["filename"], "/\\\r\n") {
					t.Errorf("%s: %s (%v)", path, e.header.Get("Content-Disposition"), err)
				}
				if e.header.Get("X-Content-Type-Options") != "nosniff" || e.header.Get("Cache-Control") != "no-store" {
					t.Errorf("%s: %v", path, e.header)
				}
			}
			more := path == "entries" && rows["xlsx"] > rows["csv"] // a day or a flag may have come between the two
			if rows["csv"] != rows["xlsx"] && !more || rows["csv"] == 0 && path != "todo" {
				t.Errorf("%s: rows %v", path, rows)
			}
			t.Logf("%s %s: %s rows", path, lang, strconv.Itoa(rows["csv"]))
		}
		for _, wrong := range []string{"format=csv&limit=1", "format=pdf", "format=xlsx&lang=fr"} {
			if e := export(t, people, who, path+and(path)+wrong); e.status != http.StatusUnprocessableEntity && e.status != http.StatusBadRequest { // of what has no pages
				t.Errorf("%s: %d %s", path+wrong, e.status, e.text)
			}
		}
	}
	if e := export(t, people, ofA, "communities/"+communityB+"/timeline?format=csv"); e.status != http.StatusNotFound {
		t.Errorf("another's history: %d", e.status)
	}
}

// TestAFileHasMoreRowsThanFitAnywhere: a list of which a page has a thousand leaves whole,
// past the fifty thousand at which files once ended, each row once and in order.
func TestAFileHasMoreRowsThanFitAnywhere(t *testing.T) {
	t.Parallel()
	_, people := guarded(t)
	export(t, people, "operator", "tasks") // the rows are there
	const more = 50_001
	if _, err := people.pool.Exec(t.Context(), `
		insert into ledger.task select (jsonb_populate_record(t, jsonb_build_object('no', 'U-' || lpad(n::text, 6, '0')))).*
		from ledger.task t, generate_series(1, $1) n where county = 'c' and no = 'T-A1'`, more); err != nil {
		t.Fatal(err)
	}
	people.audited()
	all := export(t, people, "operator", "tasks?format=csv")
	numbers := all.column(t, "单号")
	if len(numbers) != more+4 || !slices.IsSorted(numbers) || len(slices.Compact(slices.Clone(numbers))) != len(numbers) || numbers[more+3] != "U-050001" {
		t.Errorf("%d rows, to %q", len(numbers), numbers[len(numbers)-1])
	}
	if lines := people.audited(); len(lines) != 1 || !strings.HasSuffix(lines[0].Target, " rows="+strconv.Itoa(more+4)) {
		t.Errorf("audited %+v", lines)
	}
	if own := export(t, people, ofA, "tasks?format=csv"); len(own.rows) != more+2 {
		t.Errorf("of the community's own there are %d", len(own.rows))
	}
	var page struct {
		Tasks []json.RawMessage `json:"tasks"`
		Next  string            `json:"next"`
	}
	if err := json.Unmarshal([]byte(export(t, people, "operator", "tasks?limit=1000").text), &page); err != nil || len(page.Tasks) != 1000 || page.Next == "" {
		t.Errorf("control: a page has %d, %v", len(page.Tasks), err)
	}
}

// TestAChineseFileSpeaksChinese: where a table says in a word of the interface's own how
// something is, a Chinese file has the word that pages have, in a column before the code.
// The control is the same file in English.
func TestAChineseFileSpeaksChinese(t *testing.T) {
	t.Parallel()
	_, people := guarded(t)
	for path, said := range map[string][]string{
		"tasks": {"办理状态", "经费状态", "灯色", "社区名称", "街道", "交办部门", "事项"}, "flags": {"灯色", "规则", "社区或单位", "街道", "应当处理的单位"},
		"owed": {"办理状态", "经费状态", "灯色", "付款方", "交办部门"}, "money": {"停在", "单位类别"}, "departments": {"部门"}, "entries": {"事件", "登记方式"},
		"directory": {"清单", "事项", "责任部门", "经费怎样计算"}, "directory?part=plaques": {"位置"},
		"workflows/task/instances": {"流程", "状态", "已结束", "涉及的单位"}, "communities/" + communityA + "/carried": {"位置", "在目录内", "部门"},
		"communities/" + communityA + "/carried?part=burdens": {"类型", "部门"},
	} {
		for _, format := range []string{"csv", "xlsx"} {
			zh := export(t, people, "operator", path+and(path)+"format="+format)
			if len(zh.rows) == 0 {
				t.Errorf("%s %s: %d %s", path, format, zh.status, zh.text)
			}
			for _, head := range said {
				for _, cell := range zh.column(t, head) {
					if cell == "" || latin(cell) {
						t.Errorf("%s %s: %s is %q", path, format, head, cell)
					}
				}
			}
			en := export(t, people, "operator", path+and(path)+"format="+format+"&lang=en")
			if path == "entries" && len(en.rows) > len(zh.rows) { // a day or a case may have come between the two, at the end
				en.rows = en.rows[:len(zh.rows)]
			}
			if i := slices.Index(zh.heads, said[0]); len(en.rows) != len(zh.rows) || !latin(en.rows[0][i]) && !strings.HasPrefix(said[0], "停") && said[0] != "部门" {
				t.Errorf("control: %s %s: %q", path, format, en.rows)
			}
			for _, head := range zh.heads {
				if latin(head) {
					t.Errorf("%s %s: a head %s", path, format, head)
				}
			}
		}
	}
	codes := export(t, people, "operator", "tasks?format=csv")
	if got := codes.column(t, "经费状态代码"); !slices.Contains(got, "underfunded") {
		t.Errorf("the codes are gone: %q", got)
	}
}

// latin reports that a text has a word in Latin letters. What a county calls a thing is
// its own business; in the county of the rights no name has any.
func latin(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' })
}

// and is what goes before another parameter of a query.
func and(path string) string {
	if strings.Contains(path, "?") {
		return "&"
	}
	return "?"
}

// TestAStatementIsAWorkbook: with every table, in yuan, in both languages, and as much as
// the JSON of it says; and that it was taken is audited, as any file. A community's
// officer has its own community's alone, and no other's.
func TestAStatementIsAWorkbook(t *testing.T) {
	t.Parallel()
	_, people := guarded(t)
	const whole, own = "statement?on=2025-12-31", "statement?on=2025-12-31&community=" + communityA
	var said reconcile.CountyStatement
	if err := json.Unmarshal([]byte(export(t, people, "operator", whole).text), &said); err != nil {
		t.Fatal(err)
	}
	tasks, payments := 0, 0
	for i := range said.Communities {
		tasks, payments = tasks+len(said.Communities[i].Tasks), payments+len(said.Communities[i].Payments)
	}
	people.audited()
	for lang, names := range map[string][6]string{
		"zh-CN": {"总计", "社区", "任务", "拨付", "预警", "持有单位"}, "en": {"totals", "communities", "tasks", "payments", "flags", "holders"},
	} {
		e := export(t, people, "operator", whole+"&since=2025-01-31&format=xlsx&lang="+lang)
		rows, total := sheetRows(t, &e)
		if len(rows) != 7 || len(rows[names[1]]) != 4 || len(rows[names[2]]) != tasks+1 || len(rows[names[3]]) != payments+1 || len(rows[names[5]]) != len(said.Holders)+1 {
			t.Errorf("%s: %q", lang, rows)
		}
		entitled, sum := slices.Index(rows[names[2]][0], map[string]string{"zh-CN": "应拨经费（元）", "en": "entitlement_yuan"}[lang]), 0.0
		for _, row := range rows[names[2]][1:] {
			amount, err := strconv.ParseFloat(row[entitled], 64)
			if err != nil {
				t.Fatal(err)
			}
			sum += amount
		}
		if sum*100 != float64(said.Totals.Entitlement) || rows[names[0]][3][1] != strconv.FormatFloat(sum, 'f', 2, 64) {
			t.Errorf("%s: the tasks sum to %v, the statement to %v: %q", lang, sum, said.Totals.Entitlement, rows[names[0]])
		}
		lines := people.audited()
		if len(lines) != 1 || lines[0].Operation != "statement" || !strings.HasSuffix(lines[0].Target, "&lang="+lang+" rows="+strconv.Itoa(total)) {
			t.Errorf("%s: audited %+v, of %d rows", lang, lines, total)
		}
		if _, named, err := mime.ParseMediaType(e.header.Get("Content-Disposition")); err != nil || named["filename"] != "对账单-2025-12-31.xlsx" {
			t.Errorf("named %v, %v", named, err)
		}
	}
	e := export(t, people, ofA, own+"&format=xlsx&lang=en")
	rows, _ := sheetRows(t, &e)
	for _, name := range []string{"communities", "tasks", "payments", "flags"} {
		for _, row := range rows[name][1:] {
			if row[0] != communityA {
				t.Errorf("%s of another: %q", name, row)
			}
		}
	}
	if len(rows["communities"]) != 2 || len(rows["tasks"]) != 3 || len(rows) != 6 {
		t.Errorf("own: %q", rows)
	}
	for path, want := range map[string]int{
		whole + "&format=xlsx":                         http.StatusForbidden,
		whole + "&format=xlsx&community=" + communityB: http.StatusNotFound,
		own + "&format=csv":                            http.StatusUnprocessableEntity,
	} {
		if e := export(t, people, ofA, path); e.status != want {
			t.Errorf("%s: %d %s", path, e.status, e.text)
		}
	}
}

// sheetRows are the rows of a workbook's sheets, and how many there are below heads.
func sheetRows(t *testing.T, e *exported) (rows map[string][][]string, total int) {
	t.Helper()
	book, err := excelize.OpenReader(strings.NewReader(e.text))
	if err != nil {
		t.Fatalf("%d %s: %v", e.status, e.text, err)
	}
	defer book.Close()
	rows = map[string][][]string{}
	for _, name := range book.GetSheetList() {
		if rows[name], err = book.GetRows(name); err != nil {
			t.Fatal(err)
		}
		total += len(rows[name]) - 1
	}
	return rows, total
}
