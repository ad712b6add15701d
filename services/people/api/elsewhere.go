package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"feisui/pkg/web"
	"feisui/services/people"
	"feisui/services/people/keep"
	"feisui/services/people/sso"
)

// This file is signing in where the county has its people sign in for everything
// (统一身份认证), and which account that opens.

// Elsewhere is what people are told of that before they are signed in.
type Elsewhere struct {
	Configured bool   `json:"configured" doc:"能否从统一身份认证登录 (whether one can sign in there)"`
	Name       string `json:"name,omitempty" doc:"它叫什么 (what people call it)" example:"统一身份认证"`
}

// Leaving is somebody who goes there.
type Leaving struct {
	County string `json:"county,omitempty" doc:"县；只有一个县时可空 (may be empty where there is one county)"`
	Next   string `json:"next,omitempty" doc:"登录后回到哪一页 (the page to go on to)"`
}

// LeavingToBind is somebody who goes there to bind their own account.
type LeavingToBind struct {
	Password string `json:"password" doc:"现在的密码 (the password of now)"`
	Next     string `json:"next,omitempty" doc:"绑定后回到哪一页 (the page to go on to)"`
}

// Left is where to send their browser.
type Left struct {
	Address string `json:"address" doc:"统一身份认证的网址，用同一浏览器打开 (where to go, in the same browser)"`
}

// Back is what came of going there.
type Back struct {
	Bound bool   `json:"bound,omitempty" doc:"绑定了自己的账号，而不是登录 (one's own account was bound; nobody was signed in)"`
	Next  string `json:"next,omitempty"`
}

// Binding is what an account is bound to.
type Binding struct {
	Elsewhere
	Subject string     `json:"subject,omitempty" doc:"在统一身份认证中的编号；空则未绑定 (who one is there; empty: not bound)"`
	Issuer  string     `json:"issuer,omitempty"`
	At      *time.Time `json:"bound_at,omitempty"`
}

// Binds is the identity that a system administrator binds an account to.
type Binds struct {
	Subject string `json:"subject" doc:"此人在统一身份认证中的编号 (who they are there)"`
}

type (
	elsewhereOut struct{ Body Elsewhere }
	comingIn     struct {
		Asked
		web.Stream
	}
	leftOut struct {
		Cookie string `header:"Set-Cookie" hidden:"true"`
		Body   Left
	}
	backOut struct {
		Cookie string `header:"Set-Cookie" hidden:"true"`
		Body   Back
	}
	bindingOut struct{ Body Binding }
	bindIn     struct {
		Asked
		web.OfCounty
		web.Mutation
		web.Stream
		ID string `path:"id" doc:"人员编号 (the user's id)"`
	}
)

// The cookie of who has left to sign in elsewhere. The provider's page sends them
// back, so it is Lax; it opens nothing by itself, and nothing twice.
const (
	leftName = "feisui_elsewhere"
	leftTLS  = "__Host-feisui_elsewhere"
)

const elsewherePath = "/v1/elsewhere"

// What coming back may be refused with.
var (
	noElsewhere = web.Refusal{Status: http.StatusNotFound, Code: "ELSEWHERE_NONE", Chinese: "没有接入统一身份认证"}
	away        = []web.Refusal{
		noElsewhere,
		{Status: http.StatusServiceUnavailable, Code: "ELSEWHERE_AWAY", Chinese: "统一身份认证暂时没有应答"},
	}
	tooMany  = web.Refusal{Status: http.StatusServiceUnavailable, Code: "ELSEWHERE_MANY", Chinese: "正在登录的人太多"}
	taken    = web.Refusal{Status: http.StatusConflict, Code: "ELSEWHERE_TAKEN", Chinese: "该身份已绑定另一账号"}
	bound    = web.Refusal{Status: http.StatusConflict, Code: "ELSEWHERE_BOUND", Chinese: "账号已绑定"}
	notBound = web.Refusal{Status: http.StatusConflict, Code: "ELSEWHERE_NOT_BOUND", Chinese: "账号没有绑定"}
	insecure = web.Refusal{Status: http.StatusForbidden, Code: "INSECURE", Chinese: "连接未加密"}
)

func (s *service) routeElsewhere(api *web.API) {
	web.Register(api, huma.Operation{
		OperationID: "elsewhere", Method: http.MethodGet, Path: elsewherePath, Tags: tags, Summary: "能否从统一身份认证登录 (whether one can sign in elsewhere)",
	}, nil, s.elsewhere)
	web.Register(api, huma.Operation{
		OperationID: "elsewhere_leave", Method: http.MethodPost, Path: elsewherePath + "/leave", Tags: tags,
		Summary: "去统一身份认证登录 (leave to sign in elsewhere)",
		Description: "回答中的网址须用同一浏览器打开，10 分钟内返回。OpenID Connect 授权码流程，带 PKCE、state 和 nonce。" +
			" (Open the address in the same browser, and come back within ten minutes.)",
		RequestBody: taking(api, Leaving{}),
	}, with(bodies, away, []web.Refusal{countyUnknown, insecure, tooMany}), s.leaveFor)
	web.Register(api, huma.Operation{
		OperationID: "elsewhere_return", Method: http.MethodPost, Path: elsewherePath + "/return", Tags: tags, Metadata: sensitive,
		Summary: "从统一身份认证回来 (come back from there)",
		Description: "只认已绑定的账号，不自动开户。各项内容是统一身份认证带回的。" +
			" (Only a bound account is opened, and none is made. The body is what the provider sent along.)",
		RequestBody: taking(api, sso.Returned{}),
	}, with(bodies, away, []web.Refusal{
		insecure, taken, bound,
		{Status: http.StatusUnauthorized, Code: "SIGN_IN", Chinese: "账号已停用或暂时锁定"},
		{Status: http.StatusUnauthorized, Code: "ELSEWHERE_AGAIN", Chinese: "不是从这个浏览器去的，或太久，或已用过"},
		{Status: http.StatusUnauthorized, Code: "ELSEWHERE_DENIED", Chinese: "在统一身份认证没有登录"},
		{Status: http.StatusUnauthorized, Code: "ELSEWHERE_WRONG", Chinese: "统一身份认证的回答不能采信"},
		{Status: http.StatusForbidden, Code: "ELSEWHERE_UNBOUND", Chinese: "该身份没有绑定账号"},
		{Status: http.StatusTooManyRequests, Code: "TOO_MANY_ATTEMPTS", Chinese: "此网络地址登录失败次数过多"},
	}), s.comeBack)
	s.routeBindings(api)
}

func (s *service) routeBindings(api *web.API) {
	const own = sessionPath + "/binding"
	signed := []web.Refusal{signInFirst}
	web.Register(api, huma.Operation{
		OperationID: "binding", Method: http.MethodGet, Path: own, Tags: tags, Summary: "自己的账号绑定了什么 (what one's own account is bound to)",
	}, signed, s.binding)
	web.Register(api, huma.Operation{
		OperationID: "binding_leave", Method: http.MethodPost, Path: own, Tags: tags,
		Summary: "去统一身份认证绑定自己的账号 (leave to bind one's own account)",
		Description: "须出示现在的密码，错了与登录失败一起计：别人不能趁登录着的浏览器绑定。" +
			" (It takes the password of now, whose wrong ones count like those of signing in: a browser left open binds nobody else.)",
		RequestBody: taking(api, LeavingToBind{}),
	}, with(bodies, signed, away, []web.Refusal{tooMany, busy, passwordWrong, passwordLocked}), s.leaveToBind)
	web.Register(api, huma.Operation{
		OperationID: "binding_end", Method: http.MethodDelete, Path: own, Tags: tags,
		Summary: "解除自己的绑定，从那里登录的随即失效 (end it; sessions begun there end)",
	}, with(signed, []web.Refusal{reused, notBound, {Status: http.StatusForbidden, Code: "ELSEWHERE_ONLY", Chinese: "县里规定已绑定的账号不用密码"}}), s.endBinding)
	const path = personPath + "/{id}/binding"
	web.Register(api, huma.Operation{
		OperationID: "person_bind", Method: http.MethodPut, Path: path, Tags: tags,
		Summary: "把账号绑定到统一身份认证 (bind an account)",
		Description: "由系统管理员；登录和令牌立即失效，账号暂停，由安全管理员启用后方可登录：否则绑定者可以用自己的身份冒充他人。" +
			" (By the system administrator. The account is suspended until the security administrator enables it: who binds could act as somebody else.)",
		RequestBody: taking(api, Binds{}),
	}, with(bodies, []web.Refusal{
		countyUnknown, forbidden, self, reused, userUnknown, noElsewhere, disabled, lastOne, taken, bound,
		{Status: http.StatusUnprocessableEntity, Code: "SUBJECT", Chinese: "编号不对"},
	}), s.bindPerson)
	web.Register(api, huma.Operation{
		OperationID: "person_unbind", Method: http.MethodDelete, Path: path, Tags: tags, Summary: "解除账号的绑定 (end the binding of an account)",
	}, []web.Refusal{countyUnknown, forbidden, self, reused, userUnknown, notBound}, s.unbindPerson)
}

func (s *service) told() Elsewhere {
	if s.Elsewhere == nil {
		return Elsewhere{}
	}
	return Elsewhere{Configured: true, Name: s.Elsewhere.Name}
}

func (s *service) elsewhere(context.Context, *struct{}) (*elsewhereOut, error) {
	return &elsewhereOut{s.told()}, nil
}

// leaveFor sends somebody who is not signed in.
func (s *service) leaveFor(ctx context.Context, in *comingIn) (*leftOut, error) {
	if !s.private(in.r) {
		return nil, problem(people.Insecure())
	}
	var l Leaving
	if err := read(in.r, &in.Stream, &l); err != nil {
		return nil, err
	}
	if s.Elsewhere == nil {
		return nil, problem(people.NoElsewhere())
	}
	county, err := s.County(l.County)
	if err != nil {
		return nil, err
	}
	return s.left(ctx, in.r, county, l.Next, "")
}

// leaveToBind sends somebody who is signed in, to bind their own account.
func (s *service) leaveToBind(ctx context.Context, in *comingIn) (*leftOut, error) {
	signed, err := s.signed(ctx, in.r)
	if err != nil {
		return nil, err
	}
	var l LeavingToBind
	if err := read(in.r, &in.Stream, &l); err != nil {
		return nil, err
	}
	if s.Elsewhere == nil {
		return nil, problem(people.NoElsewhere())
	}
	if err := s.People().ShowPassword(ctx, signed, l.Password); err != nil {
		return nil, problem(err)
	}
	return s.left(ctx, in.r, signed.User.County, l.Next, s.session(in.r))
}

// left keeps that somebody leaves, for there is somewhere to go. by is the session of who binds their account.
func (s *service) left(ctx context.Context, r *http.Request, county, next, by string) (*leftOut, error) {
	address, a, err := s.Elsewhere.Begin(ctx)
	if err != nil {
		return nil, problem(err)
	}
	f := keep.Flow{County: county, State: a.State, Nonce: a.Nonce, Verifier: a.Verifier, Next: next, Address: hostOf(r.RemoteAddr)}
	back, err := s.People().Leave(ctx, f, by)
	if err != nil {
		return nil, problem(err)
	}
	web.Found(ctx, "", county, "")
	return &leftOut{Cookie: s.leftCookie(r, back), Body: Left{address}}, nil
}

func (s *service) leftCookie(r *http.Request, secret string) string {
	c := http.Cookie{Name: leftName, Value: secret, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, MaxAge: int(people.FlowMax)}
	if s.secure(r) {
		c.Name, c.Secure = leftTLS, true
	}
	return c.String()
}

// comeBack signs somebody in, or binds their account, as they left to do.
func (s *service) comeBack(ctx context.Context, in *comingIn) (*backOut, error) {
	if !s.private(in.r) {
		return nil, problem(people.Insecure())
	}
	var back sso.Returned
	if err := read(in.r, &in.Stream, &back); err != nil {
		return nil, err
	}
	if s.Elsewhere == nil {
		return nil, problem(people.NoElsewhere())
	}
	flow, err := s.People().Return(ctx, s.leftSecret(in.r))
	if err != nil {
		if only, none := s.County(""); none == nil { // for the audit log
			web.Found(ctx, "", only, "")
		}
		return nil, problem(err)
	}
	web.Found(ctx, "", flow.County, "")
	who := func(ctx context.Context) (people.Identity, error) {
		return s.Elsewhere.Finish(ctx, sso.Attempt{State: flow.State, Nonce: flow.Nonce, Verifier: flow.Verifier}, back)
	}
	if flow.Binds() {
		return s.bindOwn(ctx, &flow, who)
	}
	signed, err := s.People().SignInElsewhere(ctx, flow.County, hostOf(in.r.RemoteAddr), who)
	if signed.User.ID != "" {
		web.Found(ctx, signed.Who.ID, flow.County, signed.User.Principal())
	}
	if err != nil {
		return nil, problem(err)
	}
	s.instead(ctx, in.r)
	return &backOut{Cookie: s.set(in.r, signed.Secret), Body: Back{Next: flow.Next}}, nil
}

// leftSecret is that of who comes back, "" of who never left.
func (s *service) leftSecret(r *http.Request) string {
	name := leftName
	if s.secure(r) {
		name = leftTLS
	}
	c, err := r.Cookie(name)
	if err != nil { // there is none
		return ""
	}
	return c.Value
}

func (s *service) bindOwn(ctx context.Context, flow *keep.Flow, who func(context.Context) (people.Identity, error)) (*backOut, error) {
	is, err := who(ctx)
	if err != nil {
		return nil, problem(err)
	}
	u, err := s.People().BindOwn(ctx, flow, is)
	if u.ID != "" {
		web.Found(ctx, u.Principal(), u.County, u.Principal())
	}
	return &backOut{Body: Back{Bound: true, Next: flow.Next}}, problem(err)
}

func (s *service) bindingOf(ctx context.Context, user string) (Binding, error) {
	b, err := s.People().Bound(ctx, user)
	is := Binding{Elsewhere: s.told(), Subject: b.Subject, Issuer: b.Issuer}
	if b.Subject != "" {
		is.At = new(b.At.UTC())
	}
	return is, err
}

func (s *service) binding(ctx context.Context, in *askedIn) (*bindingOut, error) {
	signed, err := s.signed(ctx, in.r)
	if err != nil {
		return nil, err
	}
	is, err := s.bindingOf(ctx, signed.User.ID)
	return &bindingOut{is}, err
}

type ownIn struct {
	Asked
	web.Mutation
}

func (s *service) endBinding(ctx context.Context, in *ownIn) (*doneOut, error) {
	signed, err := s.signed(ctx, in.r)
	if err != nil {
		return nil, err
	}
	return &doneOut{}, problem(s.People().UnbindOwn(ctx, own(&signed, in.RequestID), signed))
}

func (s *service) bindPerson(ctx context.Context, in *bindIn) (*doneOut, error) {
	r, err := s.request(ctx, in.County, in.RequestID)
	if err != nil {
		return nil, err
	}
	var b Binds
	if err := read(in.r, &in.Stream, &b); err != nil {
		return nil, err
	}
	is := people.Identity{Subject: b.Subject}
	if s.Elsewhere != nil {
		is.Issuer = s.Elsewhere.Issuer
	}
	return &doneOut{}, problem(s.People().Bind(ctx, r, in.ID, is))
}

func (s *service) unbindPerson(ctx context.Context, in *changeIn) (*doneOut, error) {
	r, err := s.request(ctx, in.County, in.RequestID)
	if err != nil {
		return nil, err
	}
	return &doneOut{}, problem(s.People().Unbind(ctx, r, in.ID))
}
