package report

import (
	"io"

	"feisui/pkg/message"
	"feisui/services/ledger"
	"feisui/services/ledger/reconcile"
)

// Table writes the statement of a county: totals first, then the unfunded
// mandates by department and by community, then where money is stuck, then what
// each community carries; with a Change, what changed.
func Table(out io.Writer, lang message.Language, c *reconcile.CountyStatement, names ledger.Names) error {
	r := &report{page: newPage(out, lang), county: c, names: names}
	r.totals()
	r.flags()
	if c.Change != nil {
		r.change()
	}
	r.byDepartment()
	r.byCommunity()
	r.longest()
	r.holders()
	r.tallies()
	return r.flush()
}

// report is one report being written.
type report struct {
	*page
	county *reconcile.CountyStatement
	names  ledger.Names
}

func (r *report) totals() {
	t := &r.county.Totals
	r.line(r.say("title", "on", r.county.On.String()))
	r.heading("totals")
	r.line(r.say("total_counts", "communities", count(len(r.county.Communities)), "tasks", count(t.Tasks), "standing", count(t.StandingTasks)))
	r.table([]column{{"blank", 20, false}, {"yuan", 22, true}, {"explain", 54, false}}, [][]string{
		{r.say("entitlement"), t.Entitlement.Yuan(), r.say("entitlement_is")},
		{r.say("allocated"), t.Allocated.Yuan(), r.say("coverage", "percent", percent(t.CoverageBP))},
		{r.say("shortfall"), t.Shortfall.Yuan(), ""},
		{r.say("due"), t.Due.Yuan(), r.say("coverage_due", "percent", percent(t.CoverageDueBP))},
		{r.say("overdue_shortfall"), t.OverdueShortfall.Yuan(), ""},
	})
	r.line(r.say("total_unfunded", "unfunded", count(t.Unfunded), "underfunded", count(t.Underfunded), "undetermined", count(t.Undetermined)))
}

// flags counts what should be looked at, rule by rule, worst lamp first. A lamp
// is a word, never a colour alone.
func (r *report) flags() {
	lamps := map[reconcile.FlagRule]map[reconcile.Lamp]int{}
	see := func(flags []reconcile.Flag) {
		for _, f := range flags {
			if lamps[f.Rule] == nil {
				lamps[f.Rule] = map[reconcile.Lamp]int{}
			}
			lamps[f.Rule][f.Lamp]++
		}
	}
	for i := range r.county.Communities {
		see(r.county.Communities[i].Flags)
	}
	for i := range r.county.Holders {
		see(r.county.Holders[i].Flags)
	}
	var rows [][]string
	for _, lamp := range []reconcile.Lamp{reconcile.Red, reconcile.Yellow, reconcile.Blue} {
		for _, rule := range reconcile.FlagRules {
			if n := lamps[rule][lamp]; n > 0 {
				rows = append(rows, []string{r.say("lamp_" + string(lamp)), r.say("rule_" + string(rule)), count(n), r.say("rule_" + string(rule) + "_is")})
			}
		}
	}
	r.heading("flags")
	r.table([]column{{"lamp", 6, false}, {"rule", 22, false}, {"number", 8, true}, {"explain", 58, false}}, rows)
}

// department is what a code is called: a department's name, else the code.
func (r *report) department(code string) string {
	if name := r.names.Departments[code]; name != "" {
		return name
	}
	return code
}

func (r *report) item(code string) string {
	if name := r.names.Items[code]; name != "" {
		return name
	}
	return r.say("item_unknown", "code", code)
}
