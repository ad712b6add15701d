package serve

import (
	"feisui/pkg/message"
	"feisui/pkg/money"
	"feisui/services/feisui/act"
)

// Application is what those who decide on an application look at.
type Application struct {
	Price    *Price    `json:"price,omitempty" doc:"按账目规则，此任务在全部适用社区应配的经费 (what the task should cost in its scope, by the ledger's rules)"`
	Warnings []Warning `json:"warnings" doc:"提示，不阻止办理 (what rules have against it; none of them stops it)"`
	Opinions []Opinion `json:"opinions,omitempty" doc:"征求的意见；opinion 不填的尚未提出 (those that were asked for; one without opinion is missing)"`
	Unasked  []Unasked `json:"unasked,omitempty" doc:"没有征求谁的意见，为什么 (who was not asked, and why)"`
	Lacking  []Lacking `json:"lacking,omitempty" doc:"待补正的：形式审查缺什么 (what is to be corrected: what the formality check found missing)"`
}

// Unasked is that none of some kind was asked for an opinion.
type Unasked struct {
	Office string `json:"office" enum:"departments,community" doc:"departments：财政以外的部门；community：抽样社区 (departments other than finance, or sampled communities)"`
	Reason string `json:"reason"`
}

// Lacking is an item of the formality check that is missing.
type Lacking struct {
	Item string `json:"item" example:"check_plan"`
	Words
	Remark string `json:"remark,omitempty"`
}

// Price is what a task would cost.
type Price struct {
	Total        *money.Fen `json:"total" doc:"分；有不能确定的为 null (in fen; null where one community's is undetermined)"`
	Communities  int        `json:"communities" doc:"社区数 (how many communities)"`
	Undetermined int        `json:"undetermined" doc:"不能确定的社区数 (of which it cannot be determined)"`
}

// Warning is what a rule has against an application.
type Warning struct {
	Rule string `json:"rule" example:"R06"`
	Lamp string `json:"lamp" enum:"red,yellow,blue,green"`
	Words
}

// Opinion is one that was asked for.
type Opinion struct {
	Office  string `json:"office" enum:"finance,justice,establishment,organisation,community"`
	Code    string `json:"code,omitempty" doc:"部门或社区代码 (of the department or community)"`
	Opinion string `json:"opinion,omitempty" enum:"agree,disagree,conditional"`
	Step    int    `json:"step,omitempty" doc:"第几步 (by which step)"`
}

func applicationOf(a *act.Application) *Application {
	if a == nil {
		return nil
	}
	out := &Application{Warnings: []Warning{}}
	if a.Price != nil {
		p := Price(*a.Price)
		out.Price = &p
	}
	for _, w := range a.Warnings {
		out.Warnings = append(out.Warnings, Warning{w.Rule, w.Lamp, said(w.Text)})
	}
	for _, o := range a.Opinions {
		out.Opinions = append(out.Opinions, Opinion(o))
	}
	for _, u := range a.Unasked {
		out.Unasked = append(out.Unasked, Unasked(u))
	}
	for _, l := range a.Lacking {
		out.Lacking = append(out.Lacking, Lacking{l.Item, Words{Chinese: l.Title[message.Chinese], English: l.Title[message.English]}, l.Remark})
	}
	return out
}
