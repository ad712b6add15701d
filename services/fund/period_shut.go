package fund

import (
	"iter"
	"strings"

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
		if !OfMoney(e) {
			continue
		}
		name := e.Stream()
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

// OfMoney reports that an event is about money, and so about a month that may be closed.
func OfMoney(e schemas.Event) bool {
	category := schemas.Category(e.Stream())
	return category == payments || category == commitments
}
