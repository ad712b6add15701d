package act

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"feisui/services/feisui/record"
	"feisui/services/ledger/reconcile"
	"feisui/services/process"
	"feisui/services/process/define"
	"feisui/services/task"
)

// This file has what definitions name. A name that is not here is refused when a
// definition is read, never when somebody acts.

// guards look at facts, and refuse or say nothing.
var guards = map[string]func(*look) error{
	"not_completed":    notCompleted,
	"not_recalled":     notRecalled,
	"not_worse":        notWorse,
	"fee_arrived":      feeArrived,
	"fee_missing":      feeMissing,
	"fact_accepted":    factIs(reconcile.Accepted),
	"fact_conditional": factIs(reconcile.ConditionalAccept),
	"fact_rejected":    factIs(reconcile.Rejected),
	"fact_recalled":    factIs(reconcile.Recalled),
	"fact_completed":   factIs(reconcile.Completed),

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
	"no_wider":          about(noWider),
	"can_be_bought":     about(canBeBought),
	"fact_revoked":      factRevoked,

	"flag_stands":  flagStands,
	"flag_cleared": flagCleared,
	"case_free":    caseFree,
	"by_money":     byMoney,
	"came_late":    cameLate,
	"was_blue":     was("blue"),
	"was_yellow":   was("yellow"),
	"was_red":      was("red"),
	"was_ordered":  was("ordered"),
}

// numberDocument is the effect that brings no row but the event of a number.
const numberDocument = "number_document"

// effects bring rows of sheets that a cell of a definition cannot say.
var effects = map[string]func(*look){
	"recall_task": recallTask,
	"amend_task":  amendTask,

	"admit":               admits("admitted"),
	"admit_on_conditions": admits("conditional"),
	"convert_to_purchase": convert,
	"deny":                deny,
	"revoke_admission":    revokeAdmission,
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
func recallTask(l *look) {
	r := l.known()
	r.cells["recalled_on"] = l.command.On.String()
	l.facts.add(r, "")
}

// amendTask says of a task what the form says by the names of the sheet's
// columns, for the form's reason. What identifies the task stays as it is.
func amendTask(l *look) {
	r := l.known()
	for _, c := range r.sheet.Columns {
		if text := l.form[c.Name]; text != "" && r.cells[c.Name] == "" && c.Name != "recalled_on" {
			r.cells[c.Name], r.from[c.Name] = text, c.Name
		}
	}
	l.facts.add(r, l.form["reason"])
}

// Names are what a definition may refer to.
func Names() process.Names {
	n := process.Names{
		Guards: slices.Sorted(maps.Keys(guards)), Effects: append(slices.Sorted(maps.Keys(effects)), numberDocument), Sheets: map[string][]string{},
		Settings: define.Names.Settings,
	}
	for _, rule := range reconcile.FlagRules {
		n.Flags = append(n.Flags, string(rule))
	}
	for _, sheet := range record.Layout {
		for _, column := range sheet.Columns {
			n.Sheets[sheet.Name] = append(n.Sheets[sheet.Name], column.Name)
		}
	}
	return n
}
