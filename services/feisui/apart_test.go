package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"feisui/pkg/access"
	"feisui/services/feisui/serve"
	"feisui/services/people/keep"
)

// sharedKey is what a portal and the API's process both have.
const sharedKey = "a-key-that-a-portal-and-its-api-share"

// apartFrom runs a portal alone, which asks an API elsewhere.
func apartFrom(t *testing.T, api, key string) (address, data string, stop func()) {
	t.Helper()
	data = dataOf(t)
	server, err := serve.Open(t.Context(), serve.Config{
		Data: data, Listen: "127.0.0.1:0", Targets: []string{"portal"}, API: api, PortalKey: key, Clock: time.Now, Log: quiet(),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := errors.Join(<-ended, server.Close()); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return "http://" + server.Address(), data, stop
}

// apartStage is a portal and the API's process that it asks.
type apartStage struct {
	*stage

	database, portal   string // addresses
	officer, authority *visitor
}

// TestAPortalInAProcessOfItsOwn: with neither database nor bus it signs people in, shows
// their pages, takes what they file, and passes on files and streams; while the API's
// process is away it says so, and goes on when that is back.
func TestAPortalInAProcessOfItsOwn(t *testing.T) { //nolint:tparallel // one county takes one way after the other
	t.Parallel()
	at := shared(t)
	// It ends, and begins again at its address, which is no other test's meanwhile: those use 127.0.0.1.
	s := &apartStage{stage: opened(t, serve.Config{DatabaseURL: at.database, PortalKey: sharedKey, Listen: "127.0.0.7:0"}), database: at.database}
	if a := s.ask("", http.MethodPost, "/departments", portalSample, object("code", "D01", "name", "民政局", "kind", "department")); a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if err := s.server.Demo(t.Context(), "county", portalSample, demoPassword, keep.DemoScopes{Department: "D01", Street: streetOfBoth, Community: north}); err != nil {
		t.Fatal(err)
	}
	s.rows("communities", object("code", north, "name", "北社区", "street", streetOfBoth))
	s.rows("items", object("code", "A01", "name", "高龄津贴核查", "department", "D01", "list", "assist", "rule", "per_case", "rate", "20"))
	s.rows("tasks", object("no", "JB-1", "department", "D01", "community", north, "item", "A01", "issued_on", "2025-01-06", "quantity", "5", "pay_by", "2025-01-20"))
	address, data, stop := apartFrom(t, s.address, sharedKey)
	if left, err := os.ReadDir(data); err != nil || len(left) > 0 {
		t.Errorf("it has %v, %v", left, err) // neither a database nor a key
	}
	s.portal, s.officer, s.authority = address, signedInAs(t, address, access.CommunityOfficer), signedInAs(t, address, access.Authority)
	for _, part := range []struct {
		name string
		test func(*testing.T, *apartStage)
	}{
		{"pages and a filing", pagesApart}, {"files and what programs ask", filesApart}, {"from where somebody comes", addressApart},
		{"a stream", func(t *testing.T, s *apartStage) { streamApart(t, s, stop) }}, {"the API is away", awayApart},
	} {
		t.Run(part.name, func(t *testing.T) { part.test(t, s) }) //nolint:paralleltest // in its turn
	}
}

func pagesApart(t *testing.T, s *apartStage) {
	for _, v := range []*visitor{s.officer, s.authority} {
		for _, p := range v.crawl() {
			if wrong := faultsOf(p); p.status != http.StatusOK || len(wrong) > 0 {
				t.Errorf("%v %s", wrong, p)
			}
		}
	}
	const at = "/w/outside_work/new"
	filled := s.officer.get(at).hidden(at)
	filled.Set("t.department", "D01")
	filled.Set("t.what", "要求每周上报走访")
	filled.Set("t.means", "group")
	for range 2 { // a form that comes twice
		if p := s.officer.post(at, filled); p.status != http.StatusSeeOther {
			t.Errorf("%s", p)
		}
	}
	var n int
	err := poolOf(t, s.database).QueryRow(t.Context(), `select count(*) from journal.entry where type = 'instance.begun' and data::text like '%要求每周上报走访%'`).Scan(&n)
	if err != nil || n != 1 {
		t.Errorf("%d were filed: %v", n, err)
	}
}

// filesApart: what browsers ask of /v1 is the API's own answer, to the byte.
func filesApart(t *testing.T, s *apartStage) {
	const list = "/v1/counties/county/tasks?format=csv"
	through := s.authority.get(list)
	direct := s.authority.request(http.MethodGet, list, nil)
	direct.URL.Host, direct.Host = strings.TrimPrefix(s.address, "http://"), ""
	for _, c := range s.authority.client.Jar.Cookies(&url.URL{Scheme: "http", Host: strings.TrimPrefix(s.portal, "http://"), Path: "/"}) {
		direct.AddCookie(c)
	}
	own := stranger(t, s.address).send(direct)
	if through.status != http.StatusOK || !strings.Contains(string(through.body), "JB-1") || string(through.body) != string(own.body) ||
		through.header.Get("Content-Disposition") == "" || through.header.Get("Content-Disposition") != own.header.Get("Content-Disposition") {
		t.Errorf("%s\nand the API itself %s", through, own)
	}
	if p := stranger(t, s.portal).get(list); p.status != http.StatusUnauthorized {
		t.Errorf("without a session: %s", p)
	}
	forged := s.authority.request(http.MethodPost, "/v1/counties/county/departments", url.Values{"code": {"D8"}})
	forged.Header.Set("Origin", "http://elsewhere.example")
	if p := s.authority.send(forged); p.status != http.StatusForbidden {
		t.Errorf("from another site: %s", p)
	}
	strange := s.authority.request(http.MethodGet, "/v1/session", nil)
	strange.Host = "elsewhere.example"
	if p := s.authority.send(strange); p.status != http.StatusMisdirectedRequest {
		t.Errorf("by another name: %s", p)
	}
}

// addressApart: the audit log has from where somebody came, as the portal saw it, and
// believes nobody else.
func addressApart(t *testing.T, s *apartStage) {
	pool := poolOf(t, s.database)
	logged := func() (address string) {
		t.Helper()
		eventually(t, func() bool {
			err := pool.QueryRow(t.Context(), `select address from people.audit where operation = 'session_open' and target like 'person:%' order by n desc limit 1`).Scan(&address)
			return err == nil
		})
		return address
	}
	from := func(ip, at string, header http.Header) int {
		t.Helper()
		dial := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(ip)}}
		v := stranger(t, at)
		transport := &http.Transport{DialContext: dial.DialContext}
		defer transport.CloseIdleConnections()
		v.client.Transport = transport
		r := v.request(http.MethodPost, "/v1/session", url.Values{})
		r.Body, r.ContentLength = http.NoBody, 0
		body := object("user", keep.DemoName(access.Leader), "password", demoPassword)
		r.Body, r.ContentLength = readCloser(body), int64(len(body))
		r.Header.Set("Content-Type", "application/json")
		maps.Copy(r.Header, header)
		return v.send(r).status
	}
	forged := http.Header{"X-Forwarded-For": {"10.9.8.7"}, "Forwarded": {"for=10.9.8.7"}, "Feisui-Portal-For": {"10.9.8.7"}}
	if status := from("127.0.0.2", s.portal, forged); status != http.StatusOK || logged() != "127.0.0.2" {
		t.Errorf("through the portal: %d from %s", status, logged())
	}
	if status := from("127.0.0.3", s.address, forged); status != http.StatusOK || logged() != "127.0.0.3" {
		t.Errorf("past it: %d from %s", status, logged())
	}
	forged.Set("Feisui-Portal-Key", "another-key-than-the-one-they-share")
	if status := from("127.0.0.3", s.address, forged); status != http.StatusForbidden {
		t.Errorf("with another key: %d", status)
	}
	forged.Set("Feisui-Portal-Key", sharedKey)
	if status := from("127.0.0.3", s.portal, forged); status != http.StatusOK || logged() != "127.0.0.3" { // what comes with it is not passed on
		t.Errorf("with our key from outside: %d from %s", status, logged())
	}
	other, _, _ := apartFrom(t, s.address, "another-key-than-the-one-they-share")
	if p := stranger(t, other).get("/"); p.status != http.StatusForbidden || !strings.Contains(p.words(), "FEISUI_PORTAL_KEY") {
		t.Errorf("a portal with another key: %s", p)
	}
	if p := stranger(t, other).get("/readyz"); p.status != http.StatusServiceUnavailable {
		t.Errorf("with another key a portal is ready: %d", p.status)
	}
}

func readCloser(text string) io.ReadCloser { return io.NopCloser(strings.NewReader(text)) }

// streamApart hears of an entry as it comes, and the portal ends though somebody listens.
func streamApart(t *testing.T, s *apartStage, stop func()) {
	r := s.authority.request(http.MethodGet, "/v1/counties/county/changes?after=0", nil)
	answer, err := s.authority.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if kind := answer.Header.Get("Content-Type"); answer.StatusCode != http.StatusOK || kind != "text/event-stream" {
		t.Fatalf("%d %s", answer.StatusCode, kind)
	}
	s.rows("departments", object("code", "D05", "name", "教育局", "kind", "department"))
	heard := false
	lines := bufio.NewScanner(answer.Body)
	for !heard && lines.Scan() {
		heard = strings.HasPrefix(lines.Text(), "data: ") && strings.Contains(lines.Text(), "department/D05")
	}
	if !heard {
		t.Errorf("nothing was heard: %v", lines.Err())
	}
	began := time.Now()
	stop()
	if took := time.Since(began); took >= 20*time.Second { // as long as it waits for requests before it breaks them off
		t.Errorf("it took %s to end", took)
	}
}

// awayApart: the API's process ends, and begins again at its address.
func awayApart(t *testing.T, s *apartStage) {
	address, _, _ := apartFrom(t, s.address, sharedKey)
	officer := signedInAs(t, address, access.CommunityOfficer)
	form := officer.get("/w/outside_work/new").hidden("/w/outside_work/new")
	s.end()
	p := officer.get("/w/task?view=all")
	if p.status != http.StatusBadGateway || !strings.Contains(p.words(), "业务服务暂时连不上") || len(faultsOf(p)) > 0 || !slices.Contains(p.links(), "/w/task?view=all") {
		t.Errorf("%v %s", faultsOf(p), p)
	}
	if p := officer.post("/w/outside_work/new", form); p.status != http.StatusBadGateway || !strings.Contains(p.words(), "什么都没有办") {
		t.Errorf("%s", p)
	}
	if p := stranger(t, address).get("/sign-in"); p.status != http.StatusBadGateway || len(faultsOf(p)) > 0 {
		t.Errorf("%v %s", faultsOf(p), p)
	}
	if p := officer.get("/v1/session"); p.status != http.StatusBadGateway || !strings.Contains(string(p.body), `"code":"API_AWAY"`) {
		t.Errorf("%s", p.body)
	}
	if ready, alive := officer.get("/readyz"), officer.get("/healthz"); ready.status != http.StatusServiceUnavailable || alive.status != http.StatusOK {
		t.Errorf("%s %s", ready.body, alive.body)
	}
	opened(t, serve.Config{DatabaseURL: s.database, PortalKey: sharedKey, Listen: strings.TrimPrefix(s.address, "http://")})
	if p := officer.get("/w/task?view=all"); p.status != http.StatusOK { // the same session, by the same address
		t.Errorf("%s", p)
	}
	if ready := officer.get("/readyz"); ready.status != http.StatusOK {
		t.Errorf("%s", ready.body)
	}
}

// TestAPortalAloneIsSetRight: what would send passwords in plain, or to nowhere, does not start.
func TestAPortalAloneIsSetRight(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]serve.Config{
		"with more":           {Targets: []string{"portal", "act"}, API: "http://127.0.0.1:1", PortalKey: sharedKey},
		"of everything":       {API: "http://127.0.0.1:1", PortalKey: sharedKey},
		"in plain":            {Targets: []string{"portal"}, API: "http://10.1.2.3:8080", PortalKey: sharedKey},
		"no address":          {Targets: []string{"portal"}, API: "127.0.0.1:8080", PortalKey: sharedKey},
		"below a path":        {Targets: []string{"portal"}, API: "http://127.0.0.1:8080/v1", PortalKey: sharedKey},
		"without a key":       {Targets: []string{"portal"}, API: "http://127.0.0.1:8080"},
		"a key to be guessed": {Targets: []string{"portal"}, API: "http://127.0.0.1:8080", PortalKey: "secret"},
	} {
		c.Listen, c.Log, c.Clock = "127.0.0.1:0", quiet(), time.Now
		server, err := serve.Open(t.Context(), c)
		var mistake *serve.Mistake
		if !errors.As(err, &mistake) {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil {
			server.Close()
		}
	}
	apartFrom(t, "https://10.1.2.3:8443", sharedKey) // the control: it may be away, and starts
}
