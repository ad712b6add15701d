package fund_test

import (
	"testing"

	"feisui/pkg/money"
	"feisui/services/fund"
)

func TestAnArrivalIsWithdrawn(t *testing.T) {
	t.Parallel()
	known := county{}
	given, err := rows(paid("P", 3, 100), arrived("P", 4, 40), withdrawn(arrived("P", 4, 10), 5), paid("Q", 3, 1)).Decide(func(string) *fund.Payment { return nil })
	if err != nil {
		t.Fatal(err)
	}
	known.record(t, given)
	for name, c := range map[string]struct {
		when fund.WithdrawArrival
		then string
	}{
		"one that stands":       {fund.WithdrawArrival{Voucher: "P", Arrival: 2, On: day(6)}, "payment.arrival_withdrawn P"},
		"the day of confirming": {fund.WithdrawArrival{Voucher: "P", Arrival: 2, On: day(4)}, "payment.arrival_withdrawn P"},
		"before it":             {fund.WithdrawArrival{Voucher: "P", Arrival: 2, On: day(3)}, "withdrawn_on: 2025-03-03: end_before_start"},
		"again":                 {fund.WithdrawArrival{Voucher: "P", Arrival: 1, On: day(6)}, "arrival: 1: arrival_withdrawn"},
		"none of that number":   {fund.WithdrawArrival{Voucher: "P", Arrival: 3, On: day(6)}, "arrival: 3: arrival_unknown"},
		"number 0":              {fund.WithdrawArrival{Voucher: "P", On: day(6)}, "arrival: 0: arrival_unknown"},
		"of another":            {fund.WithdrawArrival{Voucher: "Q", Arrival: 1, On: day(6)}, "arrival: 1: arrival_unknown"},
		"of what is not there":  {fund.WithdrawArrival{Voucher: "X", Arrival: 1, On: day(6)}, "arrival: 1: arrival_unknown"},
	} {
		events, err := c.when.Decide(known[c.when.Voucher])
		got := ""
		switch {
		case err != nil:
			got = err.Error()
		case len(events) == 1:
			got = events[0].Type() + " " + c.when.Voucher
		}
		if got != c.then {
			t.Errorf("%s: %s, want %s", name, got, c.then)
		}
	}
}

func TestWhatOfAPaymentStands(t *testing.T) {
	t.Parallel()
	p := known(t, paid("P", 3, 100), child("K", 4, 30, "P"), child("L", 5, 20, "P"), reversal("R", 6, child("L", 5, 20, "P")))
	q := known(t, paid("Q", 3, 100), withdrawn(arrived("Q", 4, 40), 6), arrived("Q", 5, 50))
	for on, want := range map[int][2]money.Fen{3: {0, 0}, 4: {30, 40}, 5: {50, 90}, 6: {30, 50}} {
		passed, _ := p["P"].Standing(day(on))
		_, confirmed := q["Q"].Standing(day(on))
		if passed != want[0] || confirmed != want[1] {
			t.Errorf("on %d: %d passed, %d confirmed", on, passed, confirmed)
		}
	}
	if p["L"].Reversed(day(5)) || !p["L"].Reversed(day(6)) || p["K"].Reversed(day(9)) {
		t.Error("reversed on another day")
	}
}

// known is what rows leave.
func known(t *testing.T, all ...any) county {
	t.Helper()
	events, err := rows(all...).Decide(func(string) *fund.Payment { return nil })
	if err != nil {
		t.Fatal(err)
	}
	c := county{}
	c.record(t, events)
	return c
}
