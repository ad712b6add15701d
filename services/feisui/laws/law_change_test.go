package laws_test

import (
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"feisui/pkg/civil"
	"feisui/services/ledger"
	"feisui/services/ledger/naive"
	"feisui/services/ledger/reconcile"
)

// TestWhatStandsCameAndDidNotGo holds when, between any two dates, what stood
// and came in and did not go out is what stands, in all and by department; when
// both ends are what the statements of the two dates say; and when nothing
// stood before the first fact.
func TestWhatStandsCameAndDidNotGo(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	rapid.Check(t, func(t *rapid.T) {
		book := naive.DrawBook(t)
		c := &comparison{t: t, book: book, actual: e.read(t, book)}
		for range datesPerBook {
			one, other := day(t, book.DrawOn(t)), day(t, book.DrawOn(t))
			if one != other {
				c.compare(min(one, other), max(one, other))
			}
		}
		if all := days(book); len(all) > 0 {
			before := all[0] - 1
			change := c.compare(before, all[len(all)-1])
			c.same("before every fact", change.Then, reconcile.Totals{Flags: map[reconcile.FlagRule]int{}})
			c.same("before every fact", []int{change.Tasks.Then, change.Plaques.Then, change.Burdens.Then}, []int{0, 0, 0})
		}
	})
}

// comparison looks at a book on two dates.
type comparison struct {
	t         *rapid.T
	book      naive.Book
	actual    *ledger.Book
	since, on civil.Date
}

// compare gives the change between two dates, once it agrees with what the
// statements of both dates and the rows say.
func (c *comparison) compare(since, on civil.Date) *reconcile.Change {
	c.t.Helper()
	c.since, c.on = since, on
	county, err := c.actual.Compare(civil.China(), since, on)
	must(c.t, err)
	change := county.Change
	county.Change = nil
	then, now := c.county(since), c.county(on)
	c.same("the statement compared", county, now)
	c.same("the totals compared with", change.Then, then.Totals)
	c.same("since", change.Since, since)
	c.sums(change)
	c.ends(change, standing(c.book, &then), standing(c.book, &now))
	return change
}

func (c *comparison) county(on civil.Date) reconcile.CountyStatement {
	c.t.Helper()
	county, err := c.actual.County(civil.China(), on)
	must(c.t, err)
	return county
}

// sums adds up the departments, which come by code.
func (c *comparison) sums(change *reconcile.Change) {
	c.t.Helper()
	var all reconcile.DepartmentChange
	var codes []string
	for _, d := range change.Departments {
		codes = append(codes, d.Code)
		all.Tasks, all.Plaques, all.Burdens = plus(all.Tasks, d.Tasks), plus(all.Plaques, d.Plaques), plus(all.Burdens, d.Burdens)
	}
	c.same("departments by code, each once", codes, slices.Compact(slices.Sorted(slices.Values(codes))))
	c.same("tasks of all departments", change.Tasks, all.Tasks)
	c.same("plaques of all departments", change.Plaques, all.Plaques)
	c.same("burdens of all departments", change.Burdens, all.Burdens)
}

func plus(f, g reconcile.Flow) reconcile.Flow {
	return reconcile.Flow{Then: f.Then + g.Then, In: f.In + g.In, Out: f.Out + g.Out, Now: f.Now + g.Now}
}

// ends compares every department's change with what stood and what stands. A
// plaque or burden comes once, so that In is known too; a task may come again.
func (c *comparison) ends(change *reconcile.Change, then, now map[string]counts) {
	c.t.Helper()
	told := map[string]reconcile.DepartmentChange{}
	for _, d := range change.Departments {
		told[d.Code] = d
	}
	departments := maps.Clone(then)
	maps.Copy(departments, now)
	for code := range told {
		departments[code] = counts{}
	}
	for _, code := range slices.Sorted(maps.Keys(departments)) {
		d := told[code] // nothing to tell where there is none
		c.flow(code+" tasks", d.Tasks, then[code].tasks, now[code].tasks)
		c.flow(code+" plaques", d.Plaques, then[code].plaques, now[code].plaques)
		c.flow(code+" burdens", d.Burdens, then[code].burdens, now[code].burdens)
		c.same(code+" plaques hung", d.Plaques.In, c.begun("plaques", "hung_on", code))
		c.same(code+" burdens begun", d.Burdens.In, c.begun("burdens", "from", code))
		if issued := c.begun("tasks", "issued_on", code); d.Tasks.In < issued {
			c.t.Fatalf("%s from %s to %s: %s: %d tasks issued: %+v", mismatch, c.since, c.on, code, issued, d.Tasks)
		}
	}
}

// flow holds a change against its two ends.
func (c *comparison) flow(what string, f reconcile.Flow, then, now int) {
	c.t.Helper()
	c.same(what, []int{f.Then, f.Now, f.In - f.Out}, []int{then, now, now - then})
	c.same(what+" never less than nothing", min(f.In, f.Out) >= 0, true)
}

// begun counts a department's rows that begin between the dates.
func (c *comparison) begun(sheet, column, department string) (n int) {
	for _, row := range c.book.Sheets[sheet] {
		if row["department"] == department && row[column] > c.since.String() && row[column] <= c.on.String() {
			n++
		}
	}
	return n
}

// same compares what the two sides show as JSON.
func (c *comparison) same(what string, got, want any) {
	c.t.Helper()
	if g, w := text(got), text(want); g != w {
		c.t.Fatalf("%s from %s to %s: %s: got, want\n%s\n%s", mismatch, c.since, c.on, what, g, w)
	}
}

// counts are how many of a department's tasks, plaques and burdens stand.
type counts struct{ tasks, plaques, burdens int }

// standing counts by department what stands: tasks as the statement has them,
// plaques and burdens, of which it has only the sums, from the rows.
func standing(book naive.Book, county *reconcile.CountyStatement) map[string]counts {
	by := map[string]counts{}
	add := func(department string, n counts) {
		m := by[department]
		by[department] = counts{m.tasks + n.tasks, m.plaques + n.plaques, m.burdens + n.burdens}
	}
	for i := range county.Communities {
		for department, n := range county.Communities[i].Tally.TasksByDepartment {
			add(department, counts{tasks: n})
		}
	}
	on := county.On.String()
	for _, p := range book.Sheets["plaques"] {
		if stands(p["hung_on"], p["removed_on"], on) {
			add(p["department"], counts{plaques: 1})
		}
	}
	for _, b := range book.Sheets["burdens"] {
		if b["from"] <= on && (b["to"] == "" || b["to"] >= on) {
			add(b["department"], counts{burdens: 1})
		}
	}
	return by
}
