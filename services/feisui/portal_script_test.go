package main

import (
	"strings"
	"testing"

	"golang.org/x/net/html"

	"feisui/pkg/figure"
)

// spoilt is what stands behind everything that is typed: it ends whatever it could
// stand in, and is an address that acts. Where a text may not have it, the door says so.
const spoilt = `"'></script></textarea><script>x()</script><img src=x onerror=y()>`

// TestNothingThatIsTypedActs (A79): names, titles, notes, reasons and numbers that are
// scripts are text on every page of each role, in both languages, also where a form
// shows again what was typed and what the interface says of it.
func TestNothingThatIsTypedActs(t *testing.T) {
	t.Parallel()
	s := portalPlayed(t, func(text string) string { return "javascript:z()//" + text + spoilt })
	s.flow("task").begin(officeHead, object("no", `JB-"><script>x()</script>`, "department", "D01", "community", north, "item", "A01", "quantity", "1", "pay_by", "2025-04-30"))
	shown, typed, pages := map[string]bool{}, 0, 0
	for _, role := range portalRoles {
		v := s.as(role)
		for _, lang := range []string{"zh-CN", "en"} {
			if lang == "en" {
				v.inEnglish()
			}
			for _, p := range v.crawl() {
				pages++
				if wrong := activeIn(p); wrong != nil {
					t.Errorf("%s as %s: %q", p.path, role, wrong)
				}
				if said := p.words(); strings.Contains(said, "<script>x()") {
					shown[pageKind(t, p.path)] = true
				}
				for _, form := range p.elements("form") {
					if at := attribute(form, "action"); strings.HasPrefix(at, "/w/") && attribute(form, "method") == "post" {
						typed += s.typesScripts(v, p, form)
					}
				}
			}
		}
	}
	for _, path := range []string{
		"/sign-in?next=" + scripted + "&why=" + scripted, "/nowhere/" + scripted, "/w/" + scripted, "/w/task/i/" + scripted, "/w/task?after=" + scripted, "/?done=" + scripted, "/assign?item=A01&no=" + scripted,
	} {
		for _, v := range []*visitor{s.nobody(), s.as("department_head")} {
			if p := v.get(path); activeIn(p) != nil {
				t.Errorf("%s: %q", path, activeIn(p))
			}
		}
	}
	figure.Logf(t, "%d pages, of which %d kinds show what was typed; %d forms say it again", pages, len(shown), typed)
	if len(shown) < 8 || typed < 20 || pages < 300 {
		t.Errorf("what was typed is hardly shown: %d pages, %d kinds of them, %d forms", pages, len(shown), typed)
	}
}

const scripted = "%22%3E%3Cscript%3Ex()%3C/script%3E"

// typesScripts sends a form with something in each field that no field takes, and
// looks at what comes back; it says whether that was there again.
func (s *portalStage) typesScripts(v *visitor, p seen, form *html.Node) int {
	s.t.Helper()
	at, fields := attribute(form, "action"), 0
	values := p.hidden(at)
	for n := range form.Descendants() {
		if name := attribute(n, "name"); n.Type == html.ElementNode && strings.Contains(name, ".") {
			fields++
			values.Set(name, "javascript:z()//"+spoilt+strings.Repeat("长", 2000))
		}
	}
	if fields == 0 {
		return 0 // nothing is typed in a button
	}
	again := v.post(at, values)
	if wrong := activeIn(again); wrong != nil {
		s.t.Errorf("%s, refused: %q", at, wrong)
	}
	if again.status < 400 {
		s.t.Errorf("%s is taken: %s", at, again)
	}
	if strings.Contains(again.words(), "<script>x()") {
		return 1
	}
	for _, n := range again.elements("input", "textarea") {
		if strings.Contains(attribute(n, "value"), "<script>x()") {
			return 1
		}
	}
	return 0
}
