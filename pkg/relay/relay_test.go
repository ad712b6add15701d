package relay_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"feisui/pkg/bus"
	"feisui/pkg/relay"
)

func TestTheBusFollowsTheJournal(t *testing.T) {
	t.Parallel()
	h := serve(t)
	j, b := &journal{}, open(t, h)
	j.add(5000, "a")
	running(t, j, b)
	arrives(t, b, 5000)
	j.add(1, "a")
	must(t, b.Ring(county, 5001))
	arrives(t, b, 5001)
	j.add(1, "a") // nobody rings
	arrives(t, b, 5002)
	if w := wrong(t, dial(t, h), j); w != "" {
		t.Fatal(w)
	}
}

// telling is a journal that knows where it ends.
type telling struct{ *journal }

func (telling) Heard(string, int64) {}

func (j telling) Head(string) int64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return int64(len(j.entries))
}

// What is many stands back before each batch; what is little does not, and who
// waits for it is not kept waiting.
func TestALargeBacklogStandsBack(t *testing.T) {
	t.Parallel()
	h := serve(t)
	j, b := &journal{}, open(t, h)
	j.add(5000, "a")
	asked, over := make(chan struct{}, 10), make(chan struct{})
	r := relay.New(telling{j}, b, county, say, when, nil)
	r.StandBack(func(context.Context) {
		asked <- struct{}{}
		<-over
	})
	ctx, cancel := context.WithCancel(t.Context())
	var run sync.WaitGroup
	run.Go(func() { must(t, r.Run(ctx)) })
	defer run.Wait()
	defer cancel()
	<-asked
	tail, err := b.Tail(t.Context(), county)
	if must(t, err); tail.Position != 0 {
		t.Errorf("%d of 5000 did not stand back", tail.Position)
	}
	close(over)
	arrives(t, b, 5000)
	for len(asked) > 0 {
		<-asked
	}
	j.add(1, "a")
	must(t, b.Ring(county, 5001))
	arrives(t, b, 5001)
	if len(asked) > 0 {
		t.Error("it stood back with a single entry")
	}
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// R1: the bus holds every entry once, in order, whatever becomes of three relays
// that publish at once over lines that break in the middle of a message.
func TestRivalsOverBreakingLines(t *testing.T) {
	t.Parallel()
	h := serve(t)
	j := &journal{}
	var buses []*bus.Bus
	for i := range uint64(3) {
		buses = append(buses, open(t, frail{h, rand.New(rand.NewPCG(7, i)), 40}))
	}
	running(t, j, buses...)
	ring := open(t, h)
	var last int64
	dice := rand.New(rand.NewPCG(7, 7))
	for range 150 {
		last = j.add(1+dice.IntN(60), "a")
		must(t, ring.Ring(county, last))
		time.Sleep(5 * time.Millisecond)
	}
	arrives(t, ring, last)
	if w := wrong(t, dial(t, h), j); w != "" {
		t.Fatal(w)
	}
}

// The control of TestRivalsOverBreakingLines: relays that ask for the tail but
// do not tell the stream what they expect it to be. Two are enough.
func TestWithoutTheExpectedSequenceRivalsDouble(t *testing.T) {
	t.Parallel()
	h := serve(t)
	j := &journal{}
	last := j.add(2000, "a")
	must(t, open(t, h).Ensure(t.Context(), county))
	var both sync.WaitGroup
	for range 2 {
		b, nc := open(t, h), dial(t, h)
		both.Go(func() {
			for {
				tail, err := b.Tail(t.Context(), county)
				if err != nil || tail.Position >= last {
					return
				}
				for e, err := range j.After(t.Context(), county, tail.Position, 100) {
					if err == nil {
						_ = publish(t.Context(), nc, say(e))
					}
				}
			}
		})
	}
	both.Wait()
	if w := wrong(t, dial(t, h), j); !strings.Contains(w, "the bus holds") {
		t.Fatalf("the bus is right without it: %q", w)
	}
}

// publish is what a relay would do that does not name the message before.
func publish(ctx context.Context, nc *nats.Conn, m bus.Message) error {
	js, err := jetstream.New(nc)
	if err != nil {
		return err
	}
	msg := nats.NewMsg(m.Subject)
	msg.Data = m.Data
	msg.Header.Set(bus.PositionHeader, strings.TrimPrefix(m.ID, "a-"))
	_, err = js.PublishMsg(ctx, msg)
	return err
}

// catastrophes are what may become of the store under a running relay. Each
// ends with a server that runs.
var catastrophes = map[string]func(tb testing.TB, h *house){
	"restarted": func(_ testing.TB, h *house) {
		h.down()
		h.up()
	},
	"its stream deleted": func(tb testing.TB, h *house) {
		js, err := jetstream.New(dial(tb, h))
		must(tb, err)
		moved(tb, h)
		must(tb, js.DeleteStream(tb.Context(), bus.StreamName(county)))
	},
	"its folder removed": func(tb testing.TB, h *house) {
		h.down()
		h.putBack(tb.TempDir())
		h.up()
	},
	"rolled back": func(tb testing.TB, h *house) {
		old := filepath.Join(tb.TempDir(), "old")
		h.down()
		h.copyTo(old)
		h.up()
		moved(tb, h) // what the relay does now will be lost
		h.down()
		h.putBack(old)
		h.up()
	},
	"its description damaged": func(tb testing.TB, h *house) {
		moved(tb, h) // there is something to damage
		h.down()
		each(tb, h.dir, "meta.inf", flip)
		h.up()
	},
	"the end of its last block gone": func(tb testing.TB, h *house) {
		moved(tb, h)
		h.down()
		each(tb, h.dir, "index.db", os.Remove) // it says what is in the blocks
		each(tb, h.dir, "*.blk", shorten)
		h.up()
	},
}

// moved waits until the bus ends elsewhere than now.
func moved(tb testing.TB, h *house) {
	tb.Helper()
	b := open(tb, h)
	was, err := b.Tail(tb.Context(), county)
	must(tb, err)
	for end := time.Now().Add(hungAfter); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if is, err := b.Tail(tb.Context(), county); err == nil && is.Position > was.Position+10 {
			return
		}
	}
	tb.Error("nothing is published")
}

// R2: whatever becomes of the store while entries are appended, in the end the
// bus is complete.
func TestTheBusHeals(t *testing.T) {
	t.Parallel()
	for name, strike := range catastrophes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := serve(t)
			j := &journal{}
			running(t, j, open(t, h), open(t, h))
			watch := open(t, h)
			for range 3 {
				appending(t, j, watch, func() { strike(t, h) })
			}
			arrives(t, watch, j.add(1, "a"))
			if w := wrong(t, dial(t, h), j); w != "" {
				t.Fatal(w)
			}
		})
	}
}

// appending does something while entries are recorded, before and after too.
func appending(tb testing.TB, j *journal, b *bus.Bus, something func()) {
	tb.Helper()
	ctx, stop := context.WithCancel(tb.Context())
	var writer sync.WaitGroup
	writer.Go(func() {
		for ctx.Err() == nil {
			_ = b.Ring(county, j.add(10, "a"))
			time.Sleep(2 * time.Millisecond)
		}
	})
	time.Sleep(50 * time.Millisecond)
	something()
	time.Sleep(50 * time.Millisecond)
	stop()
	writer.Wait()
}

// The control of TestTheBusHeals: a relay that keeps its own cursor publishes
// what follows it, and the hole stays.
func TestACursorOfOnesOwnLeavesAHole(t *testing.T) {
	t.Parallel()
	for name, strike := range catastrophes {
		if name == "restarted" || name == "its description damaged" {
			continue // the messages are all there, or will be when the stream is made again
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := serve(t)
			j := &journal{}
			b, nc := open(t, h), dial(t, h)
			must(t, b.Ensure(t.Context(), county))
			ctx, stop := context.WithCancel(t.Context())
			var relay sync.WaitGroup
			relay.Go(func() {
				cursor := int64(0)
				for ctx.Err() == nil {
					for e, err := range j.After(ctx, county, cursor, 100) {
						if err != nil {
							break
						}
						once, end := context.WithTimeout(ctx, time.Second)
						err = publish(once, nc, say(e))
						end()
						if err != nil {
							_ = b.Ensure(ctx, county)
							break
						}
						cursor = e.position
					}
				}
			})
			appending(t, j, open(t, h), func() { strike(t, h) })
			last := j.add(1, "a")
			deadline := time.Now().Add(20 * time.Second)
			for tail := (bus.Tail{}); tail.Position != last && time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
				tail, _ = b.Tail(t.Context(), county)
			}
			stop()
			relay.Wait()
			if w := wrong(t, dial(t, h), j); !strings.Contains(w, "the bus holds") {
				t.Fatalf("a cursor does no harm: %q", w)
			}
		})
	}
}

// A journal that came back from a backup goes on otherwise than the bus
// remembers: the journal is the truth.
func TestTheJournalIsTheTruth(t *testing.T) {
	t.Parallel()
	for name, more := range map[string]int{"shorter": 0, "as long": 300, "longer": 500} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := serve(t)
			j, b, nc := &journal{}, open(t, h), dial(t, h)
			stop := running(t, j, b, open(t, h))
			arrives(t, b, j.add(1000, "a"))
			stop()
			j.cut(700)
			j.add(more, "b")
			running(t, j, b, open(t, h))
			for end := time.Now().Add(hungAfter); wrong(t, nc, j) != "" && time.Now().Before(end); {
				time.Sleep(20 * time.Millisecond)
			}
			arrives(t, b, j.add(10, "b"))
			if w := wrong(t, nc, j); w != "" {
				t.Fatal(w)
			}
		})
	}
}

// harms are what may be done to a stream of a thousand messages that keeps its
// end, and from which on messages are there still.
var harms = map[string]struct {
	harm  func(ctx context.Context, s jetstream.Stream) error
	first uint64
}{
	"purged":              {func(ctx context.Context, s jetstream.Stream) error { return s.Purge(ctx) }, 1001},
	"the first half gone": {func(ctx context.Context, s jetstream.Stream) error { return s.Purge(ctx, jetstream.WithPurgeKeep(500)) }, 501},
	"one gone":            {func(ctx context.Context, s jetstream.Stream) error { return s.DeleteMsg(ctx, 40) }, 1},
	"the last one gone":   {func(ctx context.Context, s jetstream.Stream) error { return s.DeleteMsg(ctx, 1000) }, 1},
}

// What is not too old, and gone, comes again, at once and without news. What grew
// too old stays away, which is the control: its relay finds the same stream. So does
// what an operator's own limits took.
func TestWhatIsNotTooOldComesAgain(t *testing.T) { //nolint:tparallel // one stream after the other, of one server
	t.Parallel()
	const keeps, hour = 30 * 24 * time.Hour, time.Hour
	h := serve(t)
	for name, c := range harms {
		for age, stays := range map[time.Duration]bool{0: false, keeps - 25*hour: false, keeps - 23*hour: true, keeps + hour: true} {
			if stays && c.first == 1 {
				continue // nothing in the midst grows too old
			}
			t.Run(fmt.Sprintf("%s, %s old", name, age), func(t *testing.T) { heals(t, h, c.harm, age, stays, c.first) })
		}
	}
	t.Run("an operator's limit", func(t *testing.T) {
		heals(t, h, func(ctx context.Context, s jetstream.Stream) error {
			config := s.CachedInfo().Config
			config.MaxMsgs = 500
			js, err := jetstream.New(dial(t, h))
			must(t, err)
			_, err = js.UpdateStream(ctx, config)
			return err
		}, 0, true, 521)
	})
}

// heals harms a stream of a thousand entries and looks whether a relay makes it whole.
func heals(t *testing.T, h *house, harm func(context.Context, jetstream.Stream) error, age time.Duration, stays bool, first uint64) {
	t.Helper()
	j, b, nc := &journal{at: time.Now().Add(-age)}, open(t, h), dial(t, h)
	stop := running(t, j, b)
	arrives(t, b, j.add(1000, "a"))
	stop()
	js, err := jetstream.New(nc)
	must(t, err)
	stream, err := js.Stream(t.Context(), bus.StreamName(county))
	must(t, err)
	defer func() { must(t, js.DeleteStream(t.Context(), bus.StreamName(county))) }()
	must(t, harm(t.Context(), stream))
	stop = running(t, j, b)
	defer stop()
	if !stays {
		for end := time.Now().Add(hungAfter); wrong(t, nc, j) != "" && time.Now().Before(end); {
			time.Sleep(20 * time.Millisecond)
		}
	}
	arrives(t, b, j.add(10, "a"))
	arrives(t, b, j.add(10, "a"))
	if !stays {
		if w := wrong(t, nc, j); w != "" {
			t.Fatal(w)
		}
		return
	}
	info, err := stream.Info(t.Context())
	must(t, err)
	if s := info.State; s.FirstSeq != first || s.Msgs != s.LastSeq-s.FirstSeq+1 || s.LastSeq != 1020 {
		t.Fatalf("%+v", s)
	}
}

func TestRunEnds(t *testing.T) {
	t.Parallel()
	h := serve(t)
	j := &journal{broken: errors.New("the database is away")}
	nc := dial(t, h)
	b, err := bus.Open(t.Context(), nc)
	must(t, err)
	ctx, stop := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer stop()
	if err := relay.New(j, b, county, say, when, nil).Run(ctx); err != nil {
		t.Fatalf("the context ended: %v", err)
	}
	if err := relay.New(j, b, "no.such", say, when, nil).Run(t.Context()); err == nil {
		t.Fatal("a county with a dot")
	}
	time.AfterFunc(100*time.Millisecond, nc.Close)
	if err := relay.New(j, b, county, say, when, nil).Run(t.Context()); !errors.Is(err, nats.ErrConnectionClosed) {
		t.Fatal(err)
	}
	if err := relay.New(j, b, county, say, when, nil).Run(t.Context()); !errors.Is(err, nats.ErrConnectionClosed) {
		t.Fatal(err)
	}
}

// A journal that skips a position is not followed over the gap.
func TestAGapInTheJournalStopsTheRelay(t *testing.T) {
	t.Parallel()
	h := serve(t)
	j, b := &journal{}, open(t, h)
	j.add(10, "a")
	j.entries = append(j.entries[:5], j.entries[6:]...)
	stop := running(t, j, b)
	time.Sleep(200 * time.Millisecond)
	stop()
	if tail, err := b.Tail(t.Context(), county); err != nil || tail.Position != 0 {
		t.Fatalf("%+v, %v", tail, err)
	}
}
