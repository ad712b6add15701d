package sample

import (
	"strconv"
	"strings"

	"feisui/pkg/civil"
)

// Of a hundred parts owed, so many go each way; the rest are paid in full and
// in time.
const (
	lateShare        = 12
	shortShare       = lateShare + 13
	stuckShare       = shortShare + 8
	neverShare       = stuckShare + 15
	divertedShare    = neverShare + 3
	unconfirmedShare = divertedShare + 2
	unlinkedShare    = unconfirmedShare + 2
)

// fund writes what was paid for a task, and what was promised for it.
func (c *community) fund(t task) {
	for _, p := range c.parts(t) {
		if (t.unadmitted || t.uncatalogued) && c.chance(60) {
			c.promiseInstead(t, p)
			continue
		}
		switch share := c.r.IntN(100); {
		case share < lateShare:
			c.payLate(t, p)
		case share < shortShare:
			p.amount = p.amount * fen(c.between(30, 85)) / 10000 * 100
			c.payInTime(t, p)
		case share < stuckShare:
			c.payAndStop(t, p)
		case share < neverShare:
			c.promiseInstead(t, p)
		case share < divertedShare:
			c.payAndDivert(t, p)
		case share < unconfirmedShare:
			c.payUnconfirmed(t, p)
		case share < unlinkedShare:
			c.payUnlinked(t, p)
		default:
			c.payInTime(t, p)
		}
	}
}

// hop is a payment on its way to the community.
type hop struct {
	voucher string
	paid    civil.Date
	payee   string
}

// pay writes one payment, if it falls within the year, and gives its voucher.
func (c *community) pay(on civil.Date, payer, payee, community, purpose string, amount fen, upstream string) (h hop, paid bool) {
	if on > c.last || amount <= 0 {
		return hop{}, false
	}
	c.vouchers++
	h = hop{c.number("PZ", c.Code, c.vouchers), on, payee}
	c.out.add(payments, h.voucher, on.String(), payer, payee, community, purpose, amount.yuan(), upstream, "")
	return h, true
}

// arrive confirms money at the community on a day. Now and then that was a
// mistake, withdrawn and made good on a later day; or the money comes in two.
func (c *community) arrive(h hop, on civil.Date, amount fen) {
	later := c.workdays.After(on, c.between(1, 4))
	switch share := c.r.IntN(100); {
	case on > c.last:
	case share < 1 && later <= c.last:
		c.out.add(arrivals, h.voucher, on.String(), amount.yuan(), later.String(), "")
		c.out.add(arrivals, h.voucher, later.String(), amount.yuan(), "", "")
	case share < 3 && later <= c.last && amount > 100:
		half := amount / 200 * 100
		c.out.add(arrivals, h.voucher, on.String(), half.yuan(), "", "")
		c.out.add(arrivals, h.voucher, later.String(), (amount - half).yuan(), "", "")
	default:
		c.out.add(arrivals, h.voucher, on.String(), amount.yuan(), "", "")
	}
}

// route is the way that money takes from a payer to the community. At the end
// stands the community, or the street where it keeps the community's account.
func (c *community) route(payer string) []string {
	var via []string
	if strings.HasPrefix(payer, superior) {
		via = append(via, finance)
	}
	switch share := c.r.IntN(100); {
	case share < 12: // Directly.
	case share < 20: // The street keeps the account (居财街管).
		return append(append([]string{payer}, via...), c.Street)
	case !c.Urban() && share < 50:
		via = append(via, custodian)
	default:
		via = append(via, c.Street)
	}
	return append(append([]string{payer}, via...), c.Code)
}

// named is the beneficiary that the payments of a route name. A payment that
// names it must not be passed on by one that does not.
func (c *community) named(route []string) string {
	if route[len(route)-1] == c.Code && c.chance(15) {
		return "" // The last payee says it.
	}
	return c.Code
}

// send pays along a route, each hop lag working days after the one before, and
// confirms the arrival as long after. It gives the last payment, if the money
// came so far.
func (c *community) send(route []string, purpose string, amount fen, on civil.Date, lag func() int) (last hop, there bool) {
	community, upstream := c.named(route), ""
	for i := range route[1:] {
		if i > 0 {
			on = c.workdays.After(on, lag())
			if c.chance(70) {
				purpose = "" // It is the upstream payment's.
			}
		}
		last, there = c.pay(on, route[i], route[i+1], community, purpose, amount, upstream)
		if !there {
			return last, false
		}
		upstream = last.voucher
	}
	c.arrive(last, c.workdays.After(on, lag()), amount)
	return last, true
}

// lag gives a lag of at least one working day, drawn anew for each hop.
func (c *community) lag(most int) func() int {
	return func() int { return c.between(1, most) }
}

// purpose is what the payer writes on the payment: mostly the task, else the
// item or only that it is the department's money.
func (c *community) purpose(t task) string {
	switch share := c.r.IntN(100); {
	case share < 80 || t.uncatalogued:
		return "task:" + t.no
	case share < 94:
		return "item:" + t.code
	}
	return "department"
}

// roomMin is how many days before the deadline leave time to pay slowly.
const roomMin = 16

// payInTime pays so that the money is confirmed by the deadline.
func (c *community) payInTime(t task, p part) {
	on, lag := c.workdays.After(p.from, 1), c.lag(1)
	if room := int(p.by - p.from); room > roomMin {
		on, lag = c.workday(on.AddDays(c.r.IntN(room-roomMin+1))), c.lag(3)
	}
	on = c.payWrongly(p, on)
	payer := p.payer
	if !strings.HasPrefix(payer, superior) && c.chance(5) {
		payer = finance // The treasury pays on the department's behalf.
	}
	purpose := "task:" + t.no
	if payer == p.payer {
		purpose = c.purpose(t)
	}
	h, there := c.send(c.route(payer), purpose, p.amount, on, lag)
	if there && payer == p.payer && c.chance(8) {
		c.promise(p, purpose, min(p.from, on), h.paid.AddDays(c.between(0, 20)))
	}
}

// payLate pays after the deadline, and after what was promised.
func (c *community) payLate(t task, p part) {
	on := c.workday(p.by.AddDays(c.between(3, 70)))
	purpose := c.purpose(t)
	h, there := c.send(c.route(p.payer), purpose, p.amount, on, c.lag(4))
	if there && c.chance(25) {
		c.promise(p, purpose, p.from, max(p.from, min(p.by, h.paid.AddDays(-1))))
	}
}

// payAndStop pays the street or the custodian, who keeps it or passes on half.
func (c *community) payAndStop(t task, p part) {
	keeper := c.Street
	if !c.Urban() && c.chance(40) {
		keeper = custodian
	}
	h, paid := c.pay(c.workdays.After(p.from, c.between(1, 8)), p.payer, keeper, c.Code, "task:"+t.no, p.amount, "")
	if half := p.amount / 200 * 100; paid && c.chance(30) {
		c.forward(h, c.Code, c.Code, "", half)
	}
}

// forward passes money on; what comes to the community is confirmed.
func (c *community) forward(h hop, payee, community, purpose string, amount fen) {
	on := c.workdays.After(h.paid, c.between(1, 12))
	next, paid := c.pay(on, h.payee, payee, community, purpose, amount, h.voucher)
	if paid && payee == c.Code {
		c.arrive(next, c.workdays.After(on, c.between(1, 4)), amount)
	}
}

// payAndDivert pays the street, which spends the money on something else.
func (c *community) payAndDivert(t task, p part) {
	h, paid := c.pay(c.workdays.After(p.from, c.between(1, 8)), p.payer, c.Street, c.Code, "task:"+t.no, p.amount, "")
	if !paid {
		return
	}
	other := c.tasks[c.r.IntN(len(c.tasks))]
	switch c.r.IntN(3) {
	case 0: // A bill of its own.
		c.forward(h, powerFirm, "", "general", p.amount)
	case 1: // Another task of the community.
		c.forward(h, c.Code, c.Code, "task:"+other.no, p.amount)
	default: // Whatever the community needs.
		c.forward(h, c.Code, c.Code, "general", p.amount)
	}
}

func (c *community) payUnconfirmed(t task, p part) {
	h, paid := c.pay(c.workdays.After(p.from, c.between(1, 5)), p.payer, c.Street, c.Code, "task:"+t.no, p.amount, "")
	if paid {
		c.pay(c.workdays.After(h.paid, c.between(1, 4)), c.Street, c.Code, c.Code, "", p.amount, h.voucher)
	}
}

// payUnlinked pays for a number or item that is not there: a slip of the hand.
func (c *community) payUnlinked(t task, p part) {
	purpose := "task:" + strings.Replace(t.no, strconv.Itoa(c.Year), strconv.Itoa(c.Year-1), 1)
	if c.chance(30) {
		purpose = "item:T9900"
	}
	c.send(c.route(p.payer), purpose, p.amount, c.workdays.After(p.from, c.between(1, 8)), c.lag(3))
}

// payWrongly pays a few times too early to the wrong place and takes it back.
// It gives the day from which the right payment can be made.
func (c *community) payWrongly(p part, on civil.Date) civil.Date {
	back := c.workdays.After(on, c.between(1, 2))
	if !c.chance(3) || back > c.last {
		return on
	}
	wrong, paid := c.pay(on, p.payer, custodian, c.Code, "", p.amount, "")
	if !paid {
		return on
	}
	c.vouchers++
	c.out.add(payments, c.number("PZ", c.Code, c.vouchers), back.String(), custodian, p.payer, "", "", p.amount.yuan(), "", wrong.voucher)
	return back
}

// receiveLump passes on this community's part of what the street was paid for
// its programme. One community in ten is left out.
func (c *community) receiveLump() {
	on := c.workdays.After(c.paid, c.between(1, 4))
	if c.kept || c.chance(10) {
		return
	}
	if h, paid := c.pay(on, c.Street, c.Code, c.Code, "", c.programme.rate, c.voucher); paid {
		c.arrive(h, c.workdays.After(on, c.between(1, 3)), c.programme.rate)
	}
}
