package act

import (
	"cmp"
	"strconv"

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

// feeGone holds where it is not met and its day is not over, or it has none: it waits.
func feeGone(l *look) error {
	c, err := l.condition()
	if err == nil && (c.Met() || c.By.Given() && l.command.On > c.By) {
		err = refuse(c.Came.Yuan(), "fee_not_gone", "amount", c.Amount.Yuan(), "came", c.Came.Yuan())
	}
	return err
}

// feeMissing holds where it is not met and its day is over (§3: 中止).
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
	report, reported := l.in.Last(reportStep)
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
// accepted it: less money, whatever takes it away, more work, less time, later payment.
// What the form does not say stays. A day by which to be done that there was not is less
// time, unless the community asked for it.
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
	now := l.amended(*a)
	worse, err := l.worseFee(a, &now)
	if err != nil {
		return err
	}
	return append(worse, l.worseTime(a, &now)...).Err()
}

// amended is a task as the form would have it.
func (l *look) amended(a schemas.TaskAssigned) schemas.TaskAssigned {
	for field, day := range map[string]*civil.Date{"starts_on": &a.StartsOn, "due_on": &a.DueOn, "pay_by": &a.PayBy} {
		if said, err := civil.Parse(l.form[field]); err == nil {
			*day = said
		}
	}
	for field, amount := range map[string]**money.Fen{"amount": &a.Amount, "base": &a.Base} {
		if said, err := money.ParseAmount(l.form[field]); err == nil {
			*amount = &said
		}
	}
	if said, err := money.ParseDecimal(l.form["quantity"]); err == nil {
		a.Quantity = &said
	}
	return a
}

// given is the first of some fields that the form has, "" where it has none.
func (l *look) given(fields ...string) string {
	for _, field := range fields {
		if l.form[field] != "" {
			return field
		}
	}
	return ""
}

// worse refuses what a field of an amendment says.
func (l *look) worse(field, key, known string) workflow.Refusal {
	return workflow.Refuse(0, field, l.form[field], key, "known", known)
}

// worseFee refuses an amendment by which less is owed, by the ledger's own reckoning, or
// more is to be done.
func (l *look) worseFee(a, now *schemas.TaskAssigned) (worse workflow.Refusals, err error) {
	if field := l.given("amount", "quantity", "base"); field != "" {
		before, err := l.county.Book.Draft(*a, l.county.Calendar, max(a.IssuedOn, l.command.On))
		if err != nil {
			return nil, err
		}
		after, err := l.county.Book.Draft(*now, l.county.Calendar, max(a.IssuedOn, l.command.On))
		if err != nil {
			return nil, err
		}
		owed, owes := before.Task.Entitlement, after.Task.Entitlement
		if owed != nil && (owes == nil || *owes < *owed) {
			worse = append(worse, l.worse(field, "worse_amount", owed.Yuan()))
		}
	}
	if quantityOf(a).Less(quantityOf(now)) {
		worse = append(worse, l.worse("quantity", "worse_quantity", quantityOf(a).String()))
	}
	return worse, nil
}

// worseTime refuses an amendment that leaves less time, or pays later.
func (l *look) worseTime(a, now *schemas.TaskAssigned) (worse workflow.Refusals) {
	started, starts := cmp.Or(a.StartsOn, a.IssuedOn), cmp.Or(now.StartsOn, now.IssuedOn)
	switch {
	case starts < started:
		worse = append(worse, l.worse("starts_on", "worse_start", started.String()))
	case starts > started && now.DueOn.Given() && now.DueOn-starts < a.DueOn-started:
		worse = append(worse, l.worse("starts_on", "worse_days", started.String()))
	}
	switch earliest := cmp.Or(l.dueNow(a), l.asks("due_on")); {
	case now.DueOn == a.DueOn && l.form["due_on"] == "":
	case !earliest.Given():
		worse = append(worse, l.worse("due_on", "worse_due_none", ""))
	case now.DueOn < earliest:
		worse = append(worse, l.worse("due_on", "worse_due", earliest.String()))
	}
	if pay := payBy(a); payBy(now) > pay {
		worse = append(worse, l.worse(l.given("pay_by", "starts_on"), "worse_pay", pay.String()))
	}
	return worse
}

// completing is the deadline by which a task is to be done.
const completing = "completion"

// dueNow is the day by which the task is to be done: as it is recorded, or later by the days
// for which it was suspended.
func (l *look) dueNow(a *schemas.TaskAssigned) civil.Date {
	due := a.DueOn
	for _, r := range l.in.Running {
		if r.Deadline == completing && r.Stood > 0 {
			due = max(due, r.DueOn)
		}
	}
	return due
}

// asks is the date in a field of what the step answers, zero where it answers nothing.
func (l *look) asks(field string) civil.Date {
	asked, is := l.in.Last(l.by.Actions[l.command.Action].Answers)
	if !is || asked.Action == "" {
		return 0
	}
	day, err := civil.Parse(fieldsOf(asked.Form)[field])
	if err != nil {
		return 0 // its JSON Schema says that it is a date where it is given
	}
	return day
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

// ahead are the fields that say by which day something is to happen.
var ahead = []string{"due_on", "pay_by", "condition_by", "until"}

// notInPast refuses days by which something is to happen that are over.
func notInPast(l *look) error {
	var refused workflow.Refusals
	for _, field := range ahead {
		if day, err := civil.Parse(l.form[field]); err == nil && day < l.command.On {
			refused = append(refused, workflow.Refuse(0, field, day.String(), "is_over", "today", l.command.On.String()))
		}
	}
	return refused.Err()
}

// completionSound refuses to report a task as complete before it was handed down: it
// would be refused as it is verified (§1).
func completionSound(l *look) error {
	day, err := civil.Parse(l.form["completed_on"])
	if a := l.task().Assigned; err == nil && a != nil && day < a.IssuedOn {
		return at("completed_on", day.String(), "completed_early", "issued", a.IssuedOn.String())
	}
	return nil
}

// quantityAssigned is said of a report of more, or less, than the task asked for: the fee
// of what is paid by the case follows what was done (§2), so whoever verifies looks. Of a
// task that does not say how much, only what is paid by the case has one, 1, to differ from.
func quantityAssigned(l *look) error {
	form := l.form
	if l.command.Action != reportStep && l.in != nil {
		if report, reported := l.in.Last(reportStep); reported {
			form = fieldsOf(report.Form)
		}
	}
	a := l.task().Assigned
	done, err := money.ParseDecimal(form["quantity"])
	if err != nil || a == nil {
		return nil //nolint:nilerr // none was reported, or its JSON Schema refused it
	}
	key := "quantity_other"
	switch byCase := l.county.Book.ByTheCase(l.id()); {
	case a.Quantity == nil && !byCase:
		return nil
	case a.Quantity == nil:
		key = "quantity_unsaid"
	case byCase:
		key = "quantity_paid"
	}
	if asked := quantityOf(a); asked.Less(done) || done.Less(asked) {
		return at("quantity", done.String(), key, "done", done.String(), "asked", asked.String())
	}
	return nil
}

// withinFee refuses to pay more for what was done of a task than all of it is owed. Of a task
// of which nobody can say what that is, it refuses nothing.
func withinFee(l *look) error {
	amount, err := money.ParseAmount(l.form["amount"])
	if err != nil {
		return nil //nolint:nilerr // none is said yet, or its JSON Schema refused it
	}
	stands, _, err := l.county.today(l.id())
	if err != nil {
		return err
	}
	if owed := stands.Entitlement; owed != nil && amount > *owed {
		return at("amount", amount.Yuan(), "terminated_above", "owed", owed.Yuan())
	}
	return nil
}

// reportStep is the step by which a community says that a task is done.
const reportStep = "report"

// conditionPositive refuses an acceptance on the condition of nothing.
func conditionPositive(l *look) error {
	if amount, err := money.ParseAmount(l.form["condition_amount"]); err == nil && amount == 0 {
		return at("condition_amount", amount.Yuan(), "amount_positive")
	}
	return nil
}

// promiseDays is the limit of the days within which a department that promises to pay
// has to.
const promiseDays = "promise_days"

// promiseSoon refuses a promise to pay that is further away than the county allows.
func promiseSoon(l *look) error {
	days, bounded := l.by.Limits[promiseDays]
	last := l.command.On.AddDays(days)
	if day, err := civil.Parse(l.form["pay_by"]); err == nil && bounded && day > last {
		return at("pay_by", day.String(), "promise_late", "last", last.String(), "days", strconv.Itoa(days))
	}
	return nil
}
