package sim_test

import (
	"flag"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"feisui/pkg/civil"
	"feisui/pkg/figure"
)

var (
	seeds   = flag.Int("sim.seeds", 2_500, "how many seeds to run")
	seedAt  = flag.Uint64("sim.seed", 0, "the one seed to run, with its trace; 0: many")
	seedMin = flag.Uint64("sim.from", 1, "the first of many seeds")
)

const (
	// seedsShort is how many seeds `go test -short` runs.
	seedsShort = 300
	// atOnce is how many seeds run side by side.
	atOnce = 2
)

// What a run leaves behind is small, and gone: collecting it less often is a
// third of the time.
func TestMain(m *testing.M) {
	debug.SetGCPercent(400)
	os.Exit(m.Run())
}

// TestEverySchedule holds when, whatever goes wrong and in whatever order, all
// promises hold once everything is at rest, and W1 and the order of readers all
// the while.
func TestEverySchedule(t *testing.T) { //nolint:tparallel // what the parts found is told after them
	t.Parallel()
	calendar := civil.Calendar{}
	if *seedAt > 0 {
		o := run(t, *seedAt, calendar)
		t.Logf("\n%s", strings.Join(o.trace, "\n"))
		if o.wrong != "" {
			t.Errorf("seed %d: %s", *seedAt, o.wrong)
		}
		return
	}
	n := *seeds
	if testing.Short() {
		n = min(n, seedsShort)
	}
	var total counters
	start := time.Now()
	t.Run("seeds", func(t *testing.T) {
		for part := range atOnce {
			t.Run("", func(t *testing.T) {
				t.Parallel()
				for seed := *seedMin + uint64(part); seed < *seedMin+uint64(n) && !total.stop.Load(); seed += atOnce {
					o := run(t, seed, calendar)
					total.add(o)
					if o.wrong != "" {
						total.stop.Store(true)
						t.Errorf("seed %d breaks a promise: %s\n-sim.seed=%d runs it again; its last steps:\n%s",
							seed, o.wrong, seed, strings.Join(o.trace[max(0, len(o.trace)-60):], "\n"))
					}
				}
			})
		}
	})
	figure.Logf(t, "%d seeds, %.0f a second: %d steps, %d entries, %d acked, %d kills, %d gaps that readers met",
		total.seeds.Load(), float64(total.seeds.Load())/time.Since(start).Seconds(), total.steps.Load(), total.entries.Load(),
		total.acked.Load(), total.kills.Load(), total.gaps.Load())
}

type counters struct {
	stop                                      atomic.Bool
	seeds, steps, entries, acked, kills, gaps atomic.Int64
}

func (c *counters) add(o outcome) {
	c.seeds.Add(1)
	c.steps.Add(int64(o.steps))
	c.entries.Add(int64(o.entries))
	c.acked.Add(int64(o.acked))
	c.kills.Add(int64(o.kills))
	c.gaps.Add(int64(o.gaps))
}

// TestASeedRunsTheSame: a failure that cannot be repeated helps nobody.
func TestASeedRunsTheSame(t *testing.T) {
	t.Parallel()
	calendar := civil.Calendar{}
	for seed := range uint64(150) {
		a, b := run(t, seed+1, calendar), run(t, seed+1, calendar)
		if !slices.Equal(a.trace, b.trace) {
			for i := range min(len(a.trace), len(b.trace)) {
				if a.trace[i] != b.trace[i] {
					t.Fatalf("seed %d: step %d of %d is %q, and then %q\n%s", seed+1, i, len(a.trace), a.trace[i], b.trace[i], strings.Join(a.trace[max(0, i-15):i], "\n"))
				}
			}
			t.Fatalf("seed %d: %d steps, and then %d", seed+1, len(a.trace), len(b.trace))
		}
	}
}
