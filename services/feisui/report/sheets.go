package report

import (
	"feisui/pkg/message"
	"feisui/pkg/money"
	"feisui/pkg/sheet"
	"feisui/services/ledger"
	"feisui/services/ledger/reconcile"
)

// Sheets gives the statement of a county as tables for a spreadsheet: every task,
// payment, flag and holder, where Table has the first. Amounts are in yuan, and
// what is undetermined is an empty cell. With a Change, there is a table of it.
func Sheets(lang message.Language, c *reconcile.CountyStatement, names ledger.Names) []*sheet.Table {
	r := &report{page: &page{lang: lang}, county: c, names: names}
	all := []*sheet.Table{r.totalSheet(), r.communitySheet(), r.taskSheet(), r.paymentSheet(), r.flagSheet(), r.holderSheet()}
	if c.Change != nil {
		all = append(all, r.changeSheet())
	}
	return all
}

// Columns that several sheets have.
var (
	codeColumn  = sheet.Name{English: "community", Chinese: "社区代码"}
	nameColumn  = sheet.Name{English: "community_name", Chinese: "社区名称"}
	lampColumn  = sheet.Name{English: "lamp", Chinese: "灯色"}
	moneyColumn = []sheet.Name{
		{English: "entitlement_yuan", Chinese: "应拨经费（元）"}, {English: "allocated_yuan", Chinese: "已到位（元）"},
		{English: "shortfall_yuan", Chinese: "缺口（元）"}, {English: "overdue_shortfall_yuan", Chinese: "逾期缺口（元）"},
	}
)

// totalSheet has a line a figure, and with a Change what it was then.
func (r *report) totalSheet() *sheet.Table {
	t := &sheet.Table{Name: sheet.Name{English: "totals", Chinese: "总计"}, Columns: []sheet.Name{
		{English: "figure", Chinese: "项目"},
		{English: "yuan", Chinese: "金额（元）"}, {English: "number", Chinese: "数量"}, {English: "share", Chinese: "比率"},
	}}
	t.Rows = r.totalRows(&r.county.Totals)
	if c := r.county.Change; c != nil {
		t.Columns = append(t.Columns, sheet.Name{English: "yuan_" + c.Since.String(), Chinese: c.Since.String() + " 金额（元）"},
			sheet.Name{English: "number_" + c.Since.String(), Chinese: c.Since.String() + " 数量"},
			sheet.Name{English: "share_" + c.Since.String(), Chinese: c.Since.String() + " 比率"})
		for i, then := range r.totalRows(&c.Then) {
			t.Rows[i] = append(t.Rows[i], then[1:]...)
		}
	}
	return t
}

func (r *report) totalRows(t *reconcile.Totals) (rows [][]any) {
	amount := func(key string, f money.Fen) { rows = append(rows, []any{r.say(key), f, nil, nil}) }
	number := func(key string, n int) { rows = append(rows, []any{r.say(key), nil, int64(n), nil}) }
	share := func(key string, bp *int64) { rows = append(rows, []any{r.say(key), nil, nil, percent(bp)}) }
	number("tasks_all", t.Tasks)
	number("tasks_standing", t.StandingTasks)
	amount("entitlement", t.Entitlement)
	amount("allocated", t.Allocated)
	share("coverage_of_all", t.CoverageBP)
	amount("shortfall", t.Shortfall)
	amount("due", t.Due)
	share("coverage_of_due", t.CoverageDueBP)
	amount("overdue_shortfall", t.OverdueShortfall)
	number("tasks_unfunded", t.Unfunded)
	number("tasks_underfunded", t.Underfunded)
	number("tasks_undetermined", t.Undetermined)
	return rows
}

// communitySheet has what each community carries, by code: they are not ranked.
func (r *report) communitySheet() *sheet.Table {
	t := &sheet.Table{Name: sheet.Name{English: "communities", Chinese: "社区"}, Columns: append([]sheet.Name{
		codeColumn, nameColumn, {English: "standing_tasks", Chinese: "在办任务"}, {English: "issued_this_year", Chinese: "本年交办"},
		{English: "undetermined", Chinese: "经费无法确定"}, {English: "plaques_outside", Chinese: "外部挂牌"}, {English: "plaques_inside", Chinese: "内部挂牌"},
		{English: "plaques_wall", Chinese: "上墙"}, {English: "burdens", Chinese: "其他负担"},
	}, moneyColumn...)}
	t.Columns = append(t.Columns, sheet.Name{English: "due_yuan", Chinese: "到期应拨（元）"}, sheet.Name{English: "confirmed_yuan", Chinese: "已确认到账（元）"},
		sheet.Name{English: "surplus_yuan", Chinese: "专款结余（元）"}, sheet.Name{English: "general_yuan", Chinese: "不限用途（元）"},
		sheet.Name{English: "in_transit_yuan", Chinese: "在途（元）"},
		sheet.Name{English: "coverage", Chinese: "到位率"}, sheet.Name{English: "coverage_due", Chinese: "到期到位率"})
	for i := range r.county.Communities {
		s := &r.county.Communities[i]
		y := &s.Tally
		burdens := 0
		for _, n := range y.Burdens {
			burdens += n
		}
		row := []any{s.Code, s.Name, int64(y.StandingTasks), int64(y.IssuedThisYear), int64(y.Undetermined)}
		for _, zone := range reconcile.Zones {
			row = append(row, int64(y.Plaques[zone]))
		}
		t.Rows = append(t.Rows, append(row, int64(burdens), y.Entitlement, y.Allocated, y.Shortfall, y.OverdueShortfall, y.Due,
			y.Confirmed, y.Surplus, y.General, y.InTransit, percent(y.CoverageBP), percent(y.CoverageDueBP)))
	}
	return t
}

func (r *report) taskSheet() *sheet.Table {
	t := &sheet.Table{Name: sheet.Name{English: "tasks", Chinese: "任务"}, Columns: append([]sheet.Name{
		codeColumn, nameColumn, {English: "no", Chinese: "交办单号"}, {English: "department", Chinese: "交办部门"},
		{English: "department_name", Chinese: "部门名称"}, {English: "item", Chinese: "事项编码"}, {English: "item_name", Chinese: "事项名称"},
		{English: "state", Chinese: "办理状态"}, {English: "status", Chinese: "经费状态"}, lampColumn,
	}, moneyColumn...)}
	for i := range r.county.Communities {
		s := &r.county.Communities[i]
		for j := range s.Tasks {
			k := &s.Tasks[j]
			t.Rows = append(t.Rows, []any{
				s.Code, s.Name, k.No, k.Department, r.department(k.Department), k.Item, r.item(k.Item),
				r.say("state_" + string(k.State)), r.say("status_" + string(k.Status)), r.say("lamp_" + string(k.Lamp)),
				yuan(k.Entitlement), k.Allocated, yuan(k.Shortfall), yuan(k.OverdueShortfall),
			})
		}
	}
	return t
}

// yuan is an amount that may not be known.
func yuan(f *money.Fen) any {
	if f == nil {
		return nil
	}
	return *f
}

func (r *report) paymentSheet() *sheet.Table {
	t := &sheet.Table{Name: sheet.Name{English: "payments", Chinese: "拨付"}, Columns: []sheet.Name{
		codeColumn, nameColumn, {English: "voucher", Chinese: "凭证号"}, {English: "origin", Chinese: "最初付款方"},
		{English: "origin_name", Chinese: "最初付款方名称"}, {English: "purpose", Chinese: "用途"}, {English: "amount_yuan", Chinese: "金额（元）"},
		{English: "held_yuan", Chinese: "尚未转拨（元）"}, {English: "confirmed_yuan", Chinese: "已确认到账（元）"},
		{English: "allocated_yuan", Chinese: "已对应任务（元）"}, {English: "surplus_yuan", Chinese: "专款结余（元）"},
	}}
	for i := range r.county.Communities {
		s := &r.county.Communities[i]
		for j := range s.Payments {
			p := &s.Payments[j]
			t.Rows = append(t.Rows, []any{
				s.Code, s.Name, p.Voucher, p.Origin, r.department(p.Origin), p.Purpose, p.Amount, p.Held, p.Confirmed, p.Allocated, p.Surplus,
			})
		}
	}
	return t
}

// flagSheet has the flags of communities, then those of holders that stand with
// no community.
func (r *report) flagSheet() *sheet.Table {
	t := &sheet.Table{Name: sheet.Name{English: "flags", Chinese: "预警"}, Columns: []sheet.Name{
		{English: "account", Chinese: "社区或单位代码"}, {English: "account_name", Chinese: "社区或单位名称"}, lampColumn, {English: "rule", Chinese: "规则"},
		{English: "subject", Chinese: "对象"}, {English: "responsible", Chinese: "应当处理的单位"}, {English: "responsible_name", Chinese: "单位名称"},
		{English: "since", Chinese: "自何日"}, {English: "amount_yuan", Chinese: "金额（元）"}, {English: "plaques_over", Chinese: "超出块数"},
	}}
	add := func(code, name string, flags []reconcile.Flag) {
		for _, f := range flags {
			amount, plaques := yuan(f.Amount), any(nil)
			if f.Rule == reconcile.PlaqueOverCap && f.Amount != nil {
				amount, plaques = nil, int64(*f.Amount)
			}
			t.Rows = append(t.Rows, []any{
				code, name, r.say("lamp_" + string(f.Lamp)), r.say("rule_" + string(f.Rule)), f.Subject,
				f.Responsible, r.department(f.Responsible), f.Since, amount, plaques,
			})
		}
	}
	for i := range r.county.Communities {
		add(r.county.Communities[i].Code, r.county.Communities[i].Name, r.county.Communities[i].Flags)
	}
	for i := range r.county.Holders {
		add(r.county.Holders[i].Code, r.department(r.county.Holders[i].Code), r.county.Holders[i].Flags)
	}
	return t
}

func (r *report) holderSheet() *sheet.Table {
	t := &sheet.Table{Name: sheet.Name{English: "holders", Chinese: "持有单位"}, Columns: []sheet.Name{
		{English: "holder", Chinese: "单位代码"}, {English: "holder_name", Chinese: "单位名称"},
		{English: "held_yuan", Chinese: "持有（元）"}, {English: "retained_yuan", Chinese: "其中滞留（元）"},
	}}
	for _, h := range r.county.Holders {
		t.Rows = append(t.Rows, []any{h.Code, r.department(h.Code), h.Held, h.Retained})
	}
	return t
}

// changeSheet has what each department laid on communities and took away.
func (r *report) changeSheet() *sheet.Table {
	t := &sheet.Table{Name: sheet.Name{English: "change", Chinese: "进出"}, Columns: []sheet.Name{
		{English: "department", Chinese: "单位代码"}, {English: "department_name", Chinese: "单位名称"},
	}}
	for _, of := range []sheet.Name{{English: "tasks", Chinese: "任务"}, {English: "plaques", Chinese: "牌子"}, {English: "burdens", Chinese: "其他负担"}} {
		for _, at := range []sheet.Name{{English: "then", Chinese: "期初"}, {English: "in", Chinese: "新增"}, {English: "out", Chinese: "减少"}, {English: "now", Chinese: "期末"}} {
			t.Columns = append(t.Columns, sheet.Name{English: of.English + "_" + at.English, Chinese: of.Chinese + at.Chinese})
		}
	}
	for _, d := range r.county.Change.Departments {
		row := []any{d.Code, r.department(d.Code)}
		for _, f := range []reconcile.Flow{d.Tasks, d.Plaques, d.Burdens} {
			row = append(row, int64(f.Then), int64(f.In), int64(f.Out), int64(f.Now))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}
