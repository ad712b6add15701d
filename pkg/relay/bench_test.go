package relay_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"feisui/pkg/bus"
	"feisui/pkg/relay"
)

// BenchmarkRelay copies a journal in memory to JetStream, and publishes the same
// messages with the same headers as JetStream's own client does when it does
// not wait, in turns. The relay's share of the latter's pace is the figure.
func BenchmarkRelay(b *testing.B) {
	const entries, rounds = 50_000, 5
	j := &journal{}
	j.add(entries, strings.Repeat("a", 100))
	for i := range j.entries {
		j.entries[i].id = fmt.Sprintf("0199c0de-0000-7000-8000-%012d", i)
		j.entries[i].data = []byte(`{"text":"` + strings.Repeat("x", 500) + `"}`)
	}
	h := serve(b)
	for b.Loop() {
		var raw, relayed []time.Duration
		for range rounds {
			raw = append(raw, timed(b, h, func(nc *nats.Conn, _ *bus.Bus) { publishAll(b, nc, j) }))
			relayed = append(relayed, timed(b, h, func(_ *nats.Conn, to *bus.Bus) {
				stop := running(b, j, to)
				arrives(b, to, entries)
				stop()
			}))
		}
		slices.Sort(raw)
		slices.Sort(relayed)
		b.ReportMetric(entries/raw[rounds/2].Seconds(), "raw/s")
		b.ReportMetric(entries/relayed[rounds/2].Seconds(), "relayed/s")
		b.ReportMetric(raw[rounds/2].Seconds()/relayed[rounds/2].Seconds(), "ratio")
	}
}

// timed measures something on an empty stream.
func timed(b *testing.B, h *house, something func(*nats.Conn, *bus.Bus)) time.Duration {
	b.Helper()
	nc := dial(b, h)
	defer nc.Close()
	to, err := bus.Open(b.Context(), nc)
	if err != nil {
		b.Fatal(err)
	}
	tail, err := to.Tail(b.Context(), county)
	if err == nil {
		err = to.Wipe(b.Context(), county, tail)
	}
	if err == nil {
		err = to.Ensure(b.Context(), county)
	}
	if err != nil {
		b.Fatal(err)
	}
	start := time.Now()
	something(nc, to)
	return time.Since(start)
}

// publishAll is what JetStream's client offers: everything at once, each
// message confirmed, no message naming the one before it.
func publishAll(b *testing.B, nc *nats.Conn, j *journal) {
	b.Helper()
	js, err := jetstream.New(nc, jetstream.WithPublishAsyncMaxPending(4096))
	if err != nil {
		b.Fatal(err)
	}
	for _, e := range j.entries {
		m := say(e)
		msg := &nats.Msg{Subject: m.Subject, Data: m.Data, Header: nats.Header{jetstream.MsgIDHeader: {m.ID}, bus.PositionHeader: {fmt.Sprint(m.Position)}}}
		for name, value := range m.Header {
			msg.Header[name] = []string{value}
		}
		if _, err := js.PublishMsgAsync(msg, jetstream.WithStallWait(10*time.Second)); err != nil {
			b.Fatal(err)
		}
	}
	<-js.PublishAsyncComplete()
}

var _ relay.Journal[entry] = (*journal)(nil)
