package keep

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"feisui/services/people"
)

// FactorState is what a user has of a second factor.
type FactorState struct {
	Confirmed time.Time     // zero: there is none, or it is being set up
	Left      int           // recovery codes that nobody has used
	Begun     people.Factor // while it is set up; of one that is there, nothing
}

// Factor gives what a user has of a second factor.
func (p *People) Factor(ctx context.Context, u *people.User) (s FactorState, err error) {
	ctx, cancel := asking(ctx)
	defer cancel()
	var confirmed *time.Time
	var sealed []byte
	err = p.Pool.QueryRow(ctx, `
		select f.secret, f.sealed, f.confirmed_at, (select count(*) from people.recovery r where r.user_id = f.user_id and r.used_at is null)
		from people.factor f where f.user_id::text = $1`, u.ID).Scan(&s.Begun.Secret, &sealed, &confirmed, &s.Left)
	if errors.Is(err, pgx.ErrNoRows) {
		return s, nil
	}
	if err != nil {
		return s, err
	}
	if confirmed != nil {
		s.Confirmed, s.Begun = *confirmed, people.Factor{}
		return s, nil
	}
	if secret, ok := p.opened(ctx, u.ID, sealed, s.Begun.Secret); ok {
		s.Begun.Secret = secret
		return s, nil
	}
	return FactorState{}, nil // one begins again
}

// BeginFactor begins to set up a user's second factor, with a new secret. Nobody is
// asked for it before it is confirmed. It fails with people.FactorKey without a key.
func (p *People) BeginFactor(ctx context.Context, r Request, s Signed) error {
	if p.FactorKey == nil {
		return people.FactorKey()
	}
	_, err := mutate(ctx, p, r, "factor_begin", func(ctx context.Context, tx pgx.Tx) (struct{}, error) {
		u, err := p.self(ctx, tx, &s)
		switch {
		case err != nil:
			return struct{}{}, err
		case u.Factor:
			return struct{}{}, people.FactorThere()
		}
		fresh := make([]byte, people.FactorBytes)
		rand.Read(fresh) // never fails, by its documentation
		_, err = tx.Exec(ctx, `
			insert into people.factor (user_id, secret, sealed, used, began_at) values ($1, $2, $3, 0, $4)
			on conflict (user_id) do update set secret = excluded.secret, sealed = excluded.sealed, used = 0, began_at = excluded.began_at`,
			u.ID, noise(), p.FactorKey.seal(u.ID, fresh), p.Now())
		return struct{}{}, err
	})
	return err
}

// ConfirmFactor has a user's second factor asked for from now on, when the code is
// one of it, and gives the recovery codes: once, and not when it is sent again. Other
// sessions, in which it was not shown, end; ours is the secret of this one.
func (p *People) ConfirmFactor(ctx context.Context, r Request, s Signed, ours, code string) (codes []string, err error) {
	if err := p.tryCode(ctx, &s.User); err != nil {
		return nil, err
	}
	_, err = mutate(ctx, p, r, "factor_confirm", func(ctx context.Context, tx pgx.Tx) (struct{}, error) {
		u, err := p.self(ctx, tx, &s)
		if err != nil {
			return struct{}{}, err
		}
		f, err := p.factorOf(ctx, tx, u.ID)
		switch {
		case u.Factor:
			return struct{}{}, people.FactorThere()
		case errors.Is(err, pgx.ErrNoRows):
			return struct{}{}, people.FactorNotBegun()
		case err != nil:
			return struct{}{}, err
		}
		after, right := f.Take(code, p.moment())
		if !right {
			return struct{}{}, people.FactorWrong()
		}
		b := &pgx.Batch{}
		b.Queue(`update people.factor set used = $2, confirmed_at = $3 where user_id = $1`, u.ID, after.Used, p.Now())
		b.Queue(`delete from people.recovery where user_id = $1`, u.ID)
		for range people.RecoveryCodes {
			fresh := recoveryCode()
			codes = append(codes, fresh)
			b.Queue(`insert into people.recovery (user_id, hash) values ($1, $2)`, u.ID, hashed(people.RecoveryCode(fresh)))
		}
		b.Queue(`update people.session set ended_at = $3 where user_id = $1 and hash <> $2 and ended_at is null`, u.ID, hashed(ours), p.Now())
		b.Queue(`delete from people.attempt where key = $1`, underCodes(u.ID))
		return struct{}{}, tx.SendBatch(ctx, b).Close()
	})
	if err != nil {
		codes = nil
	}
	return codes, p.looked(ctx, &s.User, err)
}

// recoveryCode makes a code of 80 bits, in groups that people copy.
func recoveryCode() string {
	t := rand.Text()
	return t[:4] + "-" + t[4:8] + "-" + t[8:12] + "-" + t[12:16]
}

// factorOf gives a user's second factor, and holds the row until the transaction ends.
func (p *People) factorOf(ctx context.Context, tx pgx.Tx, user string) (f people.Factor, err error) {
	var sealed []byte
	err = tx.QueryRow(ctx, `select secret, sealed, used, confirmed_at is not null from people.factor where user_id = $1 for update`, user).
		Scan(&f.Secret, &sealed, &f.Used, &f.Confirmed)
	if err != nil {
		return f, err
	}
	secret, ok := p.opened(ctx, user, sealed, f.Secret)
	if !ok {
		return f, people.FactorKey()
	}
	f.Secret = secret
	return f, nil
}

// underCodes is the key of the codes that were shown for a user. It is none of names: wrong
// passwords, which anybody may try, lock no code, and no code locks a password.
func underCodes(user string) []byte {
	sum := sha256.Sum256([]byte("code\x00" + user))
	return sum[:]
}

// tryCode counts an attempt to show a code, before it is looked at.
func (p *People) tryCode(ctx context.Context, u *people.User) error {
	var refused error
	err := p.within(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		under := underCodes(u.ID)
		if refused, err = p.count(ctx, tx, under, people.Attempts.Under); err != nil || refused == nil {
			return err
		}
		a, err := held(ctx, tx, under)
		refused = people.FactorLocked(a.Until - p.moment())
		return err
	})
	return errors.Join(err, refused)
}

// looked takes back the attempt of who showed a code that could not be looked at: it was
// no guess, and locks nobody out of their recovery codes.
func (p *People) looked(ctx context.Context, u *people.User, err error) error {
	var no *people.Refusal
	if !errors.As(err, &no) || no.Code != people.FactorKey().Code {
		return err
	}
	return errors.Join(err, p.within(ctx, func(ctx context.Context, tx pgx.Tx) error {
		under := underCodes(u.ID)
		a, err := held(ctx, tx, under)
		if err != nil {
			return err
		}
		return put(ctx, tx, under, a.Untried(p.moment()))
	}))
}

// Shown is what came of showing a second factor.
type Shown struct {
	Secret   string // of the session that goes on
	Recovery bool   // it was a recovery code
	Left     int    // of them
}

// ShowFactor has the session whose secret is ours go on under another one, when the
// code is of the second factor, or a recovery code that nobody has used.
func (p *People) ShowFactor(ctx context.Context, s Signed, ours, code string) (shown Shown, err error) {
	if !s.Who.FactorPending {
		return shown, people.FactorNotAsked()
	}
	if err := p.tryCode(ctx, &s.User); err != nil {
		return shown, err
	}
	shown.Secret = sessionPrefix + secret()
	err = p.within(ctx, func(ctx context.Context, tx pgx.Tx) error {
		u, err := user(ctx, tx, s.User.County, s.User.ID)
		if err != nil {
			return err
		}
		if p.shut(&u); !u.In() {
			return people.NotIn()
		}
		right, err := p.right(ctx, tx, &shown, u.ID, code)
		if err == nil && !right {
			err = people.FactorWrong()
		}
		if err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `update people.session set hash = $2, pending = false, seen_at = $3 where hash = $1 and pending and ended_at is null`,
			hashed(ours), hashed(shown.Secret), at(p.moment()))
		if err == nil && tag.RowsAffected() == 0 { // somebody else with this session was first
			err = people.FactorNotAsked()
		}
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `delete from people.attempt where key = $1`, underCodes(u.ID))
		return err
	})
	return shown, p.looked(ctx, &s.User, err)
}

// right reports whether a code is right, and takes it: it is not a second time.
func (p *People) right(ctx context.Context, tx pgx.Tx, shown *Shown, user, code string) (bool, error) {
	if !people.IsCode(code) {
		return p.recovers(ctx, tx, shown, user, code)
	}
	f, err := p.factorOf(ctx, tx, user)
	if err != nil || !f.Confirmed {
		return false, err
	}
	after, right := f.Take(code, p.moment())
	if right {
		_, err = tx.Exec(ctx, `update people.factor set used = $2 where user_id = $1`, user, after.Used)
	}
	return right, err
}

// recovers is right for a recovery code, for which nothing is opened.
func (p *People) recovers(ctx context.Context, tx pgx.Tx, shown *Shown, user, code string) (bool, error) {
	tag, err := tx.Exec(ctx, `update people.recovery set used_at = $3 where user_id = $1 and hash = $2 and used_at is null`,
		user, hashed(people.RecoveryCode(code)), p.Now())
	if err != nil || tag.RowsAffected() == 0 {
		return false, err
	}
	shown.Recovery = true
	return true, tx.QueryRow(ctx, `select count(*) from people.recovery where user_id = $1 and used_at is null`, user).Scan(&shown.Left)
}
