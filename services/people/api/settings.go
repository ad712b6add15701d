package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"feisui/pkg/access"
	"feisui/pkg/web"
	"feisui/services/people"
)

// Settings are a county's.
type Settings struct {
	Authority   string `json:"authority" enum:"civil_affairs,social_work" doc:"主管部门：民政局或社会工作部 (the competent authority)"`
	IdleMinutes int    `json:"idle_minutes" doc:"多久未操作须重新登录，5 至 120 分钟 (after how many minutes an unused session ends)"`
	AuditDays   int    `json:"audit_days" doc:"审计记录至少保存几天，不少于 180 (how long audit records are kept at least)"`
	//nolint:lll // what people read of it stands in the tag
	ImportRows int `json:"import_rows,omitempty" doc:"一人一天从整份表格登记多少条以内不须另一人确认，1 至 100000；不填则不变 (how many rows of workbooks one person may record in a day without a second; not given: as it is)"`

	//nolint:lll // likewise
	BoundPassword string `json:"bound_password,omitempty" enum:"allowed,refused" doc:"已绑定统一身份认证的账号能否也用密码登录；三名管理员总是可以；不填则不变 (whether bound accounts sign in with a password too; the three administrators always do; not given: as it is)"`

	FactorRoles []access.Role `json:"factor_roles" required:"false" doc:"哪些角色须有第二因素；不填则不变 (which roles must have a second factor; not given: as it is)"`
}

type (
	settingsIn  struct{ web.OfCounty }
	settingsOut struct{ Body Settings }
)

func (s *service) routeSettings(api *web.API) {
	const path = "/v1/counties/{county}/settings"
	web.Register(api, huma.Operation{
		OperationID: "settings", Method: http.MethodGet, Path: path, Tags: tags, Summary: "县的设置 (the county's settings)",
	}, []web.Refusal{countyUnknown, forbidden}, s.settings)
	web.Register(api, huma.Operation{
		OperationID: "settings_set", Method: http.MethodPut, Path: path, Tags: tags, Summary: "修改县的设置，由安全管理员 (change them)",
		RequestBody: taking(api, Settings{}),
	}, with(bodies, []web.Refusal{
		countyUnknown, forbidden, reused,
		{Status: http.StatusUnprocessableEntity, Code: "AUTHORITY", Chinese: "主管部门不对"},
		{Status: http.StatusUnprocessableEntity, Code: "IDLE", Chinese: "应为 5 至 120 分钟"},
		{Status: http.StatusUnprocessableEntity, Code: "RETENTION_MIN", Chinese: "审计记录应至少保存 180 天"},
		{Status: http.StatusUnprocessableEntity, Code: "IMPORT_ROWS", Chinese: "应为 1 至 100000 条"},
		{Status: http.StatusUnprocessableEntity, Code: "BOUND_PASSWORD", Chinese: "应为 allowed 或 refused"},
		{Status: http.StatusUnprocessableEntity, Code: "FACTOR_ROLE", Chinese: "没有这个角色"},
	}), s.setSettings)
}

func (s *service) settings(ctx context.Context, in *settingsIn) (*settingsOut, error) {
	if err := s.may(ctx, in.County, people.Administrators()...); err != nil {
		return nil, err
	}
	is, err := s.People().Settings(ctx, in.County)
	return &settingsOut{settingsOf(is)}, err
}

func (s *service) setSettings(ctx context.Context, in *makeIn) (*settingsOut, error) {
	r, err := s.request(ctx, in.County, in.RequestID)
	if err != nil {
		return nil, err
	}
	var n Settings
	if err := read(in.r, &in.Stream, &n); err != nil {
		return nil, err
	}
	is, err := s.People().SetSettings(ctx, r, people.Settings{
		Authority: n.Authority, Idle: people.Moment(n.IdleMinutes) * people.Minute, AuditDays: n.AuditDays,
		ImportRows: n.ImportRows, FactorRoles: n.FactorRoles, BoundPassword: n.BoundPassword,
	})
	return &settingsOut{settingsOf(is)}, problem(err)
}

func settingsOf(s people.Settings) Settings {
	return Settings{
		Authority: s.Authority, IdleMinutes: int(s.Idle / people.Minute), AuditDays: s.AuditDays,
		ImportRows: s.ImportRows, FactorRoles: orNone(s.FactorRoles), BoundPassword: s.BoundPassword,
	}
}
