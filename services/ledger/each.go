package ledger

import (
	"iter"

	"feisui/services/ledger/reconcile"
)

// EachTask gives every task with the community that it was handed to, in no order.
func (b *Book) EachTask() iter.Seq2[string, *reconcile.Task] {
	return func(yield func(string, *reconcile.Task) bool) {
		for no, t := range b.tasks {
			if !yield(b.communities[no], t) {
				return
			}
		}
	}
}

// EachPlaque gives every plaque with its community, in no order.
func (b *Book) EachPlaque() iter.Seq2[string, *reconcile.Plaque] {
	return func(yield func(string, *reconcile.Plaque) bool) {
		for code, a := range b.accounts {
			for _, p := range a.Plaques {
				if !yield(code, p) {
					return
				}
			}
		}
	}
}

// EachPayment gives every payment, those that were reversed too, in no order. What
// reverses one is none.
func (b *Book) EachPayment() iter.Seq[*reconcile.Payment] {
	return func(yield func(*reconcile.Payment) bool) {
		for _, p := range b.payments {
			if !yield(p) {
				return
			}
		}
	}
}

// AdmissionOf gives what an admission admits and the communities that it is for,
// none where it is for all; known is false where there is no such admission.
func (b *Book) AdmissionOf(no string) (what reconcile.Admitted, communities []string, known bool) {
	d := b.admissions[no]
	if d == nil {
		return what, nil, false
	}
	return d.Admitted(), d.Communities, true
}
