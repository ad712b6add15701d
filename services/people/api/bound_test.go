package api_test

import (
	"net/http"
	"slices"
	"testing"

	"feisui/pkg/access"
	"feisui/services/people"
	"feisui/services/people/api"
	"feisui/services/people/keep"
)

// bound has two administrators say what bound accounts do with passwords.
func (w *world) bound(say, want string) {
	w.Helper()
	set := w.setting().Settings
	set.BoundPassword = say
	w.sets(set, want)
}

// TestBoundAccountsOpenElsewhereAlone where the county says so. What is said to who takes
// a password is one and the same, so that it tells of no account; and nobody who could
// change the setting is locked out by it.
func TestBoundAccountsOpenElsewhereAlone(t *testing.T) {
	t.Parallel()
	w, i := beside(t)
	w.people.Issuer = i.name()
	leader := w.as(access.Leader)
	i.binds(leader).is(w, "200")
	w.bound("sometimes", "422 BOUND_PASSWORD")
	w.as(access.AuditAdmin).post(base+"settings/changes", api.Settings{BoundPassword: people.PasswordRefused}).is(w, "403 FORBIDDEN")
	w.as(access.Leader) // the control: it opens by its password too
	w.bound(people.PasswordRefused, "200")

	texts := map[string]bool{}
	for _, try := range [][2]string{ // right, wrong, and of nobody
		{keep.DemoName(access.Leader), password}, {keep.DemoName(access.Leader), "wrong"}, {keep.DemoName(access.Auditor), "wrong"}, {"demo-nobody", "wrong"},
	} {
		_, a := w.signIn(try[0], try[1])
		texts[string(a.is(w, "401 SIGN_IN_BOUND").text)] = true
	}
	if len(texts) != 1 {
		t.Errorf("what is said tells who is there: %v", texts)
	}
	w.as(access.Auditor) // who is not bound
	leader.get("/v1/session").is(w, "200")
	leader.do(http.MethodDelete, "/v1/session/binding", nil).is(w, "403 ELSEWHERE_ONLY")

	for range people.FailuresMax { // which lock a name, and nobody's way in
		w.signIn(keep.DemoName(access.Leader), "wrong")
	}
	c, back := i.leaves()
	c.comesBack(back).is(w, "200")
	if me := into[api.Me](w, c.get("/v1/session")); me.User != keep.DemoName(access.Leader) {
		t.Errorf("%+v", me)
	}
	phone, codes := c.setsUp() // nor a second factor that is shown after it
	w.now.Add(60)
	for range people.FailuresMax {
		w.signIn(keep.DemoName(access.Leader), "wrong")
	}
	for _, shown := range []string{phone.code(0), codes[0]} {
		c, back := i.leaves()
		c.comesBack(back).is(w, "200")
		c.shows(shown).is(w, "200")
	}
	w.now.Add(int64(people.Day)) // the lock is over

	w.people.Issuer = "" // the operator takes it away
	if _, a := w.signIn(keep.DemoName(access.Leader), password); a.status != http.StatusOK {
		t.Errorf("where nothing signs people in elsewhere no password is taken: %s", a.text)
	}
	w.people.Issuer = i.name()
	if _, a := w.signIn(keep.DemoName(access.Leader), password); a.code != "SIGN_IN_BOUND" {
		t.Errorf("%d %s", a.status, a.text)
	}
	w.now.Add(int64(people.Day))
	w.bound(people.PasswordAllowed, "200")
	c, _ = w.signIn(keep.DemoName(access.Leader), password)
	c.shows(phone.code(0)).is(w, "200")
	c.do(http.MethodDelete, "/v1/session/binding", nil).is(w, "200")
}

// TestAdministratorsKeepTheirPasswords, bound or not, whoever else opens elsewhere alone.
func TestAdministratorsKeepTheirPasswords(t *testing.T) {
	t.Parallel()
	w, i := beside(t)
	w.people.Issuer = i.name()
	system, security := w.as(access.SystemAdmin), w.as(access.SecurityAdmin)
	for n, role := range people.Administrators() {
		i.user = string(role)
		i.binds([]*client{system, security, w.as(access.AuditAdmin)}[n]).is(w, "200")
	}
	someone := w.someone(system, "zhang")
	i.user = "zhang"
	a := someone.post("/v1/session/binding", api.LeavingToBind{Password: "a new password for " + someone.id[:4]})
	back := i.visits(into[api.Left](w, a).Address)
	someone.comesBack(back).is(w, "200")
	w.bound(people.PasswordRefused, "200")
	enter := func() string {
		_, a := w.signIn("zhang", "a new password for "+someone.id[:4])
		return a.code
	}
	if no := enter(); no != "SIGN_IN_BOUND" {
		t.Errorf("whoever has no role: %q", no)
	}
	g := w.grant(system, security, someone.id, access.Grant{Role: access.SystemAdmin})
	if no := enter(); no != "" {
		t.Errorf("as an administrator: %q", no)
	}
	security.do(http.MethodDelete, base+"grants/"+g.ID, nil).is(w, "200")
	if no := enter(); no != "SIGN_IN_BOUND" {
		t.Errorf("as an administrator no more: %q", no)
	}
	for _, role := range people.Administrators() {
		w.as(role)
	}
	if lines := w.audited("settings_request"); !slices.ContainsFunc(lines, func(l api.AuditLine) bool { return l.Decision == access.Done && l.Actor == "person:"+security.id }) {
		t.Errorf("that it was set is not in the audit log: %+v", lines)
	}
}
