package serve

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"feisui/pkg/message"
	"feisui/pkg/sheet"
	"feisui/pkg/web"
	"feisui/pkg/workbook"
	"feisui/services/feisui/record"
)

// This file is workbooks to be filled in: what the record door reads, as a blank
// sheet. They are the same for everybody, and say nothing of the county.

// allSheets is the name of the workbook that has every sheet.
const allSheets = "all"

type templateIn struct {
	web.OfCounty
	Sheet string `path:"sheet" example:"tasks" doc:"表名，中文或英文；all 为全部 (a sheet by its English or Chinese name, or all)"`
	Lang  string `query:"lang" enum:"zh-CN,en" doc:"表头和说明的语言，缺省 zh-CN (the language of heads and help)"`
}

// routeTemplates registers GET /v1/counties/{county}/templates/{sheet}.
func (s *Server) routeTemplates(api *web.API) {
	web.Register(api, huma.Operation{
		OperationID: "template", Method: http.MethodGet, Path: "/v1/counties/{county}/templates/{sheet}", Tags: []string{"imports"},
		Summary: "空白登记表 (a blank sheet to fill in)",
		Description: "XLSX：首行为表头，另有填表说明，可选的值有下拉列表；填好即可登记，不必改动表头，空着的表不算。" +
			" (An XLSX with heads, help, and lists of words; once filled in it is imported as it is, and a sheet left blank counts for nothing.)",
		Responses: map[string]*huma.Response{"200": {Description: "空白登记表", Content: map[string]*huma.MediaType{
			web.XLSX: {Schema: &huma.Schema{Type: huma.TypeString}},
		}}},
	}, []web.Refusal{
		countyUnknown,
		{Status: http.StatusNotFound, Code: "SHEET_UNKNOWN", Chinese: "没有这张表"},
		{Status: http.StatusUnprocessableEntity, Code: "WORD", Chinese: "不是可选的值"},
	}, s.template)
}

func (s *Server) template(_ context.Context, in *templateIn) (*web.Listing, error) {
	if _, err := s.county(in.County); err != nil {
		return nil, err
	}
	lang, err := web.OneOf("lang", in.Lang, string(message.Chinese), string(message.English))
	if err != nil {
		return nil, err
	}
	name, sheets := sheet.Name{English: "sheets", Chinese: "登记表"}, []workbook.Sheet(record.Layout)
	if in.Sheet != allSheets {
		one := sheetNamed(in.Sheet)
		if one == nil {
			return nil, refuse(http.StatusNotFound, "SHEET_UNKNOWN", "没有这张表："+in.Sheet, "no such sheet: "+in.Sheet)
		}
		name, sheets = sheet.Name{English: one.Name, Chinese: one.Chinese}, []workbook.Sheet{*one}
	}
	about, forms := blank(sheets, lang == string(message.Chinese))
	var out bytes.Buffer
	if err := sheet.Forms(&out, lang == string(message.Chinese), about, forms); err != nil {
		return nil, err
	}
	return &web.Listing{Headers: web.HeadersOf(web.XLSX, name, ".xlsx"), Body: web.Body(func(w io.Writer) error { _, err := w.Write(out.Bytes()); return err })}, nil
}

// sheetNamed is the sheet of the layout that has a name, nil when none has.
func sheetNamed(name string) *workbook.Sheet {
	for i := range record.Layout {
		if s := &record.Layout[i]; name == s.Name || name == s.Chinese {
			return s
		}
	}
	return nil
}

// blank gives the forms of sheets, and the sheet that says how to fill them in. It
// has the name that the record door leaves alone.
func blank(sheets []workbook.Sheet, chinese bool) (about *sheet.Table, forms []sheet.Form) {
	about = &sheet.Table{Name: sheet.Name{English: "说明", Chinese: "说明"}, Columns: []sheet.Name{
		{English: "how to fill in: sheet", Chinese: "填表说明：表"}, {English: "column", Chinese: "列"}, {English: "required", Chinese: "必填"},
		{English: "what it takes", Chinese: "怎样填"}, {English: "example", Chinese: "例"},
	}}
	for _, s := range sheets {
		form := sheet.Form{Name: sheet.Name{English: s.Name, Chinese: s.Chinese}}
		for _, c := range record.Describe(s.Name) {
			field := fieldOf(&c)
			example := exampleOf(s.Name, c.Name)
			if chinese {
				example = inChinese(&c, example)
			}
			about.Rows = append(about.Rows, []any{
				form.Name.Say(chinese), field.Name.Say(chinese), yes(field.Must).Say(chinese), field.Help.Say(chinese), example,
			})
			form.Fields = append(form.Fields, field)
		}
		forms = append(forms, form)
	}
	return about, forms
}

// fieldOf is a column of a sheet as a field of a form.
func fieldOf(c *record.Column) sheet.Field {
	f := sheet.Field{Name: sheet.Name{English: c.Name, Chinese: c.Chinese}, Must: c.Required, Typed: typed[c.Kind], Help: kinds[c.Kind]}
	if c.Required {
		f.Help = sheet.Name{English: "Required: " + f.Help.English, Chinese: "必填。" + f.Help.Chinese}
	}
	var english, chinese []string
	for i := 0; i+1 < len(c.Words); i += 2 {
		f.Words = append(f.Words, sheet.Name{English: c.Words[i], Chinese: c.Words[i+1]})
		english, chinese = append(english, c.Words[i]), append(chinese, c.Words[i+1])
	}
	if len(f.Words) > 0 {
		f.Help.English += ": " + strings.Join(english, ", ")
		f.Help.Chinese += "：" + strings.Join(chinese, "、")
	}
	return f
}

// typed is what becomes of what is typed into a column: what is none of these
// stays as it is.
var typed = map[record.Kind]sheet.Typed{
	record.Date: sheet.Day, record.Amount: sheet.Number, record.Number: sheet.Number, record.Count: sheet.Number, record.Rate: sheet.Number,
}
