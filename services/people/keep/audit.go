package keep

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"feisui/pkg/access"
	"feisui/pkg/journal"
	"feisui/services/people"
)

// Bounds of the audit log in memory.
const (
	queueMax = 1024 // records that wait to be written; whoever has another waits too
	batchMax = 256  // written in one transaction
	textMax  = 300  // bytes of each text of a record: what is longer is cut
	retry    = 500 * time.Millisecond
	closeMax = 10 * time.Second
	endsMax  = 256 // counties of which the end of the chain is remembered
)

// Log writes the audit log. Records that wait at the same time are written in one
// transaction, so that many cost little more than one. None is dropped, and one may
// be there twice where it is not known whether it was written: while the database is away those that may be written behind wait in the queue, and when it
// is full their senders wait with them.
type Log struct {
	pool journal.Database
	now  func() time.Time
	log  *slog.Logger

	queue   chan entry
	leaving chan struct{}   // closed when no more is taken
	base    context.Context // of what is written on nobody's behalf
	stop    context.CancelFunc
	done    chan struct{} // closed when nothing is written any more

	ends map[string]chainEnd // by county, as this process wrote them last; only run uses it

	// How often it could not be written in a row, and how many records were not, of which
	// those who asked were told; only run uses them.
	failed, refused int

	mu    sync.RWMutex // held for reading while sending
	leave sync.Once
	lost  int // at the end
}

// entry is a record on its way.
type entry struct {
	record  access.Record
	written chan error // nil when nobody waits
}

// openLog begins to write. The context's values are kept, its end is not: Close
// ends it.
func openLog(ctx context.Context, c Config) *Log {
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	l := &Log{pool: c.Pool, now: c.Now, log: c.Log, base: ctx, stop: stop, ends: map[string]chainEnd{}}
	l.queue, l.leaving, l.done = make(chan entry, queueMax), make(chan struct{}), make(chan struct{})
	go l.run(ctx)
	return l
}

// ErrClosed says that no records are taken any more.
var ErrClosed = errors.New("the audit log is closed")

// Audit takes a record, see access.Trail.
func (l *Log) Audit(ctx context.Context, r access.Record) error {
	e := entry{record: tidy(r)}
	if !r.Behind {
		e.written = make(chan error, 1)
	}
	if err := l.send(ctx, e); err != nil || r.Behind {
		return err
	}
	select {
	case err := <-e.written:
		return err
	case <-ctx.Done():
		return fmt.Errorf("wait for the audit log: %w", ctx.Err())
	}
}

func (l *Log) send(ctx context.Context, e entry) error {
	l.mu.RLock()
	defer l.mu.RUnlock()
	select {
	case <-l.leaving: // it may be, and there may be room too
		return ErrClosed
	default:
	}
	select {
	case <-l.leaving:
		return ErrClosed
	case l.queue <- e:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("the audit log takes nothing: %w", ctx.Err())
	}
}

// tidy gives a record as PostgreSQL takes it.
func tidy(r access.Record) access.Record {
	for _, s := range []*string{&r.County, &r.Actor, &r.Operation, &r.Target, &r.Code, &r.Address, &r.RequestID} {
		*s = strings.ReplaceAll(strings.ToValidUTF8(*s, "?"), "\x00", "?")
		for len(*s) > textMax { // at the end of a character
			_, size := utf8.DecodeLastRuneInString(*s)
			*s = (*s)[:len(*s)-size]
		}
	}
	return r
}

// run writes until the queue is closed and empty.
func (l *Log) run(ctx context.Context) {
	defer close(l.done)
	for first := range l.queue {
		batch := l.more(first)
		for {
			err := l.write(ctx, batch)
			was := len(batch)
			batch = l.answered(batch, err)
			l.outage(ctx, err, was, len(batch))
			if len(batch) == 0 {
				break
			}
			if !pause(ctx) {
				l.lost += len(batch)
				break
			}
		}
	}
}

// outage says once that nothing can be written any more, and once that it can again: it is
// tried twice a second, and the server's own log is read by people. So many records were to
// be written, of which some wait still.
func (l *Log) outage(ctx context.Context, err error, were, wait int) {
	switch {
	case err == nil && l.failed == 0:
	case err == nil:
		l.log.WarnContext(ctx, "the audit log is written again", slog.Int("failed", l.failed), slog.Int("refused", l.refused), slog.Int("late", were+len(l.queue)))
		l.failed, l.refused = 0, 0
	default:
		if l.failed == 0 {
			l.log.ErrorContext(ctx, "the audit log cannot be written; it is tried until it can, and then said", slog.Any("error", err), slog.Int("waiting", wait+len(l.queue)))
		}
		l.failed++
		l.refused += were - wait
	}
}

// more takes what else waits.
func (l *Log) more(first entry) []entry {
	batch := []entry{first}
	for len(batch) < batchMax {
		select {
		case e, open := <-l.queue:
			if !open {
				return batch
			}
			batch = append(batch, e)
		default:
			return batch
		}
	}
	return batch
}

// answered tells those who wait what came of it, and gives what is to be written
// again: nobody else would.
func (l *Log) answered(batch []entry, err error) []entry {
	for _, e := range batch {
		if e.written != nil {
			e.written <- err
		}
	}
	if err == nil {
		return nil
	}
	return slices.DeleteFunc(batch, func(e entry) bool { return e.written != nil })
}

// pause waits a little; no when the log is to give up.
func pause(ctx context.Context) bool {
	if ctx.Err() != nil {
		return false
	}
	waiting, cancel := context.WithTimeout(ctx, retry)
	defer cancel()
	<-waiting.Done()
	return true
}

// write adds records to the logs of their counties, in the order in which they
// came. All of them are written, or none.
func (l *Log) write(ctx context.Context, batch []entry) error {
	ctx, cancel := asking(ctx)
	defer cancel()
	by := map[string][]access.Record{}
	for _, e := range batch {
		by[e.record.County] = append(by[e.record.County], e.record)
	}
	for {
		ends, err := l.add(ctx, by)
		if err == nil {
			if len(l.ends) > endsMax { // strangers name counties as they like
				clear(l.ends)
			}
			maps.Copy(l.ends, ends)
			return nil
		}
		for county := range by { // it may have been written all the same, or by another process
			delete(l.ends, county)
		}
		if !errors.Is(err, errContinued) {
			return err
		}
	}
}

// errContinued says that a county's chain does not end as it did: somebody else has
// continued it, or the database was put back.
var errContinued = errors.New("the chain goes on elsewhere")

// add continues the chains of some counties, and gives their new ends. Of two that
// continue one chain at the same end, the key refuses one.
func (l *Log) add(ctx context.Context, by map[string][]access.Record) (map[string]chainEnd, error) {
	ends := make(map[string]chainEnd, len(by))
	continued := func(ctx context.Context, to executor) error {
		for _, county := range slices.Sorted(maps.Keys(by)) { // one order of locks
			last, known := l.ends[county]
			if !known {
				var err error
				if last, err = end(ctx, l.pool, county); err != nil {
					return err
				}
			}
			var err error
			if ends[county], err = last.add(ctx, to, county, l.now(), by[county]); err != nil {
				return err
			}
		}
		return nil
	}
	if len(by) == 1 {
		return ends, continued(ctx, l.pool) // one statement is a transaction
	}
	return ends, pgx.BeginTxFunc(ctx, l.pool, pgx.TxOptions{}, func(tx pgx.Tx) error { return continued(ctx, tx) })
}

// executor is a connection, or a transaction of one.
type executor interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}

// chainEnd is the last line of a county's chain.
type chainEnd struct {
	n    int64
	hash [32]byte
	at   time.Time
}

// taken is PostgreSQL's code for a key that is there already.
const taken = "23505"

// add has lines follow the last one, and gives the new last one. It adds none where
// the chain goes on already, or does not end so any more: the database was put back.
// The lock is for processes of before 2026-11-29, which read the end while they hold it.
func (last chainEnd) add(ctx context.Context, to executor, county string, now time.Time, records []access.Record) (chainEnd, error) {
	first := last.n + 1
	if now.After(last.at) { // never backwards, whatever the clock does
		last.at = now
	}
	var texts [7][]string // the columns from actor to request
	prevs, hashes := make([][]byte, len(records)), make([][]byte, len(records))
	for i, r := range records {
		line := people.Line{N: last.n + 1, Time: last.at.UnixMicro(), Record: r, Prev: last.hash}.Seal()
		for column, text := range []string{r.Actor, r.Operation, r.Target, string(r.Decision), r.Code, r.Address, r.RequestID} {
			texts[column] = append(texts[column], text)
		}
		prevs[i], hashes[i] = line.Prev[:], line.Hash[:]
		last.n, last.hash = line.N, line.Hash
	}
	tag, err := to.Exec(ctx, `insert into people.audit (county, n, at, actor, operation, target, decision, code, address, request, prev, hash)
		select $1, $2 + l.nth - 1, $3, l.actor, l.operation, l.target, l.decision, l.code, l.address, l.request, l.prev, l.hash
		from (select pg_advisory_xact_lock(hashtext('people.audit'), hashtext($1))) as alone, unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::bytea[], $12::bytea[]) with ordinality
			as l (actor, operation, target, decision, code, address, request, prev, hash, nth)
		where not exists (select from people.audit a where a.county = $1 and a.n = $2)
			and ($2 = 1 or exists (select from people.audit a where a.county = $1 and a.n = $2 - 1 and a.hash = ($11::bytea[])[1]))`,
		county, first, time.UnixMicro(last.at.UnixMicro()), texts[0], texts[1], texts[2], texts[3], texts[4], texts[5], texts[6], prevs, hashes)
	if refusal := (*pgconn.PgError)(nil); errors.As(err, &refusal) && refusal.Code == taken || err == nil && tag.RowsAffected() == 0 {
		err = errContinued
	}
	return last, err
}

// end reads a county's last line; all zero when there is none.
func end(ctx context.Context, from querier, county string) (last chainEnd, err error) {
	var hash []byte
	err = from.QueryRow(ctx, `select n, hash, at from people.audit where county = $1 order by n desc limit 1`, county).Scan(&last.n, &hash, &last.at)
	if errors.Is(err, pgx.ErrNoRows) {
		return last, nil
	}
	if err == nil {
		last.hash = [32]byte(hash)
	}
	return last, err
}

// Close writes what waits, and takes nothing more. It fails when something could
// not be written in ten seconds, and says how much.
func (l *Log) Close() error {
	l.leave.Do(func() {
		close(l.leaving)
		l.mu.Lock() // nobody is sending any more
		defer l.mu.Unlock()
		close(l.queue)
	})
	defer l.stop()
	waiting, cancel := context.WithTimeout(l.base, closeMax)
	defer cancel()
	select {
	case <-l.done:
	case <-waiting.Done():
		l.stop()
		<-l.done
	}
	if l.lost > 0 {
		return fmt.Errorf("%d records of the audit log were not written", l.lost)
	}
	return nil
}
