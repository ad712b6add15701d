package ledger_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/schemas"
	"feisui/services/ledger/reconcile"
)

// paidCounty has two communities of which the first was given a task for 1000 yuan,
// and of the street's 900 got 600 for it, 500 of which arrived; with 100 for
// whatever it likes, all of which did.
func paidCounty(t *testing.T) *county {
	t.Helper()
	c := newCounty(t)
	amount, on := money.Fen(100000), civil.Of(2025, 5, 5)
	c.take(t, schemas.TaskAssigned{
		No: "JB-1", Department: "D01", Community: canal, Item: "SX-018", IssuedOn: civil.Of(2025, 3, 3), DueOn: civil.Of(2025, 5, 1), Amount: &amount,
	}, canal)
	c.take(t, schemas.PaymentMade{
		Voucher: "PZ-1", PaidOn: on, Payer: "D01", Payee: street, Community: canal, Beneficiary: canal, Origin: "D01", InheritedPurpose: "department", Amount: 90000,
	}, canal, street)
	c.take(t, schemas.PaymentPassedOn{Voucher: "PZ-1", Child: "PZ-2", Amount: 60000, PaidOn: on}, canal, street)
	c.take(t, schemas.PaymentMade{
		Voucher: "PZ-2", PaidOn: on, Payer: street, Payee: canal, Upstream: "PZ-1", Beneficiary: canal, Origin: "D01", InheritedPurpose: "department", Amount: 60000,
	}, canal, street)
	c.take(t, schemas.PaymentArrived{Voucher: "PZ-2", Arrival: 1, ConfirmedOn: on, Amount: 50000}, canal, street)
	c.take(t, schemas.PaymentMade{
		Voucher: "PZ-3", PaidOn: on, Payer: "D01", Payee: canal, Beneficiary: canal, Origin: "D01", Purpose: "general", InheritedPurpose: "general", Amount: 10000,
	}, canal)
	c.take(t, schemas.PaymentArrived{Voucher: "PZ-3", Arrival: 1, ConfirmedOn: on, Amount: 10000}, canal)
	c.Judge()
	return c
}

// TestTheAuditSeesEveryIdentityBroken moves a fen, or more, in one figure after
// the other, and wants exactly the identities said that it breaks. Each identity
// stands in a row: without it that row is another.
func TestTheAuditSeesEveryIdentityBroken(t *testing.T) {
	t.Parallel()
	const (
		confirmed, entitlement, entitlements = "confirmed = allocated + surplus + general", "entitlement = allocated + shortfall", "the tasks' entitlements"
		allocated, shortfalls, overdue, pays = "what is allocated to the tasks", "the tasks' shortfalls", "the tasks' overdue shortfalls", "what the payments allocate"
	)
	c := paidCounty(t)
	s := c.Standing(canal).Community
	task, tally, paid := &s.Tasks[0], &s.Tally, map[string]*reconcile.PaymentStatement{}
	for i := range s.Payments {
		paid[s.Payments[i].Voucher] = &s.Payments[i]
	}
	if *task.OverdueShortfall != 50000 || tally.Confirmed != 60000 || tally.General != 10000 || paid["PZ-1"].Held != 30000 || len(paid) != 3 {
		t.Fatalf("the county is another: %+v", s)
	}
	rows := []struct {
		name  string
		moved *money.Fen
		by    money.Fen
		says  []string
	}{
		{"confirmed, of all", &tally.Confirmed, 1, []string{confirmed}},
		{"surplus, of all", &tally.Surplus, -1, []string{confirmed}},
		{"general, of all", &tally.General, 1, []string{confirmed}},
		{"entitlement, of all", &tally.Entitlement, 1, []string{entitlement, entitlements}},
		{"allocated, of all", &tally.Allocated, 1, []string{confirmed, entitlement, allocated, pays}},
		{"shortfall, of all", &tally.Shortfall, 1, []string{entitlement, shortfalls}},
		{"overdue shortfall, of all", &tally.OverdueShortfall, 1, []string{overdue}},
		{"entitlement", task.Entitlement, 1, []string{"entitlement of JB-1", entitlements}},
		{"allocated", &task.Allocated, -1, []string{"entitlement of JB-1", allocated}},
		{"shortfall", task.Shortfall, 1, []string{"entitlement of JB-1", shortfalls}},
		{"overdue shortfall", task.OverdueShortfall, -1, []string{overdue}},
		{"a payment's amount", &paid["PZ-1"].Amount, 1, []string{"amount of PZ-1"}},
		{"what is held of it", &paid["PZ-1"].Held, -1, []string{"amount of PZ-1"}},
		{"what arrived of it", &paid["PZ-2"].Confirmed, -1, []string{"what arrived of PZ-2"}},
		{"more arrived than was paid", &paid["PZ-2"].Confirmed, 10001, []string{"what arrived of PZ-2", "amount of PZ-2"}},
		{"what it pays", &paid["PZ-2"].Allocated, 1, []string{"what arrived of PZ-2", pays}},
		{"what it has left over", &paid["PZ-2"].Surplus, 1, []string{"what arrived of PZ-2"}},
		{"more of what is for anything", &paid["PZ-3"].Confirmed, 1, []string{"amount of PZ-3"}},
		{"more than can be added", &tally.Surplus, math.MaxInt64, []string{"amounts too large"}},
	}
	for _, row := range rows {
		sound(t, c)
		was := *row.moved
		*row.moved += row.by
		var says []string
		for _, wrong := range c.Audit() {
			what, of := strings.CutPrefix(wrong, canal+": ")
			if !of {
				t.Errorf("%s: of another account: %s", row.name, wrong)
			}
			if i := strings.LastIndex(what, ": "); i > 0 {
				what = what[:i]
			}
			says = append(says, what)
		}
		*row.moved = was
		slices.Sort(says)
		slices.Sort(row.says)
		if !slices.Equal(says, row.says) {
			t.Errorf("%s by %d: the audit says %q, want %q", row.name, row.by, says, row.says)
		}
	}
	sound(t, c)
}

func sound(t *testing.T, c *county) {
	t.Helper()
	if wrong := c.Audit(); len(wrong) > 0 {
		t.Fatalf("nothing is wrong, and yet: %q", wrong)
	}
}
