package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"feisui/services/feisui/serve"
)

// TestMoneyFromItsPaymentToItsUse goes the whole way hop by hop: the county pays a
// street, the street passes part of it on and says of the rest that the community
// has the use of it; each step is seen in the statement at once.
func TestMoneyFromItsPaymentToItsUse(t *testing.T) {
	t.Parallel()
	s := moneyPlayed(t, shared(t))
	forNorth := `,"community":"` + north + `","purpose":"task:JB-2025-001"`
	if state := s.done(financeOne, pays, pay("P-1", streetOfBoth, "240", forNorth)); state != "paid" {
		t.Errorf("P-1 is %s", state)
	}
	if f := s.figures(north, "2025-03-03"); f.Tally.InTransit != 24000 || f.Tally.Confirmed != 0 || f.Tally.Shortfall != 24000 {
		t.Errorf("paid: %+v", f)
	}
	hop := `{"voucher":"P-2","paid_on":"2025-03-03","payer":"` + streetOfBoth + `","payee":"` + north + `","community":"` + north + `","amount":"100","upstream":"P-1"}`
	s.done(streetMoney, pays, hop)
	if state := s.done(northOfficer, moneyStep("payment", "P-2", "confirm"), `{"amount":"60"}`); state != "paid" {
		t.Errorf("P-2 is %s", state)
	}
	if state := s.done(northOfficer, moneyStep("payment", "P-2", "confirm"), `{"amount":"40"}`); state != "confirmed" {
		t.Errorf("P-2 is %s", state)
	}
	if f := s.figures(north, "2025-03-03"); f.Tally.Confirmed != 10000 || f.Tally.Shortfall != 14000 {
		t.Errorf("confirmed: %+v", f)
	}
	// Of money that is passed on, the custodian no longer says that it is at hand.
	if a := s.ask(streetKeeper, http.MethodPost, moneyStep("payment", "P-1", "make_available"), "", `{"amount":"140"}`); a.status != 422 {
		t.Errorf("%d %s", a.status, a.body)
	}
	s.done(financeOne, pays, pay("P-3", streetOfBoth, "140", forNorth))
	if state := s.done(streetKeeper, moneyStep("payment", "P-3", "make_available"), `{"amount":"140"}`); state != "confirmed" {
		t.Errorf("P-3 is %s", state)
	}
	if f := s.figures(north, "2025-03-03"); f.Tally.Shortfall != 0 || f.Tally.Confirmed != 24000 {
		t.Errorf("available: %+v", f)
	}
	// A confirmation that was a mistake is withdrawn: from that day on it does not stand.
	s.pass("2025-03-05")
	if state := s.done(northOfficer, moneyStep("payment", "P-2", "withdraw"), `{"arrival":2,"reason":"看错账户"}`); state != "paid" {
		t.Errorf("P-2 is %s", state)
	}
	if f := s.figures(north, "2025-03-05"); f.Tally.Confirmed != 20000 {
		t.Errorf("withdrawn: %+v", f)
	}
	if f := s.figures(north, "2025-03-04"); f.Tally.Confirmed != 24000 {
		t.Errorf("the day before: %+v", f)
	}
	for action, form := range map[string]string{
		"withdraw": `{"arrival":2,"reason":"再撤"}`, "withdraw_again": `{"arrival":3,"reason":"没有"}`,
	} {
		a := s.ask(northOfficer, http.MethodPost, moneyStep("payment", "P-2", strings.TrimSuffix(action, "_again")), "", form)
		if p := a.problem(t); a.status != 422 || len(p.Errors) != 1 || p.Errors[0].Field != "arrival" {
			t.Errorf("%s: %d %s", action, a.status, a.body)
		}
	}
}

// TestADisputeAndAReversal: what a community disputes is answered or taken back,
// by two persons, and only when nothing of it stands confirmed or passed on.
func TestADisputeAndAReversal(t *testing.T) {
	t.Parallel()
	s := moneyPlayed(t, shared(t))
	step := func(action string) string { return moneyStep("payment", "P-1", action) }
	s.done(financeOne, pays, toNorth("P-1", "240"))
	s.done(northOfficer, step("confirm"), `{"amount":"200"}`)
	if a := s.ask(northOfficer, http.MethodPost, step("confirm"), "", `{"amount":"200"}`); a.status != 422 {
		t.Errorf("A10: confirmed twice: %d %s", a.status, a.body)
	}
	s.done(northOfficer, step("dispute"), `{"kind":"amount","text":"少 40 元"}`)
	if a := s.ask(financeOne, http.MethodPost, step("propose_reversal"), "", `{"voucher":"R-1","reason":"重付"}`); a.status != 422 {
		t.Errorf("of what is confirmed: %d %s", a.status, a.body)
	}
	if state := s.done(officeHead, step("answer_dispute"), `{"text":"余款另付"}`); state != "paid" {
		t.Errorf("%s", state)
	}
	s.done(northOfficer, step("withdraw"), `{"arrival":1,"reason":"全额退回"}`)
	s.done(northOfficer, step("dispute"), `{"kind":"not_arrived","text":"已退汇"}`)
	s.done(financeOne, step("propose_reversal"), `{"voucher":"R-1","reason":"退汇"}`)
	if a := s.ask(financeOne, http.MethodPost, step("approve_reversal"), "", ""); a.status != http.StatusForbidden {
		t.Errorf("the same eyes: %d %s", a.status, a.body)
	}
	if state := s.done(financeTwo, step("refuse_reversal"), `{"reason":"先核对"}`); state != "disputed" {
		t.Errorf("the dispute is open still, and it is %s", state)
	}
	s.done(financeOne, step("propose_reversal"), `{"voucher":"R-1","reason":"退汇"}`)
	if state := s.done(financeTwo, step("approve_reversal"), ""); state != "reversed" {
		t.Errorf("%s", state)
	}
	if a := s.ask(financeOne, http.MethodPost, step("propose_reversal"), "", `{"voucher":"R-2","reason":"再冲"}`); a.status != http.StatusConflict {
		t.Errorf("A34: reversed twice: %d %s", a.status, a.body)
	}
	if a := s.ask(financeOne, http.MethodPost, moneyStep("payment", "R-1", "propose_reversal"), "", `{"voucher":"R-2","reason":"再冲"}`); a.status < 400 || a.status >= 500 {
		t.Errorf("A34: the reversal reversed: %d %s", a.status, a.body)
	}
	if f := s.figures(north, "2025-03-03"); len(f.Payments) != 0 || f.Tally.InTransit != 0 {
		t.Errorf("%+v", f)
	}
	if a := s.ask(northOfficer, http.MethodPost, step("confirm"), "", `{"amount":"240"}`); a.status != http.StatusConflict {
		t.Errorf("after the end: %d %s", a.status, a.body)
	}
}

// TestMoneyGetsAnotherPurpose: by two persons and with a reason, and the journal
// keeps what it was; the task whose condition it met waits for it again.
func TestMoneyGetsAnotherPurpose(t *testing.T) {
	t.Parallel()
	s := moneyPlayed(t, shared(t))
	s.issue("JB-2025-002", south)
	step := func(action string) string { return moneyStep("payment", "P-1", action) }
	s.done(financeOne, pays, pay("P-1", north, "240", `,"community":"`+north+`","purpose":"general"`))
	s.done(northOfficer, step("confirm"), `{"amount":"240"}`)
	if f := s.figures(north, "2025-03-03"); f.Tally.General != 24000 || f.Tally.Shortfall != 24000 {
		t.Errorf("%+v", f)
	}
	for purpose, says := range map[string]string{
		"task:JB-2025-002": "431026102002", "task:JB-2025-009": "已登记", "item:A99": "事项清单", "anything": "department",
	} {
		a := s.ask(financeOne, http.MethodPost, step("propose_reearmark"), "", fmt.Sprintf(`{"purpose":%q,"reason":"x"}`, purpose))
		if p := a.problem(t); a.status != 422 || len(p.Errors) != 1 || p.Errors[0].Field != "purpose" || !strings.Contains(p.Errors[0].Zh, says) {
			t.Errorf("%s: %d %s", purpose, a.status, a.body)
		}
	}
	s.done(financeOne, step("propose_reearmark"), `{"purpose":"task:JB-2025-001","reason":"原登记用途有误"}`)
	s.listed("payment", map[string]string{"P-1": "240.00 general"})
	if a := s.ask(financeOne, http.MethodPost, step("approve_reearmark"), "", ""); a.status != http.StatusForbidden {
		t.Errorf("the same eyes: %d %s", a.status, a.body)
	}
	if state := s.done(financeTwo, step("approve_reearmark"), ""); state != "confirmed" {
		t.Errorf("%s", state)
	}
	if f := s.figures(north, "2025-03-03"); f.Tally.Allocated != 24000 || f.Tally.General != 0 {
		t.Errorf("%+v", f)
	}
	s.listed("payment", map[string]string{"P-1": "240.00 task:JB-2025-001"})
	s.conditionsFollowMoney()
}

// listed compares what the list of a workflow says of the money of its instances, by
// number: the amount and the purpose.
func (s *stage) listed(flow string, want map[string]string) {
	s.t.Helper()
	var all serve.Lines
	s.ask(ofAuthority, http.MethodGet, "/workflows/"+flow+"/instances", "", "").into(s.t, &all)
	got := map[string]string{}
	for _, l := range all.Instances {
		if l.Amount != nil {
			got[l.Instance] = strings.TrimSpace(l.Amount.Yuan() + " " + l.Purpose)
		}
	}
	if !maps.Equal(got, want) {
		s.t.Errorf("%s: %v, want %v", flow, got, want)
	}
}

// TestATransferOverTheLimit takes a second person (A30, A32), also where it is cut
// into parts of one day (A31), and counts only when that person has approved.
func TestATransferOverTheLimit(t *testing.T) {
	t.Parallel()
	s := moneyPlayed(t, shared(t))
	form := func(voucher, amount string) string { return toNorth(voucher, amount) }
	if state := s.done(financeOne, pays, form("P-1", "500000")); state != "paid" {
		t.Errorf("at the limit: %s", state)
	}
	if state := s.done(financeOne, pays, form("P-2", "0.01")); state != "proposed" {
		t.Errorf("a part past it: %s", state)
	}
	if state := s.done(financeOne, pays, pay("P-3", south, "500000", `,"community":"`+south+`"`)); state != "paid" {
		t.Errorf("another payee: %s", state)
	}
	if state := s.done(financeTwo, pays, form("P-4", "0.01")); state != "proposed" {
		t.Errorf("another person's part: %s", state)
	}
	if f := s.figures(north, "2025-03-03"); f.Tally.InTransit != 50000000 {
		t.Errorf("%+v", f)
	}
	// What waits for a second person is of the amount that its form says.
	const ofTask = " task:JB-2025-001"
	s.listed("payment", map[string]string{"P-1": "500,000.00" + ofTask, "P-2": "0.01" + ofTask, "P-3": "500,000.00 department", "P-4": "0.01" + ofTask})
	s.listed("task", map[string]string{})
	// One person has two accounts: an id may be shown as ID=PERSON.
	for who, status := range map[string]int{financeOne: 403, "person:second=person:fin1 finance_officer@": 403, northOfficer: 403, streetMoney: 403, "auditor auditor@": 403} {
		if a := s.ask(who, http.MethodPost, moneyStep("payment", "P-2", "approve"), "", ""); a.status != status {
			t.Errorf("%s: %d %s", who, a.status, a.body)
		}
	}
	if state := s.done(financeTwo, moneyStep("payment", "P-2", "approve"), ""); state != "paid" {
		t.Errorf("%s", state)
	}
	if state := s.done(financeTwo, moneyStep("payment", "P-4", "decline"), `{"reason":"重复"}`); state != "declined" {
		t.Errorf("%s", state)
	}
	if f := s.figures(north, "2025-03-03"); f.Tally.InTransit != 50000001 {
		t.Errorf("%+v", f)
	}
	// What is dated back counts on the day that it is typed as well.
	dated := func(voucher, on string) string {
		return strings.NewReplacer("2025-03-03", on, `"D01"`, `"D02"`).Replace(pay(voucher, north, "300000", `,"community":"`+north+`"`))
	}
	if state := s.done(financeOne, pays, dated("P-7", "2025-03-03")); state != "paid" {
		t.Errorf("today's: %s", state)
	}
	if state := s.done(financeOne, pays, dated("P-8", "2025-02-28")); state != "proposed" {
		t.Errorf("dated back: %s", state)
	}
	// Parts in one command add up as well.
	a := s.ask(financeOne, http.MethodPost, pays, "", `{"paid_on":"2025-03-01","payer":"D02","communities":[`+
		`{"voucher":"P-5","payee":"`+south+`","community":"`+south+`","amount":"300000"},{"voucher":"P-6","payee":"`+south+`","community":"`+south+`","amount":"300000"}]}`)
	var acted serve.Acted
	a.into(t, &acted)
	if a.status != 200 || len(acted.Instances) != 2 || acted.Instances[0].State != "paid" || acted.Instances[1].State != "proposed" {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// TestTheLimitIsTheCountys: it is an amount of the definition that a county adopts.
func TestTheLimitIsTheCountys(t *testing.T) {
	t.Parallel()
	s := moneyPlayed(t, shared(t))
	var all serve.Definitions
	s.ask(ofAuthority, http.MethodGet, "/workflows/payment/definitions", "", "").into(t, &all)
	for amounts, status := range map[string]int{`{"transfer_limit":"much"}`: 422, `{"other":"1"}`: 422} {
		if a := s.adopt(all.Definitions[0].Definition, amounts); a.status != status {
			t.Errorf("%s: %d %s", amounts, a.status, a.body)
		}
	}
	if a := s.adopt(all.Definitions[0].Definition, `{"transfer_limit":"100"}`); a.status != 200 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if state := s.done(financeOne, pays, toNorth("P-1", "100.01")); state != "proposed" {
		t.Errorf("%s", state)
	}
}

// adopt adopts a definition with other amounts.
func (s *stage) adopt(definition json.RawMessage, amounts string) answer {
	var d map[string]json.RawMessage
	if err := json.Unmarshal(definition, &d); err != nil {
		s.t.Fatal(err)
	}
	d["amounts"], d["version"] = json.RawMessage(amounts), json.RawMessage("2")
	body, err := json.Marshal(map[string]any{"definition": d})
	if err != nil {
		s.t.Fatal(err)
	}
	return s.changes("payment", string(body))
}

// TestConfirmationsInParallel: sixteen at once confirm a quarter each (A33). Four
// are taken, whichever; no more stands confirmed than was paid.
func TestConfirmationsInParallel(t *testing.T) {
	t.Parallel()
	s := moneyPlayed(t, shared(t))
	s.contract = nil // which is for one goroutine
	s.done(financeOne, pays, toNorth("P-1", "240"))
	var mu sync.Mutex
	statuses := map[int]int{}
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			a, err := s.tryAsk(t.Context(), northOfficer, http.MethodPost, moneyStep("payment", "P-1", "confirm"), fmt.Sprint("c", i), `{"amount":"60"}`)
			for err == nil && a.status == http.StatusServiceUnavailable { // busy: the same request again
				a, err = s.tryAsk(t.Context(), northOfficer, http.MethodPost, moneyStep("payment", "P-1", "confirm"), fmt.Sprint("c", i), `{"amount":"60"}`)
			}
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			statuses[a.status]++
		})
	}
	all.Wait()
	if f := s.figures(north, "2025-03-03"); f.Tally.Confirmed != 24000 || statuses[200] != 4 {
		t.Errorf("%v, %+v", statuses, f)
	}
}

// TestPartsInParallel: who cuts a transfer up and sends the parts at once is not
// quicker than the limit.
func TestPartsInParallel(t *testing.T) {
	t.Parallel()
	s := moneyPlayed(t, shared(t))
	s.contract = nil
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			a := answer{status: http.StatusServiceUnavailable}
			var err error
			for err == nil && a.status == http.StatusServiceUnavailable {
				a, err = s.tryAsk(t.Context(), financeOne, http.MethodPost, pays, fmt.Sprint("p", i), toNorth(fmt.Sprint("P-", i), "200000"))
			}
			if err != nil || a.status != 200 {
				t.Errorf("%d %s %v", a.status, a.body, err)
			}
		})
	}
	all.Wait()
	if f := s.figures(north, "2025-03-03"); f.Tally.InTransit != 40000000 {
		t.Errorf("%+v", f)
	}
}

// TestWhatMayNotBeWithMoney: each refusal has its status and its field, and records
// nothing.
func TestWhatMayNotBeWithMoney(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := moneyPlayed(t, place)
	s.done(financeOne, pays, toNorth("P-1", "240"))
	s.rows("payments", `{"voucher":"P-R","paid_on":"2025-03-01","payer":"D01","payee":"`+streetOfBoth+`","amount":"100"}`)
	hop := func(payer, amount, upstream string) string {
		return `{"voucher":"P-X","paid_on":"2025-03-03","payer":"` + payer + `","payee":"` + north + `","community":"` + north + `","amount":"` + amount + `","upstream":"` + upstream + `"}`
	}
	before := place.said(t)
	for name, c := range map[string]struct {
		who, path, form string
		status          int
		code, field     string
	}{
		"a clerk pays":                     {officeClerk, pays, toNorth("P-X", "1"), 403, "NOT_YOURS", ""},
		"the authority pays":               {ofAuthority, pays, toNorth("P-X", "1"), 403, "NOT_YOURS", ""},
		"a street pays for the department": {streetMoney, pays, toNorth("P-X", "1"), 403, "NOT_YOURS", ""},
		"A37 a voucher that is there":      {financeOne, pays, toNorth("P-1", "240"), 409, "VOUCHER_USED", ""},
		"A37 a voucher that was imported":  {financeOne, pays, toNorth("P-R", "240"), 409, "VOUCHER_USED", ""},
		"nothing":                          {financeOne, pays, toNorth("P-X", "0"), 422, "FORM", "amount"},
		"less than nothing":                {financeOne, pays, toNorth("P-X", "-1"), 422, "FORM", "amount"},
		"half a fen":                       {financeOne, pays, toNorth("P-X", "1.005"), 422, "FORM", "amount"},
		"tomorrow":                         {financeOne, pays, strings.Replace(toNorth("P-X", "1"), "2025-03-03", "2025-03-04", 1), 422, "FORM", "paid_on"},
		"a community without saying so":    {financeOne, pays, pay("P-X", north, "1", ""), 422, "FORM", "community"},
		"nobody gets it":                   {financeOne, pays, pay("P-X", "D99", "1", ""), 422, "FORM", "payee"},
		"another street's money":           {otherMoney, pays, hop("431026103", "1", "P-R"), 422, "FORM", "upstream"},
		"more than there is":               {streetMoney, pays, hop(streetOfBoth, "100.01", "P-R"), 422, "FORM", "amount"},
		"no such upstream":                 {streetMoney, pays, hop(streetOfBoth, "1", "P-9"), 422, "FORM", "upstream"},
		"finance confirms":                 {financeOne, moneyStep("payment", "P-1", "confirm"), `{"amount":"1"}`, 403, "NOT_YOURS", ""},
		"the street confirms for it":       {streetKeeper, moneyStep("payment", "P-1", "confirm"), `{"amount":"1"}`, 403, "NOT_YOURS", ""},
		"the street is no custodian":       {streetKeeper, moneyStep("payment", "P-1", "make_available"), `{"amount":"1"}`, 422, "FACTS", ""},
		"another community confirms":       {southOfficer, moneyStep("payment", "P-1", "confirm"), `{"amount":"1"}`, 404, "INSTANCE_UNKNOWN", ""},
		"A9 more than was paid":            {northOfficer, moneyStep("payment", "P-1", "confirm"), `{"amount":"240.01"}`, 422, "FORM", "amount"},
		"nothing arrived":                  {northOfficer, moneyStep("payment", "P-1", "confirm"), `{"amount":"0"}`, 422, "FACTS", "amount"},
		"no reversal is proposed":          {financeTwo, moneyStep("payment", "P-1", "approve_reversal"), ``, 409, "STATE", ""},
		"another department answers":       {otherHead, moneyStep("payment", "P-1", "answer_dispute"), `{"text":"x"}`, 404, "INSTANCE_UNKNOWN", ""},
	} {
		a := s.ask(c.who, http.MethodPost, c.path, "", c.form)
		p := a.problem(t)
		field := ""
		if len(p.Errors) > 0 {
			field = p.Errors[0].Field
		}
		if a.status != c.status || p.Code != c.code || field != c.field {
			t.Errorf("%s: %d %s, field %q: %s", name, a.status, p.Code, field, a.body)
		}
	}
	if now := place.said(t); now != before {
		t.Errorf("%d entries were recorded by what was refused", now-before)
	}
}

// TestMoneyThatWasImported is taken up where its facts have it, and facts that come
// by the other door move what has begun.
func TestMoneyThatWasImported(t *testing.T) {
	t.Parallel()
	s := moneyPlayed(t, shared(t))
	row := func(voucher, payer, payee, more string) string {
		return `{"voucher":"` + voucher + `","paid_on":"2025-03-01","payer":"` + payer + `","payee":"` + payee + `","amount":"100"` + more + `}`
	}
	s.rows("payments", row("P-1", "D01", north, ""), row("P-2", "D01", streetOfBoth, `,"community":"`+north+`"`), row("P-3", "D01", north, ""))
	s.rows("arrivals", `{"voucher":"P-3","confirmed_on":"2025-03-02","amount":"100"}`)
	if in := s.stands("payment", "P-3", "confirmed"); in.Begun || in.Parties["community"] != north {
		t.Errorf("%+v", in)
	}
	if state := s.done(northOfficer, moneyStep("payment", "P-1", "confirm"), `{"amount":"30"}`); state != "paid" {
		t.Errorf("%s", state)
	}
	s.rows("arrivals", `{"voucher":"P-1","confirmed_on":"2025-03-03","amount":"70"}`)
	s.stands("payment", "P-1", "confirmed")
	s.done(northOfficer, moneyStep("payment", "P-2", "dispute"), `{"kind":"not_available","text":"未拨到社区"}`)
	s.done(northOfficer, moneyStep("payment", "P-2", "drop_dispute"), "")
	s.rows("payments", row("P-4", streetOfBoth, north, `,"upstream":"P-2"`))
	s.stands("payment", "P-2", "passed_on")
	s.rows("payments", `{"voucher":"P-5","paid_on":"2025-03-03","payer":"`+north+`","payee":"`+streetOfBoth+`","amount":"100","reverses":"P-4"}`)
	s.stands("payment", "P-2", "paid")
	s.rows("payments", `{"voucher":"P-6","paid_on":"2025-03-03","payer":"`+streetOfBoth+`","payee":"D01","amount":"100","reverses":"P-2"}`)
	s.stands("payment", "P-2", "reversed")
	// What undoes another is no payment that anybody confirms.
	if a := s.ask(ofAuthority, http.MethodGet, "/workflows/payment/instances/P-6", "", ""); a.status != http.StatusNotFound {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// TestAPaymentWaitsForItsCommunityAlone: the deadline reminds, and nothing follows
// when it has passed; who has confirmed is asked for nothing more.
func TestAPaymentWaitsForItsCommunityAlone(t *testing.T) {
	t.Parallel()
	s := moneyPlayed(t, shared(t))
	s.act(northOfficer, "JB-2025-001", "accept", "")
	s.done(financeOne, pays, toNorth("P-1", "240"))
	waiting := func() string {
		var todo serve.Todos
		s.ask(northOfficer, http.MethodGet, "/todo", "", "").into(t, &todo)
		for _, one := range todo.Todo {
			if one.Workflow == "payment" {
				return fmt.Sprint(one.Instance, " ", one.Due)
			}
		}
		return ""
	}
	if waiting() == "" {
		t.Error("nothing waits for the community")
	}
	s.pass("2025-03-11")
	passed := func(m serve.Moment) bool { return m.Event == "instance.deadline_passed" }
	for limit := time.Now().Add(hungAfter); !slices.ContainsFunc(s.stands("payment", "P-1", "paid").Timeline, passed); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatal("the deadline did not pass")
		}
	}
	s.done(northOfficer, moneyStep("payment", "P-1", "confirm"), `{"amount":"240"}`)
	if w := waiting(); w != "" {
		t.Errorf("%s waits for the community", w)
	}
}

// TestAPromiseBecomesAQuota: by finance, with a document's number; neither is money,
// and what is not kept shows.
func TestAPromiseBecomesAQuota(t *testing.T) {
	t.Parallel()
	s := moneyPlayed(t, shared(t))
	const promises = "/workflows/commitment/instances"
	form := `{"no":"CN-1","department":"D01","community":"` + north + `","purpose":"task:JB-2025-001","amount":"240","by":"2025-03-05"}`
	if a := s.ask(financeOne, http.MethodPost, promises, "", form); a.status != http.StatusForbidden {
		t.Errorf("finance promises: %d %s", a.status, a.body)
	}
	s.done(officeHead, promises, form)
	s.done(officeHead, moneyStep("commitment", "CN-1", "amend"), `{"amount":"200","reason":"核减"}`)
	if a := s.ask(officeHead, http.MethodPost, moneyStep("commitment", "CN-1", "release"), "", `{"document":"财预〔2025〕8号"}`); a.status != http.StatusForbidden {
		t.Errorf("a department releases: %d %s", a.status, a.body)
	}
	if state := s.done(financeOne, moneyStep("commitment", "CN-1", "release"), `{"document":"财预〔2025〕8号"}`); state != "released" {
		t.Errorf("%s", state)
	}
	if a := s.ask(financeOne, http.MethodPost, moneyStep("commitment", "CN-1", "adjust"), "", `{"amount":"100","reason":"x"}`); a.status != http.StatusForbidden {
		t.Errorf("the same eyes: %d %s", a.status, a.body)
	}
	s.done(financeTwo, moneyStep("commitment", "CN-1", "adjust"), `{"amount":"150","reason":"调减"}`)
	a := s.ask(ofAuthority, http.MethodGet, "/statement?on=2025-03-06&community="+north, "", "")
	if !strings.Contains(string(a.body), `"rule":"commitment_broken","subject":"CN-1","responsible":"D01","since":"2025-03-06","amount":15000,"lamp":"red"`) {
		t.Errorf("%s", a.body)
	}
	// One that was imported goes on from where its facts have it.
	s.rows("commitments", `{"no":"CN-2","kind":"pledge","department":"D01","community":"`+south+`","amount":"10","made_on":"2025-03-01"}`)
	if state := s.done(financeOne, moneyStep("commitment", "CN-2", "release"), `{"document":"财预〔2025〕9号","amount":"9"}`); state != "released" {
		t.Errorf("%s", state)
	}
	s.done(ofAuthority, moneyStep("commitment", "CN-2", "close"), `{"reason":"年度终了"}`)
}
