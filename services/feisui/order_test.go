package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"feisui/pkg/civil"
	"feisui/pkg/local"
	"feisui/services/feisui/serve"
)

// TestPartsStartInAnyOrder: a service that is there first waits for its database,
// records without its bus, and fills that when it comes.
func TestPartsStartInAnyOrder(t *testing.T) {
	t.Parallel()
	needPostgres(t)
	data := dataOf(t)
	options := local.PostgresOptions{Dir: filepath.Join(data, "postgres")}
	postgres, err := local.StartPostgres(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	url := postgres.URL()
	if err := postgres.Stop(); err != nil {
		t.Fatal(err)
	}
	later, clock := ownPort(t), &hands{}
	clock.set(noon())
	opened := make(chan *serve.Server, 1)
	go func() {
		server, err := serve.Open(t.Context(), serve.Config{
			OperatorKey: testKey,
			Listen:      "127.0.0.1:0", DatabaseURL: url, NATSURL: "nats://" + later, Counties: []string{"c"},
			Calendar: civil.China(), Clock: clock.now, AnyClock: true, Log: quiet(),
		})
		if err != nil {
			t.Error(err)
			server = nil
		}
		opened <- server
	}()
	select {
	case <-opened:
		t.Fatal("it is open without a database")
	case <-time.After(1500 * time.Millisecond):
	}
	if postgres, err = local.StartPostgres(t.Context(), options); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { postgres.Stop() })
	server := <-opened
	if server == nil {
		t.FailNow()
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	address := "http://" + server.Address()
	if status, _ := post(t, address, "c", "departments", "r1", []byte(`{"code":"D1","name":"民政局","kind":"部门"}`)); status != http.StatusOK {
		t.Fatalf("without a bus a department is answered %d", status)
	}
	broker, err := local.StartNATS(local.NATSOptions{Dir: filepath.Join(data, "nats"), Listen: later})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(broker.Stop)
	for limit := time.Now().Add(hungAfter); ; time.Sleep(100 * time.Millisecond) {
		stdout, stderr, status := feisui(t, "verify", "--server", address, "--county", "c")
		if status == exitOK && strings.Contains(stdout, "(bus)  2\n") {
			return
		}
		if time.Now().After(limit) {
			t.Fatalf("the bus is not filled: %s%s", stdout, stderr)
		}
	}
}

// ownPort is an address at which something may listen, end, and listen again: below
// the ports that the kernel gives to whoever asks for any, or connects to somebody.
func ownPort(t testing.TB) string {
	t.Helper()
	for range 100 {
		free, err := net.Listen("tcp", fmt.Sprint("127.0.0.1:", 20_000+rand.IntN(10_000)))
		if err == nil {
			free.Close()
			return free.Addr().String()
		}
	}
	t.Fatal("of a hundred ports each is taken")
	return ""
}

// TestTwiceAtOnce: the same request from many sides at the same moment is
// recorded once, and everybody gets the answer of that.
func TestTwiceAtOnce(t *testing.T) {
	t.Parallel()
	server := running(t, "c")
	for i := range 20 {
		type said struct {
			status   int
			position int64
			events   int
		}
		answers := make(chan said, 8)
		for range cap(answers) {
			go func() {
				status, answer := post(t, server, "c", "departments", "r"+itoa(i), []byte(`{"code":"D`+itoa(i)+`","name":"民政局","kind":"部门"}`))
				answers <- said{status, answer.Position, answer.New}
			}()
		}
		first := <-answers
		for range cap(answers) - 1 {
			if other := <-answers; other != first || other.events != 1 || other.status != http.StatusOK {
				t.Errorf("%+v and %+v", first, other)
			}
		}
	}
}
