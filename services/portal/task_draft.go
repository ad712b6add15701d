package portal

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
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
	Unanswered  bool          `json:"unanswered"` // which is why
}

// draftLine is a draft as a list has it.
type draftLine struct {
	Item        string `json:"item"`
	Task        string `json:"task"`
	Communities int    `json:"communities"`
}

// drafting is a draft that is being written.
type drafting struct {
	*assignment

	At, Back string
	Seen     int                       // the step that was seen last, 0 at the beginning
	Kept     map[string]map[string]any // what differs for a community, by its code, as it was kept
	Differs  []differing               // what another wrote meanwhile
}

// differing is something that a draft says by now, and what was typed instead.
type differing struct{ Name, Now, Typed string }

// drafting is made of what was sent; what is asked for elsewhere is no field of the form.
func (v *visit) drafting(action openAction, item *namedItem, values, sent url.Values) *drafting {
	d := &drafting{assignment: v.assignment(action, item, values, sent), At: v.r.URL.EscapedPath() + "?item=" + url.QueryEscape(item.Code), Back: draftsPath}
	d.Form.Fields = slices.DeleteFunc(d.Form.Fields, func(f field) bool { return f.Name == "no" || f.Name == "communities" })
	return d
}

// key is under which a browser keeps what is typed: over what another wrote since, it is not
// put back.
func (d *drafting) key() string {
	if d.Seen == 0 {
		return d.At
	}
	return d.At + "#" + strconv.Itoa(d.Seen)
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

// redrafting is a draft as it is, and how it may be written anew, nil where it may not.
func (v *visit) redrafting() (*instance, *openAction, error) {
	v.r.SetPathValue("workflow", draftFlow)
	in, err := v.found()
	if err != nil {
		return nil, nil, err
	}
	return in, openIn(in.Actions, "edit"), nil
}

// unopen shows a draft to whoever would write it when it may not be, with what they typed.
func (v *visit) unopen(in *instance) error {
	return v.wentOn(http.StatusNotFound, in, refusal(http.StatusNotFound, "NOT_OPEN", "not_open"))
}

// redraft shows a draft in its form.
func (v *visit) redraft() error {
	in, action, err := v.redrafting()
	if err != nil {
		return err
	}
	if action == nil {
		return refusal(http.StatusNotFound, "NOT_OPEN", "not_open")
	}
	if in.drafted().bySheet() {
		return elsewhere(in.path() + "/sheet")
	}
	values, item := v.draftValues(in)
	if item == nil {
		return v.pickAnew(in)
	}
	d := v.draftOf(in, *action, item, values, values)
	if in.Foreseen != nil && in.Foreseen.Unanswered {
		for i := range d.Form.Fields {
			if f := &d.Form.Fields[i]; f.Name == "explanation" {
				for _, why := range in.Foreseen.WhyNot {
					f.Wrong = append(f.Wrong, v.in(why))
				}
			}
		}
	}
	return v.draftForm(http.StatusOK, d, nil)
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
	if action == nil {
		return v.unopen(in)
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
	body := d.draftBody(v)
	err = v.step("edit", body)
	var wrong *web.Problem
	switch {
	case err == nil:
		return elsewhere(in.path() + "?done=drafted")
	case errors.As(err, &wrong) && wrong.Code == "VERSION_CONFLICT":
		if in, err = v.found(); err != nil {
			return err
		}
		d.Seen, d.Kept = in.Steps, in.drafted().communities()
		if d.Differs, err = v.differs(in, body); err != nil {
			return err
		}
		return v.draftForm(wrong.Status, d, wrong)
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

// differs lists where a draft does not say what was typed, field by field, and community by
// community.
func (v *visit) differs(in *instance, body map[string]any) (list []differing, err error) {
	now, defined := in.drafted(), v.defined(in)
	text, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	var typed draftFields
	if err := json.Unmarshal(text, &typed); err != nil {
		return nil, err
	}
	add := func(name, was, is string) {
		if was != is {
			list = append(list, differing{name, cmp.Or(was, v.say("drafts.none")), cmp.Or(is, v.say("drafts.none"))})
		}
	}
	said := func(f draftFields, name string) string {
		if value, there := f[name]; there {
			return v.value(name, value)
		}
		return ""
	}
	names := slices.Concat(slices.Collect(maps.Keys(now)), slices.Collect(maps.Keys(typed)))
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if name != "communities" && name != "no" && name != "department" {
			add(v.titleIn(defined, "edit", name), said(now, name), said(typed, name))
		}
	}
	was, is := now.communities(), typed.communities()
	codes := slices.Concat(slices.Collect(maps.Keys(was)), slices.Collect(maps.Keys(is)))
	slices.Sort(codes)
	chosen := func(f map[string]map[string]any, code string) string {
		if one, there := f[code]; there {
			return v.value("communities", one)
		}
		return ""
	}
	for _, code := range slices.Compact(codes) {
		add(v.name(code), chosen(was, code), chosen(is, code))
	}
	return list, nil
}

// made are the numbers of the tasks that a draft became, of one that numbers them.
func (f draftFields) made() (numbers []string) {
	no, _ := f["task"].(string)
	each := f.each()
	for i, one := range each {
		own, _ := one["no"].(string)
		switch {
		case own != "":
			numbers = append(numbers, own)
		case no != "" && len(each) == 1:
			numbers = append(numbers, no)
		case no != "":
			numbers = append(numbers, no+"-"+strconv.Itoa(i+1))
		}
	}
	return numbers
}

// mendable says of a form what stands against it, and where that is mended by who may.
func (in *instance) mendable(a *acting) {
	if in.Foreseen == nil || len(in.Foreseen.WhyNot) == 0 || a.Action.Action != "submit" && a.Action.Action != "issue" {
		return
	}
	a.WhyNot, a.Mend = in.Foreseen.WhyNot, in.mend()
}

// mend is where a draft is mended, "" where who looks does not.
func (in *instance) mend() string {
	switch {
	case openIn(in.Actions, "edit") == nil:
		return ""
	case in.drafted().bySheet():
		return in.path() + "/sheet"
	case in.Foreseen.Unanswered:
		return in.path() + "/edit#" + letterText + ".explanation"
	}
	return in.path() + "/edit"
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
	var names []string
	for _, f := range defined.fields {
		names = append(names, f.Name)
	}
	for _, name := range orderOf(json.RawMessage(`{"properties":` + string(in.Draft) + `}`)) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, name := range names {
		if value, there := fields[name]; there && name != "no" && name != "department" && name != "communities" {
			list = append(list, pair{v.titleIn(defined, "edit", name), v.value(name, value)})
		}
	}
	if fields.bySheet() {
		return append(list, v.sheetContent(defined, fields)...)
	}
	var communities []string
	for _, one := range fields.each() {
		communities = append(communities, v.value("communities", one))
	}
	if n := len(communities); n > 0 {
		list = append(list, pair{v.say("drafts.communities", "count", count(n)), strings.Join(communities, v.say("form.comma"))})
	}
	return list
}

// besideDraft is what a draft would come to.
func (v *visit) besideDraft(in *instance) (templ.Component, error) {
	if in.State == "issued" {
		item, _ := in.drafted()["item"].(string)
		all := ""
		if item != "" {
			all = "/tasks?" + url.Values{"view": {viewAll}, "item": {item}}.Encode()
		}
		return madeOf(v, in.drafted().made(), all), nil
	}
	if in.Foreseen == nil {
		return templ.NopComponent, nil
	}
	p := in.Foreseen.priced()
	for i, one := range in.drafted().each() {
		if i < len(p.Rows) {
			p.Rows[i].Community = fmt.Sprint(one[inputCommunity])
			p.Rows[i].Item, _ = one["item"].(string)
		}
	}
	return foreseenOf(v, p, in.Foreseen.WhyNot, in.mend()), nil
}

// items reports that each of the tasks has an item of its own.
func (p *priced) items() bool {
	return slices.ContainsFunc(p.Rows, func(r pricedRow) bool { return r.Item != "" })
}

func (f *foreseen) priced() *priced {
	d := drafted{Entitlement: f.Entitlement, Instances: f.Tasks}
	return &priced{Total: d.Entitlement, Rows: d.rows(), Warnings: d.warnings()}
}

// foresees is what whoever submits or issues a draft looks at: what it costs, and which
// lamps it would light.
func (v *visit) foresees(in *instance) (list []pair) {
	if in.Foreseen == nil || len(in.Foreseen.Tasks) == 0 {
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
