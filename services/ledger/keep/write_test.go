package keep_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"feisui/pkg/access"
	"feisui/pkg/journal"
	"feisui/services/ledger/keep"
)

// TestAListIsWhereTheFiguresWereWhenItWasAskedFor: the figures do not wait for the
// rows, and whoever is answered by them finds it in lists.
func TestAListIsWhereTheFiguresWereWhenItWasAskedFor(t *testing.T) {
	t.Parallel()
	d := newDrawer(7, "a", 4)
	w := begun(t, d, 5)
	l := w.open()
	w.running(l)
	w.quiet(l) // or what it announces of the beginning would be written just now
	tx, err := w.another("holder").Begin(t.Context())
	w.must(err)
	defer tx.Rollback(t.Context())
	_, err = tx.Exec(t.Context(), `select from ledger.book where county = $1 for update`, w.county) // so that no rows are written
	w.must(err)
	was, _ := l.Written()
	receipt := w.append(d.next())
	l.News()
	w.must(l.Passed(t.Context(), receipt.Last))
	if at, _ := l.Reached(); at < receipt.Last {
		t.Errorf("the figures passed %d and are at %d", receipt.Last, at)
	}
	if written, _ := l.Written(); written != was {
		t.Errorf("rows were written up to %d while somebody else held the book", written)
	}
	l.Impatient(50 * time.Millisecond) // the control: who does not wait is given what was before, and told so
	if list, err := l.Tasks(t.Context(), keep.TaskFilter{Within: access.Scope{All: true}}, everything); err != nil || list.Position != was {
		t.Errorf("a list that could not wait is of position %d, %v; want %d", list.Position, err, was)
	}
	l.Impatient(time.Minute)
	listed := make(chan int64, 3)
	for _, ask := range []func() (int64, error){
		func() (int64, error) {
			list, err := l.Tasks(t.Context(), keep.TaskFilter{Within: access.Scope{All: true}}, everything)
			return list.Position, err
		},
		func() (int64, error) {
			list, err := l.Flags(t.Context(), keep.FlagFilter{Within: access.Scope{All: true}}, everything)
			return list.Position, err
		},
		func() (int64, error) {
			list, err := l.Communities(t.Context(), keep.CommunityFilter{Within: access.Scope{All: true}}, everything)
			return list.Position, err
		},
	} {
		go func() {
			at, err := ask()
			if err != nil {
				t.Error(err)
			}
			listed <- at
		}()
	}
	w.must(tx.Rollback(t.Context()))
	for range cap(listed) {
		if at := <-listed; at < receipt.Last {
			t.Errorf("a list is of position %d, and the figures had passed %d", at, receipt.Last)
		}
	}
}

// TestManyRowsStandBack: what many communities wait for in lists is written once
// others need the processors no more; what a command changes is written at once.
func TestManyRowsStandBack(t *testing.T) {
	t.Parallel()
	d := newDrawer(9, "a", 120)
	w := begun(t, d, 5)
	c := w.config(w.pool)
	asked, over := make(chan struct{}, 100), make(chan struct{})
	c.StandBack = func(context.Context) {
		asked <- struct{}{}
		<-over
	}
	l, err := keep.Open(t.Context(), c)
	w.must(err)
	w.running(l)
	was, _ := l.Written()
	receipt := w.append(d.next())
	l.News()
	w.until("a command's rows are written", func() bool { at, _ := l.Written(); return at >= receipt.Last })
	if len(asked) > 0 || was >= receipt.Last {
		t.Error("a command's rows stood back")
	}
	w.quiet(l) // what is on its way to be written could take the rest along
	var many []journal.Pending
	for range 400 {
		many = append(many, d.next()...)
	}
	receipt = w.append(many)
	l.News()
	w.must(l.Passed(t.Context(), receipt.Last))
	<-asked
	if at, _ := l.Written(); at >= receipt.Last {
		t.Errorf("written up to %d while others needed the processors", at)
	}
	close(over)
	w.quiet(l)
	w.right()
}

// TestRowsGatherWhileTheyCannotBeWritten: however much comes meanwhile, the rows
// then are those of a book that is written at one go.
func TestRowsGatherWhileTheyCannotBeWritten(t *testing.T) {
	t.Parallel()
	d := newDrawer(8, "a", 4)
	w := begun(t, d, 5)
	l := w.open()
	w.running(l)
	for range 3 {
		w.must(pgx.BeginFunc(t.Context(), w.another("holder"), func(tx pgx.Tx) error {
			if _, err := tx.Exec(t.Context(), `select from ledger.book where county = $1 for update`, w.county); err != nil {
				return err
			}
			for range 10 {
				receipt := w.append(d.next())
				l.News()
				if err := l.Passed(t.Context(), receipt.Last); err != nil {
					return err
				}
			}
			return nil
		}))
		w.append(d.next())
	}
	l.News()
	w.quiet(l) // what it makes of this, it announces in the same journal
	w.right()
}
