package api

import (
	"context"
	"iter"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"feisui/pkg/access"
	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/pkg/web"
	"feisui/services/ledger/keep"
	"feisui/services/ledger/reconcile"
)

func (s *service) routeLists(api *web.API) {
	usual := append([]web.Refusal{countyUnknown, badLimit, badAfter, badWord}, web.ExportRefusals...)
	web.Register(api, huma.Operation{
		OperationID: "flags", Method: http.MethodGet, Path: "/v1/counties/{county}/flags", Tags: tags,
		Summary: "现有预警 (the flags that stand)",
		Description: "按灯色红、黄、蓝，同色中最早的在前。金额单位为分；plaque_over_cap 的 amount 是超出的块数。" +
			" (Red, yellow, blue, the oldest first. Amounts are in fen, that of plaque_over_cap is a count.)",
		Responses: api.Listed(FlagList{}),
	}, append(slices.Clone(usual), badDate), s.flags)
	web.Register(api, huma.Operation{
		OperationID: "tasks", Method: http.MethodGet, Path: "/v1/counties/{county}/tasks", Tags: tags,
		Summary:   "任务现状，按单号 (where tasks stand, by number)",
		Responses: api.Listed(TaskList{}),
	}, usual, s.tasks)
	web.Register(api, huma.Operation{
		OperationID: "communities", Method: http.MethodGet, Path: "/v1/counties/{county}/communities", Tags: tags,
		Summary: "各社区现状，逾期应得未得多的在前 (where communities stand, those to whom most is overdue first)",
		Description: "排列的是别人欠社区多少，不是社区的名次。" +
			" (It says to whom others owe; communities are not ranked.)",
		Responses: api.Listed(CommunityList{}),
	}, usual, s.communities)
}

type flagsIn struct {
	web.OfCounty
	Rule       string `query:"rule" example:"unfunded" doc:"规则 (a rule)"`
	Department string `query:"department" example:"D01" doc:"应当处理的单位 (the party that should act)"`
	Lamp       string `query:"lamp" enum:"red,yellow,blue" doc:"灯色 (a lamp)"`
	Street     string `query:"street" example:"431026102" doc:"街道的区划代码：其社区的和它自己的 (a street: its communities' flags and its own)"`
	Community  string `query:"community" example:"431026102001" doc:"社区的区划代码，或其他收款方 (a community, or another payee)"`
	SinceFrom  string `query:"since_from" example:"2025-01-01" doc:"最早从哪天起的，含 (those that stand since this day, or later)"`
	SinceTo    string `query:"since_to" example:"2025-03-31" doc:"最晚从哪天起的，含 (those that stand since this day, or earlier)"`
	Counts     string `query:"counts" enum:"false,true" doc:"true：另给出同样条件下各规则、各灯色一共几条 (also how many there are in all by rule and lamp)"`
	Paged
}

// FlagCount is how many flags of a rule and lamp stand.
type FlagCount struct {
	Rule   reconcile.FlagRule `json:"rule"`
	Lamp   reconcile.Lamp     `json:"lamp"`
	Flags  int64              `json:"flags"`
	Amount money.Fen          `json:"amount" doc:"合计，分；plaque_over_cap 为块数 (their sum, in fen; of plaque_over_cap a count)"`
}

// ListedFlag is a flag in a list.
type ListedFlag struct {
	Account     string             `json:"account" doc:"社区，或持有资金的单位 (the community, or who holds money)"`
	Name        string             `json:"name,omitempty" doc:"社区名称 (the community's name)"`
	Street      string             `json:"street,omitempty"`
	Rule        reconcile.FlagRule `json:"rule"`
	Subject     string             `json:"subject" doc:"任务、承诺、凭证、牌子或位置 (the task, commitment, voucher, plaque or zone)"`
	Responsible string             `json:"responsible" doc:"应当处理的单位 (the party that should act)"`
	Since       string             `json:"since" format:"date"`
	Amount      *money.Fen         `json:"amount" doc:"分 (fen); plaque_over_cap: 块数"`
	Lamp        reconcile.Lamp     `json:"lamp"`
	Waived      string             `json:"waived,omitempty" doc:"已豁免：豁免它的督办的编号；数字不变 (waived, by this case; the figures stay)"`
}

// FlagList is a page of flags.
type FlagList struct {
	Listed
	Flags  []ListedFlag `json:"flags"`
	Counts []FlagCount  `json:"counts,omitempty" doc:"不止这一页的，按灯色、规则 (of all pages, by lamp and rule)"`
}

func (s *service) flags(ctx context.Context, in *flagsIn) (*web.Listing, error) {
	rule, err := web.OneOf("rule", in.Rule, append([]string{""}, words(reconcile.FlagRules)...)...)
	if err != nil {
		return nil, err
	}
	lamp, err := web.OneOf("lamp", in.Lamp, "", "red", "yellow", "blue")
	if err != nil {
		return nil, err
	}
	counts, err := web.OneOf("counts", in.Counts, "false", "true")
	if err != nil {
		return nil, err
	}
	wanted := keep.FlagFilter{
		Rule: rule, Department: in.Department, Lamp: lamp, Street: in.Street, Account: in.Community, Within: access.Within(ctx),
	}
	if wanted.First, err = dateOr("since_from", in.SinceFrom); err != nil {
		return nil, err
	}
	if wanted.Last, err = dateOr("since_to", in.SinceTo); err != nil {
		return nil, err
	}
	waived, err := s.Waived(ctx, in.County)
	if err != nil {
		return nil, err
	}
	return answer(ctx, s, in.County, &in.Paged, listOf[keep.Flag, ListedFlag]{
		page:  func(l *keep.Ledger, p keep.Page) (keep.List[keep.Flag], error) { return l.Flags(ctx, wanted, p) },
		whole: func(l *keep.Ledger) iter.Seq2[keep.List[keep.Flag], error] { return l.AllFlags(ctx, wanted) },
		shown: flagOf, table: flagTable, beside: func(rows []ListedFlag) {
			waivable := make([]Waivable, len(rows))
			for i := range rows {
				waivable[i] = Waivable{string(rows[i].Rule), rows[i].Subject, rows[i].Responsible, &rows[i].Waived}
			}
			waived(waivable)
		},
	}, func(at Listed, rows []ListedFlag) (any, error) {
		out := FlagList{Listed: at, Flags: rows}
		if counts == "true" {
			out.Counts, err = s.flagCounts(ctx, in.County, wanted)
		}
		return out, err
	})
}

func flagOf(f *keep.Flag) ListedFlag {
	return ListedFlag{
		Account: f.Account, Name: f.Name, Street: f.Street, Rule: reconcile.FlagRule(f.Rule), Subject: f.Subject,
		Responsible: f.Responsible, Since: f.Since, Amount: f.Amount, Lamp: reconcile.Lamp(f.Lamp),
	}
}

// dateOr reads a day, none for an empty text.
func dateOr(name, text string) (civil.Date, error) {
	if text == "" {
		return 0, nil
	}
	return web.Date(name, text)
}

func (s *service) flagCounts(ctx context.Context, county string, wanted keep.FlagFilter) ([]FlagCount, error) {
	l, err := s.Ledger(county)
	if err != nil {
		return nil, err
	}
	list, err := l.CountFlags(ctx, wanted)
	counts := make([]FlagCount, 0, len(list.Rows))
	for _, c := range list.Rows {
		counts = append(counts, FlagCount{reconcile.FlagRule(c.Rule), reconcile.Lamp(c.Lamp), c.Flags, c.Amount})
	}
	return counts, err
}

type tasksIn struct {
	web.OfCounty
	Status     string `query:"status" example:"unfunded" doc:"经费状态 (whether the fee came)"`
	State      string `query:"state" example:"accepted" doc:"办理状态 (where it is between hand-over and completion)"`
	Department string `query:"department" example:"D01" doc:"交办部门 (who assigned it)"`
	Item       string `query:"item" example:"SX-018" doc:"事项 (the item)"`
	Lamp       string `query:"lamp" enum:"red,yellow,blue,green" doc:"灯色 (the lamp)"`
	Street     string `query:"street" example:"431026102" doc:"街道 (the street)"`
	Community  string `query:"community" example:"431026102001" doc:"社区 (the community)"`
	Paged
}

// ListedTask is a task in a list.
type ListedTask struct {
	Community string `json:"community"`
	Name      string `json:"name" doc:"社区名称 (the community's name)"`
	Street    string `json:"street,omitempty"`
	reconcile.TaskStatement
}

// TaskList is a page of tasks.
type TaskList struct {
	Listed
	Tasks []ListedTask `json:"tasks"`
}

func (s *service) tasks(ctx context.Context, in *tasksIn) (*web.Listing, error) {
	status, err := web.OneOf("status", in.Status, append([]string{""}, words(reconcile.Statuses)...)...)
	if err != nil {
		return nil, err
	}
	state, err := web.OneOf("state", in.State, append([]string{""}, words(reconcile.States)...)...)
	if err != nil {
		return nil, err
	}
	lamp, err := web.OneOf("lamp", in.Lamp, "", "red", "yellow", "blue", "green")
	if err != nil {
		return nil, err
	}
	wanted := keep.TaskFilter{
		Status: status, State: state, Department: in.Department, Item: in.Item, Lamp: lamp, Street: in.Street, Account: in.Community,
		Within: access.Within(ctx),
	}
	return answer(ctx, s, in.County, &in.Paged, listOf[keep.Task, ListedTask]{
		page:  func(l *keep.Ledger, p keep.Page) (keep.List[keep.Task], error) { return l.Tasks(ctx, wanted, p) },
		whole: func(l *keep.Ledger) iter.Seq2[keep.List[keep.Task], error] { return l.AllTasks(ctx, wanted) },
		shown: taskOf, table: taskTable,
	}, func(at Listed, rows []ListedTask) (any, error) { return TaskList{at, rows}, nil })
}

func taskOf(t *keep.Task) ListedTask {
	return ListedTask{
		Community: t.Account, Name: t.Name, Street: t.Street,
		TaskStatement: reconcile.TaskStatement{
			No: t.No, Department: t.Department, Item: t.Item, State: reconcile.State(t.State), Status: reconcile.Status(t.Status),
			Lamp: reconcile.Lamp(t.Lamp), Entitlement: t.Entitlement, Allocated: t.Allocated, Shortfall: t.Shortfall,
			OverdueShortfall: t.OverdueShortfall,
		},
	}
}

type communitiesIn struct {
	web.OfCounty
	Street string `query:"street" example:"431026102" doc:"街道 (the street)"`
	Paged
}

// ListedCommunity is a community in a list. Amounts are in fen.
type ListedCommunity struct {
	Code             string    `json:"code"`
	Name             string    `json:"name"`
	Street           string    `json:"street,omitempty"`
	Tasks            int64     `json:"tasks"`
	StandingTasks    int64     `json:"standing_tasks"`
	Unfunded         int64     `json:"unfunded"`
	Underfunded      int64     `json:"underfunded"`
	Undetermined     int64     `json:"undetermined"`
	Entitlement      money.Fen `json:"entitlement"`
	Allocated        money.Fen `json:"allocated"`
	Shortfall        money.Fen `json:"shortfall"`
	OverdueShortfall money.Fen `json:"overdue_shortfall"`
	Confirmed        money.Fen `json:"confirmed"`
	InTransit        money.Fen `json:"in_transit"`
	Plaques          int64     `json:"plaques"`
	Burdens          int64     `json:"burdens"`
	Red              int64     `json:"red" doc:"红灯预警数 (red flags)"`
	Yellow           int64     `json:"yellow"`
	Blue             int64     `json:"blue"`
	BlockedAt        int64     `json:"blocked_at,omitempty" doc:"自第几条记录起停算；数字是此前的 (blocked since this position: the figures are of before)"`
}

// CommunityList is a page of communities.
type CommunityList struct {
	Listed
	Communities []ListedCommunity `json:"communities"`
}

func (s *service) communities(ctx context.Context, in *communitiesIn) (*web.Listing, error) {
	wanted := keep.CommunityFilter{Street: in.Street, Within: access.Within(ctx)}
	return answer(ctx, s, in.County, &in.Paged, listOf[keep.Community, ListedCommunity]{
		page: func(l *keep.Ledger, p keep.Page) (keep.List[keep.Community], error) {
			return l.Communities(ctx, wanted, p)
		},
		whole: func(l *keep.Ledger) iter.Seq2[keep.List[keep.Community], error] { return l.AllCommunities(ctx, wanted) },
		shown: func(c *keep.Community) ListedCommunity { return ListedCommunity(*c) }, table: communityTable,
	}, func(at Listed, rows []ListedCommunity) (any, error) { return CommunityList{at, rows}, nil })
}

func words[W ~string](list []W) []string {
	all := make([]string, len(list))
	for i, w := range list {
		all[i] = string(w)
	}
	return all
}
