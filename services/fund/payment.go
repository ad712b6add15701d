package fund

import (
	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/schemas"
)

// Payment is what deciding about money needs to know of one payment.
type Payment struct {
	Made       schemas.PaymentMade
	ReversedBy string
	ReversedOn civil.Date
	Children   []Child
	Arrivals   []Arrival
}

// Child is a payment that passes this one on.
type Child struct {
	Voucher            string
	Amount             money.Fen
	PaidOn, ReversedOn civil.Date
}

// Arrival is a confirmation that money of this payment reached the community.
type Arrival struct {
	Arrived     schemas.PaymentArrived
	WithdrawnOn civil.Date
}

// Evolve changes the payment as an event of its stream says; an event that it
// does not know changes nothing.
func (p *Payment) Evolve(e schemas.Event) {
	switch e := e.(type) {
	case schemas.PaymentMade:
		p.Made = e
	case schemas.PaymentPassedOn:
		p.Children = append(p.Children, Child{Voucher: e.Child, Amount: e.Amount, PaidOn: e.PaidOn})
	case schemas.PaymentReturned:
		for i := range p.Children {
			if p.Children[i].Voucher == e.Child {
				p.Children[i].ReversedOn = e.ReversedOn
			}
		}
	case schemas.PaymentReversed:
		p.ReversedBy, p.ReversedOn = e.By, e.ReversedOn
	case schemas.PaymentArrived:
		p.Arrivals = append(p.Arrivals, Arrival{Arrived: e})
	case schemas.PaymentArrivalWithdrawn:
		for i := range p.Arrivals {
			if p.Arrivals[i].Arrived.Arrival == e.Arrival {
				p.Arrivals[i].WithdrawnOn = e.WithdrawnOn
			}
		}
	}
}

// Span is the time in which something is there: from a day on, to before the day
// on which it was undone, if it was.
type Span struct{ From, Undone civil.Date }

// Empty reports whether there is no such day.
func (s Span) Empty() bool { return s.Undone.Given() && s.Undone <= s.From }

// OnOrAfter reports whether the span has a day that is d or later.
func (s Span) OnOrAfter(d civil.Date) bool {
	return !s.Empty() && (!s.Undone.Given() || s.Undone > d)
}

// Span is when the child is in force.
func (c Child) Span() Span { return Span{c.PaidOn, c.ReversedOn} }

// Span is when the arrival stands.
func (a Arrival) Span() Span { return Span{a.Arrived.ConfirmedOn, a.WithdrawnOn} }
