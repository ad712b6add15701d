package ledger

import (
	"fmt"

	"feisui/pkg/money"
	"feisui/services/ledger/reconcile"
)

// Audit says which identities of the money do not hold where the accounts stand
// (L2): by account, none when all hold. What is blocked is left out. Each must
// hold whatever was recorded: one that does not is a mistake in this program.
func (c *Current) Audit() (wrong []string) {
	for _, s := range c.Standings() {
		if s.Block != (Block{}) || s.Community == nil {
			continue
		}
		err := money.Guard(func() {
			for _, what := range c.auditCommunity(s) {
				wrong = append(wrong, s.Account+": "+what)
			}
		})
		if err != nil {
			wrong = append(wrong, s.Account+": "+err.Error())
		}
	}
	return wrong
}

// auditor gathers what does not hold.
type auditor struct{ wrong []string }

func (a *auditor) equal(what string, left, right money.Fen) {
	if left != right {
		a.wrong = append(a.wrong, fmt.Sprintf("%s: %s is not %s", what, left.Yuan(), right.Yuan()))
	}
}

func (c *Current) auditCommunity(s *Standing) []string {
	var a auditor
	t := &s.Community.Tally
	a.equal("confirmed = allocated + surplus + general", t.Confirmed, t.Allocated.Plus(t.Surplus).Plus(t.General))
	a.equal("entitlement = allocated + shortfall", t.Entitlement, t.Allocated.Plus(t.Shortfall))
	var entitled, allocated, short, overdue money.Fen
	for i := range s.Community.Tasks {
		task := &s.Community.Tasks[i]
		if task.Entitlement == nil {
			continue
		}
		a.equal("entitlement of "+task.No, *task.Entitlement, task.Allocated.Plus(*task.Shortfall))
		entitled, allocated = entitled.Plus(*task.Entitlement), allocated.Plus(task.Allocated)
		short, overdue = short.Plus(*task.Shortfall), overdue.Plus(*task.OverdueShortfall)
	}
	a.equal("the tasks' entitlements", entitled, t.Entitlement)
	a.equal("what is allocated to the tasks", allocated, t.Allocated)
	a.equal("the tasks' shortfalls", short, t.Shortfall)
	a.equal("the tasks' overdue shortfalls", overdue, t.OverdueShortfall)
	var paid money.Fen
	for i := range s.Community.Payments {
		paid = paid.Plus(s.Community.Payments[i].Allocated)
		c.auditPayment(&a, s.Account, &s.Community.Payments[i])
	}
	a.equal("what the payments allocate", paid, t.Allocated)
	return a.wrong
}

// auditPayment: a payment is passed on, confirmed, or held, or on its way to a
// community; what is confirmed is allocated or left over.
func (c *Current) auditPayment(a *auditor, account string, s *reconcile.PaymentStatement) {
	if s.Purpose != reconcile.ForGeneral {
		a.equal("what arrived of "+s.Voucher, s.Confirmed, s.Allocated.Plus(s.Surplus))
	}
	p := c.book.accounts[account].Payments[s.Voucher]
	var passedOn money.Fen
	for _, child := range p.Children {
		if child.PaidOn <= c.day && (!child.ReversedOn.Given() || child.ReversedOn > c.day) {
			passedOn = passedOn.Plus(child.Amount)
		}
	}
	used := passedOn.Plus(s.Confirmed).Plus(s.Held)
	if p.PayeeIsCommunity && used <= s.Amount {
		return // the rest is on its way
	}
	a.equal("amount of "+s.Voucher, s.Amount, used)
}
