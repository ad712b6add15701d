package ledger

import (
	"fmt"

	"feisui/schemas"
	"feisui/services/ledger/reconcile"
)

// amend takes into the book an event that says again, otherwise, what was
// recorded. The book is then what it would be had that been said from the start,
// so it leaves every account that it belonged to before. An event of a type that
// the book does not know is an error, and so is one about what is not there; then
// the book is as it was.
func (b *Book) amend(e schemas.Event) error {
	switch e := e.(type) {
	case schemas.CommunityAmended:
		b.register(e.CommunityRegistered)
	case schemas.DepartmentAmended:
		b.department(e.DepartmentRegistered)
	case schemas.ItemAmended:
		b.list(e.ItemListed)
	case schemas.AdmissionAmended:
		b.readmit(e)
	case schemas.TaskAmended:
		b.reassign(e)
	case schemas.TaskCompletionAmended:
		t := b.tasks[e.Task]
		t.CompletedOn, t.CompletedQuantity = e.CompletedOn, e.Quantity
	case schemas.CommitmentAmended:
		if !taken(b, e.No, func(a *reconcile.Account) map[string]*reconcile.Commitment { return a.Commitments }) {
			return unknown(e)
		}
		b.commit(e.CommitmentMade)
	case schemas.PlaqueAmended:
		if !taken(b, e.No, func(a *reconcile.Account) map[string]*reconcile.Plaque { return a.Plaques }) {
			return unknown(e)
		}
		b.applyBurden(e.PlaqueHung)
		b.hung[e.No].RemovedOn = e.RemovedOn
	case schemas.BurdenAmended:
		if !taken(b, e.No, func(a *reconcile.Account) map[string]*reconcile.Burden { return a.Burdens }) {
			return unknown(e)
		}
		b.applyBurden(e.BurdenBegun)
		b.burdens[e.No].To = e.To
	default:
		return b.amendPayment(e)
	}
	return nil
}

// taken takes a thing out of the account that has it, and reports whether one has.
func taken[T any](b *Book, no string, of func(*reconcile.Account) map[string]T) (found bool) {
	for _, a := range b.accounts {
		if _, there := of(a)[no]; there {
			delete(of(a), no)
			found = true
		}
	}
	return found
}

func unknown(e schemas.Event) error {
	return fmt.Errorf("%s of %s, which is not known", e.Type(), e.Stream())
}

// readmit moves an admission to what it is about now.
func (b *Book) readmit(e schemas.AdmissionAmended) {
	d := b.admissions[e.No]
	before := d.Admitted()
	d.AdmissionDecided, d.revokedOn = e.AdmissionDecided, e.RevokedOn
	if now := d.Admitted(); now != before {
		others := b.admitting[before]
		for i, other := range others {
			if other == d {
				b.admitting[before] = append(others[:i:i], others[i+1:]...)
			}
		}
		b.admitting[now] = append(b.admitting[now], d)
		b.admissionsOf(before)
	}
	b.admissionsOf(d.Admitted())
}

// reassign moves a task to the community that it was handed to. What the account
// that it leaves has for that task is now for one elsewhere.
func (b *Book) reassign(e schemas.TaskAmended) {
	b.tasks[e.No].RecalledOn = e.RecalledOn
	before := b.account(b.communities[e.No])
	delete(before.Tasks, e.No)
	b.assign(e.TaskAssigned)
	if before.Code == e.Community {
		return
	}
	for _, p := range before.Payments {
		if p.Purpose == "task:"+e.No {
			b.ask(p.Purpose, before.Code, before.Elsewhere)
		}
	}
	for _, c := range before.Commitments {
		if c.Purpose == "task:"+e.No {
			b.ask(c.Purpose, before.Code, before.Elsewhere)
		}
	}
}

// amendPayment takes in what was said again of a payment, and what others have
// to do with it. A payment that turned out to be a reversal is none, and what is
// still said in its stream concerns nobody.
func (b *Book) amendPayment(e schemas.Event) error {
	switch e := e.(type) {
	case schemas.PaymentSupplemented:
		return b.repay(e, schemas.PaymentMade(e))
	case schemas.PaymentAmended:
		return b.repay(e, e.PaymentMade)
	case schemas.PaymentInherited:
		if p := b.payments[e.Voucher]; p != nil {
			p.Origin, p.Purpose = e.Origin, e.InheritedPurpose
			b.share(p)
		}
	case schemas.PaymentPassingChanged:
		if p := b.payments[e.Voucher]; p != nil {
			for i, c := range p.Children {
				if c.Voucher == e.Child {
					p.Children[i] = reconcile.Child{Voucher: e.Child, Amount: e.Amount, PaidOn: e.PaidOn, ReversedOn: e.ReversedOn}
				}
			}
		}
	case schemas.PaymentPassingWithdrawn:
		if p := b.payments[e.Voucher]; p != nil {
			for i, c := range p.Children {
				if c.Voucher == e.Child {
					p.Children = append(p.Children[:i:i], p.Children[i+1:]...)
					break
				}
			}
		}
	case schemas.PaymentReversalWithdrawn:
		if p := b.payments[e.Voucher]; p != nil {
			p.ReversedOn = 0
		}
	default:
		return fmt.Errorf("the ledger does not know %s", e.Type())
	}
	return nil
}

// repay takes a payment out of where it was and makes it anew, with what has
// happened to it since.
func (b *Book) repay(said schemas.Event, e schemas.PaymentMade) error {
	before := b.payments[e.Voucher]
	switch {
	case before == nil && e.Reverses == "":
		return unknown(said)
	case before == nil:
		return nil // a reversal moves nothing itself; what it does is said in the stream of what it reverses
	}
	if before.Beneficiary != "" {
		delete(b.account(before.Beneficiary).Payments, e.Voucher)
	}
	if !before.PayeeIsCommunity {
		delete(b.holder(before.Payee).Payments, e.Voucher)
	}
	delete(b.payments, e.Voucher)
	if e.Reverses != "" {
		return nil
	}
	b.pay(e)
	p := b.payments[e.Voucher]
	p.ReversedOn, p.Children, p.Arrivals = before.ReversedOn, before.Children, before.Arrivals
	b.share(p)
	return nil
}

// share gives what a payment is for to those who copied it: the accounts that
// ask for its task, and the payments that pass it on.
func (b *Book) share(p *reconcile.Payment) {
	if p.Beneficiary != "" {
		b.ask(p.Purpose, p.Beneficiary, b.account(p.Beneficiary).Elsewhere)
	}
	if !p.PayeeIsCommunity {
		b.ask(p.Purpose, "", b.holder(p.Payee).Elsewhere)
	}
	for _, c := range p.Children {
		if child := b.payments[c.Voucher]; child != nil && child.Upstream == p.Voucher {
			child.UpstreamPurpose, child.UpstreamBeneficiary = p.Purpose, p.Beneficiary
		}
	}
}
