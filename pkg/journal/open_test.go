package journal_test

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"net"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"feisui/pkg/journal"
	"feisui/pkg/pgtest"
)

// TestOpenRefuses a database that would not keep the promises.
func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	refuses := func(what, sentence string, pool *pgxpool.Pool, more ...journal.Option) {
		t.Helper()
		if _, err := journal.Open(t.Context(), pool, time.Now, more...); err == nil || !strings.Contains(err.Error(), sentence) {
			t.Errorf("%s: %v", what, err)
		}
	}
	pool := pgtest.New(t, journal.Tables)
	owner := pgtest.Owner(t, pool)
	refuses("a server that syncs nothing", "fsync", pool)
	refuses("a superuser", "above all rules", owner, journal.Volatile())
	refuses("no tables", "migrated", pgtest.New(t, journal.Schema{Name: "other", Files: os.DirFS("testdata/other")}), journal.Volatile())
	run := func(sql string) {
		t.Helper()
		if _, err := owner.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	run(`grant update (data) on journal.entry to feisui_app`)
	refuses("a role that may change a column", "could change", pool, journal.Volatile())
	run(`revoke update (data) on journal.entry from feisui_app`)
	run(`insert into journal.migration (version_id, is_applied) values (99999, true)`)
	refuses("newer tables", "step 99999", pool, journal.Volatile())
	run(`delete from journal.migration where version_id = 99999`)
	if _, err := journal.Open(t.Context(), pool, time.Now, journal.Volatile()); err != nil {
		t.Error(err)
	}

	durable := pgtest.Durable(t, journal.Tables)
	if _, err := journal.Open(t.Context(), durable, time.Now); err != nil {
		t.Error(err)
	}
	if _, err := pgtest.Owner(t, durable).Exec(t.Context(), `
		do $$ begin execute format('alter database %I set synchronous_commit = off', current_database()); end $$`); err != nil {
		t.Fatal(err)
	}
	refuses("a commit that does not wait", "synchronous_commit", again(t, durable))
}

// TestMigratingAtOnce: many starters, one of them works; a second time is nothing.
func TestMigratingAtOnce(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 2 {
				if err := journal.Migrate(t.Context(), url); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	pool, err := journal.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	sound(t, on(t, pool, time.Now))
}

// TestDownAndUp: all steps back leave nothing, and the way up is open again.
func TestDownAndUp(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t, journal.Tables)
	steps, err := fs.Glob(journal.Tables.Files, "*.sql")
	if err != nil || len(steps) == 0 {
		t.Fatal(steps, err)
	}
	down := ""
	for _, name := range steps {
		text, err := fs.ReadFile(journal.Tables.Files, name)
		if err != nil {
			t.Fatal(err)
		}
		_, back, found := strings.Cut(string(text), "-- +goose Down\n")
		if !found {
			t.Fatal(name, "has no way down")
		}
		down = back + down
	}
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), down); err != nil {
		t.Fatal(err)
	}
	var left int
	if err := conn.QueryRow(t.Context(), `
		select (select count(*) from pg_class where relnamespace = 'journal'::regnamespace and relkind = 'r' and relname <> 'migration')
			+ (select count(*) from pg_proc where pronamespace = 'journal'::regnamespace)`).Scan(&left); err != nil || left != 0 {
		t.Errorf("%d left, %v", left, err)
	}
	if _, err := conn.Exec(t.Context(), `delete from journal.migration where version_id > 0`); err != nil {
		t.Fatal(err)
	}
	if err := journal.Migrate(t.Context(), url); err != nil {
		t.Error(err)
	}
}

var statement = regexp.MustCompile(`(?is)^\s*\(?(select|insert|update|delete|with|set|create|truncate)\s`)

// TestEveryStatementIsPrepared: the server knows every table, column and type
// that the package's SQL names. Statements are found in the source, so none can
// be forgotten.
func TestEveryStatementIsPrepared(t *testing.T) {
	t.Parallel()
	conn, err := pgx.Connect(t.Context(), pgtest.URL(t, journal.Tables))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	prepared := 0
	for _, sql := range statements(t) {
		if !statement.MatchString(sql) || strings.HasSuffix(sql, " ") { // put together with a name, and run by every test
			continue
		}
		if strings.HasPrefix(sql, "set ") { // not a statement that can be prepared
			_, err = conn.Exec(t.Context(), sql)
		} else {
			_, err = conn.Prepare(t.Context(), fmt.Sprint("s", prepared), sql)
		}
		if err != nil {
			t.Errorf("%v in %s", err, sql)
		}
		prepared++
	}
	if prepared < 20 {
		t.Errorf("only %d statements were found", prepared)
	}
	// The control.
	if _, err := conn.Prepare(t.Context(), "wrong", `select no_such_column from journal.entry`); err == nil {
		t.Error("a wrong column is prepared")
	}
}

// statements are the texts in the source of the package that look like SQL.
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

// TestAPoolThatIsClosed gives errors, and leaves nobody waiting.
func TestAPoolThatIsClosed(t *testing.T) {
	t.Parallel()
	j, pool := open(t)
	must(t, j, request("1", 0, "task/a"))
	pool.Close()
	ctx, cancel := context.WithTimeout(t.Context(), hungAfter)
	defer cancel()
	if _, err := j.Append(ctx, request("2", 0, "task/a")); err == nil || ctx.Err() != nil {
		t.Error(err)
	}
}

// TestADeafServer: one that lets nobody in and says nothing is found out.
func TestADeafServer(t *testing.T) {
	t.Parallel()
	deaf, err := net.Listen("tcp", "127.0.0.1:0") // connections are taken by the kernel, and by nobody else
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { deaf.Close() })
	begun := time.Now()
	err = journal.Migrate(t.Context(), "postgres://feisui@"+deaf.Addr().String()+"/feisui?sslmode=disable")
	if took := time.Since(begun); !journal.Unreachable(err) || took > 15*time.Second {
		t.Errorf("after %s: %v", took, err)
	}
}
