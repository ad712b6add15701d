package process_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"feisui/pkg/access"
	"feisui/pkg/civil"
	"feisui/pkg/message"
	"feisui/pkg/workflow"
	"feisui/schemas"
	"feisui/services/process"
	"feisui/services/process/define"
)

const community = "990101001001"

// somebody is a principal with one role.
func somebody(id string, role access.Role, scope string) access.Principal {
	return access.Principal{ID: "person:" + id, Person: id, Grants: []access.Grant{{Role: role, Scope: scope}}}
}

var (
	head      = somebody("head", access.DepartmentHead, "D01")
	officer   = somebody("officer", access.DepartmentOfficer, "D01")
	secretary = somebody("secretary", access.CommunityOfficer, community)
	authority = somebody("authority", access.Authority, "")
	leader    = somebody("leader", access.Leader, "")
)

// world is the domain of the tests: guards that are named refuse.
type world struct {
	no     map[string]bool
	rows   []process.Effect
	broken error
	facts  error // what effects are refused with
}

func (w *world) Guard(name string, _ *process.Instance, _ *process.Command) error {
	if w.no[name] {
		return workflow.Refusals{workflow.Refuse(0, "guard", name, "contradiction", "known", name)}
	}
	return w.broken
}

func (w *world) Effects(effects []process.Effect, _ *process.Instance, c *process.Command) ([]schemas.Event, error) {
	if w.facts != nil {
		return nil, w.facts
	}
	w.rows = append(w.rows, effects...)
	var facts []schemas.Event
	for range effects {
		facts = append(facts, schemas.TaskRecalled{No: c.Instance, RecalledOn: c.On})
	}
	return facts, w.broken
}

func (*world) Say(text message.Text) (chinese, english string) { return text.Key, text.Key }

func (*world) Street(code string) string {
	if len(code) == 12 {
		return code[:9]
	}
	return ""
}

// play is a workflow that goes on step by step.
type play struct {
	t *testing.T
	*define.Workflow
	world *world
	days  civil.Calendar
	in    *process.Instance
	all   []schemas.Event
}

func builtin(t *testing.T, name string) *define.Workflow {
	t.Helper()
	all, err := define.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	return all[name]
}

func newPlay(t *testing.T, name string) *play {
	t.Helper()
	facts := map[string]bool{
		"fact_accepted": true, "fact_conditional": true, "fact_rejected": true, "fact_recalled": true, "fact_completed": true,
		"fee_arrived": true, "fee_missing": true, "fee_gone": true, "item_listed": true, "emergency": true, "flag_cleared": true,
		"unsigned": true, "opinions_complete": true, "fact_revoked": true, "sampled": true, "was_recheck": true,
	}
	return &play{t: t, Workflow: builtin(t, name), world: &world{no: facts}, days: civil.China()}
}

// on reads a date.
func on(t *testing.T, text string) civil.Date {
	t.Helper()
	d, err := civil.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (p *play) command(who access.Principal, day, action, form string) process.Command {
	c := process.Command{Workflow: p.Workflow.Workflow, Action: action, On: on(p.t, day), Actor: who}
	if form != "" {
		c.Form = json.RawMessage(form)
	}
	if p.in != nil {
		c.Instance = p.in.ID
	}
	if err := p.Fill(action, c.Form); err != nil && p.Actions[action].By != nil {
		p.t.Fatalf("the form of %s: %v", action, err)
	}
	return c
}

func (p *play) take(events []schemas.Event) {
	if len(events) == 0 {
		return
	}
	var in process.Instance
	if p.in != nil {
		in = *p.in
	}
	in = process.Evolve(in, events[0])
	p.in = &in
	p.all = append(p.all, events[0])
}

// do takes a step that is not refused.
func (p *play) do(who access.Principal, day, action, form string) {
	p.t.Helper()
	events, err := p.Decide(p.in, p.command(who, day, action, form), p.days, p.world)
	if err != nil {
		p.t.Fatalf("%s on %s: %s", action, day, said(err))
	}
	p.take(events)
}

// settle records what is due on a day, and gives what it was.
func (p *play) settle(day string) (names string) {
	p.t.Helper()
	for {
		due := p.Due(p.in, on(p.t, day), p.days)
		if len(due) == 0 {
			return strings.TrimSpace(names)
		}
		events, err := p.Settle(p.in, due[0], on(p.t, day), p.days, p.world)
		if err != nil || len(events) == 0 {
			p.t.Fatalf("%+v: %v, %v", due[0], events, err)
		}
		p.take(events)
		names += " " + string(due[0].Kind) + ":" + due[0].Deadline
	}
}

func (p *play) is(state string) {
	p.t.Helper()
	if p.in.State != state {
		p.t.Fatalf("it is %s, want %s", p.in.State, state)
	}
}

func said(err error) string {
	var refused workflow.Refusals
	if !errors.As(err, &refused) {
		return "broken: " + err.Error()
	}
	lines := make([]string, len(refused))
	for i, r := range refused {
		lines[i] = r.Field + ": " + workflow.Messages.Say(message.Chinese, r.Expect)
	}
	return strings.Join(lines, "\n")
}

const issue = `{"no":"JB2025-0031","department":"D01","community":"990101001001","item":"SX-018","amount":"8350.00","due_on":"2025-06-30"}`

// issued is a task that was handed down on a Monday.
func issued(t *testing.T) *play {
	t.Helper()
	p := newPlay(t, "task")
	p.do(head, "2025-03-03", "issue", issue)
	return p
}

func TestATaskFromItsIssueToItsEnd(t *testing.T) {
	t.Parallel()
	p := issued(t)
	p.is("delivered")
	p.do(secretary, "2025-03-04", "see", "")
	p.do(secretary, "2025-03-05", "query", `{"question":"多少户？"}`)
	p.do(officer, "2025-03-06", "answer", `{"answer":"四十二户"}`)
	p.do(secretary, "2025-03-07", "accept_on_condition", `{"condition_amount":"8350","condition_by":"2025-03-20"}`)
	p.is("conditional")
	p.do(head, "2025-03-10", "amend", `{"amount":"9000","reason":"户数增加"}`)
	p.world.no["fee_arrived"] = false
	p.do(process.System, "2025-03-14", "meet_condition", "")
	p.is("funded")
	p.do(secretary, "2025-06-20", "ask_extension", `{"due_on":"2025-07-10","reason":"汛期"}`)
	p.do(head, "2025-06-23", "grant_extension", `{"due_on":"2025-07-10","reason":"同意"}`)
	p.do(secretary, "2025-07-04", "report", `{"completed_on":"2025-07-03","quantity":"42"}`)
	p.do(officer, "2025-07-07", "return_report", `{"reason":"缺名册"}`)
	p.is("funded")
	p.do(secretary, "2025-07-08", "report", `{"completed_on":"2025-07-08","quantity":"43"}`)
	p.world.rows = nil
	p.do(officer, "2025-07-09", "verify", "")
	p.is("closed")
	want := []process.Effect{{Sheet: "completions", Row: map[string]string{"task": "JB2025-0031", "completed_on": "2025-07-08", "quantity": "43"}}}
	if !reflect.DeepEqual(p.world.rows, want) {
		t.Errorf("the completion's row is %v, want that of the last report: %v", p.world.rows, want)
	}
	if len(p.in.Running) > 0 || p.Next(p.in, on(t, "2025-07-09"), p.days).Given() {
		t.Errorf("after the end there runs %v", p.in.Running)
	}
}

func TestTheRowsOfAStepAreFilled(t *testing.T) {
	t.Parallel()
	p := issued(t)
	want := map[string]string{
		"no": "JB2025-0031", "department": "D01", "community": community, "item": "SX-018", "issued_on": "2025-03-03",
		"due_on": "2025-06-30", "amount": "8350.00",
	}
	if len(p.world.rows) != 1 || !reflect.DeepEqual(p.world.rows[0].Row, want) {
		t.Errorf("%v, want %v: a cell that says nothing is left out", p.world.rows, want)
	}
	p.world.rows = nil
	p.do(secretary, "2025-03-04", "reject", `{"reason":"N04"}`)
	want = map[string]string{"task": "JB2025-0031", "outcome": "reject", "filed_on": "2025-03-04", "reason": "N04", "no": "JB2025-0031/2"}
	if len(p.world.rows) != 1 || !reflect.DeepEqual(p.world.rows[0].Row, want) {
		t.Errorf("%v, want %v", p.world.rows, want)
	}
}

func TestSilenceLapsesAndPunishesNobody(t *testing.T) {
	t.Parallel()
	p := issued(t)
	for _, day := range []string{"2025-03-04", "2025-03-05"} {
		if due := p.settle(day); due != "" {
			t.Errorf("on %s: %s", day, due)
		}
	}
	// Two working days to acknowledge; five to answer, the last of them the 10th, and two
	// more that are waited.
	if due := p.settle("2025-03-06"); due != "pass:seeing" {
		t.Error(due)
	}
	if due := p.settle("2025-03-10"); due != "remind:receipt" {
		t.Error(due)
	}
	for day, want := range map[string]string{"2025-03-11": "", "2025-03-12": "", "2025-03-13": "pass:receipt"} {
		q := *p
		if due := q.settle(day); due != want {
			t.Errorf("on %s: %s", day, due)
		}
	}
	p.is("delivered")
	if due := p.settle("2025-03-13"); due != "pass:receipt" {
		t.Error(due)
	}
	p.is("lapsed")
	p.do(secretary, "2025-03-20", "accept", "{}")
	p.is("accepted")
}

// The days off after the last day are in time still: spec §3 says more than five
// working days. So are those after the last of grace.
func TestADeadlinePassesOnAWorkingDay(t *testing.T) {
	t.Parallel()
	p := newPlay(t, "task")
	p.do(head, "2025-03-07", "issue", issue) // a Friday: the fifth working day is Friday the 14th
	p.do(secretary, "2025-03-10", "see", "")
	for day, want := range map[string]string{"2025-03-14": "remind:receipt", "2025-03-15": "", "2025-03-18": "", "2025-03-19": "pass:receipt"} {
		q := *p
		q.t = t
		if due := q.settle(day); due != want {
			t.Errorf("on %s: %q, want %q", day, due, want)
		}
	}
}

func TestAQueryStopsTheClockOnce(t *testing.T) {
	t.Parallel()
	p := issued(t)
	due := func() string {
		for _, r := range p.in.Running {
			if r.Deadline == "receipt" {
				return r.DueOn.String()
			}
		}
		return ""
	}
	p.do(secretary, "2025-03-05", "query", `{"question":"?"}`)
	if due() != "2025-03-13" {
		t.Errorf("three more: %s", due())
	}
	p.do(officer, "2025-03-06", "answer", `{"answer":"!"}`)
	p.do(secretary, "2025-03-07", "query", `{"question":"?"}`)
	if due() != "2025-03-13" {
		t.Errorf("and no more: %s", due())
	}
	// Where there is no grace, one that comes on a day off after the last day is not refused, and stops nothing.
	late := newPlay(t, "task")
	strict := *late.Workflow
	strict.Definition = clone(t, strict.Definition)
	timer("receipt", func(t *process.Timer) { t.Grace = 0 })(strict.Definition)
	late.Workflow = &strict
	late.do(head, "2025-03-07", "issue", issue)
	late.settle("2025-03-12")
	late.do(secretary, "2025-03-15", "query", `{"question":"?"}`)
	if passed := late.settle("2025-03-17"); passed != "pass:receipt" {
		t.Errorf("%q", passed)
	}
}

func TestArbitrationBinds(t *testing.T) {
	t.Parallel()
	const ruling = `{"document":"民裁〔2025〕1号","reason":"事项在清单内"}`
	rejected := func() *play {
		p := issued(t)
		p.do(secretary, "2025-03-04", "reject", `{"reason":"N01"}`)
		return p
	}
	for name, c := range map[string]struct {
		then func(p *play)
		want string
	}{
		"nobody contests":  {func(p *play) { p.settle("2025-03-10") }, "declined"},
		"it is upheld":     {func(p *play) { p.do(authority, "2025-03-06", "uphold", ruling) }, "declined"},
		"it is recalled":   {func(p *play) { p.do(authority, "2025-03-06", "order_recall", ruling) }, "recalled"},
		"it is overturned": {func(p *play) { p.do(authority, "2025-03-06", "overturn", ruling) }, "redelivered"},
		"overturned, and then silence": {func(p *play) {
			p.do(authority, "2025-03-06", "overturn", ruling)
			p.settle("2025-03-18")
		}, "lapsed"},
		"nobody rules": {func(p *play) { p.settle("2025-03-20") }, "arbitration"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := rejected()
			if c.want != "declined" || name != "nobody contests" {
				p.do(head, "2025-03-05", "contest", `{"grounds":"在清单内"}`)
			}
			c.then(p)
			p.is(c.want)
		})
	}
}

func TestMoneyResumesWhatItsWantSuspends(t *testing.T) {
	t.Parallel()
	p := issued(t)
	p.do(secretary, "2025-03-04", "accept_on_condition", `{"condition_amount":"8350","condition_by":"2025-03-20"}`)
	if due := p.settle("2025-03-20"); due != "remind:condition" {
		t.Error(due)
	}
	p.is("conditional")
	p.settle("2025-03-21")
	p.is("suspended")
	if awaits := strings.Join(p.Awaits(p.in), " "); awaits != "meet_condition note_completion note_recall" {
		t.Error(awaits)
	}
	p.world.no["fee_arrived"] = false
	p.do(process.System, "2025-04-01", "meet_condition", "")
	p.is("funded")
	p.world.no["fee_missing"] = false
	p.do(process.System, "2025-04-02", "lose_condition", "")
	p.is("suspended")

	arrived := issued(t)
	arrived.do(secretary, "2025-03-04", "accept_on_condition", `{"condition_amount":"8350","condition_by":"2025-03-20"}`)
	arrived.world.no["fee_arrived"] = false
	arrived.settle("2025-03-21")
	arrived.is("funded")
}

func TestWhatWasRecordedIsTakenUp(t *testing.T) {
	t.Parallel()
	for state, want := range map[string]string{"issued": "delivered", "accepted": "accepted", "lapsed": "lapsed", "completed": "", "recalled": ""} {
		p := newPlay(t, "task")
		events, err := p.TakeUp("JB2025-0031", state, json.RawMessage(issue), on(t, "2025-03-03"), on(t, "2025-03-10"), access.Principal{ID: "operator:a"}, p.days)
		if err != nil || (len(events) == 0) != (want == "") {
			t.Fatalf("%s: %v, %v", state, events, err)
		}
		if want == "" {
			continue
		}
		p.take(events)
		p.is(want)
		if p.in.Parties["community"] != community || p.in.Form == nil {
			t.Errorf("%+v", p.in)
		}
		// Its days count from when it came into that state.
		if due := p.settle("2025-03-13"); state == "issued" && due != "pass:seeing pass:receipt" {
			t.Errorf("%s: %s", state, due)
		}
	}
}

// TestAnExtensionOfWhatHadNoDayBeginsOne: the day that was granted is one to keep, also
// where there was none, or it is over.
func TestAnExtensionOfWhatHadNoDayBeginsOne(t *testing.T) {
	t.Parallel()
	p := newPlay(t, "task")
	p.do(head, "2025-03-03", "issue", `{"no":"JB-1","department":"D01","community":"`+community+`","item":"A01"}`)
	p.do(secretary, "2025-03-04", "accept", "")
	if len(p.in.Running) > 0 {
		t.Fatalf("%+v", p.in.Running)
	}
	for n, until := range []string{"2025-03-20", "2025-04-10"} {
		p.do(secretary, "2025-03-05", "ask_extension", `{"due_on":"`+until+`","reason":"汛期"}`)
		p.do(head, "2025-03-05", "grant_extension", `{"due_on":"`+until+`","reason":"同意"}`)
		if r := p.in.Running; len(r) != 1 || r[0].Deadline != "completion" || r[0].DueOn != on(t, until) || r[0].N != 1 || r[0].Extended != n {
			t.Errorf("%+v", r)
		}
	}
	p.settle("2025-04-11")
	p.do(secretary, "2025-04-11", "ask_extension", `{"due_on":"2025-05-01","reason":"汛期"}`)
	p.do(head, "2025-04-11", "grant_extension", `{"due_on":"2025-05-01","reason":"同意"}`)
	if r := p.in.Running; len(r) != 1 || r[0].N != 2 || r[0].DueOn != on(t, "2025-05-01") {
		t.Errorf("%+v", r)
	}
}

func TestAnExtensionIsAskedForAndGrantedOnce(t *testing.T) {
	t.Parallel()
	p := issued(t)
	p.do(secretary, "2025-03-04", "accept", "")
	grant := `{"due_on":"2025-07-10","reason":"同意"}`
	refuse(p, head, "2025-06-02", "grant_extension", grant, "state: 没有待答复的“申请延期”，不能“同意延期”")
	p.do(secretary, "2025-06-03", "ask_extension", `{"due_on":"2025-07-10","reason":"汛期"}`)
	p.do(head, "2025-06-04", "grant_extension", grant)
	refuse(p, head, "2025-06-04", "refuse_extension", `{"reason":"否"}`, "state: 没有待答复的“申请延期”，不能“不同意延期”")
	for _, r := range p.in.Running {
		if r.Deadline == "completion" && r.DueOn != on(t, "2025-07-10") {
			t.Errorf("%+v", r)
		}
	}
	if due := p.settle("2025-07-11"); due != "pass:completion" {
		t.Error(due)
	}
	p.is("accepted") // only said
}
