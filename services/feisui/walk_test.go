package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"feisui/pkg/civil"
	"feisui/services/feisui/serve"
)

// walkDay is the day on which docs/walk.md begins: a Monday.
const walkDay = "2026-11-30"

// daysPass is how docs/walk.md says, to this test alone, that days pass.
var daysPass = regexp.MustCompile(`<!-- ([0-9]+) days pass -->`)

// TestWalk runs docs/walk.md, in one shell from its first line to its last, against
// a sample county as `make run` starts it, but for its clock.
func TestWalk(t *testing.T) {
	t.Parallel()
	needPostgres(t)
	var days atomic.Int64
	clock := clockFrom(walkDay)
	server := serving(t, serve.Config{
		Counties: []string{"county"}, AnyClock: true,
		Clock: func() time.Time { return clock().AddDate(0, 0, int(days.Load())) },
	})
	address := "http://" + server.Address()
	run := &runCmd{County: "county", Sample: "431026", On: "2025-12-31"}
	key := remote{Server: address, County: "county", credential: credential{OperatorKey: testKey}}
	if err := run.demo(t.Context(), server, key, io.Discard); err != nil {
		t.Fatal(err)
	}
	first, err := civil.Parse(walkDay)
	if err != nil {
		t.Fatal(err)
	}
	walk := at(address, contents(t, filepath.Join("..", "..", "docs", "walk.md")))
	sh, commands, passes := newShell(t), 0, daysPass.FindAllStringSubmatchIndex(walk, -1)
	for i, from := 0, 0; i <= len(passes); i++ {
		to, next := len(walk), 0
		if i < len(passes) {
			to, next = passes[i][0], passes[i][1]
		}
		for _, block := range consoleBlocks(walk[from:to]) {
			commands += sh.follows(block)
		}
		if i == len(passes) {
			break
		}
		n, err := strconv.Atoi(walk[passes[i][2]:passes[i][3]])
		if err != nil {
			t.Fatal(err)
		}
		dayIs(t, address, first+civil.Date(days.Add(int64(n))))
		from = next
	}
	if commands < 40 || len(passes) == 0 {
		t.Errorf("the walk has %d commands, and days pass %d times", commands, len(passes))
	}
}

// dayIs waits until a county's day is this one.
func dayIs(t *testing.T, address string, day civil.Date) {
	t.Helper()
	eventually(t, func() bool {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+"/v1/counties/county/flags?limit=1", nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer got.Body.Close()
		var page struct{ Day civil.Date }
		if err := json.NewDecoder(got.Body).Decode(&page); err != nil {
			t.Fatal(err)
		}
		return page.Day == day
	})
}

// shell is one that runs what a document shows.
type shell struct {
	t    *testing.T
	in   io.Writer
	says *bufio.Scanner
}

// saidAll is what a shell prints after each command; nothing else prints it.
const saidAll = "=====:said:====="

func newShell(t *testing.T) *shell {
	t.Helper()
	if _, err := exec.LookPath("curl"); err != nil {
		t.Fatalf("curl is not installed, which the documents use: %v", err)
	}
	sh := exec.CommandContext(context.WithoutCancel(t.Context()), "sh", "-u") // which ends when nothing more comes in
	sh.Dir = t.TempDir()
	in, err := sh.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := sh.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	sh.Stderr = sh.Stdout
	if err := sh.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := in.Close(); err != nil {
			t.Error(err)
		}
		if err := sh.Wait(); err != nil {
			t.Error(err)
		}
	})
	return &shell{t, in, bufio.NewScanner(out)}
}

// follows runs the commands of a block, compares what they print with what stands
// below each, and counts them.
func (s *shell) follows(block string) (commands int) {
	s.t.Helper()
	for _, command := range strings.Split("\n"+block, "\n$ ")[1:] {
		commands++
		line, want, _ := strings.Cut(command, "\n")
		if _, err := io.WriteString(s.in, line+"\necho; echo "+saidAll+"\n"); err != nil {
			s.t.Fatalf("%s: %v", line, err)
		}
		var said bytes.Buffer
		for {
			if !s.says.Scan() {
				s.t.Fatalf("%s: the shell ended: %v\n%s", line, s.says.Err(), said.String())
			}
			if s.says.Text() == saidAll {
				break
			}
			said.WriteString(s.says.Text() + "\n")
		}
		if problem := matches(said.String(), want); problem != "" {
			s.t.Errorf("%s: %s\n%s", line, problem, said.String())
		}
	}
	return commands
}
