package sim_test

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing/synctest"
	"time"
)

// fate is what becomes of an exchange.
type fate int

const (
	does       fate = iota
	before          // fails, and nothing was done
	refused         // fails, and says that nothing was done
	after           // is done, and fails
	later           // fails, and is done when nobody waits for it
	unheard         // is not done, and nobody answers
	unanswered      // is done, and the answer is lost
	dying           // is done, and whoever asked is dead
	killed          // whoever asked is dead
)

// done reports whether the server does at once what it was asked.
func (f fate) done() bool { return f == does || f == after || f == unanswered || f == dying }

func (f fate) String() string {
	return [...]string{"does", "before", "refused", "after", "later", "unheard", "unanswered", "dying", "killed"}[f]
}

// exchange is a question to a server that waits for its turn.
type exchange struct {
	who, what string
	moment    bool     // of who drives the run: nobody is asked
	of        *process // nil: of nobody that can be killed
	ready     func() bool
	turn      chan fate
}

// scheduler lets one exchange happen at a time. Between two of its steps every
// goroutine waits: for its turn, for another, or for the clock.
type scheduler struct {
	seed  uint64
	dice  *rand.Rand
	asked map[string]uint64 // how often, by whom
	mu    sync.Mutex
	queue []*exchange
	trace []string
	said  []string
	late  []left // what is on its way though nobody waits
	quiet int    // who waits for an answer that does not come
	ended chan struct{}
	wrong string
	over  bool
	free  bool // everything happens at once
}

// left is what was asked of a server, and is done later.
type left struct {
	who  string
	due  time.Time // not before
	free func() bool
	run  func()
}

// lateness is how late that is, where it does not depend on dice.
const lateness = 3 * time.Second

func (s *scheduler) doLate(who string, free func() bool, run func()) {
	if free == nil {
		free = func() bool { return true }
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.late = append(s.late, left{who, time.Now().Add(lateness), free, run})
}

type ctxKey struct{}

// who is it that asks: the context says so.
type who struct {
	name string
	of   *process
}

func as(ctx context.Context, name string, of *process) context.Context {
	return context.WithValue(ctx, ctxKey{}, who{name, of})
}

func asking(ctx context.Context) who {
	w, _ := ctx.Value(ctxKey{}).(who)
	return w
}

// turn waits until the scheduler says what becomes of an exchange, or the asker's
// time is over: then nobody knows.
func (s *scheduler) turn(ctx context.Context, what string, ready func() bool) fate {
	return s.await(ctx, &exchange{what: what, ready: ready})
}

// moment waits for its turn as an exchange does, and asks nobody for anything.
func (s *scheduler) moment(ctx context.Context, what string) fate {
	return s.await(ctx, &exchange{what: what, moment: true})
}

func (s *scheduler) await(ctx context.Context, x *exchange) fate {
	if s.free {
		return does
	}
	w := asking(ctx)
	s.mu.Lock()
	if s.over || w.of != nil && w.of.dead || ctx.Err() != nil {
		s.mu.Unlock()
		return killed
	}
	x.who, x.of, x.turn = w.name, w.of, make(chan fate, 1)
	s.queue = append(s.queue, x)
	s.mu.Unlock()
	select {
	case f := <-x.turn:
		return f
	case <-ctx.Done():
		s.mu.Lock()
		defer s.mu.Unlock()
		s.queue = slices.DeleteFunc(s.queue, func(q *exchange) bool { return q == x })
		s.asked[x.who]++
		if rand.New(rand.NewPCG(s.seed, 1000*s.asked[x.who]+uint64(len(x.who)))).IntN(2) == 0 { // the dice would depend on who was quicker
			return later
		}
		return before
	}
}

// silenceMax is how long a line may be silent before it is found to be dead.
const silenceMax = 70 * time.Second

// silence is an answer that does not come: whoever asks must have a bound.
func (s *scheduler) silence(ctx context.Context, what string) error {
	if _, bounded := ctx.Deadline(); !bounded {
		s.fail("%s asks for %q, and would wait for ever", asking(ctx).name, what)
	}
	s.mu.Lock()
	s.quiet++
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.quiet--
		s.mu.Unlock()
	}()
	ctx, stop := context.WithTimeout(ctx, silenceMax)
	defer stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-s.ended:
		return errKilled
	}
}

// ready lists the exchanges that may happen, in an order that does not depend on
// who was quicker.
func (s *scheduler) ready() []*exchange {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []*exchange
	for _, x := range s.queue {
		if x.ready == nil || x.ready() {
			all = append(all, x)
		}
	}
	slices.SortStableFunc(all, func(a, b *exchange) int { return cmp.Or(cmp.Compare(a.who, b.who), cmp.Compare(a.what, b.what)) })
	return all
}

// let has an exchange happen, and waits until all is quiet again.
func (s *scheduler) let(x *exchange, f fate) {
	s.mu.Lock()
	s.queue = slices.DeleteFunc(s.queue, func(q *exchange) bool { return q == x })
	s.mu.Unlock()
	s.note("%s: %s %s", x.who, x.what, f)
	x.turn <- f
	synctest.Wait()
}

// drop ends all exchanges of a process, or of everybody.
func (s *scheduler) drop(of *process) {
	for {
		s.mu.Lock()
		var found *exchange
		for _, x := range s.queue {
			if (of == nil || x.of == of) && (found == nil || cmp.Or(cmp.Compare(x.who, found.who), cmp.Compare(x.what, found.what)) < 0) {
				found = x
			}
		}
		s.mu.Unlock()
		if found == nil {
			return
		}
		s.let(found, killed)
	}
}

func (s *scheduler) pass(d time.Duration) {
	s.note("%s pass", d)
	time.Sleep(d)
	synctest.Wait()
}

// note writes what the scheduler does into the trace, after what others said
// meanwhile.
func (s *scheduler) note(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return
	}
	slices.Sort(s.said) // they may have said it at once
	s.trace = append(append(s.trace, s.said...), fmt.Sprintf(format, args...))
	s.said = s.said[:0]
}

// say is note for everybody else.
func (s *scheduler) say(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.said = append(s.said, fmt.Sprintf(format, args...))
}

// fail says what is wrong; the first is what counts.
func (s *scheduler) fail(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.wrong == "" {
		s.wrong = fmt.Sprintf(format, args...)
		s.trace = append(s.trace, "WRONG: "+s.wrong)
	}
}

func (s *scheduler) failed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.wrong != ""
}

// first gives the first of some texts that stands in another, "" when none does.
func first(text string, of ...string) string {
	for _, part := range of {
		if strings.Contains(text, part) {
			return part
		}
	}
	return ""
}
