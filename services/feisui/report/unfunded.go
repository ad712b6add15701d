package report

import (
	"cmp"
	"maps"
	"slices"

	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/services/ledger/reconcile"
)

// longestMax is how many of the longest overdue tasks are listed one by one.
const longestMax = 20

// owed is what is overdue and short, added up.
type owed struct {
	code   string
	tasks  int
	amount money.Fen
	days   int // the most
}

func (o *owed) add(tasks int, amount money.Fen, days int) {
	o.tasks += tasks
	o.amount = o.amount.Plus(amount)
	o.days = max(o.days, days)
}

// byDepartment ranks the payers by what they owe after its time.
func (r *report) byDepartment() {
	payers := map[string]*owed{}
	for _, s := range r.county.Communities {
		for _, t := range s.Tasks {
			counted := map[string]bool{}
			for _, o := range t.Overdue {
				if payers[o.Payer] == nil {
					payers[o.Payer] = &owed{code: o.Payer}
				}
				tasks := 1
				if counted[o.Payer] {
					tasks = 0 // a payer may have two shares of one task
				}
				counted[o.Payer] = true
				payers[o.Payer].add(tasks, o.Shortfall, o.Days(r.county.On))
			}
		}
	}
	ranked := slices.SortedFunc(maps.Values(payers), func(a, b *owed) int {
		return cmp.Or(cmp.Compare(b.amount, a.amount), cmp.Compare(a.code, b.code))
	})
	rows := make([][]string, 0, len(ranked))
	for _, o := range ranked {
		rows = append(rows, []string{o.code, r.department(o.code), count(o.tasks), o.amount.Yuan(), count(o.days)})
	}
	r.heading("by_department")
	r.table([]column{{"code", 12, false}, {"department", 36, false}, {"tasks", 8, true}, {"overdue", 22, true}, {"days_most", 12, true}}, rows)
}

// byCommunity lists the communities to which something is owed after its time,
// in the order of their codes.
func (r *report) byCommunity() {
	var rows [][]string
	for _, s := range r.county.Communities {
		o := owed{}
		for _, t := range s.Tasks {
			if len(t.Overdue) > 0 {
				o.add(1, *t.OverdueShortfall, mostDays(t, r.county.On))
			}
		}
		if o.tasks > 0 {
			rows = append(rows, []string{s.Code, s.Name, count(o.tasks), o.amount.Yuan(), count(o.days)})
		}
	}
	r.heading("by_community")
	r.table([]column{{"code", 12, false}, {"community", 36, false}, {"tasks", 8, true}, {"overdue", 22, true}, {"days_most", 12, true}}, rows)
}

func mostDays(t reconcile.TaskStatement, on civil.Date) (days int) {
	for _, o := range t.Overdue {
		days = max(days, o.Days(on))
	}
	return days
}

// longest lists the tasks whose money is overdue the longest.
func (r *report) longest() {
	type late struct {
		reconcile.TaskStatement
		community string
		days      int
	}
	var all []late
	for _, s := range r.county.Communities {
		for _, t := range s.Tasks {
			if len(t.Overdue) > 0 {
				all = append(all, late{t, s.Name, mostDays(t, r.county.On)})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b late) int {
		return cmp.Or(cmp.Compare(b.days, a.days), cmp.Compare(*b.OverdueShortfall, *a.OverdueShortfall), cmp.Compare(a.No, b.No))
	})
	var rows [][]string
	for _, t := range all[:min(len(all), longestMax)] {
		rows = append(rows, []string{t.No, r.item(t.Item), t.community, r.department(t.Department), t.OverdueShortfall.Yuan(), count(t.days)})
	}
	r.heading("longest", "n", count(len(rows)))
	r.table([]column{{"task", 20, false}, {"item", 22, false}, {"community", 14, false}, {"assigned_by", 14, false}, {"overdue", 14, true}, {"days", 6, true}}, rows)
	r.more(len(all) - len(rows))
}
