package sim_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"

	"feisui/pkg/civil"
	"feisui/pkg/journal"
	"feisui/pkg/money"
	"feisui/schemas"
)

// drawer draws what a client sends: things of its own, and some that others
// change as well, for which it names the version that it knows.
type drawer struct {
	dice   *rand.Rand
	name   string
	n      int
	day    civil.Date
	poison bool
	tasks  []schemas.TaskAssigned
	paid   []schemas.PaymentMade
	knows  map[string]int64 // versions of streams
}

func communityOf(i int) string { return fmt.Sprintf("990101001%03d", 1+i) }

const (
	communities = 3
	countyName  = "rucheng"
)

var firstDay = civil.Of(2025, 1, 6)

// begin is what the county begins with: an import.
func begin() (events []journal.Pending) {
	for i := range communities {
		events = append(events, pending(schemas.CommunityRegistered{Code: communityOf(i), Name: fmt.Sprintf("第%d社区", i+1), Street: "990101001"}, communityOf(i)))
	}
	for i := range 2 {
		events = append(events, pending(schemas.DepartmentRegistered{Code: fmt.Sprintf("D%02d", 1+i), Name: fmt.Sprintf("第%d局", i+1)}))
	}
	for i := range 2 {
		var rate money.Decimal
		must(json.Unmarshal(fmt.Appendf(nil, `"%d"`, 1000*(i+1)), &rate))
		events = append(events, pending(schemas.ItemListed{Code: fmt.Sprintf("SX-%03d", 1+i), Name: "事项", List: "assist", Rule: "fixed", Rate: &rate}))
	}
	return append(events, pending(schemas.CountyDayBegan{Date: firstDay}))
}

func pending(e schemas.Event, accounts ...string) journal.Pending {
	data, err := json.Marshal(e)
	must(err)
	return journal.Pending{Stream: e.Stream(), Type: e.Type(), Data: data, Accounts: accounts}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func (d *drawer) number(of string) string {
	d.n++
	return fmt.Sprintf("%s-%s%d", of, d.name, d.n)
}

func (d *drawer) around() civil.Date { return d.day.AddDays(d.dice.IntN(40) - 30) }

// expecting names the version that a stream is believed to be at.
func (d *drawer) expecting(p journal.Pending) journal.Pending {
	p.Version = d.knows[p.Stream] + 1
	return p
}

// next is a command: its id, and its events.
func (d *drawer) next() (id string, events []journal.Pending) {
	id = d.number("cmd")
	switch roll := d.dice.IntN(20); {
	case roll < 2: // an import
		for range 3 + d.dice.IntN(6) {
			events = append(events, d.one())
		}
		return id, events
	case roll < 4:
		grace := d.dice.IntN(4)
		return id, []journal.Pending{d.expecting(pending(schemas.PolicyAdopted{GraceDays: &grace, From: d.around()}))}
	case roll < 7:
		d.day = d.day.AddDays(1 + d.dice.IntN(9))
		return "day/" + d.day.String(), []journal.Pending{d.expecting(pending(schemas.CountyDayBegan{Date: d.day}))}
	case roll < 8 && d.poison:
		return id, []journal.Pending{{Stream: "task/" + d.number("POISON"), Type: "task.exploded", Data: []byte(`{}`), Accounts: []string{communityOf(d.dice.IntN(communities))}}}
	case roll == 8:
		return id, nil // nothing was new
	}
	return id, []journal.Pending{d.one()}
}

// one is something of the client's own.
func (d *drawer) one() journal.Pending {
	switch roll := d.dice.IntN(10); {
	case roll < 4 || len(d.tasks) == 0:
		amount := money.Fen(100 * (1 + d.dice.IntN(1000)))
		e := schemas.TaskAssigned{
			No: d.number("JB"), Department: "D01", Community: communityOf(d.dice.IntN(communities)), Item: "SX-001", IssuedOn: d.around(), Amount: &amount,
		}
		e.PayBy = e.IssuedOn.AddDays(d.dice.IntN(30))
		d.tasks = append(d.tasks, e)
		return pending(e, e.Community)
	case roll < 6:
		t := d.tasks[d.dice.IntN(len(d.tasks))]
		return pending(schemas.TaskReceipted{Task: t.No, Outcome: []string{"accept", "reject"}[d.dice.IntN(2)], FiledOn: d.around(), No: d.number("HZ")}, t.Community)
	case roll < 7:
		t := d.tasks[d.dice.IntN(len(d.tasks))]
		return pending(schemas.TaskRecalled{No: t.No, RecalledOn: d.around()}, t.Community)
	case roll < 9 || len(d.paid) == 0:
		t := d.tasks[d.dice.IntN(len(d.tasks))]
		e := schemas.PaymentMade{
			Voucher: d.number("PZ"), PaidOn: d.around(), Payer: "D01", Payee: t.Community, Beneficiary: t.Community, Community: t.Community,
			Purpose: "task:" + t.No, InheritedPurpose: "task:" + t.No, Origin: "D01", Amount: money.Fen(100 * (1 + d.dice.IntN(1000))),
		}
		d.paid = append(d.paid, e)
		return pending(e, e.Beneficiary)
	}
	p := d.paid[len(d.paid)-1]
	d.paid = d.paid[:len(d.paid)-1]
	return pending(schemas.PaymentArrived{Voucher: p.Voucher, Arrival: 1, ConfirmedOn: p.PaidOn.AddDays(1), Amount: p.Amount}, p.Beneficiary)
}
