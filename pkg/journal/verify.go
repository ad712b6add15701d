package journal

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// verifyMax bounds the whole look, and readMax each page of it: a connection that is
// half open never tells. Two million entries take about a minute.
const verifyMax = time.Hour

// Known is what somebody kept of a journal: that its entry at a position had a
// hash, and so what every entry before it was.
type Known struct {
	Position int64
	Hash     [32]byte
}

// Verify reads a county's whole journal and names the first entry that is not as
// it was recorded: a position or version left out or twice, a column that does
// not fit its hash, a hash that does not follow the one before, a time that
// falls, an account that would not be found, a request that does not fit its
// entries. What was cut off at the end, and a journal that was rewritten as a
// whole, hashes and all, is found only by what is known from elsewhere.
func (j *Journal) Verify(ctx context.Context, county string, known ...Known) error {
	if err := j.known(ctx, county); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, verifyMax)
	defer cancel()
	// One moment, and nothing is held up: a reader blocks no append.
	options := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	return pgx.BeginTxFunc(ctx, j.pool, options, func(tx pgx.Tx) error {
		v := verifier{county: county, versions: map[string]int64{}, known: map[int64][][32]byte{}}
		for _, k := range known {
			v.known[k.Position] = append(v.known[k.Position], k.Hash)
		}
		if err := v.entries(ctx, tx); err != nil {
			return err
		}
		if err := v.requests(ctx, tx); err != nil {
			return err
		}
		return v.accounts(ctx, tx)
	})
}

// Corruption says where a journal is not as it was recorded.
type Corruption struct {
	County   string
	Position int64  // of the first bad entry; 0 when it is about a request
	Request  string // when it is about a request
	What     string
}

func (c *Corruption) Error() string {
	if c.Request != "" {
		return fmt.Sprintf("journal of %s: request %q: %s", c.County, c.Request, c.What)
	}
	return fmt.Sprintf("journal of %s: entry %d: %s", c.County, c.Position, c.What)
}

type verifier struct {
	county   string
	last     Entry
	versions map[string]int64
	known    map[int64][][32]byte
	buffer   hasher
}

func (v *verifier) entries(ctx context.Context, tx pgx.Tx) error {
	for {
		page, err := v.page(ctx, tx)
		if err != nil {
			return err
		}
		for _, e := range page {
			if what := v.wrong(&e); what != "" {
				return &Corruption{County: v.county, Position: v.last.Position + 1, What: what}
			}
			v.last = e
		}
		if len(page) < pageMax {
			return v.foreknown()
		}
	}
}

// page reads the entries that follow the last.
func (v *verifier) page(ctx context.Context, tx pgx.Tx) ([]Entry, error) {
	ctx, cancel := context.WithTimeout(ctx, readMax)
	defer cancel()
	return entries(tx.Query(ctx, `
		select county, position, stream, version, type, id, request, actor, kind, recorded_at, data, accounts, prev, hash
		from journal.entry where county = $1 and position > $2 order by position limit $3`, asTheyAre, v.county, v.last.Position, pageMax))
}

// wrong says what is wrong with the entry that follows the last.
func (v *verifier) wrong(e *Entry) string {
	next := v.versions[e.Stream] + 1
	switch {
	case e.Position != v.last.Position+1:
		return fmt.Sprintf("missing: the next is %d", e.Position)
	case e.Prev != v.last.Hash:
		return "it does not follow the hash of the entry before"
	case e.sum(&v.buffer, string(e.Data)) != e.Hash:
		return "its hash is of something else"
	case e.Version != next:
		return fmt.Sprintf("version %d of %s, after %d", e.Version, e.Stream, next-1)
	case e.RecordedAt.Before(v.last.RecordedAt):
		return "recorded before the entry before"
	case e.Position == v.last.Position+1 && e.Request == v.last.Request && !e.RecordedAt.Equal(v.last.RecordedAt):
		return "one request, two times"
	}
	v.versions[e.Stream] = next
	for _, hash := range v.known[e.Position] {
		if hash != e.Hash {
			return "it had another hash once"
		}
	}
	return ""
}

// foreknown finds entries that were there once.
func (v *verifier) foreknown() error {
	for position := range v.known {
		if position > v.last.Position {
			return &Corruption{County: v.county, Position: v.last.Position + 1, What: fmt.Sprintf("missing: there was one at %d once", position)}
		}
	}
	return nil
}

// requests looks whether the requests are as they were stored, and whether they
// and the entries, each in its order, tell the same.
func (v *verifier) requests(ctx context.Context, tx pgx.Tx) error {
	// Both sides in one pass: a request, and the entries that name it.
	rows, err := tx.Query(ctx, `
		select coalesce(r.id, e.request), r.id is null, r.fingerprint, r.first, r.last, r.recorded_at, r.answer, r.seal,
			coalesce(e.first, 0), coalesce(e.last, 0), coalesce(e.n, 0), e.recorded_at
		from (select * from journal.request where county = $1) r
		full join (
			select request, min(position) as first, max(position) as last, count(*) as n, min(recorded_at) as recorded_at
			from journal.entry where county = $1 group by request
		) e on e.request = r.id
		order by coalesce(r.first, e.first), coalesce(r.last, e.last)`, asTheyAre, v.county)
	if err != nil {
		return err
	}
	var r found
	wrong := ""
	after := int64(0)
	_, err = pgx.ForEachRow(rows, r.fields(), func() error {
		if wrong = r.wrong(v.county, after); wrong != "" {
			return &Corruption{County: v.county, Request: r.id, What: wrong}
		}
		after = *r.last
		return nil
	})
	return err
}

// found is a request as it lies there, beside the entries that name it.
type found struct {
	id                                string
	missing                           bool
	fingerprint, answer, seal         []byte
	first, last                       *int64
	recordedAt, entriesAt             *time.Time
	firstEntry, lastEntry, numEntries int64
}

func (r *found) fields() []any {
	return []any{
		&r.id, &r.missing, &r.fingerprint, &r.first, &r.last, &r.recordedAt, &r.answer, &r.seal,
		&r.firstEntry, &r.lastEntry, &r.numEntries, &r.entriesAt,
	}
}

func (r *found) wrong(county string, after int64) string {
	if r.missing {
		return fmt.Sprintf("missing, and yet entry %d names it", r.firstEntry)
	}
	s := stored{r.id, [32]byte(r.fingerprint), *r.first, *r.last, *r.recordedAt, r.answer}
	switch {
	case s.seal(county) != [32]byte(r.seal):
		return "it is not as it was stored"
	case s.first != after+1:
		return fmt.Sprintf("it begins at %d, and the one before ends at %d", s.first, after)
	case r.numEntries != s.last-s.first+1:
		return fmt.Sprintf("%d entries name it, of %d", r.numEntries, s.last-s.first+1)
	case r.numEntries > 0 && (r.firstEntry != s.first || r.lastEntry != s.last || !r.entriesAt.Equal(s.recordedAt)):
		return "its entries are others"
	}
	return ""
}

// accounts looks whether every further account of an entry is found by it, and
// no other.
func (v *verifier) accounts(ctx context.Context, tx pgx.Tx) error {
	var position int64
	var account string
	err := tx.QueryRow(ctx, `
		select coalesce(a.position, e.position), coalesce(a.account, e.account)
		from (select position, account from journal.also where county = $1) a
		full join (
			select distinct e.position, x.account
			from journal.entry e cross join unnest(e.accounts[2:]) x (account)
			where e.county = $1 and cardinality(e.accounts) > 1 and x.account <> e.accounts[1]
		) e on e.position = a.position and e.account = a.account
		where a.position is null or e.position is null
		order by 1 limit 1`, asTheyAre, v.county).Scan(&position, &account)
	switch {
	case err == nil:
		return &Corruption{County: v.county, Position: position, What: "it would not be found by its account " + account}
	case errors.Is(err, pgx.ErrNoRows):
		return nil
	}
	return err
}
