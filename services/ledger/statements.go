package ledger

import (
	"fmt"
	"maps"
	"slices"

	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/services/ledger/reconcile"
)

// Statement says where a community stands on a date; ok is false when there is
// no such community. It fails when amounts are too large to add up.
func (b *Book) Statement(community string, days civil.Calendar, on civil.Date) (s reconcile.Statement, ok bool, err error) {
	a := b.accounts[community]
	if a == nil {
		return s, false, nil
	}
	err = money.Guard(func() { s = reconcile.Reconcile(a, b.county, days, on) })
	if err != nil {
		err = fmt.Errorf("community %s: %w", community, err)
	}
	return s, true, err
}

// Holder says what a payee that is no community holds on a date; ok is false
// when no payment to it is in force. It fails as Statement does.
func (b *Book) Holder(code string, days civil.Calendar, on civil.Date) (s reconcile.HolderStatement, ok bool, err error) {
	h := b.holders[code]
	if h == nil {
		return s, false, nil
	}
	err = money.Guard(func() { s, ok = reconcile.ReconcileHolder(h, b.county, days, on) })
	if err != nil {
		err = fmt.Errorf("holder %s: %w", code, err)
	}
	return s, ok, err
}

// Accounts lists the communities and the holders of which anything is known,
// by code.
func (b *Book) Accounts() []string {
	codes := slices.AppendSeq(slices.Collect(maps.Keys(b.accounts)), maps.Keys(b.holders))
	slices.Sort(codes)
	return slices.Compact(codes)
}

// County says where every community and holder stands on a date.
func (b *Book) County(days civil.Calendar, on civil.Date) (c reconcile.CountyStatement, err error) {
	c = reconcile.CountyStatement{On: on, Communities: make([]reconcile.Statement, 0, len(b.accounts)), Holders: []reconcile.HolderStatement{}}
	for _, code := range slices.Sorted(maps.Keys(b.accounts)) {
		s, _, err := b.Statement(code, days, on)
		if err != nil {
			return c, err
		}
		c.Communities = append(c.Communities, s)
	}
	for _, code := range slices.Sorted(maps.Keys(b.holders)) {
		s, ok, err := b.Holder(code, days, on)
		if err != nil {
			return c, err
		}
		if ok {
			c.Holders = append(c.Holders, s)
		}
	}
	err = money.Guard(func() { c.Totals = reconcile.Total(c.Communities, c.Holders) })
	return c, err
}

// Compare is County on a date with what changed since an earlier one.
func (b *Book) Compare(days civil.Calendar, since, on civil.Date) (reconcile.CountyStatement, error) {
	now, err := b.County(days, on)
	if err != nil {
		return now, err
	}
	then, err := b.County(days, since)
	if err != nil {
		return now, err
	}
	now.Change = b.Between(&then, &now)
	return now, nil
}

// Between says what changed between two dates of which this book gave the
// statements.
func (b *Book) Between(then, now *reconcile.CountyStatement) *reconcile.Change {
	changes := reconcile.NewChanges(then.On, now.On)
	for i := range now.Communities {
		changes.Add(b.accounts[now.Communities[i].Code], &then.Communities[i], &now.Communities[i])
	}
	return changes.Change(then.Totals)
}

// Community is County for one community alone, with totals of its own, and with
// what changed since an earlier date where since is given; ok is false when
// there is no such community.
func (b *Book) Community(code string, days civil.Calendar, since, on civil.Date) (c reconcile.CountyStatement, ok bool, err error) {
	now, ok, err := b.Statement(code, days, on)
	if err != nil || !ok {
		return c, ok, err
	}
	c = reconcile.CountyStatement{On: on, Communities: []reconcile.Statement{now}, Holders: []reconcile.HolderStatement{}}
	c.Totals = reconcile.Total(c.Communities, nil)
	if !since.Given() {
		return c, true, nil
	}
	then, _, err := b.Statement(code, days, since)
	if err != nil {
		return c, true, err
	}
	changes := reconcile.NewChanges(since, on)
	changes.Add(b.accounts[code], &then, &now)
	c.Change = changes.Change(reconcile.Total([]reconcile.Statement{then}, nil))
	return c, true, nil
}

// Names are what departments, streets and items are called, by code.
type Names struct{ Departments, Items map[string]string }

// Names gives the names that the county's sheets use.
func (b *Book) Names() Names { return b.names }

// KindOf is the kind of a party, "" of one that is not registered.
func (b *Book) KindOf(party string) string { return string(b.county.Departments[party]) }

// Street is the street of a community on a date, "" when it has none.
func (b *Book) Street(code string, on civil.Date) string {
	a := b.accounts[code]
	if a == nil {
		return ""
	}
	community, _ := a.Community.At(on)
	return community.Street
}
