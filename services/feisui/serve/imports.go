package serve

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/danielgtaylor/huma/v2"

	"feisui/pkg/access"
	"feisui/pkg/journal"
	"feisui/pkg/web"
	"feisui/pkg/workbook"
	"feisui/services/feisui/record"
)

// uploadMax bounds the workbook that one request may carry.
const uploadMax = 512 << 20

// Imported is the answer to an import.
type Imported struct {
	New      int   `json:"new" doc:"新登记的条数；早已登记过则为 0 (events recorded; 0 when all was known already)"`
	Amended  int   `json:"amended" doc:"其中更正已登记内容的条数 (how many of them say otherwise what was recorded)"`
	Position int64 `json:"position" doc:"登记之后记录的末尾，账目已算到这里 (the journal's end, which the ledger has passed)"`
	Repeated bool  `json:"repeated" doc:"此请求此前已得到回答 (the very request was answered before)"`
}

// importIn is a workbook as it comes in.
type importIn struct {
	web.OfCounty
	web.Mutation
	Correction
	web.Stream
}

type importedOut struct{ Body Imported }

// routeImports registers POST /v1/counties/{county}/imports.
func (s *Server) routeImports(api *web.API) {
	file := &huma.Schema{Type: huma.TypeString, Format: "binary", Description: "一个文件 (a file)"}
	web.Register(api, huma.Operation{
		OperationID: "import", Method: http.MethodPost, Path: "/v1/counties/{county}/imports", Tags: []string{"imports"},
		Summary: "登记整份表格 (record a workbook)",
		Description: "每个文件一个部分：一个文件夹里的各个 CSV 文件，或一个 XLSX 文件；可以附 policy.json。" +
			"最多 512 MB。要么全部登记，要么全部不登记并逐条列出错误。" +
			"一人一天登记的条数超过县的设置（import_rows）的，更正或补充已登记内容的，或不只登记社区、部门、事项、目录的，须先准备（prepared-imports），由另一人确认；操作员除外。" +
			" (A part a file: the CSV files of a folder, or one XLSX, and policy.json. All of it is recorded, or nothing and every fault is listed." +
			" More than import_rows rows of one person in a day, corrections, and whatever does more than register who and what there is," +
			" are prepared first and take a second person; the operator's do not.)",
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"multipart/form-data": {Schema: &huma.Schema{
			Type:       huma.TypeObject,
			Properties: map[string]*huma.Schema{"file": {Type: huma.TypeArray, Items: file}},
		}}}},
	}, append(slices.Clone(recording), notMultipart, secondPerson), s.imports)
}

var notMultipart = web.Refusal{Status: http.StatusUnsupportedMediaType, Code: "CONTENT_TYPE", Chinese: "应以 multipart/form-data 上传"}

// imports takes a workbook as multipart/form-data, a part a file, either the CSV
// files of a folder or one XLSX (and policy.json). It is taken whole or refused
// whole.
func (s *Server) imports(ctx context.Context, in *importIn) (*importedOut, error) {
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
	path, fingerprint, err := receive(&in.Stream, folder, uploadMax)
	if err != nil {
		return nil, err
	}
	book, err := workbook.Open(path, record.Layout)
	if err != nil {
		return nil, err
	}
	defer book.Close()
	r := recordable{request: requestOf(access.From(ctx), in.RequestID), actor: access.From(ctx).ID}
	r.source, r.fingerprint = in.correcting(book, fingerprint)
	if access.From(ctx).ID != operator.ID { // who has the machine could record in any name; the sample and the first books come so
		r.may = s.directly(access.From(ctx), r.request, in.Reason != "")
	}
	answer, err := s.record(ctx, county, r)
	return &importedOut{answer}, err
}

func (s *Server) remove(folder string) {
	if err := os.RemoveAll(folder); err != nil {
		s.log.Warn("an upload was not removed", slog.String("folder", folder), slog.Any("error", err))
	}
}

// receive writes the parts of an upload into a folder, and says where the
// workbook is and what its bytes are.
func receive(body *web.Stream, folder string, bytesMax int64) (path string, fingerprint [32]byte, err error) {
	parts, err := body.Parts(bytesMax)
	if err != nil {
		return "", fingerprint, refuse(http.StatusUnsupportedMediaType, "CONTENT_TYPE",
			"应以 multipart/form-data 上传表格文件", "expected the workbook's files as multipart/form-data")
	}
	sum := sha256.New()
	path = folder
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", fingerprint, badUpload(err, bytesMax)
		}
		name := filepath.Base(filepath.Clean("/" + part.FileName()))
		if part.FileName() == "" || strings.HasPrefix(name, ".") || name == "/" {
			continue // fields of a form, and files that are hidden, are no sheets
		}
		if err := save(part, filepath.Join(folder, name), name, sum); err != nil {
			return "", fingerprint, badUpload(err, bytesMax)
		}
		if strings.EqualFold(filepath.Ext(name), ".xlsx") {
			path = filepath.Join(folder, name)
		}
	}
	copy(fingerprint[:], sum.Sum(nil))
	return path, fingerprint, nil
}

func save(from io.Reader, path, name string, sum hash.Hash) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("%s: twice, or no file name: %w", name, err)
	}
	fmt.Fprintf(sum, "%d:%s\n", len(name), name)
	_, err = io.Copy(io.MultiWriter(f, sum), from)
	return errors.Join(err, f.Close())
}

func badUpload(err error, bytesMax int64) error {
	if errors.Is(err, syscall.ENOSPC) || web.Said(err) != nil {
		return err
	}
	if web.TooLarge(err) {
		size := strconv.FormatInt(bytesMax>>20, 10) + " MB"
		return refuse(http.StatusRequestEntityTooLarge, "TOO_LARGE", "文件过大，一次最多 "+size, "expected at most "+size)
	}
	return refuse(http.StatusBadRequest, "UPLOAD", "上传不完整，请重新提交", "the upload is incomplete: send it again")
}

// importAttemptsMax bounds how often an import starts anew because somebody else
// recorded something meanwhile. Losing so often means that the county is busy:
// the same request may be sent again.
const importAttemptsMax = 8

// recordable is what is recorded as one request, by whom.
type recordable struct {
	request     string // as the journal has it
	fingerprint [32]byte
	actor       string
	source      record.Source
	kept        func(Imported) any // the answer as the journal keeps it; nil: as it is
	alone       bool               // it is a row of one person

	// may refuses what was decided, before it is recorded; nil: nothing is refused.
	may func(context.Context, *county, *record.Preview) error
}

// record takes what a source says into the journal as one request, and returns
// when the ledger has passed it.
func (s *Server) record(ctx context.Context, county *county, r recordable) (Imported, error) {
	// A client that hangs up from here on stops nothing: what it sent is recorded
	// or refused as if it still listened.
	going, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordMax)
	defer cancel()
	waited := s.lull.begin(ctx)
	defer waited()
	answer, err := s.recorded(going, county, r)
	if err != nil {
		return answer, err
	}
	return answer, county.wait(ctx, answer.Position)
}

func (s *Server) recorded(ctx context.Context, county *county, r recordable) (Imported, error) {
	if _, seen, err := s.journal.Find(ctx, county.name, r.request); err != nil || seen {
		return s.repeated(ctx, county, r.request, r.fingerprint, err)
	}
	attempts := importAttemptsMax
	if r.alone {
		attempts = actAttemptsMax // it is recorded only while nothing else is
	}
	for range attempts {
		answer, err := s.try(ctx, county, r)
		if errors.Is(err, journal.ErrConflict) || errors.Is(err, journal.ErrMoved) {
			continue
		}
		return answer, err
	}
	return Imported{}, busy()
}

func busy() error {
	return refuse(http.StatusServiceUnavailable, "BUSY", "正有其他登记，请用同一请求编号重试", "the county is busy: send the same request again")
}

func (s *Server) try(ctx context.Context, county *county, r recordable) (answer Imported, err error) {
	var preview *record.Preview
	decide := county.past.adding(r.source)
	if r.may != nil {
		decide = county.past.looking(r.source, &preview)
	}
	var head int64
	if r.alone {
		decide = county.past.alone(decide, &head)
	}
	var closings map[string]int64
	decide = county.past.naming(decide, &closings)
	pending, err := county.past.decideAtEnd(ctx, decide)
	if err == nil && r.may != nil {
		err = r.may(ctx, county, preview)
	}
	if err != nil {
		return answer, err
	}
	answer.New, answer.Amended = len(pending), amending(pending)
	keeping := any(answer)
	if r.kept != nil {
		keeping = r.kept(answer)
	}
	kept, err := json.Marshal(keeping)
	if err != nil {
		return answer, err
	}
	receipt, err := s.journal.Append(ctx, journal.Request{
		County: county.name, ID: r.request, Fingerprint: r.fingerprint, Actor: r.actor, Kind: journal.Record, Head: head, Unmoved: closings,
		Events: pending, Answer: kept,
	})
	if err != nil && !errors.Is(err, journal.ErrOtherBody) {
		return answer, errors.Join(err, county.past.catchUp(ctx))
	}
	return answered(receipt, err)
}

// repeated gives the answer that a request had when it was recorded.
func (s *Server) repeated(ctx context.Context, county *county, request string, fingerprint [32]byte, err error) (Imported, error) {
	if err != nil {
		return Imported{}, err
	}
	return answered(s.journal.Append(ctx, journal.Request{County: county.name, ID: request, Fingerprint: fingerprint, Kind: journal.Record}))
}

// answered is the answer to a request that is in the journal, now or since
// earlier: what it said then, whoever sent it first.
func answered(receipt journal.Receipt, err error) (answer Imported, _ error) {
	if err := reused(err); err != nil {
		return answer, err
	}
	err = json.Unmarshal(receipt.Answer, &answer)
	answer.Position, answer.Repeated = receipt.Last, receipt.Repeated
	return answer, err
}

// reused says of a request id that it was used for something else; another error
// stays as it is.
func reused(err error) error {
	if errors.Is(err, journal.ErrOtherBody) {
		return refuse(http.StatusConflict, "REQUEST_REUSED", "该请求编号已用于另一份内容", "the request id was used for something else")
	}
	return err
}
