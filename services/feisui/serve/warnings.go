package serve

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"feisui/pkg/access"
	"feisui/pkg/civil"
	"feisui/pkg/sheet"
	"feisui/pkg/web"
	"feisui/services/feisui/act"
	"feisui/services/portal"
)

// routeWarnings registers the list of what must be answered.
func (s *Server) routeWarnings(api *web.API) {
	web.Register(api, huma.Operation{
		OperationID: "warnings", Method: http.MethodGet, Path: "/v1/counties/{county}/warnings", Tags: []string{"act"},
		Summary: "须答复的提示 (what must be answered)",
		Description: "交办时指出、须随办理答复的（S2，如 R14、R16），和体外派发（R74）、转交不明来源（R19）、应急先行未补办（R21）；各部门答复了没有、怎样答复。未答复的在前，红的在前，再依日期最近的在前。" +
			" (What was pointed out with a step and answered with it, and work given outside the system, relayed without its origin, or begun in an emergency without papers, answered in a case:" +
			" by whom, and how. What is not answered first, red first, then the latest.)",
		Responses: api.Listed(Warnings{}),
	}, slices.Concat([]web.Refusal{
		countyUnknown, blocked,
		{Status: http.StatusUnprocessableEntity, Code: "LIMIT", Chinese: "limit 应为 1 至 500"},
		{Status: http.StatusUnprocessableEntity, Code: "WORD", Chinese: "不是可选的值"},
		{Status: http.StatusUnprocessableEntity, Code: "AFTER", Chinese: "after 不是上一页给出的值"},
	}, web.ExportRefusals), s.warnings)
}

type warningsIn struct {
	web.OfCounty
	Department string `query:"department" example:"D01" doc:"只看这个部门或街道的 (of this department or street alone)"`
	Rule       string `query:"rule" example:"R14" doc:"只看这条规则的 (of this rule alone)"`
	State      string `query:"state" enum:"answered,unanswered,settled" doc:"answered 已答复，unanswered 未答复，settled 不再要求答复 (of this state alone)"`
	After      string `query:"after" doc:"上一页的 next；空则为第一页 (next of the page before; empty for the first)"`
	Limit      string `query:"limit" example:"50" doc:"最多几条，1 至 500，缺省 50 (at most so many)"`
	web.Export
}

// Warnings is a page of what must be answered.
type Warnings struct {
	Day         civil.Date     `json:"day" doc:"县里的今天 (the county's day)"`
	Warnings    []ToAnswer     `json:"warnings" doc:"未答复的在前，红的在前，最近的在前 (not answered first, red first, the latest first)"`
	Total       int            `json:"total" doc:"符合条件的一共几条 (how many there are of those that were asked for)"`
	Departments []AnswerCounts `json:"departments" doc:"各单位几条，不论问的是哪些；未答复多的在前 (how many by who answers, whatever was asked for; who has most to answer first)"`
	Next        string         `json:"next,omitempty" doc:"还有下一页：以此为 after (there are more: ask for those after it)"`
}

// AnswerCounts is how many of whom were answered.
type AnswerCounts struct {
	Department string `json:"department"`
	Answered   int    `json:"answered"`
	Unanswered int    `json:"unanswered"`
	Settled    int    `json:"settled" doc:"不再要求答复的：事由已消失，或督办已豁免、撤销 (of which no answer is asked any more)"`
}

// ToAnswer is something that was pointed out and must be answered.
type ToAnswer struct {
	Rule       string     `json:"rule" example:"R14"`
	Severity   string     `json:"severity" doc:"S1 红，S2 黄 (red, amber)" example:"S2"`
	Department string     `json:"department" doc:"由谁答复 (who answers)"`
	Community  string     `json:"community,omitempty"`
	Workflow   string     `json:"workflow"`
	Instance   string     `json:"instance"`
	Item       string     `json:"item,omitempty" doc:"哪个事项 (of which item)"`
	What       string     `json:"what,omitempty" doc:"体外派发的内容 (what was given outside the system)"`
	On         civil.Date `json:"on"`
	Found      Words      `json:"found" doc:"指出的是什么 (what was pointed out)"`
	State      string     `json:"state" doc:"answered、unanswered、settled"`
	Answer     string     `json:"answer,omitempty" doc:"怎样答复的 (what was answered)"`
	AnsweredOn civil.Date `json:"answered_on,omitzero"`
	Case       string     `json:"case,omitempty" doc:"在哪件督办里答复；空则随办理答复 (the case in which it is answered; empty: with the step)"`
}

func (in *warningsIn) page() (after, limit int, err error) {
	file, err := in.AsFile(in.After, in.Limit)
	if err != nil {
		return 0, 0, err
	}
	if _, err := web.OneOf("state", in.State, "", act.Answered, act.Unanswered, act.Settled); err != nil {
		return 0, 0, err
	}
	if limit = linesUsual; file {
		limit = web.ExportMax
	}
	if in.Limit != "" {
		if limit, err = strconv.Atoi(in.Limit); err != nil || limit < 1 || limit > linesMax {
			return 0, 0, refuse(http.StatusUnprocessableEntity, "LIMIT", "limit 应为 1 至 500 的整数", "limit: expected a whole number from 1 to 500")
		}
	}
	if in.After != "" {
		if after, err = strconv.Atoi(in.After); err != nil || after < 1 {
			return 0, 0, refuse(http.StatusUnprocessableEntity, "AFTER", "after 不是上一页给出的值", "after: expected next of the page before")
		}
	}
	return after, limit, nil
}

func (in *warningsIn) wants(p *act.Pointed) bool {
	return (in.Department == "" || p.Responsible == in.Department) && (in.Rule == "" || p.Rule == in.Rule) && (in.State == "" || p.State == in.State)
}

func (s *Server) warnings(ctx context.Context, in *warningsIn) (*web.Listing, error) {
	after, limit, err := in.page()
	if err != nil {
		return nil, err
	}
	out, names := Warnings{Warnings: []ToAnswer{}, Departments: []AnswerCounts{}}, called{}
	err = s.seeing(ctx, in.County, func(c *act.County) error {
		out.Day, names = c.Flows.Day(), calledIn(c, &in.Export)
		last := 0
		for _, p := range c.Pointed(access.Within(ctx)) {
			out.count(&p)
			if !in.wants(&p) {
				continue
			}
			switch out.Total++; {
			case after > 0 && p.Order() <= after:
			case len(out.Warnings) == limit:
				out.Next = strconv.Itoa(last)
			default:
				out.Warnings, last = append(out.Warnings, toAnswer(&p)), p.Order()
			}
		}
		slices.SortStableFunc(out.Departments, func(a, b AnswerCounts) int { return b.Unanswered - a.Unanswered })
		return nil
	})
	return listing(ctx, &in.Export, err, &out, out.Next != "", func() *sheet.Table { return warningTable(out.Warnings, names) }, out.Day)
}

func (w *Warnings) count(p *act.Pointed) {
	i := slices.IndexFunc(w.Departments, func(c AnswerCounts) bool { return c.Department == p.Responsible })
	if i < 0 {
		i, w.Departments = len(w.Departments), append(w.Departments, AnswerCounts{Department: p.Responsible})
	}
	switch c := &w.Departments[i]; p.State {
	case act.Answered:
		c.Answered++
	case act.Unanswered:
		c.Unanswered++
	default:
		c.Settled++
	}
}

func toAnswer(p *act.Pointed) ToAnswer {
	return ToAnswer{
		Rule: p.Rule, Severity: p.Severity, Department: p.Responsible, Community: p.Community, Workflow: p.Key.Workflow, Instance: p.Key.ID,
		Item: p.Item, What: p.What,
		On: p.On, Found: Words{p.Chinese, p.English}, State: p.State, Answer: p.Answer, AnsweredOn: p.AnsweredOn, Case: p.Case,
	}
}

func warningTable(lines []ToAnswer, k called) *sheet.Table {
	return &sheet.Table{Name: sheet.Name{English: "warnings", Chinese: "须答复的提示"}, Columns: []sheet.Name{
		{English: "rule", Chinese: "规则"}, {English: "severity", Chinese: "轻重"}, {English: "department_name", Chinese: "由谁答复"}, {English: "community_name", Chinese: "社区"},
		{English: "instance", Chinese: "编号"}, {English: "on", Chinese: "日期"}, {English: "found", Chinese: "指出"}, {English: "state_name", Chinese: "是否答复"},
		{English: "answer", Chinese: "答复"}, {English: "answered_on", Chinese: "答复日期"}, {English: "case", Chinese: "督办"},
		{English: "workflow", Chinese: "流程代码"}, {English: "department", Chinese: "部门代码"}, {English: "community", Chinese: "社区代码"}, {English: "state", Chinese: "状态代码"},
	}, Stream: func(yield func([]any, error) bool) {
		for i := range lines {
			l := &lines[i]
			row := []any{
				l.Rule, l.Severity, k.name(l.Department), k.name(l.Community), l.Instance, l.On, l.Found.name(), portal.Word("answer", l.State),
				l.Answer, l.AnsweredOn, l.Case, l.Workflow, l.Department, l.Community, l.State,
			}
			if !yield(row, nil) {
				return
			}
		}
	}}
}
