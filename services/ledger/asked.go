package ledger

import (
	"fmt"

	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/schemas"
	"feisui/services/ledger/reconcile"
)

// Asked lists what a task obliged its payers to by what was said at an earlier
// moment: said are the events until then of its community, its item and itself,
// each stream in order. The county's limits and days are those of now. It gives
// nothing of a task that was not said, was void or was undetermined. Nothing of b is
// changed. It fails as Statement does, and on events that do not follow each other.
func (b *Book) Asked(no string, said []schemas.Event, days civil.Calendar, on civil.Date) (asked []reconcile.Obligation, err error) {
	then := NewBook()
	for _, e := range said {
		if err := then.Apply(e); err != nil {
			return nil, fmt.Errorf("task %s as it was: %w", no, err)
		}
	}
	account := then.accounts[then.communities[no]]
	if account == nil {
		return nil, nil
	}
	county := *b.county
	county.Items = then.county.Items
	err = money.Guard(func() {
		e, _ := reconcile.Explain(account, &county, days, on, no)
		asked = e.Obligations
	})
	if err != nil {
		return nil, fmt.Errorf("task %s as it was: %w", no, err)
	}
	return asked, nil
}

// Paid lists what a task obliges its payers to on a date, with the money that pays
// it; nothing of a task that is not there, is void or is undetermined. It fails as
// Statement does.
func (b *Book) Paid(no string, days civil.Calendar, on civil.Date) (paid []reconcile.Obligation, err error) {
	account := b.accounts[b.communities[no]]
	if account == nil {
		return nil, nil
	}
	err = money.Guard(func() {
		e, _ := reconcile.Explain(account, b.county, days, on, no)
		paid = e.Obligations
	})
	if err != nil {
		return nil, fmt.Errorf("community %s: %w", account.Code, err)
	}
	return paid, nil
}
