// Package registry keeps who and what there is: departments, communities, the
// item and plaque catalogues, and the policy.
package registry

import (
	"strings"

	"feisui/pkg/workflow"
	"feisui/schemas"
)

// Community, Department, Item and PlaqueTitle are what deciding about one of
// them needs to know.
type (
	Community   struct{ Registered *schemas.CommunityRegistered }
	Department  struct{ Registered *schemas.DepartmentRegistered }
	Item        struct{ Listed *schemas.ItemListed }
	PlaqueTitle struct{ Listed bool }
)

// Evolve is the community after an event; one that it does not know changes nothing.
func (s Community) Evolve(e schemas.Event) Community {
	switch e := e.(type) {
	case schemas.CommunityRegistered:
		s.Registered = &e
	case schemas.CommunitySupplemented:
		registered := schemas.CommunityRegistered(e)
		s.Registered = &registered
	case schemas.CommunityAmended:
		s.Registered = &e.CommunityRegistered
	}
	return s
}

// Evolve is the department after an event; one that it does not know changes nothing.
func (s Department) Evolve(e schemas.Event) Department {
	switch e := e.(type) {
	case schemas.DepartmentRegistered:
		s.Registered = &e
	case schemas.DepartmentSupplemented:
		registered := schemas.DepartmentRegistered(e)
		s.Registered = &registered
	case schemas.DepartmentAmended:
		s.Registered = &e.DepartmentRegistered
	}
	return s
}

// Evolve is the item after an event; one that it does not know changes nothing.
func (s Item) Evolve(e schemas.Event) Item {
	switch e := e.(type) {
	case schemas.ItemListed:
		s.Listed = &e
	case schemas.ItemSupplemented:
		listed := schemas.ItemListed(e)
		s.Listed = &listed
	case schemas.ItemAmended:
		s.Listed = &e.ItemListed
	}
	return s
}

// Evolve is the entry after an event; one that it does not know changes nothing.
func (s PlaqueTitle) Evolve(e schemas.Event) PlaqueTitle {
	if _, ok := e.(schemas.PlaqueTitleListed); ok {
		s.Listed = true
	}
	return s
}

// RecordCommunity takes up a community as a county's sheet has it.
type RecordCommunity struct {
	Row       int
	Community schemas.CommunityRegistered
	Reason    string // why the row may say otherwise than is recorded; "" when it may not
}

// Decide gives what is new in the row, nothing when it is known already. It
// refuses a row that contradicts what is recorded and is not to correct it.
func (c RecordCommunity) Decide(s Community) ([]schemas.Event, error) {
	registered, change, refused := workflow.Lay(s.Registered, c.Community, c.Row, c.Reason != "")
	return one(change, refused, registered, schemas.CommunitySupplemented(registered),
		schemas.CommunityAmended{CommunityRegistered: registered, Correction: schemas.Correction{Reason: c.Reason}})
}

// RecordDepartment takes up a department as a county's sheet has it.
type RecordDepartment struct {
	Row        int
	Department schemas.DepartmentRegistered
	Reason     string // why the row may say otherwise than is recorded; "" when it may not
}

// Decide gives what is new in the row, nothing when it is known already. It
// refuses a row that contradicts what is recorded and is not to correct it.
func (c RecordDepartment) Decide(s Department) ([]schemas.Event, error) {
	registered, change, refused := workflow.Lay(s.Registered, c.Department, c.Row, c.Reason != "")
	return one(change, refused, registered, schemas.DepartmentSupplemented(registered),
		schemas.DepartmentAmended{DepartmentRegistered: registered, Correction: schemas.Correction{Reason: c.Reason}})
}

// RecordItem takes up an entry of the item catalogue as a county's sheet has it.
type RecordItem struct {
	Row    int
	Item   schemas.ItemListed
	Reason string // why the row may say otherwise than is recorded; "" when it may not
}

// Decide gives what is new in the row, nothing when it is known already. It
// refuses a row that contradicts what is recorded and is not to correct it, and a
// rule that makes percent of a rate in yuan, or the other way, without the rate.
func (c RecordItem) Decide(s Item) ([]schemas.Event, error) {
	listed, change, refused := workflow.Lay(s.Listed, c.Item, c.Row, c.Reason != "")
	for i, r := range refused {
		if asTyped, ok := columns[r.Field]; ok {
			refused[i] = workflow.Contradiction(r.Row, r.Field, asTyped(c.Item), asTyped(*s.Listed))
		}
	}
	if s.Listed != nil && s.Listed.Rate != nil && c.Item.Rate == nil && (s.Listed.Rule == "ratio") != (listed.Rule == "ratio") {
		refused = append(refused, workflow.Refuse(c.Row, "rate", "", "rate_unit", "known", columns["rate"](*s.Listed)))
	}
	return one(change, refused, listed, schemas.ItemSupplemented(listed),
		schemas.ItemAmended{ItemListed: listed, Correction: schemas.Correction{Reason: c.Reason}})
}

// columns writes what a sheet and a record write differently as the sheet does.
var columns = map[string]func(schemas.ItemListed) string{
	"rate": func(i schemas.ItemListed) string {
		if i.Rule == "ratio" {
			return i.Rate.String() + "%"
		}
		return i.Rate.Shift(-2).String() // yuan
	},
	"payers": func(i schemas.ItemListed) string {
		var shares []string
		for _, p := range i.Payers {
			share := p.Code + ":" + p.Weight.String()
			if p.PayBy.Given() {
				share += "@" + p.PayBy.String()
			}
			shares = append(shares, share)
		}
		return strings.Join(shares, ";")
	},
}

// RecordPlaqueTitle takes up an entry of the plaque catalogue.
type RecordPlaqueTitle struct {
	Title schemas.PlaqueTitleListed
}

// Decide gives the entry, nothing when it is known already.
func (c RecordPlaqueTitle) Decide(s PlaqueTitle) []schemas.Event {
	if s.Listed {
		return nil
	}
	return []schemas.Event{c.Title}
}

func one(change workflow.Change, refused workflow.Refusals, first, filled, amended schemas.Event) ([]schemas.Event, error) {
	switch {
	case refused != nil:
		return nil, refused
	case change == workflow.New:
		return []schemas.Event{first}, nil
	case change == workflow.Filled:
		return []schemas.Event{filled}, nil
	case change == workflow.Amended:
		return []schemas.Event{amended}, nil
	default:
		return nil, nil
	}
}
