package process

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"feisui/pkg/access"
	"feisui/pkg/civil"
)

// numbersMost bounds how many numbers are tried until one is free.
const numbersMost = 100_000

// Complete gives a first form with what the definition says of fields that were
// left empty. taken says of a number whether something has it already. What cannot
// be said stays empty, and the form's schema refuses it; a form that is no object is
// given back as it is.
func (d *Definition) Complete(form json.RawMessage, who access.Principal, on civil.Date, taken func(no string) bool) (json.RawMessage, error) {
	fields := objectOf(form)
	if len(d.Filled) == 0 || fields == nil {
		return form, nil
	}
	given, err := fieldsOf(form)
	if err != nil {
		return nil, err
	}
	changed := false
	for _, name := range d.fillOrder() {
		if given[name] != "" {
			continue
		}
		text, said := d.said(name, given, who, on)
		if said && name == d.Number {
			text, said = firstFree(text, taken)
		}
		if !said {
			continue
		}
		if fields[name], err = json.Marshal(text); err != nil {
			return nil, err
		}
		given[name], changed = text, true
	}
	if !changed {
		return form, nil
	}
	return json.Marshal(fields)
}

// objectOf gives the fields of an object, nil of what is none.
func objectOf(form json.RawMessage) (fields map[string]json.RawMessage) {
	if json.Unmarshal(form, &fields) != nil {
		return nil
	}
	return fields
}

// toFill is the first form's schema as somebody has to fill it in: what is said for
// them they need not say. One that cannot be read is given as it is.
func (d *Definition) toFill(form json.RawMessage) json.RawMessage {
	schema := objectOf(form)
	var required []string
	if len(d.Filled) == 0 || schema == nil || json.Unmarshal(schema["required"], &required) != nil {
		return form
	}
	required = slices.DeleteFunc(required, func(name string) bool { return d.Filled[name] != "" })
	var err error
	if schema["required"], err = json.Marshal(required); err != nil {
		return form
	}
	if less, err := json.Marshal(schema); err == nil {
		return less
	}
	return form
}

// fillOrder has the number last, since it may be made of the others.
func (d *Definition) fillOrder() []string {
	names := slices.Sorted(maps.Keys(d.Filled))
	if i := slices.Index(names, d.Number); i >= 0 {
		names = append(slices.Delete(names, i, i+1), d.Number)
	}
	return names
}

// said fills the text of a field, but for {n}; false where something in it is not
// known.
func (d *Definition) said(name string, given map[string]string, who access.Principal, on civil.Date) (string, bool) {
	known := true
	filled := placeholder.ReplaceAllStringFunc(d.Filled[name], func(hole string) string {
		var value string
		field, ofForm := strings.CutPrefix(strings.Trim(hole, "{}"), "form.")
		switch {
		case hole == "{n}":
			return hole
		case hole == "{on}":
			value = on.String()
		case hole == "{office}":
			value = d.office(name, who)
		case ofForm:
			value = given[field]
		}
		known = known && value != ""
		return value
	})
	return filled, known
}

// office is the organisation for which somebody begins as the party that a field
// names, "" where there is none or more than one.
func (d *Definition) office(field string, who access.Principal) (office string) {
	for _, text := range d.Actions[d.Begin].By {
		r := parseRight(text)
		for _, g := range who.Grants {
			switch {
			case r.party == "" || d.Parties[r.party] != field || g.Role != r.role || g.Scope == "" || g.Scope == office:
			case office != "":
				return ""
			default:
				office = g.Scope
			}
		}
	}
	return office
}

func firstFree(text string, taken func(no string) bool) (string, bool) {
	if !strings.Contains(text, "{n}") {
		return text, true
	}
	for n := range numbersMost {
		if no := strings.ReplaceAll(text, "{n}", strconv.Itoa(n+1)); !taken(no) {
			return no, true
		}
	}
	return "", false
}

// anyHole is whatever stands in braces: what is no placeholder is a slip of the hand.
var anyHole = regexp.MustCompile(`\{[^}]*\}?`)

func (k *checker) filled() {
	first := fieldsOfSchema(k.Actions[k.Begin].Form)
	for _, name := range slices.Sorted(maps.Keys(k.Filled)) {
		place := "filled." + name
		k.one(place, "flow_no_field", first, name)
		for _, hole := range anyHole.FindAllString(k.Filled[name], -1) {
			field, ofForm := strings.CutPrefix(strings.TrimSuffix(hole, "}"), "{form.")
			switch {
			case ofForm && slices.Contains(first, field) && k.Filled[field] == "":
			case ofForm && slices.Contains(first, field) && name == k.Number && field != name:
			case hole == "{on}", hole == "{n}" && name == k.Number:
			case hole == "{office}" && slices.Contains(slices.Collect(maps.Values(k.Parties)), name):
			default:
				k.fault(place, "flow_no_hole", "name", hole)
			}
		}
	}
}
