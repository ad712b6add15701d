package journal

import (
	"context"
	"encoding/binary"
	"io"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// copyRows stores rows as one COPY in PostgreSQL's binary format, in which the n-th
// call of row adds the n-th row. pgx can do this from values, and looks for each of
// them how it is encoded: as much work as hashing and chaining the entries. Once it has
// returned, row is not called any more: where the line breaks, pgx returns while it still
// reads what is to be sent.
func copyRows(ctx context.Context, tx pgx.Tx, table, columns string, rows int, row func(f *fields, i int)) error {
	sql, stream := "copy "+table+" ("+columns+") from stdin (format binary)", &copying{rows: rows, row: row}
	defer stream.end()
	if own, ok := tx.(copier); ok {
		return own.CopyIn(ctx, sql, stream)
	}
	_, err := tx.Conn().PgConn().CopyFrom(ctx, stream, sql)
	return err
}

// copier is a transaction that takes a COPY itself, as a simulated one does; pgx's
// leaves it to its connection.
type copier interface {
	CopyIn(ctx context.Context, sql string, rows io.Reader) error
}

// copying is the stream of a COPY, of which it holds a few rows at a time.
type copying struct {
	rows int
	row  func(f *fields, i int)

	mu    sync.Mutex
	next  int
	made  fields // what is not read yet
	from  int
	over  bool // all was made
	ended bool // nobody wants more
}

func (c *copying) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
}

// The beginning and the end of a COPY in the binary format.
const (
	copyHeader  = "PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	copyTrailer = "\xff\xff"
)

func (c *copying) Read(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return 0, io.ErrClosedPipe
	}
	for n := 0; ; {
		k := copy(p[n:], c.made[c.from:])
		n, c.from = n+k, c.from+k
		if n == len(p) {
			return n, nil
		}
		if c.over {
			return n, io.EOF
		}
		c.made, c.from = c.made[:0], 0
		c.more()
	}
}

func (c *copying) more() {
	if c.next == 0 {
		c.made = append(c.made, copyHeader...)
	}
	if c.over = c.next == c.rows; c.over {
		c.made = append(c.made, copyTrailer...)
		return
	}
	c.row(&c.made, c.next)
	c.next++
}

// fields are values as COPY takes them in its binary format: each behind its length.
type fields []byte

// row begins a row of so many columns.
func (f *fields) row(columns int) { *f = binary.BigEndian.AppendUint16(*f, uint16(columns)) }

func (f *fields) length(n int) { *f = binary.BigEndian.AppendUint32(*f, uint32(n)) }

// text adds a text, or a JSON.
func (f *fields) text(s string) {
	f.length(len(s))
	*f = append(*f, s...)
}

// bytes adds a bytea, or a UUID.
func (f *fields) bytes(b []byte) {
	f.length(len(b))
	*f = append(*f, b...)
}

// number adds a bigint.
func (f *fields) number(n int64) {
	f.length(8)
	*f = binary.BigEndian.AppendUint64(*f, uint64(n))
}

var postgresEpoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()

// moment adds a timestamptz.
func (f *fields) moment(t time.Time) { f.number(t.UnixMicro() - postgresEpoch) }

// list adds a text[].
func (f *fields) list(texts []string) {
	size := 12
	if len(texts) > 0 {
		size += 8
	}
	for _, s := range texts {
		size += 4 + len(s)
	}
	f.length(size)
	f.word(min(len(texts), 1)) // dimensions
	f.word(0)                  // none is null
	f.word(pgtype.TextOID)
	if len(texts) > 0 {
		f.word(len(texts))
		f.word(1) // the first has number 1
	}
	for _, s := range texts {
		f.text(s)
	}
}

func (f *fields) word(n int) { *f = binary.BigEndian.AppendUint32(*f, uint32(n)) }
