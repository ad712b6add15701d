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
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"feisui/pkg/journal"
	"feisui/pkg/workbook"
	"feisui/services/feisui/record"
)

// uploadMax bounds the workbook that one request may carry.
const uploadMax = 512 << 20

// Imported is the answer to an import.
type Imported struct {
	New      int   `json:"new"`      // events recorded; 0 when all was known already
	Amended  int   `json:"amended"`  // how many of them say otherwise what was recorded
	Position int64 `json:"position"` // the journal's end, which the ledger has passed
	Repeated bool  `json:"repeated"` // the very request was answered before
}

// imports answers POST /v1/counties/{county}/imports: a workbook as
// multipart/form-data, a part a file, either the CSV files of a folder or one
// XLSX (and policy.json). It is taken whole or refused whole. With
// ?correct=true&reason=… it corrects what is recorded.
func (s *Server) imports(w http.ResponseWriter, r *http.Request) error {
	county, err := s.county(r)
	if err != nil {
		return err
	}
	request, err := requestID(r)
	if err != nil {
		return err
	}
	reason, err := correction(r)
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "feisui-import-")
	if err != nil {
		return err
	}
	defer s.remove(folder)
	path, fingerprint, err := receive(http.MaxBytesReader(w, r.Body, uploadMax), r, folder)
	if err != nil {
		return err
	}
	book, err := workbook.Open(path, record.Layout)
	if err != nil {
		return err
	}
	defer book.Close()
	source, fingerprint := correcting(book, reason, fingerprint)
	answer, err := s.record(r.Context(), county, request, fingerprint, source)
	if err != nil {
		return err
	}
	writeJSON(w, s.log, http.StatusOK, "application/json", answer)
	return nil
}

func (s *Server) remove(folder string) {
	if err := os.RemoveAll(folder); err != nil {
		s.log.Warn("an upload was not removed", slog.String("folder", folder), slog.Any("error", err))
	}
}

// receive writes the parts of an upload into a folder, and says where the
// workbook is and what its bytes are.
func receive(body io.Reader, r *http.Request, folder string) (path string, fingerprint [32]byte, err error) {
	parts, err := multipartOf(body, r)
	if err != nil {
		return "", fingerprint, err
	}
	sum := sha256.New()
	path = folder
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", fingerprint, badUpload(err)
		}
		name := filepath.Base(filepath.Clean("/" + part.FileName()))
		if part.FileName() == "" || strings.HasPrefix(name, ".") || name == "/" {
			continue // fields of a form, and files that are hidden, are no sheets
		}
		if err := save(part, filepath.Join(folder, name), name, sum); err != nil {
			return "", fingerprint, badUpload(err)
		}
		if strings.EqualFold(filepath.Ext(name), ".xlsx") {
			path = filepath.Join(folder, name)
		}
	}
	copy(fingerprint[:], sum.Sum(nil))
	return path, fingerprint, nil
}

func multipartOf(body io.Reader, r *http.Request) (*multipart.Reader, error) {
	r.Body = io.NopCloser(body)
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, refuse(http.StatusUnsupportedMediaType, "CONTENT_TYPE", "应以 multipart/form-data 上传表格文件", "expected the workbook's files as multipart/form-data")
	}
	return parts, nil
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

func badUpload(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return refuse(http.StatusRequestEntityTooLarge, "TOO_LARGE", "文件过大，一次最多 512 MB", "expected at most 512 MB")
	}
	return refuse(http.StatusBadRequest, "UPLOAD", "上传不完整，请重新提交", "the upload is incomplete: send it again")
}

// importAttemptsMax bounds how often an import starts anew because somebody else
// recorded something meanwhile. Losing so often means that the county is busy:
// the same request may be sent again.
const importAttemptsMax = 8

// record takes what a source says into the journal as one request, and returns
// when the ledger has passed it.
func (s *Server) record(ctx context.Context, county *live, request string, fingerprint [32]byte, source record.Source) (Imported, error) {
	if _, seen, err := s.journal.Find(ctx, county.county, request); err != nil || seen {
		return s.repeated(ctx, county, request, fingerprint, err)
	}
	for range importAttemptsMax {
		answer, err := s.try(ctx, county, request, fingerprint, source)
		if errors.Is(err, journal.ErrConflict) {
			continue
		}
		if err != nil {
			return answer, err
		}
		return answer, county.passed(ctx, answer.Position)
	}
	return Imported{}, refuse(http.StatusServiceUnavailable, "BUSY", "正有其他登记，请用同一请求编号重试", "the county is busy: send the same request again")
}

func (s *Server) try(ctx context.Context, county *live, request string, fingerprint [32]byte, source record.Source) (answer Imported, err error) {
	pending, err := county.decide(source)
	if err != nil {
		return answer, err
	}
	answer.New, answer.Amended = len(pending), amending(pending)
	kept, err := json.Marshal(answer)
	if err != nil {
		return answer, err
	}
	receipt, err := s.journal.Append(ctx, journal.Request{
		County: county.county, ID: request, Fingerprint: fingerprint, Kind: journal.Record, Events: pending, Answer: kept,
	})
	if err != nil {
		return answer, errors.Join(err, county.catchUp(ctx))
	}
	answer.Position, answer.Repeated = receipt.Last, receipt.Repeated
	return answer, nil
}

// repeated gives the answer that a request had when it was recorded.
func (s *Server) repeated(ctx context.Context, county *live, request string, fingerprint [32]byte, err error) (answer Imported, _ error) {
	if err != nil {
		return answer, err
	}
	receipt, err := s.journal.Append(ctx, journal.Request{County: county.county, ID: request, Fingerprint: fingerprint, Kind: journal.Record})
	if errors.Is(err, journal.ErrOtherBody) {
		return answer, refuse(http.StatusConflict, "REQUEST_REUSED", "该请求编号已用于另一份内容", "the request id was used for something else")
	}
	if err != nil {
		return answer, err
	}
	err = json.Unmarshal(receipt.Answer, &answer)
	answer.Position, answer.Repeated = receipt.Last, true
	return answer, err
}
