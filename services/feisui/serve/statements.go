package serve

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"feisui/pkg/civil"
	"feisui/pkg/message"
	"feisui/services/feisui/report"
	"feisui/services/ledger"
	"feisui/services/ledger/reconcile"
)

// question is what a statement is asked for.
type question struct {
	on, since civil.Date
	community string
	position  int64 // 0: as known now
	table     bool
	lang      message.Language
}

// statement answers GET /v1/counties/{county}/statement: exactly what reconcile
// prints for the same facts, as of any date, as known at any position.
func (s *Server) statement(w http.ResponseWriter, r *http.Request) error {
	county, err := s.county(r)
	if err != nil {
		return err
	}
	q, err := s.question(r, county)
	if err != nil {
		return err
	}
	return s.withBook(r.Context(), county, q.position, func(book *ledger.Book, position int64) error {
		statement, err := q.ask(book, s.calendar)
		if err != nil {
			return err
		}
		w.Header().Set("Feisui-Position", strconv.FormatInt(position, 10))
		w.Header().Set("Cache-Control", "no-store")
		if q.table {
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			return report.Table(w, q.lang, &statement, book.Names())
		}
		w.Header().Set("Content-Type", "application/json")
		return report.JSON(w, &statement)
	})
}

// withBook gives f the live book, or the one that was known at a position.
func (s *Server) withBook(ctx context.Context, county *live, position int64, f func(*ledger.Book, int64) error) error {
	if position == 0 {
		return county.read(f)
	}
	book, err := asKnown(ctx, s.journal, county.county, position)
	if err != nil {
		return err
	}
	return f(book, position)
}

func (q *question) ask(book *ledger.Book, days civil.Calendar) (c reconcile.CountyStatement, err error) {
	switch {
	case q.community != "":
		c, ok, err := book.Community(q.community, days, q.since, q.on)
		if err == nil && !ok {
			err = refuse(http.StatusNotFound, "COMMUNITY_UNKNOWN", "没有这个社区："+q.community, "no such community: "+q.community)
		}
		return c, err
	case q.since.Given():
		return book.Compare(days, q.since, q.on)
	default:
		return book.County(days, q.on)
	}
}

func (s *Server) question(r *http.Request, county *live) (q question, err error) {
	in := r.URL.Query()
	if q.on, err = dateIn("on", in.Get("on")); err != nil {
		return q, err
	}
	if text := in.Get("since"); text != "" {
		if q.since, err = dateIn("since", text); err != nil {
			return q, err
		}
		if q.since >= q.on {
			return q, refuse(http.StatusUnprocessableEntity, "SINCE", "since 应早于 on", "expected since before on")
		}
	}
	q.community, q.table, q.lang = in.Get("community"), in.Get("format") == "table", message.Chinese
	if in.Get("lang") == string(message.English) {
		q.lang = message.English
	}
	q.position, err = s.known(r.Context(), county, in.Get("position"), in.Get("known_at"))
	return q, err
}

func dateIn(name, text string) (civil.Date, error) {
	d, err := civil.Read(strings.TrimSpace(text))
	if err != nil {
		return 0, refuse(http.StatusUnprocessableEntity, "DATE", name+" 应为日期，如 2025-06-30，现为“"+text+"”", name+": expected a date such as 2025-06-30, found \""+text+"\"")
	}
	return d, nil
}

// known gives the position to answer from, at the end of a request so that no
// import is seen half done; 0 stands for now.
func (s *Server) known(ctx context.Context, county *live, position, at string) (int64, error) {
	switch {
	case position != "" && at != "":
		return 0, refuse(http.StatusUnprocessableEntity, "ASOF_TWICE", "position 与 known_at 只能填一个", "expected position or known_at, not both")
	case position != "":
		n, err := strconv.ParseInt(position, 10, 64)
		head := county.at()
		if err != nil || n < 1 || n > head {
			return 0, refuse(http.StatusUnprocessableEntity, "ASOF_RANGE", "position 应为 1 至 "+strconv.FormatInt(head, 10), "expected a position from 1 to "+strconv.FormatInt(head, 10))
		}
		return s.journal.Snap(ctx, county.county, n)
	case at != "":
		t, err := time.Parse(time.RFC3339, at)
		if err != nil {
			return 0, refuse(http.StatusUnprocessableEntity, "TIME", "known_at 应为带时区的时刻，如 2025-06-30T18:00:00+08:00", "expected a moment such as 2025-06-30T18:00:00+08:00")
		}
		n, err := s.journal.At(ctx, county.county, t)
		if err == nil && n == 0 {
			err = refuse(http.StatusUnprocessableEntity, "ASOF_RANGE", "当时还没有任何记录", "nothing was recorded by then")
		}
		return n, err
	}
	return 0, nil
}
