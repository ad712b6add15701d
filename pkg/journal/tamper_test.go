package journal_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"feisui/pkg/journal"
	"feisui/pkg/pgtest"
)

// TestNoServiceMayChangeEntries is J4 as far as the database sees to it, and by
// accident not even the owner may.
func TestNoServiceMayChangeEntries(t *testing.T) {
	t.Parallel()
	j, pool := open(t)
	must(t, j, request("1", 0, "task/a"))
	for who, pool := range map[string]*pgxpool.Pool{"service": pool, "owner": pgtest.Owner(t, pool)} {
		for _, table := range []string{"entry", "also", "request"} {
			for _, change := range []string{`update journal.%s set county = county`, `delete from journal.%s`, `truncate journal.%s`} {
				_, err := pool.Exec(t.Context(), fmt.Sprintf(change, table))
				var e *pgconn.PgError
				if !errors.As(err, &e) || e.Code != "42501" {
					t.Errorf("%s, %s: %v", who, fmt.Sprintf(change, table), err)
				}
			}
		}
	}
	for _, change := range []string{
		`update journal.county set county = 'x'`, `delete from journal.county`, `drop table journal.entry`,
		`alter table journal.entry disable trigger append_only`, `create table journal.mine ()`,
		`set session_replication_role = replica`,
	} {
		if _, err := pool.Exec(t.Context(), change); err == nil {
			t.Errorf("a service may %s", change)
		}
	}
}

// tampered is a journal with some history, and a connection that stops at
// nothing.
func tampered(t *testing.T) (*journal.Journal, *pgx.Conn) {
	t.Helper()
	j, pool := open(t)
	for i := range 6 {
		r := request(fmt.Sprint("r", i), 0, "task/a", fmt.Sprint("task/", i))
		r.Events[0].Accounts = []string{"431026102001", fmt.Sprint("4310261020", i), "third"}
		must(t, j, r)
		time.Sleep(time.Millisecond)
	}
	sound(t, j)
	c, err := pgx.Connect(t.Context(), pool.Config().ConnString())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(t.Context()) })
	do(t, c, `set session_replication_role = replica`) // triggers do not fire
	return j, c
}

func do(t *testing.T, c *pgx.Conn, sql string, args ...any) {
	t.Helper()
	if tag, err := c.Exec(t.Context(), sql, args...); err != nil || strings.HasPrefix(sql, "update") && tag.RowsAffected() == 0 {
		t.Fatalf("%s: %v, %v", sql, tag, err)
	}
}

// finds asks Verify, which must name the first bad entry or request.
func finds(t *testing.T, what string, err error, position int64, request string) {
	t.Helper()
	var c *journal.Corruption
	if !errors.As(err, &c) || c.Position != position || c.Request != request {
		t.Errorf("%s: got %v, want entry %d, request %q", what, err, position, request)
	}
}

// changes give another value of each type of column.
var changes = map[string]string{
	"text": `%[1]s || 'x'`, "bigint": `%[1]s + 1000`, "uuid": `md5(%[1]s::text)::uuid`, "json": `(%[1]s::text || ' ')::json`,
	"timestamp with time zone": `%[1]s + interval '1 microsecond'`, "text[]": `%[1]s || array['x']`, "bytea": `sha256(%[1]s)`,
}

// columns lists what a table has: a column that is added is tried too.
func columns(t *testing.T, c *pgx.Conn, table string) (names, types []string) {
	t.Helper()
	rows, err := c.Query(t.Context(), `
		select attname, format_type(atttypid, atttypmod) from pg_attribute
		where attrelid = $1::text::regclass and attnum > 0 and not attisdropped order by attnum`, table)
	if err != nil {
		t.Fatal(err)
	}
	var name, kind string
	if _, err := pgx.ForEachRow(rows, []any{&name, &kind}, func() error {
		names, types = append(names, name), append(types, kind)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return names, types
}

// keep copies the tables, and gives how to put everything back.
func keep(t *testing.T, c *pgx.Conn) (restore func()) {
	t.Helper()
	tables := []string{"entry", "also", "request"}
	for _, table := range tables {
		do(t, c, `create table public.`+table+` as table journal.`+table)
	}
	return func() {
		for _, table := range tables {
			do(t, c, `truncate journal.`+table)
			do(t, c, `insert into journal.`+table+` table public.`+table)
		}
	}
}

// TestEveryColumnIsCovered changes each column of each table by itself.
func TestEveryColumnIsCovered(t *testing.T) {
	t.Parallel()
	j, c := tampered(t)
	restore := keep(t, c)
	do(t, c, `alter table journal.entry drop constraint entry_kind_check`)
	do(t, c, `alter table journal.request drop constraint request_check`)
	names, types := columns(t, c, "journal.entry")
	if len(names) != 14 {
		t.Errorf("columns: %q", names)
	}
	for i, name := range names {
		for _, position := range []int64{1, 5, 12} {
			do(t, c, `update journal.entry set `+name+` = `+fmt.Sprintf(changes[types[i]], name)+` where position = $1`, position)
			err := j.Verify(t.Context(), county)
			if name == "county" && position == 12 { // nothing comes after it, but its request names it
				finds(t, "the last entry went elsewhere", err, 0, "r5")
			} else {
				finds(t, fmt.Sprintf("%s of entry %d", name, position), err, position, "")
			}
			restore()
		}
	}
	for _, table := range []string{"request", "also"} {
		names, types := columns(t, c, "journal."+table)
		for i, name := range names {
			do(t, c, `update journal.`+table+` set `+name+` = `+fmt.Sprintf(changes[types[i]], name)+` where ctid = (select min(ctid) from journal.`+table+`)`)
			if err := j.Verify(t.Context(), county); !errors.As(err, new(*journal.Corruption)) {
				t.Errorf("%s of %s: %v", name, table, err)
			}
			restore()
		}
	}
	sound(t, j)
}

func TestDeletedSwappedAndCutOff(t *testing.T) {
	t.Parallel()
	j, c := tampered(t)
	restore := keep(t, c)
	position, hash, err := j.Head(t.Context(), county)
	if err != nil || position != 12 {
		t.Fatal(position, err)
	}
	entries := all(t, j)
	mark := func(p int64) journal.Known { return journal.Known{Position: p, Hash: entries[p-1].Hash} }
	if err := j.Verify(t.Context(), county, mark(3), mark(12)); err != nil {
		t.Error(err)
	}
	for p := int64(1); p <= 12; p++ {
		do(t, c, `delete from journal.entry where position = $1`, p)
		if p == 12 {
			finds(t, "the last deleted", j.Verify(t.Context(), county), 0, "r5")
		} else {
			finds(t, "one deleted", j.Verify(t.Context(), county), p, "")
		}
		restore()
	}
	// Two entries change places, each keeping what it says.
	do(t, c, `delete from journal.entry where position in (4, 6)`)
	do(t, c, `
		insert into journal.entry (county, position, stream, version, type, id, request, actor, kind, recorded_at, data, accounts, prev, hash)
		select county, 10 - position, stream, version, type, id, request, actor, kind, recorded_at, data, accounts, prev, hash
		from public.entry where position in (4, 6)`)
	finds(t, "two swapped", j.Verify(t.Context(), county), 4, "")
	restore()
	// The end cut off, whole requests: inside nothing is wrong with what is left.
	do(t, c, `delete from journal.entry where position > 8`)
	do(t, c, `delete from journal.also where position > 8`)
	do(t, c, `delete from journal.request where first > 8`)
	if err := j.Verify(t.Context(), county); err != nil {
		t.Errorf("the control: a cut end cannot be seen from inside, and yet %v", err)
	}
	finds(t, "the end cut off", j.Verify(t.Context(), county, journal.Known{Position: position, Hash: hash}), 9, "")
	// And then written anew, soundly, to the same length.
	for i := range 2 {
		must(t, on(t, again(t, poolOf(t, c)), time.Now), request(fmt.Sprint("anew", i), 0, "task/a", fmt.Sprint("task/anew", i)))
	}
	if err := j.Verify(t.Context(), county); err != nil {
		t.Errorf("the control: a rewritten end cannot be seen from inside, and yet %v", err)
	}
	finds(t, "the end rewritten", j.Verify(t.Context(), county, mark(3), mark(12)), 12, "")
	finds(t, "the end rewritten", j.Verify(t.Context(), county, mark(9), mark(12)), 9, "")
}

func TestRewritingAllIsSeenFromOutside(t *testing.T) {
	t.Parallel()
	j, c := tampered(t)
	_, hash, err := j.Head(t.Context(), county)
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"entry", "also", "request"} {
		do(t, c, `truncate journal.`+table)
	}
	second := on(t, again(t, poolOf(t, c)), time.Now)
	for i := range 12 {
		must(t, second, request(fmt.Sprint("forged", i), 0, "task/forged"))
	}
	sound(t, second)
	finds(t, "all rewritten", j.Verify(t.Context(), county, journal.Known{Position: 12, Hash: hash}), 12, "")
}

// poolOf gives a pool to the database of a connection.
func poolOf(t *testing.T, c *pgx.Conn) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), c.Config().ConnString())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}
