package laws_test

import (
	"testing"

	"pgregory.net/rapid"

	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/services/ledger/naive"
	"feisui/services/ledger/reconcile"
)

// TestEveryFenIsSomewhere holds when the sums of a statement agree with each
// other, on every date that a fact of the book bears, and on the days beside it.
func TestEveryFenIsSomewhere(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	rapid.Check(t, func(t *rapid.T) {
		book := naive.DrawBook(t)
		actual := e.read(t, book)
		for _, on := range days(book) {
			county, err := actual.County(civil.China(), on)
			must(t, err)
			c := &audit{t: t, on: on, book: book}
			for i := range county.Communities {
				c.community(&county.Communities[i])
			}
			c.holders(county.Holders)
			c.totals(&county)
		}
	})
}

// audit adds up one day's statement again.
type audit struct {
	t    *rapid.T
	on   civil.Date
	book naive.Book
	who  string // the community or holder being looked at
}

func (a *audit) community(s *reconcile.Statement) {
	a.who = s.Code
	y := &s.Tally
	a.equal("confirmed = allocated + surplus + general", y.Confirmed, y.Allocated+y.Surplus+y.General)
	a.equal("entitlement = allocated + shortfall", y.Entitlement, y.Allocated+y.Shortfall)
	a.rising("overdue shortfall ≤ due ≤ entitlement", 0, y.OverdueShortfall, y.Due, y.Entitlement)
	a.rising("overdue shortfall ≤ shortfall", y.OverdueShortfall, y.Shortfall)
	a.coverage(y.Sums, y.CoverageBP, y.CoverageDueBP)
	a.tasks(s)
	a.payments(s)
	a.flags(s)
	a.standing(s)
}

// standing counts the community's plaques and burdens from the rows.
func (a *audit) standing(s *reconcile.Statement) {
	on := a.on.String()
	plaques, burdens := map[string]int{"outside": 0, "inside": 0, "wall": 0}, map[string]int{}
	for _, p := range a.book.Sheets["plaques"] {
		if p["community"] == s.Code && stands(p["hung_on"], p["removed_on"], on) {
			plaques[p["zone"]]++
		}
	}
	for _, b := range a.book.Sheets["burdens"] {
		if b["community"] == s.Code && b["from"] <= on && (b["to"] == "" || b["to"] >= on) {
			burdens[b["kind"]]++
		}
	}
	a.same("standing plaques", s.Tally.Plaques, plaques)
	a.same("standing burdens", s.Tally.Burdens, burdens)
}

// tasks adds up a community's tasks.
func (a *audit) tasks(s *reconcile.Statement) {
	var sum reconcile.Sums
	undetermined, standing := 0, 0
	by := map[string]int{}
	for _, task := range s.Tasks {
		if standingState(task.State) {
			standing++
			by[task.Department]++
		}
		if task.Entitlement == nil {
			undetermined++
			a.equal(task.No+": an undetermined task is allocated nothing", task.Allocated, 0)
			continue
		}
		a.equal(task.No+": entitlement = allocated + shortfall", *task.Entitlement, task.Allocated+*task.Shortfall)
		a.rising(task.No+": overdue shortfall ≤ shortfall", 0, *task.OverdueShortfall, *task.Shortfall)
		sum.Entitlement += *task.Entitlement
		sum.Allocated += task.Allocated
		sum.Shortfall += *task.Shortfall
		sum.OverdueShortfall += *task.OverdueShortfall
	}
	sum.Due = s.Tally.Due // tasks do not show it
	a.same("sums over tasks = the tally's", s.Tally.Sums, sum)
	a.same("undetermined, standing tasks", []int{s.Tally.Undetermined, s.Tally.StandingTasks}, []int{undetermined, standing})
	a.same("standing tasks by department", s.Tally.TasksByDepartment, by)
}

// standingState reports whether a task in this state is still to be done (§3).
func standingState(s reconcile.State) bool {
	return s != reconcile.Recalled && s != reconcile.Rejected && s != reconcile.Completed
}

// payments adds up a community's payments.
func (a *audit) payments(s *reconcile.Statement) {
	var confirmed, allocated, surplus, general, inTransit money.Fen
	for _, p := range s.Payments {
		a.rising(p.Voucher+": confirmed + held ≤ amount", 0, p.Confirmed+p.Held, p.Amount)
		a.rising(p.Voucher+": nothing is less than nothing", 0, min(p.Held, p.Confirmed, p.Allocated, p.Surplus))
		if p.Purpose == reconcile.ForGeneral {
			a.equal(p.Voucher+": general money is never allocated", p.Allocated+p.Surplus, 0)
			general += p.Confirmed
		} else {
			a.equal(p.Voucher+": confirmed = allocated + surplus", p.Confirmed, p.Allocated+p.Surplus)
		}
		if _, children := a.passedOn(p.Voucher); children == 0 {
			inTransit += p.Amount - p.Confirmed
		}
		confirmed, allocated, surplus = confirmed+p.Confirmed, allocated+p.Allocated, surplus+p.Surplus
	}
	a.equal("confirmed of payments = the tally's", confirmed, s.Tally.Confirmed)
	a.equal("allocated from payments = allocated to tasks", allocated, s.Tally.Allocated)
	a.equal("surplus of payments = the tally's", surplus, s.Tally.Surplus)
	a.equal("confirmed under general = the tally's", general, s.Tally.General)
	a.equal("in transit = amounts not confirmed", inTransit, s.Tally.InTransit)
}

// holders adds up, from the rows, what every payee holds that is no community.
func (a *audit) holders(holders []reconcile.HolderStatement) {
	communities := map[string]bool{}
	for _, row := range a.book.Sheets["communities"] {
		communities[row["code"]] = true
	}
	held := map[string]money.Fen{}
	for _, p := range a.book.Sheets["payments"] {
		if p["reverses"] == "" && !communities[p["payee"]] && a.inForce(p) {
			passedOn, _ := a.passedOn(p["voucher"])
			held[p["payee"]] += money.Fen(fen(p["amount"])) - passedOn - a.confirmed(p["voucher"])
		}
	}
	got := map[string]money.Fen{}
	for _, h := range holders {
		a.who = h.Code
		a.rising("retained ≤ held", 0, h.Retained, h.Held)
		got[h.Code] = h.Held
	}
	a.who = "holders"
	a.same("held", got, held)
}

// totals adds up the county.
func (a *audit) totals(county *reconcile.CountyStatement) {
	a.who = "county"
	want := reconcile.Totals{Flags: map[reconcile.FlagRule]int{}}
	count := func(flags []reconcile.Flag) {
		for _, f := range flags {
			want.Flags[f.Rule]++
		}
	}
	for _, s := range county.Communities {
		want.Tasks += len(s.Tasks)
		want.StandingTasks += s.Tally.StandingTasks
		want.Undetermined += s.Tally.Undetermined
		want.Entitlement += s.Tally.Entitlement
		want.Allocated += s.Tally.Allocated
		want.Shortfall += s.Tally.Shortfall
		want.OverdueShortfall += s.Tally.OverdueShortfall
		want.Due += s.Tally.Due
		count(s.Flags)
	}
	for _, h := range county.Holders {
		count(h.Flags)
	}
	want.Unfunded, want.Underfunded = want.Flags[reconcile.UnfundedTask], want.Flags[reconcile.UnderfundedTask]
	got := county.Totals
	a.coverage(got.Sums, got.CoverageBP, got.CoverageDueBP)
	got.CoverageBP, got.CoverageDueBP = nil, nil
	a.same("totals = sums over communities and holders", got, want)
}
