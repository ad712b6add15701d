package process

import (
	"cmp"
	"maps"
	"strings"

	"feisui/pkg/access"
)

// Everyone is a party that is all there are: of communities, every one of the
// county.
const Everyone = "all"

// Concerned gives the organisations that an instance concerns, by their part in
// it: those that its beginning named, and those that a later step did, of which
// the last such step holds, or that the county's offices have from that step on. A party that is several is their codes joined by ;.
// What has not begun (nil) concerns nobody.
func (d *Definition) Concerned(in *Instance) map[string]string {
	if in == nil {
		return nil
	}
	parties, own := in.Parties, false
	for party, field := range d.Parties {
		action, name, later := strings.Cut(field, ".")
		if !later {
			continue
		}
		last, taken := in.Last(action)
		fields, err := fieldsOf(last.Form)
		code := cmp.Or(fields[name], d.standing(party, in))
		if !taken || err != nil || code == "" {
			continue // the form's JSON Schema says that it is an object
		}
		if !own {
			parties, own = maps.Clone(parties), true
		}
		parties[party] = code
	}
	return parties
}

// acting gives the parties whose rights count: those that an instance concerns, but for
// those in whose place another acts by now (Instead).
func (d *Definition) acting(in *Instance) map[string]string {
	parties := d.Concerned(in)
	for party, other := range d.Instead {
		if parties[other] != "" {
			parties = maps.Clone(parties)
			delete(parties, party)
		}
	}
	return parties
}

// standing is the department that has a part in every instance, "" where there is none
// or where the instance is its own.
func (d *Definition) standing(party string, in *Instance) string {
	code := d.Offices[party]
	for _, own := range in.Parties {
		if own == code {
			return ""
		}
	}
	return code
}

// begun gives the parties that a first form names.
func (d *Definition) begun(fields map[string]string) map[string]string {
	parties := map[string]string{}
	for party, field := range d.Parties {
		if fields[field] != "" {
			parties[party] = fields[field]
		}
	}
	return parties
}

// held gives the organisation of a party for which somebody holds a right's role.
func (r right) held(party string, who access.Principal, dom Domain) (office string, holds bool) {
	if !who.Known() || party == "" {
		return "", false
	}
	if party == Everyone {
		for _, g := range who.Grants {
			if g.Role == r.role {
				return g.Scope, true
			}
		}
		return "", false
	}
	for code := range strings.SplitSeq(party, ";") {
		if street := dom.Street(code); r.role == access.StreetOfficer && street != "" {
			code = street
		}
		if code != "" && who.Holds(r.role, code) {
			return code, true
		}
	}
	return "", false
}
