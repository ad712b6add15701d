package main

import (
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"feisui/pkg/local"
	"feisui/services/feisui/sample"
	"feisui/services/process"
)

// ordinary is an account that is not root: this one, or nobody.
func ordinary() *syscall.Credential {
	if os.Geteuid() != 0 {
		return nil
	}
	return &syscall.Credential{Uid: 65534, Gid: 65534}
}

// as has the program begin as another account, which may not read this one.
func (p *program) as(t *testing.T, account *syscall.Credential) {
	t.Helper()
	if account == nil {
		return
	}
	b, err := os.ReadFile(p.Path)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dataOf(t), "feisui")
	if err := os.WriteFile(name, b, 0o755); err != nil { //nolint:gosec // for everybody
		t.Fatal(err)
	}
	p.Path, p.Dir = name, "/"
	p.SysProcAttr = &syscall.SysProcAttr{Credential: account}
}

// open lets every account make something in a folder.
func open(t testing.TB, folder string) string {
	t.Helper()
	if err := os.Chmod(folder, 0o777); err != nil { //nolint:gosec // that is the point
		t.Fatal(err)
	}
	return folder
}

// TestFromNothingToReady starts it as root and as an ordinary account, on a data
// folder that is not there, and then on the one that is.
func TestFromNothingToReady(t *testing.T) {
	t.Parallel()
	needPostgres(t)
	c := workedCases(t)[0]
	for name, account := range map[string]*syscall.Credential{"this account": nil, "an ordinary account": ordinary()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data := filepath.Join(open(t, dataOf(t)), "new", "data")
			for round := range 3 {
				p := prepare(t, "--data", data, "--county", c.name)
				p.as(t, account)
				p.begin(t)
				if t.Logf("round %d: ready after %s", round, p.ready.Round(time.Millisecond)); p.ready > hungAfter {
					t.Errorf("it took %s", p.ready)
				}
				if round == 0 {
					mustRun(t, "import", c.book, "--server", p.address, "--county", c.name)
				}
				c.sameStatement(t, p.address)
				t.Logf("round %d: ended after %s", round, p.end(t).Round(time.Millisecond))
				if left := processesOf(t, data); len(left) > 0 {
					t.Errorf("left running: %v", left)
				}
			}
		})
	}
}

// TestWhatCannotRunSaysWhy: in a sentence, Chinese first, with what to mend. None
// of it leaves a process.
func TestWhatCannotRunSaysWhy(t *testing.T) { //nolint:tparallel // a start after the other
	t.Parallel()
	needPostgres(t)
	taken, err := new(net.ListenConfig).Listen(context.WithoutCancel(t.Context()), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { taken.Close() })
	place := shared(t)
	file, closed, served := filepath.Join(dataOf(t), "file"), dataOf(t), dataOf(t)
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(closed, 0o555); err != nil {
		t.Fatal(err)
	}
	launch(t, "--data", served)
	for _, c := range []struct {
		name    string
		args    []string
		env     string
		as      *syscall.Credential
		chinese string
		says    string
	}{
		{name: "no PostgreSQL", env: local.BinVariable + "=" + t.TempDir(), chinese: "找不到 PostgreSQL 的程序", says: "apt-get install postgresql"},
		{name: "the folder is a file", args: []string{"--data", file}, chinese: "数据文件夹不能使用", says: file},
		{name: "the folder is closed", args: []string{"--data", filepath.Join(closed, "data")}, as: ordinary(), chinese: "数据文件夹不能使用", says: closed},
		{name: "the folder is served", args: []string{"--data", served}, chinese: "数据文件夹不能使用", says: "in use by another process"},
		{name: "the address is taken", args: []string{"--database", place.database, "--listen", taken.Addr().String()}, chinese: "--listen", says: "address already in use"},
		{name: "no address", args: []string{"--database", place.database, "--listen", "nonsense"}, chinese: "--listen", says: "nonsense"},
		{name: "the address for NATS is taken", args: []string{"--database", place.database, "--nats-listen", taken.Addr().String()}, chinese: "内置的 NATS 不能启动", says: "--nats-listen"},
		{name: "no such target", args: []string{"--target", "ledger,nonsense"}, chinese: "--target：没有“nonsense”", says: "registry,admission,task"},
		{name: "no database of that name", args: []string{"--database", strings.Replace(place.database, "/feisui?", "/nonsense?", 1)}, chinese: "--database：连不上", says: "nonsense"},
		{name: "no URL", args: []string{"--database", "nonsense"}, chinese: "--database：连不上", says: "parse"},
		{name: "no name for a county", args: []string{"--database", place.database, "--county", "永兴 县"}, chinese: "--county：县的代号“永兴 县”不能用", says: "digits"},
	} {
		t.Run(c.name, func(t *testing.T) { //nolint:paralleltest // in its turn
			data := dataOf(t)
			p := prepare(t, append([]string{"--data", data}, c.args...)...)
			p.Env = append(p.Env, c.env)
			p.as(t, c.as)
			if err := p.tryBegin(); err == nil {
				t.Fatal("it runs")
			}
			said := p.said.String()
			line, _, _ := strings.Cut(said[strings.Index(said, "feisui: ")+1:], "\n")
			line = strings.TrimPrefix(line, "eisui: ")
			if p.ProcessState.ExitCode() != exitUsage || !strings.HasPrefix(line, c.chinese) || !chineseFirst(line) || !strings.Contains(said, c.says) {
				t.Errorf("exit status %d: %s", p.ProcessState.ExitCode(), said)
			}
			if strings.Contains(said, "secret") {
				t.Errorf("it tells the password: %s", said)
			}
			if left := processesOf(t, data); len(left) > 0 {
				t.Errorf("left running: %v", left)
			}
		})
	}
}

// chineseFirst reports whether a sentence has Chinese before its bracket.
func chineseFirst(s string) bool {
	first, _, _ := strings.Cut(s, " (")
	return strings.ContainsFunc(first, func(r rune) bool { return unicode.Is(unicode.Han, r) }) && utf8.ValidString(s)
}

// TestKilledDuringAnImport kills the program, and its PostgreSQL, in the middle
// of an import. After another start the same request is taken, and the statement
// is that of the workbook.
func TestKilledDuringAnImport(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("many starts")
	}
	needPostgres(t)
	book, on, want := largeBook(t)
	data := dataOf(t)
	hits := 0
	for i, hit := range []func(*program){(*program).kill, func(*program) { killPostgres(t, data) }, (*program).kill, func(*program) { killPostgres(t, data) }} {
		p := launch(t, "--data", data)
		ended := make(chan int, 1)
		go func() {
			_, _, status := feisui(t, "import", book, "--server", p.address, "--request", "r")
			ended <- status
		}()
		time.Sleep(time.Duration(i+1) * 60 * time.Millisecond) // somewhere in it; what is recorded by then is all or nothing
		hit(p)
		if status := <-ended; status != exitOK {
			hits++
		}
		if p.ProcessState == nil { // the program goes on, and starts its PostgreSQL again
			time.Sleep(3 * time.Second) // it takes a moment until it says that it is not ready
			eventually(t, func() bool { return readyAt(t, p.address) })
			p.end(t)
		}
		eventually(t, func() bool { return len(processesOf(t, data)) == 0 })
	}
	if hits == 0 {
		t.Error("no import was hit")
	}
	p := launch(t, "--data", data)
	mustRun(t, "import", book, "--server", p.address, "--request", "r")
	if got := mustRun(t, append(on, "--server", p.address)...); got != want {
		t.Error("the statement is another")
	}
	p.end(t)
}

// readyAt reports whether a server says that it is ready.
func readyAt(t *testing.T, server string) bool {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server+"/readyz", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}

// TestKilledBeforeItAnswers kills the program when an import is recorded, and
// before who sent it is told: the same request gets its answer after a start.
func TestKilledBeforeItAnswers(t *testing.T) {
	t.Parallel()
	place := shared(t)
	book, on, want := largeBook(t)
	begin := func(more ...string) *program {
		return launch(t, append([]string{"--data", dataOf(t), "--database", place.database}, more...)...)
	}
	p := begin("--target", strings.Join(withoutLedger, ",")) // which answers when a ledger has passed it, and there is none
	importing := make(chan int, 1)
	go func() {
		_, _, status := feisui(t, "import", book, "--server", p.address, "--request", "r")
		importing <- status
	}()
	head := func() int64 {
		head, _, err := place.journal.Head(t.Context(), "county")
		if err != nil {
			t.Error(err)
		}
		return head
	}
	eventually(t, func() bool { return head() >= 100 })
	select {
	case status := <-importing:
		t.Fatalf("the import was answered: exit status %d", status)
	default:
	}
	p.kill()
	if status := <-importing; status == exitOK {
		t.Error("the import was answered")
	}
	recorded := head()
	p = begin()
	if again := mustRun(t, "import", book, "--server", p.address, "--request", "r"); !strings.Contains(again, "该请求已登记过") {
		t.Errorf("it says %s", again)
	}
	if got := mustRun(t, append(on, "--server", p.address)...); got != want {
		t.Error("the statement is another")
	}
	for e, err := range place.journal.After(t.Context(), "county", recorded, 0) { // flags, the cases that they open, a day that began
		if err != nil || !slices.Contains([]string{"service:ledger", process.System.ID, "service:registry"}, e.Actor) {
			t.Fatalf("it was recorded again: %s %s, %v", e.Type, e.Stream, err)
		}
	}
	p.end(t)
}

// largeBook is a workbook that takes a while, the statement to ask for, and what
// it says.
func largeBook(t *testing.T) (book string, on []string, want string) {
	t.Helper()
	book = filepath.Join(t.TempDir(), "book")
	if _, err := sample.Write(t.Context(), sample.Options{Division: "431026", Communities: 60, Tasks: 60, Out: book, Year: 2025, Seed: 1}); err != nil {
		t.Fatal(err)
	}
	return book, []string{"statement", "--on", "2025-12-31", "--format", "json"}, mustRun(t, "reconcile", book, "--on", "2025-12-31", "--format", "json")
}

// killPostgres ends the server of a data folder without asking.
func killPostgres(t *testing.T, data string) {
	t.Helper()
	note, err := os.ReadFile(filepath.Join(data, "postgres", "data", "postmaster.pid"))
	if err != nil {
		t.Error(err)
		return
	}
	line, _, _ := strings.Cut(string(note), "\n")
	pid, err := strconv.Atoi(line)
	if err != nil {
		t.Error(err)
		return
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Error(err)
	}
}
