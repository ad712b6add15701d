package sim_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"sync"
	"testing/synctest"
	"time"

	"feisui/pkg/bus"
	"feisui/pkg/civil"
	"feisui/pkg/journal"
	"feisui/pkg/relay"
	"feisui/services/ledger/keep"
)

// world is a county with two processes, some clients and a reader of the bus.
type world struct {
	*scheduler
	plan      plan
	db        *postgres
	nats      *broker
	calendar  civil.Calendar
	skew      []time.Duration // of the processes' clocks
	processes []*process
	earlier   *ledgerTables      // as the book was before some of what it holds
	arriving  func(sent int) int // how many of the messages that a process sent still arrive when it dies
	clients   []*client
	readers   []*reader
	busy      int // clients that are not done
	all       sync.WaitGroup
}

// plan is what may go wrong in a run: one in so many steps, 0 never.
type plan struct {
	clients, commands          int
	fails, kills, wipes, jumps int
	lines, lost, rebuilds      int
	page                       int
	bulk                       int // more events go by COPY
	poison                     bool
	slow                       int // one in so many steps lets time pass
}

// process is one life of a server.
type process struct {
	name    string
	dead    bool
	end     context.CancelFunc
	journal *journal.Journal
	watch   *journal.Watch
	ledger  *keep.Ledger
	seen    int64 // by who looks at the ledger
	wrote   int64 // likewise, of its rows
	bus     *bus.Bus
}

func newWorld(seed uint64, calendar civil.Calendar) *world {
	dice := rand.New(rand.NewPCG(seed, 1))
	one := func(of ...int) int { return of[dice.IntN(len(of))] }
	s := &scheduler{seed: seed, dice: dice, asked: map[string]uint64{}, ended: make(chan struct{})}
	w := &world{
		scheduler: s, calendar: calendar, skew: make([]time.Duration, 2), processes: make([]*process, 2),
		arriving: func(sent int) int { return dice.IntN(sent + 1) },
		plan: plan{
			clients: 2 + dice.IntN(3), commands: 3 + dice.IntN(6), fails: one(0, 8, 25, 80), kills: one(0, 0, 100, 300), wipes: one(0, 40, 150), jumps: one(0, 50),
			lines: one(0, 60), lost: one(0, 3), rebuilds: one(0, 0, 80), page: one(1, 2, 5, 1000), bulk: one(3, 5, 1000), poison: dice.IntN(4) == 0, slow: one(4, 12, 40),
		},
		db: &postgres{s: s, journal: newJournalTables(s), ledger: newLedgerTables(), holds: map[string]*session{}},
	}
	w.nats = &broker{s: s, firsts: map[int64]bool{}}
	return w
}

// start begins a life of a process.
func (w *world) start(i, life int) {
	p := &process{name: fmt.Sprintf("process %d.%d", i+1, life)}
	w.processes[i] = p
	ctx, cancel := context.WithCancel(context.Background())
	p.end = cancel
	l := &line{b: w.nats, name: p.name, of: p}
	w.nats.lines = append(w.nats.lines, l)
	p.bus = bus.Over(core{l}, l)
	now := func() time.Time { return time.Now().Add(w.skew[i]) }
	w.all.Go(func() { w.open(ctx, p, l, now) })
}

// open is what a server does when it starts: again, until it succeeds.
func (w *world) open(ctx context.Context, p *process, l *line, now func() time.Time) {
	again := func(open func() error) {
		for !p.dead && open() != nil {
			rest(ctx)
		}
	}
	var j *journal.Journal
	again(func() (err error) {
		j, err = journal.Open(as(ctx, p.name+" journal", p), w.db, now, journal.Bell(w.ring), journal.AnyClock(), journal.Bulk(w.plan.bulk))
		if err == nil {
			p.watch = j.Watch()
		}
		return err
	})
	again(func() error {
		_, err := p.watch.Look(as(ctx, p.name+" watch", p))
		return err
	})
	var k *keep.Ledger
	again(func() (err error) {
		k, err = keep.Open(as(ctx, p.name+" ledger", p), keep.Config{
			County: countyName, Journal: saying{j, p, w.scheduler}, News: hearing{p.watch, w.scheduler}, Pool: w.db, Calendar: w.calendar, Page: w.plan.page,
		})
		if errors.Is(err, keep.ErrAhead) {
			w.fail("the ledger says that the journal lost its end: %v", err)
		}
		return err
	})
	if p.dead {
		return
	}
	p.journal, p.ledger = j, k
	w.keep(ctx, p, l)
}

// keep is what a server does as long as it runs.
func (w *world) keep(ctx context.Context, p *process, l *line) {
	w.all.Go(func() {
		r := relay.New(p.watch, overLine{p.bus, l}, countyName, say, w.when, nil)
		if err := r.Run(as(ctx, p.name+" relay", p)); err != nil && !p.dead {
			w.fail("the relay of %s: %v", p.name, err)
		}
	})
	w.all.Go(func() {
		if err := p.ledger.Run(as(ctx, p.name+" book", p), nil); err != nil && !p.dead {
			w.fail("the ledger of %s: %v", p.name, err)
		}
	})
	w.all.Go(func() {
		for ctx := as(ctx, p.name+" watch", p); ctx.Err() == nil; rest(ctx) {
			if moved, err := p.watch.Look(ctx); err == nil && len(moved) > 0 {
				p.ledger.News()
			}
		}
	})
}

// ring is heard by every process that lives.
func (w *world) ring(county string, position int64) {
	for _, p := range w.processes {
		if p.dead || p.watch == nil {
			continue
		}
		if p.watch.Heard(county, position); p.ledger != nil {
			p.ledger.News()
		}
	}
	w.nats.ring(position)
}

// saying is a journal in which the ledger announces flags when it is its turn:
// who shares a batch must not depend on who is quicker.
type saying struct {
	*journal.Journal
	p *process
	s *scheduler
}

func (j saying) Append(ctx context.Context, r journal.Request) (journal.Receipt, error) {
	ctx = as(ctx, j.p.name+" flags", j.p)
	if j.s.moment(ctx, "announce") == killed {
		return journal.Receipt{}, errKilled
	}
	receipt, err := j.Journal.Append(ctx, r)
	if j.s.moment(ctx, "hear of it") == killed {
		return receipt, errKilled
	}
	return receipt, err
}

// hearing is a watch that the ledger reads when it is its turn: what is handed to it
// asks nobody, and what others see of it must not depend on who is quicker.
type hearing struct {
	*journal.Watch
	s *scheduler
}

func (h hearing) After(ctx context.Context, county string, position int64, limit int) iter.Seq2[journal.Entry, error] {
	return func(yield func(journal.Entry, error) bool) {
		if h.s.moment(ctx, "read on") == killed {
			yield(journal.Entry{}, errKilled)
			return
		}
		h.Watch.After(ctx, county, position, limit)(yield)
	}
}

// say is what goes out on the bus for an entry.
func say(e journal.Entry) bus.Message {
	return bus.Message{Subject: bus.Subject(e.County, e.Type), Position: e.Position, ID: e.ID.String(), Data: e.Data}
}

// when is when an entry was recorded, as a relay is told.
func (w *world) when(e journal.Entry) time.Time {
	if uint64(e.Position) <= w.nats.aged {
		return e.RecordedAt.AddDate(-1, 0, 0)
	}
	return e.RecordedAt
}

// rest is a second, or less when it is over.
func rest(ctx context.Context) {
	ctx, stop := context.WithTimeout(ctx, time.Second)
	defer stop()
	<-ctx.Done()
}

// kill ends a process at once, and a new one begins.
func (w *world) kill(i, life int) {
	p := w.processes[i]
	w.note("kill %s", p.name)
	w.mu.Lock()
	p.dead = true
	w.mu.Unlock()
	for _, l := range w.nats.lines {
		if l.of == p {
			l.breaks(w.arriving(len(l.sent)))
		}
	}
	w.drop(p)
	p.end()
	synctest.Wait()
	if life > 0 {
		w.start(i, life)
		synctest.Wait()
	}
}

// client sends commands, one after the other, each until it knows what became of it.
type client struct {
	*drawer
	w       *world
	patient bool
	only    int // the process that it asks, from 1; 0: any
	acked   []acked
	not     []string // ids that were refused
}

// asked is a request as it is sent.
func asked(name, id, body string, events []journal.Pending) journal.Request {
	return journal.Request{
		County: countyName, ID: id, Fingerprint: sha256.Sum256([]byte(body)), Actor: name, Kind: journal.Record, Events: events, Answer: []byte(id),
	}
}

type acked struct {
	id      string
	receipt journal.Receipt
	events  []journal.Pending
}

func (w *world) client(i int) {
	dice := rand.New(rand.NewPCG(w.seed, uint64(100+i)))
	c := &client{w: w, drawer: &drawer{dice: dice, name: fmt.Sprint("c", i), day: firstDay, poison: w.plan.poison, knows: map[string]int64{}}}
	w.clients = append(w.clients, c)
	ctx := as(context.Background(), "client "+c.name, nil)
	if i == 0 {
		c.send(ctx, "begin", begin())
	}
	w.busy++
	w.all.Go(func() {
		for range w.plan.commands {
			id, events := c.next()
			c.send(ctx, id, events)
			if dice.IntN(6) == 0 && len(c.acked) > 0 {
				c.twice(ctx, c.acked[dice.IntN(len(c.acked))])
			}
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		w.busy--
	})
}

// send sends a command until it is recorded or refused.
func (c *client) send(ctx context.Context, id string, events []journal.Pending) {
	for attempt := 1; ; attempt++ {
		receipt, err := c.try(ctx, id, id, events)
		var conflict *journal.Conflict
		switch {
		case err == nil:
			c.w.say("%s is acked at %d to %d, repeated %t", id, receipt.First, receipt.Last, receipt.Repeated)
			for _, e := range events {
				if e.Version > 0 {
					c.knows[e.Stream] = e.Version
				}
			}
			c.acked = append(c.acked, acked{id, receipt, events})
			return
		case errors.As(err, &conflict):
			c.knows[conflict.Stream] = conflict.Version
			if attempt > 4 || conflict.Stream == "county/day" {
				c.not = append(c.not, id)
				return
			}
			for i, e := range events {
				if e.Version > 0 {
					events[i] = c.expecting(e)
				}
			}
		case errors.Is(err, errOver):
			return
		case errors.Is(err, journal.ErrOtherBody), errors.Is(err, journal.ErrInvalid), errors.Is(err, journal.ErrMoved):
			c.w.fail("%s is refused: %v", id, err)
			return
		default:
			rest(ctx)
		}
	}
}

// twice sends again what was answered, which is answered the same, and something
// else under its id, which is refused.
func (c *client) twice(ctx context.Context, a acked) {
	body := a.id
	if c.dice.IntN(3) == 0 {
		body = "something else"
	}
	receipt, err := c.try(ctx, a.id, body, a.events)
	switch {
	case body == a.id && err == nil:
		if receipt.First != a.receipt.First || receipt.Last != a.receipt.Last || !receipt.Repeated || string(receipt.Answer) != string(a.receipt.Answer) {
			c.w.fail("J3: %s was answered %+v, and now %+v", a.id, a.receipt, receipt)
		}
	case body == a.id && errors.Is(err, journal.ErrOtherBody), body != a.id && err == nil, errors.Is(err, journal.ErrConflict):
		c.w.fail("J3: %s again, with %q: %v", a.id, body, err)
	}
}

var errOver = errors.New("the run is over")

// try sends a command to one of the processes, and may not wait for the answer.
func (c *client) try(ctx context.Context, id, body string, events []journal.Pending) (journal.Receipt, error) {
	if c.w.moment(ctx, "send "+id) == killed {
		return journal.Receipt{}, errOver
	}
	i := c.only - 1
	if i < 0 {
		i = c.dice.IntN(len(c.w.processes))
	}
	j := c.w.processes[i].journal
	if j == nil {
		return journal.Receipt{}, errors.New("nobody answers")
	}
	patience := time.Hour
	if !c.patient && c.dice.IntN(5) == 0 {
		patience = time.Duration(c.dice.IntN(3000)) * time.Millisecond
	}
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	receipt, err := j.Append(ctx, asked(c.name, id, body, events))
	if c.w.moment(ctx, "hear of "+id) == killed && ctx.Err() == nil {
		return receipt, errOver
	}
	return receipt, err
}

// reader follows a county on the bus, and in the journal where the bus has a gap.
type reader struct {
	w    *world
	at   int64
	ids  []string
	gaps int
}

func (w *world) reader(i int) {
	r := &reader{w: w}
	w.readers = append(w.readers, r)
	name := fmt.Sprint("reader ", i)
	w.all.Go(func() {
		ctx := as(context.Background(), name, nil)
		for w.moment(ctx, "look") != killed {
			r.follow(ctx)
			rest(ctx)
		}
	})
}

func (r *reader) follow(ctx context.Context) {
	p := r.w.processes[0]
	for m, err := range p.bus.From(ctx, countyName, r.at) {
		if errors.Is(err, bus.ErrGap) {
			r.gaps++
			r.read(ctx, p)
		}
		if err != nil {
			return
		}
		r.take(m.Position, m.ID)
	}
}

func (r *reader) read(ctx context.Context, p *process) {
	if p.journal == nil {
		return
	}
	for e, err := range p.journal.After(ctx, countyName, r.at, 0) {
		if err != nil {
			return
		}
		r.take(e.Position, e.ID.String())
	}
}

func (r *reader) take(position int64, id string) {
	if position != r.at+1 {
		r.w.fail("R2: a reader at %d was given %d", r.at, position)
	}
	r.at, r.ids = position, append(r.ids, id)
}
