package bus_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/nats-io/nats.go/jetstream"

	"feisui/pkg/bus"
)

// hear acks what comes until a position, and gives the positions as they came.
func hear(tb testing.TB, heard <-chan *message.Message, until int64) (positions []int64) {
	tb.Helper()
	for {
		select {
		case m, open := <-heard:
			if !open {
				tb.Fatalf("closed after %v", positions)
			}
			m.Ack()
			positions = append(positions, bus.Position(m))
			if bus.Position(m) == until {
				return positions
			}
		case <-time.After(hungAfter):
			tb.Fatalf("nothing comes after %v", positions)
		}
	}
}

func span(first, last int64) (all []int64) {
	for p := first; p <= last; p++ {
		all = append(all, p)
	}
	return all
}

func TestWhatIsRefusedComesAgainBeforeAnythingElse(t *testing.T) {
	t.Parallel()
	const last = 400
	b, nc := connect(t, serve(t))
	fill(t, b, 1, last)
	// Five of one group, each refuses every third message at random.
	var mu sync.Mutex
	var taken []int64
	var group sync.WaitGroup
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	for i := range uint64(5) {
		s := b.Subscriber(bus.SubscriberOptions{Durable: "book", Pause: 5 * time.Millisecond})
		heard, err := s.Subscribe(ctx, bus.Subjects(county))
		if err != nil {
			t.Fatal(err)
		}
		dice := rand.New(rand.NewPCG(1, i))
		group.Go(func() {
			for m := range heard {
				if dice.IntN(3) == 0 {
					m.Nack()
					continue
				}
				mu.Lock()
				taken = append(taken, bus.Position(m))
				if bus.Position(m) == last {
					stop()
				}
				mu.Unlock()
				m.Ack()
			}
		})
	}
	group.Wait()
	if !slices.Equal(taken, span(1, last)) {
		t.Fatal(taken)
	}

	// The control: an ordinary consumer that gives refused messages back
	// hears others before them.
	consumer := must(raw(t, nc).CreateConsumer(t.Context(), jetstream.ConsumerConfig{AckPolicy: jetstream.AckExplicitPolicy}))
	all := must(consumer.Messages())
	defer all.Stop()
	dice := rand.New(rand.NewPCG(1, 1))
	for taken = nil; len(taken) < last; {
		m := must(all.Next())
		if dice.IntN(3) == 0 {
			must(0, m.Nak())
			continue
		}
		taken = append(taken, int64(must(m.Metadata()).Sequence.Stream))
		must(0, m.Ack())
	}
	if slices.IsSorted(taken) {
		t.Fatal("JetStream keeps the order by itself")
	}
}

func TestASubscriptionBeginsWhereItIsTold(t *testing.T) {
	t.Parallel()
	b, _ := connect(t, serve(t))
	fill(t, b, 1, 20)
	for _, after := range []int64{0, 7, 20, 25} {
		s := b.Subscriber(bus.SubscriberOptions{After: after})
		heard, err := s.Subscribe(t.Context(), bus.Subjects(county))
		if err != nil {
			t.Fatal(err)
		}
		if after < 20 {
			if got := hear(t, heard, 20); !slices.Equal(got, span(after+1, 20)) {
				t.Fatalf("after %d: %v", after, got)
			}
		}
		must(0, s.Close())
		must(0, s.Close())
		if _, open := <-heard; open {
			t.Fatal("open after Close")
		}
		if _, err := s.Subscribe(t.Context(), bus.Subjects(county)); !errors.Is(err, bus.ErrClosed) {
			t.Fatal(err)
		}
	}
	// A reader ahead of a bus that was rolled back waits for what it lacks.
	heard, err := b.Subscriber(bus.SubscriberOptions{After: 25}).Subscribe(t.Context(), bus.Subjects(county))
	if err != nil {
		t.Fatal(err)
	}
	fill(t, b, 21, 30)
	if got := hear(t, heard, 30); !slices.Equal(got, span(26, 30)) {
		t.Fatal(got)
	}
	if _, err := b.Subscriber(bus.SubscriberOptions{}).Subscribe(t.Context(), "nobody.publishes"); err == nil {
		t.Fatal("subscribed where no stream is")
	}
}

// alive is how long subscribers may be silent here: longer than a machine that is busy
// keeps one from saying that its message is in hand.
const alive = time.Second

// A subscription outlives everything that can happen to the server.
func TestASubscriptionOutlivesTheServer(t *testing.T) {
	t.Parallel()
	for name, durable := range map[string]string{"alone": "", "group": "book"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := serve(t)
			b, nc := connect(t, h)
			fill(t, b, 1, 10)
			s := b.Subscriber(bus.SubscriberOptions{Durable: durable, Alive: 2 * alive, Log: slog.New(slog.DiscardHandler)})
			heard, err := s.Subscribe(t.Context(), bus.Subjects(county))
			if err != nil {
				t.Fatal(err)
			}
			if got := hear(t, heard, 10); !slices.Equal(got, span(1, 10)) {
				t.Fatal(got)
			}
			h.down()
			h.up()
			answers(t, nc, b)
			fill(t, b, 11, 20)
			// An ack may have been lost with the server, so 10 may come again.
			if got := hear(t, heard, 20); !slices.Equal(slices.DeleteFunc(got, func(p int64) bool { return p == 10 }), span(11, 20)) {
				t.Fatal("after a restart", got)
			}
			for c := range raw(t, nc).ConsumerNames(t.Context()).Name() {
				must(0, raw(t, nc).DeleteConsumer(t.Context(), c))
			}
			fill(t, b, 21, 30)
			// A server that starts may be slow with what it was asked: it may make a group's
			// consumer once more, as it was asked for then. That comes twice, and in order.
			switch got := hear(t, heard, 30); {
			case slices.Equal(got, span(21, 30)):
			case durable == "" || got[0] < 11 || got[0] > 21 || !slices.Equal(got, span(got[0], 30)):
				t.Fatal("after its consumer was deleted", got)
			}
			// A stream that is made anew begins again; the reader knows what it has.
			must(0, b.Wipe(t.Context(), county, must(b.Tail(t.Context(), county))))
			time.Sleep(50 * time.Millisecond) // it looks for a stream that is not there
			fill(t, b, 1, 40)
			if got := hear(t, heard, 40); !slices.Equal(got, span(1, 40)) {
				t.Fatal("after the stream was made anew", got)
			}
			nc.Close()
			if _, open := <-heard; open {
				t.Fatal("open on a connection that is closed for good")
			}
		})
	}
}

// What a publisher was told is there is there, whatever became of the server
// meanwhile: ten publish, each message until it is confirmed.
func TestNothingIsLostWithTheServer(t *testing.T) {
	t.Parallel()
	h := serve(t)
	b, _ := connect(t, h)
	must(0, b.Ensure(t.Context(), county))
	topic := bus.Subject(county, "task.assigned")
	heard, err := b.Subscriber(bus.SubscriberOptions{Durable: "book", Alive: 500 * time.Millisecond}).Subscribe(t.Context(), topic)
	if err != nil {
		t.Fatal(err)
	}
	const publishers, each = 10, 200
	var all sync.WaitGroup
	for i := range publishers {
		all.Go(func() {
			for n := range each {
				m := message.NewMessage(fmt.Sprintf("%d-%d", i, n), nil)
				ctx, stop := context.WithTimeout(t.Context(), hungAfter)
				for {
					once, end := context.WithTimeout(ctx, 200*time.Millisecond)
					m.SetContext(once)
					err := b.Publisher().Publish(topic, m)
					end()
					if err == nil || ctx.Err() != nil {
						break
					}
				}
				stop()
			}
		})
	}
	seen := map[string]bool{}
	for len(seen) < publishers*each {
		select {
		case m := <-heard:
			seen[m.UUID] = true
			m.Ack()
		case <-time.After(hungAfter):
			t.Fatalf("%d of %d", len(seen), publishers*each)
		}
		if n := len(seen); n == 300 || n == 900 {
			h.down()
			h.up()
		}
	}
	all.Wait()
}

// Fifty of a group hear each of five thousand messages that fifty publish at the
// same time, in as long as that takes.
func TestManyHearWhatManyPublish(t *testing.T) {
	t.Parallel()
	b, _ := connect(t, serve(t))
	must(0, b.Ensure(t.Context(), county))
	topic := bus.Subject(county, "task.assigned")
	const publishers, each, readers = 50, 100, 50
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	heard := make(chan string)
	var group, all sync.WaitGroup
	for range readers {
		messages, err := b.Subscriber(bus.SubscriberOptions{Durable: "book"}).Subscribe(ctx, topic)
		if err != nil {
			t.Fatal(err)
		}
		group.Go(func() {
			for m := range messages {
				select {
				case heard <- m.UUID:
					m.Ack()
				case <-ctx.Done():
				}
			}
		})
	}
	for i := range publishers {
		all.Go(func() {
			for n := range each {
				if err := b.Publisher().Publish(topic, message.NewMessage(fmt.Sprintf("%d-%d", i, n), nil)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	seen := map[string]bool{}
	for len(seen) < publishers*each {
		select {
		case id := <-heard:
			seen[id] = true
		case <-time.After(hungAfter):
			t.Fatalf("%d of %d", len(seen), publishers*each)
		}
	}
	all.Wait()
	for i := range publishers {
		for n := range each {
			if id := fmt.Sprintf("%d-%d", i, n); !seen[id] {
				t.Errorf("%s was not heard", id)
			}
		}
	}
	stop()
	group.Wait()
}

// Whoever works longer on a message than a silent one may is not silent.
func TestAMessageInHandIsNotGivenToAnother(t *testing.T) {
	t.Parallel()
	b, nc := connect(t, serve(t))
	fill(t, b, 1, 1)
	one := b.Subscriber(bus.SubscriberOptions{Durable: "book", Alive: alive})
	two := b.Subscriber(bus.SubscriberOptions{Durable: "book", Alive: alive})
	slow, err := one.Subscribe(t.Context(), bus.Subjects(county))
	if err != nil {
		t.Fatal(err)
	}
	m := <-slow
	other, err := two.Subscribe(t.Context(), bus.Subjects(county))
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-other:
		t.Fatal("two have it in hand")
	case <-time.After(5 * alive): // what is given up for lost may come to its own reader first, and again
	}
	// When its reader goes it is given to the next at once, not after a while.
	start := time.Now()
	must(0, one.Close())
	again := <-other
	if again.UUID != m.UUID || m.Context().Err() == nil {
		t.Fatal(again.UUID)
	}
	again.Ack()
	if took := time.Since(start); took > alive/2 {
		t.Log("given back after", took) // a busy machine
	}

	// The control: whoever says nothing loses it.
	consumer := must(raw(t, nc).CreateConsumer(t.Context(), jetstream.ConsumerConfig{AckPolicy: jetstream.AckExplicitPolicy, AckWait: alive}))
	first, second := must(consumer.Next()), must(consumer.Next(jetstream.FetchMaxWait(hungAfter)))
	if !reflect.DeepEqual(first.Data(), second.Data()) || must(second.Metadata()).NumDelivered != 2 {
		t.Fatal("JetStream waits by itself")
	}
}
