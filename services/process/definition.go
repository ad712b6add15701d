// Package process is the workflow engine (流程). A workflow is declared as data:
// states, actions, who may take them, what they need, and deadlines. Decide says
// what a command does to an instance by its definition; Evolve says what an
// instance is after an event. Both are pure.
//
//   - An event says what happened with all that followed, among it the days on
//     which deadlines fall. So a fold needs neither a definition nor a calendar,
//     and nothing that happened is worked out again by newer rules.
//   - What touches the domain is named in a definition and done by others: a
//     guard looks at facts and may refuse, an effect gives facts.
//   - No function here reads a clock: the county's day comes with the command.
package process

import "encoding/json"

// Text is a word in both languages.
type Text struct {
	Chinese string `json:"zh"`
	English string `json:"en"`
}

// Definition declares a workflow. Its JSON is what is adopted and published; its
// YAML has the same names.
type Definition struct {
	Workflow string `json:"workflow"`
	Version  int    `json:"version"`
	Title    Text   `json:"title"`

	// Number is the field of the first form that numbers an instance.
	Number string `json:"number"`

	// Parties are the organisations of an instance, by their part in it, each with
	// the field of the first form that names it, or ACTION.FIELD where a later step
	// does. The field may be a list. Rights refer to them.
	Parties map[string]string `json:"parties"`

	States  map[string]State  `json:"states"`
	Actions map[string]Action `json:"actions"`
	Timers  map[string]Timer  `json:"deadlines"`

	// Begin is the action that begins an instance.
	Begin string `json:"begin"`

	// Amounts are amounts in yuan that guards go by, by name: a county sets its own.
	Amounts map[string]string `json:"amounts,omitempty"`

	// Limits are whole numbers that guards go by, by name: a county sets its own. One that
	// is not there bounds nothing.
	Limits map[string]int `json:"limits,omitempty"`

	// Rules say of guards that warn by which rule of the county's they do, and how much it
	// weighs. What is more than a notice is answered with the step (Explanation), and
	// stands in its event; what has no rule here is said, and not kept.
	Rules map[string]Rule `json:"rules,omitempty"`

	// Offices are departments of the county that have a part in every instance: a party
	// which a later step may name (ACTION.FIELD) is this one where that step names none.
	// It has no such part in what it began itself. "" is none: the part is played where
	// it is named, and else by nobody.
	Offices map[string]string `json:"offices,omitempty"`

	// Instead says of a party which other one, that a later step names, acts and is told
	// in its place from then on. What it sees, and where it stands, stays as it was.
	Instead map[string]string `json:"instead,omitempty"`

	// Recorded says in which state something is taken up that was recorded without a
	// workflow, by the state that its facts give it. What is in another is not
	// taken up.
	Recorded map[string]string `json:"recorded,omitempty"`

	// OpenedBy says which flags begin an instance by themselves.
	OpenedBy *Opened `json:"opened_by,omitempty"`

	// Filled says what stands in a field of the first form that was left empty, so
	// that nobody types what is known: a text with placeholders {on}, {form.FIELD}, in
	// the number {n}, the first that is free, and in a party's field {office}, that for
	// which who begins acts as this party, where it is one alone.
	Filled map[string]string `json:"filled,omitempty"`

	// SeenBy lists the rights of those who see an instance, "role@party", "role", or
	// "anyone"; none: everybody to whose organisation it has to do. What some alone see
	// is kept from what everybody reads as well: schemas.Confidential has it.
	SeenBy []string `json:"seen_by,omitempty"`

	// Informs says of which steps a party hears that has none itself (通知).
	Informs []Inform `json:"informs,omitempty"`
}

// Opened are flags that begin an instance, as the system: the first form says what
// a flag does.
type Opened struct {
	Rules []string `json:"rules"`           // of spec §6 and of domain matters beside it; several of one matter begin one
	Since string   `json:"since,omitempty"` // a date: flags that have stood since before it begin none
}

// OpenedFields are the fields that the first form must have where flags begin an
// instance.
var OpenedFields = []string{"rule", "subject", "department", "community", "amount", "since", "lamp", "before"}

// State is where an instance can be.
type State struct {
	Title Text `json:"title"`
	Final bool `json:"final,omitempty"`
	// Rest says that nothing waits there for anybody, though it may be left again.
	Rest bool `json:"rest,omitempty"`
}

// Action is a step that somebody may take.
type Action struct {
	Title Text     `json:"title"`
	From  []string `json:"from,omitempty"` // the states in which it may be taken; none for the beginning
	To    string   `json:"to,omitempty"`   // the state that it leads to; empty: it stays
	// Branches lead elsewhere than To: the first whose guard holds.
	Branches []Branch `json:"branches,omitempty"`
	// By lists who may take it, each "role@party"; "role" alone is the county's;
	// "system" is nobody but a passed deadline or a fact.
	By []string `json:"by"`
	// Answers is an action that this one answers: it may be taken once for each time
	// that one was, together with the others that answer it.
	Answers string `json:"answers,omitempty"`
	// NotBy lists actions whose actors may not take this one (四眼).
	NotBy []string `json:"not_by,omitempty"`
	// Form is the JSON Schema of what is filled in, an object; none: nothing is.
	Form json.RawMessage `json:"form,omitempty"`
	// Guards must all hold. Warns are guards that stop nobody: what they would refuse
	// is said before the step and with it. Effects happen together with the step.
	Guards  []string `json:"guards,omitempty"`
	Warns   []string `json:"warns,omitempty"`
	Effects []Effect `json:"effects,omitempty"`
	// Times bounds how often it may be taken in one instance; 0: any number.
	Times int `json:"times,omitempty"`
	// Seen has whoever takes it say which step they saw last: others may have written
	// meanwhile. It is refused where they did, and where nothing is said.
	Seen bool `json:"seen,omitempty"`
}

// Branch is another end of an action.
type Branch struct {
	When string `json:"when"` // a guard
	To   string `json:"to"`
}

// Effect is facts that a step brings: those of a row of one of the county's
// sheets, or those that a named effect gives.
type Effect struct {
	Name string `json:"effect,omitempty"`
	// Sheet and Row make a row as people type it; of a named effect, Row has its
	// settings. A value is a text with
	// placeholders: {on}, {instance}, {step}, {party.NAME}, {form.FIELD} of the step's
	// own form, {ACTION.FIELD} of the form of the last step by an action before it.
	// Decide fills them; a cell that is empty then is left out.
	Sheet string            `json:"sheet,omitempty"`
	Row   map[string]string `json:"row,omitempty"`
}

// Timer is a deadline: it runs while an instance is in certain states.
type Timer struct {
	Title Text `json:"title"`
	// In are the states in which it runs: it begins when one is entered from
	// outside of them, or there an action dates it (Until), and is met when they are left.
	In   []string `json:"in"`
	Days int      `json:"days"`
	Unit string   `json:"unit"` // working or calendar
	// Grace are more days, of the same unit, that are waited before it passes (宽限).
	Grace int `json:"grace,omitempty"`
	// After is a date field of the action that entered, or else of the first form,
	// from which days are counted; empty: the day of entering. Where the field is
	// left empty, the deadline does not run.
	After string `json:"after,omitempty"`
	// Still are states in which its time stands still: when it is entered again, the day
	// that a field named is later by the calendar days that were spent in them since.
	Still []string `json:"still,omitempty"`
	// Pass is the action that follows when it has passed; empty: it is only said.
	Pass string `json:"pass,omitempty"`
	// Extends are actions that make it longer.
	Extends []Extension `json:"extends,omitempty"`
	// Whom are rights ("role@party"): of those who have to act in time.
	Whom []string `json:"whom"`
	// Remind are numbers of working days before the due day on which they are reminded.
	Remind []int `json:"remind,omitempty"`
	// Notify are rights ("role@party") that learn of its passing: the escalation.
	Notify []string `json:"notify,omitempty"`
	// Warning says that nobody is late when it passes: it is there to warn that another
	// deadline comes near, and whom it warns is reminded.
	Warning bool `json:"warning,omitempty"`
}

// Extension makes a deadline longer by an action.
type Extension struct {
	Action string `json:"action"`
	Days   int    `json:"days,omitempty"`
	// Until is a date field of the action from which the days are counted anew.
	Until string `json:"until,omitempty"`
	Times int    `json:"times,omitempty"` // at most so often; 0: once
}
