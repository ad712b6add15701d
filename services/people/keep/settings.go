package keep

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"feisui/pkg/access"
	"feisui/services/people"
)

// Settings gives a county's settings.
func (p *People) Settings(ctx context.Context, county string) (people.Settings, error) {
	ctx, cancel := asking(ctx)
	defer cancel()
	var s people.Settings
	err := p.Pool.QueryRow(ctx, `select authority, idle_seconds, audit_days, factor_roles from people.county where county = $1`, county).
		Scan(&s.Authority, &s.Idle, &s.AuditDays, &s.FactorRoles)
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
		_, err := tx.Exec(ctx, `
			insert into people.county (county, authority, idle_seconds, audit_days, factor_roles) values ($1, $2, $3, $4, $5)
			on conflict (county) do update set authority = excluded.authority, idle_seconds = excluded.idle_seconds, audit_days = excluded.audit_days,
				factor_roles = excluded.factor_roles`,
			r.County, s.Authority, int64(s.Idle), s.AuditDays, texts(s.FactorRoles))
		return s, err
	})
}

// texts are roles as PostgreSQL takes them, none as an empty list.
func texts(roles []access.Role) []string {
	all := make([]string, len(roles))
	for i, role := range roles {
		all[i] = string(role)
	}
	return all
}
