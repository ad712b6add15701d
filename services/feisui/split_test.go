package main

import (
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"feisui/pkg/local"
	"feisui/services/feisui/serve"
)

// sheetsOf are the rows that each target takes; ELSEWHERE says so of the others.
var sheetsOf = map[string][]string{
	"registry":  {"communities", "departments", "items", "plaque_catalogue"},
	"admission": {"admissions"},
	"task":      {"tasks", "receipts", "completions"},
	"fund":      {"commitments", "payments", "arrivals"},
	"burden":    {"plaques", "burdens"},
	"import":    {"imports", "prepared-imports", "confirm", "withdraw", "refuse"},
	"act":       {"instances", "{action}", "definitions", "adopt", "withdraw", "refuse", "bank-statements", "columns", "task-sheets", "draft-sheets"},
	"ledger":    {"statement", "rebuild", "verify"}, // and what is asked for
	"people": {
		"session", "password", "tokens", "people", "grants", "administrators",
		"disable", "enable", "unlock", "reset", "approve", "deny",
		"leave", "return", "binding", "factor", "show", "confirm", "factor_reset", "changes", "drop",
	},
	"relay": {},
}

// split is a county with every target in a process of its own, which find each
// other through PostgreSQL and NATS.
type split struct {
	place
	t        *testing.T // of all processes
	nats     string
	folder   string
	mu       sync.RWMutex
	programs map[string]*program // by target; one is put in another's place while it is asked for
}

func newSplit(t *testing.T) *split {
	t.Helper()
	place := shared(t)
	broker, err := local.StartNATS(local.NATSOptions{Dir: t.TempDir(), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(broker.Stop)
	return &split{place: place, t: t, nats: broker.URL(), folder: dataOf(t), programs: map[string]*program{}}
}

// begin starts every process at once.
func (s *split) begin(t *testing.T) {
	t.Helper()
	for _, target := range serve.Targets {
		s.programs[target] = s.prepare(target)
	}
	var ready sync.WaitGroup
	failed := make(chan string, len(serve.Targets))
	for target, p := range s.programs {
		ready.Go(func() {
			if err := p.tryBegin(); err != nil {
				failed <- target + ": " + err.Error()
			}
		})
	}
	ready.Wait()
	close(failed)
	for why := range failed {
		t.Error(why)
	}
	if t.Failed() {
		t.FailNow()
	}
}

func (s *split) prepare(target string) *program {
	return prepare(s.t, "--target", target, "--data", filepath.Join(s.folder, target), "--county", "first", "--database", s.database, "--nats", s.nats)
}

// end asks every process to end at once; nothing of them is left.
func (s *split) end(t *testing.T) {
	t.Helper()
	var ending sync.WaitGroup
	for _, p := range s.programs {
		ending.Go(func() { p.end(t) })
	}
	ending.Wait()
	if left := processesOf(t, s.folder); len(left) > 0 {
		t.Errorf("left running: %v", left)
	}
	if left, err := os.ReadDir(s.folder); err != nil || len(left) > 0 {
		t.Errorf("left in the folder: %v, %v", left, err)
	}
}

// owner is the address of the process that takes a sheet.
func (s *split) owner(sheet string) string {
	for target, sheets := range sheetsOf {
		if slices.Contains(sheets, sheet) {
			return s.of(target).address
		}
	}
	return ""
}

func (s *split) ledger() string { return s.of("ledger").address }

func (s *split) of(target string) *program {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.programs[target]
}

// TestEveryServiceInAProcessOfItsOwn imports worked cases through one process,
// sends the rows of others each to the process that takes it, and asks a third
// for the statements: they are those of one process. The ledger is killed in the
// middle, and all end when they are told to.
func TestEveryServiceInAProcessOfItsOwn(t *testing.T) { //nolint:tparallel // what happens to the processes happens to all
	t.Parallel()
	if testing.Short() {
		t.Skip("a process for each service")
	}
	s := newSplit(t)
	s.begin(t) // at once, on an empty database
	for _, target := range serve.Targets {
		t.Run("routes of "+target, func(t *testing.T) { s.routes(t, target) }) //nolint:paralleltest // in its turn
	}
	s.end(t)

	cases := workedCases(t)
	for _, c := range cases {
		if err := s.journal.CreateCounty(t.Context(), c.name, c.name); err != nil {
			t.Fatal(err)
		}
	}
	s.begin(t)
	by := func(name string) workedCase {
		return cases[slices.IndexFunc(cases, func(c workedCase) bool { return c.name == name })]
	}
	for _, name := range []string{"kaifu-matching", "random-01", "random-07", "random-24"} {
		t.Run("imported/"+name, func(t *testing.T) { //nolint:paralleltest // in its turn
			c := by(name)
			mustRun(t, "import", c.book, "--server", s.owner("imports"), "--county", name)
			c.sameStatement(t, s.ledger())
		})
	}
	for _, name := range []string{"jiangyan-wages", "wanan-pledges"} {
		t.Run("in order/"+name, func(t *testing.T) { s.inOrder(t, by(name)) }) //nolint:paralleltest // in its turn
	}
	t.Run("the ledger is killed", func(t *testing.T) { s.ledgerKilled(t, by("random-21")) })                            //nolint:paralleltest // in its turn
	t.Run("imported before the ledger was killed", func(t *testing.T) { by("random-24").sameStatement(t, s.ledger()) }) //nolint:paralleltest // in its turn
	stream := jetStream(t, s.nats)
	for _, c := range cases {
		eventually(t, func() bool { return s.unlikeBus(t, stream, c.name) == "" })
	}
	s.endBusy(t, by("random-22"))
}

// endBusy ends all while rows are on their way.
func (s *split) endBusy(t *testing.T, c workedCase) {
	t.Helper()
	policyFirst(t, s.owner("imports"), c.name, c.book)
	busy := make(chan struct{})
	all := sender{server: s.owner, county: c.name, rows: rowsOf(t, c.book), half: func() error {
		close(busy)
		return nil
	}}
	ended := make(chan error, 1)
	go func() { ended <- all.send(t.Context()) }()
	select {
	case err := <-ended:
		t.Fatal("it ended early:", err)
	case <-busy:
	}
	s.end(t)
	if err := <-ended; err == nil {
		t.Error("all rows were sent to processes that had ended")
	}
}

// inOrder sends the rows of a case one after the other: each is taken, whoever
// took what it names, and the figures have it when it is answered.
func (s *split) inOrder(t *testing.T, c workedCase) {
	t.Helper()
	policyFirst(t, s.owner("imports"), c.name, c.book)
	for _, r := range rowsOf(t, c.book) {
		status, answer, _, err := sendRow(t.Context(), s.owner(r.sheet), c.name, r)
		if err != nil || status != http.StatusOK {
			t.Fatalf("%s %s: %d %v", r.sheet, r.body, status, err)
		}
		got := get(t, s.ledger()+"/v1/counties/"+c.name+"/statement?on="+c.on)
		if at, err := strconv.ParseInt(got.header.Get("Feisui-Position"), 10, 64); err != nil || at < answer.Position {
			t.Fatalf("recorded at %d, and the statement is of %q", answer.Position, got.header.Get("Feisui-Position"))
		}
	}
	c.sameStatement(t, s.ledger())
}

// ledgerKilled kills the ledger when half the rows of a case are recorded. Those
// on their way are answered once there is a ledger again, or, if that takes longer
// than a server waits, once they are sent again.
func (s *split) ledgerKilled(t *testing.T, c workedCase) {
	t.Helper()
	policyFirst(t, s.owner("imports"), c.name, c.book)
	all := sender{server: s.owner, county: c.name, rows: rowsOf(t, c.book), half: func() error {
		s.of("ledger").kill()
		next := s.prepare("ledger")
		err := next.tryBegin()
		s.mu.Lock()
		s.programs["ledger"] = next
		s.mu.Unlock()
		return err
	}}
	order := rand.New(rand.NewPCG(1, 2))
	order.Shuffle(len(all.rows), func(i, j int) { all.rows[i], all.rows[j] = all.rows[j], all.rows[i] })
	if err := all.send(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.sameStatement(t, s.ledger())
}

// routes checks what a target answers, against the list of routes, and that it
// says of every other route which process has it.
func (s *split) routes(t *testing.T, target string) {
	t.Helper()
	whole, err := serve.Document()
	if err != nil {
		t.Fatal(err)
	}
	address := s.of(target).address
	here := operations(t, []byte(get(t, address+"/v1/openapi.json").body))
	for operation, tag := range operations(t, whole) {
		method, path, _ := strings.Cut(operation, " ")
		last := path[strings.LastIndex(path, "/")+1:]
		owner := tag
		switch {
		case tag == "imports":
			owner = "import"
		case tag == "system" && last == "verify": // of the server's parts, by the ledger's process
			owner = "ledger"
		}
		if method == http.MethodPost && !slices.Contains(sheetsOf[owner], last) {
			t.Errorf("%s is not in the list of this test", operation)
		}
		if want := owner == target || owner == "system"; want != (here[operation] != "") {
			t.Errorf("%s has %s: %v, want %v", target, operation, !want, want)
		} else if !want {
			elsewhere(t, address, method, path, owner)
		}
	}
}

// operations gives the tag of every operation of a document.
func operations(t *testing.T, document []byte) map[string]string {
	t.Helper()
	var d struct {
		Paths map[string]map[string]struct{ Tags []string }
	}
	if err := json.Unmarshal(document, &d); err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for path, item := range d.Paths {
		for method, operation := range item {
			found[strings.ToUpper(method)+" "+path] = operation.Tags[0]
		}
	}
	return found
}

// elsewhere asks a process for what it does not run.
func elsewhere(t *testing.T, address, method, path, owner string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, address+strings.NewReplacer("{county}", "first", "{", "", "}", "").Replace(path), http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Request-Id", "r")
	got := fetch(t, request)
	var p struct{ Code, Title, Detail string }
	if err := json.Unmarshal([]byte(got.body), &p); err != nil || got.status != http.StatusMisdirectedRequest || p.Code != "ELSEWHERE" ||
		!strings.Contains(p.Title, "本进程不运行 "+owner) || !strings.Contains(p.Detail, "this process does not run "+owner) {
		t.Errorf("%s %s: %d %s", method, path, got.status, got.body)
	}
}

type reply struct {
	status int
	header http.Header
	body   string
}

func get(t *testing.T, url string) reply {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	return fetch(t, request)
}

func fetch(t *testing.T, request *http.Request) reply {
	t.Helper()
	got, err := sending.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{got.StatusCode, got.Header, string(text)}
}
