package act

import (
	"encoding/json"
	"slices"
	"strings"

	"feisui/pkg/civil"
	"feisui/pkg/workflow"
	"feisui/schemas"
	"feisui/services/evaluation"
	"feisui/services/process"
)

// This file has what the workflows of evaluation name, and what came of it.

// The workflows by which communities rate departments.
const (
	evaluationFlow = "evaluation"
	ratingFlow     = "rating"
)

// goesWith are workflows whose definition is adopted together with another's. Who
// rates first would be known by the adoption otherwise.
var goesWith = map[string]string{evaluationFlow: ratingFlow}

// The states of an evaluation, as its declaration has them.
const (
	periodOpened    = "open"
	periodPublished = "published"
)

// period is what the form says that opened one.
type period struct {
	Title       string   `json:"title"`
	From        string   `json:"from"`
	To          string   `json:"to"`
	Departments []string `json:"departments"`
	Words       bool     `json:"publish_words"`
}

func periodOf(form json.RawMessage) (p period) {
	if json.Unmarshal(form, &p) != nil {
		return period{} // its schema said what it is
	}
	return p
}

// evaluate takes in that a period began or ended, and what a community said. What
// is published is fixed by the entry that published it: by the ratings before it,
// and the communities of then.
func (f *Flows) evaluate(in *process.Instance) {
	switch {
	case in.Workflow == evaluationFlow && len(in.Steps) == 1:
		f.periods[in.ID] = evaluation.NewPeriod(periodOf(in.Form).Words)
	case in.Workflow == evaluationFlow && in.State == periodPublished:
		f.periods[in.ID].Publish(len(f.streets), periodOf(in.Form).Departments)
	case in.Workflow == ratingFlow && len(in.Steps) == 1:
		no, r := ratingOf(in.Form)
		if p := f.periods[no]; p != nil {
			p.Rate(r)
		}
	}
}

// ratingOf reads what a community said, and of which period. Every number of the
// form is a criterion's: a county's own version may have others.
func ratingOf(form json.RawMessage) (no string, r evaluation.Rating) {
	var fields map[string]json.RawMessage
	if json.Unmarshal(form, &fields) != nil {
		return "", r
	}
	r.Scores = map[string]int{}
	for name, value := range fields {
		var score int
		var text string
		switch {
		case json.Unmarshal(value, &score) == nil && string(value) != "null":
			r.Scores[name] = score
		case json.Unmarshal(value, &text) != nil:
		case name == "period":
			no = text
		case name == "department":
			r.Department = text
		case name == "word":
			r.Word = strings.TrimSpace(text)
		}
	}
	return no, r
}

// periodSound refuses a period that ends before it begins or before today, and
// departments that are not there.
func periodSound(l *look) error {
	p := periodOf(l.command.Form)
	first := l.command.On
	if from, err := civil.Parse(p.From); err == nil { // an extension has none
		first = max(first, from)
	}
	var refused workflow.Refusals
	if to, err := civil.Parse(p.To); err == nil && to < first { // none where it is asked what may be done
		refused = append(refused, workflow.Refuse(0, "to", p.To, "period_ends", "first", first.String()))
	}
	for _, code := range p.Departments {
		if !l.past.Has("department/" + code) {
			refused = append(refused, workflow.Refuse(0, "departments", code, "no_department"))
		}
	}
	return refused.Err()
}

// periodOpen refuses a rating outside of its period. The period's end is looked for
// too, since the entry that ends it comes a moment after the day began.
func periodOpen(l *look) error {
	no := l.form["period"]
	in := l.county.Flows.Instance(evaluationFlow, no)
	if in == nil || in.State != periodOpened {
		return workflow.Refusals{workflow.Refuse(0, "period", no, "no_period")}
	}
	p := periodOf(in.Form)
	from, err := civil.Parse(p.From)
	if err != nil {
		return err
	}
	to := from
	for _, r := range in.Running {
		to = max(to, r.DueOn)
	}
	if on := l.command.On; on < from || on > to {
		return workflow.Refusals{workflow.Refuse(0, "period", no, "not_in_period", "from", from.String(), "to", to.String())}
	}
	department := l.form["department"]
	if len(p.Departments) > 0 && !slices.Contains(p.Departments, department) || !l.past.Has("department/"+department) {
		return workflow.Refusals{workflow.Refuse(0, "department", department, "not_evaluated")}
	}
	return nil
}

// ratedOnce refuses another number than that of what is rated: under another, a
// community could speak twice.
func ratedOnce(l *look) error {
	want := l.form["period"] + "/" + l.form["community"] + "/" + l.form["department"]
	if l.id() != want {
		return workflow.Refusals{workflow.Refuse(0, "no", l.id(), "rating_number", "no", want)}
	}
	return nil
}

// Evaluation is what came of a period.
type Evaluation struct {
	Instance process.Instance
	Title    string
	From, To civil.Date
	evaluation.Results

	Criteria map[string]process.Text // what criteria are called
}

// Evaluation gives what came of a period: ErrNone where there is none, a refusal
// before its results are published.
func (c *County) Evaluation(no string) (*Evaluation, error) {
	in := c.Flows.Instance(evaluationFlow, no)
	if in == nil {
		return nil, ErrNone
	}
	p := periodOf(in.Form)
	if !c.Flows.periods[no].Published() {
		return nil, workflow.Refusals{workflow.Refuse(0, process.FieldState, in.State, "not_published", "no", no)}
	}
	from, err := civil.Parse(p.From)
	if err != nil {
		return nil, err
	}
	e := &Evaluation{Instance: *in, Title: p.Title, From: from, Results: c.Flows.periods[no].Results(), Criteria: map[string]process.Text{}}
	for _, s := range in.Steps {
		if s.Event == (schemas.InstanceDeadlinePassed{}).Type() {
			e.To = s.DueOn
		}
	}
	return e, c.criteria(e)
}

// criteria reads what criteria are called from the forms by which they were filled
// in.
func (c *County) criteria(e *Evaluation) error {
	versions := c.Flows.adopted[ratingFlow]
	for _, d := range versions {
		var form struct {
			Properties map[string]struct {
				Title   string `json:"title"`
				English string `json:"x-title"`
			} `json:"properties"`
		}
		if err := json.Unmarshal(d.Actions[d.Begin].Form, &form); err != nil {
			return err
		}
		for name, p := range form.Properties {
			e.Criteria[name] = process.Text{Chinese: p.Title, English: p.English}
		}
	}
	return nil
}
