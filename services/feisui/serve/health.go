package serve

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"feisui/pkg/web"
)

// Part is the state of one part of the server.
type Part struct {
	Name     string `json:"name" example:"ledger/county"`
	OK       bool   `json:"ok"`
	Position int64  `json:"position,omitempty" doc:"已到第几条记录 (how far it has come in the journal)"`
	Behind   int64  `json:"behind,omitempty" doc:"落后几条 (how many entries it is behind)"`
	Error    string `json:"error,omitempty"`
}

// Readiness is the state of the server.
type Readiness struct {
	Ready bool   `json:"ready" doc:"可以登记和出数 (facts can be recorded and figures asked for)"`
	Parts []Part `json:"parts"`
}

// Health says that the process answers.
type Health struct {
	OK bool `json:"ok"`
}

type healthOut struct{ Body Health }

type readinessOut struct {
	Status int
	Body   Readiness
}

func (s *Server) routeHealth(api *web.API) {
	web.Register(api, huma.Operation{
		OperationID: "healthz", Method: http.MethodGet, Path: "/healthz", Tags: []string{"system"},
		Summary: "进程是否应答 (the process answers)",
	}, nil, func(context.Context, *struct{}) (*healthOut, error) {
		return &healthOut{Health{OK: true}}, nil
	})
	web.Register(api, huma.Operation{
		OperationID: "readyz", Method: http.MethodGet, Path: "/readyz", Tags: []string{"system"},
		Summary: "各部分是否就绪 (how each part is)",
		Responses: map[string]*huma.Response{"503": {
			Description: "不能登记或出数", Content: map[string]*huma.MediaType{"application/json": {Schema: api.SchemaOf(Readiness{})}},
		}},
	}, nil, s.readyz)
}

// readyz tells the truth part by part: 200 when figures can be asked for and
// facts recorded, else 503. A bus that is behind or away heals by itself and
// keeps nobody from working.
func (s *Server) readyz(ctx context.Context, _ *struct{}) (*readinessOut, error) {
	parts := []Part{{Name: "postgres", OK: true}, {Name: "nats", OK: s.conn.IsConnected()}}
	if err := s.pool.Ping(ctx); err != nil {
		parts[0].OK, parts[0].Error = false, "the database does not answer"
		s.log.WarnContext(ctx, "the database does not answer", slog.Any("error", err))
	}
	ready := parts[0].OK
	for county, l := range s.counties {
		part := s.ledgerPart(ctx, county, l)
		ready = ready && part.OK
		parts = append(parts, part, s.busPart(ctx, county, part.Position+part.Behind))
	}
	out := &readinessOut{http.StatusOK, Readiness{ready, parts}}
	if !ready {
		out.Status = http.StatusServiceUnavailable
	}
	return out, nil
}

func (s *Server) ledgerPart(ctx context.Context, county string, l *live) Part {
	p := Part{Name: "ledger/" + county, OK: true}
	l.mu.RLock()
	p.Position = l.position
	if l.blocked != nil {
		p.OK, p.Error = false, l.blocked.Error()
	}
	l.mu.RUnlock()
	if head, _, err := s.journal.Head(ctx, county); err == nil {
		p.Behind = max(0, head-p.Position)
	} else {
		p.OK, p.Error = false, "the journal cannot be read"
	}
	return p
}

func (s *Server) busPart(ctx context.Context, county string, head int64) Part {
	p := Part{Name: "relay/" + county}
	tail, err := s.bus.Tail(ctx, county)
	if err != nil {
		p.Error = "the bus does not answer"
		return p
	}
	p.Position, p.Behind = tail.Position, max(0, head-tail.Position)
	p.OK = true
	return p
}
