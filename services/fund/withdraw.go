package fund

import (
	"strconv"

	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/pkg/workflow"
	"feisui/schemas"
)

// WithdrawArrival takes a confirmation back that is recorded: from On on, it no
// longer stands. What it says of earlier days stays.
type WithdrawArrival struct {
	Voucher string
	Arrival int // 1 for the payment's first, and so on
	On      civil.Date
}

// Decide gives the event. It refuses an arrival that there is not, that was
// withdrawn before, and a day before that on which it was confirmed.
func (c WithdrawArrival) Decide(p *Payment) ([]schemas.Event, error) {
	number := strconv.Itoa(c.Arrival)
	if p == nil || c.Arrival < 1 || c.Arrival > len(p.Arrivals) {
		return nil, workflow.Refusals{workflow.Refuse(0, "arrival", number, "arrival_unknown")}
	}
	a := p.Arrivals[c.Arrival-1]
	if a.WithdrawnOn.Given() {
		return nil, workflow.Refusals{workflow.Refuse(0, "arrival", number, "arrival_withdrawn", "date", a.WithdrawnOn.String())}
	}
	if refused := workflow.NotBefore(0, "withdrawn_on", c.On, "confirmed_on", a.Arrived.ConfirmedOn); refused != nil {
		return nil, refused
	}
	return []schemas.Event{schemas.PaymentArrivalWithdrawn{Voucher: c.Voucher, Arrival: c.Arrival, WithdrawnOn: c.On}}, nil
}

// Standing gives what of a payment stands on a day: what its children passed on,
// and what is confirmed.
func (p *Payment) Standing(on civil.Date) (passed, confirmed money.Fen) {
	for _, c := range p.Children {
		if c.Span().On(on) {
			passed = passed.Plus(c.Amount)
		}
	}
	for _, a := range p.Arrivals {
		if a.Span().On(on) {
			confirmed = confirmed.Plus(a.Arrived.Amount)
		}
	}
	return passed, confirmed
}

// Reversed reports that a payment is undone by a day.
func (p *Payment) Reversed(on civil.Date) bool { return p.ReversedBy != "" && p.ReversedOn <= on }
