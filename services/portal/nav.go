package portal

import (
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
}

// menu is everything that the menu may have, in its order.
var menu = []entry{
	{path: "/", key: "nav.home", operation: "session"},
	{path: "/reports", key: "nav.reports", operation: "report"},
	{path: "/w/task", key: "nav.tasks", operation: "instances"},
	{path: "/w/admission", key: "nav.admission", operation: "instances"},
	{path: "/w/payment", key: "nav.payments", operation: "instances"},
	{path: "/w/commitment", key: "nav.commitments", operation: "instances"},
	{path: "/w/case", key: "nav.cases", operation: "instances"},
	{path: "/w/plaque", key: "nav.plaques", operation: "instances"},
	{path: "/w/burden", key: "nav.burdens", operation: "instances"},
	{path: "/w/outside_work", key: "nav.outside_work", operation: "instances"},
	{path: "/w/evaluation", key: "nav.evaluation", operation: "instances"},
}

// menu gives what the person who looks may open.
func (v *visit) menu() (shown []entry) {
	for _, e := range menu {
		if e.path == "/" || v.may(e.operation) && (len(e.roles) == 0 || v.is(e.roles...)) {
			shown = append(shown, e)
		}
	}
	return shown
}

// here reports whether an entry of the menu is where the person is.
func (v *visit) here(e entry) bool {
	at := v.r.URL.Path
	return at == e.path || e.path != "/" && strings.HasPrefix(at, e.path+"/")
}
