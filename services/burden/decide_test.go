package burden_test

import (
	"slices"
	"testing"

	"feisui/pkg/civil"
	"feisui/schemas"
	"feisui/services/burden"
)

type facts = []schemas.Event

var wrong = schemas.Correction{Reason: "错"}

func day(d int) civil.Date { return civil.Of(2025, 3, d) }

func TestPlaques(t *testing.T) {
	t.Parallel()
	hung := schemas.PlaqueHung{No: "P1", Community: "C1", Department: "D1", Title: "服务站", Zone: "outside", HungOn: day(5)}
	inside := hung
	inside.Zone = "inside"
	down := func(d int) schemas.Event { return schemas.PlaqueTakenDown{No: "P1", RemovedOn: day(d)} }
	for name, c := range map[string]struct {
		given   facts
		when    burden.RecordPlaque
		then    facts
		refused string
	}{
		"it is hung":                      {when: burden.RecordPlaque{Plaque: hung}, then: facts{hung}},
		"it was hung and taken down":      {when: burden.RecordPlaque{Plaque: hung, RemovedOn: day(5)}, then: facts{hung, down(5)}},
		"it was taken down before":        {when: burden.RecordPlaque{Plaque: hung, RemovedOn: day(4)}, refused: "removed_on: 2025-03-04: end_before_start"},
		"the same again":                  {given: facts{hung, down(6)}, when: burden.RecordPlaque{Plaque: hung, RemovedOn: day(6)}},
		"it is taken down":                {given: facts{hung}, when: burden.RecordPlaque{Plaque: hung, RemovedOn: day(6)}, then: facts{down(6)}},
		"nothing is said of its end":      {given: facts{hung, down(6)}, when: burden.RecordPlaque{Plaque: hung}},
		"it is taken down on another day": {given: facts{hung, down(6)}, when: burden.RecordPlaque{Plaque: hung, RemovedOn: day(7)}, refused: "removed_on: 2025-03-07: contradiction"},
		"it hangs elsewhere":              {given: facts{hung}, when: burden.RecordPlaque{Plaque: inside}, refused: "zone: inside: contradiction"},
		"it hung elsewhere, to correct":   {given: facts{hung, down(6)}, when: burden.RecordPlaque{Plaque: inside, Reason: "错"}, then: facts{schemas.PlaqueAmended{PlaqueHung: inside, RemovedOn: day(6), Correction: wrong}}},
		"another day, to correct":         {given: facts{hung, down(6)}, when: burden.RecordPlaque{Plaque: hung, RemovedOn: day(7), Reason: "错"}, then: facts{schemas.PlaqueAmended{PlaqueHung: hung, RemovedOn: day(7), Correction: wrong}}},
		"a first end, to correct":         {given: facts{hung}, when: burden.RecordPlaque{Plaque: hung, RemovedOn: day(7), Reason: "错"}, then: facts{down(7)}},
		"the same, to correct":            {given: facts{hung, down(6)}, when: burden.RecordPlaque{Plaque: hung, Reason: "错"}},
		"it was amended":                  {given: facts{hung, schemas.PlaqueAmended{PlaqueHung: inside, RemovedOn: day(7)}}, when: burden.RecordPlaque{Plaque: inside, RemovedOn: day(7)}},
		"other things have happened":      {given: facts{schemas.TaskAssigned{}}, when: burden.RecordPlaque{Plaque: hung}, then: facts{hung}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var known burden.Plaque
			for _, e := range c.given {
				known = known.Evolve(e)
			}
			events, err := c.when.Decide(known)
			check(t, events, err, c.then, c.refused)
		})
	}
}

func TestBurdens(t *testing.T) {
	t.Parallel()
	begun := schemas.BurdenBegun{No: "B1", Community: "C1", Department: "D1", Kind: "form", From: day(5)}
	titled := begun
	titled.Title = "月报"
	weekly := begun
	weekly.Title = "周报"
	ended := func(d int) schemas.Event { return schemas.BurdenEnded{No: "B1", To: day(d)} }
	for name, c := range map[string]struct {
		given   facts
		when    burden.RecordBurden
		then    facts
		refused string
	}{
		"it begins":                  {when: burden.RecordBurden{Burden: begun}, then: facts{begun}},
		"it begins and ends":         {when: burden.RecordBurden{Burden: begun, To: day(5)}, then: facts{begun, ended(5)}},
		"it ends before":             {when: burden.RecordBurden{Burden: begun, To: day(4)}, refused: "to: 2025-03-04: end_before_start"},
		"the same again":             {given: facts{begun, ended(6)}, when: burden.RecordBurden{Burden: begun, To: day(6)}},
		"it ends":                    {given: facts{begun}, when: burden.RecordBurden{Burden: begun, To: day(6)}, then: facts{ended(6)}},
		"it gets a title":            {given: facts{begun}, when: burden.RecordBurden{Burden: titled}, then: facts{schemas.BurdenSupplemented(titled)}},
		"it gets a title and ends":   {given: facts{begun}, when: burden.RecordBurden{Burden: titled, To: day(6)}, then: facts{schemas.BurdenSupplemented(titled), ended(6)}},
		"nothing is said":            {given: facts{begun, schemas.BurdenSupplemented(titled), ended(6)}, when: burden.RecordBurden{Burden: begun}},
		"it ends on another day":     {given: facts{begun, ended(6)}, when: burden.RecordBurden{Burden: begun, To: day(7)}, refused: "to: 2025-03-07: contradiction"},
		"its title is another":       {given: facts{titled}, when: burden.RecordBurden{Burden: schemas.BurdenBegun{No: "B1", Community: "C1", Department: "D1", Kind: "form", From: day(5), Title: "周报"}}, refused: "title: 周报: contradiction"},
		"its title, to correct":      {given: facts{begun, ended(6)}, when: burden.RecordBurden{Burden: weekly, Reason: "错"}, then: facts{schemas.BurdenSupplemented(weekly)}},
		"another title, to correct":  {given: facts{titled, ended(6)}, when: burden.RecordBurden{Burden: weekly, Reason: "错"}, then: facts{schemas.BurdenAmended{BurdenBegun: weekly, To: day(6), Correction: wrong}}},
		"its end, to correct":        {given: facts{titled, ended(6)}, when: burden.RecordBurden{Burden: begun, To: day(7), Reason: "错"}, then: facts{schemas.BurdenAmended{BurdenBegun: titled, To: day(7), Correction: wrong}}},
		"it was amended":             {given: facts{begun, schemas.BurdenAmended{BurdenBegun: weekly, To: day(7)}}, when: burden.RecordBurden{Burden: weekly, To: day(7)}},
		"other things have happened": {given: facts{schemas.PlaqueHung{}}, when: burden.RecordBurden{Burden: begun}, then: facts{begun}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var known burden.Burden
			for _, e := range c.given {
				known = known.Evolve(e)
			}
			events, err := c.when.Decide(known)
			check(t, events, err, c.then, c.refused)
		})
	}
}

func check(t *testing.T, events []schemas.Event, err error, then facts, refused string) {
	t.Helper()
	switch {
	case err != nil && err.Error() != refused, err == nil && refused != "":
		t.Errorf("refused: %v, want %q", err, refused)
	case !slices.Equal(events, then):
		t.Errorf("decided\n\t%v\nwant\n\t%v", events, then)
	}
}
