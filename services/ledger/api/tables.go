package api

import (
	"strings"
	"time"

	"feisui/pkg/civil"
	"feisui/pkg/sheet"
	"feisui/services/ledger"
	"feisui/services/ledger/reconcile"
)

// This file is which columns the lists have as files.

// Columns that several lists have. In English a code keeps the name that programs know it
// by, and what it is called has a name of its own.
var (
	communityColumn    = sheet.Name{English: "community", Chinese: "社区代码"}
	nameColumn         = sheet.Name{English: "name", Chinese: "社区名称"}
	streetColumn       = sheet.Name{English: "street_name", Chinese: "街道"}
	streetCode         = sheet.Name{English: "street", Chinese: "街道代码"}
	lampColumn         = sheet.Name{English: "lamp_name", Chinese: "灯色"}
	lampCode           = sheet.Name{English: "lamp", Chinese: "灯色代码"}
	stateColumn        = sheet.Name{English: "state_name", Chinese: "办理状态"}
	stateCode          = sheet.Name{English: "state", Chinese: "办理状态代码"}
	statusColumn       = sheet.Name{English: "status_name", Chinese: "经费状态"}
	statusCode         = sheet.Name{English: "status", Chinese: "经费状态代码"}
	departmentColumn   = sheet.Name{English: "department_name", Chinese: "交办部门"}
	departmentCode     = sheet.Name{English: "department", Chinese: "交办部门代码"}
	itemColumn         = sheet.Name{English: "item_name", Chinese: "事项"}
	itemCode           = sheet.Name{English: "item", Chinese: "事项编码"}
	entitledColumn     = sheet.Name{English: "entitlement_yuan", Chinese: "应配经费（元）"}
	allocatedColumn    = sheet.Name{English: "allocated_yuan", Chinese: "已配经费（元）"}
	shortfallColumn    = sheet.Name{English: "shortfall_yuan", Chinese: "缺口（元）"}
	overdueColumn      = sheet.Name{English: "overdue_shortfall_yuan", Chinese: "逾期缺口（元）"}
	confirmedColumn    = sheet.Name{English: "confirmed_yuan", Chinese: "已确认到账（元）"}
	inTransitColumn    = sheet.Name{English: "in_transit_yuan", Chinese: "在途（元）"}
	blockedColumn      = sheet.Name{English: "blocked_at", Chinese: "自第几条起停算"}
	unfundedColumn     = sheet.Name{English: "unfunded", Chinese: "无经费"}
	underfundedColumn  = sheet.Name{English: "underfunded", Chinese: "经费不足"}
	undeterminedColumn = sheet.Name{English: "undetermined", Chinese: "未定"}
	redColumn          = sheet.Name{English: "red", Chinese: "红灯"}
	yellowColumn       = sheet.Name{English: "yellow", Chinese: "黄灯"}
	blueColumn         = sheet.Name{English: "blue", Chinese: "蓝灯"}
	moneyLiesColumns   = []sheet.Name{
		{English: "held_yuan", Chinese: "停留（元）"}, {English: "retained_yuan", Chinese: "其中超过转拨期限（元）"},
		{English: "in_transit_yuan", Chinese: "已付社区未确认（元）"}, {English: "unconfirmed_yuan", Chinese: "其中超过确认期限（元）"},
		{English: "surplus_yuan", Chinese: "到账后没有任务可抵（元）"}, {English: "general_yuan", Chinese: "到账不限用途（元）"},
	}
)

var flagTable = &tabled[ListedFlag]{
	name: sheet.Name{English: "flags", Chinese: "预警"},
	columns: []sheet.Name{
		lampColumn, {English: "rule_name", Chinese: "规则"}, {English: "account_name", Chinese: "社区或单位"}, streetColumn,
		{English: "subject_name", Chinese: "对象"}, {English: "responsible_name", Chinese: "应当处理的单位"}, {English: "since", Chinese: "自何日"},
		{English: "amount_yuan", Chinese: "金额（元）"}, {English: "plaques_over", Chinese: "超出块数"},
		{English: "account", Chinese: "社区或单位代码"}, streetCode, {English: "responsible", Chinese: "应当处理的单位代码"},
		{English: "rule", Chinese: "规则代码"}, {English: "subject", Chinese: "对象编号"}, lampCode,
	},
	row: func(f *ListedFlag, say *spoken) []any {
		amount, plaques, subject := yuan(f.Amount), any(nil), any(f.Subject)
		if f.Rule == reconcile.PlaqueOverCap {
			subject = say.word("zone", f.Subject)
			if f.Amount != nil {
				amount, plaques = nil, int64(*f.Amount)
			}
		}
		name := f.Name
		if name == "" {
			name = say.party(f.Account)
		}
		return []any{
			say.word("lamp", string(f.Lamp)), say.word("rule", string(f.Rule)), name, say.party(f.Street), subject, say.party(f.Responsible),
			dated(f.Since), amount, plaques, f.Account, f.Street, f.Responsible, string(f.Rule), f.Subject, string(f.Lamp),
		}
	},
}

var taskTable = &tabled[ListedTask]{
	name: sheet.Name{English: "tasks", Chinese: "任务"},
	columns: []sheet.Name{
		{English: "no", Chinese: "单号"}, nameColumn, streetColumn, departmentColumn, itemColumn, stateColumn, statusColumn, lampColumn,
		entitledColumn, allocatedColumn, shortfallColumn, overdueColumn,
		communityColumn, streetCode, departmentCode, itemCode, stateCode, statusCode, lampCode,
	},
	row: func(t *ListedTask, say *spoken) []any {
		return []any{
			t.No, t.Name, say.party(t.Street), say.party(t.Department), say.item(t.Item),
			say.word("state", string(t.State)), say.word("status", string(t.Status)), say.word("lamp", string(t.Lamp)),
			yuan(t.Entitlement), t.Allocated, yuan(t.Shortfall), yuan(t.OverdueShortfall),
			t.Community, t.Street, t.Department, t.Item, string(t.State), string(t.Status), string(t.Lamp),
		}
	},
}

var communityTable = &tabled[ListedCommunity]{
	name: sheet.Name{English: "communities", Chinese: "社区"},
	columns: []sheet.Name{
		communityColumn, nameColumn, streetColumn, {English: "tasks", Chinese: "任务数"}, {English: "standing_tasks", Chinese: "有效任务数"},
		unfundedColumn, underfundedColumn, undeterminedColumn,
		entitledColumn, allocatedColumn, shortfallColumn, overdueColumn, confirmedColumn, inTransitColumn,
		{English: "plaques", Chinese: "牌子"}, {English: "burdens", Chinese: "负担"}, redColumn, yellowColumn, blueColumn, blockedColumn, streetCode,
	},
	row: func(c *ListedCommunity, say *spoken) []any {
		return []any{
			c.Code, c.Name, say.party(c.Street), c.Tasks, c.StandingTasks, c.Unfunded, c.Underfunded, c.Undetermined,
			c.Entitlement, c.Allocated, c.Shortfall, c.OverdueShortfall, c.Confirmed, c.InTransit,
			c.Plaques, c.Burdens, c.Red, c.Yellow, c.Blue, given(c.BlockedAt), c.Street,
		}
	},
}

var owedTable = &tabled[OwedPart]{
	name: sheet.Name{English: "owed", Chinese: "应拨未拨"},
	columns: []sheet.Name{
		{English: "due_end", Chinese: "最后一天"}, {English: "days_late", Chinese: "已过期天数"}, {English: "task", Chinese: "单号"}, nameColumn, streetColumn,
		departmentColumn, itemColumn, {English: "payer_name", Chinese: "付款方"}, {English: "amount_yuan", Chinese: "应拨（元）"},
		{English: "shortfall_yuan", Chinese: "还欠（元）"}, stateColumn, statusColumn, lampColumn,
		communityColumn, streetCode, departmentCode, itemCode, {English: "payer", Chinese: "付款方代码"}, stateCode, statusCode, lampCode,
	},
	row: func(o *OwedPart, say *spoken) []any {
		return []any{
			o.DueEnd, given(int64(o.DaysLate)), o.Task, o.Name, say.party(o.Street), say.party(o.Department), say.item(o.Item), say.party(o.Payer),
			o.Amount, o.Shortfall, say.word("state", string(o.State)), say.word("status", string(o.Status)), say.word("lamp", string(o.Lamp)),
			o.Community, o.Street, o.Department, o.Item, o.Payer, string(o.State), string(o.Status), string(o.Lamp),
		}
	},
}

// sums are what lies somewhere, as moneyLiesColumns has it.
func (m *MoneySums) cells() []any {
	return []any{m.Held, m.Retained, m.InTransit, m.Unconfirmed, m.Surplus, m.General}
}

var holderTable = &tabled[MoneyHolder]{
	name: sheet.Name{English: "money", Chinese: "钱在哪里"},
	columns: append(append([]sheet.Name{{English: "holder_name", Chinese: "停在"}, {English: "kind_name", Chinese: "单位类别"}}, moneyLiesColumns...),
		sheet.Name{English: "payments", Chinese: "笔数"}, sheet.Name{English: "since", Chinese: "最早一笔"}, sheet.Name{English: "days", Chinese: "已有几天"},
		blockedColumn, sheet.Name{English: "holder", Chinese: "单位代码"}, sheet.Name{English: "kind", Chinese: "类别代码"}),
	row: func(h *MoneyHolder, say *spoken) []any {
		name := h.Name
		if name == "" {
			name = h.Holder
		}
		row := append([]any{name, say.word("holder", h.Kind)}, h.cells()...)
		return append(row, int64(h.Payments), h.Since, given(int64(h.Days)), given(h.BlockedAt), h.Holder, h.Kind)
	},
}

var lyingTable = &tabled[LyingPayment]{
	name: sheet.Name{English: "payments", Chinese: "停着的拨付"},
	columns: append(append([]sheet.Name{
		{English: "voucher", Chinese: "凭证号"}, {English: "payer_name", Chinese: "付款方"}, {English: "payee_name", Chinese: "收款方"},
		{English: "origin_name", Chinese: "最初付款方"}, {English: "purpose", Chinese: "用途"}, {English: "paid_on", Chinese: "拨付日期"}, {English: "days", Chinese: "已有几天"},
		{English: "amount_yuan", Chinese: "拨付（元）"}, {English: "passed_on_yuan", Chinese: "已转拨（元）"}, confirmedColumn,
	}, moneyLiesColumns...),
		sheet.Name{English: "late_since", Chinese: "自何日超期"}, sheet.Name{English: "upstream", Chinese: "转自凭证"}, sheet.Name{English: "payer", Chinese: "付款方代码"},
		sheet.Name{English: "payee", Chinese: "收款方代码"}, sheet.Name{English: "origin", Chinese: "最初付款方代码"}, sheet.Name{English: "community", Chinese: "受益社区代码"}),
	row: func(p *LyingPayment, say *spoken) []any {
		row := append([]any{
			p.Voucher, say.party(p.Payer), say.party(p.Payee), say.party(p.Origin), p.Purpose, p.PaidOn, int64(p.Days), p.Amount, p.PassedOn, p.Confirmed,
		}, p.cells()...)
		return append(row, p.LateSince, p.Upstream, p.Payer, p.Payee, p.Origin, p.Community)
	},
}

var departmentTable = &tabled[ComparedDepartment]{
	name: sheet.Name{English: "departments", Chinese: "部门"},
	columns: []sheet.Name{
		{English: "rank", Chinese: "名次"}, {English: "name", Chinese: "部门"}, {English: "tasks", Chinese: "交办任务"}, {English: "standing_tasks", Chinese: "在办任务"},
		unfundedColumn, underfundedColumn, undeterminedColumn, {English: "unadmitted", Chinese: "未经准入"},
		entitledColumn, allocatedColumn, {English: "coverage", Chinese: "到位率"}, {English: "due_yuan", Chinese: "到期应付（元）"},
		{English: "covered_yuan", Chinese: "到期已到位（元）"}, {English: "coverage_due", Chinese: "到期到位率"}, overdueColumn,
		{English: "late_tasks", Chinese: "逾期任务"}, {English: "late_days", Chinese: "最久逾期天数"}, {English: "late_since", Chinese: "最久的期限"},
		redColumn, yellowColumn, blueColumn, {English: "open_cases", Chinese: "未结督办"}, {English: "outside_work", Chinese: "体外派发"}, {English: "department", Chinese: "部门代码"},
	},
	row: func(d *ComparedDepartment, _ *spoken) []any {
		var cases, outside any
		if d.OpenCases != nil && d.Outside != nil {
			cases, outside = int64(*d.OpenCases), int64(*d.Outside)
		}
		name := d.Name
		if name == "" {
			name = d.Code
		}
		return []any{
			int64(d.Rank), name, int64(d.Tasks), int64(d.StandingTasks), int64(d.Unfunded), int64(d.Underfunded), int64(d.Undetermined), int64(d.Unadmitted),
			d.Entitlement, d.Allocated, shareOf(d.CoverageBP), d.Due, d.Covered, shareOf(d.CoverageDueBP), d.Overdue,
			int64(d.LateTasks), int64(d.LateDays), d.LateSince, int64(d.Red), int64(d.Yellow), int64(d.Blue), cases, outside, d.Code,
		}
	},
}

var plaqueTable = &tabled[CarriedPlaque]{
	name: sheet.Name{English: "plaques", Chinese: "挂牌"},
	columns: []sheet.Name{
		{English: "no", Chinese: "牌号"}, {English: "title", Chinese: "名称"}, {English: "zone_name", Chinese: "位置"}, {English: "department_name", Chinese: "部门"},
		{English: "hung_on", Chinese: "挂牌日期"}, {English: "listed", Chinese: "在目录内"}, {English: "zone", Chinese: "位置代码"}, {English: "department", Chinese: "部门代码"},
		{English: "idle", Chinese: "有牌无实"},
	},
	row: func(p *CarriedPlaque, say *spoken) []any {
		return []any{p.No, p.Title, say.word("zone", p.Zone), say.party(p.Department), p.HungOn, yes(p.Listed), p.Zone, p.Department, yes(p.Idle)}
	},
}

var burdenTable = &tabled[CarriedBurden]{
	name: sheet.Name{English: "burdens", Chinese: "其他负担"},
	columns: []sheet.Name{
		{English: "no", Chinese: "编号"}, {English: "kind_name", Chinese: "类型"}, {English: "title", Chinese: "名称"}, {English: "department_name", Chinese: "部门"},
		{English: "from", Chinese: "自"}, {English: "to", Chinese: "至"}, {English: "kind", Chinese: "类型代码"}, {English: "department", Chinese: "部门代码"},
	},
	row: func(b *CarriedBurden, say *spoken) []any {
		return []any{b.No, say.word("burden", b.Kind), b.Title, say.party(b.Department), b.From, b.To, b.Kind, b.Department}
	},
}

func yes(is bool) sheet.Name {
	if is {
		return sheet.Name{English: "yes", Chinese: "是"}
	}
	return sheet.Name{English: "no", Chinese: "否"}
}

var entryTable = &tabled[Recorded]{
	name: sheet.Name{English: "entries", Chinese: "记录"},
	columns: []sheet.Name{
		{English: "position", Chinese: "第几条"}, {English: "recorded_on", Chinese: "登记日期"}, {English: "recorded_at", Chinese: "登记时刻"},
		{English: "type_name", Chinese: "事件"}, {English: "stream", Chinese: "所属事物"}, {English: "version", Chinese: "其中第几条"},
		{English: "kind_name", Chinese: "登记方式"}, {English: "actor", Chinese: "登记人"}, {English: "request", Chinese: "请求编号"}, {English: "data", Chinese: "内容"},
		{English: "type", Chinese: "事件代码"}, {English: "kind", Chinese: "登记方式代码"},
	},
	row: func(e *Recorded, say *spoken) []any {
		at := e.RecordedAt.In(zone)
		return []any{
			e.Position, civil.Of(at.Year(), at.Month(), at.Day()), at.Format(time.TimeOnly), say.word("event", e.Type), e.Stream, e.Version,
			say.word("entry", e.Kind), e.Actor, e.Request, string(e.Data), e.Type, e.Kind,
		}
	},
}

var itemTable = &tabled[DirectoryItem]{
	name: sheet.Name{English: "items", Chinese: "事项清单"},
	columns: []sheet.Name{
		{English: "code", Chinese: "事项编码"}, {English: "name", Chinese: "事项"}, {English: "category", Chinese: "大类"}, {English: "list_name", Chinese: "清单"},
		{English: "department_name", Chinese: "责任部门"}, {English: "fee", Chinese: "经费怎样计算"}, {English: "payers", Chinese: "分担"}, {English: "from", Chinese: "自何日"},
		{English: "list", Chinese: "清单代码"}, {English: "department", Chinese: "责任部门代码"}, {English: "rule", Chinese: "经费方式代码"}, {English: "rate", Chinese: "标准（分；比例为百分数）"},
		{English: "timing", Chinese: "拨付方式代码"},
	},
	row: func(i *DirectoryItem, say *spoken) []any {
		shares := make([]string, len(i.Payers))
		for n, p := range i.Payers {
			shares[n] = say.party(p.Code) + " " + p.Weight.String()
		}
		rate := ""
		if i.Rate != nil {
			rate = i.Rate.String()
		}
		return []any{
			i.Code, i.Name, i.Category, say.word("list", i.List), say.party(i.Department), sheet.Name{English: i.Fee.English, Chinese: i.Fee.Chinese},
			strings.Join(shares, "; "), i.From, i.List, i.Department, i.Rule, rate, i.Timing,
		}
	},
}

var titleTable = &tabled[DirectoryPlaque]{
	name:    sheet.Name{English: "plaques", Chinese: "挂牌目录"},
	columns: []sheet.Name{{English: "title", Chinese: "名称"}, {English: "zone_name", Chinese: "位置"}, {English: "zone", Chinese: "位置代码"}},
	row:     func(p *DirectoryPlaque, say *spoken) []any { return []any{p.Title, say.word("zone", p.Zone), p.Zone} },
}

var (
	codeColumn       = sheet.Name{English: "code", Chinese: "代码"}
	calledColumn     = sheet.Name{English: "name", Chinese: "名称"}
	namedDepartments = &tabled[ledger.NamedDepartment]{
		name: sheet.Name{English: "departments", Chinese: "部门"}, columns: []sheet.Name{codeColumn, calledColumn, {English: "kind", Chinese: "类别代码"}},
		row: func(d *ledger.NamedDepartment, _ *spoken) []any { return []any{d.Code, d.Name, d.Kind} },
	}
	namedStreets = &tabled[ledger.NamedStreet]{
		name: sheet.Name{English: "streets", Chinese: "街道"}, columns: []sheet.Name{codeColumn, calledColumn},
		row: func(s *ledger.NamedStreet, _ *spoken) []any { return []any{s.Code, s.Name} },
	}
	namedCommunities = &tabled[ledger.NamedCommunity]{
		name: sheet.Name{English: "communities", Chinese: "社区"}, columns: []sheet.Name{codeColumn, calledColumn, streetColumn, {English: "from", Chinese: "自何日"}, streetCode},
		row: func(c *ledger.NamedCommunity, say *spoken) []any {
			return []any{c.Code, c.Name, say.party(c.Street), c.From, c.Street}
		},
	}
)
