package bus

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// ErrClosed is what a publisher or subscriber answers after Close.
var ErrClosed = errors.New("closed")

// Publisher is a message.Publisher. A topic is a subject that some stream
// takes. The subjects of a county's events belong to its relay: what another
// hand publishes there forks the stream, and the relay wipes it.
//
// A stream takes a message once within its duplicate window. The window is the
// stream's, a message's UUID belongs to its topic (a router forwards a message
// under its UUID to another), so the id is the UUID and the topic.
type Publisher struct {
	js     jetstream.JetStream
	closed atomic.Bool
}

var _ message.Publisher = (*Publisher)(nil)

// Publisher gives a publisher on the bus's connection.
func (b *Bus) Publisher() *Publisher { return &Publisher{js: b.js} }

// Publish returns when the stream has taken the messages, in their order. With
// an error it has taken those before the one that the error names, and perhaps
// that one. A message's own context bounds its publishing.
func (p *Publisher) Publish(topic string, messages ...*message.Message) error {
	for _, m := range messages {
		if p.closed.Load() {
			return fmt.Errorf("publish: %w", ErrClosed)
		}
		h, err := encodeHeader(m.UUID, m.Metadata)
		if err != nil {
			return fmt.Errorf("publish to %s: %w", topic, err)
		}
		h[jetstream.MsgIDHeader] = []string{m.UUID + onTopic(topic)}
		if _, err := p.js.PublishMsg(m.Context(), &nats.Msg{Subject: topic, Header: h, Data: m.Payload}); err != nil {
			return fmt.Errorf("publish %s to %s: %w", m.UUID, topic, err)
		}
	}
	return nil
}

// Close ends publishing; nothing waits to be sent. The connection stays open.
func (p *Publisher) Close() error {
	p.closed.Store(true)
	return nil
}

// onTopic is what a publisher adds to a message's UUID.
func onTopic(topic string) string { return "@" + topic }

// received gives the Watermill message of a JetStream message.
func received(m jetstream.Msg) *message.Message {
	id, metadata := decodeHeader(m.Headers())
	w := message.NewMessage(strings.TrimSuffix(id, onTopic(m.Subject())), m.Data())
	w.Metadata = metadata
	return w
}

// Position gives the position in the journal of the entry that a received
// message tells of; 0 when it tells of none.
func Position(m *message.Message) int64 { return position(m.Metadata.Get(PositionHeader)) }
