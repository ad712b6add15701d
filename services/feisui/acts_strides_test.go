package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"feisui/services/feisui/serve"
)

// stride is a step of a play that a server is killed after.
type stride struct {
	flow, who, id, action, form string // no id: a beginning
	state                       string // that it leads to
}

// strides are a way through workflows, all on one day, and what was there before.
type strides struct {
	before func(s *stage)
	steps  []stride
}

// of are steps of one instance.
func of(flow, id string, steps ...stride) (all []stride) {
	for _, s := range steps {
		s.flow = flow
		if s.action != "" {
			s.id = id
		}
		all = append(all, s)
	}
	return all
}

func issues(no string) stride {
	return stride{who: officeHead, form: `{"no":"` + no + `","department":"D01","community":"` + north + `","item":"A01","quantity":"12","pay_by":"2025-03-31"}`, state: "delivered"}
}

const (
	saysWhy   = `{"reason":"有据"}`
	hasANo    = `{"document":"社建委〔2025〕3号","reason":"有据"}`
	justifies = `{"grounds":"有异议"}`
)

// ways are one through each workflow at least, but for drafts, which
// TestKilledWhileTasksAreIssued kills.
func ways() map[string]strides {
	return map[string]strides{
		"a task until it is struck off": {steps: of("task", "JB-1",
			issues("JB-1"),
			stride{who: northOfficer, action: "query", form: `{"question":"何时开始"}`, state: "queried"},
			stride{who: officeClerk, action: "answer", form: `{"answer":"即日"}`, state: "seen"},
			stride{who: northOfficer, action: "accept", state: "accepted"},
			stride{who: officeHead, action: "pause", form: `{"until":"2025-03-10","reason":"雨"}`, state: "paused"},
			stride{who: officeHead, action: "resume", state: "accepted"},
			stride{who: northOfficer, action: "report", form: `{"completed_on":"2025-03-03"}`, state: "reported"},
			stride{who: officeClerk, action: "verify", state: "closed"},
		)},
		"a task that is contested and ended": {steps: of("task", "JB-2",
			issues("JB-2"),
			stride{who: northOfficer, action: "reject", form: `{"reason":"N04"}`, state: "rejected"},
			stride{who: officeHead, action: "contest", form: justifies, state: "arbitration"},
			stride{who: ofAuthority, action: "overturn", form: hasANo, state: "redelivered"},
			stride{who: northOfficer, action: "accept", state: "accepted"},
			stride{who: officeHead, action: "terminate", form: `{"amount":"100","reason":"停办"}`, state: "terminating"},
			stride{who: northOfficer, action: "agree_termination", state: "terminated"},
		)},
		"an application": {steps: of("admission", "ZR-1",
			stride{who: officeHead, form: application("ZR-1"), state: "submitted"},
			stride{who: ofAuthority, action: "accept", form: acceptForm, state: "consulting"},
			stride{who: ofFinance, action: "give_opinion", form: `{"office":"finance","opinion":"agree"}`, state: "review"},
			stride{who: ofAuthority, action: "admit", form: decideForm, state: "admitted"},
			stride{who: ofAuthority, action: "publish", form: `{"notice":"公告〔2025〕1号"}`, state: "listed"},
		)},
		"a payment": {steps: of("payment", "PZ-1",
			stride{who: financeOne, form: pay("PZ-1", north, "100", `,"community":"`+north+`","purpose":"department"`), state: "paid"},
			stride{who: northOfficer, action: "confirm", form: `{"amount":"60"}`, state: "paid"},
			stride{who: northOfficer, action: "dispute", form: `{"kind":"amount","text":"少 40 元"}`, state: "disputed"},
			stride{who: officeHead, action: "answer_dispute", form: `{"text":"核对中"}`, state: "paid"},
			stride{who: financeOne, action: "propose_reearmark", form: `{"purpose":"general","reason":"有据"}`, state: "reearmarking"},
			stride{who: financeTwo, action: "approve_reearmark", state: "paid"},
			stride{who: northOfficer, action: "withdraw", form: `{"arrival":1,"reason":"记错"}`, state: "paid"},
			stride{who: financeOne, action: "propose_reversal", form: `{"voucher":"PZ-1R","reason":"账号有误"}`, state: "reversing"},
			stride{who: financeTwo, action: "approve_reversal", state: "reversed"},
		)},
		"a promise, a bank's line, and a month": {
			before: func(s *stage) {
				s.issue("JB-2025-001", north, `,"pay_by":"2025-03-31"`)
				s.took(financeOne, march, bankAsked("零余额账户", mapping, "1220.5"))
			},
			steps: append(append(of("commitment", "CN-1",
				stride{who: officeHead, form: `{"no":"CN-1","department":"D01","community":"` + north + `","purpose":"department","amount":"240","by":"2025-03-05"}`, state: "pledged"},
				stride{who: financeOne, action: "release", form: `{"document":"财预〔2025〕8号"}`, state: "released"},
				stride{who: ofAuthority, action: "close", form: saysWhy, state: "closed"},
			), of("bank_line", "ZF-003",
				stride{who: financeOne, action: "set_aside", form: saysWhy, state: "set_aside"},
				stride{who: financeTwo, action: "reopen", form: saysWhy, state: "unmatched"},
				stride{who: financeOne, action: "place", form: `{"payee":"` + north + `","purpose":"task:JB-2025-001"}`, state: "placed"},
			)...), of("period", "2025-02",
				stride{who: financeOne, form: february, state: "closed"},
				stride{who: financeOne, action: "ask_reopen", form: saysWhy, state: "reopening"},
				stride{who: financeTwo, action: "reopen", state: "reopened"},
				stride{who: financeOne, action: "close_again", state: "closed"},
			)...),
		},
		"a case": {
			before: func(s *stage) { s.owed("JB-O", north); s.caseIs(feeOf("JB-O", "1"), "notified") },
			steps: of("case", feeOf("JB-O", "1"),
				stride{who: officeHead, action: "reply", form: `{"kind":"explain","text":"预算未下"}`, state: "replied"},
				stride{who: ofAuthority, action: "turn_down", form: saysWhy, state: "blue"},
				stride{who: officeHead, action: "appeal", form: justifies, state: "appealed"},
				stride{who: ofAuthority2, action: "uphold", form: hasANo, state: "blue"},
				stride{who: ofAuthority, action: "raise_yellow", state: "yellow"},
				stride{who: ofAuthority, action: "raise_red", state: "red"},
				stride{who: ofAuthority, action: "order", form: `{"reason":"逾期","demands":"拨付"}`, state: "ordered"},
				stride{who: officeHead, action: "report", form: `{"text":"已列计划"}`, state: "reported"},
				stride{who: ofAuthority, action: "reopen", form: saysWhy, state: "ordered"},
				stride{who: ofAuthority, action: "propose_waiver", form: saysWhy, state: "waiving"},
				stride{who: ofLeader, action: "consent", form: decideForm, state: "waived"},
			),
		},
		"a report": {steps: of("report", "BG-1",
			stride{who: ofAuthority, form: strings.Replace(draftsReport, "{", `{"no":"BG-1",`, 1), state: "drafted"},
			stride{who: ofAuthorityToo, action: "sign", state: "signed"},
			stride{who: ofAuthority, action: "submit", state: "submitted"},
			stride{who: ofLeaders, action: "instruct", form: `{"choice":"rectify","text":"请补齐"}`, state: "instructed"},
			stride{who: ofAuthority, action: "archive", state: "archived"},
		)},
		"a plaque": {steps: of("plaque", "GP-1",
			stride{who: officeHead, form: asksForPlaque, state: "requested"},
			stride{who: ofAuthority, action: "approve", state: "approved"},
			stride{who: northOfficer, action: "hang", state: "hung"},
			stride{who: ofAuthority, action: "order_removal", form: saysWhy, state: "ordered"},
			stride{who: officeClerk, action: "report_removal", state: "reported"},
			stride{who: northOfficer, action: "confirm_removal", state: "removed"},
		)},
		"a burden, work outside, an evaluation and a suggestion": {
			steps: append(append(append(of("burden", "FD-1",
				stride{who: officeClerk, form: `{"no":"FD-1","community":"` + north + `","kind":"form","title":"月报"}`, state: "registered"},
				stride{who: ofAuthority, action: "check", form: `{"listed":false}`, state: "checked"},
				stride{who: ofAuthority, action: "cancel", form: saysWhy, state: "cancelled"},
			), of("outside_work", "TW-1",
				stride{who: northOfficer, form: strings.Replace(reportsOutside, "{", `{"no":"TW-1",`, 1), state: "reported"},
				stride{who: officeHead, action: "dispute", form: justifies, state: "disputed"},
				stride{who: ofAuthority, action: "uphold", form: saysWhy, state: "upheld"},
			)...), append(of("evaluation", "PY-1", stride{who: ofAuthority, form: opensPeriod, state: "open"}),
				of("rating", "", stride{who: northOfficer, form: rates, state: "given"})...)...), of("suggestion", "JY-1",
				stride{who: northOfficer, form: `{"no":"JY-1","about":"fee","text":"到账慢"}`, state: "submitted"},
				stride{who: ofAuthority, action: "answer", form: `{"answer":"已转办"}`, state: "answered"},
			)...),
		},
	}
}

// TestKilledAfterEachStep: a server that dies between two steps leaves the one before,
// once. The next server gives whoever asks again the answer that was given, goes on from
// there, and dies.
func TestKilledAfterEachStep(t *testing.T) {
	t.Parallel()
	for name, way := range ways() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			place := shared(t)
			first := catalogued(t, place)
			if way.before != nil {
				way.before(first)
			}
			first.end()
			s, kill := place.killable(t, stageDay)
			for i, step := range way.steps {
				once := fmt.Sprint("stride-", i)
				path := s.flow(step.flow).path(step.id, step.action)
				if a := s.ask(step.who, http.MethodPost, path, once, step.form); a.status != http.StatusOK {
					t.Fatalf("%+v: %d %s", step, a.status, a.body)
				}
				kill()
				s, kill = place.killable(t, stageDay)
				before := place.said(t)
				var acted serve.Acted
				s.ask(step.who, http.MethodPost, path, once, step.form).into(t, &acted)
				if !acted.Repeated || len(acted.Instances) != 1 || acted.Instances[0].State != step.state || place.said(t) != before {
					t.Errorf("%+v: %+v", step, acted)
				}
				if in := s.flow(step.flow).seen(ofAuthority, acted.Instances[0].Instance); in.State != step.state {
					t.Errorf("%+v: %+v", step, in.Line)
				}
			}
		})
	}
}
