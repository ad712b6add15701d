package portal_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"feisui/pkg/access"
	"feisui/schemas"
	"feisui/services/portal"
)

// TestEveryEventHasAName in the words of the portal, and what is none has none.
func TestEveryEventHasAName(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../schemas/events/*.json")
	if err != nil || len(files) < 50 {
		t.Fatalf("%d events, %v", len(files), err)
	}
	for _, file := range files {
		kind := strings.TrimSuffix(filepath.Base(file), ".json")
		if kind != "envelope" && !portal.Says("event."+kind) {
			t.Errorf("messages/event has no %s", kind)
		}
	}
	if portal.Says("event.nothing.happened") {
		t.Error("it has a name for what never happens")
	}
}

// TestEveryOperationHasAName that people read, in Chinese that of the table of rights.
func TestEveryOperationHasAName(t *testing.T) {
	t.Parallel()
	table, err := access.Parse(schemas.Access)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range table.Operations() {
		if name := portal.Word("operation", id); name.Chinese != table.Name(id) || name.English == id {
			t.Errorf("%s is called %+v in messages/operation; the table of rights has %s", id, name, table.Name(id))
		}
	}
	if name := portal.Word("operation", "nothing"); name.English != "nothing" {
		t.Errorf("what is no operation is called %+v", name)
	}
}

// TestAWholeNumberIsWhereOneGoes, and a part of one is a list.
func TestAWholeNumberIsWhereOneGoes(t *testing.T) {
	t.Parallel()
	one, two := [2]string{"JB-1", "/w/task/i/JB-1"}, [2]string{"JB-12", "/w/task/i/JB-12"}
	for _, c := range []struct {
		q     string
		total int
		all   [][2]string
		goes  string
	}{
		{"JB-1", 2, [][2]string{one, two}, one[1]},
		{"jb-1", 2, [][2]string{one, two}, one[1]},
		{"JB-", 2, [][2]string{one, two}, ""},
		{"B-12", 1, [][2]string{two}, two[1]},
		{"社区", 1, [][2]string{{"北社区", "/x"}}, ""},
		{"JB-1", 0, nil, ""},
	} {
		if goes := portal.Only(c.q, c.total, c.all...); goes != c.goes {
			t.Errorf("%s: %q, want %q", c.q, goes, c.goes)
		}
	}
}

// names is an API that knows who looks and what codes are called.
type names struct {
	called string // what D01 is called
	asked  int    // how often for names
	same   int    // how often they were the same
}

func (n *names) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/v1/session":
		role, err := r.Cookie("role")
		if err != nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		fmt.Fprintf(w, `{"who":"person:1","county":"c","grants":[{"role":%q}]}`, role.Value)
	case "/v1/counties/c/directory":
		n.asked++
		role, err := r.Cookie("role")
		called := n.called
		if err == nil && role.Value == string(access.SystemAdmin) {
			called += " for administrators"
		}
		tag := `"` + called + `"`
		if r.Header.Get("If-None-Match") == tag {
			n.same++
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("ETag", tag)
		fmt.Fprintf(w, `{"name":"汝城县","departments":[{"code":"D01","name":%q}]}`, called)
	case "/v1/counties/c/workflows/w/definitions":
		fmt.Fprint(w, `{"definitions":[{"version":1,"definition":{"begin":"apply","parties":{"scope":"communities"},"actions":{"apply":{"form":{"properties":{
			"sampled":{"type":"array","title":"Sampled"},"communities":{"type":"array","title":"Communities"}}}}}}}]}`)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// TestNamesAreAskedOnceForAll: those of a county serve whoever may ask for names, for a
// while; then they are asked for by their tag. What administrators are told is kept apart.
// Who has no role sees codes, and asks nothing.
// The head of a page on paper calls the county by its name.
func TestNamesAreAskedOnceForAll(t *testing.T) {
	t.Parallel()
	table, err := access.Parse(schemas.Access)
	if err != nil {
		t.Fatal(err)
	}
	api, now := &names{called: "old"}, time.Unix(0, 0)
	pages := portal.New(portal.Options{API: api, Rights: table, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return now }})
	portal.Naming(pages)
	ask := func(role access.Role, path string) *httptest.ResponseRecorder {
		t.Helper()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody)
		r.AddCookie(&http.Cookie{Name: "role", Value: string(role)})
		w := httptest.NewRecorder()
		pages.ServeHTTP(w, r)
		return w
	}
	called := func(role access.Role, code string) string { return ask(role, "/naming/"+code).Header().Get("Called") }
	for i, step := range []struct {
		role        access.Role
		code, want  string
		asked, same int
		after       func()
	}{
		{"", "D01", "D01", 0, 0, nil},
		{access.Authority, "D01", "old", 1, 0, nil},
		{access.CommunityOfficer, "D01", "old", 1, 0, nil},
		{access.Authority, "D99", "D99", 1, 0, func() { now = now.Add(time.Minute) }},
		{access.Authority, "D01", "old", 2, 1, nil},
		{access.Authority, "D01", "old", 2, 1, func() { now, api.called = now.Add(time.Minute), "new" }},
		{access.Leader, "D01", "new", 3, 1, nil},
		{access.SystemAdmin, "D01", "new for administrators", 4, 1, nil},
		{access.Leader, "D01", "new", 4, 1, nil},
		{access.SystemAdmin, "D01", "new for administrators", 4, 1, func() { now = now.Add(time.Minute) }},
		{access.SystemAdmin, "D01", "new for administrators", 5, 2, nil},
		{access.Leader, "D01", "new", 6, 3, nil},
		{"", "D01", "D01", 6, 3, nil},
	} {
		if got := called(step.role, step.code); got != step.want || api.asked != step.asked || api.same != step.same {
			t.Errorf("%d: %s calls %s %q and asked %d times, %d the same", i, step.role, step.code, got, api.asked, api.same)
		}
		if step.after != nil {
			step.after()
		}
	}
	for role, head := range map[access.Role]string{access.Authority: "费随 · 汝城县 · ", "": "费随 · c · "} {
		if page := ask(role, "/more").Body.String(); !strings.Contains(page, `<p class="printed onpaper">`+head) {
			t.Errorf("no head %q in the page of %s: %s", head, role, page)
		}
	}
}

// TestWhatSaysWhomItConcernsIsLeftOut of what was filled in: the field that the definition
// fills a party from, and no other that says the same.
func TestWhatSaysWhomItConcernsIsLeftOut(t *testing.T) {
	t.Parallel()
	table, err := access.Parse(schemas.Access)
	if err != nil {
		t.Fatal(err)
	}
	pages := portal.New(portal.Options{API: &names{}, Rights: table, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return time.Unix(0, 0) }})
	portal.FillingIn(pages)
	for scope, want := range map[string]string{"C1;C2": "Sampled: C1、C2", "C1": "Sampled: C1、C2; Communities: C1、C2"} {
		asked := url.Values{"instance": {`{"workflow":"w","version":1,"parties":{"scope":"` + scope + `"},"form":{"communities":["C1","C2"],"sampled":["C1","C2"]}}`}}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/filling?"+asked.Encode(), http.NoBody)
		r.AddCookie(&http.Cookie{Name: "role", Value: string(access.Authority)})
		w := httptest.NewRecorder()
		pages.ServeHTTP(w, r)
		if got := w.Header().Get("Filled"); got != want {
			t.Errorf("of %s: %q, want %q: %d %s", scope, got, want, w.Code, w.Body)
		}
	}
}
