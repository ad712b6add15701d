package sample

import (
	"fmt"

	"feisui/pkg/civil"
)

// promise writes a commitment of what a payer owes.
func (c *community) promise(p part, purpose string, on, by civil.Date) {
	kind := "pledge"
	if c.chance(55) {
		kind = "quota"
	}
	c.commit(kind, p.payer, purpose, p.amount, on, by)
}

// promiseInstead promises what is not paid, in one case of four.
func (c *community) promiseInstead(t task, p part) {
	if on := c.workday(p.from); on <= c.last && c.chance(25) {
		c.promise(p, "task:"+t.no, on, min(max(on, p.by).AddDays(c.between(0, 30)), c.latest))
	}
}

func (c *community) commit(kind, department, purpose string, amount fen, on, by civil.Date) {
	c.promises++
	c.out.add(commitments, c.number("CN", c.Code, c.promises), kind, department, c.Code, purpose, amount.yuan(), on.String(), cell(by))
}

// writePledges writes what departments said in a meeting: help in general,
// some of it without a date.
func (c *community) writePledges() {
	for range c.between(0, 2) {
		d := c.departments[1+c.r.IntN(33)]
		on := c.workday(c.first.AddDays(c.between(10, 200)))
		by := on.AddDays(c.between(60, 150))
		if c.chance(30) {
			by = 0
		}
		c.commit("pledge", d.code, "", fen(c.between(2, 20))*100_000, on, by)
	}
}

// writeGeneral writes money that is for no task: what the county gives for
// running the office, and sponsors' gifts.
func (c *community) writeGeneral() {
	for half := range 2 {
		if c.chance(60) {
			on := c.workday(c.first.AddDays(30 + 180*half + c.r.IntN(60)))
			c.send([]string{finance, c.Street, c.Code}, "general", fen(c.between(8, 25))*100_000, on, c.lag(4))
		}
	}
	if c.chance(30) {
		on := c.workday(c.first.AddDays(c.between(10, 340)))
		giver := fmt.Sprintf("S%02d", c.between(1, 2))
		c.send([]string{giver, c.Code}, "general", fen(c.between(1, 30))*50_000, on, c.lag(3))
	}
}
