package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"feisui/services/feisui/serve"
)

// February of the stage, whose days begin in March.
const (
	february    = `{"no":"2025-02"}`
	lateStreet  = "PZ-F1" // paid in February, by the first department to the north for its task
	passesF5    = `{"payee":"` + north + `","purpose":"task:JB-2025-001","upstream":"ZF-F5"}`
	sameFinance = "person:fin1-again=person:fin1 finance_officer@"
)

// februaryRow is a row of payments on a day of February.
func februaryRow(voucher string) string {
	return fmt.Sprintf(`{"voucher":%q,"paid_on":"2025-02-10","payer":"D01","payee":%q,"purpose":"task:JB-2025-001","amount":"100"}`, voucher, north)
}

func (s *stage) periods(who string) (p serve.Periods) {
	s.t.Helper()
	a := s.ask(who, http.MethodGet, "/periods", "", "")
	if a.status != http.StatusOK {
		s.t.Fatalf("%d %s", a.status, a.body)
	}
	a.into(s.t, &p)
	return p
}

// shut looks that a command is refused since a month is closed, in words that say which
// fact, which month, and what to do.
func (s *stage) shut(name string, a answer, says ...string) {
	s.t.Helper()
	p := a.problem(s.t)
	for _, what := range append(says, "2025-02 已于 2025-03-03 结账", "重新开账") {
		if a.status != http.StatusConflict || p.Code != "PERIOD_CLOSED" || len(p.Errors) == 0 || !strings.Contains(p.Title, what) && !strings.Contains(p.Errors[0].Zh, what) {
			s.t.Errorf("%s, %s: %d %s", name, what, a.status, a.body)
			return
		}
	}
}

// TestAMonthIsClosedAndReopened goes the whole way: closed, refused by every door while
// today goes on, reopened by two, closed again with what changed.
func TestAMonthIsClosedAndReopened(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := moneyPlayed(t, place)
	f := s.flow("period")
	s.rows("payments", februaryRow(lateStreet), februaryRow("PZ-F0"))
	s.done(financeOne, moneyStep("payment", lateStreet, "propose_reearmark"), `{"purpose":"general","reason":"原登记用途有误"}`)
	f.refuses(place, map[string]refusal{
		"it is not over":   {financeOne, "", "", `{"no":"2025-03"}`, 422, "FORM", "2025-03-31"},
		"no month":         {financeOne, "", "", `{"no":"2025-13"}`, 422, "FORM", ""},
		"by a department":  {officeHead, "", "", february, 403, "NOT_YOURS", "财政"},
		"by a leader":      {ofLeaders, "", "", february, 403, "NOT_YOURS", "财政"},
		"by a street's":    {streetMoney, "", "", february, 403, "NOT_YOURS", "财政"},
		"of another's say": {financeOne, "", "", `{"no":"2025-02","totals":[]}`, 422, "FORM", ""},
	})
	if p := s.periods(financeOne); p.Next.Month != "2025-02" || !p.Next.Over || len(p.Closed) != 0 || p.Next.Totals[0].Paid != (serve.PeriodTotal{Count: 2, Sum: 20000}) {
		t.Errorf("%+v", p)
	}
	if is := f.begin(financeOne, february); is.State != "closed" {
		t.Errorf("%+v", is)
	}
	first := s.periods(ofLeaders).Closed[0]
	if first.Closing != 1 || len(first.Digest) != 64 || first.Totals[0].Department != "D01" || first.Totals[0].Paid.Sum != 20000 {
		t.Errorf("%+v", first)
	}
	f.refuses(place, map[string]refusal{
		"a second time":        {financeTwo, "", "", february, 409, "STATE", "结账"},
		"one that is left out": {financeOne, "", "", `{"no":"2024-12"}`, 422, "FORM", "2025-02"},
	})
	before := place.said(t)
	s.closedToEveryDoor()
	if now := place.said(t); now != before {
		t.Errorf("what was refused was recorded: %d entries", now-before)
	}
	s.lateLinesWait()
	// What happens today goes on, of February's money as well.
	s.done(northOfficer, moneyStep("payment", "PZ-F0", "confirm"), `{"amount":"40"}`)
	s.done(northOfficer, moneyStep("payment", "PZ-F0", "withdraw"), `{"arrival":1,"reason":"误点"}`)
	s.reopenedByTwo(f, place)
	s.done(financeOne, moneyStep("bank_line", "ZF-F2", "place"), `{"payee":"`+north+`","purpose":"task:JB-2025-001"}`)
	s.done(financeOne, moneyStep("bank_line", "ZF-F5", "place"), `{"payee":"`+streetOfBoth+`","community":"`+north+`","purpose":"task:JB-2025-001"}`)
	s.done(financeOne, moneyStep("bank_line", "ZF-F4", "place"), passesF5)
	s.rows("payments", februaryRow("PZ-F3"))
	if is := f.act(financeTwo, "2025-02", "close_again", "{}"); is.State != "closed" {
		t.Errorf("%+v", is)
	}
	second := s.periods(ofAudit).Closed[0]
	want := serve.PeriodChange{Department: "D01", What: "paid", Was: serve.PeriodTotal{Count: 2, Sum: 20000}, Is: serve.PeriodTotal{Count: 5, Sum: 36000}}
	if second.Closing != 2 || second.Before != first.Digest || second.Digest == first.Digest || len(second.Changes) != 1 || second.Changes[0] != want {
		t.Errorf("%+v", second)
	}
	s.shut("closed again", s.ask("", http.MethodPost, "/payments", "", februaryRow("PZ-F4")), "PZ-F4")
	s.verifiedClosings(2)
}

// verifiedClosings looks that a replay finds every closing as it was.
func (s *stage) verifiedClosings(closings int64) {
	s.t.Helper()
	var v serve.Verified
	s.ask(testKey, http.MethodGet, "/verify", "", "").into(s.t, &v)
	if !slices.ContainsFunc(v.Checks, func(c serve.Check) bool { return c.Name == "periods" && c.OK && c.Count == closings }) {
		s.t.Errorf("%d closings, and %+v", closings, v.Checks)
	}
}

// closedToEveryDoor tries to record facts of February by a row, by workflows and by a
// workbook.
func (s *stage) closedToEveryDoor() {
	s.t.Helper()
	row := func(sheet, row string) answer { return s.ask("", http.MethodPost, "/"+sheet, "", row) }
	s.shut("a payment's row", row("payments", februaryRow("PZ-F4")), "2025-02-10 的拨付 PZ-F4（100.00 元）")
	s.shut("an arrival's row", row("arrivals", `{"voucher":"`+lateStreet+`","confirmed_on":"2025-02-11","amount":"1"}`), "2025-02-11 的到账 "+lateStreet)
	s.shut("a promise's row", row("commitments", `{"no":"CN-F","kind":"pledge","department":"D01","community":"`+north+`","amount":"5","made_on":"2025-02-28"}`), "承诺 CN-F")
	s.shut("a correction's row", s.ask("", http.MethodPost, "/payments?correct=true&reason=x", "",
		strings.Replace(februaryRow(lateStreet), `"100"`, `"101"`, 1)), "拨付 "+lateStreet)
	s.shut("a reversal's row", row("payments", `{"voucher":"PZ-FR","paid_on":"2025-02-27","payer":"`+north+`","payee":"D01","amount":"100","reverses":"`+lateStreet+`"}`), "冲销 "+lateStreet)
	s.shut("a workflow's", s.ask(financeOne, http.MethodPost, pays, "", strings.Replace(toNorth("PZ-F4", "7"), "2025-03-03", "2025-02-28", 1)), "2025-02-28 的拨付 PZ-F4（7.00 元）")
	s.shut("another purpose", s.ask(financeTwo, http.MethodPost, moneyStep("payment", lateStreet, "approve_reearmark"), "", ""), "拨付 "+lateStreet)
	csv := "voucher,paid_on,payer,payee,purpose,amount\n"
	for i, day := range []string{"2025-03-03", "2025-02-28", "2025-01-31", "2025-02-01"} {
		csv += fmt.Sprintf("PZ-W%d,%s,D01,%s,task:JB-2025-001,10\n", i+1, day, north)
	}
	a, err := s.tryUpload(testKey, "/imports", "", "拨付.csv", []byte(csv), "")
	if err != nil {
		s.t.Fatal(err)
	}
	s.shut("a workbook", a, "PZ-W2")
	p := a.problem(s.t)
	if len(p.Errors) != 2 || !strings.HasPrefix(p.Errors[0].Line, "拨付.csv:3:paid_on") || !strings.HasPrefix(p.Errors[1].Line, "拨付.csv:5:paid_on") || !strings.Contains(p.Title, "共 2 处") {
		s.t.Errorf("%s", a.body)
	}
}

// lateLinesWait hands in a statement with lines of February: they are in the pool, which
// says why, and are not placed.
func (s *stage) lateLinesWait() {
	s.t.Helper()
	passing := strings.Replace(mapping, "{", `{"upstream":"上级凭证",`, 1)
	lines := strings.Replace(bankHead, "余额", "上级凭证", 1) +
		"1,ZF-F1,2025-03-03,D01,北社区,,20,,JB-2025-001,\n" +
		"2,ZF-F2,2025-02-27,D01,北社区,,50,,JB-2025-001,\n" +
		"3,ZF-F3,2025-02-26,D01,某某商贸有限公司,,1,,,\n" +
		"4,ZF-F4,2025-03-03," + streetOfBoth + ",北社区,,10,,JB-2025-001,ZF-F5\n" +
		"5,ZF-F5,2025-02-26,D01," + streetOfBoth + ",北社区,10,,JB-2025-001,\n"
	taken := s.took(financeOne, lines, bankAsked("专户", passing, "91"))
	if taken.Payments.Lines != 1 || taken.Pool.Lines != 4 || taken.List[1].Why != "closed" || taken.List[2].Why != "payee" ||
		taken.List[3].Why != "upstream" || taken.List[3].Upstream != "ZF-F5" || taken.List[4].Why != "closed" {
		s.t.Errorf("%+v", taken)
	}
	whys := map[string]string{}
	for _, l := range s.pool(financeOne).Lines {
		whys[l.Voucher] = l.Why + l.Upstream
	}
	if len(whys) != 4 || whys["ZF-F2"] != "closed" || whys["ZF-F3"] != "payee" || whys["ZF-F4"] != "upstreamZF-F5" {
		s.t.Errorf("%v", whys)
	}
	early := s.ask(financeOne, http.MethodPost, moneyStep("bank_line", "ZF-F4", "place"), "", passesF5)
	if p := early.problem(s.t); early.status != 422 || p.Errors[0].Field != "upstream" || !strings.Contains(p.Errors[0].Zh, "ZF-F5 还在等") {
		s.t.Errorf("%d %s", early.status, early.body)
	}
	s.shut("a line that is placed", s.ask(financeOne, http.MethodPost, moneyStep("bank_line", "ZF-F2", "place"), "",
		`{"payee":"`+north+`","purpose":"task:JB-2025-001"}`), "2025-02-27 的拨付 ZF-F2（50.00 元）")
	if again := s.took(financeTwo, lines, bankAsked("专户", passing, "91")); again.Known.Lines != 5 {
		s.t.Errorf("the same statement again: %+v", again)
	}
}

// reopenedByTwo: one asks, and neither the same person, by whatever account, nor who
// closed decides.
func (s *stage) reopenedByTwo(f flow, place place) {
	s.t.Helper()
	f.refuses(place, map[string]refusal{
		"A36 reopened alone": {financeOne, "2025-02", "reopen", "{}", 409, "STATE", ""},
		"no reason":          {financeTwo, "2025-02", "ask_reopen", "{}", 422, "FORM", "理由"},
		"a leader asks":      {ofLeaders, "2025-02", "ask_reopen", `{"reason":"x"}`, 403, "NOT_YOURS", ""},
	})
	f.act(financeTwo, "2025-02", "ask_reopen", `{"reason":"银行迟报一笔"}`)
	f.refuses(place, map[string]refusal{
		"A36 by who asked":                 {financeTwo, "2025-02", "reopen", "{}", 403, "NOT_YOURS", ""},
		"by who closed":                    {financeOne, "2025-02", "reopen", "{}", 403, "NOT_YOURS", ""},
		"by another account of who closed": {sameFinance, "2025-02", "reopen", "{}", 403, "NOT_YOURS", ""},
		"by a street's":                    {streetMoney, "2025-02", "reopen", "{}", 404, "INSTANCE_UNKNOWN", ""},
		"by the authority":                 {ofAuthority, "2025-02", "reopen", "{}", 403, "NOT_YOURS", ""},
		"refused by who asked":             {financeTwo, "2025-02", "refuse_reopening", `{"reason":"x"}`, 403, "NOT_YOURS", ""},
	})
	s.shut("asked for", s.ask("", http.MethodPost, "/payments", "", februaryRow("PZ-F4")), "PZ-F4")
	if is := f.act(ofLeaders, "2025-02", "reopen", "{}"); is.State != "reopened" || !s.periods(ofLeaders).Closed[0].Open {
		s.t.Errorf("%+v", is)
	}
	f.refuses(place, map[string]refusal{"the next while this one is open": {financeOne, "", "", `{"no":"2025-03"}`, 422, "FORM", "2025-02"}})
}
