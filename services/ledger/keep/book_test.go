package keep_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestTheBookIsWhatTheJournalSays: whatever the steps in which it was taken in,
// B1 and the rows of B2.
func TestTheBookIsWhatTheJournalSays(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			d := newDrawer(seed, "a", 6)
			d.days = true
			w := begun(t, d, 0)
			l := w.open()
			for i := range 120 {
				w.append(d.next())
				if d.dice.IntN(3) > 0 {
					w.must(l.CatchUp(t.Context()))
				}
				if i%30 == 29 {
					w.must(l.CatchUp(t.Context()))
					w.right()
				}
			}
			_, rows := w.book()
			for _, table := range []string{"account", "task", "payment", "flag"} {
				if len(rows[table]) < 6 {
					t.Errorf("ledger.%s has %d rows: little was shown", table, len(rows[table]))
				}
			}
			for _, account := range rows["account"] {
				if !strings.Contains(account, `"blocked_at": 0`) {
					t.Errorf("nothing was wrong, and yet %s", account)
				}
			}
			w.sums()
		})
	}
}

// sums looks whether an account's row says what its tasks and flags add up to.
func (w *world) sums() {
	w.Helper()
	var accounts, differ int
	w.must(w.pool.QueryRow(w.Context(), `
		select count(*), count(*) filter (where a.tasks <> t.n or a.allocated <> t.allocated or a.unfunded <> t.unfunded or a.red <> f.red or a.yellow <> f.yellow
			or a.confirmed <> p.confirmed)
		from ledger.account a
		cross join lateral (select count(*) n, coalesce(sum(allocated), 0) allocated, count(*) filter (where status = 'unfunded') unfunded
			from ledger.task t where (t.county, t.generation, t.account) = (a.county, a.generation, a.account)) t
		cross join lateral (select count(*) filter (where lamp = 'red') red, count(*) filter (where lamp = 'yellow') yellow
			from ledger.flag f where (f.county, f.generation, f.account) = (a.county, a.generation, a.account)) f
		cross join lateral (select coalesce(sum(confirmed), 0) confirmed
			from ledger.payment p where (p.county, p.generation, p.account) = (a.county, a.generation, a.account)) p
		where a.community and a.blocked_at = 0`).Scan(&accounts, &differ))
	if accounts == 0 || differ > 0 {
		w.Errorf("%d of %d accounts do not say what their tasks, payments and flags add up to", differ, accounts)
	}
}

// TestADifferenceIsSeen is the control of all that compares the book: each of
// these is what an effect without its position, or a position without its
// effect, would leave.
func TestADifferenceIsSeen(t *testing.T) {
	t.Parallel()
	for name, statement := range map[string]string{
		"a row that is missing":   `delete from ledger.task where no = (select min(no) from ledger.task)`,
		"a row that was changed":  `update ledger.account set confirmed = confirmed + 1 where account = (select min(account) from ledger.account)`,
		"a row too many":          `insert into ledger.kept select county, generation, 3, '', 'nothing' from ledger.book`,
		"a flag of another date":  `update ledger.flag set since = since + 1 where subject = (select min(subject) from ledger.flag)`,
		"a position without rows": `update ledger.book set position = 0`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := begun(t, newDrawer(1, "a", 4), 40)
			w.open()
			w.right()
			w.sql(statement)
			if w.wrong() == "" {
				t.Error("nothing is found to be wrong")
			}
		})
	}
}

// Whatever position the book is at when the program starts: each is a county of
// its own.
func TestAStartAtAnyPosition(t *testing.T) {
	t.Parallel()
	d := newDrawer(3, "a", 3)
	d.days, d.poison = true, 12
	events := d.pending(d.begin()...)
	for range 25 {
		events = append(events, d.next()...)
	}
	w := newWorld(t)
	for p := range len(events) + 1 {
		w := *w
		w.county = fmt.Sprint("at", p)
		w.must(w.journal.CreateCounty(t.Context(), w.county, "某县"))
		w.append(events[:p])
		if l := w.open(); l.At() != int64(p) {
			t.Fatalf("%d entries, and the book is at %d", p, l.At())
		}
		w.right()
		w.append(events[p:])
		if l := w.open(); l.At() != int64(len(events)) {
			t.Fatalf("started at %d, and is at %d", p, l.At())
		}
		w.right()
	}
}
