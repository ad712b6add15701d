package schemas

import (
	"feisui/pkg/civil"
	"feisui/pkg/money"
)

// TaskAssigned says that a department handed a task to a community (交办).
type TaskAssigned struct {
	No                string         `json:"no" jsonschema:"交办单号"`
	Department        string         `json:"department" jsonschema:"部门"`
	Community         string         `json:"community" jsonschema:"社区"`
	Item              string         `json:"item" jsonschema:"事项; may be in no catalogue"`
	Document          string         `json:"document,omitempty" jsonschema:"文号"`
	IssuedOn          civil.Date     `json:"issued_on" jsonschema:"交办日期"`
	StartsOn          civil.Date     `json:"starts_on,omitzero" jsonschema:"开始日期"`
	DueOn             civil.Date     `json:"due_on,omitzero" jsonschema:"完成时限"`
	Quantity          *money.Decimal `json:"quantity,omitempty" jsonschema:"数量"`
	Base              *money.Fen     `json:"base,omitempty" jsonschema:"计提基数, fen"`
	Amount            *money.Fen     `json:"amount,omitempty" jsonschema:"约定经费, fen; overrides the item's rule"`
	PayBy             civil.Date     `json:"pay_by,omitzero" jsonschema:"拨付时限"`
	AuthorityDocument string         `json:"authority_document,omitempty" jsonschema:"赋权文号"`
}

// TaskSupplemented says the whole again, with what was not given
// before filled in.
type TaskSupplemented TaskAssigned

// TaskRecalled says that the department took the task back.
type TaskRecalled struct {
	No         string     `json:"no"`
	RecalledOn civil.Date `json:"recalled_on" jsonschema:"撤回日期"`
}

// TaskReceipted says what the community answered (接收回执). Two receipts that
// are alike in every field are one.
type TaskReceipted struct {
	Task            string     `json:"task" jsonschema:"交办单号"`
	Outcome         string     `json:"outcome" jsonschema:"结果: accept, conditional, reject or query"`
	FiledOn         civil.Date `json:"filed_on" jsonschema:"日期"`
	Reason          string     `json:"reason,omitempty" jsonschema:"原因代码"`
	ConditionAmount *money.Fen `json:"condition_amount,omitempty" jsonschema:"条件金额, fen"`
	ConditionBy     civil.Date `json:"condition_by,omitzero" jsonschema:"条件期限"`
	Note            string     `json:"note,omitempty" jsonschema:"说明"`
	No              string     `json:"no,omitempty" jsonschema:"编号"`
}

// TaskCompleted says that the task is done (办结).
type TaskCompleted struct {
	Task        string         `json:"task" jsonschema:"交办单号"`
	CompletedOn civil.Date     `json:"completed_on" jsonschema:"办结日期"`
	Quantity    *money.Decimal `json:"quantity,omitempty" jsonschema:"实际数量"`
}

func (TaskAssigned) Type() string     { return "task.assigned" }
func (TaskSupplemented) Type() string { return "task.supplemented" }
func (TaskRecalled) Type() string     { return "task.recalled" }
func (TaskReceipted) Type() string    { return "task.receipted" }
func (TaskCompleted) Type() string    { return "task.completed" }

func (e TaskAssigned) Stream() string     { return "task/" + e.No }
func (e TaskSupplemented) Stream() string { return "task/" + e.No }
func (e TaskRecalled) Stream() string     { return "task/" + e.No }
func (e TaskReceipted) Stream() string    { return "task/" + e.Task }
func (e TaskCompleted) Stream() string    { return "task/" + e.Task }
