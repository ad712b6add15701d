package process_test

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"

	"feisui/pkg/access"
	"feisui/pkg/civil"
	"feisui/pkg/workflow"
	"feisui/services/process"
)

// refuse asks for what is refused with a sentence.
func refuse(p *play, who access.Principal, day, action, form, want string) {
	p.t.Helper()
	events, err := p.Decide(p.in, p.command(who, day, action, form), p.days, p.world)
	if err == nil || said(err) != want || len(events) > 0 {
		got := "accepted"
		if err != nil {
			got = said(err)
		}
		p.t.Errorf("%s by %s: %d events, %s\nwant %s", action, who.ID, len(events), got, want)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	p := newPlay(t, "task")
	refuse(p, head, "2025-03-03", "accept", "{}", "action: 尚未开始办理，第一步是“交办”")
	refuse(p, head, "2025-03-03", "fly", "", "action: 尚未开始办理，第一步是“交办”")
	refuse(p, officer, "2025-03-03", "issue", issue, "actor: “交办”由“部门负责人”办理，您没有这项权限")
	refuse(p, somebody("x", access.DepartmentHead, "D02"), "2025-03-03", "issue", issue, "actor: “交办”由“部门负责人”办理；您是 D02 的“部门负责人”，不是 D01 的：请核对所填的代码")
	refuse(p, access.Principal{}, "2025-03-03", "issue", issue, "actor: “交办”由“部门负责人”办理，您没有这项权限")

	p = issued(t)
	refuse(p, head, "2025-03-03", "issue", issue, "state: JB2025-0031 已经开始办理，现在是“待签收”，不能重复开始")
	refuse(p, secretary, "2025-03-04", "report", `{"completed_on":"2025-03-04"}`,
		"state: 现在是“待签收”，“报告办结”只能在“已接收”、“附条件接收”、“条件已满足”、“已暂停”、“待社区同意终止”时进行；现在可以：“接收”、“附条件接收”、“询问”、“拒收”、“签收”")
	refuse(p, officer, "2025-03-04", "answer", `{"answer":"!"}`,
		"state: 现在是“待签收”，“答复询问”只能在“询问待答”时进行；现在没有您可办的步骤")
	refuse(p, secretary, "2025-03-04", "recall", `{"reason":"!"}`, "actor: “撤回”由“部门负责人”办理，您没有这项权限")
	refuse(p, somebody("x", access.CommunityOfficer, "990101001002"), "2025-03-04", "accept", "{}",
		"actor: “接收”由“社区工作人员”办理；您是 990101001002 的“社区工作人员”，这一件归另一单位，不能由您办理")
	refuse(p, head, "2025-03-04", "lapse", "", "actor: “逾期未回执”由“系统”办理，您没有这项权限")
	refuse(p, head, "2025-03-04", "fly", "", "action: “任务交办”没有这一步；现在是“待签收”，您可以办：“变更 amend”、“撤回 recall”")
	refuse(p, leader, "2025-03-04", "fly", "", "action: “任务交办”没有这一步；现在是“待签收”，没有您可办的步骤")
	p.world.no["not_completed"] = true
	refuse(p, head, "2025-03-04", "recall", `{"reason":"!"}`, "guard: 应与已登记的“not_completed”一致；确需更正的，请选“更正”并写明理由，重新提交")
	p.world.no["not_completed"] = false
	p.do(secretary, "2025-03-04", "accept", "")
	for range 2 {
		p.do(secretary, "2025-03-05", "report", `{"completed_on":"2025-03-05"}`)
		p.do(officer, "2025-03-05", "return_report", `{"reason":"!"}`)
	}
	p.do(secretary, "2025-03-05", "report", `{"completed_on":"2025-03-05"}`)
	refuse(p, officer, "2025-03-05", "return_report", `{"reason":"!"}`, "state: “退回补办”最多办 2 次，已经办过")
	p.do(head, "2025-03-06", "verify", "")
	refuse(p, secretary, "2025-03-06", "accept", "", "state: 已是“已销号”，办理已经结束，不能再“接收”")
}

// TestWhoIsElsewhereIsToldSo: of what they began they are told the code that they gave and
// those that are theirs, of what is there already no code that they did not bring; what is no
// code is not said again.
func TestWhoIsElsewhereIsToldSo(t *testing.T) {
	t.Parallel()
	of := func(department string) string { return strings.ReplaceAll(issue, `"D01"`, strconv.Quote(department)) }
	if of("D07") == issue {
		t.Fatal("the form names no D01")
	}
	two := access.Principal{ID: "x", Grants: []access.Grant{
		{Role: access.DepartmentHead, Scope: "D02"}, {Role: access.DepartmentHead, Scope: "D03"}, {Role: access.DepartmentHead, Scope: "D02"}, {Role: access.DepartmentOfficer, Scope: "D07"},
	}}
	p := newPlay(t, "task")
	for _, c := range []struct {
		who        access.Principal
		form, want string
	}{
		{head, of("D07"), "；您是 D01 的“部门负责人”，不是 D07 的：请核对所填的代码"},
		{head, of("D99"), "；您是 D01 的“部门负责人”，不是 D99 的：请核对所填的代码"}, // that there is none changes nothing
		{two, of("D07"), "；您是 D02、D03 的“部门负责人”，不是 D07 的：请核对所填的代码"},
		{officer, of("D07"), "，您没有这项权限"},
		{head, of("D07;D08"), "，您没有这项权限"},
	} {
		refuse(p, c.who, "2025-03-03", "issue", c.form, "actor: “交办”由“部门负责人”办理"+c.want)
	}
	long := p.command(head, "2025-03-03", "issue", issue)
	long.Form = []byte(of(strings.Repeat("D", 65))) // its length is looked at later
	if _, err := p.Decide(nil, long, p.days, p.world); err == nil || said(err) != "actor: “交办”由“部门负责人”办理，您没有这项权限" {
		t.Error(err)
	}
	p = issued(t)
	refuse(p, two, "2025-03-04", "recall", `{"reason":"!"}`, "actor: “撤回”由“部门负责人”办理；您是 D02、D03 的“部门负责人”，这一件归另一单位，不能由您办理")
}

// Two accounts of one person are one pair of eyes, and so is one account with
// two roles.
func TestFourEyes(t *testing.T) {
	t.Parallel()
	const want = "actor: “验收销号”须由另一人办理：2025-03-05 的“报告办结”是同一人办的"
	for name, c := range map[string]struct {
		who  access.Principal
		same bool
	}{
		"somebody else":             {officer, false},
		"the same account":          {access.Principal{ID: secretary.ID, Grants: officer.Grants}, true},
		"another account of theirs": {access.Principal{ID: "person:2", Person: secretary.Person, Grants: officer.Grants}, true},
		"a machine, nobody's":       {access.Principal{ID: "token:7", Grants: officer.Grants}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := issued(t)
			p.do(secretary, "2025-03-04", "accept", "")
			p.do(secretary, "2025-03-05", "report", `{"completed_on":"2025-03-05"}`)
			open, err := p.Open(p.in, on(t, "2025-03-06"), c.who, p.world)
			if err != nil {
				t.Fatal(err)
			}
			if is := slices.ContainsFunc(open, func(o process.Open) bool { return o.Action == "verify" }); is == c.same {
				t.Errorf("open: %+v", open)
			}
			if c.same {
				refuse(p, c.who, "2025-03-06", "verify", "", want)
				return
			}
			p.do(c.who, "2025-03-06", "verify", "")
		})
	}
}

func TestWhatIsOpen(t *testing.T) {
	t.Parallel()
	names := func(p *play, who access.Principal) string {
		open, err := p.Open(p.in, on(t, "2025-03-04"), who, p.world)
		if err != nil {
			t.Fatal(err)
		}
		var list []string
		for _, o := range open {
			name := o.Action + "/" + o.Right
			if o.Refused != nil {
				name += "!"
			}
			list = append(list, name)
		}
		return strings.Join(list, " ")
	}
	p := newPlay(t, "task")
	if got := names(p, head); got != "issue/department_head@department" {
		t.Error(got)
	}
	if got := names(p, secretary); got != "" {
		t.Error(got)
	}
	p = issued(t)
	p.world.no["not_recalled"] = true
	for who, want := range map[*access.Principal]string{
		&secretary: "accept/community_officer@community! accept_on_condition/community_officer@community! query/community_officer@community! reject/community_officer@community! see/community_officer@community",
		&head:      "amend/department_head@department! recall/department_head@department",
		&authority: "",
		&leader:    "",
	} {
		if got := names(p, *who); got != want {
			t.Errorf("%s: %s\nwant %s", who.ID, got, want)
		}
	}
}

// Somebody who comes after the last day, and before anybody has said so, does not
// slip in.
func TestWhatIsDueComesFirst(t *testing.T) {
	t.Parallel()
	p := issued(t)
	p.settle("2025-03-06")
	c := p.command(secretary, "2025-03-13", "query", `{"question":"?"}`)
	if _, err := p.Decide(p.in, c, p.days, p.world); !errors.Is(err, process.ErrDue) {
		t.Fatalf("%v", err)
	}
	// Also before a refusal speaks of a state that is over; not to who has no right.
	if _, err := p.Decide(p.in, p.command(secretary, "2025-03-13", "report", `{"completed_on":"2025-03-13"}`), p.days, p.world); !errors.Is(err, process.ErrDue) {
		t.Errorf("%v", err)
	}
	refuse(p, leader, "2025-03-13", "accept", "", "actor: “接收”由“社区工作人员”办理，您没有这项权限")
	p.settle("2025-03-13")
	refuse(p, secretary, "2025-03-13", "query", `{"question":"?"}`,
		"state: 现在是“逾期未回执”，“询问”只能在“待签收”、“待回执”时进行；现在可以：“接收”、“附条件接收”、“拒收”")
}

func TestWhatIsBrokenIsNoRefusal(t *testing.T) {
	t.Parallel()
	p := issued(t)
	good := p.command(secretary, "2025-03-04", "accept", "")
	for name, change := range map[string]func(c *process.Command, in *process.Instance, w *world){
		"another workflow":    func(c *process.Command, _ *process.Instance, _ *world) { c.Workflow = "case" },
		"no day":              func(c *process.Command, _ *process.Instance, _ *world) { c.On = 0 },
		"a day before":        func(c *process.Command, _ *process.Instance, _ *world) { c.On = civil.Of(2025, 3, 2) },
		"another version":     func(_ *process.Command, in *process.Instance, _ *world) { in.Version++ },
		"a guard that breaks": func(_ *process.Command, _ *process.Instance, w *world) { w.broken = errors.New("no answer") },
	} {
		c, in, w := good, *p.in, *p.world
		change(&c, &in, &w)
		_, err := p.Decide(&in, c, p.days, &w)
		var refused workflow.Refusals
		if err == nil || errors.As(err, &refused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := p.Decide(p.in, good, p.days, p.world); err != nil {
		t.Error(err)
	}
}
