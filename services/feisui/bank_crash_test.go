package main

import (
	"net/http"
	"testing"

	"feisui/services/feisui/serve"
)

// TestAStatementWhoseServerWasKilled: one that dies when the statement is recorded
// and not answered leaves it, once; the same request gets its answer from the next
// server, and another request with the same file learns that all of it is known.
func TestAStatementWhoseServerWasKilled(t *testing.T) {
	t.Parallel()
	place := shared(t)
	first := moneyPlayed(t, place)
	first.end()
	s, kill := place.killable(t, stageDay, withoutLedger...)
	gone := make(chan error, 1)
	query := bankAsked("零余额账户", mapping, "1220.5")
	go func() {
		_, err := s.tryBank(financeOne, "once", "流水.csv", []byte(march), query)
		gone <- err
	}()
	eventually(t, func() bool { return place.count(t, "bank_statement.taken") == 1 })
	select {
	case err := <-gone:
		t.Fatalf("it was answered: %v", err)
	default:
	}
	kill()
	if err := <-gone; err == nil {
		t.Fatal("it was answered")
	}
	next, _ := place.killable(t, stageDay)
	for request, repeated := range map[string]bool{"once": true, "twice": false} {
		a := next.bank(financeOne, request, "流水.csv", []byte(march), query)
		var b serve.BankStatement
		a.into(t, &b)
		if a.status != http.StatusOK || b.Repeated != repeated || (b.Payments.Lines == 2) != repeated || (b.Known.Lines == 4) == repeated {
			t.Errorf("%s: %d %s", request, a.status, a.body)
		}
	}
	if payments, lines := place.count(t, "payment.made"), place.count(t, "bank_statement.taken"); payments != 2 || lines != 1 {
		t.Errorf("%d payments, %d statements", payments, lines)
	}
}
