package keep_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"feisui/pkg/access"
	"feisui/services/people"
	"feisui/services/people/keep"
)

// between is a database with which something happens as the so manieth transaction
// begins.
type between struct {
	*pgxpool.Pool
	nth int
	do  func()
}

// BeginTx does it first.
func (b *between) BeginTx(ctx context.Context, o pgx.TxOptions) (pgx.Tx, error) {
	if b.nth--; b.nth == 0 {
		b.do()
	}
	return b.Pool.BeginTx(ctx, o)
}

// TestWhatEndsMeanwhileLetsNobodyIn: a binding that ends between looking and letting
// in, a session that ends while its new password is hashed, and a password that is
// changed while the old one is.
func TestWhatEndsMeanwhileLetsNobodyIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.demo()
	in := w.signIn(access.Leader)
	is := people.Identity{Issuer: "https://sso.example", Subject: "1"}
	w.must(w.owner(`insert into people.binding (user_id, county, issuer, subject, bound_at, bound_by) values ($1, $2, $3, $4, $5, '')`,
		in.User.ID, county, is.Issuer, is.Subject, w.clock()))
	comes := func(p *keep.People) error {
		_, err := p.SignInElsewhere(w.Context(), county, "192.0.2.1", func(context.Context) (people.Identity, error) { return is, nil })
		return err
	}
	w.must(comes(w.people)) // the control
	unbound := &between{Pool: w.pool, nth: 2, do: func() { w.must(w.owner(`delete from people.binding`)) }}
	if err := comes(w.open(unbound)); code(err) != "ELSEWHERE_UNBOUND" {
		t.Errorf("by a binding that has ended: %v", err)
	}

	signed, err := w.people.Session(w.Context(), in.Secret)
	w.must(err)
	change := func(p *keep.People, id string) error {
		_, err := p.ChangePassword(w.Context(), keep.Request{County: county, ID: id, By: signed.Who}, signed, in.Secret, keep.NewPassword{Old: password, New: "another long password"})
		return err
	}
	ended := &between{Pool: w.pool, nth: 2, do: func() { w.must(w.people.SignOut(w.Context(), in.Secret)) }}
	if err := change(w.open(ended), "ended"); code(err) != "SESSION_ENDED" {
		t.Errorf("in a session that has ended: %v", err)
	}
	w.must(w.owner(`update people.session set ended_at = null`))
	w.must(change(w.people, "control"))

	const third = "a third long password"
	enter := func(p *keep.People, password string) error {
		_, err := p.SignIn(w.Context(), county, keep.DemoName(access.Auditor), password, "192.0.2.1")
		return err
	}
	mine := w.signIn(access.Auditor)
	signed, err = w.people.Session(w.Context(), mine.Secret)
	w.must(err)
	changed := &between{Pool: w.pool, nth: 2, do: func() {
		_, err := w.people.ChangePassword(w.Context(), keep.Request{County: county, ID: "c", By: signed.Who}, signed, mine.Secret, keep.NewPassword{Old: password, New: third})
		w.must(err)
	}}
	if err := enter(w.open(changed), password); code(err) != "SIGN_IN" {
		t.Errorf("by a password that was changed meanwhile: %v", err)
	}
	w.must(enter(w.people, third)) // the control
}

// TestASessionThatHasEndedChangesNoAccount: what is asked for by a session is refused
// when that ends before it is done.
func TestASessionThatHasEndedChangesNoAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.demo()
	is := people.Identity{Issuer: "https://sso.example", Subject: "1"}
	for name, act := range map[string]func(*keep.People, keep.Signed, keep.Request, *keep.Flow) error{
		"binding": func(p *keep.People, _ keep.Signed, _ keep.Request, f *keep.Flow) error {
			_, err := p.BindOwn(w.Context(), f, is)
			return err
		},
		"a token": func(p *keep.People, s keep.Signed, r keep.Request, _ *keep.Flow) error {
			_, err := p.CreateToken(w.Context(), r, s, people.CreateToken{Name: "x", Grants: []access.Grant{{Role: access.Leader}}})
			return err
		},
		"a second factor": func(p *keep.People, s keep.Signed, r keep.Request, _ *keep.Flow) error {
			return p.BeginFactor(w.Context(), r, s)
		},
	} {
		in := w.signIn(access.Leader)
		signed, f := w.leaving(in)
		ending := &between{Pool: w.pool, nth: 1, do: func() { w.must(w.people.SignOut(w.Context(), in.Secret)) }}
		if err := act(w.open(ending), signed, keep.Request{County: county, ID: name, By: signed.Who}, f); code(err) != "SESSION_ENDED" {
			t.Errorf("%s by a session that has ended: %v", name, err)
		}
		signed, f = w.leaving(w.signIn(access.Leader))
		w.must(act(w.people, signed, keep.Request{County: county, ID: name, By: signed.Who}, f)) // the control
	}
}

// leaving is who is signed in and has left to bind their account.
func (w *world) leaving(in keep.SignedIn) (keep.Signed, *keep.Flow) {
	w.Helper()
	signed, err := w.people.Session(w.Context(), in.Secret)
	w.must(err)
	back, err := w.people.Leave(w.Context(), keep.Flow{County: county, State: "s", Nonce: "n", Verifier: "v"}, in.Secret)
	w.must(err)
	f, err := w.people.Return(w.Context(), back)
	w.must(err)
	return signed, &f
}

// TestABindingWaitsForWhoEndsItsSession, and is refused then: it holds the session that
// it looks at.
func TestABindingWaitsForWhoEndsItsSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.demo()
	in := w.signIn(access.Leader)
	_, f := w.leaving(in)
	ends, err := w.pool.Begin(w.Context())
	w.must(err)
	defer ends.Rollback(w.Context()) // it was committed, or the test has failed
	_, err = ends.Exec(w.Context(), `update people.session set ended_at = $2 where hash = $1`, keep.Hashed(in.Secret), w.clock())
	w.must(err)
	done := make(chan error, 1)
	go func() {
		_, err := w.people.BindOwn(w.Context(), f, people.Identity{Issuer: "https://sso.example", Subject: "1"})
		done <- err
	}()
	for waits := false; !waits; { // and what waits for ever is broken off
		select {
		case err := <-done:
			t.Fatalf("it did not wait: %v", err)
		default:
		}
		w.must(w.pool.QueryRow(w.Context(), `
			select exists (select from pg_locks l join pg_stat_activity a using (pid) where a.datname = current_database() and not l.granted)`).Scan(&waits))
	}
	w.must(ends.Commit(w.Context()))
	if err := <-done; code(err) != "SESSION_ENDED" {
		t.Errorf("by a session that ended meanwhile: %v", err)
	}
	var bound int
	w.must(w.pool.QueryRow(w.Context(), `select count(*) from people.binding`).Scan(&bound))
	if bound != 0 {
		t.Error("the account is bound")
	}
}
