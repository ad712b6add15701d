package schemas

import "feisui/pkg/civil"

// NumberGiven says that a document got its number (文号) as it was signed. The
// number is the event's version in its stream, so numbers have no gap, and two
// that are signed at once cannot get one.
type NumberGiven struct {
	Office   string     `json:"office" jsonschema:"whose documents are counted: authority …"`
	Kind     string     `json:"kind" jsonschema:"order: 督办单; rectification: 整改通知书; report: 减负报告 …"`
	Year     string     `json:"year" jsonschema:"of the signing, in full"`
	Number   int        `json:"number" jsonschema:"1, 2, 3 … within office, kind and year"`
	Document string     `json:"document" jsonschema:"文号, such as 费转督〔2026〕12号"`
	Workflow string     `json:"workflow" jsonschema:"in which it was signed"`
	Instance string     `json:"instance"`
	Step     int        `json:"step" jsonschema:"by which it was signed"`
	On       civil.Date `json:"on" jsonschema:"the county's day"`
}

func (NumberGiven) Type() string { return "number.given" }

func (e NumberGiven) Stream() string { return "number/" + e.Office + "/" + e.Kind + "/" + e.Year }
