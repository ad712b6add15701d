package main

import (
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets the scripts run feisui as a program of its own.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"feisui": main})
}

// TestScripts runs testdata/script: what users type, what they see, and the
// exit status.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{Dir: filepath.Join("testdata", "script")})
}
