package portal

import (
	"net/http"
	"net/url"
)

// policy is what a page may do: nothing but with files of ours. No script and no
// style stands in a page, so nothing that somebody typed can become one (A79).
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// harden sets what every answer says to the browser. A page is somebody's own: no
// cache keeps it, and the way back after signing out shows nothing (A81).
func harden(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

// sameSite reports whether a request that may change something is from a page of
// ours (A58). Browsers since 2020 say so in Origin with each form, and newer ones
// in Sec-Fetch-Site; who says neither is no page of ours.
func sameSite(r *http.Request) bool {
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		return true
	}
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" {
		return site == "same-origin"
	}
	origin, err := url.Parse(r.Header.Get("Origin"))
	return err == nil && origin.Host != "" && origin.Host == r.Host
}
