package naive

import "math/big"

// receiptsOf lists the task's receipts that exist on the day.
func (l *ledger) receiptsOf(task Row) []Row {
	var receipts []Row
	for _, receipt := range l.sheets["receipts"] {
		if receipt["task"] == task["no"] && receipt["filed_on"] <= l.on {
			receipts = append(receipts, receipt)
		}
	}
	return receipts
}

// recalled: recalled_on ≤ on, and not completed on or before that day (§3).
func (l *ledger) recalled(task Row) bool {
	day := task["recalled_on"]
	if day == "" || day > l.on {
		return false
	}
	done := l.completion(task)
	return done == nil || done["completed_on"] > day
}

// answer is the receipt that decides the state by the receipts ≤ on that are no query: an accept where one is among
// them, else the latest of them; nil where there is none (§3).
func (l *ledger) answer(task Row) Row {
	var latest Row
	for _, receipt := range l.receiptsOf(task) {
		switch {
		case receipt["outcome"] == "query":
		case receipt["outcome"] == "accept":
			return receipt
		case latest == nil || laterReceipt(receipt, latest):
			latest = receipt
		}
	}
	return latest
}

// laterReceipt tells whether a is after b: by date; on one date a conditional holds over a reject; of two conditionals
// the one greater by (no, condition_amount, condition_by), an empty amount being 0 (§3).
func laterReceipt(a, b Row) bool {
	if a["filed_on"] != b["filed_on"] {
		return a["filed_on"] > b["filed_on"]
	}
	if a["outcome"] != b["outcome"] {
		return a["outcome"] == "conditional"
	}
	if a["no"] != b["no"] {
		return a["no"] > b["no"]
	}
	if c := conditionAmount(a).Cmp(conditionAmount(b)); c != 0 {
		return c > 0
	}
	return a["condition_by"] > b["condition_by"]
}

// conditionAmount is a receipt's condition_amount; empty is 0 (§3).
func conditionAmount(receipt Row) *big.Rat {
	if given := fraction(receipt["condition_amount"]); given != nil {
		return given
	}
	return new(big.Rat)
}

// rejected: neither recalled nor completed, and the deciding receipt rejects (§3).
func (l *ledger) rejected(task Row) bool {
	return !l.recalled(task) && l.completion(task) == nil && l.answer(task)["outcome"] == "reject"
}

// state is the task's state on the day (§3).
func (l *ledger) state(task Row) string {
	if l.recalled(task) {
		return "recalled"
	}
	if l.completion(task) != nil {
		return "completed"
	}
	switch receipt := l.answer(task); receipt["outcome"] {
	case "accept":
		return "accepted"
	case "reject":
		return "rejected"
	case "conditional":
		if receipt["condition_by"] != "" && l.on > receipt["condition_by"] &&
			l.moneyFor(task).Cmp(conditionAmount(receipt)) < 0 {
			return "suspended"
		}
		return "conditional"
	}
	// on is more than receipt_days working days after issued_on (query_days more…)
	if moreThan(l.answerDays(task), task["issued_on"], l.on) {
		return "lapsed"
	}
	return "issued"
}

// answerDays is the number of working days that a community has to answer: receipt_days, and query_days more, once,
// where a query was filed within the receipt_days-th working day (§3).
func (l *ledger) answerDays(task Row) int {
	days := l.days("receipt_days")
	for _, receipt := range l.receiptsOf(task) {
		if receipt["outcome"] == "query" && receipt["filed_on"] <= workday(task["issued_on"], days) {
			return days + l.days("query_days")
		}
	}
	return days
}

// moneyFor is the money allocated to the task, together with unallocated money confirmed for its community under
// purpose task:NO (§3).
func (l *ledger) moneyFor(task Row) *big.Rat {
	money := new(big.Rat)
	shares := l.allocate(task["community"])
	for _, s := range shares {
		if s.task == task["no"] {
			money = add(money, s.amount)
		}
	}
	for _, payment := range l.paymentsFor(task["community"]) {
		if l.purpose(payment) == "task:"+task["no"] {
			money = add(money, sub(l.confirmed(payment), allocatedFrom(shares, payment["voucher"])))
		}
	}
	return money
}

// standing: a task that is not recalled, rejected or completed (§3).
func (l *ledger) standing(task Row) bool {
	return !l.recalled(task) && !l.rejected(task) && l.completion(task) == nil
}
