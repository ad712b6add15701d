package serve

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"feisui/pkg/message"
	"feisui/pkg/web"
	"feisui/pkg/workflow"
	"feisui/services/feisui/act"
	"feisui/services/process"
)

// What acting refuses, for the document.
var (
	instanceUnknown = web.Refusal{Status: http.StatusNotFound, Code: "INSTANCE_UNKNOWN", Chinese: "没有这项办理，或不在您的范围内"}
	workflowUnknown = web.Refusal{Status: http.StatusNotFound, Code: "WORKFLOW_UNKNOWN", Chinese: "没有这个流程"}
	noDay           = web.Refusal{Status: http.StatusServiceUnavailable, Code: "NO_DAY", Chinese: "县里还没有开始任何一天"}

	acts = []web.Refusal{
		countyUnknown, blocked, instanceUnknown, noDay,
		{Status: http.StatusForbidden, Code: "NOT_YOURS", Chinese: "没有这项权限，或须由另一人办理"},
		{Status: http.StatusConflict, Code: "STATE", Chinese: "现在的状态不能办这一步，说明最近一步是什么"},
		{Status: http.StatusConflict, Code: "VERSION_CONFLICT", Chinese: "所看到的一步之后又有新的步骤（If-Match），逐条列出"},
		{Status: http.StatusUnprocessableEntity, Code: "IF_MATCH", Chinese: "If-Match 不是步骤的序号"},
		periodClosed,
		{Status: http.StatusPreconditionRequired, Code: "IF_MATCH_REQUIRED", Chinese: "这一步须以 If-Match 说明所看到的最近一步"},
		{Status: http.StatusConflict, Code: "NUMBER_TAKEN", Chinese: "该编号已被使用"},
		{Status: http.StatusConflict, Code: "VOUCHER_USED", Chinese: "该凭证号已登记，说明是哪一天的拨付"},
		{Status: http.StatusConflict, Code: "REQUEST_REUSED", Chinese: "该请求编号已用于另一份内容"},
		{Status: http.StatusRequestEntityTooLarge, Code: "TOO_LARGE", Chinese: "内容过大"},
		{Status: http.StatusUnprocessableEntity, Code: "FORM", Chinese: "填写有误，全部未登记，逐条列出"},
		{Status: http.StatusUnprocessableEntity, Code: "FACTS", Chinese: "按已登记的事实不能办这一步"},
		{Status: http.StatusUnprocessableEntity, Code: "WORD", Chinese: "dry_run 应为 true 或 false"},
		{Status: http.StatusServiceUnavailable, Code: "NOT_IN_FIGURES", Chinese: "已经登记，账目尚未算到"},
		{Status: http.StatusServiceUnavailable, Code: "BUSY", Chinese: "正有其他登记，请用同一请求编号重试"},
		{Status: http.StatusServiceUnavailable, Code: "OUTCOME_UNKNOWN", Chinese: "不能确定是否已登记，请用同一请求编号重发"},
	}
)

func badForm(err error) error {
	if said := web.Said(err); said != nil {
		return said
	}
	if web.TooLarge(err) {
		return refuse(http.StatusRequestEntityTooLarge, "TOO_LARGE", "内容过大，一次最多 4 MB", "expected at most 4 MB")
	}
	return refuse(http.StatusBadRequest, "UPLOAD", "内容不完整，请重新提交", "the body is incomplete: send it again")
}

// unacted gives the problem of an error of the act door, nil for others.
func unacted(err error) *problem {
	var faults *act.Faults
	var stopped *act.Stopped
	var misfits *act.Misfits
	var taken *act.NumberTaken
	var stale *act.Stale
	var refused workflow.Refusals
	switch {
	case errors.Is(err, act.ErrNone):
		return refuse(instanceUnknown.Status, instanceUnknown.Code, "没有这项办理", "no such instance")
	case errors.Is(err, act.ErrNoWorkflow):
		return refuse(workflowUnknown.Status, workflowUnknown.Code, "没有这个流程", "no such workflow")
	case errors.Is(err, act.ErrNoProposal):
		return refuse(proposalUnknown.Status, proposalUnknown.Code, "没有这一号提议", "no such proposal")
	case errors.Is(err, act.ErrNoDay):
		return refuse(noDay.Status, noDay.Code, "县里还没有开始任何一天，请稍后", "no day began in the county yet: try again in a moment")
	case errors.Is(err, act.ErrUnseen):
		return refuse(http.StatusPreconditionRequired, "IF_MATCH_REQUIRED",
			"请以 If-Match 说明您看到的是第几步：他人可能已经改过", "say with If-Match which step you saw last: another may have written since")
	case errors.As(err, &faults):
		return refusedForm(faults)
	case errors.As(err, &stale):
		return refusedStale(stale)
	case errors.As(err, &taken):
		return refusedNumber(taken)
	case errors.As(err, &misfits):
		return refusedMisfits(misfits)
	case !errors.As(err, &refused):
		return nil
	case errors.As(err, &stopped):
		return refusedStep(refused, stopped)
	}
	return refusedStep(refused, nil)
}

// refusedNumber says that a number is another's; of a voucher that is recorded, of which day.
func refusedNumber(t *act.NumberTaken) *problem {
	if t.On.Given() {
		on := t.On.String()
		return refuse(http.StatusConflict, "VOUCHER_USED",
			"凭证号 "+t.Number+" 已登记，是 "+on+" 的拨付；一个凭证号只登记一次，请核对",
			"the voucher "+t.Number+" is recorded, of a payment on "+on+": a voucher is recorded once")
	}
	return refuse(http.StatusConflict, "NUMBER_TAKEN", "该编号已被使用："+t.Number+"，请另用一个编号", "the number is taken: "+t.Number)
}

// refusedForm lists what is wrong with a form, by field; of several beginnings by
// their place in the list, 0 for the first. What several have alike is of the field that they share.
func refusedForm(f *act.Faults) *problem {
	p := refuse(http.StatusUnprocessableEntity, "FORM", "填写有误，全部未登记，请逐条更正后重新提交", "the form has faults and nothing was recorded: correct them and send it again")
	if f.Shut() {
		p = shutMonth(len(f.List)+f.More, f.List[0].Chinese, f.List[0].English)
	}
	for _, one := range f.List {
		field := one.Field
		if f.Many && field != "" && one.Of != act.OfSeveral {
			field = "communities." + strconv.Itoa(one.Of) + "." + field
		}
		fault := faultOf(field, one.Found, one.Chinese, one.English)
		fault.Column = one.Title.Chinese
		p.Errors = append(p.Errors, fault)
	}
	p.More = f.More
	return p
}

// faultOf is one thing wrong; a fault of no field is one of the whole.
func faultOf(field, found, zh, en string) web.Fault {
	line := fmt.Sprintf("%q, expected %s（%s）", found, en, zh)
	if field != "" {
		line = field + ": " + line
	}
	return web.Fault{Field: field, Found: found, Chinese: zh, English: en, Line: line}
}

// refusedStep says why a step may not be taken. What the state does not allow is
// said with what happened last: somebody else may have been quicker.
func refusedStep(refused workflow.Refusals, at *act.Stopped) *problem {
	first := refused[0]
	zh, en := act.Say(message.Chinese, first.Expect), act.Say(message.English, first.Expect)
	switch first.Field {
	case process.FieldActor:
		return refuse(http.StatusForbidden, "NOT_YOURS", zh, en)
	case process.FieldAction:
		return refuse(http.StatusNotFound, "ACTION_UNKNOWN", zh, en)
	case process.FieldState:
		lastZH, lastEN := lastStep(at)
		return refuse(http.StatusConflict, "STATE", zh+lastZH, en+lastEN)
	}
	p := refuse(http.StatusUnprocessableEntity, "FACTS", "按已登记的事实不能办这一步："+act.Sentence(first.Expect), "the facts do not allow this step: expected "+en)
	for _, r := range refused {
		chinese, english := act.Say(message.Chinese, r.Expect), act.Say(message.English, r.Expect)
		fault := faultOf(r.Field, r.Found, chinese, english)
		if at != nil {
			fault.Column = at.Title(r.Field).Chinese
		}
		p.Errors = append(p.Errors, fault)
	}
	return p
}

// refusedStale says which steps followed what somebody saw; never who took them.
func refusedStale(s *act.Stale) *problem {
	p := refuse(http.StatusConflict, "VERSION_CONFLICT",
		fmt.Sprintf("您看到的是第 %d 步，现在是第 %d 步“%s”；请看过此后的办理再提交", s.Seen, len(s.Instance.Steps), s.By.States[s.Instance.State].Title.Chinese),
		fmt.Sprintf("you saw step %d, and it is at step %d, %q: look at what followed, and send it again", s.Seen, len(s.Instance.Steps), s.By.States[s.Instance.State].Title.English))
	steps := s.Instance.Steps
	for n := min(s.Seen, len(steps)) + 1; n <= len(steps); n++ {
		zh, en := lastStep(&act.Stopped{Instance: process.Instance{Steps: steps[:n]}, By: s.By})
		p.Errors = append(p.Errors, faultOf("", "", strings.TrimPrefix(zh, "；最近一步是"), strings.TrimPrefix(en, "; ")))
	}
	return p
}

// lastStep names the last step of an instance, and its day; never who took it.
func lastStep(at *act.Stopped) (zh, en string) {
	if at == nil || len(at.Instance.Steps) == 0 {
		return "", ""
	}
	n := len(at.Instance.Steps)
	step := at.Instance.Steps[n-1]
	what := at.By.Actions[step.Action].Title
	if step.Deadline != "" {
		what = at.By.Timers[step.Deadline].Title
	}
	if what == (process.Text{}) {
		what = process.Text{Chinese: "接手", English: "taken up"}
	}
	return fmt.Sprintf("；最近一步是第 %d 步“%s”，%s", n, what.Chinese, step.On), fmt.Sprintf("; the last step, number %d, was %q on %s", n, what.English, step.On)
}

// misfitsMax bounds how many misfits one refusal lists.
const misfitsMax = 1000

// refusedMisfits lists the open instances that a new version does not fit.
func refusedMisfits(m *act.Misfits) *problem {
	p := refuse(http.StatusConflict, "MISFIT", "有未结束的办理与新版本不合，未登记", "open instances do not fit the new version, and nothing was recorded")
	for _, one := range m.List[:min(len(m.List), misfitsMax)] {
		zh, en := act.SayMisfit(message.Chinese, one), act.SayMisfit(message.English, one)
		p.Errors = append(p.Errors, web.Fault{Field: one.Instance, Chinese: zh, English: en, Line: en + "（" + zh + "）"})
	}
	p.More = max(0, len(m.List)-misfitsMax)
	return p
}
