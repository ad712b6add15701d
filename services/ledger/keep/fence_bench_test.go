package keep_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"feisui/pkg/access"
	"feisui/pkg/civil"
	"feisui/pkg/journal"
	"feisui/pkg/pgtest"
	"feisui/services/ledger/keep"
)

// BenchmarkFence prints what a page of 100 costs behind the fence, as a ratio to
// the same page with the fence switched off: of the whole county, of it from the
// middle on, of a department and of a community.
func BenchmarkFence(b *testing.B) {
	const communities = 200
	pool := pgtest.New(b, journal.Tables, keep.Tables)
	j, err := journal.Open(b.Context(), pool, time.Now, journal.Volatile())
	if err == nil {
		err = j.CreateCounty(b.Context(), "rucheng", "汝城县")
	}
	if err != nil {
		b.Fatal(err)
	}
	d := newDrawer(9, "a", communities)
	record := func(events []journal.Pending, id string) {
		if _, err := j.Append(b.Context(), journal.Request{County: "rucheng", ID: id, Kind: journal.Act, Events: events}); err != nil {
			b.Fatal(err)
		}
	}
	record(d.pending(d.begin()...), "begin")
	for i := range 4000 {
		record(d.next(), fmt.Sprint(i))
	}
	l, err := keep.Open(b.Context(), keep.Config{County: "rucheng", Journal: j, Pool: pool, Calendar: civil.China()})
	if err != nil {
		b.Fatal(err)
	}
	all := access.Scope{All: true}
	middle, err := l.Tasks(b.Context(), keep.TaskFilter{Within: all}, keep.Page{Limit: 1000})
	if err != nil {
		b.Fatal(err)
	}
	page := keep.Page{Limit: 100}
	b.ReportMetric(float64(len(middle.Rows)), "tasks(≤1000)")
	for name, ask := range map[string]func() error{
		"tasks-all": func() error { _, err := l.Tasks(b.Context(), keep.TaskFilter{Within: all}, page); return err },
		"tasks-middle": func() error {
			_, err := l.Tasks(b.Context(), keep.TaskFilter{Within: all}, keep.Page{Limit: 100, After: middle.Next})
			return err
		},
		"flags-all": func() error { _, err := l.Flags(b.Context(), keep.FlagFilter{Within: all}, page); return err },
		"communities-all": func() error {
			_, err := l.Communities(b.Context(), keep.CommunityFilter{Within: all}, page)
			return err
		},
		"tasks-department": func() error {
			_, err := l.Tasks(b.Context(), keep.TaskFilter{Within: access.Scope{Departments: []string{"D01"}}}, page)
			return err
		},
		"flags-department": func() error {
			_, err := l.Flags(b.Context(), keep.FlagFilter{Within: access.Scope{Departments: []string{"D01"}}}, page)
			return err
		},
		"tasks-community": func() error {
			_, err := l.Tasks(b.Context(), keep.TaskFilter{Within: access.Scope{Communities: []string{communityOf(7)}}}, page)
			return err
		},
	} {
		b.Run(name, func(b *testing.B) {
			owner := pgtest.Owner(b, pool)
			for b.Loop() {
				fenced := median(b, ask)
				fence(b, owner, "disable")
				open := median(b, ask)
				fence(b, owner, "enable")
				b.ReportMetric(fenced*1000, "ms")
				b.ReportMetric(fenced/open, "fenced-to-open")
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

func fence(b *testing.B, owner *pgxpool.Pool, how string) {
	b.Helper()
	for _, table := range []string{"book", "account", "task", "flag"} {
		if _, err := owner.Exec(b.Context(), `alter table ledger.`+table+` `+how+` row level security`); err != nil {
			b.Fatal(err)
		}
	}
}

func median(b *testing.B, ask func() error) float64 {
	b.Helper()
	took := make([]float64, 60)
	for i := range took {
		start := time.Now()
		if err := ask(); err != nil {
			b.Fatal(err)
		}
		took[i] = time.Since(start).Seconds()
	}
	slices.Sort(took)
	return took[len(took)/2]
}
