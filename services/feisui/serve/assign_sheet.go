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

// routeAssign registers handing tasks down, and drafting them, by a sheet.
func (s *Server) routeAssign(api *web.API) {
	web.Register(api, huma.Operation{
		OperationID: "assignSheet", Method: http.MethodPost, Path: "/v1/counties/{county}/task-sheets", Tags: []string{"act"},
		Summary: "整表交办 (hand down the tasks of a sheet)",
		Description: "填好的交办表，一行一个任务，交办日期为今天。与逐个交办同样审核；要么全部交办，要么全部不交办，逐行列出错误。" +
			"回答每个任务的应配经费；dry_run=true 只试算。" +
			" (The sheet of tasks, filled in, a task a row, handed down today by the rules of the workflow: all of them or none, and every fault is listed with its row." +
			" The answer has what each should cost; with dry_run=true nothing is recorded.)",
		RequestBody: sheetOfTasks(),
	}, append(sheetRefusals, acts...), s.assignSheet)
	web.Register(api, huma.Operation{
		OperationID: "draftSheet", Method: http.MethodPost, Path: "/v1/counties/{county}/draft-sheets", Tags: []string{"act"},
		Summary: "整表拟交办 (draft the tasks of a sheet)",
		Description: "填好的交办表，一行一个任务，存为一份拟交办，由部门负责人一次签发。与负责人整表交办同样审核：有一行现在不能交办，全部不存，逐行列出错误。" +
			"填写 draft 的，改写该份拟交办，须以 If-Match 说明所看到的最近一步。tasks 为签发后各任务的结果；dry_run=true 只试算。" +
			" (The sheet of tasks, filled in, a task a row, becomes one draft, which the head hands down with one step. What the head could not hand down now is refused as a whole," +
			" every fault with its row. With draft it writes that one anew, and takes If-Match. The answer's tasks are what they would be; with dry_run=true nothing is recorded.)",
		RequestBody: sheetOfTasks(),
	}, append(sheetRefusals, acts...), s.draftSheet)
}

// sheetOfTasks is the body of a sheet on its way.
func sheetOfTasks() *huma.RequestBody {
	file := &huma.Schema{Type: huma.TypeString, Format: "binary", Description: "交办表：一个 CSV 或 XLSX 文件 (one CSV or XLSX file)"}
	return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"multipart/form-data": {Schema: &huma.Schema{
		Type: huma.TypeObject, Properties: map[string]*huma.Schema{"file": file},
	}}}}
}

var sheetRefusals = []web.Refusal{
	workflowUnknown,
	{Status: http.StatusUnsupportedMediaType, Code: "CONTENT_TYPE", Chinese: "应以 multipart/form-data 上传一个文件"},
	{Status: http.StatusBadRequest, Code: "UPLOAD", Chinese: "上传不完整"},
	{Status: http.StatusUnprocessableEntity, Code: "WORKBOOK_REFUSED", Chinese: "数据有误，全部未登记，逐条列出"},
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
	return s.sheetOf(ctx, in, []byte("sheet"), func(county *act.County, c act.Command, rows []record.Assignment) (*act.Decision, error) {
		form, err := formOfRows(rows)
		if err != nil {
			return nil, err
		}
		c.Workflow, c.Form = assignedFlow, form
		return county.Begin(c)
	})
}

type draftSheetIn struct {
	web.OfCounty
	web.Mutation
	DryRun
	web.Stream
	Draft   string `query:"draft" doc:"改写哪一份拟交办；空则新拟一份 (the draft that is written anew; empty: a new one)" example:"D01/2026-03-02-1"`
	IfMatch string `header:"If-Match" doc:"改写的，所看到的最近一步的序号 (of one that is written anew: the number of the last step that was seen)" example:"2"`
}

func (s *Server) draftSheet(ctx context.Context, in *draftSheetIn) (*actedOut, error) {
	seen, err := stepOf(in.IfMatch)
	if err != nil {
		return nil, err
	}
	sheet := &assignSheetIn{in.OfCounty, in.Mutation, in.DryRun, in.Stream}
	return s.sheetOf(ctx, sheet, []byte("draft sheet/"+in.Draft), func(county *act.County, c act.Command, rows []record.Assignment) (*act.Decision, error) {
		fields := make([]map[string]string, len(rows))
		for i := range rows {
			fields[i] = rows[i].Fields
		}
		c.Instance, c.Seen = in.Draft, seen
		return county.DraftSheet(c, fields)
	})
}

// sheetOf takes in a sheet of tasks as one request, of which the kind is bound to what was asked.
func (s *Server) sheetOf(
	ctx context.Context, in *assignSheetIn, kind []byte, decide func(*act.County, act.Command, []record.Assignment) (*act.Decision, error),
) (*actedOut, error) {
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
	who := access.From(ctx)
	c := act.Command{Actor: who, Scope: access.Within(ctx)}
	answer, err := s.act(ctx, here, acting{
		request: requestOf(who, in.RequestID), actor: who, dry: dry, fingerprint: whose(who, kind, digest[:]),
		decide: func(county *act.County) (*act.Decision, error) { return decide(county, c, rows) },
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
		if f.Of >= 0 && f.Of < len(rows) {
			one.File, one.Row = rows[f.Of].File, rows[f.Of].Row
		}
		refused.Faults = append(refused.Faults, one)
	}
	return refused
}
