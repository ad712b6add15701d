package portal

import (
	"net/http"
	"net/url"
	"slices"

	"feisui/pkg/civil"
	"feisui/pkg/money"
)

// This file is the board of flags: how many there are of each rule and lamp, which
// they are, and the way from each to its subject and to the entries behind it.

func (p *Portal) flagRoutes() {
	p.page("GET /flags", (*visit).flags)
}

// flagLine is one in the list.
type flagLine struct {
	Account     string     `json:"account"`
	Name        string     `json:"name"`
	Street      string     `json:"street"`
	Rule        string     `json:"rule"`
	Subject     string     `json:"subject"`
	Responsible string     `json:"responsible"`
	Since       civil.Date `json:"since"`
	Amount      *money.Fen `json:"amount"`
	Lamp        string     `json:"lamp"`
	Waived      string     `json:"waived"` // by which case
}

// flagCount is how many there are of a rule and lamp.
type flagCount struct {
	Rule   string    `json:"rule"`
	Lamp   string    `json:"lamp"`
	Flags  int       `json:"flags"`
	Amount money.Fen `json:"amount"`
}

// flagBoard is a page of flags and how it was asked for.
type flagBoard struct {
	Position int64       `json:"position"`
	Day      civil.Date  `json:"day"`
	Next     string      `json:"next"`
	Flags    []flagLine  `json:"flags"`
	Counts   []flagCount `json:"counts"`

	Asked url.Values // the filters that are set
}

// lamps in the order of their urgency.
var lamps = []string{"red", "yellow", "blue"}

// flagFilters are what a list of flags may be chosen by.
var flagFilters = []string{"rule", "department", "lamp", "street", "community", "since_from", "since_to"}

func (v *visit) flags() error {
	given := v.r.URL.Query()
	b := flagBoard{Asked: chosen(given, flagFilters)}
	query := copied(b.Asked)
	query.Set("limit", "50")
	query.Set("counts", "true")
	if after := given.Get("after"); after != "" {
		query.Set("after", after)
	}
	if err := v.get("/v1/counties/{county}/flags", query, &b); err != nil {
		return err
	}
	if b.Asked.Has("rule") || b.Asked.Has("lamp") { // what is beside what was chosen is counted too
		all := flagBoard{}
		query := copied(b.Asked)
		query.Del("rule")
		query.Del("lamp")
		query.Set("limit", "1")
		query.Set("counts", "true")
		if err := v.get("/v1/counties/{county}/flags", query, &all); err != nil {
			return err
		}
		b.Counts = all.Counts
	}
	v.asOf = known{b.Day, b.Position}
	return v.show(http.StatusOK, v.say("flags.title"), flagsPage(v, &b))
}

// chosen gives those of some filters that are set.
func chosen(given url.Values, filters []string) url.Values {
	query := url.Values{}
	for _, name := range filters {
		if value := given.Get(name); value != "" {
			query.Set(name, value)
		}
	}
	return query
}

func copied(query url.Values) url.Values {
	clone := url.Values{}
	for name, values := range query {
		clone[name] = slices.Clone(values)
	}
	return clone
}

// of are the counts of a lamp, in the order of rules.
func (b *flagBoard) of(lamp string) []flagCount {
	counts := slices.DeleteFunc(slices.Clone(b.Counts), func(c flagCount) bool { return c.Lamp != lamp })
	slices.SortStableFunc(counts, func(a, b flagCount) int { return slices.Index(rules, a.Rule) - slices.Index(rules, b.Rule) })
	return counts
}

// lit is how many flags have a lamp.
func (b *flagBoard) lit(lamp string) (n int) {
	for _, c := range b.of(lamp) {
		n += c.Flags
	}
	return n
}

// total is how many flags the filters chose, of all pages.
func (b *flagBoard) total() (n int) {
	for _, c := range b.Counts {
		if b.is("rule", c.Rule) && b.is("lamp", c.Lamp) {
			n += c.Flags
		}
	}
	return n
}

func (b *flagBoard) is(filter, value string) bool {
	return !b.Asked.Has(filter) || b.Asked.Get(filter) == value
}

// at is the board with other filters: name, value, name, value; "" takes one away.
func (b *flagBoard) at(filters ...string) string {
	query := copied(b.Asked)
	for i := 0; i+1 < len(filters); i += 2 {
		if query.Set(filters[i], filters[i+1]); filters[i+1] == "" {
			query.Del(filters[i])
		}
	}
	return withQuery("/flags", query)
}

func withQuery(path string, query url.Values) string {
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

// subjects says of each rule what its subject is: the workflow whose page shows it,
// which is also the beginning of its stream.
var subjects = map[string]string{
	"prohibited": "task", "unadmitted": "task", "unfunded": "task", "underfunded": "task", "due_soon": "task", "funded_late": "task",
	"undetermined": "task", "unreceipted": "task", "no_authority": "task", "duplicated": "task",
	"commitment_broken": "commitment", "commitment_late": "commitment",
	"retained": "payment", "unconfirmed": "payment", "unlinked": "payment", "diverted": "payment",
	"plaque_unlisted": "plaque", "plaque_relapse": "plaque",
}

// path is the page of what a flag is about, "" where it is about no one thing.
func (f *flagLine) path() string {
	if of := subjects[f.Rule]; of != "" {
		return instancePath(of, f.Subject)
	}
	return ""
}

// behind is the page of the entries behind a flag.
func (f *flagLine) behind() string {
	if of := subjects[f.Rule]; of != "" {
		return streamPath(of + "/" + f.Subject)
	}
	return "/communities/" + url.PathEscape(f.Account)
}

// subject says what a flag is about.
func (v *visit) subject(f *flagLine) string {
	if f.Rule == "plaque_over_cap" {
		return v.zone(f.Subject)
	}
	return f.Subject
}

// holder is whose account a flag stands on.
func (v *visit) holder(f *flagLine) string {
	if f.Name != "" {
		return f.Name
	}
	return v.name(f.Account)
}

// size is how much a flag is about, with what it is counted in.
func (v *visit) size(f *flagLine) string {
	switch {
	case f.Amount == nil:
		return ""
	case f.Rule == "plaque_over_cap":
		return v.say("flags.pieces", "count", count(int(*f.Amount)))
	}
	return v.money(f.Amount)
}

// age is for how many days something has been so on a day.
func (v *visit) age(since, day civil.Date) string {
	if !since.Given() || !day.Given() || day < since {
		return ""
	}
	return v.say("flags.days", "days", count(int(day-since)))
}

// rules of flags, in the order in which people ask for them: money first.
var rules = []string{
	"unfunded", "underfunded", "undetermined", "due_soon", "funded_late", "commitment_broken", "commitment_late", "retained", "unconfirmed",
	"unlinked", "diverted", "prohibited", "unadmitted", "unreceipted", "no_authority", "duplicated", "plaque_unlisted", "plaque_over_cap",
	"plaque_relapse",
}

// zone is where plaques hang.
func (v *visit) zone(zone string) string {
	if key := "flags.zone_" + zone; says(key) {
		return v.say(key)
	}
	return zone
}
