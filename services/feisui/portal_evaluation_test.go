package main

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"feisui/pkg/access"
)

// rates has a community rate a department from the page of the period, once, and
// everybody read what came of it, once the period is over.
func (s *portalStage) rates(t *testing.T) {
	const period = "/w/evaluation/i/PY-1"
	form := "/w/rating/new?" + url.Values{"period": {"PY-1"}, "department": {"D01"}}.Encode()
	community, head := s.as(access.CommunityOfficer), s.as(access.DepartmentHead)
	offered := func() (first, other bool) {
		links := community.get(period).links()
		return slices.Contains(links, form), slices.Contains(links, strings.Replace(form, "D01", "D02", 1))
	}
	if first, other := offered(); !first || other {
		t.Errorf("who rated D02 is offered to rate D01: %v, D02: %v", first, other)
	}
	if p := head.get(period); p.status != http.StatusOK || slices.ContainsFunc(p.links(), func(to string) bool { return strings.HasPrefix(to, "/w/rating") }) {
		t.Errorf("a department is offered to rate: %s", p)
	}
	filled := community.get(form).hidden("/w/rating/new")
	for name, value := range map[string]string{"t.period": "PY-1", "t.department": "D01", "i.fee": "5", "i.manner": "4", "i.support": "3"} {
		filled.Set(name, value)
	}
	if p := community.post("/w/rating/new", filled); p.status != http.StatusSeeOther {
		t.Fatalf("the form is not taken: %s", p)
	}
	if first, other := offered(); first || other {
		t.Errorf("who rated both is offered to rate D01: %v, D02: %v", first, other)
	}
	s.pass("2025-03-11")
	s.flow("evaluation").is("PY-1", "published")
	for _, role := range []access.Role{access.CommunityOfficer, access.DepartmentHead} { // who were last here days ago
		if said := s.as(role).get(period).words(); !strings.Contains(said, "评议结果") || !strings.Contains(said, "不公布分数") {
			t.Errorf("there are no results: %s", said)
		}
	}
}
