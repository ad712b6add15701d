package chaos_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// county is the county of every run.
const county = "chaos"

// hungAfter is how long a start may take before it counts as hung, and an end that was
// asked for, and how long a county may take to be well again after the last fault.
const hungAfter = 2 * time.Minute

// operatorKey is the services' key: they find it in their environment.
const operatorKey = "6f70657261746f72206f6620746865206368616f73206f662066656973756920"

// operating shows it.
type operating struct{ *http.Transport }

func (o operating) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+operatorKey)
	return o.Transport.RoundTrip(r)
}

// program builds feisui, once for all tests.
var program = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "feisui-chaos-bin-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, "feisui")
	if said, err := exec.Command("go", "build", "-o", path, "feisui/services/feisui").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, said)
	}
	return path, nil
})

// TestMain removes the program in the end.
func TestMain(m *testing.M) {
	os.Setenv("FEISUI_OPERATOR_KEY", operatorKey) //nolint:errcheck // the name is one
	status := m.Run()
	if path, err := program(); err == nil {
		os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(status)
}

// What no service should do, whatever is done to what it stands on.
const (
	hung          = "starts that hung"
	endedByItself = "services that ended by themselves"

	lastWords = "it said: " // in the step of either
)

// slot is a place where a service runs, again and again.
type slot struct {
	address string // host:port
	args    []string
	up      atomic.Bool

	mu    sync.Mutex
	acked []time.Time // when a command was answered here
}

func newSlot(t testing.TB, args ...string) *slot {
	t.Helper()
	s := &slot{address: ownPort(t)}
	s.args = append([]string{"run", "--county", county, "--listen", s.address}, args...)
	return s
}

// ownPort is an address at which services may listen one after the other: below the
// ports that the kernel gives to whoever asks for any, or connects to somebody.
func ownPort(t testing.TB) string {
	t.Helper()
	for range 100 {
		free, err := net.Listen("tcp", fmt.Sprint("127.0.0.1:", 20_000+rand.IntN(10_000)))
		if err == nil {
			free.Close()
			return free.Addr().String()
		}
	}
	t.Fatal("of a hundred ports each is taken")
	return ""
}

// service is one process of a slot.
type service struct {
	cmd   *exec.Cmd
	ready chan struct{} // closed when it says so
	ended chan struct{}
	said  tail
}

// start starts a process. It is killed when the harness is, by the kernel.
func (s *slot) start(ctx context.Context) (*service, error) {
	path, err := program()
	if err != nil {
		return nil, err
	}
	p := &service{cmd: exec.CommandContext(context.WithoutCancel(ctx), path, s.args...), ready: make(chan struct{}), ended: make(chan struct{})}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.cmd.Stderr = &p.said
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // the kernel kills a child when the thread that started it ends
		err := p.cmd.Start()
		started <- err
		if err != nil {
			return
		}
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if strings.Contains(lines.Text(), "(ready)") {
				s.up.Store(true)
				close(p.ready)
				break
			}
		}
		_, _ = io.Copy(io.Discard, out) // until it ends
		_ = p.cmd.Wait()                // that it was killed is known
		s.up.Store(false)
		close(p.ended)
	}()
	return p, <-started
}

// kill ends a process as a crash does.
func (p *service) kill() {
	_ = p.cmd.Process.Kill() // it may have ended by itself, which is as good
	<-p.ended
}

// wait waits for one of two things, at most so long, and says whether it came.
func wait(d time.Duration, for1, for2 <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-for1:
	case <-for2:
	case <-timer.C:
		return false
	}
	return true
}

// keepKilling starts a slot's service and kills it a moment after it is ready,
// sometimes before, until the run has had its kills. The last one goes on until
// ctx ends, and is then told to end.
func (r *run) keepKilling(ctx context.Context, s *slot, draw *rand.Rand) {
	for {
		p, err := s.start(ctx)
		if err != nil {
			r.fail("start: %v", err)
			return
		}
		r.await(ctx, p, draw)
		last := r.kills.Load() >= int64(r.plan.kills)
		if last {
			wait(time.Hour, ctx.Done(), p.ended)
		}
		switch {
		case ctx.Err() != nil:
			r.end(p)
			return
		case closed(p.ended):
			r.count(endedByItself, 1)
			r.step("%s ended by itself; "+lastWords+"%s", s.address, p.said.String())
			wait(100*time.Millisecond, ctx.Done(), nil)
		case !last:
			r.kills.Add(1)
			at := time.Now()
			p.kill()
			r.killed(s, at)
		}
	}
}

// await waits until it is time to kill a service.
func (r *run) await(ctx context.Context, p *service, draw *rand.Rand) {
	begun := time.Now()
	if draw.IntN(10) == 0 {
		wait(time.Duration(draw.IntN(600))*time.Millisecond, p.ended, ctx.Done())
		return
	}
	if !wait(hungAfter, p.ready, p.ended) {
		r.count(hung, 1)
		r.step("a start hung; "+lastWords+"%s", p.said.String())
		return
	}
	if closed(p.ready) {
		r.took(&r.starts, time.Since(begun))
		wait(time.Duration(5+draw.IntN(int(r.plan.life/time.Millisecond)))*time.Millisecond, p.ended, ctx.Done())
	}
}

// end has a service end, which it must do well.
func (r *run) end(p *service) {
	if p.cmd.Process.Signal(syscall.SIGTERM) != nil || !wait(hungAfter, p.ended, nil) {
		r.fail("SIGTERM did not end the service; it said: %s", p.said.String())
		p.kill()
		return
	}
	if !p.cmd.ProcessState.Success() {
		r.fail("after SIGTERM: %v; it said: %s", p.cmd.ProcessState, p.said.String())
	}
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// tail keeps the end of what a process said.
type tail struct {
	mu   sync.Mutex
	text []byte
}

const tailMax = 2000

// Write keeps the end.
func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, b...)
	t.text = t.text[max(0, len(t.text)-tailMax):]
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(bytes.TrimSpace(t.text))
}
