package main

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"feisui/pkg/access"
	"feisui/pkg/figure"
	"feisui/schemas"
	"feisui/services/portal"
)

// behind is a portal of its own before a running county's interface, which writes
// down what each page asks of it and what it is answered.
type behind struct {
	visitor

	instead func(http.ResponseWriter, *http.Request) bool // answers some requests in the interface's place

	mu    sync.Mutex
	calls []call
}

type call struct {
	method, path, query string
	status              int
}

// before opens a portal before a running county, for somebody who signs in.
func before(t testing.TB, address string, role access.Role) *behind {
	t.Helper()
	at, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	b := &behind{}
	proxy := httputil.NewSingleHostReverseProxy(at)
	proxy.Transport = withoutKey
	table, err := access.Parse(schemas.Access)
	if err != nil {
		t.Fatal(err)
	}
	pages := portal.New(portal.Options{Rights: table, Log: quiet(), Now: time.Now, API: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := &noting{ResponseWriter: w}
		if b.instead == nil || !b.instead(n, r) {
			r = r.Clone(r.Context())
			r.Host = at.Host
			proxy.ServeHTTP(n, r)
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		b.calls = append(b.calls, call{r.Method, r.URL.Path, r.URL.RawQuery, n.status})
	})})
	server := httptest.NewServer(pages)
	t.Cleanup(server.Close)
	b.visitor = *signedInAs(t, server.URL, role)
	return b
}

// noting remembers the status.
type noting struct {
	http.ResponseWriter

	status int
}

func (n *noting) WriteHeader(status int) {
	n.status = status
	n.ResponseWriter.WriteHeader(status)
}

// asks opens a page and gives what it asked for.
func (b *behind) asks(r *http.Request) (p seen, calls []call) {
	b.mu.Lock()
	b.calls = nil
	b.mu.Unlock()
	p = b.send(r)
	b.mu.Lock()
	defer b.mu.Unlock()
	return p, slices.Clone(b.calls)
}

// operationOf names the operation of the interface that a call is of.
func operationOf(t testing.TB, c call) string {
	t.Helper()
	found, err := places()
	if err != nil {
		t.Fatal(err)
	}
	best := ""
	for operation, place := range found {
		parts, holes := strings.Split(c.path, "/"), strings.Split(place[1], "/")
		fits := place[0] == c.method && len(parts) == len(holes)
		for i := 0; fits && i < len(parts); i++ {
			fits = parts[i] == holes[i] || strings.HasPrefix(holes[i], "{")
		}
		if fits && (best == "" || strings.Count(place[1], "{") < strings.Count(found[best][1], "{")) {
			best = operation
		}
	}
	return best
}

// TestTheTableOfRightsHoldsForPages: whatever page somebody asks for, of every route
// and of every page that anybody's links lead to, what the table refuses their role is
// refused, and a page that needs it is a refusal too, in which there is nothing.
func TestTheTableOfRightsHoldsForPages(t *testing.T) {
	t.Parallel()
	s := portalPlayed(t, asTyped)
	table := rightsTable(t, schemas.Access)
	var paths []string
	for _, pattern := range portalPatterns {
		if method, path, _ := strings.Cut(pattern, " "); method == http.MethodGet {
			paths = append(paths, inPlace(path))
		}
	}
	for _, role := range portalRoles {
		for _, p := range s.as(role).crawl() {
			if !slices.Contains(paths, p.path) {
				paths = append(paths, p.path)
			}
		}
	}
	pages, refused, asked := 0, 0, map[string]bool{}
	for _, role := range portalRoles {
		v := before(t, s.address, role)
		for _, path := range paths {
			p, calls := v.asks(v.request(http.MethodGet, path, nil))
			pages++
			denied := false
			for _, c := range calls {
				operation := operationOf(t, c)
				asked[operation] = true
				cell := table[operation][string(role)]
				if cell == "-" && table[operation]["anyone"] == "-" && c.status != http.StatusForbidden {
					t.Errorf("%s as %s: %s is not for them, and is answered with %d", path, role, operation, c.status)
				}
				denied = denied || c.status == http.StatusForbidden || c.status == http.StatusUnauthorized
			}
			switch {
			case p.status >= http.StatusInternalServerError:
				t.Errorf("%s", p)
			case denied && p.status != http.StatusForbidden && p.status != http.StatusNotFound:
				t.Errorf("%s asks for what is refused to a %s, and is answered with %d: %+v", path, role, p.status, calls)
			case p.status == http.StatusForbidden || p.status == http.StatusNotFound:
				refused++
				s.of(t).showsNothing(p)
			case p.status != http.StatusOK && p.status != http.StatusSeeOther:
				t.Errorf("%s", p)
			}
		}
	}
	figure.Logf(t, "%d pages, of which %d were refused; %d operations were asked for", pages, refused, len(asked))
	if refused < 100 || pages < 1000 || len(asked) < 5 {
		t.Errorf("%d pages, of which %d were refused; %d operations were asked for", pages, refused, len(asked))
	}
}

// ofTheCounty are words that stand in pages of the county, and in no refusal.
var ofTheCounty = []string{"北社区", "南社区", "东社区", "民政局", "司法局", "高龄津贴", "普法宣传", "2025-04-30", "2025年4月30日", "240.00", "少一半", "P-3", "GP-3", "JB-S"}

// showsNothing looks that a refusal says nothing of the county but what was asked for.
func (s *portalStage) showsNothing(p seen) {
	s.t.Helper()
	for _, word := range ofTheCounty {
		if strings.Contains(string(p.body), word) && !strings.Contains(p.path, word) {
			s.t.Errorf("%s as %s is refused with %d, and tells %q", p.path, p.who, p.status, word)
		}
	}
	s.tellsNothing(p)
}

var requestIDs = regexp.MustCompile(`portal-[A-Z2-7]+`)

// TestWhatIsAnothersLooksAbsent: of each workflow, the page of something of another's
// is, but for the number in it, the page of what is not there; likewise its forms,
// and what comes of sending one. The control is one's own.
func TestWhatIsAnothersLooksAbsent(t *testing.T) {
	t.Parallel()
	s := portalPlayed(t, asTyped)
	plain := func(p seen, id string) string {
		text := strings.ReplaceAll(string(p.body), url.PathEscape(id), "ID")
		return http.StatusText(p.status) + requestIDs.ReplaceAllString(strings.ReplaceAll(strings.ReplaceAll(text, url.QueryEscape(id), "ID"), id, "ID"), "portal")
	}
	steps := map[string]string{
		"task": "accept", "payment": "confirm", "commitment": "amend", "plaque": "hang", "burden": "end", "admission": "withdraw", "case": "reply", "outside_work": "withdraw",
	}
	head, _ := s.head()
	n := 0
	for _, role := range []access.Role{access.CommunityOfficer, access.DepartmentHead, access.DepartmentOfficer, access.StreetOfficer} {
		v := s.as(role)
		for workflow, step := range steps {
			foreign, absent := foreignOf[workflow], "XX-9"
			switch workflow {
			case "case":
				foreign, absent = "fee:D02:1:JB-3", "fee:D02:1:JB-9"
			case "outside_work":
				foreign, absent = "TW-"+third+"-2025-03-03-1", "TW-"+third+"-2025-03-03-9"
			}
			for _, tail := range []string{"", "/" + step, "?done=x"} {
				at := func(id string) string { return instanceAt(workflow, id) + tail }
				a, b := v.get(at(foreign)), v.get(at(absent))
				n++
				if plain(a, foreign) != plain(b, absent) || a.status != http.StatusNotFound {
					t.Errorf("%s of %s: another's is %s\nabsent is %s", at(foreign), role, a, b)
				}
				s.showsNothing(a)
			}
			form := url.Values{"request": {"foreign-" + workflow + string(role)}, "t.note": {"x"}, "t.reason": {"x"}, "t.amount": {"1"}}
			a := v.post(instanceAt(workflow, foreign)+"/"+step, form)
			form.Set("request", form.Get("request")+"-absent")
			if b := v.post(instanceAt(workflow, absent)+"/"+step, form); plain(a, foreign) != plain(b, absent) || a.status != http.StatusNotFound {
				t.Errorf("%s of %s sent: another's is %s\nabsent is %s", workflow, role, a, b)
			}
		}
		if p := v.get(instanceAt("task", "JB-1")); p.status != http.StatusOK || !strings.Contains(string(p.body), "JB-1") {
			t.Errorf("one's own: %s", p)
		}
	}
	if now, _ := s.head(); now != head || n < 90 {
		t.Errorf("%d facts were recorded; %d pages", now-head, n)
	}
}

func instanceAt(workflow, id string) string {
	return "/w/" + workflow + "/i/" + url.PathEscape(id)
}

// TestNoClockTellsWhatIsForeignInPages (A75): another's takes as long as what is not
// there.
func TestNoClockTellsWhatIsForeignInPages(t *testing.T) {
	t.Parallel()
	v := portalPlayed(t, asTyped).as(access.CommunityOfficer)
	var took [2][]time.Duration
	for range 300 {
		for i, id := range []string{"JB-3", "JB-X"} {
			began := time.Now()
			if p := v.get(instanceAt("task", id)); p.status != http.StatusNotFound {
				t.Fatal(p)
			}
			took[i] = append(took[i], time.Since(began))
		}
	}
	middle := func(i int) float64 { return slices.Sorted(slices.Values(took[i]))[len(took[i])/2].Seconds() }
	figure.Logf(t, "another's %.2f ms, absent %.2f ms", 1000*middle(0), 1000*middle(1))
	if ratio := middle(0) / middle(1); ratio > 1.5 || ratio < 0.67 {
		t.Errorf("another's takes %.2f times as long as what is not there", ratio)
	}
}
