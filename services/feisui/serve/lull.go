package serve

import (
	"context"
	"sync"
	"time"
)

// standBackMax bounds how long work that nobody waits for stands back at a time:
// it goes on, if slowly, while one workbook comes after the other.
const standBackMax = 2 * time.Second

// lull has large work that nobody waits for (copying an import to the bus, its
// rows, its flags, its cases) stand back while somebody waits for a workbook to be
// recorded and counted. Both would only take the processors from each other, and
// the statement is what is waited for.
type lull struct {
	mu      sync.Mutex
	waited  int           // workbooks that are on their way
	nothing chan struct{} // closed when there are none any more
}

// begin says that somebody waits; the function it gives, that they do no more.
func (l *lull) begin() (end func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.waited++; l.waited == 1 {
		l.nothing = make(chan struct{})
	}
	return l.end
}

func (l *lull) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.waited--; l.waited == 0 {
		close(l.nothing)
	}
}

// standBack returns when nobody waits, or when it has been long enough.
func (l *lull) standBack(ctx context.Context) {
	l.mu.Lock()
	waited, nothing := l.waited, l.nothing
	l.mu.Unlock()
	if waited == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, standBackMax)
	defer cancel()
	select {
	case <-nothing:
	case <-ctx.Done():
	}
}
