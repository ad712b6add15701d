package serve

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"feisui/pkg/local"
)

// How often a PostgreSQL that ends by itself is started again. One whose disk is
// full ends at every start until there is room: with these pauses it is given a
// quarter of an hour.
const (
	restartsMax     = 100
	restartPauseMin = 250 * time.Millisecond
	restartPauseMax = 10 * time.Second
	steadyMin       = time.Minute // one that has run for so long has all its restarts before it again
)

// private is a PostgreSQL of this process. When it ends by itself it is started
// again, in the same place: who uses it connects anew.
type private struct {
	options local.PostgresOptions

	leave func()        // has nobody start it again any more
	gone  chan struct{} // closed when nobody does

	mu     sync.Mutex
	server *local.Postgres // which runs, or ran last
	ended  *local.Postgres // of which it was told that it ended by itself
	why    error           // why it is started again no more
}

func startPrivate(ctx context.Context, o local.PostgresOptions) (*private, error) {
	server, err := local.StartPostgres(ctx, o)
	if err != nil {
		return nil, err
	}
	return &private{options: o, server: server}, nil
}

func (p *private) running() *local.Postgres {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.server
}

func (p *private) url() string { return p.running().URL() }

// keep has the server run from now on until it is stopped. Whoever starts needs it as
// much as who serves.
func (p *private) keep(ctx context.Context) {
	ctx, leave := context.WithCancel(context.WithoutCancel(ctx))
	p.leave, p.gone = leave, make(chan struct{})
	go func() {
		defer close(p.gone)
		err := p.run(ctx)
		p.mu.Lock()
		defer p.mu.Unlock()
		p.why = err
	}()
}

// failure says why the server is started again no more, nil while it is.
func (p *private) failure() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.why
}

// lasts waits until ctx ends, which is no error, or the server is given up.
func (p *private) lasts(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case <-p.gone:
		return p.failure()
	}
}

// stop ends the server. How one ended that did so by itself was told then.
func (p *private) stop() error {
	if p.leave != nil {
		p.leave()
		<-p.gone
	}
	server := p.running()
	err := server.Stop()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended == server {
		return nil
	}
	return err
}

// buried gives the folder of a server free that ended by itself, and says how.
func (p *private) buried() error {
	server := p.running()
	how := server.Stop()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = server
	return how
}

// full reports that there is no room where it writes.
func (p *private) full() bool { return p.running().Full() }

// run keeps the server running until ctx ends, which is no error.
func (p *private) run(ctx context.Context) error {
	wait, ran := restartPauseMin, true
	for restarts := 0; ; restarts++ {
		steady, ended := p.outlives(ctx)
		if !ended {
			return nil
		}
		if steady {
			restarts, wait = 0, restartPauseMin
		}
		how := p.buried()
		if restarts == restartsMax {
			return fmt.Errorf("PostgreSQL 反复退出，请查看上面它最后说的话，如磁盘是否已满 (it ends again and again): %w", how)
		}
		if ran {
			p.options.Log.ErrorContext(ctx, "PostgreSQL ended by itself; it is started again", slog.Any("error", how))
		}
		pause(ctx, wait)
		wait = min(2*wait, restartPauseMax)
		ran = p.restart(ctx)
	}
}

// outlives waits until the server has ended, or ctx. It reports whether the server
// had run for a while, and whether it has ended.
func (p *private) outlives(ctx context.Context) (steady, ended bool) {
	while, cancel := context.WithTimeout(ctx, steadyMin)
	defer cancel()
	done := p.running().Done()
	select {
	case <-done:
		return false, ctx.Err() == nil
	case <-while.Done():
	}
	select {
	case <-done:
		return true, ctx.Err() == nil
	case <-ctx.Done():
		return true, false
	}
}

// restart reports whether the server runs again.
func (p *private) restart(ctx context.Context) bool {
	if ctx.Err() != nil {
		return false
	}
	server, err := local.StartPostgres(ctx, p.options)
	if err != nil {
		p.options.Log.WarnContext(ctx, "PostgreSQL does not start; trying again", slog.Any("error", err))
		return false
	}
	p.options.Log.InfoContext(ctx, "PostgreSQL runs again")
	p.mu.Lock()
	defer p.mu.Unlock()
	p.server = server
	return true
}

func pause(ctx context.Context, d time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	<-ctx.Done()
}
