package api_test

import (
	"encoding/base32"
	"net/http"
	"strings"
	"testing"

	"feisui/pkg/access"
	"feisui/services/people"
	"feisui/services/people/api"
	"feisui/services/people/keep"
)

// app is what shows somebody the codes of their second factor.
type app struct {
	*world
	people.Factor
}

// code is what it shows now, or so many steps from now.
func (a *app) code(off int64) string { return a.Code(a.now.Load()/30 + off) }

// setsUp gives somebody a second factor, and the recovery codes.
func (c *client) setsUp() (*app, []string) {
	c.Helper()
	const path = "/v1/session/factor"
	c.post(path+"/confirm", api.Showing{Code: "123456"}).is(c.world, "409 FACTOR_NOT_BEGUN")
	c.post(path, nil).is(c.world, "200")
	begun := into[api.Factor](c.world, c.get(path))
	secret, err := base32.StdEncoding.DecodeString(begun.Secret)
	c.must(err)
	if begun.On || len(secret) != people.FactorBytes || !strings.HasPrefix(begun.Address, "otpauth://totp/Feisui:demo-") || !strings.Contains(begun.Address, "secret="+begun.Secret) {
		c.Errorf("%+v", begun)
	}
	a := &app{c.world, people.Factor{Secret: secret}}
	c.post(path+"/confirm", api.Showing{Code: a.code(7)}).is(c.world, "403 FACTOR_WRONG")
	codes := into[api.Confirmed](c.world, c.post(path+"/confirm", api.Showing{Code: a.code(0)})).Codes
	if is := into[api.Factor](c.world, c.get(path)); !is.On || is.Secret != "" || is.Address != "" || is.Since == nil || is.Left != people.RecoveryCodes || len(codes) != is.Left {
		c.Errorf("%+v with %d codes", is, len(codes))
	}
	c.post(path, nil).is(c.world, "409 FACTOR_THERE")
	return a, codes
}

func (c *client) shows(code string) answer {
	c.Helper()
	return c.post("/v1/session/factor/show", api.Showing{Code: code})
}

// TestASecondFactorIsAskedFor after the password: until it was shown, nothing is open
// but showing it and leaving (A52), and then a new session goes on.
func TestASecondFactorIsAskedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.demo()
	name := keep.DemoName(access.Leader)
	leader, elsewhere := w.as(access.Leader), w.as(access.Leader)
	program := w.token(leader, access.Grant{Role: access.Leader})
	leader.shows("123456").is(w, "409 FACTOR_NOT_ASKED")
	phone, codes := leader.setsUp()
	leader.get("/v1/session").is(w, "200")
	elsewhere.get("/v1/session").is(w, "401 SESSION_ENDED") // where it was not shown
	program.get("/v1/counties/rucheng/people").is(w, "403 FORBIDDEN")

	w.now.Add(60)
	c, a := w.signIn(name, password)
	if me := into[api.Me](w, a); !me.Factor || len(me.Grants) > 0 {
		t.Errorf("%+v", me)
	}
	for _, path := range []string{"/v1/session", "/v1/session/factor", "/v1/session/tokens", base + "people"} {
		c.get(path).is(w, "401 FACTOR_PENDING")
	}
	c.post("/v1/session/password", api.Changing{Old: password, New: "another long password"}).is(w, "401 FACTOR_PENDING")
	c.post("/v1/session/factor", nil).is(w, "401 FACTOR_PENDING")
	c.post("/v1/session/factor/confirm", api.Showing{Code: phone.code(0)}).is(w, "401 FACTOR_PENDING")
	c.get("/v1/demo").is(w, "200")
	before := c.cookie
	c.shows("").is(w, "403 FACTOR_WRONG")
	c.shows(phone.code(2)).is(w, "403 FACTOR_WRONG")
	c.shows(phone.code(-2)).is(w, "403 FACTOR_WRONG")
	c.shows(phone.code(0)).is(w, "200")
	if c.cookie == before {
		t.Error("the session goes on under the secret of before")
	}
	(&client{world: w, cookie: before}).get("/v1/session").is(w, "401 SESSION_ENDED")
	if me := into[api.Me](w, c.get("/v1/session")); me.Factor || len(me.Grants) != 1 {
		t.Errorf("%+v", me)
	}

	again, _ := w.signIn(name, password)
	again.shows(phone.code(0)).is(w, "403 FACTOR_WRONG") // it was used
	again.shows(phone.code(1)).is(w, "200")
	lost, _ := w.signIn(name, password)
	lost.shows("AAAA-BBBB-CCCC-DDDD").is(w, "403 FACTOR_WRONG")
	if went := into[api.Went](w, lost.shows(strings.ToLower(codes[3]))); !went.Recovery || went.Left != people.RecoveryCodes-1 {
		t.Errorf("%+v", went)
	}
	lost, _ = w.signIn(name, password)
	lost.shows(codes[3]).is(w, "403 FACTOR_WRONG")
	lost.do(http.MethodDelete, "/v1/session", nil).is(w, "200")
	lost.shows(phone.code(0)).is(w, "401 SIGN_IN")

	recovery := 0
	for _, l := range w.audited("factor_show") {
		if l.Target == "recovery-code/person:"+leader.id && l.Decision == access.Done {
			recovery++
		}
		if l.Actor != "person:"+leader.id && l.Code != "SIGN_IN" {
			t.Errorf("%+v", l)
		}
	}
	if recovery != 1 {
		t.Errorf("%d recovery codes are in the audit log", recovery)
	}
	var kept int
	like := `select count(*) from people.recovery r where position(encode(convert_to($1, 'UTF8'), 'hex') in r::text) > 0`
	w.must(w.pool.QueryRow(w.Context(), like, people.RecoveryCode(codes[0])).Scan(&kept))
	if kept > 0 {
		t.Error("recovery codes are kept as they are")
	}
}

// TestWrongCodesLock codes, however often somebody who knows the password signs in
// between, and no password; nor do wrong passwords lock codes.
func TestWrongCodesLock(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.demo()
	name := keep.DemoName(access.Leader)
	phone, _ := w.as(access.Leader).setsUp()
	w.now.Add(60)
	for range people.FailuresMax {
		c, a := w.signIn(name, password)
		a.is(w, "200")
		c.shows(phone.code(5)).is(w, "403 FACTOR_WRONG")
	}
	c, a := w.signIn(name, password)
	a.is(w, "200") // which forgives no code
	c.shows(phone.code(0)).is(w, "429 FACTOR_LOCKED")
	system := w.as(access.SystemAdmin)
	id := into[api.PersonList](w, system.get(base+"people?limit=1000"))
	for _, p := range id.People {
		if p.User != name {
			continue
		}
		if p.State != people.Locked || !p.Factor {
			t.Errorf("%+v", p)
		}
		system.post(base+"people/"+p.ID+"/unlock", nil).is(w, "200")
	}
	for range people.FailuresMax {
		w.signIn(name, "wrong")
	}
	if _, a := w.signIn(name, password); a.code != "SIGN_IN" {
		t.Errorf("wrong passwords lock no name: %s", a.text)
	}
	for range people.FailuresMax {
		c.shows(phone.code(5)).is(w, "403 FACTOR_WRONG")
	}
	c.shows(phone.code(0)).is(w, "429 FACTOR_LOCKED")
	w.now.Add(int64(people.Minute))
	c.shows(phone.code(0)).is(w, "200")
}

// TestASecondFactorIsRequired of whom the county says: they set one up first.
func TestASecondFactorIsRequired(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.demo()
	leader, auditor := w.as(access.Leader), w.as(access.Auditor)
	program := w.token(leader, access.Grant{Role: access.Leader})
	set := w.setting().Settings
	if set.FactorRoles == nil || len(set.FactorRoles) > 0 {
		t.Errorf("%+v", set)
	}
	set.FactorRoles = []access.Role{"king"}
	w.sets(set, "422 FACTOR_ROLE")
	set.FactorRoles = []access.Role{access.Leader, access.SystemAdmin}
	w.sets(set, "200")
	if is := w.setting(); len(is.FactorRoles) != 2 {
		t.Errorf("%+v", is)
	}
	if me := into[api.Me](w, leader.get("/v1/session")); !me.FactorLack || len(me.Grants) > 0 {
		t.Errorf("%+v", me)
	}
	leader.get("/v1/session/tokens").is(w, "401 FACTOR_FIRST")
	leader.get(base+"people").is(w, "401 FACTOR_FIRST")
	program.get(base+"people").is(w, "403 FORBIDDEN") // as ever
	auditor.get("/v1/session/tokens").is(w, "200")
	leader.setsUp()
	if me := into[api.Me](w, leader.get("/v1/session")); me.FactorLack || len(me.Grants) != 1 {
		t.Errorf("%+v", me)
	}
	leader.get("/v1/session/tokens").is(w, "200")
}

// TestALostSecondFactor is taken away by two administrators, and the account is shut
// until both have agreed.
func TestALostSecondFactor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.demo()
	system, security, leader := w.as(access.SystemAdmin), w.as(access.SecurityAdmin), w.as(access.Leader)
	reset := func(c *client) answer { return c.post(base+"people/"+leader.id+"/factor_reset", nil) }
	reset(system).is(w, "409 FACTOR_NONE")
	leader.setsUp()
	guessing, _ := w.signIn(keep.DemoName(access.Leader), password)
	for range people.FailuresMax {
		guessing.shows("ABCD-EFGH-IJKL-MNOP").is(w, "403 FACTOR_WRONG")
	}
	guessing.shows("ABCD-EFGH-IJKL-MNOP").is(w, "429 FACTOR_LOCKED")
	reset(security).is(w, "403 FORBIDDEN")
	reset(leader).is(w, "403 FORBIDDEN")
	reset(system).is(w, "200")
	leader.get("/v1/session").is(w, "401 SESSION_ENDED")
	if _, a := w.signIn(keep.DemoName(access.Leader), password); a.code != "SIGN_IN" {
		t.Errorf("one administrator is enough: %s", a.text)
	}
	system.post(base+"people/"+leader.id+"/enable", nil).is(w, "403 FORBIDDEN")
	security.post(base+"people/"+leader.id+"/enable", nil).is(w, "200")
	c, _ := w.signIn(keep.DemoName(access.Leader), password)
	if me := into[api.Me](w, c.get("/v1/session")); me.Factor {
		t.Errorf("%+v", me)
	}
	c.setsUp() // which what was counted of the old one's codes would lock
}

// TestASecondFactorElsewhere is asked for also of who was signed in there.
func TestASecondFactorElsewhere(t *testing.T) {
	t.Parallel()
	w, i := beside(t)
	leader := w.as(access.Leader)
	i.binds(leader).is(w, "200")
	phone, _ := leader.setsUp()
	w.now.Add(60)
	c, back := i.leaves()
	c.comesBack(back).is(w, "200")
	c.get("/v1/session").is(w, "401 FACTOR_PENDING")
	c.shows(phone.code(0)).is(w, "200")
	c.get("/v1/session").is(w, "200")
}
