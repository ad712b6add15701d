package serve_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"feisui/services/feisui/serve"
)

func TestOnlyThisMachineIsListenedTo(t *testing.T) {
	t.Parallel()
	for address, allowed := range map[string]bool{
		"127.0.0.1:0": true, "localhost:0": true, "[::1]:0": true, "127.8.8.8:0": true,
		"0.0.0.0:0": false, ":0": false, "[::]:0": false, "192.168.1.5:80": false, "example.org:80": false,
	} {
		_, err := serve.Open(t.Context(), serve.Config{Listen: address, Targets: []string{"ledger"}, DatabaseURL: "postgres://%zz"})
		var mistake *serve.Mistake
		if err == nil || !errors.As(err, &mistake) {
			t.Fatalf("%s: %v", address, err)
		}
		if refused := strings.Contains(mistake.Chinese, "监听"); refused == allowed {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// TestACountyIsCalledByAName: what is none is said of --county-name, and not of the county.
func TestACountyIsCalledByAName(t *testing.T) {
	t.Parallel()
	for name, says := range map[string]string{
		"":                         "--database",
		"汝城县":                      "--database",
		strings.Repeat("县", 60):    "--database",
		strings.Repeat("县", 61):    "61 个字",
		"汝城\n县":                    "控制字符",
		"汝城\x00县":                  "控制字符",
		"汝城县\u0085":                "控制字符",
		"\xc8\xea\xb3\xc7\xcf\xd8": "UTF-8", // in GBK
	} {
		_, err := serve.Open(t.Context(), serve.Config{Listen: "127.0.0.1:0", Counties: []string{"county"}, CountyName: name, DatabaseURL: "postgres://%zz"})
		var mistake *serve.Mistake
		if !errors.As(err, &mistake) || !strings.Contains(mistake.Chinese, says) || says != "--database" && !strings.HasPrefix(mistake.Chinese, "--county-name：") {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// TestOtherMachinesNeedTLS: an address that they reach is listened to with a
// certificate, or behind a proxy that has one.
func TestOtherMachinesNeedTLS(t *testing.T) {
	t.Parallel()
	cert, key := certificate(t, "feisui.county.example")
	for name, c := range map[string]struct {
		config serve.Config
		says   string // "": it is listened to
	}{
		"a certificate":         {serve.Config{TLSCert: cert, TLSKey: key}, ""},
		"a proxy":               {serve.Config{BehindProxy: "feisui.county.example"}, ""},
		"neither":               {serve.Config{}, "监听"},
		"no key":                {serve.Config{TLSCert: cert}, "证书"},
		"another key":           {serve.Config{TLSCert: cert, TLSKey: cert}, "证书"},
		"an operator's key":     {serve.Config{BehindProxy: "x", OperatorKey: strings.Repeat("k", 32)}, ""},
		"one that is too short": {serve.Config{BehindProxy: "x", OperatorKey: "secret"}, "密钥"},
		"one with a blank":      {serve.Config{BehindProxy: "x", OperatorKey: strings.Repeat("k ", 32)}, "密钥"},
	} {
		c.config.Listen, c.config.DatabaseURL, c.config.Log = "0.0.0.0:0", "postgres://%zz", slog.New(slog.DiscardHandler)
		_, err := serve.Open(t.Context(), c.config)
		var mistake *serve.Mistake
		if err == nil || !errors.As(err, &mistake) {
			t.Fatalf("%s: %v", name, err)
		}
		if c.says != "" && !strings.Contains(mistake.Chinese, c.says) || c.says == "" && !strings.Contains(mistake.Chinese, "--database") {
			t.Errorf("%s: %v", name, err)
		}
		if strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "kkk") {
			t.Errorf("%s: it tells the key: %v", name, err)
		}
	}
}

// certificate makes one for a name, and gives its files.
func certificate(t *testing.T, name string) (cert, key string) {
	t.Helper()
	secret, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, about, about, secret.Public(), secret)
	if err != nil {
		t.Fatal(err)
	}
	secretDER, err := x509.MarshalPKCS8PrivateKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	for file, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: secretDER}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

// TestNamesThatAreAnswered: besides those of this machine, the one by which a
// proxy calls, and those of the certificate.
func TestNamesThatAreAnswered(t *testing.T) {
	t.Parallel()
	cert, key := certificate(t, "feisui.county.example")
	for name, c := range map[string]serve.Config{"proxy": {BehindProxy: "feisui.county.example"}, "certificate": {TLSCert: cert, TLSKey: key}} {
		c.Listen = "0.0.0.0:443"
		h, err := serve.Listening(c)
		if err != nil {
			t.Fatal(err)
		}
		for host, want := range map[string]int{
			"feisui.county.example": 200, "FEISUI.county.example:8443": 200, "127.0.0.1": 200,
			"county.example": 421, "x.feisui.county.example": 421, "192.168.1.5": 421, "": 421,
		} {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/healthz", nil)
			r.Host = host
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != want {
				t.Errorf("%s: %q: %d, want %d", name, host, w.Code, want)
			}
		}
	}
}

func TestOnlyNamesOfThisMachineAreAnswered(t *testing.T) {
	t.Parallel()
	h := serve.Handler()
	for host, want := range map[string]int{
		"127.0.0.1:8080": http.StatusOK, "localhost": http.StatusOK, "LOCALHOST:8080": http.StatusOK, "[::1]:8080": http.StatusOK,
		"rebound.example.org": http.StatusMisdirectedRequest, "rebound.example.org:8080": http.StatusMisdirectedRequest,
		"192.168.1.5:8080": http.StatusMisdirectedRequest, "localhost.example.org": http.StatusMisdirectedRequest, "": http.StatusMisdirectedRequest,
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/healthz", nil)
		r.Host = host
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("%q: %d, want %d: %s", host, w.Code, want, w.Body)
		}
		var said struct{ Code, Title string }
		if want != http.StatusOK && (json.Unmarshal(w.Body.Bytes(), &said) != nil || said.Code != "HOST" || said.Title == "") {
			t.Errorf("%q: %s", host, w.Body)
		}
	}
}
