package people

import (
	"slices"

	"feisui/pkg/access"
)

// GrantState is where a grant stands between being asked for and gone.
type GrantState string

// The states of a grant.
const (
	Requested GrantState = "requested"
	Approved  GrantState = "approved"
	Denied    GrantState = "denied"
	Revoked   GrantState = "revoked"
)

// Grant is a role within a scope that somebody has, had, or may get (授权).
type Grant struct {
	access.Grant
	ID        string
	User      string // who gets it
	Person    string // the human being behind that account
	State     GrantState
	Requester string // the Person who asked for it
}

// open reports that the grant holds, or may come to hold.
func (g Grant) open() bool { return g.State == Requested || g.State == Approved }

// Administrators lists the three administrators.
func Administrators() []access.Role { return slices.Clone(access.Administrators) }

// together reports that one person may have both roles.
func together(a, b access.Role) bool {
	return a == b || !slices.Contains(access.Administrators, a) && !slices.Contains(access.Administrators, b)
}

// scopes says of what sort of organisation a role is, and whether it may be the
// county's.
var scopes = map[access.Role]struct {
	of     Organisation // "": of none
	county bool
}{
	access.DepartmentOfficer: {of: Department},
	access.DepartmentHead:    {of: Department},
	access.CommunityOfficer:  {of: Community},
	access.StreetOfficer:     {of: Street},
	access.Authority:         {county: true},
	access.FinanceOfficer:    {of: Street, county: true}, // of a street's custody, or of the county
	access.Leader:            {county: true},
	access.Auditor:           {county: true},
	access.SystemAdmin:       {county: true},
	access.SecurityAdmin:     {county: true},
	access.AuditAdmin:        {county: true},
	// The operator's right is the key file of the machine; nobody grants it.
}

// Organisation is what the county knows under a code (单位).
type Organisation string

// The organisations.
const (
	Department Organisation = "department" // whoever hands down tasks or pays, and is no street
	Street     Organisation = "street"     // or who keeps communities' money in its place
	Community  Organisation = "community"
)

// RequestGrant asks that somebody gets a role.
type RequestGrant struct {
	access.Grant
	Is []Organisation // what the scope's code stands for in the county; none: it has no such code
}

// Decide refuses a role for oneself, one that cannot be, and one that does not go
// with what the person has or may get by any account. known is the open grant
// that says the same already, if there is one: then there is nothing to do.
func (c RequestGrant) Decide(u User, persons []Grant, by access.Principal) (known *Grant, err error) {
	if err := May(by, access.SystemAdmin); err != nil {
		return nil, err
	}
	role, grantable := scopes[c.Role]
	switch {
	case by.Person == u.Person:
		return nil, refuse(Forbidden, "SELF")
	case u.Disabled:
		return nil, refuse(Conflict, "DISABLED")
	case !grantable:
		return nil, refuse(Invalid, "ROLE", "found", string(c.Role))
	case c.Scope == "" && !role.county:
		return nil, refuse(Invalid, "SCOPE_MISSING", "role", string(c.Role))
	case c.Scope != "" && role.of == "":
		return nil, refuse(Invalid, "SCOPE_COUNTY", "role", string(c.Role))
	case c.Scope != "" && !line(c.Scope):
		return nil, refuse(Invalid, "SCOPE", "found", c.Scope)
	case c.Scope != "" && !slices.Contains(c.Is, role.of):
		return nil, c.noSuch(role.of)
	}
	for _, g := range persons {
		if g.open() && g.User == u.ID && g.Grant == c.Grant {
			return &g, nil
		}
	}
	return nil, compatible(c.Role, persons)
}

// noSuch is the refusal of a code that the county does not have for such an
// organisation.
func (c RequestGrant) noSuch(of Organisation) error {
	switch of {
	case Street:
		return refuse(Invalid, "SCOPE_STREET", "found", c.Scope)
	case Community:
		return refuse(Invalid, "SCOPE_COMMUNITY", "found", c.Scope)
	case Department:
	}
	return refuse(Invalid, "SCOPE_DEPARTMENT", "found", c.Scope)
}

func compatible(role access.Role, persons []Grant) error {
	for _, g := range persons {
		if g.open() && !together(role, g.Role) {
			return refuse(Conflict, "ROLES_APART", "role", string(role), "other", string(g.Role))
		}
	}
	return nil
}

// Decision is what the security administrator does about a grant.
type Decision string

// The decisions.
const (
	Approve Decision = "approve"
	Deny    Decision = "deny"
	Revoke  Decision = "revoke" // at once: from the next request on it holds no more
)

// Decide gives the grant after the decision. persons are all grants of the person,
// others those of administrators that are in, without this one.
func (d Decision) Decide(g Grant, u User, persons []Grant, others []access.Grant, by access.Principal) (Grant, error) {
	if err := May(by, access.SecurityAdmin); err != nil {
		return g, err
	}
	if d == Revoke {
		return g.revoked(u, others)
	}
	switch {
	case by.Person == g.Person:
		return g, refuse(Forbidden, "SELF")
	case by.Person == g.Requester:
		return g, refuse(Forbidden, "SECOND_PERSON_REQUIRED")
	case g.State != Requested:
		return g, refuse(Conflict, "DECIDED", "state", string(g.State))
	}
	if d == Deny {
		g.State = Denied
		return g, nil
	}
	if u.Disabled {
		return g, refuse(Conflict, "DISABLED")
	}
	g.State = Approved
	return g, compatible(g.Role, persons)
}

func (g Grant) revoked(u User, others []access.Grant) (Grant, error) {
	switch {
	case g.State == Revoked:
		return g, nil
	case !g.open():
		return g, refuse(Conflict, "DECIDED", "state", string(g.State))
	case g.State == Approved && u.In():
		if err := leavesOne([]access.Grant{g.Grant}, others); err != nil {
			return g, err
		}
	}
	g.State = Revoked
	return g, nil
}
