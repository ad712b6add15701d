package portal

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	qr "github.com/piglig/go-qr"

	"feisui/pkg/web"
)

// This file is the second factor beside a password: showing it after signing in, and
// setting it up.

const (
	factorPath      = "/factor"
	factorSetUpPath = accountPath + "/factor"
)

func (p *Portal) factorRoutes() {
	p.open("GET "+factorPath, func(v *visit) error { return v.factorForm(http.StatusOK, nil) })
	p.open("POST "+factorPath, (*visit).showFactor)
	p.page("GET "+factorSetUpPath, func(v *visit) error { return v.factorSetUp(http.StatusOK, nil) })
	p.page("POST "+factorSetUpPath, (*visit).beginFactor)
	p.page("POST "+factorSetUpPath+"/confirm", (*visit).confirmFactor)
}

// factor is what one has of it.
type factor struct {
	On      bool       `json:"on"`
	Since   *time.Time `json:"since"`
	Left    int        `json:"recovery_codes_left"`
	Needed  bool       `json:"needed"`
	Secret  string     `json:"secret"`
	Address string     `json:"address"`
}

// groups are the secret as people type it, by fours.
func (f *factor) groups() string {
	var b strings.Builder
	for i, r := range f.Secret {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// quiet is how many light modules stand around a picture, so that a camera finds it.
const quiet = 4

// picture is an address as a camera reads it (QR code): how many modules wide, and the
// dark ones as a path.
func picture(address string) (size int, path string, err error) {
	code, err := qr.EncodeText(address, qr.Medium)
	if err != nil {
		return 0, "", err
	}
	var b strings.Builder
	for y := range code.Size() {
		for x := range code.Size() {
			if code.Module(x, y) {
				b.WriteString("M" + strconv.Itoa(x+quiet) + " " + strconv.Itoa(y+quiet) + "h1v1h-1z")
			}
		}
	}
	return code.Size() + 2*quiet, b.String(), nil
}

// factorForm asks for the code of who has signed in and not shown it yet.
func (v *visit) factorForm(status int, wrong *web.Problem) error {
	return v.show(status, v.say("factor.title"), factorPage(v, v.r.FormValue("next"), wrong))
}

func (v *visit) showFactor() error {
	body, err := jsonBody(map[string]string{"code": v.r.PostFormValue("code")})
	if err != nil {
		return err
	}
	a, err := v.ask(v.r.Context(), http.MethodPost, "/v1/session/factor/show", nil, http.Header{"Content-Type": {"application/json"}}, body)
	if err != nil {
		return err
	}
	var went struct {
		Recovery bool `json:"recovery"`
	}
	next := ours(v.r.PostFormValue("next"))
	if err := a.read(&went); err != nil {
		var p *web.Problem
		switch {
		case errors.As(err, &p) && p.Code == "FACTOR_NOT_ASKED": // it was shown, perhaps by the same form
			return elsewhere(next)
		case errors.As(err, &p) && p.Status != http.StatusUnauthorized:
			return v.factorForm(p.Status, p)
		}
		return err
	}
	v.takeCookies(a)
	if went.Recovery { // of which there is one less now
		return elsewhere(accountPath + "?done=recovery")
	}
	return elsewhere(next)
}

// factorSetUp shows what there is, or the next step of setting it up.
func (v *visit) factorSetUp(status int, wrong *web.Problem) error {
	var f factor
	if err := v.get("/v1/session/factor", nil, &f); err != nil {
		return err
	}
	return v.show(status, v.say("factor.set_up"), factorSetUpPage(v, &f, newRequest(), wrong))
}

func (v *visit) beginFactor() error {
	_, request, err := v.sentForm()
	if err != nil {
		return err
	}
	if err := v.send(http.MethodPost, "/v1/session/factor", nil, request, nil, nil); err != nil {
		return err
	}
	return elsewhere(factorSetUpPath)
}

// confirmFactor shows the recovery codes in the answer itself, as a one-time password is.
func (v *visit) confirmFactor() error {
	typed, request, err := v.sentForm()
	if err != nil {
		return err
	}
	var made struct {
		Codes []string `json:"recovery_codes"`
	}
	if err := v.send(http.MethodPost, "/v1/session/factor/confirm", nil, request, map[string]string{"code": typed.Get("code")}, &made); err != nil {
		var p *web.Problem
		if errors.As(err, &p) && p.Status != http.StatusUnauthorized {
			return v.factorSetUp(p.Status, p)
		}
		return err
	}
	v.me.FactorLack = false // so that the page leads on
	return v.show(http.StatusOK, v.say("factor.codes"), factorCodesPage(v, made.Codes))
}
