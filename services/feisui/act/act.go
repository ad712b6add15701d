package act

import (
	"cmp"
	"encoding/json"
	"errors"
	"slices"

	"feisui/pkg/access"
	"feisui/pkg/workflow"
	"feisui/schemas"
	"feisui/services/feisui/record"
	"feisui/services/ledger"
	"feisui/services/process"
	"feisui/services/process/define"
)

// Command is what somebody asks: an action on an instance, or its beginning.
type Command struct {
	Workflow, Instance string // no Instance: the beginning, where the form numbers it
	Action             string
	Form               json.RawMessage
	Actor              access.Principal
	Scope              access.Scope
	Seen               int // how many steps the instance had when it was looked at; 0: it is not said
}

// Decision is what a command comes to: the events of one append, and what became
// of each instance.
type Decision struct {
	Events  []schemas.Event
	Results []Result
	Would   []Result // what would become of others by a later step: nothing of it is among the events
	Still   bool     // it looked at more than its own streams: it is recorded only while nothing else is

	Proposal int // the number of the definition that was proposed or adopted
}

// Result is an instance after a command.
type Result struct {
	Instance process.Instance
	By       *define.Workflow
	Draft    *ledger.Draft     // of a task that was assigned or amended: what it is then
	Document string            // the number of the last document that was signed, if any was
	Warnings workflow.Refusals // what was said of the step, and stopped nobody

	Application *Application // of an admission
}

// Act decides on a step. Before it, in the same append, comes what is due by the
// day and what facts have brought about; and what was recorded without a workflow
// is taken up. It gives *Faults for what is wrong with the form, workflow.Refusals
// for what may not be, ErrNone for what is not there or is out of scope.
func (c *County) Act(cmd Command) (*Decision, error) {
	t, err := c.turn(cmd.Workflow, cmd.Instance)
	if err != nil {
		return nil, err
	}
	if c.Who = cmd.Actor; !c.shows(t.by, cmd.Scope, t.by.Concerned(&t.in)) {
		return nil, ErrNone
	}
	if err := t.catchUp(); err != nil {
		return nil, err
	}
	if cmd.Seen > 0 && t.wentOn(cmd.Seen) {
		return nil, &Stale{Seen: cmd.Seen, Instance: t.in, By: t.by}
	}
	if _, declared := t.by.Actions[cmd.Action]; declared { // what is no action has no form to be wrong
		cmd.Form = c.canonical(t.by, cmd.Action, cmd.Form)
		if err := t.form(cmd.Action, cmd.Form, c.known); err != nil {
			return nil, entitled(err, t.by, cmd.Action)
		}
	}
	err = t.step(process.Command{
		Workflow: cmd.Workflow, Instance: cmd.Instance, Action: cmd.Action, Form: cmd.Form, On: c.Flows.day, Actor: cmd.Actor,
	})
	switch {
	case err != nil:
		return nil, &Stopped{Err: entitled(err, t.by, cmd.Action), Instance: t.in, By: t.by, Action: cmd.Action}
	case t.by.Actions[cmd.Action].Seen && cmd.Seen == 0: // whoever has no right is told that first
		return nil, ErrUnseen
	}
	return c.decided(t)
}

// ErrUnseen says that a step takes to say which one was seen last.
var ErrUnseen = errors.New("it is not said which step was seen last")

// Stopped is a step that was refused, with the instance as it is.
type Stopped struct {
	Err      error
	Instance process.Instance
	By       *define.Workflow
	Action   string // that was refused; "" of a beginning
}

// Title is what its form calls a field of the step.
func (s *Stopped) Title(field string) process.Text { return titleOf(s.By, s.Action, field) }

func (s *Stopped) Error() string { return s.Err.Error() }

// Unwrap gives the refusal.
func (s *Stopped) Unwrap() error { return s.Err }

// wentOn reports that something happened after so many steps; that somebody was
// reminded, or a day moved, is nothing that they would have acted on otherwise.
func (t *turn) wentOn(seen int) bool {
	steps := t.in.Steps
	return seen > len(steps) || slices.ContainsFunc(steps[seen:], func(s process.Step) bool { return !slices.Contains(silent, s.Event) })
}

// Stale is a step by somebody who looked at the instance before others acted on it.
type Stale struct {
	Seen     int
	Instance process.Instance // as it is now
	By       *define.Workflow
}

func (s *Stale) Error() string { return s.Instance.ID + " has gone on" }

// decided gives what came of turns.
func (c *County) decided(turns ...*turn) (*Decision, error) {
	d := &Decision{Still: c.wide}
	for _, t := range turns {
		r := Result{Instance: t.in, By: t.by, Warnings: t.warned}
		var err error
		if r.Application, err = c.application(&t.in, t.by); err != nil {
			return nil, err
		}
		for _, e := range t.events {
			if t.with == nil { // else tasks are theirs
				draft, err := c.draft(e)
				if err != nil {
					return nil, err
				}
				r.Draft = cmp.Or(draft, r.Draft)
			}
			if given, is := e.(schemas.NumberGiven); is {
				r.Document = given.Document
			}
		}
		d.Events = append(d.Events, t.events...)
		d.Results = append(append(d.Results, r), t.with...)
		d.Would = append(d.Would, t.would...)
	}
	return d, nil
}

// draft says what a task is that an event assigns, supplements or amends, nil of other events.
func (c *County) draft(e schemas.Event) (*ledger.Draft, error) {
	var task schemas.TaskAssigned
	switch e := e.(type) {
	case schemas.TaskAssigned:
		task = e
	case schemas.TaskSupplemented:
		task = schemas.TaskAssigned(e)
	case schemas.TaskAmended:
		task = e.TaskAssigned
	default:
		return nil, nil //nolint:nilnil // other events price nothing
	}
	d, err := c.Book.Draft(task, c.Calendar, max(task.IssuedOn, c.Flows.day))
	return &d, err
}

// turn is an instance while it is decided on.
type turn struct {
	county *County
	by     *define.Workflow
	in     process.Instance
	past   *drafted
	events []schemas.Event
	warned workflow.Refusals
	with   []Result // of instances that it began
	would  []Result // of those that a later step would begin
}

// turn begins with an instance as it is, or takes up what has none.
func (c *County) turn(workflow, id string) (*turn, error) {
	if !c.Flows.day.Given() {
		return nil, ErrNoDay
	}
	t := &turn{county: c, past: &drafted{Past: c.Past, streams: map[string][]schemas.Event{}}}
	if in := c.Flows.instances[workflow][id]; in != nil {
		t.in, t.by = *in, c.Flows.definition(in)
		if t.by == nil {
			return nil, errors.New("no definition of " + workflow + " that " + id + " goes by")
		}
		return t, nil
	}
	found, err := c.recorded(workflow, id)
	if err != nil {
		return nil, err
	}
	by, adopted := c.InForce(workflow)
	if t.by = by; by == nil {
		return nil, ErrNone
	}
	if !adopted {
		if err := t.adopt(); err != nil {
			return nil, err
		}
	}
	c.wide = true // it goes on from where facts have it, and a row may bring another one
	up, err := t.by.TakeUp(id, found.state, found.form, found.since, c.Flows.day, process.System, c.Calendar)
	if err == nil && up == nil {
		err = refuse(found.state, "not_taken_up")
	}
	t.take(up)
	return t, err
}

// adopt adopts the definition that comes with the program.
func (t *turn) adopt() error {
	text, err := json.Marshal(t.by.Definition)
	t.events = append(t.events, schemas.DefinitionAdopted{
		Workflow: t.by.Workflow, Version: t.by.Version, Definition: text, AdoptedOn: t.county.Flows.day,
	})
	return err
}

// take takes events of the instance in.
func (t *turn) take(events []schemas.Event) {
	for _, e := range events {
		t.in = process.Evolve(t.in, e)
	}
	t.events = append(t.events, events...)
	t.past.add(events)
}

// stepsMax bounds what may follow by itself from the day and from facts.
const stepsMax = 20

// catchUp takes the steps that are due by the day, and those that facts have
// brought about: a step of the system that no deadline brings is tried, and taken
// when its guards hold. That is all the rule there is for facts that came by the
// other door: the definition says which of them moves an instance, and where.
func (t *turn) catchUp() error {
	for range stepsMax {
		moved, err := t.settleNext()
		if err == nil && !moved {
			moved, err = t.followNext()
		}
		if err != nil || !moved {
			return err
		}
	}
	return errors.New(t.in.Workflow + " " + t.in.ID + " moves without an end")
}

func (t *turn) settleNext() (moved bool, err error) {
	due := slices.DeleteFunc(t.by.Due(&t.in, t.county.Flows.day, t.county.Calendar), func(d process.Due) bool { return d.Kind == process.Remind })
	if len(due) == 0 {
		return false, nil
	}
	return true, t.settle(due[0])
}

// settle records something due. Where the facts that a passed deadline brings are refused,
// what is recorded is that it passed and why nothing followed, or it would be due for ever.
func (t *turn) settle(due process.Due) error {
	settle := func(not error) error {
		return t.try(func(d *domain) ([]schemas.Event, error) {
			d.refused = not
			return t.by.Settle(&t.in, due, t.county.Flows.day, t.county.Calendar, d)
		})
	}
	err := settle(nil)
	if not := unrecorded(err); not != nil && due.Kind == process.Passed {
		return settle(not)
	}
	return err
}

// unrecorded is the error of facts that are refused as process has it, nil of any other.
func unrecorded(err error) error {
	var faults *Faults
	var refused workflow.Refusals
	switch {
	case errors.As(err, &faults):
	case errors.As(err, &refused):
		faults = &Faults{}
		for _, r := range refused {
			faults.List = append(faults.List, saidOf(0, r))
		}
	default:
		return nil
	}
	not := &process.Unrecorded{Err: err}
	for _, f := range faults.List {
		not.Why = append(not.Why, schemas.FactRefused{Field: f.Field, Found: f.Found, Chinese: f.Chinese, English: f.English})
	}
	return not
}

func (t *turn) followNext() (moved bool, err error) {
	for _, action := range t.by.Awaits(&t.in) {
		err := t.step(process.Command{
			Workflow: t.in.Workflow, Instance: t.in.ID, Action: action, On: t.county.Flows.day, Actor: process.System,
		})
		if unrecorded(err) == nil { // else it is not taken, until other facts come
			return err == nil, err
		}
	}
	return false, nil
}

// step decides on one step and the facts that it brings.
func (t *turn) step(c process.Command) error {
	var said workflow.Refusals
	err := t.try(func(d *domain) ([]schemas.Event, error) {
		var err error
		if said, err = t.by.Warnings(&t.in, &c, d); err != nil {
			return nil, err
		}
		return t.by.Decide(&t.in, c, t.county.Calendar, d)
	})
	if err == nil {
		t.warned = append(t.warned, said...)
	}
	return err
}

// form refuses a form that is not as the action says, field by field. Texts that are
// known may hold any character.
func (t *turn) form(action string, form json.RawMessage, known func(string) bool) error {
	if _, err := formOf(form); err != nil {
		return faulty(0, "", err.Error(), "object")
	}
	err := t.by.FillOf(action, form, known)
	var refused workflow.Refusals
	if !errors.As(err, &refused) {
		return err
	}
	all := &Faults{}
	for _, r := range refused {
		all.List = append(all.List, saidOf(0, r))
	}
	return all
}

// try takes what is decided in, all of it or nothing.
func (t *turn) try(decide func(*domain) ([]schemas.Event, error)) error {
	d := &domain{county: t.county, past: t.past, by: t.by, facts: facts{}}
	events, err := decide(d)
	if err != nil {
		return err
	}
	if shut := record.InClosed(events, t.past); shut != nil { // what no row brings
		return (&workbookOf{}).faults(shut)
	}
	facts, err := d.facts.decide(t.past)
	if err != nil {
		return err
	}
	facts = append(facts, d.begun...)
	t.with, t.would = append(t.with, d.with...), append(t.would, d.would...)
	t.take(events)
	t.events = append(t.events, facts...)
	t.past.add(facts)
	return nil
}
