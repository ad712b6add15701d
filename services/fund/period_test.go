package fund_test

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"
	"testing/quick"
	"time"

	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/pkg/workflow"
	"feisui/schemas"
	"feisui/services/fund"
)

func on(month time.Month, day int) civil.Date { return civil.Of(2026, month, day) }

// inOctober is some money: two hops, an arrival that was withdrawn in November, a
// reversal, a promise, and a payment of September.
func inOctober() []schemas.Event {
	return []schemas.Event{
		schemas.CommitmentMade{No: "CN1", Kind: "pledge", Department: "D01", Community: "990101001001", Amount: 50000, MadeOn: on(10, 1)},
		schemas.PaymentMade{Voucher: "PZ0", PaidOn: on(9, 30), Payer: "D01", Payee: "990101001", Amount: 7, Origin: "D01", InheritedPurpose: "department"},
		schemas.PaymentMade{Voucher: "PZ1", PaidOn: on(10, 9), Payer: "D01", Payee: "990101001", Amount: 30000, Origin: "D01", InheritedPurpose: "department"},
		schemas.PaymentPassedOn{Voucher: "PZ1", Child: "PZ2", Amount: 10000, PaidOn: on(10, 12)},
		schemas.PaymentMade{
			Voucher: "PZ2", PaidOn: on(10, 12), Payer: "990101001", Payee: "990101001001", Amount: 10000, Upstream: "PZ1",
			Beneficiary: "990101001001", Origin: "D01", InheritedPurpose: "department",
		},
		schemas.PaymentArrived{Voucher: "PZ2", Arrival: 1, ConfirmedOn: on(10, 14), Amount: 10000},
		schemas.PaymentArrivalWithdrawn{Voucher: "PZ2", Arrival: 1, WithdrawnOn: on(11, 2)},
		schemas.PaymentMade{Voucher: "PZ3", PaidOn: on(10, 20), Payer: "D02", Payee: "990101001001", Amount: 99, Origin: "D02", InheritedPurpose: "department"},
		schemas.PaymentMade{Voucher: "PZ4", PaidOn: on(10, 31), Payer: "990101001001", Payee: "D02", Amount: 99, Reverses: "PZ3", Origin: "990101001001", InheritedPurpose: "department"},
		schemas.PaymentReversed{Voucher: "PZ3", By: "PZ4", ReversedOn: on(10, 31)},
	}
}

// streamsOf gives events by their streams, as what is recorded.
func streamsOf(events []schemas.Event) func(string) iter.Seq[schemas.Event] {
	return func(name string) iter.Seq[schemas.Event] {
		return func(yield func(schemas.Event) bool) {
			for _, e := range events {
				if e.Stream() == name && !yield(e) {
					return
				}
			}
		}
	}
}

func closed(t *testing.T, p fund.Periods, month string, day civil.Date, events []schemas.Event) (fund.Periods, schemas.PeriodClosed) {
	t.Helper()
	said, err := fund.ClosePeriod{Month: month, Money: fund.MoneyOf(slices.Values(events)), On: day}.Decide(p)
	if err != nil {
		t.Fatal(err)
	}
	return p.Evolve(said[0]), said[0].(schemas.PeriodClosed)
}

func TestAClosingSaysWhatItsMonthComesTo(t *testing.T) {
	t.Parallel()
	_, is := closed(t, fund.Periods{}, "2026-10", on(11, 3), inOctober())
	want := []schemas.PeriodTotals{
		{
			Department: "D01", Commitments: schemas.PeriodTotal{Count: 1, Sum: 50000}, Paid: schemas.PeriodTotal{Count: 1, Sum: 30000},
			PassedOn: schemas.PeriodTotal{Count: 1, Sum: 10000}, Arrived: schemas.PeriodTotal{Count: 1, Sum: 10000},
		},
		{Department: "D02", Paid: schemas.PeriodTotal{Count: 1, Sum: 99}, Reversed: schemas.PeriodTotal{Count: 1, Sum: 99}},
	}
	if !slices.Equal(is.Departments, want) || is.Closing != 1 || is.ClosedOn != on(11, 3) {
		t.Errorf("%+v", is)
	}
	// Worked out by sha256sum of the text that Digest describes, which is for ever.
	if is.Digest != "aa6731b25007a76872f477815e832eba5f17ff5a357edd1548ca797b2c4980cd" {
		t.Error(is.Digest)
	}
}

// TestTheOrderOfFactsChangesNoDigest: what a month comes to is a sum.
func TestTheOrderOfFactsChangesNoDigest(t *testing.T) {
	t.Parallel()
	want := fund.MoneyOf(slices.Values(inOctober())).Totals("2026-10")
	turned := append(slices.Clone(inOctober()[7:]), inOctober()[:7]...)
	if got := fund.MoneyOf(slices.Values(turned)).Totals("2026-10"); !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
}

func TestMonthsCloseInOrder(t *testing.T) {
	t.Parallel()
	one, _ := closed(t, fund.Periods{}, "2026-09", on(12, 1), nil)
	two, _ := closed(t, one, "2026-10", on(12, 1), nil)
	reopened := two.Evolve(schemas.PeriodReopened{Month: "2026-09", Closing: 1, ReopenedOn: on(12, 1)})
	for name, c := range map[string]struct {
		periods fund.Periods
		month   string
		on      civil.Date
		refused string // "": it is closed
	}{
		"the first may be any":               {fund.Periods{}, "2026-03", on(12, 1), ""},
		"of a year":                          {fund.Periods{}, "2025-12", on(12, 1), ""},
		"a slip of the hand":                 {fund.Periods{}, "2016-11", on(12, 1), "period_long_ago"},
		"its last day":                       {fund.Periods{}, "2026-11", on(11, 30), "period_running"},
		"the day after":                      {fund.Periods{}, "2026-11", on(12, 1), ""},
		"no month":                           {fund.Periods{}, "2026-13", on(12, 1), "period_month"},
		"the next":                           {two, "2026-11", on(12, 1), ""},
		"one is left out":                    {one, "2026-11", on(12, 1), "period_earlier_open"},
		"before the first":                   {two, "2026-08", on(12, 1), "period_before_first"},
		"twice":                              {two, "2026-10", on(12, 1), "period_closed_already"},
		"the next while one before was open": {reopened, "2026-11", on(12, 1), "period_earlier_open"},
		"the reopened":                       {reopened, "2026-09", on(12, 1), ""},
		"the last, while one before is open": {reopened, "2026-10", on(12, 1), "period_closed_already"},
	} {
		_, err := fund.ClosePeriod{Month: c.month, Money: fund.NewMoney(), On: c.on}.Decide(c.periods)
		var refused workflow.Refusals
		if errors.As(err, &refused); (err == nil) != (c.refused == "") || err != nil && (len(refused) != 1 || refused[0].Expect.Key != c.refused) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && !workflow.Messages.Has(c.refused) {
			t.Errorf("%s: there is no sentence", name)
		}
	}
	if got := [3]string{fund.Periods{}.Next(on(12, 1)), two.Next(on(12, 1)), reopened.Next(on(12, 1))}; got != [3]string{"2026-11", "2026-11", "2026-09"} {
		t.Error(got)
	}
	if _, err := (fund.ReopenPeriod{Month: "2026-11", On: on(12, 1)}).Decide(two); err == nil {
		t.Error("a month that was never closed is reopened")
	}
	before, _ := one.Last("2026-09")
	if _, is := closed(t, reopened, "2026-09", on(12, 2), inOctober()); is.Closing != 2 || is.Before != before.Digest || is.Digest == before.Digest {
		t.Errorf("%+v", is)
	}
}

// TestAClosedMonthKeepsItsFacts: whatever adds one, changes one or takes one away is
// found, also by what an event of another month makes of it.
func TestAClosedMonthKeepsItsFacts(t *testing.T) {
	t.Parallel()
	past := inOctober()
	periods, _ := closed(t, fund.Periods{}, "2026-10", on(11, 3), past)
	made := func(no string) (is schemas.PaymentMade) {
		for _, e := range past {
			if p, paid := e.(schemas.PaymentMade); paid && p.Voucher == no {
				is = p
			}
		}
		return is
	}
	with := func(no string, change func(*schemas.PaymentMade)) schemas.Event {
		is := made(no)
		change(&is)
		return schemas.PaymentAmended{PaymentMade: is}
	}
	promise := past[0].(schemas.CommitmentMade)
	raised, released := promise, promise
	raised.Amount++
	released.Kind, released.By = "quota", on(12, 31)
	for name, c := range map[string]struct {
		event schemas.Event
		shut  bool
	}{
		"a payment of the month":           {schemas.PaymentMade{Voucher: "PZ9", PaidOn: on(10, 31), Amount: 1, Origin: "D01"}, true},
		"one of the day after":             {schemas.PaymentMade{Voucher: "PZ9", PaidOn: on(11, 1), Amount: 1, Origin: "D01"}, false},
		"one of a month before":            {schemas.PaymentMade{Voucher: "PZ9", PaidOn: on(9, 30), Amount: 1, Origin: "D01"}, false},
		"an arrival of the month":          {schemas.PaymentArrived{Voucher: "PZ1", Arrival: 1, ConfirmedOn: on(10, 30), Amount: 1}, true},
		"an arrival of its payment, later": {schemas.PaymentArrived{Voucher: "PZ1", Arrival: 1, ConfirmedOn: on(11, 9), Amount: 1}, false},
		"a withdrawal in the month":        {schemas.PaymentArrivalWithdrawn{Voucher: "PZ2", Arrival: 1, WithdrawnOn: on(10, 15)}, true},
		"a reversal in the month":          {schemas.PaymentReversed{Voucher: "PZ1", By: "PZ9", ReversedOn: on(10, 31)}, true},
		"a reversal of one of it, later":   {schemas.PaymentReversed{Voucher: "PZ1", By: "PZ9", ReversedOn: on(11, 9)}, false},
		"a reversal that never was":        {schemas.PaymentReversalWithdrawn{Voucher: "PZ3", By: "PZ4"}, true},
		"another amount":                   {with("PZ1", func(p *schemas.PaymentMade) { p.Amount++ }), true},
		"another purpose":                  {with("PZ1", func(p *schemas.PaymentMade) { p.Purpose, p.InheritedPurpose = "general", "general" }), true},
		"moved into it":                    {with("PZ0", func(p *schemas.PaymentMade) { p.PaidOn = on(10, 2) }), true},
		"moved out of it":                  {with("PZ1", func(p *schemas.PaymentMade) { p.PaidOn = on(11, 2) }), true},
		"amended before it":                {with("PZ0", func(p *schemas.PaymentMade) { p.Amount++ }), false},
		"another origin, by what is above": {schemas.PaymentInherited{Voucher: "PZ2", Origin: "D02", InheritedPurpose: "department"}, true},
		"passed on, later":                 {schemas.PaymentPassedOn{Voucher: "PZ1", Child: "PZ9", Amount: 1, PaidOn: on(11, 9)}, false},
		"a promise of the month":           {schemas.CommitmentMade{No: "CN9", Department: "D01", Amount: 1, MadeOn: on(10, 2)}, true},
		"a promise that is raised":         {schemas.CommitmentAmended{CommitmentMade: raised}, true},
		"a promise that becomes a quota":   {schemas.CommitmentAmended{CommitmentMade: released}, false},
		"what is not money":                {schemas.TaskRecalled{No: "JB", RecalledOn: on(10, 2)}, false},
	} {
		got := periods.Shut([]schemas.Event{c.event}, streamsOf(past))
		if (len(got) > 0) != c.shut {
			t.Errorf("%s: %+v", name, got)
		}
		if open := (fund.Periods{}).Shut([]schemas.Event{c.event}, streamsOf(past)); open != nil {
			t.Errorf("%s: nothing is closed, and yet %+v", name, open)
		}
		reopened := periods.Evolve(schemas.PeriodReopened{Month: "2026-10"})
		if open := reopened.Shut([]schemas.Event{c.event}, streamsOf(past)); open != nil {
			t.Errorf("%s: it was reopened, and yet %+v", name, open)
		}
		if c.shut && !fund.OfMoney(c.event) {
			t.Errorf("%s: it may pass the closing on its way", name)
		}
	}
}

// TestWhatIsNotShutChangesNoTotal is the other way round, of drawn amendments and facts:
// what is let through leaves the totals of the closed month as they are. The control is
// that some that are refused would have changed them.
func TestWhatIsNotShutChangesNoTotal(t *testing.T) {
	t.Parallel()
	past := inOctober()
	periods, is := closed(t, fund.Periods{}, "2026-10", on(11, 3), past)
	changed, through := 0, 0
	look := func(voucher, day uint8, amount uint16, kind uint8) bool {
		no := fmt.Sprintf("PZ%d", voucher%6)
		when := on(9, 25).AddDays(int(day) % 50)
		var e schemas.Event
		switch kind % 5 {
		case 0:
			e = schemas.PaymentMade{Voucher: no + "x", PaidOn: when, Amount: money.Fen(amount), Origin: "D01"}
		case 1:
			e = schemas.PaymentAmended{PaymentMade: schemas.PaymentMade{Voucher: no, PaidOn: when, Amount: money.Fen(amount), Origin: "D01"}}
		case 2:
			e = schemas.PaymentArrived{Voucher: no, Arrival: 2, ConfirmedOn: when, Amount: money.Fen(amount)}
		case 3:
			e = schemas.PaymentReversed{Voucher: no, By: "PZx", ReversedOn: when}
		default:
			e = schemas.PaymentInherited{Voucher: no, Origin: fmt.Sprint("D0", amount%3), InheritedPurpose: "department"}
		}
		shut := len(periods.Shut([]schemas.Event{e}, streamsOf(past))) > 0
		same := slices.Equal(fund.MoneyOf(slices.Values(append(slices.Clone(past), e))).Totals("2026-10"), is.Departments)
		switch {
		case !shut:
			through++
		case !same:
			changed++
		}
		return shut || same
	}
	if err := quick.Check(look, &quick.Config{MaxCount: 5_000}); err != nil {
		t.Error(err)
	}
	if changed == 0 || through == 0 {
		t.Errorf("%d were refused that would have changed it, %d let through", changed, through)
	}
}

// TestAnAuditFindsAFen: a closing that says a fen more than its entries, one whose digest
// is another's, and a fact that came after. The control is what was closed as it is.
func TestAnAuditFindsAFen(t *testing.T) {
	t.Parallel()
	_, is := closed(t, fund.Periods{}, "2026-10", on(11, 3), inOctober())
	late := schemas.PaymentMade{Voucher: "PZ9", PaidOn: on(10, 30), Amount: 1, Origin: "D01"}
	more := is
	more.Departments = slices.Clone(is.Departments)
	more.Departments[0].Paid.Sum++
	undigested := more
	more.Digest = fund.Digest(more.Month, more.Departments)
	_, again := closed(t, fund.Periods{}.Evolve(is).Evolve(schemas.PeriodReopened{Month: "2026-10"}), "2026-10", on(11, 9), append(inOctober(), late))
	for name, c := range map[string]struct {
		after []schemas.Event
		wrong int
	}{
		"as it is":                        {[]schemas.Event{is}, 0},
		"a fen more":                      {[]schemas.Event{more}, 2}, // as it was closed, and as all entries have it
		"and the digest of before":        {[]schemas.Event{undigested}, 3},
		"a fact that came after":          {[]schemas.Event{is, late}, 1},
		"and before it was reopened":      {[]schemas.Event{is, late, schemas.PeriodReopened{Month: "2026-10"}}, 1},
		"a fact after it was reopened":    {[]schemas.Event{is, schemas.PeriodReopened{Month: "2026-10"}, late}, 0},
		"and closed again":                {[]schemas.Event{is, schemas.PeriodReopened{Month: "2026-10"}, late, again}, 0},
		"closed again with what was then": {[]schemas.Event{is, schemas.PeriodReopened{Month: "2026-10"}, late, is}, 2},
	} {
		audit := fund.NewAudit()
		for _, e := range append(inOctober(), c.after...) {
			audit.Take(e)
		}
		if _, wrong := audit.End(); len(wrong) != c.wrong {
			t.Errorf("%s: %q", name, wrong)
		}
	}
	differ := fund.Differences(is.Departments, again.Departments)
	if want := []fund.Difference{{Department: "D01", Kind: fund.Paid, Was: schemas.PeriodTotal{Count: 1, Sum: 30000}, Is: schemas.PeriodTotal{Count: 2, Sum: 30001}}}; !slices.Equal(differ, want) {
		t.Errorf("%+v", differ)
	}
}
