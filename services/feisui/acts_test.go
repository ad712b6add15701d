package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"feisui/pkg/civil"
	"feisui/schemas"
	"feisui/services/feisui/serve"
	"feisui/services/task"
)

// TestATaskFromItsIssueToItsClosing goes the whole way by people alone: each step
// by who may take it, each seen in the ledger at once.
func TestATaskFromItsIssueToItsClosing(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := played(t, serve.Config{DatabaseURL: place.database})
	s.contract = contractOf(t)
	s.issue("JB/2025-一号", north, `,"due_on":"2025-04-30","pay_by":"2025-03-31"`)
	s.act(northOfficer, "JB/2025-一号", "see", "")
	acted := s.act(northOfficer, "JB/2025-一号", "accept", `{"note":"收到"}`)
	if one := acted.Instances[0]; one.State != "accepted" || one.Step != 3 || one.Title.Chinese != "已接收" {
		t.Errorf("%+v", one)
	}
	s.act(northOfficer, "JB/2025-一号", "report", `{"completed_on":"2025-03-03","quantity":"10"}`)
	if a := s.try(northOfficer, "JB/2025-一号", "verify", ""); a.status != http.StatusForbidden {
		t.Errorf("the community verifies its own report: %d %s", a.status, a.body)
	}
	s.act(officeClerk, "JB/2025-一号", "verify", "")
	in := s.seen(northOfficer, "JB/2025-一号")
	if in.State != "closed" || !in.Ended || len(in.Actions) > 0 {
		t.Errorf("%+v", in)
	}
	s.drawnIsChecked()
	s.tooMuchIsPointedOut()
	if n := place.count(t, schemas.TaskCompleted{}.Type()); n != 2 {
		t.Errorf("%d are done", n)
	}
}

// tooMuchIsPointedOut has a community with one worker handed thirty tasks, of which nothing
// is said, and one more (R22), which is not refused either.
func (s *stage) tooMuchIsPointedOut() {
	s.t.Helper()
	const small = "431026103001"
	s.rows("communities", `{"code":"`+small+`","name":"小社区","street":"431026103","staff":"1"}`)
	issue := func(no string, times int) string {
		form := `{"no":"` + no + `","department":"D01","item":"A01","communities":["` + small + `"` + strings.Repeat(`,"`+small+`"`, times-1) + `]}`
		var acted serve.Acted
		a := s.ask(officeHead, http.MethodPost, begins, "", form)
		a.into(s.t, &acted)
		if a.status != http.StatusOK || len(acted.Instances) != times {
			s.t.Fatalf("%d %s", a.status, a.body)
		}
		return fmt.Sprint(acted.Instances[0].Warnings)
	}
	if said := issue("ZH-A", 29); said != "[]" {
		s.t.Errorf("29 tasks: %s", said)
	}
	if said := issue("ZH-B", 1); said != "[]" {
		s.t.Errorf("the thirtieth: %s", said)
	}
	if said := issue("ZH-C", 1); !strings.Contains(said, "在手 31 项") {
		s.t.Errorf("the thirty-first: %s", said)
	}
}

// drawnIsChecked has a task verified that is drawn (抽查): it counts as done at once, and
// the authority looks whether it was verified well.
func (s *stage) drawnIsChecked() {
	s.t.Helper()
	no := "CY-1"
	for n := 2; !task.Drawn(no, civil.Of(2025, 3, 3), 5); n++ {
		no = fmt.Sprint("CY-", n)
	}
	s.issue(no, north, `,"due_on":"2025-04-30","pay_by":"2025-03-31"`)
	s.act(northOfficer, no, "accept", "")
	s.act(northOfficer, no, "report", `{"completed_on":"2025-03-03","quantity":"10"}`)
	s.act(officeClerk, no, "verify", "")
	in := s.seen(northOfficer, no)
	if in.State != "sampling" || len(in.Actions) > 0 {
		s.t.Errorf("%+v", in)
	}
	s.act(ofAuthority, no, "fail_sample", `{"found":"台账与名册不符"}`)
	if a := s.try(officeClerk, no, "recheck", `{"text":"已核对"}`); a.status != http.StatusForbidden {
		s.t.Errorf("who verified verifies again: %d %s", a.status, a.body)
	}
	s.act(officeHead, no, "recheck", `{"text":"已核对名册"}`)
	if a := s.try(ofAuthority, no, "pass_sample", `{"found":"经办人13800138000"}`); a.status != http.StatusUnprocessableEntity {
		s.t.Errorf("somebody's number is written down: %d %s", a.status, a.body)
	}
	s.act(ofAuthority, no, "fail_sample", `{"found":"仍不符"}`)
	if in := s.seen(northOfficer, no); in.State != "unsound" || !in.Ended || in.Title.Chinese != "抽查不合格销号" {
		s.t.Errorf("%+v", in)
	}
}
