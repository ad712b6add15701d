package process

import (
	"maps"
	"slices"
)

// Inform is to whom a step is said beside those whom it concerns by its rights and
// deadlines: a party that has no step in a workflow that is about it. Nothing is asked of
// them.
type Inform struct {
	Whom []string `json:"whom"` // rights ("role@party")
	// Of are fields of the first form with the values of which one has to stand there.
	Of      map[string][]string `json:"of,omitempty"`
	Actions []string            `json:"actions"`
	// Given is a field of the actions' forms: what leaves it empty is not said. What
	// stands in it is said with the step.
	Given string `json:"given,omitempty"`
}

// of reports that an instance is one of those of which something is said. A form that
// cannot be read says nothing: its JSON Schema says that it is an object.
func (i *Inform) of(in *Instance) bool {
	fields, err := fieldsOf(in.Form)
	for name, values := range i.Of {
		if err != nil || !slices.Contains(values, fields[name]) {
			return false
		}
	}
	return true
}

// says reports that a step of an instance is said, with what stands in Given.
func (i *Inform) says(in *Instance, step *Step) (given string, says bool) {
	if step.Action == "" || !slices.Contains(i.Actions, step.Action) || !i.of(in) {
		return "", false
	}
	if i.Given == "" {
		return "", true
	}
	fields, err := fieldsOf(step.Form)
	return fields[i.Given], err == nil && fields[i.Given] != ""
}

// informed adds those to whom the step is said though they have none.
func (a *audience) informed(step *Step) {
	for _, i := range a.Informs {
		if _, says := i.says(a.in, step); says {
			a.rights(i.Whom, Said)
		}
	}
}

// Given lists what is said with a step, by the field in which it stands.
func (d *Definition) Given(in *Instance, step *Step) map[string]string {
	all := map[string]string{}
	for _, i := range d.Informs {
		if given, says := i.says(in, step); says && i.Given != "" {
			all[i.Given] = given
		}
	}
	return all
}

// informs looks at who is told of what.
func (k *checker) informs() {
	const place = "informs"
	first := fieldsOfSchema(k.Actions[k.Begin].Form)
	actions := slices.Collect(maps.Keys(k.Actions))
	for _, i := range k.Informs {
		if len(i.Whom) == 0 || len(i.Actions) == 0 {
			k.fault(place, "flow_empty")
		}
		for _, text := range i.Whom {
			k.right(place+".whom", text)
		}
		for _, name := range slices.Sorted(maps.Keys(i.Of)) {
			k.one(place+".of", "flow_no_field", first, name)
		}
		for _, name := range i.Actions {
			k.one(place+".actions", "flow_no_action", actions, name)
			if i.Given != "" {
				k.one(place+".given", "flow_no_field", fieldsOfSchema(k.Actions[name].Form), i.Given)
			}
		}
	}
}
