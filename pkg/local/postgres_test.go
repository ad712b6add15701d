package local_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"feisui/pkg/local"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv("LOCAL_TEST_SERVE"); dir != "" {
		os.Exit(serve(dir))
	}
	os.Exit(m.Run())
}

// serve is a process of its own that starts a server, says where, and waits for
// its input to end.
func serve(dir string) int {
	p, err := local.StartPostgres(context.Background(), local.PostgresOptions{Dir: dir})
	if err != nil {
		os.Stdout.WriteString("error " + err.Error() + "\n")
		return 1
	}
	os.Stdout.WriteString("url " + p.URL() + "\n")
	os.Stdin.Read(make([]byte, 1))
	if err := p.Stop(); err != nil {
		os.Stdout.WriteString("error " + err.Error() + "\n")
		return 1
	}
	return 0
}

// child is such a process, as this account or another.
type child struct {
	*exec.Cmd
	url  string
	stop func()
}

func spawn(t *testing.T, dir string, as *syscall.Credential) (child, error) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if as != nil { // the test's own program lies where only its account may go
		self = public(t, self)
	}
	cmd := exec.Command(self)
	cmd.Dir = "/"
	cmd.Env = append(os.Environ(), "LOCAL_TEST_SERVE="+dir, "HOME=/nonexistent")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 4096)
	n, _ := out.Read(answer)
	kind, rest, _ := strings.Cut(strings.TrimSpace(string(answer[:n])), " ")
	stop := func() { in.Close(); cmd.Wait() }
	t.Cleanup(stop)
	if kind != "url" {
		stop()
		return child{}, errors.New(rest)
	}
	return child{cmd, rest, stop}, nil
}

func public(t *testing.T, program string) string {
	t.Helper()
	b, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(folder(t), "program")
	if err := os.WriteFile(name, b, 0o755); err != nil {
		t.Fatal(err)
	}
	return name
}

// folder is one that every account may enter, which t.TempDir is not.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "fl")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if left := standing(dir); len(left) > 0 {
			t.Errorf("left running: %v", left)
		}
		os.RemoveAll(dir)
	})
	if err := os.Chmod(dir, 0o777); err != nil { //nolint:gosec // that is the point
		t.Fatal(err)
	}
	return dir
}

// standing are the processes that work in a folder or below it.
func standing(dir string) (pids []int) {
	places, _ := filepath.Glob("/proc/[0-9]*/cwd")
	for _, place := range places {
		if at, err := os.Readlink(place); err == nil && strings.HasPrefix(at, dir) {
			pid, _ := strconv.Atoi(strings.Split(place, "/")[2])
			pids = append(pids, pid)
		}
	}
	return pids
}

func start(t *testing.T, dir string) *local.Postgres {
	t.Helper()
	p, err := local.StartPostgres(t.Context(), local.PostgresOptions{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Stop() })
	return p
}

func ask(t *testing.T, url, sql string, args ...any) (answer string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if err := conn.QueryRow(t.Context(), sql, args...).Scan(&answer); err != nil {
		t.Fatal(err)
	}
	return answer
}

// run is a statement whose answer nobody needs.
func run(t *testing.T, url, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

func TestAFolderIsTakenUpAgain(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(folder(t), "new", "postgres")
	p := start(t, dir)
	run(t, p.URL(), `create table kept as select 'this' as what`)
	for name, want := range map[string]string{
		"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "data_checksums": "on",
		"listen_addresses": "", "server_encoding": "UTF8", "lc_collate": "C.UTF-8",
	} {
		if got := ask(t, p.URL(), `select current_setting($1)`, name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder is open to others: %v, %v", info.Mode(), err)
	}
	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-p.Done():
	default:
		t.Error("stopped, and yet not done")
	}
	if err := p.Stop(); err != nil {
		t.Errorf("stopped twice: %v", err)
	}
	if got := ask(t, start(t, dir).URL(), `select what from kept`); got != "this" {
		t.Errorf("got %q", got)
	}
}

func TestALongNameHasAShortSocket(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(folder(t), strings.Repeat("费随事转", 9))
	p := start(t, dir)
	if len(ask(t, p.URL(), `select current_setting('unix_socket_directories')`)) > 80 {
		t.Error("a long name for the socket")
	}
}

// TestOneProcessAtATime: a second one is refused while the first is alive.
func TestOneProcessAtATime(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(folder(t), "pg")
	start(t, dir)
	_, err := local.StartPostgres(t.Context(), local.PostgresOptions{Dir: dir})
	wantReason(t, err, local.InUse)
}

// TestKilledParent: the server ends with whoever started it, and the folder can
// be taken up at once.
func TestKilledParent(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(folder(t), "pg")
	for round := range 3 {
		c, err := spawn(t, dir, nil)
		if err != nil {
			t.Fatal(err)
		}
		run(t, c.url, `create table if not exists kept (n int); insert into kept values (1)`)
		c.Process.Kill()
		c.Wait()
		if round == 1 { // and once with time to end by itself
			gone(t, dir)
		}
	}
	if got := ask(t, start(t, dir).URL(), `select count(*)::text from kept`); got != "3" {
		t.Errorf("%s of 3 rows", got)
	}
}

func gone(t *testing.T, dir string) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); len(standing(dir)) > 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("still running: %v", standing(dir))
		}
	}
}

// TestKilledServer: Done tells, and the next start recovers what was confirmed.
func TestKilledServer(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(folder(t), "pg")
	p := start(t, dir)
	run(t, p.URL(), `create table kept as select 'this' as what`)
	kill(t, dir)
	select {
	case <-p.Done():
	case <-time.After(20 * time.Second):
		t.Fatal("nobody tells that the server is gone")
	}
	if err := p.Stop(); err == nil {
		t.Error("a server that was killed has stopped well")
	}
	if got := ask(t, start(t, dir).URL(), `select what from kept`); got != "this" {
		t.Errorf("got %q", got)
	}
}

// kill ends the server of a folder without asking.
func kill(t *testing.T, dir string) {
	t.Helper()
	note, err := os.ReadFile(filepath.Join(dir, "data", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(string(note), "\n")
	pid, err := strconv.Atoi(line)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
}

// TestAStaleNote: the number of a killed server now belongs to somebody else.
func TestAStaleNote(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(folder(t), "pg")
	p := start(t, dir)
	kill(t, dir)
	<-p.Done()
	p.Stop()
	name := filepath.Join(dir, "data", "postmaster.pid")
	note, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(note), "\n")
	if err := os.WriteFile(name, []byte(strconv.Itoa(os.Getpid())+"\n"+rest), 0o600); err != nil {
		t.Fatal(err)
	}
	start(t, dir)
}

// TestAnUnfinishedClusterIsMadeAnew: the process was killed in initdb.
func TestAnUnfinishedClusterIsMadeAnew(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(folder(t), "pg")
	if err := os.MkdirAll(filepath.Join(dir, "data.new", "base"), 0o700); err != nil {
		t.Fatal(err)
	}
	start(t, dir)
}

func TestAnOrdinaryAccount(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(folder(t), "pg")
	nobody := ordinary(t)
	for range 2 {
		c, err := spawn(t, dir, nobody)
		if err != nil {
			t.Fatal(err)
		}
		if got := ask2(t, dir, nobody, c.url); got != "feisui" {
			t.Errorf("got %q", got)
		}
		c.Process.Kill()
		c.Wait()
	}
	// Root takes the folder up as the account that owns it.
	if os.Geteuid() == 0 {
		p := start(t, dir)
		p.Stop()
		if info, err := os.Stat(filepath.Join(dir, "data")); err != nil || info.Sys().(*syscall.Stat_t).Uid != nobody.Uid {
			t.Error("root has taken the folder away from its account", err)
		}
	}
	c, err := spawn(t, dir, nobody)
	if err != nil {
		t.Fatal(err)
	}
	c.stop()
}

// ordinary is an account that is not root: this one, or nobody.
func ordinary(t *testing.T) *syscall.Credential {
	t.Helper()
	if os.Geteuid() != 0 {
		return nil
	}
	return &syscall.Credential{Uid: 65534, Gid: 65534}
}

// ask2 asks as the account: the server knows its callers.
func ask2(t *testing.T, _ string, as *syscall.Credential, url string) string {
	t.Helper()
	psql := exec.CommandContext(t.Context(), "psql", "-Atc", "select current_user", url)
	psql.SysProcAttr = &syscall.SysProcAttr{Credential: as}
	psql.Dir = "/"
	out, err := psql.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return strings.TrimSpace(string(out))
}

func wantReason(t *testing.T, err error, want local.Reason) {
	t.Helper()
	var f *local.FolderError
	if !errors.As(err, &f) || f.Reason != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestFoldersThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	try := func(o local.PostgresOptions) error {
		p, err := local.StartPostgres(t.Context(), o)
		if err == nil {
			p.Stop()
		}
		return err
	}
	t.Run("no programs", func(t *testing.T) {
		t.Parallel()
		if err := try(local.PostgresOptions{Dir: filepath.Join(folder(t), "pg"), Bin: folder(t)}); !errors.Is(err, local.ErrNoBinaries) {
			t.Error(err)
		}
	})
	t.Run("something else in it", func(t *testing.T) {
		t.Parallel()
		dir := folder(t)
		if err := os.WriteFile(filepath.Join(dir, "letter.docx"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		wantReason(t, try(local.PostgresOptions{Dir: dir}), local.NotOurs)
	})
	t.Run("another major version", func(t *testing.T) {
		t.Parallel()
		dir := filepath.Join(folder(t), "pg")
		if err := os.MkdirAll(filepath.Join(dir, "data"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "data", "PG_VERSION"), []byte("12\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		wantReason(t, try(local.PostgresOptions{Dir: dir}), local.OtherMajor)
	})
	t.Run("a file", func(t *testing.T) {
		t.Parallel()
		name := filepath.Join(folder(t), "pg")
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		wantReason(t, try(local.PostgresOptions{Dir: name}), local.NotWritable)
	})
	t.Run("closed to the account", func(t *testing.T) {
		t.Parallel()
		if os.Geteuid() != 0 {
			return // only root can make it for another account
		}
		dir := folder(t)
		if err := os.Chmod(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		wantReason(t, try(local.PostgresOptions{Dir: filepath.Join(dir, "pg")}), local.Unreachable)
	})
	t.Run("not writable", func(t *testing.T) {
		t.Parallel()
		dir := folder(t)
		if err := os.Chmod(dir, 0o555); err != nil {
			t.Fatal(err)
		}
		_, err := spawn(t, filepath.Join(dir, "pg"), ordinary(t))
		if err == nil || !strings.Contains(err.Error(), string(local.NotWritable)) {
			t.Error(err)
		}
	})
}
