package process

import (
	"maps"
	"slices"

	"feisui/pkg/access"
)

// This file looks whether a county's version leads around a step of the workflow that
// comes with the program. A state that it adds stands for where an instance is by the
// built-in one: that from which it came into the state, or that to which the step which
// brought it there leads. From there it may go on as from those, and to those.

// from looks in which states a step may be taken: none in which it could not. What is a
// community's to do it may do wherever it could.
func (l *loosened) from(place string, a, b *Action) {
	for _, state := range a.From {
		fits := slices.Contains(b.From, state)
		if l.isAdded(state) {
			fits = slices.ContainsFunc(l.stands[state], func(s string) bool { return slices.Contains(b.From, s) })
		}
		if !fits {
			l.fault(place, "loose_from", "state", state)
		}
	}
	if rightsOf(b, access.CommunityOfficer) == nil {
		return
	}
	for _, state := range b.From {
		if _, kept := l.States[state]; kept && !slices.Contains(a.From, state) {
			l.fault(place, "loose_kept", "name", state)
		}
	}
}

// leads looks whether a step leads where it led, or into a state that was added, but for
// what silence brings.
func (l *loosened) leads(place, name string, a, b *Action) {
	silent := slices.ContainsFunc(slices.Collect(maps.Values(l.built.Timers)), func(t Timer) bool { return t.Pass == name })
	detour := func(to string) bool { return !silent && to != "" && l.isAdded(to) }
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
func (l *loosened) added(place string, a *Action) {
	if len(a.Effects) > 0 {
		l.fault(place+".effects", "loose_added")
	}
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
