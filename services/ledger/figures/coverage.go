package figures

import (
	"cmp"
	"maps"
	"slices"

	"feisui/pkg/money"
	"feisui/services/ledger/reconcile"
)

// Coverage is how much of what tasks should cost has come. The denominators are
// Entitlement and Due; what they leave out is beside them in LeftOut.
type Coverage struct {
	Tasks         int       `json:"tasks" doc:"分母中有几项任务 (tasks that the denominator counts)"`
	Entitlement   money.Fen `json:"entitlement" doc:"应配经费：到位率的分母 (the denominator of coverage)"`
	Allocated     money.Fen `json:"allocated" doc:"已到位：分子 (its numerator)"`
	Due           money.Fen `json:"due" doc:"到期应付：到期到位率的分母 (the denominator of coverage of what is due)"`
	DueCovered    money.Fen `json:"due_covered" doc:"到期已到位：分子 (its numerator)"`
	CoverageBP    *int64    `json:"coverage_bp"`
	CoverageDueBP *int64    `json:"coverage_due_bp"`
}

// add counts a task that the shares count.
func (c *Coverage) add(t *reconcile.TaskStatement) {
	c.Tasks++
	c.Entitlement, c.Allocated = c.Entitlement.Plus(*t.Entitlement), c.Allocated.Plus(t.Allocated)
	c.Due, c.DueCovered = c.Due.Plus(t.Due), c.DueCovered.Plus(t.Due.Minus(*t.OverdueShortfall))
}

func (c *Coverage) share() {
	c.CoverageBP, c.CoverageDueBP = basis(c.Allocated, c.Entitlement), basis(c.DueCovered, c.Due)
}

// Department is one that assigned tasks, has plaques or burdens in communities, or owes.
type Department struct {
	Code    string            `json:"code"`
	Name    string            `json:"name"`
	Rank    *int              `json:"rank" doc:"名次，按到期到位率，同率同名次；没有到期经费时为 null (by coverage of what is due; null without anything due)"`
	Now     Coverage          `json:"now" doc:"它交办的任务 (of the tasks that it assigned)"`
	Then    Coverage          `json:"then"`
	Owes    money.Fen         `json:"owes" doc:"它作为付款方到期未付的 (what it is overdue with as a payer)"`
	Tasks   Movement          `json:"tasks"`
	Plaques Movement          `json:"plaques"`
	Burdens Movement          `json:"burdens"`
	LeftOut []LeftOut         `json:"left_out"`
	Lists   map[string]InList `json:"lists"`
}

// Street is one with communities.
type Street struct {
	Code        string            `json:"code"`
	Name        string            `json:"name" doc:"登记为部门的才有名称 (where it is registered as a department)"`
	Communities int               `json:"communities"`
	Now         Coverage          `json:"now" doc:"其社区所受的任务 (of the tasks of its communities)"`
	Then        Coverage          `json:"then"`
	LeftOut     []LeftOut         `json:"left_out"`
	Lists       map[string]InList `json:"lists"`
}

// LeftOut is something that the shares do not count.
type LeftOut struct {
	Why    string     `json:"why" enum:"undetermined,void,no_fee,surplus,general,in_transit,held" doc:"无法确定经费、已收回或拒收、不需经费；结余、一般性资金、在途、停留在中间环节 (why)"`
	Item   string     `json:"item,omitempty" doc:"事项编码 (of tasks: the item)"`
	Name   string     `json:"name,omitempty" doc:"事项名称"`
	Tasks  int        `json:"tasks,omitempty"`
	Amount *money.Fen `json:"amount,omitempty" doc:"分，资金才有 (of money)"`
	List   InList     `json:"list"`
}

// missed gathers the tasks that the shares of one leave out.
type missed map[LeftOut]int

// sorted lists them, by why and item; in is the list of whose tasks they are.
func (m missed) sorted(in InList) []LeftOut {
	all := make([]LeftOut, 0, len(m))
	for l, n := range m {
		l.Tasks, l.List = n, in
		l.List.List, l.List.Status, l.List.Item = "tasks", l.Why, l.Item
		all = append(all, l)
	}
	slices.SortFunc(all, func(a, b LeftOut) int { return cmp.Or(cmp.Compare(a.Why, b.Why), cmp.Compare(a.Item, b.Item)) })
	return all
}

// aside is the money that is in no numerator.
func aside(c *Counts) (all []LeftOut) {
	in := lists()
	for _, l := range []struct {
		why, list string
		amount    money.Fen
	}{{"surplus", "surplus", c.Surplus}, {"general", "general", c.General}, {"in_transit", "in_transit", c.InTransit}, {"held", "retained", c.Held}} {
		if l.amount != 0 {
			all = append(all, LeftOut{Why: l.why, Amount: &l.amount, List: in[l.list]})
		}
	}
	return all
}

// side is who coverage is worked out for: a department or a street.
type side struct {
	now, then   Coverage
	left        missed
	owes        money.Fen
	communities int
}

// sides are by code.
type sides map[string]*side

func (s sides) of(code string) *side {
	if s[code] == nil {
		s[code] = &side{left: missed{}}
	}
	return s[code]
}

// leaves says why the shares do not count a task, "" where they do.
func leaves(t *reconcile.TaskStatement) string {
	switch t.Status {
	case reconcile.Undetermined, reconcile.Void, reconcile.NoFee:
		return string(t.Status)
	}
	return ""
}

// cover works out coverage, of all, by department and by street.
func (c *county) cover(f *Figures, change *reconcile.Change) {
	departments, streets, all := sides{}, sides{}, missed{}
	for i := range c.then.Communities {
		s := &c.then.Communities[i]
		for j := range s.Tasks {
			if t := &s.Tasks[j]; leaves(t) == "" {
				departments.of(t.Department).then.add(t)
				streets.of(c.book.Street(s.Code, c.now.On)).then.add(t)
			}
		}
	}
	for i := range c.now.Communities {
		s := &c.now.Communities[i]
		street := streets.of(c.book.Street(s.Code, c.now.On))
		street.communities++
		for j := range s.Tasks {
			t := &s.Tasks[j]
			department := departments.of(t.Department)
			for _, o := range t.Overdue {
				payer := departments.of(o.Payer)
				payer.owes = payer.owes.Plus(o.Shortfall)
			}
			if why := leaves(t); why != "" {
				one := LeftOut{Why: why, Item: t.Item, Name: c.book.Names().Items[t.Item]}
				department.left[one]++
				street.left[one]++
				all[one]++
				continue
			}
			department.now.add(t)
			street.now.add(t)
		}
	}
	f.LeftOut = all.sorted(InList{})
	f.Departments, f.Streets = c.departments(departments, change), c.streets(streets)
}

func (c *county) departments(found sides, change *reconcile.Change) []Department {
	flows := map[string]reconcile.DepartmentChange{}
	for _, d := range change.Departments {
		flows[d.Code] = d
		found.of(d.Code)
	}
	all := make([]Department, 0, len(found))
	for code, s := range found {
		s.now.share()
		s.then.share()
		all = append(all, Department{
			Code: code, Name: c.book.Names().Departments[code], Now: s.now, Then: s.then, Owes: s.owes, LeftOut: s.left.sorted(InList{Department: code}),
			Tasks: movementOf(flows[code].Tasks), Plaques: movementOf(flows[code].Plaques), Burdens: movementOf(flows[code].Burdens),
			Lists: listsOf(InList{Department: code}, code),
		})
	}
	rank(all)
	return all
}

// rank orders departments by the coverage of what is due, the higher first, and of
// those alike the one that owes less. Who has nothing due has no rank.
func rank(all []Department) {
	slices.SortFunc(all, func(a, b Department) int {
		x, y := a.Now.CoverageDueBP, b.Now.CoverageDueBP
		switch {
		case x == nil && y == nil:
			return cmp.Compare(a.Code, b.Code)
		case x == nil:
			return 1
		case y == nil:
			return -1
		}
		return cmp.Or(cmp.Compare(*y, *x), cmp.Compare(a.Now.Due.Minus(a.Now.DueCovered), b.Now.Due.Minus(b.Now.DueCovered)), cmp.Compare(a.Code, b.Code))
	})
	for i := range all {
		switch d := &all[i]; {
		case d.Now.CoverageDueBP == nil:
		case i > 0 && *all[i-1].Now.CoverageDueBP == *d.Now.CoverageDueBP:
			d.Rank = all[i-1].Rank
		default:
			place := i + 1
			d.Rank = &place
		}
	}
}

func (c *county) streets(found sides) []Street {
	all := make([]Street, 0, len(found))
	for _, code := range slices.Sorted(maps.Keys(found)) {
		s := found[code]
		s.now.share()
		s.then.share()
		all = append(all, Street{
			Code: code, Name: c.book.Names().Departments[code], Communities: s.communities, Now: s.now, Then: s.then,
			LeftOut: s.left.sorted(InList{Street: code}), Lists: listsOf(InList{Street: code}, ""),
		})
	}
	return all
}

// listsOf are the lists of a department or street, by what is read there.
func listsOf(of InList, party string) map[string]InList {
	in := func(list string, status reconcile.Status, rule reconcile.FlagRule) InList {
		one := of
		one.List, one.Status, one.Rule = list, string(status), string(rule)
		return one
	}
	all := map[string]InList{"tasks": in("tasks", "", ""), "flags": in("flags", "", "")}
	for _, status := range []reconcile.Status{
		reconcile.Unfunded, reconcile.Underfunded, reconcile.Undetermined, reconcile.Void, reconcile.NoFee,
	} {
		all[string(status)] = in("tasks", status, "")
	}
	if party != "" {
		all["owes"] = in("flags", "", reconcile.UnfundedTask)
		all["plaques"] = InList{List: "workflows/plaque/instances", Party: party}
		all["burdens"] = InList{List: "workflows/burden/instances", Party: party}
	}
	return all
}
