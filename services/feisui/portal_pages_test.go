package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"feisui/pkg/figure"
	"feisui/schemas"
	"feisui/services/process/define"
)

// policyOfPages is what every page has to say to the browser: nothing but files of
// ours. It stands here a second time, so that nobody loosens it in passing.
const policyOfPages = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// TestEveryPageOfEachRole opens what each role comes to, in both languages: every
// link leads to a page or a file, and every page is one that people can read who
// hear it, and in which nothing that was typed is anything but text.
func TestEveryPageOfEachRole(t *testing.T) { //nolint:tparallel // one county for all
	t.Parallel()
	s := portalPlayed(t, asTyped)
	kinds := map[string]bool{}
	for _, role := range portalRoles {
		t.Run(string(role), func(t *testing.T) { //nolint:paralleltest // in its turn
			v := signedInAs(t, s.address, role)
			pages := v.crawl()
			for _, p := range append(pages, v.inEnglish().crawl()...) {
				kinds[pageKind(t, p.path)] = true
				if p.status != http.StatusOK {
					t.Errorf("a link leads to a refusal: %s\n%s", p, strings.Join(leadingTo(pages, p.path), " "))
				}
				if wrong := faultsOf(p); len(wrong) > 0 {
					t.Errorf("%s: %s", p.path, strings.Join(wrong, "; "))
				}
			}
			files, of := 0, map[string]int{} // of each kind a few: one person takes only so many in an hour
			for _, p := range pages {
				for _, to := range p.links() {
					if kind := fileKind(to); strings.HasPrefix(to, "/v1/") && of[kind] < 2 {
						files++
						of[kind]++
						if got := v.get(to); got.status != http.StatusOK {
							t.Errorf("%s leads to %s: %d %s", p.path, to, got.status, got.body)
						}
					}
				}
			}
			lines := 0 // of the menu, which is read at a glance
			for _, n := range pages[0].elements("a") {
				if slices.ContainsFunc(slices.Collect(n.Ancestors()), func(up *html.Node) bool { return up.Data == "nav" && attribute(up, "class") == "menu" }) {
					lines++
				}
			}
			if lines == 0 || lines > 10 {
				t.Errorf("the menu has %d lines", lines)
			}
			figure.Logf(t, "%d pages, %d files", len(pages), files)
		})
	}
	for _, p := range []seen{s.nobody().get("/sign-in"), s.nobody().inEnglish().get("/sign-in?why=SESSION_IDLE"), s.nobody().get("/nowhere")} {
		if wrong := faultsOf(p); len(wrong) > 0 {
			t.Errorf("%s: %s", p.path, strings.Join(wrong, "; "))
		}
	}
	if len(kinds) < 30 {
		t.Errorf("only %d kinds of pages were opened: %q", len(kinds), slices.Sorted(maps.Keys(kinds)))
	}
	s.rates(t)
}

// fileKind is what an address of a file is an example of: its path and the names of what
// is asked.
func fileKind(to string) string {
	path, query, _ := strings.Cut(to, "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		return to
	}
	return path + "?" + strings.Join(slices.Sorted(maps.Keys(values)), "&") + values.Get("format")
}

// leadingTo are the pages with a link to another.
func leadingTo(pages []seen, path string) (from []string) {
	for _, p := range pages {
		if slices.Contains(p.links(), path) {
			from = append(from, p.path)
		}
	}
	return from
}

// faultsOf is what is wrong with a page, whatever it is about.
func faultsOf(p seen) (wrong []string) {
	add := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	for name, want := range map[string]string{
		"Content-Security-Policy": policyOfPages, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Referrer-Policy": "same-origin",
		"Content-Type": "text/html; charset=utf-8",
	} {
		if got := p.header.Get(name); got != want {
			add("%s is %q", name, got)
		}
	}
	if !bytes.HasPrefix(p.body, []byte("<!doctype html>")) && !bytes.HasPrefix(p.body, []byte("<!DOCTYPE html>")) {
		add("no doctype")
	}
	for _, tag := range []string{"html", "title", "h1", "main"} {
		n := 0
		for _, of := range p.elements(tag) {
			if of.Namespace == "" { // a drawing has a title of its own
				n++
			}
		}
		if n != 1 {
			add("%d %s", n, tag)
		}
	}
	for _, n := range p.elements("html") {
		if lang := attribute(n, "lang"); lang != "zh-CN" && lang != "en" {
			add("the language is %q", lang)
		}
	}
	for _, n := range p.elements("title", "h1", "h2", "h3", "button", "a", "th", "caption", "summary") {
		if wordsOf(n) == "" && attribute(n, "aria-label") == "" {
			add("an empty %s", n.Data)
		}
	}
	for _, n := range p.elements("dt", "th", "span") {
		label := wordsOf(n)
		if attribute(n, "class") == "filled" {
			label, _, _ = strings.Cut(strings.ReplaceAll(label, "：", ":"), ":")
		}
		if n.Data != "span" || attribute(n, "class") == "filled" {
			if keysOfForms[strings.TrimSpace(label)] {
				add("the key %s", label)
			}
		}
	}
	return slices.Concat(wrong, unlabelled(p), activeIn(p), formsOf(p))
}

// keysOfForms are the names of fields and parties, which nobody is shown.
var keysOfForms = func() map[string]bool {
	files, err := schemas.Workflows.ReadDir("workflows")
	if err != nil {
		panic(err) // they are embedded
	}
	keys := map[string]bool{}
	for _, file := range files {
		content, err := schemas.Workflows.ReadFile("workflows/" + file.Name())
		if err != nil {
			panic(err)
		}
		w, err := define.Load(content, define.Names)
		if err != nil {
			panic(err)
		}
		for party := range w.Parties {
			keys[party] = true
		}
		for _, action := range w.Actions {
			var form struct {
				Properties map[string]json.RawMessage `json:"properties"`
			}
			if len(action.Form) > 0 && json.Unmarshal(action.Form, &form) != nil {
				panic("a form that is none")
			}
			for name := range form.Properties {
				keys[name] = true
			}
		}
	}
	return keys
}()

// unlabelled finds fields that nobody says the name of, and names that lead nowhere.
func unlabelled(p seen) (wrong []string) {
	ids, labels := map[string]int{}, map[string]bool{}
	for _, n := range p.elements() {
		if id := attribute(n, "id"); id != "" {
			if ids[id]++; ids[id] > 1 {
				wrong = append(wrong, "twice the id "+id)
			}
		}
		if n.Data == "label" && wordsOf(n) != "" {
			labels[attribute(n, "for")] = true
		}
	}
	for _, n := range p.elements("input", "select", "textarea") {
		within := false
		for up := range n.Ancestors() {
			within = within || up.Data == "label" && wordsOf(up) != ""
		}
		if kind := attribute(n, "type"); !within && kind != "hidden" && kind != "submit" && !labels[attribute(n, "id")] && attribute(n, "aria-label") == "" {
			wrong = append(wrong, "nothing says what is asked in "+attribute(n, "name"))
		}
	}
	for _, n := range p.elements() {
		for _, name := range []string{"aria-describedby", "aria-labelledby", "for"} {
			for id := range strings.FieldsSeq(attribute(n, name)) {
				if ids[id] == 0 {
					wrong = append(wrong, name+" names "+id+", which is not there")
				}
			}
		}
	}
	return wrong
}

// activeIn finds what a browser would do rather than show (A79).
func activeIn(p seen) (wrong []string) {
	for _, n := range p.elements() {
		switch n.Data {
		case "script":
			if n.FirstChild != nil || !strings.HasPrefix(attribute(n, "src"), "/assets/") {
				wrong = append(wrong, "a script in the page")
			}
		case "style", "iframe", "object", "embed", "base", "frame", "applet", "math":
			wrong = append(wrong, "an element "+n.Data)
		case "meta":
			if has(n, "http-equiv") {
				wrong = append(wrong, "a meta that acts")
			}
		}
		for _, a := range n.Attr {
			switch {
			case strings.HasPrefix(a.Key, "on"), a.Key == "style", a.Key == "srcdoc":
				wrong = append(wrong, "an attribute "+a.Key)
			case slices.Contains([]string{"href", "src", "action", "formaction", "data", "poster", "background", "xlink:href"}, a.Key) && !ourAddress(a.Val):
				wrong = append(wrong, n.Data+" leads to "+a.Val)
			}
		}
	}
	return wrong
}

// ourAddress reports that an address is one of this server's.
func ourAddress(to string) bool {
	u, err := url.Parse(strings.TrimSpace(to))
	return err == nil && u.Scheme == "" && u.Host == "" && u.Opaque == "" && !strings.HasPrefix(to, "//") && !strings.ContainsAny(to, "\\\t\r\n")
}

// doneByNobody are forms of which the county's record has nothing: they are the
// browser's own affair, or are read and shown again before anything is done.
var doneByNobody = []string{"/sign-in", "/sign-out", "/language", "/changes", "/assign", "/assign/sheet", "/bank"}

// formsOf looks that what is sent to do something is done once, and that a password
// is never part of an address.
func formsOf(p seen) (wrong []string) {
	for _, form := range p.elements("form") {
		post, secret, request := strings.EqualFold(attribute(form, "method"), "post"), false, false
		for n := range form.Descendants() {
			if n.Type == html.ElementNode && n.Data == "input" {
				secret = secret || attribute(n, "type") == "password"
				request = request || attribute(n, "name") == "request" && attribute(n, "value") != ""
			}
		}
		action := attribute(form, "action")
		if path, _, _ := strings.Cut(action, "?"); post && !request && !slices.Contains(doneByNobody, path) {
			wrong = append(wrong, "the form of "+action+" has no request id")
		}
		if secret && !post {
			wrong = append(wrong, "a password is sent in an address")
		}
	}
	return wrong
}

// TestFaultsOfPagesAreSeen is the control of TestEveryPageOfEachRole: one fault each
// in a page that has none.
func TestFaultsOfPagesAreSeen(t *testing.T) {
	t.Parallel()
	const whole = `<!DOCTYPE html><html lang="en"><head><title>T</title><script src="/assets/a/b.js"></script></head><body><main><h1>H</h1>` +
		`<form method="post" action="/x"><input type="hidden" name="request" value="r"><label for="a">A</label><input id="a" name="a"></form></main></body></html>`
	page := func(text string) seen {
		root, err := html.Parse(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		h := http.Header{}
		h.Set("Content-Security-Policy", policyOfPages)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Content-Type", "text/html; charset=utf-8")
		return seen{path: "/x", status: http.StatusOK, header: h, body: []byte(text), root: root}
	}
	if wrong := faultsOf(page(whole)); len(wrong) > 0 {
		t.Fatalf("nothing is wrong, and yet %q", wrong)
	}
	for old, now := range map[string]string{
		`<!DOCTYPE html>`: ``, ` lang="en"`: ``, `<h1>H</h1>`: `<h1>H</h1><h1>I</h1>`, `<title>T</title>`: `<title></title>`,
		`<label for="a">`: `<label for="b">`, `<label for="a">A</label>`: ``, `id="a" name`: `id="a" aria-describedby="c" name`,
		`<main>`: `<main><script>1</script>`, `<h1>H`: `<h1>H<img src=x onerror=y>`, `H</h1>`: `H</h1><a href="javascript:z">z</a>`,
		`<h1>`: `<h1 style="color:red">`, `H</h1><form`: `H</h1><a href="//example.org">z</a><form`, `</head>`: `<base href="/z"></head>`,
		`name="request"`: `name="asked"`, `type="hidden"`: `type="hidden" id="a"`, `method="post" action="/x"`: `method="get" action="/x" id="f"><input type="password" aria-label="p"`,
		`</main>`: `<a href="/y"></a></main>`, `<head>`: `<head><meta http-equiv="refresh" content="0">`, `"/assets/a/b.js"`: `"https://example.org/b.js"`,
	} {
		broken := strings.Replace(whole, old, now, 1)
		if broken == whole || len(faultsOf(page(broken))) == 0 {
			t.Errorf("%s instead of %s is not seen", now, old)
		}
	}
	loose := page(whole)
	loose.header.Set("Content-Security-Policy", "default-src *")
	if len(faultsOf(loose)) != 1 {
		t.Error("another policy is not seen")
	}
}
