package serve

import (
	"log/slog"
	"net/http"
)

// Patterns lists the routes of a server.
func Patterns() []string {
	return (&Server{log: slog.New(slog.DiscardHandler)}).api().Patterns()
}

// Handler answers as a server that has no county.
func Handler() http.Handler {
	return (&Server{log: slog.New(slog.DiscardHandler)}).routes()
}

// Event is what goes out on the bus for an entry.
var Event = event
