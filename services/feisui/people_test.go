package main

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"feisui/services/feisui/serve"
	"feisui/services/people/api"
)

// TestPeopleInit: the operator gets three one-time passwords, once, each of which
// lets somebody in to change it.
func TestPeopleInit(t *testing.T) {
	t.Parallel()
	needPostgres(t)
	data := dataOf(t)
	a := &accounts{t: t, server: "http://" + serving(t, serve.Config{Counties: []string{"c"}, Data: data}).Address(), shown: map[string]string{}}
	at := []string{"people", "init", "--server", a.server, "--county", "c"}
	out, problems, code := feisui(t, at...)
	lines := regexp.MustCompile(`(?m)^(system|security|audit)-admin +[a-z2-7-]{29}$`).FindAllString(out, -1)
	if code != exitOK || len(lines) != 3 || problems != "" {
		t.Fatalf("%d %s %s", code, out, problems)
	}
	for _, line := range lines {
		name, password, _ := strings.Cut(line, " ")
		var me api.Me
		a.call("", http.MethodPost, "/v1/session", api.Opening{User: name, Password: strings.TrimSpace(password), Token: true}, &me)
		if me.User != name || !me.MustChange || !strings.HasPrefix(me.Token, "feisui_session_") {
			t.Errorf("%+v", me)
		}
	}
	if out, problems, code = feisui(t, at...); code != exitUsage || out != "" || !strings.Contains(problems, "已有人员") {
		t.Errorf("a second time: %d %s %s", code, out, problems)
	}
	a.recovers(data)
}

// recovers has who owns the database let the only system administrator in again, beside the
// running county.
func (a *accounts) recovers(data string) {
	a.t.Helper()
	at := []string{"people", "recover", "--county", "c", "--data", data, "--by", "李"}
	for user, why := range map[string]string{"audit-admin": "县里另有", "nobody": "没有这个人员"} {
		if out, problems, code := feisui(a.t, append(at, user)...); code != exitUsage || out != "" || !strings.Contains(problems, why) {
			a.t.Errorf("%s: %d %s %s", user, code, out, problems)
		}
	}
	if out, problems, code := feisui(a.t, "people", "recover", "system-admin", "--data", a.t.TempDir(), "--by", "李"); code != exitUsage || out != "" || !strings.Contains(problems, "没有正在运行的数据库") {
		a.t.Errorf("where none runs: %d %s %s", code, out, problems)
	}
	out, problems, code := feisui(a.t, append(at, "system-admin")...)
	line, said, _ := strings.Cut(out, "\n")
	name, password, _ := strings.Cut(line, " ")
	if code != exitOK || problems != "" || name != "system-admin" || !strings.Contains(said, "原来没有第二因素") || !strings.Contains(said, "operator:李") || strings.Count(said, "\n") != 1 {
		a.t.Fatalf("%d %s %s", code, out, problems)
	}
	var me api.Me
	a.call("", http.MethodPost, "/v1/session", api.Opening{User: name, Password: password, Token: true}, &me)
	if !me.MustChange {
		a.t.Errorf("%+v", me)
	}
}
