package keep

import "context"

// Occupy takes all turns of hashing, until they are given back.
func (p *People) Occupy(ctx context.Context) (back func(), err error) {
	var done []func()
	for range hashesMax {
		f, err := p.hasher.turn(ctx)
		if err != nil {
			return nil, err
		}
		done = append(done, f)
	}
	return func() {
		for _, f := range done {
			f()
		}
	}, nil
}

// Hashed is how a secret is kept.
func Hashed(secret string) []byte { return hashed(secret) }
