package keep_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"feisui/pkg/civil"
	"feisui/pkg/journal"
	"feisui/pkg/money"
	"feisui/schemas"
)

// drawer draws what happens in a county, a request at a time: events that could
// have been decided, with their accounts as floor 4 would name them, and poison
// if it is asked for. Each drawer has things of its own, so several may be used
// at once.
type drawer struct {
	dice        *rand.Rand
	name        string // of this drawer, in the numbers of its things
	communities int
	n           int
	day         civil.Date
	poison      int // one of so many requests has one; 0: none
	days        bool

	tasks, burdens, plaques []string
	community               map[string]string // of a task
	paid                    map[string]*paid
	open                    []string // vouchers that may be passed on, confirmed or reversed
	changed, asking         map[string][]string
}

type paid struct {
	made     schemas.PaymentMade
	left     money.Fen
	arrivals []bool // withdrawn
	children int
}

func newDrawer(seed uint64, name string, communities int) *drawer {
	return &drawer{
		dice: rand.New(rand.NewPCG(seed, 11)), name: name, communities: communities, day: civil.Of(2025, 1, 6),
		community: map[string]string{}, paid: map[string]*paid{}, changed: map[string][]string{}, asking: map[string][]string{},
	}
}

func communityOf(i int) string    { return fmt.Sprintf("990101%03d%03d", 1+i%3, 1+i) }
func streetOf(code string) string { return code[:9] }

func (d *drawer) anyCommunity() string  { return communityOf(d.dice.IntN(d.communities)) }
func (d *drawer) anyDepartment() string { return fmt.Sprintf("D%02d", 1+d.dice.IntN(4)) }
func (d *drawer) anyItem() string       { return fmt.Sprintf("SX-%03d", 1+d.dice.IntN(9)) } // eight are listed
func (d *drawer) amount() money.Fen     { return money.Fen(100 * (1 + d.dice.IntN(100_000))) }
func (d *drawer) around() civil.Date    { return d.day.AddDays(d.dice.IntN(40) - 25) }
func (d *drawer) number(of string) string {
	d.n++
	return fmt.Sprintf("%s-%s%d", of, d.name, d.n)
}

func decimal(n int64) *money.Decimal {
	var v money.Decimal
	if err := json.Unmarshal(fmt.Appendf(nil, `"%d"`, n), &v); err != nil {
		panic(err)
	}
	return &v
}

// begin is what a county begins with.
func (d *drawer) begin() (events []schemas.Event) {
	for i := range d.communities {
		code, households := communityOf(i), int64(300+100*i)
		events = append(events, schemas.CommunityRegistered{
			Code: code, Name: fmt.Sprintf("第%d社区", i+1), Street: streetOf(code), Households: &households, Population: &households, Staff: &households,
		})
	}
	for i := range 4 {
		events = append(events, schemas.DepartmentRegistered{Code: fmt.Sprintf("D%02d", 1+i), Name: fmt.Sprintf("第%d局", i+1), Kind: []string{"department", "finance", "sponsor", "department"}[i]})
	}
	for i := range 8 {
		events = append(events, schemas.ItemListed{
			Code: fmt.Sprintf("SX-%03d", 1+i), Name: fmt.Sprintf("第%d项", i+1), List: []string{"statutory", "assist", "purchase", "negative"}[i%4],
			Rule: []string{"fixed", "per_household", "agreed", "none", "per_case"}[i%5], Rate: decimal(int64(1000 * (i + 1))),
		})
	}
	return append(events, schemas.PlaqueTitleListed{Title: "党群服务中心", Zone: "outside"}, schemas.CountyDayBegan{Date: d.day})
}

// next is a request.
func (d *drawer) next() []journal.Pending {
	var events []schemas.Event
	for range 1 + d.dice.IntN(3) {
		events = append(events, d.event()...)
	}
	pending := d.pending(events...)
	if d.poison > 0 && d.dice.IntN(d.poison) == 0 {
		pending = slices.Insert(pending, d.dice.IntN(len(pending)+1), d.poisoned())
	}
	return pending
}

// poisoned is an entry that this program cannot take.
func (d *drawer) poisoned() journal.Pending {
	kinds := []journal.Pending{
		{Type: "task.exploded", Data: []byte(`{}`)},
		{Type: "task.assigned", Data: []byte(`{"no":7}`)},
		{Type: "payment.arrived", Data: []byte(`{"voucher":"PZ-nobody","arrival":1,"confirmed_on":"2025-02-02","amount":5}`)},
		{Type: "task.receipted", Data: []byte(`{"task":"JB-nobody","outcome":"accept","filed_on":"2025-02-02"}`)},
	}
	p := kinds[d.dice.IntN(len(kinds))]
	p.Stream, p.Accounts = "task/"+d.number("POISON"), []string{d.anyCommunity()}
	switch d.dice.IntN(4) {
	case 0:
		p.Accounts = append(p.Accounts, streetOf(p.Accounts[0]))
	case 1:
		p.Accounts = []string{"990199" + fmt.Sprint(d.dice.IntN(3))} // whom nobody knows
	}
	return p
}

func (d *drawer) pending(events ...schemas.Event) (all []journal.Pending) {
	for _, e := range events {
		data, err := json.Marshal(e)
		if err != nil {
			panic(err)
		}
		all = append(all, journal.Pending{Stream: e.Stream(), Type: e.Type(), Data: data, Accounts: d.accounts(e)})
	}
	return all
}

// event is one thing that happens.
func (d *drawer) event() []schemas.Event {
	switch roll := d.dice.IntN(100); {
	case roll < 25 || len(d.tasks) == 0:
		return []schemas.Event{d.assign()}
	case roll < 40:
		return []schemas.Event{d.ofTask(d.tasks[d.dice.IntN(len(d.tasks))])}
	case roll < 48:
		return []schemas.Event{schemas.CommitmentMade{
			No: d.number("CN"), Kind: []string{"pledge", "quota"}[d.dice.IntN(2)], Department: d.anyDepartment(), Community: d.anyCommunity(),
			Purpose: d.purpose(), Amount: d.amount(), MadeOn: d.around(), By: d.around(),
		}}
	case roll < 62 || len(d.open) == 0:
		return []schemas.Event{d.pay()}
	case roll < 85:
		return d.ofPayment(d.open[d.dice.IntN(len(d.open))])
	case roll < 92:
		return []schemas.Event{d.burden()}
	case roll < 94 && d.days:
		grace := d.dice.IntN(4)
		return []schemas.Event{schemas.PolicyAdopted{GraceDays: &grace, From: d.around()}}
	case roll < 96 && d.days:
		return []schemas.Event{schemas.ItemSupplemented{Code: d.anyItem(), Name: "事项", List: "assist", Rule: "fixed", Rate: decimal(int64(d.dice.IntN(9000))), From: d.around()}}
	case d.days:
		d.day = d.day.AddDays(1 + d.dice.IntN(12))
		return []schemas.Event{schemas.CountyDayBegan{Date: d.day}}
	}
	return []schemas.Event{d.assign()}
}

func (d *drawer) assign() schemas.Event {
	e := schemas.TaskAssigned{No: d.number("JB"), Department: d.anyDepartment(), Community: d.anyCommunity(), Item: d.anyItem(), IssuedOn: d.around()}
	if d.dice.IntN(2) == 0 {
		amount := d.amount()
		e.Amount, e.PayBy = &amount, e.IssuedOn.AddDays(d.dice.IntN(30))
	}
	d.tasks = append(d.tasks, e.No)
	d.community[e.No] = e.Community
	return e
}

func (d *drawer) ofTask(no string) schemas.Event {
	switch d.dice.IntN(4) {
	case 0:
		return schemas.TaskRecalled{No: no, RecalledOn: d.around()}
	case 1:
		return schemas.TaskCompleted{Task: no, CompletedOn: d.around(), Quantity: decimal(int64(d.dice.IntN(9)))}
	default:
		return schemas.TaskReceipted{Task: no, Outcome: []string{"accept", "conditional", "reject", "query"}[d.dice.IntN(4)], FiledOn: d.around(), No: d.number("HZ")}
	}
}

func (d *drawer) purpose() string {
	switch d.dice.IntN(5) {
	case 0:
		return "item:" + d.anyItem()
	case 1:
		return "general"
	case 2:
		return "department"
	case 3:
		return "task:" + fmt.Sprintf("JB-%s%d", d.name, d.n+1+d.dice.IntN(20)) // which may come to be
	}
	if len(d.tasks) == 0 {
		return ""
	}
	return "task:" + d.tasks[d.dice.IntN(len(d.tasks))]
}

func (d *drawer) pay() schemas.Event {
	beneficiary := d.anyCommunity()
	e := schemas.PaymentMade{
		Voucher: d.number("PZ"), PaidOn: d.around(), Payer: d.anyDepartment(), Payee: beneficiary, Beneficiary: beneficiary, Purpose: d.purpose(), Amount: d.amount(),
	}
	switch d.dice.IntN(3) {
	case 0:
		e.Payee = streetOf(beneficiary)
	case 1:
		e.Payee, e.Beneficiary = streetOf(beneficiary), ""
	}
	if e.Community = e.Beneficiary; e.Purpose == "" {
		e.InheritedPurpose = "department"
	} else {
		e.InheritedPurpose = e.Purpose
	}
	e.Origin = e.Payer
	return d.note(e)
}

func (d *drawer) note(e schemas.PaymentMade) schemas.PaymentMade {
	d.paid[e.Voucher] = &paid{made: e, left: e.Amount}
	d.open = append(d.open, e.Voucher)
	return e
}

func (d *drawer) ofPayment(voucher string) []schemas.Event {
	p := d.paid[voucher]
	isCommunity := len(p.made.Payee) == 12
	switch {
	case !isCommunity && p.left > 100 && d.dice.IntN(3) > 0:
		child := d.note(schemas.PaymentMade{
			Voucher: d.number("PZ"), PaidOn: max(p.made.PaidOn, d.around()), Payer: p.made.Payee, Payee: communityOf(d.dice.IntN(d.communities)), Amount: p.left / 2,
			Upstream: voucher, Origin: p.made.Origin, InheritedPurpose: p.made.InheritedPurpose,
		})
		child.Beneficiary = child.Payee
		d.paid[child.Voucher].made = child
		p.left, p.children = p.left-child.Amount, p.children+1
		return []schemas.Event{schemas.PaymentPassedOn{Voucher: voucher, Child: child.Voucher, Amount: child.Amount, PaidOn: child.PaidOn}, child}
	case isCommunity && p.left > 100 && d.dice.IntN(3) > 0:
		part := p.left / 2
		p.left, p.arrivals = p.left-part, append(p.arrivals, false)
		return []schemas.Event{schemas.PaymentArrived{Voucher: voucher, Arrival: len(p.arrivals), ConfirmedOn: max(p.made.PaidOn, d.around()), Amount: part}}
	case len(p.arrivals) > 0 && !p.arrivals[len(p.arrivals)-1]:
		p.arrivals[len(p.arrivals)-1] = true
		return []schemas.Event{schemas.PaymentArrivalWithdrawn{Voucher: voucher, Arrival: len(p.arrivals), WithdrawnOn: d.day}}
	case p.children == 0 && len(p.arrivals) == 0:
		return d.reverse(voucher, p)
	}
	return []schemas.Event{d.pay()}
}

func (d *drawer) reverse(voucher string, p *paid) []schemas.Event {
	d.open = slices.DeleteFunc(d.open, func(v string) bool { return v == voucher })
	undo := p.made
	undo.Voucher, undo.Reverses, undo.PaidOn = d.number("PZ"), voucher, d.day
	events := []schemas.Event{undo, schemas.PaymentReversed{Voucher: voucher, By: undo.Voucher, ReversedOn: undo.PaidOn}}
	if p.made.Upstream != "" {
		events = append(events, schemas.PaymentReturned{Voucher: p.made.Upstream, Child: voucher, ReversedOn: undo.PaidOn})
	}
	return events
}

func (d *drawer) burden() schemas.Event {
	switch roll := d.dice.IntN(6); {
	case roll == 0 && len(d.plaques) > 0:
		return schemas.PlaqueTakenDown{No: d.plaques[d.dice.IntN(len(d.plaques))], RemovedOn: d.around()}
	case roll == 1 && len(d.burdens) > 0:
		return schemas.BurdenEnded{No: d.burdens[d.dice.IntN(len(d.burdens))], To: d.around()}
	case roll < 4:
		e := schemas.PlaqueHung{No: d.number("PM"), Community: d.anyCommunity(), Department: d.anyDepartment(), Title: []string{"党群服务中心", "工作站"}[d.dice.IntN(2)],
			Zone: []string{"outside", "inside", "wall"}[d.dice.IntN(3)], HungOn: d.around()}
		d.plaques = append(d.plaques, e.No)
		return e
	}
	e := schemas.BurdenBegun{No: d.number("FD"), Community: d.anyCommunity(), Department: d.anyDepartment(), Kind: "form", From: d.around()}
	d.burdens = append(d.burdens, e.No)
	return e
}

// accounts are those that an event can change, as floor 4 names them.
func (d *drawer) accounts(e schemas.Event) []string {
	stream := e.Stream()
	is := func(accounts ...string) []string {
		for _, a := range accounts {
			if a != "" && !slices.Contains(d.changed[stream], a) {
				d.changed[stream] = append(slices.Clip(d.changed[stream]), a)
			}
		}
		return d.changed[stream]
	}
	switch e := e.(type) {
	case schemas.CommunityRegistered:
		return is(e.Code)
	case schemas.TaskAssigned:
		return append(slices.Clip(is(e.Community)), slices.DeleteFunc(slices.Clone(d.asking[stream]), func(a string) bool { return a == e.Community })...)
	case schemas.CommitmentMade:
		d.ask(e.Purpose, e.Community)
		return is(e.Community)
	case schemas.PaymentMade:
		if e.Reverses != "" {
			return is(d.changed["payment/"+e.Reverses]...)
		}
		d.ask(e.InheritedPurpose, e.Beneficiary, e.Payee)
		return is(e.Beneficiary, e.Payee)
	case schemas.PlaqueHung:
		return is(e.Community)
	case schemas.BurdenBegun:
		return is(e.Community)
	}
	return d.changed[stream]
}

func (d *drawer) ask(purpose string, accounts ...string) {
	no, ok := strings.CutPrefix(purpose, "task:")
	for _, a := range accounts {
		if ok && a != "" && !slices.Contains(d.asking["task/"+no], a) {
			d.asking["task/"+no] = append(d.asking["task/"+no], a)
		}
	}
}
