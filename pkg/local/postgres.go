// Package local runs the servers that one machine needs, as children of this
// process: the real ones, nothing to install but their binaries.
//
// A private PostgreSQL promises:
//
//   - It listens on a socket in a folder that only its own account may enter,
//     and on no network.
//   - It ends with this process, whichever way this process ends.
//   - A folder is served by one process at a time. Whatever an earlier one that
//     was killed has left running is stopped first.
//   - A new cluster appears whole or not at all.
//   - What it confirms is on the disk: it syncs, writes full pages and checks
//     its pages, unless PostgresOptions.Settings say otherwise.
package local

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// database is the name of the database, and of the role that owns the cluster.
const database = "feisui"

// port is part of the socket's name only.
const port = "5432"

// How long things may take before the next, ruder, step.
const (
	fastMax      = 30 * time.Second // from SIGINT, which rolls back what is open, to SIGQUIT
	immediateMax = 5 * time.Second  // from SIGQUIT, which leaves recovery to the next start, to SIGKILL
	lookEvery    = 20 * time.Millisecond
)

// PostgresOptions say which server to start.
type PostgresOptions struct {
	Dir      string            // The folder that holds everything of the cluster; made when missing.
	Log      *slog.Logger      // Takes what the server says; nil is nobody.
	Bin      string            // The folder with PostgreSQL's programs; empty looks for one.
	Settings map[string]string // More settings of the server; they win over those made here.
}

// Postgres is a running server.
type Postgres struct {
	url     string
	base    context.Context // of the start, without its end: what Stop waits in
	cluster cluster
	server  *os.Process
	exited  chan struct{}
	quiet   chan struct{} // closed when the last process of the server has ended
	tail    *tail
	release func()
	stop    sync.Once
	err     error
}

// StartPostgres starts the server of a folder, makes the cluster first when
// there is none, and returns when the server answers. ctx bounds the start only;
// the server runs until Stop. Without binaries the error is ErrNoBinaries, and a
// *FolderError when the folder cannot be used.
func StartPostgres(ctx context.Context, o PostgresOptions) (_ *Postgres, err error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	c, release, err := open(ctx, o)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			release()
		}
	}()
	if err := c.stopLeftovers(ctx); err != nil {
		return nil, err
	}
	if err := c.initialise(ctx); err != nil {
		return nil, err
	}
	if err := c.configure(); err != nil {
		return nil, err
	}
	p := &Postgres{
		url: c.url(database), base: context.WithoutCancel(ctx), cluster: c, release: release,
		exited: make(chan struct{}), quiet: make(chan struct{}), tail: &tail{},
	}
	if err := p.start(o); err != nil {
		return nil, err
	}
	if err := p.ready(ctx); err != nil {
		p.end()
		return nil, err
	}
	return p, nil
}

// URL is how to connect, as the owner of the cluster, to the database feisui.
func (p *Postgres) URL() string { return p.url }

// RunningURL is how to connect to the server of a folder that another process runs, as URL
// is for that process. Whether it lets in, the server says: it asks the kernel who calls. The
// error is fs.ErrNotExist where none runs.
func RunningURL(dir string) (string, error) {
	note, err := os.ReadFile(filepath.Join(dir, dataName, noteName))
	if err != nil {
		return "", err
	}
	lines := strings.Split(string(note), "\n")
	if len(lines) <= noteSocket || lines[noteSocket] == "" {
		return "", fmt.Errorf("%s names no socket: the server is starting or another one", noteName)
	}
	return cluster{socket: lines[noteSocket]}.url(database), nil
}

// noteSocket is the line of the note, from 0, with the folder of the socket.
const noteSocket = 4

// Done is closed when the server has ended, asked or not.
func (p *Postgres) Done() <-chan struct{} { return p.exited }

// Full reports that there is no room left in one of the places where the server
// writes: for data, for its log, for a tablespace.
func (p *Postgres) Full() bool { return p.cluster.full() }

// Stop ends the server and waits until it is gone. What was open is rolled back,
// what was confirmed is kept. Stopping twice is the same as once.
func (p *Postgres) Stop() error {
	p.stop.Do(func() {
		p.end()
		p.release()
		// 0 is a clean end; anything else says that the next start recovers.
		if state := p.err; state != nil {
			p.err = fmt.Errorf("stop PostgreSQL: %w%s", state, p.tail)
		}
	})
	return p.err
}

// start runs the server in a goroutine that keeps its thread: the kernel signals
// a child when the thread that forked it ends, not when the process does.
func (p *Postgres) start(o PostgresOptions) error {
	said, says, err := os.Pipe()
	if err != nil {
		return err
	}
	// Not bound to a context: Stop decides when the server ends.
	cmd := exec.Command(filepath.Join(p.cluster.bin, "postgres"), p.cluster.arguments(o.Settings)...) //nolint:noctx // the server outlives the start
	cmd.Dir, cmd.Env, cmd.Stderr, cmd.Stdout = p.cluster.dir, environment(), says, says
	cmd.SysProcAttr = p.cluster.account.attributes(syscall.SIGINT)
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		err := cmd.Start()
		p.server = cmd.Process
		started <- err
		if err == nil {
			p.err = cmd.Wait()
			close(p.exited)
		}
	}()
	err = <-started
	says.Close()
	if err != nil {
		said.Close()
		return fmt.Errorf("start PostgreSQL: %w", err)
	}
	go func() {
		p.tail.follow(said, o.Log)
		said.Close()
		close(p.quiet)
	}()
	return nil
}

// ready waits until the server answers, recovery and all, and has the database.
func (p *Postgres) ready(ctx context.Context) error {
	for {
		err := p.greet(ctx)
		if refusal := (*pgconn.PgError)(nil); errors.As(err, &refusal) && refusal.Code != startingUp {
			return fmt.Errorf("greet PostgreSQL: %w%s", err, p.tail)
		}
		if err == nil {
			return nil
		}
		select {
		case <-p.exited:
			return fmt.Errorf("PostgreSQL ended while it was starting: %w%s", p.err, p.tail)
		case <-ctx.Done():
			return fmt.Errorf("PostgreSQL did not answer in time: %w", errors.Join(context.Cause(ctx), err))
		default:
			pause(ctx, lookEvery)
		}
	}
}

// startingUp is how a server refuses that will soon be there.
const startingUp = "57P03"

// greet makes sure of the database. It is not part of making the cluster, so
// that a start that was cut short between the two is made good by the next one.
func (p *Postgres) greet(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, p.cluster.url("postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	var there bool
	if err := conn.QueryRow(ctx, `select exists (select from pg_database where datname = $1)`, database).Scan(&there); err != nil || there {
		return err
	}
	_, err = conn.Exec(ctx, `create database `+database)
	return err
}

// end stops the server with the means that are left, the politest first.
func (p *Postgres) end() {
	for _, step := range []struct {
		signal syscall.Signal
		limit  time.Duration
	}{{syscall.SIGINT, fastMax}, {syscall.SIGQUIT, immediateMax}, {syscall.SIGKILL, immediateMax}} {
		if closed(p.exited) {
			break
		}
		// It may have ended by now, which is what the signal is for.
		_ = p.server.Signal(step.signal)
		within(p.base, step.limit, p.exited)
	}
	within(p.base, immediateMax, p.quiet) // backends notice within moments that the server is gone
	p.cluster.tidy()
}

// arguments are settings on the command line, where no file can undo them.
func (c cluster) arguments(more map[string]string) []string {
	settings := map[string]string{
		"listen_addresses":        "",
		"unix_socket_directories": c.socket,
		"unix_socket_permissions": "0700",
		"port":                    port,
		"fsync":                   "on",
		"full_page_writes":        "on",
		"synchronous_commit":      "on",
		"log_destination":         "stderr",
		"logging_collector":       "off",
		"log_line_prefix":         "",
		"jit":                     "off", // statements here are short

		// Nobody holds up a journal by going to lunch.
		"idle_in_transaction_session_timeout": "10min",
	}
	maps.Copy(settings, more)
	arguments := []string{"-D", c.data}
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		arguments = append(arguments, "-c", name+"="+settings[name])
	}
	return arguments
}

func (c cluster) url(database string) string {
	q := url.Values{"host": {c.socket}, "port": {port}, "sslmode": {"disable"}}
	return "postgres://" + owner + "@/" + database + "?" + q.Encode()
}

// tail passes on what a server says and remembers its last complaints, for the
// error of whoever started it.
type tail struct {
	mu    sync.Mutex
	lines []string
}

const tailMax = 5

func (t *tail) follow(r io.Reader, log *slog.Logger) {
	for lines := bufio.NewScanner(r); lines.Scan(); {
		level, text, found := strings.Cut(lines.Text(), ":  ")
		if !found {
			level, text = "", lines.Text()
		}
		switch level {
		case "PANIC":
			log.Error("PostgreSQL gave up", slog.String("said", text))
		case "FATAL", "WARNING":
			log.Warn("PostgreSQL complains", slog.String("said", text))
		default: // what a client did wrong, that client is told
			log.Debug("PostgreSQL", slog.String("level", level), slog.String("said", text))
		}
		if slices.Contains([]string{"PANIC", "FATAL", "HINT", "DETAIL", ""}, level) {
			t.mu.Lock()
			t.lines = append(t.lines, text)[max(0, len(t.lines)+1-tailMax):]
			t.mu.Unlock()
		}
	}
	// A line beyond the scanner's limit: what follows is of no use, but must be
	// taken, or the server would wait for ever to be heard.
	_, _ = io.Copy(io.Discard, r)
}

// String is what was said, ready to follow another sentence.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.lines) == 0 {
		return ""
	}
	return "; it said: " + strings.Join(t.lines, "; ")
}

// environment is what a server gets of ours: nothing that could change how it
// behaves.
func environment() []string { return []string{"LC_ALL=C.UTF-8", "PATH=/usr/bin:/bin"} }

// pause waits a while, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	<-ctx.Done()
}

// within waits for a channel to be closed, but not for ever.
func within(ctx context.Context, limit time.Duration, c <-chan struct{}) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	select {
	case <-c:
	case <-ctx.Done():
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
