package local

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

const (
	// natsReady is how long a server may take to read its folder: a second or
	// two for a million messages. One that takes longer is not coming.
	natsReady = time.Minute

	// natsPayload is the largest message. JetStream's own default, 1 MiB, is
	// less than the largest event that the journal takes.
	natsPayload = 8 << 20

	// natsMemory bounds streams and consumers that are kept in memory: readers
	// of a minute, never what is published.
	natsMemory = 64 << 20
)

// NATSOptions says where the server keeps what it holds and who may reach it.
type NATSOptions struct {
	Dir    string       // made when it is missing; one server at a time
	Listen string       // host:port for other processes; "" is no port at all, port 0 any that is free
	Log    *slog.Logger // nil says nothing
}

// NATS is a NATS server with JetStream inside this process.
//
// It keeps its streams in files and syncs them every two minutes, which is what
// JetStream does by default: after a power cut the last of what it confirmed may
// be gone. It carries what is true elsewhere, and whoever fills it asks it first
// where it stands.
//
// Whoever reaches the port may read and write everything: it is for the machine
// itself, or for a network that is closed by other means.
type NATS struct {
	server *server.Server
	lock   *os.File
	stop   func()
}

// StartNATS starts the server and waits until it answers. The same folder may
// be used again after Stop, and what was kept in it is there. It fails when the
// folder cannot be written, is served by another process, or holds what
// JetStream cannot read, and when the port is taken.
func StartNATS(o NATSOptions) (*NATS, error) {
	host, port, err := listen(o.Listen)
	if err != nil {
		return nil, err
	}
	lock, err := lockNATS(o.Dir)
	if err != nil {
		return nil, err
	}
	n := &NATS{lock: lock}
	n.stop = sync.OnceFunc(n.shutdown)
	if err := n.start(o, host, port); err != nil {
		n.Stop()
		return nil, fmt.Errorf("NATS in %s: %w", o.Dir, err)
	}
	return n, nil
}

func (n *NATS) start(o NATSOptions, host string, port int) (err error) {
	says := &natsLog{log: o.Log}
	if says.log == nil {
		says.log = slog.New(slog.DiscardHandler)
	}
	n.server, err = server.NewServer(&server.Options{
		ServerName:         "feisui",
		DontListen:         o.Listen == "",
		Host:               host,
		Port:               port,
		JetStream:          true,
		StoreDir:           o.Dir,
		JetStreamMaxMemory: natsMemory,
		MaxPayload:         natsPayload,
		NoSigs:             true, // signals are for the program
	})
	if err != nil {
		return err
	}
	n.server.SetLoggerV2(says, false, false, false)
	n.server.Start()
	switch {
	case says.fatal() != nil:
		return says.fatal()
	case !n.server.ReadyForConnections(natsReady):
		return fmt.Errorf("not ready after %s", natsReady)
	case !n.server.JetStreamEnabled():
		return errors.New("JetStream is not on")
	}
	return nil
}

// Connect gives a connection that touches no network; whoever asked closes it.
// It is gone for good when the server stops.
func (n *NATS) Connect(opts ...nats.Option) (*nats.Conn, error) {
	return nats.Connect("", append([]nats.Option{nats.InProcessServer(n)}, opts...)...)
}

// InProcessConn gives the other end of a client of the server. It makes a NATS
// a nats.InProcessConnProvider.
func (n *NATS) InProcessConn() (net.Conn, error) { return n.server.InProcessConn() }

// URL is where other processes connect, "" when there is no port.
func (n *NATS) URL() string {
	if addr := n.server.Addr(); addr != nil {
		return "nats://" + addr.String()
	}
	return ""
}

// Stop writes out what is held and returns when nothing of the server is left
// running. Stopping twice is stopping once.
func (n *NATS) Stop() { n.stop() }

func (n *NATS) shutdown() {
	if n.server != nil {
		n.server.Shutdown()
		n.server.WaitForShutdown()
	}
	_ = n.lock.Close() // nothing was written to it; closing is what unlocks
}

// listen takes an address apart; "" is no port.
func listen(address string) (host string, port int, err error) {
	if address == "" {
		return "", 0, nil
	}
	host, digits, err := net.SplitHostPort(address)
	if err != nil {
		return "", 0, fmt.Errorf("NATS address %q: %w", address, err)
	}
	number, err := strconv.ParseUint(digits, 10, 16)
	if err != nil {
		return "", 0, fmt.Errorf("NATS address %q: the port is not a number from 0 to 65535", address)
	}
	if number == 0 {
		return host, server.RANDOM_PORT, nil
	}
	return host, int(number), nil
}

// lockNATS makes the folder and takes it for this process: JetStream itself
// lets two servers write into one folder, and both lose. The lock goes with the
// process, however that ends.
func lockNATS(dir string) (*os.File, error) {
	if dir == "" {
		return nil, errors.New("NATS needs a folder")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("NATS folder: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("NATS folder: %w", err)
	}
	if err = own(context.Background(), lock); err != nil { //nolint:forbidigo // it ends within a second by itself
		_ = lock.Close() // nothing was written to it
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("NATS folder %s: another process serves it", dir)
		}
		return nil, fmt.Errorf("NATS folder %s: lock: %w", dir, err)
	}
	return lock, nil
}
