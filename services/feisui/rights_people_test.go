package main

import (
	"bytes"
	"encoding/base32"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"feisui/pkg/access"
	"feisui/services/feisui/serve"
	"feisui/services/people"
	"feisui/services/people/api"
	"feisui/services/people/keep"
)

// accounts are those of people in a running county, made as a county makes them:
// one for each asker, and one whose one-time password was never changed. Each has
// sessions and tokens in every state.
type accounts struct {
	t      *testing.T
	server string
	pool   *pgxpool.Pool
	clock  func() time.Time
	next   atomic.Int64

	users     map[string]keep.Made // by asker; those who must change the password by "asker new"
	passwords map[string]string    // likewise
	shown     map[string]string    // what is shown for "asker state"
	others    others
	looked    int64 // at so many lines of the audit log
}

// others is what belongs to another county or to somebody else.
type others struct{ user, grant, token string }

// long is a password that nobody guesses.
const long = "correct horse battery"

// noon is today's, by the clocks of the county. A test whose clock goes on from there
// meets no midnight, at which a day begins and flags with it.
func noon() time.Time { return shanghai(time.Now().UTC().Format(time.DateOnly), "12:00:00") }

// guarded is the county of the rights, running, with another beside it.
func guarded(t *testing.T) (server string, a *accounts) {
	t.Helper()
	needPostgres(t)
	clock, data, now := &hands{}, dataOf(t), noon()
	clock.set(now.Add(-time.Hour)) // of those sessions that nobody uses afterwards
	server = "http://" + serving(t, serve.Config{Data: data, Counties: []string{"c", "d"}, Clock: clock.now, AnyClock: true}).Address()
	book := rightsWorkbook(t)
	for _, county := range []string{"c", "d"} {
		mustRun(t, "import", book, "--server", server, "--county", county)
	}
	a = &accounts{
		t: t, server: server, clock: clock.now, users: map[string]keep.Made{}, passwords: map[string]string{}, shown: map[string]string{"operator valid": testKey},
		pool: poolOf(t, fmt.Sprintf("postgres://feisui@/feisui?host=%s&port=5432&sslmode=disable", filepath.Join(data, "postgres"))),
	}
	a.settle()
	for name := range a.users { // those who must change the password too, of whom none is asked for
		a.shown[name+" idle"] = a.signIn(name)
	}
	clock.set(now)
	a.open()
	return server, a
}

// settle makes the accounts: the operator begins, the administrators go on.
func (a *accounts) settle() {
	a.t.Helper()
	var three, elsewhere api.Three
	a.call("operator valid", http.MethodPost, "/v1/counties/c/administrators", nil, &three)
	a.call("operator valid", http.MethodPost, "/v1/counties/d/administrators", nil, &elsewhere)
	for i, role := range people.Administrators() {
		a.begin(string(role), three.Administrators[i])
	}
	for _, of := range askers() {
		if of.grant.Role == access.Operator {
			continue
		}
		if _, there := a.users[of.name]; !there {
			a.begin(of.name, a.make(of.name, of.grant))
		}
		made := a.make(of.name+".new", of.grant)
		a.users[of.name+" new"], a.passwords[of.name+" new"] = made.Made, made.Password
		a.begin(of.name+" factor", a.make(of.name+".factor", of.grant))
		a.factor(of.name + " factor")
	}
	a.others.user = elsewhere.Administrators[0].ID
	err := a.pool.QueryRow(a.t.Context(), `select id::text from people.grant where user_id = $1`, a.others.user).Scan(&a.others.grant)
	if err != nil {
		a.t.Fatal(err)
	}
}

// make has two administrators make an account with a role.
func (a *accounts) make(name string, g access.Grant) (made api.OneTime) {
	a.t.Helper()
	const county = "/v1/counties/c/"
	a.call("system_admin valid", http.MethodPost, county+"people", api.NewPerson{User: name, Display: name, Office: "office"}, &made)
	var asked keep.Granted
	a.call("system_admin valid", http.MethodPost, county+"people/"+made.ID+"/grants", g, &asked)
	a.call("security_admin valid", http.MethodPost, county+"grants/"+asked.ID+"/approve", nil, &asked)
	return made
}

// begin is the first time that somebody signs in.
func (a *accounts) begin(name string, made api.OneTime) {
	a.t.Helper()
	a.users[name], a.passwords[name] = made.Made, made.Password
	a.shown[name+" valid"] = a.signIn(name)
	var renewed api.Renewed
	a.call(name+" valid", http.MethodPost, "/v1/session/password", api.Changing{Old: made.Password, New: long}, &renewed)
	a.passwords[name], a.shown[name+" valid"] = long, renewed.Token
}

// factor gives somebody a second factor.
func (a *accounts) factor(name string) {
	a.t.Helper()
	const path = "/v1/session/factor"
	var begun api.Factor
	a.call(name+" valid", http.MethodPost, path, nil, &struct{}{})
	a.call(name+" valid", http.MethodGet, path, nil, &begun)
	secret, err := base32.StdEncoding.DecodeString(begun.Secret)
	if err != nil {
		a.t.Fatal(err)
	}
	code := people.Factor{Secret: secret}.Code(a.clock().Unix() / 30)
	a.call(name+" valid", http.MethodPost, path+"/confirm", api.Showing{Code: code}, &api.Confirmed{})
}

// open opens and ends what is shown in each state.
func (a *accounts) open() {
	a.t.Helper()
	for _, of := range askers() {
		if of.grant.Role == access.Operator {
			continue
		}
		a.shown[of.name+" valid"], a.shown[of.name+" must-change"] = a.signIn(of.name), a.signIn(of.name+" new")
		a.shown[of.name+" factor-pending"] = a.signIn(of.name + " factor")
		a.shown[of.name+" revoked"] = a.signIn(of.name)
		a.call(of.name+" revoked", http.MethodDelete, "/v1/session", nil, &struct{}{})
		var token, ended api.ShownToken
		wanted := api.NewToken{Name: "export", Grants: []access.Grant{of.grant}}
		a.call(of.name+" valid", http.MethodPost, "/v1/session/tokens", wanted, &token)
		a.call(of.name+" valid", http.MethodPost, "/v1/session/tokens", wanted, &ended)
		a.call(of.name+" valid", http.MethodDelete, "/v1/session/tokens/"+ended.ID, nil, &struct{}{})
		a.shown[of.name+" token"], a.shown[of.name+" ended token"] = token.Secret, ended.Secret
	}
	a.begin("bystander", a.make("bystander", access.Grant{Role: access.Leader}))
	var token api.ShownToken
	a.call("bystander valid", http.MethodPost, "/v1/session/tokens", api.NewToken{Name: "export", Grants: []access.Grant{{Role: access.Leader}}}, &token)
	a.others.token = token.ID
}

// signIn gives the secret of a new session.
func (a *accounts) signIn(name string) string {
	a.t.Helper()
	var me api.Me
	opening := api.Opening{County: "c", User: a.users[name].User, Password: a.passwords[name], Token: true}
	a.call("", http.MethodPost, "/v1/session", opening, &me)
	return me.Token
}

// signOut ends the session that somebody shows as valid.
func (a *accounts) signOut(name string) {
	a.t.Helper()
	a.call(name+" valid", http.MethodDelete, "/v1/session", nil, &struct{}{})
}

// call asks for what must be done.
func (a *accounts) call(as, method, path string, body, into any) {
	a.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		a.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(a.t.Context(), method, a.server+path, bytes.NewReader(text))
	if err != nil {
		a.t.Fatal(err)
	}
	r.Header.Set("Request-Id", fmt.Sprint("made-", a.next.Add(1)))
	r.Header.Set("Content-Type", "application/json")
	if as != "" {
		r.Header.Set("Authorization", "Bearer "+a.shown[as])
	}
	if got := answerTo(a.t, r); got.status != http.StatusOK || json.Unmarshal([]byte(got.text), into) != nil {
		a.t.Fatalf("%s %s as %q: %d %s", method, path, as, got.status, got.text)
	}
}

// show puts into a request what somebody shows: the odd ones a session as a
// cookie, or a token that was ended for a session that was.
func (a *accounts) show(r *http.Request, name, state string, odd bool) {
	switch secret := a.shown[name+" "+state]; {
	case state == "none":
	case state == "revoked" && odd:
		r.Header.Set("Authorization", "Bearer "+a.shown[name+" ended token"])
	case odd && strings.HasPrefix(secret, "feisui_session_"):
		r.Header.Set("Cookie", "feisui_session="+secret)
	default:
		r.Header.Set("Authorization", "Bearer "+secret)
	}
}

// principal is who somebody is in the audit log.
func (a *accounts) principal(name string) string {
	if name == "operator" {
		return "operator:machine"
	}
	return "person:" + a.users[name].ID
}

// audited gives the lines of the county's audit log since the last time. What may
// be written behind is written when what comes after it is, which this waits for.
func (a *accounts) audited() (lines []access.Record) {
	a.t.Helper()
	r, err := http.NewRequestWithContext(a.t.Context(), http.MethodGet, a.server+"/v1/counties/c/entries?limit=1", http.NoBody)
	if err != nil {
		a.t.Fatal(err)
	}
	r.Header.Set("Request-Id", "look")
	a.show(r, "bystander", "valid", false)
	if got := answerTo(a.t, r); got.status != http.StatusOK {
		a.t.Fatal(got)
	}
	rows, err := a.pool.Query(a.t.Context(), `
		select n, county, actor, operation, target, decision, code, address, request from people.audit
		where county = 'c' and n > $1 order by n`, a.looked)
	if err != nil {
		a.t.Fatal(err)
	}
	var line access.Record
	_, err = pgx.ForEachRow(rows, []any{
		&a.looked, &line.County, &line.Actor, &line.Operation, &line.Target, &line.Decision, &line.Code, &line.Address, &line.RequestID,
	}, func() error {
		if line.RequestID != "look" {
			lines = append(lines, line)
		}
		return nil
	})
	if err != nil {
		a.t.Fatal(err)
	}
	return lines
}

// refusals counts the refusals in the audit log of all counties, by code.
func (a *accounts) refusals() map[string]int {
	a.t.Helper()
	a.audited()
	rows, err := a.pool.Query(a.t.Context(), `select code, count(*) from people.audit where decision = 'refused' group by code`)
	if err != nil {
		a.t.Fatal(err)
	}
	found := map[string]int{}
	var code string
	var n int
	if _, err := pgx.ForEachRow(rows, []any{&code, &n}, func() error {
		found[code] = n
		return nil
	}); err != nil {
		a.t.Fatal(err)
	}
	return found
}

// absentID is an id that nothing has.
const absentID = "0190a6b2-0000-7000-8000-000000000000"

// id gives the id for a hole of a path: one's own, another county's or somebody
// else's, or none.
func (a *accounts) id(c rightsCase) string {
	switch {
	case c.relation == "absent":
		return absentID
	case c.operation == "token_end":
		return a.others.token
	case strings.HasPrefix(c.operation, "grant_") && c.operation != "grant_request":
		return a.others.grant
	case c.relation == "own" && c.grant.Role != access.Operator:
		return a.users[c.name].ID
	}
	return a.others.user
}

// peopleAnswers say what comes of the people's operations for whom they are, asked
// with so little or about such that nothing is changed: about oneself and others.
var peopleAnswers = map[string]struct{ body, self, other string }{
	"session_open":         {`{"county":"zz"}`, "404 COUNTY_UNKNOWN", "404 COUNTY_UNKNOWN"}, // also for who is signed in
	"session":              {"", "200", "200"},
	"seen":                 {`{"position":-1}`, "422 FIELD", "422 FIELD"},
	"session_close":        {"", "200", "200"},
	"password_change":      {`{"old":"x","new":"short"}`, "422 PASSWORD_SHORT", "422 PASSWORD_SHORT"},
	"factor":               {"", "200", "200"},
	"factor_begin":         {"", "200", "200"},
	"factor_confirm":       {`{"no":1}`, "422 FIELD_UNKNOWN", "422 FIELD_UNKNOWN"}, // before it is counted
	"factor_show":          {`{"no":1}`, "422 FIELD_UNKNOWN", "422 FIELD_UNKNOWN"},
	"person_factor_reset":  {"", "403 SELF", "404 USER_UNKNOWN"},
	"elsewhere":            {"", "200", "200"},
	"elsewhere_leave":      {`{}`, "404 ELSEWHERE_NONE", "404 ELSEWHERE_NONE"},
	"elsewhere_return":     {`{}`, "404 ELSEWHERE_NONE", "404 ELSEWHERE_NONE"},
	"binding":              {"", "200", "200"},
	"binding_leave":        {`{}`, "404 ELSEWHERE_NONE", "404 ELSEWHERE_NONE"},
	"binding_end":          {"", "409 ELSEWHERE_NOT_BOUND", "409 ELSEWHERE_NOT_BOUND"},
	"person_bind":          {`{"subject":"x"}`, "403 SELF", "404 USER_UNKNOWN"},
	"person_unbind":        {"", "403 SELF", "404 USER_UNKNOWN"},
	"tokens":               {"", "200", "200"},
	"token_create":         {`{}`, "422 TOKEN_NAME", "422 TOKEN_NAME"},
	"token_end":            {"", "404 TOKEN_UNKNOWN", "404 TOKEN_UNKNOWN"},
	"people":               {"", "200", "200"},
	"person":               {"", "200", "404 USER_UNKNOWN"},
	"person_create":        {`{}`, "422 USER_NAME", "422 USER_NAME"},
	"person_disable":       {"", "403 SELF", "404 USER_UNKNOWN"},
	"person_enable":        {"", "403 SELF", "404 USER_UNKNOWN"},
	"person_unlock":        {"", "403 SELF", "404 USER_UNKNOWN"},
	"person_reset":         {"", "403 SELF", "404 USER_UNKNOWN"},
	"grants":               {"", "200", "200"},
	"person_grants":        {"", "200", "200"}, // none of who is not there
	"grant_request":        {`{"role":"leader"}`, "403 SELF", "404 USER_UNKNOWN"},
	"grant_approve":        {"", "404 GRANT_UNKNOWN", "404 GRANT_UNKNOWN"},
	"grant_deny":           {"", "404 GRANT_UNKNOWN", "404 GRANT_UNKNOWN"},
	"grant_revoke":         {"", "404 GRANT_UNKNOWN", "404 GRANT_UNKNOWN"},
	"administrators_begin": {"", "409 ADMINISTRATORS_THERE", "409 ADMINISTRATORS_THERE"},
	"settings":             {"", "200", "200"},
	"settings_request":     {`{}`, "422 AUTHORITY", "422 AUTHORITY"},
	"settings_confirm":     {"", "404 SETTINGS_CHANGE_UNKNOWN", "404 SETTINGS_CHANGE_UNKNOWN"},
	"settings_drop":        {"", "404 SETTINGS_CHANGE_UNKNOWN", "404 SETTINGS_CHANGE_UNKNOWN"},
	"audit":                {"", "200", "200"},
	"audit_verify":         {"", "200", "200"},
	"audit_alarms":         {"", "200", "200"},
}

// ofPeople says what comes of a people's operation for whom the table has it.
func (c rightsCase) ofPeople() (want string, is bool) {
	answers, is := peopleAnswers[c.operation]
	place, err := c.place()
	switch signs := err == nil && strings.HasPrefix(place[1], "/v1/session"); {
	case signs && c.operation != "session_open" && (c.state == "token" || c.grant.Role == access.Operator):
		return "401 SIGN_IN_FIRST", is // a program's token opens nothing of its holder's own
	case c.relation != "own":
		return answers.other, is
	case c.operation == "person_enable" && c.grant.Role == access.SecurityAdmin:
		return "403 FORBIDDEN", is // only who was reset, says the rule
	}
	return answers.self, is
}
