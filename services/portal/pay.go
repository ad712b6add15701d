package portal

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"feisui/pkg/civil"
	"feisui/pkg/web"
)

// This file promises, pays, and says what a line of a statement was for: forms in
// which the task is chosen from what is owed, and the rest follows from it.

func (p *Portal) payRoutes() {
	for _, flow := range []string{"commitment", "payment"} {
		p.page("GET /w/"+flow+"/new", func(v *visit) error { return v.payForm(http.StatusOK, flow, nil) })
		p.page("POST /w/"+flow+"/new", func(v *visit) error { return v.paid(flow) })
	}
	p.page("GET /w/bank_line/i/{instance}/place", func(v *visit) error { return v.placeForm(http.StatusOK, nil) })
	p.page("POST /w/bank_line/i/{instance}/place", (*visit).place)
}

// paying is a form about money for a task.
type paying struct {
	*acting

	Choose bool       // a task may be chosen from what is owed
	Owed   []owedPart // the task's parts, where one was chosen; else some to choose from
	Task   string
	More   int // how many parts are not shown
	Line   []pair
	Day    civil.Date
}

// payShown is how many parts are offered at once; others are found in the list of tasks.
const payShown = "20"

// owedOf asks what is owed of a task, or of everything within the scope.
func (v *visit) owedOf(query url.Values) (owedAnswer, error) {
	var o owedAnswer
	if !v.may("owed") {
		return o, nil
	}
	return o, v.get("/v1/counties/{county}/owed", query, &o)
}

// offered puts into a form what may be chosen: the parts of the task, or some.
func (v *visit) offered(p *paying, task, payer string) error {
	query := url.Values{"limit": {payShown}}
	setGiven(query, "payer", payer)
	if p.Task = task; task != "" {
		query.Set("limit", "1000")
	}
	o, err := v.owedOf(query)
	if err != nil {
		return err
	}
	p.Owed, p.More, p.Day = o.Owed, o.Total.Parts-len(o.Owed), o.Day
	for task != "" {
		for _, part := range o.Owed {
			if part.Task == task {
				p.Owed, p.More = []owedPart{part}, 0
				return nil
			}
		}
		if o.Next == "" {
			p.Owed, p.More = nil, 0
			return nil
		}
		query.Set("after", o.Next)
		if o, err = v.owedOf(query); err != nil {
			return err
		}
	}
	return nil
}

// payForm shows the form of a promise or a payment.
func (v *visit) payForm(status int, flow string, wrong *web.Problem) error {
	action, err := v.beginning(flow)
	if err != nil {
		return err
	}
	asked := v.r.URL.Query()
	p := &paying{acting: &acting{Back: "/w/" + flow, At: v.r.URL.RequestURI(), Action: action, Request: newRequest()}, Choose: true}
	if err := v.offered(p, asked.Get("task"), asked.Get("payer")); err != nil {
		return err
	}
	values := v.r.PostForm
	if wrong == nil {
		values = prefilled(asked)
		v.fillFrom(values, flow, p)
	}
	v.finish(p, values, wrong)
	return v.show(status, v.in(action.Title), payPage(v, p))
}

// fillFrom writes into a form what the task that was chosen says.
func (v *visit) fillFrom(values url.Values, flow string, p *paying) {
	if v.ofDepartment() {
		values.Set("t.department", v.department())
	}
	if p.Day.Given() && values.Get("t.paid_on") == "" {
		values.Set("t.paid_on", p.Day.String())
	}
	if p.Task == "" || len(p.Owed) == 0 {
		return
	}
	part := p.Owed[0]
	values.Set("t.community", part.Community)
	values.Set("t.purpose", "task:"+part.Task)
	values.Set("t.amount", part.Shortfall.Yuan())
	if flow == "payment" {
		values.Set("t.payer", part.Payer)
		values.Set("t.payee", part.Community)
	}
}

// finish fills in the fields, and gives them what may be chosen.
func (v *visit) finish(p *paying, values url.Values, wrong *web.Problem) {
	p.Fields, p.Wrong = fieldsOf(p.Action.Form), wrong
	v.byName(p.Fields, "")
	p.Over = v.fill(p.Fields, values, wrong)
	for i := range p.Fields {
		f := &p.Fields[i]
		if f.Kind == kindPick { // nothing is typed
			continue
		}
		switch f.Name {
		case "payer", "payee", "department":
			f.List, f.Hint = partiesID, "pay.hint_party"
		case "community":
			f.List, f.Hint = "communities", "pay.hint_community"
		case "purpose":
			f.List, f.Hint = "purposes", "pay.hint_purpose"
		case "upstream":
			f.Hint = "pay.hint_upstream"
		}
	}
}

// paid sends a promise or a payment, once.
func (v *visit) paid(flow string) error {
	if err := v.r.ParseForm(); err != nil {
		return refusal(http.StatusBadRequest, "FORM", "unreadable")
	}
	var begun struct {
		Instances []struct {
			Instance string `json:"instance"`
		} `json:"instances"`
	}
	path := "/v1/counties/{county}/workflows/" + flow + "/instances"
	err := v.send(http.MethodPost, path, nil, v.r.PostForm.Get("request"), filled(v.r.PostForm), &begun)
	var wrong *web.Problem
	switch {
	case err == nil && len(begun.Instances) > 0:
		return elsewhere(instancePath(flow, begun.Instances[0].Instance) + "?done=begun")
	case err == nil:
		return elsewhere("/w/" + flow + "?done=begun")
	case errors.As(err, &wrong) && mended(wrong):
		return v.payForm(wrong.Status, flow, wrong)
	}
	return err
}

// placeForm shows a line of a statement, and asks whom and what it was for.
func (v *visit) placeForm(status int, wrong *web.Problem) error {
	v.r.SetPathValue("workflow", "bank_line")
	v.r.SetPathValue("action", "place")
	in, err := v.found()
	if err != nil {
		return err
	}
	i := slices.IndexFunc(in.Actions, func(a openAction) bool { return a.Action == "place" })
	if i < 0 {
		if wrong != nil {
			return v.wentOn(status, in, wrong)
		}
		return refusal(http.StatusNotFound, "NOT_OPEN", "not_open")
	}
	asked := v.r.URL.Query()
	p := &paying{acting: &acting{Back: "/pool", At: v.r.URL.RequestURI(), Name: in.Instance, Action: in.Actions[i], Request: newRequest(), Seen: in.Steps}}
	p.Line = append(v.partyList(in.Parties), v.filledIn(in)...)
	if err := v.offered(p, asked.Get("task"), in.Parties["payer"]); err != nil {
		return err
	}
	p.Choose = true
	values := v.r.PostForm
	if wrong == nil {
		values = passedOn(in)
		if p.Task != "" && len(p.Owed) > 0 {
			values.Set("t.payee", p.Owed[0].Community)
			values.Set("t.community", p.Owed[0].Community)
			values.Set("t.purpose", "task:"+p.Task)
		}
	}
	v.finish(p, values, wrong)
	return v.show(status, v.in(p.Action.Title), payPage(v, p))
}

// passedOn fills in what a line of a statement says that it passes on: left out, its money
// would be the payer's own.
func passedOn(in *instance) url.Values {
	var line struct {
		Upstream string `json:"upstream"`
	}
	if json.Unmarshal(in.Form, &line) != nil || line.Upstream == "" {
		return url.Values{}
	}
	return url.Values{"t.upstream": {line.Upstream}}
}

func (v *visit) place() error {
	v.r.SetPathValue("workflow", "bank_line")
	if err := v.r.ParseForm(); err != nil {
		return refusal(http.StatusBadRequest, "FORM", "unreadable")
	}
	err := v.step("place", filled(v.r.PostForm))
	var wrong *web.Problem
	switch {
	case err == nil:
		return elsewhere("/pool?done=placed")
	case errors.As(err, &wrong) && mended(wrong):
		return v.placeForm(wrong.Status, wrong)
	}
	return err
}

// forTask is this form with a task chosen.
func (v *visit) forTask(part *owedPart) string {
	return v.r.URL.EscapedPath() + "?" + url.Values{"task": {part.Task}, "payer": {part.Payer}}.Encode()
}
