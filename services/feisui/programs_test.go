package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

var readyLine = regexp.MustCompile(`\(ready\): (http://\S+)`)

// program is feisui as a process of its own.
type program struct {
	*exec.Cmd
	address string // once it is ready
	said    bytes.Buffer
	greeted strings.Builder // what it printed until it was ready
	ready   time.Duration
	args    []string
}

// launch runs `feisui run` as a process of its own, and waits until it is ready.
// It is killed when the test ends, if it runs then.
func launch(t testing.TB, args ...string) *program {
	t.Helper()
	p := prepare(t, args...)
	p.begin(t)
	return p
}

// prepare is launch for who changes something of the process before it begins.
func prepare(t testing.TB, args ...string) *program {
	t.Helper()
	p := &program{args: args}
	p.Cmd = exec.CommandContext(context.WithoutCancel(t.Context()), os.Args[0], append([]string{"run", "--listen", "127.0.0.1:0"}, args...)...)
	p.Env = append(os.Environ(), "FEISUI_AS_PROGRAM=1", "TMPDIR="+open(t, dataOf(t))) // one that is killed leaves what it was sent
	p.Stderr = &p.said
	if _, err := p.StdinPipe(); err != nil { // which closes when this process ends, whatever way: TestMain looks
		t.Fatal(err)
	}
	t.Cleanup(p.kill)
	return p
}

func (p *program) begin(t testing.TB) {
	t.Helper()
	if err := p.tryBegin(); err != nil {
		t.Fatal(err)
	}
}

func (p *program) tryBegin() error {
	out, err := p.StdoutPipe()
	if err != nil {
		return err
	}
	began := time.Now()
	if err := p.Start(); err != nil {
		return err
	}
	for lines := bufio.NewScanner(out); lines.Scan(); p.greeted.WriteString(lines.Text() + "\n") {
		if found := readyLine.FindStringSubmatch(lines.Text()); found != nil {
			p.ready, p.address = time.Since(began), found[1]
			go io.Copy(io.Discard, out) //nolint:errcheck // what else it says nobody reads
			return nil
		}
	}
	return fmt.Errorf("%v did not become ready: %w\n%s", p.args, p.Wait(), p.said.String())
}

// kill ends it at once, if it runs.
func (p *program) kill() {
	if p.Process != nil && p.ProcessState == nil {
		p.Process.Kill()
		p.Wait()
	}
}

// end asks it to end, which it must do by itself, and says how long that took.
func (p *program) end(t testing.TB) time.Duration {
	t.Helper()
	began := time.Now()
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	limit := time.AfterFunc(hungAfter, func() { p.Process.Kill() })
	defer limit.Stop()
	if err := p.Wait(); err != nil {
		t.Errorf("%v: SIGTERM: %v\n%s", p.args, err, p.said.String())
	}
	return time.Since(began)
}
