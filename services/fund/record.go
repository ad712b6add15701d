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
// all of them, not about the order of rows.
//
// Of a payment, what the sheet has is given; Beneficiary is already resolved,
// since which codes are communities is not this service's to know.
type Record struct {
	Payments []RecordPayment
	Arrivals []RecordArrival
	Unsure   []string // vouchers of which a row is missing here: what they sum to is not judged
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
	payments    map[string]*Payment
	rows        map[string]int // the row that brought a payment
	arrivalRows map[arrivalKey]int
	unread      map[string]bool
	unsure      map[string]bool
	touched     []string // vouchers to look at once all is taken up
	events      []schemas.Event
	refused     Refused
}

// Decide gives what is new in the rows, nothing when all is known already; the
// order of the rows changes nothing. load gives what is known of a payment, nil
// when nothing is. Every fault of spec §1 that concerns payments and arrivals is
// refused, all at once, as Refused.
func (c Record) Decide(load func(voucher string) *Payment) ([]schemas.Event, error) {
	b := &book{
		load: load, payments: make(map[string]*Payment, len(c.Payments)), rows: make(map[string]int, len(c.Payments)),
		arrivalRows: make(map[arrivalKey]int, len(c.Arrivals)), unread: map[string]bool{}, unsure: map[string]bool{},
	}
	for _, voucher := range c.Unsure {
		b.unsure[voucher] = true
	}
	fresh := b.fresh(c.Payments)
	for _, row := range b.inOrder(fresh) {
		b.pay(row)
	}
	for _, row := range fresh {
		if row.Payment.Reverses != "" {
			b.reverse(row)
		}
	}
	b.arrive(c.Arrivals)
	slices.Sort(b.touched)
	for _, voucher := range slices.Compact(b.touched) {
		b.look(b.payments[voucher])
	}
	if len(b.refused.Payments)+len(b.refused.Arrivals) > 0 {
		return nil, b.refused
	}
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

// fresh gives the rows that are not recorded yet, and refuses those that
// contradict what is. Cells of a voucher that were empty stay empty: what it
// passes on has inherited from it.
func (b *book) fresh(rows []RecordPayment) []RecordPayment {
	fresh := make([]RecordPayment, 0, len(rows))
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
			b.compare(row, p.Made)
		}
	}
	return fresh
}

// doubt leaves unjudged what a row with an unread cell may have changed.
func (b *book) doubt(p schemas.PaymentMade) {
	b.unread[p.Voucher] = true
	b.unsure[p.Voucher], b.unsure[p.Upstream], b.unsure[p.Reverses] = true, true, true
}

// compare refuses a row that says something else than what is recorded, or more.
func (b *book) compare(row RecordPayment, made schemas.PaymentMade) {
	given := row.Payment
	given.Origin, given.InheritedPurpose, given.Beneficiary = made.Origin, made.InheritedPurpose, made.Beneficiary
	_, change, refused := workflow.Fill(&made, given, row.Row)
	if change == workflow.Filled {
		refused = append(refused, workflow.Refuse(row.Row, "voucher", made.Voucher, "voucher_filled"))
	}
	b.refused.Payments = append(b.refused.Payments, refused...)
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
	b.add(p, made)
}

// passOn records a payment with the one that it passes on.
func (b *book) passOn(row int, made schemas.PaymentMade, parent *Payment) {
	if parent.Made.Reverses != "" {
		b.refusePayment(row, "upstream", made.Upstream, "upstream_is_reversal", "upstream", made.Upstream)
		return
	}
	if made.PaidOn.Given() && made.PaidOn < parent.Made.PaidOn {
		b.refusePayment(row, "paid_on", made.PaidOn.String(), "upstream_later", "upstream", made.Upstream, "date", parent.Made.PaidOn.String())
	}
	b.add(parent, schemas.PaymentPassedOn{Voucher: made.Upstream, Child: made.Voucher, Amount: made.Amount, PaidOn: made.PaidOn})
}

func (b *book) add(p *Payment, e schemas.Event) {
	p.Evolve(e)
	b.events = append(b.events, e)
	b.touched = append(b.touched, p.Made.Voucher)
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
	case p.Made.Reverses != "":
		b.refusePayment(row.Row, "reverses", r.Reverses, "reversal_of_reversal")
		return
	case p.ReversedBy != "":
		b.refusePayment(row.Row, "reverses", r.Reverses, "reversed_before", "by", p.ReversedBy, "date", p.ReversedOn.String())
		return
	}
	if !row.Unread && !b.unread[r.Reverses] {
		b.compareReversal(row.Row, r, p.Made)
	}
	if r.PaidOn.Given() && r.PaidOn < p.Made.PaidOn {
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
