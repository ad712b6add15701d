package main

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"feisui/pkg/access"
	"feisui/pkg/journal"
	"feisui/pkg/pgtest"
	"feisui/pkg/web"
	"feisui/schemas"
	"feisui/services/people/api"
	"feisui/services/people/keep"
)

// TestPeopleInit: the operator gets three one-time passwords, once.
func TestPeopleInit(t *testing.T) {
	t.Parallel()
	people, err := keep.Open(t.Context(), keep.Config{Pool: pgtest.New(t, journal.Tables, keep.Tables), Now: time.Now, Log: slog.New(slog.DiscardHandler), CheapHashes: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := people.Close(); err != nil {
			t.Error(err)
		}
	})
	_, pending, _ := strings.Cut(string(contents(t, filepath.Join("..", "..", "schemas", "access_pending.csv"))), "\n")
	table, err := access.Parse(schemas.Access + pending)
	if err != nil {
		t.Fatal(err)
	}
	key := strings.Repeat("k", 64)
	routes := web.New(web.Options{
		Info: &huma.Info{Title: "test", Version: "1"}, Log: slog.New(slog.DiscardHandler), Access: table, Trail: people.Trail,
		Who: func(_ context.Context, r *http.Request) (who access.Principal, err error) {
			if r.Header.Get("Authorization") == "Bearer "+key {
				who = access.Principal{ID: "operator:test", Grants: []access.Grant{{Role: access.Operator}}}
			}
			return who, nil
		},
	})
	api.Routes(routes, api.Source{People: func() *keep.People { return people }, County: func(name string) (string, error) { return name, nil }})
	server := httptest.NewServer(routes.Handler())
	t.Cleanup(server.Close)
	ask := func() (code int, out, problems string) {
		var stdout, stderr bytes.Buffer
		code = run(t.Context(), []string{"people", "init", "--server", server.URL, "--county", "rucheng", "--operator-key", key}, &stdout, &stderr)
		return code, stdout.String(), stderr.String()
	}
	code, out, problems := ask()
	lines := regexp.MustCompile(`(?m)^(system|security|audit)-admin +[a-z2-7-]{29}$`).FindAllString(out, -1)
	if code != exitOK || len(lines) != 3 || problems != "" {
		t.Fatalf("%d %s %s", code, out, problems)
	}
	name, password, _ := strings.Cut(lines[0], " ")
	if _, err := people.SignIn(t.Context(), "rucheng", name, strings.TrimSpace(password), "192.0.2.1"); err != nil {
		t.Errorf("what was printed lets nobody in: %v", err)
	}
	if code, out, problems = ask(); code != exitUsage || out != "" || !strings.Contains(problems, "已有人员") {
		t.Errorf("a second time: %d %s %s", code, out, problems)
	}
}
