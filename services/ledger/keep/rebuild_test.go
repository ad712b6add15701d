package keep_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"feisui/pkg/book"
	"feisui/pkg/civil"
	"feisui/pkg/figure"
	"feisui/services/ledger/keep"
)

// generations counts the rows of each generation, in every table of the book.
func (w *world) generations() map[int64]int {
	w.Helper()
	counts := map[int64]int{}
	for _, table := range append(keep.TableNames(), "book") {
		rows, err := w.pool.Query(w.Context(), `select generation, count(*) from ledger.`+table+` where county = $1 group by 1`, w.county)
		w.must(err)
		var generation int64
		var n int
		_, err = pgx.ForEachRow(rows, []any{&generation, &n}, func() error {
			counts[generation] += n
			return nil
		})
		w.must(err)
	}
	return counts
}

// TestARebuildIsEqualAndSwitched is B2: the new book is live, the old one gone,
// and both ledgers go on with it, also the one that was not told.
func TestARebuildIsEqualAndSwitched(t *testing.T) {
	t.Parallel()
	d := newDrawer(2, "a", 5)
	d.days, d.poison = true, 40
	w := begun(t, d, 60)
	l, other := w.open(), w.open()
	for round := range int64(3) {
		r, err := l.Rebuild(t.Context(), false)
		w.must(err)
		if !r.Switched || len(r.Differences) > 0 || r.Position != w.head() || r.Rows < 20 {
			t.Errorf("rebuilt as %+v", r)
		}
		if g := w.generations(); len(g) != 1 || g[2+2*round] == 0 {
			t.Errorf("rows by generation: %v", g)
		}
		w.right()
		for range 10 {
			w.append(d.next())
			w.must(l.CatchUp(t.Context()))
			w.append(d.next())
			w.must(other.CatchUp(t.Context()))
			w.right()
		}
		if other.Generation() != l.Generation() {
			t.Errorf("one writes generation %d, the other %d", l.Generation(), other.Generation())
		}
		// And the other way round; the one that lags is behind the new book, too.
		w.append(d.next())
		w.must(other.CatchUp(t.Context()))
		if _, err := other.Rebuild(t.Context(), false); err != nil {
			t.Error(err)
		}
		for range 5 {
			w.append(d.next())
			w.must(other.CatchUp(t.Context()))
		}
		w.must(l.CatchUp(t.Context()))
		w.append(d.next())
		w.must(l.CatchUp(t.Context()))
		w.right()
	}
}

// TestARebuildFindsWhatWasChanged: any row of any table.
func TestARebuildFindsWhatWasChanged(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ statement, table, row string }{
		"an account": {`update ledger.account set confirmed = 12345 where account = '990101001001'`, "ledger.account: 2 rows", `"account": "990101001001"`},
		"a task":     {`delete from ledger.task where no = (select min(no) from ledger.task)`, "ledger.task: 1 rows", `"no": "JB-`},
		"a payment":  {`update ledger.payment set amount = 12345 where voucher = (select min(voucher) from ledger.payment)`, "ledger.payment: 2 rows", `"voucher": "PZ-`},
		"a flag":     {`update ledger.flag set subject = 'JB-nobody' where subject = (select min(subject) from ledger.flag)`, "ledger.flag: 2 rows", `"rule": "`},
		"one kept":   {`insert into ledger.kept select county, generation, 3, '', 'planted' from ledger.book`, "ledger.kept: 1 rows", `planted`},
		"the day":    {`update ledger.book set day = day + 1`, "ledger.book", `the live one is at day`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDrawer(2, "a", 5)
			w := begun(t, d, 60)
			l := w.open()
			w.sql(c.statement)
			at, before := w.book()
			generations := fmt.Sprint(w.generations())
			r, err := l.Rebuild(t.Context(), false)
			w.must(err)
			if r.Switched || len(r.Differences) != 1 || !strings.Contains(r.Differences[0], c.table) || !strings.Contains(r.Differences[0], c.row) {
				t.Errorf("rebuilt as %+v, want %s … %s", r, c.table, c.row)
			}
			now, after := w.book()
			for _, table := range keep.TableNames() {
				if !slices.Equal(canonical(w, before[table]), canonical(w, after[table])) {
					t.Errorf("ledger.%s was changed all the same", table)
				}
			}
			if now != at || fmt.Sprint(w.generations()) != generations {
				t.Errorf("at %d, was at %d; rows by generation %v, were %s", now, at, w.generations(), generations)
			}
			r, err = l.Rebuild(t.Context(), true)
			w.must(err)
			if !r.Switched || len(r.Differences) != 1 || len(w.generations()) != 1 {
				t.Errorf("accepted, and rebuilt as %+v", r)
			}
			w.right()
			w.append(d.next())
			w.must(l.CatchUp(t.Context()))
			w.right()
		})
	}
}

// TestARebuildWhileFourAppend: two ledgers run, and one of them rebuilds all the
// time. Every rebuild that happens is equal.
func TestARebuildWhileFourAppend(t *testing.T) {
	t.Parallel()
	first := newDrawer(4, "z", 6)
	first.days = true
	w := begun(t, first, 10)
	l, other := w.open(), w.open()
	stop, stopOther := w.running(l), w.running(other)
	ctx, enough := context.WithCancel(t.Context())
	var writers sync.WaitGroup
	for i := range 4 {
		d := newDrawer(uint64(40+i), fmt.Sprint("w", i), 6)
		d.days = i == 0
		writers.Go(func() {
			for ctx.Err() == nil {
				time.Sleep(20 * time.Millisecond) // or all of the time would be theirs
				w.append(d.next())
				l.News()
				other.News()
			}
		})
	}
	rebuilt, refused := 0, 0
	for end := time.Now().Add(hungAfter); rebuilt < 5 && time.Now().Before(end); {
		r, err := l.Rebuild(t.Context(), false)
		switch {
		case err != nil: // the other one moved the book meanwhile
			if refused++; !strings.Contains(err.Error(), "try again") {
				t.Error(err)
			}
		case !r.Switched || len(r.Differences) > 0:
			t.Errorf("rebuilt as %+v", r)
		default:
			rebuilt++
		}
	}
	enough()
	writers.Wait()
	w.quiet(l, other)
	stop()
	stopOther()
	w.right()
	figure.Logf(t, "rebuilt %d times, %d times the book moved meanwhile", rebuilt, refused)
	if rebuilt < 5 {
		t.Errorf("rebuilt %d times only", rebuilt)
	}
}

// A rebuild finds the live book restored to an earlier state, or replaced, and
// nothing has happened since that would tell.
func TestARebuildOfAnotherBook(t *testing.T) {
	t.Parallel()
	d := newDrawer(2, "a", 5)
	w := begun(t, d, 20)
	l, other := w.open(), w.open()
	putBack := w.keepCopy()
	for range 20 {
		w.append(d.next())
	}
	w.must(l.CatchUp(t.Context()))
	w.must(other.CatchUp(t.Context()))
	putBack()
	r, err := l.Rebuild(t.Context(), false)
	w.must(err)
	if !r.Switched {
		t.Errorf("rebuilt as %+v", r)
	}
	w.right()
	if _, err := other.Rebuild(t.Context(), false); err == nil || !strings.Contains(err.Error(), "rebuilt by somebody else: try again") {
		t.Errorf("a rebuild of a book that is gone: %v", err)
	}
	if r, err = other.Rebuild(t.Context(), false); err != nil || !r.Switched {
		t.Errorf("tried again: %+v, %v", r, err)
	}
	w.right()
}

// Another calendar, or other rules: the book is written anew at the start.
func TestOtherRulesWriteTheBookAnew(t *testing.T) {
	t.Parallel()
	d := newDrawer(6, "a", 4)
	d.days = true
	w := begun(t, d, 60)
	w.open()
	w.right()
	amended, err := civil.China().Amend(strings.NewReader("2025-01-07,休\n2025-01-08,休\n2025-01-09,休\n2025-01-10,休\n2025-01-13,休\n2025-01-14,休\n2025-01-15,休\n"))
	w.must(err)
	c := w.config(w.pool)
	c.Calendar = amended
	if _, err := keep.Open(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	other, _, err := keep.Fold(t.Context(), w.journal, w.county, w.head(), amended)
	w.must(err)
	other.Judge()
	want, err := keep.Rows(other)
	w.must(err)
	_, have := w.book()
	for _, table := range keep.TableNames() {
		if !slices.Equal(canonical(w, have[table]), canonical(w, want[table])) {
			t.Errorf("ledger.%s is not by the other calendar", table)
		}
	}
	if w.wrong() == "" { // the control: the calendars do differ here
		t.Error("seven holidays make no difference")
	}
	w.open()
	w.right()
	// The control: without the edition nobody would see that a row is another's.
	w.sql(`update ledger.task set lamp = 'mauve'`)
	w.open()
	if w.wrong() == "" {
		t.Error("of the same rules the book is written anew, too")
	}
	w.sql(`update ledger.book set rules = '0/older'`)
	w.open()
	w.right()
}

// A ledger of other rules that was started last keeps the book; the one that ran
// before ends, rather than contradict it in the journal for ever.
func TestTheLedgerThatWasStartedLastIsRight(t *testing.T) {
	t.Parallel()
	d := newDrawer(7, "a", 4)
	d.days = true
	w := begun(t, d, 60)
	first := w.open()
	c := w.config(w.pool)
	amended, err := civil.China().Amend(strings.NewReader("2025-01-07,休\n2025-01-08,休\n2025-01-09,休\n2025-01-10,休\n2025-01-13,休\n"))
	w.must(err)
	c.Calendar = amended
	second, err := keep.Open(t.Context(), c)
	w.must(err)
	ended := make(chan error, 1)
	go func() { ended <- first.Run(t.Context(), nil) }()
	w.append(d.next())
	first.News()
	select {
	case err := <-ended:
		if !errors.Is(err, keep.ErrOutdated) || !errors.Is(err, book.ErrBroken) {
			t.Errorf("the ledger that ran before ended with %v", err)
		}
	case <-time.After(hungAfter):
		t.Fatal("the ledger that ran before goes on")
	}
	stop := w.running(second)
	defer stop()
	w.until("the other has taken it in", func() bool { return second.At() == w.head() })
}
