package api

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"feisui/pkg/web"
	"feisui/services/people"
)

// This file is the second factor beside a password (双因素): the code of an app.

// Factor is what one has of it.
type Factor struct {
	On     bool       `json:"on" doc:"登录时要输入动态验证码 (it is asked for at signing in)"`
	Since  *time.Time `json:"since,omitempty"`
	Left   int        `json:"recovery_codes_left,omitempty" doc:"还没有用过的备用码 (recovery codes that were not used)"`
	Needed bool       `json:"needed,omitempty" doc:"角色须有第二因素，先设置才能办理其他事 (the role takes one: nothing else before it is set up)"`
	// While it is set up.
	Secret  string `json:"secret,omitempty" doc:"正在设置：密钥，base32 (while it is set up: the secret)"`
	Address string `json:"address,omitempty" doc:"同一密钥，供手机应用扫码 (the same as apps read it from a picture)"`
}

// Showing is a code that somebody shows.
type Showing struct {
	Code string `json:"code" doc:"六位动态验证码，或备用码 (six digits of the app, or a recovery code)" example:"081804"`
}

// Confirmed are the recovery codes, this once.
type Confirmed struct {
	Codes []string `json:"recovery_codes" doc:"备用码，每个只能用一次，只显示这一次 (each for one time; shown this once)"`
}

// Went is the session that goes on, for who shows it as a token.
type Went struct {
	Renewed
	Recovery bool `json:"recovery,omitempty" doc:"用的是备用码 (it was a recovery code)"`
	Left     int  `json:"recovery_codes_left,omitempty"`
}

type (
	factorOut    struct{ Body Factor }
	confirmedOut struct{ Body Confirmed }
	wentOut      struct {
		Cookie string `header:"Set-Cookie" hidden:"true"`
		Body   Went
	}
)

func (s *service) routeFactor(api *web.API) {
	const path = sessionPath + "/factor"
	signed := []web.Refusal{signInFirst}
	keyless := web.Refusal{Status: http.StatusServiceUnavailable, Code: "FACTOR_KEY", Chinese: "服务器没有第二因素的密钥"}
	there := web.Refusal{Status: http.StatusConflict, Code: "FACTOR_THERE", Chinese: "已有第二因素"}
	shown := []web.Refusal{
		keyless,
		{Status: http.StatusForbidden, Code: "FACTOR_WRONG", Chinese: "验证码不对，或已用过"},
		{Status: http.StatusTooManyRequests, Code: "FACTOR_LOCKED", Chinese: "试错次数过多，暂时锁定"},
	}
	web.Register(api, huma.Operation{
		OperationID: "factor", Method: http.MethodGet, Path: path, Tags: tags, Summary: "自己的第二因素 (one's own second factor)",
	}, signed, s.factor)
	web.Register(api, huma.Operation{
		OperationID: "factor_begin", Method: http.MethodPost, Path: path, Tags: tags,
		Summary:     "开始设置第二因素 (begin to set one up)",
		Description: "给出新的密钥，确认之前不启用。动态验证码按 RFC 6238：SHA-1，六位，30 秒。 (A new secret; it is asked for once it is confirmed.)",
	}, with(signed, []web.Refusal{reused, there, keyless}), s.beginFactor)
	web.Register(api, huma.Operation{
		OperationID: "factor_confirm", Method: http.MethodPost, Path: path + "/confirm", Tags: tags,
		Summary:     "确认第二因素，以后登录要用 (confirm it: from then on it is asked for)",
		Description: "回答中有备用码，只显示这一次；其他地方的登录随即失效。 (Gives recovery codes, this once; one's other sessions end.)",
		RequestBody: taking(api, Showing{}),
	}, with(bodies, signed, shown, []web.Refusal{
		reused, there,
		{Status: http.StatusConflict, Code: "FACTOR_NOT_BEGUN", Chinese: "还没有开始设置"},
	}), s.confirmFactor)
	web.Register(api, huma.Operation{
		OperationID: "factor_show", Method: http.MethodPost, Path: path + "/show", Tags: tags, Metadata: sensitive,
		Summary: "登录后输入动态验证码 (show the code after signing in)",
		Description: "每个码只能用一次；连错 5 次锁定，与密码分开计。回答中有新的 Cookie 或 token，旧的失效。" +
			" (Each code is taken once. Five wrong ones lock it, counted apart from passwords. The session goes on with the new cookie or token.)",
		RequestBody: taking(api, Showing{}),
	}, with(bodies, signed, shown, []web.Refusal{
		{Status: http.StatusUnauthorized, Code: "SIGN_IN", Chinese: "账号已停用"},
		{Status: http.StatusConflict, Code: "FACTOR_NOT_ASKED", Chinese: "现在不用输入"},
	}), s.showFactor)
}

func (s *service) factor(ctx context.Context, in *askedIn) (*factorOut, error) {
	signed, err := s.signed(ctx, in.r)
	if err != nil {
		return nil, err
	}
	is, err := s.People().Factor(ctx, &signed.User)
	out := &factorOut{Factor{On: signed.User.Factor, Needed: signed.Who.FactorFirst, Left: is.Left}}
	if !is.Confirmed.IsZero() {
		out.Body.Since = new(is.Confirmed.UTC())
	}
	if is.Begun.Secret != nil {
		out.Body.Secret, out.Body.Address = is.Begun.Text(), addressOf(is.Begun, &signed.User)
	}
	return out, err
}

// addressOf is a secret as an app reads it from a picture.
func addressOf(f people.Factor, u *people.User) string {
	query := url.Values{"secret": {f.Text()}, "issuer": {"Feisui"}}
	return "otpauth://totp/" + url.PathEscape("Feisui:"+u.Name) + "?" + query.Encode()
}

func (s *service) beginFactor(ctx context.Context, in *ownIn) (*doneOut, error) {
	signed, err := s.signed(ctx, in.r)
	if err != nil {
		return nil, err
	}
	return &doneOut{}, problem(s.People().BeginFactor(ctx, own(&signed, in.RequestID), signed))
}

func (s *service) confirmFactor(ctx context.Context, in *changingIn) (*confirmedOut, error) {
	signed, err := s.signed(ctx, in.r)
	if err != nil {
		return nil, err
	}
	var code Showing
	if err := read(in.r, &in.Stream, &code); err != nil {
		return nil, err
	}
	codes, err := s.People().ConfirmFactor(ctx, own(&signed, in.RequestID), signed, s.session(in.r), code.Code)
	return &confirmedOut{Confirmed{orNone(codes)}}, problem(err)
}

func (s *service) showFactor(ctx context.Context, in *comingIn) (*wentOut, error) {
	signed, err := s.signed(ctx, in.r)
	if err != nil {
		return nil, err
	}
	var code Showing
	if err := read(in.r, &in.Stream, &code); err != nil {
		return nil, err
	}
	went, err := s.People().ShowFactor(ctx, signed, s.session(in.r), code.Code)
	if err != nil {
		return nil, problem(err)
	}
	if went.Recovery {
		web.Found(ctx, "", "", "recovery-code/"+signed.User.Principal())
	}
	out := &wentOut{Body: Went{Recovery: went.Recovery, Left: went.Left}}
	if shown(in.r) != "" {
		out.Body.Token = went.Secret
	} else {
		out.Cookie = s.set(in.r, went.Secret)
	}
	return out, nil
}
