package serve

import (
	"context"

	"feisui/pkg/access"
	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/pkg/sheet"
	"feisui/pkg/web"
	"feisui/services/feisui/act"
	"feisui/services/portal"
)

type poolIn struct {
	web.OfCounty
	web.Export
}

// BankPool is what statements said and no payment says.
type BankPool struct {
	Day      civil.Date `json:"day" doc:"县里的今天 (the county's day)"`
	Waiting  Share      `json:"waiting" doc:"待认领或待复核 (those that wait to be placed, or for a second person)"`
	SetAside Share      `json:"set_aside" doc:"不作拨付的 (those that somebody set aside, with a reason)"`
	Oldest   int        `json:"oldest_days" doc:"等得最久的已有几天 (for how many days the oldest has waited)"`
	Lines    []PoolLine `json:"lines" doc:"最早的在前，至多 1000 笔 (the oldest first, at most a thousand)"`
}

// PoolLine is a line that waits.
type PoolLine struct {
	Voucher string     `json:"voucher"`
	State   string     `json:"state"`
	PaidOn  civil.Date `json:"paid_on"`
	Age     int        `json:"age_days"`
	Payer   string     `json:"payer"`
	Payee   string     `json:"payee,omitempty" doc:"流水上的户名；个人不显示 (as it stands; never a person's name)"`
	Amount  money.Fen  `json:"amount" doc:"分 (in fen)"`
	Summary string     `json:"summary,omitempty"`
	Source  string     `json:"source,omitempty"`
	Why     string     `json:"why,omitempty" doc:"缺什么；closed 所属月份已结账；upstream 转拨的凭证还不是拨付 (what it lacked; closed: its month is; upstream: what it passes on is no payment yet)"`

	Upstream string `json:"upstream,omitempty" doc:"上级凭证 (the voucher that it passes on)"`
}

func (s *Server) bankPool(ctx context.Context, in *poolIn) (*web.Listing, error) {
	file, err := in.AsFile("", "")
	if err != nil {
		return nil, err
	}
	out, names, most := BankPool{Lines: []PoolLine{}}, called{}, bankLinesMax
	if file {
		most = web.ExportMax + 1
	}
	titles := map[string]Words{}
	err = s.seeing(ctx, in.County, func(c *act.County) error {
		lines, err := c.Pool(access.Within(ctx))
		out.Day, names = c.Flows.Day(), calledIn(c, &in.Export)
		if by, _ := c.InForce("bank_line"); by != nil {
			for state, is := range by.States {
				titles[state] = wordsOf(is.Title)
			}
		}
		for _, l := range lines {
			of := &out.Waiting
			if l.State == act.SetAside {
				of = &out.SetAside
			} else {
				out.Oldest = max(out.Oldest, l.Age)
			}
			of.Lines, of.Total = of.Lines+1, of.Total.Plus(l.Amount)
			if len(out.Lines) < most {
				out.Lines = append(out.Lines, PoolLine{
					l.Voucher, l.State, l.PaidOn, l.Age, l.Payer, l.Payee, l.Amount, l.Summary, l.Source, l.Why, l.Upstream,
				})
			}
		}
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case !file:
		return web.Page(out), nil
	}
	return in.File(ctx, poolTable(out.Lines, names, titles), out.Day.String)
}

func poolTable(lines []PoolLine, k called, titles map[string]Words) *sheet.Table {
	return &sheet.Table{Name: sheet.Name{English: "bank-pool", Chinese: "待匹配流水"}, Columns: []sheet.Name{
		{English: "voucher", Chinese: "凭证号"}, {English: "paid_on", Chinese: "日期"}, {English: "age_days", Chinese: "已有几天"}, {English: "payer_name", Chinese: "付款方"},
		{English: "payee", Chinese: "收款户名"}, {English: "summary", Chinese: "摘要"}, {English: "amount_yuan", Chinese: "金额（元）"}, {English: "state_name", Chinese: "状态"},
		{English: "why_name", Chinese: "缺什么"}, {English: "source", Chinese: "来源"}, {English: "payer", Chinese: "付款方代码"}, {English: "state", Chinese: "状态代码"}, {English: "why", Chinese: "缺什么代码"},
	}, Stream: func(yield func([]any, error) bool) {
		for i := range lines {
			l := &lines[i]
			row := []any{
				l.Voucher, l.PaidOn, int64(l.Age), k.name(l.Payer), l.Payee, l.Summary, l.Amount, titles[l.State].name(),
				portal.WhyPooled(l.Why, l.Upstream), l.Source, l.Payer, l.State, l.Why,
			}
			if !yield(row, nil) {
				return
			}
		}
	}}
}
