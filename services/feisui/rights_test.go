package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"feisui/pkg/access"
	"feisui/pkg/web"
	"feisui/schemas"
	"feisui/services/feisui/record"
	"feisui/services/feisui/serve"
)

// The table of rights against a running county: every route, every role, every
// relation of who asks to what is asked for, every state of a session. What is
// expected is read from the table's text here, not by the program's own reader.

// asker is who asks: a role, where it holds.
type asker struct {
	name  string
	grant access.Grant
}

// askers are one of each role at home in D01, A or S1, and a street's finance.
func askers() (all []asker) {
	homes := map[access.Role]string{
		access.DepartmentOfficer: departmentD1, access.DepartmentHead: departmentD1, access.CommunityOfficer: communityA, access.StreetOfficer: streetS1,
	}
	for _, role := range access.Roles {
		all = append(all, asker{string(role), access.Grant{Role: role, Scope: homes[role]}})
	}
	return append(all, asker{"finance_of_street", access.Grant{Role: access.FinanceOfficer, Scope: streetS1}})
}

// What a session may be, and how what is asked for stands to who asks.
var (
	states    = []string{"none", "valid", "expired", "revoked", "must-change"}
	relations = []string{"own", "child", "parent", "sibling", "other county", "absent"}
)

// accounts stand for the accounts of people until there are real ones: a bearer
// says who asks and what became of the session. To switch to real sessions, give
// bearer a session's, and Who that of the accounts.
type accounts struct {
	mu    sync.Mutex
	ended map[string]bool
}

func bearer(who, state string) string {
	if state == "none" {
		return ""
	}
	return who + "|" + state
}

// end has somebody's sessions end.
func (a *accounts) end(who string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ended = map[string]bool{who: true}
}

func (a *accounts) who(_ context.Context, r *http.Request) (access.Principal, error) {
	shown, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	name, state, _ := strings.Cut(shown, "|")
	i := slices.IndexFunc(askers(), func(a asker) bool { return a.name == name })
	if i < 0 {
		return access.Principal{}, nil
	}
	p := access.Principal{ID: "person:" + name, Person: name, County: "c", Grants: []access.Grant{askers()[i].grant}}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ended[name] {
		state = "ended"
	}
	switch state {
	case "valid":
	case "must-change":
		p.PasswordFirst = true
	default:
		return access.Principal{}, web.Refuse(http.StatusUnauthorized, "SESSION_ENDED", "登录已失效，请重新登录", "the session has ended: sign in again")
	}
	return p, nil
}

// trail keeps what was audited.
type trail struct {
	mu  sync.Mutex
	all []access.Record
}

func (l *trail) Audit(_ context.Context, r access.Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, r)
	return nil
}

// guarded is the county of the rights, running, with another beside it.
func guarded(t *testing.T) (server string, people *accounts, kept *trail) {
	t.Helper()
	needPostgres(t)
	people, kept = &accounts{}, &trail{}
	server = "http://" + serving(t, serve.Config{Counties: []string{"c", "d"}, Who: people.who, Trail: kept}).Address()
	book := rightsWorkbook(t)
	for _, county := range []string{"c", "d"} {
		mustRun(t, "import", book, "--server", server, "--county", county)
	}
	return server, people, kept
}

// rightsTable reads the table's text: the cell of a role for an operation.
func rightsTable(t testing.TB, text string) map[string]map[string]string {
	t.Helper()
	lines, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	table := map[string]map[string]string{}
	for _, line := range lines[1:] {
		table[line[0]] = map[string]string{}
		for i, column := range lines[0] {
			table[line[0]][column] = line[i]
		}
	}
	return table
}

// target is the organisation that stands in a relation to who asks.
func target(a asker, relation string) string {
	if relation == "absent" {
		return map[bool]string{true: absentDepartment, false: absentCode}[strings.HasPrefix(a.grant.Scope, "D")]
	}
	all := map[string][4]string{ // own, child, parent, sibling
		departmentD1: {departmentD1, communityA, finance, departmentD2},
		communityA:   {communityA, communityA, streetS1, communityB},
		streetS1:     {streetS1, communityA, communityC, streetS2},
		"":           {communityA, streetS1, departmentD1, communityC},
	}
	return all[a.grant.Scope][max(0, slices.Index(relations[:4], relation))]
}

// within says whether an organisation is within a cell's reach, by the table's legend.
func within(a asker, cell, organisation string) bool {
	switch {
	case cell == "A", a.grant.Scope == "" && (cell == "O" || cell == "S"):
		return true
	case cell == "S" && a.grant.Scope == streetS1:
		return slices.Contains([]string{streetS1, communityA, communityB}, organisation)
	}
	return organisation == a.grant.Scope
}

// whole says whether a cell reaches the whole county.
func whole(a asker, cell string) bool {
	return within(a, cell, communityC) && within(a, cell, departmentD2)
}

// rightsCase is one request.
type rightsCase struct {
	operation, relation, state string
	asker
	county, target string
}

func (c rightsCase) String() string {
	return fmt.Sprintf("%s by %s, %s, session %s", c.operation, c.name, c.relation, c.state)
}

// places are where operations are, as the document says: method and path.
var places = sync.OnceValues(func() (map[string][2]string, error) {
	document, err := serve.Document()
	if err != nil {
		return nil, err
	}
	var d struct {
		Paths map[string]map[string]struct{ OperationID string }
	}
	if err := json.Unmarshal(document, &d); err != nil {
		return nil, err
	}
	found := map[string][2]string{}
	for path, item := range d.Paths {
		for method, operation := range item {
			found[operation.OperationID] = [2]string{strings.ToUpper(method), path}
		}
	}
	return found, nil
})

var hole = regexp.MustCompile(`\{[^}]*\}`)

// request asks an operation for the target.
func (c rightsCase) request(t testing.TB, server string, n int) *http.Request {
	t.Helper()
	found, err := places()
	if err != nil || found[c.operation][0] == "" {
		t.Fatalf("%s is nowhere: %v", c.operation, err)
	}
	method, path := found[c.operation][0], hole.ReplaceAllString(strings.Replace(found[c.operation][1], "{county}", c.county, 1), c.target)
	kind, body, query := "application/json", []byte(nil), url.Values{}
	party := "community"
	if strings.HasPrefix(c.target, "D") {
		party = "department"
	}
	switch sheet, isRow := strings.CutPrefix(c.operation, "record_"); {
	case isRow:
		row := rightsRows[sheet][c.target]
		if row == nil {
			row = absentRow(sheet)
		}
		body = asJSON(t, row)
	case c.operation == "import":
		kind, body = rightsForm(t)
	case c.operation == "statement":
		query = url.Values{"on": {"2025-12-31"}, "community": {c.target}}
	case c.operation == "changes":
		query = url.Values{"community": {c.target}, "after": {"0"}}
	case c.operation == "flags", c.operation == "tasks":
		query = url.Values{party: {c.target}, "limit": {"1000"}}
	}
	r, err := http.NewRequestWithContext(t.Context(), method, server+path+"?"+query.Encode(), bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Request-Id", fmt.Sprint("case-", n))
	if method != http.MethodGet {
		r.Header.Set("Content-Type", kind)
	}
	r.Header.Set("Authorization", "Bearer "+bearer(c.name, c.state))
	if c.state == "none" {
		r.Header.Del("Authorization")
	}
	return r
}

// said is what was answered: a stream's first line only.
type rightsAnswer struct {
	status int
	code   string
	text   string
}

var asked = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}, Timeout: time.Minute}

func answerTo(t testing.TB, r *http.Request) (a rightsAnswer) {
	t.Helper()
	answer, err := asked.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	a.status = answer.StatusCode
	if answer.Header.Get("Content-Type") == "text/event-stream" {
		return a
	}
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	a.text = string(text)
	var p struct{ Code string }
	_ = json.Unmarshal(text, &p) // what is no JSON has no code
	a.code = p.Code
	return a
}

// kindOf says how an operation answers what is out of scope.
func kindOf(operation string) string {
	switch {
	case slices.Contains([]string{"statement", "timeline", "changes"}, operation):
		return "named" // names an account
	case slices.Contains([]string{"flags", "tasks", "communities", "entries"}, operation):
		return "list"
	case strings.HasPrefix(operation, "record_"):
		return "row"
	case slices.Contains([]string{"openapi", "healthz", "readyz", "import", "rebuild", "verify"}, operation):
		return "whole"
	}
	return "other" // which says in tests of its own what it answers whom it is for
}

// wrong says how an answer is not what the table says, "" when it is.
func (c rightsCase) wrong(table map[string]map[string]string, got rightsAnswer) string {
	open, cell := table[c.operation]["anyone"], strings.TrimSuffix(table[c.operation][string(c.grant.Role)], "2")
	status, code := http.StatusOK, ""
	kind := kindOf(c.operation)
	mine := within(c.asker, cell, c.target)
	switch {
	case open == "A":
	case c.state == "none":
		status, code = 401, "SIGN_IN"
	case c.state == "must-change":
		status, code = 401, "MUST_CHANGE_PASSWORD"
	case c.state != "valid":
		status, code = 401, "SESSION_ENDED"
	case c.relation == "other county":
		status, code = 404, "COUNTY_UNKNOWN"
	case cell == "-":
		status, code = 403, "FORBIDDEN"
	case kind == "named" && !mine:
		status, code = 404, "COMMUNITY_UNKNOWN"
	case kind == "row" && !whole(c.asker, cell):
		if !mine || rightsRows[strings.TrimPrefix(c.operation, "record_")][c.target] == nil {
			status = 404
		}
	case kind == "row" && rightsRows[strings.TrimPrefix(c.operation, "record_")][c.target] == nil: // allowed, and refused for what it says
		status, code = 422, "WORKBOOK_REFUSED"
	case c.operation == "statement" && !slices.Contains([]string{communityA, communityB, communityC}, c.target),
		c.operation == "timeline" && !slices.Contains([]string{communityA, communityB, communityC, streetS1, streetS2}, c.target):
		status, code = 404, "COMMUNITY_UNKNOWN" // allowed, and there is no such account
	}
	if kind == "other" && status == http.StatusOK && got.status < 500 && !slices.Contains([]int{401, 403}, got.status) {
		return ""
	}
	if got.status != status || code != "" && got.code != code {
		return fmt.Sprintf("%s: %d %s, want %d %s: %.300s", c, got.status, got.code, status, code, got.text)
	}
	return ""
}

// rightsCases are all of them, of some operations.
func rightsCases(operations []string) (all []rightsCase) {
	for _, operation := range operations {
		for _, a := range askers() {
			for _, relation := range relations {
				for _, state := range states {
					county := "c"
					if relation == "other county" {
						county = "d"
					}
					all = append(all, rightsCase{operation, relation, state, a, county, target(a, relation)})
				}
			}
		}
	}
	return all
}

// askedAll asks for every case, several at a time, and lists what is wrong.
func askedAll(t *testing.T, server string, table map[string]map[string]string, cases []rightsCase) (wrong []string, statuses map[int]int) {
	t.Helper()
	statuses = map[int]int{}
	var mu sync.Mutex
	var working sync.WaitGroup
	queue := make(chan int)
	for range 8 {
		working.Go(func() {
			for i := range queue {
				c := cases[i]
				got := answerTo(t, c.request(t, server, i))
				problem := c.wrong(table, got)
				if problem == "" && c.state == "valid" && got.status == 404 {
					problem = c.tells(t, server, i, got)
				}
				mu.Lock()
				statuses[got.status]++
				if problem != "" {
					wrong = append(wrong, problem)
				}
				mu.Unlock()
			}
		})
	}
	for i := range cases {
		queue <- i
	}
	close(queue)
	working.Wait()
	return wrong, statuses
}

// tells says how what is out of scope is answered otherwise than what is not
// there, "" when it is not.
func (c rightsCase) tells(t testing.TB, server string, n int, got rightsAnswer) string {
	absent := c
	if c.relation == "other county" {
		absent.county = "zz"
	} else {
		absent.target = target(c.asker, "absent")
	}
	other := answerTo(t, absent.request(t, server, n))
	plain := func(text string, of rightsCase) string {
		sheet := strings.TrimPrefix(of.operation, "record_")
		names := []string{of.target, "县：" + of.county, "county: " + of.county}
		for _, row := range []map[string]string{rightsRows[sheet][of.target], absentRowOf(sheet)} {
			for _, column := range []string{"no", "task", "voucher", "department", "community", "payer"} {
				if row[column] != "" {
					names = append(names, row[column])
				}
			}
		}
		slices.SortFunc(names, func(a, b string) int { return len(b) - len(a) })
		for _, name := range names {
			text = strings.ReplaceAll(text, name, "…")
		}
		return text
	}
	if other.status != got.status || plain(other.text, absent) != plain(got.text, c) {
		return fmt.Sprintf("%s: %d %s\nis told from what is not there: %d %s", c, got.status, got.text, other.status, other.text)
	}
	return ""
}

func absentRowOf(sheet string) map[string]string {
	if rightsRows[sheet] == nil {
		return nil
	}
	return absentRow(sheet)
}

// TestTheTableOfRights asks every route as every role, in every relation and
// state, and compares with the table. The control: a cell that is flipped is seen.
func TestTheTableOfRights(t *testing.T) {
	t.Parallel()
	server, _, kept := guarded(t)
	table := rightsTable(t, schemas.Access)
	operations := slices.Sorted(maps.Keys(table))
	if len(operations) < len(record.Layout)+10 {
		t.Fatalf("only %q", operations)
	}
	cases := rightsCases(operations)
	kept.all = nil
	wrong, statuses := askedAll(t, server, table, cases)
	for _, w := range wrong[:min(20, len(wrong))] {
		t.Error(w)
	}
	t.Logf("%d cases: %d routes × %d roles × %d relations × %d states; answered %v; %d wrong; %d audited",
		len(cases), len(operations), len(askers()), len(relations), len(states), statuses, len(wrong), len(kept.all))
	refused := 0
	for _, r := range kept.all {
		if r.Decision == access.Refused && slices.Contains([]string{"SIGN_IN", "SESSION_ENDED", "MUST_CHANGE_PASSWORD", "FORBIDDEN"}, r.Code) {
			refused++
		}
	}
	if want := statuses[401] + statuses[403]; refused != want {
		t.Errorf("%d refusals were audited, of %d", refused, want)
	}
	for operation, flip := range map[string][2]string{
		"tasks": {"system_admin", "A"}, "statement": {"community_officer", "A"}, "record_tasks": {"department_officer", "-"},
		"changes": {"street_officer", "O"}, "verify": {"anyone", "A"}, "timeline": {"leader", "-"}, "record_payments": {"finance_officer", "A"},
	} {
		flipped := rightsTable(t, schemas.Access)
		if flipped[operation][flip[0]] == flip[1] {
			t.Fatalf("%s: nothing is flipped", operation)
		}
		flipped[operation][flip[0]] = flip[1]
		if wrong, _ := askedAll(t, server, flipped, rightsCases([]string{operation})); len(wrong) == 0 {
			t.Errorf("%s for %s flipped to %s, and nobody sees it", operation, flip[0], flip[1])
		}
	}
}
