package keep_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"feisui/pkg/access"
	"feisui/services/people/keep"
)

func record(i int, behind bool) access.Record {
	return access.Record{
		County: county, Actor: "person:a", Operation: "tasks", Target: fmt.Sprint("task/", i), Decision: access.Done, Address: "192.0.2.1", Behind: behind,
	}
}

// TestManyWriteOneLog: two processes, many at once; every record is there, once,
// and the chain holds.
func TestManyWriteOneLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := w.open(w.pool)
	const n = 400
	all(8, func(i int) {
		log := w.people.Trail
		if i%2 == 0 {
			log = other.Trail
		}
		for ; i < n; i += 8 { // one after the other, so that there are many transactions
			if err := log.Audit(w.Context(), record(i, i%3 == 0)); err != nil {
				w.Error(err)
			}
		}
	})
	w.must(other.Close())
	w.must(w.people.Close()) // writes what was to be written behind
	w.must(w.people.Close())
	seen := map[string]int{}
	for before := int64(0); ; {
		page, err := w.people.Trail.Lines(w.Context(), county, keep.Wanted{}, before, 150)
		w.must(err)
		for _, l := range page {
			seen[l.Target]++
			before = l.N
		}
		if len(page) < 150 {
			break
		}
	}
	v, err := w.people.Trail.Verify(w.Context(), county, nil)
	if err != nil || v.Lines != n || len(v.Wrong) > 0 || len(seen) != n {
		t.Errorf("%v %+v, %d different", err, v, len(seen))
	}
	if err := w.people.Trail.Audit(w.Context(), record(0, true)); !errors.Is(err, keep.ErrClosed) {
		t.Errorf("a closed log takes a record: %v", err)
	}
}

// TestNothingIsDroppedWhileTheDatabaseIsAway: who must be written before the
// answer is told, who may be written behind waits in a queue that ends.
func TestNothingIsDroppedWhileTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	database := &away{Pool: w.pool}
	p := w.open(database)
	database.down.Store(true)
	if err := p.Trail.Audit(w.Context(), record(0, false)); !errors.Is(err, errDown) {
		t.Errorf("an action that was not written: %v", err)
	}
	sent := 0
	for ; ; sent++ {
		ctx, cancel := context.WithTimeout(w.Context(), 2*time.Second) // a queue that is full says nothing else
		err := p.Trail.Audit(ctx, record(sent, true))
		cancel()
		if errors.Is(err, context.DeadlineExceeded) {
			break
		}
		w.must(err)
		if sent > 2000 {
			t.Fatal("the queue has no end")
		}
	}
	if sent < 1000 {
		t.Errorf("only %d wait", sent)
	}
	database.down.Store(false)
	w.must(p.Close())
	v, err := p.Trail.Verify(w.Context(), county, nil)
	if err != nil || v.Lines != int64(sent) || len(v.Wrong) > 0 {
		t.Errorf("%v %+v, want %d", err, v, sent)
	}
}

// TestThatTheDatabaseIsAwayIsSaidTwice: as it begins and as it ends, with how many records
// came to nothing meanwhile, however often it is tried; and nothing is said of what goes well.
func TestThatTheDatabaseIsAwayIsSaidTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	database := &away{Pool: w.pool}
	var said bytes.Buffer // only the log writes to it, and it is read when that is closed
	p, err := keep.Open(w.Context(), keep.Config{Pool: database, Now: w.clock, Log: slog.New(slog.NewTextHandler(&said, nil)), CheapHashes: true})
	w.must(err)
	for range 2 {
		w.must(p.Trail.Audit(w.Context(), record(0, false)))
		database.down.Store(true)
		for i := range 5 {
			if err := p.Trail.Audit(w.Context(), record(i, false)); !errors.Is(err, errDown) {
				t.Errorf("an action that was not written: %v", err)
			}
		}
		database.down.Store(false)
		w.must(p.Trail.Audit(w.Context(), record(1, false)))
	}
	w.must(p.Close())
	begins, ends := strings.Count(said.String(), "level=ERROR"), strings.Count(said.String(), "refused=5 late=1")
	if begins != 2 || ends != 2 || strings.Count(said.String(), "\n") != 4 {
		t.Errorf("it says\n%s", &said)
	}
}

// TestTheLogCannotBeChanged: not by the services (A47), not by its owner by
// accident; and whoever goes around that is found.
func TestTheLogCannotBeChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 5 {
		w.must(w.people.Trail.Audit(w.Context(), record(i, false)))
	}
	const insert = `insert into people.audit select 'elsewhere', n, at, actor, operation, target, decision, code, address, request, prev, hash from people.audit where n = 1`
	for _, sql := range []string{
		`update people.audit set actor = 'person:b'`, `update people.audit set code = '' where n = 2`, `delete from people.audit where n = 3`,
		`truncate people.audit`, `alter table people.audit disable trigger append_only`, `update people.request set answer = '{}'`,
		`delete from people.request`,
	} {
		if _, err := w.pool.Exec(w.Context(), sql); err == nil || !strings.Contains(err.Error(), "42501") {
			t.Errorf("a service may %s: %v", sql, err)
		}
		if strings.HasPrefix(sql, "alter") {
			continue
		}
		if err := w.owner(sql); err == nil || !strings.Contains(err.Error(), "append-only") {
			t.Errorf("the owner may, by accident, %s: %v", sql, err)
		}
	}
	if _, err := w.pool.Exec(w.Context(), insert); err != nil { // the control: it is not that nothing works
		t.Error(err)
	}
	sound, err := w.people.Trail.Verify(w.Context(), county, nil)
	if err != nil || sound.Lines != 5 || len(sound.Wrong) > 0 {
		t.Fatalf("%v %+v", err, sound)
	}
	end := map[int64][32]byte{5: sound.Hash}
	w.must(w.owner(`alter table people.audit disable trigger append_only`))
	if _, err := keep.Open(w.Context(), keep.Config{Pool: w.pool, Now: w.clock}); err == nil {
		t.Error("it starts on a log that anybody may change")
	}
	for name, c := range map[string]struct {
		harm, back string
		known      map[int64][32]byte
		found      bool
	}{
		"nothing":         {`select 1`, `select 1`, end, false},
		"a change":        {`update people.audit set decision = 'refused' where n = 2`, `update people.audit set decision = 'done' where n = 2`, nil, true},
		"a change by 1µs": {`update people.audit set at = at + interval '1 microsecond' where n = 4`, `update people.audit set at = at - interval '1 microsecond' where n = 4`, nil, true},
		"a cut within": {
			`create table people.cut as select * from people.audit where n = 3; delete from people.audit where n = 3`,
			`insert into people.audit select * from people.cut; drop table people.cut`, nil, true,
		},
		"a cut at the end": {
			`create table people.cut as select * from people.audit where n = 5; delete from people.audit where n = 5`,
			`insert into people.audit select * from people.cut; drop table people.cut`, end, true,
		},
		"two swapped": {
			`update people.audit set n = n + 100 where n in (2, 3); update people.audit set n = 105 - n where n > 100`,
			`update people.audit set n = n + 100 where n in (2, 3); update people.audit set n = 105 - n where n > 100`, nil, true,
		},
	} {
		w.must(w.owner(c.harm))
		v, err := w.people.Trail.Verify(w.Context(), county, c.known)
		if err != nil || len(v.Wrong) > 0 != c.found {
			t.Errorf("%s: %v %+v", name, err, v)
		}
		w.must(w.owner(c.back))
	}
	if v, err := w.people.Trail.Verify(w.Context(), county, end); err != nil || len(v.Wrong) > 0 {
		t.Errorf("what was put back is found: %v %+v", err, v)
	}
}

func TestTheLogIsSearched(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i, r := range []access.Record{
		{Actor: "person:a", Operation: "session_open", Decision: access.Done},
		{Actor: "person:a", Operation: "tasks", Decision: access.Done},
		{Actor: "person:b", Operation: "tasks", Decision: access.Refused, Code: "FORBIDDEN", Target: "\x00\xff" + strings.Repeat("街", 200)},
	} {
		r.County = county
		w.must(w.people.Trail.Audit(w.Context(), r))
		w.now.Add(int64(i+1) * 3600)
	}
	from := time.Date(2026, 1, 5, 9, 30, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		keep.Wanted
		before int64
		want   int
	}{
		"all": {keep.Wanted{}, 0, 3}, "a": {keep.Wanted{Actor: "person:a"}, 0, 2}, "tasks": {keep.Wanted{Operation: "tasks"}, 0, 2},
		"refused": {keep.Wanted{Decision: access.Refused}, 0, 1}, "later": {keep.Wanted{From: from}, 0, 2}, "earlier": {keep.Wanted{Until: from}, 0, 1},
		"before the last": {keep.Wanted{}, 3, 2}, "nobody's": {keep.Wanted{Actor: "person:c"}, 0, 0},
	} {
		lines, err := w.people.Trail.Lines(w.Context(), county, c.Wanted, c.before, 10)
		if err != nil || len(lines) != c.want {
			t.Errorf("%s: %v %v, want %d", name, err, lines, c.want)
		}
	}
	lines, err := w.people.Trail.Lines(w.Context(), "another", keep.Wanted{}, 0, 10)
	if err != nil || len(lines) != 0 {
		t.Errorf("another county's: %v %v", err, lines)
	}
}

// TestALogThatWasPutBackGoesOnFromItsEnd: a database that was restored to an earlier
// time, behind a process that goes on, has lost its last lines and nothing else.
func TestALogThatWasPutBackGoesOnFromItsEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 5 {
		w.must(w.people.Trail.Audit(w.Context(), record(i, false)))
	}
	w.must(w.owner(`alter table people.audit disable trigger append_only; delete from people.audit where n > 3; alter table people.audit enable trigger append_only`))
	w.must(w.people.Trail.Audit(w.Context(), record(6, false)))
	if v, err := w.people.Trail.Verify(w.Context(), county, nil); err != nil || v.Lines != 4 || len(v.Wrong) > 0 {
		t.Errorf("%v %+v", err, v)
	}
}
