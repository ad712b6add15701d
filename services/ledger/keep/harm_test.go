package keep_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"feisui/pkg/book"
	"feisui/pkg/figure"
	"feisui/pkg/pgtest"
	"feisui/services/ledger/keep"
)

// kill ends the connections of a name, every now and then, until stop is called,
// which says how many it ended.
func (w *world) kill(name string) (stop func() int) {
	w.Helper()
	c, err := pgx.ConnectConfig(w.Context(), w.pool.Config().ConnConfig)
	w.must(err)
	ctx, cancel := context.WithCancel(context.WithoutCancel(w.Context()))
	var killing sync.WaitGroup
	killed := 0
	killing.Go(func() {
		for ctx.Err() == nil {
			// What has begun to write is in the middle of it.
			rows, err := c.Query(context.WithoutCancel(ctx), `
				select pg_terminate_backend(pid) from pg_stat_activity
				where datname = current_database() and application_name = $1 and xact_start is not null`, name)
			if err != nil {
				w.Error(err)
				return
			}
			for rows.Next() {
				killed++
			}
			time.Sleep(time.Duration(rand.IntN(3000)) * time.Microsecond)
		}
	})
	stop = func() int {
		cancel()
		killing.Wait()
		w.must(c.Close(context.WithoutCancel(ctx)))
		return killed
	}
	return stop
}

// TestRowsAndPositionMoveTogether is B1 under connections that are ended in the
// middle of writes, while entries are appended. Two ledgers write.
func TestRowsAndPositionMoveTogether(t *testing.T) {
	t.Parallel()
	d := newDrawer(5, "a", 8)
	d.days = true
	w := begun(t, d, 10)
	w.open()
	stop := w.kill("ledger")
	ctx, cancel := context.WithCancel(t.Context())
	var ledgers sync.WaitGroup
	var mu sync.Mutex
	failed := 0
	for range 2 {
		pool := w.another("ledger")
		ledgers.Go(func() {
			var l *keep.Ledger
			for end := time.Now().Add(hungAfter); ; {
				last := ctx.Err() != nil // nothing is killed any more: once more, to the end
				var err error
				if l == nil {
					if l, err = keep.Open(t.Context(), w.config(pool)); err != nil {
						l = nil
					}
				} else {
					err = l.CatchUp(t.Context())
				}
				mu.Lock()
				if err != nil {
					failed++
				}
				mu.Unlock()
				if last && err == nil {
					return
				}
				if time.Now().After(end) {
					w.Errorf("it comes to no end: %v", err)
					return
				}
				if !last && rand.IntN(100) == 0 {
					l = nil // as if it was started anew
				}
			}
		})
	}
	looked := 0
	for range 300 {
		w.append(d.next())
		if d.dice.IntN(30) == 0 {
			if wrong := w.wrong(); wrong != "" {
				t.Error(wrong)
			}
			looked++
		}
	}
	killed := stop()
	cancel()
	ledgers.Wait()
	w.right()
	figure.Logf(t, "%d connections were ended, %d passes failed, looked %d times in between", killed, failed, looked)
	if killed < 20 || failed < 20 {
		t.Error("too few to show anything")
	}
}

// keepCopy keeps the book as it is; the function that it gives puts it back, as
// a backup does.
func (w *world) keepCopy() (putBack func()) {
	w.Helper()
	copied := fmt.Sprint("copy", rand.IntN(1_000_000_000))
	keeping, restore := `create schema `+copied, ``
	for _, table := range append(keep.TableNames(), "book") {
		keeping += `; create table ` + copied + `.` + table + ` as select * from ledger.` + table
		restore += `; delete from ledger.` + table + `; insert into ledger.` + table + ` select * from ` + copied + `.` + table
	}
	w.sql(keeping)
	return func() { w.sql(`begin` + restore + `; commit`) }
}

func TestABookThatWasRestored(t *testing.T) {
	t.Parallel()
	for name, harm := range map[string]func(w *world) func(){
		"from an earlier state": (*world).keepCopy,
		"the row is gone":       func(w *world) func() { return func() { w.sql(`delete from ledger.book`) } },
		"all of it is gone": func(w *world) func() {
			return func() {
				w.sql(`truncate ledger.book, ledger.account, ledger.task, ledger.payment, ledger.flag, ledger.kept`)
			}
		},
		"a row of a second ledger": func(w *world) func() { return func() { w.must(w.open().CatchUp(w.Context())) } },
	} {
		for _, running := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, running %t", name, running), func(t *testing.T) {
				t.Parallel()
				d := newDrawer(8, "a", 4)
				d.days, d.poison = true, 30
				w := begun(t, d, 20)
				l := w.open()
				do := harm(w)
				for range 3 {
					for range 15 {
						w.append(d.next())
						w.must(l.CatchUp(t.Context()))
					}
					w.right()
					do()
					w.append(d.next())
					if !running {
						l = w.open()
					}
					w.must(l.CatchUp(t.Context()))
					w.right()
				}
			})
		}
	}
}

// What a ledger writes depends on where the book is, so that must stay as it was
// read: here it is restored in the same moment.
func TestABookThatIsRestoredInTheMiddle(t *testing.T) {
	t.Parallel()
	d := newDrawer(9, "a", 4)
	w := begun(t, d, 20)
	pool := w.another("ledger")
	l, err := keep.Open(t.Context(), w.config(pool))
	w.must(err)
	w.append(d.next())
	owner := pgtest.Owner(t, w.pool) // who sees what others wait for
	tx, err := owner.Begin(t.Context())
	w.must(err)
	defer tx.Rollback(t.Context())
	_, err = tx.Exec(t.Context(), `update ledger.book set position = 0, hash = decode(repeat('00', 32), 'hex'), day = null`)
	w.must(err)
	taken := make(chan error, 1)
	go func() { taken <- l.CatchUp(t.Context()) }()
	w.until("the ledger waits", func() (waits bool) {
		w.must(owner.QueryRow(t.Context(), `
			select exists (select from pg_stat_activity
				where datname = current_database() and application_name = 'ledger' and wait_event_type = 'Lock')`).Scan(&waits))
		return waits
	})
	for _, table := range keep.TableNames() {
		_, err = tx.Exec(t.Context(), `delete from ledger.`+table)
		w.must(err)
	}
	w.must(tx.Commit(t.Context()))
	w.must(<-taken)
	w.right()
}

// A book that two ledgers keep, in turns of any length.
func TestTwoLedgersInTurns(t *testing.T) {
	t.Parallel()
	d := newDrawer(9, "a", 4)
	d.days, d.poison = true, 60
	w := begun(t, d, 5)
	both := []*keep.Ledger{w.open(), w.open()}
	for range 150 {
		w.append(d.next())
		if d.dice.IntN(2) == 0 {
			w.must(both[d.dice.IntN(2)].CatchUp(t.Context()))
			if wrong := w.wrong(); wrong != "" {
				t.Fatal(wrong)
			}
		}
	}
	for _, l := range both {
		w.must(l.CatchUp(t.Context()))
		w.right()
	}
}

// The end of the journal is lost, as when it is restored from a backup and the
// book is not.
func TestABookAheadOfTheJournalIsRefused(t *testing.T) {
	t.Parallel()
	d := newDrawer(1, "a", 3)
	w := begun(t, d, 10)
	l := w.open()
	at := w.head()
	w.sql(`alter table journal.entry disable trigger all; delete from journal.entry where position > 12`)
	_, err := keep.Open(t.Context(), w.config(w.pool))
	if !errors.Is(err, keep.ErrAhead) || !strings.Contains(err.Error(), fmt.Sprintf("the book of rucheng was at position %d, and the journal ends at 12", at)) ||
		!strings.Contains(err.Error(), "restore the journal") {
		t.Errorf("a book ahead is opened with: %v", err)
	}
	before, rows := w.book()
	// Another history: it grows until it is as long, and longer.
	w.sql(`alter table journal.request disable trigger all; delete from journal.request where last > 12`)
	for w.head() < at+1 {
		w.append(d.pending(d.assign()))
	}
	if _, err = keep.Open(t.Context(), w.config(w.pool)); !errors.Is(err, keep.ErrAhead) || !strings.Contains(err.Error(), "another entry") {
		t.Errorf("a book of another history is opened with: %v", err)
	}
	// A ledger that was running sees it too, and stops rather than mix the two.
	ctx, cancel := context.WithTimeout(t.Context(), hungAfter) // lest it runs on
	defer cancel()
	if err := l.Run(ctx, nil); !errors.Is(err, keep.ErrAhead) || !errors.Is(err, book.ErrBroken) {
		t.Errorf("a running ledger goes on with another history: %v", err)
	}
	if at, after := w.book(); at != before || len(after["task"]) != len(rows["task"]) {
		t.Error("the book was changed all the same")
	}
}

// A gap ends a running ledger, at once and with all that it began.
func TestARunningLedgerEndsWithABrokenBook(t *testing.T) {
	t.Parallel()
	d := newDrawer(1, "a", 3)
	w := begun(t, d, 10)
	l := w.open()
	w.append(d.pending(d.assign(), d.assign(), d.assign()))
	w.sql(fmt.Sprint(`alter table journal.entry disable trigger all; delete from journal.entry where position = `, w.head()-1))
	ended := make(chan error, 1)
	go func() { ended <- l.Run(t.Context(), nil) }()
	select {
	case err := <-ended:
		if !errors.Is(err, book.ErrBroken) {
			t.Errorf("Run gave %v", err)
		}
	case <-time.After(hungAfter):
		t.Error("the book is broken, and the ledger runs on")
	}
}
