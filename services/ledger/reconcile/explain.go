package reconcile

import (
	"slices"

	"feisui/pkg/civil"
	"feisui/pkg/money"
)

// Explained is a task's line with what its figures were worked out from.
type Explained struct {
	Task        TaskStatement
	Basis       Basis
	Obligations []Obligation // in the order of §5; none of a task that is void or undetermined
	AnswerBy    civil.Date   // the last day in time for an answer, where none holds yet; else zero
	Flags       []Flag       // those of the task, by rule
	Promises    []Promise    // the commitments that the task's money was promised by
}

// Obligation is one payer's part of a fee (§2), and what came for it (§5).
type Obligation struct {
	Payer                        string
	Amount, Allocated, Shortfall money.Fen
	PayBy                        civil.Date // zero: none yet
	DueEnd                       civil.Date // the last day in time, with the days of grace
	Past                         bool       // its time is over
	Late                         bool       // all of it came, some after its time
	PaidOn                       civil.Date // when the last of it came
	From                         []Allocation
}

// Allocation is a part of an arrival that paid an obligation.
type Allocation struct {
	Voucher string
	On      civil.Date
	Amount  money.Fen
}

// Promise is a commitment with what came of it.
type Promise struct {
	Commitment
	Paid, Late money.Fen // Late is the part of Paid that came after its day
}

// Explain is Reconcile for one task, with how its figures were found; ok is false
// where the community has no such task on the date.
func Explain(a *Account, c *County, days civil.Calendar, on civil.Date, no string) (e Explained, ok bool) {
	w := &work{account: a, county: c, limits: newLimits(c, days, on), explained: true}
	w.reconcile()
	i := slices.IndexFunc(w.tasks, func(t taskView) bool { return t.No == no })
	if i < 0 {
		return e, false
	}
	t := &w.tasks[i]
	e.Task, e.Basis = t.statement(w.today), w.basis(t)
	if t.lapsesOn.Given() {
		e.AnswerBy = t.lapsesOn.AddDays(-1)
	}
	for _, o := range t.obligations {
		e.Obligations = append(e.Obligations, Obligation{
			Payer: o.payer, Amount: o.amount, Allocated: o.allocated, Shortfall: o.shortfall(), PayBy: o.payBy, DueEnd: o.dueEnd,
			Past: o.past(w.today), Late: o.late(), PaidOn: o.paidOn, From: o.from,
		})
	}
	for _, f := range w.flags {
		if f.Subject == no {
			e.Flags = append(e.Flags, f)
		}
	}
	sortFlags(e.Flags)
	for _, p := range w.kept() {
		if w.promisedFor(t, p) {
			e.Promises = append(e.Promises, Promise{*p.Commitment, p.paid, p.late})
		}
	}
	return e, true
}

// promisedFor reports that a commitment is for a task: by its number, or as its item
// or all tasks of a department that owes a part of it.
func (w *work) promisedFor(t *taskView, p *promise) bool {
	owes := slices.ContainsFunc(t.obligations, func(o *obligation) bool { return o.payer == p.Department }) || p.Department == t.Department
	own := p.purpose == taskPurpose(t.No)
	return own || owes && p.purpose != ForGeneral && inside(taskPurpose(t.No), p.purpose, w.item)
}

// Whereabouts is where the money of a payment is on a date (§4). Always: the amount
// is PassedOn + Confirmed + Held + InTransit.
type Whereabouts struct {
	PassedOn, Confirmed money.Fen
	Held                money.Fen // by a payee that is no community
	InTransit           money.Fen // on its way to a community, or there and not confirmed
	Purpose             string    // general where a sponsor gave it
}

// Where says where the money of a payment is on a date; ok is false when it is not
// in force then.
func Where(p *Payment, c *County, on civil.Date) (at Whereabouts, ok bool) {
	v, ok := p.view(c, &today{on: on})
	if !ok {
		return at, false
	}
	at = Whereabouts{PassedOn: v.passedOn, Confirmed: v.confirmed, Held: v.held, Purpose: v.purpose}
	if p.PayeeIsCommunity {
		at.InTransit = p.Amount.Minus(v.passedOn).Minus(v.confirmed)
	}
	return at, true
}
