package reconcile

import (
	"cmp"
	"slices"
	"strings"

	"feisui/pkg/civil"
	"feisui/pkg/money"
)

// Status says whether a task's fee came with it (§5).
type Status string

// The statuses of a task.
const (
	Void         Status = "void"
	Undetermined Status = "undetermined"
	NoFee        Status = "no_fee"
	Funded       Status = "funded"
	FundedLate   Status = "funded_late"
	Pending      Status = "pending"
	Unfunded     Status = "unfunded"
	Underfunded  Status = "underfunded"
)

// Statuses lists every status, in the order of §5.
var Statuses = []Status{Void, Undetermined, NoFee, Funded, FundedLate, Pending, Unfunded, Underfunded}

// allocate lets each arrival in turn pay the obligations that it matches. An
// arrival is tried on them in four rounds: tasks that were there when it came,
// the origin's own and then the others; then tasks issued later, which waiting
// money serves as they come. So money of today never changes what yesterday's
// paid.
func (w *work) allocate() {
	type arrival struct {
		Arrival
		payment *paymentView
	}
	var arrivals []arrival
	for i := range w.payments {
		p := &w.payments[i]
		for _, a := range p.arrivals {
			arrivals = append(arrivals, arrival{a, p})
		}
	}
	slices.SortFunc(arrivals, func(a, b arrival) int {
		return cmp.Or(cmp.Compare(a.ConfirmedOn, b.ConfirmedOn), cmp.Compare(a.payment.Voucher, b.payment.Voucher))
	})
	later := slices.Clone(w.obligations)
	slices.SortStableFunc(later, func(a, b *obligation) int { return cmp.Compare(a.task.IssuedOn, b.task.IssuedOn) })
	for _, a := range arrivals {
		m := w.matching(a.payment)
		m.explained = w.explained
		left := a.Amount
		left = m.pay(w.obligations, a.ConfirmedOn, left, true)
		left = m.pay(w.obligations, a.ConfirmedOn, left, false)
		left = m.payLater(later, a.ConfirmedOn, left)
		a.payment.allocated = a.payment.allocated.Plus(a.Amount.Minus(left))
	}
}

// matching says which obligations the money of a payment may pay.
type matching struct {
	voucher   string
	origin    string
	anyPayer  bool // others' obligations too, after the origin's own
	task      string
	item      string
	all       bool
	explained bool // it is noted what the money paid
}

func (w *work) matching(p *paymentView) matching {
	m := matching{voucher: p.Voucher, origin: p.Origin}
	switch kind, name, _ := strings.Cut(p.purpose, ":"); kind {
	case "task":
		m.task, m.anyPayer = name, true
	case "item":
		// The treasury pays on departments' behalf.
		of := w.county.Departments[p.Origin]
		m.item, m.anyPayer = name, of == Finance || of == Superior
	case ForDepartment:
		m.all = true
	}
	return m
}

func (m *matching) matches(o *obligation) bool {
	return (m.all || m.task != "" && m.task == o.task.No || m.item != "" && m.item == o.task.Item) &&
		(m.anyPayer || o.payer == m.origin)
}

// pay serves the tasks issued on or before the day, either the origin's own
// obligations or the others'.
func (m *matching) pay(obligations []*obligation, day civil.Date, left money.Fen, own bool) money.Fen {
	for _, o := range obligations {
		if left == 0 {
			break
		}
		if o.task.IssuedOn <= day && own == (o.payer == m.origin) && m.matches(o) {
			left = m.serve(o, left, day)
		}
	}
	return left
}

// payLater serves the tasks issued after the day: the earlier issued first,
// within one day of issue the origin's own before the others.
func (m *matching) payLater(byIssue []*obligation, day civil.Date, left money.Fen) money.Fen {
	for i := 0; i < len(byIssue) && left > 0; {
		same := i
		for same < len(byIssue) && byIssue[same].task.IssuedOn == byIssue[i].task.IssuedOn {
			same++
		}
		if byIssue[i].task.IssuedOn > day {
			for _, own := range []bool{true, false} {
				for _, o := range byIssue[i:same] {
					if left > 0 && own == (o.payer == m.origin) && m.matches(o) {
						left = m.serve(o, left, day)
					}
				}
			}
		}
		i = same
	}
	return left
}

// serve lets money pay an obligation, and gives what is left of it.
func (m *matching) serve(o *obligation, left money.Fen, day civil.Date) money.Fen {
	rest := o.take(left, day)
	if m.explained && rest < left {
		o.from = append(o.from, Allocation{m.voucher, day, left.Minus(rest)})
	}
	return rest
}

// take pays as much of the obligation as is short and as there is.
func (o *obligation) take(left money.Fen, day civil.Date) money.Fen {
	part := min(left, o.shortfall())
	if part > 0 {
		o.allocated = o.allocated.Plus(part)
		o.paidOn = max(o.paidOn, day)
	}
	return left.Minus(part)
}

func (t *taskView) allocated() (sum money.Fen) {
	for _, o := range t.obligations {
		sum = sum.Plus(o.allocated)
	}
	return sum
}

func (t *taskView) overdueShortfall(day *today) (sum money.Fen) {
	for _, o := range t.obligations {
		if o.past(day) {
			sum = sum.Plus(o.shortfall())
		}
	}
	return sum
}

// judge gives the status of a task, the first of §5's list that holds.
func (w *work) judge(t *taskView) Status {
	switch {
	case t.void():
		return Void
	case !t.determined:
		return Undetermined
	case t.fee == 0:
		return NoFee
	}
	var short, late, overdueShort bool
	var toOverdue money.Fen
	for _, o := range t.obligations {
		short = short || o.shortfall() > 0
		late = late || o.late()
		if o.past(w.today) {
			overdueShort = overdueShort || o.shortfall() > 0
			toOverdue = toOverdue.Plus(o.allocated)
		}
	}
	switch {
	case !short && !late:
		return Funded
	case !short:
		return FundedLate
	case !overdueShort:
		return Pending
	case toOverdue == 0:
		return Unfunded
	default:
		return Underfunded
	}
}
