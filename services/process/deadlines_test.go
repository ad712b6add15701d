package process_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"feisui/pkg/access"
	"feisui/pkg/civil"
	"feisui/pkg/message"
	"feisui/pkg/workflow"
	"feisui/schemas"
	"feisui/services/process"
)

func (p *play) amend(line string) {
	p.t.Helper()
	days, err := p.days.Amend(strings.NewReader(line))
	if err != nil {
		p.t.Fatal(err)
	}
	p.days = days
}

func (p *play) running(deadline string) schemas.DeadlineSet {
	for _, r := range p.in.Running {
		if r.Deadline == deadline {
			return r
		}
	}
	return schemas.DeadlineSet{}
}

func TestAnAmendedCalendarMovesWhatRuns(t *testing.T) {
	t.Parallel()
	p := issued(t)
	p.settle("2025-03-06")
	p.amend("2025-03-07,off")
	if due := p.settle("2025-03-07"); due != "move:receipt" {
		t.Fatal(due)
	}
	moved, is := p.all[len(p.all)-1].(schemas.InstanceDeadlineMoved)
	if !is || moved.Before != on(t, "2025-03-10") || moved.DueOn != on(t, "2025-03-11") || moved.Calendar != p.days.Edition() {
		t.Errorf("%+v", moved)
	}
	if r := p.running("receipt"); r.DueOn != moved.DueOn || r.N != 1 || r.Days != 5 {
		t.Errorf("%+v", r)
	}
	if due := p.settle("2025-03-11"); due != "remind:receipt" {
		t.Errorf("in time on the new day: %s", due)
	}
	if due := p.settle("2025-03-14"); due != "pass:receipt" {
		t.Error(due)
	}
	// What is over stays over.
	p.amend("2025-03-12,off")
	if due := p.settle("2025-03-14"); due != "" {
		t.Error(due)
	}
}

// What would have passed by the calendar as it was, and falls later by the one
// that is, moves and does not pass.
func TestWhatMovesDoesNotPass(t *testing.T) {
	t.Parallel()
	p := issued(t)
	p.settle("2025-03-06")
	p.amend("2025-03-11,off\n2025-03-10,off")
	if events, err := p.Pass(p.in, "receipt", 1, on(t, "2025-03-14"), p.days, p.world); err != nil || events != nil {
		t.Errorf("%v, %v", events, err)
	}
	if due := p.settle("2025-03-12"); due != "move:receipt remind:receipt" {
		t.Error(due)
	}
	if due := p.settle("2025-03-17"); due != "pass:receipt" {
		t.Error(due)
	}
}

func TestADeadlinePassesOnce(t *testing.T) {
	t.Parallel()
	p := issued(t)
	pass := func(n int, day string) int {
		events, err := p.Pass(p.in, "receipt", n, on(t, day), p.days, p.world)
		if err != nil {
			t.Fatal(err)
		}
		return len(events)
	}
	if pass(1, "2025-03-12") != 0 || pass(2, "2025-03-13") != 0 || pass(1, "2025-03-13") != 1 {
		t.Error("it passes on the last day of grace, for another time, or not at all")
	}
	due := p.Due(p.in, on(t, "2025-03-13"), p.days)
	p.settle("2025-03-13")
	if pass(1, "2025-03-13") != 0 {
		t.Error("it passes again")
	}
	for _, d := range due {
		if events, err := p.Settle(p.in, d, on(t, "2025-03-13"), p.days, p.world); err != nil || events != nil {
			t.Errorf("%+v is settled twice: %v, %v", d, events, err)
		}
	}
	if len(due) != 2 || due[0].Deadline != "seeing" || due[1].Request != "deadline/task/JB2025-0031/receipt/1" {
		t.Errorf("%+v", due)
	}
}

// A guard that refuses what should follow does not keep the deadline from having
// passed.
func TestWhatPassesIsSaidThoughNothingFollows(t *testing.T) {
	t.Parallel()
	p := newPlay(t, "case")
	p.world.no["flag_stands"] = false
	p.do(authority, "2025-03-03", "open", `{"no":"DB1","rule":"unfunded","subject":"JB1","department":"D01","community":"990101001001","lamp":"red"}`)
	p.world.no["flag_stands"] = true
	if due := p.settle("2025-03-11"); due != "pass:warning pass:replying" {
		t.Error(due)
	}
	p.is("notified")
	passed, is := p.all[len(p.all)-1].(schemas.InstanceDeadlinePassed)
	if !is || passed.Action != "" || passed.From != passed.To || len(p.in.Running) > 0 {
		t.Errorf("%+v, running %v", p.all[len(p.all)-1], p.in.Running)
	}
}

// Facts that are refused do not keep a deadline from having passed either: it is said
// once, with why nothing followed, to the authority too, and people go on.
func TestADeadlineWhoseFactsAreRefusedHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	p := issued(t)
	p.do(secretary, "2025-03-04", "accept", "")
	p.do(secretary, "2025-03-05", "report", `{"completed_on":"2025-03-05"}`)
	p.world.facts = &process.Unrecorded{
		Err: workflow.Refusals{workflow.Refuse(0, "completed_on", "2025-03-05", "contradiction", "known", "x")},
		Why: []schemas.FactRefused{{Field: "completed_on", Found: "2025-03-05", Chinese: "不得早于交办日期 2025-03-06", English: "no earlier than the issue"}},
	}
	if due := p.settle("2025-03-20"); !strings.HasSuffix(due, "pass:verification") {
		t.Error(due)
	}
	p.is("reported")
	passed, is := p.all[len(p.all)-1].(schemas.InstanceDeadlinePassed)
	if !is || passed.Action != "" || passed.Refused == nil || passed.Refused.Action != "verify_by_silence" || len(p.in.Running) > 0 {
		t.Errorf("%+v, running %v", p.all[len(p.all)-1], p.in.Running)
	}
	if told := p.told(); told != "authority@=escalated department_head@D01=late department_officer@D01=late" {
		t.Errorf("it is said to %s", told)
	}
	const want = "“验收期限”已过，最后一日为 2025-03-19；应随之“逾期视为通过”，但无法登记：2025-03-05 不得早于交办日期 2025-03-06。请有关人员办理，现仍为“待验收”"
	if said := workflow.Messages.Say(message.Chinese, p.Tell(p.in, len(p.in.Steps))); said != want {
		t.Errorf("%s", said)
	}
	if due := p.settle("2025-04-20"); due != "" {
		t.Errorf("it is due again: %s", due)
	}
	refuse(p, officer, "2025-04-20", "verify", "", "completed_on: 应与已登记的“x”一致；确需更正的，请选“更正”并写明理由，重新提交")
	p.do(officer, "2025-04-20", "return_report", `{"reason":"日期有误"}`)
	p.world.facts = nil
	p.do(head, "2025-04-20", "recall", `{"reason":"日期有误"}`)
}

// What the department returned twice and nobody can record waits for nothing but the
// community: it takes its report back, and reports anew. The department does not recall
// what was done.
func TestAReportThatCannotBeRecordedIsTakenBack(t *testing.T) {
	t.Parallel()
	p := issued(t)
	p.do(secretary, "2025-03-04", "accept", "")
	for _, day := range []string{"2025-03-05", "2025-03-06"} {
		p.do(secretary, day, "report", `{"completed_on":"2025-03-05"}`)
		p.do(officer, day, "return_report", `{"reason":"日期有误"}`)
	}
	p.do(secretary, "2025-03-07", "report", `{"completed_on":"2025-03-05"}`)
	p.world.facts = &process.Unrecorded{
		Err: workflow.Refusals{workflow.Refuse(0, "completed_on", "2025-03-05", "contradiction", "known", "x")},
		Why: []schemas.FactRefused{{Field: "completed_on", Found: "2025-03-05", Chinese: "不得早于交办日期", English: "no earlier than the issue"}},
	}
	p.settle("2025-04-20")
	p.is("reported")
	refuse(p, officer, "2025-04-20", "return_report", `{"reason":"日期有误"}`, "state: “退回补办”最多办 2 次，已经办过")
	if len(p.in.Running) > 0 {
		t.Fatalf("%+v", p.in.Running)
	}
	p.do(secretary, "2025-04-21", "withdraw_report", "")
	p.is("accepted")
	p.world.facts = nil
	p.do(secretary, "2025-04-21", "report", `{"completed_on":"2025-04-21"}`)
	p.do(officer, "2025-04-21", "verify", "")
	p.is("closed")
}

// Who asks in the days of grace has three days more too, so that the answer is due before
// the task lapses; who asks twice has not six.
func TestWhoAsksWithinTheGraceIsAnsweredBeforeItLapses(t *testing.T) {
	t.Parallel()
	p := issued(t)
	p.settle("2025-03-12")
	p.do(secretary, "2025-03-12", "query", `{"question":"经费多少"}`) // due on the 10th, with grace until the 12th
	if r := p.running("receipt"); r.DueOn != on(t, "2025-03-13") || r.Days != 8 || r.Extended != 1 {
		t.Errorf("%+v", r)
	}
	if answer := p.running("answering"); answer.DueOn != on(t, "2025-03-17") {
		t.Errorf("%+v", answer)
	}
	p.settle("2025-03-17")
	p.is("queried")
	p.do(officer, "2025-03-17", "answer", `{"answer":"三千元"}`)
	p.do(secretary, "2025-03-17", "query", `{"question":"何时拨付"}`)
	p.settle("2025-03-18")
	p.is("lapsed")
}

func TestACaseIsEscalatedAndWaivedByTwo(t *testing.T) {
	t.Parallel()
	p := newPlay(t, "case")
	p.world.no["flag_stands"] = false
	p.do(process.System, "2025-03-03", "open", `{"no":"DB1","rule":"unfunded","subject":"JB1","department":"D01","community":"990101001001","lamp":"red"}`)
	for _, step := range []struct{ day, due, state string }{
		{"2025-03-04", "", "notified"}, {"2025-03-05", "pass:warning", "warned"}, // three working days before the tenth
		{"2025-03-10", "remind:replying", "warned"}, {"2025-03-11", "pass:replying", "yellow"}, {"2025-03-19", "pass:yellow_order", "red"},
	} {
		if due := p.settle(step.day); !strings.HasSuffix(due, step.due) {
			t.Errorf("on %s: %s", step.day, due)
		}
		p.is(step.state)
	}
	if rows := len(p.world.rows); rows != 2 { // the yellow order and the red one: a warning signs nothing
		t.Errorf("%d documents", rows)
	}
	p.do(authority, "2025-03-20", "propose_waiver", `{"reason":"单位已撤销"}`)
	both := authority
	both.Grants = append(both.Grants, leader.Grants...)
	refuse(p, both, "2025-03-28", "consent", `{"document":"县办〔2025〕9号"}`, "actor: “批准豁免”须由另一人办理：2025-03-20 的“提请豁免”是同一人办的")
	p.do(leader, "2025-03-28", "consent", `{"document":"县办〔2025〕9号"}`)
	p.is("waived")
}

// A deadline that reaches into a year without a published calendar is
// provisional, and stops being that when the year is published, moved or not.
func TestADayWithoutACalendarIsProvisional(t *testing.T) {
	t.Parallel()
	p := newPlay(t, "task")
	p.do(head, "2026-12-30", "issue", issue)
	if r := p.running("receipt"); !r.Provisional || r.DueOn != on(t, "2027-01-06") {
		t.Errorf("%+v", r)
	}
	if r := p.running("seeing"); !r.Provisional || r.DueOn != on(t, "2027-01-01") {
		t.Errorf("%+v", r)
	}
	p.amend("2027-01-01,off,元旦")
	if due := p.settle("2026-12-31"); due != "move:receipt move:seeing" {
		t.Error(due)
	}
	if r := p.running("receipt"); r.Provisional || r.DueOn != on(t, "2027-01-07") {
		t.Errorf("%+v", r)
	}
	within := newPlay(t, "task")
	within.do(head, "2026-12-21", "issue", issue)
	if r := within.running("receipt"); r.Provisional {
		t.Errorf("%+v", r)
	}
	// Published without a change to this deadline: it is certain now, and says so.
	same := newPlay(t, "task")
	same.do(head, "2026-12-30", "issue", issue)
	same.amend("2027-05-03,off")
	if due := same.settle("2026-12-31"); due != "move:receipt move:seeing" || same.running("receipt").Provisional {
		t.Errorf("%s, %+v", due, same.running("receipt"))
	}
}

func TestARemindersDayComesOnce(t *testing.T) {
	t.Parallel()
	p := issued(t)
	p.do(secretary, "2025-03-04", "accept", "")
	p.do(secretary, "2025-03-05", "report", `{"completed_on":"2025-03-05"}`) // verified by the 19th, reminded on the 14th
	for _, c := range []struct{ day, want string }{
		{"2025-03-13", ""}, {"2025-03-14", "remind:verification"}, {"2025-03-14", ""}, {"2025-03-17", ""}, {"2025-03-19", ""}, {"2025-03-20", "pass:verification"},
	} {
		if due := p.settle(c.day); due != c.want {
			t.Errorf("on %s: %q, want %q", c.day, due, c.want)
		}
	}
	p.is("closed") // the department's silence holds nobody up
}

func TestWhoLearnsOfWhatIsDue(t *testing.T) {
	t.Parallel()
	p := issued(t)
	p.settle("2025-03-06")
	for day, want := range map[string]string{"2025-03-07": "remind [community_officer@community]", "2025-03-13": "pass [authority]"} {
		due := p.Due(p.in, on(t, day), p.days)
		if len(due) != 1 || fmt.Sprint(due[0].Kind, " ", due[0].Notify) != want {
			t.Errorf("on %s: %+v", day, due)
		}
	}
}

func TestNextSaysWhenToLookAgain(t *testing.T) {
	t.Parallel()
	p := issued(t)
	for day, want := range map[string]string{"2025-03-03": "2025-03-06", "2025-03-06": "2025-03-07", "2025-03-07": "2025-03-13", "2025-03-13": ""} {
		if next := p.Next(p.in, on(t, day), p.days); next.String() != want {
			t.Errorf("after %s: %s, want %s", day, next, want)
		}
	}
}

// An amendment of the due date counts, also one that came before the deadline ran
// or while it did not.
func TestTheDueDateIsTheLastThatWasSaid(t *testing.T) {
	t.Parallel()
	p := issued(t)
	p.do(head, "2025-03-04", "amend", `{"due_on":"2025-07-15","reason":"!"}`)
	p.do(secretary, "2025-03-05", "accept", "")
	if r := p.running("completion"); r.DueOn != on(t, "2025-07-15") || r.N != 1 {
		t.Errorf("%+v", r)
	}
	p.do(head, "2025-03-06", "amend", `{"due_on":"2025-08-15","reason":"!"}`)
	p.do(secretary, "2025-03-07", "report", `{"completed_on":"2025-03-07"}`)
	if r := p.running("completion"); r.Deadline != "" {
		t.Errorf("%+v", r)
	}
	p.do(officer, "2025-03-10", "return_report", `{"reason":"!"}`)
	if r := p.running("completion"); r.DueOn != on(t, "2025-08-15") || r.N != 2 {
		t.Errorf("%+v", r)
	}
}

func TestTheTimelineSaysHowADayWasFound(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		set    schemas.DeadlineSet
		zh, en string
	}{
		{schemas.DeadlineSet{From: on(t, "2025-03-03"), Days: 5, Unit: "working", DueOn: on(t, "2025-03-10")},
			"{deadline}：2025-03-03 起 5 个工作日 → 3月10日", "{deadline}: 5 working days after 2025-03-03 → 2025-03-10"},
		{schemas.DeadlineSet{From: on(t, "2025-03-31"), Days: 5, Unit: "working", DueOn: on(t, "2025-04-08")},
			"{deadline}：2025-03-31 起 5 个工作日，其中 4月4日–6日放假 → 4月8日", "{deadline}: 5 working days after 2025-03-31, of which 2025-04-04–2025-04-06 are days off → 2025-04-08"},
		{schemas.DeadlineSet{From: on(t, "2025-09-26"), Days: 5, Unit: "working", DueOn: on(t, "2025-10-10")},
			"{deadline}：2025-09-26 起 5 个工作日，其中 10月1日–8日放假，9月28日上班 → 10月10日", ""},
		{schemas.DeadlineSet{From: on(t, "2026-12-30"), Days: 2, Unit: "working", DueOn: on(t, "2027-01-01"), Provisional: true},
			"{deadline}：2026-12-30 起 2 个工作日（放假安排尚未公布，暂定） → 2027年1月1日", ""},
		{schemas.DeadlineSet{From: on(t, "2025-03-31"), Days: 5, Unit: "working", DueOn: on(t, "2025-04-07")},
			"{deadline}：2025-03-31 起 5 个工作日（按当时的工作日历） → 4月7日", ""},
		{schemas.DeadlineSet{From: on(t, "2025-03-31"), Days: 30, Unit: "calendar", DueOn: on(t, "2025-04-30")},
			"{deadline}：2025-03-31 起 30 天 → 4月30日", "{deadline}: 30 days after 2025-03-31 → 2025-04-30"},
		{schemas.DeadlineSet{From: on(t, "2025-04-30"), Unit: "calendar", DueOn: on(t, "2025-04-30")}, "{deadline}：2025-04-30", "{deadline}: 2025-04-30"},
	} {
		text := process.Explain(c.set, civil.China())
		if c.zh = strings.Replace(c.zh, " → ", " → ", 1); workflow.Messages.Say(message.Chinese, text) != c.zh {
			t.Errorf("%s\nwant %s", workflow.Messages.Say(message.Chinese, text), c.zh)
		}
		if got := workflow.Messages.Say(message.English, text); c.en != "" && got != c.en {
			t.Errorf("%s\nwant %s", got, c.en)
		}
	}
	p := issued(t)
	p.settle("2025-03-13")
	var lines []string
	for _, m := range process.Timeline(p.Definition, p.in, p.days) {
		line := m.On.String() + " " + workflow.Messages.Say(message.Chinese, m.Text)
		if m.Running {
			line += " …"
		}
		lines = append(lines, line)
	}
	want := []string{
		"2025-03-03 交办，现为“待签收”",
		"2025-03-10 回执期限：2025-03-03 起 5 个工作日 → 3月10日，另宽限 2 个工作日",
		"2025-03-05 签收期限：2025-03-03 起 2 个工作日 → 3月5日",
		"2025-03-13 “签收期限”已过，最后一日为 2025-03-05",
		"2025-03-13 “回执期限”已过，最后一日为 2025-03-10，因此“逾期未回执”，现为“逾期未回执”",
	}
	if got := strings.Join(lines, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

// TestADeadlineThatNobodyCouldKeepDoesNotRun: what a street gets for no community yet, no
// community confirms; the control is what it gets for one.
func TestADeadlineThatNobodyCouldKeepDoesNotRun(t *testing.T) {
	t.Parallel()
	for more, want := range map[string]string{"": "", `,"community":"` + community + `"`: "confirming"} {
		form := `{"voucher":"HP-1","paid_on":"2025-03-03","payer":"D01","payee":"` + community[:9] + `","purpose":"item:B01","amount":"100"` + more + `}`
		finance := access.Principal{ID: "person:fin", Grants: []access.Grant{{Role: access.FinanceOfficer}}}
		began, taken := newPlay(t, "payment"), newPlay(t, "payment")
		began.world.no["over_limit"] = true
		began.do(finance, "2025-03-03", "record", form)
		events, err := taken.TakeUp("HP-1", "paid", json.RawMessage(form), on(t, "2025-03-03"), on(t, "2025-03-03"), process.System, taken.days)
		if err != nil {
			t.Fatal(err)
		}
		taken.take(events)
		for _, p := range []*play{began, taken} {
			p.is("paid")
			var runs string
			for _, r := range p.in.Running {
				runs += r.Deadline
			}
			if runs != want {
				t.Errorf("%s: there runs %q", more, runs)
			}
		}
	}
}
