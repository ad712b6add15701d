package serve

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"feisui/pkg/civil"
	"feisui/pkg/journal/memory"
	"feisui/schemas"
	"feisui/services/people/keep"
)

// Patterns lists the routes of a server.
func Patterns() []string {
	return (&Server{log: slog.New(slog.DiscardHandler)}).api().Patterns()
}

// Handler answers as a server that has no county.
func Handler() http.Handler {
	return (&Server{log: slog.New(slog.DiscardHandler), operatorKey: Key}).routes()
}

// Key is the operator's of that server.
const Key = "an operator's key that only tests know"

// Event is what goes out on the bus for an entry.
var Event = event

// CheckRights and Operations are what Open compares.
var CheckRights = checkRights

// Operations lists the routes of a server.
func Operations() []string {
	return (&Server{log: slog.New(slog.DiscardHandler)}).api().Operations()
}

// Listening is Handler as a server with some settings has it.
func Listening(c Config) (http.Handler, error) {
	s := &Server{log: slog.New(slog.DiscardHandler)}
	err := s.checkListening(c)
	return s.routes(), err
}

// FactorKey is the key by which a server on a database seals second factors; own says
// that the database is private.
func FactorKey(ctx context.Context, pool *pgxpool.Pool, own bool, c Config) (*keep.Key, error) {
	s := &Server{log: c.Log, pool: pool, targets: c.Targets}
	if own {
		s.postgres = &private{}
	}
	return s.factorKey(ctx, c)
}

// FactorKeyAlso is the other key by which a server opens second factors.
func FactorKeyAlso(ctx context.Context, c Config) (*keep.Key, error) {
	s := &Server{log: c.Log, targets: c.Targets}
	return s.factorKeyAlso(ctx, c)
}

// Beside is a county on which a test sees what its first closing waits for.
type Beside struct{ county *county }

// NewBeside is a county in which a day began.
func NewBeside(day civil.Date) (Beside, error) {
	p := &past{events: memory.New[schemas.Event]()}
	_, err := p.events.Append(uuid.New(), []schemas.Event{schemas.CountyDayBegan{Date: day}})
	return Beside{&county{past: p}}, err
}

// Enter, Guard and Fenced are as closed.go has them.
func (b Beside) Enter() (leave func()) { return b.county.enter() }

// Guard waits for who entered.
func (b Beside) Guard() { b.county.guard() }

// Fenced reports that an event is recorded only while nothing else is.
func (b Beside) Fenced(e schemas.Event) bool { return b.county.fenced([]schemas.Event{e}) }
