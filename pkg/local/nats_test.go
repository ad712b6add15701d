package local_test

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/goleak"

	"feisui/pkg/local"
)

// quiet checks that nothing that a test starts is left running. It comes first,
// so that it looks last; what runs already is another's.
func quiet(t *testing.T) {
	t.Helper()
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before) })
}

func startNATS(t *testing.T, o local.NATSOptions) *local.NATS {
	t.Helper()
	n, err := local.StartNATS(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.Stop)
	return n
}

// stream gives the stream "kept" of a server, made where it is missing.
func stream(t *testing.T, nc *nats.Conn) (jetstream.JetStream, jetstream.Stream) {
	t.Helper()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	s, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "kept", Subjects: []string{"kept"}, Storage: jetstream.FileStorage})
	if err != nil {
		t.Fatal(err)
	}
	return js, s
}

func TestNATSKeepsWhatItHolds(t *testing.T) {
	quiet(t)
	dir := filepath.Join(t.TempDir(), "new", "folder")
	for run := range uint64(3) {
		n, err := local.StartNATS(local.NATSOptions{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		nc, err := n.Connect(nats.Name("a test"))
		if err != nil {
			t.Fatal(err)
		}
		js, s := stream(t, nc)
		if held := s.CachedInfo().State.Msgs; held != run {
			t.Fatalf("run %d: %d messages", run, held)
		}
		if _, err := js.Publish(t.Context(), "kept", []byte("费随事转")); err != nil {
			t.Fatal(err)
		}
		if n.URL() != "" {
			t.Fatal("a port nobody asked for", n.URL())
		}
		nc.Close()
		n.Stop()
		n.Stop()
		if _, err := n.Connect(); err == nil {
			t.Fatal("connected to a server that stopped")
		}
	}
}

func TestNATSListensWhenItIsAsked(t *testing.T) {
	quiet(t)
	n := startNATS(t, local.NATSOptions{Dir: t.TempDir(), Listen: "127.0.0.1:0"})
	outside, err := nats.Connect(n.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(outside.Close)
	inside, err := n.Connect()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(inside.Close)
	heard, err := inside.SubscribeSync("greeting")
	if err == nil {
		err = inside.Flush()
	}
	if err == nil {
		err = outside.Publish("greeting", nil)
	}
	if err == nil {
		_, err = heard.NextMsgWithContext(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	large := make([]byte, 6<<20)
	if err := outside.Publish("greeting", large); err != nil {
		t.Fatal(err)
	}
}

func TestNATSSaysWhyItDoesNotStart(t *testing.T) {
	quiet(t)
	taken, err := (&net.ListenConfig{}).Listen(context.WithoutCancel(t.Context()), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	file := filepath.Join(t.TempDir(), "file")
	inTheWay := t.TempDir()
	served := t.TempDir()
	for _, name := range []string{file, filepath.Join(inTheWay, "jetstream")} {
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	n, err := local.StartNATS(local.NATSOptions{Dir: served})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		o    local.NATSOptions
		says string
	}{
		"no folder":           {local.NATSOptions{}, "needs a folder"},
		"a file":              {local.NATSOptions{Dir: file}, "not a directory"},
		"a file in the way":   {local.NATSOptions{Dir: inTheWay}, inTheWay},
		"a served folder":     {local.NATSOptions{Dir: served}, "another process serves it"},
		"no port":             {local.NATSOptions{Dir: t.TempDir(), Listen: "localhost"}, "missing port"},
		"an impossible port":  {local.NATSOptions{Dir: t.TempDir(), Listen: "localhost:65536"}, "0 to 65535"},
		"a port that is used": {local.NATSOptions{Dir: t.TempDir(), Listen: taken.Addr().String()}, "address already in use"},
	} {
		got, err := local.StartNATS(c.o)
		if err == nil {
			got.Stop()
			t.Errorf("%s: started", name)
		} else if !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	n.Stop()
	// Whoever failed holds nothing back: the folders can be used now.
	for _, dir := range []string{served, inTheWay} {
		if dir == inTheWay {
			if err := os.Remove(filepath.Join(dir, "jetstream")); err != nil {
				t.Fatal(err)
			}
		}
		n, err := local.StartNATS(local.NATSOptions{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		n.Stop()
	}
}

func TestNATSTellsTheLog(t *testing.T) {
	quiet(t)
	var said bytes.Buffer
	n := startNATS(t, local.NATSOptions{Dir: t.TempDir(), Log: slog.New(slog.NewTextHandler(&said, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	n.Stop()
	if s := said.String(); !strings.Contains(s, "Server is ready") || !strings.Contains(s, "Starting JetStream") {
		t.Fatal(s)
	}
}
