package serve

import (
	"crypto/sha256"
	"fmt"
	"net/http"
)

// requestID is the client's own number for what it asks. The same number with
// the same content is answered once, however often it is sent.
func requestID(r *http.Request) (string, error) {
	id := r.Header.Get("Request-Id")
	if id == "" || len(id) > 200 || !plain(id) {
		return "", refuse(http.StatusPreconditionRequired, "REQUEST_ID",
			"请在 Request-Id 中填写请求编号（1 至 200 个字母、数字或符号），重发时用同一编号",
			"expected a Request-Id of 1 to 200 printable ASCII characters, the same when the request is sent again")
	}
	return id, nil
}

func plain(s string) bool {
	for _, c := range []byte(s) {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return true
}

func fingerprintOf(parts ...[]byte) (sum [32]byte) {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:", len(p))
		h.Write(p)
	}
	copy(sum[:], h.Sum(nil))
	return sum
}
