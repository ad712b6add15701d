package serve

import (
	"context"
	"log/slog"
	"maps"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"
	"github.com/nats-io/nats.go"

	"feisui/pkg/access"
	"feisui/pkg/bus"
	"feisui/pkg/web"
	"feisui/services/ledger"
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
// facts recorded, else 503. A bus that is behind or away heals by itself, and an
// account that is blocked is one of many: neither keeps the others from working.
func (s *Server) readyz(ctx context.Context, _ *struct{}) (*readinessOut, error) {
	ctx, cancel := context.WithTimeout(ctx, readyMax)
	defer cancel()
	if s.far != nil {
		return s.readyApart(ctx), nil
	}
	postgres, broker := Part{Name: "postgres", OK: true}, Part{Name: "nats", OK: s.conn.IsConnected()}
	away := s.pool.Ping(ctx)
	if away != nil {
		postgres.OK, postgres.Error = false, "the database does not answer"
		s.log.WarnContext(ctx, "the database does not answer", slog.Any("error", away))
	}
	if !broker.OK {
		broker.Error = "the bus is away; facts are recorded all the same"
	}
	out := &readinessOut{http.StatusOK, Readiness{postgres.OK, []Part{postgres, broker}}}
	for _, name := range slices.Sorted(maps.Keys(s.counties)) {
		head, err := int64(0), away
		if away == nil {
			head, _, err = s.journal.Head(ctx, name)
		}
		out.Body.Ready = out.Body.Ready && err == nil
		parts := s.countyParts(s.counties[name], head, err)
		if !access.From(ctx).Holds(access.Operator, "") {
			withoutAccounts(parts)
		}
		out.Body.Parts = append(out.Body.Parts, parts...)
		if s.runs("relay") {
			out.Body.Parts = append(out.Body.Parts, s.busPart(ctx, name, head))
		}
	}
	if !out.Body.Ready {
		out.Status = http.StatusServiceUnavailable
	}
	return out, nil
}

// withoutAccounts keeps whose account is blocked from who does not run the machine.
func withoutAccounts(parts []Part) {
	for i := range parts {
		if parts[i].Error != "" {
			parts[i].Error = "something cannot be taken in"
		}
	}
}

// countyParts says how far a county's parts are, and what they cannot take.
func (s *Server) countyParts(c *county, head int64, err error) (parts []Part) {
	part := func(name string, at int64, blocked map[string]ledger.Block) {
		p := Part{Name: name + "/" + c.name, OK: err == nil && len(blocked) == 0, Position: at, Behind: max(0, head-at)}
		if err != nil {
			p.Error = "the journal cannot be read"
		}
		for _, account := range slices.Sorted(maps.Keys(blocked)) {
			p.Error = (&errBlocked{account, blocked[account]}).Error()
			break // the log has them all
		}
		parts = append(parts, p)
	}
	if c.past != nil {
		part("record", c.past.keeper.At(), c.past.blocks())
	}
	if c.ledger != nil {
		at, _ := c.ledger.Written()
		part("ledger", at, c.ledger.Blocked())
	}
	return parts
}

func (s *Server) busPart(ctx context.Context, county string, head int64) Part {
	p := Part{Name: "relay/" + county}
	tail, err := bus.Tail{}, nats.ErrDisconnected // rather than wait for it
	if s.conn.IsConnected() {
		tail, err = s.bus.Tail(ctx, county)
	}
	if err != nil {
		p.Error = "the bus does not answer"
		return p
	}
	p.Position, p.Behind = tail.Position, max(0, head-tail.Position)
	p.OK = true
	return p
}
