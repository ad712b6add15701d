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
}

// Decide gives what is new in the row, nothing when it is known already. It
// refuses a row that contradicts what is recorded.
func (c RecordCommunity) Decide(s Community) ([]schemas.Event, error) {
	registered, change, refused := workflow.Fill(s.Registered, c.Community, c.Row)
	return one(change, refused, registered, schemas.CommunitySupplemented(registered))
}

// RecordDepartment takes up a department as a county's sheet has it.
type RecordDepartment struct {
	Row        int
	Department schemas.DepartmentRegistered
}

// Decide gives what is new in the row, nothing when it is known already. It
// refuses a row that contradicts what is recorded.
func (c RecordDepartment) Decide(s Department) ([]schemas.Event, error) {
	registered, change, refused := workflow.Fill(s.Registered, c.Department, c.Row)
	return one(change, refused, registered, schemas.DepartmentSupplemented(registered))
}

// RecordItem takes up an entry of the item catalogue as a county's sheet has it.
type RecordItem struct {
	Row  int
	Item schemas.ItemListed
}

// Decide gives what is new in the row, nothing when it is known already. It
// refuses a row that contradicts what is recorded.
func (c RecordItem) Decide(s Item) ([]schemas.Event, error) {
	listed, change, refused := workflow.Fill(s.Listed, c.Item, c.Row)
	for i, r := range refused {
		if asTyped, ok := columns[r.Field]; ok {
			refused[i] = workflow.Contradiction(r.Row, r.Field, asTyped(c.Item), asTyped(*s.Listed))
		}
	}
	return one(change, refused, listed, schemas.ItemSupplemented(listed))
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

func one(change workflow.Change, refused workflow.Refusals, first, filled schemas.Event) ([]schemas.Event, error) {
	switch {
	case refused != nil:
		return nil, refused
	case change == workflow.New:
		return []schemas.Event{first}, nil
	case change == workflow.Filled:
		return []schemas.Event{filled}, nil
	default:
		return nil, nil
	}
}
