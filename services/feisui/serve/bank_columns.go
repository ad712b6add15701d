package serve

import (
	"context"
	"net/http"
	"os"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"feisui/pkg/access"
	"feisui/pkg/web"
	"feisui/pkg/workbook"
	"feisui/services/feisui/act"
	"feisui/services/feisui/record"
)

// routeBankColumns registers what helps to map a statement: what its file has, and
// how those before it were read.
func (s *Server) routeBankColumns(api *web.API) {
	file := &huma.Schema{Type: huma.TypeString, Format: "binary", Description: "流水：一个 CSV 或 XLSX 文件 (one CSV or XLSX file)"}
	web.Register(api, huma.Operation{
		OperationID: "bankColumns", Method: http.MethodPost, Path: "/v1/counties/{county}/bank-statements/columns", Tags: []string{"act"},
		Summary: "流水文件有哪些列 (which columns a statement's file has)",
		Description: "只看，不登记：表头、头几行，以及我方各列名，供对应。" +
			" (Records nothing: the file's headers, its first rows and our columns, so that somebody can say which is which.)",
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"multipart/form-data": {Schema: &huma.Schema{
			Type: huma.TypeObject, Properties: map[string]*huma.Schema{"file": file},
		}}}},
	}, []web.Refusal{
		countyUnknown,
		{Status: http.StatusUnsupportedMediaType, Code: "CONTENT_TYPE", Chinese: "应以 multipart/form-data 上传一个文件"},
		{Status: http.StatusBadRequest, Code: "UPLOAD", Chinese: "上传不完整"},
		{Status: http.StatusRequestEntityTooLarge, Code: "TOO_LARGE", Chinese: "内容过大"},
		{Status: http.StatusUnprocessableEntity, Code: "WORKBOOK_REFUSED", Chinese: "文件无法读取，逐条列出"},
	}, s.bankColumns)
	web.Register(api, huma.Operation{
		OperationID: "bankSources", Method: http.MethodGet, Path: "/v1/counties/{county}/bank-sources", Tags: []string{"act"},
		Summary:     "流水的来源和记住的对应关系 (the sources of statements, and how each was mapped last)",
		Description: "导入过的来源，按名称。 (Those of which a statement was taken in, by name.)",
	}, []web.Refusal{countyUnknown, blocked}, s.bankSources)
}

type bankColumnsIn struct {
	web.OfCounty
	web.Mutation
	web.Stream
}

// BankColumns are what the file of a statement has.
type BankColumns struct {
	Headers []string   `json:"headers" doc:"文件的表头，按次序 (the file's headers, in order)"`
	Rows    [][]string `json:"rows" doc:"头几行 (its first rows)"`
	Columns []string   `json:"columns" doc:"我方的列，可作 mapping 的键 (our columns, the keys of a mapping)"`
}

type bankColumnsOut struct{ Body BankColumns }

// bankRowsShown is how many rows tell what stands in a column.
const bankRowsShown = 3

func (s *Server) bankColumns(_ context.Context, in *bankColumnsIn) (*bankColumnsOut, error) {
	if _, err := s.county(in.County); err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "feisui-statement-")
	if err != nil {
		return nil, err
	}
	defer s.remove(folder)
	path, _, err := receiveOne(&in.Stream, folder)
	if err != nil {
		return nil, err
	}
	out := &bankColumnsOut{BankColumns{Rows: [][]string{}, Columns: record.StatementColumns()}}
	out.Body.Headers, err = record.StatementHeaders(path)
	if err != nil {
		return nil, err
	}
	out.Body.Rows, err = firstRows(path, out.Body.Headers)
	return out, err
}

// firstRows reads some rows of a file by its own headers.
func firstRows(path string, headers []string) (rows [][]string, err error) {
	own := workbook.Sheet{Name: record.StatementSheet, Foreign: true}
	for _, header := range headers {
		own.Columns = append(own.Columns, workbook.Column{Name: header, Chinese: header})
	}
	book, err := workbook.Open(path, workbook.Layout{own})
	if err != nil {
		return nil, err
	}
	defer book.Close()
	rows = [][]string{}
	for row := range book.Sheet(record.StatementSheet) {
		if rows = append(rows, slices.Clone(row.Cells)); len(rows) == bankRowsShown {
			break
		}
	}
	return rows, nil
}

type (
	bankSourcesIn  struct{ web.OfCounty }
	bankSourcesOut struct{ Body BankSources }
)

// BankSources are where statements come from.
type BankSources struct {
	Sources []BankSource `json:"sources"`
}

// BankSource is one of them, as its last statement was read.
type BankSource struct {
	Source  string            `json:"source"`
	Payer   string            `json:"payer,omitempty" doc:"文件没有付款方一列时的付款方 (who pays, where no column says so)"`
	Mapping map[string]string `json:"mapping" doc:"我方列名到文件表头 (our column and the file's header)"`
}

func (s *Server) bankSources(ctx context.Context, in *bankSourcesIn) (*bankSourcesOut, error) {
	scope := access.Within(ctx)
	out := &bankSourcesOut{BankSources{Sources: []BankSource{}}}
	err := s.seeing(ctx, in.County, func(c *act.County) error {
		for _, last := range c.Sources() {
			if scope.All || slices.Contains(scope.Streets, last.Payer) {
				out.Body.Sources = append(out.Body.Sources, BankSource{last.Source, last.Payer, last.Columns})
			}
		}
		return nil
	})
	return out, err
}
