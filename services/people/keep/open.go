// Package keep has the people of the counties in PostgreSQL, in a schema of its
// own: users, grants, sessions, tokens, and the audit log.
//
//   - What is asked for is decided by the rules of services/people, on what is read
//     in the transaction that writes; changes of one county come one after the other.
//   - Of a password there is an argon2id hash, of a session's or token's secret a
//     SHA-256, and nothing else; the secret of a second factor is sealed by a key
//     that is kept elsewhere.
//   - Rights are read at every request: what was revoked holds no more.
//   - A line of the audit log is never changed, and none is dropped.
package keep

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"feisui/pkg/journal"
	"feisui/services/people"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Tables is the people's own schema.
var Tables = journal.Schema{Name: "people", Files: sub(migrations, "migrations")}

func sub(files fs.FS, dir string) fs.FS {
	inner, err := fs.Sub(files, dir)
	if err != nil {
		panic(err) // the name is a constant
	}
	return inner
}

// Config says what people are kept on.
type Config struct {
	Pool journal.Database
	Now  func() time.Time
	Log  *slog.Logger

	// Public says that others than who sits at this machine reach it. Then no demo
	// account is let in: everybody knows its password.
	Public bool

	// Issuer signs people in elsewhere, in this process; "": nobody does. While a county
	// refuses the passwords of bound accounts, it is those that are bound to this one.
	Issuer string

	// FactorKey seals the secrets of second factors. Without it none is set up, and of
	// those that are sealed no code is taken, but recovery codes are.
	FactorKey *Key

	// FactorKeyAlso opens what another key sealed, and seals nothing: the key of before or
	// after this one, while it is changed. nil: there is none.
	FactorKeyAlso *Key

	CheapHashes bool // of passwords that keep nothing safe, as tests use
}

// People are the people of all counties of a database.
type People struct {
	Config
	Trail   *Log // the audit log
	hasher  hasher
	reading reading
}

// Open gives the people of a database, whose tables must be there. ctx bounds the
// looking only. It refuses a role that could change the audit log.
func Open(ctx context.Context, c Config) (*People, error) {
	if err := checkAudit(ctx, c.Pool); err != nil {
		return nil, err
	}
	return &People{
		Config: c, hasher: newHasher(c.CheapHashes), Trail: openLog(ctx, c),
		reading: reading{rows: map[taker]int64{}, over: map[taker]beyond{}},
	}, nil
}

// Close writes what is left of the audit log. It fails when that cannot be done.
func (p *People) Close() error { return p.Trail.Close() }

// checkAudit refuses an account that could change what was recorded.
func checkAudit(ctx context.Context, pool journal.Database) error {
	ctx, cancel := context.WithTimeout(ctx, askMax)
	defer cancel()
	var may, guarded bool
	err := pool.QueryRow(ctx, `
		select has_table_privilege('people.audit', 'update') or has_table_privilege('people.audit', 'delete')
			or has_table_privilege('people.audit', 'truncate') or has_any_column_privilege('people.audit', 'update')
			or pg_has_role(c.relowner, 'usage'),
			exists (select from pg_trigger t where t.tgrelid = c.oid and t.tgname = 'append_only' and t.tgenabled in ('O', 'A'))
		from pg_class c where c.oid = 'people.audit'::regclass`).Scan(&may, &guarded)
	switch {
	case err != nil:
		return fmt.Errorf("look at people.audit (was the database migrated?): %w", err)
	case may:
		return errors.New("the database account could change the audit log: services must connect as a member of " + journal.Role)
	case !guarded:
		return errors.New("the trigger that keeps people.audit append-only is gone or switched off")
	}
	return nil
}

// askMax bounds what is asked of the database: a connection that is half open
// never tells.
const askMax = 10 * time.Second

// moment is now, as rules take it.
func (p *People) moment() people.Moment { return people.Moment(p.Now().Unix()) }

// at is a moment as PostgreSQL takes it.
func at(m people.Moment) time.Time { return time.Unix(int64(m), 0) }

// asking bounds a question, of which nobody waits for the rest.
func asking(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, askMax)
}

// within runs what changes people in a transaction. What was begun is not broken
// off because a client hung up.
func (p *People) within(ctx context.Context, do func(context.Context, pgx.Tx) error) error {
	ctx, cancel := asking(context.WithoutCancel(ctx))
	defer cancel()
	return pgx.BeginTxFunc(ctx, p.Pool, pgx.TxOptions{}, func(tx pgx.Tx) error { return do(ctx, tx) })
}

// querier is a pool or a transaction.
type querier interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}
