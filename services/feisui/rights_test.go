package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
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
	"feisui/pkg/figure"
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
	states    = []string{"none", "valid", "token", "idle", "revoked", "must-change", "factor-pending"}
	relations = []string{"own", "child", "parent", "sibling", "other county", "absent"}
)

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
	n              int
}

// place is where the operation is: method and path.
func (c rightsCase) place() ([2]string, error) {
	found, err := places()
	if err == nil && found[c.operation][0] == "" {
		err = errors.New(c.operation + " is nowhere")
	}
	return found[c.operation], err
}

// odd halves the cases, but not by the state or the relation.
func (c rightsCase) odd() bool { return c.n/(len(states)*len(relations))%2 == 1 }

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
func (c rightsCase) request(t testing.TB, a *accounts) *http.Request {
	t.Helper()
	place, err := c.place()
	if err != nil {
		t.Fatal(err)
	}
	method, path := place[0], strings.Replace(place[1], "{county}", c.county, 1)
	kind, body, query := "application/json", []byte(nil), url.Values{}
	answers, ofPeople := peopleAnswers[c.operation]
	if ofPeople {
		path, body = strings.Replace(path, "{id}", a.id(c), 1), []byte(answers.body)
	}
	path = hole.ReplaceAllString(path, c.target)
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
	case c.operation == "flags", c.operation == "tasks", c.operation == "owed":
		query = url.Values{party: {c.target}, "limit": {"1000"}}
	}
	r, err := http.NewRequestWithContext(t.Context(), method, a.server+path+"?"+query.Encode(), bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Request-Id", fmt.Sprint("case-", c.n))
	if method != http.MethodGet {
		r.Header.Set("Content-Type", kind)
	}
	own := map[string]string{"valid": c.name, "must-change": c.name + " new", "factor-pending": c.name + " factor"}[c.state]
	if c.operation == "session_close" && own != "" && c.grant.Role != access.Operator { // or the others would find it ended
		r.Header.Set("Authorization", "Bearer "+a.signIn(own))
	} else {
		a.show(r, c.name, c.state, c.odd())
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
	case slices.Contains([]string{"statement", "carried", "timeline", "changes"}, operation):
		return "named" // names an account
	case slices.Contains([]string{"flags", "tasks", "owed", "communities", "entries"}, operation):
		return "list"
	case strings.HasPrefix(operation, "record_"):
		return "row"
	case slices.Contains([]string{"report", "reportPreview", "periods"}, operation):
		return "county" // is of the whole county, and nobody else's
	case slices.Contains([]string{"openapi", "healthz", "readyz", "import", "rebuild", "verify"}, operation):
		return "whole"
	}
	return "other" // which says in tests of its own what it answers whom it is for
}

// want is what the table says, as "status CODE" or "status"; "" where others say it.
func (c rightsCase) want(table map[string]map[string]string) string {
	open, cell := table[c.operation]["anyone"], strings.TrimSuffix(table[c.operation][string(c.grant.Role)], "2")
	place, err := c.place()
	elsewhere := err == nil && strings.Contains(place[1], "{county}") && c.relation == "other county" && c.grant.Role != access.Operator
	switch {
	case open == "A":
	case c.state == "none":
		return "401 SIGN_IN"
	case c.state == "idle":
		return "401 SESSION_IDLE"
	case c.state == "revoked" && c.odd():
		return "401 TOKEN_ENDED"
	case c.state == "revoked":
		return "401 SESSION_ENDED"
	case c.state == "factor-pending" && open != "P":
		return "401 FACTOR_PENDING"
	case c.state == "must-change" && open != "F" && open != "P":
		return "401 MUST_CHANGE_PASSWORD"
	case elsewhere:
		return "404 COUNTY_UNKNOWN"
	case open == "-" && cell == "-":
		return "403 FORBIDDEN"
	}
	if want, is := c.ofPeople(); is {
		return want
	}
	return c.wantOfBusiness(cell)
}

// wantOfBusiness is want of what is not about people, for whom the operation is.
func (c rightsCase) wantOfBusiness(cell string) string {
	kind, mine := kindOf(c.operation), within(c.asker, cell, c.target)
	sheet := strings.TrimPrefix(c.operation, "record_")
	switch {
	case kind == "county" && !whole(c.asker, cell):
		return "403 WHOLE_COUNTY"
	case c.operation == "report":
		return "404 INSTANCE_UNKNOWN" // allowed, and there is none
	case kind == "other":
		return ""
	case kind == "named" && !mine:
		return "404 COMMUNITY_UNKNOWN"
	case kind == "row" && !whole(c.asker, cell):
		if !mine || rightsRows[sheet][c.target] == nil {
			return "404"
		}
	case kind == "row" && rightsRows[sheet][c.target] == nil: // allowed, and refused for what it says
		return "422 WORKBOOK_REFUSED"
	case slices.Contains([]string{"statement", "carried"}, c.operation) && !slices.Contains([]string{communityA, communityB, communityC}, c.target),
		c.operation == "timeline" && !slices.Contains([]string{communityA, communityB, communityC, streetS1, streetS2}, c.target):
		return "404 COMMUNITY_UNKNOWN" // allowed, and there is no such account
	}
	return "200"
}

// wrong says how an answer is not what the table says, "" when it is.
func (c rightsCase) wrong(table map[string]map[string]string, got rightsAnswer) string {
	want := c.want(table)
	status, code, named := strings.Cut(want, " ")
	switch {
	case want == "" && got.status < 500 && !slices.Contains([]int{401, 403}, got.status):
		return ""
	case itoa(got.status) == status && (!named || got.code == code):
		return ""
	}
	return fmt.Sprintf("%s: %d %s, want %s: %.300s", c, got.status, got.code, want, got.text)
}

// rightsCases are all of them, of some operations.
func rightsCases(operations []string) (all []rightsCase) {
	for _, operation := range operations {
		for _, a := range askers() {
			for _, relation := range relations {
				for _, state := range states {
					if a.grant.Role == access.Operator && state != "none" && state != "valid" {
						continue // it has a key, and no session
					}
					county := "c"
					if relation == "other county" {
						county = "d"
					}
					all = append(all, rightsCase{operation, relation, state, a, county, target(a, relation), len(all)})
				}
			}
		}
	}
	return all
}

// askedAll asks for every case, several at a time, and lists what is wrong.
func askedAll(t *testing.T, a *accounts, table map[string]map[string]string, cases []rightsCase) (wrong []string, statuses map[int]int, denied map[string]int) {
	t.Helper()
	statuses, denied = map[int]int{}, map[string]int{}
	var mu sync.Mutex
	var working sync.WaitGroup
	queue := make(chan int)
	for range 8 {
		working.Go(func() {
			for i := range queue {
				c := cases[i]
				got := answerTo(t, c.request(t, a))
				problem := c.wrong(table, got)
				if problem == "" && c.state == "valid" && got.status == 404 && c.scoped() {
					problem = c.tells(t, a, got)
				}
				mu.Lock()
				statuses[got.status]++
				if got.status == http.StatusUnauthorized || got.status == http.StatusForbidden {
					denied[got.code]++
				}
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
	return wrong, statuses, denied
}

// scoped reports that who asks has a scope by which an answer could tell something:
// the operator is of every county, and the county of signing in stands in its body.
func (c rightsCase) scoped() bool {
	return c.grant.Role != access.Operator && c.operation != "session_open"
}

// tells says how what is out of scope is answered otherwise than what is not
// there, "" when it is not.
func (c rightsCase) tells(t testing.TB, a *accounts, got rightsAnswer) string {
	absent := c
	if c.relation == "other county" {
		absent.county = "zz"
	} else {
		absent.relation, absent.target = "absent", target(c.asker, "absent")
	}
	other := answerTo(t, absent.request(t, a))
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
	_, people := guarded(t)
	table := rightsTable(t, schemas.Access)
	operations := slices.Sorted(maps.Keys(table))
	if len(operations) < len(record.Layout)+10+len(peopleAnswers) {
		t.Fatalf("only %q", operations)
	}
	cases := rightsCases(operations)
	before := people.refusals()
	wrong, statuses, denied := askedAll(t, people, table, cases)
	for _, w := range wrong[:min(20, len(wrong))] {
		t.Error(w)
	}
	after, audited := people.refusals(), 0
	for code, n := range denied {
		audited += n
		if after[code]-before[code] != n {
			t.Errorf("%s was said %d times, and is %d times in the audit log", code, n, after[code]-before[code])
		}
	}
	figure.Logf(t, "%d cases: %d routes × %d roles × %d relations × %d states; answered %v; %d wrong; %d denials audited",
		len(cases), len(operations), len(askers()), len(relations), len(states), statuses, len(wrong), audited)
	for operation, flip := range map[string][2]string{
		"tasks": {"system_admin", "A"}, "statement": {"community_officer", "A"}, "record_tasks": {"department_head", "-"},
		"changes": {"street_officer", "O"}, "verify": {"anyone", "A"}, "timeline": {"leader", "-"}, "record_payments": {"finance_officer", "A"},
		"audit": {"system_admin", "A"}, "grant_approve": {"security_admin", "-"}, "tokens": {"anyone", "F"}, "session": {"anyone", "I"},
	} {
		flipped := rightsTable(t, schemas.Access)
		if flipped[operation][flip[0]] == flip[1] {
			t.Fatalf("%s: nothing is flipped", operation)
		}
		flipped[operation][flip[0]] = flip[1]
		if wrong, _, _ := askedAll(t, people, flipped, rightsCases([]string{operation})); len(wrong) == 0 {
			t.Errorf("%s for %s flipped to %s, and nobody sees it", operation, flip[0], flip[1])
		}
	}
}
