package schemas

import (
	"feisui/pkg/civil"
	"feisui/pkg/money"
)

// Amendment is an event that says again, otherwise than before, what was
// recorded, and why (更正). What it says holds for every date: it puts right what
// was written down, and is nothing that happened.
type Amendment interface {
	Event
	Why() string
}

// Correction is why something is said again.
type Correction struct {
	Reason string `json:"reason" jsonschema:"更正理由"`
}

// Why is the reason.
func (c Correction) Why() string { return c.Reason }

// CommunityAmended says the whole again as it was corrected, and why.
type CommunityAmended struct {
	CommunityRegistered
	Correction
}

// DepartmentAmended says the whole again as it was corrected, and why.
type DepartmentAmended struct {
	DepartmentRegistered
	Correction
}

// ItemAmended says the whole again as it was corrected, and why.
type ItemAmended struct {
	ItemListed
	Correction
}

// AdmissionAmended says the whole again as it was corrected, a revocation with
// it, and why.
type AdmissionAmended struct {
	AdmissionDecided
	RevokedOn civil.Date `json:"revoked_on,omitzero" jsonschema:"撤销日期; absent: not revoked"`
	Correction
}

// TaskAmended says the whole again as it was corrected, a recall with it, and why.
type TaskAmended struct {
	TaskAssigned
	RecalledOn civil.Date `json:"recalled_on,omitzero" jsonschema:"撤回日期; absent: not recalled"`
	Correction
}

// TaskCompletionAmended says the whole of a completion again as it was
// corrected, and why.
type TaskCompletionAmended struct {
	TaskCompleted
	Correction
}

// CommitmentAmended says the whole again as it was corrected, and why.
type CommitmentAmended struct {
	CommitmentMade
	Correction
}

// PlaqueAmended says the whole again as it was corrected, its end with it, and why.
type PlaqueAmended struct {
	PlaqueHung
	RemovedOn civil.Date `json:"removed_on,omitzero" jsonschema:"摘牌日期; absent: it hangs"`
	Correction
}

// BurdenAmended says the whole again as it was corrected, its end with it, and why.
type BurdenAmended struct {
	BurdenBegun
	To civil.Date `json:"to,omitzero" jsonschema:"结束, the last day on which it stands; absent: it stands"`
	Correction
}

// PaymentAmended says the whole again as it was corrected, and why. What others
// have from it is said in their own streams.
type PaymentAmended struct {
	PaymentMade
	Correction
}

// PaymentSupplemented says the whole again, with what was not given
// before filled in.
type PaymentSupplemented PaymentMade

// PaymentInherited says what a payment has from those above it, after one of them
// was supplemented or amended.
type PaymentInherited struct {
	Voucher          string `json:"voucher"`
	Origin           string `json:"origin" jsonschema:"the payer of the chain's first payment"`
	InheritedPurpose string `json:"inherited_purpose" jsonschema:"its own purpose, else the nearest ancestor's, else department"`
}

// PaymentPassingChanged says again, in the stream of the payment passed on, what
// a child takes from it, after the child or its reversal was amended.
type PaymentPassingChanged struct {
	Voucher    string     `json:"voucher"`
	Child      string     `json:"child" jsonschema:"the voucher that passes it on"`
	Amount     money.Fen  `json:"amount"`
	PaidOn     civil.Date `json:"paid_on"`
	ReversedOn civil.Date `json:"reversed_on,omitzero" jsonschema:"absent: the child is not reversed"`
}

// PaymentPassingWithdrawn says, in the stream of a payment, that a child does not
// pass it on and never did: the child's upstream voucher was amended.
type PaymentPassingWithdrawn struct {
	Voucher string `json:"voucher"`
	Child   string `json:"child"`
}

// PaymentReversalWithdrawn says that a payment is not reversed and never was:
// what the reversing voucher reverses was amended.
type PaymentReversalWithdrawn struct {
	Voucher string `json:"voucher"`
	By      string `json:"by" jsonschema:"the voucher that was said to reverse it"`
}

func (CommunityAmended) Type() string         { return "community.amended" }
func (DepartmentAmended) Type() string        { return "department.amended" }
func (ItemAmended) Type() string              { return "item.amended" }
func (AdmissionAmended) Type() string         { return "admission.amended" }
func (TaskAmended) Type() string              { return "task.amended" }
func (TaskCompletionAmended) Type() string    { return "task.completion_amended" }
func (CommitmentAmended) Type() string        { return "commitment.amended" }
func (PlaqueAmended) Type() string            { return "plaque.amended" }
func (BurdenAmended) Type() string            { return "burden.amended" }
func (PaymentAmended) Type() string           { return "payment.amended" }
func (PaymentSupplemented) Type() string      { return "payment.supplemented" }
func (PaymentInherited) Type() string         { return "payment.inherited" }
func (PaymentPassingChanged) Type() string    { return "payment.passing_changed" }
func (PaymentPassingWithdrawn) Type() string  { return "payment.passing_withdrawn" }
func (PaymentReversalWithdrawn) Type() string { return "payment.reversal_withdrawn" }

func (e PaymentSupplemented) Stream() string      { return "payment/" + e.Voucher }
func (e PaymentInherited) Stream() string         { return "payment/" + e.Voucher }
func (e PaymentPassingChanged) Stream() string    { return "payment/" + e.Voucher }
func (e PaymentPassingWithdrawn) Stream() string  { return "payment/" + e.Voucher }
func (e PaymentReversalWithdrawn) Stream() string { return "payment/" + e.Voucher }
