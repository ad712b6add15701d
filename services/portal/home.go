package portal

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"feisui/pkg/access"
	"feisui/pkg/civil"
	"feisui/pkg/money"
)

// This file is the first page of everybody: what waits for them, in heaps.

func (p *Portal) homeRoutes() {
	p.page("GET /{$}", (*visit).home)
	p.page("GET "+morePath, func(v *visit) error {
		return v.show(http.StatusOK, v.say("nav.more"), deskPage(v, "nav.more", v.beside()))
	})
}

// todos is what waits for somebody.
type todos struct {
	Day       civil.Date  `json:"day"`
	Todo      []todo      `json:"todo"`
	Total     int         `json:"total"`
	Next      string      `json:"next"`
	Workflows []waitingOf `json:"workflows"`
}

// waitingOf is how much of a workflow waits.
type waitingOf struct {
	Workflow string `json:"workflow"`
	Waiting  int    `json:"waiting"`
}

type todo struct {
	line

	Actions []openAction `json:"actions"`
}

// Of how much a page shows what it is about: the rest is a press away.
const (
	todosMax   = 100 // that are asked for
	cardsMax   = 6   // of a heap among others
	detailsMax = 24  // of which more is asked than the list says
)

// heap is what waits of one kind.
type heap struct {
	Key   string // of its place in the page
	Name  string
	Flow  string // the workflow, of which it may be a part
	Count int
	More  bool // perhaps more than Count: others of its workflow did not come
	Cards []card
	All   string // where all of its workflow is, "" where all of it is here
	OfAll int    // how many those are
}

// card is one thing that waits, as much as one needs to decide about it.
type card struct {
	todo

	Name    string   // what it is about
	Notes   []string // who handed it down, for how much
	How     words    // how its deadline was found
	Arrives *money.Fen
}

// homeShown is the first page, or one heap alone.
type homeShown struct {
	Day   civil.Date
	Total int
	Of    string // the heap that is shown alone
	Next  string
	Heaps []heap
	Quick []quick

	Imports, ImportsTheirs int // workbooks that wait, and those of them that this person may confirm
}

// asked is of what the page lists what waits: of one workflow, or of all.
func (h *homeShown) asked() url.Values {
	query := url.Values{}
	setGiven(query, "workflow", h.Of)
	return query
}

// quick is something that is begun from the first page at one press.
type quick struct{ Key, Path string }

// home is the first page: what waits for who looks, the nearest deadline first.
func (v *visit) home() error {
	if !v.may("todo") {
		return v.show(http.StatusOK, v.say("home.desk"), administratorPage(v, v.secondWaits()))
	}
	h := homeShown{Of: v.r.URL.Query().Get("of")}
	if v.is(access.CommunityOfficer) {
		h.Quick = []quick{
			{"outside", "/w/outside_work/new"}, {"plaque", "/w/plaque/new"}, {"burden", "/w/burden/new"}, {"suggestion", "/w/suggestion/new"}, {"statement", "/statement"},
		}
	}
	if v.may("todo") {
		query := h.asked()
		query.Set("limit", strconv.Itoa(todosMax))
		if h.Of != "" {
			if after := v.r.URL.Query().Get("after"); after != "" {
				query.Set("after", after)
			}
		}
		var t todos
		if err := v.get("/v1/counties/{county}/todo", query, &t); err != nil {
			return err
		}
		h.Day, h.Total, h.Next = t.Day, t.Total, t.Next
		if h.Of == "" {
			h.Next = ""
			h.Imports, h.ImportsTheirs = v.importsWait()
		}
		if h.Of == "" {
			if err := v.alsoWaiting(&t); err != nil {
				return err
			}
		}
		h.Heaps = v.heaps(&t, h.Of == "")
		v.tell(h.Heaps)
	}
	v.asOf.day = h.Day
	return v.show(http.StatusOK, v.say("home.title"), homePage(v, &h))
}

// heaps sorts what waits: for a community by what it is asked for, else by workflow.
// The heap with the nearest deadline comes first.
func (v *visit) heaps(t *todos, among bool) (all []heap) {
	at := map[string]int{}
	add := func(key, name string) int {
		if _, there := at[key]; !there {
			at[key] = len(all)
			all = append(all, heap{Key: key, Name: name})
		}
		return at[key]
	}
	for _, one := range t.Todo {
		key := v.heapOf(&one)
		h := &all[add(key, v.heapName(key))]
		h.Flow = one.Workflow
		if h.Count++; !among || len(h.Cards) < cardsMax {
			h.Cards = append(h.Cards, card{todo: one, Name: v.called(&one.line)})
		}
	}
	if among { // alone, a page has so many as stand on it
		counted(all, t, v.is(access.CommunityOfficer))
	}
	return all
}

// partedFlows are the workflows of which a community has several heaps.
var partedFlows = []string{"task", "payment"}

// counted says how many are in each heap: of a workflow that is one heap what waits of it, though it
// did not all come; of a part as many as came, since nobody says what the rest is.
func counted(all []heap, t *todos, parts bool) {
	for _, w := range t.Workflows {
		came := 0
		for i := range all {
			if all[i].Flow == w.Workflow {
				came += all[i].Count
			}
		}
		for i := range all {
			h := &all[i]
			if h.Flow != w.Workflow {
				continue
			}
			if !parts || !slices.Contains(partedFlows, h.Flow) {
				h.Count = max(h.Count, w.Waiting)
			} else {
				h.More = came < w.Waiting
			}
			if len(h.Cards) < h.Count || h.More {
				h.All, h.OfAll = "/?of="+url.QueryEscape(h.Flow), max(came, w.Waiting)
			}
		}
	}
}

// alsoWaiting adds to what waits the first of each workflow of which nothing is among it:
// a hundred cases hide nothing else.
func (v *visit) alsoWaiting(t *todos) error {
	for _, w := range t.Workflows {
		if t.Total <= len(t.Todo) || slices.ContainsFunc(t.Todo, func(one todo) bool { return one.Workflow == w.Workflow }) {
			continue
		}
		var more todos
		query := url.Values{"limit": {strconv.Itoa(cardsMax)}, "workflow": {w.Workflow}}
		if err := v.get("/v1/counties/{county}/todo", query, &more); err != nil {
			return err
		}
		t.Todo = append(t.Todo, more.Todo...)
	}
	return nil
}

// heapOf is the heap that something belongs to.
func (v *visit) heapOf(one *todo) string {
	if !v.is(access.CommunityOfficer) {
		return one.Workflow
	}
	switch {
	case one.can("task", "see"):
		return "see"
	case one.can("task", "accept"):
		return "receipt"
	case one.can("payment", "confirm"):
		return "arrival"
	}
	return one.Workflow
}

func (v *visit) heapName(key string) string {
	for _, text := range []string{"home." + key, "home.flow_" + key} {
		if says(text) {
			return v.say(text)
		}
	}
	return key
}

// of is what a heap is called, with how many there are.
func (v *visit) of(h *heap) string {
	if h.More {
		return v.say("home.of_more", "name", h.Name, "count", count(h.Count))
	}
	return v.say("home.of", "name", h.Name, "count", count(h.Count))
}

// can reports that an action of a workflow is open.
func (t *todo) can(workflow, action string) bool {
	return t.Workflow == workflow && openIn(t.Actions, action) != nil
}

// openIn gives an action that would not be refused, nil where there is none.
func openIn(all []openAction, action string) *openAction {
	for i := range all {
		if all[i].Action == action && len(all[i].WhyNot) == 0 {
			return &all[i]
		}
	}
	return nil
}

// tell writes on cards what the list does not say. A card of which nothing more can
// be learnt stays as the list has it.
func (v *visit) tell(heaps []heap) {
	told := 0
	fees, arrives := v.fees(heaps), v.arriving(heaps)
	for i := range heaps {
		for j := range heaps[i].Cards {
			c := &heaps[i].Cards[j]
			var in instance
			path := "/v1/counties/{county}/workflows/" + url.PathEscape(c.Workflow) + "/instances/" + url.PathEscape(c.Instance)
			if told++; told <= detailsMax && v.get(path, nil, &in) != nil {
				in = instance{}
			}
			c.Arrives = arrives[c.Instance]
			v.describe(c, &in)
			if c.Workflow == "task" {
				v.price(c, fees)
			}
		}
	}
}

// describe says what a card is about, by the form with which it was begun.
func (v *visit) describe(c *card, in *instance) {
	c.How = in.how(c.Due)
	form := in.filled()
	note := func(key string, args ...string) { c.Notes = append(c.Notes, v.say(key, args...)) }
	switch c.Workflow {
	case "task":
		c.Name = v.name(c.Parties["item"])
		note("home.from", "name", v.name(c.Parties["department"]))
	case "payment":
		if c.Arrives != nil {
			c.Name = c.Arrives.Yuan() + " " + v.say("form.yuan")
		}
		note("home.paid_by", "name", v.name(c.Parties["payer"]))
		if form["purpose"] != "" {
			note("home.for", "purpose", v.purpose(form["purpose"]))
		}
	case draftFlow:
		fields := in.drafted()
		if item, is := fields["item"].(string); is {
			c.Name = v.name(item)
		} else if fields.bySheet() {
			c.Name = v.say("drafts.sheet_title")
		}
		note("drafts.communities", "count", count(len(fields.each())))
	default:
		for _, field := range []string{"title", "name", "what", "text"} {
			if form[field] != "" {
				c.Name = cut(form[field])
			}
		}
		var parties []string
		for _, p := range v.partyList(c.Parties) {
			if p.Value != c.Name {
				parties = append(parties, p.Value)
			}
		}
		c.Notes = append(c.Notes, strings.Join(parties, " · "))
	}
}

// nameMax is how many characters a card is called by.
const nameMax = 40

func cut(text string) string {
	if runes := []rune(text); len(runes) > nameMax {
		return string(runes[:nameMax]) + "…"
	}
	return text
}

// price says what a task brings.
func (v *visit) price(c *card, fees map[string]*taskFigures) {
	switch f := fees[c.Instance]; {
	case f == nil:
	case f.Status == "no_fee":
		c.Notes = append(c.Notes, v.say("home.fee_none"))
	case f.Entitlement == nil:
		c.Notes = append(c.Notes, v.say("home.fee_unknown"))
	default:
		c.Notes = append(c.Notes, v.say("home.fee", "amount", f.Entitlement.Yuan()))
	}
}

// fees are the figures of a community's own tasks, by number, where any waits.
func (v *visit) fees(heaps []heap) map[string]*taskFigures {
	all := map[string]*taskFigures{}
	for _, code := range v.communities() {
		if !slices.ContainsFunc(heaps, func(h heap) bool { return h.has("task") }) {
			break
		}
		var list struct {
			Tasks []taskFigures `json:"tasks"`
		}
		if v.get("/v1/counties/{county}/tasks", url.Values{"community": {code}, "limit": {"1000"}}, &list) != nil {
			continue // the cards are without a fee
		}
		for i := range list.Tasks {
			all[list.Tasks[i].No] = &list.Tasks[i]
		}
	}
	return all
}

func (h *heap) has(workflow string) bool {
	return slices.ContainsFunc(h.Cards, func(c card) bool { return c.Workflow == workflow })
}

// arriving is what is on its way to a community of theirs, by voucher, where any waits.
func (v *visit) arriving(heaps []heap) map[string]*money.Fen {
	all := map[string]*money.Fen{}
	if !slices.ContainsFunc(heaps, func(h heap) bool { return h.has("payment") }) {
		return all
	}
	for _, code := range v.communities() {
		lying, err := v.lying(code)
		if err != nil {
			continue // the cards are without a press that confirms
		}
		for i := range lying.Payments {
			if p := &lying.Payments[i]; p.InTransit > 0 {
				all[p.Voucher] = &p.InTransit
			}
		}
	}
	return all
}

// communities are those that somebody works for.
func (v *visit) communities() (codes []string) {
	for _, g := range v.me.Grants {
		if g.Role == access.CommunityOfficer && !slices.Contains(codes, g.Scope) {
			codes = append(codes, g.Scope)
		}
	}
	return codes
}

// purpose says what money is for.
func (v *visit) purpose(purpose string) string {
	kind, no, _ := strings.Cut(purpose, ":")
	switch kind {
	case "task":
		return v.say("arrivals.for_task", "no", no)
	case "item":
		return v.say("arrivals.for_item", "no", v.name(no))
	case "department", "general":
		return v.say("arrivals.for_" + kind)
	}
	return purpose
}
