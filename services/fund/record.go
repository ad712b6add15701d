package fund

import (
	"cmp"
	"reflect"
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
}

// RecordPayment is one row of payments; rows have different vouchers.
type RecordPayment struct {
	Row     int
	Payment schemas.PaymentMade
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
	touched     []string // vouchers to look at once all is taken up
	events      []schemas.Event
	refused     Refused
}

// Decide gives what is new in the rows, nothing when all is known already. load
// gives what is known of a payment, nil when nothing is. Every fault of spec
// §1 that concerns payments and arrivals is refused, all at once, as Refused.
func (c Record) Decide(load func(voucher string) *Payment) ([]schemas.Event, error) {
	b := &book{load: load, payments: make(map[string]*Payment, len(c.Payments)), rows: make(map[string]int, len(c.Payments)), arrivalRows: make(map[arrivalKey]int, len(c.Arrivals))}
	fresh := b.fresh(c.Payments)
	for _, row := range b.inOrder(fresh) {
		b.pay(row)
	}
	for _, row := range fresh {
		if row.Payment.Reverses != "" {
			b.reverse(row)
		}
	}
	for _, row := range c.Arrivals {
		b.arrive(row)
	}
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
	if p := b.payments[voucher]; p != nil {
		return p
	}
	p := b.load(voucher)
	if p != nil {
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
		p := b.load(row.Payment.Voucher)
		if p == nil {
			b.rows[row.Payment.Voucher] = row.Row
			fresh = append(fresh, row)
			continue
		}
		given := row.Payment
		given.Origin, given.InheritedPurpose = p.Made.Origin, p.Made.InheritedPurpose
		if given.Community == "" {
			given.Community, given.Beneficiary = p.Made.Community, p.Made.Beneficiary
		}
		_, change, refused := workflow.Fill(&p.Made, given, row.Row)
		if change == workflow.Filled {
			refused = append(refused, workflow.Refuse(row.Row, "voucher", p.Made.Voucher, "voucher_filled"))
		}
		b.refused.Payments = append(b.refused.Payments, refused...)
	}
	return fresh
}

// pay takes up one payment whose upstream, if any, has been taken up.
func (b *book) pay(row RecordPayment) {
	made := row.Payment
	refuse := func(field, found, key string, args ...string) { b.refusePayment(row.Row, field, found, key, args...) }
	made.Origin, made.InheritedPurpose = made.Payer, cmp.Or(made.Purpose, "department")
	if parent := b.known(made.Upstream); parent != nil && made.Upstream != "" {
		made.Origin = parent.Made.Origin
		made.InheritedPurpose = cmp.Or(made.Purpose, parent.Made.InheritedPurpose)
		switch {
		case made.Reverses != "":
			refuse("upstream", made.Upstream, "reversal_upstream")
		case parent.Made.Reverses != "":
			refuse("upstream", made.Upstream, "upstream_is_reversal", "upstream", made.Upstream)
		default:
			if made.PaidOn < parent.Made.PaidOn {
				refuse("paid_on", made.PaidOn.String(), "upstream_later", "upstream", made.Upstream, "date", parent.Made.PaidOn.String())
			}
			b.add(parent, schemas.PaymentPassedOn{Voucher: made.Upstream, Child: made.Voucher, Amount: made.Amount, PaidOn: made.PaidOn})
		}
	}
	p := &Payment{}
	b.payments[made.Voucher] = p
	b.add(p, made)
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
	p := b.known(r.Reverses)
	if p == nil {
		return // refused as an unknown voucher at the door
	}
	refuse := func(field, found, key string, args ...string) { b.refusePayment(row.Row, field, found, key, args...) }
	switch {
	case p.Made.Reverses != "":
		refuse("reverses", r.Reverses, "reversal_of_reversal")
		return
	case p.ReversedBy != "":
		refuse("reverses", r.Reverses, "reversed_before", "by", p.ReversedBy, "date", p.ReversedOn.String())
		return
	}
	if r.Amount != p.Made.Amount {
		refuse("amount", r.Amount.Yuan(), "reversal_amount", "amount", p.Made.Amount.Yuan())
	}
	if r.Payer != p.Made.Payee || r.Payee != p.Made.Payer {
		refuse("payer", r.Payer, "reversal_parties", "reverses", r.Reverses, "payer", p.Made.Payee, "payee", p.Made.Payer)
	}
	if r.PaidOn < p.Made.PaidOn {
		refuse("paid_on", r.PaidOn.String(), "reversal_early", "date", p.Made.PaidOn.String())
	}
	b.add(p, schemas.PaymentReversed{Voucher: r.Reverses, By: r.Voucher, ReversedOn: r.PaidOn})
	if parent := b.known(p.Made.Upstream); parent != nil && p.Made.Upstream != "" {
		b.add(parent, schemas.PaymentReturned{Voucher: p.Made.Upstream, Child: r.Reverses, ReversedOn: r.PaidOn})
	}
}

// arrive takes up one arrival.
func (b *book) arrive(row RecordArrival) {
	a := row.Arrival
	p := b.known(a.Voucher)
	if p == nil || slices.ContainsFunc(p.Arrivals, row.is) {
		return // unknown vouchers are refused at the door
	}
	refuse := func(field, found, key string, args ...string) {
		b.refused.Arrivals = append(b.refused.Arrivals, workflow.Refuse(row.Row, field, found, key, args...))
	}
	switch {
	case p.Made.Reverses != "":
		refuse("voucher", a.Voucher, "arrival_on_reversal")
		return
	case p.Made.Beneficiary == "":
		refuse("voucher", a.Voucher, "arrival_without_beneficiary")
		return
	case a.ConfirmedOn < p.Made.PaidOn:
		refuse("confirmed_on", a.ConfirmedOn.String(), "arrival_early", "date", p.Made.PaidOn.String())
	}
	b.refused.Arrivals = append(b.refused.Arrivals, workflow.NotBefore(row.Row, "withdrawn_on", row.WithdrawnOn, "confirmed_on", a.ConfirmedOn)...)
	a.Arrival = len(p.Arrivals) + 1
	b.arrivalRows[arrivalKey{a.Voucher, a.Arrival}] = row.Row
	b.add(p, a)
	if row.WithdrawnOn.Given() {
		b.add(p, schemas.PaymentArrivalWithdrawn{Voucher: a.Voucher, Arrival: a.Arrival, WithdrawnOn: row.WithdrawnOn})
	}
}

// is reports whether a recorded arrival is the very one of this row.
func (row RecordArrival) is(a Arrival) bool {
	given := row.Arrival
	given.Arrival = a.Arrived.Arrival
	return a.WithdrawnOn == row.WithdrawnOn && reflect.DeepEqual(a.Arrived, given)
}
