package reconcile

import (
	"cmp"
	"slices"

	"feisui/pkg/civil"
)

// Change says what happened between two dates, with the same definitions on
// both: what came in after since, up to and on the later date, what went out,
// and what stands.
type Change struct {
	Since       civil.Date         `json:"since"`
	Tasks       Flow               `json:"tasks"`
	Plaques     Flow               `json:"plaques"`
	Burdens     Flow               `json:"burdens"`
	Then        Totals             `json:"then"`
	Departments []DepartmentChange `json:"departments"` // by code; those with something to tell
}

// Flow is a count of things that stand. Always: Then + In − Out = Now.
type Flow struct {
	Then int `json:"then"`
	In   int `json:"in"`
	Out  int `json:"out"`
	Now  int `json:"now"`
}

// DepartmentChange is what one department laid on communities, and took away.
type DepartmentChange struct {
	Code    string `json:"code"`
	Tasks   Flow   `json:"tasks"`
	Plaques Flow   `json:"plaques"`
	Burdens Flow   `json:"burdens"`
}

// Changes gathers what changed, community by community.
type Changes struct {
	then, now   *today
	departments map[string]*DepartmentChange
}

// NewChanges begins a comparison of two dates.
func NewChanges(since, on civil.Date) *Changes {
	return &Changes{then: &today{on: since}, now: &today{on: on}, departments: map[string]*DepartmentChange{}}
}

// Add counts one community. then and now are its statements on the two dates.
func (c *Changes) Add(a *Account, then, now *Statement) {
	stood := map[string]bool{}
	for i := range then.Tasks {
		stood[then.Tasks[i].No] = then.Tasks[i].State.Standing()
	}
	for i := range now.Tasks {
		t := &now.Tasks[i]
		came := a.Tasks[t.No].IssuedOn > c.then.on
		c.of(t.Department).Tasks.count(stood[t.No], t.State.Standing(), came)
	}
	for _, p := range a.Plaques {
		c.of(p.Department).Plaques.count(p.standing(c.then), p.standing(c.now), c.between(p.HungOn))
	}
	for _, b := range a.Burdens {
		c.of(b.Department).Burdens.count(b.standing(c.then), b.standing(c.now), c.between(b.From))
	}
}

// between reports whether something of a day came between the dates.
func (c *Changes) between(d civil.Date) bool { return d > c.then.on && d <= c.now.on }

func (c *Changes) of(department string) *DepartmentChange {
	d := c.departments[department]
	if d == nil {
		d = &DepartmentChange{Code: department}
		c.departments[department] = d
	}
	return d
}

// count takes up one thing. What came and ended between the dates came in and
// went out; what stood on neither date and did not come between them is no
// part of the change. A task that stands again, because a rejection was
// answered by an acceptance, comes in again.
func (f *Flow) count(stood, stands, came bool) {
	if stood {
		f.Then++
	}
	if stands {
		f.Now++
	}
	if came || stands && !stood {
		f.In++
	}
	if !stands && (stood || came) {
		f.Out++
	}
}

func (f *Flow) add(g Flow) {
	f.Then, f.In, f.Out, f.Now = f.Then+g.Then, f.In+g.In, f.Out+g.Out, f.Now+g.Now
}

// Change gives what was gathered, with the totals of the earlier date.
func (c *Changes) Change(then Totals) *Change {
	change := &Change{Since: c.then.on, Then: then, Departments: []DepartmentChange{}}
	for _, d := range c.departments {
		if d.Tasks == (Flow{}) && d.Plaques == (Flow{}) && d.Burdens == (Flow{}) {
			continue
		}
		change.Tasks.add(d.Tasks)
		change.Plaques.add(d.Plaques)
		change.Burdens.add(d.Burdens)
		change.Departments = append(change.Departments, *d)
	}
	slices.SortFunc(change.Departments, func(a, b DepartmentChange) int { return cmp.Compare(a.Code, b.Code) })
	return change
}
