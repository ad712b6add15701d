package main

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"feisui/pkg/access"
	"feisui/services/people"
	"feisui/services/people/api"
	"feisui/services/people/keep"
	"feisui/services/process"
)

// The attacks of the list of negative cases that a portal can be attacked by. What
// stands behind it is attacked in rights_attacks_test.go and by services/people/api.

// TestAttacksOnThePortal goes through them one after the other in one county, of
// which nothing may change; each has its control, in which something does.
func TestAttacksOnThePortal(t *testing.T) { //nolint:tparallel // one county for all
	t.Parallel()
	s := portalPlayed(t, asTyped)
	for _, one := range []struct {
		name   string
		attack func(*portalStage, *testing.T)
	}{
		{"A55 A56 A57 A81 sessions", (*portalStage).attackSessions},
		{"A58 forms of other sites", (*portalStage).attackByForms},
		{"A58 every form", (*portalStage).attackEveryForm},
		{"A60 reading", (*portalStage).attackByReading},
		{"A61 A62 A83 forms that were sent before", (*portalStage).attackByRepeating},
		{"A63 headers", (*portalStage).attackByHeaders},
		{"A64 A65 A66 addresses and verbs", (*portalStage).attackByAddress},
		{"A68 A80 where one is sent on to", (*portalStage).attackByNext},
		{"A57 A68 links on other sites", (*portalStage).attackByLink},
		{"forms without measure", (*portalStage).attackBySize},
		{"A53 A54 passwords", (*portalStage).attackPasswords}, // the last: after it this address signs nobody in
	} {
		t.Run(one.name, func(t *testing.T) { //nolint:paralleltest // in its turn
			one.attack(s.of(t), t)
		})
	}
}

// of is the stage for a part of a test.
func (s *portalStage) of(t *testing.T) *portalStage {
	stage := *s.stage
	stage.t = t
	return &portalStage{&stage, s.place, s.say}
}

// head is how many facts the county has but for those that come by themselves, and
// done how much was done by anybody, by the audit log.
func (s *portalStage) head() (head, done int) {
	s.t.Helper()
	for e, err := range s.place.journal.After(s.t.Context(), "county", 0, 0) {
		if err != nil {
			s.t.Fatal(err)
		}
		if !strings.HasPrefix(e.Type, "flag.") && e.Actor != process.System.ID {
			head++
		}
	}
	found, err := places()
	if err != nil {
		s.t.Fatal(err)
	}
	for _, l := range s.audit() {
		if l.Decision != access.Refused && found[l.Operation][0] != http.MethodGet {
			done++
		}
	}
	return head, done
}

// audit gives the county's audit log, as its administrator reads it.
func (s *portalStage) audit() (lines []access.Record) {
	s.t.Helper()
	for before := ""; ; {
		var page api.AuditPage
		a := s.ask("person:audit audit_admin@", http.MethodGet, "/audit?limit=1000"+before, "", "")
		a.into(s.t, &page)
		if a.status != http.StatusOK {
			s.t.Fatalf("%d %s", a.status, a.body)
		}
		for _, l := range page.Lines {
			lines = append(lines, l.Record)
		}
		if page.Next == 0 {
			return lines
		}
		before = fmt.Sprint("&before=", page.Next)
	}
}

func (s *portalStage) attackSessions(t *testing.T) {
	const fixed = "feisui_session=feisui_session_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	cookieOf := func(p seen) string {
		for _, c := range p.header.Values("Set-Cookie") {
			if pair, rest, _ := strings.Cut(c, ";"); strings.HasPrefix(pair, "feisui_session=") {
				for _, part := range []string{"HttpOnly", "SameSite=Strict", "Path=/"} {
					if !strings.Contains(rest, part) {
						t.Errorf("A57: the cookie is not %s: %s", part, c)
					}
				}
				return pair
			}
		}
		return ""
	}
	with := func(cookie, method, path string, form url.Values) seen {
		v := s.nobody()
		r := v.request(method, path, form)
		r.Header.Set("Cookie", cookie)
		return v.send(r)
	}
	opening := url.Values{"user": {keep.DemoName(access.CommunityOfficer)}, "password": {demoPassword}}
	first := cookieOf(with(fixed, http.MethodPost, "/sign-in", opening))
	if first == "" || first == fixed {
		t.Fatalf("A55: the session is %q", first)
	}
	if p := with(fixed, http.MethodGet, "/", nil); !strings.HasPrefix(p.header.Get("Location"), "/sign-in") {
		t.Errorf("A55: the session that was there before opens %s", p)
	}
	second := cookieOf(with(first, http.MethodPost, "/sign-in", opening))
	if second == first || second == "" {
		t.Error("signing in again gives the same session")
	}
	mine := with(second, http.MethodGet, "/w/task/i/JB-1", nil)
	if mine.status != http.StatusOK || mine.header.Get("Cache-Control") != "no-store" { // the control
		t.Fatalf("A81: %s", mine)
	}
	gone := with(second, http.MethodPost, "/sign-out", url.Values{})
	if gone.status != http.StatusSeeOther || !strings.Contains(gone.header.Get("Clear-Site-Data"), "cache") {
		t.Errorf("signing out: %s", gone)
	}
	for _, path := range []string{"/", "/w/task/i/JB-1", "/w/task", "/password"} {
		p := with(second, http.MethodGet, path, nil)
		if p.status != http.StatusSeeOther || !strings.HasPrefix(p.header.Get("Location"), "/sign-in?") || strings.Contains(string(p.body), "北社区") || p.header.Get("Cache-Control") != "no-store" {
			t.Errorf("A56: %s after signing out: %d %v", path, p.status, p.header)
		}
	}
	if p := with(second, http.MethodPost, "/w/task/i/JB-1/see", url.Values{"request": {"late"}}); p.status != http.StatusSeeOther || s.seen(ofAuthority, "JB-1").State != "delivered" {
		t.Errorf("A56: a form after signing out: %s", p)
	}
}

// attackByForms sends a form as pages of other sites can.
func (s *portalStage) attackByForms(t *testing.T) {
	community := s.as(access.CommunityOfficer)
	head, _ := s.head()
	for name, headers := range map[string][]string{
		"another site":           {"Sec-Fetch-Site", "cross-site"},
		"a neighbour":            {"Sec-Fetch-Site", "same-site"},
		"an address":             {"Sec-Fetch-Site", "none"},
		"nobody says":            {"Origin", ""},
		"another's Origin":       {"Origin", "https://example.org"},
		"no Origin to speak of":  {"Origin", "null"},
		"a name that ends so":    {"Origin", s.address + ".example.org"},
		"another port":           {"Origin", "http://127.0.0.1:1"},
		"a Referer alone":        {"Origin", "", "Referer", s.address + "/w/task"},
		"text":                   {"Content-Type", "text/plain"},
		"JSON":                   {"Content-Type", "application/json"},
		"no type":                {"Content-Type", ""},
		"another's, ours behind": {"Origin", "https://example.org", "X-Forwarded-Host", "example.org"},
	} {
		r := community.request(http.MethodPost, "/w/task/i/JB-1/see", url.Values{"request": {"csrf-" + strings.ReplaceAll(name, " ", "-")}})
		for i := 0; i < len(headers); i += 2 {
			if r.Header.Del(headers[i]); headers[i+1] != "" {
				r.Header.Set(headers[i], headers[i+1])
			}
		}
		if p := community.send(r); p.status != http.StatusForbidden && p.status != http.StatusUnsupportedMediaType {
			t.Errorf("%s: %s", name, p)
		}
	}
	for name, r := range map[string]*http.Request{
		"a method in a header":   community.request(http.MethodGet, "/w/task/i/JB-1/see", nil),
		"a method in an address": community.request(http.MethodGet, "/w/task/i/JB-1/see?_method=POST&request=x", nil),
	} {
		r.Header.Set("X-HTTP-Method-Override", "POST")
		if p := community.send(r); p.status != http.StatusOK {
			t.Errorf("%s: %s", name, p)
		}
	}
	if now, _ := s.head(); now != head {
		t.Errorf("%d facts were recorded", now-head)
	}
	// The control: by a browser that says where it is from, and by an old one.
	r := community.request(http.MethodPost, "/w/task/i/JB-1/see", url.Values{"request": {"own"}})
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if p := community.send(r); p.status != http.StatusSeeOther {
		t.Errorf("one's own: %s", p)
	}
	if now, _ := s.head(); now == head {
		t.Error("one's own form records nothing")
	}
}

// attackEveryForm: whatever the portal takes, it takes from its own pages alone.
func (s *portalStage) attackEveryForm(t *testing.T) {
	head, done := s.head()
	authority := s.as(access.Authority)
	_, before := s.head() // with the one who signed in
	n := 0
	for _, pattern := range portalPatterns {
		method, path, _ := strings.Cut(pattern, " ")
		if method == http.MethodGet {
			continue
		}
		n++
		r := authority.request(method, inPlace(path), url.Values{"request": {"x"}, "to": {"en"}})
		r.Header.Set("Origin", "https://example.org")
		if p := authority.send(r); p.status != http.StatusForbidden || p.header.Get("Set-Cookie") != "" || faultsOf(p) != nil {
			t.Errorf("%s: %d %v %q", pattern, p.status, p.header["Set-Cookie"], faultsOf(p))
		}
	}
	now, after := s.head()
	if now != head || after != before || before != done+1 || n < 5 {
		t.Errorf("%d forms: %d facts, then %d; %d deeds, then %d and %d", n, head, now, done, before, after)
	}
}

// attackByReading: whatever a page is asked for, nothing is done. Also HEAD.
func (s *portalStage) attackByReading(t *testing.T) {
	var all []*visitor
	for _, role := range portalRoles {
		all = append(all, s.as(role))
	}
	head, done := s.head()
	n := 0
	for _, v := range all {
		for _, pattern := range portalPatterns {
			method, path, _ := strings.Cut(pattern, " ")
			if method != http.MethodGet {
				continue
			}
			for _, query := range []string{"", "?request=get&done=done&t.no=X&no=X&next=/&to=en&confirm=true"} {
				for _, method := range []string{http.MethodGet, http.MethodHead} {
					n++
					if p := v.send(v.request(method, inPlace(path)+query, nil)); p.status >= http.StatusInternalServerError {
						t.Errorf("%s", p)
					}
				}
			}
		}
		for _, p := range v.crawl() {
			n++
			if p.header.Get("Set-Cookie") != "" {
				t.Errorf("%s sets %s", p.path, p.header.Get("Set-Cookie"))
			}
		}
	}
	now, after := s.head()
	if now != head || after != done || n < 200 {
		t.Errorf("after %d pages there are %d facts and were %d; %d deeds, and were %d", n, now, head, after, done)
	}
}

// attackByRepeating sends forms again, and ones that were opened before.
func (s *portalStage) attackByRepeating(t *testing.T) {
	community, head := s.as(access.CommunityOfficer), s.as(access.DepartmentHead)
	const at = "/w/task/i/JB-2/accept"
	old, again := community.get(at).hidden(at), community.get("/w/task/i/JB-2/reject").hidden("/w/task/i/JB-2/reject")
	if old.Get("request") == "" || old.Get("request") == again.Get("request") {
		t.Fatalf("the request ids of forms: %v %v", old, again)
	}
	before, _ := s.head()
	for range 3 {
		if p := community.post(at, old); p.status != http.StatusSeeOther {
			t.Errorf("the same form: %s", p)
		}
	}
	once, _ := s.head()
	// A62: the same id with something else in it is refused, and A61: another's id is another.
	other := maps.Clone(old)
	other.Set("t.note", "另一句")
	if p := community.post(at, other); p.status != http.StatusConflict {
		t.Errorf("A62: %s", p)
	}
	if p := head.post("/w/task/i/JB-2/recall", url.Values{"request": old["request"], "t.reason": {""}}); p.status != http.StatusUnprocessableEntity {
		t.Errorf("A61: %s", p)
	}
	// A83: a form that was opened before the step was taken.
	if p := community.post("/w/task/i/JB-2/see", url.Values{"request": {"stale"}}); p.status != http.StatusConflict || p.words() == "" {
		t.Errorf("A83: %s", p)
	}
	if p := head.post("/w/task/i/JB-2/verify", url.Values{"request": {"forwarded"}}); p.status != http.StatusConflict {
		t.Errorf("A83: %s", p)
	}
	if p := community.post(at, url.Values{}); p.status < http.StatusBadRequest || faultsOf(p) != nil {
		t.Errorf("without a request id: %s %q", p, faultsOf(p))
	}
	if now, _ := s.head(); now != once || once == before {
		t.Errorf("%d facts, then %d, then %d", before, once, now)
	}
}

func (s *portalStage) attackByHeaders(t *testing.T) {
	community, nobody := s.as(access.CommunityOfficer), s.nobody()
	for name, c := range map[string]struct {
		who    *visitor
		path   string
		header []string
		want   int
	}{
		"who is forwarded":       {nobody, "/", []string{"X-Forwarded-User", "demo-leader", "X-User", "demo-leader", "X-Remote-User", "operator:machine"}, http.StatusSeeOther},
		"another path":           {community, "/sign-in", []string{"X-Original-URL", "/w/task", "X-Rewrite-URL", "/w/task"}, http.StatusOK},
		"another host":           {community, "/w/task", []string{"Host", "county.example.org"}, http.StatusMisdirectedRequest},
		"a forwarded host":       {community, "/nowhere", []string{"X-Forwarded-Host", "evil.example.org", "Forwarded", "host=evil.example.org"}, http.StatusNotFound},
		"another's key":          {nobody, "/w/task", []string{"Authorization", "Bearer wrong"}, http.StatusSeeOther},
		"the operator's key":     {nobody, "/w/task", []string{"Authorization", "Bearer " + testKey}, http.StatusSeeOther}, // pages are for sessions
		"an address on this one": {nobody, "/w/task", []string{"X-Forwarded-For", "127.0.0.1", "X-Real-IP", "127.0.0.1"}, http.StatusSeeOther},
		"the control":            {community, "/w/task", nil, http.StatusOK},
	} {
		r := c.who.request(http.MethodGet, c.path, nil)
		for i := 0; i < len(c.header); i += 2 {
			if r.Header.Set(c.header[i], c.header[i+1]); c.header[i] == "Host" {
				r.Host = c.header[i+1]
			}
		}
		p := c.who.send(r)
		if p.status != c.want || strings.Contains(string(p.body), "evil.example.org") || strings.Contains(p.header.Get("Location"), "evil") {
			t.Errorf("%s: %s %v", name, p, p.header)
		}
	}
	r := community.request(http.MethodPost, "/w/task/i/JB-1/see", url.Values{"request": {"forwarded-for"}})
	r.Header.Set("X-Forwarded-For", "203.0.113.9")
	community.send(r)
	n := 0
	for _, l := range s.audit() {
		if n++; strings.Contains(l.Address, "203.0.113") {
			t.Errorf("the audit log believes who says from where it asks: %+v", l)
		}
	}
	if n < 10 {
		t.Errorf("the audit log has %d lines", n)
	}
}

func (s *portalStage) attackByAddress(t *testing.T) {
	community := s.as(access.CommunityOfficer)
	for _, path := range []string{
		"//w/task", "/w//task", "/w/task/../task", "/w/task/..%2ftask", "/w/%2e%2e/w/task", "/w/task;x", "/w/task;jsessionid=1", "/W/task", "/w/TASK", "/w/task/", "/w/task.",
		"/w/task%00", "/w/task%20", "/./w/task", "//example.org/w/task", "//example.org//..//w/task", "/w/task/i/JB-1/../JB-S", "/w/task/i/..%2f..%2fsign-out", "/w\\task", "/assets/../w/task",
		"/assets/x/../../portal.go", "/assets/" + "0123456789ab" + "/..%2fportal.go", "/debug/pprof/", "/debug/vars", "/metrics", "/.git/config", "/.env", "/w/task.json", "/swagger", "/index.php",
	} {
		r := community.request(http.MethodGet, "/", nil)
		r.URL.Opaque = "//" + r.URL.Host + path // as it is typed, cleaned by nobody
		p := community.send(r)
		to := p.header.Get("Location")
		if sent := p.status == http.StatusMovedPermanently || p.status == http.StatusTemporaryRedirect || p.status == http.StatusPermanentRedirect; sent && (strings.HasPrefix(to, "//") || !ourAddress(to)) {
			t.Errorf("%s leads to %s", path, to)
		} else if !sent && p.status != http.StatusNotFound && p.status != http.StatusBadRequest {
			t.Errorf("%s: %s", path, p)
		}
		s.tellsNothing(p)
	}
	head, _ := s.head()
	for _, method := range []string{http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodTrace, http.MethodOptions, "PROPFIND", "SEE"} {
		for _, path := range []string{"/", "/w/task", "/w/task/i/JB-1", "/w/task/i/JB-1/see", "/sign-out", "/assets/x/style.css"} {
			r := community.request(method, path, nil)
			r.Header.Set("Origin", s.address)
			if p := community.send(r); p.status != http.StatusMethodNotAllowed && p.status != http.StatusForbidden {
				t.Errorf("%s %s: %s", method, path, p)
			}
		}
	}
	if now, _ := s.head(); now != head {
		t.Errorf("a verb recorded %d facts", now-head)
	}
	foreign, absent := community.send(community.request(http.MethodHead, "/w/task/i/JB-3", nil)), community.send(community.request(http.MethodHead, "/w/task/i/JB-X", nil))
	if foreign.status != http.StatusNotFound || absent.status != foreign.status || foreign.header.Get("Content-Length") != absent.header.Get("Content-Length") {
		t.Errorf("HEAD tells what is another's: %d %v, %d %v", foreign.status, foreign.header, absent.status, absent.header)
	}
	if p := community.get("/w/task/i/JB-1"); p.status != http.StatusOK { // the control
		t.Errorf("%s", p)
	}
}

// tellsNothing looks that a page says nothing of the machine.
func (s *portalStage) tellsNothing(p seen) {
	s.t.Helper()
	for _, word := range []string{"goroutine", ".go:", "panic", "runtime error", "SQLSTATE", "pgx", "postgres", "nats", "no rows", "/services/", "dial tcp"} {
		if strings.Contains(string(p.body), word) {
			s.t.Errorf("%s tells %q: %s", p.path, word, p)
		}
	}
}

// attackByNext: who signs in or chooses a language is sent on within this site.
func (s *portalStage) attackByNext(t *testing.T) {
	for _, next := range []string{
		"//example.org", "///example.org", "https://example.org", "http:example.org", "\\\\example.org", "/\\example.org", "/\t/example.org", "/\n/example.org", "//example.org/%2f..",
		"/.//example.org", "/..//example.org", "javascript:alert(1)", "data:text/html,x", "example.org", "@example.org", "/%09/example.org", "/\r\nSet-Cookie: a=b", "/%0d%0aSet-Cookie:%20a=b", "?next=//example.org", " //example.org", "",
	} {
		for _, path := range []string{"/sign-in", "/language"} {
			v := s.nobody()
			p := v.post(path, url.Values{"user": {keep.DemoName(access.Leader)}, "password": {demoPassword}, "to": {"en"}, "next": {next}})
			to := p.header.Get("Location")
			if p.status != http.StatusSeeOther || to == "" || !ourAddress(to) || strings.HasPrefix(to, "//") || p.header.Get("Set-Cookie") == "" {
				t.Errorf("%s with %q leads to %q", path, next, to)
			}
			for _, c := range p.header.Values("Set-Cookie") {
				if strings.HasPrefix(c, "a=b") {
					t.Errorf("%q sets a cookie", next)
				}
			}
		}
		if p := s.nobody().get("/sign-in?next=" + url.QueryEscape(next)); activeIn(p) != nil {
			t.Errorf("%q: %q", next, activeIn(p))
		}
	}
	const wanted = "/w/task?all=true" // the control
	p := s.nobody().post("/sign-in", url.Values{"user": {keep.DemoName(access.Leader)}, "password": {demoPassword}, "next": {wanted}})
	if to := p.header.Get("Location"); to != wanted {
		t.Errorf("where one was before: %q", to)
	}
}

// attackBySize sends more than people type.
func (s *portalStage) attackBySize(t *testing.T) {
	community, nobody := s.as(access.CommunityOfficer), s.nobody()
	form := func(v *visitor, path, kind string, body io.Reader) int {
		r := v.request(http.MethodPost, path, url.Values{})
		r.Body, r.ContentLength = io.NopCloser(body), -1
		r.Header.Set("Content-Type", kind)
		return v.send(r).status
	}
	const typed = "application/x-www-form-urlencoded"
	for name, c := range map[string]struct{ got, want int }{
		"a long field":        {form(community, "/w/task/i/JB-9/accept", typed, strings.NewReader("request=big&t.note="+strings.Repeat("a", 1<<20))), http.StatusRequestEntityTooLarge},
		"many fields":         {form(community, "/w/task/i/JB-9/accept", typed, strings.NewReader("request=many"+strings.Repeat("&t.a=b", 1<<18))), http.StatusRequestEntityTooLarge},
		"before signing in":   {form(nobody, "/sign-in", typed, strings.NewReader("user="+strings.Repeat("a", 1<<20))), http.StatusRequestEntityTooLarge},
		"a file for nobody":   {form(nobody, "/sign-in", "multipart/form-data; boundary=x", strings.NewReader("--x\r\n")), http.StatusUnsupportedMediaType},
		"letters that are no": {form(community, "/w/task/i/JB-9/accept", typed, strings.NewReader("request=odd&t.note=%zz")), http.StatusBadRequest},
		"a note of its most":  {form(community, "/w/task/i/JB-9/accept", typed, strings.NewReader("request=most&t.note="+url.QueryEscape(strings.Repeat("收", 500)))), http.StatusSeeOther}, // the control
	} {
		if c.got != c.want {
			t.Errorf("%s: %d, not %d", name, c.got, c.want)
		}
	}
	if p := community.get("/w/task?after=" + strings.Repeat("a", 60_000)); p.status >= http.StatusInternalServerError {
		t.Errorf("a long address: %d", p.status)
	}
}

// attackPasswords guesses at the portal's door.
func (s *portalStage) attackPasswords(t *testing.T) {
	s.later.Add(int64(people.AddressWindow)) // or the count that signing in began would end in the middle
	said := map[string]bool{}
	for _, name := range []string{keep.DemoName(access.Auditor), "demo-nobody"} {
		for i := range 6 {
			p := s.nobody().post("/sign-in", url.Values{"user": {name}, "password": {fmt.Sprint("wrong ", i)}})
			said[fmt.Sprint(p.status, p.words())] = true
			if strings.Contains(string(p.body), "wrong ") || p.status != http.StatusUnauthorized {
				t.Errorf("A53: %s", p)
			}
		}
	}
	if len(said) != 1 {
		t.Errorf("A53: what is said tells who is there: %q", slices.Sorted(maps.Keys(said)))
	}
	many := 0
	for i := range people.AddressMax + 5 {
		v := s.nobody()
		r := v.request(http.MethodPost, "/sign-in", url.Values{"user": {fmt.Sprint("user", i)}, "password": {"Spring2026!!"}})
		r.Header.Set("X-Forwarded-For", fmt.Sprint("10.0.0.", i))
		if p := v.send(r); p.status == http.StatusTooManyRequests && faultsOf(p) == nil {
			many++
		}
	}
	if many < 5 || many > 5+12 {
		t.Errorf("A54: %d were refused as too many", many)
	}
}
