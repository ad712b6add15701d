package journal

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// Journal appends to and reads the journals of all counties of a database.
type Journal struct {
	pool   Database
	now    func() time.Time
	bell   func(county string, position int64)
	base   context.Context // without an end: a batch runs on no caller's context
	bulk   int             // a request of more events goes by COPY
	decode func(kind string, data []byte) (any, error)
	mu     sync.Mutex
	queues map[string]*queue
	told   []*Watch // who is given what is appended
}

// The bounds of a batch. What is larger than a batch goes alone, by COPY.
const (
	batchRequestsMax = 1_000
	batchBytesMax    = 10 << 20
	batchEventsMax   = 5_000
)

// Append records a request, all of its events or none, and returns when they are
// on the disk. Requests of one county are recorded one after the other in some
// order that is the order of their positions; what a caller appends after an
// earlier Append returned comes after it.
//
// A caller whose context ends while it waits gets the context's error if nothing
// was begun, and ErrUnknownOutcome if its batch is on its way. That batch goes
// on: what is to be stored is stored, and the request may be repeated.
func (j *Journal) Append(ctx context.Context, r Request) (Receipt, error) {
	if err := r.check(); err != nil {
		return Receipt{}, err
	}
	if err := ctx.Err(); err != nil {
		return Receipt{}, context.Cause(ctx)
	}
	c := newCall(r, j.bulk)
	j.enqueue(c)
	select {
	case <-c.done:
		return c.fate.receipt, c.fate.err
	case <-ctx.Done():
	}
	if c.taken.abandon() {
		return Receipt{}, context.Cause(ctx)
	}
	select {
	case <-c.done:
		return c.fate.receipt, c.fate.err
	default:
		return Receipt{}, fmt.Errorf("%w (%w)", ErrUnknownOutcome, context.Cause(ctx))
	}
}

// taken says who has a call: the queue, a batch, or nobody any more.
type taken struct{ state atomic.Int32 }

func (t *taken) take() bool    { return t.state.CompareAndSwap(0, 1) }
func (t *taken) abandon() bool { return t.state.CompareAndSwap(0, 2) }

// queue is who waits to append to one county.
type queue struct {
	mu      sync.Mutex
	waiting []*call
	working bool
	head    *mark // where this process last saw the journal's end; only the worker looks
}

// enqueue adds a call to its county's queue. Whoever finds nobody working starts
// a worker, which ends when nobody waits.
func (j *Journal) enqueue(c *call) {
	j.mu.Lock()
	q := j.queues[c.County]
	if q == nil {
		q = &queue{}
		j.queues[c.County] = q
	}
	q.mu.Lock()
	j.mu.Unlock()
	defer q.mu.Unlock()
	q.waiting = append(q.waiting, c)
	if !q.working {
		q.working = true
		go j.work(q)
	}
}

func (j *Journal) work(q *queue) {
	for batch := q.next(); batch != nil; batch = q.next() {
		j.settle(q, batch)
		// Those who have just been told let the others run who are about to
		// append again: a batch of the first alone would make them all wait.
		runtime.Gosched()
	}
}

// next takes what waits, up to a batch; nil says that the worker is no longer one.
func (q *queue) next() []*call {
	q.mu.Lock()
	defer q.mu.Unlock()
	for {
		batch := q.merge()
		if len(batch) > 0 {
			return batch
		}
		if len(q.waiting) == 0 {
			q.waiting, q.working = nil, false
			return nil
		}
	}
}

// merge takes calls from the front. What is too large to share goes alone.
func (q *queue) merge() (batch []*call) {
	n, size, events := 0, 0, 0
	for ; n < len(q.waiting) && len(batch) < batchRequestsMax; n++ {
		c := q.waiting[n]
		size += c.size
		events += len(c.Events)
		if len(batch) > 0 && (c.large || size > batchBytesMax || events > batchEventsMax) {
			break
		}
		if c.taken.take() { // else its caller has left
			batch = append(batch, c)
		}
		if c.large {
			n++
			break
		}
	}
	q.waiting = q.waiting[n:]
	return batch
}

// settle brings a batch to its end and tells each caller.
func (j *Journal) settle(q *queue, batch []*call) {
	stored, err := j.commit(q, batch)
	var fates []fate
	switch {
	case err == nil:
		fates = stored.fates
		j.hand(stored)
	case len(batch) > 1 && alone(err):
		// One of them cannot be stored, for a reason that no check has foreseen.
		for _, c := range batch {
			j.settle(q, []*call{c})
		}
		return
	default:
		fates = make([]fate, len(batch))
		for i := range fates {
			fates[i].err = err
		}
	}
	if errors.Is(err, ErrNoCounty) {
		j.forget(batch[0].County, q)
	}
	last := int64(0)
	for i := range batch {
		if !fates[i].receipt.Repeated {
			last = max(last, fates[i].receipt.Last)
		}
	}
	if last > 0 && j.bell != nil {
		j.bell(batch[0].County, last)
	}
	for i, c := range batch {
		c.end(fates[i])
	}
}

// hand gives the readers of this process what it has stored, the entries as they
// are in the database. They read them once they are told that they are there.
func (j *Journal) hand(p *plan) {
	j.mu.Lock()
	told := j.told
	j.mu.Unlock()
	if len(told) == 0 || len(p.entries) == 0 {
		return
	}
	size := 0
	for _, data := range p.data {
		size += len(data)
	}
	all, shared := make([]byte, 0, size), p.made
	if shared == nil {
		shared = make([]made, len(p.entries))
	}
	for i, data := range p.data {
		from := len(all)
		all = append(all, data...)
		p.entries[i].Data, p.entries[i].made = all[from:len(all):len(all)], &shared[i]
	}
	for _, w := range told {
		w.own(p.entries)
	}
}

// forget drops the queue of a county that is none: names may be anything.
func (j *Journal) forget(county string, q *queue) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.queues[county] == q {
		delete(j.queues, county)
	}
}
