package journal

import (
	"context"
	"errors"
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
	doubt    func(*Unfit)
	volatile bool
	anyClock bool
	bulk     int
	decode   func(kind string, data []byte) (any, error)
}

// Bell is called after each batch that recorded something, with the last of its
// positions. It must not wait: the county's next batch does. It may miss some,
// as when another process appends.
func Bell(ring func(county string, position int64)) Option {
	return func(o *options) { o.bell = ring }
}

// Volatile takes a server that may lose what it confirmed, as tests use.
func Volatile() Option { return func(o *options) { o.volatile = true } }

// AnyClock takes a clock that is not the database's, as tests of other days use.
func AnyClock() Option { return func(o *options) { o.anyClock = true } }

// Bulk has requests of more than n events stored by COPY, as tests do that cannot
// afford the 5,000 from which it pays.
func Bulk(n int) Option { return func(o *options) { o.bulk = n } }

// Decoder is what all readers of this process have Made of an entry. Entries that are
// stored by COPY are decoded by it while PostgreSQL works, and readers find it done.
func Decoder(decode func(kind string, data []byte) (any, error)) Option {
	return func(o *options) { o.decode = decode }
}

// Doubts is called, while Open looks, with what is not as it should be and no
// reason to refuse.
func Doubts(tell func(*Unfit)) Option { return func(o *options) { o.doubt = tell } }

// Connect gives a pool whose every connection has the rights of Role. The login
// of the URL must be a member of it.
func Connect(ctx context.Context, url string) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	hurry(config.ConnConfig)
	config.PingTimeout = pingMax
	config.ShouldPing = func(_ context.Context, c pgxpool.ShouldPingParams) bool { return c.IdleDuration > idleMax }
	config.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		// Who holds a county's row and is not heard of any more holds it no longer.
		_, err := conn.Exec(ctx, `set role feisui_app; set idle_in_transaction_session_timeout = '1min'`)
		if denied := (*pgconn.PgError)(nil); errors.As(err, &denied) && denied.Code == "42501" {
			return &Unfit{
				"数据库登录账号不是 " + Role + " 的成员，请执行 grant " + Role + " to 该账号",
				"the login is no member of " + Role + ": grant it",
			}
		}
		if missing := (*pgconn.PgError)(nil); errors.As(err, &missing) && missing.Code == "22023" {
			return &Unfit{
				"数据库里没有角色 " + Role + "；恢复备份之前请先执行 create role " + Role,
				"there is no role " + Role + ": create it before a backup is restored, which grants it what it may do",
			}
		}
		if err != nil {
			return fmt.Errorf("become %s: %w", Role, err)
		}
		return nil
	}
	return pgxpool.NewWithConfig(ctx, config)
}

// How long a server may take to let somebody in, and to say that it is there.
// One that is half open takes for ever.
const (
	connectMax = 5 * time.Second
	pingMax    = 2 * time.Second

	// idleMax is after how long without use a connection is first asked whether it is
	// there. One that is used every second to look for news needs no second question.
	idleMax = 2 * time.Second
)

// hurry bounds connecting, unless the URL does.
func hurry(c *pgx.ConnConfig) {
	if c.ConnectTimeout == 0 {
		c.ConnectTimeout = connectMax
	}
}

// Open gives the journal of a database, and refuses one that would not keep its
// promises. ctx bounds the looking only. Nothing has to be closed: what was
// begun when the pool is closed has an unknown outcome.
func Open(ctx context.Context, pool Database, now func() time.Time, more ...Option) (*Journal, error) {
	o := options{bulk: batchEventsMax}
	for _, set := range more {
		set(&o)
	}
	j := &Journal{pool: pool, now: now, bell: o.bell, base: context.WithoutCancel(ctx), bulk: o.bulk, decode: o.decode, queues: map[string]*queue{}}
	ctx, cancel := context.WithTimeout(ctx, readMax)
	defer cancel()
	if err := j.checkRole(ctx); err != nil {
		return nil, err
	}
	if err := j.checkVersion(ctx); err != nil {
		return nil, err
	}
	if err := j.checkServer(ctx, &o); err != nil || o.anyClock {
		return j, err
	}
	return j, j.checkClock(ctx)
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
		return unruled(name)
	}
	for _, table := range []string{"journal.entry", "journal.also", "journal.request"} {
		var may, guarded bool
		err := j.pool.QueryRow(ctx, `
			select has_table_privilege($1, 'update') or has_table_privilege($1, 'delete') or has_table_privilege($1, 'truncate')
				or has_any_column_privilege($1, 'update') or pg_has_role(c.relowner, 'usage'),
				exists (select from pg_trigger t where t.tgrelid = c.oid and t.tgname = 'append_only' and t.tgenabled in ('O', 'A'))
			from pg_class c where c.oid = $1::text::regclass`, table).Scan(&may, &guarded)
		if err != nil {
			return fmt.Errorf("look at %s (was the database migrated?): %w", table, err)
		}
		if may {
			return changing(name, table)
		}
		if !guarded {
			return unguarded(table)
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
	if have > want {
		return newer(Tables.Name, have, want)
	}
	if have < want {
		return fmt.Errorf("the journal's tables are at step %d, and this program knows step %d", have, want)
	}
	return nil
}
