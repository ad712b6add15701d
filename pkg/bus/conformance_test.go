package bus_test

import (
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/ThreeDotsLabs/watermill/pubsub/tests"

	"feisui/pkg/bus"
)

// refused is how soon a message comes again at the latest: the suite refuses some
// again and again.
const refused = 20 * time.Millisecond

// TestPublisherAndSubscriberAreWatermills runs the suite that Watermill asks of
// everything that calls itself a Pub/Sub. All of it shares one stream and one
// connection, which nothing may close. Its test of a restarted server counts
// without a lock, which the race detector does not forgive: ours is
// TestNothingIsLostWithTheServer. The numbers are the suite's small ones, since it
// gives ten thousand messages no more time than a hundred: those are ours as well,
// TestManyHearWhatManyPublish.
func TestPublisherAndSubscriberAreWatermills(t *testing.T) {
	t.Parallel()
	b, nc := connect(t, serve(t))
	if err := b.Ensure(t.Context(), "suite"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if nc.IsClosed() {
			t.Error("somebody closed the connection")
		}
	})
	group := func(_ *testing.T, name string) (message.Publisher, message.Subscriber) {
		return b.Publisher(), b.Subscriber(bus.SubscriberOptions{Durable: name, Pause: refused})
	}
	tests.TestPubSub(t,
		tests.Features{
			ConsumerGroups:                   true,
			ExactlyOnceDelivery:              false,
			GuaranteedOrder:                  true,
			Persistent:                       true,
			NewSubscriberReceivesOldMessages: false, // a group goes on where it ended; see those who have none
			ForceShort:                       true,
			GenerateTopicFunc:                topic,
		},
		func(t *testing.T) (message.Publisher, message.Subscriber) { return group(t, "all") },
		group,
	)
}

// TestSubscribersWithoutAGroupAreWatermills runs it for those who remember
// nothing: each subscription hears everything from the beginning. Fifty who hear
// all of five thousand would prove no more.
func TestSubscribersWithoutAGroupAreWatermills(t *testing.T) {
	t.Parallel()
	b, _ := connect(t, serve(t))
	if err := b.Ensure(t.Context(), "suite"); err != nil {
		t.Fatal(err)
	}
	tests.TestPubSub(t,
		tests.Features{
			GuaranteedOrder:                     true,
			GuaranteedOrderWithSingleSubscriber: true, // each of several hears all
			NewSubscriberReceivesOldMessages:    true,
			ForceShort:                          true,
			GenerateTopicFunc:                   topic,
		},
		func(*testing.T) (message.Publisher, message.Subscriber) {
			return b.Publisher(), b.Subscriber(bus.SubscriberOptions{Pause: refused})
		},
		nil,
	)
}

func topic(c tests.TestContext) string { return bus.Subject("suite", "topic."+c.TestID.String()) }
