package fund

import (
	"feisui/pkg/workflow"
	"feisui/schemas"
)

// Commitment is what deciding about a commitment needs to know.
type Commitment struct {
	Made *schemas.CommitmentMade
}

// Evolve is the commitment after an event; an event that it does not know changes nothing.
func (s Commitment) Evolve(e schemas.Event) Commitment {
	switch e := e.(type) {
	case schemas.CommitmentMade:
		s.Made = &e
	case schemas.CommitmentSupplemented:
		made := schemas.CommitmentMade(e)
		s.Made = &made
	case schemas.CommitmentAmended:
		s.Made = &e.CommitmentMade
	}
	return s
}

// RecordCommitment takes up a commitment as a county's sheet has it.
type RecordCommitment struct {
	Row        int
	Commitment schemas.CommitmentMade
	Reason     string // why the row may say otherwise than is recorded; "" when it may not
}

// Decide gives what is new in the row, nothing when it is known already. It
// refuses a row that contradicts what is recorded and is not to correct it, and a
// day to keep it by before the day on which it was made.
func (c RecordCommitment) Decide(s Commitment) ([]schemas.Event, error) {
	made, change, refused := workflow.Lay(s.Made, c.Commitment, c.Row, c.Reason != "")
	refused = append(refused, workflow.NotBefore(c.Row, "by", made.By, "made_on", made.MadeOn)...)
	switch {
	case refused != nil:
		return nil, refused
	case change == workflow.New:
		return []schemas.Event{made}, nil
	case change == workflow.Filled:
		return []schemas.Event{schemas.CommitmentSupplemented(made)}, nil
	case change == workflow.Amended:
		return []schemas.Event{schemas.CommitmentAmended{CommitmentMade: made, Correction: schemas.Correction{Reason: c.Reason}}}, nil
	default:
		return nil, nil
	}
}
