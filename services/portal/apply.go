package portal

import (
	"errors"
	"net/http"
	"net/url"
	"slices"

	"feisui/pkg/web"
)

// This file applies for admission. The form is long: it asks first what kind of work
// it is, then for what applies to that, in groups; the rest can be opened.

const applyPath = "/w/admission/new"

func (p *Portal) applyRoutes() {
	p.page("GET "+applyPath, (*visit).apply)
	p.page("POST "+applyPath, (*visit).applied)
}

// applying is an application that is being filled in.
type applying struct {
	*acting

	Kind    string
	Urgent  bool // it began already, in an emergency
	Kinds   []string
	Chooser *chooser
	Groups  []applyGroup
}

// applyGroup is a part of the form.
type applyGroup struct {
	Key    string
	First  []field // what applies
	Others []field // what may
}

// applyGroups are the fields by the group that they stand in, in their order.
var applyGroups = []struct {
	key    string
	fields []string
}{
	{"what", []string{"no", "name", "item", "zone", "from", "to", "contact_section", "contact_post"}},
	{"papers", append([]string{"document", "document_title", "plan"}, applyEmergency...)},
	{"money", []string{"cost", "source", "rule", "rate", "quantity", "base", "amount"}},
	{"with", []string{"authority", "staff", "assessment", "side_effects", "frequency", "indicators", "attendance"}},
}

// applyEmergency are the fields of what began already, in an emergency.
var applyEmergency = []string{"emergency", "started_on", "emergency_event", "emergency_level", "emergency_document"}

// applySeldom are the fields that a kind seldom needs: of all kinds, and of some.
var applySeldom = map[string][]string{
	"":             append([]string{"base", "amount"}, applyEmergency...),
	"task":         {"zone", "frequency", "indicators", "attendance"},
	"organisation": {"zone", "item", "rule", "rate", "quantity", "frequency", "indicators", "attendance"},
	"plaque":       {"item", "rule", "rate", "quantity", "frequency", "indicators", "attendance"},
	"assessment":   {"zone", "item", "rule", "rate", "quantity", "attendance"},
	"training":     {"zone", "item", "rule", "rate", "quantity", "indicators"},
	"survey":       {"zone", "item", "rule", "rate", "quantity", "attendance"},
}

// must are fields that the definition asks for only of some: of a kind, or of all
// that is no emergency, which seldom is one.
func (a *applying) must(name string) bool {
	return a.Kind == "task" && name == "item" || a.Kind == "plaque" && name == "zone" ||
		a.Urgent && slices.Contains([]string{"started_on", "emergency_event", "emergency_level"}, name) ||
		!a.Urgent && slices.Contains([]string{"document", "document_title", "plan", "cost", "source"}, name)
}

// apply asks which kind of work it is, or shows the form for it.
func (v *visit) apply() error {
	action, err := v.beginning("admission")
	if err != nil {
		return err
	}
	asked := v.r.URL.Query()
	a := v.application(action, asked.Get("kind"), asked)
	if !slices.Contains(a.Kinds, a.Kind) {
		return v.show(http.StatusOK, v.in(action.Title), applyKindPage(v, a))
	}
	return v.applyForm(http.StatusOK, a, prefilled(asked), nil)
}

func (v *visit) application(action openAction, kind string, sent url.Values) *applying {
	a := &applying{acting: &acting{Back: "/w/admission", At: applyPath, Action: action, Request: newRequest()}, Kind: kind}
	a.Fields = fieldsOf(action.Form)
	a.Urgent = sent.Get("emergency") == "true" || sent.Get("b.emergency") == "true"
	a.Chooser = v.chooser(sent)
	a.Chooser.Whole = true
	for _, f := range a.Fields {
		if f.Name == "kind" {
			a.Kinds = f.Choices
		}
	}
	return a
}

// applied goes on choosing communities, or sends the application, once.
func (v *visit) applied() error {
	if err := v.r.ParseForm(); err != nil {
		return refusal(http.StatusBadRequest, "FORM", "unreadable")
	}
	action, err := v.beginning("admission")
	if err != nil {
		return err
	}
	sent := v.r.PostForm
	a := v.application(action, sent.Get("t.kind"), sent)
	if sent.Get("do") == doFind {
		return v.applyForm(http.StatusOK, a, sent, nil)
	}
	form := filled(sent)
	form["department"] = v.department()
	delete(form, "communities")
	switch {
	case a.Chooser.All:
		form["communities"] = []string{wholeCounty}
	case len(a.Chooser.Chosen) > 0:
		form["communities"] = a.Chooser.Chosen
	}
	if form["emergency"] != true {
		delete(form, "emergency") // nothing was ticked, and nothing is said
	}
	var begun struct {
		Instances []struct {
			Instance string `json:"instance"`
		} `json:"instances"`
	}
	err = v.send(http.MethodPost, "/v1/counties/{county}/workflows/admission/instances", nil, sent.Get("request"), form, &begun)
	var wrong *web.Problem
	switch {
	case err == nil && len(begun.Instances) > 0:
		return elsewhere(instancePath("admission", begun.Instances[0].Instance) + "?done=applied")
	case err == nil:
		return elsewhere("/w/admission?done=applied")
	case errors.As(err, &wrong) && mended(wrong):
		return v.applyForm(wrong.Status, a, sent, wrong)
	}
	return err
}

// applyForm shows the form in its groups.
func (v *visit) applyForm(status int, a *applying, values url.Values, wrong *web.Problem) error {
	a.Wrong = wrong
	a.Over = v.fill(a.Fields, values, wrong)
	byName := map[string]field{}
	for i := range a.Fields {
		f := a.Fields[i]
		f.Required = f.Required || a.must(f.Name)
		switch f.Name {
		case "item":
			f.List, f.Hint = "items", "apply.hint_item"
		case "communities":
			a.Chooser.Wrong, a.Fields[i].Input = f.Wrong, chooserID
		case "kind", "department": // which the form asks for nowhere
			a.Over, a.Fields[i].Wrong = append(a.Over, f.Wrong...), nil
		}
		byName[f.Name] = f
	}
	for _, g := range applyGroups {
		group := applyGroup{Key: g.key}
		for _, name := range g.fields {
			f, there := byName[name]
			delete(byName, name)
			switch {
			case !there:
			case a.Urgent && slices.Contains(applyEmergency, name):
				group.First = append(group.First, f)
			case slices.Contains(applySeldom[""], name) || slices.Contains(applySeldom[a.Kind], name):
				f.Required = false
				group.Others = append(group.Others, f)
			default:
				group.First = append(group.First, f)
			}
		}
		a.Groups = append(a.Groups, group)
	}
	for _, f := range a.Fields { // what a county's own definition asks for beside that
		own, left := byName[f.Name]
		if left && !slices.Contains([]string{"kind", "department", "communities"}, f.Name) {
			a.Groups[0].First = append(a.Groups[0].First, own)
		}
	}
	return v.show(status, v.in(a.Action.Title), applyPage(v, a))
}
