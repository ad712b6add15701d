package schemas

import (
	"encoding/json"
	"strings"

	"feisui/pkg/civil"
)

// DefinitionProposed says how somebody of the competent authority wants a workflow
// (流程) to go. Nothing goes by it before another person has adopted it; a later
// proposal takes its place.
type DefinitionProposed struct {
	Workflow   string          `json:"workflow" jsonschema:"流程: task, admission, case …"`
	Proposal   int             `json:"proposal" jsonschema:"1, 2, 3 … within the workflow"`
	Version    int             `json:"version" jsonschema:"which version it is to be"`
	Definition json.RawMessage `json:"definition" jsonschema:"the whole declaration, as JSON"`
	ProposedOn civil.Date      `json:"proposed_on"`
	Reason     string          `json:"reason,omitempty" jsonschema:"why it is to be changed"`
	Actor      string          `json:"actor" jsonschema:"an opaque id; never a name"`
	Person     string          `json:"person,omitempty" jsonschema:"the human being whose id that is, an opaque id too: two accounts may be one person's"`
}

// DefinitionAdopted says how a workflow (流程) goes from now on: instances that
// begin after it follow this version, those begun before keep theirs.
type DefinitionAdopted struct {
	Workflow   string          `json:"workflow" jsonschema:"流程: task, admission, case …"`
	Version    int             `json:"version" jsonschema:"1, 2, 3 … within the workflow"`
	Definition json.RawMessage `json:"definition" jsonschema:"the whole declaration, as JSON"`
	AdoptedOn  civil.Date      `json:"adopted_on"`
	Reason     string          `json:"reason,omitempty" jsonschema:"why it was changed"`
	Proposal   int             `json:"proposal,omitempty" jsonschema:"which proposal it was; absent where the version comes with the program, or one person sufficed"`
	Actor      string          `json:"actor,omitempty" jsonschema:"who adopted it, an opaque id; absent where the version comes with the program"`
	Person     string          `json:"person,omitempty" jsonschema:"the human being whose id that is, an opaque id too"`
}

// DefinitionWithdrawn says that a proposal waits no more and will not be adopted: whoever
// made it took it back, or another person of the competent authority refused it.
type DefinitionWithdrawn struct {
	Workflow    string     `json:"workflow" jsonschema:"流程: task, admission, case …"`
	Proposal    int        `json:"proposal" jsonschema:"which proposal it was"`
	Version     int        `json:"version" jsonschema:"which version it was to be"`
	WithdrawnOn civil.Date `json:"withdrawn_on"`
	Refused     bool       `json:"refused,omitempty" jsonschema:"true: another person would not adopt it; absent: who proposed it took it back"`
	Reason      string     `json:"reason,omitempty" jsonschema:"why; always there where it was refused"`
	Actor       string     `json:"actor" jsonschema:"an opaque id; never a name"`
	Person      string     `json:"person,omitempty" jsonschema:"the human being whose id that is, an opaque id too"`
}

// InstanceBegun says that a workflow began for one thing: a task, an application,
// a flag.
type InstanceBegun struct {
	Workflow  string            `json:"workflow"`
	Instance  string            `json:"instance" jsonschema:"its number within the workflow: a 交办单号, a 准入编号 …"`
	Version   int               `json:"version" jsonschema:"of the definition, kept to the end"`
	Action    string            `json:"action,omitempty" jsonschema:"the action that began it; absent where what was recorded before was taken up"`
	State     string            `json:"state" jsonschema:"the state it is in now"`
	On        civil.Date        `json:"on" jsonschema:"the county's day"`
	Actor     string            `json:"actor" jsonschema:"an opaque id; never a name"`
	Person    string            `json:"person,omitempty" jsonschema:"the human being whose id that is, an opaque id too: two accounts may be one person's"`
	Role      string            `json:"role,omitempty" jsonschema:"the role in which the actor acted"`
	Office    string            `json:"office,omitempty" jsonschema:"the organisation for which the actor acted"`
	Parties   map[string]string `json:"parties" jsonschema:"the organisations it concerns, by their part in it: department, community …"`
	Form      json.RawMessage   `json:"form,omitempty" jsonschema:"what was filled in"`
	Deadlines []DeadlineSet     `json:"deadlines,omitempty" jsonschema:"the deadlines that began to run"`
	Warnings  []StepWarning     `json:"warnings,omitempty" jsonschema:"what was pointed out, by rules that the definition cites; what is more than a notice (S3) is answered in the form's field explanation"`
}

// InstanceActed says that somebody took a step.
type InstanceActed struct {
	Workflow  string          `json:"workflow"`
	Instance  string          `json:"instance"`
	Step      int             `json:"step" jsonschema:"2, 3, 4 …; the beginning is step 1"`
	Action    string          `json:"action"`
	From      string          `json:"from"`
	To        string          `json:"to"`
	On        civil.Date      `json:"on" jsonschema:"the county's day"`
	Actor     string          `json:"actor" jsonschema:"an opaque id; never a name"`
	Person    string          `json:"person,omitempty" jsonschema:"the human being whose id that is, an opaque id too: two accounts may be one person's"`
	Role      string          `json:"role,omitempty"`
	Office    string          `json:"office,omitempty"`
	Form      json.RawMessage `json:"form,omitempty"`
	Deadlines []DeadlineSet   `json:"deadlines,omitempty" jsonschema:"the deadlines that began to run, or run longer"`
	Met       []string        `json:"met,omitempty" jsonschema:"the deadlines that no longer run"`
	Warnings  []StepWarning   `json:"warnings,omitempty" jsonschema:"as of the beginning"`
}

// StepWarning is what was pointed out with a step that it did not stop.
type StepWarning struct {
	Rule     string `json:"rule" jsonschema:"the rule's code: R14"`
	Severity string `json:"severity" jsonschema:"S1, S2: answered with the step; S3: a notice"`
	Field    string `json:"field,omitempty" jsonschema:"of the form; absent where none is meant"`
	Found    string `json:"found,omitempty" jsonschema:"what was found"`
	Chinese  string `json:"zh" jsonschema:"what was expected, in Chinese"`
	English  string `json:"en" jsonschema:"what was expected, in English"`
}

// InstanceDeadlinePassed says that a deadline passed, and what followed.
type InstanceDeadlinePassed struct {
	Workflow  string        `json:"workflow"`
	Instance  string        `json:"instance"`
	Step      int           `json:"step"`
	Deadline  string        `json:"deadline"`
	N         int           `json:"n" jsonschema:"the n-th time that this deadline ran in this instance"`
	DueOn     civil.Date    `json:"due_on" jsonschema:"the last day that was in time"`
	On        civil.Date    `json:"on" jsonschema:"the county's day on which it was found to have passed"`
	Action    string        `json:"action,omitempty" jsonschema:"what the definition has follow; absent: nothing but that it is said"`
	From      string        `json:"from"`
	To        string        `json:"to"`
	Deadlines []DeadlineSet `json:"deadlines,omitempty"`
	Met       []string      `json:"met,omitempty"`
	Refused   *StepRefused  `json:"refused,omitempty" jsonschema:"what should have followed, and could not be recorded; absent where nothing was refused"`
}

// StepRefused is a step that should have followed by itself and did not, since the facts
// that it brings contradict what is recorded. People have to see to it.
type StepRefused struct {
	Action string        `json:"action" jsonschema:"what the definition has follow"`
	Why    []FactRefused `json:"why" jsonschema:"at least one"`
}

// FactRefused is why a fact could not be recorded.
type FactRefused struct {
	Field   string `json:"field,omitempty" jsonschema:"of the form or the sheet; absent where none is meant"`
	Found   string `json:"found,omitempty" jsonschema:"what stood there"`
	Chinese string `json:"zh" jsonschema:"what was expected, in Chinese"`
	English string `json:"en" jsonschema:"what was expected, in English"`
}

// InstanceDeadlineMoved says that a running deadline falls on another day, since
// the calendar of working days was amended.
type InstanceDeadlineMoved struct {
	Workflow    string     `json:"workflow"`
	Instance    string     `json:"instance"`
	Step        int        `json:"step"`
	Deadline    string     `json:"deadline"`
	N           int        `json:"n"`
	Before      civil.Date `json:"before" jsonschema:"the day on which it fell"`
	DueOn       civil.Date `json:"due_on" jsonschema:"the day on which it falls"`
	Provisional bool       `json:"provisional,omitempty"`
	Calendar    string     `json:"calendar" jsonschema:"the edition of the calendar by which it falls there"`
	On          civil.Date `json:"on"`
}

// InstanceReminded says that somebody was to be reminded of a running deadline.
type InstanceReminded struct {
	Workflow string     `json:"workflow"`
	Instance string     `json:"instance"`
	Step     int        `json:"step"`
	Deadline string     `json:"deadline"`
	N        int        `json:"n"`
	Ahead    int        `json:"ahead" jsonschema:"working days that were left before the due day"`
	DueOn    civil.Date `json:"due_on"`
	On       civil.Date `json:"on"`
}

// DeadlineSet is a deadline that runs, and how its day was found.
type DeadlineSet struct {
	Deadline    string     `json:"deadline"`
	N           int        `json:"n"`
	From        civil.Date `json:"from" jsonschema:"the day after which days are counted"`
	Days        int        `json:"days"`
	Unit        string     `json:"unit" jsonschema:"working: 工作日; calendar: 自然日"`
	DueOn       civil.Date `json:"due_on" jsonschema:"the last day that is in time"`
	Provisional bool       `json:"provisional,omitempty" jsonschema:"a year in between has no published calendar yet"`
	Extended    int        `json:"extended,omitempty" jsonschema:"how often it was made longer"`
	Stood       int        `json:"stood,omitempty" jsonschema:"by how many calendar days from is later than the day that was said, since time stood still (暂停)"`
}

func (DefinitionProposed) Type() string     { return "definition.proposed" }
func (DefinitionAdopted) Type() string      { return "definition.adopted" }
func (DefinitionWithdrawn) Type() string    { return "definition.withdrawn" }
func (InstanceBegun) Type() string          { return "instance.begun" }
func (InstanceActed) Type() string          { return "instance.acted" }
func (InstanceDeadlinePassed) Type() string { return "instance.deadline_passed" }
func (InstanceDeadlineMoved) Type() string  { return "instance.deadline_moved" }
func (InstanceReminded) Type() string       { return "instance.reminded" }

func (e DefinitionProposed) Stream() string     { return "definition/" + e.Workflow }
func (e DefinitionAdopted) Stream() string      { return "definition/" + e.Workflow }
func (e DefinitionWithdrawn) Stream() string    { return "definition/" + e.Workflow }
func (e InstanceBegun) Stream() string          { return InstanceStream(e.Workflow, e.Instance) }
func (e InstanceActed) Stream() string          { return InstanceStream(e.Workflow, e.Instance) }
func (e InstanceDeadlinePassed) Stream() string { return InstanceStream(e.Workflow, e.Instance) }
func (e InstanceDeadlineMoved) Stream() string  { return InstanceStream(e.Workflow, e.Instance) }
func (e InstanceReminded) Stream() string       { return InstanceStream(e.Workflow, e.Instance) }

// ratings is the workflow of what communities say of departments, drafts that of tasks
// which a department has not handed down yet.
const (
	ratings = "rating"
	drafts  = "draft"
)

// Confidential reports that a stream is for those whom its workflow's definition
// names, and is in no list of entries: what a community said of a department
// (双向评议), and what a department means to hand down (拟交办). An operator with the
// database or the bus in hand sees it all the same.
func Confidential(stream string) bool {
	return strings.HasPrefix(stream, InstanceStream(ratings, "")) || strings.HasPrefix(stream, InstanceStream(drafts, ""))
}

// Audited reports that a confidential stream is open to who audits: what a department
// drafted is part of what it did; what a community said of one is no audit's.
func Audited(stream string) bool { return strings.HasPrefix(stream, InstanceStream(drafts, "")) }

// InstanceStream names the stream of a workflow's instance.
func InstanceStream(workflow, instance string) string { return "instance/" + workflow + "/" + instance }
