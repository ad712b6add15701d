package journal_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"feisui/pkg/figure"
	"feisui/pkg/journal"
	"feisui/pkg/local"
)

// What a process of its own appends: numbered requests of a few writers, each
// said aloud once it is confirmed. It goes on until it is killed.
const (
	appendVariable  = "JOURNAL_TEST_APPEND"  // the URL
	withoutVariable = "JOURNAL_TEST_WITHOUT" // set: each try has another id, as if there were none
	writers         = 4
)

func appendForEver(url string) error {
	ctx := context.Background()
	pool, err := journal.Connect(ctx, url)
	if err != nil {
		return err
	}
	j, err := journal.Open(ctx, pool, time.Now, journal.Volatile())
	if err != nil {
		return err
	}
	for line := bufio.NewScanner(os.Stdin); line.Scan(); { // where each writer goes on
		var next [writers]int
		for i, field := range strings.Fields(line.Text()) {
			if next[i], err = strconv.Atoi(field); err != nil {
				return err
			}
		}
		for i := range writers {
			go func() {
				for n := next[i]; ; n++ {
					if _, err := j.Append(ctx, numbered(i, n)); err != nil {
						fmt.Println("error", err)
						return
					}
					fmt.Println("did", i, n)
				}
			}()
		}
	}
	return nil
}

// numbered is what the writer i does as its n-th: the same whenever it is tried.
func numbered(i, n int) journal.Request {
	id := fmt.Sprintf("%d/%d", i, n)
	r := request(id, 0, fmt.Sprint("task/", i), fmt.Sprint("item/", i))
	if os.Getenv(withoutVariable) != "" {
		r.ID += "/" + strconv.Itoa(rand.Int())
	}
	return r
}

// killed lets processes append, kills each after a moment, and lets the next one
// go on with what was not confirmed. It gives how often each request's events
// are recorded, and how many requests were confirmed.
func killed(t *testing.T, rounds int, more ...string) (times map[string]int, confirmed [writers]int, j *journal.Journal) {
	t.Helper()
	j, pool := open(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for range rounds {
		cmd := exec.CommandContext(t.Context(), self)
		cmd.Env = append(append(os.Environ(), appendVariable+"="+pool.Config().ConnString()), more...)
		in, err := cmd.StdinPipe() // stays open: the process goes on until it is killed
		if err != nil {
			t.Fatal(err)
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(in, strings.Trim(fmt.Sprint(confirmed), "[]"))
		lines := bufio.NewScanner(out)
		for n, last := 0, 5+rand.IntN(60); lines.Scan(); n++ {
			var i, done int
			if _, err := fmt.Sscanf(lines.Text(), "did %d %d", &i, &done); err != nil {
				t.Fatal(lines.Text())
			}
			confirmed[i] = max(confirmed[i], done+1)
			if n == last {
				cmd.Process.Kill() // what it has said by then still comes
			}
		}
		cmd.Wait()
	}
	times = map[string]int{}
	for _, e := range all(t, j) {
		if strings.HasPrefix(e.Stream, "task/") {
			id := strings.Split(e.Request, "/")
			times[id[0]+"/"+id[1]]++
		}
	}
	return times, confirmed, j
}

// TestKilledProcess is F1: what was confirmed is recorded, and nothing twice.
func TestKilledProcess(t *testing.T) {
	t.Parallel()
	times, confirmed, j := killed(t, 20)
	for id, n := range times {
		if n != 1 {
			t.Errorf("request %s is recorded %d times", id, n)
		}
	}
	sum := 0
	for i, n := range confirmed {
		for k := range n {
			if id := fmt.Sprintf("%d/%d", i, k); times[id] != 1 {
				t.Errorf("request %s was confirmed, and is recorded %d times", id, times[id])
			}
		}
		sum += n
	}
	figure.Logf(t, "20 kills, %d confirmed, %d recorded", sum, len(times))
	if sum < 100 {
		t.Error("hardly anything was confirmed: nothing is shown")
	}
	sound(t, j)
}

// TestKilledProcessIsSeenToDouble is the control: without request ids the same
// harness finds what is recorded twice.
func TestKilledProcessIsSeenToDouble(t *testing.T) {
	t.Parallel()
	times, _, _ := killed(t, 20, withoutVariable+"=yes")
	doubled := 0
	for _, n := range times {
		if n > 1 {
			doubled++
		}
	}
	if doubled == 0 {
		t.Error("nothing is recorded twice, although nothing prevents it")
	}
	figure.Logf(t, "%d recorded twice", doubled)
}

// recoveryMax is how long the journal tries by itself when its server is gone.
const recoveryMax = 15 * time.Second

// TestKilledServer is F2: the server is killed under load and comes back. No
// caller has to know, but for one whose server takes longer than the journal tries:
// it is told so, and repeats its request. What was confirmed is there, once.
func TestKilledServer(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "js")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o711); err != nil { // the server's account passes
		t.Fatal(err)
	}
	options := local.PostgresOptions{Dir: filepath.Join(dir, "pg")}
	server, err := local.StartPostgres(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Stop() })
	if err := journal.Migrate(t.Context(), server.URL()); err != nil {
		t.Fatal(err)
	}
	pool, err := journal.Connect(t.Context(), server.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	j := on(t, pool, time.Now)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	var confirmed [8]int
	for i := range confirmed {
		wg.Go(func() {
			for ctx.Err() == nil {
				began := time.Now()
				_, err := j.Append(t.Context(), numbered(i, confirmed[i]))
				for err != nil && journal.Unreachable(err) && time.Since(began) >= recoveryMax {
					began = time.Now()
					_, err = j.Append(t.Context(), numbered(i, confirmed[i]))
				}
				if err != nil {
					t.Errorf("writer %d: %v", i, err)
					return
				}
				confirmed[i]++
			}
		})
	}
	for range 3 {
		time.Sleep(300 * time.Millisecond)
		kill(t, filepath.Join(dir, "pg", "data", "postmaster.pid"))
		<-server.Done()
		server.Stop()
		if server, err = local.StartPostgres(t.Context(), options); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(300 * time.Millisecond)
	cancel()
	wg.Wait()
	want := 0
	for _, n := range confirmed {
		want += 2 * n
	}
	if n := len(all(t, j)); n != want {
		t.Errorf("%d entries, %d confirmed", n, want)
	}
	figure.Logf(t, "3 kills, %d confirmed", want)
	sound(t, j)
}

func kill(t *testing.T, note string) {
	t.Helper()
	b, err := os.ReadFile(note)
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(string(b), "\n")
	pid, err := strconv.Atoi(line)
	if err == nil {
		err = syscall.Kill(pid, syscall.SIGKILL)
	}
	if err != nil {
		t.Fatal(err)
	}
}
