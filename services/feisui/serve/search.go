package serve

import (
	"context"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"feisui/pkg/access"
	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/pkg/web"
	"feisui/services/feisui/act"
)

func (s *Server) routeSearch(api *web.API) {
	web.Register(api, huma.Operation{
		OperationID: "search", Method: http.MethodGet, Path: "/v1/counties/{county}/search", Tags: []string{"act"},
		Summary: "查找 (search)",
		Description: "任务（单号）、社区、部门、事项（编码、名称）、拨付（凭证号）、文号和准入编号、未决的准入申请（编号、依据文号、事项、部门）、牌子（牌号、名称）。各类最多 20 条，编号完全相同的在前；另说明一共几条。" +
			"全角半角、大小写、各种括号、空格、文号中的“第”和前导零不计。名称对所有业务角色开放，其余只在各自的范围内查找。" +
			" (Tasks, communities, departments, items, payments, documents and admissions, applications that are not decided, plaques. At most 20 of a kind, those whose number it is first, and how many there are." +
			" Width, case, kinds of brackets and spaces make no difference. Names are for every role, the rest within the asker's scope.)",
	}, []web.Refusal{
		countyUnknown, blocked, {Status: http.StatusUnprocessableEntity, Code: "Q", Chinese: "q 应为 1 至 100 个字"},
	}, s.search)
}

type (
	searchIn struct {
		web.OfCounty
		Q string `query:"q" required:"true" example:"费转督〔2026〕12号" doc:"要查找的内容，1 至 100 个字 (1 to 100 characters)"`
	}
	searchOut struct{ Body SearchFound }
)

// SearchFound is what a text was found in.
type SearchFound struct {
	Day         civil.Date    `json:"day" doc:"县里的今天 (the county's day)"`
	Q           string        `json:"q" doc:"查找的内容 (what was looked for)"`
	Total       int           `json:"total" doc:"各类合计 (of all kinds together)"`
	Tasks       FoundTasks    `json:"tasks"`
	Communities FoundNames    `json:"communities"`
	Departments FoundNames    `json:"departments" doc:"包括街道 (streets too)"`
	Items       FoundNames    `json:"items"`
	Payments    FoundPayments `json:"payments"`
	Documents   FoundPapers   `json:"documents"`
	Plaques     FoundPlaques  `json:"plaques"`

	Applications FoundApplications `json:"applications" doc:"没有准入记录的申请：尚未决定、未予准入、撤回、失效等 (applications of which nothing is admitted: undecided, denied, withdrawn, lapsed)"`
}

// FoundApplications are applications for admission.
type FoundApplications struct {
	Total int                `json:"total"`
	Hits  []FoundApplication `json:"hits"`
}

// FoundApplication is an application of which nothing is admitted.
type FoundApplication struct {
	No         string `json:"no"`
	Department string `json:"department"`
	Item       string `json:"item,omitempty"`
	Name       string `json:"name,omitempty" doc:"不是工作事项的，名称 (what it is called, where it is not for an item)"`
	Document   string `json:"document,omitempty" doc:"依据文号 (the document that it cites)"`
	State      Words  `json:"state" doc:"状态名称 (the state's name)"`
}

// FoundTasks are tasks.
type FoundTasks struct {
	Total int         `json:"total"`
	Hits  []FoundTask `json:"hits"`
}

// FoundTask is a task.
type FoundTask struct {
	No         string `json:"no"`
	Department string `json:"department"`
	Community  string `json:"community"`
	Item       string `json:"item"`
}

// FoundNames are of one kind in the directory.
type FoundNames struct {
	Total int         `json:"total"`
	Hits  []FoundName `json:"hits"`
}

// FoundName is a code and what it stands for.
type FoundName struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

// FoundPayments are payments.
type FoundPayments struct {
	Total int            `json:"total"`
	Hits  []FoundPayment `json:"hits"`
}

// FoundPayment is a payment.
type FoundPayment struct {
	Voucher    string     `json:"voucher"`
	Payer      string     `json:"payer"`
	Payee      string     `json:"payee"`
	Community  string     `json:"community,omitempty" doc:"受益社区 (the community it is for)"`
	PaidOn     civil.Date `json:"paid_on"`
	ReversedOn civil.Date `json:"reversed_on,omitzero"`
	Amount     money.Fen  `json:"amount" doc:"分 (in fen)"`
}

// FoundPapers are documents.
type FoundPapers struct {
	Total int          `json:"total"`
	Hits  []FoundPaper `json:"hits"`
}

// FoundPaper is a document, and what it belongs to.
type FoundPaper struct {
	Document string `json:"document" doc:"文号；没有文号的准入为准入编号 (its number; of an admission without a document the admission's)"`
	Kind     string `json:"kind" doc:"task: 交办依据；admission: 准入；order: 督办单；rectification: 整改通知书"`
	Workflow string `json:"workflow"`
	Instance string `json:"instance"`
}

// FoundPlaques are plaques.
type FoundPlaques struct {
	Total int           `json:"total"`
	Hits  []FoundPlaque `json:"hits"`
}

// FoundPlaque is a plaque.
type FoundPlaque struct {
	No         string     `json:"no"`
	Title      string     `json:"title"`
	Department string     `json:"department"`
	Community  string     `json:"community"`
	HungOn     civil.Date `json:"hung_on"`
	RemovedOn  civil.Date `json:"removed_on,omitzero"`
}

// searchMax is how many characters may be looked for.
const searchMax = 100

func (s *Server) search(ctx context.Context, in *searchIn) (*searchOut, error) {
	q := strings.TrimSpace(in.Q)
	if n := utf8.RuneCountInString(q); n < 1 || n > searchMax || !utf8.ValidString(q) {
		return nil, refuse(http.StatusUnprocessableEntity, "Q", "请填写要查找的内容，1 至 100 个字", "q: expected 1 to 100 characters")
	}
	out := &searchOut{}
	err := s.seeing(ctx, in.County, func(c *act.County) error {
		f, err := c.Search(q, access.Within(ctx))
		out.Body = SearchFound{
			Day: c.Flows.Day(), Q: q,
			Tasks:       FoundTasks{f.Tasks.Total, each(f.Tasks.Hits, func(h act.FoundTask) FoundTask { return FoundTask(h) })},
			Communities: namesFound(f.Communities), Departments: namesFound(f.Departments), Items: namesFound(f.Items),
			Payments:  FoundPayments{f.Payments.Total, each(f.Payments.Hits, func(h act.FoundPayment) FoundPayment { return FoundPayment(h) })},
			Documents: FoundPapers{f.Documents.Total, each(f.Documents.Hits, func(h act.FoundDocument) FoundPaper { return FoundPaper(h) })},
			Plaques:   FoundPlaques{f.Plaques.Total, each(f.Plaques.Hits, func(h act.FoundPlaque) FoundPlaque { return FoundPlaque(h) })},
			Total: f.Tasks.Total + f.Communities.Total + f.Departments.Total + f.Items.Total + f.Payments.Total +
				f.Documents.Total + f.Plaques.Total + f.Applications.Total,
			Applications: FoundApplications{f.Applications.Total, each(f.Applications.Hits, func(h act.FoundApplication) FoundApplication {
				return FoundApplication{h.No, h.Department, h.Item, h.Name, h.Document, wordsOf(h.State)}
			})},
		}
		return err
	})
	return out, err
}

func namesFound(h act.Hits[act.FoundName]) FoundNames {
	return FoundNames{h.Total, each(h.Hits, func(n act.FoundName) FoundName { return FoundName(n) })}
}

func each[A, B any](all []A, of func(A) B) []B {
	list := make([]B, len(all))
	for i, a := range all {
		list[i] = of(a)
	}
	return list
}
