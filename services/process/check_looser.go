package process

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"feisui/pkg/access"
)

// Looser lists where a county's own version of a workflow allows what the one that comes
// with the program (built) does not. A county may shorten a deadline, add a step of
// review, tell others: it may not have the system accept what a person has to, drop a
// condition or another pair of eyes, keep from a community what is its right, or lead
// around a step.
//
//   - Of each step that both have, nobody more may take it, it has all conditions, needs
//     all fields and brings the same facts. It leads where it led, or into a state that
//     was added; where silence brings it, nowhere else.
//   - What was added brings no facts, and leads to a state of the built-in workflow only
//     where that would lead from there (check_around.go).
//   - Each deadline is there, no longer, with no more grace, of the same people, and leads
//     where it led; no deadline brings what none brought there.
//   - What facts bring is there, and asks no more of them. A state that was added takes no
//     deadline, no fact and no step of a community from where it leads (check_around.go).
//   - Of limits, those that are named (lowered) are there and no higher. What a rule points
//     out weighs no less.
//   - A step that was added signs documents (number_document) only by who signs them, and
//     whoever may not decide on what the same person signed may not on this one.
func (d *Definition) Looser(built *Definition, lowered []string) []Fault {
	l := &loosened{checker: checker{Definition: d}, built: built, lowered: lowered}
	l.stands = l.standing()
	l.whole()
	l.rules()
	for _, name := range slices.Sorted(maps.Keys(built.Actions)) {
		b := built.Actions[name]
		if a, kept := d.Actions[name]; kept {
			l.step("actions."+name, name, &a, &b)
		} else if b.lasts() {
			l.fault("actions", "loose_kept", "name", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(d.Actions)) {
		if a := d.Actions[name]; !l.ofBuilt(name) {
			l.added("actions."+name, name, &a)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(built.Timers)) {
		b := built.Timers[name]
		if t, kept := d.Timers[name]; kept {
			l.deadline("deadlines."+name, &t, &b)
		} else {
			l.fault("deadlines", "loose_kept", "name", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(d.Timers)) {
		t := d.Timers[name]
		l.silence("deadlines."+name+".pass", &t)
	}
	l.parked()
	return l.faults
}

// loosened is a definition while it is compared with the one that it replaces.
type loosened struct {
	checker

	built   *Definition
	lowered []string            // limits
	stands  map[string][]string // of each state that was added, where an instance may go on from it
}

func (l *loosened) ofBuilt(action string) bool {
	_, has := l.built.Actions[action]
	return has
}

func (l *loosened) isAdded(state string) bool {
	_, has := l.built.States[state]
	return !has
}

// same looks whether a word is what it was.
func (l *loosened) same(place, now, known string) {
	if now != known {
		l.fault(place, "loose_same", "found", now, "known", known)
	}
}

// keeps looks whether a list has all that it had.
func (l *loosened) keeps(place, key string, now, known []string) {
	for _, name := range known {
		if !slices.Contains(now, name) {
			l.fault(place, key, "name", name)
		}
	}
}

// adds looks whether a list has nothing that it had not.
func (l *loosened) adds(place, key string, now, known []string) {
	l.keeps(place, key, known, now)
}

// whole compares what is said of the workflow as a whole.
func (l *loosened) whole() {
	l.same("begin", l.Begin, l.built.Begin)
	l.same("number", l.Number, l.built.Number)
	for _, party := range slices.Sorted(maps.Keys(l.built.Parties)) {
		l.same("parties."+party, l.Parties[party], l.built.Parties[party])
	}
	instead := maps.Clone(l.built.Instead)
	if instead == nil {
		instead = map[string]string{}
	}
	maps.Copy(instead, l.Instead)
	for _, party := range slices.Sorted(maps.Keys(instead)) {
		l.same("instead."+party, l.Instead[party], l.built.Instead[party])
	}
	recorded := maps.Clone(l.built.Recorded)
	maps.Copy(recorded, l.Recorded)
	for _, state := range slices.Sorted(maps.Keys(recorded)) {
		l.same("recorded."+state, l.Recorded[state], l.built.Recorded[state])
	}
	for _, name := range slices.Sorted(maps.Keys(l.built.States)) {
		if s, kept := l.States[name]; kept && s.Final != l.built.States[name].Final {
			l.fault("states."+name+".final", "loose_same", "found", strconv.FormatBool(s.Final), "known", strconv.FormatBool(!s.Final))
		}
	}
	for _, name := range l.lowered {
		if most, bounded := l.built.Limits[name]; bounded && (l.Limits[name] == 0 || l.Limits[name] > most) {
			l.fault("limits."+name, "loose_days", "found", strconv.Itoa(l.Limits[name]), "most", strconv.Itoa(most))
		}
	}
	if l.built.OpenedBy != nil {
		var rules []string
		if l.OpenedBy != nil {
			rules = l.OpenedBy.Rules
		}
		l.keeps("opened_by.rules", "loose_kept", rules, l.built.OpenedBy.Rules)
	}
	if l.built.SeenBy != nil && !slices.Contains(l.built.SeenBy, anyone) {
		l.adds("seen_by", "loose_right", l.SeenBy, l.built.SeenBy)
	}
}

// step compares a step with what it was.
func (l *loosened) step(place, name string, a, b *Action) {
	l.adds(place+".by", "loose_right", a.By, b.By)
	l.keeps(place+".by", "loose_kept", a.By, slices.Concat(rightsOf(b, access.CommunityOfficer), rightsOf(b, system)))
	l.keeps(place+".not_by", "loose_eyes", a.NotBy, slices.DeleteFunc(slices.Clone(b.NotBy), func(other string) bool {
		_, kept := l.Actions[other]
		return !kept
	}))
	l.keeps(place+".guards", "loose_guard", a.Guards, b.Guards)
	l.keeps(place+".warns", "loose_guard", slices.Concat(a.Warns, a.Guards), b.Warns)
	l.keeps(place+".form.required", "loose_kept", requiredOf(a.Form), requiredOf(b.Form))
	l.same(place+".answers", a.Answers, b.Answers)
	if b.Seen {
		l.same(place+".seen", strconv.FormatBool(a.Seen), "true")
	}
	if b.Times > 0 && (a.Times == 0 || a.Times > b.Times) {
		l.fault(place+".times", "loose_times", "found", strconv.Itoa(a.Times), "most", strconv.Itoa(b.Times))
	}
	if !slices.EqualFunc(a.Effects, b.Effects, alike) {
		l.fault(place+".effects", "loose_effects")
	}
	if l.byFact(name) { // which a guard more, or a bound, would keep from counting
		l.same(place+".guards", strings.Join(a.Guards, ", "), strings.Join(b.Guards, ", "))
		l.same(place+".times", strconv.Itoa(a.Times), strconv.Itoa(b.Times))
	}
	l.from(place+".from", name, a, b)
	l.leads(place, name, a, b)
}

// rightsOf are the rights of a step that somebody of a role has.
func rightsOf(a *Action, role access.Role) (rights []string) {
	for _, text := range a.By {
		if parseRight(text).role == role {
			rights = append(rights, text)
		}
	}
	return rights
}

// lasts reports that no version may be without a step: it is a community's, or follows
// from a fact or a deadline.
func (a *Action) lasts() bool {
	return rightsOf(a, access.CommunityOfficer) != nil || rightsOf(a, system) != nil
}

// byFact reports that a step of the built-in workflow is the system's, and no deadline
// brings it.
func (l *loosened) byFact(name string) bool {
	a := l.built.Actions[name]
	return name != l.built.Begin && slices.Contains(a.By, system) && !l.silent(name)
}

// silent reports that a deadline of the built-in workflow brings a step.
func (l *loosened) silent(name string) bool {
	return slices.ContainsFunc(slices.Collect(maps.Values(l.built.Timers)), func(t Timer) bool { return t.Pass == name })
}

// requiredOf are the fields that a form needs, none where its schema cannot be read.
func requiredOf(form json.RawMessage) []string {
	var schema formSchema
	if json.Unmarshal(form, &schema) != nil {
		return nil
	}
	return schema.Required
}

// issuer is the setting of an effect in which each county has its own word (机关代字).
const issuer = "issuer"

// alike reports that two effects bring the same facts.
func alike(a, b Effect) bool {
	row := func(e *Effect) map[string]string {
		row := maps.Clone(e.Row)
		if e.Name != "" {
			delete(row, issuer)
		}
		return row
	}
	return a.Name == b.Name && a.Sheet == b.Sheet && maps.Equal(row(&a), row(&b))
}

// deadline compares a deadline with what it was.
func (l *loosened) deadline(place string, t, b *Timer) {
	l.same(place+".pass", t.Pass, b.Pass)
	l.same(place+".after", t.After, b.After)
	l.same(place+".still", strings.Join(t.Still, ", "), strings.Join(b.Still, ", "))
	if t.Days > b.Days {
		l.fault(place+".days", "loose_days", "found", strconv.Itoa(t.Days), "most", strconv.Itoa(b.Days))
	}
	if t.Grace > b.Grace {
		l.fault(place+".grace", "loose_grace", "found", strconv.Itoa(t.Grace), "most", strconv.Itoa(b.Grace))
	}
	if t.Warning && !b.Warning { // of which nobody is late
		l.same(place+".warning", "true", "false")
	}
	l.keeps(place+".whom", "loose_kept", t.Whom, b.Whom)
	if t.Unit != b.Unit && b.Unit == calendar { // as many days of work are longer
		l.same(place+".unit", t.Unit, b.Unit)
	}
	for _, state := range b.In {
		if _, kept := l.States[state]; kept && !slices.Contains(t.In, state) {
			l.fault(place+".in", "loose_kept", "name", state)
		}
	}
	for _, x := range t.Extends {
		if !slices.ContainsFunc(b.Extends, func(y Extension) bool {
			return x.Action == y.Action && x.Until == y.Until && x.Days <= y.Days && max(x.Times, 1) <= max(y.Times, 1)
		}) {
			l.fault(place+".extends", "loose_extends", "name", strings.TrimSpace(x.Action))
		}
	}
}

// silence looks whether a deadline brings a step of the built-in workflow only where one
// did there: else what a fact or a person has to bring, silence would.
func (l *loosened) silence(place string, t *Timer) {
	if !l.ofBuilt(t.Pass) {
		return
	}
	for _, state := range t.In {
		as := []string{state}
		if l.isAdded(state) {
			as = l.stands[state]
		}
		if !slices.ContainsFunc(slices.Collect(maps.Values(l.built.Timers)), func(b Timer) bool {
			return b.Pass == t.Pass && slices.ContainsFunc(as, func(s string) bool { return slices.Contains(b.In, s) })
		}) {
			l.fault(place, "loose_silence", "name", t.Pass, "state", state)
		}
	}
}

// equal reports that two lists of branches are the same.
func equal(a, b []Branch) bool { return len(a) == 0 && len(b) == 0 || reflect.DeepEqual(a, b) }
