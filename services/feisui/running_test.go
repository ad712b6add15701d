package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"feisui/services/feisui/serve"
)

// running starts a server on the embedded default, with a county for each name,
// and gives its address. It ends with the test, and leaves nothing.
func running(t testing.TB, counties ...string) string {
	t.Helper()
	needPostgres(t)
	return "http://" + serving(t, serve.Config{Counties: counties}).Address()
}

// TestCasesInARunningCounty imports every worked case into a county of its own,
// and asks for its statement: it is what reconcile prints. The same workbook
// again changes nothing.
func TestCasesInARunningCounty(t *testing.T) { //nolint:tparallel // one server answers one case after the other
	t.Parallel()
	cases, err := filepath.Glob(filepath.Join(casesFolder(), "*", "expected.json"))
	if err != nil || len(cases) == 0 {
		t.Fatalf("no cases in %s: %v", casesFolder(), err)
	}
	var counties []string
	for _, expected := range cases {
		counties = append(counties, countyOf(expected))
	}
	server := running(t, counties...)
	for _, expected := range cases {
		t.Run(countyOf(expected), func(t *testing.T) {
			folder, county := filepath.Dir(expected), countyOf(expected)
			on := strings.TrimSpace(string(contents(t, filepath.Join(folder, "on"))))
			at := []string{"--server", server, "--county", county}
			mustRun(t, append([]string{"import", filepath.Join(folder, "book")}, at...)...)
			asking := append([]string{"statement", "--on", on, "--format", "json"}, at...)
			want := decoded(t, contents(t, expected))
			if got := decoded(t, []byte(mustRun(t, asking...))); !reflect.DeepEqual(got, want) {
				t.Errorf("the statement differs:\n%s", strings.Join(differences("", got, want), "\n"))
			}
			again := mustRun(t, append([]string{"import", asXLSX(t, filepath.Join(folder, "book"), textCells)}, at...)...)
			if !strings.HasPrefix(again, "没有新内容") {
				t.Errorf("the same workbook again: %s", again)
			}
			if got := decoded(t, []byte(mustRun(t, asking...))); !reflect.DeepEqual(got, want) {
				t.Error("the statement differs after the same workbook again")
			}
		})
	}
}

func countyOf(expected string) string { return filepath.Base(filepath.Dir(expected)) }

func post(t *testing.T, server, county, sheet, request string, body []byte) (status int, answer serve.Imported) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server+"/v1/counties/"+county+"/"+sheet, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Request-Id", request)
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	if got.StatusCode == http.StatusOK {
		if err := json.Unmarshal(text, &answer); err != nil {
			t.Fatal(err)
		}
	}
	return got.StatusCode, answer
}

// TestAsKnown: a statement as known at an earlier position does not know what
// was recorded later, and positions snap to the end of an import.
func TestAsKnown(t *testing.T) {
	t.Parallel()
	server := running(t, "c")
	folder := filepath.Join("testdata", "cases", "jiangyan-wages")
	at := []string{"--server", server, "--county", "c"}
	mustRun(t, append([]string{"import", filepath.Join(folder, "book")}, at...)...)
	asking := append([]string{"statement", "--on", "2022-12-31", "--format", "json"}, at...)
	before := mustRun(t, asking...)
	status, answer := post(t, server, "c", "completions", "r1", []byte(`{"task":"T1","completed_on":"2022-06-30"}`))
	if status != http.StatusOK || answer.New != 1 {
		t.Fatalf("completion: %d %+v", status, answer)
	}
	if after := mustRun(t, asking...); after == before {
		t.Error("a completion changed nothing")
	}
	for _, position := range []int64{2, answer.Position - 1} { // 1 is the day, and 2 lies in the middle of the import
		if known := mustRun(t, append(asking, "--position", itoa(int(position)))...); known != before {
			t.Errorf("as known at %d the statement is another", position)
		}
	}
	if now := mustRun(t, append(asking, "--known-at", time.Now().Add(time.Minute).Format(time.RFC3339))...); now == before {
		t.Error("as known in a minute the completion is not known")
	}
	for _, wrong := range [][]string{{"--position", "0"}, {"--position", "99999"}, {"--known-at", "yesterday"}, {"--known-at", "1999-01-01T00:00:00Z"}, {"--community", "999"}} {
		if _, stderr, status := feisui(t, append(asking, wrong...)...); status != exitUsage || stderr == "" {
			t.Errorf("%v: status %d: %s", wrong, status, stderr)
		}
	}
}

// TestARefusalOverHTTP: every fault of a workbook, nothing of it recorded; a
// request id for something else, and none at all, are refused.
func TestARefusalOverHTTP(t *testing.T) {
	t.Parallel()
	server := running(t, "c")
	folder := filepath.Join(t.TempDir(), "坏例")
	writeFaulty(t, folder)
	stdout, stderr, status := feisui(t, "import", folder, "--server", server, "--county", "c")
	_, want, _ := feisui(t, "reconcile", folder, "--on", "2025-12-31")
	if status != exitUsage || stdout != "" || stderr != want {
		t.Errorf("status %d:\n%s\nreconcile says:\n%s", status, stderr, want)
	}
	if status, _ := post(t, server, "c", "departments", "r1", []byte(`{"code":"D1","name":"民政局","kind":"部门"}`)); status != http.StatusOK {
		t.Fatalf("a department: %d", status)
	}
	for name, c := range map[string]struct {
		county, sheet, request, body string
		want                         int
	}{
		"another body":    {"c", "departments", "r1", `{"code":"D2","name":"民政局","kind":"部门"}`, http.StatusConflict},
		"no request id":   {"c", "departments", "", `{}`, http.StatusPreconditionRequired},
		"no such sheet":   {"c", "nonsense", "r2", `{}`, http.StatusNotFound},
		"no such county":  {"d", "departments", "r3", `{}`, http.StatusNotFound},
		"no such column":  {"c", "departments", "r4", `{"colour":"red"}`, http.StatusUnprocessableEntity},
		"twice a column":  {"c", "departments", "r5", `{"code":"D2","部门代码":"D3"}`, http.StatusUnprocessableEntity},
		"no JSON":         {"c", "departments", "r6", `code=D2`, http.StatusBadRequest},
		"a wrong word":    {"c", "departments", "r7", `{"code":"D2","name":"某局","kind":"king"}`, http.StatusUnprocessableEntity},
		"a contradiction": {"c", "departments", "r8", `{"code":"D1","name":"某局","kind":"部门"}`, http.StatusUnprocessableEntity},
		"nothing new":     {"c", "departments", "r9", `{"code":"D1","name":"民政局","kind":"部门"}`, http.StatusOK},
	} {
		if status, _ := post(t, server, c.county, c.sheet, c.request, []byte(c.body)); status != c.want {
			t.Errorf("%s: %d, want %d", name, status, c.want)
		}
	}
}

// TestTheProgramIsKilled: what was answered is there after kill -9 and a new
// start on the same folder, and SIGTERM leaves nothing running.
func TestTheProgramIsKilled(t *testing.T) {
	t.Parallel()
	needPostgres(t)
	data := dataOf(t)
	program := launch(t, "--data", data)
	book := filepath.Join("testdata", "cases", "jiangyan-wages", "book")
	mustRun(t, "import", book, "--server", program.address)
	want := mustRun(t, "statement", "--on", "2022-12-31", "--format", "json", "--server", program.address)
	program.kill()
	program = launch(t, "--data", data)
	if got := mustRun(t, "statement", "--on", "2022-12-31", "--format", "json", "--server", program.address); got != want {
		t.Error("after kill -9 the statement is another")
	}
	program.end(t)
	if left := processesOf(t, data); len(left) > 0 {
		t.Errorf("left running: %v", left)
	}
}

// processesOf lists the processes that have a folder among their arguments.
func processesOf(t *testing.T, folder string) (left []string) {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if line, err := os.ReadFile(file); err == nil && bytes.Contains(line, []byte(folder)) {
			left = append(left, strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return left
}

func mustRun(t testing.TB, args ...string) string {
	t.Helper()
	stdout, stderr, status := feisui(t, args...)
	if status != exitOK {
		t.Fatalf("feisui %s: exit status %d:\n%s", strings.Join(args, " "), status, stderr)
	}
	return stdout
}
