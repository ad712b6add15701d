package reconcile

import (
	"feisui/pkg/civil"
	"feisui/pkg/money"
)

// HolderStatement says what a payee that is no community still holds.
type HolderStatement struct {
	Code     string    `json:"code"`
	Held     money.Fen `json:"held"`
	Retained money.Fen `json:"retained"` // the part of Held that the rule retained names
	Flags    []Flag    `json:"flags"`    // of payments without beneficiary; the others stand with their community

	Until civil.Date `json:"-"` // as a community's
}

// ReconcileHolder says what a holder holds on a date; ok is false when no
// payment to it is in force. Like Reconcile it is pure and may panic with
// money.Overflow.
func ReconcileHolder(h *Holder, c *County, days civil.Calendar, on civil.Date) (s HolderStatement, ok bool) {
	l := newLimits(c, days, on)
	item := func(no string) (string, bool) {
		item, ok := h.Elsewhere[no]
		return item, ok
	}
	payments := views(h.Payments, c, l.today)
	s = HolderStatement{Code: h.Code, Flags: []Flag{}}
	for i := range payments {
		p := &payments[i]
		s.Held = s.Held.Plus(p.held)
		if f, kept := l.retained(p); kept {
			s.Retained = s.Retained.Plus(p.held)
			if p.Beneficiary == "" {
				s.Flags = append(s.Flags, f)
			}
		}
		if f, ok := l.diverted(p, item); ok && p.Beneficiary == "" {
			s.Flags = append(s.Flags, f)
		}
	}
	sortFlags(s.Flags)
	s.Until = l.until
	return s, len(payments) > 0
}
