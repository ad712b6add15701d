package process

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"feisui/pkg/access"
	"feisui/pkg/civil"
	"feisui/pkg/workflow"
)

// Open is an action that somebody may take next.
type Open struct {
	Action  string
	Title   Text
	Form    json.RawMessage // its JSON Schema; none: nothing is filled in
	Right   string          // by which: role@party, or role where it is the county's
	Seen    bool            // whoever takes it says which step they saw last
	Refused workflow.Refusals
	Warned  workflow.Refusals // what is said of it, and stops nobody
}

// Open lists what somebody may do next, by name: what the state, their rights and the
// rule of four eyes allow. What a guard refuses is listed with the reason: facts may
// change, who took a step does not. in is nil before the beginning.
func (d *Definition) Open(in *Instance, on civil.Date, who access.Principal, dom Domain) ([]Open, error) {
	if in == nil {
		return d.openBeginning(who), nil
	}
	var all []Open
	for _, name := range d.open(in, who, dom) {
		action := d.Actions[name]
		right, _ := d.may(&action, d.acting(in), who, dom)
		o := Open{Action: name, Title: action.Title, Form: action.Form, Right: right.String(), Seen: action.Seen}
		c := Command{Workflow: d.Workflow, Instance: in.ID, Action: name, On: on, Actor: who}
		err := d.guard(in, &c, dom)
		if err != nil && !errors.As(err, &o.Refused) {
			return nil, err
		}
		if o.Warned, err = d.Warnings(in, &c, dom); err != nil {
			return nil, err
		}
		all = append(all, o)
	}
	return all, nil
}

// openBeginning lists the beginning for whoever has one of its rights for any
// party: which, the form says.
func (d *Definition) openBeginning(who access.Principal) []Open {
	action := d.Actions[d.Begin]
	for _, text := range action.By {
		r := parseRight(text)
		if slices.ContainsFunc(who.Grants, func(g access.Grant) bool { return g.Role == r.role && (r.party != "" || g.Scope == "") }) {
			return []Open{{Action: d.Begin, Title: action.Title, Form: d.toFill(action.Form), Right: r.String()}}
		}
	}
	return nil
}

// Awaits lists the actions that a fact brings about in the state of an instance,
// by name: those of the system that no deadline brings. Whoever sees facts tries
// them as System when something happened.
func (d *Definition) Awaits(in *Instance) (names []string) {
	passes := map[string]bool{}
	for _, t := range d.Timers {
		passes[t.Pass] = true
	}
	for _, name := range slices.Sorted(maps.Keys(d.Actions)) {
		action := d.Actions[name]
		if !passes[name] && slices.Contains(action.By, system) && slices.Contains(action.From, in.State) {
			names = append(names, name)
		}
	}
	return names
}
