package api

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"feisui/pkg/access"
	"feisui/pkg/web"
	"feisui/services/people"
	"feisui/services/people/keep"
)

// The session's cookie. Under the name with the prefix a browser takes it only
// from this very host, over TLS; over plain HTTP, on one machine, it has another.
const (
	cookieName  = "feisui_session"
	cookieTLS   = "__Host-feisui_session"
	bearer      = "Bearer "
	sessionPath = "/v1/session"
)

// Credentials are what Who refuses, for the document.
var Credentials = []web.Refusal{
	{Status: http.StatusUnauthorized, Code: "SESSION_ENDED", Chinese: "登录已失效"},
	{Status: http.StatusUnauthorized, Code: "SESSION_IDLE", Chinese: "长时间未操作"},
	{Status: http.StatusUnauthorized, Code: "SESSION_OLD", Chinese: "登录已满 12 小时"},
	{Status: http.StatusUnauthorized, Code: "TOKEN_ENDED", Chinese: "令牌已失效"},
	{Status: http.StatusForbidden, Code: "INSECURE", Chinese: "连接未加密"},
}

// Who gives who asks, with the rights that they have now: by a session, or by a
// token in "Authorization: Bearer". Nobody, and no error, is who brings neither,
// and who is about to sign in. A *web.Problem refuses a session or token that has
// ended.
func (s Source) Who(ctx context.Context, r *http.Request) (access.Principal, error) {
	if r.URL.Path == sessionPath && r.Method == http.MethodPost {
		return access.Principal{}, nil // whatever they were signed in as
	}
	token, secret := tokenOf(r), s.session(r)
	if token == "" && secret == "" {
		return access.Principal{}, nil
	}
	if !s.private(r) {
		return access.Principal{}, problem(people.Insecure())
	}
	if token != "" {
		who, err := s.People().Bearer(ctx, token)
		return who, problem(err)
	}
	signed, err := s.People().Session(ctx, secret)
	return signed.Who, problem(err)
}

// shown gives what a program shows, "" when it shows nothing.
func shown(r *http.Request) string {
	given := r.Header.Get("Authorization")
	if len(given) > len(bearer) && strings.EqualFold(given[:len(bearer)], bearer) {
		return given[len(bearer):]
	}
	return ""
}

// tokenOf gives one of our tokens. Whatever else a machine shows is not for us.
func tokenOf(r *http.Request) string {
	if token := shown(r); keep.IsToken(token) {
		return token
	}
	return ""
}

// session gives a session's secret: as a program shows it, else the cookie. Who
// shows something in Authorization is that, whatever the cookie says.
func (s Source) session(r *http.Request) string {
	if r.Header.Get("Authorization") == "" {
		return s.cookie(r)
	}
	if secret := shown(r); keep.IsSession(secret) {
		return secret
	}
	return ""
}

func (s Source) cookie(r *http.Request) string {
	name := cookieName
	if s.secure(r) {
		name = cookieTLS
	}
	c, err := r.Cookie(name)
	if err != nil { // there is none
		return ""
	}
	return c.Value
}

func (s Source) secure(r *http.Request) bool { return s.Proxied || r.TLS != nil }

// private reports that nobody on the way could read along: TLS, or one machine.
func (s Source) private(r *http.Request) bool {
	return s.secure(r) || loopback(r.Host) && loopback(r.RemoteAddr)
}

func loopback(address string) bool {
	host := hostOf(address)
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

func hostOf(address string) string {
	if host, _, err := net.SplitHostPort(address); err == nil {
		return host
	}
	return strings.Trim(address, "[]")
}

// set makes the cookie of a session, and for an empty secret the one that ends it.
func (s Source) set(r *http.Request, secret string) string {
	c := http.Cookie{
		Name: cookieName, Value: secret, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode, MaxAge: int(people.LifeMax),
	}
	if s.secure(r) {
		c.Name, c.Secure = cookieTLS, true
	}
	if secret == "" {
		c.MaxAge = -1
	}
	return c.String()
}
