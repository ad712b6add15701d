package portal

import (
	"net/http"
	"net/url"
	"slices"

	"feisui/pkg/access"
	"feisui/pkg/civil"
	"feisui/pkg/money"
)

// This file shows a department what it handed down and what it still owes, by the
// day it is due; others see it of all departments within their scope.

func (p *Portal) owedRoutes() {
	p.page("GET /tasks", (*visit).owed)
}

// How tasks are shown: what is owed of them by the day it is due, or all by number.
const (
	viewOwed = "owed"
	viewAll  = "all"
)

// The words that tasks are chosen by.
var (
	taskStatuses = []string{"unfunded", "underfunded", "pending", "funded", "funded_late", "no_fee", "undetermined", "void"}
	taskLamps    = []string{"red", "yellow", "blue", "green"}
)

// owedAnswer is what the API says is owed.
type owedAnswer struct {
	Day      civil.Date `json:"day"`
	Position int64      `json:"position"`
	Next     string     `json:"next"`
	Tasks    struct {
		Tasks        int       `json:"tasks"`
		Undetermined int       `json:"undetermined"`
		Entitlement  money.Fen `json:"entitlement"`
		Allocated    money.Fen `json:"allocated"`
		Shortfall    money.Fen `json:"shortfall"`
		Overdue      money.Fen `json:"overdue_shortfall"`
	} `json:"tasks"`
	Total  owedSum     `json:"total"`
	Months []owedMonth `json:"months"`
	Owed   []owedPart  `json:"owed"`
}

type owedSum struct {
	Parts     int       `json:"parts"`
	Shortfall money.Fen `json:"shortfall"`
	Late      int       `json:"late_parts"`
	Overdue   money.Fen `json:"overdue_shortfall"`
}

type owedMonth struct {
	owedSum

	Month string `json:"month"`
}

// owedPart is what one payer still owes of one task.
type owedPart struct {
	Task       string     `json:"task"`
	Community  string     `json:"community"`
	Name       string     `json:"name"`
	Street     string     `json:"street"`
	Department string     `json:"department"`
	Item       string     `json:"item"`
	Payer      string     `json:"payer"`
	Status     string     `json:"status"`
	Lamp       string     `json:"lamp"`
	Amount     money.Fen  `json:"amount"`
	Shortfall  money.Fen  `json:"shortfall"`
	DueEnd     civil.Date `json:"due_end"`
	DaysLate   int        `json:"days_late"`
}

// listedTask is a task as the list of tasks has it.
type listedTask struct {
	No          string     `json:"no"`
	Community   string     `json:"community"`
	Name        string     `json:"name"`
	Department  string     `json:"department"`
	Item        string     `json:"item"`
	State       string     `json:"state"`
	Status      string     `json:"status"`
	Lamp        string     `json:"lamp"`
	Entitlement *money.Fen `json:"entitlement"`
	Allocated   money.Fen  `json:"allocated"`
	Shortfall   *money.Fen `json:"shortfall"`
}

// owedPage is the page of tasks.
type owedPage struct {
	View   string
	Chosen url.Values // what is asked for, by the API's names
	Month  string
	Owed   owedAnswer
	Tasks  []listedTask
	Next   string
}

// owedRows is how many lines of the list a page has.
const owedRows = "50"

func (v *visit) owed() error {
	asked := v.r.URL.Query()
	p := owedPage{View: viewOwed, Chosen: url.Values{}, Month: asked.Get("month")}
	if asked.Get("view") == viewAll {
		p.View = viewAll
	}
	for _, name := range []string{"status", "lamp", "department", "street", "item", "community", "payer"} {
		if value := asked.Get(name); value != "" {
			p.Chosen.Set(name, value)
		}
	}
	query := cloneOf(p.Chosen)
	query.Set("limit", owedRows)
	if p.View == viewOwed {
		setGiven(query, "month", p.Month)
		setGiven(query, "after", asked.Get("after"))
	}
	if err := v.get("/v1/counties/{county}/owed", query, &p.Owed); err != nil {
		return err
	}
	p.Next = p.Owed.Next
	if p.View == viewAll {
		if err := v.listTasks(&p, asked.Get("after")); err != nil {
			return err
		}
	}
	v.asOf = known{p.Owed.Day, p.Owed.Position}
	return v.show(http.StatusOK, v.say("owed.title"), tasksPage(v, &p))
}

func (v *visit) listTasks(p *owedPage, after string) error {
	query := cloneOf(p.Chosen)
	query.Del("payer") // a task has no payer, what is owed of it does
	query.Set("limit", owedRows)
	setGiven(query, "after", after)
	list := struct {
		Tasks []listedTask `json:"tasks"`
		Next  string       `json:"next"`
	}{}
	err := v.get("/v1/counties/{county}/tasks", query, &list)
	p.Tasks, p.Next = list.Tasks, list.Next
	return err
}

// withQuery is an address of this page with something else asked for; "" asks for nothing.
func (p *owedPage) with(name, value string) string {
	query := cloneOf(p.Chosen)
	if p.View != viewOwed {
		query.Set("view", p.View)
	}
	if p.Month != "" && name != "view" {
		query.Set("month", p.Month)
	}
	query.Del(name)
	setGiven(query, name, value)
	if len(query) == 0 {
		return "/tasks"
	}
	return "/tasks?" + query.Encode()
}

// list is what the API calls what the page lists, and asked how it is chosen.
func (p *owedPage) list() string {
	if p.View == viewAll {
		return "tasks"
	}
	return "owed"
}

func (p *owedPage) asked() url.Values {
	query := cloneOf(p.Chosen)
	if p.View == viewAll {
		query.Del("payer") // a task has no payer, what is owed of it does
	} else {
		setGiven(query, "month", p.Month)
	}
	return query
}

// ofDepartment reports that who looks is of a department, and sees its own alone.
func (v *visit) ofDepartment() bool { return v.is(access.DepartmentOfficer, access.DepartmentHead) }

// taskItems are the items to choose tasks by: of a department, those for which it
// answers; of others, all.
func (v *visit) taskItems() []namedItem {
	items := slices.Clone(v.directory().Items)
	if !v.ofDepartment() {
		return items
	}
	return slices.DeleteFunc(items, func(i namedItem) bool { return i.Department != "" && i.Department != v.department() })
}

// monthName says a month; "none" is that of what has no day.
func (v *visit) monthName(month string) string {
	if len(month) != len("2026-03") {
		return v.say("owed.no_day")
	}
	return v.say("owed.month", "year", month[:4], "month", month[5:])
}

// promises reports that who looks may promise the fee of a task; pays, that they may
// record its payment.
func (v *visit) promises() bool { return v.is(access.DepartmentHead) }
func (v *visit) pays() bool     { return v.is(access.FinanceOfficer) }

func cloneOf(query url.Values) url.Values {
	clone := url.Values{}
	for name, values := range query {
		clone[name] = slices.Clone(values)
	}
	return clone
}

func setGiven(query url.Values, name, value string) {
	if value != "" {
		query.Set(name, value)
	}
}

// taskPath is the page of a task.
func taskPath(no string) string { return instancePath("task", no) }

// parts are the sums of what the list shows: of the month that was asked for, or all.
func (p *owedPage) parts() owedSum {
	for _, m := range p.Owed.Months {
		if m.Month == p.Month {
			return m.owedSum
		}
	}
	return p.Owed.Total
}

// owedLead is how many columns stand before what is short.
func owedLead(v *visit) int {
	if v.ofDepartment() {
		return 5
	}
	return 6
}

// wordsNamed are the choices among words, each by its text.
func wordsNamed(v *visit, key string, all []string) (list []named) {
	for _, word := range all {
		list = append(list, named{word, v.say(key + word)})
	}
	return list
}

func streetsNamed(v *visit) (list []named) {
	for _, s := range v.directory().Streets {
		list = append(list, named{s.Code, v.name(s.Code)})
	}
	return list
}

func departmentsNamed(v *visit) (list []named) {
	for i := range v.directory().Departments {
		list = append(list, v.directory().Departments[i].named)
	}
	return list
}

func itemsNamed(items []namedItem) (list []named) {
	for i := range items {
		list = append(list, named{items[i].Code, items[i].Code + " " + items[i].Name})
	}
	return list
}

// owedBy says whose debts a page adds up.
func (v *visit) owedBy() string {
	if v.ofDepartment() {
		return v.say("owed.owed")
	}
	return v.say("owed.owed_all")
}

// department is that of who looks, "" for who is of none.
func (v *visit) department() string {
	for _, g := range v.me.Grants {
		if g.Role == access.DepartmentHead || g.Role == access.DepartmentOfficer {
			return g.Scope
		}
	}
	return ""
}
