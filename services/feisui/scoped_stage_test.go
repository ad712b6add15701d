package main

import (
	"net/http"
	"strings"
	"testing"

	"feisui/pkg/access"
	"feisui/services/feisui/serve"
)

// inhabited is a stage with the county of the rights: what each role may see of it is
// known from who they are.
func inhabited(t *testing.T) *stage {
	t.Helper()
	s := opened(t, serve.Config{})
	s.contract = contractOf(t)
	mustRun(t, "import", rightsWorkbook(t), "--server", s.address, "--county", "county")
	return s
}

// businessAskers are those of the askers who have a part in the county's business.
func businessAskers() (all []asker) {
	for _, a := range askers() {
		switch a.grant.Role {
		case access.SystemAdmin, access.SecurityAdmin, access.AuditAdmin, access.Operator:
		default:
			all = append(all, a)
		}
	}
	return all
}

// shown is what testWho reads an asker from.
func (a asker) shown() string {
	return "person:" + a.name + " " + string(a.grant.Role) + "@" + a.grant.Scope
}

// ownOf says whether one of some organisations is an asker's, or below it.
func ownOf(a asker, organisations ...string) bool {
	for _, one := range organisations {
		if one != "" && within(a, "S", one) {
			return true
		}
	}
	return false
}

// get asks a question that must be answered.
func (s *stage) get(who, path string, into any) {
	s.t.Helper()
	a := s.ask(who, http.MethodGet, path, "", "")
	if a.status != http.StatusOK {
		s.t.Fatalf("%s for %s: %d %s", path, who, a.status, a.body)
	}
	a.into(s.t, into)
}

// refused asks a question that must be refused, and gives what is said.
func (s *stage) refused(who, path string, status int, code string) string {
	s.t.Helper()
	a := s.ask(who, http.MethodGet, path, "", "")
	p := a.problem(s.t)
	if a.status != status || p.Code != code || strings.TrimSpace(p.Title) == "" || strings.TrimSpace(p.Detail) == "" {
		s.t.Errorf("%s for %s: %d %s, want %d %s", path, who, a.status, a.body, status, code)
	}
	return p.Title + p.Detail
}
