package laws_test

const (
	amendGo = "services/ledger/amend.go"
	againGo = "services/fund/again.go"

	lawCorrect = "^TestACorrectedBookIsTheCorrectBook$"
)

// plantedCorrections are mistakes in what corrects, which only the law of
// corrections can see.
var plantedCorrections = []mistake{
	{
		wrong: "a task that was another community's stays there too",
		file:  amendGo, law: lawCorrect,
		old: `delete(before.Tasks, e.No)`,
		new: `_ = before.Tasks`,
	}, {
		wrong: "a corrected admission still admits what it admitted",
		file:  amendGo, law: lawCorrect,
		old:    `b.admissionsOf(before)`,
		new:    `_ = before`,
		checks: 2000,
	}, {
		wrong: "a corrected plaque hangs again",
		file:  amendGo, law: lawCorrect,
		old: `b.hung[e.No].RemovedOn = e.RemovedOn`,
		new: `b.hung[e.No].RemovedOn = 0`,
	}, {
		wrong: "a payment is also held by whom it was said to be paid to",
		file:  amendGo, law: lawCorrect,
		old: `delete(b.holder(before.Payee).Payments, e.Voucher)`,
		new: `_ = before.Payee`,
	}, {
		wrong: "a payment that was corrected has not arrived",
		file:  amendGo, law: lawCorrect,
		old: `p.ReversedOn, p.Children, p.Arrivals = before.ReversedOn, before.Children, before.Arrivals`,
		new: `p.ReversedOn, p.Children = before.ReversedOn, before.Children`,
	}, {
		wrong: "what passes a payment on keeps the purpose that this one had",
		file:  againGo, law: lawCorrect,
		old: `case p.Made != was.Made:`,
		new: `case p.Made.Voucher == "":`,
	}, {
		wrong: "what a corrected child takes from its parent stays as it was",
		file:  amendGo, law: lawCorrect,
		old:    `p.Children[i] = reconcile.Child{`,
		new:    `p.Children[i].Voucher, _ = e.Child, reconcile.Child{`,
		checks: 1000,
	}, {
		wrong: "a reversal that turned out to be another's stands",
		file:  amendGo, law: lawCorrect,
		old:    `p.ReversedOn = 0`,
		new:    `_ = p.ReversedOn`,
		checks: 1000,
	}, {
		wrong: "what reverses a corrected payment is not looked at again",
		file:  againGo, law: lawCorrect,
		old: `open = append(open, p.Made.Upstream, p.Made.Reverses, p.ReversedBy)`,
		new: `open = append(open, p.Made.Upstream, p.Made.Reverses)`,
	}, {
		wrong: "an account that a corrected task left is not told",
		file:  accountsGo, law: lawAccounts,
		old: `return a.task(stream, e.TaskAssigned)`,
		new: `return []string{e.Community}`,
	},
}
