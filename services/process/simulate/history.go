package simulate

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"maps"
	"math/rand/v2"
	"slices"

	"feisui/pkg/access"
	"feisui/pkg/civil"
	"feisui/pkg/workflow"
	"feisui/schemas"
	"feisui/services/process"
	"feisui/services/process/define"
)

// history is one that is being played.
type history struct {
	engine  Engine
	w       *define.Workflow
	rng     *rand.Rand
	world   *world
	day     civil.Date
	days    civil.Calendar
	edition int // its place among the editions
	figures *Figures
	digest  hash.Hash

	in        *process.Instance // as the engine folds it
	again     process.Instance  // as it is folded from what was written and read
	passes    map[string]bool
	reminders map[string]bool
	people    []access.Principal
	told      []string
	broken    string
}

const (
	stepsMost     = 70  // of a history
	triesAfterEnd = 5   // to do something when it has ended
	settleMost    = 100 // that may be due at once
)

// firstDay and the days after it lie in years with a calendar and, near the end,
// in one without.
var firstDay = civil.Of(2025, 1, 2)

const daysDrawn = 700

func (h *history) play() {
	h.day = firstDay.AddDays(h.rng.IntN(daysDrawn))
	if h.rng.IntN(8) == 0 {
		h.day = firstDay.AddDays(daysDrawn)
	}
	for tries := 0; h.in == nil && h.broken == "" && tries < 20; tries++ {
		h.begin()
	}
	if h.in == nil {
		return
	}
	for left := 10 + h.rng.IntN(stepsMost-10); left > 0 && h.broken == ""; left-- {
		h.move()
		if h.w.States[h.in.State].Final {
			left = min(left, triesAfterEnd)
		}
	}
	h.settle()
}

// move does the next thing, whatever it is.
func (h *history) move() {
	switch n := h.rng.IntN(100); {
	case n < 50:
		h.act()
	case n < 80:
		h.figures.Days++
		h.day = h.day.AddDays(1 + h.rng.IntN(1+h.rng.IntN(12)))
		if h.rng.IntN(3) > 0 {
			h.settle()
		}
	case n < 86:
		h.figures.Still++ // the clock stands, and what is due is looked for again
		h.settle()
		h.settle()
	case n < 92:
		h.amend()
	default:
		h.settle()
	}
}

// begin begins it, or takes it up.
func (h *history) begin() {
	form := h.form(h.w.Begin)
	if len(h.w.Recorded) > 0 && h.rng.IntN(5) == 0 {
		state := pick(h.rng, slices.Sorted(maps.Keys(h.w.Recorded)))
		since := h.day.AddDays(-h.rng.IntN(20))
		events, err := h.w.TakeUp("TAKEN-UP", state, form, since, h.day, access.Principal{ID: "operator:a"}, h.days)
		if err != nil {
			h.fail("it is not taken up: %v", err)
			return
		}
		h.figures.TakenUp++
		h.take(events, nil)
		return
	}
	parties := map[string]string{}
	var fields map[string]any
	if err := json.Unmarshal(form, &fields); err != nil {
		h.fail("the form that was drawn: %v", err)
		return
	}
	for party, field := range h.w.Parties {
		parties[party] = codes(fields[field])
	}
	h.people = people(parties)
	h.ask(process.Command{Workflow: h.w.Workflow, Action: h.w.Begin, Form: form, On: h.day, Actor: h.somebody(h.w.Begin, parties)}, parties)
	if h.in != nil {
		h.figures.Begun++
	}
}

// act has somebody ask for a step: mostly one that the state allows, mostly
// somebody who may.
func (h *history) act() {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(h.w.Actions)) {
		a := h.w.Actions[name]
		if h.w.States[a.To].Final && len(a.Guards)+len(a.Branches) == 0 && h.rng.IntN(8) > 0 {
			continue // or all would be withdrawn before they are decided
		}
		open := slices.Contains(a.From, h.in.State)
		if open && (a.By[0] != process.System.ID || h.rng.IntN(4) == 0) || h.rng.IntN(25) == 0 {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return
	}
	name := pick(h.rng, names)
	parties := h.parties()
	h.people = people(parties)
	h.ask(process.Command{
		Workflow: h.w.Workflow, Instance: h.in.ID, Action: name, Form: h.form(name), On: h.day,
		Actor: h.somebody(name, parties),
	}, parties)
}

// form fills in the form of an action, mostly as it should be.
func (h *history) form(action string) json.RawMessage {
	filled := draw(h.rng, h.w.Actions[action].Form, h.day)
	if h.rng.IntN(30) == 0 {
		return filled
	}
	for tries := 0; tries < 8 && h.w.Fill(action, filled) != nil; tries++ {
		filled = draw(h.rng, h.w.Actions[action].Form, h.day)
	}
	return filled
}

// somebody is mostly one who may take an action, and sometimes anybody.
func (h *history) somebody(action string, parties map[string]string) access.Principal {
	a := h.w.Actions[action]
	those := slices.DeleteFunc(slices.Clone(h.people), func(who access.Principal) bool { return !entitled(&a, parties, who) })
	if len(those) == 0 || h.rng.IntN(5) == 0 {
		those = h.people
	}
	return pick(h.rng, those)
}

// ask puts a command as the door does: its form first, then what is due, then the
// command.
func (h *history) ask(c process.Command, parties map[string]string) {
	h.figures.Asked++
	if err := h.w.Fill(c.Action, c.Form); err != nil {
		var refused workflow.Refusals
		if !errors.As(err, &refused) {
			h.fail("a form is not refused but broken: %v", err)
		}
		h.figures.FormsRefused++
		return
	}
	events, err := h.engine.Decide(h.w.Definition, h.in, c, h.days, h.world)
	if errors.Is(err, process.ErrDue) {
		h.settle()
		events, err = h.engine.Decide(h.w.Definition, h.in, c, h.days, h.world)
	}
	if err != nil {
		h.refused(&c, events, err)
		return
	}
	if len(events) == 0 {
		h.fail("%s was accepted, and nothing happened", c.Action)
		return
	}
	h.allowed(&c, parties)
	h.pointed(&c, events[0])
	h.figures.Acted++
	if c.Actor.ID == process.System.ID {
		h.figures.OfSystem++
	}
	h.take(events, &c)
}

func (h *history) refused(c *process.Command, events []schemas.Event, err error) {
	var refused workflow.Refusals
	switch {
	case len(events) > 0:
		h.fail("%s was refused, and %d events came", c.Action, len(events))
	case errors.Is(err, process.ErrDue):
		h.fail("what is due was settled, and is due still")
	case !errors.As(err, &refused):
		h.fail("%s is not refused but broken: %v", c.Action, err)
	}
	for _, r := range refused {
		if !workflow.Messages.Has(r.Expect.Key) && r.Expect.Key != guardSaysNo && r.Expect.Key != factsSayNo {
			h.fail("the refusal %q has no sentence", r.Expect.Key)
		}
	}
	h.figures.Refused++
	h.unchanged("a refusal")
}

// settle records what is due, until nothing is; sometimes it dies before.
func (h *history) settle() {
	if h.in == nil || h.broken != "" {
		return
	}
	for range settleMost {
		due := h.engine.Due(h.w.Definition, h.in, h.day, h.days)
		if len(due) == 0 {
			h.nothingLate()
			return
		}
		first := due[0]
		before := h.in
		events, err := h.engine.Settle(h.w.Definition, before, first, h.day, h.days, h.world)
		if err != nil || len(events) == 0 {
			h.fail("%s %s is due and gives %d events, %v", first.Kind, first.Deadline, len(events), err)
			return
		}
		h.take(events, nil)
		if h.broken != "" {
			return
		}
		// Whoever died after it was recorded tries again.
		again, err := h.engine.Settle(h.w.Definition, h.in, first, h.day, h.days, h.world)
		h.figures.SettledAgain++
		if err != nil || len(again) > 0 {
			h.fail("%s %s was settled twice: %d events, %v", first.Kind, first.Deadline, len(again), err)
			return
		}
		h.unchanged("settling twice")
	}
	h.fail("there is no end of what is due")
}

// amend puts another edition of the calendar into force.
func (h *history) amend() {
	edition := h.rng.IntN(editionsMost)
	if edition == h.edition {
		return
	}
	h.edition, h.days = edition, editions()[edition]
	h.figures.Amended++
	h.told = append(h.told, fmt.Sprintf("%s: the calendar is edition %d now", h.day, edition))
}

// fail notes what does not hold; the first counts.
func (h *history) fail(format string, args ...any) {
	if h.broken == "" {
		h.broken = fmt.Sprintf(format, args...)
	}
}

func pick[T any](rng *rand.Rand, from []T) T { return from[rng.IntN(len(from))] }
