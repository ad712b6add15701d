package reconcile

import (
	"feisui/pkg/money"
)

// Tally is what a community carries and what has come for it, on a date (§7).
// Always: Confirmed = Allocated + Surplus + General and Entitlement = Allocated
// + Shortfall.
type Tally struct {
	StandingTasks     int            `json:"standing_tasks"`
	TasksByDepartment map[string]int `json:"tasks_by_department"` // standing; without zeros
	IssuedThisYear    int            `json:"issued_this_year"`    // in the calendar year of the date, void ones too
	Plaques           map[string]int `json:"plaques"`             // standing, by zone; every zone
	Burdens           map[string]int `json:"burdens"`             // standing, by kind; without zeros
	Sums
	Undetermined  int       `json:"undetermined"`
	Confirmed     money.Fen `json:"confirmed"`
	Surplus       money.Fen `json:"surplus"`
	General       money.Fen `json:"general"`
	InTransit     money.Fen `json:"in_transit"`
	CoverageBP    *int64    `json:"coverage_bp"`
	CoverageDueBP *int64    `json:"coverage_due_bp"`

	// ByPayer are the Sums by who owes: they add up to them.
	ByPayer map[string]Sums `json:"-"`
}

// Sums are over the obligations that stand.
type Sums struct {
	Entitlement      money.Fen `json:"entitlement"`
	Allocated        money.Fen `json:"allocated"`
	Shortfall        money.Fen `json:"shortfall"`
	OverdueShortfall money.Fen `json:"overdue_shortfall"`
	Due              money.Fen `json:"due"` // the amounts whose time is over, covered or not
}

func (s *Sums) add(t Sums) {
	s.Entitlement = s.Entitlement.Plus(t.Entitlement)
	s.Allocated = s.Allocated.Plus(t.Allocated)
	s.Shortfall = s.Shortfall.Plus(t.Shortfall)
	s.OverdueShortfall = s.OverdueShortfall.Plus(t.OverdueShortfall)
	s.Due = s.Due.Plus(t.Due)
}

// Plus adds sums to others.
func (s Sums) Plus(t Sums) Sums {
	s.add(t)
	return s
}

// Coverage gives allocated / entitlement and the covered part of what is due,
// both in basis points rounded down, nil where there is nothing to divide by.
func (s *Sums) Coverage() (all, due *int64) {
	return share(s.Allocated, s.Entitlement), share(s.Due.Minus(s.OverdueShortfall), s.Due)
}

func share(part, whole money.Fen) *int64 {
	bp, ok := money.BasisPoints(part, whole)
	if !ok {
		return nil
	}
	return &bp
}

func (w *work) tally() Tally {
	t := Tally{TasksByDepartment: map[string]int{}, Plaques: map[string]int{}, Burdens: map[string]int{}, ByPayer: map[string]Sums{}}
	year := w.year()
	for i := range w.tasks {
		task := &w.tasks[i]
		if task.standing() {
			t.StandingTasks++
			t.TasksByDepartment[task.Department]++
		}
		if task.IssuedOn.Year() == year {
			t.IssuedThisYear++
		}
		if task.status == Undetermined {
			t.Undetermined++
		}
	}
	for _, o := range w.obligations {
		sums := o.sums(w.today)
		t.Sums.add(sums)
		t.ByPayer[o.payer] = t.ByPayer[o.payer].Plus(sums)
	}
	w.tallyPayments(&t)
	w.tallyBurdens(&t)
	t.CoverageBP, t.CoverageDueBP = t.Coverage()
	return t
}

func (o *obligation) sums(day *today) Sums {
	s := Sums{Entitlement: o.amount, Allocated: o.allocated, Shortfall: o.shortfall()}
	if o.past(day) {
		s.Due, s.OverdueShortfall = o.amount, o.shortfall()
	}
	return s
}

func (w *work) tallyPayments(t *Tally) {
	for i := range w.payments {
		p := &w.payments[i]
		if p.children > 0 {
			continue
		}
		t.Confirmed = t.Confirmed.Plus(p.confirmed)
		t.Surplus = t.Surplus.Plus(p.surplus())
		t.InTransit = t.InTransit.Plus(p.inTransit())
		if p.purpose == ForGeneral {
			t.General = t.General.Plus(p.confirmed)
		}
	}
}

func (w *work) tallyBurdens(t *Tally) {
	for _, zone := range Zones {
		t.Plaques[zone] = 0
	}
	for _, p := range w.account.Plaques {
		if p.standing(w.today) {
			t.Plaques[p.Zone]++
		}
	}
	for _, b := range w.account.Burdens {
		if b.standing(w.today) {
			t.Burdens[b.Kind]++
		}
	}
}

func (b *Burden) standing(day *today) bool {
	return day.reached(b.From) && !(b.To.Given() && day.over(b.To))
}
