package oversight

import (
	"reflect"

	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/schemas"
)

// Cause is why what a case is about stands no more (销号原因). Only Money closes a
// case by itself; of the others the authority takes note as it strikes the case off.
type Cause string

// The causes. What none of them says, such as days or limits that the county set
// anew, is Other.
const (
	Other    Cause = ""
	Money    Cause = "money"     // what was asked for came, whole
	Void     Cause = "void"      // the task was taken back or rejected
	Done     Cause = "done"      // the task was completed, and such a flag is about standing ones
	Changed  Cause = "changed"   // what is recorded of it says otherwise now
	Reversed Cause = "reversed"  // the payment was undone
	PassedOn Cause = "passed_on" // the payment went on to somebody else before it was confirmed
	Remedied Cause = "remedied"  // what was missing is there now, what hung is down
)

// Task is what is recorded of a task, as far as causes ask.
type Task struct {
	Assigned  schemas.TaskAssigned
	Completed *schemas.TaskCompleted
	Void      bool // recalled or rejected
}

// terms are what a fee depends on.
func (t *Task) terms() schemas.TaskAssigned {
	a := t.Assigned
	a.Document, a.AuthorityDocument, a.DueOn = "", "", 0
	return a
}

// Fee is what one payer was asked for when the case began, in fen, and what came for
// that payer's part since the task was handed down.
type Fee struct {
	Asked, Came money.Fen
	On          civil.Date // when all that was asked for had come; zero where it has not
}

// whole reports that all that was asked for came.
func (f Fee) whole() bool { return f.Asked > 0 && f.Came >= f.Asked }

// OfTask is why a flag of a rule about a task went: then is as its case began, now
// as it went. around says that the item's catalogue entry or the community's figures
// were said otherwise meanwhile.
func OfTask(rule string, then, now Task, around bool, fee Fee) Cause {
	overFee := rule == unfunded || rule == underfunded
	changed := !reflect.DeepEqual(then.terms(), now.terms())
	switch {
	case now.Void:
		return Void
	case overFee && fee.whole():
		return Money
	case !overFee && rule != undetermined && now.Completed != nil:
		return Done
	case rule == noAuthority && then.Assigned.AuthorityDocument == "" && now.Assigned.AuthorityDocument != "":
		return Remedied
	case rule == undetermined && (changed || around || !reflect.DeepEqual(then.Completed, now.Completed)):
		return Remedied // nothing but what was missing makes a fee that can be worked out of one that cannot
	case changed || around || overFee && !reflect.DeepEqual(then.Completed, now.Completed):
		return Changed
	case rule == unadmitted:
		return Remedied // the same task of the same item: an admission was recorded
	}
	return Other
}

// OfCommitment is why a promise is broken no more; came is what was paid for it.
func OfCommitment(then, now schemas.CommitmentMade, came money.Fen) Cause {
	switch {
	case then.Amount > 0 && came >= then.Amount:
		return Money
	case !reflect.DeepEqual(then, now):
		return Changed
	}
	return Other
}

// PutOff reports that a promise has a later day, or none, since its case began. What
// is kept then was late by the day that was broken.
func PutOff(then, now schemas.CommitmentMade) bool {
	return then.By.Given() && (!now.By.Given() || now.By > then.By)
}

// Payment is what is recorded of a payment, as far as causes ask.
type Payment struct {
	Made              schemas.PaymentMade
	PassedOn, Arrived money.Fen // that stand
	Reversed          bool
}

// OfPayment is why a flag of a rule about a payment went: then is what the payment
// was as its case began. Money that went on its way is what retained asks for, and
// that the community has it what unconfirmed does.
func OfPayment(rule string, then schemas.PaymentMade, now Payment) Cause {
	moved := now.Arrived
	if rule == retained {
		moved = moved.Plus(now.PassedOn)
	}
	switch {
	case now.Reversed:
		return Reversed
	case CuredByMoney(rule) && then.Amount > 0 && moved >= then.Amount:
		return Money
	case rule == unconfirmed && now.PassedOn > 0:
		return PassedOn
	case !reflect.DeepEqual(then, now.Made):
		return Changed
	}
	return Other
}

// OfPlaque is why a flag of a rule about a plaque went.
func OfPlaque(rule string, then, now schemas.PlaqueHung, down bool) Cause {
	switch {
	case down:
		return Remedied
	case !reflect.DeepEqual(then, now):
		return Changed
	case rule == plaqueUnlisted:
		return Remedied // the same plaque: the catalogue has it now
	}
	return Other
}
