package act

import (
	"cmp"
	"slices"

	"feisui/pkg/access"
	"feisui/pkg/civil"
	"feisui/pkg/message"
	"feisui/schemas"
	"feisui/services/oversight"
	"feisui/services/process"
)

// This file lists what was pointed out and must be answered (须答复的提示): what a step was
// taken in spite of, which is answered with it, and the matters of raised.go, which are
// answered in their cases. Notices (S3) ask for no answer and are not among them.

// pointed is all of it, in the order of entries.
type pointed struct {
	all    []point
	raised map[[2]string]bool // matters, by rule and subject: each is pointed out once
}

// point is a warning of a step, or a matter.
type point struct {
	in   *process.Instance
	step int // from 1; of a matter that which raised it
	of   int // the warning among those of the step
	flag *schemas.FlagRaised
}

// step keeps what was pointed out with the last step of an instance.
func (p *pointed) step(in *process.Instance) {
	for i, w := range in.Steps[len(in.Steps)-1].Warned {
		if process.MustAnswer(w.Severity) {
			p.all = append(p.all, point{in: in, step: len(in.Steps), of: i})
		}
	}
}

// raise keeps a matter.
func (p *pointed) raise(in *process.Instance, m schemas.FlagRaised) {
	key := [2]string{m.Rule, m.Subject}
	if p.raised[key] {
		return
	}
	if p.raised == nil {
		p.raised = map[[2]string]bool{}
	}
	p.raised[key] = true
	p.all = append(p.all, point{in: in, step: len(in.Steps), flag: &m})
}

// Whether what was pointed out was answered.
const (
	Answered   = "answered"
	Unanswered = "unanswered"
	Settled    = "settled" // nobody asks for an answer any more: its reason went, or the case was waived or annulled
)

// Pointed is something that was pointed out and must be answered.
type Pointed struct {
	Place       int // among all, from 1: later ones are greater, and it stays what it is
	Rule        string
	Severity    string
	Responsible string // who answers: the office that took the step, or that a matter is about
	Community   string // "" where it is about none
	Key         Key    // the instance
	Item        string // "" where it is of none
	What        string // was given outside of the system, as its community says
	On          civil.Date
	Chinese     string // what was found
	English     string
	State       string // Answered, Unanswered or Settled
	Answer      string // "" unless answered
	AnsweredOn  civil.Date
	Case        string // in which it is answered; "" where it was with the step, or no case opened yet
}

// Order is where it stands in the list, lowest first: what is not answered before what is,
// red before amber, and the latest first.
func (p *Pointed) Order() int {
	const places = 1 << 40
	rank := 0
	if p.State != Unanswered {
		rank += 2
	}
	if p.Severity != "S1" {
		rank++
	}
	return (rank+1)*places - p.Place
}

// Pointed lists what was pointed out and must be answered by somebody within a scope, in
// its Order.
func (c *County) Pointed(scope access.Scope) (list []Pointed) {
	for i := range slices.Backward(c.Flows.pointed.all) {
		p, say := &c.Flows.pointed.all[i], c.Flows.warned
		if p.flag != nil {
			say = c.Flows.word
		}
		if one := say(p); c.sees(scope, one.Responsible) && !c.hidden(p.in) {
			one.Place = i + 1
			list = append(list, one)
		}
	}
	slices.SortFunc(list, func(a, b Pointed) int { return cmp.Compare(a.Order(), b.Order()) })
	return list
}

// hidden reports that an instance is kept from whoever asks by its definition, which says who sees it.
func (c *County) hidden(in *process.Instance) bool {
	d := c.Flows.definition(in)
	if d == nil {
		return false
	}
	shown, said := d.Shown(d.Concerned(in), c.Who, &domain{county: c})
	return said && !shown
}

// Outside counts the work that was given outside the system, by who answers for it: as
// upheld, or admitted and not issued in time. What its community took back, or was not
// upheld in the end, does not count.
func (f *Flows) Outside() map[string]int {
	n := map[string]int{}
	for _, p := range f.pointed.all {
		if p.flag != nil && p.flag.Rule == oversight.OutsideWork && !slices.Contains([]string{"withdrawn", "unfounded"}, p.in.State) {
			n[p.flag.Responsible]++
		}
	}
	return n
}

// warned is what was pointed out with a step, which its answer let pass.
func (f *Flows) warned(p *point) Pointed {
	step, parties := &p.in.Steps[p.step-1], f.concerned(p.in)
	w, answer := &step.Warned[p.of], ""
	if d := f.definition(p.in); d != nil {
		answer = d.Answer(step)
	}
	return Pointed{
		Rule: w.Rule, Severity: w.Severity, Responsible: cmp.Or(step.Office, parties["department"]), Community: parties["community"],
		Key: Key{p.in.Workflow, p.in.ID}, Item: parties["item"], On: step.On, Chinese: w.Chinese, English: w.English,
		State: Answered, Answer: answer, AnsweredOn: step.On,
	}
}

// word is a matter with the last word of whoever answers for it.
func (f *Flows) word(p *point) Pointed {
	m := oversight.Of(p.flag.Rule, p.flag.Subject, p.flag.Responsible)
	found := message.Text{Key: "pointed_" + p.flag.Rule}
	is := Pointed{
		Responsible: m.Responsible, Community: f.concerned(p.in)["community"], Key: Key{p.in.Workflow, p.in.ID}, On: p.flag.Since,
		What:    fieldsOf(p.in.Form)["what"],
		Chinese: Say(message.Chinese, found), English: Say(message.English, found), State: Unanswered, Case: f.cases.Last(m),
	}
	is.Rule, is.Severity = oversight.Cited(p.flag.Rule)
	if in := f.instances[caseFlow][is.Case]; in != nil {
		for i := range slices.Backward(in.Steps) {
			if s := &in.Steps[i]; slices.Contains(answers, s.Action) {
				is.State, is.Answer, is.AnsweredOn = Answered, fieldsOf(s.Form)["text"], s.On
				return is
			}
		}
	}
	if len(f.cases.Stands(m)) == 0 || f.cases.Left(m) != "" {
		is.State = Settled
	}
	return is
}
