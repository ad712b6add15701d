package process_test

import (
	"slices"
	"strings"
	"testing"
)

// TestWhatIsDrawnIsLookedAtByAnother: what was verified and is drawn waits for the
// authority, whether somebody verified it or silence did, and its completion counts from
// then on. What is badly verified goes back to the department, never to the community, and
// ends badly when that does not verify it again or does it badly; who verified does not
// look. Nobody is held up by an authority that does not look.
func TestWhatIsDrawnIsLookedAtByAnother(t *testing.T) {
	t.Parallel()
	const found = `{"found":"台账与名册不符"}`
	both := authority
	both.Grants = append(slices.Clip(both.Grants), officer.Grants...)
	for name, c := range map[string]struct {
		then func(p *play)
		want string
	}{
		"it is well verified":      {func(p *play) { p.do(authority, "2025-03-07", "pass_sample", "{}") }, "closed"},
		"nobody looks":             {func(p *play) { p.settle("2025-03-21") }, "closed"},
		"in time somebody may":     {func(p *play) { p.settle("2025-03-20") }, "sampling"},
		"it is badly verified":     {func(p *play) { p.do(authority, "2025-03-07", "fail_sample", found) }, "recheck"},
		"it is not verified again": {func(p *play) { p.do(authority, "2025-03-07", "fail_sample", found); p.settle("2025-03-24") }, "unsound"},
		"it is verified again": {func(p *play) {
			p.do(authority, "2025-03-07", "fail_sample", found)
			p.do(head, "2025-03-10", "recheck", `{"text":"已重新核对"}`)
		}, "sampling"},
		"and again badly": {func(p *play) {
			p.do(authority, "2025-03-07", "fail_sample", found)
			p.do(head, "2025-03-10", "recheck", `{"text":"已重新核对"}`)
			p.world.no["was_recheck"] = false
			p.do(authority, "2025-03-11", "fail_sample", found)
		}, "unsound"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := issued(t)
			p.world.no["sampled"] = false
			p.do(secretary, "2025-03-04", "accept", "")
			p.do(secretary, "2025-03-05", "report", `{"completed_on":"2025-03-05"}`)
			p.world.rows = nil
			p.do(officer, "2025-03-06", "verify", "")
			p.is("sampling")
			if len(p.world.rows) != 1 || p.world.rows[0].Sheet != "completions" {
				t.Errorf("it is done, and does not count: %v", p.world.rows)
			}
			refuse(p, secretary, "2025-03-06", "pass_sample", "", "actor: “抽查合格”由“主管部门”办理，您没有这项权限")
			c.then(p)
			p.is(c.want)
			for _, r := range p.in.Running {
				for _, right := range p.Timers[r.Deadline].Whom {
					if strings.HasPrefix(right, "community") {
						t.Errorf("the community is asked for more: %s", r.Deadline)
					}
				}
			}
		})
	}
	silent := issued(t)
	silent.world.no["sampled"] = false
	silent.do(secretary, "2025-03-04", "accept", "")
	silent.do(secretary, "2025-03-05", "report", `{"completed_on":"2025-03-05"}`)
	silent.settle("2025-03-20")
	silent.is("sampling")
	same := issued(t)
	same.world.no["sampled"] = false
	same.do(secretary, "2025-03-04", "accept", "")
	same.do(secretary, "2025-03-05", "report", `{"completed_on":"2025-03-05"}`)
	same.do(both, "2025-03-06", "verify", "")
	refuse(same, both, "2025-03-07", "pass_sample", "{}", "actor: “抽查合格”须由另一人办理：2025-03-06 的“验收销号”是同一人办的")
}
