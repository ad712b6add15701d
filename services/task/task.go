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
	case schemas.TaskAmended:
		t.Assigned, t.RecalledOn = &e.TaskAssigned, e.RecalledOn
	case schemas.TaskRecalled:
		t.RecalledOn = e.RecalledOn
	case schemas.TaskReceipted:
		t.Receipts = t.Receipts.with(e)
	case schemas.TaskCompleted:
		t.Completed = &e
	case schemas.TaskCompletionAmended:
		t.Completed = &e.TaskCompleted
	}
	return t
}

// Record takes up a task as a county's sheet has it.
type Record struct {
	Row        int
	Task       schemas.TaskAssigned
	RecalledOn civil.Date
	Reason     string // why the row may say otherwise than is recorded; "" when it may not
}

// Decide gives what is new in the row, nothing when it is known already. It
// refuses a row that contradicts what is recorded and is not to correct it, a due
// date before the start, and a recall or a recorded completion before the issue.
// An item that no catalogue has is a fact about the world, and comes in.
func (c Record) Decide(t Task) ([]schemas.Event, error) {
	assigned, change, refused := workflow.Lay(t.Assigned, c.Task, c.Row, c.Reason != "")
	refused = append(refused, workflow.NotBefore(c.Row, "due_on", assigned.DueOn, "starts_on", assigned.StartsOn)...)
	recalledOn, recalled, early := workflow.End(c.Row, "recalled_on", t.RecalledOn, c.RecalledOn, "issued_on", assigned.IssuedOn, c.Reason != "")
	refused = append(refused, early...)
	if t.Completed != nil {
		refused = append(refused, workflow.NotAfter(c.Row, "issued_on", assigned.IssuedOn, "completed_on", t.Completed.CompletedOn)...)
	}
	if refused != nil {
		return nil, refused
	}
	if max(change, recalled) == workflow.Amended {
		return []schemas.Event{schemas.TaskAmended{TaskAssigned: assigned, RecalledOn: recalledOn, Correction: schemas.Correction{Reason: c.Reason}}}, nil
	}
	var events []schemas.Event
	switch change {
	case workflow.New:
		events = append(events, assigned)
	case workflow.Filled:
		events = append(events, schemas.TaskSupplemented(assigned))
	}
	if recalled == workflow.New {
		events = append(events, schemas.TaskRecalled{No: assigned.No, RecalledOn: recalledOn})
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
	Reason     string // why the row may say otherwise than is recorded; "" when it may not
}

// Decide gives what is new in the row, nothing when it is known already. It
// refuses a completion before the issue, and another than is recorded that is not
// to correct it.
func (c RecordCompletion) Decide(t Task) ([]schemas.Event, error) {
	completed, change, refused := workflow.Lay(t.Completed, c.Completion, c.Row, c.Reason != "")
	refused = append(refused, workflow.NotBefore(c.Row, "completed_on", completed.CompletedOn, "issued_on", t.Assigned.IssuedOn)...)
	if refused != nil {
		return nil, refused
	}
	switch change {
	case workflow.Same:
		return nil, nil
	case workflow.Amended:
		return []schemas.Event{schemas.TaskCompletionAmended{TaskCompleted: completed, Correction: schemas.Correction{Reason: c.Reason}}}, nil
	}
	return []schemas.Event{completed}, nil
}
