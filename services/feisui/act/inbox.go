package act

import (
	"maps"
	"slices"
	"strconv"
	"sync"

	"feisui/pkg/access"
	"feisui/pkg/civil"
	"feisui/pkg/message"
	"feisui/schemas"
	"feisui/services/process"
)

// This file is what was said to somebody's offices (通知): reminders, deadlines that
// passed, answers, decisions. All of it is read from the entries; who has looked at
// what is known elsewhere.

// Bounds of an inbox. What is older, the instances still tell.
const (
	InboxDays = 60  // days back from the county's day
	FreshMax  = 100 // more than these that are new are not counted
)

// notices are the steps of the last days, by the offices to which they are said.
type notices struct {
	mu   sync.Mutex // whoever asks first after entries came sorts them in
	came []notice
	to   map[process.Address][]notice // in the order of entries
}

// notice is a step of an instance, or what became of a definition.
type notice struct {
	position int64
	on       civil.Date
	in       *process.Instance
	step     int32         // from 1
	of       schemas.Event // of a definition; in is nil then
	why      process.Why
}

// note keeps the last step of an instance, or what became of a definition, to be sorted in.
func (f *Flows) note(at int64, in *process.Instance, of schemas.Event) {
	n := notice{position: at, on: f.day, in: in, of: of}
	if in != nil {
		n.step = int32(len(in.Steps)) //nolint:gosec // an instance with so many steps has no room in memory
		n.on = in.Steps[len(in.Steps)-1].On
	}
	f.notices.came = current(append(f.notices.came, n), f.day)
}

// current leaves out what is too old for an inbox.
func current(all []notice, day civil.Date) []notice {
	first := 0
	for first < len(all) && all[first].on < day.AddDays(-InboxDays) {
		first++
	}
	return all[first:]
}

// sorted gives the notices by office. Nothing is taken in meanwhile, so that what it
// gives stays as it is until those who ask have read it.
func (f *Flows) sorted() map[process.Address][]notice {
	f.notices.mu.Lock()
	defer f.notices.mu.Unlock()
	if f.notices.to == nil {
		f.notices.to = map[process.Address][]notice{}
	}
	for _, n := range f.notices.came {
		for to, why := range f.audience(&n) {
			n.why = why
			f.notices.to[to] = append(current(f.notices.to[to], f.day), n)
		}
	}
	f.notices.came = nil
	return f.notices.to
}

// audience is to whom something is said: of a definition to the authority, two of whom
// change it.
func (f *Flows) audience(n *notice) map[process.Address]process.Why {
	if n.in == nil {
		why := process.Said
		if _, proposed := n.of.(schemas.DefinitionProposed); proposed {
			why = process.Asked
		}
		return map[process.Address]process.Why{{Role: access.Authority}: why}
	}
	d := f.definition(n.in)
	if d == nil {
		return nil
	}
	then := *n.in
	then.Steps = n.in.Steps[:n.step]
	return d.Audience(&then, f.Street)
}

// Notice is something that was said to an office of whoever asks.
type Notice struct {
	Position int64 // of its entry
	On       civil.Date
	Why      process.Why
	Seen     *Seen // nil of a definition
	Step     int   // of it, from 1
	Deadline schemas.DeadlineSet
	Waits    bool // for them, now: until Deadline, where that is given

	Definition schemas.Event // proposed, adopted or withdrawn
}

// Documents are the numbers of what was signed in the step.
func (n *Notice) Documents() (list []string) {
	for _, d := range n.Seen.Documents {
		if d.Step == n.Step {
			list = append(list, d.Document)
		}
	}
	return list
}

// Details is what the step said that whoever reads the notice should know at once: what is
// to be corrected, and what the definition has said with it, such as a promised day.
func (n *Notice) Details() (list []message.Text) {
	if n.Seen == nil {
		return nil
	}
	step, by := &n.Seen.Steps[n.Step-1], n.Seen.By
	if n.Seen.Workflow == admissionFlow && step.Action == "return" {
		for _, l := range lacking(step, by) {
			key := "notice_lacking"
			if l.Remark != "" {
				key = "notice_lacking_remark"
			}
			list = append(list, message.Text{Key: key, Args: message.Args{"remark": l.Remark}, Words: map[string]message.Words{"title": l.Title}})
		}
	}
	if n.Seen.Workflow == draftFlow && step.Action == "return" {
		title := by.FieldTitle(step.Action, "reason")
		list = append(list, message.Text{Key: "notice_given", Args: message.Args{"value": fieldsOf(step.Form)["reason"]}, Words: map[string]message.Words{"title": title}})
	}
	given := by.Given(&n.Seen.Instance, step)
	for _, field := range slices.Sorted(maps.Keys(given)) {
		title := by.FieldTitle(step.Action, field)
		list = append(list, message.Text{Key: "notice_given", Args: message.Args{"value": given[field]}, Words: map[string]message.Words{"title": title}})
	}
	return list
}

// InboxAsked says which part of an inbox is wanted.
type InboxAsked struct {
	Since  int64 // what came after this position is new
	Before int64 // what came before this position; 0: from the latest
	Limit  int
}

// Text says what happened.
func (n *Notice) Text() message.Text {
	if n.Seen != nil {
		return n.Seen.By.Tell(&n.Seen.Instance, n.Step)
	}
	switch e := n.Definition.(type) {
	case schemas.DefinitionProposed:
		return ofVersion("notice_proposed", e.Version, e.Reason)
	case schemas.DefinitionAdopted:
		return ofVersion("notice_adopted", e.Version, e.Reason)
	case schemas.DefinitionWithdrawn:
		if e.Refused {
			return ofVersion("notice_refused", e.Version, e.Reason)
		}
		return ofVersion("notice_withdrawn", e.Version, e.Reason)
	}
	return message.Text{}
}

func ofVersion(key string, version int, reason string) message.Text {
	because := message.Words{message.Chinese: "", message.English: ""}
	if reason != "" {
		for _, lang := range message.Languages {
			because[lang] = Say(lang, message.Text{Key: "notice_reason", Args: message.Args{"reason": reason}})
		}
	}
	return message.Text{Key: key, Args: message.Args{"version": strconv.Itoa(version)}, Words: map[string]message.Words{"reason": because}}
}

// Inbox is a page of it.
type Inbox struct {
	Notices []Notice // the latest first
	Fresh   int      // how many are new on all pages, FreshMax at most
	More    bool
}

// Inbox gives what was said to somebody's offices in the last days, the latest first.
// What their own office did is not said to it again, but what waits for a colleague
// now. What is out of scope is not there, as for See.
func (c *County) Inbox(who access.Principal, scope access.Scope, asked InboxAsked) (box Inbox, err error) {
	if asked.Since > c.Position {
		asked.Since = 0 // a county that was restored from before: rather told twice
	}
	for n := range c.latest(who, scope) {
		wanted := asked.Before == 0 || n.position < asked.Before
		switch fresh := n.position > asked.Since && box.Fresh < FreshMax; {
		case fresh:
			box.Fresh++
		case len(box.Notices) == asked.Limit && wanted:
			box.More = true
			return box, nil
		}
		switch {
		case !wanted:
		case len(box.Notices) == asked.Limit:
			box.More = true
		default:
			told, err := c.told(&n, who, scope)
			if err != nil {
				return box, err
			}
			box.Notices = append(box.Notices, told)
		}
	}
	return box, nil
}

// latest gives what is said to somebody and shown to them, the latest first.
func (c *County) latest(who access.Principal, scope access.Scope) func(yield func(notice) bool) {
	return func(yield func(notice) bool) {
		lists := c.listsOf(who)
		for {
			n, is := last(lists)
			if !is || n.on < c.Flows.day.AddDays(-InboxDays) {
				return
			}
			if c.isSaid(&n, who, scope) && !yield(n) {
				return
			}
		}
	}
}

// listsOf are the lists of somebody's offices.
func (c *County) listsOf(who access.Principal) (lists [][]notice) {
	all := c.Flows.sorted()
	addresses := []process.Address{{}}
	for _, g := range who.Grants {
		addresses = append(addresses, process.Address{Role: g.Role, Office: g.Scope}, process.Address{Role: g.Role, Office: process.Everyone})
	}
	for i, to := range addresses {
		if len(all[to]) > 0 && !slices.Contains(addresses[:i], to) {
			lists = append(lists, all[to])
		}
	}
	return lists
}

// last takes the latest notice off lists; one that stands in several, off all of them,
// with the most urgent reason.
func last(lists [][]notice) (latest notice, is bool) {
	for _, l := range lists {
		if len(l) > 0 && l[len(l)-1].position > latest.position {
			latest, is = l[len(l)-1], true
		}
	}
	for i, l := range lists {
		if len(l) > 0 && l[len(l)-1].position == latest.position {
			if why := l[len(l)-1].why; why.Before(latest.why) {
				latest.why = why
			}
			lists[i] = l[:len(l)-1]
		}
	}
	return latest, is
}

// isSaid reports that a notice is for somebody: not what they or, unless it waits for a
// second person, their office did; and what they may see.
func (c *County) isSaid(n *notice, who access.Principal, scope access.Scope) bool {
	if n.in == nil {
		actor, person := definedBy(n.of)
		return actor != who.ID && (person == "" || person != who.Person)
	}
	step := &n.in.Steps[n.step-1]
	if acted := (schemas.InstanceActed{}).Type(); step.Role == "" && step.Event == acted && n.step > 1 && n.why == process.Said {
		step = &n.in.Steps[n.step-2] // what follows by itself from a step is no news to who took it
	}
	if step.Actor == who.ID || step.Person != "" && step.Person == who.Person {
		return false
	}
	own := step.Role != "" && slices.ContainsFunc(who.Grants, func(g access.Grant) bool {
		return step.Office != "" && g.Scope == step.Office || string(g.Role) == step.Role && (g.Scope == step.Office || g.Scope == "")
	})
	if own && n.why == process.Said {
		return false
	}
	d := c.Flows.definition(n.in)
	return d != nil && c.shows(d, scope, d.Concerned(n.in))
}

// definedBy says who did something about a definition.
func definedBy(e schemas.Event) (actor, person string) {
	switch e := e.(type) {
	case schemas.DefinitionProposed:
		return e.Actor, e.Person
	case schemas.DefinitionAdopted:
		return e.Actor, e.Person
	case schemas.DefinitionWithdrawn:
		return e.Actor, e.Person
	}
	return "", ""
}

// told is a notice with what is to be done about it today.
func (c *County) told(n *notice, who access.Principal, scope access.Scope) (Notice, error) {
	told := Notice{Position: n.position, On: n.on, Why: n.why, Step: int(n.step)}
	if n.in == nil {
		told.Definition = n.of
		if p, proposed := n.of.(schemas.DefinitionProposed); proposed {
			waits, _ := c.Proposal(p.Workflow)
			told.Waits = waits != nil && waits.Proposal == p.Proposal
		}
		return told, nil
	}
	seen, err := c.See(Key{n.in.Workflow, n.in.ID}, scope)
	if err != nil {
		return told, err
	}
	told.Seen = seen
	todo, waits, err := c.waits(seen, who)
	told.Waits, told.Deadline = waits, todo.Deadline
	return told, err
}
