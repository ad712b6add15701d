package oversight_test

import (
	"testing"

	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/schemas"
	"feisui/services/oversight"
)

func fen(n int64) *money.Fen { f := money.Fen(n); return &f }

// TestWhyAFlagOfATaskWent: each rule about tasks with each change that makes its flag
// go. A fee is paid where what came covers what was asked for as the case began, and
// by nothing else: one fen less is no money, and no amendment is.
func TestWhyAFlagOfATaskWent(t *testing.T) {
	t.Parallel()
	quantity := money.Whole(12)
	as := func(change func(*oversight.Task)) oversight.Task {
		task := oversight.Task{Assigned: schemas.TaskAssigned{
			No: "T", Department: "D", Community: community, Item: "A", IssuedOn: april, PayBy: april, Quantity: &quantity,
		}}
		if change != nil {
			change(&task)
		}
		return task
	}
	then := as(nil)
	void := as(func(t *oversight.Task) { t.Void = true })
	done := as(func(t *oversight.Task) { t.Completed = &schemas.TaskCompleted{Task: "T", CompletedOn: april} })
	putOff := as(func(t *oversight.Task) { t.Assigned.PayBy = april.AddDays(90) })
	lowered := as(func(t *oversight.Task) { t.Assigned.Amount = fen(100) })
	empowered := as(func(t *oversight.Task) { t.Assigned.AuthorityDocument = "授权〔2025〕1号" })
	renamed := as(func(t *oversight.Task) { t.Assigned.Document, t.Assigned.DueOn = "民发〔2025〕1号", april })
	whole, part := oversight.Fee{Asked: 240, Came: 240, On: april}, oversight.Fee{Asked: 240, Came: 239}
	for _, c := range []struct {
		name, rule string
		now        oversight.Task
		around     bool
		fee        oversight.Fee
		want       oversight.Cause
	}{
		{"paid", "unfunded", then, false, whole, oversight.Money},
		{"the rest paid", "underfunded", then, false, whole, oversight.Money},
		{"paid and put off", "underfunded", putOff, false, whole, oversight.Money},
		{"paid and more was asked since", "unfunded", lowered, false, whole, oversight.Money},
		{"paid but for a fen, and put off", "underfunded", putOff, false, part, oversight.Changed},
		{"paid in part, and lowered to that", "underfunded", lowered, false, part, oversight.Changed},
		{"put off, of which nothing came", "unfunded", putOff, false, oversight.Fee{Asked: 240}, oversight.Changed},
		{"nothing was asked for, so nothing came", "unfunded", then, false, oversight.Fee{}, oversight.Other},
		{"completed with less", "underfunded", done, false, part, oversight.Changed},
		{"the rate of the item lowered", "underfunded", then, true, part, oversight.Changed},
		{"taken back when paid", "unfunded", void, false, whole, oversight.Void},
		{"taken back", "unfunded", void, false, part, oversight.Void},
		{"days of grace set anew", "unfunded", then, false, part, oversight.Other},
		{"another document is no change of the fee", "unfunded", renamed, false, part, oversight.Other},

		{"prohibited, taken back", "prohibited", void, false, whole, oversight.Void},
		{"prohibited, completed", "prohibited", done, false, whole, oversight.Done},
		{"prohibited, off the list", "prohibited", then, true, whole, oversight.Changed},
		{"prohibited, of another item", "prohibited", lowered, false, whole, oversight.Changed},
		{"prohibited, whatever was paid", "prohibited", then, false, whole, oversight.Other},

		{"unadmitted, admitted", "unadmitted", then, false, whole, oversight.Remedied},
		{"unadmitted, listed", "unadmitted", then, true, whole, oversight.Changed},
		{"unadmitted, taken back", "unadmitted", void, false, whole, oversight.Void},
		{"unadmitted, completed", "unadmitted", done, false, whole, oversight.Done},

		{"no authority, the document came", "no_authority", empowered, false, whole, oversight.Remedied},
		{"no authority, none is required", "no_authority", then, true, whole, oversight.Changed},
		{"no authority, completed", "no_authority", done, false, whole, oversight.Done},
		{"no authority, rejected", "no_authority", void, false, whole, oversight.Void},

		{"undetermined, the amount came", "undetermined", lowered, false, whole, oversight.Remedied},
		{"undetermined, the rate came", "undetermined", then, true, whole, oversight.Remedied},
		{"undetermined, the quantity came", "undetermined", done, false, whole, oversight.Remedied},
		{"undetermined, taken back", "undetermined", void, false, whole, oversight.Void},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := oversight.OfTask(c.rule, then, c.now, c.around, c.fee); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestWhyAPromiseIsBrokenNoMore(t *testing.T) {
	t.Parallel()
	then := schemas.CommitmentMade{No: "CN", Kind: "pledge", Department: "D", Community: community, Amount: 5000, MadeOn: april, By: april}
	putOff, lowered, endless := then, then, then
	putOff.By, lowered.Amount, endless.By = april.AddDays(90), 2000, 0
	for _, c := range []struct {
		name string
		now  schemas.CommitmentMade
		came money.Fen
		want oversight.Cause
		late bool // by the day that was broken
	}{
		{"kept", then, 5000, oversight.Money, false},
		{"put off, then kept", putOff, 5000, oversight.Money, true},
		{"put off", putOff, 0, oversight.Changed, true},
		{"put off for ever", endless, 4999, oversight.Changed, true},
		{"lowered to what came", lowered, 2000, oversight.Changed, false},
		{"kept but for a fen", then, 4999, oversight.Other, false},
	} {
		if got := oversight.OfCommitment(then, c.now, c.came); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		if got := oversight.PutOff(then, c.now); got != c.late {
			t.Errorf("%s: put off: %v", c.name, got)
		}
	}
	if free := (schemas.CommitmentMade{}); oversight.OfCommitment(free, free, 0) == oversight.Money {
		t.Error("a promise of nothing is kept by nothing")
	}
}

func TestWhyAFlagOfAPaymentWent(t *testing.T) {
	t.Parallel()
	then := schemas.PaymentMade{Voucher: "V", PaidOn: april, Payer: "D", Payee: "990101001", Amount: 900}
	lowered, general := then, then
	lowered.Amount, general.Purpose = 400, "general"
	is := func(made schemas.PaymentMade, passed, arrived money.Fen) oversight.Payment {
		return oversight.Payment{Made: made, PassedOn: passed, Arrived: arrived}
	}
	undone := oversight.Payment{Made: then, Arrived: 900, PassedOn: 900, Reversed: true}
	for _, c := range []struct {
		name, rule string
		now        oversight.Payment
		want       oversight.Cause
	}{
		{"passed on", "retained", is(then, 900, 0), oversight.Money},
		{"passed on and confirmed", "retained", is(then, 500, 400), oversight.Money},
		{"passed on but for a fen", "retained", is(then, 899, 0), oversight.Other},
		{"lowered to what was passed on", "retained", is(lowered, 400, 0), oversight.Changed},
		{"made general", "retained", is(general, 0, 0), oversight.Changed},
		{"reversed", "retained", undone, oversight.Reversed},
		{"confirmed", "unconfirmed", is(then, 0, 900), oversight.Money},
		{"confirmed but for a fen", "unconfirmed", is(then, 0, 899), oversight.Other},
		{"lowered to what was confirmed", "unconfirmed", is(lowered, 0, 400), oversight.Changed},
		{"passed on by the community", "unconfirmed", is(then, 900, 0), oversight.PassedOn},
		{"reversed before it was confirmed", "unconfirmed", undone, oversight.Reversed},
		{"diverted, reversed", "diverted", undone, oversight.Reversed},
		{"diverted, for what it was given", "diverted", is(general, 0, 900), oversight.Changed},
		{"diverted, whatever came", "diverted", is(then, 0, 900), oversight.Other},
	} {
		if got := oversight.OfPayment(c.rule, then, c.now); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestWhyAFlagOfAPlaqueWent(t *testing.T) {
	t.Parallel()
	then := schemas.PlaqueHung{No: "P", Community: community, Department: "D", Title: "示范点", Zone: "outside", HungOn: civil.Of(2025, 3, 3)}
	moved := then
	moved.Zone = "inside"
	for _, c := range []struct {
		name, rule string
		now        schemas.PlaqueHung
		down       bool
		want       oversight.Cause
	}{
		{"down", "plaque_unlisted", then, true, oversight.Remedied},
		{"in the catalogue", "plaque_unlisted", then, false, oversight.Remedied},
		{"corrected", "plaque_unlisted", moved, false, oversight.Changed},
		{"down again", "plaque_relapse", then, true, oversight.Remedied},
		{"corrected since", "plaque_relapse", moved, false, oversight.Changed},
		{"the one before was corrected", "plaque_relapse", then, false, oversight.Other},
	} {
		if got := oversight.OfPlaque(c.rule, then, c.now, c.down); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
