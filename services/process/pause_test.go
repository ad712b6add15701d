package process_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"feisui/pkg/access"
	"feisui/pkg/message"
	"feisui/pkg/workflow"
	"feisui/services/process"
	"feisui/services/process/define"
)

const pauses = `{"until":"2025-04-10","reason":"等上级文件"}`

// accepted is a task that its community accepted, to be done by the end of June.
func accepted(t *testing.T) *play {
	t.Helper()
	p := issued(t)
	p.world.no["fact_accepted"] = false
	p.do(secretary, "2025-03-04", "accept", "")
	return p
}

// TestASuspendedTaskStandsStill: while a task is suspended its community has to do nothing
// by any day, and what was left of its time is left when it goes on, whoever resumes it.
func TestASuspendedTaskStandsStill(t *testing.T) {
	t.Parallel()
	p := accepted(t)
	p.world.rows = nil
	p.do(head, "2025-03-10", "pause", pauses)
	p.is("paused")
	if len(p.in.Running) != 1 || p.in.Running[0].Deadline != "pause" {
		t.Errorf("%+v", p.in.Running)
	}
	if names := p.settle("2025-04-10"); names != "remind:pause" {
		t.Errorf("%s", names)
	}
	p.is("paused")
	p.settle("2025-04-11")
	p.is("accepted")
	if c := p.running("completion"); c.DueOn.String() != "2025-08-01" || c.Stood != 32 {
		t.Errorf("%+v: 32 days after the 30th of June", c)
	}
	told := ""
	for _, m := range process.Timeline(p.Definition, p.in, p.days) {
		told += workflow.Messages.Say(message.Chinese, m.Text) + "\n"
	}
	if !strings.Contains(told, "完成时限：2025-06-30，其间暂停 32 天，顺延 → 8月1日") {
		t.Errorf("%s", told)
	}
	if p.world.rows != nil {
		t.Errorf("it brings facts: %v", p.world.rows)
	}
	// A day that is agreed on later has nothing of what was before it, and all of what follows.
	p.do(secretary, "2025-04-14", "ask_extension", `{"due_on":"2025-08-20","reason":"汛期"}`)
	p.do(head, "2025-04-15", "grant_extension", `{"due_on":"2025-08-20","reason":"同意"}`)
	if c := p.running("completion"); c.DueOn.String() != "2025-08-20" || c.Stood != 0 {
		t.Errorf("%+v", c)
	}
	for _, days := range [][2]string{{"2025-05-12", "2025-05-15"}, {"2025-05-20", "2025-05-27"}} {
		p.do(head, days[0], "pause", `{"until":"2025-12-31","reason":"等上级文件"}`)
		p.do(head, days[1], "resume", "")
	}
	if c := p.running("completion"); c.DueOn.String() != "2025-08-30" || c.Stood != 10 {
		t.Errorf("%+v: 3 and 7 days later", c)
	}
	// One that had no day has none.
	open := newPlay(t, "task")
	open.world.no["fact_accepted"] = false
	open.do(head, "2025-03-03", "issue", strings.Replace(issue, `,"due_on":"2025-06-30"`, "", 1))
	open.do(secretary, "2025-03-04", "accept", "")
	open.do(head, "2025-03-10", "pause", pauses)
	open.do(head, "2025-03-12", "resume", "")
	if len(open.in.Running) > 0 {
		t.Errorf("%+v", open.in.Running)
	}
}

// TestHowASuspensionEnds: by what is recorded by then, with the community's report, with a
// recall or for good, and by whom.
func TestHowASuspensionEnds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		who                access.Principal
		action, form, want string
		holds              string // a guard
		row                string
	}{
		"as it was":                    {head, "resume", "", "accepted", "fact_accepted", ""},
		"its condition is met still":   {head, "resume", "", "funded", "", ""},
		"its condition was lost":       {head, "resume", "", "suspended", "fee_missing", ""},
		"its money went, and has time": {head, "resume", "", "conditional", "fee_gone", ""},
		"it was done before":           {secretary, "report", `{"completed_on":"2025-03-07"}`, "reported", "", ""},
		"it is taken back":             {head, "recall", `{"reason":"政策取消"}`, "recalled", "", "recall_task"},
		"it is ended":                  {head, "terminate", `{"amount":"3000","reason":"政策取消"}`, "terminating", "", ""},
		"it was recalled beside":       {process.System, "note_recall", "", "recalled", "fact_recalled", ""},
		"its completion came by paper": {process.System, "note_completion", "", "closed", "fact_completed", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := accepted(t)
			p.do(head, "2025-03-10", "pause", pauses)
			p.world.no["fact_accepted"] = true
			p.world.no[c.holds] = false
			p.world.rows = nil
			p.do(c.who, "2025-03-11", c.action, c.form)
			p.is(c.want)
			if c.row == "" && p.world.rows != nil || c.row != "" && (len(p.world.rows) != 1 || p.world.rows[0].Name != c.row) {
				t.Errorf("%v", p.world.rows)
			}
		})
	}
	p := accepted(t)
	refuse(p, officer, "2025-03-10", "pause", pauses, "actor: “暂停”由“部门负责人”办理，您没有这项权限")
	refuse(p, secretary, "2025-03-10", "terminate", `{"amount":"0","reason":"x"}`, "actor: “提请终止”由“部门负责人”办理，您没有这项权限")
	p.do(head, "2025-03-10", "pause", pauses)
	refuse(p, secretary, "2025-03-10", "ask_extension", `{"due_on":"2025-08-20","reason":"汛期"}`,
		"state: 现在是“已暂停”，“申请延期”只能在“已接收”、“附条件接收”、“条件已满足”时进行；现在可以：“报告办结”")
	p.do(head, "2025-03-11", "terminate", `{"amount":"0","reason":"政策取消"}`)
	refuse(p, head, "2025-03-11", "agree_termination", "", "actor: “同意终止”由“社区工作人员”办理，您没有这项权限")
	p.do(secretary, "2025-03-11", "drop_termination", "")
	p.is("accepted")
	p.do(head, "2025-03-11", "terminate", `{"amount":"3000","reason":"政策取消"}`)
	p.world.rows = nil
	p.do(secretary, "2025-03-12", "agree_termination", "")
	p.is("terminated")
	if len(p.world.rows) != 1 || p.world.rows[0].Name != "terminate_task" {
		t.Errorf("%v", p.world.rows)
	}
	if len(p.in.Running) > 0 {
		t.Errorf("after the end there runs %v", p.in.Running)
	}
}

// versionOf reads the task's workflow as a county adopted it in an earlier version.
func versionOf(t *testing.T, version string) *define.Workflow {
	t.Helper()
	content, err := os.ReadFile("../feisui/act/testdata/adopted/task-" + version + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	w, err := define.Load(content, define.Names)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// TestAVersionMoreIsLooserByWhatItIsFor: against the version before it, the task's differs by
// what it is for, and by nothing else; and whatever was open by the version before fits it.
func TestAVersionMoreIsLooserByWhatItIsFor(t *testing.T) {
	t.Parallel()
	isLooserBy(t, versionOf(t, "4"), versionOf(t, "3"), []string{
		// What it is for: the community's time stands still, and the head ends what was accepted.
		"loose_same deadlines.completion.still", "loose_added actions.agree_termination.effects", "loose_way actions.resume",
		"loose_way actions.drop_termination",
		// The community is asked for nothing while it lasts, so there is nothing to put off.
		"loose_kept actions.accept.from paused", "loose_kept actions.ask_extension.from paused", "loose_kept actions.lose_condition.from paused",
		"loose_kept deadlines.completion.in paused",
		// Nor while it is asked whether the task ends.
		"loose_kept actions.accept.from terminating", "loose_kept actions.ask_extension.from terminating", "loose_kept actions.lose_condition.from terminating",
		"loose_kept deadlines.completion.in terminating",
		// What may be done about it all the same.
		"loose_from actions.note_completion.from", "loose_from actions.note_recall.from", "loose_from actions.recall.from", "loose_from actions.report.from",
		// It is an end.
		"loose_kept actions.accept.from terminated", "loose_kept actions.ask_extension.from terminated", "loose_kept actions.lose_condition.from terminated",
		"loose_kept actions.note_completion.from terminated", "loose_kept actions.note_recall.from terminated", "loose_kept actions.report.from terminated",
		"loose_kept deadlines.completion.in terminated",
	})
	isLooserBy(t, builtin(t, "task"), versionOf(t, "4"), []string{
		// What it is for: a condition whose money goes is open again, until the day that the
		// community said.
		"loose_way actions.await_condition", "loose_extends deadlines.condition.extends accept_on_condition",
		"loose_branch actions.resume.branches fee_gone", "loose_branch actions.drop_termination.branches fee_gone",
		// What comes back was accepted on a condition still.
		"loose_branch actions.return_report.branches fee_missing", "loose_branch actions.return_report.branches fee_gone",
		"loose_branch actions.return_report.branches fee_arrived", "loose_branch actions.withdraw_report.branches fee_missing",
		"loose_branch actions.withdraw_report.branches fee_gone", "loose_branch actions.withdraw_report.branches fee_arrived",
	})
}

func isLooserBy(t *testing.T, now, before *define.Workflow, want []string) {
	t.Helper()
	var found []string
	for _, f := range now.Definition.Looser(before.Definition, define.Lowered) {
		found = append(found, strings.TrimSpace(f.Text.Key+" "+f.Place+" "+f.Text.Args["name"]))
	}
	slices.Sort(found)
	found = slices.Compact(found)
	slices.Sort(want)
	if !slices.Equal(found, want) {
		t.Errorf("%s", strings.Join(found, "\n"))
	}
	for _, steps := range [][]string{{}, {"accept"}, {"accept", "report"}, {"reject"}, {"query"}, {"accept_on_condition"}} {
		p := newPlay(t, "task")
		p.Workflow = before
		p.do(head, "2025-03-03", "issue", issue)
		for _, action := range steps {
			p.do(secretary, "2025-03-04", action, map[string]string{
				"report": `{"completed_on":"2025-03-04"}`, "reject": `{"reason":"N04"}`, "query": `{"question":"x"}`,
				"accept_on_condition": `{"condition_amount":"8350","condition_by":"2025-03-20"}`,
			}[action])
		}
		if misfits := process.Fits(now.Definition, *p.in, p.all); misfits != nil {
			t.Errorf("%v: %v", steps, misfits)
		}
	}
}
