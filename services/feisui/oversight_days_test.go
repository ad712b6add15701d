package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"feisui/schemas"
	"feisui/services/feisui/serve"
)

// TestEachDeadlineOfACasePassesByADay: on its last day each is in time, and on the
// next it has passed, once, with what follows; one that only is said leaves the case
// where it stands, and shows it overdue.
func TestEachDeadlineOfACasePassesByADay(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := played(t, serve.Config{DatabaseURL: place.database})
	const reply, order = `{"kind":"explain","text":"x"}`, `{"reason":"x","demands":"y"}`
	ways := map[string][]struct{ who, action, form string }{
		"JB-notified": {},
		"JB-replied":  {{officeHead, "reply", reply}},
		"JB-turned":   {{officeHead, "reply", reply}, {ofAuthority, "turn_down", `{"reason":"x"}`}},
		"JB-promised": {{officeHead, "reply", `{"kind":"pay","text":"x","pay_by":"2025-03-05"}`}},
		"JB-ordered":  {{officeHead, "reply", reply}, {ofAuthority, "order", order}},
		"JB-reported": {{officeHead, "reply", reply}, {ofAuthority, "order", order}, {officeHead, "report", `{"text":"x"}`}},
		"JB-waiving":  {{officeHead, "reply", reply}, {ofAuthority, "propose_waiver", `{"reason":"x"}`}},
		"JB-appealed": {{officeHead, "reply", reply}, {ofAuthority, "order", order}, {officeHead, "appeal", `{"grounds":"x"}`}},
	}
	for task, way := range ways {
		s.owed(task, north)
		s.caseIs(feeOf(task, "1"), "notified")
		for _, step := range way {
			s.actCase(step.who, feeOf(task, "1"), step.action, step.form)
		}
	}
	// The last day of each and the day after, which is no day off: 4 April is Qingming.
	passing := []struct{ task, deadline, last, passed, state string }{
		{"JB-promised", "promised", "2025-03-05", "2025-03-06", "yellow"},
		{"JB-notified", "warning", "2025-03-04", "2025-03-05", "warned"},
		{"JB-notified", "replying", "2025-03-10", "2025-03-11", "yellow"},
		{"JB-turned", "blue_order", "2025-03-10", "2025-03-11", "yellow"},
		{"JB-replied", "checking", "2025-03-10", "2025-03-11", "replied"},
		{"JB-promised", "yellow_order", "2025-03-13", "2025-03-14", "red"},
		{"JB-reported", "verifying", "2025-03-17", "2025-03-18", "reported"},
		{"JB-waiving", "consenting", "2025-03-17", "2025-03-18", "waiving"},
		{"JB-notified", "yellow_order", "2025-03-18", "2025-03-19", "red"},
		{"JB-turned", "yellow_order", "2025-03-18", "2025-03-19", "red"},
		{"JB-promised", "red_order", "2025-03-21", "2025-03-24", "red"},
		{"JB-ordered", "rectifying", "2025-03-24", "2025-03-25", "ordered"},
		{"JB-notified", "red_order", "2025-03-26", "2025-03-27", "red"},
		{"JB-turned", "red_order", "2025-03-26", "2025-03-27", "red"},
		{"JB-appealed", "reviewing", "2025-04-02", "2025-04-03", "appealed"},
	}
	var days []string
	want := map[string]string{}
	for _, p := range passing {
		days = append(days, p.last, p.passed)
		want[feeOf(p.task, "1")+" "+p.deadline] = p.last + " " + p.passed + " " + p.state
	}
	slices.Sort(days)
	got := func() map[string]string {
		is := map[string]string{}
		for _, e := range entriesOf[schemas.InstanceDeadlinePassed](t, place) {
			is[e.Instance+" "+e.Deadline] += fmt.Sprint(e.DueOn, " ", e.On, " ", e.To)
		}
		return is
	}
	for _, day := range slices.Compact(days) {
		s.pass(day)
		eventually(t, func() bool { // what passes today has passed before tomorrow begins
			is := got()
			for what, how := range want {
				if strings.Fields(how)[1] == day && is[what] == "" {
					return false
				}
			}
			return true
		})
		if day == "2025-03-05" { // a warning in time: nobody is late, and the day to answer stands
			if in := s.caseIs(feeOf("JB-notified", "1"), "warned"); in.Overdue || in.Due == nil || in.Due.DueOn.String() != "2025-03-10" || len(in.Documents) != 0 {
				t.Errorf("%+v", in.Line)
			}
		}
	}
	is := got()
	for what, how := range want {
		if is[what] != how {
			t.Errorf("%s: %q, want %q", what, is[what], how)
		}
	}
	if len(is) != len(want) {
		t.Errorf("%d deadlines passed, not %d: %v", len(is), len(want), is)
	}
	// An order stands after thirty days; one of 20 days may be appealed against still.
	if a := s.tryCase(officeHead, feeOf("JB-ordered", "1"), "appeal", `{"grounds":"x"}`); a.status != http.StatusUnprocessableEntity || !strings.Contains(string(a.body), "2025-04-02") {
		t.Errorf("an appeal after 31 days: %d %s", a.status, a.body)
	}
	s.actCase(officeHead, feeOf("JB-promised", "1"), "appeal", `{"grounds":"x"}`)
	for _, task := range []string{"JB-notified", "JB-replied", "JB-waiving", "JB-appealed"} {
		if in, _ := s.caseSeen(ofAuthority, feeOf(task, "1")); !in.Overdue {
			t.Errorf("%s is not overdue: %+v", task, in.Line)
		}
	}
	if last := s.caseIs(feeOf("JB-notified", "1"), "red"); len(last.Documents) != 2 {
		t.Errorf("%+v", last.Documents)
	}
	if last := s.caseIs(feeOf("JB-turned", "1"), "red"); len(last.Documents) != 3 {
		t.Errorf("%+v", last.Documents)
	}
	gapless(t, place, "费转督", "2025")
}

// gapless looks whether the documents of an issuer are numbered 1, 2, 3 … in the
// order in which they were signed, and gives how many there are.
func gapless(t *testing.T, place place, issuer, year string) (n int) {
	t.Helper()
	for _, e := range entriesOf[schemas.NumberGiven](t, place) {
		if !strings.HasPrefix(e.Document, issuer) {
			continue
		}
		n++
		if want := fmt.Sprint(issuer, "〔", year, "〕", n, "号"); e.Document != want || e.Number != n || e.Year != year {
			t.Errorf("the document %d is %s", n, e.Document)
		}
	}
	return n
}
