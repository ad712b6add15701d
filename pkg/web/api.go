package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"feisui/pkg/access"
	"feisui/pkg/civil"
)

// Options say what an API is.
type Options struct {
	Info *huma.Info
	Tags []*huma.Tag
	Log  *slog.Logger

	// Explain gives the problem of an error that is none yet, nil for one that
	// means that something is broken.
	Explain func(ctx context.Context, err error) *Problem

	// Guard gives the problem of a request that is not answered at all, nil for
	// one that is. It may be nil.
	Guard func(r *http.Request) *Problem

	// Refusals are what every operation may refuse that asks who asks, besides its own.
	Refusals []Refusal

	// Access is the table of rights. An operation that it lacks is refused to
	// everybody, and without a table all are.
	Access *access.Matrix

	// Who gives who asks: nobody when no credential is shown, an error for one that
	// is not or no longer good. Nil stands for nobody at all.
	Who func(ctx context.Context, r *http.Request) (access.Principal, error)

	// Credentials are what Who may refuse, for the document.
	Credentials []Refusal

	// Trail takes what is to be audited; without one it is logged.
	Trail access.Trail

	// Quota bounds what one person takes away; without one nothing does.
	Quota Quota

	// Unknown gives the problem of a path that no route has, nil for the usual one.
	Unknown func(r *http.Request) *Problem
}

// API is where routes are registered, and what answers them. It is a huma.API, so
// that what huma has beside its own Register can be used; Register is ours.
type API struct {
	huma.API
	options  Options
	mux      *http.ServeMux
	patterns []string

	operations []string // their ids

	made     sync.Once
	document []byte
	broken   error
}

// New makes an API without routes but the one for its document,
// GET /v1/openapi.json.
func New(o Options) *API {
	a := &API{options: o, mux: http.NewServeMux()}
	config := huma.Config{
		OpenAPI: &huma.OpenAPI{
			Info: o.Info, Tags: o.Tags,
			Components: &huma.Components{Schemas: huma.NewMapRegistry(schemas, huma.DefaultSchemaNamer)},
		},
		Formats: huma.DefaultFormats, DefaultFormat: "application/json",
		// No OpenAPIPath, DocsPath and SchemasPath: the document is a route like any
		// other, and huma's page for it would load scripts from elsewhere.
	}
	config.AllowAdditionalPropertiesByDefault = true // an answer may grow
	a.API = humago.New((*recording)(a), config)
	a.Alias(civil.Date(0), dateSchema{})
	a.UseMiddleware(a.admit, a.knownQuery)
	a.routeDocument()
	return a
}

// schemas is where the document keeps named schemas.
const schemas = "#/components/schemas/"

// recording is the mux as huma sees it: every route goes into the list.
type recording API

// HandleFunc adds a route.
func (a *recording) HandleFunc(pattern string, handler func(http.ResponseWriter, *http.Request)) {
	a.patterns = append(a.patterns, pattern)
	a.mux.HandleFunc(pattern, handler)
}

// ServeHTTP answers by the routes alone.
func (a *recording) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.mux.ServeHTTP(w, r) }

// Elsewhere answers a route that is not here, "METHOD /path", with why. It is
// neither listed nor documented.
func (a *API) Elsewhere(pattern string, why *Problem) {
	a.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { a.refuse(w, r, why) })
}

// Patterns lists the routes, each as "METHOD /path".
func (a *API) Patterns() []string { return slices.Clone(a.patterns) }

// Alias has the document describe every value of a type by the schema of another,
// for a type that writes its own JSON. The other is a huma.SchemaProvider.
func (a *API) Alias(value any, schema huma.SchemaProvider) {
	a.OpenAPI().Components.Schemas.RegisterTypeAlias(reflect.TypeOf(value), reflect.TypeOf(schema))
}

// Schema names a schema that no Go type has, and gives a reference to it.
func (a *API) Schema(name string, schema *huma.Schema) *huma.Schema {
	a.OpenAPI().Components.Schemas.Map()[name] = schema
	return &huma.Schema{Ref: schemas + name}
}

// SchemaOf gives a reference to the schema of a Go struct.
func (a *API) SchemaOf(value any) *huma.Schema {
	return a.OpenAPI().Components.Schemas.Schema(reflect.TypeOf(value), true, "")
}

// dateSchema is how a civil.Date looks in JSON.
type dateSchema struct{}

// Schema is a date, not an instant.
func (dateSchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "date", Description: "日期 (a date)", Examples: []any{"2025-06-30"}}
}

// Register adds a route. What is in op's RequestBody and Responses goes into the
// document as it is; refusals are those of the handler's own, to which the ones
// that every operation has are added.
//
// The fields of I with a path, query or header tag are texts; huma checks nothing
// of them but that no unknown query parameter is given. The handler returns a
// *Problem for what it refuses, and any other error for what Options.Explain
// explains or what is broken: that is logged, and the client is told nothing of it.
func Register[I, O any](a *API, op huma.Operation, refusals []Refusal, answer func(context.Context, *I) (*O, error)) {
	body := op.RequestBody
	op.RequestBody = nil // else huma would read the body, and check it in English
	op.SkipValidateParams = true
	op.Metadata = withKinds(op.Metadata, body)
	a.operations = append(a.operations, op.OperationID)
	op.Responses = responses(a, &op, reflect.TypeFor[I](), refusals)
	huma.Register(a.API, op, func(ctx context.Context, in *I) (*O, error) {
		var out *O
		err := mayRead(ctx)
		if err == nil {
			out, err = answer(ctx, in)
		}
		if err == nil {
			err = a.disclose(ctx, &op)
		}
		if err != nil {
			problem := a.problem(ctx, err)
			note(ctx, problem)
			return nil, problem
		}
		return out, nil
	})
	if body != nil {
		a.operation(op.Method, op.Path).RequestBody = body
	}
}

// withKinds notes in an operation's metadata which content types it takes.
func withKinds(metadata map[string]any, body *huma.RequestBody) map[string]any {
	metadata = maps.Clone(metadata)
	if metadata == nil {
		metadata = map[string]any{}
	}
	if body != nil {
		metadata[bodyKinds] = slices.Collect(maps.Keys(body.Content))
	}
	return metadata
}

// operation finds a registered operation.
func (a *API) operation(method, path string) *huma.Operation {
	item := a.OpenAPI().Paths[path]
	if method == http.MethodPost {
		return item.Post
	}
	return map[string]*huma.Operation{
		http.MethodGet: item.Get, http.MethodPut: item.Put, http.MethodPatch: item.Patch, http.MethodDelete: item.Delete,
	}[method]
}

// responses adds the refusals to what an operation answers: one response a
// status, whose description lists the codes.
func responses(a *API, op *huma.Operation, in reflect.Type, own []Refusal) map[string]*huma.Response {
	all := slices.Clone(own)
	if embeds(in, reflect.TypeFor[Mutation]()) {
		all = append(all, Refusal{http.StatusPreconditionRequired, "REQUEST_ID", "没有填写请求编号"})
	}
	if anyone := a.options.Access.Anyone(op.OperationID); anyone != access.All || op.Metadata[Sensitive] == true {
		all = append(all, a.options.Refusals...)
	}
	if op.Method != http.MethodGet {
		all = append(all, Refusal{http.StatusForbidden, "CROSS_ORIGIN", "请求来自其他网站的页面"})
	}
	if op.Metadata[bodyKinds] != nil {
		all = append(all, Refusal{http.StatusUnsupportedMediaType, "CONTENT_TYPE", "内容类型不对"},
			Refusal{http.StatusUnsupportedMediaType, "CONTENT_ENCODING", "内容经过压缩"})
	}
	all = append(all, a.rightsRefused(op)...)
	all = append(all,
		Refusal{http.StatusBadRequest, "QUERY", "网址中的参数无法识别"},
		Refusal{http.StatusRequestURITooLong, "ADDRESS_TOO_LONG", "网址过长"},
		Refusal{http.StatusUnprocessableEntity, "TEXT_INVALID", "含有不能登记的字符"},
		Refusal{http.StatusInternalServerError, "INTERNAL", "系统出错"})
	answers := map[string]*huma.Response{}
	maps.Copy(answers, op.Responses)
	schema := a.SchemaOf(Problem{})
	for _, r := range all {
		status := strconv.Itoa(r.Status)
		if answers[status] == nil {
			answers[status] = &huma.Response{}
		}
		answer := answers[status]
		answer.Description = strings.TrimPrefix(answer.Description+"；"+r.Code+" "+r.Chinese, "；")
		if answer.Content == nil {
			answer.Content = map[string]*huma.MediaType{}
		}
		answer.Content[problemType] = &huma.MediaType{Schema: schema}
	}
	return answers
}

// rightsRefused are the refusals of who may not do an operation.
func (a *API) rightsRefused(op *huma.Operation) (all []Refusal) {
	if op.Metadata[Sensitive] == true {
		all = append(all, Refusal{http.StatusServiceUnavailable, "AUDIT_AWAY", "审计记录暂时写不进"})
	}
	anyone := a.options.Access.Anyone(op.OperationID)
	if anyone == access.All {
		return all
	}
	all = append(all, Refusal{http.StatusUnauthorized, "SIGN_IN", "没有登录"})
	all = append(all, a.options.Credentials...)
	if anyone != access.Pending {
		all = append(all, Refusal{http.StatusUnauthorized, "FACTOR_PENDING", "须先输入动态验证码"})
	}
	if anyone != access.First && anyone != access.Pending {
		all = append(all, Refusal{http.StatusUnauthorized, "MUST_CHANGE_PASSWORD", "须先修改密码"}, Refusal{http.StatusUnauthorized, "FACTOR_FIRST", "须先设置动态验证码"})
	}
	if anyone == access.Never {
		all = append(all, Refusal{http.StatusForbidden, "FORBIDDEN", "角色不能进行此项操作"})
	}
	return all
}

func embeds(in, what reflect.Type) bool {
	f, ok := in.FieldByName(what.Name())
	return ok && f.Anonymous && f.Type == what
}

// knownQuery refuses a query parameter that the operation does not have, or that
// is given twice: a slip of the hand would otherwise get the answer to another
// question.
func (a *API) knownQuery(ctx huma.Context, next func(huma.Context)) {
	wrong := wrongQuery(ctx.URL().RawQuery, ctx.Operation())
	if wrong == nil {
		wrong = illegible(ctx)
	}
	if wrong != nil {
		note(ctx.Context(), wrong)
		r, w := humago.Unwrap(ctx)
		a.refuse(w, r, wrong)
		return
	}
	next(ctx)
}

// problem gives the problem of an error. It ends the request when the client,
// which is why something failed, is gone.
func (a *API) problem(ctx context.Context, err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	if a.options.Explain != nil {
		if p = a.options.Explain(ctx, err); p != nil {
			return p
		}
	}
	if ctx.Err() != nil {
		panic(http.ErrAbortHandler)
	}
	a.options.Log.ErrorContext(ctx, "a request failed", slog.Any("error", err))
	return broken()
}

// Body makes an output's Body of what writes it. An error while writing breaks
// the connection: it is too late for a problem, and what was written is not all.
func Body(write func(io.Writer) error) func(huma.Context) {
	return func(ctx huma.Context) {
		if err := write(ctx.BodyWriter()); err != nil {
			panic(http.ErrAbortHandler)
		}
	}
}

// Document is the OpenAPI document of what has been registered, indented. It is
// made once, so nothing may be registered afterwards.
func (a *API) Document() ([]byte, error) {
	a.made.Do(func() {
		var out bytes.Buffer
		text, err := json.Marshal(a.OpenAPI())
		if err == nil {
			err = json.Indent(&out, text, "", "  ")
		}
		out.WriteByte('\n')
		a.document, a.broken = out.Bytes(), err
	})
	return a.document, a.broken
}

// bytesOut is an output that is written as it is.
type bytesOut struct {
	ContentType string `header:"Content-Type" hidden:"true"`
	Body        []byte
}

func (a *API) routeDocument() {
	Register(a, huma.Operation{
		OperationID: "openapi", Method: http.MethodGet, Path: "/v1/openapi.json", Tags: []string{"system"},
		Summary: "本接口的说明文档 (this document)", Description: "OpenAPI 3.1。",
		Responses: map[string]*huma.Response{"200": {
			Description: "OpenAPI 3.1", Content: map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{Type: huma.TypeObject}}},
		}},
	}, nil, func(context.Context, *struct{}) (*bytesOut, error) {
		text, err := a.Document()
		return &bytesOut{"application/json", text}, err
	})
}

// Flowing is Body for an answer that goes on: what was written is on its way
// once flush returns.
func Flowing(write func(w io.Writer, flush func() error) error) func(huma.Context) {
	return func(ctx huma.Context) {
		_, w := humago.Unwrap(ctx)
		if err := write(w, http.NewResponseController(w).Flush); err != nil {
			panic(http.ErrAbortHandler)
		}
	}
}
