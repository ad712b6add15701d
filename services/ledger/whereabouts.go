package ledger

import (
	"cmp"
	"slices"
	"strings"

	"feisui/pkg/money"
	"feisui/services/ledger/reconcile"
)

// Lying is a payment in force of which something lies somewhere: held by its payee,
// on its way to a community, or arrived and not allocated.
type Lying struct {
	*reconcile.Payment // nobody may change it
	reconcile.Whereabouts

	Surplus     money.Fen       // arrived, and no task takes it
	General     money.Fen       // arrived, and for no task
	Retained    *reconcile.Flag // that it is held too long; nil where it is not
	Unconfirmed *reconcile.Flag // that nobody confirmed it in time; nil likewise
}

// Money gives every payment of which something lies somewhere on the county's day, by
// payee and voucher. Of accounts that are blocked it is what lay there just before.
// It fails when amounts are too large to add up.
func (c *Current) Money() (all []Lying, err error) {
	err = money.Guard(func() {
		raised, arrived := c.ofPayments()
		for _, p := range c.book.payments {
			at, inForce := reconcile.Where(p, c.book.county, c.day)
			if !inForce {
				continue
			}
			one := Lying{Payment: p, Whereabouts: at}
			if at.Purpose == reconcile.ForGeneral {
				one.General = at.Confirmed
			} else {
				one.Surplus = arrived[p.Voucher].Surplus
			}
			one.Retained, one.Unconfirmed = raised[about{string(reconcile.Retained), p.Voucher}], raised[about{string(reconcile.Unconfirmed), p.Voucher}]
			if at.Held > 0 || at.InTransit > 0 || one.Surplus > 0 || one.General > 0 {
				all = append(all, one)
			}
		}
	})
	slices.SortFunc(all, func(a, b Lying) int {
		return cmp.Or(strings.Compare(a.Payee, b.Payee), strings.Compare(a.Voucher, b.Voucher))
	})
	return all, err
}

// ofPayments gives what the accounts say of payments: the flags, and what arrived.
func (c *Current) ofPayments() (raised map[about]*reconcile.Flag, arrived map[string]reconcile.PaymentStatement) {
	raised, arrived = map[about]*reconcile.Flag{}, map[string]reconcile.PaymentStatement{}
	for _, s := range c.standing {
		flags := s.flags()
		for i := range flags {
			if f := &flags[i]; f.Rule == reconcile.Retained || f.Rule == reconcile.Unconfirmed {
				raised[about{string(f.Rule), f.Subject}] = f
			}
		}
		if s.Community == nil {
			continue
		}
		for _, p := range s.Community.Payments {
			if p.Surplus > 0 {
				arrived[p.Voucher] = p
			}
		}
	}
	return raised, arrived
}
