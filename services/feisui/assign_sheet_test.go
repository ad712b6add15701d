package main

import (
	"encoding/json"
	"net/http"
	"slices"
	"testing"

	"feisui/services/feisui/serve"
)

const assignHead = "交办单号,部门,社区,事项,完成时限,数量\n"

// TestASheetOfTasks: a dry run prices each row and records nothing; the sheet is then
// handed down once, all of it.
func TestASheetOfTasks(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := played(t, serve.Config{DatabaseURL: place.database})
	s.contract = contractOf(t)
	sheet := "交办单号,部门,社区,事项,完成时限,数量,说明\nS-1,D01," + north + ",A01,2025年4月30日,12,\nS-2,D01," + south + ",A01,2025/3/4,3,汛期急用\n"
	sent := func(request, more string) (acted serve.Acted) {
		t.Helper()
		a, err := s.tryUpload(officeHead, "/task-sheets", request, "交办.csv", []byte(sheet), more)
		if err != nil || a.status != http.StatusOK {
			t.Fatalf("%v %d %s", err, a.status, a.body)
		}
		a.into(t, &acted)
		return acted
	}
	before := place.said(t)
	priced := sent("", "dry_run=true")
	if priced.Entitlement == nil || *priced.Entitlement != 30000 || len(priced.Instances) != 2 || place.said(t) != before {
		t.Errorf("%+v", priced)
	}
	first, again := sent("once", ""), sent("once", "")
	if first.Repeated || !again.Repeated || again.Position != first.Position || *first.Instances[1].Task.Entitlement != 6000 {
		t.Errorf("%+v %+v", first, again)
	}
	if in := s.seen(officeHead, "S-2"); in.State != "delivered" || in.Timeline[0].Answer != "汛期急用" {
		t.Errorf("%+v", in)
	}
}

// TestASheetOfTasksIsRefusedWhole: each fault is said with its row, and not one task
// of the sheet is handed down.
func TestASheetOfTasksIsRefusedWhole(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := played(t, serve.Config{DatabaseURL: place.database})
	s.contract = contractOf(t)
	before := place.said(t)
	for name, c := range map[string]struct {
		who, sheet string
		status     int
		faults     [][2]any // row and column
	}{
		"cells that cannot be read": {
			officeHead, "交办单号,部门,社区,事项,交办日期,数量\nS-1,D01," + north + ",A01,2025-03-01,12\nS-2,D01," + south + ",A01,,许多\n",
			http.StatusUnprocessableEntity, [][2]any{{2, "issued_on"}, {3, "quantity"}},
		},
		"rows that the workflow refuses": {
			officeHead, assignHead + "S-1,D01," + north + ",A01,,12\nS-2,D01,431026999999,A01,,3\n,D01," + south + ",A01,,3\n",
			http.StatusUnprocessableEntity, [][2]any{{4, "no"}},
		},
		"a community that there is not": {
			officeHead, assignHead + "S-1,D01," + north + ",A01,,12\nS-2,D01,431026999999,A01,,3\n",
			http.StatusUnprocessableEntity, [][2]any{{3, "community"}},
		},
		"what must be answered and is not": {
			officeHead, assignHead + "S-1,D01," + north + ",A01,2025/4/30,12\nS-2,D01," + south + ",A01,2025/3/4,3\n",
			http.StatusUnprocessableEntity, [][2]any{{3, "explanation"}, {3, ""}},
		},
		"no row":             {officeHead, assignHead, http.StatusUnprocessableEntity, [][2]any{{0, ""}}},
		"another department": {officeHead, assignHead + "S-1,D02," + north + ",A01,,12\n", http.StatusForbidden, nil},
		"a clerk":            {officeClerk, assignHead + "S-1,D01," + north + ",A01,,12\n", http.StatusForbidden, nil},
	} {
		s.sheetRefused(name, c.who, "/task-sheets", c.sheet, c.status, c.faults)
	}
	if place.said(t) != before {
		t.Error("something was handed down")
	}
}

// sheetRefused hands in a sheet that is refused, of which each fault is said with its row and
// column.
func (s *stage) sheetRefused(name, who, path, sheet string, status int, faults [][2]any) {
	s.t.Helper()
	a, err := s.tryUpload(who, path, "", "tasks.csv", []byte(sheet), "")
	var p struct {
		Errors []struct {
			Row   int
			Field string
		}
	}
	if err != nil || json.Unmarshal(a.body, &p) != nil || a.status != status {
		s.t.Errorf("%s: %v %d %s", name, err, a.status, a.body)
		return
	}
	var found [][2]any
	for _, f := range p.Errors {
		found = append(found, [2]any{f.Row, f.Field})
	}
	if !slices.Equal(found, faults) {
		s.t.Errorf("%s: %v, want %v: %s", name, found, faults, a.body)
	}
}

// TestColumnsOfAStatement: the headers and first rows are given back as they stand,
// and nothing is recorded; a source remembers how it was mapped.
func TestColumnsOfAStatement(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := moneyPlayed(t, place)
	s.contract = contractOf(t)
	before := place.said(t)
	a, err := s.tryUpload(financeOne, "/bank-statements/columns", "", "三月.csv", []byte(march), "")
	var c serve.BankColumns
	if err != nil || a.status != http.StatusOK || json.Unmarshal(a.body, &c) != nil {
		t.Fatalf("%v %d %s", err, a.status, a.body)
	}
	if len(c.Headers) != 10 || c.Headers[1] != "支付凭证号" || len(c.Rows) != 3 || c.Rows[0][1] != "ZF-001" || !slices.Contains(c.Columns, "voucher") {
		t.Errorf("%+v", c)
	}
	if a, err := s.tryUpload(financeOne, "/bank-statements/columns", "", "三月.xlsx", []byte("no workbook"), ""); err != nil || a.status != http.StatusUnprocessableEntity {
		t.Errorf("%v %d %s", err, a.status, a.body)
	}
	sources := func(who string) (b serve.BankSources) {
		t.Helper()
		s.ask(who, http.MethodGet, "/bank-sources", "", "").into(t, &b)
		return b
	}
	if b := sources(financeOne); len(b.Sources) > 0 || place.said(t) != before {
		t.Errorf("%+v", b)
	}
	s.took(financeOne, march, bankAsked("零余额账户", mapping, "1,220.50"))
	if b := sources(financeOne); len(b.Sources) != 1 || b.Sources[0].Mapping["voucher"] != "支付凭证号" || b.Sources[0].Source != "零余额账户" {
		t.Errorf("%+v", b)
	}
}
