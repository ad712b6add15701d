// Package intake keeps workbooks that were prepared and not yet recorded, in
// PostgreSQL, in a schema of its own.
//
//   - What is kept is what was seen: the files as they came, each with its SHA-256,
//     which is looked at again when they are read.
//   - What became of a workbook the journal says, where one request of its own records
//     it or ends it. The state here is what was last heard of that.
//   - What is read is within the scope of who asks, and behind that is a fence of
//     PostgreSQL's: migrations/00002_fence.sql.
//   - How much a county keeps is bounded. Files go when a workbook is decided or has
//     expired; that there was one, and whose, stays.
package intake

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"feisui/pkg/access"
	"feisui/pkg/journal"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Tables is the schema.
var Tables = journal.Schema{Name: "intake", Files: sub(migrations, "migrations")}

func sub(files fs.FS, dir string) fs.FS {
	inner, err := fs.Sub(files, dir)
	if err != nil {
		panic(err) // the name is a constant
	}
	return inner
}

// The bounds of what is kept.
const (
	SizeMax    = 32 << 20           // bytes of one workbook's files; the table has it too
	WaitingMax = 20                 // workbooks of a county that wait
	keptMax    = 256 << 20          // bytes of those together
	decidedMax = 20                 // that are listed of those that no longer wait
	WaitsFor   = 7 * 24 * time.Hour // until a workbook expires
	grace      = 2 * time.Hour      // after that until its files go: longer than any confirming takes
	aloneFor   = 24 * time.Hour     // over which rows without a second person are added up
)

// askMax bounds what is asked of the database; moving a workbook takes longer.
const (
	askMax  = 10 * time.Second
	moveMax = time.Minute
)

// State is what became of a workbook.
type State string

// The states.
const (
	Waiting   State = "waiting"
	Confirmed State = "confirmed"
	Withdrawn State = "withdrawn" // by who prepared it
	Refused   State = "refused"   // by a second person
	Expired   State = "expired"
)

// Why a workbook is not kept, or not given.
var (
	ErrUnknown = errors.New("no such workbook")
	ErrReused  = errors.New("the request id was used for another workbook")
	ErrFull    = errors.New("too many workbooks wait")
	ErrChanged = errors.New("what is kept is not what was prepared")
)

// File is a file as it came.
type File struct {
	Name    string
	Size    int
	Digest  [32]byte
	Content []byte // nil where it is not asked for, or no longer kept
}

// Workbook is what somebody prepared.
type Workbook struct {
	County, ID string
	Digest     [32]byte
	Reason     string
	Preview    json.RawMessage
	Files      []File
	PreparedBy string // a principal
	Preparer   string // the person behind it; the principal where there is none
	PreparedAt time.Time
	ExpiresAt  time.Time
	State      State
	Tried      bool // somebody began to end it: the journal knows whether it was done
	DecidedBy  string
	DecidedAt  time.Time
	Why        string
}

// DigestOf is that of some files together: of their names and contents.
func DigestOf(files []File) [32]byte {
	h := sha256.New()
	for _, f := range files {
		fmt.Fprintf(h, "%d:%s\n", len(f.Name), f.Name)
		h.Write(f.Digest[:])
	}
	return [32]byte(h.Sum(nil))
}

// Size is that of its files together.
func (w *Workbook) Size() (n int) {
	for _, f := range w.Files {
		n += f.Size
	}
	return n
}

// Over reports that nobody may confirm it any more.
func (w *Workbook) Over(now time.Time) bool { return w.State == Expired || now.After(w.ExpiresAt) }

// Store keeps workbooks.
type Store struct {
	Pool journal.Database
	Now  func() time.Time
}

// within runs a transaction in which nobody else changes what a county keeps.
func (s *Store) within(ctx context.Context, county string, do func(context.Context, pgx.Tx) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), moveMax)
	defer cancel()
	return pgx.BeginTxFunc(ctx, s.Pool, pgx.TxOptions{}, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtext('intake'), hashtext($1))`, county); err != nil {
			return err
		}
		return do(ctx, tx)
	})
}

// reading runs a transaction that sees what of a county is within the scope of who asks, and
// changes nothing. Without a scope in ctx it sees nothing.
func (s *Store) reading(ctx context.Context, county string, most time.Duration, do func(context.Context, pgx.Tx) error) error {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	said, err := json.Marshal(map[string]any{"county": county, "all": access.Within(ctx).All})
	if err != nil {
		return err
	}
	return pgx.BeginTxFunc(ctx, s.Pool, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `select set_config('role', 'feisui_reader', true), set_config('feisui.scope', $1, true)`, string(said)); err != nil {
			return err
		}
		return do(ctx, tx)
	})
}

// Keep keeps a workbook until WaitsFor is over. The same id again keeps nothing more.
func (s *Store) Keep(ctx context.Context, w *Workbook) error {
	return s.within(ctx, w.County, func(ctx context.Context, tx pgx.Tx) error {
		was, err := find(ctx, tx, w.County, w.ID)
		switch {
		case err == nil && (was.Digest != w.Digest || was.Reason != w.Reason):
			return ErrReused
		case err == nil:
			return nil
		case !errors.Is(err, ErrUnknown):
			return err
		}
		if err := s.expire(ctx, tx, w.County); err != nil {
			return err
		}
		var waiting, size int
		err = tx.QueryRow(ctx, `select count(*), coalesce(sum(size), 0)::bigint from intake.workbook where county = $1 and state = 'waiting'`, w.County).
			Scan(&waiting, &size)
		switch {
		case err != nil:
			return err
		case waiting >= WaitingMax || size+w.Size() > keptMax:
			return ErrFull
		}
		now := s.Now()
		_, err = tx.Exec(ctx, `
			insert into intake.workbook (county, id, digest, reason, preview, size, prepared_by, preparer, prepared_at, expires_at)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			w.County, w.ID, w.Digest[:], w.Reason, string(w.Preview), w.Size(), w.PreparedBy, w.Preparer, now, now.Add(WaitsFor))
		for i := 0; err == nil && i < len(w.Files); i++ {
			f := &w.Files[i]
			_, err = tx.Exec(ctx, `insert into intake.file (county, workbook, n, name, size, digest, content) values ($1, $2, $3, $4, $5, $6, $7)`,
				w.County, w.ID, i+1, f.Name, f.Size, f.Digest[:], f.Content)
		}
		return err
	})
}

// expire lets go of what nobody may confirm any more.
func (s *Store) expire(ctx context.Context, tx pgx.Tx, county string) error {
	_, err := tx.Exec(ctx, `
		with over as (
			update intake.workbook set state = 'expired' where county = $1 and state = 'waiting' and expires_at < $2 returning id
		)
		update intake.file f set content = null from over where f.county = $1 and f.workbook = over.id`,
		county, s.Now().Add(-grace))
	return err
}

// columns are those of a workbook, in the order of fields.
const columns = `county, id, digest, reason, preview::text, prepared_by, preparer, prepared_at, expires_at, state, tried_at is not null, decided_by,
	coalesce(decided_at, 'epoch'), why`

func scan(row pgx.Row) (*Workbook, error) {
	w := &Workbook{}
	var digest []byte
	var preview string
	err := row.Scan(&w.County, &w.ID, &digest, &w.Reason, &preview, &w.PreparedBy, &w.Preparer, &w.PreparedAt, &w.ExpiresAt, &w.State, &w.Tried,
		&w.DecidedBy, &w.DecidedAt, &w.Why)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, ErrUnknown
	}
	if err != nil {
		return nil, err
	}
	w.Digest, w.Preview = [32]byte(digest), json.RawMessage(preview)
	return w, nil
}

// querier is a pool or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

func find(ctx context.Context, from querier, county, id string) (*Workbook, error) {
	w, err := scan(from.QueryRow(ctx, `select `+columns+` from intake.workbook where county = $1 and id = $2`, county, id))
	if err != nil {
		return nil, err
	}
	return w, files(ctx, from, county, w)
}

// files fills in which files workbooks have.
func files(ctx context.Context, from querier, county string, some ...*Workbook) error {
	of, ids := map[string]*Workbook{}, make([]string, 0, len(some))
	for _, w := range some {
		of[w.ID], ids = w, append(ids, w.ID)
	}
	rows, err := from.Query(ctx, `select workbook, name, size, digest from intake.file where county = $1 and workbook = any ($2) order by workbook, n`, county, ids)
	if err != nil {
		return err
	}
	var id string
	var f File
	var digest []byte
	_, err = pgx.ForEachRow(rows, []any{&id, &f.Name, &f.Size, &digest}, func() error {
		f.Digest = [32]byte(digest)
		of[id].Files = append(of[id].Files, f)
		return nil
	})
	return err
}

// Find gives a workbook, without what its files say. It fails with ErrUnknown.
func (s *Store) Find(ctx context.Context, county, id string) (w *Workbook, err error) {
	err = s.reading(ctx, county, askMax, func(ctx context.Context, tx pgx.Tx) (err error) {
		w, err = find(ctx, tx, county, id)
		return err
	})
	return w, err
}

// Open gives what the files of a workbook say. It fails with ErrChanged where that is
// not what was prepared, or no longer kept.
func (s *Store) Open(ctx context.Context, w *Workbook) (files []File, err error) {
	err = s.reading(ctx, w.County, moveMax, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select name, content from intake.file where county = $1 and workbook = $2 order by n`, w.County, w.ID)
		if err != nil {
			return err
		}
		files, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (f File, err error) {
			err = row.Scan(&f.Name, &f.Content)
			f.Size, f.Digest = len(f.Content), sha256.Sum256(f.Content)
			return f, err
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	if of := DigestOf(files); !bytes.Equal(of[:], w.Digest[:]) {
		return nil, ErrChanged
	}
	return files, nil
}

// List gives those that wait, the oldest first, and after them the last that no
// longer do, without what their files say. One that is over may still be among the first.
func (s *Store) List(ctx context.Context, county string) (waiting, decided []*Workbook, err error) {
	err = s.reading(ctx, county, askMax, func(ctx context.Context, tx pgx.Tx) error {
		one := func(row pgx.CollectableRow) (*Workbook, error) { return scan(row) }
		rows, err := tx.Query(ctx, `select `+columns+` from intake.workbook where county = $1 and state = 'waiting' order by prepared_at, id`, county)
		if err == nil {
			waiting, err = pgx.CollectRows(rows, one)
		}
		if err != nil {
			return err
		}
		rows, err = tx.Query(ctx, `select `+columns+` from intake.workbook where county = $1 and state <> 'waiting' order by prepared_at desc, id limit $2`,
			county, decidedMax)
		if err == nil {
			decided, err = pgx.CollectRows(rows, one)
		}
		if err == nil {
			err = files(ctx, tx, county, slices.Concat(waiting, decided)...)
		}
		return err
	})
	return waiting, decided, err
}

// Try notes that somebody begins to end a workbook.
func (s *Store) Try(ctx context.Context, w *Workbook) error {
	return s.within(ctx, w.County, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `update intake.workbook set tried_at = $3 where county = $1 and id = $2`, w.County, w.ID, s.Now())
		return err
	})
}

// End notes what the journal says became of a workbook, and lets go of its files.
func (s *Store) End(ctx context.Context, w *Workbook, state State, by, why string, at time.Time) error {
	return s.within(ctx, w.County, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `update intake.workbook set state = $3, decided_by = $4, why = $5, decided_at = $6 where county = $1 and id = $2`,
			w.County, w.ID, string(state), by, why, at)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `update intake.file set content = null where county = $1 and workbook = $2`, w.County, w.ID)
		return err
	})
}

// Entered reports that a person prepared a workbook with one of these files, this one
// or another, whatever became of it.
func (s *Store) Entered(ctx context.Context, w *Workbook, person string) (entered bool, err error) {
	err = s.reading(ctx, w.County, askMax, func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, `
		select exists (
			select from intake.file mine join intake.file its on its.county = mine.county and its.digest = mine.digest
			join intake.workbook w on w.county = mine.county and w.id = mine.workbook
			where its.county = $1 and its.workbook = $2 and w.preparer = $3
		)`, w.County, w.ID, person).Scan(&entered)
	})
	return entered, err
}

// Alone gives how many rows a person recorded without a second one in the last day,
// but for one request.
func (s *Store) Alone(ctx context.Context, county, person, but string) (n int, err error) {
	err = s.reading(ctx, county, askMax, func(ctx context.Context, tx pgx.Tx) (err error) {
		n, err = s.alone(ctx, tx, county, person, but)
		return err
	})
	return n, err
}

func (s *Store) alone(ctx context.Context, from querier, county, person, but string) (n int, err error) {
	err = from.QueryRow(ctx, `
		select coalesce(sum(news), 0)::bigint from intake.alone where county = $1 and person = $2 and at > $3 and request <> $4`,
		county, person, s.Now().Add(-aloneFor), but).Scan(&n)
	return n, err
}

// Spend notes that a person is about to record so many rows without a second one, and
// reports whether they may: whether no more than most come together in a day. What is
// noted and then not recorded counts all the same.
func (s *Store) Spend(ctx context.Context, county, person, request string, news, most int) (may bool, err error) {
	if news == 0 {
		return true, nil
	}
	err = s.within(ctx, county, func(ctx context.Context, tx pgx.Tx) error {
		before, err := s.alone(ctx, tx, county, person, request)
		if err != nil || before+news > most {
			return err
		}
		may = true
		_, err = tx.Exec(ctx, `
			insert into intake.alone (county, request, person, news, at) values ($1, $2, $3, $4, $5)
			on conflict (county, request) do update set person = excluded.person, news = excluded.news, at = excluded.at`, county, request, person, news, s.Now())
		return err
	})
	return may && err == nil, err
}
