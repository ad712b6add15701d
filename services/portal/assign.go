package portal

import (
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"feisui/pkg/money"
	"feisui/pkg/web"
)

// This file hands a task down to many communities: first what, from the catalogue;
// then the form; then its price over all of them; then it is issued, once. Between
// the steps everything stands in the page, and nothing is kept here.

const assignPath = "/assign"

func (p *Portal) assignRoutes() {
	p.page("GET "+assignPath, (*visit).assign)
	p.page("POST "+assignPath, (*visit).assigned)
}

// Which button of the forms was pressed.
const (
	doFind  = "find"
	doPrice = "price"
	doIssue = "issue"
	doEdit  = "edit"
)

// assignment is a task that is being handed down, as far as it has come.
type assignment struct {
	Item    *namedItem
	Action  openAction
	Form    *acting   // what is the same for all communities
	Chooser *chooser  // which communities
	Own     *ownField // what differs among them, nil where nothing has to
	Priced  *priced   // nil until it was priced
	Request string
	Sum     string // of what was priced: of nothing else may it be issued
	Changed bool   // it was, after the price was shown
}

// ownField is the field of a fee that each community may have its own of.
type ownField struct {
	Field field
	By    map[string]string // by community
}

// priced is what the API says that a task would be.
type priced struct {
	Total    *money.Fen
	Rows     []pricedRow
	Warnings []pricedWarning
}

type pricedRow struct {
	Community   string
	Item        string // where each has its own
	Value       string // of what differs
	Number      string
	Entitlement *money.Fen
	Lamp        string
	Wrong       []string
}

// pricedWarning is a flag that would be raised, or else what is said of the task, and of
// how many communities.
type pricedWarning struct {
	Rule, Lamp string
	Said       words
	Count      int
}

// beginning gives how a workflow is begun; nobody who may not begin it comes further.
func (v *visit) beginning(name string) (openAction, error) {
	var all struct {
		Workflows []workflow `json:"workflows"`
	}
	if err := v.get("/v1/counties/{county}/workflows", nil, &all); err != nil {
		return openAction{}, err
	}
	for _, w := range all.Workflows {
		if w.Workflow == name && len(w.Begin) > 0 {
			return w.Begin[0], nil
		}
	}
	return openAction{}, refusal(http.StatusForbidden, "NOT_OPEN", "not_open")
}

// assign shows the catalogue, or the form of the item that was chosen from it.
func (v *visit) assign() error {
	action, err := v.beginning("task")
	if err != nil {
		return err
	}
	asked := v.r.URL.Query()
	item := v.directory().item(asked.Get("item"))
	if item == nil {
		return v.show(http.StatusOK, v.say("assign.title"), pickItemPage(v, v.itemsFound(asked)))
	}
	return v.assignForm(http.StatusOK, v.assignment(action, item, prefilled(asked), asked), nil)
}

// catalogue are the items to choose from.
type catalogue struct {
	At    string // the page that goes on with one
	Find  string
	All   bool
	Items []namedItem
	Of    int
}

// title is a key of what is done with the item.
func (c *catalogue) title() string {
	if c.At == assignPath {
		return "assign.title"
	}
	return "drafts.title"
}

func (v *visit) itemsFound(asked url.Values) catalogue {
	c := catalogue{At: assignPath, Find: strings.TrimSpace(asked.Get("q")), All: asked.Get("all") == "true", Items: v.taskItems()}
	if c.All {
		c.Items = slices.Clone(v.directory().Items)
	}
	c.Of = len(c.Items)
	for word := range strings.FieldsSeq(c.Find) {
		c.Items = slices.DeleteFunc(c.Items, func(i namedItem) bool {
			return !strings.Contains(i.Name, word) && !strings.HasPrefix(strings.ToUpper(i.Code), strings.ToUpper(word)) && !strings.Contains(i.Category, word)
		})
	}
	return c
}

// ownNames are the fields that the rule of an item asks for.
var ownNames = map[string]string{"per_case": "quantity", "ratio": "base", "agreed": "amount"}

// assignment is made of what was sent; values are by the names of inputs.
func (v *visit) assignment(action openAction, item *namedItem, values, sent url.Values) *assignment {
	a := &assignment{Item: item, Action: action, Chooser: v.chooser(sent), Request: newRequest()}
	a.Form = &acting{Action: action, At: assignPath + "?item=" + url.QueryEscape(item.Code)}
	for _, f := range fieldsOf(action.Form) {
		f.Values = values[f.Input]
		switch {
		case f.Name == "department" || f.Name == "community" || f.Name == "item":
		case f.Name == ownNames[item.Rule]:
			a.Own = &ownField{Field: f, By: map[string]string{}}
			for _, code := range a.Chooser.Chosen {
				if own := strings.TrimSpace(sent.Get("own." + code)); own != "" {
					a.Own.By[code] = own
				}
			}
		default:
			a.Form.Fields = append(a.Form.Fields, f)
		}
	}
	return a
}

// assigned takes what was sent to the next step, or back.
func (v *visit) assigned() error {
	if err := v.r.ParseForm(); err != nil {
		return refusal(http.StatusBadRequest, "FORM", "unreadable")
	}
	action, err := v.beginning("task")
	if err != nil {
		return err
	}
	sent := v.r.PostForm
	item := v.directory().item(sent.Get("t.item"))
	if item == nil {
		return elsewhere(assignPath)
	}
	a := v.assignment(action, item, sent, sent)
	switch sent.Get("do") {
	case doPrice:
		return v.assignPrice(a)
	case doIssue:
		return v.assignIssue(a, sent)
	}
	return v.assignForm(http.StatusOK, a, nil)
}

// body is what is sent to the API: one form with all communities.
func (a *assignment) body(v *visit) map[string]any {
	form := filled(v.r.PostForm)
	delete(form, "community")
	form["department"] = v.department()
	own := func(code string) map[string]any {
		one := map[string]any{"community": code}
		if a.Own != nil && a.Own.By[code] != "" {
			one[a.Own.Field.Name] = a.Own.By[code]
		}
		return one
	}
	if len(a.Chooser.Chosen) == 1 {
		maps.Copy(form, own(a.Chooser.Chosen[0]))
		return form
	}
	each := make([]map[string]any, len(a.Chooser.Chosen))
	for i, code := range a.Chooser.Chosen {
		each[i] = own(code)
	}
	form["communities"] = each
	return form
}

// sum tells whether what is issued is what was priced.
func (a *assignment) sum(body map[string]any) (string, error) {
	text, err := json.Marshal(body) // maps are written by name
	if err != nil {
		return "", err
	}
	return sumOf(text), nil
}

const taskInstances = "/v1/counties/{county}/workflows/task/instances"

// drafted is what the API says of tasks that would be handed down, or were.
type drafted struct {
	Entitlement *money.Fen    `json:"entitlement"`
	Instances   []draftedTask `json:"instances"`
	Tasks       []draftedTask `json:"tasks"` // of a draft: what it would become
}

type draftedTask struct {
	Instance string  `json:"instance"`
	Said     []words `json:"warnings"`
	Task     *struct {
		Entitlement *money.Fen `json:"entitlement"`
		Lamp        string     `json:"lamp"`
		Warnings    []struct {
			Rule string `json:"rule"`
			Lamp string `json:"lamp"`
		} `json:"warnings"`
	} `json:"task"`
}

// assignPrice shows what the task would cost, before anything is issued.
func (v *visit) assignPrice(a *assignment) error {
	if len(a.Chooser.Chosen) == 0 {
		a.Chooser.Wrong = []string{v.say("assign.no_community")}
		return v.assignForm(http.StatusUnprocessableEntity, a, toMend(http.StatusUnprocessableEntity, "COMMUNITY"))
	}
	body := a.body(v)
	var d drafted
	err := v.send(http.MethodPost, taskInstances, url.Values{"dry_run": {"true"}}, a.Request, body, &d)
	var wrong *web.Problem
	switch {
	case errors.As(err, &wrong) && mended(wrong):
		return v.assignForm(wrong.Status, a, wrong)
	case err != nil:
		return err
	}
	if a.Sum, err = a.sum(body); err != nil {
		return err
	}
	a.Priced = a.priced(&d)
	return v.show(http.StatusOK, v.say("assign.title"), pricePage(v, a))
}

func (a *assignment) priced(d *drafted) *priced {
	p := &priced{Total: d.Entitlement, Rows: d.rows(), Warnings: d.warnings()}
	for i := range p.Rows[:min(len(p.Rows), len(a.Chooser.Chosen))] {
		row := &p.Rows[i]
		row.Community = a.Chooser.Chosen[i]
		if a.Own != nil {
			row.Value = cmp.Or(a.Own.By[row.Community], a.Own.Field.Value())
		}
	}
	return p
}

// warnings are the flags that would be raised, the worst first, and then what is said.
func (d *drafted) warnings() (all []pricedWarning) {
	counts := map[string]*pricedWarning{}
	for _, in := range d.Instances {
		for _, w := range in.Said {
			if counts[w.Zh] == nil {
				counts[w.Zh] = &pricedWarning{Said: w}
			}
			counts[w.Zh].Count++
		}
		if in.Task == nil {
			continue
		}
		for _, w := range in.Task.Warnings {
			if counts[w.Rule] == nil {
				counts[w.Rule] = &pricedWarning{Rule: w.Rule, Lamp: w.Lamp}
			}
			counts[w.Rule].Count++
		}
	}
	for _, w := range counts {
		all = append(all, *w)
	}
	slices.SortFunc(all, func(a, b pricedWarning) int {
		return cmp.Or(lampRank(a.Lamp)-lampRank(b.Lamp), strings.Compare(a.Rule, b.Rule), strings.Compare(a.Said.Zh, b.Said.Zh))
	})
	return all
}

// lampRank orders lamps, the worst first, and last what has none.
func lampRank(lamp string) int {
	if i := slices.Index(taskLamps, lamp); i >= 0 {
		return i
	}
	return len(taskLamps)
}

// assignIssue hands the task down as it was priced, once. What was changed since is
// priced again first.
func (v *visit) assignIssue(a *assignment, sent url.Values) error {
	body := a.body(v)
	sum, err := a.sum(body)
	if err != nil {
		return err
	}
	if sum != sent.Get("sum") {
		a.Changed = true
		return v.assignPrice(a)
	}
	err = v.send(http.MethodPost, taskInstances, nil, sent.Get("request"), body, nil)
	var wrong *web.Problem
	switch {
	case err == nil:
		return elsewhere("/tasks?" + url.Values{"view": {viewAll}, "item": {a.Item.Code}, "done": {"assigned"}}.Encode())
	case errors.As(err, &wrong) && mended(wrong):
		return v.assignForm(wrong.Status, a, wrong)
	}
	return err
}

// assignForm shows the form, with what was wrong with the last try.
func (v *visit) assignForm(status int, a *assignment, wrong *web.Problem) error {
	if wrong != nil {
		v.assignWrong(a, wrong)
	}
	return v.show(status, v.say("assign.title"), assignPage(v, a))
}

// assignWrong puts what the API said beside the fields, once each: of the n-th
// community it says communities.N.FIELD.
func (v *visit) assignWrong(a *assignment, wrong *web.Problem) {
	a.Form.Wrong = wrong
	put := func(list *[]string, said string) {
		if !slices.Contains(*list, said) {
			*list = append(*list, said)
		}
	}
	for _, fault := range wrong.Errors {
		said, name, of := v.in(words{fault.Chinese, fault.English}), strings.TrimPrefix(fault.Field, "form."), ""
		if rest, many := strings.CutPrefix(name, "communities."); many {
			n, field, _ := strings.Cut(rest, ".")
			if i, err := strconv.Atoi(n); err == nil && i < len(a.Chooser.Chosen) {
				of, name = v.name(a.Chooser.Chosen[i])+"：", field
			}
		}
		i := slices.IndexFunc(a.Form.Fields, func(f field) bool { return f.Name == name })
		switch {
		case i >= 0:
			put(&a.Form.Fields[i].Wrong, said)
		case a.Own != nil && name == a.Own.Field.Name && a.Own.By == nil:
			put(&a.Own.Field.Wrong, said)
		case a.Own != nil && name == a.Own.Field.Name:
			put(&a.Own.Field.Wrong, of+said)
		case name == "community":
			put(&a.Chooser.Wrong, of+said)
		case of != "":
			put(&a.Chooser.Wrong, of+v.named(fault, said))
		default:
			put(&a.Form.Over, v.named(fault, said))
		}
	}
}

// asked is all that the form asks for, in its order.
func (a *assignment) asked() []field {
	all := a.fields(true)
	if a.Own != nil {
		all = append(all, a.Own.Field)
	}
	return append(append(all, a.fields(false)...), a.Chooser.field())
}

// main fields stand first; others are in a part that is opened by who needs them.
func (a *assignment) fields(first bool) (list []field) {
	for _, f := range a.Form.Fields {
		is := f.Required || slices.Contains([]string{"task", "document", "starts_on", "due_on", "pay_by"}, f.Name) || f.Name == "explanation" && (len(f.Wrong) > 0 || f.Value() != "")
		if is == first {
			list = append(list, f)
		}
	}
	return list
}

// asked reports that something that seldom is needed was filled in, or is wrong.
func anyGiven(fields []field) bool {
	return slices.ContainsFunc(fields, func(f field) bool { return f.Value() != "" && f.Value() != "false" || len(f.Wrong) > 0 })
}

// ownShown is the field of what may differ, as it stands in the form: the same for all.
// hint is a key of where the others are filled in.
func (a *assignment) ownShown(hint string) field {
	f := a.Own.Field
	f.Hint = hint
	return f
}

// payersOf says who pays the fee of an item: those who share it, or who hands it down.
func (v *visit) payersOf(i *namedItem) string {
	if len(i.Payers) == 0 {
		return v.say("assign.payer_self")
	}
	var all []string
	for _, p := range i.Payers {
		all = append(all, v.name(p.Code)+" "+p.Weight.String())
	}
	return strings.Join(all, v.say("form.comma"))
}
