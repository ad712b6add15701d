package ledger

import (
	"maps"
	"strings"

	"feisui/pkg/civil"
	"feisui/schemas"
	"feisui/services/ledger/reconcile"
)

// Book is what the ledger learned from events: an account for each community, a
// holder for each payee that is none, and what holds for the whole county. It is
// a fold: the same events in the same order give the same book, and statements
// do not depend even on the order.
type Book struct {
	county   *reconcile.County
	accounts map[string]*reconcile.Account
	holders  map[string]*reconcile.Holder
	plaques  reconcile.PlaqueCatalogue
	names    Names
	listed   map[string]reconcile.Versions[schemas.ItemListed] // the item catalogue as it was said, by code

	admissions  map[string]*decision
	admitting   map[reconcile.Admitted][]*decision
	tasks       map[string]*reconcile.Task
	communities map[string]string // of tasks, by number
	payments    map[string]*reconcile.Payment
	hung        map[string]*reconcile.Plaque
	burdens     map[string]*reconcile.Burden

	// asked are the places where the item of a task that was not known yet is
	// to be written once it is.
	asked map[string][]map[string]string
}

// NewBook gives the book of a county of which nothing is known.
func NewBook() *Book {
	return &Book{
		county: &reconcile.County{
			Items:       map[string]reconcile.Versions[reconcile.Item]{},
			Departments: map[string]reconcile.PartyKind{},
			Admissions:  map[reconcile.Admitted][]reconcile.Admission{},
		},
		accounts:   map[string]*reconcile.Account{},
		holders:    map[string]*reconcile.Holder{},
		plaques:    reconcile.PlaqueCatalogue{},
		names:      Names{Departments: map[string]string{}, Items: map[string]string{}},
		listed:     map[string]reconcile.Versions[schemas.ItemListed]{},
		admissions: map[string]*decision{}, admitting: map[reconcile.Admitted][]*decision{},
		tasks: map[string]*reconcile.Task{}, communities: map[string]string{},
		payments: map[string]*reconcile.Payment{},
		hung:     map[string]*reconcile.Plaque{}, burdens: map[string]*reconcile.Burden{},
		asked: map[string][]map[string]string{},
	}
}

// Apply takes one event into the book. The event was decided: what it names is
// there. An event of a type that the book does not know is an error, and must
// not be skipped.
func (b *Book) Apply(e schemas.Event) error {
	if !Tells(e.Type()) {
		return nil
	}
	switch e := e.(type) {
	case schemas.CommunityRegistered:
		b.register(e)
	case schemas.CommunitySupplemented:
		b.register(schemas.CommunityRegistered(e))
	case schemas.DepartmentRegistered:
		b.department(e)
	case schemas.DepartmentSupplemented:
		b.department(schemas.DepartmentRegistered(e))
	case schemas.ItemListed:
		b.list(e)
	case schemas.ItemSupplemented:
		b.list(schemas.ItemListed(e))
	case schemas.PlaqueTitleListed:
		b.plaques[reconcile.PlaqueEntry{Title: e.Title, Zone: e.Zone}] = true
		b.county.Plaques = reconcile.Versions[reconcile.PlaqueCatalogue]{{Value: b.plaques}}
	case schemas.PolicyAdopted:
		b.county.Policies = b.county.Policies.With(reconcile.Version[reconcile.Policy]{From: e.From, Value: policy(e)})
	case schemas.AdmissionDecided:
		b.admit(e)
	case schemas.AdmissionSupplemented:
		b.admit(schemas.AdmissionDecided(e))
	case schemas.AdmissionRevoked:
		b.admissions[e.No].revokedOn = e.RevokedOn
		b.admissionsOf(b.admissions[e.No].Admitted())
	case schemas.TaskAssigned:
		b.assign(e)
	case schemas.TaskSupplemented:
		b.assign(schemas.TaskAssigned(e))
	case schemas.TaskRecalled:
		b.tasks[e.No].RecalledOn = e.RecalledOn
	case schemas.TaskReceipted:
		b.receipt(e)
	case schemas.TaskCompleted:
		t := b.tasks[e.Task]
		t.CompletedOn, t.CompletedQuantity = e.CompletedOn, e.Quantity
	case schemas.PlaqueHung, schemas.PlaqueTakenDown, schemas.BurdenBegun, schemas.BurdenSupplemented, schemas.BurdenEnded:
		b.applyBurden(e)
	case schemas.CountyDayBegan, schemas.FlagRaised, schemas.FlagChanged, schemas.FlagCleared:
		// No facts: a day is what a statement is asked for, flags are its answer.
	default:
		return b.applyFund(e)
	}
	return nil
}

// Tells reports that events of a type may change a figure. What people do in a
// workflow changes none, nor does that a report was frozen, a statement of a bank was read or a month closed: what follows from it for an account is
// said in events of the account's own.
func Tells(kind string) bool {
	switch schemas.Category(kind) {
	case "definition", "instance", "number", "report", "bank_statement", "period":
		return false
	}
	return true
}

func (b *Book) account(code string) *reconcile.Account {
	a := b.accounts[code]
	if a == nil {
		a = &reconcile.Account{
			Code: code, Tasks: map[string]*reconcile.Task{}, Payments: map[string]*reconcile.Payment{},
			Commitments: map[string]*reconcile.Commitment{}, Plaques: map[string]*reconcile.Plaque{},
			Burdens: map[string]*reconcile.Burden{}, Elsewhere: map[string]string{},
		}
		b.accounts[code] = a
	}
	return a
}

func (b *Book) register(e schemas.CommunityRegistered) {
	a := b.account(e.Code)
	a.Community = a.Community.With(reconcile.Version[reconcile.Community]{From: e.From, Value: reconcile.Community{
		Name: e.Name, Street: e.Street, Households: e.Households, Population: e.Population, Staff: e.Staff,
	}})
}

func (b *Book) department(e schemas.DepartmentRegistered) {
	b.county.Departments[e.Code] = reconcile.PartyKind(e.Kind)
	b.names.Departments[e.Code] = e.Name
}

func (b *Book) list(e schemas.ItemListed) {
	b.names.Items[e.Code] = e.Name
	b.listed[e.Code] = b.listed[e.Code].With(reconcile.Version[schemas.ItemListed]{From: e.From, Value: e})
	b.county.Items[e.Code] = b.county.Items[e.Code].With(reconcile.Version[reconcile.Item]{From: e.From, Value: itemOf(e)})
}

func itemOf(e schemas.ItemListed) reconcile.Item {
	item := reconcile.Item{
		List: reconcile.List(e.List), Rule: reconcile.Rule(e.Rule), Rate: e.Rate, Arrears: e.Timing == "arrears",
		AuthorityRequired: e.AuthorityRequired != nil && *e.AuthorityRequired,
	}
	for _, p := range e.Payers {
		item.Payers = append(item.Payers, reconcile.Payer(p))
	}
	return item
}

func policy(e schemas.PolicyAdopted) reconcile.Policy {
	p := reconcile.DefaultPolicy()
	for _, limit := range []struct {
		to   *int
		from *int
	}{
		{&p.ReceiptDays, e.ReceiptDays}, {&p.QueryDays, e.QueryDays}, {&p.GraceDays, e.GraceDays},
		{&p.PassthroughDays, e.PassthroughDays}, {&p.ArrivalDays, e.ArrivalDays}, {&p.ArrearsDays, e.ArrearsDays},
	} {
		if limit.from != nil {
			*limit.to = *limit.from
		}
	}
	maps.Copy(p.PlaqueCaps, e.PlaqueCaps)
	return p
}

// decision is an admission's decision and, if it was, its revocation.
type decision struct {
	schemas.AdmissionDecided
	revokedOn civil.Date
}

// Admitted is what the decision is about.
func (d *decision) Admitted() reconcile.Admitted {
	return reconcile.Admitted{Department: d.Department, Item: d.Item}
}

func (b *Book) admit(e schemas.AdmissionDecided) {
	d := b.admissions[e.No]
	if d == nil {
		d = &decision{AdmissionDecided: e}
		b.admissions[e.No] = d
		b.admitting[d.Admitted()] = append(b.admitting[d.Admitted()], d)
	}
	d.AdmissionDecided = e
	b.admissionsOf(d.Admitted())
}

// admissionsOf gathers anew what admits a department's item. Denials admit nothing.
func (b *Book) admissionsOf(what reconcile.Admitted) {
	var all []reconcile.Admission
	for _, d := range b.admitting[what] {
		if d.Decision != "denied" {
			all = append(all, reconcile.Admission{
				DecidedOn: d.DecidedOn, RevokedOn: d.revokedOn, From: d.From, To: d.To, Communities: d.Communities,
			})
		}
	}
	b.county.Admissions[what] = all
}

func (b *Book) assign(e schemas.TaskAssigned) {
	t := b.tasks[e.No]
	if t == nil {
		t = &reconcile.Task{No: e.No}
		b.tasks[e.No] = t
	}
	say(t, e)
	b.communities[e.No] = e.Community
	b.account(e.Community).Tasks[e.No] = t
	for _, elsewhere := range b.asked[e.No] {
		elsewhere[e.No] = e.Item
	}
}

// say has a task be as it was assigned.
func say(t *reconcile.Task, e schemas.TaskAssigned) {
	t.Department, t.Item = e.Department, e.Item
	t.IssuedOn, t.StartsOn, t.DueOn, t.PayBy = e.IssuedOn, e.StartsOn, e.DueOn, e.PayBy
	t.Quantity, t.Base, t.Amount, t.AuthorityDocument = e.Quantity, e.Base, e.Amount, e.AuthorityDocument
}

func (b *Book) receipt(e schemas.TaskReceipted) {
	r := reconcile.Receipt{No: e.No, Outcome: reconcile.Outcome(e.Outcome), FiledOn: e.FiledOn, ConditionBy: e.ConditionBy}
	if e.ConditionAmount != nil {
		r.ConditionAmount = *e.ConditionAmount
	}
	t := b.tasks[e.Task]
	t.Receipts = append(t.Receipts, r)
}

func (b *Book) applyBurden(e schemas.Event) {
	switch e := e.(type) {
	case schemas.PlaqueHung:
		p := &reconcile.Plaque{No: e.No, Department: e.Department, Title: e.Title, Zone: e.Zone, HungOn: e.HungOn}
		b.hung[e.No] = p
		b.account(e.Community).Plaques[e.No] = p
	case schemas.PlaqueTakenDown:
		b.hung[e.No].RemovedOn = e.RemovedOn
	case schemas.BurdenBegun:
		u := &reconcile.Burden{No: e.No, Department: e.Department, Kind: e.Kind, Title: e.Title, From: e.From}
		b.burdens[e.No] = u
		b.account(e.Community).Burdens[e.No] = u
	case schemas.BurdenSupplemented:
		u := b.burdens[e.No]
		u.Department, u.Kind, u.Title, u.From = e.Department, e.Kind, e.Title, e.From
	case schemas.BurdenEnded:
		b.burdens[e.No].To = e.To
	}
}

// applyFund takes an event about money into the book.
func (b *Book) applyFund(e schemas.Event) error {
	switch e := e.(type) {
	case schemas.CommitmentMade:
		b.commit(e)
	case schemas.CommitmentSupplemented:
		b.commit(schemas.CommitmentMade(e))
	case schemas.PaymentMade:
		if e.Reverses == "" {
			b.pay(e)
		}
	case schemas.PaymentPassedOn:
		p := b.payments[e.Voucher]
		p.Children = append(p.Children, reconcile.Child{Voucher: e.Child, Amount: e.Amount, PaidOn: e.PaidOn})
	case schemas.PaymentReturned:
		for i, c := range b.payments[e.Voucher].Children {
			if c.Voucher == e.Child {
				b.payments[e.Voucher].Children[i].ReversedOn = e.ReversedOn
			}
		}
	case schemas.PaymentReversed:
		b.payments[e.Voucher].ReversedOn = e.ReversedOn
	case schemas.PaymentArrived:
		p := b.payments[e.Voucher]
		p.Arrivals = append(p.Arrivals, reconcile.Arrival{ConfirmedOn: e.ConfirmedOn, Amount: e.Amount})
	case schemas.PaymentArrivalWithdrawn:
		// Arrivals are numbered 1, 2, 3 … in their payment's stream.
		b.payments[e.Voucher].Arrivals[e.Arrival-1].WithdrawnOn = e.WithdrawnOn
	default:
		return b.amend(e)
	}
	return nil
}

func (b *Book) commit(e schemas.CommitmentMade) {
	a := b.account(e.Community)
	a.Commitments[e.No] = &reconcile.Commitment{
		No: e.No, Department: e.Department, Purpose: e.Purpose, Kind: reconcile.CommitmentKind(e.Kind),
		Amount: e.Amount, MadeOn: e.MadeOn, By: e.By,
	}
	b.ask(e.Purpose, e.Community, a.Elsewhere)
}

// pay gives the payment to the account of its beneficiary and to its holder.
func (b *Book) pay(e schemas.PaymentMade) {
	p := &reconcile.Payment{
		Voucher: e.Voucher, Payer: e.Payer, Payee: e.Payee, PaidOn: e.PaidOn, Beneficiary: e.Beneficiary,
		OwnPurpose: e.Purpose, Purpose: e.InheritedPurpose, Origin: e.Origin, Amount: e.Amount, Upstream: e.Upstream,
	}
	_, p.PayeeIsCommunity = b.accounts[e.Payee]
	if parent := b.payments[e.Upstream]; parent != nil {
		p.UpstreamPurpose, p.UpstreamBeneficiary = parent.Purpose, parent.Beneficiary
	}
	b.payments[e.Voucher] = p
	if p.Beneficiary != "" {
		a := b.account(p.Beneficiary)
		a.Payments[e.Voucher] = p
		b.ask(p.Purpose, p.Beneficiary, a.Elsewhere)
	}
	if !p.PayeeIsCommunity {
		h := b.holder(p.Payee)
		h.Payments[e.Voucher] = p
		if p.Beneficiary == "" && p.Upstream != "" {
			b.ask(p.Purpose, "", h.Elsewhere)
		}
	}
}

func (b *Book) holder(code string) *reconcile.Holder {
	h := b.holders[code]
	if h == nil {
		h = &reconcile.Holder{Code: code, Payments: map[string]*reconcile.Payment{}, Elsewhere: map[string]string{}}
		b.holders[code] = h
	}
	return h
}

// ask writes the item of the task that a purpose names into elsewhere, now or
// when it becomes known, unless it is a task of the account's own community.
func (b *Book) ask(purpose, community string, elsewhere map[string]string) {
	no, ok := strings.CutPrefix(purpose, "task:")
	if !ok || community != "" && b.communities[no] == community {
		return
	}
	if t := b.tasks[no]; t != nil {
		elsewhere[no] = t.Item
	}
	b.asked[no] = append(b.asked[no], elsewhere)
}
