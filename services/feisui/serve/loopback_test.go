package serve_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

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
