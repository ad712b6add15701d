package keep

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"feisui/pkg/access"
	"feisui/services/people"
)

// Flow is somebody who has left to sign in elsewhere.
type Flow struct {
	County, State, Nonce, Verifier string
	Next                           string // the page to go on to; "" for one that is too long
	Address                        string // from where they leave
	session                        []byte // whose account is to be bound; nil: they sign in
}

// Binds reports that they are signed in here, and bind their account.
func (f *Flow) Binds() bool { return f.session != nil }

// Leave keeps that somebody leaves to sign in elsewhere, and gives the secret with
// which they come back. by is the secret of the session of who binds their own
// account, "" for who signs in.
func (p *People) Leave(ctx context.Context, f Flow, by string) (back string, err error) {
	if by != "" {
		f.session = hashed(by)
	}
	if len(f.Next) > people.NextMax {
		f.Next = ""
	}
	back = flowPrefix + secret()
	err = p.within(ctx, func(ctx context.Context, tx pgx.Tx) error {
		now := p.moment()
		if _, err := tx.Exec(ctx, `delete from people.flow where began_at <= $1`, at(now-people.FlowMax)); err != nil {
			return err
		}
		from := fromAddress(f.Address)
		var away, near int
		if err := tx.QueryRow(ctx, `select count(*), count(*) filter (where address = $1) from people.flow`, from).Scan(&away, &near); err != nil {
			return err
		}
		if away >= people.FlowsMax || near >= people.FlowsFrom {
			return people.ElsewhereMany()
		}
		_, err := tx.Exec(ctx, `
			insert into people.flow (hash, county, state, nonce, verifier, next, session, address, began_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			hashed(back), f.County, f.State, f.Nonce, f.Verifier, f.Next, f.session, from, at(now))
		return err
	})
	return back, err
}

// Return gives what was kept of who comes back with a secret, once.
func (p *People) Return(ctx context.Context, back string) (f Flow, err error) {
	err = p.within(ctx, func(ctx context.Context, tx pgx.Tx) error {
		var began time.Time
		err := tx.QueryRow(ctx, `delete from people.flow where hash = $1 returning county, state, nonce, verifier, next, session, began_at`, hashed(back)).
			Scan(&f.County, &f.State, &f.Nonce, &f.Verifier, &f.Next, &f.session, &began)
		if err == nil && p.moment()-people.Moment(began.Unix()) >= people.FlowMax {
			f.State = "" // which nobody brings back
		}
		return err
	})
	if errors.Is(err, pgx.ErrNoRows) || err == nil && f.State == "" {
		err = people.ElsewhereAgain()
	}
	return f, err
}

// SignInElsewhere lets somebody in to whose account the identity is bound that who
// finds out. The attempt is counted before that, as one with a password is, and taken
// back unless it was a guess.
func (p *People) SignInElsewhere(
	ctx context.Context, county, address string, who func(context.Context) (people.Identity, error),
) (in SignedIn, err error) {
	from := fromAddress(address)
	var refused error
	err = p.within(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		refused, err = p.count(ctx, tx, from, people.Attempts.From)
		return err
	})
	if err = errors.Join(err, refused); err != nil {
		return in, err
	}
	is, err := who(ctx)
	if err == nil {
		in, err = p.openTo(ctx, county, is, from)
	}
	if err != nil && !people.Guessed(err) {
		err = errors.Join(err, p.within(ctx, func(ctx context.Context, tx pgx.Tx) error {
			a, err := held(ctx, tx, from)
			if err != nil {
				return err
			}
			return put(ctx, tx, from, a.Forgiven())
		}))
	}
	return in, err
}

// openTo begins a session of the account to which an identity is bound.
func (p *People) openTo(ctx context.Context, county string, is people.Identity, from []byte) (in SignedIn, err error) {
	if in.settings, err = p.Settings(ctx, county); err != nil {
		return in, err
	}
	err = p.Pool.QueryRow(ctx, `
		select `+userColumns+` from people.binding b join people.user u on u.id = b.user_id
		where b.county = $1 and b.issuer = $2 and b.subject = $3`, county, is.Issuer, is.Subject).Scan(userFields(&in.User)...)
	if errors.Is(err, pgx.ErrNoRows) {
		return in, people.Unbound(is)
	}
	if err != nil {
		return in, err
	}
	if p.shut(&in.User); !in.User.In() {
		return in.not(), people.NotIn()
	}
	in.Secret, in.elsewhere = sessionPrefix+secret(), true
	err = p.within(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := p.admit(ctx, tx, &in, from); err != nil {
			return err
		}
		// The row of the user is held from here on: who ends the binding sees the session.
		var holds bool
		err := tx.QueryRow(ctx, `select exists (select from people.binding where user_id = $1 and issuer = $2 and subject = $3)`,
			in.User.ID, is.Issuer, is.Subject).Scan(&holds)
		if err == nil && !holds {
			err = people.Unbound(is)
		}
		return err
	})
	if err != nil {
		in = in.not()
	}
	return in, err
}

// Binding is what a user is bound to; the zero Binding when to nothing.
type Binding struct {
	people.Identity
	At time.Time
	By string // a principal
}

// Bound gives what a user is bound to.
func (p *People) Bound(ctx context.Context, user string) (b Binding, err error) {
	ctx, cancel := asking(ctx)
	defer cancel()
	err = p.Pool.QueryRow(ctx, `select issuer, subject, bound_at, bound_by from people.binding where user_id::text = $1`, user).
		Scan(&b.Issuer, &b.Subject, &b.At, &b.By)
	if errors.Is(err, pgx.ErrNoRows) {
		err = nil
	}
	return b, err
}

// BindOwn binds the account of who left to do so, whose session must still be one.
func (p *People) BindOwn(ctx context.Context, f *Flow, is people.Identity) (u people.User, err error) {
	err = p.within(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := p.inTurn(ctx, tx, f.County); err != nil {
			return err
		}
		of, err := ownerOf(ctx, tx, f)
		if err != nil {
			return err
		}
		if err := p.still(ctx, tx, f.session); err != nil {
			return err
		}
		u = of
		p.shut(&u)
		has, taken, err := bindings(ctx, tx, u, is)
		if err != nil {
			return err
		}
		b := people.Bind{Identity: is}
		if err := b.Own(&u, has, taken); err != nil {
			return err
		}
		return p.bind(ctx, tx, u, is, u.Principal())
	})
	return u, err
}

// ownerOf is whose account is to be bound, and holds the row.
func ownerOf(ctx context.Context, tx pgx.Tx, f *Flow) (u people.User, err error) {
	var id string
	err = tx.QueryRow(ctx, `select user_id::text from people.session where hash = $1`, f.session).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return u, people.SessionEnded()
	}
	if err != nil {
		return u, err
	}
	return user(ctx, tx, f.County, id)
}

// Bind has a system administrator bind an account, which is suspended until the
// security administrator enables it.
func (p *People) Bind(ctx context.Context, r Request, id string, is people.Identity) error {
	if err := errors.Join(r.in(), people.May(r.By, access.SystemAdmin)); err != nil {
		return err
	}
	_, err := mutate(ctx, p, r, []string{"person_bind", id, is.Issuer, is.Subject}, func(ctx context.Context, tx pgx.Tx) (struct{}, error) {
		before, err := user(ctx, tx, r.County, id)
		if err != nil {
			return struct{}{}, err
		}
		holds, others, err := administrators(ctx, tx, r.County, id)
		if err != nil {
			return struct{}{}, err
		}
		has, taken, err := bindings(ctx, tx, before, is)
		if err != nil {
			return struct{}{}, err
		}
		after, err := people.Bind{Identity: is}.Decide(before, has, taken, holds, others, r.By)
		if err != nil {
			return struct{}{}, err
		}
		if err := p.bind(ctx, tx, after, is, r.By.ID); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, p.suspend(ctx, tx, after)
	})
	return err
}

// suspend keeps that an account is not in until a second person has agreed, and ends
// what it is signed in by.
func (p *People) suspend(ctx context.Context, tx pgx.Tx, u people.User) error {
	b := &pgx.Batch{}
	b.Queue(`update people.user set reset_by = $2 where id = $1`, u.ID, u.ResetBy)
	b.Queue(`update people.session set ended_at = $2 where user_id = $1 and ended_at is null`, u.ID, p.Now())
	b.Queue(`update people.token set ended_at = $2 where user_id = $1 and ended_at is null`, u.ID, p.Now())
	return tx.SendBatch(ctx, b).Close()
}

// bindings says whether a user is bound, and whether the identity is to anybody.
func bindings(ctx context.Context, tx pgx.Tx, u people.User, is people.Identity) (has, taken bool, err error) {
	err = tx.QueryRow(ctx, `
		select exists (select from people.binding where user_id = $1),
			exists (select from people.binding where county = $2 and issuer = $3 and subject = $4 and user_id <> $1)`,
		u.ID, u.County, is.Issuer, is.Subject).Scan(&has, &taken)
	return has, taken, err
}

func (p *People) bind(ctx context.Context, tx pgx.Tx, u people.User, is people.Identity, by string) error {
	_, err := tx.Exec(ctx, `insert into people.binding (user_id, county, issuer, subject, bound_at, bound_by) values ($1, $2, $3, $4, $5, $6)`,
		u.ID, u.County, is.Issuer, is.Subject, p.Now(), by)
	return err
}

// UnbindOwn ends a user's own binding, unless that is all by which the county lets them in.
func (p *People) UnbindOwn(ctx context.Context, r Request, s Signed) error {
	set, err := p.Settings(ctx, s.User.County)
	if err != nil {
		return err
	}
	b, err := p.Bound(ctx, s.User.ID)
	if err != nil {
		return err
	}
	if set.ElsewhereOnly(p.Issuer != "" && b.Issuer == p.Issuer, s.Who.Grants) {
		return people.ElsewhereOnly()
	}
	_, err = mutate(ctx, p, r, "binding_end", func(ctx context.Context, tx pgx.Tx) (struct{}, error) {
		u, err := p.self(ctx, tx, &s)
		if err != nil {
			return struct{}{}, err
		}
		return struct{}{}, p.unbind(ctx, tx, u.ID)
	})
	return err
}

// Unbind has a system administrator end somebody's binding.
func (p *People) Unbind(ctx context.Context, r Request, id string) error {
	if err := errors.Join(r.in(), people.May(r.By, access.SystemAdmin)); err != nil {
		return err
	}
	_, err := mutate(ctx, p, r, []string{"person_unbind", id}, func(ctx context.Context, tx pgx.Tx) (struct{}, error) {
		u, err := user(ctx, tx, r.County, id)
		if err != nil {
			return struct{}{}, err
		}
		if err := people.MayUnbind(&u, r.By); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, p.unbind(ctx, tx, u.ID)
	})
	return err
}

// unbind ends a binding, and the sessions that were begun by it. The row of the user
// is held, so that one which is begun at the same moment is seen or not let in.
func (p *People) unbind(ctx context.Context, tx pgx.Tx, id string) error {
	if _, err := tx.Exec(ctx, `select from people.user where id = $1 for update`, id); err != nil {
		return err
	}
	tag, err := tx.Exec(ctx, `delete from people.binding where user_id = $1`, id)
	if err != nil {
		return err
	}
	if tag.RowsAffected() == 0 {
		return people.NotBound()
	}
	_, err = tx.Exec(ctx, `update people.session set ended_at = $2 where user_id = $1 and elsewhere and ended_at is null`, id, p.Now())
	return err
}
