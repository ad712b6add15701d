package keep

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

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
	l := &Log{pool: c.Pool, now: c.Now, log: c.Log, base: ctx, stop: stop}
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
			batch = l.answered(batch, err)
			if len(batch) == 0 {
				break
			}
			l.log.ErrorContext(ctx, "the audit log cannot be written; trying again", slog.Any("error", err), slog.Int("waiting", len(batch)+len(l.queue)))
			if !pause(ctx) {
				l.lost += len(batch)
				break
			}
		}
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
// came.
func (l *Log) write(ctx context.Context, batch []entry) error {
	ctx, cancel := asking(ctx)
	defer cancel()
	by := map[string][]access.Record{}
	var counties []string
	for _, e := range batch {
		if by[e.record.County] == nil {
			counties = append(counties, e.record.County)
		}
		by[e.record.County] = append(by[e.record.County], e.record)
	}
	slices.Sort(counties) // one order of locks
	return pgx.BeginTxFunc(ctx, l.pool, pgx.TxOptions{}, func(tx pgx.Tx) error {
		for _, county := range counties {
			if err := l.add(ctx, tx, county, by[county]); err != nil {
				return err
			}
		}
		return nil
	})
}

// add continues a county's chain, of which only one transaction at a time has the
// end.
func (l *Log) add(ctx context.Context, tx pgx.Tx, county string, records []access.Record) error {
	if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtext('people.audit'), hashtext($1))`, county); err != nil {
		return err
	}
	last, at, err := end(ctx, tx, county)
	if err != nil {
		return err
	}
	if now := l.now(); now.After(at) { // never backwards, whatever the clock does
		at = now
	}
	b := &pgx.Batch{}
	for _, r := range records {
		line := people.Line{N: last.N + 1, Time: at.UnixMicro(), Record: r, Prev: last.Hash}.Seal() // one each: the batch keeps slices of it
		b.Queue(`insert into people.audit (county, n, at, actor, operation, target, decision, code, address, request, prev, hash)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`, county, line.N, time.UnixMicro(line.Time), r.Actor, r.Operation, r.Target,
			r.Decision, r.Code, r.Address, r.RequestID, line.Prev[:], line.Hash[:])
		last = line
	}
	return tx.SendBatch(ctx, b).Close()
}

// end gives a county's last line, the zero Line when there is none. Of it only the
// number and the hash are there.
func end(ctx context.Context, from querier, county string) (last people.Line, at time.Time, err error) {
	var hash []byte
	err = from.QueryRow(ctx, `select n, hash, at from people.audit where county = $1 order by n desc limit 1`, county).Scan(&last.N, &hash, &at)
	if errors.Is(err, pgx.ErrNoRows) {
		return last, at, nil
	}
	if err == nil {
		last.Hash = [32]byte(hash)
	}
	return last, at, err
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
