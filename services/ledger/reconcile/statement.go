package reconcile

import (
	"cmp"
	"slices"

	"feisui/pkg/civil"
	"feisui/pkg/money"
)

// Statement says where a community stands on a date. Its JSON is spec §9's.
type Statement struct {
	Code     string             `json:"code"`
	Name     string             `json:"name"`
	Tasks    []TaskStatement    `json:"tasks"`    // issued on or before the date, by number
	Payments []PaymentStatement `json:"payments"` // in force, for this community, by voucher
	Flags    []Flag             `json:"flags"`    // by rule and subject
	Tally    Tally              `json:"tally"`

	// Until is the first later date on which the statement may differ without
	// any news; zero when there is none.
	Until civil.Date `json:"-"`

	// Came is what was paid for each commitment made by the date, as §6 has payments
	// serve them, by number.
	Came map[string]money.Fen `json:"-"`
}

// TaskStatement is one task's line. A void task shows zeros, an undetermined
// one nil where a number would have to be guessed.
type TaskStatement struct {
	No               string     `json:"no"`
	Department       string     `json:"department"`
	Item             string     `json:"item"`
	State            State      `json:"state"`
	Status           Status     `json:"status"`
	Lamp             Lamp       `json:"lamp"`
	Entitlement      *money.Fen `json:"entitlement"`
	Allocated        money.Fen  `json:"allocated"`
	Shortfall        *money.Fen `json:"shortfall"`
	OverdueShortfall *money.Fen `json:"overdue_shortfall"`

	// Due are the amounts whose time is over, covered or not, as in Sums.
	Due money.Fen `json:"-"`

	// Overdue are the payers whose time is over and who have not paid in full,
	// in the order of §5. Their shortfalls sum to OverdueShortfall.
	Overdue []Overdue `json:"-"`

	// Owing are all payers who have not paid in full, whether their time is over or
	// not, in the order of §5. Their shortfalls sum to Shortfall.
	Owing []Owing `json:"-"`

	// Condition is that of a conditional acceptance that holds, nil when none does.
	Condition *Condition `json:"-"`
}

// Condition is what a community made its acceptance depend on (附条件接收).
type Condition struct {
	Amount money.Fen
	By     civil.Date // zero: any day
	Came   money.Fen  // what came for it so far (§3)
}

// Met reports that the money came.
func (c *Condition) Met() bool { return c.Came >= c.Amount }

// Overdue is one payer's part of a task that is short after its time.
type Overdue struct {
	Payer     string
	Shortfall money.Fen
	DueEnd    civil.Date // the last day that was in time
}

// Owing is one payer's part of a task that is short.
type Owing struct {
	Payer     string
	Amount    money.Fen // the whole part
	Shortfall money.Fen
	DueEnd    civil.Date // the last day that is in time; zero when there is none yet
	Past      bool       // that day is over
}

// Days is how many days the money is late on a date.
func (o Overdue) Days(on civil.Date) int { return int(on - o.DueEnd) }

// PaymentStatement is one payment's line.
type PaymentStatement struct {
	Voucher   string    `json:"voucher"`
	Origin    string    `json:"origin"`
	Purpose   string    `json:"purpose"`
	Amount    money.Fen `json:"amount"`
	Held      money.Fen `json:"held"`
	Confirmed money.Fen `json:"confirmed"`
	Allocated money.Fen `json:"allocated"`
	Surplus   money.Fen `json:"surplus"`
}

// work is one reconciliation under way.
type work struct {
	account *Account
	county  *County
	limits
	tasks       []taskView // by number
	came        map[string]money.Fen
	byItem      map[string][]int
	obligations []*obligation // in the order of §5
	payments    []paymentView // by voucher
	flags       []Flag
	explained   bool // what pays what is noted
}

// Reconcile says where one community stands on a date. It depends on the set of
// facts in a and c, never on their order, on a clock, or on who asks. It panics
// with money.Overflow when amounts are too large to add up.
func Reconcile(a *Account, c *County, days civil.Calendar, on civil.Date) Statement {
	w := &work{account: a, county: c, limits: newLimits(c, days, on)}
	w.reconcile()
	return w.statement()
}

func (w *work) reconcile() {
	w.views()
	w.oblige()
	w.allocate()
	w.suspend()
	for i := range w.tasks {
		w.tasks[i].status = w.judge(&w.tasks[i])
	}
	for i := range w.tasks {
		w.flagTask(&w.tasks[i])
	}
	for i := range w.payments {
		w.flagPayment(&w.payments[i])
	}
	w.flagCommitments()
	w.flagPlaques()
}

func newLimits(c *County, days civil.Calendar, on civil.Date) limits {
	day := &today{on: on}
	policy, ok := at(c.Policies, day)
	if !ok {
		policy = DefaultPolicy()
	}
	return limits{today: day, policy: policy, days: days}
}

// views gathers what is there on the date.
func (w *work) views() {
	w.byItem = map[string][]int{}
	for _, t := range w.account.Tasks {
		if !w.reached(t.IssuedOn) {
			continue
		}
		v := taskView{Task: t}
		if item, ok := w.county.Items[t.Item].At(t.IssuedOn); ok {
			v.item = &item
		}
		w.tasks = append(w.tasks, v)
	}
	slices.SortFunc(w.tasks, func(a, b taskView) int { return cmp.Compare(a.No, b.No) })
	for i := range w.tasks {
		t := &w.tasks[i]
		t.state = w.answer(t)
		w.byItem[t.Item] = append(w.byItem[t.Item], i)
	}
	w.payments = views(w.account.Payments, w.county, w.today)
}

// item gives the item of any task that this account has to do with.
func (w *work) item(no string) (string, bool) {
	if t := w.account.Tasks[no]; t != nil {
		return t.Item, true
	}
	item, ok := w.account.Elsewhere[no]
	return item, ok
}

// promises gives the commitments made by the date, in the order in which they
// are served.
func (w *work) promises() []*promise {
	var ps []*promise
	for _, c := range w.account.Commitments {
		if w.reached(c.MadeOn) {
			ps = append(ps, &promise{Commitment: c, purpose: cmp.Or(c.Purpose, ForDepartment)})
		}
	}
	slices.SortFunc(ps, func(a, b *promise) int { return cmp.Or(noneLast(a.By, b.By), cmp.Compare(a.No, b.No)) })
	return ps
}

// byPaidOn gives the payments that were not passed on, in the order in which
// they serve commitments.
func (w *work) byPaidOn() []*paymentView {
	var ps []*paymentView
	for i := range w.payments {
		if p := &w.payments[i]; p.children == 0 {
			ps = append(ps, p)
		}
	}
	slices.SortStableFunc(ps, func(a, b *paymentView) int { return cmp.Compare(a.PaidOn, b.PaidOn) })
	return ps
}

func (w *work) statement() Statement {
	community, _ := at(w.account.Community, w.today)
	s := Statement{
		Code: w.account.Code, Name: community.Name,
		Tasks:    make([]TaskStatement, 0, len(w.tasks)),
		Payments: make([]PaymentStatement, 0, len(w.payments)),
		Flags:    w.flags,
	}
	for i := range w.tasks {
		s.Tasks = append(s.Tasks, w.tasks[i].statement(w.today))
	}
	for i := range w.payments {
		p := &w.payments[i]
		s.Payments = append(s.Payments, PaymentStatement{
			Voucher: p.Voucher, Origin: p.Origin, Purpose: p.purpose, Amount: p.Amount,
			Held: p.held, Confirmed: p.confirmed, Allocated: p.allocated, Surplus: p.surplus(),
		})
	}
	if s.Flags == nil {
		s.Flags = []Flag{}
	}
	sortFlags(s.Flags)
	s.Tally = w.tally()
	s.Until, s.Came = w.until, w.came
	return s
}

func (t *taskView) statement(day *today) TaskStatement {
	s := TaskStatement{No: t.No, Department: t.Department, Item: t.Item, State: t.state, Status: t.status, Lamp: t.lamp}
	if t.condition != nil {
		s.Condition = &Condition{Amount: t.condition.ConditionAmount, By: t.condition.ConditionBy, Came: t.came}
	}
	switch t.status {
	case Undetermined:
	case Void:
		s.Entitlement, s.Shortfall, s.OverdueShortfall = of(0), of(0), of(0)
	default:
		s.Allocated = t.allocated()
		s.Entitlement, s.Shortfall, s.OverdueShortfall = of(t.fee), of(t.fee.Minus(s.Allocated)), of(t.overdueShortfall(day))
		for _, o := range t.obligations {
			s.Due = s.Due.Plus(o.sums(day).Due)
			if o.shortfall() > 0 {
				s.Owing = append(s.Owing, Owing{Payer: o.payer, Amount: o.amount, Shortfall: o.shortfall(), DueEnd: o.dueEnd, Past: o.past(day)})
			}
			if o.past(day) && o.shortfall() > 0 {
				s.Overdue = append(s.Overdue, Overdue{Payer: o.payer, Shortfall: o.shortfall(), DueEnd: o.dueEnd})
			}
		}
	}
	return s
}
