package web

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"feisui/pkg/civil"
)

// OfCounty is embedded in the input of what belongs to a county.
type OfCounty struct {
	County string `path:"county" doc:"县，启动服务时以 --county 指定的名字 (the county's name)" example:"county"`
}

// Mutation is embedded in the input of every operation that records something.
// The operation is refused without a request id, before its handler runs.
type Mutation struct {
	//nolint:lll // what people read of it stands in the tag
	RequestID string `header:"Request-Id" required:"true" pattern:"^[!-~]{1,200}$" example:"7f3a" doc:"请求编号，由提交方自定，1 至 200 个字母、数字或符号。重发时用同一编号：只登记一次，得到同样的回答 (the client's own id; sent again with the same id, a request is recorded once and gets the same answer)"`
}

// Resolve refuses what has no request id.
func (m *Mutation) Resolve(huma.Context) []error {
	if m.RequestID == "" || len(m.RequestID) > 200 || !printable(m.RequestID) {
		return []error{Refuse(http.StatusPreconditionRequired, "REQUEST_ID",
			"请在 Request-Id 中填写请求编号（1 至 200 个字母、数字或符号），重发时用同一编号",
			"expected a Request-Id of 1 to 200 printable ASCII characters, the same when the request is sent again")}
	}
	return nil
}

func printable(s string) bool {
	for _, c := range []byte(s) {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return true
}

// Stream is embedded in the input of an operation that takes a body, which it
// reads by itself. The operation says in its RequestBody what the body is like.
type Stream struct {
	r *http.Request
	w http.ResponseWriter
}

// Resolve keeps the request; nothing of its body is read.
func (s *Stream) Resolve(ctx huma.Context) []error {
	s.r, s.w = humago.Unwrap(ctx)
	return nil
}

// Read gives the whole body, a text of so many bytes at most; else it fails, see TooLarge
// and Said.
func (s *Stream) Read(bytesMax int64) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(s.w, s.r.Body, bytesMax))
	if err != nil {
		return nil, err
	}
	return body, Legible(body)
}

// Parts gives the parts of a multipart/form-data body of at most so many bytes
// one after the other, as they come in. It fails when the body is something else.
func (s *Stream) Parts(bytesMax int64) (*multipart.Reader, error) {
	s.r.Body = http.MaxBytesReader(s.w, s.r.Body, bytesMax)
	return s.r.MultipartReader()
}

// TooLarge reports that reading failed because a body has more bytes than it may.
func TooLarge(err error) bool {
	var tooLarge *http.MaxBytesError
	return errors.As(err, &tooLarge)
}

// Date reads a parameter that must be a date.
func Date(name, text string) (civil.Date, error) {
	d, err := civil.Read(strings.TrimSpace(text))
	if err != nil {
		return 0, Refuse(http.StatusUnprocessableEntity, "DATE",
			name+" 应为日期，如 2025-06-30，现为“"+text+"”", name+": expected a date such as 2025-06-30, found \""+text+"\"")
	}
	return d, nil
}

// OneOf reads a parameter that is one of a few words; the first stands for none.
func OneOf(name, text string, words ...string) (string, error) {
	if text == "" {
		return words[0], nil
	}
	for _, word := range words {
		if word == text {
			return word, nil
		}
	}
	list := strings.TrimPrefix(strings.Join(words, ", "), ", ") // nothing is no word to choose
	return "", Refuse(http.StatusUnprocessableEntity, "WORD",
		name+" 应为 "+list+" 之一，现为“"+text+"”", name+": expected one of "+list+", found \""+text+"\"")
}
