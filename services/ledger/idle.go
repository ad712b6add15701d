package ledger

import (
	"feisui/pkg/civil"
	"feisui/services/ledger/reconcile"
)

// idleDays are how long a plaque hangs with nothing behind it before that is pointed out:
// half a year (R64, 有牌无实).
const idleDays = 183

// idle reports that a plaque has hung for half a year with nothing behind it: on that day
// its department has no task in hand there, and in that time it neither handed one down
// nor paid anything. It is a notice for who looks at plaques, and no flag of the
// specification. A plaque that the county's catalogue names, such as a party branch's,
// hangs by the county's decision and is not asked.
func idle(account *reconcile.Account, p *reconcile.Plaque, on civil.Date) bool {
	since := on.AddDays(-idleDays)
	if p.HungOn > since {
		return false
	}
	for _, t := range account.Tasks {
		if t.Department == p.Department && (inHand(t, on) || since < t.IssuedOn && t.IssuedOn <= on) {
			return false
		}
	}
	for _, paid := range account.Payments {
		reversed := paid.ReversedOn.Given() && paid.ReversedOn <= on
		if paid.Origin == p.Department && since < paid.PaidOn && paid.PaidOn <= on && !reversed {
			return false
		}
	}
	return true
}
