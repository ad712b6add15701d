package sso

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// Bounds of what is asked of a provider.
const (
	askMax    = 10 * time.Second
	answerMax = 1 << 20 // bytes; its documents and keys take a hundredth
	idleMax   = 30 * time.Second
)

// only is a client that asks one server and nobody else (A68): a document in which
// another address stands leads nowhere, and neither does a redirect.
func only(issuer *url.URL) (client *http.Client, end func()) {
	direct := &http.Transport{TLSHandshakeTimeout: askMax, IdleConnTimeout: idleMax, MaxIdleConnsPerHost: 2} // by no proxy
	return &http.Client{
		Transport: &fence{issuer: issuer.String(), next: direct}, Timeout: askMax,
		CheckRedirect: func(*http.Request, []*http.Request) error { return errors.New("it leads on to elsewhere") },
	}, direct.CloseIdleConnections
}

type fence struct {
	issuer string
	next   http.RoundTripper
}

// RoundTrip asks what is at the issuer's origin.
func (f *fence) RoundTrip(r *http.Request) (*http.Response, error) {
	if !sameOrigin(f.issuer, r.URL.String()) {
		return nil, fmt.Errorf("%s is not at the issuer's address", r.URL.Redacted())
	}
	answer, err := f.next.RoundTrip(r)
	if err == nil {
		answer.Body = http.MaxBytesReader(nil, answer.Body, answerMax)
	}
	return answer, err
}

// sameOrigin reports that two addresses are of one server.
func sameOrigin(a, b string) bool {
	u, err1 := url.Parse(a)
	w, err2 := url.Parse(b)
	return err1 == nil && err2 == nil && u.Scheme == w.Scheme && u.Host == w.Host && w.User == nil
}
