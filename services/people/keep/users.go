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

// Listed is a user with what they have.
type Listed struct {
	people.User
	State  people.State
	Grants []access.Grant // in force
}

// Made is the answer to whatever gives somebody a one-time password.
type Made struct {
	ID       string `json:"id"`
	User     string `json:"user"`
	Password string `json:"-"` // only the first time: it is not kept

	Until *time.Time `json:"until,omitempty" doc:"一次性密码到何时失效 (when the one-time password lapses)"`
}

// userColumns are the columns of a user, in the order of scanUser.
const userColumns = `u.id::text, u.person::text, u.county, u.name, u.display, u.office, u.disabled, u.reset_by, u.must_change,
	coalesce(extract(epoch from u.once_until)::bigint, 0), u.demo,
	exists (select from people.factor f where f.user_id = u.id and f.confirmed_at is not null)`

// grantsColumn are a user's grants in force, as JSON.
const grantsColumn = `coalesce((select json_agg(json_build_object('role', g.role, 'scope', g.scope) order by g.role, g.scope)
	from people.grant g where g.user_id = u.id and g.state = 'approved'), '[]')`

func userFields(u *people.User) []any {
	return []any{&u.ID, &u.Person, &u.County, &u.Name, &u.Display, &u.Office, &u.Disabled, &u.ResetBy, &u.MustChange, &u.Once, &u.Demo, &u.Factor}
}

// user finds a user of a county, and holds the row until the transaction ends.
func user(ctx context.Context, tx pgx.Tx, county, id string) (u people.User, err error) {
	if uuid.Validate(id) != nil {
		return u, people.NotThere("USER")
	}
	err = tx.QueryRow(ctx, `select `+userColumns+` from people.user u where u.county = $1 and u.id = $2 for update`, county, id).Scan(userFields(&u)...)
	if errors.Is(err, pgx.ErrNoRows) {
		err = people.NotThere("USER")
	}
	return u, err
}

// Called gives what people call the users of some principals, by principal; those of
// whom nothing is known are missing.
func (p *People) Called(ctx context.Context, county string, principals []string) (map[string]string, error) {
	ctx, cancel := asking(ctx)
	defer cancel()
	rows, err := p.Pool.Query(ctx, `select 'person:' || id::text, display from people.user where county = $1 and 'person:' || id::text = any ($2)`, county, principals)
	if err != nil {
		return nil, err
	}
	called := map[string]string{}
	var who, display string
	_, err = pgx.ForEachRow(rows, []any{&who, &display}, func() error {
		called[who] = display
		return nil
	})
	return called, err
}

// Create makes an account with a one-time password.
func (p *People) Create(ctx context.Context, r Request, c people.CreateUser) (made Made, err error) {
	if err := r.in(); err != nil {
		return made, err
	}
	if c, err = c.Decide(r.By); err != nil {
		return made, err
	}
	fresh := oneTime()
	hash, err := p.hasher.hash(ctx, fresh)
	if err != nil {
		return made, err
	}
	password := ""
	made, err = mutate(ctx, p, r, struct {
		Operation string
		people.CreateUser
	}{"person_create", c}, func(ctx context.Context, tx pgx.Tx) (Made, error) {
		u := people.User{
			ID: newID(), Person: c.Person, County: r.County, Name: c.Name, Display: c.Display, Office: c.Office,
			MustChange: true, Once: p.moment() + people.OnceLife,
		}
		if err := known(ctx, tx, r.County, &u); err != nil {
			return Made{}, err
		}
		password = fresh
		return Made{ID: u.ID, User: u.Name, Until: once(u.Once)}, p.insert(ctx, tx, u, hash, r.By.ID)
	})
	made.Password = password
	return made, err
}

// known refuses a name that is taken, and a person who has no account yet.
func known(ctx context.Context, tx pgx.Tx, county string, u *people.User) error {
	var taken bool
	err := tx.QueryRow(ctx, `select exists (select from people.user where county = $1 and name = $2)`, county, u.Name).Scan(&taken)
	switch {
	case err != nil:
		return err
	case taken:
		return people.NameTaken(u.Name)
	case u.Person == "":
		u.Person = newID()
		return nil
	case uuid.Validate(u.Person) != nil:
		return people.NotThere("PERSON")
	}
	var there bool
	err = tx.QueryRow(ctx, `select exists (select from people.user where county = $1 and person = $2)`, county, u.Person).Scan(&there)
	if err == nil && !there {
		err = people.NotThere("PERSON")
	}
	return err
}

func (p *People) insert(ctx context.Context, tx pgx.Tx, u people.User, hash, by string) error {
	_, err := tx.Exec(ctx, `
		insert into people.user (id, person, county, name, display, office, password, disabled, reset_by, must_change, once_until, demo, created_at, created_by)
		values ($1, $2, $3, $4, $5, $6, $7, false, '', $8, $9, $10, $11, $12)`,
		u.ID, u.Person, u.County, u.Name, u.Display, u.Office, hash, u.MustChange, once(u.Once), u.Demo, p.Now(), by)
	return err
}

// once is until when a one-time password opens an account, as it is kept.
func once(until people.Moment) *time.Time {
	if until == 0 {
		return nil
	}
	t := at(until).UTC()
	return &t
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// Change does something to an account.
func (p *People) Change(ctx context.Context, r Request, c people.Change, id string) (made Made, err error) {
	if err := r.in(); err != nil {
		return made, err
	}
	if err := people.May(r.By, access.SystemAdmin, access.SecurityAdmin); err != nil { // which of them, the rule knows
		return made, err
	}
	fresh, hash := "", ""
	if c == people.Reset {
		fresh = oneTime()
		if hash, err = p.hasher.hash(ctx, fresh); err != nil {
			return made, err
		}
	}
	password := ""
	made, err = mutate(ctx, p, r, []string{"person_" + string(c), id}, func(ctx context.Context, tx pgx.Tx) (Made, error) {
		before, err := user(ctx, tx, r.County, id)
		if err != nil {
			return Made{}, err
		}
		holds, others, err := administrators(ctx, tx, r.County, id)
		if err != nil {
			return Made{}, err
		}
		after, err := c.Decide(before, holds, others, r.By)
		if err != nil {
			return Made{}, err
		}
		password = fresh
		is := Made{ID: id, User: after.Name}
		if c == people.Reset {
			after.Once = p.moment() + people.OnceLife
			is.Until = once(after.Once)
		}
		return is, p.change(ctx, tx, after, hash, c)
	})
	made.Password = password
	return made, err
}

// change keeps what a user is after some changes, and ends what they end. hash is that of a
// new password, "" for none.
func (p *People) change(ctx context.Context, tx pgx.Tx, u people.User, hash string, changes ...people.Change) error {
	b := &pgx.Batch{}
	b.Queue(`update people.user set disabled = $2, reset_by = $3, must_change = $4, password = case when $5 = '' then password else $5 end, once_until = $6 where id = $1`,
		u.ID, u.Disabled, u.ResetBy, u.MustChange, hash, once(u.Once))
	for _, c := range changes {
		switch c {
		case people.Disable, people.Reset, people.FactorReset: // for good: enabling brings none of it back
			b.Queue(`update people.session set ended_at = $2 where user_id = $1 and ended_at is null`, u.ID, p.Now())
			b.Queue(`update people.token set ended_at = $2 where user_id = $1 and ended_at is null`, u.ID, p.Now())
		case people.Unlock:
			b.Queue(`delete from people.attempt where key = any($1)`, [][]byte{underName(u.County, u.Name), underCodes(u.ID)})
		case people.Enable:
		}
		if c == people.Reset { // whoever had the account may have bound it to an identity of their own
			b.Queue(`delete from people.binding where user_id = $1`, u.ID)
		}
		if c == people.FactorReset {
			b.Queue(`delete from people.factor where user_id = $1`, u.ID)
			b.Queue(`delete from people.recovery where user_id = $1`, u.ID)
			b.Queue(`delete from people.attempt where key = $1`, underCodes(u.ID)) // of codes that are no more
		}
	}
	return tx.SendBatch(ctx, b).Close()
}

// administrators gives the grants in force of one user, and the administrators'
// of all others in the county that are in.
func administrators(ctx context.Context, tx pgx.Tx, county, id string) (holds, others []access.Grant, err error) {
	rows, err := tx.Query(ctx, `
		select g.user_id::text = $2, g.role, g.scope from people.grant g join people.user u on u.id = g.user_id
		where g.county = $1 and g.state = 'approved' and not u.disabled and u.reset_by = ''`, county, id)
	if err != nil {
		return nil, nil, err
	}
	var own bool
	var g access.Grant
	_, err = pgx.ForEachRow(rows, []any{&own, &g.Role, &g.Scope}, func() error {
		if own {
			holds = append(holds, g)
		} else {
			others = append(others, g)
		}
		return nil
	})
	return holds, others, err
}

// Begin makes a county's three administrators, with one-time passwords.
func (p *People) Begin(ctx context.Context, r Request) (made []Made, err error) {
	if err := people.May(r.By, access.Operator); err != nil {
		return nil, err
	}
	fresh, hash := make([]string, len(people.Administrators())), make([]string, len(people.Administrators()))
	for i := range fresh {
		fresh[i] = oneTime()
		if hash[i], err = p.hasher.hash(ctx, fresh[i]); err != nil {
			return nil, err
		}
	}
	first := false
	made, err = mutate(ctx, p, r, "administrators_begin", func(ctx context.Context, tx pgx.Tx) (made []Made, err error) {
		var n int
		if err := tx.QueryRow(ctx, `select count(*) from people.user where county = $1`, r.County).Scan(&n); err != nil {
			return nil, err
		}
		three, err := people.Begin{}.Decide(n, r.By)
		if err != nil {
			return nil, err
		}
		for i, a := range three {
			u := people.User{
				ID: newID(), Person: newID(), County: r.County, Name: a.Name, Display: a.Display, Office: "county",
				MustChange: true, Once: p.moment() + people.OnceLife,
			}
			if err := p.insert(ctx, tx, u, hash[i], r.By.ID); err != nil {
				return nil, err
			}
			if err := p.give(ctx, tx, u, access.Grant{Role: a.Role}, r.By.ID); err != nil {
				return nil, err
			}
			made = append(made, Made{ID: u.ID, User: u.Name, Until: once(u.Once)})
		}
		first = true
		return made, nil
	})
	for i := range made {
		if first {
			made[i].Password = fresh[i]
		}
	}
	return made, err
}

// give grants what nobody needs to ask for: to the first three, and for a demo.
func (p *People) give(ctx context.Context, tx pgx.Tx, u people.User, g access.Grant, by string) error {
	_, err := tx.Exec(ctx, `
		insert into people.grant (id, county, user_id, role, scope, state, requested_by, requester, requested_at, decided_by, decided_at, revoked_by)
		values ($1, $2, $3, $4, $5, 'approved', $6, '', $7, $6, $7, '')`,
		newID(), u.County, u.ID, g.Role, g.Scope, by, p.Now())
	return err
}

// List lists the users of a county by name, those after a name, so many at most.
// id chooses one; empty: all.
func (p *People) List(ctx context.Context, county, id, after string, limit int) ([]Listed, error) {
	ctx, cancel := asking(ctx)
	defer cancel()
	if id != "" && uuid.Validate(id) != nil {
		return nil, nil
	}
	rows, err := p.Pool.Query(ctx, `
		select `+userColumns+`, `+grantsColumn+`
		from people.user u where u.county = $1 and ($2 = '' or u.id = $2::text::uuid) and u.name > $3 order by u.name limit $4`,
		county, id, after, limit)
	if err != nil {
		return nil, err
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (l Listed, err error) {
		return l, row.Scan(append(userFields(&l.User), &l.Grants)...)
	})
	if err != nil {
		return nil, err
	}
	keys := make([][]byte, 0, 2*len(list))
	for i := range list {
		keys = append(keys, underName(county, list[i].Name), underCodes(list[i].ID))
	}
	tried, err := p.locked(ctx, keys)
	for i := range list {
		a := tried[string(keys[2*i])]
		a.Until = max(a.Until, tried[string(keys[2*i+1])].Until)
		list[i].State = list[i].User.State(a, p.moment())
	}
	return list, err
}
