package keep

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"feisui/pkg/civil"
	"feisui/pkg/journal"
	"feisui/services/ledger"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Tables is the ledger's own schema.
var Tables = journal.Schema{Name: "ledger", Files: sub(migrations, "migrations")}

func sub(files fs.FS, dir string) fs.FS {
	inner, err := fs.Sub(files, dir)
	if err != nil {
		panic(err) // the name is a constant
	}
	return inner
}

// How long a transaction may take that changes accounts, one that writes them all,
// one that reads a page, and one that reads a whole list. A connection that is half open never tells.
const (
	changeMax = 10 * time.Second
	fillMax   = time.Hour
	readMax   = 10 * time.Second
	wholeMax  = 5 * time.Minute
)

// store is a county's book in PostgreSQL.
type store struct {
	pool   journal.Database
	county string
	rules  string
}

// place is where a generation of the book stands.
type place struct {
	generation int64
	position   int64
	hash       [32]byte
	day        civil.Date
	rules      string
}

// errReplaced says that another generation is live now.
var errReplaced = errors.New("the book was rebuilt by somebody else")

// live gives where the live generation stands, and makes the first one where
// there is none.
func (s *store) live(ctx context.Context) (place, error) {
	ctx, cancel := context.WithTimeout(ctx, changeMax)
	defer cancel()
	_, err := s.pool.Exec(ctx, `
		insert into ledger.book (county, generation, live, position, hash, rules) values ($1, 1, true, 0, $2, $3)
		on conflict do nothing`, s.county, make([]byte, 32), s.rules)
	if err != nil {
		return place{}, err
	}
	return read(ctx, s.pool, `where county = $1 and live`, s.county)
}

// querier is a pool or a transaction.
type querier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

func read(ctx context.Context, from querier, where string, args ...any) (p place, err error) {
	return placeOf(from.QueryRow(ctx, `select generation, position, hash, day::text, rules from ledger.book `+where, args...))
}

func placeOf(row pgx.Row) (p place, err error) {
	var hash []byte
	var day *string
	err = row.Scan(&p.generation, &p.position, &hash, &day, &p.rules)
	if err != nil {
		return p, err
	}
	p.hash = [32]byte(hash)
	if day != nil {
		p.day, err = civil.Parse(*day)
	}
	return p, err
}

// judged is what a pass changed, and where it leads.
type judged struct {
	from     int64 // where the book was when before was right
	to       place
	accounts map[string]standings
	kept     []ledger.Kept      // all that are kept aside
	all      []*ledger.Standing // of every account, where everything is to be written

	takesOver bool // from a ledger of other rules
}

// add takes up one account's way, after what it has of it.
func (j *judged) add(account string, s standings) {
	if earlier, known := j.accounts[account]; known {
		s.before = earlier.before
	}
	j.accounts[account] = s
}

// standings are an account's, before and after.
type standings struct{ before, after *ledger.Standing }

// errWhole says that changes are not enough.
var errWhole = errors.New("everything is to be written")

// write moves a generation on: its rows and its position change together or not
// at all (B1). Once the book is held it asks what is to be written, and gives that
// back too; nil when it did not come so far. When another ledger was faster, what it
// wrote is completed; when it wrote all of this already, nothing is done. When the
// book in the database is behind (it was restored) or begins, everything is to be
// written again, whatever stands there: it fails with errWhole unless it is given
// everything. It fails with ErrOutdated when the book is another edition's, unless
// what is to be written takes over from that.
func (s *store) write(ctx context.Context, generation int64, whole bool, what func() *judged) (j *judged, err error) {
	limit := changeMax
	if whole {
		limit = fillMax
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	err = pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{}, func(tx pgx.Tx) error {
		at, err := read(ctx, tx, `where county = $1 and generation = $2 and live for update`, s.county, generation)
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			return errReplaced
		case err != nil:
			return err
		}
		j = what()
		switch {
		case at.rules != s.rules && !j.takesOver:
			return ErrOutdated
		case at.position >= j.to.position && at.rules == s.rules:
			return nil
		}
		b := &pgx.Batch{}
		known := at.position // what is kept aside up to here is written
		switch {
		case at.position < j.from || at.position == 0 || at.rules != s.rules:
			if !whole {
				return errWhole
			}
			known = 0
			err = s.fill(b, j.to.generation, j.all)
		case at.position > j.from:
			err = s.rewrite(b, j)
		default:
			err = s.change(b, j)
		}
		if err != nil {
			return err
		}
		s.keptAside(b, j.to.generation, j.kept, known)
		// What is lost of a book in a crash is made again, so nobody waits for the disk.
		b.Queue(`set local synchronous_commit = off`)
		s.move(b, j.to)
		return tx.SendBatch(ctx, b).Close()
	})
	return j, err
}

// change writes the rows that differ.
func (s *store) change(b *pgx.Batch, j *judged) error {
	var c change
	for _, account := range sorted(j.accounts) {
		before, after := rowsOf(j.accounts[account].before), rowsOf(j.accounts[account].after)
		c.add(&before, &after)
	}
	return s.apply(b, j.to.generation, &c)
}

// rewrite writes whole accounts, whatever stands there.
func (s *store) rewrite(b *pgx.Batch, j *judged) error {
	names := sorted(j.accounts)
	for _, t := range tables {
		t.forget(b, s.county, j.to.generation, names)
	}
	var c change
	for _, account := range names {
		after := rowsOf(j.accounts[account].after)
		c.add(&rows{}, &after)
	}
	return s.apply(b, j.to.generation, &c)
}

// fill writes a whole generation, whatever stands there.
func (s *store) fill(b *pgx.Batch, generation int64, all []*ledger.Standing) error {
	s.empty(b, generation)
	var c change
	for _, standing := range all {
		after := rowsOf(standing)
		c.add(&rows{}, &after)
	}
	return s.apply(b, generation, &c)
}

// empty removes a generation's rows.
func (s *store) empty(b *pgx.Batch, generation int64) {
	for _, t := range tables {
		b.Queue(`delete from ledger.`+t.title()+` where county = $1 and generation = $2`, s.county, generation)
	}
	b.Queue(`delete from ledger.kept where county = $1 and generation = $2`, s.county, generation)
}

func (s *store) apply(b *pgx.Batch, generation int64, c *change) error {
	for _, t := range tables {
		if err := errors.Join(t.gone(b, s.county, generation, c), t.changed(b, s.county, generation, c), t.put(b, s.county, generation, c)); err != nil {
			return err
		}
	}
	return nil
}

// keptAside writes the entries that are kept aside after a position; there are
// few or none.
func (s *store) keptAside(b *pgx.Batch, generation int64, kept []ledger.Kept, after int64) {
	for _, k := range kept {
		if k.Position <= after {
			continue
		}
		for _, account := range orNone(k.Accounts) {
			b.Queue(`insert into ledger.kept (county, generation, position, account, reason) values ($1, $2, $3, $4, $5)
				on conflict do nothing`, s.county, generation, k.Position, account, strings.ReplaceAll(strings.ToValidUTF8(k.Reason, "?"), "\x00", "?"))
		}
	}
}

func orNone(accounts []string) []string {
	if len(accounts) == 0 {
		return []string{ledger.County}
	}
	return accounts
}

func (s *store) move(b *pgx.Batch, to place) {
	var day *string
	if to.day.Given() {
		text := to.day.String()
		day = &text
	}
	b.Queue(`update ledger.book set position = $3, hash = $4, day = $5::text::date, rules = $6 where county = $1 and generation = $2`,
		s.county, to.generation, to.position, to.hash[:], day, s.rules)
}

func sorted(accounts map[string]standings) []string {
	names := make([]string, 0, len(accounts))
	for name := range accounts {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// differences counts the rows in which two generations differ, by table, with an
// example of each.
func (s *store) differences(ctx context.Context, tx querier, a, b int64) (found []string, err error) {
	for _, t := range append(titles(), "kept") {
		var n int64
		var example *string
		err := tx.QueryRow(ctx, fmt.Sprintf(`
			with a as (select to_jsonb(t) - 'generation' as r from ledger.%[1]s t where county = $1 and generation = $2),
			     b as (select to_jsonb(t) - 'generation' as r from ledger.%[1]s t where county = $1 and generation = $3),
			     d as ((select '-' as side, r from a except all select '-', r from b) union all (select '+', r from b except all select '+', r from a))
			select count(*), min(side || ' ' || r::text) from d`, t), s.county, a, b).Scan(&n, &example)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			found = append(found, fmt.Sprintf("ledger.%s: %d rows, such as %s", t, n, *example))
		}
	}
	return found, nil
}

func titles() []string {
	all := make([]string, len(tables))
	for i, t := range tables {
		all[i] = t.title()
	}
	return all
}

// invalid reports that the server could not read a text as what it should be.
func invalid(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && (e.Code == "22P02" || e.Code == "22007" || e.Code == "22008" || e.Code == "22003" || e.Code == "22021")
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
