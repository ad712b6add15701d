package naive

import "strings"

// paymentFlags derives retained, unconfirmed, unlinked and diverted for a payment in force (§6).
func (l *ledger) paymentFlags(payment Row) []flag {
	var flags []flag
	voucher, beneficiary := payment["voucher"], l.beneficiary(payment)
	if l.retained(payment) {
		flags = append(flags, flag{"retained", voucher, payment["payee"],
			firstPast(l.days("passthrough_days"), payment["paid_on"]), l.held(payment), "red"})
	}
	if beneficiary != "" && len(l.childrenInForce(payment)) == 0 {
		missing := sub(fraction(payment["amount"]), l.confirmed(payment))
		if l.isCommunity(payment["payee"]) && missing.Sign() > 0 &&
			moreThan(l.days("arrival_days"), payment["paid_on"], l.on) {
			street := l.find("communities", "code", beneficiary)["street"]
			flags = append(flags, flag{"unconfirmed", voucher, street,
				firstPast(l.days("arrival_days"), payment["paid_on"]), missing, "yellow"})
		}
		if l.unlinked(payment) {
			flags = append(flags, flag{"unlinked", voucher, payment["payer"], payment["paid_on"],
				fraction(payment["amount"]), "yellow"})
		}
	}
	if l.diverted(payment) {
		flags = append(flags, flag{"diverted", voucher, payment["payer"], payment["paid_on"],
			fraction(payment["amount"]), "red"})
	}
	return flags
}

// retained: the payee is not a community, purpose not general, held > 0, on more than passthrough_days working days
// after paid_on (§6).
func (l *ledger) retained(payment Row) bool {
	return !l.isCommunity(payment["payee"]) && l.purpose(payment) != "general" && l.held(payment).Sign() > 0 &&
		moreThan(l.days("passthrough_days"), payment["paid_on"], l.on)
}

// unlinked: the purpose names a task that is not this community's (whatever its issue date), or an item that is not in
// the catalogue (§6).
func (l *ledger) unlinked(payment Row) bool {
	purpose := l.purpose(payment)
	if no, isTask := strings.CutPrefix(purpose, "task:"); isTask {
		task := l.find("tasks", "no", no)
		return task == nil || task["community"] != l.beneficiary(payment)
	}
	if code, isItem := strings.CutPrefix(purpose, "item:"); isItem {
		return l.find("items", "code", code) == nil
	}
	return false
}

// diverted: a child whose own purpose is not inside its parent's purpose, or where its parent has a beneficiary, whose
// own is another or none (§6).
func (l *ledger) diverted(payment Row) bool {
	parent := l.parent(payment)
	if parent == nil {
		return false
	}
	if payment["purpose"] != "" && !l.inside(payment["purpose"], l.purpose(parent)) {
		return true
	}
	return l.beneficiary(parent) != "" && l.beneficiary(payment) != l.beneficiary(parent)
}
