package portal

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"feisui/pkg/access"
	"feisui/pkg/message"
	"feisui/pkg/web"
)

// Addresses and cookies of coming and going.
const (
	signInPath     = "/sign-in"
	signOutPath    = "/sign-out"
	passwordPath   = "/password"
	languagePath   = "/language"
	languageCookie = "feisui_language"
	yearSeconds    = 365 * 24 * 60 * 60
)

func (p *Portal) signRoutes() {
	p.open("GET "+signInPath, (*visit).comeIn)
	p.open("POST "+signInPath, (*visit).signIn)
	p.open("POST "+languagePath, (*visit).chooseLanguage)
	p.page("POST "+signOutPath, (*visit).signOut)
	p.page("GET "+passwordPath, func(v *visit) error { return v.passwordForm(http.StatusOK, nil) })
	p.page("POST "+passwordPath, (*visit).changePassword)
}

// demoAccount is one with which a newcomer looks at the sample county.
type demoAccount struct {
	User string      `json:"user"`
	Role access.Role `json:"role"`
}

// signInForm shows where to sign in, with what was wrong with the last try.
func (v *visit) signInForm(status int, wrong *web.Problem) error {
	demo := struct {
		Password string        `json:"password"`
		Accounts []demoAccount `json:"accounts"`
	}{}
	if err := v.get("/v1/demo", nil, &demo); err != nil {
		var none *web.Problem
		if !errors.As(err, &none) || none.Code == web.APIAway {
			return err
		}
	}
	var beside binding
	if err := v.get("/v1/elsewhere", nil, &beside); err != nil {
		var none *web.Problem
		if !errors.As(err, &none) { // what people run elsewhere says so when they sign in
			return err
		}
	}
	why := v.r.FormValue("why")
	if why != "" && !says("sign.why_"+why) {
		why = ""
	}
	f := signInFilled{User: v.r.PostFormValue("user"), Next: v.r.FormValue("next"), Why: why, Wrong: wrong, Password: demo.Password, Demo: demo.Accounts, Beside: beside}
	return v.show(status, v.say("sign.title"), signInPage(v, f))
}

// signInFilled is a form of signing in.
type signInFilled struct {
	User, Next, Why string
	Wrong           *web.Problem
	Password        string // of the demo accounts
	Demo            []demoAccount
	Beside          binding
}

// signIn has the API open a session, whose cookie goes to the browser.
func (v *visit) signIn() error {
	header := http.Header{"Content-Type": {"application/json"}}
	body, err := jsonBody(map[string]string{"user": strings.TrimSpace(v.r.PostFormValue("user")), "password": v.r.PostFormValue("password")})
	if err != nil {
		return err
	}
	a, err := v.ask(v.r.Context(), http.MethodPost, "/v1/session", nil, header, body)
	if err != nil {
		return err
	}
	if err := a.read(&v.me); err != nil {
		var p *web.Problem
		if !errors.As(err, &p) {
			return err
		}
		v.me = me{}
		return v.signInForm(p.Status, p)
	}
	v.takeCookies(a)
	return elsewhere(ours(v.r.PostFormValue("next")))
}

// takeCookies gives the browser what the API would have.
func (v *visit) takeCookies(a *answer) {
	for _, c := range a.header.Values("Set-Cookie") {
		v.w.Header().Add("Set-Cookie", c)
	}
}

// ours is an address to go on to, the first page for one that is not the portal's:
// nobody is sent elsewhere by a link that somebody made up.
func ours(next string) string {
	u, err := url.Parse(next)
	if err != nil || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n") || u.Host != "" || u.Scheme != "" {
		return "/"
	}
	return next
}

func (v *visit) signOut() error {
	a, err := v.ask(v.r.Context(), http.MethodDelete, "/v1/session", nil, nil, http.NoBody)
	if err != nil {
		return err
	}
	if err := a.read(nil); err != nil {
		return err
	}
	v.takeCookies(a)
	v.w.Header().Set("Clear-Site-Data", `"cache", "storage"`) // with the drafts of draft.go
	return elsewhere(signInPath + "?why=signed_out")
}

func (v *visit) chooseLanguage() error {
	lang := message.Language(v.r.PostFormValue("to"))
	if lang != message.English {
		lang = message.Chinese
	}
	http.SetCookie(v.w, &http.Cookie{
		Name: languageCookie, Value: string(lang), Path: "/", MaxAge: yearSeconds, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: v.r.TLS != nil,
	})
	return elsewhere(ours(v.r.PostFormValue("next")))
}

func (v *visit) passwordForm(status int, wrong *web.Problem) error {
	var all struct {
		Tokens []token `json:"tokens"`
	}
	if !v.first() {
		if err := v.get("/v1/session/tokens", nil, &all); err != nil {
			return err
		}
	}
	return v.show(status, v.say("sign.password_title"), passwordPage(v, newRequest(), all.Tokens, wrong))
}

func (v *visit) changePassword() error {
	if v.r.PostFormValue("new") != v.r.PostFormValue("again") {
		return v.passwordForm(http.StatusUnprocessableEntity,
			web.Refuse(http.StatusUnprocessableEntity, "AGAIN", say(message.Chinese, "sign.not_again"), say(message.English, "sign.not_again")))
	}
	header := http.Header{"Content-Type": {"application/json"}, "Request-Id": {v.r.PostFormValue("request")}}
	body, err := jsonBody(map[string]any{
		"old": v.r.PostFormValue("old"), "new": v.r.PostFormValue("new"), "keep_tokens": v.r.PostFormValue("keep_tokens") == "true",
	})
	if err != nil {
		return err
	}
	a, err := v.ask(v.r.Context(), http.MethodPost, "/v1/session/password", nil, header, body)
	if err != nil {
		return err
	}
	if err := a.read(nil); err != nil {
		var p *web.Problem
		if errors.As(err, &p) && p.Status != http.StatusUnauthorized {
			return v.passwordForm(p.Status, p)
		}
		return err
	}
	v.takeCookies(a)
	return elsewhere("/?done=password")
}
