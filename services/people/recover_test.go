package people_test

import (
	"testing"

	"feisui/pkg/access"
	"feisui/services/people"
)

// TestWhoIsRecovered is an administrator whom no other administrators can let in.
func TestWhoIsRecovered(t *testing.T) {
	t.Parallel()
	has := func(roles ...access.Role) (grants []access.Grant) {
		for _, role := range roles {
			grants = append(grants, access.Grant{Role: role})
		}
		return grants
	}
	holder := func(person string, role access.Role) people.Holder {
		return people.Holder{Grant: access.Grant{Role: role}, Person: person}
	}
	sy, se := holder("sy2", access.SystemAdmin), holder("se2", access.SecurityAdmin)
	suspended, disabled := someone("u"), someone("u")
	suspended.ResetBy, disabled.Disabled = "sy2", true
	for name, c := range map[string]struct {
		user     people.User
		holds    []access.Grant
		others   []people.Holder
		although bool
		by       access.Principal
		want     string
	}{
		"the only system administrator":                {someone("u"), has(access.SystemAdmin), []people.Holder{se}, false, operator, ""},
		"the only security administrator":              {someone("u"), has(access.SecurityAdmin), []people.Holder{sy}, false, operator, ""},
		"the audit administrator of a county of three": {someone("u"), has(access.AuditAdmin), []people.Holder{sy, se}, false, operator, "RECOVER_OTHERS"},
		"the audit administrator beside nobody":        {someone("u"), has(access.AuditAdmin), []people.Holder{sy}, false, operator, ""},
		"one of two system administrators":             {someone("u"), has(access.SystemAdmin), []people.Holder{sy, se}, false, operator, "RECOVER_OTHERS"},
		"they cannot come in either":                   {someone("u"), has(access.SystemAdmin), []people.Holder{sy, se}, true, operator, ""},
		"the other account is the same person's":       {someone("u"), has(access.SystemAdmin), []people.Holder{holder("u", access.SystemAdmin), se}, false, operator, ""},
		"reset, and to be enabled by another":          {suspended, has(access.AuditAdmin), []people.Holder{sy, se}, false, operator, "RECOVER_OTHERS"},
		"reset, and nobody to enable it":               {suspended, has(access.SecurityAdmin), []people.Holder{sy}, false, operator, ""},
		"disabled":                                     {disabled, has(access.SystemAdmin), nil, true, operator, "DISABLED"},
		"no administrator":                             {someone("u"), has(access.Leader, access.Authority), nil, true, operator, "RECOVER_ADMINISTRATORS"},
		"without a role":                               {someone("u"), nil, nil, true, operator, "RECOVER_ADMINISTRATORS"},
		"by a system administrator":                    {someone("u"), has(access.SystemAdmin), nil, true, system, "FORBIDDEN"},
	} {
		c.user.Factor = true
		after, err := people.Recover{Although: c.although}.Decide(c.user, c.holds, c.others, c.by)
		if code(err) != c.want {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if err == nil && (!after.In() || !after.MustChange || after.Factor) {
			t.Errorf("%s: %+v", name, after)
		}
	}
}
