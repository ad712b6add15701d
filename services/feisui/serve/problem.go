package serve

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"

	"feisui/pkg/web"
	"feisui/services/feisui/record"
	"feisui/services/ledger"
)

// problem is an answer that says no.
type problem = web.Problem

func refuse(status int, code, chinese, english string) *problem {
	return web.Refuse(status, code, chinese, english)
}

// refusedWorkbook is the problem of a workbook with faults.
func refusedWorkbook(r *record.Refused) *problem {
	p := refuse(http.StatusUnprocessableEntity, "WORKBOOK_REFUSED",
		"数据有误，全部未登记，请逐条更正后重新提交", "the data has faults and nothing of it was recorded: correct them and send it again")
	if r.Shut() {
		p = shutMonth(len(r.Faults)+r.More, r.Faults[0].Chinese, r.Faults[0].English)
	}
	for _, f := range r.Faults {
		p.Errors = append(p.Errors, web.Fault{
			File: f.File, Row: f.Row, Field: f.Column, Column: f.Title(), Found: f.Found, Chinese: f.Chinese, English: f.English, Line: f.String(),
		})
	}
	p.More = r.More
	return p
}

// explain gives the problems of errors that say what is wrong, nil for others.
func (s *Server) explain(ctx context.Context, err error) *problem {
	var refused *record.Refused
	var stopped *errBlocked
	switch {
	case errors.As(err, &refused):
		return refusedWorkbook(refused)
	case errors.As(err, &stopped):
		s.log.ErrorContext(ctx, "nothing is recorded and no figures are shown of what is blocked", slog.Any("error", err))
		return stopped.problem()
	case errors.Is(err, errUnpassed):
		return refuse(http.StatusServiceUnavailable, "NOT_IN_FIGURES",
			"已经登记，账目尚未算到；请稍后查看，或用同一请求编号重发确认", "it is recorded, and not in the figures yet: look later, or send the same request again")
	}
	if p := beyond(err); p != nil {
		return p
	}
	if p := unacted(err); p != nil {
		return p
	}
	return s.unstored(ctx, err)
}

// problem says what is blocked, and where.
func (e *errBlocked) problem() *problem {
	who, whom := "社区或单位 "+e.account+" ", e.account
	if e.account == ledger.County {
		who, whom = "全县", "the whole county"
	}
	at := strconv.FormatInt(e.Position, 10)
	return refuse(http.StatusServiceUnavailable, "LEDGER_BLOCKED",
		who+"的账目自第 "+at+" 条记录起无法处理，暂停出数和登记，请联系系统管理员",
		"of "+whom+" no figures are shown and nothing is recorded, since the entry at position "+at+" cannot be processed: see the log")
}

// What operations refuse, for the document.
var (
	countyUnknown = web.Refusal{Status: http.StatusNotFound, Code: "COUNTY_UNKNOWN", Chinese: "没有这个县"}
	blocked       = web.Refusal{Status: http.StatusServiceUnavailable, Code: "LEDGER_BLOCKED", Chinese: "账目有一条记录无法处理，暂停出数"}

	// recording are those of everything that records.
	recording = []web.Refusal{
		countyUnknown, blocked,
		{Status: http.StatusBadRequest, Code: "UPLOAD", Chinese: "上传不完整"},
		{Status: http.StatusConflict, Code: "REQUEST_REUSED", Chinese: "该请求编号已用于另一份内容"},
		{Status: http.StatusRequestEntityTooLarge, Code: "TOO_LARGE", Chinese: "内容过大"},
		{Status: http.StatusUnprocessableEntity, Code: "REASON", Chinese: "更正没有理由，或有理由而没有更正"},
		{Status: http.StatusUnprocessableEntity, Code: "WORD", Chinese: "correct 应为 true 或 false"},
		{Status: http.StatusUnprocessableEntity, Code: "WORKBOOK_REFUSED", Chinese: "数据有误，全部未登记，逐条列出"}, periodClosed,
		{Status: http.StatusServiceUnavailable, Code: "NOT_IN_FIGURES", Chinese: "已经登记，账目尚未算到"},
		{Status: http.StatusServiceUnavailable, Code: "BUSY", Chinese: "正有其他登记，请用同一请求编号重试"},
		{Status: http.StatusServiceUnavailable, Code: "OUTCOME_UNKNOWN", Chinese: "不能确定是否已登记，请用同一请求编号重发"},
	}
)
