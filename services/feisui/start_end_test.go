package main

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"feisui/pkg/civil"
	"feisui/services/feisui/serve"
)

// stillRefuse: what should end a start does after a cut as well, with its sentence, once.
func (s *starting) stillRefuse(t *testing.T) {
	t.Parallel()
	var all sync.WaitGroup
	var cut atomic.Int32
	for i, made := range []string{
		`grant update on journal.entry to feisui_app`,
		`alter table journal.entry disable trigger append_only`,
		`insert into journal.migration (version_id, is_applied) values (9999, true)`,
		`insert into people.migration (version_id, is_applied) values (9999, true)`,
		`do $$ begin execute format('alter database %I set synchronous_commit = off', current_database()); end $$`,
	} {
		all.Go(func() {
			var want begun
			s.inTurn(func() { want = s.refuses(t, made, 0, cutWay{}) })
			if len(want.faults) > 0 || len(want.asked) < 5 {
				t.Errorf("%s, without a cut: %q\n%s", made, want.faults, want.stderr)
				return
			}
			in := occasion{name: made, some: 1, most: 40}
			draw := rand.New(rand.NewPCG(s.seed, uint64(i))) //nolint:gosec // a test's dice
			for _, c := range in.cuts(len(want.asked), draw) {
				s.goes(&all, func() {
					b := s.refuses(t, made, c.exchange, c.way)
					if b.cut { // the last farewells may be said to nobody
						cut.Add(1)
					}
					if b.says != want.says {
						b.faults = append(b.faults, fmt.Sprintf("it says %q instead of %q", b.says, want.says))
					}
					if len(b.faults) > 0 {
						t.Error(b.told(in, c, &want))
					}
				})
			}
		})
	}
	all.Wait()
	if cut.Load() == 0 {
		t.Error("nothing was cut: nothing is shown")
	}
}

// refuses starts the program on a database that it should not take.
func (s *starting) refuses(t *testing.T, made string, at int, way cutWay) (b begun) {
	t.Helper()
	name, database := s.database(t, yesterdays)
	defer s.drop(t, name)
	execOn(t, database, made)
	line, through := counted(t, database, at, way)
	ctx, stop := context.WithTimeout(t.Context(), hungAfter)
	defer stop()
	p := s.launch(ctx, occasion{}, dataOf(t), through)
	if b.status = <-p.ended; b.status != exitUsage {
		b.faults = append(b.faults, fmt.Sprintf("it ended with %d", b.status))
	}
	b.cut, b.asked = line.happened()
	b.stderr = p.stderr.String()
	b.says = sentences(b.stderr)
	if strings.Count(b.says, "feisui: ") != 1 || len(p.address) > 0 {
		b.faults = append(b.faults, "it does not refuse, once")
	}
	return b
}

// sentences are what of a program's words is no line of its log.
func sentences(stderr string) (says string) {
	for line := range strings.Lines(stderr) {
		if !strings.HasPrefix(line, "time=") {
			says += line
		}
	}
	return says
}

// areToldToEnd: while the database is away a start ends at once when it is told to, and
// says that it never came to be ready where it did not.
func (s *starting) areToldToEnd(t *testing.T) {
	t.Parallel()
	in := occasion{name: "told to end", some: 3, most: 60}
	var mu sync.Mutex
	var longest time.Duration
	var all sync.WaitGroup
	for i, start := range []struct {
		like      string
		exchanges int // about as many as it has
	}{{yesterdays, 75}, {emptyDatabase, 300}} {
		for _, c := range in.cuts(start.exchanges, rand.New(rand.NewPCG(s.seed, uint64(i)))) { //nolint:gosec // a test's dice
			c.way.gone = true
			s.goes(&all, func() {
				took := s.isToldToEnd(t, start.like, c)
				mu.Lock()
				defer mu.Unlock()
				longest = max(longest, took)
			})
		}
	}
	s.goes(&all, func() { s.endsWithoutWriting(t) })
	all.Wait()
	t.Logf("it took %s at most to end", longest.Round(time.Millisecond))
}

// endMax is how long a process may take to end that has lost its database: ten seconds to
// write what is left of the audit log, and the rest of it on a machine that is busy.
const endMax = time.Minute

func (s *starting) isToldToEnd(t *testing.T, like string, c cutAt) time.Duration {
	t.Helper()
	name, database := s.database(t, like)
	defer s.drop(t, name)
	line, through := counted(t, database, c.exchange, c.way)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	p := s.launch(ctx, occasion{}, dataOf(t), through)
	var status int
	ended := false
	until(t, "the database is gone", func() bool {
		select {
		case status = <-p.ended:
			ended = true
		default:
		}
		cut, _ := line.happened()
		return cut || ended
	})
	began := time.Now()
	stop()
	if !ended {
		status = <-p.ended
	}
	took := time.Since(began)
	wasReady, says := len(p.address) > 0, sentences(p.stderr.String())
	if ended || status != exitOK || took > endMax || !wasReady && says != "feisui: "+say("ended_early")+"\n" || wasReady && says != "" {
		_, asked := line.happened()
		t.Errorf("%s, exchange %d lost %s, which was %.200q: ended by itself %t, with %d, after %s, ready %t:\n%s", like, c.exchange, c.way.name,
			asked[len(asked)-1], ended, status, took, wasReady, p.stderr.String())
	}
	return took
}

// endsWithoutWriting: what the audit log could not take is counted, in one sentence.
func (s *starting) endsWithoutWriting(t *testing.T) {
	t.Helper()
	name, database := s.database(t, yesterdays)
	defer s.drop(t, name)
	line, through := counted(t, database, 0, cutWay{gone: true})
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	p := s.launch(ctx, occasion{}, dataOf(t), through)
	select {
	case address := <-p.address:
		line.cutNow()
		if got := get(t, address+"/v1/counties/county/statement?on="+lastSaid); got.status != http.StatusOK {
			t.Errorf("a statement without the database: %d %s", got.status, got.body)
		}
	case status := <-p.ended:
		t.Errorf("%s, with %d\n%s", endedByItself, status, p.stderr.String())
		return
	}
	began := time.Now()
	stop()
	status := <-p.ended
	took, says := time.Since(began), sentences(p.stderr.String())
	if status != exitBroken || took > endMax || says != "feisui: 数据库没有应答，审计记录没有写完 (1 records of the audit log were not written)\n" {
		t.Errorf("ended with %d after %s:\n%s", status, took, p.stderr.String())
	}
	t.Logf("with something to write it took %s to end", took.Round(time.Millisecond))
}

// TestThePrivatePostgreSQLIsKilledDuringAStart, whenever that looks at the clock: it is
// started again, and the start goes on.
func TestThePrivatePostgreSQLIsKilledDuringAStart(t *testing.T) {
	t.Parallel()
	needPostgres(t)
	data := dataOf(t)
	for kill := 0; ; kill++ {
		var said said
		looks, killed := 0, false
		server, err := serve.Open(t.Context(), serve.Config{
			Data: data, Listen: "127.0.0.1:0", Counties: []string{"county"}, Calendar: civil.China(), OperatorKey: testKey, AnyClock: true,
			Log: slog.New(slog.NewTextHandler(&said, nil)),
			Clock: func() time.Time { // of one goroutine, as long as it starts
				if looks++; looks == kill {
					killPostgres(t, data)
					killed = true
				}
				return time.Now().AddDate(0, 0, kill) // so that there is a day to begin
			},
		})
		if err != nil {
			t.Fatalf("killed at look %d at the clock: %v", kill, err)
		}
		if killed {
			until(t, "it runs again", func() bool { return said.count("PostgreSQL runs again") == 1 })
		}
		var days int
		owner := poolOf(t, privateURL(data))
		if err := owner.QueryRow(t.Context(), `select count(*) from journal.entry where type = 'county.day_began'`).Scan(&days); err != nil || days != kill+1 {
			t.Errorf("killed at look %d at the clock: %d days began, %v", kill, days, err)
		}
		owner.Close()
		if err := server.Close(); err != nil {
			t.Errorf("killed at look %d at the clock: %v", kill, err)
		}
		if kill > 0 && !killed {
			if kill < 3 {
				t.Errorf("a start looks at the clock %d times: nothing is shown", kill-1)
			}
			t.Logf("killed at each of %d looks at the clock", kill-1)
			return
		}
	}
}

// privateURL is where the owner of a private PostgreSQL connects.
func privateURL(data string) string {
	return "postgres://feisui@/feisui?host=" + filepath.Join(data, "postgres") + "&port=5432&sslmode=disable"
}
