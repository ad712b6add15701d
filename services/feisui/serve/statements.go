package serve

import (
	"context"
	"io"
	"maps"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"feisui/pkg/access"
	"feisui/pkg/civil"
	"feisui/pkg/message"
	"feisui/pkg/sheet"
	"feisui/pkg/web"
	"feisui/services/feisui/report"
	"feisui/services/ledger"
	"feisui/services/ledger/reconcile"
)

// question is what a statement is asked for.
type question struct {
	on, since civil.Date
	community string
	position  int64  // 0: as known now
	format    string // one of formats
	lang      message.Language
}

// formats are those of a statement; the first is the usual one.
var formats = []string{"json", "table", "xlsx"}

// statementIn is the question as it comes in.
type statementIn struct {
	web.OfCounty
	On        string `query:"on" required:"true" example:"2025-12-31" doc:"对账日期 (the date to answer for)"`
	Since     string `query:"since" example:"2025-06-30" doc:"与此前的日期比较 (compare with this earlier date)"`
	Community string `query:"community" example:"431026102001" doc:"只看一个社区，按区划代码 (one community, by its code)"`
	Position  string `query:"position" pattern:"^[0-9]+$" example:"4711" doc:"按第几条记录时所知，取该次登记的末尾 (as known at a position, at the end of its request)"`
	KnownAt   string `query:"known_at" format:"date-time" example:"2025-06-30T18:00:00+08:00" doc:"按某一时刻所知；与 position 只能填一个 (as known at a moment; not with position)"`
	Format    string `query:"format" enum:"json,table,xlsx" doc:"json（缺省）；table：供人阅读的文本；xlsx：整份的表格文件，金额为元 (a table for people; xlsx: all of it as a workbook, in yuan)"`
	Lang      string `query:"lang" enum:"zh-CN,en" doc:"文本和表格的语言，缺省 zh-CN (the language of a table or a workbook)"`
}

// statementOut is the answer: the figures, and the position that they are of.
type statementOut struct {
	Position int64 `header:"Feisui-Position" doc:"数字截至第几条记录 (the position in the journal of which the figures are)"`
	web.Headers

	Body func(huma.Context)
}

// routeStatement registers GET /v1/counties/{county}/statement.
func (s *Server) routeStatement(api *web.API) {
	describeWords(api)
	unprocessable := func(code, chinese string) web.Refusal {
		return web.Refusal{Status: http.StatusUnprocessableEntity, Code: code, Chinese: chinese}
	}
	web.Register(api, huma.Operation{
		OperationID: "statement", Method: http.MethodGet, Path: "/v1/counties/{county}/statement", Tags: []string{"ledger"},
		Summary: "对账单 (the county's statement)",
		Description: "截至任一日期，哪些任务没有带来经费，钱在哪里。金额单位为分；字段含义见 docs/spec/reconciliation.md §9。" +
			" (Which tasks came without their fee and where the money is, as of any date. Amounts are in fen; the fields are those of §9.)",
		Responses: map[string]*huma.Response{"200": {Description: "对账单", Content: map[string]*huma.MediaType{
			"application/json": {Schema: api.SchemaOf(reconcile.CountyStatement{})},
			"text/plain":       {Schema: &huma.Schema{Type: huma.TypeString, Description: "format=table"}},
			web.XLSX:           {Schema: &huma.Schema{Type: huma.TypeString, Description: "format=xlsx"}},
		}}},
		Metadata: map[string]any{web.Sensitive: true},
	}, append([]web.Refusal{
		countyUnknown, blocked,
		{Status: http.StatusForbidden, Code: "WHOLE_COUNTY", Chinese: "全县的对账单只对管全县的角色开放"},
		{Status: http.StatusNotFound, Code: "COMMUNITY_UNKNOWN", Chinese: "没有这个社区"},
		unprocessable("DATE", "不是日期"), unprocessable("SINCE", "since 应早于 on"), unprocessable("TIME", "不是带时区的时刻"),
		unprocessable("ASOF_TWICE", "position 与 known_at 只能填一个"), unprocessable("ASOF_RANGE", "当时还没有记录，或没有这一条"),
		unprocessable("WORD", "不是可选的值"),
	}, web.WorkbookRefusals...), s.statement)
}

// statement answers exactly what reconcile prints for the same facts, as of any
// date, as known at any position. Nothing is written while the book is held: who
// reads slowly keeps nobody from recording.
func (s *Server) statement(ctx context.Context, in *statementIn) (*statementOut, error) {
	county, err := s.county(in.County)
	if err != nil {
		return nil, err
	}
	q, err := s.question(ctx, in, county)
	if err != nil {
		return nil, err
	}
	out := &statementOut{}
	var statement reconcile.CountyStatement
	var names ledger.Names
	if err := county.answersTo(ctx, q.community); err != nil {
		return nil, err
	}
	err = county.asKnown(ctx, q.position, s.calendar, func(then known) error {
		if err := unblocked(then.blocked, q.community); err != nil {
			return err
		}
		book := then.book
		out.Position = then.position
		names = ledger.Names{Departments: maps.Clone(book.Names().Departments), Items: maps.Clone(book.Names().Items)}
		statement, err = q.ask(book, s.calendar)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, q.write(ctx, out, &statement, names)
}

// write fills the answer in with a statement, in the format that is asked for.
func (q *question) write(ctx context.Context, out *statementOut, statement *reconcile.CountyStatement, names ledger.Names) error {
	if q.format != "xlsx" { // which is a file, and counted as one
		if err := web.ReadAtOnce(ctx, rowsOf(statement)); err != nil {
			return err
		}
	}
	switch q.format {
	case "table":
		out.ContentType = "text/plain; charset=utf-8"
		out.Body = web.Body(func(w io.Writer) error { return report.Table(w, q.lang, statement, names) })
	case "xlsx":
		body, err := web.Workbook(ctx, q.lang == message.Chinese, report.Sheets(q.lang, statement, names)...)
		if err != nil {
			return err
		}
		out.Headers = web.HeadersOf(web.XLSX, sheet.Name{English: "statement", Chinese: "对账单"}, "-"+q.on.String()+".xlsx")
		out.Body = body
	default:
		out.ContentType = "application/json"
		out.Body = web.Body(func(w io.Writer) error { return report.JSON(w, statement) })
	}
	return nil
}

// rowsOf is how many lines of tasks, payments and flags a statement gives away.
func rowsOf(c *reconcile.CountyStatement) (rows int) {
	for i := range c.Communities {
		s := &c.Communities[i]
		rows += len(s.Tasks) + len(s.Payments) + len(s.Flags)
	}
	return rows
}

// answersTo refuses a statement that is not for who asks: a community out of
// scope is none. Rights are those of today, whatever date or position is asked for.
func (c *county) answersTo(ctx context.Context, community string) error {
	scope := access.Within(ctx)
	switch {
	case scope.All:
		return nil
	case community == "":
		return wholeCounty()
	case !c.ledger.Within(scope, community):
		return noCommunity(community)
	}
	return nil
}

func noCommunity(code string) error {
	return refuse(http.StatusNotFound, "COMMUNITY_UNKNOWN", "没有这个社区："+code, "no such community: "+code)
}

func (q *question) ask(book *ledger.Book, days civil.Calendar) (c reconcile.CountyStatement, err error) {
	switch {
	case q.community != "":
		c, ok, err := book.Community(q.community, days, q.since, q.on)
		if err == nil && !ok {
			err = noCommunity(q.community)
		}
		return c, err
	case q.since.Given():
		return book.Compare(days, q.since, q.on)
	default:
		return book.County(days, q.on)
	}
}

func (s *Server) question(ctx context.Context, in *statementIn, county *county) (q question, err error) {
	if q.on, err = web.Date("on", in.On); err != nil {
		return q, err
	}
	if in.Since != "" {
		if q.since, err = web.Date("since", in.Since); err != nil {
			return q, err
		}
		if q.since >= q.on {
			return q, refuse(http.StatusUnprocessableEntity, "SINCE", "since 应早于 on", "expected since before on")
		}
	}
	if q.format, err = web.OneOf("format", in.Format, formats...); err != nil {
		return q, err
	}
	lang, err := web.OneOf("lang", in.Lang, string(message.Chinese), string(message.English))
	if err != nil {
		return q, err
	}
	q.community, q.lang = in.Community, message.Language(lang)
	q.position, err = s.known(ctx, county, in.Position, in.KnownAt)
	return q, err
}

// known gives the position to answer from, at the end of a request so that no
// import is seen half done; 0 stands for now.
func (s *Server) known(ctx context.Context, county *county, position, at string) (int64, error) {
	switch {
	case position != "" && at != "":
		return 0, refuse(http.StatusUnprocessableEntity, "ASOF_TWICE", "position 与 known_at 只能填一个", "expected position or known_at, not both")
	case position != "":
		n, err := strconv.ParseInt(position, 10, 64)
		head := county.at()
		if err != nil || n < 1 || n > head {
			return 0, refuse(http.StatusUnprocessableEntity, "ASOF_RANGE", "position 应为 1 至 "+strconv.FormatInt(head, 10), "expected a position from 1 to "+strconv.FormatInt(head, 10))
		}
		return s.journal.Snap(ctx, county.name, n)
	case at != "":
		t, err := time.Parse(time.RFC3339, at)
		if err != nil {
			return 0, refuse(http.StatusUnprocessableEntity, "TIME", "known_at 应为带时区的时刻，如 2025-06-30T18:00:00+08:00", "expected a moment such as 2025-06-30T18:00:00+08:00")
		}
		n, err := s.journal.At(ctx, county.name, t)
		if err == nil && n == 0 {
			err = refuse(http.StatusUnprocessableEntity, "ASOF_RANGE", "当时还没有任何记录", "nothing was recorded by then")
		}
		return n, err
	}
	return 0, nil
}
