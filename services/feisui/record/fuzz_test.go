package record_test

import (
	"strings"
	"testing"

	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/schemas"
)

// Whatever stands in the sheets of money, the import refuses it or records what
// adds up. Nothing panics, and the same again is nothing new. (Run it with
// -fuzzminimizetime 1x: making an input smaller takes a minute each.)
func FuzzImport(f *testing.F) {
	f.Add(valid["payments"], valid["arrivals"])
	f.Add("凭证号,日期,付款方,收款方,金额\nA,2025/1/2,D1,990101001001,8.35万元\n", "凭证号,确认日期,金额,编号\nA,2025年1月2日,１元,1\nA,2025-01-02,1,2\n")
	f.Add("voucher,paid_on,payer,payee,amount,upstream,reverses\nA,2025-01-01,D1,D2,10,B,\nB,2025-01-01,D1,D2,10,A,\nR,2025-01-01,D2,D1,10,,R\n", "voucher,confirmed_on,amount,withdrawn_on\nA,2025-01-01,99999999999,2025-01-01\n")
	f.Add("voucher,paid_on,payer,payee,amount,upstream,reverses\nA,2025-01-01,D1,990101001001,10,,\nK,2025-01-02,990101001001,D2,10,A,\nR,2025-01-03,D2,990101001001,10,,K\nL,2025-01-03,990101001001,D2,10,A,\n", "voucher,confirmed_on,amount\n")
	f.Add("voucher,paid_on\n,\n\"", "\xff\xfe")
	f.Fuzz(func(t *testing.T, payments, arrivals string) {
		b := book{files: map[string]string{
			"communities.csv": strings.TrimSpace(valid["communities"]), "departments.csv": strings.TrimSpace(valid["departments"]),
			"payments.csv": payments, "arrivals.csv": arrivals,
		}}
		dir, j := b.write(t), newJournal()
		if n, faults := into(t, j, dir); faults != nil {
			return // of a Refused, which into has seen to be whole and not empty
		} else if n == 0 {
			t.Fatal("neither refused nor recorded")
		}
		addsUp(t, entries(j))
		if n, faults := into(t, j, dir); n != 0 || faults != nil {
			t.Errorf("again: %d events, %q", n, faults)
		}
	})
}

// flow is money of a payment that is out, or has arrived, for some time.
type flow struct {
	voucher string
	from    civil.Date
	undone  civil.Date
	amount  money.Fen
}

func (f flow) on(d civil.Date) bool { return f.from <= d && (f.undone == 0 || d < f.undone) }

// addsUp holds recorded payments against spec §1 and §4, day by day, reading
// nothing but what was made, arrived and was withdrawn.
func addsUp(t *testing.T, events []schemas.Event) {
	t.Helper()
	made, reversed, withdrawn := map[string]schemas.PaymentMade{}, map[string]civil.Date{}, map[[2]any]civil.Date{}
	for _, e := range events {
		switch e := e.(type) {
		case schemas.PaymentMade:
			made[e.Voucher] = e
			if e.Reverses != "" {
				reversed[e.Reverses] = e.PaidOn
			}
		case schemas.PaymentArrivalWithdrawn:
			withdrawn[[2]any{e.Voucher, e.Arrival}] = e.WithdrawnOn
		}
	}
	var children, arrivals []flow
	for _, e := range events {
		switch e := e.(type) {
		case schemas.PaymentMade:
			if e.Upstream != "" {
				children = append(children, flow{e.Upstream, e.PaidOn, reversed[e.Voucher], e.Amount})
			}
		case schemas.PaymentArrived:
			arrivals = append(arrivals, flow{e.Voucher, e.ConfirmedOn, withdrawn[[2]any{e.Voucher, e.Arrival}], e.Amount})
		}
	}
	for _, day := range append(days(children), days(arrivals)...) {
		out, in := map[string]money.Fen{}, map[string]money.Fen{}
		for _, f := range children {
			if f.on(day) {
				out[f.voucher] += f.amount
			}
		}
		for _, f := range arrivals {
			if f.on(day) {
				in[f.voucher] += f.amount
			}
		}
		for voucher, p := range made {
			if out[voucher]+in[voucher] > p.Amount {
				t.Errorf("%s: of %s on %s, %d passed on and %d arrived", voucher, p.Amount.Yuan(), day, out[voucher], in[voucher])
			}
			if end := reversed[voucher]; end != 0 && end <= day && out[voucher]+in[voucher] > 0 {
				t.Errorf("%s was reversed on %s, and is passed on or stands on %s", voucher, end, day)
			}
		}
	}
}

// days are those on which a sum can rise.
func days(flows []flow) []civil.Date {
	var all []civil.Date
	for _, f := range flows {
		all = append(all, f.from)
	}
	return all
}
