package relay_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// each does something to every file of a name in a store.
func each(tb testing.TB, dir, pattern string, do func(name string) error) {
	tb.Helper()
	found := 0
	must(tb, filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if is, err := filepath.Match(pattern, filepath.Base(name)); err != nil || !is {
			return err
		}
		found++
		return do(name)
	}))
	if found == 0 {
		tb.Errorf("no %s in the store", pattern)
	}
}

// shorten cuts the end off a file: what a power cut does before a sync.
func shorten(name string) error {
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	return os.Truncate(name, info.Size()*2/3)
}

// flip turns one bit in the middle of a file: what an ageing disk does.
func flip(name string) error {
	b, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	b[len(b)/2] ^= 1
	return os.WriteFile(name, b, 0o600)
}
