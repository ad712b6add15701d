package naive

import (
	"math/big"
	"sort"
)

// statement is the JSON object of §9.
func (l *ledger) statement() object {
	communities, holders := []object{}, []object{}
	counts := map[string]int{}
	total := sums{entitlement: new(big.Rat), allocated: new(big.Rat), shortfall: new(big.Rat),
		overdueShortfall: new(big.Rat), due: new(big.Rat)}
	for _, code := range l.communityCodes() {
		flags := l.flagsOf(code)
		count(counts, flags)
		total = total.plus(l.sumsOf(code))
		communities = append(communities, object{
			"code": code, "name": l.find("communities", "code", code)["name"],
			"tasks": l.taskList(code, flags), "payments": l.paymentList(code), "flags": flagList(flags),
			"tally": l.tally(code),
		})
	}
	for _, code := range l.holderCodes() {
		holder, flags := l.holder(code)
		count(counts, flags)
		holders = append(holders, holder)
	}
	totals := total.fields()
	totals["tasks"], totals["unfunded"], totals["underfunded"] = total.tasks, total.unfunded, total.underfunded
	totals["flags"] = counts
	return object{"on": l.on, "communities": communities, "holders": holders, "totals": totals}
}

// communityCodes lists the communities by code.
func (l *ledger) communityCodes() []string {
	var codes []string
	for _, community := range l.sheets["communities"] {
		codes = append(codes, community["code"])
	}
	sort.Strings(codes)
	return codes
}

// count adds flags to the number of flags of each rule.
func count(counts map[string]int, flags []flag) {
	for _, f := range flags {
		counts[f.rule]++
	}
}

// taskList shows a community's tasks by no.
func (l *ledger) taskList(community string, flags []flag) []object {
	shares := l.allocate(community)
	list := []object{}
	for _, task := range l.tasksOf(community) {
		status := l.status(shares, task)
		shown := object{
			"no": task["no"], "department": task["department"], "item": task["item"], "state": l.state(task),
			"status": status, "lamp": lampOf(flags, task),
		}
		switch status {
		case "void":
			shown["entitlement"], shown["allocated"], shown["shortfall"], shown["overdue_shortfall"] = 0, 0, 0, 0
		case "undetermined":
			shown["entitlement"], shown["allocated"], shown["shortfall"], shown["overdue_shortfall"] = nil, 0, nil, nil
		default:
			allocated, short := new(big.Rat), new(big.Rat)
			for _, o := range l.orderedObligations(task) {
				allocated = add(allocated, allocatedTo(shares, o))
				short = add(short, shortfall(shares, o))
			}
			shown["entitlement"], shown["allocated"] = fen(l.entitlement(task)), fen(allocated)
			shown["shortfall"], shown["overdue_shortfall"] = fen(short), fen(l.overdueShortfall(shares, task))
		}
		list = append(list, shown)
	}
	return list
}

// paymentList shows the payments with the community as beneficiary by voucher; surplus is 0 on general ones (§9).
func (l *ledger) paymentList(community string) []object {
	shares := l.allocate(community)
	list := []object{}
	for _, payment := range l.paymentsFor(community) {
		confirmed, allocated := l.confirmed(payment), allocatedFrom(shares, payment["voucher"])
		surplus := sub(confirmed, allocated)
		if l.purpose(payment) == "general" {
			surplus = new(big.Rat)
		}
		list = append(list, object{
			"voucher": payment["voucher"], "origin": l.origin(payment), "purpose": l.purpose(payment),
			"amount": fen(fraction(payment["amount"])), "held": fen(l.held(payment)), "confirmed": fen(confirmed),
			"allocated": fen(allocated), "surplus": fen(surplus),
		})
	}
	return list
}

// flagList shows flags in the order given.
func flagList(flags []flag) []object {
	list := []object{}
	for _, f := range flags {
		list = append(list, object{
			"rule": f.rule, "subject": f.subject, "responsible": f.responsible, "since": f.since,
			"amount": fen(f.amount), "lamp": f.lamp,
		})
	}
	return list
}

// holderCodes lists every payee of a payment in force that is not a community, by code (§9).
func (l *ledger) holderCodes() []string {
	seen := map[string]bool{}
	var codes []string
	for _, payment := range l.paymentsInForce() {
		if payee := payment["payee"]; !l.isCommunity(payee) && !seen[payee] {
			seen[payee] = true
			codes = append(codes, payee)
		}
	}
	sort.Strings(codes)
	return codes
}

// holder shows one holder: held sums what its payments hold, retained the part of it that the rule retained names,
// flags those of payments without beneficiary (§9).
func (l *ledger) holder(code string) (object, []flag) {
	held, retained := new(big.Rat), new(big.Rat)
	var flags []flag
	for _, payment := range l.paymentsInForce() {
		if payment["payee"] != code {
			continue
		}
		held = add(held, l.held(payment))
		if l.retained(payment) {
			retained = add(retained, l.held(payment))
		}
		if l.beneficiary(payment) == "" {
			flags = append(flags, l.paymentFlags(payment)...)
		}
	}
	sortFlags(flags)
	return object{"code": code, "held": fen(held), "retained": fen(retained), "flags": flagList(flags)}, flags
}
