package keep

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/jackc/pgx/v5"

	"feisui/services/ledger"
)

// Rebuilt says what came of a rebuild.
type Rebuilt struct {
	Position    int64    // both books were at it
	Rows        int64    // of the new one
	Differences []string // none: they were equal, row by row
	Switched    bool     // the new one is live
	Unsound     []string // identities of the money that do not hold in the new one (L2)
}

// Rebuild makes the book anew from the journal beside the live one, compares the
// two row by row at the same position, and makes the new one live when they are
// equal, or anyway when accept says so (B2). The live one is kept current while
// the new one is made; it stands still for the comparison.
func (l *Ledger) Rebuild(ctx context.Context, accept bool) (r Rebuilt, err error) {
	return l.rebuild(ctx, func(differences []string) bool { return accept || len(differences) == 0 })
}

// Check is Rebuild as far as the comparison: nothing is changed.
func (l *Ledger) Check(ctx context.Context) (Rebuilt, error) {
	return l.rebuild(ctx, func([]string) bool { return false })
}

func (l *Ledger) rebuild(ctx context.Context, accept func(differences []string) bool) (r Rebuilt, err error) {
	fresh, hash, err := Fold(ctx, l.journal, l.county, l.At(), l.calendar)
	if err != nil {
		return r, err
	}
	err = l.still(func(at int64) error {
		if err := l.settle(ctx, at); err != nil {
			return err
		}
		for e, err := range l.journal.After(ctx, l.county, fresh.Position(), int(max(at-fresh.Position(), 0))) {
			if err != nil {
				return err
			}
			if e.Position > at {
				break
			}
			fresh.Take(entryOf(&e))
			hash = e.Hash
		}
		fresh.Judge()
		unsound := fresh.Audit()
		to := place{l.written.generation + 1, at, hash, fresh.Day(), l.store.rules}
		r, err = l.store.replace(ctx, l.written, to, fresh, accept)
		if r.Unsound = unsound; err != nil || !r.Switched {
			return err
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		l.figures, l.written = figures{fresh, hash, nil}, to
		return nil
	})
	l.log.InfoContext(ctx, "the book was rebuilt", slog.Int64("position", r.Position), slog.Int64("rows", r.Rows),
		slog.Bool("switched", r.Switched), slog.String("differences", strings.Join(r.Differences, "; ")), slog.Any("error", err))
	return r, err
}

// settle brings the live book to where this ledger is, if it is behind: it may
// have been restored, or made anew by somebody else, since it was last written.
func (l *Ledger) settle(ctx context.Context, at int64) error {
	err := l.write(ctx)
	if errors.Is(err, errReplaced) {
		if err := l.reopen(ctx, at); err != nil {
			return err
		}
		return fmt.Errorf("%w: try again", errReplaced)
	}
	return err
}

// replace writes a fresh generation, compares it with the live one, and makes it
// live. Unless it does, nothing has happened.
func (s *store) replace(ctx context.Context, live, to place, fresh *ledger.Current, accept func([]string) bool) (r Rebuilt, err error) {
	ctx, cancel := context.WithTimeout(ctx, fillMax) // meanwhile the ledger stands still
	defer cancel()
	tx, err := s.pool.BeginTx(ctx, pgx.TxOptions{})
	if err != nil {
		return r, err
	}
	defer tx.Rollback(ctx) //nolint:errcheck // after a commit there is nothing to roll back, and when ctx is over the connection is closed
	at, err := read(ctx, tx, `where county = $1 and generation = $2 and live for update`, s.county, live.generation)
	if errors.Is(err, pgx.ErrNoRows) {
		return r, fmt.Errorf("%w: try again", errReplaced)
	}
	if err != nil {
		return r, fmt.Errorf("the live book: %w", err)
	}
	if at.position != to.position {
		return r, fmt.Errorf("another ledger moved the live book to position %d while position %d was compared: try again", at.position, to.position)
	}
	b := &pgx.Batch{}
	b.Queue(`insert into ledger.book (county, generation, live, position, hash, rules) values ($1, $2, false, 0, $3, $4)`,
		s.county, to.generation, make([]byte, 32), s.rules)
	if err := s.fill(b, to.generation, fresh.Standings()); err != nil {
		return r, err
	}
	s.keptAside(b, to.generation, fresh.Kept(), 0)
	s.move(b, to)
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return r, err
	}
	r.Position = to.position
	if r.Differences, err = s.differences(ctx, tx, live.generation, to.generation); err != nil {
		return r, err
	}
	if at.hash != to.hash || at.day != to.day {
		r.Differences = append(r.Differences, fmt.Sprintf("ledger.book: the live one is at day %s, hash %x; the new one at day %s, hash %x",
			at.day, at.hash[:4], to.day, to.hash[:4]))
	}
	if r.Rows, err = s.count(ctx, tx, to.generation); err != nil {
		return r, err
	}
	if !accept(r.Differences) {
		return r, nil
	}
	r.Switched = true
	b = &pgx.Batch{}
	s.empty(b, live.generation)
	b.Queue(`delete from ledger.book where county = $1 and generation = $2`, s.county, live.generation)
	b.Queue(`update ledger.book set live = true where county = $1 and generation = $2`, s.county, to.generation)
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return Rebuilt{}, err
	}
	if err := tx.Commit(ctx); err != nil {
		return Rebuilt{}, fmt.Errorf("it is not known whether the new book is live: %w", err)
	}
	return r, nil
}

func (s *store) count(ctx context.Context, tx querier, generation int64) (rows int64, err error) {
	for _, t := range titles() {
		var n int64
		if err := tx.QueryRow(ctx, `select count(*) from ledger.`+t+` where county = $1 and generation = $2`, s.county, generation).Scan(&n); err != nil {
			return 0, err
		}
		rows += n
	}
	return rows, nil
}
