package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"feisui/pkg/bus"
	"feisui/pkg/civil"
	"feisui/pkg/journal"
	"feisui/pkg/local"
	"feisui/schemas"
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
	address, _ := serves(t, slices.DeleteFunc(slices.Clone(serve.Targets), func(target string) bool { return target == "act" || target == "relay" })...)
	owner, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(owner.Close)
	c := &tampered{server: "http://" + address, owner: owner, relay: func(t *testing.T) func() {
		t.Helper()
		_, stop := serves(t, "relay")
		return stop
	}}
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

// TestVerifyFindsWhatIsPlanted changes every column of an entry, takes entries
// away, swaps them, cuts the end off, changes the book and the bus: each is
// found, named, and after it is mended nothing is.
func TestVerifyFindsWhatIsPlanted(t *testing.T) {
	t.Parallel()
	c := newTampered(t)
	at := []string{"--server", c.server, "--county", "c"}
	said := mustRun(t, append([]string{"verify"}, at...)...)
	if strings.Count(said, "✓") != 4 || strings.Contains(said, "✗") {
		t.Fatalf("of a sound county verify says\n%s", said)
	}
	known := said[strings.LastIndex(said, " ")+1 : len(said)-1]
	c.exec(t, `create table entries as select * from journal.entry; create table also as select * from journal.also;
		create table requests as select * from journal.request; create table flags as select * from ledger.flag; create table books as select * from ledger.book`)
	mend := `truncate journal.entry, journal.also, journal.request, ledger.flag, ledger.book;
		insert into journal.entry select * from entries; insert into journal.also select * from also;
		insert into journal.request select * from requests; insert into ledger.flag select * from flags; insert into ledger.book select * from books`
	plants := map[string]string{
		"an entry is taken away": `delete from journal.entry where position = 40`,
		"two entries are swapped": `update journal.entry set position = 1000000 where position = 40;
			update journal.entry set position = 40 where position = 42; update journal.entry set position = 42 where position = 1000000`,
		"the end is cut off":       `delete from journal.entry where position > (select max(position) - 3 from entries)`,
		"a request is taken away":  `delete from journal.request where first < 40 and last > 40`,
		"an account is not found":  `delete from journal.also where position = (select min(position) from also)`,
		"a flag is changed":        `update ledger.flag set amount = coalesce(amount, 0) + 1 where ctid = (select min(ctid) from ledger.flag)`,
		"a flag is taken away":     `delete from ledger.flag where ctid = (select min(ctid) from ledger.flag)`,
		"the book's day is moved":  `update ledger.book set day = day - 1`,
		"the book's hash is wrong": `update ledger.book set hash = sha256(hash)`,
	}
	for column, change := range map[string]string{
		"stream": `stream || 'x'`, "version": `version + 1000`, "type": `'task.recalled'`, "id": `gen_random_uuid()`, "request": `request || 'x'`,
		"actor": `actor || 'x'`, "kind": `case kind when 'act' then 'record' else 'act' end`, "recorded_at": `recorded_at + interval '1 microsecond'`,
		"data": `(data::text || ' ')::json`, "accounts": `array_append(accounts, 'x')`, "prev": `sha256(prev)`, "hash": `sha256(hash)`,
	} {
		plants["column "+column] = fmt.Sprintf(`update journal.entry set %s = %s where position = 40`, column, change)
	}
	for _, name := range slices.Sorted(maps.Keys(plants)) {
		c.exec(t, plants[name])
		stdout, stderr, status := feisui(t, append([]string{"verify", "--known", known}, at...)...)
		if status == exitOK || !strings.Contains(stdout, "✗") || !strings.Contains(stderr, ": ") {
			t.Errorf("%s: status %d\n%s%s", name, status, stdout, stderr)
		}
		c.exec(t, mend)
		eventually(t, func() bool {
			_, _, status := feisui(t, append([]string{"verify", "--known", known}, at...)...)
			return status == exitOK
		})
	}
	c.verifyFindsOnTheBus(t)
	defer c.relay(t)() // which has the purged bus whole again, of itself
	c.settled(t)
	c.verifyFindsMoneyFromNowhere(t)
}

// verifyFindsOnTheBus takes from the bus what it should hold. Nobody copies to it
// meanwhile. In the end it is empty.
func (c *tampered) verifyFindsOnTheBus(t *testing.T) {
	t.Helper()
	end := len(c.messages)
	stream := func() jetstream.Stream {
		js, err := jetstream.New(c.nc)
		if err != nil {
			t.Fatal(err)
		}
		s, err := js.Stream(t.Context(), bus.StreamName("c"))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	plants := []struct {
		name  string
		plant func(context.Context) error
		says  string
	}{
		{"a message is gone", func(ctx context.Context) error { return stream().DeleteMsg(ctx, 40) }, "FEISUI_c after 39: the bus does not hold the next entry"},
		{"it is rolled back", func(context.Context) error { c.carries(t, c.messages[:end/2]); return nil }, fmt.Sprintf("it ends at entry %d, %d before the journal", end/2, end-end/2)},
		{"it is wiped", func(context.Context) error { c.carries(t, nil); return nil }, fmt.Sprintf("it ends at entry 0, %d before the journal", end)},
		{"its first half is purged", func(ctx context.Context) error {
			return stream().Purge(ctx, jetstream.WithPurgeSequence(uint64(end/2+1)))
		}, fmt.Sprintf("it begins at entry %d, ", end/2+1)},
		{"it is purged", func(ctx context.Context) error { return stream().Purge(ctx) }, fmt.Sprintf("it begins at entry %d, ", end+1)},
	}
	for _, p := range plants {
		c.carries(t, c.messages)
		mustRun(t, "verify", "--server", c.server, "--county", "c")
		if err := p.plant(t.Context()); err != nil {
			t.Fatal(err)
		}
		c.finds(t, p.name, "bus: "+p.says)
	}
}

// verifyFindsMoneyFromNowhere has more arrive of a payment than was paid, as a
// mistake in a rule would record it: everything fits, but for the money.
func (c *tampered) verifyFindsMoneyFromNowhere(t *testing.T) {
	t.Helper()
	pool, err := journal.Connect(t.Context(), c.owner.Config().ConnString())
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	j, err := journal.Open(t.Context(), pool, noon, journal.AnyClock())
	if err != nil {
		t.Fatal(err)
	}
	var arrived schemas.PaymentArrived
	var accounts []string
	if err := c.owner.QueryRow(t.Context(), `select data, accounts from journal.entry where type = $1 order by position limit 1`, arrived.Type()).Scan(&arrived, &accounts); err != nil {
		t.Fatal(err)
	}
	if err := c.owner.QueryRow(t.Context(), `select count(*) + 1 from journal.entry where type = $1 and stream = $2`, arrived.Type(), arrived.Stream()).Scan(&arrived.Arrival); err != nil {
		t.Fatal(err)
	}
	arrived.Amount, arrived.No = 1_000_000_000, "more than was paid"
	data, err := json.Marshal(arrived)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.Append(t.Context(), journal.Request{
		County: "c", ID: "from nowhere", Actor: "a mistake", Kind: journal.Record, Events: []journal.Pending{{Stream: arrived.Stream(), Type: arrived.Type(), Data: data, Accounts: accounts}},
	}); err != nil {
		t.Fatal(err)
	}
	c.announced(t)
	c.finds(t, "money from nowhere", "money: "+accounts[0]+": amount of "+arrived.Voucher+": ")
	if said, _, _ := feisui(t, "verify", "--server", c.server, "--county", "c"); !strings.Contains(said, "✗ 一分不多，一分不少") {
		t.Errorf("money from nowhere:\n%s", said)
	}
}

// finds has verify say one thing, and that all else is as it should be.
func (c *tampered) finds(t *testing.T, what, says string, known ...string) {
	t.Helper()
	stdout, stderr, status := feisui(t, append([]string{"verify", "--server", c.server, "--county", "c"}, known...)...)
	if status == exitOK || strings.Count(stdout, "✗") != 1 || !strings.Contains(stderr, says) {
		t.Errorf("%s: status %d, want %q\n%s%s", what, status, says, stdout, stderr)
	}
}

// TestVerifyKnowsWhatWasNoted: a position with its hash, kept on paper.
func TestVerifyKnowsWhatWasNoted(t *testing.T) {
	t.Parallel()
	server := running(t, "c")
	for known, want := range map[string]int{"1:00000000": exitBroken, "99:0123456789abcdef": exitBroken, "1": exitUsage, "x:00000000": exitUsage, "1:xyz": exitUsage, "1:0123": exitUsage} {
		if stdout, stderr, status := feisui(t, "verify", "--known", known, "--server", server, "--county", "c"); status != want || stderr == "" {
			t.Errorf("%s: status %d, want %d\n%s%s", known, status, want, stdout, stderr)
		}
	}
}
