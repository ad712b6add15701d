package act

import (
	"cmp"
	"slices"

	"feisui/pkg/access"
	"feisui/pkg/civil"
	"feisui/pkg/money"
)

// PoolLine is a line of a statement that counts in no figure yet.
type PoolLine struct {
	Voucher, State       string
	Payer, Payee         string // a code; as it stands in the statement
	Source, Summary, Why string
	Upstream             string // the voucher that it passes on
	PaidOn               civil.Date
	Amount               money.Fen
	Age                  int // days since it was paid
}

// Pool lists the lines that wait within a scope, the oldest first, among them those
// that were set aside: whatever a statement said and no payment says is in it.
func (c *County) Pool(scope access.Scope) (lines []PoolLine, err error) {
	for id, in := range c.Flows.instances[bankFlow] {
		d := c.Flows.definition(in)
		if d == nil || d.States[in.State].Final || !c.shows(d, scope, d.Concerned(in)) {
			continue
		}
		form, err := formOf(in.Form)
		if err != nil {
			return nil, err
		}
		on, err := civil.Parse(form["paid_on"])
		if err != nil {
			return nil, err
		}
		amount, err := money.ParseAmount(form["amount"])
		if err != nil {
			return nil, err
		}
		why := form["why"]
		switch {
		case why != "":
		case c.shut(on):
			why = monthShut
		case c.unpaid(form["upstream"]):
			why = upstreamWaits
		}
		lines = append(lines, PoolLine{
			Voucher: id, State: in.State, Payer: form["payer"], Payee: form["payee"], Source: form["source"], Summary: form["summary"],
			Why: why, Upstream: form["upstream"], PaidOn: on, Amount: amount, Age: int(c.Flows.day - on),
		})
	}
	slices.SortFunc(lines, func(a, b PoolLine) int {
		return cmp.Or(cmp.Compare(a.PaidOn, b.PaidOn), cmp.Compare(a.Voucher, b.Voucher))
	})
	return lines, nil
}

// upstreamWaits is why a line of a statement waits that says all else: what it passes on
// is no payment yet.
const upstreamWaits = "upstream"

// unpaid reports that a voucher is no payment yet, and may become one: a line of a
// statement that waits, or what waits for a second person.
func (c *County) unpaid(voucher string) bool {
	if voucher == "" || paymentIn(c.Past, voucher) != nil {
		return false
	}
	for _, flow := range []string{bankFlow, paymentFlow} {
		if in := c.Flows.instances[flow][voucher]; in != nil {
			if d := c.Flows.definition(in); d != nil && !d.States[in.State].Final {
				return true
			}
		}
	}
	return false
}

// SetAside is the state of lines of which somebody said that they are no payments
// to a community.
const SetAside = "set_aside"
