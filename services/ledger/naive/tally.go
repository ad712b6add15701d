package naive

import "math/big"

// object is a JSON object.
type object = map[string]any

// sums are the money of §7 that adds up over communities.
type sums struct {
	tasks, standing, undetermined, unfunded, underfunded int

	entitlement, allocated, shortfall, overdueShortfall, due *big.Rat
}

// sumsOf adds up a community's tasks and the obligations that stand (§7).
func (l *ledger) sumsOf(community string) sums {
	s := sums{entitlement: new(big.Rat), allocated: new(big.Rat), shortfall: new(big.Rat),
		overdueShortfall: new(big.Rat), due: new(big.Rat)}
	shares := l.allocate(community)
	for _, task := range l.tasksOf(community) {
		s.tasks++
		if l.standing(task) {
			s.standing++
		}
		switch l.status(shares, task) {
		case "undetermined":
			s.undetermined++
		case "unfunded":
			s.unfunded++
		case "underfunded":
			s.underfunded++
		}
	}
	for _, o := range l.standingObligations(community) {
		s.entitlement = add(s.entitlement, o.amount)
		s.allocated = add(s.allocated, allocatedTo(shares, o))
		s.shortfall = add(s.shortfall, shortfall(shares, o))
		if l.overdue(o) {
			s.due = add(s.due, o.amount)
			s.overdueShortfall = add(s.overdueShortfall, shortfall(shares, o))
		}
	}
	return s
}

// plus adds two sums.
func (s sums) plus(o sums) sums {
	return sums{s.tasks + o.tasks, s.standing + o.standing, s.undetermined + o.undetermined, s.unfunded + o.unfunded,
		s.underfunded + o.underfunded, add(s.entitlement, o.entitlement), add(s.allocated, o.allocated),
		add(s.shortfall, o.shortfall), add(s.overdueShortfall, o.overdueShortfall), add(s.due, o.due)}
}

// fields are what a community's tally and the totals have in common (§9).
func (s sums) fields() object {
	return object{
		"standing_tasks": s.standing, "undetermined": s.undetermined,
		"entitlement": fen(s.entitlement), "allocated": fen(s.allocated), "shortfall": fen(s.shortfall),
		"overdue_shortfall": fen(s.overdueShortfall), "due": fen(s.due),
		"coverage_bp":     basisPoints(s.allocated, s.entitlement),
		"coverage_due_bp": basisPoints(sub(s.due, s.overdueShortfall), s.due),
	}
}

// basisPoints is part × 10000 / whole rounded down, nil when the divisor is 0 (§7).
func basisPoints(part, whole *big.Rat) any {
	if whole.Sign() == 0 {
		return nil
	}
	return fen(floor(new(big.Rat).Quo(times(part, big.NewRat(10000, 1)), whole)))
}

// fen is a whole number for JSON, nil for a missing one.
func fen(r *big.Rat) any {
	if r == nil {
		return nil
	}
	if !r.IsInt() {
		panic("not whole: " + r.String())
	}
	return r.Num().Int64()
}

// tally is a community's tally on the day (§7).
func (l *ledger) tally(community string) object {
	t := l.sumsOf(community).fields()
	byDepartment, issued := map[string]int{}, 0
	for _, task := range l.tasksOf(community) {
		if l.standing(task) {
			byDepartment[task["department"]]++
		}
		// tasks issued in the calendar year of on (void ones too)
		if at(task["issued_on"]).Year() == at(l.on).Year() {
			issued++
		}
	}
	burdens := map[string]int{}
	for _, burden := range l.sheets["burdens"] {
		// from ≤ on, and to empty or ≥ on
		if burden["community"] == community && burden["from"] <= l.on && (burden["to"] == "" || burden["to"] >= l.on) {
			burdens[burden["kind"]]++
		}
	}
	plaques := map[string]int{}
	for _, zone := range []string{"outside", "inside", "wall"} {
		plaques[zone] = l.countIn(community, zone, l.on)
	}
	t["tasks_by_department"], t["issued_this_year"] = byDepartment, issued
	t["plaques"], t["burdens"] = plaques, burdens

	// over payments with this beneficiary and no children
	shares := l.allocate(community)
	confirmed, surplus, general, inTransit := new(big.Rat), new(big.Rat), new(big.Rat), new(big.Rat)
	for _, payment := range l.paymentsFor(community) {
		if len(l.childrenInForce(payment)) > 0 {
			continue
		}
		here := l.confirmed(payment)
		confirmed = add(confirmed, here)
		inTransit = add(inTransit, sub(fraction(payment["amount"]), here))
		if l.purpose(payment) == "general" {
			general = add(general, here)
		} else {
			surplus = add(surplus, sub(here, allocatedFrom(shares, payment["voucher"])))
		}
	}
	t["confirmed"], t["surplus"] = fen(confirmed), fen(surplus)
	t["general"], t["in_transit"] = fen(general), fen(inTransit)
	return t
}
