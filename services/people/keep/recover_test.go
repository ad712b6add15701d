package keep_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"feisui/pkg/access"
	"feisui/services/people"
	"feisui/services/people/keep"
)

// TestRecover lets the only system administrator in, with a line in the audit log under the
// operator's name; what a no would have changed stays, and it has its line too.
func TestRecover(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.demo()
	owner := w.people
	by := access.Principal{ID: "operator:李", Grants: []access.Grant{{Role: access.Operator}}}
	no := func(p *keep.People, name, want string) {
		t.Helper()
		_, _, err := p.Recover(t.Context(), county, name, people.Recover{}, by)
		var refused *people.Refusal
		if !errors.As(err, &refused) || refused.Code != want {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
	no(w.open(w.ofServices()), keep.DemoName(access.SystemAdmin), "RECOVER_OWNER")
	no(owner, keep.DemoName(access.AuditAdmin), "RECOVER_OTHERS")
	no(owner, keep.DemoName(access.Leader), "RECOVER_ADMINISTRATORS")
	no(owner, "nobody", "USER_UNKNOWN")

	in, err := w.people.SignIn(t.Context(), county, keep.DemoName(access.SystemAdmin), password, "127.0.0.1")
	w.must(err)
	for range people.FailuresMax { // locked as well
		w.people.SignIn(t.Context(), county, keep.DemoName(access.SystemAdmin), "wrong", "127.0.0.1") //nolint:errcheck // it is refused
	}
	made, had, err := owner.Recover(t.Context(), county, keep.DemoName(access.SystemAdmin), people.Recover{}, by)
	if err != nil || had || made.ID != in.User.ID {
		t.Fatalf("%v %v %+v", err, had, made)
	}
	if _, err := w.people.Session(t.Context(), in.Secret); err == nil {
		t.Error("the session before it goes on")
	}
	if in, err = w.people.SignIn(t.Context(), county, keep.DemoName(access.SystemAdmin), made.Password, "127.0.0.1"); err != nil || !in.MustChange {
		t.Errorf("%v %+v", err, in)
	}
	v, err := w.people.Trail.Verify(t.Context(), county, nil)
	if err != nil || len(v.Wrong) > 0 {
		t.Errorf("%v %+v", err, v)
	}
	lines, err := w.people.Trail.Lines(t.Context(), county, keep.Wanted{Actor: by.ID}, 0, 10)
	w.must(err)
	if len(lines) != 4 || lines[0].Operation != "administrator_recover" || lines[0].Decision != access.Done || lines[0].Target != "person:"+made.ID ||
		lines[1].Code != "USER_UNKNOWN" || lines[2].Code != "RECOVER_ADMINISTRATORS" || lines[3].Code != "RECOVER_OTHERS" {
		t.Errorf("%+v", lines)
	}
}

// TestNothingIsRecoveredWithoutItsLine: both are in one transaction.
func TestNothingIsRecoveredWithoutItsLine(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.demo()
	w.must(w.owner(`revoke insert on people.audit from feisui_app`))
	by := access.Principal{ID: "operator:李", Grants: []access.Grant{{Role: access.Operator}}}
	recovers := func() error {
		_, _, err := w.people.Recover(t.Context(), county, keep.DemoName(access.SystemAdmin), people.Recover{}, by)
		return err
	}
	if recovers() == nil {
		t.Error("the log took nothing, and it was done")
	}
	_, err := w.people.SignIn(t.Context(), county, keep.DemoName(access.SystemAdmin), password, "127.0.0.1")
	w.must(err)
	w.must(w.owner(`grant insert on people.audit to feisui_app`)) // the control
	w.must(recovers())
	if _, err := w.people.SignIn(t.Context(), county, keep.DemoName(access.SystemAdmin), password, "127.0.0.1"); err == nil {
		t.Error("the old password opens")
	}
}

// TestARecoveryBesideARunningCounty, whose own lines come between, breaks no chain and loses
// no line.
func TestARecoveryBesideARunningCounty(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.demo()
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	written := 0
	running.Go(func() {
		for ctx.Err() == nil {
			if err := w.people.Trail.Audit(t.Context(), access.Record{County: county, Operation: "seen", Decision: access.Done}); err != nil {
				t.Error(err)
				return
			}
			written++
		}
	})
	const times = 8
	by, beside := access.Principal{ID: "operator:李", Grants: []access.Grant{{Role: access.Operator}}}, w.open(w.pool)
	for range times {
		if _, _, err := beside.Recover(t.Context(), county, keep.DemoName(access.SystemAdmin), people.Recover{}, by); err != nil {
			t.Error(err)
		}
	}
	cancel()
	running.Wait()
	v, err := w.people.Trail.Verify(t.Context(), county, nil)
	if err != nil || len(v.Wrong) > 0 || v.Lines != int64(times+written) {
		t.Errorf("%d lines of %d and %d: %v %v", v.Lines, times, written, v.Wrong, err)
	}
}

// ofServices is the database by a login that owns nothing; that of other tests owns all, and
// has the rights of services until it takes its own.
func (w *world) ofServices() *pgxpool.Pool {
	w.Helper()
	config, err := pgxpool.ParseConfig(w.pool.Config().ConnString())
	w.must(err)
	config.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, `set session authorization feisui_app`)
		return err
	}
	pool, err := pgxpool.NewWithConfig(w.Context(), config)
	w.must(err)
	w.Cleanup(pool.Close)
	return pool
}
