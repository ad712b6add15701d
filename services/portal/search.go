package portal

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"feisui/pkg/civil"
	"feisui/pkg/money"
)

// This file finds things by what people remember of them: a number, or a part of a
// name. Who typed the whole number of one thing is where it is.

func (p *Portal) searchRoutes() {
	p.page("GET /search", (*visit).search)
}

// hits are the things of one kind that were found.
type hits[T any] struct {
	Total int `json:"total"`
	Hits  []T `json:"hits"`
}

// found is what the API found.
type found struct {
	Q           string       `json:"q"`
	Total       int          `json:"total"`
	Communities hits[named]  `json:"communities"`
	Departments hits[named]  `json:"departments"`
	Items       hits[named]  `json:"items"`
	Papers      hits[paper]  `json:"documents"`
	Tasks       hits[sought] `json:"tasks"`
	Payments    hits[sought] `json:"payments"`
	Plaques     hits[sought] `json:"plaques"`

	Applications hits[asked] `json:"applications"`
}

// paper is a document and what it belongs to.
type paper struct {
	Document string `json:"document"`
	Kind     string `json:"kind"`
	Workflow string `json:"workflow"`
	Instance string `json:"instance"`
}

// asked is an application of which nothing is admitted.
type asked struct {
	No         string `json:"no"`
	Department string `json:"department"`
	Item       string `json:"item"`
	Name       string `json:"name"`
	Document   string `json:"document"`
	State      words  `json:"state"`
}

// sought is a task, a payment or a plaque; each has its own of these.
type sought struct {
	No         string     `json:"no"`
	Voucher    string     `json:"voucher"`
	Title      string     `json:"title"`
	Department string     `json:"department"`
	Community  string     `json:"community"`
	Item       string     `json:"item"`
	Payer      string     `json:"payer"`
	Payee      string     `json:"payee"`
	PaidOn     civil.Date `json:"paid_on"`
	HungOn     civil.Date `json:"hung_on"`
	Amount     *money.Fen `json:"amount"`
}

// result is one thing in the list: what it is called, what else is said of it, and
// where it is, "" where it has no page.
type result struct {
	Name, About, Path string
}

// results are those of one kind.
type results struct {
	Kind  string
	Total int
	All   []result
}

func (v *visit) search() error {
	q := strings.TrimSpace(v.r.URL.Query().Get("q"))
	if q == "" {
		return v.show(http.StatusOK, v.say("search.title"), searchPage(v, "", "", nil))
	}
	var f found
	if err := v.get("/v1/counties/{county}/search", url.Values{"q": {q}}, &f); err != nil {
		p := mendable(err)
		if p == nil {
			return err
		}
		return v.show(p.Status, v.say("search.title"), searchPage(v, q, v.sentence(p), nil))
	}
	kinds := v.results(&f)
	if path := only(q, kinds); path != "" {
		return elsewhere(path)
	}
	return v.show(http.StatusOK, v.say("search.of", "q", q), searchPage(v, q, "", kinds))
}

// only is the page of the one thing whose number or name was typed in full, or that
// alone has the number; "" where there is none, or more than one.
func only(q string, kinds []results) (path string) {
	numbered := strings.ContainsAny(q, "0123456789")
	for _, k := range kinds {
		for _, r := range k.All {
			alone := numbered && len(kinds) == 1 && k.Total == 1
			switch {
			case !alone && !strings.EqualFold(r.Name, q) && r.About != q:
			case path != "":
				return ""
			default:
				path = r.Path
			}
		}
	}
	return path
}

// results are what was found, by kind; kinds of which nothing was found are left out.
func (v *visit) results(f *found) (kinds []results) {
	add := func(kind string, total int, all []result) {
		if total > 0 {
			kinds = append(kinds, results{kind, total, all})
		}
	}
	add("tasks", f.Tasks.Total, each(f.Tasks.Hits, func(t sought) result {
		return result{t.No, v.line(t.Department, t.Community, t.Item), instancePath("task", t.No)}
	}))
	add("documents", f.Papers.Total, each(f.Papers.Hits, func(p paper) result {
		return result{p.Document, v.paperOf(p), instancePath(p.Workflow, p.Instance)}
	}))
	add("applications", f.Applications.Total, each(f.Applications.Hits, func(a asked) result {
		parts := slices.DeleteFunc([]string{v.in(a.State), v.line(a.Department, a.Item), a.Name, a.Document}, func(part string) bool { return part == "" })
		return result{a.No, strings.Join(parts, " · "), instancePath("admission", a.No)}
	}))
	add("payments", f.Payments.Total, each(f.Payments.Hits, func(p sought) result {
		about := v.line(p.Payer, p.Payee) + " · " + v.date(p.PaidOn) + " · " + v.say("entries.yuan", "amount", v.money(p.Amount))
		return result{p.Voucher, about, instancePath("payment", p.Voucher)}
	}))
	add("communities", f.Communities.Total, each(f.Communities.Hits, func(n named) result {
		return result{n.Name, n.Code, "/flags?" + url.Values{"community": {n.Code}}.Encode()}
	}))
	add("departments", f.Departments.Total, each(f.Departments.Hits, func(n named) result {
		return result{n.Name, n.Code, "/flags?" + url.Values{"department": {n.Code}}.Encode()}
	}))
	add("items", f.Items.Total, each(f.Items.Hits, func(n named) result {
		return result{n.Name, n.Code, "/catalogue#" + n.Code}
	}))
	add("plaques", f.Plaques.Total, each(f.Plaques.Hits, func(p sought) result {
		return result{p.No, p.Title + " · " + v.line(p.Department, p.Community) + " · " + v.date(p.HungOn), instancePath("plaque", p.No)}
	}))
	return kinds
}

// paperOf says what a document is, and of what.
func (v *visit) paperOf(p paper) string {
	kind := p.Kind
	if key := "search.paper_" + p.Kind; says(key) {
		kind = v.say(key)
	}
	return kind + " · " + v.called(&line{Workflow: p.Workflow, Instance: p.Instance})
}

// line calls codes by their names, in a line.
func (v *visit) line(codes ...string) string {
	var all []string
	for _, c := range codes {
		switch c {
		case "":
		case "all":
			all = append(all, v.say("people.whole_county"))
		default:
			all = append(all, v.name(c))
		}
	}
	return strings.Join(all, " · ")
}

func each[A, B any](all []A, of func(A) B) []B {
	list := make([]B, len(all))
	for i, a := range all {
		list[i] = of(a)
	}
	return list
}
