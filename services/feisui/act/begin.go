package act

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"feisui/pkg/workflow"
	"feisui/schemas"
	"feisui/services/feisui/record"
	"feisui/services/process"
	"feisui/services/process/define"
)

// manyField is the field of a beginning that begins several instances at once:
// one for each community, each with what differs for it.
const (
	manyField = "communities"
	manyParty = "community"
)

// manyMax bounds how many instances one command may begin: a county has hundreds
// of communities.
const manyMax = 2_000

// expand gives the forms of a beginning: one, or one for each community that the
// body lists. What stands in the list holds over what stands beside it. Where the
// list numbers nothing, the number beside it is continued: NO-1, NO-2, ….
func expand(d *define.Workflow, body []byte) ([]json.RawMessage, *Faults) {
	common, err := record.Object(body)
	if err != nil {
		return nil, faulty(0, "", err.Error(), "object")
	}
	list, fields := json.RawMessage(nil), common[:0:0]
	for _, f := range common {
		if f.Name == manyField && d.Parties[manyParty] != "" {
			list = f.Value
		} else {
			fields = append(fields, f)
		}
	}
	if list == nil {
		return []json.RawMessage{body}, nil
	}
	var each []json.RawMessage
	if json.Unmarshal(list, &each) != nil || len(each) == 0 || len(each) > manyMax {
		return nil, faulty(0, manyField, "", "communities", "max", strconv.Itoa(manyMax))
	}
	forms := make([]json.RawMessage, len(each))
	for i, one := range each {
		own, wrong := ownOf(d, one)
		if wrong {
			return nil, faulty(i, manyField, string(one), "community")
		}
		forms[i] = merged(d, fields, own, i)
	}
	return forms, nil
}

// ownOf reads one element of the list: a community's code, or an object of fields.
func ownOf(d *define.Workflow, one json.RawMessage) (own []record.Field, wrong bool) {
	var code string
	if json.Unmarshal(one, &code) == nil {
		return []record.Field{{Name: d.Parties[manyParty], Value: one}}, false
	}
	own, err := record.Object(one)
	return own, err != nil
}

// merged writes the form of the i-th instance.
func merged(d *define.Workflow, common, own []record.Field, i int) json.RawMessage {
	given := map[string]bool{}
	for _, f := range own {
		given[f.Name] = true
	}
	var fields []record.Field
	for _, f := range common {
		var no string
		switch {
		case given[f.Name]:
		case f.Name == d.Number && json.Unmarshal(f.Value, &no) == nil:
			fields = append(fields, record.Field{Name: f.Name, Value: quoted(no + "-" + strconv.Itoa(i+1))})
		default:
			fields = append(fields, f)
		}
	}
	return written(append(fields, own...))
}

// written writes fields as a JSON object.
func written(fields []record.Field) json.RawMessage {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, f := range fields {
		if i > 0 {
			out.WriteByte(',')
		}
		out.Write(quoted(f.Name))
		out.WriteByte(':')
		out.Write(f.Value)
	}
	out.WriteByte('}')
	return out.Bytes()
}

// quoted writes a text as JSON.
func quoted(text string) []byte {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(text); err != nil {
		panic("act: a text that is no JSON: " + err.Error())
	}
	return bytes.TrimSpace(out.Bytes())
}

// Begin decides on the beginning of one instance, or of one for each community
// that the body lists: all of them or none, in one append. All rows that they
// bring are decided on together.
func (c *County) Begin(cmd Command) (*Decision, error) {
	d, adopted := c.InForce(cmd.Workflow)
	switch {
	case d == nil:
		return nil, ErrNoWorkflow
	case !c.Flows.day.Given():
		return nil, ErrNoDay
	}
	c.Who = cmd.Actor
	forms, wrong := expand(d, cmd.Form)
	if wrong != nil {
		return nil, wrong
	}
	decision, err := c.beginEach(d, adopted, cmd, forms)
	return decision, entitled(err, d, d.Begin)
}

// beginEach begins an instance for each form: all of them or none.
func (c *County) beginEach(d *define.Workflow, adopted bool, cmd Command, forms []json.RawMessage) (*Decision, error) {
	var err error
	past := &drafted{Past: c.Past, streams: map[string][]schemas.Event{}}
	turns, brought, all := make([]*turn, len(forms)), facts{}, &Faults{Many: len(forms) > 1}
	for i, form := range forms {
		cmd.Form, err = d.Complete(c.canonical(d, d.Begin, form), cmd.Actor, c.Flows.day, func(no string) bool { return c.taken(cmd.Workflow, no, past) })
		if err != nil {
			return nil, faulty(i, "", err.Error(), "object")
		}
		turns[i] = &turn{county: c, by: d, past: past}
		if err := turns[i].begin(cmd, i, brought); !all.gather(i, err) {
			return nil, err
		}
	}
	if len(all.List) > 0 {
		return nil, all
	}
	warnOfTwins(d, turns)
	more, err := brought.decide(past)
	if err != nil {
		return nil, all.of(err)
	}
	if err := turns[0].adopting(d, adopted); err != nil {
		return nil, err
	}
	return c.begun(turns, more)
}

// warnOfTwins points out what one command hands to one community twice, at the second
// and those behind it. It stops nobody: two rounds of one item are two tasks.
func warnOfTwins(d *define.Workflow, turns []*turn) {
	if d.Parties[manyParty] == "" || d.Parties[itemParty] == "" {
		return
	}
	first := map[[2]string]string{}
	for _, t := range turns {
		twins := [2]string{t.in.Parties[manyParty], t.in.Parties[itemParty]}
		if before := first[twins]; before != "" {
			t.warned = append(t.warned, workflow.Refuse(0, d.Parties[itemParty], twins[1], "warn_twice", "item", twins[1], "community", twins[0], "no", before))
			continue
		}
		first[twins] = t.in.ID
	}
}

// adopting has definitions adopted before the first instance of a workflow: its
// own, and those that go with it.
func (t *turn) adopting(d *define.Workflow, adopted bool) error {
	first := &turn{county: t.county, by: d}
	if !adopted {
		if err := first.adopt(); err != nil {
			return err
		}
	}
	if with := goesWith[d.Workflow]; with != "" {
		if first.by, adopted = t.county.InForce(with); first.by != nil && !adopted {
			if err := first.adopt(); err != nil {
				return err
			}
		}
	}
	t.events = append(first.events, t.events...)
	return nil
}

// taken reports that a number is an instance's, or of something recorded without
// a workflow, or was given in this command.
func (c *County) taken(workflow, no string, past *drafted) bool {
	_, bare := c.Flows.bare[workflow][no]
	return bare || past.Has(schemas.InstanceStream(workflow, no))
}

// begin decides on the i-th beginning; what it brings is gathered.
func (t *turn) begin(cmd Command, i int, brought facts) error {
	command := process.Command{Workflow: cmd.Workflow, Action: t.by.Begin, Form: cmd.Form, On: t.county.Flows.day, Actor: cmd.Actor}
	d := &domain{county: t.county, past: t.past, by: t.by, of: i, facts: brought}
	events, err := t.by.Decide(nil, command, t.county.Calendar, d)
	if Forbidden(err) && !t.unnamed(&cmd) {
		return err // before anything of the form is said
	}
	known := t.county.known
	if cmd.Actor.ID == process.System.ID {
		known = anything // one number that was recorded before would stop all that wait with it
	}
	if wrong := t.form(t.by.Begin, cmd.Form, known); wrong != nil {
		return wrong
	}
	if err != nil {
		return err
	}
	if t.warned, err = t.by.Warnings(nil, &command, d); err != nil {
		return err
	}
	begun, _ := events[0].(schemas.InstanceBegun)
	if err := t.free(begun.Instance, &cmd, &command, d); err != nil {
		return err
	}
	t.take(events)
	return nil
}

// unnamed reports that somebody who may begin for one party or another leaves out for
// which: that is no question of rights, but of the form.
func (t *turn) unnamed(cmd *Command) bool {
	fields, err := formOf(cmd.Form)
	open, wrong := t.by.Open(nil, t.county.Flows.day, cmd.Actor, nil)
	if err != nil || wrong != nil || len(open) == 0 {
		return false
	}
	for _, field := range t.by.Parties {
		if fields[field] == "" {
			return true
		}
	}
	return false
}

// begun gives each instance the facts that are about it.
func (c *County) begun(turns []*turn, facts []schemas.Event) (*Decision, error) {
	d, err := c.decided(turns...)
	if err != nil {
		return nil, err
	}
	at := map[string]int{}
	for i := range d.Results {
		at[d.Results[i].Instance.ID] = i
	}
	for _, e := range facts {
		draft, err := c.draft(e)
		if err != nil {
			return nil, err
		}
		if i, ok := at[subject(e)]; ok && draft != nil {
			d.Results[i].Draft = draft
		}
	}
	d.Events = append(d.Events, facts...)
	return d, nil
}

// subject is what an event's stream is about.
func subject(e schemas.Event) string {
	_, id, _ := strings.Cut(e.Stream(), "/")
	return id
}
