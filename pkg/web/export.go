package web

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"feisui/pkg/sheet"
)

// ExportMax is how many rows a table of a file holds at most: as many as Excel does.
const ExportMax = sheet.RowsMax

// Export is embedded in the input of a list that is answered as a file too.
type Export struct {
	Format string `query:"format" enum:"json,csv,xlsx" doc:"csv、xlsx：整个列表，不分页，最多 1048575 行；缺省 json (the whole list as a file)"`
	Lang   string `query:"lang" enum:"zh-CN,en" doc:"文件的语言，缺省 zh-CN (the language of a file)"`
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

// Chinese reports that the file is for who reads Chinese.
func (e *Export) Chinese() bool { return e.Lang != "en" }

// Listing is the output of a list: its JSON, or a file.
type Listing struct {
	Headers

	Body func(huma.Context)
}

// Page answers with a page of a list, as JSON.
func Page(page any) *Listing {
	write := Body(func(w io.Writer) error {
		out := json.NewEncoder(w)
		out.SetEscapeHTML(false)
		return out.Encode(page)
	})
	return &Listing{Headers{ContentType: "application/json"}, func(ctx huma.Context) {
		write(ctx)
		read(ctx.Context(), page)
	}}
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
// with what was asked for and how many rows it has. asOf is asked when the rows have
// been given: a list that streams says only then what it is of.
func (e *Export) File(ctx context.Context, t *sheet.Table, asOf func() string) (*Listing, error) {
	if e.Format == "xlsx" {
		body, err := Workbook(ctx, e.Chinese(), t)
		if err != nil {
			return nil, err
		}
		return &Listing{HeadersOf(XLSX, t.Name, "-"+asOf()+".xlsx"), body}, nil
	}
	t, rows := counted(t)
	body, err := spooled(ctx, func(w io.Writer) error { return t.CSV(w, e.Chinese()) })
	if err != nil {
		return nil, err
	}
	if err := exported(ctx, *rows); err != nil {
		return nil, err
	}
	return &Listing{HeadersOf("text/csv; charset=utf-8", t.Name, "-"+asOf()+".csv"), body}, nil
}

// Part is embedded beside Export where an answer has several tables. XLSX has each as
// a sheet of its own. CSV has one: of several below each other no program could read the
// second, and a spreadsheet would show it under the heads of the first.
type Part struct {
	Part string `query:"part" doc:"只要其中一张表；csv 一次一张，缺省第一张，xlsx 缺省全部 (one table by its English name: csv has one at a time, the first without this, xlsx all)"`
}

// Files answers with tables as one file under a name.
func (e *Export) Files(ctx context.Context, p *Part, name sheet.Name, asOf func() string, tables ...*sheet.Table) (*Listing, error) {
	names := make([]string, len(tables))
	for i, t := range tables {
		names[i] = t.Name.English
	}
	if p.Part != "" || e.Format == "csv" {
		part, err := OneOf("part", p.Part, names...)
		if err != nil {
			return nil, err
		}
		one := *tables[slices.Index(names, part)]
		tables = []*sheet.Table{&one}
		name = sheet.Name{English: name.English + "-" + one.Name.English, Chinese: name.Chinese + "-" + one.Name.Chinese}
	}
	if e.Format == "csv" {
		one := tables[0]
		one.Name = name
		return e.File(ctx, one, asOf)
	}
	body, err := Workbook(ctx, e.Chinese(), tables...)
	if err != nil {
		return nil, err
	}
	return &Listing{HeadersOf(XLSX, name, "-"+asOf()+".xlsx"), body}, nil
}

// Workbook gives an XLSX file with tables as its sheets, which is about to be answered,
// and is audited as File is.
func Workbook(ctx context.Context, chinese bool, tables ...*sheet.Table) (func(huma.Context), error) {
	all, rows := make([]*sheet.Table, len(tables)), make([]*int, len(tables))
	for i, t := range tables {
		all[i], rows[i] = counted(t)
	}
	body, err := spooled(ctx, func(w io.Writer) error { return sheet.XLSX(w, chinese, all...) })
	if err != nil {
		return nil, err
	}
	total := 0
	for _, n := range rows {
		total += *n
	}
	return body, exported(ctx, total)
}

// counted is a table that counts its rows as they are written.
func counted(t *sheet.Table) (*sheet.Table, *int) {
	rows, from := new(int), t.All()
	return &sheet.Table{Name: t.Name, Columns: t.Columns, Stream: func(yield func([]any, error) bool) {
		for row, err := range from {
			*rows++
			if !yield(row, err) {
				return
			}
		}
	}}, rows
}

// spooled writes a file before any of it is answered, to disk: so what breaks off is
// refused rather than half of it, the audit log knows beforehand what leaves, and who
// reads slowly holds neither memory nor a transaction. Nobody else can open it, and it
// is gone with the request, however that ends.
func spooled(ctx context.Context, write func(io.Writer) error) (func(huma.Context), error) {
	if err := mayTakeFile(ctx); err != nil {
		return nil, err
	}
	file, err := os.CreateTemp("", "feisui-export-") // its mode is 0600
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, func() { file.Close() }) //nolint:errcheck // it has no name any more: nothing is lost
	if err := os.Remove(file.Name()); err != nil {
		return nil, err
	}
	out := bufio.NewWriterSize(file, 1<<16)
	if err = write(out); err == nil {
		err = out.Flush()
	}
	switch {
	case errors.Is(err, sheet.ErrMany):
		return nil, TooMany()
	case errors.Is(err, sheet.ErrLong):
		return nil, Refuse(http.StatusUnprocessableEntity, "EXPORT_CELL",
			"有一格的文字超过 XLSX 的 32767 个字，请换一种 format", "a text is longer than a cell of XLSX may be: ask for another format")
	case err == nil:
		_, err = file.Seek(0, io.SeekStart)
	}
	return Body(func(w io.Writer) error { _, err := io.Copy(w, file); return err }), err
}

// exported counts a file that is about to be answered, and notes it for the audit log.
func exported(ctx context.Context, rows int) error {
	if err := takeFile(ctx, rows); err != nil {
		return err
	}
	if o, ok := ctx.Value(outcomeKey{}).(*outcome); ok {
		o.exported = true
		o.record.Target = short(o.record.Target+"?"+o.query) + " rows=" + strconv.Itoa(rows)
	}
	return nil
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
		BulkRefusal,
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
