package main

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"feisui/services/feisui/serve"
)

// TestCasesByTheirDeadline: pages of any size, put together, are the cases by their
// deadline; a state or a lamp chooses among them, and counts are of all of them.
func TestCasesByTheirDeadline(t *testing.T) {
	t.Parallel()
	s := played(t, serve.Config{})
	s.contract = contractOf(t)
	for i := range 4 {
		s.owed(fmt.Sprint("O", i), north)
		s.caseIs(feeOf(fmt.Sprint("O", i), "1"), "notified")
	}
	s.actCase(officeHead, feeOf("O2", "1"), "reply", `{"kind":"explain","text":"正在办理"}`)
	all := s.board(ofAuthority, "", 500)
	byNumber := serve.Lines{}
	s.get(ofAuthority, "/workflows/case/instances?limit=500", &byNumber)
	if len(all) != 4 || len(byNumber.Instances) != 4 || byNumber.Total != 0 || byNumber.Counts != nil {
		t.Fatalf("%d by deadline, %+v by number", len(all), byNumber)
	}
	states := map[string]int{}
	for i, one := range all {
		if i > 0 && one.Due != nil && all[i-1].Due != nil && one.Due.DueOn < all[i-1].Due.DueOn {
			t.Errorf("%s is due before %s", one.Instance, all[i-1].Instance)
		}
		if one.Lamp == "" || len(one.Flags) == 0 || one.Flags[0].Lamp != one.Lamp {
			t.Errorf("%+v", one)
		}
		states[one.State+" "+one.Lamp]++
	}
	for _, query := range []string{"", "&state=notified", "&state=replied", "&lamp=red", "&lamp=blue"} {
		wanted := s.board(ofAuthority, query, 500)
		for _, limit := range []int{1, 3} {
			if got := s.board(ofAuthority, query, limit); !slices.EqualFunc(got, wanted, func(a, b serve.Line) bool { return a.Instance == b.Instance }) {
				t.Errorf("%q by %d: %+v", query, limit, got)
			}
		}
		var page serve.Lines
		s.get(ofAuthority, "/workflows/case/instances?order=due&limit=1"+query, &page)
		counts := map[string]int{}
		for _, n := range page.Counts {
			counts[n.State+" "+n.Lamp] = n.Count
		}
		if !maps.Equal(counts, states) || page.Total != len(wanted) || !page.Day.Given() {
			t.Errorf("%q: counts %v, want %v; %d of %d on %v", query, counts, states, page.Total, len(wanted), page.Day)
		}
	}
	if n := len(s.board(ofAuthority, "&state=replied", 500)); n != 1 {
		t.Errorf("%d were answered", n)
	}
	s.refused(ofAuthority, "/workflows/case/instances?order=due&after=x", http.StatusUnprocessableEntity, "AFTER")
	s.refused(ofAuthority, "/workflows/case/instances?order=size", http.StatusUnprocessableEntity, "WORD")
	s.refused(ofAuthority, "/workflows/case/instances?lamp=green", http.StatusUnprocessableEntity, "WORD")
}

// board is the cases by their deadline, put together from pages of so many.
func (s *stage) board(who, query string, limit int) (all []serve.Line) {
	s.t.Helper()
	after := ""
	for {
		var page serve.Lines
		s.get(who, fmt.Sprintf("/workflows/case/instances?order=due&limit=%d%s&after=%s", limit, query, url.QueryEscape(after)), &page)
		if len(page.Instances) > limit {
			s.t.Fatalf("%d, and %d were asked for", len(page.Instances), limit)
		}
		all = append(all, page.Instances...)
		if page.Next == "" {
			return all
		}
		after = page.Next
	}
}
