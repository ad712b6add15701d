package serve

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"

	"github.com/danielgtaylor/huma/v2"

	"feisui/pkg/access"
	"feisui/pkg/web"
	"feisui/pkg/workbook"
	"feisui/services/feisui/act"
	"feisui/services/feisui/record"
)

// routeAssign registers handing tasks down by a sheet.
func (s *Server) routeAssign(api *web.API) {
	file := &huma.Schema{Type: huma.TypeString, Format: "binary", Description: "交办表：一个 CSV 或 XLSX 文件 (one CSV or XLSX file)"}
	web.Register(api, huma.Operation{
		OperationID: "assignSheet", Method: http.MethodPost, Path: "/v1/counties/{county}/task-sheets", Tags: []string{"act"},
		Summary: "整表交办 (hand down the tasks of a sheet)",
		Description: "填好的交办表，一行一个任务，交办日期为今天。与逐个交办同样审核；要么全部交办，要么全部不交办，逐行列出错误。" +
			"回答每个任务的应配经费；dry_run=true 只试算。" +
			" (The sheet of tasks, filled in, a task a row, handed down today by the rules of the workflow: all of them or none, and every fault is listed with its row." +
			" The answer has what each should cost; with dry_run=true nothing is recorded.)",
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"multipart/form-data": {Schema: &huma.Schema{
			Type: huma.TypeObject, Properties: map[string]*huma.Schema{"file": file},
		}}}},
	}, append([]web.Refusal{
		workflowUnknown,
		{Status: http.StatusUnsupportedMediaType, Code: "CONTENT_TYPE", Chinese: "应以 multipart/form-data 上传一个文件"},
		{Status: http.StatusBadRequest, Code: "UPLOAD", Chinese: "上传不完整"},
		{Status: http.StatusUnprocessableEntity, Code: "WORKBOOK_REFUSED", Chinese: "数据有误，全部未登记，逐条列出"},
	}, acts...), s.assignSheet)
}

type assignSheetIn struct {
	web.OfCounty
	web.Mutation
	DryRun
	web.Stream
}

// assignedFlow is the workflow by which tasks are handed down.
const assignedFlow = "task"

func (s *Server) assignSheet(ctx context.Context, in *assignSheetIn) (*actedOut, error) {
	here, err := s.county(in.County)
	if err != nil {
		return nil, err
	}
	dry, err := in.dry()
	if err != nil {
		return nil, err
	}
	rows, digest, err := s.readAssignments(&in.Stream)
	if err != nil {
		return nil, err
	}
	form, err := formOfRows(rows)
	if err != nil {
		return nil, err
	}
	who := access.From(ctx)
	c := act.Command{Workflow: assignedFlow, Form: form, Actor: who, Scope: access.Within(ctx)}
	answer, err := s.act(ctx, here, acting{
		request: requestOf(who, in.RequestID), actor: who, dry: dry, fingerprint: whose(who, []byte("sheet"), digest[:]),
		decide: func(county *act.County) (*act.Decision, error) { return county.Begin(c) },
	})
	return &actedOut{answer}, faultsOfRows(err, rows)
}

func (s *Server) readAssignments(body *web.Stream) (rows []record.Assignment, digest [32]byte, err error) {
	folder, err := os.MkdirTemp("", "feisui-sheet-")
	if err != nil {
		return nil, digest, err
	}
	defer s.remove(folder)
	path, digest, err := receiveOne(body, folder)
	if err != nil {
		return nil, digest, err
	}
	book, err := workbook.Open(path, record.AssignmentLayout())
	if err != nil {
		return nil, digest, err
	}
	defer book.Close()
	rows, err = record.ReadAssignments(book)
	return rows, digest, err
}

// formOfRows is the beginning of a task for each row.
func formOfRows(rows []record.Assignment) (json.RawMessage, error) {
	each := make([]map[string]string, len(rows))
	for i := range rows {
		each[i] = rows[i].Fields
	}
	return json.Marshal(map[string]any{"communities": each})
}

// faultsOfRows says of faults in which row of the sheet they are.
func faultsOfRows(err error, rows []record.Assignment) error {
	var faults *act.Faults
	if !errors.As(err, &faults) {
		return err
	}
	refused := &record.Refused{More: faults.More}
	for _, f := range faults.List {
		one := record.Fault{Column: f.Field, Found: f.Found, English: f.English, Chinese: f.Chinese}
		if f.Of < len(rows) {
			one.File, one.Row = rows[f.Of].File, rows[f.Of].Row
		}
		refused.Faults = append(refused.Faults, one)
	}
	return refused
}
