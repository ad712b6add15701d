package serve

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"

	"feisui/pkg/journal"
	"feisui/pkg/web"
)

// storing are what everything about a county refuses while the database is not
// as it should be.
var storing = []web.Refusal{
	{Status: http.StatusServiceUnavailable, Code: "STORE_FULL", Chinese: "存储空间已满，暂停登记，请清理或扩容"},
	{Status: http.StatusServiceUnavailable, Code: "UNAVAILABLE", Chinese: "数据库暂时连不上，请稍后用同一请求编号重发"},
}

// unstored gives the problem of an error that is the database's, nil for others.
func (s *Server) unstored(ctx context.Context, err error) *problem {
	var p *problem
	switch away := lost(err); {
	case errors.Is(err, journal.ErrUnknownOutcome):
		p = refuse(http.StatusServiceUnavailable, "OUTCOME_UNKNOWN",
			"不能确定是否已登记，请用同一请求编号重发：只会登记一次", "it is not known whether this was recorded: send it again with the same request id, it is recorded once")
	case full(err), away && s.postgres != nil && s.postgres.full():
		p = refuse(http.StatusServiceUnavailable, "STORE_FULL",
			"存储空间已满，本次未登记；已登记的都在，仍可查询。请清理或扩容后，用同一请求编号重发",
			"the store is full and this was not recorded; what was recorded is safe and can be read. Make room, then send the same request again")
	case away:
		p = refuse(http.StatusServiceUnavailable, "UNAVAILABLE",
			"数据库暂时连不上；请稍后用同一请求编号重发，已登记的不会重复", "the database is away: send the same request again later, nothing is recorded twice")
	default:
		return nil
	}
	s.log.WarnContext(ctx, "the database did not take or give something", slog.String("code", p.Code), slog.Any("error", err))
	return p
}

// full reports that there is no room left: the database says so, or the folder
// for uploads.
func full(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && e.Code == "53100" || errors.Is(err, syscall.ENOSPC)
}

// lost reports that a database cannot be reached, or was lost on the way.
func lost(err error) bool {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.SeverityUnlocalized == "PANIC" || slices.Contains([]string{"08", "53", "57"}, e.Code[:2])
	}
	var connect *pgconn.ConnectError
	return errors.As(err, &connect) || pgconn.SafeToRetry(err) || errors.As(err, new(net.Error)) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}
