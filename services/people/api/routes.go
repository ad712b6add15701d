// Package api is the people's part of the HTTP interface: signing in, users and
// what they are granted, and the audit log. Who may call which operation the
// rights table says; the rules say it again for what must never be another's.
package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"feisui/pkg/access"
	"feisui/pkg/web"
	"feisui/services/people"
	"feisui/services/people/keep"
	"feisui/services/people/sso"
)

// Source gives what the routes answer from.
type Source struct {
	People func() *keep.People
	// County gives the county of a name, and of "" the only one that is served. Its
	// error is answered.
	County func(name string) (string, error)
	// Organisations says what the county knows under a code; nothing, when it has none
	// such.
	Organisations func(ctx context.Context, county, code string) ([]people.Organisation, error)
	// Proxied says that a proxy in front speaks TLS, and that nobody comes past it.
	Proxied bool
	// Demo gives the demo accounts, none where there are none. They are told on the
	// machine itself, and to nobody else.
	Demo func() Demo
	// Words are what files say the words of the interface with.
	Words Words
	// Elsewhere signs people in beside us; nil where nothing does.
	Elsewhere *sso.Provider
}

// Routes registers the people's routes.
func Routes(api *web.API, from Source) {
	s := &service{from}
	s.routeSession(api)
	s.routeElsewhere(api)
	s.routeFactor(api)
	s.routeTokens(api)
	s.routePeople(api)
	s.routeChanges(api)
	s.routeGrants(api)
	s.routeSettings(api)
	s.routeAudit(api)
	s.routeAlarms(api)
	s.routeDemo(api)
}

type service struct{ Source }

// tags are what the operations stand under in the document.
var tags = []string{"people"}

// Asked is embedded in the input of what must see the request itself. It is
// exported in name alone: huma looks into exported fields only.
type Asked struct{ r *http.Request }

// Resolve keeps the request.
func (a *Asked) Resolve(ctx huma.Context) []error {
	a.r, _ = humago.Unwrap(ctx)
	return nil
}

// bodyMax is how many bytes a body may have.
const bodyMax = 64 << 10

// taking describes a body by what it is read into.
func taking(api *web.API, value any) *huma.RequestBody {
	return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: api.SchemaOf(value)}}}
}

// sensitive marks what tells much of people: its reading is audited before it is
// answered.
var sensitive = map[string]any{web.Sensitive: true}

// exports are what lists refuse as files; that the audit log is away is said of all that
// is sensitive.
var exports = append([]web.Refusal{{Status: http.StatusUnprocessableEntity, Code: "EXPORT_PAGED", Chinese: "文件不分页"}}, web.WorkbookRefusals...)

// What operations refuse, for the document.
var (
	countyUnknown = web.Refusal{Status: http.StatusNotFound, Code: "COUNTY_UNKNOWN", Chinese: "没有这个县"}
	forbidden     = web.Refusal{Status: http.StatusForbidden, Code: "FORBIDDEN", Chinese: "没有这项权限"}
	reused        = web.Refusal{Status: http.StatusConflict, Code: "REQUEST_REUSED", Chinese: "该请求编号已用于另一份内容"}
	busy          = web.Refusal{Status: http.StatusServiceUnavailable, Code: "BUSY", Chinese: "同时登录的人太多"}
	userUnknown   = web.Refusal{Status: http.StatusNotFound, Code: "USER_UNKNOWN", Chinese: "没有这个人员"}
	self          = web.Refusal{Status: http.StatusForbidden, Code: "SELF", Chinese: "不能对自己操作"}
	second        = web.Refusal{Status: http.StatusForbidden, Code: "SECOND_PERSON_REQUIRED", Chinese: "须由另一人办理"}
	lastOne       = web.Refusal{Status: http.StatusConflict, Code: "LAST_ADMINISTRATOR", Chinese: "是最后一名管理员"}
	disabled      = web.Refusal{Status: http.StatusConflict, Code: "DISABLED", Chinese: "账号已停用"}
	signInFirst   = web.Refusal{Status: http.StatusUnauthorized, Code: "SIGN_IN_FIRST", Chinese: "未登录"}
	badLimit      = web.Refusal{Status: http.StatusUnprocessableEntity, Code: "LIMIT", Chinese: "limit 应为 1 至 1000"}
	badWord       = web.Refusal{Status: http.StatusUnprocessableEntity, Code: "WORD", Chinese: "不是可选的值"}

	// bodies are those of whatever takes a body.
	bodies = []web.Refusal{
		{Status: http.StatusBadRequest, Code: "JSON", Chinese: "不是一个 JSON 对象"},
		{Status: http.StatusUnsupportedMediaType, Code: "CONTENT_TYPE", Chinese: "内容类型应为 application/json"},
		{Status: http.StatusRequestEntityTooLarge, Code: "TOO_LARGE", Chinese: "内容过大"},
		{Status: http.StatusUnprocessableEntity, Code: "FIELD", Chinese: "一项内容的类型不对"},
		{Status: http.StatusUnprocessableEntity, Code: "FIELD_UNKNOWN", Chinese: "没有这一项"},
	}
)

func with(lists ...[]web.Refusal) []web.Refusal {
	var all []web.Refusal
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

// read takes a body apart: one JSON object with nothing unknown in it, so that
// what somebody hoped to set is not passed over in silence.
func read(r *http.Request, from *web.Stream, into any) error {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return web.Refuse(http.StatusUnsupportedMediaType, "CONTENT_TYPE", "内容类型应为 application/json", "expected the content type application/json")
	}
	text, err := from.Read(bodyMax)
	if web.TooLarge(err) {
		return web.Refuse(http.StatusRequestEntityTooLarge, "TOO_LARGE", "内容过大", "the content is too large")
	}
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	err = d.Decode(into)
	var field *json.UnmarshalTypeError
	switch {
	case errors.As(err, &field) && field.Field != "":
		return web.Refuse(http.StatusUnprocessableEntity, "FIELD", field.Field+" 的类型不对", field.Field+": of another type than the document of this interface says")
	case err != nil && strings.HasPrefix(err.Error(), "json: unknown field "): // there is no type for it
		name := strings.TrimPrefix(err.Error(), "json: unknown field ")
		return web.Refuse(http.StatusUnprocessableEntity, "FIELD_UNKNOWN", "没有这一项："+name, "no such field: "+name)
	case err != nil:
		return web.Refuse(http.StatusBadRequest, "JSON", "内容应为一个 JSON 对象", "expected one JSON object")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return web.Refuse(http.StatusBadRequest, "JSON", "内容应为一个 JSON 对象，后面不应再有内容", "expected one JSON object and nothing behind it")
	}
	return nil
}

// request is what somebody asks for by an operation of a county.
func (s *service) request(ctx context.Context, county, id string) (keep.Request, error) {
	by := access.From(ctx)
	name, err := s.County(county)
	if err != nil {
		return keep.Request{}, err
	}
	return keep.Request{County: name, ID: id, By: by}, nil
}

// may refuses who holds none of some roles in a county, and those of another
// county as if there were none.
func (s *service) may(ctx context.Context, county string, roles ...access.Role) error {
	r, err := s.request(ctx, county, "")
	if err != nil {
		return err
	}
	if r.By.Known() && r.By.County != "" && r.By.County != r.County {
		return problem(people.NotThere("COUNTY"))
	}
	return problem(people.May(r.By, roles...))
}

// Paged is embedded in the input of what comes in pages.
type Paged struct {
	After string `query:"after" doc:"上一页的 next；空则为第一页 (next of the page before; empty for the first)"`
	Limit string `query:"limit" pattern:"^[0-9]+$" example:"100" doc:"最多几条，1 至 1000，缺省 100 (how many at most)"`
}

const (
	limitUsual = 100
	limitMax   = 1000
)

func limitOf(text string) (int, error) {
	if text == "" {
		return limitUsual, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > limitMax {
		return 0, web.Refuse(http.StatusUnprocessableEntity, "LIMIT",
			"limit 应为 1 至 1000，现为“"+text+"”", "limit: expected 1 to 1000, found \""+text+"\"")
	}
	return n, nil
}
