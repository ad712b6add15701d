package main

import (
	"errors"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"feisui/pkg/access"
	"feisui/services/feisui/serve"
	"feisui/services/people/api"
	"feisui/services/people/keep"
)

// TestASampleHasDemoAccounts: who starts the sample is told one account for each
// role and the password of all, is inside each of them, and finds something of today
// to do; also after a second start, which adds nothing, and after somebody has worked there.
// The first loses its database while the demo accounts act.
func TestASampleHasDemoAccounts(t *testing.T) {
	t.Parallel()
	needPostgres(t)
	data, waiting := dataOf(t), map[access.Role]int{}
	for round := range 2 {
		p := prepare(t, "--data", data, "--sample", "431026")
		began := make(chan error, 1)
		go func() { began <- p.tryBegin() }()
		if round == 0 {
			killPostgresWhenActing(t, data, began)
		}
		if err := <-began; err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(p.greeted.String(), demoPassword) {
			t.Errorf("round %d: no password: %s", round, p.greeted.String())
		}
		if n := strings.Count(p.greeted.String(), "  demo-"); n != len(access.Roles)-1+2 { // of the authority and of finance there are two
			t.Errorf("round %d: %d accounts are listed", round, n)
		}
		a := &accounts{t: t, server: p.address, shown: map[string]string{}}
		for _, role := range access.Roles {
			if role == access.Operator {
				continue
			}
			if !strings.Contains(p.greeted.String(), "  "+keep.DemoName(role)+" ") {
				t.Errorf("round %d: %s is not listed", round, role)
			}
			var me api.Me
			a.call("", http.MethodPost, "/v1/session", api.Opening{User: keep.DemoName(role), Password: demoPassword, Token: true}, &me)
			if !me.Demo || len(me.Grants) != 1 || me.Grants[0].Role != role {
				t.Errorf("round %d: %+v", round, me)
			}
			if title, ok := strings.CutPrefix(me.Display, "演示 "); !ok || !strings.Contains(p.greeted.String(), " "+title+" (") || strings.Contains(title, string(role)) {
				t.Errorf("round %d: %s is shown as %q", round, role, me.Display)
			}
			a.shown[string(role)] = me.Token
		}
		for _, role := range []access.Role{access.Authority, access.FinanceOfficer} {
			var one, two api.Me
			a.call(string(role), http.MethodGet, "/v1/session", nil, &one)
			a.call("", http.MethodPost, "/v1/session", api.Opening{User: keep.DemoName(role) + "-2", Password: demoPassword, Token: true}, &two)
			if two.Who == one.Who || !slices.Equal(two.Grants, one.Grants) || two.Display != one.Display+" 2" {
				t.Errorf("round %d: %+v and %+v", round, one, two)
			}
		}
		var names struct{ Name string }
		if a.call(string(access.Authority), http.MethodGet, "/v1/counties/county/directory", nil, &names); names.Name != "汝城县" {
			t.Errorf("round %d: the county is called %q", round, names.Name)
		}
		for role, what := range map[access.Role]string{
			access.DepartmentHead: "flags", access.CommunityOfficer: "tasks", access.StreetOfficer: "communities", access.Auditor: "entries", access.AuditAdmin: "audit",
		} {
			var page map[string]any
			a.call(string(role), http.MethodGet, "/v1/counties/county/"+what+"?limit=5", nil, &page)
			list, _ := page[map[bool]string{true: "lines", false: what}[what == "audit"]].([]any)
			if len(list) == 0 {
				t.Errorf("%s sees no %s", role, what)
			}
		}
		for _, role := range []access.Role{access.DepartmentOfficer, access.DepartmentHead, access.CommunityOfficer, access.Authority, access.FinanceOfficer} {
			var todo serve.Todos
			a.call(string(role), http.MethodGet, "/v1/counties/county/todo?limit=500", nil, &todo)
			own := 0
			for _, one := range todo.Todo {
				if strings.HasPrefix(one.Instance, "YS-") {
					own++
				}
			}
			if waiting[role] += own; own == 0 || waiting[role] != own*(round+1) {
				t.Errorf("round %d: %d of today wait for %s, %d before it", round, own, role, waiting[role]-own)
			}
		}
		if strings.Contains(p.greeted.String(), "没有办全") {
			t.Errorf("round %d: %s", round, p.greeted.String())
		}
		if round == 0 {
			a.call(string(access.SystemAdmin), http.MethodPost, "/v1/counties/county/people", api.NewPerson{User: "zhang", Display: "张", Office: "D01"}, &struct{}{})
		}
		p.end(t)
	}
}

// TestNoDemoAmongOthers: where a county has people or facts of its own, the sample
// is not loaded and there are no demo accounts; and none where others could reach
// them. The control is the test above.
func TestNoDemoAmongOthers(t *testing.T) { //nolint:tparallel // a start after the other
	t.Parallel()
	needPostgres(t)
	for name, own := range map[string][]string{
		"people": {"people", "init"}, "facts": {"import", filepath.Join("testdata", "cases", "jiangyan-wages", "book")},
	} {
		t.Run(name, func(t *testing.T) { //nolint:paralleltest // in its turn
			data := dataOf(t)
			p := launch(t, "--data", data)
			mustRun(t, append(own, "--server", p.address)...)
			p.end(t)
			p = launch(t, "--data", data, "--sample", "431026")
			if said := p.greeted.String(); !strings.Contains(said, "没有装入示例") || strings.Contains(said, demoPassword) {
				t.Error(said)
			}
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.address+"/v1/session", strings.NewReader(`{"user":"demo-leader","password":"`+demoPassword+`"}`))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/json")
			if got := answerTo(t, r); got.code != "SIGN_IN" {
				t.Errorf("%d %s", got.status, got.text)
			}
			p.end(t)
		})
	}
	for _, args := range [][]string{{"--behind-proxy", "feisui.example"}, {"--tls-cert", "a", "--tls-key", "b"}} {
		_, problems, code := feisui(t, append([]string{"run", "--data", dataOf(t), "--sample", "431026"}, args...)...)
		if code != exitUsage || !strings.Contains(problems, "演示账号") {
			t.Errorf("%v: %d %s", args, code, problems)
		}
	}
}

// killPostgresWhenActing kills the PostgreSQL of a sample as soon as its demo accounts are
// there, and waits until there is another. That has no end of its own but that of the start.
func killPostgresWhenActing(t *testing.T, data string, began chan error) {
	t.Helper()
	comes := func(what string) bool {
		for ; ; time.Sleep(50 * time.Millisecond) {
			conn, err := pgx.Connect(t.Context(), privateURL(data))
			if err != nil { // not yet, or not again
				if len(began) > 0 {
					return false
				}
				continue
			}
			var is bool
			err = errors.Join(conn.QueryRow(t.Context(), what).Scan(&is), conn.Close(t.Context()))
			if is || len(began) > 0 {
				return is && err == nil
			}
		}
	}
	if !comes(`select exists (select from people.user)`) || len(began) > 0 {
		t.Error("the start is over before the demo accounts act: nothing is shown")
		return
	}
	killPostgres(t, data)
	if !comes(`select true`) {
		t.Error("the database did not come back")
	}
}
