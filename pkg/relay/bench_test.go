package relay_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"feisui/pkg/bus"
	"feisui/pkg/figure"
	records "feisui/pkg/journal"
	"feisui/pkg/pgtest"
	"feisui/pkg/relay"
)

// BenchmarkRelay copies a journal in PostgreSQL to JetStream, and publishes the same
// messages with the same headers as JetStream's own client does when it does not wait,
// each confirmed; in turns. The relay's share of the latter's pace is the figure.
// Beside it: the relay from memory, and a client that has one in ackEvery confirmed, as
// the relay does.
func BenchmarkRelay(b *testing.B) {
	const entries = 50_000
	j := recorded(b, entries)
	all := held(slices.Collect(func(yield func(records.Entry) bool) {
		for e, err := range j.After(b.Context(), county, 0, 0) {
			if err != nil {
				b.Fatal(err)
			}
			if !yield(e) {
				return
			}
		}
	}))
	h := serve(b)
	const ours, memory, each, sparse = 0, 1, 2, 3
	ways := [...]func(*nats.Conn, *bus.Bus){
		ours:   func(_ *nats.Conn, to *bus.Bus) { copied(b, j, to, entries) },
		memory: func(_ *nats.Conn, to *bus.Bus) { copied(b, all, to, entries) },
		each:   func(nc *nats.Conn, _ *bus.Bus) { publishEach(b, nc, all) },
		sparse: func(nc *nats.Conn, _ *bus.Bus) { publishSparse(b, nc, all) },
	}
	var rates [len(ways)][]float64
	for b.Loop() {
		for _, way := range []int{ours, memory, each, sparse, sparse, each, memory, ours} {
			rates[way] = append(rates[way], entries/timed(b, h, entries, ways[way]).Seconds())
		}
	}
	middle := func(way int) float64 {
		slices.Sort(rates[way])
		return rates[way][len(rates[way])/2]
	}
	figure.Above(b, "ratio", middle(ours)/middle(each), 0.4)
	b.ReportMetric(middle(memory)/middle(each), "ratio(from-memory)")
	b.ReportMetric(middle(ours)/middle(sparse), "ratio(to-one-ack-in-256)")
	b.ReportMetric(middle(ours), "relayed/s")
	b.ReportMetric(middle(memory), "relayed/s(from-memory)")
	b.ReportMetric(middle(each), "raw/s")
	b.ReportMetric(middle(sparse), "raw/s(one-ack-in-256)")
	b.ReportMetric(0, "ns/op")
}

// recorded is a county's journal with some entries, each of some 500 bytes.
func recorded(b *testing.B, entries int) *records.Journal {
	b.Helper()
	j, err := records.Open(b.Context(), pgtest.New(b, records.Tables), time.Now, records.Volatile())
	if err == nil {
		err = j.CreateCounty(b.Context(), county, "汝城县")
	}
	if err != nil {
		b.Fatal(err)
	}
	r := records.Request{County: county, ID: "all", Fingerprint: sha256.Sum256(nil), Actor: "D01", Kind: records.Act}
	for i := range entries {
		r.Events = append(r.Events, records.Pending{
			Stream: fmt.Sprint("task/", i), Type: "task.assigned", Version: 1, Data: []byte(`{"text":"` + strings.Repeat("x", 500) + `"}`), Accounts: []string{county},
		})
	}
	if _, err := j.Append(b.Context(), r); err != nil {
		b.Fatal(err)
	}
	return j
}

// held is a journal that was read.
type held []records.Entry

func (h held) After(_ context.Context, _ string, position int64, limit int) iter.Seq2[records.Entry, error] {
	return func(yield func(records.Entry, error) bool) {
		for _, e := range h[position:min(int(position)+limit, len(h))] {
			if !yield(e, nil) {
				return
			}
		}
	}
}

// sayEntry is an entry as the program tells it, with as many headers.
func sayEntry(e records.Entry) bus.Message {
	return bus.Message{
		Subject: bus.Subject(county, e.Type), Position: e.Position, ID: e.ID.String(), Data: e.Data,
		Header: map[string]string{
			"ce-specversion": "1.0", "ce-id": e.ID.String(), "ce-source": "/counties/" + county, "ce-type": e.Type,
			"ce-subject": e.Stream, "ce-time": e.RecordedAt.UTC().Format(time.RFC3339Nano), "content-type": "application/json",
			"ce-dataschema": "urn:feisui:event:" + e.Type, "ce-position": strconv.FormatInt(e.Position, 10),
			"ce-version": strconv.FormatInt(e.Version, 10), "ce-request": e.Request,
		},
	}
}

// copied runs a relay until the bus has everything.
func copied(b *testing.B, from relay.Journal[records.Entry], to *bus.Bus, entries int64) {
	b.Helper()
	ctx, stop := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- relay.New(from, to, county, sayEntry, func(e records.Entry) time.Time { return e.RecordedAt }, nil).Run(ctx)
	}()
	arrives(b, to, entries)
	stop()
	if err := <-ended; err != nil {
		b.Fatal(err)
	}
}

// timed measures something that fills an empty stream, and sees that it does.
func timed(b *testing.B, h *house, entries int64, something func(*nats.Conn, *bus.Bus)) time.Duration {
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
	took := time.Since(start)
	if tail, err := to.Tail(b.Context(), county); err != nil || tail.Position != entries {
		b.Fatalf("the bus ends at %+v: %v", tail, err)
	}
	return took
}

// messages are entries with the very headers that the relay sends.
func messages(all held) iter.Seq2[int, *nats.Msg] {
	return func(yield func(int, *nats.Msg) bool) {
		before := ""
		for i, e := range all {
			m := sayEntry(e)
			msg := &nats.Msg{Subject: m.Subject, Data: m.Data, Header: make(nats.Header, len(m.Header)+5)}
			for name, value := range m.Header {
				msg.Header[name] = []string{value}
			}
			msg.Header[jetstream.MsgIDHeader] = []string{m.ID}
			msg.Header[bus.PositionHeader] = []string{strconv.FormatInt(m.Position, 10)}
			msg.Header[jetstream.ExpectedStreamHeader] = []string{bus.StreamName(county)}
			msg.Header[jetstream.ExpectedLastSeqHeader] = []string{strconv.FormatInt(m.Position-1, 10)}
			if before != "" {
				msg.Header[jetstream.ExpectedLastMsgIDHeader] = []string{before}
			}
			if before = m.ID; !yield(i, msg) {
				return
			}
		}
	}
}

// publishEach is what JetStream's client offers: everything at once, each message
// confirmed.
func publishEach(b *testing.B, nc *nats.Conn, all held) {
	b.Helper()
	js, err := jetstream.New(nc, jetstream.WithPublishAsyncMaxPending(4096))
	if err != nil {
		b.Fatal(err)
	}
	for _, msg := range messages(all) {
		if _, err := js.PublishMsgAsync(msg, jetstream.WithStallWait(10*time.Second)); err != nil {
			b.Fatal(err)
		}
	}
	<-js.PublishAsyncComplete()
}

// ackEvery is how many messages the relay sends for a confirmation.
const ackEvery = 256

// publishSparse has one message in ackEvery confirmed, and waits for the last but two.
func publishSparse(b *testing.B, nc *nats.Conn, all held) {
	b.Helper()
	js, err := jetstream.New(nc)
	if err != nil {
		b.Fatal(err)
	}
	var asked []jetstream.PubAckFuture
	for i, msg := range messages(all) {
		if i%ackEvery != 0 && i != len(all)-1 {
			if err := nc.PublishMsg(msg); err != nil {
				b.Fatal(err)
			}
			continue
		}
		ack, err := js.PublishMsgAsync(msg)
		if err != nil {
			b.Fatal(err)
		}
		if asked = append(asked, ack); len(asked) > 2 {
			confirmed(b, asked[0])
			asked = asked[1:]
		}
	}
	for _, ack := range asked {
		confirmed(b, ack)
	}
}

func confirmed(b *testing.B, ack jetstream.PubAckFuture) {
	b.Helper()
	select {
	case <-ack.Ok():
	case err := <-ack.Err():
		b.Fatal(err)
	}
}
