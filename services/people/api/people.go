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

// personPath is where a county's users are.
const personPath = "/v1/counties/{county}/people"

// Person is a user as administrators see them.
type Person struct {
	ID      string         `json:"id"`
	Person  string         `json:"person" doc:"是哪一个人：一人可有两个账号 (the human being, who may have two accounts)"`
	User    string         `json:"user"`
	Display string         `json:"display"`
	Office  string         `json:"office"`
	State   people.State   `json:"state" enum:"active,disabled,suspended,locked,must_change_password,lapsed" doc:"suspended：密码已重置，待安全管理员启用；lapsed：一次性密码过期未用 (reset, and a second person has not agreed yet; a one-time password was not used in time)"`
	Factor  bool           `json:"factor,omitempty" doc:"登录时要输入动态验证码 (has a second factor)"`
	Demo    bool           `json:"demo,omitempty"`
	Grants  []access.Grant `json:"grants" doc:"生效的授权 (grants in force)"`
	Binding *Binding       `json:"binding,omitempty" doc:"与统一身份认证的绑定，只在单个人员的回答中 (of one person only)"`
}

// PersonList is a page of users.
type PersonList struct {
	People []Person `json:"people"`
	Next   string   `json:"next,omitempty" doc:"还有更多时，下一页的 after (after of the next page, when there is one)"`
}

// NewPerson is a user to be made. Roles are granted afterwards, by two.
type NewPerson struct {
	User    string `json:"user" doc:"用户名，3 至 40 个字母、数字或 . _ - (3 to 40 letters, digits or . _ -)" example:"zhang.san"`
	Display string `json:"display" doc:"姓名或职务 (what people call them)"`
	Office  string `json:"office" doc:"所在单位的代码 (their organisation's code)" example:"D01"`
	Person  string `json:"person,omitempty" doc:"此人已有账号时，那个账号的 person (person of another account of theirs)"`
}

// OneTime is somebody's one-time password.
type OneTime struct {
	keep.Made
	Password string `json:"password,omitempty" doc:"一次性密码，只显示这一次，在 until 之前首次登录并修改 (this once; to be changed at the first sign-in, before until)"`
}

// Three are a county's first users.
type Three struct {
	Administrators []OneTime `json:"administrators"`
}

type (
	peopleIn struct {
		web.OfCounty
		Paged
		web.Export
	}
	personIn struct {
		web.OfCounty
		ID string `path:"id" doc:"人员编号 (the user's id)"`
	}
	makeIn struct {
		Asked
		web.OfCounty
		web.Mutation
		web.Stream
	}
	beginIn struct {
		web.OfCounty
		web.Mutation
	}
	changeIn struct {
		web.OfCounty
		web.Mutation
		ID string `path:"id" doc:"人员编号 (the user's id)"`
	}
	personOut  struct{ Body Person }
	oneTimeOut struct{ Body OneTime }
	threeOut   struct{ Body Three }
)

func (s *service) routePeople(api *web.API) {
	web.Register(api, huma.Operation{
		OperationID: "people", Method: http.MethodGet, Path: personPath, Tags: tags, Metadata: sensitive,
		Summary: "人员，按用户名 (users by name)", Responses: api.Listed(PersonList{}),
	}, with([]web.Refusal{countyUnknown, forbidden, badLimit, badWord}, exports), s.people)
	web.Register(api, huma.Operation{
		OperationID: "person", Method: http.MethodGet, Path: personPath + "/{id}", Tags: tags, Metadata: sensitive,
		Summary: "一个人员 (a user)",
	}, []web.Refusal{countyUnknown, forbidden, userUnknown}, s.person)
	web.Register(api, huma.Operation{
		OperationID: "person_create", Method: http.MethodPost, Path: personPath, Tags: tags,
		Summary: "新建人员 (make a user)",
		Description: "系统管理员新建，回答中有一次性密码；角色另行申请，由安全管理员批准。同一请求编号再次提交时不再显示密码。" +
			" (By the system administrator. Roles are asked for afterwards, and approved by the security administrator.)",
		RequestBody: taking(api, NewPerson{}),
	}, with(bodies, []web.Refusal{
		countyUnknown, forbidden, reused, busy,
		{Status: http.StatusNotFound, Code: "PERSON_UNKNOWN", Chinese: "没有这个人"},
		{Status: http.StatusConflict, Code: "USER_NAME_TAKEN", Chinese: "用户名已有人使用"},
		{Status: http.StatusUnprocessableEntity, Code: "USER_NAME", Chinese: "用户名不对"},
		{Status: http.StatusUnprocessableEntity, Code: "DISPLAY_NAME", Chinese: "姓名或职务不对"},
		{Status: http.StatusUnprocessableEntity, Code: "OFFICE", Chinese: "单位代码不对"},
	}), s.createPerson)
	web.Register(api, huma.Operation{
		OperationID: "administrators_begin", Method: http.MethodPost, Path: "/v1/counties/{county}/administrators", Tags: tags,
		Summary: "初始化三员 (make the three administrators)",
		Description: "运维人员在县里还没有任何人员时使用一次：系统、安全、审计三名管理员，各有一次性密码。" +
			" (By the operator, once, while the county has no users.)",
	}, []web.Refusal{
		countyUnknown, forbidden, reused, busy,
		{Status: http.StatusConflict, Code: "ADMINISTRATORS_THERE", Chinese: "县里已有人员"},
	}, s.begin)
}

// routeChanges registers what is done to an account.
func (s *service) routeChanges(api *web.API) {
	for _, c := range []struct {
		change  people.Change
		summary string
		about   string
		own     []web.Refusal
	}{
		{people.Disable, "停用 (disable)", "登录和令牌立即失效，启用后也不恢复。 (Sessions and tokens end at once and for good.)", []web.Refusal{lastOne}},
		{people.Enable, "启用 (enable)", "重置密码后须由安全管理员启用。 (After a reset: by the security administrator.)", []web.Refusal{second}},
		{people.Unlock, "解除锁定 (unlock)", "登录失败的锁定提前解除。 (Ends a lock after failures before its time.)", nil},
		{
			people.Reset, "重置密码 (reset the password)",
			"回答中有一次性密码，只显示一次。登录和令牌立即失效，统一身份认证的绑定一并解除；账号暂停，由另一人即安全管理员启用后方可登录。" +
				" (Gives a one-time password and ends the binding to the county's own sign-in; the account is suspended until the security administrator, another person, enables it.)",
			[]web.Refusal{lastOne, disabled, busy},
		},
		{
			people.FactorReset, "清除第二因素 (take the second factor away)",
			"本人丢失手机和备用码时。登录和令牌立即失效；账号暂停，由另一人即安全管理员启用后方可登录。" +
				" (For who has lost it and the recovery codes; the account is suspended until the security administrator, another person, enables it.)",
			[]web.Refusal{lastOne, disabled, {Status: http.StatusConflict, Code: "FACTOR_NONE", Chinese: "没有第二因素"}},
		},
	} {
		web.Register(api, huma.Operation{
			OperationID: "person_" + string(c.change), Method: http.MethodPost, Path: personPath + "/{id}/" + string(c.change), Tags: tags,
			Summary: c.summary, Description: c.about,
		}, with([]web.Refusal{countyUnknown, forbidden, self, reused, userUnknown}, c.own),
			func(ctx context.Context, in *changeIn) (*oneTimeOut, error) {
				r, err := s.request(ctx, in.County, in.RequestID)
				if err != nil {
					return nil, err
				}
				made, err := s.People().Change(ctx, r, c.change, in.ID)
				return &oneTimeOut{OneTime{made, made.Password}}, problem(err)
			})
	}
}

func (s *service) people(ctx context.Context, in *peopleIn) (*web.Listing, error) {
	if err := s.may(ctx, in.County, people.Administrators()...); err != nil {
		return nil, err
	}
	limit, err := limitOf(in.Limit)
	if err != nil {
		return nil, err
	}
	if file, err := in.AsFile(in.After, in.Limit); err != nil {
		return nil, err
	} else if file {
		return s.peopleFile(ctx, in)
	}
	list, err := s.People().List(ctx, in.County, "", in.After, limit)
	if err != nil {
		return nil, err
	}
	out := PersonList{People: make([]Person, 0, len(list))}
	for i := range list {
		out.People = append(out.People, personOf(&list[i]))
	}
	if len(list) == limit {
		out.Next = list[limit-1].Name
	}
	return web.Page(out), nil
}

func personOf(l *keep.Listed) Person {
	return Person{
		ID: l.ID, Person: l.Person, User: l.Name, Display: l.Display, Office: l.Office, State: l.State,
		Factor: l.Factor, Demo: l.Demo, Grants: orNone(l.Grants),
	}
}

func (s *service) person(ctx context.Context, in *personIn) (*personOut, error) {
	if err := s.may(ctx, in.County, people.Administrators()...); err != nil {
		return nil, err
	}
	list, err := s.People().List(ctx, in.County, in.ID, "", 1)
	if err == nil && len(list) == 0 || in.ID == "" {
		err = people.NotThere("USER")
	}
	if err != nil {
		return nil, problem(err)
	}
	is := personOf(&list[0])
	bound, err := s.bindingOf(ctx, is.ID)
	is.Binding = &bound
	return &personOut{is}, err
}

func (s *service) createPerson(ctx context.Context, in *makeIn) (*oneTimeOut, error) {
	r, err := s.request(ctx, in.County, in.RequestID)
	if err != nil {
		return nil, err
	}
	var n NewPerson
	if err := read(in.r, &in.Stream, &n); err != nil {
		return nil, err
	}
	made, err := s.People().Create(ctx, r, people.CreateUser{Name: n.User, Display: n.Display, Office: n.Office, Person: n.Person})
	return &oneTimeOut{OneTime{made, made.Password}}, problem(err)
}

func (s *service) begin(ctx context.Context, in *beginIn) (*threeOut, error) {
	r, err := s.request(ctx, in.County, in.RequestID)
	if err != nil {
		return nil, err
	}
	made, err := s.People().Begin(ctx, r)
	out := &threeOut{Three{[]OneTime{}}}
	for _, m := range made {
		out.Body.Administrators = append(out.Body.Administrators, OneTime{m, m.Password})
	}
	return out, problem(err)
}
