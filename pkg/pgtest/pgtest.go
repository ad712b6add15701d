// Package pgtest gives each test a PostgreSQL database of its own.
//
// All test processes of an account share one private server. Whichever comes
// first starts it in a process of its own, which ends a few seconds after the
// last test process did, however that ended. What migrations lead to is built
// once, as a template; a test gets a copy within milliseconds. A test that fails
// keeps its database, and says how to look into it.
package pgtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"feisui/pkg/figure"
	"feisui/pkg/journal"
	"feisui/pkg/local"
)

// Schema is what a test wants to find in its database; journal.Tables is one.
type Schema = journal.Schema

// New gives a new database with some schemas, in the order in which they build
// on each other. Its connections have the rights of a service if there is a
// schema, and those of the owner if the database is empty. Both pool and
// database end with the test.
func New(tb testing.TB, schemas ...Schema) *pgxpool.Pool {
	tb.Helper()
	return connect(tb, URL(tb, schemas...), len(schemas) > 0)
}

// Durable is New on a server that keeps what it confirms, on the disk. It is
// slower, and for what is to be shown or measured there.
func Durable(tb testing.TB, schemas ...Schema) *pgxpool.Pool {
	tb.Helper()
	return connect(tb, clone(tb, durable, schemas), len(schemas) > 0)
}

// URL is New for who connects by himself, as the owner.
func URL(tb testing.TB, schemas ...Schema) string {
	tb.Helper()
	return clone(tb, quick, schemas)
}

// Owner gives another pool to the database of a pool, with the owner's rights:
// those of somebody who goes behind the services' backs.
func Owner(tb testing.TB, pool *pgxpool.Pool) *pgxpool.Pool {
	tb.Helper()
	return connect(tb, pool.Config().ConnString(), false)
}

func connect(tb testing.TB, url string, service bool) *pgxpool.Pool {
	tb.Helper()
	open := pgxpool.New
	if service {
		open = journal.Connect
	}
	pool, err := open(tb.Context(), url)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(pool.Close)
	return pool
}

// clone gives a copy of the template of some schemas, until the test ends.
func clone(tb testing.TB, k kind, schemas []Schema) string {
	tb.Helper()
	ctx := context.WithoutCancel(tb.Context())
	server, err := k.server()
	switch {
	case errors.Is(err, local.ErrNoBinaries):
		figure.Skip(tb, "no PostgreSQL: install it (apt-get install postgresql), or name its folder in "+local.BinVariable)
	case err != nil:
		tb.Fatalf("a server for tests: %v", err)
	}
	template, err := build(ctx, server, schemas)
	if err != nil {
		tb.Fatalf("the template of a test's database: %v", err)
	}
	name := fmt.Sprintf("test_%d_%d", os.Getpid(), number.Add(1))
	if err := onServer(ctx, server, func(c *pgx.Conn) error {
		_, err := c.Exec(ctx, `create database `+name+` template `+template+` strategy file_copy`)
		return err
	}); err != nil {
		tb.Fatal(err)
	}
	url := server.database(name)
	tb.Cleanup(func() {
		if tb.Failed() {
			tb.Logf("psql %q looks into the database of this test; the server stays for %s after the last test, see %s", url, idle(), idleVariable)
			return
		}
		if err := onServer(ctx, server, func(c *pgx.Conn) error {
			_, err := c.Exec(ctx, `drop database if exists `+name+` with (force)`)
			return err
		}); err != nil {
			tb.Errorf("drop the test's database: %v", err)
		}
	})
	return url
}

var number atomic.Int64

// build gives the name of the template of some schemas, and makes it first if
// need be: under another name, so that half of one is never copied.
func build(ctx context.Context, server server, schemas []Schema) (template string, err error) {
	if len(schemas) == 0 {
		return "template1", nil
	}
	sum, err := hash(schemas)
	if err != nil {
		return "", err
	}
	template = "template_" + sum
	making := fmt.Sprintf("%s_%d", template, os.Getpid())
	return template, onServer(ctx, server, func(c *pgx.Conn) error {
		// Held by the connection, across processes: one of them builds.
		if _, err := c.Exec(ctx, `select pg_advisory_lock(hashtext($1))`, template); err != nil {
			return err
		}
		var there bool
		if err := c.QueryRow(ctx, `select exists (select from pg_database where datname = $1)`, template).Scan(&there); err != nil || there {
			return err
		}
		if _, err := c.Exec(ctx, `drop database if exists `+making+` with (force)`); err != nil {
			return err
		}
		if _, err := c.Exec(ctx, `create database `+making); err != nil {
			return err
		}
		for _, s := range schemas {
			if err := s.Migrate(ctx, server.database(making)); err != nil {
				return err
			}
		}
		return rename(ctx, c, making, template)
	})
}

// rename waits for the connections of the migrations to be gone: they are
// closed, and their backends need a moment to notice.
func rename(ctx context.Context, c *pgx.Conn, from, to string) (err error) {
	for range 100 {
		_, err = c.Exec(ctx, `alter database `+from+` rename to `+to)
		if e := (*pgconn.PgError)(nil); !errors.As(err, &e) || e.Code != "55006" { // object in use
			return err
		}
		pause(ctx, lookEvery)
	}
	return err
}

// hash names what schemas lead to.
func hash(schemas []Schema) (string, error) {
	h := sha256.New()
	for _, s := range schemas {
		fmt.Fprintf(h, "schema %q\n", s.Name)
		err := fs.WalkDir(s.Files, ".", func(name string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			text, err := fs.ReadFile(s.Files, name)
			fmt.Fprintf(h, "file %q %q\n", name, text)
			return err
		})
		if err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:8]), nil
}

func onServer(ctx context.Context, server server, do func(*pgx.Conn) error) error {
	c, err := pgx.Connect(ctx, server.database("postgres"))
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	return do(c)
}

// server is the URL of a database on it.
type server string

func (s server) database(name string) string {
	return strings.Replace(string(s), "@/feisui?", "@/"+name+"?", 1)
}

// folder is where the files of a kind of server are: in memory if there is room.
func (k kind) folder() string {
	parent := os.Getenv(dirVariable)
	switch {
	case parent != "":
	case k == quick && roomy(memory, memoryMin):
		parent = memory
	default:
		parent = os.TempDir()
	}
	return filepath.Join(parent, fmt.Sprintf("feisui-pgtest-%s-%d", k, os.Geteuid()))
}
