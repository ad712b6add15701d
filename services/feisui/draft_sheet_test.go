package main

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"feisui/services/feisui/serve"
)

// TestASheetIsDraftedAndHandedDownAtOnce: an officer drafts what a sheet lists, each task with what is its
// own, writes it anew by another sheet, and the head hands all of it down with one step.
func TestASheetIsDraftedAndHandedDownAtOnce(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := played(t, serve.Config{DatabaseURL: place.database})
	s.contract = contractOf(t)
	s.rows("items", `{"code":"A03","name":"入户走访","department":"D01","list":"assist","rule":"per_case","rate":"10"}`)
	drafts := s.flow("draft")
	sheet := "交办单号,部门,社区,事项,完成时限,数量,说明\nS-1,D01," + north + ",A01,2025年4月30日,12,\nS-2,," + south + ",A03,2025/3/4,3,汛期急用\n"
	sent := func(who, request, sheet, more string, seen ...int) answer {
		t.Helper()
		a, err := s.tryUpload(who, "/draft-sheets", request, "交办.csv", []byte(sheet), more, seen...)
		if err != nil || len(seen) == 0 && strings.Contains("once dry_run=true", cmp.Or(request, more)) && a.status != http.StatusOK {
			t.Fatalf("%v %d %s", err, a.status, a.body)
		}
		return a
	}
	before := place.said(t)
	var priced, first, again serve.Acted
	sent(officeClerk, "", sheet, "dry_run=true").into(t, &priced)
	if priced.Entitlement == nil || *priced.Entitlement != 24000+3000 || len(priced.Tasks) != 2 || place.said(t) != before {
		t.Errorf("%+v", priced)
	}
	sent(officeClerk, "once", sheet, "").into(t, &first)
	sent(officeClerk, "once", sheet, "").into(t, &again)
	if first.Repeated || !again.Repeated || len(first.Instances) != 1 || len(first.Tasks) != 2 || first.Tasks[1].Instance != "S-2" {
		t.Fatalf("%+v %+v", first, again)
	}
	no := first.Instances[0].Instance

	saysNo(t, sent(officeClerk, "", sheet, "draft="+url.QueryEscape(no)), http.StatusPreconditionRequired, "IF_MATCH_REQUIRED")
	saysNo(t, sent(foreignClerk, "", sheet, "draft="+url.QueryEscape(no)), http.StatusNotFound, "INSTANCE_UNKNOWN")
	if a := sent(officeClerk, "", strings.Replace(sheet, "S-1,", "S-9,", 1), "draft="+url.QueryEscape(no), 1); a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	saysNo(t, sent(officeClerk, "", sheet, "draft="+url.QueryEscape(no), 1), http.StatusConflict, "VERSION_CONFLICT")
	drafts.only(drafts.saw(2, officeClerk, no, "submit", ""), "submit")
	var issued serve.Acted
	drafts.saw(3, officeHead, no, "issue", "").into(t, &issued)
	if len(issued.Instances) != 3 || *issued.Entitlement != 27000 {
		t.Errorf("%+v", issued)
	}
	if in := s.seen(officeHead, "S-2"); in.State != "delivered" || in.Timeline[0].Answer != "汛期急用" || in.Parties["item"] != "A03" {
		t.Errorf("%+v", in)
	}
	s.is("S-9", "delivered")
}

// TestASheetOfADraftIsRefusedWhole: each fault is said with its row, and nothing is drafted.
func TestASheetOfADraftIsRefusedWhole(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := played(t, serve.Config{DatabaseURL: place.database})
	s.contract = contractOf(t)
	s.issue("S-0", north)
	before := place.said(t)
	const long = "汛期急用汛期急用汛期急用汛期急用"
	for name, c := range map[string]struct {
		who, sheet string
		status     int
		faults     [][2]any // row and column
	}{
		"cells that cannot be read": {
			officeClerk, "交办单号,部门,社区,事项,交办日期,数量\nS-1,D01," + north + ",A01,2025-03-01,12\nS-2,D01," + south + ",A01,,许多\n",
			http.StatusUnprocessableEntity, [][2]any{{2, "issued_on"}, {3, "quantity"}},
		},
		"a row without a number":   {officeClerk, assignHead + "S-1,D01," + north + ",A01,,12\n,D01," + south + ",A01,,3\n", http.StatusUnprocessableEntity, [][2]any{{3, "no"}}},
		"a row without an item":    {officeClerk, assignHead + "S-1,D01," + north + ",A01,,12\nS-2,D01," + south + ",,,3\n", http.StatusUnprocessableEntity, [][2]any{{3, "item"}}},
		"a row without community":  {officeClerk, assignHead + "S-1,D01," + north + ",A01,,12\nS-2,D01,,A01,,3\n", http.StatusUnprocessableEntity, [][2]any{{3, "community"}}},
		"a number that is taken":   {officeClerk, assignHead + "S-1,D01," + north + ",A01,,12\nS-0,D01," + south + ",A01,,3\n", http.StatusUnprocessableEntity, [][2]any{{3, "no"}}},
		"a community unknown":      {officeClerk, assignHead + "S-1,D01," + north + ",A01,,12\nS-2,D01,431026999999,A01,,3\n", http.StatusUnprocessableEntity, [][2]any{{3, "community"}}},
		"a community that is none": {officeClerk, assignHead + "S-1,D01," + north + ",A01,,12\nS-2,D01,4310,A01,,3\n", http.StatusUnprocessableEntity, [][2]any{{3, "community"}}},
		"two rows alike wrong":     {officeClerk, assignHead + "S-1,D01,431026999999,A01,,12\nS-2,D01,431026999999,A01,,3\n", http.StatusUnprocessableEntity, [][2]any{{2, "community"}, {3, "community"}}},
		"a text that is too long": {
			officeClerk, "交办单号,部门,社区,事项,文号\nS-1,D01," + north + ",A01,\nS-2,D01," + south + ",A01," + strings.Repeat(long, 13) + "\n",
			http.StatusUnprocessableEntity, [][2]any{{3, "document"}},
		},
		"what must be answered and is not": {
			officeClerk, assignHead + "S-1,D01," + north + ",A01,2025/4/30,12\nS-2,D01," + south + ",A01,2025/3/4,3\n",
			http.StatusUnprocessableEntity, [][2]any{{3, "explanation"}, {3, ""}},
		},
		"two departments":    {officeClerk, assignHead + "S-1,D01," + north + ",A01,,12\nS-2,D02," + south + ",A01,,3\n", http.StatusUnprocessableEntity, [][2]any{{3, "department"}}},
		"no row":             {officeClerk, assignHead, http.StatusUnprocessableEntity, [][2]any{{0, ""}}},
		"another department": {officeClerk, assignHead + "S-1,D02," + north + ",A01,,12\n", http.StatusForbidden, nil},
		"a head":             {officeHead, assignHead + "S-1,D01," + north + ",A01,,12\n", http.StatusForbidden, nil},
	} {
		s.sheetRefused(name, c.who, "/draft-sheets", c.sheet, c.status, c.faults)
	}
	if place.said(t) != before {
		t.Error("something was drafted")
	}
}
