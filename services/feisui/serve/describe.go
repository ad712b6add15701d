package serve

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"feisui/pkg/sheet"
	"feisui/pkg/web"
	"feisui/pkg/workbook"
	"feisui/services/feisui/record"
	"feisui/services/ledger/reconcile"
)

// This file says in the document what a row of each sheet takes, as the record
// door reads it, and which words a statement uses.

// owners are the services that decide on the rows of a sheet.
var owners = map[string]string{
	"communities": "registry", "departments": "registry", "items": "registry", "plaque_catalogue": "registry",
	"admissions": "admission",
	"tasks":      "task", "receipts": "task", "completions": "task",
	"commitments": "fund", "payments": "fund", "arrivals": "fund",
	"plaques": "burden", "burdens": "burden",
}

// routeRows registers POST /v1/counties/{county}/SHEET for every sheet.
func (s *Server) routeRows(api *web.API) {
	for i := range record.Layout {
		sheet := &record.Layout[i]
		if !s.runs(owners[sheet.Name]) {
			continue
		}
		web.Register(api, huma.Operation{
			OperationID: "record_" + sheet.Name, Method: http.MethodPost, Path: "/v1/counties/{county}/" + sheet.Name,
			Tags:    []string{owners[sheet.Name]},
			Summary: "登记一行" + sheet.Chinese + " (record a row of " + sheet.Name + ")",
			Description: "与表格中同样的一行同样判断：早已登记过的不变，空着的格子可以补充，已有的内容只有更正（correct=true）才能改写。列名用英文或中文。" +
				"一个人只登记已经发生的、新的事实：已由流程办理的编号、改变已登记内容的，按流程办理或由另一人确认；操作员除外。" +
				" (Decided as the same row of a workbook: what is known changes nothing, and what differs is refused unless correct=true." +
				" Columns by their English or Chinese names. One person records new facts that have happened: what a workflow's instance stands behind," +
				" and what changes something recorded, goes by the workflow or takes a second person; the operator's rows do not.)",
			Metadata:    map[string]any{web.Instead: instead[sheet.Name]},
			RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": rowMedia(api, sheet)}},
		}, append([]web.Refusal{
			{Status: http.StatusBadRequest, Code: "JSON", Chinese: "不是一个 JSON 对象"},
			{Status: http.StatusUnprocessableEntity, Code: "FIELD", Chinese: "一列应为一个文本或数字，且只填一次"},
			{Status: http.StatusUnprocessableEntity, Code: "FIELD_UNKNOWN", Chinese: "没有这一列"},
		}, slices.Concat(recording, notMine, notAlone)...), func(ctx context.Context, in *rowIn) (*importedOut, error) {
			return s.rows(ctx, sheet, in)
		})
	}
}

// rowMedia describes a row by the English names of its columns and by the
// Chinese ones. Names may be mixed; that is accepted, and not recommended.
func rowMedia(api *web.API, sheet *workbook.Sheet) *huma.MediaType {
	columns := record.Describe(sheet.Name)
	english := &huma.Schema{Type: huma.TypeObject, Title: sheet.Chinese, Properties: map[string]*huma.Schema{}, AdditionalProperties: false}
	chinese := &huma.Schema{Type: huma.TypeObject, Title: sheet.Chinese, Properties: map[string]*huma.Schema{}, AdditionalProperties: false}
	for _, c := range columns {
		example := exampleOf(sheet.Name, c.Name)
		english.Properties[c.Name] = columnSchema(&c, c.Chinese, example)
		chinese.Properties[c.Chinese] = columnSchema(&c, c.Name, inChinese(&c, example))
		if c.Required {
			english.Required, chinese.Required = append(english.Required, c.Name), append(chinese.Required, c.Chinese)
		}
	}
	media := &huma.MediaType{
		Schema: &huma.Schema{AnyOf: []*huma.Schema{
			api.Schema("row."+sheet.Name, english), api.Schema("row."+sheet.Name+".zh-CN", chinese),
		}},
		Examples: map[string]*huma.Example{},
	}
	for _, e := range examples[sheet.Name] {
		value, translated := map[string]string{}, map[string]string{}
		for _, c := range columns {
			if text := e.row[c.Name]; text != "" {
				value[c.Name], translated[c.Chinese] = text, inChinese(&c, text)
			}
		}
		media.Examples[e.name] = &huma.Example{Summary: e.about, Value: value}
		media.Examples[e.name+".zh-CN"] = &huma.Example{Summary: e.about + "，中文列名", Value: translated}
	}
	return media
}

// kinds say what a column takes, in words that a user of the sheet knows.
var kinds = map[record.Kind]sheet.Name{
	record.Text:     {Chinese: "文本", English: "text"},
	record.Code:     {Chinese: "编码或编号", English: "a code or number"},
	record.Division: {Chinese: "区划代码：社区 12 位，街道乡镇 9 位", English: "a division's code: 12 digits of a community, 9 of a street"},
	record.Date:     {Chinese: "日期：2025-03-01、2025/3/1 或 2025年3月1日", English: "a date, such as 2025-03-01 or 2025/3/1"},
	record.Amount: {
		Chinese: "金额，元：1200.50、1,200.50、1200元或 8.35万元，最多到分",
		English: "an amount in yuan, such as 1200.50 or 1,200.50, to the fen at most",
	},
	record.Number:  {Chinese: "数", English: "a number"},
	record.Count:   {Chinese: "整数", English: "a whole number"},
	record.Rate:    {Chinese: "金额，元；经费方式为按比例时是百分数", English: "an amount in yuan; of the rule ratio a number of percent"},
	record.Word:    {Chinese: "可选的值，中英文均可", English: "one of a few words, in English or Chinese"},
	record.Purpose: {Chinese: "task:交办单号、item:事项编码、department 或 general", English: "task:NO, item:CODE, department or general"},
	record.List:    {Chinese: "编码，以分号分隔", English: "codes, between semicolons"},
	record.Payers:  {Chinese: "部门代码:权重，可加 @拨付时限，以分号分隔", English: "CODE:WEIGHT, where wanted with @DATE, between semicolons"},
}

// numeric are the kinds of which a JSON number is as good as a text.
var numeric = map[record.Kind]bool{
	record.Code: true, record.Division: true, record.Amount: true, record.Number: true, record.Count: true, record.Rate: true,
}

func columnSchema(c *record.Column, title, example string) *huma.Schema {
	s := &huma.Schema{Title: title, Description: kinds[c.Kind].Chinese, Type: huma.TypeString}
	if c.Required {
		one := 1
		s.MinLength = &one
	}
	if numeric[c.Kind] {
		s.Type, s.Extensions = "", map[string]any{"type": []string{huma.TypeString, huma.TypeNumber}}
	}
	for _, word := range c.Words {
		s.Enum = append(s.Enum, word)
	}
	if example != "" {
		s.Examples = []any{example}
	}
	return s
}

// inChinese gives the Chinese word of a column that has words.
func inChinese(c *record.Column, text string) string {
	for i := 0; i+1 < len(c.Words); i += 2 {
		if c.Words[i] == text {
			return c.Words[i+1]
		}
	}
	return text
}

// exampleOf gives a value of a column that an example row has.
func exampleOf(sheet, column string) string {
	for _, e := range examples[sheet] {
		if text := e.row[column]; text != "" {
			return text
		}
	}
	return ""
}

// describeWords lists the words that a statement uses for states and rules.
func describeWords(api *web.API) {
	api.Alias(reconcile.Lamp(""), lampSchema{})
	api.Alias(reconcile.State(""), stateSchema{})
	api.Alias(reconcile.Status(""), statusSchema{})
	api.Alias(reconcile.FlagRule(""), ruleSchema{})
}

type (
	lampSchema   struct{}
	stateSchema  struct{}
	statusSchema struct{}
	ruleSchema   struct{}
)

// Schema of each lists its words.
func (lampSchema) Schema(huma.Registry) *huma.Schema {
	return wordsSchema("亮灯：红、黄、蓝、绿", reconcile.Red, reconcile.Yellow, reconcile.Blue, reconcile.Green)
}

// Schema lists the states.
func (stateSchema) Schema(huma.Registry) *huma.Schema {
	return wordsSchema("任务状态", reconcile.Recalled, reconcile.Completed, reconcile.Accepted, reconcile.Rejected,
		reconcile.Suspended, reconcile.ConditionalAccept, reconcile.Lapsed, reconcile.Issued)
}

// Schema lists the statuses.
func (statusSchema) Schema(huma.Registry) *huma.Schema {
	return wordsSchema("经费状态", reconcile.Void, reconcile.Undetermined, reconcile.NoFee, reconcile.Funded,
		reconcile.FundedLate, reconcile.Pending, reconcile.Unfunded, reconcile.Underfunded)
}

// Schema lists the rules.
func (ruleSchema) Schema(huma.Registry) *huma.Schema {
	return wordsSchema("规则，见 docs/spec/reconciliation.md §6", reconcile.FlagRules...)
}

func wordsSchema[T ~string](about string, words ...T) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString, Description: strings.TrimSpace(about)}
	for _, word := range words {
		s.Enum = append(s.Enum, string(word))
	}
	return s
}
