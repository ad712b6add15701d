package main

import "fmt"

// funds has a task of the north accepted on the condition of all of its 240 yuan until the
// 20th, and its payment arrive, by the street where it goes that way.
func (s *stage) funds(no, hop string) {
	s.t.Helper()
	s.issue(no, north, `,"pay_by":"2025-03-31"`)
	s.act(northOfficer, no, "accept_on_condition", `{"condition_amount":"240","condition_by":"2025-03-20"}`)
	s.agrees(no, "conditional")
	purpose := `,"community":"` + north + `","purpose":"task:` + no + `"`
	if hop == "" {
		s.done(financeOne, pays, pay("P-"+no, north, "240", purpose))
	} else {
		s.done(financeOne, pays, pay(hop, streetOfBoth, "240", purpose))
		s.done(streetMoney, pays, fmt.Sprintf(`{"voucher":%q,"paid_on":"2025-03-03","payer":%q,"payee":%q,"community":%q,"amount":"240","upstream":%q}`,
			"P-"+no, streetOfBoth, north, north, hop))
	}
	s.done(northOfficer, moneyStep("payment", "P-"+no, "confirm"), `{"amount":"240"}`)
	s.agrees(no, "funded")
}

// agrees waits until a task is in a state, which must be the one that the ledger gives it.
func (s *stage) agrees(no, state string) {
	s.t.Helper()
	task := s.taskFigures(no)
	says := string(task.State)
	if task.Condition != nil && says == "conditional" && task.Condition.Came >= task.Condition.Amount {
		says = "funded"
	}
	if says != state {
		s.t.Fatalf("by the ledger %s is %s, not %s: %+v", no, says, state, task.Condition)
	}
	s.is(no, state)
}

// conditionsFollowMoney: by whatever way money goes that met a condition, its task is where the
// ledger has it: it waits for the money until the day that its community gave, and is suspended
// after it; and it is met again as soon as the money is back.
func (s *stage) conditionsFollowMoney() {
	s.t.Helper()
	reearmark := func(voucher, purpose string) {
		s.done(financeOne, moneyStep("payment", voucher, "propose_reearmark"), fmt.Sprintf(`{"purpose":%q,"reason":"改"}`, purpose))
		s.done(financeTwo, moneyStep("payment", voucher, "approve_reearmark"), "")
	}
	withdrawn := func(voucher string) {
		s.done(northOfficer, moneyStep("payment", voucher, "withdraw"), `{"arrival":1,"reason":"看错账户"}`)
	}
	undone := func(voucher, payee, payer string) { // of which nothing stands confirmed any more
		withdrawn(voucher)
		s.rows("payments", fmt.Sprintf(`{"voucher":"R-%s","paid_on":"2025-03-03","payer":%q,"payee":%q,"amount":"240","reverses":%q}`, voucher, payee, payer, voucher))
	}
	ways := []struct {
		no, hop string
		goes    func(voucher string)
	}{
		{"JB-REEARMARKED", "", func(voucher string) { reearmark(voucher, "task:JB-2025-001") }},
		{"JB-WITHDRAWN", "", withdrawn},
		{"JB-REVERSED", "", func(voucher string) { undone(voucher, north, "D01") }},
		{"JB-RETURNED", "H-1", func(voucher string) { undone(voucher, north, streetOfBoth) }},
	}
	for _, way := range ways {
		s.funds(way.no, way.hop)
		way.goes("P-" + way.no)
		s.agrees(way.no, "conditional")
		if in := s.seen(northOfficer, way.no); in.Due == nil || in.Due.DueOn.String() != "2025-03-20" {
			s.t.Errorf("%s waits until %+v", way.no, in.Due)
		}
	}
	// It came back, and goes once more.
	reearmark("P-JB-REEARMARKED", "task:JB-REEARMARKED")
	s.agrees("JB-REEARMARKED", "funded")
	s.funds("JB-PAUSED", "")
	s.act(officeHead, "JB-PAUSED", "pause", `{"until":"2025-03-31","reason":"等上级文件"}`)
	reearmark("P-JB-PAUSED", "task:JB-2025-001")
	if a := s.act(officeHead, "JB-PAUSED", "resume", ""); a.Instances[0].State != "conditional" {
		s.t.Errorf("it is resumed as %s", a.Instances[0].State)
	}
	s.agrees("JB-PAUSED", "conditional")
	s.pass("2025-03-20")
	for _, way := range ways[1:] {
		s.agrees(way.no, "conditional")
	}
	s.pass("2025-03-21")
	for _, way := range ways[1:] {
		s.is(way.no, "suspended")
		s.agrees(way.no, "suspended")
	}
	s.agrees("JB-REEARMARKED", "funded")
	reearmark("P-JB-REEARMARKED", "task:JB-2025-001")
	s.agrees("JB-REEARMARKED", "suspended")
}
