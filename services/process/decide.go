package process

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"feisui/pkg/access"
	"feisui/pkg/civil"
	"feisui/pkg/message"
	"feisui/pkg/workflow"
	"feisui/schemas"
)

// Command is what somebody asks of an instance. Its form was checked against the
// action's JSON Schema before.
type Command struct {
	Workflow string
	Instance string // empty at the beginning, where the form numbers it
	Action   string
	Form     json.RawMessage
	On       civil.Date // the county's day
	Actor    access.Principal
}

// System takes the steps that follow from a fact, and nobody else may act as it:
// the door lets nobody in under its id.
var System = access.Principal{ID: "system"}

// Domain is what a definition names and others do. All see the instance as it is
// before the step, nil at the beginning. A refusal is workflow.Refusals; any
// other error means that something is broken.
type Domain interface {
	// Guard refuses what the facts forbid. Where it is asked what may be done next,
	// the form is empty: what only a form could forbid is then allowed.
	Guard(name string, in *Instance, c *Command) error
	// Effects gives the facts that a step brings. The rows that it is given are
	// filled, and have no cell that says nothing. Where a passed deadline brings them and
	// they are refused, it gives Unrecorded.
	Effects(effects []Effect, in *Instance, c *Command) ([]schemas.Event, error)
	// Street gives the street of a community, "" for what is none: a street's
	// officer acts for the communities below it.
	Street(community string) string
	// Say gives a sentence of a guard in both languages.
	Say(text message.Text) (chinese, english string)
}

// Unrecorded is what Effects gives where the facts of a step contradict what is recorded:
// why, as it is said to people. It wraps the refusal.
type Unrecorded struct {
	Err error
	Why []schemas.FactRefused // at least one
}

func (u *Unrecorded) Error() string { return u.Err.Error() }

// Unwrap gives the refusal.
func (u *Unrecorded) Unwrap() error { return u.Err }

// ErrDue says that a deadline has passed, or falls on another day by now, and
// that this is not recorded yet: what Due lists comes first.
var ErrDue = errors.New("what is due is not recorded yet")

// Decide says what a command does: first the event of the instance, then the
// facts that the step brings. in is nil at the beginning. It refuses, and looks
// in this order, an action that is not declared, that the actor has no right to,
// that the state does not allow, that was taken often enough, that takes another
// pair of eyes, what a guard forbids, and what is not answered of that which has to
// be (Rules). Any other error means that something is broken, or is ErrDue, which is
// looked for after the right.
func (d *Definition) Decide(in *Instance, c Command, days civil.Calendar, dom Domain) ([]schemas.Event, error) {
	if err := d.fits(in, &c); err != nil {
		return nil, err
	}
	action, declared := d.Actions[c.Action]
	if !declared || in == nil && c.Action != d.Begin {
		return nil, d.refuseUnknown(in, &c, dom)
	}
	if in == nil {
		return d.begin(c, days, dom)
	}
	parties := d.acting(in)
	right, may := d.may(&action, parties, c.Actor, dom)
	switch {
	case !may:
		return nil, d.refuseRight(in, &c, parties)
	case d.late(in, c.On, days):
		return nil, ErrDue
	case !slices.Contains(action.From, in.State):
		return nil, d.refuseState(in, &c, dom)
	case action.Times > 0 && in.times(c.Action) >= action.Times:
		return nil, d.refuseTimes(&c)
	case action.Answers != "" && !d.asked(in, action.Answers):
		return nil, refused(FieldState, c.Action, "nothing_to_answer", nil, "action", words(action.Title), "asked", words(d.Actions[action.Answers].Title))
	}
	if other, same := d.sameEyes(in, &c); same {
		return nil, d.refuseEyes(&c, other)
	}
	if err := d.guard(in, &c, dom); err != nil {
		return nil, err
	}
	warned, err := d.pointed(in, &c, dom)
	if err != nil {
		return nil, err
	}
	to, err := d.leads(&action, in, &c, dom)
	if err != nil {
		return nil, err
	}
	facts, err := d.effects(&action, in, &c, in.ID, d.Concerned(in), dom)
	if err != nil {
		return nil, err
	}
	e := schemas.InstanceActed{
		Workflow: d.Workflow, Instance: in.ID, Step: len(in.Steps) + 1, Action: c.Action, From: in.State, To: to, On: c.On,
		Actor: c.Actor.ID, Person: c.Actor.Person, Role: string(right.role), Office: right.office, Form: c.Form, Warnings: warned,
	}
	e.Deadlines, e.Met = d.timers(in, &change{action: c.Action, form: c.Form, from: in.State, to: to, on: c.On}, days)
	return append([]schemas.Event{e}, facts...), nil
}

// fits reports what no caller may ask: another workflow's or version's step, or
// one on a day before the last.
func (d *Definition) fits(in *Instance, c *Command) error {
	switch {
	case c.Workflow != d.Workflow:
		return fmt.Errorf("a command to %s by the definition of %s", c.Workflow, d.Workflow)
	case !c.On.Given():
		return fmt.Errorf("a command to %s without a day", c.Workflow)
	case in == nil:
		return nil
	case in.Workflow != d.Workflow || in.Version != d.Version:
		return fmt.Errorf("the instance %s of %s goes by version %d, not %s %d", in.ID, in.Workflow, in.Version, d.Workflow, d.Version)
	case c.On < in.day():
		return fmt.Errorf("a step on %s of %s, of which the last was on %s", c.On, in.ID, in.day())
	}
	return nil
}

// begin decides on the first step.
func (d *Definition) begin(c Command, days civil.Calendar, dom Domain) ([]schemas.Event, error) {
	action := d.Actions[d.Begin]
	fields, err := fieldsOf(c.Form)
	if err != nil {
		return nil, err
	}
	no := fields[d.Number]
	if no == "" {
		if c.Actor.ID != System.ID && d.openBeginning(c.Actor) == nil {
			return nil, d.refuseRight(nil, &c, nil) // before anything of the form is said
		}
		return nil, refused(d.Number, "", "no_number", nil)
	}
	if c.Instance != "" && c.Instance != no {
		return nil, refused(d.Number, no, "other_number", map[string]string{"instance": c.Instance})
	}
	c.Instance = no
	parties := d.begun(fields)
	right, may := d.may(&action, parties, c.Actor, dom)
	if !may {
		return nil, d.refuseRight(nil, &c, parties)
	}
	if err := d.guard(nil, &c, dom); err != nil {
		return nil, err
	}
	warned, err := d.pointed(nil, &c, dom)
	if err != nil {
		return nil, err
	}
	state, err := d.leads(&action, nil, &c, dom)
	if err != nil {
		return nil, err
	}
	facts, err := d.effects(&action, nil, &c, no, parties, dom)
	if err != nil {
		return nil, err
	}
	e := schemas.InstanceBegun{
		Workflow: d.Workflow, Instance: no, Version: d.Version, Action: c.Action, State: state, On: c.On,
		Actor: c.Actor.ID, Person: c.Actor.Person, Role: string(right.role), Office: right.office, Parties: parties, Form: c.Form, Warnings: warned,
	}
	e.Deadlines, _ = d.timers(nil, &change{action: c.Action, form: c.Form, to: state, on: c.On, parties: parties}, days)
	return append([]schemas.Event{e}, facts...), nil
}

// TakeUp begins a workflow for what was recorded without one: id numbers it, form
// is what its facts say in the words of the first form, and state is the state
// that they give it since a day, from which deadlines are counted. It gives nothing
// where that state is not taken up.
func (d *Definition) TakeUp(id, state string, form json.RawMessage, since, on civil.Date, who access.Principal, days civil.Calendar) ([]schemas.Event, error) {
	to := d.Recorded[state]
	if to == "" {
		return nil, nil
	}
	fields, err := fieldsOf(form)
	if err != nil {
		return nil, err
	}
	e := schemas.InstanceBegun{
		Workflow: d.Workflow, Instance: id, Version: d.Version, State: to, On: on, Actor: who.ID, Person: who.Person,
		Parties: d.begun(fields), Form: form,
	}
	e.Deadlines, _ = d.timers(nil, &change{form: form, to: to, on: since, parties: e.Parties}, days)
	return []schemas.Event{e}, nil
}

// guard asks the guards of an action, all of them.
func (d *Definition) guard(in *Instance, c *Command, dom Domain) error {
	var all workflow.Refusals
	for _, name := range d.Actions[c.Action].Guards {
		if err := ask(name, in, c, dom, &all); err != nil {
			return err
		}
	}
	return all.Err()
}

// Warnings gives what the warning guards of an action say of a command, on the
// instance as it is before it; nil at the beginning.
func (d *Definition) Warnings(in *Instance, c *Command, dom Domain) (all workflow.Refusals, err error) {
	for _, name := range d.Actions[c.Action].Warns {
		if err := ask(name, in, c, dom, &all); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// ask puts the refusals of a guard to the others.
func ask(name string, in *Instance, c *Command, dom Domain, all *workflow.Refusals) error {
	err := dom.Guard(name, in, c)
	var refused workflow.Refusals
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refused):
		*all = append(*all, refused...)
		return nil
	}
	return fmt.Errorf("the guard %s: %w", name, err)
}

// leads gives the state to which an action leads.
func (d *Definition) leads(a *Action, in *Instance, c *Command, dom Domain) (string, error) {
	for _, b := range a.Branches {
		var not workflow.Refusals
		if err := ask(b.When, in, c, dom, &not); err != nil {
			return "", err
		}
		if not == nil {
			return b.To, nil
		}
	}
	if a.To == "" && in != nil {
		return in.State, nil
	}
	return a.To, nil
}

// effects gives the facts of a step.
func (d *Definition) effects(a *Action, in *Instance, c *Command, id string, parties map[string]string, dom Domain) ([]schemas.Event, error) {
	if len(a.Effects) == 0 {
		return nil, nil
	}
	fill, err := blanks(in, c, id, parties)
	if err != nil {
		return nil, err
	}
	return dom.Effects(filled(a.Effects, fill), in, c)
}

// asked reports that an action was taken more often than it was answered.
func (d *Definition) asked(in *Instance, action string) bool {
	open := 0
	for _, s := range in.Steps {
		switch {
		case s.Action == action:
			open++
		case d.Actions[s.Action].Answers == action:
			open--
		}
	}
	return open > 0
}

// sameEyes finds the step that somebody took who now may not take another.
func (d *Definition) sameEyes(in *Instance, c *Command) (Step, bool) {
	for _, s := range in.Steps {
		if !slices.Contains(d.Actions[c.Action].NotBy, s.Action) || s.Actor == "" {
			continue
		}
		if s.Actor == c.Actor.ID || s.Person != "" && s.Person == c.Actor.Person {
			return s, true
		}
	}
	return Step{}, false
}
