package act

import (
	"iter"
	"slices"
	"strings"

	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/schemas"
	"feisui/services/fund"
	"feisui/services/ledger/reconcile"
	"feisui/services/oversight"
)

// This file finds why the flag of a case went: it compares what is recorded of its
// subject with what was recorded as the case began.

// began is where, in the order in which a county's events were taken in, cases that go
// on began, and where came what was said since of what they are about.
type began struct {
	now     int64
	cases   map[string]int64   // by number
	subject map[string]string  // of those cases
	watched map[string]int     // subjects, by how many cases that go on
	told    map[string][]int64 // by stream: of items and communities all, of subjects since a case began
}

func newBegan() *began {
	return &began{cases: map[string]int64{}, subject: map[string]string{}, watched: map[string]int{}, told: map[string][]int64{}}
}

// watch notes that a case began, unless it is known.
func (b *began) watch(no, subject string) {
	if _, known := b.cases[no]; !known {
		b.cases[no], b.subject[no] = b.now, subject
		b.watched[subject]++
	}
}

// leave notes that it ended.
func (b *began) leave(no string) {
	subject, known := b.subject[no]
	if !known {
		return
	}
	delete(b.cases, no)
	delete(b.subject, no)
	if b.watched[subject]--; b.watched[subject] == 0 {
		delete(b.watched, subject)
	}
}

// take notes an event of a stream.
func (b *began) take(stream string) {
	b.now++
	switch category, name, _ := strings.Cut(stream, "/"); category {
	case "item", "community":
		b.told[stream] = append(b.told[stream], b.now)
	case "task", "commitment", "payment", "plaque":
		if b.watched[name] > 0 {
			b.told[stream] = append(b.told[stream], b.now)
		}
	}
}

// since counts what came of a stream since a case began.
func (b *began) since(no, stream string) (n int) {
	for _, at := range slices.Backward(b.told[stream]) {
		if at <= b.cases[no] {
			break
		}
		n++
	}
	return n
}

// then gives the events of a stream that were there as the case began, and how many
// came since.
func (l *look) then(stream string) (events []schemas.Event, later int) {
	events = slices.Collect(l.county.Past.Stream(stream))
	later = min(l.county.Flows.began.since(l.in.ID, stream), len(events))
	return events[:len(events)-later], later
}

// earlier is what was recorded as a case began, stream by stream.
type earlier map[string][]schemas.Event

// Has reports that something was.
func (e earlier) Has(stream string) bool { return len(e[stream]) > 0 }

// Stream gives the events of a stream.
func (e earlier) Stream(name string) iter.Seq[schemas.Event] { return slices.Values(e[name]) }

// cause is why the flag of the case went, Other while it stands; late says that the
// money came after its day by what is recorded now.
func (l *look) cause() (cause oversight.Cause, late bool, err error) {
	m := l.matter()
	if l.in == nil || len(l.county.Flows.cases.Stands(m)) > 0 {
		return oversight.Other, false, nil
	}
	if l.first("rule") == oversight.OutsideWork {
		return l.ofOutside(m.Subject), false, nil
	}
	switch rule := l.first("rule"); reconcile.FlagRule(rule) { //nolint:exhaustive // of the others nothing more than that they went is said
	case reconcile.UnfundedTask, reconcile.UnderfundedTask, reconcile.Prohibited, reconcile.Unadmitted, reconcile.NoAuthority, reconcile.UndeterminedTask:
		return l.ofTask(rule, m)
	case reconcile.CommitmentBroken:
		return l.ofCommitment(m.Subject)
	case reconcile.Retained, reconcile.Unconfirmed, reconcile.Diverted:
		stream := schemas.PaymentMade{Voucher: m.Subject}.Stream()
		said, _ := l.then(stream)
		then, now := paymentIn(earlier{stream: said}, m.Subject), paymentIn(l.county.Past, m.Subject)
		if then == nil || now == nil {
			return oversight.Other, false, nil
		}
		return oversight.OfPayment(rule, then.Made, l.standsPaid(now)), false, nil
	case reconcile.PlaqueUnlisted, reconcile.PlaqueRelapse:
		said, _ := l.then("plaque/" + m.Subject)
		then, now := plaqueIn(earlier{"plaque/" + m.Subject: said}, m.Subject), plaqueIn(l.county.Past, m.Subject)
		if then.Hung == nil || now.Hung == nil {
			return oversight.Other, false, nil
		}
		return oversight.OfPlaque(rule, *then.Hung, *now.Hung, now.RemovedOn.Given() && now.RemovedOn <= l.command.On), false, nil
	}
	return oversight.Other, false, nil
}

// ofOutside: what was given outside the system has been issued properly, or was not upheld.
func (l *look) ofOutside(no string) oversight.Cause {
	if in := l.county.Flows.instances[outsideFlow][no]; in != nil && in.State == "issued" {
		return oversight.Remedied
	}
	return oversight.Other
}

func (l *look) standsPaid(p *fund.Payment) oversight.Payment {
	passed, arrived := p.Standing(l.command.On)
	return oversight.Payment{Made: p.Made, PassedOn: passed, Arrived: arrived, Reversed: p.Reversed(l.command.On)}
}

func (l *look) ofCommitment(no string) (cause oversight.Cause, late bool, err error) {
	stream := schemas.CommitmentMade{No: no}.Stream()
	said, _ := l.then(stream)
	then, now := commitmentIn(earlier{stream: said}, no), commitmentIn(l.county.Past, no)
	if then == nil || now == nil {
		return oversight.Other, false, nil
	}
	stands, err := l.county.standing(now.Community)
	if err != nil {
		return oversight.Other, false, err
	}
	return oversight.OfCommitment(*then, *now, stands.came[no]), oversight.PutOff(*then, *now), nil
}

func (l *look) ofTask(rule string, m oversight.Matter) (cause oversight.Cause, late bool, err error) {
	of, _ := l.then("task/" + m.Subject)
	then, now := taskIn(earlier{"task/" + m.Subject: of}, m.Subject), l.county.task(m.Subject)
	if then.Assigned == nil || now.Assigned == nil {
		return oversight.Other, false, nil
	}
	item, newItem := l.then("item/" + then.Assigned.Item)
	place, newPlace := l.then("community/" + then.Assigned.Community)
	stands, _, err := l.county.today(m.Subject)
	if err != nil {
		return oversight.Other, false, err
	}
	var fee oversight.Fee
	if oversight.CuredByMoney(rule) {
		if fee, err = l.fee(m, slices.Concat(place, item, of)); err != nil {
			return oversight.Other, false, err
		}
	}
	void := stands.State == reconcile.Recalled || stands.State == reconcile.Rejected
	cause = oversight.OfTask(rule,
		oversight.Task{Assigned: *then.Assigned, Completed: then.Completed},
		oversight.Task{Assigned: *now.Assigned, Completed: now.Completed, Void: void},
		newItem+newPlace > 0, fee)
	since, err := civil.Parse(l.first("since"))
	late = err == nil && fee.On >= since // who opens a case by hand need not say since when
	return cause, late, nil
}

// fee is what the party that answers was asked for as the case began, by what was
// said until then, and what came for its part.
func (l *look) fee(m oversight.Matter, said []schemas.Event) (f oversight.Fee, err error) {
	c := l.county
	asked, err := c.Book.Asked(m.Subject, said, c.Calendar, c.Flows.day)
	if err != nil {
		return f, err
	}
	paid, err := c.Book.Paid(m.Subject, c.Calendar, c.Flows.day)
	if err != nil {
		return f, err
	}
	first := l.in.Steps[0].On
	for _, o := range asked {
		if o.Payer == m.Responsible && o.PayBy.Given() && o.PayBy <= first {
			f.Asked = f.Asked.Plus(o.Amount)
		}
	}
	var from []reconcile.Allocation
	for _, o := range paid {
		if o.Payer == m.Responsible {
			f.Came = f.Came.Plus(o.Allocated)
			from = append(from, o.From...)
		}
	}
	slices.SortStableFunc(from, func(a, b reconcile.Allocation) int { return int(a.On - b.On) })
	var sum money.Fen
	for _, one := range from {
		if sum = sum.Plus(one.Amount); !f.On.Given() && sum >= f.Asked {
			f.On = one.On
		}
	}
	return f, nil
}

// wentFor holds where the flag of the case went for a cause.
func wentFor(cause oversight.Cause) func(*look) error {
	return func(l *look) error {
		is, _, err := l.cause()
		if err == nil && is != cause {
			err = refuse(l.first("rule"), "other_cause", "subject", l.first("subject"))
		}
		return err
	}
}

// byMoney refuses what money does not cure, and what went otherwise than by all the
// money that was asked for as the case began.
func byMoney(l *look) error {
	rule, subject := l.first("rule"), l.first("subject")
	if !oversight.CuredByMoney(rule) {
		return refuse(rule, "not_by_money")
	}
	cause, _, err := l.cause()
	if err == nil && cause != oversight.Money {
		err = refuse(rule, "no_money_came", "subject", subject)
	}
	return err
}

// cameLate holds where the ledger says that the money came late, or would have said
// so had its day not been put off since the case began.
func cameLate(l *look) error {
	rule := l.first("rule")
	if l.county.Flows.cases.Late(rule, l.first("subject")) {
		return nil
	}
	_, late, err := l.cause()
	if err == nil && !late {
		err = refuse(rule, "not_late")
	}
	return err
}
