package portal

import (
	"net/http"
	"net/url"

	"feisui/pkg/civil"
)

// This file is the list of what must be answered (须答复的提示): of which rule, by whom, and
// whether and how it was. It compares departments, never communities.

func (p *Portal) warningRoutes() {
	p.page("GET /warnings", (*visit).warnings)
}

// toAnswer is one in the list.
type toAnswer struct {
	Rule       string     `json:"rule"`
	Severity   string     `json:"severity"`
	Department string     `json:"department"`
	Community  string     `json:"community"`
	Workflow   string     `json:"workflow"`
	Instance   string     `json:"instance"`
	Item       string     `json:"item"`
	What       string     `json:"what"`
	On         civil.Date `json:"on"`
	Found      words      `json:"found"`
	State      string     `json:"state"`
	Answer     string     `json:"answer"`
	AnsweredOn civil.Date `json:"answered_on"`
	Case       string     `json:"case"`
}

// lamp is how a severity is shown.
func (w *toAnswer) lamp() string {
	if w.Severity == "S1" {
		return "red"
	}
	return "yellow"
}

// cited is a rule's code with its short name, where it has one.
func (v *visit) cited(code string) string {
	if key := "warnings.rule_" + code; says(key) {
		return code + " " + v.say(key)
	}
	return code
}

// answerCounts is how many of whom were answered.
type answerCounts struct {
	Department string `json:"department"`
	Answered   int    `json:"answered"`
	Unanswered int    `json:"unanswered"`
	Settled    int    `json:"settled"`
}

// toAnswerList is a page of them and how it was asked for.
type toAnswerList struct {
	Day         civil.Date     `json:"day"`
	Warnings    []toAnswer     `json:"warnings"`
	Total       int            `json:"total"`
	Departments []answerCounts `json:"departments"`
	Next        string         `json:"next"`

	Asked url.Values
}

// answerStates are in which of them something can be, the most pressing first.
var answerStates = []string{"unanswered", "answered", "settled"}

func (v *visit) warnings() error {
	given := v.r.URL.Query()
	l := toAnswerList{Asked: chosen(given, []string{"department", "rule", "state"})}
	query := copied(l.Asked)
	setGiven(query, "after", given.Get("after"))
	if err := v.get("/v1/counties/{county}/warnings", query, &l); err != nil {
		return err
	}
	v.asOf.day = l.Day
	return v.show(http.StatusOK, v.say("warnings.title"), warningsPage(v, &l))
}

// at is the list with another filter; "" takes it away.
func (l *toAnswerList) at(filter, value string) string {
	query := copied(l.Asked)
	if query.Set(filter, value); value == "" {
		query.Del(filter)
	}
	return withQuery("/warnings", query)
}
