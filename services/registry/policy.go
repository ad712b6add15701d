package registry

import (
	"reflect"

	"feisui/schemas"
)

// Policy is what deciding about the policy needs to know.
type Policy struct{ Adopted *schemas.PolicyAdopted }

// Evolve is the policy after an event; one that it does not know changes nothing.
func (s Policy) Evolve(e schemas.Event) Policy {
	if adopted, ok := e.(schemas.PolicyAdopted); ok {
		s.Adopted = &adopted
	}
	return s
}

// RecordPolicy takes up the policy that a workbook carries.
type RecordPolicy struct {
	Policy schemas.PolicyAdopted
}

// Decide gives the policy, nothing when the very same holds already.
func (c RecordPolicy) Decide(s Policy) []schemas.Event {
	if s.Adopted != nil && reflect.DeepEqual(*s.Adopted, c.Policy) {
		return nil
	}
	return []schemas.Event{c.Policy}
}
