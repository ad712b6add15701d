package naive

import (
	"fmt"
	"math/big"
	"slices"

	"pgregory.net/rapid"
)

// chain is a first payment with all that passes it on, its arrivals and reversals. Vouchers are 0, 1, … inside it.
type chain struct {
	payments, arrivals []Row
}

// payments draws chains of payments and gives each payment its voucher. Arrivals that are alike get a no.
func (d *drawer) payments(t *rapid.T) {
	chains := rapid.SliceOfN(rapid.Custom(d.chain), 0, 7).Draw(t, "chains")
	total := 0
	for _, c := range chains {
		total += len(c.payments)
	}
	// Vouchers in an order of their own: a child's may be before its parent's.
	numbers := make([]int, total)
	for i := range numbers {
		numbers[i] = i + 1
	}
	if chance(t, "vouchers out of order", 2) {
		numbers = rapid.Permutation(numbers).Draw(t, "vouchers")
	}
	at := 0
	for _, c := range chains {
		names := map[string]string{}
		for _, payment := range c.payments {
			names[payment["voucher"]] = fmt.Sprint("V", numbers[at])
			at++
		}
		for _, row := range append(c.payments, c.arrivals...) {
			for _, column := range []string{"voucher", "upstream", "reverses"} {
				row[column] = names[row[column]]
			}
		}
		for _, payment := range c.payments {
			d.add("payments", payment)
		}
		for i, arrival := range c.arrivals {
			if arrival["no"] != "" {
				arrival["no"] = fmt.Sprint(i + 1)
			}
			d.add("arrivals", arrival)
		}
	}
}

// chain draws a first payment and what becomes of it.
func (d *drawer) chain(t *rapid.T) chain {
	var c chain
	root := Row{
		"voucher": "0", "paid_on": DrawDate(t), "payer": pick(t, "payer", d.parties...), "payee": d.payee(t, 0),
		"purpose": d.purposeOf(t), "amount": pick(t, "amount", "1", "2", "3", "5", "10", "1.5", "0.67", "100", "0.01"),
	}
	root["community"] = d.beneficiaryOf(t, root["payee"])
	if owed := append(d.owed(), d.conditions()...); len(owed) > 0 && chance(t, "meant for a task", 2) {
		d.aim(t, root, pick(t, "obligation", owed...))
	}
	c.payments = append(c.payments, root)
	d.follow(t, &c, root, 1)
	return c
}

// owed lists the obligations of the drawn tasks that have an amount, as of the end of 2025.
func (d *drawer) owed() []obligation {
	l, err := open(d.book, "2025-12-31")
	if err != nil {
		panic(err)
	}
	var all []obligation
	for _, community := range d.communities {
		for _, o := range l.standingObligations(community) {
			if o.amount.Sign() > 0 {
				all = append(all, o)
			}
		}
	}
	return all
}

// conditions lists what conditional receipts ask for, as if it were owed by their date.
func (d *drawer) conditions() []obligation {
	var all []obligation
	for _, receipt := range d.book.Sheets["receipts"] {
		if receipt["condition_amount"] == "" {
			continue
		}
		for _, task := range d.book.Sheets["tasks"] {
			if task["no"] == receipt["task"] {
				asked := times(fraction(receipt["condition_amount"]), big.NewRat(100, 1))
				all = append(all, obligation{task: task, payer: task["department"], amount: asked, payBy: receipt["condition_by"]})
			}
		}
	}
	return all
}

// tasksOfItem lists the drawn tasks of the item that a purpose names.
func (d *drawer) tasksOfItem(purpose string) []Row {
	var tasks []Row
	for _, task := range d.book.Sheets["tasks"] {
		if purpose == "item:"+task["item"] {
			tasks = append(tasks, task)
		}
	}
	return tasks
}

// aim turns a first payment into one that may pay an obligation: from its payer or another, about its pay_by, of its
// amount or a little more or less.
func (d *drawer) aim(t *rapid.T, root Row, o obligation) {
	root["paid_on"] = beside(t, "paid_on", first(o.payBy, o.task["issued_on"]))
	if chance(t, "before the task", 3) {
		root["paid_on"] = addDays(o.task["issued_on"], pick(t, "days before", -1, -2, -5, -30))
	}
	if !chance(t, "from another", 4) {
		root["payer"] = o.payer
	}
	if root["community"] != "" || d.isCommunityCode(root["payee"]) {
		root["payee"], root["community"] = o.task["community"], ""
		if chance(t, "kept by the street", 5) {
			root["payee"], root["community"] = o.task["community"][:9], o.task["community"]
		}
	}
	root["purpose"] = pick(t, "purpose", "", "task:"+o.task["no"], "item:"+o.task["item"])
	cents := add(o.amount, big.NewRat(int64(pick(t, "fen more", 0, 0, 1, 100, -1)), 1))
	if cents.Sign() <= 0 {
		return
	}
	root["amount"] = yuan(cents)
	if half := part(t, root["amount"]); half != "0" && half != "0.00" {
		root["amount"] = half
	}
}

// yuan is the text of an amount of fen in yuan.
func yuan(fen *big.Rat) string {
	return new(big.Rat).Quo(fen, big.NewRat(100, 1)).FloatString(2)
}

// payee draws who gets a payment at a depth of its chain: a community at once, or a party that passes it on.
func (d *drawer) payee(t *rapid.T, depth int) string {
	switch pick(t, "payee", 0, 0, 1, 2) {
	case 1:
		return pick(t, "street", streets...)
	case 2:
		if depth < 2 {
			return pick(t, "holder", d.parties...)
		}
	}
	return d.community(t)
}

// beneficiaryOf draws the community column: mostly empty where the payee is a community.
func (d *drawer) beneficiaryOf(t *rapid.T, payee string) string {
	odds := 2
	if len(payee) == 12 {
		odds = 5
	}
	return sometimes(t, "beneficiary", odds, func() string { return d.community(t) })
}

// follow draws what becomes of a payment: it is passed on, it arrives, it is reversed. What the workbook would be
// refused for is left out.
func (d *drawer) follow(t *rapid.T, c *chain, payment Row, depth int) {
	children := 0
	if depth < 4 {
		children = pick(t, "children", 0, 1, 1, 2, 3)
		if d.isCommunityCode(payment["payee"]) && !chance(t, "community passes on", 8) {
			children = 0
		}
	}
	for range children {
		child := Row{
			"voucher": fmt.Sprint(len(c.payments)), "upstream": payment["voucher"], "payer": payment["payee"],
			"paid_on": after(t, "paid_on", payment["paid_on"]), "payee": d.payee(t, depth),
			"amount": part(t, payment["amount"]),
		}
		if chance(t, "other payer", 10) {
			child["payer"] = pick(t, "payer", d.parties...)
		}
		if chance(t, "own purpose", 3) {
			child["purpose"] = d.purposeOf(t)
			if tasks := d.tasksOfItem(payment["purpose"]); len(tasks) > 0 && chance(t, "of the item", 2) {
				child["purpose"] = "task:" + pick(t, "task", tasks...)["no"]
			}
		}
		child["community"] = d.beneficiaryOf(t, child["payee"])
		if c.keep(chain{payments: []Row{child}}, d.isCommunityCode) {
			d.follow(t, c, child, depth+1)
		}
	}
	for range pick(t, "arrivals", 1, 0, 2, 3) {
		arrival := Row{
			"voucher": payment["voucher"], "confirmed_on": after(t, "confirmed_on", payment["paid_on"]),
			"amount": part(t, payment["amount"]),
		}
		arrival["withdrawn_on"] = sometimes(t, "withdrawn_on", 4, func() string {
			return after(t, "withdrawn_on", arrival["confirmed_on"])
		})
		arrival["no"] = sometimes(t, "no", 3, func() string { return "1" })
		c.keep(chain{arrivals: []Row{arrival}}, d.isCommunityCode)
	}
	if chance(t, "reversed", 6) {
		day := payment["paid_on"]
		for _, arrival := range c.arrivals {
			if arrival["voucher"] == payment["voucher"] {
				day = max(day, arrival["withdrawn_on"])
			}
		}
		c.keep(chain{payments: []Row{{
			"voucher": fmt.Sprint(len(c.payments)), "reverses": payment["voucher"], "payer": payment["payee"],
			"payee": payment["payer"], "amount": payment["amount"], "paid_on": after(t, "reversed on", day),
			"purpose": payment["purpose"],
		}}}, d.isCommunityCode)
	}
}

// isCommunityCode tells whether a code is one of the drawn communities.
func (d *drawer) isCommunityCode(code string) bool {
	return slices.Contains(d.communities, code)
}

// part draws the whole of an amount, a half of it rounded down to the fen, or some other small amount.
func part(t *rapid.T, whole string) string {
	switch pick(t, "part", 0, 0, 1, 2) {
	case 1:
		half := floor(times(times(fraction(whole), big.NewRat(100, 1)), big.NewRat(1, 2)))
		return yuan(half)
	case 2:
		return money(t, "part")
	}
	return whole
}

// keep adds rows to the chain where it stays valid with them, and tells whether it did.
func (c *chain) keep(more chain, isCommunity func(string) bool) bool {
	grown := chain{append(append([]Row{}, c.payments...), more.payments...), append(append([]Row{}, c.arrivals...), more.arrivals...)}
	if !grown.valid(isCommunity) {
		return false
	}
	*c = grown
	return true
}
