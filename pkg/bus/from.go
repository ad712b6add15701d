package bus

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// ErrGap says that the bus does not hold the next entry. The journal does, if it
// exists.
var ErrGap = errors.New("the bus does not hold the next entry")

const (
	// fetchMax is how many messages are asked for at once.
	fetchMax = 256

	// readerKept is how long the server remembers a reader that went away
	// without a word.
	readerKept = 30 * time.Second

	// farewell is how long a reader may take to say that it leaves.
	farewell = 2 * time.Second
)

// From gives the messages after a position of the journal, in order and without
// a hole, up to where the bus ends when it is asked. It ends with an error that
// wraps ErrGap where the next entry is not held: it grew too old, was lost, or
// the bus, wiped or rolled back, ends before the position.
func (b *Bus) From(ctx context.Context, county string, position int64) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		for m, err := range b.after(ctx, county, position) {
			switch {
			case err != nil:
				yield(Message{}, err)
				return
			case m.Position != position+1:
				yield(Message{}, gap(county, position))
				return
			case !yield(m, nil):
				return
			}
			position++
		}
	}
}

func gap(county string, position int64) error {
	return fmt.Errorf("%s after %d: %w", StreamName(county), position, ErrGap)
}

// after gives what the stream holds after a position.
func (b *Bus) after(ctx context.Context, county string, position int64) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		stream, err := b.stream(ctx, county)
		if err != nil {
			yield(Message{}, err)
			return
		}
		end := int64(stream.CachedInfo().State.LastSeq) //nolint:gosec // a stream that was filled by counting
		switch {
		case position == end:
			return
		case position < 0 || position > end:
			yield(Message{}, gap(county, position))
			return
		}
		reader, err := stream.CreateConsumer(ctx, jetstream.ConsumerConfig{
			DeliverPolicy:     jetstream.DeliverByStartSequencePolicy,
			OptStartSeq:       uint64(position) + 1, //nolint:gosec // not negative
			AckPolicy:         jetstream.AckNonePolicy,
			InactiveThreshold: readerKept,
			MemoryStorage:     true,
			Replicas:          1,
		})
		if err != nil {
			yield(Message{}, fmt.Errorf("read %s: %w", StreamName(county), err))
			return
		}
		defer b.leave(ctx, stream, reader)
		for position < end {
			more, err := fetch(reader, &position, yield)
			if err != nil {
				yield(Message{}, fmt.Errorf("read %s: %w", StreamName(county), err))
			}
			if err != nil || !more {
				return
			}
		}
	}
}

// fetch gives the next messages and moves the position past them. It reports
// whether anybody wants more.
func fetch(reader jetstream.Consumer, position *int64, yield func(Message, error) bool) (more bool, err error) {
	batch, err := reader.FetchNoWait(fetchMax)
	if err != nil {
		return false, err
	}
	none := true
	for msg := range batch.Messages() {
		m, sequence, err := decode(msg)
		if err != nil {
			return false, err
		}
		if m.Position != sequence {
			return false, fmt.Errorf("message %d: %w, %w", sequence, ErrForked, ErrGap)
		}
		none, *position = false, m.Position
		if !yield(m, nil) {
			return false, nil
		}
	}
	if err := batch.Error(); err != nil {
		return false, err
	}
	if none {
		return false, ErrGap // what was there when we asked where it ends is not there now
	}
	return true, nil
}

func decode(msg jetstream.Msg) (m Message, sequence int64, err error) {
	meta, err := msg.Metadata()
	if err != nil {
		return Message{}, 0, err
	}
	id, header := decodeHeader(msg.Headers())
	m = Message{msg.Subject(), position(header[PositionHeader]), id, header, msg.Data()}
	delete(header, PositionHeader)
	return m, int64(meta.Sequence.Stream), nil //nolint:gosec // a stream that was filled by counting
}

// leave tells the server that a reader is not needed any more, also when the
// caller's time is over.
func (b *Bus) leave(ctx context.Context, stream jetstream.Stream, reader jetstream.Consumer) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), farewell)
	defer cancel()
	// The server forgets a reader by itself as well, only later.
	_ = stream.DeleteConsumer(ctx, reader.CachedInfo().Name)
}
