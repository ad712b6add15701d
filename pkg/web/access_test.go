package web_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"feisui/pkg/access"
	"feisui/pkg/web"
)

// openTo is a table in which some operations have one cell for one column.
func openTo(t *testing.T, column, cell string, operations ...string) *access.Matrix {
	t.Helper()
	lines := []string{strings.Join(access.Columns(), ",")}
	for _, operation := range operations {
		line := []string{operation, "一项"}
		for _, c := range access.Columns()[2:] {
			if c == column {
				line = append(line, cell)
			} else {
				line = append(line, "-")
			}
		}
		lines = append(lines, strings.Join(line, ","))
	}
	m, err := access.Parse(strings.Join(lines, "\n"))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// trail keeps what was audited, until it is full.
type trail struct {
	mu   sync.Mutex
	all  []access.Record
	full bool
}

func (l *trail) Audit(_ context.Context, r access.Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.full {
		return errors.New("no room")
	}
	l.all = append(l.all, r)
	return nil
}

func (l *trail) take() []access.Record {
	l.mu.Lock()
	defer l.mu.Unlock()
	taken := l.all
	l.all = nil
	return taken
}

// guarded is an API with an operation that reads, one that is sensitive, one that
// records and one that the table lacks. Who asks is what the bearer says.
func guarded(t *testing.T) (address string, kept *trail) {
	t.Helper()
	kept = &trail{}
	api := web.New(web.Options{
		Info: &huma.Info{Title: "test", Version: "1"}, Log: slog.New(slog.DiscardHandler), Trail: kept,
		Access: openTo(t, "department_officer", "O", "openapi", "read", "sensitive", "sent"),
		Who: func(_ context.Context, r *http.Request) (access.Principal, error) {
			p := access.Principal{ID: "person:1", County: "c", Grants: []access.Grant{{Role: access.DepartmentOfficer, Scope: "D1"}}}
			switch r.Header.Get("Authorization") {
			case "officer":
			case "operator":
				p.Grants = append(p.Grants, access.Grant{Role: access.Operator})
			case "other":
				p.Grants = []access.Grant{{Role: access.Leader}}
			case "new":
				p.PasswordFirst = true
			case "ended":
				return access.Principal{}, web.Refuse(http.StatusUnauthorized, "SESSION_ENDED", "已退出", "ended")
			default:
				return access.Principal{}, nil
			}
			return p, nil
		},
	})
	type of struct{ web.OfCounty }
	seen := func(ctx context.Context, _ *of) (*greet, error) {
		out := &greet{}
		out.Body.Greeting = access.From(ctx).ID + " " + strings.Join(access.Within(ctx).Departments, " ")
		return out, nil
	}
	get := func(id string, metadata map[string]any) {
		web.Register(api, huma.Operation{Method: http.MethodGet, Path: "/{county}/" + id, OperationID: id, Metadata: metadata}, nil, seen)
	}
	get("read", nil)
	get("sensitive", map[string]any{web.Sensitive: true})
	get("forgotten", nil)
	web.Register(api, huma.Operation{
		Method: http.MethodPost, Path: "/{county}/sent", OperationID: "sent",
		RequestBody: &huma.RequestBody{Content: map[string]*huma.MediaType{"application/json": {}}},
	}, nil, func(_ context.Context, in *sent) (*greet, error) {
		if in.RequestID == "no" {
			return nil, web.Refuse(http.StatusConflict, "TAKEN", "已有", "taken")
		}
		return &greet{}, nil
	})
	if got := api.Unruled(); !slices.Equal(got, []string{"forgotten"}) {
		t.Errorf("unruled: %q", got)
	}
	server := httptest.NewServer(api.Handler())
	t.Cleanup(server.Close)
	return server.URL, kept
}

func TestWhoMayDoWhat(t *testing.T) { //nolint:tparallel // one log
	t.Parallel()
	address, kept := guarded(t)
	for name, c := range map[string]struct {
		request
		status        int
		code, audited string // the decision and code of the only record, "" for none
	}{
		"nobody":                        {request: request{"GET", "/c/read", "", nil}, status: 401, code: "SIGN_IN", audited: "refused SIGN_IN"},
		"nobody, a wrong parameter":     {request: request{"GET", "/c/read?x=1", "", nil}, status: 401, code: "SIGN_IN", audited: "refused SIGN_IN"},
		"who was signed in":             {request: request{"GET", "/c/read", "", auth("ended")}, status: 401, code: "SESSION_ENDED", audited: "refused SESSION_ENDED"},
		"who must change the password":  {request: request{"GET", "/c/read", "", auth("new")}, status: 401, code: "MUST_CHANGE_PASSWORD", audited: "refused MUST_CHANGE_PASSWORD"},
		"another role":                  {request: request{"GET", "/c/read", "", auth("other")}, status: 403, code: "FORBIDDEN", audited: "refused FORBIDDEN"},
		"another county":                {request: request{"GET", "/d/read", "", auth("officer")}, status: 404, code: "COUNTY_UNKNOWN", audited: "refused COUNTY_UNKNOWN"},
		"another county, another role":  {request: request{"GET", "/d/read", "", auth("other")}, status: 404, code: "COUNTY_UNKNOWN", audited: "refused COUNTY_UNKNOWN"},
		"an operation without a row":    {request: request{"GET", "/c/forgotten", "", auth("officer")}, status: 403, code: "FORBIDDEN", audited: "refused FORBIDDEN"},
		"the officer":                   {request: request{"GET", "/c/read", "", auth("officer")}, status: 200},
		"the officer, sensitive":        {request: request{"GET", "/c/sensitive", "", auth("officer")}, status: 200, audited: "done "},
		"the officer records":           {request: request{"POST", "/c/sent", "", auth("officer", "Request-Id", "yes")}, status: 200, audited: "done "},
		"the officer is refused":        {request: request{"POST", "/c/sent", "", auth("officer", "Request-Id", "no")}, status: 409, code: "TAKEN", audited: "refused TAKEN"},
		"the officer forgets the id":    {request: request{"POST", "/c/sent", "", auth("officer")}, status: 428, code: "REQUEST_ID", audited: "refused 428"},
		"the officer, a wrong question": {request: request{"POST", "/c/sent?x=1", "", auth("officer", "Request-Id", "yes")}, status: 400, code: "QUERY", audited: "refused QUERY"},
	} {
		t.Run(name, func(t *testing.T) {
			answer, text, err := c.send(t, address)
			if err != nil {
				t.Fatal(err)
			}
			var p struct{ Code, Greeting string }
			if err := json.Unmarshal(text, &p); err != nil || answer.StatusCode != c.status || p.Code != c.code {
				t.Errorf("%d %s, want %d %s", answer.StatusCode, text, c.status, c.code)
			}
			if c.status == 200 && c.method == "GET" && p.Greeting != "person:1 D1" {
				t.Errorf("the operation sees %q", p.Greeting)
			}
			if (answer.Header.Get("WWW-Authenticate") != "") != (c.status == 401) {
				t.Error("WWW-Authenticate")
			}
			var audited []string
			for _, r := range kept.take() {
				audited = append(audited, string(r.Decision)+" "+r.Code)
				if r.Operation == "" || r.Target == "" || r.Address != "127.0.0.1" || (c.status == 200) != (r.Actor != "" && r.Decision == access.Done) {
					t.Errorf("audited: %+v", r)
				}
			}
			if got := strings.Join(audited, "; "); got != c.audited {
				t.Errorf("audited %q, want %q", got, c.audited)
			}
		})
	}
}

func auth(who string, more ...string) map[string]string {
	header := map[string]string{"Authorization": who}
	for i := 0; i < len(more); i += 2 {
		header[more[i]] = more[i+1]
	}
	return header
}

// TestNothingSensitiveUnaudited: what cannot be audited is not read, but by who runs
// the machine; it is answered when the log has room again.
func TestNothingSensitiveUnaudited(t *testing.T) {
	t.Parallel()
	address, kept := guarded(t)
	for _, full := range []bool{true, false} {
		kept.full = full
		if answer, text, err := (request{"GET", "/c/sensitive", "", auth("operator")}).send(t, address); err != nil || answer.StatusCode != http.StatusOK {
			t.Errorf("the operator, full %v: %d %s %v", full, answer.StatusCode, text, err)
		}
		answer, text, err := request{"GET", "/c/sensitive", "", auth("officer")}.send(t, address)
		if err != nil || (answer.StatusCode == http.StatusOK) == full || full && !strings.Contains(string(text), "AUDIT_AWAY") {
			t.Errorf("full %v: %d %s %v", full, answer.StatusCode, text, err)
		}
	}
}

// TestTheLogSaysWhatTheOperationFinds: who signs in is found out on the way; that
// is one line, written before it is answered, and of the county that was found.
func TestTheLogSaysWhatTheOperationFinds(t *testing.T) {
	t.Parallel()
	kept := &trail{}
	api := web.New(web.Options{
		Info: &huma.Info{Title: "test", Version: "1"}, Log: slog.New(slog.DiscardHandler), Trail: kept, Access: openTo(t, "leader", "A", "openapi", "in", "out"),
		Who: func(context.Context, *http.Request) (access.Principal, error) {
			return access.Principal{ID: "person:1", County: "c", Grants: []access.Grant{{Role: access.Leader}}}, nil
		},
	})
	sign := func(id string, metadata map[string]any) {
		web.Register(api, huma.Operation{Method: http.MethodPost, Path: "/" + id, OperationID: id, Metadata: metadata}, nil, func(ctx context.Context, in *sent) (*greet, error) {
			if id == "in" {
				web.Found(ctx, "person:2", "d", "person:3")
			}
			if in.RequestID == "no" {
				return nil, web.Refuse(http.StatusConflict, "TAKEN", "已有", "taken")
			}
			return &greet{}, nil
		})
	}
	sign("in", map[string]any{web.Sensitive: true})
	sign("out", nil)
	for at, want := range map[string]access.Record{
		"/in yes":  {Actor: "person:2", County: "d", Target: "person:3", Operation: "in", Decision: access.Done, RequestID: "yes"},
		"/in no":   {Actor: "person:2", County: "d", Target: "person:3", Operation: "in", Decision: access.Refused, Code: "TAKEN", RequestID: "no", Behind: true},
		"/out yes": {Actor: "person:1", County: "c", Target: "/out", Operation: "out", Decision: access.Done, RequestID: "yes"},
	} {
		path, id, _ := strings.Cut(at, " ")
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, nil)
		r.Header.Set("Request-Id", id)
		api.Handler().ServeHTTP(httptest.NewRecorder(), r)
		want.Address = "192.0.2.1"
		if got := kept.take(); len(got) != 1 || got[0] != want {
			t.Errorf("%s: %+v, want %+v", at, got, want)
		}
	}
}

// TestAFormIsNoRequest (A58): with a cookie and without Authorization, what a
// form can send is refused, also when the page says nothing of where it is from.
func TestAFormIsNoRequest(t *testing.T) {
	t.Parallel()
	address, _ := guarded(t)
	for kind, want := range map[string]int{"text/plain": 415, "application/x-www-form-urlencoded": 415, "multipart/form-data; boundary=b": 415, "text/": 415, "application/json": 401, "": 401} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address+"/c/sent", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		r.Header = http.Header{"Cookie": {"session=1"}, "Request-Id": {"r"}}
		if kind != "" {
			r.Header.Set("Content-Type", kind)
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil || answer.StatusCode != want {
			t.Errorf("%q: %d %s, want %d (%v)", kind, answer.StatusCode, text, want, err)
		}
	}
}

// TestWhatABodySaysItIs (#30): who shows a credential sends JSON in UTF-8, and may
// leave to curl what it says of that.
func TestWhatABodySaysItIs(t *testing.T) {
	t.Parallel()
	api := web.New(web.Options{
		Info: &huma.Info{Title: "test", Version: "1"}, Log: slog.New(slog.DiscardHandler), Access: openTo(t, "anyone", "A", "taken"),
	})
	web.Register(api, huma.Operation{Method: http.MethodPost, Path: "/taken", OperationID: "taken", RequestBody: &huma.RequestBody{
		Content: map[string]*huma.MediaType{"application/json": {}},
	}}, nil, func(context.Context, *none) (*greet, error) { return &greet{}, nil })
	for kind, want := range map[string]int{
		"": 200, "application/json": 200, "application/json; charset=UTF-8": 200, "application/x-www-form-urlencoded": 200,
		"application/json; charset=gbk": 415, "text/plain": 415, "text/csv": 415, "multipart/form-data; boundary=b": 415, "json": 415,
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/taken", strings.NewReader("{}"))
		r.Header.Set("Authorization", "Bearer x")
		if kind != "" {
			r.Header.Set("Content-Type", kind)
		}
		w := httptest.NewRecorder()
		if api.Handler().ServeHTTP(w, r); w.Code != want {
			t.Errorf("%q: %d %s, want %d", kind, w.Code, w.Body, want)
		}
	}
}

// TestWithoutATableNothingIsAnswered: who forgets the table opens nothing.
func TestWithoutATableNothingIsAnswered(t *testing.T) {
	t.Parallel()
	api := web.New(web.Options{Info: &huma.Info{Title: "test", Version: "1"}, Log: slog.New(slog.DiscardHandler)})
	w := httptest.NewRecorder()
	api.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/openapi.json", nil))
	if w.Code != http.StatusUnauthorized || !slices.Equal(api.Unruled(), []string{"openapi"}) {
		t.Errorf("%d, unruled %q", w.Code, api.Unruled())
	}
}
