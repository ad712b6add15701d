package keep

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/jackc/pgx/v5"

	"feisui/pkg/access"
)

// Lists say by themselves what is within a scope. Behind that stands a fence: they
// are read as a role to whom PostgreSQL shows the rows of one county that are
// within the scope of this transaction, and none where none was said, whatever
// the statement asks for. migrations/00002_fence.sql has the rules.

// Reader is the role that lists are read as.
const Reader = "feisui_reader"

// fenced puts a transaction behind the fence of a scope, until it ends, and reads
// where the live book is. It is one round trip.
func (s *store) fenced(ctx context.Context, tx pgx.Tx, scope access.Scope) (at place, err error) {
	said, err := s.said(scope)
	if err != nil {
		return at, err
	}
	b := &pgx.Batch{}
	b.Queue(`select set_config('role', 'feisui_reader', true), set_config('feisui.scope', $1, true)`, said)
	b.Queue(`select generation, position, hash, day::text, rules from ledger.book where county = $1 and live`, s.county)
	results := tx.SendBatch(ctx, b)
	_, err = results.Exec()
	if err == nil {
		at, err = placeOf(results.QueryRow())
	}
	return at, errors.Join(err, results.Close())
}

// said is a scope as the fence reads it.
func (s *store) said(scope access.Scope) (string, error) {
	text, err := json.Marshal(map[string]any{
		"county": s.county, "all": scope.All, "departments": orEmpty(scope.Departments), "streets": orEmpty(scope.Streets), "communities": orEmpty(scope.Communities),
	})
	return string(text), err
}

func orEmpty(codes []string) []string {
	if codes == nil {
		return []string{}
	}
	return codes
}
