package main

import (
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"feisui/pkg/figure"
	"feisui/pkg/pgtest"
)

// needPostgres ends the test where PostgreSQL is not installed: as a failure
// where everything must run, and else plainly said.
func needPostgres(t testing.TB) {
	t.Helper()
	if found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres"); err == nil && len(found) > 0 || os.Getenv("FEISUI_POSTGRES_BIN") != "" {
		return
	}
	if _, err := exec.LookPath("postgres"); err != nil {
		figure.Skip(t, "PostgreSQL is not installed: make postgres installs it")
	}
}

// dataOf is a data folder that the account which runs PostgreSQL may enter.
func dataOf(t testing.TB) string {
	t.Helper()
	parent := os.TempDir()
	if _, measures := t.(*testing.B); !measures { // what a disk does is part of what is measured
		parent = pgtest.Folders()
	}
	folder, err := os.MkdirTemp(parent, "feisui-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(folder); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	return folder
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }
