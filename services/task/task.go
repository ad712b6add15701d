// Package task keeps what departments hand to communities (交办), what the
// communities answer (回执), and how it ends.
package task

import (
	"feisui/pkg/civil"
	"feisui/pkg/workflow"
	"feisui/schemas"
)

// Task is what deciding about a task needs to know.
type Task struct {
	Assigned   *schemas.TaskAssigned
	RecalledOn civil.Date
	Receipts   Receipts
	Completed  *schemas.TaskCompleted
}

// Evolve is the task after an event; an event that it does not know changes nothing.
func (t Task) Evolve(e schemas.Event) Task {
	switch e := e.(type) {
	case schemas.TaskAssigned:
		t.Assigned = &e
	case schemas.TaskSupplemented:
		assigned := schemas.TaskAssigned(e)
		t.Assigned = &assigned
	case schemas.TaskRecalled:
		t.RecalledOn = e.RecalledOn
	case schemas.TaskReceipted:
		t.Receipts = t.Receipts.with(e)
	case schemas.TaskCompleted:
		t.Completed = &e
	}
	return t
}

// Record takes up a task as a county's sheet has it.
type Record struct {
	Row        int
	Task       schemas.TaskAssigned
	RecalledOn civil.Date
}

// Decide gives what is new in the row, nothing when it is known already. It
// refuses a row that contradicts what is recorded, a due date before the start
// and a recall before the issue. An item that no catalogue has is a fact about
// the world, and comes in.
func (c Record) Decide(t Task) ([]schemas.Event, error) {
	assigned, change, refused := workflow.Fill(t.Assigned, c.Task, c.Row)
	refused = append(refused, workflow.NotBefore(c.Row, "due_on", assigned.DueOn, "starts_on", assigned.StartsOn)...)
	recalled, early := workflow.End(c.Row, "recalled_on", t.RecalledOn, c.RecalledOn, "issued_on", assigned.IssuedOn)
	if refused = append(refused, early...); refused != nil {
		return nil, refused
	}
	var events []schemas.Event
	switch change {
	case workflow.New:
		events = append(events, assigned)
	case workflow.Filled:
		events = append(events, schemas.TaskSupplemented(assigned))
	}
	if recalled {
		events = append(events, schemas.TaskRecalled{No: assigned.No, RecalledOn: c.RecalledOn})
	}
	return events, nil
}

// RecordReceipt takes up an answer as a county's sheet has it. Its task is known.
type RecordReceipt struct {
	Receipt schemas.TaskReceipted
}

// Decide gives the receipt, nothing when the very same is known already.
func (c RecordReceipt) Decide(t Task) ([]schemas.Event, error) {
	if t.Receipts.Has(c.Receipt) {
		return nil, nil
	}
	return []schemas.Event{c.Receipt}, nil
}

// RecordCompletion takes up a completion as a county's sheet has it. Its task is known.
type RecordCompletion struct {
	Row        int
	Completion schemas.TaskCompleted
}

// Decide gives what is new in the row, nothing when it is known already. It
// refuses a completion before the issue, and another than is recorded.
func (c RecordCompletion) Decide(t Task) ([]schemas.Event, error) {
	completed, change, refused := workflow.Fill(t.Completed, c.Completion, c.Row)
	refused = append(refused, workflow.NotBefore(c.Row, "completed_on", completed.CompletedOn, "issued_on", t.Assigned.IssuedOn)...)
	if refused != nil {
		return nil, refused
	}
	if change == workflow.Same {
		return nil, nil
	}
	return []schemas.Event{completed}, nil
}
