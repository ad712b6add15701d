package task

import (
	"feisui/pkg/money"
	"feisui/schemas"
)

// Receipts are the answers to a task, each once. A task may have a hundred
// thousand, so they are looked up, never searched. What was filed stays filed:
// the states of one task share them.
type Receipts map[answer]bool

// answer is a receipt with nothing that two alike receipts could differ in.
type answer struct {
	receipt schemas.TaskReceipted // without ConditionAmount, a pointer
	amount  money.Fen
	given   bool
}

func answerOf(r schemas.TaskReceipted) answer {
	a := answer{receipt: r}
	if r.ConditionAmount != nil {
		a.receipt.ConditionAmount, a.amount, a.given = nil, *r.ConditionAmount, true
	}
	return a
}

// Has reports whether a receipt alike in every column is among them.
func (rs Receipts) Has(r schemas.TaskReceipted) bool { return rs[answerOf(r)] }

func (rs Receipts) with(r schemas.TaskReceipted) Receipts {
	if rs == nil {
		rs = Receipts{}
	}
	rs[answerOf(r)] = true
	return rs
}
