package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"feisui/pkg/figure"
	"feisui/services/feisui/serve"
)

// mountsVariable is set where this program has mounts of its own, which end with it.
const mountsVariable = "FEISUI_TEST_MOUNTS"

// withMounts runs the test again in a process whose mounts nobody else sees and
// which end with it, however it ends. There it gives true.
func withMounts(t *testing.T) bool {
	t.Helper()
	needPostgres(t)
	if os.Getenv(mountsVariable) != "" {
		return true
	}
	if os.Geteuid() != 0 {
		figure.Skip(t, "a small disk is mounted, which takes root")
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v", "-test.parallel=3", "-test.timeout=20m")
	cmd.Env = append(os.Environ(), mountsVariable+"=yes", figure.Variable+"=") // figures are this process's to tell
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	runtime.LockOSThread() // the kernel ends the child with the thread that forked it
	defer runtime.UnlockOSThread()
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	for line := range strings.SplitSeq(out.String(), "\n") {
		if _, figures, found := strings.Cut(line, "figures: "); found {
			figure.Logf(t, "%s", figures)
		}
	}
	return false
}

// disk is a small file system that is filled and freed.
type disk struct{ dir string }

func mount(t *testing.T, dir, size string) disk {
	t.Helper()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Fatalf("mount a small disk: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return disk{dir}
}

// fill leaves no byte.
func (d disk) fill(t *testing.T) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(d.dir, "filler"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, size := range []int{1 << 20, 4096, 1} {
		for b := make([]byte, size); ; {
			if _, err = f.Write(b); err != nil {
				break
			}
		}
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
}

func (d disk) free(t *testing.T) {
	t.Helper()
	if err := os.Remove(filepath.Join(d.dir, "filler")); err != nil {
		t.Fatal(err)
	}
}

// give gives a folder to whoever runs PostgreSQL in another.
func give(t *testing.T, dir, postgres string) {
	t.Helper()
	info, err := os.Stat(filepath.Join(postgres, "data"))
	if err != nil {
		t.Fatal(err)
	}
	owner := info.Sys().(*syscall.Stat_t)
	if err := errors.Join(os.Chown(dir, int(owner.Uid), int(owner.Gid)), os.Chmod(dir, 0o700)); err != nil {
		t.Fatal(err)
	}
}

// spot puts a part of a private PostgreSQL on a small disk.
type spot func(t *testing.T, data string) disk

// onFolder has all of it there.
func onFolder(t *testing.T, data string) disk {
	dir := filepath.Join(data, "postgres")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return mount(t, dir, "160m")
}

// onLog has the log there, pg_wal, as its manual advises.
func onLog(t *testing.T, data string) disk {
	dir := filepath.Join(data, "postgres")
	ownPostgres(t, dir, nil).Stop()
	to, wal := filepath.Join(dataOf(t), "wal"), filepath.Join(dir, "data", "pg_wal")
	if err := os.Mkdir(to, 0o700); err != nil {
		t.Fatal(err)
	}
	small := mount(t, to, "96m")
	if out, err := exec.CommandContext(t.Context(), "cp", "-a", wal+"/.", to).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	give(t, to, dir)
	if err := errors.Join(os.RemoveAll(wal), os.Symlink(to, wal)); err != nil {
		t.Fatal(err)
	}
	return small
}

// onTablespace has the tables there.
func onTablespace(t *testing.T, data string) disk {
	dir := filepath.Join(data, "postgres")
	postgres := ownPostgres(t, dir, nil)
	defer postgres.Stop()
	to := filepath.Join(dataOf(t), "tables")
	if err := os.Mkdir(to, 0o700); err != nil {
		t.Fatal(err)
	}
	small := mount(t, to, "48m")
	give(t, to, dir)
	conn, err := pgx.Connect(t.Context(), databaseOf(t, postgres.URL(), "postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	for _, sql := range []string{`create tablespace small location '` + to + `'`, `alter database feisui set tablespace small`} {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	return small
}

// hurry makes the database need room, in its log and for data, until it may not
// have it.
func hurry(ctx context.Context, database string) {
	for ; ctx.Err() == nil; time.Sleep(20 * time.Millisecond) {
		conn, err := pgx.Connect(ctx, database)
		if err != nil {
			continue
		}
		for _, sql := range []string{`create table if not exists noise (what text)`, `insert into noise select repeat(md5(i::text), 40) from generate_series(1, 3000) i`, `select pg_switch_wal()`} {
			if _, err := conn.Exec(ctx, sql); err != nil { // as it does, once there is no room
				continue
			}
		}
		conn.Close(ctx)
	}
}

// TestTheDiskIsFull fills the disk that PostgreSQL writes to while eight record,
// and frees it, some times over. What was acknowledged is there, nothing is there
// in half, the answers say that the store is full, what is known can still be
// asked for, and recording goes on by itself within 30 seconds.
func TestTheDiskIsFull(t *testing.T) {
	t.Parallel()
	if !withMounts(t) {
		return
	}
	for name, put := range map[string]spot{"the data folder": onFolder, "the log": onLog, "a tablespace": onTablespace} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fullAndFreed(t, name, put, 3)
		})
	}
}

func fullAndFreed(t *testing.T, name string, put spot, rounds int) {
	data := dataOf(t)
	small := put(t, data)
	var said said
	server, _ := started(t, serve.Config{Data: data, Counties: []string{"c"}, Log: slog.New(slog.NewTextHandler(&said, nil))})
	database := fmt.Sprintf("postgres://feisui@/feisui?host=%s&port=5432&sslmode=disable", filepath.Join(data, "postgres"))
	l := begin(t, "c", 8, server)
	var back time.Duration
	for round := range rounds {
		l.more(t, 40, hungAfter)
		if l.mu.Lock(); round == 0 && len(l.problems) > 0 {
			t.Errorf("refused before anything was full: %v", l.problems)
		}
		l.mu.Unlock()
		small.fill(t)
		pressing, relent := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() { hurry(pressing, database) })
		told := tellsFull(t, server, round)
		reads(t, server)
		time.Sleep(time.Second)
		relent()
		wg.Wait()
		small.free(t)
		back = max(back, l.more(t, 16, 30*time.Second))
		if !strings.HasPrefix(told.Title, "存储空间已满") || told.Status != http.StatusServiceUnavailable {
			t.Errorf("%+v", told)
		}
	}
	execOn(t, database, `drop table if exists noise`)
	recorded := l.sound(t, poolOf(t, database))
	ended := said.count("PostgreSQL ended by itself")
	t.Logf("figures: %s full %d times: %d requests recorded, %s; 0 lost, 0 in half; recording again after %s at most; PostgreSQL gave up %d times, and was started again %d times",
		name, rounds, recorded, l, back.Round(time.Millisecond), said.count("PostgreSQL gave up"), ended)
	if name == "the log" && said.count("PostgreSQL gave up") == 0 {
		t.Error("PostgreSQL did not give up on its full log: nothing is shown")
	}
}

// tellsFull asks until it is told that the store is full.
func tellsFull(t *testing.T, server string, round int) (answer heard) {
	t.Helper()
	for n, began := 0, time.Now(); answer.Code != "STORE_FULL"; n++ {
		if time.Since(began) > hungAfter {
			t.Fatalf("nobody is told that the store is full, but %+v", answer)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		answer = command{"c", fmt.Sprintf("probe/%d/%d", round, n), 1}.send(ctx, server)
		cancel()
		time.Sleep(50 * time.Millisecond)
	}
	return answer
}

// reads asks for what is known.
func reads(t *testing.T, server string) {
	t.Helper()
	got, err := http.Get(server + "/v1/counties/c/statement?on=2025-12-31&format=json")
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	if got.StatusCode != http.StatusOK {
		t.Errorf("a statement while the store is full: %s", got.Status)
	}
}

// said keeps what a log says.
type said struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (s *said) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all.Write(b)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all.String()
}

func (s *said) count(what string) int { return strings.Count(s.String(), what) }
