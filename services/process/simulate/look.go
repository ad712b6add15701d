package simulate

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"feisui/pkg/access"
	"feisui/pkg/civil"
	"feisui/schemas"
	"feisui/services/process"
)

// take takes what was decided in, and looks at it. It goes the way of the
// journal: written, read, folded.
func (h *history) take(events []schemas.Event, c *process.Command) {
	before := h.in
	for i, e := range events {
		b, err := json.Marshal(e)
		if err != nil {
			h.fail("%s cannot be written: %v", e.Type(), err)
			return
		}
		read, err := schemas.Decode(e.Type(), b)
		if err != nil {
			h.fail("%s cannot be read: %v", e.Type(), err)
			return
		}
		fmt.Fprintln(h.digest, e.Type(), string(b))
		h.figures.Events++
		if (i == 0) != strings.HasPrefix(e.Type(), "instance.") {
			h.fail("%s stands at place %d", e.Type(), i+1)
			return
		}
		if i > 0 {
			h.figures.Facts++
			continue
		}
		h.told = append(h.told, fmt.Sprintf("%s: %s %s", h.day, e.Type(), b))
		now := process.Instance{}
		if before != nil {
			now = *before
		}
		now = h.engine.Evolve(now, e)
		h.in, h.again = &now, process.Evolve(h.again, read)
		h.unchanged("writing and reading " + e.Type())
		h.step(before, e, c)
	}
}

// unchanged looks whether the instance is what its events say, and nobody wrote
// into it.
func (h *history) unchanged(after string) {
	if h.in != nil && !reflect.DeepEqual(*h.in, h.again) {
		h.fail("after %s the instance is not the fold of its events:\n%+v\n%+v", after, *h.in, h.again)
	}
}

// step looks at a step that was taken.
func (h *history) step(before *process.Instance, e schemas.Event, c *process.Command) {
	s := h.in.Steps[len(h.in.Steps)-1]
	if _, declared := h.w.States[h.in.State]; !declared {
		h.fail("the state %q is not declared", h.in.State)
		return
	}
	if before == nil || before.State != h.in.State {
		count(&h.figures.Entered, h.in.State, 1)
	}
	if before != nil && h.w.States[before.State].Final {
		h.fail("%s after the end, %s", e.Type(), before.State)
	}
	if before != nil && before.State != s.From {
		h.fail("a step from %s in %s", s.From, before.State)
	}
	switch e := e.(type) {
	case schemas.InstanceActed:
		h.lead(before, s)
	case schemas.InstanceDeadlinePassed:
		h.passed(before, &e)
		if e.Action != "" {
			h.lead(before, s)
		}
	case schemas.InstanceDeadlineMoved:
		h.figures.Moved++
	case schemas.InstanceReminded:
		h.reminded(&e)
	}
	if n := numberOf(e); n != len(h.in.Steps) {
		h.fail("step %d says that it is %d", len(h.in.Steps), n)
	}
	h.deadlines(before, s, c)
}

func numberOf(e schemas.Event) int {
	switch e := e.(type) {
	case schemas.InstanceActed:
		return e.Step
	case schemas.InstanceDeadlinePassed:
		return e.Step
	case schemas.InstanceDeadlineMoved:
		return e.Step
	case schemas.InstanceReminded:
		return e.Step
	}
	return 1
}

// lead looks whether a step leads where it is declared to.
func (h *history) lead(before *process.Instance, s process.Step) {
	a := h.w.Actions[s.Action]
	ends := []string{a.To}
	if a.To == "" {
		ends[0] = s.From
	}
	for _, b := range a.Branches {
		ends = append(ends, b.To)
	}
	if !slices.Contains(a.From, s.From) || !slices.Contains(ends, s.To) {
		h.fail("%s leads from %s to %s", s.Action, s.From, s.To)
	}
	if s.To != ends[0] {
		h.figures.BranchTaken++
	}
	taken := 0
	for _, earlier := range before.Steps {
		if earlier.Action == s.Action {
			taken++
		}
	}
	if a.Times > 0 && taken >= a.Times {
		h.fail("%s was taken %d times before, of %d", s.Action, taken, a.Times)
	}
}

// allowed looks whether somebody whose command was accepted had the right.
func (h *history) allowed(c *process.Command, parties map[string]string) {
	action := h.w.Actions[c.Action]
	if !entitled(&action, parties, c.Actor) {
		h.fail("%s was taken by %q, who may not: %v", c.Action, c.Actor.ID, c.Actor.Grants)
	}
	if h.in == nil {
		return
	}
	asked, answered := 0, 0
	for _, s := range h.in.Steps {
		if slices.Contains(action.NotBy, s.Action) && (s.Actor == c.Actor.ID || s.Person != "" && s.Person == c.Actor.Person) {
			h.fail("%s was taken by whoever took %s", c.Action, s.Action)
		}
		if s.Action == action.Answers && s.Action != "" {
			asked++
		}
		if action.Answers != "" && h.w.Actions[s.Action].Answers == action.Answers {
			answered++
		}
	}
	if action.Answers != "" && answered >= asked {
		h.fail("%s answers what was not asked", c.Action)
	}
	for _, name := range action.Guards {
		if h.world.Guard(name, h.in, c) != nil {
			h.fail("%s was taken against the guard %s", c.Action, name)
		}
	}
}

// pointed looks whether what guards say by a rule stands in the event of the step, and
// whether it was answered where it must be.
func (h *history) pointed(c *process.Command, e schemas.Event) {
	var found []string
	must := false
	for _, name := range h.w.Actions[c.Action].Warns {
		if rule, cited := h.w.Rules[name]; cited && h.world.Guard(name, h.in, c) != nil {
			found, must = append(found, rule.Code), must || rule.Severity != "S3"
		}
	}
	var said []schemas.StepWarning
	switch e := e.(type) {
	case schemas.InstanceBegun:
		said = e.Warnings
	case schemas.InstanceActed:
		said = e.Warnings
	}
	if !slices.EqualFunc(said, found, func(w schemas.StepWarning, code string) bool { return w.Rule == code }) {
		h.fail("%s says %+v, and %v was pointed out", c.Action, said, found)
	}
	var form struct{ Explanation, Reason string }
	if must && (json.Unmarshal(c.Form, &form) != nil || form.Explanation+form.Reason == "") {
		h.fail("%s was not answered, though %v was pointed out", c.Action, found)
	}
}

// entitled says who may, in other words than the engine.
func entitled(a *process.Action, parties map[string]string, who access.Principal) bool {
	for _, by := range a.By {
		role, party, ofParty := strings.Cut(by, "@")
		if role == "system" && who.ID == process.System.ID {
			return true
		}
		for _, g := range who.Grants {
			if string(g.Role) == role && (!ofParty && g.Scope == "" || ofParty && within(g, parties[party])) {
				return true
			}
		}
	}
	return false
}

// within says whether a grant is for one of a party's organisations.
func within(g access.Grant, party string) bool {
	if party == process.Everyone {
		return true
	}
	for code := range strings.SplitSeq(party, ";") {
		if g.Role == access.StreetOfficer && len(code) == 12 {
			code = code[:9]
		}
		if code != "" && (g.Scope == "" || g.Scope == code) {
			return true
		}
	}
	return false
}

// parties are the organisations that the history concerns by now.
func (h *history) parties() map[string]string {
	parties := maps.Clone(h.in.Parties)
	for _, s := range h.in.Steps {
		var fields map[string]any
		if s.Form == nil || json.Unmarshal(s.Form, &fields) != nil {
			continue
		}
		for party, field := range h.w.Parties {
			if name, of := strings.CutPrefix(field, s.Action+"."); of {
				parties[party] = codes(fields[name])
			}
		}
	}
	return parties
}

// codes are a field's organisations, "" where it names none.
func codes(field any) string {
	switch field := field.(type) {
	case string:
		return field
	case []any:
		all := make([]string, len(field))
		for i, code := range field {
			all[i] = fmt.Sprint(code)
		}
		return strings.Join(all, ";")
	}
	return ""
}

// workdays counts the working days after one day up to another.
func (h *history) workdays(from, to civil.Date) (n int) {
	for d := from + 1; d <= to; d++ {
		if h.days.IsWorkday(d) {
			n++
		}
	}
	return n
}

// late says that a deadline is over: more working days than it has lie behind
// (spec §8), or more days.
func (h *history) late(set schemas.DeadlineSet, on civil.Date) bool {
	if set.Unit == "calendar" {
		return int(on-set.From) > set.Days
	}
	return h.workdays(set.From, on) > set.Days
}

// over says that a deadline is over with the days of grace that it has.
func (h *history) over(set schemas.DeadlineSet, on civil.Date) bool {
	set.Days += h.w.Timers[set.Deadline].Grace
	return h.late(set, on)
}

func (h *history) passed(before *process.Instance, e *schemas.InstanceDeadlinePassed) {
	h.figures.Passed++
	count(&h.figures.PassedBy, e.Deadline, 1)
	if e.Action != "" {
		h.figures.Followed++
	}
	key := fmt.Sprint(e.Deadline, " ", e.N)
	if h.passes[key] {
		h.fail("%s passed twice", key)
	}
	h.passes[key] = true
	i := slices.IndexFunc(before.Running, func(r schemas.DeadlineSet) bool { return r.Deadline == e.Deadline && r.N == e.N })
	switch {
	case i < 0:
		h.fail("%s passed and did not run", key)
	case !h.over(before.Running[i], e.On):
		h.fail("%s passed on %s, in time: %+v", key, e.On, before.Running[i])
	case e.DueOn != before.Running[i].DueOn:
		h.fail("%s passed and was due on another day", key)
	}
	h.unrecorded(before, e)
}

// unrecorded looks whether a deadline whose facts are refused says so, and leads nowhere.
func (h *history) unrecorded(before *process.Instance, e *schemas.InstanceDeadlinePassed) {
	refused := func(action string) bool {
		return len(h.w.Actions[action].Effects) > 0 && h.world.contradicts(before, action)
	}
	switch {
	case e.Action != "" && refused(e.Action):
		h.fail("%s followed, and its facts are refused", e.Action)
	case e.Refused == nil:
		h.wentWithout(before, e)
	case e.Action != "" || e.From != e.To || len(e.Refused.Why) == 0 || !refused(e.Refused.Action):
		h.fail("%s was refused, and that is not what is said: %+v", e.Refused.Action, *e)
	default:
		h.figures.Unrecorded++
	}
}

// wentWithout looks why nothing followed a deadline that says nothing of it: nothing
// should, or a guard forbade it.
func (h *history) wentWithout(before *process.Instance, e *schemas.InstanceDeadlinePassed) {
	action, declared := h.w.Actions[h.w.Timers[e.Deadline].Pass]
	if e.Action != "" || !declared || action.Times > 0 {
		return
	}
	c := process.Command{Workflow: h.w.Workflow, Instance: before.ID, Action: h.w.Timers[e.Deadline].Pass, On: e.On, Actor: process.System}
	for _, name := range action.Guards {
		if h.world.Guard(name, before, &c) != nil {
			return
		}
	}
	h.fail("%s passed, and %s did not follow, without a reason", e.Deadline, c.Action)
}

func (h *history) reminded(e *schemas.InstanceReminded) {
	h.figures.Reminded++
	key := fmt.Sprint(e.Deadline, e.N, e.Ahead, e.DueOn)
	if h.reminders[key] || e.On > e.DueOn {
		h.fail("%s was reminded of in vain: %+v", e.Deadline, *e)
	}
	h.reminders[key] = true
}

// deadlines looks at those that run after a step.
func (h *history) deadlines(before *process.Instance, s process.Step, c *process.Command) {
	for _, set := range s.Deadlines {
		h.set(set)
		h.stood(set)
	}
	seen := map[string]bool{}
	for _, r := range h.in.Running {
		if seen[r.Deadline] || !slices.Contains(h.w.Timers[r.Deadline].In, h.in.State) {
			h.fail("%s runs twice, or in %s", r.Deadline, h.in.State)
		}
		seen[r.Deadline] = true
	}
	if before == nil {
		before = &process.Instance{}
	}
	for _, name := range slices.Sorted(maps.Keys(h.w.Timers)) {
		t := h.w.Timers[name]
		entered := slices.Contains(t.In, h.in.State) && !slices.Contains(t.In, before.State)
		switch somebody := h.somebodyIn(t.Whom); {
		case entered && t.After == "" && !seen[name] && (somebody || t.Pass != ""):
			h.fail("%s does not run in %s", name, h.in.State)
		case seen[name] && !somebody && t.Pass == "":
			h.fail("%s runs for nobody in %s", name, h.in.State)
		}
	}
	for _, r := range before.Running {
		if c != nil && h.over(r, h.day) {
			h.fail("%s was taken, and %s had passed: %+v", s.Action, r.Deadline, r)
		}
	}
}

// somebodyIn says that one of some rights is somebody's: the county's, or of an organisation
// that was named, or may be by a later step.
func (h *history) somebodyIn(rights []string) bool {
	for _, right := range rights {
		_, party, ofParty := strings.Cut(right, "@")
		_, _, later := strings.Cut(h.w.Parties[party], ".")
		if !ofParty || later || h.in.Parties[party] != "" {
			return true
		}
	}
	return false
}

// stood looks whether a deadline of which the time stood still is later by the days for
// which it did since its day was said, and by no more.
func (h *history) stood(set schemas.DeadlineSet) {
	t := h.w.Timers[set.Deadline]
	if len(t.Still) == 0 {
		return
	}
	said := func(form json.RawMessage, field string) (day civil.Date) {
		var fields map[string]any
		if json.Unmarshal(form, &fields) == nil {
			day, _ = civil.Parse(fmt.Sprint(fields[field])) // what is no date says none
		}
		return day
	}
	from, days := said(h.in.Form, t.After), 0
	for i := len(h.in.Steps) - 1; i > 0; i-- {
		s := h.in.Steps[i]
		x := slices.IndexFunc(t.Extends, func(x process.Extension) bool { return x.Until != "" && x.Action == s.Action })
		if x >= 0 && said(s.Form, t.Extends[x].Until).Given() {
			from = said(s.Form, t.Extends[x].Until)
			break
		}
		if slices.Contains(t.Still, s.From) {
			days += int(s.On - h.in.Steps[i-1].On)
		}
	}
	if set.Stood != days || set.From != from.AddDays(days) {
		h.fail("%s counts from %s, %d days later, not from %s: %d days later than %s", set.Deadline, set.From, set.Stood, from.AddDays(days), days, from)
	}
	if days > 0 {
		h.figures.Stood++
	}
}

// set looks at a deadline that was set on this day's calendar.
func (h *history) set(set schemas.DeadlineSet) {
	t := h.w.Timers[set.Deadline]
	most := t.Days
	for _, x := range t.Extends {
		most += x.Days * max(x.Times, 1)
	}
	if set.Unit != t.Unit || set.Extended == 0 && set.Days != t.Days {
		h.fail("%s has other days than it is declared to: %+v", set.Deadline, set)
	}
	if set.DueOn < set.From || set.Days > most || h.late(set, set.DueOn) {
		h.fail("%s is due on another day than it should: %+v", set.Deadline, set)
	}
	if set.Days > 0 && !h.late(schemas.DeadlineSet{From: set.From, Days: set.Days - 1, Unit: set.Unit}, set.DueOn) {
		h.fail("%s is due too early: %+v", set.Deadline, set)
	}
	unpublished := false
	for d := set.From; d <= set.DueOn; d++ {
		unpublished = unpublished || !h.days.Published(d)
	}
	if set.Provisional != (unpublished && set.Unit == "working") {
		h.fail("%s is provisional, or is not: %+v", set.Deadline, set)
	}
	if set.Provisional {
		h.figures.Provisional++
	}
	if set.Extended > 0 {
		h.figures.Extended++
	}
}

// nothingLate looks whether all that was due was settled.
func (h *history) nothingLate() {
	for _, r := range h.in.Running {
		if h.over(r, h.day) {
			h.fail("%s has passed, and nobody said so: %+v", r.Deadline, r)
		}
	}
}
