package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"feisui/pkg/civil"
	"feisui/pkg/local"
	"feisui/services/feisui/serve"
)

// Hard times: what may happen to the database, the clock and the machine while
// writers record. Each test prints what it saw, and has a control that is red.

// ownPostgres starts a PostgreSQL for one test, with the settings of service.
func ownPostgres(t *testing.T, dir string, settings map[string]string) *local.Postgres {
	t.Helper()
	needPostgres(t)
	p, err := local.StartPostgres(t.Context(), local.PostgresOptions{Dir: dir, Log: quiet(), Settings: settings})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Stop() })
	return p
}

// ownNATS starts a NATS for one test.
func ownNATS(t *testing.T, dir string) *local.NATS {
	t.Helper()
	n, err := local.StartNATS(local.NATSOptions{Dir: dir, Listen: "127.0.0.1:0", Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.Stop)
	return n
}

// started runs a server until the test ends, or until stop.
func started(t *testing.T, c serve.Config) (address string, stop func()) {
	t.Helper()
	needPostgres(t)
	c.Listen, c.Calendar, c.OperatorKey = "127.0.0.1:0", civil.China(), testKey
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Log == nil {
		c.Log = quiet()
	}
	server, err := serve.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("run: %v", err)
		}
		if err := server.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	t.Cleanup(stop)
	return "http://" + server.Address(), stop
}

func poolOf(t *testing.T, url string) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// heard is what a server answered to a command.
type heard struct {
	Status   int
	Code     string `json:"code"`
	Title    string `json:"title"`
	New      int    `json:"new"`
	Position int64  `json:"position"`
	Repeated bool   `json:"repeated"`
}

// command is what a writer asks: rows that are recorded together.
type command struct {
	county, id string
	rows       int
}

// request makes one row a row, and more of them a workbook.
func (c command) request(ctx context.Context, server string) (*http.Request, error) {
	name := strings.ReplaceAll(c.id, "/", "-")
	var body bytes.Buffer
	what, kind := "departments", "application/json"
	if c.rows == 1 {
		fmt.Fprintf(&body, `{"code":"D-%s","name":"某局 %s","kind":"部门"}`, name, name)
	} else {
		form := multipart.NewWriter(&body)
		part, err := form.CreateFormFile("file", "departments.csv")
		if err != nil {
			return nil, err
		}
		fmt.Fprintln(part, "code,name,kind")
		for i := range c.rows {
			fmt.Fprintf(part, "D-%s-%d,某局 %s %d,部门\n", name, i, name, i)
		}
		if err := form.Close(); err != nil {
			return nil, err
		}
		what, kind = "imports", form.FormDataContentType()
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, server+"/v1/counties/"+c.county+"/"+what, &body)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Request-Id", c.id)
	r.Header.Set("Content-Type", kind)
	return r, nil
}

// send gives what a server answers; status 0 is nothing.
func (c command) send(ctx context.Context, server string) (answer heard) {
	r, err := c.request(ctx, server)
	if err != nil {
		return heard{Code: err.Error()}
	}
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		return heard{Code: "no answer"}
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		return heard{Code: "half an answer"}
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		answer.Code = "no JSON"
	}
	answer.Status = got.StatusCode
	return answer
}

// load is writers who record, each one command after the other, and repeat each
// with the same id until it is answered.
type load struct {
	servers []string
	county  string
	cancel  context.CancelFunc
	writers sync.WaitGroup

	mu       sync.Mutex
	acked    map[string]int64 // by id: the position that the answer told
	pending  map[string]bool  // what was sent and not answered
	repeated int              // recorded, and first answered when it was repeated
	problems map[string]int   // by code
	last     time.Time        // of an answer
	longest  time.Duration    // between two answers
}

// begin lets writers record, the i-th at the i-th server and so on.
func begin(t *testing.T, county string, writers int, servers ...string) *load {
	t.Helper()
	return paced(t, county, writers, 0, servers...)
}

// paced is begin with a pause after each command.
func paced(t *testing.T, county string, writers int, pause time.Duration, servers ...string) *load {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	l := &load{
		servers: servers, county: county, cancel: cancel, acked: map[string]int64{}, pending: map[string]bool{},
		problems: map[string]int{}, last: time.Now(),
	}
	for i := range writers {
		l.writers.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				c := command{county, fmt.Sprintf("w%d/%d", i, n), 1}
				if n%5 == 4 {
					c.rows = 10
				}
				for k := i; !l.ask(ctx, c, servers[k%len(servers)]) && ctx.Err() == nil; k++ {
					time.Sleep(20 * time.Millisecond)
				}
				time.Sleep(pause)
			}
		})
	}
	t.Cleanup(l.end)
	return l
}

// ask reports whether a command was answered with a yes.
func (l *load) ask(ctx context.Context, c command, server string) bool {
	l.mu.Lock()
	l.pending[c.id] = true
	l.mu.Unlock()
	// A command that is on its way when the writers end is waited for.
	answer := c.send(context.WithoutCancel(ctx), server)
	l.mu.Lock()
	defer l.mu.Unlock()
	if answer.Status != http.StatusOK {
		l.problems[answer.Code]++
		return false
	}
	l.acked[c.id] = answer.Position
	delete(l.pending, c.id)
	if answer.Repeated {
		l.repeated++
	}
	l.longest = max(l.longest, time.Since(l.last))
	l.last = time.Now()
	return true
}

// end stops the writers.
func (l *load) end() {
	l.cancel()
	l.writers.Wait()
}

// count is how many commands are acknowledged.
func (l *load) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.acked)
}

// more waits until so many more commands are acknowledged, and says how long
// that took.
func (l *load) more(t *testing.T, n int, limit time.Duration) time.Duration {
	t.Helper()
	began, want := time.Now(), l.count()+n
	for l.count() < want {
		if time.Since(began) > limit {
			t.Fatalf("nothing is recorded for %s: %s", limit, l)
		}
		time.Sleep(10 * time.Millisecond)
	}
	return time.Since(began)
}

// kept is a request as it is recorded.
type kept struct {
	first, last int64
	entries     int64 // that name it
}

// keptOf reads what is recorded of a county's requests.
func keptOf(t *testing.T, owner *pgxpool.Pool, county string) map[string]kept {
	t.Helper()
	rows, err := owner.Query(t.Context(), `
		select r.id, r.first, r.last, coalesce(e.n, 0)
		from journal.request r
		left join (select request, count(*) as n from journal.entry where county = $1 group by request) e on e.request = r.id
		where r.county = $1`, county)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	all := map[string]kept{}
	for rows.Next() {
		var id string
		var k kept
		if err := rows.Scan(&id, &k.first, &k.last, &k.entries); err != nil {
			t.Fatal(err)
		}
		all[id] = k
	}
	if rows.Err() != nil {
		t.Fatal(rows.Err())
	}
	return all
}

// wrongs says what is lost, half or doubled.
func wrongs(acked map[string]int64, pending map[string]bool, all map[string]kept) (wrong []string) {
	for id, position := range acked {
		switch k, there := all[id]; {
		case !there:
			wrong = append(wrong, id+" was acknowledged, and is lost")
		case k.last != position:
			wrong = append(wrong, fmt.Sprintf("%s was told position %d, and is at %d", id, position, k.last))
		}
	}
	for id, k := range all {
		if !strings.HasPrefix(id, "w") {
			continue
		}
		var i, n int
		if _, err := fmt.Sscanf(id, "w%d/%d", &i, &n); err != nil {
			continue
		}
		want := int64(1)
		if n%5 == 4 {
			want = 10
		}
		if k.entries != want || k.last-k.first+1 != want {
			wrong = append(wrong, fmt.Sprintf("%s is recorded in half: %+v of %d", id, k, want))
		}
		if _, answered := acked[id]; !answered && !pending[id] {
			wrong = append(wrong, id+" is recorded, and nobody asked for it")
		}
	}
	slices.Sort(wrong)
	return wrong
}

// sound ends the load and looks at all that is recorded: nothing acknowledged is
// lost, nothing half, nothing twice; and verify finds nothing. It also looks
// whether it would see a loss, a half and a double, were there any.
func (l *load) sound(t *testing.T, owner *pgxpool.Pool) (recorded int) {
	t.Helper()
	l.end()
	all := keptOf(t, owner, l.county)
	for _, wrong := range wrongs(l.acked, l.pending, all) {
		t.Error(wrong)
	}
	doubles := 0
	if err := owner.QueryRow(t.Context(), `
		select count(*) from (select from journal.entry where county = $1 and stream like 'department/D-w%' group by stream having count(*) > 1) d`,
		l.county).Scan(&doubles); err != nil || doubles > 0 {
		t.Errorf("%d rows are recorded twice, %v", doubles, err)
	}
	l.control(t, all)
	for _, server := range l.servers {
		l.verified(t, server)
	}
	return len(all)
}

// control plants a loss, a half and a double.
func (l *load) control(t *testing.T, all map[string]kept) {
	t.Helper()
	some := slices.Sorted(maps.Keys(l.acked))
	if len(some) < 20 {
		t.Fatalf("only %d commands were acknowledged: nothing is shown", len(some))
	}
	id := some[len(some)/2]
	lost := maps.Clone(all)
	delete(lost, id)
	half := maps.Clone(all)
	half[id] = kept{all[id].first, all[id].last, all[id].entries - 1}
	unasked := maps.Clone(all)
	unasked["w99/1"] = kept{1, 1, 1}
	for name, planted := range map[string]map[string]kept{"a loss": lost, "a half": half, "what nobody asked for": unasked} {
		if len(wrongs(l.acked, l.pending, planted)) != 1 {
			t.Errorf("%s would not be seen: %v", name, wrongs(l.acked, l.pending, planted))
		}
	}
}

// verified waits until verify finds nothing wrong: the bus may be a moment behind.
func (l *load) verified(t *testing.T, server string, more ...string) {
	t.Helper()
	for began := time.Now(); ; time.Sleep(200 * time.Millisecond) {
		stdout, stderr, status := feisui(t, append([]string{"verify", "--server", server, "--county", l.county}, more...)...)
		if status == exitOK && strings.Count(stdout, "✓") == 5 {
			return
		}
		if time.Since(began) > hungAfter {
			t.Fatalf("verify: status %d\n%s%s", status, stdout, stderr)
		}
	}
}

// String is what came of the load.
func (l *load) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return fmt.Sprintf("%d acknowledged, %d of them when repeated, refused %v, longest pause %s",
		len(l.acked), l.repeated, l.problems, l.longest.Round(time.Millisecond))
}

// fetched reads what an address answers.
func fetched(t testing.TB, address string, into any) {
	t.Helper()
	got, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	if err := json.NewDecoder(got.Body).Decode(into); err != nil {
		t.Fatal(err)
	}
}
