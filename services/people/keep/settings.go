package keep

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"feisui/pkg/access"
	"feisui/services/people"
)

// Settings gives a county's settings.
func (p *People) Settings(ctx context.Context, county string) (people.Settings, error) {
	ctx, cancel := asking(ctx)
	defer cancel()
	return settings(ctx, p.Pool, county)
}

func settings(ctx context.Context, from querier, county string) (s people.Settings, err error) {
	err = from.QueryRow(ctx, `select authority, idle_seconds, audit_days, import_rows, factor_roles, bound_password from people.county where county = $1`, county).
		Scan(&s.Authority, &s.Idle, &s.AuditDays, &s.ImportRows, &s.FactorRoles, &s.BoundPassword)
	if errors.Is(err, pgx.ErrNoRows) {
		return people.UsualSettings(), nil
	}
	return s, err
}

// SettingsChange is a change of settings as it is kept and listed.
type SettingsChange struct {
	people.SettingsChange

	ID          string
	RequestedBy string
	RequestedAt time.Time
	DecidedBy   string
	DecidedAt   *time.Time
}

const changeColumns = `id::text, settings, state, security, requested_by, requester, requested_at, expires_at, decided_by, decided_at`

func scanChange(row pgx.CollectableRow) (c SettingsChange, err error) {
	var expires time.Time
	err = row.Scan(&c.ID, &c.Settings, &c.State, &c.Security, &c.RequestedBy, &c.Requester, &c.RequestedAt, &expires, &c.DecidedBy, &c.DecidedAt)
	c.Expires = people.Moment(expires.Unix())
	return c, err
}

// WaitingSettings gives the change of a county's settings that waits for a second person,
// nil when none does.
func (p *People) WaitingSettings(ctx context.Context, county string) (*SettingsChange, error) {
	ctx, cancel := asking(ctx)
	defer cancel()
	return p.waiting(ctx, p.Pool, county)
}

func (p *People) waiting(ctx context.Context, from querier, county string) (*SettingsChange, error) {
	rows, err := from.Query(ctx, `select `+changeColumns+` from people.settings_change where county = $1 and state = 'requested'`, county)
	if err != nil {
		return nil, err
	}
	c, err := pgx.CollectExactlyOneRow(rows, scanChange)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && !c.Waits(p.moment()) {
		return nil, nil //nolint:nilnil // nothing waits, and nothing is wrong
	}
	return &c, err
}

// RequestSettings asks for other settings of a county. They hold when another person has
// confirmed them, see ConfirmSettings.
func (p *People) RequestSettings(ctx context.Context, r Request, s people.Settings) (c SettingsChange, err error) {
	if err := errors.Join(r.in(), people.May(r.By, access.SystemAdmin, access.SecurityAdmin)); err != nil {
		return c, err
	}
	return mutate(ctx, p, r, struct {
		Operation string
		people.Settings
	}{"settings_request", s}, func(ctx context.Context, tx pgx.Tx) (c SettingsChange, err error) {
		now, err := settings(ctx, tx, r.County)
		if err != nil {
			return c, err
		}
		waits, err := p.waiting(ctx, tx, r.County)
		if err != nil {
			return c, err
		}
		is, err := people.RequestSettings{Settings: s}.Decide(now, waits != nil, r.By, p.moment())
		if err != nil {
			return c, err
		}
		text, err := json.Marshal(is.Settings)
		if err != nil {
			return c, err
		}
		c = SettingsChange{SettingsChange: is, ID: newID(), RequestedBy: r.By.ID, RequestedAt: at(p.moment()).UTC()}
		b := &pgx.Batch{}
		b.Queue(`update people.settings_change set state = 'expired' where county = $1 and state = 'requested'`, r.County)
		b.Queue(`
			insert into people.settings_change (id, county, settings, state, security, requested_by, requester, requested_at, expires_at, decided_by, decider)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, '', '')`,
			c.ID, r.County, string(text), c.State, c.Security, c.RequestedBy, c.Requester, c.RequestedAt, at(c.Expires))
		return c, tx.SendBatch(ctx, b).Close()
	})
}

// ConfirmSettings has a county's settings be what was asked for, from the next request on.
func (p *People) ConfirmSettings(ctx context.Context, r Request, id string) (SettingsChange, error) {
	return p.decideSettings(ctx, r, id, "settings_confirm", people.SettingsChange.Confirm)
}

// DropSettings has a change of settings wait no more: by who asked for it, or another.
func (p *People) DropSettings(ctx context.Context, r Request, id string) (SettingsChange, error) {
	return p.decideSettings(ctx, r, id, "settings_drop", people.SettingsChange.Drop)
}

func (p *People) decideSettings(
	ctx context.Context, r Request, id, operation string, by func(people.SettingsChange, access.Principal, people.Moment) (people.SettingsChange, error),
) (c SettingsChange, err error) {
	if err := errors.Join(r.in(), people.May(r.By, access.SystemAdmin, access.SecurityAdmin)); err != nil {
		return c, err
	}
	if uuid.Validate(id) != nil {
		return c, people.NotThere("SETTINGS_CHANGE")
	}
	return mutate(ctx, p, r, []string{operation, id}, func(ctx context.Context, tx pgx.Tx) (c SettingsChange, err error) {
		rows, err := tx.Query(ctx, `select `+changeColumns+` from people.settings_change where county = $1 and id = $2`, r.County, id)
		if err != nil {
			return c, err
		}
		c, err = pgx.CollectExactlyOneRow(rows, scanChange)
		if errors.Is(err, pgx.ErrNoRows) {
			return c, people.NotThere("SETTINGS_CHANGE")
		}
		if err != nil {
			return c, err
		}
		// Who asked as a security administrator counts as one while they are.
		if err := tx.QueryRow(ctx, `select $4 and exists (select from people.grant g join people.user u on u.id = g.user_id
			where g.county = $1 and u.person::text = $2 and g.role = $3 and g.state = 'approved' and not u.disabled and u.reset_by = '')`,
			r.County, c.Requester, access.SecurityAdmin, c.Security).Scan(&c.Security); err != nil {
			return c, err
		}
		now := at(p.moment()).UTC()
		if c.SettingsChange, err = by(c.SettingsChange, r.By, p.moment()); err != nil {
			return c, err
		}
		c.DecidedBy, c.DecidedAt = r.By.ID, &now
		b := &pgx.Batch{}
		b.Queue(`update people.settings_change set state = $2, decided_by = $3, decider = $4, decided_at = $5 where id = $1`, c.ID, c.State, r.By.ID, r.By.Person, now)
		if c.State == people.SettingsConfirmed {
			b.Queue(`
				insert into people.county (county, authority, idle_seconds, audit_days, import_rows, factor_roles, bound_password)
				values ($1, $2, $3, $4, $5, coalesce($6::text[], '{}'), $7)
				on conflict (county) do update set authority = excluded.authority, idle_seconds = excluded.idle_seconds, audit_days = excluded.audit_days,
					import_rows = excluded.import_rows, factor_roles = excluded.factor_roles, bound_password = excluded.bound_password`,
				r.County, c.Authority, int64(c.Idle), c.AuditDays, c.ImportRows, c.FactorRoles, c.BoundPassword)
		}
		return c, tx.SendBatch(ctx, b).Close()
	})
}
