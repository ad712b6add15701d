package main

import (
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"feisui/pkg/figure"
	"feisui/services/feisui/serve"
)

// TestBackendsAreTerminatedAndPostgreSQLRestarted under load: nobody has to know.
func TestBackendsAreTerminatedAndPostgreSQLRestarted(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(dataOf(t), "postgres")
	postgres := ownPostgres(t, dir, nil)
	server, _ := started(t, serve.Config{Data: dataOf(t), DatabaseURL: postgres.URL(), Counties: []string{"c"}})
	l := begin(t, "c", 8, server)
	l.more(t, 50, hungAfter)
	terminated := 0
	owner, err := pgxpool.New(t.Context(), postgres.URL())
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		n := 0
		if err := owner.QueryRow(t.Context(), `
			select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = 'feisui' and pid <> pg_backend_pid()`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		terminated += n
		l.more(t, 10, 20*time.Second)
	}
	owner.Close()
	var back time.Duration
	for range 3 {
		if err := postgres.Stop(); err != nil {
			t.Error(err)
		}
		time.Sleep(300 * time.Millisecond)
		postgres = ownPostgres(t, dir, nil)
		back = max(back, l.more(t, 8, 30*time.Second))
	}
	l.sound(t, poolOf(t, postgres.URL()))
	figure.Logf(t, "%d backends terminated, 3 restarts, recording again after %s at most: %s; 0 lost, 0 in half", terminated, back.Round(time.Millisecond), l)
	if terminated < 20 {
		t.Errorf("%d backends terminated: nothing is shown", terminated)
	}
}

// TestThePrivatePostgreSQLIsKilled: feisui run starts it again, each time.
func TestThePrivatePostgreSQLIsKilled(t *testing.T) {
	t.Parallel()
	data := dataOf(t)
	var said said
	server, _ := started(t, serve.Config{Data: data, Counties: []string{"c"}, Log: slog.New(slog.NewTextHandler(&said, nil))})
	l := begin(t, "c", 8, server)
	var back time.Duration
	for i := range 3 {
		l.more(t, 30, hungAfter)
		note, err := os.ReadFile(filepath.Join(data, "postgres", "data", "postmaster.pid"))
		if err != nil {
			t.Fatal(err)
		}
		var pid int
		if _, err := fmt.Sscan(string(note), &pid); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		back = max(back, l.more(t, 16, 30*time.Second))
		// Backends live on for a moment, and may confirm as much before they end.
		eventually(t, func() bool { return said.count("PostgreSQL runs again") == i+1 })
	}
	l.sound(t, poolOf(t, fmt.Sprintf("postgres://feisui@/feisui?host=%s&port=5432&sslmode=disable", filepath.Join(data, "postgres"))))
	figure.Logf(t, "the private PostgreSQL killed 3 times, started again %d times, recording again after %s at most: %s; 0 lost, 0 in half",
		said.count("PostgreSQL ended by itself"), back.Round(time.Millisecond), l)
	if said.count("PostgreSQL runs again") != 3 {
		t.Error("it was not started again each time")
	}
}

// holder is what keeps a transaction open.
type holder struct {
	name, database string
	sql            []string
}

// TestTransactionsStayOpen for twenty seconds, and for three minutes in the long form:
// in this database and in another of the cluster, with writes in them, idle, prepared,
// and one as pg_dump has it. Recording goes on, and while they are open the bus and the
// ledger come to what was recorded under them, in their beginning and in their end. A
// reader that waits for the oldest transaction, which is the control, sees nothing of it.
func TestTransactionsStayOpen(t *testing.T) {
	t.Parallel()
	postgres := ownPostgres(t, filepath.Join(dataOf(t), "postgres"), map[string]string{"max_prepared_transactions": "4"})
	here := postgres.URL()
	other := databaseOf(t, here, "other")
	execOn(t, here, `create database other`)
	server, _ := started(t, serve.Config{Data: dataOf(t), DatabaseURL: here, Counties: []string{"c"}})
	execOn(t, here, `create table mine (what text)`)
	execOn(t, other, `create table theirs (what text)`)
	owner := poolOf(t, here)
	l := begin(t, "c", 8, server)
	l.more(t, 50, hungAfter)
	rate := func(d time.Duration) float64 {
		before := l.count()
		time.Sleep(d)
		return float64(l.count()-before) / d.Seconds()
	}
	span, calm, least := 20*time.Second, 4*time.Second, 0.1 // of the lower rate, before and after: the machine is not ours alone
	if os.Getenv(longVariable) != "" {
		span, calm, least = 3*time.Minute, 30*time.Second, 0.5
	}
	before := rate(calm)
	held := hold(t, []holder{
		{"with writes", here, []string{`begin isolation level repeatable read`, `insert into mine values ('x')`, `select count(*) from journal.entry`}},
		{"with writes elsewhere", other, []string{`begin`, `insert into theirs values ('x')`}},
		{"idle in transaction", here, []string{`begin isolation level repeatable read`, `select count(*) from ledger.flag`}},
		{"idle in transaction elsewhere", other, []string{`begin isolation level repeatable read`, `select count(*) from theirs`}},
		{"prepared", here, []string{`begin`, `insert into mine values ('y')`, `prepare transaction 'p'`}},
		{"as pg_dump has it", here, []string{
			`begin transaction isolation level repeatable read, read only, deferrable`,
			`lock table journal.entry, journal.request, journal.also, journal.county, ledger.flag in access share mode`,
		}},
	})
	from := journalEnd(t, owner)
	soon := reached(t, server, from)
	dump := exec.CommandContext(t.Context(), filepath.Join(binaries(t), "pg_dump"), "--file="+os.DevNull, here)
	if out, err := dump.CombinedOutput(); err != nil {
		t.Errorf("pg_dump: %v: %s", err, out)
	}
	during := rate(span)
	var recorded, horizon int64
	if err := owner.QueryRow(t.Context(), `
		select count(*), count(*) filter (where xmin::text::bigint < pg_snapshot_xmin(pg_current_snapshot())::text::bigint)
		from journal.entry where county = 'c' and position > $1`, from+100).Scan(&recorded, &horizon); err != nil {
		t.Fatal(err)
	}
	late := reached(t, server, journalEnd(t, owner))
	held()
	after := rate(calm)
	l.sound(t, owner)
	figure.Logf(t, "6 transactions open for %s and a pg_dump: %.0f commands a second, %.0f before, %.0f after; %d entries recorded meanwhile; "+
		"bus and ledger came to where the journal was within %s as they had begun, and %s before they ended; "+
		"a reader that waits for the oldest transaction sees %d of them; %s", span, during, before, after, recorded,
		soon.Round(time.Millisecond), late.Round(time.Millisecond), horizon, l)
	if recorded < 100 || during < least*min(before, after) {
		t.Error("open transactions hold up what is recorded")
	}
	if horizon != 0 {
		t.Error("the transactions hold up nobody: nothing is shown")
	}
}

// hold begins what stays open until the function that it gives.
func hold(t *testing.T, holders []holder) (let func()) {
	t.Helper()
	var conns []*pgx.Conn
	for _, h := range holders {
		conn, err := pgx.Connect(t.Context(), h.database)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close(t.Context()) })
		conns = append(conns, conn)
		for _, sql := range h.sql {
			if _, err := conn.Exec(t.Context(), sql); err != nil {
				t.Fatalf("%s: %s: %v", h.name, sql, err)
			}
		}
	}
	return func() {
		for _, conn := range conns {
			conn.Close(t.Context())
		}
		execOn(t, holders[0].database, `rollback prepared 'p'`)
	}
}

// journalEnd is where the journal ends.
func journalEnd(t *testing.T, owner *pgxpool.Pool) (position int64) {
	t.Helper()
	if err := owner.QueryRow(t.Context(), `select max(position) from journal.entry where county = 'c'`).Scan(&position); err != nil {
		t.Fatal(err)
	}
	return position
}

// reached waits until the bus and the rows of the ledger are at a position, as readyz
// tells, and says how long that took.
func reached(t *testing.T, server string, position int64) time.Duration {
	t.Helper()
	began := time.Now()
	eventually(t, func() bool {
		var r serve.Readiness
		fetched(t, server+"/readyz", &r)
		at := map[string]int64{}
		for _, p := range r.Parts {
			at[p.Name] = p.Position
		}
		return at["relay/c"] >= position && at["ledger/c"] >= position
	})
	return time.Since(began)
}
