package keep

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"feisui/pkg/book"
)

// The rows in the database follow the figures in memory: one transaction after the
// other, each with all that has gathered while the one before was on its way.

// gather is how long the ledger leaves rows alone after it wrote some. Under load a
// transaction then has many accounts, and one account's last rows alone; a list that
// waits for rows waits as much longer at most.
const gather = 10 * time.Millisecond

// keepRows writes rows until ctx ends, which is no error. What goes wrong is tried
// again a second later; only a book that is somebody else's ends it.
func (l *Ledger) keepRows(ctx context.Context) error {
	tick := time.NewTicker(again)
	defer tick.Stop()
	failing := false
	for {
		err := l.catchUp(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, book.ErrBroken):
			return err
		case err != nil && !failing:
			l.log.WarnContext(ctx, "the book is not written; trying every second", slog.Any("error", err))
		case err == nil && failing:
			l.log.InfoContext(ctx, "the book is written again")
		}
		dirty := l.dirty
		if failing = err != nil; failing {
			dirty = nil
			tick.Reset(again) // a tick that came meanwhile would cut the pause short
		}
		rest(ctx, gather)
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		case <-dirty:
		}
	}
}

// rest waits so long, or until ctx ends.
func rest(ctx context.Context, d time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	<-ctx.Done()
}

// catchUp writes until the rows are where the figures are.
func (l *Ledger) catchUp(ctx context.Context) error {
	for ctx.Err() == nil {
		if at, _ := l.Reached(); l.rows.At() >= at {
			return nil
		}
		if l.much() {
			l.standBack(ctx)
		}
		if err := l.flush(ctx); err != nil {
			return err
		}
	}
	return nil
}

// muchFrom is of how many accounts it is worth while to have something written
// later, if others need the processors.
const muchFrom = 50

func (l *Ledger) much() bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.waiting != nil && len(l.waiting.accounts) >= muchFrom
}

// flush writes what waits. When the book was rebuilt elsewhere it goes on from that.
func (l *Ledger) flush(ctx context.Context) error {
	return l.alone(func() error {
		err := l.write(ctx)
		for errors.Is(err, errReplaced) {
			l.log.InfoContext(ctx, "the book was rebuilt elsewhere; going on from it")
			if err = l.keeper.Still(func(at int64) error { return l.reopen(ctx, at) }); err == nil {
				err = l.write(ctx)
			}
		}
		return err
	})
}

// alone calls f while nobody else writes. Who also has the keeper stand still does
// so in f.
func (l *Ledger) alone(f func() error) error {
	l.writing <- struct{}{}
	defer func() { <-l.writing }()
	return f()
}

// still calls f while nothing is written or taken in, with the figures' position.
func (l *Ledger) still(f func(at int64) error) error {
	return l.alone(func() error { return l.keeper.Still(f) })
}

// write writes what waits, up to where the figures are once the book is held. It is
// called while nobody else writes.
func (l *Ledger) write(ctx context.Context) error {
	err := l.writeChanges(ctx, false)
	if errors.Is(err, errWhole) {
		err = l.writeChanges(ctx, true)
	}
	switch {
	case errors.Is(err, ErrOutdated):
		return fmt.Errorf("%w: %w of %s", book.ErrBroken, err, l.county)
	case err != nil:
		return fmt.Errorf("write the book: %w", err)
	}
	return nil
}

func (l *Ledger) writeChanges(ctx context.Context, whole bool) error {
	j, err := l.store.write(ctx, l.written.generation, whole, func() *judged { return l.lend(whole) })
	switch {
	case err == nil:
		l.mu.Lock()
		l.written = j.to
		l.mu.Unlock()
		l.rows.Move(j.to.position)
	case j != nil:
		l.giveBack(j)
	}
	return err
}

// lend takes what waits out of the figures, and says where they are; whole has it
// give every account besides.
func (l *Ledger) lend(whole bool) *judged {
	l.mu.Lock()
	defer l.mu.Unlock()
	j := l.waiting
	if j == nil {
		j = &judged{from: l.written.position, accounts: map[string]standings{}}
	}
	l.waiting = nil
	j.to = place{l.written.generation, l.current.Position(), l.hash, l.current.Day(), l.store.rules}
	j.kept = l.current.Kept()
	if whole {
		j.all = l.current.Standings()
	}
	return j
}

// giveBack has wait again what was not written, before what came meanwhile.
func (l *Ledger) giveBack(j *judged) {
	l.mu.Lock()
	defer l.mu.Unlock()
	j.all = nil
	if later := l.waiting; later != nil {
		for account, s := range later.accounts {
			j.add(account, s)
		}
	}
	l.waiting = j
}
