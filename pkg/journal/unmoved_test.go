package journal_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"feisui/pkg/journal"
)

// TestAStreamThatMustNotMove: a request that names one is recorded while that stands
// where it was, whatever else is recorded, and never after it moved; whether it goes
// alone, with others or by COPY, in this process or in another.
func TestAStreamThatMustNotMove(t *testing.T) {
	t.Parallel()
	const few = 5
	j, pool := open(t, journal.Bulk(few))
	second := on(t, again(t, pool), time.Now, journal.Bulk(few))
	const closings = "period/a"
	for at := range int64(2) {
		for events, as := range map[int]string{1: "alone", few: "at once", few + 1: "by COPY"} {
			naming := func(id string, version int64) journal.Request {
				r := history(fmt.Sprint(id, at, as), events)
				r.Unmoved = map[string]int64{closings: version}
				return r
			}
			must(t, second, request(fmt.Sprint("beside ", at, as), 0, "task/beside"))
			must(t, j, naming("so ", at))
			for _, wrong := range []int64{at + 1, at + 2} {
				r := naming("not so ", wrong)
				var c *journal.Conflict
				if _, err := second.Append(t.Context(), r); !errors.As(err, &c) || c.Stream != closings || c.Version != at {
					t.Errorf("%s at %d, named %d: %v", as, at, wrong, err)
				}
				if _, found, err := j.Find(t.Context(), county, r.ID); found || err != nil {
					t.Errorf("%s: %v %v", as, found, err)
				}
			}
		}
		must(t, second, request(fmt.Sprint("closing ", at), at+1, closings))
	}
	// The control: what names no stream is recorded, however long ago it was decided.
	must(t, j, history("unguarded", 1))
	stale := history("stale", 1)
	stale.Unmoved = map[string]int64{closings: 1}
	if _, err := j.Append(t.Context(), stale); !errors.Is(err, journal.ErrConflict) {
		t.Error(err)
	}
	sound(t, j)
}

// TestNothingComesAfterTheStreamThatItNames: twelve record in two processes, each naming a
// stream that moves meanwhile, in this batch or the next.
func TestNothingComesAfterTheStreamThatItNames(t *testing.T) {
	t.Parallel()
	j, pool := open(t)
	second := on(t, again(t, pool), time.Now)
	const moves = 10
	var wg sync.WaitGroup
	var at atomic.Int64
	for i := range 12 {
		wg.Go(func() {
			for n := 0; at.Load() < moves; n++ {
				version := at.Load()
				r := request(fmt.Sprintf("%d/%d/%d", version, i, n), 0, fmt.Sprint("task/w", i))
				r.Unmoved = map[string]int64{"period/a": version}
				if _, err := []*journal.Journal{j, second}[i%2].Append(t.Context(), r); err != nil && !errors.Is(err, journal.ErrConflict) {
					t.Error(err)
					return
				}
			}
		})
	}
	for n := range int64(moves) {
		must(t, []*journal.Journal{j, second}[n%2], request(fmt.Sprint("move ", n), n+1, "period/a"))
		at.Add(1)
	}
	wg.Wait()
	moved := 0
	for _, e := range all(t, j) {
		if e.Stream == "period/a" {
			moved++
		} else if named, _, _ := strings.Cut(e.Request, "/"); named != fmt.Sprint(moved) {
			t.Errorf("%s is at %d, after %d moves", e.Request, e.Position, moved)
		}
	}
	sound(t, j)
}
