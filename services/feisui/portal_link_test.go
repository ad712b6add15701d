package main

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"feisui/pkg/access"
)

// attackByLink follows links to us on a page of another site, with which a browser
// sends no cookie that is SameSite=Strict. Who comes so is shown nothing of the county;
// a page of ours leads on, once, to where the cookie is asked for again.
func (s *portalStage) attackByLink(t *testing.T) {
	before, _ := s.head()
	follow := func(v *visitor, path string, said ...string) seen {
		r := v.request(http.MethodGet, path, nil)
		for i := 0; i+1 < len(said); i += 2 {
			r.Header.Set(said[i], said[i+1])
		}
		return v.send(r)
	}
	const site, mode, dest = "Sec-Fetch-Site", "Sec-Fetch-Mode", "Sec-Fetch-Dest"
	elsewhere := []string{site, "cross-site", mode, "navigate", dest, "document"}
	community := s.as(access.CommunityOfficer)
	for _, path := range []string{"/w/task/i/JB-1", "/entries?stream=task%2FJB-1", "/", "/w/task?all=true&next=//example.org", "/%0d%0aSet-Cookie:a=b?x=%22%3E"} {
		p := follow(s.nobody(), path, elsewhere...)
		if strings.Contains(path, "%0d") { // there is no such page, and nothing goes on
			if p.status != http.StatusNotFound || p.header.Get("Refresh") != "" {
				t.Errorf("%s: %s", path, p)
			}
			continue
		}
		to, is := strings.CutPrefix(p.header.Get("Refresh"), "0; url=")
		if !is || p.status != http.StatusOK || !strings.HasPrefix(to, "/sign-in?") || p.header.Get("Set-Cookie") != "" || len(faultsOf(p)) > 0 {
			t.Fatalf("a link to %s: Refresh %q, %q, %s", path, p.header.Get("Refresh"), faultsOf(p), p)
		}
		if !slices.Contains(p.links(), to) || strings.Contains(p.words(), "JB-1") {
			t.Errorf("a link to %s without what goes on by itself: %s", path, p)
		}
		if on := community.get(to); on.status != http.StatusSeeOther || on.header.Get("Location") != path {
			t.Errorf("who is signed in comes from a link to %s to %d %q", path, on.status, on.header.Get("Location"))
		}
		form := s.nobody().get(to)
		if got := form.hidden("/sign-in").Get("next"); form.status != http.StatusOK || got != path {
			t.Errorf("who is nobody signs in, after which one is at %q instead of %s", got, path)
		}
		if again := follow(s.nobody(), to, elsewhere...); again.status != http.StatusOK || again.header.Get("Refresh") != "" {
			t.Errorf("it goes on and on: %q", again.header.Get("Refresh"))
		}
	}
	for name, said := range map[string][]string{
		"an old browser": nil, "a typed address": {site, "none", mode, "navigate", dest, "document"}, "a link of ours": {site, "same-origin", mode, "navigate", dest, "document"},
		"a script": {site, "cross-site", mode, "cors", dest, "empty"}, "a frame": {site, "cross-site", mode, "navigate", dest, "iframe"},
		"a session that has ended": append([]string{"Cookie", "feisui_session=feisui_session_" + strings.Repeat("A", 52)}, elsewhere...),
	} {
		if p := follow(s.nobody(), "/w/task", said...); p.status != http.StatusSeeOther || !strings.HasPrefix(p.header.Get("Location"), "/sign-in?next=%2Fw%2Ftask") || p.header.Get("Refresh") != "" {
			t.Errorf("%s: %d %q", name, p.status, p.header)
		}
	}
	r := s.nobody().request(http.MethodPost, "/w/task/i/JB-1/accept", url.Values{"request": {"from-a-link"}})
	for i := 0; i < len(elsewhere); i += 2 {
		r.Header.Set(elsewhere[i], elsewhere[i+1])
	}
	if p := s.nobody().send(r); p.status != http.StatusForbidden || p.header.Get("Refresh") != "" {
		t.Errorf("a form of another site: %s", p)
	}
	for _, next := range []string{"//example.org", "https://example.org", "/\\example.org"} {
		if p := community.get("/sign-in?came=link&next=" + url.QueryEscape(next)); p.header.Get("Location") != "/" {
			t.Errorf("%q leads to %q", next, p.header.Get("Location"))
		}
	}
	if p := community.get("/sign-in?next=%2Fw%2Ftask"); p.status != http.StatusOK { // only who followed a link is sent on
		t.Errorf("signing in again: %s", p)
	}
	if p := follow(community, "/w/task/i/JB-1", elsewhere...); p.status != http.StatusOK || !strings.Contains(p.words(), "JB-1") { // a browser that sends it all the same
		t.Errorf("a cookie that came: %s", p)
	}
	if after, _ := s.head(); after != before {
		t.Errorf("%d facts came of it", after-before)
	}
}
