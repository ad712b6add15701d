package journal

import (
	"context"
	"errors"
	"iter"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// pageMax is how many entries are read at once. Between pages no connection is
// held: a reader may take its time.
const pageMax = 2_000

// readMax bounds one question to the database, which takes milliseconds: on a
// connection that is half open the answer never comes.
const readMax = 10 * time.Second

// now plans a read on the tables as they are. A plan that is kept would be that
// of an empty journal, long after an import.
const asTheyAre = pgx.QueryExecModeCacheDescribe

// page reads up to limit entries that follow a place, which is a position or a
// version.
type page func(ctx context.Context, after int64, limit int) ([]Entry, error)

// pages strings pages together. limit 0 is all.
func pages(ctx context.Context, after int64, limit int, place func(Entry) int64, read page) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		after, left := after, limit
		for size := 100; ; size = min(4*size, pageMax) {
			if limit > 0 {
				size = min(size, left)
			}
			asking, cancel := context.WithTimeout(ctx, readMax)
			entries, err := read(asking, after, size)
			cancel()
			if err != nil {
				yield(Entry{}, err)
				return
			}
			for _, e := range entries {
				if !yield(e, nil) {
					return
				}
			}
			left -= len(entries)
			if len(entries) < size || limit > 0 && left == 0 {
				return
			}
			after = place(entries[len(entries)-1])
		}
	}
}

func byPosition(e Entry) int64 { return e.Position }
func byVersion(e Entry) int64  { return e.Version }

// After gives a county's entries after a position, in order, and at most limit of
// them; 0 is all there are. Nothing that is recorded later comes before.
func (j *Journal) After(ctx context.Context, county string, position int64, limit int) iter.Seq2[Entry, error] {
	return pages(ctx, position, limit, byPosition, func(ctx context.Context, after int64, limit int) ([]Entry, error) {
		return entries(j.pool.Query(ctx, `
			select county, position, stream, version, type, id, request, actor, kind, recorded_at, data, accounts, prev, hash
			from journal.entry where county = $1 and position > $2 order by position limit $3`, asTheyAre, county, after, limit))
	})
}

// Stream gives the entries of one stream, first to last.
func (j *Journal) Stream(ctx context.Context, county, stream string) iter.Seq2[Entry, error] {
	return pages(ctx, 0, 0, byVersion, func(ctx context.Context, after int64, limit int) ([]Entry, error) {
		return entries(j.pool.Query(ctx, `
			select county, position, stream, version, type, id, request, actor, kind, recorded_at, data, accounts, prev, hash
			from journal.entry where county = $1 and stream = $2 and version > $3 order by version limit $4`,
			asTheyAre, county, stream, after, limit))
	})
}

// Streams gives the entries of many streams, by position. All are read at one
// moment, and held: it is meant for what one decision looks at.
func (j *Journal) Streams(ctx context.Context, county string, streams []string) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		// One row per stream, whatever the caller gave.
		streams := slices.Compact(slices.Sorted(slices.Values(streams)))
		ctx, cancel := context.WithTimeout(ctx, readMax)
		defer cancel()
		found, err := entries(j.pool.Query(ctx, `
			select e.county, e.position, e.stream, e.version, e.type, e.id, e.request, e.actor, e.kind, e.recorded_at,
				e.data, e.accounts, e.prev, e.hash
			from unnest($2::text[]) s (stream)
			cross join lateral (select * from journal.entry e where e.county = $1 and e.stream = s.stream offset 0) e
			order by e.position`, asTheyAre, county, streams))
		if err != nil {
			yield(Entry{}, err)
			return
		}
		for _, e := range found {
			if !yield(e, nil) {
				return
			}
		}
	}
}

// OfAccount gives the entries that can change an account, after a position and
// up to another and with it, in order, and at most limit of them; 0 is all.
func (j *Journal) OfAccount(ctx context.Context, county, account string, after, upTo int64, limit int) iter.Seq2[Entry, error] {
	return pages(ctx, after, limit, byPosition, func(ctx context.Context, after int64, limit int) ([]Entry, error) {
		return entries(j.pool.Query(ctx, `
			(select county, position, stream, version, type, id, request, actor, kind, recorded_at, data, accounts, prev, hash
			from journal.entry
			where county = $1 and accounts[1] = $2 and position > $3 and position <= $4 order by position limit $5)
			union all
			(select e.county, e.position, e.stream, e.version, e.type, e.id, e.request, e.actor, e.kind, e.recorded_at,
				e.data, e.accounts, e.prev, e.hash
			from journal.also a join journal.entry e on e.county = a.county and e.position = a.position
			where a.county = $1 and a.account = $2 and a.position > $3 and a.position <= $4 order by a.position limit $5)
			order by position limit $5`, asTheyAre, county, account, after, upTo, limit))
	})
}

// entries takes the rows of a query, which may have failed.
func entries(rows pgx.Rows, err error) ([]Entry, error) {
	if err != nil {
		return nil, err
	}
	var found []Entry
	for rows.Next() {
		var e Entry
		var prev, hash []byte
		err := rows.Scan(&e.County, &e.Position, &e.Stream, &e.Version, &e.Type, (*[16]byte)(&e.ID), &e.Request, &e.Actor, &e.Kind,
			&e.RecordedAt, &e.Data, &e.Accounts, &prev, &hash)
		if err != nil {
			rows.Close()
			return nil, err
		}
		e.Prev, e.Hash, e.RecordedAt = [32]byte(prev), [32]byte(hash), e.RecordedAt.UTC()
		found = append(found, e)
	}
	return found, rows.Err()
}

// Head is a county's last position and the hash that covers all before it; 0 and
// zeros when nothing is recorded.
func (j *Journal) Head(ctx context.Context, county string) (position int64, hash [32]byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, readMax)
	defer cancel()
	var b []byte
	err = j.pool.QueryRow(ctx, `
		select position, hash from journal.entry where county = $1 order by position desc limit 1`, asTheyAre, county).Scan(&position, &b)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, hash, j.known(ctx, county)
	}
	if err != nil {
		return 0, hash, err
	}
	return position, [32]byte(b), nil
}

// known tells an empty journal from none.
func (j *Journal) known(ctx context.Context, county string) error {
	ctx, cancel := context.WithTimeout(ctx, readMax)
	defer cancel()
	var there bool
	err := j.pool.QueryRow(ctx, `select exists (select from journal.county where county = $1)`, county).Scan(&there)
	if err == nil && !there {
		return ErrNoCounty
	}
	return err
}

// At is the last position that was recorded by a moment, the moment included. It
// is the end of a request: all of a request is recorded at one moment.
func (j *Journal) At(ctx context.Context, county string, t time.Time) (position int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, readMax)
	defer cancel()
	// recorded_at never falls as positions rise, so halving finds the place
	// without an index that every append would have to keep.
	err = j.pool.QueryRow(ctx, `
		with recursive search (low, high) as (
			select 0::bigint, coalesce((select position from journal.entry where county = $1 order by position desc limit 1), 0)
			union all
			select case when m.by_then then m.middle else s.low end, case when m.by_then then s.high else m.middle - 1 end
			from search s
			cross join lateral (
				select e.position as middle, e.recorded_at <= $2 as by_then
				from journal.entry e where e.county = $1 and e.position = (s.low + s.high + 1) / 2
			) m
			where s.low < s.high
		)
		select low from search where low = high`, asTheyAre, county, t.UTC().Truncate(time.Microsecond)).Scan(&position)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, errors.New("the journal has a gap: run Verify")
	}
	if err != nil || position > 0 {
		return position, err
	}
	return 0, j.known(ctx, county)
}

// Snap moves a position to the end of the request that it is in: nobody is to
// see half an import. Beyond the end it is the end.
func (j *Journal) Snap(ctx context.Context, county string, position int64) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, readMax)
	defer cancel()
	var last int64
	err := j.pool.QueryRow(ctx, `
		select r.last from journal.entry e join journal.request r on r.county = e.county and r.id = e.request
		where e.county = $1 and e.position = $2`, asTheyAre, county, position).Scan(&last)
	if !errors.Is(err, pgx.ErrNoRows) {
		return last, err
	}
	if position <= 0 {
		return 0, j.known(ctx, county)
	}
	last, _, err = j.Head(ctx, county)
	return min(last, position), err
}

// Find gives the receipt of a request, if it is recorded.
func (j *Journal) Find(ctx context.Context, county, request string) (Receipt, bool, error) {
	ctx, cancel := context.WithTimeout(ctx, readMax)
	defer cancel()
	s := stored{id: request}
	err := j.pool.QueryRow(ctx, `
		select first, last, recorded_at, answer from journal.request where county = $1 and id = $2`, asTheyAre, county, request).
		Scan(&s.first, &s.last, &s.recordedAt, &s.answer)
	if errors.Is(err, pgx.ErrNoRows) {
		return Receipt{}, false, j.known(ctx, county)
	}
	s.recordedAt = s.recordedAt.UTC()
	return s.receipt(true), err == nil, err
}
