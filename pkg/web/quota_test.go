package web_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"feisui/pkg/access"
	"feisui/pkg/sheet"
	"feisui/pkg/web"
)

// tally is a quota that notes what it is asked, and refuses what it is told to.
type tally struct {
	mu    sync.Mutex
	asked []string
	full  bool
}

// begin forgets what was asked.
func (q *tally) begin(full bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.asked, q.full = nil, full
}

func (q *tally) take() []string {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.asked
}

func (q *tally) note(what string, r access.Record, more ...any) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.asked = append(q.asked, fmt.Sprint(append([]any{what, " ", r.Target}, more...)...))
	if q.full {
		return web.Refuse(http.StatusTooManyRequests, "BULK_READ", "太多", "too much")
	}
	return nil
}

func (q *tally) MayTakeFile(_ context.Context, r access.Record) error { return q.note("may take", r) }
func (q *tally) TakeFile(_ context.Context, r access.Record, rows int) error {
	return q.note("takes", r, " ", rows)
}
func (q *tally) MayReadOn(_ context.Context, r access.Record) error { return q.note("may read", r) }
func (q *tally) Read(_ context.Context, r access.Record, rows int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.asked = append(q.asked, fmt.Sprint("reads ", r.Target, " ", rows))
}

// TestAListIsCounted: a page by its rows after it was answered, a large one and a file
// asked for before, a file by its rows too; what is refused is audited, a small page never
// asked for.
func TestAListIsCounted(t *testing.T) {
	t.Parallel()
	q, kept := &tally{}, &trail{}
	api := web.New(web.Options{
		Info: &huma.Info{Title: "test", Version: "1"}, Log: slog.New(slog.DiscardHandler), Trail: kept, Quota: q,
		Access: openTo(t, "department_officer", "O", "openapi", "list"),
		Who: func(context.Context, *http.Request) (access.Principal, error) {
			return access.Principal{ID: "person:1", County: "c", Grants: []access.Grant{{Role: access.DepartmentOfficer, Scope: "D1"}}}, nil
		},
	})
	type in struct {
		web.OfCounty
		web.Export
		Limit string `query:"limit"`
	}
	type page struct {
		Counts, Rows []string
		Next         string
	}
	rows := &sheet.Table{Name: sheet.Name{English: "list", Chinese: "单"}, Columns: []sheet.Name{{English: "a", Chinese: "甲"}}, Stream: func(yield func([]any, error) bool) {
		_ = yield([]any{"1"}, nil) && yield([]any{"2"}, nil)
	}}
	web.Register(api, huma.Operation{Method: http.MethodGet, Path: "/{county}/list", OperationID: "list"}, nil, func(ctx context.Context, in *in) (*web.Listing, error) {
		if in.Limit == "whole" {
			return web.Page(page{}), web.ReadAtOnce(ctx, web.BulkPage+1)
		}
		if in.Format != "" {
			return in.File(ctx, rows, func() string { return "now" })
		}
		return web.Page(page{Counts: []string{"x"}, Rows: []string{"1", "2", "3"}}), nil
	})
	server := httptest.NewServer(api.Handler())
	t.Cleanup(server.Close)
	for _, c := range []struct {
		query  string
		full   bool
		status int
		asked  []string
		kept   int
	}{
		{"", false, 200, []string{"reads /c/list 3"}, 0},
		{"?limit=200", true, 200, []string{"reads /c/list?limit=200 3"}, 0},
		{"?limit=201", false, 200, []string{"may read /c/list?limit=201", "reads /c/list?limit=201 3"}, 0},
		{"?limit=201", true, 429, []string{"may read /c/list?limit=201"}, 1},
		{"?limit=whole", false, 200, []string{"may read /c/list?limit=whole", "reads /c/list?limit=whole 201", "reads /c/list?limit=whole 0"}, 0},
		{"?limit=whole", true, 429, []string{"may read /c/list?limit=whole"}, 1},
		{"?format=csv", false, 200, []string{"may take /c/list?format=csv", "takes /c/list?format=csv 2"}, 1},
		{"?format=xlsx", true, 429, []string{"may take /c/list?format=xlsx"}, 1},
	} {
		q.begin(c.full)
		kept.take()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/c/list"+c.query, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, answer.Body); err != nil {
			t.Error(err)
		}
		answer.Body.Close()
		lines, asked := kept.take(), q.take()
		if answer.StatusCode != c.status || !slices.Equal(asked, c.asked) || len(lines) != c.kept {
			t.Errorf("%s: %d, asked %q, audited %+v", c.query, answer.StatusCode, asked, lines)
		}
	}
}
