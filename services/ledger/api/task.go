package api

import (
	"cmp"
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"feisui/pkg/access"
	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/pkg/web"
	"feisui/services/ledger"
	"feisui/services/ledger/keep"
	"feisui/services/ledger/reconcile"
)

func (s *service) routeTask(api *web.API) {
	web.Register(api, huma.Operation{
		OperationID: "task", Method: http.MethodGet, Path: "/v1/counties/{county}/tasks/{no}", Tags: tags,
		Summary: "一个任务的全部：经费怎样算出、钱到了哪里、依据哪些记录 (one task as a whole)",
		Description: "按县里的今天。经费的算法和依据，各付款方的应付、期限和到位，承诺，逐笔拨付和现在停在哪里，回执，以及每个数字背后的记录。金额单位为分。" +
			" (As of the county's day: how the fee was found, who owes it by when and what came, what was promised, the money hop by hop and where it lies now," +
			" the receipts, and the entries behind every number. Amounts are in fen.)",
	}, []web.Refusal{
		countyUnknown, isBlocked, {Status: http.StatusNotFound, Code: "TASK_UNKNOWN", Chinese: "没有这个任务，或不属于您的单位"},
	}, s.task)
}

type (
	taskIn struct {
		web.OfCounty
		No string `path:"no" example:"JB2025-0031" doc:"交办单号 (the task's number)"`
	}
	taskOut struct{ Body WholeTask }
)

// WholeTask is a task with all that its figures come from.
type WholeTask struct {
	Position int64      `json:"position" doc:"截至第几条记录 (the position in the journal that it is of)"`
	Day      civil.Date `json:"day" doc:"县里的今天 (the county's day)"`
	ListedTask
	Facts       TaskFacts        `json:"facts" doc:"交办时和此后登记的 (what was recorded of it)"`
	Fee         TaskFee          `json:"fee" doc:"应配经费怎样算出 (how the entitlement was found)"`
	Obligations []TaskObligation `json:"obligations" doc:"谁应付多少，何时，到了多少；先到期的在前 (who owes what by when and what came, the first due first)"`
	AnswerBy    civil.Date       `json:"answer_by,omitzero" doc:"还没有回执：最后一天 (the last day for an answer, while there is none)"`
	Condition   *TaskCondition   `json:"condition,omitempty" doc:"附条件接收所附的条件 (what the acceptance depends on)"`
	Receipts    []TaskReceipt    `json:"receipts"`
	Flags       []TaskFlag       `json:"flags"`
	Commitments []TaskPromise    `json:"commitments" doc:"承诺过的 (what was promised)"`
	Money       TaskMoney        `json:"money" doc:"专为此任务拨付的钱在哪里 (where the money is that was paid for this task alone)"`
	Payments    []TaskHop        `json:"payments" doc:"逐笔，先付的在前 (payment by payment, the first paid first)"`
	Entries     []Behind         `json:"entries" doc:"以上数字背后的记录，按先后 (the entries behind all this, in order)"`
}

// TaskFlag is a flag of a task.
type TaskFlag struct {
	reconcile.Flag
	Waived string `json:"waived,omitempty" doc:"已豁免：豁免它的督办的编号；数字不变 (waived, by this case; the figures stay)"`
}

// TaskFacts are what was recorded of a task.
type TaskFacts struct {
	Document          string         `json:"document,omitempty" doc:"文号"`
	IssuedOn          civil.Date     `json:"issued_on"`
	StartsOn          civil.Date     `json:"starts_on,omitzero"`
	DueOn             civil.Date     `json:"due_on,omitzero"`
	PayBy             civil.Date     `json:"pay_by,omitzero"`
	Quantity          *money.Decimal `json:"quantity,omitempty"`
	Base              *money.Fen     `json:"base,omitempty" doc:"分 (in fen)"`
	Amount            *money.Fen     `json:"amount,omitempty" doc:"约定经费，分 (in fen)"`
	AuthorityDocument string         `json:"authority_document,omitempty" doc:"赋权文号"`
	RecalledOn        civil.Date     `json:"recalled_on,omitzero"`
	CompletedOn       civil.Date     `json:"completed_on,omitzero"`
	CompletedQuantity *money.Decimal `json:"completed_quantity,omitempty"`
}

// TaskFee is how a fee was found.
type TaskFee struct {
	Rule    string         `json:"rule" doc:"own: 交办时约定；unlisted: 事项不在清单；其余为事项的经费方式 (own: the task says it; unlisted: its item is in no catalogue; else the item's rule)"`
	Rate    *money.Decimal `json:"rate,omitempty" doc:"标准：分；ratio 为百分数 (in fen; for ratio in percent)"`
	By      string         `json:"by,omitempty" doc:"按什么计：task, completed_quantity, quantity, one, households, population, staff, base"`
	Count   *money.Decimal `json:"count,omitempty" doc:"数量；base 为分 (how many; of base fen)"`
	Missing []string       `json:"missing,omitempty" doc:"缺什么，所以不能确定：rate, count, amount, item (what is missing, so that it is undetermined)"`
	Words   Phrase         `json:"words" doc:"算式 (in words)"`
}

// TaskObligation is one payer's part.
type TaskObligation struct {
	Payer     string           `json:"payer"`
	Amount    money.Fen        `json:"amount"`
	PayBy     civil.Date       `json:"pay_by,omitzero" doc:"没有则尚无期限 (none: there is none yet)"`
	DueEnd    civil.Date       `json:"due_end,omitzero" doc:"最后一天，含宽限 (the last day in time, with the days of grace)"`
	Past      bool             `json:"past" doc:"已过期 (its time is over)"`
	Late      bool             `json:"late" doc:"到齐了，但有过期的 (all came, some of it late)"`
	DaysLate  int              `json:"days_late,omitempty" doc:"仍有缺口的，已过期几天；已到齐的，最后一笔迟了几天 (days past its day: until now while short, else until the last of it came)"`
	Allocated money.Fen        `json:"allocated" doc:"已到位 (what came)"`
	Shortfall money.Fen        `json:"shortfall" doc:"缺口 (what is short)"`
	PaidOn    civil.Date       `json:"paid_on,omitzero" doc:"最后一笔到位的日期 (when the last of it came)"`
	From      []TaskAllocation `json:"from" doc:"由哪些到账抵付 (which arrivals paid it)"`
}

// TaskAllocation is a part of an arrival.
type TaskAllocation struct {
	Voucher string     `json:"voucher"`
	On      civil.Date `json:"on"`
	Amount  money.Fen  `json:"amount"`
}

// TaskCondition is what an acceptance depends on.
type TaskCondition struct {
	Amount money.Fen  `json:"amount"`
	By     civil.Date `json:"by,omitzero"`
	Came   money.Fen  `json:"came" doc:"已为此到账 (what came for it)"`
	Met    bool       `json:"met"`
}

// TaskReceipt is an answer to a task.
type TaskReceipt struct {
	Position        int64      `json:"position" doc:"第几条记录 (the entry that says it)"`
	No              string     `json:"no,omitempty"`
	Outcome         string     `json:"outcome" doc:"accept, conditional, reject, query"`
	FiledOn         civil.Date `json:"filed_on"`
	Reason          string     `json:"reason,omitempty" doc:"原因代码 (a code)"`
	ConditionAmount *money.Fen `json:"condition_amount,omitempty"`
	ConditionBy     civil.Date `json:"condition_by,omitzero"`
	Note            string     `json:"note,omitempty"`
}

// TaskPromise is a commitment with what came of it.
type TaskPromise struct {
	No         string     `json:"no"`
	Kind       string     `json:"kind" doc:"pledge: 意向；quota: 指标"`
	Department string     `json:"department"`
	Purpose    string     `json:"purpose"`
	Amount     money.Fen  `json:"amount" doc:"全部承诺，可能还用于其他任务 (all of it; it may be for other tasks too)"`
	MadeOn     civil.Date `json:"made_on"`
	By         civil.Date `json:"by,omitzero"`
	Paid       money.Fen  `json:"paid" doc:"已兑现 (what came of it)"`
	Late       money.Fen  `json:"late" doc:"其中迟的 (of that, late)"`
}

// TaskMoney is where the money of a task is: paid = held + in_transit + confirmed.
type TaskMoney struct {
	Paid      money.Fen `json:"paid"`
	Held      money.Fen `json:"held" doc:"停在社区以外的单位 (held by others than communities)"`
	InTransit money.Fen `json:"in_transit" doc:"已付社区，未确认 (paid to a community, and not confirmed)"`
	Confirmed money.Fen `json:"confirmed" doc:"已到账 (arrived)"`
}

// TaskHop is one payment on the way.
type TaskHop struct {
	Voucher    string        `json:"voucher"`
	Upstream   string        `json:"upstream,omitempty" doc:"由哪一笔转付 (the payment that it passes on)"`
	Payer      string        `json:"payer"`
	Payee      string        `json:"payee"`
	Origin     string        `json:"origin" doc:"最初的付款方 (the payer of the first hop)"`
	Community  string        `json:"community,omitempty" doc:"受益社区 (the community it is for)"`
	Purpose    string        `json:"purpose"`
	PaidOn     civil.Date    `json:"paid_on"`
	ReversedOn civil.Date    `json:"reversed_on,omitzero" doc:"已冲销 (it was reversed)"`
	Amount     money.Fen     `json:"amount"`
	PassedOn   money.Fen     `json:"passed_on" doc:"已转付 (what went on)"`
	Confirmed  money.Fen     `json:"confirmed"`
	Held       money.Fen     `json:"held" doc:"停在收款方 (what the payee holds)"`
	InTransit  money.Fen     `json:"in_transit"`
	Days       int           `json:"days,omitempty" doc:"停留或在途的，已有几天 (for how many days, while something is held or in transit)"`
	Allocated  money.Fen     `json:"allocated" doc:"其中抵付此任务的 (what of it paid this task)"`
	Arrivals   []TaskArrival `json:"arrivals"`
}

// TaskArrival is a confirmation.
type TaskArrival struct {
	On          civil.Date `json:"on"`
	Amount      money.Fen  `json:"amount"`
	WithdrawnOn civil.Date `json:"withdrawn_on,omitzero"`
}

func (s *service) task(ctx context.Context, in *taskIn) (*taskOut, error) {
	l, err := s.Ledger(in.County)
	if err != nil {
		return nil, err
	}
	out, scope := &taskOut{}, access.Within(ctx)
	var trail ledger.Trail
	err = l.Read(func(current *ledger.Current) error {
		book := current.Book()
		community := book.CommunityOf(in.No)
		if community == "" || !keep.In(current, scope, community) && !scope.Department(book.DepartmentOf(in.No)) {
			return noTask(in.No)
		}
		if err := s.unblocked(current, community); err != nil {
			return err
		}
		var there bool
		if trail, there, err = current.Trail(in.No); err != nil || !there {
			return orNo(err, in.No)
		}
		out.Body = wholeTask(&trail, current)
		return nil
	})
	if err == nil {
		err = s.waivedOf(ctx, in.County, out.Body.Flags)
	}
	if err != nil {
		return nil, err
	}
	return out, s.behind(ctx, in.County, &out.Body, &trail)
}

// waivedOf says by which cases a task's flags were waived.
func (s *service) waivedOf(ctx context.Context, county string, flags []TaskFlag) error {
	waivable := make([]Waivable, len(flags))
	for i := range flags {
		f := &flags[i]
		waivable[i] = Waivable{string(f.Rule), f.Subject, f.Responsible, &f.Waived}
	}
	say, err := s.Waived(ctx, county)
	if err == nil {
		say(waivable)
	}
	return err
}

func noTask(no string) error {
	return web.Refuse(http.StatusNotFound, "TASK_UNKNOWN", "没有这个任务："+no, "no such task: "+no)
}

func orNo(err error, no string) error {
	if err == nil {
		err = noTask(no)
	}
	return err
}

// unblocked fails when the figures of an account, or of the whole county, are not known.
func (s *service) unblocked(current *ledger.Current, account string) error {
	for _, of := range []string{ledger.County, account} {
		if b, blocked := current.Blocked()[of]; blocked {
			return s.Blocked(of, b)
		}
	}
	return nil
}

// wholeTask is what the ledger knows of a task; what stands in entries alone comes later.
func wholeTask(t *ledger.Trail, current *ledger.Current) WholeTask {
	w := WholeTask{
		Position: current.Position(), Day: current.Day(),
		ListedTask: ListedTask{Community: t.Community, Street: t.Street, TaskStatement: t.Explained.Task},
		Facts: TaskFacts{
			IssuedOn: t.Facts.IssuedOn, StartsOn: t.Facts.StartsOn, DueOn: t.Facts.DueOn, PayBy: t.Facts.PayBy, Quantity: t.Facts.Quantity,
			Base: t.Facts.Base, Amount: t.Facts.Amount, AuthorityDocument: t.Facts.AuthorityDocument, RecalledOn: t.Facts.RecalledOn,
			CompletedOn: t.Facts.CompletedOn, CompletedQuantity: t.Facts.CompletedQuantity,
		},
		Fee: feeFound(&t.Explained), AnswerBy: t.Explained.AnswerBy, Obligations: []TaskObligation{}, Receipts: []TaskReceipt{},
		Flags: make([]TaskFlag, len(t.Explained.Flags)), Commitments: []TaskPromise{}, Payments: []TaskHop{}, Entries: []Behind{},
		Money: TaskMoney{t.Earmarked, t.Held, t.InTransit, t.Confirmed},
	}
	for i, f := range t.Explained.Flags {
		w.Flags[i].Flag = f
	}
	if standing := current.Standing(t.Community); standing != nil && standing.Community != nil {
		w.Name = standing.Community.Name
	}
	if c := t.Explained.Task.Condition; c != nil {
		w.Condition = &TaskCondition{c.Amount, c.By, c.Came, c.Met()}
	}
	for i := range t.Explained.Obligations {
		w.Obligations = append(w.Obligations, obligationOf(&t.Explained.Obligations[i], current.Day()))
	}
	for _, p := range t.Explained.Promises {
		w.Commitments = append(w.Commitments, TaskPromise{
			p.No, string(p.Kind), p.Department, cmp.Or(p.Purpose, reconcile.ForDepartment), p.Amount, p.MadeOn, p.By, p.Paid, p.Late,
		})
	}
	for i := range t.Hops {
		w.Payments = append(w.Payments, hopOf(&t.Hops[i], current.Day()))
	}
	return w
}

func obligationOf(o *reconcile.Obligation, day civil.Date) TaskObligation {
	t := TaskObligation{
		Payer: o.Payer, Amount: o.Amount, PayBy: o.PayBy, DueEnd: o.DueEnd, Past: o.Past, Late: o.Late,
		Allocated: o.Allocated, Shortfall: o.Shortfall, PaidOn: o.PaidOn, From: []TaskAllocation{},
	}
	switch {
	case o.Past && o.Shortfall > 0:
		t.DaysLate = int(day - o.DueEnd)
	case o.Late:
		t.DaysLate = int(o.PaidOn - o.DueEnd)
	}
	for _, a := range o.From {
		t.From = append(t.From, TaskAllocation(a))
	}
	return t
}

func hopOf(h *ledger.Hop, day civil.Date) TaskHop {
	t := TaskHop{
		Voucher: h.Voucher, Upstream: h.Upstream, Payer: h.Payer, Payee: h.Payee, Origin: h.Origin, Community: h.Beneficiary,
		Purpose: h.Whereabouts.Purpose, PaidOn: h.PaidOn, ReversedOn: h.ReversedOn, Amount: h.Amount, PassedOn: h.PassedOn,
		Confirmed: h.Confirmed, Held: h.Held, InTransit: h.InTransit, Allocated: h.Allocated, Arrivals: []TaskArrival{},
	}
	if h.Held > 0 || h.InTransit > 0 {
		t.Days = int(day - h.PaidOn)
	}
	for _, a := range h.Payment.Arrivals {
		t.Arrivals = append(t.Arrivals, TaskArrival{a.ConfirmedOn, a.Amount, a.WithdrawnOn})
	}
	return t
}

// feeFound says how a fee was found, and what is missing where it was not.
func feeFound(e *reconcile.Explained) TaskFee {
	f := TaskFee{Rule: string(e.Basis.Rule), Rate: e.Basis.Rate, By: string(e.Basis.By), Count: e.Basis.Count}
	switch e.Basis.Rule {
	case reconcile.Own, reconcile.None:
	case reconcile.Unlisted:
		f.Missing = []string{"item", "amount"}
	case reconcile.Agreed:
		f.Missing = []string{"amount"}
	default:
		if f.Rate == nil {
			f.Missing = append(f.Missing, "rate")
		}
		if f.Count == nil {
			f.Missing = append(f.Missing, "count")
		}
	}
	f.Words = foundOf(&f)
	return f
}
