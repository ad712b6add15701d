package api

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"feisui/pkg/access"
	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/pkg/web"
	"feisui/services/ledger"
	"feisui/services/ledger/keep"
)

func (s *service) routeDepartments(api *web.API) {
	web.Register(api, huma.Operation{
		OperationID: "departments", Method: http.MethodGet, Path: "/v1/counties/{county}/departments", Tags: tags,
		Summary: "各部门比较：交办、到位率、逾期、未经准入、督办 (departments compared)",
		Description: "按县里的今天。任务按交办部门计，金额按付款方计（分担的各计各的）。名次：逾期缺口多的在前，相同的到期到位率低的在前，再相同的同名次。" +
			"部门只看自己，名次仍在全县中。金额单位为分。" +
			" (As of the county's day. Tasks count for who handed them down, amounts for who owes them. Ranked by what is overdue, then by the coverage of what is due; the same for the same." +
			" A department sees itself alone, with its rank in the county. Amounts are in fen.)",
		Responses: api.Listed(DepartmentList{}),
	}, append([]web.Refusal{countyUnknown, badWord}, web.ExportRefusals...), s.departments)
}

type departmentsIn struct {
	web.OfCounty
	web.Export
}

// DepartmentList compares departments.
type DepartmentList struct {
	Position    int64                `json:"position" doc:"截至第几条记录 (the position in the journal that it is of)"`
	Day         civil.Date           `json:"day" doc:"县里的今天 (the county's day)"`
	Ranked      int                  `json:"ranked" doc:"全县共几个部门 (how many are ranked in the county)"`
	Departments []ComparedDepartment `json:"departments" doc:"按名次 (by rank)"`
}

// ComparedDepartment is how a department stands.
type ComparedDepartment struct {
	Rank          int        `json:"rank"`
	Code          string     `json:"code"`
	Name          string     `json:"name"`
	Kind          string     `json:"kind,omitempty"`
	Tasks         int        `json:"tasks" doc:"交办的任务 (tasks that it handed down)"`
	StandingTasks int        `json:"standing_tasks" doc:"其中在办 (of them, those that stand)"`
	Unfunded      int        `json:"unfunded" doc:"其中分文未到 (of them, those for which nothing came in time)"`
	Underfunded   int        `json:"underfunded" doc:"其中未足额"`
	Undetermined  int        `json:"undetermined" doc:"其中经费不能确定，不计入金额 (of them, those that are in no amount: the fee is undetermined)"`
	Unadmitted    int        `json:"unadmitted" doc:"在办而没有有效准入 (those that stand without a valid admission)"`
	Entitlement   money.Fen  `json:"entitlement" doc:"应付，到位率的分母 (what it owes: the denominator of its coverage)"`
	Allocated     money.Fen  `json:"allocated" doc:"已到位，到位率的分子 (what came of it: the numerator)"`
	CoverageBP    *int64     `json:"coverage_bp" doc:"到位率，万分之 (in basis points, rounded down; null: nothing is owed)"`
	Due           money.Fen  `json:"due" doc:"到期应付，到期到位率的分母 (what was due by now: the denominator)"`
	Covered       money.Fen  `json:"covered" doc:"其中已到位，分子 (what came of that: the numerator)"`
	CoverageDueBP *int64     `json:"coverage_due_bp" doc:"到期到位率，万分之"`
	Overdue       money.Fen  `json:"overdue_shortfall" doc:"逾期缺口 (what is overdue)"`
	LateTasks     int        `json:"late_tasks" doc:"逾期缺口涉及几个任务 (of how many tasks)"`
	LateDays      int        `json:"late_days" doc:"最久的已逾期几天 (for how many days the oldest)"`
	LateSince     civil.Date `json:"late_since,omitzero" doc:"最久的，期限是哪天 (the day by which the oldest was due)"`
	Red           int        `json:"red" doc:"应由它处理的红灯预警 (red flags that ask something of it)"`
	Yellow        int        `json:"yellow"`
	Blue          int        `json:"blue"`
	OpenCases     *int       `json:"open_cases" doc:"未结的督办；null：由别的进程运行，这里不知道 (cases that go on; null: another process knows)"`
	Outside       *int       `json:"outside_work" doc:"体外派发：已认定的，和承认后逾期未补办的；null：由别的进程运行 (work given outside the system: upheld, or admitted and not issued in time)"`
}

func (s *service) departments(ctx context.Context, in *departmentsIn) (*web.Listing, error) {
	l, err := s.Ledger(in.County)
	if err != nil {
		return nil, err
	}
	file, err := in.AsFile("", "")
	if err != nil {
		return nil, err
	}
	cases, known, err := s.Cases(ctx, in.County)
	if err != nil {
		return nil, err
	}
	out, scope := DepartmentList{Departments: []ComparedDepartment{}}, access.Within(ctx)
	err = l.Read(func(current *ledger.Current) error {
		all, err := current.Compare()
		if err != nil {
			return err
		}
		all = withOutside(all, cases)
		out.Position, out.Day, out.Ranked = current.Position(), current.Day(), len(all)
		book := current.Book()
		for _, d := range ranked(all) {
			if !scope.Department(d.Code) && !keep.In(current, scope, d.Code) {
				continue
			}
			one := comparedOf(&d.Compared, d.rank)
			one.Name, one.Kind = book.Names().Departments[d.Code], book.KindOf(d.Code)
			if n := cases[d.Code]; known {
				one.OpenCases, one.Outside = &n.OpenCases, &n.Outside
			}
			out.Departments = append(out.Departments, one)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return pageOrTable(ctx, s, l, file, &in.Export, out, out.Departments, departmentTable, onDay(out.Day))
}

// withOutside adds departments that hand down nothing in the system, and something outside
// of it.
func withOutside(all []ledger.Compared, cases map[string]Answerable) []ledger.Compared {
	for _, code := range slices.Sorted(maps.Keys(cases)) {
		if cases[code].Outside > 0 && !slices.ContainsFunc(all, func(d ledger.Compared) bool { return d.Code == code }) {
			all = append(all, ledger.Compared{Code: code})
		}
	}
	return all
}

// inOrder is a department with its rank.
type inOrder struct {
	ledger.Compared
	rank int
}

// ranked orders departments: what is overdue, the most first, then the coverage of
// what is due, the least first. Who stands the same has the same rank.
func ranked(all []ledger.Compared) []inOrder {
	order := func(a, b *ledger.Compared) int {
		_, coveredA := a.Coverage()
		_, coveredB := b.Coverage()
		return cmp.Or(cmp.Compare(b.OverdueShortfall, a.OverdueShortfall), cmp.Compare(wholeIfNone(coveredA), wholeIfNone(coveredB)))
	}
	sorted := slices.SortedFunc(slices.Values(all), func(a, b ledger.Compared) int {
		return cmp.Or(order(&a, &b), strings.Compare(a.Code, b.Code))
	})
	ranks := make([]inOrder, len(sorted))
	for i, d := range sorted {
		ranks[i] = inOrder{d, i + 1}
		if i > 0 && order(&sorted[i-1], &d) == 0 {
			ranks[i].rank = ranks[i-1].rank
		}
	}
	return ranks
}

// wholeIfNone is a coverage; who owes nothing has covered all of it.
func wholeIfNone(bp *int64) int64 {
	if bp == nil {
		return 10_000
	}
	return *bp
}

func comparedOf(d *ledger.Compared, rank int) ComparedDepartment {
	c := ComparedDepartment{
		Rank: rank, Code: d.Code, Tasks: d.Tasks, StandingTasks: d.Standing, Unfunded: d.Unfunded, Underfunded: d.Underfunded,
		Undetermined: d.Undetermined, Unadmitted: d.Unadmitted, Entitlement: d.Entitlement, Allocated: d.Allocated, Due: d.Due,
		Covered: d.Due.Minus(d.OverdueShortfall), Overdue: d.OverdueShortfall, LateTasks: d.Late, LateDays: d.LateDays, LateSince: d.LateSince,
		Red: d.Red, Yellow: d.Yellow, Blue: d.Blue,
	}
	c.CoverageBP, c.CoverageDueBP = d.Coverage()
	return c
}
