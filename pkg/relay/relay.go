// Package relay copies a county's journal to the bus, in order. It keeps no
// cursor: before each batch it asks the bus where it ends, so there is nothing
// that a crash, a second relay, or a bus that was lost could contradict.
//
//   - The bus ends at an entry: what follows it in the journal is published.
//   - The bus is empty, because it is new or was wiped: everything is, from the
//     first entry on, a million entries in some fifteen seconds. No reader waits
//     for that: one that is ahead of the bus reads the journal. A bus that was
//     rolled back is a bus that ends earlier.
//   - The bus has held entries and all grew too old: what follows them.
//   - The bus lacks an entry that it took and that is not too old (it was purged,
//     a file was damaged): a stream takes nothing before its end, so it is
//     wiped and filled again, with a warning. Until then readers read the journal.
//     Not so where the operator gave the stream limits of its own besides its age.
//   - The bus holds what the journal does not (the journal came back from a
//     backup, or another hand published): it is wiped and filled again, because
//     the journal is the truth.
package relay

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"

	"feisui/pkg/bus"
)

const (
	// look is how long news may wait when its bell was lost, and the pause after
	// an error.
	look = time.Second

	// answer is how long the bus may take to say where it ends. It takes a
	// millisecond, unless the question was lost with the connection.
	answer = 2 * time.Second

	// batchMax and batchBytesMax bound what a relay holds in memory between two
	// questions to the bus.
	batchMax      = 2048
	batchBytesMax = 8 << 20
)

// Journal is what a relay reads: the entries of a county after a position, at
// most limit of them, in order and without a gap. Entries are what the journal
// makes them; only the function given to New looks into one.
type Journal[E any] interface {
	After(ctx context.Context, county string, position int64, limit int) iter.Seq2[E, error]
}

// Bus is what a relay asks of the bus: *bus.Bus, or one that is simulated.
type Bus interface {
	Tail(ctx context.Context, county string) (bus.Tail, error)
	Append(ctx context.Context, county string, tail bus.Tail, messages []bus.Message) (bus.Tail, error)
	Wipe(ctx context.Context, county string, tail bus.Tail) error
	Bells(ctx context.Context, county string) (<-chan int64, error)
}

// Teller is a Journal that asks the database only for what it was told of, as
// journal.Watch does, and says what the last of that is. A relay tells it where the
// bus ends: another process may have copied what no bell has told of here, and a
// journal that seems to end before the bus would have the bus wiped.
type Teller interface {
	Heard(county string, position int64)
	Head(county string) int64
}

// Relay copies one county. Any number of them may copy the same one.
type Relay[E any] struct {
	from    Journal[E]
	to      Bus
	county  string
	message func(E) bus.Message
	when    func(E) time.Time
	log     *slog.Logger

	old int64 // what lies before this position grew too old; it never grows young again

	standBack func(context.Context) // nil: it never does
}

// New gives a relay that says of an entry what message says, and takes when for the
// time at which it was recorded. The same entry must give the same id for ever: by it the
// relay knows that the bus holds what the journal does. A nil log says nothing.
func New[E any](from Journal[E], to Bus, county string, message func(E) bus.Message, when func(E) time.Time, log *slog.Logger) *Relay[E] {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Relay[E]{from: from, to: to, county: county, message: message, when: when, old: 1, log: log.With(slog.String("county", county))}
}

// StandBack has f called before each full batch of a Teller's: what is many is no news
// that somebody waits for, and f returns when others need the processors no more. It
// is called before Run.
func (r *Relay[E]) StandBack(f func(context.Context)) { r.standBack = f }

// Run copies until the context ends, which is no error: at once when a bell is
// heard, and every second. Whatever goes wrong is logged and tried again a
// second later; only a connection that is closed for good ends it with an error.
func (r *Relay[E]) Run(ctx context.Context) error {
	bells, err := r.to.Bells(ctx, r.county)
	if err != nil {
		return fmt.Errorf("relay: %w", err)
	}
	failures := 0
	for ctx.Err() == nil {
		more, err := r.pass(ctx)
		if ctx.Err() == nil && errors.Is(err, nats.ErrConnectionClosed) {
			return fmt.Errorf("relay of %s: %w", r.county, err)
		}
		if failures = r.tell(ctx, failures, err); !more {
			r.wait(ctx, bells)
		}
	}
	return nil
}

// tell logs how a pass went after some that failed, and gives how many failed
// now: the first is worth a line, and the end of them.
func (r *Relay[E]) tell(ctx context.Context, failures int, err error) int {
	switch {
	case ctx.Err() != nil:
		return failures // whatever it is, it is because we end
	case errors.Is(err, bus.ErrMoved):
		r.log.DebugContext(ctx, "another relay was faster; looking again", slog.Any("error", err))
		return failures
	case err != nil:
		if failures == 0 {
			r.log.WarnContext(ctx, "the bus is not filled; trying every second", slog.Any("error", err))
		}
		return failures + 1
	case failures > 0:
		r.log.InfoContext(ctx, "the bus is filled again", slog.Int("failures", failures))
	}
	return 0
}

// wait returns when there may be news.
func (r *Relay[E]) wait(ctx context.Context, bells <-chan int64) {
	ctx, stop := context.WithTimeout(ctx, look)
	defer stop()
	for {
		select {
		case _, rung := <-bells:
			if rung {
				return
			}
			bells = nil // the connection is closed; the next pass says so
		case <-ctx.Done():
			return
		}
	}
}

// pass publishes the next batch. It reports whether there may be more.
func (r *Relay[E]) pass(ctx context.Context) (more bool, err error) {
	tail, err := r.tail(ctx)
	if err != nil {
		return false, err
	}
	if journal, ok := r.from.(Teller); ok {
		journal.Heard(r.county, tail.Position)
		if r.standBack != nil && journal.Head(r.county)-tail.Position >= batchMax {
			r.standBack(ctx)
		}
	}
	batch, more, err := r.next(ctx, tail)
	if err == nil {
		err = r.whole(ctx, tail)
	}
	if err == nil && len(batch) > 0 {
		_, err = r.to.Append(ctx, r.county, tail, batch)
	}
	if errors.Is(err, bus.ErrForked) {
		r.log.WarnContext(ctx, "the bus is no copy of the journal; wiping it and publishing again", slog.Any("error", err))
		return false, r.to.Wipe(ctx, r.county, tail) // and a second of rest, should somebody else fill it otherwise
	}
	return more && err == nil, err
}

func (r *Relay[E]) tail(ctx context.Context) (bus.Tail, error) {
	ctx, stop := context.WithTimeout(ctx, answer)
	defer stop()
	return r.to.Tail(ctx, r.county)
}

// next reads what follows the tail, and whether there may be more after that.
// It begins with the entry that the bus ends with, which must be the same one.
func (r *Relay[E]) next(ctx context.Context, tail bus.Tail) (batch []bus.Message, more bool, err error) {
	if tail.Sequence != uint64(tail.Position) { //nolint:gosec // a position is never negative
		return nil, false, fmt.Errorf("message %d tells of position %d: %w", tail.Sequence, tail.Position, bus.ErrForked)
	}
	position, bytes, count := max(tail.Position-1, 0), 0, 0
	for e, err := range r.from.After(ctx, r.county, position, batchMax) {
		if err != nil {
			return nil, false, fmt.Errorf("journal of %s after %d: %w", r.county, position, err)
		}
		m := r.message(e)
		if m.Position != position+1 {
			return nil, false, fmt.Errorf("journal of %s: position %d follows %d", r.county, m.Position, position)
		}
		position++
		count++
		if position == tail.Position {
			if tail.ID != "" && m.ID != tail.ID {
				return nil, false, fmt.Errorf("position %d is %s there and %s in the journal: %w", position, tail.ID, m.ID, bus.ErrForked)
			}
			continue
		}
		batch = append(batch, m)
		if bytes += len(m.Data); bytes > batchBytesMax {
			return batch, true, nil
		}
	}
	if position < tail.Position {
		return nil, false, fmt.Errorf("the bus ends at %d, the journal before: %w", tail.Position, bus.ErrForked)
	}
	return batch, count == batchMax, nil
}

// whole looks whether the bus holds everything that is not too old. It asks the
// journal once for each beginning of the bus that it has not seen yet.
func (r *Relay[E]) whole(ctx context.Context, tail bus.Tail) error {
	if tail.Lost() {
		return fmt.Errorf("%d entries from %d to %d are not there: %w", tail.Holes, tail.First, tail.Position, bus.ErrForked)
	}
	if tail.First <= r.old {
		return nil
	}
	for e, err := range r.from.After(ctx, r.county, tail.First-2, 1) {
		if err != nil {
			return fmt.Errorf("journal of %s after %d: %w", r.county, tail.First-2, err)
		}
		if when := r.when(e); tail.Keeps(when) {
			return fmt.Errorf("it begins at %d, and the entry before is of %s: %w", tail.First, when.Format(time.RFC3339), bus.ErrForked)
		}
		r.old = tail.First
	}
	return nil
}
