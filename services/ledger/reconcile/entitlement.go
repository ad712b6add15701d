package reconcile

import (
	"cmp"
	"slices"

	"feisui/pkg/civil"
	"feisui/pkg/money"
)

// obligation is one payer's part of a task's fee (§2).
type obligation struct {
	task      *taskView
	payer     string
	place     int // among the task's payers
	amount    money.Fen
	payBy     civil.Date // zero: none yet
	dueEnd    civil.Date // the last day that is in time; zero when payBy is
	allocated money.Fen
	paidOn    civil.Date   // the latest arrival allocated to it
	from      []Allocation // which arrivals those are, where that is explained
}

func (o *obligation) shortfall() money.Fen { return o.amount.Minus(o.allocated) }

// past reports whether the obligation's time is over (on > due_end).
func (o *obligation) past(day *today) bool { return o.dueEnd.Given() && day.over(o.dueEnd) }

// late reports whether the money came, but after due_end. An obligation of
// nothing needs no money and is never late.
func (o *obligation) late() bool {
	return o.dueEnd.Given() && o.shortfall() == 0 && o.paidOn > o.dueEnd
}

// Basis is what a task's fee is worked out from (§2). What a rule needs and nobody
// gave is nil.
type Basis struct {
	Rule  Rule           // Own, Unlisted, or the item's
	Rate  *money.Decimal // in fen; percent for Ratio
	By    Counted        // what Count counts
	Count *money.Decimal
}

// Beside the rules of an item: a task that says its fee itself, and one whose item
// is not in the catalogue.
const (
	Own      Rule = "own"
	Unlisted Rule = "unlisted"
)

// Counted is what a fee is counted by.
type Counted string

// What fees are counted by; "" where nothing is counted.
const (
	ByTask       Counted = "task"               // one
	ByCompleted  Counted = "completed_quantity" // of the completion
	ByQuantity   Counted = "quantity"           // of the task
	ByOne        Counted = "one"                // for want of a quantity
	ByHouseholds Counted = "households"
	ByPopulation Counted = "population"
	ByStaff      Counted = "staff"
	ByBase       Counted = "base" // in fen
)

// basis is what the task's fee is worked out from.
func (w *work) basis(t *taskView) Basis {
	switch {
	case t.Amount != nil:
		return Basis{Rule: Own}
	case t.item == nil:
		return Basis{Rule: Unlisted}
	}
	community, _ := w.account.Community.At(t.IssuedOn)
	b := Basis{Rule: cmp.Or(t.item.Rule, None), Rate: t.item.Rate}
	switch b.Rule {
	case Fixed:
		b.By, b.Count = ByTask, whole(1)
	case PerCase:
		b.By, b.Count = t.quantity(w.today)
	case PerHousehold:
		b.By, b.Count = ByHouseholds, counted(community.Households)
	case PerCapita:
		b.By, b.Count = ByPopulation, counted(community.Population)
	case PerStaff:
		b.By, b.Count = ByStaff, counted(community.Staff)
	case Ratio:
		b.By, b.Count = ByBase, counted((*int64)(t.Base))
	}
	return b
}

// entitlement is what the task should cost; ok is false when it is
// undetermined: an input that the rule needs is missing (§2).
func (w *work) entitlement(t *taskView) (fee money.Fen, ok bool) {
	b := w.basis(t)
	switch {
	case b.Rule == Own:
		return *t.Amount, true
	case b.Rule == None:
		return 0, true
	case b.Rate == nil || b.Count == nil:
		return 0, false
	case b.Rule == Ratio:
		return money.Product(b.Rate.Shift(-2), *b.Count), true
	default:
		return money.Product(*b.Rate, *b.Count), true
	}
}

func whole(n int64) *money.Decimal {
	d := money.Whole(n)
	return &d
}

func counted(n *int64) *money.Decimal {
	if n == nil {
		return nil
	}
	return whole(*n)
}

// quantity is q of §2: the completed quantity, else the task's, else 1.
func (t *taskView) quantity(day *today) (Counted, *money.Decimal) {
	switch {
	case t.completed(day) && t.CompletedQuantity != nil:
		return ByCompleted, t.CompletedQuantity
	case t.Quantity != nil:
		return ByQuantity, t.Quantity
	default:
		return ByOne, whole(1)
	}
}

// oblige splits the entitlement of every task that stands or was completed
// among its payers, in the order of §5: pay_by, none last; task; place.
func (w *work) oblige() {
	for i := range w.tasks {
		t := &w.tasks[i]
		t.fee, t.determined = w.entitlement(t)
		if t.void() || !t.determined {
			continue
		}
		payers := t.payers()
		weights := make([]money.Decimal, len(payers))
		for i, p := range payers {
			weights[i] = p.Weight
		}
		for place, part := range money.Split(t.fee, weights) {
			o := &obligation{task: t, payer: payers[place].Code, place: place, amount: part, payBy: w.payBy(t, payers[place])}
			if o.payBy.Given() {
				o.dueEnd = w.days.After(o.payBy, w.policy.GraceDays)
			}
			t.obligations = append(t.obligations, o)
			w.obligations = append(w.obligations, o)
		}
	}
	slices.SortFunc(w.obligations, byDue)
	for _, t := range w.tasks {
		slices.SortFunc(t.obligations, byDue)
	}
}

func byDue(a, b *obligation) int {
	return cmp.Or(
		noneLast(a.payBy, b.payBy),
		cmp.Compare(a.task.No, b.task.No),
		cmp.Compare(a.place, b.place),
	)
}

// noneLast orders dates, with the one that is not given after all others.
func noneLast(a, b civil.Date) int {
	switch {
	case a == b:
		return 0
	case !a.Given():
		return 1
	case !b.Given():
		return -1
	default:
		return cmp.Compare(a, b)
	}
}

func (t *taskView) payers() []Payer {
	if t.item == nil || len(t.item.Payers) == 0 {
		return []Payer{{Code: t.Department, Weight: money.Whole(1)}}
	}
	return t.item.Payers
}

// payBy is the day by which a payer must have paid; zero when there is none yet.
func (w *work) payBy(t *taskView, p Payer) civil.Date {
	switch {
	case p.PayBy.Given():
		return max(p.PayBy, t.IssuedOn)
	case t.item != nil && t.item.Arrears:
		if !t.completed(w.today) {
			return 0
		}
		return max(t.CompletedOn.AddDays(w.policy.ArrearsDays), t.PayBy, t.IssuedOn)
	default:
		return max(cmp.Or(t.PayBy, t.StartsOn, t.IssuedOn), t.IssuedOn)
	}
}
