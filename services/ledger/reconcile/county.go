package reconcile

import (
	"slices"

	"feisui/pkg/civil"
	"feisui/pkg/money"
)

// County is what holds for all communities of a county alike.
type County struct {
	Policies    Versions[Policy]
	Items       map[string]Versions[Item] // 事项清单, by code
	Plaques     Versions[PlaqueCatalogue]
	Departments map[string]PartyKind
	Admissions  map[Admitted][]Admission
}

// PartyKind is the kind of a department, as far as a rule asks for it.
type PartyKind string

// The kinds of parties that rules ask for (财政, 上级, 赞助).
const (
	Finance  PartyKind = "finance"
	Superior PartyKind = "superior"
	Sponsor  PartyKind = "sponsor"
)

// Policy holds the limits of spec §8.
type Policy struct {
	ReceiptDays, QueryDays, GraceDays, PassthroughDays, ArrivalDays int            // working days
	ArrearsDays                                                     int            // calendar days
	PlaqueCaps                                                      map[string]int // by zone; a zone without an entry has no cap
}

// DefaultPolicy is what holds where a county says nothing else (spec §8).
func DefaultPolicy() Policy {
	return Policy{
		ReceiptDays: 5, QueryDays: 3, GraceDays: 0, PassthroughDays: 15, ArrivalDays: 10, ArrearsDays: 30,
		PlaqueCaps: map[string]int{"outside": 4, "inside": 10},
	}
}

// Item is one entry of the item catalogue (事项清单).
type Item struct {
	List              List
	Rule              Rule
	Rate              *money.Decimal // in fen; percent for Ratio
	Payers            []Payer        // empty: the assigning department alone
	Arrears           bool           // paid after completion (后付), not in advance
	AuthorityRequired bool
}

// List is the list on which an item stands.
type List string

// The lists that rules ask for (购买, 负面).
const (
	Purchase List = "purchase"
	Negative List = "negative"
)

// Rule is how an item's entitlement is found (经费方式).
type Rule string

// The rules of spec §2.
const (
	None         Rule = "none"
	Fixed        Rule = "fixed"
	PerCase      Rule = "per_case"
	PerHousehold Rule = "per_household"
	PerCapita    Rule = "per_capita"
	PerStaff     Rule = "per_staff"
	Ratio        Rule = "ratio"
	Agreed       Rule = "agreed"
)

// Payer is one of those who share an item's fee (分担).
type Payer struct {
	Code   string
	Weight money.Decimal
	PayBy  civil.Date
}

// PlaqueCatalogue is the set of plaques that may hang. Empty means that the
// county keeps none, not that nothing may hang.
type PlaqueCatalogue map[PlaqueEntry]bool

// PlaqueEntry is a title in a zone.
type PlaqueEntry struct{ Title, Zone string }

// Admitted is what an admission admits: a department with an item.
type Admitted struct{ Department, Item string }

// Admission is a decision of the competent authority to let an item into
// communities (准入), admitted with or without conditions. Denials are left out.
type Admission struct {
	DecidedOn, RevokedOn, From, To civil.Date
	Communities                    []string // empty: all
}

// covers reports whether the admission lets a task in that was issued on a day
// in a community (§6, unadmitted).
func (ad Admission) covers(community string, issued civil.Date) bool {
	return ad.DecidedOn.Given() && ad.DecidedOn <= issued &&
		ad.From <= issued && (!ad.To.Given() || issued <= ad.To) &&
		(!ad.RevokedOn.Given() || ad.RevokedOn > issued) &&
		(len(ad.Communities) == 0 || slices.Contains(ad.Communities, community))
}

// Version is a value in force from a date on; the zero date means always.
type Version[T any] struct {
	From  civil.Date
	Value T
}

// Versions are the versions of one thing, by ascending From.
type Versions[T any] []Version[T]

// At gives the version in force on a date.
func (vs Versions[T]) At(d civil.Date) (value T, ok bool) {
	for _, v := range vs {
		if v.From > d {
			break
		}
		value, ok = v.Value, true
	}
	return value, ok
}

// With gives vs with a version put in its place, instead of an earlier one of
// the same date.
func (vs Versions[T]) With(v Version[T]) Versions[T] {
	i, found := slices.BinarySearchFunc(vs, v.From, func(w Version[T], d civil.Date) int { return int(w.From - d) })
	if found {
		vs = slices.Clone(vs)
		vs[i] = v
		return vs
	}
	return slices.Insert(slices.Clip(vs), i, v)
}
