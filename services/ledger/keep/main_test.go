package keep_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.uber.org/goleak"

	"feisui/pkg/civil"
	"feisui/pkg/journal"
	"feisui/pkg/pgtest"
	"feisui/services/ledger"
	"feisui/services/ledger/keep"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a county's journal and database.
type world struct {
	*testing.T
	county  string
	journal *journal.Journal
	pool    *pgxpool.Pool
	log     *slog.Logger
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, county: "rucheng", pool: pgtest.New(t, journal.Tables, keep.Tables)}
	w.journal = w.journalOn(w.pool)
	w.must(w.journal.CreateCounty(t.Context(), w.county, "汝城县"))
	return w
}

// begun is a world in which things have happened, in so many requests.
func begun(t *testing.T, d *drawer, requests int) *world {
	t.Helper()
	w := newWorld(t)
	w.append(d.pending(d.begin()...))
	for range requests {
		w.append(d.next())
	}
	return w
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) append(events []journal.Pending) journal.Receipt {
	w.Helper()
	r, err := w.journal.Append(w.Context(), journal.Request{
		County: w.county, ID: uuid.NewString(), Fingerprint: sha256.Sum256(nil), Actor: "D01", Kind: journal.Act, Events: events,
	})
	w.must(err)
	return r
}

// another gives a pool of its own to the same database, under a name by which
// its connections can be found.
func (w *world) another(name string) *pgxpool.Pool {
	w.Helper()
	config := w.pool.Config().Copy()
	config.ConnConfig.RuntimeParams["application_name"] = name
	pool, err := pgxpool.NewWithConfig(w.Context(), config)
	w.must(err)
	w.Cleanup(pool.Close)
	return pool
}

func (w *world) journalOn(pool *pgxpool.Pool) (j *journal.Journal) {
	w.Helper()
	w.until("the journal is opened", func() bool {
		var err error
		j, err = journal.Open(w.Context(), pool, time.Now, journal.Volatile())
		return err == nil
	})
	return j
}

func (w *world) config(pool *pgxpool.Pool) keep.Config {
	return keep.Config{County: w.county, Journal: w.journal, Pool: pool, Calendar: civil.China(), Log: w.log}
}

func (w *world) open() *keep.Ledger {
	w.Helper()
	l, err := keep.Open(w.Context(), w.config(w.pool))
	w.must(err)
	return l
}

// running runs a ledger until the test ends or stop is called.
func (w *world) running(l *keep.Ledger) (stop func()) {
	w.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(w.Context()))
	var run sync.WaitGroup
	run.Go(func() {
		if err := l.Run(ctx, nil); err != nil {
			w.Error(err)
		}
	})
	stop = sync.OnceFunc(func() {
		cancel()
		run.Wait()
	})
	w.Cleanup(stop)
	return stop
}

// sql does something as the owner, behind everybody's back.
func (w *world) sql(statement string, args ...any) {
	w.Helper()
	c, err := pgx.ConnectConfig(w.Context(), w.pool.Config().ConnConfig)
	w.must(err)
	defer c.Close(w.Context())
	_, err = c.Exec(w.Context(), statement, args...)
	w.must(err)
}

func (w *world) head() int64 {
	w.Helper()
	at, _, err := w.journal.Head(w.Context(), w.county)
	w.must(err)
	return at
}

// fresh folds the journal anew up to a position.
func (w *world) fresh(at int64) *ledger.Current {
	w.Helper()
	c, _, err := keep.Fold(w.Context(), w.journal, w.county, at, civil.China())
	w.must(err)
	c.Judge()
	return c
}

// book gives the live book as it is in the database.
func (w *world) book() (position int64, rows map[string][]string) {
	w.Helper()
	rows = map[string][]string{}
	w.must(pgx.BeginTxFunc(w.Context(), w.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead}, func(tx pgx.Tx) error {
		var generation int64
		if err := tx.QueryRow(w.Context(), `select generation, position from ledger.book where county = $1 and live`, w.county).Scan(&generation, &position); err != nil {
			return err
		}
		for _, table := range keep.TableNames() {
			found, err := tx.Query(w.Context(), `select to_jsonb(t) - 'county' - 'generation' from ledger.`+table+` t where county = $1 and generation = $2`, w.county, generation)
			if err != nil {
				return err
			}
			if rows[table], err = pgx.CollectRows(found, pgx.RowTo[string]); err != nil {
				return err
			}
		}
		return nil
	}))
	return position, rows
}

// wrong says how the book in the database differs from one that is folded anew
// up to the position it says it is at, "" when it does not.
func (w *world) wrong() string {
	w.Helper()
	at, have := w.book()
	want, err := keep.Rows(w.fresh(at))
	w.must(err)
	for _, table := range keep.TableNames() {
		h, f := canonical(w, have[table]), canonical(w, want[table])
		for _, row := range h {
			if !slices.Contains(f, row) {
				return fmt.Sprintf("at %d, ledger.%s has %s; %d rows, want %d", at, table, row, len(h), len(f))
			}
		}
		for _, row := range f {
			if !slices.Contains(h, row) {
				return fmt.Sprintf("at %d, ledger.%s lacks %s; %d rows, want %d", at, table, row, len(h), len(f))
			}
		}
		if len(h) != len(f) {
			return fmt.Sprintf("at %d, ledger.%s has %d rows, want %d", at, table, len(h), len(f))
		}
	}
	return ""
}

// canonical gives JSON objects with their keys in one order, sorted.
func canonical(w *world, rows []string) []string {
	w.Helper()
	all := make([]string, 0, len(rows))
	for _, row := range rows {
		var v map[string]any
		w.must(json.Unmarshal([]byte(row), &v))
		text, err := json.Marshal(v)
		w.must(err)
		all = append(all, string(text))
	}
	slices.Sort(all)
	return all
}

// right fails unless the book is at the journal's end and as if folded anew.
func (w *world) right() {
	w.Helper()
	if at, _ := w.book(); at != w.head() {
		w.Errorf("the book is at %d, the journal at %d", at, w.head())
	}
	if wrong := w.wrong(); wrong != "" {
		w.Error(wrong)
	}
}

// hungAfter is after how long what a test waits for counts as never coming. It
// promises nothing of the ledger, and catches what hangs.
const hungAfter = 2 * time.Minute

// until waits for something that is to come.
func (w *world) until(what string, is func() bool) {
	w.Helper()
	for end := time.Now().Add(hungAfter); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			w.Fatalf("in %s it did not come to this: %s", hungAfter, what)
		}
	}
}
