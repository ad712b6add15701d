package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"feisui/pkg/civil"
	"feisui/pkg/journal/memory"
	"feisui/schemas"
	"feisui/services/feisui/act"
	"feisui/services/feisui/record"
	"feisui/services/feisui/serve"
	"feisui/services/ledger/api"
)

// loneRow is a row of one person, and what must come of it: "status CODE", and what the
// sentence names.
type loneRow struct {
	name, who, sheet, row, want, says string
}

// beyondOne are rows that one person might go around the workflows with.
func beyondOne() []loneRow {
	const correct = "?correct=true&reason=x"
	receipt := func(more string) string { return `{"task":"N-2","outcome":"reject"` + more + `}` }
	return []loneRow{
		{"a rate", ofAuthority, "items" + correct, `{"code":"A01","name":"高龄津贴核查","department":"D01","list":"assist","rule":"per_case","rate":"0.01"}`, "403 SECOND_PERSON", "prepared-imports"},
		{"households", ofAuthority, "communities" + correct, `{"code":"` + north + `","name":"北社区","street":"` + streetOfBoth + `","households":"1"}`, "403 SECOND_PERSON", "prepared-imports"},
		{"what was empty", ofAuthority, "communities", `{"code":"` + north + `","name":"北社区","street":"` + streetOfBoth + `","population":"1"}`, "403 SECOND_PERSON", "prepared-imports"},

		{"a completion of one's own", northOfficer, "completions", `{"task":"N-1","completed_on":"2025-03-03","quantity":"99"}`, "403 FORBIDDEN", "report"},
		{"the department's", officeClerk, "completions", `{"task":"N-1","completed_on":"2025-03-03","quantity":"1"}`, "403 FORBIDDEN", "verify"},
		{"the head's", officeHead, "completions", `{"task":"JB-1","completed_on":"2025-03-03"}`, "403 FORBIDDEN", "verify"},
		{"a recall by the clerk", officeClerk, "tasks", taskRow("N-1", `,"recalled_on":"2025-03-03"`), "403 FORBIDDEN", "recall"},
		{"a recall without a reason", officeHead, "tasks", taskRow("N-1", `,"recalled_on":"2025-03-03"`), "409 BY_WORKFLOW", "/w/task/i/N-1"},
		{"a task of the clerk's", officeClerk, "tasks", taskRow("N-9", ""), "403 FORBIDDEN", "issue"},
		{"another fee", officeHead, "tasks", taskRow("N-1", `,"amount":"0.01"`), "409 BY_WORKFLOW", "amend"},
		{"a fee of one that is handed down by the workflow", officeHead, "tasks", strings.Replace(taskRow("JB-1", `,"amount":"0.01"`), "2025-02-20", stageDay, 1), "409 BY_WORKFLOW", "/w/task/i/JB-1"},
		{"a task of tomorrow", officeHead, "tasks", strings.Replace(taskRow("N-9", ""), "2025-02-20", "2025-03-04", 1), "422 WORKBOOK_REFUSED", "issued_on"},
		{"a quota of the clerk's", officeClerk, "commitments", commitmentRow("CN-9", "quota", stageDay), "403 FORBIDDEN", "release"},
		{"a quota of the head's", officeHead, "commitments", commitmentRow("CN-9", "quota", stageDay), "409 BY_WORKFLOW", "release"},
		{"a pledge of tomorrow", officeHead, "commitments", commitmentRow("CN-9", "pledge", "2025-03-04"), "422 WORKBOOK_REFUSED", "made_on"},

		{"a receipt of 2027", northOfficer, "receipts", receipt(`,"reason":"N04","filed_on":"2027-01-01"`), "422 WORKBOOK_REFUSED", "filed_on"},
		{"one of before the issue", northOfficer, "receipts", receipt(`,"reason":"N04","filed_on":"2025-02-19"`), "422 WORKBOOK_REFUSED", "2025-02-20"},
		{"a reason that is none", northOfficer, "receipts", receipt(`,"reason":"N55","filed_on":"2025-03-03"`), "422 WORKBOOK_REFUSED", "N12"},
		{"no reason", northOfficer, "receipts", receipt(`,"filed_on":"2025-03-03"`), "422 WORKBOOK_REFUSED", "N12"},
		{"another reason, unsaid", northOfficer, "receipts", receipt(`,"reason":"N99","filed_on":"2025-03-03"`), "422 WORKBOOK_REFUSED", "note"},
		{"an arrival of 2027", northOfficer, "arrivals", `{"voucher":"P-1","confirmed_on":"2027-11-01","amount":"10"}`, "422 WORKBOOK_REFUSED", "confirmed_on"},
		{"one that is withdrawn", northOfficer, "arrivals", `{"voucher":"P-1","confirmed_on":"2025-03-03","amount":"10","withdrawn_on":"2025-03-03"}`, "409 BY_WORKFLOW", "withdraw"},
		{"another department's plaque down", northOfficer, "plaques", plaqueRow("GP-1", `,"removed_on":"2025-03-03"`), "409 BY_WORKFLOW", "report_removal"},
		{"a plaque of tomorrow", northOfficer, "plaques", strings.Replace(plaqueRow("GP-9", ""), "2025-01-06", "2025-03-04", 1), "422 WORKBOOK_REFUSED", "hung_on"},
		{"a burden that is over", northOfficer, "burdens", formRow("BX-1", `,"to":"2025-03-03"`), "409 BY_WORKFLOW", "/w/burden/i/BX-1"},
		{"an admission", ofAuthority, "admissions", `{"no":"ZR-9","department":"D01","item":"A01","decision":"admitted","decided_on":"2025-03-03"}`, "403 FORBIDDEN", "apply"},

		{"a receipt beside the instance", northOfficer, "receipts", `{"task":"JB-1","outcome":"accept","filed_on":"2025-03-03"}`, "409 BY_WORKFLOW", "/w/task/i/JB-1"},
		{"one of a rejection that is contested", northOfficer, "receipts", `{"task":"JB-2","outcome":"accept","filed_on":"2025-03-03"}`, "409 BY_WORKFLOW", "/w/task/i/JB-2"},
		{"an arrival beside it", northOfficer, "arrivals", `{"voucher":"P-2","confirmed_on":"2025-03-03","amount":"5"}`, "409 BY_WORKFLOW", "/w/payment/i/P-2"},
	}
}

func taskRow(no, more string) string {
	return fmt.Sprintf(`{"no":%q,"department":"D01","community":%q,"item":"A01","issued_on":"2025-02-20"%s}`, no, north, more)
}

func commitmentRow(no, kind, on string) string {
	return object("no", no, "kind", kind, "department", "D01", "community", north, "amount", "99999", "made_on", on)
}

func plaqueRow(no, more string) string {
	return fmt.Sprintf(`{"no":%q,"community":%q,"department":"D02","title":"某牌","zone":"outside","hung_on":"2025-01-06"%s}`, no, north, more)
}

func formRow(no, more string) string {
	return fmt.Sprintf(`{"no":%q,"community":%q,"department":"D02","kind":"form","title":"某表","from":"2025-01-06"%s}`, no, north, more)
}

// TestARowIsNoWayAroundTheWorkflow: one person records by a row what is new and has
// happened, of what no instance stands behind. All else is refused, says where it goes,
// and records nothing; the operator, and two persons, record it as it is.
func TestARowIsNoWayAroundTheWorkflow(t *testing.T) {
	t.Parallel()
	s := played(t, serve.Config{DatabaseURL: shared(t).database})
	s.contract = contractOf(t)
	s.rows("tasks", taskRow("N-1", ""), taskRow("N-2", ""), taskRow("N-3", ""))
	s.rows("receipts", `{"task":"N-1","outcome":"accept","filed_on":"2025-02-21"}`, `{"task":"N-3","outcome":"accept","filed_on":"2025-02-21"}`)
	s.rows("payments", `{"voucher":"P-1","paid_on":"2025-03-01","payer":"D01","payee":"`+north+`","amount":"10"}`)
	s.rows("plaques", plaqueRow("GP-1", ""))
	s.rows("burdens", formRow("BX-1", ""))
	s.issue("JB-1", north)
	s.issue("JB-2", north)
	s.act(northOfficer, "JB-2", "reject", `{"reason":"N04","note":"无经费"}`)
	s.act(officeHead, "JB-2", "contest", `{"grounds":"有经费"}`)
	s.done(financeOne, pays, pay("P-2", north, "5", `,"community":"`+north+`"`))

	before := s.byPersons()
	for _, r := range beyondOne() {
		a := s.ask(r.who, http.MethodPost, "/"+r.sheet, "", r.row)
		p := a.problem(t)
		if got := fmt.Sprint(a.status, " ", p.Code); got != r.want || !strings.Contains(string(a.body), r.says) || p.Title == "" || p.Detail == "" {
			t.Errorf("%s: %d %s, want %s and %s", r.name, a.status, a.body, r.want, r.says)
		}
	}
	if now := s.byPersons(); now != before {
		t.Errorf("%d entries came of what was refused", now-before)
	}
	s.withTwo(t)

	// The control: what one person may say, and whoever loads what happened before.
	for _, r := range []loneRow{
		{"", officeHead, "tasks", taskRow("N-4", `,"amount":"30"`), "1", ""},
		{"", officeHead, "tasks", taskRow("N-4", `,"amount":"30"`), "0", ""},
		{"", northOfficer, "receipts", `{"task":"N-2","outcome":"reject","reason":"N12","filed_on":"2025-03-03"}`, "1", ""},
		{"", officeHead, "commitments", commitmentRow("CN-1", "pledge", stageDay), "1", ""},
		{"", northOfficer, "arrivals", `{"voucher":"P-1","confirmed_on":"2025-03-03","amount":"10"}`, "1", ""},
		{"", northOfficer, "plaques", plaqueRow("GP-2", ""), "1", ""},
		{"", northOfficer, "burdens", formRow("BX-2", ""), "1", ""},
		{"", ofAuthority, "items", `{"code":"A09","name":"新事项","department":"D01","list":"assist","rule":"none"}`, "1", ""},
		{"", "", "completions", `{"task":"N-3","completed_on":"2025-03-02","quantity":"30"}`, "1", ""},
		{"", "", "tasks", taskRow("N-2", `,"recalled_on":"2025-03-03"`), "1", ""},
		{"", "", "receipts", `{"task":"JB-1","outcome":"accept","filed_on":"2025-03-03"}`, "1", ""},
	} {
		var is serve.Imported
		a := s.ask(r.who, http.MethodPost, "/"+r.sheet, "", r.row)
		if a.status != http.StatusOK {
			t.Errorf("%s %s: %d %s", r.sheet, r.row, a.status, a.body)
			continue
		}
		if a.into(t, &is); fmt.Sprint(is.New) != r.want {
			t.Errorf("%s %s: %+v", r.sheet, r.row, is)
		}
	}
}

// TestARowAndAStepDoNotPassEachOther: of a receipt by a row and a step that takes the task up,
// sent at once, one is taken: no instance stands elsewhere than its facts have it.
func TestARowAndAStepDoNotPassEachOther(t *testing.T) {
	t.Parallel()
	const pairs = 24
	s := played(t, serve.Config{DatabaseURL: shared(t).database})
	for i := range pairs {
		s.rows("tasks", strings.Replace(taskRow(fmt.Sprint("N-", i), ""), "2025-02-20", stageDay, 1))
	}
	var both sync.WaitGroup
	for i := range pairs {
		no := fmt.Sprint("N-", i)
		var took [2]bool
		for at, c := range [][2]string{{"/receipts", `{"task":"` + no + `","outcome":"accept","filed_on":"2025-03-03"}`}, {step(no, "see"), ""}} {
			both.Go(func() {
				a := answer{status: http.StatusServiceUnavailable}
				var err error
				for err == nil && a.status == http.StatusServiceUnavailable { // busy: the same request again
					a, err = s.tryAsk(t.Context(), northOfficer, http.MethodPost, c[0], no+c[0], c[1])
				}
				if took[at] = a.status == http.StatusOK; err != nil || !took[at] && a.status != http.StatusConflict {
					t.Errorf("%s: %d %s %v", c[0], a.status, a.body, err)
				}
			})
		}
		both.Wait()
		if took[0] == took[1] {
			t.Errorf("%s: the row was taken %v, and the step %v", no, took[0], took[1])
		}
	}
}

// withTwo tries facts as a workbook: of one person it is refused, of two it is recorded.
func (s *stage) withTwo(t *testing.T) {
	t.Helper()
	in := &intakeStage{s, nil}
	done := []string{"completions.csv", "task,completed_on,quantity\nN-1,2025-03-02,1\n"}
	if a := in.sends(ofAuthority, "/imports", "", done...); a.problem(t).Code != "SECOND_PERSON" {
		t.Errorf("%d %s", a.status, a.body)
	}
	var p serve.Prepared
	in.sends(ofAuthority, "/prepared-imports", "", done...).into(t, &p)
	if !p.Second || !p.Two || p.MayConfirm {
		t.Errorf("%+v", p)
	}
	in.are(ofAuthority, &p, "confirm", "403 SECOND_PERSON")
	if is := in.are("person:another authority@", &p, "confirm", "200"); is.New != 1 {
		t.Errorf("%+v", is)
	}
}

// byPersons is how many entries are of persons.
func (s *stage) byPersons() (n int) {
	s.t.Helper()
	var list api.EntryList
	s.ask("", http.MethodGet, "/entries?limit=1000", "", "").into(s.t, &list)
	for _, e := range list.Entries {
		if strings.HasPrefix(e.Actor, "person:") {
			n++
		}
	}
	return n
}

// TestWhatARowOfOnePersonMayBring: these facts and no others, of whatever event there will
// be; what is refused names steps that there are, and reasons are those of the form.
func TestWhatARowOfOnePersonMayBring(t *testing.T) {
	t.Parallel()
	flows, err := act.Declared()
	if err != nil {
		t.Fatal(err)
	}
	past := memory.New[schemas.Event]()
	var open []string
	for _, kind := range schemas.Types() {
		e, err := schemas.Decode(kind, []byte("{}"))
		if err != nil {
			t.Fatal(err)
		}
		var b *record.Beyond
		if err := record.Alone([]schemas.Event{e}, past, civil.Date(0)); err == nil {
			open = append(open, kind)
		} else if !errors.As(err, &b) {
			t.Errorf("%s: %v", kind, err)
		}
		if b == nil || b.Workflow == "" {
			continue
		}
		for _, step := range b.Steps {
			if _, is := flows[b.Workflow].Actions[step]; !is {
				t.Errorf("%s: there is no %s of %s", kind, step, b.Workflow)
			}
		}
		if first := b.Steps[0]; b.Begins != (first == flows[b.Workflow].Begin) {
			t.Errorf("%s: %s begins %s: %v", kind, first, b.Workflow, b.Begins)
		}
	}
	want := []string{
		"burden.begun", "community.registered", "department.registered", "item.listed", "payment.arrived", "plaque.hung", "plaque_title.listed",
		"task.assigned", "task.receipted",
	}
	if slices.Sort(open); !slices.Equal(open, want) {
		t.Errorf("open to a row: %q, want %q", open, want)
	}

	var form struct {
		Properties struct{ Reason struct{ Enum []string } }
	}
	if err := json.Unmarshal(flows["task"].Actions["reject"].Form, &form); err != nil || len(form.Properties.Reason.Enum) == 0 {
		t.Fatal(err, form)
	}
	for _, code := range append(form.Properties.Reason.Enum, "N00", "N13", "") {
		err := record.Alone([]schemas.Event{schemas.TaskReceipted{Outcome: "reject", Reason: code, Note: "x"}}, past, civil.Date(0))
		if known := slices.Contains(form.Properties.Reason.Enum, code); known != (err == nil) {
			t.Errorf("%q: %v", code, err)
		}
	}
}
