package chaos_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"feisui/pkg/figure"
)

// What `make chaos` sets: the long form, and the seed of a run that failed.
const (
	longVariable = "FEISUI_CHAOS_LONG"
	seedVariable = "FEISUI_CHAOS_SEED"
)

var (
	short = plan{
		writers: 8, services: 2, kills: 15, crashes: 2, wipes: 1, rollbacks: 1, faults: 1,
		life: 400 * time.Millisecond, pause: 20 * time.Millisecond, limit: 5 * time.Minute,
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
// acknowledged is recorded, once, and everything else follows from that. Then it
// has its controls: what is planted in that county is found by the same checks.
func TestChaos(t *testing.T) {
	t.Parallel()
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
	looking := time.Now()
	r.faults = append(r.faults, r.verdict(t)...)
	r.looked = time.Since(looking)
	figure.Logf(t, "%s", r.table())
	r.tell(t)
	if t.Failed() {
		return
	}
	if r.counts[answeredFromID] == 0 {
		t.Error("no command had committed without its answer: what request ids are for was not reached")
	}
	r.controls(t)
}

// tell fails the test with what should not be, and how it came to that.
func (r *run) tell(t *testing.T) {
	if len(r.faults) == 0 {
		return
	}
	t.Errorf("%s=%d; what services said that ended or hung, and the last steps:", seedVariable, r.seed)
	last := max(0, len(r.steps)-60)
	for i, s := range r.steps {
		if i >= last || strings.Contains(s, lastWords) {
			t.Log(s)
		}
	}
	for _, fault := range r.faults {
		t.Error(fault)
	}
}

// controls plants what no kill should lead to, one thing after the other.
func (r *run) controls(t *testing.T) {
	db, err := pgx.Connect(r.base, r.postgres.url())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(r.base)
	exec := func(sql string) func() {
		return func() {
			if _, err := db.Exec(r.base, `set session_replication_role = replica; `+sql+`; set session_replication_role = origin`); err != nil {
				t.Fatalf("%s: %v", sql, err)
			}
		}
	}
	sound := r.acked
	c, remember := r.acked[len(r.acked)/2], func() {}
	exec(`create table planted as select * from journal.entry; create table requests as select * from journal.request`)()
	mend := exec(`truncate journal.entry, journal.request; insert into journal.entry select * from planted; insert into journal.request select * from requests`)
	for _, p := range []struct {
		name, found string
		check       func(*verdict)
		plant, mend func()
	}{
		{"an entry is taken away", "positions:", (*verdict).journal, exec(fmt.Sprintf(`delete from journal.entry where position = %d`, c.answer.Position)), mend},
		{"an entry is taken away", "journal of chaos", (*verdict).verify, exec(fmt.Sprintf(`delete from journal.entry where position = %d`, c.answer.Position)), mend},
		{"a request's entries are taken away", "acknowledged and lost: 1", (*verdict).requests, exec(`delete from journal.entry where request = '` + c.id + `'`), mend},
		{"a request is forgotten", "acknowledged and lost: 1", (*verdict).requests, exec(`delete from journal.request where id = '` + c.id + `'`), mend},
		{"a request is recorded twice", "doubled: 1", (*verdict).requests, exec(`insert into journal.request
			select county, id || '.1', fingerprint, first, last, recorded_at, answer, seal from journal.request where id = '` + c.id + `'`), mend},
		{"an amount is changed", "fen are recorded", (*verdict).sums, exec(`update journal.entry set data = replace(data::text, '"amount":', '"amount":1')::json
			where position = (select min(position) from journal.entry where type = 'payment.made')`), mend},
		{"a row is acknowledged that nobody recorded", "the statement", (*verdict).statements, func() {
			r.acked = append(slices.Clone(sound), commandOf(0, 1, 600_000, 0))
		}, func() { r.acked = sound }},
		{"a fault reached nobody", "NATS: pieces late: 0", (*verdict).reached, func() { remember = r.bus.forgets(delay) }, func() { remember() }},
		{"a wipe was left out", "NATS wiped 0 times", (*verdict).reached, func() { r.count(wiped, -r.plan.wipes) }, func() { r.count(wiped, r.plan.wipes) }},
		{"the bus is wiped while the relay is cut off", "the bus", (*verdict).bus, func() {
			r.bus.set(drop)
			if err := r.broker.wipe(); err != nil {
				t.Fatal(err)
			}
		}, func() { r.bus.set(pass) }},
	} {
		p.plant()
		wrong := r.judge(t, p.check).wrong
		p.mend()
		if !slices.ContainsFunc(wrong, func(w string) bool { return strings.Contains(w, p.found) }) {
			t.Errorf("%s, and what is found is %q", p.name, wrong)
		}
	}
	r.settle()
	if wrong := r.verdict(t); len(wrong) > 0 {
		t.Errorf("after all was mended: %q", wrong)
	}
}

// TestChaosIsSeenToDouble is the control of the request ids: clients that draw a
// new id and a new number for each try record things twice, and it is seen.
func TestChaosIsSeenToDouble(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("ten seconds of kills")
	}
	r := newRun(t, plan{
		writers: 8, services: 2, kills: 30, life: 300 * time.Millisecond, pause: 5 * time.Millisecond, limit: 5 * time.Minute, newIDs: true,
	}, seed(t))
	r.goThrough()
	r.settle()
	wrong := strings.Join(append(r.faults, r.verdict(t)...), "\n")
	t.Logf("%s\n%s", r.table(), wrong)
	for _, found := range []string{"doubled: ", "payments: "} {
		if !strings.Contains(wrong, found) {
			t.Errorf("%s is not found, although nothing prevents it", found)
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
	line("half open and nobody killed, until each service acknowledged again", quantiles(r.alone))
	line("from the last command until nothing was behind", r.well.Round(time.Millisecond))
	line("looking at everything in the end", r.looked.Round(time.Millisecond))
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
