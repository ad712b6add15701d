package local

import (
	"fmt"
	"log/slog"
	"sync"
)

// natsLog passes on what the server says, and keeps the first thing that ends
// it: the server itself tells only its log.
type natsLog struct {
	log   *slog.Logger
	mu    sync.Mutex
	first error
}

func (l *natsLog) fatal() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.first
}

// Noticef says what is usual.
func (l *natsLog) Noticef(format string, v ...any) { l.log.Debug("NATS", says(format, v)) }

// Warnf says what the server can live with.
func (l *natsLog) Warnf(format string, v ...any) { l.log.Warn("NATS", says(format, v)) }

// Errorf says what went wrong for somebody.
func (l *natsLog) Errorf(format string, v ...any) { l.log.Error("NATS", says(format, v)) }

// Fatalf says what the server cannot live with.
func (l *natsLog) Fatalf(format string, v ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.first == nil {
		l.first = fmt.Errorf(format, v...)
	}
	l.log.Error("NATS", says(format, v))
}

// Debugf is never asked for.
func (l *natsLog) Debugf(string, ...any) {}

// Tracef is never asked for.
func (l *natsLog) Tracef(string, ...any) {}

func says(format string, v []any) slog.Attr { return slog.String("says", fmt.Sprintf(format, v...)) }
