package report

import (
	"strconv"

	"feisui/pkg/money"
	"feisui/services/ledger/reconcile"
)

// change tells what came in, what went out and what stands, and what became of
// coverage and of unfunded mandates, each with its denominator.
func (r *report) change() {
	c := r.county.Change
	r.heading("change", "since", c.Since.String(), "on", r.county.On.String())
	flows := []column{{"blank", 20, false}, {"then", 16, true}, {"in", 16, true}, {"out", 16, true}, {"now", 16, true}}
	r.table(flows, [][]string{
		flow(r.say("tasks_standing"), c.Tasks), flow(r.say("plaques_standing"), c.Plaques), flow(r.say("burdens_standing"), c.Burdens),
	})
	then, now := &c.Then, &r.county.Totals
	r.line("")
	r.table([]column{{"blank", 28, false}, {"then", 22, true}, {"now", 22, true}, {"difference", 22, true}}, [][]string{
		amounts(r.say("entitlement"), then.Entitlement, now.Entitlement),
		amounts(r.say("allocated"), then.Allocated, now.Allocated),
		{r.say("coverage_of_all"), percent(then.CoverageBP), percent(now.CoverageBP), points(then.CoverageBP, now.CoverageBP)},
		amounts(r.say("due"), then.Due, now.Due),
		{r.say("coverage_of_due"), percent(then.CoverageDueBP), percent(now.CoverageDueBP), points(then.CoverageDueBP, now.CoverageDueBP)},
		amounts(r.say("overdue_shortfall"), then.OverdueShortfall, now.OverdueShortfall),
		counts(r.say("tasks_all"), then.Tasks, now.Tasks),
		counts(r.say("tasks_unfunded"), then.Unfunded, now.Unfunded),
		counts(r.say("tasks_underfunded"), then.Underfunded, now.Underfunded),
		counts(r.say("tasks_undetermined"), then.Undetermined, now.Undetermined),
	})
	r.changeByDepartment(c)
}

// changeByDepartment lists who brought and who took away, as in/out/standing.
func (r *report) changeByDepartment(c *reconcile.Change) {
	rows := make([][]string, 0, len(c.Departments))
	for _, d := range c.Departments {
		rows = append(rows, []string{d.Code, r.department(d.Code), brief(d.Tasks), brief(d.Plaques), brief(d.Burdens)})
	}
	r.heading("change_departments")
	r.table([]column{{"code", 12, false}, {"department", 26, false}, {"tasks_flow", 18, true}, {"plaques_flow", 18, true}, {"burdens_flow", 18, true}}, rows)
}

func flow(name string, f reconcile.Flow) []string {
	return []string{name, count(f.Then), "+" + count(f.In), "-" + count(f.Out), count(f.Now)}
}

func brief(f reconcile.Flow) string {
	return "+" + count(f.In) + " -" + count(f.Out) + " =" + count(f.Now)
}

func amounts(name string, then, now money.Fen) []string {
	diff := now.Minus(then).Yuan()
	if now > then {
		diff = "+" + diff
	}
	return []string{name, then.Yuan(), now.Yuan(), diff}
}

func counts(name string, then, now int) []string {
	diff := strconv.Itoa(now - then)
	if now > then {
		diff = "+" + diff
	}
	return []string{name, count(then), count(now), diff}
}

// points is the difference of two shares in percentage points.
func points(then, now *int64) string {
	if then == nil || now == nil {
		return "-"
	}
	diff := *now - *then
	sign := ""
	switch {
	case diff > 0:
		sign = "+"
	case diff < 0:
		sign, diff = "-", -diff
	}
	p := percent(&diff)
	return sign + p[:len(p)-1]
}
