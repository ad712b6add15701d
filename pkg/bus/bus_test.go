package bus_test

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"feisui/pkg/bus"
)

func TestTheBusHoldsWhatWasAppended(t *testing.T) {
	t.Parallel()
	b, nc := connect(t, serve(t))
	if tail, err := b.Tail(t.Context(), county); err != nil || tail.Position != 0 || tail.Sequence != 0 {
		t.Fatalf("new: %+v, %v", tail, err)
	}
	fill(t, b, 1, 1000)
	appended := fill(t, b, 1001, 1001)
	tail, err := b.Tail(t.Context(), county)
	if err != nil || appended.Sequence != 1001 || appended.Position != 1001 || appended.ID != tail.ID || tail.Sequence != 1001 || tail.Position != 1001 || tail.ID != "id-1001" {
		t.Fatalf("%+v, appended %+v, %v", tail, appended, err)
	}
	for _, after := range []int64{0, 1, 255, 256, 700, 1000, 1001} {
		got, err := read(t, b, after)
		if want := entries(after+1, 1001); err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("after %d: %d messages, %v, want %d", after, len(got), err, len(want))
		}
	}
	for m, err := range b.From(t.Context(), county, 0) {
		if err != nil || m.Position != 1 {
			t.Fatal(m, err)
		}
		break
	}
	eventually(t, "a reader that stopped leaves nothing on the server", func() bool {
		info, err := raw(t, nc).Info(t.Context())
		return err == nil && info.State.Consumers == 0
	})
}

func read(tb testing.TB, b *bus.Bus, after int64) (got []bus.Message, err error) {
	tb.Helper()
	for m, err := range b.From(tb.Context(), county, after) {
		if err != nil {
			return got, err
		}
		got = append(got, m)
	}
	return got, nil
}

func TestAppendTakesTheNextEntryAndNoOther(t *testing.T) {
	t.Parallel()
	b, nc := connect(t, serve(t))
	old := fill(t, b, 1, 10)
	fill(t, b, 11, 700)
	_, err := b.Append(t.Context(), county, old, entries(11, 900))
	if !errors.Is(err, bus.ErrMoved) {
		t.Fatal(err)
	}
	if _, err := b.Append(t.Context(), county, old, entries(12, 13)); err == nil || errors.Is(err, bus.ErrMoved) {
		t.Fatalf("a gap: %v", err)
	}
	odd := entries(701, 701)
	odd[0].Header = map[string]string{"Nats-Rollup": "all"}
	if _, err := b.Append(t.Context(), county, must(b.Tail(t.Context(), county)), odd); err == nil {
		t.Fatal("a message that tells the server to purge the stream")
	}
	for _, name := range []string{"", "a.b", "a b", "*", "縣"} {
		if err := b.Ensure(t.Context(), name); err == nil {
			t.Fatalf("county %q", name)
		}
	}
	// Whatever was refused, what is there is one entry for each position.
	got, err := read(t, b, 0)
	info, err2 := raw(t, nc).Info(t.Context())
	if errors.Join(err, err2) != nil || !reflect.DeepEqual(got, entries(1, int64(len(got)))) || info.State.Msgs != uint64(len(got)) || len(got) < 700 {
		t.Fatal(len(got), info, err, err2)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// A message that the stream refuses in the middle takes what follows with it:
// none of the later ones is stored in its place.
func TestNothingPassesAMessageThatIsRefused(t *testing.T) {
	t.Parallel()
	b, nc := connect(t, serve(t))
	tail := must(b.Tail(t.Context(), county))
	batch := entries(1, 1000)
	batch[499].Subject = "elsewhere" // no stream takes it
	if _, err := b.Append(t.Context(), county, tail, batch); !errors.Is(err, bus.ErrMoved) {
		t.Fatal(err)
	}
	if tail := must(b.Tail(t.Context(), county)); tail.Position != 499 {
		t.Fatal(tail)
	}
	// The next try begins with it and hears the reason.
	if _, err := b.Append(t.Context(), county, must(b.Tail(t.Context(), county)), batch[499:]); !errors.Is(err, jetstream.ErrNoStreamResponse) {
		t.Fatal(err)
	}
	// The control: without the sequence that each expects, they do pass.
	must(0, b.Wipe(t.Context(), county, must(b.Tail(t.Context(), county))))
	must(0, b.Ensure(t.Context(), county))
	for _, m := range batch {
		must(0, nc.Publish(m.Subject, m.Data))
	}
	eventually(t, "999 of 1000", func() bool { return must(raw(t, nc).Info(t.Context())).State.LastSeq == 999 })
}

// A message of another hand that takes the place of an entry stops the entries
// after it as well: by the sequence alone they would follow it.
func TestNothingFollowsAStrangersMessage(t *testing.T) {
	t.Parallel()
	b, nc := connect(t, serve(t))
	tail := must(b.Tail(t.Context(), county))
	must(must(jetstream.New(nc)).Publish(t.Context(), bus.Subject(county, "task.assigned"), []byte("{}")))
	if _, err := b.Append(t.Context(), county, tail, entries(1, 600)); !errors.Is(err, bus.ErrMoved) {
		t.Fatal(err)
	}
	if last := must(raw(t, nc).Info(t.Context())).State.LastSeq; last != 1 {
		t.Fatalf("%d messages follow the stranger's", last-1)
	}
}

func TestTheTailOfAStreamThatLostItsMessages(t *testing.T) {
	t.Parallel()
	b, nc := connect(t, serve(t))
	tail := fill(t, b, 1, 20)
	// Thirty days later everything has grown too old: nothing is published again.
	must(0, raw(t, nc).Purge(t.Context()))
	if tail := must(b.Tail(t.Context(), county)); tail.Position != 20 || tail.Sequence != 20 || tail.ID != "" {
		t.Fatalf("purged: %+v", tail)
	}
	fill(t, b, 21, 30)
	// Somebody deleted the stream: it begins again. What was meant for the old one is not taken.
	must(0, must(jetstream.New(nc)).DeleteStream(t.Context(), bus.StreamName(county)))
	if again := must(b.Tail(t.Context(), county)); again.Position != 0 || again.Sequence != 0 {
		t.Fatalf("wiped: %+v", again)
	}
	if _, err := b.Append(t.Context(), county, tail, entries(21, 22)); !errors.Is(err, bus.ErrMoved) {
		t.Fatal(err)
	}
	// A wipe that was meant for the old stream leaves the new one alone.
	fill(t, b, 1, 5)
	must(0, b.Wipe(t.Context(), county, tail))
	if again := must(b.Tail(t.Context(), county)); again.Position != 5 {
		t.Fatalf("wiped too late: %+v", again)
	}
}

func TestAnotherHandForksTheStream(t *testing.T) {
	t.Parallel()
	b, nc := connect(t, serve(t))
	fill(t, b, 1, 3)
	must(must(jetstream.New(nc)).Publish(t.Context(), bus.Subject(county, "task.assigned"), []byte("{}")))
	tail := must(b.Tail(t.Context(), county))
	if tail.Sequence != 4 || tail.Position == 4 {
		t.Fatalf("%+v", tail)
	}
	if _, err := b.Append(t.Context(), county, tail, entries(tail.Position+1, 9)); !errors.Is(err, bus.ErrForked) {
		t.Fatal(err)
	}
	got, err := read(t, b, 0)
	if !reflect.DeepEqual(got, entries(1, 3)) || !errors.Is(err, bus.ErrGap) {
		t.Fatal(got, err)
	}
	must(0, b.Wipe(t.Context(), county, tail))
	fill(t, b, 1, 9)
}

func TestFromReportsAGap(t *testing.T) {
	t.Parallel()
	b, nc := connect(t, serve(t))
	fill(t, b, 1, 700)
	stream := raw(t, nc)
	must(0, stream.Purge(t.Context(), jetstream.WithPurgeSequence(100)))
	must(0, stream.DeleteMsg(t.Context(), 600))
	must(0, stream.DeleteMsg(t.Context(), 700))
	for _, c := range []struct {
		after, last int64 // the last that is heard
		gap         bool
	}{
		{0, 0, true},      // grew too old
		{98, 98, true},    // so did 99
		{99, 599, true},   // 600 is lost
		{599, 599, true},  // and asked for
		{600, 699, true},  // 700 is lost, at the end
		{700, 700, false}, // here the bus ends
		{701, 701, true},  // the bus is behind the reader: it was rolled back
		{-1, -1, true},
	} {
		got, err := read(t, b, c.after)
		if !reflect.DeepEqual(got, entries(c.after+1, c.last)) || errors.Is(err, bus.ErrGap) != c.gap || (err != nil) != c.gap {
			t.Errorf("after %d: %d messages, %v", c.after, len(got), err)
		}
	}
}

func TestEnsureMendsAStreamAndLeavesTheRest(t *testing.T) {
	t.Parallel()
	b, nc := connect(t, serve(t))
	js := must(jetstream.New(nc))
	must(js.CreateStream(t.Context(), jetstream.StreamConfig{
		Name: bus.StreamName(county), Subjects: []string{"old.>"}, MaxAge: time.Minute, MaxBytes: 1 << 20, Description: "ours",
	}))
	for range 2 {
		must(0, b.Ensure(t.Context(), county))
	}
	is := must(raw(t, nc).Info(t.Context())).Config
	if is.Subjects[0] != bus.Subjects(county) || is.MaxAge != 30*24*time.Hour || is.MaxBytes != 1<<20 || is.Description != "ours" {
		t.Fatalf("%+v", is)
	}
}

func TestOpenWantsJetStream(t *testing.T) {
	t.Parallel()
	h := serve(t)
	_, nc := connect(t, h)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := bus.Open(ctx, nc); err == nil {
		t.Fatal("opened without an answer")
	}
	h.down()
	b, err := bus.Open(t.Context(), must(gone(h)))
	if err == nil {
		t.Fatal("opened", b)
	}
}

// gone gives a connection that was closed.
func gone(h *house) (*nats.Conn, error) {
	h.up()
	nc, err := nats.Connect("", nats.InProcessServer(h))
	if err == nil {
		nc.Close()
	}
	return nc, err
}
