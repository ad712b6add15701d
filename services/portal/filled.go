package portal

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"feisui/pkg/civil"
	"feisui/pkg/money"
)

// This file says what was filled in, as people read it: with the form that began
// something, with a step, or in a record that came otherwise.

// filledIn lists what stands in the form with which an instance was begun, by the
// titles of its fields and in their order. What says whom it concerns is left out: that
// stands above it.
func (v *visit) filledIn(in *instance) (list []pair) {
	var values map[string]any
	if len(in.Form) == 0 || json.Unmarshal(in.Form, &values) != nil {
		return nil
	}
	delete(values, "no")
	defined := v.defined(in)
	for part, codes := range in.Parties {
		delete(values, part)
		if field := defined.parties[part]; codes != "" && listOf(values[field]) == codes { // scope, by the field communities
			delete(values, field)
		}
	}
	add := func(title, name string) {
		if value, there := values[name]; there {
			list = append(list, pair{title, v.value(name, value)})
			delete(values, name)
		}
	}
	for _, f := range defined.fields {
		add(unasked(v.in(f.Title)), f.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		add(v.fieldName(name), name)
	}
	return list
}

// listOf is a list of a form as parties have one, "" for what is none.
func listOf(value any) string {
	var codes []string
	if all, is := value.([]any); is {
		for _, one := range all {
			if code, is := one.(string); is {
				codes = append(codes, code)
			}
		}
	}
	return strings.Join(codes, ";")
}

type pair struct{ Name, Value string }

// content is what something says: what it was begun with, or what was recorded of it
// where it came otherwise, with a workbook or from the bank. What says whom it concerns
// is left out of both.
func (v *visit) content(in *instance) ([]pair, error) {
	if in.Workflow == draftFlow {
		return v.draftContent(in), nil
	}
	if len(in.Form) > 0 || !factual(in.Workflow) || !v.may("entries") {
		return v.filledIn(in), nil
	}
	var l entryList
	query := url.Values{"stream": {in.Workflow + "/" + in.Instance}, "limit": {"1"}}
	if err := v.get("/v1/counties/{county}/entries", query, &l); err != nil || len(l.Entries) == 0 {
		return nil, err
	}
	own := []string{"no", "voucher", "request", "actor", "office", "role"} // its name stands above it, and who recorded it in the entry
	return slices.DeleteFunc(v.contentsBut(&l.Entries[0], own, in.Parties), func(p pair) bool { return p.Value == "" }), nil
}

// filledStep lists what was filled in with a step of an instance.
func (v *visit) filledStep(in *instance, action string, form json.RawMessage) (list []pair) {
	var values map[string]any
	if len(form) == 0 || json.Unmarshal(form, &values) != nil {
		return nil
	}
	defined := v.defined(in)
	for _, name := range orderOf(json.RawMessage(`{"properties":` + string(form) + `}`)) {
		list = append(list, pair{v.titleIn(defined, action, name), v.value(name, values[name])})
	}
	return list
}

// holds are the steps that stop something, by the workflow and state that they lead to.
var holds = map[[2]string]string{{"task", "paused"}: "pause", {"task", "terminating"}: "terminate", {draftFlow, "returned"}: "return"}

// held lists what was said with the step that stopped something, nothing where it goes on.
func (v *visit) held(in *instance) []pair {
	action := holds[[2]string{in.Workflow, in.State}]
	for _, m := range slices.Backward(in.Timeline) {
		if action != "" && m.Action == action {
			return v.filledStep(in, m.Action, m.Form)
		}
	}
	return nil
}

func (v *visit) fieldName(name string) string {
	for _, key := range []string{"form.field_" + name, "board.field_" + name} {
		if says(key) {
			return v.say(key)
		}
	}
	return name
}

// inYuan are the fields of forms in which an amount is filled in.
var inYuan = []string{"amount", "base", "condition_amount", "cost", "funding"}

// value says what stands in a field.
func (v *visit) value(name string, value any) string {
	switch is := value.(type) {
	case bool:
		if is {
			return v.say("form.yes")
		}
		return v.say("form.no")
	case string:
		if strings.HasSuffix(name, "purpose") {
			return v.purpose(is)
		}
		if amount, err := money.ParseAmount(is); err == nil && slices.Contains(inYuan, name) {
			return v.say("entries.yuan", "amount", amount.Yuan())
		}
		if day, err := civil.Parse(is); err == nil {
			return v.date(day)
		}
		return v.choice(name, v.name(is))
	case []any:
		var all []string
		for _, one := range is {
			all = append(all, v.value(name, one))
		}
		return strings.Join(all, v.say("form.comma"))
	case map[string]any: // a community, with what differs for it
		all := []string{v.name(fmt.Sprint(is[inputCommunity]))}
		for _, name := range slices.Sorted(maps.Keys(is)) {
			if name != inputCommunity {
				all = append(all, v.fieldName(name)+" "+v.value(name, is[name]))
			}
		}
		return strings.Join(all, " ")
	}
	data, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return string(data)
}

// choice is what one of a field's choices is called.
func (v *visit) choice(name, value string) string {
	for _, key := range []string{"form." + name + "_" + value, "form.choice_" + value, "page." + name + "_" + value, "plain." + name + "_" + value} {
		if says(key) {
			return v.say(key)
		}
	}
	return value
}
