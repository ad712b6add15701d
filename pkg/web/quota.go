package web

import (
	"context"
	"net/http"
	"net/url"
	"reflect"
	"strconv"

	"feisui/pkg/access"
)

// This file is how much one person takes away: files, and pages of lists that are read one
// after the other.

// Quota bounds what one person takes away. Its errors are answered; who asks is in the
// context, and a record says of what and from where.
type Quota interface {
	// MayTakeFile refuses a file before it is made.
	MayTakeFile(ctx context.Context, r access.Record) error
	// TakeFile counts a file of so many rows that is about to be answered.
	TakeFile(ctx context.Context, r access.Record, rows int) error
	// MayReadOn refuses a page of more than BulkPage rows; it costs nothing.
	MayReadOn(ctx context.Context, r access.Record) error
	// Read counts the rows of a page that was answered.
	Read(ctx context.Context, r access.Record, rows int)
}

// BulkPage is how many rows of a list are read at once by whom nobody stops: what asks for
// more than people look at is refused to who has taken too much.
const BulkPage = 200

// BulkRefusal is what a quota refuses, for the document.
var BulkRefusal = Refusal{http.StatusTooManyRequests, "BULK_READ", "下载或读取过多，稍后再试"}

// counting gives what bounds a request, no where nothing does, and what it is about.
func counting(ctx context.Context) (Quota, access.Record, bool) {
	o, ok := ctx.Value(outcomeKey{}).(*outcome)
	if !ok || o.quota == nil {
		return nil, access.Record{}, false
	}
	r := o.record
	if o.query != "" && !o.exported {
		r.Target = short(r.Target + "?" + o.query)
	}
	return o.quota, r, true
}

// mayRead refuses a page of very many rows to who has read too much.
func mayRead(ctx context.Context) error {
	quota, r, counted := counting(ctx)
	if !counted {
		return nil
	}
	query, err := url.ParseQuery(ctx.Value(outcomeKey{}).(*outcome).query)
	if err != nil {
		return nil //nolint:nilerr // such a query was refused
	}
	if limit, err := strconv.Atoi(query.Get("limit")); err != nil || limit <= BulkPage {
		return nil //nolint:nilerr // the operation says what is wrong with it
	}
	return quota.MayReadOn(ctx, r)
}

// ReadAtOnce counts rows that are about to be answered otherwise than as a page of a list or
// as a file, and refuses them, where they are very many, to who has read too much.
func ReadAtOnce(ctx context.Context, rows int) error {
	quota, r, counted := counting(ctx)
	if !counted {
		return nil
	}
	if rows > BulkPage {
		if err := quota.MayReadOn(ctx, r); err != nil {
			return err
		}
	}
	quota.Read(ctx, r, rows)
	return nil
}

// MayReadMany refuses very many rows, before any is answered, to who has read too much.
func MayReadMany(ctx context.Context) error {
	if quota, r, counted := counting(ctx); counted {
		return quota.MayReadOn(ctx, r)
	}
	return nil
}

// mayTakeFile refuses a file before it is made.
func mayTakeFile(ctx context.Context) error {
	if quota, r, counted := counting(ctx); counted {
		return quota.MayTakeFile(ctx, r)
	}
	return nil
}

// takeFile counts a file that was made, and refuses it to who has taken too much meanwhile.
func takeFile(ctx context.Context, rows int) error {
	if quota, r, counted := counting(ctx); counted {
		return quota.TakeFile(ctx, r, rows)
	}
	return nil
}

// read counts a page that was answered.
func read(ctx context.Context, page any) {
	if quota, r, counted := counting(ctx); counted {
		quota.Read(ctx, r, rowsOf(page))
	}
}

// rowsOf is how many rows a page has: those of its longest list.
func rowsOf(page any) (rows int) {
	v := reflect.Indirect(reflect.ValueOf(page))
	if v.Kind() != reflect.Struct {
		return 0
	}
	for _, f := range v.Fields() {
		if f.Kind() == reflect.Slice {
			rows = max(rows, f.Len())
		}
	}
	return rows
}
