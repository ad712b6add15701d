package book

import (
	"context"
	"sync"
)

// Place is a position that moves on, and that can be waited for.
type Place struct {
	mu    sync.Mutex
	at    int64
	moved chan struct{} // closed, and made anew, whenever at moves
}

// NewPlace gives one that is at a position.
func NewPlace(at int64) *Place { return &Place{at: at, moved: make(chan struct{})} }

// Move moves it, and tells who waits.
func (p *Place) Move(to int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.at = to
	close(p.moved)
	p.moved = make(chan struct{})
}

// At is where it is.
func (p *Place) At() int64 {
	at, _ := p.Moved()
	return at
}

// Moved is At with a channel that is closed once it has moved on.
func (p *Place) Moved() (at int64, moved <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.at, p.moved
}

// Passed waits until it has come to a position.
func (p *Place) Passed(ctx context.Context, position int64) error {
	for {
		at, moved := p.Moved()
		if at >= position {
			return nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
