package main

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"feisui/services/feisui/serve"
)

// People of money on the stage: two of the county's finance, one of whom has two
// accounts, one of a street's, the street's officer, another street.
const (
	financeOne   = "person:fin1 finance_officer@"
	financeTwo   = "person:fin2 finance_officer@"
	streetMoney  = "person:smoney finance_officer@" + streetOfBoth
	otherMoney   = "person:omoney finance_officer@431026103"
	streetKeeper = "person:keeper street_officer@" + streetOfBoth
)

// money opens the stage with a task of 240 yuan in the north.
func moneyPlayed(t *testing.T, place place) *stage {
	t.Helper()
	s := played(t, serve.Config{DatabaseURL: place.database})
	s.contract = contractOf(t)
	s.issue("JB-2025-001", north, `,"pay_by":"2025-03-31"`)
	return s
}

// moneyStep is the address of a step of a payment or of a line.
func moneyStep(flow, id, action string) string {
	return "/workflows/" + flow + "/instances/" + url.PathEscape(id) + "/" + action
}

const pays = "/workflows/payment/instances"

// pay is the form of a payment of the first department's.
func pay(voucher, payee, amount, more string) string {
	return fmt.Sprintf(`{"voucher":%q,"paid_on":"2025-03-03","payer":"D01","payee":%q,"amount":%q%s}`, voucher, payee, amount, more)
}

// toNorth is a payment to the north for its task.
func toNorth(voucher, amount string) string {
	return pay(voucher, north, amount, `,"community":"`+north+`","purpose":"task:JB-2025-001"`)
}

// done sends a command that must be taken, and gives the state that it leads to.
func (s *stage) done(who, path, form string) string {
	s.t.Helper()
	a := s.ask(who, http.MethodPost, path, "", form)
	if a.status != http.StatusOK {
		s.t.Fatalf("%s by %s: %d %s", path, who, a.status, a.body)
	}
	var acted serve.Acted
	a.into(s.t, &acted)
	return acted.Instances[0].State
}

// stands waits until an instance of a workflow is in a state.
func (s *stage) stands(flow, id, state string) serve.Instance {
	s.t.Helper()
	for limit := time.Now().Add(hungAfter); ; time.Sleep(20 * time.Millisecond) {
		var in serve.Instance
		a := s.ask(ofAuthority, http.MethodGet, "/workflows/"+flow+"/instances/"+url.PathEscape(id), "", "")
		if a.status == http.StatusOK {
			a.into(s.t, &in)
		}
		if in.State == state {
			return in
		}
		if time.Now().After(limit) {
			s.t.Fatalf("%s is %q, not %s: %s", id, in.State, state, a.body)
		}
	}
}

// figures are those of a community's statement.
type figures struct {
	Tally struct {
		Entitlement, Allocated, Shortfall, Confirmed, Surplus, General int64
		InTransit                                                      int64 `json:"in_transit"`
	}
	Payments []struct {
		Voucher, Purpose        string
		Amount, Held, Confirmed int64
	}
	Flags []struct{ Rule, Subject string }
}

func (s *stage) figures(community, on string) figures {
	s.t.Helper()
	a := s.ask(ofAuthority, http.MethodGet, "/statement?on="+on+"&community="+community, "", "")
	var all struct{ Communities []figures }
	a.into(s.t, &all)
	if a.status != http.StatusOK || len(all.Communities) != 1 {
		s.t.Fatalf("%d %s", a.status, a.body)
	}
	return all.Communities[0]
}
