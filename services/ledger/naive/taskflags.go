package naive

import (
	"math/big"
	"strings"
)

// standingTaskFlags derives prohibited, unadmitted, no_authority, duplicated and unreceipted, which concern standing
// tasks only (§6).
func (l *ledger) standingTaskFlags(task Row) []flag {
	if !l.standing(task) {
		return nil
	}
	var flags []flag
	item := l.find("items", "code", task["item"])
	if item["list"] == "negative" {
		flags = append(flags, flag{"prohibited", task["no"], task["department"], task["issued_on"], nil, "red"})
	} else if (item == nil || item["list"] == "purchase") && !l.admitted(task) {
		flags = append(flags, flag{"unadmitted", task["no"], task["department"], task["issued_on"], nil, "red"})
	}
	if l.state(task) == "lapsed" {
		since := firstPast(l.answerDays(task), task["issued_on"])
		flags = append(flags, flag{"unreceipted", task["no"], task["community"], since, nil, "yellow"})
	}
	if item["authority_required"] == "yes" && task["authority_document"] == "" {
		flags = append(flags, flag{"no_authority", task["no"], task["department"], task["issued_on"], nil, "yellow"})
	}
	if l.duplicated(task) {
		flags = append(flags, flag{"duplicated", task["no"], task["department"], task["issued_on"], nil, "yellow"})
	}
	return flags
}

// admitted tells whether an admission covers the task: same item and department, decision admitted or conditional,
// decided_on ≤ issued_on (empty covers nothing), from ≤ issued_on ≤ to (empty is unbounded), the community in scope,
// not revoked on or before issued_on (§6).
func (l *ledger) admitted(task Row) bool {
	issued := task["issued_on"]
	for _, admission := range l.sheets["admissions"] {
		if admission["item"] != task["item"] || admission["department"] != task["department"] {
			continue
		}
		if admission["decision"] != "admitted" && admission["decision"] != "conditional" {
			continue
		}
		if admission["decided_on"] == "" || admission["decided_on"] > issued {
			continue
		}
		if admission["from"] != "" && admission["from"] > issued {
			continue
		}
		if admission["to"] != "" && issued > admission["to"] {
			continue
		}
		if admission["revoked_on"] != "" && admission["revoked_on"] <= issued {
			continue
		}
		if inScope(admission["communities"], task["community"]) {
			return true
		}
	}
	return false
}

// inScope: codes split by ;, empty = all (§1).
func inScope(communities, code string) bool {
	if communities == "" {
		return true
	}
	for one := range strings.SplitSeq(communities, ";") {
		if strings.TrimSpace(one) == code {
			return true
		}
	}
	return false
}

// duplicated: another standing task in the community, same item, other department, with overlapping [starts_on or
// issued_on, due_on or without end], issued earlier (or the same day with a smaller no) (§6).
func (l *ledger) duplicated(task Row) bool {
	for _, other := range l.tasksOf(task["community"]) {
		if !l.standing(other) || other["item"] != task["item"] || other["department"] == task["department"] {
			continue
		}
		earlier := other["issued_on"] < task["issued_on"] ||
			other["issued_on"] == task["issued_on"] && other["no"] < task["no"]
		if earlier && overlap(task, other) {
			return true
		}
	}
	return false
}

// overlap tells whether the two tasks' intervals have a day in common.
func overlap(a, b Row) bool {
	from := max(first(a["starts_on"], a["issued_on"]), first(b["starts_on"], b["issued_on"]))
	for _, end := range []string{a["due_on"], b["due_on"]} {
		if end != "" && from > end {
			return false
		}
	}
	return true
}

// moneyTaskFlags derives unfunded, underfunded, due_soon, funded_late and undetermined (§6).
func (l *ledger) moneyTaskFlags(shares []share, task Row) []flag {
	status := l.status(shares, task)
	switch status {
	case "unfunded", "underfunded":
		for _, o := range l.orderedObligations(task) {
			// first overdue short payer; since the day after the due_end of the first overdue short obligation
			if l.overdue(o) && shortfall(shares, o).Sign() > 0 {
				return []flag{{status, task["no"], o.payer, addDays(o.dueEnd, 1), l.overdueShortfall(shares, task), "red"}}
			}
		}
	case "pending":
		return l.dueSoon(shares, task)
	case "funded_late":
		return l.fundedLate(shares, task)
	case "undetermined":
		return []flag{{"undetermined", task["no"], task["department"], task["issued_on"], nil, "yellow"}}
	}
	return nil
}

// dueSoon: some short obligation has pay_by − 3 days ≤ on ≤ due_end; the first such payer; the shortfall of those (§6).
func (l *ledger) dueSoon(shares []share, task Row) []flag {
	f, found := flag{rule: "due_soon", subject: task["no"], amount: new(big.Rat), lamp: "blue"}, false
	for _, o := range l.orderedObligations(task) {
		short := shortfall(shares, o)
		if short.Sign() <= 0 || o.payBy == "" || addDays(o.payBy, -3) > l.on || l.on > o.dueEnd {
			continue
		}
		if !found {
			f.responsible, f.since, found = o.payer, addDays(o.payBy, -3), true
		}
		f.amount = add(f.amount, short)
	}
	if !found {
		return nil
	}
	return []flag{f}
}

// fundedLate: the first late payer; the late obligations' amounts; since the day after the due_end of the first (§6).
func (l *ledger) fundedLate(shares []share, task Row) []flag {
	f, found := flag{rule: "funded_late", subject: task["no"], amount: new(big.Rat), lamp: "yellow"}, false
	for _, o := range l.orderedObligations(task) {
		if !late(shares, o) {
			continue
		}
		if !found {
			f.responsible, f.since, found = o.payer, addDays(o.dueEnd, 1), true
		}
		f.amount = add(f.amount, o.amount)
	}
	return []flag{f}
}
