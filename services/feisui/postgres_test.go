package main

import (
	"context"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"feisui/pkg/civil"
	"feisui/pkg/figure"
	"feisui/pkg/pgtest"
	"feisui/services/feisui/serve"
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

// newCluster gives the folder of a cluster, inside a data folder, as a first start of a
// server without counties leaves it: initdb and every migration are behind it. Each is a
// copy of one, which takes a tenth of the time. Tests of what a first start does begin with
// an empty dataOf, and so does what is measured.
func newCluster(t testing.TB, data string) string {
	t.Helper()
	needPostgres(t)
	to := filepath.Join(data, clusterName)
	if _, measures := t.(*testing.B); measures {
		return to
	}
	from, err := made.once(t.Context())
	if err != nil {
		t.Fatalf("the cluster that tests begin with: %v", err)
	}
	if out, err := exec.CommandContext(t.Context(), "cp", "-a", from, to).CombinedOutput(); err != nil { // with its owner, another account
		t.Fatalf("%v: %s", err, out)
	}
	return to
}

// clusterName is the cluster's folder in the data folder of a server.
const clusterName = "postgres"

// made is the cluster that is copied, for as long as this process runs.
var made firstStart

type firstStart struct {
	sync.Once
	data string
	err  error
}

func (f *firstStart) once(ctx context.Context) (cluster string, err error) {
	f.Do(func() { f.err = f.start(context.WithoutCancel(ctx)) })
	return filepath.Join(f.data, clusterName), f.err
}

func (f *firstStart) start(ctx context.Context) (err error) {
	if f.data, err = os.MkdirTemp(pgtest.Folders(), "feisui-test-"); err != nil {
		return err
	}
	if err := os.Chmod(f.data, 0o755); err != nil {
		return err
	}
	server, err := serve.Open(ctx, serve.Config{Data: f.data, Listen: "127.0.0.1:0", Calendar: civil.China(), Clock: time.Now, Log: quiet(), OperatorKey: testKey, CheapHashes: true})
	if err != nil {
		return err
	}
	return server.Close()
}

// remove takes away what was made, when all tests have ended.
func (f *firstStart) remove() error { return os.RemoveAll(f.data) }

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }
