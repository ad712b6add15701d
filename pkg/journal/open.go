package journal

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Role is what every service is to the database: it may add to the journal, and
// change nothing in it.
const Role = "feisui_app"

// Database is what the journal, and whoever keeps a book beside it, asks of a
// pool of connections. The simulation has one in memory.
type Database interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	BeginTx(ctx context.Context, options pgx.TxOptions) (pgx.Tx, error)
}

// Option is something that Open does not do by itself.
type Option func(*options)

type options struct {
	bell     func(county string, position int64)
	volatile bool
}

// Bell is called after each batch that recorded something, with the last of its
// positions. It must not wait: the county's next batch does. It may miss some,
// as when another process appends.
func Bell(ring func(county string, position int64)) Option {
	return func(o *options) { o.bell = ring }
}

// Volatile takes a server that may lose what it confirmed, as tests use.
func Volatile() Option { return func(o *options) { o.volatile = true } }

// Connect gives a pool whose every connection has the rights of Role. The login
// of the URL must be a member of it.
func Connect(ctx context.Context, url string) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	config.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		if _, err := conn.Exec(ctx, `set role feisui_app`); err != nil {
			return fmt.Errorf("become %s: %w", Role, err)
		}
		return nil
	}
	return pgxpool.NewWithConfig(ctx, config)
}

// Open gives the journal of a database, and refuses one that would not keep its
// promises. ctx bounds the looking only. Nothing has to be closed: what was
// begun when the pool is closed has an unknown outcome.
func Open(ctx context.Context, pool Database, now func() time.Time, more ...Option) (*Journal, error) {
	var o options
	for _, set := range more {
		set(&o)
	}
	j := &Journal{pool: pool, now: now, bell: o.bell, base: context.WithoutCancel(ctx), queues: map[string]*queue{}}
	if err := j.checkRole(ctx); err != nil {
		return nil, err
	}
	if err := j.checkVersion(ctx); err != nil {
		return nil, err
	}
	return j, j.checkServer(ctx, o.volatile)
}

// checkRole refuses an account that could change what was recorded.
func (j *Journal) checkRole(ctx context.Context) error {
	var name string
	var above bool
	err := j.pool.QueryRow(ctx, `select rolname, rolsuper or rolbypassrls from pg_roles where rolname = current_user`).Scan(&name, &above)
	switch {
	case err != nil:
		return err
	case above:
		return fmt.Errorf("the journal is open to a role above all rules, %s: connect with journal.Connect", name)
	}
	for _, table := range []string{"journal.entry", "journal.also", "journal.request"} {
		var may bool
		err := j.pool.QueryRow(ctx, `
			select has_table_privilege($1, 'update') or has_table_privilege($1, 'delete') or has_table_privilege($1, 'truncate')
				or has_any_column_privilege($1, 'update') or pg_has_role(c.relowner, 'usage')
			from pg_class c where c.oid = $1::text::regclass`, table).Scan(&may)
		if err != nil {
			return fmt.Errorf("look at %s (was the database migrated?): %w", table, err)
		}
		if may {
			return fmt.Errorf("%s could change %s: connect with journal.Connect", name, table)
		}
	}
	return nil
}

// checkVersion refuses tables that are older or newer than this program.
func (j *Journal) checkVersion(ctx context.Context) error {
	want, err := Tables.latest()
	if err != nil {
		return err
	}
	var have int64
	if err := j.pool.QueryRow(ctx, `select max(version_id) from journal.migration where is_applied`).Scan(&have); err != nil {
		return err
	}
	if have != want {
		return fmt.Errorf("the journal's tables are at step %d, and this program knows step %d", have, want)
	}
	return nil
}

// checkServer refuses one that confirms what it may lose, or that is a copy.
func (j *Journal) checkServer(ctx context.Context, volatile bool) error {
	var fsync, pages, commit string
	var recovering bool
	err := j.pool.QueryRow(ctx, `
		select current_setting('fsync'), current_setting('full_page_writes'), current_setting('synchronous_commit'), pg_is_in_recovery()`).
		Scan(&fsync, &pages, &commit, &recovering)
	switch {
	case err != nil:
		return err
	case recovering:
		return fmt.Errorf("the database is a standby: it takes no entries")
	case volatile:
		return nil
	case fsync != "on" || pages != "on":
		return fmt.Errorf("the database may lose what it confirmed: fsync is %s, full_page_writes is %s", fsync, pages)
	case commit != "on" && commit != "remote_apply":
		return fmt.Errorf("the database may lose what it confirmed: synchronous_commit is %s", commit)
	}
	return nil
}
