package main

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"feisui/pkg/access"
	"feisui/services/feisui/serve"
	"feisui/services/people"
	"feisui/services/people/keep"
	"feisui/services/people/sso"
)

// Coming in by the portal otherwise than with a password alone.

// comesBackTo is where the provider of this test sends people.
const comesBackTo = "http://127.0.0.1" + sso.Path

// besideIssuer is a provider where a clerk sits, as small as the standard lets it be; what can
// be wrong with one is looked at in services/people/api.
func besideIssuer(t *testing.T, now func() time.Time) *httptest.Server {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	asked := map[string]url.Values{} // by code
	text := base64.RawURLEncoding.EncodeToString
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	answers := func(pattern string, answer func(*http.Request) any) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			if err := json.NewEncoder(w).Encode(answer(r)); err != nil {
				t.Error(err)
			}
		})
	}
	answers("GET /.well-known/openid-configuration", func(*http.Request) any {
		return map[string]any{
			"issuer": server.URL, "authorization_endpoint": server.URL + "/authorize", "token_endpoint": server.URL + "/token", "jwks_uri": server.URL + "/keys",
		}
	})
	answers("GET /keys", func(*http.Request) any {
		return map[string]any{"keys": []any{map[string]string{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "1", "n": text(key.N.Bytes()), "e": "AQAB"}}}
	})
	mux.HandleFunc("GET /authorize", func(w http.ResponseWriter, r *http.Request) {
		code := rand.Text()
		mu.Lock()
		asked[code] = r.URL.Query()
		mu.Unlock()
		http.Redirect(w, r, comesBackTo+"?"+url.Values{"code": {code}, "state": {r.URL.Query().Get("state")}}.Encode(), http.StatusFound)
	})
	answers("POST /token", func(r *http.Request) any {
		mu.Lock()
		defer mu.Unlock()
		of := asked[r.PostFormValue("code")]
		body, err := json.Marshal(map[string]any{
			"iss": server.URL, "aud": of.Get("client_id"), "sub": "clerk-1", "nonce": of.Get("nonce"), "iat": now().Unix(), "exp": now().Unix() + 60,
		})
		signed := text([]byte(`{"alg":"RS256","kid":"1"}`)) + "." + text(body)
		sum := sha256.Sum256([]byte(signed))
		signature, wrong := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
		if err != nil || wrong != nil {
			t.Error(err, wrong)
		}
		return map[string]string{"access_token": "x", "token_type": "Bearer", "id_token": signed + "." + text(signature)}
	})
	return server
}

// goes follows a page that goes on by itself, over the provider and back.
func (v *visitor) goes(p seen) seen {
	v.t.Helper()
	to := strings.TrimPrefix(p.header.Get("Refresh"), "0; url=")
	links := 0
	for _, a := range p.elements("a") {
		if attribute(a, "href") == to {
			links++
		}
	}
	if p.status != http.StatusOK || to == "" || links == 0 {
		v.t.Fatalf("%s leads to %q, by %d links too", p, to, links)
	}
	if strings.HasPrefix(to, "/") {
		return v.get(to)
	}
	r, err := http.NewRequestWithContext(v.t.Context(), http.MethodGet, to, http.NoBody)
	if err != nil {
		v.t.Fatal(err)
	}
	back, err := url.Parse(v.send(r).header.Get("Location"))
	if err != nil || !strings.HasPrefix(back.String(), comesBackTo) {
		v.t.Fatalf("the provider sends people to %s: %v", back, err)
	}
	return v.get(back.RequestURI())
}

// TestComingInOtherwise binds an account in the portal, comes in by the provider, sets
// up a second factor, and is asked for it from then on.
func TestComingInOtherwise(t *testing.T) {
	t.Parallel()
	needPostgres(t)
	clock := &hands{}
	clock.set(time.Date(2026, 1, 5, 1, 0, 0, 0, time.UTC))
	issuer := besideIssuer(t, clock.now)
	s := &portalStage{stage: opened(t, serve.Config{
		Clock: clock.now, SSO: sso.Config{Issuer: issuer.URL, Client: "feisui", Redirect: comesBackTo, Name: "汝城统一认证"},
	}), say: asTyped}
	if a := s.ask("", http.MethodPost, "/departments", portalSample, object("code", "D01", "name", "民政局", "kind", "department")); a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	err := s.server.Demo(t.Context(), "county", portalSample, demoPassword, keep.DemoScopes{Department: "D01", Street: streetOfBoth, Community: north})
	if err != nil {
		t.Fatal(err)
	}

	clerk := s.nobody()
	if p := clerk.get("/sign-in"); !strings.Contains(p.words(), "从汝城统一认证登录") || len(faultsOf(p)) > 0 {
		t.Errorf("%s %q", p, faultsOf(p))
	}
	unbound := clerk.goes(clerk.post(sso.Path, url.Values{"next": {"/reports"}}))
	if unbound.status != http.StatusForbidden || !strings.Contains(unbound.words(), "clerk-1") || !strings.Contains(unbound.words(), "系统管理员") {
		t.Errorf("%s", unbound)
	}
	if p := clerk.get(unbound.path); p.status != http.StatusUnauthorized || !strings.Contains(p.words(), "请重新开始") {
		t.Errorf("what was used is used again: %s", p)
	}
	leader := s.as(access.Leader)
	account := leader.get("/account")
	binds := account.hidden("/account/bind")
	if p := leader.post("/account/bind", binds); p.status != http.StatusForbidden || !strings.Contains(p.words(), "现在的密码不对") || len(p.hidden("/account/bind")) == 0 || len(faultsOf(p)) > 0 {
		t.Errorf("a browser left open binds the account: %s %q", p, faultsOf(p))
	}
	binds.Set("password", demoPassword)
	bound := leader.goes(leader.goes(leader.post("/account/bind", binds)))
	if bound.status != http.StatusOK || !strings.Contains(bound.words(), "clerk-1") || len(faultsOf(bound)) > 0 {
		t.Errorf("%s %q", bound, faultsOf(bound))
	}
	in := clerk.goes(clerk.post(sso.Path, url.Values{"next": {"/reports"}}))
	if home := clerk.goes(in); home.path != "/reports" || home.status != http.StatusOK {
		t.Errorf("%s", home)
	}
	for _, evil := range []string{"https://evil.example/", "//evil.example", "/\\evil.example"} {
		other := s.nobody()
		if home := other.goes(other.goes(other.post(sso.Path, url.Values{"next": {evil}}))); home.path != "/" {
			t.Errorf("who comes in is sent to %s", home.path)
		}
	}
	s.takesAFactor(t, clerk, leader, clock)
	s.opensElsewhereAlone(t)
	s.endsTokensWithThePassword(t)
	s.tellsWhoApproves(t)
	s.findsAccounts(t)
}

// findsAccounts that wait to be enabled, and those of which the county does not know the
// organisation: from the first page of who does something about them, and of nobody else.
func (s *portalStage) findsAccounts(t *testing.T) {
	t.Helper()
	security, system := s.as(access.SecurityAdmin), s.as(access.SystemAdmin)
	finds := func(path string, want ...string) {
		t.Helper()
		p := security.get(path)
		var got []string
		for _, found := range regexp.MustCompile(`">demo-([a-z_0-9-]+)<`).FindAllSubmatch(p.body, -1) {
			got = append(got, string(found[1]))
		}
		if !slices.Equal(got, want) || len(faultsOf(p)) > 0 {
			t.Errorf("%s finds %q, want %q: %q", path, got, want, faultsOf(p))
		}
	}
	finds("/people?state=suspended")
	of := regexp.MustCompile(`(/people/[0-9a-f-]{36})">demo-street_officer<`).FindSubmatch(system.get("/people").body)
	if of == nil {
		t.Fatal("the page of the street's officer is not found")
	}
	at := string(of[1])
	if p := system.post(at+"/reset", system.get(at).hidden(at+"/reset")); p.status != http.StatusOK {
		t.Fatalf("%s", p)
	}
	for _, v := range []*visitor{security, system} {
		p := v.get("/")
		for _, told := range []string{"1 个账号待启用", "2 个账号的单位已不在册"} {
			if strings.Contains(p.words(), told) != (v == security) {
				t.Errorf("%s: %s", told, p)
			}
		}
	}
	finds("/people?state=suspended", "street_officer")
	finds("/people?state=gone", "community_officer", "street_officer")
	finds("/people?state=gone&q=COMMUNITY", "community_officer")
	finds("/people?q=%E6%B0%91%E6%94%BF%E5%B1%80", "department_head", "department_officer")
	finds("/people?q=nobody")
	if p := security.get("/people?state=x"); p.status != http.StatusNotFound {
		t.Errorf("%s", p)
	}
}

// tellsWhoApproves a role that somebody asked for: on their first page, and on nobody else's.
func (s *portalStage) tellsWhoApproves(t *testing.T) {
	t.Helper()
	security, system := s.as(access.SecurityAdmin), s.as(access.SystemAdmin)
	found := regexp.MustCompile(`(/people/[0-9a-f-]{36})">demo-auditor<`).FindSubmatch(system.get("/people").body)
	if found == nil {
		t.Fatal("the page of the auditor is not found")
	}
	to := string(found[1]) + "/grant"
	sent := system.get(to).hidden(to)
	sent.Set("role", "leader")
	if p := security.get("/"); strings.Contains(p.words(), "授权申请待您批准") {
		t.Errorf("before: %s", p)
	}
	if p := system.post(to, sent); p.status != http.StatusSeeOther {
		t.Fatalf("%s", p)
	}
	for _, v := range []*visitor{security, system} {
		if p := v.get("/"); strings.Contains(p.words(), "1 项授权申请待您批准") != (v == security) || len(faultsOf(p)) > 0 {
			t.Errorf("%s %q", p, faultsOf(p))
		}
	}
}

// endsTokensWithThePassword: the page of a new password names the tokens that end.
func (s *portalStage) endsTokensWithThePassword(t *testing.T) {
	t.Helper()
	const tokens, path, fresh = "/tokens", "/password", "another long password"
	auditor := s.as(access.Auditor)
	sent := auditor.get(tokens).hidden(tokens)
	sent.Set("name", "夜间导出")
	sent.Set("days", "30")
	if p := auditor.post(tokens, sent); p.status != http.StatusOK {
		t.Fatalf("%s", p)
	}
	p := auditor.get(path)
	if !strings.Contains(p.words(), "夜间导出") || len(faultsOf(p)) > 0 {
		t.Errorf("%s %q", p, faultsOf(p))
	}
	sent = p.hidden(path)
	for name, value := range map[string]string{"old": demoPassword, "new": fresh, "again": fresh} {
		sent.Set(name, value)
	}
	if p := auditor.post(path, sent); p.header.Get("Location") != "/?done=password" {
		t.Errorf("%s", p)
	}
	if p := auditor.get(tokens); strings.Contains(p.words(), "夜间导出") {
		t.Errorf("it goes on: %s", p)
	}
}

// opensElsewhereAlone has two administrators refuse the passwords of who is bound: one
// asks, and what it was and would be is before the other who confirms.
func (s *portalStage) opensElsewhereAlone(t *testing.T) {
	t.Helper()
	const path = "/settings"
	security, system := s.as(access.SecurityAdmin), s.as(access.SystemAdmin)
	sent := security.get(path).hidden(path)
	for name, value := range map[string]string{
		"authority": "civil_affairs", "idle_minutes": "30", "audit_days": "180", "import_rows": "100", "factor": "none", "bound_password": "allowed",
	} {
		sent.Set(name, value)
	}
	if p := security.post(path, sent); p.status != http.StatusConflict || !strings.Contains(p.words(), "没有要修改的") || len(faultsOf(p)) > 0 {
		t.Errorf("%s %q", p, faultsOf(p))
	}
	sent.Set("request", "another")
	sent.Set("bound_password", "refused")
	if p := security.post(path, sent); p.header.Get("Location") != path+"?done=settings_asked" {
		t.Errorf("%s", p)
	}
	asked := regexp.MustCompile(path + `/[0-9a-f-]{36}`)
	p := security.get(path)
	change := string(asked.Find(p.body))
	if !strings.Contains(p.words(), "须由另一人确认") || strings.Contains(string(p.body), change+"/confirm") || change == "" || len(faultsOf(p)) > 0 {
		t.Errorf("to who asked: %s %q", p, faultsOf(p))
	}
	if p = s.as(access.AuditAdmin).get(path); asked.Match(p.body) || !strings.Contains(p.words(), "待确认的修改") || len(faultsOf(p)) > 0 {
		t.Errorf("to who watches: %s %q", p, faultsOf(p))
	}
	for _, v := range []*visitor{security, system} { // the first page tells who may confirm
		if p := v.get("/"); strings.Contains(p.words(), "设置的修改待您确认") != (v == system) || len(faultsOf(p)) > 0 {
			t.Errorf("%s %q", p, faultsOf(p))
		}
	}
	p = system.get(path)
	if !strings.Contains(p.words(), "只能从统一身份认证登录") || len(faultsOf(p)) > 0 {
		t.Errorf("to the other: %s %q", p, faultsOf(p))
	}
	if p := system.post(change+"/confirm", p.hidden(change+"/confirm")); p.header.Get("Location") != path+"?done=settings_confirm" {
		t.Errorf("%s", p)
	}
	said := map[string]bool{}
	for _, user := range []string{keep.DemoName(access.Leader), "nobody-at-all"} {
		p := s.nobody().post("/sign-in", url.Values{"user": {user}, "password": {demoPassword}})
		if p.status != http.StatusUnauthorized || !strings.Contains(p.words(), "只能从那里登录") || len(faultsOf(p)) > 0 {
			t.Errorf("%s: %s %q", user, p, faultsOf(p))
		}
		said[strings.ReplaceAll(p.words(), user, "")] = true
	}
	if len(said) != 1 {
		t.Errorf("what is said tells who is there: %v", said)
	}
	s.as(access.Auditor) // who is not bound
}

// takesAFactor has a clerk set up a second factor and come in with it.
func (s *portalStage) takesAFactor(t *testing.T, clerk, other *visitor, clock *hands) {
	t.Helper()
	const setUp = "/account/factor"
	if p := clerk.post(setUp, clerk.get(setUp).hidden(setUp)); p.status != http.StatusSeeOther {
		t.Fatalf("%s", p)
	}
	page := clerk.get(setUp)
	typed := ""
	for _, code := range page.elements("code") {
		typed = wordsOf(code)
	}
	secret, err := base32.StdEncoding.DecodeString(strings.ReplaceAll(typed, " ", ""))
	if err != nil || len(faultsOf(page)) > 0 || len(page.elements("svg")) != 1 {
		t.Fatalf("%q: %v %q", typed, err, faultsOf(page))
	}
	code := func() string { return people.Factor{Secret: secret}.Code(clock.now().Unix() / 30) }
	sent := page.hidden(setUp + "/confirm")
	sent.Set("code", "12345")
	if p := clerk.post(setUp+"/confirm", sent); p.status != http.StatusForbidden || !strings.Contains(p.words(), typed) {
		t.Errorf("%s", p)
	}
	sent.Set("code", code())
	codes := clerk.post(setUp+"/confirm", sent)
	if codes.status != http.StatusOK || len(codes.elements("li")) < people.RecoveryCodes || len(faultsOf(codes)) > 0 {
		t.Errorf("%s %q", codes, faultsOf(codes))
	}
	if p := clerk.post(setUp+"/confirm", sent); p.status != http.StatusOK || !strings.Contains(p.words(), "备用码只显示那一次") || len(faultsOf(p)) > 0 {
		t.Errorf("sent again, it is not said that the codes were shown: %s %q", p, faultsOf(p))
	}
	if p := clerk.get("/account"); p.status != http.StatusOK || len(faultsOf(p)) > 0 {
		t.Errorf("%s %q", p, faultsOf(p))
	}
	if p := other.get("/"); p.header.Get("Location") != "/sign-in?why=SESSION_ENDED" {
		t.Errorf("where it was not shown, the session goes on: %s", p)
	}
	clock.set(clock.now().Add(time.Minute))
	again := s.nobody()
	again.post("/sign-in", url.Values{"user": {keep.DemoName(access.Leader)}, "password": {demoPassword}})
	for _, path := range []string{"/", "/reports", "/account", "/password", setUp} {
		if p := again.get(path); !strings.HasPrefix(p.header.Get("Location"), "/factor") {
			t.Errorf("%s before the second factor was shown: %s", path, p)
		}
	}
	ask := again.get("/factor?next=%2Freports")
	sent = ask.hidden("/factor")
	sent.Set("code", "000000")
	if p := again.post("/factor", sent); p.status != http.StatusForbidden || len(faultsOf(p)) > 0 {
		t.Errorf("%s %q", p, faultsOf(p))
	}
	sent.Set("code", code())
	if p := again.post("/factor", sent); p.header.Get("Location") != "/reports" || again.get("/reports").status != http.StatusOK {
		t.Errorf("%s", p)
	}
	left := s.nobody()
	left.post("/sign-in", url.Values{"user": {keep.DemoName(access.Leader)}, "password": {demoPassword}})
	if p := left.post("/sign-out", url.Values{}); !strings.HasPrefix(p.header.Get("Location"), "/sign-in?why=signed_out") {
		t.Errorf("who has not shown it cannot leave: %s", p)
	}
}
