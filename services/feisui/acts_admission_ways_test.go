package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"feisui/schemas"
	"feisui/services/feisui/serve"
)

// TestEachDeadlineOfAnApplication: what follows from silence follows on the day
// after the last that was in time, and not on it.
func TestEachDeadlineOfAnApplication(t *testing.T) {
	t.Parallel()
	nothing := append(emergency("2025-03-03"), "document=", "document_title=", "plan=", "cost=", "source=")
	for name, c := range map[string]struct {
		play         func(s applying)
		deadline     string
		before, day  string // the last day in time, and the first that is not
		state, after string
		warned       string // by rules, on that day
	}{
		"the authority does not look": {
			func(s applying) { s.apply(officeHead, "ZR") }, "formality", "2025-03-06", "2025-03-07", "submitted", "submitted", "",
		},
		"it is not corrected": {
			func(s applying) {
				s.apply(officeHead, "ZR")
				s.do(ofAuthority, "ZR", "return", `{`+strings.Replace(itsChecks, `"check_plan":"yes"`, `"check_plan":"no"`, 1)+`,"reason":"缺件"}`)
			}, "correcting", "2025-03-10", "2025-03-11", "correction", "lapsed", "",
		},
		"opinions are missing": {
			func(s applying) {
				s.apply(officeHead, "ZR")
				s.do(ofAuthority, "ZR", "accept", `{`+itsChecks+`,"justice":"D02","communities_unasked":"急需办理"}`)
			}, "opinions", "2025-03-10", "2025-03-11", "consulting", "review", "",
		},
		"nobody decides": {
			func(s applying) { s.underReview("ZR") }, "decision", "2025-03-24", "2025-03-25", "review", "review", "",
		},
		"it is not published": {
			func(s applying) {
				s.underReview("ZR")
				s.do(ofAuthority, "ZR", "admit", decideForm)
			}, "publishing", "2025-03-10", "2025-03-11", "admitted", "admitted", "",
		},
		"its term is over": {
			func(s applying) {
				s.underReview("ZR")
				s.do(ofAuthority, "ZR", "admit", decideForm)
				s.do(ofAuthority, "ZR", "publish", `{"notice":"x"}`)
			}, "validity", "2025-12-31", "2026-01-01", "listed", "expired", "",
		},
		"a shorter term is over": {
			func(s applying) {
				s.underReview("ZR")
				s.do(ofAuthority, "ZR", "admit_on_conditions", `{"document":"x","conditions":"y","to":"2025-06-01"}`)
				s.do(ofAuthority, "ZR", "publish", `{"notice":"x"}`)
			}, "validity", "2025-06-01", "2025-06-02", "listed", "expired", "",
		},
		"a year has gone by": {
			func(s applying) {
				s.underReview("ZR", `to=`)
				s.do(ofAuthority, "ZR", "admit", decideForm)
				s.do(ofAuthority, "ZR", "publish", `{"notice":"x"}`)
			}, "yearly", "2026-03-03", "2026-03-04", "listed", "reviewing", "R20",
		},
		"an emergency without its papers": {
			func(s applying) { s.apply(officeHead, "ZR", nothing...) }, "papers", "2025-03-06", "2025-03-07", "emergency", "lapsed", "",
		},
		"an emergency goes on undecided": {
			func(s applying) {
				s.apply(officeHead, "ZR", nothing...)
				s.do(officeClerk, "ZR", "complete_papers", "{"+itsPapers+"}")
				s.do(ofAuthority, "ZR", "accept", acceptForm)
				s.do(ofFinance, "ZR", "give_opinion", `{"office":"finance","opinion":"agree"}`)
			}, "provisional", "2025-04-02", "2025-04-03", "review", "lapsed", "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			place := shared(t)
			s := applied(t, serve.Config{DatabaseURL: place.database})
			c.play(s)
			s.pass(c.before)
			s.stands("ZR", c.state)
			s.settled(t, place, "ZR", c.deadline, false)
			s.pass(c.day)
			s.settled(t, place, "ZR", c.deadline, true)
			if c.deadline == "provisional" {
				if flags := s.task("JB", "B01", north); flags != "unadmitted" {
					t.Errorf("an emergency that lapsed: %q", flags)
				}
			}
			var in serve.Instance
			eventually(t, func() bool { // the journal has it before whoever is asked
				in = s.look(ofAuthority, "ZR")
				return in.State == c.after && (in.Ended || in.State != c.state || in.Overdue)
			})
			if c.deadline == "papers" {
				s.answersFor("emergency_unpapered:D01:1:ZR", "R21", officeHead, "D01")
			}
			if in.State != c.after || rulesOf(in.Application) != c.warned {
				t.Errorf("%s %q", in.State, rulesOf(in.Application))
			}
		})
	}
}

// settled looks whether a deadline has passed: by its event, once, or never.
func (s applying) settled(t *testing.T, place place, no, deadline string, passed bool) {
	t.Helper()
	count := func() (n int) {
		for e, err := range place.journal.After(t.Context(), "county", 0, 0) {
			if err != nil {
				t.Fatal(err)
			}
			var p schemas.InstanceDeadlinePassed
			if e.Type == p.Type() && json.Unmarshal(e.Data, &p) == nil && p.Instance == no && p.Deadline == deadline {
				n++
			}
		}
		return n
	}
	if passed {
		eventually(t, func() bool { return count() > 0 })
	}
	if n := count(); n > 1 || (n == 1) != passed {
		t.Errorf("%s passed %d times", deadline, n)
	}
}

// TestWhatIsListedNeedsNoApplication, and is told what it needs.
func TestWhatIsListedNeedsNoApplication(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := applied(t, serve.Config{DatabaseURL: place.database})
	s.rows("items", `{"code":"A03","name":"协助普查","department":"D01","list":"assist"}`, `{"code":"A04","name":"调解","department":"D01","list":"statutory"}`)
	for _, c := range []struct{ item, warned string }{{"A01", "listed"}, {"A03", "listed R34"}, {"A04", "listed"}} {
		one := s.apply(officeClerk, "ZR-"+c.item, fmt.Sprintf("item=%q", c.item)).Instances[0]
		if one.State != "unneeded" || rulesOf(one.Application) != c.warned || !strings.Contains(one.Application.Warnings[0].Chinese, "无需申请准入") {
			t.Errorf("%s: %+v %+v", c.item, one, one.Application)
		}
	}
	// A survey about it is applied for all the same.
	if one := s.apply(officeHead, "ZR-S", `item="A01"`, `kind="survey"`).Instances[0]; one.State != "submitted" || one.Application.Price != nil {
		t.Errorf("%+v", one)
	}
}

// TestAPurchaseIsListedAndAdmitted: what is converted is in the catalogue by the
// rule that was applied for, and tasks of it are admitted and have their fee.
func TestAPurchaseIsListedAndAdmitted(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := applied(t, serve.Config{DatabaseURL: place.database})
	s.underReview("ZR", `from="2025-03-03"`)
	s.do(ofAuthority, "ZR", "convert", `{"document":"社建委〔2025〕4号","reason":"社区无此职责"}`)
	a := s.ask(officeHead, http.MethodPost, begins, "", `{"no":"JB","department":"D01","community":"`+south+`","item":"B01","pay_by":"2025-12-31"}`)
	var out serve.Acted
	a.into(t, &out)
	if task := out.Instances[0].Task; task.Entitlement == nil || *task.Entitlement != 40_000_00 || len(task.Warnings) != 0 {
		t.Errorf("%+v", task)
	}
	// Without the admission the purchase alone would be unadmitted.
	s.do(ofAuthority, "ZR", "delist", `{"reason":"合同终止"}`)
	if flags := s.task("JB-2", "B01", south); flags != "unadmitted" {
		t.Errorf("%q", flags)
	}
}

// TestADenialIsAFact, by which nothing comes in; and the same application may not
// be handed in under its number again.
func TestADenialIsAFact(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := applied(t, serve.Config{DatabaseURL: place.database})
	s.underReview("ZR", `from="2025-03-03"`)
	s.do(ofAuthority, "ZR", "deny", `{"document":"社建委〔2025〕5号","reason":"无依据"}`)
	if flags := s.task("JB", "B01", south); flags != "unadmitted" {
		t.Errorf("%q", flags)
	}
	if n := place.count(t, "admission.decided"); n != 1 {
		t.Errorf("%d decisions", n)
	}
	if a := s.ask(officeHead, http.MethodPost, applyPath, "", application("ZR")); a.status != http.StatusConflict && a.status != http.StatusUnprocessableEntity {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// flagsOf gives the rules of a community's flags on a day, and what burdens stand.
func (s applying) flagsOf(community, day string) (flags string, burdens map[string]int) {
	s.t.Helper()
	var statement struct {
		Communities []struct {
			Code  string
			Flags []struct{ Rule string }
			Tally struct{ Burdens map[string]int }
		}
	}
	s.ask("", http.MethodGet, "/statement?on="+day, "", "").into(s.t, &statement)
	for _, c := range statement.Communities {
		if c.Code != community {
			continue
		}
		var rules []string
		for _, f := range c.Flags {
			rules = append(rules, f.Rule)
		}
		return strings.Join(rules, " "), c.Tally.Burdens
	}
	return "", nil
}

// TestOtherKindsAreWhatTheLedgerKnows: a plaque that is approved may hang, a
// training is a burden as long as it is admitted, and an assessment is no fact.
// None of them admits a task of its item.
func TestOtherKindsAreWhatTheLedgerKnows(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := applied(t, serve.Config{DatabaseURL: place.database})
	s.rows("plaque_catalogue", `{"title":"居委会","zone":"outside"}`)
	s.rows("plaques", `{"no":"P1","community":"`+north+`","department":"D01","title":"入户调查","zone":"inside","hung_on":"2025-03-03"}`)
	if flags, _ := s.flagsOf(north, "2025-03-03"); flags != "plaque_unlisted" {
		t.Errorf("before it is approved: %q", flags)
	}
	s.underReview("ZR-P", `kind="plaque"`, `zone="inside"`, `from="2025-03-03"`)
	s.do(ofAuthority, "ZR-P", "admit", decideForm)
	if flags, _ := s.flagsOf(north, "2025-03-03"); flags != "" {
		t.Errorf("after it was approved: %q", flags)
	}
	s.underReview("ZR-T", `kind="training"`, `item=`, `from="2025-03-03"`, `communities=["`+south+`"]`)
	s.do(ofAuthority, "ZR-T", "admit", decideForm)
	_, here := s.flagsOf(south, "2025-06-30")
	if _, there := s.flagsOf(north, "2025-06-30"); here["training"] != 1 || there["training"] != 0 {
		t.Errorf("%v %v", here, there)
	}
	s.pass("2025-03-04")
	s.do(ofAuthority, "ZR-T", "delist", `{"reason":"不再需要"}`)
	_, on := s.flagsOf(south, "2025-03-04")
	if _, after := s.flagsOf(south, "2025-03-05"); on["training"] != 1 || after["training"] != 0 {
		t.Errorf("%v, then %v", on, after)
	}
	before := place.facts(t)
	s.underReview("ZR-A", `kind="assessment"`, `assessment="年终一票否决"`)
	if in := s.look(ofAuthority, "ZR-A"); rulesOf(in.Application) != "R12 R13" {
		t.Errorf("%q", rulesOf(in.Application))
	}
	s.do(ofAuthority, "ZR-A", "deny", `{"document":"x","reason":"纳入综合考核"}`)
	if now := place.facts(t); now != before {
		t.Errorf("an assessment that is denied is %d facts", now-before)
	}
	if flags := s.task("JB", "B01", north); flags != "unadmitted" {
		t.Errorf("a plaque of its item admits a task: %q", flags)
	}
}

// facts counts what is recorded beside the steps of workflows, and what follows.
func (p place) facts(t *testing.T) (n int) {
	t.Helper()
	for e, err := range p.journal.After(t.Context(), "county", 0, 0) {
		if err != nil {
			t.Fatal(err)
		}
		if c := schemas.Category(e.Type); c != "instance" && c != "flag" {
			n++
		}
	}
	return n
}

// TestAPlaqueThatComesBack is scenario 9 of the reports, with admission: that a
// plaque was approved does not hide that it was taken down and hangs again.
func TestAPlaqueThatComesBack(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := applied(t, serve.Config{DatabaseURL: place.database})
	s.rows("plaque_catalogue", `{"title":"居委会","zone":"outside"}`)
	s.underReview("ZR", `kind="plaque"`, `zone="inside"`, `from="2025-03-03"`)
	s.do(ofAuthority, "ZR", "admit", decideForm)
	plaque := `"community":"` + north + `","department":"D01","title":"入户调查","zone":"inside"`
	s.rows("plaques", `{"no":"P1",`+plaque+`,"hung_on":"2025-03-03"}`)
	if flags, _ := s.flagsOf(north, "2025-03-03"); flags != "" {
		t.Errorf("it hangs with approval: %q", flags)
	}
	s.rows("plaques", `{"no":"P1",`+plaque+`,"hung_on":"2025-03-03","removed_on":"2025-03-20"}`, `{"no":"P2",`+plaque+`,"hung_on":"2025-06-01"}`)
	if flags, _ := s.flagsOf(north, "2025-06-01"); flags != "plaque_relapse" {
		t.Errorf("it came back before an inspection: %q", flags)
	}
}

// TestARevocationThatIsRecorded beside the workflow ends it as well.
func TestARevocationThatIsRecorded(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := applied(t, serve.Config{DatabaseURL: place.database})
	s.underReview("ZR")
	s.do(ofAuthority, "ZR", "admit", decideForm)
	s.rows("admissions", `{"no":"ZR","department":"D01","item":"B01","decision":"admitted","revoked_on":"2025-03-03"}`)
	s.stands("ZR", "revoked")
}

// TestTwoDecideAtOnce: one decision is taken, and the others are told which.
func TestTwoDecideAtOnce(t *testing.T) {
	t.Parallel()
	const people = 8
	place := shared(t)
	s := applied(t, serve.Config{DatabaseURL: place.database})
	s.underReview("ZR")
	var deciding sync.WaitGroup
	answers, errs := make([]answer, people), make([]error, people)
	for i := range people {
		action, form := "admit", decideForm
		if i%2 == 0 {
			action, form = "deny", `{"document":"x","reason":"y"}`
		}
		deciding.Go(func() {
			answers[i], errs[i] = s.tryAsk(t.Context(), fmt.Sprint("person:", i, " authority@"), http.MethodPost, on("ZR", action), "", form)
		})
	}
	deciding.Wait()
	taken := 0
	for i, a := range answers {
		switch {
		case errs[i] != nil:
			t.Fatal(errs[i])
		case a.status == http.StatusOK:
			taken++
		case a.status != http.StatusConflict || a.problem(t).Code != "STATE" || strings.Contains(string(a.body), "person:"):
			t.Errorf("%d %s", a.status, a.body)
		}
	}
	if n := place.count(t, "admission.decided"); taken != 1 || n != 1 {
		t.Errorf("%d were taken, %d decisions recorded", taken, n)
	}
}

// TestKilledWhileDeciding: a server that is killed after each step that it recorded
// leaves it, once, and the next gives the same request its answer. What is a fact is
// not answered before the ledger has it, so there the server is killed before it
// answers.
func TestKilledWhileDeciding(t *testing.T) {
	t.Parallel()
	place := shared(t)
	first := applied(t, serve.Config{DatabaseURL: place.database})
	first.rows("plaque_catalogue", `{"title":"居委会","zone":"outside"}`)
	first.end()
	for i, c := range []struct {
		who, action, form, state string
		fact                     bool
	}{
		{officeClerk, "", application("ZR"), "drafted", false},
		{officeHead, "sign", "", "submitted", false},
		{ofAuthority, "accept", acceptForm, "consulting", false},
		{ofFinance, "give_opinion", `{"office":"finance","opinion":"agree"}`, "review", false},
		{ofAuthority, "admit", decideForm, "admitted", true},
		{ofAuthority, "publish", `{"notice":"x"}`, "listed", false},
		{ofAuthority, "revoke", `{"document":"x","reason":"y"}`, "revoked", true},
	} {
		path := applyPath
		if c.action != "" {
			path = on("ZR", c.action)
		}
		s, kill := place.killable(t, stageDay, withoutLedger...)
		steps := func() int { return place.count(t, "instance.begun") + place.count(t, "instance.acted") }
		gone := make(chan error, 1)
		go func() {
			_, err := s.tryAsk(t.Context(), c.who, http.MethodPost, path, fmt.Sprint("once-", i), c.form)
			gone <- err
		}()
		eventually(t, func() bool { return steps() == i+1 })
		kill()
		if err := <-gone; err == nil && c.fact {
			t.Fatalf("%s was answered", c.action)
		}
		next, end := place.killable(t, stageDay)
		a := next.ask(c.who, http.MethodPost, path, fmt.Sprint("once-", i), c.form)
		var out serve.Acted
		a.into(t, &out)
		if a.status != http.StatusOK || !out.Repeated || out.Instances[0].State != c.state || steps() != i+1 {
			t.Errorf("%s: %d %s", c.action, a.status, a.body)
		}
		end()
	}
	if decided, revoked := place.count(t, "admission.decided"), place.count(t, "admission.revoked"); decided != 1 || revoked != 1 {
		t.Errorf("%d decisions, %d revocations", decided, revoked)
	}
}

// TestDecidingAndRecordingCountAlike: after applications were decided, the county's
// statement is the one that reconcile prints for a workbook of the same facts.
func TestDecidingAndRecordingCountAlike(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := applied(t, serve.Config{DatabaseURL: place.database})
	s.underReview("ZR-1", `from="2025-03-03"`, `to="2025-03-31"`, `communities=["`+north+`"]`)
	s.do(ofAuthority, "ZR-1", "admit", decideForm)
	s.underReview("ZR-2", `item="B02"`, `name="代办"`, `from="2025-03-03"`)
	s.do(ofAuthority, "ZR-2", "convert", `{"document":"社建委〔2025〕4号","reason":"应当购买"}`)
	s.underReview("ZR-3", `item="B03"`)
	s.do(ofAuthority, "ZR-3", "deny", `{"document":"社建委〔2025〕5号","reason":"无依据"}`)
	s.task("JB-1", "B01", north)
	s.task("JB-2", "B01", south)
	s.task("JB-3", "B02", south)
	s.task("JB-4", "B03", south)
	s.pass("2025-03-04")
	s.do(ofAuthority, "ZR-2", "revoke", `{"document":"社建委〔2025〕6号","reason":"合同终止"}`)
	s.task("JB-5", "B02", south)
	folder := t.TempDir()
	for name, text := range map[string]string{
		"departments": "code,name,kind\nD01,民政局,department\nD02,司法局,department\nD03,组织部,department\n",
		"communities": "code,name,street,households\n" + north + ",北社区," + streetOfBoth + ",1000\n" + south + ",南社区," + streetOfBoth + ",2000\n",
		"items": "code,name,department,list,rule,rate\nA01,高龄津贴核查,D01,assist,per_case,20\nA02,上级收回事项,D01,negative,none,\n" +
			"B02,代办,D01,purchase,per_household,20\n",
		"admissions": "no,department,item,from,to,communities,decision,decided_on,revoked_on\n" +
			"ZR-1,D01,B01,2025-03-03,2025-03-31," + north + ",admitted,2025-03-03,\n" +
			"ZR-2,D01,B02,2025-03-03,2025-12-31,,conditional,2025-03-03,2025-03-04\nZR-3,D01,B03,2025-05-06,2025-12-31,,denied,2025-03-03,\n",
		"tasks": "no,department,community,item,issued_on,amount,pay_by\nJB-1,D01," + north + ",B01,2025-03-03,100,2025-12-31\n" +
			"JB-2,D01," + south + ",B01,2025-03-03,100,2025-12-31\nJB-3,D01," + south + ",B02,2025-03-03,100,2025-12-31\n" +
			"JB-4,D01," + south + ",B03,2025-03-03,100,2025-12-31\nJB-5,D01," + south + ",B02,2025-03-04,100,2025-12-31\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name+".csv"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, day := range []string{"2025-03-03", "2025-03-04", "2025-04-01"} {
		got := decoded(t, s.ask("", http.MethodGet, "/statement?on="+day, "", "").body)
		if want := statementOf(t, folder, day); !reflect.DeepEqual(got, want) {
			t.Errorf("on %s:\n%s", day, strings.Join(differences("", got, want), "\n"))
		}
	}
	if flags, _ := s.flagsOf(south, "2025-03-04"); flags != "unadmitted unadmitted unadmitted" {
		t.Errorf("what is compared has the flags %q", flags)
	}
}
