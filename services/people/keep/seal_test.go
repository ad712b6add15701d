package keep_test

import (
	"encoding/hex"
	"strings"
	"testing"

	"feisui/pkg/access"
	"feisui/services/people"
	"feisui/services/people/keep"
)

// withFactor is a role's demo user with a second factor, and what the phone and the paper
// have of it.
func (w *world) withFactor(role access.Role) (u people.User, phone people.Factor, codes []string) {
	w.Helper()
	in := w.signIn(role)
	signed, err := w.people.Session(w.Context(), in.Secret)
	w.must(err)
	by := func(id string) keep.Request { return keep.Request{County: county, ID: id, By: signed.Who} }
	w.must(w.people.BeginFactor(w.Context(), by("begin"), signed))
	begun, err := w.people.Factor(w.Context(), &signed.User)
	w.must(err)
	codes, err = w.people.ConfirmFactor(w.Context(), by("confirm"), signed, in.Secret, begun.Begun.Code(w.now.Load()/30))
	w.must(err)
	w.now.Add(60)
	return signed.User, begun.Begun, codes
}

// shows signs a role's demo user in and shows a code, and says what no there is.
func (w *world) shows(p *keep.People, role access.Role, shown string) string {
	w.Helper()
	in := w.signIn(role)
	signed, err := p.Session(w.Context(), in.Secret)
	w.must(err)
	_, err = p.ShowFactor(w.Context(), signed, in.Secret, shown)
	return code(err)
}

// factors are the rows of second factors as a dump has them.
func (w *world) factors() string {
	w.Helper()
	var all string
	w.must(w.pool.QueryRow(w.Context(), `select coalesce(string_agg(to_jsonb(f)::text, ''), '') from people.factor f`).Scan(&all))
	return all
}

// TestADumpGivesNoCode: what stands in the database is no secret of which a code is
// taken. The control is how it stood before there was a key, which a start seals.
func TestADumpGivesNoCode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.demo()
	u, phone, _ := w.withFactor(access.Leader)
	secret := hex.EncodeToString(phone.Secret)
	var stands []byte
	look := func() people.Factor {
		w.must(w.pool.QueryRow(w.Context(), `select secret from people.factor`).Scan(&stands))
		return people.Factor{Secret: stands}
	}
	if got := look(); string(got.Secret) == string(phone.Secret) || strings.Contains(w.factors(), secret) {
		t.Error("the secret is in the database")
	}

	w.must(w.owner(`update people.factor set sealed = null, secret = $1`, phone.Secret))
	if !strings.Contains(w.factors(), secret) {
		t.Error("the look into the database sees nothing")
	}
	if no := w.shows(w.people, access.Leader, look().Code(w.now.Load()/30)); no != "" {
		t.Errorf("before there was a key a dump gave no code, or what stands from then is taken no more: %s", no)
	}
	w.now.Add(60)
	if did, err := w.people.SealFactors(w.Context()); err != nil || did != (keep.Sealed{Clear: 1}) {
		t.Errorf("%+v, %v", did, err)
	}
	if got := look(); string(got.Secret) == string(phone.Secret) || strings.Contains(w.factors(), secret) {
		t.Error("the secret is in the database after it was sealed")
	}
	if no := w.shows(w.people, access.Leader, phone.Code(w.now.Load()/30)); no != "" {
		t.Errorf("the phone of %s is taken no more: %s", u.Name, no)
	}
	if did, err := w.people.SealFactors(w.Context()); err != nil || did != (keep.Sealed{}) {
		t.Errorf("%+v are sealed twice, %v", did, err)
	}
	two := map[string]bool{}
	for range 2 {
		w.must(w.owner(`update people.factor set sealed = null, secret = $1`, phone.Secret))
		_, err := w.people.SealFactors(w.Context())
		w.must(err)
		two[w.factors()] = true
	}
	if len(two) != 2 {
		t.Error("the same secret is sealed to the same bytes: the nonce is not fresh")
	}
}

// TestAProgramOfBeforeBeginsAgain what one with a key began, while both run, and confirms
// it: what was sealed before is of another secret then, and opens no more.
func TestAProgramOfBeforeBeginsAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.demo()
	in := w.signIn(access.Leader)
	signed, err := w.people.Session(w.Context(), in.Secret)
	w.must(err)
	w.must(w.people.BeginFactor(w.Context(), keep.Request{County: county, ID: "begin", By: signed.Who}, signed))
	of := func() (sealed bool) {
		w.must(w.pool.QueryRow(w.Context(), `select sealed is not null from people.factor`).Scan(&sealed))
		return sealed
	}
	if !of() {
		t.Error("what is begun with a key is in the clear")
	}
	phone := people.Factor{Secret: []byte("a secret of 20 bytes")}
	for _, sql := range []string{ // as that program has them
		`insert into people.factor (user_id, secret, used, began_at) values ($1, $2, 0, now())
		on conflict (user_id) do update set secret = excluded.secret, used = 0, began_at = excluded.began_at`,
		`update people.factor set confirmed_at = now() where user_id = $1 and $2::bytea is not null`,
	} {
		_, err := w.pool.Exec(w.Context(), sql, signed.User.ID, phone.Secret)
		w.must(err)
	}
	if no := w.shows(w.people, access.Leader, phone.Code(w.now.Load()/30)); no != "" {
		t.Errorf("what a program of before began is not taken: %s", no)
	}
	w.now.Add(60)
	if did, err := w.people.SealFactors(w.Context()); err != nil || did.Clear != 1 || !of() {
		t.Errorf("%+v, %v", did, err)
	}
	if no := w.shows(w.people, access.Leader, phone.Code(w.now.Load()/30)); no != "" {
		t.Errorf("after it was sealed: %s", no)
	}
}

// TestASealedSecretIsItsUsers: in the row of another account it opens nothing, and neither
// does one that was changed.
func TestASealedSecretIsItsUsers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.demo()
	mine, phone, _ := w.withFactor(access.Leader)
	yours, _, _ := w.withFactor(access.Auditor)
	w.must(w.owner(`update people.factor set sealed = (select sealed from people.factor where user_id = $1) where user_id = $2`, mine.ID, yours.ID))
	if no := w.shows(w.people, access.Auditor, phone.Code(w.now.Load()/30)); no != "FACTOR_KEY" {
		t.Errorf("by a secret of another account: %q", no)
	}
	if no := w.shows(w.people, access.Leader, phone.Code(w.now.Load()/30)); no != "" { // the control
		t.Error(no)
	}
	w.must(w.owner(`update people.factor set sealed = set_byte(sealed, 30, get_byte(sealed, 30) # 1) where user_id = $1`, mine.ID))
	if no := w.shows(w.people, access.Leader, phone.Code(w.now.Load()/30+1)); no != "FACTOR_KEY" {
		t.Errorf("by a secret that was changed: %q", no)
	}
}

// TestALostKeyLocksNobodyOut: without the key no code is taken, none is counted as wrong,
// recovery codes are taken, and two administrators, or the database's owner, take the
// second factor away.
func TestALostKeyLocksNobodyOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.demo()
	u, phone, codes := w.withFactor(access.Leader)
	admin, _, paper := w.withFactor(access.SystemAdmin)
	_, _, _ = w.withFactor(access.SecurityAdmin)
	for i, p := range map[int]*keep.People{0: w.openWith(w.pool, nil), 1: w.openWith(w.pool, keyOf("another key of factors elsewhere"))} {
		for range people.FailuresMax + 1 {
			if no := w.shows(p, access.Leader, phone.Code(w.now.Load()/30)); no != "FACTOR_KEY" {
				t.Errorf("%d: without the key: %q", i, no)
			}
		}
		if no := w.shows(p, access.Leader, "AAAA-BBBB-CCCC-DDDD"); no != "FACTOR_WRONG" {
			t.Errorf("%d: any recovery code is taken: %q", i, no)
		}
		if no := w.shows(p, access.Leader, codes[i]); no != "" {
			t.Errorf("%d: a recovery code is not taken: %s", i, no)
		}
	}
	if no := w.shows(w.people, access.Leader, phone.Code(w.now.Load()/30)); no != "" {
		t.Errorf("with the key it is not as before: %s", no)
	}

	other := w.signIn(access.Auditor)
	signed, err := w.people.Session(w.Context(), other.Secret)
	w.must(err)
	none, another := w.openWith(w.pool, nil), w.openWith(w.pool, keyOf("another key of factors elsewhere"))
	if err := none.BeginFactor(w.Context(), keep.Request{County: county, ID: "a", By: signed.Who}, signed); code(err) != "FACTOR_KEY" {
		t.Errorf("one is set up without a key: %v", err)
	}
	w.must(another.BeginFactor(w.Context(), keep.Request{County: county, ID: "b", By: signed.Who}, signed))
	if s, err := w.people.Factor(w.Context(), &signed.User); err != nil || s.Begun.Secret != nil {
		t.Errorf("what was begun under another key is shown: %v", err) // one begins again
	}
	if did, err := another.SealFactors(w.Context()); err != nil || did != (keep.Sealed{Strange: 3}) {
		t.Errorf("%+v, %v", did, err)
	}

	in := w.signIn(access.SystemAdmin)
	pending, err := another.Session(w.Context(), in.Secret)
	w.must(err)
	shown, err := another.ShowFactor(w.Context(), pending, in.Secret, paper[0])
	w.must(err)
	system, err := another.Session(w.Context(), shown.Secret)
	w.must(err)
	if _, err := another.Change(w.Context(), keep.Request{County: county, ID: "reset", By: system.Who}, people.FactorReset, u.ID); err != nil {
		t.Errorf("an administrator who came in by paper takes no factor away: %v", err)
	}
	// And where no administrator has any paper left.
	by := access.Principal{ID: "operator:李", Grants: []access.Grant{{Role: access.Operator}}}
	made, had, err := another.Recover(w.Context(), county, admin.Name, people.Recover{}, by)
	w.must(err)
	if in, err := another.SignIn(w.Context(), county, admin.Name, made.Password, "192.0.2.1"); err != nil || !had || in.Who.FactorPending {
		t.Errorf("a second factor is asked for that is gone, or %v", err)
	}
}

// TestTheKeyIsChanged, and at no step is a code refused: not while only some processes have
// the new key, not when the one that seals anew is killed in the middle. The control is who
// has the old key alone.
func TestTheKeyIsChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.demo()
	before, after := keyOf("the key of factors in all tests!"), keyOf("the key of factors from now on !")
	with := func(key, also *keep.Key) *keep.People {
		p := w.openWith(w.pool, key)
		p.FactorKeyAlso = also
		return p
	}
	both, switched, only := with(before, after), with(after, before), with(after, nil)
	phones := map[access.Role]people.Factor{}
	roles := []access.Role{access.Leader, access.Auditor, access.SecurityAdmin}
	for _, role := range roles {
		_, phones[role], _ = w.withFactor(role)
	}
	takes := func(when string, want string, processes ...*keep.People) {
		t.Helper()
		for i, p := range processes {
			w.now.Add(90)
			for role, phone := range phones {
				if no := w.shows(p, role, phone.Code(w.now.Load()/30)); no != want {
					t.Errorf("%s, process %d, %s: %q, want %q", when, i, role, no, want)
				}
			}
		}
	}
	takes("before", "", w.people, both, switched)
	takes("before, by the new key alone", "FACTOR_KEY", only)

	w.must(w.owner(`
		create function people.crash() returns trigger language plpgsql security definer as $$
		begin
			if (select count(*) from people.factor where xmin = pg_current_xact_id()::xid) > 0 then
				perform pg_terminate_backend(pg_backend_pid());
			end if;
			return new;
		end $$;
		create trigger crash before update of sealed on people.factor for each row execute function people.crash()`))
	rows := w.factors()
	if did, err := switched.SealFactors(w.Context()); err == nil {
		t.Errorf("it was not killed: %+v", did)
	}
	if w.factors() != rows {
		t.Error("half of it is done")
	}
	takes("killed in the middle", "", w.people, both, switched)

	w.must(w.owner(`drop trigger crash on people.factor; drop function people.crash()`))
	if did, err := switched.SealFactors(w.Context()); err != nil || did != (keep.Sealed{Other: 3}) {
		t.Fatalf("%+v, %v", did, err)
	}
	takes("changed", "", both, switched, only)
	takes("changed, by the old key alone", "FACTOR_KEY", w.people)
	w.people = both // a process that is not yet switched
	_, phones[access.SystemAdmin], _ = w.withFactor(access.SystemAdmin)
	takes("one set up meanwhile", "", both, switched)
	by := func(key *keep.Key, want int) {
		t.Helper()
		if n, err := keep.SealedBy(w.Context(), w.pool, key); err != nil || n != want {
			t.Errorf("%d are sealed by it, want %d: %v", n, want, err)
		}
	}
	by(before, 1)
	by(after, 3)
	if did, err := switched.SealFactors(w.Context()); err != nil || did != (keep.Sealed{Other: 1}) {
		t.Errorf("%+v, %v", did, err)
	}
	takes("all changed", "", only)
	by(before, 0)
	by(after, 4)
}
