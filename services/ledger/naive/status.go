package naive

import "math/big"

// shortfall = obligation − allocated (§5).
func shortfall(shares []share, o obligation) *big.Rat {
	return sub(o.amount, allocatedTo(shares, o))
}

// overdue: on > due_end. An obligation without pay_by is not (§5).
func (l *ledger) overdue(o obligation) bool {
	return o.payBy != "" && l.on > o.dueEnd
}

// coveredOn is the latest confirmed_on among the arrivals allocated to the obligation, once they sum to its amount;
// else empty (§5).
func coveredOn(shares []share, o obligation) string {
	if shortfall(shares, o).Sign() != 0 {
		return ""
	}
	latest := ""
	for _, s := range shares {
		if s.task == o.task["no"] && s.place == o.place {
			latest = max(latest, s.on)
		}
	}
	return latest
}

// late: covered after due_end. An obligation without pay_by is not (§5).
func late(shares []share, o obligation) bool {
	return o.payBy != "" && coveredOn(shares, o) > o.dueEnd
}

// orderedObligations lists a task's obligations in the order of §5; none where its task is void or undetermined.
func (l *ledger) orderedObligations(task Row) []obligation {
	var all []obligation
	for _, o := range l.standingObligations(task["community"]) {
		if o.task["no"] == task["no"] {
			all = append(all, o)
		}
	}
	return all
}

// overdueShortfall is what is short of the task's overdue obligations.
func (l *ledger) overdueShortfall(shares []share, task Row) *big.Rat {
	sum := new(big.Rat)
	for _, o := range l.orderedObligations(task) {
		if l.overdue(o) {
			sum = add(sum, shortfall(shares, o))
		}
	}
	return sum
}

// status is the status of a task, the first of those that §5 lists.
func (l *ledger) status(shares []share, task Row) string {
	if l.recalled(task) || l.rejected(task) {
		return "void"
	}
	entitlement := l.entitlement(task)
	if entitlement == nil {
		return "undetermined"
	}
	if entitlement.Sign() == 0 {
		return "no_fee"
	}
	short, anyLate := new(big.Rat), false
	overdueShort, overdueAllocated := new(big.Rat), new(big.Rat)
	for _, o := range l.orderedObligations(task) {
		short = add(short, shortfall(shares, o))
		anyLate = anyLate || late(shares, o)
		if l.overdue(o) {
			overdueShort = add(overdueShort, shortfall(shares, o))
			overdueAllocated = add(overdueAllocated, allocatedTo(shares, o))
		}
	}
	switch {
	case short.Sign() == 0 && !anyLate:
		return "funded"
	case short.Sign() == 0:
		return "funded_late"
	case overdueShort.Sign() == 0:
		return "pending"
	case overdueAllocated.Sign() == 0:
		return "unfunded"
	}
	return "underfunded"
}
