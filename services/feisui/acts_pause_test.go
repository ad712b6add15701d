package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"reflect"
	"slices"
	"testing"

	"feisui/pkg/money"
	"feisui/schemas"
	"feisui/services/feisui/act"
	"feisui/services/feisui/serve"
	"feisui/services/ledger/api"
	"feisui/services/process/define"
)

// taskFigures are those of a task, by the ledger.
func (s *stage) taskFigures(no string) (task api.WholeTask) {
	s.t.Helper()
	a := s.ask(ofAuthority, http.MethodGet, "/tasks/"+no, "", "")
	if a.status != http.StatusOK {
		s.t.Fatalf("%d %s", a.status, a.body)
	}
	a.into(s.t, &task)
	return task
}

// TestASuspensionChangesNoFigure: a county that goes by the version before adopts this one
// though a task is open by that. A suspended task owes what it owed and makes its community
// late in nothing; it goes on by itself after its day. One that is ended for good owes what
// is said for what was done, and nothing where nothing was.
func TestASuspensionChangesNoFigure(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := played(t, serve.Config{DatabaseURL: place.database})
	adoptsEarlier(t, place)
	const due = `,"due_on":"2025-03-12","pay_by":"2025-03-31"`
	s.issue("JB-0", north, due)
	s.act(northOfficer, "JB-0", "accept", "")
	builtin, err := define.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	version, err := json.Marshal(builtin["task"].Definition)
	if err != nil {
		t.Fatal(err)
	}
	if a := s.changes("task", fmt.Sprintf(`{"definition":%s,"reason":"随程序更新"}`, version)); a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	const pauses = `{"until":"2025-03-20","reason":"等上级文件"}`
	if a := s.try(officeHead, "JB-0", "pause", pauses); a.status != http.StatusNotFound {
		t.Errorf("by the version that it began with: %d %s", a.status, a.body)
	}
	for _, no := range []string{"JB-1", "JB-2", "JB-3"} {
		s.issue(no, north, due)
		s.act(northOfficer, no, "accept", "")
	}
	if a := s.try(officeHead, "JB-1", "pause", `{"until":"2025-03-02","reason":"等上级文件"}`); a.status != http.StatusUnprocessableEntity {
		t.Errorf("until a day that is over: %d %s", a.status, a.body)
	}
	before := s.taskFigures("JB-1")
	s.act(officeHead, "JB-1", "pause", pauses)
	if now := s.taskFigures("JB-1"); now.State != before.State || *now.Entitlement != *before.Entitlement || !reflect.DeepEqual(now.Obligations, before.Obligations) {
		t.Errorf("%+v\nbefore %+v", now, before)
	}
	s.pass("2025-03-14") // two days after the tasks were due
	if in := s.seen(northOfficer, "JB-1"); in.State != "paused" || in.Overdue || in.Due != nil {
		t.Errorf("%+v", in.Line)
	}
	eventually(t, func() bool { return s.seen(northOfficer, "JB-2").Overdue }) // the control: another is late
	s.pass("2025-03-21")
	s.is("JB-1", "accepted")
	if in := s.seen(northOfficer, "JB-1"); in.Overdue || in.Due == nil || in.Due.DueOn.String() != "2025-03-30" {
		t.Errorf("%+v: it stood still for 18 days", in.Due)
	}
	for _, day := range []string{"2025-03-12", "2025-03-29"} { // as recorded, and nearer than it is by now
		if a := s.try(officeHead, "JB-1", "amend", `{"due_on":"`+day+`","reason":"提前"}`); a.status == http.StatusOK {
			t.Errorf("the days of the suspension are taken back by %s: %s", day, a.body)
		}
	}
	saysNo(t, s.try(officeHead, "JB-2", "terminate", `{"amount":"240.01","reason":"政策取消"}`), http.StatusUnprocessableEntity, "FACTS", "240.00 元")
	owes := s.taskFigures("JB-2")
	s.act(officeHead, "JB-2", "terminate", `{"amount":"100.5","reason":"政策取消"}`)
	if now := s.taskFigures("JB-2"); *now.Entitlement != *owes.Entitlement {
		t.Errorf("nobody has agreed, and it is owed %s instead of %s", now.Entitlement.Yuan(), owes.Entitlement.Yuan())
	}
	if !s.waitsFor(northOfficer, "JB-2") || s.waitsFor(officeHead, "JB-2") {
		t.Error("the community is asked whether it agrees, and nobody else")
	}
	s.act(northOfficer, "JB-2", "agree_termination", "")
	if task := s.taskFigures("JB-2"); task.State != "completed" || *task.Entitlement != money.Fen(100_50) || task.Obligations[0].Amount != 100_50 {
		t.Errorf("%+v", task)
	}
	s.act(officeHead, "JB-3", "pause", `{"until":"2025-04-20","reason":"等上级文件"}`)
	s.act(officeHead, "JB-3", "terminate", `{"amount":"0","reason":"没有开始"}`)
	s.act(northOfficer, "JB-3", "agree_termination", "")
	if task := s.taskFigures("JB-3"); task.State != "recalled" || task.Status != "void" || *task.Entitlement != 0 {
		t.Errorf("%+v", task)
	}
	for _, no := range []string{"JB-2", "JB-3"} {
		if in := s.seen(northOfficer, no); in.State != "terminated" || !in.Ended || len(in.Actions) != 0 {
			t.Errorf("%+v", in)
		}
	}
}

// waitsFor reports that a task is in somebody's list of what waits.
func (s *stage) waitsFor(who, no string) bool {
	s.t.Helper()
	return slices.ContainsFunc(s.todoPages(who, "task", 100), func(t serve.Todo) bool { return t.Instance == no })
}

// adoptsEarlier has a county adopt the version of the task before this one, as one did that
// runs since then.
func adoptsEarlier(t *testing.T, place place) {
	t.Helper()
	content, err := os.ReadFile("act/testdata/adopted/task-3.yaml")
	if err != nil {
		t.Fatal(err)
	}
	then, err := define.Load(content, act.Names())
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(then.Definition)
	if err != nil {
		t.Fatal(err)
	}
	place.recordedBefore(t, schemas.DefinitionAdopted{Workflow: "task", Version: then.Version, Definition: text, AdoptedOn: dayOf(t, stageDay)})
}
