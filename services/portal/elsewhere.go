package portal

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"feisui/pkg/web"
)

// This file is signing in where the county has people sign in for everything. A form
// that is sent may lead to no other site (harden.go), and the cookie of a session is
// not shown by a browser that another site has sent: so a page stands on the way there
// and one on the way back, which go on by themselves.

const (
	elsewherePath = "/sign-in/elsewhere"
	accountPath   = "/account"
)

func (p *Portal) elsewhereRoutes() {
	p.open("POST "+elsewherePath, func(v *visit) error {
		return v.leave("/v1/elsewhere/leave", map[string]string{"next": ours(v.r.PostFormValue("next"))})
	})
	p.open("GET "+elsewherePath, (*visit).comeBack)
	p.page("GET "+accountPath, func(v *visit) error { return v.account(http.StatusOK, nil) })
	p.page("POST "+accountPath+"/bind", (*visit).bindOwn)
	p.page("POST "+accountPath+"/unbind", (*visit).unbind)
	p.page("POST "+peoplePath+"/{id}/binding", (*visit).bindPerson)
	p.page("POST "+peoplePath+"/{id}/unbind", (*visit).unbindPerson)
}

// binding is what an account is bound to, and where.
type binding struct {
	Configured bool       `json:"configured"`
	Name       string     `json:"name"`
	Subject    string     `json:"subject"`
	At         *time.Time `json:"bound_at"`
}

// leave sends the browser there, with what the API asks for that.
func (v *visit) leave(path string, sent map[string]string) error {
	body, err := jsonBody(sent)
	if err != nil {
		return err
	}
	a, err := v.ask(v.r.Context(), http.MethodPost, path, nil, http.Header{"Content-Type": {"application/json"}}, body)
	if err != nil {
		return err
	}
	var left struct {
		Address string `json:"address"`
	}
	if err := a.read(&left); err != nil {
		var p *web.Problem
		if errors.As(err, &p) && v.me.County == "" {
			return v.signInForm(p.Status, p)
		}
		return err
	}
	v.takeCookies(a)
	return v.onwards("elsewhere.leaving", left.Address)
}

// onwards shows a page that goes on by itself.
func (v *visit) onwards(title, to string) error {
	v.w.Header().Set("Refresh", "0; url="+to)
	return v.show(http.StatusOK, v.say(title), onwardsPage(v, v.say(title), to))
}

// comeBack takes what the other side sent along. What was wrong stands on the page
// for signing in, where one begins again or takes the password.
func (v *visit) comeBack() error {
	sent := v.r.URL.Query()
	body, err := jsonBody(map[string]string{"state": sent.Get("state"), "code": sent.Get("code"), "error": sent.Get("error"), "iss": sent.Get("iss")})
	if err != nil {
		return err
	}
	a, err := v.ask(v.r.Context(), http.MethodPost, "/v1/elsewhere/return", nil, http.Header{"Content-Type": {"application/json"}}, body)
	if err != nil {
		return err
	}
	var back struct {
		Bound bool   `json:"bound"`
		Next  string `json:"next"`
	}
	if err := a.read(&back); err != nil {
		var p *web.Problem
		if errors.As(err, &p) && p.Status != http.StatusConflict { // of which signing in again would mend nothing
			return v.signInForm(p.Status, p)
		}
		return err
	}
	v.takeCookies(a)
	title := "elsewhere.in"
	if back.Bound {
		title = "elsewhere.was_bound"
	}
	return v.onwards(title, ours(back.Next))
}

// account is one's own account: who one is here, and by what one signs in.
func (v *visit) account(status int, wrong *web.Problem) error {
	var b binding
	if err := v.get("/v1/session/binding", nil, &b); err != nil {
		return err
	}
	var f factor
	if err := v.get("/v1/session/factor", nil, &f); err != nil {
		return err
	}
	return v.show(status, v.say("account.title"), accountPage(v, &b, &f, wrong))
}

// bindOwn leaves to bind one's own account, for which one shows the password.
func (v *visit) bindOwn() error {
	err := v.leave("/v1/session/binding", map[string]string{"next": accountPath + "?done=bound", "password": v.r.PostFormValue("password")})
	var p *web.Problem
	if errors.As(err, &p) && p.Status != http.StatusUnauthorized {
		return v.account(p.Status, p)
	}
	return err
}

func (v *visit) unbind() error {
	_, request, err := v.sentForm()
	if err != nil {
		return err
	}
	if err := v.send(http.MethodDelete, "/v1/session/binding", nil, request, nil, nil); err != nil {
		return err
	}
	return elsewhere(accountPath + "?done=unbound")
}

// bindPerson has a system administrator bind somebody's account.
func (v *visit) bindPerson() error {
	typed, request, err := v.sentForm()
	if err != nil {
		return err
	}
	id := url.PathEscape(v.r.PathValue("id"))
	body := map[string]string{"subject": strings.TrimSpace(typed.Get("subject"))}
	if err := v.send(http.MethodPut, "/v1/counties/{county}/people/"+id+"/binding", nil, request, body, nil); err != nil {
		return err
	}
	return elsewhere(peoplePath + "/" + id + "?done=person_bound")
}

func (v *visit) unbindPerson() error {
	_, request, err := v.sentForm()
	if err != nil {
		return err
	}
	id := url.PathEscape(v.r.PathValue("id"))
	if err := v.send(http.MethodDelete, "/v1/counties/{county}/people/"+id+"/binding", nil, request, nil, nil); err != nil {
		return err
	}
	return elsewhere(peoplePath + "/" + id + "?done=unbound")
}
