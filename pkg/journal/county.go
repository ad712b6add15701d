package journal

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// County is who has a journal.
type County struct {
	County string // short: it is part of subjects and paths
	Name   string
}

// ErrCountyExists says that the short name is taken.
var ErrCountyExists = errors.New("the county is there already")

// CreateCounty begins a county's journal.
func (j *Journal) CreateCounty(ctx context.Context, county, name string) error {
	if !countyForm.MatchString(county) || name == "" || !clean(name) {
		return fmt.Errorf("%w: county %q, name %q", ErrInvalid, county, name)
	}
	ctx, cancel := context.WithTimeout(ctx, readMax)
	defer cancel()
	tag, err := j.pool.Exec(ctx, `
		insert into journal.county (county, name, created_at) values ($1, $2, $3) on conflict do nothing`, county, name, j.now())
	if err == nil && tag.RowsAffected() == 0 {
		return ErrCountyExists
	}
	return err
}

// Counties lists who has a journal, by short name.
func (j *Journal) Counties(ctx context.Context) ([]County, error) {
	ctx, cancel := context.WithTimeout(ctx, readMax)
	defer cancel()
	rows, err := j.pool.Query(ctx, `select county, name from journal.county order by county`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[County])
}

// NameOf is what a county is called. It fails with ErrNoCounty where there is none.
func (j *Journal) NameOf(ctx context.Context, county string) (name string, err error) {
	ctx, cancel := context.WithTimeout(ctx, readMax)
	defer cancel()
	err = j.pool.QueryRow(ctx, `select name from journal.county where county = $1`, county).Scan(&name)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", ErrNoCounty
	}
	return name, err
}
