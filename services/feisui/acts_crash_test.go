package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"feisui/pkg/civil"
	"feisui/pkg/journal"
	"feisui/schemas"
	"feisui/services/feisui/serve"
)

// The variables by which this test binary is a server of the stage, to be killed.
const (
	stageVariable        = "FEISUI_AS_STAGE" // the database
	stageDayVariable     = "FEISUI_STAGE_DAY"
	stageTargetsVariable = "FEISUI_STAGE_TARGETS" // none: all
)

// asStage serves the stage until it is killed.
func asStage(database string) {
	go func() {
		io.Copy(io.Discard, os.Stdin) //nolint:errcheck // however it ends
		os.Exit(exitBroken)
	}()
	folder, err := os.MkdirTemp("", "feisui-stage-")
	if err != nil {
		panic(err)
	}
	server, err := serve.Open(context.Background(), serve.Config{
		Data: folder, Listen: "127.0.0.1:0", DatabaseURL: database, Counties: []string{"county"}, Calendar: civil.China(),
		Clock: clockFrom(os.Getenv(stageDayVariable)), AnyClock: true, Log: quiet(), OperatorKey: testKey, Who: testWho,
		Targets: strings.Fields(os.Getenv(stageTargetsVariable)),
	})
	if err != nil {
		panic(err)
	}
	fmt.Println("http://" + server.Address())
	if err := server.Run(context.Background()); err != nil {
		panic(err)
	}
	os.Exit(0)
}

// killable starts a server of the stage as a process of its own, that runs some
// targets, or all.
func (p place) killable(t *testing.T, day string, targets ...string) (*stage, func()) {
	t.Helper()
	c := exec.CommandContext(context.WithoutCancel(t.Context()), os.Args[0])
	c.Env = append(os.Environ(), stageVariable+"="+p.database, stageDayVariable+"="+day,
		stageTargetsVariable+"="+strings.Join(targets, " "), "TMPDIR="+dataOf(t))
	if _, err := c.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	kill := func() {
		once.Do(func() {
			if err := c.Process.Kill(); err != nil {
				t.Error(err)
			}
			c.Wait()
		})
	}
	t.Cleanup(kill)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("it did not start: %v", err)
	}
	return &stage{t: t, address: strings.TrimSpace(line), later: new(atomic.Int64)}, kill
}

// TestKilledBetweenRecordingAndAnswering: a server that dies when a step is
// recorded and not answered leaves the step, once; the same request gets its
// answer from the next server.
func TestKilledBetweenRecordingAndAnswering(t *testing.T) {
	t.Parallel()
	place := shared(t)
	first := played(t, serve.Config{DatabaseURL: place.database})
	first.issue("JB-1", north)
	first.end()
	s, kill := place.killable(t, stageDay, withoutLedger...)
	gone := make(chan error, 1)
	go func() {
		_, err := s.tryAsk(t.Context(), northOfficer, http.MethodPost, step("JB-1", "accept"), "once", `{"note":"收到"}`)
		gone <- err
	}()
	eventually(t, func() bool { return place.count(t, "instance.acted") == 1 })
	select {
	case err := <-gone:
		t.Fatalf("it was answered: %v", err)
	default:
	}
	kill()
	if err := <-gone; err == nil {
		t.Fatal("it was answered")
	}
	next, _ := place.killable(t, stageDay)
	a := next.ask(northOfficer, http.MethodPost, step("JB-1", "accept"), "once", `{"note":"收到"}`)
	var acted serve.Acted
	a.into(t, &acted)
	if a.status != http.StatusOK || !acted.Repeated || acted.Instances[0].State != "accepted" {
		t.Errorf("%d %s", a.status, a.body)
	}
	if n, receipts := place.count(t, "instance.acted"), place.count(t, "task.receipted"); n != 1 || receipts != 1 {
		t.Errorf("%d steps, %d receipts", n, receipts)
	}
}

// withoutLedger is what a server runs whose commands wait for the word of a ledger
// elsewhere. While there is none, what is recorded is not answered.
var withoutLedger = slices.DeleteFunc(slices.Clone(serve.Targets), func(target string) bool { return target == "ledger" })

func (p place) count(t testing.TB, kind string) (n int) {
	t.Helper()
	for e, err := range p.journal.After(t.Context(), "county", 0, 0) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Type == kind {
			n++
		}
	}
	return n
}

// silent are tasks that nobody answers: enough that a driver can be met at work.
const silent = 150

// silence issues them, and gives the day on which all have lapsed.
func silence(t *testing.T, place place) (lapsed string) {
	t.Helper()
	s := played(t, serve.Config{DatabaseURL: place.database})
	list := make([]string, silent)
	for i := range list {
		list[i] = `"` + north + `"`
	}
	form := `{"no":"JB","department":"D01","item":"A01","communities":[` + strings.Join(list, ",") + `]}`
	if a := s.ask(officeHead, http.MethodPost, begins, "", form); a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	s.end()
	return "2025-03-13"
}

// lapses counts, of every task, how often its deadline for an answer passed.
func (p place) lapses(t *testing.T) map[string]int {
	t.Helper()
	times := map[string]int{}
	for e, err := range p.journal.After(t.Context(), "county", 0, 0) {
		if err != nil {
			t.Fatal(err)
		}
		var passed schemas.InstanceDeadlinePassed
		if e.Type != passed.Type() {
			continue
		}
		if err := json.Unmarshal(e.Data, &passed); err != nil {
			t.Fatal(err)
		}
		if passed.Deadline == "receipt" {
			times[passed.Instance]++
		}
	}
	return times
}

// wrongly lists the tasks whose deadline did not pass exactly once.
func wrongly(times map[string]int) (wrong []string) {
	for i := range silent {
		if no := fmt.Sprint("JB-", i+1); times[no] != 1 {
			wrong = append(wrong, fmt.Sprintf("%s: %d times", no, times[no]))
		}
	}
	return wrong
}

// TestADriverThatIsKilledLosesNothing: of deadlines that pass together each passes
// once, though the server is killed in the middle, twice.
func TestADriverThatIsKilledLosesNothing(t *testing.T) {
	t.Parallel()
	place := shared(t)
	day := silence(t, place)
	for _, some := range []int{1, silent / 3} {
		_, kill := place.killable(t, day)
		eventually(t, func() bool { return len(place.lapses(t)) >= some })
		kill()
		if n := len(place.lapses(t)); n == silent {
			t.Log("it was killed too late to be in the middle")
		}
	}
	place.killable(t, day)
	eventually(t, func() bool { return len(place.lapses(t)) == silent })
	if wrong := wrongly(place.lapses(t)); wrong != nil {
		t.Error(wrong)
	}
}

// TestDriversDoNotDouble: three servers that find the same deadlines passed at the
// same time record each once.
func TestDriversDoNotDouble(t *testing.T) {
	t.Parallel()
	place := shared(t)
	day := silence(t, place)
	var starting sync.WaitGroup
	for range 3 {
		starting.Go(func() { place.killable(t, day) })
	}
	starting.Wait()
	eventually(t, func() bool { return len(place.lapses(t)) == silent })
	if wrong := wrongly(place.lapses(t)); wrong != nil {
		t.Error(wrong)
	}
}

// TestDriversWithoutIdsDouble is the control of the two before: drivers that give
// neither a request id that is the step's nor a version record steps twice, and
// that is seen.
func TestDriversWithoutIdsDouble(t *testing.T) {
	t.Parallel()
	place := shared(t)
	silence(t, place)
	var driving sync.WaitGroup
	for driver := range 2 {
		driving.Go(func() {
			for i := range silent {
				e := schemas.InstanceDeadlinePassed{Workflow: "task", Instance: fmt.Sprint("JB-", i+1), Deadline: "receipt", N: 1, Step: 2}
				data, err := json.Marshal(e)
				if err == nil {
					_, err = place.journal.Append(t.Context(), journal.Request{
						County: "county", ID: fmt.Sprint(driver, "/", i), Kind: journal.Act,
						Events: []journal.Pending{{Stream: e.Stream(), Type: e.Type(), Data: data}},
					})
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	driving.Wait()
	if wrong := wrongly(place.lapses(t)); len(wrong) != silent {
		t.Errorf("%d of %d are seen to be doubled", len(wrong), silent)
	}
}
