package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"feisui/pkg/civil"
	"feisui/services/feisui/sample"
)

// BenchmarkCounty is one county of 200 communities with 300 tasks each: reading
// its workbook, and the statement alone.
func BenchmarkCounty(b *testing.B) {
	book := sampleBook(b, sample.Options{Division: "431026", Communities: 200, Tasks: 300})
	on := civil.Of(2025, time.December, 31)
	b.Run("reconcile", func(b *testing.B) { benchReconcile(b, book) })
	b.Run("statement", func(b *testing.B) {
		ledger, err := (&reconcileCmd{Workbook: book}).read(io.Discard)
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if _, err := ledger.County(civil.China(), on); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkProvince is the sample province, 10,000 communities with 40 tasks
// each, about two million rows: time, and the memory it took from the system.
// The codes are invented, so that no division data need be fetched.
func BenchmarkProvince(b *testing.B) {
	if testing.Short() {
		b.Skip("a province takes minutes")
	}
	book := sampleBook(b, sample.Options{Division: "43", Divisions: inventedDivisions(b), Tasks: 40})
	benchReconcile(b, book)
}

func benchReconcile(b *testing.B, book string) {
	var peak uint64
	for b.Loop() {
		if status := run(b.Context(), []string{"reconcile", book, "--on", "2025-12-31", "--format", "json"}, io.Discard, io.Discard); status != exitOK {
			b.Fatalf("exit status %d", status)
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		peak = max(peak, m.Sys)
	}
	b.ReportMetric(float64(peak)/(1<<20), "MB-from-system")
}

func sampleBook(b *testing.B, o sample.Options) string {
	b.Helper()
	o.Out, o.Year, o.Chinese = filepath.Join(b.TempDir(), "book"), 2025, true
	if _, err := sample.Write(b.Context(), o); err != nil {
		b.Fatal(err)
	}
	return o.Out
}

// inventedDivisions writes division data of a province that has 100 streets
// with 100 communities each.
func inventedDivisions(b *testing.B) string {
	b.Helper()
	folder := b.TempDir()
	files := map[string]*strings.Builder{
		"provinces.csv": table("code,name", `43,"示例省"`),
		"areas.csv":     table("code,name,cityCode,provinceCode", `430101,"示例县",4301,43`),
		"streets.csv":   table("code,name,areaCode,provinceCode,cityCode"),
		"villages.csv":  table("code,name,streetCode,provinceCode,cityCode,areaCode"),
	}
	for street := range 100 {
		fmt.Fprintf(files["streets.csv"], "430101%03d,\"第%d街道\",430101,43,4301\n", street+1, street+1)
		for n := range 100 {
			fmt.Fprintf(files["villages.csv"], "430101%03d%03d,\"第%d社区居委会\",430101%03d,43,4301,430101\n", street+1, n+1, 100*street+n+1, street+1)
		}
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text.String()), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	return folder
}

func table(lines ...string) *strings.Builder {
	var text strings.Builder
	for _, line := range lines {
		text.WriteString(line + "\n")
	}
	return &text
}
