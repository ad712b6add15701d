package act

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"feisui/pkg/workflow"
	"feisui/services/feisui/record"
	"feisui/services/process"
	"feisui/services/task"
)

// This file has what definitions name. A name that is not here is refused when a
// definition is read, never when somebody acts.

// guards look at facts, and refuse or say nothing.
var guards = map[string]func(*look) error{
	"not_completed": notCompleted,
	"fee_arrived":   feeArrived,
	"item_live":     itemLive,
}

// effects bring rows of sheets that a cell of a definition cannot say.
var effects = map[string]func(*look){
	"recall_task": recallTask,
	"amend_task":  amendTask,
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
		names, _ := holes(text)
		for _, name := range names {
			if field, ok := strings.CutPrefix(name, "form."); ok {
				r.from[column] = field
			}
		}
	}
	l.facts.add(r, "")
}

// task is what is recorded of the instance's task.
func (l *look) task() task.Task { return taskIn(l.past, l.id()) }

// refuse says no to the whole step.
func refuse(found, key string, args ...string) error {
	return workflow.Refusals{workflow.Refuse(0, "", found, key, args...)}
}

// notCompleted refuses what may not follow a completion.
func notCompleted(l *look) error {
	if done := l.task().Completed; done != nil {
		return refuse(done.CompletedOn.String(), "task_completed", "on", done.CompletedOn.String())
	}
	return nil
}

// feeArrived refuses to say that the money came which a community made its
// acceptance depend on, unless it did: by the ledger's own reckoning (§3).
func feeArrived(l *look) error {
	stands, there, err := l.county.today(l.id())
	switch {
	case err != nil:
		return err
	case !there || stands.Condition == nil:
		return refuse("", "no_condition")
	case !stands.Condition.Met():
		c := stands.Condition
		return refuse(c.Came.Yuan(), "fee_not_arrived", "amount", c.Amount.Yuan(), "came", c.Came.Yuan())
	}
	return nil
}

// itemLive refuses nothing: that an item is prohibited or was not admitted is a
// fact about the world, comes in and is flagged. It stands in the price of the
// draft, which every answer has.
func itemLive(*look) error { return nil }

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

// Check finds what a definition names that nobody knows: guards, effects, sheets,
// columns and placeholders, each as "where: what".
func Check(d *process.Definition) (unknown []string) {
	say := func(where, what string) { unknown = append(unknown, where+": "+what) }
	for _, name := range slices.Sorted(maps.Keys(d.Actions)) {
		a := d.Actions[name]
		where := "actions." + name
		for _, g := range a.Guards {
			if guards[g] == nil {
				say(where+".guards", g)
			}
		}
		for _, b := range a.Branches {
			if guards[b.When] == nil {
				say(where+".branches", b.When)
			}
		}
		for i := range a.Effects {
			checkEffect(d, &a.Effects[i], func(what string) { say(fmt.Sprintf("%s.effects.%d", where, i), what) })
		}
	}
	return unknown
}

func checkEffect(d *process.Definition, e *process.Effect, say func(string)) {
	sheet := sheetOf(e.Sheet)
	switch {
	case e.Name != "":
		if effects[e.Name] == nil {
			say(e.Name)
		}
		return
	case sheet == nil:
		say(e.Sheet)
		return
	}
	for _, column := range slices.Sorted(maps.Keys(e.Row)) {
		if !hasColumn(sheet, column) {
			say(e.Sheet + "." + column)
		}
		names, ok := holes(e.Row[column])
		if !ok {
			say(e.Row[column])
		}
		for _, name := range names {
			if !fillable(d, name) {
				say("{" + name + "}")
			}
		}
	}
}

func fillable(d *process.Definition, name string) bool {
	kind, of, dotted := strings.Cut(name, ".")
	switch kind {
	case "on", "instance", "step":
		return !dotted
	case "party":
		return d.Parties[of] != ""
	case "form":
		return of != ""
	}
	return false
}
