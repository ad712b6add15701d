package act

import (
	"errors"
	"slices"

	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/schemas"
	"feisui/services/fund"
	"feisui/services/process"
)

// This file has what the workflow of closing months (结账) names. Its rules are those of
// services/fund; an instance is a month, and its number is the month's: 2026-10.

// periodFlow is the workflow of closings.
const periodFlow = "period"

// monthShut is why a line of a statement waits that says all else: its month is closed.
const monthShut = "closed"

// shut reports that the month of a day is closed.
func (c *County) shut(on civil.Date) bool {
	_, closed := c.Flows.closings.Closed(on)
	return closed
}

// monthOver refuses a month that has a day to come. Where no month is said yet, it is
// asked what may be done, and nothing is refused.
func monthOver(l *look) error {
	if l.id() == "" {
		return nil
	}
	return fund.Over(l.id(), l.command.On)
}

func monthInTurn(l *look) error {
	if l.id() == "" {
		return nil
	}
	return l.county.Flows.closings.InOrder(l.id(), l.command.On)
}

// closeMonth says what the facts of the month come to. It is recorded only while nothing
// else is: else one of them might come in between.
func closeMonth(l *look) (events []schemas.Event, err error) {
	if l.in == nil && l.county.Flows.Instance(periodFlow, l.id()) != nil {
		return nil, nil // the number is taken, which is said with how it stands
	}
	l.county.wide = true
	tooMuch := money.Guard(func() {
		closing := fund.ClosePeriod{Month: l.id(), Money: fund.MoneyOf(l.county.Events), On: l.command.On}
		events, err = closing.Decide(l.county.Flows.closings)
	})
	return events, errors.Join(err, tooMuch)
}

func reopenMonth(l *look) ([]schemas.Event, error) {
	return fund.ReopenPeriod{Month: l.id(), On: l.command.On}.Decide(l.county.Flows.closings)
}

// Month is a month of money as it was closed last.
type Month struct {
	schemas.PeriodClosed

	Open    bool              // it was reopened, and takes facts
	State   string            // of its instance
	Title   process.Text      // what that is called
	Changes []fund.Difference // against the closing before
}

// Months are a county's.
type Months struct {
	Closed []Month // those that were ever closed, the last first

	// Next is the month whose turn it is, and what its facts come to now; Over says that
	// it has no day to come.
	Next   string
	Over   bool
	Totals []schemas.PeriodTotals
}

// Months says which months were closed, and which is next.
func (c *County) Months() (m Months, err error) {
	of := map[string][]schemas.PeriodClosed{}
	for e := range c.Past.Stream(schemas.PeriodStream) {
		if is, closing := e.(schemas.PeriodClosed); closing {
			of[is.Month] = append(of[is.Month], is)
		}
	}
	for _, month := range slices.Backward(c.Flows.closings.Months()) {
		all := of[month]
		one := Month{PeriodClosed: all[len(all)-1], Open: c.Flows.closings.Open(month)}
		if len(all) > 1 {
			one.Changes = fund.Differences(all[len(all)-2].Departments, one.Departments)
		}
		if in := c.Flows.Instance(periodFlow, month); in != nil {
			one.State = in.State
			if by := c.Flows.definition(in); by != nil {
				one.Title = by.States[in.State].Title
			}
		}
		m.Closed = append(m.Closed, one)
	}
	if !c.Flows.day.Given() {
		return m, ErrNoDay
	}
	m.Next = c.Flows.closings.Next(c.Flows.day)
	m.Over = fund.Over(m.Next, c.Flows.day) == nil
	return m, money.Guard(func() { m.Totals = fund.MoneyOf(c.Events).Totals(m.Next) })
}
