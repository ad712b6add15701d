package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"feisui/pkg/access"
	"feisui/services/feisui/serve"
	"feisui/services/ledger/api"
)

// TestTheDirectoryNamesWhatThereIs: every code of the county stands in it by its name,
// items with their fee in words, and it is the same for every role in the business. The
// three administrators are told codes and names of organisations, and nothing else.
func TestTheDirectoryNamesWhatThereIs(t *testing.T) {
	t.Parallel()
	s := played(t, serve.Config{})
	s.contract = contractOf(t)
	s.rows("departments", `{"code":"`+streetOfBoth+`","name":"热水镇","kind":"street"}`)
	s.rows("items", `{"code":"A03","name":"普查","list":"purchase","rule":"ratio","rate":"2.5","timing":"arrears"}`)
	s.rows("communities", `{"code":"431026103001","name":"丙社区","street":"431026103"}`)
	s.rows("plaque_catalogue", `{"title":"党群服务中心","zone":"outside"}`)
	var d api.Directory
	s.get(northOfficer, "/directory", &d)
	if d.County != "county" || d.Name == "" || d.Day.String() != stageDay {
		t.Errorf("%s %s %s", d.County, d.Name, d.Day)
	}
	if got := fmt.Sprint(d.Streets); got != "[{431026102 热水镇} {431026103 }]" {
		t.Errorf("streets: %s", got)
	}
	if got := fmt.Sprint(d.Communities); got != "[{431026102001 北社区 431026102 } {431026102002 南社区 431026102 } {431026103001 丙社区 431026103 }]" {
		t.Errorf("communities: %s", got)
	}
	if got := fmt.Sprint(d.Departments); got != "[{D01 民政局 department} {D02 司法局 department}]" {
		t.Errorf("departments: %s", got)
	}
	var items []string
	for _, i := range d.Items {
		unit := ""
		if i.Unit != nil {
			unit = i.Unit.Chinese
		}
		items = append(items, fmt.Sprint(i.Code, i.Name, i.Allowed, unit, i.Fee.Chinese))
	}
	want := []string{"A01高龄津贴核查true件按件，每件 20 元", "A02上级收回事项false不需经费", "A03普查true按比例，计提基数的 2.5%；办结后拨付"}
	if !slices.Equal(items, want) {
		t.Errorf("%q, want %q", items, want)
	}
	if got := fmt.Sprint(*d.Policy); got != "{5 3 0 15 10 30 map[inside:10 outside:4]}" {
		t.Errorf("policy: %s", got)
	}
	if years := d.Calendar.Years; d.Calendar.Edition == "" || !slices.Contains(years, 2025) || slices.Contains(years, 2099) {
		t.Errorf("calendar: %+v", d.Calendar)
	}
	if len(d.Plaques) != 1 || d.Plaques[0] != (api.DirectoryPlaque{Title: "党群服务中心", Zone: "outside"}) {
		t.Errorf("plaques: %v", d.Plaques)
	}
	const organisations = `{"county":"county","name":%q,"day":%q,` +
		`"streets":[{"code":"431026102","name":"热水镇"},{"code":"431026103","name":""}],` +
		`"communities":[{"code":"431026102001","name":"北社区"},{"code":"431026102002","name":"南社区"},{"code":"431026103001","name":"丙社区"}],` +
		`"departments":[{"code":"D01","name":"民政局"},{"code":"D02","name":"司法局"}]}`
	tags := map[string]bool{}
	for _, a := range askers() {
		answer := s.ask(a.shown(), http.MethodGet, "/directory", "", "")
		want := asText(t, d)
		if slices.Contains(access.Administrators, a.grant.Role) {
			want = fmt.Sprintf(organisations, d.Name, d.Day)
		}
		if got := strings.TrimSpace(string(answer.body)); got != want {
			t.Errorf("for %s: %s, want %s", a.name, got, want)
		}
		tags[answer.header.Get("ETag")] = true
	}
	if len(tags) != 2 {
		t.Errorf("tags of what is said to the business and to administrators: %v", tags)
	}
	s.refused("person:nobody department_officer@", "/directory", http.StatusForbidden, "FORBIDDEN") // of no department

	s.contract = nil // what follows is no JSON
	for _, a := range askers() {
		if slices.Contains(access.Administrators, a.grant.Role) {
			administratorsFiles(t, s, a)
		}
	}
}

// administratorsFiles holds where an administrator's file has no more than the page.
func administratorsFiles(t *testing.T, s *stage, a asker) {
	t.Helper()
	book, err := excelize.OpenReader(bytes.NewReader(s.ask(a.shown(), http.MethodGet, "/directory?format=xlsx", "", "").body))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	if sheets := book.GetSheetList(); !slices.Equal(sheets, []string{"部门", "街道", "社区"}) {
		t.Errorf("sheets for %s: %q", a.name, sheets)
	}
	for part, first := range map[string]string{"departments": "D01,民政局", "streets": "431026102,热水镇", "communities": "431026102001,北社区"} {
		csv := string(s.ask(a.shown(), http.MethodGet, "/directory?format=csv&part="+part, "", "").body)
		if lines := strings.Split(strings.TrimPrefix(csv, "\ufeff"), "\r\n"); len(lines) < 2 || lines[0] != "代码,名称" || lines[1] != first {
			t.Errorf("%s for %s: %q", part, a.name, csv)
		}
	}
	for _, part := range []string{"items", "plaques"} {
		if answer := s.ask(a.shown(), http.MethodGet, "/directory?format=csv&part="+part, "", ""); answer.status != http.StatusUnprocessableEntity {
			t.Errorf("%s for %s: %d %s", part, a.name, answer.status, answer.body)
		}
	}
}

// TestTheDirectoryIsKept: its tag stays while no name changes, whatever else is
// recorded, and with it the answer is that nothing did.
func TestTheDirectoryIsKept(t *testing.T) {
	t.Parallel()
	s := played(t, serve.Config{})
	look := func(tag string) (int, string, string, string) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.address+"/v1/counties/county/directory", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+northOfficer)
		if tag != "" {
			r.Header.Set("If-None-Match", tag)
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer.StatusCode, answer.Header.Get("ETag"), answer.Header.Get("Feisui-Position"), string(body)
	}
	status, tag, first, body := look("")
	if status != http.StatusOK || tag == "" || body == "" {
		t.Fatalf("%d %q %q", status, tag, body)
	}
	s.owed("T1", north)
	for _, has := range []string{tag, "W/" + tag, `"other", ` + tag} {
		status, again, later, body := look(has)
		if status != http.StatusNotModified || again != tag || body != "" || later == first {
			t.Errorf("with %s: %d %s at %s, before at %s: %q", has, status, again, later, first, body)
		}
	}
	s.rows("departments", `{"code":"D03","name":"教育局","kind":"department"}`)
	if status, again, _, body := look(tag); status != http.StatusOK || again == tag || body == "" {
		t.Errorf("after another department: %d %s", status, again)
	}
}

func asText(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
