package portal

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"

	"feisui/pkg/civil"
	"feisui/pkg/money"
)

// This file is the boards of cases and of applications: what is due first stands first,
// and above it how many there are of each state and lamp.

func (p *Portal) boardRoutes() {
	p.page("GET /w/case", func(v *visit) error { return v.board("case") })
	p.page("GET /w/admission", func(v *visit) error { return v.board("admission") })
}

// boardLine is an instance on a board.
type boardLine struct {
	line

	Lamp  string     `json:"lamp"`
	Flags []caseFlag `json:"flags"`
}

// caseFlag is a flag that a case is about, as it stands now.
type caseFlag struct {
	Rule    string     `json:"rule"`
	Subject string     `json:"subject"`
	Since   civil.Date `json:"since"`
	Amount  *money.Fen `json:"amount"`
	Lamp    string     `json:"lamp"`
}

// boardCount is how many instances are in a state, and of a lamp.
type boardCount struct {
	State   string `json:"state"`
	Title   words  `json:"title"`
	Lamp    string `json:"lamp"`
	Count   int    `json:"count"`
	Overdue int    `json:"overdue"`
	Today   int    `json:"today"`
}

// board is a page of one and how it was asked for.
type board struct {
	Day       civil.Date   `json:"day"`
	Instances []boardLine  `json:"instances"`
	Next      string       `json:"next"`
	Total     int          `json:"total"`
	Counts    []boardCount `json:"counts"`

	Workflow *workflow
	Asked    url.Values
}

// boardFilters are what a board may be chosen by.
var boardFilters = []string{"state", "lamp", "party", "overdue", "all"}

// asked is how the board is chosen, whatever page of it.
func (b *board) asked() url.Values {
	query := copied(b.Asked)
	query.Del("all")
	query.Set("order", "due")
	if !b.Asked.Has("all") {
		query.Set("ended", "false")
	}
	return query
}

func (v *visit) board(name string) error {
	w, err := v.workflowOf(name)
	if err != nil {
		return err
	}
	given := v.r.URL.Query()
	b := board{Workflow: w, Asked: chosen(given, boardFilters)}
	query := b.asked()
	query.Set("limit", "100")
	setGiven(query, "after", given.Get("after"))
	if err := v.get("/v1/counties/{county}/workflows/"+name+"/instances", query, &b); err != nil {
		return err
	}
	v.asOf.day = b.Day
	return v.show(http.StatusOK, v.in(w.Title), boardPage(v, &b))
}

// states are the counts by state alone, those of which most is due first.
func (b *board) states() (states []boardCount) {
	for _, c := range b.Counts {
		i := slices.IndexFunc(states, func(s boardCount) bool { return s.State == c.State })
		if i < 0 {
			i, states = len(states), append(states, boardCount{State: c.State, Title: c.Title})
		}
		states[i].Count += c.Count
	}
	return states
}

// lit is how many have a lamp.
func (b *board) lit(lamp string) (n int) {
	for _, c := range b.Counts {
		if c.Lamp == lamp {
			n += c.Count
		}
	}
	return n
}

// pressing is how many are due today, and how many are past their deadline.
func (b *board) pressing() (today, over int) {
	for _, c := range b.Counts {
		today, over = today+c.Today, over+c.Overdue
	}
	return today, over
}

// at is the board with other filters, as flagBoard's is.
func (b *board) at(filters ...string) string {
	query := copied(b.Asked)
	for i := 0; i+1 < len(filters); i += 2 {
		if query.Set(filters[i], filters[i+1]); filters[i+1] == "" {
			query.Del(filters[i])
		}
	}
	return withQuery("/w/"+b.Workflow.Workflow, query)
}

// firstAmount is the amount of the first flag of a case, "" where it has none.
func (v *visit) firstAmount(l *boardLine) string {
	for _, f := range l.Flags {
		if f.Amount != nil && f.Rule != "plaque_over_cap" {
			return v.money(f.Amount)
		}
	}
	return ""
}

// application is what those who decide on an application look at.
type application struct {
	Price *struct {
		Total        *money.Fen `json:"total"`
		Communities  int        `json:"communities"`
		Undetermined int        `json:"undetermined"`
	} `json:"price"`
	Warnings []struct {
		words

		Rule string `json:"rule"`
		Lamp string `json:"lamp"`
	} `json:"warnings"`
	Opinions []struct {
		Office  string `json:"office"`
		Code    string `json:"code"`
		Opinion string `json:"opinion"`
	} `json:"opinions"`
	Unasked []struct {
		Office string `json:"office"`
		Reason string `json:"reason"`
	} `json:"unasked"`
	Lacking []lacking `json:"lacking"`
}

// lacking is what a notice to correct says that is missing.
type lacking struct {
	words

	Remark string `json:"remark"`
}

// lacks lists what a notice to correct says, with its remarks.
func (v *visit) lacks(a *application) (list []pair) {
	for _, l := range a.Lacking {
		list = append(list, pair{v.in(l.words), cmp.Or(l.Remark, v.say("board.lacking"))})
	}
	return list
}
