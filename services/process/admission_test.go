package process_test

import (
	"reflect"
	"strings"
	"testing"

	"feisui/pkg/access"
	"feisui/services/process"
)

const (
	apply = `{"no":"ZR2025-004","department":"D01","item":"SX-099","kind":"task","name":"入户核查","communities":["990101001001","990101001002"],"from":"2025-05-01","to":"2025-12-31","contact_section":"社会事务科","contact_post":"科员",` +
		`"document":"民发〔2025〕12号","document_title":"通知","plan":"入户核查","cost":"12000","source":"一般公共预算 2080201"}`
	urgent       = `{"no":"ZR2025-005","department":"D01","item":"SX-100","kind":"task","name":"防汛","communities":["all"],"from":"2025-03-03","contact_section":"应急科","contact_post":"值班员",` + itsEmergency + `}`
	itsEmergency = `"emergency":true,"started_on":"2025-03-03","emergency_event":"暴雨内涝","emergency_level":"third","emergency_document":"汛指〔2025〕3号"`
	papers       = `{"document":"民发〔2025〕12号","document_title":"通知","plan":"入户核查","cost":"12000","source":"一般公共预算 2080201"}`
	checks       = `"check_document":"yes","check_scope":"yes","check_cost":"yes","check_assessment":"yes","check_side_effects":"yes","check_contact":"yes"` // but the plan
	accepts      = `{"check_plan":"yes",` + checks + `,"offices_unasked":"不涉及","communities_unasked":"不涉及"}`
	returns      = `{"check_plan":"no","check_plan_remark":"缺实施方案",` + checks + `,"reason":"请补正"}`
	ruled        = `{"document":"准〔2025〕4号","from":"2025-05-01","to":"2025-12-31","communities":["990101001001"]}`
)

func applied(t *testing.T) *play {
	t.Helper()
	p := newPlay(t, "admission")
	p.do(head, "2025-03-03", "apply", apply)
	p.is("submitted")
	return p
}

// heard has the last opinion come in that was waited for.
func (p *play) heard(day string) {
	p.t.Helper()
	p.world.no["opinions_complete"] = false
	p.do(somebody("finance", access.FinanceOfficer, ""), day, "give_opinion", `{"office":"finance","opinion":"agree"}`)
}

func TestAnAdmissionFromApplicationToExpiry(t *testing.T) {
	t.Parallel()
	p := applied(t)
	p.do(authority, "2025-03-04", "return", returns)
	p.do(head, "2025-03-06", "correct", papers)
	p.do(authority, "2025-03-07", "accept", accepts)
	p.is("consulting")
	p.heard("2025-03-10")
	p.is("review")
	p.settle("2025-03-20")
	p.world.rows = nil
	p.do(authority, "2025-03-20", "admit", ruled)
	if want := []process.Effect{{Name: "admit"}}; !reflect.DeepEqual(p.world.rows, want) {
		t.Errorf("%v", p.world.rows)
	}
	p.do(authority, "2025-03-24", "publish", `{"notice":"公告〔2025〕1号"}`)
	if due := p.settle("2025-12-31"); !strings.HasSuffix(due, "remind:validity") {
		t.Error(due)
	}
	p.is("listed")
	p.settle("2026-01-01")
	p.is("expired")
}

func TestWaysOfAnAdmission(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		play func(p *play)
		want string
	}{
		"what is listed needs none": {func(p *play) {
			p.world.no["item_listed"] = false
			p.do(head, "2025-03-03", "apply", apply)
		}, "unneeded"},
		"nobody corrects": {func(p *play) {
			p.do(head, "2025-03-03", "apply", apply)
			p.do(authority, "2025-03-04", "return", returns)
			p.settle("2025-03-11") // the fifth working day
			p.is("correction")
			p.settle("2025-03-12")
		}, "lapsed"},
		"an emergency without papers": {func(p *play) {
			p.world.no["emergency"] = false
			p.do(head, "2025-03-03", "apply", urgent)
			p.settle("2025-03-06")
			p.is("emergency")
			p.settle("2025-03-07")
		}, "lapsed"},
		"an emergency with papers, undecided": {func(p *play) {
			p.world.no["emergency"] = false
			p.do(head, "2025-03-03", "apply", urgent)
			p.do(head, "2025-03-05", "complete_papers", papers)
			p.do(authority, "2025-03-06", "accept", accepts)
			if due := p.settle("2025-04-03"); due != "pass:opinions pass:decision pass:provisional" {
				p.t.Errorf("15 working days and 30 days: %s", due)
			}
		}, "lapsed"},
		"an emergency is admitted on its last day": {func(p *play) {
			p.world.no["emergency"] = false
			p.do(head, "2025-03-03", "apply", urgent)
			p.do(head, "2025-03-05", "complete_papers", papers)
			p.do(authority, "2025-03-06", "accept", accepts)
			p.settle("2025-04-02")
			p.do(authority, "2025-04-02", "admit", ruled)
			p.settle("2025-04-03")
		}, "admitted"},
		"it is denied": {func(p *play) {
			p.do(head, "2025-03-03", "apply", apply)
			p.do(authority, "2025-03-04", "accept", accepts)
			p.heard("2025-03-04")
			p.do(authority, "2025-03-05", "deny", `{"document":"准〔2025〕5号","reason":"属部门职责"}`)
		}, "denied"},
		"it is revoked": {func(p *play) {
			p.do(head, "2025-03-03", "apply", apply)
			p.do(authority, "2025-03-04", "accept", accepts)
			p.heard("2025-03-04")
			p.do(authority, "2025-03-05", "admit", ruled)
			p.settle("2025-06-05")
			p.do(authority, "2025-06-05", "revoke", `{"document":"准〔2025〕9号","reason":"经费未到"}`)
		}, "revoked"},
		"a draft is signed": {func(p *play) {
			p.world.no["unsigned"] = false
			p.do(officer, "2025-03-03", "apply", apply)
			p.is("drafted")
			p.do(officer, "2025-03-03", "redraft", papers)
			p.do(head, "2025-03-04", "sign", "")
		}, "submitted"},
		"who is asked says nothing": {func(p *play) {
			p.do(head, "2025-03-03", "apply", apply)
			p.do(authority, "2025-03-04", "accept", accepts)
			p.settle("2025-03-11") // the fifth working day
			p.is("consulting")
			p.settle("2025-03-12")
		}, "review"},
		"a community asks for its exit": {func(p *play) {
			p.do(head, "2025-03-03", "apply", apply)
			p.do(authority, "2025-03-04", "accept", accepts)
			p.heard("2025-03-04")
			p.do(authority, "2025-03-05", "admit", ruled)
			p.do(authority, "2025-03-06", "publish", `{"notice":"公告〔2025〕1号"}`)
			p.do(secretary, "2025-03-07", "petition", `{"reason":"居民不认可"}`)
			p.is("reviewing")
			p.do(authority, "2025-03-10", "delist", `{"reason":"居民不认可"}`)
		}, "delisted"},
		"it is kept for another year": {func(p *play) {
			p.do(head, "2025-03-03", "apply", strings.Replace(apply, `"to":"2025-12-31",`, "", 1))
			p.do(authority, "2025-03-04", "accept", accepts)
			p.heard("2025-03-04")
			p.do(authority, "2025-03-05", "admit", `{"document":"准〔2025〕4号"}`)
			p.do(authority, "2025-03-06", "publish", `{"notice":"公告〔2025〕1号"}`)
			for _, year := range []string{"2026-03-07", "2027-03-08"} {
				p.settle(year)
				p.is("reviewing")
				p.do(authority, year, "keep", `{"reason":"仍需要"}`)
			}
		}, "listed"},
		"the applicant withdraws": {func(p *play) {
			p.do(head, "2025-03-03", "apply", apply)
			p.do(head, "2025-03-04", "withdraw", `{"reason":"不办了"}`)
		}, "withdrawn"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlay(t, "admission")
			c.play(p)
			p.settle(p.in.Steps[len(p.in.Steps)-1].On.String())
			p.is(c.want)
		})
	}
}

// Who drafted an application in a former post does not decide on it in another.
func TestNobodyAdmitsTheirOwn(t *testing.T) {
	t.Parallel()
	p := applied(t)
	moved := access.Principal{ID: head.ID, Person: head.Person, Grants: authority.Grants}
	refuse(p, moved, "2025-03-04", "accept", accepts, "actor: “受理”须由另一人办理：2025-03-03 的“申请准入”是同一人办的")
	p.do(authority, "2025-03-04", "accept", accepts)
	p.heard("2025-03-04")
	refuse(p, moved, "2025-03-05", "admit", ruled, "actor: “准予准入”须由另一人办理：2025-03-03 的“申请准入”是同一人办的")
}

// An application needs its papers; an emergency has three days for them.
func TestAnApplicationNeedsItsPapers(t *testing.T) {
	t.Parallel()
	w := builtin(t, "admission")
	without := strings.Replace(urgent, ","+itsEmergency, "", 1)
	if err := w.Fill("apply", []byte(without)); err == nil || strings.Contains(err.Error(), "started_on") {
		t.Errorf("without papers and no emergency: %v", err)
	}
	if err := w.Fill("apply", []byte(urgent)); err != nil {
		t.Error(err)
	}
}

// A county's own version goes on from the built-in one: its days, one step more.
func TestACountyShortensADeadline(t *testing.T) {
	t.Parallel()
	p := newPlay(t, "task")
	own := clone(t, p.Definition)
	own.Version = 2
	timer("receipt", func(t *process.Timer) { t.Days = 3 })(own)
	county := *p.Workflow
	county.Definition = own
	p.Workflow = &county
	p.do(head, "2025-03-03", "issue", issue)
	if r := p.running("receipt"); r.DueOn != on(t, "2025-03-06") || p.in.Version != 2 {
		t.Errorf("%+v", p.in)
	}
}
