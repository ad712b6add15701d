// Package bus carries what the journal recorded to whoever wants to hear it, on
// NATS JetStream. It knows no event type.
//
// A county has one stream, FEISUI_<county>, whose messages have the subjects
// feisui.<county>.<category>.<event>, and promises:
//
//   - A message's sequence number in the stream is its entry's position in the
//     journal. The bus therefore holds every entry at most once and in order,
//     whatever publishers do, and an entry it lacks is seen by everyone.
//   - It keeps an entry for thirty days. It may lose everything sooner: it is a
//     copy, the journal is the truth, and the relay fills it again.
//   - A subscription hears the next message when it has acked the one before; a
//     message it refuses comes again before any other.
//   - A message carries its metadata in headers, byte for byte, and its id in
//     Nats-Msg-Id. CloudEvents' attributes are metadata like any other (ce-*).
//
// Nothing here owns the connection or closes it.
package bus

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	// keep is how long the bus holds a message after it was published.
	keep = 30 * 24 * time.Hour

	// clocksApart is how far the clock by which entries are recorded may be ahead
	// of the server's: an entry that is too old by less counts as too old.
	clocksApart = 24 * time.Hour

	// duplicates is how long a stream of a county remembers message ids. The
	// sequence is what keeps entries single; ids are remembered in memory, and a
	// history published again would fill it with them.
	duplicates = time.Second

	// settle is how long a stream must be missing before it is made. The server
	// forgets a stream's name before it has removed the folder (2.15.2): one that
	// is made in between gets that folder, and takes nothing.
	settle = 250 * time.Millisecond

	// ackWait is how long a confirmation may take before it is taken for lost.
	ackWait = 5 * time.Second
)

// Bus reaches the streams of the counties through one connection.
type Bus struct {
	nc Line
	js jetstream.JetStream
}

// Open gives the bus behind a connection. It fails when JetStream does not
// answer there.
func Open(ctx context.Context, nc *nats.Conn) (*Bus, error) {
	b, err := New(nc)
	if err != nil {
		return nil, err
	}
	if _, err := b.js.AccountInfo(ctx); err != nil {
		return nil, fmt.Errorf("JetStream: %w", err)
	}
	return b, nil
}

// New gives the bus behind a connection and asks nobody: whatever is done with
// it fails until JetStream answers.
func New(nc *nats.Conn) (*Bus, error) {
	js, err := jetstream.New(nc, jetstream.WithPublishAsyncTimeout(ackWait))
	if err != nil {
		return nil, fmt.Errorf("JetStream: %w", err)
	}
	return Over(nc, js), nil
}

// Line is what the bus asks of a connection besides JetStream.
type Line interface {
	IsConnected() bool
	IsClosed() bool
	Publish(subject string, data []byte) error
	PublishMsg(m *nats.Msg) error
	SubscribeSync(subject string) (*nats.Subscription, error)
}

// Over gives the bus over a line and a JetStream that are there, as those of a
// simulation are.
func Over(nc Line, js jetstream.JetStream) *Bus { return &Bus{nc, js} }

// Ensure makes a county's stream where it is missing, and mends its subjects and
// its age where they differ. Everything else about it (replicas, placement, limits) is
// the operator's.
func (b *Bus) Ensure(ctx context.Context, county string) error {
	_, err := b.stream(ctx, county)
	return err
}

// stream gives a county's stream as it should be.
func (b *Bus) stream(ctx context.Context, county string) (jetstream.Stream, error) {
	if err := checkCounty(county); err != nil {
		return nil, err
	}
	stream, err := b.js.Stream(ctx, StreamName(county))
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		pause(ctx, settle)
		stream, err = b.js.Stream(ctx, StreamName(county))
	}
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		stream, err = b.js.CreateStream(ctx, jetstream.StreamConfig{
			Name:       StreamName(county),
			Subjects:   []string{Subjects(county)},
			Storage:    jetstream.FileStorage,
			MaxAge:     keep,
			Duplicates: duplicates,
		})
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) { // somebody else was first, and with other wishes
			stream, err = b.js.Stream(ctx, StreamName(county))
		}
	}
	if err != nil {
		return nil, fmt.Errorf("stream %s: %w", StreamName(county), err)
	}
	is := stream.CachedInfo().Config
	if len(is.Subjects) == 1 && is.Subjects[0] == Subjects(county) && is.MaxAge == keep {
		return stream, nil
	}
	is.Subjects, is.MaxAge = []string{Subjects(county)}, keep
	is.Duplicates = min(is.Duplicates, keep)
	if stream, err = b.js.UpdateStream(ctx, is); err != nil {
		return nil, fmt.Errorf("stream %s: %w", StreamName(county), err)
	}
	return stream, nil
}

// StreamName is the name of a county's stream.
func StreamName(county string) string { return "FEISUI_" + county }

// Subject is where an event of a county is published; its name has a category
// and a word, as in task.assigned.
func Subject(county, event string) string { return "feisui." + county + "." + event }

// Subjects matches every event of a county, and not its bells.
func Subjects(county string) string { return "feisui." + county + ".*.>" }

// aside is where something is said of a county that is no event, and not kept.
func aside(county, what string) string { return "feisui." + county + "." + what }

// checkCounty refuses what cannot be a part of a subject and of a stream's name
// on every file system.
func checkCounty(county string) error {
	odd := strings.ContainsFunc(county, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-' && r != '_'
	})
	if county == "" || odd {
		return fmt.Errorf("county %q: a county is named with letters, digits, - and _", county)
	}
	return nil
}
