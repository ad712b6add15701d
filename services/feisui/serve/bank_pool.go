package serve

import (
	"context"

	"feisui/pkg/access"
	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/pkg/web"
	"feisui/services/feisui/act"
)

type (
	poolIn  struct{ web.OfCounty }
	poolOut struct{ Body BankPool }
)

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
	Why     string     `json:"why,omitempty" doc:"缺什么 (what it lacked)"`
}

func (s *Server) bankPool(ctx context.Context, in *poolIn) (*poolOut, error) {
	out := &poolOut{BankPool{Lines: []PoolLine{}}}
	err := s.seeing(ctx, in.County, func(c *act.County) error {
		lines, err := c.Pool(access.Within(ctx))
		out.Body.Day = c.Flows.Day()
		for _, l := range lines {
			of := &out.Body.Waiting
			if l.State == act.SetAside {
				of = &out.Body.SetAside
			} else {
				out.Body.Oldest = max(out.Body.Oldest, l.Age)
			}
			of.Lines, of.Total = of.Lines+1, of.Total.Plus(l.Amount)
			if len(out.Body.Lines) < bankLinesMax {
				out.Body.Lines = append(out.Body.Lines, PoolLine{
					l.Voucher, l.State, l.PaidOn, l.Age, l.Payer, l.Payee, l.Amount, l.Summary, l.Source, l.Why,
				})
			}
		}
		return err
	})
	return out, err
}
