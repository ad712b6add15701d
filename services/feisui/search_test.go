package main

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"feisui/services/feisui/serve"
)

func (s *stage) find(who, q string) (found serve.SearchFound) {
	s.t.Helper()
	s.get(who, "/search?"+url.Values{"q": {q}}.Encode(), &found)
	return found
}

// numbersFound lists what was found, by kind.
func numbersFound(f *serve.SearchFound) (all []string) {
	for _, h := range f.Tasks.Hits {
		all = append(all, "task "+h.No)
	}
	for _, h := range f.Payments.Hits {
		all = append(all, "payment "+h.Voucher)
	}
	for _, h := range f.Plaques.Hits {
		all = append(all, "plaque "+h.No)
	}
	for _, h := range f.Documents.Hits {
		all = append(all, "document "+h.Instance)
	}
	slices.Sort(all)
	return all
}

// TestEachRoleFindsWhatIsItsOwn: of tasks, payments, plaques and documents everybody
// finds what concerns their organisation and nothing else, by whose it is in the
// county of the rights; what is out of scope is answered as what is not there.
func TestEachRoleFindsWhatIsItsOwn(t *testing.T) {
	t.Parallel()
	s := inhabited(t)
	s.rows("admissions", `{"no":"ZR2","department":"D02","item":"T01","decision":"准入","decided_on":"2025-01-01","document":"教发〔2025〕7号","communities":"`+communityC+`"}`)
	for _, a := range businessAskers() {
		mine := func(parties ...string) bool { return a.grant.Scope == "" || ownOf(a, parties...) }
		var want []string
		for _, row := range rightsRows["tasks"] {
			if mine(row["department"], row["community"]) {
				want = append(want, "task "+row["no"])
			}
		}
		for _, row := range rightsRows["payments"] {
			community := row["community"]
			if row["voucher"] == "P-B" {
				community = communityB // it inherits
			}
			if mine(row["payer"], row["payee"], community) {
				want = append(want, "payment "+row["voucher"])
			}
		}
		for _, row := range rightsRows["plaques"] {
			if mine(row["department"], row["community"]) {
				want = append(want, "plaque "+row["no"])
			}
		}
		slices.Sort(want)
		found := s.find(a.shown(), "-")
		if got := numbersFound(&found); !slices.Equal(got, want) || len(want) == 0 {
			t.Errorf("%s finds %q, want %q", a.name, got, want)
		}
		admitted := map[string]bool{
			"ZR1": mine(departmentD1, communityA, communityB, communityC), // for all communities
			"ZR2": mine(departmentD2, communityC),
		}
		for no, mine := range admitted {
			found := s.find(a.shown(), no)
			if (len(found.Documents.Hits) == 1) != mine {
				t.Errorf("%s: %s is found: %+v, want %t", a.name, no, found.Documents, mine)
			}
		}
		names := s.find(a.shown(), "社区")
		if names.Communities.Total != 3 {
			t.Errorf("%s finds %d communities by name", a.name, names.Communities.Total)
		}
	}
	// Out of scope is as not there.
	other, absent := s.find("person:a community_officer@"+communityA, "T-C1"), s.find("person:a community_officer@"+communityA, "T-X1")
	other.Q, absent.Q = "", ""
	if fmt.Sprint(other) != fmt.Sprint(absent) || other.Total != 0 {
		t.Errorf("%+v\nis told from %+v", other, absent)
	}
	s.refused("person:system system_admin@", "/search?q=T", http.StatusForbidden, "FORBIDDEN")
}

// TestHowAThingIsFound: whatever the width, case, brackets and spaces of what is
// typed; those whose number it is first; at most twenty, and how many there are.
func TestHowAThingIsFound(t *testing.T) {
	t.Parallel()
	s := played(t, serve.Config{})
	s.contract = contractOf(t)
	for i := range 25 {
		s.rows("tasks", fmt.Sprintf(`{"no":"A-JB%02d","department":"D01","community":%q,"item":"A01","issued_on":"2025-02-24","document":"民发〔2025〕%d号"}`, i, north, i%3+1))
	}
	s.rows("tasks", `{"no":"JB0","department":"D01","community":"`+south+`","item":"A01","issued_on":"2025-02-24"}`,
		`{"no":"JB01(a)","department":"D01","community":"`+south+`","item":"A01","issued_on":"2025-02-24"}`)
	s.rows("admissions", `{"no":"ZR-1","department":"D01","item":"A01","decision":"admitted","decided_on":"2025-01-01","document":"民准[2025]第09号"}`)
	first := s.find(officeHead, "ＪＢ0")
	if first.Tasks.Total != 12 || first.Tasks.Hits[0].No != "JB0" || first.Tasks.Hits[1].No != "JB01(a)" || first.Tasks.Hits[2].No != "A-JB00" {
		t.Errorf("%+v", first.Tasks)
	}
	if all := s.find(officeHead, "jb"); all.Tasks.Total != 27 || len(all.Tasks.Hits) != 20 || all.Total != 27 {
		t.Errorf("%d of %d", len(all.Tasks.Hits), all.Tasks.Total)
	}
	for q, want := range map[string]string{
		"jb01（A）": "task JB01(a)", " JB 01 【a】": "task JB01(a)",
		"民准〔2025〕9号": "document ZR-1", "民准（2025）第009号": "document ZR-1", "〔2025〕第9": "document ZR-1", "zr-1": "document ZR-1",
	} {
		found := s.find(officeHead, q)
		if got := numbersFound(&found); len(got) != 1 || got[0] != want {
			t.Errorf("%q finds %q, want %q", q, got, want)
		}
	}
	if cited := s.find(officeHead, "民发[2025]2、3号"); cited.Documents.Total != 16 || cited.Documents.Hits[0].Kind != "task" {
		t.Errorf("%+v", cited.Documents)
	}
	for q, want := range map[string]string{"高龄": "A01", "a01": "A01", "司法": "D02", "北社": north, south: south} {
		found := s.find(northOfficer, q)
		var got []string
		for _, h := range slices.Concat(found.Items.Hits, found.Departments.Hits, found.Communities.Hits) {
			got = append(got, h.Code)
		}
		if !slices.Equal(got, []string{want}) {
			t.Errorf("%q finds %q, want %q", q, got, want)
		}
	}
	for _, q := range []string{"", "%20", "%E3%80%80", url.QueryEscape(strings.Repeat("字", 101))} {
		s.refused(officeHead, "/search?q="+q, http.StatusUnprocessableEntity, "Q")
	}
	s.refused(officeHead, "/search?q=%ff", http.StatusUnprocessableEntity, "TEXT_INVALID")
	if long := s.find(officeHead, strings.Repeat("字", 100)); long.Total != 0 {
		t.Errorf("%+v", long)
	}
}

// TestADocumentThatWasSigned is found by its number by whom its case concerns, and by
// nobody else.
func TestADocumentThatWasSigned(t *testing.T) {
	t.Parallel()
	s := played(t, serve.Config{})
	s.owed("T1", north)
	no := feeOf("T1", "1")
	s.caseIs(no, "notified")
	s.actCase(officeClerk, no, "reply", `{"kind":"explain","text":"科室正在核对人数"}`)
	order := s.actCase(ofAuthority, no, "turn_down", `{"reason":"人数已于一月核定"}`).Document
	for who, sees := range map[string]bool{
		officeHead: true, northOfficer: true, ofAuthority: true, ofAuditor: true, ofStreet: true, otherHead: false, southOfficer: false,
	} {
		for _, q := range []string{order, strings.NewReplacer("〔", "[", "〕", "]").Replace(order)} {
			found := s.find(who, q)
			is := len(found.Documents.Hits) == 1 && found.Documents.Hits[0] == serve.FoundPaper{Document: order, Kind: "order", Workflow: "case", Instance: no}
			if is != sees || !sees && found.Total != 0 {
				t.Errorf("%s finds %s: %+v", who, q, found.Documents)
			}
		}
	}
}

// TestAnApplicationIsFoundBeforeItIsDecided: by its number, the document that it cites,
// what it is for and whose it is, by whom it concerns; once it is admitted, its document is
// found instead.
func TestAnApplicationIsFoundBeforeItIsDecided(t *testing.T) {
	t.Parallel()
	s := applied(t, serve.Config{})
	s.contract = contractOf(t)
	s.rows("items", `{"code":"A03","name":"社区矫正协助","department":"D01","list":"purchase","rule":"per_case","rate":"20"}`)
	s.apply(officeHead, "ZR/1", `communities=["`+north+`"]`)
	s.apply(officeHead, "ZR/2", `communities=["`+north+`"]`, `item="A03"`, `name="矫正对象帮扶"`, `document="民发〔2025〕44号"`)
	found := func(who, q string) (all []string) {
		t.Helper()
		f := s.find(who, q)
		for _, h := range f.Applications.Hits {
			all = append(all, h.No+" "+h.State.Chinese)
		}
		return all
	}
	both := []string{"ZR/1 待受理", "ZR/2 待受理"}
	for q, want := range map[string][]string{
		"zr/1": both[:1], "民发[2025]第12号": both[:1], "入户": both[:1], "社区矫正": both[1:], "对象帮扶": both[1:], "〔2025〕44": both[1:], "民政": both, "B01": both[:1], "ZR": both, "没有的": nil,
	} {
		for _, who := range []string{officeHead, ofAuthority, northOfficer} {
			if got := found(who, q); !slices.Equal(got, want) {
				t.Errorf("%s finds %q by %q, want %q", who, got, q, want)
			}
		}
		for _, who := range []string{otherHead, southOfficer} {
			if got := found(who, q); got != nil {
				t.Errorf("%s finds %q by %q", who, got, q)
			}
		}
	}
	s.do(ofAuthority, "ZR/1", "accept", acceptForm)
	s.do(ofFinance, "ZR/1", "give_opinion", `{"office":"finance","opinion":"agree"}`)
	s.do(ofAuthority, "ZR/1", "admit", decideForm)
	if f := s.find(ofAuthority, "ZR/1"); f.Applications.Total != 0 || f.Documents.Total != 1 || f.Total != 1 {
		t.Errorf("admitted: %+v", f)
	}
}
