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

// TestWhatWaitsComesInPages: pages of any size, put together, are the whole list, of
// one workflow too; counts are of all workflows whatever is asked for.
func TestWhatWaitsComesInPages(t *testing.T) {
	t.Parallel()
	s := played(t, serve.Config{})
	s.contract = contractOf(t)
	for i := range 5 {
		s.issue(fmt.Sprint("T", i), []string{north, south}[i%2])
	}
	for i := range 3 { // cases that the department has to answer, and tasks to be receipted
		s.owed(fmt.Sprint("O", i), north)
		s.caseIs(feeOf(fmt.Sprint("O", i), "1"), "notified")
	}
	s.rows("payments", `{"voucher":"V1","paid_on":"2025-03-03","payer":"D01","payee":"`+north+`","amount":"10"}`)
	for _, who := range []string{northOfficer, officeHead, ofAuthority} {
		all := s.todoPages(who, "", 500)
		counts := map[string]int{}
		for _, one := range all {
			counts[one.Workflow]++
		}
		for _, workflow := range append(slices.Collect(maps.Keys(counts)), "") {
			var want []string
			for _, one := range all {
				if workflow == "" || one.Workflow == workflow {
					want = append(want, one.Workflow+"/"+one.Instance)
				}
			}
			for _, limit := range []int{1, 2, 500} {
				var got []string
				for _, one := range s.todoPages(who, workflow, limit) {
					got = append(got, one.Workflow+"/"+one.Instance)
				}
				if !slices.Equal(got, want) {
					t.Errorf("%s, %q by %d: %q, want %q", who, workflow, limit, got, want)
				}
			}
		}
		var page serve.Todos
		s.get(who, "/todo?limit=1&workflow=rating", &page)
		said := map[string]int{}
		for _, n := range page.Workflows {
			said[n.Workflow] = n.Waiting
			if n.Title.Chinese == "" || n.Overdue > n.Waiting {
				t.Errorf("%+v", n)
			}
		}
		if !maps.Equal(said, counts) || page.Total != 0 || len(page.Todo) != 0 {
			t.Errorf("%s: counts %v, want %v; of another workflow %d", who, said, counts, page.Total)
		}
	}
	if all := s.todoPages(officeHead, "case", 500); len(all) != 3 {
		t.Errorf("%d cases wait, want 3", len(all))
	}
	s.refused(northOfficer, "/todo?workflow=nonsense", http.StatusNotFound, "WORKFLOW_UNKNOWN")
	for _, after := range []string{"x", "W10", "WyJ4IiwieSIsInoiXQ"} {
		s.refused(northOfficer, "/todo?after="+after, http.StatusUnprocessableEntity, "AFTER")
	}
}

// todoPages puts the pages of what waits for somebody together.
func (s *stage) todoPages(who, workflow string, limit int) (all []serve.Todo) {
	s.t.Helper()
	after := ""
	for range 100 {
		var page serve.Todos
		s.get(who, "/todo?"+url.Values{"workflow": {workflow}, "limit": {fmt.Sprint(limit)}, "after": {after}}.Encode(), &page)
		all = append(all, page.Todo...)
		if after = page.Next; after == "" {
			if len(all) != page.Total {
				s.t.Errorf("%s: %d in pages, %d in total", who, len(all), page.Total)
			}
			return all
		}
		if len(page.Todo) != limit {
			s.t.Fatalf("%s: %d of %d, and a next page", who, len(page.Todo), limit)
		}
	}
	s.t.Fatal("no end")
	return nil
}
