package ledger

import (
	"feisui/pkg/civil"
	"feisui/services/ledger/reconcile"
)

// Work is how much a community has in hand on a day.
type Work struct {
	Open  int    // tasks that it was handed and that are not recalled, completed or rejected
	Staff *int64 // its workers; nil where nobody said
}

// Work counts what a community has in hand on a day. It reckons no fee: what awaits an
// answer counts, and so does what was accepted in whatever way.
func (b *Book) Work(community string, on civil.Date) (w Work) {
	account := b.accounts[community]
	if account == nil {
		return w
	}
	if c, known := account.Community.At(on); known {
		w.Staff = c.Staff
	}
	for _, t := range account.Tasks {
		if inHand(t, on) {
			w.Open++
		}
	}
	return w
}

func inHand(t *reconcile.Task, on civil.Date) bool {
	over := func(day civil.Date) bool { return day.Given() && day <= on }
	if t.IssuedOn > on || over(t.RecalledOn) || over(t.CompletedOn) {
		return false
	}
	var last *reconcile.Receipt
	for i := range t.Receipts {
		r := &t.Receipts[i]
		switch {
		case r.FiledOn > on || r.Outcome == reconcile.Query:
		case r.Outcome == reconcile.Accept:
			return true
		case last == nil || r.FiledOn > last.FiledOn || r.FiledOn == last.FiledOn && r.Outcome == reconcile.Conditional:
			last = r
		}
	}
	return last == nil || last.Outcome != reconcile.Reject
}

// Handed counts how often an item was handed to a community from one day to another, what
// was recalled left out.
func (b *Book) Handed(community, item string, from, to civil.Date) (n int) {
	account := b.accounts[community]
	if account == nil {
		return 0
	}
	for _, t := range account.Tasks {
		if t.Item == item && from <= t.IssuedOn && t.IssuedOn <= to && !t.RecalledOn.Given() {
			n++
		}
	}
	return n
}
