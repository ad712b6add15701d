package portal

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/a-h/templ"
)

// live are the pages that say when something changed, and the events that matter there.
// A page is left alone while somebody fills in a form.
var live = map[string][]string{
	"/":            {"instance.begun", "instance.acted", "instance.deadline_passed", "task.assigned", "payment.made"},
	"/flags":       {"flag.raised", "flag.cleared", "flag.changed"},
	"/w/case":      {"instance.begun", "instance.acted", "instance.deadline_passed"},
	"/w/admission": {"instance.begun", "instance.acted", "instance.deadline_passed"},
	"/w/task":      {"instance.begun", "instance.acted", "task.assigned", "task.receipted"},
	"/departments": {"flag.raised", "flag.cleared", "flag.changed"},
	changesPath:    {"instance.begun", "instance.acted", "flag.raised", "flag.cleared", "task.assigned", "payment.made", "payment.arrived"},
}

// listens says where a page hears of changes, nil where it does not.
func (v *visit) listens() templ.Attributes {
	events := live[v.r.URL.Path]
	if events == nil || !v.may("changes") || v.r.Method != http.MethodGet {
		return nil
	}
	return templ.Attributes{
		"data-changes": "/v1/counties/" + url.PathEscape(v.me.County) + "/changes", "data-events": strings.Join(events, " "),
	}
}
