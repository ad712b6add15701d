package fund

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/pkg/workflow"
)

// look checks a payment with all that the rows brought to it: on no day more
// goes out than came in, and nothing is done with money that went elsewhere. A
// payment that a row is missing of is not judged: what is missing may explain it.
func (b *book) look(p *Payment) {
	if b.unsure[p.Made.Voucher] || slices.ContainsFunc(p.Children, func(c Child) bool { return b.unsure[c.Voucher] }) {
		return
	}
	b.lookAtChildren(p)
	b.lookAtArrivals(p)
	b.lookAtBoth(p)
	if p.ReversedBy != "" {
		b.lookAtReversal(p)
	}
}

func (b *book) lookAtChildren(p *Payment) {
	parts := make([]part, len(p.Children))
	for i, c := range p.Children {
		parts[i] = part{c.Span(), c.Amount}
	}
	day, sum, over := firstOver(parts, p.Made.Amount)
	if !over {
		return
	}
	if row, fresh := b.rows[p.Made.Voucher]; fresh {
		b.refusePayment(row, "amount", p.Made.Amount.Yuan(), "passed_on_too_much", "sum", sum.Yuan(), "date", day.String(), "vouchers", childrenOn(p, day))
		return
	}
	// What was recorded before is not at fault: the first row that takes from it is.
	for _, c := range p.Children {
		if row, fresh := b.rows[c.Voucher]; fresh {
			b.refusePayment(row, "amount", c.Amount.Yuan(), "passes_on_too_much", "upstream", p.Made.Voucher,
				"amount", p.Made.Amount.Yuan(), "sum", sum.Yuan(), "date", day.String(), "vouchers", childrenOn(p, day))
			return
		}
	}
	for _, c := range p.Children {
		if row, field, found, fresh := b.returning(c); fresh {
			b.refusePayment(row, field, found, "returned_too_late", "child", c.Voucher, "upstream", p.Made.Voucher,
				"amount", p.Made.Amount.Yuan(), "sum", sum.Yuan(), "date", day.String(), "vouchers", childrenOn(p, day))
			return
		}
	}
}

// returning gives the row of this workbook that changed whether or when a child
// is reversed, which takes from its parent for as long as it is not.
func (b *book) returning(c Child) (row int, field, found string, fresh bool) {
	if row, fresh = b.rows[b.known(c.Voucher).ReversedBy]; fresh {
		return row, "paid_on", c.ReversedOn.String(), true
	}
	if was := b.lifted[c.Voucher]; was != nil {
		if row, fresh = b.rows[was.ReversedBy]; fresh {
			return row, "reverses", b.payments[was.ReversedBy].Made.Reverses, true
		}
	}
	return 0, "", "", false
}

func (b *book) lookAtArrivals(p *Payment) {
	parts := make([]part, len(p.Arrivals))
	for i, a := range p.Arrivals {
		parts[i] = part{a.Span(), a.Arrived.Amount}
	}
	day, sum, over := firstOver(parts, p.Made.Amount)
	if !over {
		return
	}
	if row, fresh := b.rows[p.Made.Voucher]; fresh {
		b.refusePayment(row, "amount", p.Made.Amount.Yuan(), "arrived_too_much", "sum", sum.Yuan(), "date", day.String())
		return
	}
	for _, a := range p.Arrivals {
		if row, fresh := b.arrivalRows[keyOf(a)]; fresh {
			b.refused.Arrivals = append(b.refused.Arrivals, workflow.Refuse(row, "amount", a.Arrived.Amount.Yuan(), "arrives_too_much",
				"voucher", p.Made.Voucher, "amount", p.Made.Amount.Yuan(), "sum", sum.Yuan(), "date", day.String()))
			return
		}
	}
}

// part is money that is gone from a payment for some time.
type part struct {
	Span
	amount money.Fen
}

// firstOver gives the first day on which parts sum to more than limit, and that
// sum. It sweeps the days once, so a payment of a hundred thousand parts is
// as quick as its rows.
func firstOver(parts []part, limit money.Fen) (day civil.Date, sum money.Fen, over bool) {
	type change struct {
		on civil.Date
		by money.Fen
	}
	changes := make([]change, 0, 2*len(parts))
	for _, p := range parts {
		if p.Empty() {
			continue
		}
		changes = append(changes, change{p.From, p.amount})
		if p.Undone.Given() {
			changes = append(changes, change{p.Undone, -p.amount})
		}
	}
	slices.SortFunc(changes, func(a, b change) int { return cmp.Or(cmp.Compare(a.on, b.on), cmp.Compare(a.by, b.by)) })
	for i, c := range changes {
		sum = capped(sum, c.by)
		if endOfDay := i+1 == len(changes) || changes[i+1].on != c.on; endOfDay && sum > limit {
			return c.on, sum, true
		}
	}
	return 0, 0, false
}

// capped is a + b, or the largest amount where that does not fit: what is past
// every limit need not be exact.
func capped(a, b money.Fen) (sum money.Fen) {
	if money.Guard(func() { sum = a.Plus(b) }) != nil {
		return math.MaxInt64
	}
	return sum
}

// namesMax is how many vouchers a refusal names.
const namesMax = 10

// childrenOn names the children in force on a day.
func childrenOn(p *Payment, day civil.Date) string {
	var vouchers []string
	for _, c := range p.Children {
		if c.Span().On(day) {
			vouchers = append(vouchers, c.Voucher)
		}
	}
	slices.Sort(vouchers)
	return names(vouchers, " ")
}

// names joins the first few of a list.
func names(list []string, between string) string {
	if len(list) > namesMax {
		list = append(slices.Clone(list[:namesMax]), "…")
	}
	return strings.Join(list, between)
}

// lookAtBoth finds arrivals of money that was passed on.
func (b *book) lookAtBoth(p *Payment) {
	last, earliest := lastOut(p.Children), civil.Date(0)
	for _, a := range p.Arrivals {
		if a.Span().Empty() || last == nil || !last.Span().OnOrAfter(a.Arrived.ConfirmedOn) {
			continue
		}
		if row, fresh := b.arrivalRows[keyOf(a)]; fresh {
			b.refused.Arrivals = append(b.refused.Arrivals, workflow.Refuse(row, "voucher", p.Made.Voucher, "arrival_passed_on", "child", last.Voucher))
		} else if !earliest.Given() || a.Arrived.ConfirmedOn < earliest {
			earliest = a.Arrived.ConfirmedOn
		}
	}
	if !earliest.Given() {
		return
	}
	for _, c := range p.Children {
		if !c.Span().OnOrAfter(earliest) {
			continue
		}
		if row, fresh := b.rows[c.Voucher]; fresh {
			b.refusePayment(row, "upstream", p.Made.Voucher, "passed_on_arrived", "date", earliest.String())
		} else if row, field, found, fresh := b.returning(c); fresh {
			b.refusePayment(row, field, found, "returned_after", "child", c.Voucher, "upstream", p.Made.Voucher, "date", earliest.String())
		}
	}
}

// lastOut gives the child that is in force longest, nil when none ever is.
func lastOut(children []Child) (last *Child) {
	for i := range children {
		c := &children[i]
		if !c.Span().Empty() && (last == nil || last.ReversedOn.Given() && (!c.ReversedOn.Given() || c.ReversedOn > last.ReversedOn)) {
			last = c
		}
	}
	return last
}

// lookAtReversal finds what still stands on a reversed payment.
func (b *book) lookAtReversal(p *Payment) {
	row, fresh := b.rows[p.ReversedBy]
	for _, c := range p.Children {
		if !c.Span().OnOrAfter(p.ReversedOn) {
			continue
		}
		if fresh {
			b.refusePayment(row, "reverses", p.Made.Voucher, "reversed_passed_on", "child", c.Voucher)
			break
		}
		if row, fresh := b.rows[c.Voucher]; fresh {
			b.refusePayment(row, "upstream", p.Made.Voucher, "reversed_before", "by", p.ReversedBy, "date", p.ReversedOn.String())
		} else if row, field, found, fresh := b.returning(c); fresh {
			b.refusePayment(row, field, found, "returned_after", "child", c.Voucher, "upstream", p.Made.Voucher, "date", p.ReversedOn.String())
		}
	}
	for _, a := range p.Arrivals {
		if !a.Span().OnOrAfter(p.ReversedOn) {
			continue
		}
		if fresh {
			b.refusePayment(row, "reverses", p.Made.Voucher, "reversed_arrived", "date", a.Arrived.ConfirmedOn.String())
			break
		}
		b.refused.Arrivals = append(b.refused.Arrivals, workflow.Refuse(
			b.arrivalRows[keyOf(a)], "voucher", p.Made.Voucher, "reversed_before", "by", p.ReversedBy, "date", p.ReversedOn.String()))
	}
}

// arrivalKey names an arrival: a payment's n-th.
type arrivalKey struct {
	voucher string
	arrival int
}

func keyOf(a Arrival) arrivalKey { return arrivalKey{a.Arrived.Voucher, a.Arrived.Arrival} }

func (b *book) refusePayment(row int, field, found, key string, args ...string) {
	b.refused.Payments = append(b.refused.Payments, workflow.Refuse(row, field, found, key, args...))
}
