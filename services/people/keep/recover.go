package keep

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"feisui/pkg/access"
	"feisui/services/people"
)

// Recover lets an administrator in again by a one-time password, see people.Recover, and
// writes the line of the audit log in the same transaction. What they are signed in by, their
// second factor, their binding and what was counted as wrong are gone; had says whether there was a
// second factor. The login of the pool must own the people's tables. A refusal is written too.
func (p *People) Recover(ctx context.Context, county, name string, c people.Recover, by access.Principal) (made Made, had bool, err error) {
	if err := p.owned(ctx); err != nil {
		return made, false, err
	}
	fresh := oneTime()
	hash, err := p.hasher.hash(ctx, fresh)
	if err != nil {
		return made, false, err
	}
	line := access.Record{County: county, Actor: by.ID, Operation: "administrator_recover", Decision: access.Done}
	if c.Although {
		line.Code = "ALTHOUGH_OTHERS"
	}
	recovers := func(ctx context.Context, tx pgx.Tx) error {
		if err := p.inTurn(ctx, tx, county); err != nil {
			return err
		}
		before, err := userNamed(ctx, tx, county, people.NameOf(name))
		if err != nil {
			return err
		}
		line.Target, had = before.Principal(), before.Factor
		holds, others, err := holders(ctx, tx, county, before.ID)
		if err != nil {
			return err
		}
		after, err := c.Decide(before, holds, others, by)
		if err != nil {
			return err
		}
		after.Once = p.moment() + people.OnceLife
		made = Made{ID: after.ID, User: after.Name, Password: fresh, Until: once(after.Once)}
		if err := p.change(ctx, tx, after, hash, people.Reset, people.FactorReset, people.Unlock); err != nil {
			return err
		}
		return p.follow(ctx, tx, line)
	}
	for {
		if err = p.within(ctx, recovers); !errors.Is(err, errContinued) || ctx.Err() != nil { // else a line of the county's came between
			break
		}
	}
	var no *people.Refusal
	if errors.As(err, &no) {
		line.Decision, line.Code = access.Refused, no.Code
		err = errors.Join(err, p.Trail.Audit(ctx, line))
	}
	if err != nil {
		return Made{}, false, err
	}
	return made, had, nil
}

// follow adds a line to a county's chain within a transaction. It fails with errContinued
// where the chain went on meanwhile; then the transaction is to be run again.
func (p *People) follow(ctx context.Context, tx pgx.Tx, line access.Record) error {
	last, err := end(ctx, tx, line.County)
	if err == nil {
		_, err = last.add(ctx, tx, line.County, p.Now(), []access.Record{tidy(line)})
	}
	return err
}

// owned refuses a login that could not write to the tables itself: whoever has only what
// services connect by recovers nobody.
func (p *People) owned(ctx context.Context) error {
	ctx, cancel := asking(ctx)
	defer cancel()
	var owns bool
	err := p.Pool.QueryRow(ctx, `select pg_has_role(session_user, relowner, 'usage') from pg_class where oid = 'people.user'::regclass`).Scan(&owns)
	if err == nil && !owns {
		err = people.NotOwner()
	}
	return err
}

// userNamed finds a user by name, and holds the row until the transaction ends.
func userNamed(ctx context.Context, tx pgx.Tx, county, name string) (people.User, error) {
	var id string
	err := tx.QueryRow(ctx, `select id::text from people.user where county = $1 and name = $2`, county, name).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		err = people.NotThere("USER")
	}
	if err != nil {
		return people.User{}, err
	}
	return user(ctx, tx, county, id)
}

// holders gives the grants in force of one user, and those of others in the county that are in.
func holders(ctx context.Context, tx pgx.Tx, county, id string) (holds []access.Grant, others []people.Holder, err error) {
	rows, err := tx.Query(ctx, `
		select u.id::text = $2, not u.disabled and u.reset_by = '', u.person::text, g.role, g.scope
		from people.grant g join people.user u on u.id = g.user_id where g.county = $1 and g.state = 'approved'`, county, id)
	if err != nil {
		return nil, nil, err
	}
	var own, in bool
	var h people.Holder
	_, err = pgx.ForEachRow(rows, []any{&own, &in, &h.Person, &h.Role, &h.Scope}, func() error {
		if own {
			holds = append(holds, h.Grant)
		} else if in {
			others = append(others, h)
		}
		return nil
	})
	return holds, others, err
}
