package sim_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"feisui/pkg/civil"
	"feisui/pkg/journal"
)

const (
	// courseMax is how many steps a course may take. One that takes more did not
	// come to rest.
	courseMax = 20_000
	// tick is how long time passes when nothing else can happen.
	tick = 300 * time.Millisecond
	// stillness is for how many ticks all must be at rest: longer than anybody
	// pauses before trying again.
	stillness = 8
)

// base is a county at rest, from which every course begins.
type base struct {
	calendar civil.Calendar
	at       time.Time
	journal  *journalTables
	ledger   *ledgerTables
	earlier  *ledgerTables // as it was some entries before
	stream   *stream
	acked    []acked
}

// course is a run of an operation in which some exchanges are cut.
type course struct {
	*world
	begun   uint64 // the journal's end at first
	name    string
	cuts    []cut
	on      bool  // exchanges count
	met     []met // until all was at rest
	ahead   int   // how many were met since then
	lives   int
	stopped time.Time
}

// newBase records a small history, with a process as any other.
func newBase(t *testing.T, calendar civil.Calendar) *base {
	t.Helper()
	b := &base{calendar: calendar, at: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)}
	blank := &scheduler{}
	b.journal, b.ledger = newJournalTables(blank), newLedgerTables()
	history := slices.Concat([]command{{"begin", begin()}}, history)
	for i, part := range [][]command{history[:2], history[2:]} {
		o := &operation{name: "history", processes: 1, do: func(w *world) { w.sends("past", part...) }}
		c := runCourse(t, o, b, nil)
		if c.wrong != "" {
			t.Fatalf("the history before every operation: %s\n%s", c.wrong, c.last())
		}
		if i == 0 {
			b.earlier = c.db.ledger
		}
		b.journal, b.ledger, b.stream, b.at = c.db.journal, c.db.ledger, c.nats.stream, c.stopped
		b.acked = slices.Concat(b.acked, c.clients[len(c.clients)-1].acked)
	}
	return b
}

// newCourse gives a world of its own, as the base is.
func newCourse(o *operation, from *base, cuts []cut) *course {
	s := &scheduler{seed: 1, dice: rand.New(rand.NewPCG(1, 1)), asked: map[string]uint64{}, ended: make(chan struct{})}
	w := &world{
		scheduler: s, calendar: from.calendar, skew: make([]time.Duration, o.processes), processes: make([]*process, o.processes),
		arriving: func(int) int { return 0 }, earlier: from.earlier, plan: plan{page: pageOfCourses, bulk: bulkOfCourses},
		db: &postgres{s: s, journal: from.journal.clone(s), ledger: from.ledger.clone(), holds: map[string]*session{}},
	}
	w.nats = &broker{s: s, firsts: map[int64]bool{}}
	if from.stream != nil {
		w.nats.stream = from.stream.clone()
	}
	w.clients = append(w.clients, &client{w: w, drawer: &drawer{name: "past"}, acked: slices.Clone(from.acked)})
	w.plan.clients = 1
	return &course{world: w, name: o.name, cuts: cuts, begun: uint64(len(from.journal.entries))}
}

// runCourse runs an operation with its cuts, lets all come to rest, and looks
// whether every promise was kept.
func runCourse(t *testing.T, o *operation, from *base, cuts []cut) (c *course) {
	t.Helper()
	synctest.Test(t, func(*testing.T) {
		time.Sleep(time.Until(from.at) + time.Hour)
		c = newCourse(o, from, cuts)
		c.run(o)
		c.finish()
	})
	return c
}

func (c *course) run(o *operation) {
	if o.before != nil {
		o.before(c.world)
	}
	c.on = o.start
	for i := range c.processes {
		c.lives++
		c.start(i, c.lives)
	}
	if o.reads {
		c.reader(0)
	}
	synctest.Wait()
	if !o.start {
		c.toRest(1)
	}
	if o.first != nil {
		o.first(c.world)
		synctest.Wait()
		c.toRest(1)
	}
	c.on = true
	if o.do != nil {
		o.do(c.world)
		synctest.Wait()
	}
	c.toRest(stillness)
	c.on = false
	if !c.failed() {
		c.sends("next", command{"next", []journal.Pending{task("JB-99", 1, 90_000, 3)}})
		synctest.Wait()
		c.toRest(stillness / 2)
	}
	if !c.failed() {
		c.repeat()
	}
	if !c.failed() {
		c.check()
		c.checkComplete(o)
	}
	c.stopped = time.Now()
}

// toRest has one thing happen after the other until nothing does for some ticks.
func (c *course) toRest(ticks int) {
	still, was := 0, c.unfinished()
	for steps := 0; !c.failed() && still < ticks; steps++ {
		if steps == courseMax {
			c.fail("it does not come to rest: %s", was)
		}
		passed := c.step()
		c.look()
		is := c.unfinished()
		switch {
		case was != "" || is != "":
			still, c.ahead = 0, 0
		case passed:
			still++
		}
		was = is
	}
	c.met = c.met[:len(c.met)-c.ahead] // who looks whether there is news is not part of it
	c.ahead = 0
}

// unfinished says what is still to come, "" when nothing is.
func (c *course) unfinished() string {
	if what := c.rest(); what != "" {
		return what
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.db.orphans)+len(c.late)+c.quiet > 0 {
		return "somebody has not heard, or not been heard"
	}
	for _, l := range c.nats.lines {
		if !l.of.dead && len(l.sent)+len(l.waiting) > 0 {
			return "messages are on their way"
		}
	}
	return ""
}

// step has the next thing happen, in an order that is always the same, and
// reports whether that was time.
func (c *course) step() (passed bool) {
	if ready := c.ready(); len(ready) > 0 {
		c.exchange(ready[0])
		return false
	}
	if sent := c.onTheWay(); len(sent) > 0 {
		c.message(sent[0])
		return false
	}
	if i := c.db.due(time.Now()); i >= 0 {
		c.db.settle(i)
		synctest.Wait()
		return false
	}
	c.pass(tick)
	c.nats.overdue(time.Now())
	synctest.Wait()
	return true
}

// meet notes that an exchange is next, and gives the way in which it is cut.
func (c *course) meet(name string, of *process) (w way, found bool) {
	if !c.on {
		return way{}, false
	}
	at := len(c.met)
	c.met = append(c.met, met{name, of != nil})
	c.ahead++
	for _, cut := range c.cuts {
		if cut.at == at {
			c.note("CUT: %s, and %s", name, cut.way.name)
			return cut.way, true
		}
	}
	return way{}, false
}

func (c *course) exchange(x *exchange) {
	if x.moment {
		c.let(x, does)
		return
	}
	switch w, found := c.meet(x.who+": "+x.what, x.of); {
	case !found:
		c.let(x, does)
	case w.fate == killed:
		c.again(x.of)
	case w.fate == dying:
		c.dies(x.of)
		c.let(x, dying)
		c.again(x.of)
	default:
		c.let(x, w.fate)
	}
}

// message has the first message of a line arrive, or not.
func (c *course) message(l *line) {
	f := l.sent[0]
	w, _ := c.meet(l.name+" relay: message", l.of)
	lost := func() bool { return w.fate != does }
	switch w.fate {
	case does, unanswered, dying:
		l.arrive(1, false, lost)
	case after:
		_, _ = l.b.take(f.msg)
		l.sent = l.sent[1:]
		f.tell(nil, errNATS)
	case before, refused:
		l.sent = l.sent[1:]
		f.tell(nil, errNATS)
	case later:
		c.doLate(l.name, nil, func() { _, _ = l.b.take(f.msg) })
		l.sent, l.waiting = l.sent[1:], append(l.waiting, f)
	case unheard:
		l.sent, l.waiting = l.sent[1:], append(l.waiting, f)
	}
	if w.dies {
		c.again(l.of)
	}
	synctest.Wait()
}

// dies has a process not ask anything any more.
func (c *course) dies(p *process) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p.dead = true
}

// again ends a process, and begins another in its place.
func (c *course) again(p *process) {
	c.lives++
	c.kill(slices.Index(c.processes, p), c.lives)
}

// repeat sends everything again that was answered: the answers are the same, and
// nothing is recorded.
func (c *course) repeat() {
	end := len(c.db.journal.entries)
	for _, of := range c.clients {
		for _, a := range of.acked {
			c.sending("again", func(_ *client, ctx context.Context) {
				receipt, err := c.processes[0].journal.Append(ctx, asked(of.name, a.id, a.id, a.events))
				if err != nil || !receipt.Repeated || receipt.First != a.receipt.First || receipt.Last != a.receipt.Last || string(receipt.Answer) != string(a.receipt.Answer) {
					c.fail("J3: %s was answered %+v, and now %+v, %v", a.id, a.receipt, receipt, err)
				}
			})
		}
	}
	synctest.Wait()
	c.toRest(1)
	if is := len(c.db.journal.entries); is != end && !c.failed() {
		c.fail("J3: what was sent again added %d entries", is-end)
	}
}

// checkComplete holds when the bus has every message that it can have, and nothing
// else.
func (c *course) checkComplete(o *operation) {
	next := uint64(1)
	if held := c.nats.stream.messages; o.old && len(held) > 0 {
		next = min(held[0].sequence, c.begun+1)
	}
	for _, m := range c.nats.stream.messages {
		if m.sequence != next {
			c.fail("R1: the bus has message %d after %d", m.sequence, next-1)
		}
		next++
	}
	if end := uint64(len(c.db.journal.entries)); next != end+1 && !c.failed() {
		c.fail("R1: the bus has messages to %d, the journal to %d", next-1, end)
	}
	if o.holds != nil {
		o.holds(c.world)
	}
}

// sending has a client do something, which is waited for.
func (w *world) sending(name string, do func(c *client, ctx context.Context)) *client {
	c := &client{w: w, drawer: &drawer{dice: rand.New(rand.NewPCG(1, uint64(len(w.clients)))), name: name, knows: map[string]int64{}}, patient: true}
	w.clients = append(w.clients, c)
	w.plan.clients++
	w.busy++
	w.all.Go(func() {
		do(c, as(context.Background(), "client "+name, nil))
		w.mu.Lock()
		defer w.mu.Unlock()
		w.busy--
	})
	return c
}

// command is what a client sends.
type command struct {
	id     string
	events []journal.Pending
}

// sends has a client send commands, one after the other.
func (w *world) sends(name string, commands ...command) *client {
	return w.sending(name, func(c *client, ctx context.Context) {
		for _, command := range commands {
			c.send(ctx, command.id, slices.Clone(command.events))
		}
	})
}
