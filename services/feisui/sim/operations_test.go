package sim_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"feisui/pkg/bus"
	"feisui/pkg/civil"
	"feisui/pkg/journal"
	"feisui/pkg/money"
	"feisui/schemas"
)

// operation is something that makes exchanges with the database or the bus.
type operation struct {
	name      string
	processes int
	before    func(w *world) // what is so when the processes start
	start     bool           // their start is a part of it
	reads     bool           // somebody follows the bus
	first     func(w *world) // what is done before it
	do        func(w *world)
	holds     func(w *world) // in the end, besides all promises
	old       bool           // what the bus held at first may be missing there

	again string // the first such exchange, the recovery from which is cut once more
	after fate   // when it was cut in this way
}

const (
	pageOfCourses = 2 // entries a page of the ledger's, or a request's
	bulkOfCourses = 4 // events that go without COPY
)

// history is what a base has besides its beginning: a task whose fee is late, one
// whose fee is in part there, and two that are not due yet.
var history = []command{
	{"past-1", []journal.Pending{task("JB-1", 0, 10_000, 4), task("JB-2", 1, 20_000, 5)}},
	{"past-2", []journal.Pending{task("JB-3", 0, 30_000, 12)}},
	{"past-3", payment("PZ-1", "JB-2", 1, 5_000)},
	{"past-4", []journal.Pending{task("JB-4", 2, 40_000, 13)}},
}

// task is one of January 2025's, to be paid until a day of it.
func task(no string, community int, amount money.Fen, payBy int) journal.Pending {
	return pending(schemas.TaskAssigned{
		No: no, Department: "D01", Community: communityOf(community), Item: "SX-001", IssuedOn: civil.Of(2025, 1, 2), PayBy: civil.Of(2025, 1, payBy), Amount: &amount,
	}, communityOf(community))
}

// payment is a fee that is paid and arrives.
func payment(voucher, task string, community int, amount money.Fen) []journal.Pending {
	at, on := communityOf(community), civil.Of(2025, 1, 5)
	return []journal.Pending{
		pending(schemas.PaymentMade{
			Voucher: voucher, PaidOn: on, Payer: "D01", Payee: at, Beneficiary: at, Community: at,
			Purpose: "task:" + task, InheritedPurpose: "task:" + task, Origin: "D01", Amount: amount,
		}, at),
		pending(schemas.PaymentArrived{Voucher: voucher, Arrival: 1, ConfirmedOn: on, Amount: amount}, at),
	}
}

func day(of int) command {
	return command{fmt.Sprint("day/", of), []journal.Pending{pending(schemas.CountyDayBegan{Date: civil.Of(2025, 1, of)})}}
}

var (
	oneEvent = command{"one", []journal.Pending{task("JB-10", 1, 70_000, 3)}}
	bigOne   = command{"big", append(append([]journal.Pending{
		task("JB-20", 0, 10_000, 3), task("JB-21", 1, 10_000, 3), task("JB-22", 2, 10_000, 20), task("JB-20", 0, 10_000, 4),
	}, payment("PZ-20", "JB-20", 0, 10_000)...), payment("PZ-21", "JB-1", 0, 4_000)...)}
)

// operations are all of them.
var operations = []*operation{
	{
		name: "an event is appended, and made known", processes: 1, reads: true, again: "journal: commit", after: dying,
		do: func(w *world) { w.sends("a", oneEvent) },
	}, {
		name: "an event that expects a version", processes: 1, do: func(w *world) {
			e := pending(schemas.TaskRecalled{No: "JB-3", RecalledOn: civil.Of(2025, 1, 6)}, communityOf(0))
			e.Version = 2
			w.sends("a", oneEvent, command{"recall", []journal.Pending{e}})
		},
	}, {
		name: "a batch of several requests", processes: 1, again: "journal: append", after: later,
		do: func(w *world) {
			w.sends("a", oneEvent)
			for i := range 3 { // wait while the first is recorded
				w.sends(fmt.Sprint("b", i), command{fmt.Sprint("b", i), []journal.Pending{task(fmt.Sprint("JB-3", i), i, 10_000, 3)}})
			}
			w.sends("c", command{"b1", []journal.Pending{task("JB-31", 1, 10_000, 3)}}) // the same from two sides
		},
	}, {
		name: "a request again, and another with its id", processes: 1,
		do: func(w *world) {
			w.sending("a", func(c *client, ctx context.Context) {
				c.send(ctx, oneEvent.id, oneEvent.events)
				for _, body := range []string{oneEvent.id, "something else"} {
					c.insist(ctx, c.acked[0], body)
				}
			})
		},
	}, {
		name: "an import", processes: 1, again: "journal: commit", after: dying,
		do: func(w *world) { w.sends("a", bigOne) },
	}, {
		name: "an import of more than all before it", processes: 1,
		do: func(w *world) {
			many := command{id: "many"}
			for i := range 60 {
				many.events = append(many.events, task(fmt.Sprint("JB-4", i), i%3, 1_000, 25))
			}
			w.sends("a", many)
		},
	}, {
		name: "an import where another process was faster", processes: 2,
		first: func(w *world) { // the first knows where the journal ended
			for i := range 2 {
				w.sends(fmt.Sprint("a", i), command{fmt.Sprint("before-", i), []journal.Pending{task(fmt.Sprint("JB-1", i), 2, 5_000, 25)}}).only = 1 + i
			}
		},
		do: func(w *world) { w.sends("b", bigOne).only = 1 },
	}, {
		name: "a day begins, and flags are announced", processes: 1, again: "book: commit", after: after,
		do: func(w *world) { w.sends("a", day(17)) },
	}, {
		name: "a fee arrives, and flags are cleared", processes: 1,
		do: func(w *world) { w.sends("a", command{"fee", payment("PZ-2", "JB-1", 0, 10_000)}) },
	}, {
		name: "an event that cannot be taken", processes: 1,
		do: func(w *world) {
			w.sends("a", command{"poison", []journal.Pending{{Stream: "task/POISON", Type: "task.exploded", Data: []byte(`{}`), Accounts: []string{communityOf(2)}}}}, oneEvent)
		},
	}, {
		name: "a start with all to do", processes: 1, start: true, again: "ledger: commit", after: dying,
		before: func(w *world) {
			w.db.ledger, w.nats.stream = newLedgerTables(), nil
		},
	}, {
		name: "a start with some of it to do", processes: 1, start: true,
		before: func(w *world) {
			w.db.ledger = w.earlier.clone()
			w.nats.stream.back(w.nats.stream.last - 4)
		},
	}, {
		name: "a start with other rules", processes: 1, start: true,
		before: func(w *world) {
			for generation, b := range w.db.ledger.books {
				b.rules = "0/before"
				w.db.ledger.books[generation] = b
			}
		},
	}, {
		name: "the bus was wiped", processes: 1, reads: true, again: "create stream", after: later,
		do: func(w *world) { w.nats.stream = nil },
	}, {
		name: "the bus was rolled back", processes: 1, reads: true, again: "message", after: before,
		do: func(w *world) { w.nats.stream.back(w.nats.stream.last - 5) },
	}, {
		name: "somebody else published to the bus", processes: 1, again: "delete stream", after: later,
		do: func(w *world) {
			_, _ = w.nats.take(&nats.Msg{Subject: "feisui." + countyName + ".task.assigned", Header: nats.Header{jetstream.MsgIDHeader: {"stranger"}}})
		},
	}, {
		name: "the bus knows more than the journal", processes: 1,
		do: func(w *world) {
			position := fmt.Sprint(w.nats.stream.last + 1)
			_, _ = w.nats.take(&nats.Msg{Subject: "feisui." + countyName + ".task.assigned", Header: nats.Header{jetstream.MsgIDHeader: {"lost"}, bus.PositionHeader: {position}}})
		},
	}, {
		name: "the bus was purged", processes: 1, again: "delete stream", after: later,
		do: func(w *world) {
			w.nats.stream.purge(w.nats.stream.last)
			w.sends("a", oneEvent)
		},
	}, {
		name: "all on the bus grew too old", processes: 1, reads: true, old: true,
		do: func(w *world) {
			w.nats.old(w.nats.stream.last)
			w.sends("a", oneEvent)
		},
	}, {
		name: "the book was restored to an earlier time", processes: 1,
		do: func(w *world) {
			w.db.ledger = w.earlier.clone()
			w.sends("a", oneEvent)
		},
	}, {
		name: "the book is rebuilt", processes: 1, again: "rebuild: commit", after: after,
		do: func(w *world) { w.rebuilds(0) },
		holds: func(w *world) {
			if b, _ := w.db.ledger.live(); b.generation < 2 || len(w.db.ledger.books) != 1 {
				w.fail("B2: generation %d is live, of %d", b.generation, len(w.db.ledger.books))
			}
		},
	}, {
		name: "the book is rebuilt while another process writes it", processes: 2,
		do: func(w *world) {
			w.rebuilds(0)
			w.sends("a", oneEvent)
		},
	}, {
		name: "an event with two processes", processes: 2, reads: true,
		do: func(w *world) { w.sends("a", oneEvent) },
	}, {
		name: "a day begins with two processes", processes: 2,
		do: func(w *world) { w.sends("a", day(17)) },
	},
}

// insist asks again with a body, until it knows the answer: the one that was
// given, or that another body is refused.
func (c *client) insist(ctx context.Context, a acked, body string) {
	for {
		receipt, err := c.try(ctx, a.id, body, a.events)
		switch other := body != a.id; {
		case errors.Is(err, errOver), other && errors.Is(err, journal.ErrOtherBody):
			return
		case err != nil && !errors.Is(err, journal.ErrOtherBody):
			rest(ctx)
			continue
		case other || err != nil || !receipt.Repeated || receipt.First != a.receipt.First || string(receipt.Answer) != string(a.receipt.Answer):
			c.w.fail("J3: %s again, with %q: %+v, %v", a.id, body, receipt, err)
		}
		return
	}
}

// rebuilds has a process rebuild its book, again until it is done.
func (w *world) rebuilds(i int) {
	w.sending("operator", func(_ *client, ctx context.Context) {
		for w.moment(ctx, "ask for a rebuild") == does {
			if p := w.processes[i]; p.ledger != nil {
				r, err := p.ledger.Rebuild(as(ctx, p.name+" rebuild", p), false)
				if len(r.Differences)+len(r.Unsound) > 0 {
					w.fail("B2: rebuilt at %d the book differs: %v %v", r.Position, r.Differences, r.Unsound)
				}
				if err == nil {
					return
				}
			}
			rest(ctx)
		}
	})
}
