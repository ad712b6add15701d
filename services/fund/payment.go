package fund

import (
	"maps"
	"slices"

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

	places map[string]int // of the children, by voucher
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
	case schemas.PaymentSupplemented:
		p.Made = schemas.PaymentMade(e)
	case schemas.PaymentAmended:
		p.Made = e.PaymentMade
	case schemas.PaymentInherited:
		p.Made.Origin, p.Made.InheritedPurpose = e.Origin, e.InheritedPurpose
	case schemas.PaymentPassedOn:
		if p.places == nil {
			p.places = map[string]int{}
		}
		p.places[e.Child] = len(p.Children)
		p.Children = append(p.Children, Child{Voucher: e.Child, Amount: e.Amount, PaidOn: e.PaidOn})
	case schemas.PaymentReturned:
		if i, ok := p.places[e.Child]; ok {
			p.Children[i].ReversedOn = e.ReversedOn
		}
	case schemas.PaymentPassingChanged:
		if i, ok := p.places[e.Child]; ok {
			p.Children[i] = Child{Voucher: e.Child, Amount: e.Amount, PaidOn: e.PaidOn, ReversedOn: e.ReversedOn}
		}
	case schemas.PaymentPassingWithdrawn:
		p.withdraw(e.Child)
	case schemas.PaymentReversed:
		p.ReversedBy, p.ReversedOn = e.By, e.ReversedOn
	case schemas.PaymentReversalWithdrawn:
		p.ReversedBy, p.ReversedOn = "", 0
	case schemas.PaymentArrived:
		p.Arrivals = append(p.Arrivals, Arrival{Arrived: e})
	case schemas.PaymentArrivalWithdrawn:
		if i := e.Arrival - 1; 0 <= i && i < len(p.Arrivals) { // numbered 1, 2, 3 … in this order
			p.Arrivals[i].WithdrawnOn = e.WithdrawnOn
		}
	}
}

// withdraw forgets a child.
func (p *Payment) withdraw(child string) {
	p.Children = slices.DeleteFunc(p.Children, func(c Child) bool { return c.Voucher == child })
	clear(p.places)
	for i, c := range p.Children {
		p.places[c.Voucher] = i
	}
}

func (p *Payment) clone() *Payment {
	c := *p
	c.Children, c.Arrivals, c.places = slices.Clone(p.Children), slices.Clone(p.Arrivals), maps.Clone(p.places)
	return &c
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

// On reports whether d lies in the span.
func (s Span) On(d civil.Date) bool {
	return s.From <= d && (!s.Undone.Given() || s.Undone > d)
}

// Span is when the child is in force.
func (c Child) Span() Span { return Span{c.PaidOn, c.ReversedOn} }

// Span is when the arrival stands.
func (a Arrival) Span() Span { return Span{a.Arrived.ConfirmedOn, a.WithdrawnOn} }
