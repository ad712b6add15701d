package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// impatient is a start that is broken off by one loss of the database.
type impatient struct {
	wrong    string
	file     string // from the root of the module
	old, new string // old stands in the file exactly once
	like     string // the database that it starts on is as this one
	asked    string // of what is lost
	way      cutWay
}

const serverGo = "services/feisui/serve/server.go"

// impatience is what somebody might forget; the first and the third of it were there. The
// second is no mistake, and goes on where it is cut.
var impatience = []impatient{
	{
		"the first look at the journal is not patient", serverGo,
		"\terr = s.patiently(ctx, func() error {\n\t\ts.journal, err = journal.Open(ctx, pool, c.Clock, more...)\n\t\treturn err\n\t})\n",
		"\ts.journal, err = journal.Open(ctx, pool, c.Clock, more...)\n",
		yesterdays, "select rolname, rolsuper", cutWays[0],
	},
	{"nothing", serverGo, "package serve\n", "package serve\n", yesterdays, "select rolname, rolsuper", cutWays[0]},
	{
		"what database/sql calls a lost connection is no reason to wait", "pkg/journal/batch.go",
		"passing(err) || dropped(err) ||", "passing(err) ||",
		emptyDatabase, "CREATE TABLE ledger.migration", cutWays[1],
	},
	{
		"migrations are not patient", serverGo,
		"if err := s.patiently(ctx, func() error { return schema.Migrate(ctx, migrate) }); err != nil {", "if err := schema.Migrate(ctx, migrate); err != nil {",
		yesterdays, `from "people"."migration"`, cutWays[0],
	},
	{
		"counties are not opened patiently", serverGo,
		"s.patiently(ctx, func() error { return s.openCounties(ctx, c.Counties, c.CountyName) })", "s.openCounties(ctx, c.Counties, c.CountyName)",
		yesterdays, "insert into journal.county", cutWays[0],
	},
	{
		"factors are not sealed patiently", "services/feisui/serve/people.go",
		"return s.patiently(ctx, func() error { return s.sealFactors(ctx) })", "return s.sealFactors(ctx)",
		yesterdays, "from people.factor where sealed is null", cutWays[1],
	},
}

// plantedStarts is how many of these are built unless all are asked for.
const plantedStarts = 1

// findsImpatience: each of them is found, and nothing where there is none.
func (s *starting) findsImpatience(t *testing.T) {
	t.Parallel()
	all := impatience
	if !every() {
		all = all[:plantedStarts]
	}
	like := func(p impatient) occasion {
		return occasion{name: p.wrong, like: p.like, program: asProgram(p.build(t))}
	}
	without := map[string]begun{}
	for _, database := range []string{yesterdays, emptyDatabase} {
		if slices.ContainsFunc(all, func(p impatient) bool { return p.like == database }) {
			s.inTurn(func() { without[database] = s.begins(t, occasion{like: database}, 0, cutWay{}, nil) })
		}
	}
	var beside sync.WaitGroup
	for _, p := range all {
		s.goes(&beside, func() {
			want := without[p.like]
			at := 1 + slices.IndexFunc(want.asked, func(what string) bool { return strings.Contains(what, p.asked) })
			if at == 0 {
				t.Errorf("%s: a start does not ask %q; the table is out of step:\n%s", p.wrong, p.asked, strings.Join(want.asked, "\n"))
				return
			}
			b := s.begins(t, like(p), at, p.way, &want)
			ended := slices.ContainsFunc(b.faults, func(f string) bool { return strings.HasPrefix(f, endedByItself) })
			switch planted := p.old != p.new; {
			case planted && !ended:
				t.Errorf("nobody noticed that %s: %q\n%s", p.wrong, b.faults, b.stderr)
			case !planted && len(b.faults) > 0:
				t.Errorf("there is no mistake, and one is found: %q\n%s", b.faults, b.stderr)
			default:
				t.Logf("%s: %q", p.wrong, b.faults)
			}
		})
	}
	beside.Wait()
}

// build gives the program with the mistake in it. The file of the program stays as it is:
// the compiler reads the changed one in its place.
func (p *impatient) build(t *testing.T) (program string) {
	t.Helper()
	must := func(err error) {
		if err != nil {
			t.Error(err)
		}
	}
	original, err := filepath.Abs(filepath.Join("..", "..", filepath.FromSlash(p.file)))
	must(err)
	content, err := os.ReadFile(original)
	must(err)
	if n := strings.Count(string(content), p.old); n != 1 {
		t.Errorf("the text to change stands in %s %d times, not once; the table is out of step:\n%s", p.file, n, p.old)
	}
	dir := dataOf(t)
	changed := filepath.Join(dir, filepath.Base(p.file))
	must(os.WriteFile(changed, []byte(strings.Replace(string(content), p.old, p.new, 1)), 0o600))
	replace, err := json.Marshal(map[string]map[string]string{"Replace": {original: changed}})
	must(err)
	overlay := filepath.Join(dir, "overlay.json")
	must(os.WriteFile(overlay, replace, 0o600))
	program = filepath.Join(dir, "feisui")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-overlay="+overlay, "-o", program, ".").CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", p.wrong, err, out)
	}
	return program
}

// asProgram runs what was built as run does what is here.
func asProgram(program string) func(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	return func(ctx context.Context, args []string, stdout, stderr io.Writer) int {
		cmd := exec.CommandContext(ctx, program, args...)
		cmd.Stdout, cmd.Stderr = stdout, stderr
		cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
		err := cmd.Run()
		if cmd.ProcessState == nil {
			_, _ = io.WriteString(stderr, err.Error()) // it was never there
			return exitBroken
		}
		if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) && ctx.Err() == nil {
			_, _ = io.WriteString(stderr, err.Error()) // likewise
		}
		return cmd.ProcessState.ExitCode()
	}
}
