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
		if why == "" && c.shut(on) {
			why = monthShut
		}
		lines = append(lines, PoolLine{
			Voucher: id, State: in.State, Payer: form["payer"], Payee: form["payee"], Source: form["source"], Summary: form["summary"],
			Why: why, PaidOn: on, Amount: amount, Age: int(c.Flows.day - on),
		})
	}
	slices.SortFunc(lines, func(a, b PoolLine) int {
		return cmp.Or(cmp.Compare(a.PaidOn, b.PaidOn), cmp.Compare(a.Voucher, b.Voucher))
	})
	return lines, nil
}

// SetAside is the state of lines of which somebody said that they are no payments
// to a community.
const SetAside = "set_aside"
