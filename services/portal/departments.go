package portal

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"

	"feisui/pkg/civil"
	"feisui/pkg/money"
)

// This file compares departments: whether the fee of what they hand down comes, in
// time, with an admission, and what was answered. Communities are never compared.

func (p *Portal) departmentRoutes() {
	p.page("GET /departments", (*visit).departments)
}

// compared is how a department stands.
type compared struct {
	Rank          int        `json:"rank"`
	Code          string     `json:"code"`
	Name          string     `json:"name"`
	Tasks         int        `json:"tasks"`
	Standing      int        `json:"standing_tasks"`
	Undetermined  int        `json:"undetermined"`
	Unadmitted    int        `json:"unadmitted"`
	Due           money.Fen  `json:"due"`
	Covered       money.Fen  `json:"covered"`
	CoverageDueBP *int64     `json:"coverage_due_bp"`
	Overdue       money.Fen  `json:"overdue_shortfall"`
	LateTasks     int        `json:"late_tasks"`
	LateDays      int        `json:"late_days"`
	LateSince     civil.Date `json:"late_since"`
	Red           int        `json:"red"`
	Yellow        int        `json:"yellow"`
	OpenCases     *int       `json:"open_cases"`
	Outside       int        `json:"outside_work"`
}

// comparison is all of them and what they are ordered by.
type comparison struct {
	Day         civil.Date `json:"day"`
	Position    int64      `json:"position"`
	Ranked      int        `json:"ranked"`
	Departments []compared `json:"departments"`

	By string
}

// orders are what departments may be ordered by, each with what puts one first.
var orders = []string{"overdue", "coverage", "late", "unadmitted", "cases"}

func (v *visit) departments() error {
	var c comparison
	if err := v.get("/v1/counties/{county}/departments", nil, &c); err != nil {
		return err
	}
	c.By = v.r.URL.Query().Get("by")
	if !slices.Contains(orders, c.By) {
		c.By = orders[0]
	}
	slices.SortStableFunc(c.Departments, func(a, b compared) int {
		switch c.By {
		case "coverage":
			return cmp.Compare(a.share(), b.share())
		case "late":
			return cmp.Compare(b.LateDays, a.LateDays)
		case "unadmitted":
			return cmp.Compare(b.Unadmitted, a.Unadmitted)
		case "cases":
			return cmp.Compare(b.cases(), a.cases())
		}
		return cmp.Compare(a.Rank, b.Rank)
	})
	v.asOf = known{c.Day, c.Position}
	return v.show(http.StatusOK, v.say("departments.title"), departmentsPage(v, &c))
}

// share is the coverage in basis points; who owes nothing yet has covered all of it.
func (c *compared) share() int64 {
	if c.CoverageDueBP == nil {
		return wholeBP
	}
	return *c.CoverageDueBP
}

func (c *compared) cases() int {
	if c.OpenCases == nil {
		return 0
	}
	return *c.OpenCases
}

const wholeBP = 10_000

// barWidth is how wide a whole bar is drawn.
const barWidth = 120

// width is how wide a share of a bar is drawn. Shares above the whole are whole.
func width(bp int64) string { return strconv.FormatInt(min(bp, wholeBP)*barWidth/wholeBP, 10) }
