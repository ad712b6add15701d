package portal

import (
	"slices"
	"strings"

	"feisui/pkg/access"
)

// entry is a line of the menu. It is shown to who has the operation, and one of the
// roles where some are named: an operation may be open to those who seldom need it.
type entry struct {
	path      string
	key       string // of its text
	operation string
	roles     []access.Role
	county    bool // to who looks after the whole county
}

// morePath is the page of what a short menu leaves out.
const morePath = "/more"

// overseers look after a whole county or street.
var overseers = []access.Role{access.Authority, access.Leader, access.StreetOfficer, access.FinanceOfficer, access.Auditor}

// menu is everything that the menu may have, in its order.
var menu = []entry{
	{path: "/", key: "nav.home", operation: "session"},
	{path: "/reports", key: "nav.reports", operation: "report"},
	{path: "/flags", key: "nav.flags", operation: "flags", roles: overseers},
	{path: "/changes", key: "nav.changes", operation: "entries", roles: overseers},
	{path: "/departments", key: "nav.departments", operation: "departments", roles: overseers},
	{path: "/entries", key: "nav.entries", operation: "entries", roles: []access.Role{access.Auditor}},
	{path: "/verify", key: "nav.verify", operation: "verify"},
	{path: "/tasks", key: "nav.owed", operation: "owed", roles: []access.Role{access.DepartmentOfficer, access.DepartmentHead, access.FinanceOfficer}},
	{path: draftsPath, key: "nav.drafts", operation: "instances", roles: []access.Role{access.DepartmentOfficer, access.DepartmentHead, access.Auditor}},
	{path: bankPath, key: "nav.bank", operation: "bankStatement"},
	{path: "/pool", key: "nav.pool", operation: "bankPool", roles: []access.Role{access.FinanceOfficer}},
	{path: "/money", key: "nav.money", operation: "money", roles: []access.Role{access.FinanceOfficer, access.Authority, access.StreetOfficer}},
	{path: periodsPath, key: "nav.periods", operation: "periods", county: true},
	{path: "/w/task", key: "nav.tasks", operation: "instances"},
	{path: "/w/admission", key: "nav.admission", operation: "instances"},
	{path: "/w/payment", key: "nav.payments", operation: "instances"},
	{path: "/w/commitment", key: "nav.commitments", operation: "instances"},
	{path: "/w/case", key: "nav.cases", operation: "instances"},
	{path: "/warnings", key: "nav.warnings", operation: "warnings"},
	{path: "/w/plaque", key: "nav.plaques", operation: "instances"},
	{path: "/w/burden", key: "nav.burdens", operation: "instances"},
	{path: "/w/outside_work", key: "nav.outside_work", operation: "instances"},
	{path: "/w/evaluation", key: "nav.evaluation", operation: "instances"},
	{path: "/catalogue", key: "nav.catalogue", operation: "workflows", roles: overseers},
	{path: importsPath, key: "nav.imports", operation: "prepareImport"},
	{path: "/grants", key: "nav.grants", operation: "grants"},
	{path: "/people", key: "nav.people", operation: "people"},
	{path: "/audit", key: "nav.audit", operation: "audit"},
	{path: alarmsPath, key: "nav.alarms", operation: "audit_alarms"},
	{path: "/settings", key: "nav.settings", operation: "settings"},
	{path: "/health", key: "nav.health", operation: "readyz", roles: access.Administrators},
	{path: "/tokens", key: "nav.tokens", operation: "tokens", roles: []access.Role{
		access.SystemAdmin, access.SecurityAdmin, access.AuditAdmin, access.Authority, access.Auditor,
	}},
	{path: "/statement", key: "nav.statement", operation: "statement", roles: []access.Role{
		access.StreetOfficer, access.Authority, access.FinanceOfficer, access.Leader, access.Auditor,
	}},
	{path: "/w/suggestion", key: "nav.suggestion", operation: "instances", roles: []access.Role{
		access.DepartmentOfficer, access.DepartmentHead, access.Authority,
	}},
	{path: morePath, key: "nav.more", operation: "session"},
}

// communityMenu is the menu of who works for communities alone.
var communityMenu = []entry{
	{path: "/", key: "nav.home", operation: "session"},
	{path: "/w/task", key: "nav.tasks", operation: "instances"},
	{path: "/arrivals", key: "nav.arrivals", operation: "money"},
	{path: "/carried", key: "nav.carried", operation: "carried"},
	{path: "/statement", key: "nav.statement", operation: "statement"},
	{path: "/w/outside_work", key: "nav.outside_work", operation: "instances"},
	{path: "/w/evaluation", key: "nav.evaluation", operation: "instances"},
	{path: "/w/outside_work/new", key: "nav.report_outside", operation: "begin"},
	{path: "/w/suggestion/new", key: "nav.suggestion", operation: "begin"},
}

// departmentMenu is that of who works for a department.
var departmentMenu = []string{"/", "/tasks", draftsPath, "/w/admission", "/w/commitment", "/w/payment", "/w/case", "/w/plaque", "/w/evaluation", morePath}

// menus are those of roles that have a short one: what they use daily, in its order. The rest of what they may open stands on a page of its own (more).
var menus = map[access.Role][]string{
	access.Authority:         {"/", "/flags", "/w/case", "/w/admission", "/departments", "/reports", "/changes", "/catalogue", morePath},
	access.DepartmentOfficer: departmentMenu,
	access.DepartmentHead:    departmentMenu,
	access.FinanceOfficer:    {"/", "/tasks", "/money", bankPath, "/pool", "/w/payment", "/w/commitment", "/departments", periodsPath, morePath},
	access.Leader:            {"/", "/reports", "/flags", "/departments", "/w/case", "/changes", "/statement", morePath},
	access.StreetOfficer:     {"/", "/w/task", "/money", "/w/payment", "/w/case", "/w/plaque", "/w/outside_work", "/statement", morePath},
	access.Auditor:           {"/", "/entries", "/verify", "/flags", "/w/case", "/departments", "/reports", "/changes", morePath},
}

// menu gives what the person who looks finds in the menu.
func (v *visit) menu() []entry {
	all := v.openEntries()
	daily := v.daily()
	if daily == nil {
		return slices.DeleteFunc(all, func(e entry) bool { return e.path == morePath })
	}
	var shown []entry
	for _, path := range daily {
		if i := slices.IndexFunc(all, func(e entry) bool { return e.path == path }); i >= 0 {
			shown = append(shown, all[i])
		}
	}
	return shown
}

// daily are the addresses in the menu of who has one role with a menu of its own.
func (v *visit) daily() []string {
	if len(v.me.Grants) == 0 {
		return nil
	}
	role := v.me.Grants[0].Role
	if slices.ContainsFunc(v.me.Grants, func(g access.Grant) bool { return g.Role != role }) {
		return nil
	}
	return menus[role]
}

// beside is what they may open and is not in the menu.
func (v *visit) beside() []entry {
	return slices.DeleteFunc(v.openEntries(), func(e entry) bool {
		return e.path == morePath || slices.ContainsFunc(v.menu(), func(in entry) bool { return in.path == e.path })
	})
}

// openEntries are all that they may open.
func (v *visit) openEntries() (shown []entry) {
	of := menu
	if v.forCommunity() {
		of = communityMenu
	}
	for _, e := range of {
		if e.path == "/" && !v.may("todo") {
			e.key = "nav.desk"
		}
		if e.path == "/" || v.may(e.operation) && (len(e.roles) == 0 || v.is(e.roles...)) && (!e.county || v.ofCounty()) {
			shown = append(shown, e)
		}
	}
	return shown
}

// here reports whether an entry of the menu is where the person is.
func (v *visit) here(e entry) bool {
	at := v.r.URL.Path
	return at == e.path || e.path != "/" && strings.HasPrefix(at, e.path+"/") && !strings.HasSuffix(at, "/new")
}

// name is the last word of an entry's key.
func (e entry) name() string { return strings.TrimPrefix(e.key, "nav.") }
