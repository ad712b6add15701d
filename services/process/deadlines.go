package process

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"feisui/pkg/civil"
	"feisui/schemas"
)

// The units in which a deadline's days are counted.
const (
	working  = "working"
	calendar = "calendar"
)

// change is what a step does to the state.
type change struct {
	action   string
	form     json.RawMessage
	from, to string
	on       civil.Date
	passed   string            // the deadline that passed, and so no longer runs
	parties  map[string]string // at the beginning: those that it names
}

// timers gives the deadlines that begin to run with a change or run longer, and
// those that are met by it, by name. in is nil at the beginning.
func (d *Definition) timers(in *Instance, c *change, days civil.Calendar) (set []schemas.DeadlineSet, met []string) {
	if in == nil {
		in = &Instance{Form: c.form, Parties: c.parties}
	}
	for _, name := range slices.Sorted(maps.Keys(d.Timers)) {
		t := d.Timers[name]
		r, runs := in.running(name)
		runs = runs && name != c.passed
		stays := slices.Contains(t.In, c.to)
		switch {
		case runs && !stays:
			met = append(met, name)
		case runs:
			if longer, is := t.extend(in, r, c, days); is {
				set = append(set, longer)
			}
		case stays && (!slices.Contains(t.In, c.from) || t.begins(c)) && d.bothers(&t, in.Parties):
			if from, stood := t.since(in, c); from.Given() {
				set = append(set, count(schemas.DeadlineSet{Deadline: name, N: in.ran(name) + 1, From: from, Days: t.Days, Unit: t.Unit, Stood: stood}, days))
			}
		}
	}
	return set, met
}

// bothers reports that a deadline is one to run: silence brings a step, or somebody could act in
// time. Nobody could where each of its rights is of a party that the beginning did not name,
// such as the community of money that a street gets for none yet: it would be late for nobody.
func (d *Definition) bothers(t *Timer, parties map[string]string) bool {
	return t.Pass != "" || slices.ContainsFunc(t.Whom, func(text string) bool {
		party := parseRight(text).party
		return party == "" || parties[party] != "" || strings.Contains(d.Parties[party], ".") // which a later step may name
	})
}

// since gives the day from which days are counted, none where it is a field's and
// the field was left empty: then the deadline does not run. What an action said
// of the day, whether the deadline ran then or not, holds from there on, and is later by
// the days on which time stood still since, which it gives too.
func (t *Timer) since(in *Instance, c *change) (day civil.Date, stood int) {
	if t.After == "" {
		return c.on, 0
	}
	day = dateIn(in.Form, t.After)
	still := standstill{in: t.Still}
	anew := func(said, on civil.Date) {
		if said.Given() {
			day = said
			still.anew(on)
		}
	}
	for _, s := range in.Steps {
		still.step(s.From, s.To, s.On)
		if x, is := t.until(s.Action); is {
			anew(dateIn(s.Form, x.Until), s.On)
		}
	}
	still.step(c.from, c.to, c.on)
	anew(dateIn(c.form, t.After), c.on)
	if x, is := t.until(c.action); is {
		anew(dateIn(c.form, x.Until), c.on)
	}
	if !day.Given() {
		return day, 0
	}
	return day.AddDays(still.days), still.days
}

// standstill counts the calendar days that were spent in some states.
type standstill struct {
	in    []string
	since civil.Date // since when an instance is in one of them
	days  int
}

func (s *standstill) step(from, to string, on civil.Date) {
	switch was, is := slices.Contains(s.in, from), slices.Contains(s.in, to); {
	case is && !was:
		s.since = on
	case was && !is:
		s.days += int(on - s.since)
	}
}

// anew counts from a day on.
func (s *standstill) anew(on civil.Date) { s.days, s.since = 0, on }

// until gives how an action says anew from which day days are counted.
func (t *Timer) until(action string) (Extension, bool) {
	for _, x := range t.Extends {
		if x.Action == action && x.Until != "" {
			return x, true
		}
	}
	return Extension{}, false
}

// begins reports that an action says from which day days are counted, while the deadline
// does not run: the field was left empty, or it has passed. It runs from there on.
func (t *Timer) begins(c *change) bool {
	x, is := t.until(c.action)
	return is && dateIn(c.form, x.Until).Given()
}

// extend makes a deadline longer that runs, where the action does that and came
// in time: by the due day, or where there is grace before that is over, so that who asks
// within it is answered before the deadline passes.
func (t *Timer) extend(in *Instance, r schemas.DeadlineSet, c *change, days civil.Calendar) (schemas.DeadlineSet, bool) {
	last := r.DueOn
	if t.Grace > 0 {
		last = t.passes(r, days) - 1
	}
	for _, x := range t.Extends {
		if x.Action != c.action || c.on > last || in.extended(x.Action, r) >= max(x.Times, 1) {
			continue
		}
		r.Days += x.Days
		if x.Until != "" {
			until := dateIn(c.form, x.Until)
			if !until.Given() {
				return r, false
			}
			r.From, r.Days, r.Stood = until, t.Days, 0
		}
		r.Extended++
		return count(r, days), true
	}
	return r, false
}

// extended says how often an action has made a deadline longer since it last
// began to run.
func (in *Instance) extended(action string, r schemas.DeadlineSet) (n int) {
	for _, s := range in.Steps {
		if s.Action != action {
			continue
		}
		for _, set := range s.Deadlines {
			if set.Deadline == r.Deadline && set.N == r.N && set.Extended > 0 {
				n++
			}
		}
	}
	return n
}

// count finds the day on which a deadline falls. It is provisional where working
// days are counted through a year of which the calendar is not published yet.
func count(set schemas.DeadlineSet, days civil.Calendar) schemas.DeadlineSet {
	set.Provisional = false
	if set.Unit == calendar {
		set.DueOn = set.From.AddDays(set.Days)
		return set
	}
	set.DueOn = days.After(set.From, set.Days)
	for year := set.From.Year(); year <= set.DueOn.Year(); year++ {
		set.Provisional = set.Provisional || !days.Published(civil.Of(year, 1, 1))
	}
	return set
}

// passes gives the first day on which a deadline is over, with its grace. Working days
// are over when another has begun: what is done on the days off that follow the last is
// in time (spec §8).
func (t *Timer) passes(set schemas.DeadlineSet, days civil.Calendar) civil.Date {
	if set.Unit == calendar {
		return set.DueOn.AddDays(t.Grace + 1)
	}
	return days.After(set.DueOn, t.Grace+1)
}
