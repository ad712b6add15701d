package main

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"feisui/pkg/local"
	"feisui/services/feisui/serve"
)

// TestTheOperatorsKey: a start leaves a key that nobody else may read, the
// commands on the machine find it, and nobody without it is answered.
func TestTheOperatorsKey(t *testing.T) {
	needPostgres(t)
	data := dataOf(t)
	t.Setenv("FEISUI_OPERATOR_KEY", "") // as it is for whoever never heard of it
	t.Setenv("FEISUI_DATA", data)
	program := launch(t, "--data", data)
	path := filepath.Join(data, keyName)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", info, err)
	}
	key := strings.TrimSpace(string(contents(t, path)))
	if len(key) != 2*local.KeyBytes {
		t.Errorf("the key has %d digits", len(key))
	}
	factors := filepath.Join(data, "factor.key")
	sealing := contents(t, factors)
	if info, err := os.Stat(factors); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key of second factors: %v, %v", info, err)
	}
	book := filepath.Join("testdata", "cases", "jiangyan-wages", "book")
	mustRun(t, "import", book, "--server", program.address)
	mustRun(t, "verify", "--server", program.address, "--key", path)
	flags := program.address + "/v1/counties/county/flags"
	for shown, want := range map[string]int{"": 401, "Bearer " + key: 200, "Bearer " + key[1:]: 401, "Basic " + key: 401, "Bearer " + testKey: 401} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, flags, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		if shown != "" {
			r.Header.Set("Authorization", shown)
		}
		answer, err := anonymous.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != want {
			t.Errorf("%.12s…: %d, want %d", shown, answer.StatusCode, want)
		}
	}
	program.end(t)
	if strings.Contains(program.said.String(), key) { // which is written until then
		t.Error("the key is in the log")
	}
	program = launch(t, "--data", data)
	if again := strings.TrimSpace(string(contents(t, path))); again != key {
		t.Error("another start made another key")
	}
	if !bytes.Equal(contents(t, factors), sealing) {
		t.Error("another start made another key of second factors")
	}
	mustRun(t, "verify", "--server", program.address)
	wrong := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(wrong, []byte(strings.Repeat("0", 64)), 0o600); err != nil {
		t.Fatal(err)
	}
	open := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(open, []byte(key), 0o644); err != nil { //nolint:gosec // that is the point
		t.Fatal(err)
	}
	t.Setenv("FEISUI_DATA", t.TempDir())
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"none":        {nil, "请先登录"},
		"another":     {[]string{"--key", wrong}, "请先登录"},
		"no file":     {[]string{"--key", wrong + "?"}, "操作员密钥读不出"},
		"an open one": {[]string{"--key", open}, "chmod 600"},
	} {
		_, stderr, status := feisui(t, append([]string{"verify", "--server", program.address}, c.args...)...)
		if status != exitUsage || !strings.Contains(stderr, c.says) {
			t.Errorf("%s: status %d: %s", name, status, stderr)
		}
	}
}

// TestOneKeyIsMade by many starts at once.
func TestOneKeyIsMade(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	keys := make([]string, 16)
	var making sync.WaitGroup
	for i := range keys {
		making.Go(func() {
			var err error
			if keys[i], err = makeKey(data); err != nil {
				t.Error(err)
			}
		})
	}
	making.Wait()
	for _, key := range keys {
		if key != keys[0] || len(key) != 2*local.KeyBytes {
			t.Errorf("%q and %q", keys[0], key)
		}
	}
	if left, err := os.ReadDir(data); err != nil || len(left) != 1 {
		t.Errorf("left: %v, %v", left, err)
	}
}

// TestOverTLS: with a certificate it is answered over TLS, and in plain it is not.
func TestOverTLS(t *testing.T) {
	t.Parallel()
	needPostgres(t)
	known := httptest.NewTLSServer(http.NotFoundHandler())
	defer known.Close()
	pair := known.TLS.Certificates[0] // of example.com and 127.0.0.1
	secret, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	cert, key := filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	for file, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: pair.Certificate[0]}, key: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	address := serving(t, serve.Config{TLSCert: cert, TLSKey: key, Counties: []string{"c"}}).Address()
	answer, err := known.Client().Get("https://" + address + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	plain, err := anonymous.Get("http://" + address + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	plain.Body.Close()
	if answer.StatusCode != http.StatusOK || plain.StatusCode != http.StatusBadRequest {
		t.Errorf("over TLS %s, in plain %s", answer.Status, plain.Status)
	}
}
