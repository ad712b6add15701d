package naive

import (
	"math/big"
	"sort"
)

// served is the part of a payment that serves a commitment.
type served struct {
	commitment, paidOn string
	amount             *big.Rat
}

// commitmentsOf lists a community's commitments that exist on the day, in the order of (by, none last; no) (§6).
func (l *ledger) commitmentsOf(community string) []Row {
	var all []Row
	for _, c := range l.sheets["commitments"] {
		if c["community"] == community && c["made_on"] <= l.on {
			all = append(all, c)
		}
	}
	sort.Slice(all, func(i, j int) bool {
		a, b := all[i], all[j]
		if a["by"] != b["by"] {
			return a["by"] != "" && (b["by"] == "" || a["by"] < b["by"])
		}
		return a["no"] < b["no"]
	})
	return all
}

// serve lets the payments in order of (paid_on, voucher) serve the commitments in their order, each fen once (§6).
func (l *ledger) serve(community string) []served {
	payments := l.paymentsFor(community)
	sort.SliceStable(payments, func(i, j int) bool { return payments[i]["paid_on"] < payments[j]["paid_on"] })
	var all []served
	for _, payment := range payments {
		left := fraction(payment["amount"])
		for _, c := range l.commitmentsOf(community) {
			if !l.serves(payment, c) {
				continue
			}
			part := least(left, sub(fraction(c["amount"]), servedTo(all, c, "")))
			if part.Sign() > 0 {
				all = append(all, served{c["no"], payment["paid_on"], part})
				left = sub(left, part)
			}
		}
	}
	return all
}

// serves: origin the department, beneficiary the community, purpose inside the commitment's, no children, paid_on from
// made_on to on (§6). An empty purpose of a commitment is department (§1).
func (l *ledger) serves(payment, c Row) bool {
	return l.origin(payment) == c["department"] && l.beneficiary(payment) == c["community"] &&
		l.inside(l.purpose(payment), first(c["purpose"], "department")) && len(l.childrenInForce(payment)) == 0 &&
		c["made_on"] <= payment["paid_on"] && payment["paid_on"] <= l.on
}

// servedTo is what payments made after a day give to a commitment; with an empty day, what all payments give.
func servedTo(all []served, c Row, after string) *big.Rat {
	sum := new(big.Rat)
	for _, s := range all {
		if s.commitment == c["no"] && s.paidOn > after {
			sum = add(sum, s.amount)
		}
	}
	return sum
}

// commitmentFlags derives commitment_broken and commitment_late (§6).
func (l *ledger) commitmentFlags(community string) []flag {
	var flags []flag
	all := l.serve(community)
	for _, c := range l.commitmentsOf(community) {
		if c["by"] == "" || l.on <= c["by"] {
			continue
		}
		since := addDays(c["by"], 1)
		if rest := sub(fraction(c["amount"]), servedTo(all, c, "")); rest.Sign() > 0 {
			lamp := "yellow"
			if c["kind"] == "quota" {
				lamp = "red"
			}
			flags = append(flags, flag{"commitment_broken", c["no"], c["department"], since, rest, lamp})
		} else if part := servedTo(all, c, c["by"]); part.Sign() > 0 {
			flags = append(flags, flag{"commitment_late", c["no"], c["department"], since, part, "yellow"})
		}
	}
	return flags
}
