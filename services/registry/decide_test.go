package registry_test

import (
	"reflect"
	"testing"

	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/schemas"
	"feisui/services/registry"
)

type facts = []schemas.Event

// state is what is known of any of the registry's things.
type state[S any] interface{ Evolve(schemas.Event) S }

func fold[S state[S]](given facts) (s S) {
	for _, e := range append(facts{schemas.TaskAssigned{}}, given...) { // it passes over what it does not know
		s = s.Evolve(e)
	}
	return s
}

func TestRegistry(t *testing.T) {
	t.Parallel()
	place := schemas.CommunityRegistered{Code: "C1", Name: "甲", Street: "S1"}
	peopled := place
	peopled.Staff = new(int64(0))
	renamed := place
	renamed.Name = "乙"
	dept := schemas.DepartmentRegistered{Code: "D1", Name: "民政局", Kind: "department"}
	mass := dept
	mass.Kind = "mass"
	item := schemas.ItemListed{Code: "I1", Name: "走访", List: "assist"}
	priced := item
	priced.Rate, priced.Rule = new(money.Whole(50).Shift(-1)), "fixed" // 5 fen
	dearer := priced
	dearer.Rate = new(money.Whole(12345))
	percent, more := item, item
	percent.Rule, percent.Rate = "ratio", new(money.Whole(2))
	more.Rule, more.Rate = "ratio", new(money.Whole(25).Shift(-1))
	shared, otherwise := item, item
	shared.Payers = []schemas.Payer{{Code: "D1", Weight: money.Whole(1)}}
	otherwise.Payers = []schemas.Payer{{Code: "D1", Weight: money.Whole(1), PayBy: civil.Of(2025, 3, 1)}, {Code: "D2", Weight: money.Whole(25).Shift(-1)}}
	title := schemas.PlaqueTitleListed{Title: "服务站", Zone: "wall"}
	policy, other := schemas.PolicyAdopted{GraceDays: new(0)}, schemas.PolicyAdopted{PlaqueCaps: map[string]int{"wall": 1}}

	percentOnly, wrong := item, schemas.Correction{Reason: "错"}
	percentOnly.Rule = "ratio"
	type decide = func(given facts) ([]schemas.Event, error)
	community := func(r schemas.CommunityRegistered) decide {
		return func(g facts) ([]schemas.Event, error) {
			return registry.RecordCommunity{Community: r}.Decide(fold[registry.Community](g))
		}
	}
	department := func(r schemas.DepartmentRegistered) decide {
		return func(g facts) ([]schemas.Event, error) {
			return registry.RecordDepartment{Department: r}.Decide(fold[registry.Department](g))
		}
	}
	listed := func(r schemas.ItemListed) decide {
		return func(g facts) ([]schemas.Event, error) {
			return registry.RecordItem{Item: r}.Decide(fold[registry.Item](g))
		}
	}
	titled := func(g facts) ([]schemas.Event, error) {
		return registry.RecordPlaqueTitle{Title: title}.Decide(fold[registry.PlaqueTitle](g)), nil
	}
	adopted := func(r schemas.PolicyAdopted) decide {
		return func(g facts) ([]schemas.Event, error) {
			return registry.RecordPolicy{Policy: r}.Decide(fold[registry.Policy](g)), nil
		}
	}
	for name, c := range map[string]struct {
		given   facts
		when    decide
		then    facts
		refused string
	}{
		"a community":              {when: community(place), then: facts{place}},
		"the same community":       {given: facts{place}, when: community(place)},
		"its staff is filled in":   {given: facts{place}, when: community(peopled), then: facts{schemas.CommunitySupplemented(peopled)}},
		"nothing is said of staff": {given: facts{place, schemas.CommunitySupplemented(peopled)}, when: community(place)},
		"another name":             {given: facts{place}, when: community(renamed), refused: "name: 乙: contradiction"},
		"a department":             {when: department(dept), then: facts{dept}},
		"the same department":      {given: facts{dept, schemas.DepartmentSupplemented(dept)}, when: department(dept)},
		"another kind":             {given: facts{dept}, when: department(mass), refused: "kind: mass: contradiction"},
		"an item":                  {when: listed(item), then: facts{item}},
		"the same item":            {given: facts{priced}, when: listed(priced)},
		"its rate is filled in":    {given: facts{item}, when: listed(priced), then: facts{schemas.ItemSupplemented(priced)}},
		"another rate, in yuan":    {given: facts{item, schemas.ItemSupplemented(priced)}, when: listed(dearer), refused: "rate: 123.45: contradiction"},
		"another rate, in percent": {given: facts{percent}, when: listed(more), refused: "rate: 2.5%: contradiction"},
		"other payers":             {given: facts{shared}, when: listed(otherwise), refused: "payers: D1:1@2025-03-01;D2:2.5: contradiction"},
		"another name, to correct": {given: facts{peopled}, when: func(g facts) ([]schemas.Event, error) {
			return registry.RecordCommunity{Community: renamed, Reason: "错"}.Decide(fold[registry.Community](g))
		}, then: facts{schemas.CommunityAmended{CommunityRegistered: func() schemas.CommunityRegistered { c := peopled; c.Name = "乙"; return c }(), Correction: wrong}}},
		"it was amended": {given: facts{place, schemas.CommunityAmended{CommunityRegistered: renamed}}, when: community(renamed)},
		"another kind, to correct": {given: facts{dept}, when: func(g facts) ([]schemas.Event, error) {
			return registry.RecordDepartment{Department: mass, Reason: "错"}.Decide(fold[registry.Department](g))
		}, then: facts{schemas.DepartmentAmended{DepartmentRegistered: mass, Correction: wrong}}},
		"a department was amended": {given: facts{dept, schemas.DepartmentAmended{DepartmentRegistered: mass}}, when: department(mass)},
		"other payers, to correct": {given: facts{shared}, when: func(g facts) ([]schemas.Event, error) {
			return registry.RecordItem{Item: otherwise, Reason: "错"}.Decide(fold[registry.Item](g))
		}, then: facts{schemas.ItemAmended{ItemListed: otherwise, Correction: wrong}}},
		"an item was amended": {given: facts{shared, schemas.ItemAmended{ItemListed: otherwise}}, when: listed(otherwise)},
		"percent of an amount": {given: facts{priced}, when: func(g facts) ([]schemas.Event, error) {
			return registry.RecordItem{Item: percentOnly, Reason: "错"}.Decide(fold[registry.Item](g))
		}, refused: "rate: : rate_unit"},
		"a title":                     {when: titled, then: facts{title}},
		"the same title":              {given: facts{title}, when: titled},
		"a policy":                    {when: adopted(policy), then: facts{policy}},
		"the same policy":             {given: facts{policy}, when: adopted(schemas.PolicyAdopted{GraceDays: new(0)})},
		"another policy":              {given: facts{policy}, when: adopted(other), then: facts{other}},
		"the same policy, given caps": {given: facts{policy, other}, when: adopted(schemas.PolicyAdopted{PlaqueCaps: map[string]int{"wall": 1}})},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			events, err := c.when(c.given)
			switch {
			case err != nil && err.Error() != c.refused, err == nil && c.refused != "":
				t.Errorf("refused: %v, want %q", err, c.refused)
			case !reflect.DeepEqual(events, c.then):
				t.Errorf("decided\n\t%v\nwant\n\t%v", events, c.then)
			}
		})
	}
}
