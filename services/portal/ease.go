package portal

import (
	"slices"

	"feisui/pkg/access"
)

// This file leaves out of forms what the system knows of whoever fills them in, and
// lets them pick a department by its name.

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
		f := &fields[i]
		if f.Name != "department" || f.Kind != kindText {
			continue
		}
		for _, d := range v.directory().Departments {
			f.Options = append(f.Options, d.named)
		}
		if f.Options != nil {
			f.Kind = kindPick
		}
		f.Required = f.Required || v.forCommunity() // the system fills in that of a department alone
	}
	return fields
}
