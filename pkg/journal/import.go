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
	err = copyRows(ctx, tx, "journal.entry", "county, position, stream, version, type, id, request, actor, kind, recorded_at, data, accounts, prev, hash",
		len(p.entries), func(f *fields, i int) {
			p.chain(i) // here, while PostgreSQL takes in those before
			f.entry(&p.entries[i], p.data[i])
		})
	if err != nil {
		return false, err
	}
	accounts, positions := p.further()
	err = copyRows(ctx, tx, "journal.also", "county, account, position", len(accounts), func(f *fields, i int) {
		f.row(3)
		f.text(p.county)
		f.text(accounts[i])
		f.number(positions[i])
	})
	if err != nil {
		return false, err
	}
	err = copyRows(ctx, tx, "journal.request", "county, id, fingerprint, first, last, recorded_at, answer, seal", len(p.requests), func(f *fields, i int) {
		f.request(p.county, &p.requests[i])
	})
	return err == nil, err
}

func (f *fields) entry(e *Entry, data string) {
	f.row(14)
	f.text(e.County)
	f.number(e.Position)
	f.text(e.Stream)
	f.number(e.Version)
	f.text(e.Type)
	f.bytes(e.ID[:])
	f.text(e.Request)
	f.text(e.Actor)
	f.text(e.Kind)
	f.moment(e.RecordedAt)
	f.text(data)
	f.list(e.Accounts)
	f.bytes(e.Prev[:])
	f.bytes(e.Hash[:])
}

func (f *fields) request(county string, r *stored) {
	seal := r.seal(county)
	f.row(8)
	f.text(county)
	f.text(r.id)
	f.bytes(r.fingerprint[:])
	f.number(r.first)
	f.number(r.last)
	f.moment(r.recordedAt)
	f.bytes(r.answer)
	f.bytes(seal[:])
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
