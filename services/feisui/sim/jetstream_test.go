package sim_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"feisui/pkg/bus"
)

// broker is a NATS server with JetStream, and one stream of one county.
type broker struct {
	s      *scheduler
	stream *stream // nil: there is none
	lines  []*line
	bells  []*bell
	firsts map[int64]bool // positions with which relays began
	aged   uint64         // entries up to it are as of long ago
}

// stream holds messages from a first on; those before it grew too old or were purged.
type stream struct {
	made     time.Time
	config   jetstream.StreamConfig
	last     uint64
	id       string // of the last message
	messages []message
	ids      map[string]seen
}

type message struct {
	sequence uint64
	msg      *nats.Msg
}

type seen struct {
	sequence uint64
	at       time.Time
}

// ackMax is how long an acknowledgement may take, as in pkg/bus.
const ackMax = 5 * time.Second

var errNATS = errors.New("nats: no answer")

// line is a connection of a process to the broker: what was sent and did not
// arrive yet, in order.
type line struct {
	jetstream.JetStream
	b       *broker
	name    string
	of      *process
	down    bool
	sent    []*future
	waiting []*future // for an acknowledgement
}

// future is a message on its way, and what is heard of it.
type future struct {
	msg   *nats.Msg
	asked bool
	until time.Time
	ok    chan *jetstream.PubAck
	err   chan error
	told  bool
}

func (f *future) Ok() <-chan *jetstream.PubAck { return f.ok }
func (f *future) Err() <-chan error            { return f.err }
func (f *future) Msg() *nats.Msg               { return f.msg }

func (f *future) tell(ack *jetstream.PubAck, err error) {
	if f.told || !f.asked {
		return
	}
	f.told = true
	if err != nil {
		f.err <- err
		return
	}
	f.ok <- ack
}

// core is a line as NATS itself has it.
type core struct{ l *line }

func (c core) IsConnected() bool            { return !c.l.down }
func (c core) IsClosed() bool               { return false }
func (c core) Publish(string, []byte) error { return nil }

func (c core) SubscribeSync(string) (*nats.Subscription, error) {
	return nil, errors.New("bells are heard otherwise here")
}

func (c core) PublishMsg(m *nats.Msg) error {
	_, err := c.l.send(m, false)
	return err
}

func (l *line) PublishMsgAsync(m *nats.Msg, _ ...jetstream.PublishOpt) (jetstream.PubAckFuture, error) {
	return l.send(m, true)
}

func (l *line) send(m *nats.Msg, asked bool) (*future, error) {
	f := &future{msg: m, asked: asked, until: time.Now().Add(ackMax), ok: make(chan *jetstream.PubAck, 1), err: make(chan error, 1)}
	if l.down || l.of.dead {
		return nil, nats.ErrConnectionReconnecting
	}
	l.sent = append(l.sent, f)
	return f, nil
}

// arrive has the broker take the next n messages of a line; what is told of the
// acknowledgements that go wrong is up to lose.
func (l *line) arrive(n int, double bool, lose func() bool) {
	for _, f := range l.sent[:n] {
		ack, err := l.b.take(f.msg)
		if double {
			_, _ = l.b.take(f.msg) // once more, as after a line that broke: the sequence refuses it
		}
		if lose() {
			l.waiting = append(l.waiting, f)
		} else {
			f.tell(ack, err)
		}
	}
	l.sent = l.sent[n:]
}

// breaks loses what is on the line after n messages that still arrive.
func (l *line) breaks(n int) {
	l.arrive(n, false, func() bool { return true })
	l.waiting = append(l.waiting, l.sent...)
	l.sent = nil
	l.down = true
}

// overdue tells of what was not acknowledged in time.
func (b *broker) overdue(now time.Time) {
	for _, l := range b.lines {
		for _, f := range slices.Concat(l.sent, l.waiting) {
			if !f.until.After(now) {
				f.tell(nil, jetstream.ErrAsyncPublishTimeout)
			}
		}
		l.waiting = slices.DeleteFunc(l.waiting, func(f *future) bool { return f.told || !f.asked })
	}
}

// take is what a stream does with a message that arrives.
func (b *broker) take(m *nats.Msg) (*jetstream.PubAck, error) {
	st := b.stream
	if st == nil {
		return nil, jetstream.ErrNoStreamResponse
	}
	id := m.Header.Get(jetstream.MsgIDHeader)
	if was, ok := st.ids[id]; ok && id != "" && time.Since(was.at) < st.config.Duplicates {
		return &jetstream.PubAck{Stream: st.config.Name, Sequence: was.sequence, Duplicate: true}, nil
	}
	if expected := m.Header.Get(jetstream.ExpectedLastSeqHeader); expected != "" && expected != strconv.FormatUint(st.last, 10) {
		return nil, &jetstream.APIError{Code: 400, ErrorCode: jetstream.JSErrCodeStreamWrongLastSequence, Description: "wrong last sequence"}
	}
	if before := m.Header.Get(jetstream.ExpectedLastMsgIDHeader); before != "" && before != st.id {
		return nil, &jetstream.APIError{Code: 400, ErrorCode: 10070, Description: "wrong last msg ID"}
	}
	st.id = id
	st.last++
	if position := m.Header.Get(bus.PositionHeader); position != "" && position != strconv.FormatUint(st.last, 10) {
		b.s.fail("R1: the bus takes position %s as message %d", position, st.last)
	}
	st.messages = append(st.messages, message{st.last, m})
	st.ids[id] = seen{st.last, time.Now()}
	return &jetstream.PubAck{Stream: st.config.Name, Sequence: st.last}, nil
}

func (st *stream) clone() *stream {
	c := *st
	c.messages, c.ids = slices.Clone(st.messages), maps.Clone(st.ids)
	return &c
}

// back is a stream that is as it was when it ended at a sequence.
func (st *stream) back(last uint64) {
	st.messages = slices.DeleteFunc(st.messages, func(m message) bool { return m.sequence > last })
	st.last, st.id = last, ""
	if m, found := st.find(last); found {
		st.id = m.msg.Header.Get(jetstream.MsgIDHeader)
	}
	clear(st.ids)
}

// old lets the entries up to a sequence grow too old, and their messages go.
func (b *broker) old(upTo uint64) {
	b.aged = max(b.aged, upTo)
	b.stream.purge(upTo)
}

// lacks says what the stream should hold and does not, "" when it has everything.
func (b *broker) lacks() string {
	next := b.aged + 1
	for _, m := range b.stream.messages {
		if m.sequence > next {
			break
		}
		next = max(next, m.sequence+1)
	}
	if next > b.stream.last {
		return ""
	}
	return fmt.Sprintf("the bus does not hold %d", next)
}

// purge removes the messages up to a sequence.
func (st *stream) purge(upTo uint64) {
	st.messages = slices.DeleteFunc(st.messages, func(m message) bool { return m.sequence <= upTo })
}

func (st *stream) find(sequence uint64) (message, bool) {
	i, found := slices.BinarySearchFunc(st.messages, sequence, func(m message, s uint64) int { return cmp.Compare(m.sequence, s) })
	if !found {
		return message{}, false
	}
	return st.messages[i], true
}

// call is a question to the broker; does and after mean that it is answered there.
func (l *line) call(ctx context.Context, what string) error {
	f := l.b.s.turn(ctx, what, nil)
	switch {
	case f == does && l.down:
		return nats.ErrDisconnected
	case f == does:
		return nil
	}
	return l.failing(ctx, what, f)
}

// answerMax is how long the client waits for an answer where its caller does not say.
const answerMax = 5 * time.Second

// failing is what is heard of a question that fails.
func (l *line) failing(ctx context.Context, what string, f fate) error {
	switch f {
	case killed, dying:
		return errKilled
	case unheard, unanswered:
		if _, bounded := ctx.Deadline(); !bounded {
			var stop context.CancelFunc
			ctx, stop = context.WithTimeout(ctx, answerMax)
			defer stop()
		}
		return l.b.s.silence(ctx, what)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return errNATS
}

// change is a question that changes something, maybe when nobody waits for it.
func (l *line) change(ctx context.Context, what string, do func() error) error {
	f := l.b.s.turn(ctx, what, nil)
	switch {
	case f.done():
		if err := do(); err != nil || f == does {
			return err
		}
	case f == later:
		l.b.s.doLate(asking(ctx).name, nil, func() { _ = do() })
	}
	return l.failing(ctx, what, f)
}

func (l *line) Stream(ctx context.Context, _ string) (jetstream.Stream, error) {
	if err := l.call(ctx, "stream"); err != nil {
		return nil, err
	}
	if l.b.stream == nil {
		return nil, jetstream.ErrStreamNotFound
	}
	return l.view(), nil
}

func (l *line) CreateStream(ctx context.Context, config jetstream.StreamConfig) (jetstream.Stream, error) {
	err := l.change(ctx, "create stream", func() error {
		if l.b.stream == nil {
			l.b.stream = &stream{made: time.Now(), config: config, ids: map[string]seen{}}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return l.view(), nil
}

func (l *line) DeleteStream(ctx context.Context, _ string) error {
	return l.change(ctx, "delete stream", func() error {
		if l.b.stream == nil {
			return jetstream.ErrStreamNotFound
		}
		l.b.stream = nil
		return nil
	})
}

// view is a stream as a client sees it.
type view struct {
	jetstream.Stream
	l    *line
	info jetstream.StreamInfo
}

func (l *line) view() *view {
	st := l.b.stream
	info := jetstream.StreamInfo{
		Config: st.config, Created: st.made, TimeStamp: time.Now(),
		State: jetstream.StreamState{Msgs: uint64(len(st.messages)), LastSeq: st.last, FirstSeq: st.last + 1},
	}
	if len(st.messages) > 0 {
		info.State.FirstSeq = st.messages[0].sequence
	}
	return &view{l: l, info: info}
}

func (v *view) CachedInfo() *jetstream.StreamInfo { return &v.info }

func (v *view) GetMsg(ctx context.Context, sequence uint64, _ ...jetstream.GetMsgOpt) (*jetstream.RawStreamMsg, error) {
	if err := v.l.call(ctx, "get message"); err != nil {
		return nil, err
	}
	if v.l.b.stream == nil {
		return nil, jetstream.ErrStreamNotFound
	}
	m, found := v.l.b.stream.find(sequence)
	if !found {
		return nil, jetstream.ErrMsgNotFound
	}
	return &jetstream.RawStreamMsg{Subject: m.msg.Subject, Sequence: sequence, Header: m.msg.Header, Data: m.msg.Data}, nil
}

func (v *view) CreateConsumer(ctx context.Context, config jetstream.ConsumerConfig) (jetstream.Consumer, error) {
	if err := v.l.call(ctx, "create consumer"); err != nil {
		return nil, err
	}
	return &consumer{ctx: ctx, l: v.l, made: v.info.Created, next: config.OptStartSeq}, nil
}

func (v *view) DeleteConsumer(context.Context, string) error { return nil }

// consumer gives the messages of a stream from a sequence on.
type consumer struct {
	jetstream.Consumer
	ctx  context.Context //nolint:containedctx // FetchNoWait is not given one
	l    *line
	made time.Time
	next uint64
}

func (c *consumer) CachedInfo() *jetstream.ConsumerInfo {
	return &jetstream.ConsumerInfo{Name: "reader"}
}

// FetchNoWait gives what there is. after gives it disordered, before nothing.
func (c *consumer) FetchNoWait(n int) (jetstream.MessageBatch, error) {
	f := c.l.b.s.turn(c.ctx, "fetch", nil)
	if f != does && f != after && f != later {
		return nil, errNATS
	}
	st := c.l.b.stream
	if st == nil || !st.made.Equal(c.made) {
		return nil, jetstream.ErrConsumerDeleted
	}
	var found []message
	for _, m := range st.messages {
		if m.sequence >= c.next && len(found) < n {
			found = append(found, m)
		}
	}
	if len(found) > 0 {
		c.next = found[len(found)-1].sequence + 1
	}
	switch {
	case f == after && len(found) > 1:
		found[0], found[len(found)-1] = found[len(found)-1], found[0]
	case f == later && len(found) > 0:
		found = append(found[:1:1], found...) // the first comes twice
	}
	got := make(chan jetstream.Msg, len(found))
	for _, m := range found {
		got <- delivery{message: m}
	}
	close(got)
	return fetched{got}, nil
}

type fetched struct{ messages chan jetstream.Msg }

func (f fetched) Messages() <-chan jetstream.Msg { return f.messages }
func (f fetched) Error() error                   { return nil }

type delivery struct {
	jetstream.Msg
	message
}

func (d delivery) Subject() string      { return d.msg.Subject }
func (d delivery) Data() []byte         { return d.msg.Data }
func (d delivery) Headers() nats.Header { return d.msg.Header }

func (d delivery) Metadata() (*jetstream.MsgMetadata, error) {
	return &jetstream.MsgMetadata{Sequence: jetstream.SequencePair{Stream: d.sequence}}, nil
}

// bell is somebody who listens for news.
type bell struct {
	of   *process
	rung chan int64
}

// overLine is the bus of a process, with bells that the scheduler may lose.
type overLine struct {
	*bus.Bus
	l *line
}

// Bells gives the bells of a process.
func (o overLine) Bells(context.Context, string) (<-chan int64, error) {
	heard := &bell{o.l.of, make(chan int64, 1)}
	o.l.b.bells = append(o.l.b.bells, heard)
	return heard.rung, nil
}

// Append notes where a relay goes on.
func (o overLine) Append(ctx context.Context, county string, tail bus.Tail, messages []bus.Message) (bus.Tail, error) {
	if len(messages) > 0 {
		o.l.b.firsts[messages[0].Position] = true
	}
	return o.Bus.Append(ctx, county, tail, messages)
}

// ring is heard by whoever lives and has room.
func (b *broker) ring(position int64) {
	for _, one := range b.bells {
		if !one.of.dead {
			select {
			case <-one.rung:
			default:
			}
			one.rung <- position
		}
	}
}
