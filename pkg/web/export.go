package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"feisui/pkg/sheet"
)

// ExportMax is how many rows a table of a file holds at most: the lists of a large
// county, and less than what a server would feel.
const ExportMax = 50_000

// Export is embedded in the input of a list that is answered as a file too.
type Export struct {
	Format string `query:"format" enum:"json,csv,xlsx" doc:"csv、xlsx：整个列表，不分页，最多 50000 行；缺省 json (the whole list as a file)"`
	Lang   string `query:"lang" enum:"zh-CN,en" doc:"表头的语言，缺省 zh-CN (the language of a file's column heads)"`
}

// AsFile reports whether a file is asked for. A file is never a page: it is
// refused with a parameter, of those given, that turns pages.
func (e *Export) AsFile(after, limit string) (bool, error) {
	format, err := OneOf("format", e.Format, "json", "csv", "xlsx")
	if err != nil {
		return false, err
	}
	if _, err := OneOf("lang", e.Lang, "zh-CN", "en"); err != nil {
		return false, err
	}
	file := format != "json"
	if file && after+limit != "" {
		return false, Refuse(http.StatusUnprocessableEntity, "EXPORT_PAGED",
			"format="+format+" 给出整个列表，请去掉 after 和 limit", "format="+format+" gives the whole list: leave out after and limit")
	}
	return file, nil
}

// Listing is the output of a list: its JSON, or a file.
type Listing struct {
	Headers

	Body any
}

// Headers are those of an answer that is a file, in the output of an operation;
// of another they are empty.
type Headers struct {
	ContentType string `header:"Content-Type" hidden:"true"`
	Disposition string `header:"Content-Disposition" hidden:"true"`
	NoSniff     string `header:"X-Content-Type-Options" hidden:"true"`
}

// XLSX is the content type of workbooks.
const XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// HeadersOf are those of a file of a content type, to be saved under a name that
// goes on with rest.
func HeadersOf(kind string, name sheet.Name, rest string) Headers {
	return Headers{kind, disposition(name, rest), "nosniff"}
}

// File answers with a table as of a day or position, whole or not at all. That is audited
// with what was asked for and how many rows it has.
func (e *Export) File(ctx context.Context, t *sheet.Table, asOf string) (*Listing, error) {
	if e.Format == "xlsx" {
		content, err := Workbook(ctx, e.Lang != "en", t)
		return &Listing{HeadersOf(XLSX, t.Name, "-"+asOf+".xlsx"), content}, err
	}
	if len(t.Rows) > ExportMax {
		return nil, TooMany()
	}
	var out bytes.Buffer
	if err := t.CSV(&out, e.Lang != "en"); err != nil {
		return nil, err
	}
	exported(ctx, len(t.Rows))
	return &Listing{HeadersOf("text/csv; charset=utf-8", t.Name, "-"+asOf+".csv"), out.Bytes()}, nil
}

// Workbook gives an XLSX file with tables as its sheets, which is about to be answered,
// and is audited as File is.
func Workbook(ctx context.Context, chinese bool, tables ...*sheet.Table) ([]byte, error) {
	rows := 0
	for _, t := range tables {
		if rows += len(t.Rows); len(t.Rows) > ExportMax {
			return nil, TooMany()
		}
	}
	var out bytes.Buffer
	if err := sheet.XLSX(&out, chinese, tables...); errors.Is(err, sheet.ErrLong) {
		return nil, Refuse(http.StatusUnprocessableEntity, "EXPORT_CELL",
			"有一格的文字超过 XLSX 的 32767 个字，请换一种 format", "a text is longer than a cell of XLSX may be: ask for another format")
	} else if err != nil {
		return nil, err
	}
	exported(ctx, rows)
	return out.Bytes(), nil
}

// exported notes for the audit log that a file is about to be answered.
func exported(ctx context.Context, rows int) {
	if o, ok := ctx.Value(outcomeKey{}).(*outcome); ok {
		o.exported = true
		o.record.Target = short(o.record.Target+"?"+o.query) + " rows=" + strconv.Itoa(rows)
	}
}

// disposition names a file for saving: in ASCII, and in Chinese for who reads
// RFC 8187 (5987). Nothing of it comes from who asks.
func disposition(n sheet.Name, rest string) string {
	return fmt.Sprintf(`attachment; filename="%s"; filename*=UTF-8''%s`, n.English+rest, url.PathEscape(n.Chinese+rest))
}

// TooMany refuses a table of more than ExportMax rows.
func TooMany() *Problem {
	most := strconv.Itoa(ExportMax)
	return Refuse(http.StatusUnprocessableEntity, "EXPORT_ROWS",
		"超过 "+most+" 行，一个文件放不下，请加筛选条件", "more than "+most+" rows, too many for a file: choose fewer")
}

// WorkbookRefusals are what is refused as a workbook, for the document; and
// ExportRefusals what a list refuses as a file.
var (
	WorkbookRefusals = []Refusal{
		{http.StatusUnprocessableEntity, "EXPORT_ROWS", "超过一个文件的行数"},
		{http.StatusUnprocessableEntity, "EXPORT_CELL", "文字超过一格的长度"},
	}
	ExportRefusals = append([]Refusal{
		{http.StatusUnprocessableEntity, "EXPORT_PAGED", "文件不分页"},
		{http.StatusServiceUnavailable, "AUDIT_AWAY", "审计记录暂时写不进"},
	}, WorkbookRefusals...)
)

// Listed describes what a list answers: the JSON of a Go value, or a file.
func (a *API) Listed(value any) map[string]*huma.Response {
	text := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}}
	return map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{
		"application/json": {Schema: a.SchemaOf(value)}, "text/csv": text, XLSX: text,
	}}}
}
