package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.uber.org/goleak"

	"feisui/pkg/access"
	"feisui/pkg/journal"
	"feisui/pkg/pgtest"
	"feisui/pkg/sheet"
	"feisui/pkg/web"
	"feisui/schemas"
	"feisui/services/people"
	"feisui/services/people/api"
	"feisui/services/people/keep"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	county   = "rucheng"
	password = "correct horse battery"
	base     = "/v1/counties/rucheng/"
)

// world is a server with people, and a clock that stands still.
type world struct {
	*testing.T
	pool   *pgxpool.Pool
	people *keep.People
	from   api.Source
	server *httptest.Server
	now    atomic.Int64 // seconds
	ids    atomic.Int64
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, pool: pgtest.New(t, journal.Tables, keep.Tables)}
	w.now.Store(time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC).Unix())
	factorKey, err := keep.NewKey([]byte("the key of factors in all tests!"))
	w.must(err)
	w.people, err = keep.Open(t.Context(), keep.Config{
		Pool: w.pool, Now: func() time.Time { return time.Unix(w.now.Load(), 0) }, Log: slog.New(slog.DiscardHandler),
		CheapHashes: true, FactorKey: factorKey,
	})
	w.must(err)
	t.Cleanup(func() {
		if err := w.people.Close(); err != nil {
			t.Error(err)
		}
	})
	w.from = api.Source{People: func() *keep.People { return w.people }, County: served, Organisations: known, Words: asItIs}
	w.server = w.serve(w.from)
	return w
}

// asItIs calls a word as it is.
func asItIs(_, word string) sheet.Name { return sheet.Name{English: word, Chinese: word} }

func served(name string) (string, error) {
	switch name {
	case "", county:
		return county, nil
	case "other":
		return name, nil
	}
	return "", web.Refuse(http.StatusNotFound, "COUNTY_UNKNOWN", "没有这个县："+name, "no such county: "+name)
}

// known has organisations by the first letter of their code; one of X it lacks.
func known(_ context.Context, _, code string) ([]people.Organisation, error) {
	switch code[:1] {
	case "D":
		return []people.Organisation{people.Department}, nil
	case "A", "B":
		return []people.Organisation{people.Community}, nil
	}
	return nil, nil
}

// serve answers by the real guard and the table of rights.
func (w *world) serve(from api.Source) *httptest.Server {
	w.Helper()
	routes := web.New(web.Options{
		Info: &huma.Info{Title: "test", Version: "1"}, Log: slog.New(slog.DiscardHandler), Access: rights(w), Trail: w.people.Trail, Quota: from.Quota(),
		Who: func(ctx context.Context, r *http.Request) (access.Principal, error) {
			if r.Header.Get("Operator") != "" {
				return access.Principal{ID: "operator:test", Grants: []access.Grant{{Role: access.Operator}}}, nil
			}
			return from.Who(ctx, r)
		},
	})
	api.Routes(routes, from)
	if missing := routes.Unruled(); len(missing) > 0 {
		w.Errorf("the table of rights has nothing of %v", missing)
	}
	server := httptest.NewServer(routes.Handler())
	w.Cleanup(server.Close)
	return server
}

// rights is the table.
func rights(w *world) *access.Matrix {
	w.Helper()
	table, err := access.Parse(schemas.Access)
	w.must(err)
	return table
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// owner does something behind everybody's back.
func (w *world) owner(sql string) (pgconn.CommandTag, error) {
	w.Helper()
	return pgtest.Owner(w, w.pool).Exec(w.Context(), sql)
}

// audited are the lines of the audit log about an operation, the newest first.
func (w *world) audited(operation string) []api.AuditLine {
	w.Helper()
	return into[api.AuditPage](w, w.as(access.AuditAdmin).get(base+"audit?limit=1000&operation="+operation)).Lines
}

// client is somebody with what they are signed in by.
type client struct {
	*world
	cookie, bearer string
	operator       bool
	id             string // of the user
}

// answer is what came back.
type answer struct {
	status int
	code   string // of a problem
	header http.Header
	text   []byte
}

// is fails unless an answer is as it should be; want is "200" or "403 SELF".
func (a answer) is(w *world, want string) answer {
	w.Helper()
	if got := strings.TrimSpace(fmt.Sprint(a.status, " ", a.code)); got != want {
		w.Errorf("%s, want %s: %.300s", got, want, a.text)
	}
	return a
}

// into reads an answer.
func into[A any](w *world, a answer) (value A) {
	w.Helper()
	if a.status != http.StatusOK {
		w.Fatalf("%d: %s", a.status, a.text)
	}
	w.must(json.Unmarshal(a.text, &value))
	return value
}

// do sends a request, with an id of its own unless a header gives one.
func (c *client) do(method, path string, body any, headers ...string) answer {
	c.Helper()
	var text []byte
	if body != nil {
		var err error
		text, err = json.Marshal(body)
		c.must(err)
	}
	r, err := http.NewRequestWithContext(c.Context(), method, c.server.URL+path, bytes.NewReader(text))
	c.must(err)
	r.Header.Set("Request-Id", fmt.Sprint("r", c.ids.Add(1)))
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.operator {
		r.Header.Set("Operator", "yes")
	}
	if c.cookie != "" {
		r.Header.Set("Cookie", c.cookie)
	}
	if c.bearer != "" {
		r.Header.Set("Authorization", "Bearer "+c.bearer)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := c.server.Client().Do(r)
	c.must(err)
	defer resp.Body.Close()
	a := answer{status: resp.StatusCode, header: resp.Header}
	a.text, err = io.ReadAll(resp.Body)
	c.must(err)
	var p web.Problem
	if a.status >= http.StatusBadRequest {
		c.must(json.Unmarshal(a.text, &p))
		a.code = p.Code
	}
	if set, err := http.ParseSetCookie(a.header.Get("Set-Cookie")); err == nil {
		c.cookie = ""
		if set.MaxAge > 0 {
			c.cookie = set.Name + "=" + set.Value
		}
	}
	return a
}

func (c *client) post(path string, body any) answer {
	c.Helper()
	return c.do(http.MethodPost, path, body)
}
func (c *client) get(path string) answer { c.Helper(); return c.do(http.MethodGet, path, nil) }

// signIn is somebody who signs in; the answer is not looked at.
func (w *world) signIn(user, password string) (*client, answer) {
	w.Helper()
	c := &client{world: w}
	a := c.post("/v1/session", api.Opening{User: user, Password: password})
	if a.status == http.StatusOK {
		c.id = strings.TrimPrefix(into[api.Me](w, a).Who, "person:")
	}
	return c, a
}

// demo makes a user for each role.
func (w *world) demo() {
	w.Helper()
	w.must(w.people.Demo(w.Context(), county, password, keep.DemoScopes{Department: "D01", Street: "431026102", Community: "431026102001"}))
}

// as is the demo user of a role, signed in.
func (w *world) as(role access.Role) *client {
	w.Helper()
	c, a := w.signIn(keep.DemoName(role), password)
	a.is(w, "200")
	return c
}

// in is the demo user of a role in another county, signed in.
func (c *client) in(county string, role access.Role) *client {
	c.Helper()
	other := &client{world: c.world}
	other.post("/v1/session", api.Opening{County: county, User: keep.DemoName(role), Password: password}).is(c.world, "200")
	return other
}

// someone is a user without roles, who has signed in and changed the password.
func (w *world) someone(system *client, name string) *client {
	w.Helper()
	made := into[api.OneTime](w, system.post(base+"people", api.NewPerson{User: name, Display: name, Office: "D01"}))
	c, a := w.signIn(name, made.Password)
	a.is(w, "200")
	c.post("/v1/session/password", api.Changing{Old: made.Password, New: "a new password for " + made.ID[:4]}).is(w, "200")
	return c
}

// grant gives somebody a role, by two administrators.
func (w *world) grant(system, security *client, id string, g access.Grant) keep.Granted {
	w.Helper()
	asked := into[keep.Granted](w, system.post(base+"people/"+id+"/grants", g))
	return into[keep.Granted](w, security.post(base+"grants/"+asked.ID+"/approve", nil))
}

// sets has the security administrator ask for other settings and the system administrator
// confirm them; want is what comes of asking.
func (w *world) sets(s api.Settings, want string) {
	w.Helper()
	asked := w.as(access.SecurityAdmin).post(base+"settings/changes", s).is(w, want)
	if asked.status == http.StatusOK {
		w.as(access.SystemAdmin).post(base+"settings/changes/"+into[api.SettingsChange](w, asked).ID+"/confirm", nil).is(w, "200")
	}
}

// setting are the settings of now.
func (w *world) setting() api.SettingsNow {
	w.Helper()
	return into[api.SettingsNow](w, w.as(access.AuditAdmin).get(base+"settings"))
}
