package main

import (
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"feisui/pkg/figure"
	"feisui/services/feisui/serve"
)

// BenchmarkReport prints how long the figures of a report take to be worked out for
// the sample county of 100 communities, over a year and its twelve points, how long
// their second reading takes, and both as ratios to the county's statement of the same
// two days, served in the same run.
func BenchmarkReport(b *testing.B) {
	postgres, _ := benchedPostgres(b)
	s := opened(b, serve.Config{DatabaseURL: postgres})
	folder := filepath.Join(b.TempDir(), "sample")
	mustRun(b, "sample", "--division", "431026", "--communities", "100", "--out", folder)
	mustRun(b, "import", folder, "--server", s.address, "--county", "county")
	var first, second, signed, statement []float64
	n := 0
	timed := func(path string) float64 {
		began := time.Now()
		if a := s.ask(ofLeaders, http.MethodGet, path, "", ""); a.status != http.StatusOK {
			b.Fatalf("%d %s", a.status, a.body)
		}
		return float64(time.Since(began).Microseconds()) / 1000
	}
	reports := s.flow("report")
	s.still(b)
	for b.Loop() {
		n++
		on := "2025-12-" + itoa(10+n%20)
		path := "/reports/preview?since=2024-12-31&on=" + on
		first = append(first, timed(path))
		second = append(second, timed(path))
		statement = append(statement, timed("/statement?since=2024-12-31&on="+on))
		if n == 1 {
			no := reports.begin(ofAuthority, `{"title":"减负报告","on":"2025-02-28","since":"2024-12-31"}`).Instance
			reports.act(ofAuthorityToo, no, "sign", "")
			continue
		}
		signed = append(signed, first[len(first)-1])
	}
	figure.Below(b, "ms/alone", first[0], 1000)
	if len(signed) > 0 {
		figure.Below(b, "ms/with-corrections", middle(signed), 1000)
	}
	b.ReportMetric(middle(statement), "ms/statement")
	b.ReportMetric(middle(second), "ms/second")
	b.ReportMetric(middle(first)/middle(statement), "ratio-to-statement")
	b.ReportMetric(middle(second)/middle(statement), "second-to-statement")
	b.ReportMetric(0, "ns/op")
}

// still waits until nothing has been recorded for a second: flags and cases follow an
// import, and each moves on the position that figures are of.
func (s *stage) still(b *testing.B) {
	b.Helper()
	at, since := int64(-1), time.Now()
	for time.Since(since) < time.Second {
		var now struct {
			Position int64 `json:"position"`
		}
		if s.ask(ofLeaders, http.MethodGet, "/departments", "", "").into(b, &now); now.Position != at {
			at, since = now.Position, time.Now()
		}
		time.Sleep(50 * time.Millisecond)
	}
}
