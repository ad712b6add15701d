package act

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	"feisui/pkg/money"
	"feisui/schemas"
	"feisui/services/feisui/record"
	"feisui/services/ledger/reconcile"
	"feisui/services/oversight"
	"feisui/services/process"
	"feisui/services/process/define"
	"feisui/services/task"
)

// This file has what definitions name. A name that is not here is refused when a
// definition is read, never when somebody acts.

// guards look at facts, and refuse or say nothing.
var guards = map[string]func(*look) error{
	"not_completed": notCompleted,
	"not_recalled":  notRecalled,
	"not_worse":     notWorse,

	"completion_sound":   completionSound,
	"quantity_assigned":  quantityAssigned,
	"within_fee":         withinFee,
	"condition_positive": conditionPositive,
	"promise_soon":       promiseSoon,

	"fee_arrived":      feeArrived,
	"fee_missing":      feeMissing,
	"fee_gone":         feeGone,
	"fact_accepted":    factIs(reconcile.Accepted),
	"fact_conditional": factIs(reconcile.ConditionalAccept),
	"fact_rejected":    factIs(reconcile.Rejected),
	"fact_recalled":    factIs(reconcile.Recalled),
	"fact_completed":   factIs(reconcile.Completed),
	"sampled":          sampled,
	"start_timely":     startTimely,
	"within_frequency": withinFrequency,
	"within_load":      withinLoad,

	"application_new":   about(applicationNew),
	"item_listed":       about(itemListed),
	"item_not_negative": about(itemNotNegative),
	"unsigned":          about(unsigned),
	"emergency":         about(emergency),
	"emergency_timely":  about(emergencyTimely),
	"scope_known":       about(scopeKnown),
	"terms_sound":       about(termsSound),
	"consulted_known":   about(consultedKnown),
	"own_opinion":       ownOpinion,
	"opinions_complete": opinionsComplete,
	"papers_complete":   papersComplete,
	"papers_lacking":    papersLacking,
	"unasked_said":      about(unaskedSaid),
	"no_wider":          about(noWider),
	"can_be_bought":     about(canBeBought),
	"fee_said":          about(feeSaid),
	"can_be_listed":     about(canBeListed),
	"fact_revoked":      factRevoked,

	"flag_stands":   flagStands,
	"appeal_timely": appealTimely,
	"flag_cleared":  flagCleared,
	"case_free":     caseFree,
	"by_money":      byMoney,
	"came_late":     cameLate,

	"went_void":      wentFor(oversight.Void),
	"went_done":      wentFor(oversight.Done),
	"went_changed":   wentFor(oversight.Changed),
	"went_reversed":  wentFor(oversight.Reversed),
	"went_passed_on": wentFor(oversight.PassedOn),
	"went_remedied":  wentFor(oversight.Remedied),

	"was_blue":    was("blue"),
	"was_yellow":  was("yellow"),
	"was_red":     was("red"),
	"was_ordered": was("ordered"),
	"was_recheck": was("recheck"),

	"not_in_future":    notInFuture,
	"not_in_past":      notInPast,
	"removal_sound":    removalSound,
	"plaque_found":     plaqueFound,
	"plaque_relapsed":  plaqueRelapsed,
	"plaque_listed":    plaqueRaises(reconcile.PlaqueUnlisted, "plaque_not_listed"),
	"plaque_under_cap": plaqueRaises(reconcile.PlaqueOverCap, "plaque_cap_reached"),
	"plaque_unfunded":  plaqueUnfunded,
	"concurred":        concurred,
	"plaque_up":        plaqueUp,
	"plaque_down":      plaqueDown,
	"burden_permitted": burdenPermitted,
	"burden_over":      burdenOver,
	"ends_by_now":      endsByNow,
	"merged_into":      mergedInto,
	"no_personal_data": noPersonalData,
	"department_known": departmentKnown,
	"giver_known":      giverKnown,
	"relayed":          relayed,
	"originator_other": originatorOther,
	"task_issued":      taskIssued,
	"task_named":       taskNamed,
	"draft_number":     draftNumber,
	"task_there":       taskThere,
	"period_sound":     periodSound,
	"period_open":      periodOpen,
	"rated_once":       ratedOnce,
	"month_over":       monthOver,
	"month_in_turn":    monthInTurn,
	"report_dates":     reportDates,
	"figures_known":    figuresKnown,

	"over_limit":       overLimit,
	"paid_by_now":      paidByNow,
	"purpose_known":    purposeKnown,
	"upstream_held":    upstreamHeld,
	"amount_positive":  amountPositive,
	"confirms_all":     confirmsAll,
	"is_custodian":     isCustodian,
	"reversible":       reversible,
	"dispute_open":     disputeOpen,
	"voucher_free":     voucherFree,
	"fact_paid":        standsAs(atPaid, atConfirmed, atPassedOn, atReversed),
	"fact_held":        standsAs(atPaid, atConfirmed, atReversed),
	"fact_passed_on":   standsAs(atPassedOn),
	"fact_confirmed":   standsAs(atConfirmed),
	"fact_unconfirmed": standsAs(atPaid, atPassedOn, atReversed),
	"fact_reversed":    standsAs(atReversed),
	"fact_quota":       factQuota,
}

// numberDocument is the effect that is told its settings.
const numberDocument = "number_document"

// effects bring what a row of a definition cannot say: rows of sheets, and events
// that no row brings.
var effects = map[string]func(*look) ([]schemas.Event, error){
	"recall_task":    recallTask,
	"amend_task":     amendTask,
	"terminate_task": terminateTask,
	"check_tasks":    checkTasks,
	"issue_tasks":    issueTasks,

	"admit":               rows(admits("admitted")),
	"admit_on_conditions": rows(admits("conditional")),
	"convert_to_purchase": rows(convert),
	"deny":                rows(deny),
	"list_item":           rows(listItem),
	"revoke_admission":    rows(revokeAdmission),
	"find_plaque":         rows(findPlaque),
	"hang_plaque":         rows(hangPlaque),
	"take_down":           rows(takeDown),
	"end_burden":          rows(endBurden),

	"record_payment":    recordPayment,
	"reverse_payment":   reversePayment,
	"reearmark_payment": reearmarkPayment,
	"withdraw_arrival":  withdrawArrival,
	"place_line":        placeLine,

	"amend_commitment":   amendCommitment,
	"release_commitment": releaseCommitment,

	"freeze_figures": freezeFigures,
	"close_month":    closeMonth,
	"reopen_month":   reopenMonth,
}

// rows is an effect that brings rows alone.
func rows(bring func(*look)) func(*look) ([]schemas.Event, error) {
	return func(l *look) ([]schemas.Event, error) {
		bring(l)
		return nil, nil
	}
}

// look is one command as guards and effects see it.
type look struct {
	*domain
	in      *process.Instance // nil at the beginning
	command *process.Command
	form    map[string]string // its fields as people type them into a sheet
}

// id is the instance's number.
func (l *look) id() string {
	if l.in != nil {
		return l.in.ID
	}
	return l.command.Instance
}

// firstForm gives the form that began the instance, or that which begins it.
func (l *look) firstForm() map[string]string {
	if l.in == nil {
		return l.form
	}
	return fieldsOf(l.in.Form)
}

// first gives one field of it.
func (l *look) first(field string) string { return l.firstForm()[field] }

// formOf reads the fields of a form as the cells of a sheet: a text or a number as
// it is written, yes or no, a list with semicolons. What is none of these is not
// given: the form's schema says what may be there.
func formOf(form json.RawMessage) (map[string]string, error) {
	texts := map[string]string{}
	if len(form) == 0 {
		return texts, nil
	}
	fields, err := record.Object(form)
	if err != nil {
		return nil, err
	}
	for _, f := range fields {
		texts[f.Name] = cell(f.Value)
	}
	return texts, nil
}

func cell(value json.RawMessage) string {
	var text string
	var number json.Number
	var yes bool
	var list []string
	switch {
	case string(value) == "null":
	case json.Unmarshal(value, &text) == nil:
	case json.Unmarshal(value, &number) == nil:
		text = number.String()
	case json.Unmarshal(value, &yes) == nil:
		text = map[bool]string{true: "yes", false: "no"}[yes]
	case json.Unmarshal(value, &list) == nil:
		text = strings.Join(list, ";")
	}
	return text
}

// bring adds the row of an effect. declared is how its cells are written in the
// definition, which says from which field of the form each came.
func (l *look) bring(e, declared *process.Effect) {
	r := row{of: l.of, sheet: sheetOf(e.Sheet), cells: e.Row, from: map[string]string{}}
	for column, text := range declared.Row {
		if _, rest, found := strings.Cut(text, "{form."); found {
			r.from[column], _, _ = strings.Cut(rest, "}")
		}
	}
	l.facts.add(r, "")
}

// task is what is recorded of the instance's task.
func (l *look) task() task.Task { return taskIn(l.past, l.id()) }

// known is the row that the tasks sheet would have of the task: what a row must
// give, as it is recorded.
func (l *look) known() row {
	r := row{of: l.of, sheet: sheetOf("tasks"), cells: map[string]string{"no": l.id()}, from: map[string]string{}}
	if a := l.task().Assigned; a != nil {
		r.cells["department"], r.cells["community"], r.cells["item"] = a.Department, a.Community, a.Item
		r.cells["issued_on"] = a.IssuedOn.String()
	}
	return r
}

// recallTask takes the task back today.
func recallTask(l *look) ([]schemas.Event, error) {
	r := l.known()
	r.cells["recalled_on"] = l.command.On.String()
	l.facts.add(r, "")
	return nil, nil
}

// amendTask says of a task what the form says by the names of the sheet's
// columns, for the form's reason. What identifies the task stays as it is.
func amendTask(l *look) ([]schemas.Event, error) {
	r := l.known()
	for _, c := range r.sheet.Columns {
		if text := l.form[c.Name]; text != "" && r.cells[c.Name] == "" && c.Name != "recalled_on" {
			r.cells[c.Name], r.from[c.Name] = text, c.Name
		}
	}
	l.facts.add(r, l.form["reason"])
	return nil, nil
}

// terminateTask ends the task today for the amount that was proposed for what was done: of
// nothing it is recalled (§2: nothing is owed), and else that is its own fee and it is complete
// (§2, §5: it is owed still).
func terminateTask(l *look) ([]schemas.Event, error) {
	proposed, is := l.in.Last("terminate")
	if !is {
		return nil, errors.New("what nobody proposed is agreed to")
	}
	l.form = fieldsOf(proposed.Form)
	amount, err := money.ParseAmount(l.form["amount"])
	if err != nil {
		return nil, err // its JSON Schema says that it is one
	}
	if amount == 0 {
		return recallTask(l)
	}
	l.facts.add(row{of: l.of, sheet: sheetOf("completions"), cells: map[string]string{
		"task": l.id(), "completed_on": l.command.On.String(),
	}, from: map[string]string{}}, "")
	return amendTask(l)
}

// Names are what a definition may refer to.
func Names() process.Names {
	n := process.Names{
		Guards: slices.Sorted(maps.Keys(guards)), Effects: append(slices.Sorted(maps.Keys(effects)), numberDocument), Sheets: map[string][]string{},
		Settings: define.Names.Settings, Amounts: []string{transferLimit}, Limits: define.Names.Limits,
	}
	for _, rule := range reconcile.FlagRules {
		n.Flags = append(n.Flags, string(rule))
	}
	n.Flags = append(n.Flags, oversight.ByWord...)
	for _, sheet := range record.Layout {
		for _, column := range sheet.Columns {
			n.Sheets[sheet.Name] = append(n.Sheets[sheet.Name], column.Name)
		}
	}
	return n
}
