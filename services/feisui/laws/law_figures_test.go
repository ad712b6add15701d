package laws_test

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/pkg/workbook"
	"feisui/schemas"
	"feisui/services/feisui/record"
	"feisui/services/ledger"
	"feisui/services/ledger/figures"
	"feisui/services/ledger/naive"
	"feisui/services/ledger/reconcile"
)

// TestTheFiguresOfAReportAreTheStatements holds when each figure of a report is what
// the statements of its days add up to, and when a department's rank is one more than
// the number of those that do better.
func TestTheFiguresOfAReportAreTheStatements(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	rapid.Check(t, func(t *rapid.T) {
		drawn := naive.DrawBook(t)
		book := e.read(t, drawn)
		one, other := day(t, drawn.DrawOn(t)), day(t, drawn.DrawOn(t))
		if one != other {
			reported(t, book, min(one, other), max(one, other))
		}
		if all := days(drawn); len(all) > 0 {
			last := all[len(all)-1]
			reported(t, book, last-rapid.SampledFrom([]civil.Date{1, 91, 800}).Draw(t, "days"), last+rapid.SampledFrom([]civil.Date{0, 30, 90, 400}).Draw(t, "later"))
		}
	})
}

// TestTheFiguresOfWorkedCases is the same of the cases that were worked out by hand.
func TestTheFiguresOfWorkedCases(t *testing.T) {
	t.Parallel()
	cases, err := filepath.Glob(filepath.Join("..", "testdata", "cases", "*", "on"))
	must(t, err)
	if len(cases) < 20 {
		t.Fatalf("%d cases", len(cases))
	}
	overdue := 0
	for _, file := range cases {
		text, err := os.ReadFile(file)
		must(t, err)
		on := day(t, strings.TrimSpace(string(text)))
		book := folded(t, filepath.Join(filepath.Dir(file), "book"))
		for _, since := range []civil.Date{on - 1, on - 200, on - 1500} {
			overdue += reported(t, book, since, on).Unfunded.Tasks
		}
	}
	if overdue == 0 {
		t.Error("nothing is overdue in any case: they show nothing")
	}
}

// folded gives the ledger's book of a folder of sheets.
func folded(t *testing.T, folder string) *ledger.Book {
	t.Helper()
	in, err := workbook.Open(folder, record.Layout)
	must(t, err)
	j := newJournal()
	_, err = record.Import(in, j, uuid.New())
	must(t, err)
	must(t, in.Close())
	return fold(t, j)
}

// tally is a report held against the statements of its days.
type tally struct {
	t         rapid.TB
	f         *figures.Figures
	then, now reconcile.CountyStatement
}

func reported(t rapid.TB, book *ledger.Book, since, on civil.Date) *figures.Figures {
	t.Helper()
	f, err := figures.Of(book, civil.China(), since, on)
	must(t, err)
	a := &tally{t: t, f: f}
	a.then, err = book.County(civil.China(), since)
	must(t, err)
	a.now, err = book.Compare(civil.China(), since, on)
	must(t, err)
	a.headline("then", &f.Then, &a.then)
	a.headline("now", &f.Now, &a.now)
	a.flows()
	a.sides()
	a.ranks()
	a.overdue()
	a.holders()
	a.trend(book)
	return f
}

func (a *tally) same(what string, got, want any) {
	a.t.Helper()
	if g, w := text(got), text(want); g != w {
		a.t.Fatalf("%s from %s to %s: %s: got, want\n%s\n%s", mismatch, a.f.Since, a.f.On, what, g, w)
	}
}

// headline compares with the totals, and with sums that totals do not have.
func (a *tally) headline(what string, h *figures.Headline, s *reconcile.CountyStatement) {
	a.t.Helper()
	t := &s.Totals
	a.same(what, []any{
		h.On, h.Communities, h.Tasks, h.StandingTasks, h.Undetermined, h.Unfunded, h.Underfunded, h.Unadmitted, h.Entitlement, h.Allocated,
		h.Shortfall, h.Due, h.OverdueShortfall, h.DueCovered, h.CoverageBP, h.CoverageDueBP,
	}, []any{
		s.On, len(s.Communities), t.Tasks, t.StandingTasks, t.Undetermined, t.Unfunded, t.Underfunded, t.Flags[reconcile.Unadmitted], t.Entitlement,
		t.Allocated, t.Shortfall, t.Due, t.OverdueShortfall, t.Due - t.OverdueShortfall, t.CoverageBP, t.CoverageDueBP,
	})
	var confirmed, surplus, general, transit, held, retained money.Fen
	flags := 0
	for i := range s.Communities {
		y := &s.Communities[i].Tally
		confirmed, surplus, general, transit = confirmed+y.Confirmed, surplus+y.Surplus, general+y.General, transit+y.InTransit
	}
	for i := range s.Holders {
		held, retained = held+s.Holders[i].Held, retained+s.Holders[i].Retained
	}
	for _, n := range t.Flags {
		flags += n
	}
	a.same(what+": money and flags", []any{h.Confirmed, h.Surplus, h.General, h.InTransit, h.Held, h.Retained, h.Red + h.Yellow + h.Blue},
		[]any{confirmed, surplus, general, transit, held, retained, flags})
}

// flows compares with the change, and with the ends.
func (a *tally) flows() {
	a.t.Helper()
	c := a.now.Change
	for what, flow := range map[string][2]any{
		"tasks":   {a.f.Tasks, figures.Movement{Then: c.Tasks.Then, In: c.Tasks.In, Out: c.Tasks.Out, Net: c.Tasks.Now - c.Tasks.Then, Now: c.Tasks.Now}},
		"plaques": {a.f.Plaques, figures.Movement{Then: c.Plaques.Then, In: c.Plaques.In, Out: c.Plaques.Out, Net: c.Plaques.Now - c.Plaques.Then, Now: c.Plaques.Now}},
		"burdens": {a.f.Burdens, figures.Movement{Then: c.Burdens.Then, In: c.Burdens.In, Out: c.Burdens.Out, Net: c.Burdens.Now - c.Burdens.Then, Now: c.Burdens.Now}},
	} {
		a.same(what, flow[0], flow[1])
	}
	a.same("what stands", []int{a.f.Tasks.Now, a.f.Plaques.Now, a.f.Burdens.Now}, []int{a.f.Now.StandingTasks, a.f.Now.Plaques, a.f.Now.Burdens})
	a.same("what stood", []int{a.f.Tasks.Then, a.f.Plaques.Then, a.f.Burdens.Then}, []int{a.f.Then.StandingTasks, a.f.Then.Plaques, a.f.Then.Burdens})
}

// sides adds departments up, and streets; what is left out and what is counted are
// all tasks.
func (a *tally) sides() {
	a.t.Helper()
	type sum struct {
		Entitlement, Allocated, Due, Covered money.Fen
		Tasks, Left                          int
	}
	add := func(s *sum, c *figures.Coverage, left []figures.LeftOut) {
		s.Entitlement, s.Allocated, s.Due, s.Covered = s.Entitlement+c.Entitlement, s.Allocated+c.Allocated, s.Due+c.Due, s.Covered+c.DueCovered
		s.Tasks += c.Tasks
		for _, l := range left {
			s.Left += l.Tasks
		}
	}
	var departments, streets, then, thenStreets, all sum
	var owes money.Fen
	communities := 0
	for i := range a.f.Departments {
		d := &a.f.Departments[i]
		add(&departments, &d.Now, d.LeftOut)
		add(&then, &d.Then, nil)
		owes += d.Owes
	}
	for i := range a.f.Streets {
		s := &a.f.Streets[i]
		add(&streets, &s.Now, s.LeftOut)
		add(&thenStreets, &s.Then, nil)
		communities += s.Communities
	}
	free := 0
	for i := range a.now.Communities {
		for _, t := range a.now.Communities[i].Tasks {
			if t.Status == reconcile.Undetermined || t.Status == reconcile.Void || t.Status == reconcile.NoFee {
				free++
			}
		}
	}
	n := &a.f.Now
	want := sum{n.Entitlement, n.Allocated, n.Due, n.DueCovered, n.Tasks - free, free}
	add(&all, &figures.Coverage{}, a.f.LeftOut)
	a.same("departments add up", departments, want)
	a.same("streets add up", streets, want)
	a.same("departments and streets then", then, thenStreets)
	a.same("what was covered then", []money.Fen{then.Entitlement, then.Due, then.Covered}, []money.Fen{a.f.Then.Entitlement, a.f.Then.Due, a.f.Then.DueCovered})
	a.same("what is left out", all.Left, free)
	a.same("what payers owe", owes, n.OverdueShortfall)
	a.same("communities", communities, n.Communities)
	a.same("streets by code", slices.IsSortedFunc(a.f.Streets, func(x, y figures.Street) int { return cmp.Compare(x.Code, y.Code) }), true)
}

// ranks look that a department's rank is one more than how many do better.
func (a *tally) ranks() {
	a.t.Helper()
	for i, d := range a.f.Departments {
		if d.Now.CoverageDueBP == nil {
			a.same(d.Code+" has nothing due", d.Rank, nil)
			a.same(d.Code+" is last", a.f.Departments[len(a.f.Departments)-1].Rank, nil)
			continue
		}
		better := 0
		for _, other := range a.f.Departments {
			if other.Now.CoverageDueBP != nil && *other.Now.CoverageDueBP > *d.Now.CoverageDueBP {
				better++
			}
		}
		a.same(d.Code+"'s rank", d.Rank, better+1)
		a.same(d.Code+"'s place", i >= better, true)
	}
}

// overdue adds up the bands and the payers, and looks into which band each task
// belongs.
func (a *tally) overdue() {
	a.t.Helper()
	u := &a.f.Unfunded
	bands := make([]int, len(u.Bands))
	var amount money.Fen
	for i := range a.now.Communities {
		for _, t := range a.now.Communities[i].Tasks {
			days := 0
			for _, o := range t.Overdue {
				days = max(days, int(a.f.On-o.DueEnd))
			}
			if days == 0 {
				continue
			}
			for j, b := range u.Bands {
				if days >= b.From && (b.To == nil || days <= *b.To) {
					bands[j]++
				}
			}
		}
	}
	tasks := 0
	for j, b := range u.Bands {
		a.same(fmt.Sprint("band from ", b.From), []int{b.Tasks, b.Unfunded + b.Underfunded}, []int{bands[j], bands[j]})
		tasks, amount = tasks+b.Tasks, amount+b.Amount
	}
	var payers money.Fen
	for _, p := range u.Payers {
		payers += p.Amount
	}
	n := &a.f.Now
	a.same("unfunded tasks", []int{u.Tasks, tasks}, []int{n.Unfunded + n.Underfunded, n.Unfunded + n.Underfunded})
	a.same("unfunded amounts", []money.Fen{u.Amount, amount, payers}, []money.Fen{n.OverdueShortfall, n.OverdueShortfall, n.OverdueShortfall})
}

func (a *tally) holders() {
	a.t.Helper()
	first, vouchers := map[string]civil.Date{}, map[string]int{}
	look := func(flags []reconcile.Flag) {
		for _, f := range flags {
			if f.Rule != reconcile.Retained {
				continue
			}
			vouchers[f.Responsible]++
			if first[f.Responsible] == 0 || f.Since < first[f.Responsible] {
				first[f.Responsible] = f.Since
			}
		}
	}
	for i := range a.now.Communities {
		look(a.now.Communities[i].Flags)
	}
	for i := range a.now.Holders {
		look(a.now.Holders[i].Flags)
	}
	var held, retained money.Fen
	for _, h := range a.f.Stuck {
		held, retained = held+h.Held, retained+h.Retained
		var since, days any
		days = 0
		if on := first[h.Code]; on != 0 {
			since, days = on, int(a.f.On-on)+1
		}
		a.same(h.Code+" holds", []any{h.Vouchers, h.Since, h.Days}, []any{vouchers[h.Code], since, days})
	}
	a.same("what is stuck", []money.Fen{held, retained}, []money.Fen{a.f.Now.Held, a.f.Now.Retained})
}

// trend looks that each point is a statement of its day, and which days they are.
func (a *tally) trend(book *ledger.Book) {
	a.t.Helper()
	points := a.f.Trend
	a.same("the ends of the trend", []any{points[0], points[len(points)-1]}, []any{a.f.Then, a.f.Now})
	a.same("at most twelve points after the first", len(points) <= 13, true)
	for i := range points {
		if i == 0 || i == len(points)-1 {
			continue
		}
		s, err := book.County(civil.China(), points[i].On)
		must(a.t, err)
		a.headline("the trend", &points[i], &s)
		a.same("a month's end, in order", []any{strings.HasSuffix((points[i].On + 1).String(), "-01"), points[i].On > points[i-1].On, points[i].On < a.f.On}, []any{true, true, true})
	}
}

// TestWhatDoesNotReachADayChangesNothingOfIt holds when a fact of which it is said
// that it does not reach a day leaves that day's statement as it is. Tasks are left
// out: money of an earlier day may name one.
func TestWhatDoesNotReachADayChangesNothingOfIt(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	rapid.Check(t, func(t *rapid.T) {
		drawn := naive.DrawBook(t)
		j := newJournal()
		e.record(t, drawn, j)
		e.correct(t, j, drawn)
		on := day(t, drawn.DrawOn(t))
		book := ledger.NewBook()
		before := ""
		for entry := range j.After(0) {
			must(t, book.Apply(entry.Event))
			content, err := answer(book, on)
			must(t, err)
			_, task := entry.Event.(schemas.TaskAssigned)
			if !task && !ledger.Reaches(entry.Event, on) && string(content) != before {
				t.Fatalf("%s %s changes %s: %+v\n%s\n%s", mismatch, entry.Event.Type(), on, entry.Event, before, content)
			}
			before = string(content)
		}
	})
}

// TestCorrectionsAddUpToTheDifference holds when what an edition said is what was
// known of its day then, what is said now is what is known now, and the difference is
// what requests changed, each in its turn: nothing is left over but what tasks of
// later days changed.
func TestCorrectionsAddUpToTheDifference(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	rapid.Check(t, func(t *rapid.T) {
		drawn := naive.DrawBook(t)
		j := newJournal()
		e.record(t, drawn, j)
		known := entries(j)
		e.correct(t, j, drawn)
		on := day(t, drawn.DrawOn(t))
		book, accounts := ledger.NewBook(), ledger.NewAccounts()
		var c *figures.Corrector
		n, late := 0, false
		for entry := range j.After(0) {
			named := accounts.Of(entry.Event)
			if n++; n > known {
				if c == nil {
					var err error
					c, err = figures.NewCorrector(book, civil.China(), schemas.ReportBefore{Report: "1", AsOf: on, Position: int64(known)})
					must(t, err)
				}
				_, task := entry.Event.(schemas.TaskAssigned)
				late = late || task
				must(t, c.Next(&figures.Entry{
					Position: int64(n), Event: entry.Event, Accounts: named, Request: fmt.Sprint(n / 3),
				}))
			}
			must(t, book.Apply(entry.Event))
		}
		if c == nil {
			return // nothing was corrected
		}
		got, err := c.Corrections()
		must(t, err)
		now, err := figures.Of(book, civil.China(), on-1, on)
		must(t, err)
		then, err := figures.Of(foldTo(t, j, known), civil.China(), on-1, on)
		must(t, err)
		if text(got.Printed) != text(then.Now) || text(got.Now) != text(now.Now) {
			t.Fatalf("%s printed %s\nnow %s\nrather than %s\nand %s", mismatch, text(got.Printed), text(got.Now), text(then.Now), text(now.Now))
		}
		if !late && got.Others.Difference != (figures.Counts{}) {
			t.Fatalf("%s what no request changed: %s", mismatch, text(got))
		}
		if len(got.Requests) == 0 && !late && got.Difference != (figures.Counts{}) {
			t.Fatalf("%s nobody changed %s", mismatch, text(got.Difference))
		}
	})
}
