package serve

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"feisui/services/feisui/record"
)

// problem is an answer that says no, as RFC 9457 has it: in Chinese and English,
// with every fault, and with nothing of our insides.
type problem struct {
	Status int            `json:"status"`
	Code   string         `json:"code"`   // for programs
	Title  string         `json:"title"`  // for people, Chinese
	Detail string         `json:"detail"` // the same in English
	Errors []problemFault `json:"errors,omitempty"`
	More   int            `json:"more,omitempty"` // faults that are not listed
}

type problemFault struct {
	File    string `json:"file,omitempty"`
	Row     int    `json:"row,omitempty"`
	Field   string `json:"field,omitempty"`
	Found   string `json:"found"`
	Chinese string `json:"zh"`
	English string `json:"en"`
	Line    string `json:"line"` // as the command line prints it
}

func (p *problem) Error() string { return fmt.Sprintf("%s: %s", p.Code, p.Detail) }

func refuse(status int, code, chinese, english string) *problem {
	return &problem{Status: status, Code: code, Title: chinese, Detail: english}
}

// refusedWorkbook is the problem of a workbook with faults.
func refusedWorkbook(r *record.Refused) *problem {
	p := refuse(http.StatusUnprocessableEntity, "WORKBOOK_REFUSED",
		"数据有误，全部未登记，请逐条更正后重新提交", "the data has faults and nothing of it was recorded: correct them and send it again")
	for _, f := range r.Faults {
		p.Errors = append(p.Errors, problemFault{
			File: f.File, Row: f.Row, Field: f.Column, Found: f.Found, Chinese: f.Chinese, English: f.English, Line: f.String(),
		})
	}
	p.More = r.More
	return p
}

// handler answers a request, or gives the error to answer it with.
type handler func(w http.ResponseWriter, r *http.Request) error

// answering turns errors into problems: one that is known says what to do; any
// other is logged with its chain and tells the client nothing of it.
func answering(log *slog.Logger, h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := h(w, r)
		if err == nil {
			return
		}
		var p *problem
		var refused *record.Refused
		switch {
		case errors.As(err, &refused):
			p = refusedWorkbook(refused)
		case errors.As(err, &p):
		case errors.Is(err, errBlocked):
			p = refuse(http.StatusServiceUnavailable, "LEDGER_BLOCKED", "账目有一条记录无法处理，暂停出数，请联系系统管理员", "an entry cannot be processed and no figures are shown: see the log")
			log.ErrorContext(r.Context(), "no figures are shown", slog.Any("error", err))
		case r.Context().Err() != nil:
			return
		default:
			p = refuse(http.StatusInternalServerError, "INTERNAL", "系统出错，请稍后用同一请求编号重试", "something is broken on our side: try again later with the same request id")
			log.ErrorContext(r.Context(), "a request failed", slog.String("path", r.URL.Path), slog.Any("error", err))
		}
		writeJSON(w, log, p.Status, "application/problem+json", p)
	}
}

func writeJSON(w http.ResponseWriter, log *slog.Logger, status int, kind string, v any) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(v); err != nil {
		log.Info("an answer was not taken", slog.Any("error", err))
	}
}
