package keep_test

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"feisui/pkg/access"
	"feisui/services/people"
	"feisui/services/people/keep"
)

// TestWhatOnePersonTakesIsCountedOnce: many ask at once of two processes, by two accounts,
// and as many files as an hour has are answered; a process that starts anew knows of them,
// and an hour later there are more. The control is another person.
func TestWhatOnePersonTakesIsCountedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := w.open(w.pool)
	accounts := []access.Principal{{ID: "person:a", Person: "p"}, {ID: "person:b", Person: "p"}}
	r := access.Record{County: county, Actor: "person:a", Operation: "money", Target: "/v1/counties/rucheng/money?format=csv", Address: "192.0.2.1"}
	var answered, refused atomic.Int64
	all(8, func(i int) {
		from := []*keep.People{w.people, other}[i%2]
		for range people.FilesHour / 4 {
			switch _, err := from.TakeFile(w.Context(), accounts[i/2%2], r, 10); {
			case err == nil:
				answered.Add(1)
			case code(err) == people.BulkRead:
				refused.Add(1)
			default:
				w.Error(err)
			}
		}
	})
	if answered.Load() != people.FilesHour || refused.Load() != people.FilesHour {
		t.Errorf("%d answered, %d refused", answered.Load(), refused.Load())
	}
	alarms, err := w.people.Trail.Alarms(w.Context(), county, 0, 10)
	w.must(err)
	if len(alarms) == 0 || alarms[0].Actor != "person:a" || alarms[0].Operation != "money" {
		t.Fatalf("alarms %+v", alarms)
	}
	if asked, much := people.TakenIn(alarms[len(alarms)-1].Target); asked != r.Target || much.Files < people.FilesAlarm || much.Files > people.FilesAlarm+8 { // eight at once
		t.Errorf("the alarm says %q %+v", asked, much)
	}
	again := w.open(w.pool) // a restart
	if much, err := again.MayTakeFile(w.Context(), accounts[0], county); code(err) != people.BulkRead || much.Files != people.FilesHour || much.Rows != people.FilesHour*10 {
		t.Errorf("after a restart: %+v, %v", much, err)
	}
	for _, free := range []access.Principal{{ID: "person:c", Person: "q"}, {ID: "operator:machine", Grants: []access.Grant{{Role: access.Operator}}}} {
		if _, err := again.MayTakeFile(w.Context(), free, county); err != nil {
			t.Errorf("control: %s: %v", free.ID, err)
		}
	}
	w.now.Add(int64(people.Hour))
	if _, err := again.TakeFile(w.Context(), accounts[1], r, 10); err != nil {
		t.Errorf("an hour later: %v", err)
	}
}

// TestAFileWithoutItsAlarmIsNotAnswered: an alarm that cannot be raised is raised with the
// next file.
func TestAFileWithoutItsAlarmIsNotAnswered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	log := &away{Pool: w.pool}
	p := w.open(log)
	who, r := access.Principal{ID: "person:a", Person: "p"}, access.Record{County: county, Actor: "person:a", Operation: "tasks"}
	for i := range people.FilesAlarm - 1 {
		if _, err := p.TakeFile(w.Context(), who, r, 1); err != nil {
			t.Fatal(i, err)
		}
	}
	log.lines.Store(true)
	if _, err := p.TakeFile(w.Context(), who, r, 1); !errors.Is(err, keep.ErrUntold) {
		t.Errorf("the alarm is nowhere, and yet: %v", err)
	}
	log.lines.Store(false)
	if _, err := p.TakeFile(w.Context(), who, r, 1); err != nil {
		t.Error(err)
	}
	alarms, err := p.Trail.Alarms(w.Context(), county, 0, 10)
	w.must(err)
	if len(alarms) != 1 || alarms[0].Target != " files=21 rows=21" || alarms[0].Decision != access.Done {
		t.Errorf("alarms %+v", alarms)
	}
}

// TestPagesThatAreReadAreCounted: without a word to the database but every thousand rows;
// who has read too much gets no larger page, in another process once that has counted too.
func TestPagesThatAreReadAreCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	who, r := access.Principal{ID: "person:a", Person: "p"}, access.Record{County: county, Actor: "person:a", Operation: "tasks"}
	kept := func() (n, rows int64) {
		w.must(w.pool.QueryRow(w.Context(), `select count(*), coalesce(sum(rows), 0)::bigint from people.bulk_read`).Scan(&n, &rows))
		return n, rows
	}
	for range 9 {
		w.people.Read(w.Context(), who, r, 111)
	}
	if n, _ := kept(); n != 0 {
		t.Errorf("999 rows are kept in %d", n)
	}
	w.people.Read(w.Context(), who, r, 1)
	if n, rows := kept(); n != 1 || rows != 1000 {
		t.Errorf("%d rows are kept in %d", rows, n)
	}
	if _, err := w.people.MayReadOn(who, county); err != nil {
		t.Error(err)
	}
	w.people.Read(w.Context(), who, r, people.RowsDay)
	if much, err := w.people.MayReadOn(who, county); code(err) != people.BulkRead || much.Rows != people.RowsDay+1000 {
		t.Errorf("%+v, %v", much, err)
	}
	if _, err := w.people.MayTakeFile(w.Context(), who, county); code(err) != people.BulkRead {
		t.Errorf("a file: %v", err)
	}
	other := w.open(w.pool)
	other.Read(w.Context(), who, r, 1000)
	if _, err := other.MayReadOn(who, county); code(err) != people.BulkRead {
		t.Errorf("another process: %v", err)
	}
	w.now.Add(int64(25 * time.Hour / time.Second))
	if _, err := w.people.MayReadOn(who, county); err != nil {
		t.Errorf("a day later: %v", err)
	}
}
