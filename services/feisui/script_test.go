package main

import (
	"io"
	"os"
	"path/filepath"
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
	testscript.Main(m, map[string]func(){"feisui": main})
}

// TestScripts runs testdata/script: what users type, what they see, and the
// exit status.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{Dir: filepath.Join("testdata", "script")})
}
