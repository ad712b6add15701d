package act

import (
	"encoding/json"

	"feisui/schemas"
	"feisui/services/feisui/record"
	"feisui/services/fund"
)

// commitmentFlow is the workflow of commitments, each of which its number numbers.
const commitmentFlow = "commitment"

// commitmentIn gives what is recorded of a commitment, nil when nothing is.
func commitmentIn(past record.Past, no string) *schemas.CommitmentMade {
	var c fund.Commitment
	for e := range past.Stream(schemas.CommitmentMade{No: no}.Stream()) {
		c = c.Evolve(e)
	}
	return c.Made
}

// takeCommitment keeps what is recorded of commitments without a workflow.
func (f *Flows) takeCommitment(e schemas.Event) {
	switch e := e.(type) {
	case schemas.CommitmentMade:
		f.found(commitmentFlow, e.No, Parties{Department: e.Department, Community: e.Community})
	case schemas.CommitmentSupplemented:
		f.takeCommitment(schemas.CommitmentMade(e))
	case schemas.CommitmentAmended:
		f.takeCommitment(e.CommitmentMade)
	}
}

// recordedCommitment is a commitment that was recorded without a workflow; its
// state is its kind.
func (c *County) recordedCommitment(no string) (f found, err error) {
	made := commitmentIn(c.Past, no)
	if made == nil || made.MadeOn > c.Flows.day {
		return f, nil
	}
	form := commitmentRow(made)
	delete(form, "kind")
	f.state, f.since = made.Kind, made.MadeOn
	f.form, err = json.Marshal(form)
	return f, err
}

// commitmentRow is the row that the commitments sheet would have of one.
func commitmentRow(c *schemas.CommitmentMade) map[string]string {
	cells := map[string]string{
		"no": c.No, "kind": c.Kind, "department": c.Department, "community": c.Community, "amount": c.Amount.Yuan(), "made_on": c.MadeOn.String(),
	}
	if c.Purpose != "" {
		cells["purpose"] = c.Purpose
	}
	if c.By.Given() {
		cells["by"] = c.By.String()
	}
	return cells
}

func factQuota(l *look) error {
	if c := commitmentIn(l.past, l.id()); c == nil || c.Kind != "quota" {
		return refuse("", "not_quota")
	}
	return nil
}

// amendCommitment says of a commitment what the form says, for the form's reason.
func amendCommitment(l *look) ([]schemas.Event, error) { return l.recommit("", l.form["reason"]) }

// releaseCommitment makes a quota of a pledge; the reason is the document.
func releaseCommitment(l *look) ([]schemas.Event, error) {
	return l.recommit("quota", l.form["document"])
}

func (l *look) recommit(kind, reason string) ([]schemas.Event, error) {
	made := commitmentIn(l.past, l.id())
	if made == nil {
		return nil, refuse("", "not_committed")
	}
	r := row{of: l.of, sheet: sheetOf("commitments"), cells: commitmentRow(made), from: map[string]string{}}
	for _, column := range []string{"amount", "by"} {
		if text := l.form[column]; text != "" {
			r.cells[column], r.from[column] = text, column
		}
	}
	if kind != "" {
		r.cells["kind"] = kind
	}
	l.facts.add(r, reason)
	return nil, nil
}
