package api_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"

	"feisui/services/people/sso"
)

// issuer is an OpenID provider as the standard has it, written from the standard and
// with none of the library that it checks: it signs real tokens over real HTTP, takes
// a code once, and checks the client's secret and PKCE.
type issuer struct {
	*world

	server *httptest.Server
	rsa    *rsa.PrivateKey
	ec     *ecdsa.PrivateKey
	other  *ecdsa.PrivateKey // which it does not publish

	mu    sync.Mutex
	codes map[string]url.Values // what was asked of those that nobody has used

	user   string // who sits before it
	alg    string
	broken atomic.Bool          // it answers nothing but 500
	spoil  func(map[string]any) // of the claims; nil: nothing
	about  func(map[string]any) // of what it says of itself
}

const (
	clientID     = "feisui"
	clientSecret = "a secret between two programs"
	redirect     = "http://127.0.0.1" + sso.Path
)

func newIssuer(w *world) *issuer {
	w.Helper()
	i := &issuer{world: w, codes: map[string]url.Values{}, user: "330102-4711", alg: "RS256"}
	var err error
	i.rsa, err = rsa.GenerateKey(rand.Reader, 2048)
	w.must(err)
	i.ec, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	w.must(err)
	i.other, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	w.must(err)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /realm/.well-known/openid-configuration", i.configuration)
	mux.HandleFunc("GET /keys", i.keys)
	mux.HandleFunc("GET /authorize", i.authorize)
	mux.HandleFunc("POST /token", i.token)
	i.server = httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		if i.broken.Load() {
			http.Error(out, "broken", http.StatusInternalServerError)
			return
		}
		mux.ServeHTTP(out, r)
	}))
	w.Cleanup(i.server.Close)
	return i
}

func (i *issuer) name() string { return i.server.URL + "/realm" }

func (i *issuer) answer(out http.ResponseWriter, value any) {
	out.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(out).Encode(value); err != nil {
		i.Error(err)
	}
}

func (i *issuer) configuration(out http.ResponseWriter, _ *http.Request) {
	is := map[string]any{
		"issuer": i.name(), "authorization_endpoint": i.server.URL + "/authorize", "token_endpoint": i.server.URL + "/token",
		"jwks_uri": i.server.URL + "/keys", "response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"},
		"id_token_signing_alg_values_supported": []string{"RS256", "ES256", "HS256", "none"},
	}
	if i.about != nil {
		i.about(is)
	}
	i.answer(out, is)
}

func number(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (i *issuer) keys(out http.ResponseWriter, _ *http.Request) {
	point, err := i.ec.PublicKey.Bytes()
	if err != nil {
		i.Error(err)
	}
	i.answer(out, map[string]any{"keys": []map[string]string{
		{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "RS256", "n": number(i.rsa.N.Bytes()), "e": "AQAB"},
		{"kty": "EC", "use": "sig", "alg": "ES256", "kid": "ES256", "crv": "P-256", "x": number(point[1:33]), "y": number(point[33:])},
	}})
}

// authorize sends whoever sits before it back with a code.
func (i *issuer) authorize(out http.ResponseWriter, r *http.Request) {
	asked := r.URL.Query()
	for name, want := range map[string]string{
		"client_id": clientID, "redirect_uri": redirect, "response_type": "code", "code_challenge_method": "S256",
	} {
		if asked.Get(name) != want {
			i.Errorf("the provider is asked with %s %q, want %q", name, asked.Get(name), want)
		}
	}
	if asked.Get("nonce") == "" || asked.Get("state") == "" || !strings.Contains(" "+asked.Get("scope")+" ", " openid ") {
		i.Errorf("the provider is asked for %v", asked)
	}
	code := rand.Text()
	i.mu.Lock()
	i.codes[code] = asked
	i.mu.Unlock()
	http.Redirect(out, r, redirect+"?"+url.Values{"code": {code}, "state": asked["state"], "iss": {i.name()}}.Encode(), http.StatusFound)
}

func (i *issuer) token(out http.ResponseWriter, r *http.Request) {
	id, secret, _ := r.BasicAuth()
	i.mu.Lock()
	asked, known := i.codes[r.PostFormValue("code")]
	delete(i.codes, r.PostFormValue("code"))
	i.mu.Unlock()
	verifier := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	switch {
	case id != clientID || secret != url.QueryEscape(clientSecret):
		http.Error(out, `{"error":"invalid_client"}`, http.StatusUnauthorized)
		return
	case !known, r.PostFormValue("redirect_uri") != redirect, number(verifier[:]) != asked.Get("code_challenge"):
		http.Error(out, `{"error":"invalid_grant"}`, http.StatusBadRequest)
		return
	}
	now := i.now.Load()
	claims := map[string]any{
		"iss": i.name(), "aud": clientID, "sub": "s-" + i.user, "staff": i.user, "nonce": asked.Get("nonce"), "iat": now, "exp": now + 60,
	}
	if i.spoil != nil {
		i.spoil(claims)
	}
	i.answer(out, map[string]any{"access_token": "x", "token_type": "Bearer", "expires_in": 60, "id_token": i.sign(claims)})
}

// sign writes a JWT by i.alg.
func (i *issuer) sign(claims map[string]any) string {
	head, err := json.Marshal(map[string]string{"alg": strings.TrimPrefix(i.alg, "other "), "kid": strings.TrimPrefix(i.alg, "other "), "typ": "JWT"})
	i.must(err)
	body, err := json.Marshal(claims)
	i.must(err)
	text := number(head) + "." + number(body)
	sum := sha256.Sum256([]byte(text))
	var signature []byte
	switch i.alg {
	case "RS256":
		signature, err = rsa.SignPKCS1v15(rand.Reader, i.rsa, crypto.SHA256, sum[:])
	case "ES256", "other ES256":
		key := i.ec
		if i.alg != "ES256" {
			key = i.other
		}
		r, s, e := ecdsa.Sign(rand.Reader, key, sum[:])
		signature, err = append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...), e
	case "HS256": // with what anybody knows: the published key
		mac := hmac.New(sha256.New, i.rsa.N.Bytes())
		_, err = mac.Write([]byte(text))
		signature = mac.Sum(nil)
	}
	i.must(err)
	return text + "." + number(signature)
}

// visits is a browser that opens the address to which it is sent, and what it brings
// back.
func (i *issuer) visits(address string) sso.Returned {
	i.Helper()
	r, err := http.NewRequestWithContext(i.Context(), http.MethodGet, address, http.NoBody)
	i.must(err)
	browser := http.Client{
		Transport: i.server.Client().Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	answer, err := browser.Do(r)
	i.must(err)
	i.must(answer.Body.Close())
	to, err := answer.Location()
	i.must(err)
	if got := fmt.Sprint(to.Scheme, "://", to.Host, to.Path); got != redirect {
		i.Errorf("sent back to %s", got)
	}
	return sso.Returned{State: to.Query().Get("state"), Code: to.Query().Get("code"), Issuer: to.Query().Get("iss")}
}
