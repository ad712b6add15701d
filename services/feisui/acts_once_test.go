package main

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"

	"feisui/pkg/journal"
	"feisui/services/feisui/serve"
)

// TestManyAtOnceOrNone: a task for several communities is priced before it is
// issued, and issued in one append.
func TestManyAtOnceOrNone(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := played(t, serve.Config{DatabaseURL: place.database})
	before := place.said(t)
	form := `{"no":"JB-7","department":"D01","item":"A01","pay_by":"2025-03-31","communities":[{"community":"` + north + `","quantity":"3"},{"community":"` + south + `","amount":"100.50"}]}`
	var priced, issued serve.Acted
	s.ask(officeHead, http.MethodPost, begins+"?dry_run=true", "one", form).into(t, &priced)
	if now := place.said(t); now != before || priced.Position != 0 {
		t.Errorf("a dry run recorded %d entries, at %d", now-before, priced.Position)
	}
	s.ask(officeHead, http.MethodPost, begins, "one", form).into(t, &issued)
	for _, a := range []serve.Acted{priced, issued} {
		if a.Entitlement == nil || *a.Entitlement != 60_00+100_50 || len(a.Instances) != 2 || a.Repeated {
			t.Fatalf("%+v", a)
		}
		for i, want := range []struct {
			no  string
			fen int64
		}{{"JB-7-1", 60_00}, {"JB-7-2", 100_50}} {
			if one := a.Instances[i]; one.Instance != want.no || int64(*one.Task.Entitlement) != want.fen || len(one.Task.Warnings) != 0 {
				t.Errorf("%+v %+v", one, one.Task)
			}
		}
	}
	requests := map[string]int{}
	for e, err := range place.journal.After(t.Context(), "county", 0, 0) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Kind == journal.Act && strings.HasPrefix(e.Request, "person:") {
			requests[e.Request]++
			if e.Actor != "person:head" {
				t.Errorf("%s is by %q", e.Type, e.Actor)
			}
		}
	}
	if requests["person:head/one"] != 5 || len(requests) != 1 { // a definition, two instances, two tasks
		t.Errorf("%v", requests)
	}
	// The same item twice for one community is pointed out at the second, and stops nobody.
	var twice serve.Acted
	s.ask(officeHead, http.MethodPost, begins+"?dry_run=true", "", `{"no":"JB-9","department":"D01","item":"A01","communities":["`+north+`","`+south+`","`+north+`"]}`).into(t, &twice)
	if len(twice.Instances) != 3 || twice.Instances[0].Warnings != nil || twice.Instances[1].Warnings != nil || len(twice.Instances[2].Warnings) != 1 ||
		!strings.Contains(twice.Instances[2].Warnings[0].Chinese, "本次已用 JB-9-1 向社区 "+north+" 交办") {
		t.Errorf("%+v", twice.Instances)
	}
	// What is prohibited comes in, with a warning.
	var warned serve.Acted
	s.ask(officeHead, http.MethodPost, begins, "", `{"no":"JB-8","department":"D01","item":"A02","pay_by":"2025-03-31","community":"`+north+`"}`).into(t, &warned)
	if w := warned.Instances[0].Task.Warnings; len(w) != 1 || w[0].Rule != "prohibited" || w[0].Lamp != "red" {
		t.Errorf("%+v", w)
	}
}

// TestARequestIsAnsweredOnce: the same id gets the same answer, also when the
// instance has moved on; with another body it is refused; who may not act any more
// is told nothing; and the same id of somebody else is another request.
func TestARequestIsAnsweredOnce(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := played(t, serve.Config{DatabaseURL: place.database})
	s.issue("JB-1", north)
	first := s.ask(northOfficer, http.MethodPost, step("JB-1", "accept"), "once", "")
	s.act(northOfficer, "JB-1", "report", `{"completed_on":"2025-03-03"}`)
	before := place.said(t)
	var was, is serve.Acted
	first.into(t, &was)
	s.ask(northOfficer, http.MethodPost, step("JB-1", "accept"), "once", "").into(t, &is)
	if !is.Repeated || is.Position != was.Position || len(is.Instances) != 1 || !reflect.DeepEqual(is.Instances[0], was.Instances[0]) {
		t.Errorf("%+v, then %+v", was, is)
	}
	for name, c := range map[string]struct {
		who, form string
		status    int
		code      string
	}{
		"another body":    {northOfficer, `{"note":"x"}`, http.StatusConflict, "REQUEST_REUSED"},
		"no right now":    {"person:north department_head@D01", "", http.StatusForbidden, "NOT_YOURS"},
		"no scope now":    {"person:north community_officer@" + south, "", http.StatusNotFound, "INSTANCE_UNKNOWN"},
		"somebody else's": {"person:second community_officer@" + north, "", http.StatusConflict, "STATE"},
	} {
		a := s.ask(c.who, http.MethodPost, step("JB-1", "accept"), "once", c.form)
		if p := a.problem(t); a.status != c.status || p.Code != c.code {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	if now := place.said(t); now != before {
		t.Errorf("%d entries were recorded again", now-before)
	}
	again := s.ask(officeHead, http.MethodPost, begins, "begin", `{"no":"JB-2","department":"D01","item":"A01","community":"`+north+`"}`)
	s.act(northOfficer, "JB-2", "see", "")
	s.ask(officeHead, http.MethodPost, begins, "begin", `{"no":"JB-2","department":"D01","item":"A01","community":"`+north+`"}`).into(t, &is)
	again.into(t, &was)
	if !is.Repeated || is.Position != was.Position || is.Instances[0].State != "delivered" {
		t.Errorf("%+v, then %+v", was, is)
	}
}

// TestOneOfManyWins: of people who answer one task at the same time one is taken,
// and the others are told what happened. A rejection may come before an acceptance,
// by the definition, and never after it.
func TestOneOfManyWins(t *testing.T) {
	t.Parallel()
	const people = 16
	place := shared(t)
	s := played(t, serve.Config{DatabaseURL: place.database})
	for round := range 6 {
		no := fmt.Sprint("JB-", round)
		s.issue(no, north)
		var acting sync.WaitGroup
		answers := make([]answer, people)
		errs := make([]error, people)
		for i := range people {
			action, form := "accept_on_condition", fmt.Sprintf(`{"condition_amount":"%d","condition_by":"2025-04-01"}`, i+1)
			switch {
			case round%2 == 0:
			case i%2 == 0:
				action, form = "accept", ""
			default:
				action, form = "reject", `{"reason":"N04"}`
			}
			acting.Go(func() {
				who := fmt.Sprint("person:", i, " community_officer@", north)
				answers[i], errs[i] = s.tryAsk(t.Context(), who, http.MethodPost, step(no, action), "", form)
			})
		}
		acting.Wait()
		taken := [2]int{}
		for i, a := range answers {
			switch {
			case errs[i] != nil:
				t.Fatal(errs[i])
			case a.status == http.StatusOK:
				taken[i%2]++
			case a.status != http.StatusConflict:
				t.Errorf("%d %s", a.status, a.body)
			default:
				if p := a.problem(t); p.Code != "STATE" || !strings.Contains(p.Title, "最近一步是第 ") || strings.Contains(p.Title+p.Detail, "person:") {
					t.Errorf("%+v", p)
				}
			}
		}
		in := s.seen(ofAuthority, no)
		if in.Steps != 1+taken[0]+taken[1] {
			t.Errorf("%v were taken, and the instance has %d steps", taken, in.Steps)
		}
		if round%2 == 0 && (taken[0]+taken[1] != 1 || in.State != "conditional") || round%2 == 1 && (taken[0] != 1 || taken[1] > 1 || in.State != "accepted") {
			t.Errorf("round %d: %v were taken; it is %s", round, taken, in.State)
		}
	}
}
