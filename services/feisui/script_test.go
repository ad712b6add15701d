package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets the scripts and the tests of the running county run feisui as a
// program of its own.
func TestMain(m *testing.M) {
	if os.Getenv("FEISUI_AS_PROGRAM") != "" {
		go func() { // whoever started it has ended, and nobody will end it
			io.Copy(io.Discard, os.Stdin) //nolint:errcheck // however it ends
			os.Exit(exitBroken)
		}()
		main()
	}
	if database := os.Getenv(stageVariable); database != "" {
		asStage(database)
	}
	beOperator()
	testscript.Main(tidied{m}, map[string]func(){"feisui": main})
}

// tidied are tests that leave nothing when they have ended.
type tidied struct{ *testing.M }

func (m tidied) Run() int {
	status := m.M.Run()
	if err := made.remove(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return exitBroken
	}
	return status
}

// TestScripts runs testdata/script: what users type, what they see, and the
// exit status.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{Dir: filepath.Join("testdata", "script")})
}

// TestRunningScripts runs testdata/running, each script against a county of its
// own in a running server.
func TestRunningScripts(t *testing.T) {
	t.Parallel()
	scripts, err := filepath.Glob(filepath.Join("testdata", "running", "*.txtar"))
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	var counties []string
	for _, script := range scripts {
		counties = append(counties, strings.TrimSuffix(filepath.Base(script), ".txtar"))
	}
	server := running(t, counties...)
	testscript.Run(t, testscript.Params{Dir: filepath.Join("testdata", "running"), Setup: func(env *testscript.Env) error {
		env.Setenv("FEISUI_OPERATOR_KEY", testKey)
		env.Setenv("FEISUI_SERVER", server)
		env.Setenv("FEISUI_COUNTY", strings.TrimPrefix(filepath.Base(env.WorkDir), "script-"))
		return nil
	}})
}
