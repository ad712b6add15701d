package figures

import (
	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/services/ledger/reconcile"
)

// Headline is where a county stands on a day.
type Headline struct {
	On          civil.Date `json:"on"`
	Communities int        `json:"communities"`
	Counts
	DueCovered    money.Fen `json:"due_covered" doc:"到期经费中已到位的 (the part of due that came)"`
	CoverageBP    *int64    `json:"coverage_bp" doc:"到位率：allocated / entitlement，万分之，舍去余数；没有应配经费时为 null (in basis points, rounded down)"`
	CoverageDueBP *int64    `json:"coverage_due_bp" doc:"到期到位率：due_covered / due (likewise)"`
}

// Counts are the figures that add up over accounts. Amounts are in fen.
type Counts struct {
	Tasks            int       `json:"tasks" doc:"交办过的任务 (tasks ever assigned)"`
	StandingTasks    int       `json:"standing_tasks" doc:"在办任务 (tasks that stand)"`
	Undetermined     int       `json:"undetermined" doc:"经费无法确定的任务 (tasks of which the fee cannot be found)"`
	Unfunded         int       `json:"unfunded" doc:"费未随事转的任务：到期分文未到 (tasks that are due and got nothing)"`
	Underfunded      int       `json:"underfunded" doc:"到期未足额的任务 (tasks that are due and got a part)"`
	Unadmitted       int       `json:"unadmitted" doc:"未经准入的任务 (tasks that nothing admits)"`
	Plaques          int       `json:"plaques" doc:"现有挂牌 (plaques that hang)"`
	Burdens          int       `json:"burdens" doc:"现有其他负担 (other burdens that stand)"`
	Red              int       `json:"red" doc:"红灯预警 (red flags)"`
	Yellow           int       `json:"yellow"`
	Blue             int       `json:"blue"`
	Entitlement      money.Fen `json:"entitlement" doc:"应配经费 (what the tasks should cost)"`
	Allocated        money.Fen `json:"allocated" doc:"其中已到位 (what came for it)"`
	Shortfall        money.Fen `json:"shortfall"`
	Due              money.Fen `json:"due" doc:"其中已到期应付的 (what should have come by now)"`
	OverdueShortfall money.Fen `json:"overdue_shortfall" doc:"到期未到位 (what should have come and did not)"`
	Confirmed        money.Fen `json:"confirmed" doc:"社区确认到账 (what communities confirmed)"`
	Surplus          money.Fen `json:"surplus" doc:"专款结余，未对应任务 (came, and is for no obligation)"`
	General          money.Fen `json:"general" doc:"一般性补助和捐赠 (general money and gifts)"`
	InTransit        money.Fen `json:"in_transit" doc:"在途 (paid, not confirmed)"`
	Held             money.Fen `json:"held" doc:"停留在中间环节 (held by those who are to pass it on)"`
	Retained         money.Fen `json:"retained" doc:"其中超期未转拨 (of that, beyond its time)"`
}

// headline adds up a county.
func headline(c *reconcile.CountyStatement) Headline {
	h := Headline{On: c.On, Communities: len(c.Communities)}
	for i := range c.Communities {
		h.Counts = h.plus(ofCommunity(&c.Communities[i]))
	}
	for i := range c.Holders {
		h.Counts = h.plus(ofHolder(&c.Holders[i]))
	}
	h.share()
	return h
}

// share works out the shares from the sums.
func (h *Headline) share() {
	h.DueCovered = h.Due.Minus(h.OverdueShortfall)
	h.CoverageBP, h.CoverageDueBP = basis(h.Allocated, h.Entitlement), basis(h.DueCovered, h.Due)
}

// basis is a share in basis points, nil where there is nothing to divide by.
func basis(part, whole money.Fen) *int64 {
	bp, ok := money.BasisPoints(part, whole)
	if !ok {
		return nil
	}
	return &bp
}

func ofCommunity(s *reconcile.Statement) Counts {
	t := &s.Tally
	n := Counts{
		Tasks: len(s.Tasks), StandingTasks: t.StandingTasks, Undetermined: t.Undetermined,
		Entitlement: t.Entitlement, Allocated: t.Allocated, Shortfall: t.Shortfall, Due: t.Due, OverdueShortfall: t.OverdueShortfall,
		Confirmed: t.Confirmed, Surplus: t.Surplus, General: t.General, InTransit: t.InTransit,
	}
	for i := range s.Tasks {
		switch s.Tasks[i].Status {
		case reconcile.Unfunded:
			n.Unfunded++
		case reconcile.Underfunded:
			n.Underfunded++
		}
	}
	for _, hang := range t.Plaques {
		n.Plaques += hang
	}
	for _, stand := range t.Burdens {
		n.Burdens += stand
	}
	n.flags(s.Flags)
	return n
}

func ofHolder(s *reconcile.HolderStatement) Counts {
	n := Counts{Held: s.Held, Retained: s.Retained}
	n.flags(s.Flags)
	return n
}

func (c *Counts) flags(flags []reconcile.Flag) {
	for _, f := range flags {
		if f.Rule == reconcile.Unadmitted {
			c.Unadmitted++
		}
		switch f.Lamp {
		case reconcile.Red:
			c.Red++
		case reconcile.Yellow:
			c.Yellow++
		case reconcile.Blue:
			c.Blue++
		}
	}
}

// plus adds; it panics with money.Overflow.
func (c Counts) plus(d Counts) Counts {
	return c.each(d, func(a, b int) int { return a + b }, money.Fen.Plus)
}

// minus is what there is more, or less, than in another.
func (c Counts) minus(d Counts) Counts {
	return c.each(d, func(a, b int) int { return a - b }, money.Fen.Minus)
}

func (c Counts) each(d Counts, n func(a, b int) int, fen func(a, b money.Fen) money.Fen) Counts {
	return Counts{
		Tasks: n(c.Tasks, d.Tasks), StandingTasks: n(c.StandingTasks, d.StandingTasks), Undetermined: n(c.Undetermined, d.Undetermined),
		Unfunded: n(c.Unfunded, d.Unfunded), Underfunded: n(c.Underfunded, d.Underfunded), Unadmitted: n(c.Unadmitted, d.Unadmitted),
		Plaques: n(c.Plaques, d.Plaques), Burdens: n(c.Burdens, d.Burdens),
		Red: n(c.Red, d.Red), Yellow: n(c.Yellow, d.Yellow), Blue: n(c.Blue, d.Blue),
		Entitlement: fen(c.Entitlement, d.Entitlement), Allocated: fen(c.Allocated, d.Allocated), Shortfall: fen(c.Shortfall, d.Shortfall),
		Due: fen(c.Due, d.Due), OverdueShortfall: fen(c.OverdueShortfall, d.OverdueShortfall), Confirmed: fen(c.Confirmed, d.Confirmed),
		Surplus: fen(c.Surplus, d.Surplus), General: fen(c.General, d.General), InTransit: fen(c.InTransit, d.InTransit),
		Held: fen(c.Held, d.Held), Retained: fen(c.Retained, d.Retained),
	}
}

// lists say where the parts of a headline can be read, by its fields' names.
func lists() map[string]InList {
	all := map[string]InList{
		"undetermined": {List: "tasks", Status: string(reconcile.Undetermined)},
		"unfunded":     {List: "tasks", Status: string(reconcile.Unfunded)},
		"underfunded":  {List: "tasks", Status: string(reconcile.Underfunded)},
		"unadmitted":   {List: "flags", Rule: string(reconcile.Unadmitted)},
		"plaques":      {List: "workflows/plaque/instances"},
		"burdens":      {List: "workflows/burden/instances"},
		"in_transit":   {List: "flags", Rule: string(reconcile.Unconfirmed)},
		"retained":     {List: "flags", Rule: string(reconcile.Retained)},
	}
	for _, name := range []string{"tasks", "standing_tasks", "entitlement", "allocated", "shortfall", "due", "overdue_shortfall"} {
		all[name] = InList{List: "tasks"}
	}
	for _, name := range []string{"confirmed", "surplus", "general"} {
		all[name] = InList{List: "communities"}
	}
	for _, lamp := range []reconcile.Lamp{reconcile.Red, reconcile.Yellow, reconcile.Blue} {
		all[string(lamp)] = InList{List: "flags", Lamp: string(lamp)}
	}
	return all
}
