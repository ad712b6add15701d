package bus_test

import (
	"maps"
	"strconv"
	"testing"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"pgregory.net/rapid"

	"feisui/pkg/bus"
)

func TestMetadataComesBackByteForByte(t *testing.T) {
	t.Parallel()
	b, nc := connect(t, serve(t))
	must(0, b.Ensure(t.Context(), county))
	topic := bus.Subject(county, "task.assigned")
	heard, err := b.Subscriber(bus.SubscriberOptions{}).Subscribe(t.Context(), topic)
	if err != nil {
		t.Fatal(err)
	}
	p := b.Publisher()
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++ // a second message of one id is not taken: the number ends before what is drawn begins
		sent := message.NewMessage(strconv.Itoa(n)+"/"+rapid.StringMatching(`[!#$&-~]{0,40}`).Draw(rt, "id"), rapid.SliceOf(rapid.Byte()).Draw(rt, "data"))
		sent.Metadata = rapid.MapOf(rapid.StringMatching(`(ce-|x|T)[a-zA-Z0-9!#$&'*+.^_|~-]{0,20}`),
			rapid.OneOf(rapid.String(), rapid.StringMatching(`[ %0-9A-Fa-f"\r\n\t]*`), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })),
		).Draw(rt, "metadata")
		if err := p.Publish(topic, sent); err != nil {
			rt.Fatal(err)
		}
		got := <-heard
		got.Ack()
		if got.UUID != sent.UUID || string(got.Payload) != string(sent.Payload) || !maps.Equal(got.Metadata, sent.Metadata) {
			rt.Fatalf("sent %q %q, got %q %q", sent.UUID, sent.Metadata, got.UUID, got.Metadata)
		}
	})
	// The control: NATS's own client changes such values, and drops what follows a line's end.
	must(must(jetstream.New(nc)).PublishMsg(t.Context(), &nats.Msg{Subject: topic, Header: nats.Header{"x": {" 1\r\n2 "}}}))
	got := <-heard
	got.Ack()
	if got.Metadata["x"] == " 1\r\n2 " {
		t.Fatal("percent-encoding is not needed")
	}
}

func TestWhatNoHeaderCarriesIsRefused(t *testing.T) {
	t.Parallel()
	b, _ := connect(t, serve(t))
	must(0, b.Ensure(t.Context(), county))
	for _, m := range []*message.Message{
		{UUID: ""},
		{UUID: "a b"},
		{UUID: "县"},
		{UUID: "1", Metadata: message.Metadata{"": "x"}},
		{UUID: "1", Metadata: message.Metadata{"a b": "x"}},
		{UUID: "1", Metadata: message.Metadata{"a:b": "x"}},
		{UUID: "1", Metadata: message.Metadata{"类型": "x"}},
		{UUID: "1", Metadata: message.Metadata{"Nats-Rollup": "all"}},
		{UUID: "1", Metadata: message.Metadata{"nats-msg-id": "2"}},
	} {
		if err := b.Publisher().Publish(bus.Subject(county, "task.assigned"), m); err == nil {
			t.Errorf("%q %q was published", m.UUID, m.Metadata)
		}
	}
	if tail := must(b.Tail(t.Context(), county)); tail.Sequence != 0 {
		t.Fatal(tail)
	}
}

// What other hands write comes as it is.
func TestForeignHeaders(t *testing.T) {
	t.Parallel()
	b, nc := connect(t, serve(t))
	must(0, b.Ensure(t.Context(), county))
	topic := bus.Subject(county, "task.assigned")
	heard, err := b.Subscriber(bus.SubscriberOptions{}).Subscribe(t.Context(), topic)
	if err != nil {
		t.Fatal(err)
	}
	must(must(jetstream.New(nc)).PublishMsg(t.Context(), &nats.Msg{
		Subject: topic,
		Header:  nats.Header{"a": {"100% %zz %4"}, "b": {"%E5%8E%BF"}, "c": {"1", "2"}, "Nats-Msg-Id": {"x@y"}},
	}))
	got := <-heard
	got.Ack()
	if want := (message.Metadata{"a": "100% %zz %4", "b": "县", "c": "1"}); !maps.Equal(got.Metadata, want) || got.UUID != "x@y" || bus.Position(got) != 0 {
		t.Fatalf("%q %q", got.UUID, got.Metadata)
	}
}
