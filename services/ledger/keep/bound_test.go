package keep_test

import (
	"context"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"feisui/pkg/journal"
	"feisui/services/ledger/keep"
)

// impatient is a database that notes what it is asked without a bound.
type impatient struct {
	journal.Database

	mu        sync.Mutex
	asked     int
	unbounded []string
}

func (d *impatient) ask(ctx context.Context, what string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked++
	if _, bounded := ctx.Deadline(); !bounded {
		d.unbounded = append(d.unbounded, what)
	}
}

func (d *impatient) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	d.ask(ctx, sql)
	return d.Database.Exec(ctx, sql, args...)
}

func (d *impatient) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	d.ask(ctx, sql)
	return d.Database.Query(ctx, sql, args...)
}

func (d *impatient) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	d.ask(ctx, sql)
	return d.Database.QueryRow(ctx, sql, args...)
}

func (d *impatient) BeginTx(ctx context.Context, options pgx.TxOptions) (pgx.Tx, error) {
	d.ask(ctx, "begin")
	return d.Database.BeginTx(ctx, options)
}

// TestNothingIsAskedForEver: on a connection that is half open no answer comes, and
// whoever asks without a bound holds the connection, and maybe the book, for good.
func TestNothingIsAskedForEver(t *testing.T) {
	t.Parallel()
	w := begun(t, newDrawer(1, "a", 4), 10)
	d := &impatient{Database: w.pool}
	c := w.config(w.pool)
	c.Pool = d
	ctx := t.Context() // without an end
	l, err := keep.Open(ctx, c)
	w.must(err)
	for what, ask := range map[string]func() error{
		"flags":       func() error { _, err := l.Flags(ctx, keep.FlagFilter{}, keep.Page{Limit: 10}); return err },
		"tasks":       func() error { _, err := l.Tasks(ctx, keep.TaskFilter{}, keep.Page{Limit: 10}); return err },
		"communities": func() error { _, err := l.Communities(ctx, keep.CommunityFilter{}, keep.Page{Limit: 10}); return err },
		"the place":   func() error { _, err := keep.At(ctx, d, c.County); return err },
		"a check":     func() error { _, err := l.Check(ctx); return err },
		"a rebuild":   func() error { _, err := l.Rebuild(ctx, false); return err },
	} {
		before := d.asked
		if err := ask(); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		if d.asked == before {
			t.Errorf("%s was not asked of the database", what)
		}
	}
	for _, what := range d.unbounded {
		t.Errorf("asked without a bound: %s", what)
	}
	if d.ask(ctx, "control"); len(d.unbounded) == 0 {
		t.Error("a question without a bound was not noticed")
	}
}
