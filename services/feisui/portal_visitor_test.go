package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"feisui/pkg/access"
	"feisui/services/people/keep"
)

// visitor is somebody at a browser without scripts: it keeps cookies, sends forms
// as a browser does, and goes nowhere by itself.
type visitor struct {
	t      testing.TB
	at     string // the server
	client *http.Client
	who    string // for what a test says
}

// seen is a page as it was answered.
type seen struct {
	who, path string
	status    int
	header    http.Header
	body      []byte
	root      *html.Node
}

// withoutKey reaches the server as others do: the tests' own transport shows the
// operator's key.
var withoutKey = &http.Transport{MaxIdleConnsPerHost: 4}

func stranger(t testing.TB, server string) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &visitor{t, server, &http.Client{Jar: jar, CheckRedirect: stay, Transport: withoutKey, Timeout: time.Minute}, "nobody"}
}

// signedInAs signs in through the portal's own form.
func signedInAs(t testing.TB, server string, role access.Role) *visitor {
	t.Helper()
	v := stranger(t, server)
	v.who = string(role)
	if p := v.post("/sign-in", url.Values{"user": {keep.DemoName(role)}, "password": {demoPassword}}); p.status != http.StatusSeeOther || p.header.Get("Location") != "/" {
		t.Fatalf("%s does not get in: %s", role, p)
	}
	return v
}

func (s *portalStage) nobody() *visitor             { return stranger(s.t, s.address) }
func (s *portalStage) as(role access.Role) *visitor { return signedInAs(s.t, s.address, role) }
func (p seen) String() string {
	return p.who + " at " + p.path + ": " + http.StatusText(p.status) + "\n" + p.words()
}
func (v *visitor) get(path string) seen { return v.send(v.request(http.MethodGet, path, nil)) }
func (v *visitor) post(path string, f url.Values) seen {
	return v.send(v.request(http.MethodPost, path, f))
}

// request makes one as a browser does, with the form that it sends.
func (v *visitor) request(method, path string, form url.Values) *http.Request {
	v.t.Helper()
	var body io.Reader = http.NoBody
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(v.t.Context(), method, v.at+path, body)
	if err != nil {
		v.t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", v.at)
	}
	return r
}

func (v *visitor) send(r *http.Request) seen {
	v.t.Helper()
	answer, err := v.client.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer answer.Body.Close()
	p := seen{who: v.who, path: r.URL.RequestURI(), status: answer.StatusCode, header: answer.Header}
	if p.body, err = io.ReadAll(answer.Body); err != nil {
		v.t.Fatal(err)
	}
	if p.root, err = html.Parse(bytes.NewReader(p.body)); err != nil {
		v.t.Fatal(err)
	}
	return p
}

// inEnglish chooses the language.
func (v *visitor) inEnglish() *visitor {
	v.t.Helper()
	if p := v.post("/language", url.Values{"to": {"en"}, "next": {"/"}}); p.status != http.StatusSeeOther {
		v.t.Fatal(p)
	}
	return v
}

// elements are those of a page with one of some names, in its order; all for none.
func (p seen) elements(names ...string) (found []*html.Node) {
	for n := range p.root.Descendants() {
		if n.Type == html.ElementNode && (len(names) == 0 || slices.Contains(names, n.Data)) {
			found = append(found, n)
		}
	}
	return found
}

// attribute is an element's, "" where it has none.
func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

// wordsOf is what stands in an element.
func wordsOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
			b.WriteByte(' ')
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// words is what stands in a page beside its head, its menu and its title.
func (p seen) words() string {
	for _, main := range p.elements("main") {
		return wordsOf(main)
	}
	return string(p.body[:min(len(p.body), 500)])
}

// hidden gives what the form of an action carries that nobody types.
func (p seen) hidden(action string) url.Values {
	values := url.Values{}
	for _, form := range p.elements("form") {
		if attribute(form, "action") != action {
			continue
		}
		for n := range form.Descendants() {
			if n.Type == html.ElementNode && n.Data == "input" && attribute(n, "type") == "hidden" {
				values.Add(attribute(n, "name"), attribute(n, "value"))
			}
		}
	}
	return values
}
