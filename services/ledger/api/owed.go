package api

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"feisui/pkg/access"
	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/pkg/web"
	"feisui/services/ledger"
	"feisui/services/ledger/keep"
	"feisui/services/ledger/reconcile"
)

func (s *service) routeOwed(api *web.API) {
	web.Register(api, huma.Operation{
		OperationID: "owed", Method: http.MethodGet, Path: "/v1/counties/{county}/owed", Tags: tags,
		Summary: "应拨未拨，按到期日 (what is owed, by the day it is due)",
		Description: "按县里的今天，一行是一个付款方在一项任务中还欠的部分，先到期的在前；另按月合计，并合计所选的任务。部门看到自己应付的，不论由谁交办；合计的任务则是自己交办的。金额单位为分。" +
			" (As of the county's day: a row is what one payer still owes of one task, the first due first; with sums by month, and of the tasks that were chosen." +
			" A department sees what it has to pay, whoever handed the task down, and sums of what it handed down. Amounts are in fen.)",
		Responses: api.Listed(OwedList{}),
	}, append([]web.Refusal{countyUnknown, badLimit, badAfter, badWord}, web.ExportRefusals...), s.owed)
}

type owedIn struct {
	web.OfCounty
	Payer      string `query:"payer" example:"D01" doc:"付款方 (who owes it)"`
	Status     string `query:"status" example:"unfunded" doc:"经费状态 (whether the fee came)"`
	Lamp       string `query:"lamp" enum:"red,yellow,blue,green" doc:"灯色 (the lamp)"`
	Department string `query:"department" example:"D01" doc:"交办部门 (who assigned it)"`
	Item       string `query:"item" example:"SX-018" doc:"事项 (the item)"`
	Street     string `query:"street" example:"431026102" doc:"街道 (the street)"`
	Community  string `query:"community" example:"431026102001" doc:"社区 (the community)"`
	Month      string `query:"month" example:"2026-03" doc:"只列这个月到期的，none 为没有期限的；合计不变 (lists what is due in this month alone, none: what has no day; sums stay)"`
	Paged
}

// OwedList is what is owed.
type OwedList struct {
	Listed
	Tasks  TasksSum    `json:"tasks" doc:"所选的任务，不论欠不欠 (the tasks that were chosen, owed or not)"`
	Total  OwedSum     `json:"total" doc:"所选的应拨未拨 (what is owed of them)"`
	Months []OwedMonth `json:"months" doc:"按到期的月份，最后是没有期限的 (by the month it is due, at last what has no day)"`
	Owed   []OwedPart  `json:"owed"`
}

// TasksSum adds up tasks. Amounts are in fen.
type TasksSum struct {
	Tasks        int       `json:"tasks"`
	Undetermined int       `json:"undetermined" doc:"其中经费无法确定的，不计入金额 (of which the fee is unknown: in no amount)"`
	Entitlement  money.Fen `json:"entitlement"`
	Allocated    money.Fen `json:"allocated"`
	Shortfall    money.Fen `json:"shortfall"`
	Overdue      money.Fen `json:"overdue_shortfall"`
}

// OwedSum adds up what is owed. Amounts are in fen.
type OwedSum struct {
	Parts     int       `json:"parts" doc:"几笔 (how many)"`
	Shortfall money.Fen `json:"shortfall"`
	Late      int       `json:"late_parts" doc:"其中已过期的几笔 (of which past their day)"`
	Overdue   money.Fen `json:"overdue_shortfall" doc:"其中已过期的金额"`
}

// OwedMonth is what is due in a month.
type OwedMonth struct {
	Month string `json:"month" example:"2026-03" doc:"none：没有期限 (no day yet)"`
	OwedSum
}

// OwedPart is what one payer still owes of one task.
type OwedPart struct {
	Task       string           `json:"task" doc:"交办单号 (its number)"`
	Community  string           `json:"community"`
	Name       string           `json:"name" doc:"社区名称 (the community's name)"`
	Street     string           `json:"street,omitempty"`
	Department string           `json:"department" doc:"交办部门 (who assigned it)"`
	Item       string           `json:"item"`
	Payer      string           `json:"payer" doc:"付款方 (who owes it)"`
	State      reconcile.State  `json:"state"`
	Status     reconcile.Status `json:"status"`
	Lamp       reconcile.Lamp   `json:"lamp"`
	Amount     money.Fen        `json:"amount" doc:"该付款方应付，分 (its whole part)"`
	Shortfall  money.Fen        `json:"shortfall" doc:"还欠，分 (what is short)"`
	DueEnd     civil.Date       `json:"due_end,omitzero" doc:"最后一天，含宽限；没有则尚无期限 (the last day in time; none: there is none yet)"`
	DaysLate   int              `json:"days_late,omitempty" doc:"已过期几天 (days past it)"`
}

// noMonth stands for what has no day.
const noMonth = "none"

func (s *service) owed(ctx context.Context, in *owedIn) (*web.Listing, error) {
	status, err := web.OneOf("status", in.Status, append([]string{""}, words(reconcile.Statuses)...)...)
	if err != nil {
		return nil, err
	}
	lamp, err := web.OneOf("lamp", in.Lamp, "", "red", "yellow", "blue", "green")
	if err != nil {
		return nil, err
	}
	file, limit, err := in.pageOrFile()
	if err != nil {
		return nil, err
	}
	l, err := s.Ledger(in.County)
	if err != nil {
		return nil, err
	}
	scope := access.Within(ctx)
	f := ledger.OwedFilter{
		Status: status, Lamp: lamp, Department: in.Department, Item: in.Item, Street: in.Street, Community: in.Community, Payer: in.Payer,
		HandedDown: func(community, street, department string) bool {
			return scope.Department(department) || scope.Community(community, street)
		},
	}
	f.Owes = func(community, street, payer string) bool {
		return f.HandedDown(community, street, payer) || slices.Contains(scope.Streets, payer)
	}
	out := OwedList{Months: []OwedMonth{}, Owed: []OwedPart{}}
	err = l.Read(func(current *ledger.Current) error {
		out.Position, out.Day = current.Position(), current.Day()
		owed, handed, err := current.Owed(f)
		if err != nil {
			return err
		}
		out.Tasks = TasksSum(handed)
		if err := money.Guard(func() { out.sum(owed) }); err != nil {
			return err
		}
		return out.list(owed, in.Month, in.After, limit)
	})
	if err != nil {
		return nil, err
	}
	return pageOrTable(ctx, s, l, file, &in.Export, out, out.Owed, owedTable, onDay(out.Day))
}

// sum adds up what is owed, in all and by month.
func (l *OwedList) sum(owed []ledger.Owed) {
	for i := range owed { // the first due first, what has no day last
		month := monthOf(&owed[i])
		if n := len(l.Months); n == 0 || l.Months[n-1].Month != month {
			l.Months = append(l.Months, OwedMonth{Month: month})
		}
		l.Months[len(l.Months)-1].add(&owed[i])
		l.Total.add(&owed[i])
	}
}

func (s *OwedSum) add(o *ledger.Owed) {
	s.Parts, s.Shortfall = s.Parts+1, s.Shortfall.Plus(o.Shortfall)
	if o.Past {
		s.Late, s.Overdue = s.Late+1, s.Overdue.Plus(o.Shortfall)
	}
}

func monthOf(o *ledger.Owed) string {
	if !o.DueEnd.Given() {
		return noMonth
	}
	return o.DueEnd.String()[:len("2026-03")]
}

// list takes a page of what is due in a month, or of everything.
func (l *OwedList) list(owed []ledger.Owed, month, after string, limit int) error {
	if month != "" {
		owed = slices.DeleteFunc(owed, func(o ledger.Owed) bool { return monthOf(&o) != month })
	}
	if after != "" {
		mark, err := owedAfter(after)
		if err != nil {
			return err
		}
		first, found := slices.BinarySearchFunc(owed, mark, func(o ledger.Owed, m *ledger.Owed) int { return o.Compare(m) })
		if found {
			first++
		}
		owed = owed[first:]
	}
	for i := range owed[:min(limit, len(owed))] {
		l.Owed = append(l.Owed, partOf(&owed[i], l.Day))
	}
	if len(owed) > limit {
		l.Next = owedMark(&owed[limit-1])
	}
	return nil
}

func partOf(o *ledger.Owed, day civil.Date) OwedPart {
	p := OwedPart{
		Task: o.Task.No, Community: o.Community, Name: o.Name, Street: o.Street, Department: o.Task.Department, Item: o.Task.Item, Payer: o.Payer,
		State: o.Task.State, Status: o.Task.Status, Lamp: o.Task.Lamp, Amount: o.Amount, Shortfall: o.Shortfall, DueEnd: o.DueEnd,
	}
	if o.Past {
		p.DaysLate = int(day - o.DueEnd)
	}
	return p
}

// owedMark turns the place of what ends a page into a text that says nothing to people.
func owedMark(o *ledger.Owed) string {
	due := ""
	if o.DueEnd.Given() {
		due = o.DueEnd.String()
	}
	text, err := json.Marshal([3]string{due, o.Task.No, o.Payer})
	if err != nil {
		panic(err) // texts are JSON
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// owedAfter reads what owedMark made.
func owedAfter(text string) (*ledger.Owed, error) {
	var parts []string
	var due civil.Date
	content, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		err = json.Unmarshal(content, &parts)
	}
	if err == nil && len(parts) == 3 && parts[0] != "" {
		due, err = civil.Parse(parts[0])
	}
	if err != nil || len(parts) != 3 {
		return nil, refuseCursor(keep.ErrCursor)
	}
	return &ledger.Owed{
		Owing: reconcile.Owing{DueEnd: due, Payer: parts[2]}, Task: &reconcile.TaskStatement{No: parts[1]},
	}, nil
}
