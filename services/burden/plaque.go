package burden

import (
	"feisui/pkg/civil"
	"feisui/pkg/workflow"
	"feisui/schemas"
)

// Plaque is what deciding about a plaque needs to know.
type Plaque struct {
	Hung      *schemas.PlaqueHung
	RemovedOn civil.Date
}

// Evolve is the plaque after an event; an event that it does not know changes nothing.
func (p Plaque) Evolve(e schemas.Event) Plaque {
	switch e := e.(type) {
	case schemas.PlaqueHung:
		p.Hung = &e
	case schemas.PlaqueAmended:
		p.Hung, p.RemovedOn = &e.PlaqueHung, e.RemovedOn
	case schemas.PlaqueTakenDown:
		p.RemovedOn = e.RemovedOn
	}
	return p
}

// RecordPlaque takes up a plaque as a county's sheet has it.
type RecordPlaque struct {
	Row       int
	Plaque    schemas.PlaqueHung
	RemovedOn civil.Date
	Reason    string // why the row may say otherwise than is recorded; "" when it may not
}

// Decide gives what is new in the row, nothing when it is known already. It
// refuses a row that contradicts what is recorded and is not to correct it, and a
// removal before the plaque was hung.
func (c RecordPlaque) Decide(p Plaque) ([]schemas.Event, error) {
	hung, change, refused := workflow.Lay(p.Hung, c.Plaque, c.Row, c.Reason != "")
	removedOn, removed, early := workflow.End(c.Row, "removed_on", p.RemovedOn, c.RemovedOn, "hung_on", hung.HungOn, c.Reason != "")
	if refused = append(refused, early...); refused != nil {
		return nil, refused
	}
	if max(change, removed) == workflow.Amended {
		return []schemas.Event{schemas.PlaqueAmended{PlaqueHung: hung, RemovedOn: removedOn, Correction: schemas.Correction{Reason: c.Reason}}}, nil
	}
	var events []schemas.Event
	if change == workflow.New {
		events = append(events, hung)
	}
	if removed == workflow.New {
		events = append(events, schemas.PlaqueTakenDown{No: hung.No, RemovedOn: removedOn})
	}
	return events, nil
}
