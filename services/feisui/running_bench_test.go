package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"feisui/pkg/civil"
	"feisui/pkg/journal"
	"feisui/pkg/local"
	"feisui/services/feisui/sample"
	"feisui/services/feisui/serve"
)

// BenchmarkRunningImport prints how long a workbook of about 100,000 rows takes
// to be read, decided on, recorded and taken into every figure, as a ratio to
// COPY of the very entries into a table with the same columns and indexes, on
// the same server in the same run.
func BenchmarkRunningImport(b *testing.B) {
	book := sampleBook(b, sample.Options{Division: "431026", Tasks: 90})
	running, pool := benched(b)
	server := "http://" + running.Address()
	var rates [2][]float64
	var of remote
	var answer serve.Imported
	for n := 0; b.Loop(); {
		for _, way := range turns { // what is copied was imported
			if way == 1 {
				rates[1] = append(rates[1], float64(answer.Position)/copied(b, pool, of.County, answer.Position).Seconds())
				continue
			}
			of = remote{Server: server, County: fmt.Sprint("c", n)}
			n++
			start := time.Now()
			var err error
			if answer, err = of.upload(b.Context(), upload{path: book, request: "import"}); err != nil {
				b.Fatal(err)
			}
			rates[0] = append(rates[0], float64(answer.Position)/time.Since(start).Seconds())
		}
	}
	b.ReportMetric(middle(rates[0])/middle(rates[1]), "ratio-to-COPY")
	b.ReportMetric(middle(rates[0]), "events/s")
	b.ReportMetric(middle(rates[1]), "copied/s")
	b.ReportMetric(0, "ns/op")
}

// benchedCounties is how many counties a benchmark may fill.
const benchedCounties = 20

// benched starts a server on a private PostgreSQL that keeps what it confirms,
// and gives it and its owner's connections.
func benched(b *testing.B) (*serve.Server, *pgxpool.Pool) {
	b.Helper()
	postgres := startedPostgres(b)
	counties := make([]string, benchedCounties)
	for i := range counties {
		counties[i] = fmt.Sprint("c", i)
	}
	server, err := serve.Open(b.Context(), serve.Config{
		OperatorKey: testKey,
		Data:        dataOf(b), Listen: "127.0.0.1:0", NATSListen: "127.0.0.1:0", DatabaseURL: postgres, Counties: counties,
		Calendar: civil.China(), Clock: time.Now, Log: quiet(),
	})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(b.Context()))
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx) }()
	b.Cleanup(func() { cancel(); must(b, <-ended); must(b, server.Close()) })
	pool, err := pgxpool.New(b.Context(), postgres)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(pool.Close)
	return server, pool
}

// startedPostgres starts a PostgreSQL and gives its address.
func startedPostgres(b *testing.B) string {
	b.Helper()
	needPostgres(b)
	postgres, err := local.StartPostgres(b.Context(), local.PostgresOptions{Dir: filepath.Join(dataOf(b), "postgres"), Log: quiet()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { must(b, postgres.Stop()) })
	return postgres.URL()
}

func must(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Error(err)
	}
}

// copied copies a county's entries into a table like the journal's, and says how
// long that took.
func copied(b *testing.B, pool *pgxpool.Pool, county string, upTo int64) time.Duration {
	b.Helper()
	if _, err := pool.Exec(b.Context(), `
		drop table if exists raw;
		create table raw (like journal.entry including constraints);
		alter table raw add primary key (county, position);
		alter table raw add unique (county, stream, version);
		create index on raw (county, (accounts[1]), position)`); err != nil {
		b.Fatal(err)
	}
	rows, err := pool.Query(b.Context(), `
		select county, position, stream, version, type, id, request, actor, kind, recorded_at, data, accounts, prev, hash
		from journal.entry where county = $1 and position <= $2`, county, upTo)
	if err != nil {
		b.Fatal(err)
	}
	type entry struct {
		journal.Entry
		prev, hash []byte
	}
	entries, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (e entry, err error) {
		return e, row.Scan(&e.County, &e.Position, &e.Stream, &e.Version, &e.Type, (*[16]byte)(&e.ID), &e.Request, &e.Actor, &e.Kind,
			&e.RecordedAt, &e.Data, &e.Accounts, &e.prev, &e.hash)
	})
	if err != nil {
		b.Fatal(err)
	}
	start := time.Now()
	_, err = pool.CopyFrom(b.Context(), pgx.Identifier{"raw"},
		[]string{"county", "position", "stream", "version", "type", "id", "request", "actor", "kind", "recorded_at", "data", "accounts", "prev", "hash"},
		pgx.CopyFromSlice(len(entries), func(i int) ([]any, error) {
			e := &entries[i]
			return []any{e.County, e.Position, e.Stream, e.Version, e.Type, e.ID, e.Request, e.Actor, e.Kind, e.RecordedAt, e.Data, e.Accounts, e.prev, e.hash}, nil
		}))
	if err != nil {
		b.Fatal(err)
	}
	return time.Since(start)
}

// BenchmarkVisible prints how long it takes from sending a command until the
// statement of its community shows it, in a county of 242 communities and 9,680
// tasks: with one command a second, with half as many as eight clients get
// through, and one after the other, that as a ratio to a one-row INSERT that is
// confirmed on the same server in the same run. Communities take turns, or the one
// would soon have a thousand plaques. What takes its time when much is sent is
// counted from when it was due, not from when it could be sent.
func BenchmarkVisible(b *testing.B) {
	book := sampleBook(b, sample.Options{Division: "431026", Tasks: 40})
	running, pool := benched(b)
	server := "http://" + running.Address()
	c := remote{Server: server, County: "c0"}
	if _, err := c.upload(b.Context(), upload{path: book, request: "import"}); err != nil {
		b.Fatal(err)
	}
	settle(b, server, "c0")
	if _, err := pool.Exec(b.Context(), `create table one (n bigint generated always as identity primary key, data json)`); err != nil {
		b.Fatal(err)
	}
	v := newPlaques(b, server)
	b.Run("one-a-second", func(b *testing.B) {
		var took []float64
		for b.Loop() {
			took = append(took, v.paced(b, time.Second, 30)...)
		}
		reportTimes(b, took)
	})
	b.Run("half-load", func(b *testing.B) {
		var took []float64
		var every time.Duration
		for b.Loop() {
			full, _ := drive(b, 8, 2*time.Second, func(context.Context) error { v.visible(b); return nil })
			every = time.Duration(2 * float64(time.Second) / full)
			took = append(took, v.paced(b, every, int(5*time.Second/every))...)
		}
		reportTimes(b, took)
		b.ReportMetric(float64(time.Second)/float64(every), "commands/s")
	})
	b.Run("one-by-one", func(b *testing.B) {
		var took, inserts []float64
		for b.Loop() {
			for _, way := range turns {
				start := time.Now()
				if way == 0 {
					v.visible(b)
					took = append(took, time.Since(start).Seconds())
					continue
				}
				if _, err := pool.Exec(b.Context(), `insert into one (data) values ($1)`, `{"no":"JB2025-102001-001","department":"D01"}`); err != nil {
					b.Fatal(err)
				}
				inserts = append(inserts, time.Since(start).Seconds())
			}
		}
		reportTimes(b, took)
		b.ReportMetric(1000*middle(inserts), "INSERT-p50-ms")
		b.ReportMetric(middle(took)/middle(inserts), "p50-to-INSERT")
	})
}

func reportTimes(b *testing.B, took []float64) {
	slices.Sort(took)
	b.ReportMetric(1000*middle(took), "p50-ms")
	b.ReportMetric(1000*took[len(took)*99/100], "p99-ms")
	b.ReportMetric(0, "ns/op")
}

// plaques are those that were hung to see how soon they are seen.
type plaques struct {
	server string
	sent   atomic.Int64
	of     []*hung
}

// hung are those of a community that are known to be seen.
type hung struct {
	community string
	all       atomic.Int64
}

func newPlaques(b *testing.B, server string) *plaques {
	b.Helper()
	v := &plaques{server: server}
	for _, c := range v.statement(b, "").Communities {
		one := &hung{community: c.Code}
		one.all.Store(int64(c.Tally.Plaques["outside"]))
		v.of = append(v.of, one)
	}
	if len(v.of) < 200 {
		b.Fatalf("%d communities", len(v.of))
	}
	return v
}

// paced sends n commands, one each while, and gives how many seconds after it
// was due each was seen.
func (v *plaques) paced(b *testing.B, each time.Duration, n int) []float64 {
	b.Helper()
	took := make([]float64, n)
	var wg sync.WaitGroup
	start := time.Now()
	for i := range n {
		due := start.Add(time.Duration(i) * each)
		time.Sleep(time.Until(due))
		wg.Go(func() {
			v.visible(b)
			took[i] = time.Since(due).Seconds()
		})
	}
	wg.Wait()
	return took
}

// visible hangs a plaque and asks for its community, which must know it and all
// that were known to hang before.
func (v *plaques) visible(b *testing.B) {
	b.Helper()
	n := v.sent.Add(1)
	c := v.of[n%int64(len(v.of))]
	before, no := c.all.Load(), fmt.Sprint("BENCH-", n)
	body := fmt.Sprintf(`{"no":%q,"department":"D01","community":%q,"title":"居家养老服务站%d","zone":"外部","hung_on":"2025-03-01"}`, no, c.community, n)
	r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, v.server+"/v1/counties/c0/plaques", bytes.NewReader([]byte(body)))
	if err != nil {
		b.Error(err)
		return
	}
	r.Header.Set("Request-Id", no)
	var answer serve.Imported
	answered(b, r, &answer)
	seen := v.statement(b, c.community)
	if len(seen.Communities) != 1 || int64(seen.Communities[0].Tally.Plaques["outside"]) <= before {
		b.Errorf("after %d plaques and another: %+v", before, seen)
	}
	c.all.Add(1)
}

// hanging is what a statement says of plaques.
type hanging struct {
	Communities []struct {
		Code  string
		Tally struct{ Plaques map[string]int }
	}
}

// statement asks where a community stands, or where all do.
func (v *plaques) statement(b *testing.B, community string) (s hanging) {
	b.Helper()
	r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, v.server+"/v1/counties/c0/statement?on=2025-12-31&community="+community, nil)
	if err != nil {
		b.Error(err)
		return s
	}
	answered(b, r, &s)
	return s
}

// answered asks from any goroutine.
func answered(b *testing.B, r *http.Request, into any) {
	b.Helper()
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		b.Error(err)
		return
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		b.Error(answer.Status)
		return
	}
	if err := json.NewDecoder(answer.Body).Decode(into); err != nil {
		b.Error(err)
	}
}

func middle(values []float64) float64 {
	values = slices.Sorted(slices.Values(values))
	return values[len(values)/2]
}
