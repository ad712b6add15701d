package api

import (
	"context"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"feisui/pkg/access"
	"feisui/pkg/web"
	"feisui/services/people"
	"feisui/services/people/keep"
)

// Opening is what somebody signs in with.
type Opening struct {
	County   string `json:"county,omitempty" doc:"县；只有一个县时可空 (may be empty where there is one county)"`
	User     string `json:"user" doc:"用户名，不分大小写 (the user name)" example:"zhang.san"`
	Password string `json:"password"`
	//nolint:lll // what people read of it stands in the tag
	Token bool `json:"token,omitempty" doc:"供脚本使用：回答中给出 token，以 Authorization: Bearer 出示，不设 Cookie (for scripts: the answer has the token to show, and sets no cookie)"`
}

// Me is who is signed in.
type Me struct {
	Who        string         `json:"who" doc:"在登记和审计中的编号 (as entries and the audit log have it)" example:"person:0190a6…"`
	County     string         `json:"county"`
	User       string         `json:"user"`
	Display    string         `json:"display"`
	Office     string         `json:"office"`
	Grants     []access.Grant `json:"grants" doc:"现有的角色和范围 (roles and scopes as they are now)"`
	MustChange bool           `json:"must_change_password" doc:"须先修改密码 (the password must be changed before anything else)"`
	Factor     bool           `json:"factor_pending,omitempty" doc:"须先输入动态验证码，此前没有权限 (the second factor is to be shown first; no rights before)"`
	FactorLack bool           `json:"factor_needed,omitempty" doc:"须先设置第二因素，此前没有权限 (a second factor is to be set up first)"`
	Demo       bool           `json:"demo,omitempty" doc:"演示账号 (an account for trying the program)"`
	Seen       int64          `json:"seen,omitempty" doc:"通知看到哪一条记录，用作 inbox 的 since (up to which entry they have looked: the since of inbox)"`
	Ends       time.Time      `json:"ends_at" doc:"最迟何时须重新登录 (when to sign in again at the latest)"`
	Token      string         `json:"token,omitempty" doc:"只在登录时要求后给出；与登录同时失效 (only at signing in, when asked for; ends with the session)"`
}

type meOut struct {
	Cookie string `header:"Set-Cookie" hidden:"true"`
	Body   Me
}

type doneOut struct {
	Cookie string `header:"Set-Cookie" hidden:"true"`
	Body   struct{}
}

// Renewed is the session that goes on, for who shows it as a token.
type Renewed struct {
	Token  string `json:"token,omitempty" doc:"以 token 出示登录时的新 token (the new one of who shows the session as a token)"`
	Tokens int    `json:"tokens_ended,omitempty" doc:"修改密码时失效的令牌有几个 (how many tokens ended with the old password)"`
}

type renewedOut struct {
	Cookie string `header:"Set-Cookie" hidden:"true"`
	Body   Renewed
}

// What showing the password of now may be refused with.
var (
	passwordWrong  = web.Refusal{Status: http.StatusForbidden, Code: "PASSWORD_WRONG", Chinese: "现在的密码不对"}
	passwordLocked = web.Refusal{Status: http.StatusUnauthorized, Code: "SIGN_IN", Chinese: "试错次数过多，暂时锁定"}
)

func (s *service) routeSession(api *web.API) {
	web.Register(api, huma.Operation{
		OperationID: "session_open", Method: http.MethodPost, Path: sessionPath, Tags: tags, Metadata: sensitive,
		Summary: "登录 (sign in)",
		Description: "回答中的 Cookie 即登录凭证；脚本可要求 token。连错 5 次锁定，时间逐次加倍，最长 1 小时；同一网络地址 10 分钟内最多错 20 次。" +
			" (The cookie of the answer is what one is signed in by; scripts ask for a token. Five failures lock the name, for longer each time.)",
		RequestBody: taking(api, Opening{}),
	}, with(bodies, []web.Refusal{
		countyUnknown, busy,
		{Status: http.StatusUnauthorized, Code: "SIGN_IN", Chinese: "用户名或密码不对，或账号已停用、暂时锁定"},
		{Status: http.StatusUnauthorized, Code: "SIGN_IN_BOUND", Chinese: "同上，或只能从统一身份认证登录：县里规定已绑定的账号不用密码"},
		{Status: http.StatusUnauthorized, Code: "PASSWORD_LAPSED", Chinese: "一次性密码已过期"},
		{Status: http.StatusForbidden, Code: "INSECURE", Chinese: "连接未加密"},
		{Status: http.StatusTooManyRequests, Code: "TOO_MANY_ATTEMPTS", Chinese: "此网络地址登录失败次数过多"},
	}), s.open)
	signed := []web.Refusal{signInFirst}
	web.Register(api, huma.Operation{
		OperationID: "session", Method: http.MethodGet, Path: sessionPath, Tags: tags, Summary: "我是谁，有哪些权限 (who am I)",
	}, signed, s.me)
	web.Register(api, huma.Operation{
		OperationID: "seen", Method: http.MethodPut, Path: sessionPath + "/seen", Tags: tags,
		Summary:     "通知看到哪里为止 (how far one has looked at one's notices)",
		Description: "只记位置，不后退；看过即可，不是签收。 (A position alone, which never goes back. It confirms nothing.)",
		RequestBody: taking(api, Looking{}),
	}, with(bodies, signed), s.look)
	web.Register(api, huma.Operation{
		OperationID: "session_close", Method: http.MethodDelete, Path: sessionPath, Tags: tags, Summary: "退出 (sign out)",
	}, signed, s.leave)
	web.Register(api, huma.Operation{
		OperationID: "password_change", Method: http.MethodPost, Path: sessionPath + "/password", Tags: tags,
		Summary: "修改自己的密码 (change one's own password)",
		Description: "其他地方的登录随即失效，本处换用回答中的新 Cookie 或 token；自己的令牌也失效，除非 keep_tokens：知道旧密码的人可能给自己留了令牌。" +
			" (Ends one's other sessions; this one goes on with the new cookie or token. One's tokens end too, unless keep_tokens: who knew the old password may have made one.)",
		RequestBody: taking(api, Changing{}),
	}, with(bodies, signed, []web.Refusal{
		reused, busy, passwordWrong, passwordLocked,
		{Status: http.StatusUnprocessableEntity, Code: "PASSWORD_SHORT", Chinese: "密码不足 12 个字符"},
		{Status: http.StatusUnprocessableEntity, Code: "PASSWORD_LONG", Chinese: "密码过长"},
		{Status: http.StatusUnprocessableEntity, Code: "PASSWORD_NAME", Chinese: "密码包含用户名"},
		{Status: http.StatusUnprocessableEntity, Code: "PASSWORD_COMMON", Chinese: "密码过于常见"},
		{Status: http.StatusUnprocessableEntity, Code: "PASSWORD_SAME", Chinese: "新旧密码相同"},
	}), s.changePassword)
}

type openIn struct {
	Asked
	web.Stream
}

// open lets somebody in, once that is in the audit log: the line of a session
// says of which account it is, and of an attempt on which.
func (s *service) open(ctx context.Context, in *openIn) (*meOut, error) {
	if !s.private(in.r) {
		return nil, problem(people.Insecure())
	}
	var o Opening
	if err := read(in.r, &in.Stream, &o); err != nil {
		return nil, err
	}
	county, err := s.County(o.County)
	if err != nil {
		return nil, err
	}
	signed, err := s.People().SignIn(ctx, county, o.User, o.Password, hostOf(in.r.RemoteAddr))
	target := ""
	if signed.User.ID != "" {
		target = signed.User.Principal()
	}
	web.Found(ctx, signed.Who.ID, county, target)
	if err != nil {
		return nil, problem(err)
	}
	out := &meOut{Body: meOf(signed.Who, &signed.User, signed.Ends)}
	if o.Token {
		out.Body.Token = signed.Secret
		return out, nil
	}
	out.Cookie = s.set(in.r, signed.Secret)
	s.instead(ctx, in.r)
	return out, nil
}

// instead ends the session of a browser that is given another one: its cookie is gone,
// and nobody would end it. Where that fails it ends by itself, as one that is left idle;
// to refuse the new one would leave that open, whose cookie nobody has.
func (s *service) instead(ctx context.Context, r *http.Request) {
	old := s.cookie(r)
	if old == "" {
		return
	}
	if err := s.People().SignOut(ctx, old); err != nil {
		s.People().Log.ErrorContext(ctx, "the session before this one is not ended: it ends when it has been idle", slog.Any("error", err))
	}
}

func meOf(who access.Principal, u *people.User, ends people.Moment) Me {
	grants := who.Grants
	if grants == nil || who.FactorPending || who.FactorFirst {
		grants = []access.Grant{}
	}
	return Me{
		Who: who.ID, County: u.County, User: u.Name, Display: u.Display, Office: u.Office, Grants: grants,
		MustChange: u.MustChange, Factor: who.FactorPending, FactorLack: who.FactorFirst, Demo: u.Demo, Ends: time.Unix(int64(ends), 0).UTC(),
	}
}

// signed is who asks by a session; a token opens none of this.
func (s *service) signed(ctx context.Context, r *http.Request) (keep.Signed, error) {
	secret := s.session(r)
	if secret == "" || !s.private(r) {
		return keep.Signed{}, problem(people.SignInFirst())
	}
	signed, err := s.People().Session(ctx, secret)
	return signed, problem(err)
}

type askedIn struct{ Asked }

func (s *service) me(ctx context.Context, in *askedIn) (*meOut, error) {
	signed, err := s.signed(ctx, in.r)
	if err != nil {
		return nil, err
	}
	out := &meOut{Body: meOf(signed.Who, &signed.User, signed.Ends)}
	out.Body.Seen = signed.Seen
	return out, nil
}

// Looking says how far somebody has looked at what was said to them.
type Looking struct {
	Position int64 `json:"position" doc:"inbox 回答中的 position (the position of the inbox)"`
}

type lookingIn struct {
	Asked
	web.Stream
}

// look notes how far somebody has looked. Sent twice it is the same, so it has no request id.
func (s *service) look(ctx context.Context, in *lookingIn) (*lookedOut, error) {
	signed, err := s.signed(ctx, in.r)
	if err != nil {
		return nil, err
	}
	var l Looking
	if err := read(in.r, &in.Stream, &l); err != nil {
		return nil, err
	}
	if l.Position < 0 {
		return nil, web.Refuse(http.StatusUnprocessableEntity, "FIELD", "position 应为此前给出的 position", "position: expected one that was given")
	}
	return &lookedOut{}, s.People().Look(ctx, signed.User.ID, l.Position)
}

type lookedOut struct{ Body struct{} }

func (s *service) leave(ctx context.Context, in *askedIn) (*doneOut, error) {
	if _, err := s.signed(ctx, in.r); err != nil {
		return nil, err
	}
	return &doneOut{Cookie: s.set(in.r, "")}, s.People().SignOut(ctx, s.session(in.r))
}

// Changing is a change of one's own password.
type Changing struct {
	Old string `json:"old" doc:"旧密码 (the password of now)"`
	New string `json:"new" doc:"新密码，至少 12 个字符 (at least 12 characters)"`

	KeepTokens bool `json:"keep_tokens,omitempty" doc:"自己的令牌继续有效 (one's tokens go on)"`
}

type changingIn struct {
	Asked
	web.Mutation
	web.Stream
}

func (s *service) changePassword(ctx context.Context, in *changingIn) (*renewedOut, error) {
	signed, err := s.signed(ctx, in.r)
	if err != nil {
		return nil, err
	}
	var c Changing
	if err := read(in.r, &in.Stream, &c); err != nil {
		return nil, err
	}
	to := keep.NewPassword{Old: c.Old, New: c.New, KeepTokens: c.KeepTokens}
	done, err := s.People().ChangePassword(ctx, own(&signed, in.RequestID), signed, s.session(in.r), to)
	if err == nil {
		web.Found(ctx, "", "", signed.User.Principal()+" tokens="+strconv.Itoa(done.Tokens))
	}
	switch {
	case err != nil || done.Secret == "": // it was changed before by this request
		return &renewedOut{Body: Renewed{Tokens: done.Tokens}}, problem(err)
	case shown(in.r) != "":
		return &renewedOut{Body: Renewed{done.Secret, done.Tokens}}, nil
	}
	return &renewedOut{Cookie: s.set(in.r, done.Secret), Body: Renewed{Tokens: done.Tokens}}, nil
}

// own is a request about oneself.
func own(s *keep.Signed, id string) keep.Request {
	return keep.Request{County: s.User.County, ID: id, By: s.Who}
}
