package schemas

import (
	"feisui/pkg/civil"
	"feisui/pkg/money"
)

// CommitmentMade says that a department promised money (承诺: 意向 or 指标). A
// promise never counts as money.
type CommitmentMade struct {
	No         string     `json:"no" jsonschema:"编号"`
	Kind       string     `json:"kind" jsonschema:"性质: pledge or quota"`
	Department string     `json:"department" jsonschema:"部门"`
	Community  string     `json:"community" jsonschema:"社区"`
	Purpose    string     `json:"purpose,omitempty" jsonschema:"用途: task:NO, item:CODE, department or general; absent: department"`
	Amount     money.Fen  `json:"amount" jsonschema:"金额, fen"`
	MadeOn     civil.Date `json:"made_on" jsonschema:"日期"`
	By         civil.Date `json:"by,omitzero" jsonschema:"兑现时限"`
}

// CommitmentSupplemented says the whole again, with what was not given
// before filled in.
type CommitmentSupplemented CommitmentMade

// PaymentMade says that money moved one hop (拨付). A reversing payment (Reverses
// given) moves nothing itself: it ends the one that it reverses.
type PaymentMade struct {
	Voucher          string     `json:"voucher" jsonschema:"凭证号"`
	PaidOn           civil.Date `json:"paid_on" jsonschema:"日期"`
	Payer            string     `json:"payer" jsonschema:"付款方"`
	Payee            string     `json:"payee" jsonschema:"收款方"`
	Community        string     `json:"community,omitempty" jsonschema:"受益社区, as given"`
	Purpose          string     `json:"purpose,omitempty" jsonschema:"用途, as given; absent: inherited"`
	Amount           money.Fen  `json:"amount" jsonschema:"金额, fen"`
	Upstream         string     `json:"upstream,omitempty" jsonschema:"上级凭证: the payment that this one passes on"`
	Reverses         string     `json:"reverses,omitempty" jsonschema:"冲销凭证"`
	Beneficiary      string     `json:"beneficiary,omitempty" jsonschema:"the community, else the payee where that is one"`
	Origin           string     `json:"origin" jsonschema:"the payer of the chain's first payment"`
	InheritedPurpose string     `json:"inherited_purpose" jsonschema:"its own purpose, else the nearest ancestor's, else department"`
}

// PaymentPassedOn says, in the stream of the payment passed on, that part of it
// went on as another payment.
type PaymentPassedOn struct {
	Voucher string     `json:"voucher"`
	Child   string     `json:"child" jsonschema:"the voucher that passes it on"`
	Amount  money.Fen  `json:"amount"`
	PaidOn  civil.Date `json:"paid_on"`
}

// PaymentReturned says, in the stream of a payment passed on, that a payment
// which passed it on was reversed.
type PaymentReturned struct {
	Voucher    string     `json:"voucher"`
	Child      string     `json:"child"`
	ReversedOn civil.Date `json:"reversed_on"`
}

// PaymentReversed says that another payment undid this one (冲销).
type PaymentReversed struct {
	Voucher    string     `json:"voucher"`
	By         string     `json:"by" jsonschema:"the reversing voucher"`
	ReversedOn civil.Date `json:"reversed_on"`
}

// PaymentArrived says that the community confirmed money (到账).
type PaymentArrived struct {
	Voucher     string     `json:"voucher"`
	Arrival     int        `json:"arrival" jsonschema:"1 for the payment's first arrival, and so on"`
	ConfirmedOn civil.Date `json:"confirmed_on" jsonschema:"确认日期"`
	Amount      money.Fen  `json:"amount" jsonschema:"金额, fen"`
	No          string     `json:"no,omitempty" jsonschema:"编号"`
}

// PaymentArrivalWithdrawn says that a confirmation no longer stands (撤销).
type PaymentArrivalWithdrawn struct {
	Voucher     string     `json:"voucher"`
	Arrival     int        `json:"arrival"`
	WithdrawnOn civil.Date `json:"withdrawn_on" jsonschema:"撤销日期"`
}

// BankStatementTaken says that a statement of a bank or the treasury (流水) was read,
// how, and what became of its lines. What they say stands in events of their own.
type BankStatementTaken struct {
	Source  string            `json:"source" jsonschema:"来源: what the county calls the account or the bank"`
	Payer   string            `json:"payer,omitempty" jsonschema:"付款方 of all lines, where no column has it"`
	Columns map[string]string `json:"columns" jsonschema:"our column, and the header under which the file has it"`
	Digest  string            `json:"digest" jsonschema:"SHA-256 of the file, as hexadecimal digits"`
	Lines   int               `json:"lines" jsonschema:"of the file"`
	Total   money.Fen         `json:"total" jsonschema:"the sum of all lines, fen"`
	Paid    int               `json:"paid" jsonschema:"lines that became payments"`
	Pooled  int               `json:"pooled" jsonschema:"lines that wait until somebody places them"`
	Known   int               `json:"known" jsonschema:"lines that were known before"`
	TakenOn civil.Date        `json:"taken_on" jsonschema:"日期"`
}

func (CommitmentMade) Type() string          { return "commitment.made" }
func (CommitmentSupplemented) Type() string  { return "commitment.supplemented" }
func (PaymentMade) Type() string             { return "payment.made" }
func (PaymentPassedOn) Type() string         { return "payment.passed_on" }
func (PaymentReturned) Type() string         { return "payment.returned" }
func (PaymentReversed) Type() string         { return "payment.reversed" }
func (PaymentArrived) Type() string          { return "payment.arrived" }
func (PaymentArrivalWithdrawn) Type() string { return "payment.arrival_withdrawn" }

func (BankStatementTaken) Type() string     { return "bank_statement.taken" }
func (e BankStatementTaken) Stream() string { return "bank_statement/" + e.Source }

func (e CommitmentMade) Stream() string          { return "commitment/" + e.No }
func (e CommitmentSupplemented) Stream() string  { return "commitment/" + e.No }
func (e PaymentMade) Stream() string             { return "payment/" + e.Voucher }
func (e PaymentPassedOn) Stream() string         { return "payment/" + e.Voucher }
func (e PaymentReturned) Stream() string         { return "payment/" + e.Voucher }
func (e PaymentReversed) Stream() string         { return "payment/" + e.Voucher }
func (e PaymentArrived) Stream() string          { return "payment/" + e.Voucher }
func (e PaymentArrivalWithdrawn) Stream() string { return "payment/" + e.Voucher }
