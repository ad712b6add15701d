package fund

import (
	"iter"
	"maps"
	"slices"

	"feisui/pkg/civil"
	"feisui/pkg/workflow"
	"feisui/schemas"
)

// This file closes months of money (结账). Which facts a month has, and what they come
// to, says period_facts.go; docs/adr/0020 says why it is so.

// Month is the month of a day, as people write it: 2026-10.
func Month(on civil.Date) string {
	const digits = len("2026-10")
	return on.String()[:digits]
}

// firstOf is the first day of a month; false where the text names none.
func firstOf(month string) (civil.Date, bool) {
	first, err := civil.Parse(month + "-01")
	return first, err == nil
}

// monthAfter is the month that follows a month.
func monthAfter(month string) string {
	first, _ := firstOf(month)
	return Month(first.MonthEnd() + 1)
}

// firstMonths is from how many months before the day's a county chooses the first it closes.
const firstMonths = 12

// monthsBefore is the month so many months before a month.
func monthsBefore(month string, n int) string {
	for range n {
		first, _ := firstOf(month)
		month = Month(first - 1)
	}
	return month
}

// Periods are the months of a county that were ever closed.
type Periods struct {
	closed map[string]schemas.PeriodClosed // as they were closed last
	open   map[string]bool                 // of those, the reopened
}

// PeriodsOf folds the events of schemas.PeriodStream.
func PeriodsOf(events iter.Seq[schemas.Event]) (p Periods) {
	for e := range events {
		p = p.Evolve(e)
	}
	return p
}

// Evolve is the months after an event; an event that it does not know changes nothing.
func (p Periods) Evolve(e schemas.Event) Periods {
	switch e := e.(type) {
	case schemas.PeriodClosed:
		p.closed, p.open = maps.Clone(p.closed), maps.Clone(p.open)
		if p.closed == nil {
			p.closed = map[string]schemas.PeriodClosed{}
		}
		p.closed[e.Month] = e
		delete(p.open, e.Month)
	case schemas.PeriodReopened:
		p.open = maps.Clone(p.open)
		if p.open == nil {
			p.open = map[string]bool{}
		}
		p.open[e.Month] = true
	}
	return p
}

// Months lists the months that were ever closed, the first one first.
func (p Periods) Months() []string { return slices.Sorted(maps.Keys(p.closed)) }

// Last is how a month was closed last; false where it never was.
func (p Periods) Last(month string) (schemas.PeriodClosed, bool) {
	is, closed := p.closed[month]
	return is, closed
}

// Open reports that a month was closed and takes facts again.
func (p Periods) Open(month string) bool { return p.open[month] }

// Closed gives how the month of a day was closed; false where it takes facts.
func (p Periods) Closed(on civil.Date) (schemas.PeriodClosed, bool) {
	if len(p.closed) == 0 || !on.Given() {
		return schemas.PeriodClosed{}, false
	}
	month := Month(on)
	is, closed := p.closed[month]
	return is, closed && !p.open[month]
}

// Next is the month that is to be closed next as of a day: the earliest that was
// reopened, else the one after the last, else, where none ever was, the one before the
// day's. It may not be over yet.
func (p Periods) Next(on civil.Date) string {
	months := p.Months()
	for _, month := range months {
		if p.open[month] {
			return month
		}
	}
	if len(months) > 0 {
		return monthAfter(months[len(months)-1])
	}
	first, _ := firstOf(Month(on))
	return Month(first - 1)
}

// Over refuses a month that has a day to come: on is the county's day, which is not over.
func Over(month string, on civil.Date) error {
	first, is := firstOf(month)
	switch last := first.MonthEnd(); {
	case !is:
		return workflow.Refusals{workflow.Refuse(0, "no", month, "period_month")}
	case on <= last:
		return workflow.Refusals{workflow.Refuse(0, "no", month, "period_running", "last", last.String(), "day", on.String())}
	}
	return nil
}

// InOrder refuses a month whose turn it is not as of a day: the first that a county closes it
// chooses, of the twelve before the day's, since all that follow have to be closed as well;
// from then on the next one follows, and none while an earlier one is open.
func (p Periods) InOrder(month string, on civil.Date) error {
	months := p.Months()
	for _, earlier := range months {
		if earlier < month && p.open[earlier] {
			return workflow.Refusals{workflow.Refuse(0, "no", month, "period_earlier_open", "earlier", earlier)}
		}
	}
	if _, again := p.closed[month]; again {
		return nil
	}
	if len(months) == 0 {
		if earliest := monthsBefore(Month(on), firstMonths); month < earliest {
			return workflow.Refusals{workflow.Refuse(0, "no", month, "period_long_ago", "earliest", earliest)}
		}
		return nil
	}
	switch first, next := months[0], monthAfter(months[len(months)-1]); {
	case month < first:
		return workflow.Refusals{workflow.Refuse(0, "no", month, "period_before_first", "first", first)}
	case month != next:
		return workflow.Refusals{workflow.Refuse(0, "no", month, "period_earlier_open", "earlier", next)}
	}
	return nil
}

// ClosePeriod closes a month of which the facts are known.
type ClosePeriod struct {
	Month string
	Money *Money // all that is recorded
	On    civil.Date
}

// Decide gives the closing. It refuses a month that is not over, that is not the next,
// or that is closed.
func (c ClosePeriod) Decide(p Periods) ([]schemas.Event, error) {
	if err := Over(c.Month, c.On); err != nil {
		return nil, err
	}
	before, again := p.closed[c.Month]
	if again && !p.open[c.Month] {
		return nil, workflow.Refusals{workflow.Refuse(0, "no", c.Month, "period_closed_already", "on", before.ClosedOn.String())}
	}
	if err := p.InOrder(c.Month, c.On); err != nil {
		return nil, err
	}
	totals := c.Money.Totals(c.Month)
	return []schemas.Event{schemas.PeriodClosed{
		Month: c.Month, Closing: before.Closing + 1, Departments: totals, Digest: Digest(c.Month, totals), Before: before.Digest, ClosedOn: c.On,
	}}, nil
}

// ReopenPeriod has a closed month take facts again.
type ReopenPeriod struct {
	Month string
	On    civil.Date
}

// Decide gives the reopening. It refuses a month that is not closed.
func (c ReopenPeriod) Decide(p Periods) ([]schemas.Event, error) {
	is, closed := p.closed[c.Month]
	if !closed || p.open[c.Month] {
		return nil, workflow.Refusals{workflow.Refuse(0, "no", c.Month, "period_not_closed")}
	}
	return []schemas.Event{schemas.PeriodReopened{Month: c.Month, Closing: is.Closing, ReopenedOn: c.On}}, nil
}
