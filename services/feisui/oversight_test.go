package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"feisui/pkg/money"
	"feisui/schemas"
	"feisui/services/feisui/serve"
	"feisui/services/ledger/api"
)

// TestAFlagOpensACaseAndMoneyClosesIt: what nobody paid for becomes a case by
// itself; a part of the money goes on with it; the whole closes it, and that it
// came late is said for ever. A number of before that no form would take now stops none.
func TestAFlagOpensACaseAndMoneyClosesIt(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := played(t, serve.Config{DatabaseURL: place.database})
	of := schemas.TaskAssigned{No: unseen, Department: "D01", Community: north, Item: "A01", IssuedOn: dayOf(t, "2025-01-06"), PayBy: dayOf(t, "2025-01-20")}
	amount := money.Fen(5_00)
	of.Amount = &amount
	place.recordedBefore(t, of, schemas.TaskReceipted{Task: unseen, Outcome: "accept", FiledOn: dayOf(t, "2025-01-07")})
	s.owed("JB-1", north)
	s.caseIs(feeOf(unseen, "1"), "notified")
	no := feeOf("JB-1", "1")
	in := s.caseIs(no, "notified")
	if len(in.Flags) != 1 || in.Flags[0].Rule != "unfunded" || int64(*in.Flags[0].Amount) != 240_00 || in.Parties["department"] != "D01" ||
		in.Parties["community"] != north || in.Due == nil || in.Due.DueOn.String() != "2025-03-10" {
		t.Errorf("%+v", in)
	}
	// One yuan restarts nothing.
	s.paid("V1", "JB-1", north, "1", "2025-03-03")
	eventually(t, func() bool {
		in = s.caseIs(no, "notified")
		return len(in.Flags) == 1 && in.Flags[0].Rule == "underfunded" && int64(*in.Flags[0].Amount) == 239_00
	})
	s.paid("V2", "JB-1", north, "239", "2025-03-03")
	in = s.caseIs(no, "cured_late")
	if !in.Ended || in.Title.Chinese != "费迟到销号（红转黄）" || len(in.Flags) != 0 {
		t.Errorf("%+v", in)
	}
	if all := s.cases(ofAuthority); !sameNumbers(all, []string{no, feeOf(unseen, "1")}) {
		t.Errorf("%v", all)
	}
	if last := in.Timeline[len(in.Timeline)-1].Chinese; !strings.Contains(last, "费到自行销号") {
		t.Error(last)
	}
	if a := s.tryCase("person:head department_head@D01", no, "reply", `{"kind":"explain","text":"x"}`); a.status != http.StatusConflict {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// TestACaseByPeople goes the whole way: a reply that does not do, a promise that is
// broken, an appeal, an order to rectify, a report, a waiver that is withheld, and
// money at last. Whoever audits it reads it in the timeline.
func TestACaseByPeople(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := played(t, serve.Config{DatabaseURL: place.database})
	s.owed("JB-1", north)
	no := feeOf("JB-1", "1")
	s.caseIs(no, "notified")
	s.actCase(officeClerk, no, "reply", `{"kind":"explain","text":"科室正在核对人数"}`)
	if one := s.actCase(ofAuthority, no, "turn_down", `{"reason":"人数已于一月核定"}`); one.State != "blue" || one.Document != "费转督〔2025〕1号" {
		t.Errorf("%+v", one)
	}
	for day, says := range map[string]string{"2025-03-02": "不得早于今天 2025-03-03", "2025-05-03": "60 天之内，不晚于 2025-05-02"} {
		a := s.tryCase(officeHead, no, "reply", `{"kind":"pay","text":"下周拨付","pay_by":"`+day+`"}`)
		if p := a.problem(t); a.status != http.StatusUnprocessableEntity || len(p.Errors) != 1 || p.Errors[0].Field != "pay_by" || !strings.Contains(p.Errors[0].Zh, says) {
			t.Errorf("payment is promised by %s: %d %s", day, a.status, a.body)
		}
	}
	s.actCase(officeHead, no, "reply", `{"kind":"pay","text":"下周拨付","pay_by":"2025-03-05"}`)
	s.pass("2025-03-05")
	eventually(t, func() bool { // who looks once only after both days is told of the one that passed
		in, _ := s.caseSeen(ofAuditor, no)
		return in.State == "replied" && strings.HasPrefix(in.Timeline[len(in.Timeline)-1].Chinese, "提醒")
	})
	s.pass("2025-03-06")
	s.caseIs(no, "yellow")
	s.actCase(officeHead, no, "appeal", `{"grounds":"系统升级停拨三日"}`)
	if a := s.tryCase(ofAuthority, no, "uphold", `{"document":"社工函〔2025〕4号","reason":"x"}`); a.status != http.StatusForbidden || !strings.Contains(string(a.body), "另一人") {
		t.Errorf("who signed decides on the appeal: %d %s", a.status, a.body)
	}
	s.actCase(ofAuthority2, no, "uphold", `{"document":"社工函〔2025〕4号","reason":"停拨不影响该笔"}`)
	s.actCase(officeHead, no, "reply", `{"kind":"explain","text":"仍在核对"}`)
	if one := s.actCase(ofAuthority, no, "order", `{"reason":"逾期未拨","demands":"十五个工作日内拨付到社区"}`); one.State != "ordered" || one.Document != "费转改〔2025〕1号" {
		t.Errorf("%+v", one)
	}
	s.actCase(officeHead, no, "report", `{"text":"已报财政"}`)
	if a := s.tryCase(ofAuthority, no, "verify", ""); a.status != http.StatusUnprocessableEntity || !strings.Contains(string(a.body), "2025-") {
		t.Errorf("it is struck off while it stands: %d %s", a.status, a.body)
	}
	s.actCase(ofAuthority, no, "propose_waiver", `{"reason":"单位改革"}`)
	const bothHats = "person:authority authority@ leader@"
	if a := s.tryCase(bothHats, no, "consent", `{"document":"县办〔2025〕9号"}`); a.status != http.StatusForbidden {
		t.Errorf("A40: one person proposes and consents: %d %s", a.status, a.body)
	}
	s.actCase(ofLeader, no, "withhold", `{"reason":"费须随事转"}`)
	s.paid("V1", "JB-1", north, "240", "2025-03-06")
	in := s.caseIs(no, "cured_late")
	want := []string{
		"2025-03-03 立案通知，现为“已通知待答复”",
		"2025-03-03 答复，现为“已答复待核”",
		"2025-03-03 答复不予认可，现为“蓝色督办”", "2025-03-03 文号 费转督〔2025〕1号",
		"2025-03-03 答复，现为“已答复待核”",
		"2025-03-05 提醒：“承诺付款日”还有 1 个工作日，2025-03-05 到期",
		"2025-03-06 “承诺付款日”已过，最后一日为 2025-03-05，因此“承诺付款逾期，发黄色督办单”，现为“黄色督办”", "2025-03-06 文号 费转督〔2025〕2号",
		"2025-03-06 申请复核，现为“复核中”",
		"2025-03-06 维持，现为“黄色督办”",
		"2025-03-06 答复，现为“已答复待核”",
		"2025-03-06 责令整改，现为“责令整改”", "2025-03-06 文号 费转改〔2025〕1号",
		"2025-03-06 报告整改，现为“整改待核”",
		"2025-03-06 提请豁免，现为“豁免待批”",
		"2025-03-06 不批准豁免，现为“责令整改”",
		"2025-03-06 费到自行销号，现为“费迟到销号（红转黄）”",
	}
	audited, there := s.caseSeen(ofAuditor, no)
	if got := steps(audited); !there || !slices.Equal(got, want) {
		t.Errorf("%s", strings.Join(got, "\n"))
	}
	// The community heard three things of it, and had nothing to do; nobody else's did.
	heard := func(who string) (all []string) {
		box := s.box(who, 0)
		for _, n := range slices.Backward(box.Notices) {
			if n.Workflow != "case" {
				continue
			}
			line := n.Kind + " " + n.Text.Chinese
			for _, d := range n.Details {
				line += " " + d.Chinese
			}
			if all = append(all, line); n.Waits || n.Instance != no {
				t.Errorf("%s hears %+v", who, n)
			}
		}
		return all
	}
	if got := heard(northOfficer); !slices.Equal(got, []string{
		"said 立案通知，现为“已通知待答复”", "said 答复，现为“已答复待核” 承诺付款日：2025-03-05", "said 费到自行销号，现为“费迟到销号（红转黄）”",
	}) {
		t.Errorf("the community hears %q", got)
	}
	if got := heard(southOfficer); got != nil {
		t.Errorf("another community hears %q", got)
	}
	if len(in.Documents) != 3 || in.Documents[2].Document != "费转改〔2025〕1号" || in.Documents[2].Kind != "rectification" || len(audited.Actions) != 0 {
		t.Errorf("%+v", in.Documents)
	}
}

// waivedBy are the cases by which a task's flags were waived, as the task, the list and its two
// files say.
func (s *stage) waivedBy(no string) (by [4]string) {
	s.t.Helper()
	for _, f := range s.whole(ofAuthority, no).Flags {
		by[0] += f.Waived
	}
	var list api.FlagList
	s.ask(ofAuthority, http.MethodGet, "/flags", "", "").into(s.t, &list)
	for _, f := range list.Flags {
		if f.Subject == no {
			by[1] += f.Waived
		}
	}
	for i, format := range []string{"csv", "xlsx"} {
		e := fileOf(s.t, s.ask(ofAuthority, http.MethodGet, "/flags?lang=en&format="+format, "", "").body, format)
		of := e.column(s.t, "subject")
		for n, waiver := range e.column(s.t, "waived") {
			if of[n] == no {
				by[2+i] += waiver
			}
		}
	}
	return by
}

// TestAWaiverAndWhatComesBack: two persons waive; what was waived is left alone
// until it has gone and come back, and then is the next case, which names the one
// before.
func TestAWaiverAndWhatComesBack(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := played(t, serve.Config{DatabaseURL: place.database})
	s.owed("JB-1", north)
	first, second := feeOf("JB-1", "1"), feeOf("JB-1", "2")
	s.caseIs(first, "notified")
	s.actCase(officeHead, first, "reply", `{"kind":"dispute","text":"事项已取消"}`)
	s.actCase(ofAuthority, first, "propose_waiver", `{"reason":"事项已取消"}`)
	s.actCase(ofLeader, first, "consent", `{"document":"县办〔2025〕9号"}`)
	if by := s.waivedBy("JB-1"); by != [4]string{first, first, first, first} {
		t.Errorf("the task and the list say %q", by)
	}
	s.pass("2025-03-04")
	s.paid("V1", "JB-1", north, "1", "2025-03-04") // still the same matter
	s.owed("JB-2", south)                          // and a look at all that waits
	s.caseIs(feeOf("JB-2", "1"), "notified")
	if all := s.cases(ofAuthority); !sameNumbers(all, []string{first, feeOf("JB-2", "1")}) {
		t.Errorf("%q", all)
	}
	s.paid("V2", "JB-1", north, "239", "2025-03-04")
	eventually(t, func() bool { in, _ := s.caseSeen(ofAuthority, first); return len(in.Flags) == 0 })
	s.pass("2025-03-05")
	s.rows("tasks?correct=true&reason=%E6%95%B0%E9%87%8F%E6%8A%84%E9%94%99",
		`{"no":"JB-1","department":"D01","community":"`+north+`","item":"A01","issued_on":"2025-01-06","quantity":"13","pay_by":"2025-01-20"}`)
	in := s.caseIs(second, "notified")
	if by := s.waivedBy("JB-1"); by != [4]string{} {
		t.Errorf("of what came back the task and the list say %q", by)
	}
	if !strings.Contains(string(in.Form), `"before":"`+first+`"`) {
		t.Errorf("%s", in.Form)
	}
	// Annulled on appeal, it is closed as well.
	s.actCase(officeHead, second, "reply", `{"kind":"explain","text":"x"}`)
	s.actCase(ofAuthority, second, "turn_down", `{"reason":"x"}`)
	s.actCase(officeHead, second, "appeal", `{"grounds":"社区撤回有误"}`)
	if a := s.tryCase(officeHead, second, "appeal", `{"grounds":"x"}`); a.status != http.StatusConflict {
		t.Errorf("%d %s", a.status, a.body)
	}
	s.actCase(ofLeader, second, "annul", `{"document":"县办〔2025〕10号","reason":"属实"}`)
	if in, _ := s.caseSeen(ofAuthority, second); !in.Ended || in.State != "annulled" {
		t.Errorf("%+v", in)
	}
}

// TestWhatMayNotBeInACase: each refusal has its status and a sentence, and records
// nothing.
func TestWhatMayNotBeInACase(t *testing.T) { //nolint:tparallel // one after the other, on what the ones before left
	t.Parallel()
	place := shared(t)
	s := played(t, serve.Config{DatabaseURL: place.database})
	s.rows("departments", `{"code":"S01","name":"省厅","kind":"superior"}`)
	s.owed("JB-1", north)
	s.owed("JB-2", south)
	no, other := feeOf("JB-1", "1"), feeOf("JB-2", "1")
	s.caseIs(no, "notified")
	s.caseIs(other, "notified")
	s.actCase(officeHead, other, "reply", `{"kind":"explain","text":"x"}`)
	open := func(more string) string {
		return `{"no":"DB-1","lamp":"red",` + more + `}`
	}
	const begins = "/workflows/case/instances"
	before := place.said(t)
	for _, c := range []struct {
		name, who, path, form string
		status                int
		code, says            string
	}{
		{"a department opens one", officeHead, begins, open(`"rule":"unfunded","subject":"JB-1","department":"D01"`), http.StatusForbidden, "NOT_YOURS", "主管部门"},
		{"a leader opens one", ofLeader, begins, open(`"rule":"unfunded","subject":"JB-1","department":"D01"`), http.StatusForbidden, "NOT_YOURS", ""},
		{"about what goes on", ofAuthority, begins, open(`"rule":"underfunded","subject":"JB-1","department":"D01"`), 422, "FORM", no},
		{"about what stands not", ofAuthority, begins, open(`"rule":"unfunded","subject":"JB-9","department":"D01"`), 422, "FORM", "JB-9"},
		{"against a community", ofAuthority, begins, open(`"rule":"unreceipted","subject":"JB-1","department":"` + north + `"`), 422, "FORM", "社区不立案"},
		{"against a superior", ofAuthority, begins, open(`"rule":"unfunded","subject":"JB-1","department":"S01"`), 422, "FORM", "上级"},
		{"with a number of the system's", ofAuthority, begins, strings.Replace(open(`"rule":"unfunded","subject":"JB-9","department":"D01"`), "DB-1", "fee:D01:1:JB-9", 1), 422, "FORM", "冒号"},
		{"of what has not begun", ofAuthority, begins, open(`"rule":"unfunded","subject":"JB-9","department":"D01","since":"2199-12-31"`), 422, "FORM", "不得晚于今天"},
		{"another department replies", otherHead, caseStep(no, "reply"), `{"kind":"explain","text":"x"}`, http.StatusNotFound, "INSTANCE_UNKNOWN", ""},
		{"another community looks on", southOfficer, caseStep(no, "reply"), `{"kind":"explain","text":"x"}`, http.StatusNotFound, "INSTANCE_UNKNOWN", ""},
		{"the community replies", northOfficer, caseStep(no, "reply"), `{"kind":"explain","text":"x"}`, http.StatusForbidden, "NOT_YOURS", ""},
		{"an auditor replies", ofAuditor, caseStep(no, "reply"), `{"kind":"explain","text":"x"}`, http.StatusForbidden, "", ""},
		{"to pay some day", officeHead, caseStep(no, "reply"), `{"kind":"pay","text":"x"}`, 422, "FORM", "承诺付款日"},
		{"a reply of another kind", officeHead, caseStep(no, "reply"), `{"kind":"ignore","text":"x"}`, 422, "FORM", ""},
		{"the department cures it", officeHead, caseStep(no, "cure"), "", http.StatusForbidden, "NOT_YOURS", "系统"},
		{"a report before an order", officeHead, caseStep(no, "report"), `{"text":"x"}`, http.StatusConflict, "STATE", "责令整改"},
		{"an appeal before an order", officeHead, caseStep(no, "appeal"), `{"grounds":"x"}`, http.StatusConflict, "STATE", ""},
		{"a waiver before a reply", ofAuthority, caseStep(no, "propose_waiver"), `{"reason":"x"}`, http.StatusConflict, "STATE", ""},
		{"struck off while it stands", ofAuthority, caseStep(other, "verify"), "", 422, "FACTS", "JB-2"},
		{"A40 a waiver without a reason", ofAuthority, caseStep(other, "propose_waiver"), "", 422, "FORM", "理由"},
		{"an order without demands", ofAuthority, caseStep(other, "order"), `{"reason":"x"}`, 422, "FORM", "整改要求"},
		{"the department turns it down", officeHead, caseStep(other, "turn_down"), `{"reason":"x"}`, http.StatusForbidden, "NOT_YOURS", ""},
		{"a second reply", officeHead, caseStep(other, "reply"), `{"kind":"explain","text":"x"}`, http.StatusConflict, "STATE", "已答复待核"},
		{"a dry run numbers nothing", ofAuthority, caseStep(other, "order") + "?dry_run=true", `{"reason":"x","demands":"y"}`, http.StatusOK, "", "费转改〔2025〕1号"},
	} {
		t.Run(c.name, func(t *testing.T) { //nolint:paralleltest // in its turn
			a := s.ask(c.who, http.MethodPost, c.path, "", c.form)
			var p struct{ Code string }
			a.into(t, &p)
			if a.status != c.status || c.code != "" && p.Code != c.code || !strings.Contains(string(a.body), c.says) {
				t.Errorf("%d %s", a.status, a.body)
			}
		})
	}
	if now := place.said(t); now != before {
		t.Errorf("%d entries were recorded by what was refused", now-before)
	}
}

// TestWhoSeesACase: the department's, the community's and the street's people see
// theirs, and nobody else's; who answers for the county sees all.
func TestWhoSeesACase(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := played(t, serve.Config{DatabaseURL: place.database})
	s.owed("JB-1", north)
	s.owed("JB-2", south)
	one, two := feeOf("JB-1", "1"), feeOf("JB-2", "1")
	s.rows("payments", `{"voucher":"V7","paid_on":"2025-01-06","payer":"D02","payee":"`+streetOfBoth+`","community":"`+south+`","purpose":"department","amount":"500"}`)
	kept := "retained:" + streetOfBoth + ":1:V7"
	for _, no := range []string{one, two, kept} {
		s.caseIs(no, "notified")
	}
	for who, want := range map[string][]string{
		officeClerk: {one, two}, officeHead: {one, two}, otherHead: nil, northOfficer: {one}, southOfficer: {two, kept},
		ofStreet: {one, two, kept}, ofAuthority: {one, two, kept}, ofLeader: {one, two, kept}, ofAuditor: {one, two, kept},
		"person:away street_officer@431026103": nil,
	} {
		if got := s.cases(who); !sameNumbers(got, want) {
			t.Errorf("%s sees %q, not %q", who, got, want)
		}
	}
	// The street answers for what it keeps, and for nothing else.
	s.actCase(ofStreet, kept, "reply", `{"kind":"pay","text":"本周拨到社区","pay_by":"2025-03-07"}`)
	if a := s.tryCase(ofStreet, one, "reply", `{"kind":"explain","text":"x"}`); a.status != http.StatusForbidden {
		t.Errorf("%d %s", a.status, a.body)
	}
	var todo serve.Todos
	s.ask(officeHead, http.MethodGet, "/todo", "", "").into(t, &todo)
	if todo.Total != 2 || todo.Todo[0].Workflow != "case" {
		t.Errorf("%+v", todo)
	}
}

// TestACountySetsItsOwn: a county numbers its orders under its own 机关代字, and
// leaves alone what has stood since before a day; what had begun goes on as it was.
func TestACountySetsItsOwn(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := played(t, serve.Config{DatabaseURL: place.database})
	s.owed("JB-1", north)
	s.caseIs(feeOf("JB-1", "1"), "notified")
	var known serve.Definitions
	s.ask(ofAuthority, http.MethodGet, "/workflows/case/definitions", "", "").into(t, &known)
	text := string(known.Definitions[0].Definition)
	change := func(old, now string) {
		if !strings.Contains(text, old) {
			t.Fatalf("%s is not in %s", old, text)
		}
		text = strings.ReplaceAll(text, old, now)
	}
	version := builtinVersion(t, "case")
	change(fmt.Sprintf(`"version":%d`, version), fmt.Sprintf(`"version":%d`, version+1))
	change(`"费转督"`, `"汝社督"`)
	change(`"opened_by":{`, `"opened_by":{"since":"2025-02-01",`)
	adopt := func(definition string) answer {
		return s.changes("case", `{"definition":`+definition+`,"reason":"县里的代字"}`)
	}
	for old, now := range map[string]string{
		`"汝社督"`: `"RSD"`, `"kind":"order"`: `"sort":"order"`, `"unfunded"`: `"unfounded"`, `"2025-02-01"`: `"February"`,
	} {
		if a := adopt(strings.Replace(text, old, now, 1)); a.status != http.StatusUnprocessableEntity {
			t.Errorf("%s is adopted: %d %s", now, a.status, a.body)
		}
	}
	if a := adopt(strings.Replace(text, `"2025-02-01"`, `"2025-03-04"`, 1)); a.status != http.StatusUnprocessableEntity || !strings.Contains(string(a.body), "不会有督办立案") {
		t.Errorf("no case before tomorrow is adopted: %d %s", a.status, a.body)
	}
	if a := adopt(text); a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	s.owed("JB-old", north) // unfunded since January
	s.rows("plaque_catalogue", `{"title":"社区服务站","zone":"outside"}`)
	s.rows("plaques", `{"no":"GP-1","community":"`+north+`","department":"D01","title":"文明示范点","zone":"outside","hung_on":"2025-03-03"}`)
	no := "plaque_unlisted:D01:1:GP-1"
	s.caseIs(no, "notified")
	if all := s.cases(ofAuthority); !sameNumbers(all, []string{no, feeOf("JB-1", "1")}) {
		t.Errorf("%q", all)
	}
	for no, want := range map[string]string{no: "汝社督〔2025〕", feeOf("JB-1", "1"): "费转督〔2025〕"} {
		s.actCase(officeHead, no, "reply", `{"kind":"explain","text":"x"}`)
		if one := s.actCase(ofAuthority, no, "turn_down", `{"reason":"x"}`); !strings.HasPrefix(one.Document, want) {
			t.Errorf("%s got %s", no, one.Document)
		}
	}
	// What is left alone may be taken up by hand.
	a := s.ask(ofAuthority, http.MethodPost, "/workflows/case/instances", "",
		`{"no":"DB-1","rule":"unfunded","subject":"JB-old","department":"D01","community":"`+north+`","lamp":"red","since":"2025-03-03"}`)
	if a.status != http.StatusOK {
		t.Errorf("%d %s", a.status, a.body)
	}
}
