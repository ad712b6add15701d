package serve

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"feisui/pkg/access"
	"feisui/pkg/money"
	"feisui/pkg/web"
	"feisui/pkg/workbook"
	"feisui/services/feisui/intake"
	"feisui/services/feisui/record"
)

// This file is workbooks that are prepared: looked at, kept as they came, and recorded
// when somebody has confirmed what was seen (prepared_end.go).

// Prepared is a workbook that waits, or what became of it.
type Prepared struct {
	ID     string         `json:"id" doc:"编号；有错误的不保存，没有编号 (empty where it has faults, and is not kept)"`
	State  intake.State   `json:"state" enum:"waiting,confirmed,withdrawn,refused,expired"`
	Digest string         `json:"digest" doc:"全部文件的摘要，确认时填写 (of all files together; confirming names it)"`
	Files  []PreparedFile `json:"files"`
	Reason string         `json:"reason,omitempty" doc:"更正理由 (why it corrects)"`
	Previewed

	Second      bool      `json:"second" doc:"须由另一人确认 (it takes a second person)"`
	Mine        bool      `json:"mine" doc:"是我准备的，或其中的文件是我提交过的 (I prepared it, or a file that is in it)"`
	MayConfirm  bool      `json:"may_confirm" doc:"我现在可以确认 (I may confirm it now)"`
	MayWithdraw bool      `json:"may_withdraw" doc:"由我撤回；否则由我退回 (I may withdraw it; else I may refuse it)"`
	PreparedBy  string    `json:"prepared_by"`
	Preparer    string    `json:"prepared_by_name,omitempty"`
	PreparedAt  time.Time `json:"prepared_at,omitzero"`
	ExpiresAt   time.Time `json:"expires_at,omitzero" doc:"到此时无人确认即失效 (after this nobody may confirm it)"`
	DecidedBy   string    `json:"decided_by,omitempty"`
	Decider     string    `json:"decided_by_name,omitempty"`
	DecidedAt   time.Time `json:"decided_at,omitzero"`
	Why         string    `json:"why,omitempty" doc:"退回的理由 (why it was refused)"`

	Faults []web.Fault `json:"faults" doc:"逐条错误，最多 1000 条；有错误就不能确认 (every fault, at most 1000: it cannot be confirmed)"`
	More   int         `json:"more" doc:"未列出的错误数 (faults that are not listed)"`
}

// PreparedFile is a file as it came.
type PreparedFile struct {
	Name   string `json:"name"`
	Size   int    `json:"size" doc:"字节 (bytes)"`
	SHA256 string `json:"sha256"`
}

// Previewed is what a workbook says, as it was when it was prepared.
type Previewed struct {
	Sheets []PreparedSheet `json:"sheets"`
	Policy bool            `json:"policy,omitempty" doc:"附有 policy.json (it brings the policy)"`
	Rows   int             `json:"rows"`
	News   int             `json:"news" doc:"将登记内容的行数 (rows that would record something)"`
	Two    bool            `json:"takes_two,omitempty" doc:"不只登记新的社区、部门、事项、目录，不论多少都须另一人确认 (it does more than register, and takes two persons whatever its size)"`
}

// PreparedSheet is one sheet of it.
type PreparedSheet struct {
	Sheet   string        `json:"sheet" example:"payments"`
	Title   string        `json:"title" example:"拨付"`
	Rows    int           `json:"rows" doc:"读到的行数 (rows that were read)"`
	New     int           `json:"new" doc:"新登记的；有错误时不计 (those that would be new; not counted where there are faults)"`
	Amended int           `json:"amended" doc:"更正的 (those that would amend what is recorded)"`
	Known   int           `json:"known" doc:"早已登记、没有变化的 (those that change nothing)"`
	Refused int           `json:"refused" doc:"有错误的 (those with faults)"`
	Sums    []PreparedSum `json:"sums" doc:"各金额列的合计 (control totals)"`
}

// PreparedSum is a control total.
type PreparedSum struct {
	Column string     `json:"column" example:"amount"`
	Title  string     `json:"title" example:"金额"`
	Total  *money.Fen `json:"total" doc:"分；null 为超出可计的范围 (in fen; null: more than can be said)"`
}

const preparedPath = "/v1/counties/{county}/prepared-imports"

var (
	secondPerson    = web.Refusal{Status: http.StatusForbidden, Code: "SECOND_PERSON", Chinese: "须由另一人确认"}
	importUnknown   = web.Refusal{Status: http.StatusNotFound, Code: "IMPORT_UNKNOWN", Chinese: "没有这份表格"}
	importDecided   = web.Refusal{Status: http.StatusConflict, Code: "IMPORT_DECIDED", Chinese: "已经确认、撤回或退回"}
	importsTooLarge = web.Refusal{Status: http.StatusRequestEntityTooLarge, Code: "TOO_LARGE", Chinese: "内容过大"}
)

// routePrepared registers workbooks that are prepared and confirmed.
func (s *Server) routePrepared(api *web.API) {
	file := &huma.Schema{Type: huma.TypeString, Format: "binary", Description: "一个文件 (a file)"}
	web.Register(api, huma.Operation{
		OperationID: "prepareImport", Method: http.MethodPost, Path: preparedPath, Tags: []string{"imports"},
		Summary: "准备登记整份表格 (prepare a workbook)",
		Description: "看清这份表格是什么：各表行数、新旧、合计和全部错误；什么都不登记。没有错误的保存 7 天，等待确认。" +
			"一个 XLSX，或若干个 CSV，最多 32 MB；一县最多 20 份同时等待。" +
			" (Says what a workbook is: rows, totals, every fault. Nothing is recorded. Without faults it is kept for seven days, to be confirmed.)",
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"multipart/form-data": {Schema: &huma.Schema{
			Type: huma.TypeObject, Properties: map[string]*huma.Schema{"file": {Type: huma.TypeArray, Items: file}},
		}}}},
	}, []web.Refusal{
		countyUnknown, blocked, notMultipart, importsTooLarge,
		{Status: http.StatusBadRequest, Code: "UPLOAD", Chinese: "上传不完整"},
		{Status: http.StatusConflict, Code: "IMPORTS_WAITING", Chinese: "等待确认的表格太多"},
		{Status: http.StatusConflict, Code: "REQUEST_REUSED", Chinese: "该请求编号已用于另一份内容"},
		{Status: http.StatusUnprocessableEntity, Code: "REASON", Chinese: "更正没有理由，或有理由而没有更正"},
		{Status: http.StatusUnprocessableEntity, Code: "WORD", Chinese: "correct 应为 true 或 false"},
	}, s.prepare)
	web.Register(api, huma.Operation{
		OperationID: "preparedImports", Method: http.MethodGet, Path: preparedPath, Tags: []string{"imports"},
		Summary:     "待确认的整份表格 (the workbooks that wait)",
		Description: "另有最近不再等待的，至多 20 份。 (And the last twenty that no longer do.)",
	}, []web.Refusal{countyUnknown}, s.preparedImports)
	web.Register(api, huma.Operation{
		OperationID: "preparedImport", Method: http.MethodGet, Path: preparedPath + "/{id}", Tags: []string{"imports"},
		Summary: "一份待确认的表格 (one of them)",
	}, []web.Refusal{countyUnknown, importUnknown}, s.preparedImport)
	s.routePreparedEnds(api)
}

type prepareIn struct {
	web.OfCounty
	web.Mutation
	Correction
	web.Stream
}

type preparedOut struct{ Body Prepared }

func (s *Server) prepare(ctx context.Context, in *prepareIn) (*preparedOut, error) {
	county, err := s.county(in.County)
	if err != nil {
		return nil, err
	}
	if !access.Within(ctx).All {
		return nil, wholeCounty()
	}
	folder, err := os.MkdirTemp("", "feisui-import-")
	if err != nil {
		return nil, err
	}
	defer s.remove(folder)
	if _, _, err := receive(&in.Stream, folder, intake.SizeMax); err != nil {
		return nil, err
	}
	who := access.From(ctx)
	w := &intake.Workbook{County: county.name, Reason: in.Reason, PreparedBy: who.ID, Preparer: personOf(who)}
	if w.Files, err = filesIn(folder); err != nil {
		return nil, err
	}
	w.Digest = intake.DigestOf(w.Files)
	of := sha256.Sum256([]byte(requestOf(who, in.RequestID)))
	w.ID = hex.EncodeToString(of[:16])
	preview, err := s.look(ctx, county, w, folder)
	var refused *record.Refused
	if errors.As(err, &refused) {
		out := &preparedOut{preparedOf(w, previewOf(preview))}
		out.Body.ID, out.Body.State = "", intake.Refused
		p := refusedWorkbook(refused)
		out.Body.Faults, out.Body.More = p.Errors, p.More
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	if w.Preview, err = json.Marshal(previewOf(preview)); err != nil {
		return nil, err
	}
	if err := s.intake.Keep(ctx, w); err != nil {
		return nil, unkept(err)
	}
	return s.shown(ctx, county.name, w.ID)
}

// look decides on a workbook, and has nothing of it recorded.
func (s *Server) look(ctx context.Context, county *county, w *intake.Workbook, folder string) (preview *record.Preview, err error) {
	book, err := workbook.Open(bookIn(folder, w.Files), record.Layout)
	if err != nil {
		return nil, err
	}
	defer book.Close()
	_, err = county.past.decideAtEnd(ctx, county.past.looking(sourceOf(w, book), &preview))
	return preview, err
}

// sourceOf is a workbook as it is decided on.
func sourceOf(w *intake.Workbook, book *workbook.Book) record.Source {
	if w.Reason == "" {
		return book
	}
	return record.Correcting{Source: book, Reason: w.Reason}
}

// nameMax is how many bytes a file's name may have.
const nameMax = 200

// filesIn reads what was received: one XLSX, or CSV files, and what lies beside them.
func filesIn(folder string) (files []intake.File, err error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	kinds := map[string]int{}
	for _, e := range entries {
		if len(e.Name()) > nameMax || !utf8.ValidString(e.Name()) {
			return nil, refuse(http.StatusBadRequest, "UPLOAD", "文件名过长或无法识别，请改名后重新提交", "a file's name is too long or cannot be read: rename it and send it again")
		}
		content, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if err != nil {
			return nil, err
		}
		kinds[strings.ToLower(filepath.Ext(e.Name()))]++
		files = append(files, intake.File{Name: e.Name(), Size: len(content), Digest: sha256.Sum256(content), Content: content})
	}
	if len(files) == 0 || kinds[".xlsx"] > 1 || kinds[".xlsx"] == 1 && kinds[".csv"] > 0 {
		return nil, refuse(http.StatusUnsupportedMediaType, "CONTENT_TYPE",
			"应上传一个 XLSX 文件，或若干个 CSV 文件", "expected one XLSX file, or CSV files")
	}
	return files, nil
}

// bookIn is where the workbook is among files of a folder.
func bookIn(folder string, files []intake.File) string {
	i := slices.IndexFunc(files, func(f intake.File) bool { return strings.EqualFold(filepath.Ext(f.Name), ".xlsx") })
	if i < 0 {
		return folder
	}
	return filepath.Join(folder, files[i].Name)
}

// unkept gives the problem of what the store does not take.
func unkept(err error) error {
	switch {
	case errors.Is(err, intake.ErrFull):
		return refuse(http.StatusConflict, "IMPORTS_WAITING",
			"等待确认的表格太多，请先确认、撤回或退回一些", "too many workbooks wait: confirm, withdraw or refuse some first")
	case errors.Is(err, intake.ErrReused):
		return refuse(http.StatusConflict, "REQUEST_REUSED", "该请求编号已用于另一份内容", "the request id was used for something else")
	case errors.Is(err, intake.ErrUnknown):
		return refuse(importUnknown.Status, importUnknown.Code, "没有这份表格", "no such workbook")
	}
	return err
}

// personOf is the human being who asks, or who it is where none is known.
func personOf(who access.Principal) string {
	if who.Person != "" {
		return who.Person
	}
	return who.ID
}

func previewOf(p *record.Preview) *Previewed {
	is := &Previewed{Sheets: []PreparedSheet{}}
	if p == nil { // what could not be opened has no sheets
		return is
	}
	is.Policy, is.News, is.Two = p.Policy, p.News, p.Two
	for _, sheet := range p.Sheets {
		one := PreparedSheet{
			Sheet: sheet.Sheet.Name, Title: sheet.Sheet.Chinese,
			Rows: sheet.Rows, New: sheet.New, Amended: sheet.Amended, Known: sheet.Known, Refused: sheet.Refused, Sums: []PreparedSum{},
		}
		is.Rows += sheet.Rows
		for _, sum := range sheet.Sums {
			total := &sum.Total
			if sum.Huge {
				total = nil
			}
			one.Sums = append(one.Sums, PreparedSum{sum.Column.Name, sum.Column.Chinese, total})
		}
		is.Sheets = append(is.Sheets, one)
	}
	return is
}

func preparedOf(w *intake.Workbook, preview *Previewed) Prepared {
	p := Prepared{
		ID: w.ID, State: w.State, Digest: hex.EncodeToString(w.Digest[:]), Files: []PreparedFile{}, Reason: w.Reason, Previewed: *preview,
		PreparedBy: w.PreparedBy, PreparedAt: w.PreparedAt.UTC(), ExpiresAt: w.ExpiresAt.UTC(), Why: w.Why, Faults: []web.Fault{},
	}
	if w.DecidedBy != "" {
		p.DecidedBy, p.DecidedAt = w.DecidedBy, w.DecidedAt.UTC()
	}
	for _, f := range w.Files {
		p.Files = append(p.Files, PreparedFile{f.Name, f.Size, hex.EncodeToString(f.Digest[:])})
	}
	return p
}

type preparedIn struct {
	web.OfCounty
	ID string `path:"id" doc:"编号 (its id)"`
}

func (s *Server) preparedImport(ctx context.Context, in *preparedIn) (*preparedOut, error) {
	if _, err := s.county(in.County); err != nil {
		return nil, err
	}
	return s.shown(ctx, in.County, in.ID)
}

// shown is one workbook as who asks sees it.
func (s *Server) shown(ctx context.Context, county, id string) (*preparedOut, error) {
	w, err := s.intake.Find(ctx, county, id)
	if err != nil {
		return nil, unkept(err)
	}
	all, err := s.asSeen(ctx, county, w)
	if err != nil {
		return nil, err
	}
	return &preparedOut{all[0]}, nil
}

// PreparedImports are a county's.
type PreparedImports struct {
	Waiting []Prepared `json:"waiting" doc:"最早的在前 (the oldest first)"`
	Decided []Prepared `json:"decided" doc:"最近的在前 (the newest first)"`
	Rows    int        `json:"rows" doc:"一人一天登记多少条以内不须另一人确认 (so many rows one person may record in a day without a second)"`
}

type (
	preparedImportsIn  struct{ web.OfCounty }
	preparedImportsOut struct{ Body PreparedImports }
)

func (s *Server) preparedImports(ctx context.Context, in *preparedImportsIn) (*preparedImportsOut, error) {
	if _, err := s.county(in.County); err != nil {
		return nil, err
	}
	waiting, decided, err := s.intake.List(ctx, in.County)
	if err != nil {
		return nil, err
	}
	settings, err := s.people.Settings(ctx, in.County)
	if err != nil {
		return nil, err
	}
	all, err := s.asSeen(ctx, in.County, append(waiting, decided...)...)
	if err != nil {
		return nil, err
	}
	out := &preparedImportsOut{PreparedImports{Waiting: []Prepared{}, Decided: []Prepared{}, Rows: settings.ImportRows}}
	for _, p := range all {
		if p.State == intake.Waiting {
			out.Body.Waiting = append(out.Body.Waiting, p)
		} else {
			out.Body.Decided = append(out.Body.Decided, p)
		}
	}
	return out, nil
}

// asSeen is what who asks sees of workbooks, and may do with them.
func (s *Server) asSeen(ctx context.Context, county string, some ...*intake.Workbook) (all []Prepared, err error) {
	who := access.From(ctx)
	settings, err := s.people.Settings(ctx, county)
	if err != nil {
		return nil, err
	}
	alone, err := s.intake.Alone(ctx, county, personOf(who), "")
	if err != nil {
		return nil, err
	}
	var principals []string
	for _, w := range some {
		if err := s.heard(ctx, w); err != nil {
			return nil, err
		}
		principals = append(principals, w.PreparedBy, w.DecidedBy)
	}
	called, err := s.people.Called(ctx, county, principals)
	if err != nil {
		return nil, err
	}
	for _, w := range some {
		preview := &Previewed{}
		if err := json.Unmarshal(w.Preview, preview); err != nil {
			return nil, err
		}
		p := preparedOf(w, preview)
		p.Preparer, p.Decider = called[w.PreparedBy], called[w.DecidedBy]
		if w.State == intake.Waiting && w.Over(s.clock()) {
			p.State = intake.Expired
		}
		p.MayWithdraw = prepares(w, who) && p.State == intake.Waiting
		if p.Mine = prepares(w, who); !p.Mine && p.State == intake.Waiting {
			if p.Mine, err = s.intake.Entered(ctx, w, personOf(who)); err != nil {
				return nil, err
			}
		}
		p.Second = w.Reason != "" || p.Two || p.News > settings.ImportRows || p.Mine && p.News > 0 && alone+p.News > settings.ImportRows
		p.MayConfirm = p.State == intake.Waiting && !(p.Second && p.Mine)
		all = append(all, p)
	}
	return all, nil
}

// prepares reports that somebody prepared a workbook, under this account or another.
func prepares(w *intake.Workbook, who access.Principal) bool {
	return w.PreparedBy == who.ID || w.Preparer == personOf(who)
}
