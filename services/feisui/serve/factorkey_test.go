package serve_test

import (
	"bytes"
	"errors"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"feisui/pkg/journal"
	"feisui/pkg/local"
	"feisui/pkg/pgtest"
	"feisui/services/feisui/serve"
	"feisui/services/people/keep"
)

// TestTheKeyOfSecondFactors is made once, beside a database of the server's own, and
// where nothing is sealed yet; what cannot be used is refused, and what comes of there
// being none is said, where anything does.
func TestTheKeyOfSecondFactors(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t, journal.Tables, keep.Tables)
	var said bytes.Buffer
	data := t.TempDir()
	file := filepath.Join(data, "factor.key")
	ask := func(own bool, named string, targets ...string) (*keep.Key, error) {
		said.Reset()
		c := serve.Config{Data: data, FactorKeyFile: named, Targets: targets, Log: slog.New(slog.NewTextHandler(&said, nil))}
		return serve.FactorKey(t.Context(), pool, own, c)
	}
	none := func(what string, own bool, targets ...string) {
		t.Helper()
		if key, err := ask(own, "", targets...); key != nil || err != nil {
			t.Errorf("%s: there is a key, or %v", what, err)
		}
		if _, err := os.Stat(file); err == nil {
			t.Errorf("%s: a key is made", what)
		}
	}
	none("beside somebody else's database", false)
	if said.Len() > 0 { // nobody lacks one
		t.Errorf("it is said: %s", said.String())
	}
	none("where nobody signs in", true, "ledger")
	owner := pgtest.Owner(t, pool)
	state := func(sql string) {
		t.Helper()
		if _, err := owner.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	says := func(what string, parts ...string) {
		t.Helper()
		for _, part := range []string{"备用码", "明文", "（503）"} {
			if strings.Contains(said.String(), part) != slices.Contains(parts, part) {
				t.Errorf("%s: of %s it is said: %s", what, part, said.String())
			}
		}
	}
	state(`alter table people.county disable trigger confirmed`)
	state(`insert into people.county (county) values ('c')`)
	none("where no role must have a factor", false)
	says("where no role must have a factor")
	state(`update people.county set factor_roles = '{leader}'`)
	none("where a role must have a factor", false)
	says("where a role must have a factor", "（503）")
	state(`
		insert into people.user (id, person, county, name, display, office, password, disabled, reset_by, must_change, demo, created_at, created_by)
		values (gen_random_uuid(), gen_random_uuid(), 'c', 'n', 'd', 'o', '', false, '', false, false, now(), '');
		insert into people.factor (user_id, secret, used, began_at) select id, decode(repeat('00', 20), 'hex'), 0, now() from people.user`)
	none("where a role must have a factor, and one is from before", false)
	says("where a role must have a factor, and one is from before", "（503）", "明文")
	state(`update people.county set factor_roles = '{}'`)
	none("where a factor is from before", false)
	says("where a factor is from before", "明文")
	if _, err := ask(true, ""); err != nil {
		t.Fatal(err)
	}
	made, err := os.ReadFile(file)
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 || len(made) != 65 {
		t.Errorf("%v %v", info, err)
	}
	key, err1 := ask(false, "") // which is there now
	if again, err2 := os.ReadFile(file); key == nil || err1 != nil || err2 != nil || !bytes.Equal(again, made) || err != nil {
		t.Errorf("it is not what it was: %v %v %v", err, err1, err2)
	}

	in := func(name string) string { return filepath.Join(data, name) }
	group, others, short, no := in("group"), in("others"), in("short"), in("no")
	mounted := map[string]os.FileMode{in("0400"): 0o400, in("0440"): 0o440, in("0444"): 0o444}
	modes := maps.Clone(mounted)
	modes[group], modes[others], modes[short] = 0o660, 0o606, 0o600
	for name, mode := range modes {
		text := made
		if name == short {
			text = made[:60]
		}
		if err := errors.Join(os.WriteFile(name, text, 0o600), os.Chmod(name, mode)); err != nil { // whatever the umask
			t.Fatal(err)
		}
	}
	for name, mode := range mounted {
		if key, err := ask(true, name); key == nil || err != nil || strings.Contains(said.String(), name) != (mode&0o044 != 0) {
			t.Errorf("%s: %v, and it is said: %s", name, err, said.String())
		}
	}
	for _, name := range []string{group, others, short, no} {
		var mistake *serve.Mistake
		if _, err := ask(true, name); !errors.As(err, &mistake) || !strings.Contains(mistake.Chinese, name) || !strings.Contains(mistake.Chinese, "备用码") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if key, err := ask(true, file); key == nil || err != nil { // the control
		t.Error(err)
	}
	if err := os.Chmod(file, 0o440); err != nil {
		t.Fatal(err)
	}
	if _, err := ask(true, ""); !errors.Is(err, local.ErrKeyOpen) {
		t.Errorf("others may read the one in the data folder: %v", err)
	}

	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	state(`update people.factor set sealed = decode(repeat('00', 56), 'hex')`)
	for _, own := range []bool{true, false} {
		none("where factors are sealed by one that is lost", own)
		says("where factors are sealed by one that is lost", "备用码")
		if !strings.Contains(said.String(), file) {
			t.Errorf("where the key should be is not said: %s", said.String())
		}
	}
}

// TestTheOtherKeyOfSecondFactors is refused where it cannot be used, and not looked for where
// nobody signs in.
func TestTheOtherKeyOfSecondFactors(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	good, short, no := filepath.Join(folder, "good"), filepath.Join(folder, "short"), filepath.Join(folder, "no")
	text := strings.Repeat("0f", 32) + "\n"
	if err := errors.Join(os.WriteFile(good, []byte(text), 0o600), os.WriteFile(short, []byte(text[:60]), 0o600)); err != nil {
		t.Fatal(err)
	}
	also := func(named string, targets ...string) (*keep.Key, error) {
		return serve.FactorKeyAlso(t.Context(), serve.Config{FactorKeyAlsoFile: named, Targets: targets, Log: slog.New(slog.DiscardHandler)})
	}
	for _, name := range []string{short, no} {
		var mistake *serve.Mistake
		if _, err := also(name); !errors.As(err, &mistake) || !strings.Contains(mistake.Chinese, name) {
			t.Errorf("%s: %v", name, err)
		}
		if key, err := also(name, "ledger"); key != nil || err != nil {
			t.Errorf("%s, where nobody signs in: %v", name, err)
		}
	}
	if key, err := also(""); key != nil || err != nil {
		t.Errorf("there is one: %v", err)
	}
	if key, err := also(good); key == nil || err != nil { // the control
		t.Error(err)
	}
}
