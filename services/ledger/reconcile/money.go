package reconcile

import (
	"cmp"
	"slices"
	"strings"

	"feisui/pkg/money"
)

// The purposes that name nothing (§1). The others are task:NO and item:CODE.
const (
	ForDepartment = "department"
	ForGeneral    = "general"
)

func taskPurpose(no string) string { return "task:" + no }

// paymentView is a payment in force on the date asked for (§4).
type paymentView struct {
	*Payment
	purpose         string // general when a sponsor gave it: gifts fund no mandate
	upstreamPurpose string
	passedOn        money.Fen
	children        int // in force
	confirmed       money.Fen
	held            money.Fen
	allocated       money.Fen
	arrivals        []Arrival // that stand
}

// view gives the payment as it stands on a day; ok is false when it is not in force.
func (p *Payment) view(c *County, day *today) (v paymentView, ok bool) {
	if !day.inForce(p.PaidOn, p.ReversedOn) {
		return v, false
	}
	v = paymentView{Payment: p, purpose: c.purpose(p.Origin, p.Purpose), upstreamPurpose: c.purpose(p.Origin, p.UpstreamPurpose)}
	for _, child := range p.Children {
		if day.inForce(child.PaidOn, child.ReversedOn) {
			v.children++
			v.passedOn = v.passedOn.Plus(child.Amount)
		}
	}
	for _, a := range p.Arrivals {
		if day.inForce(a.ConfirmedOn, a.WithdrawnOn) {
			v.confirmed = v.confirmed.Plus(a.Amount)
			v.arrivals = append(v.arrivals, a)
		}
	}
	if !p.PayeeIsCommunity {
		v.held = p.Amount.Minus(v.passedOn).Minus(v.confirmed)
	}
	return v, true
}

// views gives the payments in force, by voucher.
func views(payments map[string]*Payment, c *County, day *today) []paymentView {
	vs := make([]paymentView, 0, len(payments))
	for _, p := range payments {
		if v, ok := p.view(c, day); ok {
			vs = append(vs, v)
		}
	}
	slices.SortFunc(vs, func(a, b paymentView) int { return cmp.Compare(a.Voucher, b.Voucher) })
	return vs
}

// purpose is a payment's purpose, which a sponsor's money does not have.
func (c *County) purpose(origin, purpose string) string {
	if c.Departments[origin] == Sponsor {
		return ForGeneral
	}
	return purpose
}

func (p *paymentView) surplus() money.Fen {
	if p.purpose == ForGeneral {
		return 0
	}
	return p.confirmed.Minus(p.allocated)
}

// inTransit is what has been paid for the community and has not reached it.
func (p *paymentView) inTransit() money.Fen { return p.Amount.Minus(p.confirmed) }

// itemOf gives the item of a task, wherever the task is.
type itemOf func(no string) (item string, ok bool)

// inside reports whether purpose x is inside purpose y (§6).
func inside(x, y string, item itemOf) bool {
	switch {
	case x == y, y == ForGeneral:
		return true
	case y == ForDepartment:
		return x != ForGeneral
	}
	no, isTask := strings.CutPrefix(x, "task:")
	code, isItem := strings.CutPrefix(y, "item:")
	if !isTask || !isItem {
		return false
	}
	of, known := item(no)
	return known && of == code
}
