package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"feisui/pkg/access"
	"feisui/pkg/civil"
	"feisui/pkg/code"
	"feisui/pkg/money"
	"feisui/pkg/web"
	"feisui/services/ledger"
	"feisui/services/ledger/keep"
	"feisui/services/ledger/reconcile"
)

func (s *service) routeMoney(api *web.API) {
	web.Register(api, huma.Operation{
		OperationID: "money", Method: http.MethodGet, Path: "/v1/counties/{county}/money", Tags: tags,
		Summary: "钱在哪里 (where the money lies)",
		Description: "按县里的今天，每个单位停留、在途、未确认、结余的钱，多的在前；填了 holder 的，另列它的每一笔。" +
			"部门看自己拨出和收到的，社区看给自己的，街道看自己和所辖社区的。金额单位为分。" +
			" (As of the county's day, what each party holds, what is on its way to it, not confirmed, left over: the most first; with holder= payment by payment." +
			" A department sees what it paid or received, a community what is for it, a street its own and its communities'. Amounts are in fen.)",
		Responses: api.Listed(MoneyList{}),
	}, append([]web.Refusal{countyUnknown, badLimit, badAfter, badWord}, web.ExportRefusals...), s.money)
}

type moneyIn struct {
	web.OfCounty
	Holder string `query:"holder" example:"431026102" doc:"只看停在这个单位的：部门、街道或社区 (what lies with this party alone, payment by payment)"`
	Paged
}

// MoneyList says where money lies. Each sum is of the holders that it lists.
type MoneyList struct {
	Listed
	Totals   MoneySums      `json:"totals"`
	Holders  []MoneyHolder  `json:"holders" doc:"停留和在途多的在前 (those with the most held and in transit first)"`
	Payments []LyingPayment `json:"payments" doc:"填了 holder 时：按凭证号 (with holder=: by voucher)"`
}

// MoneySums are what lies somewhere.
type MoneySums struct {
	Held        money.Fen `json:"held" doc:"停在社区以外的单位 (held by others than communities)"`
	Retained    money.Fen `json:"retained" doc:"其中超过转拨期限的 (of that, for longer than it may)"`
	InTransit   money.Fen `json:"in_transit" doc:"已付社区，未确认 (paid to a community, and not confirmed)"`
	Unconfirmed money.Fen `json:"unconfirmed" doc:"其中超过确认期限的 (of that, for longer than it may)"`
	Surplus     money.Fen `json:"surplus" doc:"已到账，没有任务可抵 (arrived, and no task takes it)"`
	General     money.Fen `json:"general" doc:"已到账，不指定用途 (arrived, for no task)"`
}

// MoneyHolder is what lies with one party.
type MoneyHolder struct {
	Holder string `json:"holder"`
	Name   string `json:"name"`
	Kind   string `json:"kind" enum:"community,street,department"`
	MoneySums
	Since     civil.Date `json:"since,omitzero" doc:"停留或在途的，最早一笔的日期 (when the oldest that is held or in transit was paid)"`
	Days      int        `json:"days,omitempty" doc:"已有几天 (for how many days)"`
	Payments  int        `json:"payments" doc:"几笔 (how many payments)"`
	BlockedAt int64      `json:"blocked_at,omitempty" doc:"自第几条记录起停算；数字是此前的 (blocked since this position: the figures are of before)"`
}

// LyingPayment is a payment of which something lies somewhere.
type LyingPayment struct {
	Voucher   string     `json:"voucher"`
	Payer     string     `json:"payer"`
	Payee     string     `json:"payee"`
	Origin    string     `json:"origin" doc:"最初的付款方 (the payer of the first hop)"`
	Community string     `json:"community,omitempty" doc:"受益社区 (the community it is for)"`
	Purpose   string     `json:"purpose"`
	Upstream  string     `json:"upstream,omitempty"`
	PaidOn    civil.Date `json:"paid_on"`
	Days      int        `json:"days" doc:"付出已有几天 (days since it was paid)"`
	Amount    money.Fen  `json:"amount"`
	PassedOn  money.Fen  `json:"passed_on"`
	Confirmed money.Fen  `json:"confirmed"`
	MoneySums
	LateSince civil.Date `json:"late_since,omitzero" doc:"超过期限的：自哪天起 (past its time: since when)"`
}

func (s *service) money(ctx context.Context, in *moneyIn) (*web.Listing, error) {
	l, err := s.Ledger(in.County)
	if err != nil {
		return nil, err
	}
	file, limit, err := in.pageOrFile()
	if err != nil {
		return nil, err
	}
	out := MoneyList{Holders: []MoneyHolder{}, Payments: []LyingPayment{}}
	err = l.Read(func(current *ledger.Current) error {
		all, err := current.Money()
		if err != nil {
			return err
		}
		scope := access.Within(ctx)
		all = slices.DeleteFunc(all, func(p ledger.Lying) bool {
			return in.Holder != "" && p.Payee != in.Holder || !concerns(current, scope, p.Payment)
		})
		out.Position, out.Day = current.Position(), current.Day()
		return money.Guard(func() { out.add(current, all) })
	})
	if err == nil && in.Holder == "" {
		out.Payments = []LyingPayment{}
		return pageOrTable(ctx, s, l, file, &in.Export, out, out.Holders, holderTable, onDay(out.Day))
	}
	if err == nil {
		err = out.page(in.After, limit)
	}
	if err != nil {
		return nil, err
	}
	return pageOrTable(ctx, s, l, file, &in.Export, out, out.Payments, lyingTable, onDay(out.Day))
}

// concerns reports that a payment is within a scope: of its departments, as they paid
// first or last or were paid, of its streets and communities, as it is paid by them or
// to them or is for them.
func concerns(current *ledger.Current, scope access.Scope, p *reconcile.Payment) bool {
	if scope.All {
		return true
	}
	return slices.ContainsFunc([]string{p.Origin, p.Payer, p.Payee, p.Beneficiary}, func(party string) bool {
		return party != "" && (scope.Department(party) || keep.In(current, scope, party))
	})
}

// add sums up by holder. It panics with money.Overflow.
func (m *MoneyList) add(current *ledger.Current, all []ledger.Lying) {
	holders := map[string]*MoneyHolder{}
	for i := range all {
		p := lying(&all[i], m.Day)
		h := holders[p.Payee]
		if h == nil {
			h = holderOf(current, p.Payee)
			holders[p.Payee] = h
		}
		h.MoneySums, m.Totals = h.plus(p.MoneySums), m.Totals.plus(p.MoneySums)
		h.Payments++
		if (p.Held > 0 || p.InTransit > 0) && (!h.Since.Given() || p.PaidOn < h.Since) {
			h.Since, h.Days = p.PaidOn, p.Days
		}
		m.Payments = append(m.Payments, p)
	}
	for _, h := range holders {
		m.Holders = append(m.Holders, *h)
	}
	slices.SortFunc(m.Holders, func(a, b MoneyHolder) int {
		return cmp.Or(cmp.Compare(b.Held.Plus(b.InTransit), a.Held.Plus(a.InTransit)), strings.Compare(a.Holder, b.Holder))
	})
}

// page leaves a page of the payments, which are by voucher.
func (m *MoneyList) page(after string, limit int) error {
	first := 0
	if after != "" {
		voucher, err := cursorOf(after)
		if err != nil {
			return err
		}
		first = slices.IndexFunc(m.Payments, func(p LyingPayment) bool { return p.Voucher > voucher })
		if first < 0 {
			first = len(m.Payments)
		}
	}
	m.Payments = m.Payments[first:]
	if len(m.Payments) > limit {
		m.Payments = m.Payments[:limit]
		m.Next = markOf(m.Payments[limit-1].Voucher)
	}
	return nil
}

func (m MoneySums) plus(n MoneySums) MoneySums {
	return MoneySums{
		m.Held.Plus(n.Held), m.Retained.Plus(n.Retained), m.InTransit.Plus(n.InTransit), m.Unconfirmed.Plus(n.Unconfirmed),
		m.Surplus.Plus(n.Surplus), m.General.Plus(n.General),
	}
}

func lying(p *ledger.Lying, day civil.Date) LyingPayment {
	l := LyingPayment{
		Voucher: p.Voucher, Payer: p.Payer, Payee: p.Payee, Origin: p.Origin, Community: p.Beneficiary, Purpose: p.Whereabouts.Purpose,
		Upstream: p.Upstream, PaidOn: p.PaidOn, Days: int(day - p.PaidOn), Amount: p.Amount, PassedOn: p.PassedOn, Confirmed: p.Confirmed,
		MoneySums: MoneySums{Held: p.Held, InTransit: p.InTransit, Surplus: p.Surplus, General: p.General},
	}
	if p.Retained != nil {
		l.Retained, l.LateSince = p.Held, p.Retained.Since
	}
	if p.Unconfirmed != nil {
		l.Unconfirmed, l.LateSince = p.InTransit, p.Unconfirmed.Since
	}
	return l
}

func holderOf(current *ledger.Current, party string) *MoneyHolder {
	h := &MoneyHolder{Holder: party, Name: current.Book().Names().Departments[party], Kind: "department"}
	standing := current.Standing(party)
	switch {
	case standing != nil && standing.Community != nil:
		h.Kind, h.Name = "community", standing.Community.Name
	case code.IsStreet(party):
		h.Kind = "street"
	}
	if standing != nil {
		h.BlockedAt = standing.Block.Position
	}
	return h
}
