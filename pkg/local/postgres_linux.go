package local

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// attributes let a child run as the account, out of reach of the terminal's
// Ctrl-C, and end when the thread that forked it ends.
func (a account) attributes(onDeath syscall.Signal) *syscall.SysProcAttr {
	attributes := &syscall.SysProcAttr{Setpgid: true, Pdeathsig: onDeath}
	if a.drop {
		attributes.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
	}
	return attributes
}

// stopLeftovers ends what an earlier process has left running in this folder.
// The folder is locked: whoever started it is gone.
func (c cluster) stopLeftovers(ctx context.Context) error {
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGQUIT, syscall.SIGKILL} {
		if c.leave(ctx, signal) {
			return c.forgetServer()
		}
	}
	return &FolderError{c.dir, InUse, "an earlier server does not end"}
}

// leave asks what is left to end, and reports whether it did.
func (c cluster) leave(ctx context.Context, signal syscall.Signal) bool {
	ctx, cancel := context.WithTimeout(ctx, fastMax)
	defer cancel()
	asked := false
	for ; ctx.Err() == nil; pause(ctx, lookEvery) {
		left := c.leftovers()
		if len(left) == 0 {
			return true
		}
		// The server tells its backends; without one, each is told.
		if server := c.noted(); slices.Contains(left, server) {
			left = []int{server}
		}
		for _, pid := range left {
			if !asked {
				// It may be ending already.
				_ = syscall.Kill(pid, signal)
			}
		}
		asked = true
	}
	return false
}

// leftovers are the processes whose working folder is the cluster: a server and
// its backends stand there all their lives.
func (c cluster) leftovers() (pids []int) {
	places, err := filepath.Glob("/proc/[0-9]*/cwd")
	if err != nil {
		return nil
	}
	data, err := filepath.EvalSymlinks(c.data)
	if err != nil {
		return nil
	}
	for _, place := range places {
		if at, err := os.Readlink(place); err == nil && at == data {
			if pid, err := strconv.Atoi(strings.Split(place, "/")[2]); err == nil {
				pids = append(pids, pid)
			}
		}
	}
	return pids
}

// noted is the process that the cluster's note names as its server, 0 for none.
func (c cluster) noted() int {
	b, err := os.ReadFile(filepath.Join(c.data, noteName))
	if err != nil {
		return 0
	}
	line, _, _ := strings.Cut(string(b), "\n")
	pid, err := strconv.Atoi(line)
	if err != nil {
		return 0
	}
	return pid
}

// forgetServer removes the note of a server that was killed when its number has
// since been given to another process: PostgreSQL would refuse to start for fear
// of it. Any other note is PostgreSQL's own to judge.
func (c cluster) forgetServer() error {
	pid := c.noted()
	if pid <= 0 || errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return nil
	}
	if err := os.Remove(filepath.Join(c.data, noteName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return unwritable(c.dir, err)
	}
	return nil
}

// roomMin is less than what the server needs at once: it makes its log in files of
// 16 MiB.
const roomMin = 16 << 20

// full looks at every file system that the cluster may lie on.
func (c cluster) full() bool {
	places, err := filepath.Glob(filepath.Join(c.data, "pg_tblspc", "*"))
	if err != nil {
		places = nil // the pattern is right
	}
	for _, place := range append(places, c.data, filepath.Join(c.data, "base"), filepath.Join(c.data, "pg_wal")) {
		var s syscall.Statfs_t
		if syscall.Statfs(place, &s) == nil && s.Bavail*uint64(s.Bsize) < roomMin { //nolint:gosec // a block is never negative
			return true
		}
	}
	return false
}

const noteName = "postmaster.pid"
