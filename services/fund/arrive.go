package fund

import (
	"cmp"
	"iter"
	"slices"

	"feisui/pkg/workflow"
	"feisui/schemas"
)

// arrive takes up the arrivals that are not recorded yet. A payment's are
// numbered by their dates, so that the order of rows changes nothing.
func (b *book) arrive(rows []RecordArrival) {
	sorted := slices.SortedFunc(slices.Values(rows), func(a, b RecordArrival) int {
		return cmp.Or(cmp.Compare(a.Arrival.Voucher, b.Arrival.Voucher), cmp.Compare(a.Arrival.ConfirmedOn, b.Arrival.ConfirmedOn),
			cmp.Compare(a.Arrival.No, b.Arrival.No), cmp.Compare(a.Arrival.Amount, b.Arrival.Amount), cmp.Compare(a.WithdrawnOn, b.WithdrawnOn))
	})
	for ofOne := range byVoucher(sorted) {
		p := b.known(ofOne[0].Arrival.Voucher)
		if p == nil {
			continue // refused as an unknown voucher at the door
		}
		recorded := make(map[RecordArrival]bool, len(p.Arrivals))
		for _, a := range p.Arrivals {
			recorded[a.row()] = true
		}
		for _, row := range ofOne {
			alike := row
			if alike.Row = 0; !recorded[alike] {
				b.confirm(row, p)
			}
		}
	}
}

// row is a recorded arrival as the sheet has it.
func (a Arrival) row() RecordArrival {
	row := RecordArrival{Arrival: a.Arrived, WithdrawnOn: a.WithdrawnOn}
	row.Arrival.Arrival = 0
	return row
}

// confirm takes up one arrival of a payment.
func (b *book) confirm(row RecordArrival, p *Payment) {
	a := row.Arrival
	refuse := func(field, found, key string, args ...string) {
		b.refused.Arrivals = append(b.refused.Arrivals, workflow.Refuse(row.Row, field, found, key, args...))
	}
	b.refused.Arrivals = append(b.refused.Arrivals, workflow.NotBefore(row.Row, "withdrawn_on", row.WithdrawnOn, "confirmed_on", a.ConfirmedOn)...)
	switch {
	case p.Made.Reverses != "":
		refuse("voucher", a.Voucher, "arrival_on_reversal")
		return
	case p.Made.Beneficiary == "" && !b.unread[a.Voucher]:
		refuse("voucher", a.Voucher, "arrival_without_beneficiary")
		return
	case a.ConfirmedOn.Given() && a.ConfirmedOn < p.Made.PaidOn:
		refuse("confirmed_on", a.ConfirmedOn.String(), "arrival_early", "date", p.Made.PaidOn.String())
	}
	a.Arrival = len(p.Arrivals) + 1
	b.arrivalRows[arrivalKey{a.Voucher, a.Arrival}] = row.Row
	b.add(p, a)
	if row.WithdrawnOn.Given() {
		b.add(p, schemas.PaymentArrivalWithdrawn{Voucher: a.Voucher, Arrival: a.Arrival, WithdrawnOn: row.WithdrawnOn})
	}
}

// byVoucher gives the arrivals of one payment after those of another.
func byVoucher(sorted []RecordArrival) iter.Seq[[]RecordArrival] {
	return func(yield func([]RecordArrival) bool) {
		for len(sorted) > 0 {
			end := 1
			for end < len(sorted) && sorted[end].Arrival.Voucher == sorted[0].Arrival.Voucher {
				end++
			}
			if !yield(sorted[:end]) {
				return
			}
			sorted = sorted[end:]
		}
	}
}
