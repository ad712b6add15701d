package keep

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"feisui/pkg/access"
	"feisui/services/people"
)

// DemoScopes are the organisations of which demo users are.
type DemoScopes struct {
	Department, Street, Community string

	Titles map[access.Role]string // how a role's user is shown; none for the role's own word
	Pairs  []access.Role          // of which there are two users, since something takes two persons
}

// DemoUser is one of a demo's users.
type DemoUser struct {
	Name, Display string
	Grant         access.Grant
}

// Users lists a demo's users: demo-ROLE of each role that people can have, and
// demo-ROLE-2 of those in pairs.
func (s DemoScopes) Users() (all []DemoUser) {
	for _, role := range access.Roles {
		if role == access.Operator {
			continue
		}
		one := DemoUser{DemoName(role), "演示 " + cmp.Or(s.Titles[role], string(role)), access.Grant{Role: role, Scope: s.Of(role)}}
		all = append(all, one)
		if slices.Contains(s.Pairs, role) {
			one.Name, one.Display = one.Name+"-2", one.Display+" 2"
			all = append(all, one)
		}
	}
	return all
}

// ErrNoDemo says that a county has people of its own, or that others reach it.
var ErrNoDemo = errors.New("no demo accounts are made beside people of the county's own, or where others reach them")

// shut disables a demo account where others than its user reach it.
func (p *People) shut(u *people.User) { u.Disabled = u.Disabled || u.Demo && p.Public }

// Demo makes the users of a demo, all with one password that whoever runs the demo knows, and marks them as what they are. It
// is for a sample county on one's own machine: where others reach it, or where
// there are users and none of them is one of these, it fails with ErrNoDemo. What
// is there already stays.
func (p *People) Demo(ctx context.Context, county, password string, s DemoScopes) error {
	if p.Public {
		return ErrNoDemo
	}
	hash, err := p.hasher.hash(ctx, password)
	if err != nil {
		return err
	}
	return p.within(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := p.inTurn(ctx, tx, county); err != nil {
			return err
		}
		own, err := ownPeople(ctx, tx, county)
		if err != nil || own {
			return cmp.Or(err, ErrNoDemo)
		}
		for _, one := range s.Users() {
			if err := p.demo(ctx, tx, county, hash, one); err != nil {
				return fmt.Errorf("the demo user %s: %w", one.Name, err)
			}
		}
		return nil
	})
}

// Own reports that a county has people of its own: users, none of whom is of a demo.
func (p *People) Own(ctx context.Context, county string) (bool, error) {
	ctx, cancel := asking(ctx)
	defer cancel()
	return ownPeople(ctx, p.Pool, county)
}

func ownPeople(ctx context.Context, from querier, county string) (own bool, err error) {
	err = from.QueryRow(ctx, `select count(*) > 0 and not coalesce(bool_or(demo), false) from people.user where county = $1`, county).Scan(&own)
	return own, err
}

// DemoName is the user name of a role's demo user.
func DemoName(role access.Role) string { return "demo-" + string(role) }

func (p *People) demo(ctx context.Context, tx pgx.Tx, county, hash string, one DemoUser) error {
	u := people.User{
		ID: newID(), Person: newID(), County: county, Name: people.NameOf(one.Name), Display: one.Display,
		Office: cmp.Or(one.Grant.Scope, "demo"), Demo: true,
	}
	var there bool
	err := tx.QueryRow(ctx, `select exists (select from people.user where county = $1 and name = $2)`, county, u.Name).Scan(&there)
	if err != nil || there {
		return err
	}
	if err := p.insert(ctx, tx, u, hash, "operator:demo"); err != nil {
		return err
	}
	return p.give(ctx, tx, u, one.Grant, "operator:demo")
}

// Of is the organisation of a role's demo user; "" is the county.
func (s DemoScopes) Of(role access.Role) string {
	switch role { //nolint:exhaustive // the others are the county's
	case access.DepartmentOfficer, access.DepartmentHead:
		return s.Department
	case access.StreetOfficer:
		return s.Street
	case access.CommunityOfficer:
		return s.Community
	default:
		return ""
	}
}
