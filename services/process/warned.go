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

// Explanation is the field of a step's form by which whoever takes it answers what stands
// against it.
const Explanation = "explanation"

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
	fields, err := fieldsOf(c.Form)
	if err != nil || unanswered == nil || strings.TrimSpace(fields[Explanation]) != "" {
		return all, err
	}
	return nil, append(workflow.Refusals{workflow.Refuse(0, Explanation, "", "must_answer", "rules", strings.Join(codes, ", "))}, unanswered...)
}

// ruled looks whether each step in which a rule must be answered has a place for it, and is no
// community's: nothing is asked of them.
func (k *checker) ruled(place string, a *Action) {
	for _, name := range a.Warns {
		if rule, cited := k.Rules[name]; cited && rule.answered() {
			k.one(place+".form", "flow_no_field", fieldsOfSchema(a.Form), Explanation)
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
func (s *Step) Answer() string {
	fields, err := fieldsOf(s.Form)
	if err != nil || !slices.ContainsFunc(s.Warned, func(w schemas.StepWarning) bool { return MustAnswer(w.Severity) }) {
		return "" // its JSON Schema says that it is an object
	}
	return fields[Explanation]
}
