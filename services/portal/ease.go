package portal

import (
	"encoding/json"
	"slices"
	"strings"

	"feisui/pkg/access"
	"feisui/pkg/message"
)

// This file leaves out of forms what the system knows of whoever fills them in, and
// lets them choose organisations by their names, whose codes nobody knows.

// forCommunity reports that somebody works for communities alone.
func (v *visit) forCommunity() bool {
	others := func(g access.Grant) bool { return g.Role != access.CommunityOfficer }
	return len(v.me.Grants) > 0 && !slices.ContainsFunc(v.me.Grants, others)
}

// notOfCommunities are the fields that a community has nothing to say in, by workflow.
var notOfCommunities = map[string][]string{
	"plaque": {"funding", "organisation"}, "suggestion": {"department"},
}

// ease makes the form with which something is begun as short as it can be.
func (v *visit) ease(workflow string, fields []field) []field {
	if v.forCommunity() {
		fields = slices.DeleteFunc(fields, func(f field) bool {
			known := (f.Name == "no" || f.Name == "community") && !f.Required
			return known || slices.Contains(notOfCommunities[workflow], f.Name)
		})
	}
	for i := range fields {
		if f := &fields[i]; f.Name == "department" {
			f.Required = f.Required || v.forCommunity() // the system fills in that of a department alone
		}
	}
	return fields
}

// offices are the fields of one line that ask for the code of a department.
var offices = []string{"department", "justice", "establishment", "organisation"}

// byName lets organisations be chosen by their names: of communities, those within the
// scope of what the form is about. Where there are no names, codes are typed.
func (v *visit) byName(fields []field, scope string) {
	for i := range fields {
		f := &fields[i]
		switch {
		case f.Kind == kindText && slices.Contains(offices, f.Name):
			f.choose(kindPick, []group{{Of: departmentsNamed(v)}})
		case f.Kind == kindCommunity:
			f.choose(kindPick, v.placesIn(scope))
		case f.Kind == kindLines && f.Name == "departments":
			f.choose(kindTicks, []group{{Of: departmentsNamed(v)}})
		case f.Kind == kindLines && f.Places:
			f.choose(kindTicks, v.placesIn(scope))
		}
	}
}

// outsideFlow is the workflow of work that was given outside of the system.
const outsideFlow = "outside_work"

// orStreet lets who gave a community work be its street as well, and no other street.
func (v *visit) orStreet(fields []field) {
	var streets []named
	for _, c := range v.directory().Communities {
		own := named{c.Street, v.name(c.Street)}
		if c.Street != "" && slices.Contains(v.communities(), c.Code) && !slices.Contains(streets, own) {
			streets = append(streets, own)
		}
	}
	for i := range fields {
		f := &fields[i]
		if f.Kind != kindPick || f.Name != "department" {
			continue
		}
		var departments []named
		for _, d := range v.directory().Departments {
			if d.Kind != "street" {
				departments = append(departments, d.named)
			}
		}
		f.choose(kindPick, []group{{Of: departments}, {Name: v.say("form.field_street"), Of: streets}})
	}
}

// weighed has who hands a draft down see what is pointed out with it, and asks for a word
// on red lamps only where one may stand.
func (v *visit) weighed(in *instance, a *acting) {
	if in.Foreseen == nil {
		return
	}
	a.Action.Warned = append(a.Action.Warned, in.Foreseen.WhyNot...)
	red := len(in.Foreseen.WhyNot) > 0 // which is not known then
	for _, w := range in.Foreseen.priced().Warnings {
		red = red || w.Lamp == "red"
		if w.Rule == "" {
			said := func(lang message.Language, text string) string {
				return say(lang, "assign.pointed_out", "count", count(w.Count), "what", text)
			}
			a.Action.Warned = append(a.Action.Warned, words{said(message.Chinese, w.Said.Zh), said(message.English, w.Said.En)})
		}
	}
	if !red {
		a.Fields = slices.DeleteFunc(a.Fields, func(f field) bool { return f.Name == "despite" })
	}
}

// consulted leaves among the offices that may be asked about an application those that
// can be: not who applies, and where the county has set the office, none but that one.
func (v *visit) consulted(in *instance, fields []field) {
	set := v.officesSet(in)
	for i := range fields {
		f := &fields[i]
		if f.Kind != kindPick || f.Name == "department" {
			continue
		}
		if set[f.Name] != "" {
			f.Hint = "form.hint_office_set"
		}
		f.Groups[0].Of = slices.DeleteFunc(f.Groups[0].Of, func(n named) bool {
			return n.Code == in.Parties["department"] || set[f.Name] != "" && n.Code != set[f.Name]
		})
	}
}

// officesSet are the offices that a county's definition names, by what they speak for.
func (v *visit) officesSet(in *instance) map[string]string {
	var d versions
	if !v.may("definition") || v.get(definitionsOf(in.Workflow), nil, &d) != nil {
		return nil
	}
	var says struct {
		Offices map[string]string `json:"offices"`
	}
	for i := range d.Definitions {
		if d.Definitions[i].Version == in.Version && json.Unmarshal(d.Definitions[i].Definition, &says) != nil {
			return nil
		}
	}
	return says.Offices
}

// choose makes a field one in which somebody chooses, where there is something to choose.
func (f *field) choose(kind fieldKind, of []group) {
	of = slices.DeleteFunc(of, func(g group) bool { return len(g.Of) == 0 })
	if len(of) == 0 {
		return
	}
	f.Kind, f.Groups = kind, of
	if kind == kindTicks {
		f.Hint = ""
	}
}

// placesIn are the communities of a scope, by street: codes between semicolons, and
// where it is empty or the whole county all that somebody works for.
func (v *visit) placesIn(scope string) (groups []group) {
	var within []string
	switch {
	case scope != "" && scope != wholeCounty:
		within = strings.Split(scope, ";")
	case v.forCommunity():
		within = v.communities()
	default:
		return v.parts("community")
	}
	for _, g := range v.parts("community") {
		g.Of = slices.DeleteFunc(g.Of, func(n named) bool { return !slices.Contains(within, n.Code) })
		groups = append(groups, g)
	}
	return groups
}
