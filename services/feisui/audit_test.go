package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"feisui/services/people/api"
)

// TestTheAuditLogOfARunningCounty: who signed in, what was done, what was refused
// and what was read that gives away much are there, whoever's county the path
// names; its administrator reads it and nobody else; and what was changed in it
// behind everybody's back is found.
func TestTheAuditLogOfARunningCounty(t *testing.T) {
	t.Parallel()
	_, a := guarded(t)
	const county = "/v1/counties/c/"
	send := func(who, method, path, body string) rightsAnswer {
		r, err := http.NewRequestWithContext(t.Context(), method, a.server+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Request-Id", "audited")
		r.Header.Set("Content-Type", "application/json")
		a.show(r, who, map[bool]string{true: "none", false: "valid"}[who == ""], false)
		return answerTo(t, r)
	}
	a.audited()
	a.shown[ofHead+" valid"] = a.signIn(ofHead)
	send(ofHead, "POST", county+"commitments", `{"no":"CM9","kind":"意向","department":"D01","community":"431026102001","amount":"50","made_on":"2025-01-08"}`)
	send(ofHead, "POST", county+"admissions", `{}`)
	send("leader", "GET", county+"entries?limit=1", "")
	send("leader", "GET", county+"flags?limit=1", "") // what gives away little is not in it
	send("leader", "DELETE", "/v1/session", "")
	send("", "POST", "/v1/session", `{"county":"c","user":"leader","password":"wrong"}`)

	var page api.AuditPage
	a.call("audit_admin valid", http.MethodGet, county+"audit?limit=20", nil, &struct{}{}) // and what was written behind is there
	a.call("audit_admin valid", http.MethodGet, county+"audit?limit=20", nil, &page)
	found := map[string]bool{}
	for _, l := range page.Lines {
		found[fmt.Sprintf("%s %s %s %s about %s", l.Actor, l.Operation, l.Decision, l.Code, l.Target)] = l.County == "c" && l.Address == "127.0.0.1"
	}
	officer, leader := a.principal(ofHead), a.principal("leader")
	for _, want := range []string{
		officer + " session_open done  about " + officer,
		officer + " record_commitments done  about " + county + "commitments",
		officer + " record_admissions refused FORBIDDEN about " + county + "admissions",
		leader + " entries done  about " + county + "entries",
		leader + " session_close done  about /v1/session",
		" session_open refused SIGN_IN about " + leader,
		a.principal("audit_admin") + " audit done  about " + county + "audit",
	} {
		if !found[want] {
			t.Errorf("%q is not in %+v", want, found)
		}
	}
	for line := range found {
		if strings.Contains(line, " flags ") {
			t.Errorf("%q is", line)
		}
	}
	a.shown["leader valid"] = a.signIn("leader")
	for _, of := range append(askers(), asker{name: ""}) {
		for _, what := range []string{"audit", "audit?format=csv", "audit/verify"} {
			want := map[string]int{"audit_admin": http.StatusOK, "": http.StatusUnauthorized}[of.name]
			if want == 0 {
				want = http.StatusForbidden
			}
			if got := send(of.name, "GET", county+what, ""); got.status != want {
				t.Errorf("%s for %q: %d %s", what, of.name, got.status, got.text)
			}
		}
	}
	a.verifyFinds(t)
}

// verifyFinds changes the log, and looks whether verifying finds it.
func (a *accounts) verifyFinds(t *testing.T) {
	t.Helper()
	verify := func(known string) (v api.AuditChecked) {
		a.call("audit_admin valid", http.MethodGet, "/v1/counties/c/audit/verify?known="+known, nil, &v)
		return v
	}
	was := verify("")
	known := fmt.Sprint(was.Lines, ":", was.Hash)
	if !was.OK || was.Lines < 50 || !verify(known).OK {
		t.Fatalf("%+v", was)
	}
	plant := func(sql string) {
		// One after the other, as whoever has the database can.
		for _, sql := range []string{`alter table people.audit disable trigger append_only`, sql, `alter table people.audit enable trigger append_only`} {
			if _, err := a.pool.Exec(t.Context(), sql); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := a.pool.Exec(t.Context(), `update people.audit set decision = 'done' where county = 'c' and n = 7`); err == nil {
		t.Error("the log can be changed")
	}
	plant(`update people.audit set actor = actor || '!' where county = 'c' and n = 7`)
	if v := verify(""); v.OK || !strings.Contains(strings.Join(v.Wrong, ";"), "line 7: it was changed") {
		t.Errorf("a line that was changed: %+v", v)
	}
	plant(`update people.audit set actor = left(actor, -1) where county = 'c' and n = 7`) // the control
	if v := verify(known); !v.OK {
		t.Errorf("put right: %+v", v)
	}
	plant(fmt.Sprintf(`delete from people.audit where county = 'c' and n >= %d`, was.Lines))
	if v := verify(known); v.OK {
		t.Errorf("the end is cut off, and its hash was noted: %+v", v)
	}
}
