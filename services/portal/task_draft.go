package portal

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"feisui/pkg/money"
	"feisui/pkg/web"
)

// This file is for who drafts what a head hands down (拟交办): the item, the form and the
// communities, as whoever hands it down has them, and kept until it is done. What a draft
// would come to, the API says with it.

const (
	draftFlow  = "draft"
	draftsPath = "/w/draft"
	draftBegin = draftsPath + "/new"
	draftEdit  = draftsPath + "/i/{instance}/edit"
)

// doSave is the button that keeps what was drafted.
const doSave = "save"

func (p *Portal) draftRoutes() {
	p.page("GET "+draftBegin, (*visit).draft)
	p.page("POST "+draftBegin, (*visit).drafted)
	p.page("GET "+draftEdit, (*visit).redraft)
	p.page("POST "+draftEdit, (*visit).redrafted)
}

// foreseen is what a draft would come to if it was issued now.
type foreseen struct {
	Entitlement *money.Fen    `json:"entitlement"`
	Tasks       []draftedTask `json:"tasks"`
	WhyNot      []words       `json:"why_not"`
}

// drafting is a draft that is being written.
type drafting struct {
	*assignment

	At, Back string
	Seen     int                       // the step that was seen last, 0 at the beginning
	Kept     map[string]map[string]any // what differs for a community, by its code, as it was kept
}

// drafting is made of what was sent; what is asked for elsewhere is no field of the form.
func (v *visit) drafting(action openAction, item *namedItem, values, sent url.Values) *drafting {
	d := &drafting{assignment: v.assignment(action, item, values, sent), At: v.r.URL.EscapedPath(), Back: draftsPath}
	d.Form.Fields = slices.DeleteFunc(d.Form.Fields, func(f field) bool { return f.Name == "no" || f.Name == "communities" })
	return d
}

// draft shows the catalogue, or the form of the item that was chosen from it.
func (v *visit) draft() error {
	action, err := v.beginning(draftFlow)
	if err != nil {
		return err
	}
	asked := v.r.URL.Query()
	item := v.directory().item(asked.Get("item"))
	if item == nil {
		c := v.itemsFound(asked)
		c.At = draftBegin
		return v.show(http.StatusOK, v.say("drafts.title"), pickItemPage(v, c))
	}
	return v.draftForm(http.StatusOK, v.drafting(action, item, prefilled(asked), asked), nil)
}

// drafted goes on choosing communities, or keeps the draft, once.
func (v *visit) drafted() error {
	action, err := v.beginning(draftFlow)
	if err != nil {
		return err
	}
	sent := v.r.PostForm
	item := v.directory().item(sent.Get("t.item"))
	if item == nil {
		return refusal(http.StatusUnprocessableEntity, "FORM", "unreadable")
	}
	d := v.drafting(action, item, sent, sent)
	if sent.Get("do") == doFind {
		return v.draftForm(http.StatusOK, d, nil)
	}
	body := d.draftBody(v)
	body["department"] = v.department()
	var begun struct {
		Instances []line `json:"instances"`
	}
	err = v.send(http.MethodPost, "/v1/counties/{county}/"+instancesOf(draftFlow), nil, sent.Get("request"), body, &begun)
	var wrong *web.Problem
	switch {
	case err == nil && len(begun.Instances) == 1:
		return elsewhere(begun.Instances[0].path() + "?done=drafted")
	case errors.As(err, &wrong) && mended(wrong):
		return v.draftForm(wrong.Status, d, wrong)
	}
	return err
}

// redrafting is a draft as it is, and how it may be written anew.
func (v *visit) redrafting() (*instance, *openAction, error) {
	v.r.SetPathValue("workflow", draftFlow)
	in, err := v.found()
	if err != nil {
		return nil, nil, err
	}
	action := openIn(in.Actions, "edit")
	if action == nil {
		return nil, nil, refusal(http.StatusNotFound, "NOT_OPEN", "not_open")
	}
	return in, action, nil
}

// redraft shows a draft in its form.
func (v *visit) redraft() error {
	in, action, err := v.redrafting()
	if err != nil {
		return err
	}
	values, item := v.draftValues(in)
	if item == nil {
		return v.pickAnew(in)
	}
	return v.draftForm(http.StatusOK, v.draftOf(in, *action, item, values, values), nil)
}

// pickAnew lets an item be chosen for a draft that has none that is known.
func (v *visit) pickAnew(in *instance) error {
	c := v.itemsFound(v.r.URL.Query())
	c.At = in.path() + "/edit"
	return v.show(http.StatusOK, v.say("drafts.title"), pickItemPage(v, c))
}

// redrafted goes on choosing communities, or keeps the draft unless it was written
// meanwhile: then what was typed stays, and who saves again has read what followed.
func (v *visit) redrafted() error {
	in, action, err := v.redrafting()
	if err != nil {
		return err
	}
	sent := v.r.PostForm
	item := v.directory().item(sent.Get("t.item"))
	if item == nil {
		return refusal(http.StatusUnprocessableEntity, "FORM", "unreadable")
	}
	d := v.draftOf(in, *action, item, sent, sent)
	if sent.Get("do") == doFind {
		if d.Seen, err = strconv.Atoi(sent.Get(seenField)); err != nil {
			return refusal(http.StatusUnprocessableEntity, "FORM", "unreadable")
		}
		return v.draftForm(http.StatusOK, d, nil)
	}
	err = v.step("edit", d.draftBody(v))
	var wrong *web.Problem
	switch {
	case err == nil:
		return elsewhere(in.path() + "?done=drafted")
	case errors.As(err, &wrong) && mended(wrong):
		return v.draftForm(wrong.Status, d, wrong)
	}
	return err
}

// draftOf is a draft that is being written anew.
func (v *visit) draftOf(in *instance, action openAction, item *namedItem, values, sent url.Values) *drafting {
	d := v.drafting(action, item, values, sent)
	d.Back, d.Seen, d.Kept = in.path(), in.Steps, in.drafted().communities()
	return d
}

// draftForm shows the form, with what was wrong with the last try.
func (v *visit) draftForm(status int, d *drafting, wrong *web.Problem) error {
	if wrong != nil {
		v.assignWrong(d.assignment, wrong)
	}
	return v.show(status, v.say("drafts.title"), draftPage(v, d))
}

// draftBody is what is sent to the API. What differs for a community and has no place in
// the page stays as it was kept.
func (d *drafting) draftBody(v *visit) map[string]any {
	form := filled(v.r.PostForm)
	delete(form, inputCommunity)
	each := make([]map[string]any, len(d.Chooser.Chosen))
	for i, code := range d.Chooser.Chosen {
		each[i] = map[string]any{inputCommunity: code}
		for name, value := range d.Kept[code] {
			if d.Own == nil || name != d.Own.Field.Name {
				each[i][name] = value
			}
		}
		if d.Own != nil && d.Own.By[code] != "" {
			each[i][d.Own.Field.Name] = d.Own.By[code]
		}
	}
	if len(each) > 0 {
		form["communities"] = each
	}
	return form
}

// draftFields is what a draft says, by the names of its fields.
type draftFields map[string]any

func (in *instance) drafted() draftFields {
	fields := draftFields{}
	if json.Unmarshal(in.Draft, &fields) != nil {
		return draftFields{} // it is none
	}
	return fields
}

// each lists its communities, in its order.
func (f draftFields) each() (all []map[string]any) {
	list, _ := f["communities"].([]any)
	for _, one := range list {
		if of, is := one.(map[string]any); is {
			all = append(all, of)
		}
	}
	return all
}

// communities are what differs for each, by code.
func (f draftFields) communities() map[string]map[string]any {
	by := map[string]map[string]any{}
	for _, one := range f.each() {
		by[fmt.Sprint(one[inputCommunity])] = one
	}
	return by
}

// draftValues are what stands in the inputs of a draft's form, and its item: another that
// was chosen for it, nil where none is known.
func (v *visit) draftValues(in *instance) (url.Values, *namedItem) {
	values, fields := url.Values{}, in.drafted()
	for name, value := range fields {
		if text, is := value.(string); is {
			values.Set(letterText+"."+name, text)
		}
	}
	if chosen := v.r.URL.Query().Get("item"); chosen != "" {
		values.Set("t.item", chosen)
	}
	item := v.directory().item(values.Get("t.item"))
	for _, one := range fields.each() {
		code := fmt.Sprint(one[inputCommunity])
		values.Add(inputCommunity, code)
		if item == nil {
			continue
		}
		if own, is := one[ownNames[item.Rule]].(string); is {
			values.Set("own."+code, own)
		}
	}
	return values, item
}

// draftContent is what a draft says now, as people read it.
func (v *visit) draftContent(in *instance) (list []pair) {
	fields, defined := in.drafted(), v.defined(in)
	for _, name := range orderOf(json.RawMessage(`{"properties":` + string(in.Draft) + `}`)) {
		if name != "no" && name != "department" && name != "communities" {
			list = append(list, pair{v.titleIn(defined, "edit", name), v.value(name, fields[name])})
		}
	}
	var names []string
	for _, one := range fields.each() {
		names = append(names, v.value("communities", one))
	}
	if len(names) > 0 {
		list = append(list, pair{v.say("drafts.communities", "count", count(len(names))), strings.Join(names, v.say("form.comma"))})
	}
	return list
}

// besideDraft is what a draft would come to.
func (v *visit) besideDraft(in *instance) (templ.Component, error) {
	if in.Foreseen == nil {
		return templ.NopComponent, nil
	}
	p := in.Foreseen.priced()
	for i, one := range in.drafted().each() {
		if i < len(p.Rows) {
			p.Rows[i].Community = fmt.Sprint(one[inputCommunity])
		}
	}
	return foreseenOf(v, p, in.Foreseen.WhyNot), nil
}

func (f *foreseen) priced() *priced {
	d := drafted{Entitlement: f.Entitlement, Instances: f.Tasks}
	return &priced{Total: d.Entitlement, Rows: d.rows(), Warnings: d.warnings()}
}

// foresees is what whoever submits or issues a draft looks at: what it costs, and which
// lamps it would light.
func (v *visit) foresees(in *instance) (list []pair) {
	if in.Foreseen == nil || len(in.Foreseen.WhyNot) > 0 {
		return nil
	}
	p, total := in.Foreseen.priced(), v.say("owed.unknown")
	if p.Total != nil {
		total = v.say("entries.yuan", "amount", p.Total.Yuan())
	}
	list = append(list, pair{v.say("assign.price"), total})
	for _, w := range p.Warnings {
		if w.Rule != "" {
			list = append(list, pair{v.ruleName(w.Rule), v.say("assign.warned", "count", count(w.Count), "what", v.say("rule."+w.Rule+"_is"))})
		}
	}
	return list
}
