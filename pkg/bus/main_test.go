package bus_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/goleak"

	"feisui/pkg/bus"
	"feisui/pkg/local"
)

const county = "431026"

// TestMain sees to it that nothing is left running. Watermill's suite itself
// leaves something: the messengers of its multiplied subscribers, when it has
// read enough.
func TestMain(m *testing.M) {
	const multiplier = "github.com/ThreeDotsLabs/watermill/internal/subscriber.(*multiplier).Subscribe.func"
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction(multiplier+"2"), goleak.IgnoreAnyFunction(multiplier+"3"))
}

// house is a server that may go down and come up again, on one folder, under
// connections that stay.
type house struct {
	tb  testing.TB
	dir string

	mu     sync.Mutex
	server *local.NATS
}

func serve(tb testing.TB) *house {
	tb.Helper()
	h := &house{tb: tb, dir: tb.TempDir()}
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

// connect gives a bus, and its connection, that end with the test.
func connect(tb testing.TB, h *house) (*bus.Bus, *nats.Conn) {
	tb.Helper()
	nc, err := nats.Connect("", nats.InProcessServer(h), nats.MaxReconnects(-1), nats.ReconnectWait(5*time.Millisecond))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(nc.Close)
	b, err := bus.Open(tb.Context(), nc)
	if err != nil {
		tb.Fatal(err)
	}
	return b, nc
}

// raw gives the county's stream as JetStream shows it.
func raw(tb testing.TB, nc *nats.Conn) jetstream.Stream {
	tb.Helper()
	js, err := jetstream.New(nc)
	if err != nil {
		tb.Fatal(err)
	}
	stream, err := js.Stream(tb.Context(), bus.StreamName(county))
	if err != nil {
		tb.Fatal(err)
	}
	return stream
}

// entries gives the messages of the positions from first to last.
func entries(first, last int64) []bus.Message {
	var all []bus.Message
	for p := first; p <= last; p++ {
		all = append(all, bus.Message{
			Subject:  bus.Subject(county, "task.assigned"),
			Position: p,
			ID:       fmt.Sprintf("id-%d", p),
			Header:   map[string]string{"ce-type": "task.assigned", "ce-subject": "汝城县 100%\r\n" + fmt.Sprint(p)},
			Data:     fmt.Appendf(nil, `{"n":%d}`, p),
		})
	}
	return all
}

// fill appends the positions from first to last.
func fill(tb testing.TB, b *bus.Bus, first, last int64) bus.Tail {
	tb.Helper()
	tail, err := b.Tail(tb.Context(), county)
	if err == nil {
		tail, err = b.Append(tb.Context(), county, tail, entries(first, last))
	}
	if err != nil {
		tb.Fatal(err)
	}
	return tail
}

// answers waits until a server that was started again says what it has: what it is
// asked while it starts may never be answered.
func answers(tb testing.TB, nc *nats.Conn, b *bus.Bus) {
	tb.Helper()
	eventually(tb, "the server answers", func() bool {
		ctx, stop := context.WithTimeout(tb.Context(), time.Second)
		defer stop()
		_, err := b.Tail(ctx, county)
		return nc.IsConnected() && !errors.Is(err, context.DeadlineExceeded)
	})
}

// hungAfter is after how long what a test waits for counts as never coming. It
// promises nothing of the bus, and catches what hangs.
const hungAfter = 2 * time.Minute

// eventually waits until something holds, and says so when it never does.
func eventually(tb testing.TB, what string, holds func() bool) {
	tb.Helper()
	for end := time.Now().Add(hungAfter); !holds(); {
		if time.Now().After(end) {
			tb.Fatal("never: " + what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}
