package pgtest_test

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"feisui/pkg/journal"
	"feisui/pkg/pgtest"
)

func TestEachTestHasItsOwn(t *testing.T) {
	t.Parallel()
	for i := range 4 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			pool := pgtest.Owner(t, pgtest.New(t, journal.Tables))
			if _, err := pool.Exec(t.Context(), `insert into journal.county (county, name, created_at) values ('c', '县', now())`); err != nil {
				t.Error(err)
			}
			var n int
			if err := pool.QueryRow(t.Context(), `select count(*) from journal.county`).Scan(&n); err != nil || n != 1 {
				t.Errorf("%d counties, %v", n, err)
			}
		})
	}
}

func TestRightsOfAService(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t, journal.Tables)
	var role, owner, fsync string
	if err := pool.QueryRow(t.Context(), `select current_user, current_setting('fsync')`).Scan(&role, &fsync); err != nil {
		t.Fatal(err)
	}
	if err := pgtest.Owner(t, pool).QueryRow(t.Context(), `select current_user`).Scan(&owner); err != nil {
		t.Fatal(err)
	}
	if role != journal.Role || owner == role || fsync != "off" {
		t.Errorf("role %s, owner %s, fsync %s", role, owner, fsync)
	}
	if err := pgtest.Durable(t).QueryRow(t.Context(), `select current_setting('fsync')`).Scan(&fsync); err != nil || fsync != "on" {
		t.Errorf("fsync %s, %v", fsync, err)
	}
}

// hungAfter is after how long what a test waits for counts as never coming.
const hungAfter = 2 * time.Minute

// TestNothingIsLeft runs this program again with a server of its own, kills it,
// and waits for the server to end.
func TestNothingIsLeft(t *testing.T) { //nolint:tparallel // it runs this program again, and waits
	if os.Getenv("PGTEST_INNER") != "" {
		url := pgtest.URL(t)
		fmt.Println("inner", url)
		if os.Getenv("PGTEST_INNER") == "wait" {
			time.Sleep(hungAfter)
		}
		t.Error("this test fails")
		return
	}
	t.Parallel()
	for _, how := range []string{"fail", "wait"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			dir, err := os.MkdirTemp("", "pt")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { os.RemoveAll(dir) })
			if err := os.Chmod(dir, 0o711); err != nil { // the server's account passes
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestNothingIsLeft$")
			idle := map[string]string{"fail": "3s", "wait": "500ms"}[how] // it is looked for while it lasts: who fails ends at once
			cmd.Env = append(os.Environ(), "PGTEST_INNER="+how, "FEISUI_PGTEST_IDLE="+idle, "FEISUI_PGTEST_DIR="+dir)
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			text := make([]byte, 0, 4096)
			for b := make([]byte, 1024); !strings.Contains(string(text), "\n"); {
				n, err := out.Read(b)
				text = append(text, b[:n]...)
				if err != nil {
					t.Fatalf("%v: %s", err, text)
				}
			}
			if len(running(dir)) < 2 {
				t.Errorf("an owner and a server should be running: %v", running(dir))
			}
			if how == "wait" {
				cmd.Process.Kill()
			} else {
				// To its end: the owner of the server must not hold our output.
				rest, err := io.ReadAll(out)
				if err != nil || !strings.Contains(string(text)+string(rest), "psql") {
					t.Errorf("a test that failed should say how to look into its database: %v, %s", err, rest)
				}
			}
			cmd.Wait()
			for deadline := time.Now().Add(hungAfter); len(running(dir)) > 0; time.Sleep(20 * time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatalf("still running: %v", running(dir))
				}
			}
		})
	}
}

// running are the processes that work in a folder or below it.
func running(dir string) (found []string) {
	places, _ := filepath.Glob("/proc/[0-9]*/cwd")
	for _, place := range places {
		if at, err := os.Readlink(place); err == nil && strings.HasPrefix(at, dir) {
			found = append(found, place)
		}
	}
	return found
}

// TestWithoutPrograms: without PostgreSQL a test is skipped, and fails in CI.
func TestWithoutPrograms(t *testing.T) {
	if os.Getenv("PGTEST_INNER") != "" {
		pgtest.URL(t)
		return
	}
	t.Parallel()
	for ci, want := range map[string]string{"": "SKIP", "true": "FAIL"} {
		dir := t.TempDir()
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestWithoutPrograms$", "-test.v")
		cmd.Env = append(os.Environ(), "PGTEST_INNER=yes", "FEISUI_POSTGRES_BIN="+dir, "FEISUI_PGTEST_DIR="+dir, "CI="+ci)
		out, err := cmd.CombinedOutput()
		if !strings.Contains(string(out), "--- "+want) || (err != nil) != (ci != "") {
			t.Errorf("CI=%q: %v: %s", ci, err, out)
		}
	}
}
