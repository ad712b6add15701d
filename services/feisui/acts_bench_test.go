package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"feisui/pkg/figure"
	"feisui/services/feisui/serve"
)

// callersAtOnce is how many people act, or insert, at the same time.
const callersAtOnce = 32

// BenchmarkInstance prints how many tasks a second are handed down, accepted,
// reported and verified, each visible in the ledger before the next step, by 32
// callers; as a ratio to one-row INSERTs by 32 callers that are confirmed on the
// same server in the same run. steps is the same by single steps.
func BenchmarkInstance(b *testing.B) {
	const communities, span = 200, 2 * time.Second
	postgres, pool := benchedPostgres(b)
	s := opened(b, serve.Config{DatabaseURL: postgres})
	s.rows("departments", `{"code":"D01","name":"民政局","kind":"department"}`)
	s.rows("items", `{"code":"A01","name":"高龄津贴核查","department":"D01","list":"assist","rule":"per_case","rate":"20"}`)
	for i := range communities {
		s.rows("communities", fmt.Sprintf(`{"code":%q,"name":"社区","street":"431026102"}`, communityOf(i)))
	}
	if _, err := pool.Exec(b.Context(), `create table one (n bigint generated always as identity primary key, data json)`); err != nil {
		b.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: callersAtOnce}}
	var rates [2][]float64
	var begun atomic.Int64
	act := func(ctx context.Context) error { return s.wholePath(ctx, client, int(begun.Add(1)), communities) }
	// PostgreSQL plans by what it has counted, which it does by itself within a minute.
	rateOf(b, span, act)
	if _, err := pool.Exec(b.Context(), `analyze`); err != nil {
		b.Fatal(err)
	}
	insert := func(ctx context.Context) error {
		_, err := pool.Exec(ctx, `insert into one (data) values ($1)`, `{"no":"JB2025-102001-001","department":"D01"}`)
		return err
	}
	for b.Loop() {
		for _, way := range turns {
			rates[way] = append(rates[way], rateOf(b, span, []func(context.Context) error{act, insert}[way]))
		}
	}
	ratio := middle(rates[0]) / middle(rates[1])
	figure.Above(b, "ratio-to-INSERT", ratio, 0.15)
	b.ReportMetric(4*ratio, "steps-to-INSERT")
	b.ReportMetric(middle(rates[0]), "instances/s")
	b.ReportMetric(middle(rates[1]), "inserts/s")
	b.ReportMetric(0, "ns/op")
}

func communityOf(i int) string { return fmt.Sprintf("431026102%03d", 1+i) }

// rateOf says how often a second something is done by all callers together.
func rateOf(b *testing.B, span time.Duration, do func(context.Context) error) float64 {
	b.Helper()
	var done atomic.Int64
	var calling sync.WaitGroup
	start := time.Now()
	for range callersAtOnce {
		calling.Go(func() {
			for time.Since(start) < span {
				if err := do(b.Context()); err != nil {
					b.Error(err)
					return
				}
				done.Add(1)
			}
		})
	}
	calling.Wait()
	return float64(done.Load()) / time.Since(start).Seconds()
}

// wholePath takes a task from its issue to its closing.
func (s *stage) wholePath(ctx context.Context, client *http.Client, n, communities int) error {
	no, community := fmt.Sprint("JB-", n), communityOf(n%communities)
	officer := "person:" + community + " community_officer@" + community
	for _, c := range []struct{ who, path, form string }{
		{officeHead, begins, fmt.Sprintf(`{"no":%q,"department":"D01","community":%q,"item":"A01","quantity":"12"}`, no, community)},
		{officer, begins + "/" + url.PathEscape(no) + "/accept", ""},
		{officer, begins + "/" + url.PathEscape(no) + "/report", `{"completed_on":"` + stageDay + `"}`},
		{officeClerk, begins + "/" + url.PathEscape(no) + "/verify", ""},
	} {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.address+"/v1/counties/county"+c.path, bytes.NewReader([]byte(c.form)))
		if err != nil {
			return err
		}
		r.Header.Set("Request-Id", c.path+no)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+c.who)
		got, err := client.Do(r)
		if err != nil {
			return err
		}
		said, err := io.ReadAll(got.Body)
		got.Body.Close()
		if err != nil || got.StatusCode != http.StatusOK {
			return fmt.Errorf("%s: %s %s %w", c.path, got.Status, said, err)
		}
	}
	return nil
}

// benchedPostgres starts a PostgreSQL that keeps what it confirms.
func benchedPostgres(b *testing.B) (string, *pgxpool.Pool) {
	b.Helper()
	postgres := startedPostgres(b)
	config, err := pgxpool.ParseConfig(postgres)
	if err != nil {
		b.Fatal(err)
	}
	config.MaxConns = callersAtOnce
	pool, err := pgxpool.NewWithConfig(b.Context(), config)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(pool.Close)
	return postgres, pool
}
