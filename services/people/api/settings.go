package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"feisui/pkg/access"
	"feisui/pkg/web"
	"feisui/services/people"
	"feisui/services/people/keep"
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

// SettingsNow are a county's settings, and the change of them that waits.
type SettingsNow struct {
	Settings

	Waiting *SettingsChange `json:"waiting,omitempty" doc:"待另一人确认的修改 (the change that waits for a second person)"`
}

// SettingsChange is a change of a county's settings.
type SettingsChange struct {
	ID          string               `json:"id"`
	State       people.SettingsState `json:"state" enum:"requested,confirmed,dropped,expired"`
	Settings    Settings             `json:"settings" doc:"确认后的全部设置 (all settings as they would be)"`
	RequestedBy string               `json:"requested_by"`
	RequestedAt time.Time            `json:"requested_at"`
	Expires     time.Time            `json:"expires_at" doc:"到时仍未确认即作废 (it lapses then)"`
	DecidedBy   string               `json:"decided_by,omitempty"`
	DecidedAt   *time.Time           `json:"decided_at,omitempty"`
	MayConfirm  bool                 `json:"may_confirm" doc:"您可以确认 (you may confirm it)"`
}

type (
	settingsIn       struct{ web.OfCounty }
	settingsOut      struct{ Body SettingsNow }
	settingsChangeIn struct {
		web.OfCounty
		web.Mutation
		ID string `path:"id" doc:"修改的编号 (the change's id)"`
	}
	settingsChangeOut struct{ Body SettingsChange }
)

func (s *service) routeSettings(api *web.API) {
	const path = "/v1/counties/{county}/settings"
	web.Register(api, huma.Operation{
		OperationID: "settings", Method: http.MethodGet, Path: path, Tags: tags, Summary: "县的设置，和待确认的修改 (the county's settings, and the change that waits)",
	}, []web.Refusal{countyUnknown, forbidden}, s.settings)
	web.Register(api, huma.Operation{
		OperationID: "settings_request", Method: http.MethodPost, Path: path + "/changes", Tags: tags, Summary: "申请修改县的设置 (ask for other settings)",
		Description: "系统管理员或安全管理员提出，另一人确认后生效；两人中须有安全管理员。10 天内未确认即作废。" +
			" (By the system or security administrator; it holds once another person has confirmed it. One of the two is a security administrator. It lapses after 10 days.)",
		RequestBody: taking(api, Settings{}),
	}, with(bodies, []web.Refusal{
		countyUnknown, forbidden, reused,
		{Status: http.StatusConflict, Code: "SETTINGS_WAITING", Chinese: "已有一项修改待确认"},
		{Status: http.StatusConflict, Code: "SETTINGS_SAME", Chinese: "与现在的设置一样"},
		{Status: http.StatusUnprocessableEntity, Code: "AUTHORITY", Chinese: "主管部门不对"},
		{Status: http.StatusUnprocessableEntity, Code: "IDLE", Chinese: "应为 5 至 120 分钟"},
		{Status: http.StatusUnprocessableEntity, Code: "RETENTION_MIN", Chinese: "审计记录应至少保存 180 天"},
		{Status: http.StatusUnprocessableEntity, Code: "IMPORT_ROWS", Chinese: "应为 1 至 100000 条"},
		{Status: http.StatusUnprocessableEntity, Code: "BOUND_PASSWORD", Chinese: "应为 allowed 或 refused"},
		{Status: http.StatusUnprocessableEntity, Code: "FACTOR_ROLE", Chinese: "没有这个角色"},
	}), s.requestSettings)
	decided := []web.Refusal{
		countyUnknown, forbidden, reused,
		{Status: http.StatusNotFound, Code: "SETTINGS_CHANGE_UNKNOWN", Chinese: "没有这项修改"},
		{Status: http.StatusConflict, Code: "SETTINGS_DECIDED", Chinese: "该修改已处理"},
		{Status: http.StatusConflict, Code: "SETTINGS_EXPIRED", Chinese: "该修改已过期"},
	}
	web.Register(api, huma.Operation{
		OperationID: "settings_confirm", Method: http.MethodPost, Path: path + "/changes/{id}/confirm", Tags: tags,
		Summary: "确认设置的修改，下一次请求起生效 (confirm a change of settings: it holds from the next request on)",
	}, with(decided, []web.Refusal{second, {Status: http.StatusForbidden, Code: "SETTINGS_SECURITY", Chinese: "两人中须有安全管理员"}}), s.decidingSettings((*keep.People).ConfirmSettings))
	web.Register(api, huma.Operation{
		OperationID: "settings_drop", Method: http.MethodPost, Path: path + "/changes/{id}/drop", Tags: tags,
		Summary: "收回或退回设置的修改 (take a change of settings back, or refuse it)",
	}, decided, s.decidingSettings((*keep.People).DropSettings))
}

func (s *service) settings(ctx context.Context, in *settingsIn) (*settingsOut, error) {
	if err := s.may(ctx, in.County, people.Administrators()...); err != nil {
		return nil, err
	}
	is, err := s.People().Settings(ctx, in.County)
	if err != nil {
		return nil, err
	}
	waits, err := s.People().WaitingSettings(ctx, in.County)
	out := &settingsOut{SettingsNow{Settings: settingsOf(is)}}
	if waits != nil {
		change := s.changeOf(ctx, waits)
		out.Body.Waiting = &change
	}
	return out, err
}

func (s *service) requestSettings(ctx context.Context, in *makeIn) (*settingsChangeOut, error) {
	r, err := s.request(ctx, in.County, in.RequestID)
	if err != nil {
		return nil, err
	}
	var n Settings
	if err := read(in.r, &in.Stream, &n); err != nil {
		return nil, err
	}
	c, err := s.People().RequestSettings(ctx, r, people.Settings{
		Authority: n.Authority, Idle: people.Moment(n.IdleMinutes) * people.Minute, AuditDays: n.AuditDays,
		ImportRows: n.ImportRows, FactorRoles: n.FactorRoles, BoundPassword: n.BoundPassword,
	})
	return &settingsChangeOut{s.changeOf(ctx, &c)}, problem(err)
}

func (s *service) decidingSettings(
	decide func(*keep.People, context.Context, keep.Request, string) (keep.SettingsChange, error),
) func(context.Context, *settingsChangeIn) (*settingsChangeOut, error) {
	return func(ctx context.Context, in *settingsChangeIn) (*settingsChangeOut, error) {
		r, err := s.request(ctx, in.County, in.RequestID)
		if err != nil {
			return nil, err
		}
		c, err := decide(s.People(), ctx, r, in.ID)
		return &settingsChangeOut{s.changeOf(ctx, &c)}, problem(err)
	}
}

// changeOf is a change as who asks sees it.
func (s *service) changeOf(ctx context.Context, c *keep.SettingsChange) SettingsChange {
	_, err := c.Confirm(access.From(ctx), people.Moment(s.People().Now().Unix()))
	return SettingsChange{
		ID: c.ID, State: c.State, Settings: settingsOf(c.Settings), RequestedBy: c.RequestedBy, RequestedAt: c.RequestedAt.UTC(),
		Expires: time.Unix(int64(c.Expires), 0).UTC(), DecidedBy: c.DecidedBy, DecidedAt: c.DecidedAt, MayConfirm: err == nil,
	}
}

func settingsOf(s people.Settings) Settings {
	return Settings{
		Authority: s.Authority, IdleMinutes: int(s.Idle / people.Minute), AuditDays: s.AuditDays,
		ImportRows: s.ImportRows, FactorRoles: orNone(s.FactorRoles), BoundPassword: s.BoundPassword,
	}
}
