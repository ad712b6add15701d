package main

import (
	"net/http"
	"testing"

	"feisui/services/feisui/serve"
)

// TestStoryNoMoneyThatDidNotComeClosesACase: a fee is paid in part and put off, or
// lowered to what came, by the task or by the item's rate; so is a promise; money that a street kept, or that nobody
// confirmed, is reversed. No such case says 费到自行销号: the authority strikes it
// off, and the record says why. The controls are paid whole, one of them after it was
// put off, one by one of two payers, and close by themselves.
func TestStoryNoMoneyThatDidNotComeClosesACase(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := played(t, serve.Config{DatabaseURL: place.database})
	task := func(no, more string) string {
		return `{"no":"` + no + `","department":"D01","community":"` + north + `","item":"A01","issued_on":"2025-01-06","quantity":"12",` + more + `}`
	}
	for _, no := range []string{"JB-1", "JB-2", "JB-3", "JB-4"} {
		s.rows("tasks", task(no, `"pay_by":"2025-01-20"`))
	}
	s.rows("commitments", `{"no":"CN-1","kind":"pledge","department":"D02","community":"`+south+`","purpose":"department","amount":"5000","made_on":"2024-12-02","by":"2025-02-10"}`)
	s.rows("payments",
		`{"voucher":"K1","paid_on":"2025-01-02","payer":"D01","payee":"`+streetOfBoth+`","community":"`+south+`","purpose":"department","amount":"900"}`,
		`{"voucher":"K2","paid_on":"2025-01-02","payer":"D01","payee":"`+south+`","purpose":"department","amount":"700"}`)
	s.rows("items",
		`{"code":"A05","name":"共担事项","department":"D01","list":"assist","rule":"per_case","rate":"20","payers":"D01:1;D02:1"}`,
		`{"code":"A06","name":"普查","department":"D01","list":"assist","rule":"per_case","rate":"20"}`)
	for no, item := range map[string]string{"JB-5": "A05", "JB-6": "A06"} {
		s.rows("tasks", `{"no":"`+no+`","department":"D01","community":"`+north+`","item":"`+item+`","issued_on":"2025-01-06","quantity":"12","pay_by":"2025-01-20"}`)
	}
	const promise = "commitment_broken:D02:1:CN-1"
	kept, unconfirmed := "retained:"+streetOfBoth+":1:K1", "unconfirmed:"+streetOfBoth+":1:K2"
	putOff, lowered, paidAfter, paidWhole := feeOf("JB-1", "1"), feeOf("JB-2", "1"), feeOf("JB-3", "1"), feeOf("JB-4", "1")
	shared, cheaper := feeOf("JB-5", "1"), feeOf("JB-6", "1")
	for _, no := range []string{putOff, lowered, paidAfter, paidWhole, promise, kept, unconfirmed, shared, cheaper} {
		s.caseIs(no, "notified")
	}

	s.paid("V1", "JB-1", north, "100", "2025-03-03")
	s.act(officeHead, "JB-1", "amend", `{"pay_by":"2025-12-31","reason":"延期拨付"}`)
	s.paid("V2", "JB-2", north, "100", "2025-03-03")
	s.act(officeHead, "JB-2", "amend", `{"amount":"100","reason":"核减"}`)
	s.act(officeHead, "JB-3", "amend", `{"pay_by":"2025-12-31","reason":"延期拨付"}`)
	s.paid("V4", "JB-4", north, "240", "2025-03-03")
	s.rows("payments",
		`{"voucher":"V5","paid_on":"2025-03-03","payer":"D02","payee":"`+south+`","purpose":"department","amount":"2000"}`,
		`{"voucher":"K1-R","paid_on":"2025-03-03","payer":"`+streetOfBoth+`","payee":"D01","amount":"900","reverses":"K1"}`,
		`{"voucher":"K2-R","paid_on":"2025-03-03","payer":"`+south+`","payee":"D01","amount":"700","reverses":"K2"}`)
	if a := s.ask(otherHead, http.MethodPost, "/workflows/commitment/instances/CN-1/amend", "", `{"amount":"2000","reason":"核减"}`); a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	s.paid("V6", "JB-6", north, "120", "2025-03-03")
	s.rows("items?correct=true&reason=%E6%A0%87%E5%87%86%E4%B8%8B%E8%B0%83", `{"code":"A06","name":"普查","department":"D01","list":"assist","rule":"per_case","rate":"10"}`)
	s.caseIs(paidWhole, "cured_late")
	s.paid("V7", "JB-5", north, "120", "2025-03-03") // its own half; the other is the other's
	s.caseIs(shared, "cured_late")
	s.caseIs("fee:D02:1:JB-5", "notified")
	gone := map[string]string{cheaper: "changed", putOff: "changed", lowered: "changed", promise: "changed", kept: "reversed", unconfirmed: "reversed", paidAfter: "cured_late"}
	for no := range gone {
		eventually(t, func() bool { in, _ := s.caseSeen(ofAuthority, no); return len(in.Flags) == 0 })
	}
	s.pass("2025-03-04")
	for no := range gone {
		if in, _ := s.caseSeen(ofAuthority, no); in.State != "notified" {
			t.Errorf("%s is %s: %q", no, in.State, steps(in))
		}
	}
	// What was put off is paid before its new day: it closes by itself, and was late.
	s.paid("V3", "JB-3", north, "240", "2025-03-04")
	s.caseIs(paidAfter, "cured_late")
	delete(gone, paidAfter)
	for no, want := range gone {
		if one := s.actCase(ofAuthority, no, "verify", ""); one.State != want {
			t.Errorf("%s is %s, not %s", no, one.State, want)
		}
	}
}
