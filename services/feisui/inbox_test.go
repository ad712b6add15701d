package main

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"feisui/schemas"
	"feisui/services/feisui/serve"
)

// box gives somebody's inbox, as of what they looked at last.
func (s *stage) box(who string, since int64) (box serve.Told) {
	s.t.Helper()
	s.get(who, "/inbox?since="+strconv.FormatInt(since, 10), &box)
	return box
}

// lines are the notices of a box as kind, workflow and number, the earliest first.
func lines(box *serve.Told) (all []string) {
	for _, n := range box.Notices {
		all = append(all, strings.TrimSpace(n.Kind+" "+n.Workflow+" "+n.Instance))
	}
	slices.Reverse(all)
	return all
}

// TestWhatIsSaidReachesTheInbox: reminders, passed deadlines, escalations, answers and
// signed orders reach the offices that they are for, once, and nobody else; what somebody
// did themselves is not said to them; what came since the last look is counted.
func TestWhatIsSaidReachesTheInbox(t *testing.T) {
	t.Parallel()
	s := played(t, serve.Config{})
	s.contract = contractOf(t)
	s.issue("JB-1", north)
	heard := func(who string, want ...string) (box serve.Told) {
		t.Helper()
		box = s.box(who, 0)
		if got := lines(&box); !slices.Equal(got, want) || box.Fresh != len(want) {
			t.Errorf("%s hears %q, %d new, want %q", who, got, box.Fresh, want)
		}
		return box
	}
	first := heard(northOfficer, "asked task JB-1")
	if n := first.Notices[0]; !n.Waits || n.Due == nil || n.Due.Deadline != "seeing" || n.Parties["community"] != north || !strings.Contains(n.Text.Chinese, "交办") {
		t.Errorf("%+v", n)
	}
	heard(officeHead) // who issued it
	heard(southOfficer)
	heard(otherHead)
	heard(officeClerk)

	s.act(northOfficer, "JB-1", "see", "")
	s.act(northOfficer, "JB-1", "reject", `{"reason":"N04"}`)
	heard(officeHead, "said task JB-1", "asked task JB-1")
	heard(officeClerk, "said task JB-1", "said task JB-1") // who hears what is said to their head
	heard("person:another community_officer@"+north, "asked task JB-1")
	heard("person:north=north community_officer@" + south) // another account of who did it, elsewhere
	s.act(officeHead, "JB-1", "contest", `{"grounds":"有依据"}`)
	heard(northOfficer, "asked task JB-1", "said task JB-1")
	heard(ofAuthority, "asked task JB-1")
	leader := "person:leader leader@"
	heard(leader)
	s.pass("2025-03-07")
	s.pass("2025-03-10")
	s.inTime(func() string { // who looks once only after both days is told of the one that passed
		box := s.box(ofAuthority, 0)
		if got := lines(&box); !slices.Contains(got, "reminder task JB-1") {
			return fmt.Sprintf("the authority hears %q", got)
		}
		return ""
	})
	s.pass("2025-03-11")
	s.inTime(func() string {
		box := s.box(leader, 0)
		if got := lines(&box); !slices.Equal(got, []string{"escalated task JB-1"}) {
			return fmt.Sprintf("the leader hears %q", got)
		}
		return ""
	})
	var asking sync.WaitGroup
	for range 8 { // who asks first sorts in what came
		asking.Go(func() {
			if a, err := s.tryAsk(t.Context(), ofAuthority, http.MethodGet, "/inbox", "", ""); err != nil || a.status != http.StatusOK {
				t.Errorf("%d %s %v", a.status, a.body, err)
			}
		})
	}
	asking.Wait()
	before := heard(ofAuthority, "asked task JB-1", "reminder task JB-1", "late task JB-1")
	s.act(ofAuthority, "JB-1", "uphold", `{"document":"汝民发〔2025〕3号","reason":"没有经费"}`)
	heard(ofAuthority, "asked task JB-1", "reminder task JB-1", "late task JB-1")
	after := s.box(northOfficer, before.Position)
	if after.Fresh != 1 || !after.Notices[0].New || after.Notices[1].New || after.Notices[0].Waits {
		t.Errorf("since they looked: %+v", after)
	}
	if again := s.box(northOfficer, after.Position); again.Fresh != 0 || len(again.Notices) != 3 {
		t.Errorf("after another look: %+v", again)
	}
	if restored := s.box(northOfficer, after.Position+100); restored.Fresh != 3 {
		t.Errorf("a look beyond the end: %+v", restored)
	}
	var got []string
	for next, pages := "", 0; (next != "" || pages == 0) && pages < 9; pages++ {
		var page serve.Told
		s.get(northOfficer, "/inbox?limit=1&since=0&after="+next, &page)
		if got, next = append(got, lines(&page)...), page.Next; page.Fresh != 3 {
			t.Errorf("a page says that %d are new", page.Fresh)
		}
	}
	if slices.Reverse(got); !slices.Equal(got, []string{"asked task JB-1", "said task JB-1", "said task JB-1"}) {
		t.Errorf("in pages: %q", got)
	}
	for query, code := range map[string]string{"since=x": "SINCE", "since=-1": "SINCE", "after=x": "AFTER", "limit=0": "LIMIT"} {
		s.refused(northOfficer, "/inbox?"+query, http.StatusUnprocessableEntity, code)
	}
	if found := s.ask("person:auditor auditor@", http.MethodGet, "/inbox", "", ""); found.status != http.StatusForbidden {
		t.Errorf("an auditor, who decides nothing, hears %s", found.body)
	}
}

// inTime waits until nothing is amiss.
func (s *stage) inTime(amiss func() string) {
	s.t.Helper()
	for limit := time.Now().Add(hungAfter); ; time.Sleep(20 * time.Millisecond) {
		said := amiss()
		if said == "" {
			return
		}
		if time.Now().After(limit) {
			s.t.Fatal(said)
		}
	}
}

// TestOrdersAndRatingsInTheInbox: an order reaches the department with its number; what a
// community says of a department reaches nobody there; that an evaluation began, everybody;
// and what is older than 60 days is no news.
func TestOrdersAndRatingsInTheInbox(t *testing.T) {
	t.Parallel()
	s := played(t, serve.Config{})
	s.owed("JB-1", north)
	no := feeOf("JB-1", "1")
	s.caseIs(no, "notified")
	s.actCase(ofAuthority, no, "raise_blue", "")
	box := s.box(officeHead, 0)
	i := slices.IndexFunc(box.Notices, func(n serve.Notice) bool { return len(n.Documents) > 0 })
	if i < 0 || box.Notices[i].Kind != "asked" || !strings.HasPrefix(box.Notices[i].Documents[0], "费转督〔") || !box.Notices[i].Waits {
		t.Errorf("the department does not hear of the order: %+v", box.Notices)
	}
	for who, want := range map[string]int{northOfficer: 1, otherHead: 0} { // the community, that it began
		heard := 0
		for _, n := range s.box(who, 0).Notices {
			if n.Workflow == "case" {
				heard++
			}
			if len(n.Documents) > 0 {
				t.Errorf("%s hears of the order: %+v", who, n)
			}
		}
		if heard != want {
			t.Errorf("%s hears %d things of the case", who, heard)
		}
	}
	s.flow("evaluation").begin(ofAuthority, opensPeriod)
	s.flow("rating").begin(northOfficer, rates)
	for _, who := range []string{officeHead, northOfficer, southOfficer, ofAuthority} {
		box := s.box(who, 0)
		all := strings.Join(lines(&box), ", ")
		if strings.Contains(all, "rating") || strings.Contains(all, "evaluation PY-1") != (who != ofAuthority) {
			t.Errorf("%s hears %s", who, all)
		}
	}
	s.pass("2025-06-30")
	s.inTime(func() string {
		box := s.box(officeHead, 0)
		for _, n := range box.Notices {
			if n.On.String() < "2025-05-01" {
				return fmt.Sprintf("old news: %+v", n)
			}
		}
		return ""
	})
}

// TestAProposalIsTakenBackOrRefused: by who made it, or by another with a reason; then it
// waits no more, and stays recorded. Who may adopt hears that one waits, and who proposed
// what became of it.
func TestAProposalIsTakenBackOrRefused(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := played(t, serve.Config{DatabaseURL: place.database})
	s.contract = contractOf(t)
	const definitions = "/workflows/task/definitions"
	var known serve.Definitions
	s.ask(ofAuthority, http.MethodGet, definitions, "", "").into(t, &known)
	body := changedTo(t, known.Definitions[0].Definition, shorterReceipt)
	propose := func(who string) int { return proposalOf(t, s.ask(who, http.MethodPost, definitions, "", body)) }
	end := func(who, how string, n int, form string) answer {
		return s.ask(who, http.MethodPost, fmt.Sprint(definitions, "/", n, "/", how), "", form)
	}
	refused := func(what string, a answer, status int, code string) {
		t.Helper()
		if p := a.problem(t); a.status != status || p.Code != code {
			t.Errorf("%s: %d %s", what, a.status, a.body)
		}
	}
	one := propose(ofAuthority)
	box := s.box(ofAuthority2, 0)
	if got := lines(&box); !slices.Equal(got, []string{"asked task"}) || !box.Notices[0].Waits || box.Notices[0].Proposal != one || !strings.Contains(box.Notices[0].Text.Chinese, "回执期限缩短") {
		t.Errorf("who may adopt hears %+v", box.Notices)
	}
	if box := s.box(ofAuthority, 0); len(box.Notices) != 0 {
		t.Errorf("who proposed hears %+v", box.Notices)
	}
	refused("another takes it back", end(ofAuthority2, "withdraw", one, ""), http.StatusForbidden, "NOT_YOURS")
	refused("who proposed refuses it", end(ofAuthority, "refuse", one, `{"reason":"不改了"}`), http.StatusForbidden, "NOT_YOURS")
	refused("refused without a reason", end(ofAuthority2, "refuse", one, `{"reason":" "}`), http.StatusUnprocessableEntity, "FORM")
	refused("a department", end(officeHead, "refuse", one, `{"reason":"不改"}`), http.StatusForbidden, "FORBIDDEN")
	refused("one that never was", end(ofAuthority, "withdraw", one+1, ""), http.StatusNotFound, "PROPOSAL_UNKNOWN")
	if a := end(ofAuthority2, "refuse", one, `{"reason":"三天太短"}`); a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if box := s.box(ofAuthority, 0); len(box.Notices) != 1 || !strings.Contains(box.Notices[0].Text.Chinese, "三天太短") || box.Notices[0].Kind != "said" {
		t.Errorf("who proposed hears %+v", box.Notices)
	}
	if box := s.box(ofAuthority2, 0); box.Notices[len(box.Notices)-1].Waits {
		t.Errorf("it waits still: %+v", box.Notices)
	}
	refused("it is adopted all the same", s.adopts(ofAuthority2, "task", one, ""), http.StatusConflict, "STATE")
	refused("it is taken back all the same", end(ofAuthority, "withdraw", one, ""), http.StatusConflict, "STATE")
	two := propose(ofAuthority)
	if a := end(ofAuthority, "withdraw", two, `{"reason":"重写"}`); a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	s.ask(officeHead, http.MethodGet, definitions, "", "").into(t, &known)
	if w := known.Withdrawn; known.Proposal != nil || len(w) != 2 || !w[0].Refused || w[0].Reason != "三天太短" || w[1].Refused || w[1].Proposal != two || len(known.Definitions) != 1 {
		t.Errorf("%+v", known)
	}
	if all := entriesOf[schemas.DefinitionWithdrawn](t, place); len(all) != 2 || all[0].Version != 3 || all[0].Person == "" {
		t.Errorf("%+v", all)
	}
	if a := s.changes("task", body); a.status != http.StatusOK { // the next is adopted as ever
		t.Errorf("%d %s", a.status, a.body)
	}
}
