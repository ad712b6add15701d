package schemas

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/segmentio/encoding/json"
)

// Event is a published fact, named in the past tense.
type Event interface {
	// Type is the wire name: the category and what happened, task.assigned.
	Type() string
	// Stream names the thing whose history this is part of: task/JB2025-0031.
	Stream() string
}

// Category is the part of a type or stream that one service owns.
func Category(name string) string {
	end := strings.IndexAny(name, "./")
	if end < 0 {
		return name
	}
	return name[:end]
}

// all lists an empty value of every event ever published. A type that is not
// here does not decode, and a test fails.
var all = []Event{
	CommunityRegistered{}, CommunitySupplemented{},
	DepartmentRegistered{}, DepartmentSupplemented{},
	ItemListed{}, ItemSupplemented{},
	PlaqueTitleListed{}, PolicyAdopted{}, CountyDayBegan{},
	AdmissionDecided{}, AdmissionSupplemented{}, AdmissionRevoked{},
	TaskAssigned{}, TaskSupplemented{}, TaskRecalled{}, TaskReceipted{}, TaskCompleted{},
	CommitmentMade{}, CommitmentSupplemented{},
	PaymentMade{}, PaymentPassedOn{}, PaymentReturned{}, PaymentReversed{}, PaymentArrived{}, PaymentArrivalWithdrawn{},
	PlaqueHung{}, PlaqueTakenDown{},
	BurdenBegun{}, BurdenSupplemented{}, BurdenEnded{},
	FlagRaised{}, FlagChanged{}, FlagCleared{},
	CommunityAmended{}, DepartmentAmended{}, ItemAmended{}, AdmissionAmended{}, TaskAmended{}, TaskCompletionAmended{},
	CommitmentAmended{}, PlaqueAmended{}, BurdenAmended{},
	PaymentSupplemented{}, PaymentAmended{}, PaymentInherited{}, PaymentPassingChanged{}, PaymentPassingWithdrawn{}, PaymentReversalWithdrawn{},
	BankStatementTaken{},
	DefinitionProposed{}, DefinitionAdopted{}, DefinitionWithdrawn{},
	InstanceBegun{}, InstanceActed{}, InstanceDeadlinePassed{}, InstanceDeadlineMoved{}, InstanceReminded{},
	NumberGiven{}, ReportFrozen{},
	PeriodClosed{}, PeriodReopened{},
}

var types = func() map[string]reflect.Type {
	m := make(map[string]reflect.Type, len(all))
	for _, e := range all {
		m[e.Type()] = reflect.TypeOf(e)
	}
	return m
}()

// Types lists the wire names of all events, sorted.
func Types() []string { return slices.Sorted(maps.Keys(types)) }

// New gives an empty event of a type, nil when there is no such type.
func New(name string) Event {
	t, ok := types[name]
	if !ok {
		return nil
	}
	return reflect.Zero(t).Interface().(Event)
}

// Decode reads an event's payload. An unknown type is an error: an entry that a
// reader does not know is kept aside, never skipped. An unknown field is not:
// shapes grow. Of what a journal takes in, which is nothing that is nested 10,000
// deep, it makes what encoding/json makes, in a quarter of the time: every start and
// every import decodes all that there is.
func Decode(name string, data []byte) (Event, error) {
	t, ok := types[name]
	if !ok {
		return nil, fmt.Errorf("no event type %q", name)
	}
	v := reflect.New(t)
	if err := json.Unmarshal(data, v.Interface()); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return v.Elem().Interface().(Event), nil
}
