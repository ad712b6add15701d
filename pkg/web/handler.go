package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"

	"github.com/danielgtaylor/huma/v2"
)

// Handler answers by the routes, and whatever they do not answer with a problem.
// It refuses what a page of another site would have a clerk's browser send.
func (a *API) Handler() http.Handler {
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.refuse(w, r, Refuse(http.StatusForbidden, "CROSS_ORIGIN", "不接受其他网站的页面发来的请求", "requests from pages of other sites are refused"))
	}))
	return a.unbroken(guard.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p := tooLong(r); p != nil {
			a.refuse(w, r, p)
			return
		}
		if a.options.Guard != nil {
			if p := a.options.Guard(r); p != nil {
				a.refuse(w, r, p)
				return
			}
		}
		a.route(w, r)
	})))
}

// unbroken keeps a panic from the client and from other requests: it is logged
// with its stack, and answered as what is broken.
func (a *API) unbroken(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store") // figures change with every entry
		answer := &answering{ResponseWriter: w}
		defer func() {
			switch cause := recover(); {
			case cause == nil:
			case isAbort(cause):
				panic(http.ErrAbortHandler) // net/http breaks the connection, and says nothing
			default:
				a.options.Log.ErrorContext(r.Context(), "a handler panicked",
					slog.String("path", r.URL.Path), slog.String("cause", fmt.Sprint(cause)), slog.String("stack", string(debug.Stack())))
				if answer.begun {
					panic(http.ErrAbortHandler)
				}
				a.refuse(w, r, broken())
			}
		}()
		next.ServeHTTP(answer, r)
	})
}

func isAbort(cause any) bool {
	err, ok := cause.(error)
	return ok && errors.Is(err, http.ErrAbortHandler)
}

// answering knows whether an answer has begun, after which it is too late for
// another.
type answering struct {
	http.ResponseWriter
	begun bool
}

// WriteHeader begins the answer.
func (a *answering) WriteHeader(status int) {
	a.begun = a.begun || status >= http.StatusOK
	a.ResponseWriter.WriteHeader(status)
}

// Write begins the answer.
func (a *answering) Write(b []byte) (int, error) {
	a.begun = true
	return a.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController flush and set deadlines.
func (a *answering) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// route answers by the mux, whose own refusals are in English and no problems.
func (a *API) route(w http.ResponseWriter, r *http.Request) {
	handler, pattern := a.mux.Handler(r)
	if pattern != "" {
		a.mux.ServeHTTP(w, r)
		return
	}
	said := &unsaid{header: http.Header{}}
	handler.ServeHTTP(said, r)
	if allowed := said.header.Get("Allow"); said.status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", allowed)
		a.refuse(w, r, Refuse(said.status, "METHOD", "此网址不接受 "+r.Method+"，应为 "+allowed, "expected "+allowed+" rather than "+r.Method))
		return
	}
	if a.options.Unknown != nil {
		if p := a.options.Unknown(r); p != nil {
			a.refuse(w, r, p)
			return
		}
	}
	a.refuse(w, r, Refuse(http.StatusNotFound, "NOT_FOUND", "没有这个网址："+r.URL.Path, "no such path: "+r.URL.Path))
}

// unsaid takes an answer that is not given.
type unsaid struct {
	header http.Header
	status int
}

// Header is what would be said.
func (u *unsaid) Header() http.Header { return u.header }

// Write takes everything.
func (u *unsaid) Write(b []byte) (int, error) { return len(b), nil }

// WriteHeader keeps the status.
func (u *unsaid) WriteHeader(status int) { u.status = status }

// refuse writes a problem.
func (a *API) refuse(w http.ResponseWriter, r *http.Request, p *Problem) {
	w.Header().Set("Content-Type", problemType)
	if p.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	w.WriteHeader(p.Status)
	if err := json.NewEncoder(w).Encode(p); err != nil {
		a.options.Log.InfoContext(r.Context(), "an answer was not taken", slog.Any("error", err))
	}
}

// wrongQuery says what is wrong with the query of an operation, nil when nothing.
func wrongQuery(raw string, op *huma.Operation) *Problem {
	query, err := url.ParseQuery(raw)
	if err != nil {
		return Refuse(http.StatusBadRequest, "QUERY", "网址中的参数无法识别", "the query of the address cannot be read")
	}
	known := map[string]bool{}
	for _, p := range op.Parameters {
		known[p.Name] = known[p.Name] || p.In == "query"
	}
	for _, name := range slices.Sorted(maps.Keys(query)) {
		switch {
		case !known[name]:
			return Refuse(http.StatusBadRequest, "QUERY", "没有这个参数："+name, "no such parameter: "+name)
		case len(query[name]) > 1:
			return Refuse(http.StatusBadRequest, "QUERY", "参数只能填一次："+name, "expected the parameter once: "+name)
		}
	}
	return nil
}
