package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode"

	"github.com/danielgtaylor/huma/v2"

	"feisui/pkg/web"
)

// What the routes of these tests take and give.
type (
	none   struct{}
	greet  struct{ Body struct{ Greeting string } }
	stream struct{ Body func(huma.Context) }
	asked  struct {
		On string `query:"on" required:"true"`
	}
	sent struct {
		web.OfCounty
		web.Mutation
		web.Stream
	}
	checked struct {
		N    int `query:"n"`
		Body struct {
			Name string `json:"name" minLength:"3"`
		}
	}
)

var (
	errMine  = errors.New("mine")
	errOther = errors.New("secret: other")
)

// serving answers with a route for each thing that can go wrong; what is logged
// goes to the buffer.
func serving(t *testing.T) (address string, logged *bytes.Buffer) {
	t.Helper()
	logged = &bytes.Buffer{}
	api := web.New(web.Options{
		Info: &huma.Info{Title: "test", Version: "1"}, Log: slog.New(slog.NewTextHandler(logged, nil)),
		Access: openTo(t, "anyone", "A", "openapi", "/panic", "/mine", "/other", "asked", "late", "sent", "checked"),
		Explain: func(_ context.Context, err error) *web.Problem {
			if errors.Is(err, errMine) {
				return web.Refuse(http.StatusConflict, "MINE", "我的", "mine")
			}
			return nil
		},
		Unknown: func(r *http.Request) *web.Problem {
			if r.URL.Path == "/almost" {
				return web.Refuse(http.StatusNotFound, "ALMOST", "差一点", "almost")
			}
			return nil
		},
	})
	get := func(path string, answer func(context.Context, *none) (*greet, error)) {
		web.Register(api, huma.Operation{Method: http.MethodGet, Path: path, OperationID: path}, nil, answer)
	}
	get("/panic", func(context.Context, *none) (*greet, error) { panic("secret: panic") })
	get("/mine", func(context.Context, *none) (*greet, error) { return nil, errMine })
	get("/other", func(context.Context, *none) (*greet, error) { return nil, errOther })
	web.Register(api, huma.Operation{Method: http.MethodGet, Path: "/asked", OperationID: "asked"}, nil, func(_ context.Context, in *asked) (*greet, error) {
		_, err := web.Date("on", in.On)
		return &greet{}, err
	})
	web.Register(api, huma.Operation{Method: http.MethodGet, Path: "/late", OperationID: "late"}, nil, func(context.Context, *none) (*stream, error) {
		return &stream{web.Body(func(w io.Writer) error {
			_, err := w.Write(bytes.Repeat([]byte("x"), 1<<16))
			return errors.Join(err, errOther)
		})}, nil
	})
	web.Register(api, huma.Operation{Method: http.MethodPost, Path: "/{county}/sent", OperationID: "sent"}, nil, func(_ context.Context, in *sent) (*greet, error) {
		out := &greet{}
		body, err := in.Read(40)
		if web.TooLarge(err) {
			return nil, web.Refuse(http.StatusRequestEntityTooLarge, "TOO_LARGE", "过大", "too large")
		}
		out.Body.Greeting = in.County + " " + in.RequestID + " " + string(body)
		return out, err
	})
	web.Register(api, huma.Operation{Method: http.MethodPost, Path: "/checked", OperationID: "checked"}, nil, func(context.Context, *checked) (*greet, error) {
		return &greet{}, nil
	})
	server := httptest.NewServer(api.Handler())
	t.Cleanup(server.Close)
	return server.URL, logged
}

// request is one row of the tests below.
type request struct {
	method, path, body string
	header             map[string]string
}

func (r request) send(t *testing.T, address string) (*http.Response, []byte, error) {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), r.method, address+r.path, strings.NewReader(r.body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range r.header {
		q.Header.Set(name, value)
	}
	answer, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return answer, text, err
}

// TestWhateverIsRefusedIsAProblem: with a code, a Chinese sentence and nothing of
// our insides or of huma's English.
func TestWhateverIsRefusedIsAProblem(t *testing.T) { //nolint:tparallel // what all of them left in the log is looked at in the end
	t.Parallel()
	address, logged := serving(t)
	id := map[string]string{"Request-Id": "r1"}
	for name, c := range map[string]struct {
		request
		status int
		code   string
	}{
		"an unknown path":           {request{"GET", "/nowhere", "", nil}, 404, "NOT_FOUND"},
		"a path with its own words": {request{"GET", "/almost", "", nil}, 404, "ALMOST"},
		"a wrong method":            {request{"DELETE", "/mine", "", nil}, 405, "METHOD"},
		"a wrong method with body":  {request{"PUT", "/c/sent", "x", id}, 405, "METHOD"},
		"a page of another site":    {request{"POST", "/c/sent", "x", map[string]string{"Sec-Fetch-Site": "cross-site"}}, 403, "CROSS_ORIGIN"},
		"no request id (#35)":       {request{"POST", "/c/sent", "x", nil}, 428, "REQUEST_ID"},
		"a blank in the id (#35)":   {request{"POST", "/c/sent", "x", map[string]string{"Request-Id": "a b"}}, 428, "REQUEST_ID"},
		"a long id (#35)":           {request{"POST", "/c/sent", "x", map[string]string{"Request-Id": strings.Repeat("a", 201)}}, 428, "REQUEST_ID"},
		"a large body":              {request{"POST", "/c/sent", strings.Repeat("0", 41), id}, 413, "TOO_LARGE"},
		"a long query (#78)":        {request{"GET", "/asked?on=" + strings.Repeat("1", 9000), "", nil}, 414, "ADDRESS_TOO_LONG"},
		"NUL in a parameter (#17)":  {request{"GET", "/asked?on=%00", "", nil}, 422, "TEXT_INVALID"},
		"no UTF-8 in a parameter":   {request{"GET", "/asked?on=%ff", "", nil}, 422, "TEXT_INVALID"},
		"NUL in a path (#32)":       {request{"POST", "/c%00/sent", "x", id}, 422, "TEXT_INVALID"},
		"NUL in a body":             {request{"POST", "/c/sent", "\x00", id}, 422, "TEXT_INVALID"},
		"no UTF-8 in a body":        {request{"POST", "/c/sent", "\xd6\xd0", id}, 422, "TEXT_INVALID"},
		"NUL that is written out":   {request{"POST", "/c/sent", `{"a":["\u0000"]}`, id}, 422, "TEXT_INVALID"},
		"NUL in a name":             {request{"POST", "/c/sent", `{"\u0000":1}`, id}, 422, "TEXT_INVALID"},
		"a body that is packed":     {request{"POST", "/c/sent", "x", map[string]string{"Request-Id": "r1", "Content-Encoding": "gzip"}}, 415, "CONTENT_ENCODING"},
		"an unknown parameter":      {request{"GET", "/asked?on=2025-06-30&until=2025-01-01", "", nil}, 400, "QUERY"},
		"a parameter twice":         {request{"GET", "/asked?on=2025-06-30&on=2025-07-01", "", nil}, 400, "QUERY"},
		"a broken query":            {request{"GET", "/asked?on=%zz", "", nil}, 400, "QUERY"},
		"a missing date":            {request{"GET", "/asked", "", nil}, 422, "DATE"},
		"no date":                   {request{"GET", "/asked?on=yesterday", "", nil}, 422, "DATE"},
		"an error that is known":    {request{"GET", "/mine", "", nil}, 409, "MINE"},
		"one that is not":           {request{"GET", "/other", "", nil}, 500, "INTERNAL"},
		"a panic":                   {request{"GET", "/panic", "", nil}, 500, "INTERNAL"},
		"what huma reads: no JSON":  {request{"POST", "/checked", "{", nil}, 400, "INVALID"},
		"what huma reads: too long": {request{"POST", "/checked", strings.Repeat(" ", 2<<20), nil}, 413, "TOO_LARGE"},
		"what huma reads: a type":   {request{"POST", "/checked", "x", map[string]string{"Content-Type": "text/csv"}}, 415, "CONTENT_TYPE"},
		"what huma checks":          {request{"POST", "/checked?n=one", `{"name":"a"}`, nil}, 422, "INVALID"},
	} {
		t.Run(name, func(t *testing.T) {
			answer, text, err := c.send(t, address)
			if err != nil {
				t.Fatal(err)
			}
			var p web.Problem
			if err := json.Unmarshal(text, &p); err != nil {
				t.Fatalf("%d %s: %v", answer.StatusCode, text, err)
			}
			if answer.StatusCode != c.status || p.Status != c.status || p.Code != c.code || answer.Header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("%d %s %s, want %d %s", answer.StatusCode, answer.Header.Get("Content-Type"), text, c.status, c.code)
			}
			for _, f := range append(p.Errors, web.Fault{Chinese: p.Title}) {
				if strings.IndexFunc(f.Chinese, func(r rune) bool { return unicode.Is(unicode.Han, r) }) < 0 {
					t.Errorf("not in Chinese: %q", f.Chinese)
				}
			}
			for _, inside := range []string{"secret", "goroutine", ".go:", "expected length", "validation failed", "invalid integer", "unexpected"} {
				if bytes.Contains(text, []byte(inside)) {
					t.Errorf("%q shows in %s", inside, text)
				}
			}
			if c.code == "METHOD" && answer.Header.Get("Allow") == "" {
				t.Error("it does not say which methods there are")
			}
		})
	}
	for _, kept := range []string{"secret: panic", "secret: other", "web_test.go"} {
		if !strings.Contains(logged.String(), kept) {
			t.Errorf("the log has nothing of %q", kept)
		}
	}
}

// TestAnAnswerThatBreaksOff: who gets a part of an answer knows that it is one.
func TestAnAnswerThatBreaksOff(t *testing.T) {
	t.Parallel()
	address, _ := serving(t)
	if answer, text, err := (request{"GET", "/late", "", nil}).send(t, address); err == nil {
		t.Errorf("%d with %d bytes looks whole", answer.StatusCode, len(text))
	}
}

// TestWhatIsSentArrives is the control of the refusals: the same request in order.
func TestWhatIsSentArrives(t *testing.T) {
	t.Parallel()
	address, _ := serving(t)
	answer, text, err := request{"POST", "/c/sent", "0123456789", map[string]string{"Request-Id": "r~1"}}.send(t, address)
	if err != nil || answer.StatusCode != http.StatusOK || !bytes.Contains(text, []byte("c r~1 0123456789")) {
		t.Errorf("%d %s %v", answer.StatusCode, text, err)
	}
	if kept := answer.Header.Get("Cache-Control"); kept != "no-store" {
		t.Errorf("an answer may be kept: %q", kept)
	}
	if answer, text, err := (request{"GET", "/asked?on=2025/6/30", "", nil}).send(t, address); err != nil || answer.StatusCode != http.StatusOK {
		t.Errorf("%d %s %v", answer.StatusCode, text, err)
	}
}

// TestPartsAreStreamed: the handler has the first part of an upload before the
// second has been sent.
func TestPartsAreStreamed(t *testing.T) {
	t.Parallel()
	first := make(chan string, 1)
	api := web.New(web.Options{
		Info: &huma.Info{Title: "test", Version: "1"}, Log: slog.New(slog.DiscardHandler), Access: openTo(t, "anyone", "A", "openapi", "parts"),
	})
	web.Register(api, huma.Operation{Method: http.MethodPost, Path: "/{county}/parts", OperationID: "parts"}, nil, func(_ context.Context, in *sent) (*greet, error) {
		parts, err := in.Parts(1 << 20)
		for err == nil {
			var part *multipart.Part
			if part, err = parts.NextPart(); err == nil {
				first <- part.FileName()
			}
		}
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return &greet{}, err
	})
	server := httptest.NewServer(api.Handler())
	t.Cleanup(server.Close)
	body, w := io.Pipe()
	form := multipart.NewWriter(w)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/c/parts", body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Request-Id", "r1")
	sent := make(chan error, 1)
	go func() {
		_, err := form.CreateFormFile("file", "a.csv")
		if err == nil {
			<-first // or the test never ends
			_, err = form.CreateFormFile("file", "b.csv")
		}
		sent <- errors.Join(err, form.Close(), w.Close())
	}()
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if err := <-sent; err != nil || answer.StatusCode != http.StatusOK {
		t.Errorf("%d %v", answer.StatusCode, err)
	}
}

// TestTheDocumentSaysWhatIsRefused: the codes of every operation, its own and
// everybody's.
func TestTheDocumentSaysWhatIsRefused(t *testing.T) {
	t.Parallel()
	address, _ := serving(t)
	_, text, err := request{"GET", "/v1/openapi.json", "", nil}.send(t, address)
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			Parameters []struct {
				Name     string
				Required bool
			}
			Responses map[string]struct{ Description string }
		}
	}
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	sent := d.Paths["/{county}/sent"]["post"]
	for status, code := range map[string]string{"428": "REQUEST_ID", "403": "CROSS_ORIGIN", "400": "QUERY", "500": "INTERNAL"} {
		if !strings.Contains(sent.Responses[status].Description, code) {
			t.Errorf("%s: %q", status, sent.Responses[status].Description)
		}
	}
	if len(sent.Parameters) != 2 || sent.Parameters[1].Name != "Request-Id" || !sent.Parameters[1].Required || d.OpenAPI < "3.1" {
		t.Errorf("%+v in OpenAPI %s", sent.Parameters, d.OpenAPI)
	}
	if _, there := d.Paths["/v1/openapi.json"]["get"]; !there {
		t.Error("the document leaves itself out")
	}
}

// TestTheFieldThatIsIllegible: what no text may hold is said with its field, and what
// only looks like it is taken.
func TestTheFieldThatIsIllegible(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"a":"x\u0000"}`: "a", `{"a":{"b":["","\u0000"]}}`: "a.b.1", `{"a":{"\u0000":1}}`: "a", `"\u0000"`: "内容", "\x00": "内容", "\xff": "内容",
		`{"a":"\\u0000"}`: "", `{"a":"x"}`: "", `{"a":"\u0000`: "", `\u0000`: "", "": "", `{"a":"\ud800"}`: "",
	} {
		err := web.Legible([]byte(body))
		var p *web.Problem
		if errors.As(err, &p) != (want != "") || want != "" && !strings.HasPrefix(p.Title, want+" 含有") {
			t.Errorf("%q: %v", body, p)
		}
	}
}

// TestAPathIsSaidInShort: whoever nests long names deeply is told the beginning of where
// it is, and not as much as they sent.
func TestAPathIsSaidInShort(t *testing.T) {
	t.Parallel()
	const deep = 1000
	body := strings.Repeat(`{"`+strings.Repeat("a", 100)+`":`, deep) + `"\u0000"` + strings.Repeat("}", deep)
	var p *web.Problem
	if err := web.Legible([]byte(body)); !errors.As(err, &p) {
		t.Fatal(err)
	}
	if where := p.Errors[0].Field; len(where) > 300 || !strings.HasPrefix(where, strings.Repeat("a", 100)+".a") {
		t.Errorf("%d bytes: %.300s", len(where), where)
	}
}

// TestWhatMayBeChosenIsListed: a refused word is answered with those that may be, without the
// nothing that stands for none of them.
func TestWhatMayBeChosenIsListed(t *testing.T) {
	t.Parallel()
	_, err := web.OneOf("lamp", "purple", "", "red", "yellow")
	var p *web.Problem
	if !errors.As(err, &p) || p.Title != "lamp 应为 red, yellow 之一，现为“purple”" || p.Detail != `lamp: expected one of red, yellow, found "purple"` {
		t.Errorf("%+v", err)
	}
	if word, err := web.OneOf("lamp", "", "", "red"); word != "" || err != nil {
		t.Errorf("%q, %v", word, err)
	}
}
