package bus_test

import (
	"context"
	"errors"
	"testing"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"feisui/pkg/bus"
)

// A router forwards a message under its UUID to another topic of the same
// stream. JetStream remembers ids for the whole stream.
func TestAUUIDBelongsToItsTopic(t *testing.T) {
	t.Parallel()
	b, nc := connect(t, serve(t))
	must(0, b.Ensure(t.Context(), county))
	p := b.Publisher()
	for _, topic := range []string{"a.x", "a.x", "a.x", "b.x"} {
		must(0, p.Publish(bus.Subject(county, topic), message.NewMessage("one", nil)))
	}
	if n := must(b.Tail(t.Context(), county)).Sequence; n != 2 {
		t.Fatalf("%d messages, want one on each topic", n)
	}
	// The control: with the UUID alone the second topic never hears it.
	js := must(jetstream.New(nc))
	for _, topic := range []string{"c.x", "d.x"} {
		must(js.Publish(t.Context(), bus.Subject(county, topic), nil, jetstream.WithMsgID("two")))
	}
	if n := must(b.Tail(t.Context(), county)).Sequence; n != 3 {
		t.Fatalf("%d messages: topics are kept apart by JetStream itself", n)
	}
}

func TestPublishStopsAtTheFirstThatFails(t *testing.T) {
	t.Parallel()
	b, nc := connect(t, serve(t))
	must(0, b.Ensure(t.Context(), county))
	topic := bus.Subject(county, "task.assigned")
	ended, end := context.WithCancel(t.Context())
	end()
	late := message.NewMessage("2", nil)
	late.SetContext(ended)
	p := b.Publisher()
	if err := p.Publish(topic, message.NewMessage("1", nil), late, message.NewMessage("3", nil)); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if m := must(raw(t, nc).GetLastMsgForSubject(t.Context(), topic)); m.Header.Get(nats.MsgIdHdr) != "1@"+topic && m.Header.Get(nats.MsgIdHdr) != "2@"+topic {
		t.Fatal(m.Header)
	}
	if err := p.Publish("nobody.listens", message.NewMessage("4", nil)); err == nil {
		t.Fatal("published where no stream is")
	}
	must(0, p.Close())
	must(0, p.Close())
	if err := p.Publish(topic, message.NewMessage("5", nil)); !errors.Is(err, bus.ErrClosed) {
		t.Fatal(err)
	}
	if !nc.IsConnected() {
		t.Fatal("a publisher closed the connection")
	}
}
