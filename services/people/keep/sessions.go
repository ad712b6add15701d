package keep

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"feisui/pkg/access"
	"feisui/services/people"
)

// Signed is who asks by a session, and what there is to know of it.
type Signed struct {
	Who  access.Principal
	User people.User
	Ends people.Moment
	Seen int64 // up to which entry they have looked at what was said to them
	hash []byte
}

// Session gives who asks by a session's secret, with the rights that they have
// now. It refuses one that has ended. Whoever must change the password has no
// rights, but for who was signed in elsewhere: they may never have had one.
func (p *People) Session(ctx context.Context, secret string) (Signed, error) {
	ctx, cancel := asking(ctx)
	defer cancel()
	return p.session(ctx, p.Pool, hashed(secret))
}

// still is session for what a session does to its account, within the transaction that
// does it: one that has ended since it was asked does no more, and none ends meanwhile.
// The row of the user is held before, as whatever ends sessions holds it.
func (p *People) still(ctx context.Context, tx pgx.Tx, hash []byte) error {
	if _, err := tx.Exec(ctx, `select from people.session where hash = $1 for update`, hash); err != nil {
		return err
	}
	_, err := p.session(ctx, tx, hash)
	return err
}

// self finds the user who asks by a session that has not ended since, and holds both
// rows until the transaction ends.
func (p *People) self(ctx context.Context, tx pgx.Tx, s *Signed) (u people.User, err error) {
	if u, err = user(ctx, tx, s.User.County, s.User.ID); err != nil {
		return u, err
	}
	return u, p.still(ctx, tx, s.hash)
}

// session is Session by the hash of the secret.
func (p *People) session(ctx context.Context, from querier, hash []byte) (s Signed, err error) {
	var began, seen time.Time
	var ended, elsewhere, pending bool
	var idle int64
	var settings people.Settings
	var grants []access.Grant
	err = from.QueryRow(ctx, `
		select s.began_at, s.seen_at, s.ended_at is not null, s.elsewhere, s.pending, coalesce(c.idle_seconds, 1800), coalesce(c.factor_roles, '{}'),
			u.seen, `+userColumns+`, `+grantsColumn+`
		from people.session s join people.user u on u.id = s.user_id left join people.county c on c.county = u.county
		where s.hash = $1`, hash).
		Scan(append(append([]any{&began, &seen, &ended, &elsewhere, &pending, &idle, &settings.FactorRoles, &s.Seen}, userFields(&s.User)...), &grants)...)
	if errors.Is(err, pgx.ErrNoRows) {
		return s, people.SessionEnded()
	}
	if err != nil {
		return s, err
	}
	p.shut(&s.User)
	now := p.moment()
	is := people.Session{Began: people.Moment(began.Unix()), Seen: people.Moment(seen.Unix()), Ended: ended}
	if err := is.Check(&s.User, people.Moment(idle), now); err != nil {
		return s, err
	}
	if now-is.Seen >= people.SeenEvery && !access.Again(ctx) { // a page that listens is nobody at work
		_, err := from.Exec(ctx, `update people.session set seen_at = $2 where hash = $1 and ended_at is null and seen_at < $2`, hash, at(now))
		if err != nil {
			return s, err
		}
	}
	s.Ends, s.hash = is.Began+people.LifeMax, hash
	s.User.MustChange = s.User.MustChange && !elsewhere
	s.Who = access.Principal{ID: s.User.Principal(), Person: s.User.Person, County: s.User.County, PasswordFirst: s.User.MustChange}
	s.Who.FactorPending, s.Who.FactorFirst = pending, settings.FactorFirst(&s.User, grants)
	if !s.User.MustChange && !pending && !s.Who.FactorFirst {
		s.Who.Grants = grants
	}
	return s, nil
}

// Look notes up to which entry a user has looked at what was said to them. It never goes
// back: of two pages that are open the later counts.
func (p *People) Look(ctx context.Context, user string, position int64) error {
	ctx, cancel := asking(ctx)
	defer cancel()
	_, err := p.Pool.Exec(ctx, `update people.user set seen = $2 where id = $1 and seen < $2`, user, position)
	return err
}

// SignOut ends a session. One that has ended stays so.
func (p *People) SignOut(ctx context.Context, secret string) error {
	return p.within(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `update people.session set ended_at = $2 where hash = $1 and ended_at is null`, hashed(secret), p.Now())
		return err
	})
}

// NewPassword is what somebody changes their own password by.
type NewPassword struct {
	Old, New string

	// KeepTokens has their programs go on. Else the tokens end too: whoever knew the
	// password may have made one, and a change of it would not put them out.
	KeepTokens bool
}

// Changed is what came of changing a password.
type Changed struct {
	Secret string `json:"-"`      // of the session that goes on; "" when it was changed before by this request
	Tokens int    `json:"tokens"` // that have ended
}

// ChangePassword gives a user another password, ends the user's sessions, this one
// too, whose secret is ours, and begins one in its place; and the user's tokens, unless
// they are to be kept. It refuses when this one has ended meanwhile: what ended it would
// be undone.
func (p *People) ChangePassword(ctx context.Context, r Request, s Signed, ours string, c NewPassword) (done Changed, err error) {
	if err := people.CheckPassword(c.New, s.User.Name); err != nil {
		return done, err
	}
	under := underName(s.User.County, s.User.Name)
	if err := p.tryOld(ctx, s, under, c.Old); err != nil {
		return done, err
	}
	if c.Old == c.New {
		return done, people.SamePassword()
	}
	hash, err := p.hasher.hash(ctx, c.New)
	if err != nil {
		return done, err
	}
	what := "password_change"
	if c.KeepTokens {
		what = "password_change, and no token"
	}
	fresh := ""
	done, err = mutate(ctx, p, r, what, func(ctx context.Context, tx pgx.Tx) (done Changed, err error) {
		u, err := user(ctx, tx, s.User.County, s.User.ID)
		if err != nil {
			return done, err
		}
		if p.shut(&u); !u.In() {
			return done, people.NotIn()
		}
		tag, err := tx.Exec(ctx, `update people.session set ended_at = $3 where hash = $1 and user_id = $2 and ended_at is null`, hashed(ours), u.ID, p.Now())
		if err == nil && tag.RowsAffected() == 0 {
			err = people.SessionEnded()
		}
		if err == nil && !c.KeepTokens {
			done.Tokens, err = p.endTokens(ctx, tx, u.ID)
		}
		if err != nil {
			return done, err
		}
		fresh = sessionPrefix + secret()
		b := &pgx.Batch{}
		b.Queue(`update people.user set password = $2, must_change = false, once_until = null where id = $1`, u.ID, hash)
		b.Queue(`update people.session set ended_at = $2 where user_id = $1 and ended_at is null`, u.ID, p.Now())
		b.Queue(`insert into people.session (hash, user_id, began_at, seen_at) values ($1, $2, $3, $3)`, hashed(fresh), u.ID, at(p.moment()))
		b.Queue(`delete from people.attempt where key = $1`, under)
		return done, tx.SendBatch(ctx, b).Close()
	})
	done.Secret = fresh
	return done, err
}

// endTokens ends a user's tokens for good, and gives how many were in force.
func (p *People) endTokens(ctx context.Context, tx pgx.Tx, user string) (int, error) {
	tag, err := tx.Exec(ctx, `update people.token set ended_at = $2 where user_id = $1 and ended_at is null and expires_at > $2`, user, p.Now())
	return int(tag.RowsAffected()), err
}

// ShowPassword has who is signed in show that they know the password of now.
func (p *People) ShowPassword(ctx context.Context, s Signed, password string) error {
	under := underName(s.User.County, s.User.Name)
	if err := p.tryOld(ctx, s, under, password); err != nil {
		return err
	}
	return p.within(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `delete from people.attempt where key = $1`, under)
		return err
	})
}

// tryOld looks at the old password, under the same count as signing in: a session
// left open is no way to guess it.
func (p *People) tryOld(ctx context.Context, s Signed, under []byte, old string) error {
	var refused error
	err := p.within(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		refused, err = p.count(ctx, tx, under, people.Attempts.Under)
		return err
	})
	if err = errors.Join(err, refused); err != nil {
		return err
	}
	var kept string
	if err := p.Pool.QueryRow(ctx, `select password from people.user where id = $1`, s.User.ID).Scan(&kept); err != nil {
		return err
	}
	right, err := p.hasher.is(ctx, old, kept)
	if err == nil && !right {
		err = people.OldPasswordWrong()
	}
	return err
}
