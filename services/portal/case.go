package portal

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/a-h/templ"

	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/pkg/web"
)

// This file shows beside a case what it is about: the flag, and the task with what is
// owed of it.

// figuresBeside is what a workflow's page shows beside what all do.
func (v *visit) figuresBeside(in *instance) (templ.Component, error) {
	switch in.Workflow {
	case "evaluation":
		return v.besideEvaluation(in)
	case draftFlow:
		return v.besideDraft(in)
	case "case":
		return v.besideCase(in)
	case "period":
		return v.besidePeriod(in)
	default:
		return templ.NopComponent, nil
	}
}

func (v *visit) besideCase(in *instance) (templ.Component, error) {
	m, err := v.matter(in)
	return matterOf(v, m), err
}

// matter is what a case is about.
type matter struct {
	Rule       string     `json:"rule"`
	Subject    string     `json:"subject"`
	Department string     `json:"department"`
	Community  string     `json:"community"`
	Amount     string     `json:"amount"`
	Since      civil.Date `json:"since"`
	Lamp       string     `json:"lamp"`
	Before     string     `json:"before"`

	Stands bool // a flag of it does
	Day    civil.Date
	Task   *taskOwed // nil where it is about no task
	About  string    // where what it is about is shown
}

// taskOwed is a task with who owes what of it, as the API has it as a whole.
type taskOwed struct {
	listedTask

	Day civil.Date `json:"day"`
	Fee struct {
		Words words `json:"words"`
	} `json:"fee"`
	Obligations []struct {
		Payer     string     `json:"payer"`
		Amount    money.Fen  `json:"amount"`
		DueEnd    civil.Date `json:"due_end"`
		DaysLate  int        `json:"days_late"`
		Allocated money.Fen  `json:"allocated"`
		Shortfall money.Fen  `json:"shortfall"`
	} `json:"obligations"`
	Money struct {
		Paid      money.Fen `json:"paid"`
		Held      money.Fen `json:"held"`
		InTransit money.Fen `json:"in_transit"`
		Confirmed money.Fen `json:"confirmed"`
	} `json:"money"`
}

// aboutFlows are the workflows of what flags are about, other than tasks, by the
// beginning of a rule's name.
var aboutFlows = map[string]string{
	"commitment_": "commitment", "retained": "payment", "unconfirmed": "payment", "diverted": "payment", "unlinked": "payment", "plaque_": "plaque",
	"outside_work": "outside_work", "relay_unnamed": "outside_work", "emergency_": "admission",
}

func (v *visit) matter(in *instance) (*matter, error) {
	m := &matter{Stands: len(in.Flags) > 0}
	if err := json.Unmarshal(in.Form, m); err != nil {
		return nil, err
	}
	for beginning, flow := range aboutFlows {
		if strings.HasPrefix(m.Rule, beginning) {
			m.About = instancePath(flow, m.Subject)
			return m, nil
		}
	}
	if !v.may("task") {
		return m, nil
	}
	task := &taskOwed{}
	err := v.get("/v1/counties/{county}/tasks/"+url.PathEscape(m.Subject), nil, task)
	var none *web.Problem
	switch {
	case err == nil:
		m.Task, m.Day, m.About = task, task.Day, taskPath(m.Subject)
	case errors.As(err, &none) && none.Status == http.StatusNotFound: // not of who looks
	default:
		return nil, err
	}
	return m, nil
}
