package local

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
)

// Reason says why a folder cannot be used.
type Reason string

// The reasons, each in words that can follow the folder's name.
const (
	Unreachable Reason = "cannot be entered by the account that runs PostgreSQL"
	NotWritable Reason = "cannot be written to"
	OtherMajor  Reason = "was made by another major version of PostgreSQL"
	InUse       Reason = "is in use by another process"
	NotOurs     Reason = "holds something else"
)

// FolderError says which folder cannot be used, and why.
type FolderError struct {
	Dir    string
	Reason Reason
	Detail string // which account, which version …; may be empty
}

func (e *FolderError) Error() string {
	if e.Detail == "" {
		return e.Dir + " " + string(e.Reason)
	}
	return e.Dir + " " + string(e.Reason) + ": " + e.Detail
}

const (
	owner     = "feisui" // the role that owns the cluster
	socketMax = 100      // bytes of a socket's path; the kernel takes 107
	folder    = fs.FileMode(0o700)
)

// What is in a folder: the cluster, the one that is being made, the lock.
const (
	dataName, newName, lockName = "data", "data.new", "lock"
	socketName                  = ".s.PGSQL." + port
)

// cluster is a folder, who serves it and with what.
type cluster struct {
	dir     string // absolute
	data    string // dir/data
	socket  string // the folder of the socket: dir, or a short one
	bin     string
	account account
}

// open makes a folder ready for one process, this one, until release.
func open(ctx context.Context, o PostgresOptions) (c cluster, release func(), err error) {
	if c.dir, err = filepath.Abs(o.Dir); err != nil {
		return c, nil, err
	}
	c.data = filepath.Join(c.dir, dataName)
	// What is above it stays open: the server's account has to pass.
	if err := os.MkdirAll(filepath.Dir(c.dir), 0o755); err != nil {
		return c, nil, unwritable(c.dir, err)
	}
	if err := os.Mkdir(c.dir, folder); err != nil && !errors.Is(err, fs.ErrExist) {
		return c, nil, unwritable(c.dir, err)
	}
	if err := c.familiar(); err != nil {
		return c, nil, err
	}
	if c.account, err = serverAccount(c.data); err != nil {
		return c, nil, err
	}
	free, err := lock(ctx, c.dir)
	if err != nil {
		return c, nil, err
	}
	defer func() {
		if err != nil {
			free()
		}
	}()
	if err := c.account.own(c.dir); err != nil {
		return c, nil, unwritable(c.dir, err)
	}
	if c.bin, err = findBinaries(ctx, o.Bin, c); err != nil {
		return c, nil, err
	}
	if err := c.probe(ctx); err != nil {
		return c, nil, err
	}
	c.socket, err = c.socketFolder()
	return c, free, err
}

func unwritable(dir string, err error) error {
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, fs.ErrExist) {
		return &FolderError{dir, NotWritable, err.Error()}
	}
	return err
}

// familiar refuses a folder with other things in it: it would be given to
// another account, and closed to everybody else.
func (c cluster) familiar() error {
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		return unwritable(c.dir, err)
	}
	for _, e := range entries {
		if !slices.Contains([]string{dataName, newName, lockName, socketName, socketName + ".lock"}, e.Name()) {
			return &FolderError{c.dir, NotOurs, e.Name()}
		}
	}
	return nil
}

// lock takes the folder for this process. The kernel frees it however the
// process ends. A process that is just ending is given until ctx, or a second.
func lock(ctx context.Context, dir string) (release func(), err error) {
	// Not through a link: the folder may belong to an account with fewer rights.
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, unwritable(dir, err)
	}
	if err := own(ctx, f); err != nil {
		f.Close()
		return nil, &FolderError{dir, InUse, ""}
	}
	return func() { f.Close() }, nil
}

// own takes a file for this process. It is given a second, or until ctx: another may be
// just ending, and a child that this one forks holds what was let go until it runs its
// own program.
func own(ctx context.Context, f *os.File) (err error) {
	for range 50 {
		if err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); !errors.Is(err, syscall.EWOULDBLOCK) || ctx.Err() != nil {
			break
		}
		pause(ctx, lookEvery)
	}
	return err
}

// probe runs a program as the server will run: as that account, in that folder.
func (c cluster) probe(ctx context.Context) error {
	if _, err := c.run(ctx, "/", "postgres", "-V"); err != nil {
		return fmt.Errorf("%s cannot run %s: %w", c.account.name, filepath.Join(c.bin, "postgres"), err)
	}
	if _, err := c.run(ctx, c.dir, "postgres", "-V"); err != nil {
		return &FolderError{c.dir, Unreachable, c.account.name + closedParent(c.dir)}
	}
	return nil
}

// closedParent names the folder that keeps others out, as far as its mode says.
func closedParent(dir string) string {
	for parent := filepath.Dir(dir); ; parent = filepath.Dir(parent) {
		if info, err := os.Stat(parent); err == nil && info.Mode().Perm()&0o001 == 0 {
			return " is kept out by " + parent
		}
		if parent == filepath.Dir(parent) {
			return ""
		}
	}
}

// socketFolder is the folder itself unless its name is too long for a socket.
func (c cluster) socketFolder() (string, error) {
	if len(filepath.Join(c.dir, socketName)) <= socketMax {
		return c.dir, nil
	}
	sum := sha256.Sum256([]byte(c.dir))
	short := filepath.Join(os.TempDir(), "feisui-"+hex.EncodeToString(sum[:6]))
	if err := os.Mkdir(short, folder); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", unwritable(short, err)
	}
	// Anybody may have made it, to be the server that we talk to.
	info, err := os.Lstat(short)
	if err != nil {
		return "", err
	}
	if by := int(info.Sys().(*syscall.Stat_t).Uid); !info.IsDir() || by != c.account.uid && by != os.Geteuid() {
		return "", &FolderError{short, NotOurs, "it belongs to another account"}
	}
	if err := c.account.own(short); err != nil {
		return "", unwritable(short, err)
	}
	return short, nil
}

// initialise makes the cluster under another name first, so that there is a
// whole one or none.
func (c cluster) initialise(ctx context.Context) error {
	if _, err := os.Stat(filepath.Join(c.data, "PG_VERSION")); err == nil {
		return nil
	}
	making := filepath.Join(c.dir, newName)
	if err := os.RemoveAll(making); err != nil {
		return err
	}
	said, err := c.run(ctx, c.dir, "initdb", "-D", making, "-U", owner, "--encoding=UTF8", "--locale=C.UTF-8",
		"--data-checksums", "--auth=peer", "--no-instructions")
	if err != nil {
		return fmt.Errorf("make the cluster in %s: %w: %s", c.dir, err, said)
	}
	return os.Rename(making, c.data)
}

// configure writes who may connect, each time: the accounts may have changed.
// No password: the socket's folder is closed, and the kernel says who calls.
func (c cluster) configure() error {
	callers := []string{c.account.name}
	if name := currentName(); name != c.account.name {
		callers = append(callers, name)
	}
	var ident strings.Builder
	for _, caller := range callers {
		fmt.Fprintf(&ident, "feisui %q %s\n", caller, owner)
	}
	for name, text := range map[string]string{
		"pg_hba.conf":   "local all all peer map=feisui\n", //nolint:dupword // all databases, all users
		"pg_ident.conf": ident.String(),
	} {
		name = filepath.Join(c.data, name)
		// What is right stays: on a full disk it would be emptied, and not written.
		if is, err := os.ReadFile(name); err == nil && string(is) == text {
			continue
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			return unwritable(c.dir, err)
		}
		if err := c.account.own(name); err != nil {
			return err
		}
	}
	return nil
}

// run runs one of PostgreSQL's programs to its end, as the server's account. It
// does not outlive this process.
func (c cluster) run(ctx context.Context, in, program string, arguments ...string) (said string, err error) {
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, filepath.Join(c.bin, program), arguments...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = in, environment(), &out, &out
	cmd.SysProcAttr = c.account.attributes(syscall.SIGKILL)
	done := make(chan error)
	go func() { // the thread that forks must live as long as the child, see start
		runtime.LockOSThread()
		done <- cmd.Run()
	}()
	err = <-done
	return strings.TrimSpace(out.String()), err
}

// tidy removes what a stopped server leaves beside its data.
func (c cluster) tidy() {
	if c.socket != c.dir {
		// Left over at worst: an empty folder, taken up by the next start.
		_ = os.Remove(c.socket)
	}
}
