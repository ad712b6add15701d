package reconcile

import "feisui/pkg/civil"

// CountyStatement is the answer for a whole county.
type CountyStatement struct {
	On          civil.Date        `json:"on"`
	Communities []Statement       `json:"communities"` // by code
	Holders     []HolderStatement `json:"holders"`     // by code
	Totals      Totals            `json:"totals"`
	Change      *Change           `json:"change,omitempty"` // when compared with an earlier date
}

// Totals add up a county.
type Totals struct {
	Tasks         int `json:"tasks"`
	StandingTasks int `json:"standing_tasks"`
	Sums
	Undetermined  int              `json:"undetermined"`
	Unfunded      int              `json:"unfunded"`    // tasks
	Underfunded   int              `json:"underfunded"` // tasks
	Flags         map[FlagRule]int `json:"flags"`       // without zeros
	CoverageBP    *int64           `json:"coverage_bp"`
	CoverageDueBP *int64           `json:"coverage_due_bp"`
}

// Total adds up the statements of a county.
func Total(communities []Statement, holders []HolderStatement) Totals {
	t := Totals{Flags: map[FlagRule]int{}}
	for i := range communities {
		t.count(&communities[i])
	}
	for i := range holders {
		t.countFlags(holders[i].Flags)
	}
	t.CoverageBP, t.CoverageDueBP = t.Coverage()
	return t
}

func (t *Totals) count(s *Statement) {
	t.Tasks += len(s.Tasks)
	t.StandingTasks += s.Tally.StandingTasks
	t.Sums.add(s.Tally.Sums)
	t.Undetermined += s.Tally.Undetermined
	for i := range s.Tasks {
		switch s.Tasks[i].Status {
		case Unfunded:
			t.Unfunded++
		case Underfunded:
			t.Underfunded++
		}
	}
	t.countFlags(s.Flags)
}

func (t *Totals) countFlags(flags []Flag) {
	for _, f := range flags {
		t.Flags[f.Rule]++
	}
}
