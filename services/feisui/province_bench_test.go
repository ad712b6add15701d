package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"feisui/pkg/figure"
	"feisui/pkg/journal"
	"feisui/pkg/local"
	"feisui/services/feisui/sample"
)

// BenchmarkServedProvince prints how long the whole embedded default, as a
// process of its own, takes until every statement of some counties is current,
// from the first byte of the first workbook on, as a ratio to `reconcile` of the
// same workbooks on one processor. Beside it: the same until every list is current,
// how long processors worked for that, which others on the machine hardly change, and the memory of the program and
// of its PostgreSQL, before anything was recorded and after. Each county has 242
// communities and 9,680 tasks; 41 of them are the sample province.
func BenchmarkServedProvince(b *testing.B) {
	for _, counties := range []int{1, 4, 12, 41} {
		b.Run(fmt.Sprint(counties), func(b *testing.B) {
			if testing.Short() && counties > 4 {
				b.Skip("more than four counties take minutes")
			}
			needPostgres(b)
			turns := map[string][]float64{}
			for b.Loop() {
				for unit, n := range benchServed(b, counties) {
					turns[unit] = append(turns[unit], n)
				}
			}
			for unit, all := range turns {
				if unit == "served-to-reconcile" {
					figure.Below(b, unit, middle(all), 3)
				} else {
					b.ReportMetric(middle(all), unit)
				}
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

// benchServed is one turn, by unit.
func benchServed(b *testing.B, counties int) map[string]float64 {
	b.Helper()
	books := make([]string, counties)
	for i := range books {
		books[i] = sampleBook(b, sample.Options{Division: "431026", Tasks: 40, Seed: uint64(i + 1)})
	}
	before, workedBefore := reconciled(b, books)
	data := dataOf(b)
	makeCounties(b, data, counties)
	p := launch(b, "--data", data, "--county", "c0")
	defer p.end(b)
	time.Sleep(2 * time.Second) // what opening needed is over
	idle := usageOf(b, p)
	start := time.Now()
	events := uploaded(b, p.address, books)
	served := time.Since(start)
	for i := range books {
		c := remote{Server: p.address, County: fmt.Sprint("c", i)}
		r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, c.path("communities", nil), http.NoBody)
		must(b, err)
		must(b, c.call(r, func(io.Reader) error { return nil })) // answered when the rows are there
	}
	listed := time.Since(start)
	loaded := usageOf(b, p)
	after, workedAfter := reconciled(b, books)
	alone, worked := (before+after)/2, (workedBefore+workedAfter)/2
	return map[string]float64{
		"idle-MB": idle.memory, "idle-postgres-MB": idle.postgres, "loaded-MB": loaded.memory, "loaded-postgres-MB": loaded.postgres,
		"events": float64(events), "served-s": served.Seconds(), "reconcile-s": alone.Seconds(),
		"served-to-reconcile":    served.Seconds() / alone.Seconds(),
		"listed-to-reconcile":    listed.Seconds() / alone.Seconds(),
		"processor-to-reconcile": (loaded.processor - idle.processor) / worked.Seconds(),
	}
}

// uploaded gives each county its workbook, as many at a time as there are processors:
// clerks of a province do not wait for each other. An upload is answered when the
// figures of its county are current.
func uploaded(b *testing.B, server string, books []string) int {
	b.Helper()
	var events, next atomic.Int64
	var clerks sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		clerks.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(books) {
					return
				}
				c := remote{Server: server, County: fmt.Sprint("c", i)}
				answer, err := c.upload(b.Context(), upload{path: books[i], request: "import"})
				if err != nil {
					b.Error(err)
					return
				}
				events.Add(int64(answer.New))
			}
		})
	}
	clerks.Wait()
	return int(events.Load())
}

// reconciled is how long one processor takes to read the same workbooks and to
// work out every statement.
func reconciled(b *testing.B, books []string) (took, processor time.Duration) {
	b.Helper()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	start, worked := time.Now(), ownProcessor(b)
	for _, book := range books {
		if status := run(b.Context(), []string{"reconcile", book, "--on", "2025-12-31", "--format", "json"}, io.Discard, io.Discard); status != exitOK {
			b.Fatalf("exit status %d", status)
		}
	}
	return time.Since(start), ownProcessor(b) - worked
}

func ownProcessor(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// makeCounties makes empty counties in a data folder: `run` makes one, and serves
// those that are there.
func makeCounties(b *testing.B, data string, n int) {
	b.Helper()
	postgres, err := local.StartPostgres(b.Context(), local.PostgresOptions{Dir: filepath.Join(data, "postgres"), Log: quiet()})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { must(b, postgres.Stop()) }()
	if err := journal.Migrate(b.Context(), postgres.URL()); err != nil {
		b.Fatal(err)
	}
	pool, err := journal.Connect(b.Context(), postgres.URL())
	if err != nil {
		b.Fatal(err)
	}
	defer pool.Close()
	j, err := journal.Open(b.Context(), pool, time.Now)
	if err != nil {
		b.Fatal(err)
	}
	for i := range n {
		name := fmt.Sprint("c", i)
		if err := j.CreateCounty(b.Context(), name, name); err != nil {
			b.Fatal(err)
		}
	}
}

// usage is what a program, and PostgreSQL as its children, have of the machine.
// What processes share is counted once.
type usage struct {
	memory, postgres float64 // MB
	processor        float64 // seconds, of all together
}

func usageOf(b *testing.B, p *program) (u usage) {
	b.Helper()
	parents, seconds := processes(b)
	for pid := range parents {
		for up := pid; up > 1; up = parents[up] {
			if up != p.Process.Pid {
				continue
			}
			u.processor += seconds[pid]
			if pid == up {
				u.memory = proportional(b, pid)
			} else {
				u.postgres += proportional(b, pid)
			}
			break
		}
	}
	if u.memory == 0 || u.postgres == 0 {
		b.Fatalf("the program has %.0f MB and its PostgreSQL %.0f", u.memory, u.postgres)
	}
	return u
}

// processes are everybody's parents, and how long each has used a processor,
// with those of its children that have ended.
func processes(b *testing.B) (parents map[int]int, seconds map[int]float64) {
	b.Helper()
	const ticks = 100 // a second, on every Linux that Go runs on
	parents, seconds = map[int]int{}, map[int]float64{}
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		b.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		var n [15]int // the fields after the name, which may have spaces
		fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
		for _, i := range []int{1, 11, 12, 13, 14} { // parent; user and system; those of children that ended
			if n[i], err = strconv.Atoi(fields[i]); err != nil {
				b.Fatal(err)
			}
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err != nil {
			b.Fatal(err)
		}
		parents[pid], seconds[pid] = n[1], float64(n[11]+n[12]+n[13]+n[14])/ticks
	}
	return parents, seconds
}

// proportional is the memory of a process, with its share of what it shares.
func proportional(b *testing.B, pid int) float64 {
	b.Helper()
	file, err := os.Open(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return 0 // it has ended
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if size, found := strings.CutPrefix(lines.Text(), "Pss:"); found {
			kB, err := strconv.Atoi(strings.Fields(size)[0])
			if err != nil {
				b.Fatal(err)
			}
			return float64(kB) / 1024
		}
	}
	return 0
}
