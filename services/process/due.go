package process

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"feisui/pkg/civil"
	"feisui/pkg/workflow"
	"feisui/schemas"
)

// Kind is what is due.
type Kind string

// What is due of an instance: a deadline that falls on another day by the
// calendar as it is now, one that has passed, and a reminder.
const (
	Move   Kind = "move"
	Passed Kind = "pass"
	Remind Kind = "remind"
)

// Due is something that follows from the day alone, and is to be recorded once.
type Due struct {
	Kind     Kind
	Deadline string
	N        int
	DueOn    civil.Date // as it is recorded
	Ahead    int        // of a reminder: working days before the due day
	Request  string     // the id of the request under which it is recorded once
	Notify   []string   // the rights of those who are to learn of it
}

// Due lists what is to be recorded of an instance on a day: moves first, since
// what has moved may not have passed; then what passed first. Each changes the instance, so what follows
// it is found by asking again.
func (d *Definition) Due(in *Instance, on civil.Date, days civil.Calendar) []Due {
	var moves, passes, reminders []Due
	for _, r := range in.Running {
		t, declared := d.Timers[r.Deadline]
		id := fmt.Sprintf("deadline/%s/%s/%s/%d", in.Workflow, in.ID, r.Deadline, r.N)
		due := Due{Deadline: r.Deadline, N: r.N, DueOn: r.DueOn, Request: id}
		switch now := count(r, days); {
		case now != r:
			due.Kind, due.Request = Move, fmt.Sprintf("%s/moved/%d", id, len(in.Steps)+1)
			moves = append(moves, due)
		case on >= t.passes(r, days):
			due.Kind, due.Notify = Passed, t.Notify
			passes = append(passes, due)
		case declared:
			if ahead, is := t.remind(in, r, on, days); is {
				due.Kind, due.Ahead, due.Notify = Remind, ahead, t.Whom
				due.Request = fmt.Sprintf("%s/remind/%d/%s", id, ahead, r.DueOn)
				reminders = append(reminders, due)
			}
		}
	}
	slices.SortStableFunc(passes, func(a, b Due) int { return cmp.Compare(a.DueOn, b.DueOn) })
	return slices.Concat(moves, passes, reminders)
}

// late reports that more is to be recorded of an instance than reminders.
func (d *Definition) late(in *Instance, on civil.Date, days civil.Calendar) bool {
	return slices.ContainsFunc(d.Due(in, on, days), func(due Due) bool { return due.Kind != Remind })
}

// remind gives the nearest reminder whose day has come, unless it was given: one
// that comes late leaves out those before it.
func (t *Timer) remind(in *Instance, r schemas.DeadlineSet, on civil.Date, days civil.Calendar) (int, bool) {
	nearest := -1
	for _, ahead := range t.Remind {
		if on >= before(r.DueOn, ahead, days) && (nearest < 0 || ahead < nearest) {
			nearest = ahead
		}
	}
	if nearest < 0 || on > r.DueOn {
		return 0, false
	}
	given := slices.ContainsFunc(in.Steps, func(s Step) bool {
		return s.Event == schemas.InstanceReminded{}.Type() && s.Deadline == r.Deadline && s.N == r.N && s.Ahead <= nearest && s.DueOn == r.DueOn
	})
	return nearest, !given
}

// before gives the n-th working day before a day.
func before(day civil.Date, n int, days civil.Calendar) civil.Date {
	for n > 0 {
		day--
		if days.IsWorkday(day) {
			n--
		}
	}
	return day
}

// Next gives the first day on which something more is due if nothing happens and
// the calendar stays as it is; the zero date where nothing is.
func (d *Definition) Next(in *Instance, on civil.Date, days civil.Calendar) (next civil.Date) {
	for _, r := range in.Running {
		t := d.Timers[r.Deadline]
		all := []civil.Date{t.passes(r, days)}
		for _, ahead := range t.Remind {
			all = append(all, before(r.DueOn, ahead, days))
		}
		for _, day := range all {
			if day > on && (!next.Given() || day < next) {
				next = day
			}
		}
	}
	return next
}

// Settle gives the events of something due; nothing where it is settled already.
func (d *Definition) Settle(in *Instance, due Due, on civil.Date, days civil.Calendar, dom Domain) ([]schemas.Event, error) {
	r, runs := in.running(due.Deadline)
	if !runs || r.N != due.N {
		return nil, nil
	}
	if !slices.ContainsFunc(d.Due(in, on, days), func(now Due) bool { return now.Request == due.Request }) {
		return nil, nil
	}
	switch due.Kind {
	case Move:
		now := count(r, days)
		return []schemas.Event{schemas.InstanceDeadlineMoved{
			Workflow: in.Workflow, Instance: in.ID, Step: len(in.Steps) + 1, Deadline: r.Deadline, N: r.N,
			Before: r.DueOn, DueOn: now.DueOn, Provisional: now.Provisional, Calendar: days.Edition(), On: on,
		}}, nil
	case Remind:
		return []schemas.Event{schemas.InstanceReminded{
			Workflow: in.Workflow, Instance: in.ID, Step: len(in.Steps) + 1, Deadline: r.Deadline, N: r.N,
			Ahead: due.Ahead, DueOn: r.DueOn, On: on,
		}}, nil
	}
	return d.Pass(in, due.Deadline, due.N, on, days, dom)
}

// Pass says that a deadline has passed for the n-th time, and what follows:
// nothing where it no longer runs, has not passed, or falls on another day by now.
// An action that the state or a guard does not allow does not follow; that the
// deadline passed is said all the same.
func (d *Definition) Pass(in *Instance, deadline string, n int, on civil.Date, days civil.Calendar, dom Domain) ([]schemas.Event, error) {
	c := Command{Workflow: d.Workflow, Instance: in.ID, On: on, Actor: System}
	if err := d.fits(in, &c); err != nil {
		return nil, err
	}
	r, runs := in.running(deadline)
	t := d.Timers[deadline]
	if !runs || r.N != n || count(r, days) != r || on < t.passes(r, days) {
		return nil, nil
	}
	c.Action = t.Pass
	e := schemas.InstanceDeadlinePassed{
		Workflow: d.Workflow, Instance: in.ID, Step: len(in.Steps) + 1, Deadline: deadline, N: n, DueOn: r.DueOn, On: on,
		From: in.State, To: in.State,
	}
	var facts []schemas.Event
	follows, err := d.follows(in, &c, dom)
	if err != nil {
		return nil, err
	}
	if follows {
		action := d.Actions[c.Action]
		e.Action = c.Action
		if e.To, err = d.leads(&action, in, &c, dom); err != nil {
			return nil, err
		}
		if facts, err = d.effects(&action, in, &c, in.ID, d.Concerned(in), dom); err != nil {
			return nil, err
		}
	}
	e.Deadlines, e.Met = d.timers(in, &change{action: e.Action, from: e.From, to: e.To, on: on, passed: deadline}, days)
	return append([]schemas.Event{e}, facts...), nil
}

// follows reports that the action of a passed deadline may be taken.
func (d *Definition) follows(in *Instance, c *Command, dom Domain) (bool, error) {
	action, declared := d.Actions[c.Action]
	if !declared || !slices.Contains(action.From, in.State) || action.Times > 0 && in.times(c.Action) >= action.Times {
		return false, nil
	}
	err := d.guard(in, c, dom)
	var not workflow.Refusals
	if errors.As(err, &not) {
		return false, nil
	}
	return err == nil, err
}
