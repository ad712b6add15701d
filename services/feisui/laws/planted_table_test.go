package laws_test

const (
	entitlementGo = "services/ledger/reconcile/entitlement.go"
	stateGo       = "services/ledger/reconcile/state.go"
	allocationGo  = "services/ledger/reconcile/allocation.go"
	moneyGo       = "services/ledger/reconcile/money.go"
	flagsTaskGo   = "services/ledger/reconcile/flags_task.go"
	flagsMoneyGo  = "services/ledger/reconcile/flags_money.go"
	flagsPlaqueGo = "services/ledger/reconcile/flags_plaque.go"
	countyGo      = "services/ledger/reconcile/county.go"
	figuresGo     = "services/ledger/figures/"
	statementGo   = "services/ledger/reconcile/statement.go"
	tallyGo       = "services/ledger/reconcile/tally.go"
	todayGo       = "services/ledger/reconcile/today.go"
	currentGo     = "services/ledger/current.go"
	flagsGo       = "services/ledger/flags.go"
	accountsGo    = "services/ledger/accounts.go"
	bookGo        = "services/ledger/book.go"
	fundGo        = "services/fund/record.go"
	decimalGo     = "pkg/money/decimal.go"
	fenGo         = "pkg/money/fen.go"
)

// plantedMistakes are mistakes that somebody might make. The first few say the
// most: -short plants only those.
var plantedMistakes = []mistake{
	{
		wrong: "money that waits serves later tasks before those that are there",
		file:  allocationGo,
		old:   `left := a.Amount`,
		new:   `left := m.payLater(later, a.ConfirmedOn, a.Amount)`,
	}, {
		wrong: "grace is not given",
		file:  entitlementGo,
		old:   `o.dueEnd = w.days.After(o.payBy, w.policy.GraceDays)`,
		new:   `o.dueEnd = o.payBy`,
	}, {
		wrong: "money passed on without a purpose loses the one it had",
		file:  fundGo,
		old:   `cmp.Or(made.Purpose, parent.Made.InheritedPurpose)`,
		new:   `cmp.Or(made.Purpose, "department")`,
	},
	// §2
	{
		wrong: "half a fen is rounded down",
		file:  decimalGo,
		old:   `if rest >= unit-rest {`,
		new:   `if rest > unit-rest {`,
	}, {
		wrong: "half a fen is rounded to the even",
		file:  decimalGo,
		old:   `if rest >= unit-rest {`,
		new:   `if rest > unit-rest || rest == unit-rest && q%2 == 1 {`,
	}, {
		wrong: "of equal remainders the last payer's is rounded up",
		file:  decimalGo,
		old:   `if rest.Cmp(rests[largest]) > 0 {`,
		new:   `if rest.Cmp(rests[largest]) >= 0 {`,
	}, {
		wrong: "an obligation is past on its last day",
		file:  entitlementGo,
		old:   `return o.dueEnd.Given() && day.over(o.dueEnd)`,
		new:   `return o.dueEnd.Given() && day.reached(o.dueEnd)`,
	}, {
		wrong: "arrears are due before the day that the task says",
		file:  entitlementGo,
		old:   `max(t.CompletedOn.AddDays(w.policy.ArrearsDays), t.PayBy, t.IssuedOn)`,
		new:   `max(t.CompletedOn.AddDays(w.policy.ArrearsDays), t.IssuedOn)`,
	}, {
		wrong: "obligations without a day come first",
		file:  entitlementGo,
		old:   "case !a.Given():\n\t\treturn 1\n\tcase !b.Given():\n\t\treturn -1",
		new:   "case !a.Given():\n\t\treturn -1\n\tcase !b.Given():\n\t\treturn 1",
	},
	// §3
	{
		wrong: "a task lapses by calendar days",
		file:  stateGo,
		old:   `w.days.After(t.IssuedOn, limit+1)`,
		new:   `t.IssuedOn.AddDays(limit + 1)`,
	}, {
		wrong: "two queries give twice the time",
		file:  stateGo,
		old:   "limit += w.policy.QueryDays\n\t\t\tbreak",
		new:   "limit += w.policy.QueryDays",
	}, {
		wrong: "a query gives time however late it is",
		file:  stateGo,
		old:   ` && r.FiledOn <= asked`,
		new:   ` && asked.Given()`,
	}, {
		wrong: "a reject holds over a conditional of the same day",
		file:  stateGo,
		old:   `if o == Conditional {`,
		new:   `if o == Reject {`,
	}, {
		wrong: "a recall undoes a completion of the same day",
		file:  stateGo,
		old:   `t.CompletedOn <= t.RecalledOn`,
		new:   `t.CompletedOn < t.RecalledOn`,
	}, {
		wrong:  "earmarked money that is left over does not meet a condition",
		file:   stateGo,
		old:    `t.came = t.came.Plus(p.confirmed.Minus(p.allocated))`,
		new:    `t.came = t.came.Plus(0)`,
		checks: 1500,
	}, {
		wrong: "a condition met to the fen is not met",
		file:  stateGo,
		old:   `came < t.condition.ConditionAmount`,
		new:   `came <= t.condition.ConditionAmount`,
	},
	// §4
	{
		wrong: "an arrival stands on the day of its withdrawal",
		file:  moneyGo,
		old:   `if day.inForce(a.ConfirmedOn, a.WithdrawnOn) {`,
		new:   `if day.inForce(a.ConfirmedOn, a.WithdrawnOn) || a.WithdrawnOn == day.on {`,
	}, {
		wrong: "a sponsor's gift pays for tasks",
		file:  moneyGo,
		old:   `if c.Departments[origin] == Sponsor {`,
		new:   `if false && c.Departments[origin] == Sponsor {`,
	}, {
		wrong: "a street holds what the community has the use of",
		file:  moneyGo,
		old:   `.Minus(v.passedOn).Minus(v.confirmed)`,
		new:   `.Minus(v.passedOn)`,
	}, {
		wrong: "money comes from who passed it on, not from its origin",
		file:  fundGo,
		old:   `made.Origin = parent.Made.Origin`,
		new:   `made.Origin = parent.Made.Payer`,
	}, {
		wrong: "a reversed child stays passed on",
		file:  bookGo,
		old:   `b.payments[e.Voucher].Children[i].ReversedOn = e.ReversedOn`,
		new:   `b.payments[e.Voucher].Children[i].ReversedOn = 0`,
	},
	// §5
	{
		wrong: "the origin's own obligations do not come first",
		file:  allocationGo,
		old:   `o.task.IssuedOn <= day && own == (o.payer == m.origin) && m.matches(o)`,
		new:   `o.task.IssuedOn <= day && own && m.matches(o)`,
	}, {
		wrong: "money that waits does not serve what comes first",
		file:  allocationGo,
		old:   `return cmp.Compare(a.task.IssuedOn, b.task.IssuedOn) })`,
		new:   `return cmp.Compare(b.task.IssuedOn, a.task.IssuedOn) })`,
	}, {
		wrong:  "a superior does not pay on departments' behalf",
		file:   allocationGo,
		old:    `of == Finance || of == Superior`,
		new:    `of == Finance`,
		checks: 1000,
	}, {
		wrong: "an obligation is covered when the first money for it comes",
		file:  allocationGo,
		old:   `o.paidOn = max(o.paidOn, day)`,
		new:   `o.paidOn = cmp.Or(o.paidOn, day)`,
	}, {
		wrong:  "money for what is not due yet makes what is overdue underfunded",
		file:   allocationGo,
		old:    `case toOverdue == 0:`,
		new:    `case t.allocated() == 0:`,
		checks: 2500,
	}, {
		wrong:  "of two arrivals on one day the later voucher's pays first",
		file:   allocationGo,
		old:    `cmp.Compare(a.payment.Voucher, b.payment.Voucher))`,
		new:    `cmp.Compare(b.payment.Voucher, a.payment.Voucher))`,
		checks: 5000,
	},
	// §6
	{
		wrong:  "an admission revoked on the day of issue still admits",
		file:   countyGo,
		old:    `ad.RevokedOn > issued`,
		new:    `ad.RevokedOn >= issued`,
		checks: 1000,
	}, {
		wrong: "a conditional admission admits nothing",
		file:  bookGo,
		old:   `if d.Decision != "denied" {`,
		new:   `if d.Decision == "admitted" {`,
	}, {
		wrong: "of two duplicates both are flagged",
		file:  flagsTaskGo,
		old:   `cmp.Or(cmp.Compare(u.IssuedOn, t.IssuedOn), cmp.Compare(u.No, t.No)) < 0`,
		new:   `cmp.Or(cmp.Compare(u.IssuedOn, t.IssuedOn), cmp.Compare(u.No, t.No)) != 0`,
	}, {
		wrong: "a payment is announced a day early",
		file:  flagsTaskGo,
		old:   `const dueSoonDays = 3`,
		new:   `const dueSoonDays = 4`,
	}, {
		wrong: "a payment that was passed on counts as not confirmed",
		file:  flagsMoneyGo,
		old:   `if p.children > 0 {`,
		new:   `if p.children < 0 {`,
	}, {
		wrong: "general money can be retained",
		file:  flagsMoneyGo,
		old:   `p.PayeeIsCommunity || p.purpose == ForGeneral || p.held <= 0`,
		new:   `p.PayeeIsCommunity || p.held <= 0`,
	}, {
		wrong: "money that loses its beneficiary is not diverted",
		file:  flagsMoneyGo,
		old:   `p.UpstreamBeneficiary == "" || p.Beneficiary`,
		new:   `p.UpstreamBeneficiary == "" || p.Beneficiary == "" || p.Beneficiary`,
	}, {
		wrong: "one fen keeps many commitments",
		file:  flagsMoneyGo,
		old:   `left = left.Minus(part)`,
		new:   `left = left.Minus(0)`,
	}, {
		wrong: "general money is inside department",
		file:  moneyGo,
		old:   `return x != ForGeneral`,
		new:   `return true`,
	}, {
		wrong: "a plaque hung again after 366 days is a relapse",
		file:  flagsPlaqueGo,
		old:   `const relapseDays = 365`,
		new:   `const relapseDays = 366`,
	}, {
		wrong: "a zone is over its cap since it first was",
		file:  flagsPlaqueGo,
		old:   "case count <= most:\n\t\t\tsince = 0",
		new:   "case count <= most:",
	}, {
		wrong: "money is retained on the last day of the limit",
		file:  flagsMoneyGo,
		old:   `l.policy.PassthroughDays+1`,
		new:   `l.policy.PassthroughDays`,
	}, {
		wrong: "a payment keeps a commitment made after it",
		file:  flagsMoneyGo,
		old:   `p.Origin != c.Department || p.PaidOn < c.MadeOn ||`,
		new:   `p.Origin != c.Department ||`,
	}, {
		wrong: "payments keep commitments by their numbers, not by their days",
		file:  statementGo,
		old:   `cmp.Or(noneLast(a.By, b.By), cmp.Compare(a.No, b.No))`,
		new:   `cmp.Compare(a.No, b.No)`,
	}, {
		wrong: "money keeps a commitment once as it goes out and once as it is passed on",
		file:  statementGo,
		old:   `p.children == 0`,
		new:   `p.children >= 0`,
	},
	// §7
	{
		wrong: "coverage is rounded up",
		file:  fenGo,
		old:   "q, _ := bits.Div64(hi, lo, uint64(whole))",
		new:   "q, _ := bits.Div64(hi, lo+uint64(whole)-1, uint64(whole))",
	}, {
		wrong: "void tasks were never issued",
		file:  tallyGo,
		old:   `if task.IssuedOn.Year() == year {`,
		new:   `if task.IssuedOn.Year() == year && !task.void() {`,
	}, {
		wrong: "a burden no longer stands on its last day",
		file:  tallyGo,
		old:   `day.over(b.To)`,
		new:   `day.reached(b.To)`,
	},
	// How long a statement holds without news.
	{
		wrong: "a statement forgets all but the last day on which it changes",
		law:   lawUntil,
		file:  todayGo,
		old:   `d < t.until`,
		new:   `d > t.until`,
	}, {
		wrong: "a statement does not see the year end",
		law:   lawUntil,
		file:  tallyGo,
		old:   `year := w.year()`,
		new:   `year := w.on.Year()`,
	}, {
		wrong: "a statement does not see a removal to come",
		law:   lawUntil,
		file:  todayGo,
		old:   `!(undone.Given() && t.reached(undone))`,
		new:   `!(undone.Given() && undone <= t.on)`,
	}, {
		wrong: "a statement does not see a deadline to come",
		law:   lawUntil,
		file:  entitlementGo,
		old:   `return o.dueEnd.Given() && day.over(o.dueEnd)`,
		new:   `return o.dueEnd.Given() && day.on > o.dueEnd`,
	},
	// Which accounts an entry names.
	{
		wrong:  "a task does not know who asks for its item",
		law:    lawAccounts,
		file:   accountsGo,
		old:    `return a.union(a.is(stream, e.Community), a.askers(stream))`,
		new:    `return a.is(stream, e.Community)`,
		checks: 3000,
	}, {
		wrong: "a payment does not name who holds it",
		law:   lawAccounts,
		file:  accountsGo,
		old:   `return a.is(stream, e.Beneficiary, e.Payee)`,
		new:   `return a.is(stream, e.Beneficiary)`,
	},
	// What is kept current, and what an audit of it sees: no replay is otherwise.
	{
		wrong: "money that paid one task is there for the next",
		law:   lawCurrent,
		file:  allocationGo,
		old:   `return left.Minus(part)`,
		new:   `return left`,
	}, {
		wrong: "what arrives counts twice",
		law:   lawCurrent,
		file:  bookGo,
		old:   `reconcile.Arrival{ConfirmedOn: e.ConfirmedOn, Amount: e.Amount}`,
		new:   `reconcile.Arrival{ConfirmedOn: e.ConfirmedOn, Amount: e.Amount.Plus(e.Amount)}`,
	}, {
		wrong: "an account is not judged on the very day on which it changes",
		law:   lawCurrent,
		file:  currentGo,
		old:   `until.Given() && until <= day`,
		new:   `until.Given() && until < day`,
	}, {
		wrong: "of an entry's accounts the first alone is judged",
		law:   lawCurrent,
		file:  currentGo,
		old:   `c.accounts.union(e.Accounts, c.accounts.Of(event)) {`,
		new:   `e.Accounts[:min(1, len(e.Accounts))] {`,
	}, {
		wrong: "news for the whole county touches nobody",
		law:   lawCurrent,
		file:  currentGo,
		old:   `c.moved[County] = e.Position`,
		new:   `c.all, c.moved[County] = false, e.Position`,
	}, {
		wrong: "a flag whose amount changed is not said again",
		law:   lawFlags,
		file:  flagsGo,
		old:   `if known && same(was, now) {`,
		new:   `if known && was.Rule != "" {`,
	}, {
		wrong: "a flag that fell is not said to have fallen",
		law:   lawFlags,
		file:  flagsGo,
		old:   `if !stands[key] {`,
		new:   `if !stands[key] && c.position < 0 {`,
	}, {
		wrong: "a report counts tasks without a fee among those that the shares count",
		law:   lawFigures,
		file:  figuresGo + "coverage.go",
		old:   `case reconcile.Undetermined, reconcile.Void, reconcile.NoFee:`,
		new:   `case reconcile.Undetermined, reconcile.Void:`,
	}, {
		wrong: "departments alike in coverage have different ranks",
		law:   lawFigures,
		file:  figuresGo + "coverage.go",
		old:   `case i > 0 && *all`,
		new:   `case i > 1 && *all`,
	}, {
		wrong: "what was overdue for 90 days stands with what was for 91",
		law:   lawFigures,
		file:  figuresGo + "unfunded.go",
		old:   `m.Days <= *b.To`,
		new:   `m.Days < *b.To`,
	}, {
		wrong: "the first day on which money was late is the last",
		law:   lawFigures,
		file:  figuresGo + "stuck.go",
		old:   `f.Since < *h.Since`,
		new:   `f.Since > *h.Since`,
	}, {
		wrong: "a month's end is its last day but one",
		law:   lawFigures,
		file:  figuresGo + "trend.go",
		old:   `all = append(all, ends[i])`,
		new:   `all = append(all, ends[i]-1)`,
	}, {
		wrong: "of a correction the first account alone is judged",
		law:   lawCorrections,
		file:  figuresGo + "corrections.go",
		old:   `range e.Accounts {`,
		new:   `range e.Accounts[:min(1, len(e.Accounts))] {`,
	}, {
		wrong: "an arrival is not thought to reach its own day",
		law:   lawReach,
		file:  "services/ledger/reach.go",
		old:   `return e.ConfirmedOn`,
		new:   `return e.ConfirmedOn + 1`,
	},
}
