package serve

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"feisui/pkg/access"
	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/pkg/web"
	"feisui/schemas"
	"feisui/services/feisui/act"
	"feisui/services/fund"
)

// routePeriods registers what is told of closed months; closing one is a step of the
// workflow period.
func (s *Server) routePeriods(api *web.API) {
	web.Register(api, huma.Operation{
		OperationID: "periods", Method: http.MethodGet, Path: "/v1/counties/{county}/periods", Tags: []string{"act"},
		Summary: "结账：各月的合计和校验值 (closed months, with their totals and digests)",
		Description: "已结账的月份，最近的在前：按部门的笔数和金额、SHA-256 校验值、与上一次结账相比改变了什么；下一个应结账的月份及其现在的合计。" +
			"结账、申请重新开账、决定，按流程 period 办理。" +
			" (The closed months, the last first: counts and sums by department, the SHA-256 of them, what changed against the closing before;" +
			" and the month whose turn it is, as it stands now. Closing, asking to reopen and deciding go by the workflow period.)",
	}, []web.Refusal{
		countyUnknown, blocked, noDay, {Status: http.StatusForbidden, Code: "WHOLE_COUNTY", Chinese: "结账只对管全县的角色开放"},
	}, s.periods)
}

// Periods are a county's months of money.
type Periods struct {
	Day    civil.Date `json:"day" doc:"县里的今天 (the county's day)"`
	Next   NextPeriod `json:"next" doc:"下一个应结账的月份 (the month whose turn it is)"`
	Closed []Period   `json:"closed" doc:"结过账的，最近的在前 (those that were ever closed, the last first)"`
}

// NextPeriod is the month whose turn it is.
type NextPeriod struct {
	Month  string         `json:"month" example:"2026-10"`
	Over   bool           `json:"over" doc:"已经过完，可以结账 (it has no day to come, and can be closed)"`
	Totals []PeriodTotals `json:"totals" doc:"现在的合计 (what its facts come to now)"`
}

// Period is a month as it was closed last.
type Period struct {
	Month    string         `json:"month" example:"2026-10"`
	State    string         `json:"state" enum:"closed,reopening,reopened,sealed"`
	Title    Words          `json:"title" doc:"状态名称 (the state's name)"`
	Open     bool           `json:"open" doc:"重新开账之后，再次结账之前 (it takes facts: it was reopened)"`
	Closing  int            `json:"closing" doc:"第几次结账 (how often it was closed)"`
	ClosedOn civil.Date     `json:"closed_on"`
	Digest   string         `json:"digest" doc:"合计的 SHA-256 (of the totals)"`
	Before   string         `json:"before,omitempty" doc:"上一次结账的 (that of the closing before)"`
	Totals   []PeriodTotals `json:"totals"`
	Changes  []PeriodChange `json:"changes" doc:"与上一次结账相比 (what changed against the closing before)"`
}

// PeriodTotals are what the facts of a month come to, of one department.
type PeriodTotals struct {
	Department  string      `json:"department"`
	Commitments PeriodTotal `json:"commitments" doc:"承诺 (promised)"`
	Paid        PeriodTotal `json:"paid" doc:"首次拨付 (first hops)"`
	PassedOn    PeriodTotal `json:"passed_on" doc:"转拨 (hops that pass money on)"`
	Arrived     PeriodTotal `json:"arrived" doc:"到账"`
	Withdrawn   PeriodTotal `json:"withdrawn" doc:"撤销到账 (arrivals that were withdrawn)"`
	Reversed    PeriodTotal `json:"reversed" doc:"冲销"`
}

// PeriodTotal is how many facts there are, and what they add up to.
type PeriodTotal struct {
	Count int       `json:"count"`
	Sum   money.Fen `json:"sum" doc:"分 (in fen)"`
}

// PeriodChange is what changed of one department between two closings.
type PeriodChange struct {
	Department string      `json:"department"`
	What       string      `json:"what" enum:"commitment,paid,passed_on,arrived,withdrawn,reversed"`
	Was        PeriodTotal `json:"was"`
	Is         PeriodTotal `json:"is"`
}

type (
	periodsIn  struct{ web.OfCounty }
	periodsOut struct{ Body Periods }
)

func (s *Server) periods(ctx context.Context, in *periodsIn) (*periodsOut, error) {
	if !access.Within(ctx).All {
		return nil, wholeCounty()
	}
	out := &periodsOut{}
	err := s.seeing(ctx, in.County, func(c *act.County) error {
		m, err := c.Months()
		if err == nil {
			out.Body = periodsOf(&m, c.Flows.Day())
		}
		return err
	})
	return out, err
}

func periodsOf(m *act.Months, day civil.Date) Periods {
	all := Periods{Day: day, Next: NextPeriod{m.Next, m.Over, totalsOf(m.Totals)}, Closed: []Period{}}
	for i := range m.Closed {
		c := &m.Closed[i]
		one := Period{
			Month: c.Month, State: c.State, Title: wordsOf(c.Title), Open: c.Open, Closing: c.Closing, ClosedOn: c.ClosedOn,
			Digest: c.Digest, Before: c.Before, Totals: totalsOf(c.Departments), Changes: []PeriodChange{},
		}
		for _, d := range c.Changes {
			one.Changes = append(one.Changes, changeOf(d))
		}
		all.Closed = append(all.Closed, one)
	}
	return all
}

func changeOf(d fund.Difference) PeriodChange {
	return PeriodChange{d.Department, string(d.Kind), PeriodTotal(d.Was), PeriodTotal(d.Is)}
}

func totalsOf(all []schemas.PeriodTotals) []PeriodTotals {
	totals := make([]PeriodTotals, len(all))
	for i, t := range all {
		totals[i] = PeriodTotals{
			t.Department, PeriodTotal(t.Commitments), PeriodTotal(t.Paid), PeriodTotal(t.PassedOn),
			PeriodTotal(t.Arrived), PeriodTotal(t.Withdrawn), PeriodTotal(t.Reversed),
		}
	}
	return totals
}
