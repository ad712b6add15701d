package record

import (
	"slices"

	"feisui/pkg/civil"
	"feisui/pkg/message"
	"feisui/pkg/money"
	"feisui/schemas"
	"feisui/services/fund"
)

// This file says of which rows a closed month (结账) does not take the facts. It is asked
// of what all rows come to, since a row may change what another month has: the payment
// that a later one passes on.

// InClosed refuses events that add to, change or take from a month that is closed; nil
// where none does.
func InClosed(events []schemas.Event, past Past) *Refused {
	var all faults
	for _, is := range shutBy(periodsIn(past), events, past) {
		all.inClosed(is.sheet(), 0, is)
	}
	if len(all.list) == 0 {
		return nil
	}
	return &Refused{Faults: all.list, More: all.more}
}

// shutFact is a fact as this door names it.
type shutFact fund.Shut

func periodsIn(past Past) fund.Periods { return fund.PeriodsOf(past.Stream(schemas.PeriodStream)) }

func shutBy(periods fund.Periods, events []schemas.Event, past Past) (all []shutFact) {
	for _, is := range periods.Shut(events, past.Stream) {
		all = append(all, shutFact(is))
	}
	return all
}

// sheet is where the fact stands, and column where its day does.
func (f *shutFact) sheet() string {
	switch f.Kind {
	case fund.Committed:
		return "commitments"
	case fund.Arrived, fund.Withdrawn:
		return "arrivals"
	}
	return "payments"
}

func (f *shutFact) column() string {
	switch f.Kind {
	case fund.Committed:
		return "made_on"
	case fund.Arrived:
		return "confirmed_on"
	case fund.Withdrawn:
		return "withdrawn_on"
	}
	return "paid_on"
}

// said is what facts are called.
var said = map[fund.FactKind]string{
	fund.Committed: "fact_commitment", fund.Paid: "fact_paid", fund.PassedOn: "fact_passed_on",
	fund.Arrived: "fact_arrived", fund.Withdrawn: "fact_withdrawn", fund.Reversed: "fact_reversed",
}

// inClosed reports a fact of a closed month.
func (fs *faults) inClosed(file string, row int, is shutFact) {
	fact := message.Words{}
	for _, lang := range message.Languages {
		fact[lang] = Messages.Say(lang, message.Text{Key: said[is.Kind]})
	}
	had := len(fs.list)
	fs.say(Messages, file, row, is.column(), is.On.String(), message.Text{
		Key: "period_shut", Words: map[string]message.Words{"fact": fact}, Args: message.Args{
			"month": is.Closed.Month, "closed": is.Closed.ClosedOn.String(), "date": is.On.String(), "no": is.No, "amount": is.Amount.Yuan(),
		},
	})
	if len(fs.list) > had {
		fs.list[had].Period = is.Closed.Month
	}
}

// shut refuses the rows by which a closed month would become another: each once. What
// only follows from rows, such as the origin of money that was passed on, has none, and
// is said of its sheet.
func (d *door) shut(s *sheets) {
	periods := periodsIn(d.journal)
	all := shutBy(periods, d.events, d.journal)
	if d.unpaid {
		all = append(all, d.shutRows(s, periods)...)
	}
	if len(all) == 0 {
		return
	}
	at, told := rowsByFact(s), map[shutRow]bool{}
	for _, is := range all {
		where, row := d.placeOf(is, s, at)
		key := shutRow{where, row, is.column()}
		if told[key] && row > 0 {
			continue
		}
		told[key] = true
		d.inClosed(where, row, is)
	}
}

// shutRows gives the new facts of closed months that rows of payments and arrivals say
// which bring no events, since something else is wrong with some of them: every fault is
// listed at once.
func (d *door) shutRows(s *sheets, periods fund.Periods) (all []shutFact) {
	says := func(kind fund.FactKind, no string, on civil.Date, amount money.Fen, by string) {
		if is, closed := periods.Closed(on); closed {
			all = append(all, shutFact{Fact: fund.Fact{Kind: kind, No: no, On: on, Amount: amount, By: by}, Closed: is})
		}
	}
	s.payments.each(func(i int, r *paymentRow) {
		switch {
		case s.payments.unread[i] || d.payment(r.Voucher) != nil:
		case r.Reverses != "":
			says(fund.Reversed, r.Reverses, r.PaidOn, r.Amount, r.Voucher)
		default:
			says(fund.Paid, r.Voucher, r.PaidOn, r.Amount, "")
		}
	})
	s.arrivals.each(func(i int, r *arrivalRecord) {
		if s.arrivals.unread[i] || d.arrived(r) {
			return
		}
		says(fund.Arrived, r.Arrival.Voucher, r.Arrival.ConfirmedOn, r.Arrival.Amount, "")
		says(fund.Withdrawn, r.Arrival.Voucher, r.WithdrawnOn, r.Arrival.Amount, "")
	})
	return all
}

// arrived reports that the very row of an arrival is recorded.
func (d *door) arrived(r *arrivalRecord) bool {
	p := d.payment(r.Arrival.Voucher)
	return p != nil && slices.ContainsFunc(p.Arrivals, func(a fund.Arrival) bool {
		is := a.Arrived
		is.Arrival = r.Arrival.Arrival // a row does not say which it is
		return is == r.Arrival && a.WithdrawnOn == r.WithdrawnOn
	})
}

// shutRow is a cell of which one fault says enough.
type shutRow struct {
	file   string
	row    int
	column string
}

// byFact are the rows of money, by what a fact says of them.
type byFact struct {
	commitments, payments map[string]int
	arrivals              map[string]int
}

func rowsByFact(s *sheets) byFact {
	at := byFact{map[string]int{}, map[string]int{}, map[string]int{}}
	s.commitments.each(func(i int, r *commitmentRow) { at.commitments[r.No] = i })
	s.payments.each(func(i int, r *paymentRow) { at.payments[r.Voucher] = i })
	s.arrivals.each(func(i int, r *arrivalRecord) {
		for _, day := range []string{r.Arrival.ConfirmedOn.String(), r.WithdrawnOn.String()} {
			at.arrivals[r.Arrival.Voucher+" "+day+" "+r.Arrival.Amount.Yuan()] = i
		}
	})
	return at
}

// placeOf is the row that brings a fact, the sheet alone where none does.
func (d *door) placeOf(is shutFact, s *sheets, at byFact) (file string, row int) {
	var rows refusable
	var i int
	var found bool
	switch is.Kind {
	case fund.Committed:
		i, found = at.commitments[is.No]
		rows = s.commitments
	case fund.Arrived, fund.Withdrawn:
		i, found = at.arrivals[is.No+" "+is.On.String()+" "+is.Amount.Yuan()]
		rows = s.arrivals
	case fund.Reversed:
		i, found = at.payments[is.By]
		rows = s.payments
	default:
		i, found = at.payments[is.No]
		rows = s.payments
	}
	if !found {
		return is.sheet(), 0
	}
	return rows.where(i)
}
