package journal

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
)

// copy stores a large request by COPY, into the same tables, while the county's
// row is held. It is append otherwise: not done means that the plan's facts are
// now those that hold. It says when it begins to store.
func (p *plan) copy(ctx context.Context, db asker, begins func()) (done bool, err error) {
	tx, ok := db.(pgx.Tx)
	if !ok {
		return false, errors.New("a copy needs a transaction")
	}
	// The same look as of any batch, with nothing to insert.
	look := plan{county: p.county, facts: p.facts, recordedAt: p.recordedAt, streams: p.streams, ids: p.ids}
	few := p.facts.head.position < int64(len(p.streams))
	if few {
		look.streams = nil // to read what little there is costs less than to ask for each stream
	}
	if done, err := look.append(ctx, tx); err != nil || !done {
		p.facts = look.facts
		return false, err
	}
	if few {
		if still, err := p.still(ctx, tx); err != nil || !still {
			return false, err
		}
	}
	begins()
	entries := []string{"county", "position", "stream", "version", "type", "id", "request", "actor", "kind", "recorded_at", "data", "accounts", "prev", "hash"}
	_, err = tx.CopyFrom(ctx, pgx.Identifier{"journal", "entry"}, entries, pgx.CopyFromSlice(len(p.entries), func(i int) ([]any, error) {
		p.chain(i) // here, while PostgreSQL takes in those before
		e := &p.entries[i]
		return []any{
			e.County, e.Position, e.Stream, e.Version, e.Type, [16]byte(e.ID), e.Request, e.Actor, e.Kind, e.RecordedAt,
			p.data[i], e.Accounts, e.Prev[:], e.Hash[:],
		}, nil
	}))
	if err != nil {
		return false, err
	}
	accounts, positions := p.further()
	_, err = tx.CopyFrom(ctx, pgx.Identifier{"journal", "also"}, []string{"county", "account", "position"},
		pgx.CopyFromSlice(len(accounts), func(i int) ([]any, error) { return []any{p.county, accounts[i], positions[i]}, nil }))
	if err != nil {
		return false, err
	}
	requests := []string{"county", "id", "fingerprint", "first", "last", "recorded_at", "answer", "seal"}
	_, err = tx.CopyFrom(ctx, pgx.Identifier{"journal", "request"}, requests, pgx.CopyFromSlice(len(p.requests), func(i int) ([]any, error) {
		r := &p.requests[i]
		seal := r.seal(p.county)
		return []any{p.county, r.id, r.fingerprint[:], r.first, r.last, r.recordedAt, r.answer, seal[:]}, nil
	}))
	return err == nil, err
}

// still reports whether the streams are where they are believed to be, by reading
// where all streams of the county are. Otherwise the plan's facts are those that hold.
func (p *plan) still(ctx context.Context, tx pgx.Tx) (bool, error) {
	rows, err := tx.Query(ctx, `select stream, max(version) from journal.entry where county = $1 group by stream`, p.county)
	if err != nil {
		return false, err
	}
	are := map[string]int64{}
	var stream string
	var version int64
	_, err = pgx.ForEachRow(rows, []any{&stream, &version}, func() error {
		are[stream] = version
		return nil
	})
	if err != nil {
		return false, err
	}
	still := true
	for stream, at := range p.streams {
		still = still && are[stream] == at
		p.facts.versions[stream] = are[stream]
	}
	return still, nil
}
