package serve

import (
	"context"
	"sync"
	"time"
)

const (
	// standBackMax bounds how long work that nobody waits for stands back at a time:
	// it goes on, if slowly, while one workbook comes after the other.
	standBackMax = 2 * time.Second

	// nextMax is how soon the next of many workbooks comes: a pause that is shorter is
	// none, or all that stood back would begin in it.
	nextMax = 100 * time.Millisecond

	// turnEvery is how often one page of all that stands back in turns is done all the
	// same: a process with many counties has a hundred who do.
	turnEvery = time.Second
)

// lull has large work that nobody waits for (copying an import to the bus, its
// rows, its flags, its cases) stand back while somebody waits for a workbook to be
// recorded and counted. Both would only take the processors from each other, and
// the statement is what is waited for.
type lull struct {
	mu      sync.Mutex
	waited  int           // workbooks that are on their way
	nothing chan struct{} // closed when there are none any more; nil when there are none
	turns   chan struct{} // full since a page was done all the same, for turnEvery
}

// begin says that somebody waits; the function it gives, that they do no more. It
// waits for nothing itself, and what follows does not end with ctx.
func (l *lull) begin(ctx context.Context) (end func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.waited++; l.nothing == nil {
		l.nothing, l.turns = make(chan struct{}), make(chan struct{}, 1)
	}
	return func() { l.end(context.WithoutCancel(ctx)) }
}

func (l *lull) end(ctx context.Context) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.waited--; l.waited == 0 {
		later(ctx, nextMax, l.over)
	}
}

// later has f called after a while, unless ctx ends before: then at once.
func later(ctx context.Context, after time.Duration, f func()) {
	ctx, cancel := context.WithTimeout(ctx, after)
	go func() {
		defer cancel()
		<-ctx.Done()
		f()
	}()
}

func (l *lull) over() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.waited == 0 && l.nothing != nil {
		close(l.nothing)
		l.nothing = nil
	}
}

// standBack returns when nobody waits, or when it has been long enough.
func (l *lull) standBack(ctx context.Context) {
	l.mu.Lock()
	nothing := l.nothing
	l.mu.Unlock()
	if nothing == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, standBackMax)
	defer cancel()
	select {
	case <-nothing:
	case <-ctx.Done():
	}
}

// takeTurn returns when nobody waits, or when it is the caller's turn among all that
// stand back in turns: what no question waits for either.
func (l *lull) takeTurn(ctx context.Context) {
	l.mu.Lock()
	nothing, turns := l.nothing, l.turns
	l.mu.Unlock()
	if nothing == nil {
		return
	}
	select {
	case turns <- struct{}{}:
		later(ctx, turnEvery, func() { <-turns })
	case <-nothing:
	case <-ctx.Done():
	}
}
