package sim_test

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"feisui/pkg/civil"
	"feisui/pkg/figure"
)

var (
	sweepTwice = flag.Bool("sim.twice", false, "cut every recovery of every operation once more, which takes long")
)

// way is what becomes of the exchange that is cut.
type way struct {
	name string
	dies bool // its process ends, and begins anew at once
	fate fate
}

// ways are all that a cut can look like on this side, times what became of it on
// the other.
var ways = []way{
	{"its process dies before it is done", true, killed},
	{"its process dies when it is done", true, dying},
	{"it fails and is not done", false, before},
	{"it is refused", false, refused},
	{"it is done and reported as failed", false, after},
	{"nobody answers, and it is not done", false, unheard},
	{"it is done and nobody answers", false, unanswered},
	{"it fails, and is done when nobody waits", false, later},
}

// cut is an exchange that goes wrong, by its number since the operation began.
type cut struct {
	at  int
	way way
}

// kinds are the exchanges that the program has for append, relay and book, all of
// which must be met: an operation that no more does what its name says is no test.
var kinds = []string{
	"append", "append one", "versions", "all versions", "begin", "commit", "rollback", "copy entry", "copy also", "copy request", "entries", "look", // pkg/journal
	"role", "may", "step", "server", // as it starts
	"make book", "read book", "hold book", "batch", "differences", "count", // services/ledger/keep
	"stream", "create stream", "delete stream", "get message", "message", "create consumer", "fetch", // pkg/bus
}

// met is an exchange that a course came by.
type met struct {
	name   string
	mortal bool // whoever asks can die
}

// TestEveryCut holds when every operation recovers from every cut of every one of
// its exchanges with the database and the bus, in every way; and, once more cut,
// from every cut while it recovers.
func TestEveryCut(t *testing.T) { //nolint:tparallel // what the parts found is told after them
	t.Parallel()
	from := newBase(t, civil.Calendar{})
	var all swept
	start := time.Now()
	t.Run("of", func(t *testing.T) {
		for _, o := range operations {
			t.Run(o.name, func(t *testing.T) {
				t.Parallel()
				var s swept
				s.sweep(t, o, from)
				t.Log(s.text())
				all.add(&s)
			})
		}
	})
	if all.operations == len(operations) {
		for _, kind := range kinds {
			if !slices.Contains(all.kinds, kind) {
				t.Errorf("no operation has an exchange %q", kind)
			}
		}
	}
	figure.Logf(t, "%d operations, %s, in %s", all.operations, all.text(), time.Since(start).Round(time.Second))
}

// swept is what was looked at.
type swept struct {
	mu          sync.Mutex
	operations  int
	points      int // exchanges of operations
	once, twice int // courses with one cut, and with two
	met         int // exchanges in all courses
	kinds       []string
}

func (s *swept) text() string {
	return fmt.Sprintf("%d exchanges, each cut in %d ways: %d courses; and %d with two cuts; %d exchanges in all", s.points, len(ways), s.once, s.twice, s.met)
}

func (s *swept) add(o *swept) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.operations++
	s.points, s.once, s.twice, s.met = s.points+o.points, s.once+o.once, s.twice+o.twice, s.met+o.met
	s.kinds = append(s.kinds, o.kinds...)
}

// sweep runs an operation once undisturbed, and then once for each cut.
func (s *swept) sweep(t *testing.T, o *operation, from *base) {
	t.Helper()
	calm := s.course(t, o, from)
	if calm.wrong != "" {
		t.Fatalf("%s, undisturbed: %s\n%s", o.name, calm.wrong, calm.last())
	}
	s.points = len(calm.met)
	for _, m := range calm.met {
		_, what, _ := strings.Cut(m.name, ": ")
		s.kinds = append(s.kinds, strings.Split(what, " of ")[0])
	}
	var more []*course
	again := slices.IndexFunc(calm.met, func(m met) bool { return o.again != "" && strings.HasSuffix(m.name, o.again) })
	for i, m := range calm.met {
		for _, way := range ways {
			if way.dies && !m.mortal {
				continue
			}
			c := s.course(t, o, from, cut{i, way})
			if c.found(t) {
				return
			}
			if len(c.met) <= i || c.met[i] != m {
				t.Fatalf("%s: exchange %d was %s, and another in another course: a course does not repeat itself", o.name, i, m.name)
			}
			s.once++
			if *sweepTwice || !testing.Short() && i == again && way.fate == o.after {
				more = append(more, c)
			}
		}
	}
	if o.again != "" && again < 0 {
		t.Errorf("%s has no exchange %q; the table is out of step", o.name, o.again)
	}
	for _, c := range more {
		if !s.recovery(t, o, from, c) {
			return
		}
	}
}

// recovery cuts what followed a cut once more.
func (s *swept) recovery(t *testing.T, o *operation, from *base, first *course) (ok bool) {
	t.Helper()
	for i := first.cuts[0].at + 1; i < len(first.met); i++ {
		for _, way := range ways {
			if way.dies && !first.met[i].mortal {
				continue
			}
			if s.course(t, o, from, first.cuts[0], cut{i, way}).found(t) {
				return false
			}
			s.twice++
		}
	}
	return true
}

func (s *swept) course(t *testing.T, o *operation, from *base, cuts ...cut) *course {
	t.Helper()
	c := runCourse(t, o, from, cuts)
	s.met += len(c.met)
	return c
}

// found reports that a course broke a promise, and says how.
func (c *course) found(t *testing.T) bool {
	t.Helper()
	if c.wrong == "" {
		return false
	}
	var where []string
	for _, cut := range c.cuts {
		if cut.at < len(c.met) {
			where = append(where, fmt.Sprintf("at exchange %d (%s) %s", cut.at, c.met[cut.at].name, cut.way.name))
		}
	}
	t.Errorf("%s: %s, which breaks a promise: %s\n%s", c.name, strings.Join(where, "; then "), c.wrong, c.last())
	return true
}

// last are a course's last steps.
func (c *course) last() string { return strings.Join(c.trace[max(0, len(c.trace)-120):], "\n") }
