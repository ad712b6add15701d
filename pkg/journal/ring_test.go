package journal_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"feisui/pkg/journal"
	"feisui/pkg/pgtest"
)

// deaf is a database that counts what it is asked, and whose answers may be lost.
type deaf struct {
	journal.Database
	asked atomic.Int64
	lose  atomic.Bool // the next answer of an append
}

func (d *deaf) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	d.asked.Add(1)
	return d.Database.Query(ctx, sql, args...)
}

func (d *deaf) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	row := d.Database.QueryRow(ctx, sql, args...)
	if strings.Contains(sql, "journal.append") && d.lose.Swap(false) {
		return lost{row}
	}
	return row
}

// lost is an answer that was given and did not arrive.
type lost struct{ pgx.Row }

func (l lost) Scan(to ...any) error { return errors.Join(io.ErrUnexpectedEOF, l.Row.Scan(to...)) }

// ringed is a journal with a watch that hears its bells, and another process's
// journal on the same database, whose bells nobody hears.
type ringed struct {
	*testing.T
	pool  *pgxpool.Pool
	db    *deaf
	j     *journal.Journal
	other *journal.Journal
	w     *journal.Watch
	n     int
}

func newRinged(t *testing.T) *ringed {
	t.Helper()
	r := &ringed{T: t, pool: pgtest.New(t, journal.Tables)}
	r.db = &deaf{Database: r.pool}
	r.other = on(t, r.pool, time.Now)
	var err error
	r.j, err = journal.Open(t.Context(), r.db, time.Now, journal.Volatile(), journal.AnyClock(), journal.Bulk(20),
		journal.Bell(func(county string, position int64) { r.w.Heard(county, position) }))
	if err != nil {
		t.Fatal(err)
	}
	r.w = r.j.Watch()
	return r
}

// add appends n events as one request.
func (r *ringed) add(to *journal.Journal, n int) {
	r.Helper()
	r.n++
	streams := make([]string, n)
	for i := range streams {
		streams[i] = fmt.Sprintf("task/%d-%d", r.n, i)
	}
	must(r.T, to, request(fmt.Sprint("r", r.n), 1, streams...))
}

// written is all of some entries, as text: what differs in anything differs there.
func written(entries ...journal.Entry) string {
	var b strings.Builder
	for _, e := range entries {
		fmt.Fprintf(&b, "%#v\n", journal.Plain(e))
	}
	return b.String()
}

// look has the watch look.
func (r *ringed) look() {
	r.Helper()
	if _, err := r.w.Look(r.Context()); err != nil {
		r.Fatal(err)
	}
}

// after reads what the watch gives after a position, and how often it asks for it.
func (r *ringed) after(position int64, limit int) (got []journal.Entry, asked int64) {
	r.Helper()
	before := r.db.asked.Load()
	for e, err := range r.w.After(r.Context(), county, position, limit) {
		if err != nil {
			r.Fatal(err)
		}
		got = append(got, journal.Plain(e))
	}
	return got, r.db.asked.Load() - before
}

// same fails unless the watch gives what the database has, and asks it or not.
func (r *ringed) same(what string, position int64, asks bool) {
	r.Helper()
	got, asked := r.after(position, 0)
	if want := all(r.T, r.other)[position:]; written(got...) != written(want...) {
		r.Errorf("%s: after %d it gives\n%+v\nwant\n%+v", what, position, got, want)
	}
	if asks != (asked > 0) {
		r.Errorf("%s: after %d it asks the database %d times", what, position, asked)
	}
	var batch []journal.Entry
	for _, e := range r.w.Batch(county, position) {
		batch = append(batch, journal.Plain(e))
	}
	if want := all(r.T, r.other)[position:]; len(batch) > len(want) || written(batch...) != written(want[:len(batch)]...) {
		r.Errorf("%s: as a batch after %d it gives\n%+v\nwant\n%+v", what, position, batch, want)
	}
	if !asks && len(got) > 0 && len(batch) == 0 {
		r.Errorf("%s: after %d it has no batch", what, position)
	}
}

// TestWhatWasAppendedHereIsNotReadBack: it is given as the database has it, byte
// for byte, and the database is not asked.
func TestWhatWasAppendedHereIsNotReadBack(t *testing.T) {
	t.Parallel()
	r := newRinged(t)
	r.add(r.j, 1)
	for i, accounts := range [][]string{nil, {}, {"a"}, {`a"\`, "b"}, {"a", "b", "a"}} {
		e := journal.Pending{Stream: fmt.Sprint("x/", i), Type: "x.y", Data: []byte(` { "a" : 1.0 ,"b":"一" } `), Accounts: accounts}
		must(t, r.j, journal.Request{County: county, ID: fmt.Sprint("x", i), Kind: journal.Record, Events: []journal.Pending{e}})
		e.Stream += "/2"
		must(t, r.j, journal.Request{County: county, ID: fmt.Sprint("y", i), Kind: journal.Act, Events: []journal.Pending{e, e}})
	}
	r.add(r.j, 50) // by COPY
	last := int64(len(all(t, r.other)))
	for position := range last {
		r.same("all was appended here", position, false)
	}
	for _, limit := range []int{1, 2, 7} {
		if got, asked := r.after(3, limit); len(got) != limit || got[0].Position != 4 || asked != 0 {
			t.Errorf("of at most %d it gives %d, and asks %d times", limit, len(got), asked)
		}
	}
	if got, asked := r.after(last, 0); got != nil || asked != 0 {
		t.Errorf("after the end it gives %v, and asks %d times", got, asked)
	}
	r.w = r.j.Watch() // the control: who was not there has to ask
	r.look()
	r.same("nothing was appended since the watch began", 0, true)
}

// TestWhatIsDoubtfulIsReadFromTheDatabase has a row for each thing that can come
// between an append and who reads it.
func TestWhatIsDoubtfulIsReadFromTheDatabase(t *testing.T) {
	t.Parallel()
	for what, row := range map[string]struct {
		do   func(r *ringed)
		own  []int64 // what is kept in the end
		asks []bool  // after each position, but one: the last entry that was read is known
	}{
		"nothing": {
			func(r *ringed) { r.add(r.j, 2); r.add(r.j, 1) }, []int64{1, 2, 3}, []bool{false, false, false},
		},
		"another process was first": {
			func(r *ringed) { r.add(r.other, 2); r.add(r.j, 1) }, []int64{3}, []bool{true, true, false},
		},
		"another process came after": {
			func(r *ringed) { r.add(r.j, 2); r.add(r.other, 1); r.look() }, []int64{1, 2}, []bool{true, true},
		},
		"another process came between": {
			func(r *ringed) { r.add(r.j, 1); r.add(r.other, 1); r.add(r.j, 1) }, []int64{3}, []bool{true, true, false},
		},
		"more than are kept": {
			func(r *ringed) { r.w.Keep(3, 1<<20); r.add(r.j, 1); r.add(r.j, 2); r.add(r.j, 1) }, []int64{2, 3, 4}, []bool{true, false, false, false},
		},
		"more bytes than are kept": {
			func(r *ringed) { r.w.Keep(100, 1_500); r.add(r.j, 1); r.add(r.j, 1); r.add(r.j, 1) }, []int64{2, 3}, []bool{true, false, false},
		},
		"one request that is more than is kept": {
			func(r *ringed) { r.w.Keep(3, 1<<20); r.add(r.j, 1); r.add(r.j, 4) }, nil, []bool{true, true, true, true},
		},
		"looked at too often": {
			func(r *ringed) {
				r.add(r.j, 1)
				r.look()
				r.add(r.j, 1)
				for range journal.LooksMax {
					r.look()
				}
			}, []int64{2}, []bool{true, false},
		},
		"an answer was lost, and found": {
			func(r *ringed) { r.add(r.j, 1); r.db.lose.Store(true); r.add(r.j, 1); r.look() }, []int64{1}, []bool{true},
		},
		"an answer was lost, and another followed": {
			func(r *ringed) { r.add(r.j, 1); r.db.lose.Store(true); r.add(r.j, 1); r.add(r.j, 1) }, []int64{3}, []bool{true, true, false},
		},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			r := newRinged(t)
			row.do(r)
			if own := r.w.Own(county); !slices.Equal(own, row.own) {
				t.Errorf("kept are %v, want %v", own, row.own)
			}
			for position, asks := range row.asks {
				own := r.w.Own(county)
				if r.same(what, int64(position), asks); !slices.Equal(own, r.w.Own(county)) {
					t.Errorf("reading changed what is kept: %v", r.w.Own(county))
				}
			}
			if n, bytes, batches := r.w.Counted(); n != len(row.own) || (n == 0) != (bytes == 0) || (n == 0) != (batches == 0) {
				t.Errorf("it believes to keep %d entries of %d bytes in %d batches, and keeps %v", n, bytes, batches, row.own)
			}
		})
	}
}

// TestARestoredJournalIsReadAnew: what was appended here and is not in the journal
// any more is given to nobody, once that can be known.
func TestARestoredJournalIsReadAnew(t *testing.T) {
	t.Parallel()
	for what, then := range map[string]func(r *ringed){
		"a look finds that it ends earlier":           func(r *ringed) { r.look() },
		"a look finds another entry where one was":    func(r *ringed) { r.add(r.other, 2); r.look() },
		"an append finds that it has another history": func(r *ringed) { r.add(r.other, 2); r.add(r.j, 1) },
		"what follows does not fit": func(r *ringed) {
			r.add(r.other, 3)
			r.w.Heard(county, 4)
			failed := false
			for e, err := range r.w.After(r.Context(), county, 1, 0) {
				failed = failed || err != nil
				if failed && e.Position > 0 {
					r.Errorf("position %d comes after the error", e.Position)
				}
			}
			if !failed {
				r.Error("two histories were given as one")
			}
		},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			r := newRinged(t)
			r.add(r.j, 1)
			r.add(r.j, 2)
			r.same("before", 0, false)
			owner, err := pgx.ConnectConfig(t.Context(), pgtest.Owner(t, r.pool).Config().ConnConfig)
			if err != nil {
				t.Fatal(err)
			}
			defer owner.Close(t.Context())
			for _, sql := range []string{
				`set session_replication_role = replica`, // triggers do not fire
				`delete from journal.entry where position > 1`, `delete from journal.also where position > 1`, `delete from journal.request where last > 1`,
			} {
				do(t, owner, sql)
			}
			r.n = 100 // other requests, in other streams
			if got, _ := r.after(1, 0); len(got) != 2 {
				t.Errorf("what cannot be known is known: %v", got)
			}
			then(r)
			got, _ := r.after(1, 0)
			if want := all(t, r.other)[1:]; written(got...) != written(want...) {
				t.Errorf("it gives\n%+v\nwant\n%+v", got, want)
			}
		})
	}
}

// broken says how a reader was given something else than what is recorded, or part
// of a request, "" when it was not.
func broken(read [][]journal.Entry, recorded []journal.Entry) string {
	at := 0
	for _, page := range read {
		for _, e := range page {
			if at == len(recorded) || written(e) != written(recorded[at]) {
				return fmt.Sprintf("entry %d was given as the %d.", e.Position, at+1)
			}
			at++
		}
		if at < len(recorded) && recorded[at].Request == recorded[at-1].Request {
			return fmt.Sprintf("a reader stopped at %d, inside a request", at)
		}
	}
	if at < len(recorded) {
		return fmt.Sprintf("a reader stopped at %d of %d", at, len(recorded))
	}
	return ""
}

// TestReadersAtOnceSeeOneJournal: whoever appends, here and elsewhere, and however
// much is kept, each reader is given every request whole, once and in order.
func TestReadersAtOnceSeeOneJournal(t *testing.T) {
	t.Parallel()
	r := newRinged(t)
	r.w.Keep(40, 1<<20)
	var writers, readers sync.WaitGroup
	for i, to := range []*journal.Journal{r.j, r.j, r.j, r.other} {
		writers.Go(func() {
			for n := range 60 {
				streams := make([]string, 1+(n+i)%3)
				for s := range streams {
					streams[s] = fmt.Sprintf("task/%d-%d-%d", i, n, s)
				}
				if _, err := to.Append(t.Context(), request(fmt.Sprint(i, "-", n), 1, streams...)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	var over atomic.Bool
	read := make([][][]journal.Entry, 4)
	for i := range read {
		readers.Go(func() {
			at := int64(0)
			for last := false; !last; {
				last = over.Load()
				if i == 0 || last {
					if _, err := r.w.Look(t.Context()); err != nil {
						t.Error(err)
					}
				}
				var page []journal.Entry
				for e, err := range r.w.After(t.Context(), county, at, 0) {
					if err != nil {
						t.Error(err)
						return
					}
					if _, err := e.Made(func() (any, error) { return string(e.Data), nil }); err != nil {
						t.Error(err)
					}
					page, at = append(page, journal.Plain(e)), e.Position
				}
				if page != nil {
					read[i] = append(read[i], page)
				}
			}
		})
	}
	writers.Wait()
	over.Store(true)
	readers.Wait()
	recorded := all(t, r.other)
	for i, pages := range read {
		if wrong := broken(pages, recorded); wrong != "" {
			t.Errorf("reader %d: %s", i, wrong)
		}
	}
	// The control: mistakes that a ring could make.
	whole := slices.IndexFunc(recorded, func(e journal.Entry) bool { return e.Position > 1 && e.Request == recorded[e.Position-2].Request })
	other := slices.Clone(recorded)
	other[5].Hash[0]++
	for what, pages := range map[string][][]journal.Entry{
		"a hole": {recorded[:5], recorded[6:]}, "twice": {recorded[:5], recorded[4:]}, "the end is missing": {recorded[:len(recorded)-1]},
		"half a request": {recorded[:whole], recorded[whole:]}, "another entry": {other},
	} {
		if broken(pages, recorded) == "" {
			t.Errorf("a planted mistake is not seen: %s", what)
		}
	}
	if broken([][]journal.Entry{recorded}, recorded) != "" {
		t.Error("what is right is called wrong")
	}
}

// TestWhatIsMadeOfAnEntryIsMadeOnce: by all readers together of one that was
// handed over, by each of one that was read.
func TestWhatIsMadeOfAnEntryIsMadeOnce(t *testing.T) {
	t.Parallel()
	r := newRinged(t)
	r.add(r.other, 1)
	r.add(r.j, 1)
	for position, want := range map[int64]int64{0: 3, 1: 1} {
		var made atomic.Int64
		var readers sync.WaitGroup
		for range 3 {
			readers.Go(func() {
				for e, err := range r.w.After(t.Context(), county, position, 1) {
					if err != nil {
						t.Error(err)
						return
					}
					is, err := e.Made(func() (any, error) {
						made.Add(1)
						return string(e.Data), io.EOF
					})
					if is != string(e.Data) || !errors.Is(err, io.EOF) {
						t.Errorf("made was %v, %v", is, err)
					}
				}
			})
		}
		if readers.Wait(); made.Load() != want {
			t.Errorf("of what follows %d it was made %d times, want %d", position, made.Load(), want)
		}
	}
}

// TestALargeRequestIsDecodedWhileItIsStored: its readers find done what they would do,
// each entry's own; of a small one they do it themselves.
func TestALargeRequestIsDecodedWhileItIsStored(t *testing.T) {
	t.Parallel()
	const large = 50
	var ahead atomic.Int64
	done := make(chan struct{})
	pool := pgtest.New(t, journal.Tables)
	j := on(t, pool, time.Now, journal.Bulk(large-1), journal.Decoder(func(kind string, data []byte) (any, error) {
		if ahead.Add(1) == large {
			close(done)
		}
		return kind + " " + string(data), nil
	}))
	w := j.Watch()
	must(t, j, request("small", 1, "task/small"))
	last := must(t, j, history("large", large)).Last
	<-done
	w.Heard(county, last)
	var read, byReaders int
	for range 2 {
		for e, err := range w.After(t.Context(), county, 0, 0) {
			if err != nil {
				t.Fatal(err)
			}
			read++
			is, err := e.Made(func() (any, error) {
				byReaders++
				return e.Type + " " + string(e.Data), nil
			})
			if is != e.Type+" "+string(e.Data) || err != nil {
				t.Errorf("of position %d was made %v, %v", e.Position, is, err)
			}
		}
	}
	if read != 2*(1+large) || ahead.Load() != large || byReaders != 1 {
		t.Errorf("%d were read, %d decoded ahead, %d by readers", read, ahead.Load(), byReaders)
	}
	sound(t, j)
}
