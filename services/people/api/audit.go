package api

import (
	"context"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"feisui/pkg/access"
	"feisui/pkg/web"
	"feisui/services/people"
	"feisui/services/people/keep"
)

// AuditLine is a line of the audit log.
type AuditLine struct {
	N    int64     `json:"n" doc:"序号，不断号 (without gaps)"`
	Time time.Time `json:"time"`
	access.Record
	Hash string `json:"hash" doc:"覆盖本行和前一行 (over this line and the one before it)"`
}

// AuditPage is a page of the audit log.
type AuditPage struct {
	Lines []AuditLine `json:"lines"`
	Next  int64       `json:"next,omitempty" doc:"还有更多时，下一页的 before (before of the next page, when there is one)"`
}

// AuditChecked is what came of looking at the whole log.
type AuditChecked struct {
	OK    bool     `json:"ok"`
	Lines int64    `json:"lines"`
	Hash  string   `json:"hash" doc:"最后一行的校验值，与行数一起抄存别处，可发现以后被截去的 (of the last line: noted elsewhere with the number of lines, it finds what is cut off later)"`
	Wrong []string `json:"wrong" doc:"不符之处，最多 20 条 (what is not as it was written)"`
}

type (
	auditIn struct {
		web.OfCounty
		Actor     string `query:"actor" example:"person:0190a6" doc:"操作人编号 (who)"`
		Operation string `query:"operation" example:"session_open" doc:"操作 (an operation)"`
		Decision  string `query:"decision" enum:"done,refused,failed" doc:"结果 (what came of it)"`
		From      string `query:"from" example:"2025-06-01" doc:"自何日 (from a day on)"`
		To        string `query:"to" example:"2025-06-30" doc:"至何日，含当日 (until a day, that too)"`
		Before    string `query:"before" example:"4711" doc:"上一页的 next (next of the page before)"`
		Limit     string `query:"limit" pattern:"^[0-9]+$" example:"100" doc:"最多几条，1 至 1000，缺省 100 (how many at most)"`
		web.Export
	}
	checkIn struct {
		web.OfCounty
		Known string `query:"known" doc:"以前抄下的 行数:校验值，多个用逗号隔开 (lines with hashes noted earlier, between commas)"`
	}
	checkOut struct{ Body AuditChecked }
)

func (s *service) routeAudit(api *web.API) {
	const path = "/v1/counties/{county}/audit"
	web.Register(api, huma.Operation{
		OperationID: "audit", Method: http.MethodGet, Path: path, Tags: tags, Metadata: sensitive,
		Summary: "审计日志，最近的在前 (the audit log, the newest first)",
		Description: "只有审计管理员可以查看；任何人都不能改动或删除。日期按北京时间。" +
			" (For the audit administrator alone; nobody changes or deletes it. Days are those of UTC+8.)",
		Responses: api.Listed(AuditPage{}),
	}, with([]web.Refusal{
		countyUnknown, forbidden, badLimit, badWord,
		{Status: http.StatusUnprocessableEntity, Code: "DATE", Chinese: "不是日期"},
		{Status: http.StatusUnprocessableEntity, Code: "AFTER", Chinese: "before 不是上一页给出的值"},
	}, exports), s.audit)
	web.Register(api, huma.Operation{
		OperationID: "audit_verify", Method: http.MethodGet, Path: path + "/verify", Tags: tags, Metadata: sensitive,
		Summary: "核对审计日志是否被改动 (look whether the audit log was changed)",
	}, []web.Refusal{
		countyUnknown, forbidden, {Status: http.StatusUnprocessableEntity, Code: "KNOWN", Chinese: "known 应为 行数:校验值"},
	}, s.verify)
}

// zone is that of the counties; it has no summer time.
var zone = time.FixedZone("UTC+8", 8*60*60)

func (in *auditIn) wanted() (w keep.Wanted, err error) {
	decision, err := web.OneOf("decision", in.Decision, "", string(access.Done), string(access.Refused), string(access.Failed))
	if err != nil {
		return w, err
	}
	w = keep.Wanted{Actor: in.Actor, Operation: in.Operation, Decision: access.Decision(decision)}
	if in.From != "" {
		if w.From, err = begins("from", in.From); err != nil {
			return w, err
		}
	}
	if in.To != "" {
		if w.Until, err = begins("to", in.To); err != nil {
			return w, err
		}
		w.Until = w.Until.AddDate(0, 0, 1)
	}
	return w, nil
}

// begins is when a day begins.
func begins(name, text string) (time.Time, error) {
	d, err := web.Date(name, text)
	if err != nil {
		return time.Time{}, err
	}
	return time.ParseInLocation(time.DateOnly, d.String(), zone)
}

func (s *service) audit(ctx context.Context, in *auditIn) (*web.Listing, error) {
	if err := s.may(ctx, in.County, access.AuditAdmin); err != nil {
		return nil, err
	}
	w, err := in.wanted()
	if err != nil {
		return nil, err
	}
	limit, err := limitOf(in.Limit)
	if err != nil {
		return nil, err
	}
	file, err := in.AsFile("", in.Limit) // what is before a line may be a file: it is no page
	if err != nil {
		return nil, err
	}
	before, err := beforeOf(in.Before)
	if err != nil {
		return nil, err
	}
	if file {
		return s.auditFile(ctx, in, w, before)
	}
	lines, err := s.People().Trail.Lines(ctx, in.County, w, before, limit)
	if err != nil {
		return nil, err
	}
	page := AuditPage{Lines: make([]AuditLine, 0, len(lines))}
	for i := range lines {
		page.Lines = append(page.Lines, lineOf(&lines[i]))
	}
	if len(lines) == limit {
		page.Next = lines[limit-1].N
	}
	return web.Page(page), nil
}

// beforeOf reads what a page of the log is before; 0 is the end.
func beforeOf(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	before, err := strconv.ParseInt(text, 10, 64)
	if err != nil || before < 1 {
		return 0, web.Refuse(http.StatusUnprocessableEntity, "AFTER", "before 应为上一页给出的 next", "before: expected next of the page before")
	}
	return before, nil
}

func lineOf(l *people.Line) AuditLine {
	return AuditLine{N: l.N, Time: time.UnixMicro(l.Time).UTC(), Record: l.Record, Hash: hex.EncodeToString(l.Hash[:])}
}

func (s *service) verify(ctx context.Context, in *checkIn) (*checkOut, error) {
	if err := s.may(ctx, in.County, access.AuditAdmin); err != nil {
		return nil, err
	}
	known, err := notedIn(in.Known)
	if err != nil {
		return nil, err
	}
	v, err := s.People().Trail.Verify(ctx, in.County, known)
	return &checkOut{AuditChecked{OK: len(v.Wrong) == 0, Lines: v.Lines, Hash: hex.EncodeToString(v.Hash[:]), Wrong: orNone(v.Wrong)}}, err
}

func notedIn(text string) (map[int64][32]byte, error) {
	known := map[int64][32]byte{}
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		number, hash, _ := strings.Cut(part, ":")
		n, err := strconv.ParseInt(number, 10, 64)
		h, err2 := hex.DecodeString(hash)
		if err != nil || err2 != nil || n < 1 || len(h) != 32 {
			return nil, web.Refuse(http.StatusUnprocessableEntity, "KNOWN",
				"known 应为 行数:校验值，现为“"+part+"”", "known: expected LINES:HASH, found \""+part+"\"")
		}
		known[n] = [32]byte(h)
	}
	return known, nil
}
