package portal

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"feisui/pkg/web"
)

// This file asks the API, in this process or through it, as the person who looks: with their
// cookie, from their address.

// answer is what the API said.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header is what it says beside the body.
func (a *answer) Header() http.Header { return a.header }

// WriteHeader keeps the status.
func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

// Write keeps a part of the body.
func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(b)
}

// read decodes an answer, and fails with a *web.Problem that the API said.
func (a *answer) read(into any) error {
	if a.status >= http.StatusBadRequest {
		p := &web.Problem{}
		if err := json.Unmarshal(a.body.Bytes(), p); err != nil {
			return fmt.Errorf("status %d of the API, and no problem: %w", a.status, err)
		}
		return p
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(a.body.Bytes(), into)
}

// ask sends one request to the API. Where the county's name belongs, path has {county}.
func (v *visit) ask(ctx context.Context, method, path string, query url.Values, header http.Header, body io.Reader) (*answer, error) {
	path = strings.Replace(path, "{county}", url.PathEscape(v.me.County), 1)
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	r, err := http.NewRequestWithContext(ctx, method, path, body)
	if err != nil {
		return nil, err
	}
	r.Host, r.RemoteAddr, r.TLS = v.r.Host, v.r.RemoteAddr, v.r.TLS
	r.RequestURI = r.URL.RequestURI()
	if header != nil {
		r.Header = header
	}
	r.Header["Cookie"] = v.r.Header["Cookie"]
	a := &answer{header: http.Header{}}
	return a, v.wholly(a, r)
}

// wholly has the API answer, and fails when the answer broke off: of a process that
// died, a part may be there.
func (v *visit) wholly(a *answer, r *http.Request) (err error) {
	defer func() {
		switch cause := recover(); cause {
		case nil:
		case http.ErrAbortHandler:
			err = refusal(http.StatusBadGateway, web.APIAway, "broke_off")
		default:
			panic(cause)
		}
	}()
	v.portal.api.ServeHTTP(a, r)
	return nil
}

// get reads something of the API. What is not there, or not for this person, is a
// *web.Problem.
func (v *visit) get(path string, query url.Values, into any) error {
	a, err := v.ask(v.r.Context(), http.MethodGet, path, query, nil, http.NoBody)
	if err != nil {
		return err
	}
	return a.read(into)
}

// send has the API do something once, however often this is sent with one request
// id. What was begun is finished also when the browser goes away.
func (v *visit) send(method, path string, query url.Values, request string, body, into any) error {
	return v.sendSeen("", method, path, query, request, body, into)
}

// sendSeen is send of somebody who saw a step last, "" where that does not matter: it is
// refused where others followed.
func (v *visit) sendSeen(seen, method, path string, query url.Values, request string, body, into any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return err
	}
	header := http.Header{"Content-Type": {"application/json"}, "Request-Id": {request}}
	if seen != "" {
		header.Set("If-Match", seen)
	}
	a, err := v.ask(context.WithoutCancel(v.r.Context()), method, path, query, header, bytes.NewReader(data))
	if err != nil {
		return err
	}
	return a.read(into)
}
