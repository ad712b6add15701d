package sim_test

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"feisui/pkg/civil"
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

// ways are all that a cut can look like from the one side, times what has become
// of it on the other.
var ways = []way{
	{"its process dies before it is done", true, killed},
	{"its process dies when it is done", true, dying},
	{"it fails and is not done", false, before},
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
				t.Logf("%d exchanges, cut in %d ways: %d courses; cut twice: %d; %d exchanges in all", s.points.Load(), len(ways), s.once.Load(), s.twice.Load(), s.met.Load())
				all.add(&s)
			})
		}
	})
	t.Logf("%d operations, %d exchanges: %d courses with one cut and %d with two recover, of %d exchanges in all, in %s",
		len(operations), all.points.Load(), all.once.Load(), all.twice.Load(), all.met.Load(), time.Since(start).Round(time.Second))
}

// swept is what was looked at.
type swept struct{ points, once, twice, met atomic.Int64 }

func (s *swept) add(o *swept) {
	s.points.Add(o.points.Load())
	s.once.Add(o.once.Load())
	s.twice.Add(o.twice.Load())
	s.met.Add(o.met.Load())
}

// sweep runs an operation once undisturbed, and then once for each cut.
func (s *swept) sweep(t *testing.T, o *operation, from *base) {
	t.Helper()
	calm := s.course(t, o, from)
	if calm.wrong != "" {
		t.Fatalf("%s, undisturbed: %s\n%s", o.name, calm.wrong, calm.last())
	}
	s.points.Add(int64(len(calm.met)))
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
			s.once.Add(1)
			if (*sweepTwice || i == again && way.fate == o.after) && !s.recovery(t, o, from, c) {
				return
			}
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
			s.twice.Add(1)
		}
	}
	return true
}

func (s *swept) course(t *testing.T, o *operation, from *base, cuts ...cut) *course {
	t.Helper()
	c := runCourse(t, o, from, cuts)
	s.met.Add(int64(len(c.met)))
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
