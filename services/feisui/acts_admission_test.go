package main

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"feisui/services/feisui/serve"
)

// Who has a part in an application beside those of the stage.
const (
	ofFinance   = "person:finance finance_officer@"
	ofJustice   = "person:justice department_officer@D02"
	ofParty     = "person:party department_head@D03"
	authority2  = "person:second authority@"
	applyPath   = "/workflows/admission/instances"
	itsPapers   = `"document":"民发〔2025〕12号","document_title":"关于开展入户调查的通知","plan":"入户调查实施方案","cost":"60000","source":"2025年部门预算 2080299"`
	itsChecks   = `"check_document":"yes","check_plan":"yes","check_scope":"yes","check_cost":"yes","check_assessment":"yes","check_side_effects":"yes","check_contact":"yes"`
	acceptForm  = `{` + itsChecks + `,"offices_unasked":"县里未设","communities_unasked":"急需办理"}` // nobody but finance is asked
	decideForm  = `{"document":"社建委〔2025〕3号"}`
	onCondition = `{"document":"社建委〔2025〕3号","conditions":"经费先行到账"}`
)

// applying is a stage on which departments apply.
type applying struct{ *stage }

func applied(t testing.TB, c serve.Config) applying {
	t.Helper()
	s := applying{played(t, c)}
	s.rows("departments", `{"code":"D03","name":"组织部","kind":"department"}`)
	return s
}

// application is the form of one for item B01, which no catalogue has, in both
// communities; what is given beside stands over it.
func application(no string, more ...string) string {
	form := map[string]string{
		"no": fmt.Sprintf("%q", no), "department": `"D01"`, "kind": `"task"`, "item": `"B01"`, "name": `"入户调查"`, "communities": `["all"]`,
		"from": `"2025-05-06"`, "to": `"2025-12-31"`, "contact_section": `"社会事务科"`, "contact_post": `"科员"`, "rule": `"per_household"`, "rate": `"20"`,
	}
	for pair := range strings.SplitSeq(itsPapers, `,"`) {
		name, value, _ := strings.Cut(strings.TrimPrefix(pair, `"`), `":`)
		form[name] = value
	}
	for _, one := range more {
		name, value, _ := strings.Cut(one, "=")
		if form[name] = value; value == "" {
			delete(form, name)
		}
	}
	var fields []string
	for name, value := range form {
		fields = append(fields, fmt.Sprintf("%q:%s", name, value))
	}
	return "{" + strings.Join(fields, ",") + "}"
}

// emergency says of an application that it began already on a day.
func emergency(day string) []string {
	return []string{"emergency=true", fmt.Sprintf("started_on=%q", day), `emergency_event="暴雨内涝"`, `emergency_level="third"`, `emergency_document="汛指〔2025〕3号"`}
}

func (s applying) apply(who, no string, more ...string) (out serve.Acted) {
	s.t.Helper()
	a := s.ask(who, http.MethodPost, applyPath, "", application(no, more...))
	if a.status != http.StatusOK {
		s.t.Fatalf("apply for %s: %d %s", no, a.status, a.body)
	}
	a.into(s.t, &out)
	return out
}

func on(no, action string) string { return applyPath + "/" + url.PathEscape(no) + "/" + action }

func (s applying) do(who, no, action, form string) (out serve.Acted) {
	s.t.Helper()
	a := s.ask(who, http.MethodPost, on(no, action), "", form)
	if a.status != http.StatusOK {
		s.t.Fatalf("%s of %s by %s: %d %s", action, no, who, a.status, a.body)
	}
	a.into(s.t, &out)
	return out
}

// underReview has an application accepted, and every opinion given.
func (s applying) underReview(no string, more ...string) {
	s.t.Helper()
	s.apply(officeHead, no, more...)
	s.do(ofAuthority, no, "accept", acceptForm)
	s.do(ofFinance, no, "give_opinion", `{"office":"finance","opinion":"agree"}`)
}

func (s applying) look(who, no string) (in serve.Instance) {
	s.t.Helper()
	a := s.ask(who, http.MethodGet, applyPath+"/"+url.PathEscape(no), "", "")
	if a.status != http.StatusOK {
		s.t.Fatalf("%s: %d %s", no, a.status, a.body)
	}
	a.into(s.t, &in)
	return in
}

func (s applying) stands(no, state string) {
	s.t.Helper()
	for limit := time.Now().Add(hungAfter); ; time.Sleep(20 * time.Millisecond) {
		in := s.look(ofAuthority, no)
		if in.State == state {
			return
		}
		if time.Now().After(limit) {
			s.t.Fatalf("%s is %s, not %s: %+v", no, in.State, state, in.Timeline)
		}
	}
}

// task hands down a task of an item and gives the rules of its flags.
func (s applying) task(no, item, community string) string {
	s.t.Helper()
	form := fmt.Sprintf(`{"no":%q,"department":"D01","community":%q,"item":%q,"amount":"100","pay_by":"2025-12-31"}`, no, community, item)
	a := s.ask(officeHead, http.MethodPost, begins, "", form)
	if a.status != http.StatusOK {
		s.t.Fatalf("%s: %d %s", no, a.status, a.body)
	}
	var out serve.Acted
	a.into(s.t, &out)
	var rules []string
	for _, f := range out.Instances[0].Task.Warnings {
		rules = append(rules, string(f.Rule))
	}
	return strings.Join(rules, " ")
}

func rulesOf(a *serve.Application) string {
	var rules []string
	for _, w := range a.Warnings {
		rules = append(rules, w.Rule)
	}
	return strings.Join(rules, " ")
}

func opinionsOf(a *serve.Application) string {
	var all []string
	for _, o := range a.Opinions {
		said := o.Opinion
		if said == "" {
			said = "missing"
		}
		all = append(all, o.Office+o.Code+" "+said)
	}
	return strings.Join(all, ", ")
}

// TestAnApplicationFromItsDraftToItsEnd: an officer drafts, the head signs, the
// authority sends it back once and accepts it, offices are heard, it is admitted,
// listed, looked at again and ended; and what the ledger says of tasks follows.
func TestAnApplicationFromItsDraftToItsEnd(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := applied(t, serve.Config{DatabaseURL: place.database})
	if flags := s.task("JB-0", "B01", north); flags != "unadmitted" {
		t.Errorf("before it is admitted: %q", flags)
	}
	drafted := s.apply(officeClerk, "ZR/1", "cost=\"50000\"", `document="口头通知"`, `from="2025-04-01"`, `frequency="monthly"`).Instances[0]
	if drafted.State != "drafted" || rulesOf(drafted.Application) != "R04 R06 R31" {
		t.Errorf("%+v %+v", drafted, drafted.Application)
	}
	// 20 yuan for each of 1000 and 2000 households, by the ledger's own rule.
	if p := drafted.Application.Price; p == nil || p.Total == nil || *p.Total != 60_000_00 || p.Communities != 2 || p.Undetermined != 0 {
		t.Errorf("%+v", p)
	}
	s.do(officeHead, "ZR/1", "sign", "")
	lacks := strings.Replace(itsChecks, `"check_document":"yes"`, `"check_document":"no","check_document_remark":"口头通知不是文件"`, 1)
	returned := s.do(ofAuthority, "ZR/1", "return", `{`+lacks+`,"reason":"依据文号不规范"}`).Instances[0]
	if l := returned.Application.Lacking; len(l) != 1 || l[0].Item != "check_document" || l[0].Chinese != "依据文件写明文号、现行有效" || l[0].Remark != "口头通知不是文件" {
		t.Errorf("the notice to correct says %+v", l)
	}
	if told := s.box(officeClerk, 0).Notices[0]; len(told.Details) != 1 || told.Details[0].Chinese != "缺：依据文件写明文号、现行有效（口头通知不是文件）" {
		t.Errorf("who is to correct it hears %+v", told)
	}
	if in := s.look(officeHead, "ZR/1"); in.State != "correction" || in.Due == nil || in.Due.DueOn.String() != "2025-03-10" {
		t.Errorf("%+v", in.Line)
	}
	corrected := s.do(officeClerk, "ZR/1", "correct", "{"+itsPapers+"}").Instances[0]
	if rulesOf(corrected.Application) != "R06" || corrected.Application.Lacking != nil {
		t.Errorf("%+v", corrected.Application)
	}
	s.do(ofAuthority, "ZR/1", "accept", `{`+itsChecks+`,"justice":"D02","organisation":"D03","sampled":["`+north+`"]}`)
	if in := s.look(ofJustice, "ZR/1"); opinionsOf(in.Application) != "finance missing, justiceD02 missing, organisationD03 missing, community"+north+" missing" {
		t.Errorf("%s", opinionsOf(in.Application))
	}
	var todo serve.Todos
	s.ask(ofParty, http.MethodGet, "/todo", "", "").into(t, &todo)
	if len(todo.Todo) != 1 || todo.Todo[0].Instance != "ZR/1" || todo.Todo[0].Due.Deadline != "opinions" {
		t.Errorf("%+v", todo)
	}
	s.do(ofFinance, "ZR/1", "give_opinion", `{"office":"finance","opinion":"disagree"}`)
	s.do(ofFinance, "ZR/1", "give_opinion", `{"office":"finance","opinion":"agree","note":"指标已核"}`)
	s.do(ofJustice, "ZR/1", "give_opinion", `{"office":"justice","opinion":"agree"}`)
	s.do(southOfficer, "ZR/1", "give_opinion", `{"office":"community","opinion":"disagree"}`)
	s.do(ofParty, "ZR/1", "give_opinion", `{"office":"organisation","opinion":"conditional"}`)
	if in := s.look(ofAuthority, "ZR/1"); in.State != "consulting" {
		t.Errorf("north is waited for, and it is %s", in.State)
	}
	s.do(northOfficer, "ZR/1", "give_opinion", `{"office":"community","opinion":"agree"}`)
	in := s.look(ofAuthority, "ZR/1")
	if want := "finance agree, justiceD02 agree, organisationD03 conditional, community" + north + " agree, community" + south + " disagree"; in.State != "review" || opinionsOf(in.Application) != want {
		t.Errorf("%s: %s", in.State, opinionsOf(in.Application))
	}
	s.do(ofAuthority, "ZR/1", "admit", `{"document":"社建委〔2025〕3号","communities":["`+north+`"]}`)
	s.pass("2025-04-01")
	if a, b := s.task("JB-1", "B01", north), s.task("JB-2", "B01", south); a != "" || b != "unadmitted" {
		t.Errorf("in scope %q, outside of it %q", a, b)
	}
	s.pointsOut()
	s.do(ofAuthority, "ZR/1", "publish", `{"notice":"社建委公告〔2025〕1号"}`)
	s.do(southOfficer, "ZR/1", "petition", `{"reason":"居民不认可"}`)
	s.do(ofAuthority, "ZR/1", "keep", `{"reason":"调查后保留"}`)
	s.do(ofAuthority, "ZR/1", "revoke", `{"document":"社建委〔2025〕9号","reason":"经费未落实"}`)
	if flags := s.task("JB-3", "B01", north); flags != "unadmitted" {
		t.Errorf("after it was revoked: %q", flags)
	}
	if in := s.look(northOfficer, "ZR/1"); in.State != "revoked" || !in.Ended || len(in.Actions) > 0 {
		t.Errorf("%+v", in)
	}
}

// pointsOut holds where a second task of a month that starts tomorrow is pointed out twice
// (R14, R16), and one of another item that says no day not at all. What must be answered
// is done with its answer alone, and stands with it on the task and in the list.
func (s applying) pointsOut() {
	s.t.Helper()
	for form, want := range map[string]string{
		`"item":"B01","starts_on":"2025-04-02"`: "2025-04-07 每月一次",
		`"item":"B01","starts_on":"2025-04-07"`: "每月一次",
		`"item":"A01","due_on":"2025-04-03"`:    "2025-04-07",
		`"item":"A01"`:                          "",
	} {
		var acted serve.Acted
		s.ask(officeHead, http.MethodPost, begins+"?dry_run=true", "", `{"no":"JB-9","department":"D01","community":"`+north+`","explanation":"汛期急用",`+form+`}`).into(s.t, &acted)
		said := ""
		for _, w := range acted.Instances[0].Warnings {
			said += w.Chinese + "\n"
		}
		if parts := strings.Fields(want); strings.Count(said, "\n") != len(parts) || slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(said, part) }) {
			s.t.Errorf("%s: %q, want %s", form, said, want)
		}
	}
	const issued = `{"no":"JB-9","department":"D01","community":"` + north + `","item":"B01","starts_on":"2025-04-02"%s}`
	a := s.ask(officeHead, http.MethodPost, begins, "", fmt.Sprintf(issued, ""))
	if p := a.problem(s.t); a.status != http.StatusUnprocessableEntity || len(p.Errors) != 3 || p.Errors[0].Field != "explanation" || !strings.Contains(p.Errors[0].Zh, "R14, R16") || !strings.Contains(p.Errors[1].Zh, "太近") {
		s.t.Errorf("unanswered: %d %s", a.status, a.body)
	}
	if a := s.ask(officeHead, http.MethodPost, begins, "", fmt.Sprintf(issued, `,"explanation":"汛期急用"`)); a.status != http.StatusOK {
		s.t.Fatalf("answered: %d %s", a.status, a.body)
	}
	told := s.seen(northOfficer, "JB-9").Timeline[0]
	if len(told.Warned) != 2 || told.Warned[0].Rule+told.Warned[0].Severity+told.Warned[1].Rule != "R14S2R16" || told.Warned[0].Found != "2025-04-02" || told.Answer != "汛期急用" {
		s.t.Errorf("on the task: %+v", told)
	}
	// What brings the day near later is pointed out too, and answered by its reason.
	s.act(officeHead, "JB-9", "amend", `{"starts_on":"2025-06-02","reason":"推迟"}`)
	s.act(officeHead, "JB-9", "amend", `{"starts_on":"2025-04-03","reason":"汛情提前"}`)
	var amended []string
	for _, m := range s.seen(northOfficer, "JB-9").Timeline {
		if m.Action == "amend" {
			amended = append(amended, fmt.Sprint(len(m.Warned), m.Answer))
		}
	}
	if strings.Join(amended, " ") != "0 1汛情提前" {
		s.t.Errorf("amended: %q", amended)
	}
	if list := s.toAnswer(ofAuthority, "?department=D01&state=answered&rule=R14"); list.Total != 2 || list.Warnings[1].Instance != "JB-9" || list.Warnings[1].Answer != "汛期急用" || list.Departments[0].Answered != 3 {
		s.t.Errorf("in the list: %+v", list)
	}
	if file := string(s.ask(ofAuthority, http.MethodGet, "/warnings?format=csv", "", "").body); !strings.Contains(file, "JB-9") || !strings.Contains(file, "汛期急用") {
		s.t.Errorf("as a file: %s", file)
	}
	if list := s.toAnswer(otherHead, ""); list.Total != 0 || len(list.Departments) != 0 {
		s.t.Errorf("another department's: %+v", list)
	}
}

// namesNobody holds where no text of an application may have a person's number.
func namesNobody(s applying) {
	s.t.Helper()
	for _, field := range []string{"name", "document", "document_title", "plan", "source", "authority", "staff", "assessment", "side_effects"} {
		a := s.ask(officeHead, http.MethodPost, applyPath, "", application("ZR-X", field+`="请打13800138000"`))
		if p := a.problem(s.t); a.status != http.StatusUnprocessableEntity || len(p.Errors) != 1 || p.Errors[0].Field != field {
			s.t.Errorf("a person's number in %s: %d %s", field, a.status, a.body)
		}
	}
}

// formerly holds where who applied in a former role takes no step of the authority (A26),
// not even when it is its turn; somebody else does.
func formerly(s applying, both string) {
	s.t.Helper()
	s.do(ofFinance, "ZR-B", "give_opinion", `{"office":"finance","opinion":"agree"}`)
	s.do(ofJustice, "ZR-B", "give_opinion", `{"office":"justice","opinion":"agree"}`)
	s.do(northOfficer, "ZR-B", "give_opinion", `{"office":"community","opinion":"agree"}`)
	for _, action := range []string{"admit", "admit_on_conditions", "convert", "deny"} {
		form := `{"document":"x"}`
		switch action {
		case "admit_on_conditions":
			form = onCondition
		case "convert", "deny":
			form = `{"document":"x","reason":"y"}`
		}
		a := s.ask(both, http.MethodPost, on("ZR-B", action), "", form)
		if a.status != http.StatusForbidden || !strings.Contains(string(a.body), "申请准入") {
			s.t.Errorf("%s: %d %s", action, a.status, a.body)
		}
	}
	s.do(authority2, "ZR-B", "admit", decideForm)
}

// TestWhatAnApplicationMayNotBe: each refusal has its status and code, and says
// what is wrong where; none records anything. Attacks are by their number.
func TestWhatAnApplicationMayNotBe(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := applied(t, serve.Config{DatabaseURL: place.database})
	s.rows("items", `{"code":"B09","name":"无经费事项","department":"D01","list":"purchase","rule":"none"}`)
	s.rows("admissions", `{"no":"ZR-R","department":"D01","item":"B01","decision":"denied"}`)
	s.apply(officeClerk, "ZR-D")
	s.apply(officeHead, "ZR-S", `source="预算项目 431026250000000012345"`) // as long as a budget's codes are
	s.apply(officeHead, "20250303-431026102001")                       // the county's own number is nobody's
	s.apply(officeHead, "ZR-E", append(emergency("2025-03-03"), `emergency_level="undetermined"`, `emergency_document=`)...)
	const both = "person:both authority@ department_officer@D01 department_head@D01"
	s.apply(both, "ZR-B")
	s.do(authority2, "ZR-B", "accept", `{`+itsChecks+`,"justice":"D02","sampled":["`+north+`"]}`)
	s.underReview("ZR-V", `communities=["`+north+`"]`)
	s.underReview("ZR-A")
	s.do(ofAuthority, "ZR-A", "admit", decideForm)
	s.underReview("ZR-F", `item="B09"`)
	before := place.said(t)
	for _, c := range []struct {
		name, who, path, form string
		status                int
		code, field, says     string
	}{
		{"A17 for another department", officeClerk, applyPath, application("ZR-X", `department="D02"`), 403, "NOT_YOURS", "", ""},
		{"A16 another department's draft", otherHead, on("ZR-D", "redraft"), "{" + itsPapers + "}", 404, "INSTANCE_UNKNOWN", "", ""},
		{"A18 its own application", officeHead, on("ZR-V", "admit"), decideForm, 403, "NOT_YOURS", "", "主管部门"},
		{"A26 what one drafted in a former role", both, on("ZR-B", "accept"), acceptForm, 409, "STATE", "", ""},
		{"A28 the amount while admitting", ofAuthority, on("ZR-V", "admit"), `{"document":"x","amount":"1"}`, 422, "FORM", "amount", ""},
		{"A28 the rate", ofAuthority, on("ZR-V", "admit_on_conditions"), `{"document":"x","conditions":"y","rate":"1"}`, 422, "FORM", "rate", ""},
		{"A27 decided already", ofAuthority, on("ZR-A", "deny"), `{"document":"x","reason":"y"}`, 409, "STATE", "", "准予准入"},
		{"A20 what was admitted, in place", officeHead, on("ZR-A", "correct"), "{" + itsPapers + "}", 409, "STATE", "", ""},
		{"A21 it is deleted", officeHead, on("ZR-A", "delete"), "", 404, "ACTION_UNKNOWN", "", ""},
		{"A24 an earlier day", officeHead, applyPath, application("ZR-X", `recorded_at="2020-01-01"`), 422, "FORM", "recorded_at", ""},
		{"a clerk signs", officeClerk, on("ZR-D", "sign"), "", 403, "NOT_YOURS", "", "部门负责人"},
		{"the authority applies", ofAuthority, applyPath, application("ZR-X"), 403, "NOT_YOURS", "", ""},
		{"R02 on the negative list", officeHead, applyPath, application("ZR-X", `item="A02"`), 422, "FORM", "item", "上级收回事项"},
		{"no document", officeHead, applyPath, application("ZR-X", `document=`), 422, "FORM", "document", "依据文号"},
		{"no source of the money", officeHead, applyPath, application("ZR-X", `source=`), 422, "FORM", "source", ""},
		{"a task of no item", officeHead, applyPath, application("ZR-X", `item=`), 422, "FORM", "item", ""},
		{"nobody to ask", officeHead, applyPath, application("ZR-X", `contact_section=`), 422, "FORM", "contact_section", "经办科室"},
		{"a person's number to call", officeHead, applyPath, application("ZR-X", `contact_post="科员 138 0013 8000"`), 422, "FORM", "contact_post", "电话"},
		{"a telephone's number", officeHead, applyPath, application("ZR-X", `contact_section="社会事务科 222-2222"`), 422, "FORM", "contact_section", "电话"},
		{"a resident's number among the codes of the budget", officeHead, applyPath, application("ZR-X", `source="2080208 11010519491231002X"`), 422, "FORM", "source", "身份证"},
		{"a person's number in the papers", officeHead, on("ZR-E", "complete_papers"), `{` + itsPapers + `,"staff":"网格员13800138000"}`, 422, "FACTS", "staff", "电话"},
		{"a plaque that hangs nowhere", officeHead, applyPath, application("ZR-X", `kind="plaque"`), 422, "FORM", "zone", ""},
		{"no such community", officeHead, applyPath, application("ZR-X", `communities=["431026102009"]`), 422, "FORM", "communities", "社区"},
		{"all and one", officeHead, applyPath, application("ZR-X", `communities=["all","`+north+`"]`), 422, "FORM", "communities", "all"},
		{"it ends before it begins", officeHead, applyPath, application("ZR-X", `to="2025-05-05"`), 422, "FORM", "to", ""},
		{"a number that is recorded", officeHead, applyPath, application("ZR-R"), 422, "FORM", "no", "登记"},
		{"a number that is taken", officeHead, applyPath, application("ZR-S"), 409, "STATE", "", "待受理"},
		{"a start without an emergency", officeHead, applyPath, application("ZR-X", `started_on="2025-03-03"`), 422, "FORM", "started_on", ""},
		{"an emergency that did not begin", officeHead, applyPath, application("ZR-X", emergency("2025-03-04")...), 422, "FORM", "started_on", "2025-03-03"},
		{"an emergency of which nobody says what it is", officeHead, applyPath, application("ZR-X", `emergency=true`, `started_on="2025-03-03"`), 422, "FORM", "emergency_event", "突发事件"},
		{"a level that no document declares", officeHead, applyPath, application("ZR-X", append(emergency("2025-03-03"), `emergency_document=`)...), 422, "FORM", "emergency_document", "文号"},
		{"a level that comes later, undeclared", officeHead, on("ZR-E", "complete_papers"), `{` + itsPapers + `,"emergency_level":"second"}`, 422, "FORM", "emergency_document", "文号"},
		{"a level that is none yet", officeHead, on("ZR-E", "complete_papers"), `{` + itsPapers + `,"emergency_level":"undetermined","emergency_document":"x"}`, 422, "FORM", "emergency_level", ""},
		{"an emergency that is none", officeHead, applyPath, application("ZR-X", `emergency_event="暴雨"`), 422, "FORM", "emergency_event", ""},
		{"an emergency of last week", officeHead, applyPath, application("ZR-X", emergency("2025-02-25")...), 422, "FORM", "started_on", "2025-02-28"},
		{"the applicant's opinion", ofAuthority, on("ZR-S", "accept"), `{` + itsChecks + `,"justice":"D01"}`, 422, "FACTS", "justice", ""},
		{"the opinion of nobody", ofAuthority, on("ZR-S", "accept"), `{` + itsChecks + `,"justice":"D99"}`, 422, "FACTS", "justice", ""},
		{"a sample of elsewhere", ofAuthority, on("ZR-S", "accept"), `{` + itsChecks + `,"sampled":["431026102009"]}`, 422, "FACTS", "sampled", ""},
		{"nobody looked at it", ofAuthority, on("ZR-S", "accept"), `{"justice":"D02"}`, 422, "FORM", "check_plan", "实施方案"},
		{"the plan is missing", ofAuthority, on("ZR-S", "accept"), strings.Replace(acceptForm, `"check_plan":"yes"`, `"check_plan":"no"`, 1), 422, "FACTS", "check_plan", "退回补正"},
		{"nothing is missing", ofAuthority, on("ZR-S", "return"), `{` + itsChecks + `,"reason":"x"}`, 422, "FACTS", "check_document", "补正什么"},
		{"no office is asked, and nobody says why", ofAuthority, on("ZR-S", "accept"), `{` + itsChecks + `,"communities_unasked":"x"}`, 422, "FACTS", "offices_unasked", "理由"},
		{"no community is asked, and nobody says why", ofAuthority, on("ZR-S", "accept"), `{` + itsChecks + `,"justice":"D02"}`, 422, "FACTS", "communities_unasked", "理由"},
		{"why one was not asked that is", ofAuthority, on("ZR-S", "accept"), strings.Replace(acceptForm, `{`, `{"justice":"D02",`, 1), 422, "FACTS", "offices_unasked", "不填"},
		{"a person's number in a remark", ofAuthority, on("ZR-S", "return"), `{` + strings.Replace(itsChecks, `"check_contact":"yes"`, `"check_contact":"no","check_contact_remark":"请打13800138000"`, 1) + `,"reason":"x"}`, 422, "FACTS", "check_contact_remark", "电话"},
		{"admitted before it is accepted", ofAuthority, on("ZR-S", "admit"), decideForm, 409, "STATE", "", "待受理"},
		{"admitted before opinions are in", authority2, on("ZR-B", "admit"), decideForm, 409, "STATE", "", "征求意见中"},
		{"justice speaks for finance", ofJustice, on("ZR-B", "give_opinion"), `{"office":"finance","opinion":"agree"}`, 422, "FACTS", "office", ""},
		{"finance speaks for justice", ofFinance, on("ZR-B", "give_opinion"), `{"office":"justice","opinion":"agree"}`, 422, "FACTS", "office", ""},
		{"who was not asked", ofParty, on("ZR-B", "give_opinion"), `{"office":"organisation","opinion":"agree"}`, 404, "INSTANCE_UNKNOWN", "", ""},
		{"a community outside of the scope", southOfficer, on("ZR-V", "give_opinion"), `{"office":"community","opinion":"agree"}`, 404, "INSTANCE_UNKNOWN", "", ""},
		{"denied without a reason", ofAuthority, on("ZR-V", "deny"), `{"document":"x"}`, 422, "FORM", "reason", ""},
		{"wider than applied for", ofAuthority, on("ZR-V", "admit"), `{"document":"x","communities":["` + south + `"]}`, 422, "FACTS", "communities", ""},
		{"longer than applied for", ofAuthority, on("ZR-V", "admit"), `{"document":"x","to":"2026-01-01"}`, 422, "FACTS", "to", ""},
		{"earlier than applied for", ofAuthority, on("ZR-V", "admit"), `{"document":"x","from":"2025-05-05"}`, 422, "FACTS", "from", ""},
		{"bought for nothing", ofAuthority, on("ZR-F", "convert"), `{"document":"x","reason":"y"}`, 422, "FACTS", "", "付费"},
		{"the applicant revokes", officeHead, on("ZR-A", "revoke"), `{"document":"x","reason":"y"}`, 403, "NOT_YOURS", "", ""},
		{"a petition before it is listed", northOfficer, on("ZR-A", "petition"), `{"reason":"x"}`, 409, "STATE", "", ""},
		{"withdrawn once decided", officeHead, on("ZR-A", "withdraw"), `{"reason":"x"}`, 409, "STATE", "", ""},
		{"the system's step", ofAuthority, on("ZR-A", "expire"), "", 403, "NOT_YOURS", "", "系统"},
	} {
		a := s.ask(c.who, http.MethodPost, c.path, "", c.form)
		p := a.problem(t)
		if a.status != c.status || p.Code != c.code || !strings.Contains(string(a.body), c.says) {
			t.Errorf("%s: %d %s", c.name, a.status, a.body)
			continue
		}
		named := c.field == ""
		for _, e := range p.Errors {
			named = named || e.Field == c.field
		}
		if !named {
			t.Errorf("%s: %s is not named: %s", c.name, c.field, a.body)
		}
	}
	namesNobody(s)
	if now := place.said(t); now != before {
		t.Errorf("%d entries were recorded", now-before)
	}
	s.do(officeHead, "ZR-E", "complete_papers", `{`+itsPapers+`,"emergency_level":"second","emergency_document":"汛指〔2025〕4号"}`)
	formerly(s, both)
}
