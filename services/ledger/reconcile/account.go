package reconcile

import (
	"feisui/pkg/civil"
	"feisui/pkg/money"
)

// Account is everything recorded about one community. Facts keep their own
// dates; Reconcile looks only at those that are there on the date asked for.
type Account struct {
	Code        string
	Community   Versions[Community]
	Tasks       map[string]*Task    // by number
	Payments    map[string]*Payment // with this community as beneficiary, by voucher
	Commitments map[string]*Commitment
	Plaques     map[string]*Plaque
	Burdens     map[string]*Burden

	// Elsewhere gives the item of tasks of other communities that a payment or
	// commitment of this account names.
	Elsewhere map[string]string
}

// Community is what a community is like, in force for tasks issued from a date on.
type Community struct {
	Name, Street                  string
	Households, Population, Staff *int64
}

// Task is one task handed to the community.
type Task struct {
	No, Department, Item             string
	IssuedOn, StartsOn, DueOn, PayBy civil.Date
	Quantity                         *money.Decimal
	Base, Amount                     *money.Fen
	AuthorityDocument                string
	RecalledOn                       civil.Date
	CompletedOn                      civil.Date
	CompletedQuantity                *money.Decimal
	Receipts                         []Receipt
}

// Outcome is what a community answers.
type Outcome string

// The outcomes of a receipt (接收, 附条件接收, 拒收, 询问).
const (
	Accept      Outcome = "accept"
	Conditional Outcome = "conditional"
	Reject      Outcome = "reject"
	Query       Outcome = "query"
)

// Receipt is one answer to a task (接收回执).
type Receipt struct {
	No              string
	Outcome         Outcome
	FiledOn         civil.Date
	ConditionAmount money.Fen // 0 when not given
	ConditionBy     civil.Date
}

// Payment is one hop of money. Reversing rows are no payments: they are the
// ReversedOn of what they reverse.
type Payment struct {
	Voucher, Payer, Payee string
	PayeeIsCommunity      bool
	PaidOn, ReversedOn    civil.Date
	Beneficiary           string // "" when there is none
	OwnPurpose            string // "" when inherited
	Purpose               string // its own, else the nearest ancestor's, else department
	Origin                string // the payer of the chain's first payment
	Amount                money.Fen
	Upstream              string
	UpstreamPurpose       string // the Purpose of the payment that it passes on
	UpstreamBeneficiary   string
	Children              []Child
	Arrivals              []Arrival
}

// Child is a payment that passes this one on.
type Child struct {
	Voucher            string
	Amount             money.Fen
	PaidOn, ReversedOn civil.Date
}

// Arrival is a confirmation that money reached the community.
type Arrival struct {
	ConfirmedOn, WithdrawnOn civil.Date
	Amount                   money.Fen
}

// CommitmentKind tells a promise from spending authority.
type CommitmentKind string

// The kinds of commitments (意向, 指标).
const (
	Pledge CommitmentKind = "pledge"
	Quota  CommitmentKind = "quota"
)

// Commitment is money promised to the community.
type Commitment struct {
	No, Department, Purpose string
	Kind                    CommitmentKind
	Amount                  money.Fen
	MadeOn, By              civil.Date
}

// Plaque is a sign hung in the community.
type Plaque struct {
	No, Department, Title, Zone string
	HungOn, RemovedOn           civil.Date
}

// Burden is another burden: a form, an inspection, a work group.
type Burden struct {
	No, Department, Kind, Title string
	From, To                    civil.Date
}

// Holder is what is recorded about one payee that is no community.
type Holder struct {
	Code     string
	Payments map[string]*Payment // with this payee, by voucher

	// Elsewhere gives the item of every task that a payment of this holder names.
	Elsewhere map[string]string
}
