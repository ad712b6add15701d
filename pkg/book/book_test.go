package book_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.uber.org/goleak"

	"feisui/pkg/book"
	"feisui/pkg/journal"
	"feisui/pkg/pgtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const county = "rucheng"

// open gives an empty journal of one county, which rings a bell.
func open(t *testing.T) (j *journal.Journal, bells chan int64) {
	t.Helper()
	bells = make(chan int64, 1000)
	j, err := journal.Open(t.Context(), pgtest.New(t, journal.Tables), time.Now, journal.Volatile(), journal.Bell(func(_ string, position int64) { bells <- position }))
	if err != nil {
		t.Fatal(err)
	}
	if err := j.CreateCounty(t.Context(), county, "汝城县"); err != nil {
		t.Fatal(err)
	}
	return j, bells
}

// add records n entries as one request and gives the last position.
func add(t *testing.T, j *journal.Journal, n int) int64 {
	t.Helper()
	r := journal.Request{County: county, ID: uuid.NewString(), Fingerprint: sha256.Sum256(nil), Actor: "D01", Kind: journal.Act}
	for range n {
		r.Events = append(r.Events, journal.Pending{Stream: "task/JB-1", Type: "task.assigned", Data: []byte(`{}`)})
	}
	receipt, err := j.Append(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return receipt.Last
}

// taker is a service that notes what it is given.
type taker struct {
	mu     sync.Mutex
	given  [][]int64 // each time, failed or not
	took   []int64
	refuse func(time int) error // the error of the n-th time, from 1
}

func (s *taker) take(_ context.Context, entries []journal.Entry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var positions []int64
	for _, e := range entries {
		positions = append(positions, e.Position)
	}
	s.given = append(s.given, positions)
	if s.refuse != nil {
		if err := s.refuse(len(s.given)); err != nil {
			return err
		}
	}
	s.took = append(s.took, positions...)
	return nil
}

// wrong says how what was taken differs from 1 to last, each once and in order.
func (s *taker) wrong(last int64) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, p := range s.took {
		if p != int64(i)+1 {
			return fmt.Sprintf("position %d was taken as the %dth", p, i+1)
		}
	}
	if int64(len(s.took)) != last {
		return fmt.Sprintf("%d were taken, want %d", len(s.took), last)
	}
	return ""
}

// following follows until the test ends or stop is called, which gives Follow's error.
func following(t *testing.T, k *book.Keeper, bells <-chan int64) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- k.Follow(ctx, bells) }()
	stop = sync.OnceValue(func() error {
		cancel()
		return <-ended
	})
	t.Cleanup(func() { _ = stop() }) // who cares has called it
	return stop
}

// hungAfter is after how long what a test waits for counts as never coming. It
// promises nothing of a book, and catches what hangs.
const hungAfter = 2 * time.Minute

// soon is a context that ends, lest a test waits for what does not come.
func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), hungAfter)
	t.Cleanup(cancel)
	return ctx
}

func passed(t *testing.T, k *book.Keeper, position int64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), hungAfter)
	defer cancel()
	if err := k.Passed(ctx, position); err != nil {
		t.Fatalf("the book is at %d, want %d: %v", k.At(), position, err)
	}
}

func TestEveryEntryIsTakenOnceInOrder(t *testing.T) {
	t.Parallel()
	j, bells := open(t)
	add(t, j, 2500) // more than the journal reads at once
	var s taker
	k := book.New(j, county, 0, s.take, nil)
	stop := following(t, k, bells)
	var writers sync.WaitGroup
	for range 4 {
		writers.Go(func() {
			for range 40 {
				add(t, j, 1+len(s.wrong(0))%3)
			}
		})
	}
	writers.Wait()
	last := add(t, j, 1)
	passed(t, k, last)
	if w := s.wrong(last); w != "" {
		t.Error(w)
	}
	if err := stop(); err != nil {
		t.Errorf("its context ended, and Follow gave %v", err)
	}
	// The control: what a keeper that skips or doubles has done.
	for _, planted := range []func(){
		func() { s.took = slices.Delete(s.took, 7, 8) },
		func() { s.took = slices.Insert(s.took, 7, 7) },
		func() { s.took = s.took[:len(s.took)-1] },
	} {
		took := slices.Clone(s.took)
		if planted(); s.wrong(last) == "" {
			t.Error("a planted mistake is not seen")
		}
		s.took = took
	}
}

// handing is a journal that has batches in memory, of which it counts those that it
// is asked for one by one.
type handing struct {
	batches [][]journal.Entry
	read    int
}

func (h *handing) After(_ context.Context, _ string, position int64, _ int) iter.Seq2[journal.Entry, error] {
	return func(yield func(journal.Entry, error) bool) {
		for _, e := range slices.Concat(h.batches...)[position:] {
			if h.read++; !yield(e, nil) {
				return
			}
		}
	}
}

func (h *handing) Batch(_ string, position int64) []journal.Entry {
	for _, b := range h.batches {
		if position < int64(len(b)) {
			return b[position:]
		}
		position -= int64(len(b))
	}
	return nil
}

// TestALargeBatchIsTakenAsItIs: it is not read entry by entry, little ones are taken
// together, and one with a gap ends the book as any gap does.
func TestALargeBatchIsTakenAsItIs(t *testing.T) {
	t.Parallel()
	h, last := &handing{}, int64(0)
	for n, size := range []int{2000, 3, 4, 1500} {
		var batch []journal.Entry
		for range size {
			last++
			batch = append(batch, journal.Entry{County: county, Position: last, Request: fmt.Sprint("r", n)})
		}
		h.batches = append(h.batches, batch)
	}
	var s taker
	k := book.New(h, county, 0, s.take, nil)
	k.Pages(7)
	if err := k.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if w := s.wrong(last); w != "" || len(s.given) != 3 || len(s.given[1]) != 7 || h.read != 8 {
		t.Errorf("%s; taken in %d parts, %d were read one by one, the last of which is one too many", w, len(s.given), h.read)
	}
	h.batches[3][700].Position++
	k = book.New(h, county, 2007, func(context.Context, []journal.Entry) error { return errors.New("taken") }, nil)
	if err := k.CatchUp(t.Context()); !errors.Is(err, book.ErrBroken) {
		t.Errorf("a gap in a batch: %v", err)
	}
}

// A book that is somewhere already goes on from there.
func TestABookGoesOnFromItsPosition(t *testing.T) {
	t.Parallel()
	j, _ := open(t)
	add(t, j, 10)
	var s taker
	if err := book.New(j, county, 7, s.take, nil).CatchUp(t.Context()); err != nil || !slices.Equal(s.took, []int64{8, 9, 10}) {
		t.Errorf("took %v, %v", s.took, err)
	}
	if err := book.New(j, county, 10, s.take, nil).CatchUp(t.Context()); err != nil || len(s.given) != 1 {
		t.Errorf("was given nothing as something: %v, %v", s.given, err)
	}
}

// holed is a journal of which entries are missing, or that cannot be read.
type holed struct {
	*journal.Journal
	without int64
	broken  error
}

func (h *holed) After(ctx context.Context, county string, position int64, limit int) iter.Seq2[journal.Entry, error] {
	return func(yield func(journal.Entry, error) bool) {
		for e, err := range h.Journal.After(ctx, county, position, limit) {
			if h.broken != nil && e.Position == h.without {
				yield(journal.Entry{}, h.broken)
				return
			}
			if e.Position != h.without && !yield(e, err) {
				return
			}
		}
	}
}

func TestAGapEndsTheBook(t *testing.T) {
	t.Parallel()
	j, bells := open(t)
	add(t, j, 10)
	for _, missing := range []int64{1, 6} {
		var s taker
		k := book.New(&holed{Journal: j, without: missing}, county, 0, s.take, nil)
		err := k.Follow(soon(t), bells) // returns before its context ends
		if !errors.Is(err, book.ErrBroken) || !strings.Contains(err.Error(), fmt.Sprintf("position %d follows %d", missing+1, missing-1)) {
			t.Errorf("position %d is missing, and Follow gave %v", missing, err)
		}
		if len(s.given) > 0 || k.At() != 0 {
			t.Errorf("took %v, and is at %d", s.given, k.At())
		}
	}
}

// A journal that breaks off in the middle gives nothing of that page; nothing is
// lost by it either.
func TestAJournalThatBreaksOff(t *testing.T) {
	t.Parallel()
	j, _ := open(t)
	add(t, j, 10)
	h := &holed{j, 6, errors.New("the line is dead")}
	var s taker
	k := book.New(h, county, 0, s.take, nil)
	if err := k.CatchUp(t.Context()); !errors.Is(err, h.broken) || len(s.given) > 0 {
		t.Errorf("took %v, gave %v", s.given, err)
	}
	h.broken, h.without = nil, 0
	if err := k.CatchUp(t.Context()); err != nil || s.wrong(10) != "" {
		t.Errorf("%v, %s", err, s.wrong(10))
	}
}

func TestWhatWasRefusedIsGivenAgain(t *testing.T) {
	t.Parallel()
	j, bells := open(t)
	last := add(t, j, 5)
	s := taker{refuse: func(time int) error {
		if time < 3 {
			return errors.New("not now")
		}
		return nil
	}}
	k := book.New(j, county, 0, s.take, nil)
	began := time.Now()
	following(t, k, bells)
	passed(t, k, last)
	if took := time.Since(began); took < 1900*time.Millisecond {
		t.Errorf("two failures took %s: nobody waited between them", took)
	}
	want := []int64{1, 2, 3, 4, 5}
	if len(s.given) != 3 || !slices.Equal(s.given[0], want) || !slices.Equal(s.given[1], want) || s.wrong(last) != "" {
		t.Errorf("was given %v; %s", s.given, s.wrong(last))
	}
}

func TestATakerThatIsBrokenEndsTheBook(t *testing.T) {
	t.Parallel()
	j, _ := open(t)
	add(t, j, 1)
	s := taker{refuse: func(int) error { return fmt.Errorf("%w: something is lost", book.ErrBroken) }}
	if err := book.New(j, county, 0, s.take, nil).Follow(soon(t), nil); !errors.Is(err, book.ErrBroken) {
		t.Errorf("Follow gave %v", err)
	}
}

// heard is how soon news is passed that was heard of, at most. Whoever does not hear
// finds it with the next look, which after one that found something is a second away.
const heard = 900 * time.Millisecond

// passedWithin has entries recorded one after the other until three of them were passed
// so soon, and gives how many there were. Of twenty three must be: a machine that is
// busy may make some late, and what is always late is not.
func passedWithin(t *testing.T, k *book.Keeper, limit time.Duration, record func() int64) (n int) {
	t.Helper()
	var took []time.Duration
	for soon := 0; soon < 3; n++ {
		if n == 20 {
			t.Errorf("it took %s: few of them at most %s", took, limit)
			return n
		}
		began := time.Now()
		passed(t, k, record())
		took = append(took, time.Since(began))
		if took[n] <= limit {
			soon++
		}
	}
	return n
}

// Bells that are lost cost about a second; the control is that one that rings
// does not.
func TestABellThatIsLost(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		bells func(rung chan int64) <-chan int64
		max   time.Duration
	}{
		"rings":          {func(rung chan int64) <-chan int64 { return rung }, heard},
		"there are none": {func(chan int64) <-chan int64 { return nil }, 2 * time.Second},
		"they end": {func(chan int64) <-chan int64 {
			c := make(chan int64)
			close(c)
			return c
		}, 2 * time.Second},
		"old ones ring": {func(chan int64) <-chan int64 {
			c := make(chan int64, 1000)
			for range 1000 {
				c <- 1
			}
			return c
		}, 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j, rung := open(t)
			passedOne := add(t, j, 1)
			var s taker
			k := book.New(j, county, 0, s.take, nil)
			following(t, k, c.bells(rung))
			passed(t, k, passedOne)
			n := passedWithin(t, k, c.max, func() int64 { return add(t, j, 1) })
			s.mu.Lock()
			defer s.mu.Unlock()
			if len(s.given) != n+1 {
				t.Errorf("%d times, was given %v", n+1, s.given)
			}
		})
	}
}

func TestNewsIsHeard(t *testing.T) {
	t.Parallel()
	j, _ := open(t)
	var s taker
	k := book.New(j, county, 0, s.take, nil)
	following(t, k, nil)
	passed(t, k, add(t, j, 1)) // found by a look: the next is a second away
	passedWithin(t, k, heard, func() int64 {
		last := add(t, j, 1)
		k.News()
		k.News() // does not wait
		return last
	})
}

func TestPassedWaitsAndMovedTells(t *testing.T) {
	t.Parallel()
	j, _ := open(t)
	var s taker
	k := book.New(j, county, 0, s.take, nil)
	if err := k.Passed(t.Context(), 0); err != nil {
		t.Error(err)
	}
	short, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if err := k.Passed(short, 1); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("passed 1 of nothing: %v", err)
	}
	at, moved := k.Moved()
	if at != 0 {
		t.Errorf("is at %d", at)
	}
	waiting := make(chan error, 1)
	go func() { waiting <- k.Passed(t.Context(), 2) }()
	add(t, j, 2)
	if err := k.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	select {
	case <-moved:
	default:
		t.Error("moved, and did not tell")
	}
	if err := <-waiting; err != nil {
		t.Error(err)
	}
	at, moved = k.Moved()
	if err := k.CatchUp(t.Context()); err != nil || at != 2 {
		t.Errorf("is at %d, %v", at, err)
	}
	select {
	case <-moved:
		t.Error("nothing happened, and it told")
	default:
	}
}

func TestABookStandsStill(t *testing.T) {
	t.Parallel()
	j, bells := open(t)
	add(t, j, 3)
	var s taker
	k := book.New(j, county, 0, s.take, nil)
	following(t, k, bells)
	passed(t, k, 3)
	fault := errors.New("as asked")
	err := k.Still(func(at int64) error {
		last := add(t, j, 4)
		time.Sleep(100 * time.Millisecond) // a bell has rung
		if at != 3 || k.At() != 3 {
			t.Errorf("stands still at %d, and is at %d", at, k.At())
		}
		if last != 7 {
			t.Errorf("the journal ends at %d", last)
		}
		return fault
	})
	if !errors.Is(err, fault) {
		t.Errorf("Still gave %v", err)
	}
	passed(t, k, 7)
	if w := s.wrong(7); w != "" {
		t.Error(w)
	}
}
