package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"feisui/pkg/access"
	"feisui/pkg/web"
)

// Demo are the accounts with which a newcomer looks at a sample county. Their
// password is no secret: they are made on one's own machine only, and shut where
// others reach it.
type Demo struct {
	Password string        `json:"password,omitempty"`
	Accounts []DemoAccount `json:"accounts" doc:"没有示例县、或从别的机器访问时为空 (empty without a sample county, and to other machines)"`
}

// DemoAccount is one of them.
type DemoAccount struct {
	User string      `json:"user" example:"demo-leader"`
	Role access.Role `json:"role" example:"leader"`
}

type demoOut struct{ Body Demo }

func (s *service) routeDemo(api *web.API) {
	web.Register(api, huma.Operation{
		OperationID: "demo_accounts", Method: http.MethodGet, Path: "/v1/demo", Tags: tags, Summary: "示例县的演示账号 (the demo accounts of a sample county)",
	}, nil, s.demo)
}

func (s *service) demo(_ context.Context, in *askedIn) (*demoOut, error) {
	if s.Demo == nil || !loopback(in.r.Host) || !loopback(in.r.RemoteAddr) {
		return &demoOut{Demo{Accounts: []DemoAccount{}}}, nil
	}
	return &demoOut{s.Demo()}, nil
}
