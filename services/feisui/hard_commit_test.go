package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"feisui/pkg/figure"
	"feisui/pkg/journal"
	"feisui/services/feisui/serve"
)

// line stands between a server and its PostgreSQL, and can be cut at a commit, or at
// any message.
type line struct {
	dir, to  string
	marker   []byte // what a message that is to be cut has in it; empty: turn says which is
	turn     atomic.Int32
	deliver  atomic.Bool // the message reaches the database, and only the answer is lost
	instead  string      // what the server shouts instead of the answer, and is there again at once
	away     atomic.Bool // nobody is let in
	healed   atomic.Bool // nothing is cut any more
	cuts     atomic.Int32
	listener net.Listener
	wg       sync.WaitGroup
}

const socketFile = ".s.PGSQL.5432"

// newLine listens in a folder of its own.
func newLine(t *testing.T, database, marker string, deliver bool) (*line, string) {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	l := &line{dir: dataOf(t), to: filepath.Join(q.Get("host"), socketFile), marker: []byte(marker)}
	l.deliver.Store(deliver)
	if l.listener, err = new(net.ListenConfig).Listen(t.Context(), "unix", filepath.Join(l.dir, socketFile)); err != nil {
		t.Fatal(err)
	}
	l.wg.Go(l.listen)
	t.Cleanup(func() { l.listener.Close(); l.wg.Wait() })
	q.Set("host", l.dir)
	u.RawQuery = q.Encode()
	return l, u.String()
}

func (l *line) listen() {
	for {
		from, err := l.listener.Accept()
		if err != nil {
			return
		}
		if l.away.Load() {
			from.Close()
			continue
		}
		l.wg.Go(func() { l.pass(from) })
	}
}

// pass passes on what one connection says, until a message is to be cut.
func (l *line) pass(from net.Conn) {
	defer from.Close()
	to, err := net.Dial("unix", l.to)
	if err != nil {
		return
	}
	defer to.Close()
	var cut atomic.Bool
	answered := make(chan struct{})
	l.wg.Go(func() {
		defer close(answered)
		defer from.Close()
		answer := make([]byte, 64<<10)
		for {
			n, err := to.Read(answer)
			if cut.Load() { // what the database said to what was cut is lost
				io.WriteString(from, l.instead)
				return
			}
			if err != nil {
				return
			}
			if _, err := from.Write(answer[:n]); err != nil {
				return
			}
		}
	})
	said := make([]byte, 64<<10)
	for {
		n, err := from.Read(said)
		if err != nil {
			return
		}
		if l.cutsOff(said[:n]) {
			cut.Store(true)
			l.cuts.Add(1)
			if l.deliver.Load() {
				if _, err := to.Write(said[:n]); err == nil {
					select { // the database finishes what it was told
					case <-answered:
					case <-time.After(hungAfter):
					}
				}
			}
			return
		}
		if _, err := to.Write(said[:n]); err != nil {
			return
		}
	}
}

// cutsOff reports whether a message is to be cut, and after that, where a marker says
// which, that nobody is let in, or that nothing is cut any more.
func (l *line) cutsOff(message []byte) bool {
	switch {
	case l.healed.Load():
		return false
	case len(l.marker) == 0: // the turn-th from now, and none after it
		return l.turn.Add(-1) == 0
	case !bytes.Contains(message, l.marker):
		return false
	}
	l.away.Store(l.instead == "")
	l.healed.Store(l.instead != "")
	return true
}

// cutOff is a county whose line is cut while one command is being recorded.
type cutOff struct {
	name      string
	delivered bool // the command reached the database, and only the answer is lost
	command   command
	cut       *line
	server    string
	answer    heard
}

// TestTheLineIsCutAtTheCommit: the connection is lost while a command is being
// recorded, before or after the database has, and does not come back in time.
// The answer says that nobody knows; the same id again gets the truth, and there
// is one of it.
func TestTheLineIsCutAtTheCommit(t *testing.T) {
	t.Parallel()
	postgres := ownPostgres(t, filepath.Join(dataOf(t), "postgres"), nil)
	cases := []*cutOff{
		{name: "the answer is lost", delivered: true, command: command{"answer", "cut/0", 10}},
		{name: "the command is lost", delivered: false, command: command{"command", "cut/0", 10}},
	}
	var wg sync.WaitGroup
	for _, c := range cases {
		var database string
		c.cut, database = newLine(t, postgres.URL(), "D-cut-0-7", c.delivered)
		c.server, _ = started(t, serve.Config{Data: dataOf(t), DatabaseURL: database, MigrateURL: postgres.URL(), Counties: []string{c.command.county}})
	}
	for _, c := range cases { // both at once: it is a quarter of a minute until the journal gives up
		wg.Go(func() { c.answer = c.command.send(t.Context(), c.server) })
	}
	wg.Wait()
	document := contractOf(t)
	for _, where := range []string{"/v1/counties/{county}/imports", "/v1/counties/{county}/departments"} {
		said := fmt.Sprint(document.at("paths", where, "post", "responses", "503"))
		for _, code := range []string{"OUTCOME_UNKNOWN", "STORE_FULL", "UNAVAILABLE"} {
			if !strings.Contains(said, code) {
				t.Errorf("the document of %s knows no %s", where, code)
			}
		}
	}
	owner := poolOf(t, postgres.URL())
	for _, c := range cases {
		c.heals(t, owner)
	}
}

func (c *cutOff) heals(t *testing.T, owner *pgxpool.Pool) {
	t.Helper()
	if c.cut.cuts.Load() == 0 || c.answer.Status != http.StatusServiceUnavailable || c.answer.Code != "OUTCOME_UNKNOWN" ||
		!strings.HasPrefix(c.answer.Title, "不能确定是否已登记，请用同一请求编号重发") {
		t.Errorf("%s: cut %d times; the answer is %+v", c.name, c.cut.cuts.Load(), c.answer)
	}
	county := c.command.county
	before, there := keptOf(t, owner, county)[c.command.id]
	if there != c.delivered {
		t.Errorf("recorded: %t, and the command reached the database: %t", there, c.delivered)
	}
	_, stderr, status := feisui(t, "import", filepath.Join(casesFolder(), "jiangyan-wages", "book"), "--server", c.server, "--county", county, "--request", "r7")
	if status != exitBroken || !strings.Contains(stderr, "数据库暂时连不上") || !strings.Contains(stderr, "--request r7") {
		t.Errorf("import while the database is away: status %d, %s", status, stderr)
	}
	c.cut.healed.Store(true)
	c.cut.away.Store(false)
	again := c.command.send(t.Context(), c.server)
	after := keptOf(t, owner, county)[c.command.id]
	if again.Status != http.StatusOK || again.New != 10 || again.Repeated != c.delivered || after.entries != 10 || there && before != after {
		t.Errorf("%s, again: %+v; recorded %+v, and before %+v", c.name, again, after, before)
	}
	figure.Logf(t, "%s: 503 %s; again: 200, repeated %t, recorded once", c.name, c.answer.Code, again.Repeated)
}

// TestPostgreSQLGivesUpAfterACommit, as on a full log, and says so instead of the
// answer: what it says is no proof that nothing was stored.
func TestPostgreSQLGivesUpAfterACommit(t *testing.T) {
	t.Parallel()
	postgres := ownPostgres(t, filepath.Join(dataOf(t), "postgres"), nil)
	cut, database := newLine(t, postgres.URL(), "D-cut-0-7", true)
	said := "SPANIC\x00VPANIC\x00C53100\x00Mcould not write to file \"pg_wal/xlogtemp.1\": No space left on device\x00\x00"
	cut.instead = "E" + string(binary.BigEndian.AppendUint32(nil, uint32(len(said)+4))) + said
	server, _ := started(t, serve.Config{Data: dataOf(t), DatabaseURL: database, MigrateURL: postgres.URL(), Counties: []string{"panic"}})
	answer := command{"panic", "cut/0", 10}.send(t.Context(), server)
	if cut.cuts.Load() != 1 || answer.Status != http.StatusOK || answer.New != 10 {
		t.Errorf("it is recorded, and the answer is %+v", answer)
	}
	// The control: over the same line a client that takes an error for a no has it twice.
	execOn(t, postgres.URL(), `create table doubled (what text)`)
	_, database = newLine(t, postgres.URL(), "D-cut-0-7", true)
	conn, err := pgx.Connect(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	const insert = `insert into doubled values ('D-cut-0-7')`
	if _, err := conn.Exec(t.Context(), insert); err == nil {
		t.Error("the line was not cut")
	}
	execOn(t, postgres.URL(), insert) // it did not work, did it
	n := 0
	if err := poolOf(t, postgres.URL()).QueryRow(t.Context(), `select count(*) from doubled`).Scan(&n); err != nil || n != 2 {
		t.Errorf("%d, %v: the line cuts nothing that was committed", n, err)
	}
}

// TestAClientHangsUp in the middle of a command, while others hold the county:
// what it sent is recorded all the same, once. The control appends with the
// client's own context, and loses what had not begun.
func TestAClientHangsUp(t *testing.T) {
	t.Parallel()
	postgres := ownPostgres(t, filepath.Join(dataOf(t), "postgres"), nil)
	server, _ := started(t, serve.Config{Data: dataOf(t), DatabaseURL: postgres.URL(), Counties: []string{"c"}})
	owner := poolOf(t, postgres.URL())
	const clients = 16
	hold := func(meanwhile func()) {
		t.Helper()
		tx, err := owner.Begin(t.Context())
		if err == nil {
			_, err = tx.Exec(t.Context(), `select from journal.county where county = 'c' for update`)
		}
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := tx.Rollback(t.Context()); err != nil {
				t.Error(err)
			}
		}()
		meanwhile()
	}
	recorded := func(prefix string) (n int) {
		for id, k := range keptOf(t, owner, "c") {
			if strings.HasPrefix(id, prefix) && k.entries == 1 {
				n++
			}
		}
		return n
	}
	hold(func() {
		var wg sync.WaitGroup
		for i := range clients {
			wg.Go(func() {
				ctx, hangUp := context.WithTimeout(t.Context(), hungAfter)
				defer hangUp()
				ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) {
					time.AfterFunc(400*time.Millisecond, hangUp) // what was not sent is asked of nobody
				}})
				if answer := (command{"c", fmt.Sprintf("gone/%d", i), 1}).send(ctx, server); answer.Status != 0 {
					t.Errorf("an answer before the county was free: %+v", answer)
				}
			})
		}
		wg.Wait()
	})
	until(t, "all are recorded", func() bool { return recorded("gone/") == clients })
	for i := range clients {
		if again := (command{"c", fmt.Sprintf("gone/%d", i), 1}).send(t.Context(), server); again.Status != http.StatusOK || !again.Repeated || again.New != 1 {
			t.Errorf("gone/%d again: %+v", i, again)
		}
	}
	pool, err := journal.Connect(t.Context(), postgres.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	j, err := journal.Open(t.Context(), pool, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	bound := func(ctx context.Context, i int) {
		id := fmt.Sprintf("bound/%d", i)
		_, err := j.Append(ctx, journal.Request{County: "c", ID: id, Fingerprint: sha256.Sum256([]byte(id)), Kind: journal.Act, Events: []journal.Pending{
			{Stream: "department/" + id, Type: "department.registered", Data: []byte(`{"code":"X","name":"某局","kind":"department"}`)},
		}})
		if !errors.Is(err, journal.ErrUnknownOutcome) && !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", id, err)
		}
	}
	hold(func() {
		var wg sync.WaitGroup
		defer wg.Wait()
		first, hangUp := context.WithCancel(t.Context())
		defer hangUp()
		wg.Go(func() { bound(first, 0) })
		until(t, "the first is on its way, alone", func() bool {
			waiting := 0
			err := owner.QueryRow(t.Context(), `select count(*) from pg_stat_activity where wait_event_type = 'Lock'`).Scan(&waiting)
			return err == nil && waiting > 0
		})
		others, leave := context.WithTimeout(t.Context(), 400*time.Millisecond)
		defer leave()
		for i := 1; i < clients; i++ {
			wg.Go(func() { bound(others, i) })
		}
		<-others.Done()
	})
	until(t, "what was on its way is recorded", func() bool { return recorded("bound/") > 0 })
	if n := recorded("bound/"); n >= clients || n == 0 {
		t.Errorf("%d of %d are recorded of what was bound to its client: nothing is shown", n, clients)
	} else {
		figure.Logf(t, "%d hung up: %d recorded, once each; bound to their clients %d of %d", clients, recorded("gone/"), n, clients)
	}
}
