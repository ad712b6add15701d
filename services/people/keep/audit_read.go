package keep

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"feisui/pkg/access"
	"feisui/services/people"
)

// Wanted chooses lines of the audit log; what is empty chooses all.
type Wanted struct {
	Actor, Operation string
	Decision         access.Decision
	From, Until      time.Time // from then on, and before
}

// Lines lists a county's audit log, the newest first, so many at most, before a
// number; 0: from the end.
func (l *Log) Lines(ctx context.Context, county string, w Wanted, before int64, limit int) ([]people.Line, error) {
	ctx, cancel := asking(ctx)
	defer cancel()
	rows, err := l.pool.Query(ctx, `
		select n, at, actor, operation, target, decision, code, address, request, prev, hash from people.audit
		where county = $1 and ($2 = '' or actor = $2) and ($3 = '' or operation = $3) and ($4 = '' or decision = $4)
			and ($5::timestamptz is null or at >= $5) and ($6::timestamptz is null or at < $6) and ($7 = 0 or n < $7)
		order by n desc limit $8`, county, w.Actor, w.Operation, w.Decision, given(w.From), given(w.Until), before, limit)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (people.Line, error) { return lineOf(county, row) })
}

func given(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func lineOf(county string, row pgx.CollectableRow) (l people.Line, err error) {
	var at time.Time
	var prev, hash []byte
	l.County = county
	err = row.Scan(&l.N, &at, &l.Actor, &l.Operation, &l.Target, &l.Decision, &l.Code, &l.Address, &l.RequestID, &prev, &hash)
	if err != nil {
		return l, err
	}
	l.Time, l.Prev, l.Hash = at.UnixMicro(), [32]byte(prev), [32]byte(hash)
	return l, nil
}

// Verified is what came of looking at a county's audit log.
type Verified struct {
	Lines int64    // how many there are
	Hash  [32]byte // of the last: noted elsewhere with the number, it finds what is cut off later
	Wrong []string // what is not as it was written, at most so many
}

const wrongMax = 20

// Verify looks at every line of a county's audit log: whether it was changed, and
// whether lines were taken out or put in. known are hashes that somebody has
// noted, by the number of their line; with one of the end, what was cut off there
// is found too.
func (l *Log) Verify(ctx context.Context, county string, known map[int64][32]byte) (v Verified, err error) {
	var last people.Line
	found := 0
	for {
		page, err := l.after(ctx, county, last.N)
		if err != nil {
			return v, err
		}
		for _, line := range page {
			if wrong := line.Follows(last); wrong != "" {
				v.say("line %d: %s", line.N, wrong)
			}
			if hash, noted := known[line.N]; noted {
				found++
				if hash != line.Hash {
					v.say("line %d: it is another than was noted", line.N)
				}
			}
			last = line
			v.Lines++
		}
		if len(page) == 0 {
			break
		}
	}
	if found < len(known) {
		v.say("%d lines that were noted are not there: the end was cut off at line %d, or lines were taken out", len(known)-found, last.N)
	}
	v.Hash = last.Hash
	return v, nil
}

func (v *Verified) say(format string, args ...any) {
	if len(v.Wrong) < wrongMax {
		v.Wrong = append(v.Wrong, fmt.Sprintf(format, args...))
	}
}

// pageMax is how many lines are looked at in one go.
const pageMax = 5_000

func (l *Log) after(ctx context.Context, county string, n int64) ([]people.Line, error) {
	ctx, cancel := asking(ctx)
	defer cancel()
	rows, err := l.pool.Query(ctx, `
		select n, at, actor, operation, target, decision, code, address, request, prev, hash from people.audit
		where county = $1 and n > $2 order by n limit $3`, county, n, pageMax)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (people.Line, error) { return lineOf(county, row) })
}
