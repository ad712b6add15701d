package ledger

import (
	"fmt"
	"maps"

	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/schemas"
	"feisui/services/ledger/reconcile"
)

// Price is what tasks that nobody has assigned would cost.
type Price struct {
	Total        *money.Fen // nil where one is undetermined
	Communities  int        // how many were priced
	Undetermined int        // those of which an input is missing
}

// Price says what a task would cost in each of some communities, by the same rule
// as if it were assigned there on its day (§2). offered is how the catalogue would
// have the item, for one that it has not. Nothing of b is changed. It fails as
// Statement does.
func (b *Book) Price(task schemas.TaskAssigned, offered schemas.ItemListed, communities []string, days civil.Calendar) (p Price, err error) {
	county := *b.county
	if len(county.Items[offered.Code]) == 0 {
		county.Items = maps.Clone(county.Items)
		county.Items[offered.Code] = county.Items[offered.Code].With(reconcile.Version[reconcile.Item]{Value: itemOf(offered)})
	}
	total := money.Fen(0)
	err = money.Guard(func() {
		for _, code := range communities {
			alone := reconcile.Account{Code: code, Tasks: map[string]*reconcile.Task{task.No: {No: task.No}}}
			if known := b.accounts[code]; known != nil {
				alone.Community = known.Community
			}
			say(alone.Tasks[task.No], task)
			s := reconcile.Reconcile(&alone, &county, days, task.IssuedOn)
			p.Communities++
			if fee := s.Tasks[0].Entitlement; fee == nil {
				p.Undetermined++
			} else {
				total = total.Plus(*fee)
			}
		}
	})
	if err != nil {
		return p, fmt.Errorf("the price of %s: %w", task.Item, err)
	}
	if p.Undetermined == 0 {
		p.Total = &total
	}
	return p, nil
}

// KeepsPlaques reports that the county keeps a catalogue of plaques: where it
// keeps none, none is unlisted (§6).
func (b *Book) KeepsPlaques() bool { return len(b.plaques) > 0 }
