package chaos_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"
)

// What `make chaos` sets: the long form, and the seed of a run that failed.
const (
	longVariable = "FEISUI_CHAOS_LONG"
	seedVariable = "FEISUI_CHAOS_SEED"
)

var (
	short = plan{
		writers: 8, services: 2, kills: 15, crashes: 2, wipes: 1, rollbacks: 1, faults: 1,
		life: 400 * time.Millisecond, pause: 20 * time.Millisecond, limit: 2 * time.Minute,
	}
	long = plan{
		writers: 10, services: 3, kills: 500, crashes: 20, wipes: 10, rollbacks: 10, faults: 20,
		life: 600 * time.Millisecond, pause: 40 * time.Millisecond, limit: 15 * time.Minute,
	}
)

func seed(t testing.TB) uint64 {
	t.Helper()
	if given := os.Getenv(seedVariable); given != "" {
		n, err := strconv.ParseUint(given, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	return uint64(time.Now().UnixNano()) //nolint:gosec // any number will do
}

// TestChaos: whatever is killed, wiped and cut while writers write, what was
// acknowledged is recorded, once, and everything else follows from that.
func TestChaos(t *testing.T) {
	if testing.Short() {
		t.Skip("half a minute of kills")
	}
	p := short
	if os.Getenv(longVariable) != "" {
		p = long
	}
	r := newRun(t, p, seed(t))
	r.goThrough()
	r.settle()
	r.faults = append(r.faults, r.verdict()...)
	t.Log(r.table())
	if len(r.faults) > 0 || os.Getenv("STEPS") != "" {
		t.Errorf("seed %d; the last steps:", r.seed)
		for _, s := range r.steps[max(0, len(r.steps)-60):] {
			t.Log(s)
		}
	}
}

// table is what a run prints.
func (r *run) table() string {
	text := fmt.Sprintf("\nseed %d, %s, %d writers, %d services\n", r.seed, r.duration.Round(time.Second), r.plan.writers, r.plan.services)
	line := func(name string, value any) { text += fmt.Sprintf("  %-70s %12v\n", name, value) }
	line("commands acknowledged", len(r.acked))
	line("SIGKILLs of a service", r.kills.Load())
	for _, name := range slices.Sorted(maps.Keys(r.counts)) {
		line(name, r.counts[name])
	}
	line("start of a service until ready, p50 / p99", quantiles(r.starts))
	anywhere, same := r.recoveries()
	line("kill until the next acknowledged command, p50 / p99", quantiles(anywhere))
	line("kill until the killed service acknowledged again, p50 / p99", quantiles(same))
	return text
}

// recoveries are the times from a kill to the next acknowledged command, from
// any service and from the one that was killed.
func (r *run) recoveries() (anywhere, same []time.Duration) {
	var all []time.Time
	for _, s := range r.slots {
		all = append(all, s.acked...)
	}
	slices.SortFunc(all, time.Time.Compare)
	for s, kills := range r.kill {
		slices.SortFunc(s.acked, time.Time.Compare)
		anywhere, same = append(anywhere, until(kills, all)...), append(same, until(kills, s.acked)...)
	}
	return anywhere, same
}

func until(kills, acks []time.Time) (took []time.Duration) {
	for _, kill := range kills {
		i, _ := slices.BinarySearchFunc(acks, kill, time.Time.Compare)
		if i < len(acks) {
			took = append(took, acks[i].Sub(kill))
		}
	}
	return took
}

func quantiles(all []time.Duration) string {
	if len(all) == 0 {
		return "none"
	}
	slices.Sort(all)
	at := func(q int) time.Duration { return all[min(len(all)-1, len(all)*q/100)].Round(time.Millisecond) }
	return fmt.Sprint(at(50), " / ", at(99))
}
