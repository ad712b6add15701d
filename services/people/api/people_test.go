package api_test

import (
	"encoding/csv"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"feisui/pkg/access"
	"feisui/pkg/message"
	"feisui/services/people/api"
	"feisui/services/people/keep"
)

// TestACountyBegins: the operator makes the three, who change their passwords,
// and two of them give somebody a role. The whole way, over HTTP.
func TestACountyBegins(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	nobody, operator := &client{world: w}, &client{world: w, operator: true}
	nobody.post(base+"administrators", nil).is(w, "401 SIGN_IN")
	first := operator.do(http.MethodPost, base+"administrators", nil, "Request-Id", "init")
	three := into[api.Three](w, first)
	again := into[api.Three](w, operator.do(http.MethodPost, base+"administrators", nil, "Request-Id", "init"))
	for i, a := range again.Administrators {
		if a.ID != three.Administrators[i].ID || a.Password != "" || len(three.Administrators[i].Password) < 20 {
			t.Errorf("sent again: %+v", a)
		}
	}
	operator.post(base+"administrators", nil).is(w, "409 ADMINISTRATORS_THERE")
	operator.post("/v1/counties/nowhere/administrators", nil).is(w, "404 COUNTY_UNKNOWN")

	var in []*client
	for _, a := range three.Administrators {
		c, answer := w.signIn(a.User, a.Password)
		if me := into[api.Me](w, answer); !me.MustChange || me.User != a.User {
			t.Errorf("%+v", me)
		}
		c.get(base+"people").is(w, "401 MUST_CHANGE_PASSWORD") // A52: nothing else but signing out
		c.post("/v1/session/tokens", api.NewToken{Name: "x"}).is(w, "401 MUST_CHANGE_PASSWORD")
		if me := into[api.Me](w, c.get("/v1/session")); len(me.Grants) > 0 {
			t.Errorf("rights before the password was changed: %+v", me)
		}
		c.post("/v1/session/password", api.Changing{Old: "wrong", New: password}).is(w, "403 PASSWORD_WRONG")
		c.post("/v1/session/password", api.Changing{Old: a.Password, New: "short"}).is(w, "422 PASSWORD_SHORT")
		c.post("/v1/session/password", api.Changing{Old: a.Password, New: a.Password}).is(w, "422 PASSWORD_SAME")
		before := c.cookie
		c.post("/v1/session/password", api.Changing{Old: a.Password, New: password + a.User[:3]}).is(w, "200")
		(&client{world: w, cookie: before}).get("/v1/session").is(w, "401 SESSION_ENDED")
		if me := into[api.Me](w, c.get("/v1/session")); me.MustChange || len(me.Grants) != 1 {
			t.Errorf("%+v", me)
		}
		in = append(in, c)
	}
	system, security, audits := in[0], in[1], in[2]
	zhang := w.someone(system, "zhang.san")
	zhang.get(base+"people").is(w, "403 FORBIDDEN")
	w.grant(system, security, zhang.id, access.Grant{Role: access.DepartmentOfficer, Scope: "D01"})
	me := into[api.Me](w, zhang.get("/v1/session"))
	if len(me.Grants) != 1 || me.Grants[0] != (access.Grant{Role: access.DepartmentOfficer, Scope: "D01"}) {
		t.Errorf("what was granted does not hold at the next request: %+v", me)
	}
	list := into[api.PersonList](w, audits.get(base+"people?limit=2"))
	rest := into[api.PersonList](w, audits.get(base+"people?limit=2&after="+list.Next))
	if len(list.People) != 2 || len(rest.People) != 2 || rest.People[1].User != "zhang.san" || rest.People[1].Grants[0].Scope != "D01" {
		t.Errorf("%+v %+v", list, rest)
	}
	if p := into[api.Person](w, system.get(base+"people/"+zhang.id)); p.State != "active" {
		t.Errorf("%+v", p)
	}
	system.get(base+"people/0190a6b2-0000-7000-8000-000000000000").is(w, "404 USER_UNKNOWN")
	system.get(base+"people/x").is(w, "404 USER_UNKNOWN")
}

// TestHowFarSomebodyHasLooked is kept for each account by itself, never goes back, and is
// nothing that a program's token can say.
func TestHowFarSomebodyHasLooked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.demo()
	officer, other := w.as(access.DepartmentOfficer), w.as(access.DepartmentHead)
	look := func(position int64) answer {
		return officer.do(http.MethodPut, "/v1/session/seen", api.Looking{Position: position})
	}
	seen := func(c *client) int64 { return into[api.Me](w, c.get("/v1/session")).Seen }
	if seen(officer) != 0 {
		t.Error("who never looked has looked")
	}
	for _, position := range []int64{7, 42, 8} { // the last from a page that was open for long
		look(position).is(w, "200")
	}
	if seen(officer) != 42 || seen(other) != 0 {
		t.Errorf("%d, and another %d", seen(officer), seen(other))
	}
	look(-1).is(w, "422 FIELD")
	(&client{world: w}).do(http.MethodPut, "/v1/session/seen", api.Looking{Position: 1}).is(w, "401 SIGN_IN")
}

// TestDemoUsers: one for each role, marked, and the same after a second time.
func TestDemoUsers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.demo()
	w.demo()
	list := into[api.PersonList](w, w.as(access.SystemAdmin).get(base+"people"))
	if len(list.People) != len(access.Roles)-1 {
		t.Errorf("%d users", len(list.People))
	}
	for _, p := range list.People {
		if !p.Demo || len(p.Grants) != 1 || p.User != keep.DemoName(p.Grants[0].Role) {
			t.Errorf("%+v", p)
		}
	}
	if me := into[api.Me](w, w.as(access.StreetOfficer).get("/v1/session")); me.MustChange || !me.Demo || me.Grants[0].Scope != "431026102" {
		t.Errorf("%+v", me)
	}
}

// TestNoDemoWhereOthersAre: no demo accounts beside people of the county's own, and
// those that are there let nobody in on a server that others reach.
func TestNoDemoWhereOthersAre(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	demo := func(county string) error { return w.people.Demo(w.Context(), county, password, keep.DemoScopes{}) }
	operator := &client{world: w, operator: true}
	operator.post(base+"administrators", nil).is(w, "200")
	if err := demo(county); !errors.Is(err, keep.ErrNoDemo) {
		t.Errorf("beside the three administrators: %v", err)
	}
	w.must(demo("other")) // the control
	leader := &client{world: w}
	opening := api.Opening{County: "other", User: "demo-leader", Password: password}
	leader.post("/v1/session", opening).is(w, "200")
	program := w.token(leader, access.Grant{Role: access.Leader})
	leader.in("other", access.SystemAdmin).post("/v1/counties/other/people", api.NewPerson{User: "zhang", Display: "张", Office: "D01"}).is(w, "200")
	w.must(demo("other")) // which was a demo from its beginning

	public, err := keep.Open(w.Context(), keep.Config{Pool: w.pool, Now: w.people.Now, Log: w.people.Log, CheapHashes: true, Public: true})
	w.must(err)
	t.Cleanup(func() { w.must(public.Close()) })
	if err := public.Demo(w.Context(), "third", password, keep.DemoScopes{}); !errors.Is(err, keep.ErrNoDemo) {
		t.Errorf("where others reach it: %v", err)
	}
	private := w.server
	from := w.from
	from.People = func() *keep.People { return public }
	w.server = w.serve(from)
	leader.get("/v1/session").is(w, "401 SESSION_ENDED")
	program.get("/v1/counties/other/people").is(w, "401 TOKEN_ENDED")
	(&client{world: w}).post("/v1/session", opening).is(w, "401 SIGN_IN")
	w.server = private
	leader.get("/v1/session").is(w, "200")
}

// TestAScopeIsTheCountys: a role is of an organisation that the county has, and of
// the sort that the role is of.
func TestAScopeIsTheCountys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.demo()
	system := w.as(access.SystemAdmin)
	zhang := w.someone(system, "zhang")
	for _, c := range []struct {
		access.Grant
		want string
	}{
		{access.Grant{Role: access.DepartmentHead, Scope: "D01"}, "200"},
		{access.Grant{Role: access.DepartmentHead, Scope: "X01"}, "422 SCOPE_DEPARTMENT"},
		{access.Grant{Role: access.DepartmentHead, Scope: "A"}, "422 SCOPE_DEPARTMENT"},
		{access.Grant{Role: access.CommunityOfficer, Scope: "D01"}, "422 SCOPE_COMMUNITY"},
		{access.Grant{Role: access.StreetOfficer, Scope: "A"}, "422 SCOPE_STREET"},
	} {
		a := system.post(base+"people/"+zhang.id+"/grants", c.Grant).is(w, c.want)
		if a.code != "" && !strings.Contains(string(a.text), c.Scope) {
			t.Errorf("it does not say which: %s", a.text)
		}
	}
}

// TestAScriptSignsIn by a token instead of a cookie, which is the session: it asks
// who it is, changes the password and signs out. What stands in Authorization
// counts, whatever the cookie says.
func TestAScriptSignsIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.demo()
	page := w.as(access.Auditor)
	script := &client{world: w}
	a := script.post("/v1/session", api.Opening{User: "demo-leader", Password: password, Token: true})
	in := into[api.Me](w, a)
	if a.header.Get("Set-Cookie") != "" || !strings.HasPrefix(in.Token, "feisui_session_") {
		t.Errorf("%+v with the cookie %q", in, a.header.Get("Set-Cookie"))
	}
	script.bearer, script.cookie = in.Token, page.cookie
	me := into[api.Me](w, script.get("/v1/session"))
	if me.User != "demo-leader" || me.Token != "" {
		t.Errorf("%+v", me)
	}
	page.bearer = "somebody-elses"
	page.get("/v1/session").is(w, "401 SIGN_IN")
	page.bearer = ""
	page.get("/v1/session").is(w, "200")
	changed := into[api.Renewed](w, script.post("/v1/session/password", api.Changing{Old: password, New: "another long password"}))
	script.get("/v1/session").is(w, "401 SESSION_ENDED")
	script.bearer = changed.Token
	script.get("/v1/session").is(w, "200")
	script.do(http.MethodDelete, "/v1/session", nil).is(w, "200")
	script.get("/v1/session").is(w, "401 SESSION_ENDED")
	page.get("/v1/session").is(w, "200")
}

// TestBodiesAreReadStrictly: what somebody hoped to set is not passed over.
func TestBodiesAreReadStrictly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.demo()
	system := w.as(access.SystemAdmin)
	system.post(base+"people", map[string]any{"user": "wang", "display": "王", "office": "D01", "role": "leader"}).is(w, "422 FIELD_UNKNOWN")
	system.post(base+"people", map[string]any{"user": 1}).is(w, "422 FIELD")
	system.post(base+"people", []string{}).is(w, "400 JSON")
	system.post(base+"people", map[string]any{"user": "wang", "display": "王\x00", "office": "D01"}).is(w, "422 TEXT_INVALID") // #17
	system.post("/v1/session", api.Opening{User: "a\x00b", Password: "x"}).is(w, "422 TEXT_INVALID")
	system.do(http.MethodPost, base+"people", map[string]any{}, "Content-Type", "text/plain").is(w, "415 CONTENT_TYPE")
	system.do(http.MethodPost, base+"people", nil, "Content-Type", "application/json").is(w, "400 JSON")
	system.post(base+"people", map[string]any{"user": strings.Repeat("a", 1<<17)}).is(w, "413 TOO_LARGE")
	system.do(http.MethodPost, base+"people", map[string]any{"user": "wang"}, "Request-Id", "").is(w, "428 REQUEST_ID")
	system.post(base+"people", api.NewPerson{User: "wang", Display: "王", Office: "D01", Person: "x"}).is(w, "404 PERSON_UNKNOWN")
	made := into[api.OneTime](w, system.post(base+"people", api.NewPerson{User: "Wang.Wu", Display: "王", Office: "D01"}))
	system.post(base+"people", api.NewPerson{User: "wang.wu", Display: "王", Office: "D01"}).is(w, "409 USER_NAME_TAKEN")
	one := into[api.Person](w, system.get(base+"people/"+made.ID))
	two := into[api.OneTime](w, system.post(base+"people", api.NewPerson{User: "wang.two", Display: "王", Office: "D01", Person: one.Person}))
	if other := into[api.Person](w, system.get(base+"people/"+two.ID)); other.Person != one.Person {
		t.Errorf("%+v is another person than %+v", other, one)
	}
}

// TestTheAuditLogIsReadByItsAdministrator alone, in pages and as CSV, whole.
func TestTheAuditLogIsReadByItsAdministrator(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.demo()
	w.signIn("demo-leader", "=wrong")
	w.as(access.Leader)
	system, audits := w.as(access.SystemAdmin), w.as(access.AuditAdmin)
	system.get(base+"audit").is(w, "403 FORBIDDEN")
	system.do(http.MethodPost, base+"people", map[string]any{}, "Request-Id", "=1+1").is(w, "422 USER_NAME")
	system.do(http.MethodPost, base+"people", map[string]any{}, "Request-Id", "＝2+2").is(w, "428 REQUEST_ID")
	audits.get("/v1/counties/other/audit").is(w, "404 COUNTY_UNKNOWN")
	refused := into[api.AuditPage](w, audits.get(base+"audit?operation=session_open&decision=refused"))
	signed := into[api.AuditPage](w, audits.get(base+"audit?operation=session_open&actor=person:"+audits.id))
	if len(signed.Lines) != 1 || signed.Lines[0].Target != "person:"+audits.id || signed.Lines[0].Decision != access.Done {
		t.Errorf("signing in once: %+v", signed)
	}
	if len(refused.Lines) != 1 || refused.Lines[0].Code != "SIGN_IN" || refused.Lines[0].Address != "127.0.0.1" || refused.Lines[0].Target == "" {
		t.Errorf("%+v", refused)
	}
	page := into[api.AuditPage](w, audits.get(base+"audit?limit=3"))
	next := into[api.AuditPage](w, audits.get(base+fmt.Sprint("audit?limit=3&before=", page.Next)))
	if len(page.Lines) != 3 || len(next.Lines) != 3 || next.Lines[0].N != page.Next-1 {
		t.Errorf("%+v %+v", page, next)
	}
	if day := into[api.AuditPage](w, audits.get(base+"audit?from=2026-01-05&to=2026-01-05")); len(day.Lines) < 6 {
		t.Errorf("of the day: %+v", day)
	}
	if day := into[api.AuditPage](w, audits.get(base+"audit?to=2026-01-04")); len(day.Lines) != 0 {
		t.Errorf("of the days before: %+v", day)
	}
	audits.get(base+"audit?decision=maybe").is(w, "422 WORD")
	audits.get(base+"audit?from=yesterday").is(w, "422 DATE")
	audits.get(base+"audit?before=x").is(w, "422 AFTER")
	export := audits.get(base + "audit?format=csv")
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(export.text), "\uFEFF"))).ReadAll()
	w.must(err)
	for i, row := range rows[1:] {
		if want := fmt.Sprint(len(rows) - 1 - i); row[0] != want {
			t.Errorf("line %s, want %s: the export has a gap", row[0], want)
		}
		if slices.ContainsFunc(row, func(cell string) bool { return strings.HasPrefix(cell, "=") || strings.HasPrefix(cell, "＝") }) {
			t.Errorf("a formula: %q", row)
		}
	}
	if !strings.Contains(string(export.text), "'=1+1") || !strings.Contains(string(export.text), "'＝2+2") || len(rows) < 10 {
		t.Errorf("%s", export.text)
	}
	v := into[api.AuditChecked](w, audits.get(base+"audit/verify"))
	known := fmt.Sprint("?known=", v.Lines, ":", v.Hash)
	if again := into[api.AuditChecked](w, audits.get(base+"audit/verify"+known)); !v.OK || !again.OK || again.Lines != v.Lines+1 {
		t.Errorf("%+v %+v", v, again)
	}
	if wrong := into[api.AuditChecked](w, audits.get(base+"audit/verify?known=1:"+v.Hash)); wrong.OK {
		t.Error("a hash that is not the line's is taken") // the control
	}
	audits.get(base+"audit/verify?known=1").is(w, "422 KNOWN")
}

var codes = regexp.MustCompile(`refuse\(\w+, "([A-Z_]+)"|NotThere\("([A-Z_]+)"\)`)

// TestEveryRefusalHasItsSentence, and every sentence its refusal.
func TestEveryRefusalHasItsSentence(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for _, m := range codes.FindAllStringSubmatch(sources(t, "..", "../keep", "."), -1) {
		code := m[1]
		if m[2] != "" {
			code = m[2] + "_UNKNOWN"
		}
		used[strings.ToLower(code)] = true
	}
	for key := range used {
		if !api.Messages.Has(key) {
			t.Errorf("%s has no sentence", key)
		}
	}
	for _, key := range api.Messages.Keys() {
		if !used[key] {
			t.Errorf("the sentence of %s is never said", key)
		}
	}
	if len(used) < 30 || api.Messages.Say(message.English, message.Text{Key: "self"}) == "self" {
		t.Errorf("only %d were found", len(used))
	}
}
