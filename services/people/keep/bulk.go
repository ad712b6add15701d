package keep

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/jackc/pgx/v5"

	"feisui/pkg/access"
	"feisui/services/people"
)

// reading adds up, in this process, the rows of pages that people read: they are put into
// the database a thousand at a time, so that ordinary reading costs nothing. What a
// process that ends had not put there is forgotten.
type reading struct {
	mu   sync.Mutex
	rows map[taker]int64  // not yet in the database
	over map[taker]beyond // who may read no further, as this process learned last
}

// beyond is what somebody is told who has taken too much, and until when.
type beyond struct {
	no    *people.Refusal
	taken people.Taken
	until people.Moment
}

// taker is who takes away: one human being, whatever their accounts.
type taker struct{ county, person string }

// readMax is how many rows of pages are added up before the database has them.
const readMax = 1000

// ErrUntold says that an alarm could not be raised, so that what it is of is not to be answered.
var ErrUntold = errors.New("the alarm is not in the audit log")

// takes gives who takes away, no where nobody counts it: who runs the machine has its data
// without asking.
func takes(who access.Principal, county string) (taker, bool) {
	of := taker{county, who.Person}
	if of.person == "" {
		of.person = who.ID
	}
	return of, who.Known() && !who.Holds(access.Operator, "")
}

// MayTakeFile refuses a file, before it is made, to who has taken too much, and says how
// much that is.
func (p *People) MayTakeFile(ctx context.Context, who access.Principal, county string) (people.Taken, error) {
	of, counted := takes(who, county)
	if !counted {
		return people.Taken{}, nil
	}
	ctx, cancel := asking(ctx)
	defer cancel()
	before, err := takings(ctx, p.Pool, of, p.moment())
	if err != nil {
		return people.Taken{}, err
	}
	return people.TakenOf(before, p.moment()), people.MayTake(before, true, p.moment())
}

// MayReadOn refuses a large page to who is known, in this process, to have taken too much.
// It asks nothing of the database: pages that are read tell a thousand rows later.
func (p *People) MayReadOn(who access.Principal, county string) (people.Taken, error) {
	of, counted := takes(who, county)
	if !counted {
		return people.Taken{}, nil
	}
	p.reading.mu.Lock()
	is := p.reading.over[of]
	p.reading.mu.Unlock()
	if is.until <= p.moment() {
		return people.Taken{}, nil
	}
	no := *is.no
	no.Wait = is.until - p.moment()
	return is.taken, &no
}

// TakeFile counts a file that is about to be answered, and refuses it to who has taken too
// much. Of the record are who, what and from where. It fails with ErrUntold where an alarm
// is due and cannot be raised.
func (p *People) TakeFile(ctx context.Context, who access.Principal, r access.Record, rows int64) (people.Taken, error) {
	of, counted := takes(who, r.County)
	if !counted {
		return people.Taken{}, nil
	}
	return p.take(ctx, of, r, people.Taking{At: p.moment(), Files: 1, Rows: rows})
}

// Read counts the rows of a page that was answered. What goes wrong is logged: the page is
// on its way.
func (p *People) Read(ctx context.Context, who access.Principal, r access.Record, rows int64) {
	of, counted := takes(who, r.County)
	if !counted {
		return
	}
	p.reading.mu.Lock()
	p.reading.rows[of] += rows
	rows = p.reading.rows[of]
	if rows >= readMax {
		delete(p.reading.rows, of)
	}
	p.reading.mu.Unlock()
	if rows < readMax {
		return
	}
	if _, err := p.take(ctx, of, r, people.Taking{At: p.moment(), Rows: rows}); err != nil {
		p.Log.ErrorContext(ctx, "what somebody reads was not counted", slog.Any("error", err), slog.Int64("rows", rows))
	}
}

// take counts what is taken, and raises the alarm where it is due. A file is refused to who
// has taken too much; pages were answered already.
func (p *People) take(ctx context.Context, of taker, r access.Record, one people.Taking) (t people.Taken, err error) {
	id, due := newID(), false
	err = p.within(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtext('people.bulk_read'), hashtext($1))`, of.county+"/"+of.person); err != nil {
			return err
		}
		before, err := takings(ctx, tx, of, one.At)
		if err != nil {
			return err
		}
		t = people.TakenOf(before, one.At)
		if err := people.MayTake(before, true, one.At); err != nil && one.Files > 0 {
			return err
		}
		before = append(before, one)
		t, due = people.TakenOf(before, one.At), people.Alarming(before, one.At)
		p.learn(of, t, people.MayTake(before, false, one.At), one.At)
		b := &pgx.Batch{}
		b.Queue(`delete from people.bulk_read where county = $1 and person = $2 and at <= $3`, of.county, of.person, at(one.At-people.Day))
		b.Queue(`insert into people.bulk_read (id, county, person, at, files, rows, told) values ($1, $2, $3, $4, $5, $6, false)`,
			id, of.county, of.person, at(one.At), one.Files, one.Rows)
		return tx.SendBatch(ctx, b).Close()
	})
	if err == nil && due {
		err = p.alarm(ctx, id, t, r)
	}
	return t, err
}

// learn notes whether a person may read on.
func (p *People) learn(of taker, t people.Taken, says error, at people.Moment) {
	p.reading.mu.Lock()
	defer p.reading.mu.Unlock()
	delete(p.reading.over, of)
	if no := (*people.Refusal)(nil); errors.As(says, &no) {
		p.reading.over[of] = beyond{no, t, at + no.Wait}
	}
}

// alarm raises the alarm. It is in the audit log before it is noted that it was raised:
// of a process that ends between the two it is raised again, and never not.
func (p *People) alarm(ctx context.Context, id string, t people.Taken, r access.Record) error {
	ctx, cancel := asking(context.WithoutCancel(ctx))
	defer cancel()
	r.Target, r.Decision, r.Code, r.Behind = t.Target(r.Target), access.Done, people.BulkRead, false
	if err := p.Trail.Audit(ctx, r); err != nil {
		return fmt.Errorf("%w: %w", ErrUntold, err)
	}
	_, err := p.Pool.Exec(ctx, `update people.bulk_read set told = true where id = $1`, id)
	return err
}

// takings are what somebody took away within a day, the oldest first.
func takings(ctx context.Context, from querier, of taker, now people.Moment) ([]people.Taking, error) {
	rows, err := from.Query(ctx, `select extract(epoch from at)::bigint, files, rows, told from people.bulk_read
		where county = $1 and person = $2 and at > $3 order by at, id`, of.county, of.person, at(now-people.Day))
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[people.Taking])
}

// Alarms lists a county's alarms of bulk reading and what was refused for it, the newest
// first, so many at most, before a number; 0: from the end.
func (l *Log) Alarms(ctx context.Context, county string, before int64, limit int) ([]people.Line, error) {
	ctx, cancel := asking(ctx)
	defer cancel()
	rows, err := l.pool.Query(ctx, `
		select n, at, actor, operation, target, decision, code, address, request, prev, hash from people.audit
		where county = $1 and code = 'BULK_READ' and ($2 = 0 or n < $2) order by n desc limit $3`, county, before, limit)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (people.Line, error) { return lineOf(county, row) })
}
