package fund

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/schemas"
)

// FactKind is what a fact of money is.
type FactKind string

// The kinds of facts that a month has.
const (
	Committed FactKind = "commitment"
	Paid      FactKind = "paid"
	PassedOn  FactKind = "passed_on"
	Arrived   FactKind = "arrived"
	Withdrawn FactKind = "withdrawn"
	Reversed  FactKind = "reversed"
)

// Fact is one thing that a month's totals count, on its day. That it is changed shows:
// all that says whose money it is, to whom it went and what for is in it.
type Fact struct {
	Kind       FactKind
	No         string // of the commitment, or the voucher
	On         civil.Date
	Department string // that promised it, or paid first
	Amount     money.Fen
	By         string // of what was undone, the voucher that did so

	payer, payee, community, purpose, upstream string
	arrival                                    int
}

// facts are those of a payment: it, what undid it, and the confirmations. A voucher that
// reverses another is none of its own: what it undoes says it.
func (p *Payment) facts() (all []Fact) {
	is := Fact{Kind: Paid, No: p.Made.Voucher, On: p.Made.PaidOn, Department: p.Made.Origin, Amount: p.Made.Amount}
	if p.Made.Upstream != "" {
		is.Kind = PassedOn
	}
	if p.Made.Reverses == "" {
		is.payer, is.payee, is.community = p.Made.Payer, p.Made.Payee, p.Made.Beneficiary
		is.purpose, is.upstream = p.Made.InheritedPurpose, p.Made.Upstream
		all = append(all, is)
	}
	if p.ReversedBy != "" {
		all = append(all, Fact{Kind: Reversed, No: is.No, On: p.ReversedOn, Department: is.Department, Amount: is.Amount, By: p.ReversedBy})
	}
	for i := range p.Arrivals {
		a := &p.Arrivals[i]
		came := Fact{Kind: Arrived, No: is.No, On: a.Arrived.ConfirmedOn, Department: is.Department, Amount: a.Arrived.Amount, arrival: i + 1}
		if all = append(all, came); a.WithdrawnOn.Given() {
			came.Kind, came.On = Withdrawn, a.WithdrawnOn
			all = append(all, came)
		}
	}
	return all
}

// facts are that of a commitment. That it became a quota, and by when it is to be kept,
// is no fact of the month in which it was made.
func (s Commitment) facts() []Fact {
	if s.Made == nil {
		return nil
	}
	return []Fact{{
		Kind: Committed, No: s.Made.No, On: s.Made.MadeOn, Department: s.Made.Department, Amount: s.Made.Amount,
		community: s.Made.Community, purpose: s.Made.Purpose,
	}}
}

// Money is all that a county recorded of payments and commitments: a fold of its entries.
type Money struct {
	payments    map[string]*Payment
	commitments map[string]Commitment
}

// NewMoney begins with nothing.
func NewMoney() *Money {
	return &Money{payments: map[string]*Payment{}, commitments: map[string]Commitment{}}
}

// MoneyOf folds events.
func MoneyOf(events iter.Seq[schemas.Event]) *Money {
	m := NewMoney()
	for e := range events {
		m.Take(e)
	}
	return m
}

// The categories of streams that have facts of money.
const (
	payments    = "payment"
	commitments = "commitment"
)

// Take takes in an event; one that is not about money changes nothing.
func (m *Money) Take(e schemas.Event) {
	category, no, _ := strings.Cut(e.Stream(), "/")
	switch category {
	case payments:
		if m.payments[no] == nil {
			m.payments[no] = &Payment{}
		}
		m.payments[no].Evolve(e)
	case commitments:
		m.commitments[no] = m.commitments[no].Evolve(e)
	}
}

// facts gives all facts, in no order.
func (m *Money) facts() iter.Seq[Fact] {
	return func(yield func(Fact) bool) {
		for _, p := range m.payments {
			for _, f := range p.facts() {
				if !yield(f) {
					return
				}
			}
		}
		for _, c := range m.commitments {
			for _, f := range c.facts() {
				if !yield(f) {
					return
				}
			}
		}
	}
}

// Totals says what the facts of a month come to, by department in the order of codes.
// It panics with money.Overflow where a sum is more than can be said.
func (m *Money) Totals(month string) []schemas.PeriodTotals {
	of := map[string]*schemas.PeriodTotals{}
	for f := range m.facts() {
		if !f.On.Given() || Month(f.On) != month {
			continue
		}
		if of[f.Department] == nil {
			of[f.Department] = &schemas.PeriodTotals{Department: f.Department}
		}
		t := totalOf(of[f.Department], f.Kind)
		t.Count, t.Sum = t.Count+1, t.Sum.Plus(f.Amount)
	}
	totals := []schemas.PeriodTotals{}
	for _, department := range slices.Sorted(maps.Keys(of)) {
		totals = append(totals, *of[department])
	}
	return totals
}

// Kinds are the kinds of facts, in the order in which totals are written.
var Kinds = []FactKind{Committed, Paid, PassedOn, Arrived, Withdrawn, Reversed}

func totalOf(t *schemas.PeriodTotals, kind FactKind) *schemas.PeriodTotal {
	switch kind {
	case Committed:
		return &t.Commitments
	case Paid:
		return &t.Paid
	case PassedOn:
		return &t.PassedOn
	case Arrived:
		return &t.Arrived
	case Withdrawn:
		return &t.Withdrawn
	case Reversed:
		return &t.Reversed
	}
	panic("fund: no total of " + string(kind))
}

// Digest is the SHA-256, in hexadecimal digits, of a month's totals as one text: a line
// with the month, then one for each department by code, with count and fen of each kind
// in the order of Kinds. The text never changes its form: digests are for ever.
func Digest(month string, totals []schemas.PeriodTotals) string {
	sum := sha256.New()
	fmt.Fprintf(sum, "period %s\n", month)
	for i := range totals {
		fmt.Fprintf(sum, "%q", totals[i].Department)
		for _, kind := range Kinds {
			t := totalOf(&totals[i], kind)
			fmt.Fprintf(sum, " %s %d %d", kind, t.Count, int64(t.Sum))
		}
		fmt.Fprintln(sum)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// Difference is what changed of a department between two closings of a month.
type Difference struct {
	Department string
	Kind       FactKind
	Was, Is    schemas.PeriodTotal
}

// Differences says what changed between two closings of a month, by department and kind.
func Differences(was, is []schemas.PeriodTotals) (all []Difference) {
	before, after := byDepartment(was), byDepartment(is)
	codes := maps.Clone(before)
	maps.Copy(codes, after)
	for _, department := range slices.Sorted(maps.Keys(codes)) {
		b, a := before[department], after[department]
		for _, kind := range Kinds {
			if x, y := *totalOf(&b, kind), *totalOf(&a, kind); x != y {
				all = append(all, Difference{department, kind, x, y})
			}
		}
	}
	return all
}

func byDepartment(totals []schemas.PeriodTotals) map[string]schemas.PeriodTotals {
	of := make(map[string]schemas.PeriodTotals, len(totals))
	for _, t := range totals {
		of[t.Department] = t
	}
	return of
}
