package ledger_test

import (
	"testing"

	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/schemas"
)

// TestAPlaqueWithNothingBehindItIsPointedOut: half a year without a task or a yuan of its
// department's, and not a day before.
func TestAPlaqueWithNothingBehindItIsPointedOut(t *testing.T) {
	t.Parallel()
	since := civil.Of(2025, 6, 30).AddDays(-183) // of the day that newCounty has
	plaque := schemas.PlaqueHung{No: "GP-1", Community: canal, Department: "D01", Title: "服务站", Zone: "outside", HungOn: since}
	task := schemas.TaskAssigned{No: "JB-1", Department: "D01", Community: canal, Item: "A01", IssuedOn: since}
	accepted := schemas.TaskReceipted{Task: "JB-1", Outcome: "accept", FiledOn: since + 1}
	done := schemas.TaskCompleted{Task: "JB-1", CompletedOn: since + 2}
	lately, other := task, task
	lately.IssuedOn, other.Department, other.IssuedOn = since+1, "D02", since+1
	paid := schemas.PaymentMade{Voucher: "V1", PaidOn: since + 1, Payer: "D01", Payee: canal, Beneficiary: canal, Origin: "D01", InheritedPurpose: "department", Amount: money.Fen(1)}
	before := paid
	before.PaidOn = since
	named := schemas.PlaqueTitleListed{Title: "服务站", Zone: "outside"}
	for name, c := range map[string]struct {
		hung civil.Date
		said []schemas.Event
		idle bool
	}{
		"nothing":                          {since, nil, true},
		"the county names it":              {since, []schemas.Event{named}, false},
		"the county names it elsewhere":    {since, []schemas.Event{schemas.PlaqueTitleListed{Title: "服务站", Zone: "inside"}}, true},
		"it hangs a day less":              {since + 1, nil, false},
		"a task is in hand still":          {since, []schemas.Event{task, accepted}, false},
		"a task of before is done":         {since, []schemas.Event{task, accepted, done}, true},
		"a task came lately and is done":   {since, []schemas.Event{lately, done}, false},
		"another department's task":        {since, []schemas.Event{other}, true},
		"money came":                       {since, []schemas.Event{paid}, false},
		"money came before":                {since, []schemas.Event{before}, true},
		"money came, and was taken back":   {since, []schemas.Event{paid, schemas.PaymentReversed{Voucher: "V1", ReversedOn: since + 5}}, true},
		"money is taken back tomorrow yet": {since, []schemas.Event{paid, schemas.PaymentReversed{Voucher: "V1", ReversedOn: since + 184}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			county, hung := newCounty(t), plaque
			hung.HungOn = c.hung
			county.take(t, schemas.DepartmentRegistered{Code: "D02", Name: "人社局"})
			county.take(t, hung, canal)
			for _, e := range c.said {
				county.take(t, e, canal)
			}
			all, known := county.Carried(canal)
			if !known || len(all.Plaques) != 1 || all.Plaques[0].Idle != c.idle {
				t.Errorf("%+v, blocked %v", all.Plaques, county.Blocked())
			}
		})
	}
}
