package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"feisui/pkg/bus"
	"feisui/pkg/journal"
	"feisui/pkg/local"
)

// listening is a county whose entries other programs may read.
type listening struct {
	county, http, nats string
	journal            *journal.Journal
	stream             func() jetstream.Stream
}

// listen runs feisui with a port for NATS, on a PostgreSQL that the test can
// look into. It ends with the test.
func listen(t *testing.T, county string) listening {
	t.Helper()
	needPostgres(t)
	postgres, err := local.StartPostgres(t.Context(), local.PostgresOptions{Dir: filepath.Join(dataOf(t), "postgres")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := postgres.Stop(); err != nil {
			t.Error(err)
		}
	})
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	said, stdout := io.Pipe()
	var stderr bytes.Buffer
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{
			"run", "--data", dataOf(t), "--listen", "127.0.0.1:0", "--county", county,
			"--database", postgres.URL(), "--nats-listen", "127.0.0.1:0",
		}, stdout, &stderr)
		stdout.Close()
	}()
	t.Cleanup(func() {
		cancel()
		if status := <-ended; status != exitOK {
			t.Errorf("feisui run: exit status %d:\n%s", status, stderr.String())
		}
	})
	line, err := bufio.NewReader(said).ReadString('\n')
	address := regexp.MustCompile(`\(ready\): (http://\S+) .* NATS: (nats://\S+)`).FindStringSubmatch(line)
	if err != nil || address == nil {
		t.Fatalf("it says %q, %v", line, err)
	}
	pool, err := journal.Connect(t.Context(), postgres.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	j, err := journal.Open(t.Context(), pool, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	nc, err := nats.Connect(address[2])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return listening{county, address[1], address[2], j, func() jetstream.Stream {
		js, err := jetstream.New(nc)
		if err != nil {
			t.Fatal(err)
		}
		for wait := time.Now().Add(hungAfter); ; time.Sleep(10 * time.Millisecond) { // the relay makes it
			stream, err := js.Stream(t.Context(), bus.StreamName(county))
			if err == nil {
				return stream
			}
			if time.Now().After(wait) {
				t.Fatal(err)
			}
		}
	}}
}

// record has n entries more recorded, one by one.
func (l listening) record(t *testing.T, from, n int) {
	t.Helper()
	for i := from; i < from+n; i++ {
		body := fmt.Appendf(nil, `{"code":"新%d","name":"某局<%d> & 某站","kind":"部门"}`, i, i)
		if status, answer := post(t, l.http, l.county, "departments", fmt.Sprintf("new/%d", i), body); status != http.StatusOK || answer.New != 1 {
			t.Fatalf("department %d: %d %+v", i, status, answer)
		}
	}
}

func (l listening) entries(t *testing.T) (entries []journal.Entry) {
	t.Helper()
	for e, err := range l.journal.After(t.Context(), l.county, 0, 0) {
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, e)
	}
	return entries
}

// foreign is the sample program, and the file to which it writes.
type foreign struct {
	program, to string
	of          listening
	process     *exec.Cmd
	said        *bytes.Buffer
}

// foreignProgram builds the sample. It is killed when the test ends.
func foreignProgram(t *testing.T, of listening) *foreign {
	t.Helper()
	f := &foreign{program: filepath.Join(t.TempDir(), "subscriber"), to: filepath.Join(t.TempDir(), "events.jsonl"), of: of}
	// Reading it tells go test that a result is old when the sample has changed.
	root := filepath.Join("..", "..")
	contents(t, filepath.Join(root, "docs", "subscriber", "main.go"))
	build := exec.CommandContext(t.Context(), "go", "build", "-o", f.program, "./docs/subscriber")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
	t.Cleanup(f.kill)
	return f
}

func (f *foreign) start(t *testing.T) {
	t.Helper()
	f.said = new(bytes.Buffer)
	f.process = exec.CommandContext(context.WithoutCancel(t.Context()), f.program, "-nats", f.of.nats, "-county", f.of.county, "-to", f.to)
	f.process.Stderr = f.said
	if err := f.process.Start(); err != nil {
		t.Fatal(err)
	}
}

// kill ends the program at once, if it runs.
func (f *foreign) kill() {
	if f.process != nil && f.process.ProcessState == nil {
		f.process.Process.Kill()
		f.process.Wait()
	}
}

// wait gives how the program ends by itself, and what it says then.
func (f *foreign) wait() (status int, said string) {
	limit := time.AfterFunc(hungAfter, func() { f.process.Process.Kill() })
	defer limit.Stop()
	f.process.Wait()
	return f.process.ProcessState.ExitCode(), f.said.String()
}

func (f *foreign) lines(t *testing.T) []string {
	t.Helper()
	b, err := os.ReadFile(f.to)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	whole := b[:bytes.LastIndexByte(b, '\n')+1]
	return strings.SplitAfter(string(whole), "\n")[:bytes.Count(whole, []byte("\n"))]
}

// reach waits until the file has n lines.
func (f *foreign) reach(t *testing.T, n int) {
	t.Helper()
	limit := time.Now().Add(hungAfter)
	for len(f.lines(t)) < n {
		if time.Now().After(limit) {
			t.Fatalf("%d lines, want %d", len(f.lines(t)), n)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// differs says where what the program wrote is not the journal: its entries,
// each once, in order, byte for byte.
func (f *foreign) differs(t *testing.T) string {
	t.Helper()
	return unlikeJournal(f.lines(t), f.of.entries(t))
}

func unlikeJournal(lines []string, entries []journal.Entry) string {
	if len(lines) != len(entries) {
		return fmt.Sprintf("%d lines of %d entries", len(lines), len(entries))
	}
	for i, e := range entries {
		var line struct {
			Position     int64
			Type, Stream string
			Data         json.RawMessage
		}
		if err := json.Unmarshal([]byte(lines[i]), &line); err != nil {
			return err.Error()
		}
		if line.Position != e.Position || line.Type != e.Type || line.Stream != e.Stream || !bytes.Equal(line.Data, e.Data) {
			return fmt.Sprintf("%s and the entry %d %s %s %s", lines[i], e.Position, e.Type, e.Stream, e.Data)
		}
	}
	return ""
}

// TestAForeignProgramFollows: a program that has nothing of ours writes down
// what a county records, and has it exactly, whatever happens to it or to the
// bus.
func TestAForeignProgramFollows(t *testing.T) { //nolint:tparallel // one county, to which one thing after the other happens
	t.Parallel()
	l := listen(t, "c")
	f := foreignProgram(t, l)
	mustRun(t, "import", filepath.Join("testdata", "cases", "random-21", "book"), "--server", l.http, "--county", "c")
	exact := func(t *testing.T) {
		t.Helper()
		// What is written stays, so a line that is wrong or doubled makes it differ for
		// ever; that one is missing may only say that flags are announced meanwhile.
		for limit := time.Now().Add(hungAfter); ; time.Sleep(10 * time.Millisecond) {
			wrong := f.differs(t)
			if wrong == "" {
				return
			}
			if time.Now().After(limit) {
				t.Fatal(wrong)
			}
		}
	}
	f.start(t)
	exact(t)

	t.Run("killed while it reads", func(t *testing.T) { //nolint:paralleltest // in its turn
		for i := range 8 {
			before := len(f.lines(t))
			l.record(t, 10*i, 10)
			f.reach(t, before+1)
			f.kill()
			f.start(t)
		}
		exact(t)
	})
	t.Run("killed while it writes", func(t *testing.T) { //nolint:paralleltest // in its turn
		whole, err := os.ReadFile(f.to)
		if err != nil {
			t.Fatal(err)
		}
		middle := len(whole) / 2
		cuts := []int{0, 1, middle, middle + 1, middle + 2, len(whole) - 2, len(whole) - 1, len(whole)}
		for range 4 {
			cuts = append(cuts, rand.IntN(len(whole)))
		}
		for _, cut := range cuts {
			f.kill()
			if err := os.Truncate(f.to, int64(cut)); err != nil {
				t.Fatal(err)
			}
			f.start(t)
			exact(t)
		}
	})
	t.Run("the bus is wiped", func(t *testing.T) { //nolint:paralleltest // in its turn
		l.wipe(t)
		l.record(t, 100, 5)
		exact(t)
	})
	t.Run("an entry is missing on the bus", func(t *testing.T) { //nolint:paralleltest // in its turn
		f.kill()
		missing := len(f.lines(t)) + 3
		l.record(t, 200, 6)
		eventually(t, func() bool { return lastOf(t, l.stream()) == uint64(len(l.entries(t))) })
		if err := l.stream().DeleteMsg(t.Context(), uint64(missing)); err != nil {
			t.Fatal(err)
		}
		f.start(t)
		status, said := f.wait()
		if status != 1 || !strings.Contains(said, fmt.Sprintf("第 %d 至 %d 条不在 FEISUI_c 中", missing, missing)) {
			t.Errorf("exit status %d: %s", status, said)
		}
		if wrong := unlikeJournal(f.lines(t), l.entries(t)[:missing-1]); wrong != "" {
			t.Error(wrong)
		}
		l.wipe(t) // as docs/events.md says, it is sent again then
		eventually(t, func() bool { return lastOf(t, l.stream()) == uint64(len(l.entries(t))) })
		f.start(t)
		exact(t)
	})
	t.Run("another hand wrote into the file", func(t *testing.T) { //nolint:paralleltest // in its turn
		f.kill()
		if err := os.WriteFile(f.to, []byte(strings.Join(f.lines(t), "")+"hello\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		f.start(t)
		if status, said := f.wait(); status != 1 || !strings.Contains(said, "读不懂") {
			t.Errorf("exit status %d: %s", status, said)
		}
	})
	t.Run("what is wrong is seen", func(t *testing.T) { //nolint:paralleltest // in its turn
		entries, lines := l.entries(t), f.lines(t)
		lines = lines[:len(lines)-1]
		entries = entries[:len(lines)] // it ended before what was announced later
		changed := append([]string{strings.Replace(lines[0], `"data":{"`, `"data":{ "`, 1)}, lines[1:]...)
		for what, wrong := range map[string][]string{
			"twice":   append(lines[:5:5], lines[4:]...),
			"missing": append(lines[:5:5], lines[6:]...),
			"swapped": append([]string{lines[1], lines[0]}, lines[2:]...),
			"a blank": changed,
		} {
			if unlikeJournal(wrong, entries) == "" {
				t.Errorf("%s is not noticed", what)
			}
		}
		if wrong := unlikeJournal(lines, entries); wrong != "" {
			t.Error(wrong)
		}
	})
}

// TestAForeignProgramPassesOverWhatItHas: by a stream that sends entries again,
// as one that was filled anew may, and then misses one.
func TestAForeignProgramPassesOverWhatItHas(t *testing.T) {
	t.Parallel()
	server, err := local.StartNATS(local.NATSOptions{Dir: t.TempDir(), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	nc, err := server.Connect()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "FEISUI_c", Subjects: []string{"feisui.c.*.>"}}); err != nil {
		t.Fatal(err)
	}
	for _, position := range []string{"1", "2", "1", "2", "3", "5"} {
		m := nats.NewMsg("feisui.c.task.recalled")
		m.Header = nats.Header{"ce-position": {position}, "ce-type": {"task.recalled"}, "ce-subject": {"task/100%25"}}
		m.Data = []byte(`{"reason":"<&>"}`)
		if _, err := js.PublishMsg(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	f := foreignProgram(t, listening{county: "c", nats: server.URL()})
	f.start(t)
	status, said := f.wait()
	const line = `{"position":%d,"type":"task.recalled","stream":"task/100%%","data":{"reason":"<&>"}}` + "\n"
	want := fmt.Sprintf(line+line+line, 1, 2, 3)
	if got := strings.Join(f.lines(t), ""); status != 1 || !strings.Contains(said, "entries 4 to 4 are missing") || got != want {
		t.Errorf("exit status %d: %s\n%s", status, said, got)
	}
}

// wipe removes the stream, as an operator may.
func (l listening) wipe(t *testing.T) {
	t.Helper()
	nc, err := nats.Connect(l.nats)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	made := l.stream().CachedInfo().Created
	if err := js.DeleteStream(t.Context(), bus.StreamName(l.county)); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool {
		stream, err := js.Stream(t.Context(), bus.StreamName(l.county))
		return err == nil && !stream.CachedInfo().Created.Equal(made)
	})
}

func lastOf(t *testing.T, stream jetstream.Stream) uint64 {
	t.Helper()
	info, err := stream.Info(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return info.State.LastSeq
}

// hungAfter is after how long what a test waits for counts as never coming. It
// promises nothing of the product, and catches what hangs: a machine that is busy
// takes seconds for what takes milliseconds else.
const hungAfter = 2 * time.Minute

func eventually(t *testing.T, holds func() bool) {
	t.Helper()
	for limit := time.Now().Add(hungAfter); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatalf("it did not come about within %s", hungAfter)
		}
	}
}
