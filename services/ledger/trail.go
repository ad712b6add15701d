package ledger

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/services/ledger/reconcile"
)

// Trail is one task with how its figures were found and the way of its money.
type Trail struct {
	Community string
	Street    string
	Facts     *reconcile.Task // nobody may change it
	Explained reconcile.Explained
	Hops      []Hop     // by the day on which each was paid; what one passes on comes after it
	Earmarked money.Fen // what was paid for this task alone and stands: Held + InTransit + Confirmed
	Held      money.Fen // of that, by payees that are no communities
	InTransit money.Fen // of that, on its way to a community
	Confirmed money.Fen // of that, arrived
	Deciding  []string  // the admissions of the department's item, by number
}

// Hop is a payment on the way of a task's money: one that is for the task, one of
// which something paid it, and those that either passes on.
type Hop struct {
	*reconcile.Payment // nobody may change it
	reconcile.Whereabouts

	InForce   bool      // else it was reversed
	Allocated money.Fen // what of it paid this task
}

// Trail gives a task as it stands on the county's day; ok is false where there is none
// then. It fails as Statement does.
func (c *Current) Trail(no string) (t Trail, ok bool, err error) {
	b, on := c.book, c.day
	community := b.communities[no]
	account := b.accounts[community]
	if account == nil {
		return t, false, nil
	}
	err = money.Guard(func() {
		t = Trail{Community: community, Street: b.Street(community, on), Facts: b.tasks[no]}
		if t.Explained, ok = reconcile.Explain(account, b.county, c.calendar, on, no); ok {
			b.follow(&t, "task:"+no, on)
		}
	})
	if err != nil {
		return t, ok, fmt.Errorf("task %s: %w", no, err)
	}
	what := reconcile.Admitted{Department: t.Facts.Department, Item: t.Facts.Item}
	for _, d := range b.admitting[what] {
		t.Deciding = append(t.Deciding, d.No)
	}
	slices.Sort(t.Deciding)
	return t, ok, nil
}

// follow gathers the payments on the way of a task's money.
func (b *Book) follow(t *Trail, purpose string, on civil.Date) {
	paid := map[string]money.Fen{}
	for _, o := range t.Explained.Obligations {
		for _, from := range o.From {
			paid[from.Voucher] = paid[from.Voucher].Plus(from.Amount)
		}
	}
	hops := map[string]*Hop{}
	for _, p := range b.payments {
		if _, served := paid[p.Voucher]; !served && p.Purpose != purpose || p.PaidOn > on {
			continue
		}
		for at := p; at != nil && hops[at.Voucher] == nil; at = b.payments[at.Upstream] {
			hops[at.Voucher] = b.hop(at, paid[at.Voucher], on)
		}
	}
	for _, h := range hops {
		if h.InForce && h.Whereabouts.Purpose == purpose {
			t.Held, t.InTransit, t.Confirmed = t.Held.Plus(h.Held), t.InTransit.Plus(h.InTransit), t.Confirmed.Plus(h.Confirmed)
		}
	}
	t.Earmarked = t.Held.Plus(t.InTransit).Plus(t.Confirmed)
	for _, voucher := range slices.SortedFunc(maps.Keys(hops), func(a, c string) int {
		p, q := hops[a], hops[c]
		return cmp.Or(cmp.Compare(p.PaidOn, q.PaidOn), cmp.Compare(b.depth(p.Payment), b.depth(q.Payment)), cmp.Compare(a, c))
	}) {
		t.Hops = append(t.Hops, *hops[voucher])
	}
}

func (b *Book) hop(p *reconcile.Payment, allocated money.Fen, on civil.Date) *Hop {
	h := &Hop{Payment: p, Allocated: allocated}
	h.Whereabouts, h.InForce = reconcile.Where(p, b.county, on)
	if !h.InForce {
		h.Whereabouts.Purpose = p.Purpose
	}
	return h
}

// depth is how many payments a payment passes on, one out of the other.
func (b *Book) depth(p *reconcile.Payment) (n int) {
	for up := b.payments[p.Upstream]; up != nil; up = b.payments[up.Upstream] {
		n++
	}
	return n
}
