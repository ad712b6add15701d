package laws_test

import (
	"reflect"
	"slices"

	"feisui/pkg/money"
	"feisui/services/ledger/naive"
	"feisui/services/ledger/reconcile"
)

func (a *audit) equal(what string, got, want money.Fen) {
	a.t.Helper()
	if got != want {
		a.t.Fatalf("%s %s on %s: %s: got %d, want %d", mismatch, a.who, a.on, what, got, want)
	}
}

func (a *audit) same(what string, got, want any) {
	a.t.Helper()
	if !reflect.DeepEqual(got, want) {
		a.t.Fatalf("%s %s on %s: %s:\n  got  %+v\n  want %+v", mismatch, a.who, a.on, what, got, want)
	}
}

func (a *audit) rising(what string, amounts ...money.Fen) {
	a.t.Helper()
	if !slices.IsSorted(amounts) {
		a.t.Fatalf("%s %s on %s: %s: %d", mismatch, a.who, a.on, what, amounts)
	}
}

// coverage divides again: rounded down, nothing where there is nothing to divide by.
func (a *audit) coverage(s reconcile.Sums, all, due *int64) {
	a.t.Helper()
	share := func(part, whole money.Fen) *int64 {
		if whole == 0 {
			return nil
		}
		bp := int64(part * 10000 / whole) // drawn amounts are small
		return &bp
	}
	a.same("coverage", []*int64{all, due}, []*int64{share(s.Allocated, s.Entitlement), share(s.Due-s.OverdueShortfall, s.Due)})
}

// flags looks at what flags say of tasks: one of a kind on a subject, those of
// the fee exactly where the status is, the worst as the lamp.
func (a *audit) flags(s *reconcile.Statement) {
	type said struct {
		rule    reconcile.FlagRule
		subject string
	}
	flags := map[said]reconcile.Flag{}
	for _, f := range s.Flags {
		key := said{f.Rule, f.Subject}
		if _, twice := flags[key]; twice {
			a.t.Fatalf("%s %s on %s: twice %s", mismatch, a.who, a.on, key)
		}
		flags[key] = f
	}
	for _, task := range s.Tasks {
		worst := reconcile.Green
		for _, rule := range taskRules {
			if f, ok := flags[said{rule, task.No}]; ok && lamps[f.Lamp] > lamps[worst] {
				worst = f.Lamp
			}
		}
		a.same(task.No+": the lamp is the worst flag", task.Lamp, worst)
		for _, status := range []reconcile.Status{
			reconcile.Undetermined, reconcile.Unfunded, reconcile.Underfunded, reconcile.FundedLate,
		} {
			f, flagged := flags[said{reconcile.FlagRule(status), task.No}]
			a.same(task.No+": flagged "+string(status), flagged, task.Status == status)
			if flagged && (status == reconcile.Unfunded || status == reconcile.Underfunded) {
				a.equal(task.No+": the flag's amount", *f.Amount, *task.OverdueShortfall)
			}
		}
	}
}

var taskRules = []reconcile.FlagRule{
	reconcile.Prohibited, reconcile.Unadmitted, reconcile.UnfundedTask, reconcile.UnderfundedTask, reconcile.DueSoon,
	reconcile.FundedLateTask, reconcile.UndeterminedTask, reconcile.Unreceipted, reconcile.NoAuthority, reconcile.Duplicated,
}

var lamps = map[reconcile.Lamp]int{reconcile.Red: 3, reconcile.Yellow: 2, reconcile.Blue: 1, reconcile.Green: 0}

// inForce reports whether a payment row has been paid and not been reversed (§4).
func (a *audit) inForce(payment naive.Row) bool {
	reversed := ""
	for _, row := range a.book.Sheets["payments"] {
		if row["reverses"] == payment["voucher"] {
			reversed = row["paid_on"]
		}
	}
	return stands(payment["paid_on"], reversed, a.on.String())
}

// passedOn sums the children in force.
func (a *audit) passedOn(voucher string) (sum money.Fen, children int) {
	for _, row := range a.book.Sheets["payments"] {
		if row["upstream"] == voucher && a.inForce(row) {
			sum += money.Fen(fen(row["amount"]))
			children++
		}
	}
	return sum, children
}

// confirmed sums the arrivals that stand.
func (a *audit) confirmed(voucher string) (sum money.Fen) {
	for _, row := range a.book.Sheets["arrivals"] {
		if row["voucher"] == voucher && stands(row["confirmed_on"], row["withdrawn_on"], a.on.String()) {
			sum += money.Fen(fen(row["amount"]))
		}
	}
	return sum
}
