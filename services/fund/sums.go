package fund

import (
	"strings"

	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/pkg/workflow"
)

// look checks a payment with all that the rows brought to it: on no day more
// goes out than came in, and nothing is done with money that went elsewhere.
func (b *book) look(p *Payment) {
	b.lookAtChildren(p)
	b.lookAtArrivals(p)
	if p.ReversedBy != "" {
		b.lookAtReversal(p)
	}
}

func (b *book) lookAtChildren(p *Payment) {
	for _, c := range p.Children {
		var sum money.Fen
		var vouchers []string
		for _, d := range p.Children {
			if d.Span().On(c.PaidOn) {
				sum = sum.Plus(d.Amount)
				vouchers = append(vouchers, d.Voucher)
			}
		}
		if sum > p.Made.Amount {
			b.refuseSum(p, "passed_on_too_much", "sum", sum.Yuan(), "date", c.PaidOn.String(), "vouchers", strings.Join(vouchers, " "))
			return
		}
	}
}

func (b *book) lookAtArrivals(p *Payment) {
	for _, a := range p.Arrivals {
		for _, c := range p.Children {
			if !a.Span().Empty() && c.Span().OnOrAfter(a.Arrived.ConfirmedOn) {
				b.refuseArrival(p, a, c)
				return
			}
		}
		var sum money.Fen
		for _, d := range p.Arrivals {
			if d.Span().On(a.Arrived.ConfirmedOn) {
				sum = sum.Plus(d.Arrived.Amount)
			}
		}
		if sum > p.Made.Amount {
			b.refuseSum(p, "arrived_too_much", "sum", sum.Yuan(), "date", a.Arrived.ConfirmedOn.String())
			return
		}
	}
}

// lookAtReversal finds what still stands on a reversed payment.
func (b *book) lookAtReversal(p *Payment) {
	row, fresh := b.rows[p.ReversedBy]
	for _, c := range p.Children {
		switch {
		case !c.Span().OnOrAfter(p.ReversedOn):
		case fresh:
			b.refusePayment(row, "reverses", p.Made.Voucher, "reversed_passed_on", "child", c.Voucher)
		default:
			b.refusePayment(b.rows[c.Voucher], "upstream", p.Made.Voucher, "reversed_before", "by", p.ReversedBy, "date", p.ReversedOn.String())
		}
	}
	for _, a := range p.Arrivals {
		switch {
		case !a.Span().OnOrAfter(p.ReversedOn):
		case fresh:
			b.refusePayment(row, "reverses", p.Made.Voucher, "reversed_arrived", "date", a.Arrived.ConfirmedOn.String())
		default:
			b.refused.Arrivals = append(b.refused.Arrivals, workflow.Refuse(
				b.arrivalRows[keyOf(a)], "voucher", p.Made.Voucher, "reversed_before", "by", p.ReversedBy, "date", p.ReversedOn.String()))
		}
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

// refuseSum names the row of the payment whose money does not suffice; when that
// was recorded before, the first row that takes from it.
func (b *book) refuseSum(p *Payment, key string, args ...string) {
	if row, fresh := b.rows[p.Made.Voucher]; fresh {
		b.refusePayment(row, "amount", p.Made.Amount.Yuan(), key, args...)
		return
	}
	for _, c := range p.Children {
		if row, fresh := b.rows[c.Voucher]; fresh {
			b.refusePayment(row, "amount", c.Amount.Yuan(), key, args...)
			return
		}
	}
	for _, a := range p.Arrivals {
		if row, fresh := b.arrivalRows[keyOf(a)]; fresh {
			b.refused.Arrivals = append(b.refused.Arrivals, workflow.Refuse(row, "amount", a.Arrived.Amount.Yuan(), key, args...))
			return
		}
	}
}

// refuseArrival names the arrival on money that was passed on; when that was
// recorded before, the payment that passes it on.
func (b *book) refuseArrival(p *Payment, a Arrival, c Child) {
	if row, fresh := b.arrivalRows[keyOf(a)]; fresh {
		b.refused.Arrivals = append(b.refused.Arrivals, workflow.Refuse(row, "voucher", p.Made.Voucher, "arrival_passed_on", "child", c.Voucher))
		return
	}
	b.refusePayment(b.rows[c.Voucher], "upstream", p.Made.Voucher, "passed_on_arrived", "date", a.Arrived.ConfirmedOn.String())
}

// On reports whether d lies in the span.
func (s Span) On(d civil.Date) bool {
	return s.From <= d && (!s.Undone.Given() || s.Undone > d)
}
