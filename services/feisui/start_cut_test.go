package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"feisui/pkg/figure"
	"feisui/services/feisui/serve"
)

// A start of the service asks the database a good hundred things. It must survive losing
// it at each of them: it waits, and serves what it would have served.

// What `make chaos` sets, as for the test of that name: every cut instead of a sample, and
// the seed of a sample that failed.
const (
	longVariable    = "FEISUI_CHAOS_LONG"
	cutSeedVariable = "FEISUI_CHAOS_SEED"

	// toldMax is how often a start may say that the database does not answer: its second
	// pool may find that it lost a connection, too. One that said so at each try would say
	// it three times of a database that is away for a while.
	toldMax = 2

	// startsAtOnce is how many starts run at a time: they wait more than they work.
	startsAtOnce = 12
)

// begun is a start, as who looks at it from outside sees it.
type begun struct {
	cut    bool
	asked  []string // of the database
	faults []string // that it should not have
	left   string   // in the database: what is recorded, who is known, what there is of tables
	says   string   // the statement
	stderr string
	status int
}

// occasion is a start of one kind.
type occasion struct {
	name string
	like string // the database that it finds is as this one
	args []string
	some int  // how many cuts stand for all
	most int  // how many are tried when all are asked for
	mute bool // no statement is asked of it, and no check
	bus  bool // it is NATS that is lost, and not the database
	busy bool // people act in it, each time at other moments and under other ids

	program func(ctx context.Context, args []string, stdout, stderr io.Writer) int // nil: run
}

// hungAfter is after how long a start is given up. Who loads a sample works, and others
// start beside it.
func (in *occasion) hungAfter() time.Duration {
	if in.busy {
		return 5 * hungAfter
	}
	return hungAfter
}

// begins starts the program on a database, cuts its connections at an exchange, and waits
// until it is ready. want is the same start without a cut.
func (s *starting) begins(t *testing.T, in occasion, at int, way cutWay, want *begun) (b begun) {
	t.Helper()
	name, database := s.database(t, in.like)
	defer s.drop(t, name)
	lost, database := counted(t, database, at, way)
	if in.bus {
		var nats string
		lost.at = 0
		lost, nats = countedBus(t, at, way)
		in.args = append(slices.Clip(in.args), "--nats", nats)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	p := s.launch(ctx, in, dataOf(t), database)
	fault := func(format string, args ...any) { b.faults = append(b.faults, fmt.Sprintf(format, args...)) }
	select {
	case address := <-p.address:
		w := watch{s, in, address, name, p.ended, lost, want, nil, fault}
		b.says = w.looks(t)
		b.asked = w.begun
		stop()
		if b.status = <-p.ended; b.status != exitOK {
			fault("it ended with %d when it was told to", b.status)
		}
		b.left = s.left(t, name, in.busy)
	case b.status = <-p.ended:
		fault(endedByItself+", with %d", b.status)
	case <-time.After(in.hungAfter()):
		fault("it is not ready after %s", in.hungAfter())
		stop()
		b.status = <-p.ended
	}
	var asked []string
	b.cut, asked = lost.happened()
	if want != nil || len(b.asked) == 0 {
		b.asked = asked
	}
	b.stderr = p.stderr.String()
	if n := strings.Count(b.stderr, "the database does not answer; trying every second"); n > toldMax {
		fault("it said %d times that the database does not answer", n)
	}
	if want != nil && b.left != want.left && b.left != "" {
		fault("the database has other things in it: %s", difference(b.left, want.left))
	}
	if at > 0 && !b.cut {
		fault("it was never cut")
	}
	return b
}

// endedByItself begins what is found of a start that did.
const endedByItself = "it ended by itself"

// launched is the program on its way.
type launched struct {
	address chan string // once it is ready
	ended   chan int
	stderr  safeBuffer
}

func (s *starting) launch(ctx context.Context, in occasion, data, database string) *launched {
	program := in.program
	if program == nil {
		program = run
	}
	p := &launched{address: make(chan string, 1), ended: make(chan int, 1)}
	args := append([]string{"run", "--listen", "127.0.0.1:0", "--data", data, "--database", database, "--factor-key-file", s.key}, in.args...)
	go func() {
		p.ended <- program(ctx, args, writer(func(said []byte) {
			if ready := readyLine.FindSubmatch(said); ready != nil {
				p.address <- string(ready[1])
			}
		}), &p.stderr)
	}()
	return p
}

type safeBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.String()
}

// watch is somebody who looks at a start that says it is ready.
type watch struct {
	*starting
	occasion

	address, database string
	ended             <-chan int
	line              *counting
	want              *begun
	begun             []string // what was asked until all was there
	fault             func(string, ...any)
}

// looks asks the server until the cut is over, it is ready, and all is there that should
// be, and gives the statement. Whatever it answers before must be that, or a no.
func (w *watch) looks(t *testing.T) (says string) {
	t.Helper()
	statement := func() bool {
		if w.mute {
			return true
		}
		status, body := w.get(t, "/v1/counties/county/statement?on="+lastSaid)
		if status == http.StatusOK && w.want != nil && body != w.want.says {
			w.fault("it serves another statement: %s", difference(body, w.want.says))
		}
		says = body
		return status == http.StatusOK
	}
	there := w.comes("it is ready, and the cut is over", func() bool {
		statement()
		cut, _ := w.line.happened()
		status, body := w.get(t, "/readyz")
		return status == http.StatusOK && !strings.Contains(body, `"ok":false`) && (cut || w.want == nil)
	}) && w.comes("the statement is answered", statement) && w.comes("all is recorded", func() bool {
		if w.want == nil {
			return w.quietly(t, w.database, 2*quietFor) // a busy machine is quiet for a while, too
		}
		return w.left(t, w.database, w.busy) == w.want.left
	})
	_, w.begun = w.line.happened()
	if w.mute || !there || slices.Contains(w.args, "--target") { // alone it has nobody who fills the bus
		return says
	}
	if _, stderr, status := feisui(t, "verify", "--server", w.address, "--county", "county"); status != exitOK {
		w.fault("verify: %d %s", status, stderr)
	}
	return says
}

// get asks the server; 0 is no answer.
func (w *watch) get(t *testing.T, path string) (status int, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.address+path, http.NoBody)
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	got, err := sending.Do(r)
	if err != nil {
		return 0, ""
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		return 0, ""
	}
	return got.StatusCode, string(text)
}

// comes waits until something is so, and reports whether it came to be.
func (w *watch) comes(what string, is func() bool) bool {
	for began := time.Now(); !is(); time.Sleep(50 * time.Millisecond) {
		if len(w.ended) > 0 {
			w.fault(endedByItself + " while it was waited for that " + what)
			return false
		}
		if time.Since(began) > hungAfter {
			w.fault("it does not come to be that " + what)
			return false
		}
	}
	return true
}

// difference is the first line in which two texts differ.
func difference(is, want string) string {
	one, other := strings.Split(is, "\n"), strings.Split(want, "\n")
	for i := range min(len(one), len(other)) {
		if one[i] != other[i] {
			return fmt.Sprintf("%q instead of %q", one[i], other[i])
		}
	}
	return fmt.Sprintf("%d lines instead of %d", len(one), len(other))
}

// cutAt is one cut of a start.
type cutAt struct {
	exchange int
	way      cutWay
}

// cuts are those of a start that are tried: at each exchange one before and one after it
// is done, or some of these.
func (in *occasion) cuts(exchanges int, draw *rand.Rand) (all []cutAt) {
	for n := 1; n <= exchanges; n++ {
		for done := range 2 {
			way := cutWays[done+2*draw.IntN(2)]
			if in.bus {
				way.farewell, way.after = "", make([]string, len(way.after))
			}
			all = append(all, cutAt{n, way})
		}
	}
	draw.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	if every() {
		return all[:min(in.most, len(all))]
	}
	return all[:min(in.some, len(all))]
}

// every reports that all cuts are asked for.
func every() bool { return os.Getenv(longVariable) != "" }

// occasions are all starts that there are, or some of them.
func occasions(draw *rand.Rand) []occasion {
	all := []occasion{
		{name: "a county of yesterday", like: yesterdays, some: 8, most: math.MaxInt},
		{name: "an empty database", like: emptyDatabase, some: 8, most: math.MaxInt},
		{name: "a county that loses its bus", like: yesterdays, some: 5, most: math.MaxInt, bus: true},
		{name: "the sample", like: emptyDatabase, args: []string{"--sample", "431026"}, most: 6, busy: true},
	}
	alone := draw.Perm(len(serve.Targets))
	if !every() { // the sample takes long: of it the test of its accounts loses the database, once
		all, alone = all[:3], alone[:2]
	}
	for _, n := range alone {
		target := serve.Targets[n]
		all = append(all, occasion{
			name: target + " alone", like: yesterdays, args: []string{"--target", target}, some: 1, most: 20, mute: target != "ledger",
		})
	}
	return all
}

// TestAStartLosesItsDatabase at whatever it asks of it, in every way in which that can be
// lost: it waits, and serves what it would have served; it refuses what it would have
// refused; and it ends when it is told to.
func TestAStartLosesItsDatabase(t *testing.T) {
	t.Parallel()
	s := newStarting(t)
	t.Run("and goes on", s.goOn)
	t.Run("and still refuses", s.stillRefuse)
	t.Run("and is told to end", s.areToldToEnd)
	t.Run("and ends where it is impatient", s.findsImpatience)
}

func (s *starting) goOn(t *testing.T) {
	t.Parallel()
	for i, in := range occasions(rand.New(rand.NewPCG(s.seed, 0))) { //nolint:gosec // a test's dice
		t.Run(in.name, func(t *testing.T) {
			t.Parallel()
			s.goesOn(t, in, rand.New(rand.NewPCG(s.seed, uint64(i)+1))) //nolint:gosec // a test's dice
		})
	}
}

// goesOn starts once without a cut, and then with each.
func (s *starting) goesOn(t *testing.T, in occasion, draw *rand.Rand) {
	t.Helper()
	began := time.Now()
	var want begun
	s.inTurn(func() { want = s.begins(t, in, 0, cutWay{}, nil) })
	if len(want.faults) > 0 || len(want.asked) < 20 {
		t.Fatalf("without a cut: %q; %d exchanges\n%s", want.faults, len(want.asked), want.stderr)
	}
	cuts := in.cuts(len(want.asked), draw)
	figure.Logf(t, "%d exchanges, %d cuts; a start takes %s", len(want.asked), len(cuts), time.Since(began).Round(time.Millisecond))
	var all sync.WaitGroup
	for _, c := range cuts {
		s.goes(&all, func() {
			if b := s.begins(t, in, c.exchange, c.way, &want); len(b.faults) > 0 {
				t.Error(b.told(in, c, &want))
			}
		})
		if in.busy { // one after the other: each has some forty thousand events
			all.Wait()
		}
	}
	all.Wait()
}

// told says of a start what went wrong in it.
func (b *begun) told(in occasion, c cutAt, want *begun) string {
	lost := slices.Concat(b.asked, make([]string, c.exchange))[c.exchange-1]
	return fmt.Sprintf("%s, exchange %d of %d lost %s, which was %.200q:\n  %s\n%s",
		in.name, c.exchange, len(want.asked), c.way.name, lost, strings.Join(b.faults, "\n  "), b.stderr)
}
