package main

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"feisui/services/feisui/serve"
)

// TestACountyNamesItsOffices: whoever the county has set for justice is asked about
// every application, finds it among what waits, and nobody else is asked in its
// place. A department that is not there is no office.
func TestACountyNamesItsOffices(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := applied(t, serve.Config{DatabaseURL: place.database})
	var known serve.Definitions
	s.ask(ofAuthority, http.MethodGet, "/workflows/admission/definitions", "", "").into(t, &known)
	text := string(known.Definitions[0].Definition)
	own := strings.Replace(strings.Replace(text, `"version":3`, `"version":4`, 1), `"justice":""`, `"justice":"D02"`, 1)
	adopt := func(definition string) answer {
		return s.changes("admission", `{"definition":`+definition+`,"reason":"本县的司法局"}`)
	}
	for name, wrong := range map[string]string{
		"no such department": strings.Replace(own, `"justice":"D02"`, `"justice":"D99"`, 1),
		"no such part":       strings.Replace(own, `"justice":"D02"`, `"item":"D02"`, 1),
	} {
		if a := adopt(wrong); wrong == own || a.status != http.StatusUnprocessableEntity || !strings.Contains(string(a.body), "offices.") {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	if a := adopt(own); own == text || a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	waits := func(who string) []string {
		var todo serve.Todos
		s.ask(who, http.MethodGet, "/todo", "", "").into(t, &todo)
		var all []string
		for _, one := range todo.Todo {
			all = append(all, one.Instance)
		}
		return all
	}
	s.apply(officeHead, "ZR")
	if got := waits(otherHead); got != nil {
		t.Errorf("before it is accepted: %q", got)
	}
	if a := s.ask(ofAuthority, http.MethodPost, on("ZR", "accept"), "", `{`+itsChecks+`,"justice":"D03","communities_unasked":"急需办理"}`); a.status != http.StatusUnprocessableEntity || !strings.Contains(string(a.body), "D02") {
		t.Errorf("another is asked in its place: %d %s", a.status, a.body)
	}
	s.do(ofAuthority, "ZR", "accept", `{`+itsChecks+`,"letter":"社建函〔2025〕2号","communities_unasked":"急需办理"}`)
	if in := s.look(ofAuthority, "ZR"); opinionsOf(in.Application) != "finance missing, justiceD02 missing" {
		t.Errorf("%s", opinionsOf(in.Application))
	}
	if got := waits(otherHead); !slices.Equal(got, []string{"ZR"}) {
		t.Errorf("its head finds %q", got)
	}
	if a := s.ask("person:third department_head@D03", http.MethodPost, on("ZR", "give_opinion"), "", `{"office":"justice","opinion":"agree"}`); a.status != http.StatusNotFound {
		t.Errorf("another department speaks for it: %d %s", a.status, a.body)
	}
	s.do(otherHead, "ZR", "give_opinion", `{"office":"justice","opinion":"agree"}`)
	if one := s.do(ofFinance, "ZR", "give_opinion", `{"office":"finance","opinion":"agree"}`).Instances[0]; one.State != "review" {
		t.Errorf("%+v", one)
	}
	// About its own application it is not asked.
	s.apply(otherHead, "ZR-2", `department="D02"`)
	refused := s.ask(ofAuthority, http.MethodPost, on("ZR-2", "accept"), "", `{`+itsChecks+`,"communities_unasked":"急需办理"}`)
	if refused.status != http.StatusUnprocessableEntity || !strings.Contains(string(refused.body), "offices_unasked") {
		t.Errorf("nobody is asked, and nobody says why: %d %s", refused.status, refused.body)
	}
	s.do(ofAuthority, "ZR-2", "accept", acceptForm)
	in := s.look(ofAuditor, "ZR-2")
	if opinionsOf(in.Application) != "finance missing" {
		t.Errorf("%s", opinionsOf(in.Application))
	}
	want := []serve.Unasked{{Office: "departments", Reason: "县里未设"}, {Office: "community", Reason: "急需办理"}}
	if !slices.Equal(in.Application.Unasked, want) {
		t.Errorf("an auditor reads %+v", in.Application.Unasked)
	}
}

// TestTheFeeThatWasAppliedForIsInTheCatalogue once it is published there, and tasks
// have it; what is not published so says its fee itself. What says no fee is not
// accepted.
func TestTheFeeThatWasAppliedForIsInTheCatalogue(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := applied(t, serve.Config{DatabaseURL: place.database})
	refused := func(no, action, form, says string) {
		t.Helper()
		if a := s.ask(ofAuthority, http.MethodPost, on(no, action), "", form); a.status != http.StatusUnprocessableEntity || !strings.Contains(string(a.body), says) {
			t.Errorf("%s of %s: %d %s", action, no, a.status, a.body)
		}
	}
	s.apply(officeHead, "ZR-0", `rule=`, `rate=`)
	refused("ZR-0", "accept", acceptForm, "经费方式")
	s.apply(officeHead, "ZR-1", `rate=`)
	refused("ZR-1", "accept", acceptForm, "标准")

	s.underReview("ZR", `from="2025-03-03"`)
	s.do(ofAuthority, "ZR", "admit_on_conditions", onCondition)
	fee := func(no string) *int64 {
		var out serve.Acted
		s.ask(officeHead, http.MethodPost, begins, "", `{"no":"`+no+`","department":"D01","community":"`+south+`","item":"B01","pay_by":"2025-12-31"}`).into(t, &out)
		if len(out.Instances) != 1 || len(out.Instances[0].Task.Warnings) > 1 {
			t.Fatalf("%+v", out)
		}
		if e := out.Instances[0].Task.Entitlement; e != nil {
			fen := int64(*e)
			return &fen
		}
		return nil
	}
	if got := fee("JB-1"); got != nil {
		t.Errorf("before it is listed: %d", *got)
	}
	s.do(ofAuthority, "ZR", "publish", `{"notice":"公告〔2025〕1号","list":"purchase"}`)
	if got := fee("JB-2"); got == nil || *got != 40_000_00 {
		t.Errorf("20 yuan for each of 2000 households: %v", got)
	}
	// What is there stays as it is.
	s.underReview("ZR-3", `from="2025-03-03"`)
	s.do(ofAuthority, "ZR-3", "admit", decideForm)
	refused("ZR-3", "publish", `{"notice":"公告〔2025〕2号","list":"assist"}`, "B01")
	s.underReview("ZR-5", `from="2025-03-03"`)
	s.do(ofAuthority, "ZR-5", "convert", `{"document":"社建委〔2025〕6号","reason":"社区无此职责"}`)
	refused("ZR-5", "publish", `{"notice":"公告〔2025〕4号","list":"assist"}`, "转为购买服务")
	s.underReview("ZR-4", `kind="training"`, `item=`)
	s.do(ofAuthority, "ZR-4", "admit", decideForm)
	refused("ZR-4", "publish", `{"notice":"公告〔2025〕3号","list":"assist"}`, "任务类")
	s.do(ofAuthority, "ZR-4", "publish", `{"notice":"公告〔2025〕3号"}`)
}
