package journal_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"
	"time"

	"feisui/pkg/journal"
	"feisui/pkg/pgtest"
)

// history is one request of many events, as an import makes.
func history(id string, events int) journal.Request {
	r := request(id, 0)
	r.Kind = journal.Record
	for i := range events {
		r.Events = append(r.Events, journal.Pending{
			Stream: fmt.Sprintf("task/%s-%d", id, i/2), Type: "task.assigned", Version: int64(i%2 + 1), Data: []byte(payload),
			Accounts: []string{fmt.Sprint(431026100000 + i%300), "county"}[:1+i%2],
		})
	}
	return r
}

// TestAnImport is one request like any other, only larger.
func TestAnImport(t *testing.T) {
	t.Parallel()
	const events = 6_000
	j, pool := open(t)
	second := on(t, again(t, pool), time.Now)
	must(t, j, request("before", 1, "task/a"))
	// Others append meanwhile, through both processes.
	var wg sync.WaitGroup
	ctx, cancel := context.WithCancel(t.Context())
	for i := range 8 {
		wg.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				if _, err := []*journal.Journal{j, second}[i%2].Append(t.Context(), request(fmt.Sprintf("%d/%d", i, n), 0, fmt.Sprint("task/w", i))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	big := history("big", events)
	receipt := must(t, j, big)
	if receipt.Last-receipt.First+1 != events || receipt.Repeated {
		t.Errorf("%+v", receipt)
	}
	if got := must(t, second, big); !got.Repeated || got.First != receipt.First {
		t.Errorf("%+v", got)
	}
	other := big
	other.Fingerprint[0]++
	if _, err := j.Append(t.Context(), other); !errors.Is(err, journal.ErrOtherBody) {
		t.Error(err)
	}
	// One stream that has moved on refuses the whole.
	late := history("late", events)
	late.Events[events-1].Stream, late.Events[events-1].Version = "task/a", 1
	var c *journal.Conflict
	if _, err := j.Append(t.Context(), late); !errors.As(err, &c) || c.Stream != "task/a" || c.Version != 1 {
		t.Error(err)
	}
	if _, found, err := j.Find(t.Context(), county, "late"); found || err != nil {
		t.Error(found, err)
	}
	cancel()
	wg.Wait()
	if got, err := j.Snap(t.Context(), county, receipt.First+17); err != nil || got != receipt.Last {
		t.Errorf("half an import is seen: %d, %v", got, err)
	}
	if got, err := j.At(t.Context(), county, receipt.RecordedAt); err != nil || got < receipt.Last {
		t.Errorf("half an import is seen: %d, %v", got, err)
	}
	sound(t, j)
	n := 0
	for e, err := range j.OfAccount(t.Context(), county, "county", 0, receipt.Last, 0) {
		if err != nil || e.Request != "big" {
			t.Fatal(e.Position, err)
		}
		n++
	}
	if n != events/2 {
		t.Errorf("%d entries of an account that is named second", n)
	}
}

// TestAFirstImportSeesWhatIsThere: of a county with few entries all streams are read
// instead of each being asked for. Who believes of one what is not so is told.
func TestAFirstImportSeesWhatIsThere(t *testing.T) {
	t.Parallel()
	const events = 40
	j, pool := open(t, journal.Bulk(events-1))
	must(t, on(t, again(t, pool), time.Now), request("elsewhere", 1, "task/a", "task/b"))
	for name, c := range map[string]struct {
		stream  string
		version int64 // that its event is to get
		is      int64 // the version that the stream has
	}{
		"behind": {"task/a", 1, 1}, "ahead": {"task/b", 3, 1}, "of what is not there": {"task/c", 2, 0},
	} {
		wrong := history(name, events)
		wrong.Events[7].Stream, wrong.Events[7].Version = c.stream, c.version
		wrong.Events[6].Version, wrong.Events[6].Stream = 1, "task/alone"
		var conflict *journal.Conflict
		if _, err := j.Append(t.Context(), wrong); !errors.As(err, &conflict) || conflict.Stream != c.stream || conflict.Version != c.is {
			t.Errorf("%s: %v", name, err)
		}
	}
	right := history("right", events)
	right.Events[6].Stream, right.Events[6].Version, right.Events[7].Stream, right.Events[7].Version = "task/b", 2, "task/a", 2
	if receipt := must(t, j, right); receipt.First != 3 || receipt.Last != 2+events {
		t.Errorf("%+v", receipt)
	}
	sound(t, j)
}

// TestAKilledImport leaves all or nothing, and is made good by itself.
func TestAKilledImport(t *testing.T) {
	t.Parallel()
	j, pool := open(t)
	owner := pgtest.Owner(t, pool)
	for round := range 5 {
		release := make(chan struct{})
		go func() {
			defer close(release)
			time.Sleep(time.Duration(20+round*20) * time.Millisecond)
			if _, err := owner.Exec(t.Context(), `
				select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`); err != nil {
				t.Error(err)
			}
		}()
		r := history(fmt.Sprint("import", round), 8_000)
		receipt, err := j.Append(t.Context(), r)
		<-release
		if err != nil {
			t.Fatal(err)
		}
		if got := must(t, j, r); !got.Repeated || got.First != receipt.First || receipt.First != int64(round*8_000+1) {
			t.Errorf("%+v, %+v", receipt, got)
		}
	}
	sound(t, j)
}

// TestAStreamThatEndedMakesNoRows: where a line breaks, whoever sends may read on for a moment,
// while the same request is planned anew.
func TestAStreamThatEndedMakesNoRows(t *testing.T) {
	t.Parallel()
	const rows = 1_000
	for ends, want := range map[int]int{rows: rows, 300: 300} {
		var made int
		stream, end := journal.Copying(rows, func(i int) string {
			made++
			return fmt.Sprint(i)
		})
		var read int
		var err error
		for chunk := make([]byte, 7); err == nil; {
			if made == ends && ends < rows {
				end()
			}
			var n int
			n, err = stream.Read(chunk)
			read += n
		}
		if whole := errors.Is(err, io.EOF); made != want || whole != (ends == rows) || whole && read != len("PGCOPY\n\xff\r\n\x00")+8+rows*(2+4)+2890+2 {
			t.Errorf("it ends after %d: %d rows were made, %d bytes read, %v", ends, made, read, err)
		}
	}
}
