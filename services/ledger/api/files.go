package api

import (
	"context"
	"time"

	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/pkg/sheet"
	"feisui/pkg/web"
	"feisui/services/ledger/reconcile"
)

// This file is the lists as files: which columns each has. Amounts are in yuan.

// tabled is how a list becomes a table.
type tabled[R any] struct {
	name    sheet.Name
	columns []sheet.Name
	row     func(*R) []any
}

func (t *tabled[R]) of(rows []R) *sheet.Table {
	table := &sheet.Table{Name: t.name, Columns: t.columns, Rows: make([][]any, len(rows))}
	for i := range rows {
		table.Rows[i] = t.row(&rows[i])
	}
	return table
}

// answer gives a page as it is, or the whole list as a file.
func answer[R any](ctx context.Context, in *Paged, day civil.Date, list any, rows []R, t tabled[R]) (*web.Listing, error) {
	if file, err := in.AsFile(in.After, in.Limit); !file {
		return &web.Listing{Body: list}, err
	}
	return in.File(ctx, t.of(rows), day.String())
}

// yuan is an amount that may not be known.
func yuan(f *money.Fen) any {
	if f == nil {
		return nil
	}
	return *f
}

// Columns that several lists have.
var (
	communityColumn  = sheet.Name{English: "community", Chinese: "社区代码"}
	nameColumn       = sheet.Name{English: "name", Chinese: "社区名称"}
	streetColumn     = sheet.Name{English: "street", Chinese: "街道"}
	lampColumn       = sheet.Name{English: "lamp", Chinese: "灯色"}
	entitledColumn   = sheet.Name{English: "entitlement_yuan", Chinese: "应配经费（元）"}
	allocatedColumn  = sheet.Name{English: "allocated_yuan", Chinese: "已配经费（元）"}
	shortfallColumn  = sheet.Name{English: "shortfall_yuan", Chinese: "缺口（元）"}
	overdueColumn    = sheet.Name{English: "overdue_shortfall_yuan", Chinese: "逾期缺口（元）"}
	departmentColumn = sheet.Name{English: "department", Chinese: "交办部门"}
)

var flagTable = tabled[ListedFlag]{
	name: sheet.Name{English: "flags", Chinese: "预警"},
	columns: []sheet.Name{
		lampColumn, {English: "rule", Chinese: "规则"}, {English: "account", Chinese: "社区或单位代码"}, nameColumn, streetColumn,
		{English: "subject", Chinese: "对象"}, {English: "responsible", Chinese: "应当处理的单位"}, {English: "since", Chinese: "自何日"},
		{English: "amount_yuan", Chinese: "金额（元）"}, {English: "plaques_over", Chinese: "超出块数"},
	},
	row: func(f *ListedFlag) []any {
		amount, plaques := yuan(f.Amount), any(nil)
		if f.Rule == reconcile.PlaqueOverCap && f.Amount != nil {
			amount, plaques = nil, int64(*f.Amount)
		}
		return []any{string(f.Lamp), string(f.Rule), f.Account, f.Name, f.Street, f.Subject, f.Responsible, dated(f.Since), amount, plaques}
	},
}

// dated is a date of the book as a date; what is none stays as it is.
func dated(text string) any {
	d, err := civil.Parse(text)
	if err != nil {
		return text
	}
	return d
}

var taskTable = tabled[ListedTask]{
	name: sheet.Name{English: "tasks", Chinese: "任务"},
	columns: []sheet.Name{
		{English: "no", Chinese: "单号"}, communityColumn, nameColumn, streetColumn, departmentColumn, {English: "item", Chinese: "事项"},
		{English: "state", Chinese: "办理状态"}, {English: "status", Chinese: "经费状态"}, lampColumn,
		entitledColumn, allocatedColumn, shortfallColumn, overdueColumn,
	},
	row: func(t *ListedTask) []any {
		return []any{
			t.No, t.Community, t.Name, t.Street, t.Department, t.Item, string(t.State), string(t.Status), string(t.Lamp),
			yuan(t.Entitlement), t.Allocated, yuan(t.Shortfall), yuan(t.OverdueShortfall),
		}
	},
}

var communityTable = tabled[ListedCommunity]{
	name: sheet.Name{English: "communities", Chinese: "社区"},
	columns: []sheet.Name{
		communityColumn, nameColumn, streetColumn, {English: "tasks", Chinese: "任务数"}, {English: "standing_tasks", Chinese: "有效任务数"},
		{English: "unfunded", Chinese: "无经费"}, {English: "underfunded", Chinese: "经费不足"}, {English: "undetermined", Chinese: "未定"},
		entitledColumn, allocatedColumn, shortfallColumn, overdueColumn,
		{English: "confirmed_yuan", Chinese: "已确认到账（元）"}, {English: "in_transit_yuan", Chinese: "在途（元）"},
		{English: "plaques", Chinese: "牌子"}, {English: "burdens", Chinese: "负担"},
		{English: "red", Chinese: "红灯"}, {English: "yellow", Chinese: "黄灯"}, {English: "blue", Chinese: "蓝灯"},
		{English: "blocked_at", Chinese: "自第几条起停算"},
	},
	row: func(c *ListedCommunity) []any {
		var blocked any
		if c.BlockedAt != 0 {
			blocked = c.BlockedAt
		}
		return []any{
			c.Code, c.Name, c.Street, c.Tasks, c.StandingTasks, c.Unfunded, c.Underfunded, c.Undetermined,
			c.Entitlement, c.Allocated, c.Shortfall, c.OverdueShortfall, c.Confirmed, c.InTransit,
			c.Plaques, c.Burdens, c.Red, c.Yellow, c.Blue, blocked,
		}
	},
}

var entryTable = tabled[Recorded]{
	name: sheet.Name{English: "timeline", Chinese: "经过"},
	columns: []sheet.Name{
		{English: "position", Chinese: "第几条"}, {English: "recorded_on", Chinese: "登记日期"}, {English: "recorded_at", Chinese: "登记时刻"},
		{English: "type", Chinese: "事件"}, {English: "stream", Chinese: "所属事物"}, {English: "version", Chinese: "其中第几条"},
		{English: "actor", Chinese: "登记人"}, {English: "kind", Chinese: "登记方式"}, {English: "request", Chinese: "请求编号"}, {English: "data", Chinese: "内容"},
	},
	row: func(e *Recorded) []any {
		at := e.RecordedAt.In(zone)
		return []any{
			e.Position, civil.Of(at.Year(), at.Month(), at.Day()), at.Format(time.TimeOnly), e.Type, e.Stream, e.Version,
			e.Actor, e.Kind, e.Request, string(e.Data),
		}
	},
}

// zone is that of the counties; it has no summer time.
var zone = time.FixedZone("UTC+8", 8*60*60)
