package main

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"feisui/services/feisui/sample"
	"feisui/services/feisui/serve"
)

// BenchmarkDisk prints how much of the disk a county of the sample province takes, 242
// communities and 9,680 tasks, when it was imported and all that follows from that is
// recorded and told: bytes for each entry of its journal, in PostgreSQL's tables and
// indexes, of the journal and of all else, and in NATS's store. Unlike times these hardly change with
// the machine. PostgreSQL's own log comes on top, which does not grow with the county.
func BenchmarkDisk(b *testing.B) {
	needPostgres(b)
	book := sampleBook(b, sample.Options{Division: "431026", Tasks: 40})
	for b.Loop() {
		data := dataOf(b)
		p := launch(b, "--data", data, "--county", "c0")
		c := remote{Server: p.address, County: "c0"}
		if _, err := c.upload(b.Context(), upload{path: book, request: "import"}); err != nil {
			b.Fatal(err)
		}
		pool, err := pgxpool.New(b.Context(), fmt.Sprintf("postgres://feisui@/feisui?host=%s&port=5432&sslmode=disable", filepath.Join(data, "postgres")))
		if err != nil {
			b.Fatal(err)
		}
		entries := float64(atRest(b, pool, p.address))
		for unit, schema := range map[string]string{"journal-bytes/entry": "n.nspname = 'journal'", "other-tables-bytes/entry": "n.nspname <> 'journal'"} {
			var bytes float64
			if err := pool.QueryRow(b.Context(), `
				select sum(pg_total_relation_size(c.oid)) from pg_class c join pg_namespace n on n.oid = c.relnamespace
				where c.relkind in ('r', 'm') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast') and `+schema).Scan(&bytes); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(bytes/entries, unit)
		}
		pool.Close()
		b.ReportMetric(entries, "entries")
		b.ReportMetric(float64(bytesIn(b, filepath.Join(data, "nats")))/entries, "nats-bytes/entry")
		p.end(b)
	}
	b.ReportMetric(0, "ns/op")
}

// atRest waits until nothing was recorded for five seconds and the bus has all of it,
// and gives how many entries there are.
func atRest(b *testing.B, pool *pgxpool.Pool, server string) (entries int64) {
	b.Helper()
	for before, still := int64(-1), 0; still < 5; time.Sleep(time.Second) {
		if err := pool.QueryRow(b.Context(), `select count(*) from journal.entry`).Scan(&entries); err != nil {
			b.Fatal(err)
		}
		var r serve.Readiness
		fetched(b, server+"/readyz", &r)
		for _, part := range r.Parts {
			if strings.HasPrefix(part.Name, "relay/") && part.Behind > 0 {
				before = -1
			}
		}
		if still++; entries != before {
			before, still = entries, 0
		}
	}
	return entries
}

// bytesIn is how large the files in a folder are.
func bytesIn(b *testing.B, folder string) (n int64) {
	b.Helper()
	if err := filepath.WalkDir(folder, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			n += info.Size()
		}
		return err
	}); err != nil {
		b.Fatal(err)
	}
	return n
}
