package admission_test

import (
	"reflect"
	"testing"

	"feisui/pkg/civil"
	"feisui/schemas"
	"feisui/services/admission"
)

type facts = []schemas.Event

func day(d int) civil.Date { return civil.Of(2025, 3, d) }

func TestAdmissions(t *testing.T) {
	t.Parallel()
	decided := schemas.AdmissionDecided{No: "A1", Department: "D1", Item: "I1", From: day(5), Communities: []string{"C1"}, Decision: "admitted"}
	with := func(change func(*schemas.AdmissionDecided)) schemas.AdmissionDecided {
		d := decided
		change(&d)
		return d
	}
	early := with(func(d *schemas.AdmissionDecided) { d.To = day(4) })
	brief := with(func(d *schemas.AdmissionDecided) { d.To = day(5) })
	denied := with(func(d *schemas.AdmissionDecided) { d.Decision = "denied" })
	wider := with(func(d *schemas.AdmissionDecided) { d.Communities = []string{"C1", "C2"} })
	all := with(func(d *schemas.AdmissionDecided) { d.Communities = nil })
	revoked := schemas.AdmissionRevoked{No: "A1", RevokedOn: day(1)}
	for name, c := range map[string]struct {
		given   facts
		when    admission.Record
		then    facts
		refused string
	}{
		"it is decided":                {when: admission.Record{Admission: decided}, then: facts{decided}},
		"it holds for a day":           {when: admission.Record{Admission: brief}, then: facts{brief}},
		"it ends before it begins":     {when: admission.Record{Admission: early}, refused: "to: 2025-03-04: end_before_start"},
		"it ends before it began":      {given: facts{decided}, when: admission.Record{Admission: early}, refused: "to: 2025-03-04: end_before_start"},
		"it is revoked, however early": {when: admission.Record{Admission: decided, RevokedOn: day(1)}, then: facts{decided, revoked}},
		"it is revoked later":          {given: facts{decided}, when: admission.Record{Admission: decided, RevokedOn: day(1)}, then: facts{revoked}},
		"it is revoked twice":          {given: facts{decided, revoked}, when: admission.Record{Admission: decided, RevokedOn: day(2)}, refused: "revoked_on: 2025-03-02: contradiction"},
		"the same again":               {given: facts{decided, revoked}, when: admission.Record{Admission: decided, RevokedOn: day(1)}},
		"it gets an end":               {given: facts{decided}, when: admission.Record{Admission: brief}, then: facts{schemas.AdmissionSupplemented(brief)}},
		"nothing is said":              {given: facts{decided, schemas.AdmissionSupplemented(brief)}, when: admission.Record{Admission: all}},
		"another decision, to correct": {given: facts{decided, revoked}, when: admission.Record{Admission: denied, Reason: "错"}, then: facts{schemas.AdmissionAmended{AdmissionDecided: denied, RevokedOn: day(1), Correction: schemas.Correction{Reason: "错"}}}},
		"a revocation, to correct":     {given: facts{decided, revoked}, when: admission.Record{Admission: decided, RevokedOn: day(2), Reason: "错"}, then: facts{schemas.AdmissionAmended{AdmissionDecided: decided, RevokedOn: day(2), Correction: schemas.Correction{Reason: "错"}}}},
		"it was amended":               {given: facts{decided, schemas.AdmissionAmended{AdmissionDecided: denied, RevokedOn: day(2)}}, when: admission.Record{Admission: denied, RevokedOn: day(2)}},
		"an end too early, to correct": {given: facts{decided}, when: admission.Record{Admission: early, Reason: "错"}, refused: "to: 2025-03-04: end_before_start"},
		"another decision":             {given: facts{decided}, when: admission.Record{Admission: denied}, refused: "decision: denied: contradiction"},
		"another scope":                {given: facts{decided}, when: admission.Record{Admission: wider}, refused: "communities: C1;C2: contradiction"},
		"two contradictions":           {given: facts{denied}, when: admission.Record{Admission: wider}, refused: "communities: C1;C2: contradiction\ndecision: admitted: contradiction"},
		"other things have happened":   {given: facts{schemas.PlaqueHung{}}, when: admission.Record{Admission: decided}, then: facts{decided}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var known admission.Admission
			for _, e := range c.given {
				known = known.Evolve(e)
			}
			events, err := c.when.Decide(known)
			switch {
			case err != nil && err.Error() != c.refused, err == nil && c.refused != "":
				t.Errorf("refused: %v, want %q", err, c.refused)
			case !reflect.DeepEqual(events, c.then):
				t.Errorf("decided\n\t%v\nwant\n\t%v", events, c.then)
			}
		})
	}
}
