package schemas

import (
	"feisui/pkg/civil"
	"feisui/pkg/money"
)

// PeriodStream is the one stream of all closings of a county: they come in order, and
// two of them at once want the same version.
const PeriodStream = "period/money"

// PeriodClosed says that a month of money was closed (结账): what its facts came to, and
// that from here on none of them is added, changed or taken away unless the month is
// reopened.
type PeriodClosed struct {
	Month       string         `json:"month" jsonschema:"the month, 2026-10"`
	Closing     int            `json:"closing" jsonschema:"1 for the month's first closing, and so on"`
	Departments []PeriodTotals `json:"departments" jsonschema:"by code; one of which the month has no fact is not there"`
	Digest      string         `json:"digest" jsonschema:"SHA-256 of the totals, as hexadecimal digits"`
	Before      string         `json:"before,omitempty" jsonschema:"the digest of the month's closing before this one"`
	ClosedOn    civil.Date     `json:"closed_on" jsonschema:"the county's day"`
}

// PeriodTotals are what the facts of a month come to, of the department that promised
// the money or paid it first.
type PeriodTotals struct {
	Department  string      `json:"department"`
	Commitments PeriodTotal `json:"commitments" jsonschema:"承诺, made in the month"`
	Paid        PeriodTotal `json:"paid" jsonschema:"首次拨付, the first hops"`
	PassedOn    PeriodTotal `json:"passed_on" jsonschema:"转拨, the hops that pass money on"`
	Arrived     PeriodTotal `json:"arrived" jsonschema:"到账"`
	Withdrawn   PeriodTotal `json:"withdrawn" jsonschema:"撤销到账, on their own day"`
	Reversed    PeriodTotal `json:"reversed" jsonschema:"冲销, on their own day; of first hops and of those that pass on"`
}

// PeriodTotal is how many facts there are, and what they add up to.
type PeriodTotal struct {
	Count int       `json:"count"`
	Sum   money.Fen `json:"sum" jsonschema:"fen"`
}

// PeriodReopened says that a closed month takes facts again (重新开账), as a second
// person decided; who asked and why stands in the workflow.
type PeriodReopened struct {
	Month      string     `json:"month" jsonschema:"the month, 2026-10"`
	Closing    int        `json:"closing" jsonschema:"the closing that it undoes"`
	ReopenedOn civil.Date `json:"reopened_on" jsonschema:"the county's day"`
}

func (PeriodClosed) Type() string   { return "period.closed" }
func (PeriodReopened) Type() string { return "period.reopened" }

func (PeriodClosed) Stream() string   { return PeriodStream }
func (PeriodReopened) Stream() string { return PeriodStream }
