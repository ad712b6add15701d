package journal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// How long a batch may take, waiting for the county's row included, and how long
// it is tried again while the database cannot be reached.
const (
	batchMax    = 30 * time.Second
	tryMax      = 10 * time.Second // one attempt; a connection that is half open never tells
	importMax   = 10 * time.Minute
	recoveryMax = 15 * time.Second
	pauseMin    = 20 * time.Millisecond
	pauseMax    = time.Second
)

// asker is a pool or a transaction.
type asker interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// commit stores a batch, and gives the plan that was carried out, which says what
// became of each call. An error is that of all: nothing is stored, unless it is
// ErrUnknownOutcome.
//
// When the connection breaks nobody knows whether the batch is stored. It is
// tried again: the lock waits for the broken transaction to end, and what that
// has stored is then found by the requests' ids.
func (j *Journal) commit(q *queue, batch []*call) (*plan, error) {
	limit := batchMax
	if batch[0].large {
		limit = importMax
	}
	ctx, cancel := context.WithTimeout(j.base, limit)
	defer cancel()
	trying, stop := context.WithTimeout(ctx, limit-batchMax+recoveryMax)
	defer stop()
	unknown := false
	for wait := pauseMin; ; wait = min(2*wait, pauseMax) {
		p, err := j.tryFor(ctx, q, batch)
		if err == nil {
			end := p.end // alone: the plan has all that was stored
			q.head = &end
			return p, nil
		}
		q.head = nil
		if !passing(err) && ctx.Err() == nil {
			if unknown { // an earlier attempt may have stored it, and this one not have come to look
				err = fmt.Errorf("%w (%w)", ErrUnknownOutcome, err)
			}
			return nil, err
		}
		unknown = unknown || !pgconn.SafeToRetry(err) && !rolledBack(err)
		if pause(trying, wait); trying.Err() != nil {
			if unknown {
				return nil, fmt.Errorf("%w (%w)", ErrUnknownOutcome, err)
			}
			return nil, err
		}
	}
}

// tryFor is one attempt, bounded unless it has much to send.
func (j *Journal) tryFor(ctx context.Context, q *queue, batch []*call) (*plan, error) {
	if !batch[0].large {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, tryMax)
		defer cancel()
	}
	return j.try(ctx, q, batch)
}

// try is one attempt: one call if what this process believes is so, and else a
// transaction that holds the county's row while it finds out what is.
func (j *Journal) try(ctx context.Context, q *queue, batch []*call) (*plan, error) {
	f, err := j.believe(ctx, q, batch)
	if err != nil {
		return nil, err
	}
	if !batch[0].large {
		p := makePlan(batch, f, j.now())
		if p.single() {
			if done, err := p.appendOne(ctx, j.pool); err != nil || done {
				return p, err
			}
		}
		if done, err := p.append(ctx, j.pool); err != nil || done {
			return p, err
		}
		f = p.facts
	}
	var p *plan
	err = pgx.BeginTxFunc(ctx, j.pool, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}, func(tx pgx.Tx) error {
		// Each turn learns something that stays true while the row is held.
		for done := false; !done; f = p.facts {
			p = makePlan(batch, f, j.now())
			store := p.append
			if batch[0].large {
				store = func(ctx context.Context, tx asker) (bool, error) {
					return p.copy(ctx, tx, func() { p.made = batch[0].decodeAhead(j.decode) })
				}
			}
			var err error
			if done, err = store(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
	return p, err
}

// believe is what a batch is planned on: the end as this process last saw it,
// and the versions of streams for which the callers name none.
func (j *Journal) believe(ctx context.Context, q *queue, batch []*call) (facts, error) {
	f := facts{versions: map[string]int64{}, seen: map[string]stored{}}
	if q.head != nil {
		f.head = *q.head
	}
	var streams []string
	for _, c := range batch {
		for _, e := range c.Events {
			if e.Version == 0 {
				streams = append(streams, e.Stream)
			}
		}
	}
	if len(streams) == 0 {
		return f, nil
	}
	slices.Sort(streams)
	rows, err := j.pool.Query(ctx, `
		select s.stream, coalesce((
			select e.version from journal.entry e
			where e.county = $1 and e.stream = s.stream order by e.version desc limit 1
		), 0)
		from unnest($2::text[]) s (stream)`, pgx.QueryExecModeCacheDescribe, batch[0].County, slices.Compact(streams))
	if err != nil {
		return f, err
	}
	var stream string
	var version int64
	_, err = pgx.ForEachRow(rows, []any{&stream, &version}, func() error {
		f.versions[stream] = version
		return nil
	})
	return f, err
}

// single reports whether a plan has the shape that journal.append_one takes: a
// lone caller's one event, for one account at most, that depends on no other stream.
func (p *plan) single() bool {
	return len(p.ids) == 1 && len(p.requests) == 1 && len(p.entries) == 1 && len(p.streams) == 1 && len(p.entries[0].Accounts) < 2
}

// appendOne calls journal.append_one. When it is not done, nothing is stored,
// and append finds out why.
func (p *plan) appendOne(ctx context.Context, db asker) (done bool, err error) {
	r, e := &p.requests[0], &p.entries[0]
	seal := r.seal(p.county)
	err = db.QueryRow(ctx, `select journal.append_one($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
		p.county, p.facts.head.position, p.facts.head.hash[:], p.recordedAt, r.id, r.fingerprint[:], r.answer, seal[:],
		e.Stream, e.Version, e.Type, [16]byte(e.ID), e.Actor, e.Kind, p.data[0], literal(e.Accounts), e.Hash[:]).Scan(&done)
	return done, err
}

// append calls journal.append. When it is not done, the plan's facts are those
// that hold, and nothing is stored.
func (p *plan) append(ctx context.Context, db asker) (done bool, err error) {
	c := newColumns(p)
	return p.learn(db.QueryRow(ctx, `
		select done, head, hash, recorded_at, moved, moved_to, seen, seen_fingerprint, seen_first, seen_last, seen_recorded_at, seen_answer
		from journal.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		p.county, p.facts.head.position, p.facts.head.hash[:], p.recordedAt, c.streams, c.at, p.ids,
		c.requests, c.last, c.sealed, c.events, c.versions, c.ids, c.hashes, c.also, c.alsoPosition))
}

// learn takes journal.append's answer.
func (p *plan) learn(row pgx.Row) (done bool, err error) {
	var (
		head        *int64
		hash        []byte
		recordedAt  *time.Time
		moved       []string
		movedTo     []int64
		seen        []string
		fingerprint bytesArray
		first, last []int64
		seenAt      []time.Time
		answer      bytesArray
		f           = &p.facts
	)
	if err := row.Scan(&done, &head, &hash, &recordedAt, &moved, &movedTo, &seen, &fingerprint, &first, &last, &seenAt, &answer); err != nil {
		return false, err
	}
	switch {
	case done:
		return true, nil
	case head == nil:
		return false, ErrNoCounty
	}
	f.head = mark{position: *head, hash: [32]byte(hash)}
	if recordedAt != nil {
		f.head.recordedAt = recordedAt.UTC()
	}
	maps.Copy(f.versions, p.streams)
	for i, stream := range moved {
		f.versions[stream] = movedTo[i]
	}
	for i, id := range seen {
		f.seen[id] = stored{id, [32]byte(fingerprint[i]), first[i], last[i], seenAt[i].UTC(), answer[i]}
	}
	return false, nil
}

// bytesArray is an array of bytea, and [][16]byte one of uuid, that pgx writes
// and reads without reflection.
type bytesArray = pgtype.FlatArray[[]byte]

// columns are a plan as journal.append takes it. None is nil: that would be no
// array rather than an empty one.
type columns struct {
	streams      []string
	at           []int64
	requests     []string
	last         []int64
	sealed       bytesArray // three of each request
	events       []string   // seven of each event
	versions     []int64
	ids          [][16]byte
	hashes       []byte
	also         []string
	alsoPosition []int64
}

func newColumns(p *plan) *columns {
	c := &columns{
		streams: make([]string, 0, len(p.streams)), at: make([]int64, 0, len(p.streams)),
		requests: make([]string, 0, len(p.requests)), last: make([]int64, 0, len(p.requests)), sealed: make(bytesArray, 0, 3*len(p.requests)),
		events: make([]string, 0, 7*len(p.entries)), versions: make([]int64, 0, len(p.entries)), ids: make([][16]byte, 0, len(p.entries)),
		hashes: make([]byte, 0, 32*len(p.entries)), also: []string{}, alsoPosition: []int64{},
	}
	for stream, at := range p.streams {
		c.streams, c.at = append(c.streams, stream), append(c.at, at)
	}
	for i := range p.requests {
		r := &p.requests[i]
		seal := r.seal(p.county)
		c.requests, c.last, c.sealed = append(c.requests, r.id), append(c.last, r.last), append(c.sealed, r.fingerprint[:], r.answer, seal[:])
	}
	for i := range p.entries {
		e := &p.entries[i]
		c.events = append(c.events, e.Stream, e.Type, e.Request, e.Actor, e.Kind, p.data[i], literal(e.Accounts))
		c.versions, c.ids, c.hashes = append(c.versions, e.Version), append(c.ids, e.ID), append(c.hashes, e.Hash[:]...)
	}
	c.also, c.alsoPosition = p.further()
	return c
}

// further lists the accounts that the index over the first does not find.
func (p *plan) further() (accounts []string, positions []int64) {
	accounts, positions = []string{}, []int64{}
	for i := range p.entries {
		for _, a := range further(p.entries[i].Accounts) {
			accounts, positions = append(accounts, a), append(positions, p.entries[i].Position)
		}
	}
	return accounts, positions
}

// further are the accounts of one entry after the first, each once.
func further(accounts []string) (more []string) {
	for i, a := range accounts {
		if i > 0 && !slices.Contains(accounts[:i], a) {
			more = append(more, a)
		}
	}
	return more
}

// alone reports whether an error may be that of one request in a batch: the
// statement was refused, and not for want of room or of a server.
func alone(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && !slices.Contains([]string{"53", "57", "58", "XX"}, e.Code[:2])
}

// Unreachable reports whether an error only says that the database could not be
// reached, or not to the end: the same may succeed in a moment.
func Unreachable(err error) bool {
	return passing(err) || dropped(err) || errors.Is(err, ErrUnknownOutcome)
}

// passing reports whether the same may succeed in a moment: the connection or
// the server went away, or two transactions got in each other's way.
func passing(err error) bool {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.SeverityUnlocalized == panicked || slices.Contains([]string{"08", "40"}, e.Code[:2]) ||
			slices.Contains([]string{"57P01", "57P02", "57P03", "53300"}, e.Code)
	}
	var connect *pgconn.ConnectError
	return pgconn.SafeToRetry(err) || errors.As(err, &connect) || errors.As(err, new(net.Error)) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// What a server says as it goes down, as when there is no room left for its log.
// The commit of which it says so may be in the log, and then it holds.
const panicked = "PANIC"

// rolledBack reports whether an error says for certain that nothing was stored:
// the server itself told, and was not just then going down.
func rolledBack(err error) bool {
	var e *pgconn.PgError
	var connect *pgconn.ConnectError
	return errors.As(err, &connect) || errors.As(err, &e) && e.SeverityUnlocalized == "ERROR" && e.Code[:2] != "57"
}

func pause(ctx context.Context, d time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	<-ctx.Done()
}
