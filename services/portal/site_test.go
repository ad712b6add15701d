package portal_test

import (
	"compress/gzip"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"feisui/pkg/access"
	"feisui/schemas"
	"feisui/services/portal"
)

// FuzzNobodyIsSentElsewhere: wherever one would go on to, a browser stays at this
// server, and where one was before is kept.
func FuzzNobodyIsSentElsewhere(f *testing.F) {
	for _, next := range []string{"/", "/w/task?all=true", "//example.org", "/\\example.org", "https://example.org", "/\t/example.org", "/.//example.org", "javascript:x", "/%2f%2fexample.org", "/a?b=//c#d"} {
		f.Add(next)
	}
	base, err := url.Parse("http://127.0.0.1:8080/sign-in")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, next string) {
		got := portal.Ours(next)
		to, err := base.Parse(got)
		if err != nil || to.Host != base.Host || to.Scheme != base.Scheme || !strings.HasPrefix(got, "/") || strings.HasPrefix(got, "//") || strings.ContainsAny(got, "\\\r\n\t") {
			t.Errorf("%q leads to %q (%v)", next, got, err)
		}
		if got != next && got != "/" {
			t.Errorf("%q became %q", next, got)
		}
	})
}

func TestWhereOneWasBeforeIsKept(t *testing.T) {
	t.Parallel()
	for _, next := range []string{"/", "/w/task", "/w/task/i/JB%2F2025-%E4%B8%80?done=see&a=b", "/search?q=%2F%2F"} {
		if got := portal.Ours(next); got != next {
			t.Errorf("%q became %q", next, got)
		}
	}
}

// TestOnlyPagesOfOursChangeAnything: what a browser says of where a form is from
// decides; who says nothing is no page of ours.
func TestOnlyPagesOfOursChangeAnything(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		method, site, origin string
		want                 bool
	}{
		{"GET", "cross-site", "https://example.org", true}, {"HEAD", "", "", true},
		{"POST", "same-origin", "", true}, {"POST", "same-origin", "https://example.org", true},
		{"POST", "same-site", "http://feisui.example", false}, {"POST", "cross-site", "http://feisui.example", false}, {"POST", "none", "", false},
		{"POST", "", "http://feisui.example", true}, {"POST", "", "https://feisui.example", true}, {"POST", "", "", false}, {"POST", "", "null", false},
		{"POST", "", "http://feisui.example.org", false}, {"POST", "", "http://feisui.example:81", false}, {"POST", "", "feisui.example", false}, {"POST", "", "http://", false},
		{"POST", "", "http://feisui.example@example.org", false}, {"DELETE", "", "", false}, {"PUT", "cross-site", "", false}, {"post", "", "", false},
	} {
		r := httptest.NewRequest(c.method, "http://feisui.example/w/task", nil)
		for name, value := range map[string]string{"Sec-Fetch-Site": c.site, "Origin": c.origin} {
			if value != "" {
				r.Header.Set(name, value)
			}
		}
		if got := portal.SameSite(r); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

// TestPagesAreCompressed: for who takes it, and to the same page; HEAD has no body.
func TestPagesAreCompressed(t *testing.T) {
	t.Parallel()
	table, err := access.Parse(schemas.Access)
	if err != nil {
		t.Fatal(err)
	}
	nobody := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		io.WriteString(w, `{"status":404,"code":"NONE","title":"没有","detail":"none"}`)
	})
	pages := portal.New(portal.Options{API: nobody, Rights: table, Log: slog.New(slog.DiscardHandler), Now: time.Now})
	ask := func(method, encoding string) *httptest.ResponseRecorder {
		w, r := httptest.NewRecorder(), httptest.NewRequest(method, "/sign-in", nil)
		r.Header.Set("Accept-Encoding", encoding)
		pages.ServeHTTP(w, r)
		return w
	}
	plain, small := ask("GET", ""), ask("GET", "br, gzip")
	if small.Header().Get("Content-Encoding") != "gzip" || small.Header().Get("Vary") != "Accept-Encoding" || plain.Header().Get("Content-Encoding") != "" {
		t.Fatalf("%v %v", plain.Header(), small.Header())
	}
	if small.Body.Len() >= plain.Body.Len() {
		t.Errorf("%d bytes are %d", plain.Body.Len(), small.Body.Len())
	}
	z, err := gzip.NewReader(small.Body)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil || string(text) != plain.Body.String() || len(text) == 0 {
		t.Errorf("the page is another: %v", err)
	}
	if head := ask("HEAD", "gzip"); head.Header().Get("Content-Encoding") != "" {
		t.Errorf("%v", head.Header())
	}
}
