package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"feisui/pkg/journal"
	"feisui/pkg/journal/memory"
	"feisui/schemas"
	"feisui/services/feisui/record"
	"feisui/services/ledger"
)

// lookEvery is how often the journal is looked at when no bell rings.
const lookEvery = time.Second

// pageMax is how many entries one look takes.
const pageMax = 5000

// live is a county's book and its past, kept at the journal's end: the book to
// answer from, the past to decide on. It takes every entry once, in order: the
// next position is its own plus one, or it stops and says where.
type live struct {
	county  string
	journal *journal.Journal
	log     *slog.Logger
	reading sync.Mutex // held by who takes entries in

	mu       sync.RWMutex
	book     *ledger.Book
	past     *memory.Journal[schemas.Event]
	position int64
	blocked  error
	moved    chan struct{} // closed, and made anew, whenever position moves
}

func newLive(county string, j *journal.Journal, log *slog.Logger) *live {
	return &live{county: county, journal: j, log: log, book: ledger.NewBook(), past: memory.New[schemas.Event](), moved: make(chan struct{})}
}

// errBlocked says that the book cannot take an entry, and so must not answer.
var errBlocked = errors.New("the ledger is blocked")

// follow keeps the book at the journal's end until ctx ends. A bell says that
// there is news; a look every second is the fallback.
func (l *live) follow(ctx context.Context, bells <-chan int64) error {
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		switch err := l.catchUp(ctx); {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, errBlocked):
			return err
		case err != nil:
			l.log.WarnContext(ctx, "the journal could not be read; it is tried again", slog.String("county", l.county), slog.Any("error", err))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-bells:
		case <-look.C:
		}
	}
}

// catchUp takes in what follows the book's position.
func (l *live) catchUp(ctx context.Context) error {
	l.reading.Lock()
	defer l.reading.Unlock()
	for {
		taken, err := l.page(ctx)
		if err != nil || taken == 0 {
			return err
		}
	}
}

func (l *live) page(ctx context.Context) (taken int, err error) {
	for entry, err := range l.journal.After(ctx, l.county, l.at(), pageMax) {
		if err != nil {
			return taken, err
		}
		if err := l.take(entry); err != nil {
			return taken, err
		}
		taken++
	}
	return taken, nil
}

func (l *live) at() int64 {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.position
}

func (l *live) take(entry journal.Entry) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	event, err := apply(l.book, entry, l.position+1)
	if err == nil {
		_, err = l.past.Append(entry.ID, []schemas.Event{event})
	}
	if err != nil {
		l.blocked = fmt.Errorf("%w at position %d: %w", errBlocked, entry.Position, err)
		return l.blocked
	}
	l.position = entry.Position
	close(l.moved)
	l.moved = make(chan struct{})
	return nil
}

// apply takes one entry into a book that expects it next.
func apply(book *ledger.Book, entry journal.Entry, next int64) (schemas.Event, error) {
	if entry.Position != next {
		return nil, fmt.Errorf("expected position %d, and met %d", next, entry.Position)
	}
	event, err := schemas.Decode(entry.Type, entry.Data)
	if err != nil {
		return nil, err
	}
	return event, book.Apply(event)
}

// decide gives what a source adds to what is recorded, ready to be appended:
// each event with the version that it must get in its stream.
func (l *live) decide(source record.Source) (pending []journal.Pending, err error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.blocked != nil {
		return nil, l.blocked
	}
	events, err := record.Decide(source, l.past)
	if err != nil {
		return nil, err
	}
	pending = make([]journal.Pending, 0, len(events))
	next := map[string]int64{}
	for _, e := range events {
		data, err := json.Marshal(e)
		if err != nil {
			return nil, err
		}
		stream := e.Stream()
		if _, known := next[stream]; !known {
			next[stream] = int64(l.past.Version(stream))
		}
		next[stream]++
		pending = append(pending, journal.Pending{Stream: stream, Type: e.Type(), Version: next[stream], Data: data})
	}
	return pending, nil
}

// passed waits until the book has passed a position.
func (l *live) passed(ctx context.Context, position int64) error {
	for {
		l.mu.RLock()
		at, moved, blocked := l.position, l.moved, l.blocked
		l.mu.RUnlock()
		if at >= position || blocked != nil {
			return blocked
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// read gives the book to f, which must not keep it. It fails when the book is
// blocked: a balance that is not known is not shown.
func (l *live) read(f func(book *ledger.Book, position int64) error) error {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.blocked != nil {
		return l.blocked
	}
	return f(l.book, l.position)
}

// asKnown gives the book as it was at a position, folded anew from the journal.
func asKnown(ctx context.Context, j *journal.Journal, county string, position int64) (*ledger.Book, error) {
	book := ledger.NewBook()
	for at := int64(0); at < position; {
		before := at
		for entry, err := range j.After(ctx, county, at, pageMax) {
			if err != nil {
				return nil, err
			}
			if entry.Position > position {
				return book, nil
			}
			if _, err := apply(book, entry, at+1); err != nil {
				return nil, fmt.Errorf("position %d: %w", entry.Position, err)
			}
			at = entry.Position
		}
		if at == before {
			break
		}
	}
	return book, nil
}
