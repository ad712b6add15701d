package figures

import (
	"cmp"
	"slices"

	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/services/ledger/reconcile"
)

// Holder is who holds money that was given to be passed on.
type Holder struct {
	Code     string            `json:"code"`
	Name     string            `json:"name"`
	Held     money.Fen         `json:"held"`
	Retained money.Fen         `json:"retained" doc:"其中超过转拨期限的 (of that, beyond its time)"`
	Vouchers int               `json:"vouchers" doc:"超期的有几笔 (payments beyond their time)"`
	Since    *civil.Date       `json:"since,omitempty" doc:"最早的一笔自哪天起超期；没有超期的就没有 (the first day on which the oldest was late; absent: none is)"`
	Days     int               `json:"days" doc:"超期几天 (days since)"`
	Lists    map[string]InList `json:"lists"`
}

// stuck lists who holds money: most beyond its time first, then most.
func (c *county) stuck() []Holder {
	at := map[string]*Holder{}
	all := []*Holder{}
	for _, h := range c.now.Holders {
		if h.Held <= 0 {
			continue
		}
		at[h.Code] = &Holder{
			Code: h.Code, Name: c.book.Names().Departments[h.Code], Held: h.Held, Retained: h.Retained,
			Lists: map[string]InList{"retained": {List: "flags", Rule: string(reconcile.Retained), Department: h.Code}},
		}
		all = append(all, at[h.Code])
		c.late(at, h.Flags)
	}
	for i := range c.now.Communities {
		c.late(at, c.now.Communities[i].Flags)
	}
	holders := make([]Holder, 0, len(all))
	for _, h := range all {
		holders = append(holders, *h)
	}
	slices.SortFunc(holders, func(a, b Holder) int {
		return cmp.Or(cmp.Compare(b.Retained, a.Retained), cmp.Compare(b.Held, a.Held), cmp.Compare(a.Code, b.Code))
	})
	return holders
}

// late counts the payments that the rule retained names.
func (c *county) late(at map[string]*Holder, flags []reconcile.Flag) {
	for _, f := range flags {
		h := at[f.Responsible]
		if f.Rule != reconcile.Retained || h == nil {
			continue
		}
		h.Vouchers++
		if h.Since == nil || f.Since < *h.Since {
			h.Since = &f.Since
			h.Days = int(c.now.On-f.Since) + 1
		}
	}
}
