package keep

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"feisui/services/people"
)

// Settings gives a county's settings.
func (p *People) Settings(ctx context.Context, county string) (people.Settings, error) {
	ctx, cancel := asking(ctx)
	defer cancel()
	var s people.Settings
	err := p.Pool.QueryRow(ctx, `select authority, idle_seconds, audit_days, import_rows, factor_roles, bound_password from people.county where county = $1`, county).
		Scan(&s.Authority, &s.Idle, &s.AuditDays, &s.ImportRows, &s.FactorRoles, &s.BoundPassword)
	if errors.Is(err, pgx.ErrNoRows) {
		return people.UsualSettings(), nil
	}
	return s, err
}

// SetSettings changes a county's settings. They hold from the next request on.
func (p *People) SetSettings(ctx context.Context, r Request, s people.Settings) (people.Settings, error) {
	if err := r.in(); err != nil {
		return s, err
	}
	if err := s.Decide(r.By); err != nil {
		return s, err
	}
	return mutate(ctx, p, r, struct {
		Operation string
		people.Settings
	}{"settings_set", s}, func(ctx context.Context, tx pgx.Tx) (people.Settings, error) {
		err := tx.QueryRow(ctx, `
			insert into people.county (county, authority, idle_seconds, audit_days, import_rows, factor_roles, bound_password)
			values ($1, $2, $3, $4, coalesce(nullif($5::bigint, 0), $6), coalesce($7::text[], '{}'), coalesce(nullif($8, ''), $9))
			on conflict (county) do update set authority = excluded.authority, idle_seconds = excluded.idle_seconds, audit_days = excluded.audit_days,
				import_rows = coalesce(nullif($5::bigint, 0), people.county.import_rows), factor_roles = coalesce($7::text[], people.county.factor_roles),
				bound_password = coalesce(nullif($8, ''), people.county.bound_password)
			returning import_rows, factor_roles, bound_password`,
			r.County, s.Authority, int64(s.Idle), s.AuditDays, s.ImportRows, people.ImportRowsUsual, s.FactorRoles, s.BoundPassword, people.PasswordAllowed).
			Scan(&s.ImportRows, &s.FactorRoles, &s.BoundPassword)
		return s, err
	})
}
