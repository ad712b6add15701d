package act

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"feisui/pkg/civil"
	"feisui/pkg/code"
	"feisui/pkg/money"
	"feisui/pkg/workflow"
	"feisui/schemas"
	"feisui/services/fund"
)

// This file has the guards and effects of payments and of the lines of bank
// statements. Which sums may be, services/fund alone says: effects bring it rows,
// or ask it.

// payment is what is recorded under the instance's voucher, nil when nothing is.
func (l *look) payment() *fund.Payment { return paymentIn(l.past, l.id()) }

// cells are those of the payment that the instance is, or is to be, about.
func (l *look) cells() map[string]string {
	cells := cellsOf(l.in, l.form)
	cells["voucher"] = l.id()
	return cells
}

// overLimit holds where a payment takes a second person: what its payer paid its
// payee on that day is more than the limit with it, or what was typed today. Everything
// counts that was paid or is proposed, so a payment is not made smaller by being cut up,
// nor by being dated back. The day of a bank's line is the bank's, who places it chooses none.
func overLimit(l *look) error {
	limit, limited := l.county.limit()
	day, amount, whole := dayOf(l.cells())
	if !limited || !whole {
		return refuse("", "within_limit", "limit", limit.Yuan(), "sum", "0.00")
	}
	l.county.wide = true
	days := []payDay{day}
	if l.by.Workflow == paymentFlow {
		days = append(days, day.typedOn(l.command.On))
	}
	var sum money.Fen
	for _, day := range days {
		sum = max(sum, l.county.dayTotal(l.past, day, l.by.Workflow+"/"+l.id()).Plus(amount))
		l.county.part(day, l.by.Workflow+"/"+l.id(), amount)
	}
	if sum <= limit {
		return refuse(sum.Yuan(), "within_limit", "limit", limit.Yuan(), "sum", sum.Yuan())
	}
	return nil
}

// part keeps what the command has brought to a day.
func (c *County) part(day payDay, own string, amount money.Fen) {
	if c.parts == nil {
		c.parts = map[payDay]map[string]money.Fen{}
	}
	if c.parts[day] == nil {
		c.parts[day] = map[string]money.Fen{}
	}
	c.parts[day][own] = amount
}

// paidByNow refuses a payment of a day that has not begun, and one of nothing.
func paidByNow(l *look) error {
	if on, err := civil.Parse(l.form["paid_on"]); err == nil && on > l.command.On {
		return at("paid_on", on.String(), "paid_ahead", "day", l.command.On.String())
	}
	return amountPositive(l)
}

func amountPositive(l *look) error {
	if amount, err := money.ParseAmount(l.form["amount"]); err == nil && amount == 0 {
		return at("amount", amount.Yuan(), "amount_positive")
	}
	return nil
}

// at refuses what stands in a field of the form.
func at(field, found, key string, args ...string) error {
	return workflow.Refusals{workflow.Refuse(0, field, found, key, args...)}
}

// purposeKnown refuses a purpose that names no task of the community, or no item.
// A row that is imported may name one: it is a fact about the world. Who types has
// mistaken a number.
func purposeKnown(l *look) error {
	purpose := code.HalfWidth(l.form["purpose"])
	kind, name, _ := strings.Cut(purpose, ":")
	switch {
	case purpose == "", purpose == "department", purpose == "general":
		return nil
	case kind == "item" && l.past.Has("item/"+name):
		return nil
	case kind == "item":
		return at("purpose", purpose, "purpose_item")
	case kind != "task":
		return at("purpose", purpose, "purpose_word")
	}
	t := taskIn(l.past, name)
	switch community := l.beneficiary(); {
	case t.Assigned == nil:
		return at("purpose", purpose, "purpose_task")
	case community != "" && t.Assigned.Community != community:
		return at("purpose", purpose, "purpose_elsewhere", "community", community, "of", t.Assigned.Community)
	}
	return nil
}

// beneficiary is the community that the payment is for (§4).
func (l *look) beneficiary() string {
	if p := l.payment(); p != nil {
		return p.Made.Beneficiary
	}
	cells := l.cells()
	community := code.HalfWidth(cells["community"])
	if payee := code.HalfWidth(cells["payee"]); community == "" && code.IsCommunity(payee) {
		return payee
	}
	return community
}

// upstreamHeld refuses to pass on what was paid to somebody else, or is no payment yet.
func upstreamHeld(l *look) error {
	upstream, payer := code.HalfWidth(l.form["upstream"]), code.HalfWidth(l.cells()["payer"])
	up := paymentIn(l.past, upstream)
	switch {
	case l.county.unpaid(upstream):
		return at("upstream", upstream, "upstream_waits", "upstream", upstream)
	case upstream == "" || up == nil || up.Made.Payee == payer:
		return nil // one that is not recorded is refused as an unknown voucher
	}
	return at("upstream", upstream, "upstream_elsewhere", "payer", payer, "payee", up.Made.Payee)
}

// confirmsAll holds where what is confirmed already and this is the whole.
func confirmsAll(l *look) error {
	p := l.payment()
	amount, err := money.ParseAmount(l.form["amount"])
	if p == nil || err != nil {
		return refuse("", "not_all", "amount", "", "sum", "")
	}
	_, confirmed := p.Standing(l.command.On)
	if sum := confirmed.Plus(amount); sum < p.Made.Amount {
		return refuse(sum.Yuan(), "not_all", "amount", p.Made.Amount.Yuan(), "sum", sum.Yuan())
	}
	return nil
}

func isCustodian(l *look) error {
	if p := l.payment(); p != nil && code.IsCommunity(p.Made.Payee) {
		return refuse(p.Made.Payee, "custodian")
	}
	return nil
}

// reversible refuses to undo what arrived or was passed on: those who have it say
// first that they no longer do.
func reversible(l *look) error {
	p := l.payment()
	if p == nil {
		return nil
	}
	passed, confirmed := p.Standing(l.command.On)
	switch {
	case confirmed > 0:
		return refuse(confirmed.Yuan(), "reversible_confirmed", "amount", confirmed.Yuan())
	case passed > 0:
		return refuse(passed.Yuan(), "reversible_passed", "amount", passed.Yuan())
	}
	return nil
}

func disputeOpen(l *look) error {
	if l.in != nil {
		for _, s := range slices.Backward(l.in.Steps) {
			switch s.Action {
			case "dispute":
				return nil
			case "answer_dispute", "drop_dispute", "confirm", "make_available":
				return refuse(s.Action, "no_dispute")
			}
		}
	}
	return refuse("", "no_dispute")
}

func voucherFree(l *look) error {
	if l.payment() != nil {
		return at("voucher", l.id(), "voucher_paid")
	}
	return nil
}

// standsAs holds where what is recorded gives the payment one of some states today.
func standsAs(states ...string) func(*look) error {
	return func(l *look) error {
		state := stateOf(l.payment(), l.command.On)
		if slices.Contains(states, state) {
			return nil
		}
		return refuse(state, "payment_stands", "expected", states[0], "state", cmp.Or(state, "-"))
	}
}

// payRow is the row of the payments sheet that the forms say.
func (l *look) payRow() row {
	r := row{of: l.of, sheet: sheetOf("payments"), cells: l.cells(), from: map[string]string{}}
	for column := range r.cells {
		r.from[column] = column
	}
	return r
}

// recordPayment brings the payment; nothing where it waits for a second person.
func recordPayment(l *look) ([]schemas.Event, error) {
	waits, err := l.waits()
	if err == nil && !waits {
		l.facts.add(l.payRow(), "")
	}
	return nil, err
}

// waits reports that the step leads to a second person, and is not that person's.
func (l *look) waits() (bool, error) {
	if l.in != nil && l.in.State == "proposed" {
		return false, nil
	}
	err := overLimit(l)
	var not workflow.Refusals
	if errors.As(err, &not) {
		return false, nil
	}
	return err == nil, err
}

// reversePayment brings the voucher that undoes the payment, as it was proposed.
func reversePayment(l *look) ([]schemas.Event, error) {
	p, form, err := l.proposed("propose_reversal")
	if err != nil {
		return nil, err
	}
	l.facts.add(row{of: l.of, sheet: sheetOf("payments"), cells: map[string]string{
		"voucher": form["voucher"], "paid_on": l.command.On.String(), "payer": p.Made.Payee, "payee": p.Made.Payer,
		"amount": p.Made.Amount.Yuan(), "reverses": l.id(),
	}, from: map[string]string{}}, "")
	return nil, nil
}

// reearmarkPayment gives the payment the purpose that was proposed, for the reason
// that was proposed.
func reearmarkPayment(l *look) ([]schemas.Event, error) {
	p, form, err := l.proposed("propose_reearmark")
	if err != nil {
		return nil, err
	}
	cells := formOfPayment(&p.Made)
	delete(cells, "community") // as it is recorded: what the payee makes of it is not a cell
	cells["purpose"] = form["purpose"]
	l.facts.add(row{of: l.of, sheet: sheetOf("payments"), cells: cells, from: map[string]string{}}, form["reason"])
	return nil, nil
}

// proposed is the payment, and what a step before proposed to do about it.
func (l *look) proposed(action string) (*fund.Payment, map[string]string, error) {
	p := l.payment()
	if p == nil || l.in == nil {
		return nil, nil, refuse("", "payment_stands", "expected", atPaid, "state", "-")
	}
	step, is := l.in.Last(action)
	if !is {
		return nil, nil, errors.New(l.in.Workflow + " " + l.in.ID + " has no step " + action)
	}
	form, err := formOf(step.Form)
	return p, form, err
}

func withdrawArrival(l *look) ([]schemas.Event, error) {
	number, err := strconv.Atoi(l.form["arrival"])
	if err != nil {
		return nil, err // its schema says that it is a number
	}
	return fund.WithdrawArrival{Voucher: l.id(), Arrival: number, On: l.command.On}.Decide(l.payment())
}

// placeLine brings the payment that a line of a statement is, and begins it, so
// that who gets the money sees it; nothing where it waits for a second person.
func placeLine(l *look) ([]schemas.Event, error) {
	waits, err := l.waits()
	if err != nil || waits {
		return nil, err
	}
	r := l.payRow()
	l.facts.add(r, "")
	made := maps.Clone(r.cells)
	if community := l.beneficiary(); community != "" {
		made["community"] = community
	}
	begun, err := l.county.beginPayment(made)
	l.begun = append(l.begun, begun...)
	return nil, err
}
