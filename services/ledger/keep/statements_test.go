package keep_test

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"feisui/pkg/journal"
	"feisui/pkg/pgtest"
	"feisui/services/ledger/keep"
)

var (
	statement = regexp.MustCompile(`(?is)^\s*\(?(select|insert|update|delete|with)\s`)
	hole      = regexp.MustCompile(`%(\[\d+\])?s`)
)

// TestEveryStatementIsPrepared: the server knows every table, column and type
// that the package's SQL names. Statements are found in the source, so none can
// be forgotten. One that is put together there must have been seen in a run.
func TestEveryStatementIsPrepared(t *testing.T) {
	t.Parallel()
	conn, err := pgx.Connect(t.Context(), pgtest.URL(t, journal.Tables, keep.Tables))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	n := 0
	prepare := func(sql string) error {
		n++
		_, err := conn.Prepare(t.Context(), fmt.Sprint("s", n), sql)
		return err
	}
	seen := seenInARun(t)
	for _, sql := range slices.Concat(seen, keep.Assembled()) {
		if err := prepare(sql); err != nil {
			t.Errorf("%v in %s", err, sql)
		}
	}
	whole, parts := 0, 0
	for _, sql := range statements(t) {
		switch {
		case !statement.MatchString(sql):
		case strings.HasSuffix(sql, " ") || strings.HasSuffix(sql, ".") || hole.MatchString(sql):
			if parts++; !slices.ContainsFunc(slices.Concat(seen, keep.Assembled()), func(s string) bool { return consistsOf(s, sql) }) {
				t.Errorf("no run has shown what comes of %s", sql)
			}
		default:
			if whole++; prepare(sql) != nil {
				t.Errorf("%v in %s", prepare(sql), sql)
			}
		}
	}
	if whole < 6 || parts < 6 || len(seen) < 20 {
		t.Errorf("only %d statements were found, %d that are put together, and %d were run", whole, parts, len(seen))
	}
	// The controls.
	for _, wrong := range []string{
		`select no_such_column from ledger.book`,
		strings.Replace(keep.Assembled()[2], "standing_tasks", "standing_task", 1),
	} {
		if prepare(wrong) == nil {
			t.Errorf("prepared: %s", wrong)
		}
	}
	if consistsOf(`delete from ledger.task`, `delete from ledger.%s where account = $1`) {
		t.Error("a statement is taken for another")
	}
}

// consistsOf reports whether the fixed parts of a pattern are in a statement.
func consistsOf(sql, pattern string) bool {
	for _, part := range hole.Split(pattern, -1) {
		i := strings.Index(sql, part)
		if i < 0 {
			return false
		}
		sql = sql[i+len(part):]
	}
	return true
}

// seenInARun gives the statements on the ledger's tables of a run of all that a
// ledger does.
func seenInARun(t *testing.T) []string {
	t.Helper()
	d := newDrawer(7, "a", 3)
	d.days, d.poison = true, 10
	w := begun(t, d, 10)
	seen := &listener{all: map[string]bool{}}
	config := w.pool.Config().Copy()
	config.ConnConfig.Tracer = seen
	var err error
	w.pool, err = pgxpool.NewWithConfig(t.Context(), config)
	w.must(err)
	t.Cleanup(w.pool.Close)
	l, other := w.open(), w.open()
	for range 30 {
		w.append(d.next())
		w.must(l.CatchUp(t.Context()))
		w.append(d.next())
		w.must(other.CatchUp(t.Context()))
	}
	w.must(l.CatchUp(t.Context()))
	_, err = l.Rebuild(t.Context(), true)
	w.must(err)
	return slices.Collect(maps.Keys(seen.all))
}

// listener notes what is said to the server.
type listener struct {
	mu  sync.Mutex
	all map[string]bool
}

func (l *listener) hear(sql string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if strings.Contains(sql, "ledger.") && statement.MatchString(sql) {
		l.all[sql] = true
	}
}

func (l *listener) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	l.hear(data.SQL)
	return ctx
}

func (l *listener) TraceBatchStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	for _, q := range data.Batch.QueuedQueries {
		l.hear(q.SQL)
	}
	return ctx
}

func (*listener) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData)     {}
func (*listener) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}
func (*listener) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData)     {}

// statements are the texts in the source of the package.
func statements(t *testing.T) (found []string) {
	t.Helper()
	names, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if !strings.HasSuffix(name.Name(), ".go") || strings.HasSuffix(name.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
				if text, err := strconv.Unquote(l.Value); err == nil {
					found = append(found, text)
				}
			}
			return true
		})
	}
	return found
}
