package process

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"feisui/pkg/access"
	"feisui/pkg/workflow"
	"feisui/schemas"
)

// This file has what is pointed out with a step and has to be answered (须予答复).

// Rule is a rule of the county's, as people cite it: of the guard that warns by it.
type Rule struct {
	Code     string `json:"code"`     // R14
	Severity string `json:"severity"` // S1 (red), S2 (amber) or S3 (a notice)
}

// The severities, the heaviest first.
const (
	red    = "S1"
	amber  = "S2"
	notice = "S3"
)

var severities = []string{red, amber, notice}

// answered reports that what a rule finds is answered with the step: all but a notice.
func (r Rule) answered() bool { return r.Severity != notice }

// codeOfRule is how a rule is cited.
var codeOfRule = regexp.MustCompile(`^[A-Z][0-9]{1,3}$`)

// MustAnswer reports that what weighs so much is answered.
func MustAnswer(severity string) bool { return Rule{Severity: severity}.answered() }

// answering are the fields of a step's form by which whoever takes it answers what stands
// against it: its own, or where the form has none, the reason that the step takes anyhow.
var answering = []string{Explanation, "reason"}

// Explanation is the field that is there for nothing else.
const Explanation = "explanation"

// answeredBy gives the field by which a step is answered, "" where its form has none.
func (d *Definition) answeredBy(action string) string {
	fields := fieldsOfSchema(d.Actions[action].Form)
	for _, field := range answering {
		if slices.Contains(fields, field) {
			return field
		}
	}
	return ""
}

// pointed gives what the warning guards of a step say whose rules people cite, as it stands
// in the step's event for ever. Where something has to be answered, and the form does not, it
// refuses with all of that. A guard without a rule is said to whoever takes the step, and
// is not kept.
func (d *Definition) pointed(in *Instance, c *Command, dom Domain) (all []schemas.StepWarning, err error) {
	var unanswered workflow.Refusals
	var codes []string
	for _, name := range d.Actions[c.Action].Warns {
		rule, cited := d.Rules[name]
		if !cited {
			continue
		}
		var said workflow.Refusals
		if err := ask(name, in, c, dom, &said); err != nil {
			return nil, err
		}
		for _, r := range said {
			chinese, english := dom.Say(r.Expect)
			all = append(all, schemas.StepWarning{
				Rule: rule.Code, Severity: rule.Severity, Field: r.Field, Found: r.Found, Chinese: chinese, English: english,
			})
			if rule.answered() {
				unanswered, codes = append(unanswered, r), append(codes, rule.Code)
			}
		}
	}
	if unanswered == nil {
		return all, nil
	}
	fields, err := fieldsOf(c.Form)
	field := d.answeredBy(c.Action)
	if err != nil || strings.TrimSpace(fields[field]) != "" {
		return all, err
	}
	return nil, append(workflow.Refusals{workflow.Refuse(0, field, "", "must_answer", "rules", strings.Join(codes, ", "))}, unanswered...)
}

// ruled looks whether each step in which a rule must be answered has a place for it, and is no
// community's: nothing is asked of them.
func (k *checker) ruled(place, action string, a *Action) {
	for _, name := range a.Warns {
		if rule, cited := k.Rules[name]; cited && rule.answered() {
			if k.answeredBy(action) == "" {
				k.fault(place+".form", "flow_no_field", "name", Explanation)
			}
			if rightsOf(a, access.CommunityOfficer) != nil {
				k.fault(place+".warns", "flow_rule_community", "name", rule.Code)
			}
		}
	}
}

// rules looks at the rules themselves.
func (k *checker) rules() {
	for _, name := range slices.Sorted(maps.Keys(k.Rules)) {
		rule, place := k.Rules[name], "rules."+name
		k.one(place, "flow_no_guard", k.names.Guards, name)
		if !codeOfRule.MatchString(rule.Code) {
			k.fault(place+".code", "flow_rule_code", "found", rule.Code)
		}
		if !slices.Contains(severities, rule.Severity) {
			k.fault(place+".severity", "flow_severity", "found", rule.Severity)
		}
	}
}

// rules looks whether each rule is there, is cited as it was, and weighs no less.
func (l *loosened) rules() {
	for _, name := range slices.Sorted(maps.Keys(l.built.Rules)) {
		built := l.built.Rules[name]
		rule, kept := l.Rules[name]
		if !kept {
			l.fault("rules", "loose_kept", "name", name)
			continue
		}
		l.same("rules."+name+".code", rule.Code, built.Code)
		if slices.Index(severities, rule.Severity) > slices.Index(severities, built.Severity) {
			l.fault("rules."+name+".severity", "loose_severity", "found", rule.Severity, "least", built.Severity)
		}
	}
}

// Answer is what whoever took a step said of what was pointed out with it, "" where nothing
// had to be answered.
func (d *Definition) Answer(s *Step) string {
	fields, err := fieldsOf(s.Form)
	if err != nil || !slices.ContainsFunc(s.Warned, func(w schemas.StepWarning) bool { return MustAnswer(w.Severity) }) {
		return "" // its JSON Schema says that it is an object
	}
	return fields[d.answeredBy(s.Action)]
}
