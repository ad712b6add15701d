package main

import (
	"net/http"
	"os"
)

// testKey is the operator's key of the servers in these tests. Commands and
// programs find it in the environment, and requests of the tests show it.
const testKey = "6f70657261746f72206f6620746865207465737473206f662066656973756920"

// plainly sent requests show no key: they are nobody's.
var anonymous = &http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone()}

// keyed shows the operator's key with every request that shows nothing else.
type keyed struct{ http.RoundTripper }

func (k keyed) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Header.Get("Authorization") == "" {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", "Bearer "+testKey)
	}
	return k.RoundTripper.RoundTrip(r)
}

// beOperator has this process and its children show the key.
func beOperator() {
	os.Setenv("FEISUI_OPERATOR_KEY", testKey) //nolint:errcheck // the name is one
	http.DefaultTransport = keyed{http.DefaultTransport}
}
