package reconcile

import (
	"cmp"

	"feisui/pkg/civil"
	"feisui/pkg/money"
)

// dueSoonDays is how long before its day a payment is announced (§6, due_soon).
const dueSoonDays = 3

// flagTask raises what is to be said of one task, and gives it its lamp.
func (w *work) flagTask(t *taskView) {
	first := len(w.flags)
	if t.standing() {
		w.flagHandOver(t)
	}
	w.flagFee(t)
	t.lamp = Green
	for _, f := range w.flags[first:] {
		if f.Lamp.worse(t.lamp) {
			t.lamp = f.Lamp
		}
	}
}

// flagHandOver looks at how a standing task came into the community.
func (w *work) flagHandOver(t *taskView) {
	say := func(rule FlagRule, lamp Lamp) {
		w.raise(Flag{Rule: rule, Subject: t.No, Responsible: t.Department, Since: t.IssuedOn, Lamp: lamp})
	}
	switch {
	case t.item != nil && t.item.List == Negative:
		say(Prohibited, Red)
	case (t.item == nil || t.item.List == Purchase) && !w.admitted(t):
		say(Unadmitted, Red)
	}
	if t.item != nil && t.item.AuthorityRequired && t.AuthorityDocument == "" {
		say(NoAuthority, Yellow)
	}
	if w.duplicates(t) {
		say(Duplicated, Yellow)
	}
	if t.state == Lapsed {
		w.raise(Flag{Rule: Unreceipted, Subject: t.No, Responsible: w.account.Code, Since: t.lapsesOn, Lamp: Yellow})
	}
}

func (w *work) admitted(t *taskView) bool {
	for _, ad := range w.county.Admissions[Admitted{t.Department, t.Item}] {
		if ad.covers(w.account.Code, t.IssuedOn) {
			return true
		}
	}
	return false
}

// duplicates reports whether another department's earlier task, still standing,
// asks for the same at the same time.
func (w *work) duplicates(t *taskView) bool {
	for _, i := range w.byItem[t.Item] {
		u := &w.tasks[i]
		earlier := cmp.Or(cmp.Compare(u.IssuedOn, t.IssuedOn), cmp.Compare(u.No, t.No)) < 0
		if earlier && u.Department != t.Department && u.standing() && overlap(t.Task, u.Task) {
			return true
		}
	}
	return false
}

// overlap reports whether two tasks share a day of [start, due_on]; without
// due_on a task has no end, and one that is due before it starts has no day.
func overlap(t, u *Task) bool {
	first := max(t.start(), u.start())
	return t.lasts(first) && u.lasts(first)
}

func (t *Task) start() civil.Date { return cmp.Or(t.StartsOn, t.IssuedOn) }

func (t *Task) lasts(day civil.Date) bool { return !t.DueOn.Given() || t.DueOn >= day }

// flagFee looks at whether the fee came.
func (w *work) flagFee(t *taskView) {
	fee := func(rule FlagRule, first *obligation, since civil.Date, amount money.Fen, lamp Lamp) {
		w.raise(Flag{Rule: rule, Subject: t.No, Responsible: first.payer, Since: since, Amount: of(amount), Lamp: lamp})
	}
	switch t.status {
	case Undetermined:
		w.raise(Flag{Rule: UndeterminedTask, Subject: t.No, Responsible: t.Department, Since: t.IssuedOn, Lamp: Yellow})
	case Unfunded, Underfunded:
		first, short := pick(t, func(o *obligation) (money.Fen, bool) { return o.shortfall(), o.past(w.today) && o.shortfall() > 0 })
		fee(FlagRule(t.status), first, first.dueEnd.AddDays(1), short, Red)
	case FundedLate:
		first, late := pick(t, func(o *obligation) (money.Fen, bool) { return o.amount, o.late() })
		fee(FundedLateTask, first, first.dueEnd.AddDays(1), late, Yellow)
	case Pending:
		first, short := pick(t, func(o *obligation) (money.Fen, bool) {
			soon := o.payBy.Given() && w.reached(o.payBy.AddDays(-dueSoonDays)) && !w.over(o.dueEnd)
			return o.shortfall(), soon && o.shortfall() > 0
		})
		if first != nil {
			fee(DueSoon, first, first.payBy.AddDays(-dueSoonDays), short, Blue)
		}
	}
}

// pick gives the first obligation that a choice takes, and the sum of what it
// names over all that it takes.
func pick(t *taskView, choose func(*obligation) (money.Fen, bool)) (first *obligation, sum money.Fen) {
	for _, o := range t.obligations {
		if amount, taken := choose(o); taken {
			if first == nil {
				first = o
			}
			sum = sum.Plus(amount)
		}
	}
	return first, sum
}
