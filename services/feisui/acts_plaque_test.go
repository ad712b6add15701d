package main

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"feisui/services/feisui/serve"
)

const asksForPlaque = `{"no":"GP-1","community":"` + north + `","title":"党群服务中心","zone":"outside","funding":"5000"}`

// TestAPlaqueFromItsRequestToItsRemoval goes the whole way, and what hangs is in
// the statement while it hangs.
func TestAPlaqueFromItsRequestToItsRemoval(t *testing.T) {
	t.Parallel()
	s := catalogued(t, shared(t))
	s.contract = contractOf(t)
	f := s.flow("plaque")
	if one := f.begin(officeHead, asksForPlaque); one.State != "requested" || one.Warnings != nil {
		t.Errorf("%+v", one)
	}
	f.act(ofAuthority, "GP-1", "approve", `{"document":"编发〔2025〕1号"}`)
	if c := s.carries(north); c.Plaques["outside"] != 0 {
		t.Errorf("it counts before it hangs: %+v", c)
	}
	f.act(northOfficer, "GP-1", "hang", "")
	if c := s.carries(north); c.Plaques["outside"] != 1 || c.Flags != nil {
		t.Errorf("%+v", c)
	}
	in := f.seen(ofAuthority, "GP-1")
	i := slices.IndexFunc(in.Actions, func(a serve.OpenAction) bool { return a.Action == "order_removal" })
	if i < 0 || len(in.Actions[i].Warned) != 1 || in.Actions[i].WhyNot != nil {
		t.Errorf("nothing is said of the money before the step: %+v", in.Actions)
	}
	if said := warned(f.act(ofAuthority, "GP-1", "order_removal", `{"reason":"有牌无实"}`)); !strings.Contains(said, "5000 元") {
		t.Errorf("%q", said)
	}
	s.pass("2025-03-05")
	f.act(officeClerk, "GP-1", "report_removal", `{"removed_on":"2025-03-04"}`)
	f.act(northOfficer, "GP-1", "still_hangs", "")
	f.act(officeClerk, "GP-1", "report_removal", `{"removed_on":"2025-03-05"}`)
	if c := s.carries(north); c.Plaques["outside"] != 1 {
		t.Errorf("a report is no removal: %+v", c)
	}
	f.act(northOfficer, "GP-1", "confirm_removal", "")
	if in := f.seen(officeHead, "GP-1"); in.State != "removed" || !in.Ended {
		t.Errorf("%+v", in.Line)
	}
	if c := s.carries(north); c.Plaques["outside"] != 0 {
		t.Errorf("%+v", c)
	}
}

// TestWhatIsFoundHanging: whoever finds a plaque types four words. It counts at
// once; it is regularised, or goes; and when it comes back it is a relapse.
func TestWhatIsFoundHanging(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := catalogued(t, place)
	f := s.flow("plaque")
	one := f.begin(northOfficer, `{"department":"D02","title":"法律顾问站","zone":"inside"}`)
	if one.State != "found" || one.Instance != "GP-"+north+"-2025-03-03-1" || !strings.Contains(warned(one), "不在这一位置的挂牌目录内") {
		t.Errorf("%+v", one)
	}
	if c := s.carries(north); c.Plaques["inside"] != 1 || !slices.Equal(c.Flags, []string{"plaque_unlisted " + one.Instance}) {
		t.Errorf("%+v", c)
	}
	f.refuses(place, map[string]refusal{
		"it is not in the catalogue": {ofAuthority, one.Instance, "regularise", `{"reason":"补办"}`, 422, "FACTS", "不在这一位置的挂牌目录内"},
	})
	if said := warned(f.act(ofAuthority, one.Instance, "order_removal", `{"reason":"未经准入"}`)); said != "" {
		t.Errorf("%q", said)
	}
	f.act(northOfficer, one.Instance, "report_removal", "")
	f.act(ofAuthority, one.Instance, "confirm_removal", "")
	s.pass("2025-03-10")
	again := f.begin(northOfficer, `{"department":"D02","title":"法律顾问站","zone":"inside","hung_on":"2025-03-08"}`)
	if again.State != "relapsed" {
		t.Errorf("%+v", again)
	}
	if c := s.carries(north); !slices.Contains(c.Flags, "plaque_relapse "+again.Instance) {
		t.Errorf("%+v", c)
	}
	f.refuses(place, map[string]refusal{
		"a relapse is not regularised": {ofAuthority, again.Instance, "regularise", `{"reason":"补办"}`, 409, "STATE", "回潮"},
	})
	f.act(ofAuthority, again.Instance, "order_removal", `{"reason":"回潮"}`)
	listed := f.begin(ofAuthority, `{"department":"D02","community":"`+south+`","title":"党群服务中心","zone":"outside"}`)
	f.refuses(place, map[string]refusal{
		"the same eyes": {ofAuthority, listed.Instance, "regularise", `{"reason":"补办"}`, 403, "NOT_YOURS", "另一人"},
	})
	f.act("person:second authority@", listed.Instance, "regularise", `{"reason":"补办"}`)
	if in := f.seen(southOfficer, listed.Instance); in.State != "hung" {
		t.Errorf("%+v", in.Line)
	}
}

// TestWhatHangsAlreadyIsTakenUp: what was imported goes on from where it hangs, and
// what an import says of it later moves it.
func TestWhatHangsAlreadyIsTakenUp(t *testing.T) {
	t.Parallel()
	s := catalogued(t, shared(t))
	f := s.flow("plaque")
	for no, removed := range map[string]string{"P1": "", "P2": "", "P3": `,"removed_on":"2024-06-01"`} {
		s.rows("plaques", `{"no":"`+no+`","community":"`+north+`","department":"D02","title":"牌`+no+`","zone":"inside","hung_on":"2024-01-01"`+removed+`}`)
	}
	for day, says := range map[string]string{"2023-12-31": "不得早于挂牌日期 2024-01-01", "2025-03-04": "不得晚于今天 2025-03-03"} {
		if a := f.try(otherHead, "P1", "report_removal", `{"removed_on":"`+day+`"}`); a.status != http.StatusUnprocessableEntity || !strings.Contains(string(a.body), says) {
			t.Errorf("it came down on %s: %d %s", day, a.status, a.body)
		}
	}
	var page serve.Lines
	s.ask(northOfficer, http.MethodGet, f.path("", ""), "", "").into(t, &page)
	if len(page.Instances) != 2 || page.Instances[0].State != "hung" || page.Instances[0].Begun {
		t.Errorf("%+v", page) // what is down is not taken up
	}
	f.act(ofAuthority, "P1", "order_removal", `{"reason":"清理"}`)
	if in := f.seen(northOfficer, "P1"); in.Due == nil || in.Due.DueOn.String() != "2025-03-17" {
		t.Errorf("%+v", in.Line)
	}
	s.rows("plaques", `{"no":"P1","community":"`+north+`","department":"D02","title":"牌P1","zone":"inside","hung_on":"2024-01-01","removed_on":"2025-03-03"}`)
	f.is("P1", "removed")
	f.act("person:other department_officer@D02", "P2", "report_removal", "")
	f.act(northOfficer, "P2", "confirm_removal", "")
	if c := s.carries(north); c.Plaques["inside"] != 0 {
		t.Errorf("%+v", c)
	}
	f.begin(officeHead, asksForPlaque)
	s.rows("plaques", `{"no":"GP-1","community":"`+north+`","department":"D01","title":"党群服务中心","zone":"outside","hung_on":"2025-03-03"}`)
	f.is("GP-1", "found") // it hangs, and nobody approved it
}

// TestTheCatalogueAndTheCapHold: what they forbid is said at the request, refused
// at the approval, and takes a document and a reason otherwise. A county that does
// without drops a word of its version.
func TestTheCatalogueAndTheCapHold(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := catalogued(t, place)
	f := s.flow("plaque")
	for _, no := range []string{"A", "B", "C", "D"} {
		s.rows("plaques", `{"no":"`+no+`","community":"`+north+`","department":"D02","title":"党群服务中心","zone":"outside","hung_on":"2024-01-01"}`)
	}
	said := warned(f.begin(officeHead, `{"no":"GP-1","community":"`+north+`","title":"工作站","zone":"outside"}`))
	if !strings.Contains(said, "不在这一位置的挂牌目录内") || !strings.Contains(said, "已达上限") || !strings.Contains(said, "将超出 1 块") {
		t.Errorf("%q", said)
	}
	f.begin(officeHead, `{"no":"GP-2","community":"`+south+`","title":"党群服务中心","zone":"outside"}`)
	future := `{"no":"GP-3","department":"D02","title":"牌","zone":"wall","hung_on":"2025-03-04"}`
	f.refuses(place, map[string]refusal{
		"neither listed nor below the cap": {ofAuthority, "GP-1", "approve", "", 422, "FACTS", "已达上限"},
		"without a reason":                 {ofAuthority, "GP-1", "approve_apart", `{"document":"x"}`, 422, "FORM", "reason"},
		"another's request":                {officeHead, "", "", `{"no":"GP-4","department":"D02","community":"` + north + `","title":"牌","zone":"wall"}`, 403, "NOT_YOURS", ""},
		"a clerk asks":                     {officeClerk, "", "", asksForPlaque, 403, "NOT_YOURS", "部门负责人"},
		"another community's":              {southOfficer, "", "", `{"department":"D02","community":"` + north + `","title":"牌","zone":"wall"}`, 403, "NOT_YOURS", ""},
		"the number is another's":          {officeHead, "", "", `{"no":"GP-1","community":"` + north + `","title":"牌","zone":"wall"}`, 409, "STATE", "GP-1"},
		"a number that hangs already":      {officeHead, "", "", `{"no":"A","community":"` + north + `","title":"牌","zone":"wall"}`, 409, "NUMBER_TAKEN", "A"},
		"found tomorrow":                   {northOfficer, "", "", future, 422, "FORM", "不得晚于今天"},
		"no such place":                    {northOfficer, "", "", strings.Replace(future, "wall", "roof", 1), 422, "FORM", "zone"},
		"a photo":                          {northOfficer, "", "", `{"department":"D02","title":"牌","zone":"wall","photo":"x"}`, 422, "FORM", "photo"},
		"hung before it is approved":       {northOfficer, "GP-1", "hang", "", 409, "STATE", "待审批"},
		"the department approves":          {officeHead, "GP-1", "approve", "", 403, "NOT_YOURS", ""},
		"out of scope":                     {southOfficer, "GP-1", "hang", "", 404, "INSTANCE_UNKNOWN", ""},
		"no department decides with it":    {otherHead, "GP-2", "concur", "", 404, "INSTANCE_UNKNOWN", ""},
		"the system's step":                {ofAuthority, "GP-1", "note_found", "", 403, "NOT_YOURS", ""},
	})
	f.act(ofAuthority, "GP-1", "approve_apart", `{"document":"县〔2025〕1号","reason":"上级要求"}`)
	f.refuses(place, map[string]refusal{
		"hung tomorrow": {northOfficer, "GP-1", "hang", `{"hung_on":"2025-03-04"}`, 422, "FACTS", "hung_on"},
	})
	f.act(officeHead, "GP-1", "withdraw", "")
	f.act(ofAuthority, "GP-2", "deny", `{"reason":"不需要"}`)
	if c := s.carries(north); c.Plaques["outside"] != 4 {
		t.Errorf("%+v", c)
	}
}

// TestACountyHasASecondDepartmentDecide: its version fills in who; then there is no
// approval before that one agreed, and nobody is both.
func TestACountyHasASecondDepartmentDecide(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := catalogued(t, place)
	f := s.flow("plaque")
	var known serve.Definitions
	s.ask(officeHead, http.MethodGet, "/workflows/plaque/definitions", "", "").into(t, &known)
	var d map[string]any
	if err := json.Unmarshal(known.Definitions[0].Definition, &d); err != nil {
		t.Fatal(err)
	}
	nextVersion(d)
	d["filled"].(map[string]any)["organisation"] = "D02"
	body, err := json.Marshal(map[string]any{"definition": d, "reason": "挂牌须编办会审"})
	if err != nil {
		t.Fatal(err)
	}
	if a := s.changes("plaque", string(body)); a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	f.begin(officeHead, asksForPlaque)
	const both = "person:both authority@ department_head@D02"
	f.refuses(place, map[string]refusal{
		"before the other agreed": {ofAuthority, "GP-1", "approve", "", 422, "FACTS", "D02"},
		"by a document either":    {ofAuthority, "GP-1", "approve_apart", `{"document":"x","reason":"y"}`, 422, "FACTS", "D02"},
	})
	f.act(both, "GP-1", "concur", "")
	f.refuses(place, map[string]refusal{
		"the same person":  {both, "GP-1", "approve", "", 403, "NOT_YOURS", "另一人"},
		"agreed once only": {otherHead, "GP-1", "concur", "", 409, "STATE", ""},
	})
	f.act(ofAuthority, "GP-1", "approve", "")
}

// TestAPlaquesDeadlines: what follows from silence follows on the day after.
func TestAPlaquesDeadlines(t *testing.T) {
	t.Parallel()
	s := catalogued(t, shared(t))
	f := s.flow("plaque")
	ask := func(no, community string) {
		f.begin(officeHead, `{"no":"`+no+`","community":"`+community+`","title":"党群服务中心","zone":"outside"}`)
	}
	ask("undecided", north)
	ask("unhung", south)
	f.act(ofAuthority, "unhung", "approve", "")
	found := f.begin(northOfficer, `{"no":"found","department":"D02","title":"甲","zone":"wall"}`)
	for _, no := range []string{"ordered", "silent"} {
		f.begin(northOfficer, `{"no":"`+no+`","department":"D02","title":"`+no+`","zone":"wall"}`)
	}
	f.act(ofAuthority, "ordered", "order_removal", `{"reason":"清理"}`)
	f.act("person:other department_officer@D02", "silent", "report_removal", "")
	s.pass("2025-03-10")
	f.is("silent", "reported")
	s.pass("2025-03-11")
	f.is("silent", "removed")
	s.carriesInTime(north, func(c carried) bool { return c.Plaques["wall"] == 2 }) // nobody waited for the ledger
	s.pass("2025-03-17")
	late := func(no string) bool { return f.seen(ofAuthority, no).Overdue }
	for _, no := range []string{"undecided", found.Instance, "ordered"} {
		if late(no) {
			t.Errorf("%s is late on its last day", no)
		}
	}
	s.pass("2025-03-18")
	eventually(t, func() bool { return late("undecided") && late(found.Instance) && late("ordered") })
	f.is("ordered", "ordered") // it is said, and the order stands
	s.pass("2025-05-02")
	f.is("unhung", "approved")
	s.pass("2025-05-03")
	f.is("unhung", "unused")
}
