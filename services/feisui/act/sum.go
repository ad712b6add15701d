package act

import (
	"cmp"

	"feisui/pkg/money"
)

// Sum is an amount of money, and what it is for.
type Sum struct {
	Amount  money.Fen
	Purpose string // task:NO, item:CODE, department or general; "" where nothing says
}

// SumOf gives how much a payment, a line of a statement or a commitment is of: as it is
// recorded, and before it is, as its forms say. What is passed on is for what it was paid
// for (§4). It is nil for what is of no amount.
func (c *County) SumOf(s *Seen) *Sum {
	switch s.Workflow {
	case paymentFlow, bankFlow:
		if p := paymentIn(c.Past, s.ID); p != nil {
			return &Sum{p.Made.Amount, cmp.Or(p.Made.Purpose, p.Made.InheritedPurpose)}
		}
	case commitmentFlow:
		if made := commitmentIn(c.Past, s.ID); made != nil {
			return &Sum{made.Amount, made.Purpose}
		}
	default:
		return nil
	}
	cells := cellsOf(&s.Instance, nil)
	amount, err := money.ParseAmount(cells["amount"])
	if err != nil {
		return nil // the forms say none: their schema says that what they say is one
	}
	return &Sum{amount, cells["purpose"]}
}
