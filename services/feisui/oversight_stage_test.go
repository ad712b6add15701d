package main

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"feisui/schemas"
	"feisui/services/feisui/serve"
)

// Those who have a part in a case besides the authority: a leader, and a second
// officer of the authority.
const (
	ofLeader     = "person:leader leader@"
	ofAuthority2 = "person:authority2 authority@"
	ofAuditor    = "person:auditor auditor@"
)

// owed records a task that was accepted on paper and paid for by nobody: on the
// stage's first day its fee is long due.
func (s *stage) owed(no, community string) {
	s.t.Helper()
	s.rows("tasks", `{"no":"`+no+`","department":"D01","community":"`+community+`","item":"A01","issued_on":"2025-01-06","quantity":"12","pay_by":"2025-01-20"}`)
	s.rows("receipts", `{"task":"`+no+`","outcome":"accept","filed_on":"2025-01-07"}`)
}

// feeOf numbers the n-th case about the fee of a task that D01 owes.
func feeOf(no, n string) string { return "fee:D01:" + n + ":" + no }

func caseStep(no, action string) string {
	return "/workflows/case/instances/" + url.PathEscape(no) + "/" + action
}

func (s *stage) tryCase(who, no, action, form string) answer {
	return s.ask(who, http.MethodPost, caseStep(no, action), "", form)
}

// actCase takes a step in a case, which must be taken.
func (s *stage) actCase(who, no, action, form string) serve.ActedInstance {
	s.t.Helper()
	a := s.tryCase(who, no, action, form)
	if a.status != http.StatusOK {
		s.t.Fatalf("%s of %s by %s: %d %s", action, no, who, a.status, a.body)
	}
	var acted serve.Acted
	a.into(s.t, &acted)
	return acted.Instances[0]
}

// caseSeen looks at a case; there is false where it may not be seen.
func (s *stage) caseSeen(who, no string) (in serve.Instance, there bool) {
	s.t.Helper()
	a := s.ask(who, http.MethodGet, "/workflows/case/instances/"+url.PathEscape(no), "", "")
	if a.status == http.StatusNotFound {
		return in, false
	}
	if a.status != http.StatusOK {
		s.t.Fatalf("%s: %d %s", no, a.status, a.body)
	}
	a.into(s.t, &in)
	return in, true
}

// caseIs waits until a case is in a state.
func (s *stage) caseIs(no, state string) serve.Instance {
	s.t.Helper()
	for limit := time.Now().Add(hungAfter); ; time.Sleep(20 * time.Millisecond) {
		in, there := s.caseSeen(ofAuthority, no)
		if there && in.State == state {
			return in
		}
		if time.Now().After(limit) {
			s.t.Fatalf("%s is %q, not %s: %+v", no, in.State, state, in.Timeline)
		}
	}
}

// cases lists the numbers of all cases that somebody may see.
func (s *stage) cases(who string) (all []string) {
	s.t.Helper()
	var lines serve.Lines
	s.ask(who, http.MethodGet, "/workflows/case/instances?limit=500", "", "").into(s.t, &lines)
	for _, l := range lines.Instances {
		all = append(all, l.Instance)
	}
	return all
}

// paid pays for a task through V and has it arrive, all on one day.
func (s *stage) paid(voucher, no, community, amount, day string) {
	s.t.Helper()
	s.rows("payments", `{"voucher":"`+voucher+`","paid_on":"`+day+`","payer":"D01","payee":"`+community+`","purpose":"task:`+no+`","amount":"`+amount+`"}`)
	s.rows("arrivals", `{"voucher":"`+voucher+`","confirmed_on":"`+day+`","amount":"`+amount+`","no":"DZ-`+voucher+`"}`)
}

// entriesOf decodes all entries of a type, in order.
func entriesOf[E schemas.Event](t testing.TB, p place) (all []E) {
	t.Helper()
	var none E
	for e, err := range p.journal.After(t.Context(), "county", 0, 0) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Type != none.Type() {
			continue
		}
		var one E
		if err := json.Unmarshal(e.Data, &one); err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
	return all
}

// begunCases lists the cases that began, in order.
func (p place) begunCases(t testing.TB) (all []string) {
	t.Helper()
	for _, e := range entriesOf[schemas.InstanceBegun](t, p) {
		if e.Workflow == "case" {
			all = append(all, e.Instance)
		}
	}
	return all
}

// sameNumbers reports that two lists have the same numbers, whatever their order.
func sameNumbers(a, b []string) bool {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	return slices.Equal(a, b)
}

// steps lists the story of an instance without the days of its deadlines.
func steps(in serve.Instance) (lines []string) {
	for i, m := range in.Timeline {
		if first := i == 0 || in.Timeline[i-1].Step != m.Step; first || m.Event == (schemas.NumberGiven{}).Type() {
			lines = append(lines, m.On.String()+" "+m.Chinese)
		}
	}
	return lines
}
