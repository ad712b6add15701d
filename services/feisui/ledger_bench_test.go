package main

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"feisui/pkg/civil"
	"feisui/pkg/figure"
	"feisui/pkg/journal"
	"feisui/services/feisui/sample"
	"feisui/services/ledger"
	"feisui/services/ledger/api"
)

// BenchmarkLedger prints, for the sample county, how fast entries are folded and
// its book is rebuilt, each as a ratio to reading the same entries in pages.
func BenchmarkLedger(b *testing.B) {
	book := sampleBook(b, sample.Options{Division: "431026", Tasks: 40})
	running, owner := benched(b)
	server := "http://" + running.Address()
	c := remote{Server: server, County: "c0"}
	if _, err := c.upload(b.Context(), upload{path: book, request: "import"}); err != nil {
		b.Fatal(err)
	}
	settle(b, server, "c0")
	pool, err := journal.Connect(b.Context(), owner.Config().ConnString())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(pool.Close)
	j, err := journal.Open(b.Context(), pool, time.Now)
	if err != nil {
		b.Fatal(err)
	}
	var entries []journal.Entry
	read := func() { entries = readAll(b, j, "c0") }
	fold := func() {
		current := ledger.NewCurrent(civil.China())
		for i := range entries {
			e := &entries[i]
			current.Take(ledger.Entry{Position: e.Position, Version: e.Version, Type: e.Type, Data: e.Data, Accounts: e.Accounts})
		}
	}
	rebuild := func() {
		var done api.Rebuilt
		r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, c.path("rebuild", nil), nil)
		if err != nil {
			b.Fatal(err)
		}
		r.Header.Set("Request-Id", "rebuild")
		answered(b, r, &done)
		if !done.Switched {
			b.Fatalf("%+v", done)
		}
	}
	ways := []func(){read, fold, rebuild}
	var rates [3][]float64
	for b.Loop() {
		for _, way := range []int{0, 1, 2, 2, 1, 0} { // each once before and once after the others
			start := time.Now()
			ways[way]()
			rates[way] = append(rates[way], float64(len(entries))/time.Since(start).Seconds())
		}
	}
	reading := middle(rates[0])
	figure.Above(b, "fold-to-reading", middle(rates[1])/reading, 0.15)
	figure.Above(b, "rebuild-to-reading", middle(rates[2])/reading, 0.1)
	b.ReportMetric(float64(len(entries)), "entries")
	b.ReportMetric(reading, "read/s")
	b.ReportMetric(middle(rates[1]), "folded/s")
	b.ReportMetric(middle(rates[2]), "rebuilt/s")
	b.ReportMetric(0, "ns/op")
}

func readAll(b *testing.B, j *journal.Journal, county string) (entries []journal.Entry) {
	b.Helper()
	for e, err := range j.After(b.Context(), county, 0, 0) {
		if err != nil {
			b.Fatal(err)
		}
		entries = append(entries, e)
	}
	return entries
}

// settle waits until the flags of an import are announced.
func settle(b *testing.B, server, county string) {
	b.Helper()
	for last, still := int64(-1), 0; still < 3; time.Sleep(500 * time.Millisecond) {
		r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, server+"/v1/counties/"+county+"/flags?limit=1", nil)
		if err != nil {
			b.Fatal(err)
		}
		var list api.FlagList
		answered(b, r, &list)
		if still++; list.Position != last {
			last, still = list.Position, 0
		}
	}
}

// BenchmarkIdle prints how many statements a server has PostgreSQL do when nothing
// happens, a second, with twenty counties in one process. Every connection is looked
// at twenty times a second: it shows its last statement until the next one.
func BenchmarkIdle(b *testing.B) {
	_, owner := benched(b)
	time.Sleep(3 * time.Second)
	var rates []float64
	for b.Loop() {
		const watched = 30 * time.Second
		rates = append(rates, float64(statementsIn(b, owner, watched))/watched.Seconds())
	}
	figure.Below(b, "statements/s", middle(rates), 1)
	b.ReportMetric(0, "ns/op")
}

// statementsIn counts what others begin in a database in some time.
func statementsIn(b *testing.B, pool *pgxpool.Pool, span time.Duration) (n int) {
	b.Helper()
	err := pgx.BeginFunc(b.Context(), pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(b.Context(), `
			create temp table seen (pid int, began timestamptz) on commit drop;
			do $$
			begin
				while clock_timestamp() < now() + interval '`+fmt.Sprint(span.Seconds())+` seconds' loop
					perform pg_stat_clear_snapshot();
					insert into seen select pid, query_start from pg_stat_activity
					where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid() and query_start > now();
					perform pg_sleep(0.05);
				end loop;
			end
			$$`)
		if err != nil {
			return err
		}
		return tx.QueryRow(b.Context(), `select count(distinct (pid, began)) from seen`).Scan(&n)
	})
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// BenchmarkHotCommunity prints how many commands a second eight clients get
// through when all are for one community of 1,000 tasks, as a ratio to commands
// spread over 242 communities.
func BenchmarkHotCommunity(b *testing.B) {
	book := sampleBook(b, sample.Options{Division: "431026", Tasks: 40})
	running, _ := benched(b)
	server := "http://" + running.Address()
	c := remote{Server: server, County: "c0"}
	if _, err := c.upload(b.Context(), upload{path: book, request: "import"}); err != nil {
		b.Fatal(err)
	}
	const hot = "431026102001"
	var rows bytes.Buffer
	rows.WriteString("no,department,community,item,issued_on\n")
	for i := range 1000 {
		fmt.Fprintf(&rows, "HOT-%d,D01,%s,T0701,2025-03-01\n", i, hot)
	}
	importRows(b, c, map[string]string{"tasks.csv": rows.String()})
	settle(b, server, "c0")
	communities := communitiesOf(b, server)
	var rates [2][]float64
	n := 0
	for b.Loop() {
		for _, way := range turns {
			rates[way] = append(rates[way], commandsPerSecond(b, server, 8, 3*time.Second, func() (string, string) {
				n++
				if way == 0 {
					return fmt.Sprint("P", n), hot
				}
				return fmt.Sprint("P", n), communities[n%len(communities)]
			}))
		}
	}
	b.ReportMetric(middle(rates[0])/middle(rates[1]), "hot-to-spread")
	b.ReportMetric(middle(rates[0]), "hot-commands/s")
	b.ReportMetric(middle(rates[1]), "spread-commands/s")
	b.ReportMetric(0, "ns/op")
}

func communitiesOf(b *testing.B, server string) (codes []string) {
	b.Helper()
	r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, server+"/v1/counties/c0/communities?limit=1000", nil)
	if err != nil {
		b.Fatal(err)
	}
	var list api.CommunityList
	answered(b, r, &list)
	for _, c := range list.Communities {
		codes = append(codes, c.Code)
	}
	return codes
}

// importRows imports sheets that are given as text.
func importRows(b *testing.B, c remote, sheets map[string]string) {
	b.Helper()
	folder := b.TempDir()
	for name, text := range sheets {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := c.upload(b.Context(), upload{path: folder, request: "more"}); err != nil {
		b.Fatal(err)
	}
}

// commandsPerSecond has clients hang plaques for a while.
func commandsPerSecond(b *testing.B, server string, clients int, d time.Duration, next func() (no, community string)) float64 {
	b.Helper()
	var mu sync.Mutex
	var wg sync.WaitGroup
	var done int
	start := time.Now()
	for range clients {
		wg.Go(func() {
			for time.Since(start) < d {
				mu.Lock()
				no, community := next()
				mu.Unlock()
				body := fmt.Sprintf(`{"no":%q,"department":"D01","community":%q,"title":"牌%s","zone":"外部","hung_on":"2025-03-01"}`, no, community, no)
				r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, server+"/v1/counties/c0/plaques", bytes.NewReader([]byte(body)))
				if err != nil {
					b.Error(err)
					return
				}
				r.Header.Set("Request-Id", no)
				answer, err := http.DefaultClient.Do(r)
				if err != nil {
					b.Error(err)
					return
				}
				answer.Body.Close()
				if answer.StatusCode != http.StatusOK {
					b.Error(answer.Status)
					return
				}
				mu.Lock()
				done++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return float64(done) / time.Since(start).Seconds()
}
