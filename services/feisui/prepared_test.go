package main

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"feisui/pkg/access"
	"feisui/services/feisui/serve"
	"feisui/services/people/keep"
)

// Two people of the competent authority, and the second account of the first.
const (
	preparer      = "person:one=ONE authority@"
	confirmer     = "person:two=TWO authority@"
	preparerAgain = "person:three=ONE authority@"
)

// intakeStage is a county into which workbooks come.
type intakeStage struct {
	*stage

	pool *pgxpool.Pool
}

func workbooks(t *testing.T) *intakeStage {
	t.Helper()
	at := shared(t)
	s := &intakeStage{opened(t, serve.Config{DatabaseURL: at.database}), poolOf(t, at.database)}
	s.contract = contractOf(t)
	if a := s.ask("", http.MethodPost, "/departments", portalSample, object("code", "D01", "name", "民政局", "kind", "department")); a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	err := s.server.Demo(t.Context(), "county", portalSample, demoPassword, keep.DemoScopes{Department: "D01", Street: streetOfBoth, Community: north, Pairs: []access.Role{access.Authority}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// departments are so many rows of new departments, none of them of another letter's.
func departments(letter string, rows int) string {
	var text strings.Builder
	text.WriteString("code,name,kind\n")
	for i := range rows {
		fmt.Fprintf(&text, "%s%03d,%s局 %d,部门\n", letter, i, letter, i)
	}
	return text.String()
}

// form is files as a browser sends them: name, content, name, content.
func form(t testing.TB, files ...string) (kind, body string) {
	t.Helper()
	var out bytes.Buffer
	f := multipart.NewWriter(&out)
	if err := f.WriteField("request", uuid.NewString()); err != nil { // which the page has, and the API does not look at
		t.Fatal(err)
	}
	for i := 0; i+1 < len(files); i += 2 {
		part, err := f.CreateFormFile("file", files[i])
		if err == nil {
			_, err = part.Write([]byte(files[i+1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return f.FormDataContentType(), out.String()
}

// sends uploads files.
func (s *intakeStage) sends(who, path, request string, files ...string) answer {
	s.t.Helper()
	kind, body := form(s.t, files...)
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.address+"/v1/counties/county"+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if request == "" {
		request = uuid.NewString()
	}
	r.Header.Set("Request-Id", request)
	r.Header.Set("Content-Type", kind)
	if who != "" {
		r.Header.Set("Authorization", "Bearer "+who)
	}
	got := fetch(s.t.(*testing.T), r)
	s.contract.answered(s.t.(*testing.T), http.MethodPost, template(path), &http.Response{StatusCode: got.status, Header: got.header}, []byte(got.body))
	return answer{status: got.status, body: []byte(got.body)}
}

// prepares has somebody prepare a workbook of departments.
func (s *intakeStage) prepares(who, csv string) (p serve.Prepared) {
	s.t.Helper()
	a := s.sends(who, "/prepared-imports", "", "部门.csv", csv)
	if a.status != http.StatusOK {
		s.t.Fatalf("%d %s", a.status, a.body)
	}
	a.into(s.t, &p)
	return p
}

// ends confirms, withdraws or refuses, and says what came of it: "200", or "409 CODE".
func (s *intakeStage) ends(who string, p *serve.Prepared, how string) (string, serve.Imported) {
	s.t.Helper()
	body := map[string]string{"confirm": object("digest", p.Digest), "withdraw": "{}", "refuse": object("why", "合计不对")}[how]
	a := s.ask(who, http.MethodPost, "/prepared-imports/"+p.ID+"/"+how, "", body)
	var is serve.Imported
	if a.status == http.StatusOK {
		a.into(s.t, &is)
		return "200", is
	}
	return fmt.Sprint(a.status, " ", a.problem(s.t).Code), is
}

func (s *intakeStage) are(who string, p *serve.Prepared, how, want string) serve.Imported {
	s.t.Helper()
	got, is := s.ends(who, p, how)
	if got != want {
		s.t.Errorf("%s by %s: %s, want %s", how, who, got, want)
	}
	return is
}

// recorded is how many departments there are.
func (s *intakeStage) recorded() (n int) {
	s.t.Helper()
	if err := s.pool.QueryRow(s.t.Context(), `select count(*) from journal.entry where type = 'department.registered'`).Scan(&n); err != nil {
		s.t.Fatal(err)
	}
	return n
}

func (s *intakeStage) list(who string) (l serve.PreparedImports) {
	s.t.Helper()
	s.ask(who, http.MethodGet, "/prepared-imports", "", "").into(s.t, &l)
	return l
}

func (s *intakeStage) sql(text string, args ...any) {
	s.t.Helper()
	if done, err := s.pool.Exec(s.t.Context(), text, args...); err != nil || done.RowsAffected() == 0 {
		s.t.Fatalf("%s: %d, %v", text, done.RowsAffected(), err)
	}
}

// TestWorkbooksArePreparedAndConfirmed: nothing is recorded before it is confirmed; what
// is confirmed is what was seen, whole and once; a large one takes two people.
func TestWorkbooksArePreparedAndConfirmed(t *testing.T) { //nolint:tparallel // one county takes one way after the other
	t.Parallel()
	s := workbooks(t)
	for _, part := range []struct {
		name string
		test func(*testing.T, *intakeStage)
	}{
		{"a small one goes directly", smallGoesDirectly},
		{"faults are shown, and nothing is kept", faultsAreShown},
		{"a large one takes two", largeTakesTwo},
		{"what is split is added up", splitIsAddedUp},
		{"who entered a part is no second", enteredIsNoSecond},
		{"a correction takes two", correctionTakesTwo},
		{"withdrawn or refused is over", endedIsOver},
		{"what was changed is refused", changedIsRefused},
		{"a crash between recording and answering", crashedInBetween},
		{"all at once end it once", allAtOnce},
		{"pages", preparedPages},
		{"so many wait", soManyWait},
		{"an old one expires", oldExpires},
	} {
		t.Run(part.name, func(t *testing.T) { //nolint:paralleltest // in its turn
			inner := *s.stage
			inner.t = t
			part.test(t, &intakeStage{&inner, s.pool})
		})
	}
}

func smallGoesDirectly(t *testing.T, s *intakeStage) {
	before := s.recorded()
	p := s.prepares(preparer, departments("A", 3)+"A001,A局 1,部门\nD01,民政局,部门\n")
	if len(p.Sheets) != 1 || p.Sheets[0].Sheet != "departments" || p.Sheets[0].Rows != 5 || p.Sheets[0].New != 3 || p.Sheets[0].Known != 2 ||
		p.News != 3 || p.Second || !p.MayConfirm || p.State != "waiting" || len(p.Files) != 1 || len(p.Files[0].SHA256) != 64 {
		t.Errorf("%+v", p)
	}
	if n := s.recorded(); n != before {
		t.Errorf("%d were recorded before anybody confirmed", n-before)
	}
	first := s.are(preparer, &p, "confirm", "200")
	again := s.are(preparer, &p, "confirm", "200")
	if first.New != 3 || first.Repeated || !again.Repeated || again.Position != first.Position || s.recorded() != before+3 {
		t.Errorf("%+v, then %+v", first, again)
	}
	money := s.sends(preparer, "/prepared-imports", "", "拨付.csv", "凭证号,日期,付款方,收款方,金额\nP1,2025-01-01,D01,A001,100.10\nP2,2025-01-01,D01,A001,0.95\nP2,2025-01-01,D01,A001,0.95\n")
	var paid serve.Prepared
	money.into(t, &paid)
	if len(paid.Sheets) != 1 || len(paid.Sheets[0].Sums) != 1 || paid.Sheets[0].Sums[0].Total == nil || paid.Sheets[0].Sums[0].Total.Yuan() != "102.00" {
		t.Errorf("the control total of the file: %s", money.body)
	}
	s.sends(preparer, "/prepared-imports", "one", "部门.csv", departments("A", 2))
	if a := s.sends(preparer, "/prepared-imports", "one", "部门.csv", departments("A", 4)); a.problem(t).Code != "REQUEST_REUSED" {
		t.Errorf("%d %s", a.status, a.body)
	}
}

func faultsAreShown(t *testing.T, s *intakeStage) {
	before, waiting := s.recorded(), len(s.list(preparer).Waiting)
	p := s.prepares(preparer, "code,name,kind\nX1,甲局,部门\nX2,,部门\nX3,丙局,衙门\n")
	if p.ID != "" || len(p.Faults) != 2 || p.Faults[0].Row != 3 || p.Faults[0].Field != "name" || p.Faults[1].Row != 4 || p.Faults[1].Field != "kind" ||
		p.Sheets[0].Rows != 3 || p.Sheets[0].Refused != 2 || p.MayConfirm {
		t.Errorf("%+v", p)
	}
	many := s.prepares(preparer, strings.ReplaceAll(departments("Y", 1200), "部门\n", "衙门\n"))
	if len(many.Faults) != 1000 || many.More != 200 || many.Sheets[0].Refused != 1200 {
		t.Errorf("%d faults and %d more in %d rows", len(many.Faults), many.More, many.Sheets[0].Refused)
	}
	if n := len(s.list(preparer).Waiting); n != waiting || s.recorded() != before {
		t.Errorf("%d wait, and %d were recorded", n-waiting, s.recorded()-before)
	}
	for name, files := range map[string][]string{"none": {}, "two workbooks": {"a.xlsx", "a", "b.xlsx", "b"}, "both": {"a.xlsx", "a", "部门.csv", departments("A", 1)}} {
		if a := s.sends(preparer, "/prepared-imports", "", files...); a.problem(t).Code != "CONTENT_TYPE" {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	if a := s.sends(preparer, "/prepared-imports", "", "a.xlsx", "no workbook"); a.status != http.StatusOK || !bytes.Contains(a.body, []byte(`"faults":[{`)) {
		t.Errorf("%d %s", a.status, a.body)
	}
}

func largeTakesTwo(t *testing.T, s *intakeStage) {
	before := s.recorded()
	csv := departments("B", 150)
	p := s.prepares(preparer, csv)
	if !p.Second || p.MayConfirm || !p.Mine || !p.MayWithdraw {
		t.Errorf("as its preparer sees it: %+v", p)
	}
	s.are(preparer, &p, "confirm", "403 SECOND_PERSON")
	s.are(preparerAgain, &p, "confirm", "403 SECOND_PERSON")
	if a := s.sends(preparer, "/imports", "", "部门.csv", csv); a.problem(t).Code != "SECOND_PERSON" {
		t.Errorf("around it: %d %s", a.status, a.body)
	}
	seen := s.list(confirmer).Waiting
	at := len(seen) - 1
	if seen[at].ID != p.ID || seen[at].Mine || !seen[at].MayConfirm || seen[at].Rows != 150 {
		t.Errorf("as another sees it: %+v", seen[at])
	}
	other := p
	other.Digest = strings.Repeat("0", 64)
	s.are(confirmer, &other, "confirm", "409 IMPORT_CHANGED")
	s.are(confirmer, &serve.Prepared{ID: "none"}, "confirm", "404 IMPORT_UNKNOWN")
	if s.recorded() != before {
		t.Error("what was refused was recorded")
	}
	is := s.are(confirmer, &p, "confirm", "200")
	if is.New != 150 || s.recorded() != before+150 {
		t.Errorf("%+v", is)
	}
	s.are(preparer, &p, "confirm", "409 IMPORT_DECIDED")
	s.are(preparer, &p, "withdraw", "409 IMPORT_DECIDED")
	if again := s.are(confirmer, &p, "confirm", "200"); !again.Repeated || again.Position != is.Position {
		t.Errorf("%+v", again)
	}
	if a := s.sends("", "/imports", "", "部门.csv", departments("C", 120)); a.status != http.StatusOK {
		t.Errorf("the operator's: %d %s", a.status, a.body) // the first books of a county
	}
	if a := s.sends(preparer, "/imports", "", "部门.csv", csv); a.status != http.StatusOK {
		t.Errorf("what is known records nothing: %d %s", a.status, a.body)
	}
}

func splitIsAddedUp(t *testing.T, s *intakeStage) {
	const splits = "person:splits=SPLITS authority@"
	if a := s.sends(splits, "/imports", "half", "部门.csv", departments("E", 60)); a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if a := s.sends(splits, "/imports", "half", "部门.csv", departments("E", 60)); a.status != http.StatusOK {
		t.Errorf("the same again: %d %s", a.status, a.body)
	}
	p := s.prepares(splits, departments("F", 41))
	if !p.Second {
		t.Error("the second half is shown as if it was all")
	}
	s.are(splits, &p, "confirm", "403 SECOND_PERSON")
	if a := s.sends(splits, "/imports", "", "部门.csv", departments("F", 41)); a.problem(t).Code != "SECOND_PERSON" {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a := s.sends(splits, "/imports", "", "部门.csv", departments("F", 40)); a.status != http.StatusOK { // the control: to the row
		t.Errorf("%d %s", a.status, a.body)
	}
	s.are(splits, &p, "withdraw", "200")
}

func enteredIsNoSecond(_ *testing.T, s *intakeStage) {
	theirs := s.prepares(confirmer, departments("G", 130))
	s.are(confirmer, &theirs, "withdraw", "200")
	p := s.prepares(preparer, departments("G", 130))
	s.are(confirmer, &p, "confirm", "403 SECOND_PERSON")
	s.are("person:four=FOUR authority@", &p, "confirm", "200")
}

func correctionTakesTwo(t *testing.T, s *intakeStage) {
	const correcting = "?correct=true&reason=%E5%86%99%E9%94%99"
	csv := "code,name,kind\nA000,改名局,部门\n"
	if a := s.sends(preparer, "/imports"+correcting, "", "部门.csv", csv); a.problem(t).Code != "SECOND_PERSON" {
		t.Errorf("%d %s", a.status, a.body)
	}
	var p serve.Prepared
	s.sends(preparer, "/prepared-imports"+correcting, "", "部门.csv", csv).into(t, &p)
	if !p.Second || p.Sheets[0].Amended != 1 || p.Reason != "写错" {
		t.Errorf("%+v", p)
	}
	s.are(preparer, &p, "confirm", "403 SECOND_PERSON")
	if is := s.are(confirmer, &p, "confirm", "200"); is.Amended != 1 {
		t.Errorf("%+v", is)
	}
}

func endedIsOver(t *testing.T, s *intakeStage) {
	before := s.recorded()
	p := s.prepares(preparer, departments("H", 110))
	s.are(confirmer, &p, "withdraw", "403 NOT_YOURS")
	s.are(preparerAgain, &p, "refuse", "403 NOT_YOURS")
	s.are(preparerAgain, &p, "withdraw", "200") // the same person
	s.are(preparerAgain, &p, "withdraw", "200")
	s.are(confirmer, &p, "confirm", "409 IMPORT_DECIDED")
	q := s.prepares(preparer, departments("I", 110))
	s.are(confirmer, &q, "refuse", "200")
	s.are(confirmer, &q, "confirm", "409 IMPORT_DECIDED")
	if l := s.list(preparer).Decided; l[0].State != "refused" || l[0].Why != "合计不对" || l[1].State != "withdrawn" || s.recorded() != before {
		t.Errorf("%+v", l[:2])
	}
	var kept int
	if err := s.pool.QueryRow(t.Context(), `select count(content) from intake.file where workbook = any ($1)`, []string{p.ID, q.ID}).Scan(&kept); err != nil || kept != 0 {
		t.Errorf("%d files of what is over are kept: %v", kept, err)
	}
}

func changedIsRefused(t *testing.T, s *intakeStage) {
	before := s.recorded()
	p := s.prepares(preparer, departments("J", 105))
	s.sql(`update intake.file set content = convert_to(replace(convert_from(content, 'UTF8'), 'J局 7,', 'X局 7,'), 'UTF8') where workbook = $1`, p.ID)
	s.are(confirmer, &p, "confirm", "409 IMPORT_CHANGED")
	if s.recorded() != before {
		t.Error("it was recorded")
	}
	s.sql(`update intake.file set content = convert_to(replace(convert_from(content, 'UTF8'), 'X局 7,', 'J局 7,'), 'UTF8') where workbook = $1`, p.ID)
	s.are(confirmer, &p, "confirm", "200") // the control: as it was
}

// crashedInBetween: the journal has it, and nobody noted that.
func crashedInBetween(t *testing.T, s *intakeStage) {
	p, q := s.prepares(preparer, departments("K", 102)), s.prepares(preparer, departments("L", 102))
	is := s.are(confirmer, &p, "confirm", "200")
	s.are(preparer, &q, "withdraw", "200")
	s.sql(`update intake.workbook set state = 'waiting', decided_by = '', decided_at = null where id = any ($1)`, []string{p.ID, q.ID})
	if again := s.are(confirmer, &p, "confirm", "200"); !again.Repeated || again.Position != is.Position {
		t.Errorf("%+v, then %+v", is, again)
	}
	s.are(confirmer, &q, "confirm", "409 IMPORT_DECIDED")
	s.sql(`update intake.workbook set state = 'expired', decided_by = '', decided_at = null where id = $1`, p.ID)
	for _, one := range s.list(preparer).Decided {
		if one.ID == p.ID && (one.State != "confirmed" || one.DecidedBy != "person:two") {
			t.Errorf("%+v", one)
		}
	}
}

func allAtOnce(t *testing.T, s *intakeStage) {
	for round := range 5 { // M to Q
		before := s.recorded()
		p := s.prepares(preparer, departments(string(rune('M'+round)), 101))
		var mu sync.Mutex
		got := map[string]int{}
		var all sync.WaitGroup
		for i := range 9 {
			all.Go(func() {
				how := []string{"confirm by " + confirmer, "withdraw by " + preparer, "confirm by person:five=FIVE authority@"}[i%3]
				what, who, _ := strings.Cut(how, " by ")
				said, _ := s.ends(who, &p, what)
				mu.Lock()
				defer mu.Unlock()
				got[how+": "+said]++
			})
		}
		all.Wait()
		confirmed, done := s.recorded()-before, 0
		for said, n := range got {
			if strings.HasSuffix(said, ": 200") {
				done++
				if n != 3 || strings.HasPrefix(said, "confirm") != (confirmed == 101) {
					t.Errorf("%d recorded: %v", confirmed, got)
				}
			}
		}
		if done != 1 || confirmed != 0 && confirmed != 101 {
			t.Errorf("%d recorded: %v", confirmed, got)
		}
	}
}

func soManyWait(t *testing.T, s *intakeStage) {
	for range 30 {
		a := s.sends(preparer, "/prepared-imports", "", "部门.csv", departments("R", 1)+"R9"+uuid.NewString()[:8]+",某局,部门\n")
		if a.status == http.StatusConflict && a.problem(t).Code == "IMPORTS_WAITING" {
			if n := len(s.list(preparer).Waiting); n != 20 {
				t.Errorf("%d wait", n)
			}
			return
		}
	}
	t.Error("thirty are kept")
}

func oldExpires(t *testing.T, s *intakeStage) {
	l := s.list(confirmer).Waiting
	s.later.Add(7*24*60*60 + 60)
	s.are(confirmer, &l[0], "confirm", "409 IMPORT_EXPIRED")
	if now := s.list(confirmer); len(now.Waiting) != 0 || now.Decided[0].State != "expired" {
		t.Errorf("%d wait still", len(now.Waiting))
	}
	s.later.Add(3 * 60 * 60)
	s.prepares(preparer, departments("S", 1)) // whoever prepares next finds room, and lets old files go
	var kept int
	if err := s.pool.QueryRow(t.Context(), `select count(content) from intake.file`).Scan(&kept); err != nil || kept != 1 {
		t.Errorf("%d files are kept: %v", kept, err)
	}
}
