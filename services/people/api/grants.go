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

// GrantList is a page of grants.
type GrantList struct {
	Grants []keep.Granted `json:"grants"`
	Next   string         `json:"next,omitempty" doc:"还有更多时，下一页的 after (after of the next page, when there is one)"`
}

type (
	grantsIn struct {
		web.OfCounty
		State string `query:"state" enum:"requested,approved,denied,revoked" doc:"状态 (a state)"`
		Paged
		web.Export
	}
	personsGrantsIn struct {
		ID string `path:"id" doc:"人员编号 (the user's id)"`
		web.OfCounty
		State string `query:"state" enum:"requested,approved,denied,revoked" doc:"状态 (a state)"`
		Paged
		web.Export
	}
	requestIn struct {
		Asked
		web.OfCounty
		web.Mutation
		web.Stream
		ID string `path:"id" doc:"人员编号 (the user's id)"`
	}
	decideIn struct {
		web.OfCounty
		web.Mutation
		ID string `path:"id" doc:"授权编号 (the grant's id)"`
	}
	grantOut struct{ Body keep.Granted }
)

func (s *service) routeGrants(api *web.API) {
	lists := with([]web.Refusal{countyUnknown, forbidden, badLimit, badWord}, exports)
	web.Register(api, huma.Operation{
		OperationID: "grants", Method: http.MethodGet, Path: "/v1/counties/{county}/grants", Tags: tags, Metadata: sensitive,
		Summary: "授权，先提出的在前 (grants, the oldest first)", Responses: api.Listed(GrantList{}),
	}, lists, func(ctx context.Context, in *grantsIn) (*web.Listing, error) {
		return s.grants(ctx, in.County, "", in.State, in.Paged, &in.Export)
	})
	web.Register(api, huma.Operation{
		OperationID: "person_grants", Method: http.MethodGet, Path: personPath + "/{id}/grants", Tags: tags, Metadata: sensitive,
		Summary: "一个人员的授权，先提出的在前 (a user's grants, the oldest first)", Responses: api.Listed(GrantList{}),
	}, lists, func(ctx context.Context, in *personsGrantsIn) (*web.Listing, error) {
		return s.grants(ctx, in.County, in.ID, in.State, in.Paged, &in.Export)
	})
	web.Register(api, huma.Operation{
		OperationID: "grant_request", Method: http.MethodPost, Path: personPath + "/{id}/grants", Tags: tags,
		Summary: "申请授权 (ask that a user gets a role)",
		Description: "系统管理员提出，安全管理员批准后生效；两人须不是同一人，也不能为自己办理。" +
			" (By the system administrator; it holds once the security administrator, another person, has approved it.)",
		RequestBody: taking(api, access.Grant{}),
	}, with(bodies, []web.Refusal{
		countyUnknown, forbidden, self, reused, userUnknown, disabled,
		{Status: http.StatusConflict, Code: "ROLES_APART", Chinese: "同一人不能兼有这两个角色"},
		{Status: http.StatusUnprocessableEntity, Code: "ROLE", Chinese: "没有这个角色"},
		{Status: http.StatusUnprocessableEntity, Code: "SCOPE", Chinese: "范围不对"},
		{Status: http.StatusUnprocessableEntity, Code: "SCOPE_DEPARTMENT", Chinese: "没有这个部门"},
		{Status: http.StatusUnprocessableEntity, Code: "SCOPE_STREET", Chinese: "没有这个街道、乡镇或代管单位"},
		{Status: http.StatusUnprocessableEntity, Code: "SCOPE_COMMUNITY", Chinese: "没有这个社区"},
		{Status: http.StatusUnprocessableEntity, Code: "SCOPE_MISSING", Chinese: "没有填写范围"},
		{Status: http.StatusUnprocessableEntity, Code: "SCOPE_COUNTY", Chinese: "该角色属于全县"},
	}), s.requestGrant)
	decided := with([]web.Refusal{
		countyUnknown, forbidden, reused,
		{Status: http.StatusNotFound, Code: "GRANT_UNKNOWN", Chinese: "没有这项授权"},
		{Status: http.StatusConflict, Code: "DECIDED", Chinese: "该授权已处理"},
	})
	const path = "/v1/counties/{county}/grants/{id}"
	web.Register(api, huma.Operation{
		OperationID: "grant_approve", Method: http.MethodPost, Path: path + "/approve", Tags: tags, Summary: "批准授权 (approve a grant)",
	}, with(decided, []web.Refusal{self, second, disabled, {Status: http.StatusConflict, Code: "ROLES_APART", Chinese: "同一人不能兼有这两个角色"}}), s.deciding(people.Approve))
	web.Register(api, huma.Operation{
		OperationID: "grant_deny", Method: http.MethodPost, Path: path + "/deny", Tags: tags, Summary: "不批准授权 (deny a grant)",
	}, with(decided, []web.Refusal{self, second}), s.deciding(people.Deny))
	web.Register(api, huma.Operation{
		OperationID: "grant_revoke", Method: http.MethodDelete, Path: path, Tags: tags,
		Summary: "撤销授权，下一次请求起无效 (revoke a grant: from the next request on it holds no more)",
	}, with(decided, []web.Refusal{lastOne}), s.deciding(people.Revoke))
}

func (s *service) grants(ctx context.Context, county, user, state string, p Paged, as *web.Export) (*web.Listing, error) {
	if err := s.may(ctx, county, people.Administrators()...); err != nil {
		return nil, err
	}
	limit, err := limitOf(p.Limit)
	if err != nil {
		return nil, err
	}
	state, err = web.OneOf("state", state, "", string(people.Requested), string(people.Approved), string(people.Denied), string(people.Revoked))
	if err != nil {
		return nil, err
	}
	if file, err := as.AsFile(p.After, p.Limit); err != nil {
		return nil, err
	} else if file {
		return s.grantsFile(ctx, as, county, user, state)
	}
	list, err := s.People().Grants(ctx, county, user, people.GrantState(state), p.After, limit)
	if err != nil {
		return nil, err
	}
	out := GrantList{Grants: orNone(list)}
	if len(list) == limit {
		out.Next = list[limit-1].ID
	}
	return web.Page(out), nil
}

func (s *service) requestGrant(ctx context.Context, in *requestIn) (*grantOut, error) {
	r, err := s.request(ctx, in.County, in.RequestID)
	if err != nil {
		return nil, err
	}
	var g access.Grant
	if err := read(in.r, &in.Stream, &g); err != nil {
		return nil, err
	}
	c := people.RequestGrant{Grant: g}
	if g.Scope != "" {
		if c.Is, err = s.Organisations(ctx, r.County, g.Scope); err != nil {
			return nil, err
		}
	}
	made, err := s.People().RequestGrant(ctx, r, in.ID, c)
	return &grantOut{made}, problem(err)
}

func (s *service) deciding(d people.Decision) func(context.Context, *decideIn) (*grantOut, error) {
	return func(ctx context.Context, in *decideIn) (*grantOut, error) {
		r, err := s.request(ctx, in.County, in.RequestID)
		if err != nil {
			return nil, err
		}
		g, err := s.People().DecideGrant(ctx, r, d, in.ID)
		return &grantOut{g}, problem(err)
	}
}
