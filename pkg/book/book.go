// Package book keeps what a service learns from a county's journal at the
// journal's end. A service gives the function that takes entries in; the keeper
// gives it every entry once, in order, none skipped.
//
// The journal is the truth and is what is read. The bus only says that there is
// news: a bell that is lost costs a second.
package book

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"time"

	"feisui/pkg/journal"
)

const (
	// look is how long news may wait when its bell was lost, and the pause after
	// an error.
	look = time.Second

	// pageMax is about how many entries are handed over at once: with so many, the
	// request of the last one is the last. What a service does once for all of them
	// should be worth its while when many are to come, and they should fit in memory.
	pageMax = 20_000
)

// Journal is what a book is made from: the entries of a county after a position,
// at most limit of them, in order.
type Journal interface {
	After(ctx context.Context, county string, position int64, limit int) iter.Seq2[journal.Entry, error]
}

// Take takes entries in, all of them or none: it is called again with the same
// ones after an error. Entries are never empty, and end where a request does, so
// no import is ever taken half; others read them too, so they are not changed. An
// error that wraps ErrBroken ends the keeper.
type Take func(ctx context.Context, entries []journal.Entry) error

// ErrBroken says that a book cannot be kept any more.
var ErrBroken = errors.New("the book cannot be kept")

// Keeper keeps one book of one county.
type Keeper struct {
	county  string
	from    Journal
	take    Take
	log     *slog.Logger
	pageMax int
	news    chan struct{}
	taking  chan struct{} // full while somebody takes entries in
	place   *Place
}

// New gives a keeper of a book that is at a position. A nil log says nothing.
func New(from Journal, county string, at int64, take Take, log *slog.Logger) *Keeper {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Keeper{
		county: county, from: from, take: take, pageMax: pageMax, log: log.With(slog.String("county", county)),
		news: make(chan struct{}, 1), taking: make(chan struct{}, 1), place: NewPlace(at),
	}
}

// Pages has about n entries handed over at once instead of what is worth while.
// It is called before anything else is.
func (k *Keeper) Pages(n int) { k.pageMax = n }

// Follow keeps the book at the journal's end until ctx ends, which is no error.
// bells may be nil, and may end. What goes wrong is logged and tried again a
// second later; only ErrBroken ends it.
func (k *Keeper) Follow(ctx context.Context, bells <-chan int64) error {
	tick := time.NewTicker(look)
	defer tick.Stop()
	failing := false
	for {
		err := k.CatchUp(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, ErrBroken):
			return err
		case err != nil && !failing:
			k.log.WarnContext(ctx, "a book is not kept; trying every second", slog.Any("error", err))
		case err == nil && failing:
			k.log.InfoContext(ctx, "the book is kept again")
		}
		if failing = err != nil; failing {
			tick.Reset(look) // a tick that came meanwhile would cut the pause short
		}
		if bells = k.wait(ctx, tick.C, bells, failing); ctx.Err() != nil {
			return nil
		}
	}
}

// wait returns when there may be news, with the bells that still ring. After a
// failure it waits its second out.
func (k *Keeper) wait(ctx context.Context, tick <-chan time.Time, bells <-chan int64, failing bool) <-chan int64 {
	heard, news := bells, k.news
	if failing {
		heard, news = nil, nil
	}
	for {
		select {
		case position, rung := <-heard:
			if !rung {
				return nil // the connection is closed: a look every second remains
			}
			if position <= k.At() {
				continue
			}
		case <-ctx.Done():
		case <-tick:
		case <-news:
		}
		k.heed(tick)
		return bells
	}
}

// heed takes what else says that there may be news: one look answers it all.
func (k *Keeper) heed(tick <-chan time.Time) {
	select {
	case <-k.news:
	default:
	}
	select {
	case <-tick:
	default:
	}
}

// News tells the keeper that there is something new, and does not wait.
func (k *Keeper) News() {
	select {
	case k.news <- struct{}{}:
	default: // it has been told
	}
}

// CatchUp takes in what follows the book's position, up to the journal's end.
func (k *Keeper) CatchUp(ctx context.Context) error {
	k.taking <- struct{}{}
	defer func() { <-k.taking }()
	for {
		n, err := k.page(ctx)
		if err != nil || n < k.pageMax {
			return err
		}
	}
}

// Still calls f while the book stands still, with its position.
func (k *Keeper) Still(f func(at int64) error) error {
	k.taking <- struct{}{}
	defer func() { <-k.taking }()
	return f(k.At())
}

// large is from how many entries on a batch is not copied: what comes with less of
// them is taken in with its neighbours.
const large = 1_000

// Handing is a Journal that has whole batches in memory. What it gives follows a
// position without a gap, ends where a request does, and is not to be changed; nil
// where it has nothing.
type Handing interface {
	Batch(county string, position int64) []journal.Entry
}

func (k *Keeper) page(ctx context.Context) (int, error) {
	at := k.At()
	if has, ok := k.from.(Handing); ok {
		if entries := has.Batch(k.county, at); len(entries) >= large {
			for i := range entries {
				if err := k.follows(&entries[i], at+int64(i)); err != nil {
					return 0, err
				}
			}
			return k.taken(ctx, entries)
		}
	}
	entries := make([]journal.Entry, 0, k.ahead(at))
	for e, err := range k.from.After(ctx, k.county, at, 0) {
		if err != nil {
			return 0, err
		}
		if n := len(entries); n >= k.pageMax && e.Request != entries[n-1].Request {
			break
		}
		if err := k.follows(&e, at); err != nil {
			return 0, err
		}
		at++
		entries = append(entries, e)
	}
	if len(entries) == 0 {
		return 0, nil
	}
	return k.taken(ctx, entries)
}

func (k *Keeper) follows(e *journal.Entry, at int64) error {
	if e.Position != at+1 {
		return fmt.Errorf("%w: position %d follows %d in the journal of %s", ErrBroken, e.Position, at, k.county)
	}
	return nil
}

func (k *Keeper) taken(ctx context.Context, entries []journal.Entry) (int, error) {
	if err := k.take(ctx, entries); err != nil {
		return 0, err
	}
	k.place.Move(entries[len(entries)-1].Position)
	return len(entries), nil
}

// Heading is a Journal that knows without asking where it ends, or ended a moment
// ago.
type Heading interface {
	Head(county string) int64
}

// ahead is about how many entries follow a position, 0 where that is not known: a
// page of an import is large, and should not be moved again and again as it grows.
func (k *Keeper) ahead(position int64) int64 {
	from, ok := k.from.(Heading)
	if !ok {
		return 0
	}
	return min(max(from.Head(k.county)-position, 0), 2*int64(k.pageMax))
}

// At is the position of the last entry that was taken in.
func (k *Keeper) At() int64 { return k.place.At() }

// Moved is At with a channel that is closed once the book has moved on.
func (k *Keeper) Moved() (at int64, moved <-chan struct{}) { return k.place.Moved() }

// Passed waits until the book has taken a position in.
func (k *Keeper) Passed(ctx context.Context, position int64) error {
	return k.place.Passed(ctx, position)
}
