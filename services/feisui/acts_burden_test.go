package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"feisui/services/feisui/serve"
	"feisui/services/ledger/api"
)

// TestABurdenFromItsRegistrationToItsEnd goes each way, and the tally follows.
func TestABurdenFromItsRegistrationToItsEnd(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := catalogued(t, place)
	s.contract = contractOf(t)
	f := s.flow("burden")
	kinds := []string{"form", "ledger", "inspection", "certificate", "group", "app", "secondment", "levy", "training", "survey", "organisation"}
	for _, kind := range kinds {
		one := f.begin(officeClerk, `{"no":"`+kind+`","community":"`+north+`","kind":"`+kind+`","title":"户籍证明"}`)
		if said := warned(one); strings.Contains(said, "借调") != (kind == "secondment") || one.State != "registered" {
			t.Errorf("%s: %q", kind, said)
		}
	}
	if c := s.carries(north); len(c.Burdens) != len(kinds) {
		t.Errorf("%+v", c)
	}
	// What a community registers takes three words; a certificate that is banned is pointed out.
	one := f.begin(northOfficer, `{"department":"D02","kind":"certificate","title":"亲属关系证明"}`)
	if said := warned(one); !strings.Contains(said, "民发〔2020〕20号") || !strings.Contains(said, "亲属关系证明") {
		t.Errorf("%q", said)
	}
	if said := warned(f.act(ofAuthority, one.Instance, "check", `{"listed":false}`)); !strings.Contains(said, "民发〔2020〕20号") {
		t.Errorf("it is not pointed out when it is checked: %q", said)
	}
	f.act(ofAuthority, one.Instance, "cancel", `{"reason":"清单外"}`)
	f.act(ofAuthority, "form", "check", `{"listed":true}`)
	f.refuses(place, map[string]refusal{
		"into itself":        {ofAuthority, "form", "merge", `{"into":"form"}`, 422, "FACTS", "into"},
		"into nothing":       {ofAuthority, "form", "merge", `{"into":"none"}`, 422, "FACTS", "into"},
		"ends before":        {ofAuthority, "form", "cancel", `{"reason":"x","to":"2025-03-02"}`, 422, "FORM", "to"},
		"without a reason":   {ofAuthority, "form", "keep", "", 422, "FORM", "reason"},
		"the department":     {officeHead, "form", "keep", `{"reason":"x"}`, 403, "NOT_YOURS", "主管部门"},
		"not checked yet":    {ofAuthority, "ledger", "keep", `{"reason":"x"}`, 409, "STATE", "待核对"},
		"ended before":       {ofAuthority, one.Instance, "keep", `{"reason":"x"}`, 409, "STATE", "已取消"},
		"another department": {otherHead, "form", "end", "", 404, "INSTANCE_UNKNOWN", ""},
		"for another":        {officeClerk, "", "", `{"department":"D02","community":"` + north + `","kind":"form","title":"x"}`, 403, "NOT_YOURS", ""},
		"no such kind":       {officeClerk, "", "", `{"community":"` + north + `","kind":"photo","title":"x"}`, 422, "FORM", "kind"},
		"no such community":  {officeClerk, "", "", `{"community":"431026999999","kind":"form","title":"x"}`, 422, "FORM", "community"},
	})
	f.act(ofAuthority, "form", "keep", `{"reason":"年度目录内"}`)
	f.act(ofAuthority, "form", "merge", `{"into":"ledger","to":"2025-03-03"}`)
	f.act(officeHead, "app", "end", "")
	own := f.begin(ofAuthority, `{"no":"own","department":"D01","community":"`+south+`","kind":"levy","title":"报刊征订"}`)
	f.refuses(place, map[string]refusal{"the same eyes": {ofAuthority, own.Instance, "check", `{"listed":false}`, 403, "NOT_YOURS", "另一人"}})
	s.pass("2025-03-04")
	c := s.carries(north)
	if c.Burdens["form"] != 0 || c.Burdens["app"] != 0 || c.Burdens["certificate"] != 1 || c.Burdens["ledger"] != 1 {
		t.Errorf("%+v", c)
	}
}

// TestWhatIsLaidOnAlreadyIsTakenUp: what was imported is checked like what was
// registered, and ends where an import ends it.
func TestWhatIsLaidOnAlreadyIsTakenUp(t *testing.T) {
	t.Parallel()
	s := catalogued(t, shared(t))
	f := s.flow("burden")
	row := func(no, to string) {
		s.rows("burdens", `{"no":"`+no+`","community":"`+north+`","department":"D01","kind":"secondment","title":"借调一名","from":"2024-01-01"`+to+`}`)
	}
	row("B1", "")
	row("B2", "")
	row("B3", `,"to":"2025-03-02"`)
	var page serve.Lines
	s.ask(northOfficer, http.MethodGet, f.path("", ""), "", "").into(t, &page)
	if len(page.Instances) != 2 || page.Instances[0].State != "registered" {
		t.Errorf("%+v", page)
	}
	if said := warned(f.act(ofAuthority, "B1", "check", `{"listed":false}`)); !strings.Contains(said, "借调") {
		t.Errorf("%q", said)
	}
	if a := f.try(officeHead, "B2", "end", `{"to":"2025-03-31"}`); a.status != http.StatusUnprocessableEntity || !strings.Contains(string(a.body), "不得晚于今天") {
		t.Errorf("it is over, and will not be for weeks: %d %s", a.status, a.body)
	}
	f.act(officeHead, "B2", "end", `{"to":"2025-03-03"}`)
	f.begin(officeHead, `{"no":"planned","community":"`+north+`","kind":"inspection","title":"年中检查","from":"2025-06-01"}`)
	f.act(officeHead, "planned", "end", "") // it has not begun, and will not
	row("B1", `,"to":"2025-03-04"`)
	s.pass("2025-03-04")
	f.is("B1", "checked") // it is its last day
	s.pass("2025-03-05")
	f.is("B1", "over")
	f.begin(officeClerk, `{"no":"B4","community":"`+north+`","kind":"form","title":"x"}`)
	s.pass("2025-03-18")
	if f.seen(ofAuthority, "B4").Overdue {
		t.Error("it is late before its day")
	}
	s.pass("2025-03-20")
	eventually(t, func() bool { return f.seen(ofAuthority, "B4").Overdue })
}

const reportsOutside = `{"department":"D01","what":"要求每周上报走访台账","means":"group"}`

// TestWorkOutsideTheSystem goes each way: three fields are all that a community
// fills in, and nothing of it stands in its figures.
func TestWorkOutsideTheSystem(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := catalogued(t, place)
	s.contract = contractOf(t)
	f := s.flow("outside_work")
	before := s.ask(ofAuthority, http.MethodGet, "/statement?on=2025-03-03", "", "").body
	one := f.begin(northOfficer, reportsOutside)
	if one.State != "reported" || one.Instance != "TW-"+north+"-2025-03-03-1" {
		t.Errorf("%+v", one)
	}
	two, three, four := f.begin(northOfficer, reportsOutside), f.begin(northOfficer, reportsOutside), f.begin(southOfficer, reportsOutside)
	if two.Instance != "TW-"+north+"-2025-03-03-2" || four.Instance != "TW-"+south+"-2025-03-03-1" {
		t.Errorf("%+v %+v", two, four)
	}
	with := func(old, now string) string { return strings.Replace(reportsOutside, old, now, 1) }
	f.refuses(place, map[string]refusal{
		"somebody's telephone":    {northOfficer, "", "", with("走访台账", "13912345678 走访"), 422, "FORM", "what"},
		"no such department":      {northOfficer, "", "", with("D01", "D77"), 422, "FORM", "department"},
		"tomorrow":                {northOfficer, "", "", with(`"means"`, `"given_on":"2025-03-04","means"`), 422, "FORM", "given_on"},
		"by pigeon":               {northOfficer, "", "", with("group", "pigeon"), 422, "FORM", "means"},
		"a fourth field":          {northOfficer, "", "", with(`"means"`, `"photo":"x","means"`), 422, "FORM", "photo"},
		"for another community":   {northOfficer, "", "", with(`"means"`, `"community":"`+south+`","means"`), 403, "NOT_YOURS", ""},
		"a department reports":    {officeHead, "", "", reportsOutside, 403, "NOT_YOURS", "社区工作人员"},
		"another department":      {otherHead, one.Instance, "admit", "", 404, "INSTANCE_UNKNOWN", ""},
		"a clerk disputes":        {officeClerk, one.Instance, "dispute", `{"grounds":"x"}`, 403, "NOT_YOURS", "部门负责人"},
		"decided before answered": {ofAuthority, one.Instance, "uphold", `{"reason":"x"}`, 409, "STATE", "待部门答复"},
		"answered by telephone":   {officeHead, one.Instance, "dispute", `{"grounds":"问 139 1234 5678"}`, 422, "FACTS", "grounds"},
	})
	f.act(officeClerk, one.Instance, "admit", `{"task":"JB-1"}`)
	f.refuses(place, map[string]refusal{
		"no such task":              {ofAuthority, one.Instance, "close_issued", `{"task":"JB-1"}`, 422, "FACTS", "task"},
		"dismissed though admitted": {ofAuthority, one.Instance, "dismiss", `{"reason":"x"}`, 409, "STATE", "部门承认"},
	})
	f.act(officeHead, two.Instance, "dispute", `{"grounds":"未派发"}`)
	f.act(ofAuthority, two.Instance, "dismiss", `{"reason":"查无实据"}`)
	f.act(officeHead, three.Instance, "dispute", `{"grounds":"未派发"}`)
	f.act(ofAuthority, three.Instance, "uphold", `{"reason":"有群消息"}`)
	f.act(southOfficer, four.Instance, "withdraw", "")
	if after := s.ask(ofAuthority, http.MethodGet, "/statement?on=2025-03-03", "", "").body; string(after) != string(before) {
		t.Errorf("a report changed figures:\n%s\n%s", before, after)
	}
	// What was upheld is the department's, and a case (R74): it counts among those of who
	// answers for it, and its community hears how it went.
	s.answersFor("outside_work:D01:1:"+three.Instance, "R74", officeHead, "D01")
	if in, there := s.caseSeen(northOfficer, "outside_work:D01:1:"+three.Instance); !there || in.Parties["community"] != north {
		t.Errorf("to the community: %v %+v", there, in)
	}
	var compared api.DepartmentList
	s.ask(ofLeaders, http.MethodGet, "/departments", "", "").into(t, &compared)
	if d := compared.Departments; len(d) != 1 || d[0].Code != "D01" || d[0].Outside == nil || *d[0].Outside != 1 || *d[0].OpenCases != 0 {
		t.Errorf("among departments: %+v", d)
	}
	s.issue("JB-1", north)
	s.issue("JB-2", south)
	f.is(one.Instance, "admitted") // by itself, since its number was named
	f.refuses(place, map[string]refusal{"another's task": {ofAuthority, one.Instance, "close_issued", `{"task":"JB-2"}`, 422, "FACTS", "应为该部门给本社区的交办单号"}})
	f.act(ofAuthority, one.Instance, "close_issued", `{"task":"JB-1"}`)
	for id, state := range map[string]string{one.Instance: "issued", two.Instance: "unfounded", three.Instance: "upheld", four.Instance: "withdrawn"} {
		f.is(id, state)
	}
	// What is asked for is what has to be typed.
	var all serve.Workflows
	s.ask(northOfficer, http.MethodGet, "/workflows", "", "").into(t, &all)
	i := slices.IndexFunc(all.Workflows, func(w serve.Workflow) bool { return w.Workflow == "outside_work" })
	if form := string(all.Workflows[i].Begin[0].Form); !strings.Contains(form, `"required":["department","what","means"]`) {
		t.Error(form)
	}
}

// TestAnAnswerThatDoesNotComeIsNone: after five days the report goes to the
// authority, and the department may answer late; after five more a leader learns of
// it.
func TestAnAnswerThatDoesNotComeIsNone(t *testing.T) {
	t.Parallel()
	s := catalogued(t, shared(t))
	f := s.flow("outside_work")
	one, two := f.begin(northOfficer, reportsOutside).Instance, f.begin(northOfficer, reportsOutside).Instance
	s.pass("2025-03-10")
	f.is(one, "reported")
	s.pass("2025-03-11")
	f.is(one, "unanswered")
	f.is(two, "unanswered")
	f.act(officeHead, one, "dispute", `{"grounds":"未派发"}`)
	due := func(id string) string { return fmt.Sprint(f.seen(ofAuthority, id).Due.DueOn) }
	if due(one) != "2025-03-18" || due(two) != "2025-03-18" {
		t.Errorf("%s %s", due(one), due(two))
	}
	s.pass("2025-03-18")
	if f.seen(ofAuthority, one).Overdue {
		t.Error("it is late on its last day")
	}
	s.pass("2025-03-19")
	eventually(t, func() bool { return f.seen(ofAuthority, one).Overdue && f.seen(ofAuthority, two).Overdue })
	f.act(ofAuthority, one, "dismiss", `{"reason":"查无实据"}`)
	f.act(ofAuthority, two, "uphold", `{"reason":"逾期不答"}`)
}

// TestWhoseWorkAStreetRelays (R19): a report that names the street asks it whose the work
// is. In time, that department is asked; not in time, the street answers for it. What is
// then admitted and not issued in time is the department's (R74), and gone once it is.
func TestWhoseWorkAStreetRelays(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := catalogued(t, place)
	f := s.flow("outside_work")
	relayed := strings.Replace(reportsOutside, "D01", streetOfBoth, 1)
	s.rows("departments", `{"code":"431026103","name":"东街道","kind":"street"}`) // and still another's
	one, two := f.begin(northOfficer, relayed), f.begin(northOfficer, relayed)
	if one.State != "relayed" {
		t.Errorf("%+v", one)
	}
	f.refuses(place, map[string]refusal{
		"another street's":      {southOfficer, "", "", strings.Replace(relayed, streetOfBoth, "431026103", 1), 422, "FORM", "department"},
		"of a street":           {ofStreet, one.Instance, "name_originator", `{"department":"` + streetOfBoth + `"}`, 422, "FACTS", "department"},
		"of nobody":             {ofStreet, one.Instance, "name_originator", `{"department":"D77"}`, 422, "FACTS", "department"},
		"before it was said so": {officeHead, one.Instance, "admit", "", 404, "INSTANCE_UNKNOWN", ""},
	})
	f.act(ofStreet, one.Instance, "name_originator", `{"department":"D01"}`)
	f.refuses(place, map[string]refusal{
		"the street disputes what is another's": {ofStreet, one.Instance, "dispute", `{"grounds":"x"}`, 403, "NOT_YOURS", ""},
		"the street admits what is another's":   {ofStreet, one.Instance, "admit", "", 403, "NOT_YOURS", ""},
	})
	s.rows("tasks", `{"no":"JB-0","department":"D01","community":"`+north+`","item":"A01","issued_on":"2025-02-20","quantity":"1","pay_by":"2025-12-31"}`)
	f.act(officeHead, one.Instance, "admit", `{"task":"JB-0"}`) // of before it was given: it makes nothing good
	f.is(one.Instance, "issuing")
	if at := slices.IndexFunc(f.seen(officeHead, one.Instance).Timeline, func(m serve.Moment) bool {
		return m.Action == "admit" && m.Office == "D01" && len(m.Warned) == 1 && m.Warned[0].Rule == "R74"
	}); at < 0 {
		t.Error("it does not say who admitted, and that nothing is issued under that number")
	}
	f.refuses(place, map[string]refusal{"the street makes it good": {ofStreet, one.Instance, "make_good", `{"task":"JB-1"}`, 403, "NOT_YOURS", ""}})
	s.pass("2025-03-07")
	f.is(two.Instance, "unnamed")
	s.answersFor("relay_unnamed:"+streetOfBoth+":1:"+two.Instance, "R19", ofStreet, streetOfBoth)
	three := f.begin(northOfficer, relayed)
	s.pass("2025-03-11")
	f.is(one.Instance, "unissued")
	late := "outside_work:D01:1:" + one.Instance
	if in := s.caseIs(late, "notified"); in.Lamp != "red" {
		t.Errorf("%+v", in)
	}
	s.issue("JB-1", north)
	f.refuses(place, map[string]refusal{"with a task of before": {officeHead, one.Instance, "make_good", `{"task":"JB-0"}`, 422, "FACTS", "task"}})
	f.act(officeHead, one.Instance, "make_good", `{"task":"JB-1"}`)
	f.is(one.Instance, "admitted")
	f.act(ofAuthority, one.Instance, "close_issued", `{"task":"JB-1"}`)
	if in := s.actCase(ofAuthority, late, "verify", ""); in.State != "remedied" {
		t.Errorf("issued since, and it is %s", in.State)
	}
	if l := s.toAnswer(ofAuthority, "?rule=R74&state=settled").Warnings; len(l) != 1 || l[0].Case != late {
		t.Errorf("%+v", l)
	}
	s.admitsWhatItRelayed(t, f, three.Instance)
}

// admitsWhatItRelayed: a street that admits after its time as its own has said whose it is, so that nothing
// stands of that any more; and one that admitted what it relayed says whose it is all the same.
func (s *stage) admitsWhatItRelayed(t *testing.T, f flow, no string) {
	t.Helper()
	s.pass("2025-03-13")
	f.is(no, "unnamed")
	unnamed := "relay_unnamed:" + streetOfBoth + ":1:" + no
	s.caseIs(unnamed, "notified")
	f.act(ofStreet, no, "admit", "")
	if l := s.toAnswer(ofAuthority, "?rule=R19&state=settled").Warnings; len(l) != 1 || l[0].Instance != no {
		t.Errorf("whose it is was said, and is asked for: %+v", l)
	}
	if in := s.actCase(ofAuthority, unnamed, "verify", ""); in.State != "resolved" {
		t.Errorf("%s is %s", unnamed, in.State)
	}
	s.pass("2025-03-21")
	f.is(no, "unissued")
	late := "outside_work:" + streetOfBoth + ":1:" + no
	s.caseIs(late, "notified")
	f.act(ofStreet, no, "name_originator", `{"department":"D01"}`)
	f.is(no, "reported")
	if in := s.actCase(ofAuthority, late, "verify", ""); in.State != "resolved" {
		t.Errorf("%s is %s", late, in.State)
	}
	s.issue("JB-2", north)
	f.act(officeHead, no, "admit", `{"task":"JB-2"}`)
	f.is(no, "admitted")
}

// TestNumbersThatAreGivenAreGivenOnce: reports that come at the same time get a
// number each, though all ask for the first that is free.
func TestNumbersThatAreGivenAreGivenOnce(t *testing.T) {
	t.Parallel()
	s := catalogued(t, shared(t))
	f := s.flow("outside_work")
	const reports = 8
	numbers := make([]string, reports)
	var all sync.WaitGroup
	for i := range reports {
		all.Go(func() {
			a, err := s.tryAsk(t.Context(), northOfficer, http.MethodPost, f.path("", ""), "", reportsOutside)
			var acted serve.Acted
			if err == nil && a.status == http.StatusOK {
				err = json.Unmarshal(a.body, &acted)
			}
			if err != nil || len(acted.Instances) != 1 {
				t.Errorf("%v: %d %s", err, a.status, a.body)
				return
			}
			numbers[i] = acted.Instances[0].Instance
		})
	}
	all.Wait()
	slices.Sort(numbers)
	if len(slices.Compact(numbers)) != reports || numbers[reports-1] != fmt.Sprintf("TW-%s-2025-03-03-%d", north, reports) {
		t.Errorf("%q", numbers)
	}
}
