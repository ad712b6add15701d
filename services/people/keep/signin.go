package keep

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/netip"
	"time"

	"github.com/jackc/pgx/v5"

	"feisui/pkg/access"
	"feisui/services/people"
)

// SignedIn is who was let in, and the secret of the session.
type SignedIn struct {
	Who        access.Principal
	User       people.User
	MustChange bool
	Secret     string
	Ends       people.Moment // however busy
	elsewhere  bool          // by what signs them in there
	kept       string        // what was kept of the password when it was right
	settings   people.Settings
}

// SignIn lets somebody in who knows a password. Whether there is such a user, and
// why somebody is not let in, shows neither in the answer nor in how long it
// takes: the same statements run, and a password is hashed. address is where
// they come from.
//
// The attempt is counted before the password is looked at, so that many at once
// are no way around the count.
func (p *People) SignIn(ctx context.Context, county, name, password, address string) (in SignedIn, err error) {
	if in.settings, err = p.Settings(ctx, county); err != nil {
		return in, err
	}
	in, err = p.signIn(ctx, in, county, people.NameOf(name), password, fromAddress(address))
	var no *people.Refusal
	if errors.As(err, &no) && no.Code == people.NotIn().Code && p.Issuer != "" {
		err = in.settings.NotIn()
	}
	return in, err
}

func (p *People) signIn(ctx context.Context, in SignedIn, county, name, password string, from []byte) (SignedIn, error) {
	if err := p.try(ctx, underName(county, name), from); err != nil {
		return in, err
	}
	var kept string
	var bound bool
	var grants []access.Grant
	err := p.Pool.QueryRow(ctx, `
		select u.password, exists (select from people.binding b where b.user_id = u.id and b.issuer = $3), `+grantsColumn+`, `+userColumns+`
		from people.user u where u.county = $1 and u.name = $2`, county, name, p.Issuer).
		Scan(append([]any{&kept, &bound, &grants}, userFields(&in.User)...)...)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return in, err
	}
	right, err := p.hasher.is(ctx, password, kept)
	if err != nil {
		return in, err
	}
	if p.shut(&in.User); !right || !in.User.In() || in.settings.ElsewhereOnly(bound, grants) {
		return in.not(), people.NotIn() // who it would have been, for the audit log
	}
	if in.User.Lapsed(p.moment()) {
		return in.not(), people.PasswordLapsed()
	}
	in.Secret, in.kept = sessionPrefix+secret(), kept
	err = p.within(ctx, func(ctx context.Context, tx pgx.Tx) error { return p.admit(ctx, tx, &in, from) })
	if err != nil {
		in = in.not()
	}
	return in, err
}

// not is who would have been let in, and nothing to come in by.
func (in *SignedIn) not() SignedIn {
	return SignedIn{User: people.User{ID: in.User.ID}, settings: in.settings}
}

// try counts an attempt, or says that there were too many. An attempt that is
// refused here is answered after as much work as any other.
func (p *People) try(ctx context.Context, under, from []byte) error {
	var refused error
	err := p.within(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		refused, err = p.count(ctx, tx, from, people.Attempts.From)
		if err == nil && refused == nil {
			refused, err = p.count(ctx, tx, under, people.Attempts.Under)
		}
		return err
	})
	if err != nil || refused == nil {
		return err
	}
	if no := (*people.Refusal)(nil); errors.As(refused, &no) && no.Kind == people.TooMany { // says so itself
		return refused
	}
	if _, err := p.hasher.is(ctx, "", ""); err != nil {
		return err
	}
	return refused
}

// count counts an attempt by a rule, and keeps the count also when it refuses.
func (p *People) count(
	ctx context.Context, tx pgx.Tx, key []byte, by func(people.Attempts, people.Moment) (people.Attempts, error),
) (refused, err error) {
	a, err := held(ctx, tx, key)
	if err != nil {
		return nil, err
	}
	a, refused = by(a, p.moment())
	return refused, put(ctx, tx, key, a)
}

// admit begins a session, forgives the attempt, and forgets what is long over.
func (p *People) admit(ctx context.Context, tx pgx.Tx, in *SignedIn, from []byte) error {
	// The row is held, so that a disabling at the same moment sees the session.
	u, err := user(ctx, tx, in.User.County, in.User.ID)
	if err != nil {
		return err
	}
	if !u.In() {
		return people.NotIn()
	}
	if err := in.same(ctx, tx); err != nil {
		return err
	}
	a, err := held(ctx, tx, from)
	if err != nil {
		return err
	}
	if err := put(ctx, tx, from, a.Forgiven()); err != nil {
		return err
	}
	if in.Who, err = principal(ctx, tx, &u); err != nil {
		return err
	}
	if err := p.forgive(ctx, tx, in, &u); err != nil {
		return err
	}
	u.MustChange = u.MustChange && !in.elsewhere // the password, which they may never have had
	now := p.moment()
	b := &pgx.Batch{}
	b.Queue(`delete from people.session where user_id = $1 and began_at < $2`, u.ID, at(now-30*people.Day))
	b.Queue(`delete from people.attempt where key in (select key from people.attempt where since < $1 and until < $1 limit 100 for update skip locked)`, at(now-2*people.Day))
	b.Queue(`insert into people.session (hash, user_id, began_at, seen_at, elsewhere, pending) values ($1, $2, $3, $3, $4, $5)`, hashed(in.Secret), u.ID, at(now), in.elsewhere, u.Factor)
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return err
	}
	in.User, in.MustChange, in.Ends, in.Who.FactorPending = u, u.MustChange, now+people.LifeMax, u.Factor
	return nil
}

// same refuses a password that was changed while it was being hashed: whoever changed it
// has ended the account's sessions, and this one would be another.
func (in *SignedIn) same(ctx context.Context, tx pgx.Tx) error {
	if in.elsewhere {
		return nil
	}
	var same bool
	err := tx.QueryRow(ctx, `select password = $2 from people.user where id = $1`, in.User.ID, in.kept).Scan(&same)
	if err == nil && !same {
		err = people.NotIn()
	}
	return err
}

// forgive takes back what was tried under the name of who was right, and nothing of what
// was wrong of their second factor's codes, which are counted by themselves.
// Who was signed in elsewhere has tried nothing here, and is refused while it is locked;
// not where no password opens the account: there anybody could lock them out for nothing.
func (p *People) forgive(ctx context.Context, tx pgx.Tx, in *SignedIn, u *people.User) error {
	under := underName(u.County, u.Name)
	tried, err := held(ctx, tx, under)
	switch {
	case err != nil:
		return err
	case in.elsewhere && tried.Until > p.moment() && !in.settings.ElsewhereOnly(true, in.Who.Grants):
		return people.NotIn()
	case in.elsewhere:
		return nil
	}
	_, err = tx.Exec(ctx, `delete from people.attempt where key = $1`, under)
	return err
}

// principal is a user with the rights of now.
func principal(ctx context.Context, from querier, u *people.User) (access.Principal, error) {
	rows, err := from.Query(ctx, `select role, scope from people.grant where user_id = $1 and state = 'approved' order by role, scope`, u.ID)
	if err != nil {
		return access.Principal{}, err
	}
	grants, err := pgx.CollectRows(rows, pgx.RowToStructByPos[access.Grant])
	return access.Principal{ID: u.Principal(), Person: u.Person, County: u.County, Grants: grants}, err
}

func underName(county, name string) []byte {
	sum := sha256.Sum256([]byte("name\x00" + county + "\x00" + name))
	return sum[:]
}

// placeBits are those of an IPv6 address that one place is given: whoever is there has
// all that follow.
const placeBits = 64

// fromAddress is the key of an address of the network, of IPv6 that of its place.
func fromAddress(address string) []byte {
	if ip, err := netip.ParseAddr(address); err == nil && ip.Is6() && !ip.Is4In6() {
		if place, err := ip.Prefix(placeBits); err == nil {
			address = place.String()
		}
	}
	sum := sha256.Sum256([]byte("address\x00" + address))
	return sum[:]
}

// locked gives until when keys are locked, those that are not zero.
func (p *People) locked(ctx context.Context, keys [][]byte) (map[string]people.Attempts, error) {
	rows, err := p.Pool.Query(ctx, `select key, until from people.attempt where key = any($1)`, keys)
	if err != nil {
		return nil, err
	}
	found := map[string]people.Attempts{}
	var key []byte
	var until time.Time
	_, err = pgx.ForEachRow(rows, []any{&key, &until}, func() error {
		found[string(key)] = people.Attempts{Until: people.Moment(until.Unix())}
		return nil
	})
	return found, err
}

// held gives what was tried, and holds it until the transaction ends. It is one
// statement: between two, somebody who was right could take the row away.
func held(ctx context.Context, tx pgx.Tx, key []byte) (people.Attempts, error) {
	var a people.Attempts
	var since, until time.Time
	err := tx.QueryRow(ctx, `
		insert into people.attempt as a (key, failures, since, until) values ($1, 0, $2, $2)
		on conflict (key) do update set failures = a.failures returning a.failures, a.since, a.until`, key, time.Unix(0, 0)).
		Scan(&a.Failures, &since, &until)
	a.Since, a.Until = people.Moment(since.Unix()), people.Moment(until.Unix())
	return a, err
}

func put(ctx context.Context, tx pgx.Tx, key []byte, a people.Attempts) error {
	_, err := tx.Exec(ctx, `update people.attempt set failures = $2, since = $3, until = $4 where key = $1`, key, a.Failures, at(a.Since), at(a.Until))
	return err
}
