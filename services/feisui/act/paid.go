package act

import (
	"encoding/json"

	"feisui/pkg/civil"
	"feisui/pkg/code"
	"feisui/pkg/money"
	"feisui/schemas"
	"feisui/services/feisui/record"
	"feisui/services/fund"
	"feisui/services/process"
)

// The workflows of money, each instance of which its voucher numbers.
const (
	paymentFlow = "payment"
	bankFlow    = "bank_line"
)

// transferLimit is the amount of the payment workflow above which what one payer
// pays one payee on one day, or is typed to have paid in one day, takes a second person.
const transferLimit = "transfer_limit"

// paid is what commands about money have to find that no stream's name gives.
type paid struct {
	days     map[payDay]map[string]bool      // vouchers of payments
	of       map[string][]payDay             // by voucher
	typed    map[string]civil.Date           // by voucher, when a person recorded it; not of what a file brought
	proposed map[payDay]map[string]money.Fen // what waits for a second person, by workflow and voucher
	called   map[string]string               // organisations, by code
	names    map[string]map[string]bool      // their codes, by name
	mapped   map[string]schemas.BankStatementTaken
}

// payDay is whose payments of a day add up: of the day they were paid on, and, since
// who types that may choose it, of the day they were typed.
type payDay struct {
	payer, payee string
	on           civil.Date
	typed        bool
}

// typedOn is the day of typing, of the same payer and payee.
func (d payDay) typedOn(on civil.Date) payDay { return payDay{d.payer, d.payee, on, true} }

func newPaid() *paid {
	return &paid{
		days: map[payDay]map[string]bool{}, of: map[string][]payDay{}, typed: map[string]civil.Date{}, proposed: map[payDay]map[string]money.Fen{},
		called: map[string]string{}, names: map[string]map[string]bool{}, mapped: map[string]schemas.BankStatementTaken{},
	}
}

// call keeps what an organisation is called.
func (p *paid) call(of, name string) {
	delete(p.names[p.called[of]], of)
	p.called[of] = name
	if p.names[name] == nil {
		p.names[name] = map[string]bool{}
	}
	p.names[name][of] = true
}

// pay keeps on which days a payment is.
func (p *paid) pay(e *schemas.PaymentMade) {
	for _, day := range p.of[e.Voucher] {
		delete(p.days[day], e.Voucher)
	}
	days := []payDay{{payer: e.Payer, payee: e.Payee, on: e.PaidOn}}
	if on, is := p.typed[e.Voucher]; is {
		days = append(days, days[0].typedOn(on))
	}
	p.of[e.Voucher] = days
	for _, day := range days {
		if p.days[day] == nil {
			p.days[day] = map[string]bool{}
		}
		p.days[day][e.Voucher] = true
	}
}

// propose keeps, or with false forgets, that an instance waits for a second person.
func (p *paid) propose(in *process.Instance, waits bool) {
	if in.State != "proposed" || in.Workflow != paymentFlow && in.Workflow != bankFlow {
		return
	}
	day, amount, whole := dayOf(cellsOf(in, nil))
	if !whole {
		return
	}
	days := []payDay{day}
	if in.Workflow == paymentFlow {
		days = append(days, day.typedOn(in.Steps[0].On))
	}
	for _, day := range days {
		switch {
		case !waits:
			delete(p.proposed[day], in.Workflow+"/"+in.ID)
		case p.proposed[day] == nil:
			p.proposed[day] = map[string]money.Fen{in.Workflow + "/" + in.ID: amount}
		default:
			p.proposed[day][in.Workflow+"/"+in.ID] = amount
		}
	}
}

// What of a payment stands in which form: of a line of a statement, who gets the
// money and what for is as somebody wrote it, and counts once it was placed.
var (
	ofPayments = []string{"voucher", "paid_on", "payer", "payee", "community", "purpose", "amount", "upstream"}
	ofLines    = []string{"voucher", "paid_on", "payer", "amount"}
)

// cellsOf are the columns of the payments sheet as the forms of an instance have
// them, the first, that by which it was placed, and the one at hand: what is said
// later holds.
func cellsOf(in *process.Instance, form map[string]string) map[string]string {
	all := map[string]string{}
	lay := func(columns []string, form map[string]string) {
		for _, column := range columns {
			if form[column] != "" {
				all[column] = form[column]
			}
		}
	}
	if in != nil {
		first := ofPayments
		if in.Workflow == bankFlow {
			first = ofLines
		}
		lay(first, fieldsOf(in.Form))
		if placed, is := in.Last("place"); is {
			lay(ofPayments, fieldsOf(placed.Form))
		}
	}
	lay(ofPayments, form)
	return all
}

// fieldsOf reads a form that was recorded: its schema said that it is an object.
func fieldsOf(form json.RawMessage) map[string]string {
	fields, err := formOf(form)
	if err != nil {
		return nil
	}
	return fields
}

// dayOf is what adds up with a payment, and its amount; false where it does not say
// all of that.
func dayOf(cells map[string]string) (day payDay, amount money.Fen, whole bool) {
	on, wrongDay := civil.Parse(cells["paid_on"])
	amount, wrongAmount := money.ParseAmount(cells["amount"])
	day = payDay{payer: code.HalfWidth(cells["payer"]), payee: code.HalfWidth(cells["payee"]), on: on}
	return day, amount, wrongDay == nil && wrongAmount == nil && day.payer != "" && day.payee != ""
}

// takePayment keeps what is recorded of payments.
func (f *Flows) takePayment(e schemas.Event) {
	var made schemas.PaymentMade
	switch e := e.(type) {
	case schemas.PaymentMade:
		made = e
	case schemas.PaymentSupplemented:
		made = schemas.PaymentMade(e)
	case schemas.PaymentAmended:
		made = e.PaymentMade
	default:
		return
	}
	delete(f.bare[paymentFlow], made.Voucher)
	for _, flow := range []string{paymentFlow, bankFlow} {
		if in := f.instances[flow][made.Voucher]; in != nil {
			f.moved[in] = true // its parties may have no account that the payment changes
		}
	}
	if made.Reverses != "" {
		return // it moves nothing
	}
	_, first := e.(schemas.PaymentMade)
	if first && f.instances[paymentFlow][made.Voucher] != nil { // what a file brings has none yet
		f.paid.typed[made.Voucher] = f.day
	}
	f.paid.pay(&made)
	f.found(paymentFlow, made.Voucher, Parties{Payer: made.Payer, Payee: made.Payee, Community: made.Beneficiary})
}

// The states that facts give a payment (§4).
const (
	atPaid      = "paid"
	atPassedOn  = "passed_on"
	atConfirmed = "confirmed"
	atReversed  = "reversed"
	atReversal  = "reversal" // it undoes another
)

// paymentIn gives what is recorded of a payment, nil when nothing is.
func paymentIn(past record.Past, voucher string) *fund.Payment {
	stream := schemas.PaymentMade{Voucher: voucher}.Stream()
	if !past.Has(stream) {
		return nil
	}
	p := &fund.Payment{}
	for e := range past.Stream(stream) {
		p.Evolve(e)
	}
	return p
}

// stateOf is the state of a payment on a day, "" before it is one.
func stateOf(p *fund.Payment, on civil.Date) string {
	if p == nil || p.Made.PaidOn > on {
		return ""
	}
	passed, confirmed := p.Standing(on)
	switch {
	case p.Made.Reverses != "":
		return atReversal
	case p.Reversed(on):
		return atReversed
	case p.Made.Amount > 0 && confirmed >= p.Made.Amount:
		return atConfirmed
	case p.Made.Amount > 0 && passed >= p.Made.Amount:
		return atPassedOn
	}
	return atPaid
}

// recordedPayment is a payment that was recorded without a workflow.
func (c *County) recordedPayment(voucher string) (f found, err error) {
	p := paymentIn(c.Past, voucher)
	if f.state = stateOf(p, c.Flows.day); f.state == "" {
		return f, nil
	}
	f.since = p.Made.PaidOn
	f.form, err = json.Marshal(formOfPayment(&p.Made))
	return f, err
}

// formOfPayment says a payment in the words of the payments sheet.
func formOfPayment(p *schemas.PaymentMade) map[string]string {
	form := map[string]string{
		"voucher": p.Voucher, "paid_on": p.PaidOn.String(), "payer": p.Payer, "payee": p.Payee, "community": p.Beneficiary,
		"purpose": p.Purpose, "amount": p.Amount.Yuan(), "upstream": p.Upstream,
	}
	for _, column := range []string{"community", "purpose", "upstream"} {
		if form[column] == "" {
			delete(form, column)
		}
	}
	return form
}

// beginPayment begins the workflow of a payment that a command records in another
// way: who gets the money is asked to confirm it.
func (c *County) beginPayment(cells map[string]string) (events []schemas.Event, err error) {
	by, adopted := c.InForce(paymentFlow)
	if by == nil || c.Flows.instances[paymentFlow][cells["voucher"]] != nil {
		return nil, nil
	}
	if !adopted && !c.adopting {
		first := &turn{county: c, by: by}
		if err := first.adopt(); err != nil {
			return nil, err
		}
		events, c.adopting = first.events, true
	}
	form, err := json.Marshal(cells)
	if err != nil {
		return nil, err
	}
	up, err := by.TakeUp(cells["voucher"], atPaid, form, c.Flows.day, c.Flows.day, process.System, c.Calendar)
	return append(events, up...), err
}

// dayTotal is what adds up to a day's limit beside one instance: payments that are
// recorded and were not undone, what waits for a second person, and what the same
// command has brought before.
func (c *County) dayTotal(past record.Past, day payDay, beside string) (sum money.Fen) {
	for voucher := range c.Flows.paid.days[day] {
		if p := paymentIn(past, voucher); p != nil && p.ReversedBy == "" && paymentFlow+"/"+voucher != beside && bankFlow+"/"+voucher != beside {
			sum = sum.Plus(p.Made.Amount)
		}
	}
	for in, amount := range c.Flows.paid.proposed[day] {
		if in != beside {
			sum = sum.Plus(amount)
		}
	}
	for in, amount := range c.parts[day] {
		if in != beside {
			sum = sum.Plus(amount)
		}
	}
	return sum
}

// limit is the transfer limit in force; false where there is none.
func (c *County) limit() (money.Fen, bool) {
	d, _ := c.InForce(paymentFlow)
	if d == nil || d.Amounts[transferLimit] == "" {
		return 0, false
	}
	fen, err := money.ParseAmount(d.Amounts[transferLimit])
	return fen, err == nil // Check says that it is one
}

// partyNamed gives the code of an organisation that a statement names by its code
// or by its name, "" where none or several are called so.
func (c *County) partyNamed(text string) string {
	if text == "" || c.Flows.paid.called[text] != "" || code.IsStreet(text) {
		return text
	}
	codes := c.Flows.paid.names[text]
	if len(codes) != 1 {
		return ""
	}
	for one := range codes {
		text = one
	}
	return text
}
