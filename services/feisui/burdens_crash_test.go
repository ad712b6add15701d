package main

import (
	"net/http"
	"strings"
	"testing"

	"feisui/services/feisui/serve"
)

// stride is a step of a play that a server is killed after.
type stride struct {
	flow, who, id, action, form string // no id: a beginning
	state                       string // that it leads to
}

// plays are one way through each workflow of burdens, all on one day.
var plays = map[string][]stride{
	"a plaque": {
		{"plaque", officeHead, "", "", asksForPlaque, "requested"},
		{"plaque", ofAuthority, "GP-1", "approve", "", "approved"},
		{"plaque", northOfficer, "GP-1", "hang", "", "hung"},
		{"plaque", ofAuthority, "GP-1", "order_removal", `{"reason":"清理"}`, "ordered"},
		{"plaque", officeClerk, "GP-1", "report_removal", "", "reported"},
		{"plaque", northOfficer, "GP-1", "confirm_removal", "", "removed"},
	},
	"a burden": {
		{"burden", officeClerk, "", "", `{"no":"FD-1","community":"` + north + `","kind":"form","title":"月报"}`, "registered"},
		{"burden", ofAuthority, "FD-1", "check", `{"listed":false}`, "checked"},
		{"burden", ofAuthority, "FD-1", "cancel", `{"reason":"目录外"}`, "cancelled"},
	},
	"work outside, and an evaluation": {
		{"outside_work", northOfficer, "", "", strings.Replace(reportsOutside, "{", `{"no":"TW-1",`, 1), "reported"},
		{"outside_work", officeHead, "TW-1", "dispute", `{"grounds":"未派发"}`, "disputed"},
		{"outside_work", ofAuthority, "TW-1", "uphold", `{"reason":"有群消息"}`, "upheld"},
		{"evaluation", ofAuthority, "", "", opensPeriod, "open"},
		{"rating", northOfficer, "", "", rates, "given"},
	},
}

// TestKilledAfterEachStep: a server that dies between two steps leaves the
// one before, once. The next server goes on from there, and gives whoever asks again
// the answer that was given.
func TestKilledAfterEachStep(t *testing.T) {
	t.Parallel()
	for name, play := range plays {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			place := shared(t)
			catalogued(t, place).end()
			for i, step := range play {
				once := "stride-" + string(rune('a'+i))
				s, kill := place.killable(t, stageDay)
				path := s.flow(step.flow).path(step.id, step.action)
				if a := s.ask(step.who, http.MethodPost, path, once, step.form); a.status != http.StatusOK {
					t.Fatalf("%+v: %d %s", step, a.status, a.body)
				}
				kill()
				next, end := place.killable(t, stageDay)
				before := place.said(t)
				var acted serve.Acted
				next.ask(step.who, http.MethodPost, path, once, step.form).into(t, &acted)
				if !acted.Repeated || len(acted.Instances) != 1 || acted.Instances[0].State != step.state || place.said(t) != before {
					t.Errorf("%+v: %+v", step, acted)
				}
				if in := next.flow(step.flow).seen(ofAuthority, acted.Instances[0].Instance); in.State != step.state {
					t.Errorf("%+v: %+v", step, in.Line)
				}
				end()
			}
		})
	}
}
