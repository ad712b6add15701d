package process

import (
	"strings"

	"feisui/pkg/access"
)

// system is the right of nobody: of a passed deadline, or a fact.
const system = "system"

// right is one of those that may take an action: "role@party", or "role" where
// it is the county's.
type right struct {
	role   access.Role
	party  string
	office string // for whom somebody acts who uses it
}

func parseRight(text string) right {
	role, party, _ := strings.Cut(text, "@")
	return right{role: access.Role(role), party: party}
}

func (r right) String() string {
	if r.party == "" {
		return string(r.role)
	}
	return string(r.role) + "@" + r.party
}

// Holds reports that somebody has one of some rights of an instance.
func (d *Definition) Holds(in *Instance, who access.Principal, rights []string, dom Domain) bool {
	_, holds := d.may(&Action{By: rights}, d.acting(in), who, dom)
	return holds
}

// may gives the right by which somebody may take an action, the first that is
// listed.
func (d *Definition) may(a *Action, parties map[string]string, who access.Principal, dom Domain) (right, bool) {
	for _, text := range a.By {
		r := parseRight(text)
		switch {
		case text == system:
			if who.ID == System.ID {
				return right{}, true
			}
			continue
		case r.party != "":
			office, holds := r.held(parties[r.party], who, dom)
			if r.office = office; holds {
				return r, true
			}
		case who.Known() && who.Holds(r.role, ""):
			return r, true
		}
	}
	return right{}, false
}

// roles are the roles as people call them.
var roles = map[access.Role]Text{
	access.DepartmentOfficer: {"部门经办人", "a department's officer"},
	access.DepartmentHead:    {"部门负责人", "a department's head"},
	access.CommunityOfficer:  {"社区工作人员", "the community's officer"},
	access.StreetOfficer:     {"街道（乡镇）", "the street's officer"},
	access.Authority:         {"主管部门", "the competent authority"},
	access.FinanceOfficer:    {"财政部门", "a finance officer"},
	access.Leader:            {"县领导", "a county leader"},
	access.Auditor:           {"审计人员", "an auditor"},
	system:                   {"系统", "the system"},
}
