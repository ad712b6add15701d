package main

import (
	"net/http"
	"testing"

	"feisui/services/feisui/serve"
)

// TestATaskFromItsIssueToItsClosing goes the whole way by people alone: each step
// by who may take it, each seen in the ledger at once.
func TestATaskFromItsIssueToItsClosing(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := played(t, serve.Config{DatabaseURL: place.database})
	s.contract = contractOf(t)
	s.issue("JB/2025-一号", north, `,"due_on":"2025-04-30","pay_by":"2025-03-31"`)
	s.act(northOfficer, "JB/2025-一号", "see", "")
	acted := s.act(northOfficer, "JB/2025-一号", "accept", `{"note":"收到"}`)
	if one := acted.Instances[0]; one.State != "accepted" || one.Step != 3 || one.Title.Chinese != "已接收" {
		t.Errorf("%+v", one)
	}
	s.act(northOfficer, "JB/2025-一号", "report", `{"completed_on":"2025-03-03","quantity":"10"}`)
	if a := s.try(northOfficer, "JB/2025-一号", "verify", ""); a.status != http.StatusForbidden {
		t.Errorf("the community verifies its own report: %d %s", a.status, a.body)
	}
	s.act(officeClerk, "JB/2025-一号", "verify", "")
	in := s.seen(northOfficer, "JB/2025-一号")
	if in.State != "closed" || !in.Ended || len(in.Actions) > 0 {
		t.Errorf("%+v", in)
	}
}
