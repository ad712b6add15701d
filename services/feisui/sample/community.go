package sample

import (
	"math/rand/v2"

	"feisui/pkg/civil"
)

// community writes one community's year. Its numbers begin anew: they carry
// the community's code.
type community struct {
	*street
	Place
	r                             *rand.Rand
	households, population, staff int

	tasks    []task // Those written so far.
	vouchers int
	promises int
}

func newCommunity(s *street, p Place) *community {
	c := &community{street: s, Place: p, r: s.generator(p.Code)}
	if p.Urban() {
		c.households, c.staff = 800+c.r.IntN(2200), 7+c.r.IntN(10)
	} else {
		c.households, c.staff = 180+c.r.IntN(720), 4+c.r.IntN(4)
	}
	c.population = c.households * (235 + c.r.IntN(110)) / 100
	if c.chance(6) {
		c.staff = none
	}
	return c
}

// chance is true in so many of a hundred cases.
func (c *community) chance(percent int) bool { return c.r.IntN(100) < percent }

// between gives a number from low to high, both included.
func (c *community) between(low, high int) int { return low + c.r.IntN(high-low+1) }

// cell is a date's cell: empty where the date is not given.
func cell(d civil.Date) string {
	if d == 0 {
		return ""
	}
	return d.String()
}

func (c *community) write() {
	kind := "village"
	if c.Urban() {
		kind = "urban"
	}
	c.out.add(communities, c.Code, c.Name, c.Street, kind, count(c.households), count(c.population), count(c.staff))
	c.writeTasks()
	c.writeGeneral()
	c.writePledges()
	c.writePlaques()
	c.writeBurdens()
}

// deck deals items without repeating one before all were dealt.
type deck struct {
	all  []item
	left []int
}

func (d *deck) deal(r *rand.Rand) item {
	if len(d.left) == 0 {
		d.left = r.Perm(len(d.all))
	}
	last := len(d.left) - 1
	i := d.left[last]
	d.left = d.left[:last]
	return d.all[i]
}
