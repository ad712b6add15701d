package fund_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/pkg/workflow"
	"feisui/schemas"
	"feisui/services/fund"
)

// What the rows are about: a department's payment to a street for a community.
const (
	dept, street, place = "D1", "990101001", "990101001001"
)

func day(d int) civil.Date { return civil.Of(2025, 3, d) }

func paid(voucher string, on int, amount money.Fen) schemas.PaymentMade {
	return schemas.PaymentMade{Voucher: voucher, PaidOn: day(on), Payer: dept, Payee: street, Community: place, Beneficiary: place, Amount: amount}
}

func child(voucher string, on int, amount money.Fen, upstream string) schemas.PaymentMade {
	return schemas.PaymentMade{Voucher: voucher, PaidOn: day(on), Payer: street, Payee: place, Beneficiary: place, Amount: amount, Upstream: upstream}
}

func reversal(voucher string, on int, of schemas.PaymentMade) schemas.PaymentMade {
	return schemas.PaymentMade{Voucher: voucher, PaidOn: day(on), Payer: of.Payee, Payee: of.Payer, Amount: of.Amount, Reverses: of.Voucher}
}

func arrived(voucher string, on int, amount money.Fen) fund.RecordArrival {
	return fund.RecordArrival{Arrival: schemas.PaymentArrived{Voucher: voucher, ConfirmedOn: day(on), Amount: amount}}
}

func withdrawn(a fund.RecordArrival, on int) fund.RecordArrival {
	a.WithdrawnOn = day(on)
	return a
}

// rows makes a command of payments and arrivals, numbered as they stand here.
func rows(list ...any) (c fund.Record) {
	for _, row := range list {
		switch row := row.(type) {
		case schemas.PaymentMade:
			c.Payments = append(c.Payments, fund.RecordPayment{Row: len(c.Payments), Payment: row})
		case fund.RecordArrival:
			row.Row = len(c.Arrivals)
			c.Arrivals = append(c.Arrivals, row)
		}
	}
	return c
}

// county is what was recorded, by voucher.
type county map[string]*fund.Payment

func (c county) record(t *testing.T, events []schemas.Event) {
	t.Helper()
	for _, e := range events {
		voucher := strings.TrimPrefix(e.Stream(), "payment/")
		if c[voucher] == nil {
			c[voucher] = &fund.Payment{}
		}
		c[voucher].Evolve(e)
	}
}

// decided writes what came of a command: events as "type voucher", refusals as
// "payment or arrival row.field: key".
func decided(events []schemas.Event, err error) (said []string) {
	for _, e := range events {
		said = append(said, e.Type()+" "+strings.TrimPrefix(e.Stream(), "payment/"))
	}
	var refused fund.Refused
	if !errors.As(err, &refused) {
		return said
	}
	for _, r := range refused.Payments {
		said = append(said, "payment "+string(rune('0'+r.Row))+"."+r.Field+": "+r.Expect.Key)
	}
	for _, r := range refused.Arrivals {
		said = append(said, "arrival "+string(rune('0'+r.Row))+"."+r.Field+": "+r.Expect.Key)
	}
	return said
}

type list = []string

func TestRecord(t *testing.T) {
	t.Parallel()
	p, k, l := paid("P", 3, 100), child("K", 4, 60, "P"), child("L", 5, 60, "P")
	const huge = money.Fen(math.MaxInt64 / 2)
	for name, c := range map[string]struct {
		given, when fund.Record
		then        list
	}{
		"nothing":                                                {},
		"a payment":                                              {when: rows(p), then: list{"payment.made P"}},
		"the same again":                                         {given: rows(p), when: rows(p)},
		"another under its voucher":                              {given: rows(p), when: rows(paid("P", 3, 99)), then: list{"payment 0.amount: contradiction"}},
		"more of it than is recorded":                            {given: rows(paid("P", 3, 100)), when: rows(schemas.PaymentMade{Voucher: "P", PaidOn: day(3), Payer: dept, Payee: street, Community: place, Purpose: "general", Amount: 100}), then: list{"payment.supplemented P"}},
		"less of it than is recorded":                            {given: rows(p), when: rows(schemas.PaymentMade{Voucher: "P", PaidOn: day(3), Payer: dept, Payee: street, Amount: 100})},
		"a child above its parent":                               {when: rows(k, p), then: list{"payment.made P", "payment.passed_on P", "payment.made K"}},
		"a child of what is recorded":                            {given: rows(p), when: rows(k), then: list{"payment.passed_on P", "payment.made K"}},
		"children of too much":                                   {when: rows(p, k, l), then: list{"payment 0.amount: passed_on_too_much"}},
		"a child of too much of what is recorded":                {given: rows(p, k), when: rows(l), then: list{"payment 0.amount: passes_on_too_much"}},
		"a child and what it makes room for":                     {given: rows(p, k), when: rows(l, reversal("R", 5, k)), then: list{"payment.made R", "payment.passed_on P", "payment.made L", "payment.reversed K", "payment.returned P"}},
		"a circle":                                               {when: rows(child("K", 4, 60, "L"), child("L", 5, 60, "K")), then: list{"payment 0.upstream: circle"}},
		"sums past 64 bits":                                      {when: rows(paid("P", 3, 100), child("K", 4, huge, "P"), child("L", 4, huge, "P"), child("M", 4, huge, "P")), then: list{"payment 0.amount: passed_on_too_much"}},
		"arrivals past 64 bits":                                  {when: rows(child("P", 3, 100, ""), arrived("P", 4, huge), arrived("P", 5, huge), arrived("P", 4, huge+1)), then: list{"payment 0.amount: arrived_too_much"}},
		"an arrival":                                             {given: rows(p), when: rows(arrived("P", 4, 100)), then: list{"payment.arrived P"}},
		"an arrival that was withdrawn":                          {given: rows(p), when: rows(withdrawn(arrived("P", 4, 100), 5)), then: list{"payment.arrived P", "payment.arrival_withdrawn P"}},
		"the same arrival again":                                 {given: rows(p, withdrawn(arrived("P", 4, 100), 5)), when: rows(withdrawn(arrived("P", 4, 100), 5))},
		"an arrival alike but withdrawn":                         {given: rows(p, arrived("P", 4, 40)), when: rows(withdrawn(arrived("P", 4, 40), 5)), then: list{"payment.arrived P", "payment.arrival_withdrawn P"}},
		"an arrival of too much of what is recorded":             {given: rows(p, arrived("P", 4, 100)), when: rows(arrived("P", 5, 1)), then: list{"arrival 0.amount: arrives_too_much"}},
		"a child of what has arrived":                            {given: rows(p, arrived("P", 4, 40)), when: rows(k), then: list{"payment 0.upstream: passed_on_arrived"}},
		"a child of what has arrived, and one that was returned": {given: rows(p, arrived("P", 5, 40)), when: rows(k, child("L", 4, 30, "P"), reversal("R", 5, child("L", 4, 30, "P"))), then: list{"payment 0.upstream: passed_on_arrived"}},
		"an arrival of what is passed on":                        {given: rows(p, k), when: rows(arrived("P", 4, 40)), then: list{"arrival 0.voucher: arrival_passed_on"}},
		"an arrival of what is not known":                        {when: rows(arrived("P", 4, 40))},
		"a reversal of what is not known":                        {when: rows(reversal("R", 4, p)), then: list{"payment.made R"}},
		"a reversal":                                             {given: rows(p), when: rows(reversal("R", 3, p)), then: list{"payment.made R", "payment.reversed P"}},
		"a reversal of a child":                                  {given: rows(p, k), when: rows(reversal("R", 4, k)), then: list{"payment.made R", "payment.reversed K", "payment.returned P"}},
		"a reversal again":                                       {given: rows(p, reversal("R", 4, p)), when: rows(reversal("R", 4, p))},
		"a second reversal":                                      {given: rows(p, reversal("R", 4, p)), when: rows(reversal("S", 5, p)), then: list{"payment 0.reverses: reversed_before"}},
		"a reversal before the payment":                          {when: rows(p, reversal("R", 2, p)), then: list{"payment 1.paid_on: reversal_early"}},
		"a reversal of what is passed on":                        {given: rows(p, k), when: rows(reversal("R", 9, p)), then: list{"payment 0.reverses: reversed_passed_on"}},
		"a reversal of both at once":                             {given: rows(p, k), when: rows(reversal("R", 9, p), reversal("S", 9, k)), then: list{"payment.made R", "payment.made S", "payment.reversed P", "payment.reversed K", "payment.returned P"}},
		"a reversal of what has arrived":                         {given: rows(p, arrived("P", 4, 1)), when: rows(reversal("R", 9, p)), then: list{"payment 0.reverses: reversed_arrived"}},
		"an arrival after the reversal":                          {given: rows(p, reversal("R", 4, p)), when: rows(arrived("P", 5, 1)), then: list{"arrival 0.voucher: reversed_before"}},
		"a child after the reversal":                             {given: rows(p, reversal("R", 4, p)), when: rows(l), then: list{"payment 0.upstream: reversed_before"}},
		"a row that is missing":                                  {when: fund.Record{Payments: rows(p, k, l).Payments, Unsure: list{"L"}}, then: list{"payment.made P", "payment.passed_on P", "payment.made K", "payment.passed_on P", "payment.made L"}},
		"a row that is not read":                                 {when: fund.Record{Payments: []fund.RecordPayment{{Row: 0, Payment: p}, {Row: 1, Payment: schemas.PaymentMade{Voucher: "K", Upstream: "P"}, Unread: true}}}, then: list{"payment.made P", "payment.passed_on P", "payment.made K"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			known := county{}
			given, err := c.given.Decide(func(string) *fund.Payment { return nil })
			if err != nil {
				t.Fatalf("given: %v", err)
			}
			known.record(t, given)
			got := decided(c.when.Decide(func(voucher string) *fund.Payment { return known[voucher] }))
			slices.Sort(got)
			slices.Sort(c.then)
			if !slices.Equal(got, c.then) {
				t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(c.then, "\n\t"))
			}
		})
	}
}

// A payment says who paid first and what for, down its chain.
func TestAPaymentKnowsItsChain(t *testing.T) {
	t.Parallel()
	a, b, c, d := paid("A", 3, 100), child("B", 4, 90, "A"), child("C", 5, 80, "B"), child("D", 6, 70, "C")
	a.Payer, c.Purpose = "F1", "task:T1"
	events, err := rows(d, c, b, a).Decide(func(string) *fund.Payment { return nil })
	if err != nil {
		t.Fatal(err)
	}
	purposes := map[string]string{"A": "department", "B": "department", "C": "task:T1", "D": "task:T1"}
	for _, e := range events {
		if made, ok := e.(schemas.PaymentMade); ok && (made.Origin != "F1" || made.InheritedPurpose != purposes[made.Voucher]) {
			t.Errorf("%s: from %s for %s", made.Voucher, made.Origin, made.InheritedPurpose)
		}
	}
}

// Arrivals are numbered by date, whatever the order of rows.
func TestArrivalsAreNumbered(t *testing.T) {
	t.Parallel()
	known := county{}
	first, err := rows(arrived("P", 6, 1), paid("P", 3, 100), arrived("P", 4, 2)).Decide(func(string) *fund.Payment { return nil })
	if err != nil {
		t.Fatal(err)
	}
	known.record(t, first)
	second, err := rows(withdrawn(arrived("P", 5, 3), 6)).Decide(func(v string) *fund.Payment { return known[v] })
	if err != nil {
		t.Fatal(err)
	}
	known.record(t, second)
	var got []money.Fen
	for i, a := range known["P"].Arrivals {
		if a.Arrived.Arrival != i+1 {
			t.Errorf("arrival %d is number %d", i+1, a.Arrived.Arrival)
		}
		got = append(got, a.Arrived.Amount)
	}
	if !slices.Equal(got, []money.Fen{2, 1, 3}) || known["P"].Arrivals[2].WithdrawnOn != day(6) || known["P"].Arrivals[1].WithdrawnOn.Given() {
		t.Errorf("%+v", known["P"].Arrivals)
	}
}

func TestRefusedSaysAll(t *testing.T) {
	t.Parallel()
	r := fund.Refused{Payments: workflow.Refusals{workflow.Refuse(1, "amount", "5", "circle")}, Arrivals: workflow.Refusals{workflow.Refuse(2, "no", "6", "circle")}}
	if got := r.Error(); got != "amount: 5: circle\nno: 6: circle" {
		t.Error(got)
	}
}

func TestSpans(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		span                fund.Span
		empty               bool
		on4, on5, on6       bool
		from4, from5, from6 bool
	}{
		{span: fund.Span{From: day(5)}, on5: true, on6: true, from4: true, from5: true, from6: true},
		{span: fund.Span{From: day(5), Undone: day(6)}, on5: true, from4: true, from5: true},
		{span: fund.Span{From: day(5), Undone: day(5)}, empty: true},
		{span: fund.Span{From: day(5), Undone: day(4)}, empty: true},
	} {
		s := c.span
		if s.Empty() != c.empty || s.On(day(4)) != c.on4 || s.On(day(5)) != c.on5 || s.On(day(6)) != c.on6 ||
			s.OnOrAfter(day(4)) != c.from4 || s.OnOrAfter(day(5)) != c.from5 || s.OnOrAfter(day(6)) != c.from6 {
			t.Errorf("%v", s)
		}
	}
}

func TestAPaymentPassesOverWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	p := &fund.Payment{}
	for _, e := range []schemas.Event{
		schemas.TaskAssigned{}, schemas.PaymentReturned{Voucher: "P", Child: "K"}, schemas.PaymentArrivalWithdrawn{Voucher: "P", Arrival: 1}, schemas.PaymentArrivalWithdrawn{},
	} {
		p.Evolve(e)
	}
	if len(p.Children)+len(p.Arrivals) > 0 || p.Made != (schemas.PaymentMade{}) {
		t.Errorf("%+v", p)
	}
}

func TestCommitments(t *testing.T) {
	t.Parallel()
	c := schemas.CommitmentMade{No: "C", Kind: "quota", Department: dept, Community: place, Amount: 100, MadeOn: day(3)}
	filled, early, other, none := c, c, c, c
	filled.By, early.By, other.Amount, none.Amount = day(3), day(2), 5, 0
	for name, r := range map[string]struct {
		given, when schemas.CommitmentMade
		then        schemas.Event
		refused     string
	}{
		"new":                   {when: c, then: c},
		"the same":              {given: c, when: c},
		"filled in":             {given: c, when: filled, then: schemas.CommitmentSupplemented(filled)},
		"less":                  {given: filled, when: c},
		"to be kept early":      {when: early, refused: "by: 2025-03-02: end_before_start"},
		"filled in early":       {given: c, when: early, refused: "by: 2025-03-02: end_before_start"},
		"another amount":        {given: c, when: other, refused: "amount: 0.05: contradiction"},
		"no amount against one": {given: c, when: none, refused: "amount: 0.00: contradiction"},
		"an amount against 0":   {given: none, when: c, refused: "amount: 1.00: contradiction"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var known fund.Commitment
			if r.given.No != "" {
				known = known.Evolve(schemas.TaskAssigned{}).Evolve(r.given)
			}
			events, err := fund.RecordCommitment{Commitment: r.when}.Decide(known)
			switch {
			case r.refused != "" && (err == nil || err.Error() != r.refused), r.refused == "" && err != nil:
				t.Errorf("%v, want %s", err, r.refused)
			case (r.then == nil) != (len(events) == 0), r.then != nil && events[0] != r.then:
				t.Errorf("%v, want %v", events, r.then)
			}
		})
	}
	if s := (fund.Commitment{}).Evolve(c).Evolve(schemas.CommitmentSupplemented(filled)); *s.Made != filled {
		t.Errorf("%+v", s.Made)
	}
}
