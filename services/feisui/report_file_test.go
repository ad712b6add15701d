package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"feisui/pkg/workbook"
)

// reportParts are the tables of a report with corrections, by name and as people read it.
var reportParts = [][2]string{
	{"edition", "概况"}, {"headline", "总体对比"}, {"definitions", "口径"}, {"movements", "增减"}, {"departments", "部门到位率"}, {"streets", "街道到位率"},
	{"left_out", "未计入"}, {"unfunded", "到期未足额按逾期"}, {"debtors", "欠付单位"}, {"longest", "逾期最久"}, {"stuck", "钱停在哪里"}, {"trend", "走势"},
	{"corrected", "上期更正"}, {"corrections", "更正明细"},
}

// isAFile looks at a report as XLSX, with the strict reader, and as CSV: both say the same,
// and every number of the JSON, to the fen.
func (s *stage) isAFile(who, no string) {
	s.t.Helper()
	text := s.file(who, no)
	csvs := map[string][]map[string]string{}
	for _, part := range reportParts {
		csvs[part[0]] = s.partOf(who, no, part[0])
	}
	if found := differ(text, csvs); len(found) > 0 {
		s.t.Errorf("CSV: %q", found)
	}
	for _, chinese := range []bool{false, true} {
		book := s.workbookOf(who, no, chinese, csvs)
		if found := differ(text, book); len(found) > 0 {
			s.t.Errorf("XLSX, Chinese %v: %q", chinese, found)
		}
		for part, rows := range csvs {
			if len(book[part]) != len(rows) {
				s.t.Errorf("%s, Chinese %v: %d rows of %d", part, chinese, len(book[part]), len(rows))
			}
		}
	}
	// The controls: a fen more or less anywhere, a row that is gone, a figure nobody wrote.
	for _, wrong := range [][2]string{{`"overdue_shortfall":4000`, `"overdue_shortfall":4001`}, {`"retained":7700`, `"retained":7699`}, {`"streets":[`, `"streets":[{"code":"x"},`}, {`"now":{`, `"now":{"more":1,`}} {
		if doctored := strings.Replace(text, wrong[0], wrong[1], 1); doctored == text || len(differ(doctored, csvs)) == 0 {
			s.t.Errorf("nothing was found of %s", wrong[1])
		}
	}
}

func (s *stage) file(who, path string) string {
	s.t.Helper()
	a := s.ask(who, http.MethodGet, "/reports/"+path, "", "")
	if a.status != http.StatusOK {
		s.t.Fatalf("%s: %d %s", path, a.status, a.body)
	}
	return string(a.body)
}

// partOf are the rows of one table as CSV, by its heads.
func (s *stage) partOf(who, no, part string) (rows []map[string]string) {
	s.t.Helper()
	all, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(s.file(who, no+"?format=csv&lang=en&part="+part), "\uFEFF"))).ReadAll()
	if err != nil {
		s.t.Fatal(err)
	}
	for _, cells := range all[1:] {
		row := map[string]string{}
		for i, head := range all[0] {
			row[head] = cells[i]
		}
		rows = append(rows, row)
	}
	return rows
}

// workbookOf are the rows of all tables, as our own reader reads the XLSX; of one in
// Chinese under the heads that the English one has at the same place.
func (s *stage) workbookOf(who, no string, chinese bool, parts map[string][]map[string]string) map[string][]map[string]string {
	s.t.Helper()
	lang := map[bool]string{false: "en", true: "zh-CN"}[chinese]
	path := filepath.Join(s.t.TempDir(), "report.xlsx")
	if err := os.WriteFile(path, []byte(s.file(who, no+"?format=xlsx&lang="+lang)), 0o600); err != nil {
		s.t.Fatal(err)
	}
	layout, heads := workbook.Layout{}, map[string][]string{}
	for _, part := range reportParts {
		one := workbook.Sheet{Name: part[0], Chinese: part[1]}
		heads[part[0]] = s.heads(no, part[0], "en")
		for i, head := range s.heads(no, part[0], lang) {
			one.Columns = append(one.Columns, workbook.Column{Name: heads[part[0]][i], Chinese: head})
		}
		layout = append(layout, one)
	}
	book, err := workbook.Open(path, layout)
	if err != nil {
		s.t.Fatal(err)
	}
	defer book.Close()
	rows := map[string][]map[string]string{}
	for part := range parts {
		for r := range book.Sheet(part) {
			row := map[string]string{}
			for i, head := range heads[part] {
				row[head] = r.Cells[i]
			}
			rows[part] = append(rows[part], row)
		}
	}
	if faults := book.Faults(); len(faults) > 0 {
		s.t.Errorf("%+v", faults)
	}
	return rows
}

func (s *stage) heads(no, part, lang string) []string {
	s.t.Helper()
	text, _, _ := strings.Cut(strings.TrimPrefix(s.file(ofLeaders, no+"?format=csv&part="+part+"&lang="+lang), "\uFEFF"), "\r\n")
	return strings.Split(text, ",")
}

// reportCompared goes over a report's numbers, and notes which were looked at.
type reportCompared struct {
	looked map[string]bool
	found  []string
}

// differ says where tables do not say what a report's JSON does. Every number of that
// has a place where it is looked for; one that has none is found too.
func differ(text string, tables map[string][]map[string]string) []string {
	var all map[string]any
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&all); err != nil {
		return []string{err.Error()}
	}
	c := &reportCompared{looked: map[string]bool{}}
	c.headlines(all, tables)
	for _, name := range []string{"tasks", "plaques", "burdens"} {
		row := tables["movements"][slices.Index([]string{"tasks", "plaques", "burdens"}, name)]
		c.fields(all, name, row, map[string]string{"then": "then", "in": "in", "out": "out", "net": "net", "now": "standing"})
	}
	c.covered(all, "departments", tables["departments"])
	c.covered(all, "streets", tables["streets"])
	c.leftOut(all, tables["left_out"])
	c.fields(all, "unfunded", last(tables["unfunded"]), map[string]string{"tasks": "tasks", "amount": "amount_yuan"})
	c.rows(all, "unfunded.bands", tables["unfunded"], 1, map[string]string{
		"from": "from_days", "to": "to_days", "tasks": "tasks", "unfunded": "without", "underfunded": "with_part", "amount": "amount_yuan",
	})
	c.rows(all, "unfunded.payers", tables["debtors"], 0, map[string]string{"tasks": "tasks", "amount": "amount_yuan", "days": "days_most"})
	c.rows(all, "unfunded.longest", tables["longest"], 0, map[string]string{"amount": "amount_yuan", "days": "days"})
	c.rows(all, "stuck", tables["stuck"], 0, map[string]string{"held": "held_yuan", "retained": "retained_yuan", "vouchers": "vouchers", "days": "days"})
	c.numbers("", all)
	return c.found
}

// headlines are the figures of days: then and now, the trend, and what is corrected.
func (c *reportCompared) headlines(all map[string]any, tables map[string][]map[string]string) {
	column := func(at string, table []map[string]string, head string) {
		of, _ := standsAt(all, at).(map[string]any)
		for _, row := range table {
			if row["code"] != "" {
				c.same(at+"."+row["code"], of[row["code"]], row[head], inYuan(row))
			}
		}
	}
	column("then", tables["headline"], "then")
	column("now", tables["headline"], "now")
	column("corrections.printed", tables["corrected"], "printed")
	column("corrections.now", tables["corrected"], "known_now")
	units := map[string]bool{}
	for _, row := range tables["headline"] {
		units[row["code"]] = inYuan(row)
	}
	wide := func(at string, row map[string]string, some bool) {
		of, _ := standsAt(all, at).(map[string]any)
		for name, yuan := range units {
			head := name
			if yuan {
				head += "_yuan"
			}
			if _, there := row[head]; there || !some {
				c.same(at+"."+name, of[name], row[head], yuan)
			}
		}
	}
	points, _ := all["trend"].([]any)
	c.length("trend", len(points), len(tables["trend"]))
	for i := range points[:min(len(points), len(tables["trend"]))] {
		wide("trend."+strconv.Itoa(i), tables["trend"][i], false)
	}
	requests, _ := standsAt(all, "corrections.requests").([]any)
	c.length("corrections", len(requests)+1, len(tables["corrections"]))
	for i := range requests[:min(len(requests), len(tables["corrections"]))] {
		at := "corrections.requests." + strconv.Itoa(i)
		c.fields(all, at, tables["corrections"][i], map[string]string{"first": "first", "last": "last"})
		wide(at+".difference", tables["corrections"][i], true)
		events, _ := standsAt(all, at+".events").(map[string]any)
		for event, n := range events {
			c.looked[at+".events."+event] = true
			if !strings.Contains(tables["corrections"][i]["events"], fmt.Sprint(" × ", n)) {
				c.found = append(c.found, at+".events: "+tables["corrections"][i]["events"])
			}
		}
	}
	wide("corrections.others.difference", last(tables["corrections"]), true)
	for _, row := range tables["corrected"] {
		if of, _ := standsAt(all, "corrections.difference").(map[string]any); of[row["code"]] != nil {
			c.same("corrections.difference."+row["code"], of[row["code"]], row["difference"], inYuan(row))
		}
	}
	for _, row := range tables["edition"] {
		name := map[string]string{"up to entry": "position", "截至第几条记录": "position", "drafts": "edition.drafts", "起草次数": "edition.drafts"}[row["what"]]
		if name != "" {
			c.same(name, standsAt(all, name), row["value"], false)
		}
		if row["what"] == "its hash" && row["value"] != all["hash"] {
			c.found = append(c.found, "hash")
		}
	}
	c.looked["corrections.position"] = true // the last edition's own, which its file says
}

// covered are departments or streets.
func (c *reportCompared) covered(all map[string]any, name string, table []map[string]string) {
	fields := map[string]string{"rank": "rank", "owes": "owes_yuan", "communities": "communities"}
	for _, at := range []string{"now", "then"} {
		before := map[string]string{"now": "", "then": "then_"}[at]
		maps.Copy(fields, map[string]string{
			at + ".tasks": before + "counted", at + ".entitlement": before + "entitlement_yuan", at + ".allocated": before + "allocated_yuan", at + ".due": before + "due_yuan",
			at + ".due_covered": before + "due_covered_yuan", at + ".coverage_bp": before + "coverage", at + ".coverage_due_bp": before + "coverage_due",
		})
	}
	for _, of := range []string{"tasks", "plaques", "burdens"} {
		for _, at := range []string{"then", "in", "out", "net", "now"} {
			fields[of+"."+at] = of + "_" + at
		}
	}
	c.rows(all, name, table, 0, fields)
}

// leftOut is what no share counts: the county's, then each department's and street's.
func (c *reportCompared) leftOut(all map[string]any, table []map[string]string) {
	paths := []string{"left_out"}
	for _, of := range []string{"departments", "streets"} {
		list, _ := all[of].([]any)
		for i := range list {
			paths = append(paths, of+"."+strconv.Itoa(i)+".left_out")
		}
	}
	n := 0
	for _, path := range paths {
		list, _ := standsAt(all, path).([]any)
		for i := range list {
			if n < len(table) {
				c.fields(all, path+"."+strconv.Itoa(i), table[n], map[string]string{"tasks": "tasks", "amount": "amount_yuan"})
			}
			n++
		}
	}
	c.length("left_out", n, len(table))
}

// rows compares a list with a table that has so many rows more.
func (c *reportCompared) rows(all map[string]any, path string, table []map[string]string, more int, fields map[string]string) {
	list, _ := standsAt(all, path).([]any)
	c.length(path, len(list)+more, len(table))
	for i := range list[:min(len(list), len(table))] {
		c.fields(all, path+"."+strconv.Itoa(i), table[i], fields)
	}
}

func (c *reportCompared) fields(all map[string]any, path string, row map[string]string, fields map[string]string) {
	for field, head := range fields {
		value := standsAt(all, path+"."+field)
		if _, there := row[head]; there || value != nil {
			c.same(path+"."+field, value, row[head], strings.HasSuffix(head, "_yuan"))
		}
	}
}

func (c *reportCompared) length(what string, want, got int) {
	if want != got {
		c.found = append(c.found, fmt.Sprintf("%s: %d rows of %d", what, got, want))
	}
}

// same compares a number of the JSON with a cell: fen with yuan, basis points with a share.
func (c *reportCompared) same(path string, value any, cell string, yuan bool) {
	c.looked[path] = true
	number, is := value.(json.Number)
	want, ok := new(big.Rat).SetString(number.String())
	switch {
	case !is || !ok:
		if cell != "" {
			c.found = append(c.found, path+": nothing, and there is "+cell)
		}
		return
	case yuan, strings.HasSuffix(path, "_bp"):
		want.Quo(want, big.NewRat(100, 1))
	}
	got, ok := new(big.Rat).SetString(strings.TrimSuffix(cell, "%"))
	if !ok || got.Cmp(want) != 0 || strings.HasSuffix(path, "_bp") != strings.HasSuffix(cell, "%") {
		c.found = append(c.found, path+": "+number.String()+", and there is "+cell)
	}
}

// numbers finds the numbers that nobody looked at.
func (c *reportCompared) numbers(path string, value any) {
	switch v := value.(type) {
	case map[string]any:
		for name, one := range v {
			if name != "lists" && name != "list" {
				c.numbers(strings.TrimPrefix(path+"."+name, "."), one)
			}
		}
	case []any:
		for i, one := range v {
			c.numbers(path+"."+strconv.Itoa(i), one)
		}
	case json.Number:
		if !c.looked[path] {
			c.found = append(c.found, path+" is nowhere")
		}
	}
}

// inYuan reports that the figure of a row is an amount.
func inYuan(row map[string]string) bool { return row["unit"] == "yuan" || row["unit"] == "元" }

// standsAt is what stands at a path.
func standsAt(value any, path string) any {
	for name := range strings.SplitSeq(path, ".") {
		switch v := value.(type) {
		case map[string]any:
			value = v[name]
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i >= len(v) {
				return nil
			}
			value = v[i]
		default:
			return nil
		}
	}
	return value
}

func last(rows []map[string]string) map[string]string {
	if len(rows) == 0 {
		return nil
	}
	return rows[len(rows)-1]
}
