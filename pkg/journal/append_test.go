package journal_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"go.uber.org/goleak"

	"feisui/pkg/journal"
	"feisui/pkg/pgtest"
)

func TestMain(m *testing.M) {
	if url := os.Getenv(appendVariable); url != "" {
		fmt.Println("error", appendForEver(url))
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}

const county = "rucheng"

// open gives an empty journal of one county.
func open(tb testing.TB, more ...journal.Option) (*journal.Journal, *pgxpool.Pool) {
	tb.Helper()
	pool := pgtest.New(tb, journal.Tables)
	return on(tb, pool, time.Now, more...), pool
}

// on opens another journal on the same database, as another process would.
func on(tb testing.TB, pool *pgxpool.Pool, now func() time.Time, more ...journal.Option) *journal.Journal {
	tb.Helper()
	j, err := journal.Open(tb.Context(), pool, now, append(more, journal.Volatile(), journal.AnyClock())...)
	if err != nil {
		tb.Fatal(err)
	}
	if err := j.CreateCounty(tb.Context(), county, "汝城县"); err != nil && !errors.Is(err, journal.ErrCountyExists) {
		tb.Fatal(err)
	}
	return j
}

// request is one that records an event in each stream.
func request(id string, version int64, streams ...string) journal.Request {
	r := journal.Request{
		County: county, ID: id, Fingerprint: sha256.Sum256([]byte(id)), Actor: "D01", Kind: journal.Act, Answer: []byte("answer to " + id),
	}
	for _, s := range streams {
		r.Events = append(r.Events, journal.Pending{
			Stream: s, Type: "task.assigned", Version: version, Data: []byte(`{"task": "` + s + `"}`), Accounts: []string{"431026102001"},
		})
	}
	return r
}

func must(tb testing.TB, j *journal.Journal, r journal.Request) journal.Receipt {
	tb.Helper()
	receipt, err := j.Append(tb.Context(), r)
	if err != nil {
		tb.Fatal(err)
	}
	return receipt
}

func all(tb testing.TB, j *journal.Journal) (found []journal.Entry) {
	tb.Helper()
	for e, err := range j.After(tb.Context(), county, 0, 0) {
		if err != nil {
			tb.Fatal(err)
		}
		found = append(found, e)
	}
	return found
}

func sound(tb testing.TB, j *journal.Journal) {
	tb.Helper()
	if err := j.Verify(tb.Context(), county); err != nil {
		tb.Error(err)
	}
}

func TestWhatIsAppendedIsRead(t *testing.T) {
	t.Parallel()
	for way, bulk := range map[string]int{"in a batch": 5000, "by COPY": 2} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			isRead(t, bulk)
		})
	}
}

func isRead(t *testing.T, bulk int) {
	t.Helper()
	var rung atomic.Int64
	j, _ := open(t, journal.Bulk(bulk), journal.Bell(func(c string, position int64) {
		if c == county {
			rung.Store(position)
		}
	}))
	// Bytes that jsonb would change: order of keys, spaces, a key twice, digits.
	data := "{\"z\":1,  \"a\":\t2.50,\"a\":1e2,\n\"村\":\"\\u6751 \\\"}\"}"
	r := request("1", 0, "task/甲", "task/乙", "task/甲")
	r.Events[0].Data = []byte(data)
	r.Events[0].Accounts = []string{`431026102001`, `a "quoted"\ {one}, NULL`, `431026102001`, `third`}
	r.Events[1].Accounts = nil
	receipt := must(t, j, r)
	if receipt.First != 1 || receipt.Last != 3 || receipt.Repeated || string(receipt.Answer) != "answer to 1" {
		t.Errorf("%+v", receipt)
	}
	if rung.Load() != 3 {
		t.Errorf("the bell rang for %d", rung.Load())
	}
	entries := all(t, j)
	e := entries[0]
	if string(e.Data) != data || !slices.Equal(e.Accounts, r.Events[0].Accounts) || e.Stream != "task/甲" || e.Version != 1 ||
		e.Actor != "D01" || e.Kind != journal.Act || e.Request != "1" || e.Prev != [32]byte{} || e.Type != "task.assigned" ||
		!e.RecordedAt.Equal(receipt.RecordedAt) || e.ID.Version() != 7 {
		t.Errorf("%+v", e)
	}
	if entries[2].Version != 2 || entries[1].Version != 1 || entries[1].Prev != e.Hash || len(entries[1].Accounts) != 0 {
		t.Errorf("%+v", entries)
	}
	for account, want := range map[string]string{"431026102001": "[1 3]", r.Events[0].Accounts[1]: "[1]", "third": "[1]", "NULL": "[]"} {
		if got := positions(t, j.OfAccount(t.Context(), county, account, 0, 3, 0)); got != want {
			t.Errorf("account %s: %s, want %s", account, got, want)
		}
	}
	if got := positions(t, j.OfAccount(t.Context(), county, "431026102001", 0, 2, 0)); got != "[1]" {
		t.Error(got)
	}
	if got := positions(t, j.Stream(t.Context(), county, "task/甲")); got != "[1 3]" {
		t.Error(got)
	}
	if got := positions(t, j.Streams(t.Context(), county, []string{"task/乙", "task/甲", "task/乙", "task/丙"})); got != "[1 2 3]" {
		t.Error(got)
	}
	if got := positions(t, j.After(t.Context(), county, 1, 1)); got != "[2]" {
		t.Error(got)
	}
	sound(t, j)
}

func positions(tb testing.TB, entries func(func(journal.Entry, error) bool)) string {
	tb.Helper()
	found := []int64{}
	for e, err := range entries {
		if err != nil {
			tb.Fatal(err)
		}
		found = append(found, e.Position)
	}
	return fmt.Sprint(found)
}

// TestRivals is J1: of 32 that want the same version, one gets it, whether they
// meet in a batch or come from different processes.
func TestRivals(t *testing.T) {
	t.Parallel()
	first, pool := open(t)
	second := on(t, pool, time.Now)
	for round := range int64(20) {
		var won, lost atomic.Int32
		var wg sync.WaitGroup
		for i := range 32 {
			wg.Go(func() {
				j := []*journal.Journal{first, second}[i%2]
				_, err := j.Append(t.Context(), request(fmt.Sprintf("%d/%d", round, i), round+1, "task/one"))
				var c *journal.Conflict
				switch {
				case err == nil:
					won.Add(1)
				case errors.As(err, &c) && errors.Is(err, journal.ErrConflict) && c.Stream == "task/one" && c.Version == round+1:
					lost.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 || lost.Load() != 31 {
			t.Fatalf("%d won, %d lost", won.Load(), lost.Load())
		}
	}
	// A version beyond the next is refused too: versions have no gap.
	if _, err := first.Append(t.Context(), request("gap", 25, "task/one")); !errors.Is(err, journal.ErrConflict) {
		t.Error(err)
	}
	if got := len(all(t, first)); got != 20 {
		t.Errorf("%d entries", got)
	}
	sound(t, first)
}

// TestRequests is J3.
func TestRequests(t *testing.T) {
	t.Parallel()
	j, pool := open(t)
	r := request("1", 1, "task/a")
	first := must(t, j, r)
	for _, j := range []*journal.Journal{j, on(t, pool, time.Now)} { // also after a restart
		again := must(t, j, r)
		if !again.Repeated || again.First != first.First || again.Last != first.Last || !again.RecordedAt.Equal(first.RecordedAt) ||
			string(again.Answer) != string(first.Answer) {
			t.Errorf("%+v, want %+v", again, first)
		}
	}
	other := r
	other.Fingerprint[0]++
	if _, err := j.Append(t.Context(), other); !errors.Is(err, journal.ErrOtherBody) {
		t.Error(err)
	}
	// What was refused leaves no trace: the id is free.
	if _, err := j.Append(t.Context(), request("2", 1, "task/a")); !errors.Is(err, journal.ErrConflict) {
		t.Error(err)
	}
	if _, found, err := j.Find(t.Context(), county, "2"); found || err != nil {
		t.Error("a refusal is stored", err)
	}
	if got := must(t, j, request("2", 2, "task/a")); got.First != 2 {
		t.Errorf("%+v", got)
	}
	if got, found, err := j.Find(t.Context(), county, "2"); !found || err != nil || got.First != 2 || string(got.Answer) != "answer to 2" {
		t.Errorf("%+v, %v, %v", got, found, err)
	}
	// A request without events is one too.
	if got := must(t, j, request("3", 0)); got.First != 3 || got.Last != 2 {
		t.Errorf("%+v", got)
	}
	if got := must(t, j, request("3", 0)); got.First != 3 || got.Last != 2 || !got.Repeated {
		t.Errorf("%+v", got)
	}
	sound(t, j)
}

// TestTheSameRequestManyTimes: also those that meet in one batch.
func TestTheSameRequestManyTimes(t *testing.T) {
	t.Parallel()
	j, _ := open(t)
	for round := range 20 {
		var recorded, repeated, refused atomic.Int32
		var wg sync.WaitGroup
		for i := range 33 {
			wg.Go(func() {
				r := request(fmt.Sprint(round), 0, "task/a")
				if i%3 == 2 {
					r.Fingerprint[0]++ // another body: one of the two wins
				}
				receipt, err := j.Append(t.Context(), r)
				switch {
				case errors.Is(err, journal.ErrOtherBody):
					refused.Add(1)
				case err != nil || receipt.First != int64(round+1) || receipt.Last != receipt.First:
					t.Error(receipt, err)
				case receipt.Repeated:
					repeated.Add(1)
				default:
					recorded.Add(1)
				}
			})
		}
		wg.Wait()
		if r := refused.Load(); recorded.Load() != 1 || r != 11 && r != 22 || repeated.Load() != 32-r {
			t.Fatalf("recorded %d, repeated %d, refused %d", recorded.Load(), repeated.Load(), refused.Load())
		}
	}
	sound(t, j)
}

func TestHeadIsWaitedFor(t *testing.T) {
	t.Parallel()
	j, _ := open(t)
	must(t, j, request("1", 1, "task/a"))
	r := request("2", 1, "task/b")
	r.Head = 2
	if _, err := j.Append(t.Context(), r); !errors.Is(err, journal.ErrMoved) {
		t.Error(err)
	}
	r.Head = 1
	var won, moved atomic.Int32
	var wg sync.WaitGroup
	for i := range 16 {
		r := r
		r.ID, r.Events = fmt.Sprint("m", i), []journal.Pending{{Stream: fmt.Sprint("task/m", i), Type: "t", Data: []byte("1")}}
		wg.Go(func() {
			switch _, err := j.Append(t.Context(), r); {
			case err == nil:
				won.Add(1)
			case errors.Is(err, journal.ErrMoved):
				moved.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 || moved.Load() != 15 {
		t.Errorf("%d won, %d moved", won.Load(), moved.Load())
	}
}

func TestCounties(t *testing.T) {
	t.Parallel()
	j, _ := open(t)
	if err := j.CreateCounty(t.Context(), "guidong", "桂东县"); err != nil {
		t.Fatal(err)
	}
	if err := j.CreateCounty(t.Context(), "guidong", "桂东县"); !errors.Is(err, journal.ErrCountyExists) {
		t.Error(err)
	}
	r := request("1", 1, "task/a")
	r.County = "guidong"
	for range 2 { // each county has its own positions, streams and requests
		if got := must(t, j, r); got.First != 1 || got.Repeated {
			t.Errorf("%+v", got)
		}
		r.County = county
	}
	for _, name := range []string{"nowhere", "", "Not A Name"} {
		r.County = name
		if _, err := j.Append(t.Context(), r); !errors.Is(err, journal.ErrNoCounty) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if _, _, err := j.Head(t.Context(), "nowhere"); !errors.Is(err, journal.ErrNoCounty) {
		t.Error(err)
	}
	if got, err := j.Counties(t.Context()); err != nil || len(got) != 2 || got[0].Name != "桂东县" || got[1].County != county {
		t.Error(got, err)
	}
}

func TestWhatCannotBeRecorded(t *testing.T) {
	t.Parallel()
	j, _ := open(t)
	for name, spoil := range map[string]func(*journal.Request){
		"no id":            func(r *journal.Request) { r.ID = "" },
		"a long id":        func(r *journal.Request) { r.ID = strings.Repeat("i", 201) },
		"a nul in the id":  func(r *journal.Request) { r.ID = "a\x00" },
		"another kind":     func(r *journal.Request) { r.Kind = "guess" },
		"no category":      func(r *journal.Request) { r.Events[0].Stream = "task" },
		"no JSON":          func(r *journal.Request) { r.Events[0].Data = []byte(`{"a":`) },
		"no data":          func(r *journal.Request) { r.Events[0].Data = nil },
		"no UTF-8":         func(r *journal.Request) { r.Events[0].Data = []byte("\"\xff\"") },
		"no type":          func(r *journal.Request) { r.Events[0].Type = "" },
		"below no version": func(r *journal.Request) { r.Events[0].Version = -1 },
		"no account":       func(r *journal.Request) { r.Events[0].Accounts = []string{""} },
		"an actor of nul":  func(r *journal.Request) { r.Actor = "\x00" },
	} {
		r := request("1", 1, "task/a")
		spoil(&r)
		if _, err := j.Append(t.Context(), r); !errors.Is(err, journal.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestOneBadRequestFailsAlone: what only the database refuses spoils nothing for
// the others of its batch.
func TestOneBadRequestFailsAlone(t *testing.T) {
	t.Parallel()
	j, pool := open(t)
	if _, err := pgtest.Owner(t, pool).Exec(t.Context(), `alter table journal.entry add check (type <> 'poison')`); err != nil {
		t.Fatal(err)
	}
	release := hold(t, pool)
	var wg sync.WaitGroup
	errs := make([]error, 20)
	for i := range errs {
		r := request(fmt.Sprint(i), 1, fmt.Sprint("task/", i))
		if i == 7 {
			r.Events[0].Type = "poison"
		}
		wg.Go(func() { _, errs[i] = j.Append(context.WithoutCancel(t.Context()), r) })
	}
	time.Sleep(100 * time.Millisecond)
	release()
	wg.Wait()
	for i, err := range errs {
		if (err != nil) != (i == 7) {
			t.Errorf("%d: %v", i, err)
		}
	}
	if n := len(all(t, j)); n != 19 {
		t.Errorf("%d entries", n)
	}
	sound(t, j)
}

// hold keeps the county's row, so that appends gather.
func hold(tb testing.TB, pool *pgxpool.Pool) (release func()) {
	tb.Helper()
	tx, err := pool.Begin(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := tx.Exec(tb.Context(), `select from journal.county where county = $1 for update`, county); err != nil {
		tb.Fatal(err)
	}
	return sync.OnceFunc(func() { tx.Rollback(context.WithoutCancel(tb.Context())) })
}

// again gives another pool to the same database, with the rights of a service.
func again(tb testing.TB, pool *pgxpool.Pool) *pgxpool.Pool {
	tb.Helper()
	other, err := journal.Connect(tb.Context(), pool.Config().ConnString())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(other.Close)
	return other
}
