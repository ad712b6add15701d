package api_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"feisui/pkg/access"
	"feisui/services/people"
	"feisui/services/people/api"
	"feisui/services/people/keep"
)

// The named negative cases that concern people: who attempts what, and what comes
// of it. Each has its control: the nearest thing that is done.
var attacks = map[string]func(*world){
	"A43 a system administrator grants alone, or to itself": func(w *world) {
		system, security := w.as(access.SystemAdmin), w.as(access.SecurityAdmin)
		zhang := w.someone(system, "zhang")
		asked := into[keep.Granted](w, system.post(base+"people/"+zhang.id+"/grants", access.Grant{Role: access.Leader}))
		system.post(base+"grants/"+asked.ID+"/approve", nil).is(w, "403 FORBIDDEN")
		system.post(base+"people/"+system.id+"/grants", access.Grant{Role: access.Leader}).is(w, "403 SELF")
		w.grants(zhang, 0)
		security.post(base+"grants/"+asked.ID+"/approve", nil).is(w, "200")
		w.grants(zhang, 1)
	},
	"A43 a system administrator takes over an account by a reset": func(w *world) {
		system, security, leader := w.as(access.SystemAdmin), w.as(access.SecurityAdmin), w.as(access.Leader)
		once := into[api.OneTime](w, system.post(base+"people/"+leader.id+"/reset", nil)).Password
		leader.get("/v1/session").is(w, "401 SESSION_ENDED")
		_, a := w.signIn("demo-leader", once)
		a.is(w, "401 SIGN_IN")
		system.post(base+"people/"+leader.id+"/enable", nil).is(w, "403 FORBIDDEN")
		security.post(base+"people/"+leader.id+"/enable", nil).is(w, "200")
		_, a = w.signIn("demo-leader", once)
		a.is(w, "200")
		_, a = w.signIn("demo-leader", password)
		a.is(w, "401 SIGN_IN")
	},
	"A44 an account with a role in one call": func(w *world) {
		system := w.as(access.SystemAdmin)
		with := map[string]any{"user": "wang", "display": "王", "office": "D01", "grants": []access.Grant{{Role: access.Leader}}}
		system.post(base+"people", with).is(w, "422 FIELD_UNKNOWN")
		delete(with, "grants")
		system.post(base+"people", with).is(w, "200")
	},
	"A45 a security administrator approves its own request, or for itself": func(w *world) {
		system, security := w.as(access.SystemAdmin), w.as(access.SecurityAdmin)
		zhang := w.someone(system, "zhang")
		security.post(base+"people/"+zhang.id+"/grants", access.Grant{Role: access.Leader}).is(w, "403 FORBIDDEN")
		// Its second account, of the same person, which became the security administrator after it had asked.
		second := w.someone(system, "second")
		w.grant(system, security, second.id, access.Grant{Role: access.SecurityAdmin})
		own := into[api.Person](w, system.get(base+"people/"+second.id)).Person
		third := into[api.OneTime](w, system.post(base+"people", api.NewPerson{User: "third", Display: "三", Office: "D01", Person: own}))
		asked := into[keep.Granted](w, system.post(base+"people/"+third.ID+"/grants", access.Grant{Role: access.SecurityAdmin}))
		second.post(base+"grants/"+asked.ID+"/approve", nil).is(w, "403 SELF")
		security.post(base+"grants/"+asked.ID+"/approve", nil).is(w, "200")
	},
	"A47 an audit administrator changes the log": func(w *world) {
		audits := w.as(access.AuditAdmin)
		for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
			audits.do(method, base+"audit", map[string]any{}).is(w, "405 METHOD")
		}
		audits.do(http.MethodDelete, base+"audit/1", nil).is(w, "404 NOT_FOUND")
		audits.get(base+"audit").is(w, "200")
	},
	"A48 an administrator becomes somebody else": func(w *world) {
		system, leader := w.as(access.SystemAdmin), w.as(access.Leader)
		system.post(base+"people/"+leader.id+"/impersonate", nil).is(w, "404 NOT_FOUND")
		me := into[api.Me](w, system.do(http.MethodGet, "/v1/session", nil, "X-User", leader.id, "X-Original-User", "demo-leader"))
		if me.User != "demo-system_admin" {
			w.Errorf("%+v", me)
		}
	},
	"A49 somebody disabled goes on": func(w *world) {
		system, leader := w.as(access.SystemAdmin), w.as(access.Leader)
		program := w.token(leader, access.Grant{Role: access.Leader})
		program.get(base+"people").is(w, "403 FORBIDDEN") // known, and not allowed
		system.post(base+"people/"+leader.id+"/disable", nil).is(w, "200")
		leader.get("/v1/session").is(w, "401 SESSION_ENDED")
		program.get(base+"people").is(w, "401 TOKEN_ENDED")
		_, a := w.signIn("demo-leader", password)
		a.is(w, "401 SIGN_IN")
		system.post(base+"people/"+leader.id+"/enable", nil).is(w, "200")
		leader.get("/v1/session").is(w, "401 SESSION_ENDED") // what ended stays so
		program.get(base+"people").is(w, "401 TOKEN_ENDED")
		_, a = w.signIn("demo-leader", password)
		a.is(w, "200")
	},
	"A50 somebody moved from A to B acts on A": func(w *world) {
		system, security := w.as(access.SystemAdmin), w.as(access.SecurityAdmin)
		zhang := w.someone(system, "zhang")
		a := w.grant(system, security, zhang.id, access.Grant{Role: access.CommunityOfficer, Scope: "A"})
		w.grants(zhang, 1)
		security.do(http.MethodDelete, base+"grants/"+a.ID, nil).is(w, "200")
		w.grant(system, security, zhang.id, access.Grant{Role: access.CommunityOfficer, Scope: "B"})
		if me := into[api.Me](w, zhang.get("/v1/session")); len(me.Grants) != 1 || me.Grants[0].Scope != "B" {
			w.Errorf("the old session still has %+v", me.Grants)
		}
	},
	"A51 a role revoked between draft and submission": func(w *world) {
		system, security := w.as(access.SystemAdmin), w.as(access.SecurityAdmin)
		second := w.someone(system, "second")
		g := w.grant(system, security, second.id, access.Grant{Role: access.SystemAdmin})
		second.get(base+"people").is(w, "200")
		body := api.NewPerson{User: "wang", Display: "王", Office: "D01"}
		security.do(http.MethodDelete, base+"grants/"+g.ID, nil).is(w, "200")
		second.post(base+"people", body).is(w, "403 FORBIDDEN")
		system.post(base+"people", body).is(w, "200")
	},
	"a one-time password that was found in a drawer": func(w *world) {
		system := w.as(access.SystemAdmin)
		made := into[api.OneTime](w, system.post(base+"people", api.NewPerson{User: "zhang", Display: "张", Office: "D01"}))
		begun, a := w.signIn("zhang", made.Password)
		a.is(w, "200")
		if made.Until == nil || made.Until.Unix() != w.now.Load()+int64(people.OnceLife) {
			w.Errorf("%+v", made)
		}
		w.now.Add(int64(people.OnceLife) - 1)
		_, a = w.signIn("zhang", made.Password) // the control
		a.is(w, "200")
		w.now.Add(1)
		_, a = w.signIn("zhang", made.Password)
		if a.is(w, "401 PASSWORD_LAPSED"); !strings.Contains(string(a.text), fmt.Sprint("没有在 ", int(people.OnceLife/people.Day), " 天内使用")) {
			w.Errorf("how long it opened something: %s", a.text)
		}
		_, a = w.signIn("zhang", "wrong")
		a.is(w, "401 SIGN_IN")
		begun.get("/v1/session").is(w, "401 SESSION_OLD")
		system = w.as(access.SystemAdmin)
		if p := into[api.Person](w, system.get(base+"people/"+made.ID)); p.State != people.Lapsed {
			w.Errorf("%+v", p)
		}
		again := into[api.OneTime](w, system.post(base+"people/"+made.ID+"/reset", nil))
		w.as(access.SecurityAdmin).post(base+"people/"+made.ID+"/enable", nil).is(w, "200")
		c, a := w.signIn("zhang", again.Password)
		a.is(w, "200")
		c.post("/v1/session/password", api.Changing{Old: again.Password, New: "a password of her own"}).is(w, "200")
		w.now.Add(int64(people.OnceLife))
		_, a = w.signIn("zhang", "a password of her own") // which does not lapse
		a.is(w, "200")
	},
	"A53 five wrong passwords": func(w *world) {
		system := w.as(access.SystemAdmin)
		leader := w.as(access.Leader)
		texts := map[string]bool{}
		for _, name := range []string{"demo-leader", "demo-nobody"} {
			for i := range 6 {
				_, a := w.signIn(name, fmt.Sprint("wrong ", i))
				texts[string(a.is(w, "401 SIGN_IN").text)] = true
			}
		}
		_, a := w.signIn("demo-leader", password) // right, and locked
		texts[string(a.is(w, "401 SIGN_IN").text)] = true
		if len(texts) != 1 {
			w.Errorf("what is said tells who is there: %v", texts)
		}
		if p := into[api.Person](w, system.get(base+"people/"+leader.id)); p.State != people.Locked {
			w.Errorf("%+v", p)
		}
		system.post(base+"people/"+leader.id+"/unlock", nil).is(w, "200")
		_, a = w.signIn("demo-leader", password)
		a.is(w, "200")
		log := into[api.AuditPage](w, w.as(access.AuditAdmin).get(base+"audit?limit=1000"))
		refused, unlocked := 0, 0
		for _, l := range log.Lines {
			switch {
			case l.Operation == "session_open" && l.Decision == access.Refused:
				refused++
			case l.Operation == "person_unlock":
				unlocked++
			}
		}
		if refused != 13 || unlocked != 1 {
			w.Errorf("%d refusals and %d unlockings in the log", refused, unlocked)
		}
	},
	"A54 a hundred names from one address": func(w *world) {
		many := 0
		for i := range 100 {
			c := &client{world: w}
			if a := c.do(http.MethodPost, "/v1/session", api.Opening{User: fmt.Sprint("user", i), Password: "Spring2026!!"}, "X-Forwarded-For", fmt.Sprint("10.0.0.", i)); a.code == "TOO_MANY_ATTEMPTS" {
				many++
			}
		}
		if many != 100-people.AddressMax {
			w.Errorf("%d of 100 were refused as too many", many)
		}
		w.now.Add(int64(people.AddressWindow))
		for range 40 { // the control: those who know their passwords
			w.as(access.Leader)
		}
	},
	"A55 a session id fixed before": func(w *world) {
		fixed := &client{world: w, cookie: "feisui_session=" + strings.Repeat("A", 52)}
		victim := &client{world: w, cookie: fixed.cookie}
		victim.post("/v1/session", api.Opening{User: "demo-leader", Password: password}).is(w, "200")
		if victim.cookie == fixed.cookie {
			w.Error("the id is the one that was there before")
		}
		fixed.get("/v1/session").is(w, "401 SESSION_ENDED")
		victim.get("/v1/session").is(w, "200")
		old := &client{world: w, cookie: victim.cookie}
		victim.post("/v1/session", api.Opening{User: "demo-leader", Password: password}).is(w, "200")
		if victim.cookie == old.cookie {
			w.Error("signing in again gives the same id")
		}
		old.get("/v1/session").is(w, "401 SESSION_ENDED")
		victim.get("/v1/session").is(w, "200")
	},
	"A56 a cookie after signing out": func(w *world) {
		leader := w.as(access.Leader)
		replayed := &client{world: w, cookie: leader.cookie}
		replayed.get("/v1/session").is(w, "200")
		leader.do(http.MethodDelete, "/v1/session", nil).is(w, "200")
		if leader.cookie != "" {
			w.Error("the browser keeps the cookie")
		}
		replayed.get("/v1/session").is(w, "401 SESSION_ENDED")
		leader.get("/v1/session").is(w, "401 SIGN_IN")
	},
	"A56 a session that was not used, or is old": func(w *world) {
		idle, busy := w.as(access.Leader), w.as(access.Auditor)
		for range 11*60/25 + 2 {
			busy.get("/v1/session").is(w, "200")
			w.now.Add(int64(25 * people.Minute))
		}
		idle.get("/v1/session").is(w, "401 SESSION_IDLE")
		busy.get("/v1/session").is(w, "200")
		w.now.Add(int64(25 * people.Minute))
		busy.get("/v1/session").is(w, "401 SESSION_OLD")
	},
	"A56 a page that listens and nobody at it": func(w *world) {
		leader := w.as(access.Leader)
		r, err := http.NewRequestWithContext(w.Context(), http.MethodGet, w.server.URL+"/v1/session", http.NoBody)
		w.must(err)
		r.RemoteAddr = "127.0.0.1:4000"
		r.Header.Set("Cookie", leader.cookie)
		still := access.Asking(w.Context(), func(ctx context.Context) (access.Scope, bool) {
			_, err := w.from.Who(ctx, r)
			return access.Scope{}, err == nil
		})
		for range 3 {
			w.now.Add(int64(9 * people.Minute))
			if _, may := access.Still(still); !may {
				w.Error("it ended before its time")
			}
		}
		w.now.Add(int64(3 * people.Minute))
		if _, may := access.Still(still); may {
			w.Error("listening counts as being there")
		}
		leader.get("/v1/session").is(w, "401 SESSION_IDLE")
	},
	"A57 a cookie that others could read": func(w *world) {
		c, a := w.signIn("demo-leader", password)
		for _, part := range []string{"HttpOnly", "SameSite=Strict", "Path=/"} {
			if !strings.Contains(a.header.Get("Set-Cookie"), part) {
				w.Errorf("%s is not %s", a.header.Get("Set-Cookie"), part)
			}
		}
		opening := api.Opening{User: "demo-leader", Password: password}
		c.do(http.MethodPost, "/v1/session", opening, "Host", "x").is(w, "200")
		from := w.from
		from.Proxied = true // as behind TLS
		w.server = w.serve(from)
		secure := &client{world: w}
		set := secure.post("/v1/session", opening).is(w, "200").header.Get("Set-Cookie")
		if !strings.HasPrefix(set, "__Host-feisui_session=") || !strings.Contains(set, "Secure") || strings.Contains(set, "Domain") {
			w.Errorf("over TLS: %s", set)
		}
		secure.get("/v1/session").is(w, "200")
		c.get("/v1/session").is(w, "401 SIGN_IN") // the cookie of plain HTTP is none there
	},
	"A57 plain HTTP from another machine": func(w *world) {
		in := w.as(access.Leader)
		for host, refused := range map[string]bool{"feisui.example": true, "127.0.0.1:8080": false, "localhost": false, "[::1]:80": false} {
			r, err := http.NewRequestWithContext(w.Context(), http.MethodGet, "http://"+host+"/v1/session", nil)
			w.must(err)
			r.RemoteAddr = "127.0.0.1:4000"
			r.Header.Set("Cookie", in.cookie)
			if _, err := w.from.Who(w.Context(), r); (err != nil) != refused {
				w.Errorf("%s: %v", host, err)
			}
		}
	},
	"A61 another's request id": func(w *world) {
		system, security := w.as(access.SystemAdmin), w.as(access.SecurityAdmin)
		second := w.someone(system, "second")
		g := w.grant(system, security, second.id, access.Grant{Role: access.SystemAdmin})
		same := func(c *client, name string) answer {
			return c.do(http.MethodPost, base+"people", api.NewPerson{User: name, Display: name, Office: "D01"}, "Request-Id", "same")
		}
		first := into[api.OneTime](w, same(system, "wang"))
		other := into[api.OneTime](w, same(second, "wang.two"))
		if again := into[api.OneTime](w, same(second, "wang.two")); again.ID != other.ID || other.ID == first.ID || again.Password != "" {
			w.Errorf("%+v %+v %+v", first, other, again)
		}
		same(second, "wang.three").is(w, "409 REQUEST_REUSED") // A62
		security.do(http.MethodDelete, base+"grants/"+g.ID, nil).is(w, "200")
		same(second, "wang.two").is(w, "403 FORBIDDEN")
	},
	"A82 a token that was made by who knew the password": func(w *world) {
		system, leader, elsewhere := w.as(access.SystemAdmin), w.as(access.Leader), w.as(access.Leader)
		stolen, other := w.token(leader, access.Grant{Role: access.Leader}), w.token(leader, access.Grant{Role: access.Leader})
		into[struct{}](w, leader.do(http.MethodDelete, "/v1/session/tokens/"+into[api.TokenList](w, leader.get("/v1/session/tokens")).Tokens[1].ID, nil))
		other.get(base+"people").is(w, "401 TOKEN_ENDED") // which is counted no more
		kept := into[api.Renewed](w, leader.post("/v1/session/password", api.Changing{Old: password, New: "a second password", KeepTokens: true}))
		stolen.get(base+"people").is(w, "403 FORBIDDEN") // the control: it goes on where that is asked for
		elsewhere.get("/v1/session").is(w, "401 SESSION_ENDED")
		ended := into[api.Renewed](w, leader.post("/v1/session/password", api.Changing{Old: "a second password", New: "a third password"}))
		stolen.get(base+"people").is(w, "401 TOKEN_ENDED")
		if kept.Tokens != 0 || ended.Tokens != 1 {
			w.Errorf("%d and %d tokens ended", kept.Tokens, ended.Tokens)
		}
		if lines := w.audited("password_change"); len(lines) != 2 || lines[0].Target != "person:"+leader.id+" tokens=1" || lines[1].Target != "person:"+leader.id+" tokens=0" {
			w.Errorf("%+v", lines)
		}
		again := w.token(leader, access.Grant{Role: access.Leader})
		again.get(base+"people").is(w, "403 FORBIDDEN")
		system.post(base+"people/"+leader.id+"/reset", nil).is(w, "200")
		again.get(base+"people").is(w, "401 TOKEN_ENDED")
		leader.get("/v1/session").is(w, "401 SESSION_ENDED")
	},
	"A82 a token of somebody who has left": func(w *world) {
		system, security := w.as(access.SystemAdmin), w.as(access.SecurityAdmin)
		second := w.someone(system, "second")
		g := w.grant(system, security, second.id, access.Grant{Role: access.SystemAdmin})
		program := w.token(second, access.Grant{Role: access.SystemAdmin})
		program.get(base+"people").is(w, "200")
		program.get("/v1/session").is(w, "401 SIGN_IN_FIRST") // and makes no tokens, and changes no password
		program.post("/v1/session/tokens", api.NewToken{Name: "x"}).is(w, "401 SIGN_IN_FIRST")
		security.do(http.MethodDelete, base+"grants/"+g.ID, nil).is(w, "200")
		program.get(base+"people").is(w, "403 FORBIDDEN")
		w.grant(system, security, second.id, access.Grant{Role: access.SystemAdmin})
		program.get(base+"people").is(w, "200")
		w.now.Add(int64(8 * people.Minute))
		system.post(base+"people/"+second.id+"/disable", nil).is(w, "200")
		program.get(base+"people").is(w, "401 TOKEN_ENDED")
	},
	"A82 a token that was ended, or is over": func(w *world) {
		leader := w.as(access.Leader)
		program, other := w.token(leader, access.Grant{Role: access.Leader}), w.token(leader, access.Grant{Role: access.Leader})
		list := into[api.TokenList](w, leader.get("/v1/session/tokens"))
		if len(list.Tokens) != 2 {
			w.Fatalf("%+v", list)
		}
		w.as(access.Auditor).do(http.MethodDelete, "/v1/session/tokens/"+list.Tokens[0].ID, nil).is(w, "404 TOKEN_UNKNOWN")
		leader.do(http.MethodDelete, "/v1/session/tokens/"+list.Tokens[0].ID, nil).is(w, "200")
		program.get(base+"people").is(w, "401 TOKEN_ENDED")
		other.get(base+"people").is(w, "403 FORBIDDEN")
		w.now.Add(int64(people.TokenUsual))
		other.get(base+"people").is(w, "401 TOKEN_ENDED")
		leader.post("/v1/session/tokens", api.NewToken{Name: "x"}).is(w, "401 SESSION_OLD")
		(&client{world: w, bearer: "feisui_token_AAAA"}).get(base+"people").is(w, "401 TOKEN_ENDED")
		(&client{world: w, bearer: "somebody-elses"}).get(base+"people").is(w, "401 SIGN_IN")
	},
	"A83 a grant is decided twice": func(w *world) {
		system, security := w.as(access.SystemAdmin), w.as(access.SecurityAdmin)
		zhang := w.someone(system, "zhang")
		asked := into[keep.Granted](w, system.post(base+"people/"+zhang.id+"/grants", access.Grant{Role: access.Leader}))
		waiting := into[api.GrantList](w, security.get(base+"grants?state=requested"))
		if len(waiting.Grants) != 1 || waiting.Grants[0].ID != asked.ID {
			w.Errorf("%+v", waiting)
		}
		security.post(base+"grants/"+asked.ID+"/deny", nil).is(w, "200")
		security.post(base+"grants/"+asked.ID+"/approve", nil).is(w, "409 DECIDED")
		zhang.post(base+"grants/"+asked.ID+"/approve", nil).is(w, "403 FORBIDDEN")
		w.grants(zhang, 0)
		if all := into[api.GrantList](w, system.get(base+"people/"+zhang.id+"/grants")); len(all.Grants) != 1 || all.Grants[0].State != people.Denied {
			w.Errorf("%+v", all)
		}
	},
	"the last administrator": func(w *world) {
		system, security := w.as(access.SystemAdmin), w.as(access.SecurityAdmin)
		system.post(base+"people/"+security.id+"/disable", nil).is(w, "409 LAST_ADMINISTRATOR")
		system.post(base+"people/"+security.id+"/reset", nil).is(w, "409 LAST_ADMINISTRATOR")
		system.post(base+"people/"+system.id+"/disable", nil).is(w, "403 SELF")
		second := w.someone(system, "second")
		w.grant(system, security, second.id, access.Grant{Role: access.SecurityAdmin})
		system.post(base+"people/"+security.id+"/disable", nil).is(w, "200")
	},
}

func TestAttacks(t *testing.T) {
	t.Parallel()
	all := maps.Clone(attacks)
	maps.Copy(all, onSettings)
	for name, attempt := range all {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.demo()
			attempt(w)
			v, err := w.people.Trail.Verify(t.Context(), county, nil)
			if err != nil || v.Lines == 0 || len(v.Wrong) > 0 {
				t.Errorf("the audit log: %v %+v", err, v)
			}
		})
	}
}

// grants fails unless somebody has so many.
func (w *world) grants(c *client, want int) {
	w.Helper()
	if me := into[api.Me](w, c.get("/v1/session")); len(me.Grants) != want {
		w.Errorf("%s has %v", me.User, me.Grants)
	}
}

// token is a program with a token of somebody's.
func (w *world) token(c *client, g access.Grant) *client {
	w.Helper()
	made := into[api.ShownToken](w, c.post("/v1/session/tokens", api.NewToken{Name: "export", Grants: []access.Grant{g}}))
	return &client{world: w, bearer: made.Secret}
}

// sources is the production code of some packages.
func sources(t *testing.T, folders ...string) string {
	t.Helper()
	var b strings.Builder
	for _, folder := range folders {
		names, err := filepath.Glob(filepath.Join(folder, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			b.Write(text)
		}
	}
	return b.String()
}
