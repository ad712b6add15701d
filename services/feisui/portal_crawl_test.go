package main

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"feisui/pkg/access"
	"feisui/schemas"
	"feisui/services/portal"
)

// This file walks the portal as its people do: from the first page along every link
// that leads to another page of ours. A page that is added is walked by itself.

// crawlMost is how many pages of one person are opened, of each kind a few.
const (
	crawlMost = 70
	kindMost  = 3
)

// portalPatterns are the portal's own routes, without an interface behind them.
var portalPatterns = func() []string {
	table, err := access.Parse(schemas.Access)
	if err != nil {
		panic(err) // it is embedded
	}
	return portal.New(portal.Options{API: http.NotFoundHandler(), Rights: table, Log: quiet(), Now: time.Now}).Patterns()
}()

// patterns tells which of them an address is for.
var patterns = func() *http.ServeMux {
	mux := http.NewServeMux()
	for _, pattern := range portalPatterns {
		mux.Handle(pattern, http.NotFoundHandler())
	}
	return mux
}()

// holesOf say what stands in the holes of a route: something of the north's, so that
// there is a page. In others stands what is not there; links lead to what is.
var holesOf = map[string]string{
	"{$}": "", "{workflow}": "task", "{instance}": "JB-1", "{action}": "accept", "{no}": "JB-1", "{community}": north, "{department}": "D01", "{decision}": "approve",
}

// inPlace puts something into each hole of a route.
func inPlace(path string) string {
	return hole.ReplaceAllStringFunc(path, func(name string) string {
		if value, known := holesOf[name]; known {
			return value
		}
		return absentID
	})
}

// pageKind is what an address is an example of: its route with the workflow and the
// step that it names, whose forms differ, and the names of what is asked.
func pageKind(t testing.TB, path string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	_, kind := patterns.Handler(r)
	if kind == "" {
		return "nowhere " + path
	}
	parts, holes := strings.Split(r.URL.Path, "/"), strings.Split(kind[strings.Index(kind, "/"):], "/")
	for i, hole := range holes {
		if i < len(parts) && (hole == "{workflow}" || hole == "{action}") {
			holes[i] = parts[i]
		}
	}
	return strings.Join(holes, "/") + "?" + strings.Join(slices.Sorted(maps.Keys(r.URL.Query())), "&")
}

// links are the pages that a page leads to, in its order: by links, and by forms
// that ask for something.
func (p seen) links() (found []string) {
	for _, n := range p.elements("a", "form") {
		to := attribute(n, "href")
		if n.Data == "form" {
			if strings.EqualFold(attribute(n, "method"), "post") {
				continue
			}
			to = sentAs(p.path, n)
		}
		u, err := url.Parse(to)
		if err != nil || u.Host != "" || !strings.HasPrefix(u.Path, "/") {
			continue // what leads elsewhere is another test's
		}
		u.Fragment = ""
		if !slices.Contains(found, u.String()) {
			found = append(found, u.String())
		}
	}
	return found
}

// sentAs is the address that a form leads to when it is sent as it stands.
func sentAs(at string, form *html.Node) string {
	query := url.Values{}
	for n := range form.Descendants() {
		if n.Type != html.ElementNode || attribute(n, "name") == "" {
			continue
		}
		switch {
		case n.Data == "input" && (attribute(n, "type") != "checkbox" && attribute(n, "type") != "radio" || has(n, "checked")):
			query.Add(attribute(n, "name"), attribute(n, "value"))
		case n.Data == "option" && has(n, "selected"), n.Data == "textarea":
			query.Add(attribute(n, "name"), attribute(n, "value"))
		}
	}
	to := attribute(form, "action")
	if to == "" {
		to, _, _ = strings.Cut(at, "?")
	}
	if len(query) == 0 {
		return to
	}
	return to + "?" + query.Encode()
}

// crawl opens pages from the first on: of each kind a few, and those first of which
// the fewest were seen. Files are not pages.
func (v *visitor) crawl() (pages []seen) {
	v.t.Helper()
	waiting, known, of := []string{"/"}, map[string]bool{"/": true}, map[string]int{}
	for len(waiting) > 0 && len(pages) < crawlMost {
		next := 0
		for i, path := range waiting {
			if of[pageKind(v.t, path)] < of[pageKind(v.t, waiting[next])] {
				next = i
			}
		}
		path := waiting[next]
		waiting = slices.Delete(waiting, next, next+1)
		kind := pageKind(v.t, path)
		if of[kind]++; of[kind] > kindMost {
			continue
		}
		p := v.get(path)
		pages = append(pages, p)
		for _, to := range p.links() {
			if !known[to] && !strings.HasPrefix(to, "/v1/") && !strings.HasPrefix(to, "/assets/") {
				known[to] = true
				waiting = append(waiting, to)
			}
		}
	}
	return pages
}

// portalRoles are those who have accounts.
var portalRoles = slices.DeleteFunc(slices.Clone(access.Roles), func(r access.Role) bool { return r == access.Operator })
