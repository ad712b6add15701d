package keep

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/jackc/pgx/v5"

	"feisui/pkg/access"
	"feisui/pkg/journal"
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

// Fit refuses a database without its fence, as one is that was restored where its
// roles were not: they are the cluster's, and in no dump.
func Fit(ctx context.Context, pool journal.Database) error {
	ctx, cancel := context.WithTimeout(ctx, changeMax)
	defer cancel()
	var whole bool
	err := pool.QueryRow(ctx, `
		select coalesce(pg_has_role(current_user, to_regrole('feisui_reader'), 'member'), false)
			and (select count(*) = 4 from pg_policy where polname = 'scoped')`).Scan(&whole)
	if err == nil && !whole {
		err = &journal.Unfit{
			Chinese: "数据库里没有角色 feisui_reader 或它的权限；恢复备份之前请先执行 create role feisui_reader 和 grant feisui_reader to feisui_app",
			English: "the role feisui_reader, or what it may see, is missing: create it and grant it to feisui_app before a backup is restored",
		}
	}
	return err
}
