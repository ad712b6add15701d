package process

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
)

// timer looks at a deadline. What follows when it passes must be possible in
// every state in which it runs.
func (k *checker) timer(place string, t *Timer) {
	k.titled(place, t.Title)
	if len(t.In) == 0 {
		k.fault(place+".in", "flow_empty")
	}
	for _, state := range t.In {
		k.state(place+".in", state, true)
	}
	if t.Days < 0 || t.Days > daysMost || t.Days == 0 && t.After == "" {
		k.fault(place+".days", "flow_days", "found", strconv.Itoa(t.Days), "most", strconv.Itoa(daysMost))
	}
	if t.Grace < 0 || t.Grace > daysMost {
		k.fault(place+".grace", "flow_days", "found", strconv.Itoa(t.Grace), "most", strconv.Itoa(daysMost))
	}
	if t.Unit != working && t.Unit != calendar {
		k.fault(place+".unit", "flow_unit", "found", t.Unit)
	}
	if t.After != "" && !k.dated(t.After, k.entering(t)) {
		k.fault(place+".after", "flow_no_date", "name", t.After)
	}
	for _, state := range t.Still {
		k.state(place+".still", state, true)
		if slices.Contains(t.In, state) || t.After == "" { // where days are counted from the entry, they begin anew
			k.fault(place+".still", "flow_still", "state", state)
		}
	}
	k.pass(place, t)
	for _, x := range t.Extends {
		k.extension(place+".extends", &x)
	}
	for _, ahead := range t.Remind {
		if ahead < 1 || t.After == "" && t.Unit == working && ahead >= t.Days {
			k.fault(place+".remind", "flow_remind", "found", strconv.Itoa(ahead), "days", strconv.Itoa(t.Days))
		}
	}
	if len(t.Whom) == 0 {
		k.fault(place+".whom", "flow_empty")
	}
	for _, text := range t.Whom {
		k.right(place+".whom", text)
	}
	for _, text := range t.Notify {
		k.right(place+".notify", text)
	}
}

func (k *checker) pass(place string, t *Timer) {
	if t.Pass == "" {
		return
	}
	a, declared := k.Actions[t.Pass]
	if !declared {
		k.fault(place+".pass", "flow_no_action", "name", t.Pass)
		return
	}
	if !slices.Contains(a.By, system) {
		k.fault(place+".pass", "flow_pass_by", "name", t.Pass)
	}
	for _, state := range t.In {
		if !slices.Contains(a.From, state) {
			k.fault(place+".pass", "flow_pass_from", "name", t.Pass, "state", state)
		}
	}
}

func (k *checker) extension(place string, x *Extension) {
	if _, declared := k.Actions[x.Action]; !declared {
		k.fault(place, "flow_no_action", "name", x.Action)
		return
	}
	switch {
	case x.Until != "" && !k.dated(x.Until, []string{x.Action}):
		k.fault(place, "flow_no_date", "name", x.Until)
	case x.Until == "" && (x.Days < 1 || x.Days > daysMost), x.Until != "" && x.Days != 0, x.Times < 0:
		k.fault(place, "flow_extension", "name", x.Action)
	}
}

// entering lists the actions whose form may date a deadline: the first, and those
// that lead into its states.
func (k *checker) entering(t *Timer) []string {
	actions := []string{k.Begin}
	for name, a := range k.Actions {
		if slices.ContainsFunc(ends(&a), func(to string) bool { return slices.Contains(t.In, to) }) {
			actions = append(actions, name)
		}
	}
	return actions
}

// dated reports that the form of one of some actions has a date of a name.
func (k *checker) dated(field string, actions []string) bool {
	return slices.ContainsFunc(actions, func(name string) bool {
		var schema formSchema
		return json.Unmarshal(k.Actions[name].Form, &schema) == nil && schema.Properties[field].Format == "date"
	})
}

// ends are the states to which an action may lead.
func ends(a *Action) []string {
	var to []string
	if a.To != "" {
		to = append(to, a.To)
	}
	for _, b := range a.Branches {
		to = append(to, b.To)
	}
	return to
}

// paths looks whether every state can be reached and, unless it is final, left;
// and from each an end.
func (k *checker) paths() {
	begin := k.Actions[k.Begin]
	forward := map[string][]string{}
	backward := map[string][]string{}
	for _, a := range k.Actions {
		for _, from := range a.From {
			for _, to := range ends(&a) {
				forward[from] = append(forward[from], to)
				backward[to] = append(backward[to], from)
			}
		}
	}
	reached := closure(ends(&begin), forward)
	for _, recorded := range k.Recorded {
		maps.Copy(reached, closure([]string{recorded}, forward))
	}
	var final []string
	for name, s := range k.States {
		if s.Final {
			final = append(final, name)
		}
	}
	ending := closure(final, backward)
	if len(final) == 0 {
		k.fault("states", "flow_endless")
	}
	for _, name := range slices.Sorted(maps.Keys(k.States)) {
		if !reached[name] {
			k.fault("states."+name, "flow_unreachable", "state", name)
		}
		if !ending[name] && len(final) > 0 {
			k.fault("states."+name, "flow_no_way_out", "state", name)
		}
	}
}

// closure gives what can be reached.
func closure(from []string, next map[string][]string) map[string]bool {
	reached := map[string]bool{}
	for len(from) > 0 {
		state := from[len(from)-1]
		from = from[:len(from)-1]
		if !reached[state] {
			reached[state] = true
			from = append(from, next[state]...)
		}
	}
	return reached
}
