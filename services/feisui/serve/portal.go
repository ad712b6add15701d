package serve

import (
	"log/slog"
	"net/http"
	"strings"

	"feisui/pkg/access"
	"feisui/services/people/api"
	"feisui/services/people/keep"
	"feisui/services/portal"
)

// routes are all that HTTP answers: the interface under /v1, how the process is, and
// for people the portal, which asks the interface as whoever looks.
func (s *Server) routes() http.Handler {
	if s.far != nil {
		return s.apart()
	}
	interfaces := s.api().Handler()
	if !s.runs("portal") {
		return interfaces
	}
	table, err := rights()
	if err != nil {
		s.log.Error("there is no portal", slog.Any("error", err)) // Open has refused to start
		return interfaces
	}
	pages := portal.New(portal.Options{API: interfaces, Rights: table, Log: s.log, Now: s.clock})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		programs := ofPrograms(r.URL.Path) || !pages.Has(r) && !strings.Contains(r.Header.Get("Accept"), "text/html")
		if programs || s.strange(r) != nil { // of a name that is not ours, the interface says so
			interfaces.ServeHTTP(w, r)
			return
		}
		pages.ServeHTTP(w, r)
	})
}

// ofPrograms reports that an address is the interface's rather than a page's.
func ofPrograms(path string) bool {
	return strings.HasPrefix(path, "/v1/") || path == "/v1" || path == "/healthz" || path == "/readyz"
}

// demoAccounts are those with which a newcomer looks at a sample county.
func (s *Server) demoAccounts() (demo api.Demo) {
	demo.Accounts = []api.DemoAccount{}
	s.mu.Lock()
	demo.Password = s.demoPassword
	s.mu.Unlock()
	if demo.Password == "" {
		return demo
	}
	for _, role := range access.Roles {
		if role != access.Operator {
			demo.Accounts = append(demo.Accounts, api.DemoAccount{User: keep.DemoName(role), Role: role})
		}
	}
	return demo
}
