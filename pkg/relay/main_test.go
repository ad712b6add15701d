package relay_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/goleak"

	"feisui/pkg/bus"
	"feisui/pkg/local"
	"feisui/pkg/relay"
)

const county = "431026"

// TestMain looks for what is left running. A server of 2.15.2 may forget a
// stream's own loop when the stream is deleted while it is made, as these tests
// have it.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction("github.com/nats-io/nats-server/v2/server.(*fileStore).flushStreamStateLoop"),
		goleak.IgnoreAnyFunction("github.com/nats-io/nats-server/v2/server/ats.Register.func1"))
}

// entry is what this journal records.
type entry struct {
	position int64
	id       string
	data     []byte
	at       time.Time
}

// journal is one in memory: positions without gaps, and nothing that goes wrong
// unless it is told to.
type journal struct {
	mu      sync.Mutex
	entries []entry
	broken  error
	at      time.Time // when all is recorded
}

// add records n entries and gives the last position.
func (j *journal) add(n int, history string) int64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	for range n {
		p := int64(len(j.entries)) + 1
		j.entries = append(j.entries, entry{p, fmt.Sprintf("%s-%d", history, p), fmt.Appendf(nil, `{"n":%d,"of":%q}`, p, history), j.at})
	}
	return int64(len(j.entries))
}

// cut forgets what was recorded after a position, as a backup does.
func (j *journal) cut(position int64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries = j.entries[:position]
}

func (j *journal) After(_ context.Context, _ string, position int64, limit int) iter.Seq2[entry, error] {
	j.mu.Lock()
	defer j.mu.Unlock()
	found := j.entries[min(position, int64(len(j.entries))):]
	found = found[:min(limit, len(found))]
	broken := j.broken
	return func(yield func(entry, error) bool) {
		if broken != nil {
			yield(entry{}, broken)
			return
		}
		for _, e := range found {
			if !yield(e, nil) {
				return
			}
		}
	}
}

func say(e entry) bus.Message {
	return bus.Message{
		Subject: bus.Subject(county, "task.assigned"), Position: e.position, ID: e.id, Data: e.data,
		Header: map[string]string{"ce-id": e.id, "ce-type": "task.assigned", "ce-source": "feisui/" + county, "ce-time": "2026-01-02T03:04:05Z"},
	}
}

func when(e entry) time.Time { return e.at }

// house is a server on one folder that may go down and come up again, or
// another folder's copy be put in its place, under connections that stay.
type house struct {
	tb  testing.TB
	dir string

	mu     sync.Mutex
	server *local.NATS
}

func serve(tb testing.TB) *house {
	tb.Helper()
	h := &house{tb: tb, dir: filepath.Join(tb.TempDir(), "nats")}
	h.up()
	tb.Cleanup(h.down)
	return h
}

func (h *house) up() {
	server, err := local.StartNATS(local.NATSOptions{Dir: h.dir})
	if err != nil {
		h.tb.Error(err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.server = server
}

func (h *house) down() {
	h.mu.Lock()
	server := h.server
	h.server = nil
	h.mu.Unlock()
	if server != nil {
		server.Stop()
	}
}

func (h *house) InProcessConn() (net.Conn, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.server == nil {
		return nil, errors.New("the server is down")
	}
	return h.server.InProcessConn()
}

// copyTo keeps the store as it is now; putBack makes it the store again.
func (h *house) copyTo(dir string) { h.must(os.CopyFS(dir, os.DirFS(h.dir))) }

func (h *house) putBack(dir string) {
	h.must(os.RemoveAll(h.dir))
	h.must(os.CopyFS(h.dir, os.DirFS(dir)))
}

func (h *house) must(err error) {
	if err != nil {
		h.tb.Error(err)
	}
}

// frail is a line to the server that breaks every now and then.
type frail struct {
	*house
	dice *rand.Rand
	mean int // writes between two breaks
}

func (f frail) InProcessConn() (net.Conn, error) {
	conn, err := f.house.InProcessConn()
	if err != nil {
		return nil, err
	}
	return &frailConn{Conn: conn, left: 3 + f.dice.IntN(2*f.mean)}, nil // three, to shake hands
}

type frailConn struct {
	net.Conn
	left int
}

func (c *frailConn) Write(b []byte) (int, error) {
	if c.left--; c.left < 0 {
		n, _ := c.Conn.Write(b[:len(b)/2]) // half a message arrives
		_ = c.Conn.Close()
		return n, net.ErrClosed
	}
	return c.Conn.Write(b)
}

// dial gives a connection that ends with the test.
func dial(tb testing.TB, line nats.InProcessConnProvider) *nats.Conn {
	tb.Helper()
	nc, err := nats.Connect("", nats.InProcessServer(line), nats.MaxReconnects(-1), nats.ReconnectWait(5*time.Millisecond),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(nc.Close)
	return nc
}

func open(tb testing.TB, line nats.InProcessConnProvider) *bus.Bus {
	tb.Helper()
	var err error
	for range 100 { // a frail line may break at once
		var b *bus.Bus
		ctx, stop := context.WithTimeout(tb.Context(), time.Second)
		b, err = bus.Open(ctx, dial(tb, line))
		stop()
		if err == nil {
			return b
		}
	}
	tb.Fatal(err)
	return nil
}

// running runs relays until the test ends or stop is called.
func running(tb testing.TB, j *journal, buses ...*bus.Bus) (stop func()) {
	tb.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(tb.Context()))
	var all sync.WaitGroup
	for _, b := range buses {
		all.Go(func() {
			if err := relay.New(j, b, county, say, when, slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))).Run(ctx); err != nil {
				tb.Error(err)
			}
		})
	}
	stop = sync.OnceFunc(func() {
		cancel()
		all.Wait()
	})
	tb.Cleanup(stop)
	return stop
}

// hungAfter is after how long what a test waits for counts as never coming. It
// promises nothing of the relay, and catches what hangs.
const hungAfter = 2 * time.Minute

// arrives waits until the bus ends where the journal does.
func arrives(tb testing.TB, b *bus.Bus, position int64) {
	tb.Helper()
	var tail bus.Tail
	var err error
	for end := time.Now().Add(hungAfter); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if tail, err = b.Tail(tb.Context(), county); err == nil && tail.Position == position {
			return
		}
	}
	tb.Fatalf("the bus ends at %+v (%v), the journal at %d", tail, err, position)
}

// wrong says how the bus differs from the journal, "" when it holds every entry
// once and in order. It asks JetStream itself.
func wrong(tb testing.TB, nc *nats.Conn, j *journal) string {
	tb.Helper()
	j.mu.Lock()
	entries := j.entries
	j.mu.Unlock()
	ctx, stop := context.WithTimeout(tb.Context(), hungAfter)
	defer stop()
	js, err := jetstream.New(nc)
	if err != nil {
		return err.Error()
	}
	stream, err := js.Stream(ctx, bus.StreamName(county))
	if err != nil {
		return err.Error()
	}
	if held := stream.CachedInfo().State; held.Msgs != uint64(len(entries)) {
		return fmt.Sprintf("the bus holds %d messages (%d to %d), the journal %d entries", held.Msgs, held.FirstSeq, held.LastSeq, len(entries))
	}
	reader, err := stream.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{})
	if err != nil {
		return err.Error()
	}
	all, err := reader.Messages()
	if err != nil {
		return err.Error()
	}
	defer all.Stop()
	for i, e := range entries {
		m, err := all.Next(jetstream.NextContext(ctx))
		if err != nil {
			return err.Error()
		}
		if m.Headers().Get(jetstream.MsgIDHeader) != e.id || string(m.Data()) != string(e.data) {
			return fmt.Sprintf("message %d is %q, the journal's is %q", i+1, m.Headers().Get(jetstream.MsgIDHeader), e.id)
		}
	}
	return ""
}
