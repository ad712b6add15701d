package sample

import "feisui/pkg/civil"

// plaquesMax is how many plaques a community's records show at most.
const plaquesMax = 20

// writePlaques hangs what is allowed, some of what belongs indoors and some of
// what should not be there; part of the last is taken down, and a little of
// that comes back. Dates are those on which the plaque was registered.
func (c *community) writePlaques() {
	n := 0
	left := map[string]int{"A": c.between(0, 4), "M": c.between(2, 5), "X": c.between(0, 6), "H": c.between(0, 1)}
	always := func(p plaque) bool { return p.class == "A" && p.zone == "outside" }
	for _, p := range c.plaques {
		if always(p) {
			n = c.hang(n, p)
		}
	}
	for _, i := range c.r.Perm(len(c.plaques)) {
		p := c.plaques[i]
		if always(p) {
			continue
		}
		if left[p.class] > 0 && n < plaquesMax {
			left[p.class]--
			n = c.hang(n, p)
		}
	}
}

// hang writes a plaque, its removal and its return, and gives the number that
// was given last.
func (c *community) hang(n int, p plaque) int {
	zone := p.zone
	if p.class == "X" && c.chance(25) {
		zone = []string{"outside", "wall"}[c.r.IntN(2)]
	}
	hung := c.first.AddDays(c.r.IntN(25))
	if p.class == "X" && c.chance(30) {
		hung = c.first.AddDays(c.r.IntN(300))
	}
	var taken civil.Date
	if p.class == "X" && c.chance(35) || p.class == "M" && c.chance(6) {
		if d := c.workday(hung.AddDays(c.between(40, 200))); d <= c.last {
			taken = d
		}
	}
	n++
	c.out.add(plaques, c.plaqueNo(n), c.Code, p.department, p.title, zone, hung.String(), cell(taken))
	if taken == 0 || n == plaquesMax || !c.chance(20) {
		return n
	}
	if back := taken.AddDays(c.between(15, 90)); back <= c.last {
		n++
		c.out.add(plaques, c.plaqueNo(n), c.Code, p.department, p.title, zone, back.String(), "")
	}
	return n
}

func (c *community) plaqueNo(n int) string { return c.number("PH", c.Code, n) }

// writeBurdens writes forms, ledgers, groups and the like; most last.
func (c *community) writeBurdens() {
	for n, i := range c.r.Perm(len(c.burdens))[:c.between(3, 10)] {
		b := c.burdens[i]
		from := c.first.AddDays(c.r.IntN(330))
		var to civil.Date
		if c.chance(45) {
			to = min(from.AddDays(c.between(5, 150)), c.last)
		}
		c.out.add(burdens, c.number("FD", c.Code, n+1), c.Code, b.department, b.kind, b.title, from.String(), cell(to))
	}
}
