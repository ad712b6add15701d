package simulate_test

import (
	"cmp"
	"errors"
	"maps"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"feisui/pkg/civil"
	"feisui/schemas"
	"feisui/services/process"
	"feisui/services/process/define"
	"feisui/services/process/simulate"
)

// historiesEach are played of a workflow, and fewer of one that soon has been everywhere.
const historiesEach = 3500

var fewer = map[string]int{
	"burden": 600, "draft": 500, "evaluation": 300, "outside_work": 600, "period": 600, "plaque": 1500, "rating": 100, "report": 800, "suggestion": 300,
}

// What a history leaves behind is small, and gone: it is collected less often.
func TestMain(m *testing.M) {
	debug.SetGCPercent(400)
	os.Exit(m.Run())
}

func builtin(t *testing.T, name string) *define.Workflow {
	t.Helper()
	all, err := define.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	return all[name]
}

// seldom is what chance comes to once in thousands of histories: of applications few are
// decided on, each in one of four ways, and few suggestions wait into a year without a calendar.
var seldom = map[string][]string{
	"admission":  {"denied", "delisted", "revoked", "publishing", "yearly", "reviewing"},
	"suggestion": {"provisional"},
}

func TestWorkflowsKeepTheirPromises(t *testing.T) {
	t.Parallel()
	all, err := define.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for name, d := range all {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			histories := cmp.Or(fewer[name], historiesEach)
			f, err := simulate.Run(simulate.Real, d, 1, histories, 2)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%+v", f)
			// What was never played proves nothing, nor does a state that was never entered.
			for state := range d.States {
				if f.Entered[state] < 1 && !slices.Contains(seldom[name], state) {
					t.Errorf("%s was never entered: %v", state, f.Entered)
				}
			}
			for deadline := range d.Timers {
				if f.PassedBy[deadline] < 1 && !slices.Contains(seldom[name], deadline) {
					t.Errorf("%s never passed: %v", deadline, f.PassedBy)
				}
			}
			for what, n := range map[string]int64{
				"histories": f.Histories - int64(histories) + 1, "begun": f.Begun, "ended": f.Ended, "acted": f.Acted, "refused": f.Refused,
				"passed": f.Passed, "followed": f.Followed, "moved": f.Moved, "reminded": f.Reminded, "settled again": f.SettledAgain,
				"amended": f.Amended, "provisional": f.Provisional, "played again": f.PlayedAgain, "of the system": f.OfSystem,
				"still": f.Still, "facts": f.Facts, "unrecorded": f.Unrecorded,
				"stood still": f.Stood,
			} {
				if n < 1 && mayBe(what, d) && !slices.Contains(seldom[name], what) {
					t.Errorf("%s: none", what)
				}
			}
		})
	}
}

// mayBe reports that a workflow can have something at all: a step that a deadline
// brings, a day that a calendar moves.
func mayBe(what string, d *define.Workflow) bool {
	some := func(holds func(t process.Timer) bool) bool {
		return slices.ContainsFunc(slices.Collect(maps.Values(d.Timers)), holds)
	}
	switch what {
	case "passed", "settled again":
		return len(d.Timers) > 0
	case "followed":
		return some(func(t process.Timer) bool { return t.Pass != "" })
	case "unrecorded":
		return some(func(t process.Timer) bool { return len(d.Actions[t.Pass].Effects) > 0 })
	case "facts":
		return slices.ContainsFunc(slices.Collect(maps.Values(d.Actions)), func(a process.Action) bool { return len(a.Effects) > 0 })
	case "of the system":
		return slices.ContainsFunc(slices.Collect(maps.Values(d.Actions)), func(a process.Action) bool { return slices.Contains(a.By, "system") })
	case "stood still":
		return some(func(t process.Timer) bool { return len(t.Still) > 0 })
	case "reminded":
		return some(func(t process.Timer) bool { return len(t.Remind) > 0 })
	case "moved", "provisional":
		return some(func(t process.Timer) bool { return t.Unit == "working" })
	}
	return true
}

// TestWhatNeverBeganKeptNothing: histories of which none began prove nothing, and it is said.
func TestWhatNeverBeganKeptNothing(t *testing.T) {
	t.Parallel()
	w := *builtin(t, "rating")
	w.Definition = changed(w.Definition, action("rate", func(a *process.Action) { a.By = []string{"nobody"} }))
	f, err := simulate.Run(simulate.Real, &w, 1, 50, 1)
	if !errors.Is(err, simulate.ErrNoneBegan) || f.Histories != 50 {
		t.Errorf("%+v, %v", f, err)
	}
}

type definition = process.Definition

// doctored gives the engine another definition than the one that is looked by.
func doctored(change func(d *definition)) simulate.Engine {
	e := simulate.Real
	e.Decide = func(d *definition, in *process.Instance, c process.Command, days civil.Calendar, dom process.Domain) ([]schemas.Event, error) {
		return simulate.Real.Decide(changed(d, change), in, c, days, dom)
	}
	e.Due = func(d *definition, in *process.Instance, on civil.Date, days civil.Calendar) []process.Due {
		return simulate.Real.Due(changed(d, change), in, on, days)
	}
	e.Settle = func(d *definition, in *process.Instance, due process.Due, on civil.Date, days civil.Calendar, dom process.Domain) ([]schemas.Event, error) {
		return simulate.Real.Settle(changed(d, change), in, due, on, days, dom)
	}
	return e
}

// changed copies what a change may write to.
func changed(d *definition, change func(d *definition)) *definition {
	c := *d
	c.Actions, c.Timers, c.States = map[string]process.Action{}, map[string]process.Timer{}, map[string]process.State{}
	maps.Copy(c.Actions, d.Actions)
	maps.Copy(c.Timers, d.Timers)
	maps.Copy(c.States, d.States)
	change(&c)
	return &c
}

func action(name string, change func(a *process.Action)) func(d *definition) {
	return func(d *definition) {
		a := d.Actions[name]
		change(&a)
		d.Actions[name] = a
	}
}

func timer(name string, change func(t *process.Timer)) func(d *definition) {
	return func(d *definition) {
		t := d.Timers[name]
		change(&t)
		d.Timers[name] = t
	}
}

// told changes what the engine decides.
func told(change func(events []schemas.Event, err error) ([]schemas.Event, error)) simulate.Engine {
	e := simulate.Real
	e.Decide = func(d *definition, in *process.Instance, c process.Command, days civil.Calendar, dom process.Domain) ([]schemas.Event, error) {
		return change(simulate.Real.Decide(d, in, c, days, dom))
	}
	return e
}

// folded changes how the engine folds.
func folded(change func(before, after process.Instance, e schemas.Event) process.Instance) simulate.Engine {
	e := simulate.Real
	e.Evolve = func(in process.Instance, event schemas.Event) process.Instance {
		return change(in, process.Evolve(in, event), event)
	}
	return e
}

// planted is an engine with a mistake, and what is said of it.
type planted struct {
	engine simulate.Engine
	says   string
}

// workflow is where the mistake shows: only cases have a step that may be taken
// once.
func (p planted) workflow() string {
	if p.says == "times before" {
		return "case"
	}
	return "task"
}

// TestPlantedMistakesAreFound is the control: an engine with a mistake in it must
// not get through.
func TestPlantedMistakesAreFound(t *testing.T) {
	t.Parallel()
	var calls atomic.Int64
	for name, c := range map[string]planted{
		"the end can be left": {doctored(func(d *definition) {
			d.States["recalled"] = process.State{}
			action("amend", func(a *process.Action) { a.From = append(slices.Clip(a.From), "recalled") })(d)
		}), "after the end"},
		"a state that nobody declared": {doctored(action("see", func(a *process.Action) { a.To = "glanced" })), "is not declared"},
		"a step that leads elsewhere":  {doctored(action("see", func(a *process.Action) { a.To = "accepted" })), "leads from"},
		"a right too many":             {doctored(action("recall", func(a *process.Action) { a.By = append(slices.Clip(a.By), "community_officer@community") })), "who may not"},
		"the right of another party":   {asCounty(), "who may not"},
		"two eyes":                     {doctored(action("verify", func(a *process.Action) { a.NotBy = nil })), "whoever took"},
		"as often as anybody likes":    {doctored(action("appeal", func(a *process.Action) { a.Times = 0 })), "times before"},
		"an answer to nothing":         {doctored(action("grant_extension", func(a *process.Action) { a.Answers = "" })), "not asked"},
		"nothing is said to stand":     {doctored(func(d *definition) { d.Rules = nil }), "was pointed out"},
		"what stands is not answered": {doctored(func(d *definition) {
			d.Rules = maps.Clone(d.Rules) // the real ones stay
			d.Rules["start_timely"] = process.Rule{Code: "R14", Severity: "S3"}
		}), "was not answered"},
		"no guard":                     {doctored(action("recall", func(a *process.Action) { a.Guards = nil })), "against the guard"},
		"a day too many":               {doctored(timer("receipt", func(t *process.Timer) { t.Days++ })), "other days"},
		"no days of grace":             {doctored(timer("receipt", func(t *process.Timer) { t.Grace = 0 })), "in time"},
		"a day too few":                {doctored(timer("verification", func(t *process.Timer) { t.Unit = "calendar" })), ""},
		"a deadline that does not run": {doctored(func(d *definition) { delete(d.Timers, "seeing") }), "seeing"},
		"a deadline that runs on":      {doctored(timer("seeing", func(t *process.Timer) { t.In = append(slices.Clip(t.In), "accepted") })), ""},
		"a deadline extended for ever": {doctored(timer("receipt", func(t *process.Timer) { t.Extends = []process.Extension{{Action: "query", Days: 3, Times: 9}} })), "another day than it should"},
		"a clock that runs on":         {doctored(timer("completion", func(t *process.Timer) { t.Still = nil })), "days later than"},
		"a clock that is stopped":      {doctored(timer("completion", func(t *process.Timer) { t.Still = []string{"paused", "reported"} })), "days later than"},
		"events with a refusal":        {told(func(events []schemas.Event, err error) ([]schemas.Event, error) { return withEvents(events, err) }), "was refused, and"},
		"a refusal that is forgotten":  {told(func(events []schemas.Event, err error) ([]schemas.Event, error) { return events, forgotten(err) }), "nothing happened"},
		"facts before the step": {told(func(events []schemas.Event, err error) ([]schemas.Event, error) {
			slices.Reverse(events)
			return events, err
		}), "stands at place"},
		"a step that is counted wrongly": {told(func(events []schemas.Event, err error) ([]schemas.Event, error) { return miscounted(events), err }), "says that it is"},
		"an answer that chance gives": {told(func(events []schemas.Event, err error) ([]schemas.Event, error) {
			return dated(events, calls.Add(1)), err
		}), "another history"},
		"a deadline that is met runs on": {folded(func(before, after process.Instance, _ schemas.Event) process.Instance {
			return runningOn(before, after)
		}), "not the fold"},
		"a fold that writes into the past": {folded(func(before, after process.Instance, _ schemas.Event) process.Instance {
			return overwritten(before, after)
		}), "not the fold"},
		"a deadline that passes again": {passingAgain(), ""},
		"a reminder without end":       {reminding(), ""},
		"a deadline that refused facts hold up": {unrecorded(func([]schemas.Event) ([]schemas.Event, error) {
			return nil, errors.New("completed_on: no earlier than the issue")
		}), "is due and gives 0 events"},
		"a refusal of facts that is not said": {unrecorded(func(events []schemas.Event) ([]schemas.Event, error) {
			e := events[0].(schemas.InstanceDeadlinePassed)
			e.Refused = nil
			return []schemas.Event{e}, nil
		}), "without a reason"},
		"a step without its facts": {unrecorded(func(events []schemas.Event) ([]schemas.Event, error) {
			e := events[0].(schemas.InstanceDeadlinePassed)
			e.Action, e.To, e.Met, e.Refused = e.Refused.Action, "closed", nil, nil
			return []schemas.Event{e}, nil
		}), "its facts are refused"},
		"a deadline that is not looked for": {withDue(func(due []process.Due) []process.Due {
			return slices.DeleteFunc(due, func(d process.Due) bool { return d.Kind == process.Passed })
		}), ""},
		"a calendar that is not looked at": {withDue(func(due []process.Due) []process.Due {
			return slices.DeleteFunc(due, func(d process.Due) bool { return d.Kind == process.Move })
		}), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := simulate.Run(c.engine, builtin(t, c.workflow()), 1, 10_000, 1)
			var broken *simulate.Broken
			if !errors.As(err, &broken) {
				t.Fatal("it got through")
			}
			if !strings.Contains(broken.What, c.says) {
				t.Errorf("%s", broken.What)
			}
		})
	}
}

// asCounty takes every right for one in the whole county.
func asCounty() simulate.Engine {
	e := simulate.Real
	e.Decide = func(d *definition, in *process.Instance, c process.Command, days civil.Calendar, dom process.Domain) ([]schemas.Event, error) {
		grants := slices.Clone(c.Actor.Grants)
		for i := range grants {
			grants[i].Scope = ""
		}
		c.Actor.Grants = grants
		return simulate.Real.Decide(d, in, c, days, dom)
	}
	return e
}

func withEvents(events []schemas.Event, err error) ([]schemas.Event, error) {
	if err != nil && !errors.Is(err, process.ErrDue) {
		return []schemas.Event{schemas.InstanceReminded{}}, err
	}
	return events, err
}

func forgotten(err error) error {
	if errors.Is(err, process.ErrDue) {
		return err
	}
	return nil
}

func miscounted(events []schemas.Event) []schemas.Event {
	if len(events) == 0 {
		return events
	}
	if e, is := events[0].(schemas.InstanceActed); is {
		e.Step++
		return append([]schemas.Event{e}, events[1:]...)
	}
	return events
}

func dated(events []schemas.Event, n int64) []schemas.Event {
	for i, e := range events {
		if e, is := e.(schemas.TaskRecalled); is {
			e.RecalledOn = e.RecalledOn.AddDays(int(n % 1000))
			events[i] = e
		}
	}
	return events
}

func runningOn(before, after process.Instance) process.Instance {
	if len(after.Running) == 0 {
		after.Running = before.Running
	}
	return after
}

func overwritten(before, after process.Instance) process.Instance {
	if len(before.Steps) > 2 {
		before.Steps[1].On++
		after.Steps[1].On++
	}
	return after
}

// passingAgain settles a deadline that has passed as if it ran still.
func passingAgain() simulate.Engine {
	e := simulate.Real
	e.Settle = func(d *definition, in *process.Instance, due process.Due, on civil.Date, days civil.Calendar, dom process.Domain) ([]schemas.Event, error) {
		events, err := simulate.Real.Settle(d, in, due, on, days, dom)
		if err == nil && events == nil && due.Kind == process.Passed {
			return []schemas.Event{schemas.InstanceDeadlinePassed{
				Workflow: in.Workflow, Instance: in.ID, Step: len(in.Steps) + 1, Deadline: due.Deadline, N: due.N, On: on, From: in.State, To: in.State,
			}}, nil
		}
		return events, err
	}
	return e
}

// reminding reminds whenever somebody looks.
func reminding() simulate.Engine {
	e := simulate.Real
	e.Settle = func(d *definition, in *process.Instance, due process.Due, on civil.Date, days civil.Calendar, dom process.Domain) ([]schemas.Event, error) {
		if due.Kind == process.Remind {
			return []schemas.Event{schemas.InstanceReminded{
				Workflow: in.Workflow, Instance: in.ID, Step: len(in.Steps) + 1, Deadline: due.Deadline, N: due.N, Ahead: due.Ahead, On: on, DueOn: on,
			}}, nil
		}
		return simulate.Real.Settle(d, in, due, on, days, dom)
	}
	return e
}

// unrecorded changes what a deadline comes to whose facts are refused.
func unrecorded(change func(events []schemas.Event) ([]schemas.Event, error)) simulate.Engine {
	e := simulate.Real
	e.Settle = func(d *definition, in *process.Instance, due process.Due, on civil.Date, days civil.Calendar, dom process.Domain) ([]schemas.Event, error) {
		events, err := simulate.Real.Settle(d, in, due, on, days, dom)
		if len(events) == 1 {
			if passed, is := events[0].(schemas.InstanceDeadlinePassed); is && passed.Refused != nil {
				return change(events)
			}
		}
		return events, err
	}
	return e
}

func withDue(change func(due []process.Due) []process.Due) simulate.Engine {
	e := simulate.Real
	e.Due = func(d *definition, in *process.Instance, on civil.Date, days civil.Calendar) []process.Due {
		return change(simulate.Real.Due(d, in, on, days))
	}
	return e
}

func TestABrokenHistoryCanBePlayedAgain(t *testing.T) {
	t.Parallel()
	e := doctored(action("see", func(a *process.Action) { a.To = "accepted" }))
	_, err := simulate.Run(e, builtin(t, "task"), 100, 1000, 2)
	var broken *simulate.Broken
	if !errors.As(err, &broken) || len(broken.Steps) == 0 {
		t.Fatalf("%v", err)
	}
	var f simulate.Figures
	_, again := simulate.Play(e, builtin(t, "task"), broken.Seed, &f)
	if again == nil || again.Error() != broken.Error() {
		t.Errorf("%v\nagain %v", broken, again)
	}
	if _, right := simulate.Play(simulate.Real, builtin(t, "task"), broken.Seed, &f); right != nil {
		t.Error(right)
	}
}
