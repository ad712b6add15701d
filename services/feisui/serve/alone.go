package serve

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"feisui/pkg/web"
	"feisui/schemas"
	"feisui/services/feisui/act"
	"feisui/services/feisui/record"
	"feisui/services/registry"
)

// This file keeps a row of one person from being a way around the workflows, for what
// services/feisui/record says of it. The operator's rows, and workbooks that a second
// person confirmed, are not asked.

// alone refuses what one person may not record, and says at which position that was
// decided: an instance may begin a moment later.
func (p *past) alone(decide func() ([]schemas.Event, error), head *int64) func() ([]schemas.Event, error) {
	return func() ([]schemas.Event, error) {
		*head = 0
		events, err := decide()
		if err != nil || len(events) == 0 {
			return events, err
		}
		var day registry.Day
		for e := range p.events.Stream(schemas.CountyDayBegan{}.Stream()) {
			day = day.Evolve(e)
		}
		if !day.Last.Given() {
			return nil, act.ErrNoDay
		}
		*head = p.position
		return events, record.Alone(events, p.events, day.Last)
	}
}

// declared are the workflows as they come with the program, for what their steps are called.
var declared = sync.OnceValues(act.Declared)

// beyond gives the problem of what one person may not record, nil for other errors.
func beyond(err error) *problem {
	var b *record.Beyond
	switch {
	case !errors.As(err, &b):
		return nil
	case b.Workflow == "":
		return refuse(secondPerson.Status, secondPerson.Code,
			"已登记的内容不能由一个人更正或补充：请写进表格，在“导入表格”中提交（prepared-imports），由另一人确认",
			"one person does not amend or complete what is recorded: put it into a workbook, prepare it (prepared-imports), and another person confirms it")
	}
	flow, steps := named(b)
	zh, en := "这一行属于流程“"+flow[0]+"”，一个人不能另行登记", "this row belongs to the workflow "+flow[1]+", and is not for one person to record"
	if b.Begun {
		zh, en = b.No+" 已在流程“"+flow[0]+"”中办理，不另行登记", b.No+" goes by the workflow "+flow[1]+", and is not recorded beside it"
	}
	page, call := "/w/"+b.Workflow+"/i/"+url.PathEscape(b.No), "…/workflows/"+b.Workflow+"/instances/"+url.PathEscape(b.No)+"/ACTION"
	if b.Begins && !b.Begun {
		page, call = "/w/"+b.Workflow, "…/workflows/"+b.Workflow+"/instances"
	}
	return refuse(byWorkflow.Status, byWorkflow.Code,
		zh+"：请在 "+page+" 办理"+strings.Join(steps[0], "、")+"（POST "+call+"）", en+": take "+strings.Join(steps[1], ", ")+" at "+page+", or POST "+call)
}

// named says in Chinese and English what a workflow and its steps are called.
func named(b *record.Beyond) (flow [2]string, steps [2][]string) {
	all, err := declared()
	d := all[b.Workflow]
	if err != nil || d == nil {
		return [2]string{b.Workflow, b.Workflow}, [2][]string{b.Steps, b.Steps}
	}
	for _, name := range b.Steps {
		title := d.Actions[name].Title
		steps[0], steps[1] = append(steps[0], "“"+title.Chinese+"”（"+name+"）"), append(steps[1], name+" ("+title.English+")")
	}
	return [2]string{d.Title.Chinese, d.Title.English}, steps
}

// What rows of one person are refused for, for the document.
var (
	byWorkflow = web.Refusal{Status: http.StatusConflict, Code: "BY_WORKFLOW", Chinese: "按流程办理，不由一个人另行登记；说明在哪里办理哪一步"}

	notAlone = []web.Refusal{byWorkflow, secondPerson, noDay}
)

// instead says of a sheet that not all roles may record who does so by which workflow.
var instead = map[string][2]string{
	"tasks": {
		"交办、撤回由部门负责人办理（流程 task：issue、recall）", "a department's head hands down and recalls, by the workflow task: issue, recall",
	},
	"completions": {
		"办结由社区报告，由部门验收（流程 task：report、verify）", "a community reports what is done and the department verifies it, by the workflow task: report, verify",
	},
	"commitments": {
		"意向由部门负责人作出，指标由财政下达（流程 commitment：promise、release）", "a department's head promises and finance releases, by the workflow commitment: promise, release",
	},
	"payments": {
		"拨付由财政办理（流程 payment：record）", "finance pays by the workflow payment: record",
	},
	"admissions": {
		"准入由部门申请，由主管部门受理、决定（流程 admission：apply、admit）；以前的准入写进表格，由另一人确认后登记（prepared-imports）",
		"a department applies and the authority decides, by the workflow admission: apply, admit; admissions of before come in a workbook that another person confirms (prepared-imports)",
	},
}
