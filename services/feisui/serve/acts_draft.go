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
	Unanswered  bool            `json:"unanswered,omitempty" doc:"只差对须答复的提示的说明：经费按已答复算 (all that it lacks is an answer to what was pointed out: it is priced as if answered)"`
}

// foreseenOf says what a draft would come to, nil of what is none. What is wrong with it
// is said, and no failure: who writes it mends it.
func foreseenOf(c *act.County, s *act.Seen) (*Foreseen, error) {
	d, err := c.Foreseen(s)
	why := whyNot(err)
	switch {
	case why != nil && d == nil:
		return &Foreseen{Tasks: []ActedInstance{}, WhyNot: why}, nil
	case why == nil && (err != nil || d == nil):
		return nil, err
	}
	a := actedOf(d)
	return &Foreseen{Entitlement: a.Entitlement, Tasks: a.Instances, WhyNot: why, Unanswered: why != nil}, nil
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

// DraftLine is a draft as a list has it.
type DraftLine struct {
	Item        string `json:"item,omitempty" doc:"事项编码 (the item's code)"`
	Task        string `json:"task,omitempty" doc:"交办单号 (the number of its tasks)"`
	Communities int    `json:"communities" doc:"几个社区 (how many communities)"`
}

func draftLineOf(s *act.Seen) *DraftLine {
	d := act.DraftedLine(&s.Instance)
	if d == nil {
		return nil
	}
	return &DraftLine{d.Item, d.Task, d.Communities}
}
