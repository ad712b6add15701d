package reconcile

import (
	"strings"

	"feisui/pkg/civil"
	"feisui/pkg/money"
)

// flagPayment looks at one payment of this community.
func (w *work) flagPayment(p *paymentView) {
	if f, ok := w.retained(p); ok {
		w.raise(f)
	}
	if f, ok := w.diverted(p, w.item); ok {
		w.raise(f)
	}
	if p.children > 0 {
		return
	}
	if since := w.days.After(p.PaidOn, w.policy.ArrivalDays+1); p.PayeeIsCommunity && p.confirmed < p.Amount && w.reached(since) {
		community, _ := at(w.account.Community, w.today)
		w.raise(Flag{Rule: Unconfirmed, Subject: p.Voucher, Responsible: community.Street, Since: since, Amount: of(p.inTransit()), Lamp: Yellow})
	}
	if w.unlinked(p) {
		w.raise(Flag{Rule: Unlinked, Subject: p.Voucher, Responsible: p.Payer, Since: p.PaidOn, Amount: of(p.Amount), Lamp: Yellow})
	}
}

// limits is what the rules about money need besides the payment.
type limits struct {
	*today
	policy Policy
	days   civil.Calendar
}

// retained looks for money that a payee who is no community has kept too long.
func (l *limits) retained(p *paymentView) (Flag, bool) {
	if p.PayeeIsCommunity || p.purpose == ForGeneral || p.held <= 0 {
		return Flag{}, false
	}
	since := l.days.After(p.PaidOn, l.policy.PassthroughDays+1)
	return Flag{Rule: Retained, Subject: p.Voucher, Responsible: p.Payee, Since: since, Amount: of(p.held), Lamp: Red}, l.reached(since)
}

// diverted looks for money passed on to another purpose or beneficiary than it
// was given for.
func (l *limits) diverted(p *paymentView, item itemOf) (Flag, bool) {
	if p.Upstream == "" {
		return Flag{}, false
	}
	kept := p.OwnPurpose == "" || inside(p.OwnPurpose, p.upstreamPurpose, item)
	there := p.UpstreamBeneficiary == "" || p.Beneficiary == p.UpstreamBeneficiary
	return Flag{Rule: Diverted, Subject: p.Voucher, Responsible: p.Payer, Since: p.PaidOn, Amount: of(p.Amount), Lamp: Red}, !kept || !there
}

// unlinked reports whether the payment's purpose names a task that is not this
// community's, or an item that nobody knows.
func (w *work) unlinked(p *paymentView) bool {
	switch kind, name, _ := strings.Cut(p.purpose, ":"); kind {
	case "task":
		return w.account.Tasks[name] == nil
	case "item":
		_, known := w.county.Items[name]
		return !known
	}
	return false
}

// promise is a commitment with what has come of it.
type promise struct {
	*Commitment
	purpose string
	paid    money.Fen
	late    money.Fen // the part of paid that came after its day
}

// flagCommitments looks at the commitments whose day has passed.
func (w *work) flagCommitments() {
	promises := w.kept()
	w.came = make(map[string]money.Fen, len(promises))
	for _, c := range promises {
		w.came[c.No] = c.paid
		w.flagPromise(c)
	}
}

// kept lets the payments that reached for this community serve the commitments in
// turn, each fen once, and gives them with what came of each.
func (w *work) kept() []*promise {
	promises := w.promises()
	if len(promises) == 0 {
		return nil
	}
	for _, p := range w.byPaidOn() {
		left := p.Amount
		for _, c := range promises {
			if p.Origin != c.Department || p.PaidOn < c.MadeOn || !inside(p.purpose, c.purpose, w.item) {
				continue
			}
			part := min(left, c.Amount.Minus(c.paid))
			left = left.Minus(part)
			c.paid = c.paid.Plus(part)
			if c.By.Given() && p.PaidOn > c.By {
				c.late = c.late.Plus(part)
			}
		}
	}
	return promises
}

func (w *work) flagPromise(c *promise) {
	if !c.By.Given() || !w.over(c.By) {
		return
	}
	f := Flag{Subject: c.No, Responsible: c.Department, Since: c.By.AddDays(1), Lamp: Yellow}
	switch rest := c.Amount.Minus(c.paid); {
	case rest > 0:
		f.Rule, f.Amount = CommitmentBroken, of(rest)
		if c.Kind == Quota {
			f.Lamp = Red
		}
	case c.late > 0:
		f.Rule, f.Amount = CommitmentLate, of(c.late)
	default:
		return
	}
	w.raise(f)
}
