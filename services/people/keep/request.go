package keep

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"

	"github.com/jackc/pgx/v5"

	"feisui/pkg/access"
	"feisui/services/people"
)

// Request is who asks for a change, and by which id of the client's own: the same
// id of the same person gets the same answer. Somebody else's is another request.
type Request struct {
	County string
	ID     string
	By     access.Principal
}

// ErrReused says that a request id was used for something else.
var ErrReused = errors.New("the request id was used for something else")

// mutate does once what a request asks for, and gives the answer that was given
// before when it is sent again. what is everything that makes it this request,
// without secrets. Whether the person may ask for that at all was looked at
// before: rights are those of now, also for an old answer.
//
// Changes of a county come one after the other, so that what one was decided on
// is not changed by another.
func mutate[A any](ctx context.Context, p *People, r Request, what any, act func(context.Context, pgx.Tx) (A, error)) (answer A, err error) {
	text, err := json.Marshal(what)
	if err != nil {
		return answer, err
	}
	sum := sha256.Sum256(text)
	err = p.within(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := p.inTurn(ctx, tx, r.County); err != nil {
			return err
		}
		var was, kept []byte
		err := tx.QueryRow(ctx, `select fingerprint, answer::text from people.request where actor = $1 and id = $2`, r.By.ID, r.ID).Scan(&was, &kept)
		switch {
		case err == nil && !bytes.Equal(was, sum[:]):
			return ErrReused
		case err == nil:
			return json.Unmarshal(kept, &answer)
		case !errors.Is(err, pgx.ErrNoRows):
			return err
		}
		if answer, err = act(ctx, tx); err != nil {
			return err
		}
		given, err := json.Marshal(answer)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `insert into people.request (actor, id, fingerprint, answer, recorded_at) values ($1, $2, $3, $4, $5)`,
			r.By.ID, r.ID, sum[:], string(given), p.Now())
		return err
	})
	return answer, err
}

// inTurn waits until nobody else changes the people of a county.
func (p *People) inTurn(ctx context.Context, tx pgx.Tx, county string) error {
	_, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtext('people'), hashtext($1))`, county)
	return err
}

// in refuses who belongs to another county; it looks as if there were nothing.
func (r Request) in() error {
	if r.By.Known() && r.By.County != "" && r.By.County != r.County {
		return people.NotThere("COUNTY")
	}
	return nil
}
