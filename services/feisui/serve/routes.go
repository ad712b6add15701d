package serve

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"feisui/pkg/bus"
	"feisui/pkg/journal"
)

// routes are all that HTTP answers.
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	for pattern, h := range map[string]handler{
		"POST /v1/counties/{county}/imports":  s.imports,
		"GET /v1/counties/{county}/statement": s.statement,
		"POST /v1/counties/{county}/{sheet}":  s.rows,
		"GET /healthz":                        s.healthz,
		"GET /readyz":                         s.readyz,
	} {
		mux.HandleFunc(pattern, answering(s.log, h))
	}
	return sameOrigin(mux)
}

// sameOrigin refuses what a page of another site would have a clerk's browser
// send. It is no substitute for accounts, which people do not have yet: whoever
// reaches the address may record.
func sameOrigin(next http.Handler) http.Handler {
	return http.NewCrossOriginProtection().Handler(next)
}

// county is the county that a path names.
func (s *Server) county(r *http.Request) (*live, error) {
	name := r.PathValue("county")
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.counties[name]
	if l == nil {
		return nil, refuse(http.StatusNotFound, "COUNTY_UNKNOWN", "没有这个县："+name, "no such county: "+name)
	}
	return l, nil
}

// event is an entry as it goes out on the bus: CloudEvents 1.0 in headers, the
// entry's bytes as they are.
func event(e journal.Entry) bus.Message {
	return bus.Message{
		Subject: bus.Subject(e.County, e.Type), Position: e.Position, ID: e.ID.String(), Data: e.Data,
		Header: map[string]string{
			"ce-specversion": "1.0", "ce-id": e.ID.String(), "ce-source": "/counties/" + e.County, "ce-type": e.Type,
			"ce-subject": e.Stream, "ce-time": e.RecordedAt.UTC().Format(time.RFC3339Nano), "content-type": "application/json",
			"ce-dataschema": "urn:feisui:event:" + e.Type, "ce-position": strconv.FormatInt(e.Position, 10),
			"ce-version": strconv.FormatInt(e.Version, 10), "ce-request": strings.ToValidUTF8(e.Request, "?"),
		},
	}
}
