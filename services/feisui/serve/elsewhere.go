package serve

import (
	"context"
	"errors"
	"log/slog"
	"sync"

	"feisui/services/ledger/keep"
)

// elsewhere follows a ledger that runs in another process: it is told over NATS,
// and looks into the database in case that was lost.
type elsewhere struct {
	leaving <-chan struct{}

	mu      sync.Mutex
	at      int64
	moved   chan struct{}
	waiting int
}

func newElsewhere(leaving <-chan struct{}) *elsewhere {
	return &elsewhere{leaving: leaving, moved: make(chan struct{})}
}

// follow hears how far the ledger is until ctx ends.
func (e *elsewhere) follow(ctx context.Context, passes <-chan int64) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case at, rung := <-passes:
			if !rung {
				return nil
			}
			e.note(at)
		}
	}
}

func (e *elsewhere) note(at int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if at > e.at {
		e.at = at
		close(e.moved)
		e.moved = make(chan struct{})
	}
}

// lookAtBook looks every second how far the book is, while anybody waits for it.
func (s *Server) lookAtBook(ctx context.Context, c *county) error {
	return everyNowAndThen(ctx, func() <-chan struct{} {
		if !c.passed.awaited() {
			return nil
		}
		at, err := keep.At(ctx, s.pool, c.name)
		if err != nil {
			s.log.InfoContext(ctx, "it is not known how far the ledger is", slog.String("county", c.name), slog.Any("error", err))
			return nil
		}
		c.passed.note(at)
		return nil
	})
}

func (e *elsewhere) awaited() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.waiting > 0
}

// errUnpassed says that something is recorded and not in the figures yet.
var errUnpassed = errors.New("the ledger has not passed what was recorded")

// wait returns when the ledger has passed a position, or does not for long.
func (e *elsewhere) wait(ctx context.Context, position int64) error {
	e.await(1)
	defer e.await(-1)
	waiting, cancel := context.WithTimeout(ctx, passedMax)
	defer cancel()
	if err := e.until(waiting, position, e.leaving); !errors.Is(err, errLeaving) {
		return err
	}
	leaving, cancel := context.WithTimeout(ctx, farewellMax)
	defer cancel()
	return e.until(leaving, position, nil)
}

func (e *elsewhere) await(more int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.waiting += more
}

// errLeaving says that this process is about to end, and the ledger may be as well.
var errLeaving = errors.New("the server ends")

func (e *elsewhere) until(ctx context.Context, position int64, leaving <-chan struct{}) error {
	for {
		e.mu.Lock()
		at, moved := e.at, e.moved
		e.mu.Unlock()
		if at >= position {
			return nil
		}
		select {
		case <-moved:
		case <-leaving:
			return errLeaving
		case <-ctx.Done():
			return errUnpassed
		}
	}
}
