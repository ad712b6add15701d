package pgtest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"feisui/pkg/local"
)

// kind is one of the two servers that tests may share.
type kind string

const (
	quick   kind = "quick"   // syncs nothing, in memory if there is room
	durable kind = "durable" // as in service
)

const (
	serveVariable = "FEISUI_PGTEST_SERVE" // makes a test program the owner of a server
	idleVariable  = "FEISUI_PGTEST_IDLE"  // how long the server stays when no test process does
	dirVariable   = "FEISUI_PGTEST_DIR"   // where the servers' folders go
	idleDefault   = 5 * time.Second
	lookEvery     = 50 * time.Millisecond
	startMax      = 2 * time.Minute
	memory        = "/dev/shm"
	memoryMin     = 1 << 30
	foldersMin    = 4 << 30
)

// A test program that is told to becomes the owner of a server before it runs
// any test. This way it needs no other program.
func init() {
	if k := kind(os.Getenv(serveVariable)); k != "" {
		if err := k.serve(context.Background()); err != nil {
			fmt.Println("error " + err.Error())
			os.Exit(1)
		}
		os.Exit(0)
	}
}

// server is the running one, or one that is started now. This process is among
// its users from then on: it holds a lock that the kernel frees when it ends.
func (k kind) server() (server, error) {
	users.Lock()
	defer users.Unlock()
	if s, ok := users.of[k]; ok {
		return s, nil
	}
	dir := k.folder()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	// Waits while an owner ends its server, which it does only without users.
	user, err := flock(filepath.Join(dir, "users"), syscall.LOCK_SH)
	if err != nil {
		return "", err
	}
	starting, err := flock(filepath.Join(dir, "starting"), syscall.LOCK_EX)
	if err != nil {
		return "", err
	}
	defer starting.Close()
	s, err := k.find(dir)
	if err != nil {
		user.Close()
		return "", err
	}
	users.of[k], users.locks = s, append(users.locks, user)
	return s, nil
}

// users are the servers that this process uses.
var users = struct {
	sync.Mutex
	of    map[kind]server
	locks []*os.File // kept open: a file that nobody refers to is closed
}{of: map[kind]server{}}

// find looks whether the server that is noted answers, and starts one if not.
func (k kind) find(dir string) (server, error) {
	ctx, cancel := context.WithTimeout(context.Background(), startMax)
	defer cancel()
	if b, err := os.ReadFile(filepath.Join(dir, "url")); err == nil {
		if c, err := pgx.Connect(ctx, server(b).database("postgres")); err == nil {
			return server(b), c.Close(ctx)
		}
	}
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	said, says, err := os.Pipe()
	if err != nil {
		return "", err
	}
	defer said.Close()
	cmd := exec.Command(self)
	// Its output is not ours: `go test` waits until nobody holds that open.
	cmd.Env, cmd.Stdout, cmd.Dir = append(os.Environ(), serveVariable+"="+string(k)), says, dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	err = cmd.Start()
	says.Close()
	if err != nil {
		return "", err
	}
	if err := cmd.Process.Release(); err != nil {
		return "", err
	}
	line, err := bufio.NewReader(said).ReadString('\n')
	line = strings.TrimSpace(line)
	if url, ok := strings.CutPrefix(line, "url "); ok {
		return server(url), nil
	}
	if strings.HasSuffix(line, local.ErrNoBinaries.Error()) {
		return "", local.ErrNoBinaries
	}
	return "", errors.Join(errors.New(line), err)
}

// serve runs a server for as long as it has users.
func (k kind) serve(ctx context.Context) (err error) {
	dir := k.folder()
	starting, cancel := context.WithTimeout(ctx, startMax)
	defer cancel()
	settings := map[string]string{"max_connections": "400", "max_wal_size": "256MB"}
	if k == quick {
		maps.Copy(settings, map[string]string{"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "wal_level": "minimal", "max_wal_senders": "0"})
	}
	p, err := local.StartPostgres(starting, local.PostgresOptions{Dir: filepath.Join(dir, "cluster"), Settings: settings})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Stop()) }()
	if err := sweep(starting, server(p.URL())); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "url"), []byte(p.URL()), 0o600); err != nil {
		return err
	}
	fmt.Println("url " + p.URL())
	os.Stdout.Close()
	return k.attend(ctx, dir, p.Done())
}

// sweep drops what tests that failed, or were killed, have left in earlier runs.
func sweep(ctx context.Context, s server) error {
	return onServer(ctx, s, func(c *pgx.Conn) error {
		rows, err := c.Query(ctx, `select datname from pg_database where datname ~ '^(test|template_[0-9a-f]+)_[0-9]+'`)
		if err != nil {
			return err
		}
		names, err := pgx.CollectRows(rows, pgx.RowTo[string])
		for _, name := range names {
			_, dropped := c.Exec(ctx, `drop database `+name+` with (force)`)
			err = errors.Join(err, dropped)
		}
		return err
	})
}

// attend returns when there has been no user for a while; nobody can become one
// from then on until this process has ended.
func (k kind) attend(ctx context.Context, dir string, gone <-chan struct{}) error {
	name := filepath.Join(dir, "users")
	for quiet := time.Duration(0); ; pause(ctx, lookEvery) {
		select {
		case <-gone:
			return nil // somebody ended the server; the next test starts another
		default:
		}
		lock, err := flock(name, syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case errors.Is(err, syscall.EWOULDBLOCK):
			quiet = 0
		case err != nil:
			return err
		case quiet > idle():
			// Not closed: the lock is held until the server has stopped.
			users.locks = append(users.locks, lock)
			return os.Remove(filepath.Join(dir, "url"))
		default:
			quiet += lookEvery
			lock.Close()
		}
	}
}

func idle() time.Duration {
	if d, err := time.ParseDuration(os.Getenv(idleVariable)); err == nil {
		return d
	}
	return idleDefault
}

func flock(name string, how int) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err := syscall.Flock(int(f.Fd()), how)
		if err == nil {
			return f, nil
		}
		if !errors.Is(err, syscall.EINTR) {
			f.Close()
			return nil, err
		}
	}
}

// roomy reports whether a folder in memory has room for so many bytes.
func roomy(dir string, bytes uint64) bool {
	var s syscall.Statfs_t
	return syscall.Statfs(dir, &s) == nil && s.Bavail*uint64(s.Bsize) >= bytes
}

// Folders is where tests make the data folders of programs that they start: in memory if
// there is room. What a program that is killed has written is there as on a disk; of a
// machine that loses its power no test knows anything. Making a cluster's thousand files,
// and taking them away, is most of what such a test would have a disk do.
func Folders() string {
	if roomy(memory, foldersMin) {
		return memory
	}
	return os.TempDir()
}

func pause(ctx context.Context, d time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	<-ctx.Done()
}
