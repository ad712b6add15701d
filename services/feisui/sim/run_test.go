package sim_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"feisui/pkg/civil"
)

// The bounds of a run. A run that reaches them did not come to rest.
const (
	stepsMax = 4_000
	calmMax  = 3_000
)

// outcome is what came of a run.
type outcome struct {
	wrong                              string
	trace                              []string
	steps, entries, acked, gaps, kills int
}

// run runs one seed.
func run(t *testing.T, seed uint64, calendar civil.Calendar) (o outcome) {
	t.Helper()
	synctest.Test(t, func(*testing.T) {
		w := newWorld(seed, calendar)
		w.note("plan %+v", w.plan)
		o = w.run()
	})
	return o
}

func (w *world) run() (o outcome) {
	for i := range w.processes {
		w.start(i, 1)
	}
	w.reader(0)
	w.all.Go(func() {
		for i := range w.plan.clients {
			w.client(i)
		}
	})
	synctest.Wait()
	kills := 0
	for ; o.steps < stepsMax && !w.failed() && !w.done(); o.steps++ {
		w.step(&kills)
		w.look()
	}
	if o.steps == stepsMax {
		w.note("after %d steps the clients are not done; the rest without mishaps", stepsMax)
	}
	w.calm()
	if !w.failed() {
		w.check()
	}
	o.kills, o.entries = kills, len(w.db.journal.entries)
	for _, c := range w.clients {
		o.acked += len(c.acked)
	}
	for _, r := range w.readers {
		o.gaps += r.gaps
	}
	o.wrong, o.trace = w.wrong, w.trace
	w.finish()
	return o
}

// done reports whether every client has done everything.
func (w *world) done() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.busy == 0 && len(w.clients) == w.plan.clients
}

// step has one thing happen.
func (w *world) step(kills *int) {
	p := w.plan
	chance := func(one int) bool { return one > 0 && w.dice.IntN(one) == 0 }
	switch {
	case chance(p.kills):
		*kills++
		w.kill(w.dice.IntN(2), *kills+1)
		return
	case chance(p.wipes) && w.nats.stream != nil:
		w.harm(w.nats.stream)
		return
	case chance(p.jumps):
		i, d := w.dice.IntN(2), time.Duration(w.dice.IntN(100)-50)*time.Hour
		w.note("the clock of process %d goes %s wrong", i+1, d)
		w.skew[i] = d
		return
	case chance(p.lines):
		l := w.nats.lines[len(w.nats.lines)-1-w.dice.IntN(min(2, len(w.nats.lines)))]
		if l.down = !l.down; l.down {
			l.breaks(w.dice.IntN(len(l.sent) + 1))
		}
		w.note("the line of %s is down: %t", l.name, l.down)
		synctest.Wait()
		return
	case chance(p.rebuilds):
		w.rebuild(w.processes[w.dice.IntN(2)])
		return
	}
	w.go1(func() fate {
		if chance(p.fails) {
			return []fate{before, refused, after, later}[w.dice.IntN(4)]
		}
		return does
	}, func() bool { return chance(p.lost) })
}

// go1 has an exchange, a message, or time go on.
func (w *world) go1(f func() fate, lose func() bool) {
	ready := w.ready()
	left := w.db.left()
	onTheWay := w.onTheWay()
	switch {
	case w.dice.IntN(w.plan.slow) == 0 || len(ready)+left+len(onTheWay) == 0:
		w.pass(time.Duration(1+w.dice.IntN(700)) * time.Millisecond)
		w.nats.overdue(time.Now())
		synctest.Wait()
	case left > 0 && w.dice.IntN(6) == 0 || len(ready)+len(onTheWay) == 0:
		w.db.settle(w.dice.IntN(left))
		synctest.Wait()
	case len(onTheWay) > 0 && (w.dice.IntN(3) == 0 || len(ready) == 0):
		l := onTheWay[w.dice.IntN(len(onTheWay))]
		n, double := 1+w.dice.IntN(len(l.sent)), w.plan.lost > 0 && w.dice.IntN(4) == 0
		w.note("%d messages of %s arrive, twice: %t", n, l.name, double)
		l.arrive(n, double, lose)
		synctest.Wait()
	default:
		w.let(ready[w.dice.IntN(len(ready))], f())
	}
}

func (w *world) onTheWay() (all []*line) {
	for _, l := range w.nats.lines {
		if len(l.sent) > 0 {
			all = append(all, l)
		}
	}
	return all
}

// harm does something to the stream.
func (w *world) harm(st *stream) {
	switch w.dice.IntN(6) {
	case 0:
		w.note("the bus is wiped")
		w.nats.stream = nil
	case 1:
		if st.last > 0 {
			to := uint64(w.dice.IntN(int(st.last)))
			w.note("the bus is rolled back from %d to %d", st.last, to)
			st.back(to)
		}
	case 2:
		upTo := uint64(w.dice.IntN(int(st.last) + 1))
		w.note("of the bus's %d messages those to %d grow too old", st.last, upTo)
		w.nats.old(upTo)
	case 3:
		if n := len(st.messages); n > 0 {
			w.note("the bus loses its last message, %d", st.last)
			st.messages = st.messages[:n-1]
		}
	case 4:
		upTo := uint64(w.dice.IntN(int(st.last) + 1))
		w.note("of the bus's %d messages those to %d are purged", st.last, upTo)
		st.purge(upTo)
	case 5:
		w.note("somebody else publishes to the bus")
		_, _ = w.nats.take(&nats.Msg{Subject: "feisui." + countyName + ".task.assigned", Header: nats.Header{jetstream.MsgIDHeader: {fmt.Sprint("stranger", w.dice.Uint64())}}})
	}
}

// rebuild has a ledger rebuild its book, which differs in nothing.
func (w *world) rebuild(p *process) {
	if p.ledger == nil || p.dead {
		return
	}
	w.note("%s rebuilds its book", p.name)
	w.all.Go(func() {
		ctx := as(w.ctx(), p.name+" rebuild", p)
		if r, err := p.ledger.Rebuild(ctx, false); err == nil && (len(r.Differences) > 0 || len(r.Unsound) > 0) {
			w.fail("B2: rebuilt at %d the book differs: %v %v", r.Position, r.Differences, r.Unsound)
		}
	})
	synctest.Wait()
}

// calm lets everything come to rest: whoever asks is answered.
func (w *world) calm() {
	w.note("now nothing goes wrong any more")
	for _, l := range w.nats.lines {
		l.down = false
	}
	w.plan.lost, w.plan.slow = 0, 1_000_000
	still := 0
	for steps := 0; !w.failed() && still < 4; steps++ {
		if steps == calmMax {
			w.fail("it does not come to rest: %s", w.rest())
		}
		if len(w.ready())+w.db.left()+len(w.onTheWay()) > 0 {
			w.go1(func() fate { return does }, func() bool { return false })
			w.look()
			continue
		}
		if still++; w.rest() != "" {
			still = 0
		}
		w.pass(1100 * time.Millisecond)
		w.nats.overdue(time.Now())
		synctest.Wait()
	}
}

// finish ends every goroutine.
func (w *world) finish() {
	w.mu.Lock()
	w.over = true
	w.mu.Unlock()
	close(w.ended)
	for i := range w.processes {
		w.kill(i, 0)
	}
	w.drop(nil)
	for range 90 { // an hour may be the bound of somebody who waits
		w.pass(time.Minute)
		w.nats.overdue(time.Now())
		w.drop(nil)
	}
	w.all.Wait()
}
