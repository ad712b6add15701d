package report

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"feisui/pkg/civil"
	"feisui/pkg/message"
	"feisui/pkg/money"
	"feisui/pkg/sheet"
	"feisui/services/ledger/figures"
)

// Edition is a burden-reduction report as it goes into a file: the figures, and what
// they are of. A preview has no number and no state.
type Edition struct {
	Report, Title, Document string
	State                   sheet.Name
	DraftedOn, SignedOn     civil.Date
	Drafts                  int
	Instruction             sheet.Name // what a leader decided (批示)
	InstructionText         string
	InstructedOn            civil.Date

	Position int64
	Hash     string
	KnownOn  civil.Date
	KnownAt  time.Time

	Figures     *figures.Figures
	Corrections *figures.Corrections // nil without an edition before

	Event func(event string) sheet.Name // what events are called
	Why   func(why string) sheet.Name   // and why something is in no share
}

// Sheets gives everything that a report says as tables for a spreadsheet, whole: each
// share with its numerator and denominator, each figure with its definition, and what is
// counted nowhere by name. Departments are ranked, streets and communities never.
func (e *Edition) Sheets() []*sheet.Table {
	f := e.Figures
	all := []*sheet.Table{
		e.about(), e.compared(), definitions(), moved(f), departmentSheet(f.Departments), streetSheet(f.Streets), e.leftOut(),
		ages(&f.Unfunded), payers(&f.Unfunded), longest(f), stuck(f.Stuck), trend(f.Trend),
	}
	if e.Corrections != nil {
		all = append(all, e.corrected(), e.corrections())
	}
	return all
}

// both is a text of the catalogue in both languages.
func both(key string, args ...string) sheet.Name {
	text := message.Text{Key: key, Args: message.Args{}}
	for i := 0; i+1 < len(args); i += 2 {
		text.Args[args[i]] = args[i+1]
	}
	return sheet.Name{English: Messages.Say(message.English, text), Chinese: Messages.Say(message.Chinese, text)}
}

// table is an empty one. In English its name and heads are the keys, which programs read.
func table(name string, columns ...string) *sheet.Table {
	t := &sheet.Table{Name: head("sheet", name)}
	for _, c := range columns {
		t.Columns = append(t.Columns, head("col", c))
	}
	return t
}

func head(kind, name string) sheet.Name {
	chinese := Messages.Say(message.Chinese, message.Text{Key: kind + "_" + name})
	if strings.HasSuffix(chinese, "（元）") {
		name += "_yuan"
	}
	return sheet.Name{English: name, Chinese: chinese}
}

// zone is that of the counties; it has no summer time.
var zone = time.FixedZone("UTC+8", 8*60*60)

// about is what edition it is, and of which entries: its number, state and signer.
func (e *Edition) about() *sheet.Table {
	t := table("edition", "what", "value")
	add := func(key string, value any) { t.Rows = append(t.Rows, []any{both("about_" + key), value}) }
	if e.Report == "" {
		add("preview", both("about_preview_is"))
	} else {
		add("title", e.Title)
		add("report", e.Report)
		add("document", e.Document)
		add("state", e.State)
		add("drafted_on", e.DraftedOn)
		add("drafts", int64(e.Drafts))
		if e.SignedOn.Given() {
			add("signed_by", both("about_signer"))
		}
		add("signed_on", e.SignedOn)
	}
	add("on", e.Figures.On)
	add("since", e.Figures.Since)
	add("known_on", e.KnownOn)
	add("known_at", e.KnownAt.In(zone).Format(time.DateTime))
	add("position", e.Position)
	add("hash", e.Hash)
	if e.InstructedOn.Given() {
		add("instruction", e.Instruction)
		add("instruction_text", e.InstructionText)
		add("instructed_on", e.InstructedOn)
	}
	return t
}

// compared has the headline on both days, by the same definitions.
func (e *Edition) compared() *sheet.Table {
	t := table("headline", "figure", "unit", "then", "now", "difference", "definition", "code")
	t.Columns[2].Chinese, t.Columns[3].Chinese = e.Figures.Since.String(), e.Figures.On.String()
	for _, one := range headline {
		then, now := one.of(&e.Figures.Then), one.of(&e.Figures.Now)
		t.Rows = append(t.Rows, []any{
			both("figure_" + one.name), unit(one.kind), then, now, difference(then, now), both("figure_" + one.name + "_is"), one.name,
		})
	}
	return t
}

// definitions say of each figure what it counts, and what holds for all.
func definitions() *sheet.Table {
	t := table("definitions", "figure", "definition", "code")
	for _, one := range headline {
		t.Rows = append(t.Rows, []any{both("figure_" + one.name), both("figure_" + one.name + "_is"), one.name})
	}
	for _, rule := range []string{"day", "rank", "left_out", "then", "frozen"} {
		t.Rows = append(t.Rows, []any{both("holds_" + rule), both("holds_" + rule + "_is"), nil})
	}
	return t
}

func moved(f *figures.Figures) *sheet.Table {
	t := table("movements", "what", "then", "in", "out", "net", "standing")
	for _, m := range []struct {
		name string
		of   figures.Movement
	}{{"standing_tasks", f.Tasks}, {"plaques", f.Plaques}, {"burdens", f.Burdens}} {
		t.Rows = append(t.Rows, append([]any{both("figure_" + m.name)}, movement(m.of)...))
	}
	return t
}

func movement(m figures.Movement) []any {
	return []any{int64(m.Then), int64(m.In), int64(m.Out), int64(m.Net), int64(m.Now)}
}

// coverageColumns are what coverage cells are under, now or then.
func coverageColumns(at string) (columns []string) {
	for _, c := range []string{"coverage_due", "due_covered", "due", "coverage", "allocated", "entitlement", "counted"} {
		columns = append(columns, at+c)
	}
	return columns
}

func coverage(c *figures.Coverage) []any {
	return []any{shareOf(c.CoverageDueBP), c.DueCovered, c.Due, shareOf(c.CoverageBP), c.Allocated, c.Entitlement, int64(c.Tasks)}
}

func departmentSheet(all []figures.Department) *sheet.Table {
	columns := slices.Concat([]string{"rank", "name"}, coverageColumns(""), []string{"left_out_tasks", "owes"}, coverageColumns("then_"))
	for _, of := range []string{"tasks", "plaques", "burdens"} {
		for _, at := range []string{"then", "in", "out", "net", "now"} {
			columns = append(columns, of+"_"+at)
		}
	}
	t := table("departments", append(columns, "code")...)
	for i := range all {
		d := &all[i]
		rank := any(nil)
		if d.Rank != nil {
			rank = int64(*d.Rank)
		}
		t.Rows = append(t.Rows, slices.Concat(
			[]any{rank, named(d.Name, d.Code)}, coverage(&d.Now), []any{tasksOf(d.LeftOut), d.Owes}, coverage(&d.Then),
			movement(d.Tasks), movement(d.Plaques), movement(d.Burdens), []any{d.Code}))
	}
	return t
}

func streetSheet(all []figures.Street) *sheet.Table {
	t := table("streets", slices.Concat([]string{"name", "communities"}, coverageColumns(""), []string{"left_out_tasks"}, coverageColumns("then_"), []string{"code"})...)
	for i := range all {
		s := &all[i]
		t.Rows = append(t.Rows, slices.Concat(
			[]any{named(s.Name, s.Code), int64(s.Communities)}, coverage(&s.Now), []any{tasksOf(s.LeftOut)}, coverage(&s.Then), []any{s.Code}))
	}
	return t
}

func named(name, code string) string {
	if name == "" {
		return code
	}
	return name
}

func tasksOf(left []figures.LeftOut) (n int64) {
	for i := range left {
		n += int64(left[i].Tasks)
	}
	return n
}

// leftOut has what the shares do not count: of the county, then by department and street.
func (e *Edition) leftOut() *sheet.Table {
	t := table("left_out", "of", "why", "item_name", "tasks", "amount", "of_code", "why_code", "item")
	add := func(of any, code string, left []figures.LeftOut) {
		for i := range left {
			l := &left[i]
			tasks := any(nil)
			if l.Amount == nil {
				tasks = int64(l.Tasks)
			}
			t.Rows = append(t.Rows, []any{of, e.Why(l.Why), named(l.Name, l.Item), tasks, yuan(l.Amount), code, l.Why, l.Item})
		}
	}
	add(both("whole_county"), "", e.Figures.LeftOut)
	for i := range e.Figures.Departments {
		d := &e.Figures.Departments[i]
		add(named(d.Name, d.Code), d.Code, d.LeftOut)
	}
	for i := range e.Figures.Streets {
		s := &e.Figures.Streets[i]
		add(named(s.Name, s.Code), s.Code, s.LeftOut)
	}
	return t
}

// ages has the mandates by how long they are overdue, and at last all of them.
func ages(u *figures.Unfunded) *sheet.Table {
	t := table("unfunded", "age", "tasks", "without", "with_part", "amount", "from_days", "to_days")
	without, part := 0, 0
	for i := range u.Bands {
		b := &u.Bands[i]
		name, to := both("age_from", "from", strconv.Itoa(b.From)), any(nil)
		if b.To != nil {
			name, to = both("age_between", "from", strconv.Itoa(b.From), "to", strconv.Itoa(*b.To)), int64(*b.To)
		}
		t.Rows = append(t.Rows, []any{name, int64(b.Tasks), int64(b.Unfunded), int64(b.Underfunded), b.Amount, int64(b.From), to})
		without, part = without+b.Unfunded, part+b.Underfunded
	}
	t.Rows = append(t.Rows, []any{both("in_all"), int64(u.Tasks), int64(without), int64(part), u.Amount, nil, nil})
	return t
}

func payers(u *figures.Unfunded) *sheet.Table {
	t := table("debtors", "name", "tasks", "amount", "days_most", "code")
	for _, p := range u.Payers {
		t.Rows = append(t.Rows, []any{named(p.Name, p.Code), int64(p.Tasks), p.Amount, int64(p.Days), p.Code})
	}
	return t
}

func longest(f *figures.Figures) *sheet.Table {
	names := map[string]string{}
	for i := range f.Departments {
		names[f.Departments[i].Code] = f.Departments[i].Name
	}
	t := table("longest", "task", "item_name", "department_name", "community_name", "amount", "days", "item", "department", "community")
	for _, m := range f.Unfunded.Longest {
		t.Rows = append(t.Rows, []any{
			m.Task, named(m.Name, m.Item), named(names[m.Department], m.Department), named(m.Place, m.Community), m.Amount, int64(m.Days),
			m.Item, m.Department, m.Community,
		})
	}
	return t
}

func stuck(all []figures.Holder) *sheet.Table {
	t := table("stuck", "holder", "held", "retained", "vouchers", "late_since", "days", "code")
	for _, h := range all {
		since := civil.Date(0)
		if h.Since != nil {
			since = *h.Since
		}
		t.Rows = append(t.Rows, []any{named(h.Name, h.Code), h.Held, h.Retained, int64(h.Vouchers), since, int64(h.Days), h.Code})
	}
	return t
}

func trend(points []figures.Headline) *sheet.Table {
	t := table("trend", "on")
	for _, one := range headline {
		t.Columns = append(t.Columns, one.column())
	}
	for i := range points {
		row := []any{points[i].On}
		for _, one := range headline {
			row = append(row, one.of(&points[i]))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// corrected has what the last edition said, and what is known now of the same day.
func (e *Edition) corrected() *sheet.Table {
	c := e.Corrections
	t := table("corrected", "figure", "unit", "printed", "known_now", "difference", "code")
	for _, one := range headline {
		printed, now := one.of(&c.Printed), one.of(&c.Now)
		t.Rows = append(t.Rows, []any{both("figure_" + one.name), unit(one.kind), printed, now, difference(printed, now), one.name})
	}
	t.Rows = append(t.Rows, []any{both("corrects"), nil, named(c.Document, c.Report), nil, nil, nil})
	return t
}

// corrections has what was recorded since that changed it, and at last the others'.
func (e *Edition) corrections() *sheet.Table {
	t := table("corrections", "first", "last", "recorded_at", "events", "streams")
	for _, one := range headline {
		if one.adds {
			t.Columns = append(t.Columns, one.column())
		}
	}
	for i := range e.Corrections.Requests {
		c := &e.Corrections.Requests[i]
		t.Rows = append(t.Rows, append([]any{c.First, c.Last, c.RecordedAt, e.events(c), strings.Join(c.Streams, "; ")}, differences(&c.Difference)...))
	}
	t.Rows = append(t.Rows, append([]any{nil, nil, nil, both("others"), nil}, differences(&e.Corrections.Others.Difference)...))
	return t
}

func differences(c *figures.Counts) (cells []any) {
	of := figures.Headline{Counts: *c}
	for _, one := range headline {
		if one.adds {
			cells = append(cells, one.of(&of))
		}
	}
	return cells
}

// events says which a request recorded, and how many of each.
func (e *Edition) events(c *figures.Correction) sheet.Name {
	var english, chinese []string
	for _, event := range slices.Sorted(maps.Keys(c.Events)) {
		n, name := strconv.Itoa(c.Events[event]), e.Event(event)
		english, chinese = append(english, name.English+" × "+n), append(chinese, name.Chinese+" × "+n)
	}
	return sheet.Name{English: strings.Join(english, "; "), Chinese: strings.Join(chinese, "；")}
}

// difference is what there is more, or less; of shares, in points of a percentage. Of
// what was not known there is none.
func difference(then, now any) any {
	switch now := now.(type) {
	case int64:
		return now - then.(int64)
	case money.Fen:
		return now.Minus(then.(money.Fen))
	case sheet.Share:
		if then, known := then.(sheet.Share); known {
			return now - then
		}
	}
	return nil
}
