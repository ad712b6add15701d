package bus

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// ErrMoved says that the stream no longer ends where the caller saw it end:
// another relay appended, or it was wiped or rolled back. Ask Tail again.
var ErrMoved = errors.New("the bus ends elsewhere")

// ErrForked says that the stream cannot go on as a copy of the journal: its
// sequence and its positions differ, or it takes nothing. Wipe it.
var ErrForked = errors.New("the bus does not follow the journal")

const (
	// blockMax is how many messages go out between two confirmations. Only the
	// last of them is asked to be confirmed: each names the id of the one before it, so
	// the last is stored when all are.
	blockMax = 256

	// blockBytesMax is the same in bytes. The server refuses what waits when
	// that is more than 128 MiB.
	blockBytesMax = 4 << 20
)

// Message is an entry of the journal as the bus carries it.
type Message struct {
	Subject  string            // Subject(county, event)
	Position int64             // in the county's journal: 1, 2, 3 …
	ID       string            // unique among the county's messages
	Header   map[string]string // metadata; names beginning with Nats- are the server's
	Data     []byte
}

// Tail is where a stream ends.
type Tail struct {
	Sequence uint64 // of the last message that the stream has taken; 0 when it never took one
	Position int64  // of the entry which that message carries; it is the sequence, or the stream is forked
	ID       string // of that message; "" when the stream no longer holds it

	First int64 // of the oldest entry that the stream holds; one more than the sequence when it holds none
	Holes int64 // how many entries are missing between the first and the last

	made  time.Time // when the stream was: one that is made anew is another
	since time.Time // what was published after it should be there still; zero: the stream has limits besides its age
}

// Keeps reports whether the stream should hold an entry still that was recorded
// at a time, were it ever published: it is not too old, by the server's clock. Of
// a stream to which its operator gave other limits nothing can be said.
func (t Tail) Keeps(recorded time.Time) bool {
	return !t.since.IsZero() && recorded.After(t.since.Add(clocksApart))
}

// Lost reports whether an entry in the midst of the stream is gone that should
// be there.
func (t Tail) Lost() bool { return !t.since.IsZero() && t.Holes > 0 }

// Tail says where a county's stream ends. A stream that is missing is made, and
// ends at 0. One whose messages have all grown too old still ends at the last
// of them.
func (b *Bus) Tail(ctx context.Context, county string) (Tail, error) {
	stream, err := b.stream(ctx, county)
	if err != nil {
		return Tail{}, err
	}
	is := stream.CachedInfo()
	//nolint:gosec // a stream that was filled by counting
	first, end, held := int64(is.State.FirstSeq), int64(is.State.LastSeq), int64(is.State.Msgs)
	tail := Tail{Sequence: is.State.LastSeq, Position: end, First: max(first, 1), made: is.Created, since: since(is)}
	tail.Holes = end - tail.First + 1 - held
	if is.State.Msgs == 0 || tail.Sequence == 0 {
		return tail, nil
	}
	last, err := stream.GetMsg(ctx, tail.Sequence)
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound): // too old by now, or damaged
		return tail, nil
	case err != nil:
		return Tail{}, fmt.Errorf("last message of %s: %w", StreamName(county), err)
	}
	tail.ID = last.Header.Get(jetstream.MsgIDHeader)
	tail.Position = position(last.Header.Get(PositionHeader))
	return tail, nil
}

// since is from when on a stream should hold everything.
func since(is *jetstream.StreamInfo) time.Time {
	c := &is.Config
	if is.TimeStamp.IsZero() { // a server that does not say its time
		return time.Time{}
	}
	if c.MaxMsgs > 0 || c.MaxBytes > 0 || c.MaxMsgsPerSubject > 0 || c.Retention != jetstream.LimitsPolicy {
		return time.Time{}
	}
	return is.TimeStamp.Add(-c.MaxAge)
}

// Append publishes the entries that follow a tail and returns when the stream
// has taken all of them, with the new tail. Nothing is ever skipped or doubled:
// a message is taken only where its position is the next. An error says nothing
// about how many were taken (ask Tail); it wraps ErrMoved when the stream did
// not end at the tail.
func (b *Bus) Append(ctx context.Context, county string, tail Tail, messages []Message) (Tail, error) {
	if err := checkCounty(county); err != nil {
		return tail, err
	}
	if uint64(tail.Position) != tail.Sequence { //nolint:gosec // a negative position differs as well
		return tail, fmt.Errorf("%s, message %d: %w", StreamName(county), tail.Sequence, ErrForked)
	}
	if !b.nc.IsConnected() {
		return tail, nats.ErrDisconnected // rather than fill the buffer for later
	}
	asked, err := b.publish(ctx, county, tail.Position, messages)
	for _, c := range asked {
		err = cmp.Or(err, confirm(ctx, c))
	}
	if errors.Is(err, jetstream.ErrAsyncPublishTimeout) && b.dead(ctx, county, tail) {
		err = fmt.Errorf("%w: %w", ErrForked, err)
	}
	if err != nil || len(messages) == 0 {
		return tail, err
	}
	end := messages[len(messages)-1]
	tail.Sequence, tail.Position, tail.ID = uint64(end.Position), end.Position, end.ID //nolint:gosec // positions are counted from 1
	return tail, nil
}

// dead reports whether a stream that confirmed nothing tells of itself, but has
// nothing at its end and still ends at the tail: it was made on the folder of
// one that was being deleted. There is nothing to lose in it.
func (b *Bus) dead(ctx context.Context, county string, tail Tail) bool {
	now, err := b.Tail(ctx, county)
	return err == nil && now.ID == "" && now.Sequence == tail.Sequence && now.made.Equal(tail.made)
}

// publish sends messages and gives the confirmations that it has not waited for.
func (b *Bus) publish(ctx context.Context, county string, position int64, messages []Message) (asked []confirmation, err error) {
	bytes := 0
	for i, m := range messages {
		if position++; m.Position != position {
			return nil, fmt.Errorf("position %d where %d is the next", m.Position, position)
		}
		msg, err := encode(county, m)
		if err != nil {
			return nil, fmt.Errorf("position %d: %w", position, err)
		}
		if i > 0 { // the sequence alone would follow a stranger's message that took the place of the one before
			msg.Header[jetstream.ExpectedLastMsgIDHeader] = []string{messages[i-1].ID}
		}
		// The first is confirmed too: it tells why the stream refuses, the
		// others only that they came after it.
		bytes += len(m.Data)
		if i > 0 && i < len(messages)-1 && i%blockMax != 0 && bytes < blockBytesMax {
			if err := b.nc.PublishMsg(msg); err != nil {
				return nil, fmt.Errorf("publish position %d: %w", position, err)
			}
			continue
		}
		bytes = 0
		future, err := b.js.PublishMsgAsync(msg)
		if err != nil {
			return nil, fmt.Errorf("publish position %d: %w", position, err)
		}
		if asked = append(asked, confirmation{future, position}); len(asked) > 2 {
			if err := confirm(ctx, asked[0]); err != nil { // one block is on its way while the next is written
				return nil, err
			}
			asked = asked[1:]
		}
	}
	return asked, nil
}

// confirmation is what the stream will say about the message at a position.
type confirmation struct {
	jetstream.PubAckFuture
	position int64
}

// wrongLastID is what the server says when the last message has another id; the
// client has no name for it.
const wrongLastID jetstream.ErrorCode = 10070

// confirm waits until the stream says that it took a message, and where.
func confirm(ctx context.Context, c confirmation) error {
	var said *jetstream.APIError
	select {
	case ack := <-c.Ok():
		if ack.Sequence != uint64(c.position) { //nolint:gosec // positions are counted from 1
			return fmt.Errorf("position %d is message %d of the stream: %w", c.position, ack.Sequence, ErrMoved)
		}
		return nil
	case err := <-c.Err():
		if errors.As(err, &said) && (said.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence || said.ErrorCode == wrongLastID) {
			return fmt.Errorf("publish position %d: %w: %w", c.position, ErrMoved, err)
		}
		return fmt.Errorf("publish position %d: %w", c.position, err)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// encode gives the message that a stream takes only as the next after the entry
// before it.
func encode(county string, m Message) (*nats.Msg, error) {
	h, err := encodeHeader(m.ID, m.Header)
	if err != nil {
		return nil, err
	}
	h[PositionHeader] = []string{strconv.FormatInt(m.Position, 10)}
	h[jetstream.ExpectedStreamHeader] = []string{StreamName(county)}
	h[jetstream.ExpectedLastSeqHeader] = []string{strconv.FormatInt(m.Position-1, 10)}
	return &nats.Msg{Subject: m.Subject, Header: h, Data: m.Data}, nil
}

// Wipe removes a county's stream, and with it every message and every durable
// subscription, if it is still the one in which the tail was seen. The relay
// does so when the stream is forked.
func (b *Bus) Wipe(ctx context.Context, county string, tail Tail) error {
	stream, err := b.stream(ctx, county)
	if err != nil {
		return err
	}
	if !stream.CachedInfo().Created.Equal(tail.made) {
		return nil
	}
	err = b.js.DeleteStream(ctx, StreamName(county))
	if err != nil && !errors.Is(err, jetstream.ErrStreamNotFound) {
		return fmt.Errorf("wipe %s: %w", StreamName(county), err)
	}
	return nil
}
