package report

import (
	"feisui/pkg/money"
	"feisui/pkg/sheet"
	"feisui/services/ledger/figures"
)

// figure is one of a headline's.
type figure struct {
	name string // as the interface has it
	kind kind
	adds bool // over accounts: it has a difference of its own in each correction
	of   func(*figures.Headline) any
}

// kind is what a figure counts.
type kind string

const (
	number kind = "number"
	amount kind = "yuan"
	share  kind = "share"
)

func unit(k kind) sheet.Name { return both("unit_" + string(k)) }

// column is the figure as the head of a column.
func (f *figure) column() sheet.Name {
	n := both("figure_" + f.name)
	switch n.English = f.name; f.kind {
	case amount:
		return sheet.Name{English: f.name + "_yuan", Chinese: n.Chinese + "（元）"}
	default:
		return n
	}
}

// headline are all of them, in the order in which they are read.
var headline = []figure{
	{"communities", number, false, func(h *figures.Headline) any { return int64(h.Communities) }},
	whole("tasks", func(c *figures.Counts) int { return c.Tasks }),
	whole("standing_tasks", func(c *figures.Counts) int { return c.StandingTasks }),
	yuanOf("entitlement", func(c *figures.Counts) money.Fen { return c.Entitlement }),
	yuanOf("allocated", func(c *figures.Counts) money.Fen { return c.Allocated }),
	{"coverage_bp", share, false, func(h *figures.Headline) any { return shareOf(h.CoverageBP) }},
	yuanOf("shortfall", func(c *figures.Counts) money.Fen { return c.Shortfall }),
	yuanOf("due", func(c *figures.Counts) money.Fen { return c.Due }),
	{"due_covered", amount, false, func(h *figures.Headline) any { return h.DueCovered }},
	{"coverage_due_bp", share, false, func(h *figures.Headline) any { return shareOf(h.CoverageDueBP) }},
	yuanOf("overdue_shortfall", func(c *figures.Counts) money.Fen { return c.OverdueShortfall }),
	whole("unfunded", func(c *figures.Counts) int { return c.Unfunded }),
	whole("underfunded", func(c *figures.Counts) int { return c.Underfunded }),
	whole("undetermined", func(c *figures.Counts) int { return c.Undetermined }),
	whole("unadmitted", func(c *figures.Counts) int { return c.Unadmitted }),
	whole("plaques", func(c *figures.Counts) int { return c.Plaques }),
	whole("burdens", func(c *figures.Counts) int { return c.Burdens }),
	yuanOf("confirmed", func(c *figures.Counts) money.Fen { return c.Confirmed }),
	yuanOf("surplus", func(c *figures.Counts) money.Fen { return c.Surplus }),
	yuanOf("general", func(c *figures.Counts) money.Fen { return c.General }),
	yuanOf("in_transit", func(c *figures.Counts) money.Fen { return c.InTransit }),
	yuanOf("held", func(c *figures.Counts) money.Fen { return c.Held }),
	yuanOf("retained", func(c *figures.Counts) money.Fen { return c.Retained }),
	whole("red", func(c *figures.Counts) int { return c.Red }),
	whole("yellow", func(c *figures.Counts) int { return c.Yellow }),
	whole("blue", func(c *figures.Counts) int { return c.Blue }),
}

func whole(name string, of func(*figures.Counts) int) figure {
	return figure{name, number, true, func(h *figures.Headline) any { return int64(of(&h.Counts)) }}
}

func yuanOf(name string, of func(*figures.Counts) money.Fen) figure {
	return figure{name, amount, true, func(h *figures.Headline) any { return of(&h.Counts) }}
}

// shareOf is a share, nothing where there is nothing to have a share of.
func shareOf(bp *int64) any {
	if bp == nil {
		return nil
	}
	return sheet.Share(*bp)
}
