package journal_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"feisui/pkg/figure"
	"feisui/pkg/journal"
	"feisui/pkg/pgtest"
)

// ways are what the harness of J2 compares: how an entry is appended, and how a
// reader that follows learns of those after a position.
type ways struct {
	append func(ctx context.Context, writer, n int) error
	after  func(ctx context.Context, position int64) ([]int64, error)
	count  func(ctx context.Context) (int, error)
}

// outcome is what went wrong.
type outcome struct {
	appended, failed  int
	missed, disorders int // of what the reader saw
}

// follow lets many append while one reads what is new, over and over.
func follow(t *testing.T, w ways, writers, each int) (o outcome) {
	t.Helper()
	var wg sync.WaitGroup
	var failed atomic.Int32
	for writer := range writers {
		wg.Go(func() {
			for n := range each {
				if err := w.append(t.Context(), writer, n); err != nil {
					failed.Add(1)
				}
			}
		})
	}
	finished := make(chan struct{})
	go func() { wg.Wait(); close(finished) }()
	var seen, broken int
	var last int64
	for done := false; ; {
		select {
		case <-finished:
			done = true
		default:
		}
		positions, err := w.after(t.Context(), last)
		if err != nil {
			if broken++; broken > 1000 {
				t.Fatal(err)
			}
			continue // the connection was killed
		}
		for _, p := range positions {
			if p != last+1 {
				o.disorders++
			}
			last = p
			seen++
		}
		if done && len(positions) == 0 {
			break
		}
	}
	n, err := w.count(context.WithoutCancel(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	o.appended, o.failed, o.missed = n, int(failed.Load()), n-seen
	return o
}

// disturb kills backends and holds and releases the county's row at random until
// it is told to stop.
func disturb(t *testing.T, pool *pgxpool.Pool) (stop func() int) {
	t.Helper()
	owner := pgtest.Owner(t, pool)
	quit := make(chan struct{})
	killed := 0
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-quit:
				return
			case <-time.After(time.Duration(rand.IntN(30)) * time.Millisecond):
			}
			if rand.IntN(2) == 0 {
				tx, err := owner.Begin(context.Background())
				if err == nil {
					_, err = tx.Exec(context.Background(), `select from journal.county for update`)
					time.Sleep(5 * time.Millisecond)
					err = errors.Join(err, tx.Rollback(context.Background()))
				}
				if err != nil {
					t.Error(err)
				}
				continue
			}
			var n int
			if owner.QueryRow(context.Background(), `
				select count(*) from (
					select pg_terminate_backend(pid) from pg_stat_activity
					where datname = current_database() and pid <> pg_backend_pid() order by random() limit 2
				) k`).Scan(&n) == nil {
				killed += n
			}
		}
	})
	return func() int { close(quit); wg.Wait(); return killed }
}

// TestOrder is J2: whoever follows sees every entry, once, in order, while
// backends are killed, transactions roll back and two processes append.
func TestOrder(t *testing.T) {
	t.Parallel()
	first, pool := open(t)
	second := on(t, again(t, pool), time.Now)
	stop := disturb(t, pool)
	o := follow(t, ways{
		append: func(ctx context.Context, writer, n int) error {
			j := []*journal.Journal{first, second}[writer%2]
			stream := fmt.Sprintf("task/%d", writer)
			_, err := j.Append(ctx, request(fmt.Sprintf("%d/%d", writer, n), int64(n+1), stream))
			if err != nil {
				t.Errorf("writer %d: %v", writer, err)
			}
			return err
		},
		after: func(ctx context.Context, position int64) (found []int64, err error) {
			for e, err := range first.After(ctx, county, position, 500) {
				switch {
				case err != nil && len(found) == 0:
					return nil, err
				case err != nil:
					return found, nil // what came before it counts
				}
				found = append(found, e.Position)
			}
			return found, nil
		},
		count: func(context.Context) (int, error) { return 32 * 100, nil },
	}, 32, 100)
	killed := stop()
	pool.Reset() // what was killed while it was idle
	if o.failed+o.missed+o.disorders > 0 || o.appended != 3200 {
		t.Errorf("%+v", o)
	}
	figure.Logf(t, "%+v, %d backends killed", o, killed)
	if killed == 0 {
		t.Error("nobody was killed: nothing is shown")
	}
	sound(t, first)
}

// TestOrderIsSeenToFail is the control of TestOrder: the harness finds what is
// wrong with two other ways.
func TestOrderIsSeenToFail(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	if _, err := pool.Exec(t.Context(), `create table highest (position bigint primary key); create table serial (position bigint generated always as identity primary key)`); err != nil {
		t.Fatal(err)
	}
	// A transaction does something else too, before it commits.
	in := func(sql string) func(context.Context, int, int) error {
		return func(ctx context.Context, _, _ int) error {
			return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
				if _, err := tx.Exec(ctx, sql); err != nil {
					return err
				}
				time.Sleep(time.Duration(rand.IntN(3)) * time.Millisecond)
				if rand.IntN(10) == 0 {
					return errors.Join(tx.Rollback(ctx), nil)
				}
				return nil
			})
		}
	}
	reads := func(table string) func(context.Context, int64) ([]int64, error) {
		return func(ctx context.Context, after int64) ([]int64, error) {
			rows, err := pool.Query(ctx, `select position from `+table+` where position > $1 order by position`, after)
			if err != nil {
				return nil, err
			}
			return pgx.CollectRows(rows, pgx.RowTo[int64])
		}
	}
	counts := func(table string) func(context.Context) (int, error) {
		return func(ctx context.Context) (n int, err error) {
			err = pool.QueryRow(ctx, `select count(*) from `+table).Scan(&n)
			return n, err
		}
	}
	highest := follow(t, ways{in(`insert into highest select coalesce(max(position), 0) + 1 from highest`), reads("highest"), counts("highest")}, 8, 50)
	if highest.failed == 0 {
		t.Errorf("max + 1 without the lock seems to work: %+v", highest)
	}
	serial := follow(t, ways{in(`insert into serial default values`), reads("serial"), counts("serial")}, 8, 50)
	if serial.disorders == 0 || serial.missed == 0 {
		t.Errorf("a sequence seems to work: %+v", serial)
	}
	figure.Logf(t, "max + 1: %+v; sequence: %+v", highest, serial)
}

// TestTheClockJumps: recorded_at never falls, and all of a request has one.
func TestTheClockJumps(t *testing.T) {
	t.Parallel()
	_, pool := open(t)
	start := time.Date(2025, 12, 31, 23, 59, 59, 999_999_999, time.UTC)
	clock := start
	j := on(t, pool, func() time.Time { return clock })
	var ends []journal.Receipt
	for i := range 40 {
		clock = start.Add(time.Duration(rand.IntN(50)-25) * time.Hour)
		r := request(fmt.Sprint(i), 0, "task/a", "task/b", "task/c")
		if i%8 == 7 { // another process, which has seen nothing yet
			j = on(t, pool, func() time.Time { return clock })
		}
		ends = append(ends, must(t, j, r))
	}
	var last time.Time
	for _, e := range all(t, j) {
		if e.RecordedAt.Before(last) {
			t.Errorf("entry %d was recorded before the one before", e.Position)
		}
		last = e.RecordedAt
	}
	for i, r := range ends { // At is the end of the last request with this time or an earlier one
		want := r.Last
		for _, later := range ends[i:] {
			if later.RecordedAt.Equal(r.RecordedAt) {
				want = later.Last
			}
		}
		if got, err := j.At(t.Context(), county, r.RecordedAt); err != nil || got != want {
			t.Errorf("at %s: %d, want %d, %v", r.RecordedAt, got, want, err)
		}
	}
	if got, err := j.At(t.Context(), county, start.Add(-1000*time.Hour)); err != nil || got != 0 {
		t.Error(got, err)
	}
	if got, err := j.At(t.Context(), county, start.Add(1000*time.Hour)); err != nil || got != 120 {
		t.Error(got, err)
	}
	for position, want := range map[int64]int64{-1: 0, 0: 0, 1: 3, 2: 3, 3: 3, 4: 6, 119: 120, 120: 120, 121: 120, 9999: 120} {
		if got, err := j.Snap(t.Context(), county, position); err != nil || got != want {
			t.Errorf("snap %d: %d, want %d, %v", position, got, want, err)
		}
	}
	sound(t, j)
}

// TestAnOpenTransactionElsewhere stalls nobody: neither in another database of
// the server, nor in this one.
func TestAnOpenTransactionElsewhere(t *testing.T) {
	t.Parallel()
	j, pool := open(t)
	other := pgtest.New(t)
	for _, pool := range []*pgxpool.Pool{other, pgtest.Owner(t, pool)} {
		tx, err := pool.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer tx.Rollback(context.WithoutCancel(t.Context())) //nolint:revive // both until the end
		if _, err := tx.Exec(t.Context(), `create table held as select pg_current_xact_id()`); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), hungAfter)
	defer cancel()
	for i := range 100 {
		if _, err := j.Append(ctx, request(fmt.Sprint(i), 0, "task/a")); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(all(t, j)); n != 100 {
		t.Errorf("%d entries are seen", n)
	}
}

// hungAfter is after how long what a test waits for counts as never coming. It
// promises nothing of the journal, and catches what hangs.
const hungAfter = 2 * time.Minute

// locked returns when somebody waits for a lock in the database of a pool.
func locked(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	owner := pgtest.Owner(t, pool)
	for limit, n := time.Now().Add(hungAfter), 0; n == 0; time.Sleep(time.Millisecond) {
		err := owner.QueryRow(t.Context(),
			`select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`).Scan(&n)
		if err != nil {
			t.Fatal(err)
		}
		if time.Now().After(limit) {
			t.Fatal("nobody waits for a lock")
		}
	}
}

// TestAContextThatEnds: before its batch begins nothing is recorded; after that
// nobody knows, the batch goes on, and repeating the request tells.
func TestAContextThatEnds(t *testing.T) {
	t.Parallel()
	j, pool := open(t)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := j.Append(ended, request("0", 0, "task/a")); !errors.Is(err, context.Canceled) || errors.Is(err, journal.ErrUnknownOutcome) {
		t.Error(err)
	}
	release := hold(t, pool)
	begun, end := context.WithCancelCause(t.Context())
	defer end(nil)
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, err := j.Append(begun, request("begun", 0, "task/a")); !errors.Is(err, journal.ErrUnknownOutcome) || !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	})
	locked(t, pool)
	wg.Go(func() { // in the next batch
		if _, err := j.Append(begun, request("waiting", 0, "task/a")); errors.Is(err, journal.ErrUnknownOutcome) || !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	})
	time.Sleep(50 * time.Millisecond) // it waits by now, or comes too late: either way nothing of it is recorded
	end(context.DeadlineExceeded)
	wg.Wait()
	release()
	if got := must(t, j, request("begun", 0, "task/a")); got.First != 1 || !got.Repeated {
		t.Errorf("%+v", got)
	}
	if _, found, err := j.Find(t.Context(), county, "waiting"); found || err != nil {
		t.Error(found, err)
	}
	sound(t, j)
}
