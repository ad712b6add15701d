package reconcile

import (
	"cmp"

	"feisui/pkg/civil"
	"feisui/pkg/money"
)

// State is where a task stands between hand-over and completion (§3).
type State string

// The states of a task.
const (
	Recalled          State = "recalled"
	Completed         State = "completed"
	Accepted          State = "accepted"
	Rejected          State = "rejected"
	Suspended         State = "suspended"
	ConditionalAccept State = "conditional"
	Lapsed            State = "lapsed"
	Issued            State = "issued"
)

// States lists every state, in the order of §3.
var States = []State{Recalled, Completed, Accepted, Rejected, Suspended, ConditionalAccept, Lapsed, Issued}

// taskView is a task as it stands on the date asked for.
type taskView struct {
	*Task
	item        *Item // as in force on issued_on; nil when not in the catalogue
	state       State
	condition   *Receipt   // the conditional acceptance that holds
	came        money.Fen  // of the money for it
	lapsesOn    civil.Date // the first day past the limit for an answer
	fee         money.Fen
	determined  bool
	obligations []*obligation // in the order of §5
	status      Status
	lamp        Lamp
}

// void reports whether a task in this state obliges nobody.
func (s State) void() bool { return s == Recalled || s == Rejected }

// Standing reports whether the community carries a task in this state.
func (s State) Standing() bool { return !s.void() && s != Completed }

func (t *taskView) void() bool     { return t.state.void() }
func (t *taskView) standing() bool { return t.state.Standing() }

func (t *taskView) completed(day *today) bool {
	return t.CompletedOn.Given() && day.reached(t.CompletedOn)
}

// answer finds the state as far as it needs no money: a conditional acceptance
// may turn out to be suspended once the money is allocated.
func (w *work) answer(t *taskView) State {
	recalled := t.RecalledOn.Given() && w.reached(t.RecalledOn)
	if recalled && !(t.CompletedOn.Given() && t.CompletedOn <= t.RecalledOn) {
		return Recalled
	}
	if t.completed(w.today) {
		return Completed
	}
	var last *Receipt
	for i := range t.Receipts {
		r := &t.Receipts[i]
		switch {
		case !w.reached(r.FiledOn) || r.Outcome == Query:
		case r.Outcome == Accept:
			return Accepted
		case last == nil || outweighs(r, last):
			last = r
		}
	}
	switch {
	case last == nil:
		return w.unanswered(t)
	case last.Outcome == Reject:
		return Rejected
	default:
		t.condition = last
		return ConditionalAccept
	}
}

// outweighs reports whether receipt r holds over s: the later; on one date a
// conditional over a reject; of two conditionals the greater one.
func outweighs(r, s *Receipt) bool {
	return cmp.Or(
		cmp.Compare(r.FiledOn, s.FiledOn),
		cmp.Compare(weight(r.Outcome), weight(s.Outcome)),
		cmp.Compare(r.No, s.No),
		cmp.Compare(r.ConditionAmount, s.ConditionAmount),
		cmp.Compare(r.ConditionBy, s.ConditionBy),
	) > 0
}

func weight(o Outcome) int {
	if o == Conditional {
		return 1
	}
	return 0
}

// unanswered tells whether silence has lasted too long. It never becomes
// acceptance, and the payers still owe.
func (w *work) unanswered(t *taskView) State {
	limit := w.policy.ReceiptDays
	asked := w.days.After(t.IssuedOn, limit)
	for _, r := range t.Receipts {
		if r.Outcome == Query && w.reached(r.FiledOn) && r.FiledOn <= asked {
			limit += w.policy.QueryDays
			break
		}
	}
	if t.lapsesOn = w.days.After(t.IssuedOn, limit+1); w.reached(t.lapsesOn) {
		return Lapsed
	}
	return Issued
}

// suspend finds what money came for conditional acceptances: what is allocated
// to the task, and unallocated money earmarked for it. One whose day has passed
// without it ends.
func (w *work) suspend() {
	for i := range w.tasks {
		t := &w.tasks[i]
		if t.condition == nil {
			continue
		}
		t.came = t.allocated()
		for _, p := range w.payments {
			if p.purpose == taskPurpose(t.No) {
				t.came = t.came.Plus(p.confirmed.Minus(p.allocated))
			}
		}
		if by := t.condition.ConditionBy; by.Given() && w.over(by) && t.came < t.condition.ConditionAmount {
			t.state = Suspended
		}
	}
}
