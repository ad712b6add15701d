package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"feisui/pkg/access"
	"feisui/pkg/civil"
	"feisui/services/feisui/serve"
)

// The stage on which people act: one county with a department that owes, another,
// two communities of one street, and an item that pays by the case.
const (
	north, south = "431026102001", "431026102002"
	streetOfBoth = "431026102"
	officeHead   = "person:head department_head@D01"
	otherHead    = "person:other department_head@D02"
	officeClerk  = "person:clerk department_officer@D01"
	northOfficer = "person:north community_officer@" + north
	southOfficer = "person:south community_officer@" + south
	ofAuthority  = "person:authority authority@"
)

// testWho reads who asks from what is shown: "ID role@scope role@scope …", where
// ID=PERSON is one of the accounts of somebody who has several. It stands in for accounts in tests alone.
func testWho(_ context.Context, r *http.Request) (access.Principal, error) {
	shown, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	words := strings.Fields(shown)
	if len(words) == 0 {
		return access.Principal{}, nil
	}
	id, person, another := strings.Cut(words[0], "=")
	if !another {
		person = id
	}
	p := access.Principal{ID: id, Person: person}
	for _, grant := range words[1:] {
		role, scope, _ := strings.Cut(grant, "@")
		p.Grants = append(p.Grants, access.Grant{Role: access.Role(role), Scope: scope})
	}
	return p, nil
}

// stage is a server on which people act, with a clock that the test sets.
type stage struct {
	t       testing.TB
	address string
	server  *serve.Server
	later   *atomic.Int64 // seconds by which the clock is ahead
	end     func()

	contract *contract // that every answer has to keep; nil where others look
}

// stageDay is the day on which plays begin: a Monday.
const stageDay = "2025-03-03"

// played opens a server of the stage and records what it is about.
func played(t testing.TB, c serve.Config) *stage {
	t.Helper()
	s := opened(t, c)
	s.rows("departments", `{"code":"D01","name":"民政局","kind":"department"}`, `{"code":"D02","name":"司法局","kind":"department"}`)
	s.rows("communities",
		`{"code":"`+north+`","name":"北社区","street":"`+streetOfBoth+`","households":"1000"}`,
		`{"code":"`+south+`","name":"南社区","street":"`+streetOfBoth+`","households":"2000"}`)
	s.rows("items", `{"code":"A01","name":"高龄津贴核查","department":"D01","list":"assist","rule":"per_case","rate":"20"}`,
		`{"code":"A02","name":"上级收回事项","department":"D01","list":"negative","rule":"none"}`)
	return s
}

// opened opens a server of the stage on a county that may have been played before.
func opened(t testing.TB, c serve.Config) *stage {
	t.Helper()
	s := &stage{t: t, later: new(atomic.Int64)}
	c.Data, c.Listen, c.Log, c.OperatorKey, c.AnyClock = dataOf(t), cmp.Or(c.Listen, "127.0.0.1:0"), quiet(), testKey, true
	c.Who, c.Counties, c.CheapHashes = testWho, []string{"county"}, true
	if c.DatabaseURL == "" {
		newCluster(t, c.Data)
	}
	if c.Clock == nil {
		clock := clockFrom(stageDay)
		c.Clock = func() time.Time { return clock().Add(time.Duration(s.later.Load()) * time.Second) }
	}
	if !c.Calendar.Published(civil.Of(2025, time.March, 3)) {
		c.Calendar = civil.China()
	}
	server, err := serve.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx) }()
	s.end = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(s.end)
	s.address, s.server = "http://"+server.Address(), server
	return s
}

// clockFrom gives a clock that begins in the morning of a day.
func clockFrom(day string) func() time.Time {
	first, err := time.ParseInLocation(time.DateOnly, day, time.FixedZone("CST", 8*60*60))
	if err != nil {
		panic(err)
	}
	began := time.Now()
	return func() time.Time { return first.Add(9*time.Hour + time.Since(began)) }
}

// answer is what a server said.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) into(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal(a.body, v); err != nil {
		t.Fatalf("%v: %s", err, a.body)
	}
}

func (a answer) problem(t testing.TB) (p struct {
	Code, Title, Detail string
	Errors              []struct{ Field, Found, Zh, En, Line string }
},
) {
	t.Helper()
	a.into(t, &p)
	return p
}

// ask sends a request as somebody; none for a request id is a new one.
func (s *stage) ask(who, method, path, request, body string) answer {
	a, err := s.tryAsk(s.t.Context(), who, method, path, request, body)
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

func (s *stage) tryAsk(ctx context.Context, who, method, path, request, body string) (a answer, err error) {
	r, err := http.NewRequestWithContext(ctx, method, s.address+"/v1/counties/county"+path, bytes.NewReader([]byte(body)))
	if err != nil {
		return a, err
	}
	if request == "" {
		request = uuid.NewString()
	}
	if method != http.MethodGet {
		r.Header.Set("Request-Id", request)
		r.Header.Set("Content-Type", "application/json")
	}
	if who != "" {
		r.Header.Set("Authorization", "Bearer "+who)
	}
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		return a, err
	}
	defer got.Body.Close()
	a.status, a.header = got.StatusCode, got.Header
	if a.body, err = io.ReadAll(got.Body); err == nil && s.contract != nil {
		s.contract.answered(s.t.(*testing.T), method, template(path), got, a.body)
	}
	return a, err
}

// template is the documented path of an address.
func template(path string) string {
	path, _, _ = strings.Cut(path, "?")
	parts := strings.Split(path, "/")
	names := []string{2: "{workflow}", 4: "{instance}", 5: "{action}"}
	if len(parts) > 3 && parts[3] == "definitions" {
		names = []string{2: "{workflow}", 4: "{proposal}"}
	}
	for i, name := range names {
		if name != "" && len(parts) > i && parts[1] == "workflows" {
			parts[i] = name
		}
	}
	if len(parts) > 2 && (parts[1] == "evaluations" || parts[1] == "reports" && parts[2] != "preview") {
		parts[2] = "{instance}"
	}
	if len(parts) > 2 && parts[1] == "prepared-imports" {
		parts[2] = "{id}"
	}
	if len(parts) > 2 && parts[1] == "tasks" {
		parts[2] = "{no}"
	}
	return "/v1/counties/{county}" + strings.Join(parts, "/")
}

// rows records rows as the operator.
func (s *stage) rows(sheet string, rows ...string) {
	s.t.Helper()
	for _, row := range rows {
		if a := s.ask("", http.MethodPost, "/"+sheet, "", row); a.status != http.StatusOK {
			s.t.Fatalf("%s %s: %d %s", sheet, row, a.status, a.body)
		}
	}
}

// act takes a step, which must be taken.
func (s *stage) act(who, id, action, form string) serve.Acted {
	s.t.Helper()
	a := s.try(who, id, action, form)
	if a.status != http.StatusOK {
		s.t.Fatalf("%s of %s by %s: %d %s", action, id, who, a.status, a.body)
	}
	var acted serve.Acted
	a.into(s.t, &acted)
	return acted
}

func (s *stage) try(who, id, action, form string) answer {
	return s.ask(who, http.MethodPost, step(id, action), "", form)
}

func step(id, action string) string {
	return "/workflows/task/instances/" + url.PathEscape(id) + "/" + action
}

const begins = "/workflows/task/instances"

// issue assigns a task, by which the path begins.
func (s *stage) issue(no, community string, more ...string) {
	s.t.Helper()
	form := fmt.Sprintf(`{"no":%q,"department":"D01","community":%q,"item":"A01","quantity":"12"%s}`, no, community, strings.Join(more, ""))
	if a := s.ask(officeHead, http.MethodPost, begins, "", form); a.status != http.StatusOK {
		s.t.Fatalf("issue %s: %d %s", no, a.status, a.body)
	}
}

func (s *stage) seen(who, id string) (in serve.Instance) {
	s.t.Helper()
	a := s.ask(who, http.MethodGet, "/workflows/task/instances/"+url.PathEscape(id), "", "")
	if a.status != http.StatusOK {
		s.t.Fatalf("%s: %d %s", id, a.status, a.body)
	}
	a.into(s.t, &in)
	return in
}

// is waits until an instance is in a state.
func (s *stage) is(id, state string) {
	s.t.Helper()
	for limit := time.Now().Add(hungAfter); ; time.Sleep(20 * time.Millisecond) {
		in := s.seen(ofAuthority, id)
		if in.State == state {
			return
		}
		if time.Now().After(limit) {
			s.t.Fatalf("%s is %s, not %s: %+v", id, in.State, state, in.Timeline)
		}
	}
}

// pass has days begin, one after the other, until this one.
func (s *stage) pass(day string) {
	s.t.Helper()
	var todo serve.Todos
	on, err := civil.Parse(day)
	if err != nil {
		s.t.Fatal(err)
	}
	first, err := civil.Parse(stageDay)
	if err != nil {
		s.t.Fatal(err)
	}
	s.later.Store(int64(on-first) * 24 * 60 * 60)
	for limit := time.Now().Add(hungAfter); todo.Day != on; time.Sleep(20 * time.Millisecond) {
		s.ask(ofAuthority, http.MethodGet, "/todo", "", "").into(s.t, &todo)
		if time.Now().After(limit) {
			s.t.Fatalf("it is %s still, not %s", todo.Day, on)
		}
	}
}
