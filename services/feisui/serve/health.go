package serve

import (
	"log/slog"
	"net/http"
)

// Part is the state of one part of the server.
type Part struct {
	Name     string `json:"name"`
	OK       bool   `json:"ok"`
	Position int64  `json:"position,omitempty"` // how far it has come in the journal
	Behind   int64  `json:"behind,omitempty"`
	Error    string `json:"error,omitempty"`
}

// healthz says that the process answers.
func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) error {
	writeJSON(w, s.log, http.StatusOK, "application/json", map[string]bool{"ok": true})
	return nil
}

// readyz tells the truth part by part: 200 when figures can be asked for and
// facts recorded, else 503. A bus that is behind or away heals by itself and
// keeps nobody from working.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) error {
	parts := []Part{{Name: "postgres", OK: true}, {Name: "nats", OK: s.conn.IsConnected()}}
	if err := s.pool.Ping(r.Context()); err != nil {
		parts[0].OK, parts[0].Error = false, "the database does not answer"
		s.log.WarnContext(r.Context(), "the database does not answer", slog.Any("error", err))
	}
	ready := parts[0].OK
	for county, l := range s.counties {
		part := s.ledgerPart(r, county, l)
		ready = ready && part.OK
		parts = append(parts, part, s.busPart(r, county, part.Position+part.Behind))
	}
	status := http.StatusOK
	if !ready {
		status = http.StatusServiceUnavailable
	}
	writeJSON(w, s.log, status, "application/json", map[string]any{"ready": ready, "parts": parts})
	return nil
}

func (s *Server) ledgerPart(r *http.Request, county string, l *live) Part {
	p := Part{Name: "ledger/" + county, OK: true}
	l.mu.RLock()
	p.Position = l.position
	if l.blocked != nil {
		p.OK, p.Error = false, l.blocked.Error()
	}
	l.mu.RUnlock()
	if head, _, err := s.journal.Head(r.Context(), county); err == nil {
		p.Behind = max(0, head-p.Position)
	} else {
		p.OK, p.Error = false, "the journal cannot be read"
	}
	return p
}

func (s *Server) busPart(r *http.Request, county string, head int64) Part {
	p := Part{Name: "relay/" + county}
	tail, err := s.bus.Tail(r.Context(), county)
	if err != nil {
		p.Error = "the bus does not answer"
		return p
	}
	p.Position, p.Behind = tail.Position, max(0, head-tail.Position)
	p.OK = true
	return p
}
