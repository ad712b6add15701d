package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"feisui/services/feisui/serve"
)

// The stories below are scenarios of the reports that the domain was drawn from, as
// far as they concern cases. Each says what is recorded, and what people find.

// flagIs waits until one flag stands of what a case is about, of this rule and
// amount. What is recorded row by row raises flags in between: a case may have begun
// on one of those, and what is announced since changes what it shows.
func (s *stage) flagIs(no, rule string, amount int64) (in serve.Instance) {
	s.t.Helper()
	for limit := time.Now().Add(hungAfter); ; time.Sleep(20 * time.Millisecond) {
		in, _ = s.caseSeen(ofAuthority, no)
		if len(in.Flags) == 1 && in.Flags[0].Rule == rule && in.Flags[0].Amount != nil && int64(*in.Flags[0].Amount) == amount {
			return in
		}
		if time.Now().After(limit) {
			s.t.Fatalf("the flags of %s are %+v, not %s of %d fen", no, in.Flags, rule, amount)
		}
	}
}

// TestStoryFourCommunitiesEachShort (汝城): four communities are due a year of 3,000
// yuan a month and each got 25,000. Each shortfall of 11,000 is a case of its own,
// and the department sees 44,000 asked of it.
func TestStoryFourCommunitiesEachShort(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := played(t, serve.Config{DatabaseURL: place.database})
	for i := 1; i <= 4; i++ {
		community, no := fmt.Sprint("43102610200", i), fmt.Sprint("JB-", i)
		if i > 2 {
			s.rows("communities", `{"code":"`+community+`","name":"社区`+fmt.Sprint(i)+`","street":"`+streetOfBoth+`","households":"900"}`)
		}
		s.rows("tasks", `{"no":"`+no+`","department":"D01","community":"`+community+`","item":"A01","issued_on":"2024-01-02","amount":"36000","pay_by":"2024-12-31"}`)
		s.rows("receipts", `{"task":"`+no+`","outcome":"accept","filed_on":"2024-01-03"}`)
		s.paid("V"+no, no, community, "25000", "2024-06-03")
	}
	for i := 1; i <= 4; i++ {
		no := feeOf(fmt.Sprint("JB-", i), "1")
		s.caseIs(no, "notified")
		s.flagIs(no, "underfunded", 44_000_00/4)
	}
	var todo serve.Todos
	s.ask(officeHead, http.MethodGet, "/todo", "", "").into(t, &todo)
	if todo.Total != 4 {
		t.Errorf("the department finds %d things to answer", todo.Total)
	}
}

// TestStoryEightPledgesAndNothingCame (万安): eight quotas were promised and none was
// paid. Eight cases say so, of the departments that promised.
func TestStoryEightPledgesAndNothingCame(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := played(t, serve.Config{DatabaseURL: place.database})
	var want []string
	for i := 1; i <= 8; i++ {
		no := fmt.Sprint("CN-", i)
		department := []string{"D01", "D02"}[i%2]
		s.rows("commitments", `{"no":"`+no+`","kind":"quota","department":"`+department+`","community":"`+north+`","purpose":"department","amount":"5000","made_on":"2024-12-02","by":"2025-02-10"}`)
		want = append(want, "commitment_broken:"+department+":1:"+no)
	}
	eventually(t, func() bool { return sameNumbers(s.cases(ofAuthority), want) })
	if theirs := s.cases(otherHead); len(theirs) != 4 {
		t.Errorf("the other department sees %q", theirs)
	}
	// One keeps its promise, late; the ledger says so for ever, and the case with it.
	s.rows("payments", `{"voucher":"V1","paid_on":"2025-03-03","payer":"D02","payee":"`+north+`","purpose":"department","amount":"5000"}`)
	s.rows("arrivals", `{"voucher":"V1","confirmed_on":"2025-03-03","amount":"5000"}`)
	s.caseIs("commitment_broken:D02:1:CN-1", "cured_late")
}

// TestStoryMoneyThatStaysOnTheWay (泗阳): 100,000 yuan reach the street, and 70,000
// are passed on after forty days. What the street keeps is a case against the street; when
// it has passed the rest on the case closes by itself. A custodian's centre (三资中心) is
// asked like a street.
func TestStoryMoneyThatStaysOnTheWay(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := played(t, serve.Config{DatabaseURL: place.database})
	s.rows("payments",
		`{"voucher":"V1","paid_on":"2025-01-02","payer":"D01","payee":"`+streetOfBoth+`","community":"`+north+`","purpose":"department","amount":"100000"}`,
		`{"voucher":"V2","paid_on":"2025-02-11","payer":"`+streetOfBoth+`","payee":"`+north+`","amount":"70000","upstream":"V1"}`)
	s.rows("arrivals", `{"voucher":"V2","confirmed_on":"2025-02-11","amount":"70000"}`)
	s.rows("departments", `{"code":"D05","name":"三资代管中心","kind":"custodian"}`)
	s.rows("payments",
		`{"voucher":"W1","paid_on":"2025-01-02","payer":"D01","payee":"D05","community":"`+north+`","purpose":"department","amount":"100000"}`,
		`{"voucher":"W2","paid_on":"2025-02-11","payer":"D05","payee":"`+north+`","amount":"70000","upstream":"W1"}`)
	s.rows("arrivals", `{"voucher":"W2","confirmed_on":"2025-02-11","amount":"70000"}`)
	s.caseIs("retained:D05:1:W1", "notified")
	if in := s.flagIs("retained:D05:1:W1", "retained", 30_000_00); in.Parties["department"] != "D05" {
		t.Errorf("%+v", in)
	}
	no := "retained:" + streetOfBoth + ":1:V1"
	s.caseIs(no, "notified")
	if in := s.flagIs(no, "retained", 30_000_00); in.Parties["department"] != streetOfBoth || in.Parties["community"] != north {
		t.Errorf("%+v", in)
	}
	if in, there := s.caseSeen(ofStreet, no); !there || !slices.ContainsFunc(in.Actions, func(a serve.OpenAction) bool { return a.Action == "reply" }) {
		t.Errorf("the street may not answer: %+v", in.Actions)
	}
	s.rows("payments", `{"voucher":"V3","paid_on":"2025-03-03","payer":"`+streetOfBoth+`","payee":"`+north+`","amount":"30000","upstream":"V1"}`)
	s.caseIs(no, "cured")
}

// TestStoryTheBureauHandsDownItsOwnDuty (司法局): what may not be handed down is a
// case at once. The department recalls the task; no money cures that, so the
// authority verifies it and strikes it off. Another the community rejects, as what is
// none of its duties and beyond it; the bureau contests, and the ruling upholds it.
func TestStoryTheBureauHandsDownItsOwnDuty(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := played(t, serve.Config{DatabaseURL: place.database})
	form := `{"no":"JB-1","department":"D02","item":"A02","community":"` + north + `"}`
	if a := s.ask(otherHead, http.MethodPost, begins, "", form); a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	no := "prohibited:D02:1:JB-1"
	s.caseIs(no, "notified")
	s.actCase(otherHead, no, "reply", `{"kind":"recall","text":"收回自办"}`)
	s.act(otherHead, "JB-1", "recall", `{"reason":"收回自办"}`)
	eventually(t, func() bool { in, _ := s.caseSeen(ofAuthority, no); return len(in.Flags) == 0 && in.State == "replied" })
	if one := s.actCase(ofAuthority, no, "verify", `{"note":"已收回"}`); one.State != "void" {
		t.Errorf("%+v", one)
	}
	for i, reason := range []string{"N02", "N10"} {
		task := fmt.Sprint("JB-", i+2)
		no := "prohibited:D02:1:" + task
		if a := s.ask(otherHead, http.MethodPost, begins, "", strings.Replace(form, "JB-1", task, 1)); a.status != http.StatusOK {
			t.Fatalf("%d %s", a.status, a.body)
		}
		s.caseIs(no, "notified")
		s.act(northOfficer, task, "reject", `{"reason":"`+reason+`"}`)
		s.act(otherHead, task, "contest", `{"grounds":"社区熟悉情况"}`)
		s.act(ofAuthority, task, "uphold", `{"document":"社建裁〔2025〕1号","reason":"社区矫正监管是司法行政机关的职责"}`)
		eventually(t, func() bool { in, _ := s.caseSeen(ofAuthority, no); return len(in.Flags) == 0 && in.State == "notified" })
		if one := s.actCase(ofAuthority, no, "verify", `{"note":"裁定维持拒收"}`); one.State != "void" {
			t.Errorf("%s: %+v", reason, one)
		}
	}
}

// TestStoryPlaquesComeBack (挂牌回潮): of thirty plaques twelve were taken down, and four
// of these hang again before an inspection. What hung all the time is no case. Each is a case; what is taken down once more is
// struck off, and one that comes back is a case again.
func TestStoryPlaquesComeBack(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := played(t, serve.Config{DatabaseURL: place.database})
	plaque := func(no, title, hung, removed string) string {
		row := `{"no":"` + no + `","community":"` + north + `","department":"D01","title":"` + title + `","zone":"outside","hung_on":"` + hung + `"`
		if removed != "" {
			row += `,"removed_on":"` + removed + `"`
		}
		return row + "}"
	}
	var want, stayed []string
	for i := 13; i <= 30; i++ {
		stayed = append(stayed, plaque(fmt.Sprint("GP-", i), fmt.Sprint("工作站", i), "2023-05-08", ""))
	}
	s.rows("plaques", stayed...)
	for i := 1; i <= 12; i++ {
		title := fmt.Sprint("工作站", i)
		s.rows("plaques", plaque(fmt.Sprint("GP-", i), title, "2023-05-08", "2024-11-04"))
		if i <= 4 {
			s.rows("plaques", plaque(fmt.Sprint("GP-", i, "b"), title, "2025-02-24", ""))
			want = append(want, fmt.Sprint("plaque_relapse:D01:1:GP-", i, "b"))
		}
	}
	eventually(t, func() bool { return sameNumbers(s.cases(ofAuthority), want) })
	s.actCase(officeHead, want[0], "reply", `{"kind":"explain","text":"迎检临时悬挂"}`)
	s.actCase(ofAuthority, want[0], "order", `{"reason":"摘牌后回潮","demands":"三日内摘除"}`)
	s.actCase(officeHead, want[0], "report", `{"text":"已摘除"}`)
	s.rows("plaques", plaque("GP-1b", "工作站1", "2025-02-24", "2025-03-03"))
	eventually(t, func() bool { in, _ := s.caseSeen(ofAuthority, want[0]); return len(in.Flags) == 0 })
	s.actCase(ofAuthority, want[0], "verify", "")
	s.pass("2025-03-10")
	s.rows("plaques", plaque("GP-1c", "工作站1", "2025-03-10", ""))
	again := s.caseIs("plaque_relapse:D01:1:GP-1c", "notified")
	if !strings.Contains(string(again.Form), "2025-03-10") {
		t.Errorf("%s", again.Form)
	}
}

// TestStoryThreeThingsToTheCommunity (三到社区): a department pays the street's service
// centre, which passes the money on to four communities, to the fen. Nothing stays
// on the way and nothing is asked of anybody; a fen that stays is a case. All of it is
// recorded at one go: row by row each payment would stay on the way for a moment.
func TestStoryThreeThingsToTheCommunity(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := played(t, serve.Config{DatabaseURL: place.database})
	const paid, arrived = "voucher,paid_on,payer,payee,purpose,amount,upstream\n", "voucher,confirmed_on,amount\n"
	places, handed, taken := "code,name,street,households\n", "no,department,community,item,issued_on,quantity,pay_by\n", "task,outcome,filed_on\n"
	sent, came := paid+"V0,2025-01-06,D01,"+streetOfBoth+",item:A01,40000,\n", arrived
	for i := 1; i <= 4; i++ {
		community, no, voucher := fmt.Sprint("43102610200", i), fmt.Sprint("JB-", i), fmt.Sprint("V", i)
		if i > 2 {
			places += community + ",社区" + fmt.Sprint(i) + "," + streetOfBoth + ",900\n"
		}
		handed += no + ",D01," + community + ",A01,2025-01-02,500,2025-01-20\n"
		taken += no + ",accept,2025-01-03\n"
		sent += voucher + ",2025-01-08," + streetOfBoth + "," + community + ",,10000,V0\n"
		came += voucher + ",2025-01-09,10000\n"
	}
	s.imported("communities.csv", places, "tasks.csv", handed, "receipts.csv", taken, "payments.csv", sent, "arrivals.csv", came)
	// The control, recorded after all that: of as much, a fen stays.
	s.imported("payments.csv", paid+"W0,2025-01-06,D01,"+streetOfBoth+",department,10000,\nW1,2025-01-08,"+streetOfBoth+","+north+",,9999.99,W0\n",
		"arrivals.csv", arrived+"W1,2025-01-09,9999.99\n")
	kept := "retained:" + streetOfBoth + ":1:W0"
	s.caseIs(kept, "notified")
	s.flagIs(kept, "retained", 1)
	if all := s.cases(ofAuthority); !sameNumbers(all, []string{kept}) {
		t.Errorf("cases are %q", all)
	}
	var tasks struct {
		Tasks []struct{ No, Status, Lamp string }
	}
	s.ask(ofAuthority, http.MethodGet, "/tasks?item=A01", "", "").into(t, &tasks)
	for _, one := range tasks.Tasks {
		if one.Status != "funded" || one.Lamp != "green" {
			t.Errorf("%+v", one)
		}
	}
	if len(tasks.Tasks) != 4 {
		t.Errorf("%+v", tasks)
	}
}

// TestStoryBorrowedWorkersArePaidFor (太仓): who borrows two workers of a community
// owes it 1,800 yuan a month for each: 43,200 a year, by the person and month. The
// rule per_staff counts a community's own workers, and is another.
func TestStoryBorrowedWorkersArePaidFor(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := played(t, serve.Config{DatabaseURL: place.database})
	s.rows("items", `{"code":"A03","name":"借用社区人员（人·月）","department":"D01","list":"assist","rule":"per_case","rate":"1800"}`)
	s.rows("burdens", `{"no":"FD-1","community":"`+north+`","department":"D01","kind":"secondment","title":"借用两名社区人员","from":"2024-01-02","to":"2024-12-31"}`)
	var priced serve.Acted
	s.ask(officeHead, http.MethodPost, begins+"?dry_run=true", "", `{"no":"JB-1","department":"D01","item":"A03","community":"`+north+`","quantity":"24"}`).into(t, &priced)
	if e := priced.Entitlement; e == nil || *e != 43_200_00 {
		t.Errorf("a year of two workers costs %+v", priced)
	}
	s.rows("tasks", `{"no":"JB-1","department":"D01","community":"`+north+`","item":"A03","issued_on":"2024-01-02","quantity":"24","pay_by":"2024-12-31"}`)
	s.rows("receipts", `{"task":"JB-1","outcome":"accept","filed_on":"2024-01-03"}`)
	s.paid("V1", "JB-1", north, "21600", "2024-06-28")
	no := feeOf("JB-1", "1")
	s.caseIs(no, "notified")
	s.flagIs(no, "underfunded", 21_600_00) // one worker's year is missing
	s.paid("V2", "JB-1", north, "21600", "2025-03-03")
	s.caseIs(no, "cured_late")
}

// TestStoryTheFlagGoesAndNoMoneyCame: a task is taken back, rejected, or put off, a
// promise put off, and nothing was paid. No money closed such a case: the authority
// looks, and strikes it off. A promise that is kept is a story above.
func TestStoryTheFlagGoesAndNoMoneyCame(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := played(t, serve.Config{DatabaseURL: place.database})
	s.owed("JB-1", north)
	s.owed("JB-2", north) // the control: this one is paid
	for _, no := range []string{"JB-3", "JB-4"} {
		s.rows("tasks", `{"no":"`+no+`","department":"D01","community":"`+north+`","item":"A01","issued_on":"2025-01-06","quantity":"12","pay_by":"2025-01-20"}`)
	}
	s.rows("commitments", `{"no":"CN-1","kind":"pledge","department":"D01","community":"`+north+`","purpose":"department","amount":"5000","made_on":"2024-12-02","by":"2025-02-10"}`)
	const promise = "commitment_broken:D01:1:CN-1"
	for _, no := range []string{feeOf("JB-1", "1"), feeOf("JB-2", "1"), feeOf("JB-3", "1"), feeOf("JB-4", "1"), promise} {
		s.caseIs(no, "notified")
	}
	refused := s.tryCase(ofAuthority, feeOf("JB-1", "1"), "verify", "").problem(t)
	if refused.Code != "FACTS" || !strings.HasPrefix(refused.Errors[0].Line, `"unfunded", expected `) {
		t.Errorf("while the lamp is lit: %+v", refused)
	}
	s.act(officeHead, "JB-1", "recall", `{"reason":"收回自办"}`)
	s.rows("receipts", `{"task":"JB-3","outcome":"reject","filed_on":"2025-03-03","reason":"N04"}`)
	s.act(officeHead, "JB-4", "amend", `{"pay_by":"2025-12-31","reason":"延期拨付"}`)
	s.paid("V1", "JB-2", north, "240", "2025-03-03")
	s.caseIs(feeOf("JB-2", "1"), "cured_late")
	if a := s.ask(officeHead, http.MethodPost, "/workflows/commitment/instances/CN-1/amend", "", `{"by":"2025-12-31","reason":"延期兑现"}`); a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	unpaid := []string{feeOf("JB-1", "1"), feeOf("JB-3", "1"), feeOf("JB-4", "1"), promise}
	for _, no := range unpaid {
		eventually(t, func() bool { in, _ := s.caseSeen(ofAuthority, no); return len(in.Flags) == 0 })
	}
	s.pass("2025-03-24") // no order follows the silence: there is nothing to order
	for i, no := range unpaid {
		if in, _ := s.caseSeen(ofAuthority, no); in.State != "notified" {
			t.Errorf("%s is %s: %q", no, in.State, steps(in))
		}
		want := []string{"void", "void", "changed", "changed"}[i]
		if one := s.actCase(ofAuthority, no, "verify", `{"note":"经费未到，预警已解除"}`); one.State != want {
			t.Errorf("%+v is not %s", one, want)
		}
	}
}
