package web

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// Problem is an answer that says no, as RFC 9457 has it: in Chinese and English,
// with every fault, and with nothing of our insides. It is an error, so that
// whoever finds what is wrong returns it.
type Problem struct {
	Status int     `json:"status" doc:"HTTP 状态码 (the HTTP status)" example:"422"`
	Code   string  `json:"code" doc:"供程序判断的代码，不会改变 (for programs; it does not change)" example:"DATE"`
	Title  string  `json:"title" doc:"给人看的说明 (for people, in Chinese)" example:"on 应为日期，如 2025-06-30，现为“昨天”"`
	Detail string  `json:"detail" doc:"英文说明 (the same in English)"`
	Errors []Fault `json:"errors,omitempty" doc:"逐条错误，最多 1000 条 (every fault, at most 1000)"`
	More   int     `json:"more,omitempty" doc:"未列出的错误数 (faults that are not listed)"`
}

// Fault is one thing wrong with what was sent.
type Fault struct {
	File    string `json:"file,omitempty" doc:"文件或工作表 (the file or sheet)"`
	Row     int    `json:"row,omitempty" doc:"行号，表头为第 1 行 (the row, 1 for the header)"`
	Field   string `json:"field,omitempty" doc:"列的英文名 (the column's English name)"`
	Column  string `json:"column,omitempty" doc:"列或表单栏目的中文名，已知时 (what the column, or the field of a form, is called in Chinese, where it is known)"`
	Found   string `json:"found" doc:"现有内容 (what was found)"`
	Chinese string `json:"zh" doc:"应为 (what was expected, in Chinese)"`
	English string `json:"en" doc:"应为，英文 (what was expected)"`
	Line    string `json:"line" doc:"命令行显示的一行 (as the command line prints it)"`
}

// Refuse makes the problem that says no in two sentences.
func Refuse(status int, code, chinese, english string) *Problem {
	return &Problem{Status: status, Code: code, Title: chinese, Detail: english}
}

func (p *Problem) Error() string { return fmt.Sprintf("%s: %s", p.Code, p.Detail) }

// GetStatus is the HTTP status; by it huma knows an error that is an answer.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is that of RFC 9457.
func (p *Problem) ContentType(string) string { return problemType }

// APIAway is the code of a portal whose API's process cannot be reached.
const APIAway = "API_AWAY"

const problemType = "application/problem+json"

// Refusal is one way in which an operation says no, for the document.
type Refusal struct {
	Status  int
	Code    string
	Chinese string // what it means, in a few words
}

// broken is the problem of whatever the client can do nothing about.
func broken() *Problem {
	return Refuse(http.StatusInternalServerError, "INTERNAL",
		"系统出错，请稍后用同一请求编号重试", "something is broken on our side: try again later with the same request id")
}

// huma has one place in a process where what it finds wrong gets its words, and
// one for whether lists may be null. Ours never are: a list that has nothing is [].
func init() {
	huma.NewError = inOurWords
	huma.DefaultArrayNullable = false
}

// inOurWords turns what huma finds wrong into a problem: its English is dropped,
// where it looked and what it found stay. A Problem among the errors is the
// answer as it is.
func inOurWords(status int, _ string, errs ...error) huma.StatusError {
	p := general(status)
	for _, err := range errs {
		var ours *Problem
		if errors.As(err, &ours) {
			return ours
		}
		var detailed huma.ErrorDetailer
		if errors.As(err, &detailed) {
			p.Errors = append(p.Errors, faultOf(detailed.ErrorDetail()))
		}
	}
	return p
}

func faultOf(d *huma.ErrorDetail) Fault {
	f := Fault{Field: d.Location, Chinese: "不符合接口文档的要求", English: "what the document of this interface asks for"}
	if d.Value != nil {
		f.Found = fmt.Sprint(d.Value)
	}
	f.Line = fmt.Sprintf("%s: %q, expected %s（%s）", f.Field, f.Found, f.English, f.Chinese)
	return f
}

// general is the problem of a status of which no more is known.
func general(status int) *Problem {
	switch {
	case status == http.StatusRequestEntityTooLarge:
		return Refuse(status, "TOO_LARGE", "内容过大", "the content is too large")
	case status == http.StatusUnsupportedMediaType:
		return Refuse(status, "CONTENT_TYPE", "不支持这种内容类型", "the content type is not supported")
	case status >= http.StatusInternalServerError:
		return broken()
	default:
		return Refuse(status, "INVALID", "请求不符合接口文档的要求", "the request is not as the document of this interface says")
	}
}
