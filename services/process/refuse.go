package process

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"feisui/pkg/access"
	"feisui/pkg/message"
	"feisui/pkg/workflow"
)

// The fields of the refusals that are not about a form's: who may not, what the
// state does not allow, and what is no action.
const (
	FieldActor  = "actor"
	FieldState  = "state"
	FieldAction = "action"
)

func words(t Text) message.Words {
	return message.Words{message.Chinese: t.Chinese, message.English: t.English}
}

// listed joins words as each language lists them, every one quoted.
func listed(all []Text) message.Words {
	zh, en := make([]string, len(all)), make([]string, len(all))
	for i, t := range all {
		zh[i], en[i] = "“"+t.Chinese+"”", `"`+t.English+`"`
	}
	return message.Words{message.Chinese: strings.Join(zh, "、"), message.English: strings.Join(en, ", ")}
}

func refused(field, found, key string, args message.Args, filled ...any) workflow.Refusals {
	text := message.Text{Key: key, Args: args}
	for i := 0; i+1 < len(filled); i += 2 {
		if text.Words == nil {
			text.Words = map[string]message.Words{}
		}
		text.Words[filled[i].(string)] = filled[i+1].(message.Words)
	}
	return workflow.Refusals{{Field: field, Found: found, Expect: text}}
}

// titles gives the titles of states, in the order in which they are named.
func (d *Definition) titles(states []string) []Text {
	all := make([]Text, len(states))
	for i, state := range states {
		all[i] = d.States[state].Title
	}
	return all
}

// refuseUnknown refuses what is no action of the workflow, and says what is open to
// whoever asks, each by its name too: that is what was mistaken.
func (d *Definition) refuseUnknown(in *Instance, c *Command, dom Domain) error {
	if in == nil {
		return refused(FieldAction, c.Action, "begins_with", nil, "begin", listed([]Text{d.Actions[d.Begin].Title}))
	}
	var all []Text
	for _, name := range d.open(in, c.Actor, dom) {
		title := d.Actions[name].Title
		all = append(all, Text{title.Chinese + " " + name, title.English + " (" + name + ")"})
	}
	if all == nil {
		return refused(FieldAction, c.Action, "no_such_action_nothing_open", nil, "workflow", words(d.Title), "state", words(d.States[in.State].Title))
	}
	return refused(FieldAction, c.Action, "no_such_action", nil, "workflow", words(d.Title), "state", words(d.States[in.State].Title), "actions", listed(all))
}

// refuseRight refuses somebody who may not, and says who may. Who has such a role
// elsewhere is told so: at the beginning with the code that they gave, later without
// any, since they gave none.
func (d *Definition) refuseRight(in *Instance, c *Command, parties map[string]string) error {
	action := d.Actions[c.Action]
	var who []Text
	for _, text := range action.By {
		if title := roles[parseRight(text).role]; !slices.Contains(who, title) {
			who = append(who, title)
		}
	}
	for _, text := range action.By {
		r := parseRight(text)
		party, own := parties[r.party], c.Actor.Scopes(r.role)
		if r.party == "" || party == "" || own == nil {
			continue
		}
		filled := []any{"action", words(action.Title), "who", listed(who), "role", listed([]Text{roles[r.role]}), "own", codes(own)}
		switch {
		case in != nil:
			return refused(FieldActor, c.Action, NotYoursHere, nil, filled...)
		case len(party) <= codeMax && !strings.Contains(party, ";"):
			return refused(FieldActor, c.Action, NotYoursThere, message.Args{"party": party}, filled...)
		}
	}
	return refused(FieldActor, c.Action, NotYours, nil, "action", words(action.Title), "who", listed(who))
}

// The keys of what somebody is told who has no right to an action, whatever the state.
const (
	NotYours      = "not_yours"
	NotYoursHere  = "not_yours_here"  // the role, but not of the organisation whose the instance is
	NotYoursThere = "not_yours_there" // nor of the one that they began it for
)

// codeMax is how long a code may be that is said again: no form was looked at yet.
const codeMax = 64

// codes joins codes as each language does.
func codes(all []string) message.Words {
	return message.Words{message.Chinese: strings.Join(all, "、"), message.English: strings.Join(all, ", ")}
}

// refuseState refuses what the state does not allow, and says when it is allowed
// and what is now.
func (d *Definition) refuseState(in *Instance, c *Command, dom Domain) error {
	action, state := d.Actions[c.Action], d.States[in.State]
	if state.Final {
		return refused(FieldState, in.State, "ended", nil, "state", words(state.Title), "action", words(action.Title))
	}
	if c.Action == d.Begin {
		return refused(FieldState, in.State, "begun_before", map[string]string{"instance": in.ID}, "state", words(state.Title))
	}
	var open []Text
	for _, o := range d.open(in, c.Actor, dom) {
		open = append(open, d.Actions[o].Title)
	}
	if open == nil {
		return refused(FieldState, in.State, "wrong_state_nothing_open", nil,
			"state", words(state.Title), "action", words(action.Title), "from", listed(d.titles(action.From)))
	}
	return refused(FieldState, in.State, "wrong_state", nil,
		"state", words(state.Title), "action", words(action.Title), "from", listed(d.titles(action.From)), "open", listed(open))
}

func (d *Definition) refuseTimes(c *Command) error {
	action := d.Actions[c.Action]
	return refused(FieldState, c.Action, "often_enough", message.Args{"times": strconv.Itoa(action.Times)}, "action", words(action.Title))
}

func (d *Definition) refuseEyes(c *Command, s Step) error {
	return refused(FieldActor, c.Action, "other_eyes", message.Args{"on": s.On.String()},
		"action", words(d.Actions[c.Action].Title), "other", words(d.Actions[s.Action].Title))
}

// open lists the actions that the state, the actor's rights and the rule of four eyes
// allow, by name.
func (d *Definition) open(in *Instance, who access.Principal, dom Domain) (names []string) {
	for _, name := range slices.Sorted(maps.Keys(d.Actions)) {
		action := d.Actions[name]
		if !slices.Contains(action.From, in.State) || action.Times > 0 && in.times(name) >= action.Times ||
			action.Answers != "" && !d.asked(in, action.Answers) {
			continue
		}
		_, may := d.may(&action, d.acting(in), who, dom)
		if _, same := d.sameEyes(in, &Command{Action: name, Actor: who}); may && !same {
			names = append(names, name)
		}
	}
	return names
}
