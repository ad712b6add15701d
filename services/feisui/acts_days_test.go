package main

import (
	"net/http"
	"strings"
	"testing"

	"feisui/pkg/civil"
	"feisui/services/feisui/serve"
)

// TestEachDeadlinePassesOnItsDay: what follows from silence follows on the day
// after the last that was in time, and not before.
func TestEachDeadlinePassesOnItsDay(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		play         func(s *stage)
		before, day  string // the last day in time, and the first that is not
		state, after string
	}{
		"no answer lapses": {
			func(*stage) {}, "2025-03-12", "2025-03-13", "delivered", "lapsed",
		},
		"seen is no answer": {
			func(s *stage) { s.act(northOfficer, "JB-1", "see", "") }, "2025-03-12", "2025-03-13", "seen", "lapsed",
		},
		"a question gives three days more": {
			func(s *stage) { s.act(northOfficer, "JB-1", "query", `{"question":"为什么"}`) }, "2025-03-17", "2025-03-18", "queried", "lapsed",
		},
		"a rejection that is not contested stands": {
			func(s *stage) { s.act(northOfficer, "JB-1", "reject", `{"reason":"N04"}`) }, "2025-03-06", "2025-03-07", "rejected", "declined",
		},
		"a condition whose day is over suspends": {
			func(s *stage) {
				s.act(northOfficer, "JB-1", "accept_on_condition", `{"condition_amount":"240","condition_by":"2025-03-20"}`)
			}, "2025-03-20", "2025-03-21", "conditional", "suspended",
		},
		"a report that nobody verifies is verified": {
			func(s *stage) {
				s.act(northOfficer, "JB-1", "accept", "")
				s.act(northOfficer, "JB-1", "report", `{"completed_on":"2025-03-03"}`)
			}, "2025-03-17", "2025-03-18", "reported", "closed",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			place := shared(t)
			s := played(t, serve.Config{DatabaseURL: place.database})
			s.issue("JB-1", north)
			c.play(s)
			s.pass(c.before)
			s.is("JB-1", c.state)
			before := s.seen(ofAuthority, "JB-1")
			if before.Due == nil || before.Due.Left > 0 && before.Due.DueOn.String() != c.before {
				t.Errorf("%+v", before.Due)
			}
			s.pass(c.day)
			s.is("JB-1", c.after)
			if late := s.seen(ofAuthority, "JB-1"); !late.Overdue && !late.Ended {
				t.Errorf("%+v", late.Line)
			}
		})
	}
}

// TestWaitingIsListedNearestFirst: to whom an answer is owed it is said by when,
// and what is beyond somebody's scope is listed nowhere.
func TestWaitingIsListedNearestFirst(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := played(t, serve.Config{DatabaseURL: place.database})
	s.contract = contractOf(t)
	const inTime = `,"pay_by":"2025-03-31"` // or a case begins about the fee, and waits as well
	s.issue("JB-1", north, inTime)
	s.issue("JB-2", north, inTime)
	s.issue("JB-3", south, inTime)
	s.act(northOfficer, "JB-2", "see", "")
	s.pass("2025-03-05")
	s.issue("JB-4", north, inTime)
	list := func(who string) (found []string) {
		var todo serve.Todos
		s.ask(who, http.MethodGet, "/todo", "", "").into(t, &todo)
		for _, one := range todo.Todo {
			var actions []string
			for _, a := range one.Actions {
				actions = append(actions, a.Action)
			}
			found = append(found, one.Instance+" "+one.Due.DueOn.String()+" "+strings.Join(actions, ","))
		}
		return found
	}
	got := strings.Join(list(northOfficer), "\n")
	want := strings.Join([]string{
		"JB-1 2025-03-05 accept,accept_on_condition,query,reject,see",
		"JB-4 2025-03-07 accept,accept_on_condition,query,reject,see",
		"JB-2 2025-03-10 accept,accept_on_condition,reject",
	}, "\n")
	if got != want {
		t.Errorf("%s\nrather than\n%s", got, want)
	}
	if got := list(officeHead); got != nil {
		t.Errorf("the department waits, and is told to act: %v", got)
	}
	s.act(southOfficer, "JB-3", "accept_on_condition", `{"condition_amount":"240","condition_by":"2025-03-20"}`)
	if got := strings.Join(list(officeHead), "\n"); got != "JB-3 2025-03-20 " { // it has to pay, which is no step
		t.Errorf("the department has to pay, and is told: %q", got)
	}
	var page serve.Lines
	s.ask(officeHead, http.MethodGet, begins+"?limit=3", "", "").into(t, &page)
	if len(page.Instances) != 3 || page.Next != "JB-3" {
		t.Errorf("%+v", page)
	}
	s.ask(officeHead, http.MethodGet, begins+"?after="+page.Next+"&party="+north, "", "").into(t, &page)
	if len(page.Instances) != 1 || page.Instances[0].Instance != "JB-4" {
		t.Errorf("%+v", page)
	}
	s.ask(southOfficer, http.MethodGet, begins, "", "").into(t, &page)
	if len(page.Instances) != 1 || page.Instances[0].Instance != "JB-3" {
		t.Errorf("%+v", page)
	}
	s.ask(officeHead, http.MethodGet, begins+"?state=seen", "", "").into(t, &page)
	if len(page.Instances) != 1 || page.Instances[0].Instance != "JB-2" {
		t.Errorf("%+v", page)
	}
}

// TestWhatIsRecordedIsFollowed: a task that was recorded is taken up where its
// facts have it, by the first action; and what the other door records of a task
// that is in a workflow moves it, as the definition says.
func TestWhatIsRecordedIsFollowed(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := played(t, serve.Config{DatabaseURL: place.database})
	s.rows("tasks", `{"no":"JB-R","department":"D01","community":"`+north+`","item":"A01","issued_on":"2025-02-10","quantity":"12"}`,
		`{"no":"JB-L","department":"D01","community":"`+north+`","item":"A01","issued_on":"2025-02-10"}`,
		`{"no":"JB-D","department":"D01","community":"`+north+`","item":"A01","issued_on":"2025-02-10"}`)
	s.rows("receipts", `{"task":"JB-R","outcome":"conditional","filed_on":"2025-02-12","condition_amount":"200","condition_by":"2025-03-20"}`)
	s.rows("completions", `{"task":"JB-D","completed_on":"2025-02-20"}`)
	var page serve.Lines
	s.ask(northOfficer, http.MethodGet, begins, "", "").into(t, &page)
	if len(page.Instances) != 2 || page.Instances[0].State != "lapsed" || page.Instances[1].State != "conditional" || page.Instances[1].Begun {
		t.Fatalf("%+v", page) // what is done is not taken up
	}
	s.act(northOfficer, "JB-R", "ask_extension", `{"due_on":"2025-06-30","reason":"人手不足"}`)
	in := s.seen(northOfficer, "JB-R")
	if !in.Begun || in.State != "conditional" || in.Steps != 2 || in.Due == nil || in.Due.DueOn.String() != "2025-03-20" {
		t.Fatalf("%+v", in.Line)
	}
	// The money comes, and was recorded by the finance office: nobody has to say so.
	s.rows("payments", `{"voucher":"V1","paid_on":"2025-03-03","payer":"D01","payee":"`+north+`","purpose":"task:JB-R","amount":"200"}`)
	s.is("JB-R", "conditional")
	s.rows("arrivals", `{"voucher":"V1","confirmed_on":"2025-03-03","amount":"200"}`)
	s.is("JB-R", "funded")
	// And a command follows the facts by itself.
	s.act(northOfficer, "JB-L", "accept", "")
	s.rows("tasks", `{"no":"JB-L","department":"D01","community":"`+north+`","item":"A01","issued_on":"2025-02-10","recalled_on":"2025-03-03"}`)
	if a := s.try(northOfficer, "JB-L", "report", `{"completed_on":"2025-03-03"}`); a.status != http.StatusConflict {
		t.Errorf("%d %s", a.status, a.body)
	}
	s.is("JB-L", "recalled")
}

// TestAnAmendedCalendarMovesDeadlines: once, by an event that says so, whatever
// number of servers start with it.
func TestAnAmendedCalendarMovesDeadlines(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := played(t, serve.Config{DatabaseURL: place.database})
	s.issue("JB-1", north)
	s.end()
	off, err := civil.China().Amend(strings.NewReader("2025-03-05,off,停电\n"))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		s = opened(t, serve.Config{DatabaseURL: place.database, Calendar: off})
		eventually(t, func() bool { return place.count(t, "instance.deadline_moved") == 2 }) // to acknowledge, and to answer
		s.end()
	}
	s = opened(t, serve.Config{DatabaseURL: place.database, Calendar: off})
	s.pass("2025-03-13")
	s.is("JB-1", "delivered")
	s.pass("2025-03-14")
	s.is("JB-1", "lapsed")
	if n := place.count(t, "instance.deadline_moved"); n != 2 {
		t.Errorf("moved %d times", n)
	}
}
