package act

import (
	"encoding/json"
	"maps"
	"slices"

	"feisui/pkg/civil"
	"feisui/pkg/code"
	"feisui/pkg/workflow"
	"feisui/schemas"
	"feisui/services/feisui/record"
	"feisui/services/oversight"
	"feisui/services/process"
)

// caseFlow is the workflow of cases (督办), which flags open.
const caseFlow = "case"

// casesAtOnce bounds how many cases one append opens: the first import of a
// county's history raises thousands of flags.
const casesAtOnce = 50

// announce takes in what the ledger said of a flag.
func (f *Flows) announce(e schemas.Event) {
	var moved string
	switch e := e.(type) {
	case schemas.FlagRaised:
		moved = f.cases.Announce(e)
	case schemas.FlagChanged:
		moved = f.cases.Announce(schemas.FlagRaised(e))
	case schemas.FlagCleared:
		moved = f.cases.Clear(e)
	}
	if in := f.instances[caseFlow][moved]; in != nil {
		f.moved[in] = true
	}
}

// follow takes in that a case began, went on or ended.
func (f *Flows) follow(by *process.Definition, in *process.Instance, final bool) {
	if _, known := f.cases.Matter(in.ID); !known {
		f.cases.Begin(in.ID, matterOf(in.Form))
	}
	if !final {
		f.began.watch(in.ID, matterOf(in.Form).Subject)
		return
	}
	f.began.leave(in.ID)
	delete(f.moved, in)
	last := in.Steps[len(in.Steps)-1]
	gone := by != nil && slices.Contains(by.Actions[last.Action].Guards, "flag_cleared")
	if gone {
		f.struckOff(in)
	}
	f.cases.End(in.ID, gone)
}

// OpenCases counts the cases that go on, by the party that has to act.
func (f *Flows) OpenCases() map[string]int {
	open := map[string]int{}
	for _, in := range f.instances[caseFlow] {
		if d := f.definition(in); d != nil && !d.States[in.State].Final {
			open[d.Concerned(in)["department"]]++
		}
	}
	return open
}

// stateWaived is where a case ends that was waived, and where its flag stands on.
const stateWaived = "waived"

// Waived gives the case in which what a flag says was waived while it stood, and it has
// stood since; "" where none was.
func (f *Flows) Waived(rule, subject, responsible string) (no string) {
	no = f.cases.Left(oversight.Of(rule, subject, responsible))
	if in := f.instances[caseFlow][no]; in == nil || in.State != stateWaived {
		return ""
	}
	return no
}

// matterOf is what a case is about by the form that began it.
func matterOf(form json.RawMessage) oversight.Matter {
	fields, err := formOf(form)
	if err != nil {
		return oversight.Matter{} // its schema says that it is an object
	}
	return oversight.Of(fields["rule"], fields["subject"], fields["department"])
}

// OpenCases gives the cases that flags open by themselves, in one append of a page
// of them; nil: none waits. What is asked of whom, the flag says; deadlines are
// counted from the county's day, however long the flag has stood.
func (c *County) OpenCases() (*Step, error) {
	d, adopted := c.InForce(caseFlow)
	if d == nil || d.OpenedBy == nil || !c.Flows.day.Given() {
		return nil, nil //nolint:nilnil // nothing waits
	}
	since, err := civil.Parse(d.OpenedBy.Since)
	if d.OpenedBy.Since == "" {
		since, err = 0, nil
	}
	if err != nil {
		return nil, err
	}
	waiting := c.Flows.cases.Waiting(oversight.Open{Rules: d.OpenedBy.Rules, Since: since, Apart: c.apart}, casesAtOnce)
	if len(waiting) == 0 {
		return nil, nil //nolint:nilnil // likewise
	}
	forms := make([]json.RawMessage, len(waiting))
	for i := range waiting {
		if forms[i], err = opening(&waiting[i]); err != nil {
			return nil, err
		}
	}
	decided, err := c.beginEach(d, adopted, Command{Workflow: caseFlow, Actor: process.System}, forms)
	if err != nil {
		return nil, err
	}
	return &Step{Decision: *decided, Request: "open/" + caseFlow + "/" + waiting[0].No}, nil
}

// apart leaves a flag alone of whom the county orders nothing, and one in an
// account of which nothing can be recorded.
func (c *County) apart(f schemas.FlagRaised) bool {
	return c.Flows.above(f.Responsible) || c.Blocked != nil && c.Blocked(f.Account)
}

// above reports that a party is a superior or a sponsor.
func (f *Flows) above(party string) bool {
	return slices.Contains([]string{"superior", "sponsor"}, f.kinds[party])
}

// opening says what a flag does in the words of the first form.
func opening(o *oversight.Opening) (json.RawMessage, error) {
	form := map[string]string{
		"no": o.No, "rule": o.Flag.Rule, "subject": o.Subject, "department": o.Responsible, "lamp": o.Flag.Lamp,
		"since": o.Flag.Since.String(), "before": o.Before,
	}
	if code.IsCommunity(o.Flag.Account) {
		form["community"] = o.Flag.Account
	}
	if o.Flag.Amount != nil {
		form["amount"] = o.Flag.Amount.Yuan()
	}
	maps.DeleteFunc(form, func(_, text string) bool { return text == "" })
	return json.Marshal(form)
}

// matter is what the case is about.
func (l *look) matter() oversight.Matter {
	if l.in != nil {
		return matterOf(l.in.Form)
	}
	return matterOf(l.command.Form)
}

func flagStands(l *look) error {
	stands := l.county.Flows.cases.Stands(l.matter())
	if len(stands) == 0 {
		return refuse("", "flag_gone", "subject", l.matter().Subject)
	}
	at := func(f schemas.FlagRaised) bool { return f.Account == l.form["community"] }
	if l.in == nil && l.form["community"] != "" && !slices.ContainsFunc(stands, at) {
		return workflow.Refusals{workflow.Refuse(0, "community", l.form["community"], "flag_elsewhere", "account", stands[0].Account)}
	}
	return nil
}

// flagCleared refuses while the flag stands. Of what no fact clears (oversight.ByWord) it
// refuses until whoever answers for it has answered, or its reason has gone.
func flagCleared(l *look) error {
	stands := l.county.Flows.cases.Stands(l.matter())
	switch {
	case len(stands) == 0 || oversight.NeedsWord(stands[0].Rule) && answeredIn(l.in):
		return nil
	case oversight.NeedsWord(stands[0].Rule):
		return refuse(stands[0].Rule, "word_missing", "subject", stands[0].Subject)
	}
	return refuse(stands[0].Rule, "flag_there", "subject", stands[0].Subject, "since", stands[0].Since.String())
}

// answers are the steps in which whoever answers for a matter gives its word.
var answers = []string{"reply", "report"}

// answeredIn reports that somebody has in a case.
func answeredIn(in *process.Instance) bool {
	return in != nil && slices.ContainsFunc(in.Steps, func(s process.Step) bool { return slices.Contains(answers, s.Action) })
}

// caseFree refuses a case about whom nothing is asked, and a second one about a
// matter. Only those that open by themselves are numbered by their matter.
func caseFree(l *look) error {
	m := l.matter()
	field := func(name, found, key string, args ...string) error {
		return workflow.Refusals{workflow.Refuse(0, name, found, key, args...)}
	}
	switch going := l.county.Flows.cases.Going(m); {
	case code.IsCommunity(m.Responsible):
		return field("department", m.Responsible, "case_community")
	case l.county.Flows.above(m.Responsible):
		return field("department", m.Responsible, "case_superior")
	case going != "":
		return field("subject", m.Subject, "case_goes", "no", going)
	case l.command.Actor.ID != process.System.ID && slices.Contains([]rune(l.id()), ':'):
		return field("no", l.id(), "case_number")
	}
	return nil
}

// appealDays are the days after the last order in which it may be appealed against
// (政府督查工作条例).
const appealDays = 30

// appealTimely refuses an appeal against an order that stands too long.
func appealTimely(l *look) error {
	if l.in == nil {
		return nil
	}
	for _, s := range slices.Backward(l.in.Steps) {
		if l.signs(s.Action) {
			if last := s.On.AddDays(appealDays); l.command.On > last {
				return refuse(l.command.On.String(), "appeal_late", "last", last.String())
			}
			return nil
		}
	}
	return nil
}

// signs reports that a step signs a document: the instance's own version says so, among
// it of a step that a county has added.
func (l *look) signs(action string) bool {
	return slices.ContainsFunc(l.by.Actions[action].Effects, func(e process.Effect) bool { return e.Name == numberDocument })
}

// was holds where the instance has been in a state.
func was(state string) func(*look) error {
	return func(l *look) error {
		if l.in == nil || !slices.ContainsFunc(l.in.Steps, func(s process.Step) bool { return s.To == state }) {
			return refuse("", "never_there", "state", state)
		}
		return nil
	}
}

// number gives the document that a step signs its number. It is decided on what is
// recorded and on what the same command has signed before.
func (l *look) number(settings map[string]string) []schemas.Event {
	step := 1
	if l.in != nil {
		step = len(l.in.Steps) + 1
	}
	given := schemas.NumberGiven{
		Office: settings["office"], Kind: settings["kind"], Year: l.command.On.String()[:len("2006")],
		Workflow: l.by.Workflow, Instance: l.id(), Step: step, On: l.command.On,
	}
	return oversight.GiveNumber{Issuer: settings["issuer"], Given: given}.Decide(numbers(l.past, given.Stream()))
}

func numbers(past record.Past, series string) (n oversight.Numbers) {
	for e := range past.Stream(series) {
		n = n.Evolve(e)
	}
	return n
}
