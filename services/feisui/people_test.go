package main

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"feisui/pkg/journal"
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
	key := filepath.Join(data, "factor.key")
	if out, problems, code := feisui(t, "people", "factor-key", key, "--data", data); code != exitOK || problems != "" || !strings.Contains(out, "第二因素 0 个") || !strings.Contains(out, "可以销毁") {
		t.Errorf("a key that has sealed nothing: %d %s %s", code, out, problems)
	}
	pool, err := journal.Connect(t.Context(), ownersURLOf(t, data))
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	_, err = pool.Exec(t.Context(), `insert into people.factor (user_id, secret, sealed, used, began_at) select id, decode(repeat('00', 20), 'hex'), $1, 0, now() from people.user`, sealedBy(t, key))
	if err != nil {
		t.Fatal(err)
	}
	if out, problems, code := feisui(t, "people", "factor-key", key, "--data", data); code != exitOK || problems != "" || !strings.Contains(out, "第二因素 3 个") || !strings.Contains(out, "不能销毁") {
		t.Errorf("a key that has: %d %s %s", code, out, problems)
	}
	if _, problems, code := feisui(t, "people", "factor-key", key+"x", "--data", data); code != exitUsage || !strings.Contains(problems, "factor.keyx") {
		t.Errorf("no key: %d %s", code, problems)
	}
}

// ownersURLOf is how to connect to the database of a data folder.
func ownersURLOf(t *testing.T, data string) string {
	t.Helper()
	url, err := ownersURL("", data)
	if err != nil {
		t.Fatal(err)
	}
	return url
}

// sealedBy is what begins as a key seals: the rest opens for nobody.
func sealedBy(t *testing.T, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	mark := sha256.Sum256(append([]byte("feisui factor key\x00"), secret...))
	return append(mark[:8], make([]byte, 48)...)
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
