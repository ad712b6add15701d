package keep_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"feisui/pkg/access"
	"feisui/pkg/figure"
	"feisui/services/people"
	"feisui/services/people/keep"
)

// TestGuessesAtOnceAreStillCounted: of 24 wrong passwords at once, and those of
// two processes, five are looked at.
func TestGuessesAtOnceAreStillCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.demo()
	other := w.open(w.pool)
	all(24, func(i int) {
		p := w.people
		if i%2 == 0 {
			p = other
		}
		if _, err := p.SignIn(w.Context(), county, "Demo-Leader", fmt.Sprint("wrong ", i), fmt.Sprint("192.0.2.", i)); code(err) != "SIGN_IN" {
			w.Error(err)
		}
	})
	var failures int
	w.must(w.pool.QueryRow(w.Context(), `select max(failures) from people.attempt`).Scan(&failures))
	if failures != people.FailuresMax {
		t.Errorf("%d were counted", failures)
	}
	if _, err := w.people.SignIn(w.Context(), county, "demo-leader", password, "192.0.2.200"); code(err) != "SIGN_IN" {
		t.Errorf("locked, and yet %q", code(err))
	}
	w.now.Add(int64(people.Minute))
	w.signIn(access.Leader) // the lock ends, and what was wrong is forgiven
	w.must(w.pool.QueryRow(w.Context(), `select count(*) from people.attempt where failures > 1`).Scan(&failures))
	if failures != 0 {
		t.Errorf("%d names are still counted", failures)
	}
}

// TestAnUnknownNameLooksLikeAKnownOne (A53): the same statements are sent, and
// the same work is done. The control is an attempt that is not hashed.
func TestAnUnknownNameLooksLikeAKnownOne(t *testing.T) {
	t.Parallel()
	w := begin(t, true)
	w.demo()
	heard := &listener{}
	config := w.pool.Config().Copy()
	config.ConnConfig.Tracer = heard
	pool, err := pgxpool.NewWithConfig(w.Context(), config)
	w.must(err)
	t.Cleanup(pool.Close)
	p := w.open(pool)
	try := func(name, address string) (said []string, text string, took time.Duration) {
		heard.take()
		began := time.Now()
		_, err := p.SignIn(w.Context(), county, name, "wrong", address)
		return heard.take(), code(err), time.Since(began)
	}
	var known, unknown []time.Duration
	for i := range 12 { // locked after the fifth: both
		a, said1, took1 := try("demo-leader", fmt.Sprint("a", i))
		b, said2, took2 := try("demo-nobody", fmt.Sprint("b", i))
		if !slices.Equal(a, b) || said1 != said2 || said1 != "SIGN_IN" || len(a) == 0 {
			t.Fatalf("attempt %d: %q %q\n%q\n%q", i, said1, said2, a, b)
		}
		known, unknown = append(known, took1), append(unknown, took2)
	}
	for range people.AddressMax {
		try("x", "spray")
	}
	_, text, fast := try("x", "spray")
	if text != "TOO_MANY_ATTEMPTS" {
		t.Fatal(text)
	}
	slices.Sort(known)
	slices.Sort(unknown)
	a, b := known[6], unknown[6]
	figure.Logf(t, "medians: known %s, unknown %s; not hashed: %s", a, b, fast)
	if ratio := float64(a) / float64(b); ratio < 0.5 || ratio > 2 {
		t.Errorf("a known name takes %s, an unknown one %s", a, b)
	}
}

// TestAnAccountThatOpensElsewhereLooksLikeNone: by its right password the same statements
// are sent as by a wrong one under a name that nobody has, and the same is said.
func TestAnAccountThatOpensElsewhereLooksLikeNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.demo()
	const issuer = "https://sso.example"
	in := w.signIn(access.Leader)
	w.must(w.owner(`insert into people.binding (user_id, county, issuer, subject, bound_at, bound_by) values ($1, $2, $3, '1', $4, '')`, in.User.ID, county, issuer, w.clock()))
	w.must(w.owner(`alter table people.county disable trigger confirmed`))
	w.must(w.owner(`insert into people.county (county, bound_password) values ($1, 'refused')`, county))
	heard := &listener{}
	config := w.pool.Config().Copy()
	config.ConnConfig.Tracer = heard
	pool, err := pgxpool.NewWithConfig(w.Context(), config)
	w.must(err)
	t.Cleanup(pool.Close)
	p := w.open(pool)
	p.Issuer = issuer
	try := func(name, password string) ([]string, string) {
		heard.take()
		_, err := p.SignIn(w.Context(), county, name, password, "a")
		return heard.take(), code(err)
	}
	bound, said1 := try("demo-leader", password)
	nobody, said2 := try("demo-nobody", "wrong")
	if !slices.Equal(bound, nobody) || said1 != said2 || said1 != "SIGN_IN_BOUND" || len(bound) == 0 {
		t.Errorf("%q %q\n%q\n%q", said1, said2, bound, nobody)
	}
	if right, said := try("demo-auditor", password); said != "" || slices.Equal(right, nobody) {
		t.Errorf("the control: %q, %q", said, right)
	}
}

// listener notes what is said to the server.
type listener struct {
	mu  sync.Mutex
	all []string
}

func (l *listener) take() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	said := l.all
	l.all = nil
	return said
}

func (l *listener) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	l.mu.Lock()
	defer l.mu.Unlock()
	if strings.Contains(data.SQL, "people.") || strings.HasPrefix(data.SQL, "commit") {
		l.all = append(l.all, data.SQL)
	}
	return ctx
}

func (*listener) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// TestAPlaceIsCounted and not each of its addresses, of which IPv6 gives it more than can
// be counted.
func TestAPlaceIsCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.demo()
	try := func(name, address string) string {
		_, err := w.people.SignIn(w.Context(), county, name, "wrong", address)
		return code(err)
	}
	for i := range people.AddressMax {
		if got := try(fmt.Sprint("name", i), fmt.Sprintf("2001:db8:0:1::%x", i)); got != "SIGN_IN" {
			t.Fatal(got)
		}
	}
	for address, want := range map[string]string{
		"2001:db8:0:1:ffff::1": "TOO_MANY_ATTEMPTS", "2001:db8:0:2::1": "SIGN_IN", "192.0.2.1": "SIGN_IN",
	} {
		if got := try("another", address); got != want {
			t.Errorf("from %s: %s, want %s", address, got, want)
		}
	}
}

// TestHashingIsBounded: whoever comes while all turns are taken waits, and is told
// so in the end; nothing is hashed beside them.
func TestHashingIsBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.demo()
	back, err := w.people.Occupy(w.Context())
	w.must(err)
	ctx, cancel := context.WithTimeout(w.Context(), 2*time.Second)
	defer cancel()
	if _, err := w.people.SignIn(ctx, county, "demo-leader", password, "a"); !errors.Is(err, keep.ErrBusy) && !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a fifth is hashed beside four: %v", err)
	}
	back()
	var in atomic.Int64
	all(24, func(i int) {
		if _, err := w.people.SignIn(w.Context(), county, "demo-leader", password, fmt.Sprint(i)); err == nil {
			in.Add(1)
		}
	})
	if in.Load() == 0 {
		t.Error("nobody gets in")
	}
}

// TestSecretsAreNotKept: nothing that lets anybody in is in the database.
func TestSecretsAreNotKept(t *testing.T) {
	t.Parallel()
	w := begin(t, true)
	w.demo()
	in := w.signIn(access.Leader)
	signed, err := w.people.Session(w.Context(), in.Secret)
	w.must(err)
	r := keep.Request{County: county, ID: "t1", By: signed.Who}
	token, err := w.people.CreateToken(w.Context(), r, signed, people.CreateToken{Name: "export", Grants: []access.Grant{{Role: access.Leader}}})
	w.must(err)
	made, err := w.people.Create(w.Context(), keep.Request{County: county, ID: "c1", By: w.signIn(access.SystemAdmin).Who},
		people.CreateUser{Name: "zhang.san", Display: "张三", Office: "D01"})
	w.must(err)
	dump := w.dump()
	for what, secret := range map[string]string{"session": in.Secret, "token": token.Secret, "password": password, "one-time password": made.Password} {
		if len(secret) < 20 {
			t.Errorf("a %s of %d characters", what, len(secret))
		}
		if strings.Contains(dump, secret) {
			t.Errorf("the %s is in the database", what)
		}
	}
	if !strings.Contains(dump, fmt.Sprintf("%x", keep.Hashed(in.Secret))) || !strings.Contains(dump, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Error("the look into the database sees nothing") // the control
	}
}

// dump is all that is in the people's tables.
func (w *world) dump() string {
	w.Helper()
	var b strings.Builder
	for _, table := range []string{"county", "user", "grant", "session", "token", "attempt", "request", "audit"} {
		rows, err := w.pool.Query(w.Context(), `select to_jsonb(t)::text from people.`+table+` t`)
		w.must(err)
		all, err := pgx.CollectRows(rows, pgx.RowTo[string])
		w.must(err)
		b.WriteString(strings.Join(all, "\n"))
	}
	return b.String()
}

// TestTwoApproveAtOnce: of two grants to one person that do not go together one is
// approved, by whichever accounts and in which process.
func TestTwoApproveAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.demo()
	other := w.open(w.pool)
	system, security := w.signIn(access.SystemAdmin).Who, w.signIn(access.SecurityAdmin).Who
	for round := range 12 {
		w.round(round, other, system, security)
	}
}

// round has two roles that do not go together granted to two accounts of one
// person, at once.
func (w *world) round(round int, other *keep.People, system, security access.Principal) {
	w.Helper()
	request := func(what string, i int, by access.Principal) keep.Request {
		return keep.Request{County: county, ID: fmt.Sprint(what, round, i), By: by}
	}
	var accounts [2]string
	person := ""
	for i := range accounts {
		made, err := w.people.Create(w.Context(), request("c", i, system),
			people.CreateUser{Name: fmt.Sprintf("zhang-%d-%d", round, i), Display: "张", Office: "D01", Person: person})
		w.must(err)
		list, err := w.people.List(w.Context(), county, made.ID, "", 1)
		w.must(err)
		accounts[i], person = made.ID, list[0].Person
	}
	var granted atomic.Int64
	all(2, func(i int) { // the second request is refused, since the first may come to hold
		p, g := w.people, access.Grant{Role: access.AuditAdmin}
		if i == 1 {
			p, g = other, access.Grant{Role: access.Leader}
		}
		asked, err := p.RequestGrant(w.Context(), request("g", i, system), accounts[i], people.RequestGrant{Grant: g})
		if err == nil {
			_, err = p.DecideGrant(w.Context(), request("a", i, security), people.Approve, asked.ID)
		}
		switch code(err) {
		case "":
			granted.Add(1)
		case "ROLES_APART":
		default:
			w.Error(err)
		}
	})
	if granted.Load() != 1 {
		w.Errorf("%d were granted", granted.Load())
	}
}

// TestARequestIsAnsweredOnce (A61): the same id of the same person gets the same
// answer, without the secret; somebody else's is another request; with another
// content it is refused; and rights are looked at before an old answer is given.
func TestARequestIsAnsweredOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.demo()
	system := w.signIn(access.SystemAdmin).Who
	r := keep.Request{County: county, ID: "same", By: system}
	c := people.CreateUser{Name: "zhang", Display: "张", Office: "D01"}
	other := w.open(w.pool)
	var mu sync.Mutex
	ids, shown := map[string]int{}, 0
	all(8, func(i int) {
		p := w.people
		if i%2 == 0 {
			p = other
		}
		made, err := p.Create(w.Context(), r, c)
		if err != nil {
			w.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		ids[made.ID]++
		if made.Password != "" {
			shown++
		}
	})
	if len(ids) != 1 || shown != 1 {
		t.Errorf("eight at once were answered %v, with a password %d times", ids, shown)
	}
	c.Display = "李"
	if _, err := w.people.Create(w.Context(), r, c); !errors.Is(err, keep.ErrReused) {
		t.Errorf("another content: %v", err)
	}
	second := system
	second.ID = "person:somebody-else"
	if _, err := w.people.Create(w.Context(), keep.Request{County: county, ID: "same", By: second}, people.CreateUser{Name: "wang", Display: "王", Office: "D01"}); err != nil {
		t.Errorf("somebody else's id: %v", err)
	}
	r.By.Grants = nil
	c.Display = "张"
	if _, err := w.people.Create(w.Context(), r, c); code(err) != "FORBIDDEN" {
		t.Errorf("an old answer for who has lost the right: %v", err)
	}
	r.By = system
	r.By.County = "another"
	if _, err := w.people.Create(w.Context(), r, c); code(err) != "COUNTY_UNKNOWN" {
		t.Errorf("from another county: %v", err)
	}
}
