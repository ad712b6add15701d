package portal

import (
	"errors"
	"net/http"
	"net/url"

	"feisui/pkg/web"
)

// This file is about links to our pages on pages of others: in a chat, in a mail that
// is read in a browser. The session's cookie is SameSite=Strict, so a browser that
// follows one does not send it, and who is signed in would be asked to sign in. They
// get a page of ours instead that goes on by itself to where one signs in. That step is
// taken from a page of ours: the cookie comes with it, and who has a session is sent on
// to what the link meant. Nothing is shown, and nothing done, before the cookie came.

// cameParameter says to the page of signing in that somebody followed a link. Without
// it nobody is sent on from there, so that no two pages can send one to each other.
const cameParameter = "came"

// followed reports that a request came without a session because of where its link
// stood. Browsers say that in these headers by themselves; no page can say it for them.
func followed(r *http.Request, p *web.Problem) bool {
	return r.Method == http.MethodGet && p.Code == signInCode && r.Header.Get("Sec-Fetch-Site") == "cross-site" &&
		r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document"
}

// signInCode is what the API says to who shows no session at all.
const signInCode = "SIGN_IN"

// goOn answers with the page that goes on by itself, in the header: in a page nothing
// that acts may stand.
func (v *visit) goOn() error {
	query := url.Values{"next": {v.r.URL.RequestURI()}, cameParameter: {"link"}}
	to := signInPath + "?" + query.Encode()
	v.w.Header().Set("Refresh", "0; url="+to)
	return v.show(http.StatusOK, v.say("sign.going_on"), goOnPage(v, to))
}

// comeIn shows where to sign in; who followed a link and has a session of any kind goes
// on to its page, which says what more it takes.
func (v *visit) comeIn() error {
	if v.r.FormValue(cameParameter) != "" {
		var nobody *web.Problem
		if err := v.get("/v1/session", nil, nil); !errors.As(err, &nobody) || nobody.Code != signInCode {
			return elsewhere(ours(v.r.FormValue("next")))
		}
	}
	return v.signInForm(http.StatusOK, nil)
}
