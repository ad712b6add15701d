package act

import (
	"errors"
	"slices"

	"feisui/pkg/message"
	"feisui/pkg/workflow"
	"feisui/schemas"
	"feisui/services/feisui/record"
	"feisui/services/process"
	"feisui/services/process/define"
)

// domain is what definitions name, for one command.
type domain struct {
	county *County
	past   record.Past
	by     *define.Workflow
	of     int // which of the commands
	facts  facts
	begun  []schemas.Event // of other instances, which come after the facts
	with   []Result        // what became of these
	would  []Result        // what would, by a later step

	refused error // what effects give instead of facts that are refused: it was tried
}

func (d *domain) look(in *process.Instance, c *process.Command) (*look, error) {
	form, err := formOf(c.Form)
	return &look{domain: d, in: in, command: c, form: form}, err
}

// Guard refuses what the facts forbid.
func (d *domain) Guard(name string, in *process.Instance, c *process.Command) error {
	guard := guards[name]
	if guard == nil {
		return errors.New("no guard " + name)
	}
	l, err := d.look(in, c)
	if err != nil {
		return err
	}
	return guard(l)
}

// Effects gathers the rows that a step brings, and gives what no row can say, among
// it the numbers of what the step signs. Of rows it gives no events: all those of a
// command are decided on together.
func (d *domain) Effects(filled []process.Effect, in *process.Instance, c *process.Command) ([]schemas.Event, error) {
	if d.refused != nil {
		return nil, d.refused
	}
	l, err := d.look(in, c)
	if err != nil {
		return nil, err
	}
	var events []schemas.Event
	declared := d.by.Actions[c.Action].Effects
	for i := range filled {
		e := &filled[i]
		if e.Name == "" {
			l.bring(e, &declared[i])
			continue
		}
		if e.Name == numberDocument {
			events = append(events, l.number(e.Row)...)
			continue
		}
		effect := effects[e.Name]
		if effect == nil {
			return nil, errors.New("no effect " + e.Name)
		}
		more, err := effect(l)
		if err != nil {
			return nil, err
		}
		events = append(events, more...)
	}
	return events, nil
}

// Street gives the street of a community, "" for what is none.
func (d *domain) Street(community string) string { return d.county.Flows.Street(community) }

// Say gives a sentence of this door's in both languages.
func (d *domain) Say(text message.Text) (chinese, english string) {
	return Say(message.Chinese, text), Say(message.English, text)
}

// Forbidden reports that somebody has no right to what was asked, whatever the
// state.
func Forbidden(err error) bool {
	var refused workflow.Refusals
	return errors.As(err, &refused) && len(refused) == 1 &&
		slices.Contains([]string{process.NotYours, process.NotYoursHere, process.NotYoursThere}, refused[0].Expect.Key)
}
