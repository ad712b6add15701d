package local

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// ErrAccount says that there is no account that PostgreSQL would run as. It
// refuses to run as root, and as an account without a name.
var ErrAccount = errors.New("PostgreSQL needs an account with a name that is not root's")

// account is who runs the server.
type account struct {
	name     string
	uid, gid int
	drop     bool // this process is root, and the server must not be
}

// serverAccount is this process's own unless that is root. Root takes the
// account that owns the cluster already, else postgres, else nobody.
func serverAccount(data string) (account, error) {
	if os.Geteuid() != 0 {
		u, err := user.LookupId(strconv.Itoa(os.Geteuid()))
		if err != nil {
			return account{}, fmt.Errorf("%w: %w", ErrAccount, err)
		}
		return account{name: u.Username, uid: os.Geteuid(), gid: os.Getegid()}, nil
	}
	if info, err := os.Stat(data); err == nil {
		if uid := info.Sys().(*syscall.Stat_t).Uid; uid != 0 {
			if u, err := user.LookupId(strconv.Itoa(int(uid))); err == nil {
				return dropTo(u)
			}
		}
	}
	for _, name := range []string{"postgres", "nobody"} {
		if u, err := user.Lookup(name); err == nil {
			return dropTo(u)
		}
	}
	return account{}, ErrAccount
}

func dropTo(u *user.User) (account, error) {
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return account{}, err
	}
	gid, err := strconv.Atoi(u.Gid)
	return account{name: u.Username, uid: uid, gid: gid, drop: true}, err
}

// currentName is who this process is to the server: the kernel tells it.
func currentName() string {
	if u, err := user.LookupId(strconv.Itoa(os.Geteuid())); err == nil {
		return u.Username
	}
	return ""
}

// own gives everything below a path to the account, and closes the path to all
// others. An ordinary account has what it made.
func (a account) own(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if info.IsDir() {
		if err := os.Chmod(path, folder); err != nil {
			return err
		}
	}
	if !a.drop {
		return nil
	}
	return filepath.WalkDir(path, func(name string, e fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		}
		if info, err := e.Info(); err == nil && int(info.Sys().(*syscall.Stat_t).Uid) == a.uid {
			return nil // saves a write for each of a thousand files
		}
		// A server that was left running may be ending, and take its files away.
		if err := os.Lchown(name, a.uid, a.gid); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	})
}
