package process

import (
	"encoding/json"
	"slices"

	"feisui/pkg/civil"
	"feisui/schemas"
)

// Instance is how far a workflow came for one thing.
type Instance struct {
	Workflow string
	ID       string
	Version  int
	State    string
	Parties  map[string]string
	Form     json.RawMessage // of the beginning
	Steps    []Step          // in order, the beginning first
	Running  []schemas.DeadlineSet
}

// Step is what happened in an instance.
type Step struct {
	Event     string // its event's type
	Action    string
	Deadline  string // the one that passed, moved or was reminded of
	N         int    // how often that one has begun to run
	Ahead     int    // working days that were left when it was reminded of
	DueOn     civil.Date
	Before    civil.Date // where it fell before it moved
	Calendar  string     // the edition by which it moved
	On        civil.Date
	Actor     string
	Person    string
	Role      string
	Office    string
	From, To  string
	Form      json.RawMessage
	Deadlines []schemas.DeadlineSet // those that began to run, or run longer or otherwise
	Met       []string
	Warned    []schemas.StepWarning
	Refused   *schemas.StepRefused // what should have followed a deadline, and could not be recorded
}

// Evolve is the instance after an event; an event that it does not know changes
// nothing. It keeps nothing of what it was given that is written to later.
func Evolve(in Instance, e schemas.Event) Instance {
	switch e := e.(type) {
	case schemas.InstanceBegun:
		in.Workflow, in.ID, in.Version, in.Parties, in.Form = e.Workflow, e.Instance, e.Version, e.Parties, e.Form
		return in.with(Step{
			Event: e.Type(), Action: e.Action, On: e.On, Actor: e.Actor, Person: e.Person, Role: e.Role, Office: e.Office,
			To: e.State, Form: e.Form, Deadlines: e.Deadlines, Warned: e.Warnings,
		})
	case schemas.InstanceActed:
		return in.with(Step{
			Event: e.Type(), Action: e.Action, On: e.On, Actor: e.Actor, Person: e.Person, Role: e.Role, Office: e.Office,
			From: e.From, To: e.To, Form: e.Form, Deadlines: e.Deadlines, Met: e.Met, Warned: e.Warnings,
		})
	case schemas.InstanceDeadlinePassed:
		return in.with(Step{
			Event: e.Type(), Action: e.Action, Deadline: e.Deadline, N: e.N, DueOn: e.DueOn, On: e.On,
			From: e.From, To: e.To, Deadlines: e.Deadlines, Met: e.Met, Refused: e.Refused,
		})
	case schemas.InstanceDeadlineMoved:
		return in.with(in.moved(e))
	case schemas.InstanceReminded:
		return in.with(Step{
			Event: e.Type(), Deadline: e.Deadline, N: e.N, Ahead: e.Ahead, DueOn: e.DueOn, On: e.On, From: in.State, To: in.State,
		})
	}
	return in
}

func (in Instance) moved(e schemas.InstanceDeadlineMoved) Step {
	s := Step{
		Event: e.Type(), Deadline: e.Deadline, N: e.N, DueOn: e.DueOn, Before: e.Before, Calendar: e.Calendar, On: e.On,
		From: in.State, To: in.State,
	}
	if set, runs := in.running(e.Deadline); runs {
		set.DueOn, set.Provisional = e.DueOn, e.Provisional
		s.Deadlines = []schemas.DeadlineSet{set}
	}
	return s
}

// with is the instance after a step.
func (in Instance) with(s Step) Instance {
	in.State = s.To
	in.Steps = append(slices.Clip(in.Steps), s)
	running := slices.DeleteFunc(slices.Clone(in.Running), func(r schemas.DeadlineSet) bool {
		passed := s.Event == schemas.InstanceDeadlinePassed{}.Type() && r.Deadline == s.Deadline
		again := slices.ContainsFunc(s.Deadlines, func(set schemas.DeadlineSet) bool { return set.Deadline == r.Deadline })
		return passed || again || slices.Contains(s.Met, r.Deadline)
	})
	in.Running = append(running, s.Deadlines...)
	return in
}

// running gives a deadline that runs.
func (in *Instance) running(deadline string) (set schemas.DeadlineSet, runs bool) {
	for _, r := range in.Running {
		if r.Deadline == deadline {
			return r, true
		}
	}
	return schemas.DeadlineSet{}, false
}

// ran says how often a deadline began to run.
func (in *Instance) ran(deadline string) (n int) {
	for _, s := range in.Steps {
		for _, set := range s.Deadlines {
			if set.Deadline == deadline {
				n = max(n, set.N)
			}
		}
	}
	return n
}

// times says how often an action was taken.
func (in *Instance) times(action string) (n int) {
	for _, s := range in.Steps {
		if s.Action == action {
			n++
		}
	}
	return n
}

// Last gives the last step by an action, false where it was never taken.
func (in *Instance) Last(action string) (Step, bool) {
	for _, s := range slices.Backward(in.Steps) {
		if s.Action == action {
			return s, true
		}
	}
	return Step{}, false
}

// day is that of the last step.
func (in *Instance) day() civil.Date { return in.Steps[len(in.Steps)-1].On }
