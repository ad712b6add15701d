package serve

import (
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"feisui/pkg/bus"
	"feisui/pkg/journal"
	"feisui/pkg/web"
	"feisui/services/ledger"
	ledgerapi "feisui/services/ledger/api"
	"feisui/services/ledger/keep"
	peopleapi "feisui/services/people/api"
	"feisui/services/portal"
)

// api registers the routes of what runs here, and has every other say that it
// runs elsewhere.
func (s *Server) api() *web.API {
	api := s.own()
	here := api.Patterns()
	for _, target := range Targets {
		if s.runs(target) {
			continue
		}
		alone := &Server{log: s.log, targets: []string{target}}
		for _, pattern := range alone.own().Patterns() {
			if !slices.Contains(here, pattern) {
				api.Elsewhere(pattern, refuse(http.StatusMisdirectedRequest, "ELSEWHERE",
					"本进程不运行 "+target+"，请改向运行它的进程提出（feisui run --target "+target+"）",
					"this process does not run "+target+": ask the one that does (feisui run --target "+target+")"))
			}
		}
	}
	return api
}

// own registers every route of what runs here; each part does so for its own.
func (s *Server) own() *web.API {
	table, err := rights()
	if err != nil {
		s.log.Error("nothing is answered but to nobody", slog.Any("error", err)) // Open has refused to start
	}
	api := web.New(web.Options{
		Info: &huma.Info{
			Title: "费随 Feisui", Version: "1",
			Description: "费随事转：谁交办，谁出钱。登记一行或一份表格，按任一日期出对账单。\n\n" +
				"The fee follows the task: record rows or workbooks, ask for statements as of any date.\n\n" +
				"只会增加字段和网址，不会改变已有的含义 (this interface grows: what is here keeps its meaning).",
		},
		Tags: tags, Log: s.log, Explain: s.explain, Guard: s.strange, Unknown: unknown, Refusals: storing,
		Access: table, Who: s.who, Credentials: peopleapi.Credentials, Trail: s.trail,
	})
	s.routeRows(api)
	if s.runs("import") {
		s.routeImports(api)
		s.routePrepared(api)
		s.routeTemplates(api)
	}
	if s.runs("act") {
		s.routeActs(api)
		s.routeBank(api)
	}
	if s.runs("ledger") {
		s.routeStatement(api)
		s.routeVerify(api)
		ledgerapi.Routes(api, ledgerapi.Source{
			Ledger: s.ledger, Journal: func() *journal.Journal { return s.journal }, Closing: s.leaving, Cases: s.answerable, Waived: s.waived,
			Calendar: s.calendar, Words: portal.Word,
			Blocked: func(account string, b ledger.Block) error { return &errBlocked{account, b} },
		})
	}
	if s.runs("people") {
		peopleapi.Routes(api, s.source())
	}
	s.routeHealth(api)
	return api
}

// tags are the services that own what is recorded, and what stands beside them.
var tags = []*huma.Tag{
	{Name: "registry", Description: "社区、部门、事项、挂牌目录：谁是谁，有哪些事"},
	{Name: "admission", Description: "准入：哪些事可以进社区"},
	{Name: "task", Description: "交办、回执、办结"},
	{Name: "fund", Description: "承诺、拨付、到账"},
	{Name: "burden", Description: "挂牌和其他负担"},
	{Name: "imports", Description: "整份表格，要么全部登记，要么全部不登记"},
	{Name: "act", Description: "按流程办理：交办、接收、办结……谁在什么时候可以办什么"},
	{Name: "ledger", Description: "对账单"},
	{Name: "people", Description: "登录、人员、授权、审计日志：谁在操作，谁能做什么"},
	{Name: "system", Description: "服务本身"},
}

// Document is the OpenAPI document of what a server answers, without a server.
func Document() ([]byte, error) {
	return (&Server{log: slog.New(slog.DiscardHandler)}).api().Document()
}

// unknown says of a row for a sheet that there is none that there is no such sheet.
func unknown(r *http.Request) *problem {
	parts := strings.Split(r.URL.Path, "/")
	if r.Method != http.MethodPost || len(parts) != 5 || parts[1] != "v1" || parts[2] != "counties" {
		return nil
	}
	return refuse(http.StatusNotFound, "SHEET_UNKNOWN", "没有这类数据："+parts[4], "no such sheet: "+parts[4])
}

// county is the county that a path names.
func (s *Server) county(name string) (*county, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.counties[name]
	if l == nil {
		return nil, web.NoCounty(name)
	}
	return l, nil
}

// ledger is the ledger of the county that a path names.
func (s *Server) ledger(name string) (*keep.Ledger, error) {
	c, err := s.county(name)
	if err != nil {
		return nil, err
	}
	return c.ledger, nil
}

// event is an entry as it goes out on the bus: CloudEvents 1.0 in headers, the
// entry's bytes as they are.
func event(e journal.Entry) bus.Message {
	return bus.Message{
		Subject: bus.Subject(e.County, e.Type), Position: e.Position, ID: e.ID.String(), Data: e.Data,
		Header: map[string]string{
			"ce-specversion": "1.0", "ce-id": e.ID.String(), "ce-source": "/counties/" + e.County, "ce-type": e.Type,
			"ce-subject": e.Stream, "ce-time": e.RecordedAt.UTC().Format(time.RFC3339Nano), "content-type": "application/json",
			"ce-dataschema": "urn:feisui:event:" + e.Type, "ce-position": strconv.FormatInt(e.Position, 10),
			"ce-version": strconv.FormatInt(e.Version, 10), "ce-request": strings.ToValidUTF8(e.Request, "?"),
		},
	}
}

// recordedAt is when an entry was recorded, by which it is too old for the bus or not.
func recordedAt(e journal.Entry) time.Time { return e.RecordedAt }
