package ledger

import (
	"cmp"
	"slices"
	"strings"

	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/services/ledger/reconcile"
)

// Owed is one payer's part of a task's fee that is short, on the county's day.
type Owed struct {
	reconcile.Owing

	Community, Name, Street string
	Task                    *reconcile.TaskStatement // nobody may change it
}

// Compare orders by the last day in time, those without one last, then by task and payer.
func (o *Owed) Compare(p *Owed) int {
	last := func(d civil.Date) int {
		if d.Given() {
			return 0
		}
		return 1
	}
	return cmp.Or(cmp.Compare(last(o.DueEnd), last(p.DueEnd)), cmp.Compare(o.DueEnd, p.DueEnd),
		strings.Compare(o.Task.No, p.Task.No), strings.Compare(o.Payer, p.Payer))
}

// OwedFilter chooses tasks and what is owed of them; a text that is empty chooses all.
type OwedFilter struct {
	Status, Lamp, Department, Item, Street, Community string
	Payer                                             string // of what is owed alone

	// Within says what of a task is seen: what was handed down in it, and what a payer owes.
	HandedDown func(community, street, department string) bool
	Owes       func(community, street, payer string) bool
}

// Handed adds up tasks that were handed down.
type Handed struct {
	Tasks        int
	Undetermined int // of which the fee is unknown: they are in no sum
	Entitlement, Allocated, Shortfall,
	Overdue money.Fen
}

// Owed gives what is owed, the first due first, and adds up the tasks that the filter
// chooses, owed or not. It fails when amounts are too large to add up.
func (c *Current) Owed(f OwedFilter) (owed []Owed, handed Handed, err error) {
	err = money.Guard(func() {
		for _, s := range c.standing {
			if s == nil || s.Community == nil || f.Community != "" && f.Community != s.Account || f.Street != "" && f.Street != s.Street {
				continue
			}
			for i := range s.Community.Tasks {
				t := &s.Community.Tasks[i]
				if !f.chooses(t) {
					continue
				}
				if f.HandedDown(s.Account, s.Street, t.Department) {
					handed.add(t)
				}
				for _, o := range t.Owing {
					if (f.Payer == "" || f.Payer == o.Payer) && f.Owes(s.Account, s.Street, o.Payer) {
						owed = append(owed, Owed{Owing: o, Community: s.Account, Name: s.Community.Name, Street: s.Street, Task: t})
					}
				}
			}
		}
	})
	slices.SortFunc(owed, func(a, b Owed) int { return a.Compare(&b) })
	return owed, handed, err
}

func (f *OwedFilter) chooses(t *reconcile.TaskStatement) bool {
	return (f.Status == "" || f.Status == string(t.Status)) && (f.Lamp == "" || f.Lamp == string(t.Lamp)) &&
		(f.Department == "" || f.Department == t.Department) && (f.Item == "" || f.Item == t.Item)
}

func (h *Handed) add(t *reconcile.TaskStatement) {
	h.Tasks++
	if t.Entitlement == nil {
		h.Undetermined++
		return
	}
	h.Entitlement, h.Allocated = h.Entitlement.Plus(*t.Entitlement), h.Allocated.Plus(t.Allocated)
	h.Shortfall, h.Overdue = h.Shortfall.Plus(*t.Shortfall), h.Overdue.Plus(*t.OverdueShortfall)
}
