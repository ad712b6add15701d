package burden

import (
	"feisui/pkg/civil"
	"feisui/pkg/workflow"
	"feisui/schemas"
)

// Burden is what deciding about another burden needs to know.
type Burden struct {
	Begun *schemas.BurdenBegun
	To    civil.Date
}

// Evolve is the burden after an event; an event that it does not know changes nothing.
func (b Burden) Evolve(e schemas.Event) Burden {
	switch e := e.(type) {
	case schemas.BurdenBegun:
		b.Begun = &e
	case schemas.BurdenSupplemented:
		begun := schemas.BurdenBegun(e)
		b.Begun = &begun
	case schemas.BurdenAmended:
		b.Begun, b.To = &e.BurdenBegun, e.To
	case schemas.BurdenEnded:
		b.To = e.To
	}
	return b
}

// RecordBurden takes up another burden as a county's sheet has it.
type RecordBurden struct {
	Row    int
	Burden schemas.BurdenBegun
	To     civil.Date
	Reason string // why the row may say otherwise than is recorded; "" when it may not
}

// Decide gives what is new in the row, nothing when it is known already. It
// refuses a row that contradicts what is recorded and is not to correct it, and an
// end before the start.
func (c RecordBurden) Decide(b Burden) ([]schemas.Event, error) {
	begun, change, refused := workflow.Lay(b.Begun, c.Burden, c.Row, c.Reason != "")
	to, ended, early := workflow.End(c.Row, "to", b.To, c.To, "from", begun.From, c.Reason != "")
	if refused = append(refused, early...); refused != nil {
		return nil, refused
	}
	if max(change, ended) == workflow.Amended {
		return []schemas.Event{schemas.BurdenAmended{BurdenBegun: begun, To: to, Correction: schemas.Correction{Reason: c.Reason}}}, nil
	}
	var events []schemas.Event
	switch change {
	case workflow.New:
		events = append(events, begun)
	case workflow.Filled:
		events = append(events, schemas.BurdenSupplemented(begun))
	}
	if ended == workflow.New {
		events = append(events, schemas.BurdenEnded{No: begun.No, To: to})
	}
	return events, nil
}
