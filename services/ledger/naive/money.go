package naive

import (
	"math/big"
	"sort"
)

// inForce: paid_on ≤ on and no payment with reverses = its voucher has paid_on ≤ on. The reversing row itself moves
// nothing (§4).
func (l *ledger) inForce(payment Row) bool {
	if payment["paid_on"] > l.on || payment["reverses"] != "" {
		return false
	}
	for _, other := range l.sheets["payments"] {
		if other["reverses"] == payment["voucher"] && other["paid_on"] <= l.on {
			return false
		}
	}
	return true
}

// paymentsInForce lists the payments in force by voucher.
func (l *ledger) paymentsInForce() []Row {
	var all []Row
	for _, payment := range l.sheets["payments"] {
		if l.inForce(payment) {
			all = append(all, payment)
		}
	}
	sort.Slice(all, func(i, j int) bool { return all[i]["voucher"] < all[j]["voucher"] })
	return all
}

// childrenInForce lists the payments in force that pass this one on.
func (l *ledger) childrenInForce(payment Row) []Row {
	var children []Row
	for _, other := range l.paymentsInForce() {
		if other["upstream"] == payment["voucher"] {
			children = append(children, other)
		}
	}
	return children
}

// parent is the payment that this one passes on, in force or not; nil where it passes on none.
func (l *ledger) parent(payment Row) Row {
	if payment["upstream"] == "" {
		return nil
	}
	return l.find("payments", "voucher", payment["upstream"])
}

// origin is the payer of the chain's first payment (§4).
func (l *ledger) origin(payment Row) string {
	if parent := l.parent(payment); parent != nil {
		return l.origin(parent)
	}
	return payment["payer"]
}

// purpose is the payment's own, else the nearest ancestor's, else department; always general where the origin is of
// kind sponsor (§4).
func (l *ledger) purpose(payment Row) string {
	if l.kindOf(l.origin(payment)) == "sponsor" {
		return "general"
	}
	for p := payment; p != nil; p = l.parent(p) {
		if p["purpose"] != "" {
			return p["purpose"]
		}
	}
	return "department"
}

// beneficiary is the payment's community, else its payee where that is a community, else empty (§4).
func (l *ledger) beneficiary(payment Row) string {
	if payment["community"] != "" {
		return payment["community"]
	}
	if l.isCommunity(payment["payee"]) {
		return payment["payee"]
	}
	return ""
}

// paymentsFor lists the payments in force with the community as beneficiary, by voucher.
func (l *ledger) paymentsFor(community string) []Row {
	var all []Row
	for _, payment := range l.paymentsInForce() {
		if l.beneficiary(payment) == community {
			all = append(all, payment)
		}
	}
	return all
}

// passedOn is the sum of the payment's children (§4).
func (l *ledger) passedOn(payment Row) *big.Rat {
	sum := new(big.Rat)
	for _, child := range l.childrenInForce(payment) {
		sum = add(sum, fraction(child["amount"]))
	}
	return sum
}

// arrivalsOn lists the payment's arrivals that stand: from confirmed_on to before withdrawn_on (§4).
func (l *ledger) arrivalsOn(payment Row) []Row {
	var all []Row
	for _, arrival := range l.sheets["arrivals"] {
		if arrival["voucher"] == payment["voucher"] && arrival["confirmed_on"] <= l.on &&
			(arrival["withdrawn_on"] == "" || l.on < arrival["withdrawn_on"]) {
			all = append(all, arrival)
		}
	}
	return all
}

// confirmed is the sum of the payment's arrivals (§4).
func (l *ledger) confirmed(payment Row) *big.Rat {
	sum := new(big.Rat)
	for _, arrival := range l.arrivalsOn(payment) {
		sum = add(sum, fraction(arrival["amount"]))
	}
	return sum
}

// held is amount − passed_on − confirmed where the payee is not a community, else 0 (§4).
func (l *ledger) held(payment Row) *big.Rat {
	if l.isCommunity(payment["payee"]) {
		return new(big.Rat)
	}
	return sub(sub(fraction(payment["amount"]), l.passedOn(payment)), l.confirmed(payment))
}

// arrived is an arrival with the payment it stands on.
type arrived struct {
	payment Row
	on      string
	amount  *big.Rat
}

// arrivalsFor lists a community's arrivals in the order of (confirmed_on, voucher) (§5).
func (l *ledger) arrivalsFor(community string) []arrived {
	var all []arrived
	for _, payment := range l.paymentsFor(community) {
		for _, arrival := range l.arrivalsOn(payment) {
			all = append(all, arrived{payment, arrival["confirmed_on"], fraction(arrival["amount"])})
		}
	}
	sort.SliceStable(all, func(i, j int) bool {
		if all[i].on != all[j].on {
			return all[i].on < all[j].on
		}
		return all[i].payment["voucher"] < all[j].payment["voucher"]
	})
	return all
}

// share is the part of an arrival that pays an obligation.
type share struct {
	voucher, on string
	task        string
	place       int
	amount      *big.Rat
}

// allocate says which money pays for which obligation of the community (§5).
func (l *ledger) allocate(community string) []share {
	var shares []share
	obligations := l.standingObligations(community)
	for _, a := range l.arrivalsFor(community) {
		left := a.amount
		for _, o := range l.matching(a, obligations) {
			pays := least(left, sub(o.amount, allocatedTo(shares, o)))
			if pays.Sign() > 0 {
				shares = append(shares, share{a.payment["voucher"], a.on, o.task["no"], o.place, pays})
				left = sub(left, pays)
			}
		}
	}
	return shares
}

// matching lists the obligations that an arrival matches, in the order in which it pays them (§5). The obligations are
// in the order of §5.
func (l *ledger) matching(a arrived, obligations []obligation) []obligation {
	purpose, origin := l.purpose(a.payment), l.origin(a.payment)
	treasury := l.kindOf(origin) == "finance" || l.kindOf(origin) == "superior"
	var matched []obligation
	for _, o := range obligations {
		own := o.payer == origin
		switch {
		case purpose == "general":
			// nothing: general money is never allocated
		case purpose == "department":
			// every task: those whose payer is the origin
			if own {
				matched = append(matched, o)
			}
		case purpose == "task:"+o.task["no"]:
			// that task: those whose payer is the money's origin, then the others
			matched = append(matched, o)
		case purpose == "item:"+o.task["item"]:
			// that item's tasks: those whose payer is the origin, then, where it is finance or superior, the others
			if own || treasury {
				matched = append(matched, o)
			}
		}
	}
	// The keys are, in turn: tasks issued on or before confirmed_on before those issued later; among those issued later
	// only, the earlier issued_on first; the origin's own before the others; the obligations' order.
	sort.SliceStable(matched, func(i, j int) bool {
		p, q := matched[i], matched[j]
		pLater, qLater := p.task["issued_on"] > a.on, q.task["issued_on"] > a.on
		if pLater != qLater {
			return qLater
		}
		if pLater && p.task["issued_on"] != q.task["issued_on"] {
			return p.task["issued_on"] < q.task["issued_on"]
		}
		if (p.payer == origin) != (q.payer == origin) {
			return p.payer == origin
		}
		return false
	})
	return matched
}

// allocatedTo is the money that the shares give to an obligation.
func allocatedTo(shares []share, o obligation) *big.Rat {
	sum := new(big.Rat)
	for _, s := range shares {
		if s.task == o.task["no"] && s.place == o.place {
			sum = add(sum, s.amount)
		}
	}
	return sum
}

// allocatedFrom is the money that the shares take from a payment.
func allocatedFrom(shares []share, voucher string) *big.Rat {
	sum := new(big.Rat)
	for _, s := range shares {
		if s.voucher == voucher {
			sum = add(sum, s.amount)
		}
	}
	return sum
}
