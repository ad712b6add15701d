package serve

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"feisui/pkg/access"
	"feisui/pkg/journal"
	"feisui/pkg/web"
	"feisui/pkg/workbook"
	"feisui/services/feisui/intake"
	"feisui/services/feisui/record"
)

// This file ends workbooks that wait: one is confirmed, withdrawn or refused, whichever
// the journal has under the one request that there is for it. So two who do so at once,
// and one who died in between, leave it ended once.

// endedImport is how a workbook ended, as the journal keeps it.
type endedImport struct {
	Imported

	State      intake.State `json:"state"`
	By         string       `json:"by"`
	PreparedBy string       `json:"prepared_by"`
	Digest     string       `json:"digest"`
	Why        string       `json:"why,omitempty"`
}

// endOf is the request under which the journal has how a workbook ended.
func endOf(w *intake.Workbook) string { return "import/" + w.ID }

func (s *Server) routePreparedEnds(api *web.API) {
	body := func(fields map[string]*huma.Schema, must ...string) *huma.RequestBody {
		return &huma.RequestBody{Required: len(must) > 0, Content: map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{
			Type: huma.TypeObject, AdditionalProperties: false, Required: must, Properties: fields,
		}}}}
	}
	digest := &huma.Schema{Type: huma.TypeString, Description: "所见表格的 digest (the digest of the workbook that was seen)"}
	why := &huma.Schema{Type: huma.TypeString, Description: "理由，1 至 200 个字，一行 (why, 1 to 200 characters on one line)"}
	ends := []web.Refusal{
		countyUnknown, importUnknown, importDecided, importsTooLarge,
		{Status: http.StatusBadRequest, Code: "JSON", Chinese: "不是一个 JSON 对象"},
		{Status: http.StatusServiceUnavailable, Code: "OUTCOME_UNKNOWN", Chinese: "不能确定是否已登记，请用同一请求编号重发"},
	}
	notYours := web.Refusal{Status: http.StatusForbidden, Code: "NOT_YOURS", Chinese: "由准备的人撤回，由另一人退回"}
	web.Register(api, huma.Operation{
		OperationID: "confirmImport", Method: http.MethodPost, Path: preparedPath + "/{id}/confirm", Tags: []string{"imports"},
		Summary: "确认登记整份表格 (confirm a workbook)",
		Description: "登记的就是所见的那份表格，要么全部登记，要么全部不登记；重复确认只登记一次。须由另一人确认的，准备的人、提交过其中文件的人不能确认。" +
			" (Records exactly the workbook that was seen, all of it or nothing, once. Who prepared it, or entered any of its files, is no second person.)",
		RequestBody: body(map[string]*huma.Schema{"digest": digest}, "digest"),
	}, append(append([]web.Refusal{secondPerson}, ends...), []web.Refusal{
		blocked,
		{Status: http.StatusConflict, Code: "IMPORT_CHANGED", Chinese: "不是所见的那份表格"},
		{Status: http.StatusConflict, Code: "IMPORT_EXPIRED", Chinese: "已经失效"},
		{Status: http.StatusUnprocessableEntity, Code: "WORKBOOK_REFUSED", Chinese: "此后登记的内容与它不合，逐条列出"}, periodClosed,
		{Status: http.StatusServiceUnavailable, Code: "NOT_IN_FIGURES", Chinese: "已经登记，账目尚未算到"},
		{Status: http.StatusServiceUnavailable, Code: "BUSY", Chinese: "正有其他登记，请用同一请求编号重试"},
	}...), s.confirmImport)
	web.Register(api, huma.Operation{
		OperationID: "withdrawImport", Method: http.MethodPost, Path: preparedPath + "/{id}/withdraw", Tags: []string{"imports"},
		Summary: "撤回待确认的表格，由准备的人 (withdraw a workbook that one prepared)",
	}, append([]web.Refusal{notYours}, ends...), s.withdrawImport)
	web.Register(api, huma.Operation{
		OperationID: "refuseImport", Method: http.MethodPost, Path: preparedPath + "/{id}/refuse", Tags: []string{"imports"},
		Summary:     "退回待确认的表格，由另一人 (refuse a workbook that another prepared)",
		RequestBody: body(map[string]*huma.Schema{"why": why}, "why"),
	}, append([]web.Refusal{notYours, {Status: http.StatusUnprocessableEntity, Code: "REASON", Chinese: "没有写明理由"}}, ends...), s.refuseImport)
}

type endIn struct {
	web.OfCounty
	web.Mutation
	ID string `path:"id" doc:"编号 (its id)"`
	web.Stream
}

// waiting is a workbook that somebody is about to end, and what they send with it.
func (s *Server) waiting(ctx context.Context, in *endIn, said any) (*county, *intake.Workbook, error) {
	county, err := s.county(in.County)
	if err != nil {
		return nil, nil, err
	}
	if !access.Within(ctx).All {
		return nil, nil, wholeCounty()
	}
	if said != nil {
		body, err := in.Read(rowMax)
		if err != nil {
			return nil, nil, badRow(err)
		}
		d := json.NewDecoder(bytes.NewReader(body))
		d.DisallowUnknownFields()
		if d.Decode(said) != nil || d.More() {
			return nil, nil, refuse(http.StatusBadRequest, "JSON", "请求应为一个 JSON 对象，只有文档所列的各项", "expected one JSON object of what the document lists")
		}
	}
	w, err := s.intake.Find(ctx, county.name, in.ID)
	if err != nil {
		return nil, nil, unkept(err)
	}
	return county, w, s.heard(ctx, w)
}

// heard learns from the journal what became of a workbook that somebody began to end.
func (s *Server) heard(ctx context.Context, w *intake.Workbook) error {
	if w.State != intake.Waiting && w.State != intake.Expired || !w.Tried {
		return nil
	}
	receipt, seen, err := s.journal.Find(ctx, w.County, endOf(w))
	if err != nil || !seen {
		return err
	}
	return s.noted(ctx, w, receipt)
}

// noted keeps how a workbook ended, as the journal has it.
func (s *Server) noted(ctx context.Context, w *intake.Workbook, receipt journal.Receipt) error {
	var end endedImport
	if err := json.Unmarshal(receipt.Answer, &end); err != nil {
		return err
	}
	w.State, w.DecidedBy, w.Why, w.DecidedAt = end.State, end.By, end.Why, receipt.RecordedAt
	return s.intake.End(ctx, w, end.State, end.By, end.Why, receipt.RecordedAt)
}

// decided says that a workbook waits no longer.
func decided(w *intake.Workbook) error {
	is := map[intake.State][2]string{
		intake.Confirmed: {"已经确认登记", "confirmed"}, intake.Withdrawn: {"已经撤回", "withdrawn"},
		intake.Refused: {"已经退回", "refused"}, intake.Expired: {"已经失效", "expired"},
	}[w.State]
	return refuse(importDecided.Status, importDecided.Code, "这份表格"+is[0], "this workbook was "+is[1]+" already")
}

func (s *Server) confirmImport(ctx context.Context, in *endIn) (*importedOut, error) {
	var seen struct {
		Digest string `json:"digest"`
	}
	county, w, err := s.waiting(ctx, in, &seen)
	if err != nil {
		return nil, err
	}
	switch {
	case w.State != intake.Waiting && w.State != intake.Expired:
		return s.confirmedBefore(ctx, w)
	case w.Over(s.clock()):
		return nil, refuse(http.StatusConflict, "IMPORT_EXPIRED", "这份表格无人确认，已经失效，请重新准备", "nobody confirmed this workbook in time: prepare it again")
	case seen.Digest != hex.EncodeToString(w.Digest[:]):
		return nil, changed()
	}
	answer, err := s.confirm(ctx, county, w)
	if errors.Is(err, intake.ErrChanged) { // or somebody was quicker, and what it said is let go
		if w, err = s.intake.Find(ctx, county.name, in.ID); err != nil {
			return nil, unkept(err)
		}
		if w.State != intake.Waiting {
			return s.confirmedBefore(ctx, w)
		}
		s.log.ErrorContext(ctx, "a workbook that waits is not what was prepared", slog.String("import", w.ID))
		return nil, changed()
	}
	return &importedOut{answer}, err
}

// confirmedBefore is the answer to who confirmed a workbook and asks again; to others
// it waits no longer.
func (s *Server) confirmedBefore(ctx context.Context, w *intake.Workbook) (*importedOut, error) {
	if w.State != intake.Confirmed || w.DecidedBy != access.From(ctx).ID {
		return nil, decided(w)
	}
	receipt, _, err := s.journal.Find(ctx, w.County, endOf(w))
	if err != nil {
		return nil, err
	}
	answer, err := answered(receipt, nil)
	answer.Repeated = true
	return &importedOut{answer}, err
}

func changed() error {
	return refuse(http.StatusConflict, "IMPORT_CHANGED", "这不是您看到的那份表格，请重新查看后再确认", "this is not the workbook that you saw: look at it again")
}

// confirm records a workbook as it is kept; it fails with intake.ErrChanged where that
// is not what was prepared.
func (s *Server) confirm(ctx context.Context, county *county, w *intake.Workbook) (answer Imported, err error) {
	files, err := s.intake.Open(ctx, w)
	if err != nil {
		return answer, err
	}
	folder, err := os.MkdirTemp("", "feisui-import-")
	if err != nil {
		return answer, err
	}
	defer s.remove(folder)
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(folder, filepath.Base(f.Name)), f.Content, 0o600); err != nil {
			return answer, err
		}
	}
	book, err := workbook.Open(bookIn(folder, files), record.Layout)
	if err != nil {
		return answer, err
	}
	defer book.Close()
	who := access.From(ctx)
	end := endedImport{State: intake.Confirmed, By: who.ID, PreparedBy: w.PreparedBy, Digest: hex.EncodeToString(w.Digest[:])}
	answer, err = s.record(ctx, county, recordable{
		request: endOf(w), fingerprint: endPrint(end), actor: who.ID, source: sourceOf(w, book), may: s.bySecond(who, w),
		kept: func(is Imported) any { end.Imported = is; return end },
	})
	return answer, s.ended(ctx, w, err)
}

// endPrint is what makes an end the same one.
func endPrint(end endedImport) [32]byte {
	return fingerprintOf([]byte("import"), []byte(end.State), []byte(end.By), []byte(end.Digest), []byte(end.Why))
}

// ended notes how a workbook ended, after somebody tried to; err is what came of that.
func (s *Server) ended(ctx context.Context, w *intake.Workbook, err error) error {
	// What is in the journal is done, whoever still listens.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordMax)
	defer cancel()
	receipt, seen, unread := s.journal.Find(ctx, w.County, endOf(w))
	if unread == nil && seen {
		unread = s.noted(ctx, w, receipt)
	}
	if unread != nil {
		s.log.WarnContext(ctx, "how a workbook ended was not noted; whoever looks next will", slog.String("import", w.ID), slog.Any("error", unread))
	}
	var said *problem
	if errors.As(err, &said) && said.Code == "REQUEST_REUSED" && w.State != intake.Waiting { // somebody else was quicker
		return decided(w)
	}
	return err
}

// bySecond refuses a workbook to who prepared it, where that takes a second person.
func (s *Server) bySecond(who access.Principal, w *intake.Workbook) func(context.Context, *county, *record.Preview) error {
	directly := s.directly(who, endOf(w), w.Reason != "")
	return func(ctx context.Context, c *county, p *record.Preview) error {
		entered := prepares(w, who)
		if !entered {
			var err error
			if entered, err = s.intake.Entered(ctx, w, personOf(who)); err != nil {
				return err
			}
		}
		if entered {
			if err := directly(ctx, c, p); err != nil {
				return err
			}
		}
		return s.intake.Try(ctx, w)
	}
}

// directly refuses what one person may not record without a second: more rows in a day
// than the county says, anything that corrects, and anything but who and what there is.
func (s *Server) directly(who access.Principal, request string, corrects bool) func(context.Context, *county, *record.Preview) error {
	return func(ctx context.Context, c *county, p *record.Preview) error {
		settings, err := s.people.Settings(ctx, c.name)
		if err != nil {
			return err
		}
		if corrects && p.News > 0 {
			return refuse(secondPerson.Status, secondPerson.Code, "更正已登记的内容，须由另一人确认", "a correction takes a second person to confirm it")
		}
		if p.Two {
			return refuse(secondPerson.Status, secondPerson.Code,
				"一个人只能登记新的社区、部门、事项和挂牌目录；交办、回执、准入、拨付等事实，以及补充已登记的内容，须由另一人确认（在“导入表格”中提交）",
				"one person registers new communities, departments, items and titles; facts such as tasks, receipts, admissions and payments,"+
					" and what completes what is recorded, are prepared, and another person confirms them")
		}
		may, err := s.intake.Spend(ctx, c.name, personOf(who), request, p.News, settings.ImportRows)
		if err != nil || may {
			return err
		}
		most := strconv.Itoa(settings.ImportRows)
		return refuse(secondPerson.Status, secondPerson.Code,
			"一人一天从整份表格最多登记 "+most+" 条，超过的须由另一人确认（在“导入表格”中提交，由另一人确认）",
			"one person may record at most "+most+" rows of workbooks in a day; more takes a second person, who confirms what was prepared")
	}
}

func (s *Server) withdrawImport(ctx context.Context, in *endIn) (*preparedOut, error) {
	county, w, err := s.waiting(ctx, in, nil)
	if err != nil {
		return nil, err
	}
	if who := access.From(ctx); !prepares(w, who) {
		return nil, refuse(http.StatusForbidden, "NOT_YOURS", "只有准备的人可以撤回；您可以退回", "only who prepared it may withdraw it; you may refuse it")
	}
	return s.end(ctx, county, w, endedImport{State: intake.Withdrawn})
}

func (s *Server) refuseImport(ctx context.Context, in *endIn) (*preparedOut, error) {
	var said struct {
		Why string `json:"why"`
	}
	county, w, err := s.waiting(ctx, in, &said)
	if err != nil {
		return nil, err
	}
	if who := access.From(ctx); prepares(w, who) {
		return nil, refuse(http.StatusForbidden, "NOT_YOURS", "这是您自己准备的，请撤回", "you prepared it yourself: withdraw it")
	}
	why := strings.TrimSpace(said.Why)
	if n := utf8.RuneCountInString(why); n == 0 || n > reasonMax || !utf8.ValidString(why) || strings.ContainsFunc(why, unicode.IsControl) {
		return nil, refuse(http.StatusUnprocessableEntity, "REASON", "请写明退回的理由 why（1 至 200 个字，一行）", "expected why, of 1 to 200 characters on one line")
	}
	return s.end(ctx, county, w, endedImport{State: intake.Refused, Why: why})
}

// end ends a workbook without recording anything of it.
func (s *Server) end(ctx context.Context, county *county, w *intake.Workbook, end endedImport) (*preparedOut, error) {
	who := access.From(ctx)
	end.By, end.PreparedBy, end.Digest = who.ID, w.PreparedBy, hex.EncodeToString(w.Digest[:])
	again := w.State == end.State && w.DecidedBy == who.ID
	if w.State != intake.Waiting && !again {
		return nil, decided(w)
	}
	if !again {
		if err := s.intake.Try(ctx, w); err != nil {
			return nil, err
		}
		kept, err := json.Marshal(end)
		if err != nil {
			return nil, err
		}
		_, err = s.journal.Append(ctx, journal.Request{
			County: county.name, ID: endOf(w), Fingerprint: endPrint(end), Actor: who.ID, Kind: journal.Record, Answer: kept,
		})
		if err := s.ended(ctx, w, reused(err)); err != nil {
			return nil, err
		}
	}
	return s.shown(ctx, county.name, w.ID)
}
