package process

import (
	"cmp"
	"maps"
	"slices"

	"feisui/pkg/access"
)

// This file looks whether a county's version leads around a step of the workflow that
// comes with the program. A state that it adds stands for where an instance is by the
// built-in one: that from which it came into the state, or that to which the step which
// brought it there leads. From there it may go on as from those, and to those.

// from looks in which states a step may be taken: none in which it could not. What is a
// community's to do it may do wherever it could, and facts count wherever they did.
func (l *loosened) from(place, name string, a, b *Action) {
	for _, state := range a.From {
		fits := slices.Contains(b.From, state)
		if l.isAdded(state) {
			fits = slices.ContainsFunc(l.stands[state], func(s string) bool { return slices.Contains(b.From, s) })
		}
		if !fits {
			l.fault(place, "loose_from", "state", state)
		}
	}
	if !l.open(name) {
		return
	}
	for _, state := range b.From {
		if _, kept := l.States[state]; kept && !slices.Contains(a.From, state) {
			l.fault(place, "loose_kept", "name", state)
		}
	}
}

// open reports that a step stays open wherever it was: it is a community's, or a fact's.
func (l *loosened) open(name string) bool {
	b := l.built.Actions[name]
	return rightsOf(&b, access.CommunityOfficer) != nil || l.byFact(name)
}

// parked looks whether a state that was added takes nothing from where an instance is in
// it: there the steps of a community are open too, facts count and deadlines run.
func (l *loosened) parked() {
	in := l.meant()
	for _, state := range slices.Sorted(maps.Keys(in)) {
		was := func(s string) bool { return slices.Contains(in[state], s) }
		for _, name := range slices.Sorted(maps.Keys(l.built.Actions)) {
			a, kept := l.Actions[name]
			if kept && l.open(name) && slices.ContainsFunc(l.built.Actions[name].From, was) && !slices.Contains(a.From, state) {
				l.fault("actions."+name+".from", "loose_kept", "name", state)
			}
		}
		for _, name := range slices.Sorted(maps.Keys(l.built.Timers)) {
			t, kept := l.Timers[name]
			if kept && slices.ContainsFunc(l.built.Timers[name].In, was) && !slices.Contains(t.In, state) {
				l.fault("deadlines."+name+".in", "loose_kept", "name", state)
			}
		}
	}
}

// meant finds where an instance is by the built-in workflow while it is in a state that
// was added: where a step of the built-in one led, and where it came from by one that was
// added.
func (l *loosened) meant() map[string][]string {
	in := map[string][]string{}
	for more := true; more; {
		more = false
		for name, a := range l.Actions {
			b := l.built.Actions[name]
			for _, from := range sources(&a) {
				more = l.counts(in, a.To, from, b.To) || more
				for _, branch := range a.Branches {
					more = l.counts(in, branch.To, from, cmp.Or(b.branch(branch.When), b.To)) || more
				}
			}
		}
	}
	return in
}

// counts takes into account that a way leads from a state to one that was added, and led
// elsewhere ("": nowhere), and reports that more is meant by it then.
func (l *loosened) counts(in map[string][]string, to, from, led string) (more bool) {
	if to == "" || !l.isAdded(to) {
		return false
	}
	as := []string{cmp.Or(led, from)}
	if led == "" && l.isAdded(from) {
		as = in[from]
	}
	for _, s := range as {
		if !slices.Contains(in[to], s) {
			in[to], more = append(in[to], s), true
		}
	}
	return more
}

// leads looks whether a step leads where it led, or into a state that was added, but for
// what silence brings.
func (l *loosened) leads(place, name string, a, b *Action) {
	detour := func(to string) bool { return !l.silent(name) && to != "" && l.isAdded(to) }
	if a.To != b.To && !detour(a.To) {
		l.fault(place+".to", "loose_same", "found", a.To, "known", b.To)
	}
	var kept []Branch
	for _, branch := range a.Branches {
		switch was := b.branch(branch.When); {
		case was != "" && detour(branch.To):
			kept = append(kept, Branch{branch.When, was})
		case was == branch.To:
			kept = append(kept, branch)
		case !detour(branch.To):
			l.fault(place+".branches", "loose_branch", "name", branch.When, "state", branch.To)
		}
	}
	if !equal(kept, b.Branches) {
		l.fault(place+".branches", "loose_branches")
	}
}

// branch is where an action leads when a guard holds, "" where it does not ask it.
func (a *Action) branch(when string) string {
	for _, b := range a.Branches {
		if b.When == when {
			return b.To
		}
	}
	return ""
}

// added looks at a step that the built-in workflow has not.
func (l *loosened) added(place, name string, a *Action) {
	l.signed(place, name, a)
	for _, from := range a.From {
		for _, to := range ends(a) {
			fits := l.isAdded(to) || to == from
			if l.isAdded(from) {
				fits = fits || slices.Contains(l.stands[from], to)
			}
			if !fits {
				l.fault(place, "loose_way", "from", from, "to", to)
			}
		}
	}
}

// signature is the effect that gives a document its number.
const signature = "number_document"

// signed looks at what a step brings that was added: documents alone, of the offices that
// sign some and by their people. Who signed one is kept from deciding on it as with others.
func (l *loosened) signed(place, name string, a *Action) {
	if len(a.Effects) == 0 {
		return
	}
	var by, offices, steps []string
	for _, step := range slices.Sorted(maps.Keys(l.built.Actions)) {
		b := l.built.Actions[step]
		for _, e := range b.Effects {
			if e.Name == signature {
				by, offices, steps = append(by, b.By...), append(offices, e.Row["office"]), append(steps, step)
			}
		}
	}
	by = slices.DeleteFunc(by, func(right string) bool { return right == system }) // it would go on signing
	if slices.ContainsFunc(a.Effects, func(e Effect) bool { return e.Name != signature || !slices.Contains(offices, e.Row["office"]) }) {
		l.fault(place+".effects", "loose_added")
		return
	}
	l.adds(place+".by", "loose_right", a.By, by)
	for _, step := range slices.Sorted(maps.Keys(l.Actions)) {
		kept := l.built.Actions[step].NotBy
		if slices.ContainsFunc(steps, func(s string) bool { return slices.Contains(kept, s) }) {
			l.keeps("actions."+step+".not_by", "loose_eyes", l.Actions[step].NotBy, []string{name})
		}
	}
}

// standing finds for what each added state stands: what all ways into it agree on.
func (l *loosened) standing() map[string][]string {
	stands := map[string][]string{}
	for state := range l.States {
		if l.isAdded(state) {
			stands[state] = slices.Sorted(maps.Keys(l.built.States)) // until a way into it says less
		}
	}
	for less := true; less; {
		less = false
		for _, name := range slices.Sorted(maps.Keys(l.Actions)) {
			a := l.Actions[name]
			for _, from := range sources(&a) {
				less = l.enters(stands, name, &a, from) || less
			}
		}
	}
	return stands
}

// sources are the states from which an action leads, "" for the beginning.
func sources(a *Action) []string {
	if len(a.From) == 0 {
		return []string{""}
	}
	return a.From
}

// enters takes into account that an action leads from a state into states that were
// added, and reports that one of them stands for less then.
func (l *loosened) enters(stands map[string][]string, name string, a *Action, from string) (less bool) {
	b, kept := l.built.Actions[name]
	came := []string{from}
	if from != "" && l.isAdded(from) {
		came = slices.DeleteFunc(slices.Clone(stands[from]), func(s string) bool { return kept && !slices.Contains(b.From, s) })
	}
	enter := func(to, led string) {
		if to == "" || !l.isAdded(to) {
			return
		}
		now := slices.DeleteFunc(slices.Clone(stands[to]), func(s string) bool { return s != led && !slices.Contains(came, s) })
		less = less || len(now) < len(stands[to])
		stands[to] = now
	}
	enter(a.To, b.To)
	for _, branch := range a.Branches {
		enter(branch.To, b.branch(branch.When))
	}
	return less
}
