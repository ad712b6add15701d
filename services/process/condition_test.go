package process_test

import (
	"strings"
	"testing"

	"feisui/pkg/access"
	"feisui/services/process"
)

// TestMoneyThatGoesIsAwaitedUntilTheDay: the day is the one that the community said last, however
// often the money comes and goes, and then its want suspends.
func TestMoneyThatGoesIsAwaitedUntilTheDay(t *testing.T) {
	t.Parallel()
	p := issued(t)
	p.do(secretary, "2025-03-04", "accept_on_condition", `{"condition_amount":"8350","condition_by":"2025-03-20"}`)
	for n, day := range []string{"2025-03-05", "2025-03-06"} {
		p.world.no["fee_arrived"], p.world.no["fee_gone"] = false, true
		p.do(process.System, day, "meet_condition", "")
		p.is("funded")
		if awaits := strings.Join(p.Awaits(p.in), " "); awaits != "await_condition lose_condition note_completion note_recall" {
			t.Error(awaits)
		}
		p.world.no["fee_arrived"], p.world.no["fee_gone"] = true, false
		p.do(process.System, day, "await_condition", "")
		p.is("conditional")
		if c := p.running("condition"); c.DueOn.String() != "2025-03-20" || c.N != n+2 {
			t.Errorf("%+v", c)
		}
	}
	p.world.no["fee_gone"], p.world.no["fee_missing"] = true, false
	p.settle("2025-03-20")
	p.is("conditional")
	p.settle("2025-03-21")
	p.is("suspended")
	// The control: by the version before nothing leads back.
	before := newPlay(t, "task")
	before.Workflow = versionOf(t, "4")
	before.do(head, "2025-03-03", "issue", issue)
	before.do(secretary, "2025-03-04", "accept_on_condition", `{"condition_amount":"8350","condition_by":"2025-03-20"}`)
	before.world.no["fee_arrived"] = false
	before.do(process.System, "2025-03-05", "meet_condition", "")
	if awaits := strings.Join(before.Awaits(before.in), " "); awaits != "lose_condition note_completion note_recall" {
		t.Error(awaits)
	}
}

// TestAReportThatComesBackStandsAsRecorded: whoever accepted on a condition has it still, though
// they reported in the meantime.
func TestAReportThatComesBackStandsAsRecorded(t *testing.T) {
	t.Parallel()
	for holds, want := range map[string]string{"": "accepted", "fee_arrived": "funded", "fee_gone": "conditional", "fee_missing": "suspended"} {
		for action, who := range map[string]access.Principal{"withdraw_report": secretary, "return_report": officer} {
			p := issued(t)
			p.do(secretary, "2025-03-04", "accept_on_condition", `{"condition_amount":"8350","condition_by":"2025-03-20"}`)
			p.do(secretary, "2025-03-05", "report", `{"completed_on":"2025-03-05"}`)
			p.world.no[holds] = false
			p.do(who, "2025-03-06", action, map[string]string{"return_report": `{"reason":"缺名册"}`}[action])
			p.is(want)
		}
	}
}
