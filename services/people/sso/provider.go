package sso

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"feisui/services/people"
)

// Path is where the provider sends people back to, below the address of the portal.
const Path = "/sign-in/elsewhere"

// Config is what the operator says of a provider. Without an issuer there is none.
type Config struct {
	Issuer   string // https://…
	Client   string // as which the provider knows this program
	Secret   string // by which it knows it; "": it has none
	Redirect string // https://…/sign-in/elsewhere
	Claim    string // which says who somebody is; "": sub
	Name     string // what people call it; "": 统一身份认证
}

// The usual values.
const (
	claimUsual = "sub"
	nameUsual  = "统一身份认证"
)

// Mistake is what is wrong with a Config, in both languages.
type Mistake struct{ Chinese, English string }

func (m *Mistake) Error() string { return m.Chinese + " (" + m.English + ")" }

// Provider is where people sign in.
type Provider struct {
	Config
	now    func() time.Time
	log    *slog.Logger
	client *http.Client
	closer func()
	mu     sync.Mutex
	found  *oidc.Provider // nil until it has answered
	asked  *question      // that it has not answered yet; nil: there is none
}

// question is what one asks of the provider for all who wait for the answer.
type question struct {
	answered chan struct{} // closed once it is, well or not
	is       *oidc.Provider
	err      error
}

// Open gives the provider of a configuration, nil where there is none, and asks
// nothing of it: it may come up later. It fails with a *Mistake.
func Open(c Config, now func() time.Time, log *slog.Logger) (*Provider, error) {
	if c.Issuer == "" {
		return nil, nil //nolint:nilnil // there is none, and nothing is wrong
	}
	c.Claim, c.Name = cmp.Or(c.Claim, claimUsual), cmp.Or(c.Name, nameUsual)
	issuer, err := address(c.Issuer)
	if err != nil {
		return nil, &Mistake{"--oidc-issuer 应为 https 地址，现为“" + c.Issuer + "”", "--oidc-issuer: expected an https address, found \"" + c.Issuer + "\""}
	}
	if back, err := address(c.Redirect); err != nil || back.Path != Path || back.RawQuery != "" {
		return nil, &Mistake{
			"--oidc-redirect 应为 https://本服务的名字" + Path + "，现为“" + c.Redirect + "”",
			"--oidc-redirect: expected https://NAME-OF-THIS-SERVICE" + Path + ", found \"" + c.Redirect + "\"",
		}
	}
	if c.Client == "" {
		return nil, &Mistake{"没有 --oidc-client：统一身份认证给本系统的编号", "--oidc-client is missing: as which the issuer knows this program"}
	}
	p := &Provider{Config: c, now: now, log: log}
	p.client, p.closer = only(issuer)
	return p, nil
}

// Close ends the connections to the provider.
func (p *Provider) Close() { p.closer() }

// address reads an address that nobody on the way can read along to: https, or on
// this machine.
func address(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil {
		return nil, err
	}
	ip, notIP := netip.ParseAddr(u.Hostname())
	local := u.Hostname() == "localhost" || notIP == nil && ip.IsLoopback()
	if u.Host == "" || u.User != nil || u.Fragment != "" || u.Scheme != "https" && (u.Scheme != "http" || !local) {
		return nil, errors.New("no https address")
	}
	return u, nil
}

// Attempt is what is kept between leaving for the provider and coming back. Only who
// left has it.
type Attempt struct{ State, Nonce, Verifier string }

// Begin gives the address to which somebody is sent, and what to keep of that. It
// fails with people.ElsewhereAway.
func (p *Provider) Begin(ctx context.Context) (address string, a Attempt, err error) {
	is, err := p.provider(ctx)
	if err != nil {
		return "", a, err
	}
	a = Attempt{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier()}
	return p.oauth(is).AuthCodeURL(a.State, oidc.Nonce(a.Nonce), oauth2.S256ChallengeOption(a.Verifier)), a, nil
}

// Returned is what somebody brings back from there.
type Returned struct {
	State  string `json:"state"`
	Code   string `json:"code"`
	Error  string `json:"error,omitempty"` // why they were not signed in
	Issuer string `json:"iss,omitempty"`   // who sent them, where it says so (RFC 9207)
}

// Finish gives who somebody is there. It fails with a *people.Refusal; what was wrong
// with an answer stands in the server's log, and is nobody else's business.
func (p *Provider) Finish(ctx context.Context, a Attempt, back Returned) (is people.Identity, err error) {
	switch {
	case a.State == "" || subtle.ConstantTimeCompare([]byte(a.State), []byte(back.State)) != 1:
		return is, people.ElsewhereAgain()
	case back.Issuer != "" && back.Issuer != p.Issuer:
		return is, p.wrong(ctx, fmt.Errorf("it comes from %q", back.Issuer))
	case back.Error != "" || back.Code == "":
		p.log.InfoContext(ctx, "somebody was not signed in elsewhere", slog.String("error", short(back.Error)))
		return is, people.ElsewhereDenied()
	}
	of, err := p.provider(ctx)
	if err != nil {
		return is, err
	}
	ctx, cancel := context.WithTimeout(oidc.ClientContext(ctx, p.client), askMax)
	defer cancel()
	answer, err := p.oauth(of).Exchange(ctx, back.Code, oauth2.VerifierOption(a.Verifier))
	var no *oauth2.RetrieveError
	switch {
	case errors.As(err, &no) && no.Response.StatusCode < http.StatusInternalServerError:
		return is, p.wrong(ctx, err)
	case err != nil:
		return is, p.away(ctx, err)
	}
	text, _ := answer.Extra("id_token").(string)
	token, err := of.Verifier(&oidc.Config{ClientID: p.Client, Now: p.now}).Verify(ctx, text)
	if err != nil {
		return is, p.wrong(ctx, err)
	}
	if subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(a.Nonce)) != 1 {
		return is, p.wrong(ctx, errors.New("it is the answer to another attempt: the nonce differs"))
	}
	claims := map[string]any{}
	if err := token.Claims(&claims); err != nil {
		return is, p.wrong(ctx, err)
	}
	if party, said := claims["azp"]; said && party != p.Client || !said && len(token.Audience) > 1 {
		return is, p.wrong(ctx, fmt.Errorf("it was given to %v, for %v", party, token.Audience)) // OpenID Connect Core, 3.1.3.7
	}
	is = people.Identity{Issuer: p.Issuer}
	if is.Subject, _ = claims[p.Claim].(string); is.Subject == "" {
		return is, p.wrong(ctx, fmt.Errorf("it has no text %q", p.Claim))
	}
	return is, nil
}

func (p *Provider) oauth(is *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{ClientID: p.Client, ClientSecret: p.Secret, RedirectURL: p.Redirect, Endpoint: is.Endpoint(), Scopes: []string{oidc.ScopeOpenID, "profile"}}
}

// provider gives what the provider says of itself, which it is asked until it has
// answered once: by one of those who need it at a time, for all of them. However many
// come while it is away, one connection waits for it.
func (p *Provider) provider(ctx context.Context) (*oidc.Provider, error) {
	p.mu.Lock()
	if is := p.found; is != nil {
		p.mu.Unlock()
		return is, nil
	}
	q, first := p.asked, p.asked == nil
	if first {
		q = &question{answered: make(chan struct{})}
		p.asked = q
	}
	p.mu.Unlock()
	if !first {
		select {
		case <-q.answered:
			return q.is, q.err
		case <-ctx.Done():
			return nil, people.ElsewhereAway()
		}
	}
	q.is, q.err = p.ask(context.WithoutCancel(ctx)) // the others wait on when this one hangs up
	p.mu.Lock()
	p.found, p.asked = q.is, nil
	p.mu.Unlock()
	close(q.answered)
	return q.is, q.err
}

func (p *Provider) ask(ctx context.Context) (*oidc.Provider, error) {
	asking, cancel := context.WithTimeout(oidc.ClientContext(ctx, p.client), askMax)
	defer cancel()
	is, err := oidc.NewProvider(asking, p.Issuer)
	if err == nil && !sameOrigin(p.Issuer, is.Endpoint().AuthURL) {
		err = fmt.Errorf("it leads to %s, which is not below its own address", is.Endpoint().AuthURL)
	}
	if err != nil {
		return nil, p.away(ctx, err)
	}
	return is, nil
}

func (p *Provider) away(ctx context.Context, err error) error {
	p.log.ErrorContext(ctx, "signing in elsewhere does not work", slog.String("issuer", p.Issuer), slog.Any("error", err))
	return people.ElsewhereAway()
}

func (p *Provider) wrong(ctx context.Context, err error) error {
	p.log.WarnContext(ctx, "an answer to signing in elsewhere is not taken", slog.String("issuer", p.Issuer), slog.Any("error", err))
	return people.ElsewhereWrong()
}

// shortMax bounds what of a stranger's text stands in the log.
const shortMax = 100

func short(text string) string {
	return strings.ToValidUTF8(text[:min(len(text), shortMax)], "?")
}
