package chaos_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// plan says what happens to a county.
type plan struct {
	writers, services int
	kills             int           // of services
	crashes           int           // of PostgreSQL
	wipes, rollbacks  int           // of NATS
	faults            int           // of each kind, on each connection
	life              time.Duration // how long a service that is ready may live
	pause             time.Duration // of a writer between two commands
	limit             time.Duration // after which the run has failed
	newIDs            bool          // a control: each try of a command is a command of its own
}

// run is one county that goes through a plan.
type run struct {
	t        testing.TB
	plan     plan
	seed     uint64
	base     context.Context
	folder   string
	postgres *postgres
	broker   *broker
	database *proxy // before PostgreSQL
	bus      *proxy // before NATS
	slots    []*slot
	client   *http.Client
	kills    atomic.Int64
	failed   atomic.Bool
	begun    time.Time

	mu       sync.Mutex
	counts   map[string]int
	steps    []string
	faults   []string // what should not be
	acked    []*command
	kill     map[*slot][]time.Time
	starts   []time.Duration
	alone    []time.Duration // until a service that nobody killed acknowledged again
	looked   time.Duration   // how long the checks took
	well     time.Duration   // from the last command until nothing was behind
	duration time.Duration
}

func newRun(t testing.TB, p plan, seed uint64) *run {
	t.Helper()
	r := &run{
		t: t, plan: p, seed: seed, base: context.WithoutCancel(t.Context()), folder: dataOf(t), client: &http.Client{Transport: operating{http.DefaultTransport.(*http.Transport)}}, counts: map[string]int{},
		kill: map[*slot][]time.Time{}, begun: time.Now(),
	}
	r.postgres, r.broker = startPostgres(t, r.folder), startBroker(t, r.folder)
	r.database, r.bus = newProxy(t, r.postgres.dial), newProxy(t, r.broker.dial)
	for range p.services {
		r.slots = append(r.slots, newSlot(t, "--data", r.folder,
			"--database", r.postgres.throughProxy(t, r.database.address()), "--nats", "nats://"+r.bus.address()))
	}
	return r
}

// fail notes what should not be, and ends the run.
func (r *run) fail(format string, args ...any) {
	r.failed.Store(true)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.faults = append(r.faults, fmt.Sprintf(format, args...))
}

func (r *run) stopped() bool { return r.failed.Load() }

func (r *run) count(what string, n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.counts[what] += n
}

// step notes what was done, for who reads of a failure.
func (r *run) step(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.steps = append(r.steps, fmt.Sprintf("%8.3fs ", time.Since(r.begun).Seconds())+fmt.Sprintf(format, args...))
}

func (r *run) took(list *[]time.Duration, d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	*list = append(*list, d)
}

func (r *run) killed(s *slot, at time.Time) {
	r.step("SIGKILL %s", s.address)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.kill[s] = append(r.kill[s], at)
}

func (r *run) ack(c *command) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.acked = append(r.acked, c)
}

// go goes through the plan, and leaves the services up until the test ends. What
// should not be is in r.faults then.
func (r *run) goThrough() {
	up, down := context.WithCancel(r.base)
	var services sync.WaitGroup
	r.t.Cleanup(func() {
		down()
		services.Wait()
		r.client.CloseIdleConnections()
	})
	draw := rand.New(rand.NewPCG(r.seed, 0))
	r.found(r.slots[0])
	for i, s := range r.slots {
		own := rand.New(rand.NewPCG(r.seed, uint64(i)+1))
		services.Go(func() { r.keepKilling(up, s, own) })
	}
	writing, enough := context.WithTimeout(r.base, r.plan.limit)
	defer enough()
	var writers sync.WaitGroup
	for i := range r.plan.writers {
		own := rand.New(rand.NewPCG(r.seed, uint64(i)+100))
		writers.Go(func() { r.write(writing, i, own) })
	}
	r.disturb(writing, draw)
	for r.kills.Load() < int64(r.plan.kills) && writing.Err() == nil && !r.stopped() {
		time.Sleep(10 * time.Millisecond)
	}
	if writing.Err() != nil {
		r.fail("after %s only %d of %d kills were done", r.plan.limit, r.kills.Load(), r.plan.kills)
	}
	r.leaveAlone(writing)
	enough()
	ended := make(chan struct{})
	go func() { writers.Wait(); close(ended) }()
	if !wait(hungAfter, ended, nil) {
		r.fail("writers are not answered %s after the last fault", hungAfter)
		<-ended
	}
	r.duration = time.Since(r.begun)
}

// leaveAlone has every connection half open once more, and nobody killed who
// waits on one: each service must find out by itself.
func (r *run) leaveAlone(ctx context.Context) {
	if ctx.Err() != nil || r.stopped() || r.plan.faults == 0 {
		return
	}
	r.step("everything half open, and nobody killed")
	for _, p := range []*proxy{r.database, r.bus} {
		p.set(half)
	}
	time.Sleep(300 * time.Millisecond)
	for _, p := range []*proxy{r.database, r.bus} {
		p.set(pass)
	}
	again := time.Now()
	for _, s := range r.slots {
		for !s.ackedAfter(again) && ctx.Err() == nil && !r.stopped() {
			time.Sleep(10 * time.Millisecond)
		}
		r.took(&r.alone, time.Since(again))
		if time.Since(again) > hungAfter {
			r.fail("half open once, a service acknowledged nothing for %s", time.Since(again))
		}
	}
}

func (s *slot) ackedAfter(t time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.acked) > 0 && s.acked[len(s.acked)-1].After(t)
}

// found gives the county what every command names.
func (r *run) found(s *slot) {
	p, err := s.start(r.base)
	if err != nil {
		r.t.Fatal(err)
	}
	defer p.kill()
	if !wait(hungAfter, p.ready, p.ended) || closed(p.ended) {
		r.t.Fatalf("it did not become ready: %s", p.said.String())
	}
	path, err := program()
	if err != nil {
		r.t.Fatal(err)
	}
	r.sheets(filepath.Join(r.folder, "book"), nil)
	said, err := exec.Command(path, "import", filepath.Join(r.folder, "book"), "--server", "http://"+s.address, "--county", county).CombinedOutput()
	if err != nil {
		r.t.Fatalf("%v\n%s", err, said)
	}
	if err := r.broker.note(); err != nil { // what the first one is rolled back to
		r.t.Fatal(err)
	}
}

// disturb does what the plan has besides kills, in a drawn order, evenly spread
// over them.
func (r *run) disturb(ctx context.Context, draw *rand.Rand) {
	var todo []func() error
	add := func(n int, name string, do func() error) {
		for range n {
			todo = append(todo, func() error {
				r.step("%s", name)
				r.count(name, 1)
				return do()
			})
		}
	}
	add(r.plan.crashes, crashed, func() error { return r.postgres.kill(r.t) })
	add(r.plan.wipes, wiped, r.broker.wipe)
	add(r.plan.rollbacks, rolledBack, func() error {
		if err := r.broker.rollBack(); err != nil {
			return err
		}
		return r.broker.note() // what the next one goes back to
	})
	for name, p := range map[string]*proxy{"PostgreSQL": r.database, "NATS": r.bus} {
		for _, m := range modes {
			add(r.plan.faults, name+" "+m.name, func() error { return r.harm(ctx, p, m.mode, time.Duration(100+draw.IntN(500))*time.Millisecond) })
		}
	}
	draw.Shuffle(len(todo), func(i, j int) { todo[i], todo[j] = todo[j], todo[i] })
	for i, do := range todo {
		for r.kills.Load() < int64(i*r.plan.kills/len(todo)) && ctx.Err() == nil && !r.stopped() {
			time.Sleep(5 * time.Millisecond)
		}
		if ctx.Err() != nil || r.stopped() {
			return
		}
		if err := do(); err != nil {
			r.fail("the harness itself: %v", err)
		}
	}
}

// What is counted of what the plan has besides kills.
const (
	crashed    = "SIGKILL of the postmaster"
	wiped      = "NATS wiped"
	rolledBack = "NATS rolled back"
)

// modes are the faults of a connection, and what they do.
var modes = []struct {
	mode
	name, does string
}{{drop, "cut", "connections reset"}, {delay, "delayed", "pieces late"}, {half, "half open", "pieces swallowed"}}

// harm has a proxy in a mode for a time, and longer until the mode did something:
// whoever would be harmed may just have been killed.
func (r *run) harm(ctx context.Context, p *proxy, m mode, d time.Duration) error {
	before := p.times(m)
	p.set(m)
	defer p.set(pass)
	time.Sleep(d)
	for begun := time.Now(); p.times(m) == before && ctx.Err() == nil && !r.stopped(); time.Sleep(5 * time.Millisecond) {
		if time.Since(begun) > hungAfter {
			return fmt.Errorf("mode %d did nothing in %s", m, hungAfter)
		}
	}
	return nil
}
