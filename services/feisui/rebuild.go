package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/google/uuid"

	"feisui/services/ledger/api"
)

type rebuildCmd struct {
	Accept bool `help:"不一致也换用新的，例如换了程序之后 (use the new book although the two differ)."`
	remote
}

// errDiffers says that a book made anew is not the one that was live.
var errDiffers = errors.New("账目与重建的不一致，未换用；查明原因后可加 --accept 换用 (the live book is not what the journal gives, and was left in use)")

// Run has the ledger's book made anew and compared row by row.
func (c *rebuildCmd) Run(ctx context.Context, stdout output, stderr notices) error {
	query := url.Values{}
	if c.Accept {
		query.Set("accept", "true")
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.path("rebuild", query), nil)
	if err != nil {
		return usageError{err}
	}
	r.Header.Set("Request-Id", uuid.NewString())
	var done api.Rebuilt
	if err := c.call(r, func(from io.Reader) error { return json.NewDecoder(from).Decode(&done) }); err != nil {
		return refusedRemotely(err, stderr)
	}
	for _, d := range done.Differences {
		fmt.Fprintln(stderr, d)
	}
	switch {
	case !done.Switched:
		return errDiffers
	case len(done.Differences) > 0:
		_, err = fmt.Fprintf(stdout, "已换用重建的账目，%d 行，截至第 %d 条记录；与原来的不一致 (in use: %[1]d rows at position %[2]d, other than before)\n", done.Rows, done.Position)
	default:
		_, err = fmt.Fprintf(stdout, "账目已从记录重建，%d 行，截至第 %d 条记录，与原来的逐行一致，已换用 (rebuilt, equal row by row, in use: %[1]d rows at position %[2]d)\n", done.Rows, done.Position)
	}
	return err
}
