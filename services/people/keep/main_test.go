package keep_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.uber.org/goleak"

	"feisui/pkg/access"
	"feisui/pkg/journal"
	"feisui/pkg/pgtest"
	"feisui/services/people"
	"feisui/services/people/keep"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const county = "rucheng"

// world is a database with people, and a clock that stands still.
type world struct {
	*testing.T
	pool   *pgxpool.Pool
	people *keep.People
	now    atomic.Int64 // seconds
	dear   bool         // passwords cost what they do in use
}

func newWorld(t *testing.T) *world { t.Helper(); return begin(t, false) }

func begin(t *testing.T, dear bool) *world {
	t.Helper()
	w := &world{T: t, dear: dear, pool: pgtest.New(t, journal.Tables, keep.Tables)}
	w.now.Store(time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC).Unix())
	w.people = w.open(w.pool)
	return w
}

// open is another process on the same database.
func (w *world) open(pool journal.Database) *keep.People {
	w.Helper()
	return w.openWith(pool, keyOf("the key of factors in all tests!"))
}

func keyOf(secret string) *keep.Key {
	key, err := keep.NewKey([]byte(secret))
	if err != nil {
		panic(err) // a test gave it
	}
	return key
}

// openWith is open with a key of second factors.
func (w *world) openWith(pool journal.Database, key *keep.Key) *keep.People {
	w.Helper()
	p, err := keep.Open(w.Context(), keep.Config{Pool: pool, Now: w.clock, Log: slog.New(slog.DiscardHandler), CheapHashes: !w.dear, FactorKey: key})
	w.must(err)
	w.Cleanup(func() {
		if err := p.Close(); err != nil {
			w.Error(err)
		}
	})
	return p
}

func (w *world) clock() time.Time { return time.Unix(w.now.Load(), 0) }

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// owner does something behind everybody's back.
func (w *world) owner(sql string, args ...any) error {
	w.Helper()
	_, err := pgtest.Owner(w, w.pool).Exec(w.Context(), sql, args...)
	return err
}

// demo has a user for each role, all with one password.
func (w *world) demo() {
	w.Helper()
	w.must(w.people.Demo(w.Context(), county, password, keep.DemoScopes{Department: "D01", Street: "431026102", Community: "431026102001"}))
}

const password = "correct horse battery"

func (w *world) signIn(role access.Role) keep.SignedIn {
	w.Helper()
	in, err := w.people.SignIn(w.Context(), county, keep.DemoName(role), password, "192.0.2.1")
	w.must(err)
	return in
}

func code(err error) string {
	var no *people.Refusal
	if errors.As(err, &no) {
		return no.Code
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

// away is a database that is not there while down is set.
type away struct {
	*pgxpool.Pool
	down  atomic.Bool
	lines atomic.Bool // only of the audit log's lines
}

var errDown = errors.New("the database is away")

// BeginTx fails while the database is away.
func (a *away) BeginTx(ctx context.Context, o pgx.TxOptions) (pgx.Tx, error) {
	if a.down.Load() {
		return nil, errDown
	}
	return a.Pool.BeginTx(ctx, o)
}

// Exec fails then too.
func (a *away) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	if a.down.Load() || a.lines.Load() && strings.Contains(sql, "insert into people.audit") {
		return pgconn.CommandTag{}, errDown
	}
	return a.Pool.Exec(ctx, sql, args...)
}

// all runs something so many times at once.
func all(n int, do func(i int)) {
	var run sync.WaitGroup
	for i := range n {
		run.Go(func() { do(i) })
	}
	run.Wait()
}
