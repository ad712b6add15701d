package bus

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"sync"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	// retryFirst and retryMost bound the pause before a subscription that was cut
	// off looks for its stream, and unless the options say otherwise the one
	// before a refused message comes again.
	retryFirst = 10 * time.Millisecond
	retryMost  = 5 * time.Second
)

// SubscriberOptions says who listens.
type SubscriberOptions struct {
	// Durable names a group of subscribers. They share the messages of a topic,
	// one at a time, and the server remembers what they acked. Empty: each
	// subscription hears everything, and only it knows where it is.
	Durable string
	// After is where a subscription begins that the server does not know: with
	// the message after this sequence number, which in a county's stream is the
	// position in the journal. 0 is the oldest that is held.
	After int64
	// Alive is how long a subscriber may be silent before its message is given
	// to another of the group, or comes again after the server was gone; 0 is 10
	// seconds. Whoever works longer on a message is not silent.
	Alive time.Duration
	// Pause is the longest before a refused message comes again; 0 is 5 seconds.
	// The first is 10 milliseconds, each that follows twice as long.
	Pause time.Duration
	// Log hears when a subscription is cut off; nil says nothing.
	Log *slog.Logger
}

// Subscriber is a message.Subscriber. A topic is a subject, wildcards and all.
//
// A subscription hears the next message when it has acked the one before; in a
// group that holds for all of it together. A message that is nacked comes again
// in its place, after a pause that grows. A message may come twice: when an ack
// is lost, or the subscriber. A subscription outlives the server's restarts, the
// loss of its consumer and of the stream; from a stream that was made anew it
// hears everything after After.
type Subscriber struct {
	bus     *Bus
	options SubscriberOptions

	mu     sync.Mutex
	closed bool
	stops  []context.CancelFunc
	open   sync.WaitGroup
}

var _ message.Subscriber = (*Subscriber)(nil)

// Subscriber gives a subscriber on the bus's connection.
func (b *Bus) Subscriber(o SubscriberOptions) *Subscriber {
	if o.Alive == 0 {
		o.Alive = 10 * time.Second
	}
	if o.Pause == 0 {
		o.Pause = retryMost
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Subscriber{bus: b, options: o}
}

// Subscribe gives the messages of a topic until the context ends or Close is
// called, or the connection is closed; then the channel is closed, and a message
// that is not acked by then goes to the next who asks. It fails when no stream takes the topic.
func (s *Subscriber) Subscribe(ctx context.Context, topic string) (<-chan *message.Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, fmt.Errorf("subscribe to %s: %w", topic, ErrClosed)
	}
	ctx, stop := context.WithCancel(ctx)
	r := &reading{SubscriberOptions: s.options, bus: s.bus, topic: topic, out: make(chan *message.Message)}
	messages, err := r.open(ctx)
	if err != nil {
		stop()
		return nil, fmt.Errorf("subscribe to %s: %w", topic, err)
	}
	s.stops = append(s.stops, stop)
	s.open.Go(func() {
		defer stop()
		r.run(ctx, messages)
	})
	return r.out, nil
}

// Close ends every subscription and returns when their channels are closed. The
// connection stays open.
func (s *Subscriber) Close() error {
	s.mu.Lock()
	s.closed = true
	for _, stop := range s.stops {
		stop()
	}
	s.mu.Unlock()
	s.open.Wait()
	return nil
}

// reading is one subscription.
type reading struct {
	SubscriberOptions
	bus   *Bus
	topic string
	out   chan *message.Message

	made  time.Time // when the stream was that acked is about
	acked int64     // the last sequence that was
}

// run hands out messages until the context ends, and looks for the consumer
// again whenever it is cut off.
func (r *reading) run(ctx context.Context, messages jetstream.MessagesContext) {
	defer close(r.out)
	var err error
	for retry := retryFirst; ; retry = min(2*retry, retryMost) {
		if messages != nil {
			var heard bool
			if heard, err = r.read(ctx, messages); heard {
				retry = retryFirst
			}
		}
		if ctx.Err() != nil || r.bus.nc.IsClosed() {
			return
		}
		r.Log.WarnContext(ctx, "subscription cut off; it looks for its place again",
			slog.String("topic", r.topic), slog.Duration("after", retry), slog.Any("error", err))
		pause(ctx, retry)
		messages, err = r.open(ctx)
	}
}

// open finds or makes the consumer on the server.
func (r *reading) open(ctx context.Context) (jetstream.MessagesContext, error) {
	name, err := r.bus.js.StreamNameBySubject(ctx, r.topic)
	if err != nil {
		return nil, err
	}
	stream, err := r.bus.js.Stream(ctx, name)
	if err != nil {
		return nil, err
	}
	if made := stream.CachedInfo().Created; !made.Equal(r.made) {
		r.made, r.acked = made, r.After
	}
	consumer, err := r.consumer(ctx, stream)
	if err != nil {
		return nil, err
	}
	return consumer.Messages()
}

func (r *reading) consumer(ctx context.Context, stream jetstream.Stream) (jetstream.Consumer, error) {
	config := jetstream.ConsumerConfig{
		Description:       r.topic,
		FilterSubject:     r.topic,
		AckPolicy:         jetstream.AckExplicitPolicy,
		AckWait:           r.Alive,
		MaxDeliver:        -1,
		MaxAckPending:     1, // this is what keeps the order
		InactiveThreshold: readerKept,
	}
	if r.Durable != "" {
		config.Durable = durable(r.Durable, r.topic)
		config.InactiveThreshold = 0 // for ever
		known, err := stream.Consumer(ctx, config.Durable)
		if !errors.Is(err, jetstream.ErrConsumerNotFound) {
			return known, err
		}
	}
	if r.acked > 0 {
		config.DeliverPolicy = jetstream.DeliverByStartSequencePolicy
		config.OptStartSeq = uint64(r.acked) + 1
	}
	made, err := stream.CreateConsumer(ctx, config)
	if errors.Is(err, jetstream.ErrConsumerExists) { // another of the group was first, and began elsewhere
		return stream.Consumer(ctx, config.Durable)
	}
	return made, err
}

// durable is the name of a group's consumer of a topic, which must not contain
// what topics do.
func durable(group, topic string) string {
	h := fnv.New64a()
	h.Write([]byte(topic))
	return fmt.Sprintf("%s-%016x", group, h.Sum64())
}

// read hands out messages until the context ends or the consumer is lost, and
// reports whether there were any.
func (r *reading) read(ctx context.Context, messages jetstream.MessagesContext) (heard bool, err error) {
	for {
		m, err := messages.Next(jetstream.NextContext(ctx))
		if err != nil {
			giveBack(messages)
			return heard, err
		}
		meta, err := m.Metadata()
		if err != nil || !r.deliver(ctx, m) {
			giveBack(messages)
			_ = m.Nak() // last, so that it does not come here again; when it is lost it comes all the same
			return heard, err
		}
		heard, r.acked = true, int64(meta.Sequence.Stream) //nolint:gosec // a stream that was filled by counting
	}
}

// giveBack ends the asking and returns to the server what came meanwhile: the
// next who asks need not wait until it is given up for lost.
func giveBack(messages jetstream.MessagesContext) {
	messages.Drain()
	for {
		m, err := messages.Next(jetstream.NextMaxWait(farewell))
		if err != nil {
			return
		}
		_ = m.Nak() // else it is given up for lost, only later
	}
}

// deliver gives a message to whoever reads, again and again until it is acked.
// It reports false when the subscription ended first.
func (r *reading) deliver(ctx context.Context, m jetstream.Msg) bool {
	for retry := retryFirst; ; retry = min(2*retry, r.Pause, r.Alive/3) {
		switch r.offer(ctx, m) {
		case acked:
			_ = m.Ack() // when it is lost the message comes again: that is at least once
			return true
		case ended:
			return false
		case nacked:
			_ = m.InProgress() // when it is lost a group may hear the message twice
			pause(ctx, retry)
		}
	}
}

// answer is what became of a message that was given to whoever reads.
type answer int

const (
	acked answer = iota
	nacked
	ended
)

// offer gives a message once and waits for the answer. Meanwhile it tells the
// server that the message is in hand.
func (r *reading) offer(ctx context.Context, m jetstream.Msg) answer {
	ctx, done := context.WithCancel(ctx)
	defer done()
	w := received(m)
	w.SetContext(ctx)
	for out := r.out; ; {
		beat, stop := context.WithTimeout(ctx, r.Alive/3)
		select {
		case out <- w:
			out = nil
		case <-w.Acked():
			stop()
			return acked
		case <-w.Nacked():
			stop()
			return nacked
		case <-beat.Done():
			_ = m.InProgress() // when it is lost a group may hear the message twice
		}
		stop()
		if ctx.Err() != nil {
			return last(w)
		}
	}
}

// last is the answer to a message when the subscription ends.
func last(w *message.Message) answer {
	select {
	case <-w.Acked():
		return acked
	default:
		return ended
	}
}

// pause waits, unless the context ends first.
func pause(ctx context.Context, d time.Duration) {
	ctx, stop := context.WithTimeout(ctx, d)
	defer stop()
	<-ctx.Done()
}
