package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"feisui/pkg/civil"
	"feisui/pkg/local"
	"feisui/services/feisui/serve"
)

// starts runs feisui run on a database until it is ready, and gives what it said
// and its exit status.
func starts(t *testing.T, database string) (stderr string, status int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var problems bytes.Buffer
	var mu sync.Mutex
	ready := writer(func(b []byte) {
		if bytes.Contains(b, []byte("(ready)")) {
			cancel()
		}
	})
	status = run(ctx, []string{"run", "--data", t.TempDir(), "--listen", "127.0.0.1:0", "--database", database}, ready, writer(func(b []byte) {
		mu.Lock()
		defer mu.Unlock()
		problems.Write(b)
	}))
	mu.Lock()
	defer mu.Unlock()
	return problems.String(), status
}

type writer func([]byte)

func (w writer) Write(b []byte) (int, error) { w(b); return len(b), nil }

var _ io.Writer = writer(nil)

// tried is a cluster that is put into one state after the other.
type tried struct{ dir string }

// check runs feisui run against the cluster with some settings, and compares what
// it says: nothing, or one sentence, Chinese first.
func (c *tried) check(t *testing.T, name string, settings map[string]string, sentence string) {
	t.Helper()
	postgres, err := local.StartPostgres(t.Context(), local.PostgresOptions{Dir: c.dir, Log: quiet(), Settings: settings})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	defer postgres.Stop()
	c.says(t, name, postgres.URL(), sentence)
}

func (c *tried) says(t *testing.T, name, database, sentence string) {
	t.Helper()
	stderr, status := starts(t, database)
	switch {
	case sentence == "" && (status != exitOK || stderr != ""):
		t.Errorf("%s: it should run: status %d, %s", name, status, stderr)
	case sentence != "" && (status != exitUsage || stderr != "feisui: "+sentence+"\n"):
		t.Errorf("%s: status %d:\n  %s  want\n  feisui: %s", name, status, stderr, sentence)
	default:
		t.Logf("%s: %s", name, strings.TrimSpace(strings.TrimPrefix(stderr, "feisui: ")))
	}
}

// TestStartsOnlyOnWhatKeepsItsPromises: each state of a database in which it is
// refused, with the sentence that is printed, beside the nearest in which it is
// taken, which is the control.
func TestStartsOnlyOnWhatKeepsItsPromises(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(dataOf(t), "postgres")
	c := &tried{dir: dir}
	c.check(t, "as it should be", nil, "")
	for _, setting := range []struct{ name, is string }{
		{"fsync", "off"},
		{"full_page_writes", "off"},
		{"synchronous_commit", "off"},
		{"synchronous_commit", "local"},
	} {
		c.check(t, setting.name+" "+setting.is, map[string]string{setting.name: setting.is},
			"数据库的 "+setting.name+" 是 "+setting.is+"，断电会丢失已确认的登记；请改为 on (the database may lose what it confirmed: "+setting.name+" is "+setting.is+")")
	}
	// One more than is needed.
	c.check(t, "synchronous_commit remote_apply", map[string]string{"synchronous_commit": "remote_apply"}, "")
	c.standby(t)
	c.rights(t)
	c.sums(t)
}

// standby has the cluster be a copy that waits for more, and then promotes it.
func (c *tried) standby(t *testing.T) {
	t.Helper()
	signal := filepath.Join(c.dir, "data", "standby.signal")
	if err := os.WriteFile(signal, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	postgres, err := local.StartPostgres(t.Context(), local.PostgresOptions{Dir: c.dir, Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	defer postgres.Stop()
	c.says(t, "a standby", postgres.URL(), "数据库处于恢复状态，是备库，不能登记；请连接主库 (the database is a standby, in recovery: it takes no entries)")
	execOn(t, postgres.URL(), `select pg_promote()`)
	c.says(t, "promoted", postgres.URL(), "")
}

// rights has the role, the login and the tables be others.
func (c *tried) rights(t *testing.T) {
	t.Helper()
	postgres, err := local.StartPostgres(t.Context(), local.PostgresOptions{Dir: c.dir, Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	defer postgres.Stop()
	database := postgres.URL()
	could := func(table string) string {
		return "数据库账号 feisui_app 能改动已登记的内容（" + table + "），请收回多余的权限 (feisui_app could change " + table + ": revoke what it was granted, and connect with journal.Connect)"
	}
	off := func(table string) string {
		return "数据库里 " + table + " 的防改触发器被停用或删除，请恢复 (the trigger that keeps " + table + " from being changed is switched off or gone)"
	}
	newer := func(schema string) string {
		var step int
		if err := poolOf(t, database).QueryRow(t.Context(), `select max(version_id) from `+schema+`.migration`).Scan(&step); err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("数据库由更新的程序建立（%s 已到第 9999 步，本程序只认得第 %d 步），请升级本程序 (the tables of %[1]s are at step 9999, and this program knows step %[2]d: use a newer one)", schema, step)
	}
	for _, state := range []struct{ name, made, unmade, sentence string }{
		{"may change entries", `grant update on journal.entry to feisui_app`, `revoke update on journal.entry from feisui_app`, could("journal.entry")},
		{"may change a column", `grant update (data) on journal.entry to feisui_app`, `revoke update (data) on journal.entry from feisui_app`, could("journal.entry")},
		{"may delete requests", `grant delete on journal.request to feisui_app`, `revoke delete on journal.request from feisui_app`, could("journal.request")},
		{"may empty a table", `grant truncate on journal.also to feisui_app`, `revoke truncate on journal.also from feisui_app`, could("journal.also")},
		{
			"is the owner", `create role chief; alter table journal.entry owner to chief; grant chief to feisui_app`,
			`alter table journal.entry owner to feisui; drop role chief`, could("journal.entry"),
		},
		{"may name a county", `grant update (name) on journal.county to feisui_app`, `select`, ""}, // as the migration has it
		{
			"is above all rules", `alter role feisui_app bypassrls`, `alter role feisui_app nobypassrls`,
			"数据库账号 feisui_app 不受权限约束，请以普通账号登录 (the journal is open to a role above all rules, feisui_app: connect with journal.Connect)",
		},
		{"the guard is off", `alter table journal.entry disable trigger append_only`, `alter table journal.entry enable trigger append_only`, off("journal.entry")},
		{"the guard is always on", `alter table journal.entry enable always trigger append_only`, `alter table journal.entry enable trigger append_only`, ""},
		{"a newer journal", `insert into journal.migration (version_id, is_applied) values (9999, true)`, `delete from journal.migration where version_id = 9999`, newer("journal")},
		{"a newer ledger", `insert into ledger.migration (version_id, is_applied) values (9999, true)`, `delete from ledger.migration where version_id = 9999`, newer("ledger")},
		{"a newer table of others", `create schema other; create table other.migration (version_id bigint)`, `drop schema other cascade`, ""},
	} {
		execOn(t, database, state.made)
		c.says(t, state.name, database, state.sentence)
		execOn(t, database, state.unmade)
	}
	c.says(t, "all of it mended", database, "")
	c.clocks(t, database)
}

// clocks starts with clocks that are off the database's. What the question takes
// speaks for the clock: where it takes seconds, the same is tried again.
func (c *tried) clocks(t *testing.T, database string) {
	t.Helper()
	opened := func(off time.Duration) string {
		server, err := serve.Open(t.Context(), serve.Config{
			OperatorKey: testKey,
			Data:        t.TempDir(), Listen: "127.0.0.1:0", DatabaseURL: database, Calendar: civil.China(), Log: quiet(),
			Clock: func() time.Time { return time.Now().Add(off) },
		})
		if err != nil {
			return err.Error()
		}
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		return ""
	}
	for _, off := range []time.Duration{-24 * time.Hour, -5 * time.Second, -time.Second, 0, time.Second, 5 * time.Second, 24 * time.Hour} {
		said, near := opened(off), off.Abs() <= 2*time.Second
		for limit := time.Now().Add(hungAfter); !near && said == "" && time.Now().Before(limit); {
			said = opened(off)
		}
		if near && said != "" || !near && !tellsOff(said, off.Abs()) {
			t.Errorf("a clock %s off: %s", off, said)
		}
		t.Logf("a clock %s off: %s", off, said)
	}
	for _, said := range []string{unlikeBy("6s"), unlikeBy("1s"), unlikeBy("4.5s"), unlikeBy("x"), "", strings.Replace(unlikeBy("5s"), "5s", "4s", 1)} { // the control
		if tellsOff(said, 5*time.Second) {
			t.Errorf("of a clock 5s off it may be said: %s", said)
		}
	}
}

// unlikeBy is what is said of a clock that is off.
func unlikeBy(off string) string {
	return "本机时间与数据库相差 " + off + "，请先校准时钟 (the clock here is " + off + " off the database's: set it right first)"
}

// tellsOff reports that it is said of a clock how far it is off, in seconds, but for
// what the question took.
func tellsOff(said string, by time.Duration) bool {
	_, after, _ := strings.Cut(said, "the clock here is ")
	text, _, _ := strings.Cut(after, " ")
	off, err := time.ParseDuration(text)
	return err == nil && said == unlikeBy(text) && off <= by && off >= max(2*time.Second, by-time.Minute) && off == off.Round(time.Second)
}

// sums has the cluster without checksums, which is taken with a warning.
func (c *tried) sums(t *testing.T) {
	t.Helper()
	sums := func(how string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), filepath.Join(binaries(t), "pg_checksums"), how, "-D", filepath.Join(c.dir, "data"))
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	opened := func() string {
		t.Helper()
		postgres, err := local.StartPostgres(t.Context(), local.PostgresOptions{Dir: c.dir, Log: quiet()})
		if err != nil {
			t.Fatal(err)
		}
		defer postgres.Stop()
		var said bytes.Buffer
		server, err := serve.Open(t.Context(), serve.Config{
			OperatorKey: testKey,
			Data:        t.TempDir(), Listen: "127.0.0.1:0", DatabaseURL: postgres.URL(), Calendar: civil.China(), Clock: time.Now,
			Log: slog.New(slog.NewTextHandler(&said, &slog.HandlerOptions{Level: slog.LevelWarn})),
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		return said.String()
	}
	if said := opened(); said != "" {
		t.Errorf("checksums are on: %s", said)
	}
	sums("--disable")
	said := opened()
	if !strings.Contains(said, "数据库没有开启数据校验和") || !strings.Contains(said, "data checksums are off") {
		t.Errorf("checksums are off: %s", said)
	}
	t.Log("without checksums: ", said)
}

// binaries is the folder of PostgreSQL's programs.
func binaries(t *testing.T) string {
	t.Helper()
	if named := os.Getenv(local.BinVariable); named != "" {
		return named
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/pg_checksums")
	if err == nil && len(found) > 0 {
		return filepath.Dir(found[len(found)-1])
	}
	program, err := exec.LookPath("pg_checksums")
	if err != nil {
		t.Fatal("PostgreSQL's programs are nowhere: ", err)
	}
	return filepath.Dir(program)
}

func execOn(t *testing.T, database, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// databaseOf is another database of a cluster.
func databaseOf(t *testing.T, at, name string) string {
	t.Helper()
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}
