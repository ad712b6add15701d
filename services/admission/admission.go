// Package admission keeps the decisions whether a department's item may enter
// communities at all (准入).
package admission

import (
	"feisui/pkg/civil"
	"feisui/pkg/workflow"
	"feisui/schemas"
)

// Admission is what deciding about an admission needs to know.
type Admission struct {
	Decided   *schemas.AdmissionDecided
	RevokedOn civil.Date
}

// Evolve is the admission after an event; an event that it does not know changes nothing.
func (a Admission) Evolve(e schemas.Event) Admission {
	switch e := e.(type) {
	case schemas.AdmissionDecided:
		a.Decided = &e
	case schemas.AdmissionSupplemented:
		decided := schemas.AdmissionDecided(e)
		a.Decided = &decided
	case schemas.AdmissionAmended:
		a.Decided, a.RevokedOn = &e.AdmissionDecided, e.RevokedOn
	case schemas.AdmissionRevoked:
		a.RevokedOn = e.RevokedOn
	}
	return a
}

// Record takes up a decision as a county's sheet has it.
type Record struct {
	Row       int
	Admission schemas.AdmissionDecided
	RevokedOn civil.Date
	Reason    string // why the row may say otherwise than is recorded; "" when it may not
}

// Decide gives what is new in the row, nothing when it is known already. It
// refuses a row that contradicts what is recorded and is not to correct it, and a
// term that ends before it begins.
func (c Record) Decide(a Admission) ([]schemas.Event, error) {
	decided, change, refused := workflow.Lay(a.Decided, c.Admission, c.Row, c.Reason != "")
	refused = append(refused, workflow.NotBefore(c.Row, "to", decided.To, "from", decided.From)...)
	revokedOn, revoked, contradicted := workflow.End(c.Row, "revoked_on", a.RevokedOn, c.RevokedOn, "", 0, c.Reason != "")
	if refused = append(refused, contradicted...); refused != nil {
		return nil, refused
	}
	if max(change, revoked) == workflow.Amended {
		return []schemas.Event{schemas.AdmissionAmended{AdmissionDecided: decided, RevokedOn: revokedOn, Correction: schemas.Correction{Reason: c.Reason}}}, nil
	}
	var events []schemas.Event
	switch change {
	case workflow.New:
		events = append(events, decided)
	case workflow.Filled:
		events = append(events, schemas.AdmissionSupplemented(decided))
	}
	if revoked == workflow.New {
		events = append(events, schemas.AdmissionRevoked{No: decided.No, RevokedOn: revokedOn})
	}
	return events, nil
}
