package fund

import (
	"iter"
	"strings"

	"feisui/pkg/civil"
	"feisui/schemas"
)

// This file keeps facts out of closed months. It looks at what facts events make of what
// is recorded, and not at the kinds of events: whatever would change a fact of a closed
// month is found, by whatever door, also what only follows from a change elsewhere.

// Shut is a fact that a closed month does not take, or does not give up.
type Shut struct {
	Fact

	Closed schemas.PeriodClosed
}

// Shut gives the facts of closed months that events would add, change or take away, in
// the order of the events' streams. stream gives what is recorded in one.
func (p Periods) Shut(events []schemas.Event, stream func(name string) iter.Seq[schemas.Event]) (shut []Shut) {
	if len(p.closed) == 0 {
		return nil
	}
	before, after := NewMoney(), NewMoney()
	var touched []string
	seen := map[string]bool{}
	for _, e := range events {
		name := e.Stream()
		if category := schemas.Category(name); category != payments && category != commitments {
			continue
		}
		if !seen[name] {
			touched, seen[name] = append(touched, name), true
			for known := range stream(name) {
				before.Take(known)
				after.Take(known)
			}
		}
		after.Take(e)
	}
	for _, name := range touched {
		for _, f := range unlike(before.of(name), after.of(name)) {
			if is, closed := p.Closed(f.On); closed {
				shut = append(shut, Shut{f, is})
			}
		}
	}
	return shut
}

// of gives the facts of one stream.
func (m *Money) of(stream string) []Fact {
	category, no, _ := strings.Cut(stream, "/")
	if category == commitments {
		return m.commitments[no].facts()
	}
	if p := m.payments[no]; p != nil {
		return p.facts()
	}
	return nil
}

// unlike gives the facts that only one of two lists has, what comes before what goes.
func unlike(was, is []Fact) (all []Fact) {
	had, has := map[Fact]bool{}, map[Fact]bool{}
	for _, f := range was {
		had[f] = true
	}
	for _, f := range is {
		has[f] = true
		if !had[f] {
			all = append(all, f)
		}
	}
	for _, f := range was {
		if !has[f] {
			all = append(all, f)
		}
	}
	return all
}

// Closable reports that events are about facts of a month that may be closed while they
// are on their way to the journal: the month of a day is over with its last day, and the
// closing may come with the next. What says no day of its own may be of any.
func Closable(events []schemas.Event, on civil.Date) bool {
	for _, e := range events {
		day, dated, about := dayOf(e)
		if about && (!dated || day.MonthEnd() <= on) {
			return true
		}
	}
	return false
}

// dayOf is the day of a new fact that an event says; dated is false of what says
// something again, which may have been of another day. about is false of what is not
// about money.
func dayOf(e schemas.Event) (on civil.Date, dated, about bool) {
	switch e := e.(type) {
	case schemas.CommitmentMade:
		return e.MadeOn, true, true
	case schemas.PaymentMade:
		return e.PaidOn, true, true
	case schemas.PaymentPassedOn:
		return e.PaidOn, true, true
	case schemas.PaymentArrived:
		return e.ConfirmedOn, true, true
	case schemas.PaymentArrivalWithdrawn:
		return e.WithdrawnOn, true, true
	case schemas.PaymentReturned:
		return e.ReversedOn, true, true
	case schemas.PaymentReversed:
		return e.ReversedOn, true, true
	}
	category := schemas.Category(e.Type())
	return 0, false, category == payments || category == commitments
}
