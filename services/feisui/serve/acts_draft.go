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
	if why := whyNot(err); why != nil {
		return &Foreseen{Tasks: []ActedInstance{}, WhyNot: why}, nil
	}
	if err != nil || d == nil {
		return nil, err
	}
	a := actedOf(d)
	return &Foreseen{Entitlement: a.Entitlement, Tasks: a.Instances}, nil
}

// whyNot is why something was refused, nil of an error that refuses nothing and of none.
func whyNot(err error) (why []Words) {
	var faults *act.Faults
	if errors.As(err, &faults) {
		for _, f := range faults.List {
			why = append(why, Words{f.Chinese, f.English})
		}
		return why
	}
	if p := unacted(err); p != nil {
		return []Words{{p.Title, p.Detail}}
	}
	return nil
}
