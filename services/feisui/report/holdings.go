package report

import (
	"strings"

	"feisui/services/ledger/reconcile"
)

// holders lists who still holds money that was given to be passed on.
func (r *report) holders() {
	var rows [][]string
	for _, h := range r.county.Holders {
		if h.Held > 0 {
			rows = append(rows, []string{h.Code, r.department(h.Code), h.Held.Yuan(), h.Retained.Yuan(), r.stuck(h.Code)})
		}
	}
	r.heading("holders")
	r.table([]column{{"code", 12, false}, {"holder", 30, false}, {"held", 20, true}, {"retained", 20, true}, {"days_most", 10, true}}, rows)
}

// stuck is how long, in days, a holder has kept money beyond the limit.
func (r *report) stuck(holder string) string {
	days := 0
	see := func(flags []reconcile.Flag) {
		for _, f := range flags {
			if f.Rule == reconcile.Retained && f.Responsible == holder {
				days = max(days, int(r.county.On-f.Since)+1)
			}
		}
	}
	for i := range r.county.Communities {
		see(r.county.Communities[i].Flags)
	}
	for i := range r.county.Holders {
		see(r.county.Holders[i].Flags)
	}
	return count(days)
}

// tallies lists what each community carries, in the order of the codes.
func (r *report) tallies() {
	rows := make([][]string, 0, len(r.county.Communities))
	for _, s := range r.county.Communities {
		t := &s.Tally
		plaques := make([]string, 0, len(reconcile.Zones))
		for _, zone := range reconcile.Zones {
			plaques = append(plaques, count(t.Plaques[zone]))
		}
		burdens := 0
		for _, n := range t.Burdens {
			burdens += n
		}
		rows = append(rows, []string{
			s.Code, s.Name, count(t.StandingTasks), count(t.IssuedThisYear), strings.Join(plaques, "/"), count(burdens),
			t.Entitlement.Yuan(), t.Allocated.Yuan(), percent(t.CoverageBP),
		})
	}
	r.heading("tallies")
	r.table([]column{
		{"code", 12, false}, {"community", 16, false}, {"standing", 4, true}, {"this_year", 4, true}, {"plaques", 8, true}, {"burdens", 4, true},
		{"entitlement_short", 15, true}, {"allocated_short", 15, true}, {"coverage_short", 6, true},
	}, rows)
}
