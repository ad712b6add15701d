package ledger_test

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"

	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/schemas"
	"feisui/services/ledger"
)

// saidOf is all that a county's book says.
func saidOf(t *testing.T, c *ledger.Current) string {
	t.Helper()
	text, err := json.MarshalIndent([]any{c.Standings(), c.Kept(), c.Blocked()}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func payment(voucher string, amount money.Fen) schemas.PaymentMade {
	return schemas.PaymentMade{
		Voucher: voucher, PaidOn: civil.Of(2025, 5, 5), Payer: "D01", Payee: canal, Beneficiary: canal, Origin: "D01", InheritedPurpose: "department", Amount: amount,
	}
}

// TestStepsDoNotMatter: a ledger that judged after every entry says what one
// says that is started now (B2), also of what is blocked.
func TestStepsDoNotMatter(t *testing.T) {
	t.Parallel()
	steps := map[string]func(t *testing.T, c *county){
		"poison for a community": func(_ *testing.T, c *county) { c.raw("task/JB-9", "task.exploded", `{}`, canal) },
		"poison for the county":  func(_ *testing.T, c *county) { c.raw("policy/county", "policy.adopted", `{"grace_days":"many"}`) },
		"poison for nobody":      func(_ *testing.T, c *county) { c.raw("task/JB-9", "task.exploded", `{}`, "990101009009") },
		"poison for two":         func(_ *testing.T, c *county) { c.raw("task/JB-9", "task.exploded", `{}`, canal, "990101009009") },
		"amounts too large": func(t *testing.T, c *county) {
			c.take(t, payment("PZ-1", math.MaxInt64), canal)
			c.take(t, payment("PZ-2", math.MaxInt64), canal)
		},
		"amounts too large for a while": func(t *testing.T, c *county) {
			c.take(t, payment("PZ-1", math.MaxInt64), canal)
			c.take(t, payment("PZ-2", math.MaxInt64), canal)
			c.take(t, schemas.PaymentReversed{Voucher: "PZ-2", By: "PZ-3", ReversedOn: civil.Of(2025, 5, 6)}, canal)
		},
		"a day": func(t *testing.T, c *county) { c.take(t, schemas.CountyDayBegan{Date: civil.Of(2025, 8, 1)}) },
	}
	for one, first := range steps {
		for other, second := range steps {
			t.Run(one+", "+other, func(t *testing.T) {
				t.Parallel()
				play := func(judge func(c *county)) string {
					c := newCounty(t)
					for i, step := range []func(t *testing.T, c *county){
						nil, first, nil, second, nil, func(t *testing.T, c *county) { c.take(t, schemas.CountyDayBegan{Date: civil.Of(2025, 9, 1)}) },
					} {
						if step != nil {
							step(t, c)
							judge(c)
						}
						c.assign(t, fmt.Sprint("JB-", 2*i), canal)
						judge(c)
						c.assign(t, fmt.Sprint("JB-", 2*i+1), bridge)
						judge(c)
					}
					c.Judge()
					return saidOf(t, c.Current)
				}
				n := 0
				each, seldom := play(func(c *county) { c.Judge() }), play(func(c *county) {
					if n++; n%5 == 0 {
						c.Judge()
					}
				})
				once := play(func(*county) {})
				if each != once || seldom != once {
					t.Errorf("judged after each entry:\n%s\nafter some:\n%s\nat the end:\n%s", each, seldom, once)
				}
			})
		}
	}
}

func TestAmountsThatDoNotAddUpBlockWhileTheyDoNot(t *testing.T) {
	t.Parallel()
	c := newCounty(t)
	c.take(t, payment("PZ-1", math.MaxInt64), canal)
	c.take(t, payment("PZ-2", math.MaxInt64), canal)
	at := c.position
	c.assign(t, "JB-1", bridge)
	c.Judge()
	if b := c.Blocked()[canal]; b.Position != at || b.Reason == "" || c.Standing(canal).Block != b {
		t.Errorf("blocked at %+v, want %d", b, at)
	}
	if len(c.Blocked()) != 1 || c.tasks(t, bridge) != 1 {
		t.Errorf("blocked are %+v", c.Blocked())
	}
	c.take(t, schemas.PaymentReversed{Voucher: "PZ-2", By: "PZ-3", ReversedOn: civil.Of(2025, 5, 6)}, canal)
	c.Judge()
	if len(c.Blocked()) != 0 || len(c.Kept()) != 0 || c.Standing(canal).Community == nil {
		t.Errorf("the second payment was undone, and blocked are %+v", c.Blocked())
	}
}

// TestOnlyWhatNewsTouchesIsJudged: in a county of 200 accounts.
func TestOnlyWhatNewsTouchesIsJudged(t *testing.T) {
	t.Parallel()
	c := &county{ledger.NewCurrent(civil.China()), 0, map[string]int64{}}
	code := func(i int) string { return fmt.Sprintf("990101%06d", i) }
	for i := range 200 {
		c.take(t, schemas.CommunityRegistered{Code: code(i), Name: "社区", Street: "990101001"}, code(i))
	}
	c.take(t, schemas.ItemListed{Code: "SX-001", Name: "一", List: "assist", Rule: "agreed"})
	day := civil.Of(2025, 6, 30)
	c.take(t, schemas.CountyDayBegan{Date: day})
	judged := func() (all []string) {
		for _, j := range c.Judge() {
			all = append(all, j.Account)
		}
		return all
	}
	if n := len(judged()); n != 200 { // the control: not everything is always little
		t.Fatalf("the first day judged %d", n)
	}
	if all := judged(); len(all) != 0 {
		t.Errorf("nothing happened, and %v were judged", all)
	}
	amount := money.Fen(500)
	for i := range 5 { // whose money is due on five days
		c.take(t, schemas.TaskAssigned{
			No: fmt.Sprint("JB-", i), Department: "D01", Community: code(i), Item: "SX-001", IssuedOn: day, Amount: &amount, PayBy: day.AddDays(60 + i),
		}, code(i))
		if all := judged(); len(all) != 1 || all[0] != code(i) {
			t.Errorf("a task for %s judged %v", code(i), all)
		}
	}
	c.take(t, payment("PZ-1", 100), canal, "990101001")
	if all := judged(); len(all) != 2 {
		t.Errorf("a payment of two accounts judged %v", all)
	}
	c.take(t, schemas.FlagRaised{Account: code(0), Rule: "unfunded", Subject: "JB-0", Lamp: "red", Since: day}, code(0))
	if all := judged(); len(all) != 0 {
		t.Errorf("an announcement judged %v", all)
	}
	for n := range 100 {
		day = day.AddDays(1)
		due := map[string]bool{}
		for _, s := range c.Standings() {
			until := civil.Date(0)
			if s.Community != nil {
				until = s.Community.Until
			}
			if s.Holder != nil && s.Holder.Until.Given() && (!until.Given() || s.Holder.Until < until) {
				until = s.Holder.Until
			}
			if until.Given() && until <= day {
				due[s.Account] = true
			}
		}
		c.take(t, schemas.CountyDayBegan{Date: day})
		all := judged()
		if len(all) != len(due) || len(all) > 7 {
			t.Errorf("day %d judged %v, want %v", n+1, all, due)
		}
		for _, account := range all {
			if !due[account] {
				t.Errorf("day %d judged %s, whose day has not come", n+1, account)
			}
		}
	}
	c.take(t, schemas.DepartmentRegistered{Code: "D01", Name: "民政局"})
	if n := len(judged()); n != 202 {
		t.Errorf("what concerns the county judged %d", n)
	}
}
