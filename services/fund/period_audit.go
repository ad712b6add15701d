package fund

import (
	"fmt"
	"slices"

	"feisui/schemas"
)

// Audit looks at every closing of a county, from its entries alone: each has to say what
// the entries before it come to, and what it says has to stay so until the month is
// reopened.
type Audit struct {
	money    *Money
	periods  Periods
	closings int64
	wrong    []string
}

// NewAudit begins with a county of which nothing is recorded.
func NewAudit() *Audit { return &Audit{money: NewMoney()} }

// Take takes in the next event.
func (a *Audit) Take(e schemas.Event) {
	switch e := e.(type) {
	case schemas.PeriodClosed:
		a.closings++
		if is := Digest(e.Month, e.Departments); is != e.Digest {
			a.wrong = append(a.wrong, fmt.Sprintf("the closing %d of %s has the digest %.16s, and what it says has %.16s", e.Closing, e.Month, e.Digest, is))
		}
		a.compare(&e, "the entries before it")
		a.periods = a.periods.Evolve(e)
	case schemas.PeriodReopened:
		if is, closed := a.periods.Last(e.Month); closed {
			a.compare(&is, "the entries before it was reopened")
		}
		a.periods = a.periods.Evolve(e)
	default:
		a.money.Take(e)
	}
}

// End gives how many closings there were, and what is wrong with them.
func (a *Audit) End() (closings int64, wrong []string) {
	for _, month := range a.periods.Months() {
		if is, _ := a.periods.Last(month); !a.periods.Open(month) {
			a.compare(&is, "all entries")
		}
	}
	return a.closings, slices.Compact(a.wrong)
}

// compare notes the first thing by which a closing differs from what entries come to.
func (a *Audit) compare(is *schemas.PeriodClosed, what string) {
	differ := Differences(a.money.Totals(is.Month), is.Departments)
	if len(differ) == 0 {
		return
	}
	d := differ[0]
	a.wrong = append(a.wrong, fmt.Sprintf("the closing %d of %s says %s of %s: %d of %s yuan; by %s they are %d of %s yuan",
		is.Closing, is.Month, d.Kind, d.Department, d.Is.Count, d.Is.Sum.Yuan(), what, d.Was.Count, d.Was.Sum.Yuan()))
}
