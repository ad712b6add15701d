package act

import (
	"feisui/pkg/civil"
	"feisui/pkg/workflow"
	"feisui/schemas"
	"feisui/services/process"
)

// NumberTaken is a number that something else has. Of what is out of scope no more is said
// (ADR 0012); of a voucher that is recorded the day is, to whoever it is: who typed it
// twice finds it by that.
type NumberTaken struct {
	Number string
	On     civil.Date // of the payment that is recorded under it; zero where nothing is said
}

func (t *NumberTaken) Error() string { return "the number is taken: " + t.Number }

// free refuses to begin under a number that is an instance's, or of something that is
// recorded without one, or given twice in one command.
func (t *turn) free(no string, cmd *Command, command *process.Command, d *domain) error {
	c := t.county
	if paid := paymentIn(c.Past, no); cmd.Workflow == paymentFlow && paid != nil {
		return &NumberTaken{Number: no, On: paid.Made.PaidOn}
	}
	in := c.Flows.instances[cmd.Workflow][no]
	parties, bare := c.Flows.bare[cmd.Workflow][no]
	switch {
	case in != nil && !c.shows(t.by, cmd.Scope, t.by.Concerned(in)), bare && !c.shows(t.by, cmd.Scope, parties.byName()):
		return &NumberTaken{Number: no}
	case in != nil:
		t.in = *in
		_, err := t.by.Decide(in, *command, c.Calendar, d)
		return &Stopped{Err: err, Instance: *in, By: t.by}
	case bare:
		return workflow.Refusals{workflow.Refuse(0, t.by.Number, no, "recorded_before")}
	case t.past.Has(schemas.InstanceStream(cmd.Workflow, no)):
		return workflow.Refusals{workflow.Refuse(0, t.by.Number, no, "number_twice")}
	}
	return nil
}
