package portal

import (
	"compress/gzip"
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
)

// This file compresses pages: a county's line is thin, and a page of a list is ten
// times smaller. There is no secret in a page that a guess could be compared with:
// the session is in a cookie, and what a form repeats is made anew for each page.

var squeezers = sync.Pool{New: func() any { return gzip.NewWriter(nil) }}

// squeezing is an answer that is compressed once its type is known.
type squeezing struct {
	http.ResponseWriter
	wanted bool
	begun  bool
	zip    *gzip.Writer // nil: as it is
}

func squeeze(w http.ResponseWriter, r *http.Request) *squeezing {
	return &squeezing{ResponseWriter: w, wanted: r.Method != http.MethodHead && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip")}
}

// WriteHeader begins the answer.
func (s *squeezing) WriteHeader(status int) {
	h := s.Header()
	if !s.begun && s.wanted && strings.HasPrefix(h.Get("Content-Type"), "text/html") {
		h.Set("Content-Encoding", "gzip")
		h.Add("Vary", "Accept-Encoding")
		s.zip, _ = squeezers.Get().(*gzip.Writer) // it holds nothing else
		s.zip.Reset(s.ResponseWriter)
	}
	s.begun = true
	s.ResponseWriter.WriteHeader(status)
}

// Write writes a part of the answer.
func (s *squeezing) Write(b []byte) (int, error) {
	if !s.begun {
		s.WriteHeader(http.StatusOK)
	}
	if s.zip != nil {
		return s.zip.Write(b)
	}
	return s.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController set deadlines.
func (s *squeezing) Unwrap() http.ResponseWriter { return s.ResponseWriter }

func (s *squeezing) close(ctx context.Context, log *slog.Logger) {
	if s.zip == nil {
		return
	}
	if err := s.zip.Close(); err != nil {
		log.InfoContext(ctx, "a page was not taken", slog.Any("error", err))
	}
	squeezers.Put(s.zip)
}
