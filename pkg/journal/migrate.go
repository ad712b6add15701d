package journal

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib" // the driver that goose needs
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
	"github.com/pressly/goose/v3/lock"
)

// Schema is the tables of one package: a schema of the database, and the
// numbered steps that lead to its present form.
type Schema struct {
	Name  string
	Files fs.FS // 00001_….sql and so on, as goose reads them
}

//go:embed migrations/*.sql
var migrations embed.FS

// Tables is the journal's own schema.
var Tables = Schema{Name: "journal", Files: sub(migrations, "migrations")}

func sub(files fs.FS, dir string) fs.FS {
	inner, err := fs.Sub(files, dir)
	if err != nil {
		panic(err) // the name is a constant
	}
	return inner
}

// Migrate brings the journal's tables to their present form.
func Migrate(ctx context.Context, url string) error { return Tables.Migrate(ctx, url) }

// Migrate brings a schema to its present form, as whoever the URL connects as.
// Many processes may do so at once: one of them works, the others wait. A copy,
// and what a newer program has made, is refused as it is, see Unfit.
func (s Schema) Migrate(ctx context.Context, url string) error {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return err
	}
	hurry(config)
	if there, err := s.migrated(ctx, config); err != nil || there {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, migrateMax)
	defer cancel()
	db := stdlib.OpenDB(*config)
	defer db.Close()
	if err := s.fit(ctx, db); err != nil {
		return err
	}
	// The table of what was done lies in the schema, which must be there first.
	_, err = db.ExecContext(ctx, `create schema if not exists `+pgx.Identifier{s.Name}.Sanitize())
	if err != nil && !rivalry(err) {
		return fmt.Errorf("migrate %s: %w", s.Name, err)
	}
	p, err := s.provider(db)
	if err != nil {
		return fmt.Errorf("migrate %s: %w", s.Name, err)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate %s: %w", s.Name, err)
	}
	return nil
}

// migrateMax bounds the steps of a migration together, and the wait for another
// process that takes them.
const migrateMax = time.Hour

// migrated reports whether nothing is to be done, which is so at almost every
// start and needs no lock.
func (s Schema) migrated(ctx context.Context, config *pgx.ConnConfig) (bool, error) {
	want, err := s.latest()
	if err != nil {
		return false, err
	}
	ctx, cancel := context.WithTimeout(ctx, readMax)
	defer cancel()
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return false, fmt.Errorf("migrate %s: %w", s.Name, err)
	}
	defer conn.Close(context.WithoutCancel(ctx)) //nolint:errcheck // nothing was written
	var have int64
	err = conn.QueryRow(ctx, `select coalesce(max(version_id), 0) from `+pgx.Identifier{s.Name, "migration"}.Sanitize()+` where is_applied`).Scan(&have)
	if refused := (*pgconn.PgError)(nil); errors.As(err, &refused) && refused.Code[:2] == "42" { // nothing there yet, or not for us to read
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("migrate %s: %w", s.Name, err)
	}
	return have == want, nil
}

// rivalry says that somebody else has just made the same.
func rivalry(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && (e.Code == "23505" || e.Code == "42P06")
}

// dropped says that database/sql, over which goose works, has a connection no more. It
// has words of its own for that, in which nothing is left of what it was lost by.
func dropped(err error) bool {
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone)
}

func (s Schema) provider(db *sql.DB) (*goose.Provider, error) {
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300)) // a look a second, five minutes
	if err != nil {
		return nil, err
	}
	store, err := database.NewStore(database.DialectPostgres, s.Name+".migration")
	if err != nil {
		return nil, err
	}
	// No dialect: the store brings its own.
	return goose.NewProvider("", db, s.Files, goose.WithStore(store), goose.WithSessionLocker(locker), goose.WithDisableGlobalRegistry(true))
}

// latest is the number of a schema's last step.
func (s Schema) latest() (int64, error) {
	names, err := fs.Glob(s.Files, "*.sql")
	if err != nil {
		return 0, err
	}
	var last int64
	for _, name := range names {
		n, err := goose.NumericComponent(name)
		if err != nil {
			return 0, err
		}
		last = max(last, n)
	}
	return last, nil
}
