package keep

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"feisui/pkg/journal"
)

// At is the position that the book of a county has passed, whichever process
// keeps it; 0 when there is none yet.
func At(ctx context.Context, pool journal.Database, county string) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, readMax)
	defer cancel()
	at, err := read(ctx, pool, `where county = $1 and live`, county)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	return at.position, err
}
