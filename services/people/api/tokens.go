package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"feisui/pkg/access"
	"feisui/pkg/web"
	"feisui/services/people"
	"feisui/services/people/keep"
)

func (s *service) routeTokens(api *web.API) {
	const path = sessionPath + "/tokens"
	signed := []web.Refusal{signInFirst}
	web.Register(api, huma.Operation{
		OperationID: "tokens", Method: http.MethodGet, Path: path, Tags: tags, Summary: "自己的令牌 (one's own tokens)",
	}, signed, s.tokens)
	web.Register(api, huma.Operation{
		OperationID: "token_create", Method: http.MethodPost, Path: path, Tags: tags,
		Summary: "为程序开一个令牌 (make a token for a program)",
		Description: "令牌只显示这一次，以 Authorization: Bearer 使用；权限不超过持有人现有的，账号停用即失效。同一请求编号再次提交时不再显示。" +
			" (The secret is shown this once. A token can do no more than its holder can, and ends with the account.)",
		RequestBody: taking(api, NewToken{}),
	}, with(bodies, signed, []web.Refusal{
		reused,
		{Status: http.StatusForbidden, Code: "GRANT_NOT_HELD", Chinese: "自己没有这项权限"},
		{Status: http.StatusConflict, Code: "TOKENS_MAX", Chinese: "令牌已有 20 个"},
		{Status: http.StatusUnprocessableEntity, Code: "TOKEN_NAME", Chinese: "名称不对"},
		{Status: http.StatusUnprocessableEntity, Code: "TOKEN_LIFE", Chinese: "有效期应为 1 至 365 天"},
		{Status: http.StatusUnprocessableEntity, Code: "TOKEN_GRANTS", Chinese: "没有权限"},
	}), s.createToken)
	web.Register(api, huma.Operation{
		OperationID: "token_end", Method: http.MethodDelete, Path: path + "/{id}", Tags: tags, Summary: "停用一个令牌 (end a token)",
	}, with(signed, []web.Refusal{reused, {Status: http.StatusNotFound, Code: "TOKEN_UNKNOWN", Chinese: "没有这个令牌"}}), s.endToken)
}

// NewToken is a token that somebody wants.
type NewToken struct {
	Name   string         `json:"name" doc:"用途 (what it is for)"`
	Grants []access.Grant `json:"grants" doc:"权限，须是自己现有的 (some of one's own)"`
	Days   int            `json:"days,omitempty" doc:"有效天数，1 至 365，缺省 90 (how many days it lives)"`
}

// ShownToken is a token, with its secret when it was just made.
type ShownToken struct {
	keep.Token
	Secret string `json:"token,omitempty" doc:"令牌，只显示这一次 (the secret, this once)"`
}

// TokenList are one's own tokens.
type TokenList struct {
	Tokens []keep.Token `json:"tokens"`
}

type (
	tokensOut struct{ Body TokenList }
	tokenOut  struct{ Body ShownToken }
	endIn     struct {
		Asked
		web.Mutation
		ID string `path:"id" doc:"令牌的编号 (the token's id)"`
	}
)

func (s *service) tokens(ctx context.Context, in *askedIn) (*tokensOut, error) {
	signed, err := s.signed(ctx, in.r)
	if err != nil {
		return nil, err
	}
	list, err := s.People().Tokens(ctx, signed.User.ID)
	return &tokensOut{TokenList{orNone(list)}}, err
}

func (s *service) createToken(ctx context.Context, in *changingIn) (*tokenOut, error) {
	signed, err := s.signed(ctx, in.r)
	if err != nil {
		return nil, err
	}
	var n NewToken
	if err := read(in.r, &in.Stream, &n); err != nil {
		return nil, err
	}
	t, err := s.People().CreateToken(ctx, own(&signed, in.RequestID), signed, people.CreateToken{Name: n.Name, Grants: n.Grants, Days: n.Days})
	return &tokenOut{ShownToken{t, t.Secret}}, problem(err)
}

func (s *service) endToken(ctx context.Context, in *endIn) (*doneOut, error) {
	signed, err := s.signed(ctx, in.r)
	if err != nil {
		return nil, err
	}
	return &doneOut{}, problem(s.People().EndToken(ctx, own(&signed, in.RequestID), signed, in.ID))
}

// orNone gives a list that is [] when there is nothing in it.
func orNone[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
