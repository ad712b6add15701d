package fund

import (
	"cmp"
	"slices"

	"feisui/pkg/civil"
	"feisui/pkg/workflow"
	"feisui/schemas"
)

// Record takes up payments and arrivals as a county's sheets have them. They
// are decided together: whether money was passed on twice is a question about
// all of them, not about the order of rows. A voucher that is recorded already may
// be said with cells filled in that were empty, and, for a Reason, otherwise; an
// arrival is its whole row, and another row is another arrival.
//
// Of a payment, what the sheet has is given; Beneficiary is already resolved,
// since which codes are communities is not this service's to know.
type Record struct {
	Payments []RecordPayment
	Arrivals []RecordArrival
	Unsure   []string // vouchers of which a row is missing here: what they sum to is not judged
	Reason   string   // why rows may say otherwise than is recorded; "" when they may not
}

// RecordPayment is one row of payments; rows have different vouchers.
type RecordPayment struct {
	Row     int
	Payment schemas.PaymentMade
	Unread  bool // a cell could not be read: the row holds its place, and is not compared
}

// RecordArrival is one row of arrivals; no two are alike. Its payment is known
// or among the rows.
type RecordArrival struct {
	Row         int
	Arrival     schemas.PaymentArrived
	WithdrawnOn civil.Date
}

// Refused are the reasons why Record was refused, apart by sheet.
type Refused struct{ Payments, Arrivals workflow.Refusals }

// Error says all reasons.
func (r Refused) Error() string {
	return slices.Concat(r.Payments, r.Arrivals).Error()
}

// book is what is known, and the rows taken up so far.
type book struct {
	load        func(voucher string) *Payment
	reason      string
	payments    map[string]*Payment
	rows        map[string]int // the row that brought a payment, or changes it
	again       map[string]workflow.Change
	lifted      map[string]*Payment // recorded before, and decided anew: as they were
	arrivalRows map[arrivalKey]int
	unread      map[string]bool
	unsure      map[string]bool
	touched     []string // vouchers to look at once all is taken up
	events      []schemas.Event
	refused     Refused
}

// Decide gives what is new in the rows, nothing when all is known already; the
// order of the rows changes nothing. load gives what is known of a payment, nil
// when nothing is; nobody else changes what it gave. Every fault of spec §1 that concerns payments and arrivals is
// refused, all at once, as Refused.
func (c Record) Decide(load func(voucher string) *Payment) ([]schemas.Event, error) {
	b := &book{
		load: load, reason: c.Reason, payments: make(map[string]*Payment, len(c.Payments)), rows: make(map[string]int, len(c.Payments)),
		again: map[string]workflow.Change{}, lifted: map[string]*Payment{},
		arrivalRows: make(map[arrivalKey]int, len(c.Arrivals)), unread: map[string]bool{}, unsure: map[string]bool{},
	}
	for _, voucher := range c.Unsure {
		b.unsure[voucher] = true
	}
	fresh := b.fresh(c.Payments)
	for _, row := range b.inOrder(fresh) {
		b.pay(row)
	}
	b.reversals(fresh)
	b.arrive(c.Arrivals)
	slices.Sort(b.touched)
	for _, voucher := range slices.Compact(b.touched) {
		b.look(b.payments[voucher])
	}
	if len(b.refused.Payments)+len(b.refused.Arrivals) > 0 {
		return nil, b.refused
	}
	b.differences()
	return b.events, nil
}

// known gives a payment that is recorded or was taken up.
func (b *book) known(voucher string) *Payment {
	if voucher == "" {
		return nil
	}
	if p := b.payments[voucher]; p != nil {
		return p
	}
	p := b.load(voucher)
	if p != nil {
		p = p.clone() // what load gave stays as it is: deciding changes nothing
		b.payments[voucher] = p
	}
	return p
}

// fresh gives the rows to take up: those that are not recorded yet, those that
// change what is, and all that hangs together with these. It refuses those that
// contradict what is recorded and are not to correct it.
func (b *book) fresh(rows []RecordPayment) []RecordPayment {
	fresh := make([]RecordPayment, 0, len(rows))
	var changed []RecordPayment
	for _, row := range rows {
		if row.Unread {
			b.doubt(row.Payment)
		}
		p := b.load(row.Payment.Voucher)
		switch {
		case p == nil:
			b.rows[row.Payment.Voucher] = row.Row
			fresh = append(fresh, row)
		case !row.Unread:
			if laid, changes := b.lay(row, p.Made); changes {
				b.rows[row.Payment.Voucher] = row.Row
				changed = append(changed, laid)
			}
		}
	}
	return slices.Concat(fresh, changed, b.rest(changed))
}

// doubt leaves unjudged what a row with an unread cell may have changed.
func (b *book) doubt(p schemas.PaymentMade) {
	b.unread[p.Voucher] = true
	b.unsure[p.Voucher], b.unsure[p.Upstream], b.unsure[p.Reverses] = true, true, true
}

// pay takes up one payment whose upstream, if any, has been taken up.
func (b *book) pay(row RecordPayment) {
	made := row.Payment
	made.Origin, made.InheritedPurpose = made.Payer, cmp.Or(made.Purpose, "department")
	if parent := b.known(made.Upstream); parent != nil && made.Reverses == "" {
		made.Origin = parent.Made.Origin
		made.InheritedPurpose = cmp.Or(made.Purpose, parent.Made.InheritedPurpose)
		b.passOn(row.Row, made, parent)
	}
	p := &Payment{}
	b.payments[made.Voucher] = p
	if was := b.lifted[made.Voucher]; was != nil {
		p.Made = made
		b.restate(p, was)
		return
	}
	b.add(p, made)
}

// passOn records a payment with the one that it passes on.
func (b *book) passOn(row int, made schemas.PaymentMade, parent *Payment) {
	up := parent.Made
	switch changed := b.rows[up.Voucher]; {
	case up.Reverses != "" && row == unchanged:
		b.refusePayment(changed, "reverses", up.Reverses, "reversal_has_child", "child", made.Voucher)
		return
	case up.Reverses != "":
		b.refusePayment(row, "upstream", up.Voucher, "upstream_is_reversal", "upstream", up.Voucher)
		return
	case !made.PaidOn.Given() || made.PaidOn >= up.PaidOn:
	case row == unchanged:
		b.refusePayment(changed, "paid_on", up.PaidOn.String(), "paid_after", "voucher", made.Voucher, "date", made.PaidOn.String())
	default:
		b.refusePayment(row, "paid_on", made.PaidOn.String(), "upstream_later", "upstream", up.Voucher, "date", up.PaidOn.String())
	}
	b.add(parent, schemas.PaymentPassedOn{Voucher: made.Upstream, Child: made.Voucher, Amount: made.Amount, PaidOn: made.PaidOn})
}

// add takes up what happens to a payment. Of one that is decided anew, only what
// differs in the end is an event.
func (b *book) add(p *Payment, e schemas.Event) {
	p.Evolve(e)
	if b.lifted[p.Made.Voucher] == nil {
		b.events = append(b.events, e)
	}
	b.touched = append(b.touched, p.Made.Voucher)
}

// reversals ends what the rows reverse. Recorded reversals that nothing changes
// come first: where a row reverses the same again, the row is at fault.
func (b *book) reversals(rows []RecordPayment) {
	for _, first := range []bool{true, false} {
		for _, row := range rows {
			if row.Payment.Reverses != "" && (row.Row == unchanged) == first {
				b.reverse(row)
			}
		}
	}
}

// reverse ends the payment that a reversal names, and takes its money back from
// what it passed on.
func (b *book) reverse(row RecordPayment) {
	r := row.Payment
	if r.Upstream != "" {
		b.refusePayment(row.Row, "upstream", r.Upstream, "reversal_upstream")
	}
	p := b.known(r.Reverses)
	switch {
	case p == nil:
		return // refused as an unknown voucher at the door
	case p.Made.Reverses != "" && row.Row == unchanged:
		b.refusePayment(b.rows[r.Reverses], "reverses", p.Made.Reverses, "reversed_reverses", "by", r.Voucher)
		return
	case p.Made.Reverses != "":
		b.refusePayment(row.Row, "reverses", r.Reverses, "reversal_of_reversal")
		return
	case p.ReversedBy != "":
		b.refusePayment(row.Row, "reverses", r.Reverses, "reversed_before", "by", p.ReversedBy, "date", p.ReversedOn.String())
		return
	}
	switch {
	case row.Unread || b.unread[r.Reverses]:
	case row.Row == unchanged:
		b.compareReversed(b.rows[r.Reverses], r, p.Made)
	default:
		b.compareReversal(row.Row, r, p.Made)
	}
	if row.Row != unchanged && r.PaidOn.Given() && r.PaidOn < p.Made.PaidOn {
		b.refusePayment(row.Row, "paid_on", r.PaidOn.String(), "reversal_early", "date", p.Made.PaidOn.String())
	}
	b.add(p, schemas.PaymentReversed{Voucher: r.Reverses, By: r.Voucher, ReversedOn: r.PaidOn})
	if parent := b.known(p.Made.Upstream); parent != nil {
		b.add(parent, schemas.PaymentReturned{Voucher: p.Made.Upstream, Child: r.Reverses, ReversedOn: r.PaidOn})
	}
}

// compareReversal refuses a reversal that is not what it reverses the other way
// round.
func (b *book) compareReversal(row int, r, made schemas.PaymentMade) {
	if r.Amount != made.Amount {
		b.refusePayment(row, "amount", r.Amount.Yuan(), "reversal_amount", "amount", made.Amount.Yuan())
	}
	args := []string{"reverses", r.Reverses, "payer", made.Payee, "payee", made.Payer}
	switch {
	case r.Payer != made.Payee:
		b.refusePayment(row, "payer", r.Payer, "reversal_parties", args...)
	case r.Payee != made.Payer:
		b.refusePayment(row, "payee", r.Payee, "reversal_parties", args...)
	}
}

// compareReversed refuses to make of a payment something else than its recorded
// reversal, the other way round, reverses.
func (b *book) compareReversed(row int, r, made schemas.PaymentMade) {
	args := []string{"by", r.Voucher, "payer", r.Payee, "payee", r.Payer, "amount", r.Amount.Yuan(), "date", r.PaidOn.String()}
	switch {
	case r.Amount != made.Amount:
		b.refusePayment(row, "amount", made.Amount.Yuan(), "reversed_differs", args...)
	case r.Payer != made.Payee:
		b.refusePayment(row, "payee", made.Payee, "reversed_differs", args...)
	case r.Payee != made.Payer:
		b.refusePayment(row, "payer", made.Payer, "reversed_differs", args...)
	case r.PaidOn < made.PaidOn:
		b.refusePayment(row, "paid_on", made.PaidOn.String(), "reversed_differs", args...)
	}
}
