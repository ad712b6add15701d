package schemas

import "feisui/pkg/civil"

// ReportFrozen says that the figures of a burden-reduction report (减负报告) were
// frozen (截数) as it was drawn up: they are those that follow from the county's
// entries up to a position, whatever is recorded later, late or to correct.
type ReportFrozen struct {
	Report   string        `json:"report" jsonschema:"the edition's number: an instance of the workflow report"`
	Step     int           `json:"step" jsonschema:"by which it was drawn up, or drawn up again"`
	AsOf     civil.Date    `json:"as_of" jsonschema:"the date that the figures are of"`
	Since    civil.Date    `json:"since" jsonschema:"the earlier date that they are compared with"`
	Position int64         `json:"position" jsonschema:"the last entry that counts"`
	Hash     string        `json:"hash" jsonschema:"of that entry, in hexadecimal digits; it covers every entry before"`
	Before   *ReportBefore `json:"before,omitempty" jsonschema:"the last edition that was signed then; none: this is the first"`
	On       civil.Date    `json:"on" jsonschema:"the county's day"`
}

// ReportBefore is the edition before another.
type ReportBefore struct {
	Report   string     `json:"report"`
	Document string     `json:"document" jsonschema:"文号"`
	AsOf     civil.Date `json:"as_of"`
	Since    civil.Date `json:"since"`
	Position int64      `json:"position"`
}

func (ReportFrozen) Type() string { return "report.frozen" }

func (e ReportFrozen) Stream() string { return "report/" + e.Report }
