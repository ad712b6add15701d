// Package access is who may do what: people hold roles within an organisation,
// and one table says what each role may do to what stands in which relation to
// that organisation. It decides and does nothing else; who somebody is, and what
// is done about a refusal, others know.
//
//   - What no cell allows is refused.
//   - What lies outside of somebody's scope looks like what is not there.
//   - Rights are those of the moment: nothing of a principal is kept.
package access

import "slices"

// Role is what somebody is in an organisation (角色).
type Role string

// The roles of reliability §5: those of a county's business, and three
// administrators (三员) who see nothing of it and of whom nobody is two.
const (
	DepartmentOfficer Role = "department_officer" // 部门经办人, of a department
	DepartmentHead    Role = "department_head"    // 部门负责人, of a department
	CommunityOfficer  Role = "community_officer"  // 社区工作人员, of a community
	StreetOfficer     Role = "street_officer"     // 街道乡镇, of a street and the communities below it
	Authority         Role = "authority"          // 主管部门: 民政局 or 社会工作部, of the county
	FinanceOfficer    Role = "finance_officer"    // 财政, of the county or of a street's custody
	Leader            Role = "leader"             // 县领导, of the county
	Auditor           Role = "auditor"            // 审计, reads everything and changes nothing
	SystemAdmin       Role = "system_admin"       // 系统管理员
	SecurityAdmin     Role = "security_admin"     // 安全管理员
	AuditAdmin        Role = "audit_admin"        // 审计管理员
	Operator          Role = "operator"           // whoever runs the machine: holds its key file
)

// Roles are all roles, in the order of the table's columns.
var Roles = []Role{
	DepartmentOfficer, DepartmentHead, CommunityOfficer, StreetOfficer, Authority, FinanceOfficer, Leader, Auditor,
	SystemAdmin, SecurityAdmin, AuditAdmin, Operator,
}

// Administrators are the three (三员): nobody is two of them, and none of them has a role
// in the county's business.
var Administrators = []Role{SystemAdmin, SecurityAdmin, AuditAdmin}

// Grant is a role within a scope.
type Grant struct {
	Role Role `json:"role"`
	// Scope is a department's, street's or community's code; "" is the county.
	Scope string `json:"scope,omitempty"`
}

// Principal is who asks.
type Principal struct {
	ID     string  // an opaque id, such as stands in entries and in the audit log: person:UUID, operator:NAME
	Person string  // the human being, who may have two accounts; "" for a machine
	County string  // where the grants hold; "" everywhere
	Grants []Grant // as they are now

	// What must be done before anything else.
	PasswordFirst bool // the password is to be changed
	FactorFirst   bool // a second factor is to be set up
	FactorPending bool // the second factor is to be shown; until then it is not known who asks
}

// Known reports that p is somebody.
func (p Principal) Known() bool { return p.ID != "" }

// Holds reports that p has a role within exactly this scope, or in the whole
// county where the role is the county's.
func (p Principal) Holds(role Role, scope string) bool {
	return slices.ContainsFunc(p.Grants, func(g Grant) bool { return g.Role == role && (g.Scope == scope || g.Scope == "") })
}

// Scopes are the organisations in which p has a role; nil where it has none of it, or the
// county's.
func (p Principal) Scopes(role Role) (codes []string) {
	for _, g := range p.Grants {
		if g.Role == role && g.Scope != "" && !slices.Contains(codes, g.Scope) {
			codes = append(codes, g.Scope)
		}
	}
	return codes
}

// Business reports that p has a role beside those of the three administrators, who see
// nothing of the county's business.
func (p Principal) Business() bool {
	return slices.ContainsFunc(p.Grants, func(g Grant) bool { return !slices.Contains(Administrators, g.Role) })
}

// Scope is what somebody may see or touch by one operation: everything of the
// county, or what belongs to these organisations.
type Scope struct {
	All         bool
	Departments []string // what these handed down, owe or answer for
	Streets     []string // these and the communities below them
	Communities []string
}

// None reports that nothing is within s.
func (s Scope) None() bool {
	return !s.All && len(s.Departments) == 0 && len(s.Streets) == 0 && len(s.Communities) == 0
}

// Community reports that a community, of which the street is given, is within s.
func (s Scope) Community(code, street string) bool {
	return s.All || slices.Contains(s.Communities, code) || slices.Contains(s.Streets, street)
}

// Department reports that a department is within s.
func (s Scope) Department(code string) bool { return s.All || slices.Contains(s.Departments, code) }

// Account reports that an account is within s: a community, or a street, of
// which street is the street ("" for one that has none).
func (s Scope) Account(code, street string) bool {
	return s.Community(code, street) || slices.Contains(s.Streets, code)
}
