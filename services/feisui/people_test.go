package main

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"feisui/services/people/api"
)

// TestPeopleInit: the operator gets three one-time passwords, once, each of which
// lets somebody in to change it.
func TestPeopleInit(t *testing.T) {
	t.Parallel()
	a := &accounts{t: t, server: running(t, "c"), shown: map[string]string{}}
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
}
