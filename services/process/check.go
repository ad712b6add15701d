package process

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"feisui/pkg/message"
	"feisui/pkg/money"
)

// Fault is something wrong with a definition, in a sentence.
type Fault struct {
	Place string // a path of names: actions.accept.by
	Line  int    // in the file that it was read from; 0 where that is not known
	Text  message.Text
}

// Names are what a definition may refer to and others do.
type Names struct {
	Guards, Effects []string
	Sheets          map[string][]string // the columns of each
	Settings        map[string][]string // of an effect: what it must be told
	Flags           []string            // the rules of what opens an instance by itself
	Amounts         []string            // what guards go by
	Limits          map[string]int      // likewise: how much each may be
}

// daysMost bounds a deadline: a longer one is a slip of the hand, and finding its
// day would take long.
const daysMost = 3660

// Check lists what is wrong with a definition, by place. One without faults
// declares states that can all be reached and, but for the last ones, left;
// steps that somebody may take; and deadlines with something to follow.
func (d *Definition) Check(names Names) []Fault {
	k := &checker{Definition: d, names: names}
	k.heading()
	for _, name := range slices.Sorted(maps.Keys(d.States)) {
		k.titled("states."+name, d.States[name].Title)
	}
	for _, name := range slices.Sorted(maps.Keys(d.Actions)) {
		a := d.Actions[name]
		k.action("actions."+name, name, &a)
	}
	for _, name := range slices.Sorted(maps.Keys(d.Timers)) {
		t := d.Timers[name]
		k.timer("deadlines."+name, &t)
	}
	for _, state := range slices.Sorted(maps.Values(d.Recorded)) {
		k.state("recorded", state, true)
	}
	k.opened()
	k.filled()
	k.seen()
	k.informs()
	k.paths()
	return k.faults
}

type checker struct {
	*Definition
	names  Names
	faults []Fault
}

func (k *checker) fault(place, key string, args ...string) {
	text := message.Text{Key: key}
	for i := 0; i+1 < len(args); i += 2 {
		if text.Args == nil {
			text.Args = message.Args{}
		}
		text.Args[args[i]] = args[i+1]
	}
	k.faults = append(k.faults, Fault{Place: place, Text: text})
}

func (k *checker) titled(place string, t Text) {
	if strings.TrimSpace(t.Chinese) == "" || strings.TrimSpace(t.English) == "" {
		k.fault(place+".title", "flow_no_title")
	}
}

// state looks at a reference to a state.
func (k *checker) state(place, state string, open bool) {
	s, declared := k.States[state]
	switch {
	case !declared:
		k.fault(place, "flow_no_state", "state", state)
	case open && s.Final:
		k.fault(place, "flow_final_state", "state", state)
	}
}

func (k *checker) one(place, key string, known []string, name string) {
	if !slices.Contains(known, name) {
		k.fault(place, key, "name", name)
	}
}

func (k *checker) heading() {
	if k.Workflow == "" {
		k.fault("workflow", "flow_empty")
	}
	if k.Version < 1 {
		k.fault("version", "flow_version")
	}
	k.titled("workflow", k.Title)
	for _, name := range slices.Sorted(maps.Keys(k.Amounts)) {
		k.one("amounts."+name, "flow_no_amount", k.names.Amounts, name)
		if _, err := money.ParseAmount(k.Amounts[name]); err != nil {
			k.fault("amounts."+name, "flow_amount", "found", k.Amounts[name])
		}
	}
	k.limits()
	k.rules()
	first := fieldsOfSchema(k.Actions[k.Begin].Form)
	if _, declared := k.Actions[k.Begin]; !declared {
		k.fault("begin", "flow_no_action", "name", k.Begin)
		return
	}
	k.one("number", "flow_no_field", first, k.Number)
	for _, party := range slices.Sorted(maps.Keys(k.Parties)) {
		field, known := k.Parties[party], first
		if action, name, later := strings.Cut(field, "."); later {
			field, known = name, fieldsOfSchema(k.Actions[action].Form)
		}
		k.one("parties."+party, "flow_no_field", known, field)
	}
	for _, party := range slices.Sorted(maps.Keys(k.Offices)) {
		if _, _, later := strings.Cut(k.Parties[party], "."); !later {
			k.fault("offices."+party, "flow_no_office", "name", party)
		}
	}
	for _, party := range slices.Sorted(maps.Keys(k.Instead)) {
		other := k.Instead[party]
		if _, known := k.Parties[party]; !known {
			k.fault("instead."+party, "flow_no_party", "name", party)
		}
		if _, _, later := strings.Cut(k.Parties[other], "."); !later {
			k.fault("instead."+party, "flow_no_office", "name", other)
		}
	}
}

func (k *checker) limits() {
	for _, name := range slices.Sorted(maps.Keys(k.Limits)) {
		most, known := k.names.Limits[name]
		switch found := k.Limits[name]; {
		case !known:
			k.fault("limits."+name, "flow_no_limit", "name", name)
		case found < 0 || found > most:
			k.fault("limits."+name, "flow_limit", "found", strconv.Itoa(found), "most", strconv.Itoa(most))
		}
	}
}

func (k *checker) action(place, name string, a *Action) {
	k.titled(place, a.Title)
	switch {
	case name == k.Begin && len(a.From) > 0:
		k.fault(place+".from", "flow_begin_from")
	case name == k.Begin && a.To == "":
		k.fault(place+".to", "flow_empty")
	case name != k.Begin && len(a.From) == 0:
		k.fault(place+".from", "flow_empty")
	}
	for _, state := range a.From {
		k.state(place+".from", state, true)
	}
	if a.To != "" {
		k.state(place+".to", a.To, false)
	}
	for _, b := range a.Branches {
		k.state(place+".branches", b.To, false)
		k.one(place+".branches", "flow_no_guard", k.names.Guards, b.When)
	}
	for _, guard := range a.Guards {
		k.one(place+".guards", "flow_no_guard", k.names.Guards, guard)
	}
	for _, guard := range a.Warns {
		k.one(place+".warns", "flow_no_guard", k.names.Guards, guard)
	}
	k.ruled(place, name, a)
	actions := slices.Collect(maps.Keys(k.Actions))
	for _, other := range a.NotBy {
		k.one(place+".not_by", "flow_no_action", actions, other)
	}
	if a.Answers != "" {
		k.one(place+".answers", "flow_no_action", actions, a.Answers)
	}
	if a.Times < 0 {
		k.fault(place+".times", "flow_negative", "found", strconv.Itoa(a.Times))
	}
	k.by(place, name, a)
	k.form(place+".form", a.Form)
	for _, e := range a.Effects {
		k.effect(place+".effects", name, &e)
	}
}

// by looks who may take an action. One of the system that no deadline brings is
// tried whenever something happens, so it takes a guard.
func (k *checker) by(place, name string, a *Action) {
	if len(a.By) == 0 {
		k.fault(place+".by", "flow_nobody")
	}
	for _, text := range a.By {
		k.right(place+".by", text)
	}
	passes := slices.ContainsFunc(slices.Collect(maps.Values(k.Timers)), func(t Timer) bool { return t.Pass == name })
	if slices.Contains(a.By, system) && !passes && len(a.Guards) == 0 && name != k.Begin {
		k.fault(place+".guards", "flow_unguarded")
	}
}

func (k *checker) right(place, text string) {
	r := parseRight(text)
	if _, known := roles[r.role]; !known {
		k.fault(place, "flow_no_role", "name", string(r.role))
	}
	if _, known := k.Parties[r.party]; r.party != "" && !known {
		k.fault(place, "flow_no_party", "name", r.party)
	}
}

// form looks at what every form needs: fields with titles, and no others.
func (k *checker) form(place string, form json.RawMessage) {
	if len(form) == 0 {
		return
	}
	var schema formSchema
	if err := json.Unmarshal(form, &schema); err != nil || schema.Type != "object" || string(schema.Additional) != "false" {
		k.fault(place, "flow_form")
		return
	}
	for _, field := range slices.Sorted(maps.Keys(schema.Properties)) {
		p := schema.Properties[field]
		if strings.TrimSpace(p.Title) == "" || strings.TrimSpace(p.English) == "" {
			k.fault(place+".properties."+field, "flow_no_field_title")
		}
	}
	for _, field := range schema.Required {
		if _, declared := schema.Properties[field]; !declared {
			k.fault(place+".required", "flow_no_field", "name", field)
		}
	}
}

// formSchema is what the engine looks at in a form's JSON Schema; what else it
// says, whoever compiles it checks.
type formSchema struct {
	Type       string               `json:"type"`
	Required   []string             `json:"required"`
	Properties map[string]formField `json:"properties"`
	Additional json.RawMessage      `json:"additionalProperties"`
}

type formField struct {
	Title   string `json:"title"`
	English string `json:"x-title"`
	Format  string `json:"format"`
}

// fieldsOfSchema lists the fields of a form, none where its schema cannot be read.
func fieldsOfSchema(form json.RawMessage) []string {
	var schema formSchema
	if json.Unmarshal(form, &schema) != nil {
		return nil
	}
	return slices.Sorted(maps.Keys(schema.Properties))
}

func (k *checker) effect(place, action string, e *Effect) {
	switch {
	case (e.Name == "") == (e.Sheet == ""):
		k.fault(place, "flow_effect")
	case e.Name != "":
		k.one(place, "flow_no_effect", k.names.Effects, e.Name)
		k.settings(place+"."+e.Name, e)
	case k.names.Sheets[e.Sheet] == nil:
		k.fault(place, "flow_no_sheet", "name", e.Sheet)
	default:
		for _, column := range slices.Sorted(maps.Keys(e.Row)) {
			k.one(place+"."+e.Sheet, "flow_no_column", k.names.Sheets[e.Sheet], column)
			for _, hole := range placeholder.FindAllString(e.Row[column], -1) {
				k.hole(place+"."+e.Sheet+"."+column, action, hole)
			}
		}
	}
}

func (k *checker) hole(place, action, hole string) {
	of, field, dotted := strings.Cut(strings.Trim(hole, "{}"), ".")
	known := slices.Contains([]string{"on", "instance", "step"}, of)
	switch {
	case dotted && of == "party":
		_, known = k.Parties[field]
	case dotted && of == "form":
		known = slices.Contains(fieldsOfSchema(k.Actions[action].Form), field)
	case dotted:
		known = slices.Contains(fieldsOfSchema(k.Actions[of].Form), field)
	}
	if !known {
		k.fault(place, "flow_no_hole", "name", hole)
	}
}
