package keep

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"log/slog"

	"github.com/jackc/pgx/v5"

	"feisui/services/people"
)

// Key seals the secrets of second factors: who has the database alone has none of them.
// It is kept elsewhere. No key, nil, seals and opens nothing.
type Key struct {
	is   cipher.AEAD
	mark []byte
}

// What stands before what is sealed, and tells by which key. It is of a hash of the key,
// and gives nothing of it away.
const markBytes = 8

// NewKey makes a key of 32 random bytes, for AES-256-GCM.
func NewKey(secret []byte) (*Key, error) {
	if len(secret) != 32 { // others would be another cipher
		return nil, errors.New("a key has 32 bytes")
	}
	block, err := aes.NewCipher(secret)
	if err != nil {
		return nil, err
	}
	is, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	mark := sha256.Sum256(append([]byte("feisui factor key\x00"), secret...))
	return &Key{is, mark[:markBytes]}, nil
}

// seal gives a user's secret as it is kept. It opens for that user alone: in the row of
// another it is nothing.
func (k *Key) seal(user string, secret []byte) []byte {
	return k.is.Seal(bytes.Clone(k.mark), nil, secret, bound(user))
}

// open gives the secret of what was sealed for a user; no when that was by another key or
// for another user, or was changed.
func (k *Key) open(user string, sealed []byte) (secret []byte, ok bool) {
	if k == nil || !bytes.HasPrefix(sealed, k.mark) {
		return nil, false
	}
	secret, err := k.is.Open(nil, nil, sealed[markBytes:], bound(user))
	return secret, err == nil
}

func bound(user string) []byte { return []byte("feisui factor\x00" + user) }

// opened gives a user's secret as it stands in the database: sealed, or as it is, from
// before there was a key; no when it cannot be opened.
func (p *People) opened(ctx context.Context, user string, sealed, secret []byte) ([]byte, bool) {
	if sealed == nil {
		return secret, true
	}
	secret, ok := p.FactorKey.open(user, sealed)
	if !ok {
		secret, ok = p.FactorKeyAlso.open(user, sealed)
	}
	if !ok {
		p.Log.ErrorContext(ctx, "a second factor cannot be opened: its key is missing or another one", slog.String("user", user))
	}
	return secret, ok
}

// noise stands where secrets stood before they were sealed. To a program of that time it
// is a secret of which nobody has a code.
func noise() []byte {
	n := make([]byte, people.FactorBytes)
	rand.Read(n) // never fails, by its documentation
	return n
}

// Factors is what a database has that takes a key.
type Factors struct {
	Sealed   int  // second factors, by whatever key
	Clear    int  // those that stand as they are
	Required bool // of a role, in some county: without a key nobody can set one up, and they must
}

// FactorsOf gives what a database has that takes a key.
func FactorsOf(ctx context.Context, from querier) (f Factors, err error) {
	ctx, cancel := asking(ctx)
	defer cancel()
	err = from.QueryRow(ctx, `
		select count(sealed), count(*) - count(sealed), exists (select from people.county where factor_roles <> '{}') from people.factor`).
		Scan(&f.Sealed, &f.Clear, &f.Required)
	return f, err
}

// SealedBy counts the second factors that a key has sealed: while there are any, it is needed.
func SealedBy(ctx context.Context, from querier, key *Key) (n int, err error) {
	ctx, cancel := asking(ctx)
	defer cancel()
	err = from.QueryRow(ctx, `select count(*) from people.factor where substr(sealed, 1, $2) = $1`, key.mark, markBytes).Scan(&n)
	return n, err
}

// Sealed is what came of sealing a database's second factors.
type Sealed struct {
	Clear   int // that stood as they are, and are sealed now
	Other   int // that FactorKeyAlso had sealed, and FactorKey has now
	Strange int // that neither opens, and stay as they are
}

// SealFactors seals by FactorKey what stands as it is, from before there was a key, and what
// FactorKeyAlso opens: all of it or nothing, and each is open to both keys before and after.
func (p *People) SealFactors(ctx context.Context) (did Sealed, err error) {
	err = p.within(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select user_id::text, secret, sealed from people.factor where sealed is null or substr(sealed, 1, $2) <> $1 for update`,
			p.FactorKey.mark, markBytes)
		if err != nil {
			return err
		}
		b := &pgx.Batch{}
		var user string
		var secret, sealed []byte
		_, err = pgx.ForEachRow(rows, []any{&user, &secret, &sealed}, func() error {
			if sealed == nil {
				b.Queue(`update people.factor set sealed = $2, secret = $3 where user_id = $1`, user, p.FactorKey.seal(user, secret), noise())
				did.Clear++
			} else if secret, ok := p.FactorKeyAlso.open(user, sealed); ok {
				b.Queue(`update people.factor set sealed = $2 where user_id = $1`, user, p.FactorKey.seal(user, secret))
				did.Other++
			} else {
				did.Strange++
			}
			return nil
		})
		if err != nil {
			return err
		}
		return tx.SendBatch(ctx, b).Close()
	})
	return did, err
}
