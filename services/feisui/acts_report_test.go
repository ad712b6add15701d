package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"feisui/pkg/civil"
	"feisui/services/feisui/serve"
)

const (
	ofAuthorityToo = "person:second authority@"
	ofCountyMoney  = "person:finance finance_officer@"
	ofStreetMoney  = "person:custody finance_officer@" + streetOfBoth
	draftsReport   = `{"title":"减负报告（2025年第一期）","on":"2025-02-28","since":"2025-01-31"}`
	previewed      = "preview?on=2025-02-28&since=2025-01-31"
)

// figured asks for the figures of a report, or of a preview.
func (s *stage) figured(who, no string) (text []byte, r serve.Report) {
	s.t.Helper()
	a := s.ask(who, http.MethodGet, "/reports/"+no, "", "")
	if a.status != http.StatusOK {
		s.t.Fatalf("the figures of %s for %s: %d %s", no, who, a.status, a.body)
	}
	a.into(s.t, &r)
	return a.body, r
}

// bareFigures is an answer without what its edition says of itself, which moves on.
func bareFigures(t *testing.T, text []byte) string {
	t.Helper()
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		t.Fatal(err)
	}
	delete(fields, "edition")
	left, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	return string(left)
}

// owing is the stage where one task came with its fee, late, and one without.
func owing(t *testing.T, place place) *stage {
	t.Helper()
	s := catalogued(t, place)
	s.rows("tasks",
		`{"no":"RW-1","department":"D01","community":"`+north+`","item":"A01","quantity":"12","issued_on":"2025-01-06","pay_by":"2025-01-31"}`,
		`{"no":"RW-2","department":"D02","community":"`+south+`","item":"A01","amount":"100","issued_on":"2025-01-06","pay_by":"2025-01-31"}`,
		`{"no":"RW-3","department":"D02","community":"`+third+`","item":"A03","issued_on":"2025-02-10"}`)
	s.pays("PZ-1", "D01", north, "RW-1", "240", "2025-02-10")
	s.rows("payments", `{"voucher":"PZ-9","paid_on":"2025-01-20","payer":"D02","payee":"`+streetOfBoth+`","community":"`+south+`","amount":"77"}`)
	s.rows("plaques", `{"no":"GP-1","community":"`+north+`","department":"D02","title":"党群服务中心","zone":"outside","hung_on":"2025-02-05"}`)
	return s
}

// pays records that money for a task was paid to a community and arrived.
func (s *stage) pays(voucher, payer, community, task, amount, on string) {
	s.t.Helper()
	s.rows("payments", fmt.Sprintf(`{"voucher":%q,"paid_on":%q,"payer":%q,"payee":%q,"purpose":"task:%s","amount":%q}`, voucher, on, payer, community, task, amount))
	s.rows("arrivals", fmt.Sprintf(`{"voucher":%q,"confirmed_on":%q,"amount":%q}`, voucher, on, amount))
}

// TestAReportFromItsDraftToTheArchive goes the whole way: drawn up, signed by
// another, submitted, returned, drawn up again, instructed, archived. What is recorded
// late changes the preview, and no edition.
func TestAReportFromItsDraftToTheArchive(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := owing(t, place)
	s.contract = contractOf(t)
	reports := s.flow("report")
	reports.refuses(place, map[string]refusal{
		"by a department":        {officeHead, "", "", draftsReport, 403, "NOT_YOURS", "主管部门"},
		"by the leader":          {ofLeaders, "", "", draftsReport, 403, "NOT_YOURS", "主管部门"},
		"of a day to come":       {ofAuthority, "", "", `{"title":"x","on":"2025-03-04","since":"2025-01-31"}`, 422, "FORM", "on"},
		"compared with the same": {ofAuthority, "", "", `{"title":"x","on":"2025-01-31","since":"2025-01-31"}`, 422, "FORM", "since"},
		"with somebody's number": {ofAuthority, "", "", strings.Replace(draftsReport, "减负", "找13912345678", 1), 422, "FORM", "title"},
	})
	no := reports.begin(ofAuthority, draftsReport).Instance
	first, r := s.figured(ofLeaders, no)
	saysWhatIsOwed(t, &r, "drafted")
	if r.Now.Undetermined != 1 || r.Plaques.In != 1 || r.Plaques.Now != 1 || len(r.Stuck) != 1 || r.Stuck[0].Retained != 7700 || r.Stuck[0].Days != 12 {
		t.Errorf("%s", first)
	}

	s.pays("PZ-2", "D02", south, "RW-2", "100", "2025-02-20") // late
	again, _ := s.figured(ofLeaders, no)
	if bareFigures(t, again) != bareFigures(t, first) {
		t.Errorf("the edition changed:\n%s\n%s", first, again)
	}
	if live, preview := s.figured(ofLeaders, previewed); preview.Now.Unfunded != 0 || preview.Now.OverdueShortfall != 0 {
		t.Errorf("as known now it should be different: %s", live)
	}

	reports.refuses(place, map[string]refusal{
		"signed by who drew it up":  {ofAuthority, no, "sign", "", 403, "NOT_YOURS", "起草"},
		"by that person's other id": {"person:other-id=person:authority authority@", no, "sign", "", 403, "NOT_YOURS", "起草"},
		"submitted unsigned":        {ofAuthorityToo, no, "submit", "", 409, "STATE", ""},
		"instructed unsubmitted":    {ofLeaders, no, "instruct", `{"choice":"read"}`, 409, "STATE", ""},
	})
	if signed := reports.act(ofAuthorityToo, no, "sign", ""); signed.Document != "费转报〔2025〕1号" {
		t.Errorf("%+v", signed)
	}
	reports.act(ofAuthority, no, "submit", "")
	reports.act(ofLeaders, no, "return", `{"reason":"补入二月到账"}`)
	reports.act(ofAuthority, no, "redraw", `{"note":"二月二十日到账已补记"}`)
	redrawn, r := s.figured(ofAudit, no)
	if r.Now.Unfunded != 0 || r.Edition.Drafts != 2 || r.Edition.Document != "" || r.On.String() != "2025-02-28" || r.Corrections != nil {
		t.Errorf("drawn up again: %s", redrawn)
	}
	reports.act(ofAuthorityToo, no, "sign", "")
	reports.act(ofAuthority, no, "submit", "")
	reports.refuses(place, map[string]refusal{
		"other, without words": {ofLeaders, no, "instruct", `{"choice":"other"}`, 422, "FORM", "text"},
		"somebody's number":    {ofLeaders, no, "instruct", `{"choice":"rectify","text":"请联系13912345678"}`, 422, "FACTS", "text"},
		"by the authority":     {ofAuthority, no, "instruct", `{"choice":"read"}`, 403, "NOT_YOURS", "县领导"},
		"drawn up once more":   {ofAuthority, no, "redraw", `{}`, 409, "STATE", ""},
	})
	reports.act(ofLeaders, no, "instruct", `{"choice":"rectify","text":"请司法局月底前补齐"}`)
	reports.act(ofAuthority, no, "archive", "")
	last, r := s.figured(ofCountyMoney, no)
	if bareFigures(t, last) != bareFigures(t, redrawn) {
		t.Errorf("the edition changed:\n%s\n%s", redrawn, last)
	}
	e := r.Edition
	if e.State != "archived" || e.Document != "费转报〔2025〕2号" || e.SignedOn.String() != stageDay || e.Instruction == nil || *e.Instruction != (serve.Instruction{
		Choice: "rectify", Text: "请司法局月底前补齐", On: *e.SignedOn,
	}) {
		t.Errorf("%+v", e)
	}
}

// saysWhatIsOwed looks at the figures of the first draft of owing.
func saysWhatIsOwed(t *testing.T, r *serve.Report, state string) {
	t.Helper()
	n := &r.Now
	if r.Edition.State != state || n.Unfunded != 1 || n.OverdueShortfall != 10000 || n.Due != 34000 || n.DueCovered != 24000 || *n.CoverageDueBP != 7058 {
		t.Errorf("%+v: %+v", r.Edition, n)
	}
	if len(r.Departments) != 2 || r.Departments[0].Code != "D01" || *r.Departments[0].Rank != 1 || *r.Departments[1].Rank != 2 || r.Departments[1].Owes != 10000 {
		t.Errorf("departments: %+v", r.Departments)
	}
	if left := r.Departments[1].LeftOut; len(left) != 1 || left[0].Why != "undetermined" || left[0].Item != "A03" || left[0].Tasks != 1 {
		t.Errorf("left out: %+v", left)
	}
	if r.Tasks.Then != 2 || r.Tasks.In != 1 || r.Tasks.Now != 3 || r.Then.Due != 0 || len(r.Trend) != 2 || len(r.Hash) != 64 {
		t.Errorf("%+v", r)
	}
	if b := r.Unfunded.Bands[0]; b.Tasks != 1 || b.Amount != 10000 || r.Unfunded.Longest[0].Days != 28 {
		t.Errorf("%+v", r.Unfunded)
	}
}

// TestTheNextEditionSaysWhatChangedInTheLast: which requests, and by how much.
func TestTheNextEditionSaysWhatChangedInTheLast(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := owing(t, place)
	reports := s.flow("report")
	one := reports.begin(ofAuthority, draftsReport).Instance
	if _, r := s.figured(ofLeaders, previewed); r.Corrections != nil {
		t.Error("a draft that nobody signed is no edition")
	}
	reports.act(ofAuthorityToo, one, "sign", "")
	s.pays("PZ-2", "D02", south, "RW-2", "60", "2025-02-20")
	s.rows("tasks", `{"no":"RW-8","department":"D02","community":"`+north+`","item":"A01","amount":"900","issued_on":"2025-03-02"}`) // later than the last edition's day
	s.pass("2025-03-31")
	two := reports.begin(ofAuthority, `{"title":"第二期","since":"2025-02-28"}`).Instance
	text, r := s.figured(ofAudit, two)
	c := r.Corrections
	if c == nil || c.Report != one || c.Document != "费转报〔2025〕1号" || c.Printed.OverdueShortfall != 10000 || c.Now.OverdueShortfall != 4000 ||
		c.Difference.OverdueShortfall != -6000 || c.Difference.Unfunded != -1 || c.Difference.Underfunded != 1 {
		t.Fatalf("%s", text)
	}
	if last := c.Requests[len(c.Requests)-1]; last.Streams[0] != "payment/PZ-2" || last.Events["payment.arrived"] != 1 || last.Difference.OverdueShortfall != -6000 {
		t.Errorf("%+v", c.Requests)
	}
	if c.Others.Difference.OverdueShortfall != 0 || strings.Contains(string(text), "RW-8\"]") {
		t.Errorf("%s", text)
	}
	if r.Then.OverdueShortfall != 4000 {
		t.Errorf("the baseline is as known now: %+v", r.Then)
	}

	s.isAFile(ofLeaders, two)

	// What the edition says, it says after a restart too, by a server that has it nowhere.
	s.end()
	later := opened(t, serve.Config{DatabaseURL: place.database})
	later.later.Store(s.later.Load())
	if again, _ := later.figured(ofAudit, two); !bytes.Equal(again, text) {
		t.Errorf("after a restart:\n%s\n%s", text, again)
	}
	later.end()
	forge(t, place, r.Position)
	third := opened(t, serve.Config{DatabaseURL: place.database})
	if a := third.ask(ofAudit, http.MethodGet, "/reports/"+two, "", ""); a.status != http.StatusConflict || a.problem(t).Code != "JOURNAL_DIFFERS" {
		t.Errorf("the journal was changed, and the report says %d %s", a.status, a.body)
	}
}

// forge changes the hash of an entry behind everybody's back.
func forge(t *testing.T, p place, position int64) {
	t.Helper()
	owner, err := pgx.Connect(t.Context(), p.database)
	if err != nil {
		t.Fatal(err)
	}
	defer owner.Close(t.Context())
	if _, err := owner.Exec(t.Context(), `set session_replication_role = replica; update journal.entry set hash = sha256(hash) where position = `+fmt.Sprint(position)); err != nil {
		t.Fatal(err)
	}
}

// TestOnlyWhoAnswersForTheCountyReadsItsReport, and no community has a rank in it.
func TestOnlyWhoAnswersForTheCountyReadsItsReport(t *testing.T) {
	t.Parallel()
	s := owing(t, shared(t))
	no := s.flow("report").begin(ofAuthority, draftsReport).Instance
	for _, who := range []string{officeHead, officeClerk, northOfficer, ofStreet, ofStreetMoney} {
		for _, path := range []string{no, previewed, "JF-9"} {
			if a := s.ask(who, http.MethodGet, "/reports/"+path, "", ""); a.status != http.StatusForbidden {
				t.Errorf("%s reads %s: %d %s", who, path, a.status, a.body)
			}
		}
		if a := s.ask(who, http.MethodGet, "/workflows/report/instances/"+no, "", ""); a.status != http.StatusNotFound {
			t.Errorf("%s sees the draft: %d %s", who, a.status, a.body)
		}
	}
	if a := s.ask(ofLeaders, http.MethodGet, "/reports/JF-9", "", ""); a.status != http.StatusNotFound {
		t.Errorf("%d %s", a.status, a.body)
	}
	for _, query := range []string{"on=2025-02-30", "on=2025-02-28&since=2025-02-28"} {
		if a := s.ask(ofLeaders, http.MethodGet, "/reports/preview?"+query, "", ""); a.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %s", query, a.status, a.body)
		}
	}
	text, _ := s.figured(ofLeaders, no)
	var all map[string]any
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	ranked := map[string]bool{}
	ranks("", all, ranked)
	if len(ranked) != 1 || !ranked["departments"] {
		t.Errorf("ranked: %v", ranked)
	}
	control := map[string]bool{}
	if ranks("", map[string]any{"communities": []any{map[string]any{"rank": 1}}}, control); !control["communities"] {
		t.Error("the look finds no rank of a community")
	}
}

// TestEachFigureSaysInWhichListItStands: each list that is named is there, with the
// filters that are named, and that of what is unfunded has what is counted.
func TestEachFigureSaysInWhichListItStands(t *testing.T) {
	t.Parallel()
	s := owing(t, shared(t))
	text, r := s.figured(ofLeaders, "preview?since=2025-01-31")
	var all map[string]any
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	listsIn(all, named)
	if len(named) < 20 {
		t.Errorf("only %d lists are named", len(named))
	}
	for path := range named {
		if a := s.ask(ofLeaders, http.MethodGet, path, "", ""); a.status != http.StatusOK {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
	var unfunded struct{ Tasks []struct{ No string } }
	s.ask(ofLeaders, http.MethodGet, pathOf(map[string]any{"list": r.Lists["unfunded"].List, "status": r.Lists["unfunded"].Status}), "", "").into(t, &unfunded)
	if len(unfunded.Tasks) != r.Now.Unfunded || r.Now.Unfunded != 1 {
		t.Errorf("%+v, and %d are counted", unfunded, r.Now.Unfunded)
	}
}

// TestEachAgeLeadsToItsFlags: the lists of an age of what is unfunded have as many
// flags as are counted, also on the first and the last day of an age; and the day
// before or after is another age's.
func TestEachAgeLeadsToItsFlags(t *testing.T) {
	t.Parallel()
	s := catalogued(t, shared(t))
	today := civil.Of(2025, time.March, 3)
	late := []int{1, 29, 30, 31, 90, 91, 180, 181, 365, 366, 400}
	for _, days := range late {
		no := fmt.Sprint("NL-", days)
		s.rows("tasks", object("no", no, "department", "D01", "community", north, "item", "A01", "quantity", "12", "issued_on", "2023-06-01", "pay_by", today.AddDays(-days).String()))
		if days%2 == 0 { // a part came
			s.pays("PZ-"+no, "D01", north, no, "60", "2025-02-10")
		}
	}
	_, r := s.figured(ofLeaders, "preview?since=2025-01-31")
	found := map[int]bool{}
	for _, m := range r.Unfunded.Longest {
		found[m.Days] = true
	}
	if r.On != today || len(found) != len(late) || !found[30] || !found[31] || !found[366] {
		t.Fatalf("on %s %v", r.On, found)
	}
	counted := 0
	flags := func(rule, from, to string) int {
		var l struct{ Counts []struct{ Flags int } }
		path := fmt.Sprintf("/flags?counts=true&limit=1&rule=%s&since_from=%s&since_to=%s", rule, from, to)
		s.ask(ofLeaders, http.MethodGet, path, "", "").into(t, &l)
		if len(l.Counts) == 0 {
			return 0
		}
		return l.Counts[0].Flags
	}
	for _, b := range r.Unfunded.Bands {
		counted += b.Tasks
		for name, want := range map[string]int{"unfunded": b.Unfunded, "underfunded": b.Underfunded} {
			if in := b.Lists[name]; in.List != "flags" || in.Rule != name || flags(in.Rule, in.SinceFrom, in.SinceTo) != want {
				t.Errorf("from %d days %s: %d flags at %+v, and %d are counted", b.From, name, flags(in.Rule, in.SinceFrom, in.SinceTo), in, want)
			}
		}
	}
	if counted != len(late) {
		t.Errorf("%d of %d tasks are counted", counted, len(late))
	}
	// The control: a day more has what is 31 days late.
	if got := flags("unfunded", today.AddDays(-30).String(), r.Unfunded.Bands[0].Lists["unfunded"].SinceTo); got != r.Unfunded.Bands[0].Unfunded+1 {
		t.Errorf("with a day more there are %d", got)
	}
	if a := s.ask(ofLeaders, http.MethodGet, "/flags?since_to=2025-02-30", "", ""); a.status != http.StatusUnprocessableEntity {
		t.Errorf("no such day: %d %s", a.status, a.body)
	}
}

// listsIn finds the lists that are named, as paths.
func listsIn(v any, found map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		if _, is := v["list"].(string); is {
			found[pathOf(v)] = true
		}
		for _, value := range v {
			listsIn(value, found)
		}
	case []any:
		for _, one := range v {
			listsIn(one, found)
		}
	}
}

func pathOf(list map[string]any) string {
	query := url.Values{}
	for name, value := range list {
		if name != "list" {
			query.Set(name, fmt.Sprint(value))
		}
	}
	return fmt.Sprintf("/%s?%s", list["list"], query.Encode())
}

// ranks finds the lists whose members have a rank.
func ranks(list string, v any, found map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			if name == "rank" {
				found[list] = true
			}
			ranks(name, value, found)
		}
	case []any:
		for _, one := range v {
			ranks(list, one, found)
		}
	}
}
