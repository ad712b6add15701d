package act

import (
	"cmp"
	"errors"
	"maps"
	"math"
	"slices"
	"strings"

	"feisui/pkg/access"
	"feisui/pkg/civil"
	"feisui/schemas"
	"feisui/services/ledger/reconcile"
	"feisui/services/process"
	"feisui/services/process/define"
)

// Seen is an instance as it is shown.
type Seen struct {
	process.Instance
	By    *define.Workflow
	Begun bool // false: recorded without a workflow; the first action takes it up

	Documents []schemas.NumberGiven // signed in it, in order
	Flags     []schemas.FlagRaised  // of a case: those that stand of its matter, as last announced
}

// Title is what its state is called.
func (s *Seen) Title() process.Text { return s.By.States[s.State].Title }

// Final reports that it has ended.
func (s *Seen) Final() bool { return s.By.States[s.State].Final }

// Nearest is the deadline that falls first, none where none runs. A day on which only a
// warning is given is none.
func (s *Seen) Nearest() (d schemas.DeadlineSet, runs bool) {
	for _, r := range s.Running {
		if !s.By.Timers[r.Deadline].Warning && (!runs || r.DueOn < d.DueOn) {
			d, runs = r, true
		}
	}
	return d, runs
}

// silent are events that say of a deadline what it is, and that nobody acted.
var silent = []string{schemas.InstanceReminded{}.Type(), schemas.InstanceDeadlineMoved{}.Type()}

// Overdue reports that a deadline passed and nobody has done anything since.
func (s *Seen) Overdue() bool {
	if s.Final() {
		return false
	}
	for _, step := range slices.Backward(s.Steps) {
		switch passed := step.Event == (schemas.InstanceDeadlinePassed{}).Type(); {
		case passed && !s.By.Timers[step.Deadline].Warning:
			return true
		case passed, slices.Contains(silent, step.Event):
		default:
			return false
		}
	}
	return false
}

// See gives an instance, or what would be taken up; ErrNone where there is none,
// or none within the scope.
func (c *County) See(key Key, scope access.Scope) (*Seen, error) {
	if in := c.Flows.instances[key.Workflow][key.ID]; in != nil {
		d := c.Flows.definition(in)
		if d == nil || !c.shows(d, scope, d.Concerned(in)) {
			return nil, ErrNone
		}
		s := &Seen{Instance: *in, By: d, Begun: true, Documents: c.Flows.documents[key]}
		if m, is := c.Flows.cases.Matter(key.ID); is && key.Workflow == caseFlow {
			s.Flags = c.Flows.cases.Stands(m)
		}
		return s, nil
	}
	parties, bare := c.Flows.bare[key.Workflow][key.ID]
	d, _ := c.InForce(key.Workflow)
	if !bare || d == nil || !c.shows(d, scope, parties.byName()) {
		return nil, ErrNone
	}
	found, err := c.recorded(key.Workflow, key.ID)
	if err != nil {
		return nil, err
	}
	state := found.state
	if d.Recorded[state] == "" {
		return nil, ErrNone
	}
	return &Seen{By: d, Instance: process.Instance{
		Workflow: key.Workflow, ID: key.ID, Version: d.Version, State: d.Recorded[state], Parties: parties.byName(),
	}}, nil
}

// Application is what is looked at beside an instance's form, nil where nothing is.
func (c *County) Application(s *Seen) (*Application, error) {
	if !s.Begun {
		return nil, nil //nolint:nilnil // there is nothing to look at
	}
	return c.application(&s.Instance, s.By)
}

// Open lists what somebody may do next with an instance, and what refuses the rest
// of what their rights and the state allow.
func (c *County) Open(s *Seen, who access.Principal) ([]process.Open, error) {
	d := &domain{county: c, past: c.Past, by: s.By, facts: facts{}}
	return s.By.Open(&s.Instance, c.Flows.day, who, d)
}

// Beginning lists how somebody may begin an instance of a workflow: nothing, or
// one action.
func (c *County) Beginning(d *define.Workflow, who access.Principal) ([]process.Open, error) {
	return d.Open(nil, c.Flows.day, who, &domain{county: c, past: c.Past, by: d, facts: facts{}})
}

// Filter says which instances are wanted; what is empty asks for nothing.
type Filter struct {
	State   string
	Lamp    string // of the flags that a case is about
	Party   string // one of the parties, whatever its part
	Overdue bool
	Going   bool   // those that have not ended
	After   string // follow this number
	Limit   int
}

// List gives instances of a workflow within a scope, by number, among them what is
// recorded without one; more says that others follow.
func (c *County) List(workflow string, scope access.Scope, f Filter) (list []*Seen, more bool, err error) {
	for _, id := range c.ids(workflow, f.After) {
		parties := c.parties(workflow, id)
		if f.Party != "" && !slices.Contains(codesOf(parties), f.Party) {
			continue
		}
		s, err := c.See(Key{workflow, id}, scope)
		switch {
		case errors.Is(err, ErrNone):
			continue
		case err != nil:
			return nil, false, err
		case f.State != "" && s.State != f.State, f.Lamp != "" && s.Lamp() != f.Lamp, f.Overdue && !s.Overdue(), f.Going && s.Final():
			continue
		}
		if len(list) == f.Limit {
			return list, true, nil
		}
		list = append(list, s)
	}
	return list, false, nil
}

// Board gives all instances of a workflow within a scope that are wanted, the nearest
// deadline first, and last those for which none runs. After and Limit do not matter.
func (c *County) Board(workflow string, scope access.Scope, f Filter) ([]*Seen, error) {
	f.After, f.Limit = "", math.MaxInt
	all, _, err := c.List(workflow, scope, f)
	slices.SortFunc(all, func(a, b *Seen) int { return a.Place().Compare(b.Place()) })
	return all, err
}

// Place is where an instance stands on a board.
func (s *Seen) Place() TodoPlace {
	d, _ := s.Nearest()
	return TodoPlace{d.DueOn, s.Workflow, s.ID}
}

// Lamp is the most urgent lamp of the flags that a case is about, "" where none stands.
func (s *Seen) Lamp() string {
	for _, lamp := range []reconcile.Lamp{reconcile.Red, reconcile.Yellow, reconcile.Blue} {
		if slices.ContainsFunc(s.Flags, func(f schemas.FlagRaised) bool { return f.Lamp == string(lamp) }) {
			return string(lamp)
		}
	}
	return ""
}

// ids are the numbers after one, of what has begun and of what is recorded without.
func (c *County) ids(workflow, after string) []string {
	var all []string
	for id := range c.Flows.instances[workflow] {
		all = append(all, id)
	}
	for id := range c.Flows.bare[workflow] {
		all = append(all, id)
	}
	all = slices.DeleteFunc(all, func(id string) bool { return id <= after })
	slices.Sort(all)
	return all
}

func (c *County) parties(workflow, id string) map[string]string {
	if in := c.Flows.instances[workflow][id]; in != nil {
		return c.Flows.concerned(in)
	}
	return c.Flows.bare[workflow][id].byName()
}

// Todo is something that waits for somebody.
type Todo struct {
	*Seen

	Deadline schemas.DeadlineSet // zero where none runs
	Left     int                 // days until it falls; less than 0 after it
	in       []string            // the states in which it is waited for
}

// Todo lists what waits for somebody: the deadlines that are theirs, of each
// instance the nearest. Last comes where none runs and they may take the instance on.
func (c *County) Todo(who access.Principal, scope access.Scope) ([]Todo, error) {
	var all []Todo
	for _, in := range c.going(scope) {
		s, err := c.See(Key{in.Workflow, in.ID}, scope)
		if errors.Is(err, ErrNone) {
			continue
		}
		if err != nil {
			return nil, err
		}
		t, waits, err := c.waits(s, who)
		if err != nil {
			return nil, err
		}
		if waits {
			t.Left = int(t.Deadline.DueOn - c.Flows.day)
			all = append(all, t)
		}
	}
	slices.SortFunc(all, func(a, b Todo) int { return a.Place().Compare(b.Place()) })
	return all, nil
}

// Answers lists what somebody may do about what waits for them, which is nothing where
// they have to act elsewhere: to pay.
func (c *County) Answers(t *Todo, who access.Principal) ([]process.Open, error) {
	open, err := c.Open(t.Seen, who)
	return t.answering(open, t.in), err
}

// TodoPlace is where something stands in the list of what waits.
type TodoPlace struct {
	DueOn        civil.Date // zero: no deadline runs
	Workflow, ID string
}

// Place is where t stands.
func (t *Todo) Place() TodoPlace { return TodoPlace{t.Deadline.DueOn, t.Workflow, t.ID} }

// Compare orders places: the nearest deadline first, and last what has none.
func (p TodoPlace) Compare(q TodoPlace) int {
	return cmp.Or(lastWithout(p.DueOn, q.DueOn), strings.Compare(p.Workflow, q.Workflow), strings.Compare(p.ID, q.ID))
}

// waits gives the first of the deadlines that run which is somebody's. What is open to
// them is asked for only where no deadline runs: it takes longest to find.
func (c *County) waits(s *Seen, who access.Principal) (t Todo, waits bool, err error) {
	running := slices.SortedFunc(slices.Values(s.Running), func(a, b schemas.DeadlineSet) int { return cmp.Compare(a.DueOn, b.DueOn) })
	rests := s.By.States[s.State].Rest
	for _, warning := range []bool{false, true} { // one of which nobody is late asks as well, where something does not rest
		for _, r := range running {
			timer := s.By.Timers[r.Deadline]
			if timer.Warning == warning && !(warning && rests) && s.By.Holds(&s.Instance, who, timer.Whom, &domain{county: c}) {
				return Todo{Seen: s, Deadline: r, in: timer.In}, true, nil
			}
		}
	}
	if running != nil || rests {
		return t, false, nil
	}
	t = Todo{Seen: s, in: []string{s.State}}
	answers, err := c.Answers(&t, who)
	return t, answers != nil, err
}

// answering gives those of some actions that lead out of states, in which
// something is waited for. One that ends the instance from wherever it stands is a
// way out, and answers nothing.
func (s *Seen) answering(open []process.Open, states []string) (answers []process.Open) {
	in := func(state string) bool { return slices.Contains(states, state) }
	final := func(state string) bool { return s.By.States[state].Final }
	for _, o := range open {
		a := s.By.Actions[o.Action]
		ends := []string{cmp.Or(a.To, s.State)}
		for _, b := range a.Branches {
			ends = append(ends, b.To)
		}
		everywhere := slices.ContainsFunc(a.From, func(from string) bool { return !in(from) })
		wayOut := everywhere && !slices.ContainsFunc(ends, func(end string) bool { return !final(end) })
		leaves := slices.ContainsFunc(ends, func(end string) bool { return !in(end) })
		if o.Refused == nil && leaves && !wayOut {
			answers = append(answers, o)
		}
	}
	return answers
}

// going gives the instances that go on and concern a scope, each once.
func (c *County) going(scope access.Scope) []*process.Instance {
	found := map[*process.Instance]bool{}
	for party, open := range c.Flows.open {
		if c.sees(scope, party) {
			maps.Copy(found, open)
		}
	}
	return slices.Collect(maps.Keys(found))
}

// lastWithout orders days, with none after all others.
func lastWithout(a, b civil.Date) int {
	switch {
	case a == b:
		return 0
	case !a.Given():
		return 1
	case !b.Given():
		return -1
	}
	return cmp.Compare(a, b)
}
