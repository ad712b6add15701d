package keep

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"feisui/pkg/access"
	"feisui/services/people"
)

// Token is a token as it is listed.
type Token struct {
	ID      string         `json:"id"`
	Name    string         `json:"name"`
	Grants  []access.Grant `json:"grants"`
	Created time.Time      `json:"created_at"`
	Expires time.Time      `json:"expires_at"`
	Used    *time.Time     `json:"used_at,omitempty" doc:"最近使用，精确到分钟 (last used, to within a minute)"`
	Secret  string         `json:"-"` // only when it is made
}

// What secrets begin with, so that one in a file or a log is known for what it is.
const (
	tokenPrefix   = "feisui_token_"
	sessionPrefix = "feisui_session_"
	flowPrefix    = "feisui_elsewhere_"
)

// CreateToken makes a token for oneself. Its secret is given once.
func (p *People) CreateToken(ctx context.Context, r Request, s Signed, c people.CreateToken) (t Token, err error) {
	made := ""
	t, err = mutate(ctx, p, r, struct {
		Operation string
		people.CreateToken
	}{"token_create", c}, func(ctx context.Context, tx pgx.Tx) (Token, error) {
		u, err := p.self(ctx, tx, &s)
		if err != nil {
			return Token{}, err
		}
		by, err := principal(ctx, tx, &u)
		if err != nil {
			return Token{}, err
		}
		var has int
		err = tx.QueryRow(ctx, `select count(*) from people.token where user_id = $1 and ended_at is null and expires_at > $2`, u.ID, p.Now()).Scan(&has)
		if err != nil {
			return Token{}, err
		}
		now := p.moment()
		is, err := c.Decide(&u, by.Grants, has, now)
		if err != nil {
			return Token{}, err
		}
		grants, err := json.Marshal(is.Grants)
		if err != nil {
			return Token{}, err
		}
		made = tokenPrefix + secret()
		t := Token{ID: newID(), Name: is.Name, Grants: is.Grants, Created: at(now).UTC(), Expires: at(is.Expires).UTC()}
		_, err = tx.Exec(ctx, `insert into people.token (id, hash, user_id, name, grants, created_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7)`,
			t.ID, hashed(made), u.ID, t.Name, string(grants), t.Created, t.Expires)
		return t, err
	})
	t.Secret = made
	return t, err
}

// Tokens lists a user's tokens that are in force.
func (p *People) Tokens(ctx context.Context, user string) ([]Token, error) {
	ctx, cancel := asking(ctx)
	defer cancel()
	rows, err := p.Pool.Query(ctx, `
		select id::text, name, grants, created_at, expires_at, used_at from people.token
		where user_id = $1 and ended_at is null and expires_at > $2 order by id`, user, p.Now())
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (t Token, err error) {
		return t, row.Scan(&t.ID, &t.Name, &t.Grants, &t.Created, &t.Expires, &t.Used)
	})
}

// EndToken ends one of a user's tokens, for good.
func (p *People) EndToken(ctx context.Context, r Request, s Signed, id string) error {
	if uuid.Validate(id) != nil {
		return people.NotThere("TOKEN")
	}
	_, err := mutate(ctx, p, r, []string{"token_end", id}, func(ctx context.Context, tx pgx.Tx) (struct{}, error) {
		tag, err := tx.Exec(ctx, `update people.token set ended_at = coalesce(ended_at, $3) where user_id = $1 and id = $2`, s.User.ID, id, p.Now())
		if err == nil && tag.RowsAffected() == 0 {
			err = people.NotThere("TOKEN")
		}
		return struct{}{}, err
	})
	return err
}

// Bearer gives who asks by a token, with those of its rights that the holder has
// now. It refuses one that is no longer in force.
func (p *People) Bearer(ctx context.Context, secret string) (who access.Principal, err error) {
	ctx, cancel := asking(ctx)
	defer cancel()
	var t people.Token
	var u people.User
	var expires time.Time
	var used *time.Time
	var grants []access.Grant
	err = p.Pool.QueryRow(ctx, `
		select t.grants, t.expires_at, t.ended_at is not null, t.used_at, `+userColumns+`, `+grantsColumn+`
		from people.token t join people.user u on u.id = t.user_id where t.hash = $1`, hashed(secret)).
		Scan(append(append([]any{&t.Grants, &expires, &t.Ended, &used}, userFields(&u)...), &grants)...)
	if errors.Is(err, pgx.ErrNoRows) {
		return who, (people.Token{Ended: true}).Check(&u, 0)
	}
	if err != nil {
		return who, err
	}
	p.shut(&u)
	now := p.moment()
	t.Expires = people.Moment(expires.Unix())
	if err := t.Check(&u, now); err != nil {
		return who, err
	}
	if used == nil || now-people.Moment(used.Unix()) >= people.SeenEvery {
		if _, err := p.Pool.Exec(ctx, `update people.token set used_at = $2 where hash = $1`, hashed(secret), at(now)); err != nil {
			return who, err
		}
	}
	return access.Principal{
		ID: u.Principal(), Person: u.Person, County: u.County, Grants: t.Of(grants), PasswordFirst: u.MustChange,
	}, nil
}

// IsToken reports that a text may be one of our tokens.
func IsToken(text string) bool { return strings.HasPrefix(text, tokenPrefix) }

// IsSession reports that a text may be a session's secret.
func IsSession(text string) bool { return strings.HasPrefix(text, sessionPrefix) }
