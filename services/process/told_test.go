package process_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"feisui/pkg/access"
	"feisui/pkg/message"
	"feisui/pkg/workflow"
	"feisui/services/process"
)

// told gives to whom the last step is said, by address and reason.
func (p *play) told() string {
	var all []string
	for to, why := range p.Audience(p.in, p.world.Street) {
		all = append(all, fmt.Sprintf("%s@%s=%s", to.Role, to.Office, why))
	}
	slices.Sort(all)
	return strings.ReplaceAll(strings.Join(all, " "), community, "C")
}

// TestWhoIsToldOfATask: who has to act is asked, reminded and told when it is late; the
// other side hears the answer; and a ruling reaches the community that rejected, which can
// do nothing in its state.
func TestWhoIsToldOfATask(t *testing.T) {
	t.Parallel()
	p := newPlay(t, "task")
	heard := func(step, want string) {
		t.Helper()
		if got := p.told(); got != want {
			t.Errorf("%s is said to\n%s, want\n%s", step, got, want)
		}
	}
	p.do(head, "2025-03-03", "issue", `{"no":"JB-1","department":"D01","community":"`+community+`","item":"A01"}`)
	heard("the task", "community_officer@C=asked department_head@D01=said department_officer@D01=said")
	p.settle("2025-03-06")
	heard("that nobody acknowledged it", "community_officer@C=late")
	p.settle("2025-03-07")
	heard("that the answer is due", "community_officer@C=reminder")
	p.do(secretary, "2025-03-07", "reject", `{"reason":"N04"}`)
	heard("the rejection", "department_head@D01=asked department_officer@D01=said")
	p.do(head, "2025-03-10", "contest", `{"grounds":"有依据"}`)
	heard("the contest", "authority@=asked community_officer@C=said department_head@D01=said department_officer@D01=said")
	p.settle("2025-03-17")
	heard("that the ruling is due", "authority@=reminder")
	p.settle("2025-03-18")
	heard("that it is late", "authority@=late leader@=escalated")
	p.do(authority, "2025-03-18", "uphold", `{"document":"汝民发〔2025〕3号","reason":"没有经费"}`)
	heard("the ruling", "community_officer@C=said department_head@D01=said department_officer@D01=said")
}

// TestWhoIsToldOfADraft: the head is asked, and told when it is late; the officer hears what
// came of it; and nobody outside of the department hears of any step.
func TestWhoIsToldOfADraft(t *testing.T) {
	t.Parallel()
	p := newPlay(t, "draft")
	for _, step := range []struct {
		who                     access.Principal
		day, action, form, want string
	}{
		{officer, "2025-03-03", "draft", `{"no":"D01/1","department":"D01","item":"A01"}`, "department_head@D01=said department_officer@D01=asked"},
		{officer, "2025-03-03", "submit", "", "department_head@D01=asked department_officer@D01=said"},
		{head, "2025-03-04", "return", `{"reason":"补上依据"}`, "department_head@D01=said department_officer@D01=asked"},
		{officer, "2025-03-04", "submit", "", "department_head@D01=asked department_officer@D01=said"},
		{process.System, "2025-03-10", "", "", "department_head@D01=late department_officer@D01=escalated"},
		{head, "2025-03-10", "issue", "", "department_head@D01=said department_officer@D01=said"},
	} {
		if step.action == "" {
			p.settle(step.day)
		} else {
			p.do(step.who, step.day, step.action, step.form)
		}
		if got := p.told(); got != step.want {
			t.Errorf("%s is said to\n%s, want\n%s", step.action, got, step.want)
		}
	}
}

// TestWhoIsToldOfAnApplication: who is asked for an opinion hears no other's, and the
// street's officer is told for the communities below.
func TestWhoIsToldOfAnApplication(t *testing.T) {
	t.Parallel()
	const other = "990101001002"
	d := builtin(t, "admission")
	begun := process.Instance{
		Workflow: "admission", ID: "ZR-1", Version: 1, State: "consulting",
		Parties: map[string]string{"department": "D01", "scope": community + ";" + other},
		Steps: []process.Step{
			{Event: "instance.begun", Action: "apply", To: "submitted", Role: "department_head", Office: "D01"},
			{Event: "instance.acted", Action: "accept", From: "submitted", To: "consulting", Role: "authority", Form: []byte(`{"justice":"D05"}`)},
			{Event: "instance.acted", Action: "give_opinion", From: "consulting", To: "consulting", Role: "department_officer", Office: "D05"},
		},
	}
	told := d.Audience(&begun, (&world{}).Street)
	for to, want := range map[process.Address]process.Why{
		{Role: access.Authority}:                              process.Said, // whose question it answers
		{Role: access.DepartmentHead, Office: "D01"}:          process.Said,
		{Role: access.CommunityOfficer, Office: community}:    "",
		{Role: access.FinanceOfficer}:                         "",
		{Role: access.DepartmentOfficer, Office: "D05"}:       "",
		{Role: access.CommunityOfficer, Office: "elsewhere"}:  "",
		{Role: access.DepartmentOfficer, Office: "elsewhere"}: "",
	} {
		if told[to] != want {
			t.Errorf("%v is told as %q, want %q", to, told[to], want)
		}
	}
	begun.Steps, begun.State = append(begun.Steps, process.Step{Event: "instance.acted", Action: "deny", From: "review", To: "denied", Role: "authority"}), "denied"
	told = d.Audience(&begun, (&world{}).Street)
	for _, to := range []process.Address{{access.CommunityOfficer, community}, {access.CommunityOfficer, other}, {access.DepartmentOfficer, "D05"}, {access.DepartmentOfficer, "D01"}} {
		if told[to] != process.Said {
			t.Errorf("%v does not hear the decision: %v", to, told)
		}
	}
	payment := builtin(t, "payment")
	paid := process.Instance{Workflow: "payment", ID: "PZ-1", State: "paid", Parties: map[string]string{"payer": "D09", "payee": "990101001", "community": community}, Steps: []process.Step{
		{Event: "instance.begun", Action: "record", To: "paid", Role: "finance_officer", Office: "D09"},
	}}
	if told := payment.Audience(&paid, (&world{}).Street); told[process.Address{Role: access.StreetOfficer, Office: "990101001"}] == "" {
		t.Errorf("the street does not hear of the payment: %v", told)
	}
	paid.Steps[0].Action = "" // it was taken up as recorded
	if told := payment.Audience(&paid, (&world{}).Street); told != nil {
		t.Errorf("what was recorded long since is said to %v", told)
	}
}

// TestAWarningIsNoLateness: who is to answer is reminded, and nobody is told that they are
// late or, of others, that these are; the deadline that was warned of says so.
func TestAWarningIsNoLateness(t *testing.T) {
	t.Parallel()
	d := builtin(t, "case")
	for deadline, want := range map[string]process.Why{"warning": process.Reminder, "replying": process.Late} {
		in := process.Instance{
			Workflow: "case", ID: "DB-1", Version: d.Version, Parties: map[string]string{"department": "D01"}, Form: []byte(`{"rule":"retained"}`),
			Steps: []process.Step{
				{Event: "instance.begun", Action: "open", To: "notified", Role: "system"},
				{Event: "instance.deadline_passed", Deadline: deadline, Action: d.Timers[deadline].Pass, From: "notified", To: d.Actions[d.Timers[deadline].Pass].To},
			},
		}
		told := d.Audience(&in, (&world{}).Street)
		if got := told[process.Address{Role: access.DepartmentOfficer, Office: "D01"}]; got != want {
			t.Errorf("%s: the department is told as %q: %v", deadline, got, told)
		}
		escalated := false
		for _, why := range told {
			escalated = escalated || why == process.Escalated
		}
		if escalated == d.Timers[deadline].Warning {
			t.Errorf("%s: %v", deadline, told)
		}
		said := d.Tell(&in, 2)
		if line := workflow.Messages.Say(message.Chinese, said); strings.Contains(line, "已过") == d.Timers[deadline].Warning {
			t.Errorf("%s: %s", deadline, line)
		}
	}
}

// TestACommunityHearsOfItsCase: of a case about its money the community hears how it
// began, by when payment is promised and how it ended, and of what lies between, or of
// another case about it, nothing. Its street hears nothing of it.
func TestACommunityHearsOfItsCase(t *testing.T) {
	t.Parallel()
	d := builtin(t, "case")
	begun := process.Step{Event: "instance.begun", Action: "open", To: "notified", Role: "system"}
	then := func(action, form, from, to, role string) []process.Step {
		return []process.Step{begun, {Event: "instance.acted", Action: action, From: from, To: to, Role: role, Form: []byte(form)}}
	}
	for name, c := range map[string]struct {
		rule  string
		steps []process.Step
		want  process.Why
	}{
		"it began":                      {"unfunded", []process.Step{begun}, process.Said},
		"payment is promised":           {"underfunded", then("reply", `{"kind":"pay","text":"x","pay_by":"2025-03-10"}`, "notified", "replied", "department_head"), process.Said},
		"nothing is promised":           {"underfunded", then("reply", `{"kind":"explain","text":"x"}`, "notified", "replied", "department_head"), ""},
		"the reply does not do":         {"unfunded", then("turn_down", `{"reason":"x"}`, "replied", "blue", "authority"), ""},
		"money came":                    {"unfunded", then("cure", "", "notified", "cured", "system"), process.Said},
		"it is struck off":              {"retained", then("verify", "", "notified", "resolved", "authority"), process.Said},
		"it is waived":                  {"unfunded", then("consent", `{"document":"x"}`, "waiving", "waived", "leader"), process.Said},
		"a case of a plaque began":      {"plaque_relapse", []process.Step{begun}, ""},
		"a case of a plaque is at end":  {"plaque_relapse", then("verify", "", "notified", "resolved", "authority"), ""},
		"it is what was never admitted": {"unadmitted", []process.Step{begun}, ""},
		"it is what it had reported":    {"outside_work", []process.Step{begun}, process.Said},
		"it is an emergency's papers":   {"emergency_unpapered", []process.Step{begun}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := process.Instance{
				Workflow: "case", ID: "DB-1", Version: d.Version, State: c.steps[len(c.steps)-1].To, Form: []byte(`{"rule":"` + c.rule + `"}`),
				Parties: map[string]string{"department": "D01", "community": community}, Steps: c.steps,
			}
			told := d.Audience(&in, (&world{}).Street)
			if got := told[process.Address{Role: access.CommunityOfficer, Office: community}]; got != c.want {
				t.Errorf("the community is told as %q: %v", got, told)
			}
			for to, why := range told {
				if to.Role == access.StreetOfficer && to.Office == (&world{}).Street(community) || why == process.Asked && to.Role == access.CommunityOfficer {
					t.Errorf("%v is told as %q", to, why)
				}
			}
			given := d.Given(&in, &in.Steps[len(in.Steps)-1])
			if promised := name == "payment is promised"; (given["pay_by"] == "2025-03-10") != promised {
				t.Errorf("it says %v", given)
			}
		})
	}
}
