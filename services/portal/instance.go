package portal

import (
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"feisui/pkg/access"
	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/pkg/web"
)

// This file shows what goes by a workflow: lists, one instance with its history, and
// the forms of what may be done. It knows no workflow: titles, forms and sentences
// come from the definitions. What a workflow shows beside that is in a file of its own.

func (p *Portal) instanceRoutes() {
	p.page("GET /w/{workflow}", (*visit).list)
	p.page("GET /w/{workflow}/new", (*visit).beginPage)
	p.page("POST /w/{workflow}/new", (*visit).begin)
	p.page("GET /w/{workflow}/i/{instance}", (*visit).instance)
	p.page("GET /w/{workflow}/i/{instance}/{action}", func(v *visit) error { return v.actForm(http.StatusOK, newRequest(), nil) })
	p.page("POST /w/{workflow}/i/{instance}/{action}", (*visit).act)
}

// line is an instance in a list.
type line struct {
	Workflow string            `json:"workflow"`
	Instance string            `json:"instance"`
	State    string            `json:"state"`
	Title    words             `json:"title"`
	Ended    bool              `json:"ended"`
	Begun    bool              `json:"begun"`
	Overdue  bool              `json:"overdue"`
	Parties  map[string]string `json:"parties"`
	Version  int               `json:"version"`
	Steps    int               `json:"steps"`
	Amount   *money.Fen        `json:"amount"`
	Purpose  string            `json:"purpose"`
	Due      *due              `json:"due"`
	Drafted  *draftLine        `json:"drafted"`
}

// path is the page of an instance.
func (l *line) path() string { return instancePath(l.Workflow, l.Instance) }

func instancePath(workflow, instance string) string {
	return "/w/" + url.PathEscape(workflow) + "/i/" + url.PathEscape(instance)
}

type due struct {
	Deadline    string     `json:"deadline"`
	Title       words      `json:"title"`
	DueOn       civil.Date `json:"due_on"`
	Left        int        `json:"days_left"`
	Provisional bool       `json:"provisional"`
}

type openAction struct {
	Action string          `json:"action"`
	Title  words           `json:"title"`
	Form   json.RawMessage `json:"form"`
	Warned []words         `json:"warnings"`
	WhyNot []words         `json:"why_not"`
}

// instance is one thing that goes by a workflow.
type instance struct {
	line

	Documents []struct {
		Document string     `json:"document"`
		Kind     string     `json:"kind"`
		On       civil.Date `json:"on"`
	} `json:"documents"`
	Flags []struct {
		Rule    string     `json:"rule"`
		Subject string     `json:"subject"`
		Since   civil.Date `json:"since"`
		Amount  *money.Fen `json:"amount"`
		Lamp    string     `json:"lamp"`
	} `json:"flags"`
	Applied  *application    `json:"application"`
	Timeline []moment        `json:"timeline"`
	Actions  []openAction    `json:"actions"`
	Form     json.RawMessage `json:"form"`
	Draft    json.RawMessage `json:"draft"` // what a draft says now
	Foreseen *foreseen       `json:"foreseen"`
}

type moment struct {
	words

	Step        int        `json:"step"`
	Action      string     `json:"action"`
	On          civil.Date `json:"on"`
	Deadline    string     `json:"deadline"`
	Running     bool       `json:"running"`
	Provisional bool       `json:"provisional"`

	Office string          `json:"office"` // for which party it was taken
	Form   json.RawMessage `json:"form"`   // what was filled in

	Warned []pointed `json:"warned"`
	Answer string    `json:"answer"` // to what of it had to be answered
}

// pointed is what was pointed out with a step that it did not stop.
type pointed struct {
	words

	Rule string `json:"rule"`
}

// how says how a deadline that runs was found.
func (in *instance) how(due *due) words {
	if due == nil {
		return words{}
	}
	for _, m := range slices.Backward(in.Timeline) {
		if m.Running && m.Deadline == due.Deadline && m.On == due.DueOn {
			return m.words
		}
	}
	return words{}
}

// filled is what was filled in at the beginning, of what is text.
func (in *instance) filled() map[string]string {
	var values map[string]any
	if len(in.Form) == 0 || json.Unmarshal(in.Form, &values) != nil {
		return nil
	}
	texts := map[string]string{}
	for name, value := range values {
		if text, is := value.(string); is {
			texts[name] = text
		}
	}
	return texts
}

// workflow is what may be begun.
type workflow struct {
	Workflow string       `json:"workflow"`
	Title    words        `json:"title"`
	Version  int          `json:"version"`
	Begin    []openAction `json:"begin"`
}

// workflow asks for the workflow that the path names.
func (v *visit) workflow() (*workflow, error) { return v.workflowOf(v.r.PathValue("workflow")) }

// workflowOf asks for a workflow by its name.
func (v *visit) workflowOf(name string) (*workflow, error) {
	var all struct {
		Workflows []workflow `json:"workflows"`
	}
	if err := v.get("/v1/counties/{county}/workflows", nil, &all); err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all.Workflows, func(w workflow) bool { return w.Workflow == name })
	if i < 0 {
		return nil, refusal(http.StatusNotFound, "NOT_FOUND", "no_page")
	}
	return &all.Workflows[i], nil
}

// listing is a page of instances and how it was asked for.
type listing struct {
	Workflow  *workflow
	Instances []line `json:"instances"`
	Next      string `json:"next"`
	Overdue   bool
	All       bool
}

// asked is how the list is chosen.
func (l *listing) asked() url.Values {
	query := url.Values{}
	if !l.All {
		query.Set("ended", "false")
	}
	if l.Overdue {
		query.Set("overdue", "true")
	}
	return query
}

// instancesOf is the list of a workflow's instances, below the county.
func instancesOf(workflow string) string {
	return "workflows/" + url.PathEscape(workflow) + "/instances"
}

// has reports that a party of some kind stands in a list, and due that a deadline does.
func (l *listing) has(part string) bool {
	return slices.ContainsFunc(l.Instances, func(one line) bool { return one.Parties[part] != "" })
}

func (l *listing) due() bool {
	return slices.ContainsFunc(l.Instances, func(one line) bool { return one.Due != nil })
}

// ofDrafts reports that the list is of drafts of tasks.
func (l *listing) ofDrafts() bool { return l.Workflow.Workflow == draftFlow }

// ways are the parts of those between whom money goes, by workflow.
var ways = map[string][2]string{"payment": {"payer", "payee"}, "bank_line": {"payer", "payee"}, "commitment": {"department", "community"}}

// way says from whom money goes to whom, "" where nothing says that.
func (v *visit) way(l *line) string {
	of := ways[l.Workflow]
	return strings.Trim(v.name(l.Parties[of[0]])+" → "+v.name(l.Parties[of[1]]), " ")
}

// beneficiary is the community that money is for which goes to somebody else first.
func (v *visit) beneficiary(l *line) string {
	if community := l.Parties["community"]; community != l.Parties[ways[l.Workflow][1]] {
		return v.name(community)
	}
	return ""
}

// ofMoney reports that the list is of what has an amount.
func (l *listing) ofMoney() bool { return ways[l.Workflow.Workflow] != [2]string{} }

// others are the parties of something beside who looks, and beside its item, which has
// a column of its own.
func (v *visit) others(parties map[string]string) map[string]string {
	left := maps.Clone(parties)
	delete(left, "item")
	if v.forCommunity() && v.is(access.CommunityOfficer) && len(left) > 1 && left["community"] == v.me.Office {
		delete(left, "community")
	}
	return left
}

func (v *visit) list() error {
	w, err := v.workflow()
	if err != nil {
		return err
	}
	asked := v.r.URL.Query()
	l := listing{Workflow: w, Overdue: asked.Get("overdue") == "true", All: asked.Get("all") == "true"}
	query := l.asked()
	query.Set("limit", "50")
	if after := asked.Get("after"); after != "" {
		query.Set("after", after)
	}
	if err := v.get("/v1/counties/{county}/workflows/"+url.PathEscape(w.Workflow)+"/instances", query, &l); err != nil {
		return err
	}
	return v.show(http.StatusOK, v.in(w.Title), listPage(v, &l))
}

// api is where the API has the instance that the path names.
func (v *visit) api() string {
	return "/v1/counties/{county}/workflows/" + url.PathEscape(v.r.PathValue("workflow")) + "/instances/" + url.PathEscape(v.r.PathValue("instance"))
}

func (v *visit) found() (*instance, error) {
	in := &instance{}
	return in, v.get(v.api(), nil, in)
}

func (v *visit) instance() error {
	if v.r.PathValue("workflow") == reportFlow && v.may("report") {
		return elsewhere(withQuery("/reports/"+pathOf(v.r.PathValue("instance")), v.r.URL.Query())) // with its figures
	}
	in, err := v.found()
	if err != nil {
		return err
	}
	w, err := v.workflow()
	if err != nil {
		return err
	}
	beside, err := v.figuresBeside(in)
	if err != nil {
		return err
	}
	var content []pair
	if in.Workflow != "case" { // of which everything stands beside it
		if content, err = v.content(in); err != nil {
			return err
		}
	}
	return v.show(http.StatusOK, v.in(w.Title)+" "+v.called(&in.line), instancePage(v, w, in, content, beside))
}

// acting is a form of an action, as it stands.
type acting struct {
	Back    string // where it came from
	At      string // where it is sent
	Name    string // of what is acted on
	About   []pair // what one looks at who decides
	Action  openAction
	Fields  []field
	Request string
	Mend    string // where what it is about is mended that would be refused, "" where it would not be
	WhyNot  []words
	Seen    int    // at which step it is, of an instance
	Begins  string // the workflow of which it is the beginning, "" else
	Scope   string // the communities that what it is about is for, "" where nothing says
	Wrong   *web.Problem
	Over    []string // what was said of no field
}

func (v *visit) form(a *acting, wrong *web.Problem) {
	a.Fields, a.Wrong = fieldsOf(a.Action.Form), wrong
	if a.Begins != "" {
		a.Fields = v.ease(a.Begins, a.Fields)
	}
	v.byName(a.Fields, a.Scope)
	if a.Begins == outsideFlow {
		v.orStreet(a.Fields)
	}
	values := v.r.PostForm
	if wrong == nil {
		values = prefilled(v.r.URL.Query())
	}
	a.Over = v.fill(a.Fields, values, wrong)
}

// prefilled lets a link fill in a form: ?no=…&amount=…. It is looked at and sent by
// whoever opens it, as if they had typed it.
func prefilled(query url.Values) url.Values {
	values := url.Values{}
	for name, given := range query {
		for _, letter := range []string{letterText, letterYes, letterInt, letterList} {
			values[letter+"."+name] = given
		}
	}
	return values
}

// actForm shows the form of an action, with what was wrong with the last try.
func (v *visit) actForm(status int, request string, wrong *web.Problem) error {
	in, err := v.found()
	if err != nil {
		return err
	}
	i := slices.IndexFunc(in.Actions, func(a openAction) bool { return a.Action == v.r.PathValue("action") })
	if i < 0 {
		if wrong != nil {
			return v.wentOn(status, in, wrong)
		}
		return refusal(http.StatusNotFound, "NOT_OPEN", "not_open")
	}
	a := &acting{
		Back: in.path(), At: v.r.URL.EscapedPath(), Name: v.called(&in.line), Action: in.Actions[i], Request: request, Seen: in.Steps,
		Scope: in.Parties["scope"],
	}
	if a.About, err = v.about(in); err != nil {
		return err
	}
	v.form(a, wrong)
	v.weighed(in, a)
	in.mendable(a)
	if in.Workflow == "admission" && a.Action.Action == "accept" {
		v.consulted(in, a.Fields)
	}
	return v.show(status, v.in(a.Action.Title)+" "+a.Name, actPage(v, a))
}

// wentOn shows an instance as it is now to whoever filled in a form that nobody may send any
// more, with why, and with what was typed: it may be needed elsewhere.
func (v *visit) wentOn(status int, in *instance, wrong *web.Problem) error {
	w, err := v.workflow()
	if err != nil {
		return err
	}
	data, err := json.Marshal(filled(v.r.PostForm))
	if err != nil {
		return err
	}
	beside, err := v.figuresBeside(in)
	if err != nil {
		return err
	}
	content, err := v.content(in)
	if err != nil {
		return err
	}
	page := wentOnPage(v, wrong, v.filledStep(in, v.r.PathValue("action"), data), instancePage(v, w, in, content, beside))
	return v.show(status, v.in(w.Title)+" "+v.called(&in.line), page)
}

// act sends what was filled in. It goes to the API also when the action is no longer
// open: the same form sent twice gets the answer of the first time.
func (v *visit) act() error {
	err := v.step(v.r.PathValue("action"), filled(v.r.PostForm))
	var wrong *web.Problem
	switch {
	case err == nil:
		return elsewhere(v.backOr(instancePath(v.r.PathValue("workflow"), v.r.PathValue("instance"))) + "?done=" + url.QueryEscape(v.r.PathValue("action")))
	case errors.As(err, &wrong) && mended(wrong):
		return v.actForm(wrong.Status, newRequest(), wrong)
	}
	return err
}

// backOr is the page that a form was on, where it says so, else another.
func (v *visit) backOr(page string) string {
	back := v.r.PostForm.Get("back")
	if back == "" || strings.ContainsAny(back, "?#") {
		return page
	}
	return ours(back)
}

// mended reports that whoever filled in a form can do something about what is wrong.
func mended(p *web.Problem) bool {
	return p.Status == http.StatusUnprocessableEntity || p.Status == http.StatusConflict
}

// begins are the pages of their own on which workflows are begun. A route that is the
// workflow's own (payRoutes, applyRoutes) needs no line here.
var begins = map[string]string{"task": assignPath, "bank_line": bankPath}

// beginPath is the page on which a workflow is begun.
func beginPath(workflow string) string {
	return cmp.Or(begins[workflow], "/w/"+url.PathEscape(workflow)+"/new")
}

// beginPage shows how a workflow is begun, or leads to where it is.
func (v *visit) beginPage() error {
	if own := begins[v.r.PathValue("workflow")]; own != "" {
		return elsewhere(withQuery(own, v.r.URL.Query()))
	}
	return v.beginForm(http.StatusOK, "", nil)
}

// beginForm shows how an instance is begun.
func (v *visit) beginForm(status int, request string, wrong *web.Problem) error {
	w, err := v.workflow()
	if err != nil {
		return err
	}
	if len(w.Begin) == 0 {
		return refusal(http.StatusNotFound, "NOT_OPEN", "not_open")
	}
	if request == "" {
		request = newRequest()
	}
	a := &acting{Back: "/w/" + w.Workflow, At: v.r.URL.EscapedPath(), Name: v.in(w.Title), Action: w.Begin[0], Request: request, Begins: w.Workflow}
	v.form(a, wrong)
	return v.show(status, v.in(a.Action.Title), actPage(v, a))
}

func (v *visit) begin() error {
	var begun struct {
		Instances []struct {
			Instance string `json:"instance"`
		} `json:"instances"`
	}
	name := v.r.PathValue("workflow")
	path := "/v1/counties/{county}/workflows/" + url.PathEscape(name) + "/instances"
	err := v.send(http.MethodPost, path, nil, v.r.PostForm.Get("request"), filled(v.r.PostForm), &begun)
	var wrong *web.Problem
	switch {
	case err == nil && len(begun.Instances) == 1:
		return elsewhere(instancePath(name, begun.Instances[0].Instance) + "?done=begun")
	case err == nil:
		return elsewhere("/w/" + name + "?done=begun")
	case errors.As(err, &wrong) && mended(wrong):
		return v.beginForm(wrong.Status, newRequest(), wrong)
	}
	return err
}
