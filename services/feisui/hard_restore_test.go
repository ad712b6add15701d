package main

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"feisui/pkg/figure"
	"feisui/pkg/local"
	"feisui/services/feisui/serve"
)

// restored is a county that was dumped, once early and once at its end.
type restored struct {
	early, late       string // files
	earlyKnown, known string // position:hash, as verify prints it
	statement         string
	commands          *load
	broker            *local.NATS
	into              *local.Postgres
	asking            []string
}

func dump(t *testing.T, database, file string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), filepath.Join(binaries(t), "pg_dump"), "--format=custom", "--file="+file, database)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("pg_dump: %v: %s", err, out)
	}
}

// restore gives a new database with what was dumped.
func (r *restored) restore(t *testing.T, name, file string) (database, said string) {
	t.Helper()
	execOn(t, r.into.URL(), `create database `+name)
	database = databaseOf(t, r.into.URL(), name)
	cmd := exec.CommandContext(t.Context(), filepath.Join(binaries(t), "pg_restore"), "--dbname="+database, file)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return database, string(out)
	}
	return database, ""
}

// noted is what verify prints to be kept elsewhere.
func noted(t *testing.T, server string) string {
	t.Helper()
	said := mustRun(t, "verify", "--server", server, "--county", "c")
	return strings.TrimSpace(said[strings.LastIndex(said, " ")+1:])
}

// dumped runs a county, dumps it early, while writers record, and at its end.
func dumped(t *testing.T) *restored {
	t.Helper()
	r := &restored{asking: []string{"statement", "--on", "2025-06-30", "--format", "json", "--county", "c"}}
	postgres := ownPostgres(t, filepath.Join(dataOf(t), "postgres"), nil)
	r.broker = ownNATS(t, dataOf(t))
	server, stop := started(t, serve.Config{Data: dataOf(t), DatabaseURL: postgres.URL(), NATSURL: r.broker.URL(), Counties: []string{"c"}})
	r.commands = begin(t, "c", 8, server)
	r.commands.more(t, 100, hungAfter)
	r.earlyKnown = noted(t, server)
	r.early, r.late = filepath.Join(t.TempDir(), "early"), filepath.Join(t.TempDir(), "late")
	dump(t, postgres.URL(), r.early)
	mustRun(t, "import", filepath.Join(casesFolder(), "random-21", "book"), "--server", server, "--county", "c")
	r.commands.more(t, 100, hungAfter)
	r.commands.sound(t, poolOf(t, postgres.URL()))
	until(t, "flags are announced", func() bool {
		_, raised, _ := misturned(turnsOf(t, poolOf(t, postgres.URL()), "c"))
		return raised > 0
	})
	r.statement, r.known = mustRun(t, append(r.asking, "--server", server)...), noted(t, server)
	dump(t, postgres.URL(), r.late)
	stop()
	if err := postgres.Stop(); err != nil {
		t.Error(err)
	}
	r.into = ownPostgres(t, filepath.Join(dataOf(t), "postgres"), nil)
	return r
}

// TestABackupIsRestored into a new cluster, with a new NATS and with the one that
// was there; and one that lacks the end, of which the old NATS knows more than
// the journal.
func TestABackupIsRestored(t *testing.T) {
	t.Parallel()
	r := dumped(t)
	// The control of what is to be done first: a role is the cluster's, not the database's.
	database, said := r.restore(t, "without", r.late)
	stderr, status := starts(t, database)
	if !strings.Contains(said, "feisui_app") || status != exitUsage || !strings.HasPrefix(stderr, "feisui: 数据库里没有角色 feisui_app") {
		t.Errorf("without the role: pg_restore: %.200s; status %d, %s", said, status, stderr)
	}
	execOn(t, r.into.URL(), `create role feisui_app nologin`)
	database, said = r.restore(t, "half", r.late)
	if stderr, status := starts(t, database); !strings.Contains(said, "feisui_reader") || status != exitUsage || !strings.HasPrefix(stderr, "feisui: 数据库里没有角色 feisui_reader") {
		t.Errorf("without the fence's role: pg_restore: %.200s; status %d, %s", said, status, stderr)
	}
	execOn(t, r.into.URL(), `create role feisui_reader nologin; grant feisui_reader to feisui_app`)
	r.whole(t, "fresh", "")
	r.whole(t, "old", r.broker.URL())
	r.cut(t)
}

// whole restores all of it: nothing is to be seen of that.
func (r *restored) whole(t *testing.T, name, bus string) {
	t.Helper()
	database, said := r.restore(t, name, r.late)
	if said != "" {
		t.Fatalf("pg_restore: %s", said)
	}
	server, stop := started(t, serve.Config{Data: dataOf(t), DatabaseURL: database, NATSURL: bus})
	defer stop()
	if got := mustRun(t, append(r.asking, "--server", server)...); got != r.statement {
		t.Errorf("%s: the statement is another", name)
	}
	r.commands.verified(t, server, "--known", r.earlyKnown+","+r.known)
	answered := 0
	for id, position := range r.commands.acked {
		answer := command{"c", id, rowsIn(id)}.send(t.Context(), server)
		if !answer.Repeated || answer.Position != position {
			t.Errorf("%s: %s again: %+v", name, id, answer)
		}
		if answered++; answered == 30 {
			break
		}
	}
	fresh := command{"c", "after/" + name, 10}.send(t.Context(), server)
	if fresh.New != 10 || fresh.Repeated {
		t.Errorf("%s: something new: %+v", name, fresh)
	}
	r.commands.verified(t, server)
	figure.Logf(t, "restored, NATS %s: the statement is equal, verify is content, %d requests answered as before, recording goes on at %d", name, answered, fresh.Position)
}

// rowsIn is how many rows a writer's command has.
func rowsIn(id string) int {
	if strings.HasSuffix(id, "4") || strings.HasSuffix(id, "9") {
		return 10
	}
	return 1
}

// cut restores what lacks the end, and has the old NATS, which has it.
func (r *restored) cut(t *testing.T) {
	t.Helper()
	database, said := r.restore(t, "cut", r.early)
	if said != "" {
		t.Fatalf("pg_restore: %s", said)
	}
	server, stop := started(t, serve.Config{Data: dataOf(t), DatabaseURL: database, NATSURL: r.broker.URL()})
	defer stop()
	r.commands.verified(t, server) // the bus was wiped and filled again, the book is the journal's
	for known, missing := range map[string]bool{r.earlyKnown: false, r.known: true, r.earlyKnown + "," + r.known: true} {
		stdout, stderr, status := feisui(t, "verify", "--known", known, "--server", server, "--county", "c")
		if missing != (status == exitBroken && strings.Contains(stderr, "missing")) {
			t.Errorf("verify --known %s: status %d\n%s%s", known, status, stdout, stderr)
		}
	}
	if got := mustRun(t, append(r.asking, "--server", server)...); got == r.statement {
		t.Error("the statement is that of the whole: nothing was cut off")
	}
	all := keptOf(t, poolOf(t, database), "c")
	lost := 0
	for id, position := range r.commands.acked {
		if _, there := all[id]; there {
			continue
		}
		answer := command{"c", id, rowsIn(id)}.send(t.Context(), server)
		if answer.Status != 200 || answer.Repeated {
			t.Errorf("%s, at %d once, again: %+v", id, position, answer)
		}
		if lost++; lost == 30 {
			break
		}
	}
	r.commands.verified(t, server)
	figure.Logf(t, "restored without its end: the bus was filled again, verify --known says what is missing, %d lost requests recorded when sent again", lost)
	if lost == 0 {
		t.Error("nothing was lost: nothing is shown")
	}
}
