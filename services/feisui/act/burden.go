package act

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"feisui/pkg/access"
	"feisui/pkg/civil"
	"feisui/pkg/workflow"
	"feisui/schemas"
	"feisui/services/burden"
	"feisui/services/feisui/record"
)

// This file has what the workflows of other burdens name.

// The workflows of what departments lay on communities beside tasks.
const (
	plaqueFlow  = "plaque"
	burdenFlow  = "burden"
	outsideFlow = "outside_work"

	suggestionFlow = "suggestion" // 投诉建议
)

// takeBurden keeps what is recorded of plaques and burdens without a workflow.
func (f *Flows) takeBurden(e schemas.Event) {
	switch e := e.(type) {
	case schemas.PlaqueHung:
		f.found(plaqueFlow, e.No, Parties{Department: e.Department, Community: e.Community})
	case schemas.PlaqueAmended:
		f.found(plaqueFlow, e.No, Parties{Department: e.Department, Community: e.Community})
	case schemas.BurdenBegun:
		f.found(burdenFlow, e.No, Parties{Department: e.Department, Community: e.Community})
	case schemas.BurdenSupplemented:
		f.found(burdenFlow, e.No, Parties{Department: e.Department, Community: e.Community})
	case schemas.BurdenAmended:
		f.found(burdenFlow, e.No, Parties{Department: e.Department, Community: e.Community})
	}
}

// recordedBurden is a plaque or a burden that was recorded without a workflow: in
// the words of its first form, since its first day. What is over, or is to come, is
// in no state.
func (c *County) recordedBurden(workflow, id string) (f found, err error) {
	form := map[string]string{"no": id}
	var first, last civil.Date
	var state string
	if workflow == plaqueFlow {
		p := plaqueIn(c.Past, id)
		form["department"], form["community"], form["title"], form["zone"] = p.Hung.Department, p.Hung.Community, p.Hung.Title, p.Hung.Zone
		form["hung_on"] = p.Hung.HungOn.String()
		first, last, state = p.Hung.HungOn, p.RemovedOn, "hung"
	} else {
		b := burdenIn(c.Past, id)
		form["department"], form["community"], form["kind"], form["title"] = b.Begun.Department, b.Begun.Community, b.Begun.Kind, b.Begun.Title
		form["from"] = b.Begun.From.String()
		first, last, state = b.Begun.From, b.To, "standing"
		if last.Given() {
			last++ // it stands on its last day
		}
	}
	if first > c.Flows.day || last.Given() && last <= c.Flows.day {
		return f, nil
	}
	// Its deadlines count from the day on which it is taken up: nobody was asked before.
	f.state, f.since = state, c.Flows.day
	f.form, err = json.Marshal(form)
	return f, err
}

func burdenIn(past record.Past, no string) (b burden.Burden) {
	for e := range past.Stream("burden/" + no) {
		b = b.Evolve(e)
	}
	return b
}

// burdenOver holds where a burden is recorded as over.
func burdenOver(l *look) error {
	if to := burdenIn(l.past, l.id()).To; !to.Given() || to >= l.command.On {
		return refuse(to.String(), "burden_not_over")
	}
	return nil
}

// burdenPermitted says what is known against a burden.
func burdenPermitted(l *look) error {
	kind, title := l.form["kind"], l.form["title"]
	if b := burdenIn(l.past, l.id()).Begun; b != nil {
		kind, title = b.Kind, b.Title
	}
	if why, name := burden.Permitted(kind, title); why != "" {
		return refuse(title, why, "name", name)
	}
	return nil
}

// mergedInto refuses what does not stand in the same community to merge into, and
// the burden itself.
func mergedInto(l *look) error {
	into := l.form["into"]
	if into == "" { // it is asked what may be done, and nothing is filled in yet
		return nil
	}
	b := burdenIn(l.past, into)
	if into == l.id() || b.Begun == nil || b.Begun.Community != l.in.Parties["community"] || b.To.Given() && b.To < l.command.On {
		return workflow.Refusals{workflow.Refuse(0, "into", into, "no_burden_to_merge")}
	}
	return nil
}

// ended is the last day of a burden that is taken off now: today, or the day on which one
// would have begun that has not yet.
func (l *look) ended(b *schemas.BurdenBegun) civil.Date { return max(l.command.On, b.From) }

// endsByNow refuses to end a burden on a day to come: it would be over, and lie on the
// community until then.
func endsByNow(l *look) error {
	b := burdenIn(l.past, l.id()).Begun
	to, err := civil.Parse(l.form["to"])
	if err != nil || b == nil || to <= l.ended(b) {
		return nil //nolint:nilerr // no day is today
	}
	return at("to", to.String(), "to_come", "today", l.ended(b).String())
}

// endBurden says which day is a burden's last: the form's, or today.
func endBurden(l *look) {
	b := burdenIn(l.past, l.id()).Begun
	if b == nil {
		return
	}
	l.facts.add(row{of: l.of, sheet: sheetOf("burdens"), cells: map[string]string{
		"no": b.No, "community": b.Community, "department": b.Department, "kind": b.Kind, "title": b.Title, "from": b.From.String(),
		"to": cmp.Or(l.form["to"], l.ended(b).String()),
	}, from: map[string]string{"to": "to"}}, "")
}

// happened are the fields that say on which day something has happened.
var happened = []string{"hung_on", "removed_on", "given_on", "completed_on"}

// notInFuture refuses days that are to come.
func notInFuture(l *look) error {
	var refused workflow.Refusals
	for _, field := range happened {
		if day, err := civil.Parse(l.form[field]); err == nil && day > l.command.On {
			refused = append(refused, workflow.Refuse(0, field, day.String(), "to_come", "today", l.command.On.String()))
		}
	}
	return refused.Err()
}

// references are fields of forms that name something of the county's by its number, which
// may be long; whether it is there others look.
var references = []string{"task", "period"}

// coded are fields of forms in which codes of any length belong.
var coded = []string{"source"}

// contact is how the fields begin that say whom to ask: a section and a post.
const contact = "contact_"

// noPersonalData refuses texts with what looks like somebody's number: whatever people
// write as they like, that is everything but choices, typed values, and the numbers and
// codes of the county's own.
func noPersonalData(l *look) error {
	var refused workflow.Refusals
	for _, field := range l.by.Texts(l.command.Action) {
		if l.numbers(field) {
			continue
		}
		text, personal := l.form[field], burden.Personal
		if slices.Contains(coded, field) {
			personal = burden.PersonalAmongCodes
		}
		if personal(text) || strings.HasPrefix(field, contact) && burden.Telephone(text) {
			refused = append(refused, workflow.Refuse(0, field, "", "personal_data"))
		}
	}
	return refused.Err()
}

// numbers reports that a field of the form has the number of an instance or of another
// thing, or the code of a party.
func (l *look) numbers(field string) bool {
	if slices.Contains(references, field) || field == l.by.Number && l.command.Action == l.by.Begin {
		return true
	}
	for _, named := range l.by.Parties {
		if named == field && l.command.Action == l.by.Begin || named == l.command.Action+"."+field {
			return true
		}
	}
	return false
}

// concurred refuses to decide before the department that decides too has agreed.
func concurred(l *look) error {
	organisation := l.in.Parties["organisation"]
	if organisation == "" {
		return nil
	}
	if _, agreed := l.in.Last("concur"); !agreed {
		return refuse(organisation, "not_concurred", "department", organisation)
	}
	return nil
}

// asksForItself reports that who begins acts for the department that the form names.
func (l *look) asksForItself() bool {
	return slices.ContainsFunc(l.command.Actor.Grants, func(g access.Grant) bool {
		return g.Role == access.DepartmentHead && g.Scope == l.form["department"]
	})
}
