package process

import (
	"maps"
	"slices"
	"strconv"

	"feisui/pkg/message"
	"feisui/schemas"
)

// Misfit is what a version of a definition cannot say of an instance.
type Misfit struct {
	Instance string
	Step     int // 0: where it stands now
	Text     message.Text
}

// Fits replays the events of an open instance against another version of its
// definition, and lists what that version has no word for: a party, a step, a
// state or a deadline that it does not declare, or a state that it declares to be
// the end. A step that would lead elsewhere, or a deadline of other days, is no
// misfit: what happened stays as it happened, and the instance keeps its version.
func Fits(d *Definition, in Instance, events []schemas.Event) (misfits []Misfit) {
	say := func(step int, key, name string) {
		misfits = append(misfits, Misfit{in.ID, step, message.Text{Key: key, Args: message.Args{"name": name}}})
	}
	for _, party := range slices.Sorted(maps.Keys(in.Parties)) {
		if _, declared := d.Parties[party]; !declared {
			say(1, "misfit_party", party)
		}
	}
	var replayed Instance
	for _, e := range events {
		replayed = Evolve(replayed, e)
	}
	for i, s := range replayed.Steps {
		if _, declared := d.Actions[s.Action]; s.Action != "" && !declared {
			say(i+1, "misfit_action", s.Action)
		}
		if _, declared := d.Timers[s.Deadline]; s.Deadline != "" && !declared {
			say(i+1, "misfit_deadline", s.Deadline)
		}
		if _, declared := d.States[s.To]; !declared {
			say(i+1, "misfit_state", s.To)
		}
	}
	if d.States[replayed.State].Final {
		say(0, "misfit_final", replayed.State)
	}
	for _, r := range replayed.Running {
		if t, declared := d.Timers[r.Deadline]; !declared || !slices.Contains(t.In, replayed.State) {
			say(0, "misfit_running", r.Deadline)
		}
	}
	return misfits
}

// Say gives a misfit as a line.
func (m Misfit) Say(lang message.Language, c *message.Catalogue) string {
	place := m.Instance
	if m.Step > 0 {
		place += ":" + strconv.Itoa(m.Step)
	}
	return place + ": " + c.Say(lang, m.Text)
}
