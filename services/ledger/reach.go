package ledger

import (
	"feisui/pkg/civil"
	"feisui/schemas"
)

// Reaches reports that an event may change a figure of a day: a fact that begins
// later does not exist on it (spec, above §1). It says yes where it cannot say no. A
// task may be named by money of an earlier day, whenever it was issued: what that
// changes it does not see.
func Reaches(e schemas.Event, on civil.Date) bool {
	if !Tells(e.Type()) {
		return false
	}
	return begins(e) <= on
}

// never is after every day.
const never = civil.Date(1 << 30)

// begins is the first day on which a fact is there; zero: it may be on every day.
func begins(e schemas.Event) civil.Date {
	switch e := e.(type) {
	case schemas.CountyDayBegan, schemas.FlagRaised, schemas.FlagChanged, schemas.FlagCleared:
		return never
	case schemas.PolicyAdopted:
		return e.From
	case schemas.AdmissionDecided:
		return e.DecidedOn
	case schemas.AdmissionRevoked:
		return e.RevokedOn
	case schemas.TaskAssigned:
		return e.IssuedOn
	case schemas.TaskRecalled:
		return e.RecalledOn
	case schemas.TaskReceipted:
		return e.FiledOn
	case schemas.TaskCompleted:
		return e.CompletedOn
	case schemas.CommitmentMade:
		return e.MadeOn
	case schemas.PlaqueHung:
		return e.HungOn
	case schemas.PlaqueTakenDown:
		return e.RemovedOn
	case schemas.BurdenBegun:
		return e.From
	case schemas.BurdenEnded:
		return e.To
	}
	return beginsFund(e)
}

func beginsFund(e schemas.Event) civil.Date {
	switch e := e.(type) {
	case schemas.PaymentMade:
		return e.PaidOn
	case schemas.PaymentPassedOn:
		return e.PaidOn
	case schemas.PaymentReturned, schemas.PaymentReversed:
		return 0 // one that was corrected takes the place of an earlier one, whose day comes back
	case schemas.PaymentArrived:
		return e.ConfirmedOn
	case schemas.PaymentArrivalWithdrawn:
		return e.WithdrawnOn
	}
	return 0
}
