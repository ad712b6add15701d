package chaos_test

import (
	"errors"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/nats-io/nats.go"

	"feisui/pkg/figure"
	"feisui/pkg/local"
)

// dataOf is a folder that the account which runs PostgreSQL may enter.
func dataOf(t testing.TB) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "feisui-chaos-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if left := processesOf(t, folder); len(left) > 0 {
			t.Errorf("left running: %v", left)
		}
		if err := os.RemoveAll(folder); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	return folder
}

// processesOf lists the processes that have a folder among their arguments.
func processesOf(t testing.TB, folder string) (left []string) {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if line, err := os.ReadFile(file); err == nil && strings.Contains(string(line), folder) {
			left = append(left, strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return left
}

// postgres is a PostgreSQL that is killed.
type postgres struct {
	options local.PostgresOptions
	socket  string
	mu      sync.Mutex
	server  *local.Postgres
}

func startPostgres(t testing.TB, folder string) *postgres {
	t.Helper()
	p := &postgres{options: local.PostgresOptions{Dir: filepath.Join(folder, "postgres")}}
	var err error
	p.server, err = local.StartPostgres(t.Context(), p.options)
	switch {
	case errors.Is(err, local.ErrNoBinaries):
		figure.Skip(t, "PostgreSQL is not installed: make postgres installs it")
	case err != nil:
		t.Fatal(err)
	}
	u, err := url.Parse(p.url())
	if err != nil {
		t.Fatal(err)
	}
	p.socket = filepath.Join(u.Query().Get("host"), ".s.PGSQL."+u.Query().Get("port"))
	t.Cleanup(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if err := p.server.Stop(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// url is how the harness connects, past the proxy.
func (p *postgres) url() string { return p.server.URL() }

// throughProxy is how the service connects.
func (p *postgres) throughProxy(t testing.TB, address string) string {
	t.Helper()
	u, err := url.Parse(p.url())
	if err != nil {
		t.Fatal(err)
	}
	u.Host, u.RawQuery = address, "sslmode=disable"
	return u.String()
}

func (p *postgres) dial() (net.Conn, error) {
	return net.Dial("unix", p.socket)
}

// kill ends the postmaster as a crash does, and starts it again.
func (p *postgres) kill(t testing.TB) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	note, err := os.ReadFile(filepath.Join(p.options.Dir, "data", "postmaster.pid"))
	if err != nil {
		return err
	}
	line, _, _ := strings.Cut(string(note), "\n")
	pid, err := strconv.Atoi(line)
	if err != nil {
		return err
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		return err
	}
	<-p.server.Done()
	_ = p.server.Stop() // says that it was killed
	again, err := local.StartPostgres(t.Context(), p.options)
	if err == nil {
		p.server = again
	}
	return err
}

// broker is a NATS that loses what it holds.
type broker struct {
	folder, older string
	mu            sync.Mutex
	server        *local.NATS
}

func startBroker(t testing.TB, folder string) *broker {
	t.Helper()
	b := &broker{folder: filepath.Join(folder, "nats"), older: filepath.Join(folder, "nats-older")}
	var err error
	if b.server, err = local.StartNATS(local.NATSOptions{Dir: b.folder}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.server.Stop()
	})
	return b
}

func (b *broker) dial() (net.Conn, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.server.InProcessConn()
}

func (b *broker) connect() (*nats.Conn, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.server.Connect()
}

// restart stops NATS, does something to its folder, and starts it again.
func (b *broker) restart(harm func() error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.server.Stop()
	err := harm()
	server, again := local.StartNATS(local.NATSOptions{Dir: b.folder})
	if again == nil {
		b.server = server
	}
	return errors.Join(err, again)
}

// wipe has NATS lose everything.
func (b *broker) wipe() error {
	return b.restart(func() error { return os.RemoveAll(b.folder) })
}

// note keeps what NATS holds now, to be rolled back to.
func (b *broker) note() error {
	return b.restart(func() error { return replace(b.older, b.folder) })
}

// rollBack has NATS hold what it held when that was noted.
func (b *broker) rollBack() error {
	return b.restart(func() error { return replace(b.folder, b.older) })
}

// replace makes one folder a copy of another.
func replace(to, from string) error {
	err := os.RemoveAll(to)
	if err == nil {
		err = os.CopyFS(to, os.DirFS(from))
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil // nothing was noted yet: it is a wipe
	}
	return err
}
