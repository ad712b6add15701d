package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"feisui/pkg/access"
	"feisui/pkg/figure"
	"feisui/services/ledger/api"
	"feisui/services/process"
)

// attack is one request, as somebody, and what must come of it.
type attack struct {
	name, who    string
	method, path string // below the county
	body         string
	status       int
	code         string
}

func (a attack) send(t *testing.T, people *accounts, id string) rightsAnswer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), a.method, people.server+"/v1/counties/c/"+a.path, strings.NewReader(a.body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Request-Id", id)
	r.Header.Set("Content-Type", "application/json")
	people.show(r, a.who, "valid", false)
	return answerTo(t, r)
}

const (
	ofA, ofD1 = "community_officer", "department_officer"
	ofHead    = "department_head"
	recordA   = `{"task":"T-A1","outcome":"接收","filed_on":"2025-01-08"`
)

// TestNamedAttacks are those of the list of negative cases that today's routes
// can be attacked by. Nothing is recorded by any of them, and each refusal is audited.
func TestNamedAttacks(t *testing.T) {
	t.Parallel()
	server, people := guarded(t)
	head := headOf(t, server)
	attacks := []attack{
		{"A1 another community's history", ofA, "GET", "communities/" + communityB + "/timeline", "", 404, "COMMUNITY_UNKNOWN"},
		{"A3 a parameter twice", ofA, "GET", "tasks?community=" + communityA + "&community=" + communityB, "", 400, "QUERY"},
		{"A6 another community's statement", ofA, "GET", "statement?on=2025-12-31&community=" + communityB, "", 404, "COMMUNITY_UNKNOWN"},
		{"A6 the whole county's", ofA, "GET", "statement?on=2025-12-31", "", 403, "WHOLE_COUNTY"},
		{"A7 as known before", ofA, "GET", "statement?on=2025-12-31&position=5&community=" + communityB, "", 404, "COMMUNITY_UNKNOWN"},
		{"A8 another's arrival", ofA, "POST", "arrivals", `{"voucher":"P-C","confirmed_on":"2025-02-11","amount":"30"}`, 404, "REFERENCE_UNKNOWN"},
		{"A14 an actor in the body", ofA, "POST", "receipts", recordA + `,"actor_id":"person:1"}`, 422, "FIELD_UNKNOWN"},
		{"A14 an organisation", ofA, "POST", "receipts", recordA + `,"org_id":"` + communityB + `"}`, 422, "FIELD_UNKNOWN"},
		{"A14 a role", ofA, "POST", "receipts", recordA + `,"role":"finance"}`, 422, "FIELD_UNKNOWN"},
		{"A16 another department's task", ofHead, "POST", "tasks", `{"no":"T-C1","department":"D02","community":"431026103001","item":"T01","issued_on":"2025-01-06"}`, 404, "PARTY_UNKNOWN"},
		{"A17 for another department", ofHead, "POST", "tasks", `{"no":"T-N","department":"D02","community":"431026102001","item":"T01","issued_on":"2025-01-06"}`, 404, "PARTY_UNKNOWN"},
		{"A18 its own admission", ofD1, "POST", "admissions", `{}`, 403, "FORBIDDEN"},
		{"A20 another number's content", ofHead, "POST", "tasks?correct=true&reason=x", `{"no":"T-A1","department":"D01","amount":"1"}`, 403, "WHOLE_COUNTY"},
		{"A19 its own completion", ofA, "POST", "completions", `{"task":"T-A2","completed_on":"2025-04-01"}`, 403, "FORBIDDEN"},
		{"A22 a transfer", ofD1, "POST", "payments", `{}`, 403, "FORBIDDEN"},
		{"A24 when it was recorded", ofHead, "POST", "tasks", `{"no":"T-N","recorded_at":"2020-01-01"}`, 422, "FIELD_UNKNOWN"},
		{"A25 the authority pays", "authority", "POST", "payments", `{}`, 403, "FORBIDDEN"},
		{"A25 the authority confirms", "authority", "POST", "arrivals", `{}`, 403, "FORBIDDEN"},
		{"A29 another street's money", "finance_of_street", "POST", "workflows/payment/instances", `{"voucher":"P-X","paid_on":"2025-03-01","payer":"431026103","payee":"431026103001","community":"431026103001","amount":"1","upstream":"P-T"}`, 403, "NOT_YOURS"},
		{"A30 a transfer past the second person", "finance_officer", "POST", "payments", `{"voucher":"P-X","paid_on":"2025-03-01","payer":"D01","payee":"431026103001","amount":"600000"}`, 403, "FORBIDDEN"},
		{"A38 finance assigns", "finance_officer", "POST", "tasks", `{}`, 403, "FORBIDDEN"},
		{"A38 finance makes a rule", "finance_officer", "POST", "items", `{}`, 403, "FORBIDDEN"},
		{"A39 the leader pays", "leader", "POST", "payments", `{}`, 403, "FORBIDDEN"},
		{"A41 a flag is erased", "leader", "DELETE", "flags", "", 405, "METHOD"},
		{"A42 an administrator reads tasks", "system_admin", "GET", "tasks", "", 403, "FORBIDDEN"},
		{"A42 statements", "system_admin", "GET", "statement?on=2025-12-31", "", 403, "FORBIDDEN"},
		{"A42 entries", "security_admin", "GET", "entries", "", 403, "FORBIDDEN"},
		{"A42 changes", "audit_admin", "GET", "changes", "", 403, "FORBIDDEN"},
		{"A67 another's channel", ofA, "GET", "changes?community=" + communityB, "", 404, "COMMUNITY_UNKNOWN"},
		{"A76 a number that is another's", ofHead, "POST", "commitments", `{"no":"CM2","kind":"意向","department":"D01","community":"431026102001","amount":"1","made_on":"2025-01-08"}`, 409, "NUMBER_TAKEN"},
		{"A76 a plaque's", ofA, "POST", "plaques", `{"no":"PL-B","community":"431026102001","department":"D01","title":"甲牌","zone":"外部","hung_on":"2025-01-01"}`, 409, "NUMBER_TAKEN"},
		{"A77 a workbook with others' rows", ofA, "POST", "imports", "", 403, "FORBIDDEN"},
		{"A78 more fields", ofA, "GET", "tasks?fields=amount", "", 400, "QUERY"},
		{"A78 what hangs on it", ofA, "GET", "tasks?expand=community", "", 400, "QUERY"},
	}
	for i, a := range attacks {
		people.audited()
		got := a.send(t, people, fmt.Sprint("attack-", i))
		if got.status != a.status || got.code != a.code {
			t.Errorf("%s: %d %s", a.name, got.status, got.text)
		}
		lines := people.audited()
		audited := len(lines) == 1 && lines[0].Decision == access.Refused && lines[0].Actor == people.principal(a.who) && lines[0].Code == a.code
		if denied := a.status == 403 || a.status == 404 || a.method == "POST"; denied && !audited {
			t.Errorf("%s: audited %+v", a.name, lines)
		}
	}
	if now := headOf(t, server); now != head {
		t.Errorf("the journal went on from %d to %d", head, now)
	}
	// The control: what is theirs is recorded, in their name.
	got := attack{"", ofA, "POST", "receipts", `{"task":"T-A2","outcome":"接收","filed_on":"2025-01-09"}`, 200, ""}.send(t, people, "own")
	if got.status != 200 || headOf(t, server) == head {
		t.Errorf("one's own: %d %s", got.status, got.text)
	}
	figure.Logf(t, "%d attacks", len(attacks))
}

// headOf is how far the county's journal is, but for what comes by itself.
func headOf(t *testing.T, server string) int { return len(byPeople(t, server)) }

// byPeople are the county's entries but for what comes by itself: days, flags, and
// the cases that they open.
func byPeople(t *testing.T, server string) []api.Recorded {
	t.Helper()
	var list api.EntryList
	ask(t, server, "c", "entries", url.Values{"limit": {"1000"}}, &list)
	return slices.DeleteFunc(list.Entries, func(e api.Recorded) bool {
		return strings.HasPrefix(e.Type, "flag.") || e.Actor == process.System.ID || e.Actor == "service:registry"
	})
}

// TestListsOfEachRole (A2, A4): lists, entries and what is counted have what is
// within the scope, all of it and nothing else.
func TestListsOfEachRole(t *testing.T) {
	t.Parallel()
	_, people := guarded(t)
	rows := func(who, what string) (all []map[string]any) {
		got := attack{who: who, method: "GET", path: what}.send(t, people, "r")
		if got.status != http.StatusOK {
			t.Fatalf("%s for %s: %d %s", what, who, got.status, got.text)
		}
		var page map[string]any
		if err := json.Unmarshal([]byte(got.text), &page); err != nil {
			t.Fatal(err)
		}
		name, _, _ := strings.Cut(what, "?")
		for _, row := range page[name].([]any) {
			all = append(all, row.(map[string]any))
		}
		return all
	}
	communities := map[string][]string{ofA: {communityA}, "street_officer": {communityA, communityB, streetS1}, "finance_of_street": {communityA, communityB, streetS1}}
	for _, who := range []string{ofA, ofD1, "department_head", "street_officer", "finance_of_street", "finance_officer", "leader", "auditor", "authority"} {
		mine := communities[who]
		for _, what := range []string{"flags", "tasks", "owed", "communities", "entries"} {
			if strings.HasPrefix(who, "department") && (what == "communities" || what == "entries") {
				continue
			}
			var want, have []string
			for _, row := range rows("operator", what+"?limit=1000") {
				account := cmp.Or(row["account"], row["community"], row["code"])
				is := mine == nil || slices.ContainsFunc(mine, func(m string) bool { return m == account })
				if who == "street_officer" || who == "finance_of_street" {
					is = is || row["responsible"] == streetS1
				}
				switch {
				case strings.HasPrefix(who, "department") && what == "owed": // whoever handed it down
					is = row["payer"] == departmentD1
				case strings.HasPrefix(who, "department"):
					is = row["responsible"] == departmentD1 || row["department"] == departmentD1
				}
				if what == "entries" && mine != nil {
					is = slices.ContainsFunc(asList(row["accounts"]), func(a any) bool { return slices.Contains(mine, a.(string)) })
				}
				if is {
					want = append(want, rowKey(row))
				}
			}
			for _, row := range rows(who, what+"?limit=1000") {
				have = append(have, rowKey(row))
				for _, account := range asList(row["accounts"]) {
					if mine != nil && !slices.Contains(mine, fmt.Sprint(account)) {
						t.Errorf("%s of %s tells of %v", what, who, account)
					}
				}
			}
			if !slices.Equal(have, want) || len(want) == 0 {
				t.Errorf("%s of %s: %d rows, want %d\n%q\n%q", what, who, len(have), len(want), have, want)
			}
		}
	}
	for _, what := range []string{"tasks?community=" + communityB, "flags?community=" + communityB, "communities?street=" + streetS2, "tasks?department=" + departmentD2 + "&community=" + communityC} {
		if got := rows(ofA, what); len(got) > 0 {
			t.Errorf("A2 %s: %v", what, got)
		}
	}
	// A4: a page mark of somebody else's list leads to nothing of theirs.
	got := attack{who: "operator", method: "GET", path: "tasks?limit=1"}.send(t, people, "r")
	var page struct{ Next string }
	if err := json.Unmarshal([]byte(got.text), &page); err != nil || page.Next == "" {
		t.Fatal(got.text)
	}
	for _, row := range rows(ofA, "tasks?limit=100&after="+page.Next) {
		if row["community"] != communityA {
			t.Errorf("A4: %v", row)
		}
	}
}

func asList(value any) []any {
	list, _ := value.([]any)
	return list
}

// rowKey tells rows of a list apart.
func rowKey(row map[string]any) string {
	return fmt.Sprint(row["position"], row["account"], row["rule"], row["subject"], row["no"], row["code"])
}

// TestAnotherWayIn are the attacks on the server as such: verbs, headers, paths,
// and places that servers are known for.
func TestAnotherWayIn(t *testing.T) {
	t.Parallel()
	server, people := guarded(t)
	send := func(method, path string, header ...string) (int, string, http.Header) {
		r, err := http.NewRequestWithContext(t.Context(), method, server+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
			if header[i] == "Host" {
				r.Host = header[i+1]
			}
		}
		answer, err := (&http.Client{Transport: asked.Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer.StatusCode, string(text), answer.Header
	}
	mine := "Bearer " + people.shown[ofA+" valid"]
	for name, c := range map[string]struct {
		method, path string
		header       []string
		want         []int
	}{
		"A63 who is forwarded":       {"GET", "/v1/counties/c/verify", []string{"X-Forwarded-For", "127.0.0.1", "X-User", "operator", "X-Remote-User", "operator:machine"}, []int{401}},
		"A63 another path":           {"GET", "/healthz", []string{"X-Original-URL", "/v1/counties/c/entries", "X-Rewrite-URL", "/v1/counties/c/entries"}, []int{200}},
		"A63 another host":           {"GET", "/healthz", []string{"Host", "county.example.org"}, []int{421}},
		"A63 a forwarded host":       {"GET", "/v1/counties/c/entries", []string{"X-Forwarded-Host", "127.0.0.1"}, []int{401}},
		"A64 up and down":            {"GET", "/v1/counties/c/x/../entries", nil, []int{301, 307, 401, 404}},
		"A64 twice a slash":          {"GET", "/v1//counties/c/entries", nil, []int{301, 307, 404}},
		"A64 dots that are escaped":  {"GET", "/v1/counties/c/%2e%2e/entries", []string{"Authorization", mine}, []int{301, 307, 404}},
		"A64 a parameter in a path":  {"GET", "/v1/counties/c/entries;x", []string{"Authorization", mine}, []int{404}},
		"A64 a dot at the end":       {"GET", "/v1/counties/c/entries.", []string{"Authorization", mine}, []int{404}},
		"A64 another case":           {"GET", "/V1/counties/c/entries", []string{"Authorization", mine}, []int{404}},
		"A64 another version":        {"GET", "/v0/counties/c/entries", []string{"Authorization", mine}, []int{404}},
		"A65 TRACE":                  {"TRACE", "/v1/counties/c/entries", []string{"Authorization", mine}, []int{405}},
		"A65 PUT":                    {"PUT", "/v1/counties/c/tasks", []string{"Authorization", mine}, []int{405}},
		"A58 a method in a header":   {"POST", "/v1/counties/c/verify", []string{"Authorization", mine, "X-HTTP-Method-Override", "GET"}, []int{405}},
		"A58 a page of another site": {"POST", "/v1/counties/c/receipts", []string{"Authorization", mine, "Sec-Fetch-Site", "cross-site"}, []int{403}},
		"A58 its Origin":             {"POST", "/v1/counties/c/receipts", []string{"Authorization", mine, "Origin", "https://example.org"}, []int{403}},
		"A66 metrics":                {"GET", "/metrics", nil, []int{404}},
		"A66 profiles":               {"GET", "/debug/pprof/", nil, []int{404}},
		"A66 variables":              {"GET", "/debug/vars", nil, []int{404}},
		"A48 somebody else":          {"POST", "/v1/counties/c/impersonate", []string{"Authorization", mine}, []int{404}},
		"a key that is nearly it":    {"GET", "/v1/counties/c/verify", []string{"Authorization", "Bearer " + testKey[:len(testKey)-1]}, []int{401}},
		"a key without its word":     {"GET", "/v1/counties/c/verify", []string{"Authorization", testKey}, []int{401}},
		"no key":                     {"GET", "/v1/counties/c/verify", []string{"Authorization", "Bearer "}, []int{401}},
		"#31 headers of 100 KB":      {"GET", "/healthz", []string{"X-Much", strings.Repeat("x", 100<<10)}, []int{431}},
		"#31 headers of 8 KB":        {"GET", "/healthz", []string{"X-Much", strings.Repeat("x", 8<<10)}, []int{200}},
		"the key":                    {"GET", "/v1/counties/c/flags", []string{"Authorization", "Bearer " + testKey}, []int{200}},
	} {
		if status, text, _ := send(c.method, c.path, c.header...); !slices.Contains(c.want, status) {
			t.Errorf("%s: %d %s", name, status, text)
		}
	}
	// A65: HEAD says the same of what is another's and of what is not there.
	foreign, _, a := send("HEAD", "/v1/counties/c/communities/"+communityB+"/timeline", "Authorization", mine)
	absent, _, b := send("HEAD", "/v1/counties/c/communities/"+absentCode+"/timeline", "Authorization", mine)
	if foreign != absent || foreign != http.StatusNotFound || a.Get("Content-Length") != b.Get("Content-Length") {
		t.Errorf("HEAD: %d %v, %d %v", foreign, a, absent, b)
	}
}

// TestReadingChangesNothing (A60): whatever is asked for with GET, the journal is
// where it was.
func TestReadingChangesNothing(t *testing.T) {
	t.Parallel()
	server, people := guarded(t)
	head := headOf(t, server)
	n := 0
	for _, c := range rightsCases([]string{"openapi", "healthz", "readyz", "statement", "flags", "tasks", "communities", "timeline", "entries", "verify"}) {
		if c.state == "valid" && c.name == "operator" {
			if got := answerTo(t, c.request(t, people)); got.status >= 500 {
				t.Errorf("%s: %d", c, got.status)
			}
			n++
		}
	}
	if now := headOf(t, server); now != head || n < 50 {
		t.Errorf("after %d requests the journal is at %d, and was at %d", n, now, head)
	}
}

// TestARequestIdIsItsSenders (A61): another's request under the same id is another
// request, and what one may not do is not answered from what was.
func TestARequestIdIsItsSenders(t *testing.T) {
	t.Parallel()
	_, people := guarded(t)
	row := `{"code":"D50","name":"新局","kind":"部门"}`
	for i, c := range []struct {
		who, body string
		status    int
		repeated  bool
	}{
		{"authority", row, 200, false}, {"authority", row, 200, true}, {"operator", row, 200, false}, {"leader", row, 403, false},
		{"authority", strings.Replace(row, "D50", "D51", 1), 409, false}, {"operator", strings.Replace(row, "D50", "D51", 1), 409, false},
	} {
		got := attack{who: c.who, method: "POST", path: "departments", body: c.body}.send(t, people, "same")
		if got.status != c.status || strings.Contains(got.text, `"repeated":true`) != c.repeated {
			t.Errorf("%d: %s: %d %s", i, c.who, got.status, got.text)
		}
	}
}

// TestAStreamEndsWithTheSession (A49, A67): who listens hears of the own accounts
// alone, and not for five seconds longer than the session lives.
func TestAStreamEndsWithTheSession(t *testing.T) {
	t.Parallel()
	server, people := guarded(t)
	ctx, leave := context.WithTimeout(t.Context(), hungAfter)
	defer leave()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, server+"/v1/counties/c/changes?after=0", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	people.show(r, ofA, "valid", true)
	answer, err := asked.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	lines := bufio.NewScanner(answer.Body)
	record := func(id, community string) {
		body := fmt.Sprintf(`{"no":"PL-%s","community":%q,"department":"D01","title":"新牌","zone":"外部","hung_on":"2025-05-01"}`, id, community)
		if status, _ := post(t, server, "c", "plaques", id, []byte(body)); status != http.StatusOK {
			t.Fatalf("%s: %d", id, status)
		}
	}
	record("n1", communityB)
	record("n2", communityA)
	heard := 0
	for lines.Scan() {
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		heard++
		var e api.Recorded
		if err := json.Unmarshal([]byte(data), &e); err != nil || !slices.Equal(e.Accounts, []string{communityA}) {
			t.Errorf("heard %s (%v)", data, err)
		}
		if e.Stream == "plaque/PL-n2" {
			break
		}
	}
	people.signOut(ofA)
	record("n3", communityB)
	ended := time.Now()
	for lines.Scan() {
		if bytes.HasPrefix(lines.Bytes(), []byte("data: ")) && strings.Contains(lines.Text(), communityB) {
			t.Errorf("heard %s", lines.Text())
		}
	}
	if took := time.Since(ended); took > 15*time.Second || lines.Err() != nil || ctx.Err() != nil {
		t.Errorf("the stream went on for %s: %v", took, lines.Err())
	} else {
		figure.Logf(t, "heard %d entries; the stream ended %s after the session", heard, took.Round(time.Millisecond))
	}
	if heard < 5 {
		t.Errorf("only %d entries were heard", heard)
	}
}

// TestNoClockTellsWhatIsForeign (A75): what is another's takes as long to be
// refused as what is not there. The three are asked in a drawn order, so that a busy machine
// is busy for all.
func TestNoClockTellsWhatIsForeign(t *testing.T) {
	t.Parallel()
	_, people := guarded(t)
	targets := []string{communityB, absentCode, communityA}
	for _, path := range []string{"communities/%s/timeline", "statement?on=2025-12-31&community=%s"} {
		var took [3][]float64
		dice := rand.New(rand.NewPCG(75, 1))
		for range 500 {
			for _, i := range dice.Perm(len(targets)) { // or one would always come after the one that asks the database
				target := targets[i]
				began := time.Now()
				got := attack{who: ofA, method: "GET", path: fmt.Sprintf(path, target)}.send(t, people, "r")
				took[i] = append(took[i], time.Since(began).Seconds())
				if want := []int{404, 404, 200}[i]; got.status != want {
					t.Fatalf("%s: %d %s", target, got.status, got.text)
				}
			}
		}
		middle := func(i int) float64 { return slices.Sorted(slices.Values(took[i]))[len(took[i])/2] }
		foreign, absent, own := middle(0), middle(1), middle(2)
		t.Logf("%s: another's %.3f ms, absent %.3f ms, one's own %.3f ms", path, 1000*foreign, 1000*absent, 1000*own)
		if ratio := foreign / absent; ratio > 1.5 || ratio < 0.67 {
			t.Errorf("%s: another's takes %.2f times as long as what is not there", path, ratio)
		}
	}
}
