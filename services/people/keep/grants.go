package keep

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"feisui/pkg/access"
	"feisui/services/people"
)

// Granted is a grant as it is listed and answered.
type Granted struct {
	ID          string            `json:"id"`
	User        string            `json:"user" doc:"人员编号 (who gets it)"`
	Name        string            `json:"name" doc:"用户名 (their user name)"`
	Display     string            `json:"display" doc:"姓名或职务 (as people call them)"`
	Role        access.Role       `json:"role"`
	Scope       string            `json:"scope,omitempty" doc:"部门、街道或社区的代码；空为全县 (a code; none: the county)"`
	State       people.GrantState `json:"state"`
	RequestedBy string            `json:"requested_by"`
	RequestedAt time.Time         `json:"requested_at"`
	DecidedBy   string            `json:"decided_by,omitempty"`
	DecidedAt   *time.Time        `json:"decided_at,omitempty"`
	RevokedBy   string            `json:"revoked_by,omitempty"`
	RevokedAt   *time.Time        `json:"revoked_at,omitempty"`
}

const grantColumns = `g.id::text, u.id::text, u.name, u.display, g.role, g.scope, g.state, g.requested_by, g.requested_at,
	g.decided_by, g.decided_at, g.revoked_by, g.revoked_at`

func grantFields(g *Granted) []any {
	return []any{
		&g.ID, &g.User, &g.Name, &g.Display, &g.Role, &g.Scope, &g.State, &g.RequestedBy, &g.RequestedAt,
		&g.DecidedBy, &g.DecidedAt, &g.RevokedBy, &g.RevokedAt,
	}
}

// RequestGrant asks that a user gets a role.
func (p *People) RequestGrant(ctx context.Context, r Request, id string, c people.RequestGrant) (g Granted, err error) {
	if err := r.in(); err != nil {
		return g, err
	}
	if err := people.May(r.By, access.SystemAdmin); err != nil {
		return g, err
	}
	return mutate(ctx, p, r, []string{"grant_request", id, string(c.Role), c.Scope}, func(ctx context.Context, tx pgx.Tx) (g Granted, err error) {
		u, err := user(ctx, tx, r.County, id)
		if err != nil {
			return g, err
		}
		persons, err := grantsOf(ctx, tx, u.Person)
		if err != nil {
			return g, err
		}
		known, err := c.Decide(u, persons, r.By)
		switch {
		case err != nil:
			return g, err
		case known != nil:
			return granted(ctx, tx, r.County, known.ID)
		}
		made := newID()
		_, err = tx.Exec(ctx, `
			insert into people.grant (id, county, user_id, role, scope, state, requested_by, requester, requested_at, decided_by, revoked_by)
			values ($1, $2, $3, $4, $5, 'requested', $6, $7, $8, '', '')`,
			made, r.County, u.ID, c.Role, c.Scope, r.By.ID, r.By.Person, p.Now())
		if err != nil {
			return g, err
		}
		return granted(ctx, tx, r.County, made)
	})
}

// DecideGrant approves, denies or revokes.
func (p *People) DecideGrant(ctx context.Context, r Request, d people.Decision, id string) (g Granted, err error) {
	if err := r.in(); err != nil {
		return g, err
	}
	if err := people.May(r.By, access.SecurityAdmin); err != nil {
		return g, err
	}
	return mutate(ctx, p, r, []string{"grant_" + string(d), id}, func(ctx context.Context, tx pgx.Tx) (g Granted, err error) {
		u, before, persons, others, err := aboutGrant(ctx, tx, r.County, id)
		if err != nil {
			return g, err
		}
		after, err := d.Decide(before, u, persons, others, r.By)
		if err != nil {
			return g, err
		}
		if after.State != before.State {
			if _, err := tx.Exec(ctx, setState[d], id, after.State, r.By.ID, p.Now()); err != nil {
				return g, err
			}
		}
		return granted(ctx, tx, r.County, id)
	})
}

var setState = map[people.Decision]string{
	people.Approve: `update people.grant set state = $2, decided_by = $3, decided_at = $4 where id = $1`,
	people.Deny:    `update people.grant set state = $2, decided_by = $3, decided_at = $4 where id = $1`,
	people.Revoke:  `update people.grant set state = $2, revoked_by = $3, revoked_at = $4 where id = $1`,
}

// aboutGrant gives all that a decision about a grant looks at.
func aboutGrant(ctx context.Context, tx pgx.Tx, county, id string) (
	u people.User, g people.Grant, persons []people.Grant, others []access.Grant, err error,
) {
	is, err := granted(ctx, tx, county, id)
	if err != nil {
		return u, g, nil, nil, err
	}
	if u, err = user(ctx, tx, county, is.User); err != nil {
		return u, g, nil, nil, err
	}
	if persons, err = grantsOf(ctx, tx, u.Person); err != nil {
		return u, g, nil, nil, err
	}
	for _, other := range persons {
		if other.ID == id {
			g = other
		}
	}
	_, others, err = administrators(ctx, tx, county, u.ID)
	return u, g, persons, others, err
}

// grantsOf are the grants of a person, by whatever account.
func grantsOf(ctx context.Context, tx pgx.Tx, person string) ([]people.Grant, error) {
	rows, err := tx.Query(ctx, `
		select g.id::text, g.user_id::text, g.role, g.scope, g.state, g.requester
		from people.grant g join people.user u on u.id = g.user_id where u.person = $1`, person)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (people.Grant, error) {
		g := people.Grant{Person: person}
		return g, row.Scan(&g.ID, &g.User, &g.Role, &g.Scope, &g.State, &g.Requester)
	})
}

func granted(ctx context.Context, tx pgx.Tx, county, id string) (g Granted, err error) {
	if uuid.Validate(id) != nil {
		return g, people.NotThere("GRANT")
	}
	err = tx.QueryRow(ctx, `
		select `+grantColumns+` from people.grant g join people.user u on u.id = g.user_id
		where g.county = $1 and g.id = $2`, county, id).Scan(grantFields(&g)...)
	if errors.Is(err, pgx.ErrNoRows) {
		err = people.NotThere("GRANT")
	}
	return g, err
}

// Grants lists grants of a county, the oldest first, so many at most, after an
// id; of one user and in one state, or of all. Ids grow with time.
func (p *People) Grants(ctx context.Context, county, id string, state people.GrantState, after string, limit int) ([]Granted, error) {
	ctx, cancel := asking(ctx)
	defer cancel()
	if id != "" && uuid.Validate(id) != nil || after != "" && uuid.Validate(after) != nil {
		return nil, nil
	}
	rows, err := p.Pool.Query(ctx, `
		select `+grantColumns+` from people.grant g join people.user u on u.id = g.user_id
		where g.county = $1 and ($2 = '' or g.user_id = $2::text::uuid) and ($3 = '' or g.state = $3) and ($4 = '' or g.id > $4::text::uuid)
		order by g.id limit $5`, county, id, state, after, limit)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (g Granted, err error) { return g, row.Scan(grantFields(&g)...) })
}
