package web

import (
	"cmp"
	"context"
	"log/slog"
	"mime"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"feisui/pkg/access"
)

// This file is who may do what: before an operation runs it is known who asks,
// the table of rights has allowed it, and the context says within what. What an
// operation finds out of scope it answers as what is not there. Each refusal,
// everything that records and each reading of what is sensitive is audited.

// Instead is where an operation's Metadata says who does what it does, and how, to whom
// it is not for: [2]string, in Chinese and English.
const Instead = "instead"

// Sensitive marks an operation, in its Metadata, whose reading is audited before
// it is answered: what gives away much at once.
const Sensitive = "sensitive"

// How long the audit log may take, also for a client that is gone: to keep what was
// done, and to take what is written behind. That is in the server's own log where
// it finds no room, as when everybody's requests fail for want of the database.
const (
	auditMax  = 10 * time.Second
	behindMax = time.Second
)

// NoCounty is the problem of a county that is not there, or not for who asks.
func NoCounty(name string) *Problem {
	return Refuse(http.StatusNotFound, "COUNTY_UNKNOWN", "没有这个县："+name, "no such county: "+name)
}

// Unruled lists the operations that the table of rights lacks. They are refused
// to everybody.
func (a *API) Unruled() (missing []string) {
	for _, o := range a.operations {
		if !a.options.Access.Has(o) {
			missing = append(missing, o)
		}
	}
	return missing
}

// Operations lists the ids of all operations.
func (a *API) Operations() []string { return slices.Clone(a.operations) }

// outcome is what came of a request, noted on the way.
type outcome struct {
	record   access.Record
	problem  *Problem
	told     bool // that it was done
	query    string
	exported bool // a file is about to be answered, which is sensitive whatever the list
	quota    Quota
}

type outcomeKey struct{}

// note keeps the problem of a request for the audit log.
func note(ctx context.Context, p *Problem) {
	if o, ok := ctx.Value(outcomeKey{}).(*outcome); ok && o.problem == nil {
		o.problem = p
	}
}

// Found says for the audit log what only the operation finds out, as signing in
// does: who asked, of which county, and about what. What is empty stays as it was.
func Found(ctx context.Context, actor, county, target string) {
	if o, ok := ctx.Value(outcomeKey{}).(*outcome); ok {
		r := &o.record
		r.Actor, r.County, r.Target = cmp.Or(actor, r.Actor), cmp.Or(county, r.County), cmp.Or(target, r.Target)
	}
}

// disclose audits that something sensitive is about to be answered; what cannot
// be audited is not. Whoever runs the machine has its data without asking, and
// needs it most while the audit log is away: that is written behind.
func (a *API) disclose(ctx context.Context, op *huma.Operation) error {
	came, ok := ctx.Value(outcomeKey{}).(*outcome)
	if op.Metadata[Sensitive] != true && (!ok || !came.exported) {
		return nil
	}
	operator := access.From(ctx).Holds(access.Operator, "")
	if ok {
		came.record.Behind = operator
		if err := a.tell(ctx, came.record, access.Done, ""); err == nil || operator {
			came.told = true
			return nil
		}
	}
	return AuditAway()
}

// AuditAway refuses what cannot be audited.
func AuditAway() *Problem {
	return Refuse(http.StatusServiceUnavailable, "AUDIT_AWAY", "审计记录暂时写不进，请稍后再试", "the audit log cannot be written: try again later")
}

// admit lets an operation run for whom it is, and refuses it to others.
func (a *API) admit(ctx huma.Context, next func(huma.Context)) {
	r, w := humago.Unwrap(ctx)
	op, county := ctx.Operation(), ctx.Param("county")
	who, scope, refused := a.ask(ctx.Context(), r, op.OperationID, county)
	if not := untaken(r, op); not != nil && (refused == nil || ofForm(r)) { // rights come first, but for a forged form
		refused = not
	}
	if way, _ := op.Metadata[Instead].([2]string); way[0] != "" && refused != nil && refused.Code == "FORBIDDEN" {
		refused = Refuse(refused.Status, refused.Code, refused.Title+"："+way[0], refused.Detail+": "+way[1])
	}
	record := access.Record{
		Actor: who.ID, Operation: op.OperationID, Target: short(r.URL.Path), County: cmp.Or(short(county), who.County),
		Address: addressOf(r), RequestID: short(r.Header.Get("Request-Id")),
	}
	if refused != nil {
		a.tell(ctx.Context(), record, access.Refused, refused.Code) //nolint:errcheck // it is logged, and refused all the same
		a.refuse(w, r, refused)
		return
	}
	came := &outcome{record: record, query: r.URL.RawQuery, quota: a.options.Quota}
	inside := context.WithValue(access.With(ctx.Context(), who, scope), outcomeKey{}, came)
	inside = access.Asking(inside, func(ctx context.Context) (access.Scope, bool) {
		_, scope, refused := a.ask(ctx, r, op.OperationID, county)
		return scope, refused == nil
	})
	ended := false
	defer func() { a.after(ctx, came, ended) }()
	next(huma.WithContext(ctx, inside))
	ended = true
}

// after audits what came of an operation that was allowed to run: of what
// records always, of others when they refused.
func (a *API) after(ctx huma.Context, came *outcome, ended bool) {
	status, code := ctx.Status(), ""
	if came.problem != nil {
		status, code = came.problem.Status, came.problem.Code
	} else if status >= http.StatusBadRequest {
		code = strconv.Itoa(status)
	}
	decision := access.Done
	switch {
	case !ended || status >= http.StatusInternalServerError:
		decision = access.Failed
	case status >= http.StatusBadRequest:
		decision = access.Refused
	}
	denied := slices.Contains([]int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusTooManyRequests}, status)
	if told := came.told && decision == access.Done; !told && (ctx.Operation().Method != http.MethodGet || denied) {
		a.tell(ctx.Context(), came.record, decision, code) //nolint:errcheck // it is logged, and the answer is on its way
	}
}

// ask says who asks, and whether and within what an operation is for them.
func (a *API) ask(ctx context.Context, r *http.Request, operation, county string) (access.Principal, access.Scope, *Problem) {
	var who access.Principal
	var unknown error
	if a.options.Who != nil {
		if who, unknown = a.options.Who(ctx, r); unknown != nil {
			who = access.Principal{}
		}
	}
	scope, verdict := a.options.Access.Decide(operation, who, county)
	switch {
	case verdict == access.Allowed:
		return who, scope, nil
	case unknown != nil:
		return who, scope, a.problem(ctx, unknown)
	case verdict == access.SignIn:
		return who, scope, Refuse(http.StatusUnauthorized, "SIGN_IN",
			"请先登录（Authorization 中没有有效的凭据）", "sign in first: there is no valid credential in Authorization")
	case verdict == access.Password:
		return who, scope, Refuse(http.StatusUnauthorized, "MUST_CHANGE_PASSWORD", "请先修改密码", "change your password first")
	case verdict == access.Show:
		return who, scope, Refuse(http.StatusUnauthorized, "FACTOR_PENDING", "请先输入动态验证码", "show your second factor first: the code of your app")
	case verdict == access.Factor:
		return who, scope, Refuse(http.StatusUnauthorized, "FACTOR_FIRST", "您的角色须先设置动态验证码", "your role takes a second factor: set it up first")
	case verdict == access.Elsewhere:
		return who, scope, NoCounty(county)
	}
	return who, scope, Refuse(http.StatusForbidden, "FORBIDDEN", "您的角色不能进行此项操作", "this is not for your role")
}

// untaken refuses a body that an operation does not read as what it says it is, nil
// where it does: one that is compressed, and one that says it is something else. A
// form on a page could send such a thing with a clerk's cookies, without asking. What
// says that it is a form is refused there alone: curl says so of what it sends with -d.
func untaken(r *http.Request, op *huma.Operation) *Problem {
	if packed := r.Header.Get("Content-Encoding"); packed != "" && !strings.EqualFold(packed, "identity") {
		return Refuse(http.StatusUnsupportedMediaType, "CONTENT_ENCODING",
			"不接受压缩的内容（Content-Encoding），请不压缩，直接提交", "expected a body without Content-Encoding")
	}
	said := r.Header.Get("Content-Type")
	kind, parameters, err := mime.ParseMediaType(said)
	kinds, reads := op.Metadata[bodyKinds].([]string)
	page := ofPage(r)
	switch charset := parameters["charset"]; {
	case said == "", !reads && (!page || err == nil && !slices.Contains(ofForms, kind)):
		return nil
	case slices.Contains(kinds, kind) && (charset == "" || strings.EqualFold(charset, "utf-8")):
		return nil
	case !page && kind == curlsOwn && slices.Contains(kinds, "application/json"):
		return nil
	}
	want := cmp.Or(strings.Join(slices.Sorted(slices.Values(kinds)), ", "), "application/json")
	return Refuse(http.StatusUnsupportedMediaType, "CONTENT_TYPE", "应以 "+want+"（UTF-8）提交", "expected "+want+" in UTF-8")
}

// ofPage reports that a request may be a page's: it shows the session of a browser.
func ofPage(r *http.Request) bool {
	return r.Header.Get("Cookie") != "" && r.Header.Get("Authorization") == ""
}

// ofForm reports that a form on somebody's page may have sent a request.
func ofForm(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return ofPage(r) && (err != nil || slices.Contains(ofForms, kind))
}

// curlsOwn is what curl says of everything that it sends with -d.
const curlsOwn = "application/x-www-form-urlencoded"

// ofForms are the content types that a form on a page can send.
var ofForms = []string{"text/plain", curlsOwn, "multipart/form-data"}

// bodyKinds is where an operation's content types stand in its Metadata.
const bodyKinds = "body kinds"

// tell has the audit log keep a record; what it cannot keep is logged. What was
// done is kept when it returns. A no may be written behind: nothing came of it,
// and the log may be away for the reason for which it is said.
func (a *API) tell(ctx context.Context, r access.Record, decision access.Decision, code string) error {
	r.Decision, r.Code, r.Behind = decision, code, r.Behind || decision != access.Done
	if a.options.Trail == nil {
		a.options.Log.InfoContext(ctx, "audit", slog.Any("record", r))
		return nil
	}
	limit := auditMax
	if r.Behind {
		limit = behindMax
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
	defer cancel()
	err := a.options.Trail.Audit(ctx, r)
	if err != nil {
		a.options.Log.ErrorContext(ctx, "the audit log did not take a record", slog.Any("record", r), slog.Any("error", err))
	}
	return err
}

// addressOf is where a request came from. What headers say of that anybody could say.
func addressOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// shortMax bounds what a client may have the audit log keep.
const shortMax = 200

func short(text string) string {
	text = strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", "?"), "?")
	if len(text) > shortMax {
		text = strings.ToValidUTF8(text[:shortMax], "")
	}
	return text
}
