package sample

import "feisui/pkg/civil"

// cost is what a task should cost (spec §2), as far as it can be known.
func (c *community) cost(t task) (amount fen, known bool) {
	if t.amount != none {
		return t.amount, true
	}
	switch t.rule {
	case "none":
		return 0, true
	case "fixed":
		return t.rate, t.rate != none
	case "per_case":
		n := 1
		if t.done > 0 {
			n = t.done
		} else if t.quantity > 0 {
			n = t.quantity
		}
		return t.rate * fen(n), t.rate != none
	case "per_household":
		return t.rate * fen(c.households), true
	case "per_capita":
		return t.rate * fen(c.population), true
	case "ratio":
		return (t.base*t.rate + 5000) / 10000, t.base != none
	}
	return 0, false
}

// part is what one payer owes for a task, and by when.
type part struct {
	payer    string
	amount   fen
	from, by civil.Date // Nobody pays before from.
}

// parts splits what a task costs among its payers, by largest remainder. It
// gives nothing where nobody can be late: void, free, unknown or, in arrears,
// not yet done.
func (c *community) parts(t task) []part {
	cost, known := c.cost(t)
	if !known || cost == 0 || t.state == rejected || t.state == recalled {
		return nil
	}
	from, by := t.issued, t.payBy
	if by == 0 {
		by = t.starts
	}
	if t.timing == "arrears" {
		if t.completed == 0 {
			return nil
		}
		from, by = t.completed, max(t.completed.AddDays(30), t.payBy)
	}
	all := t.shares(t.assigner)
	split := divide(cost, all)
	parts := make([]part, 0, len(all))
	for i, s := range all {
		p := part{s.payer, split[i], from, by}
		if own, err := civil.Parse(s.by); err == nil {
			p.by = max(own, t.issued)
		}
		parts = append(parts, p)
	}
	return parts
}

// divide shares an amount by weight; the fen that are left over go to the
// largest remainders, and among equal ones to the earlier.
func divide(amount fen, among []share) []fen {
	var weights int64
	for _, s := range among {
		weights += s.weight
	}
	split, rest := make([]fen, len(among)), make([]int64, len(among))
	left := amount
	for i, s := range among {
		split[i] = amount * fen(s.weight) / fen(weights)
		rest[i] = int64(amount) * s.weight % weights
		left -= split[i]
	}
	for ; left > 0; left-- {
		most := 0
		for i := range rest {
			if rest[i] > rest[most] {
				most = i
			}
		}
		split[most]++
		rest[most] = -1
	}
	return split
}
