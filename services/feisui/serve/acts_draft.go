package serve

import (
	"errors"

	"feisui/pkg/money"
	"feisui/services/feisui/act"
)

// Foreseen is what a draft would come to if it was issued now.
type Foreseen struct {
	Entitlement *money.Fen      `json:"entitlement,omitempty" doc:"各任务应配经费合计，分；有不能确定的则不填 (the sum over all tasks, in fen; absent where one is undetermined)"`
	Tasks       []ActedInstance `json:"tasks" doc:"各任务 (its tasks)"`
	WhyNot      []Words         `json:"why_not,omitempty" doc:"现在不能签发的原因 (why it could not be issued now)"`
}

// foreseenOf says what a draft would come to, nil of what is none. What is wrong with it
// is said, and no failure: who writes it mends it.
func foreseenOf(c *act.County, s *act.Seen) (*Foreseen, error) {
	d, err := c.Foreseen(s)
	switch {
	case err != nil:
		why, err := whyNot(err)
		return &Foreseen{Tasks: []ActedInstance{}, WhyNot: why}, err
	case d == nil:
		return nil, nil //nolint:nilnil // it is no draft
	}
	a := actedOf(d)
	return &Foreseen{Entitlement: a.Entitlement, Tasks: a.Instances}, nil
}

// whyNot is why something is refused; of an error that refuses nothing, the error.
func whyNot(err error) ([]Words, error) {
	var faults *act.Faults
	if errors.As(err, &faults) {
		why := make([]Words, len(faults.List))
		for i, f := range faults.List {
			why[i] = Words{f.Chinese, f.English}
		}
		return why, nil
	}
	if p := unacted(err); p != nil {
		return []Words{{p.Title, p.Detail}}, nil
	}
	return nil, err
}
