package portal

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
)

// newRequest is a request id for one form: it stands in the page, so that a form
// that is sent twice is done once.
func newRequest() string { return "portal-" + rand.Text() }

func jsonBody(value any) (io.Reader, error) {
	data, err := json.Marshal(value)
	return bytes.NewReader(data), err
}

// sumOf is a short text that only the same content has.
func sumOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:16])
}
