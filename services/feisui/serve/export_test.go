package serve

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/jackc/pgx/v5/pgxpool"

	"feisui/pkg/journal"
	"feisui/services/feisui/record"
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

// RecordedBeside records what a source says as one request, and has something happen each
// time between its being decided and its being appended. still has it recorded only while
// nothing else is, as a row of one person.
func RecordedBeside(
	ctx context.Context, j *journal.Journal, of, request string, source record.Source, still bool, meanwhile func(context.Context) error,
) (Imported, error) {
	s := &Server{log: slog.New(slog.DiscardHandler), journal: j}
	past, err := openPast(ctx, j.Watch(), of, false, s.log)
	if err != nil {
		return Imported{}, err
	}
	return s.recorded(ctx, &county{name: of, journal: j, past: past}, recordable{
		request: request, actor: "finance", source: source, alone: still,
		may: func(ctx context.Context, _ *county, _ *record.Preview) error { return meanwhile(ctx) },
	})
}
