package fund

import (
	"cmp"
	"maps"
	"slices"

	"feisui/pkg/workflow"
	"feisui/schemas"
)

// This file takes up vouchers that are recorded already and of which a row says
// more, or something else. Whatever hangs together with them is decided anew as
// if nothing of it was recorded, so that the same rules hold as on a first
// import; what then differs from what is recorded becomes events.

// lay lays a row over what is recorded of its voucher, and reports whether that
// changes anything. A row that contradicts and is not to correct is refused.
func (b *book) lay(row RecordPayment, made schemas.PaymentMade) (RecordPayment, bool) {
	given := row.Payment
	given.Origin, given.InheritedPurpose, given.Beneficiary = made.Origin, made.InheritedPurpose, made.Beneficiary
	merged, change, refused := workflow.Lay(&made, given, row.Row, b.reason != "")
	b.refused.Payments = append(b.refused.Payments, refused...)
	if change == workflow.Same || refused != nil {
		return row, false
	}
	// Who the money is for follows from the cells: the row's own, then what is recorded, then a payee that is a community.
	merged.Beneficiary = cmp.Or(merged.Community, row.Payment.Beneficiary)
	b.again[merged.Voucher] = change
	row.Payment = merged
	return row, true
}

// rest gives the rows of all payments that hang together with the changed ones,
// as they are recorded: what they pass on and what passes them on, what reverses
// them and what they reverse, however far. All of them are decided anew.
func (b *book) rest(changed []RecordPayment) (rest []RecordPayment) {
	var open []string
	for _, row := range changed {
		open = append(open, row.Payment.Voucher)
	}
	for len(open) > 0 {
		voucher := open[len(open)-1]
		open = open[:len(open)-1]
		if voucher == "" || b.lifted[voucher] != nil {
			continue
		}
		p := b.load(voucher)
		b.lifted[voucher] = p
		if _, laid := b.again[voucher]; !laid {
			rest = append(rest, RecordPayment{Row: unchanged, Payment: p.Made})
		}
		open = append(open, p.Made.Upstream, p.Made.Reverses, p.ReversedBy)
		for _, c := range p.Children {
			open = append(open, c.Voucher)
		}
	}
	return rest
}

// unchanged is the Row of a payment that is decided anew and that no row changes.
const unchanged = -1

// restate says what changed of a payment itself, and gives it the arrivals that
// it has.
func (b *book) restate(p, was *Payment) {
	b.touched = append(b.touched, p.Made.Voucher)
	switch change := b.again[p.Made.Voucher]; {
	case change == workflow.Amended:
		b.events = append(b.events, schemas.PaymentAmended{PaymentMade: p.Made, Correction: schemas.Correction{Reason: b.reason}})
	case change == workflow.Filled:
		b.events = append(b.events, schemas.PaymentSupplemented(p.Made))
	case p.Made != was.Made:
		b.events = append(b.events, schemas.PaymentInherited{Voucher: p.Made.Voucher, Origin: p.Made.Origin, InheritedPurpose: p.Made.InheritedPurpose})
	}
	p.Arrivals = slices.Clone(was.Arrivals)
	if row, changed := b.rows[p.Made.Voucher]; changed && !b.unsure[p.Made.Voucher] {
		b.refuseArrived(row, p)
	}
}

// refuseArrived refuses to make a payment one that its recorded arrivals could
// not stand on.
func (b *book) refuseArrived(row int, p *Payment) {
	for _, a := range p.Arrivals {
		on := a.Arrived.ConfirmedOn
		switch {
		case p.Made.Reverses != "":
			b.refusePayment(row, "reverses", p.Made.Reverses, "reversal_has_arrived", "date", on.String())
		case p.Made.Beneficiary == "":
			b.refusePayment(row, "community", "", "beneficiary_has_arrived", "date", on.String())
		case on < p.Made.PaidOn:
			b.refusePayment(row, "paid_on", p.Made.PaidOn.String(), "paid_after_arrival", "date", on.String())
		default:
			continue
		}
		return // the others say the same
	}
}

// differences says, of every payment that was decided anew, what changed in what
// others have to do with it.
func (b *book) differences() {
	for _, voucher := range slices.Sorted(maps.Keys(b.lifted)) {
		was, is := b.lifted[voucher], b.payments[voucher]
		b.differInChildren(was, is)
		switch {
		case is.ReversedBy == was.ReversedBy && is.ReversedOn == was.ReversedOn:
		case is.ReversedBy == "":
			b.events = append(b.events, schemas.PaymentReversalWithdrawn{Voucher: voucher, By: was.ReversedBy})
		default:
			b.events = append(b.events, schemas.PaymentReversed{Voucher: voucher, By: is.ReversedBy, ReversedOn: is.ReversedOn})
		}
		for _, a := range is.Arrivals[len(was.Arrivals):] {
			b.events = append(b.events, a.Arrived)
			if a.WithdrawnOn.Given() {
				b.events = append(b.events, schemas.PaymentArrivalWithdrawn{Voucher: voucher, Arrival: a.Arrived.Arrival, WithdrawnOn: a.WithdrawnOn})
			}
		}
	}
}

func (b *book) differInChildren(was, is *Payment) {
	voucher := is.Made.Voucher
	for _, c := range was.Children {
		if _, still := is.places[c.Voucher]; !still {
			b.events = append(b.events, schemas.PaymentPassingWithdrawn{Voucher: voucher, Child: c.Voucher})
		}
	}
	for _, c := range is.Children {
		at, known := was.places[c.Voucher]
		if !known {
			b.events = append(b.events, schemas.PaymentPassedOn{Voucher: voucher, Child: c.Voucher, Amount: c.Amount, PaidOn: c.PaidOn})
			if c.ReversedOn.Given() {
				b.events = append(b.events, schemas.PaymentReturned{Voucher: voucher, Child: c.Voucher, ReversedOn: c.ReversedOn})
			}
			continue
		}
		before := was.Children[at]
		if before == c {
			continue
		}
		returned := before
		returned.ReversedOn = c.ReversedOn
		if returned == c && !before.ReversedOn.Given() {
			b.events = append(b.events, schemas.PaymentReturned{Voucher: voucher, Child: c.Voucher, ReversedOn: c.ReversedOn})
			continue
		}
		b.events = append(b.events, schemas.PaymentPassingChanged{
			Voucher: voucher, Child: c.Voucher, Amount: c.Amount, PaidOn: c.PaidOn, ReversedOn: c.ReversedOn,
		})
	}
}
