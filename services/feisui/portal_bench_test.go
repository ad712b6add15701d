package main

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"feisui/pkg/access"
	"feisui/services/feisui/sample"
	"feisui/services/feisui/serve"
)

// What a page may take: so long on the server, and so much of a thin line.
const (
	pageSlowest  = 100 * time.Millisecond
	pageHeaviest = 100_000 // bytes of a first visit
)

// BenchmarkPages prints for each kind of page of each role how long the server takes
// until the page is there (the half and the slowest of a hundred), what it weighs on a
// first visit with all that it uses, compressed, and how long it takes as a ratio to
// what the page asks the interface, asked by itself in the same run. Over the bar is
// what is said to be; of a busy machine only the ratio says something.
func BenchmarkPages(b *testing.B) {
	for _, size := range []struct {
		name        string
		communities int
	}{{"100 communities", 100}, {"242 communities, as the largest of the sample province", 0}} {
		b.Run(size.name, func(b *testing.B) {
			needPostgres(b)
			server := "http://" + sampleServed(b, size.communities)
			known := map[string]bool{}
			for _, role := range []access.Role{
				access.Authority, access.FinanceOfficer, access.Leader, access.DepartmentHead, access.DepartmentOfficer, access.StreetOfficer, access.CommunityOfficer,
				access.Auditor, access.SystemAdmin, access.SecurityAdmin, access.AuditAdmin,
			} {
				v := before(b, server, role)
				home := signedInAs(b, server, role)
				for _, p := range home.crawl() {
					kind := pageKind(b, p.path)
					if first := p.path == "/"; known[kind] && !first {
						continue
					}
					known[kind] = true
					b.Run(string(role)+" "+strings.TrimSuffix(kind, "?"), func(b *testing.B) { benchPage(b, home, v, p) })
				}
			}
		})
	}
}

// sampleServed loads the sample county into a server, with its demo accounts.
func sampleServed(b *testing.B, communities int) string {
	b.Helper()
	server := serving(b, serve.Config{Counties: []string{"county"}})
	at := remote{Server: "http://" + server.Address(), County: "county"}
	book := sampleBook(b, sample.Options{Division: "431026", Communities: communities})
	if _, err := at.upload(b.Context(), upload{path: book, request: sampleRequest("431026")}); err != nil {
		b.Fatal(err)
	}
	of, err := at.demoScopes(b.Context(), 0)
	if err == nil {
		err = server.Demo(b.Context(), "county", sampleRequest("431026"), demoPassword, of)
	}
	if err != nil {
		b.Fatal(err)
	}
	return server.Address()
}

func benchPage(b *testing.B, v *visitor, asking *behind, p seen) {
	b.Helper()
	_, calls := asking.asks(asking.request(http.MethodGet, p.path, nil))
	var pages, asked []time.Duration
	var bytes int
	for b.Loop() {
		began := time.Now()
		bytes = v.weight(p.path)
		pages = append(pages, time.Since(began))
		began = time.Now()
		for _, c := range calls {
			v.weight(c.path + "?" + c.query)
		}
		asked = append(asked, time.Since(began))
	}
	for _, n := range p.elements("script", "link", "img") {
		if at := attribute(n, map[bool]string{true: "href", false: "src"}[n.Data == "link"]); strings.HasPrefix(at, "/assets/") {
			bytes += v.weight(at)
		}
	}
	slices.Sort(pages)
	slices.Sort(asked)
	half, slow := pages[len(pages)/2], pages[len(pages)*99/100]
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(half.Seconds()*1000, "p50-ms")
	b.ReportMetric(slow.Seconds()*1000, "p99-ms")
	b.ReportMetric(float64(bytes)/1000, "KB")
	b.ReportMetric(float64(len(calls)), "calls")
	b.ReportMetric(half.Seconds()/asked[len(asked)/2].Seconds(), "to-calls")
	if half > pageSlowest || bytes > pageHeaviest {
		b.Logf("OVER THE BAR: %s as %s: %s, %d bytes", p.path, v.who, half.Round(time.Millisecond), bytes)
	}
}

// weight opens an address and gives the bytes that came, compressed as a browser
// takes them.
func (v *visitor) weight(path string) int {
	v.t.Helper()
	r := v.request(http.MethodGet, path, nil)
	r.Header.Set("Accept-Encoding", "gzip")
	answer, err := v.client.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer answer.Body.Close()
	n, err := io.Copy(io.Discard, answer.Body)
	if err != nil || answer.StatusCode >= http.StatusInternalServerError {
		v.t.Fatalf("%s: %d %v", path, answer.StatusCode, err)
	}
	return int(n)
}
