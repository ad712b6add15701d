package figures

import (
	"cmp"
	"slices"

	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/services/ledger/reconcile"
)

// Unfunded are the mandates that came without their fee or without all of it, and
// whose time to pay is over: by how long ago, and by who owes.
type Unfunded struct {
	Tasks   int       `json:"tasks" doc:"分文未到的和未足额的任务 (tasks without and with a part of their fee)"`
	Amount  money.Fen `json:"amount"`
	Bands   []Band    `json:"bands" doc:"按逾期天数；一项任务计入其最久的一笔所在的档 (by days since; a task stands where its oldest part does)"`
	Payers  []Debtor  `json:"payers" doc:"欠付多的在前 (who owes, the most first)"`
	Longest []Mandate `json:"longest" doc:"逾期最久的，最多 20 项 (the longest overdue, at most 20)"`
}

// Band is a range of days for which money has been overdue.
type Band struct {
	From        int               `json:"from" doc:"天，含 (days, this one included)"`
	To          *int              `json:"to" doc:"天，含；没有上限时为 null (days, this one included; null: without end)"`
	Tasks       int               `json:"tasks"`
	Unfunded    int               `json:"unfunded" doc:"其中分文未到 (of them without any)"`
	Underfunded int               `json:"underfunded" doc:"其中未足额 (of them with a part)"`
	Amount      money.Fen         `json:"amount"`
	Lists       map[string]InList `json:"lists"`
}

// Debtor is who owes.
type Debtor struct {
	Code   string            `json:"code"`
	Name   string            `json:"name"`
	Tasks  int               `json:"tasks"`
	Amount money.Fen         `json:"amount"`
	Days   int               `json:"days" doc:"最久的一笔逾期几天 (of the oldest)"`
	Lists  map[string]InList `json:"lists"`
}

// Mandate is one task that is overdue.
type Mandate struct {
	Task       string    `json:"task"`
	Item       string    `json:"item"`
	Name       string    `json:"name" doc:"事项名称 (the item's name)"`
	Department string    `json:"department"`
	Community  string    `json:"community"`
	Place      string    `json:"community_name"`
	Amount     money.Fen `json:"amount"`
	Days       int       `json:"days"`
}

// bands end with these days; the last has no end.
var bands = []int{30, 90, 180, 365}

// longestMax is how many of the longest overdue tasks are listed one by one.
const longestMax = 20

func (c *county) unfunded() Unfunded {
	u := Unfunded{Bands: emptyBands(c.now.On), Payers: []Debtor{}, Longest: []Mandate{}}
	payers := map[string]*Debtor{}
	for i := range c.now.Communities {
		s := &c.now.Communities[i]
		for j := range s.Tasks {
			if t := &s.Tasks[j]; len(t.Overdue) > 0 {
				m := Mandate{
					Task: t.No, Item: t.Item, Name: c.book.Names().Items[t.Item], Department: t.Department, Community: s.Code, Place: s.Name,
					Amount: *t.OverdueShortfall, Days: c.owed(t, payers),
				}
				u.add(&m, t.Status)
			}
		}
	}
	for _, p := range payers {
		u.Payers = append(u.Payers, *p)
	}
	slices.SortFunc(u.Payers, func(a, b Debtor) int { return cmp.Or(cmp.Compare(b.Amount, a.Amount), cmp.Compare(a.Code, b.Code)) })
	slices.SortFunc(u.Longest, func(a, b Mandate) int {
		return cmp.Or(cmp.Compare(b.Days, a.Days), cmp.Compare(b.Amount, a.Amount), cmp.Compare(a.Task, b.Task))
	})
	u.Longest = u.Longest[:min(len(u.Longest), longestMax)]
	return u
}

// emptyBands are the bands on a day, with the lists of those whose money is late since
// the days that they name: a flag's first day is the one after the last in time, so what
// is late for n days on a day stands since n-1 days before it.
func emptyBands(on civil.Date) []Band {
	all := make([]Band, 0, len(bands)+1)
	from := 1
	for i := range bands {
		all = append(all, Band{From: from, To: &bands[i]})
		from = bands[i] + 1
	}
	all = append(all, Band{From: from})
	for i := range all {
		b := &all[i]
		in := InList{List: "flags", SinceTo: on.AddDays(1 - b.From).String()}
		if b.To != nil {
			in.SinceFrom = on.AddDays(1 - *b.To).String()
		}
		unfunded, underfunded := in, in
		unfunded.Rule, underfunded.Rule = string(reconcile.UnfundedTask), string(reconcile.UnderfundedTask)
		b.Lists = map[string]InList{"unfunded": unfunded, "underfunded": underfunded}
	}
	return all
}

// owed adds what is overdue of a task to who owes it, and gives the days since the
// oldest part.
func (c *county) owed(t *reconcile.TaskStatement, payers map[string]*Debtor) (days int) {
	counted := map[string]bool{} // a payer may have two shares of one task
	for _, o := range t.Overdue {
		p := payers[o.Payer]
		if p == nil {
			p = &Debtor{Code: o.Payer, Name: c.book.Names().Departments[o.Payer], Lists: map[string]InList{
				"unfunded":    {List: "flags", Rule: string(reconcile.UnfundedTask), Department: o.Payer},
				"underfunded": {List: "flags", Rule: string(reconcile.UnderfundedTask), Department: o.Payer},
			}}
			payers[o.Payer] = p
		}
		if !counted[o.Payer] {
			p.Tasks++
		}
		counted[o.Payer] = true
		p.Amount = p.Amount.Plus(o.Shortfall)
		p.Days = max(p.Days, o.Days(c.now.On))
		days = max(days, o.Days(c.now.On))
	}
	return days
}

func (u *Unfunded) add(m *Mandate, status reconcile.Status) {
	u.Tasks++
	u.Amount = u.Amount.Plus(m.Amount)
	u.Longest = append(u.Longest, *m)
	i := slices.IndexFunc(u.Bands, func(b Band) bool { return b.To == nil || m.Days <= *b.To })
	b := &u.Bands[i]
	b.Tasks++
	b.Amount = b.Amount.Plus(m.Amount)
	if status == reconcile.Unfunded {
		b.Unfunded++
	} else {
		b.Underfunded++
	}
}
