package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	_ "time/tzdata" // the zones that the test sets are there

	"github.com/jackc/pgx/v5/pgxpool"

	"feisui/pkg/figure"
	"feisui/schemas"
	"feisui/services/feisui/serve"
)

// hands are a clock that is set by hand, and goes on from there.
type hands struct{ off atomic.Int64 }

func (h *hands) now() time.Time    { return time.Now().Add(time.Duration(h.off.Load())) }
func (h *hands) set(now time.Time) { h.off.Store(int64(time.Until(now))) }

// shanghai is a moment by the clocks of the county.
func shanghai(day, clock string) time.Time {
	at, err := time.Parse("2006-01-02 15:04:05 -0700", day+" "+clock+" +0800")
	if err != nil {
		panic(err)
	}
	return at
}

// turn is an entry of a day or a flag.
type turn struct {
	Type       string
	RecordedAt time.Time
	Data       struct{ Date, Account, Rule, Subject string }
}

func turnsOf(t *testing.T, owner *pgxpool.Pool, county string) (turns []turn) {
	t.Helper()
	rows, err := owner.Query(t.Context(), `select type, recorded_at, data from journal.entry where county = $1 order by position`, county)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var e turn
		var data []byte
		if err := rows.Scan(&e.Type, &e.RecordedAt, &data); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(data, &e.Data); err != nil && (e.Type == schemas.CountyDayBegan{}.Type() || strings.HasPrefix(e.Type, "flag.")) {
			t.Fatalf("%s: %v", data, err)
		}
		turns = append(turns, e)
	}
	if rows.Err() != nil {
		t.Fatal(rows.Err())
	}
	return turns
}

// misturned says what falls, goes back or is said twice, and counts.
func misturned(turns []turn) (days []string, raised int, wrong []string) {
	var before time.Time
	standing := map[string]bool{}
	for i, e := range turns {
		if e.RecordedAt.Before(before) {
			wrong = append(wrong, fmt.Sprintf("entry %d is recorded at %s, after %s", i+1, e.RecordedAt, before))
		}
		before = e.RecordedAt
		flag := e.Data.Account + " " + e.Data.Rule + " " + e.Data.Subject
		switch e.Type {
		case schemas.CountyDayBegan{}.Type():
			if len(days) > 0 && e.Data.Date <= days[len(days)-1] {
				wrong = append(wrong, fmt.Sprintf("%s begins after %s", e.Data.Date, days[len(days)-1]))
			}
			days = append(days, e.Data.Date)
		case schemas.FlagRaised{}.Type():
			if standing[flag] {
				wrong = append(wrong, flag+" is raised twice")
			}
			standing[flag] = true
			raised++
		case schemas.FlagCleared{}.Type():
			if !standing[flag] {
				wrong = append(wrong, flag+" is cleared, and does not stand")
			}
			delete(standing, flag)
		}
	}
	return days, raised, wrong
}

// misturnsAreSeen is the control: what is planted is found.
func misturnsAreSeen(t *testing.T, turns []turn) {
	t.Helper()
	plant := func(name string, change func([]turn) []turn) {
		if _, _, wrong := misturned(change(slices.Clone(turns))); len(wrong) == 0 {
			t.Errorf("%s would not be seen", name)
		}
	}
	last := func(kind string) turn {
		for _, e := range slices.Backward(turns) {
			if e.Type == kind {
				return e
			}
		}
		t.Fatalf("no %s", kind)
		return turn{}
	}
	end := turns[len(turns)-1].RecordedAt
	plant("a time that falls", func(all []turn) []turn { return append(all, turn{RecordedAt: end.Add(-time.Microsecond)}) })
	for _, kind := range []string{schemas.CountyDayBegan{}.Type(), schemas.FlagRaised{}.Type()} {
		plant("twice "+kind, func(all []turn) []turn {
			e := last(kind)
			i := slices.Index(all, e)
			return slices.Insert(all, i, e)
		})
	}
}

// until waits until something is so.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for began := time.Now(); !is(); time.Sleep(50 * time.Millisecond) {
		if time.Since(began) > hungAfter {
			t.Fatalf("it does not come to be: %s", what)
		}
	}
}

// TestTheClockIsADayOff: forward, back, right again, under load. What is recorded
// has times that do not fall, days begin in order, once each, flags are raised
// once, and all goes on when the clock is right again.
func TestTheClockIsADayOff(t *testing.T) {
	t.Parallel()
	clock := &hands{}
	right := shanghai("2025-01-03", "23:30:00") // on the 4th three flags are due, on the 7th one
	clock.set(right)
	postgres := ownPostgres(t, filepath.Join(dataOf(t), "postgres"), nil)
	server, _ := started(t, serve.Config{Data: dataOf(t), DatabaseURL: postgres.URL(), Counties: []string{"c"}, Clock: clock.now, AnyClock: true})
	mustRun(t, "import", filepath.Join(casesFolder(), "random-21", "book"), "--server", server, "--county", "c")
	owner := poolOf(t, postgres.URL())
	l := paced(t, "c", 2, 100*time.Millisecond, server)
	var seen []string
	look := func() (days []string, raised int) {
		days, raised, _ = misturned(turnsOf(t, owner, "c"))
		return days, raised
	}
	announced := func(n int) {
		t.Helper()
		until(t, fmt.Sprintf("%d flags", n), func() bool { _, raised := look(); return raised >= n })
	}
	announced(27)
	settle := func() (raised int) {
		for still := 0; still < 4; time.Sleep(100 * time.Millisecond) {
			_, now := look()
			if still++; now != raised {
				raised, still = now, 0
			}
		}
		return raised
	}
	step := func(what string, to time.Time, wantDays string, more int) {
		t.Helper()
		before := settle()
		clock.set(to)
		time.Sleep(2200 * time.Millisecond) // two looks at the clock and more
		until(t, what+": days "+wantDays, func() bool { days, _ := look(); return strings.Join(days, " ") == wantDays })
		announced(before + more)
		after := settle() // and no more
		if after-before != more {
			t.Errorf("%s: %d flags are raised, want %d", what, after-before, more)
		}
		seen = append(seen, fmt.Sprintf("%s: +%d flags", what, after-before))
	}
	step("a day forward", right.Add(24*time.Hour), "2025-01-03 2025-01-04", 3)
	step("two days back", right.Add(-24*time.Hour), "2025-01-03 2025-01-04", 0)
	step("right again", right, "2025-01-03 2025-01-04", 0)
	step("and past midnight", right.Add(45*time.Minute), "2025-01-03 2025-01-04", 0)
	step("the next day", right.Add(25*time.Hour), "2025-01-03 2025-01-04 2025-01-05", 0)
	step("after two days away", right.Add(73*time.Hour), "2025-01-03 2025-01-04 2025-01-05 2025-01-07", 1)
	l.sound(t, owner)
	turns := turnsOf(t, owner, "c")
	days, raised, wrong := misturned(turns)
	for _, w := range wrong {
		t.Error(w)
	}
	misturnsAreSeen(t, turns)
	figure.Logf(t, "%d entries, %d days, %d flags raised, none twice; %s; %s", len(turns), len(days), raised, strings.Join(seen, "; "), l)
}

// TestMidnightIsTheCountys whatever zone the process is in.
func TestMidnightIsTheCountys(t *testing.T) {
	if os.Getenv("FEISUI_TEST_MIDNIGHT") != "" {
		midnight(t)
		return
	}
	t.Parallel()
	needPostgres(t)
	var wg sync.WaitGroup
	for _, zone := range []string{"America/Los_Angeles", "Pacific/Kiritimati"} { // the last to have a day, and the first
		wg.Go(func() {
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestMidnightIsTheCountys$", "-test.v", "-test.timeout=10m")
			cmd.Env = append(os.Environ(), "FEISUI_TEST_MIDNIGHT=yes", "TZ="+zone)
			out, err := cmd.CombinedOutput()
			if err != nil || !bytes.Contains(out, []byte("--- PASS: TestMidnight")) {
				t.Errorf("%s: %v: %s", zone, err, out)
			}
		})
	}
	wg.Wait()
}

func midnight(t *testing.T) {
	if _, off := time.Now().Zone(); off != -8*3600 && off != -7*3600 && off != 14*3600 {
		t.Fatalf("the zone is %s", time.Now().Format(time.RFC3339))
	}
	clock := &hands{}
	clock.set(shanghai("2024-12-31", "12:00:00"))
	data := dataOf(t)
	started(t, serve.Config{
		Data: data, Counties: []string{"c"}, AnyClock: true,
		Clock: func() time.Time { return clock.now().Local() },
	})
	owner := poolOf(t, fmt.Sprintf("postgres://feisui@/feisui?host=%s&port=5432&sslmode=disable", filepath.Join(data, "postgres")))
	days := func() string {
		all, _, _ := misturned(turnsOf(t, owner, "c"))
		return strings.Join(all, " ")
	}
	for _, step := range []struct{ day, clock, want string }{
		{"2024-12-31", "23:58:00", "2024-12-31"}, // too far from midnight for what is slow to reach it
		{"2025-01-01", "00:00:00", "2024-12-31 2025-01-01"},
		{"2025-01-01", "15:59:00", "2024-12-31 2025-01-01"}, // the day ends in UTC
		{"2025-01-01", "23:58:00", "2024-12-31 2025-01-01"},
	} {
		clock.set(shanghai(step.day, step.clock))
		time.Sleep(1500 * time.Millisecond)
		until(t, step.want, func() bool { return days() == step.want })
	}
}

// TestTwoOfEverything: two servers with all parts on one database and one bus,
// eight writers at both, and a midnight: one day, each flag once, nothing double,
// the bus in order.
func TestTwoOfEverything(t *testing.T) {
	t.Parallel()
	clock := &hands{}
	clock.set(shanghai("2025-01-03", "23:00:00"))
	postgres := ownPostgres(t, filepath.Join(dataOf(t), "postgres"), nil)
	broker := ownNATS(t, dataOf(t))
	var servers []string
	for range 2 {
		server, _ := started(t, serve.Config{
			Data: dataOf(t), DatabaseURL: postgres.URL(), NATSURL: broker.URL(), Counties: []string{"c"}, Clock: clock.now, AnyClock: true,
		})
		servers = append(servers, server)
	}
	owner := poolOf(t, postgres.URL())
	l := begin(t, "c", 8, servers...)
	mustRun(t, "import", filepath.Join(casesFolder(), "random-21", "book"), "--server", servers[0], "--county", "c")
	for _, day := range []string{"2025-01-04", "2025-01-05", "2025-01-07"} {
		l.more(t, 100, hungAfter)
		clock.set(shanghai(day, "00:00:00"))
		until(t, day, func() bool {
			days, _, _ := misturned(turnsOf(t, owner, "c"))
			return days[len(days)-1] == day
		})
	}
	until(t, "31 flags", func() bool { _, raised, _ := misturned(turnsOf(t, owner, "c")); return raised >= 31 })
	l.more(t, 100, hungAfter)
	l.sound(t, owner)
	turns := turnsOf(t, owner, "c")
	days, raised, wrong := misturned(turns)
	for _, w := range wrong {
		t.Error(w)
	}
	if len(days) != 4 {
		t.Errorf("days: %v", days)
	}
	misturnsAreSeen(t, turns)
	figure.Logf(t, "two of everything: %d entries, days %v, %d flags raised, none twice; %s", len(turns), days, raised, l)
}
