package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"feisui/services/feisui/serve"
)

// The people of a drafting department, beside those of the stage.
const (
	otherClerk   = "person:colleague department_officer@D01"
	foreignClerk = "person:stranger department_officer@D02"
	draftsTasks  = `"task":"JB-7","item":"A01","pay_by":"2025-03-31","communities":[{"community":"` + north + `","quantity":"3"},{"community":"` + south + `","amount":"100.50"}]`
)

// saw takes a step of somebody who saw a step last.
func (f flow) saw(seen int, who, id, action, form string) answer {
	f.t.Helper()
	a, err := f.trySaw(uuid.NewString(), seen, who, id, action, form)
	if err != nil {
		f.t.Fatal(err)
	}
	return a
}

func (f flow) trySaw(request string, seen int, who, id, action, form string) (a answer, err error) {
	r, err := http.NewRequestWithContext(f.t.Context(), http.MethodPost, f.address+"/v1/counties/county"+f.path(id, action), strings.NewReader(form))
	if err != nil {
		return a, err
	}
	r.Header = http.Header{"Authorization": {"Bearer " + who}, "Request-Id": {request}, "Content-Type": {"application/json"}, "If-Match": {fmt.Sprint(seen)}}
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		return a, err
	}
	defer got.Body.Close()
	a.status, a.header = got.StatusCode, got.Header
	a.body, err = io.ReadAll(got.Body)
	return a, err
}

// saysNo looks whether something was refused as it should be, in which words.
func saysNo(t *testing.T, a answer, status int, code string, says ...string) {
	t.Helper()
	p := a.problem(t)
	for _, said := range says {
		if !strings.Contains(string(a.body), said) {
			t.Errorf("it does not say %q", said)
		}
	}
	if a.status != status || p.Code != code {
		t.Errorf("%d %s, not %d %s: %s", a.status, p.Code, status, code, a.body)
	}
}

// TestADraftIsHandedDownByTheHead: an officer drafts, two edit it, the head returns it and
// issues it; what one of its tasks forbids, forbids all of them.
func TestADraftIsHandedDownByTheHead(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := played(t, serve.Config{DatabaseURL: place.database})
	s.rows("communities", `{"code":"431026102003","name":"东社区","street":"`+streetOfBoth+`","households":"500"}`)
	drafts := s.flow("draft")

	// Nothing has to be filled in yet but what says itself; another department's is not to be drafted.
	saysNo(t, s.ask(officeClerk, http.MethodPost, drafts.path("", ""), "", `{"department":"D02"}`), http.StatusForbidden, "NOT_YOURS")
	saysNo(t, s.ask(officeHead, http.MethodPost, drafts.path("", ""), "", `{}`), http.StatusForbidden, "NOT_YOURS")
	saysNo(t, s.ask(officeClerk, http.MethodPost, drafts.path("", ""), "", `{"no":"D02/1"}`), http.StatusUnprocessableEntity, "FORM", "D01/…")
	no := drafts.begin(officeClerk, `{}`).Instance
	if no != "D01/2025-03-03-1" {
		t.Fatalf("%s", no)
	}
	saysNo(t, drafts.saw(1, officeClerk, no, "submit", ""), http.StatusUnprocessableEntity, "FORM", "至少一个社区")
	hidesDraft(t, s, no)

	// Of two who edit at once the second reads first what the other wrote.
	saysNo(t, drafts.try(officeClerk, no, "edit", `{`+draftsTasks+`}`), http.StatusPreconditionRequired, "IF_MATCH_REQUIRED")
	drafts.only(drafts.saw(1, officeClerk, no, "edit", `{`+draftsTasks+`}`), "edit")
	saysNo(t, drafts.saw(1, otherClerk, no, "edit", `{"item":"A02"}`), http.StatusConflict, "VERSION_CONFLICT", "修改")
	in := drafts.seen(officeHead, no)
	if f := in.Foreseen; f == nil || f.Entitlement == nil || *f.Entitlement != 60_00+100_50 || len(f.Tasks) != 2 || f.WhyNot != nil || !strings.Contains(string(in.Draft), "100.50") {
		t.Errorf("%+v %s", in.Foreseen, in.Draft)
	}

	// The officer submits, and does not issue; the head returns, and does not edit.
	var submitted serve.Acted
	drafts.saw(2, otherClerk, no, "submit", "").into(t, &submitted)
	if len(submitted.Instances) != 1 || len(submitted.Tasks) != 2 || *submitted.Entitlement != 60_00+100_50 {
		t.Errorf("%+v", submitted)
	}
	saysNo(t, drafts.saw(3, officeClerk, no, "issue", ""), http.StatusForbidden, "NOT_YOURS")
	saysNo(t, drafts.saw(3, "person:clerk department_head@D01", no, "take_back", ""), http.StatusForbidden, "NOT_YOURS") // no officer any more (A51)
	saysNo(t, drafts.saw(3, officeHead, no, "edit", `{`+draftsTasks+`}`), http.StatusForbidden, "NOT_YOURS")
	saysNo(t, drafts.saw(3, officeClerk, no, "edit", `{`+draftsTasks+`}`), http.StatusConflict, "STATE")
	drafts.act(officeHead, no, "return", `{"reason":"补上东社区"}`)
	three := strings.Replace(draftsTasks, `]`, `,{"community":"431026102003","quantity":"2"}]`, 1)
	drafts.only(drafts.saw(4, officeClerk, no, "edit", `{`+three+`}`), "edit")
	drafts.only(drafts.saw(5, officeClerk, no, "submit", ""), "submit")
	hidesDraft(t, s, no)

	// What cannot be for one is not done for any: a number of a task is taken meanwhile.
	s.issue("JB-7-3", north)
	before := place.said(t)
	saysNo(t, drafts.saw(6, officeHead, no, "issue", ""), http.StatusUnprocessableEntity, "FORM", "communities.2.no", "东社区", "JB-7-3")
	if now := place.said(t); now != before {
		t.Errorf("%d entries", now-before)
	}
	drafts.act(officeClerk, no, "take_back", "")
	drafts.only(drafts.saw(7, officeClerk, no, "edit", `{`+strings.Replace(three, "JB-7", "JB-8", 1)+`}`), "edit")
	drafts.only(drafts.saw(8, officeClerk, no, "submit", ""), "submit")

	// The head issues what the head saw: all tasks in one append, as if handed down directly.
	saysNo(t, drafts.try(officeHead, no, "issue", ""), http.StatusPreconditionRequired, "IF_MATCH_REQUIRED")
	saysNo(t, drafts.saw(6, officeHead, no, "issue", ""), http.StatusConflict, "VERSION_CONFLICT")
	var issued serve.Acted
	drafts.saw(9, officeHead, no, "issue", "").into(t, &issued)
	if len(issued.Instances) != 4 || issued.Instances[0].State != "issued" || issued.Entitlement == nil || *issued.Entitlement != 60_00+100_50+40_00 {
		t.Fatalf("%+v", issued)
	}
	for i, one := range issued.Instances[1:] {
		if one.Instance != fmt.Sprint("JB-8-", i+1) || one.State != "delivered" || one.Task == nil {
			t.Errorf("%+v", one)
		}
	}
	s.act(southOfficer, "JB-8-2", "accept", "")
	if in := drafts.seen(officeClerk, no); !in.Ended || in.Foreseen != nil || len(in.Actions) != 0 {
		t.Errorf("%+v", in)
	}
	hidesDraft(t, s, no)
}

// hidesDraft looks whether a draft is there for nobody outside of its department: it is absent as
// what never was, stands in no list, and no entry of it is shown.
func hidesDraft(t *testing.T, s *stage, no string) {
	t.Helper()
	drafts := s.flow("draft")
	for _, who := range []string{
		otherHead, foreignClerk, northOfficer, southOfficer, ofAuthority, "person:street street_officer@" + streetOfBoth,
		"person:leader leader@", "person:finance finance_officer@",
	} {
		for _, path := range []string{drafts.path("%s", ""), drafts.path("%s", "edit"), drafts.path("%s", "issue")} {
			method := http.MethodPost
			if !strings.Contains(path, "edit") && !strings.Contains(path, "issue") {
				method = http.MethodGet
			}
			there := s.ask(who, method, strings.Replace(path, url.PathEscape("%s"), url.PathEscape(no), 1), "", `{}`)
			never := s.ask(who, method, strings.Replace(path, url.PathEscape("%s"), "D09%2Fnever", 1), "", `{}`)
			if there.status == http.StatusOK || there.status != never.status || !bytes.Equal(there.body, never.body) {
				t.Errorf("%s %s: %d %s, and of what never was %d %s", who, path, there.status, there.body, never.status, never.body)
			}
		}
		for _, list := range []string{drafts.path("", ""), drafts.path("", "") + "?order=due", "/todo?workflow=draft", "/inbox", "/search?q=" + url.QueryEscape(no), "/entries?limit=1000"} {
			a := s.ask(who, http.MethodGet, list, "", "")
			var all struct {
				Total     int   `json:"total"`
				Instances []any `json:"instances"`
				Todo      []any `json:"todo"`
				Counts    []any `json:"counts"`
			}
			switch {
			case a.status != http.StatusOK && a.status != http.StatusForbidden:
				t.Errorf("%s %s: %d %s", who, list, a.status, a.body)
			case a.status == http.StatusOK:
				if err := json.Unmarshal(a.body, &all); err != nil {
					t.Error(err)
				}
			}
			named := bytes.Contains(a.body, []byte(no)) && !strings.HasPrefix(list, "/search") // which says what was looked for
			if named || strings.Contains(list, "draft") && all.Total+len(all.Instances)+len(all.Todo)+len(all.Counts) > 0 {
				t.Errorf("%s %s: %s", who, list, a.body)
			}
		}
	}
	if in := drafts.seen(officeHead, no); in.Instance != no { // the control: it is there
		t.Errorf("%+v", in)
	}
}

// TestADraftWaitsForTheHead: of colleagues who edit at once one does; three working days after it was submitted the head is told that
// it waits; what raises a red lamp by then takes a word, and names the community.
func TestADraftWaitsForTheHead(t *testing.T) {
	t.Parallel()
	s := played(t, serve.Config{DatabaseURL: shared(t).database})
	drafts := s.flow("draft")
	no := drafts.begin(officeClerk, `{"item":"A02"}`).Instance
	oneOfManyWrites(t, drafts, no)
	drafts.only(drafts.saw(2, officeClerk, no, "submit", ""), "submit")
	s.pass("2025-03-07")
	eventually(t, func() bool { return drafts.seen(officeHead, no).Overdue })
	if in := drafts.seen(officeHead, no); len(in.Actions) != 2 {
		t.Errorf("%+v", in.Actions)
	}
	var todo serve.Todos
	s.ask(officeHead, http.MethodGet, "/todo?workflow=draft", "", "").into(t, &todo)
	if todo.Total != 1 || todo.Todo[0].Instance != no {
		t.Errorf("%+v", todo)
	}
	negative := `{"code":"A01","name":"高龄津贴核查","department":"D01","list":"negative","rule":"per_case","rate":"20"}`
	if a := s.ask("", http.MethodPost, "/items?correct=true&reason="+url.QueryEscape("调出清单"), "", negative); a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	seen := drafts.seen(officeHead, no).Steps
	saysNo(t, drafts.saw(seen, officeHead, no, "issue", ""), http.StatusUnprocessableEntity, "FORM", "2 个社区（北社区、南社区）：", "负面清单")
	if in := drafts.seen(officeHead, no); in.State != "submitted" || in.Steps != seen {
		t.Errorf("%+v", in)
	}
	drafts.only(drafts.saw(seen, officeHead, no, "issue", `{"despite":true}`), "issue")
	if in := s.seen(northOfficer, "JB-7-1"); in.State != "delivered" {
		t.Errorf("%+v", in)
	}
}

// TestWhatMustBeAnsweredIsAnsweredWithTheDraft: by who writes it, or by who issues it.
func TestWhatMustBeAnsweredIsAnsweredWithTheDraft(t *testing.T) {
	t.Parallel()
	s := played(t, serve.Config{DatabaseURL: shared(t).database})
	drafts := s.flow("draft")
	const hasty = `"task":"JB-8","item":"A01","pay_by":"2025-03-31","due_on":"2025-03-04","communities":[{"community":"` + north + `"}]`
	no := drafts.begin(officeClerk, `{`+hasty+`}`).Instance
	f := drafts.seen(officeClerk, no).Foreseen
	if f == nil || len(f.WhyNot) != 2 || !strings.HasPrefix(f.WhyNot[0].Chinese, "北社区：") || !f.Unanswered || len(f.Tasks) != 1 {
		t.Errorf("%+v", f)
	}
	two := drafts.begin(officeClerk, `{`+strings.Replace(hasty, `]`, `,{"community":"`+south+`"}]`, 1)+`}`).Instance
	if f := drafts.seen(officeClerk, two).Foreseen; len(f.WhyNot) != 2 || !strings.HasPrefix(f.WhyNot[0].Chinese, "2 个社区（北社区、南社区）：") {
		t.Errorf("what two communities have alike is said once: %+v", f)
	}
	saysNo(t, drafts.saw(1, officeClerk, no, "submit", ""), http.StatusUnprocessableEntity, "FORM", "explanation")
	const early = `"task":"JB-9","item":"A01","pay_by":"2025-01-31","due_on":"2025-03-01","communities":[{"community":"` + north + `"}]`
	if f := drafts.seen(officeClerk, drafts.begin(officeClerk, `{`+early+`}`).Instance).Foreseen; len(f.WhyNot) == 0 || !strings.HasPrefix(f.WhyNot[0].Chinese, "北社区：完成时限：不得早于") ||
		!strings.HasPrefix(f.WhyNot[0].English, "北社区: Due on: ") {
		t.Errorf("it does not say of which field: %+v", f.WhyNot)
	}
	drafts.only(drafts.saw(1, officeClerk, no, "edit", `{`+hasty+`,"explanation":"上级急件"}`), "edit")
	drafts.only(drafts.saw(2, officeClerk, no, "submit", ""), "submit")
	drafts.only(drafts.saw(3, officeHead, no, "issue", `{"explanation":"已与社区商定"}`), "issue")
	if in := s.seen(northOfficer, "JB-8"); !strings.Contains(string(in.Form), "已与社区商定") || len(in.Timeline[0].Warned) != 1 {
		t.Errorf("%s %+v", in.Form, in.Timeline[0])
	}
}

// oneOfManyWrites has colleagues edit a draft at the same time: one does, and the others are
// told to read that first.
func oneOfManyWrites(t *testing.T, drafts flow, no string) {
	t.Helper()
	const people = 6
	answers, errs := make([]answer, people), make([]error, people)
	var writing sync.WaitGroup
	for i := range people {
		writing.Go(func() {
			who := fmt.Sprint("person:colleague", i, " department_officer@D01")
			answers[i], errs[i] = drafts.trySaw(uuid.NewString(), 1, who, no, "edit", `{`+draftsTasks+`}`)
		})
	}
	writing.Wait()
	wrote := 0
	for i, a := range answers {
		switch {
		case errs[i] != nil:
			t.Fatal(errs[i])
		case a.status == http.StatusOK:
			wrote++
		default:
			saysNo(t, a, http.StatusConflict, "VERSION_CONFLICT")
		}
	}
	if wrote != 1 {
		t.Errorf("%d wrote at once", wrote)
	}
}

// TestKilledWhileTasksAreIssued: a server that dies when the tasks of a draft are recorded and
// the head has no answer leaves them all, once; the same request gets its answer from the next.
func TestKilledWhileTasksAreIssued(t *testing.T) {
	t.Parallel()
	place := shared(t)
	first := played(t, serve.Config{DatabaseURL: place.database})
	drafts := first.flow("draft")
	no := drafts.begin(officeClerk, `{`+draftsTasks+`}`).Instance
	drafts.only(drafts.saw(1, officeClerk, no, "submit", ""), "submit")
	first.end()
	s, kill := place.killable(t, stageDay, withoutLedger...)
	gone := make(chan error, 1)
	go func() {
		_, err := s.flow("draft").trySaw("once", 2, officeHead, no, "issue", "")
		gone <- err
	}()
	eventually(t, func() bool { return place.count(t, "task.assigned") == 2 })
	kill()
	if err := <-gone; err == nil {
		t.Fatal("it was answered")
	}
	next, _ := place.killable(t, stageDay)
	a, err := next.flow("draft").trySaw("once", 2, officeHead, no, "issue", "")
	if err != nil {
		t.Fatal(err)
	}
	var acted serve.Acted
	a.into(t, &acted)
	if a.status != http.StatusOK || !acted.Repeated || len(acted.Instances) != 3 || acted.Instances[0].State != "issued" {
		t.Errorf("%d %s", a.status, a.body)
	}
	if begun, tasks := place.count(t, "instance.begun"), place.count(t, "task.assigned"); begun != 3 || tasks != 2 {
		t.Errorf("%d instances, %d tasks", begun, tasks)
	}
	if in := next.seen(southOfficer, "JB-7-2"); in.State != "delivered" {
		t.Errorf("%+v", in)
	}
}
