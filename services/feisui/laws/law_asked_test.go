package laws_test

import (
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/schemas"
	"feisui/services/ledger/naive"
	"feisui/services/ledger/reconcile"
)

// TestWhatWasAskedIsWhatIsOwed holds when what a task asked for, by all that was
// said of it, of its item and of its community, is what it obliges its payers to;
// and what it asked for by what was said before it was amended is not changed by
// that. That amendment is the control: by all that was said, the amount is another.
func TestWhatWasAskedIsWhatIsOwed(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	rapid.Check(t, func(t *rapid.T) {
		drawn := naive.DrawBook(t)
		j, on := newJournal(), day(t, drawn.DrawOn(t))
		e.record(t, drawn, j)
		book := fold(t, j)
		for entry := range j.After(0) {
			task, is := entry.Event.(schemas.TaskAssigned)
			if !is {
				continue
			}
			var said []schemas.Event
			for _, stream := range []string{"community/" + task.Community, "item/" + task.Item, task.Stream()} {
				said = slices.AppendSeq(said, j.Stream(stream))
			}
			paid, err := book.Paid(task.No, civil.China(), on)
			must(t, err)
			asked, err := book.Asked(task.No, said, civil.China(), on)
			must(t, err)
			if !reflect.DeepEqual(owedOnly(asked), owedOnly(paid)) {
				t.Fatalf("%s %s on %s: asked %+v, owed %+v", mismatch, task.No, on, asked, paid)
			}
			sum := money.Fen(0)
			for _, o := range asked {
				sum = sum.Plus(o.Amount)
			}
			more := sum.Plus(1)
			task.Amount = &more
			again, err := book.Asked(task.No, append(slices.Clip(said), schemas.TaskAmended{TaskAssigned: task}), civil.China(), on)
			must(t, err)
			before, err := book.Asked(task.No, said, civil.China(), on)
			must(t, err)
			if !reflect.DeepEqual(before, asked) || len(asked) > 0 && reflect.DeepEqual(owedOnly(again), owedOnly(asked)) {
				t.Fatalf("%s %s on %s: amended: asked %+v, before %+v", mismatch, task.No, on, again, before)
			}
		}
	})
}

// owedOnly leaves of obligations who owes how much by when.
func owedOnly(all []reconcile.Obligation) (owed []reconcile.Obligation) {
	for _, o := range all {
		owed = append(owed, reconcile.Obligation{Payer: o.Payer, Amount: o.Amount, PayBy: o.PayBy, DueEnd: o.DueEnd})
	}
	return owed
}
