package api_test

import (
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"feisui/pkg/access"
	"feisui/services/people"
	"feisui/services/people/api"
	"feisui/services/people/keep"
	"feisui/services/people/sso"
)

// beside is a county whose people also sign in at an issuer.
func beside(t *testing.T) (*world, *issuer) {
	t.Helper()
	w := newWorld(t)
	i := newIssuer(w)
	w.from.Elsewhere = i.open()
	w.server = w.serve(w.from)
	w.demo()
	return w, i
}

// open is a program that knows the issuer, and has not asked it yet.
func (i *issuer) open() *sso.Provider {
	i.Helper()
	p, err := sso.Open(sso.Config{
		Issuer: i.name(), Client: clientID, Secret: clientSecret, Redirect: redirect, Claim: "staff",
	}, func() time.Time { return time.Unix(i.now.Load(), 0) }, slog.New(slog.DiscardHandler))
	i.must(err)
	i.Cleanup(p.Close)
	return p
}

// leaves is somebody who goes to the issuer and is about to come back.
func (i *issuer) leaves() (*client, sso.Returned) {
	i.Helper()
	c := &client{world: i.world}
	return c, i.visits(into[api.Left](i.world, c.post("/v1/elsewhere/leave", api.Leaving{Next: "/w/task"})).Address)
}

func (c *client) comesBack(with sso.Returned) answer {
	c.Helper()
	return c.post("/v1/elsewhere/return", with)
}

// binds binds the account of who is signed in to who sits before the issuer. The
// browser that comes back does not show its session: its cookie is Strict.
func (i *issuer) binds(c *client) answer {
	i.Helper()
	session := c.cookie
	back := i.visits(into[api.Left](i.world, c.post("/v1/session/binding", api.LeavingToBind{Password: password})).Address)
	a := c.comesBack(back)
	c.cookie = session
	return a
}

// TestSigningInElsewhere is the whole way: somebody binds their account, and comes in
// without a password, with the rights and for as long as with one.
func TestSigningInElsewhere(t *testing.T) {
	t.Parallel()
	w, i := beside(t)
	nobody := &client{world: w}
	if is := into[api.Elsewhere](w, nobody.get("/v1/elsewhere")); !is.Configured || is.Name != "统一身份认证" {
		t.Errorf("%+v", is)
	}
	leader := w.as(access.Leader)
	leader.post("/v1/session/binding", api.LeavingToBind{}).is(w, "403 PASSWORD_WRONG") // a browser left open
	for range people.FailuresMax - 1 {
		leader.post("/v1/session/binding", api.LeavingToBind{Password: "a guess at it"}).is(w, "403 PASSWORD_WRONG")
	}
	leader.post("/v1/session/binding", api.LeavingToBind{Password: password}).is(w, "401 SIGN_IN") // locked, as at signing in
	w.now.Add(int64(people.Minute))
	if !into[api.Back](w, i.binds(leader)).Bound {
		t.Error("it is not said that the account was bound")
	}
	if b := into[api.Binding](w, leader.get("/v1/session/binding")); b.Subject != i.user || b.Issuer != i.name() || b.At == nil {
		t.Errorf("%+v", b)
	}
	i.binds(leader).is(w, "409 ELSEWHERE_BOUND")
	i.binds(w.as(access.Auditor)).is(w, "409 ELSEWHERE_TAKEN")
	for _, i.alg = range []string{"RS256", "ES256"} {
		c, back := i.leaves()
		a := c.comesBack(back)
		if in := into[api.Back](w, a); in.Next != "/w/task" || in.Bound {
			t.Errorf("%+v", in)
		}
		set, err := http.ParseSetCookie(a.header.Get("Set-Cookie"))
		if err != nil || !set.HttpOnly || set.SameSite != http.SameSiteStrictMode || set.Name != "feisui_session" {
			t.Errorf("%+v %v", set, err)
		}
		me := into[api.Me](w, c.get("/v1/session"))
		if me.User != keep.DemoName(access.Leader) || len(me.Grants) != 1 || me.Grants[0].Role != access.Leader {
			t.Errorf("%+v", me)
		}
		w.now.Add(int64(people.IdleUsual))
		c.get("/v1/session").is(w, "401 SESSION_IDLE")
	}
	page := into[api.AuditPage](w, w.as(access.AuditAdmin).get(base+"audit?operation=elsewhere_return&decision=done"))
	if len(page.Lines) != 3 || page.Lines[0].Actor != "person:"+leader.id || page.Lines[0].Target != "person:"+leader.id || page.Lines[0].Address != "127.0.0.1" {
		t.Errorf("%+v", page)
	}

	c, back := i.leaves()
	c.comesBack(back).is(w, "200")
	leader = w.as(access.Leader)
	leader.do(http.MethodDelete, "/v1/session/binding", nil).is(w, "200")
	leader.do(http.MethodDelete, "/v1/session/binding", nil).is(w, "409 ELSEWHERE_NOT_BOUND")
	c.get("/v1/session").is(w, "401 SESSION_ENDED")
	leader.get("/v1/session").is(w, "200") // with a password, as before
	c, back = i.leaves()
	c.comesBack(back).is(w, "403 ELSEWHERE_UNBOUND")
}

// TestWhoIsNotLetInFromElsewhere has one answer for each thing that can be wrong, and
// a line of the audit log for each. Between them, somebody comes in: the control.
func TestWhoIsNotLetInFromElsewhere(t *testing.T) {
	t.Parallel()
	w, i := beside(t)
	leader := w.as(access.Leader)
	i.binds(leader).is(w, "200")
	said := map[string]int{}
	claim := func(name string, value any) func() {
		return func() { i.spoil = func(c map[string]any) { c[name] = value } }
	}
	signs := func(alg string) func() { return func() { i.alg = alg } }
	for name, c := range map[string]struct {
		spoil func()
		back  func(*client, *sso.Returned)
		want  string
	}{
		"nothing":                       {nil, nil, "200"},
		"another state":                 {nil, func(_ *client, b *sso.Returned) { b.State = "x" }, "401 ELSEWHERE_AGAIN"},
		"no state":                      {nil, func(_ *client, b *sso.Returned) { b.State = "" }, "401 ELSEWHERE_AGAIN"},
		"a browser that never left":     {nil, func(c *client, _ *sso.Returned) { c.cookie = "" }, "401 ELSEWHERE_AGAIN"},
		"another's browser":             {nil, func(c *client, _ *sso.Returned) { other, _ := i.leaves(); c.cookie = other.cookie }, "401 ELSEWHERE_AGAIN"},
		"ten minutes later":             {nil, func(*client, *sso.Returned) { w.now.Add(int64(people.FlowMax)) }, "401 ELSEWHERE_AGAIN"},
		"a moment before that":          {nil, func(*client, *sso.Returned) { w.now.Add(int64(people.FlowMax) - 1) }, "200"},
		"not signed in there":           {nil, func(_ *client, b *sso.Returned) { b.Error = "access_denied" }, "401 ELSEWHERE_DENIED"},
		"without a code":                {nil, func(_ *client, b *sso.Returned) { b.Code = "" }, "401 ELSEWHERE_DENIED"},
		"sent by another":               {nil, func(_ *client, b *sso.Returned) { b.Issuer = "https://evil.example" }, "401 ELSEWHERE_WRONG"},
		"a made-up code":                {nil, func(_ *client, b *sso.Returned) { b.Code = "x" }, "401 ELSEWHERE_WRONG"},
		"another nonce":                 {claim("nonce", "x"), nil, "401 ELSEWHERE_WRONG"},
		"no nonce":                      {claim("nonce", ""), nil, "401 ELSEWHERE_WRONG"},
		"another issuer":                {claim("iss", "https://evil.example"), nil, "401 ELSEWHERE_WRONG"},
		"for another program":           {claim("aud", "another"), nil, "401 ELSEWHERE_WRONG"},
		"for us among others":           {claim("aud", []string{"another", clientID}), nil, "401 ELSEWHERE_WRONG"},
		"given to another":              {claim("azp", "another"), nil, "401 ELSEWHERE_WRONG"},
		"given to us":                   {claim("azp", clientID), nil, "200"},
		"too old":                       {claim("exp", w.now.Load()-1), nil, "401 ELSEWHERE_WRONG"},
		"nobody in it":                  {claim("staff", nil), nil, "401 ELSEWHERE_WRONG"},
		"not signed":                    {signs("none"), nil, "401 ELSEWHERE_WRONG"},
		"signed with what is published": {signs("HS256"), nil, "401 ELSEWHERE_WRONG"},
		"signed by another":             {signs("other ES256"), nil, "401 ELSEWHERE_WRONG"},
		"broken meanwhile":              {nil, func(*client, *sso.Returned) { i.broken.Store(true) }, "503 ELSEWHERE_AWAY"},
		"somebody without an account":   {func() { i.user = "nobody" }, nil, "403 ELSEWHERE_UNBOUND"},
	} {
		i.user, i.alg, i.spoil = "330102-4711", "RS256", nil
		if c.spoil != nil {
			c.spoil()
		}
		browser, back := i.leaves()
		if c.back != nil {
			c.back(browser, &back)
		}
		a := browser.comesBack(back)
		i.broken.Store(false)
		if got := strings.TrimSpace(fmt.Sprint(a.status, " ", a.code)); got != c.want {
			t.Errorf("%s: %s, want %s: %s", name, got, c.want, a.text)
		}
		if a.code == "ELSEWHERE_UNBOUND" && !strings.Contains(string(a.text), "nobody") {
			t.Errorf("they are not told who they are there: %s", a.text)
		}
		said[a.code]++
		w.now.Add(int64(people.AddressWindow)) // or there were too many
	}
	i.user, i.alg, i.spoil = "330102-4711", "RS256", nil

	browser, back := i.leaves()
	cookie := browser.cookie
	browser.comesBack(back).is(w, "200")
	again := &client{world: w, cookie: cookie}
	again.comesBack(back).is(w, "401 ELSEWHERE_AGAIN") // what was used is used
	later, fresh := i.leaves()
	fresh.Code = back.Code
	later.comesBack(fresh).is(w, "401 ELSEWHERE_WRONG") // and the code, by the provider
	stolen, back := i.leaves()
	_, err := w.pool.Exec(w.Context(), `update people.flow set verifier = 'another'`)
	if err == nil {
		t.Error("the service may change what was kept of who left")
	}
	_, err = w.owner(`update people.flow set verifier = 'another'`)
	w.must(err)
	stolen.comesBack(back).is(w, "401 ELSEWHERE_WRONG") // PKCE
	said[""]++
	said["ELSEWHERE_AGAIN"]++
	said["ELSEWHERE_WRONG"] += 2

	system := w.as(access.SystemAdmin)
	system.post(base+"people/"+leader.id+"/disable", nil).is(w, "200")
	browser, back = i.leaves()
	browser.comesBack(back).is(w, "401 SIGN_IN")
	system.post(base+"people/"+leader.id+"/enable", nil).is(w, "200")
	for range people.FailuresMax {
		w.signIn(keep.DemoName(access.Leader), "wrong")
	}
	browser, back = i.leaves()
	browser.comesBack(back).is(w, "401 SIGN_IN") // locked
	system.post(base+"people/"+leader.id+"/unlock", nil).is(w, "200")
	browser, back = i.leaves()
	browser.comesBack(back).is(w, "200")
	system.post(base+"people/"+leader.id+"/reset", nil).is(w, "200")
	w.as(access.SecurityAdmin).post(base+"people/"+leader.id+"/enable", nil).is(w, "200")
	browser, back = i.leaves()
	browser.comesBack(back).is(w, "403 ELSEWHERE_UNBOUND") // whoever was bound is not any more
	said[""]++
	said["SIGN_IN"] += 2
	said["ELSEWHERE_UNBOUND"]++

	said[""]++ // the binding
	found := map[string]int{}
	for _, l := range w.audited("elsewhere_return") {
		found[l.Code]++
	}
	if !maps.Equal(found, said) {
		t.Errorf("the audit log has %v, want %v", found, said)
	}
}

// TestAnAddressThatIsWrongTooOften waits, there as here; who is merely not let in,
// which is no guess, takes nothing from those at the same address.
func TestAnAddressThatIsWrongTooOften(t *testing.T) {
	t.Parallel()
	w, i := beside(t)
	for n := range 2 * people.AddressMax {
		browser, back := i.leaves()
		want := "403 ELSEWHERE_UNBOUND"
		if n%2 == 0 {
			back.Error, want = "access_denied", "401 ELSEWHERE_DENIED"
		}
		browser.comesBack(back).is(w, want)
	}
	for range people.AddressMax {
		browser, back := i.leaves()
		back.Code = "a guess"
		browser.comesBack(back).is(w, "401 ELSEWHERE_WRONG")
	}
	browser, back := i.leaves()
	browser.comesBack(back).is(w, "429 TOO_MANY_ATTEMPTS")
	w.signIn("demo-leader", password)
	if _, a := w.signIn("demo-leader", password); a.code != "TOO_MANY_ATTEMPTS" {
		t.Errorf("with a password it goes on: %s", a.text)
	}
}

// TestNobodyButTheIssuerIsAsked whatever it says (A68), and while it says nothing
// people are told so.
func TestNobodyButTheIssuerIsAsked(t *testing.T) {
	t.Parallel()
	w, i := beside(t)
	asked := 0
	trap := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		asked++
		http.Redirect(out, r, i.server.URL+r.URL.Path, http.StatusTemporaryRedirect) // so that it would work
	}))
	t.Cleanup(trap.Close)
	const many = 8
	together := make(chan struct{})
	var came, askedItself atomic.Int64
	i.about = func(map[string]any) {
		askedItself.Add(1)
		<-together
	}
	w.from.County = func(name string) (string, error) { // of who is about to ask
		if came.Add(1) == many {
			close(together)
		}
		return served(name)
	}
	w.server = w.serve(w.from)
	var run sync.WaitGroup
	for range many {
		run.Go(func() { (&client{world: w}).post("/v1/elsewhere/leave", api.Leaving{}).is(w, "200") })
	}
	run.Wait()
	if n := askedItself.Load(); n != 1 {
		t.Errorf("%d asked for %d who left at the same moment", n, many)
	}
	w.from.County, i.about = served, nil

	fresh := func() { // a program that has not asked yet
		w.from.Elsewhere = i.open()
		w.server = w.serve(w.from)
	}
	nobody := &client{world: w}
	fresh()
	i.broken.Store(true)
	nobody.post("/v1/elsewhere/leave", api.Leaving{}).is(w, "503 ELSEWHERE_AWAY")
	i.broken.Store(false)
	nobody.post("/v1/elsewhere/leave", api.Leaving{}).is(w, "200") // it came up later
	for _, document := range []string{"jwks_uri", "token_endpoint"} {
		i.about = func(is map[string]any) {
			is[document] = strings.Replace(is[document].(string), i.server.URL, trap.URL, 1)
		}
		fresh()
		browser, back := i.leaves()
		if a := browser.comesBack(back); a.status == http.StatusOK || !strings.HasPrefix(a.code, "ELSEWHERE_") {
			t.Errorf("%s: %d %s", document, a.status, a.text)
		}
	}
	i.about = func(is map[string]any) { is["authorization_endpoint"] = trap.URL + "/authorize" }
	fresh()
	nobody.post("/v1/elsewhere/leave", api.Leaving{}).is(w, "503 ELSEWHERE_AWAY")
	i.about = func(is map[string]any) { is["issuer"] = "https://evil.example" }
	fresh()
	nobody.post("/v1/elsewhere/leave", api.Leaving{}).is(w, "503 ELSEWHERE_AWAY")
	i.about = func(is map[string]any) { is["more"] = strings.Repeat("x", 1<<21) }
	fresh()
	nobody.post("/v1/elsewhere/leave", api.Leaving{}).is(w, "503 ELSEWHERE_AWAY")
	i.about = nil
	fresh()
	nobody.post("/v1/elsewhere/leave", api.Leaving{}).is(w, "200") // the control
	if asked > 0 {
		t.Errorf("another than the issuer was asked %d times", asked)
	}
}

// TestAnAdministratorBindsWithASecondPerson: who names the identity that opens an
// account could open it themselves.
func TestAnAdministratorBindsWithASecondPerson(t *testing.T) {
	t.Parallel()
	w, i := beside(t)
	system, security, leader := w.as(access.SystemAdmin), w.as(access.SecurityAdmin), w.as(access.Leader)
	made := into[api.OneTime](w, system.post(base+"people", api.NewPerson{User: "wang", Display: "王", Office: "D01"}))
	to := base + "people/" + made.ID + "/binding"
	bind := func(as *client, to, subject string) answer {
		return as.do(http.MethodPut, to, api.Binds{Subject: subject})
	}
	bind(security, to, i.user).is(w, "403 FORBIDDEN")
	bind(leader, to, i.user).is(w, "403 FORBIDDEN")
	bind(system, base+"people/"+system.id+"/binding", i.user).is(w, "403 SELF")
	bind(system, base+"people/"+security.id+"/binding", i.user).is(w, "409 LAST_ADMINISTRATOR")
	bind(system, to, " x").is(w, "422 SUBJECT")
	bind(system, to, i.user).is(w, "200")
	bind(system, to, i.user).is(w, "409 ELSEWHERE_BOUND")
	bind(system, base+"people/"+leader.id+"/binding", i.user).is(w, "409 ELSEWHERE_TAKEN")
	browser, back := i.leaves()
	browser.comesBack(back).is(w, "401 SIGN_IN")
	is := into[api.Person](w, system.get(base+"people/"+made.ID))
	if is.State != people.Suspended || is.Binding.Subject != i.user {
		t.Errorf("%+v", is)
	}
	system.post(base+"people/"+made.ID+"/enable", nil).is(w, "403 FORBIDDEN")
	security.post(base+"people/"+made.ID+"/enable", nil).is(w, "200")
	browser, back = i.leaves()
	browser.comesBack(back).is(w, "200")
	if me := into[api.Me](w, browser.get("/v1/session")); me.MustChange || me.User != "wang" {
		t.Errorf("who never had the password must change it: %+v", me)
	}
	security.do(http.MethodDelete, to, nil).is(w, "403 FORBIDDEN")
	system.do(http.MethodDelete, to, nil).is(w, "200")
	browser.get("/v1/session").is(w, "401 SESSION_ENDED")
	for _, op := range []string{"person_bind", "person_unbind"} {
		if lines := w.audited(op); !slices.ContainsFunc(lines, func(l api.AuditLine) bool { return l.Decision == access.Done && l.Actor == "person:"+system.id }) {
			t.Errorf("%s is not in the audit log: %+v", op, lines)
		}
	}
}

// TestNoElsewhere: where nothing is set up, nothing is offered.
func TestNoElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.demo()
	c := w.as(access.Leader)
	if is := into[api.Elsewhere](w, c.get("/v1/elsewhere")); is.Configured {
		t.Errorf("%+v", is)
	}
	c.post("/v1/elsewhere/leave", api.Leaving{}).is(w, "404 ELSEWHERE_NONE")
	c.post("/v1/session/binding", api.LeavingToBind{}).is(w, "404 ELSEWHERE_NONE")
	c.comesBack(sso.Returned{State: "x", Code: "y"}).is(w, "404 ELSEWHERE_NONE")
	w.as(access.SystemAdmin).do(http.MethodPut, base+"people/"+c.id+"/binding", api.Binds{Subject: "x"}).is(w, "404 ELSEWHERE_NONE")
	for name, c := range map[string]sso.Config{
		"no https":            {Issuer: "http://sso.example", Client: "x", Redirect: "https://a" + sso.Path},
		"no address":          {Issuer: "sso", Client: "x", Redirect: "https://a" + sso.Path},
		"another way back":    {Issuer: "https://sso.example", Client: "x", Redirect: "https://a/"},
		"a way back in plain": {Issuer: "https://sso.example", Client: "x", Redirect: "http://a" + sso.Path},
		"no client":           {Issuer: "https://sso.example", Redirect: "https://a" + sso.Path},
		"a password in it":    {Issuer: "https://a:b@sso.example", Client: "x", Redirect: "https://a" + sso.Path},
	} {
		if _, err := sso.Open(c, time.Now, slog.New(slog.DiscardHandler)); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

// TestASessionBeforeThatCannotBeEnded does not keep its browser from the new one, by a
// password or from elsewhere: that session is there, and its cookie would be nobody's.
func TestASessionBeforeThatCannotBeEnded(t *testing.T) {
	t.Parallel()
	w, i := beside(t)
	before := w.as(access.Leader)
	i.binds(before).is(w, "200")
	_, err := w.owner(`
		create function people.fails() returns trigger language plpgsql as $$ begin raise exception 'no session ends'; end $$;
		create trigger fails before update of ended_at on people.session for each row execute function people.fails()`)
	w.must(err)
	before.do(http.MethodDelete, "/v1/session", nil).is(w, "500 INTERNAL") // the control

	again := &client{world: w, cookie: before.cookie}
	again.post("/v1/session", api.Opening{User: keep.DemoName(access.Leader), Password: password}).is(w, "200")
	c, back := i.leaves()
	c.cookie += "; " + before.cookie
	c.comesBack(back).is(w, "200")
	for _, in := range []*client{again, c} {
		if in.cookie == before.cookie {
			t.Error("the browser has the session of before")
		}
		in.get("/v1/session").is(w, "200")
	}
}
