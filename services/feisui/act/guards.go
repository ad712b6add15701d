package act

import (
	"cmp"

	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/pkg/workflow"
	"feisui/schemas"
	"feisui/services/ledger/reconcile"
	"feisui/services/task"
)

// This file has the guards of tasks. Each looks at facts as they are recorded, by
// whatever door.

func notCompleted(l *look) error {
	if done := l.task().Completed; done != nil {
		return refuse(done.CompletedOn.String(), "task_completed", "on", done.CompletedOn.String())
	}
	return nil
}

func notRecalled(l *look) error {
	if on := l.task().RecalledOn; on.Given() {
		return refuse(on.String(), "task_recalled", "on", on.String())
	}
	return nil
}

// factIs holds where a task's state is this one today, by what is recorded (§3).
func factIs(state reconcile.State) func(*look) error {
	return func(l *look) error {
		stands, _, err := l.county.today(l.id())
		if err == nil && stands.State != state {
			err = refuse(string(stands.State), "fact_state", "expected", string(state), "state", string(stands.State))
		}
		return err
	}
}

// condition is what the community made its acceptance depend on, and what came of
// it by the ledger's own reckoning (§3).
func (l *look) condition() (c *reconcile.Condition, err error) {
	stands, _, err := l.county.today(l.id())
	if err == nil && stands.Condition == nil {
		err = refuse("", "no_condition")
	}
	return stands.Condition, err
}

func feeArrived(l *look) error {
	c, err := l.condition()
	if err == nil && !c.Met() {
		err = refuse(c.Came.Yuan(), "fee_not_arrived", "amount", c.Amount.Yuan(), "came", c.Came.Yuan())
	}
	return err
}

func feeMissing(l *look) error {
	c, err := l.condition()
	if err == nil && (c.Met() || !c.By.Given() || l.command.On <= c.By) {
		err = refuse(c.Came.Yuan(), "fee_there", "amount", c.Amount.Yuan(), "came", c.Came.Yuan())
	}
	return err
}

// sampledPercent is the limit by which verified tasks are drawn.
const sampledPercent = "sampled_percent"

// sampled holds of a task that is drawn to be looked at after its verification (抽查).
func sampled(l *look) error {
	report, reported := l.in.Last("report")
	if !reported {
		return refuse(l.id(), "not_drawn")
	}
	form, err := formOf(report.Form)
	if err != nil {
		return err
	}
	done, err := civil.Parse(form["completed_on"])
	if err != nil || !task.Drawn(l.id(), done, l.by.Limits[sampledPercent]) {
		return refuse(l.id(), "not_drawn")
	}
	return nil
}

// notWorse refuses an amendment that makes a task worse for a community that
// accepted it: less money, more work, less time, later payment. What the form does
// not say stays.
func notWorse(l *look) error {
	a := l.task().Assigned
	stands, there, err := l.county.today(l.id())
	if err != nil || !there || a == nil {
		return err
	}
	switch stands.State {
	case reconcile.Accepted, reconcile.ConditionalAccept, reconcile.Suspended:
	default:
		return nil
	}
	var worse workflow.Refusals
	say := func(field, key, known string) {
		worse = append(worse, workflow.Refuse(0, field, l.form[field], key, "known", known))
	}
	if amount, err := money.ParseAmount(l.form["amount"]); err == nil && stands.Entitlement != nil && amount < *stands.Entitlement {
		say("amount", "worse_amount", stands.Entitlement.Yuan())
	}
	if quantity, err := money.ParseDecimal(l.form["quantity"]); err == nil && quantityOf(a).Less(quantity) {
		say("quantity", "worse_quantity", quantityOf(a).String())
	}
	if due, err := civil.Parse(l.form["due_on"]); err == nil && a.DueOn.Given() && due < a.DueOn {
		say("due_on", "worse_due", a.DueOn.String())
	}
	if pay, err := civil.Parse(l.form["pay_by"]); err == nil && pay > payBy(a) {
		say("pay_by", "worse_pay", payBy(a).String())
	}
	return worse.Err()
}

// quantityOf is how much a task asks for: 1 where it does not say (§2).
func quantityOf(a *schemas.TaskAssigned) money.Decimal {
	if a.Quantity == nil {
		return money.Whole(1)
	}
	return *a.Quantity
}

// payBy is the day by which a task is to be paid that says so (§2).
func payBy(a *schemas.TaskAssigned) civil.Date {
	return max(cmp.Or(a.PayBy, a.StartsOn, a.IssuedOn), a.IssuedOn)
}
