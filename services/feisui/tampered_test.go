package main

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/nats-io/nats.go"

	"feisui/pkg/bus"
	"feisui/pkg/civil"
	"feisui/pkg/local"
	"feisui/services/feisui/serve"
)

// tampered is a running county whose database and bus others can reach. Nobody acts
// there, no day begins and nothing is copied to the bus, so that once flags are
// announced nothing is recorded or mended by itself.
type tampered struct {
	server   string
	owner    *pgxpool.Pool
	bus      *bus.Bus
	nc       *nats.Conn
	messages []bus.Message           // what the bus held when nothing was planted
	relay    func(*testing.T) func() // has a relay copy until it is stopped
	stop     func()                  // the server
	start    func(*testing.T)        // it again
}

func newTampered(t *testing.T) *tampered {
	t.Helper()
	needPostgres(t)
	postgres, err := local.StartPostgres(t.Context(), local.PostgresOptions{Dir: filepath.Join(dataOf(t), "postgres"), Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := postgres.Stop(); err != nil {
			t.Error(err)
		}
	})
	url := postgres.URL()
	broker, err := local.StartNATS(local.NATSOptions{Dir: dataOf(t), Listen: "127.0.0.1:0", Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(broker.Stop)
	clock := &hands{}
	clock.set(noon())
	serves := func(t *testing.T, targets ...string) (address string, stop func()) {
		return servedBy(t, serve.Config{
			OperatorKey: testKey, Targets: targets, Listen: "127.0.0.1:0", DatabaseURL: url, NATSURL: broker.URL(), Counties: []string{"c"},
			Calendar: civil.China(), Clock: clock.now, AnyClock: true, Log: quiet(),
		})
	}
	owner, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(owner.Close)
	c := &tampered{owner: owner}
	c.start = func(t *testing.T) {
		t.Helper()
		all := slices.DeleteFunc(slices.Clone(serve.Targets), func(target string) bool { return target == "act" || target == "relay" })
		address, stop := serves(t, all...)
		c.server, c.stop = "http://"+address, stop
	}
	c.relay = func(t *testing.T) func() {
		t.Helper()
		_, stop := serves(t, "relay")
		return stop
	}
	c.start(t)
	mustRun(t, "import", filepath.Join(casesFolder(), "random-21", "book"), "--server", c.server, "--county", "c")
	nc, err := nats.Connect(broker.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	c.nc = nc
	if c.bus, err = bus.New(nc); err != nil {
		t.Fatal(err)
	}
	stop := c.relay(t)
	c.settled(t)
	stop()
	for m, err := range c.bus.From(t.Context(), "c", 0) {
		if err != nil {
			t.Fatal(err)
		}
		c.messages = append(c.messages, m)
	}
	return c
}

// servedBy runs a server until the test ends or stop is called.
func servedBy(t *testing.T, config serve.Config) (address string, stop func()) {
	t.Helper()
	server, err := serve.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return server.Address(), stop
}

// carries has the bus carry some messages, and no others.
func (c *tampered) carries(t *testing.T, messages []bus.Message) {
	t.Helper()
	tail, err := c.bus.Tail(t.Context(), "c")
	if err == nil {
		err = c.bus.Wipe(t.Context(), "c", tail)
	}
	if err == nil {
		tail, err = c.bus.Tail(t.Context(), "c") // which makes the stream
	}
	if err == nil {
		_, err = c.bus.Append(t.Context(), "c", tail, messages)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// settled waits until the flags that stand are announced, their rows are written and
// the bus has everything.
func (c *tampered) settled(t *testing.T) {
	t.Helper()
	c.announced(t)
	eventually(t, func() bool {
		_, _, status := feisui(t, "verify", "--server", c.server, "--county", "c")
		return status == exitOK
	})
}

// announced waits for as much, but for the bus.
func (c *tampered) announced(t *testing.T) {
	t.Helper()
	eventually(t, func() (announced bool) {
		err := c.owner.QueryRow(t.Context(), `select stand > 0 and stand = raised - cleared and written = recorded from
			(select count(*) as stand from ledger.flag) flags, (select max(position) as written from ledger.book where live) book,
			(select count(*) filter (where type = 'flag.raised') as raised, count(*) filter (where type = 'flag.cleared') as cleared,
				max(position) as recorded from journal.entry) entries`).Scan(&announced)
		if err != nil {
			t.Fatal(err)
		}
		return announced
	})
}

// exec does something behind everybody's back.
func (c *tampered) exec(t *testing.T, sql string) {
	t.Helper()
	if _, err := c.owner.Exec(t.Context(), `set session_replication_role = replica; `+sql+`; set session_replication_role = origin`); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// finds has verify say something of a check, and that all else is as it should be;
// what is wrong with the journal others may see as well.
func (c *tampered) finds(t *testing.T, what, says string, known ...string) {
	t.Helper()
	check, _, _ := strings.Cut(says, ":")
	stdout, stderr, status := feisui(t, append([]string{"verify", "--server", c.server, "--county", "c"}, known...)...)
	if status == exitOK || !strings.Contains(stdout, "✗ "+checked[check]) || !strings.Contains(stderr, "  "+says) || check != "journal" && strings.Count(stdout, "✗") != 1 {
		t.Errorf("%s: status %d, want %q\n%s%s", what, status, says, stdout, stderr)
	}
}
