package naive

import "math/big"

// valid tells whether no rule of §1 on payments, arrivals and reversals refuses the chain. Where a row would be in
// force or stand on no day at all, it is refused as if it did on its first.
func (c chain) valid(isCommunity func(string) bool) bool {
	alike := map[string]bool{}
	for _, a := range c.arrivals {
		key := a["voucher"] + " " + a["confirmed_on"] + " " + a["amount"] + " " + a["withdrawn_on"] + " " + a["no"]
		if alike[key] || !c.validArrival(a, isCommunity) {
			return false
		}
		alike[key] = true
	}
	for _, p := range c.payments {
		if p["reverses"] != "" && !c.validReversal(p) {
			return false
		}
		if parent := c.voucher(p["upstream"]); parent != nil {
			// an upstream names a reversal; a parent's paid_on–its child's
			if parent["reverses"] != "" || p["paid_on"] < parent["paid_on"] {
				return false
			}
			// on any day the children in force sum to more than their parent
			if c.childrenOn(parent, p["paid_on"]).Cmp(fraction(parent["amount"])) > 0 {
				return false
			}
		}
	}
	return true
}

// voucher is the payment with a voucher, nil where there is none.
func (c chain) voucher(voucher string) Row {
	for _, p := range c.payments {
		if voucher != "" && p["voucher"] == voucher {
			return p
		}
	}
	return nil
}

// reversedOn is the day on which a payment is reversed, empty where it never is.
func (c chain) reversedOn(payment Row) string {
	for _, p := range c.payments {
		if p["reverses"] == payment["voucher"] {
			return p["paid_on"]
		}
	}
	return ""
}

// childrenOn sums the children in force on a day. The sum can only rise on a day on which a child is paid.
func (c chain) childrenOn(parent Row, day string) *big.Rat {
	sum := new(big.Rat)
	for _, p := range c.payments {
		reversed := c.reversedOn(p)
		if p["upstream"] == parent["voucher"] && p["paid_on"] <= day && (reversed == "" || reversed > day || p["paid_on"] == day) {
			sum = add(sum, fraction(p["amount"]))
		}
	}
	return sum
}

// childFrom tells whether a payment has a child in force on a day or later.
func (c chain) childFrom(payment Row, day string) bool {
	for _, p := range c.payments {
		reversed := c.reversedOn(p)
		if p["upstream"] == payment["voucher"] && (reversed == "" || reversed > day || p["paid_on"] >= day) {
			return true
		}
	}
	return false
}

// arrivalFrom tells whether a payment has an arrival standing on a day or later.
func (c chain) arrivalFrom(payment Row, day string) bool {
	for _, a := range c.arrivals {
		withdrawn := a["withdrawn_on"]
		if a["voucher"] == payment["voucher"] && (withdrawn == "" || withdrawn > day || a["confirmed_on"] >= day) {
			return true
		}
	}
	return false
}

// validArrival: paid_on–confirmed_on in order; not on a reversal, not on a payment without beneficiary, not on one with
// a child in force on that day or later; arrivals sum to no more than their payment on any day.
func (c chain) validArrival(arrival Row, isCommunity func(string) bool) bool {
	p, day := c.voucher(arrival["voucher"]), arrival["confirmed_on"]
	if day < p["paid_on"] || p["reverses"] != "" || p["community"] == "" && !isCommunity(p["payee"]) || c.childFrom(p, day) {
		return false
	}
	sum := new(big.Rat)
	for _, a := range c.arrivals {
		withdrawn := a["withdrawn_on"]
		if a["voucher"] == arrival["voucher"] && a["confirmed_on"] <= day &&
			(withdrawn == "" || withdrawn > day || a["confirmed_on"] == day) {
			sum = add(sum, fraction(a["amount"]))
		}
	}
	return sum.Cmp(fraction(p["amount"])) <= 0
}

// validReversal: not dated before what it reverses; no upstream; reverses no reversal, no payment reversed before, none
// with a child in force or an arrival standing on that day or later.
func (c chain) validReversal(reversal Row) bool {
	target, day := c.voucher(reversal["reverses"]), reversal["paid_on"]
	for _, p := range c.payments {
		if p["reverses"] == reversal["reverses"] && p["voucher"] != reversal["voucher"] {
			return false
		}
	}
	return target["reverses"] == "" && day >= target["paid_on"] && reversal["upstream"] == "" &&
		!c.childFrom(target, day) && !c.arrivalFrom(target, day)
}
