package journal

import (
	"strings"
	"time"

	"github.com/google/uuid"
)

// mark is the end of a county's journal.
type mark struct {
	position   int64
	hash       [32]byte
	recordedAt time.Time
}

// facts are what a plan builds on: what is believed about the database, to be
// confirmed under the lock.
type facts struct {
	head     mark
	versions map[string]int64 // a stream that is missing is believed to be where its first event expects it
	seen     map[string]stored
}

// plan is what a batch comes to if the facts hold: who is refused and why, what
// is stored for the others, and which of the facts that depends on.
type plan struct {
	county     string
	facts      facts
	recordedAt time.Time
	fates      []fate
	requests   []stored
	entries    []Entry // without data; of a large request without ids and hashes, until chain
	data       []string
	streams    map[string]int64 // the version that each stream is believed to be at
	ids        []string         // the requests that are believed to be new
	end        mark             // after it; its hash only once all are chained
	made       []made           // of each entry; nil unless they are decoded ahead
	buffer     hasher
}

// makePlan decides a batch in its order, as the database would one by one. The
// time is the clock's unless that went back.
func makePlan(batch []*call, f facts, clock time.Time) *plan {
	p := &plan{county: batch[0].County, facts: f, recordedAt: clock.UTC().Truncate(time.Microsecond), end: f.head}
	if p.recordedAt.Before(f.head.recordedAt) {
		p.recordedAt = f.head.recordedAt
	}
	events := 0
	for _, c := range batch {
		events += len(c.Events)
	}
	p.entries, p.data, p.streams = make([]Entry, 0, events), make([]string, 0, events), make(map[string]int64, events)
	now := make(map[string]int64, events) // versions as they are after what was accepted
	accepted := map[string]stored{}
	for _, c := range batch {
		s, known := f.seen[c.ID]
		if !known {
			p.ids = append(p.ids, c.ID)
			s, known = accepted[c.ID]
		}
		var err error
		switch {
		case known && s.fingerprint != c.Fingerprint:
			p.fates = append(p.fates, fate{err: ErrOtherBody})
			continue
		case known:
			p.fates = append(p.fates, fate{receipt: s.receipt(true)})
			continue
		case c.Head > 0 && c.Head != p.end.position:
			err = ErrMoved
		default:
			err = p.versions(c, now)
		}
		if err != nil {
			p.fates = append(p.fates, fate{err: err})
			continue
		}
		s = p.accept(c, now)
		accepted[c.ID] = s
		p.fates = append(p.fates, fate{receipt: s.receipt(false)})
	}
	p.end.recordedAt = p.recordedAt
	if len(p.entries) == 0 {
		p.end.recordedAt = f.head.recordedAt
	}
	return p
}

// versions looks whether a request finds its streams where it expects them. It
// notes what it relies on only when it does: a refusal relies on others' notes.
func (p *plan) versions(c *call, now map[string]int64) error {
	for stream, at := range c.Unmoved {
		is, known := now[stream]
		if !known {
			is, known = p.facts.versions[stream]
		}
		if known && is != at {
			return &Conflict{stream, is}
		}
	}
	mine := make(map[string]int64, len(c.Events))
	for _, e := range c.Events {
		at, ok := mine[e.Stream]
		if !ok {
			at, ok = now[e.Stream]
		}
		if !ok {
			at, ok = p.facts.versions[e.Stream]
		}
		if !ok {
			at = max(e.Version-1, 0)
		}
		if e.Version != 0 && e.Version != at+1 {
			return &Conflict{e.Stream, at}
		}
		mine[e.Stream] = at + 1
	}
	return nil
}

// accept gives a request its positions and versions, and its place in the chain.
func (p *plan) accept(c *call, now map[string]int64) stored {
	s := stored{
		id: c.ID, fingerprint: c.Fingerprint, first: p.end.position + 1, last: p.end.position + int64(len(c.Events)),
		recordedAt: p.recordedAt, answer: c.Answer,
	}
	for stream, at := range c.Unmoved {
		if _, noted := now[stream]; !noted {
			p.streams[stream], now[stream] = at, at
		}
	}
	for i, e := range c.Events {
		at, ok := now[e.Stream]
		if !ok {
			if at, ok = p.facts.versions[e.Stream]; !ok {
				at = max(e.Version-1, 0)
			}
			p.streams[e.Stream] = at
		}
		now[e.Stream] = at + 1
		p.end.position++
		p.entries, p.data = append(p.entries, Entry{
			County: p.county, Position: p.end.position, Stream: e.Stream, Type: e.Type, Version: at + 1,
			Request: c.ID, Actor: c.Actor, Kind: c.Kind, RecordedAt: p.recordedAt, Accounts: e.Accounts,
		}), append(p.data, c.data[i])
		if !c.large {
			p.chain(len(p.entries) - 1)
		}
	}
	p.requests = append(p.requests, s)
	return s
}

// chain gives an entry its id and its hashes. It is called once for each, in order.
func (p *plan) chain(i int) {
	e := &p.entries[i]
	e.ID = uuid.Must(uuid.NewV7()) // fails only without a source of randomness, which Go does not survive
	e.Prev = p.end.hash
	e.Hash = e.sum(&p.buffer, p.data[i])
	p.end.hash = e.Hash
}

// literal is a list of texts as PostgreSQL writes an array: a batch has one list
// per event, and an array of arrays must be a rectangle.
func literal(list []string) string {
	var b strings.Builder
	b.WriteByte('{')
	for i, s := range list {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('"')
		for j := range len(s) {
			if s[j] == '"' || s[j] == '\\' {
				b.WriteByte('\\')
			}
			b.WriteByte(s[j])
		}
		b.WriteByte('"')
	}
	b.WriteByte('}')
	return b.String()
}
